//! An open connection: what is at the other end of it, and when it ends by itself.
//!
//! It ends when the CA of the client's certificate is replaced, and if nobody is let in on it for [`PATIENCE`]: until
//! then it holds one of the few places of handshakes, so that who has no credentials can't take those of who has.
//!
//! Not here: accepting (`listener.rs`), requests (`guard.rs`).

use std::{
    io,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;

use super::{
    AccessError,
    identity::{Identity, of_certificate},
    places::Place,
};
use crate::metrics::Metrics;

/// How long a connection may stand on which nobody was let in yet.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open connection.
pub(crate) struct Connection {
    io: Io,
    peer: Peer,
    /// Done when it is to end.
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
    /// Who the certificate is for, or who has logged in to the console; `None` if nobody is known.
    pub(super) certificate: Option<Result<Arc<Identity>, AccessError>>,
    newcomer: Option<Arc<Newcomer>>,
}

/// What is held until somebody is let in.
#[derive(Debug)]
struct Newcomer {
    place: Mutex<Option<Place>>,
    admitted: CancellationToken,
}

impl Peer {
    /// Whether it is on this machine.
    pub(crate) fn is_local(&self) -> bool {
        self.address.to_canonical().is_loopback()
    }

    /// The same, as somebody who has logged in.
    pub(crate) fn known_as(mut self, identity: Arc<Identity>) -> Self {
        self.certificate = Some(Ok(identity));
        self
    }

    /// Takes in that somebody was let in.
    pub(super) fn admitted(&self) {
        if let Some(newcomer) = &self.newcomer
            && !newcomer.admitted.is_cancelled()
        {
            newcomer.admitted.cancel();
            drop(newcomer.place.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

impl Connection {
    /// In plain text.
    pub(super) fn plain(stream: TcpStream, address: IpAddr, place: Place) -> Self {
        let peer = Peer { address, certificate: None, newcomer: None };
        Self { io: Io::Plain(stream), peer, ended: None, _place: place }
    }

    /// Over TLS, with the place of its handshake if it is to keep it until somebody is let in.
    pub(super) fn over_tls(
        stream: TlsStream<TcpStream>,
        address: IpAddr,
        replaced: CancellationToken,
        (place, handshake): (Place, Option<Place>),
        metrics: Arc<Metrics>,
    ) -> Self {
        let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        let certificate = shown.map(|certificate| of_certificate(certificate).map(Arc::new));
        let by_certificate = certificate.is_some();
        let newcomer = handshake.map(|place| {
            Arc::new(Newcomer { place: Mutex::new(Some(place)), admitted: CancellationToken::new() })
        });
        let admitted = newcomer.as_ref().map(|newcomer| newcomer.admitted.clone());
        let ended = async move {
            if let Some(admitted) = admitted
                && timeout(PATIENCE, admitted.cancelled()).await.is_err()
            {
                metrics.access.connections_refused.with_label_values(&["idle"]).inc();
                return;
            }
            if !by_certificate {
                return std::future::pending().await;
            }
            replaced.cancelled().await;
        };
        let peer = Peer { address, certificate, newcomer };
        Self { io: Io::Tls(Box::new(stream)), peer, ended: Some(Box::pin(ended)), _place: place }
    }

    pub(super) fn address(&self) -> IpAddr {
        self.peer.address
    }

    pub(super) fn peer(&self) -> Peer {
        self.peer.clone()
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
