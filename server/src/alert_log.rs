//! The log of changes of alerts: which there are, in which order, and who waits for the next.
//!
//! Invariants: cursors rise, by one but for a leap when the store was restored, and are never used twice; a change is seen here only after it is durable;
//! an alert is held as long as its newest change is. The newest [`MAX_CHANGES`] changes are held. Memory has
//! one small head per alert; the alerts themselves are read from the store.
//!
//! Not here: the RPCs (`alerts.rs`) and when changes are stored (`checkpoint.rs`).

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use plumbline_proto::v1;
use prost::Message;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{
    session::locked,
    store::{Commit, Store, StoreError, Stored},
};

/// Changes held. At some kilobytes each this bounds the store to some hundred megabytes of alerts.
const MAX_CHANGES: u64 = 100_000;

/// Encoded alerts listed at once, give or take the last. gRPC clients take 4 MiB unless told otherwise.
const MAX_LIST_BYTES: usize = 3 << 20;

/// What is known of an alert without reading it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// Cursor of its newest change.
    pub(crate) cursor: u64,
    /// Its `Verdict`.
    pub(crate) verdict: i32,
    pub(crate) digest: String,
    pub(crate) repository: String,
}

/// The log; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct AlertLog {
    store: Store,
    index: Arc<Mutex<Index>>,
    last: watch::Sender<u64>,
    max_changes: u64,
}

#[derive(Debug, Default)]
struct Index {
    heads: BTreeMap<String, Head>,
    /// Newest change of each alert, by cursor.
    newest: BTreeMap<u64, String>,
    /// First change held; 0 if none is.
    first: u64,
    last: u64,
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

impl Head {
    /// What is known of an alert whose newest change is this one.
    pub(crate) fn of(cursor: u64, alert: &v1::Alert) -> Self {
        Self {
            cursor,
            verdict: alert.verdict,
            digest: alert.image_digest.clone(),
            repository: alert.image_repository.clone(),
        }
    }
}

impl AlertLog {
    pub(crate) fn new(store: Store, stored: &mut Stored) -> Self {
        Self::with_limit(store, stored, MAX_CHANGES)
    }

    fn with_limit(store: Store, stored: &mut Stored, max_changes: u64) -> Self {
        let heads: BTreeMap<_, _> = std::mem::take(&mut stored.heads).into_iter().collect();
        let newest = heads.iter().map(|(id, head)| (head.cursor, id.clone())).collect();
        let (first, last) = stored.cursors.unwrap_or_default();
        let index = Index { heads, newest, first, last };
        Self { store, index: Arc::new(Mutex::new(index)), last: watch::Sender::new(last), max_changes }
    }

    /// Puts changes into a commit: gives them their cursors and forgets the oldest where there are too many.
    /// The verdicts that alerts reach with it.
    pub(crate) fn plan(&self, alerts: Vec<v1::Alert>, commit: &mut Commit) -> Vec<v1::Verdict> {
        let mut reached = Vec::new();
        if alerts.is_empty() {
            return reached;
        }
        let index = locked(&self.index);
        // The commit may be one that was planned before, and waits for its disk.
        let mut last = commit.changes.last().map_or(index.last, |change| change.cursor);
        let mut verdicts: HashMap<String, i32> =
            commit.heads.iter().map(|(id, head)| (id.clone(), head.verdict)).collect();
        for alert in alerts {
            last += 1;
            let before = index.heads.get(&alert.id).map(|head| head.verdict);
            if verdicts.insert(alert.id.clone(), alert.verdict).or(before) != Some(alert.verdict) {
                reached.push(alert.verdict());
            }
            let head = Head::of(last, &alert);
            commit.heads.push((alert.id.clone(), head));
            commit.changes.push(v1::AlertChange { cursor: last, alert: Some(alert) });
        }
        let keep_from = (last + 1).saturating_sub(self.max_changes);
        commit.forgotten_heads.clear();
        commit.forgotten_changes.clear();
        let forgotten = index.first.max(1)..keep_from.min(index.last + 1);
        let heads = forgotten.clone().filter_map(|cursor| index.newest.get(&cursor).cloned());
        commit.forgotten_heads.extend(heads);
        commit.forgotten_changes.extend(forgotten);
        reached
    }

    /// Shows a commit that is durable to readers and watchers.
    pub(crate) fn publish(&self, commit: &mut Commit) {
        let Some(last) = commit.changes.last().map(|change| change.cursor) else { return };
        let mut index = locked(&self.index);
        for id in commit.forgotten_heads.drain(..) {
            index.remove(&id);
        }
        for (id, head) in commit.heads.drain(..) {
            index.remove(&id);
            index.newest.insert(head.cursor, id.clone());
            index.heads.insert(id, head);
        }
        let first = if index.first == 0 { 1 } else { index.first };
        index.first = first + commit.forgotten_changes.len() as u64;
        index.last = last;
        drop(index);
        self.last.send_replace(last);
    }

