//! Batches that wait to be taken: encoded, numbered without gaps, bounded in bytes.
//!
//! Nothing leaves before it is settled (acknowledged, refused or written). With a spool each batch is on disk before
//! `push` returns, and memory holds only the newest; what earlier runs left is given first, under its own session.
//! Without one, or while the disk does not take it, memory is all there is. When there is no room a new batch is
//! not taken; the caller counts it as lost. So what was seen first survives a long outage, and numbers stay
//! without gaps, but for what the disk damaged or age removed. Producers never wait for a taker.

use crate::spool::{
    Spool,
    segment::{self, Session},
};
use bytes::Bytes;
use plumbline_proto::v1::LossReason;
use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};
use tokio::sync::Notify;

/// An encoded batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) seq: u64,
    pub(crate) batch: Bytes,
    pub(crate) events: u64,
}

#[derive(Debug, Default)]
struct State {
    session: Session,
    /// The newest frames of this run, without gaps up to `last_seq`.
    frames: VecDeque<Frame>,
    bytes: usize,
    last_seq: u64,
    /// Settled of this run, and of the earlier session that is being sent.
    settled: u64,
    settled_before: (Session, u64),
    /// Written to the spool, up to here.
    spooled: u64,
    spool: Option<Spool>,
    /// The segment read last.
    loaded: Option<Loaded>,
    losses: BTreeMap<LossReason, u64>,
    /// The spool did not take the last frame.
    failing: bool,
    closed: bool,
}

/// The queue between the pipeline and whoever takes its batches.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    bound_bytes: usize,
    changed: Notify,
}

/// A segment as it was read: up to that many bytes.
#[derive(Debug)]
struct Loaded {
    path: PathBuf,
    bytes: u64,
    frames: Vec<Frame>,
}

/// What is not settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Batches of this run.
    pub(crate) batches: u64,
    /// Of these, such that are in memory only.
    pub(crate) unspooled: u64,
    /// Bytes in the spool, those of earlier runs included.
    pub(crate) spool_bytes: u64,
    /// As many there may be; 0 without a spool.
    pub(crate) spool_limit_bytes: u64,
}

enum Step {
    Give(Option<Frame>),
    Load { path: PathBuf, session: Session, bytes: u64 },
    Wait,
}

impl Queue {
    /// A queue in memory.
    pub(crate) fn new(bound_bytes: usize) -> Self {
        Self { state: Mutex::default(), bound_bytes, changed: Notify::new() }
    }

