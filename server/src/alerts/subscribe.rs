//! One subscription: tells what a consumer has not acknowledged yet, and takes what it acknowledges.
//!
//! Invariants: no more is in flight than the client wants; what was acknowledged is confirmed only when it is durable; one
//! acknowledgement at a time is on its way to the store, and those that come meanwhile are made durable together by the next.
//!
//! Not here: which consumers there are (`consumers.rs`), reading the log (`follower.rs`).

use std::{collections::VecDeque, time::Duration};

use plumbline_proto::v1::{
    AlertAck, AlertNack, AlertProgress, SubscribeRequest, SubscribeResponse, subscribe_request,
    subscribe_response::Kind,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until, timeout},
};
use tokio_stream::{Stream, StreamExt};
use tonic::Status;

use crate::{clock::now_unix_ns, consumers::Lease, status::ApiError};

use super::{
    CHUNK, PROGRESS, STALL,
    follower::{Follower, Told},
};

/// Changes in flight at most, and if no number is given.
pub(super) const MAX_IN_FLIGHT: u32 = 1000;
pub(super) const DEFAULT_IN_FLIGHT: u32 = 64;
/// How long a client with so much in flight may leave it unacknowledged.
const UNACKNOWLEDGED: Duration = Duration::from_secs(300);
/// Longest delay before something is told again.
const MAX_DELAY: Duration = Duration::from_secs(600);

/// What a stream ends with; `None` if the client has left.
type Ended = Option<ApiError>;

/// A subscription that has begun.
#[derive(Debug)]
pub(super) struct Subscription<R> {
    follower: Follower,
    lease: Lease,
    requests: R,
    answers: mpsc::Sender<SubscribeResponse>,
    max_in_flight: usize,
    /// Cursors of changes that were told and not acknowledged.
    in_flight: VecDeque<u64>,
    /// Since when there is no room for more.
    full_since: Option<Instant>,
    /// Highest cursor that was told.
    told: u64,
    /// Nothing is told before; set by a nack.
    again: Option<Instant>,
    /// Acknowledged up to here, and durable.
    durable: u64,
    /// The acknowledgement that is on its way to the store.
    committing: Option<(u64, oneshot::Receiver<()>)>,
}

impl<R: Stream<Item = Result<SubscribeRequest, Status>> + Unpin> Subscription<R> {
    pub(super) fn new(
        follower: Follower,
        lease: Lease,
        requests: R,
        answers: mpsc::Sender<SubscribeResponse>,
        max_in_flight: usize,
    ) -> Self {
        let told = follower.cursor;
        Self {
            follower,
            lease,
            requests,
            answers,
            max_in_flight,
            in_flight: VecDeque::new(),
            full_since: None,
            told,
            again: None,
            durable: told,
            committing: None,
        }
    }

    /// Tells and listens until the client leaves (`None`) or has to.
    pub(super) async fn run(mut self) -> Ended {
        self.serve().await.err().flatten()
    }

    async fn serve(&mut self) -> Result<std::convert::Infallible, Ended> {
        self.say(Kind::Acked(AlertAck { cursor: self.follower.cursor })).await?;
        let mut news = self.follower.log.watch();
        let (mut due, mut at_end, mut been_to_end) = (Instant::now() + PROGRESS, false, false);
        loop {
            let room = self.max_in_flight.saturating_sub(self.in_flight.len());
            let reading = room > 0 && !at_end && self.again.is_none();
            tokio::select! {
                biased;
                ended = self.lease.ended() => return Err(Some(ended)),
                durable = durable(&mut self.committing), if self.committing.is_some() => {
                    self.committing = None;
                    let cursor = durable.ok_or(Some(ApiError::Leaving))?;
                    self.durable = cursor;
                    self.say(Kind::Acked(AlertAck { cursor })).await?;
                    self.commit().await?;
                }
                request = self.requests.next() => {
                    let request = request.ok_or(None)?.map_err(|_| None)?;
                    self.take(request).await?;
                    at_end &= self.again.is_none();
                }
                () = until(self.again), if self.again.is_some() => self.again = None,
                () = until(self.full_since.map(|since| since + UNACKNOWLEDGED)), if self.full_since.is_some() => {
                    return Err(Some(ApiError::Unacknowledged(UNACKNOWLEDGED)));
                }
                () = sleep_until(due) => {
                    self.progress().await?;
                    due = Instant::now() + PROGRESS;
                }
                _ = news.changed(), if at_end => at_end = false, // its sender is in the log, which is held here
                () = std::future::ready(()), if reading => {
                    news.borrow_and_update();
                    at_end = self.tell(room).await?;
                    if at_end && !been_to_end {
                        been_to_end = true;
                        self.progress().await?;
                    }
                }
            }
        }
    }

