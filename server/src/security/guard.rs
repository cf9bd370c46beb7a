//! The gate that every request goes through: who asks, and may they.
//!
//! A token counts before a certificate, for who sends one means it. Where nobody is asked who they are, everybody may
//! everything, as on loopback by default. What is refused is counted by reason, and says what to do, but not whether a
//! token exists.
//!
//! Not here: the table (`roles.rs`), whose node and name it is (`identity.rs`).

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, header::AUTHORIZATION},
    middleware::Next,
    response::Response,
};
use tonic::Status;
use tracing::{Instrument, Span};

use super::{
    Caller, Role,
    connection::Peer,
    ended::Ended,
    identity::Identity,
    lockout::{Lockout, PERIOD},
    roles::{is_open, least, name},
    tokens::Tokens,
};
use crate::{metrics::Metrics, status::status, traces};

/// Why somebody may not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AccessError {
    #[error("no credentials; show a client certificate, or send a token as `authorization: Bearer TOKEN`")]
    Missing,
    #[error("authorization: not a token that holds; make one with `plumbline-server tokens add`")]
    Token,
    #[error(
        "authorization: {0:?} after many wrong tokens from this address no new one is taken; try again then",
        PERIOD
    )]
    LockedOut,
    #[error(
        "the client certificate does not say who it is for: it needs one URI such as plumbline://viewer/NAME among its \
         subject alternative names; `plumbline-server certs issue` makes such"
    )]
    Certificate,
    #[error("a {own} may not do this, but a {needed}; ask for a token or certificate with that role")]
    Role { own: Role, needed: Role },
    #[error(
        "{field}: {node:?}, but the certificate or token is for {own:?}; a collector speaks for its own node only"
    )]
    Node { field: &'static str, node: String, own: String },
    #[error("author: somebody else, but you are {own:?}; leave the author out")]
    Author { own: String },
    #[error("no such method; use a client of this server's version")]
    Unknown,
    #[error("the certificate or token no longer holds; connect again with one that does")]
    Ended,
}

impl AccessError {
    /// All reasons there are in the metric.
    pub(crate) const REASONS: [&str; 9] =
        ["missing", "token", "locked_out", "certificate", "role", "node", "author", "unknown", "ended"];

    /// Its label in the metric.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Token => "token",
            Self::LockedOut => "locked_out",
            Self::Certificate => "certificate",
            Self::Role { .. } => "role",
            Self::Node { .. } => "node",
            Self::Author { .. } => "author",
            Self::Unknown => "unknown",
            Self::Ended => "ended",
        }
    }
}

/// Who is let in.
#[derive(Debug)]
pub(crate) struct Guard {
    /// Whether anybody is asked who they are.
    asks: bool,
    tokens: Option<Arc<Tokens>>,
    lockout: Mutex<Lockout>,
    metrics: Arc<Metrics>,
}

impl Guard {
    pub(super) fn new(asks: bool, tokens: Option<Arc<Tokens>>, metrics: Arc<Metrics>) -> Self {
        Self { asks, tokens, lockout: Mutex::default(), metrics }
    }

    /// Whether anybody is asked who they are.
    pub(crate) fn asks(&self) -> bool {
        self.asks
    }

    /// The tokens there are, if they are in a file.
    pub(crate) fn tokens(&self) -> Option<Arc<Tokens>> {
        self.tokens.clone()
    }

    /// Who asks, if they may call the method of a path.
    pub(crate) fn admit(
        &self,
        path: &str,
        headers: &HeaderMap,
        peer: Option<&Peer>,
    ) -> Result<Caller, AccessError> {
        let address = peer.map(|peer| peer.address);
        if !self.asks || is_open(path) {
            return Ok(Caller { identity: None, address });
        }
        let identity = self.identify(headers, peer)?;
        let needed = least(path).ok_or(AccessError::Unknown)?;
        if !identity.role.may(needed) {
            return Err(AccessError::Role { own: identity.role, needed });
        }
        Ok(Caller { identity: Some(identity), address })
    }

