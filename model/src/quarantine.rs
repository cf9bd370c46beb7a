//! Behaviours that were told as drift or attack: not learned, but not forgotten either.
//!
//! One container that changes is drift, or an attack. Many replicas that do the same on their own for a day are a
//! schedule, a rotated certificate or a changed neighbour: what they all do is released and can be learned.
//! What was ever part of an attack is never released. Bounded: at the bound the one unseen for longest goes first and
//! would have to start again; what was part of an attack goes last, so that no flood of other news washes that away.

use crate::behaviour::{Behaviour, Dimension};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Behaviours kept of an image.
const BEHAVIOURS: usize = 128;
/// Containers remembered of a behaviour.
const CONTAINERS: usize = 16;
/// Containers that have to do it.
const REPLICAS: usize = 3;
/// Exposure windows from its first sight to its release: a day of one-minute windows.
const WINDOWS: u64 = 1440;

/// What waits, in the order of its first sight.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Quarantine {
    held: Vec<Held>,
    /// Behaviours that made room for others while they waited.
    pub(crate) dropped: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Held {
    dimension: Dimension,
    context: String,
    value: String,
    first_seen_unix_ns: u64,
    last_seen_unix_ns: u64,
    /// Ids.
    containers: BTreeSet<String>,
    /// Whether it was ever part of an attack.
    attack: bool,
}

impl Held {
    /// The lower, the sooner it makes room.
    fn stays(&self) -> (bool, u64) {
        (self.attack, self.last_seen_unix_ns)
    }
}

impl Quarantine {
    fn find(&self, behaviour: &Behaviour<'_>) -> Option<usize> {
        self.held.iter().position(|held| {
            held.dimension == behaviour.dimension
                && held.context == behaviour.context
                && held.value == behaviour.value
        })
    }

    /// Takes note that a container did this and it was told, as an `attack` or as drift.
    pub(crate) fn hold(
        &mut self,
        behaviour: &Behaviour<'_>,
        container: &str,
        time_unix_ns: u64,
        attack: bool,
    ) {
        let at = self.find(behaviour).unwrap_or_else(|| {
            if self.held.len() >= BEHAVIOURS {
                let oldest = self.held.iter().enumerate().min_by_key(|(_, held)| held.stays());
                oldest.map(|(at, _)| at).map(|at| self.held.remove(at));
                self.dropped += 1;
            }
            self.held.push(Held {
                dimension: behaviour.dimension,
                context: behaviour.context.to_string(),
                value: behaviour.value.to_string(),
                first_seen_unix_ns: time_unix_ns,
                last_seen_unix_ns: time_unix_ns,
                containers: BTreeSet::new(),
                attack,
            });
            self.held.len() - 1
        });
        let Some(held) = self.held.get_mut(at) else { return };
        held.last_seen_unix_ns = held.last_seen_unix_ns.max(time_unix_ns);
        held.attack |= attack;
        if held.containers.len() < CONTAINERS {
            held.containers.insert(container.to_owned());
        }
    }

    /// What a container did since then turned out to be part of an attack.
    pub(crate) fn condemn(&mut self, container: &str, since_unix_ns: u64) {
        // Of a full list nobody knows who else did it.
        let did = |held: &Held| held.containers.contains(container) || held.containers.len() >= CONTAINERS;
        let own = |held: &&mut Held| did(held) && held.last_seen_unix_ns >= since_unix_ns;
        self.held.iter_mut().filter(own).for_each(|held| held.attack = true);
    }

    /// Forgets what is of these dimensions.
    pub(crate) fn reset(&mut self, dimensions: &[Dimension]) {
        self.held.retain(|held| !dimensions.contains(&held.dimension));
    }

    /// In how many containers beside this one it was told.
    pub(crate) fn replicas(&self, behaviour: &Behaviour<'_>, container: &str) -> usize {
        let held = self.find(behaviour).and_then(|at| self.held.get(at));
        held.map_or(0, |held| held.containers.iter().filter(|other| *other != container).count())
    }