    /// Cursor of the newest change, and word of each newer one.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
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

    /// The alerts that match, newest change first, and whether more do. Reads the disk.
    pub(crate) fn list(
        &self,
        limit: usize,
        matches: impl Fn(&Head) -> bool,
    ) -> Result<(Vec<v1::Alert>, bool), StoreError> {
        let mut cursors: Vec<u64> = {
            let index = locked(&self.index);
            let newest = index.newest.iter().rev();
            let heads = newest.filter_map(|(_, id)| index.heads.get(id)).filter(|head| matches(head));
            heads.map(|head| head.cursor).take(limit + 1).collect()
        };
        let mut more = cursors.len() > limit;
        cursors.truncate(limit);
        let (mut alerts, mut bytes) = (Vec::new(), 0);
        for cursor in cursors {
            if bytes > MAX_LIST_BYTES {
                more = true;
                break;
            }
            if let Some(alert) = self.store.change(cursor)? {
                bytes += alert.encoded_len();
                alerts.push(alert);
            }
        }
        Ok((alerts, more))
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

    /// How many alerts are held with this verdict.
    pub(crate) fn count(&self, verdict: v1::Verdict) -> u64 {
        let index = locked(&self.index);
        index.heads.values().filter(|head| head.verdict == i32::from(verdict)).count() as u64
    }
}

impl Index {
    fn remove(&mut self, id: &str) {
        if let Some(head) = self.heads.remove(id) {
            self.newest.remove(&head.cursor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(id: &str, revision: u32) -> v1::Alert {
        v1::Alert { id: id.to_owned(), revision, verdict: 2, ..Default::default() }
    }

    fn add(log: &AlertLog, alerts: Vec<v1::Alert>) {
        let mut commit = Commit::default();
        log.plan(alerts, &mut commit);
        log.store.commit(&commit).unwrap();
        log.publish(&mut commit);
    }

    #[test]
    fn an_alert_counts_once_for_each_verdict_it_reaches() {
        let folder = tempfile::tempdir().unwrap();
        let (store, mut stored) = Store::open_when_free(folder.path());
        let log = AlertLog::new(store, &mut stored);
        let attack = v1::Alert { verdict: 3, ..alert("aa", 3) };
        add(&log, vec![alert("aa", 1)]);
        let reached =
            log.plan(vec![alert("aa", 2), attack.clone(), attack, alert("ab", 1)], &mut Commit::default());
        assert_eq!(reached, [v1::Verdict::Attack, v1::Verdict::Drift]);
    }

    fn cursors(log: &AlertLog, after: u64) -> Vec<(u64, String)> {
        let changes = log.changes_after(after, 100).unwrap();
        changes.into_iter().map(|change| (change.cursor, change.alert.unwrap().id)).collect()
    }

    #[test]
    fn the_log_keeps_its_newest_changes_and_the_alerts_they_belong_to_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (store, mut stored) = Store::open_when_free(folder.path());
        let log = AlertLog::with_limit(store, &mut stored, 3);
        add(&log, vec![alert("aa", 1), alert("ab", 1)]);
        add(&log, vec![alert("aa", 2), alert("ac", 1)]);
        let held = [(2, "ab".to_owned()), (3, "aa".to_owned()), (4, "ac".to_owned())];
        assert_eq!(cursors(&log, 0), held);
        add(&log, vec![alert("ac", 2)]);
        assert!(matches!(log.find("ab"), Err(FindError::Missing { .. })), "its only change was forgotten");
        assert_eq!(log.find("aa").unwrap().revision, 2);

        drop(log);
        let (store, mut stored) = Store::open_when_free(folder.path());
        let log = AlertLog::with_limit(store, &mut stored, 3);
        assert_eq!(cursors(&log, 3), [(4, "ac".to_owned()), (5, "ac".to_owned())]);
        let (alerts, more) = log.list(1, |_| true).unwrap();
        assert_eq!((alerts[0].id.as_str(), more), ("ac", true));
        assert!(matches!(log.find("a"), Err(FindError::Ambiguous { count: 2, .. })));
        add(&log, vec![alert("ad", 1)]);
        assert_eq!(cursors(&log, 5), [(6, "ad".to_owned())]);
        assert_eq!(log.count(v1::Verdict::Drift), 2, "the only change of aa that was left is forgotten");
    }

    #[test]
    fn a_change_is_not_seen_before_it_is_published() {
        let folder = tempfile::tempdir().unwrap();
        let (store, mut stored) = Store::open_when_free(folder.path());
        let log = AlertLog::new(store, &mut stored);
        let mut commit = Commit::default();
        log.plan(vec![alert("aa", 1)], &mut commit);
        log.store.commit(&commit).unwrap();
        assert!(cursors(&log, 0).is_empty());
        log.publish(&mut commit);
        assert_eq!(cursors(&log, 0).len(), 1);
    }
}
