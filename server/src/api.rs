//! What can be read by gRPC, read-only as JSON over HTTP, for a console and for scripts.
//!
//! A translator and nothing more: parameters become the request message, the very service that gRPC serves answers it in
//! this process, behind the same guard, and the answer becomes the proto3 JSON form of its message, with the field names of
//! the .proto files and with default values written out. So roles, lockout, bounds and errors are those of gRPC, and a
//! stream counts among the watchers, ends with its credentials, and is told as server-sent events.
//!
//! Nothing is changed here (the console does, by forms of its own: `console.rs`), and no other origin is let in: there is
//! no CORS, and where nobody is asked who they are, no page may lead its own name to this machine (DNS rebinding). Not
//! here: which paths there are (`table.rs`).

mod call;
mod events;
mod failure;
mod parameters;
mod table;

use std::net::IpAddr;

use axum::{
    Router,
    extract::{ConnectInfo, Request, path::RawPathParams, rejection::RawPathParamsRejection},
    http::{HeaderValue, StatusCode, header, uri::Authority},
    response::{IntoResponse, Response},
    routing::get,
};
use plumbline_proto::DESCRIPTORS;
use prost_reflect::DescriptorPool;
use tonic::{Status, codegen::Service};

use crate::{
    security::Peer,
    status::{ApiError, status},
};
use call::Call;
use failure::failure;
pub(crate) use failure::http;
use table::ROUTES;

/// Longest query; fields of a filter are bounded one by one.
const MAX_QUERY_BYTES: usize = 16 << 10;

/// A row of the table that names no method.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TableError {
    #[error("the descriptors of the API can't be read: {0}")]
    Descriptors(#[from] prost_reflect::DescriptorError),
    #[error("{0}: no such method; put it right in api/table.rs")]
    Method(&'static str),
}

/// All routes.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    routes: Router,
    /// Whether anybody is asked who they are.
    asks: bool,
}

impl Api {
    /// `services`: those of gRPC, behind their guard.
    pub(crate) fn new(services: &Router, asks: bool) -> Result<Self, TableError> {
        let pool = DescriptorPool::decode(DESCRIPTORS)?;
        let mut router = Router::new();
        for (path, method) in ROUTES {
            let call = Call::new(&pool, method, services.clone())?;
            let answer = move |path: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
                let call = call.clone();
                async move { answer(&call, path, request).await.unwrap_or_else(|status| failure(&status)) }
            };
            router = router.route(path, get(answer));
        }
        let no_such = async || failure(&status(ApiError::NoPath));
        let read_only = async || {
            let mut refused = failure(&status(ApiError::ReadOnly));
            *refused.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            refused
        };
        Ok(Self { routes: router.fallback(no_such).method_not_allowed_fallback(read_only), asks })
    }

    /// Whether it answers a path.
    pub(crate) fn has(path: &str) -> bool {
        path.starts_with("/api/")
    }

    /// The answer of a server that serves; else ask [`Self::away`].
    pub(crate) async fn answer(&mut self, request: Request) -> Response {
        if !self.asks && is_rebound(&request) {
            return careful(failure(&status(ApiError::Host)));
        }
        let Ok(answer) = self.routes.call(request).await;
        careful(answer)
    }

    /// The answer of one that does not, and why.
    pub(crate) fn away(why: &'static str) -> Response {
        careful(failure(&status(ApiError::NotReady(why))))
    }
}

