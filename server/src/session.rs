//! Sessions of collectors: what of each has arrived, and up to where it is durable.
//!
//! Invariants. A sequence number is registered before its batch goes to any shard, in rising order, so
//! everything lower that is not registered never comes. It is settled once every shard that got the batch
//! has made it durable (or the refusal is stored); `durable` is the end of the settled prefix, and is stored
//! in the same commit as what settled it. So it never claims what some shard has not made durable.
//! A shard's mark says what it has applied; only that shard writes it, and only upwards.
//!
//! At most [`MAX_SESSIONS`] are kept, and [`MAX_OF_NODE`] of a node: the one unused for longest goes first, and with it the
//! knowledge of what it sent. Not here: streams (`ingest.rs`), storing (`checkpoint.rs`).

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::{OwnedMutexGuard, watch};
use tokio_util::sync::CancellationToken;

use crate::{store::SessionRecord, wire::SHARDS};

/// Sessions kept. One begins with each start of a collector, so this covers large fleets for long.
pub(crate) const MAX_SESSIONS: usize = 4096;

/// Of one node. A collector that is restarted all the time has long settled the first of so many.
const MAX_OF_NODE: usize = 64;

/// In `waiting`, above the shards: the record of a batch that no shard gets.
const RECORD: u32 = 1 << SHARDS;

/// What a collector drew at its start.
pub(crate) type SessionId = [u8; 16];

/// One session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    applied: [AtomicU64; SHARDS],
    progress: Mutex<Progress>,
    durable: watch::Sender<u64>,
    /// Held by the open stream.
    stream: Arc<tokio::sync::Mutex<()>>,
    open: Mutex<Option<Open>>,
}

#[derive(Debug, Default)]
struct Progress {
    record: SessionRecord,
    /// Numbers above the durable prefix.
    pending: BTreeMap<u64, Pending>,
}

#[derive(Debug)]
struct Pending {
    /// Shards, or [`RECORD`], that have yet to make it durable.
    waiting: u32,
    refused: bool,
}

#[derive(Debug)]
struct Open {
    node: String,
    version: String,
    ended: CancellationToken,
}

/// The right to be a session's only stream. Dropping it lets the next one in.
#[derive(Debug)]
pub(crate) struct StreamGuard {
    session: Arc<Session>,
    /// Cancelled when another stream takes over.
    pub(crate) ended: CancellationToken,
    _turn: OwnedMutexGuard<()>,
}

impl Drop for StreamGuard {
    fn drop(&mut self) {
        let mut open = locked(&self.session.open);
        if !self.ended.is_cancelled() {
            *open = None; // otherwise the entry is the successor's
        }
    }
}

impl Session {
    pub(crate) fn new(id: SessionId, record: SessionRecord) -> Self {
        let refused = |&seq: &u64| (seq, Pending { waiting: 0, refused: true });
        Self {
            id,
            applied: record.marks.map(AtomicU64::new),
            durable: watch::Sender::new(record.durable),
            progress: Mutex::new(Progress { pending: record.refused.iter().map(refused).collect(), record }),
            stream: Arc::default(),
            open: Mutex::default(),
        }
    }

    /// Ends the session's stream, if it has one, and takes its place.
    pub(crate) async fn take_over(self: &Arc<Self>, node: &str, version: &str) -> StreamGuard {
        let ended = CancellationToken::new();
        let open = Open { node: node.to_owned(), version: version.to_owned(), ended: ended.clone() };
        if let Some(old) = locked(&self.open).replace(open) {
            old.ended.cancel();
        }
        let turn = Arc::clone(&self.stream).lock_owned().await;
        StreamGuard { session: Arc::clone(self), ended, _turn: turn }
    }

    /// Highest number that is durable with all before it.
    pub(crate) fn durable(&self) -> u64 {
        *self.durable.borrow()
    }

