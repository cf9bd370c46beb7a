//! FleetService: what the server watches and how far it has learned.
//!
//! Answers come from whoever owns the fact: shards for images, sessions for collectors, counters for the
//! rest. Nothing is kept here.

use std::sync::Arc;

use plumbline_proto::v1::{
    self, BaselineState, DiffImagesRequest, GetStatusRequest, ImageDiff, ImageStatus, ListImagesRequest,
    ListImagesResponse, LockImageRequest, NodeState, Verdict, fleet_service_server::FleetService,
};
use tonic::{Request, Response, Status};

use crate::{
    alert_log::AlertLog,
    audit,
    blocking::blocking,
    difference::{DEFAULT, MAX, difference, name},
    durability::Durability,
    image_name::{NameError, identity, resolve},
    metrics::Metrics,
    nodes::Nodes,
    security::Caller,
    session::Sessions,
    shards::Shards,
    status::{ApiError, status},
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

impl Fleet {
    /// The image that is meant.
    async fn image(&self, field: &'static str, image: &str) -> Result<ImageStatus, ApiError> {
        if image.is_empty() {
            let problem = "empty; a digest, repository:tag or repository belongs here".to_owned();
            return Err(ApiError::Field { field, problem });
        }
        Ok(resolve(&self.shards.images("").await?, image)?)
    }

    async fn diff(&self, request: DiffImagesRequest) -> Result<ImageDiff, ApiError> {
        if request.limit > MAX {
            let problem = format!("{}; 1 to {MAX}, or 0 for {DEFAULT}", request.limit);
            return Err(ApiError::Field { field: "limit", problem });
        }
        let limit = if request.limit == 0 { DEFAULT } else { request.limit };
        let (a, b) = (self.image("a", &request.a).await?, self.image("b", &request.b).await?);
        let gone = |name: &str| NameError::Missing { name: name.to_owned() };
        let state_a = self.shards.state(identity(&a)).await?.ok_or_else(|| gone(&request.a))?;
        let state_b = self.shards.state(identity(&b)).await?.ok_or_else(|| gone(&request.b))?;
        let compare = move || difference((&state_a, name(a)), (&state_b, name(b)), limit);
        Ok(blocking(compare).await)
    }

    async fn lock(&self, caller: &Caller, request: LockImageRequest) -> Result<ImageStatus, ApiError> {
        let image = self.image("image", &request.image).await?;
        let outcome =
            format!("{} of {}", if request.locked { "locked" } else { "unlocked" }, image.repository);
        let entry = audit::entry(caller, "FleetService/LockImage", image.digest.clone(), outcome);
        self.shards.lock(identity(&image), request.locked, entry).await?;
        let now = self.shards.images(&image.digest).await?;
        let same = now.into_iter().find(|now| now.repository == image.repository);
        Ok(same.ok_or(NameError::Missing { name: request.image })?)
    }
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

    async fn list_images(
        &self,
        request: Request<ListImagesRequest>,
    ) -> Result<Response<ListImagesResponse>, Status> {
        let images = self.shards.images(&request.get_ref().image).await.map_err(status)?;
        Ok(Response::new(ListImagesResponse { images }))
    }

    async fn diff_images(&self, request: Request<DiffImagesRequest>) -> Result<Response<ImageDiff>, Status> {
        self.diff(request.into_inner()).await.map(Response::new).map_err(status)
    }

    async fn lock_image(&self, request: Request<LockImageRequest>) -> Result<Response<ImageStatus>, Status> {
        let caller = Caller::of(&request).map_err(status)?;
        self.lock(&caller, request.into_inner()).await.map(Response::new).map_err(status)
    }
}
