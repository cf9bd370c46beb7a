//! Approving and denying what an alert found: first shown as it would be decided, behaviour by behaviour, then done.
//!
//! What is shown is a dry run of the very request that is sent then, with the revision of the alert that was looked at and
//! an id drawn for it: an alert that changed meanwhile is looked at again, and a form that is sent twice decides once. To accept
//! drift is to approve and to resolve, to confirm an attack to deny and to resolve: who cleans up wants to be told if it comes
//! again.

use std::time::Duration;

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use plumbline_proto::v1::{
    Alert, DecideRequest, Decision, DecisionScope, GetAlertRequest, Resolution, TriageAction, TriageRequest,
};

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
    kind: &'static Kind,
    decisions: Vec<Decision>,
    omitted: u32,
    etag: u32,
    request_id: String,
}

/// What a button says, and what follows from it.
struct Kind {
    /// As forms and addresses have it.
    word: &'static str,
    title: &'static str,
    approves: bool,
    /// What came of the alert; unspecified where it stays open.
    resolution: Resolution,
    /// What a page says of it afterwards.
    done: &'static str,
}

const KINDS: [Kind; 4] = [
    Kind {
        word: "approve",
        title: "Approve",
        approves: true,
        resolution: Resolution::Unspecified,
        done: "Approved. The alert is judged anew in a moment.",
    },
    Kind {
        word: "deny",
        title: "Deny",
        approves: false,
        resolution: Resolution::Unspecified,
        done: "Denied. It will be told whenever it is seen.",
    },
    Kind {
        word: "accept_drift",
        title: "Accept drift",
        approves: true,
        resolution: Resolution::DriftAccepted,
        done: "Accepted: approved, and resolved.",
    },
    Kind {
        word: "confirm_attack",
        title: "Confirm attack",
        approves: false,
        resolution: Resolution::AttackConfirmed,
        done: "Confirmed: denied, so that it is told whenever it is seen, and resolved.",
    },
];

/// What a page says of what was just decided; empty if nothing was.
pub(super) fn done(word: &str) -> &'static str {
    KINDS.iter().find(|kind| kind.word == word).map_or("", |kind| kind.done)
}

pub(super) async fn decide(Path(id): Path<String>, form: Form) -> Result<Response, Failure> {
    let word = form.get("kind");
    let kind = KINDS.iter().find(|kind| kind.word == word);
    let kind = kind.ok_or_else(|| wrong("kind", word, "approve, deny, accept_drift or confirm_attack"))?;
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
    let answer = if kind.approves {
        visitor.intent().approve(request).await?
    } else {
        visitor.intent().deny(request).await?
    };
    let answer = answer.into_inner();
    if confirmed {
        if kind.resolution != Resolution::Unspecified {
            resolve(&form, &id, kind.resolution).await?;
        }
        let to = format!("/console/alerts/{}?done={}", text::part(&id), kind.word);
        return Ok(Redirect::to(&to).into_response());
    }
    let alert = visitor.alerts().get(visitor.asks(GetAlertRequest { id })).await?.into_inner();
    let drawn = random().map_err(|error| status(ApiError::Untold(error.to_string())))?;
    html(&Page {
        visitor,
        alert,
        form: &form,
        kind,
        decisions: answer.decisions,
        omitted: answer.omitted,
        etag,
        request_id: hex(&drawn).split_off(32),
    })
}

/// Resolves what was just decided of, whatever its revision is by now: that it was the one looked at has been seen to.
async fn resolve(form: &Form, id: &str, resolution: Resolution) -> Result<(), Failure> {
    let request = TriageRequest {
        alert_id: id.to_owned(),
        request_id: form.get("request_id").to_owned(),
        author: form.get("author").trim().to_owned(),
        note: form.get("reason").trim().to_owned(),
        action: TriageAction::Resolve.into(),
        resolution: resolution.into(),
        ..Default::default()
    };
    form.visitor.alerts().triage(form.visitor.asks(request)).await?;
    Ok(())
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
