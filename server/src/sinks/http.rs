//! Sends a body by HTTP, and says what the answer means.
//!
//! Invariants: no redirect is followed; answers are read up to a bound; an address or token read from a file is in no message.
//! A body that is refused (400, 413, 422) will be so again; all else may be another time: a server that is away, a token that
//! has expired, an address that was set wrongly.
//!
//! Not here: how long an attempt may take, and when the next is (`delivery.rs`).

use std::{path::PathBuf, time::Duration};

use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};

use super::{
    advice::explained,
    failure::Failure,
    format::cut,
    pool::{Pool, Version},
    secret::Secret,
};
use crate::config::Connection;

/// Largest answer.
const MAX_ANSWER_BYTES: usize = 4 << 20;
/// Of an answer in a message.
const SAID_BYTES: usize = 256;

#[derive(Debug)]
pub(super) struct Client {
    pool: Pool<Full<Bytes>>,
    address: Address,
    token_file: Option<PathBuf>,
}

#[derive(Debug)]
enum Address {
    Given(Uri),
    File(PathBuf),
}

impl Client {
    pub(super) fn new(connection: &Connection) -> Result<Self, String> {
        let address = match (&connection.url, &connection.url_file) {
            (Some(url), _) => Address::Given(parse(url)?),
            (None, Some(path)) => Address::File(path.clone()),
            (None, None) => return Err("no url".to_owned()),
        };
        let pool = Pool::new(connection, Version::Http1)?;
        Ok(Self { pool, address, token_file: connection.token_file.clone() })
    }

    /// The token, if there is one.
    pub(super) async fn token(&self) -> Result<Option<Secret>, Failure> {
        match &self.token_file {
            Some(path) => Ok(Some(Secret::read(path).await?)),
            None => Ok(None),
        }
    }

    /// The token as HTTP has it: `SCHEME TOKEN`.
    pub(super) async fn authorization(&self, scheme: &str) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::new();
        if let Some(token) = self.token().await? {
            let value = HeaderValue::from_str(&format!("{scheme} {}", token.expose()));
            let mut value = value.map_err(|_| Failure::again("token_file: it holds what no header may"))?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        Ok(headers)
    }

    /// Posts a body to the address with something behind it; the answer, if it is that all is well.
    pub(super) async fn post(
        &self,
        behind: &str,
        mut headers: HeaderMap,
        content_type: &'static str,
        body: String,
    ) -> Result<Bytes, Failure> {
        let base = match &self.address {
            Address::Given(uri) => uri.clone(),
            Address::File(path) => {
                let url = Secret::read(path).await?;
                parse(url.expose())
                    .map_err(|problem| Failure::again(format!("{}: {problem}", path.display())))?
            }
        };
        let uri: Uri = if behind.is_empty() {
            base
        } else {
            format!("{}{behind}", base.to_string().trim_end_matches('/'))
                .parse()
                .map_err(|_| Failure::again("url: no address"))?
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(
            header::USER_AGENT,
            HeaderValue::from_static(concat!("plumbline/", env!("CARGO_PKG_VERSION"))),
        );
        let mut request = Request::new(Full::from(body));
        (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (Method::POST, uri, headers);
        let sent = self.pool.current().await.request(request).await;
        let answer = sent.map_err(|error| Failure::again(explained(&error)))?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
        let body = body.map(http_body_util::Collected::to_bytes);
        if head.status.is_success() {
            return body.map_err(|error| Failure::again(format!("the answer broke off: {error}")));
        }
        let said = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
        let advice = match head.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "; check token_file",
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "; check url",
            _ => "",
        };
        let why = format!("{} {}{advice}", head.status, cut(said.trim(), SAID_BYTES));
        Err(match head.status {
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
                Failure::Refused { why }
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Failure::Denied { why },
            StatusCode::GONE => Failure::Gone { why },
            _ => Failure::Again { why, after: retry_after(&head.headers) },
        })
    }
}

pub(super) fn parse(url: &str) -> Result<Uri, String> {
    let uri: Uri = url.parse().map_err(|_| "url: no address".to_owned())?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err("url: it begins with http:// or https://".to_owned());
    }
    match uri.authority() {
        Some(authority) if !authority.as_str().contains('@') => Ok(uri),
        _ => Err("url: a host belongs here, without a user; a token belongs into token_file".to_owned()),
    }
}

/// When the other side wants to be asked again; as seconds, which is what they send.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
