//! Who subscribes to alerts under a name, and up to where each has acknowledged them.
//!
//! Invariants: a consumer has one stream, and only that one moves its place; the committer stores what the place is when it
//! writes, so an older word never comes behind a newer one; a consumer that was deleted is never stored again. At most
//! [`MAX_CONSUMERS`] are kept: one without a stream that was not used for [`KEPT`] makes room, and that is said.
//!
//! Not here: the streams (`alerts/subscribe.rs`), storing (`checkpoint.rs`).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use plumbline_proto::v1;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::{
    alert_log::AlertLog, checkpoint::Work, metrics::Metrics, session::locked, status::ApiError,
    store::ConsumerRecord,
};

/// Consumers kept. A client has one, or a few.
pub(crate) const MAX_CONSUMERS: usize = 256;
/// How long one that is not used is safe from making room: as long as alerts are kept by default.
const KEPT: Duration = Duration::from_secs(90 * 86_400);
/// Longest name, in bytes.
const NAME_BYTES: usize = 64;

/// All of them; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Consumers {
    held: Arc<Mutex<BTreeMap<String, Arc<Consumer>>>>,
    /// Held by who begins or forgets one, until the committer will hear of it in that order: the word that one is forgotten
    /// must not come behind that of a new one of the same name.
    turn: Arc<tokio::sync::Mutex<()>>,
    committer: mpsc::Sender<Work>,
    metrics: Arc<Metrics>,
    /// Names of those that are the places of sinks.
    of_sinks: BTreeSet<String>,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Consumer {
    name: String,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    record: ConsumerRecord,
    /// Number of streams it had, and the end of the one it has.
    streams: u64,
    stream: Option<CancellationToken>,
    deleted: bool,
}

/// The one stream of a consumer.
#[derive(Debug)]
pub(crate) struct Lease {
    consumer: Arc<Consumer>,
    stream: u64,
    ended: CancellationToken,
    committer: mpsc::Sender<Work>,
}

impl Consumers {
    pub(crate) fn new(
        stored: Vec<(String, ConsumerRecord)>,
        committer: mpsc::Sender<Work>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let consumer = |(name, record): (String, _)| (name.clone(), Arc::new(Consumer::new(name, record)));
        let held = stored.into_iter().map(consumer).collect();
        let of_sinks = BTreeSet::new();
        Self { held: Arc::new(Mutex::new(held)), turn: Arc::default(), committer, metrics, of_sinks }
    }

    /// With those that are the places of sinks, by name: they are not deleted as long as the settings name the sink, or it
    /// would begin anew.
    pub(crate) fn with_sinks(self, names: impl Iterator<Item = String>) -> Self {
        Self { of_sinks: names.collect(), ..self }
    }

