//! Sends the queue's batches to a server and settles what it acknowledges; for ever, whatever the server does.
//!
//! After each connect the server says what it already holds, and everything after that is sent again. Pauses
//! between attempts grow and are jittered, so that a thousand collectors do not come back at once.

use crate::{
    enforce::Exchange,
    metrics::Metrics,
    pipeline::clocks,
    queue::{self, Queue},
    spool::segment::Session,
    tls::Tls,
};
use plumbline_proto::v1::{
    ClockAnswer, ClockQuestion, EnforcementState, Frame, Hello, IngestRequest, IngestResponse,
    ingest_request, ingest_response, ingest_service_client::IngestServiceClient,
};
use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Code, Request, Status, Streaming,
    transport::{Channel, Endpoint, Uri},
};

const PROTOCOL_VERSION: u32 = 1;
/// First and longest pause between attempts.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));
/// Frames handed to the connection before it has sent them; HTTP/2 holds back the rest.
const IN_FLIGHT: usize = 8;

/// Everything the stream needs.
pub(crate) struct Sender {
    /// Tried in turn; never empty.
    pub(crate) servers: Vec<Endpoint>,
    pub(crate) tls: Tls,
    /// How often to look whether the files of `tls` have been renewed while a connection stands.
    pub(crate) renewal: Duration,
    pub(crate) node: String,
    /// Unix time at boot by which the times of events are told; `None` if a tool tells them by the machine's clock.
    pub(crate) boot_unix_ns: Option<u64>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) metrics: Arc<Metrics>,
    /// Where policies go and what is enforced comes from, if the collector takes any.
    pub(crate) enforcement: Option<Exchange>,
}

impl Sender {
    /// Runs until the queue is closed and everything in it is settled.
    pub(crate) async fn run(self) {
        let mut pause = PAUSES.0;
        let begin = (random() * self.servers.len() as f64) as usize;
        let mut turns = self.servers.iter().cycle().skip(begin);
        let Some(mut server) = turns.next() else { return };
        loop {
            tokio::select! {
                () = self.queue.drained() => return,
                result = self.connect(server, &mut pause) => {
                    self.metrics.connected.store(false, Ordering::Relaxed);
                    // A session is done with; the next one follows at once.
                    let Err(status) = result else { continue };
                    report(&status, server.uri(), pause);
                    server = turns.next().unwrap_or(server);
                    // A server that does not know this version will not learn it in a second.
                    if matches!(status.code(), Code::InvalidArgument | Code::FailedPrecondition) {
                        pause = PAUSES.1;
                    }
                },
            }
            tokio::select! {
                () = self.queue.drained() => return,
                () = tokio::time::sleep(jittered(pause)) => {}
            }
            pause = (2 * pause).min(PAUSES.1);
        }
    }

