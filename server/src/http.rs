//! What machines ask over HTTP: metrics, whether the process lives, whether it serves; and the way to the API and the console.
//!
//! Metrics, `/healthz` and `/readyz` are without credentials: scrapers and probes have none. So nothing is told
//! there that names an image, a container or a node, and where everybody is asked who they are `/readyz` leaves out what was
//! wrong with the store, which does. Not here: anything about images, containers or alerts but their number (`api.rs`, `console.rs`).

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    api::Api,
    console::Console,
    durability::Durability,
    metrics::Metrics,
    security::{Listener, Peer},
    shards::Shards,
    sinks::SinksHealth,
};

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
        api: Api,
        console: Console,
        sinks: SinksHealth,
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
        .fallback(elsewhere)
        .with_state(Shared { metrics, readiness, durability, image_metrics, discreet });
    let serving = axum::serve(listener, router.into_make_service_with_connect_info::<Peer>());
    tokio::select! {
        served = serving => served,
        () = stop.cancelled() => Ok(()),
    }
}

async fn text(State(shared): State<Shared>) -> Response {
    let readiness = shared.readiness.borrow().clone();
    shared.metrics.ready.set(matches!(readiness, Readiness::Yes { .. }).into());
    if let Readiness::Yes { shards, sinks, .. } = readiness {
        sinks.measure();
        if let Ok(Ok(images)) = timeout(PATIENCE, shards.images("")).await {
            shared.metrics.set_images(&images, shared.image_metrics);
            shared.metrics.set_queued("shards", shards.waiting().sum());
            let longest = shards.waiting().max().unwrap_or_default();
            shared.metrics.shard_queued_max.set(i64::try_from(longest).unwrap_or(i64::MAX));
        }
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
        Readiness::Yes { troubles, sinks, .. } => {
            let paused = shared.durability.paused();
            let paused = paused.map_or_else(String::new, |paused| format!("paused: {}\n", paused.why));
            format!("ready\n{paused}{troubles}{}", sinks.lines()).into_response()
        }
        Readiness::No(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

async fn elsewhere(State(shared): State<Shared>, request: Request) -> Response {
    let readiness = shared.readiness.borrow().clone();
    let path = request.uri().path();
    match (readiness, Api::has(path), Console::has(path)) {
        (_, false, false) => StatusCode::NOT_FOUND.into_response(),
        (Readiness::Yes { mut api, .. }, true, _) => api.answer(request).await,
        (Readiness::Yes { mut console, .. }, false, true) => console.answer(request).await,
        (Readiness::No(why), true, _) => Api::away(why),
        (Readiness::No(why), false, true) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};

    use super::*;

    #[tokio::test]
    async fn a_server_that_does_not_serve_says_why_and_when_to_come_again() {
        let metrics = Arc::new(Metrics::new().unwrap());
        let durability = Durability::new(Arc::clone(&metrics));
        let (_ready, readiness) = watch::channel(Readiness::No("opening the store"));
        let shared = Shared { metrics, readiness, durability, image_metrics: 0, discreet: true };
        let asked = Request::get("/api/v1/status").body(Body::empty()).unwrap();
        let answer = elsewhere(State(shared), asked).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()["retry-after"], "1");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let body = to_bytes(answer.into_body(), 4096).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&body["code"], &body["message"]), (&14.into(), &"opening the store; try again".into()));
    }
}
