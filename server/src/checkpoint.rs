//! The committer: makes one atomic commit of what shards and streams hand in, then tells everybody.
//!
//! Why: baselines, marks of sessions, alerts and decisions must become durable together, or a crash would lose or double
//! something. While one commit is written the next is gathered, so the disk sets the pace and nobody waits
//! for more than two commits.
//!
//! If the disk takes nothing, nothing is acknowledged, and the commit is tried again until it does. Meanwhile it grows by what
//! shards go on to hand in, which is bounded: by what a session may have unsettled, by the images there are, and by
//! [`MAX_HELD_CHANGES`]. If the store fails otherwise, the task ends with the reason and the process with it.
//!
//! Not here: stored form (`store.rs`), order of alerts (`alert_log.rs`), when shards hand in (`shards.rs`).

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use plumbline_model::{Commons, Decision};
use plumbline_proto::v1;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};
use tracing::Instrument;

use crate::{
    alert_log::{AlertLog, Outdated},
    audit::Audit,
    blocking::blocking,
    clock::now_unix_ns,
    consumers::Consumer,
    durability::Durability,
    metrics::Metrics,
    nodes::NodeRecord,
    policies::{Breaches, Change, Counts, Ordered, Policies, PolicyError},
    session::{Session, SessionId},
    store::{Commit, EncodedImage, ImageKey, Store, StoreError},
    traces,
    triage::{Follows, Triaged},
    upkeep::UpkeepRecord,
    wire::SHARDS,
};

/// What waits for the committer: one part of each shard (they never hand in a second before the first is
/// durable), and some records of streams.
pub(crate) const QUEUE: usize = 4 * SHARDS;
/// Changes of alerts in a commit that waits for its disk; with more, shards wait too.
const MAX_HELD_CHANGES: usize = 4096;
/// Pause between two attempts at a disk that takes nothing.
const RETRY: Duration = Duration::from_secs(1);

/// Something to make durable.
#[derive(Debug)]
pub(crate) enum Work {
    /// What a shard changed.
    Part(Part),
    /// A number that no shard got: an empty or a refused batch.
    Settle { session: Arc<Session>, seq: u64, done: Option<oneshot::Sender<()>> },
    /// Decisions, new or revoked, and ids of those that had to make room.
    Decide {
        decisions: Vec<Arc<Decision>>,
        forgotten: Vec<String>,
        audit: v1::AuditEntry,
        done: oneshot::Sender<()>,
    },
    /// What the fleet has in common now.
    Commons { commons: Arc<Commons>, done: oneshot::Sender<()> },
    /// Nodes that were heard of, and names of those that are forgotten.
    Nodes {
        nodes: Vec<(String, NodeRecord)>,
        forgotten: Vec<String>,
        audit: Option<v1::AuditEntry>,
        done: oneshot::Sender<()>,
    },
    /// A change that is kept elsewhere, for the audit record.
    Audit { entry: v1::AuditEntry, done: oneshot::Sender<()> },
    /// Changes of alerts that no shard made.
    Alerts { alerts: Vec<v1::Alert>, done: oneshot::Sender<()> },
    /// What a person did about an alert.
    Triage(Box<Triaged>),
    /// A consumer of alerts has acknowledged some.
    Consumer { consumer: Arc<Consumer>, done: oneshot::Sender<()> },
    /// Consumers that were deleted or had to make room.
    ForgetConsumers { names: Vec<String>, done: oneshot::Sender<()> },
    /// A change of policies.
    Policy(Box<Change>),
    /// A session that had to make room.
    Forget(SessionId),
}

/// What a shard changed since its last part.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) shard: usize,
    pub(crate) images: Vec<EncodedImage>,
    /// What people did to some of them.
    pub(crate) upkeep: Vec<(ImageKey, UpkeepRecord)>,
    /// What runtimes told of some of them, as it is stored.
    pub(crate) declared: Vec<(ImageKey, Vec<u8>)>,
    /// Baselines that it has let go of.
    pub(crate) forgotten: Vec<ImageKey>,
    /// Sessions, and up to where the shard has applied them.
    pub(crate) marks: Vec<(Arc<Session>, u64)>,
    /// Changes of alerts, oldest first.
    pub(crate) alerts: Vec<v1::Alert>,
    /// Events of incidents, by the alert's id.
    pub(crate) evidence: Vec<(String, Vec<v1::EvidenceEvent>)>,
    /// What broke policies.
    pub(crate) breaches: Breaches,
    /// Who made what people asked for.
    pub(crate) audit: Vec<v1::AuditEntry>,
    /// Whoever waits for just this change.
    pub(crate) told: Vec<oneshot::Sender<()>>,
    pub(crate) done: oneshot::Sender<Taken>,
}

