//! The streams of collectors: hello, frames in, acknowledgements out.
//!
//! Invariants: a frame is acknowledged only when it and all before it are durable or refused; a bad batch is
//! refused alone; a session has one stream, and a new one ends the old. Frames are read only while the
//! session has fewer than [`MAX_UNSETTLED`] unsettled ones and the bytes in flight are below
//! [`MAX_BYTES_IN_FLIGHT`], and its own below [`MAX_BYTES_OF_STREAM`]: past that HTTP/2 holds the collector back, whose spool
//! is made for it. So who sends much, or much at once, waits for itself: others wait for two of its batches at most.
//!
//! Sequence numbers follow each other on a stream, but a collector leaves out what was settled before, and
//! begins where its spool begins. Not here: who has settled what (`session.rs`), what a batch may hold
//! (`wire.rs`).

use std::{collections::VecDeque, sync::Arc, time::Duration};

use plumbline_proto::v1::{
    self, Frame, IngestRequest, IngestResponse, ingest_request, ingest_response,
    ingest_service_server::IngestService,
};
use tokio::{
    sync::{Semaphore, mpsc, oneshot, watch},
    time::{Instant, sleep_until, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::{Code, Request, Response, Status, Streaming};

use crate::{
    checkpoint::Work,
    clock::now_unix_ns,
    hello,
    metrics::Metrics,
    nodes::{Clock, Heard, Nodes, Unasked},
    policies::Policies,
    security::{AccessError, Caller},
    session::{Session, Sessions},
    shards::{InFlight, ShardGone, Shards},
    status::{ApiError, status},
    triage::Triages,
    wire::{self, MAX_FRAME_BYTES, Refusal},
};

/// Largest message on a stream: a full frame and its wrapping. What is larger by less than 1 MiB still gets
/// its own refusal.
pub(crate) const MAX_MESSAGE_BYTES: usize = MAX_FRAME_BYTES + (1 << 20);
/// Streams open at once.
const MAX_STREAMS: usize = 2048;
/// Frames of a session that wait to be durable. At five checkpoints a second, over 1,000 frames a second.
const MAX_UNSETTLED: usize = 256;
/// Encoded bytes of all batches that were read and not yet applied; decoded they take several times as many.
const MAX_BYTES_IN_FLIGHT: usize = 32 << 20;
/// Encoded bytes of a stream's batches that were read and not yet applied: room for two of the largest.
const MAX_BYTES_OF_STREAM: usize = 2 * MAX_FRAME_BYTES;
/// A stream on which nothing comes for so long is ended. Collectors report each window that closes, so this one is of a node
/// without containers; it connects again.
const IDLE: Duration = Duration::from_secs(3600);
/// Answers that wait for a collector to read them; acknowledgements are cumulative, so few are needed.
const ANSWERS: usize = 16;
/// How long a stream may take to say hello, and to take its last word.
const PATIENCE: Duration = Duration::from_secs(10);

/// The service.
#[derive(Debug)]
pub(crate) struct Ingest {
    shared: Arc<Shared>,
    streams: Arc<Semaphore>,
    tasks: TaskTracker,
}

/// What every stream needs.
#[derive(Debug)]
struct Shared {
    shards: Shards,
    sessions: Arc<Sessions>,
    nodes: Nodes,
    max_streams_of_node: usize,
    policies: Policies,
    triages: Triages,
    committer: mpsc::Sender<Work>,
    metrics: Arc<Metrics>,
    bytes: Arc<Semaphore>,
    shutdown: CancellationToken,
}

/// Sets of policies, as they come.
type Sets = watch::Receiver<Option<Arc<v1::SignedPolicies>>>;
type Answer = Result<IngestResponse, Status>;

impl Ingest {
    pub(crate) fn new(
        shards: Shards,
        sessions: Arc<Sessions>,
        (nodes, max_streams_of_node, policies, triages): (Nodes, usize, Policies, Triages),
        committer: mpsc::Sender<Work>,
        metrics: Arc<Metrics>,
        tasks: TaskTracker,
        shutdown: CancellationToken,
    ) -> Self {
        let bytes = Arc::new(Semaphore::new(MAX_BYTES_IN_FLIGHT));
        let shared = Arc::new(Shared {
            shards,
            sessions,
            nodes,
            max_streams_of_node,
            policies,
            triages,
            committer,
            metrics,
            bytes,
            shutdown,
        });
        Self { shared, streams: Arc::new(Semaphore::new(MAX_STREAMS)), tasks }
    }
}

#[tonic::async_trait]
impl IngestService for Ingest {
    type StreamStream = ReceiverStream<Answer>;

    async fn stream(
        &self,
        request: Request<Streaming<IngestRequest>>,
    ) -> Result<Response<Self::StreamStream>, Status> {
        let caller = Caller::of(&request).map_err(status)?;
        let full = ApiError::Full { what: "streams", max: MAX_STREAMS };
        let place = Arc::clone(&self.streams).try_acquire_owned().map_err(|_| status(full))?;
        let (answers, answered) = mpsc::channel(ANSWERS);
        let shared = Arc::clone(&self.shared);
        self.tasks.spawn(async move {
            shared.metrics.streams_open.inc();
            if let Err(end) = shared.serve(request.into_inner(), &caller, &answers).await {
                tracing::info!(code = ?end.code(), reason = ?end.message(), "a stream ended");
                // Whoever does not read it will see the stream end without it.
                let _ = timeout(PATIENCE, answers.send(Err(end))).await;
            }
            shared.metrics.streams_open.dec();
            drop(place);
        });
        Ok(Response::new(ReceiverStream::new(answered)))
    }
}

/// One stream, past its hello.
struct Stream<'a> {
    shared: &'a Shared,
    caller: &'a Caller,
    session: Arc<Session>,
    node: Heard,
    clock: Clock,
    takes_policies: bool,
    bytes: Arc<Semaphore>,
    answers: &'a mpsc::Sender<Answer>,
    /// Number of the last frame.
    last: Option<u64>,
    /// Highest number acknowledged.
    acknowledged: u64,
    /// Highest number this stream registered.
    registered: u64,
    /// When the batches came that are not durable yet.
    came: VecDeque<(u64, Instant)>,
}

/// Why a stream stops reading.
#[derive(PartialEq)]
enum Closing {
    /// The collector has said all.
    Finished,
    Shutdown,
}

impl Shared {
    async fn serve(
        &self,
        mut inbound: Streaming<IngestRequest>,
        caller: &Caller,
        answers: &mpsc::Sender<Answer>,
    ) -> Result<(), Status> {
        let first = tokio::select! {
            first = timeout(PATIENCE, inbound.message()) => first,
            () = self.shutdown.cancelled() => return Err(status(ApiError::Leaving)),
        };
        let Some(first) = first.map_err(|_| status(ApiError::HelloLate(PATIENCE)))?? else { return Ok(()) };
        let hello = match first.kind {
            Some(ingest_request::Kind::Hello(hello)) => hello,
            _ => return Err(field("hello", "missing; it is the first message of a stream")),
        };
        let id = hello::check(&hello).map_err(status)?;
        self.speaks_for(caller, "hello.node", &hello.node).map_err(status)?;
        let (max, name) = (self.max_streams_of_node, &hello.node);
        let node = self.nodes.enter(name, &hello.collector_version);
        let node = node.ok_or_else(|| status(ApiError::NodeFull { node: name.clone(), max }))?;
        let (session, forgotten) = self.sessions.open(id, name).map_err(status)?;
        if let Some(forgotten) = forgotten {
            self.commit(Work::Forget(forgotten)).await.map_err(status)?;
        }
        let guard = tokio::select! {
            guard = session.take_over(&hello.node, &hello.collector_version) => guard,
            () = self.shutdown.cancelled() => return Err(status(ApiError::Leaving)),
        };
        tracing::info!(node = ?hello.node, version = ?hello.collector_version, "a collector connected");
        let acknowledged = session.durable();
        let bytes = Arc::new(Semaphore::new(MAX_BYTES_OF_STREAM));
        let mut stream = Stream {
            shared: self,
            caller,
            session,
            node,
            clock: Clock::new(hello.answers_clock),
            takes_policies: hello.takes_policies,
            bytes,
            answers,
            last: None,
            acknowledged,
            registered: 0,
            came: VecDeque::new(),
        };
        let welcome =
            v1::Welcome { durable_seq: acknowledged, server_version: env!("CARGO_PKG_VERSION").to_owned() };
        let welcome = stream.answer(ingest_response::Kind::Welcome(welcome));
        tokio::select! {
            () = guard.ended.cancelled() => return Err(status(ApiError::TakenOver)),
            gone = welcome => if gone.is_err() { return Ok(()) },
        }
        stream.frames(&mut inbound, &guard.ended).await
    }

    fn speaks_for(&self, caller: &Caller, field: &'static str, node: &str) -> Result<(), AccessError> {
        caller.speaks_for(field, node).inspect_err(|error| self.metrics.refused(error))
    }

    async fn commit(&self, work: Work) -> Result<(), ShardGone> {
        self.committer.send(work).await.map_err(|_| ShardGone)
    }
}

/// The collector has gone; nobody is left to tell anything.
struct Gone;

impl Stream<'_> {
    async fn frames(
        &mut self,
        inbound: &mut Streaming<IngestRequest>,
        ended: &CancellationToken,
    ) -> Result<(), Status> {
        let mut durable = self.session.watch();
        durable.mark_changed(); // a commit may have come between the welcome and here
        let mut policies = self.takes_policies.then(|| self.shared.policies.sets());
        policies.iter_mut().for_each(Sets::mark_changed); // the newest one is news here
        let mut closing = None;
        let mut heard = Instant::now();
        loop {
            let reading = closing.is_none() && self.session.unsettled() < MAX_UNSETTLED;
            tokio::select! {
                biased;
                () = ended.cancelled() => return Err(status(ApiError::TakenOver)),
                () = self.answers.closed() => return Ok(()),
                () = self.shared.shutdown.cancelled(), if closing.is_none() => closing = Some(Closing::Shutdown),
                _ = durable.changed() => { // its sender is in the session, which is held here
                    let seq = *durable.borrow_and_update();
                    let durable = self.came.partition_point(|(came, _)| *came <= seq);
                    for (_, came) in self.came.drain(..durable) {
                        self.shared.metrics.ack_seconds.observe(came.elapsed().as_secs_f64());
                    }
                    if seq > self.acknowledged {
                        let Some(sent) = self.unless(ended, self.acknowledge(seq)).await else { continue };
                        if sent.is_err() { return Ok(()) }
                        self.acknowledged = seq;
                    }
                }
                () = changed(&mut policies), if closing.is_none() => {
                    if let Some(sets) = &mut policies
                        && let Some(Err(Gone)) = self.unless(ended, self.tell_policies(sets)).await
                    {
                        return Ok(());
                    }
                }
                () = until(self.clock.due()), if closing.is_none() => self.ask(),
                () = sleep_until(heard + IDLE), if reading => return Err(status(ApiError::Idle(IDLE))),
                message = inbound.message(), if reading => match message? {
                    None => closing = Some(Closing::Finished),
                    Some(request) => {
                        if !matches!(request.kind, Some(ingest_request::Kind::Clock(_))) {
                            heard = Instant::now();
                        }
                        let answer = self.take(request).await?;
                        if let Some(answer) = answer
                            && let Some(Err(Gone)) = self.unless(ended, self.answer(answer)).await
                        {
                            return Ok(());
                        }
                    }
                },
            }
            if let Some(closing) = &closing
                && self.acknowledged >= self.registered
            {
                return if *closing == Closing::Finished { Ok(()) } else { Err(status(ApiError::Leaving)) };
            }
        }
    }

    /// Takes one frame; the answer it calls for at once, if any. Never cut short, so that a registered batch
    /// reaches all its shards.
    async fn take(&mut self, request: IngestRequest) -> Result<Option<ingest_response::Kind>, Status> {
        let Frame { seq, batch } = match request.kind {
            Some(ingest_request::Kind::Frame(frame)) => frame,
            Some(ingest_request::Kind::Clock(answer)) => {
                let measured = self.clock.answered(answer).map_err(|Unasked| {
                    field("clock", "not asked for; it is only sent as the answer to a question")
                })?;
                measured.into_iter().for_each(|measured| self.node.measured(measured));
                return Ok(None);
            }
            Some(ingest_request::Kind::Enforcement(state)) => {
                if !self.takes_policies {
                    return Err(field(
                        "enforcement",
                        "not expected; the hello says that no policies are taken",
                    ));
                }
                hello::enforcement(&state).map_err(status)?;
                let (policies, results) = (&self.shared.policies, state.orders.clone());
                self.shared.triages.answered(policies, self.node.name(), results);
                self.node.enforces(state);
                return Ok(None);
            }
            Some(ingest_request::Kind::Hello(_)) => {
                return Err(field("hello", "sent twice; only the first message of a stream is one"));
            }
            None => return Err(field("kind", "missing or not known; frames belong here")),
        };
        self.follows(seq)?;
        let metrics = &self.shared.metrics;
        if self.last.is_none()
            && let missing @ 1.. = self.session.missing(seq)
        {
            metrics.batches_missing.inc_by(missing);
            tracing::warn!(
                missing,
                seq,
                "a collector begins behind batches that the server never made durable"
            );
        }
        self.last = Some(seq);
        metrics.batches_received.inc();
        let came = Instant::now();
        if self.session.knows(seq) {
            metrics.batches_skipped.inc();
            let durable = self.session.durable();
            let again = seq <= durable;
            return Ok(again.then_some(ingest_response::Kind::Ack(v1::Ack { seq: durable })));
        }
        // Never above the semaphore's size: messages are limited to less.
        let size = u32::try_from(batch.len()).unwrap_or(u32::MAX);
        self.node.allow(batch.len()).await;
        let own = Arc::clone(&self.bytes).acquire_many_owned(size).await;
        let own = own.map_err(|_| status(ApiError::Leaving))?;
        let bytes = Arc::clone(&self.shared.bytes).acquire_many_owned(size).await;
        let bytes = bytes.map_err(|_| status(ApiError::Leaving))?;
        let checked = wire::check(batch).and_then(|batch| self.own(batch));
        match checked.and_then(|batch| self.node.take(&batch).map(|()| batch)) {
            Err(refusal) => {
                self.node.refused();
                metrics.rejected(refusal.code);
                tracing::warn!(seq, field = ?refusal.field, reason = ?refusal.message, "a batch was refused");
                self.session.register(seq, 0, true);
                self.registered = seq;
                let (done, stored) = oneshot::channel();
                self.settle(seq, Some(done)).await?;
                // Stored first: else, after a crash, nobody would know why the number is missing.
                stored.await.map_err(|_| status(ApiError::Leaving))?;
                let code = refusal.code.into();
                let reject = v1::Reject { seq, code, field: refusal.field, message: refusal.message };
                Ok(Some(ingest_response::Kind::Reject(reject)))
            }
            Ok(batch) => {
                batch.events().for_each(|(kind, events)| metrics.took(kind, events));
                batch.losses().for_each(|(reason, events)| metrics.lost(reason, events));
                let (clock_ahead_ns, clock_is_off) = self.node.clock();
                let batch = InFlight { batch, clock_ahead_ns, clock_is_off, _bytes: [bytes, own] };
                let shards = self.shared.shards.of(&batch);
                self.session.register(seq, shards, false);
                self.registered = seq;
                self.came.push_back((seq, came));
                if shards == 0 {
                    self.settle(seq, None).await?;
                } else {
                    let batch = Arc::new(batch);
                    self.shared.shards.send(shards, &self.session, seq, &batch).await.map_err(status)?;
                }
                Ok(None)
            }
        }
    }

    /// A batch, if it is of a node that the collector may speak for.
    fn own(&self, batch: wire::Checked) -> Result<wire::Checked, Refusal> {
        match self.shared.speaks_for(self.caller, "node", batch.node()) {
            Ok(()) => Ok(batch),
            Err(error) => Err(Refusal {
                code: Code::PermissionDenied,
                field: "node".to_owned(),
                message: error.to_string(),
            }),
        }
    }

    fn follows(&self, seq: u64) -> Result<(), Status> {
        match self.last {
            _ if seq == 0 => Err(field("frame.seq", "0; numbers begin with 1")),
            Some(last) if seq <= last => {
                Err(field("frame.seq", format!("{seq} after {last}; numbers of a stream rise")))
            }
            Some(last) if !self.session.may_skip(last, seq) => {
                Err(field("frame.seq", format!("{seq} after {last}; numbers follow each other without gaps")))
            }
            _ => Ok(()),
        }
    }

    async fn settle(&self, seq: u64, done: Option<oneshot::Sender<()>>) -> Result<(), Status> {
        let session = Arc::clone(&self.session);
        self.shared.commit(Work::Settle { session, seq, done }).await.map_err(status)
    }

    /// Asks what the collector's clock says, unless it does not read.
    fn ask(&mut self) {
        let question = ingest_response::Kind::Clock(self.clock.ask(now_unix_ns()));
        let _ = self.answers.try_send(Ok(IngestResponse { kind: Some(question) })); // it is asked again
    }

    /// Sends the newest set of policies. It is looked at once there is room, so who reads slowly is told of fewer.
    async fn tell_policies(&self, sets: &mut Sets) -> Result<(), Gone> {
        let room = self.answers.reserve().await.map_err(|_| Gone)?;
        let newest = sets.borrow_and_update().clone();
        if let Some(set) = newest {
            room.send(Ok(IngestResponse { kind: Some(ingest_response::Kind::Policies((*set).clone())) }));
        }
        Ok(())
    }

    async fn acknowledge(&self, seq: u64) -> Result<(), Gone> {
        self.answer(ingest_response::Kind::Ack(v1::Ack { seq })).await
    }

    async fn answer(&self, kind: ingest_response::Kind) -> Result<(), Gone> {
        self.answers.send(Ok(IngestResponse { kind: Some(kind) })).await.map_err(|_| Gone)
    }

    /// What `work` gives, unless the stream is ended first.
    async fn unless<T>(&self, ended: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            () = ended.cancelled() => None,
            done = work => Some(done),
        }
    }
}

/// Waits for another set than was looked at last.
async fn changed(sets: &mut Option<Sets>) {
    let is_told = match sets {
        Some(sets) => sets.changed().await.is_ok(), // their sender is in the service
        None => false,
    };
    if !is_told {
        std::future::pending::<()>().await;
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

fn field(field: &'static str, problem: impl Into<String>) -> Status {
    status(ApiError::Field { field, problem: problem.into() })
}
