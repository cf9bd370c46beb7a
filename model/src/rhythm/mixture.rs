//! A mixture of Gaussians over windows, by `linfa`, and how far a window is from it.
//!
//! Fitted by expectation maximisation with full covariances (linfa-clustering; seeded), of which the variances are
//! kept: a byte for each mean and deviation, on the scale of the rates themselves. That also takes away the last bits
//! in which processors differ, so that fits agree wherever they are made. Deviations have a floor, so that constant
//! rates can be fitted and a difference that nobody would call one is none. The responsibilities it starts from are
//! random, not those of k-means, which would use threads.

use super::pulse::{Rates, STEPS};
use linfa::{DatasetBase, traits::Fit};
use linfa_clustering::{GaussianMixtureModel, GmmInitMethod};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Components of a mixture, at most: at work, busy, and something rare.
const COMPONENTS: usize = 3;
/// Smallest deviation, in natural logarithms: a rate differs by a quarter.
const FLOOR: f64 = 0.25;
/// Gain of a round below which the fit has ended, in nats a window. Small, since from random responsibilities the
/// first rounds gain little.
const TOLERANCE: f64 = 1e-6;
/// Rounds after which a fit is given up, for one of fewer components.
const ROUNDS: u64 = 200;
/// Distinct scores.
pub(super) const SCORES: usize = 24;

/// The mixture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Mixture([Component; COMPONENTS]);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Component {
    /// Its weight, of 255; 0 if there is none.
    share: u8,
    mean: Rates,
    deviation: Rates,
}

impl Mixture {
    /// Fits as many components as can be; `None` if there is not even one.
    pub(super) fn fit(windows: &[Rates]) -> Option<Self> {
        let values: Vec<Vec<f64>> = windows
            .iter()
            .map(|window| window.iter().map(|byte| f64::from(*byte) / STEPS).collect())
            .collect();
        let shape = (values.len(), values.first()?.len());
        let data = DatasetBase::from(Array2::from_shape_vec(shape, values.concat()).ok()?);
        (1..=COMPONENTS).rev().find_map(|components| {
            let fitted = GaussianMixtureModel::params(components)
                .init_method(GmmInitMethod::Random)
                .reg_covariance(FLOOR * FLOOR)
                .tolerance(TOLERANCE)
                .max_n_iterations(ROUNDS)
                .fit(&data);
            Self::of(&fitted.ok()?)
        })
    }

    /// The same in bytes; `None` if a number is none.
    fn of(fitted: &GaussianMixtureModel<f64>) -> Option<Self> {
        let bytes = |values: Vec<f64>| -> Option<Rates> {
            let finite = values.iter().all(|value| value.is_finite());
            let byte = |value: f64| libm::round(value * STEPS).clamp(0.0, 255.0) as u8;
            finite.then_some(values)?.into_iter().map(byte).collect::<Vec<u8>>().try_into().ok()
        };
        let mut mixture = Self::default();
        let components =
            fitted.weights().iter().zip(fitted.means().rows()).zip(fitted.covariances().outer_iter());
        for (place, ((weight, mean), covariance)) in mixture.0.iter_mut().zip(components) {
            let variances = covariance.diag().to_vec();
            let deviations = variances.into_iter().map(|variance| libm::sqrt(variance).max(FLOOR)).collect();
            *place = Component {
                share: (weight * 255.0).clamp(1.0, 255.0) as u8,
                mean: bytes(mean.to_vec())?,
                deviation: bytes(deviations)?,
            };
        }
        Some(mixture)
    }

    /// How odd a window is, from 0: what its density lacks of the highest there is, in nats, on a scale of two steps
    /// for each doubling.
    pub(super) fn score(&self, window: &Rates) -> usize {
        let used = || self.0.iter().filter(|component| component.share > 0);
        let highest = used().map(Component::log_height).fold(f64::NEG_INFINITY, f64::max);
        let densities = self.0.each_ref().map(|component| component.log_density(window));
        let top = densities.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = densities.into_iter().map(|density| libm::exp(density - top)).sum();
        let lacking = (highest - top - libm::log(sum)).max(0.0);
        ((2.0 * libm::log2(1.0 + lacking)) as usize).min(SCORES - 1)
    }
}

impl Component {
    /// Logarithm of its highest density, but for a constant.
    fn log_height(&self) -> f64 {
        log(self.share) - self.deviation.iter().copied().map(log).sum::<f64>()
    }

    /// Logarithm of its density, but for the same constant; minus infinity if there is no such component.
    fn log_density(&self, window: &Rates) -> f64 {
        if self.share == 0 {
            return f64::NEG_INFINITY;
        }
        let places = window.iter().zip(&self.mean).zip(&self.deviation);
        let square = places.map(|((value, mean), deviation)| {
            let z = (f64::from(*value) - f64::from(*mean)) / f64::from(*deviation);
            z * z
        });
        self.log_height() - square.sum::<f64>() / 2.0
    }
}

/// Natural logarithm of a byte, from a table: each window that is scored asks for a hundred.
fn log(byte: u8) -> f64 {
    static LOGS: LazyLock<[f64; 256]> = LazyLock::new(|| std::array::from_fn(|byte| libm::log(byte as f64)));
    LOGS.get(usize::from(byte)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_varies_is_fitted_and_the_further_off_the_odder() {
        let constant = [[40; 10]; 32];
        let mixture = Mixture::fit(&constant).unwrap();
        assert_eq!(mixture.score(&[40; 10]), 0);
        let mut before = 0;
        for value in [60, 90, 150, 255] {
            let mut window = [40; 10];
            window[2] = value;
            let score = mixture.score(&window);
            assert!(score > before, "{value} scores {score}");
            before = score;
        }
    }

    #[test]
    fn two_kinds_of_windows_are_two_components_and_between_them_is_odd() {
        let windows: Vec<Rates> =
            (0..32_u8).map(|n| if n % 2 == 0 { [20 + n % 3; 10] } else { [90 - n % 3; 10] }).collect();
        let mixture = Mixture::fit(&windows).unwrap();
        let (quiet, busy, between) =
            (mixture.score(&[21; 10]), mixture.score(&[89; 10]), mixture.score(&[55; 10]));
        assert!(between > quiet + 4 && between > busy + 4, "{quiet} {between} {busy}: {mixture:?}");
    }

    #[test]
    fn nothing_gives_no_mixture() {
        assert_eq!(Mixture::fit(&[]), None);
    }
}
