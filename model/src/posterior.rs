//! Three probabilities from three sums: surprise, evidence for drift, evidence for attack.
//!
//! A multinomial logistic layer: softmax of `WEIGHTS` times (1, surprise, drift, attack), normal being the
//! reference with logit 0. The biases are the priors: of new behaviour in a running container, far more is
//! drift than attack, and immutability makes both more likely than a harmless novelty of a learned image.
//! Weights are set by hand (`weights`), so the probabilities are not calibrated yet; tests/lab/RESULTS.md says by how
//! much.

use crate::weights::WEIGHTS;
use ndarray::{Array1, ArrayView2, array};
use serde::{Deserialize, Serialize};

/// The three-way verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// Expected of this image.
    Normal,
    /// A running container changed.
    Drift,
    /// A running container changed and the evidence speaks of an attack.
    Attack,
}

impl Verdict {
    /// The word that the API and the documentation use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Drift => "drift",
            Self::Attack => "attack",
        }
    }
}

/// Probabilities of the three verdicts; they add up to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probabilities {
    /// Of normal.
    pub normal: f64,
    /// Of drift.
    pub drift: f64,
    /// Of attack.
    pub attack: f64,
}

impl Probabilities {
    /// The most probable verdict; on a tie the graver one.
    pub fn verdict(&self) -> Verdict {
        if self.attack >= self.drift && self.attack >= self.normal {
            Verdict::Attack
        } else if self.drift >= self.normal {
            Verdict::Drift
        } else {
            Verdict::Normal
        }
    }

    /// Probability of a verdict.
    pub fn of(&self, verdict: Verdict) -> f64 {
        match verdict {
            Verdict::Normal => self.normal,
            Verdict::Drift => self.drift,
            Verdict::Attack => self.attack,
        }
    }
}

/// Probabilities for a surprise (nats, 0 or more) and the summed evidence (log-odds against normal).
pub(crate) fn posterior(surprise: f64, drift: f64, attack: f64) -> Probabilities {
    let features: Array1<f64> = array![1.0, surprise, drift, attack];
    let logits = match ArrayView2::from_shape((2, 4), &WEIGHTS) {
        Ok(weights) => weights.dot(&features),
        Err(_) => unreachable!("WEIGHTS holds 2 x 4 numbers"),
    };
    // Shifted by the largest logit so that exp can't overflow; normal's own logit is 0.
    let top = logits.fold(0.0_f64, |top, logit| top.max(*logit));
    let normal = libm::exp(-top);
    let parts = logits.mapv(|logit| libm::exp(logit - top));
    let sum = normal + parts.sum();
    let mut parts = parts.into_iter().map(|part| part / sum);
    let (drift, attack) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    Probabilities { normal: normal / sum, drift, attack }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_new_is_normal_and_plain_novelty_of_a_learned_image_is_drift() {
        assert_eq!(posterior(0.0, 0.0, 0.0).verdict(), Verdict::Normal);
        assert_eq!(posterior(12.0, 0.0, 0.0).verdict(), Verdict::Drift);
        assert_eq!(posterior(12.0, 0.0, 8.0).verdict(), Verdict::Attack);
    }

    #[test]
    fn evidence_of_attack_counts_in_full_without_any_surprise() {
        assert_eq!(posterior(0.0, 0.0, 12.0).verdict(), Verdict::Attack);
    }

    proptest! {
        #[test]
        fn probabilities_add_up_and_stay_finite(s in 0.0..1e4, d in -1e4..1e4, a in -1e4..1e4) {
            let p = posterior(s, d, a);
            prop_assert!((p.normal + p.drift + p.attack - 1.0).abs() < 1e-9);
            prop_assert!([p.normal, p.drift, p.attack].iter().all(|p| (0.0..=1.0).contains(p)));
        }
    }
}
