//! IntentService: what images are meant to do, and what people say of it.
//!
//! Decisions are taken one call after the other: made of the alert as it is stored, or of what is stated, made durable by the
//! committer, put on record, handed to all shards, and only then answered. A caller that leaves meanwhile changes nothing of
//! that: the work is a task of its own. A request is known again by the ids of its decisions, so it is as durable as they are.
//!
//! Not here: what a request becomes (`decisions/making.rs`), the intent of an image (`decisions/intent.rs`) and the
//! whole of it (`decisions/export.rs`), documents (`decisions/apply.rs`), taking one
//! back (`decisions/revoking.rs`), what follows from a decision (the model), limits of the record (`record.rs`).

mod apply;
mod declared;
mod export;
mod intent;
mod learned;
mod making;
mod revoking;

use std::sync::Arc;

use plumbline_model::{Decision, DecisionKind};
use plumbline_proto::v1::{self, intent_service_server::IntentService};
use tokio::sync::{Mutex, Notify, mpsc, oneshot};
use tokio_util::task::TaskTracker;
use tonic::{Request, Response, Status};

use crate::{
    alert_log::AlertLog,
    audit,
    baselines::image,
    blocking::blocking,
    checkpoint::Work,
    clock::now_unix_ns,
    metrics::Metrics,
    record::{MAX_DECISIONS, Record},
    security::Caller,
    shards::Shards,
    status::{ApiError, status},
    wire,
};

#[cfg(any(test, fuzzing))]
pub(crate) use apply::alone;
#[cfg(test)]
pub(crate) use learned::told;
use making::{Target, named, signed};

/// Largest message: a document of more than ten thousand behaviours.
pub(crate) const MAX_DOCUMENT_BYTES: usize = 16 << 20;
/// Decisions listed if no number is given.
const DEFAULT_LIST: usize = 100;

/// The service; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Decisions {
    log: AlertLog,
    record: Arc<Mutex<Record>>,
    /// Told of each change of the record.
    decided: Arc<Notify>,
    committer: mpsc::Sender<Work>,
    shards: Shards,
    metrics: Arc<Metrics>,
    tasks: TaskTracker,
}

impl Decisions {
    pub(crate) fn new(
        log: AlertLog,
        (record, decided): (Arc<Mutex<Record>>, Arc<Notify>),
        committer: mpsc::Sender<Work>,
        shards: Shards,
        metrics: Arc<Metrics>,
        tasks: TaskTracker,
    ) -> Self {
        Self { log, record, decided, committer, shards, metrics, tasks }
    }

