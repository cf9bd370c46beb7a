//! What people do about alerts: acknowledge, resolve, assign, open again.
//!
//! It is made of the alert as it is stored and put into the log by the committer, if the alert has not changed meanwhile; if
//! it has, it is made of the new one. The work is a task of its own: a caller that leaves changes nothing. Requests are known
//! again by ids that stand in the alert itself, so they are as durable as what they did. What a node says of an order that a
//! confirmation gave goes the same way.
//!
//! Not here: what follows for the model, which is nothing (`decisions.rs` has what people say of behaviours).

use std::sync::Arc;

use plumbline_proto::v1;
use prost::Message;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use crate::{
    alert_log::{AlertLog, Outdated},
    audit,
    blocking::blocking,
    checkpoint::Work,
    clock::now_unix_ns,
    metrics::Metrics,
    policies::Policies,
    security::Caller,
    status::ApiError,
};

/// Longest author and assignee, note, and request id, in bytes.
const NAME_BYTES: usize = 128;
const NOTE_BYTES: usize = 1024;
const ID_BYTES: usize = 64;
/// Request ids that an alert keeps.
const IDS_KEPT: usize = 8;
/// How often it is tried with an alert that changes all the time.
const ATTEMPTS: usize = 16;

/// The way to it; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Triages {
    log: AlertLog,
    committer: mpsc::Sender<Work>,
    metrics: Arc<Metrics>,
    tasks: TaskTracker,
}

/// What was done, and by whom it is awaited.
#[derive(Debug)]
pub(crate) struct Triaged {
    /// The alert as it was read, with a new triage.
    pub(crate) alert: v1::Alert,
    /// What the audit record says of it; `None` if what follows says so.
    pub(crate) audit: Option<v1::AuditEntry>,
    /// What else follows of it.
    pub(crate) follows: Follows,
    /// Told at once if it is outdated, and else once it is durable.
    pub(crate) done: oneshot::Sender<Result<v1::Alert, Outdated>>,
}

/// What follows of what was done about an alert.
#[derive(Debug)]
pub(crate) enum Follows {
    Nothing,
    /// Somebody has confirmed an attack.
    Confirmed,
    /// A node has said what came of what it was asked for then.
    Answered {
        node: String,
        result: v1::OrderResult,
    },
}

impl Triages {
    pub(crate) fn new(
        log: AlertLog,
        committer: mpsc::Sender<Work>,
        metrics: Arc<Metrics>,
        tasks: TaskTracker,
    ) -> Self {
        Self { log, committer, metrics, tasks }
    }

