//! Lineages that are not in memory: which there are, and what lists say of them.
//!
//! What is here is in the store as it is, whole lineages of it. Not here: when a lineage goes and comes (`shard.rs`).

use std::collections::BTreeMap;

use plumbline_model::Decision;
use plumbline_proto::v1::{self, BaselineState};

/// The lineages, by name.
#[derive(Debug, Default)]
pub(super) struct Cold {
    lineages: BTreeMap<String, Vec<Version>>,
}

/// An image.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) status: v1::ImageStatus,
    /// When it last ran, nanoseconds since the Unix epoch, in the time of events.
    pub(super) ran_unix_ns: u64,
    /// What it takes in the store.
    pub(super) bytes: u64,
}

impl Cold {
    pub(super) fn insert(&mut self, lineage: &str, versions: Vec<Version>) {
        self.lineages.insert(lineage.to_owned(), versions);
    }

    pub(super) fn contains(&self, lineage: &str) -> bool {
        self.lineages.contains_key(lineage)
    }

    pub(super) fn remove(&mut self, lineage: &str) {
        self.lineages.remove(lineage);
    }

    /// Takes one version out.
    pub(super) fn forget(&mut self, lineage: &str, digest: &str) {
        if let Some(versions) = self.lineages.get_mut(lineage) {
            versions.retain(|version| version.status.digest != digest);
            if versions.is_empty() {
                self.lineages.remove(lineage);
            }
        }
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.lineages.keys().cloned().collect()
    }

    /// All versions, with their lineages.
    pub(super) fn versions(&self) -> impl Iterator<Item = (&String, &Version)> {
        self.lineages.iter().flat_map(|(name, versions)| versions.iter().map(move |version| (name, version)))
    }

    /// Lineages in which any decision counts.
    pub(super) fn reached<D: AsRef<Decision>>(&self, decisions: &[D]) -> Vec<String> {
        let reached = |version: &Version| {
            let (digest, repository) = (&version.status.digest, &version.status.repository);
            decisions.iter().any(|decision| decision.as_ref().reaches_any(digest, repository))
        };
        let lineages = self.lineages.iter().filter(|(_, versions)| versions.iter().any(reached));
        lineages.map(|(name, _)| name.clone()).collect()
    }

    /// Images with this digest or repository, all if it is empty, those that last ran before a time as archived.
    pub(super) fn statuses(&self, only: &str, archived_before_unix_ns: u64) -> Vec<v1::ImageStatus> {
        let named = self.versions().filter(|(_, Version { status, .. })| {
            only.is_empty() || status.digest == only || status.repository == only
        });
        let status = |version: &Version| {
            let mut status = version.status.clone();
            if version.ran_unix_ns < archived_before_unix_ns {
                status.set_state(BaselineState::Archived);
            }
            status
        };
        named.map(|(_, version)| status(version)).collect()
    }
}
