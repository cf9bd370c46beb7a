//! What is declared of the images of a shard: what runtimes told, kept of the container that was started last, and what a
//! document said of its scripts.
//!
//! It is stored beside the image, in the commit of what told it, and goes with the image. What runtimes told is for people:
//! what counts of it is in the model already. What scripts start goes along with each batch that the model sees. Encoded, as
//! it is asked for seldom. Not here: what is kept of a batch (`wire/facts.rs`), bounds of a document (`decisions/declared.rs`).

use std::collections::HashMap;

use plumbline_proto::v1::{DeclaredCommand, DeclaredFacts};
use prost::Message;

use crate::wire::Starts;

use super::{super::Identity, InFlight, Shard};

/// What is kept of an image.
#[derive(Debug)]
struct Kept {
    /// Start and id of the container that it is of.
    began: (u64, Box<str>),
    /// How much was told.
    entries: usize,
    facts: Box<[u8]>,
}

/// All that is kept, by lineage and digest.
#[derive(Debug, Default)]
pub(in crate::shards) struct Declarations {
    kept: HashMap<(String, String), Kept>,
    pub(super) starts: Starts,
}

impl Declarations {
    /// Takes in what the store has.
    pub(in crate::shards) fn take_up(&mut self, image: (String, String), facts: &DeclaredFacts) {
        let container = facts.container.as_ref();
        let began = container.map_or((0, ""), |told| (told.started_unix_ns, &*told.id));
        // What is told again may be more than was kept; then it is written once more.
        self.put(image, (began.0, began.1.into()), 0, facts);
    }

    /// Whether it is another than before.
    fn put(
        &mut self,
        image: (String, String),
        began: (u64, Box<str>),
        entries: usize,
        facts: &DeclaredFacts,
    ) -> bool {
        self.starts.put(&image, &facts.starts);
        let facts = facts.encode_to_vec().into_boxed_slice();
        let is_news = self.kept.get(&image).is_none_or(|kept| kept.facts != facts);
        self.kept.insert(image, Kept { began, entries, facts });
        is_news
    }

    pub(super) fn remove(&mut self, image: &(String, String)) {
        self.kept.remove(image);
        self.starts.remove((&image.0, &image.1));
    }

    /// As the store gets it.
    pub(super) fn encoded(&self, image: &(String, String)) -> Option<&[u8]> {
        self.kept.get(image).map(|kept| &*kept.facts)
    }

    fn facts(&self, image: &(String, String)) -> Option<DeclaredFacts> {
        DeclaredFacts::decode(&*self.kept.get(image)?.facts).ok() // it was encoded here, or decoded when the store was read
    }

    /// What a document says that scripts start, in the place of what was said before; false if that is the same.
    pub(super) fn say_starts(
        &mut self,
        image: &(String, String),
        starts: Vec<DeclaredCommand>,
        dry_run: bool,
    ) -> bool {
        let facts = self.facts(image).unwrap_or_default();
        let is_news = facts.starts != starts;
        if is_news && !dry_run {
            let kept = self.kept.get(image);
            let (began, entries) =
                kept.map_or_else(Default::default, |kept| (kept.began.clone(), kept.entries));
            self.put(image.clone(), began, entries, &DeclaredFacts { starts, ..facts });
        }
        is_news
    }
}

impl Shard {
    /// Takes in what a batch tells of its images. Of what nobody described nothing is kept.
    pub(super) fn take_declared(&mut self, in_flight: &InFlight) {
        for telling in in_flight.batch.tellings_of(self.number) {
            let image = (telling.lineage().to_owned(), telling.digest().to_owned());
            // A later container, or more of the same one.
            let is_news = self.declared.kept.get(&image).is_none_or(|kept| {
                let (began, own) = (telling.began(), (kept.began.0, &*kept.began.1));
                began > own || (began == own && telling.entries() > kept.entries)
            });
            if telling.entries() == 0 || !is_news || self.model.image(&image.0, &image.1).is_none() {
                continue;
            }
            let (started, id) = telling.began();
            let starts = self.declared.facts(&image).map_or_else(Vec::new, |facts| facts.starts);
            let facts = DeclaredFacts { starts, ..telling.facts() };
            if self.declared.put(image.clone(), (started, id.into()), telling.entries(), &facts) {
                self.changed.declared.insert(image);
            }
        }
    }

    /// What is kept of an image, if anything is.
    pub(super) fn declared(&self, name: Identity) -> Option<DeclaredFacts> {
        self.declared.facts(&(name.lineage, name.digest))
    }
}