    /// Tells of each change of [`Self::durable`].
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.durable.subscribe()
    }

    /// Numbers that wait to be durable.
    pub(crate) fn unsettled(&self) -> usize {
        locked(&self.progress).pending.len()
    }

    /// Whether a number was taken before: it is durable, or will be without being sent again. One that was
    /// refused is not known, so that a collector that missed the refusal gets it again.
    pub(crate) fn knows(&self, seq: u64) -> bool {
        let progress = locked(&self.progress);
        match progress.pending.get(&seq) {
            Some(pending) => !pending.refused,
            None => seq <= progress.record.durable,
        }
    }

    /// Whether all numbers between two that followed each other on a stream were settled before, so that the
    /// collector was right to leave them out.
    pub(crate) fn may_skip(&self, last: u64, next: u64) -> bool {
        let progress = locked(&self.progress);
        let first = last.max(progress.record.durable).saturating_add(1);
        if first >= next {
            return true;
        }
        let refused = progress.pending.range(first..next).filter(|(_, pending)| pending.refused).count();
        refused as u64 == next - first
    }

    /// How many batches are neither here nor will come, if a stream begins with `next`. A session that nothing is known of
    /// can't tell.
    pub(crate) fn missing(&self, next: u64) -> u64 {
        let progress = locked(&self.progress);
        let durable = progress.record.durable;
        // What is pending came over a stream before, which has told.
        if durable == 0 || !progress.pending.is_empty() {
            return 0;
        }
        next.saturating_sub(durable.saturating_add(1))
    }

    /// Registers a number whose batch goes to `shards`; to none of them: whose record [`Self::settle`] is told.
    pub(crate) fn register(&self, seq: u64, shards: u16, refused: bool) {
        let waiting = if shards == 0 { RECORD } else { u32::from(shards) };
        locked(&self.progress).pending.insert(seq, Pending { waiting, refused });
    }

    /// What `shard` has applied.
    pub(crate) fn applied(&self, shard: usize) -> u64 {
        self.applied.get(shard).map_or(0, |mark| mark.load(Ordering::Acquire))
    }

    /// Raises what `shard` has applied.
    pub(crate) fn set_applied(&self, shard: usize, seq: u64) {
        if let Some(mark) = self.applied.get(shard) {
            mark.store(seq, Ordering::Release);
        }
    }

    /// Takes in that a shard's mark goes into the commit being made.
    pub(crate) fn mark(&self, shard: usize, seq: u64) {
        let mut progress = locked(&self.progress);
        if let Some(mark) = progress.record.marks.get_mut(shard) {
            *mark = seq.max(*mark);
        }
        for pending in progress.pending.range_mut(..=seq).map(|(_, pending)| pending) {
            pending.waiting &= !(1 << shard);
        }
    }

    /// Takes in that the record of a number that no shard got goes into the commit being made.
    pub(crate) fn settle(&self, seq: u64) {
        if let Some(pending) = locked(&self.progress).pending.get_mut(&seq) {
            pending.waiting &= !RECORD;
        }
    }

    /// The record for the commit being made, and how many taken batches it makes durable.
    pub(crate) fn record(&self, now_unix_s: u64) -> (SessionRecord, u64) {
        let mut progress = locked(&self.progress);
        let mut batches = 0;
        while let Some(first) = progress.pending.first_entry() {
            if first.get().waiting != 0 {
                break;
            }
            let (seq, pending) = first.remove_entry();
            batches += u64::from(!pending.refused);
            progress.record.durable = seq;
        }
        let Progress { record, pending } = &mut *progress;
        let refused = pending.iter().filter(|(_, pending)| pending.refused && pending.waiting == 0);
        record.refused = refused.map(|(&seq, _)| seq).collect();
        record.last_used_unix_s = now_unix_s;
        (record.clone(), batches)
    }

    /// Publishes what a commit has made durable.
    pub(crate) fn publish(&self, durable: u64) {
        self.durable.send_if_modified(|old| std::mem::replace(old, durable) != durable);
    }
}

/// All sessions known.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    map: Mutex<HashMap<SessionId, Arc<Session>>>,
}

/// Why a session can't be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error(
        "all {MAX_SESSIONS} sessions, or {MAX_OF_NODE} of the node, have an open stream; end some or run more servers"
    )]
    Full,
    #[error(
        "hello.node: {node:?}, but the session is one of {own:?}; each start of a collector draws its own"
    )]
    OtherNode { own: String, node: String },
}

impl Sessions {
    pub(crate) fn new(records: Vec<(SessionId, SessionRecord)>) -> Self {
        let sessions = records.into_iter().map(|(id, record)| (id, Arc::new(Session::new(id, record))));
        Self { map: Mutex::new(sessions.collect()) }
    }

    /// The session of a node with this id, and the one that had to be forgotten for it: one of its own if it has many, so
    /// that no node takes what is known of others.
    pub(crate) fn open(
        &self,
        id: SessionId,
        node: &str,
    ) -> Result<(Arc<Session>, Option<SessionId>), OpenError> {
        let mut map = locked(&self.map);
        if let Some(session) = map.get(&id) {
            let mut progress = locked(&session.progress);
            match progress.record.node.as_str() {
                "" => node.clone_into(&mut progress.record.node), // of an older server
                own if own == node => {}
                own => return Err(OpenError::OtherNode { own: own.to_owned(), node: node.to_owned() }),
            }
            drop(progress);
            return Ok((Arc::clone(session), None));
        }
        let own = map.values().filter(|session| locked(&session.progress).record.node == node).count();
        let mut forgotten = None;
        if own >= MAX_OF_NODE || map.len() >= MAX_SESSIONS {
            let may_go = |session: &&Arc<Session>| {
                Arc::strong_count(session) == 1
                    && (own < MAX_OF_NODE || locked(&session.progress).record.node == node)
            };
            let idle = map.values().filter(may_go);
            let oldest = idle.min_by_key(|session| locked(&session.progress).record.last_used_unix_s);
            forgotten = Some(oldest.ok_or(OpenError::Full)?.id);
            forgotten.map(|id| map.remove(&id));
        }
        let record = SessionRecord { node: node.to_owned(), ..SessionRecord::default() };
        let session = Arc::new(Session::new(id, record));
        map.insert(id, Arc::clone(&session));
        Ok((session, forgotten))
    }

    /// Node, version and durable number of each session with an open stream, by node.
    pub(crate) fn streams(&self) -> Vec<(String, String, u64)> {
        let map = locked(&self.map);
        let open = map.values().filter_map(|session| {
            let open = locked(&session.open);
            open.as_ref().map(|open| (open.node.clone(), open.version.clone(), session.durable()))
        });
        let mut streams: Vec<_> = open.collect();
        streams.sort();
        streams
    }
}

/// Locks what no holder can leave half-changed: none of them panics between two writes.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
