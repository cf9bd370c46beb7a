//! The parameters of the model, checked once. What is fitted rather than chosen is among them as [`Weights`], whose
//! values are in `weights`; the length of the exposure window is not here because it is a fact of each
//! batch: the collector chose it when it counted.

use crate::{
    behaviour::Dimension,
    evidence::EvidenceRow,
    posterior::{Features, Layer, Probabilities, Verdict, posterior},
    weights::FITTED,
};
use std::borrow::Cow;

/// What is fitted on recordings.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// The logistic layer for an image of which nothing is known.
    pub unknown: Layer,
    /// The logistic layer for an image that is learned.
    pub learned: Layer,
    /// Rows of the evidence table, by name, whose weights for drift and for attack are other than those that were set: what
    /// the recordings say of them.
    pub evidence: Cow<'static, [(&'static str, f64, f64)]>,
    /// How probable it must be that something is not normal to be called drift, for so many false alerts per image and
    /// week, from few alerts to many.
    pub thresholds: Cow<'static, [Threshold]>,
    /// Of each dimension, in the order of the variants.
    pub hierarchy: [Hierarchy; Dimension::ALL.len()],
}

/// What keeps false alerts within a budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// False alerts per image and week of ordinary work, at most.
    pub alerts_per_week: f64,
    /// Least probability that something is not normal, 0.5 to below 1.
    pub suspicion: f64,
}

/// Parameters of the Pitman-Yor process of a dimension.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hierarchy {
    /// Discount, 0 to below 1. Higher expects more rare values.
    pub discount: f64,
    /// Concentration, above 0. Higher trusts the level above for longer.
    pub concentration: f64,
}

/// Parameters a user may set, and the bounds that keep an image's state finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    /// Alert budget: new but harmless behaviours that may be alerted per dimension, image and container-day
    /// (1440 exposure windows). More than 0.
    pub budget_per_day: f64,
    /// False alerts per image and week that drifts may raise: what is less probable than their threshold passes for
    /// normal. Attacks, and what a person denied, are told whenever they are the most probable. More than 0.
    pub alerts_per_week: f64,
    /// Container starts to see before a baseline can be stable.
    pub min_starts: u64,
    /// Exposure windows without anything new after which an incident closes. At least 1.
    pub quiet_windows: u64,
    /// Nanoseconds after which an image that ran nowhere is archived: at least this, and up to 1/32 more. At least 1.
    pub archive_after_ns: u64,
    /// Contexts kept per dimension and image. At least 1.
    pub max_contexts: usize,
    /// Values kept per context before they become patterns. At least 1.
    pub max_values: usize,
    /// Memory for the behaviours of an image, in bytes. At least 1.
    pub max_bytes: usize,
    /// Containers remembered per image; the least recent is forgotten first. At least 1.
    pub max_containers: usize,
    /// Open incidents per image; the least recent is closed first. At least 1.
    pub max_incidents: usize,
    /// What is fitted.
    pub weights: Weights,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            budget_per_day: 1.0,
            alerts_per_week: 1.0,
            min_starts: 3,
            quiet_windows: 60,
            archive_after_ns: 90 * 86_400 * 1_000_000_000,
            max_contexts: 1024,
            max_values: 256,
            max_bytes: 3 << 19,
            max_containers: 4096,
            max_incidents: 64,
            weights: FITTED,
        }
    }
}

