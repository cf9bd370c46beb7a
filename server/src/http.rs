//! What machines ask over HTTP: metrics, whether the process lives, whether it serves.
//!
//! Read-only, and without credentials: scrapers and probes have none. So nothing is told that names an image, a container
//! or a node, and where everybody is asked who they are `/readyz` leaves out what was wrong with the store, which does.
//! Not here: anything about images, containers or alerts but their number.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{durability::Durability, metrics::Metrics, security::Listener, shards::Shards};

/// How long a scrape waits for the shards to count their images; the rest is told without them.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether the server serves.
#[derive(Clone, Debug)]
pub(crate) enum Readiness {
    /// Not yet or no longer, and why.
    No(&'static str),
    /// It does, and the shards are these.
    Yes {
        shards: Shards,
        /// What was wrong with the store when it was opened, a line each.
        troubles: Arc<str>,
    },
}

#[derive(Clone, Debug)]
struct Shared {
    metrics: Arc<Metrics>,
    readiness: watch::Receiver<Readiness>,
    durability: Durability,
    /// Images that have metrics of their own, at most.
    image_metrics: usize,
    /// Say no more than that it is ready.
    discreet: bool,
}

/// Serves until `stop`.
pub(crate) async fn serve(
    listener: Listener,
    metrics: Arc<Metrics>,
    readiness: watch::Receiver<Readiness>,
    durability: Durability,
    image_metrics: usize,
    discreet: bool,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let router = Router::new()
        .route("/metrics", get(text))
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .with_state(Shared { metrics, readiness, durability, image_metrics, discreet });
    let serving = axum::serve(listener, router);
    tokio::select! {
        served = serving => served,
        () = stop.cancelled() => Ok(()),
    }
}

async fn text(State(shared): State<Shared>) -> Response {
    let readiness = shared.readiness.borrow().clone();
    if let Readiness::Yes { shards, .. } = readiness
        && let Ok(Ok(images)) = timeout(PATIENCE, shards.images("")).await
    {
        shared.metrics.set_images(&images, shared.image_metrics);
        shared.metrics.set_queued("shards", shards.waiting());
    }
    match shared.metrics.text() {
        Ok(text) => ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn ready(State(shared): State<Shared>) -> Response {
    match &*shared.readiness.borrow() {
        Readiness::Yes { .. } if shared.discreet => "ready\n".into_response(),
        // Also while nothing can be made durable: alerts can be read, and collectors know by themselves.
        Readiness::Yes { troubles, .. } => {
            let paused = shared.durability.paused();
            let paused = paused.map_or_else(String::new, |paused| format!("paused: {}\n", paused.why));
            format!("ready\n{paused}{troubles}").into_response()
        }
        Readiness::No(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}
