//! Follows the log from a cursor: what matches, and what is not held any more.
//!
//! Catching up and following are one thing, so there is no gap and no repeat between them. Cursors rise by one, so where one
//! is missing a change is gone: retention took it, or a damaged store lost it. That is told before what comes behind it.
//!
//! Not here: to whom it is told, and when (`watch.rs`, `subscribe.rs`).

use std::sync::Arc;

use plumbline_proto::v1::{AlertChange, AlertGap};

use crate::{
    alert_filter::Filter,
    alert_log::{AlertLog, Head},
    store::StoreError,
};

use super::blocking;

/// A place in the log.
#[derive(Debug)]
pub(crate) struct Follower {
    pub(crate) log: AlertLog,
    pub(crate) filter: Filter,
    /// All up to here was looked through.
    pub(crate) cursor: u64,
}

/// Something to tell.
#[allow(clippy::large_enum_variant, reason = "nearly all are changes")]
#[derive(Debug, PartialEq)]
pub(crate) enum Told {
    Change(AlertChange),
    Gap(AlertGap),
}

impl Follower {
    /// Goes on by so many changes, or fewer if there are fewer: what there is to tell, and whether this was the end.
    pub(crate) async fn read(&mut self, changes: usize) -> Result<(Vec<Told>, bool), StoreError> {
        let (log, after, last) = (self.log.clone(), self.cursor, self.log.last());
        if after >= last {
            return Ok((Vec::new(), true)); // the disk may be away
        }
        let read = blocking(move || log.changes_after(after, changes)).await?;
        let end = read.len() < changes;
        let mut told = Vec::new();
        for change in read {
            told.extend(self.gap(change.cursor));
            self.cursor = change.cursor;
            if change.alert.as_ref().is_some_and(|alert| self.filter.matches(&Head::of(change.cursor, alert)))
            {
                told.push(Told::Change(change));
            }
        }
        if end && self.cursor < last {
            told.extend(self.gap(last + 1));
            self.cursor = last;
        }
        Ok((told, end))
    }

    /// Those of changes that are not durable yet which match and were not told before.
    pub(crate) fn early(&self, planned: &[Arc<AlertChange>], told: &mut u64) -> Vec<AlertChange> {
        let before = (*told).max(self.cursor);
        let new = planned.iter().filter(|change| change.cursor > before);
        let matching = new.filter(|change| {
            *told = change.cursor;
            let head = change.alert.as_ref().map(|alert| Head::of(change.cursor, alert));
            head.is_some_and(|head| self.filter.matches(&head))
        });
        matching.map(|change| AlertChange { cursor: 0, alert: change.alert.clone() }).collect()
    }

    /// What is missing between here and the next change.
    fn gap(&self, next: u64) -> Option<Told> {
        let from = self.cursor + 1;
        (from < next).then(|| Told::Gap(AlertGap { from, to: next - 1 }))
    }
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::{Alert, AlertFilter};

    use super::*;
    use crate::{
        alert_log::Limits,
        store::{Commit, Store},
    };

    /// A log that holds the newest `changes` of so many alerts, each on a node of its own.
    fn log(folder: &std::path::Path, alerts: u64, changes: usize) -> (Store, AlertLog) {
        let (store, mut stored) = Store::open_when_free(folder);
        let limits = Limits { changes, ..Limits::default() };
        let log = AlertLog::new(store.clone(), &mut stored, limits);
        for number in 1..=alerts {
            let alert = Alert { id: number.to_string(), node: number.to_string(), ..Default::default() };
            let mut commit = Commit::default();
            log.plan(vec![alert], 1, &mut commit);
            store.commit(&commit).unwrap();
            log.publish(&mut commit);
        }
        (store, log)
    }

    async fn read(follower: &mut Follower, changes: usize) -> (Vec<(u64, u64)>, bool) {
        let (told, end) = follower.read(changes).await.unwrap();
        let told = told.into_iter().map(|told| match told {
            Told::Change(change) => (change.cursor, change.cursor),
            Told::Gap(gap) => (gap.from, gap.to),
        });
        (told.collect(), end)
    }

    #[tokio::test]
    async fn what_is_gone_is_told_and_the_cursor_moves_though_nothing_matches() {
        let folder = tempfile::tempdir().unwrap();
        let (_, log) = log(folder.path(), 6, 3);
        let follow = |cursor, node: &str| {
            let filter = AlertFilter { node: node.to_owned(), ..Default::default() };
            Follower { log: log.clone(), filter: Filter::new(Some(filter)).unwrap(), cursor }
        };
        let mut all = follow(1, "");
        assert_eq!(read(&mut all, 2).await, (vec![(2, 3), (4, 4), (5, 5)], false));
        assert_eq!(read(&mut all, 2).await, (vec![(6, 6)], true));
        assert_eq!(read(&mut all, 2).await, (vec![], true));
        let mut none = follow(4, "x");
        assert_eq!((read(&mut none, 9).await, none.cursor), ((vec![], true), 6));
        let mut one = follow(0, "5");
        assert_eq!((read(&mut one, 9).await, one.cursor), ((vec![(1, 3), (5, 5)], true), 6));
    }

    #[tokio::test]
    async fn a_log_that_lost_its_end_or_all_of_it_tells_that_too() {
        let folder = tempfile::tempdir().unwrap();
        let (store, log) = log(folder.path(), 3, 0);
        let mut follower = Follower { log, filter: Filter::default(), cursor: 1 };
        assert_eq!(read(&mut follower, 9).await, (vec![(2, 2), (3, 3)], true));
        let mut commit = Commit::default();
        follower.log.plan(Vec::new(), 1, &mut commit);
        store.commit(&commit).unwrap();
        follower.log.publish(&mut commit);
        follower.cursor = 1;
        assert_eq!((read(&mut follower, 9).await, follower.cursor), ((vec![(2, 3)], true), 3));
    }
}