    /// Tells some more; whether that was all there is.
    async fn tell(&mut self, room: usize) -> Result<bool, Ended> {
        let read = self.follower.read(room.min(CHUNK)).await;
        let (items, end) = read.map_err(|error| Some(error.into()))?;
        for item in items {
            match item {
                Told::Change(change) => {
                    self.told = self.told.max(change.cursor);
                    self.in_flight.push_back(change.cursor);
                    self.say(Kind::Change(change)).await?;
                }
                Told::Gap(gap) => {
                    self.told = self.told.max(gap.to);
                    self.say(Kind::Gap(gap)).await?;
                }
            }
        }
        if self.in_flight.len() >= self.max_in_flight {
            self.full_since = Some(Instant::now());
        }
        Ok(end)
    }

    async fn progress(&mut self) -> Result<(), Ended> {
        let cursor = self.follower.cursor;
        self.told = self.told.max(cursor);
        self.say(Kind::Progress(AlertProgress { cursor })).await
    }

    async fn take(&mut self, request: SubscribeRequest) -> Result<(), Ended> {
        let wrong = |field, problem| Err(Some(ApiError::Field { field, problem }));
        match request.kind {
            Some(subscribe_request::Kind::Ack(AlertAck { cursor })) => {
                if cursor > self.told {
                    return wrong("ack.cursor", format!("{cursor}; told was up to {}", self.told));
                }
                self.lease.ack(cursor, now_unix_ns());
                // What a nack wanted to have again may be acknowledged before it is told again.
                if cursor > self.follower.cursor {
                    (self.follower.cursor, self.again) = (cursor, None);
                }
                self.in_flight.retain(|told| *told > cursor);
                self.room_again();
                self.commit().await
            }
            Some(subscribe_request::Kind::Nack(AlertNack { cursor, delay_ns })) => {
                if !self.in_flight.contains(&cursor) {
                    return wrong(
                        "nack.cursor",
                        format!("{cursor}; no change that was told and not acknowledged"),
                    );
                }
                let delay = Duration::from_nanos(delay_ns);
                if delay > MAX_DELAY {
                    return wrong("nack.delay_ns", format!("{delay_ns}; at most {}", MAX_DELAY.as_nanos()));
                }
                self.follower.cursor = cursor - 1;
                self.in_flight.retain(|told| *told < cursor);
                self.again = Some(Instant::now() + delay);
                self.room_again();
                Ok(())
            }
            Some(subscribe_request::Kind::Start(_)) => {
                wrong("start", "it is the first message only".to_owned())
            }
            None => wrong("kind", "an ack or a nack belongs here".to_owned()),
        }
    }

    fn room_again(&mut self) {
        if self.in_flight.len() < self.max_in_flight {
            self.full_since = None;
        }
    }

    /// Sends on what was acknowledged and is not on its way yet.
    async fn commit(&mut self) -> Result<(), Ended> {
        let cursor = self.lease.cursor();
        if self.committing.is_none() && cursor > self.durable {
            let durable = self.lease.commit().await?;
            self.committing = Some((cursor, durable));
        }
        Ok(())
    }

    async fn say(&self, kind: Kind) -> Result<(), Ended> {
        match timeout(STALL, self.answers.send(SubscribeResponse { kind: Some(kind) })).await {
            Ok(sent) => sent.map_err(|_| None),
            Err(_) => Err(Some(ApiError::Slow(STALL))),
        }
    }
}

/// The cursor once it is durable; `None` if it never will be.
async fn durable(committing: &mut Option<(u64, oneshot::Receiver<()>)>) -> Option<u64> {
    let (cursor, durable) = committing.as_mut()?;
    durable.await.ok().map(|()| *cursor)
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
