//! Orders to pause or stop a container, where a person confirmed an attack there: whether one may be carried out, and what came
//! of it.
//!
//! Orders come in the signed set. An order is carried out at most once, also if the collector is killed meanwhile: that it was
//! begun is on disk before the runtime is asked, and one that was begun by an earlier run and not ended is told as failed. Where
//! nothing can be kept on disk nothing is carried out. Whatever is in doubt is refused, with the reason. Not here: what the
//! runtime is asked (`container/contain.rs`).

use super::{Contained, Policies, Slot, policies::keep};
use crate::container::{Act, Came, Runtime, contain};
use plumbline_proto::v1::{
    ConfirmedAction, ContainerOrder, EnforcementMode, EnforcementState, OrderOutcome, OrderResult,
};
use prost::Message;
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::PathBuf,
    sync::Arc,
};
use tokio::sync::mpsc;

/// Results that are kept and told: as many as a set may have orders.
const RESULTS: usize = 64;
/// Longest reason, in bytes.
const REASON_BYTES: usize = 512;
/// For so long a container that is not known is waited for: after a start it takes a moment until all are.
const UNKNOWN_NS: u64 = 30_000_000_000;
const MINUTE_NS: u64 = 60_000_000_000;

/// An order that may be carried out.
#[derive(Debug)]
pub(crate) struct Task {
    id: u64,
    container: Arc<str>,
    digest: String,
    act: Act,
}

/// The orders of this node.
#[derive(Debug)]
pub(crate) struct Orders {
    node: String,
    file: Option<PathBuf>,
    /// By id; those that were begun and not ended have the outcome ASKED.
    results: BTreeMap<u64, OrderResult>,
    /// Since when the container of an order is waited for.
    awaited: HashMap<u64, u64>,
    tasks: mpsc::Sender<Task>,
}

/// What is to become of an order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ruling {
    Go(Act),
    /// The container is not known yet.
    Wait,
    Refuse(String),
    /// As many as may be were carried out: the policy goes no further here.
    Spend,
}

/// What orders are judged by.
pub(super) struct Facts<'a> {
    pub(super) off: bool,
    pub(super) policies: &'a Policies,
    pub(super) slots: &'a HashMap<String, Slot>,
    pub(super) containers: &'a HashMap<Arc<str>, Contained>,
}

impl Orders {
    /// With what an earlier run kept. Gives the other side of the tasks, too.
    pub(crate) fn open(node: &str, file: Option<PathBuf>) -> (Self, mpsc::Receiver<Task>) {
        let (tasks, given) = mpsc::channel(RESULTS);
        let kept = file.as_ref().and_then(|file| fs::read(file).ok()).unwrap_or_default();
        let kept = EnforcementState::decode(&*kept).unwrap_or_default().orders;
        let ended = |mut result: OrderResult| {
            if result.outcome() == OrderOutcome::Asked {
                result.set_outcome(OrderOutcome::Failed);
                result.reason = "the collector ended while it was carried out; look at the container".into();
            }
            (result.id, result)
        };
        let results = kept.into_iter().map(ended).collect();
        (Self { node: node.into(), file, results, awaited: HashMap::new(), tasks }, given)
    }

    /// What came of the orders, for the server.
    pub(super) fn told(&self) -> Vec<OrderResult> {
        self.results.values().filter(|result| result.outcome() != OrderOutcome::Asked).cloned().collect()
    }

    /// Orders of this node that were not begun.
    pub(super) fn open_of(&self, policies: &Policies) -> Vec<ContainerOrder> {
        let own = |order: &&ContainerOrder| order.node == self.node && !self.results.contains_key(&order.id);
        policies.orders().iter().filter(own).cloned().collect()
    }