    /// A queue of a session, with a spool if there is one.
    pub(crate) fn with_spool(bound_bytes: usize, session: Session, spool: Option<Spool>) -> Self {
        let state = State { session, spool, ..State::default() };
        Self { state: Mutex::new(state), bound_bytes, changed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing below can panic halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a batch with that many events. False if it does not fit.
    pub(crate) fn push(&self, batch: Bytes, events: u64) -> bool {
        let mut state = self.state();
        state.expire(SystemTime::now());
        state.spill();
        state.evict(self.bound_bytes.saturating_sub(batch.len()));
        let frame = Frame { seq: state.last_seq + 1, batch, events };
        if state.bytes + frame.batch.len() > self.bound_bytes {
            return false;
        }
        state.bytes += frame.batch.len();
        state.last_seq = frame.seq;
        state.frames.push_back(frame);
        state.spill();
        drop(state);
        self.changed.notify_waiters();
        true
    }

    /// Waits until a batch of that many bytes fits, for a producer that can wait. False if it never will.
    pub(crate) async fn room(&self, bytes: usize) -> bool {
        loop {
            let changed = self.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            {
                let mut state = self.state();
                state.spill();
                let spooled = state.spooled;
                let kept = state.frames.iter().filter(|frame| frame.seq > spooled);
                let kept: usize = kept.map(|frame| frame.batch.len()).sum();
                if bytes > self.bound_bytes || kept + bytes <= self.bound_bytes {
                    return bytes <= self.bound_bytes;
                }
            }
            changed.await;
        }
    }

    /// Half of what memory may hold.
    pub(crate) fn half_bytes(&self) -> usize {
        self.bound_bytes / 2
    }

    /// No batch will be pushed any more.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.spill();
        if let Some(spool) = &mut state.spool {
            spool.close();
        }
        state.prune();
        drop(state);
        self.changed.notify_waiters();
    }

    /// The session whose frames come next: the oldest that is not settled.
    pub(crate) fn session(&self) -> Session {
        self.state().current()
    }

    /// The first frame of a session after `seq`; waits for one. `None` when there will be none. A frame whose
    /// number does not follow stands behind a gap.
    pub(crate) async fn after(&self, session: &Session, seq: u64) -> Option<Frame> {
        loop {
            let changed = self.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            let step = self.state().after(session, seq);
            match step {
                Step::Give(frame) => return frame,
                Step::Load { path, session, bytes } => self.load(path, session, bytes).await,
                Step::Wait => changed.await,
            }
        }
    }

    /// Reads a segment as far as it was written.
    async fn load(&self, path: PathBuf, session: Session, bytes: u64) {
        let file = path.clone();
        let read = tokio::task::spawn_blocking(move || read(&file, &session, bytes)).await;
        let read = read.unwrap_or_else(|panic| Err(std::io::Error::other(panic)));
        let mut state = self.state();
        state.take_loaded(path, bytes, read);
        drop(state);
        self.changed.notify_waiters();
    }

    /// Everything of a session up to and including `seq` is settled.
    pub(crate) fn settle(&self, session: &Session, seq: u64) {
        let mut state = self.state();
        if *session == state.session {
            // What was never pushed can't be settled, whatever the other side says.
            state.settled = state.settled.max(seq.min(state.last_seq));
            while state.frames.front().is_some_and(|frame| frame.seq <= seq) {
                let settled = state.frames.pop_front().map_or(0, |frame| frame.batch.len());
                state.bytes -= settled;
            }
        } else {
            state.settled_before = (*session, seq);
        }
        state.prune();
        drop(state);
        self.changed.notify_waiters();
    }

    /// Whether everything of a session up to `seq` is settled.
    pub(crate) fn is_settled(&self, session: &Session, seq: u64) -> bool {
        self.state().settled_of(session) >= seq
    }

    /// The server refused a batch: its events are lost, but it is settled only with those before it.
    pub(crate) fn refuse(&self, events: u64) {
        self.state().lose(LossReason::BatchRefused, events);
    }

    /// Events lost here since the last call.
    pub(crate) fn take_losses(&self) -> BTreeMap<LossReason, u64> {
        std::mem::take(&mut self.state().losses)
    }

    /// What is not settled yet.
    pub(crate) fn waiting(&self) -> Waiting {
        let state = self.state();
        let settled = state.settled;
        Waiting {
            batches: state.last_seq - settled,
            unspooled: state.last_seq - state.spooled.max(settled).min(state.last_seq),
            spool_bytes: state.spool.as_ref().map_or(0, |spool| spool.bytes),
            spool_limit_bytes: state.spool.as_ref().map_or(0, |spool| spool.bounds.bytes),
        }
    }

    /// Waits until everything is settled and nothing more will come.
    pub(crate) async fn drained(&self) {
        loop {
            let changed = self.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            {
                let state = self.state();
                let spooled = state.spool.as_ref().is_some_and(|spool| !spool.segments.is_empty());
                if state.closed && state.frames.is_empty() && !spooled {
                    return;
                }
            }
            changed.await;
        }
    }
}

impl State {
    fn current(&self) -> Session {
        let front = self.spool.as_ref().and_then(|spool| spool.segments.front());
        front.map_or(self.session, |segment| segment.session)
    }

    fn settled_of(&self, session: &Session) -> u64 {
        match (*session == self.session, self.settled_before) {
            (true, _) => self.settled,
            (false, (before, seq)) if before == *session => seq,
            _ => 0,
        }
    }

    fn lose(&mut self, reason: LossReason, events: u64) {
        if events > 0 {
            *self.losses.entry(reason).or_default() += events;
        }
    }

    /// Deletes segments that are settled.
    fn prune(&mut self) {
        loop {
            let session = self.current();
            let seq = self.settled_of(&session);
            let Some(spool) = &mut self.spool else { return };
            let before = spool.segments.len();
            spool.settle(&session, seq);
            if spool.segments.len() == before {
                return;
            }
        }
    }

    /// Writes what is in memory only, as far as the disk takes it.
    fn spill(&mut self) {
        let Some(spool) = &mut self.spool else { return };
        let from = self.spooled;
        for frame in self.frames.iter().skip_while(|frame| frame.seq <= from) {
            if let Err(why) = spool.append(frame) {
                if !std::mem::replace(&mut self.failing, true) {
                    tracing::warn!(%why, "the spool takes no more; new batches stay in memory, up to --queue-bytes");
                }
                return;
            }
            self.spooled = frame.seq;
        }
        if std::mem::take(&mut self.failing) {
            tracing::info!("the spool takes batches again");
        }
    }

