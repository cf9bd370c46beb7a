//! Three probabilities from what an incident adds up to.
//!
//! A multinomial logistic layer: softmax of weights times (1, surprise, evidence for drift, evidence for attack), normal
//! being the reference with logit 0. There are two layers, of an image that nobody knows yet and of one that is
//! learned, and what applies lies between them, as far as the baseline can be trusted: an attack on a learned image comes
//! with surprise, on an unknown one with evidence alone. Both are fitted (`weights`); tests/lab/RESULTS.md says how well
//! the probabilities hold.

use crate::params::Weights;
use ndarray::{aview1, aview2};
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
    /// Of anything but normal.
    pub fn suspicion(&self) -> f64 {
        self.drift + self.attack
    }

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

/// What the layer sees of an incident: surprise (nats, 0 or more), evidence for drift and for attack (log-odds against
/// normal, 0 or more), and what the baseline was worth (0 to 1).
pub type Features = [f64; 4];

/// Rows drift and attack; columns bias, surprise, evidence for drift, evidence for attack.
pub type Layer = [[f64; 4]; 2];

/// Probabilities of an incident with these features.
pub(crate) fn posterior(weights: &Weights, features: Features) -> Probabilities {
    let [surprise, drift, attack, confidence] = features;
    let inputs = [1.0, surprise, drift, attack];
    let inputs = aview1(&inputs);
    let logits = aview2(&weights.unknown).dot(&inputs) * (1.0 - confidence)
        + aview2(&weights.learned).dot(&inputs) * confidence;
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
    use crate::weights::FITTED;
    use proptest::prelude::*;

    /// The verdict of the weights that come with the model.
    fn verdict(features: Features) -> Verdict {
        posterior(&FITTED, features).verdict()
    }

    #[test]
    fn nothing_new_is_normal_and_plain_novelty_of_a_learned_image_is_drift() {
        assert_eq!(verdict([0.0, 0.0, 0.0, 1.0]), Verdict::Normal);
        assert_eq!(verdict([12.0, 0.0, 0.0, 1.0]), Verdict::Drift);
        assert_eq!(verdict([12.0, 0.0, 8.0, 1.0]), Verdict::Attack);
    }

    #[test]
    fn evidence_of_attack_counts_in_full_without_any_surprise() {
        assert_eq!(verdict([0.0, 0.0, 12.0, 0.0]), Verdict::Attack);
    }

    proptest! {
        #[test]
        fn probabilities_add_up_and_stay_finite(s in 0.0..1e4, d in -1e4..1e4, a in -1e4..1e4, c in 0.0..=1.0) {
            let p = posterior(&FITTED, [s, d, a, c]);
            prop_assert!((p.normal + p.drift + p.attack - 1.0).abs() < 1e-9);
            prop_assert!([p.normal, p.drift, p.attack].iter().all(|p| (0.0..=1.0).contains(p)));
        }

        #[test]
        fn more_evidence_of_attack_never_makes_it_less_probable(
            s in 0.0..20.0, d in 0.0..20.0, a in 0.0..20.0, more in 0.0..20.0, c in 0.0..=1.0
        ) {
            let of = |a| posterior(&FITTED, [s, d, a, c]).attack;
            prop_assert!(of(a + more) >= of(a));
        }
    }
}
