//! FleetService: the server as a whole.
//!
//! Answers come from whoever owns the fact: shards for images, sessions for collectors, counters for the
//! rest. Nothing is kept here.

use std::sync::Arc;

use plumbline_proto::v1::{
    self, BaselineState, GetStatusRequest, NodeState, Verdict, fleet_service_server::FleetService,
};
use tonic::{Request, Response, Status};

use crate::{
    alert_log::AlertLog, durability::Durability, metrics::Metrics, nodes::Nodes, session::Sessions,
    shards::Shards, status::status,
};

/// The service.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) shards: Shards,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) log: AlertLog,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) durability: Durability,
    pub(crate) nodes: Nodes,
    pub(crate) started_unix_ns: u64,
}

#[tonic::async_trait]
impl FleetService for Fleet {
    async fn get_status(&self, _: Request<GetStatusRequest>) -> Result<Response<v1::Status>, Status> {
        let images = self.shards.images("").await.map_err(status)?;
        let count = |state| images.iter().filter(|image| image.state() == state).count() as u64;
        let paused = self.durability.paused();
        let collector = |(node, version, durable_seq)| v1::Collector { node, version, durable_seq };
        Ok(Response::new(v1::Status {
            server_version: env!("CARGO_PKG_VERSION").to_owned(),
            started_unix_ns: self.started_unix_ns,
            collectors: self.sessions.streams().into_iter().map(collector).collect(),
            images: images.len() as u64,
            images_stable: count(BaselineState::Stable),
            images_archived: count(BaselineState::Archived),
            images_learning: count(BaselineState::Learning),
            images_locked: count(BaselineState::Locked),
            alerts_drift: self.log.count(Verdict::Drift),
            alerts_attack: self.log.count(Verdict::Attack),
            batches_durable: self.metrics.batches_durable.get(),
            batches_rejected: self.metrics.rejected_sum(),
            events_lost: self.metrics.lost_sum(),
            nodes_connected: self.nodes.count(NodeState::Connected),
            nodes_away: self.nodes.count(NodeState::Away),
            nodes_silent: self.nodes.count(NodeState::Silent),
            paused_since_unix_ns: paused.as_ref().map_or(0, |paused| paused.since_unix_ns),
            paused: paused.map_or_else(String::new, |paused| paused.why),
        }))
    }
}
