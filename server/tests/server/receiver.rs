//! A receiver over HTTP that keeps what it is sent, and answers as a test wants it to.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use tokio::net::TcpListener;

/// What was sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

type Answer = Arc<dyn Fn(usize, &Request) -> (u16, String) + Send + Sync>;

#[derive(Clone)]
struct Held {
    requests: Arc<Mutex<Vec<Request>>>,
    answer: Answer,
}

pub(crate) struct Receiver {
    pub(crate) address: String,
    held: Held,
    serving: tokio::task::JoinHandle<()>,
}

impl Receiver {
    /// Serves at an address, or at a free one; answers by the number of the request.
    pub(crate) async fn start(
        address: Option<&str>,
        answer: impl Fn(usize) -> (u16, &'static str) + Send + Sync + 'static,
    ) -> Self {
        Self::answering(address, move |number, _| {
            let (status, body) = answer(number);
            (status, body.to_owned())
        })
        .await
    }

    /// The same by what was sent.
    pub(crate) async fn answering(
        address: Option<&str>,
        answer: impl Fn(usize, &Request) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address.unwrap_or("127.0.0.1:0")).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let held = Held { requests: Arc::default(), answer: Arc::new(answer) };
        let router = Router::new().fallback(take).with_state(held.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, held, serving }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.held.requests.lock().unwrap().clone()
    }

    /// Goes; what it was sent.
    pub(crate) async fn stop(self) -> Vec<Request> {
        self.serving.abort();
        let _ = self.serving.await;
        self.held.requests.lock().unwrap().clone()
    }
}

async fn take(
    State(held): State<Held>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let request = Request { path: uri.path().to_owned(), headers, body };
    let mut requests = held.requests.lock().unwrap();
    let (status, body) = (held.answer)(requests.len(), &request);
    requests.push(request);
    (StatusCode::from_u16(status).unwrap(), [("retry-after", "1")], body)
}
