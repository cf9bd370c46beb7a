//! The shards: tasks that each own the baselines of some lineages (`shards/shard.rs`), and the way to them.
//!
//! Invariants: a lineage has one owner, so its batches are scored in one order. Every shard holds all decisions, for they
//! cross lineages: a decision is durable before it comes here, and at start all are taken in again, so a crash between the
//! two changes nothing. So are the fleet's commons. At start all baselines are looked at once, one lineage after the other;
//! they come into memory when something is asked or told of them.
//!
//! Not here: what a verdict is (the model), what a commit is (`checkpoint.rs`).

mod cold;
mod shard;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use plumbline_model::{Bases, Commons, Decision, ImageState, Indicators, Params, Share, Shared, Taught};
use plumbline_proto::v1;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::{
    metrics::Metrics,
    session::Session,
    status::ApiError,
    store::{Store, StoreError},
    upkeep::{Change, Declaring, Teaching, UpkeepError, UpkeepRecord},
    wire::{Checked, SHARDS, shard_of},
};

pub(crate) use shard::Shard;

/// Batches that wait for one shard. Enough to keep it busy; their bytes are bounded by `ingest.rs`.
const QUEUE: usize = 64;
/// How often each shard hears what time it is, in the batches' own time.
const HOUR_NS: u64 = 3_600_000_000_000;

/// What shards are made with.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) params: Params,
    pub(crate) indicators: Arc<Indicators>,
    /// Longest time until what has changed is handed in.
    pub(crate) interval: Duration,
    /// Lineages that nothing asks for or tells of for so long leave memory.
    pub(crate) evict_after: Duration,
    /// Archived baselines are let go of when they last ran so long ago.
    pub(crate) archived_kept: Duration,
    /// Or, the oldest first, when all of them take more.
    pub(crate) archived_bytes: u64,
}

/// What is stored beside baselines, by lineage and digest.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    pub(crate) upkeep: Vec<((String, String), UpkeepRecord)>,
    pub(crate) declared: Vec<((String, String), v1::DeclaredFacts)>,
}

/// A checked batch on its way through shards; its bytes count as used until all have dropped it.
#[derive(Debug)]
pub(crate) struct InFlight {
    pub(crate) batch: Checked,
    /// How far the clock of its node was ahead when it came, and whether that is more than allowed.
    pub(crate) clock_ahead_ns: i64,
    pub(crate) clock_is_off: bool,
    pub(crate) _bytes: [OwnedSemaphorePermit; 2],
}

impl InFlight {
    /// When the batch begins, by the server's clock as far as that of its node was measured.
    pub(crate) fn begun_unix_ns(&self) -> u64 {
        self.batch.base_unix_ns().saturating_add_signed(self.clock_ahead_ns.saturating_neg())
    }
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
    Batch {
        session: Arc<Session>,
        seq: u64,
        batch: Arc<InFlight>,
    },
    Images {
        only: String,
        answer: oneshot::Sender<Vec<v1::ImageStatus>>,
    },
    Feedback {
        only: String,
        answer: oneshot::Sender<Vec<v1::ImageFeedback>>,
    },
    State {
        name: Identity,
        answer: oneshot::Sender<Result<Option<Box<ImageState>>, StoreError>>,
    },
    Declared {
        name: Identity,
        answer: oneshot::Sender<Option<v1::DeclaredFacts>>,
    },
    Change {
        name: Identity,
        change: Box<Change>,
        answer: oneshot::Sender<Changed>,
    },
    Teach {
        name: Identity,
        teaching: Box<Teaching>,
        answer: oneshot::Sender<Taken>,
    },
    Declare {
        name: Identity,
        declaring: Box<Declaring>,
        answer: oneshot::Sender<(bool, oneshot::Receiver<()>)>,
    },
    Decide {
        decisions: Arc<[Arc<Decision>]>,
        forgotten: Arc<[String]>,
    },
    Bases {
        answer: oneshot::Sender<Bases>,
    },
    Share {
        shared: Arc<Shared>,
        answer: oneshot::Sender<Share>,
    },
    Commons(Arc<Commons>),
}

/// When a change that was taken is durable.
type Changed = Result<oneshot::Receiver<()>, UpkeepError>;
/// What became of what was learned elsewhere, and when that is durable.
type Taken = Result<(Taught, oneshot::Receiver<()>), UpkeepError>;

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

