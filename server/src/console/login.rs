//! Logging in with a token, and out.
//!
//! The token is sent once, and looked up as any other: who guesses is locked out with all that come from the address. The
//! cookie holds the key of a session (`sessions.rs`); scripts can't read it, and no other site can have it sent.

use std::sync::PoisonError;

use askama::Template;
use axum::{
    extract::{ConnectInfo, RawQuery, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use subtle::ConstantTimeEq;

use super::{
    Failure, Shared,
    failure::html,
    sessions::LIFETIME,
    visitor::{COOKIE, Form, field, fields, key},
};
use crate::{
    security::{AccessError, Peer},
    status::{ApiError, status},
};

/// Of whom the login form is: anybody. That it comes from our page is what its origin says.
const ANYBODY: &str = "anybody";

#[derive(Template)]
#[template(path = "login.html")]
struct Page {
    form: String,
    next: String,
    wrong: String,
}

pub(super) async fn page(
    State(shared): State<Shared>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let next = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "next");
    let next = next.map_or_else(String::new, |(_, next)| next.into_owned());
    html(&Page { form: shared.form(ANYBODY), next, wrong: String::new() })
}

pub(super) async fn log_in(State(shared): State<Shared>, request: Request) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<Peer>>() else {
        return Err(status(AccessError::Missing).into());
    };
    let fields = fields(&parts, body).await?;
    let form = shared.form(ANYBODY);
    if !bool::from(field(&fields, "form").as_bytes().ct_eq(form.as_bytes())) {
        return Err(status(ApiError::Form).into());
    }
    let next = field(&fields, "next").to_owned();
    let identity = match shared.guard.log_in(field(&fields, "token").trim(), peer) {
        Ok(identity) => identity,
        Err(error) => {
            let wrong = match error {
                AccessError::Token => "This token does not hold.".to_owned(),
                other => other.to_string(),
            };
            let mut again = html(&Page { form, next, wrong })?;
            *again.status_mut() = StatusCode::FORBIDDEN;
            return Ok(again);
        }
    };
    tracing::info!(name = identity.name, role = %identity.role, "logged in to the console");
    let mut sessions = shared.sessions.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(old) = key(&parts.headers) {
        sessions.close(old);
    }
    let opened = sessions.open(identity);
    drop(sessions);
    let key = opened.map_err(|error| status(ApiError::Untold(error.to_string())))?;
    shared.leave(if is_ours(&next) { &next } else { "/console/alerts" }, &key, LIFETIME.as_secs())
}

pub(super) async fn log_out(State(shared): State<Shared>, request: Request) -> Result<Response, Failure> {
    use axum::extract::FromRequest;
    let key = key(request.headers()).unwrap_or_default().to_owned();
    Form::from_request(request, &shared).await?;
    shared.sessions.lock().unwrap_or_else(PoisonError::into_inner).close(&key);
    shared.leave("/console/login", "", 0)
}

impl Shared {
    /// Goes to another page with a cookie set.
    fn leave(&self, to: &str, key: &str, seconds: u64) -> Result<Response, Failure> {
        let secure = if self.tls { "; Secure" } else { "" };
        let cookie = format!("{COOKIE}={key}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
        let cookie = HeaderValue::try_from(cookie);
        let cookie = cookie.map_err(|error| status(ApiError::Untold(error.to_string())))?;
        let mut answer = Redirect::to(to).into_response();
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
        Ok(answer)
    }
}

/// Whether a page to go on to is one of the console's, and not of another server.
fn is_ours(next: &str) -> bool {
    next.starts_with("/console/") && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_logs_in_goes_on_to_a_page_of_the_console_or_to_the_feed() {
        for (next, ours) in [
            ("/console/alerts/abc?done=resolved", true),
            ("", false),
            ("//evil.example/console/", false),
            ("https://evil.example/console/", false),
            ("/console/\r\nSet-Cookie: a=b", false),
            ("/console/\\evil", false),
            ("/api/v1/alerts", false),
        ] {
            assert_eq!(is_ours(next), ours, "{next}");
        }
    }
}
