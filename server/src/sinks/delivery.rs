//! The loop of one sink: follow the log, send, try again, put aside what is refused, move the place.
//!
//! Invariants: what is sent is in the order of the log; the place moves, durably, behind each batch that was taken or put aside,
//! and before the next is sent; time between attempts doubles from a second to `retry_max`, with jitter, so that servers that
//! failed together don't come back together, and is as long as the other side asks for if that is within `retry_max`. Ends only on shutdown: what is being sent then is sent again by the next run.
//!
//! Not here: how something is sent (`target.rs`).

use std::{collections::HashMap, convert::Infallible, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use plumbline_proto::v1::{Alert, AlertGap, Operational, Verdict};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::{
    Shared,
    change::{Change, Seen},
    dead_letter::DeadLetter,
    failure::Failure,
    health::Health,
    target::Target,
};
use crate::{
    alert_filter::Filter,
    alerts::{Follower, Told},
    blocking::blocking,
    clock::now_unix_ns,
    config::{Begin, SinkSettings},
    consumers::Lease,
    severity::Severity,
    status::ApiError,
    store::StoreError,
};

/// Shortest time between two attempts.
const RETRY_MIN: Duration = Duration::from_secs(1);

/// Why nothing goes on for now.
enum Ended {
    /// Begin anew.
    Again(ApiError),
    /// Not before the next start.
    Gone(String),
}

impl<E: Into<ApiError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Again(error.into())
    }
}

pub(super) struct Delivery {
    settings: SinkSettings,
    target: Target,
    dead: DeadLetter,
    health: std::sync::Arc<Health>,
    shared: Shared,
}

impl Delivery {
    pub(super) fn new(
        settings: SinkSettings,
        target: Target,
        dead: DeadLetter,
        health: std::sync::Arc<Health>,
        shared: Shared,
    ) -> Self {
        Self { settings, target, dead, health, shared }
    }

    /// Delivers until shutdown.
    pub(super) async fn run(mut self) {
        let shutdown = self.shared.shutdown.clone();
        let delivering = async {
            loop {
                let Err(ended) = self.follow().await;
                match ended {
                    Ended::Again(error) => {
                        tracing::warn!(sink = self.settings.name, %error, "a sink begins anew");
                        sleep(RETRY_MIN).await;
                    }
                    Ended::Gone(why) => {
                        self.health.stopped(why);
                        std::future::pending().await
                    }
                }
            }
        };
        tokio::select! {
            biased;
            () = shutdown.cancelled() => {}
            () = delivering => {}
        }
        self.target.close().await;
    }

    async fn follow(&mut self) -> Result<Infallible, Ended> {
        let log = &self.shared.log;
        let begin = match self.settings.begin {
            Begin::Earliest => log.earliest(),
            Begin::Latest => log.last(),
        };
        let name = super::consumer(&self.settings.name);
        let lease = self.shared.consumers.open_own(&name, begin, now_unix_ns()).await?;
        let filter = Filter::new(Some(self.settings.filter.clone()))?;
        let cursor = lease.cursor().min(log.last());
        self.health.at(cursor);
        let follower = Follower { log: log.clone(), filter, cursor };
        tokio::select! {
            biased;
            ended = lease.ended() => Err(ended.into()),
            ended = self.serve(follower, &lease) => ended,
        }
    }

    async fn serve(&mut self, mut follower: Follower, lease: &Lease) -> Result<Infallible, Ended> {
        let mut news = follower.log.watch();
        let mut due = self.target.interval().map(|_| Instant::now());
        loop {
            news.borrow_and_update();
            let (told, end) = follower.read(self.settings.batch).await?;
            let mut changes: Vec<_> = told.into_iter().filter_map(|told| self.wanted(told)).collect();
            if self.target.tells_seen() {
                changes = self.with_seen(changes).await?;
            }
            for batch in changes.chunks(self.settings.batch.min(self.target.max_batch())) {
                self.deliver(batch).await?;
                if let Some(last) = batch.last() {
                    self.advance(lease, last.cursor).await?;
                }
            }
            self.advance(lease, follower.cursor).await?;
            if due.is_some_and(|due| Instant::now() >= due) {
                self.deliver(&[]).await?;
                due = self.target.interval().map(|interval| Instant::now() + interval);
            }
            if end {
                tokio::select! {
                    _ = news.changed() => {} // its sender is in the log, which is held here
                    () = until(due) => {}
                }
            }
        }
    }

