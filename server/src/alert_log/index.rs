//! The log in memory: a head for each alert, and for each change when it was made and how large it is.
//!
//! Invariants: `newest` and `heads` name the same alerts; `held` is in the order of cursors, and times in it do not fall.

use std::collections::{BTreeMap, VecDeque};

use crate::store::{Commit, Stored};

use super::head::{Head, HeldChange};

#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) heads: BTreeMap<String, Head>,
    /// Newest change of each alert, by cursor.
    pub(super) newest: BTreeMap<u64, String>,
    /// Changes in the store, oldest first. Cursors can be missing where a store was damaged.
    pub(super) held: VecDeque<HeldChange>,
    /// Of all that are held.
    pub(super) bytes: u64,
    pub(super) last: u64,
    /// When the newest change was made.
    pub(super) changed_unix_ns: u64,
}

impl Index {
    /// Takes over what was stored of alerts.
    pub(super) fn new(stored: &mut Stored) -> Self {
        let heads: BTreeMap<_, _> = std::mem::take(&mut stored.heads).into_iter().collect();
        let newest = heads.iter().map(|(id, head)| (head.cursor, id.clone())).collect();
        let last = stored.cursors.map_or(0, |(_, last)| last);
        let mut index = Self { heads, newest, last, ..Self::default() };
        std::mem::take(&mut stored.changes).into_iter().for_each(|change| index.hold(change));
        index
    }

    fn hold(&mut self, mut change: HeldChange) {
        change.changed_unix_ns = change.changed_unix_ns.max(self.changed_unix_ns);
        self.changed_unix_ns = change.changed_unix_ns;
        self.bytes += change.bytes;
        self.held.push_back(change);
    }

    /// Takes in a commit.
    pub(super) fn apply(&mut self, commit: &mut Commit) {
        for id in commit.forgotten_heads.drain(..) {
            self.remove(&id);
        }
        for (id, head) in commit.heads.drain(..) {
            self.remove(&id);
            self.newest.insert(head.cursor, id.clone());
            self.heads.insert(id, head);
        }
        let kept_from = commit.forgotten_changes.last().map_or(0, |last| last + 1);
        while let Some(change) = self.held.front().filter(|change| change.cursor < kept_from) {
            self.bytes = self.bytes.saturating_sub(change.bytes);
            self.held.pop_front();
        }
        for change in commit.changes.drain(..) {
            let alert = change.alert.unwrap_or_default();
            self.last = change.cursor;
            self.hold(HeldChange {
                cursor: change.cursor,
                changed_unix_ns: alert.changed_unix_ns,
                bytes: prost::Message::encoded_len(&alert) as u64,
            });
        }
    }

    fn remove(&mut self, id: &str) {
        if let Some(head) = self.heads.remove(id) {
            self.newest.remove(&head.cursor);
        }
    }
}