async fn answer(
    call: &Call,
    path: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Result<Response, Status> {
    let wrong = |field, problem| status(ApiError::Field { field, problem });
    let path = path.map_err(|error| wrong("path", error.body_text()))?;
    let query = request.uri().query().unwrap_or_default();
    if query.len() > MAX_QUERY_BYTES {
        return Err(wrong("query", format!("{} bytes; at most {MAX_QUERY_BYTES}", query.len())));
    }
    let query = form_urlencoded::parse(query.as_bytes());
    let given = query.chain(path.iter().map(|(name, value)| (name.into(), value.into())));
    let mut message = parameters::message(call.input(), given).map_err(status)?;
    if call.streams() {
        events::resume(&mut message, request.headers()).map_err(status)?;
        Ok(events::answer(call.stream(call::asked(message, &request)).await?))
    } else {
        let json = call::json(&call.unary(call::asked(message, &request)).await?).map_err(status)?;
        Ok(([(header::CONTENT_TYPE, "application/json")], json + "\n").into_response())
    }
}

/// Whether a request from this machine is meant for another one: a browser sends it for a page of that name.
pub(crate) fn is_rebound(request: &Request) -> bool {
    let local = request.extensions().get::<ConnectInfo<Peer>>().is_some_and(|peer| peer.0.is_local());
    let Some(host) = request.headers().get(header::HOST).filter(|_| local) else { return false };
    let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    !host.is_some_and(|host| {
        let name = host.host().trim_matches(['[', ']']);
        name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
    })
}

/// What is told is nobody's but the caller's, and no page.
fn careful(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Methods without a route, and why.
    const WITHOUT: [(&str, &str); 18] = [
        ("IngestService/Stream", "takes batches"),
        ("AlertService/Subscribe", "the server keeps the place of a consumer: Watch is for who keeps it"),
        ("AlertService/DeleteConsumer", "changes"),
        ("AlertService/Triage", "changes"),
        ("IntentService/Approve", "changes"),
        ("IntentService/Deny", "changes"),
        ("IntentService/Revoke", "changes"),
        ("IntentService/Apply", "changes"),
        ("BaselineService/Lock", "changes"),
        ("BaselineService/Unlock", "changes"),
        ("BaselineService/Reset", "changes"),
        ("BaselineService/Archive", "changes"),
        ("EnforcementService/Set", "changes"),
        ("EnforcementService/Remove", "changes"),
        ("EnforcementService/Arm", "changes"),
        ("NodeService/Forget", "changes"),
        ("TokenService/Add", "changes"),
        ("TokenService/Remove", "changes"),
    ];

    #[test]
    fn every_method_that_reads_has_a_route_and_none_that_changes() {
        let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
        let all: Vec<_> = pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()).collect();
        let all: BTreeSet<_> = all
            .iter()
            .map(|method| format!("{}/{}", method.parent_service().name(), method.name()))
            .collect();
        let served: BTreeSet<_> = ROUTES.iter().map(|(_, method)| (*method).to_owned()).collect();
        let without: BTreeSet<_> = WITHOUT.iter().map(|(method, _)| (*method).to_owned()).collect();
        assert!(served.is_disjoint(&without));
        assert_eq!(
            &served | &without,
            all,
            "give the method a row in api/table.rs, or say here why it has none"
        );
        assert_eq!(served.len(), ROUTES.len(), "a method is served twice");
    }

    #[test]
    fn every_field_of_a_request_can_be_given_as_a_parameter() {
        fn walk(message: &prost_reflect::MessageDescriptor, before: &str, names: &mut Vec<(String, String)>) {
            for field in message.fields() {
                let name = format!("{before}{}", field.name());
                match field.kind() {
                    prost_reflect::Kind::Message(inner) => walk(&inner, &format!("{name}."), names),
                    prost_reflect::Kind::Bool => names.push((name, "true".to_owned())),
                    prost_reflect::Kind::Enum(of) => {
                        names.push((name, of.get_value(1).unwrap().name().to_owned()))
                    }
                    _ => names.push((name, "7".to_owned())),
                }
            }
        }
        let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
        for (path, method) in ROUTES {
            let call = Call::new(&pool, method, Router::new()).unwrap();
            let mut names = Vec::new();
            walk(&call.input(), "", &mut names);
            let given = names.iter().map(|(name, text)| (name.as_str().into(), text.as_str().into()));
            let message = parameters::message(call.input(), given).unwrap();
            let told = call::json(&message).unwrap();
            for (name, text) in &names {
                let last = name.rsplit('.').next().unwrap();
                assert!(
                    told.contains(&format!("\"{last}\":")) && told.contains(text),
                    "{path} {name}: {told}"
                );
            }
        }
    }
}
