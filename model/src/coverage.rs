//! Has it been learned yet? No clock decides: the question is how much new behaviour is still to come.
//!
//! Good and Turing's estimate: the mass of what was never seen is about that of what was seen once (Good
//! 1953). The number of singletons is Poisson-like, so its upper 95 % limit (Garwood 1936) gives an upper
//! bound of the new behaviours per exposure. An exposure is one container-window without losses.

use serde::{Deserialize, Serialize};

/// Exposure windows in a container-day of one-minute windows.
const WINDOWS_PER_DAY: f64 = 1440.0;
/// A dimension is open when it has had this many times the exposure that a quiet one needs to be stable.
const OPEN_FACTOR: f64 = 3.0;

/// How far a baseline, or one dimension of it, has been learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BaselineState {
    /// More new behaviour is to be expected than the budget allows.
    Learning,
    /// New behaviour is expected to stay within the budget.
    Stable,
    /// Keeps growing after long exposure; judged by its own rate of novelty.
    Open,
    /// No source that watches the image tells of it.
    Unwatched,
    /// A person froze it: nothing is learned any more, and all that is new counts in full.
    Locked,
    /// It ran nowhere for long. Never the state of a dimension.
    Archived,
}

/// Upper one-sided 95 % limit of a Poisson mean after `count` events: half the 95 % quantile of chi-squared
/// with 2 (count + 1) degrees of freedom, by the approximation of Wilson and Hilferty (1931), within 1 %.
fn poisson_upper(count: u64) -> f64 {
    const Z95: f64 = 1.644_853_626_951_472_2;
    let k = count as f64 + 1.0;
    let cube_root = 1.0 - 1.0 / (9.0 * k) + Z95 / (3.0 * libm::sqrt(k));
    k * cube_root * cube_root * cube_root
}

/// Upper 95 % bound of the new behaviours in the next container-day; infinite before the first exposure.
pub(crate) fn expected_new_per_day(singletons: u64, exposures: u64) -> f64 {
    if exposures == 0 {
        f64::INFINITY
    } else {
        poisson_upper(singletons) / exposures as f64 * WINDOWS_PER_DAY
    }
}

/// State of a dimension.
pub(crate) fn state(expected_new_per_day: f64, exposures: u64, budget_per_day: f64) -> BaselineState {
    let needed_if_quiet = poisson_upper(0) * WINDOWS_PER_DAY / budget_per_day;
    if expected_new_per_day <= budget_per_day {
        BaselineState::Stable
    } else if exposures as f64 >= OPEN_FACTOR * needed_if_quiet {
        BaselineState::Open
    } else {
        BaselineState::Learning
    }
}

/// Exposure windows without anything new that are still needed until the expected novelty is within budget.
pub(crate) fn windows_left(singletons: u64, exposures: u64, budget_per_day: f64) -> u64 {
    let needed = poisson_upper(singletons) * WINDOWS_PER_DAY / budget_per_day;
    (needed.ceil() as u64).saturating_sub(exposures)
}

/// What a claim that rests on the baseline is worth, 0 to 1: the share of the novelty to be expected that the
/// budget allows. So surprises that harmless novelty alone could explain do not break the budget: nothing
/// before any exposure, little while an image is learned or in a dimension that keeps growing, all when stable.
pub(crate) fn confidence(expected_new_per_day: f64, budget_per_day: f64) -> f64 {
    (budget_per_day / expected_new_per_day).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_poisson_limit_agrees_with_the_tables() {
        // Garwood's exact one-sided 95 % limits.
        for (count, limit) in [(0, 2.996), (1, 4.744), (2, 6.296), (5, 10.513), (10, 16.962), (50, 63.287)] {
            let ratio = poisson_upper(count) / limit;
            assert!((0.99..1.01).contains(&ratio), "{count}: {ratio}");
        }
    }

    #[test]
    fn quiet_exposure_makes_a_dimension_stable_and_lasting_novelty_makes_it_open() {
        let state_of =
            |singletons, exposures| state(expected_new_per_day(singletons, exposures), exposures, 1.0);
        assert_eq!(state_of(0, 0), BaselineState::Learning);
        assert_eq!(state_of(0, 1000), BaselineState::Learning);
        assert_eq!(state_of(0, 4400), BaselineState::Stable);
        assert_eq!(state_of(20, 4400), BaselineState::Learning);
        assert_eq!(state_of(200, 20_000), BaselineState::Open);
    }

    #[test]
    fn a_baseline_is_stable_once_no_windows_are_left() {
        for (singletons, exposures) in [(0, 0), (0, 4_000), (3, 100), (7, 50_000)] {
            let left = windows_left(singletons, exposures, 1.0);
            let then = exposures + left;
            assert!(expected_new_per_day(singletons, then) <= 1.0);
            assert!(left == 0 || expected_new_per_day(singletons, then - 1) > 1.0);
        }
    }

    #[test]
    fn a_surprise_counts_in_full_only_when_novelty_is_within_budget() {
        assert_eq!(confidence(0.5, 1.0), 1.0);
        assert_eq!(confidence(100.0, 1.0), 0.01);
        assert_eq!(confidence(expected_new_per_day(0, 0), 1.0), 0.0);
    }
}