    /// What is to become of an order.
    pub(super) fn judge(&mut self, order: &ContainerOrder, facts: &Facts<'_>, now_unix_ns: u64) -> Ruling {
        let refuse = |why: &str| Ruling::Refuse(why.into());
        let policy = facts.policies.images().iter().find(|policy| policy.digest == order.digest);
        let act = match order.action() {
            ConfirmedAction::Pause => Act::Pause,
            ConfirmedAction::Stop => Act::Stop,
            ConfirmedAction::None | ConfirmedAction::Unspecified => {
                return refuse("it asks for nothing that this version knows");
            }
        };
        if now_unix_ns >= order.expires_unix_ns {
            return refuse("it has expired");
        }
        if facts.off {
            return refuse("enforcement is switched off on the node");
        }
        if !facts.policies.armed() {
            return refuse("all policies are disarmed");
        }
        let Some(policy) = policy.filter(|policy| policy.mode() == EnforcementMode::Enforce) else {
            return refuse("the image has no policy that enforces");
        };
        if policy.on_confirmed_attack != order.action {
            return refuse("the policy of the image does not say so");
        }
        if self.file.is_none() {
            return refuse("without --spool-dir it can't be kept that it was carried out");
        }
        let known = facts.containers.get(order.container_id.as_str());
        let Some((contained, image)) = known.and_then(|known| Some((known, known.image.as_ref()?))) else {
            let since = *self.awaited.entry(order.id).or_insert(now_unix_ns);
            return if now_unix_ns.saturating_sub(since) < UNKNOWN_NS {
                Ruling::Wait
            } else {
                refuse("no such container runs here, as far as the collector knows")
            };
        };
        if *image != order.digest {
            return Ruling::Refuse(format!("the container is of image {image}"));
        }
        if contained.broken_glass {
            return refuse("the container was started with the label that exempts it");
        }
        if facts.slots.get(&order.digest).is_none_or(|slot| slot.spared) {
            return refuse("the policy came to its limit on the node and only warns there");
        }
        let lately = |result: &&OrderResult| {
            result.digest == order.digest
                && result.outcome() != OrderOutcome::Refused
                && now_unix_ns.saturating_sub(result.unix_ns) < MINUTE_NS
        };
        let lately = self.results.values().filter(lately).count();
        if lately >= policy.kills_per_minute as usize { Ruling::Spend } else { Ruling::Go(act) }
    }

    /// Begins to carry out an order.
    pub(super) fn begin(&mut self, order: &ContainerOrder, act: Act, now_unix_ns: u64) {
        let begun = result(order, OrderOutcome::Asked, "", now_unix_ns);
        if let Err(error) = self.put(begun) {
            let reason = format!("that it is carried out can't be kept: {error}");
            return self.end(result(order, OrderOutcome::Refused, &reason, now_unix_ns));
        }
        tracing::warn!(container = order.container_id, ?act, "a person confirmed an attack there");
        let (container, digest) = (order.container_id.as_str().into(), order.digest.clone());
        if self.tasks.try_send(Task { id: order.id, container, digest, act }).is_err() {
            self.end(result(order, OrderOutcome::Failed, "too many at once", now_unix_ns));
        }
    }

    pub(super) fn refuse(&mut self, order: &ContainerOrder, why: &str, now_unix_ns: u64) {
        tracing::warn!(container = order.container_id, why, "an order of the server was refused");
        self.end(result(order, OrderOutcome::Refused, why, now_unix_ns));
    }

    /// Takes down what came of an order.
    pub(super) fn end(&mut self, result: OrderResult) {
        if let Err(error) = self.put(result) {
            tracing::error!(%error, "what came of an order can't be kept; after a restart it is told as failed");
        }
    }

    fn put(&mut self, result: OrderResult) -> std::io::Result<()> {
        self.awaited.remove(&result.id);
        self.results.insert(result.id, result);
        while self.results.len() > RESULTS {
            self.results.pop_first();
        }
        let orders = self.results.values().cloned().collect();
        let kept = EnforcementState { orders, ..EnforcementState::default() };
        self.file.as_ref().map_or(Ok(()), |file| keep(file, &kept.encode_to_vec()))
    }
}

fn result(order: &ContainerOrder, outcome: OrderOutcome, reason: &str, unix_ns: u64) -> OrderResult {
    let (id, digest) = (order.id, order.digest.clone());
    OrderResult { id, outcome: outcome.into(), reason: short(reason), unix_ns, digest }
}

fn short(reason: &str) -> String {
    reason.get(..reason.floor_char_boundary(REASON_BYTES)).unwrap_or_default().to_owned()
}

/// Carries tasks out, one after the other, until nobody gives any more.
pub(crate) async fn carry_out(
    runtimes: Vec<Runtime>,
    mut tasks: mpsc::Receiver<Task>,
    results: mpsc::Sender<OrderResult>,
) {
    while let Some(Task { id, container, digest, act }) = tasks.recv().await {
        let came = contain(&runtimes, &container, &digest, act).await;
        tracing::warn!(container = &*container, ?act, ?came, "an order was carried out");
        let (outcome, reason) = match came {
            Came::Done(said) => (OrderOutcome::Done, said.to_owned()),
            Came::Refused(why) => (OrderOutcome::Refused, why),
            Came::Failed(error) => (OrderOutcome::Failed, error.to_string()),
        };
        let (since_boot_ns, boot_unix_ns) = crate::pipeline::clocks();
        let (reason, unix_ns) = (short(&reason), boot_unix_ns + since_boot_ns);
        let result = OrderResult { id, outcome: outcome.into(), reason, unix_ns, digest };
        if results.send(result).await.is_err() {
            return;
        }
    }
}
