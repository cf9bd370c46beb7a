//! The kinds of values there are, their letters in keys, and what people and metrics call them.
//!
//! A letter is part of the stored form and of exported files: one that was used is never given another meaning.
//! The store's own keys begin with f and t.

use crate::{alert_log::ChunkKey, escape::escape};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// What is known of an image, as of when it was last stored whole.
    Image,
    /// What has changed of it since.
    Delta,
    /// Up to where a collector's session is durable.
    Session,
    /// The newest change of an alert, and what lists need of it. Can be made again from the changes.
    Head,
    /// An alert as it was after a change.
    Change,
    /// What a person said of a behaviour.
    Decision,
    /// What images have in common. Gathered again from time to time.
    Commons,
    /// A node, and when it was heard of.
    Node,
    /// Who changed what.
    Audit,
    /// A value that could not be read, as it was found.
    Aside,
    /// Up to where a consumer of alerts has acknowledged them.
    Consumer,
    /// What people did to a baseline.
    Upkeep,
    /// What runtimes told of an image.
    Declared,
    /// Some of the events of an incident.
    Evidence,
    /// What may be started in containers of an image, and what broke that.
    Policy,
    /// Whether policies stop anything, and how many sets of them there were.
    Switch,
}

impl Kind {
    pub(crate) const ALL: [Self; 16] = [
        Self::Image,
        Self::Delta,
        Self::Session,
        Self::Head,
        Self::Change,
        Self::Decision,
        Self::Commons,
        Self::Node,
        Self::Audit,
        Self::Aside,
        Self::Consumer,
        Self::Upkeep,
        Self::Declared,
        Self::Evidence,
        Self::Policy,
        Self::Switch,
    ];

    /// The first byte of its keys.
    pub(super) const fn letter(self) -> u8 {
        match self {
            Self::Image => b'i',
            Self::Delta => b'l',
            Self::Session => b's',
            Self::Head => b'h',
            Self::Change => b'c',
            Self::Decision => b'd',
            Self::Commons => b'm',
            Self::Node => b'n',
            Self::Audit => b'a',
            Self::Aside => b'x',
            Self::Consumer => b'u',
            Self::Upkeep => b'k',
            Self::Declared => b'r',
            Self::Evidence => b'e',
            Self::Policy => b'p',
            Self::Switch => b'w',
        }
    }

    /// The kind of a key; `None` for what the store knows of itself.
    pub(super) fn of(key: &[u8]) -> Option<Self> {
        let letter = *key.first()?;
        Self::ALL.into_iter().find(|kind| kind.letter() == letter)
    }

    /// Its label in metrics.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Image => "baseline",
            Self::Delta => "baseline_change",
            Self::Session => "session",
            Self::Head => "alert_head",
            Self::Change => "alert",
            Self::Decision => "decision",
            Self::Commons => "commons",
            Self::Node => "node",
            Self::Audit => "audit",
            Self::Aside => "set_aside",
            Self::Consumer => "consumer",
            Self::Upkeep => "upkeep",
            Self::Declared => "declared",
            Self::Evidence => "evidence",
            Self::Policy => "policy",
            Self::Switch => "policy_switch",
        }
    }

    /// The values, for people.
    pub(crate) const fn plural(self) -> &'static str {
        match self {
            Self::Image => "baselines",
            Self::Delta => "changes of baselines",
            Self::Session => "sessions",
            Self::Head => "alert heads",
            Self::Change => "alert changes",
            Self::Decision => "decisions",
            Self::Commons => "commons",
            Self::Node => "nodes",
            Self::Audit => "audit entries",
            Self::Aside => "set aside",
            Self::Consumer => "consumers of alerts",
            Self::Upkeep => "upkeep of baselines",
            Self::Declared => "declared facts",
            Self::Evidence => "parts of evidence",
            Self::Policy => "policies",
            Self::Switch => "switches of the policies",
        }
    }

    /// One value, for people.
    pub(crate) fn name(self, key: &[u8]) -> String {
        let identity = key.get(1..).unwrap_or_default();
        let text = || escape(&String::from_utf8_lossy(identity));
        match self {
            Self::Delta => format!("what has changed of {}", Self::Image.name(key)),
            Self::Upkeep => {
                format!("the upkeep of {}", Self::Image.name(key).trim_start_matches("the baseline of "))
            }
            Self::Declared => {
                format!(
                    "what is declared of {}",
                    Self::Image.name(key).trim_start_matches("the baseline of ")
                )
            }
            Self::Image => {
                let mut parts = identity.splitn(2, |byte| *byte == 0);
                let mut part = || escape(&String::from_utf8_lossy(parts.next().unwrap_or_default()));
                let (lineage, digest) = (part(), part());
                if lineage == digest {
                    format!("the baseline of {digest}")
                } else {
                    format!("the baseline of {lineage} ({digest})")
                }
            }
            Self::Session => {
                let hex: String = identity.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("session {hex}")
            }
            Self::Head => format!("the head of alert {}", text()),
            Self::Change => match cursor(key) {
                Some(cursor) => format!("change {cursor} of the alerts"),
                None => "a change of the alerts".to_owned(),
            },
            Self::Decision => format!("decision {}", text()),
            Self::Commons => "what images have in common".to_owned(),
            Self::Policy => format!("the policy of {}", text()),
            Self::Switch => "the switch of the policies".to_owned(),
            Self::Node => format!("node {}", text()),
            Self::Audit => match cursor(key) {
                Some(cursor) => format!("entry {cursor} of the audit record"),
                None => "an entry of the audit record".to_owned(),
            },
            Self::Consumer => format!("consumer {} of the alerts", text()),
            Self::Evidence => match chunk(key) {
                Some((alert, _)) => format!("evidence of alert {}", escape(&alert)),
                None => "evidence of an alert".to_owned(),
            },
            Self::Aside => {
                let inner = identity.get(8..).unwrap_or_default();
                let what = Self::of(inner).filter(|kind| *kind != Self::Aside);
                let what = what.map_or_else(|| "a value".to_owned(), |kind| kind.name(inner));
                format!("{what}, set aside before")
            }
        }
    }
}

/// A key of a kind.
pub(super) fn key(kind: Kind, identity: &[u8]) -> Vec<u8> {
    [&[kind.letter()], identity].concat()
}

/// The key of a chunk of evidence.
pub(super) fn evidence((alert, number): &ChunkKey) -> Vec<u8> {
    key(Kind::Evidence, &[alert.as_bytes(), &[0], &number.to_be_bytes()].concat())
}

/// The alert and number in the key of a chunk of evidence.
pub(super) fn chunk(key: &[u8]) -> Option<ChunkKey> {
    let (rest, number) = key.get(1..)?.split_last_chunk::<4>()?;
    let alert = std::str::from_utf8(rest.strip_suffix(&[0])?).ok()?;
    Some((alert.to_owned(), u32::from_be_bytes(*number)))
}

/// The cursor in the key of a change, or of an entry of the audit record.
pub(super) fn cursor(key: &[u8]) -> Option<u64> {
    let bytes = key.get(1..).and_then(|bytes| bytes.try_into().ok());
    bytes.map(u64::from_be_bytes)
}