/// How a part was taken, so that its shard may hand in the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Durable,
    /// It will be durable once the disk takes writes; until then the store has what was before.
    Held,
}

/// A commit being made, and who is told once it is durable.
#[derive(Debug, Default)]
struct Pending {
    commit: Commit,
    sessions: HashMap<SessionId, Arc<Session>>,
    /// Batches that it settles.
    batches: u64,
    /// Shards that wait to hand in their next part.
    parts: Vec<oneshot::Sender<Taken>>,
    done: Vec<oneshot::Sender<()>>,
    triaged: Vec<(oneshot::Sender<Result<v1::Alert, Outdated>>, v1::Alert)>,
    policies: Vec<oneshot::Sender<Result<(), PolicyError>>>,
    /// Verdicts that alerts reach with it.
    reached: Vec<v1::Verdict>,
    /// Programs that broke policies.
    broken: Counts,
}

/// Commits until everybody who could hand in something has gone.
pub(crate) async fn run(
    mut queue: mpsc::Receiver<Work>,
    store: Store,
    log: AlertLog,
    audit: Audit,
    policies: Policies,
    metrics: Arc<Metrics>,
    durability: Durability,
) -> Result<(), StoreError> {
    let mut works = Vec::new();
    while queue.recv_many(&mut works, QUEUE).await > 0 {
        metrics.set_queued("committer", queue.len());
        let mut pending = Pending::default();
        pending.gather(works.drain(..), &log, &audit, &policies);
        loop {
            // Anew each time: one that failed may be durable after all.
            let commits = store.commits();
            let Err(error) = pending.commit(&store, &metrics).await else { break };
            if !error.is_of_the_disk() {
                return Err(error);
            }
            store.failed(&error);
            durability.pause(error.to_string());
            log.show_early(&pending.commit);
            loop {
                if !pending.wait(Instant::now() + RETRY, &mut queue, &log, &audit, &policies).await {
                    return Err(error); // the server is shutting down
                }
                let recovering = store.clone();
                match blocking(move || recovering.recover(commits)).await {
                    Ok(()) => break,
                    Err(error) if error.is_of_the_disk() => durability.pause(error.to_string()),
                    Err(error) => return Err(error),
                }
            }
        }
        durability.resume();
        metrics.batches_durable.inc_by(pending.batches);
        metrics.alert_changes_gone(pending.commit.let_go);
        metrics.evidence_omitted.inc_by(pending.commit.evidence_omitted);
        pending.reached.drain(..).for_each(|verdict| metrics.alert(verdict));
        metrics.enforcement.broke(pending.broken);
        pending.publish(&log, &audit, &policies);
    }
    blocking(move || store.note()).await;
    Ok(())
}

