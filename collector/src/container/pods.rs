//! What the pods of this node declare, as far as the API server has told, for the containers they belong to.
//!
//! Bounded: [`PODS`], [`STORE_BYTES`] of commands, and of one pod what `kubernetes/watch.rs` lets through. A pod and its
//! container become known in any order: a container waits up to [`WAIT`] for its pod, so that a hook that runs at
//! once is told, then goes out without and is described again when the pod comes. While the API server is away or
//! forbids, nobody waits.

use super::facts::{ContainerInfo, Probe};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// Pods of a node. Kubernetes' own default is 110.
const PODS: usize = 1024;
/// Bytes of all their commands.
const STORE_BYTES: usize = 4 << 20;
/// How long a container waits for its pod.
const WAIT: Duration = Duration::from_secs(2);
/// How long after a failure nobody waits; longer than the longest pause between two tries.
const AWAY: Duration = Duration::from_secs(60);
/// Containers that went out before their pod was known; at the bound the oldest stay as they are.
const LATE: usize = 1024;

/// What a pod declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Declared {
    /// The uid that the runtime knows it by.
    pub(super) uid: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) containers: HashMap<String, Commands>,
}

/// What a container declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Commands {
    /// In the order of their kinds.
    pub(super) probes: Vec<Probe>,
    /// Commands left out.
    pub(super) cut: u32,
}

impl Declared {
    fn bytes(&self) -> usize {
        let probes = self.containers.values().flat_map(|commands| &commands.probes);
        probes.flat_map(|probe| &probe.command).map(|word| word.len() + size_of::<String>()).sum()
    }
}

/// How the watch fares.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PodCounts {
    pub(crate) pods: usize,
    /// Times that the API server did not answer as it should.
    pub(crate) failures: u64,
    /// Pods that found no room, whole or with their commands.
    pub(crate) refused: u64,
}

/// The pods, shared by the watch, which writes, and the resolver.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pods(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    pods: HashMap<String, Declared>,
    bytes: usize,
    /// The first list has come.
    listed: bool,
    /// When the first container waited for it.
    awaited: Option<Instant>,
    /// Seen by the list that is under way.
    listing: HashSet<String>,
    failed: Option<Instant>,
    late: VecDeque<ContainerInfo>,
    counts: PodCounts,
}

impl State {
    fn remove(&mut self, uid: &str) {
        if let Some(pod) = self.pods.remove(uid) {
            self.bytes -= pod.bytes();
        }
    }

    /// Adds to a container what its pod declares for it. False if the pod is not known.
    fn declare(&self, info: &mut ContainerInfo) -> bool {
        let Some(pod) = &info.pod else { return true };
        // A mirror pod's uid is an annotation, which is somebody's word; the name in the namespace is the cluster's.
        let known = self.pods.get(&pod.uid);
        let Some(known) = known.filter(|known| known.name == pod.name && known.namespace == pod.namespace)
        else {
            return false;
        };
        if let Some(commands) = known.containers.get(&info.name) {
            info.probes.extend(commands.probes.iter().cloned());
            info.probes.sort_by_key(|probe| probe.kind);
            info.cut = info.cut.saturating_add(commands.cut);
        }
        true
    }

    /// Until when one that asked at `asked` waits.
    fn until(&mut self, asked: Instant) -> Instant {
        if self.failed.is_some_and(|at| at.elapsed() < AWAY) {
            return asked;
        }
        // All wait for the first list together: should it never come, the second does not wait in vain again.
        let first = *self.awaited.get_or_insert(asked);
        (if self.listed { asked } else { first }) + WAIT
    }
}

impl Pods {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn counts(&self) -> PodCounts {
        let state = self.state();
        PodCounts { pods: state.pods.len(), ..state.counts }
    }

    /// A pod is there, or is another than it was.
    pub(super) fn apply(&self, mut pod: Declared) {
        let mut state = self.state();
        state.failed = None;
        state.remove(&pod.uid);
        let full = state.pods.len() >= PODS;
        if full || state.bytes + pod.bytes() > STORE_BYTES {
            state.counts.refused += 1;
            for commands in pod.containers.values_mut() {
                commands.cut += std::mem::take(&mut commands.probes).len() as u32;
            }
        }
        if !full {
            state.bytes += pod.bytes();
            state.listing.insert(pod.uid.clone());
            state.pods.insert(pod.uid.clone(), pod);
        }
        drop(state);
        self.0.changed.notify_waiters();
    }

    pub(super) fn delete(&self, uid: &str) {
        self.state().remove(uid);
    }

    /// A list begins.
    pub(super) fn list(&self) {
        self.state().listing.clear();
    }

    /// The list is complete: pods that are not in it are gone.
    pub(super) fn listed(&self) {
        let mut state = self.state();
        let seen = std::mem::take(&mut state.listing);
        let gone: Vec<String> = state.pods.keys().filter(|uid| !seen.contains(*uid)).cloned().collect();
        gone.iter().for_each(|uid| state.remove(uid));
        (state.listed, state.failed) = (true, None);
        drop(state);
        self.0.changed.notify_waiters();
    }

    /// The API server does not answer as it should; `away` if nothing can be had of it, until it is heard again.
    pub(super) fn fail(&self, away: bool) {
        let mut state = self.state();
        state.counts.failures += 1;
        if away {
            state.failed = Some(Instant::now());
        }
        drop(state);
        self.0.changed.notify_waiters();
    }

    /// A container with what its pod declares for it; without, if that can't be had in time.
    pub(super) async fn complete(&self, mut info: ContainerInfo) -> ContainerInfo {
        // A container without a name is the pod's own.
        if info.pod.is_none() || info.name.is_empty() {
            return info;
        }
        let asked = Instant::now();
        loop {
            let mut changed = std::pin::pin!(self.0.changed.notified());
            changed.as_mut().enable();
            let until = {
                let mut state = self.state();
                if state.declare(&mut info) {
                    return info;
                }
                let until = state.until(asked);
                if Instant::now() >= until {
                    if state.late.len() >= LATE {
                        state.late.pop_front();
                    }
                    state.late.push_back(info.clone());
                    return info;
                }
                until
            };
            let _ = tokio::time::timeout_at(until, changed).await;
        }
    }

    /// The next container whose pod came after it had gone out without.
    pub(super) async fn late(&self) -> ContainerInfo {
        loop {
            let mut changed = std::pin::pin!(self.0.changed.notified());
            changed.as_mut().enable();
            {
                let mut state = self.state();
                let found = (0..state.late.len()).find_map(|at| {
                    let mut info = state.late.get(at)?.clone();
                    state.declare(&mut info).then_some((at, info))
                });
                if let Some((at, info)) = found {
                    state.late.remove(at);
                    return info;
                }
            }
            changed.await;
        }
    }
}

#[cfg(test)]
mod tests;
