//! What people do to baselines, done by the shard that owns them.
//!
//! A change, what is on record of it and its entry in the audit record are in one part, so they become durable together. A
//! request that was taken before is told of the part after: then the one it was taken in is durable too.
//!
//! Not here: what a request must be, and what is kept of it (`upkeep.rs` of the server).

use plumbline_proto::v1::{ImageStatus, UpkeepKind};
use tokio::{sync::oneshot, time::Instant};

use crate::upkeep::{Change, UpkeepError};

use super::{
    super::{Changed, Identity},
    Shard,
};

impl Shard {
    /// Takes a change, if it was not taken before.
    pub(super) async fn change(&mut self, name: Identity, change: Change) -> Changed {
        self.wake(&name.lineage).await;
        let Identity { lineage, digest } = name;
        let Some(image) = self.model.image(&lineage, &digest) else { return Err(UpkeepError::Gone) };
        let is_locked = image.is_locked();
        let image = (lineage, digest);
        let mut record = self.upkeep.get(&image).cloned().unwrap_or_default();
        if !record.has_taken(&change)? {
            record.check(&change)?;
            if change.kind == UpkeepKind::Reset && is_locked {
                return Err(UpkeepError::Locked);
            }
            let (lineage, digest) = (&image.0, &image.1);
            let forgotten = match change.kind {
                UpkeepKind::Reset => {
                    self.model.reset(lineage, digest, &change.dimensions).unwrap_or_default()
                }
                UpkeepKind::Archived => {
                    self.model.archive(lineage, digest);
                    0
                }
                UpkeepKind::Locked | UpkeepKind::Unlocked | UpkeepKind::Unspecified => {
                    self.model.lock(lineage, digest, change.kind == UpkeepKind::Locked);
                    0
                }
            };
            self.changed.audit.push(record.take(change, forgotten, lineage));
            self.changed.images.insert(image.clone());
            self.changed.upkeep.insert(image.clone());
            self.upkeep.insert(image, record);
        }
        let (told, durable) = oneshot::channel();
        self.changed.told.push(told);
        self.changed.since.get_or_insert_with(Instant::now);
        Ok(durable)
    }

    /// Says in a status what people did to the image.
    pub(super) fn tell_upkeep(&self, status: &mut ImageStatus) {
        if self.upkeep.is_empty() {
            return;
        }
        let lineage = if status.repository.is_empty() { &status.digest } else { &status.repository };
        if let Some(record) = self.upkeep.get(&(lineage.clone(), status.digest.clone())) {
            record.tell(status);
        }
    }
}
