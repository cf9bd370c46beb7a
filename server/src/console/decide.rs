//! Approving and denying what an alert found: first shown as it would be decided, behaviour by behaviour, then done.
//!
//! What is shown is a dry run of the very request that is sent then, with the revision of the alert that was looked at and
//! an id drawn for it: an alert that changed meanwhile is looked at again, and a form that is sent twice decides once.

use std::time::Duration;

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use plumbline_proto::v1::{Alert, DecideRequest, Decision, DecisionScope, GetAlertRequest};

use super::{
    Failure,
    failure::html,
    hex, random, text,
    visitor::{Form, Visitor},
};
use crate::status::{ApiError, status};

#[derive(Template)]
#[template(path = "decide.html")]
struct Page<'a> {
    visitor: &'a Visitor,
    alert: Alert,
    form: &'a Form,
    approves: bool,
    decisions: Vec<Decision>,
    omitted: u32,
    etag: u32,
    request_id: String,
}

pub(super) async fn decide(Path(id): Path<String>, form: Form) -> Result<Response, Failure> {
    let approves = match form.get("kind") {
        "approve" => true,
        "deny" => false,
        other => return Err(wrong("kind", other, "approve or deny")),
    };
    let visitor = &form.visitor;
    let confirmed = form.get("confirmed") == "yes";
    let etag = number(&form, "etag")?;
    let days: u32 = number(&form, "days")?;
    let request = DecideRequest {
        alert_id: id.clone(),
        scope: scope(form.get("scope"))?.into(),
        author: form.get("author").trim().to_owned(),
        reason: form.get("reason").trim().to_owned(),
        lifetime_ns: u64::try_from(Duration::from_secs(u64::from(days) * 86_400).as_nanos())
            .unwrap_or(u64::MAX),
        finding: number(&form, "finding")?,
        dry_run: !confirmed,
        etag,
        request_id: form.get("request_id").to_owned(),
        ..Default::default()
    };
    let request = visitor.asks(request);
    let answer = if approves {
        visitor.intent().approve(request).await?
    } else {
        visitor.intent().deny(request).await?
    };
    let answer = answer.into_inner();
    if confirmed {
        let to = format!("/console/alerts/{}?done={}", text::part(&id), form.get("kind"));
        return Ok(Redirect::to(&to).into_response());
    }
    let alert = visitor.alerts().get(visitor.asks(GetAlertRequest { id })).await?.into_inner();
    let drawn = random().map_err(|error| status(ApiError::Untold(error.to_string())))?;
    html(&Page {
        visitor,
        alert,
        form: &form,
        approves,
        decisions: answer.decisions,
        omitted: answer.omitted,
        etag,
        request_id: hex(&drawn).split_off(32),
    })
}

fn scope(word: &str) -> Result<DecisionScope, Failure> {
    match word {
        "image" => Ok(DecisionScope::Image),
        "repository" => Ok(DecisionScope::Repository),
        "namespace" => Ok(DecisionScope::Namespace),
        "all" => Ok(DecisionScope::All),
        other => Err(wrong("scope", other, "image, repository, namespace or all")),
    }
}

/// A number of a form; 0 if the field is empty.
pub(super) fn number(form: &Form, name: &'static str) -> Result<u32, Failure> {
    match form.get(name) {
        "" => Ok(0),
        given => given.parse().map_err(|_| wrong(name, given, "a number")),
    }
}

pub(super) fn wrong(field: &'static str, given: &str, wanted: &str) -> Failure {
    status(ApiError::Field { field, problem: format!("{given:?}; {wanted} belongs here") }).into()
}
