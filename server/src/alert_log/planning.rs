//! Puts changes of alerts into a commit, with their cursors, times and revisions, and lets the oldest go for them.
//!
//! Changes come from two sides: the model judges, and people say what they do about it. What one side changes, the other
//! leaves as it is; a revision rises by each. A person's change is made of the alert that was read before, so it is taken
//! only if there was no other since.

use std::{collections::HashMap, sync::MutexGuard};

use plumbline_proto::v1;
use prost::Message;

use crate::{store::Commit, triage};

use super::{
    head::Head,
    index::Index,
    retention::{LetGo, Limits},
};

/// A commit that is being made.
pub(crate) struct Planning<'a> {
    index: MutexGuard<'a, Index>,
    limits: Limits,
    commit: &'a mut Commit,
    now_unix_ns: u64,
    last: u64,
    changed_unix_ns: u64,
    /// Alerts as they are after this commit.
    new: HashMap<String, Head>,
    /// Changes, and their bytes.
    coming: (usize, u64),
    reached: Vec<v1::Verdict>,
}

/// The alert has changed since it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outdated;

impl<'a> Planning<'a> {
    pub(super) fn new(
        index: MutexGuard<'a, Index>,
        limits: Limits,
        now_unix_ns: u64,
        commit: &'a mut Commit,
    ) -> Self {
        // The commit may have been planned before, and goes on growing: what it lets go is found again.
        let newest = commit.changes.last();
        let last = newest.map_or(index.last, |change| change.cursor);
        let newest = newest.and_then(|change| change.alert.as_ref());
        let changed_unix_ns = newest.map_or(index.changed_unix_ns, |alert| alert.changed_unix_ns);
        let bytes =
            commit.changes.iter().filter_map(|change| change.alert.as_ref()).map(Message::encoded_len);
        let coming = (commit.changes.len(), bytes.sum::<usize>() as u64);
        let new = commit.heads.iter().cloned().collect();
        commit.forgotten_heads.clear();
        commit.forgotten_changes.clear();
        commit.let_go = LetGo::default();
        Self { index, limits, commit, now_unix_ns, last, changed_unix_ns, new, coming, reached: Vec::new() }
    }

    /// The model has judged: what people do about the alert goes on.
    pub(crate) fn judged(&mut self, mut alert: v1::Alert) {
        let before = self.before(&alert.id);
        let verdict = before.map(|before| before.verdict);
        if let Some(before) = before {
            alert.revision = alert.revision.max(before.revision.saturating_add(1));
            alert.triage = triage::carried(&before.triage, alert.verdict());
        }
        if verdict != Some(alert.verdict) {
            self.reached.push(alert.verdict());
        }
        self.put(alert);
    }

    /// A person has done something about the alert that was read: the alert as it is stored. `also` is done if it has not
    /// changed since, and says whether that goes on.
    pub(crate) fn triaged(
        &mut self,
        mut alert: v1::Alert,
        also: impl FnOnce(&mut v1::Alert) -> bool,
    ) -> Result<v1::Alert, Outdated> {
        if self.before(&alert.id).map(|before| before.revision) != Some(alert.revision) {
            return Err(Outdated);
        }
        if !also(&mut alert) {
            return Err(Outdated);
        }
        alert.revision = alert.revision.saturating_add(1);
        Ok(self.put(alert))
    }

    /// Lets go of what is too much; the verdicts that alerts reach.
    pub(crate) fn finish(self) -> Vec<v1::Verdict> {
        let Self { index, commit, .. } = self;
        for (cursor, reason) in self.limits.exceeded(&index.held, index.bytes, self.coming, self.now_unix_ns)
        {
            commit.forgotten_heads.extend(index.newest.get(&cursor).cloned());
            commit.forgotten_changes.push(cursor);
            commit.let_go.add(reason, 1);
        }
        self.reached
    }

    fn before(&self, id: &str) -> Option<&Head> {
        self.new.get(id).or_else(|| self.index.heads.get(id))
    }

    fn put(&mut self, mut alert: v1::Alert) -> v1::Alert {
        self.last += 1;
        self.changed_unix_ns = self.now_unix_ns.max(self.changed_unix_ns + 1);
        alert.changed_unix_ns = self.changed_unix_ns;
        let head = Head::of(self.last, &alert);
        self.coming = (self.coming.0 + 1, self.coming.1 + alert.encoded_len() as u64);
        self.new.insert(alert.id.clone(), head.clone());
        self.commit.heads.push((alert.id.clone(), head));
        self.commit.changes.push(v1::AlertChange { cursor: self.last, alert: Some(alert.clone()) });
        alert
    }
}