    /// What is to be sent of something that the log tells.
    fn wanted(&self, told: Told) -> Option<Change> {
        match told {
            Told::Change(change) => {
                let change = Change::of(change)?;
                (Severity::of(&change.alert) >= self.settings.min_severity).then_some(change)
            }
            Told::Gap(gap) => {
                let changes = gap.to - gap.from + 1;
                tracing::warn!(
                    sink = self.settings.name,
                    changes,
                    "alerts were let go before they could be sent"
                );
                self.health.metrics.gone.inc_by(changes);
                Some(missed(&gap))
            }
        }
    }

    /// Reads what the incidents' processes ran and whom they talked to, of each once.
    async fn with_seen(&self, mut changes: Vec<Change>) -> Result<Vec<Change>, StoreError> {
        let log = self.shared.log.clone();
        blocking(move || {
            let mut known = HashMap::new();
            for change in &mut changes {
                let id = &change.alert.id;
                let found = match known.get(id) {
                    Some(found) => found,
                    None => &*known.entry(id.clone()).or_insert(Seen::of(&log.evidence(id)?)),
                };
                change.seen.clone_from(found);
            }
            Ok(changes)
        })
        .await
    }

    /// Returns when all of a batch is taken or put aside.
    async fn deliver(&mut self, batch: &[Change]) -> Result<(), Ended> {
        let backoff =
            ExponentialBuilder::new().with_min_delay(RETRY_MIN).with_max_delay(self.settings.retry_max);
        let mut delays = backoff.with_jitter().without_max_times().build();
        let count = batch.len() as u64;
        loop {
            let sending = timeout(self.settings.timeout, self.target.send(batch)).await;
            let after = match sending.unwrap_or_else(|_| {
                Err(Failure::again(format!("no answer within {:?}", self.settings.timeout)))
            }) {
                Ok(refused) => {
                    self.health.works();
                    self.health.metrics.sent.inc_by(count - refused.len() as u64);
                    for one in refused {
                        if let Some(change) = batch.get(one.index) {
                            self.bury(change, &one.why).await;
                        }
                    }
                    return Ok(());
                }
                Err(Failure::Refused { why }) => match batch {
                    [] => {
                        self.health.fails(why);
                        None
                    }
                    [change] => {
                        self.health.works();
                        self.bury(change, &why).await;
                        return Ok(());
                    }
                    // One of them may be to blame: the others must not go with it.
                    several => {
                        for one in several {
                            Box::pin(self.deliver(std::slice::from_ref(one))).await?;
                        }
                        return Ok(());
                    }
                },
                Err(Failure::Gone { why }) => return Err(Ended::Gone(why)),
                Err(Failure::Denied { why }) => {
                    self.health.denied(why);
                    None
                }
                Err(Failure::Again { why, after }) => {
                    self.health.fails(why);
                    after
                }
            };
            self.health.metrics.retried.inc_by(count);
            let delay = delays.next().unwrap_or(self.settings.retry_max);
            sleep(delay.max(after.unwrap_or_default()).min(self.settings.retry_max.max(RETRY_MIN))).await;
        }
    }

    /// Puts aside what is refused for good; waits for the disk if it must.
    async fn bury(&self, change: &Change, why: &str) {
        while let Err(error) = self.dead.take(change, why).await {
            self.health.fails(format!("cannot write the dead letter: {error}"));
            sleep(RETRY_MIN).await;
        }
        tracing::warn!(
            sink = self.settings.name,
            cursor = change.cursor,
            why,
            "a sink refused an alert for good"
        );
        self.health.metrics.dead.inc();
    }

    /// Moves the place; durable when it returns.
    async fn advance(&self, lease: &Lease, cursor: u64) -> Result<(), Ended> {
        if cursor > lease.cursor() {
            lease.ack(cursor, now_unix_ns());
            lease.commit().await?.await.map_err(|_| ApiError::Leaving)?;
            self.health.at(cursor);
        }
        Ok(())
    }
}

/// What is told of changes that are gone: an alert like any other, since formats of others have no word for it.
fn missed(gap: &AlertGap) -> Change {
    let now = now_unix_ns();
    let alert = Alert {
        id: format!("gap-{}-{}", gap.from, gap.to),
        revision: 1,
        verdict: Verdict::Operational.into(),
        story: format!(
            "{} changes of alerts were let go before they could be sent here: those from {} to {}.",
            gap.to - gap.from + 1,
            gap.from,
            gap.to
        ),
        first_seen_unix_ns: now,
        last_seen_unix_ns: now,
        changed_unix_ns: now,
        events: 1,
        operational: Some(Operational { since_unix_ns: now, ..Default::default() }),
        ..Default::default()
    };
    Change { cursor: gap.to, alert, ..Default::default() }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