    /// Takes a request; the alert once that is durable. Runs to its end whether or not the caller stays.
    pub(crate) async fn take(
        &self,
        caller: Caller,
        mut request: v1::TriageRequest,
    ) -> Result<v1::Alert, ApiError> {
        request.author = caller.author(request.author).inspect_err(|error| self.metrics.refused(error))?;
        check(&request)?;
        match self.tasks.spawn(self.clone().taken(caller, request)).await {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    async fn taken(self, caller: Caller, request: v1::TriageRequest) -> Result<v1::Alert, ApiError> {
        let mut present = 0;
        for _ in 0..ATTEMPTS {
            let (log, id) = (self.log.clone(), request.alert_id.clone());
            let alert = blocking(move || log.find(&id)).await?;
            if was_taken(&request, &alert) {
                return Ok(alert);
            }
            fits(request.resolution(), &alert)?;
            present = alert.revision;
            if request.etag != 0 && request.etag != present {
                break;
            }
            let (done, told) = oneshot::channel();
            let action = request.action().as_str_name().trim_start_matches("TRIAGE_ACTION_").to_lowercase();
            let audit = audit::entry(&caller, "AlertService/Triage", alert.id.clone(), action);
            let follows = if confirms(&request, &alert) { Follows::Confirmed } else { Follows::Nothing };
            let alert = triaged(&request, alert, now_unix_ns());
            let work = Work::Triage(Box::new(Triaged { alert, audit: Some(audit), follows, done }));
            self.committer.send(work).await.map_err(|_| ApiError::Leaving)?;
            if let Ok(alert) = told.await.map_err(|_| ApiError::Leaving)? {
                self.metrics.triages.inc();
                return Ok(alert);
            }
        }
        Err(ApiError::Changed { present })
    }

    /// Takes down what came of the orders of a node, as its collector says each time that it connects. What nobody waits for is
    /// left alone; the rest is a task of its own.
    pub(crate) fn answered(&self, policies: &Policies, node: &str, results: Vec<v1::OrderResult>) {
        for result in results {
            let Some(alert_id) = policies.begin_answer(node, result.id) else { continue };
            let (triages, policies, node) = (self.clone(), policies.clone(), node.to_owned());
            self.tasks.spawn(async move {
                let id = result.id;
                if let Err(error) = triages.answer(&policies, &alert_id, &node, result).await {
                    // It is said again when the collector connects again.
                    tracing::warn!(?node, order = id, alert_id, %error, "what came of an order can't be taken down");
                }
                policies.end_answer(id);
            });
        }
    }

    async fn answer(
        &self,
        policies: &Policies,
        alert_id: &str,
        node: &str,
        result: v1::OrderResult,
    ) -> Result<(), ApiError> {
        let mut present = 0;
        for _ in 0..ATTEMPTS {
            if !policies.waits_for(node, result.id) {
                return Ok(()); // the policy has gone, and its orders with it
            }
            let (log, id) = (self.log.clone(), alert_id.to_owned());
            let alert = blocking(move || log.find(&id)).await?;
            present = alert.revision;
            let (done, told) = oneshot::channel();
            let follows = Follows::Answered { node: node.to_owned(), result: result.clone() };
            let work = Triaged { alert, audit: None, follows, done };
            self.committer.send(Work::Triage(Box::new(work))).await.map_err(|_| ApiError::Leaving)?;
            if told.await.map_err(|_| ApiError::Leaving)?.is_ok() {
                return Ok(());
            }
        }
        Err(ApiError::Changed { present })
    }
}

/// Whether this confirms an attack that nobody has confirmed before: who says it once more asks for nothing more.
fn confirms(request: &v1::TriageRequest, alert: &v1::Alert) -> bool {
    let before = alert.triage.as_ref().map(|triage| triage.resolution());
    request.action() == v1::TriageAction::Resolve
        && request.resolution() == v1::Resolution::AttackConfirmed
        && before != Some(v1::Resolution::AttackConfirmed)
}

/// What is done about an alert goes on when the model changes it; but if that makes the verdict more severe than the one
/// that somebody has seen, the alert is new again. Who has confirmed an attack has seen the worst.
pub(crate) fn carried(before: &[u8], verdict: v1::Verdict) -> Option<v1::Triage> {
    if before.is_empty() {
        return None;
    }
    let mut triage = v1::Triage::decode(before).unwrap_or_default();
    let worse = verdict > triage.verdict() && triage.resolution() != v1::Resolution::AttackConfirmed;
    if worse && triage.state() != v1::TriageState::New {
        triage.set_state(v1::TriageState::New);
        triage.set_resolution(v1::Resolution::Unspecified);
        triage.escalated = true;
    }
    Some(triage)
}

/// The alert after the request.
fn triaged(request: &v1::TriageRequest, mut alert: v1::Alert, now_unix_ns: u64) -> v1::Alert {
    let verdict = alert.verdict();
    let mut triage = alert
        .triage
        .take()
        .unwrap_or(v1::Triage { state: v1::TriageState::New.into(), ..Default::default() });
    let mut becomes = |state, resolution| {
        triage.set_state(state);
        triage.set_resolution(resolution);
        triage.escalated = false;
    };
    match request.action() {
        v1::TriageAction::Acknowledge => {
            becomes(v1::TriageState::Acknowledged, v1::Resolution::Unspecified);
        }
        v1::TriageAction::Resolve => becomes(v1::TriageState::Resolved, request.resolution()),
        v1::TriageAction::Reopen => becomes(v1::TriageState::New, v1::Resolution::Unspecified),
        v1::TriageAction::Assign => triage.assignee.clone_from(&request.assignee),
        v1::TriageAction::Unspecified => {} // refused before
    }
    triage.note.clone_from(&request.note);
    triage.author.clone_from(&request.author);
    triage.changed_unix_ns = now_unix_ns;
    triage.set_verdict(verdict);
    if !request.request_id.is_empty() {
        triage.request_ids.push(request.request_id.clone());
        let surplus = triage.request_ids.len().saturating_sub(IDS_KEPT);
        triage.request_ids.drain(..surplus);
    }
    alert.triage = Some(triage);
    alert
}

/// Whether an alert can have come to that.
fn fits(resolution: v1::Resolution, alert: &v1::Alert) -> Result<(), ApiError> {
    use v1::Resolution::{AttackConfirmed, DealtWith, DriftAccepted};
    let problem = match (resolution, alert.operational.is_some()) {
        (DriftAccepted | AttackConfirmed, true) => {
            "drift accepted or attack confirmed, but the alert is operational; dealt with or false positive belongs here"
        }
        (DealtWith, false) => {
            "dealt with, but that is for operational alerts; false positive, drift accepted or attack confirmed belongs here"
        }
        _ => return Ok(()),
    };
    Err(ApiError::Field { field: "resolution", problem: problem.to_owned() })
}

fn was_taken(request: &v1::TriageRequest, alert: &v1::Alert) -> bool {
    let triage = alert.triage.as_ref();
    !request.request_id.is_empty() && triage.is_some_and(|t| t.request_ids.contains(&request.request_id))
}

fn check(request: &v1::TriageRequest) -> Result<(), ApiError> {
    let field = |field, problem: String| Err(ApiError::Field { field, problem });
    for (name, text, bytes, needed) in [
        ("alert_id", &request.alert_id, NAME_BYTES, true),
        ("author", &request.author, NAME_BYTES, true),
        ("assignee", &request.assignee, NAME_BYTES, false),
        ("request_id", &request.request_id, ID_BYTES, false),
    ] {
        if needed && text.trim().is_empty() {
            return field(name, "empty; it is needed".to_owned());
        }
        if text.len() > bytes || text.chars().any(char::is_control) {
            return field(name, format!("{} bytes; at most {bytes}, without control characters", text.len()));
        }
    }
    if request.note.len() > NOTE_BYTES {
        return field("note", format!("{} bytes; at most {NOTE_BYTES}", request.note.len()));
    }
    let action = request.action();
    if action == v1::TriageAction::Unspecified {
        return field(
            "action",
            format!("{}; acknowledge, resolve, assign or reopen belongs here", request.action),
        );
    }
    let resolves = action == v1::TriageAction::Resolve;
    if resolves && request.resolution() == v1::Resolution::Unspecified {
        let problem = format!(
            "{}; false positive, drift accepted or attack confirmed belongs here",
            request.resolution
        );
        return field("resolution", problem);
    }
    if !resolves && request.resolution != 0 {
        return field("resolution", "given, but it is for resolve only".to_owned());
    }
    if action != v1::TriageAction::Assign && !request.assignee.is_empty() {
        return field("assignee", "given, but it is for assign only".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(action: v1::TriageAction) -> v1::TriageRequest {
        v1::TriageRequest {
            alert_id: "a".into(),
            author: "alice".into(),
            action: action.into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_verdict_that_becomes_more_severe_than_what_was_seen_makes_the_alert_new_again() {
        let drift = v1::Alert { verdict: v1::Verdict::Drift.into(), ..Default::default() };
        let resolved = v1::TriageRequest {
            resolution: v1::Resolution::DriftAccepted.into(),
            ..request(v1::TriageAction::Resolve)
        };
        let resolved = triaged(&resolved, drift, 5).triage.unwrap();
        let carried = |triage: &v1::Triage, verdict| carried(&triage.encode_to_vec(), verdict).unwrap();
        for same in [v1::Verdict::Normal, v1::Verdict::Drift] {
            assert_eq!(carried(&resolved, same), resolved);
        }
        let escalated = carried(&resolved, v1::Verdict::Attack);
        assert_eq!((escalated.state(), escalated.escalated), (v1::TriageState::New, true));
        assert_eq!(
            (escalated.resolution(), escalated.author.as_str()),
            (v1::Resolution::Unspecified, "alice")
        );
        assert_eq!(carried(&escalated, v1::Verdict::Attack), escalated);
        let attack =
            v1::Alert { verdict: v1::Verdict::Attack.into(), triage: Some(escalated), ..Default::default() };
        let seen = triaged(&request(v1::TriageAction::Acknowledge), attack, 6).triage.unwrap();
        assert_eq!((seen.escalated, carried(&seen, v1::Verdict::Attack)), (false, seen.clone()));
        let confirmed = v1::TriageRequest {
            resolution: v1::Resolution::AttackConfirmed.into(),
            ..request(v1::TriageAction::Resolve)
        };
        let drift = v1::Alert { verdict: v1::Verdict::Drift.into(), ..Default::default() };
        let confirmed = triaged(&confirmed, drift, 7).triage.unwrap();
        assert_eq!(
            carried(&confirmed, v1::Verdict::Attack),
            confirmed,
            "who confirmed it has seen the worst"
        );
        assert_eq!(super::carried(&[], v1::Verdict::Attack), None);
    }

    #[test]
    fn an_alert_keeps_its_newest_request_ids() {
        let mut alert = v1::Alert::default();
        let with = |id: usize| v1::TriageRequest {
            request_id: format!("r{id}"),
            ..request(v1::TriageAction::Acknowledge)
        };
        for id in 0..=IDS_KEPT {
            alert = triaged(&with(id), alert, 1);
        }
        assert_eq!(alert.triage.as_ref().unwrap().request_ids.len(), IDS_KEPT);
        assert!(was_taken(&with(IDS_KEPT), &alert) && was_taken(&with(1), &alert));
        assert!(!was_taken(&with(0), &alert));
        assert!(!was_taken(&request(v1::TriageAction::Acknowledge), &alert), "without an id each is taken");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        use v1::TriageAction::{Acknowledge, Assign, Resolve, Unspecified};
        for (request, field) in [
            (v1::TriageRequest { alert_id: String::new(), ..request(Acknowledge) }, "alert_id: "),
            (v1::TriageRequest { author: " ".into(), ..request(Acknowledge) }, "author: "),
            (v1::TriageRequest { author: "a\nb".into(), ..request(Acknowledge) }, "author: "),
            (v1::TriageRequest { assignee: "x".repeat(129), ..request(Assign) }, "assignee: "),
            (v1::TriageRequest { assignee: "bob".into(), ..request(Acknowledge) }, "assignee: "),
            (v1::TriageRequest { request_id: "x".repeat(65), ..request(Acknowledge) }, "request_id: "),
            (v1::TriageRequest { note: "x".repeat(1025), ..request(Acknowledge) }, "note: "),
            (v1::TriageRequest { resolution: 1, ..request(Acknowledge) }, "resolution: "),
            (request(Resolve), "resolution: "),
            (v1::TriageRequest { resolution: 99, ..request(Resolve) }, "resolution: "),
            (request(Unspecified), "action: "),
        ] {
            let refused = check(&request).unwrap_err().to_string();
            assert!(refused.starts_with(field), "{refused}");
        }
        check(&request(Assign)).unwrap();
    }
}
