//! What people do to baselines: what a request must be, and what is kept of it.
//!
//! Kept is the last change of each image, which number it had, and the newest requests, so that one that comes again changes
//! nothing. It is stored beside the image, in the commit of the change, and goes with the image; the image itself knows
//! nothing of it. The number is the etag: what an image does moves its counts all the time, and is no change.
//!
//! Not here: doing it (`shards/shard/upkeep.rs`), asking for it (`baselines.rs`).

use plumbline_model::{Dimension, Learning};
use plumbline_proto::v1::{self, UpkeepKind};
use prost::Message;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::status::ApiError;

/// Longest author, reason and request id, in bytes.
const AUTHOR_BYTES: usize = 128;
const REASON_BYTES: usize = 1024;
const ID_BYTES: usize = 64;
/// Requests that are remembered of an image.
const REQUESTS_KEPT: usize = 8;

/// What is stored of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UpkeepRecord {
    revision: u32,
    /// As [`UpkeepKind`] counts.
    kind: i32,
    dimensions: Vec<Dimension>,
    forgotten: u64,
    author: String,
    reason: String,
    changed_unix_ns: u64,
    /// Id and digest of each, newest last.
    requests: Vec<(String, [u8; 32])>,
}

/// A change that somebody may make.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) kind: UpkeepKind,
    /// Of a reset, in their order; never empty then.
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) request: v1::ChangeBaselineRequest,
    /// What came of it is added when it is done.
    pub(crate) audit: v1::AuditEntry,
    pub(crate) unix_ns: u64,
}

/// What was learned elsewhere, to be taken as the start of an image.
#[derive(Debug)]
pub(crate) struct Teaching {
    /// Of an image that is not known yet.
    pub(crate) tag: String,
    pub(crate) learning: Learning,
    /// Only say what would come of it.
    pub(crate) dry_run: bool,
    pub(crate) change: Change,
}

/// What scripts of an image start, to be taken in the place of what was said before.
#[derive(Debug)]
pub(crate) struct Declaring {
    /// Of an image that is not known yet.
    pub(crate) tag: String,
    pub(crate) starts: Vec<v1::DeclaredCommand>,
    /// Only say whether anything would come of it.
    pub(crate) dry_run: bool,
    pub(crate) change: Change,
}

/// Why a change is not made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UpkeepError {
    #[error("the image is not known any more")]
    Gone,
    #[error("the baseline was changed since and has revision {present} now; look at it again")]
    Changed { present: u32 },
    #[error("request_id: {id:?} was used for another request; make up a new one")]
    OtherRequest { id: String },
    #[error("the baseline is locked and would learn nothing; unlock it first")]
    Locked,
}

impl UpkeepRecord {
    /// Whether the request was taken before.
    pub(crate) fn has_taken(&self, change: &Change) -> Result<bool, UpkeepError> {
        let id = &change.request.request_id;
        let Some((_, known)) = self.requests.iter().find(|(known, _)| known == id) else { return Ok(false) };
        if *known == digest(change) { Ok(true) } else { Err(UpkeepError::OtherRequest { id: id.clone() }) }
    }

    /// Whether the caller has seen the last change.
    pub(crate) fn check(&self, change: &Change) -> Result<(), UpkeepError> {
        let seen = change.request.etag == 0 || change.request.etag == self.revision;
        if seen { Ok(()) } else { Err(UpkeepError::Changed { present: self.revision }) }
    }

