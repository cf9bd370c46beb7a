//! What becomes of policies by the clock: the set is signed anew long before it expires, lists follow decisions, what
//! nothing broke for long goes one mode further, and what was switched off on nodes goes to the audit record.
//!
//! A set is signed anew at a third of its life, so two failures in a row disarm no node. Time counts towards a promotion
//! only while a connected collector says that it enforces and runs a container of the image: silence of who does not look
//! proves nothing.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, Notify, mpsc, oneshot},
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::{checkpoint::Work, clock::now_unix_ns, nodes::Nodes, record::Record};

use super::{Change, Deed, Policies, lists::approved, switched::Switched};

/// Longest time between two looks.
const LOOK: Duration = Duration::from_secs(15);
/// Shortest time between two looks at decisions.
const PAUSE: Duration = Duration::from_millis(200);

/// Looks until the server shuts down, and when `decided` says that there are new decisions.
pub(crate) async fn run(
    policies: Policies,
    nodes: Nodes,
    record: Arc<Mutex<Record>>,
    decided: Arc<Notify>,
    committer: mpsc::Sender<Work>,
    shutdown: CancellationToken,
) {
    let Some(signer) = policies.signer.clone() else { return shutdown.cancelled().await };
    // The first at once, so that a set of this server's key and of its time is there.
    let mut looks = interval(LOOK.min(signer.1 / 12));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (began, mut switched) = (Instant::now(), Switched::default());
    let mut last = began;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = looks.tick() => {}
            () = decided.notified() => tokio::time::sleep(PAUSE).await, // more may come at once
        }
        let mut deeds = Vec::new();
        let lists = lists(&policies, &*record.lock().await, now_unix_ns());
        if !lists.is_empty() {
            deeds.push(Deed::Approved(lists));
        }
        let switches = switched.entries(&nodes.enforcing(), began.elapsed());
        if !switches.is_empty() {
            deeds.push(Deed::Switched(switches));
        }
        let time = std::mem::replace(&mut last, Instant::now()).elapsed();
        let (watched, inactive) = nodes.watched_images();
        policies.metrics.enforcement.nodes(inactive);
        if policies.has_to_pass() {
            deeds.push(Deed::Passed { time, watched });
        }
        if policies.wants_renewal(now_unix_ns()) {
            deeds.push(Deed::Renew);
        }
        for deed in deeds {
            let (done, durable) = oneshot::channel();
            let work = Work::Policy(Change { deed, done }.into());
            if committer.send(work).await.is_err() || durable.await.is_err() {
                return; // the server is shutting down
            }
        }
    }
}

/// What people approve for each image with a policy, where that has changed.
fn lists(policies: &Policies, record: &Record, now_unix_ns: u64) -> Vec<(String, Vec<String>)> {
    let mut lists = Vec::new();
    policies.each(|digest, policy| {
        let approved = approved(record, now_unix_ns, digest, &policy.repository);
        if approved != policy.approved {
            lists.push((digest.to_owned(), approved));
        }
    });
    lists
}

impl Policies {
    /// Whether time means something to a policy.
    fn has_to_pass(&self) -> bool {
        let mut has = false;
        self.each(|_, policy| has |= policy.promote_after_ns > 0 || policy.has_waiting());
        has
    }
}

#[cfg(test)]
mod tests {
    use super::{super::nanos, *};

    #[test]
    fn a_set_is_signed_anew_at_a_third_of_its_life_and_when_the_clock_was_set_back() {
        let day = Duration::from_secs(86_400);
        let policies = super::super::tests::policies(day);
        assert!(policies.wants_renewal(nanos(day)), "there is none yet");
        super::super::tests::change(&policies, Deed::Renew, nanos(day));
        let third = nanos(day) / 3;
        assert!(!policies.wants_renewal(nanos(day) + third - 1));
        assert!(policies.wants_renewal(nanos(day) + third));
        assert!(policies.wants_renewal(nanos(day) - 1), "it would hold for longer than it is to");
    }
}