    /// What waits in this and in another quarantine of the same image, those unseen for longest left out where there is
    /// no room.
    pub(crate) fn merged(&self, other: &Self) -> Self {
        let mut all: BTreeMap<(Dimension, &str, &str), Held> = BTreeMap::new();
        for held in self.held.iter().chain(&other.held) {
            let whole =
                all.entry((held.dimension, &held.context, &held.value)).or_insert_with(|| held.clone());
            whole.first_seen_unix_ns = whole.first_seen_unix_ns.min(held.first_seen_unix_ns);
            whole.last_seen_unix_ns = whole.last_seen_unix_ns.max(held.last_seen_unix_ns);
            whole.attack |= held.attack;
            whole.containers.extend(held.containers.iter().cloned());
            while whole.containers.len() > CONTAINERS {
                whole.containers.pop_last();
            }
        }
        let mut held: Vec<Held> = all.into_values().collect();
        held.sort_by_key(|held| std::cmp::Reverse(held.stays()));
        let dropped = self.dropped + other.dropped + held.len().saturating_sub(BEHAVIOURS) as u64;
        held.truncate(BEHAVIOURS);
        held.sort_by_key(|held| held.first_seen_unix_ns);
        Self { held, dropped }
    }

    /// Lets a behaviour go that enough replicas have confirmed for long enough. True if it was let go.
    pub(crate) fn release(
        &mut self,
        behaviour: &Behaviour<'_>,
        running: usize,
        time_unix_ns: u64,
        window_ns: u64,
    ) -> bool {
        let Some(at) = self.find(behaviour) else { return false };
        let confirmed = self.held.get(at).is_some_and(|held| {
            let waited = time_unix_ns.saturating_sub(held.first_seen_unix_ns) / window_ns.max(1);
            !held.attack && waited >= WINDOWS && enough(held.containers.len(), running)
        });
        if confirmed {
            self.held.remove(at);
        }
        confirmed
    }
}

/// Whether so many replicas speak for all that run: three at least, and half of them or as many as are remembered.
pub(crate) fn enough(replicas: usize, running: usize) -> bool {
    replicas >= REPLICAS && (2 * replicas >= running || replicas >= CONTAINERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spawn(value: &str) -> Behaviour<'_> {
        Behaviour { dimension: Dimension::Spawn, context: "sh".into(), value: value.into(), fixed: false }
    }

    #[test]
    fn a_full_quarantine_counts_what_makes_room_and_keeps_what_was_part_of_an_attack() {
        let mut quarantine = Quarantine::default();
        quarantine.hold(&spawn("implant"), "c", 0, true);
        for number in 1..=BEHAVIOURS {
            quarantine.hold(&spawn(&number.to_string()), "c", number as u64, false);
        }
        assert_eq!((quarantine.held.len(), quarantine.dropped), (BEHAVIOURS, 1));
        assert!(quarantine.find(&spawn("implant")).is_some(), "a flood of news washed an attack away");
        assert!(quarantine.find(&spawn("1")).is_none(), "the oldest goes first");
    }

    #[test]
    fn an_attack_on_one_more_replica_than_are_remembered_still_keeps_what_it_did() {
        let mut quarantine = Quarantine::default();
        (0..=CONTAINERS).for_each(|n| quarantine.hold(&spawn("job"), &format!("c{n:02}"), n as u64, false));
        quarantine.condemn(&format!("c{CONTAINERS:02}"), CONTAINERS as u64);
        assert!(!quarantine.release(&spawn("job"), CONTAINERS, WINDOWS * 2, 1));
    }

    #[test]
    fn a_container_is_no_other_replica_of_its_own() {
        let mut quarantine = Quarantine::default();
        ["a", "b", "c"].iter().for_each(|container| quarantine.hold(&spawn("job"), container, 0, false));
        assert_eq!(
            (quarantine.replicas(&spawn("job"), "a"), quarantine.replicas(&spawn("job"), "d")),
            (2, 3)
        );
    }
}