    /// Begins the one stream of a consumer, if it is its owner's (empty: nobody is asked who they are), and ends the one before. A new one begins at `begin`, and so does a known one
    /// that is to be `reset`. Durable when it returns.
    pub(crate) async fn open(
        &self,
        name: &str,
        owner: &str,
        begin: u64,
        reset: bool,
        now_unix_ns: u64,
    ) -> Result<Lease, ApiError> {
        let wrong = |byte: u8| !(byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if name.is_empty() || name.len() > NAME_BYTES || name.bytes().any(wrong) {
            let problem =
                format!("1 to {NAME_BYTES} letters, digits, dots, dashes and underscores belong here");
            return Err(ApiError::Field { field: "start.consumer", problem });
        }
        self.begin(name, owner, begin, reset, now_unix_ns).await
    }

    /// The same for the server itself: its names have a slash, so that no client has them.
    pub(crate) async fn open_own(&self, name: &str, begin: u64, now_unix_ns: u64) -> Result<Lease, ApiError> {
        self.begin(name, "", begin, false, now_unix_ns).await
    }

    async fn begin(
        &self,
        name: &str,
        owner: &str,
        begin: u64,
        reset: bool,
        now_unix_ns: u64,
    ) -> Result<Lease, ApiError> {
        let turn = self.turn.lock().await;
        let (lease, forgotten) = {
            let mut held = locked(&self.held);
            let forgotten =
                if held.contains_key(name) { Vec::new() } else { make_room(&mut held, now_unix_ns)? };
            let record = ConsumerRecord {
                cursor: begin,
                created_unix_ns: now_unix_ns,
                owner: owner.to_owned(),
                ..Default::default()
            };
            let new = || Arc::new(Consumer::new(name.to_owned(), record));
            let consumer = Arc::clone(held.entry(name.to_owned()).or_insert_with(new));
            if locked(&consumer.state).record.owner != owner {
                return Err(ApiError::OtherConsumer { name: name.to_owned() });
            }
            (self.lease(consumer, reset.then_some(begin), now_unix_ns), forgotten)
        };
        for name in &forgotten {
            tracing::info!(consumer = name, "was not used for {KEPT:?} and made room for another");
        }
        self.metrics.consumers_forgotten.inc_by(forgotten.len() as u64);
        if !forgotten.is_empty() {
            self.forget(forgotten).await?;
        }
        let durable = lease.commit().await?;
        drop(turn);
        durable.await.map_err(|_| ApiError::Leaving)?;
        Ok(lease)
    }

    fn lease(&self, consumer: Arc<Consumer>, reset: Option<u64>, now_unix_ns: u64) -> Lease {
        let ended = CancellationToken::new();
        let mut state = locked(&consumer.state);
        if let Some(before) = state.stream.replace(ended.clone()) {
            before.cancel();
        }
        state.streams += 1;
        state.record.used_unix_ns = now_unix_ns;
        state.record.cursor = reset.unwrap_or(state.record.cursor);
        let stream = state.streams;
        drop(state);
        Lease { consumer, stream, ended, committer: self.committer.clone() }
    }

    /// All of them, by name.
    pub(crate) fn list(&self, log: &AlertLog) -> Vec<v1::Consumer> {
        let consumers: Vec<_> = locked(&self.held).values().cloned().collect();
        let consumers = consumers.into_iter().map(|consumer| {
            let state = locked(&consumer.state);
            let ConsumerRecord { cursor, created_unix_ns, used_unix_ns, .. } = state.record;
            let (behind, connected) = (log.behind(cursor), state.stream.is_some());
            v1::Consumer {
                name: consumer.name.clone(),
                cursor,
                behind,
                connected,
                created_unix_ns,
                used_unix_ns,
            }
        });
        consumers.collect()
    }

    /// Forgets one and ends its stream. Durable when it returns.
    pub(crate) async fn delete(&self, name: &str) -> Result<(), ApiError> {
        if self.of_sinks.contains(name) {
            return Err(ApiError::OfSink { name: name.to_owned() });
        }
        let _turn = self.turn.lock().await;
        let consumer = locked(&self.held).remove(name);
        let consumer = consumer.ok_or_else(|| ApiError::NoConsumer { name: name.to_owned() })?;
        consumer.delete();
        self.forget(vec![name.to_owned()]).await
    }

    async fn forget(&self, names: Vec<String>) -> Result<(), ApiError> {
        let (done, durable) = oneshot::channel();
        let work = Work::ForgetConsumers { names, done };
        self.committer.send(work).await.map_err(|_| ApiError::Leaving)?;
        durable.await.map_err(|_| ApiError::Leaving)
    }
}

/// Lets go of those that were not used for long, if there is no room; their names.
fn make_room(held: &mut BTreeMap<String, Arc<Consumer>>, now_unix_ns: u64) -> Result<Vec<String>, ApiError> {
    if held.len() < MAX_CONSUMERS {
        return Ok(Vec::new());
    }
    let unused = |consumer: &Consumer| {
        let state = locked(&consumer.state);
        let idle = now_unix_ns.saturating_sub(state.record.used_unix_ns);
        state.stream.is_none() && u128::from(idle) > KEPT.as_nanos()
    };
    let forgotten: Vec<_> = held.extract_if(.., |_, consumer| unused(consumer)).collect();
    forgotten.iter().for_each(|(_, consumer)| consumer.delete());
    if forgotten.is_empty() {
        return Err(ApiError::Full { what: "names of consumers", max: MAX_CONSUMERS });
    }
    Ok(forgotten.into_iter().map(|(name, _)| name).collect())
}

impl Consumer {
    fn new(name: String, record: ConsumerRecord) -> Self {
        Self { name, state: Mutex::new(State { record, streams: 0, stream: None, deleted: false }) }
    }

    fn delete(&self) {
        let mut state = locked(&self.state);
        state.deleted = true;
        if let Some(stream) = state.stream.take() {
            stream.cancel();
        }
    }

    /// What is to be stored of it now, unless it is to be forgotten.
    pub(crate) fn record(&self) -> Option<(String, ConsumerRecord)> {
        let state = locked(&self.state);
        (!state.deleted).then(|| (self.name.clone(), state.record.clone()))
    }
}

impl Lease {
    /// Everything up to here is acknowledged.
    pub(crate) fn cursor(&self) -> u64 {
        locked(&self.consumer.state).record.cursor
    }

    /// Takes in an acknowledgement.
    pub(crate) fn ack(&self, cursor: u64, now_unix_ns: u64) {
        let mut state = locked(&self.consumer.state);
        if state.streams == self.stream {
            state.record.cursor = state.record.cursor.max(cursor);
            state.record.used_unix_ns = now_unix_ns;
        }
    }

    /// Begins to make durable what was acknowledged; done when told so.
    pub(crate) async fn commit(&self) -> Result<oneshot::Receiver<()>, ApiError> {
        let (done, durable) = oneshot::channel();
        let work = Work::Consumer { consumer: Arc::clone(&self.consumer), done };
        self.committer.send(work).await.map_err(|_| ApiError::Leaving)?;
        Ok(durable)
    }

    /// Returns when another stream has taken over, or the consumer was deleted.
    pub(crate) async fn ended(&self) -> ApiError {
        self.ended.cancelled().await;
        if locked(&self.consumer.state).deleted { ApiError::ConsumerDeleted } else { ApiError::Superseded }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut state = locked(&self.consumer.state);
        if state.streams == self.stream {
            state.stream = None;
        }
    }
}

#[cfg(test)]
mod tests;