    /// Runs to its end whether or not the caller stays.
    async fn whole<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
    ) -> Result<Response<T>, Status> {
        match self.tasks.spawn(work).await {
            Ok(done) => done.map(Response::new).map_err(status),
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    async fn take(
        self,
        caller: Caller,
        kind: DecisionKind,
        request: v1::DecideRequest,
    ) -> Result<v1::DecideResponse, ApiError> {
        if let Some(answer) = taken(&*self.record.lock().await, kind, &request)? {
            return Ok(answer);
        }
        let target = self.target(&request).await?;
        let mut record = self.record.lock().await;
        if let Some(answer) = taken(&record, kind, &request)? {
            return Ok(answer); // meanwhile
        }
        let created_unix_ns = record.stamp(now_unix_ns());
        let (mut decisions, omitted) = making::decisions(kind, &request, &target, created_unix_ns)?;
        if request.dry_run {
            decisions.iter_mut().for_each(|decision| decision.id.clear());
        } else {
            let new: Vec<Arc<Decision>> = decisions.iter().cloned().map(Arc::new).collect();
            let forgotten = record.room(new.len(), created_unix_ns)?;
            let outcome = making::outcome(kind, &request, &decisions);
            let method = match kind {
                DecisionKind::Approve => "IntentService/Approve",
                DecisionKind::Deny => "IntentService/Deny",
            };
            let about = match (&target, decisions.first()) {
                (Target::Alert(alert), _) => alert.id.clone(),
                (Target::Stated(..), first) => first.map(|first| first.id.clone()).unwrap_or_default(),
            };
            let entry = audit::entry(&caller, method, about, outcome);
            self.keep(&mut record, new, forgotten, entry).await?;
        }
        Ok(v1::DecideResponse { decisions: decisions.iter().map(wire::decision).collect(), omitted })
    }

    /// What a request is about.
    async fn target(&self, request: &v1::DecideRequest) -> Result<Target, ApiError> {
        let Some(stated) = &request.behaviour else {
            let (log, id) = (self.log.clone(), request.alert_id.clone());
            let alert = blocking(move || log.find(&id)).await?;
            if alert.operational.is_some() {
                return Err(ApiError::Operational { id: alert.id });
            }
            let present = alert.revision;
            if request.etag != 0 && request.etag != present {
                return Err(ApiError::Changed { present });
            }
            return Ok(Target::Alert(Box::new(alert)));
        };
        let behaviour = making::stated(stated, making::BEHAVIOUR_BYTES)?;
        let image = match making::needs_image(request) {
            true => Some(image(&self.shards, "image", &request.image).await?),
            false => None,
        };
        Ok(Target::Stated(behaviour, image.map(Box::new)))
    }

    /// Who signs a change.
    fn author(&self, caller: &Caller, said: String) -> Result<String, ApiError> {
        Ok(caller.author(said).inspect_err(|error| self.metrics.refused(error))?)
    }

    /// Counts what a caller may not do.
    fn refused(&self, error: &ApiError) {
        if let ApiError::Access(error) = error {
            self.metrics.refused(error);
        }
    }

    /// Makes decisions durable, then known.
    async fn keep(
        &self,
        record: &mut Record,
        decisions: Vec<Arc<Decision>>,
        forgotten: Vec<String>,
        audit: v1::AuditEntry,
    ) -> Result<(), ApiError> {
        let (done, durable) = oneshot::channel();
        let work = Work::Decide { decisions: decisions.clone(), forgotten: forgotten.clone(), audit, done };
        self.committer.send(work).await.map_err(|_| ApiError::Leaving)?;
        durable.await.map_err(|_| ApiError::Leaving)?;
        self.metrics.decisions.inc_by(decisions.len() as u64);
        self.metrics.decisions_forgotten.inc_by(forgotten.len() as u64);
        record.put(decisions.clone(), &forgotten);
        self.decided.notify_one();
        self.shards.decide(decisions, forgotten).await?;
        Ok(())
    }

    /// Takes a decision of either kind.
    async fn decide(
        &self,
        kind: DecisionKind,
        request: Request<v1::DecideRequest>,
    ) -> Result<Response<v1::DecideResponse>, Status> {
        let caller = Caller::of(&request).map_err(status)?;
        let mut request = request.into_inner();
        making::check(&request).map_err(status)?;
        if request.dry_run {
            request.request_id.clear();
        } else {
            request.author = self.author(&caller, request.author).map_err(status)?;
            signed(&request.author, &request.reason).map_err(status)?;
            named("reason", request.reason.trim()).map_err(status)?;
        }
        self.whole(self.clone().take(caller, kind, request)).await
    }
}

/// The answer to a request that was taken before.
fn taken(
    record: &Record,
    kind: DecisionKind,
    request: &v1::DecideRequest,
) -> Result<Option<v1::DecideResponse>, ApiError> {
    let Some(mark) = making::mark(request) else { return Ok(None) };
    let known = record.marked(&mark);
    if known.is_empty() {
        return Ok(None);
    }
    if !known.iter().all(|decision| making::is_of(decision, kind, request)) {
        let problem = format!("{:?} was used for another request; make up a new one", request.request_id);
        return Err(ApiError::Field { field: "request_id", problem });
    }
    let decisions = known.iter().map(|decision| wire::decision(decision)).collect();
    Ok(Some(v1::DecideResponse { decisions, omitted: 0 }))
}

#[tonic::async_trait]
impl IntentService for Decisions {
    async fn get(&self, request: Request<v1::GetIntentRequest>) -> Result<Response<v1::Intent>, Status> {
        self.intent(request.into_inner()).await.map(Response::new).map_err(status)
    }

    type ExportStream = tokio_stream::Iter<export::Parts>;

    async fn export(
        &self,
        request: Request<v1::ExportIntentRequest>,
    ) -> Result<Response<Self::ExportStream>, Status> {
        let parts = self.parts(request.into_inner()).await.map_err(status)?;
        Ok(Response::new(tokio_stream::iter(parts)))
    }

    async fn apply(
        &self,
        request: Request<v1::ApplyIntentRequest>,
    ) -> Result<Response<v1::ApplyIntentResponse>, Status> {
        let caller = Caller::of(&request).map_err(status)?;
        let mut request = request.into_inner();
        request.author = self.author(&caller, request.author).map_err(status)?;
        apply::check(&caller, &request).inspect_err(|error| self.refused(error)).map_err(status)?;
        self.whole(self.clone().apply_document(caller, request)).await
    }

    async fn approve(
        &self,
        request: Request<v1::DecideRequest>,
    ) -> Result<Response<v1::DecideResponse>, Status> {
        self.decide(DecisionKind::Approve, request).await
    }

    async fn deny(
        &self,
        request: Request<v1::DecideRequest>,
    ) -> Result<Response<v1::DecideResponse>, Status> {
        self.decide(DecisionKind::Deny, request).await
    }

    async fn list(
        &self,
        request: Request<v1::ListDecisionsRequest>,
    ) -> Result<Response<v1::ListDecisionsResponse>, Status> {
        let v1::ListDecisionsRequest { all, limit } = request.into_inner();
        let limit = if limit == 0 { DEFAULT_LIST } else { limit as usize };
        if limit > MAX_DECISIONS {
            let problem = format!("{limit}; 1 to {MAX_DECISIONS}, or 0 for {DEFAULT_LIST}");
            return Err(status(ApiError::Field { field: "limit", problem }));
        }
        let (listed, more) = self.record.lock().await.newest(all, now_unix_ns(), limit);
        let decisions = listed.iter().map(|decision| wire::decision(decision)).collect();
        Ok(Response::new(v1::ListDecisionsResponse { decisions, more }))
    }

    async fn feedback(
        &self,
        request: Request<v1::FeedbackRequest>,
    ) -> Result<Response<v1::FeedbackResponse>, Status> {
        let images = self.shards.feedback(&request.get_ref().image).await.map_err(status)?;
        Ok(Response::new(v1::FeedbackResponse { images }))
    }

    async fn revoke(
        &self,
        request: Request<v1::RevokeDecisionRequest>,
    ) -> Result<Response<v1::Decision>, Status> {
        let caller = Caller::of(&request).map_err(status)?;
        let mut request = request.into_inner();
        request.author = self.author(&caller, request.author).map_err(status)?;
        revoking::check(&request).map_err(status)?;
        self.whole(self.clone().take_back(caller, request)).await
    }
}
