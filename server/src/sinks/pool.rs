//! Connections by HTTP, kept between requests and made anew with certificates that were renewed.
//!
//! HTTP/1.1 for what takes JSON, HTTP/2 for gRPC. Not here: requests (`http.rs`, `otlp.rs`).

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use http_body::Body;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::ClientConfig;

use super::tls::Tls;
use crate::{config::Connection, session::locked};

/// How long a connection is kept that nothing goes over.
const IDLE: Duration = Duration::from_secs(30);

/// After this much silence the other side of HTTP/2 is asked whether it lives, and then has as long to say so.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// What sends requests with such bodies.
pub(super) type Connections<B> = Client<HttpsConnector<HttpConnector>, B>;

/// What is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    Http1,
    Http2,
}

pub(super) struct Pool<B> {
    tls: Tls,
    version: Version,
    held: Mutex<Held<B>>,
}

struct Held<B> {
    config: Arc<ClientConfig>,
    connections: Connections<B>,
}

impl<B> fmt::Debug for Pool<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("tls", &self.tls).field("version", &self.version).finish_non_exhaustive()
    }
}

impl<B> Pool<B>
where
    B: Body + Send + 'static + Unpin,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    /// Fails if a file of certificates can't be used, and says which.
    pub(super) fn new(connection: &Connection, version: Version) -> Result<Self, String> {
        let (tls, config) = Tls::new(connection)?;
        let held = Mutex::new(Held { connections: connections(&config, version), config });
        Ok(Self { tls, version, held })
    }

    /// Connections with the newest certificates.
    pub(super) async fn current(&self) -> Connections<B> {
        let config = self.tls.current().await;
        let mut held = locked(&self.held);
        if !Arc::ptr_eq(&held.config, &config) {
            *held = Held { connections: connections(&config, self.version), config };
        }
        held.connections.clone()
    }
}

fn connections<B>(config: &ClientConfig, version: Version) -> Connections<B>
where
    B: Body + Send + 'static + Unpin,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let connector = HttpsConnectorBuilder::new().with_tls_config(config.clone()).https_or_http();
    let connector = match version {
        Version::Http1 => connector.enable_http1().build(),
        Version::Http2 => connector.enable_http2().build(),
    };
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .http2_only(version == Version::Http2)
        // All requests share a connection: without it one whose other side has vanished would be used until TCP gives up.
        .http2_keep_alive_interval(KEEPALIVE)
        .http2_keep_alive_timeout(KEEPALIVE)
        .build(connector)
}
