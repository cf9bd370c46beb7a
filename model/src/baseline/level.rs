//! One level of the hierarchy, and the probability that all of them give to a value.
//!
//! Hierarchical Pitman-Yor with one table per type, which is interpolated Kneser-Ney (Teh 2006, "A
//! hierarchical Bayesian language model based on Pitman-Yor processes", section 4.1): each level discounts
//! what it counted and passes the rest of its mass to the level above.

use crate::params::Hierarchy;

/// One level of the hierarchy as a value sees it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Level {
    /// c: observations of the value.
    pub(crate) count: f64,
    /// n: observations of any value.
    pub(crate) total: f64,
    /// T: distinct values.
    pub(crate) types: f64,
}

/// Probability of a value given its levels, most specific first, over a base measure. In (0, 1].
pub(crate) fn probability(hierarchy: Hierarchy, levels: &[Level], base: f64) -> f64 {
    let Hierarchy { discount, concentration } = hierarchy;
    levels.iter().rev().fold(base, |above, level| {
        let norm = level.total + concentration;
        (level.count - discount).max(0.0) / norm + (concentration + discount * level.types) / norm * above
    })
}
