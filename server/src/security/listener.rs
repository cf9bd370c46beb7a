//! Connections: accepted, brought through the TLS handshake, and handed to who serves them.
//!
//! Whoever connects and says nothing costs little and not for long: handshakes have a time limit, and they and open
//! connections are bounded in all and for each address (`places.rs`). What finds no place is closed at once and counted.
//!
//! Not here: what becomes of an open connection (`connection.rs`).

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{extract::connect_info, serve::IncomingStream};
use futures_util::stream::{Stream, unfold};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    Protocol, Tls,
    connection::{Connection, Peer},
    places::{Place, Places},
};
use crate::metrics::Metrics;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Handshakes, and connections to gRPC on which nobody was let in yet, in all and from one address.
const MAX_HANDSHAKES: (usize, usize) = (1024, 128);
/// Open connections, in all and from one address: more than there are places for streams and watchers.
const MAX_CONNECTIONS: (usize, usize) = (4096, 1024);
/// How long what was sent to a client may be left untaken. The kernel looks when it probes, so it can take twice as long. A
/// stream of HTTP/2 is asked whether it lives besides; of HTTP/1.1 nothing else ends who does not read.
const UNTAKEN: Duration = Duration::from_secs(30);
/// Pause when the kernel gives no connection, such as for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// A listening socket.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: TcpListener,
    tls: Option<(Arc<Tls>, Protocol)>,
    metrics: Arc<Metrics>,
    handshakes: JoinSet<Option<Connection>>,
    pending: Arc<Places>,
    open: Arc<Places>,
}

impl Listener {
    pub(crate) fn new(
        socket: TcpListener,
        tls: Option<Arc<Tls>>,
        protocol: Protocol,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            socket,
            tls: tls.map(|tls| (tls, protocol)),
            metrics,
            handshakes: JoinSet::new(),
            pending: Places::new(MAX_HANDSHAKES),
            open: Places::new(MAX_CONNECTIONS),
        }
    }

    /// The next connection that is ready to be served. Nothing is lost if it is not waited for.
    pub(crate) async fn accept(&mut self) -> Connection {
        loop {
            tokio::select! {
                accepted = self.socket.accept() => match accepted {
                    Ok((stream, address)) => {
                        if let Some(connection) = self.admit(stream, address) {
                            return connection;
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection; raise the limit of open files if that is it");
                        sleep(PAUSE).await;
                    }
                },
                Some(done) = self.handshakes.join_next() => match done {
                    Ok(Some(connection)) => return connection,
                    Ok(None) => {}
                    Err(error) => tracing::error!(%error, "a handshake failed by a mistake of ours"),
                },
            }
        }
    }

    /// Connections for tonic.
    pub(crate) fn into_stream(self) -> impl Stream<Item = io::Result<Connection>> {
        unfold(self, |mut listener| async move { Some((Ok(listener.accept().await), listener)) })
    }

    /// Takes a place, and begins the handshake if there is to be one.
    fn admit(&mut self, stream: TcpStream, address: SocketAddr) -> Option<Connection> {
        let address = address.ip();
        let refused = |what: &'static str| {
            self.metrics.access.connections_refused.with_label_values(&[what]).inc();
            tracing::debug!(%address, what, "no place for a connection");
        };
        let Some(place) = Place::take(&self.open, address) else {
            refused("connections");
            return None;
        };
        let _ = stream.set_nodelay(true); // only slower without
        let untaken = u32::try_from(UNTAKEN.as_millis()).unwrap_or(u32::MAX);
        let _ = rustix::net::sockopt::set_tcp_user_timeout(&stream, untaken); // then its place is taken for longer
        let Some((tls, protocol)) = &self.tls else {
            return Some(Connection::plain(stream, address, place));
        };
        let Some(pending) = Place::take(&self.pending, address) else {
            refused("handshakes");
            return None;
        };
        let (acceptor, replaced) = tls.acceptor(*protocol);
        // Over HTTP probes and scrapers come as well, who are never let in.
        let keeps = matches!(protocol, Protocol::Grpc);
        let metrics = Arc::clone(&self.metrics);
        self.handshakes.spawn(async move {
            let failed = |why: &str| {
                metrics.access.handshakes_failed.inc();
                tracing::debug!(%address, why, "a TLS handshake failed");
            };
            match timeout(HANDSHAKE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => {
                    let places = (place, Some(pending).filter(|_| keeps));
                    Some(Connection::over_tls(stream, address, replaced, places, metrics))
                }
                Ok(Err(error)) => {
                    failed(&error.to_string());
                    None
                }
                Err(_) => {
                    failed("it took too long");
                    None
                }
            }
        });
        None
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = IpAddr;

    async fn accept(&mut self) -> (Connection, IpAddr) {
        let connection = Self::accept(self).await;
        let address = connection.address();
        (connection, address)
    }

    fn local_addr(&self) -> io::Result<IpAddr> {
        self.socket.local_addr().map(|address| address.ip())
    }
}

impl connect_info::Connected<IncomingStream<'_, Listener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().peer()
    }
}
