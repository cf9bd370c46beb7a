//! DecisionService: what people say of alerts.
//!
//! Decisions are taken one call after the other: made of the alert as it is stored, made durable by the committer, put
//! on record, handed to all shards, and only then answered. A caller that leaves meanwhile changes nothing of that:
//! the work is a task of its own. Behaviours come from the server's own alerts only, so their sizes are bounded there.
//!
//! Not here: what follows from a decision (the model), limits of the record (`record.rs`).

use std::sync::Arc;

use plumbline_model::{Decision, DecisionKind, Dimension, Revocation, Scope, feedback_rows};
use plumbline_proto::v1::{self, decision_service_server::DecisionService};
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_util::task::TaskTracker;
use tonic::{Request, Response, Status};

use crate::{
    alert_log::AlertLog,
    audit,
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

/// Longest author and reason, in bytes.
const AUTHOR_BYTES: usize = 128;
const REASON_BYTES: usize = 1024;
/// Decisions listed if no number is given.
const DEFAULT_LIST: usize = 100;

/// A behaviour as findings show it: dimension, context, value.
type Named = (Dimension, String, String);

/// The service; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Decisions {
    log: AlertLog,
    record: Arc<Mutex<Record>>,
    committer: mpsc::Sender<Work>,
    shards: Shards,
    metrics: Arc<Metrics>,
    tasks: TaskTracker,
}

