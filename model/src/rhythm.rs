//! Rhythm: how often an image does what it is known to do, and whether a window is odd.
//!
//! A window in which a container did something is a vector of [`Rates`]. Of these an image keeps a sample, a mixture
//! of Gaussians fitted to it (`mixture`), and how many of the windows that came since had which score. So a window has
//! a conformal p-value (Vovk, Gammerman and Shafer 2005, "Algorithmic learning in a random world", chapters 2 and 4:
//! inductive, and smoothed, so that it is uniform for windows like those before). The mixture is fitted again whenever
//! there are twice as many windows, and each fit is judged by one doubling later: by then it has seen half of all
//! windows, and what comes each night is known to it. One small p-value is nothing, since there are ten thousand
//! windows a week. A container's doubt is what bets against successive ones have won: the power martingale (Vovk,
//! Nouretdinov and Gammerman 2003, "Testing exchangeability on-line"), begun again whenever it has lost (Page 1954; as
//! an "e-detector": Shin, Ramdas and Rinaldo 2022). By Ville's inequality, for windows that are alike, it takes
//! `e^doubt` windows on average to get there by chance. Windows of a day are not alike, though: load comes and goes.
//! So an alarm needs more: windows as odd as this must be few in all that was learned, and a rate must be several
//! times what is usual.
//!
//! What an alarm means is decided as for any other event: it is a behaviour of dimension `rate` ([`Unusual`]), which
//! can be known, and whose weight is what the baseline is worth. Bounded: a sample of 32 windows of ten bytes each, and
//! two times a mixture of 63 bytes and 24 counts. Not here: processor time (of mining), bytes sent, and rates of one
//! program or peer.

mod mixture;
mod pulse;
mod signs;

use mixture::Mixture;
use serde::{Deserialize, Serialize};

pub use pulse::Rate;
pub(crate) use pulse::{Pulse, Rates};
pub(crate) use signs::{Memory, find};

use crate::{event::Untold, params::Params};
use pulse::amount;

/// Windows in the sample.
const SAMPLE: usize = 32;
/// Windows before the first fit, a power of two; from twice as many on the rhythm is known.
const FIRST_FIT: u64 = 64;
/// Exponent of the bet. A window wins if its p-value is below 0.077; small, since bets on moderate p-values lose to
/// the hours of the day.
const STAKE: f64 = 0.1;
/// What is as odd as so many windows were has been learned, and wins nothing.
const RECURRENT: u64 = 20;
/// How much rarer false alarms should be than the budget allows, for windows are not as alike as the bound assumes.
const MARGIN: f64 = 100.0;
/// Exposure windows in a container-day.
const WINDOWS_PER_DAY: f64 = 1440.0;
/// A rate stands out from three times the usual: ln 3 in the steps of [`Rates`].
const STANDS_OUT: u8 = 18;
/// Fewer of anything in a window stand out from nothing.
const FEW: u32 = 10;
/// Share of the sample that is below what is usual, and above it: one in so many.
const TAIL: usize = 20;
/// What rates need to be told; from a source that tells others they are not comparable.
const TOLD: u32 = Untold::EXECS
    | Untold::CONNECT
    | Untold::ACCEPT
    | Untold::DATAGRAMS
    | Untold::TRAFFIC
    | Untold::DNS
    | Untold::CALLS;

/// What is known of an image's rhythm.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rhythm {
    untold: u32,
    window_ns: u64,
    /// Windows learned from.
    windows: u64,
    /// Each of them is in it with the same probability.
    sample: Vec<Rates>,
    fitted: Option<Box<Fitted>>,
    /// Fitted last; only counts so far.
    next: Option<Box<Fitted>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Fitted {
    mixture: Mixture,
    /// Windows by their score.
    scores: [u32; mixture::SCORES],
}

/// A rate that an image never had. Numbers are of a window; of pauses, they are windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unusual {
    /// Which.
    pub rate: Rate,
    /// How often.
    pub count: u32,
    /// Usual are from so many on.
    pub low: u32,
    /// Up to so many.
    pub high: u32,
}

impl Unusual {
    /// Its order of magnitude: what of it is a behaviour.
    pub(crate) fn magnitude(&self) -> String {
        let decades = std::iter::successors(Some(1_u64), |decade| Some(decade * 10));
        let from = decades.skip(1).take_while(|decade| *decade <= u64::from(self.count)).last().unwrap_or(0);
        self.rate.phrase(&format!("{from} to {}", from.max(1) * 10 - 1))
    }

    /// What was seen, and what is usual.
    fn fact(&self) -> String {
        let Self { rate, count, low, high } = self;
        let usual = if low == high { low.to_string() } else { format!("{low} to {high}") };
        format!("{}, where {usual} are usual", rate.phrase(&count.to_string()))
    }
}

impl Rhythm {
    /// Takes note of how windows are counted. True if that is new: what was counted otherwise is forgotten.
    pub(crate) fn note_source(&mut self, untold: Untold, window_ns: u64) -> bool {
        let untold = untold.0 & TOLD;
        let other = (self.untold, self.window_ns) != (untold, window_ns);
        if other {
            *self = Self { untold, window_ns, ..Self::default() };
        }
        other
    }

