//! Containers that a node's collectors speak of, and how far each is watched.
//!
//! Why: what nobody watches must show as such, also where nothing was ever said of it but that it is there. Nobody tells that a
//! container has ended, but each that runs is told of window by window; one that was not for long, by the times of its own
//! node, is gone. While the node is silent none goes: they run on, unseen.
//!
//! In memory only, bounded in number over all nodes, and in length. Not here: what an image is watched in (`coverage` of the
//! model), the RPC (`nodes/service.rs`).

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use plumbline_proto::v1::{Aspect, Coverage, NodeState, WatchedContainer};

use crate::wire::{Checked, Told};

/// Containers of all nodes.
const MAX_CONTAINERS: usize = 1 << 18;
/// Longest id and name, in bytes. An id is 64 letters long.
const NAME_BYTES: usize = 256;
/// A container that was not told of for so long, while its node was, has ended; also where idle windows are not told.
const GONE: Duration = Duration::from_secs(600);
const GONE_UNTOLD: Duration = Duration::from_secs(3600);
/// So long what was lost leaves a container watched in part only.
const LOSSES_COUNT: Duration = Duration::from_secs(3600);
/// Sources remembered of a container.
const SOURCES: usize = 4;

/// Room for containers of all nodes; clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Room {
    taken: Arc<AtomicUsize>,
    omitted: Arc<AtomicU64>,
}

/// Those of a node.
#[derive(Debug)]
pub(super) struct Containers {
    /// By id. Looked up for each container of each batch, and sorted only when somebody asks.
    held: HashMap<String, Held>,
    room: Room,
    /// Newest time of a batch, by the node's clock, and when it was last looked for what is gone.
    newest_unix_ns: u64,
    looked_unix_ns: u64,
}

#[derive(Debug)]
struct Held {
    /// What is told of it as it is; state and coverage are found when somebody asks.
    told: WatchedContainer,
    active: bool,
    /// When something of it was last lost, by the server's clock; 0 if nothing was.
    lost_unix_ns: u64,
    /// Newest batch that told of it, by the node's clock.
    newest_unix_ns: u64,
    /// What each source does not tell, by its name.
    untold: Vec<(String, u32)>,
}

impl Room {
    /// Times that there was none.
    pub(super) fn omitted(&self) -> u64 {
        self.omitted.load(Relaxed)
    }

    fn take(&self) -> bool {
        let taken =
            self.taken.fetch_update(Relaxed, Relaxed, |taken| (taken < MAX_CONTAINERS).then_some(taken + 1));
        if taken.is_err() {
            self.omitted.fetch_add(1, Relaxed);
        }
        taken.is_ok()
    }
}

impl Drop for Containers {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(self.held.len(), Relaxed);
    }
}

impl Containers {
    pub(super) fn new(room: Room) -> Self {
        Self { held: HashMap::new(), room, newest_unix_ns: 0, looked_unix_ns: 0 }
    }

    /// Takes in what a batch tells.
    pub(super) fn take(&mut self, batch: &Checked, now_unix_ns: u64) {
        let (source, untold) = batch.source();
        self.newest_unix_ns = self.newest_unix_ns.max(batch.base_unix_ns());
        for told in batch.told() {
            if let Some(held) = self.held.get_mut(told.id) {
                held.take(&told, batch.base_unix_ns(), now_unix_ns);
                held.hear(source, untold);
            } else if told.id.len() > NAME_BYTES || !self.room.take() {
                continue;
            } else {
                let mut held = Held::new(&told, batch.node(), now_unix_ns);
                held.take(&told, batch.base_unix_ns(), now_unix_ns);
                held.hear(source, untold);
                self.held.insert(told.id.to_owned(), held);
            }
        }
        self.let_go();
    }

    /// All of them, by id, as of a node in that state.
    pub(super) fn list(&self, state: NodeState, now_unix_ns: u64) -> impl Iterator<Item = WatchedContainer> {
        let mut held: Vec<&Held> = self.held.values().collect();
        held.sort_unstable_by(|a, b| a.told.id.cmp(&b.told.id));
        held.into_iter().map(move |held| held.message(state, now_unix_ns))
    }

