//! The shards: tasks that each own the baselines of some lineages, and the way to them.
//!
//! Invariants: a lineage has one owner, so its batches are scored in one order; a shard applies a batch of a
//! session once, because it skips what is at or below its own mark; a part it hands to the committer holds
//! states and marks of the same moment. A shard has at most one part under way and goes on applying
//! meanwhile; it waits at most the checkpoint interval to hand in the next, and not at all once an incident
//! is new or changed. Every shard holds all decisions, for they cross lineages: a decision is durable before it comes
//! here, and at start all are taken in again, so a crash between the two changes nothing. So are the fleet's commons.
//!
//! Not here: what a verdict is (the model), what a commit is (`checkpoint.rs`).

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use plumbline_model::{
    Applied, Bases, Commons, Decision, ImageState, Indicators, Model, Params, Share, Shared,
};
use plumbline_proto::v1;
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc, oneshot},
    time::Instant,
};

use crate::{
    checkpoint::{Part, Work},
    session::{Session, SessionId},
    store::EncodedImage,
    wire::{self, Checked, SHARDS, shard_of},
};

/// Batches that wait for one shard. Enough to keep it busy; their bytes are bounded by `ingest.rs`.
const QUEUE: usize = 64;
/// How often each shard hears what time it is, in the batches' own time.
const HOUR_NS: u64 = 3_600_000_000_000;
/// Alerts a shard may hold while its part is written; at more it stops applying.
const MAX_HELD_ALERTS: usize = 256;

/// A checked batch on its way through shards; its bytes count as used until all have dropped it.
#[derive(Debug)]
pub(crate) struct InFlight {
    pub(crate) batch: Checked,
    pub(crate) _bytes: OwnedSemaphorePermit,
}

/// The way to all shards; clones share it, and the shards end when the last is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Shards {
    queues: Vec<mpsc::Sender<Message>>,
    /// The last hour that all of them have heard of.
    hour: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Message {
    Batch { session: Arc<Session>, seq: u64, batch: Arc<InFlight> },
    Images { only: String, answer: oneshot::Sender<Vec<v1::ImageStatus>> },
    Feedback { only: String, answer: oneshot::Sender<Vec<v1::ImageFeedback>> },
    State { name: Identity, answer: oneshot::Sender<Option<Box<ImageState>>> },
    Lock { name: Identity, locked: bool, audit: Box<v1::AuditEntry>, answer: oneshot::Sender<()> },
    Decide { decisions: Arc<[Arc<Decision>]>, forgotten: Arc<[String]> },
    Bases { answer: oneshot::Sender<Bases> },
    Share { shared: Arc<Shared>, answer: oneshot::Sender<Share> },
    Commons(Arc<Commons>),
}

/// Which baseline it is.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) lineage: String,
    pub(crate) digest: String,
}

/// A shard has ended; the process is about to.
#[derive(Debug, thiserror::Error)]
#[error("the server is shutting down")]
pub(crate) struct ShardGone;

/// A task that owns some lineages.
#[derive(Debug)]
pub(crate) struct Shard {
    number: usize,
    model: Model,
    queue: mpsc::Receiver<Message>,
    interval: Duration,
    changed: Changed,
}

/// What was changed since the last part.
#[derive(Debug, Default)]
struct Changed {
    images: BTreeSet<(String, String)>,
    marks: HashMap<SessionId, (Arc<Session>, u64)>,
    alerts: Vec<v1::Alert>,
    /// Who made what people asked for.
    audit: Vec<v1::AuditEntry>,
    /// Whoever waits until it is durable.
    told: Vec<oneshot::Sender<()>>,
    /// When the first of it was.
    since: Option<Instant>,
}

impl Shards {
    /// All shards with the states they own, ready to run, and the way to them.
    pub(crate) fn new(
        params: &Params,
        indicators: &Arc<Indicators>,
        interval: Duration,
        images: Vec<ImageState>,
        decisions: &[Arc<Decision>],
        commons: &Arc<Commons>,
    ) -> (Self, Vec<Shard>) {
        let (queues, mut shards): (Vec<_>, Vec<_>) = (0..SHARDS)
            .map(|number| {
                let (sender, queue) = mpsc::channel(QUEUE);
                let model = Model::new(params.clone(), Arc::clone(indicators));
                (sender, Shard { number, model, queue, interval, changed: Changed::default() })
            })
            .unzip();
        for image in images {
            if let Some(shard) = shards.get_mut(shard_of(image.lineage())) {
                shard.model.load(image);
            }
        }
        for shard in &mut shards {
            shard.model.set_commons(Arc::clone(commons));
            let applied = shard.model.decide(decisions);
            shard.note(applied);
        }
        (Self { queues, hour: Arc::default() }, shards)
    }

    /// Shards that a batch goes to: those that own an image of it. Once an hour all, so that time passes for images whose
    /// lineage runs nowhere too.
    pub(crate) fn of(&self, batch: &Checked) -> u16 {
        let owners = batch.shards();
        let hour = batch.base_unix_ns() / HOUR_NS;
        if owners != 0 && self.hour.fetch_max(hour, Relaxed) < hour { u16::MAX } else { owners }
    }