    /// Windows learned from.
    pub(crate) fn windows(&self) -> u64 {
        self.windows
    }

    /// Whether enough windows were learned to judge others.
    pub(crate) fn is_known(&self) -> bool {
        self.fitted.is_some()
    }

    /// What a container's doubt becomes with one more window, and what stands out if that is an alarm: what stands
    /// out most first. `window` is the number of the window.
    pub(crate) fn judge(
        &self,
        pulse: &Rates,
        window: u64,
        doubt: f32,
        params: &Params,
    ) -> (f32, Vec<Unusual>) {
        let Some(fitted) = &self.fitted else { return (0.0, Vec::new()) };
        let (as_odd, p) = fitted.p_value(pulse, uniform(self.windows ^ window.rotate_left(32)));
        let mut won = libm::log(STAKE) + (STAKE - 1.0) * libm::log(p);
        if as_odd >= RECURRENT {
            won = won.min(0.0); // A bet that wins less is still one that is lost on average.
        }
        let limit = libm::log(WINDOWS_PER_DAY * MARGIN / params.budget_per_day).max(1.0);
        let doubt = (f64::from(doubt).max(0.0) + won).min(limit);
        let unusual = if won > 0.0 && doubt >= limit { self.stand_out(pulse) } else { Vec::new() };
        (doubt as f32, unusual)
    }

    /// The rates that are several times what is usual.
    fn stand_out(&self, pulse: &Rates) -> Vec<Unusual> {
        let mut found = Vec::new();
        for (place, rate) in Rate::ALL.into_iter().enumerate() {
            let mut usual: Vec<u8> = self.sample.iter().filter_map(|row| row.get(place).copied()).collect();
            usual.sort_unstable();
            let tail = usual.len() / TAIL;
            let (low, high) = (usual.get(tail), usual.iter().rev().nth(tail));
            let (Some(low), Some(high), Some(now)) = (low, high, pulse.get(place)) else { continue };
            let over = now.saturating_sub(*high);
            let (count, from, to) = match rate {
                // The shorter the pause, the larger the byte.
                Rate::Pause => (amount(u8::MAX - now), amount(u8::MAX - high), amount(u8::MAX - low)),
                _ => (amount(*now), amount(*low), amount(*high)),
            };
            if over >= STANDS_OUT && (count >= FEW || rate == Rate::Pause) {
                found.push((over, Unusual { rate, count, low: from, high: to }));
            }
        }
        found.sort_by_key(|(over, _)| std::cmp::Reverse(*over)); // stable: else in the order of the rates
        found.into_iter().map(|(_, unusual)| unusual).collect()
    }

    /// Learns a window.
    pub(crate) fn learn(&mut self, pulse: Rates) {
        for fitted in [&mut self.fitted, &mut self.next].into_iter().flatten() {
            fitted.count(&pulse);
        }
        self.windows += 1;
        if self.sample.len() < SAMPLE {
            if self.sample.len() == self.sample.capacity() {
                self.sample.reserve_exact(SAMPLE / 4); // most images stay small
            }
            self.sample.push(pulse);
        } else {
            // Vitter 1985, "Random sampling with a reservoir", algorithm R, with a hash in place of chance.
            let place = scramble(self.windows) % self.windows;
            if let Some(row) = self.sample.get_mut(usize::try_from(place).unwrap_or(usize::MAX)) {
                *row = pulse;
            }
        }
        if self.windows >= FIRST_FIT && self.windows.is_power_of_two() {
            // What can't be fitted leaves things as they are.
            if let Some(mixture) = Mixture::fit(&self.sample) {
                let next = Some(Box::new(Fitted { mixture, scores: [0; mixture::SCORES] }));
                self.fitted = std::mem::replace(&mut self.next, next).or(self.fitted.take());
            }
        }
    }
}

impl Fitted {
    fn count(&mut self, pulse: &Rates) {
        if let Some(count) = self.scores.get_mut(self.mixture.score(pulse)) {
            *count = count.saturating_add(1);
        }
    }

    /// How many windows were as odd or more, and the p-value. `tie` is between 0 and 1.
    fn p_value(&self, pulse: &Rates, tie: f64) -> (u64, f64) {
        let score = self.mixture.score(pulse);
        let sum =
            |scores: Option<&[u32]>| -> u64 { scores.into_iter().flatten().map(|n| u64::from(*n)).sum() };
        let (odder, equal) = (sum(self.scores.get(score + 1..)), sum(self.scores.get(score..=score)));
        let all = sum(Some(&self.scores));
        (odder + equal, (odder as f64 + tie * (equal as f64 + 1.0)) / (all as f64 + 1.0))
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): spreads consecutive numbers.
fn scramble(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number above 0, up to 1.
fn uniform(number: u64) -> f64 {
    ((scramble(number) >> 11) + 1) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests;