    /// Sends one session, up to its end or a gap in it.
    async fn connect(&self, server: &Endpoint, pause: &mut Duration) -> Result<(), Status> {
        self.tls.reload();
        let channel = connected(&self.tls, server).await?;
        let session = self.queue.session();
        let (frames, requests) = mpsc::channel(IN_FLIGHT);
        let hello = Hello {
            protocol_version: PROTOCOL_VERSION,
            collector_version: env!("CARGO_PKG_VERSION").into(),
            session: session.to_vec(),
            node: self.node.clone(),
            answers_clock: true,
            takes_policies: self.enforcement.is_some(),
        };
        // The channel is new and has room.
        let _ = frames.try_send(request(ingest_request::Kind::Hello(hello)));
        let mut client = IngestServiceClient::new(channel);
        let stream = with_token(&self.tls, ReceiverStream::new(requests));
        let mut answers = client.stream(stream).await?.into_inner();
        let mut sent = match next(&mut answers).await? {
            ingest_response::Kind::Welcome(welcome) => {
                tracing::info!(server = %server.uri(), version = welcome.server_version, durable_seq = welcome.durable_seq, "connected");
                self.queue.settle(&session, welcome.durable_seq);
                welcome.durable_seq
            }
            other => {
                return Err(Status::internal(format!(
                    "the server did not begin with a welcome but {other:?}"
                )));
            }
        };
        *pause = PAUSES.0;
        self.metrics.connected.store(true, Ordering::Relaxed);
        self.metrics.connects.fetch_add(1, Ordering::Relaxed);
        // Sent and not acknowledged: number and events.
        let mut open: VecDeque<(u64, u64)> = VecDeque::new();
        let mut begun = false;
        let mut renewal = tokio::time::interval(self.renewal);
        renewal.tick().await;
        let mut enforced = self.enforcement.as_ref().map(|exchange| exchange.state.clone());
        if let Some(enforced) = &mut enforced {
            enforced.mark_changed();
        }
        loop {
            tokio::select! {
                _ = renewal.tick() => if self.tls.reload() {
                    tracing::info!(server = %server.uri(), "certificates or token were renewed; connecting again");
                    return Ok(());
                },
                told = tell_changes(&frames, &mut enforced) => told?,
                answer = next(&mut answers) => self.answer(&session, answer?, &mut open, &frames),
                frame = self.next_frame(&frames, &session, sent) => match frame? {
                    Some((room, frame)) => {
                        // Numbers of a stream have no gaps, but a stream may begin with any.
                        if begun && frame.seq != sent + 1 {
                            while !self.queue.is_settled(&session, sent) {
                                self.answer(&session, next(&mut answers).await?, &mut open, &frames);
                            }
                            return Ok(());
                        }
                        (sent, begun) = (frame.seq, true);
                        open.push_back((frame.seq, frame.events));
                        let frame = Frame { seq: frame.seq, batch: frame.batch };
                        room.send(request(ingest_request::Kind::Frame(frame)));
                    }
                    // Nothing more will come: hear the last acknowledgements.
                    None => {
                        while self.queue.session() == session {
                            self.answer(&session, next(&mut answers).await?, &mut open, &frames);
                        }
                        return Ok(());
                    }
                },
            }
        }
    }

    /// The next frame, and room in the connection for it; may be dropped at any point without a loss.
    async fn next_frame<'f>(
        &self,
        frames: &'f mpsc::Sender<IngestRequest>,
        session: &Session,
        sent: u64,
    ) -> Result<Option<(mpsc::Permit<'f, IngestRequest>, queue::Frame)>, Status> {
        let Some(frame) = self.queue.after(session, sent).await else { return Ok(None) };
        let room = frames.reserve().await.map_err(|_| Status::unavailable("the connection closed"))?;
        Ok(Some((room, frame)))
    }

    /// The clock by which the times of events are told. That of the kernel's is not set when the machine's is.
    fn now_unix_ns(&self) -> u64 {
        let (since_boot_ns, boot_unix_ns) = clocks();
        self.boot_unix_ns.unwrap_or(boot_unix_ns) + since_boot_ns
    }

    fn answer(
        &self,
        session: &Session,
        answer: ingest_response::Kind,
        open: &mut VecDeque<(u64, u64)>,
        frames: &mpsc::Sender<IngestRequest>,
    ) {
        match answer {
            ingest_response::Kind::Ack(ack) => {
                while open.front().is_some_and(|(seq, _)| *seq <= ack.seq) {
                    open.pop_front();
                }
                self.queue.settle(session, ack.seq);
            }
            ingest_response::Kind::Reject(reject) => {
                let (seq, code, field) = (reject.seq, reject.code, reject.field);
                tracing::error!(
                    seq,
                    code,
                    field,
                    message = reject.message,
                    "the server refused a batch; it is lost"
                );
                let events = open.iter().find(|(sent, _)| *sent == seq).map_or(0, |(_, events)| *events);
                self.queue.refuse(events);
            }
            ingest_response::Kind::Clock(ClockQuestion { asked_unix_ns }) => {
                let received_unix_ns = self.now_unix_ns();
                let answer =
                    ClockAnswer { asked_unix_ns, received_unix_ns, answered_unix_ns: received_unix_ns };
                // Without room it would come too late to say anything; the server asks again.
                let _ = frames.try_send(request(ingest_request::Kind::Clock(answer)));
            }
            ingest_response::Kind::Policies(signed) => {
                if let Some(exchange) = &self.enforcement {
                    exchange.policies.send_replace(Some(signed));
                }
            }
            ingest_response::Kind::Welcome(_) => {}
        }
    }
}

