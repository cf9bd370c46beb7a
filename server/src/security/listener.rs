//! Connections: accepted, brought through the TLS handshake, and handed to who serves them.
//!
//! Whoever connects and says nothing costs little and not for long: handshakes have a time limit, and they and open
//! connections are bounded in all and for each address, so that one address can't take the places of the others. What finds
//! no place is closed at once and counted. A connection whose client certificate expires, or whose CA is replaced, is
//! closed.
//!
//! Not here: requests (`guard.rs`).

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use futures_util::stream::{Stream, unfold};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;

use super::{
    AccessError, Protocol, Tls,
    identity::{Identity, of_certificate},
    lockout::network,
    tokens::now_unix_s,
};
use crate::metrics::Metrics;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Handshakes at once, in all and from one address.
const MAX_HANDSHAKES: (usize, usize) = (512, 64);
/// Open connections, in all and from one address: more than there are places for streams and watchers.
const MAX_CONNECTIONS: (usize, usize) = (4096, 1024);
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

/// An open connection.
pub(crate) struct Connection {
    io: Io,
    peer: Peer,
    /// Done when the client's certificate holds no longer.
    ended: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    _place: Place,
}

enum Io {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Who is at the other end.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(super) address: IpAddr,
    /// Who the certificate is for; `None` if none was shown.
    pub(super) certificate: Option<Result<Arc<Identity>, AccessError>>,
}

impl Listener {
    pub(crate) fn new(
        socket: TcpListener,
        tls: Option<Arc<Tls>>,
        protocol: Protocol,
        metrics: Arc<Metrics>,
    ) -> Self {
        let places = |max| Arc::new(Places { max, taken: Mutex::default() });
        Self {
            socket,
            tls: tls.map(|tls| (tls, protocol)),
            metrics,
            handshakes: JoinSet::new(),
            pending: places(MAX_HANDSHAKES),
            open: places(MAX_CONNECTIONS),
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
            self.metrics.connections_refused.with_label_values(&[what]).inc();
            tracing::debug!(%address, what, "no place for a connection");
        };
        let Some(place) = Place::take(&self.open, address) else {
            refused("connections");
            return None;
        };
        let _ = stream.set_nodelay(true); // only slower without
        let Some((tls, protocol)) = &self.tls else {
            let peer = Peer { address, certificate: None };
            return Some(Connection { io: Io::Plain(stream), peer, ended: None, _place: place });
        };
        let Some(pending) = Place::take(&self.pending, address) else {
            refused("handshakes");
            return None;
        };
        let (acceptor, replaced) = tls.acceptor(*protocol);
        let metrics = Arc::clone(&self.metrics);
        self.handshakes.spawn(async move {
            let _pending = pending;
            let failed = |why: &str| {
                metrics.handshakes_failed.inc();
                tracing::debug!(%address, why, "a TLS handshake failed");
            };
            match timeout(HANDSHAKE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => Some(Connection::over_tls(stream, address, replaced, place)),
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
        let address = connection.peer.address;
        (connection, address)
    }

    fn local_addr(&self) -> io::Result<IpAddr> {
        self.socket.local_addr().map(|address| address.ip())
    }
}

impl Connection {
    fn over_tls(
        stream: TlsStream<TcpStream>,
        address: IpAddr,
        replaced: CancellationToken,
        place: Place,
    ) -> Self {
        let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        let certificate = shown.map(|certificate| of_certificate(certificate).map(Arc::new));
        let ended = certificate.is_some().then(|| {
            let expires = match &certificate {
                Some(Ok(identity)) => identity.expires_unix_s.unwrap_or(u64::MAX),
                _ => u64::MAX,
            };
            let left = Duration::from_secs(expires.saturating_sub(now_unix_s()));
            let ended: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async move {
                tokio::select! {
                    () = replaced.cancelled() => {}
                    () = sleep(left) => {}
                }
            });
            ended
        });
        Self { io: Io::Tls(Box::new(stream)), peer: Peer { address, certificate }, ended, _place: place }
    }
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(ended) = &mut self.ended
            && ended.as_mut().poll(cx).is_ready()
        {
            self.ended = Some(Box::pin(std::future::ready(()))); // it may be asked again
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Io::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Io::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Io::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.io {
            Io::Plain(stream) => stream.is_write_vectored(),
            Io::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Io::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Io::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// Places, in all and for each address.
#[derive(Debug)]
struct Places {
    max: (usize, usize),
    taken: Mutex<(usize, HashMap<IpAddr, usize>)>,
}

/// A place that is taken; given back when dropped.
#[derive(Debug)]
struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Place {
    fn take(places: &Arc<Places>, address: IpAddr) -> Option<Self> {
        let address = network(address);
        let mut taken = places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, by_address) = &mut *taken;
        if *all >= places.max.0 || by_address.get(&address).is_some_and(|own| *own >= places.max.1) {
            return None;
        }
        *all += 1;
        *by_address.entry(address).or_default() += 1;
        Some(Self { places: Arc::clone(places), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, by_address) = &mut *taken;
        *all = all.saturating_sub(1);
        if let Some(own) = by_address.get_mut(&self.address) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_the_places_of_another_and_none_is_kept() {
        let places = Arc::new(Places { max: (3, 2), taken: Mutex::default() });
        let take = |last: u8| Place::take(&places, [192, 0, 2, last].into());
        let held = [take(1), take(1)];
        assert!(held.iter().all(Option::is_some) && take(1).is_none());
        let other = take(2);
        assert!(other.is_some() && take(3).is_none(), "there are three in all");
        drop((held, other));
        assert!(take(1).is_some());
        assert!(places.taken.lock().unwrap().1.is_empty());
    }
}
