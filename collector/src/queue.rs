//! Batches that wait to be taken: encoded, numbered without gaps, bounded in bytes.
//!
//! Nothing leaves before it is settled (acknowledged, refused or written). When the queue is full a new batch
//! is not taken; the caller counts it as lost. So what was seen first survives a long outage, and numbers
//! stay without gaps. Producers never wait.

use bytes::Bytes;
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// An encoded batch.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) seq: u64,
    pub(crate) batch: Bytes,
    events: u64,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Frame>,
    bytes: usize,
    last_seq: u64,
    refused_events: u64,
    closed: bool,
}

/// The queue between the pipeline and whoever takes its batches.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    bound_bytes: usize,
    changed: Notify,
}

impl Queue {
    pub(crate) fn new(bound_bytes: usize) -> Self {
        Self { state: Mutex::default(), bound_bytes, changed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing below can panic halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a batch with that many events. False if it does not fit.
    pub(crate) fn push(&self, batch: Bytes, events: u64) -> bool {
        let mut state = self.state();
        if state.bytes + batch.len() > self.bound_bytes {
            return false;
        }
        state.bytes += batch.len();
        state.last_seq += 1;
        let seq = state.last_seq;
        state.frames.push_back(Frame { seq, batch, events });
        drop(state);
        self.changed.notify_waiters();
        true
    }

    /// No batch will be pushed any more.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_waiters();
    }

    /// The first frame after `seq`; waits for one. `None` when there will be none.
    pub(crate) async fn after(&self, seq: u64) -> Option<Frame> {
        loop {
            let changed = self.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            {
                let state = self.state();
                // Numbers have no gaps, so the place follows from the number.
                let first = state.frames.front().map_or(state.last_seq + 1, |frame| frame.seq);
                let place = (seq + 1).saturating_sub(first) as usize;
                if let Some(frame) = state.frames.get(place) {
                    return Some(frame.clone());
                }
                if state.closed {
                    return None;
                }
            }
            changed.await;
        }
    }

    /// Everything up to and including `seq` is settled.
    pub(crate) fn settle(&self, seq: u64) {
        let mut state = self.state();
        while state.frames.front().is_some_and(|frame| frame.seq <= seq) {
            let settled = state.frames.pop_front().map_or(0, |frame| frame.batch.len());
            state.bytes -= settled;
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// The server refused a batch: its events are lost, but it is settled only with those before it.
    pub(crate) fn refuse(&self, seq: u64) {
        let mut state = self.state();
        let events = state.frames.iter().find(|frame| frame.seq == seq).map_or(0, |frame| frame.events);
        state.refused_events += events;
    }

    /// Events of refused batches since the last call.
    pub(crate) fn take_refused(&self) -> u64 {
        std::mem::take(&mut self.state().refused_events)
    }

    /// Batches not settled yet.
    pub(crate) fn len(&self) -> usize {
        self.state().frames.len()
    }

    /// Waits until everything is settled and nothing more will come.
    pub(crate) async fn drained(&self) {
        loop {
            let changed = self.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            {
                let state = self.state();
                if state.closed && state.frames.is_empty() {
                    return;
                }
            }
            changed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_not_settled_is_given_again_and_a_full_queue_takes_no_more() {
        let queue = Queue::new(10);
        assert!(queue.push(Bytes::from_static(b"12345"), 1));
        assert!(queue.push(Bytes::from_static(b"12345"), 2));
        assert!(!queue.push(Bytes::from_static(b"1"), 3));
        assert_eq!(queue.after(0).await.unwrap().seq, 1);
        assert_eq!(queue.after(0).await.unwrap().seq, 1);
        assert_eq!(queue.after(1).await.unwrap().seq, 2);
        queue.settle(1);
        assert!(queue.push(Bytes::from_static(b"123"), 4));
        assert_eq!(queue.after(2).await.unwrap().seq, 3, "a batch that was not taken leaves no gap");
        queue.refuse(3);
        assert_eq!(queue.take_refused(), 4);
        queue.close();
        assert!(queue.after(3).await.is_none());
        queue.settle(3);
        queue.drained().await;
        assert_eq!(queue.len(), 0);
    }
}
