//! The fleet: nodes, how far behind they are, what was lost, and containers that nobody watches in full.

use askama::Template;
use axum::response::Response;
use plumbline_proto::v1::{
    Coverage, GetStatusRequest, ListContainersRequest, ListContainersResponse, ListNodesRequest, Node,
    NodeState, Status, WatchedContainer,
};

use super::{Failure, failure::html, text, visitor::Visitor};

/// Containers told.
const CONTAINERS: u32 = 200;

#[derive(Template)]
#[template(path = "fleet.html")]
struct Page<'a> {
    visitor: &'a Visitor,
    status: Status,
    nodes: Vec<Node>,
    containers: ListContainersResponse,
}

pub(super) async fn page(visitor: Visitor) -> Result<Response, Failure> {
    let status = visitor.fleet().get_status(visitor.asks(GetStatusRequest {})).await?.into_inner();
    let nodes = visitor.nodes().list(visitor.asks(ListNodesRequest {})).await?.into_inner().nodes;
    let coverages = [Coverage::Partial, Coverage::None].map(i32::from).to_vec();
    let request = ListContainersRequest { limit: CONTAINERS, coverages, ..Default::default() };
    let containers = visitor.nodes().list_containers(visitor.asks(request)).await?.into_inner();
    html(&Page { visitor: &visitor, status, nodes, containers })
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
