//! The log of changes of alerts: which there are, in which order, and who waits for the next.
//!
//! Invariants: cursors rise, by one but for a leap when the store was restored, and are never used twice; times rise too;
//! a change is seen here only after it is durable; an alert is held as long as its newest change is. Memory has one small
//! head per alert (`head.rs`); the alerts themselves are read from the store.
//!
//! Not here: the RPCs (`alerts.rs`), when changes are stored (`checkpoint.rs`), what is let go (`retention.rs`).

mod early;
mod evidence;
mod head;
mod index;
mod planning;
mod retention;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use plumbline_proto::v1;
use prost::Message;
use tokio::sync::watch;

use crate::{
    alert_filter::Filter,
    session::locked,
    store::{Commit, Store, StoreError, Stored},
};

use early::Early;
use evidence::Kept;
use index::Index;
use retention::Said;

pub(crate) use evidence::{ChunkKey, Line};
pub(crate) use head::{Head, HeldChange};
pub(crate) use planning::{Outdated, Planning};
pub(crate) use retention::{LetGo, Limits};

/// Encoded alerts listed at once, give or take the last. gRPC clients take 4 MiB unless told otherwise.
const MAX_LIST_BYTES: usize = 3 << 20;

/// The log; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct AlertLog {
    store: Store,
    index: Arc<Mutex<Index>>,
    last: watch::Sender<u64>,
    limits: Limits,
    said: Arc<Mutex<Said>>,
    evidence: Arc<Mutex<Kept>>,
    early: Early,
}