#[cfg(test)]
impl Default for Settings {
    fn default() -> Self {
        Self {
            params: Params::default(),
            indicators: Arc::default(),
            interval: Duration::from_secs(3600),
            evict_after: Duration::from_secs(3600),
            archived_kept: Duration::from_secs(365 * 86_400),
            archived_bytes: u64::MAX,
        }
    }
}

impl Shards {
    /// All shards, ready to run, and the way to them. Reads the store.
    pub(crate) fn new(
        settings: &Settings,
        store: &Store,
        metrics: &Arc<Metrics>,
        decisions: &[Arc<Decision>],
        commons: &Arc<Commons>,
        beside: Beside,
    ) -> Result<(Self, Vec<Shard>), StoreError> {
        let (queues, mut shards): (Vec<_>, Vec<_>) = (0..SHARDS)
            .map(|number| {
                let (sender, queue) = mpsc::channel(QUEUE);
                let mut shard = Shard::new(number, settings, store.clone(), Arc::clone(metrics), queue);
                shard.begin(decisions, commons);
                (sender, shard)
            })
            .unzip();
        for (image, record) in beside.upkeep {
            if let Some(shard) = shards.get_mut(shard_of(&image.0)) {
                shard.upkeep.insert(image, record);
            }
        }
        for (image, facts) in beside.declared {
            if let Some(shard) = shards.get_mut(shard_of(&image.0)) {
                shard.declared.take_up(image, &facts);
            }
        }
        store.each_lineage(|versions| {
            let owner = versions.first().map_or(0, |version| shard_of(version.image.lineage()));
            if let Some(shard) = shards.get_mut(owner) {
                shard.take_up(versions, decisions);
            }
        })?;
        Ok((Self { queues, hour: Arc::default() }, shards))
    }

    /// Messages that wait in each queue.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = usize> {
        self.queues.iter().map(|queue| queue.max_capacity() - queue.capacity())
    }

    /// Shards that a batch goes to: those that own an image of it. Once an hour all, so that time passes for images whose
    /// lineage runs nowhere too.
    pub(crate) fn of(&self, batch: &InFlight) -> u16 {
        let owners = batch.batch.shards();
        let hour = batch.begun_unix_ns() / HOUR_NS;
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
    pub(crate) async fn state(&self, name: Identity) -> Result<Option<Box<ImageState>>, ApiError> {
        let (answer, state) = oneshot::channel();
        self.owner(&name)?.send(Message::State { name, answer }).await.map_err(|_| ShardGone)?;
        Ok(state.await.map_err(|_| ShardGone)??)
    }

    /// What runtimes told of an image, if they did.
    pub(crate) async fn declared(&self, name: Identity) -> Result<Option<v1::DeclaredFacts>, ShardGone> {
        let (answer, facts) = oneshot::channel();
        self.owner(&name)?.send(Message::Declared { name, answer }).await.map_err(|_| ShardGone)?;
        facts.await.map_err(|_| ShardGone)
    }

    /// Does something to a baseline; returns when that is durable. Who stops waiting changes nothing of it.
    pub(crate) async fn change(&self, name: Identity, change: Change) -> Result<(), ApiError> {
        let (answer, taken) = oneshot::channel();
        let message = Message::Change { name: name.clone(), change: change.into(), answer };
        self.owner(&name)?.send(message).await.map_err(|_| ShardGone)?;
        let durable = taken.await.map_err(|_| ShardGone)??;
        Ok(durable.await.map_err(|_| ShardGone)?)
    }

    /// Takes what was learned elsewhere as the start of an image; returns when that is durable.
    pub(crate) async fn teach(&self, name: Identity, teaching: Teaching) -> Result<Taught, ApiError> {
        let (answer, taken) = oneshot::channel();
        let message = Message::Teach { name: name.clone(), teaching: teaching.into(), answer };
        self.owner(&name)?.send(message).await.map_err(|_| ShardGone)?;
        let (taught, durable) = taken.await.map_err(|_| ShardGone)??;
        durable.await.map_err(|_| ShardGone)?;
        Ok(taught)
    }

    /// Takes what scripts of an image start, whether or not it is known; returns when that is durable. Whether it is news.
    pub(crate) async fn declare(&self, name: Identity, declaring: Declaring) -> Result<bool, ShardGone> {
        let (answer, taken) = oneshot::channel();
        let message = Message::Declare { name: name.clone(), declaring: declaring.into(), answer };
        self.owner(&name)?.send(message).await.map_err(|_| ShardGone)?;
        let (is_news, durable) = taken.await.map_err(|_| ShardGone)?;
        durable.await.map_err(|_| ShardGone)?;
        Ok(is_news)
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

#[cfg(test)]
mod tests;
