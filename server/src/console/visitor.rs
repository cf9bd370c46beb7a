//! Who looks at a page, and in whose name it asks: by session, by client certificate, or nobody where nobody is asked.
//!
//! A [`Visitor`] is known before a page is made, and is the only way to the services: they are asked over the guard as who
//! the visitor is. A [`Form`] is the only way to change something: it was sent from a page of this origin, with what only
//! a page made for this visitor holds (`form`), so that no other site can have it sent.

use std::sync::{Arc, PoisonError};

use axum::{
    Router,
    body::to_bytes,
    extract::{ConnectInfo, FromRequest, FromRequestParts, Request},
    http::{HeaderMap, Method, header, request::Parts},
    response::{IntoResponse, Redirect},
};
use plumbline_proto::v1::{
    alert_service_client::AlertServiceClient, baseline_service_client::BaselineServiceClient,
    enforcement_service_client::EnforcementServiceClient, fleet_service_client::FleetServiceClient,
    intent_service_client::IntentServiceClient, node_service_client::NodeServiceClient,
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tonic::codegen::http::request;

use super::{Failure, MAX_FORM_BYTES, Shared, hex, sessions::Session};
use crate::{
    security::{AccessError, Identity, Peer, Role},
    status::{ApiError, status},
};

/// The cookie of a session.
pub(super) const COOKIE: &str = "plumbline_session";

/// Who looks.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    services: Router,
    /// As who the services are asked.
    peer: Peer,
    pub(super) identity: Option<Arc<Identity>>,
    pub(super) session: Option<Session>,
    /// What a form must hold.
    pub(super) form: String,
}

/// What a visitor sends.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) visitor: Visitor,
    fields: Vec<(String, String)>,
}

impl Visitor {
    /// A question to a service.
    pub(super) fn asks<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        request.extensions_mut().insert(self.peer.clone());
        request
    }

    pub(super) fn alerts(&self) -> AlertServiceClient<Router> {
        // The answer is our own, so its bounds are those of who made it.
        AlertServiceClient::new(self.services.clone()).max_decoding_message_size(usize::MAX)
    }

    pub(super) fn intent(&self) -> IntentServiceClient<Router> {
        IntentServiceClient::new(self.services.clone()).max_decoding_message_size(usize::MAX)
    }

    pub(super) fn baselines(&self) -> BaselineServiceClient<Router> {
        BaselineServiceClient::new(self.services.clone()).max_decoding_message_size(usize::MAX)
    }

    pub(super) fn nodes(&self) -> NodeServiceClient<Router> {
        NodeServiceClient::new(self.services.clone()).max_decoding_message_size(usize::MAX)
    }

    pub(super) fn fleet(&self) -> FleetServiceClient<Router> {
        FleetServiceClient::new(self.services.clone())
    }

    pub(super) fn enforcement(&self) -> EnforcementServiceClient<Router> {
        EnforcementServiceClient::new(self.services.clone()).max_decoding_message_size(usize::MAX)
    }

    /// For the page's head.
    pub(super) fn who(&self) -> String {
        self.identity.as_ref().map_or_else(String::new, |one| format!("{} ({})", one.name, one.role))
    }

    /// Whether forms that change something are shown; who may not is refused by the guard in any case.
    pub(super) fn may_change(&self) -> bool {
        self.may(Role::Analyst)
    }

    /// Likewise the one that switches all policies.
    pub(super) fn may_switch(&self) -> bool {
        self.may(Role::Admin)
    }

    fn may(&self, role: Role) -> bool {
        self.identity.as_ref().is_none_or(|identity| identity.role.may(role))
    }

    /// Whether a form has to ask for a name.
    pub(super) fn is_nobody(&self) -> bool {
        self.identity.is_none()
    }
}

impl FromRequestParts<Shared> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Failure> {
        let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<Peer>>().cloned() else {
            return Err(status(AccessError::Missing).into());
        };
        let key = key(&parts.headers);
        let sessions = shared.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let session = key.and_then(|key| sessions.find(key));
        drop(sessions);
        let peer = match &session {
            Some(session) => peer.known_as(Arc::clone(&session.identity)),
            None => peer,
        };
        let identity = match shared.guard.reader(&peer) {
            Ok(identity) => identity,
            Err(AccessError::Missing | AccessError::Ended) if parts.method == Method::GET => {
                let asked = parts.uri.path_and_query().map_or("", |asked| asked.as_str());
                let asked: String = form_urlencoded::byte_serialize(asked.as_bytes()).collect();
                return Err(Redirect::to(&format!("/console/login?next={asked}")).into_response().into());
            }
            Err(error) => return Err(status(error).into()),
        };
        let form = match (&session, key, &identity) {
            (Some(_), Some(key), _) => shared.form(&format!("session {key}")),
            (_, _, Some(identity)) => shared.form(&format!("{} {}", identity.role, identity.name)),
            _ => shared.form("nobody"),
        };
        Ok(Self { services: shared.services.clone(), peer, identity, session, form })
    }
}

impl Form {
    /// A field; empty if it was not sent.
    pub(super) fn get(&self, name: &str) -> &str {
        field(&self.fields, name)
    }

    /// Every field of a name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl FromRequest<Shared> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, shared).await?;
        let fields = fields(&parts, body).await?;
        if !bool::from(field(&fields, "form").as_bytes().ct_eq(visitor.form.as_bytes())) {
            return Err(status(ApiError::Form).into());
        }
        Ok(Self { visitor, fields })
    }
}

impl Shared {
    /// What marks a form as made for somebody.
    pub(super) fn form(&self, somebody: &str) -> String {
        hex(&Sha256::digest([self.secret, Sha256::digest(somebody).into()].concat()))
    }
}

/// The key that a browser shows.
pub(super) fn key(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut cookies = cookies.flat_map(|cookies| cookies.split(';')).map(str::trim);
    cookies.find_map(|cookie| cookie.strip_prefix(COOKIE)?.strip_prefix('='))
}

/// The fields of a form that comes from a page of this origin. Browsers say where a form comes from, other clients need not.
pub(super) async fn fields(
    parts: &request::Parts,
    body: axum::body::Body,
) -> Result<Vec<(String, String)>, Failure> {
    let host = parts.headers.get(header::HOST).map(|host| host.as_bytes());
    if let Some(origin) = parts.headers.get(header::ORIGIN) {
        let origin = origin.as_bytes();
        let own = host.is_some_and(|host| {
            [&b"https://"[..], b"http://"].iter().any(|scheme| origin.strip_prefix(*scheme) == Some(host))
        });
        if !own {
            return Err(status(ApiError::Form).into());
        }
    }
    let body = to_bytes(body, MAX_FORM_BYTES).await.map_err(|_| {
        let problem = format!("longer than {MAX_FORM_BYTES} bytes");
        status(ApiError::Field { field: "form", problem })
    })?;
    Ok(form_urlencoded::parse(&body).into_owned().collect())
}

pub(super) fn field<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}
