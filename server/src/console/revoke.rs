//! The page of a decision, from which it can be taken back.
//!
//! What is taken back is what the page shows: the form bears the decision's revision and an id that was drawn for it, so that one
//! which is sent twice revokes once. Not here: deciding (`decide.rs`).

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use plumbline_proto::v1::{Decision, DecisionKind, ListDecisionsRequest, RevokeDecisionRequest};

use super::{
    Failure,
    decide::number,
    failure::html,
    hex, random, text,
    visitor::{Form, Visitor},
};
use crate::{
    record::RecordError,
    status::{ApiError, status},
};

/// Decisions that a server holds, at most.
const ALL: u32 = 10_000;

#[derive(Template)]
#[template(path = "decision.html")]
struct Page<'a> {
    visitor: &'a Visitor,
    decision: Decision,
    request_id: String,
}

pub(super) async fn page(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Failure> {
    let request = ListDecisionsRequest { all: true, limit: ALL };
    let all = visitor.intent().list(visitor.asks(request)).await?.into_inner().decisions;
    let decision = all.into_iter().find(|decision| decision.id == id);
    let decision = decision.ok_or_else(|| ApiError::from(RecordError::Missing { id }))?;
    let drawn = random().map_err(|error| status(ApiError::Untold(error.to_string())))?;
    html(&Page { visitor: &visitor, decision, request_id: hex(&drawn).split_off(32) })
}

pub(super) async fn revoke(Path(id): Path<String>, form: Form) -> Result<Response, Failure> {
    let request = RevokeDecisionRequest {
        id: id.clone(),
        author: form.get("author").trim().to_owned(),
        reason: form.get("reason").trim().to_owned(),
        etag: number(&form, "etag")?,
        request_id: form.get("request_id").to_owned(),
    };
    let visitor = &form.visitor;
    visitor.intent().revoke(visitor.asks(request)).await?;
    Ok(Redirect::to(&format!("/console/decisions/{}", text::part(&id))).into_response())
}
