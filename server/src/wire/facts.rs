//! What runtimes told of an image and its containers, as it is kept and shown: declared facts.
//!
//! Of the containers of an image the one that was started last speaks for it, because facts of several at once would be those of
//! none. All of it is written by strangers: what finds no room is left out and counted. No verdict hangs on it. Not here: which
//! of two batches tells the last (`shards/shard/declared.rs`), what counts for verdicts (the model).

use std::collections::BTreeMap;

use plumbline_proto::v1::{self, DeclaredConfinement, DeclaredContainer, DeclaredFacts, DeclaredMount};

use super::Checked;

/// Bytes of texts that are kept of one image.
const BYTES: usize = 32 << 10;

/// An image of a batch, and the last of its containers there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Telling<'b> {
    batch: &'b Checked,
    image: &'b v1::Image,
    container: &'b v1::Container,
}

impl Checked {
    /// Of each image that a shard owns.
    pub(crate) fn tellings_of(&self, shard: usize) -> impl Iterator<Item = Telling<'_>> {
        let mut last: BTreeMap<usize, Telling<'_>> = BTreeMap::new();
        for container in &self.batch.containers {
            let number = container.image as usize;
            if self.owners.get(number) != Some(&shard) {
                continue;
            }
            let Some(image) = self.batch.images.get(number) else { continue };
            let telling = Telling { batch: self, image, container };
            let kept = last.entry(number).or_insert(telling);
            if telling.began() > kept.began() {
                *kept = telling;
            }
        }
        last.into_values()
    }
}

impl<'b> Telling<'b> {
    pub(crate) fn lineage(&self) -> &'b str {
        self.batch.lineage(self.image)
    }

    pub(crate) fn digest(&self) -> &'b str {
        self.batch.string(self.image.digest)
    }

    /// When the container was started, and which it is where two were at once.
    pub(crate) fn began(&self) -> (u64, &'b str) {
        (self.container.started_unix_ns, self.batch.string(self.container.id))
    }

    /// How much is told; 0 where no runtime told anything. A runtime may tell more of a container later.
    pub(crate) fn entries(&self) -> usize {
        let (image, container) = (self.image, self.container);
        let of_image = image.entrypoint.len()
            + image.command.len()
            + image.environment.len()
            + image.ports.len()
            + image.volumes.len()
            + usize::from(image.healthcheck.is_some())
            + usize::from(!self.batch.string(image.user).is_empty());
        let of_container = container.start_command.len()
            + container.mounts.len()
            + container.probes.len()
            + container.ports.len()
            + usize::from(container.confinement.is_some())
            + usize::from(container.pod.is_some());
        of_image + of_container
    }

    pub(crate) fn facts(&self) -> DeclaredFacts {
        let (batch, image, container) = (self.batch, self.image, self.container);
        let mut room = Room { batch, left: BYTES, cut: image.cut.saturating_add(container.cut) };
        // Ids and names are first, as they are short and nothing is worth much without them; commands are whole or not there.
        let pod = container.pod.as_ref();
        let mut told = DeclaredContainer {
            id: room.text(container.id),
            name: room.text(container.name),
            namespace: pod.map_or_else(String::new, |pod| room.text(pod.namespace)),
            pod: pod.map_or_else(String::new, |pod| room.text(pod.name)),
            started_unix_ns: container.started_unix_ns,
            ..DeclaredContainer::default()
        };
        let mut facts = DeclaredFacts { user: room.text(image.user), ..DeclaredFacts::default() };
        told.confinement = container.confinement.as_ref().map(|told| room.confinement(told));
        facts.entrypoint = room.command(&image.entrypoint);
        facts.command = room.command(&image.command);
        told.start_command = room.command(&container.start_command);
        facts.health_check = image.healthcheck.as_ref().and_then(|probe| room.probe(probe));
        told.probes = container.probes.iter().filter_map(|probe| room.probe(probe)).collect();
        facts.ports = room.list(&image.ports);
        told.ports = room.list(&container.ports);
        facts.volumes = room.list(&image.volumes);
        told.mounts = container.mounts.iter().filter_map(|mount| room.mount(mount)).collect();
        facts.environment = room.list(&image.environment);
        (facts.cut, facts.container) = (room.cut, Some(told));
        facts
    }
}

/// Room for texts.
struct Room<'b> {
    batch: &'b Checked,
    left: usize,
    /// What found none, and what the collector left out.
    cut: u32,
}

impl Room<'_> {
    /// Whether there is room for all of these.
    fn has(&mut self, texts: impl Iterator<Item = u32>) -> bool {
        // Of those without a letter, too, there can be many.
        let bytes = texts.map(|text| self.batch.string(text).len().saturating_add(8)).sum();
        let left = self.left.checked_sub(bytes);
        match left {
            Some(left) => self.left = left,
            None => self.cut = self.cut.saturating_add(1),
        }
        left.is_some()
    }

    fn text(&mut self, text: u32) -> String {
        if self.has([text].into_iter()) { self.batch.string(text).to_owned() } else { String::new() }
    }

    fn list(&mut self, texts: &[u32]) -> Vec<String> {
        let kept = |&text: &u32| self.has([text].into_iter()).then(|| self.batch.string(text).to_owned());
        texts.iter().filter_map(kept).collect()
    }

    fn command(&mut self, words: &[u32]) -> Vec<String> {
        if !self.has(words.iter().copied()) {
            return Vec::new();
        }
        words.iter().map(|&word| self.batch.string(word).to_owned()).collect()
    }

    fn probe(&mut self, probe: &v1::Probe) -> Option<v1::DeclaredProbe> {
        let command = self.command(&probe.command);
        let period_ns = probe.period_ns;
        (!command.is_empty()).then_some(v1::DeclaredProbe { kind: probe.kind, command, period_ns })
    }

    fn mount(&mut self, mount: &v1::Mount) -> Option<DeclaredMount> {
        self.has([mount.destination, mount.kind, mount.source].into_iter()).then(|| DeclaredMount {
            destination: self.batch.string(mount.destination).to_owned(),
            kind: self.batch.string(mount.kind).to_owned(),
            writable: mount.writable,
            source: self.batch.string(mount.source).to_owned(),
        })
    }

    fn confinement(&mut self, told: &v1::Confinement) -> DeclaredConfinement {
        DeclaredConfinement {
            privileged: told.privileged,
            read_only_root: told.read_only_root,
            no_new_privileges: told.no_new_privileges,
            host_pid: told.host_pid,
            host_network: told.host_network,
            host_ipc: told.host_ipc,
            user: self.text(told.user),
            added_capabilities: self.list(&told.added_capabilities),
            dropped_capabilities: self.list(&told.dropped_capabilities),
        }
    }
}

#[cfg(test)]
mod tests;