    /// Hands a batch to the shards of the set. It was registered with its session before.
    pub(crate) async fn send(
        &self,
        shards: u16,
        session: &Arc<Session>,
        seq: u64,
        batch: &Arc<InFlight>,
    ) -> Result<(), ShardGone> {
        for (number, queue) in self.queues.iter().enumerate() {
            if shards & 1 << number != 0 {
                let (session, batch) = (Arc::clone(session), Arc::clone(batch));
                queue.send(Message::Batch { session, seq, batch }).await.map_err(|_| ShardGone)?;
            }
        }
        Ok(())
    }

    /// Images with this digest or repository (all if it is empty), by repository and first sight.
    pub(crate) async fn images(&self, only: &str) -> Result<Vec<v1::ImageStatus>, ShardGone> {
        let answers = self.ask(|answer| Message::Images { only: only.to_owned(), answer }).await?;
        let mut images: Vec<v1::ImageStatus> = answers.into_iter().flatten().collect();
        let key = |image: &v1::ImageStatus| {
            (image.repository.clone(), image.first_seen_unix_ns, image.digest.clone())
        };
        images.sort_by_cached_key(key);
        Ok(images)
    }

    /// What lineages are made of, by shard.
    pub(crate) async fn bases(&self) -> Result<Vec<Bases>, ShardGone> {
        self.ask(|answer| Message::Bases { answer }).await
    }

    /// What images do, by shard.
    pub(crate) async fn shares(&self, shared: &Arc<Shared>) -> Result<Vec<Share>, ShardGone> {
        self.ask(|answer| Message::Share { shared: Arc::clone(shared), answer }).await
    }

    /// Hands commons that are durable to all shards.
    pub(crate) async fn set_commons(&self, commons: &Arc<Commons>) -> Result<(), ShardGone> {
        for queue in &self.queues {
            queue.send(Message::Commons(Arc::clone(commons))).await.map_err(|_| ShardGone)?;
        }
        Ok(())
    }

    /// Asks all shards at once; their answers, by shard.
    async fn ask<T>(&self, message: impl Fn(oneshot::Sender<T>) -> Message) -> Result<Vec<T>, ShardGone> {
        let mut answers = Vec::with_capacity(SHARDS);
        for queue in &self.queues {
            let (answer, told) = oneshot::channel();
            queue.send(message(answer)).await.map_err(|_| ShardGone)?;
            answers.push(told);
        }
        let mut all = Vec::with_capacity(SHARDS);
        for answer in answers {
            all.push(answer.await.map_err(|_| ShardGone)?);
        }
        Ok(all)
    }

    /// What decisions have moved in images with this digest or repository (all if it is empty), by repository, digest and
    /// namespace.
    pub(crate) async fn feedback(&self, only: &str) -> Result<Vec<v1::ImageFeedback>, ShardGone> {
        let answers = self.ask(|answer| Message::Feedback { only: only.to_owned(), answer }).await?;
        let mut images: Vec<v1::ImageFeedback> = answers.into_iter().flatten().collect();
        let key = |image: &v1::ImageFeedback| {
            (image.repository.clone(), image.digest.clone(), image.namespace.clone())
        };
        images.sort_by_cached_key(key);
        Ok(images)
    }
}

impl Shards {
    /// The state of a baseline as it is now.
    pub(crate) async fn state(&self, name: Identity) -> Result<Option<Box<ImageState>>, ShardGone> {
        let (answer, state) = oneshot::channel();
        self.owner(&name)?.send(Message::State { name, answer }).await.map_err(|_| ShardGone)?;
        state.await.map_err(|_| ShardGone)
    }

    /// Freezes a baseline or lets it go on learning; returns when that is durable.
    pub(crate) async fn lock(
        &self,
        name: Identity,
        locked: bool,
        audit: v1::AuditEntry,
    ) -> Result<(), ShardGone> {
        let (answer, done) = oneshot::channel();
        self.owner(&name)?
            .send(Message::Lock { name, locked, audit: audit.into(), answer })
            .await
            .map_err(|_| ShardGone)?;
        done.await.map_err(|_| ShardGone)
    }

    /// Hands decisions that are durable to all shards: what comes after them is judged with them.
    pub(crate) async fn decide(
        &self,
        decisions: Vec<Arc<Decision>>,
        forgotten: Vec<String>,
    ) -> Result<(), ShardGone> {
        let (decisions, forgotten): (Arc<[_]>, Arc<[_]>) = (decisions.into(), forgotten.into());
        for queue in &self.queues {
            let (decisions, forgotten) = (Arc::clone(&decisions), Arc::clone(&forgotten));
            queue.send(Message::Decide { decisions, forgotten }).await.map_err(|_| ShardGone)?;
        }
        Ok(())
    }

    fn owner(&self, name: &Identity) -> Result<&mpsc::Sender<Message>, ShardGone> {
        self.queues.get(shard_of(&name.lineage)).ok_or(ShardGone)
    }
}

