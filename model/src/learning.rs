//! What was learned of an image, as one server hands it to another, and how it becomes the start of the image there.
//!
//! Told are behaviours, and for how long each dimension was watched: what is expected of the image, and how sure that is.
//! Taken is what is not known yet, by the merging of states that were learned apart (`image/merge.rs`): of counts and windows
//! the larger, not the sum, so that the same told twice changes nothing. Not taken are rates, which are of the place and
//! rest on a rhythm that is not told, what a decision denies, and anything once the image is learned here, for then its
//! containers have shown what it does.
//!
//! Not here: periods, rhythms, containers, what waits for replicas and what is declared, which are not told. Sizes and
//! numbers are bounded by who takes the document in.

use crate::{
    behaviour::Dimension, decision::DecisionKind, diff::KnownBehaviour, event::Image, image::ImageState,
    marks::marked, model::Model,
};

/// What was learned of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learning {
    /// Windows in which each dimension was watched, in the order of [`Dimension::ALL`].
    pub watched: [u64; Dimension::ALL.len()],
    /// Container starts seen.
    pub starts: u64,
    /// Time of the first event, nanoseconds since the Unix epoch; 0 if there was none.
    pub first_seen_unix_ns: u64,
    /// Time of the last event, nanoseconds since the Unix epoch.
    pub last_seen_unix_ns: u64,
    /// What it is known to do, by dimension, context and value.
    pub behaviours: Vec<LearnedBehaviour>,
}

/// A behaviour with all that is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LearnedBehaviour {
    /// As people read it.
    pub known: KnownBehaviour,
    /// What its text does not tell (`marks.rs`).
    pub marks: String,
    /// Whether it stands for all that it matches.
    pub is_pattern: bool,
}

/// What became, or would become, of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taught {
    /// It was taken; how many behaviours were not known.
    Taken(u64),
    /// All of it was known.
    Unchanged,
    /// The image has been learned here.
    Left,
}

/// Why it is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the baseline is locked and would learn nothing; unlock it first")]
pub struct Unteachable;

impl LearnedBehaviour {
    /// The value as it is compared; `None` if text and marks don't belong together.
    pub fn exact(&self) -> Option<String> {
        marked(&self.known.value, &self.marks)
    }
}

impl Model {
    /// Knows an image from now on, before anything of it is seen.
    pub fn meet(&mut self, image: &Image<'_>) {
        if self.image(image.lineage(), image.digest).is_none() {
            let mut new = ImageState::new(image);
            new.ran_unix_ns = self.now_unix_ns(); // or it would be archived for not having run here
            self.load(new);
        }
    }

    /// Takes what was learned elsewhere as the start of an image, whether or not it is known here; with `dry_run` only says
    /// what would come of it.
    ///
    /// # Errors
    /// If a person froze the baseline.
    pub fn teach(
        &mut self,
        image: &Image<'_>,
        told: &Learning,
        dry_run: bool,
    ) -> Result<Taught, Unteachable> {
        let known = self.image(image.lineage(), image.digest);
        if known.is_some_and(ImageState::is_locked) {
            return Err(Unteachable);
        }
        if known.is_some_and(|known| known.is_learned(&self.params)) {
            return Ok(Taught::Left);
        }
        let new = ImageState::new(image);
        let (own, is_new) = (known.unwrap_or(&new), known.is_none());
        let ran_unix_ns = self.now_unix_ns().max(told.last_seen_unix_ns);
        let denied = |behaviour: (Dimension, &str, &str)| {
            let decision = self.decisions.on(own, "", behaviour, ran_unix_ns);
            decision.is_some_and(|decision| decision.kind == DecisionKind::Deny)
        };
        let mut news = own.news(told, denied);
        if is_new {
            news.ran_unix_ns = ran_unix_ns; // or it would be archived for not having run here
        }
        let behaviours =
            Dimension::ALL.map(|dimension| news.baseline.table(dimension).behaviours).iter().sum();
        if behaviours == 0 && news.exposures == 0 && news.starts == 0 {
            return Ok(Taught::Unchanged);
        }
        // They are of one image, so they can be merged.
        if let (false, Ok(whole)) = (dry_run, own.merged(&news, &self.params)) {
            self.load(whole);
        }
        Ok(Taught::Taken(behaviours))
    }
}

#[cfg(test)]
mod tests;
