//! What people do to baselines, done by the shard that owns them.
//!
//! A change, what is on record of it and its entry in the audit record are in one part, so they become durable together. A
//! request that was taken before is told of the part after: then the one it was taken in is durable too.
//!
//! Not here: what a request must be, and what is kept of it (`upkeep.rs` of the server).

use plumbline_model::{Taught, event::Image};
use plumbline_proto::v1::{ImageStatus, UpkeepKind};
use tokio::{sync::oneshot, time::Instant};

use crate::upkeep::{Change, Declaring, Teaching, UpkeepError};

use super::{
    super::{Changed, Identity, Taken},
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
                UpkeepKind::Taught | UpkeepKind::Declared => 0, // that is asked for otherwise
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
        Ok(self.durable())
    }

    /// Takes what was learned elsewhere as the start of an image, and says when that is durable.
    pub(super) async fn teach(&mut self, name: Identity, teaching: Teaching) -> Taken {
        self.wake(&name.lineage).await;
        let Teaching { tag, learning, dry_run, change } = teaching;
        let Identity { lineage, digest } = name;
        let repository = if lineage == digest { "" } else { &*lineage };
        let image = Image { digest: &digest, repository, tag: &tag, ..Image::default() };
        let taught = self.model.teach(&image, &learning, dry_run).map_err(|_| UpkeepError::Locked)?;
        if let (Taught::Taken(behaviours), false) = (&taught, dry_run) {
            let image = (lineage, digest);
            let record = self.upkeep.entry(image.clone()).or_default();
            self.changed.audit.push(record.take(change, *behaviours, &image.0));
            self.changed.images.insert(image.clone());
            self.changed.upkeep.insert(image);
        }
        Ok((taught, self.durable()))
    }

    /// Takes what a document says that scripts of an image start; whether that is news, and when it is durable.
    pub(super) async fn declare(
        &mut self,
        name: Identity,
        declaring: Declaring,
    ) -> (bool, oneshot::Receiver<()>) {
        self.wake(&name.lineage).await;
        let Declaring { tag, starts, dry_run, change } = declaring;
        let image = (name.lineage, name.digest);
        let is_news = self.declared.say_starts(&image, starts, dry_run);
        if is_news && !dry_run {
            let repository = if image.0 == image.1 { "" } else { &*image.0 };
            self.model.meet(&Image { digest: &image.1, repository, tag: &tag, ..Image::default() });
            let record = self.upkeep.entry(image.clone()).or_default();
            self.changed.audit.push(record.take(change, 0, &image.0));
            self.changed.images.insert(image.clone());
            self.changed.upkeep.insert(image.clone());
            self.changed.declared.insert(image);
        }
        (is_news, self.durable())
    }

    /// Told once all that was changed so far is durable.
    fn durable(&mut self) -> oneshot::Receiver<()> {
        let (told, durable) = oneshot::channel();
        self.changed.told.push(told);
        self.changed.since.get_or_insert_with(Instant::now);
        durable
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
