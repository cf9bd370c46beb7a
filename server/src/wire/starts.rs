//! What scripts of images start, as documents say: it goes along with each batch that the model sees.

use std::collections::HashMap;

use plumbline_model::event;
use plumbline_proto::v1::DeclaredCommand;

/// Words of commands, by lineage and digest, of images of which a document says it.
#[derive(Debug, Default)]
pub(crate) struct Starts(HashMap<String, HashMap<String, Vec<Vec<String>>>>);

impl Starts {
    /// Takes them in the place of what was said before.
    pub(crate) fn put(&mut self, (lineage, digest): &(String, String), starts: &[DeclaredCommand]) {
        if starts.is_empty() {
            return self.remove((lineage, digest));
        }
        let words = starts.iter().map(|start| start.words.clone()).collect();
        self.0.entry(lineage.clone()).or_default().insert(digest.clone(), words);
    }

    pub(crate) fn remove(&mut self, (lineage, digest): (&str, &str)) {
        if let Some(versions) = self.0.get_mut(lineage) {
            versions.remove(digest);
            if versions.is_empty() {
                self.0.remove(lineage);
            }
        }
    }

    /// Says it in a batch, of its images.
    pub(crate) fn add_to<'d>(&'d self, batch: &mut event::Batch<'d>) {
        if self.0.is_empty() {
            return;
        }
        for image in &mut batch.images {
            let starts = self.0.get(image.lineage()).and_then(|versions| versions.get(image.digest));
            let words = |start: &'d Vec<String>| start.iter().map(String::as_str).collect();
            image.starts = starts.into_iter().flatten().map(words).collect();
        }
    }
}
