//! The console: what people look at alerts with, and decide, in a browser.
//!
//! Pages are made here and work without script; what script there is moves the eye and shows what changed. All that a page
//! tells or does is asked of the services that gRPC serves, behind the same guard (`visitor.rs`), so that roles, bounds,
//! audit and errors are theirs. Pages, style and script are in the program, and a page may load nothing else: what comes
//! from containers is escaped by one escaper ([`Visible`]), and were it not, a browser would still run none of it.
//!
//! Nothing is changed but by a form that was made for who sends it. Not here: the JSON API (`api.rs`).

mod changes;
mod curve;
mod decide;
mod enforcement;
mod failure;
mod feed;
mod filters;
mod fleet;
mod image;
mod images;
mod incident;
mod login;
mod revoke;
mod sessions;
mod similar;
mod started;
mod text;
mod tree;
mod upkeep;
mod visitor;

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use rustix::rand::{GetRandomFlags, getrandom};
use tonic::codegen::Service;

use crate::{
    api::is_rebound,
    security::Guard,
    status::{ApiError, status},
};
use failure::Failure;
use sessions::Sessions;

pub(crate) use text::Visible;

/// Longest form.
const MAX_FORM_BYTES: usize = 64 << 10;

/// What each answer says to the browser. Nothing is loaded, sent or framed but what is ours, and no page is kept: the next
/// one at the machine may be somebody else. Without a referrer browsers would not say where a form comes from.
const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];

/// All pages.
#[derive(Clone, Debug)]
pub(crate) struct Console {
    routes: Router,
    /// Whether anybody is asked who they are.
    asks: bool,
}

/// What all pages share.
#[derive(Clone, Debug)]
struct Shared {
    /// Those of gRPC, behind their guard.
    services: Router,
    guard: Arc<Guard>,
    sessions: Arc<Mutex<Sessions>>,
    /// Of this run; what marks a form as ours is made of it.
    secret: [u8; 32],
    /// Whether browsers come by TLS.
    tls: bool,
}

impl Console {
    /// `services`: those of gRPC, behind their guard.
    pub(crate) fn new(services: &Router, guard: &Arc<Guard>, tls: bool) -> io::Result<Self> {
        let shared = Shared {
            services: services.clone(),
            guard: Arc::clone(guard),
            sessions: Arc::default(),
            secret: random()?,
            tls,
        };
        let file = |kind: &'static str, text: &'static str| {
            get(async move || ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], text))
        };
        let routes = Router::new()
            .route("/", get(async || Redirect::to("/console/alerts")))
            .route("/console", get(async || Redirect::to("/console/alerts")))
            .route("/console/login", get(login::page).post(login::log_in))
            .route("/console/logout", post(login::log_out))
            .route("/console/alerts", get(feed::page))
            .route("/console/alerts/live", get(feed::live))
            .route("/console/alerts/{id}", get(incident::page))
            .route("/console/alerts/{id}/decide", post(decide::decide))
            .route("/console/alerts/{id}/triage", post(changes::triage))
            .route("/console/together", post(changes::together))
            .route("/console/images", get(images::list))
            .route("/console/images/{image}", get(image::page))
            .route("/console/images/{image}/upkeep", get(upkeep::page).post(upkeep::change))
            .route("/console/decisions/{id}", get(revoke::page).post(revoke::revoke))
            .route("/console/fleet", get(fleet::page))
            .route("/console/enforcement", get(enforcement::page).post(enforcement::switch))
            .route(
                "/console/console.css",
                file("text/css; charset=utf-8", include_str!("../templates/console.css")),
            )
            .route(
                "/console/console.js",
                file("text/javascript; charset=utf-8", include_str!("../templates/console.js")),
            )
            .route("/console/icon.svg", file("image/svg+xml", include_str!("../templates/icon.svg")))
            .fallback(async || Failure::from(status(ApiError::NoPath)))
            .with_state(shared);
        Ok(Self { routes, asks: guard.asks() })
    }

    /// Whether it answers a path.
    pub(crate) fn has(path: &str) -> bool {
        path == "/" || path == "/console" || path.starts_with("/console/")
    }

    pub(crate) async fn answer(&mut self, request: Request) -> Response {
        let mut answer = if !self.asks && is_rebound(&request) {
            Failure::from(status(ApiError::Host)).into_response()
        } else {
            let Ok(answer) = self.routes.call(request).await;
            answer
        };
        for (name, value) in HEADERS {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        answer
    }
}

/// 256 random bits.
fn random() -> io::Result<[u8; 32]> {
    let mut random = [0; 32];
    match getrandom(&mut random, GetRandomFlags::empty())? {
        32 => Ok(random),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
