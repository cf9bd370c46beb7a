//! The committer: makes one atomic commit of what shards and streams hand in, then tells everybody.
//!
//! Why: baselines, marks of sessions, alerts and decisions must become durable together, or a crash would lose or double
//! something. While one commit is written the next is gathered, so the disk sets the pace and nobody waits
//! for more than two commits. If the store fails nothing is acknowledged any more: the task ends with the
//! reason and the process with it.
//!
//! Not here: stored form (`store.rs`), order of alerts (`alert_log.rs`), when shards hand in (`shards.rs`).

use std::{
    collections::HashMap,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use plumbline_model::{Commons, Decision};
use plumbline_proto::v1;
use tokio::sync::{mpsc, oneshot};

use crate::{
    alert_log::{AlertLog, Outdated},
    consumers::Consumer,
    metrics::Metrics,
    session::{Session, SessionId},
    store::{Commit, EncodedImage, Store, StoreError},
    triage::Triaged,
    wire::SHARDS,
};

/// What waits for the committer: one part of each shard (they never hand in a second before the first is
/// durable), and some records of streams.
pub(crate) const QUEUE: usize = 4 * SHARDS;

/// Something to make durable.
#[derive(Debug)]
pub(crate) enum Work {
    /// What a shard changed.
    Part(Part),
    /// A number that no shard got: an empty or a refused batch.
    Settle { session: Arc<Session>, seq: u64, done: Option<oneshot::Sender<()>> },
    /// Decisions, new or revoked, and ids of those that had to make room.
    Decide { decisions: Vec<Arc<Decision>>, forgotten: Vec<String>, done: oneshot::Sender<()> },
    /// What the fleet has in common now.
    Commons { commons: Arc<Commons>, done: oneshot::Sender<()> },
    /// What a person did about an alert.
    Triage(Box<Triaged>),
    /// A consumer of alerts has acknowledged some.
    Consumer { consumer: Arc<Consumer>, done: oneshot::Sender<()> },
    /// Consumers that were deleted or had to make room.
    ForgetConsumers { names: Vec<String>, done: oneshot::Sender<()> },
    /// A session that had to make room.
    Forget(SessionId),
}

/// What a shard changed since its last part.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) shard: usize,
    pub(crate) images: Vec<EncodedImage>,
    /// Sessions, and up to where the shard has applied them.
    pub(crate) marks: Vec<(Arc<Session>, u64)>,
    /// Changes of alerts, oldest first.
    pub(crate) alerts: Vec<v1::Alert>,
    /// Whoever waits for just this change.
    pub(crate) told: Vec<oneshot::Sender<()>>,
    pub(crate) done: oneshot::Sender<()>,
}

/// Who is told once a commit is durable.
#[derive(Debug, Default)]
struct Waiting {
    sessions: HashMap<SessionId, Arc<Session>>,
    done: Vec<oneshot::Sender<()>>,
    triaged: Vec<(oneshot::Sender<Result<v1::Alert, Outdated>>, v1::Alert)>,
}

/// What is to be put into the log of alerts.
#[derive(Debug, Default)]
struct Changes {
    /// By the model.
    judged: Vec<v1::Alert>,
    /// By people.
    triaged: Vec<Triaged>,
}

/// Commits until everybody who could hand in something has gone.
pub(crate) async fn run(
    mut queue: mpsc::Receiver<Work>,
    store: Store,
    log: AlertLog,
    metrics: Arc<Metrics>,
) -> Result<(), StoreError> {
    let mut works = Vec::new();
    while queue.recv_many(&mut works, QUEUE).await > 0 {
        let mut commit = Commit::default();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let (mut waiting, changes) = gather(works.drain(..), &mut commit);
        let now_unix_ns = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let reached = plan(&log, changes, now_unix_ns, &mut commit, &mut waiting);
        let mut batches = 0;
        for (id, session) in &waiting.sessions {
            let (record, settled) = session.record(now.as_secs());
            commit.sessions.push((*id, record));
            batches += settled;
        }

        let timer = metrics.checkpoint_seconds.start_timer();
        let store = store.clone();
        let written = tokio::task::spawn_blocking(move || store.commit(&commit).map(|()| commit)).await;
        let mut commit = match written {
            Ok(written) => written?,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
        timer.observe_duration();

        reached.into_iter().for_each(|verdict| metrics.alert(verdict));
        metrics.alert_changes_gone(commit.let_go);
        log.publish(&mut commit);
        for (id, record) in &commit.sessions {
            if let Some(session) = waiting.sessions.get(id) {
                session.publish(record.durable);
            }
        }
        metrics.batches_durable.inc_by(batches);
        for done in waiting.done {
            let _ = done.send(()); // the stream may have gone
        }
        for (done, alert) in waiting.triaged {
            let _ = done.send(Ok(alert)); // the caller may have gone
        }
    }
    let noted = tokio::task::spawn_blocking(move || store.note()).await;
    if let Err(panic) = noted {
        std::panic::resume_unwind(panic.into_panic());
    }
    Ok(())
}

/// Puts changes of alerts into a commit; the verdicts that alerts reach.
fn plan(
    log: &AlertLog,
    changes: Changes,
    now_unix_ns: u64,
    commit: &mut Commit,
    waiting: &mut Waiting,
) -> Vec<v1::Verdict> {
    let mut planning = log.planning(now_unix_ns, commit);
    changes.judged.into_iter().for_each(|alert| planning.judged(alert));
    for Triaged { alert, done } in changes.triaged {
        match planning.triaged(alert) {
            Ok(alert) => waiting.triaged.push((done, alert)),
            Err(outdated) => {
                let _ = done.send(Err(outdated)); // whoever did it reads the alert again
            }
        }
    }
    planning.finish()
}

/// Who waits for it, and the changes of alerts that have yet to be put in.
fn gather(works: impl Iterator<Item = Work>, commit: &mut Commit) -> (Waiting, Changes) {
    let mut waiting = Waiting::default();
    let mut changes = Changes::default();
    for work in works {
        match work {
            Work::Part(part) => {
                commit.images.extend(part.images);
                changes.judged.extend(part.alerts);
                for (session, seq) in part.marks {
                    session.mark(part.shard, seq);
                    waiting.sessions.insert(session.id, session);
                }
                waiting.done.extend(part.told);
                waiting.done.push(part.done);
            }
            Work::Settle { session, seq, done } => {
                session.settle(seq);
                waiting.sessions.insert(session.id, session);
                waiting.done.extend(done);
            }
            Work::Decide { decisions, forgotten, done } => {
                commit.decisions.extend(decisions);
                commit.forgotten_decisions.extend(forgotten);
                waiting.done.push(done);
            }
            Work::Commons { commons, done } => {
                commit.commons = Some(commons);
                waiting.done.push(done);
            }
            Work::Triage(triaged) => changes.triaged.push(*triaged),
            Work::Consumer { consumer, done } => {
                commit.consumers.extend(consumer.record());
                waiting.done.push(done);
            }
            Work::ForgetConsumers { names, done } => {
                // Of a commit that was gathered before they were.
                commit.consumers.retain(|(name, _)| !names.contains(name));
                commit.forgotten_consumers.extend(names);
                waiting.done.push(done);
            }
            Work::Forget(id) => commit.forgotten_sessions.push(id),
        }
    }
    (waiting, changes)
}

#[cfg(test)]
mod tests;
