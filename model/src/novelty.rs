//! How new is a behaviour? Its surprise against the hierarchy context -> image -> other versions of the
//! image -> base measure, and what of that counts after coverage.
//!
//! What shared base layers and the whole fleet know is not a level yet: those cross the borders of a shard.

use crate::{
    baseline::{Level, probability},
    behaviour::{Behaviour, Dimension},
    coverage,
    image::ImageState,
    params::Params,
};

/// Surprise that counts at most, in nats: what lies beyond says nothing more.
const SURPRISE_CAP: f64 = 12.0;
/// Other versions of the image that are asked, newest first.
const SIBLINGS: usize = 4;

/// An unknown behaviour.
#[derive(Clone, Debug)]
pub(crate) struct Novel<'a> {
    pub(crate) behaviour: Behaviour<'a>,
    /// -log2 of its probability.
    pub(crate) surprise_bits: f64,
    /// What it adds to the surprise of its incident, in nats, 0 or more.
    pub(crate) weight: f64,
}

/// Scores a behaviour that the image's own table does not hold.
pub(crate) fn score<'a>(
    image: &ImageState,
    siblings: &[&ImageState],
    params: &Params,
    behaviour: Behaviour<'a>,
) -> Novel<'a> {
    let dimension = behaviour.dimension;
    let levels = [
        image.baseline.level(dimension, &behaviour.context, &behaviour.value),
        image.baseline.table(dimension).marginal_level(&behaviour.value),
        pooled(siblings, dimension, &behaviour),
    ];
    let probability = probability(&levels, 1.0 / dimension.vocabulary());
    let surprise = -libm::log(probability);
    let confidence = coverage::confidence(image.expected_new(dimension), params.budget_per_day);
    let counted = surprise.min(SURPRISE_CAP) * confidence;
    Novel {
        surprise_bits: surprise / std::f64::consts::LN_2,
        weight: counted * dimension.weight(),
        behaviour,
    }
}

/// The same context in other versions of the image, as one restaurant: counts and types add up.
fn pooled(siblings: &[&ImageState], dimension: Dimension, behaviour: &Behaviour<'_>) -> Level {
    siblings.iter().rev().take(SIBLINGS).fold(Level::default(), |pool, sibling| {
        let level = sibling.baseline.level(dimension, &behaviour.context, &behaviour.value);
        Level {
            count: pool.count + level.count,
            total: pool.total + level.total,
            types: pool.types + level.types,
        }
    })
}

/// Surprise of several novelties together: the largest in full, each further one half of the one before it.
pub(crate) fn combine(weights: &[f64]) -> f64 {
    let mut sorted = weights.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    sorted.iter().rev().fold(0.0, |rest, weight| weight + rest / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_small_surprises_never_outweigh_two_large_ones() {
        assert_eq!(combine(&[]), 0.0);
        assert_eq!(combine(&[8.0, 4.0]), 10.0);
        assert!(combine(&[3.0; 100]) <= 6.0);
        assert!(combine(&[4.0, 8.0]) == combine(&[8.0, 4.0]));
    }
}