/// Some alerts of a list.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Newest change first.
    pub(crate) alerts: Vec<v1::Alert>,
    /// Cursor of the newest change when it was listed.
    pub(crate) last: u64,
    /// The list goes on with alerts whose newest change is before this cursor; `None` if these were all.
    pub(crate) below: Option<u64>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum FindError {
    #[error("no alert with id {id:?}")]
    Missing { id: String },
    #[error("{count} alerts have an id that begins with {id:?}; give more of it")]
    Ambiguous { id: String, count: usize },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AlertLog {
    pub(crate) fn new(store: Store, stored: &mut Stored, limits: Limits) -> Self {
        let index = Index::new(stored);
        let evidence = Arc::new(Mutex::new(Kept::new(std::mem::take(&mut stored.evidence))));
        let last = watch::Sender::new(index.last);
        Self {
            store,
            index: Arc::new(Mutex::new(index)),
            last,
            limits,
            said: Arc::default(),
            evidence,
            early: Early::default(),
        }
    }

    /// Puts events of incidents into a commit whose changes are planned, and lets go of those whose alerts go.
    pub(crate) fn plan_evidence(&self, mut told: Vec<(String, Vec<v1::EvidenceEvent>)>, commit: &mut Commit) {
        if !told.is_empty() {
            let index = locked(&self.index);
            let coming = |id: &String| commit.heads.iter().any(|(known, _)| known == id);
            told.retain(|(id, _)| index.heads.contains_key(id) || coming(id)); // an incident outlives its alert
        }
        locked(&self.evidence).plan(told, commit);
    }

    /// What is kept of an incident's events, oldest first. Reads the disk.
    pub(crate) fn evidence(&self, id: &str) -> Result<Vec<v1::EvidenceChunk>, StoreError> {
        self.store.evidence(id)
    }

    /// Begins to put changes into a commit.
    pub(crate) fn planning<'a>(&'a self, now_unix_ns: u64, commit: &'a mut Commit) -> Planning<'a> {
        Planning::new(locked(&self.index), self.limits, now_unix_ns, commit)
    }

    /// Puts changes that the model made into a commit.
    #[cfg(test)]
    pub(crate) fn plan(
        &self,
        alerts: Vec<v1::Alert>,
        now_unix_ns: u64,
        commit: &mut Commit,
    ) -> Vec<v1::Verdict> {
        let mut planning = self.planning(now_unix_ns, commit);
        alerts.into_iter().for_each(|alert| planning.judged(alert));
        planning.finish()
    }

    /// Shows a commit that is durable to readers and watchers.
    pub(crate) fn publish(&self, commit: &mut Commit) {
        locked(&self.said).say(commit.let_go, self.limits);
        if commit.changes.is_empty() && commit.forgotten_changes.is_empty() {
            return;
        }
        self.early.clear();
        let mut index = locked(&self.index);
        index.apply(commit);
        let last = index.last;
        drop(index);
        self.last.send_if_modified(|told| std::mem::replace(told, last) != last);
    }

    /// Shows to watchers what a commit holds that waits for its disk.
    pub(crate) fn show_early(&self, commit: &Commit) {
        self.early.show(&commit.changes);
    }

    /// Changes that are planned and wait for the disk, oldest first, and word of each newer one.
    pub(crate) fn watch_early(&self) -> watch::Receiver<Vec<Arc<v1::AlertChange>>> {
        self.early.watch()
    }

    /// Cursor of the newest change, and word of each newer one.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    /// Cursor of the newest change.
    pub(crate) fn last(&self) -> u64 {
        locked(&self.index).last
    }

    /// Where whoever wants all that is held begins: all changes that are held come after this cursor.
    pub(crate) fn earliest(&self) -> u64 {
        let index = locked(&self.index);
        index.held.front().map_or(index.last, |first| first.cursor - 1)
    }

    /// The last cursor before changes that were made at a time or later.
    pub(crate) fn before(&self, changed_unix_ns: u64) -> u64 {
        let index = locked(&self.index);
        let later = index.held.partition_point(|change| change.changed_unix_ns < changed_unix_ns);
        index.held.get(later).map_or(index.last, |first| first.cursor - 1)
    }

    /// How many changes are held after a cursor.
    pub(crate) fn behind(&self, cursor: u64) -> u64 {
        let index = locked(&self.index);
        (index.held.len() - index.held.partition_point(|change| change.cursor <= cursor)) as u64
    }

    /// Changes after a cursor, oldest first. Reads the disk.
    pub(crate) fn changes_after(
        &self,
        cursor: u64,
        limit: usize,
    ) -> Result<Vec<v1::AlertChange>, StoreError> {
        // Not beyond what was published: the commit being made is in the tree before it is durable.
        let last = locked(&self.index).last;
        let mut changes = self.store.changes_after(cursor, limit)?;
        changes.retain(|change| change.cursor <= last);
        Ok(changes)
    }

    /// The alerts that match, newest change first, of those whose newest change is before a cursor. Reads the disk.
    pub(crate) fn list(&self, filter: &Filter, below: u64, limit: usize) -> Result<Listed, StoreError> {
        let (cursors, last): (Vec<u64>, u64) = {
            let index = locked(&self.index);
            let newest = index.newest.range(..below).rev();
            let heads = newest.filter_map(|(_, id)| index.heads.get(id));
            let cursors = heads.filter(|head| filter.matches(head)).map(|head| head.cursor);
            (cursors.take(limit + 1).collect(), index.last)
        };
        let (mut listed, mut bytes) = (Listed { last, ..Listed::default() }, 0);
        for cursor in cursors {
            if listed.alerts.len() == limit || bytes > MAX_LIST_BYTES {
                listed.below = Some(cursor + 1);
                break;
            }
            if let Some(alert) = self.store.change(cursor)? {
                bytes += alert.encoded_len();
                listed.alerts.push(alert);
            }
        }
        Ok(listed)
    }

    /// How many alerts match, by what a key makes of each.
    pub(crate) fn count_by<K: std::hash::Hash + Eq>(
        &self,
        filter: &Filter,
        key: impl Fn(&Head) -> K,
    ) -> HashMap<K, u64> {
        let index = locked(&self.index);
        let mut counts = HashMap::new();
        for head in index.heads.values().filter(|head| filter.matches(head)) {
            *counts.entry(key(head)).or_default() += 1;
        }
        counts
    }

    /// The alert whose id is `id` or alone begins with it. Reads the disk.
    pub(crate) fn find(&self, id: &str) -> Result<v1::Alert, FindError> {
        let missing = || FindError::Missing { id: id.to_owned() };
        let cursor = {
            let index = locked(&self.index);
            let from = index.heads.range(id.to_owned()..);
            let mut matching = from.take_while(|(key, _)| key.starts_with(id));
            let (key, head) = matching.next().ok_or_else(missing)?;
            let others = matching.count();
            if others > 0 && key != id {
                return Err(FindError::Ambiguous { id: id.to_owned(), count: others + 1 });
            }
            head.cursor
        };
        self.store.change(cursor)?.ok_or_else(missing)
    }

    /// All operational alerts that are held. Reads the disk.
    pub(crate) fn operational(&self) -> Result<Vec<v1::Alert>, StoreError> {
        let cursors: Vec<u64> = {
            let index = locked(&self.index);
            let heads = index.heads.values();
            heads
                .filter(|head| head.verdict == i32::from(v1::Verdict::Operational))
                .map(|head| head.cursor)
                .collect()
        };
        cursors.into_iter().filter_map(|cursor| self.store.change(cursor).transpose()).collect()
    }

    /// How many alerts are held with this verdict.
    pub(crate) fn count(&self, verdict: v1::Verdict) -> u64 {
        let index = locked(&self.index);
        index.heads.values().filter(|head| head.verdict == i32::from(verdict)).count() as u64
    }
}

#[cfg(test)]
mod tests;
