//! A receiver over HTTP that keeps what it is sent, and answers as a test wants it to.
//!
//! It has a runtime of its own, so that it goes as one that is killed: its connections break off, whatever it owes an answer to.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    serve::Listener,
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// What was sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// Instead of a status: the request is kept and never answered.
pub(crate) const SILENCE: u16 = 0;

type Answer = Arc<dyn Fn(usize, &Request) -> (u16, String) + Send + Sync>;

#[derive(Clone)]
struct Held {
    requests: Arc<Mutex<Vec<Request>>>,
    answer: Answer,
}

pub(crate) struct Receiver {
    pub(crate) address: String,
    held: Held,
    runtime: Option<Runtime>,
}

/// Takes connections over TLS; those that come to nothing are forgotten.
struct TlsListener(TcpListener, TlsAcceptor);

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, from) = self.0.accept().await.unwrap();
            if let Ok(stream) = self.1.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.0.local_addr()
    }
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
        Self::serving(address, None, Arc::new(answer)).await
    }

    /// The same over TLS.
    pub(crate) async fn over_tls(
        config: rustls::ServerConfig,
        answer: impl Fn(usize, &Request) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        Self::serving(None, Some(TlsAcceptor::from(Arc::new(config))), Arc::new(answer)).await
    }

    async fn serving(address: Option<&str>, tls: Option<TlsAcceptor>, answer: Answer) -> Self {
        let runtime = Runtime::new().unwrap();
        let wanted = address.unwrap_or("127.0.0.1:0").to_owned();
        let listener = runtime.spawn(async move { TcpListener::bind(wanted).await.unwrap() }).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let held = Held { requests: Arc::default(), answer };
        let router = Router::new().fallback(take).with_state(held.clone());
        match tls {
            Some(tls) => runtime.spawn(async move {
                axum::serve(TlsListener(listener, tls), router).await.unwrap();
            }),
            None => runtime.spawn(async move { axum::serve(listener, router).await.unwrap() }),
        };
        Self { address, held, runtime: Some(runtime) }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.held.requests.lock().unwrap().clone()
    }

    /// Goes at once; what it was sent.
    pub(crate) async fn stop(mut self) -> Vec<Request> {
        let runtime = self.runtime.take();
        tokio::task::spawn_blocking(move || drop(runtime)).await.unwrap();
        self.requests()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn take(
    State(held): State<Held>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, HeaderMap, String) {
    let request = Request { path: uri.path().to_owned(), headers, body };
    let (status, body) = {
        let mut requests = held.requests.lock().unwrap();
        let answer = (held.answer)(requests.len(), &request);
        requests.push(request);
        answer
    };
    if status == SILENCE {
        std::future::pending::<()>().await;
    }
    let status = StatusCode::from_u16(status).unwrap();
    let mut headers = HeaderMap::from_iter([(axum::http::header::RETRY_AFTER, "1".parse().unwrap())]);
    if status.is_redirection() {
        headers.insert(axum::http::header::LOCATION, body.parse().unwrap());
    }
    (status, headers, body)
}
