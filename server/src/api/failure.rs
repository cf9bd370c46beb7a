//! How a call failed, as HTTP has it: the status code that google.rpc.Code names for it, and a google.rpc.Status in its
//! proto3 JSON form as the body.
//!
//! What HTTP has headers for is said there too: how to show who asks, and when to come again. Not here: which error is which
//! status (`status.rs`).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// The answer.
pub(super) fn failure(status: &Status) -> Response {
    let content = [(header::CONTENT_TYPE, "application/json")];
    let mut answer = (http(status.code()), content, format!("{}\n", json(status))).into_response();
    let headers = answer.headers_mut();
    if status.code() == Code::Unauthenticated {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    let delay = status.get_details_retry_info().and_then(|retry| retry.retry_delay);
    if let Some(delay) = delay {
        headers.insert(header::RETRY_AFTER, delay.as_secs().into());
    }
    answer
}

/// The google.rpc.Status.
pub(super) fn json(status: &Status) -> Value {
    let found = status.get_error_details();
    let of = |kind: &str| format!("type.googleapis.com/google.rpc.{kind}");
    let info = found.error_info().map(|info| {
        let (reason, domain, metadata) = (&info.reason, &info.domain, &info.metadata);
        json!({"@type": of("ErrorInfo"), "reason": reason, "domain": domain, "metadata": metadata})
    });
    let request = found.bad_request().map(|request| {
        let violations = request.field_violations.iter();
        let violations: Vec<_> =
            violations.map(|one| json!({"field": one.field, "description": one.description})).collect();
        json!({"@type": of("BadRequest"), "field_violations": violations})
    });
    let resource = found.resource_info().map(|resource| {
        let (kind, name) = (&resource.resource_type, &resource.resource_name);
        json!({"@type": of("ResourceInfo"), "resource_type": kind, "resource_name": name})
    });
    let delay = found.retry_info().and_then(|retry| retry.retry_delay);
    let retry = delay
        .map(|delay| json!({"@type": of("RetryInfo"), "retry_delay": format!("{}s", delay.as_secs_f64())}));
    let details: Vec<_> = [info, request, resource, retry].into_iter().flatten().collect();
    json!({"code": i32::from(status.code()), "message": status.message(), "details": details})
}

/// As https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto maps them.
pub(crate) fn http(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        // 499, which google.rpc has for Cancelled, is no registered code.
        Code::Cancelled | Code::Unknown | Code::Internal | Code::DataLoss => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}