/// A connection, with our certificates.
async fn connected(tls: &Tls, server: &Endpoint) -> Result<Channel, Status> {
    let endpoint = tls.endpoint(server).map_err(|error| Status::unavailable(error.to_string()))?;
    endpoint.connect().await.map_err(|error| Status::unavailable(chain(&error)))
}

/// A stream's requests, with our token if there is one.
fn with_token<S>(tls: &Tls, requests: S) -> Request<S> {
    let mut request = Request::new(requests);
    if let Some(token) = tls.token() {
        request.metadata_mut().insert("authorization", token);
    }
    request
}

/// Begins a stream and ends it without a word: whether a server is there, trusted, and takes who we are. Nothing of it
/// stays with the server, and a collector that sends meanwhile is not disturbed.
pub(crate) async fn greet(tls: &Tls, server: &Endpoint) -> Result<(), Status> {
    let mut client = IngestServiceClient::new(connected(tls, server).await?);
    let answers = client.stream(with_token(tls, tokio_stream::empty())).await?;
    answers.into_inner().message().await.map(drop)
}

/// Sends what is enforced, when that has changed; may be dropped at any point without a loss.
async fn tell_changes(
    frames: &mpsc::Sender<IngestRequest>,
    state: &mut Option<watch::Receiver<EnforcementState>>,
) -> Result<(), Status> {
    let Some(state) = state else { return std::future::pending().await };
    // Room first: a change that was seen could no longer be dropped.
    let room = frames.reserve().await.map_err(|_| Status::unavailable("the connection closed"))?;
    if state.changed().await.is_err() {
        // The pipeline has ended; what is left is sent without it.
        return std::future::pending().await;
    }
    room.send(request(ingest_request::Kind::Enforcement(state.borrow_and_update().clone())));
    Ok(())
}

fn request(kind: ingest_request::Kind) -> IngestRequest {
    IngestRequest { kind: Some(kind) }
}

async fn next(answers: &mut Streaming<IngestResponse>) -> Result<ingest_response::Kind, Status> {
    let answer =
        answers.message().await?.ok_or_else(|| Status::unavailable("the server ended the stream"))?;
    answer.kind.ok_or_else(|| Status::internal("the server sent an empty answer"))
}

/// What somebody can do about a stream that did not come about.
pub(crate) fn way_out(status: &Status, server: &Uri) -> &'static str {
    match status.code() {
        Code::FailedPrecondition => "upgrade the server, or run a collector of its version",
        Code::Unauthenticated | Code::PermissionDenied => {
            "check --node, --tls-cert, --tls-key and --token-file"
        }
        Code::InvalidArgument => "check that --server is a Plumbline server of this version",
        Code::Unavailable if server.scheme_str() == Some("https") => {
            "batches are kept, in the spool if there is one, until a server takes them; check --server, --tls-ca and --tls-server-name"
        }
        Code::Unavailable => {
            "batches are kept, in the spool if there is one, until a server takes them; check --server"
        }
        _ => {
            "batches are kept, in the spool if there is one, until a server takes them; check that --server is a Plumbline server, behind https where it speaks TLS"
        }
    }
}

fn report(status: &Status, server: &Uri, pause: Duration) {
    let way_out = way_out(status, server);
    tracing::warn!(%server, code = ?status.code(), message = status.message(), retry_in = ?pause, way_out, "no stream");
}

/// An error and what caused it, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

/// Half to all of a pause.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + random() / 2.0)
}

/// From 0 up to, not including, 1.
fn random() -> f64 {
    let mut random = [0_u8; 4];
    let filled = rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::NONBLOCK).is_ok();
    if filled { f64::from(u32::from_le_bytes(random)) / (f64::from(u32::MAX) + 1.0) } else { 0.5 }
}

#[cfg(test)]
mod tests;
