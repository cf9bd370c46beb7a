//! What people do to the baseline of an image: freeze it, let it learn anew, let it sleep.
//!
//! Each does what it says to one image and to nothing else; that it is done twice makes no difference. Who may do it, and
//! what is on record of it, is the server's. Not here: what people say of behaviours (`decision`), that an image which runs
//! nowhere for long sleeps by itself (`Model::apply`).

use crate::{behaviour::Dimension, image::ImageState, model::Model};

impl Model {
    /// Freezes the baseline of an image, or lets it go on learning. False if there is no such image.
    pub fn lock(&mut self, lineage: &str, digest: &str, locked: bool) -> bool {
        self.held(lineage, digest).map(|image| image.locked = locked).is_some()
    }

    /// Forgets what an image is known for in these dimensions, so that it is learned anew; how many behaviours that was.
    /// `None` if there is no such image.
    pub fn reset(&mut self, lineage: &str, digest: &str, dimensions: &[Dimension]) -> Option<u64> {
        self.held(lineage, digest).map(|image| image.reset(dimensions))
    }

    /// Archives an image now; its next event wakes it. False if there is no such image.
    pub fn archive(&mut self, lineage: &str, digest: &str) -> bool {
        self.held(lineage, digest).map(|image| image.archive(u64::MAX)).is_some()
    }

    fn held(&mut self, lineage: &str, digest: &str) -> Option<&mut ImageState> {
        self.lineages.get_mut(lineage)?.get_mut(digest).map(Box::as_mut)
    }
}