    /// Makes room in memory by forgetting what is on disk, oldest first.
    fn evict(&mut self, room: usize) {
        let spooled = self.spooled;
        while self.bytes > room && self.frames.front().is_some_and(|frame| frame.seq <= spooled) {
            let forgotten = self.frames.pop_front().map_or(0, |frame| frame.batch.len());
            self.bytes -= forgotten;
        }
    }

    /// Drops segments over the age bound, and counts what of them was not settled.
    fn expire(&mut self, now: SystemTime) {
        while self.spool.as_ref().is_some_and(|spool| spool.expired(now)) {
            let Some(front) = self.spool.as_ref().and_then(|spool| spool.segments.front()) else { return };
            let (session, settled) = (front.session, self.settled_of(&front.session));
            let scan = read(&front.path, &session, front.bytes).unwrap_or_default();
            let unsettled = scan.frames.iter().filter(|frame| frame.seq > settled);
            let events = unsettled.map(|frame| frame.events).sum::<u64>();
            let last = scan.frames.last().map(|frame| frame.seq);
            tracing::warn!(file = %front.path.display(), events, "a spool segment is older than --spool-age; it is lost");
            self.lose(LossReason::SpoolExpired, events);
            if let Some(spool) = &mut self.spool {
                spool.drop_front();
            }
            if let Some(last) = last.filter(|_| session == self.session) {
                self.settled = self.settled.max(last);
                while self.frames.front().is_some_and(|frame| frame.seq <= last) {
                    let gone = self.frames.pop_front().map_or(0, |frame| frame.batch.len());
                    self.bytes -= gone;
                }
            }
        }
    }

    fn after(&mut self, session: &Session, seq: u64) -> Step {
        let own = *session == self.session;
        let first = self.frames.front().map(|frame| frame.seq).filter(|_| own);
        // Numbers have no gaps in memory, so the place follows from the number.
        if let Some(first) = first.filter(|first| seq + 1 >= *first)
            && let Some(frame) = self.frames.get((seq + 1 - first) as usize)
        {
            return Step::Give(Some(frame.clone()));
        }
        let loaded = self.loaded.as_ref();
        for segment in self.spool.iter().flat_map(|spool| &spool.segments) {
            if segment.session != *session || segment.last_seq.is_some_and(|last| last <= seq) {
                continue;
            }
            let loaded = loaded.filter(|loaded| loaded.path == segment.path);
            let frame = loaded.and_then(|loaded| loaded.frames.iter().find(|frame| frame.seq > seq));
            if let Some(frame) = frame {
                return Step::Give(Some(frame.clone()));
            }
            // If it was read as it is now, the rest is damaged.
            if loaded.is_none_or(|loaded| loaded.bytes < segment.bytes) {
                let (path, session) = (segment.path.clone(), segment.session);
                return Step::Load { path, session, bytes: segment.bytes };
            }
        }
        match self.frames.front().filter(|frame| own && frame.seq > seq) {
            Some(frame) => Step::Give(Some(frame.clone())),
            None if own && !self.closed => Step::Wait,
            None => Step::Give(None),
        }
    }

    fn take_loaded(&mut self, path: PathBuf, bytes: u64, read: std::io::Result<segment::Scan>) {
        let Some(spool) = &mut self.spool else { return };
        let Some(segment) = spool.segments.iter_mut().find(|segment| segment.path == path) else { return };
        let scan = read.unwrap_or_else(|why| {
            tracing::error!(file = %path.display(), %why, "a spool segment can't be read");
            segment::Scan { damaged: true, lost_events: 1, ..segment::Scan::default() }
        });
        let new = scan.lost_events.saturating_sub(segment.lost_events);
        segment.lost_events += new;
        segment.last_seq = segment.last_seq.or(Some(scan.frames.last().map_or(0, |frame| frame.seq)));
        if new > 0 {
            let file = path.display();
            tracing::error!(%file, events = new, "a spool segment is damaged; what is whole is sent, the rest is lost");
            self.lose(LossReason::SpoolCorrupted, new);
        }
        self.loaded = Some(Loaded { path, bytes, frames: scan.frames });
        self.prune();
    }
}

/// The first `bytes` of a segment.
fn read(path: &std::path::Path, session: &Session, bytes: u64) -> std::io::Result<segment::Scan> {
    use std::io::Read;
    let mut content = Vec::new();
    std::fs::File::open(path)?.take(bytes).read_to_end(&mut content)?;
    Ok(segment::scan(session, &content.into()))
}

#[cfg(test)]
mod tests;
