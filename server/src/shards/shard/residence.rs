//! Which lineages of a shard are in memory, and which archived baselines are kept.
//!
//! A lineage that nothing touched for long leaves memory, whole and only when the store has all that is known of it; whatever
//! touches it reads it again first. A restored image is judged as before, so this changes no verdict.
//!
//! Not here: what lists say of lineages that are not in memory (`cold.rs`).

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use plumbline_model::{ImageState, Indicators, Model};
use tokio::time::{Instant, sleep};

use crate::{
    blocking::blocking,
    store::{EncodedImage, ImageKey},
    wire::{self, SHARDS},
};

use super::{super::cold::Version, Shard};

/// Longest time between two looks for what can leave memory.
pub(super) const LOOK: Duration = Duration::from_secs(60);
/// Shortest, where what is idle is to be let go at once: a shard that only looks does nothing else.
const SHORTEST_LOOK: Duration = Duration::from_millis(10);
/// Time between two looks for what is kept no longer, after a first one soon.
const RETENTION: Duration = Duration::from_secs(3600);
/// Pause before a store that can't be read is asked again.
const RETRY: Duration = Duration::from_secs(1);

/// Why an archived baseline is let go of.
#[derive(Clone, Copy, Debug)]
enum Why {
    Age,
    Size,
}

impl Shard {
    /// Brings a lineage into memory, if the store has it, however long it takes until the store can be read.
    pub(super) async fn wake(&mut self, lineage: &str) {
        while self.cold.contains(lineage) {
            let (store, name) = (self.store.clone(), lineage.to_owned());
            match blocking(move || store.lineage(&name)).await {
                Ok(versions) => {
                    self.metrics.images_read.inc_by(versions.len() as u64);
                    versions.into_iter().for_each(|stored| self.model.load(stored.image));
                    self.cold.remove(lineage);
                }
                Err(error) => {
                    tracing::error!(%error, "baselines can't be read; what is told of them waits");
                    sleep(RETRY).await;
                }
            }
        }
        self.warm.insert(lineage.to_owned(), Instant::now());
    }

    /// Lets a lineage leave memory, of which the store has all.
    pub(super) fn sleep(&mut self, lineage: &str, bytes: impl Fn(&ImageState) -> u64) {
        let versions = self.model.images_of(lineage).map(|image| Version {
            status: wire::image_status(image, self.model.summary(image)),
            ran_unix_ns: image.ran_unix_ns(),
            bytes: bytes(image),
        });
        let versions: Vec<Version> = versions.collect();
        self.model.unload(lineage);
        self.warm.remove(lineage);
        if !versions.is_empty() {
            self.cold.insert(lineage, versions);
        }
    }

    /// What a question gives for each lineage that is not in memory. One that can't be read is left out.
    pub(super) async fn with_cold<T: Send + 'static>(
        &self,
        ask: impl Fn(&Model) -> T + Send + 'static,
    ) -> Vec<T> {
        let (store, names, params) = (self.store.clone(), self.cold.names(), self.settings.params.clone());
        blocking(move || {
            let mut model = Model::new(params, Arc::<Indicators>::default());
            let answer = |name: &String| {
                let versions = store.lineage(name).inspect_err(|error| {
                    tracing::warn!(%error, "a baseline can't be read; it does not count for what is common");
                });
                versions.ok()?.into_iter().for_each(|stored| model.load(stored.image));
                let answer = ask(&model);
                model.unload(name);
                Some(answer)
            };
            names.iter().filter_map(answer).collect()
        })
        .await
    }

    /// Lets go of what nothing touches, and of what is kept no longer.
    pub(super) fn look(&mut self) {
        let now = Instant::now();
        self.next_look = now + self.settings.evict_after.clamp(SHORTEST_LOOK, LOOK);
        if self.next_retention <= now {
            self.next_retention = now + RETENTION;
            self.let_go();
        }
        if self.is_durable {
            let changed = |name: &str| {
                let mut from = self.changed.images.range((name.to_owned(), String::new())..);
                from.next().is_some_and(|(lineage, _)| lineage == name)
            };
            let idle = |touched: &Instant| now.duration_since(*touched) >= self.settings.evict_after;
            let idle = self.warm.iter().filter(|(name, touched)| idle(touched) && !changed(name));
            let idle: Vec<String> = idle.map(|(name, _)| name.clone()).collect();
            idle.iter().for_each(|name| self.sleep(name, EncodedImage::bytes_of));
        }
        let loaded = i64::try_from(self.model.images().count()).unwrap_or(i64::MAX);
        self.metrics.images_loaded.add(loaded - self.loaded);
        self.loaded = loaded;
    }

    /// Lets go of archived baselines that are too old, or too many. Old is who is so by the time of events and by the clock:
    /// one clock that runs ahead deletes nothing.
    fn let_go(&mut self) {
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let clock_unix_ns = u64::try_from(clock.as_nanos()).unwrap_or(u64::MAX);
        let kept_ns = u64::try_from(self.settings.archived_kept.as_nanos()).unwrap_or(u64::MAX);
        let limit = self.model.now_unix_ns().min(clock_unix_ns).saturating_sub(kept_ns);
        let archived_before = self.model.archived_before_unix_ns();
        let warm = self
            .model
            .images()
            .map(|image| (image.ran_unix_ns(), image.lineage().to_owned(), image.digest().to_owned(), 0));
        let cold = self.cold.versions().map(|(name, version)| {
            (version.ran_unix_ns, name.clone(), version.status.digest.clone(), version.bytes)
        });
        let mut archived: Vec<_> = warm.chain(cold).filter(|(ran, ..)| *ran < archived_before).collect();
        archived.sort();
        let mut bytes: u64 = archived.iter().map(|(.., bytes)| bytes).sum();
        for (ran_unix_ns, lineage, digest, own_bytes) in archived {
            if ran_unix_ns < limit {
                self.forget(&lineage, &digest, Why::Age);
            } else if bytes > self.settings.archived_bytes / SHARDS as u64 && own_bytes > 0 {
                self.forget(&lineage, &digest, Why::Size);
            } else {
                continue;
            }
            bytes -= own_bytes;
        }
    }

    fn forget(&mut self, lineage: &str, digest: &str, why: Why) {
        tracing::info!(lineage, digest, ?why, "an archived baseline is kept no longer");
        self.metrics.images_forgotten(match why {
            Why::Age => "age",
            Why::Size => "size",
        });
        self.cold.forget(lineage, digest);
        self.model.forget(lineage, digest);
        let image = (lineage.to_owned(), digest.to_owned());
        self.changed.images.remove(&image);
        self.changed.upkeep.remove(&image);
        self.upkeep.remove(&image);
        self.changed.declared.remove(&image);
        self.declared.remove(&image);
        self.changed.forgotten.push(ImageKey::new(lineage, digest));
        self.changed.since.get_or_insert_with(Instant::now);
    }
}