    /// Takes note of a change that was made to so many behaviours, and gives its entry for the audit record.
    pub(crate) fn take(&mut self, change: Change, behaviours: u64, lineage: &str) -> v1::AuditEntry {
        if !change.request.request_id.is_empty() {
            self.requests.push((change.request.request_id.clone(), digest(&change)));
            let surplus = self.requests.len().saturating_sub(REQUESTS_KEPT);
            self.requests.drain(..surplus);
        }
        let Change { kind, dimensions, request, mut audit, unix_ns } = change;
        self.revision = self.revision.saturating_add(1);
        let forgotten = if kind == UpkeepKind::Reset { behaviours } else { 0 };
        (self.kind, self.dimensions, self.forgotten) = (kind.into(), dimensions, forgotten);
        (self.author, self.reason) = (request.author, request.reason);
        self.changed_unix_ns = unix_ns.max(self.changed_unix_ns);
        let done = match kind {
            UpkeepKind::Locked => "locked",
            UpkeepKind::Reset => "reset",
            UpkeepKind::Archived => "archived",
            UpkeepKind::Taught => "taught",
            UpkeepKind::Declared => "took what was declared of",
            UpkeepKind::Unlocked | UpkeepKind::Unspecified => "unlocked",
        };
        audit.outcome = format!("{done} {lineage} by {}", self.author);
        if kind == UpkeepKind::Reset {
            let dimensions = self.dimensions.iter().map(|dimension| dimension.name()).collect::<Vec<_>>();
            audit.outcome += &format!(" ({forgotten} behaviours of {})", dimensions.join(", "));
        }
        if kind == UpkeepKind::Taught {
            audit.outcome += &format!(" ({behaviours} behaviours learned elsewhere)");
        }
        if !self.reason.is_empty() {
            audit.outcome += &format!(": {}", self.reason);
        }
        audit
    }

    /// Says in a status what was done to the image.
    pub(crate) fn tell(&self, status: &mut v1::ImageStatus) {
        status.revision = self.revision;
        status.upkeep = Some(v1::Upkeep {
            kind: self.kind,
            dimensions: self.dimensions.iter().map(|dimension| dimension.name().to_owned()).collect(),
            forgotten: self.forgotten,
            author: self.author.clone(),
            reason: self.reason.clone(),
            changed_unix_ns: self.changed_unix_ns,
            request_ids: self.requests.iter().map(|(id, _)| id.clone()).collect(),
        });
    }
}

/// Of all that was asked.
fn digest(change: &Change) -> [u8; 32] {
    let kind = i32::from(change.kind).to_be_bytes();
    Sha256::new().chain_update(kind).chain_update(change.request.encode_to_vec()).finalize().into()
}

/// Whether the fields of a request fit; the dimensions that it is about.
pub(crate) fn check(
    kind: UpkeepKind,
    request: &v1::ChangeBaselineRequest,
) -> Result<Vec<Dimension>, ApiError> {
    let field = |field, problem: String| Err(ApiError::Field { field, problem });
    if request.author.trim().is_empty() {
        return field("author", "empty; it is needed".to_owned());
    }
    for (name, text, bytes) in
        [("author", &request.author, AUTHOR_BYTES), ("request_id", &request.request_id, ID_BYTES)]
    {
        if text.len() > bytes || text.chars().any(char::is_control) {
            return field(name, format!("{} bytes; at most {bytes}, without control characters", text.len()));
        }
    }
    if request.reason.len() > REASON_BYTES {
        return field("reason", format!("{} bytes; at most {REASON_BYTES}", request.reason.len()));
    }
    if kind == UpkeepKind::Reset {
        return dimensions(&request.dimensions);
    }
    if !request.dimensions.is_empty() {
        return field("dimensions", "given, but they are for Reset only".to_owned());
    }
    Ok(Vec::new())
}

