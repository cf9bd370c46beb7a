//! The fleet: nodes, how far behind they are, what was lost, and containers that nobody watches in full.

use std::cmp::Reverse;

use askama::Template;
use axum::response::Response;
use plumbline_proto::v1::{
    Coverage, GetStatusRequest, ListContainersRequest, ListContainersResponse, ListNodesRequest, Node,
    NodeState, Status, WatchedContainer,
};

use super::{Failure, failure::html, text, visitor::Visitor};

/// Nodes told, and containers.
const NODES: usize = 200;
const CONTAINERS: u32 = 200;

#[derive(Template)]
#[template(path = "fleet.html")]
struct Page<'a> {
    visitor: &'a Visitor,
    status: Status,
    /// Those that need a look first.
    nodes: Vec<Node>,
    more: usize,
    containers: ListContainersResponse,
}

pub(super) async fn page(visitor: Visitor) -> Result<Response, Failure> {
    let status = visitor.fleet().get_status(visitor.asks(GetStatusRequest {})).await?.into_inner();
    let mut nodes = visitor.nodes().list(visitor.asks(ListNodesRequest {})).await?.into_inner().nodes;
    let more = nodes.len().saturating_sub(NODES);
    nodes.sort_by_key(urgency);
    nodes.truncate(NODES);
    let coverages = [Coverage::Partial, Coverage::None].map(i32::from).to_vec();
    let request = ListContainersRequest { limit: CONTAINERS, coverages, ..Default::default() };
    let containers = visitor.nodes().list_containers(visitor.asks(request)).await?.into_inner();
    html(&Page { visitor: &visitor, status, nodes, more, containers })
}

/// In which order nodes are told: who is silent, away, or lost most; then by name, as they come.
fn urgency(node: &Node) -> (u8, Reverse<u64>) {
    let state = match node.state() {
        NodeState::Silent => 0,
        NodeState::Away => 1,
        NodeState::Unspecified | NodeState::Connected => 2,
    };
    (state, Reverse(node.events_lost.saturating_add(node.batches_rejected)))
}

fn state(node: &Node) -> &'static str {
    match node.state() {
        NodeState::Unspecified => "unknown",
        NodeState::Connected => "connected",
        NodeState::Away => "away",
        NodeState::Silent => "silent",
    }
}

pub(super) fn coverage(container: &WatchedContainer) -> &'static str {
    match container.coverage() {
        Coverage::Unspecified => "unknown",
        Coverage::Full => "in full",
        Coverage::Partial => "in part",
        Coverage::None => "not at all",
    }
}

/// Why a container is not watched in full.
pub(super) fn untold(container: &WatchedContainer) -> String {
    let mut all: Vec<String> = container
        .untold()
        .map(|aspect| aspect.as_str_name().trim_start_matches("ASPECT_").to_lowercase().replace('_', " "))
        .collect();
    if container.start_missed {
        all.push("its start".to_owned());
    }
    if container.events_lost > 0 {
        all.push(format!("{} lost events", container.events_lost));
    }
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_silent_or_lost_most_is_told_first() {
        let node = |name: &str, state: NodeState, events_lost| Node {
            name: name.into(),
            state: state.into(),
            events_lost,
            ..Node::default()
        };
        let mut nodes = [
            node("a", NodeState::Connected, 0),
            node("b", NodeState::Connected, 7),
            node("c", NodeState::Away, 0),
            node("d", NodeState::Silent, 0),
            node("e", NodeState::Connected, 0),
        ];
        nodes.sort_by_key(urgency);
        assert_eq!(nodes.map(|node| node.name), ["d", "c", "b", "a", "e"]);
    }
}
