//! The model: all that is known of some lineages, and what a batch changes of it.
//!
//! A [`Model`] holds whole lineages: an image is scored against its other versions, so whoever shards must
//! shard by [`Image::lineage`]. What becomes of the events of an image is in `observer`.

use crate::{
    behaviour::canonicalise,
    by_image::ByImage,
    commons::{Commons, chain},
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

/// How often idle images are looked for: so many times while one becomes archived.
const LOOKS: u64 = 64;

/// All lineages of one shard.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) params: Params,
    indicators: Arc<Indicators>,
    pub(crate) decisions: Decisions,
    pub(crate) commons: Arc<Commons>,
    /// Boxed: a node of a tree has room for eleven, and most lineages have one.
    pub(crate) lineages: BTreeMap<String, BTreeMap<String, Box<ImageState>>>,
    /// Newest time of a batch; after a restart the newest at which an image ran.
    now_unix_ns: u64,
    /// Images that last ran before are archived.
    archived_before_unix_ns: u64,
    /// Of the batch at hand; kept for its memory only.
    by_image: ByImage,
}

/// What a batch changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    /// Images whose state changed, sorted: lineage and digest. One digest can be in several lineages, when an
    /// image has several names.
    pub images: Vec<(String, String)>,
    /// Incidents that people should be told of, as they are now; the later state of one stands later.
    pub incidents: Vec<Incident>,
    /// Processes of the batch that belong to incidents which people were told of.
    pub belonging: Vec<Belonging>,
}

/// Processes of a batch that belong to an incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Belonging {
    /// Id of the incident.
    pub incident: String,
    /// Positions in [`Batch::processes`], rising; never empty.
    pub processes: Vec<usize>,
}

impl Model {
    /// A model that knows nothing but rules. `params` should have passed [`Params::check`].
    pub fn new(params: Params, indicators: Arc<Indicators>) -> Self {
        let (decisions, commons) = (Decisions::default(), Arc::default());
        Self {
            params,
            indicators,
            decisions,
            commons,
            lineages: BTreeMap::new(),
            now_unix_ns: 0,
            archived_before_unix_ns: 0,
            by_image: ByImage::default(),
        }
    }

    /// Restores the state of an image.
    pub fn load(&mut self, mut image: ImageState) {
        image.feedback = Feedback::default();
        self.now_unix_ns = self.now_unix_ns.max(image.ran_unix_ns);
        image.archive(self.archived_before_unix_ns);
        let lineage = self.lineages.entry(image.lineage().to_owned()).or_default();
        lineage.insert(image.digest().to_owned(), Box::new(image));
    }

    /// Lets go of a lineage, to be loaded again before anything is asked or told of it: whole, as its versions are judged by
    /// each other. What the model knows of time and of decisions stays.
    pub fn unload(&mut self, lineage: &str) -> Vec<ImageState> {
        let versions = self.lineages.remove(lineage).unwrap_or_default();
        versions.into_values().map(|image| *image).collect()
    }

    /// Lets go of an image for good. False if it is not loaded.
    pub fn forget(&mut self, lineage: &str, digest: &str) -> bool {
        let Some(versions) = self.lineages.get_mut(lineage) else { return false };
        let forgotten = versions.remove(digest).is_some();
        if versions.is_empty() {
            self.lineages.remove(lineage);
        }
        forgotten
    }

    /// Whether anything was decided that could count anywhere.
    pub fn has_decisions(&self) -> bool {
        !self.decisions.is_empty()
    }

    /// Says how far a node's clock is ahead of that by which decisions expire, in nanoseconds; 0 if it is right.
    pub fn set_clock(&mut self, node: &str, ahead_ns: i64) {
        self.decisions.clocks.set(node, ahead_ns);
    }

    /// As [`Model::set_clock`] was told last.
    pub fn clock_ahead_ns(&self, node: &str) -> i64 {
        self.decisions.clocks.ahead_ns(node)
    }

    /// Newest time of a batch, nanoseconds since the Unix epoch; after a restart the newest at which an image ran.
    pub fn now_unix_ns(&self) -> u64 {
        self.now_unix_ns
    }

    /// Images that last ran before are archived, those that are not loaded too.
    pub fn archived_before_unix_ns(&self) -> u64 {
        self.archived_before_unix_ns
    }