    /// Whose token it is that was typed in, if they may read.
    pub(crate) fn log_in(&self, token: &str, peer: &Peer) -> Result<Arc<Identity>, AccessError> {
        let known = self.by_token(format!("Bearer {token}").as_bytes(), peer.address);
        known.and_then(reads).inspect_err(|error| self.metrics.refused(error))
    }

    /// Who reads, by certificate or login; `None` where nobody is asked.
    pub(crate) fn reader(&self, peer: &Peer) -> Result<Option<Arc<Identity>>, AccessError> {
        if !self.asks {
            return Ok(None);
        }
        self.identify(&HeaderMap::new(), Some(peer)).and_then(reads).map(Some)
    }

    fn identify(&self, headers: &HeaderMap, peer: Option<&Peer>) -> Result<Arc<Identity>, AccessError> {
        let mut shown = headers.get_all(AUTHORIZATION).iter();
        match (shown.next(), shown.next()) {
            (None, _) => {}
            (Some(_), Some(_)) => return Err(AccessError::Token),
            (Some(header), None) => {
                let address = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.address);
                return self.by_token(header.as_bytes(), address);
            }
        }
        match peer.and_then(|peer| peer.certificate.clone()) {
            // A connection may outlive its certificate, and a session its token.
            Some(Ok(identity)) if !identity.holds() => Err(AccessError::Ended),
            Some(identity) => identity,
            None => Err(AccessError::Missing),
        }
    }

    fn by_token(&self, header: &[u8], address: IpAddr) -> Result<Arc<Identity>, AccessError> {
        let token = header.split_at_checked(7).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "));
        let found = self.tokens.as_ref().zip(token).and_then(|(tokens, (_, token))| tokens.find(token));
        let now = Instant::now();
        let mut lockout = self.lockout.lock().unwrap_or_else(PoisonError::into_inner);
        match found {
            Some(identity) if lockout.take(address, &identity.name, now) => Ok(identity),
            Some(_) => Err(AccessError::LockedOut),
            None if lockout.holds(address, now) => Err(AccessError::LockedOut),
            None => {
                if lockout.failed(address, now) {
                    tracing::warn!(%address, ?PERIOD, "many wrong tokens from an address; no new one is taken from there");
                }
                Err(AccessError::Token)
            }
        }
    }
}

fn reads(identity: Arc<Identity>) -> Result<Arc<Identity>, AccessError> {
    let needed = Role::Viewer;
    if identity.role.may(needed) {
        Ok(identity)
    } else {
        Err(AccessError::Role { own: identity.role, needed })
    }
}

/// A call in traces; of a stream it is until the stream begins.
fn span(path: &str, identity: Option<&Identity>) -> Span {
    tracing::trace_span!(
        target: traces::TARGET,
        "call",
        otel.name = name(path).unwrap_or("another"),
        otel.kind = "server",
        rpc.system = "grpc",
        rpc.grpc.status_code = tracing::field::Empty,
        caller.role = identity.map_or("nobody", |identity| identity.role.name()),
    )
}

/// Lets a request through to its method, or answers it.
pub(crate) async fn check(State(guard): State<Arc<Guard>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>();
    match guard.admit(request.uri().path(), request.headers(), peer) {
        Ok(caller) => {
            // An open method lets nobody in.
            if let Some(peer) = peer.filter(|_| caller.identity.is_some() || !guard.asks) {
                peer.admitted();
            }
            let identity = caller.identity.clone();
            // What is past the guard has no use for the secret.
            request.headers_mut().remove(AUTHORIZATION);
            request.extensions_mut().insert(caller);
            let span = span(request.uri().path(), identity.as_deref());
            let response = next.run(request).instrument(span.clone()).await;
            if let Some(status) = response.headers().get("grpc-status").and_then(|code| code.to_str().ok()) {
                span.record("rpc.grpc.status_code", status);
            }
            match identity {
                Some(identity) => response.map(|body| Body::new(Ended::new(body, &identity))),
                None => response,
            }
        }
        Err(error) => {
            guard.metrics.refused(&error);
            let address = peer.map(|peer| peer.address);
            tracing::debug!(?address, path = ?request.uri().path(), %error, "a request was refused");
            Status::into_http(status(error))
        }
    }
}