    /// Digests of their images, in no order.
    pub(super) fn digests(&self) -> impl Iterator<Item = &str> {
        self.held.values().map(|held| held.told.image_digest.as_str())
    }

    /// How far each is watched, in no order.
    pub(super) fn coverages(&self, state: NodeState, now_unix_ns: u64) -> impl Iterator<Item = Coverage> {
        self.held.values().map(move |held| held.coverage(state, now_unix_ns))
    }

    /// Lets go of those that are gone; looks no more often than something can be.
    fn let_go(&mut self) {
        let newest = self.newest_unix_ns;
        let since = |then: u64| Duration::from_nanos(newest.saturating_sub(then));
        if since(self.looked_unix_ns) < GONE / 10 {
            return;
        }
        self.looked_unix_ns = newest;
        let before = self.held.len();
        self.held.retain(|_, held| {
            let untold = held.untold() & 1 << Aspect::Exits as u32 != 0;
            since(held.newest_unix_ns) < if untold { GONE_UNTOLD } else { GONE }
        });
        self.room.taken.fetch_sub(before - self.held.len(), Relaxed);
    }
}

impl Held {
    fn new(told: &Told<'_>, node: &str, now_unix_ns: u64) -> Self {
        let told = WatchedContainer {
            id: told.id.to_owned(),
            node: node.to_owned(),
            image_digest: cut(told.digest),
            image_repository: cut(told.repository),
            image_tag: cut(told.tag),
            first_heard_unix_ns: now_unix_ns,
            ..Default::default()
        };
        Self { told, active: false, lost_unix_ns: 0, newest_unix_ns: 0, untold: Vec::new() }
    }

    fn take(&mut self, told: &Told<'_>, base_unix_ns: u64, now_unix_ns: u64) {
        let Self { told: held, .. } = self;
        for (held, told) in [(&mut held.name, told.name), (&mut held.namespace, told.namespace)] {
            if *held != told {
                *held = cut(told); // a pod may be told later than its container
            }
        }
        held.started_unix_ns = told.started_unix_ns;
        held.start_missed |= told.start_missed;
        held.last_heard_unix_ns = now_unix_ns;
        held.windows = held.windows.saturating_add(told.windows);
        held.windows_lossy = held.windows_lossy.saturating_add(told.windows_lossy);
        held.events_lost = held.events_lost.saturating_add(told.lost);
        if told.lost > 0 || told.windows_lossy > 0 {
            self.lost_unix_ns = now_unix_ns;
        }
        self.active |= told.active || told.windows > 0;
        self.newest_unix_ns = self.newest_unix_ns.max(base_unix_ns);
    }

    fn hear(&mut self, source: &str, untold: u32) {
        if let Some((_, bits)) = self.untold.iter_mut().find(|(known, _)| known == source) {
            *bits = untold;
        } else if self.untold.len() < SOURCES {
            self.untold.push((source.to_owned(), untold));
        }
    }

    /// What no source tells.
    fn untold(&self) -> u32 {
        self.untold.iter().map(|(_, bits)| *bits).reduce(|all, bits| all & bits).unwrap_or_default()
    }

    fn coverage(&self, state: NodeState, now_unix_ns: u64) -> Coverage {
        let lost = Duration::from_nanos(now_unix_ns.saturating_sub(self.lost_unix_ns)) < LOSSES_COUNT;
        if state == NodeState::Silent || !self.active {
            Coverage::None
        } else if self.untold() != 0 || self.told.start_missed || lost {
            Coverage::Partial
        } else {
            Coverage::Full
        }
    }

    fn message(&self, state: NodeState, now_unix_ns: u64) -> WatchedContainer {
        let untold = self.untold();
        let aspects = (1..32).filter(|aspect| untold & 1 << aspect != 0);
        WatchedContainer {
            node_state: state.into(),
            coverage: self.coverage(state, now_unix_ns).into(),
            untold: aspects.collect(),
            ..self.told.clone()
        }
    }
}