    /// Scores and learns, in order, the events of those images of the batch that are `owned`.
    pub fn apply(&mut self, batch: &Batch<'_>, owned: impl Fn(&Image<'_>) -> bool) -> Applied {
        let mut applied = Applied::default();
        let (time, window_ns) = (newest(batch), batch.window_ns);
        let late = self.pass(time, &mut applied);
        let closed = closed(batch);
        self.by_image.sort(batch);
        for (index, image) in batch.images.iter().enumerate() {
            if !owned(image) || !batch.containers.iter().any(|container| container.image == index) {
                continue;
            }
            let lineage = match self.lineages.get_mut(image.lineage()) {
                Some(lineage) => lineage,
                None => self.lineages.entry(image.lineage().to_owned()).or_default(),
            };
            let (digest, mut state) = lineage
                .remove_entry(image.digest)
                .unwrap_or_else(|| (image.digest.to_owned(), Box::new(ImageState::new(image))));
            if state.chain.is_empty() {
                state.chain = chain(image); // a runtime may tell late, as of what is declared
            }
            state.declared.note(image);
            state.note_running(time, late, window_ns);
            let versions = around(&state, lineage.values().map(Box::as_ref));
            let observer = Observer {
                params: &self.params,
                indicators: &self.indicators,
                decisions: &self.decisions,
                commons: &self.commons,
                batch,
                image_index: index,
                events: self.by_image.events(index),
                windows: self.by_image.windows(index),
                versions,
                closed: &closed,
            };
            observer.observe(&mut state, &mut applied.incidents);
            observer.belonging(&state, &mut applied.belonging);
            applied.images.push((image.lineage().to_owned(), image.digest.to_owned()));
            lineage.insert(digest, state);
        }
        applied.images.sort();
        applied.images.dedup();
        applied
    }

    /// Lets time pass, and archives what ran nowhere for long. Gives the earliest time that counts as now.
    ///
    /// Judged by the time there was before: when one clock leaps ahead, whoever runs has come again at the next look. A
    /// clock that ran ahead delays what would be archived until the others have caught up, and does nothing else.
    fn pass(&mut self, time_unix_ns: u64, applied: &mut Applied) -> u64 {
        let after_ns = self.params.archive_after_ns;
        let look_ns = (after_ns / LOOKS).max(1);
        let before = self.now_unix_ns;
        self.now_unix_ns = before.max(time_unix_ns);
        if before / look_ns < self.now_unix_ns / look_ns {
            self.archived_before_unix_ns = before.saturating_sub(after_ns);
            for image in self.lineages.values_mut().flat_map(BTreeMap::values_mut) {
                if image.archive(self.archived_before_unix_ns) {
                    applied.images.push((image.lineage().to_owned(), image.digest().to_owned()));
                }
            }
        }
        self.now_unix_ns.saturating_sub(look_ns)
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
        let state = lineage.and_then(|lineage| lineage.get(image.digest)).map_or(&unknown, Box::as_ref);
        let others = lineage.into_iter().flat_map(BTreeMap::values).map(Box::as_ref);
        let versions = around(state, others.filter(|other| other.digest() != image.digest));
        let mut behaviours = Vec::new();
        canonicalise(batch, event, &mut behaviours);
        let bits = |behaviour| {
            novelty::score(state, &versions, &self.commons, &self.params, behaviour).surprise_bits
        };
        behaviours.into_iter().map(bits).fold(0.0, f64::max)
    }

    /// The state of an image in a lineage, if the model holds it.
    pub fn image(&self, lineage: &str, digest: &str) -> Option<&ImageState> {
        self.lineages.get(lineage)?.get(digest).map(Box::as_ref)
    }

    /// The state of an image in a lineage, to be stored.
    pub fn image_mut(&mut self, lineage: &str, digest: &str) -> Option<&mut ImageState> {
        self.lineages.get_mut(lineage)?.get_mut(digest).map(Box::as_mut)
    }

    /// The images of a lineage, by digest.
    pub fn images_of(&self, lineage: &str) -> impl Iterator<Item = &ImageState> {
        self.lineages.get(lineage).into_iter().flat_map(BTreeMap::values).map(Box::as_ref)
    }

    /// All images, by lineage and first sight.
    pub fn images(&self) -> impl Iterator<Item = &ImageState> {
        self.lineages.values().flat_map(|versions| {
            let mut versions: Vec<&ImageState> = versions.values().map(Box::as_ref).collect();
            versions
                .sort_by(|a, b| (a.first_seen_unix_ns, a.digest()).cmp(&(b.first_seen_unix_ns, b.digest())));
            versions
        })
    }

    /// How far an image has been learned under the model's parameters.
    pub fn summary(&self, image: &ImageState) -> ImageSummary {
        image.summary(&self.params)
    }

    /// Rows of the evidence table that decisions have moved for an image, at the time of its last event: without a name
    /// those moved everywhere, if there are any; then, by its name, each namespace the image runs in where others are.
    pub fn moved<'i>(&self, image: &'i ImageState) -> Vec<(&'i str, Vec<MovedRow>)> {
        let within = |namespace: &'i str| {
            let feedback = Feedback::of(&self.decisions, image, namespace, image.last_seen_unix_ns);
            (namespace, feedback.moved(&self.params.weights))
        };
        let (_, everywhere) = within("");
        let others = image.namespaces().into_iter().map(within).filter(|(_, rows)| *rows != everywhere);
        let others: Vec<_> = others.collect();
        let everywhere = Some(("", everywhere)).filter(|(_, rows)| !rows.is_empty());
        everywhere.into_iter().chain(others).collect()
    }
}

/// Time of the last event or window of a batch, of those left out too; 0 if it has none.
fn newest(batch: &Batch<'_>) -> u64 {
    let events = batch.events.iter().map(|event| event.time_unix_ns);
    let windows = batch.windows.iter().map(|closed| closed.window.saturating_mul(batch.window_ns));
    events.chain(windows).max().unwrap_or(0).max(batch.left_out_unix_ns)
}

/// The other versions as the image sees them; one that was not seen yet is the youngest.
fn around<'v>(image: &ImageState, others: impl Iterator<Item = &'v ImageState>) -> Versions<'v> {
    let first_seen = if image.first_seen_unix_ns == 0 { u64::MAX } else { image.first_seen_unix_ns };
    Versions::around(first_seen, image.digest(), others)
}
