//! Syslog: RFC 5424 over UDP, over TCP with octet counting (RFC 6587), and over TLS (RFC 5425).
//!
//! Syslog has no acknowledgement: what a connection takes may be lost when the other side dies. So before a batch is sent it is
//! looked at whether the other side has closed, and each batch is flushed; what was in its socket when it died is lost. By UDP
//! nothing is known at all. Messages begin without the byte order mark, which parsers of CEF do not expect.

use std::{io, sync::Arc, time::Duration};

use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{
    advice::explained,
    change::Change,
    failure::Failure,
    format::{Format, changed_unix_ns, cut},
    tls::Tls,
};
use crate::{
    config::{Connection, SyslogSettings},
    severity::Severity,
};

/// local0, as devices take it.
const FACILITY: u8 = 16;
/// A datagram that everything takes, less what the header needs.
const MAX_DATAGRAM_BYTES: usize = 8000;
/// How long a test listens for it.
const TEST: Duration = Duration::from_secs(1);
/// How long ending a connection may take.
const END: Duration = Duration::from_secs(1);
/// How long it is listened for the other side's end before something is sent.
const LISTEN: Duration = Duration::from_millis(1);

pub(super) struct Syslog {
    format: Format,
    to: To,
    host: String,
    port: u16,
    connected: Option<Connected>,
}

enum To {
    Udp,
    Tcp,
    Tls { tls: Tls, config: Arc<ClientConfig> },
}

enum Connected {
    Udp(UdpSocket),
    Stream(Box<dyn Stream>),
}

trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for S {}

impl std::fmt::Debug for Syslog {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Syslog").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

impl Syslog {
    pub(super) fn new(connection: &Connection, settings: &SyslogSettings) -> Result<Self, String> {
        let url = connection.url.as_deref().ok_or("a syslog needs url, such as tls://logs.example:6514")?;
        let uri: axum::http::Uri =
            url.trim_end_matches('/').parse().map_err(|_| "url: no address".to_owned())?;
        let (to, port) = match uri.scheme_str() {
            Some("udp") => (To::Udp, 514),
            Some("tcp") => (To::Tcp, 514),
            Some("tls") => {
                let (tls, config) = Tls::new(connection)?;
                (To::Tls { tls, config }, 6514)
            }
            _ => return Err("url: it begins with udp://, tcp:// or tls://".to_owned()),
        };
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        Ok(Self { format: settings.format, to, host, port: uri.port_u16().unwrap_or(port), connected: None })
    }

    pub(super) async fn send(&mut self, changes: &[Change]) -> Result<(), Failure> {
        let told =
            |error: io::Error| Failure::again(format!("{}:{}: {}", self.host, self.port, explained(&error)));
        if let To::Tls { tls, config } = &mut self.to {
            let newest = tls.current().await;
            if !Arc::ptr_eq(config, &newest) {
                *config = newest;
                end(self.connected.take()).await; // it was made with the old ones
            }
        }
        let mut connected = match self.connected.take() {
            Some(connected) => connected,
            None => self.connect().await.map_err(told)?,
        };
        if let Connected::Stream(stream) = &mut connected
            && is_closed(stream).await
        {
            connected = self.connect().await.map_err(told)?;
        }
        match &mut connected {
            Connected::Udp(socket) => {
                for change in changes {
                    socket
                        .send(cut(&message(self.format, change), MAX_DATAGRAM_BYTES).as_bytes())
                        .await
                        .map_err(told)?;
                }
            }
            Connected::Stream(stream) => {
                let counted = |message: String| format!("{} {message}", message.len());
                let frames: String =
                    changes.iter().map(|change| counted(message(self.format, change))).collect();
                stream.write_all(frames.as_bytes()).await.map_err(told)?;
                stream.flush().await.map_err(told)?;
            }
        }
        self.connected = Some(connected);
        Ok(())
    }

    /// Sends some and listens for a refusal: by TLS that of our certificate comes only after it was sent.
    pub(super) async fn test(&mut self, changes: &[Change]) -> Result<(), Failure> {
        self.send(changes).await?;
        let Some(Connected::Stream(stream)) = &mut self.connected else { return Ok(()) };
        let ended = match timeout(TEST, stream.read(&mut [0; 256])).await {
            Err(_) | Ok(Ok(1..)) => {
                self.close().await;
                return Ok(());
            }
            Ok(Ok(0)) => "it closed the connection".to_owned(),
            Ok(Err(error)) => explained(&error),
        };
        Err(Failure::again(format!("{}:{}: {ended}", self.host, self.port)))
    }

    /// Ends the connection as its protocol has it; else a TLS receiver takes it for one that was cut off.
    pub(super) async fn close(&mut self) {
        end(self.connected.take()).await;
    }

    async fn connect(&self) -> io::Result<Connected> {
        let address = (self.host.as_str(), self.port);
        match &self.to {
            To::Udp => {
                let to = tokio::net::lookup_host(address).await?.next();
                let to = to.ok_or_else(|| io::Error::other("the name has no address"))?;
                let from: std::net::IpAddr = if to.is_ipv4() { [0; 4].into() } else { [0u16; 8].into() };
                let socket = UdpSocket::bind((from, 0)).await?;
                socket.connect(to).await?;
                Ok(Connected::Udp(socket))
            }
            To::Tcp => Ok(Connected::Stream(Box::new(TcpStream::connect(address).await?))),
            To::Tls { config, .. } => {
                let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
                let connector = TlsConnector::from(Arc::clone(config));
                let stream = connector.connect(name, TcpStream::connect(address).await?).await?;
                Ok(Connected::Stream(Box::new(stream)))
            }
        }
    }
}

/// Ends a connection; one whose other side is stuck not for long.
async fn end(connected: Option<Connected>) {
    if let Some(Connected::Stream(mut stream)) = connected {
        let _ = timeout(END, stream.shutdown()).await;
    }
}

/// Whether the other side has closed. It has nothing else to say, and what it says is thrown away.
async fn is_closed(stream: &mut Box<dyn Stream>) -> bool {
    let mut said = [0; 256];
    !matches!(timeout(LISTEN, stream.read(&mut said)).await, Err(_) | Ok(Ok(1..)))
}

/// A message as RFC 5424 has it.
fn message(format: Format, change: &Change) -> String {
    let alert = &change.alert;
    let severity: u8 = match Severity::of(alert) {
        Severity::Informational => 6,
        Severity::Low => 5,
        Severity::Medium => 4,
        Severity::High => 3,
        Severity::Critical => 2,
    };
    let ns = changed_unix_ns(alert);
    let time = super::format::rfc3339(ns - ns % 1000); // it has microseconds at most
    format!(
        "<{}>1 {time} {} plumbline - {} - {}",
        FACILITY * 8 + severity,
        header(&alert.node, 255),
        super::format::verdict(alert),
        format.text(change)
    )
}

/// A part of the header: visible ASCII, or a dash.
fn header(text: &str, bytes: usize) -> String {
    let visible: String = text.chars().filter(char::is_ascii_graphic).take(bytes).collect();
    if visible.is_empty() { "-".to_owned() } else { visible }
}
