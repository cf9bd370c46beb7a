//! The nodes that collectors speak for: which there are, which fell silent, and how much each may send.
//!
//! A node is heard of by the hello of a stream. It is silent when it had no stream for longer than a while, also one that was
//! heard of before a restart of the server: who stops a collector must not go unnoticed. Limits are a node's, whatever streams
//! and sessions it opens, so that one can't take what others need: streams, bytes a second, and distinct images and
//! containers an hour.
//!
//! Not here: the streams (`ingest.rs`), the RPCs (`nodes/service.rs`), watching for silence (`nodes/watch.rs`).

mod clock;
mod condition;
mod containers;
mod node;
mod service;
mod watch;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};

use containers::Room;
use plumbline_proto::v1::{NodeEnforcement, NodeState};
use serde::{Deserialize, Serialize};

use crate::{clock::now_unix_ns, metrics::Metrics, operational::Condition, session::locked};

pub(crate) use clock::{Clock, Unasked};
pub(crate) use node::{Heard, Node};
pub(crate) use service::NodeCalls;
pub(crate) use watch::run;

/// Nodes known at once. The one that has been silent for longest goes first.
const MAX_NODES: usize = 16_384;

/// How much a node may send, and when it counts as silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeSettings {
    /// Streams it may have open: one, and those that a restart or a broken network leaves for a while.
    pub(crate) streams: usize,
    /// Bytes of batches it may send in a second; four seconds' worth at once.
    pub(crate) bytes_per_second: u64,
    /// Distinct images it may speak of within an hour.
    pub(crate) images: usize,
    /// Distinct containers it may speak of within an hour.
    pub(crate) containers: usize,
    /// Without a stream for so long it is silent.
    pub(crate) silent_after: Duration,
    /// It is forgotten after so long a silence.
    pub(crate) kept: Duration,
    /// Its clock is off if it is ahead or behind by more.
    pub(crate) clock_skew: Duration,
}

/// What is stored of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NodeRecord {
    pub(crate) version: String,
    pub(crate) first_heard_unix_ns: u64,
    pub(crate) last_heard_unix_ns: u64,
}

/// All nodes; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Nodes {
    map: Arc<Mutex<HashMap<String, Arc<Node>>>>,
    settings: NodeSettings,
    metrics: Arc<Metrics>,
    containers: Room,
    /// Woken when a node was heard of for the first time.
    news: Arc<tokio::sync::Notify>,
}

impl Nodes {
    pub(crate) fn new(
        records: Vec<(String, NodeRecord)>,
        settings: NodeSettings,
        metrics: Arc<Metrics>,
    ) -> Self {
        let containers = Room::default();
        let node = |(name, record): (String, NodeRecord)| {
            (name.clone(), Arc::new(Node::new(name, record, settings, containers.clone())))
        };
        let map = records.into_iter().map(node).collect();
        Self { map: Arc::new(Mutex::new(map)), settings, metrics, containers, news: Arc::default() }
    }

    /// A stream of a node begins; `None` if it has as many as it may.
    pub(crate) fn enter(&self, name: &str, version: &str) -> Option<Heard> {
        let now = now_unix_ns();
        let mut map = locked(&self.map);
        if !map.contains_key(name) && map.len() >= MAX_NODES {
            let gone = map.values().filter(|node| !node.is_connected()).min_by_key(|node| node.last_heard());
            let gone = gone.map(|node| node.name.clone());
            gone.map(|gone| map.remove(&gone));
        }
        let node = map.entry(name.to_owned()).or_insert_with(|| {
            self.news.notify_one();
            let record =
                NodeRecord { version: version.to_owned(), first_heard_unix_ns: now, last_heard_unix_ns: now };
            Arc::new(Node::new(name.to_owned(), record, self.settings, self.containers.clone()))
        });
        Node::enter(node, version, now, self.settings.streams)
    }

    /// How many nodes are in a state.
    pub(crate) fn count(&self, state: NodeState) -> u64 {
        let now = now_unix_ns();
        locked(&self.map).values().filter(|node| node.state(now) == state).count() as u64
    }

    /// As long must nothing be lost until that is over, too.
    pub(crate) fn silent_after(&self) -> Duration {
        self.settings.silent_after
    }

    /// How many containers are watched so far as each coverage says, by its number.
    pub(crate) fn coverages(&self) -> HashMap<i32, u64> {
        let now = now_unix_ns();
        let mut counts = HashMap::new();
        for node in self.all() {
            for coverage in node.coverages(now) {
                *counts.entry(coverage.into()).or_default() += 1;
            }
        }
        counts
    }

    /// How far the clocks are ahead that were measured, in nanoseconds, and whether that is more than allowed.
    pub(crate) fn clocks(&self) -> Vec<(i64, bool)> {
        self.all().iter().filter_map(|node| node.clock()).collect()
    }

    /// What is wrong with nodes, by name.
    pub(crate) fn conditions(&self, now_unix_ns: u64) -> Vec<Condition> {
        self.all().iter().flat_map(|node| node.conditions(now_unix_ns)).collect()
    }

    /// All nodes, by name.
    fn all(&self) -> Vec<Arc<Node>> {
        let mut nodes: Vec<_> = locked(&self.map).values().cloned().collect();
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
        nodes
    }

    /// What collectors enforce that are connected, by node.
    pub(crate) fn enforcing(&self) -> Vec<NodeEnforcement> {
        let of = |node: &Arc<Node>| {
            Some(NodeEnforcement { node: node.name.clone(), state: Some(node.enforcement()?) })
        };
        self.all().iter().filter_map(of).collect()
    }

    /// Digests of images of which a container runs where a collector says that it enforces, and on how many nodes one says
    /// that it does not.
    pub(crate) fn watched_images(&self) -> (BTreeSet<String>, u64) {
        let (mut digests, mut inactive) = (BTreeSet::new(), 0);
        for node in self.all() {
            match node.enforcement() {
                Some(state) if state.inactive.is_empty() => digests.extend(node.image_digests()),
                Some(_) => inactive += 1,
                None => {}
            }
        }
        (digests, inactive)
    }

    fn remove(&self, name: &str) {
        locked(&self.map).remove(name);
    }
}

#[cfg(test)]
mod tests;
