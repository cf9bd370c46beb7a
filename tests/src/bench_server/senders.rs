//! Collectors of a fleet, as the server meets them: a connection and a session each, frames in order, acknowledgements read.
//!
//! A frame counts as sent when it is due, not when flow control lets it go, so that what waits here is part of every delay.
//! Without a pace all are due at once, and only how long it takes in the end means something. A frame that is refused ends
//! all with the server's reason.

use crate::traffic::{Due, Load};
use anyhow::{Context, Result, bail};
use plumbline_proto::v1::{
    Hello, IngestRequest, IngestResponse, ingest_request, ingest_response,
    ingest_service_client::IngestServiceClient,
};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Streaming, transport::Endpoint};

/// How long the next answer may take.
const LIMIT: Duration = Duration::from_secs(60);
/// Frames that wait for HTTP/2 to take them; few, so that flow control is felt.
const QUEUE: usize = 2;

/// Sessions that are open.
pub(crate) struct Senders(Vec<Sender>);

struct Sender {
    requests: mpsc::Sender<IngestRequest>,
    answers: Streaming<IngestResponse>,
}

/// What became of a load.
#[derive(Debug)]
pub(crate) struct Sent {
    /// When the first frame was due.
    pub(crate) start: Instant,
    /// Until all were acknowledged.
    pub(crate) took: Duration,
    /// Of each frame, from when it was due to the acknowledgement that covers it, in milliseconds.
    pub(crate) ack_ms: Vec<f64>,
}

impl Senders {
    /// Opens so many sessions that nobody has seen before.
    pub(crate) async fn connect(url: &str, sessions: u64) -> Result<Self> {
        let mut senders = Vec::new();
        for number in 0..sessions {
            senders
                .push(Sender::connect(url, number).await.with_context(|| format!("can't stream to {url}"))?);
        }
        Ok(Self(senders))
    }

    /// Sends everything and waits until it is acknowledged.
    pub(crate) async fn send(self, load: Load) -> Result<Sent> {
        let mut tasks = JoinSet::new();
        let start = Instant::now();
        for (sender, frames) in self.0.into_iter().zip(load.sessions) {
            tasks.spawn(sender.send(frames, start));
        }
        let mut ack_ms = Vec::with_capacity(load.frames as usize);
        while let Some(sent) = tasks.join_next().await {
            ack_ms.extend(sent??);
        }
        Ok(Sent { start, took: start.elapsed(), ack_ms })
    }
}

impl Sender {
    async fn connect(url: &str, number: u64) -> Result<Self> {
        static SESSIONS: AtomicU64 = AtomicU64::new(1);
        let channel = Endpoint::from_shared(url.to_owned())?.tcp_nodelay(true).connect().await?;
        let (requests, sent) = mpsc::channel(QUEUE);
        let session = SESSIONS.fetch_add(1, Ordering::Relaxed);
        let hello = Hello {
            answers_clock: false,
            takes_policies: false,
            protocol_version: 1,
            collector_version: env!("CARGO_PKG_VERSION").to_owned(),
            session: u128::from(session).to_be_bytes().into(),
            node: format!("node-{number}"),
        };
        requests.send(IngestRequest { kind: Some(ingest_request::Kind::Hello(hello)) }).await?;
        let answers = IngestServiceClient::new(channel).stream(ReceiverStream::new(sent)).await?;
        let mut sender = Self { requests, answers: answers.into_inner() };
        match answer(&mut sender.answers).await? {
            ingest_response::Kind::Welcome(_) => Ok(sender),
            other => bail!("no welcome but {other:?}"),
        }
    }

    async fn send(self, frames: Vec<Due>, start: Instant) -> Result<Vec<f64>> {
        let Self { requests, mut answers } = self;
        let due: Vec<Duration> = frames.iter().map(|due| due.at).collect();
        let writing = async {
            for Due { frame, at } in frames {
                sleep_until(start + at).await;
                let request = IngestRequest { kind: Some(ingest_request::Kind::Frame(frame)) };
                if requests.send(request).await.is_err() {
                    break; // the stream has ended, and its answers say why
                }
            }
            Ok(requests) // the stream is left open until all is acknowledged
        };
        let reading = async {
            let (mut waiting, mut ack_ms) = (due.as_slice(), Vec::with_capacity(due.len()));
            while !waiting.is_empty() {
                let acknowledged = match answer(&mut answers).await? {
                    ingest_response::Kind::Ack(ack) => (ack.seq as usize).saturating_sub(ack_ms.len()),
                    ingest_response::Kind::Reject(reject) => {
                        bail!("frame {} was refused: {}: {}", reject.seq, reject.field, reject.message)
                    }
                    other => {
                        bail!("{other:?}")
                    }
                };
                let (now, rest) = waiting.split_at(acknowledged.min(waiting.len()));
                let elapsed = start.elapsed();
                ack_ms.extend(now.iter().map(|due| elapsed.saturating_sub(*due).as_secs_f64() * 1000.0));
                waiting = rest;
            }
            Ok(ack_ms)
        };
        let (_requests, ack_ms) = tokio::try_join!(writing, reading)?;
        Ok(ack_ms)
    }
}

async fn answer(answers: &mut Streaming<IngestResponse>) -> Result<ingest_response::Kind> {
    let answer = timeout(LIMIT, answers.message()).await;
    let answer = answer.with_context(|| format!("no answer for {} s", LIMIT.as_secs()))??;
    answer.and_then(|answer| answer.kind).context("the stream ended without a reason")
}
