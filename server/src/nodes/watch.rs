//! Watches for nodes that fall silent, and keeps on record which nodes there are.

use std::{sync::Arc, time::Duration};

use plumbline_proto::v1::NodeState;
use tokio::{
    sync::{mpsc, oneshot},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::checkpoint::Work;

use super::{Node, Nodes, now_unix_ns};

/// Time between two looks.
const LOOK: Duration = Duration::from_secs(5);
/// Looks between two notes of when nodes were last heard.
const NOTE_EVERY: u64 = 12;

/// Watches until the server shuts down.
pub(crate) async fn run(nodes: Nodes, committer: mpsc::Sender<Work>, shutdown: CancellationToken) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut look = 0_u64;
    loop {
        let news = tokio::select! {
            () = shutdown.cancelled() => return,
            () = nodes.news.notified() => true,
            _ = looks.tick() => false,
        };
        look += u64::from(!news);
        let (all, now) = (nodes.all(), now_unix_ns());
        tell(&nodes, &all, now);
        if news || look.is_multiple_of(NOTE_EVERY) {
            let forgotten = forget(&nodes, &all, now);
            let record = |node: &Arc<Node>| Some((node.name.clone(), node.record(now)?));
            let records: Vec<_> = nodes.all().iter().filter_map(record).collect();
            if records.is_empty() && forgotten.is_empty() {
                continue;
            }
            let (done, durable) = oneshot::channel();
            let work = Work::Nodes { nodes: records, forgotten, audit: None, done };
            if committer.send(work).await.is_err() || durable.await.is_err() {
                return; // the server is shutting down
            }
        }
    }
}

fn tell(nodes: &Nodes, all: &[Arc<Node>], now_unix_ns: u64) {
    for node in all {
        if let Some(record) = node.newly_silent(now_unix_ns) {
            let seconds = now_unix_ns.saturating_sub(record.last_heard_unix_ns) / 1_000_000_000;
            let (node, version) = (&node.name, &record.version);
            tracing::error!(
                ?node,
                version,
                seconds,
                "a node is silent: nobody sees what its containers do; look at its collector, or forget the node"
            );
        }
    }
    for (state, label) in
        [(NodeState::Connected, "connected"), (NodeState::Away, "away"), (NodeState::Silent, "silent")]
    {
        nodes.metrics.set_nodes(label, nodes.count(state));
    }
}

/// Forgets nodes that have been silent for so long that they will not come back.
fn forget(nodes: &Nodes, all: &[Arc<Node>], now_unix_ns: u64) -> Vec<String> {
    let kept_ns = u64::try_from(nodes.settings.kept.as_nanos()).unwrap_or(u64::MAX);
    let gone = all
        .iter()
        .filter(|node| !node.is_connected() && now_unix_ns.saturating_sub(node.last_heard()) > kept_ns);
    let gone: Vec<String> = gone.map(|node| node.name.clone()).collect();
    for name in &gone {
        tracing::warn!(node = ?name, "a node was silent for so long that it is forgotten");
        nodes.remove(name);
    }
    gone
}
