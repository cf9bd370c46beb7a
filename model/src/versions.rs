//! An image among the versions of its lineage: what is known of it, and of those before it.
//!
//! A new version inherits. What an elder did is no news of it while it is learned itself, and that the image "never
//! did so" is claimed of the lineage, with the trust that the elders have earned. Only downwards: what a younger
//! version does tells nothing good of an older one, whose containers should not change.

use crate::{
    baseline::Level,
    behaviour::{Behaviour, Dimension},
    coverage::{self, BaselineState},
    image::ImageState,
    params::Params,
};

/// Elders that are asked, newest first.
const ELDERS: usize = 4;
/// What the claim is worth of a new version that none before it knew such a peer or port: releases bring those. What it
/// starts is another matter.
const RELEASE: f64 = 0.5;

/// An image and those of its lineage that are older, newest first.
#[derive(Clone, Debug)]
pub(crate) struct Versions<'v> {
    elders: Vec<&'v ImageState>,
    youngers: Vec<&'v ImageState>,
}

impl<'v> Versions<'v> {
    /// Sorts the `others` of a lineage by their first sight, beside that of the image (nanoseconds since the Unix
    /// epoch) with this digest.
    pub(crate) fn around(
        first_seen_unix_ns: u64,
        digest: &str,
        others: impl Iterator<Item = &'v ImageState>,
    ) -> Self {
        let age = |image: &ImageState| (image.first_seen_unix_ns, image.digest().to_owned());
        let own = (first_seen_unix_ns, digest.to_owned());
        let (mut elders, youngers): (Vec<_>, Vec<_>) = others.partition(|other| age(other) < own);
        elders.sort_by_key(|elder| std::cmp::Reverse(age(elder)));
        elders.truncate(ELDERS);
        Self { elders, youngers }
    }

    /// The image itself, then its elders.
    fn line<'s>(&'s self, image: &'s ImageState) -> impl Iterator<Item = &'s ImageState> {
        std::iter::once(image).chain(self.elders.iter().copied())
    }

    /// Whether something is known of the image or of an elder.
    pub(crate) fn any(&self, image: &ImageState, known: impl Fn(&ImageState) -> bool) -> bool {
        self.line(image).any(known)
    }

    /// Whether an elder did this, and the image has not been watched for long enough to say that it does not.
    pub(crate) fn inherits(&self, image: &ImageState, behaviour: &Behaviour<'_>, params: &Params) -> bool {
        image.state_of(behaviour.dimension, params) == BaselineState::Learning
            && self.elders.iter().any(|elder| does(elder, behaviour))
    }

    /// Whether a younger version does this.
    pub(crate) fn is_known_later(&self, behaviour: &Behaviour<'_>) -> bool {
        self.youngers.iter().any(|younger| does(younger, behaviour))
    }

    /// What the claim is worth that no version so far did something of a dimension, 0 to 1.
    pub(crate) fn confidence(&self, image: &ImageState, dimension: Dimension, params: &Params) -> f64 {
        let confidence =
            |image: &ImageState| coverage::confidence(image.expected_new(dimension), params.budget_per_day);
        let inherited = match dimension {
            Dimension::Listen | Dimension::Connect | Dimension::Accept | Dimension::Resolve => RELEASE,
            _ => 1.0,
        };
        self.elders.iter().map(|elder| inherited * confidence(elder)).fold(confidence(image), f64::max)
    }

    /// A behaviour in its context in all elders, as one restaurant: counts and types add up.
    pub(crate) fn level(&self, dimension: Dimension, context: &str, value: &str) -> Level {
        self.elders.iter().fold(Level::default(), |pool, elder| {
            let level = elder.baseline.level(dimension, context, value);
            Level {
                count: pool.count + level.count,
                total: pool.total + level.total,
                types: pool.types + level.types,
            }
        })
    }
}

fn does(image: &ImageState, behaviour: &Behaviour<'_>) -> bool {
    image.baseline.find(behaviour.dimension, &behaviour.context, &behaviour.value).is_some()
}