fn cut(text: &str) -> String {
    text.get(..text.floor_char_boundary(NAME_BYTES)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1;
    use prost::Message;

    use super::*;
    use crate::{
        fixture::{BASE_NS, batch},
        wire,
    };

    const NOW: u64 = BASE_NS;

    fn checked(minute: u64, change: impl FnOnce(&mut v1::Batch)) -> Checked {
        let mut batch = v1::Batch::decode(batch("n", minute)).unwrap();
        change(&mut batch);
        wire::check(batch.encode_to_vec().into()).unwrap()
    }

    fn coverage(containers: &Containers, state: NodeState, now: u64) -> Vec<Coverage> {
        containers.list(state, now).map(|container| container.coverage()).collect()
    }

    #[test]
    fn a_container_is_watched_in_full_in_part_or_not_at_all() {
        let mut containers = Containers::new(Room::default());
        let told = checked(0, |batch| {
            batch.containers[1].start_missed = true; // shop/cart
            batch.losses.push(v1::Loss { reason: 1, container: 1 + 3, events: 7 }); // db
            // Of one there is a description only.
            batch.strings.push("idle".into());
            let id = batch.strings.len() as u32 - 1;
            batch.containers.push(v1::Container { id, ..Default::default() });
            batch.windows.as_mut().unwrap().lossy[4] = 1; // cache
        });
        containers.take(&told, NOW);
        let by_id = |now| {
            let all: Vec<_> = containers.list(NodeState::Connected, now).collect();
            let of = |id: &str| all.iter().find(|c| c.id.starts_with(id)).unwrap().coverage();
            ["shop/web", "shop/cart", "db", "cache"].map(of)
        };
        use Coverage::{Full, None, Partial};
        assert_eq!(by_id(NOW), [Full, Partial, Partial, Partial]);
        assert_eq!(by_id(NOW + 3_600_000_000_000), [Full, Partial, Full, Full], "losses are long ago");
        let described_only = coverage(&containers, NodeState::Connected, NOW);
        assert_eq!(described_only.iter().filter(|coverage| **coverage == None).count(), 1);
        assert!(coverage(&containers, NodeState::Silent, NOW).iter().all(|coverage| *coverage == None));
        let lost = containers.list(NodeState::Connected, NOW).find(|c| c.id.starts_with("db")).unwrap();
        assert_eq!((lost.events_lost, lost.windows, lost.image_repository.as_str()), (7, 1, "db"));
    }

    #[test]
    fn what_one_source_does_not_tell_another_may() {
        let mut containers = Containers::new(Room::default());
        let by = |name: &str, untold: &[Aspect]| {
            let untold = untold.iter().map(|aspect| *aspect as i32).collect();
            checked(0, |batch| batch.source = Some(v1::Source { name: name.to_owned(), untold }))
        };
        containers.take(&by("falco", &[Aspect::Execs, Aspect::Dns]), NOW);
        let untold =
            |containers: &Containers| containers.list(NodeState::Connected, NOW).next().unwrap().untold;
        assert_eq!(untold(&containers), [Aspect::Execs as i32, Aspect::Dns as i32]);
        containers.take(&by("tetragon", &[Aspect::Dns, Aspect::Calls]), NOW);
        assert_eq!(untold(&containers), [Aspect::Dns as i32]);
    }

    #[test]
    fn who_was_not_told_of_for_long_is_gone_and_makes_room_and_so_is_a_node() {
        let room = Room::default();
        let mut containers = Containers::new(room.clone());
        containers.take(&checked(0, |_| {}), NOW);
        assert_eq!(containers.held.len(), 6);
        containers.take(&checked(3, |_| {}), NOW); // others
        assert_eq!((containers.held.len(), room.taken.load(Relaxed)), (12, 12));
        containers.take(&checked(12, |_| {}), NOW);
        assert_eq!((containers.held.len(), room.taken.load(Relaxed)), (12, 12), "the first have gone");
        drop(containers);
        assert_eq!(room.taken.load(Relaxed), 0);
        room.taken.store(MAX_CONTAINERS - 1, Relaxed);
        let mut containers = Containers::new(room.clone());
        containers.take(&checked(0, |_| {}), NOW);
        assert_eq!((containers.held.len(), room.omitted()), (1, 5));
    }
}
