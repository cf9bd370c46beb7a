//! What people do about an alert from its page: acknowledge, resolve, assign, reopen. It decides nothing.

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use plumbline_proto::v1::{Resolution, TriageAction, TriageRequest};

use super::{
    Failure,
    decide::{number, wrong},
    text,
    visitor::Form,
};

pub(super) async fn triage(Path(id): Path<String>, form: Form) -> Result<Response, Failure> {
    let action = match form.get("action") {
        "acknowledge" => TriageAction::Acknowledge,
        "resolve" => TriageAction::Resolve,
        "assign" => TriageAction::Assign,
        "reopen" => TriageAction::Reopen,
        other => return Err(wrong("action", other, "acknowledge, resolve, assign or reopen")),
    };
    let resolution = match (action, form.get("resolution")) {
        (TriageAction::Resolve, "false_positive") => Resolution::FalsePositive,
        (TriageAction::Resolve, "drift_accepted") => Resolution::DriftAccepted,
        (TriageAction::Resolve, "attack_confirmed") => Resolution::AttackConfirmed,
        (TriageAction::Resolve, "dealt_with") => Resolution::DealtWith,
        (TriageAction::Resolve, other) => return Err(wrong("resolution", other, "what came of it")),
        _ => Resolution::Unspecified,
    };
    let assignee = if action == TriageAction::Assign { form.get("assignee").trim() } else { "" };
    let request = TriageRequest {
        alert_id: id.clone(),
        etag: number(&form, "etag")?,
        request_id: String::new(),
        author: form.get("author").trim().to_owned(),
        note: form.get("note").trim().to_owned(),
        action: action.into(),
        resolution: resolution.into(),
        assignee: assignee.to_owned(),
    };
    let visitor = &form.visitor;
    visitor.alerts().triage(visitor.asks(request)).await?;
    Ok(Redirect::to(&format!("/console/alerts/{}?done=triage", text::part(&id))).into_response())
}