impl Decisions {
    pub(crate) fn new(
        log: AlertLog,
        record: Record,
        committer: mpsc::Sender<Work>,
        shards: Shards,
        metrics: Arc<Metrics>,
        tasks: TaskTracker,
    ) -> Self {
        Self { log, record: Arc::new(Mutex::new(record)), committer, shards, metrics, tasks }
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

    async fn take(self, caller: Caller, request: v1::DecideRequest) -> Result<v1::DecideResponse, ApiError> {
        let (log, id) = (self.log.clone(), request.alert_id.clone());
        let alert = blocking(move || log.find(&id)).await?;
        if alert.operational.is_some() {
            return Err(ApiError::Operational { id: alert.id });
        }
        let mut record = self.record.lock().await;
        let created_unix_ns = record.stamp(now_unix_ns());
        let (mut decisions, omitted) = decisions(&request, &alert, created_unix_ns)?;
        if request.dry_run {
            decisions.iter_mut().for_each(|decision| decision.id.clear());
        } else {
            let new: Vec<Arc<Decision>> = decisions.iter().cloned().map(Arc::new).collect();
            let forgotten = record.room(new.len(), created_unix_ns)?;
            let outcome = outcome(&request, &decisions);
            let entry = audit::entry(&caller, "DecisionService/Decide", alert.id.clone(), outcome);
            self.keep(&mut record, new, forgotten, entry).await?;
        }
        Ok(v1::DecideResponse { decisions: decisions.iter().map(wire::decision).collect(), omitted })
    }

    async fn take_back(
        self,
        caller: Caller,
        request: v1::RevokeDecisionRequest,
    ) -> Result<v1::Decision, ApiError> {
        let mut record = self.record.lock().await;
        let mut decision = (*record.find(&request.id)?).clone();
        let revoked_unix_ns = now_unix_ns().max(decision.created_unix_ns.saturating_add(1));
        let (author, reason) = (request.author, request.reason);
        let outcome = format!("revoked by {author}: {reason}");
        let entry = audit::entry(&caller, "DecisionService/Revoke", decision.id.clone(), outcome);
        decision.revoked = Some(Revocation { author, reason, revoked_unix_ns });
        let answer = wire::decision(&decision);
        self.keep(&mut record, vec![Arc::new(decision)], Vec::new(), entry).await?;
        Ok(answer)
    }

    /// Who signs a change.
    fn author(&self, caller: &Caller, said: String) -> Result<String, ApiError> {
        Ok(caller.author(said).inspect_err(|error| self.metrics.refused(error))?)
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
        self.shards.decide(decisions, forgotten).await?;
        Ok(())
    }
}

#[tonic::async_trait]
impl DecisionService for Decisions {
    async fn decide(
        &self,
        request: Request<v1::DecideRequest>,
    ) -> Result<Response<v1::DecideResponse>, Status> {
        let caller = Caller::of(&request).map_err(status)?;
        let mut request = request.into_inner();
        named("alert_id", &request.alert_id).map_err(status)?;
        if !request.dry_run {
            request.author = self.author(&caller, request.author).map_err(status)?;
            signed(&request.author, &request.reason).map_err(status)?;
            named("reason", request.reason.trim()).map_err(status)?;
        }
        self.whole(self.clone().take(caller, request)).await
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
        named("id", &request.id).map_err(status)?;
        request.author = self.author(&caller, request.author).map_err(status)?;
        signed(&request.author, &request.reason).map_err(status)?;
        self.whole(self.clone().take_back(caller, request)).await
    }
}

/// What an alert's behaviours become, and how many it has not kept.
fn decisions(
    request: &v1::DecideRequest,
    alert: &v1::Alert,
    created_unix_ns: u64,
) -> Result<(Vec<Decision>, u32), ApiError> {
    let field = |field, problem: String| ApiError::Field { field, problem };
    let kind = match request.kind() {
        v1::DecisionKind::Approve => DecisionKind::Approve,
        v1::DecisionKind::Deny => DecisionKind::Deny,
        v1::DecisionKind::Unspecified => {
            return Err(field("kind", format!("{}; approve or deny belongs here", request.kind)));
        }
    };
    let scope = match v1::DecisionScope::try_from(request.scope) {
        Ok(v1::DecisionScope::Unspecified | v1::DecisionScope::Image) => {
            Scope::Image(alert.image_digest.clone())
        }
        Ok(v1::DecisionScope::Repository) if alert.image_repository.is_empty() => {
            return Err(field(
                "scope",
                "the image has no repository; decide for the image or for all".into(),
            ));
        }
        Ok(v1::DecisionScope::Repository) => Scope::Repository(alert.image_repository.clone()),
        Ok(v1::DecisionScope::Namespace) if alert.namespace.is_empty() => {
            return Err(field(
                "scope",
                "the container is in no namespace; decide for the image, its repository or for all".into(),
            ));
        }
        Ok(v1::DecisionScope::Namespace) => Scope::Namespace(alert.namespace.clone()),
        Ok(v1::DecisionScope::All) => Scope::All,
        Err(_) => return Err(field("scope", format!("{}; not one this server knows", request.scope))),
    };
    let expires_unix_ns = match request.lifetime_ns {
        0 => 0,
        lifetime => created_unix_ns
            .checked_add(lifetime)
            .ok_or_else(|| field("lifetime_ns", format!("{lifetime}; that is beyond the year 2554")))?,
    };
    let (behaviours, omitted) = behaviours(alert, request.finding)?;
    let rows = rows(kind, request.finding, alert);
    let decision = |(dimension, context, value): Named| {
        let mut decision = Decision {
            id: String::new(),
            kind,
            dimension,
            context,
            value,
            scope: scope.clone(),
            author: request.author.clone(),
            reason: request.reason.clone(),
            alert: alert.id.clone(),
            rows: rows.clone(),
            created_unix_ns,
            expires_unix_ns,
            revoked: None,
        };
        decision.id = id(&decision);
        decision
    };
    Ok((behaviours.into_iter().map(decision).collect(), omitted))
}

/// What the audit record says of decisions.
fn outcome(request: &v1::DecideRequest, decisions: &[Decision]) -> String {
    let kind = if request.kind() == v1::DecisionKind::Deny { "denied" } else { "approved" };
    let scope = decisions.first().map_or_else(String::new, |decision| match &decision.scope {
        Scope::Image(digest) => format!("image {digest}"),
        Scope::Repository(repository) => format!("repository {repository}"),
        Scope::Namespace(namespace) => format!("namespace {namespace}"),
        Scope::All => "all images".to_owned(),
    });
    let ids: Vec<&str> = decisions.iter().map(|decision| decision.id.as_str()).collect();
    let (author, reason) = (&request.author, &request.reason);
    format!("{kind} in {scope} by {author}: {reason} (decisions {})", ids.join(", "))
}

/// The rows of evidence that a decision is feedback on. A denial says that the alert was right; an approval that it was
/// for nothing, if it is of the whole: which evidence rests on which finding is not told.
fn rows(kind: DecisionKind, finding: u32, alert: &v1::Alert) -> Vec<String> {
    let whole = finding == 0 || (alert.findings.len() == 1 && alert.findings_omitted == 0);
    if kind == DecisionKind::Approve && !whole {
        return Vec::new();
    }
    feedback_rows(alert.evidence.iter().map(|item| item.name.as_str()))
}

/// The behaviours of one finding (counted from 1) or of all, with what they imply, each once.
fn behaviours(alert: &v1::Alert, finding: u32) -> Result<(Vec<Named>, u32), ApiError> {
    let chosen: Vec<&v1::Finding> = match (finding as usize).checked_sub(1) {
        None => alert.findings.iter().collect(),
        Some(position) => alert.findings.get(position).into_iter().collect(),
    };
    if chosen.is_empty() {
        let problem = format!("{finding}; the alert has findings 1 to {}", alert.findings.len());
        return Err(ApiError::Field { field: "finding", problem });
    }
    let mut omitted = if finding == 0 { alert.findings_omitted } else { 0 };
    let mut behaviours: Vec<Named> = Vec::new();
    for finding in chosen {
        omitted = omitted.saturating_add(finding.implied_omitted);
        let own = (&finding.dimension, &finding.context, &finding.value);
        let implied = finding.implied.iter().map(|i| (&i.dimension, &finding.value, &i.value));
        for (dimension, context, value) in std::iter::once(own).chain(implied) {
            let Some(dimension) = Dimension::ALL.into_iter().find(|d| d.name() == dimension) else {
                omitted = omitted.saturating_add(1); // of a server that knew other dimensions
                continue;
            };
            let behaviour = (dimension, context.clone(), value.clone());
            if !behaviours.contains(&behaviour) {
                behaviours.push(behaviour);
            }
        }
    }
    Ok((behaviours, omitted))
}

/// Made from the whole decision, so that no two have the same.
fn id(decision: &Decision) -> String {
    let mut hash = Sha256::new();
    let kind = [decision.kind as u8, decision.dimension as u8];
    hash.update(kind);
    hash.update(decision.created_unix_ns.to_be_bytes());
    for part in [&decision.context, &decision.value, &decision.alert] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

fn named(field: &'static str, text: &str) -> Result<(), ApiError> {
    if text.is_empty() {
        return Err(ApiError::Field { field, problem: "empty; it is needed".to_owned() });
    }
    Ok(())
}

fn signed(author: &str, reason: &str) -> Result<(), ApiError> {
    named("author", author.trim())?;
    if author.len() > AUTHOR_BYTES || author.chars().any(char::is_control) {
        let problem = format!("{} bytes; at most {AUTHOR_BYTES}, without control characters", author.len());
        return Err(ApiError::Field { field: "author", problem });
    }
    if reason.len() > REASON_BYTES {
        let problem = format!("{} bytes; at most {REASON_BYTES}", reason.len());
        return Err(ApiError::Field { field: "reason", problem });
    }
    Ok(())
}