/// The dimensions with these names, in their order; all if none is named.
pub(crate) fn dimensions(names: &[String]) -> Result<Vec<Dimension>, ApiError> {
    let is_known = |name: &&String| Dimension::ALL.iter().any(|dimension| dimension.name() == *name);
    if let Some(name) = names.iter().find(|name| !is_known(name)) {
        let known = Dimension::ALL.map(Dimension::name).join(", ");
        let shown: String = name.chars().take(AUTHOR_BYTES).collect();
        return Err(ApiError::Field {
            field: "dimensions",
            problem: format!("{shown:?}; there are {known}"),
        });
    }
    let chosen =
        |dimension: &Dimension| names.is_empty() || names.iter().any(|name| name == dimension.name());
    Ok(Dimension::ALL.into_iter().filter(chosen).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(kind: UpkeepKind, id: &str) -> Change {
        let (author, request_id) = ("alice".to_owned(), id.to_owned());
        let request = v1::ChangeBaselineRequest { author, request_id, ..Default::default() };
        let dimensions = if kind == UpkeepKind::Reset { vec![Dimension::Call] } else { Vec::new() };
        Change { kind, dimensions, request, audit: v1::AuditEntry::default(), unix_ns: 5 }
    }

    #[test]
    fn a_request_is_known_again_among_the_newest_eight_and_only_if_it_asks_for_the_same() {
        let mut record = UpkeepRecord::default();
        for id in 0..=REQUESTS_KEPT {
            record.take(change(UpkeepKind::Locked, &format!("r{id}")), 0, "web");
        }
        let known = |id: &str| record.has_taken(&change(UpkeepKind::Locked, id));
        assert_eq!(
            (known("r8"), known("r1"), known("r0"), known("")),
            (Ok(true), Ok(true), Ok(false), Ok(false))
        );
        let other = record.has_taken(&change(UpkeepKind::Unlocked, "r8"));
        assert_eq!(other, Err(UpkeepError::OtherRequest { id: "r8".into() }));
        let mut later = change(UpkeepKind::Locked, "");
        later.request.etag = 8;
        assert_eq!(record.check(&later), Err(UpkeepError::Changed { present: 9 }));
        later.request.etag = 9;
        assert_eq!(record.check(&later), Ok(()));
    }

    #[test]
    fn the_audit_record_says_what_was_forgotten_and_a_clock_that_is_set_back_moves_no_change_before_another()
    {
        let mut record = UpkeepRecord::default();
        let mut reset = change(UpkeepKind::Reset, "");
        reset.request.reason = "new release".into();
        let audit = record.take(reset, 3, "shop/web");
        assert_eq!(audit.outcome, "reset shop/web by alice (3 behaviours of call): new release");
        let back = Change { unix_ns: 1, ..change(UpkeepKind::Archived, "") };
        assert_eq!(record.take(back, 0, "shop/web").outcome, "archived shop/web by alice");
        let mut status = v1::ImageStatus::default();
        record.tell(&mut status);
        let upkeep = status.upkeep.unwrap();
        assert_eq!((status.revision, upkeep.changed_unix_ns, upkeep.forgotten), (2, 5, 0));
        assert!(upkeep.dimensions.is_empty() && upkeep.kind() == UpkeepKind::Archived);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let good = change(UpkeepKind::Locked, "r").request;
        let with = |set: &dyn Fn(&mut v1::ChangeBaselineRequest)| {
            let mut request = good.clone();
            set(&mut request);
            request
        };
        for (kind, request, field) in [
            (UpkeepKind::Locked, with(&|r| r.author = " ".into()), "author: "),
            (UpkeepKind::Locked, with(&|r| r.author = "a\nb".into()), "author: "),
            (UpkeepKind::Locked, with(&|r| r.author = "x".repeat(129)), "author: "),
            (UpkeepKind::Locked, with(&|r| r.request_id = "x".repeat(65)), "request_id: "),
            (UpkeepKind::Locked, with(&|r| r.reason = "x".repeat(1025)), "reason: "),
            (UpkeepKind::Locked, with(&|r| r.dimensions = vec!["call".into()]), "dimensions: "),
            (UpkeepKind::Reset, with(&|r| r.dimensions = vec!["calls".into()]), "dimensions: "),
        ] {
            let refused = check(kind, &request).unwrap_err().to_string();
            assert!(refused.starts_with(field), "{refused}");
        }
        let named = with(&|r| r.dimensions = vec!["call".into(), "spawn".into(), "call".into()]);
        assert_eq!(check(UpkeepKind::Reset, &named).unwrap(), [Dimension::Spawn, Dimension::Call]);
        assert_eq!(check(UpkeepKind::Reset, &good).unwrap(), Dimension::ALL);
    }
}
