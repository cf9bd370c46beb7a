//! What people do about alerts from their pages: acknowledge, resolve, assign, reopen, one by one or several at once. It decides
//! nothing.
//!
//! Of several each bears the revision that was looked at: one that has changed since is left as it is and named, and the others
//! are done. What was done at once can be undone at once, which is to open again.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use plumbline_proto::v1::{Alert, Resolution, TriageAction, TriageRequest};
use tonic::Code;

use super::{
    Failure,
    decide::{number, wrong},
    failure::html,
    text,
    visitor::{Form, Visitor},
};
use crate::status::{ApiError, status};

/// Alerts that a form is about, at most; a feed shows as many.
const MAX: usize = 200;

#[derive(Template)]
#[template(path = "together.html")]
struct Together<'a> {
    visitor: &'a Visitor,
    author: &'a str,
    /// What was done.
    word: &'static str,
    undoes: bool,
    done: Vec<Alert>,
    /// Ids of those that were left as they are, and why.
    left: Vec<(String, String)>,
}

pub(super) async fn triage(Path(id): Path<String>, form: Form) -> Result<Response, Failure> {
    let request = request(&form, id.clone(), number(&form, "etag")?)?;
    let visitor = &form.visitor;
    visitor.alerts().triage(visitor.asks(request)).await?;
    Ok(Redirect::to(&format!("/console/alerts/{}?done=triage", text::part(&id))).into_response())
}

pub(super) async fn together(form: Form) -> Result<Response, Failure> {
    let mut requests = Vec::new();
    for chosen in form.all("chosen") {
        let (id, etag) = chosen.rsplit_once('.').unwrap_or_default();
        let etag: u32 = etag.parse().unwrap_or_default();
        if id.is_empty() || etag == 0 || requests.len() == MAX {
            return Err(wrong("chosen", chosen, &format!("up to {MAX} times ID.REVISION")));
        }
        requests.push(request(&form, id.to_owned(), etag)?);
    }
    let Some(action) = requests.first().map(TriageRequest::action) else {
        let problem = "nothing; choose incidents on the page before".to_owned();
        return Err(status(ApiError::Field { field: "chosen", problem }).into());
    };
    let visitor = &form.visitor;
    let (mut done, mut left) = (Vec::new(), Vec::new());
    for request in requests {
        let id = request.alert_id.clone();
        match visitor.alerts().triage(visitor.asks(request)).await {
            Ok(alert) => done.push(alert.into_inner()),
            Err(status) if [Code::PermissionDenied, Code::Unauthenticated].contains(&status.code()) => {
                return Err(status.into());
            }
            Err(status) => left.push((id, status.message().to_owned())),
        }
    }
    let word = match action {
        TriageAction::Acknowledge => "acknowledged",
        TriageAction::Resolve => "resolved",
        TriageAction::Reopen => "opened again",
        TriageAction::Assign | TriageAction::Unspecified => "assigned",
    };
    let undoes = action != TriageAction::Reopen && !done.is_empty();
    html(&Together { visitor, author: form.get("author"), word, undoes, done, left })
}

/// What a form asks to be done about an alert.
fn request(form: &Form, alert_id: String, etag: u32) -> Result<TriageRequest, Failure> {
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
    Ok(TriageRequest {
        alert_id,
        etag,
        request_id: String::new(),
        author: form.get("author").trim().to_owned(),
        note: form.get("note").trim().to_owned(),
        action: action.into(),
        resolution: resolution.into(),
        assignee: assignee.to_owned(),
    })
}