/// A parameter outside its range.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ParamsError {
    /// The budget is not a positive number.
    #[error("{0} is {1}; it must be a number above 0, such as 1.0")]
    Budget(&'static str, f64),
    /// A bound is 0.
    #[error("{0} is 0; it must be at least 1")]
    Zero(&'static str),
}

impl Weights {
    /// Set by hand, with nothing fitted: where the fit begins.
    pub fn by_hand() -> Self {
        let layer = [[-3.0, 0.5, 1.0, 0.0], [-7.0, 0.5, 0.0, 1.0]];
        let hierarchy = [Hierarchy { discount: 0.5, concentration: 1.0 }; Dimension::ALL.len()];
        let (evidence, thresholds) = (Cow::Borrowed(&[][..]), Cow::Borrowed(&[][..]));
        Self { unknown: layer, learned: layer, evidence, thresholds, hierarchy }
    }

    /// Probabilities of an incident with these features.
    pub fn posterior(&self, features: Features) -> Probabilities {
        posterior(self, features)
    }

    /// How probable it must be that something is not normal to be called drift, within a budget of false alerts per image
    /// and week: the threshold of the largest budget that is no larger, or the strictest. Without any, half.
    pub fn threshold(&self, alerts_per_week: f64) -> f64 {
        let within = self.thresholds.iter().rev().find(|of| of.alerts_per_week <= alerts_per_week);
        within.or(self.thresholds.first()).map_or(0.5, |of| of.suspicion)
    }

    /// What a row of the evidence table weighs for drift and for attack.
    pub fn of_row(&self, row: &EvidenceRow) -> (f64, f64) {
        let fitted = self.evidence.iter().find(|(name, _, _)| *name == row.name);
        fitted.map_or((row.drift, row.attack), |(_, drift, attack)| (*drift, *attack))
    }

    /// The process of a dimension.
    #[allow(clippy::indexing_slicing, reason = "there is one for each variant")]
    pub(crate) fn of(&self, dimension: Dimension) -> Hierarchy {
        self.hierarchy[dimension as usize]
    }
}

impl Params {
    /// What an incident is called. A `denied` one is never normal for being improbable.
    pub(crate) fn verdict(&self, probabilities: &Probabilities, denied: bool) -> Verdict {
        match probabilities.verdict() {
            Verdict::Drift
                if !denied && probabilities.suspicion() < self.weights.threshold(self.alerts_per_week) =>
            {
                Verdict::Normal
            }
            verdict => verdict,
        }
    }

    /// Checks every parameter.
    ///
    /// # Errors
    /// Names the first parameter that is out of range.
    pub fn check(&self) -> Result<(), ParamsError> {
        let budgets = [("budget_per_day", self.budget_per_day), ("alerts_per_week", self.alerts_per_week)];
        if let Some((name, budget)) = budgets.into_iter().find(|(_, b)| !(*b > 0.0 && b.is_finite())) {
            return Err(ParamsError::Budget(name, budget));
        }
        let bounds = [
            ("quiet_windows", self.quiet_windows as usize),
            ("archive_after_ns", self.archive_after_ns as usize),
            ("max_contexts", self.max_contexts),
            ("max_values", self.max_values),
            ("max_bytes", self.max_bytes),
            ("max_containers", self.max_containers),
            ("max_incidents", self.max_incidents),
        ];
        match bounds.into_iter().find(|(_, bound)| *bound == 0) {
            Some((name, _)) => Err(ParamsError::Zero(name)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_out_of_range_is_named() {
        assert_eq!(Params::default().check(), Ok(()));
        let nan = Params { budget_per_day: f64::NAN, ..Params::default() };
        assert!(nan.check().unwrap_err().to_string().contains("budget_per_day"));
        let none = Params { alerts_per_week: 0.0, ..Params::default() };
        assert!(none.check().unwrap_err().to_string().contains("alerts_per_week"));
        let zero = Params { max_values: 0, ..Params::default() };
        assert_eq!(zero.check(), Err(ParamsError::Zero("max_values")));
    }

    #[test]
    fn a_smaller_budget_asks_for_more_before_it_says_drift_and_hides_no_attack() {
        let of = |alerts_per_week: f64| Params { alerts_per_week, ..Params::default() };
        let thresholds: Vec<f64> =
            [0.001, 0.3, 1.0, 3.0, 1000.0].map(|budget| of(budget).weights.threshold(budget)).to_vec();
        assert!(thresholds.is_sorted_by(|a, b| a >= b), "{thresholds:?}");
        assert!(thresholds.iter().all(|threshold| (0.5..1.0).contains(threshold)), "{thresholds:?}");
        let doubtful = Probabilities { normal: 0.45, drift: 0.5, attack: 0.05 };
        assert_eq!(of(0.001).verdict(&doubtful, false), Verdict::Normal);
        assert_eq!(of(0.001).verdict(&doubtful, true), Verdict::Drift, "somebody denied it");
        assert_eq!(of(1000.0).verdict(&doubtful, false), Verdict::Drift);
        let attack = Probabilities { normal: 0.45, drift: 0.05, attack: 0.5 };
        assert_eq!(of(0.001).verdict(&attack, false), Verdict::Attack);
    }
}
