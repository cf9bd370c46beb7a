//! The audit record: who changed what through the API, and AuditService, which tells it.
//!
//! Invariants: an entry is stored in the same commit as its change, so neither is there without the other; cursors rise by
//! one and are never used twice, for the newest entry is always held. What is too old, or too much, is let go with the next
//! change, and counted. Refused attempts are no changes: they are in the metrics and the log, or who may do nothing could push
//! out what others did.
//!
//! Memory has cursor and time of each entry; the rest is read from the store. Not here: who may read it
//! (`security/roles.rs`), what is a change (`decisions.rs`, `upkeep.rs`).

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use plumbline_proto::v1::{
    AuditEntry, ListAuditRequest, ListAuditResponse, audit_service_server::AuditService,
};
use tonic::{Request, Response, Status};

use crate::{
    blocking::blocking,
    metrics::Metrics,
    security::Caller,
    session::locked,
    status::{ApiError, status},
    store::{Commit, Store, Stored},
};

/// Entries listed at most, and if no number is given.
const MAX_LIST: u32 = 1000;
const DEFAULT_LIST: u32 = 100;

/// How much is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Keep {
    pub(crate) entries: usize,
    pub(crate) age: Duration,
}

/// The record; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Audit {
    store: Store,
    /// Cursor and time of what is held, oldest first.
    held: Arc<Mutex<VecDeque<(u64, u64)>>>,
    keep: Keep,
    metrics: Arc<Metrics>,
}

/// A change that a caller makes; its place and time come with the commit.
pub(crate) fn entry(caller: &Caller, method: &str, target: String, outcome: String) -> AuditEntry {
    let address = caller.address.map(|address| address.to_canonical().to_string());
    let (mut entry, method) = (AuditEntry { target, outcome, ..Default::default() }, method.to_owned());
    if let Some(identity) = &caller.identity {
        entry.name.clone_from(&identity.name);
        entry.role = identity.role.name().to_owned();
        entry.credential = identity.credential.to_owned();
    }
    AuditEntry { address: address.unwrap_or_default(), method, ..entry }
}

impl Audit {
    pub(crate) fn new(store: Store, stored: &mut Stored, keep: Keep, metrics: Arc<Metrics>) -> Self {
        let held = Arc::new(Mutex::new(std::mem::take(&mut stored.audit).into()));
        Self { store, held, keep, metrics }
    }

    /// Puts entries into a commit: gives them their cursors and lets go of what is too old or too much. One commit is planned
    /// after the other has been taken in.
    pub(crate) fn plan(&self, entries: Vec<AuditEntry>, commit: &mut Commit) {
        if entries.is_empty() {
            return;
        }
        let held = locked(&self.held);
        // The commit may be one that was planned before, and waits for its disk.
        let planned = commit.audit.last().map(|entry| (entry.cursor, entry.unix_ns));
        let (mut last, latest) = planned.or(held.back().copied()).unwrap_or_default();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        // In order also when the clock is set back.
        let unix_ns = u64::try_from(now).unwrap_or(u64::MAX).max(latest);
        for entry in entries {
            last += 1;
            commit.audit.push(AuditEntry { cursor: last, unix_ns, ..entry });
        }
        let too_many = (held.len() + commit.audit.len()).saturating_sub(self.keep.entries);
        let age_ns = u64::try_from(self.keep.age.as_nanos()).unwrap_or(u64::MAX);
        let too_old = held.iter().take_while(|(_, time)| unix_ns.saturating_sub(*time) > age_ns).count();
        let forgotten = held.iter().take(too_many.max(too_old)).map(|(cursor, _)| *cursor);
        commit.forgotten_audit = forgotten.collect();
    }

    /// Takes in what is durable now.
    pub(crate) fn publish(&self, commit: &Commit) {
        let mut held = locked(&self.held);
        let forgotten = commit.forgotten_audit.len().min(held.len());
        held.drain(..forgotten);
        self.metrics.audit_forgotten.inc_by(commit.forgotten_audit.len() as u64);
        for entry in &commit.audit {
            held.push_back((entry.cursor, entry.unix_ns));
            let AuditEntry { name, role, address, method, target, .. } = entry;
            tracing::info!(?name, role, address, method, ?target, "a change was made");
        }
    }
}

#[tonic::async_trait]
impl AuditService for Audit {
    async fn list(&self, request: Request<ListAuditRequest>) -> Result<Response<ListAuditResponse>, Status> {
        let ListAuditRequest { after_cursor, limit } = *request.get_ref();
        if limit > MAX_LIST {
            let problem = format!("{limit}; 1 to {MAX_LIST}, or 0 for {DEFAULT_LIST}");
            return Err(status(ApiError::Field { field: "limit", problem }));
        }
        let last = locked(&self.held).back().map_or(0, |(cursor, _)| *cursor);
        if after_cursor > last {
            return Err(status(ApiError::Ahead { field: "after_cursor", cursor: after_cursor, last }));
        }
        let limit = if limit == 0 { DEFAULT_LIST } else { limit } as usize;
        let store = self.store.clone();
        let read = blocking(move || store.audit_after(after_cursor, limit + 1)).await;
        let mut entries = read.map_err(status)?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        Ok(Response::new(ListAuditResponse { entries, more }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(audit: &Audit, targets: &[&str]) {
        let mut commit = Commit::default();
        let caller = Caller { identity: None, address: None };
        let entries = targets.iter().map(|target| entry(&caller, "m", (*target).to_owned(), String::new()));
        audit.plan(entries.collect(), &mut commit);
        audit.store.commit(&commit).unwrap();
        audit.publish(&commit);
    }

    fn targets(audit: &Audit) -> Vec<(u64, String)> {
        let entries = audit.store.audit_after(0, 100).unwrap();
        entries.into_iter().map(|entry| (entry.cursor, entry.target)).collect()
    }

    #[test]
    fn entries_outlive_the_process_and_what_is_too_much_or_too_old_is_let_go_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let metrics = Arc::new(Metrics::new().unwrap());
        let open = |entries, age| {
            let (store, mut stored) = Store::open_when_free(folder.path());
            Audit::new(store, &mut stored, Keep { entries, age }, Arc::clone(&metrics))
        };
        let long = Duration::from_secs(3600);
        let audit = open(3, long);
        made(&audit, &["a", "b"]);
        made(&audit, &["c", "d"]);
        assert_eq!(targets(&audit), [(2, "b".into()), (3, "c".into()), (4, "d".into())]);
        drop(audit);
        let audit = open(3, long);
        made(&audit, &["e"]);
        assert_eq!(targets(&audit), [(3, "c".into()), (4, "d".into()), (5, "e".into())]);
        drop(audit);
        let audit = open(3, Duration::ZERO);
        made(&audit, &["f"]);
        assert_eq!(targets(&audit), [(6, "f".into())]);
        assert_eq!(metrics.audit_forgotten.get(), 5);
    }
}
