//! Cadence: whether something known keeps a period, as a nightly job does, and whether it last came when it was due.
//!
//! Counted in exposure windows, and only for what is rare: what comes in most windows has no time of its own. A job
//! is due a period after it last came in time, or some periods after, since containers pause and some jobs rest at
//! weekends; also a period after it last came at all, so that a change of the clock is learned at once. Replicas
//! that start the same job together count once; of those that start it at times of their own no period is learned.

use serde::{Deserialize, Serialize};

/// Shortest period, in windows: below it hardly any time is out of time.
const RARE: u64 = 15;
/// Periods that may be left out, and one.
const PERIODS: u64 = 7;
/// A period may vary by one window, and by this share of itself: one in so many.
const JITTER: u64 = 20;
/// Times a period has to be kept before it is believed.
const KEPT: u8 = 5;
/// One in so many times, it may be broken.
const BROKEN: u8 = 4;

/// What is known of the times of one behaviour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Cadence {
    kept: u8,
    broken: u8,
    /// In windows; 0 before there is one.
    period: u16,
    /// Window in which it last came in time, without its higher bits.
    due_after: u32,
    in_time: bool,
}

/// A period that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    /// In windows.
    pub(crate) windows: u16,
    /// Whether the behaviour came when it was due, the last time it came.
    pub(crate) in_time: bool,
}

impl Cadence {
    /// Takes note of the behaviour in one window, and of the one in which it came before.
    pub(crate) fn note(&mut self, before: u64, window: u64) {
        let since = window.saturating_sub(before);
        if self.period == 0 {
            return self.begin(since, window);
        }
        if since == 0 || since <= self.jitter() && self.is_rare() {
            return; // another replica, or more of the same job
        }
        let due = u64::from((window as u32).wrapping_sub(self.due_after));
        if self.is_due(due) || self.is_due(since) {
            self.kept = self.kept.saturating_add(1);
            (self.in_time, self.due_after) = (true, window as u32);
        } else {
            self.in_time = false;
            self.broken = self.broken.saturating_add(1);
            if self.broken > self.kept / BROKEN || !self.is_rare() {
                return self.begin(since, window);
            }
        }
        if self.kept == u8::MAX {
            (self.kept, self.broken) = (self.kept / 2, self.broken / 2);
        }
    }

    /// The period, if it is kept and long enough for a behaviour to come out of time.
    pub(crate) fn period(&self) -> Option<Period> {
        let believed = self.kept >= KEPT && self.broken <= self.kept / BROKEN;
        (believed && self.is_rare()).then_some(Period { windows: self.period, in_time: self.in_time })
    }

    /// Takes the time since it last came for its period; what is too long for one leaves none.
    fn begin(&mut self, since: u64, window: u64) {
        let period = u16::try_from(since).unwrap_or(0);
        *self = Self { period, due_after: window as u32, in_time: false, kept: 0, broken: 0 };
    }

    fn is_rare(&self) -> bool {
        u64::from(self.period) >= RARE
    }

    fn jitter(&self) -> u64 {
        (u64::from(self.period) / JITTER).max(1)
    }

    /// Whether so many windows are one period or some.
    fn is_due(&self, windows: u64) -> bool {
        let period = u64::from(self.period).max(1);
        let periods = (windows + period / 2) / period;
        (1..=PERIODS).contains(&periods) && windows.abs_diff(periods * period) <= self.jitter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is known once a behaviour came in these windows.
    fn seen(windows: impl IntoIterator<Item = u64>) -> Cadence {
        let mut windows = windows.into_iter();
        let (mut cadence, mut before) = (Cadence::default(), windows.next().unwrap());
        for window in windows {
            cadence.note(before, window);
            before = window;
        }
        cadence
    }

    fn in_time(windows: impl IntoIterator<Item = u64>) -> Option<bool> {
        seen(windows).period().map(|period| period.in_time)
    }

    fn nightly(nights: u64) -> impl Iterator<Item = u64> {
        (0..nights).map(|night| 180 + night * 1440)
    }

    #[test]
    fn a_nightly_job_is_in_time_at_night_and_out_of_time_by_day_and_in_time_again_the_next_night() {
        assert_eq!(in_time(nightly(4)), None, "four nights are too few");
        assert_eq!(in_time(nightly(10)), Some(true));
        assert_eq!(in_time(nightly(10).chain([180 + 9 * 1440 + 700])), Some(false));
        assert_eq!(in_time(nightly(10).chain([180 + 9 * 1440 + 700, 180 + 10 * 1440])), Some(true));
    }

    #[test]
    fn a_little_late_a_night_off_a_weekend_and_a_changed_clock_are_in_time() {
        assert_eq!(in_time((0..20).map(|n| 180 + n * 1440 + [0, 20, 40, 7][n as usize % 4])), Some(true));
        assert_eq!(in_time(nightly(20).filter(|window| window / 1440 % 7 < 5)), Some(true));
        let summer = (10..13).map(|night| 120 + night * 1440);
        assert_eq!(in_time(nightly(10).chain(summer)), Some(true));
    }

    #[test]
    fn a_job_that_was_moved_is_out_of_time_once() {
        let moved = (10..13).map(|night| 600 + night * 1440);
        assert_eq!(in_time(nightly(10).chain(moved.clone().take(1))), Some(false));
        assert_eq!(in_time(nightly(10).chain(moved.take(2))), Some(true));
    }

    #[test]
    fn what_comes_all_the_time_or_at_any_time_has_no_period() {
        assert_eq!(in_time(0..500), None);
        assert_eq!(in_time((0..500).map(|n| n * 5)), None);
        let any = (1..200_u64).scan(0, |at, n| {
            *at += 20 + n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 3_000;
            Some(*at)
        });
        assert_eq!(in_time(any), None);
    }

    #[test]
    fn replicas_that_start_together_count_once() {
        let three = || nightly(10).flat_map(|window| [window, window, window + 1]);
        assert_eq!(in_time(three()), Some(true));
        assert!(seen(three()).period().unwrap().windows.abs_diff(1440) <= 1);
    }

    proptest! {
        #[test]
        fn any_order_of_any_windows_is_taken_and_what_is_told_is_a_rare_period(
            windows in proptest::collection::vec(any::<u64>(), 2..200)
        ) {
            if let Some(period) = seen(windows).period() {
                prop_assert!(u64::from(period.windows) >= RARE);
            }
        }
    }
}
