//! What runtimes told of the images of a shard, as it is shown to people. Kept of the container that was started last.
//!
//! It is stored beside the image, in the commit of the batch that told it, and goes with the image. No verdict hangs on it,
//! so it is not in the model. Encoded, as it is asked for seldom. Not here: what is kept of a batch (`wire/facts.rs`).

use plumbline_proto::v1::DeclaredFacts;
use prost::Message;

use crate::wire::Telling;

use super::{super::Identity, InFlight, Shard};

/// What is kept of an image.
#[derive(Debug)]
pub(in crate::shards) struct Kept {
    /// Start and id of the container that it is of.
    began: (u64, Box<str>),
    /// How much was told.
    entries: usize,
    facts: Box<[u8]>,
}

impl Kept {
    /// As the store has it.
    pub(in crate::shards) fn stored(facts: &DeclaredFacts) -> Self {
        let container = facts.container.as_ref();
        let began = container.map_or((0, ""), |told| (told.started_unix_ns, &*told.id));
        // What is told again may be more than was kept; then it is written once more.
        Self { began: (began.0, began.1.into()), entries: 0, facts: facts.encode_to_vec().into() }
    }

    pub(super) fn encoded(&self) -> &[u8] {
        &self.facts
    }

    /// Whether a batch tells of a later container, or more of this one.
    fn is_behind(&self, telling: &Telling<'_>) -> bool {
        let (began, own) = (telling.began(), (self.began.0, &*self.began.1));
        began > own || (began == own && telling.entries() > self.entries)
    }
}

impl Shard {
    /// Takes in what a batch tells of its images. Of what nobody described nothing is kept.
    pub(super) fn take_declared(&mut self, in_flight: &InFlight) {
        for telling in in_flight.batch.tellings_of(self.number) {
            let image = (telling.lineage().to_owned(), telling.digest().to_owned());
            let kept = self.declared.get(&image);
            let is_news = kept.is_none_or(|kept| kept.is_behind(&telling));
            if telling.entries() == 0 || !is_news || self.model.image(&image.0, &image.1).is_none() {
                continue;
            }
            let facts = telling.facts().encode_to_vec().into_boxed_slice();
            let (started, id) = telling.began();
            if kept.is_none_or(|kept| kept.facts != facts) {
                self.changed.declared.insert(image.clone());
            }
            let kept = Kept { began: (started, id.into()), entries: telling.entries(), facts };
            self.declared.insert(image, kept);
        }
    }

    /// What is kept of an image, if anything is.
    pub(super) fn declared(&self, name: Identity) -> Option<DeclaredFacts> {
        let kept = self.declared.get(&(name.lineage, name.digest))?;
        DeclaredFacts::decode(&*kept.facts).ok() // it was encoded here, or decoded when the store was read
    }
}
