//! Which changes of alerts are let go, and why: those that are too old, and the oldest where there are too many or too
//! large ones.
//!
//! Always the oldest first, so that an alert goes with its newest change, and whoever follows the log meets one gap at its
//! beginning. It costs a look at the oldest one per commit, and what goes is written with what comes.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::head::HeldChange;

/// Changes held at most. Memory holds a small head for each alert.
const MAX_CHANGES: usize = 100_000;
/// Changes that one commit lets go at most, beside as many as it adds: with more it would take long.
const MAX_AT_ONCE: usize = 1024;
/// Pause between two words about it in the log.
const SAY_EVERY: Duration = Duration::from_secs(3600);

/// What is held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) age: Duration,
    pub(crate) bytes: u64,
    pub(crate) changes: usize,
}

/// Why a change is let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    Age,
    Bytes,
    Count,
}

/// What is let go, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LetGo([u64; Reason::ALL.len()]);

/// Says now and then what was let go.
#[derive(Debug, Default)]
pub(super) struct Said {
    last: Option<Instant>,
    untold: LetGo,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(Duration::from_secs(90 * 86_400), 1 << 30)
    }
}

impl Limits {
    pub(crate) fn new(age: Duration, bytes: u64) -> Self {
        Self { age, bytes, changes: MAX_CHANGES }
    }

    /// The oldest changes that are to go before so many, of so many bytes, come.
    pub(super) fn exceeded(
        &self,
        held: &VecDeque<HeldChange>,
        mut bytes: u64,
        coming: (usize, u64),
        now_unix_ns: u64,
    ) -> Vec<(u64, Reason)> {
        let mut going = Vec::new();
        for change in held.iter().take(MAX_AT_ONCE + coming.0) {
            let age = Duration::from_nanos(now_unix_ns.saturating_sub(change.changed_unix_ns));
            let reason = if age > self.age {
                Reason::Age
            } else if held.len() - going.len() + coming.0 > self.changes {
                Reason::Count
            } else if bytes.saturating_add(coming.1) > self.bytes {
                Reason::Bytes
            } else {
                break;
            };
            bytes = bytes.saturating_sub(change.bytes);
            going.push((change.cursor, reason));
        }
        going
    }
}

impl Reason {
    pub(crate) const ALL: [Self; 3] = [Self::Age, Self::Bytes, Self::Count];

    /// Its label in metrics.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Bytes => "bytes",
            Self::Count => "count",
        }
    }
}

impl LetGo {
    pub(super) fn add(&mut self, reason: Reason, changes: u64) {
        if let Some(count) = self.0.get_mut(reason as usize) {
            *count += changes;
        }
    }

    /// How many for each reason.
    pub(crate) fn by_reason(self) -> impl Iterator<Item = (Reason, u64)> {
        Reason::ALL.into_iter().zip(self.0)
    }

    fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

impl Said {
    pub(super) fn say(&mut self, gone: LetGo, limits: Limits) {
        gone.by_reason().for_each(|(reason, changes)| self.untold.add(reason, changes));
        if self.untold.is_nothing() || self.last.is_some_and(|last| last.elapsed() < SAY_EVERY) {
            return;
        }
        let [age, bytes, count] = std::mem::take(&mut self.untold).0;
        self.last = Some(Instant::now());
        tracing::info!(
            age,
            bytes,
            count,
            kept_for = ?limits.age,
            kept_bytes = limits.bytes,
            kept_changes = limits.changes,
            "let go of the oldest changes of alerts; to keep more, raise alerts_kept_for or alerts_kept_bytes"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn going(limits: Limits, ages: &[u64], coming: (usize, u64)) -> Vec<(u64, Reason)> {
        let held: VecDeque<_> = (1..)
            .zip(ages)
            .map(|(cursor, age)| HeldChange { cursor, changed_unix_ns: 1000 - age, bytes: 10 })
            .collect();
        limits.exceeded(&held, 10 * held.len() as u64, coming, 1000)
    }

    #[test]
    fn what_is_too_old_too_many_or_too_large_goes_oldest_first_and_the_reason_is_known() {
        let limits = |age, bytes, changes| Limits { age: Duration::from_nanos(age), bytes, changes };
        let none = limits(1000, 1000, 1000);
        assert_eq!(going(none, &[30, 20, 10], (1, 10)), []);
        assert_eq!(
            going(limits(15, 1000, 1000), &[30, 20, 10], (0, 0)),
            [(1, Reason::Age), (2, Reason::Age)]
        );
        assert_eq!(going(limits(30, 1000, 1000), &[30], (0, 0)), [], "as old as allowed");
        assert_eq!(going(limits(1000, 30, 1000), &[30, 20, 10], (1, 10)), [(1, Reason::Bytes)]);
        assert_eq!(going(limits(1000, 40, 1000), &[30, 20, 10], (1, 10)), []);
        assert_eq!(going(limits(1000, 1000, 3), &[30, 20, 10], (2, 0)).len(), 2);
        assert_eq!(going(limits(1000, 5, 1000), &[3, 2, 1], (1, 99)).len(), 3, "never what is coming");
        assert_eq!(going(limits(1000, 1000, 3), &[30, 20, 10], (1, 0)), [(1, Reason::Count)]);
        let many = vec![30; 3 * MAX_AT_ONCE];
        assert_eq!(going(limits(15, 1 << 40, 1 << 30), &many, (0, 0)).len(), MAX_AT_ONCE);
    }
}
