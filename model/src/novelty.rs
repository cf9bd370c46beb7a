//! How new is a behaviour? Its surprise against the hierarchy context -> image -> what the image declares -> versions
//! before it -> images on the same base layers -> the fleet -> base measure, and what of that counts after coverage.

use crate::{
    baseline::probability, behaviour::Behaviour, commons::Commons, coverage, image::ImageState,
    params::Params, versions::Versions,
};

/// Surprise that counts at most, in nats, of one behaviour and of all in an incident: what lies beyond says nothing more.
/// Nobody who makes an attack noisier may so make it look like anything else.
const SURPRISE_CAP: f64 = 12.0;

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
    versions: &Versions<'_>,
    commons: &Commons,
    params: &Params,
    behaviour: Behaviour<'a>,
) -> Novel<'a> {
    let dimension = behaviour.dimension;
    let (context, value) = (&*behaviour.context, &*behaviour.value);
    let hierarchy = params.weights.of(dimension);
    let of_others = |value: &str| {
        let mut levels = vec![versions.level(dimension, context, value)];
        levels.extend(commons.levels(image, (dimension, context, value)));
        probability(hierarchy, &levels, 1.0 / dimension.vocabulary())
    };
    let of_image = [
        image.baseline.level(dimension, context, value),
        image.baseline.table(dimension).marginal_level(value),
        image.declared.level(dimension, value, hierarchy.discount, of_others),
    ];
    let probability = probability(hierarchy, &of_image, of_others(value));
    let surprise = -libm::log(probability);
    let confidence = coverage::confidence(image.expected_new(dimension), params.budget_per_day);
    let counted = surprise.min(SURPRISE_CAP) * confidence;
    Novel {
        surprise_bits: surprise / std::f64::consts::LN_2,
        weight: counted * dimension.weight(),
        behaviour,
    }
}

/// Surprise of several novelties together: the largest in full, each further one half of the one before it, to
/// [`SURPRISE_CAP`].
pub(crate) fn combine(weights: &[f64]) -> f64 {
    let mut sorted = weights.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    sorted.iter().rev().fold(0.0, |rest: f64, weight| weight + rest / 2.0).min(SURPRISE_CAP)
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

    /// Several full surprises made an incident rather a drift than the same attack with one.
    #[test]
    fn no_number_of_surprises_says_more_than_that_it_is_new() {
        assert_eq!(combine(&[SURPRISE_CAP; 9]), SURPRISE_CAP);
    }
}
