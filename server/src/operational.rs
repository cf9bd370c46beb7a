//! Operational alerts: what is wrong with the watching itself, told where all alerts are told.
//!
//! Why: who only follows alerts must hear that a node went silent, loses events, or has its clock wrong, and that nothing is
//! made durable. Conditions are looked at again and again; while one holds there is one alert for it, which is changed at most
//! once in [`UPDATE_EVERY`] and closed when it is over. So neither a batch nor a node that comes and goes makes an alert each.
//! Open ones are found in the log at start, so a restart opens none twice. At most [`MAX_OPEN`] are open; what finds no room is
//! counted, and told once there is some.
//!
//! Not here: when a node is in such a condition (`nodes/`), when a policy is (`policies.rs`), the log (`alert_log.rs`).

mod open;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use plumbline_proto::v1::{self, OperationalKind};
use tokio::{
    sync::{mpsc, oneshot},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::{
    alert_filter::Filter, alert_log::AlertLog, blocking::blocking, checkpoint::Work, clock::now_unix_ns,
    durability::Durability, metrics::Metrics, nodes::Nodes, policies::Policies, store::StoreError,
};

use open::Open;

/// Longest time between two looks.
const LOOK: Duration = Duration::from_secs(5);
/// Shortest time between two changes of an alert that goes on.
const UPDATE_EVERY: Duration = Duration::from_secs(60);
/// Alerts open at once. A network that breaks makes half a fleet silent; a few of its nodes say as much as all.
const MAX_OPEN: usize = 1024;

/// An image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) digest: String,
    pub(crate) repository: String,
    pub(crate) tag: String,
}

/// What an alert is opened for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) kind: OperationalKind,
    /// Of which node; empty for the server's own.
    pub(crate) node: String,
    /// Of the policy of which image.
    pub(crate) image: Option<Named>,
    /// Since when, by the server's clock.
    pub(crate) since_unix_ns: u64,
    /// Events lost since.
    pub(crate) events_lost: u64,
    /// Programs that broke the policy since.
    pub(crate) programs: u64,
    /// How far ahead the node's clock is.
    pub(crate) clock_offset_ns: i64,
    /// What failed, of the server's own; what happened, of a policy.
    pub(crate) why: String,
}

impl Condition {
    pub(crate) fn new(kind: OperationalKind, node: &str, since_unix_ns: u64) -> Self {
        let (node, why) = (node.to_owned(), String::new());
        Self { kind, node, image: None, since_unix_ns, events_lost: 0, programs: 0, clock_offset_ns: 0, why }
    }

    /// Of the policy of an image, by its digest, and its repository and tag.
    pub(crate) fn of_policy(
        kind: OperationalKind,
        digest: &str,
        (repository, tag): (&str, &str),
        since_unix_ns: u64,
    ) -> Self {
        let [digest, repository, tag] = [digest, repository, tag].map(str::to_owned);
        Self { image: Some(Named { digest, repository, tag }), ..Self::new(kind, "", since_unix_ns) }
    }
}

/// Looks until the server shuts down.
pub(crate) async fn run(
    nodes: Nodes,
    durability: Durability,
    policies: Policies,
    log: AlertLog,
    committer: mpsc::Sender<Work>,
    metrics: Arc<Metrics>,
    shutdown: CancellationToken,
) -> Result<(), StoreError> {
    let settle = nodes.silent_after();
    let stored = log.clone();
    let mut open = Open::new(blocking(move || stored.operational()).await?, now_unix_ns(), settle);
    let mut looks = interval(LOOK.min(settle));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Of each alert its newest change that is not with the committer yet.
    let mut changed = BTreeMap::<String, v1::Alert>::new();
    let mut under_way: Option<oneshot::Receiver<()>> = None;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            _ = looks.tick() => {}
            () = durability.changed() => {}
            durable = wait(&mut under_way), if under_way.is_some() => {
                if durable.is_err() {
                    return Ok(()); // the committer has failed and says why
                }
                under_way = None;
            }
        }
        // While the disk takes nothing, what is over and begins anew must not pile up: it is found again later.
        if changed.len() < MAX_OPEN {
            let mut conditions = nodes.conditions(now_unix_ns());
            conditions.extend(policies.conditions(now_unix_ns()));
            conditions.extend(durability.paused().map(|paused| Condition {
                why: paused.why,
                ..Condition::new(OperationalKind::StorePaused, "", paused.since_unix_ns)
            }));
            for alert in open.look(conditions, now_unix_ns()) {
                changed.insert(alert.id.clone(), alert);
            }
            let coverages = nodes.coverages();
            metrics
                .watching
                .containers(|coverage| coverages.get(&coverage.into()).copied().unwrap_or_default());
            metrics.watching.clocks(nodes.clocks().into_iter());
            metrics.watching.operational(&open.counts());
            let held = log.count_by(&Filter::default(), |head| (head.verdict, head.state));
            let of = |verdict: v1::Verdict, state: v1::TriageState| (verdict.into(), state.into());
            metrics
                .watching
                .held(|verdict, state| held.get(&of(verdict, state)).copied().unwrap_or_default());
            metrics.watching.operational_omitted.inc_by(open.take_omitted());
        }
        if under_way.is_none()
            && !changed.is_empty()
            && let Ok(room) = committer.try_reserve()
        {
            let (done, durable) = oneshot::channel();
            room.send(Work::Alerts { alerts: std::mem::take(&mut changed).into_values().collect(), done });
            under_way = Some(durable);
        }
    }
}

async fn wait(under_way: &mut Option<oneshot::Receiver<()>>) -> Result<(), oneshot::error::RecvError> {
    match under_way {
        Some(durable) => durable.await,
        None => Ok(()),
    }
}
