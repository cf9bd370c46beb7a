//! NATS: a message for each change, published to a stream of JetStream, which acknowledges what it holds.
//!
//! Invariants: the subject is the setting's, then the verdict, four words, so that no container has a say in it. Nothing counts as
//! taken before the stream has acknowledged it, and `Nats-Msg-Id` (alert, revision and cursor) is the same each time, so that within
//! the stream's window nothing is there twice. A batch is on its way at once; when it fails and is sent again, what the stream had
//! already keeps its place, so the order can differ then.
//!
//! A connection is used until something fails or a secret or certificate is another; the next attempt makes a new one. Only servers
//! that the settings name are asked: one that tells of others could lead the secret astray. Not here: streams, which are the
//! operator's to make.

use std::{error::Error as _, path::PathBuf, sync::Arc, time::Duration};

use async_nats::{
    Client, ConnectErrorKind, ConnectOptions, Event, ServerAddr,
    jetstream::{
        self, ErrorCode,
        context::{PublishError, PublishErrorKind},
        message::PublishMessage,
    },
};
use rustls::ClientConfig;
use tokio_util::sync::CancellationToken;

use super::{
    advice::explained,
    change::Change,
    failure::Failure,
    format::{Format, verdict},
    secret::Secret,
    tls::Tls,
};
use crate::config::{NatsSettings, SinkSettings};

pub(super) struct Nats {
    servers: Vec<ServerAddr>,
    subject: String,
    format: Format,
    tls: Tls,
    user: Option<String>,
    token_file: Option<PathBuf>,
    creds_file: Option<PathBuf>,
    timeout: Duration,
    batch: usize,
    connected: Option<Connected>,
}

struct Connected {
    stream: jetstream::Context,
    /// Cancelled once the connection is broken: what was not acknowledged by then never is.
    broken: CancellationToken,
    /// What it was made with.
    with: With,
}

#[derive(Clone)]
struct With {
    config: Arc<ClientConfig>,
    token: Option<Secret>,
    creds: Option<Secret>,
}

impl std::fmt::Debug for Nats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nats").field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl Nats {
    pub(super) fn new(settings: &SinkSettings, own: &NatsSettings) -> Result<Self, String> {
        let connection = &settings.connection;
        let url = connection.url.as_deref().unwrap_or_default();
        Ok(Self {
            servers: servers(url)?,
            subject: own.subject.clone(),
            format: own.format,
            tls: Tls::new(connection)?.0,
            user: own.user.clone(),
            token_file: connection.token_file.clone(),
            creds_file: own.creds_file.clone(),
            timeout: settings.timeout,
            batch: settings.batch,
            connected: None,
        })
    }

    pub(super) async fn send(&mut self, changes: &[Change]) -> Result<(), Failure> {
        let with = self.with().await?;
        // It is put back when all is well: one that failed, or that nobody waited for, is not used again.
        let connected = match self.connected.take() {
            Some(connected) if connected.with.is(&with) && !connected.broken.is_cancelled() => connected,
            _ => self.connect(with).await?,
        };
        tokio::select! {
            biased;
            published = self.publish(&connected.stream, changes) => published?,
            () = connected.broken.cancelled() => {
                return Err(Failure::again("the connection broke before all was acknowledged"));
            }
        }
        self.connected = Some(connected);
        Ok(())
    }

    async fn publish(&self, stream: &jetstream::Context, changes: &[Change]) -> Result<(), Failure> {
        let mut acknowledgements = Vec::with_capacity(changes.len());
        for change in changes {
            let alert = &change.alert;
            let subject = format!("{}.{}", self.subject, verdict(alert));
            let id = format!("{}-{}-{}", alert.id, alert.revision, change.cursor);
            let message = PublishMessage::build().payload(self.format.text(change).into()).message_id(id);
            let sent = stream.send_publish(subject, message).await;
            acknowledgements.push(sent.map_err(|error| self.failure(&error))?);
        }
        for acknowledgement in acknowledgements {
            acknowledgement.await.map_err(|error| self.failure(&error))?;
        }
        Ok(())
    }

    /// What a connection made now would be made with.
    async fn with(&self) -> Result<With, Failure> {
        let secret = async |path: Option<&PathBuf>, whole| match path {
            Some(path) if whole => Secret::read_whole(path).await.map(Some),
            Some(path) => Secret::read(path).await.map(Some),
            None => Ok(None),
        };
        Ok(With {
            config: self.tls.current().await,
            token: secret(self.token_file.as_ref(), false).await?,
            creds: secret(self.creds_file.as_ref(), true).await?,
        })
    }

    async fn connect(&self, with: With) -> Result<Connected, Failure> {
        let broken = CancellationToken::new();
        let told = broken.clone();
        let mut options = ConnectOptions::new()
            .name("plumbline")
            .tls_client_config((*with.config).clone())
            .connection_timeout(self.timeout)
            .max_reconnects(self.servers.len())
            .ignore_discovered_servers()
            .client_capacity(self.batch)
            .event_callback(move |event| {
                if matches!(event, Event::Disconnected | Event::LameDuckMode | Event::Closed) {
                    told.cancel();
                }
                std::future::ready(())
            });
        if let Some(token) = &with.token {
            options = match &self.user {
                Some(user) => options.user_and_password(user.clone(), token.expose().to_owned()),
                None => options.token(token.expose().to_owned()),
            };
        }
        if let Some(creds) = &with.creds {
            // What is wrong with it is not said: nothing of it is to be in a message.
            options = options.credentials(creds.expose()).map_err(|_| {
                Failure::again(
                    "creds_file: a JWT and a seed belong here, as `nsc generate creds` writes them",
                )
            })?;
        }
        let client: Client = options.connect(&*self.servers).await.map_err(|error| match error.kind() {
            ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => Failure::Denied {
                why: "the server does not let us in; check token_file, user and creds_file".to_owned(),
            },
            _ => Failure::again(explained(&error)),
        })?;
        let stream =
            jetstream::ContextBuilder::new().timeout(self.timeout).max_ack_inflight(self.batch).build(client);
        Ok(Connected { stream, broken, with })
    }

    fn failure(&self, error: &PublishError) -> Failure {
        let stream = || format!("a stream of JetStream is needed with the subjects {}.>", self.subject);
        let said = error.source().and_then(|source| source.downcast_ref::<jetstream::Error>());
        match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => Failure::Refused { why: explained(error) },
            PublishErrorKind::StreamNotFound => Failure::again(format!("nobody takes it: {}", stream())),
            PublishErrorKind::TimedOut => Failure::again(format!("no acknowledgement; {}", stream())),
            _ if said.is_some_and(|said| said.error_code() == ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM) => {
                Failure::Refused { why: explained(error) }
            }
            _ => Failure::again(explained(error)),
        }
    }
}

impl With {
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.config, &other.config) && (&self.token, &self.creds) == (&other.token, &other.creds)
    }
}

/// Servers of one cluster: `nats://a:4222,nats://b:4222`.
fn servers(url: &str) -> Result<Vec<ServerAddr>, String> {
    let one = |url: &str| {
        let server: ServerAddr = url.trim().parse().map_err(|_| "url: no address".to_owned())?;
        match (server.scheme(), server.has_user_pass()) {
            (_, true) => Err("url: a user does not belong here; use user and token_file".to_owned()),
            ("nats" | "tls", false) if url.contains("://") => Ok(server),
            _ => Err("url: it begins with tls:// or nats://".to_owned()),
        }
    };
    url.split(',').map(one).collect()
}