impl Pending {
    /// Takes in more.
    fn gather(
        &mut self,
        works: impl Iterator<Item = Work>,
        log: &AlertLog,
        audit: &Audit,
        policies: &Policies,
    ) {
        let (mut alerts, mut triaged, mut entries) = (Vec::new(), Vec::new(), Vec::new());
        let (mut evidence, mut changes, mut breaches) = (Vec::new(), Vec::new(), Breaches::default());
        let commit = &mut self.commit;
        for work in works {
            match work {
                Work::Part(part) => {
                    commit.forget(part.forgotten);
                    commit.images.extend(part.images);
                    commit.upkeep.extend(part.upkeep);
                    commit.declared.extend(part.declared);
                    alerts.extend(part.alerts);
                    evidence.extend(part.evidence);
                    breaches.merge(part.breaches);
                    entries.extend(part.audit);
                    for (session, seq) in part.marks {
                        session.mark(part.shard, seq);
                        self.sessions.insert(session.id, session);
                    }
                    self.done.extend(part.told);
                    self.parts.push(part.done);
                }
                Work::Settle { session, seq, done } => {
                    session.settle(seq);
                    self.sessions.insert(session.id, session);
                    self.done.extend(done);
                }
                Work::Decide { decisions, forgotten, audit, done } => {
                    entries.push(audit);
                    commit.decisions.extend(decisions);
                    commit.forgotten_decisions.extend(forgotten);
                    self.done.push(done);
                }
                Work::Commons { commons, done } => {
                    commit.commons = Some(commons);
                    self.done.push(done);
                }
                Work::Nodes { nodes, forgotten, audit, done } => {
                    entries.extend(audit);
                    commit.nodes.retain(|(name, _)| !forgotten.contains(name));
                    commit.forgotten_nodes.retain(|name| !nodes.iter().any(|(known, _)| known == name));
                    commit.nodes.extend(nodes);
                    commit.forgotten_nodes.extend(forgotten);
                    self.done.push(done);
                }
                Work::Audit { entry, done } => {
                    entries.push(entry);
                    self.done.push(done);
                }
                Work::Alerts { alerts: told, done } => {
                    alerts.extend(told);
                    self.done.push(done);
                }
                Work::Triage(one) => triaged.push(*one),
                Work::Consumer { consumer, done } => {
                    commit.consumers.extend(consumer.record());
                    self.done.push(done);
                }
                Work::ForgetConsumers { names, done } => {
                    commit.consumers.retain(|(name, _)| !names.contains(name));
                    commit.forgotten_consumers.extend(names);
                    self.done.push(done);
                }
                Work::Policy(change) => changes.push(*change),
                Work::Forget(id) => commit.forgotten_sessions.push(id),
            }
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now_unix_ns = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let mut planning = log.planning(now_unix_ns, commit);
        alerts.into_iter().for_each(|alert| planning.judged(alert));
        let mut ordered = Ordered::default();
        for Triaged { alert, audit, follows, done } in triaged {
            let follow = |alert: &mut v1::Alert| match follows {
                Follows::Nothing => true,
                Follows::Confirmed => {
                    policies.confirmed(alert, &audit, now_unix_ns, &mut ordered);
                    true
                }
                Follows::Answered { node, result } => {
                    policies.answered(alert, &node, &result, now_unix_ns, &mut ordered)
                }
            };
            match planning.triaged(alert, follow) {
                Ok(alert) => {
                    entries.extend(audit);
                    self.triaged.push((done, alert));
                }
                Err(outdated) => told(done, Err(outdated)), // whoever did it reads the alert again
            }
        }
        self.reached.extend(planning.finish());
        log.plan_evidence(evidence, commit);
        self.broken.add_all(breaches.counts());
        let (told, done) = policies.plan(changes, breaches, ordered, now_unix_ns, commit);
        entries.extend(told);
        self.policies.extend(done);
        audit.plan(entries, commit);
        commit.sessions.clear();
        for (id, session) in &self.sessions {
            let (record, settled) = session.record(now.as_secs());
            commit.sessions.push((*id, record));
            self.batches += settled;
        }
    }

    /// Makes it durable.
    async fn commit(&mut self, store: &Store, metrics: &Metrics) -> Result<(), StoreError> {
        let timer = metrics.checkpoint_seconds.start_timer();
        let (store, commit) = (store.clone(), std::mem::take(&mut self.commit));
        let (images, alerts) = (commit.images.len(), commit.changes.len());
        let span = tracing::trace_span!(target: traces::TARGET, "commit", images, alerts);
        let (commit, written) = blocking(move || {
            let written = store.commit(&commit);
            (commit, written)
        })
        .instrument(span)
        .await;
        self.commit = commit;
        match &written {
            Ok(()) => timer.observe_duration(),
            Err(_) => {
                timer.stop_and_discard();
            }
        }
        written
    }

    /// Takes in what is handed in up to an instant; false if nobody can hand in anything any more.
    async fn wait(
        &mut self,
        until: Instant,
        queue: &mut mpsc::Receiver<Work>,
        log: &AlertLog,
        audit: &Audit,
        policies: &Policies,
    ) -> bool {
        let mut works = Vec::new();
        loop {
            // Shards go on handing in, so that what they find is found now.
            self.parts.drain(..).for_each(|part| told(part, Taken::Held));
            let room = self.commit.changes.len() < MAX_HELD_CHANGES;
            tokio::select! {
                () = sleep_until(until) => return true,
                count = queue.recv_many(&mut works, QUEUE), if room => {
                    if count == 0 {
                        return false;
                    }
                    self.gather(works.drain(..), log, audit, policies);
                    log.show_early(&self.commit);
                }
            }
        }
    }

    /// Tells everybody that it is durable.
    fn publish(mut self, log: &AlertLog, audit: &Audit, policies: &Policies) {
        audit.publish(&self.commit);
        policies.publish(now_unix_ns());
        log.publish(&mut self.commit);
        for (id, record) in &self.commit.sessions {
            if let Some(session) = self.sessions.get(id) {
                session.publish(record.durable);
            }
        }
        self.parts.into_iter().for_each(|part| told(part, Taken::Durable));
        self.done.into_iter().for_each(|done| told(done, ()));
        self.policies.into_iter().for_each(|done| told(done, Ok(())));
        self.triaged.into_iter().for_each(|(done, alert)| told(done, Ok(alert)));
    }
}

fn told<T>(waiting: oneshot::Sender<T>, what: T) {
    let _ = waiting.send(what); // whoever waited may have gone
}

#[cfg(test)]
mod tests;
