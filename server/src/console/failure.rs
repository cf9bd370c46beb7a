//! How a page fails: the status of the service that was asked, as a page with the code that HTTP has for it.
//!
//! Not here: which error is which status (`status.rs`).

use askama::Template;
use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};
use tonic::Status;
use tonic_types::StatusExt;

use crate::{
    api::http,
    status::{ApiError, status},
};

/// An answer that is not the page that was asked for.
#[derive(Debug)]
pub(super) struct Failure(Box<Response>);

#[derive(Template)]
#[template(path = "failure.html")]
struct Page<'a> {
    code: u16,
    message: &'a str,
}

/// A page.
pub(super) fn html(page: &impl Template) -> Result<Response, Failure> {
    let text = page.render().map_err(|error| status(ApiError::Untold(error.to_string())))?;
    Ok(Html(text).into_response())
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        let code = http(status.code());
        let page = Page { code: code.as_u16(), message: status.message() }.render();
        let mut answer = (code, Html(page.unwrap_or_else(|error| error.to_string()))).into_response();
        let delay = status.get_details_retry_info().and_then(|retry| retry.retry_delay);
        if let Some(delay) = delay {
            answer.headers_mut().insert(header::RETRY_AFTER, delay.as_secs().into());
        }
        Self(Box::new(answer))
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        status(error).into()
    }
}

impl From<Response> for Failure {
    fn from(answer: Response) -> Self {
        Self(Box::new(answer))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        *self.0
    }
}
