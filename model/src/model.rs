//! The model: all that is known of some lineages, and what a batch changes of it.
//!
//! A [`Model`] holds whole lineages: an image is scored against its other versions, so whoever shards must
//! shard by [`Image::lineage`]. What becomes of the events of an image is in `observer`.

use crate::{
    behaviour::canonicalise,
    decision::Decisions,
    event::{Batch, Event, Image},
    feedback::{Feedback, MovedRow},
    image::{ImageState, ImageSummary},
    incident::Incident,
    indicators::Indicators,
    novelty,
    observer::{Observer, closed},
    params::Params,
    versions::Versions,
};
use std::{collections::BTreeMap, sync::Arc};

/// All lineages of one shard.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) params: Params,
    indicators: Arc<Indicators>,
    pub(crate) decisions: Decisions,
    pub(crate) lineages: BTreeMap<String, BTreeMap<String, ImageState>>,
}

/// What a batch changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    /// Images whose state changed, sorted: lineage and digest. One digest can be in several lineages, when an
    /// image has several names.
    pub images: Vec<(String, String)>,
    /// Incidents that people should be told of, as they are now; the later state of one stands later.
    pub incidents: Vec<Incident>,
}

impl Model {
    /// A model that knows nothing but rules. `params` should have passed [`Params::check`].
    pub fn new(params: Params, indicators: Arc<Indicators>) -> Self {
        Self { params, indicators, decisions: Decisions::default(), lineages: BTreeMap::new() }
    }

    /// Restores the state of an image.
    pub fn load(&mut self, mut image: ImageState) {
        image.feedback = Feedback::default();
        self.lineages.entry(image.lineage().to_owned()).or_default().insert(image.digest().to_owned(), image);
    }

    /// Scores and learns, in order, the events of those images of the batch that are `owned`.
    pub fn apply(&mut self, batch: &Batch<'_>, owned: impl Fn(&Image<'_>) -> bool) -> Applied {
        let mut applied = Applied::default();
        let closed = closed(batch);
        for (index, image) in batch.images.iter().enumerate() {
            if !owned(image) || !batch.containers.iter().any(|container| container.image == index) {
                continue;
            }
            let lineage = self.lineages.entry(image.lineage().to_owned()).or_default();
            let mut state = lineage.remove(image.digest).unwrap_or_else(|| ImageState::new(image));
            let versions = around(&state, lineage.values());
            let (params, indicators, decisions) = (&self.params, &*self.indicators, &self.decisions);
            Observer { params, indicators, decisions, batch, image_index: index, versions, closed: &closed }
                .observe(&mut state, &mut applied.incidents);
            applied.images.push((image.lineage().to_owned(), image.digest.to_owned()));
            lineage.insert(image.digest.to_owned(), state);
        }
        applied.images.sort();
        applied.images.dedup();
        applied
    }

    /// How surprising an event is by itself, in bits: that of its least probable behaviour, known or not. Learns
    /// nothing and weighs nothing; 0 for an event that is no behaviour.
    pub fn surprise(&self, batch: &Batch<'_>, event: &Event<'_>) -> f64 {
        let image = batch
            .processes
            .get(event.process)
            .and_then(|process| batch.containers.get(process.container))
            .and_then(|container| batch.images.get(container.image));
        let Some(image) = image else { return 0.0 };
        let lineage = self.lineages.get(image.lineage());
        let unknown = ImageState::new(image);
        let state = lineage.and_then(|lineage| lineage.get(image.digest)).unwrap_or(&unknown);
        let others = lineage.into_iter().flat_map(BTreeMap::values);
        let versions = around(state, others.filter(|other| other.digest() != image.digest));
        let mut behaviours = Vec::new();
        canonicalise(batch, event, &mut behaviours);
        let bits = |behaviour| novelty::score(state, &versions, &self.params, behaviour).surprise_bits;
        behaviours.into_iter().map(bits).fold(0.0, f64::max)
    }

    /// The state of an image in a lineage, if the model holds it.
    pub fn image(&self, lineage: &str, digest: &str) -> Option<&ImageState> {
        self.lineages.get(lineage)?.get(digest)
    }

    /// All images, by lineage and first sight.
    pub fn images(&self) -> impl Iterator<Item = &ImageState> {
        self.lineages.values().flat_map(|versions| {
            let mut versions: Vec<&ImageState> = versions.values().collect();
            versions
                .sort_by(|a, b| (a.first_seen_unix_ns, a.digest()).cmp(&(b.first_seen_unix_ns, b.digest())));
            versions
        })
    }

    /// How far an image has been learned under the model's parameters.
    pub fn summary(&self, image: &ImageState) -> ImageSummary {
        image.summary(&self.params)
    }

    /// Rows of the evidence table that decisions have moved for an image, at the time of its last event.
    pub fn moved(&self, image: &ImageState) -> Vec<MovedRow> {
        Feedback::of(&self.decisions, image, image.last_seen_unix_ns).moved(&self.params.weights)
    }
}

/// The other versions as the image sees them; one that was not seen yet is the youngest.
fn around<'v>(image: &ImageState, others: impl Iterator<Item = &'v ImageState>) -> Versions<'v> {
    let first_seen = if image.first_seen_unix_ns == 0 { u64::MAX } else { image.first_seen_unix_ns };
    Versions::around(first_seen, image.digest(), others)
}