impl Shard {
    /// Applies until nobody can send any more, then hands in the rest and waits for it to be durable.
    pub(crate) async fn run(mut self, committer: mpsc::Sender<Work>) {
        let mut under_way: Option<oneshot::Receiver<()>> = None;
        loop {
            let due = self.changed.due(self.interval);
            tokio::select! {
                biased;
                durable = wait(&mut under_way), if under_way.is_some() => {
                    if durable.is_err() {
                        return; // the committer has failed and says why
                    }
                    under_way = None;
                }
                () = until(due), if due.is_some() && under_way.is_none() => {
                    let (part, done) = self.part();
                    if committer.send(Work::Part(part)).await.is_err() {
                        return;
                    }
                    under_way = Some(done);
                }
                message = self.queue.recv(), if self.changed.alerts.len() < MAX_HELD_ALERTS => {
                    match message {
                        Some(message) => self.take(message),
                        None => break,
                    }
                }
            }
        }
        if wait(&mut under_way).await.is_ok() && self.changed.since.is_some() {
            let (part, done) = self.part();
            if committer.send(Work::Part(part)).await.is_ok() {
                let _ = done.await; // if it fails the committer says why
            }
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Batch { session, seq, batch } => {
                if seq > session.applied(self.number) {
                    self.apply(&batch.batch);
                    session.set_applied(self.number, seq);
                }
                let mark = session.applied(self.number);
                self.changed.marks.insert(session.id, (session, mark));
                self.changed.since.get_or_insert_with(Instant::now);
            }
            Message::Images { only, answer } => {
                let status = |image| wire::image_status(image, self.model.summary(image));
                let _ = answer.send(self.named(&only).map(status).collect()); // whoever asked may have gone
            }
            Message::Feedback { only, answer } => {
                let moved = self.named(&only).flat_map(|image| {
                    let rows = self.model.moved(image).into_iter();
                    rows.map(move |(namespace, rows)| wire::image_feedback(image, namespace, rows))
                });
                let _ = answer.send(moved.collect()); // whoever asked may have gone
            }
            Message::State { name, answer } => {
                let state = self.model.image(&name.lineage, &name.digest);
                let _ = answer.send(state.cloned().map(Box::new)); // whoever asked may have gone
            }
            Message::Lock { name, locked, audit, answer } => {
                if self.model.lock(&name.lineage, &name.digest, locked) {
                    self.changed.images.insert((name.lineage, name.digest));
                    self.changed.audit.push(*audit);
                    self.changed.told.push(answer);
                    self.changed.since.get_or_insert_with(Instant::now);
                }
            }
            Message::Bases { answer } => {
                let _ = answer.send(self.model.bases()); // whoever asked may have gone
            }
            Message::Share { shared, answer } => {
                let _ = answer.send(self.model.share(&shared)); // whoever asked may have gone
            }
            Message::Commons(commons) => self.model.set_commons(commons),
            Message::Decide { decisions, forgotten } => {
                self.model.let_go(&forgotten);
                let applied = self.model.decide(&decisions);
                self.note(applied);
            }
        }
    }

    /// Images with this digest or repository; all if it is empty.
    fn named(&self, only: &str) -> impl Iterator<Item = &ImageState> {
        let images = self.model.images();
        images.filter(move |image| only.is_empty() || image.digest() == only || image.repository() == only)
    }

    fn apply(&mut self, batch: &Checked) {
        let own = self.number;
        let applied = self.model.apply(&batch.view(), |image| shard_of(image.lineage()) == own);
        self.note(applied);
    }

    fn note(&mut self, applied: Applied) {
        if !applied.images.is_empty() {
            self.changed.since.get_or_insert_with(Instant::now);
        }
        self.changed.images.extend(applied.images);
        self.changed.alerts.extend(applied.incidents.into_iter().map(wire::alert));
    }

    fn part(&mut self) -> (Part, oneshot::Receiver<()>) {
        let changed = std::mem::take(&mut self.changed);
        let images = changed.images.iter().filter_map(|(lineage, digest)| self.model.image(lineage, digest));
        let (done, durable) = oneshot::channel();
        let part = Part {
            shard: self.number,
            images: images.map(EncodedImage::new).collect(),
            marks: changed.marks.into_values().collect(),
            alerts: changed.alerts,
            audit: changed.audit,
            told: changed.told,
            done,
        };
        (part, durable)
    }
}

impl Changed {
    fn due(&self, interval: Duration) -> Option<Instant> {
        self.since.map(
            |since| if self.alerts.is_empty() && self.told.is_empty() { since + interval } else { since },
        )
    }
}

async fn wait(part: &mut Option<oneshot::Receiver<()>>) -> Result<(), oneshot::error::RecvError> {
    match part {
        Some(durable) => durable.await,
        None => Ok(()),
    }
}

async fn until(due: Option<Instant>) {
    if let Some(due) = due {
        tokio::time::sleep_until(due).await;
    }
}
