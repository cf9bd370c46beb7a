//! What was wrong with the store when it was opened, and what was done: for the log, for metrics and for `/readyz`.

use std::path::PathBuf;

use super::kind::Kind;

/// Troubles told one by one in the log; the metrics count all.
const TOLD: usize = 100;

/// How the store came to be open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum How {
    /// As it was left; also a new one.
    #[default]
    Whole,
    /// From its log alone, without the snapshot.
    Log,
    /// A new one, of what could be read.
    Part,
    /// From a backup.
    Backup,
    /// Empty, because there was nothing to go on with.
    Empty,
}

/// What was found and done.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) how: How,
    pub(crate) troubles: Vec<Trouble>,
}

/// One thing that was wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("the store could not be opened: {why}")]
    Unopened { why: String },
    #[error("not all of the store can be read: {why}")]
    Unread { why: String },
    #[error("the store's snapshot was set aside in {}, to open it from its log alone", .to.display())]
    Snapshots { to: PathBuf },
    #[error("{name} can't be read ({why}) and was set aside{}", then(*.kind))]
    Corrupt { kind: Kind, name: String, why: String },
    #[error("{gone} of {of} {} are gone{}", .kind.plural(), then(*.kind))]
    Gone { kind: Kind, gone: u64, of: u64 },
    #[error("some of the {} are older than the rest{}", .kind.plural(), then(*.kind))]
    Older { kind: Kind },
    #[error("the store holds no record of how much it should hold")]
    Unsure,
    #[error("the store has gone back: it had at least {known} commits and has {found}")]
    GoneBack { known: u64, found: u64 },
    #[error("the backup {} {why}; it was passed over", .path.display())]
    BadBackup { path: PathBuf, why: String },
    #[error(
        "the store was replaced by the backup {}, of {commit} commits; what came after is gone, but for what collectors \
         still hold", .path.display()
    )]
    Restored { path: PathBuf, commit: u64 },
    #[error("what could be read was copied into a new store; values: {values}")]
    Salvaged { values: u64 },
    #[error("the damaged store was set aside as {}", .to.display())]
    Aside { to: PathBuf },
    #[error("there is no good backup: the server starts EMPTY, and everything has to be learned again")]
    Empty,
    #[error("{deleted} more that can't be read were deleted: no more are kept aside")]
    NotKept { deleted: usize },
    #[error(
        "the store is new, but there are backups in {}: `plumbline-server store import FILE --force` goes on with one",
        .folder.display()
    )]
    Unused { folder: PathBuf },
    #[error("{} was set aside long ago and was deleted to make room", .path.display())]
    Deleted { path: PathBuf },
}

impl Trouble {
    /// A value was set aside.
    pub(super) fn corrupt(kind: Kind, key: &[u8], why: String) -> Self {
        Self::Corrupt { kind, name: kind.name(key), why }
    }
}

/// What follows for values that are not there any more.
fn then(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "; what the image does is learned anew",
        Kind::Delta => "; what the image has done lately is learned anew",
        Kind::Session => "; what collectors still hold of it is taken, maybe a second time",
        Kind::Head => "; they are made again from the changes",
        Kind::Change => "; the alert is as it was before",
        Kind::Decision => "; it does NOT hold any more: decide again",
        Kind::Commons => "; they are gathered again",
        Kind::Node => "; nobody is told if it is silent",
        Kind::Audit => "; who changed what then is in the log only",
        Kind::Evidence => "; the alert stays, without these events",
        Kind::Consumer => "; it begins again where its client says",
        Kind::Upkeep => "; who locked, reset or archived the baseline is in the audit record only",
        Kind::Declared => "; collectors tell it again while it runs",
        Kind::Policy => "; it does NOT hold any more: set it again",
        Kind::Switch => "; policies stop nothing until somebody arms them",
        Kind::Aside => "",
    }
}

impl How {
    pub(crate) const ALL: [Self; 5] = [Self::Whole, Self::Log, Self::Part, Self::Backup, Self::Empty];

    /// Its label in metrics.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Log => "log",
            Self::Part => "part",
            Self::Backup => "backup",
            Self::Empty => "empty",
        }
    }
}

impl Report {
    /// Says all of it in the log.
    pub(crate) fn tell(&self) {
        for trouble in self.troubles.iter().take(TOLD) {
            match trouble {
                Trouble::Corrupt {
                    kind: Kind::Session | Kind::Head | Kind::Commons | Kind::Aside, ..
                }
                | Trouble::Deleted { .. }
                | Trouble::Unused { .. } => tracing::warn!("{trouble}"),
                _ => tracing::error!("{trouble}"),
            }
        }
        if let more @ 1.. = self.troubles.len().saturating_sub(TOLD) {
            tracing::error!(more, "not all that was wrong with the store is told here");
        }
    }

    /// All of it without names, a line each.
    pub(crate) fn lines(&self) -> String {
        let mut lines = String::new();
        for kind in Kind::ALL {
            let of = |trouble: &&Trouble| matches!(trouble, Trouble::Corrupt { kind: of, .. } if *of == kind);
            if let count @ 1.. = self.troubles.iter().filter(of).count() {
                let (what, then) = (kind.plural(), then(kind));
                lines
                    .push_str(&format!("store: {count} {what} could not be read and were set aside{then}\n"));
            }
        }
        for trouble in self.troubles.iter().filter(|trouble| !matches!(trouble, Trouble::Corrupt { .. })) {
            lines.push_str(&format!("store: {trouble}\n"));
        }
        lines
    }
}
