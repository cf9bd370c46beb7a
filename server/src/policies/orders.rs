//! What runtimes are asked to do where a person confirmed an attack: pause or stop the container, if the policy of its image says
//! so.
//!
//! An order is made in the commit of the confirmation, and travels in the signed set until it is answered or expires. It is
//! answered once: what came of it stands in the alert and in the audit record by one commit, so a collector may say it again
//! whenever it connects. Only the node that was asked can answer. A verdict alone gives no order. A policy that is removed takes
//! its orders out of the set, but answers are waited for: a node may have carried one out already.
//!
//! Not here: carrying them out, which collectors do, and who may confirm (`triage.rs`, `security/roles.rs`).

use std::sync::Arc;

use plumbline_proto::v1::{
    Alert, AuditEntry, ConfirmedAction, Containment, EnforcementMode, OrderOutcome, OrderResult,
};
use serde::{Deserialize, Serialize};

use crate::session::locked;

use super::{Policies, State, record::PolicyRecord};

/// For so long an order is carried out. A node that was away must not stop what may long be another matter.
const VALID_FOR_NS: u64 = 300_000_000_000;
/// For so long an answer is waited for: a node may carry an order out and then be away.
const ANSWERED_WITHIN_NS: u64 = 86_400_000_000_000;
/// Orders in a set, as collectors take them.
const MAX_ORDERS: usize = 64;
/// Bytes that so many orders take in a set at most.
pub(super) const ORDERS_BYTES: usize = 32 << 10;
/// Orders of a policy that wait for an answer.
const MAX_OF_POLICY: usize = 256;
/// Longest name of a node, id of a container and digest, as collectors take them.
const NODE_BYTES: usize = 253;
const ID_BYTES: usize = 128;
const DIGEST_BYTES: usize = 128;

/// An order that nobody has answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    id: u64,
    alert_id: String,
    node: String,
    container_id: String,
    /// As [`ConfirmedAction`] counts.
    action: i32,
    expires_unix_ns: u64,
}

/// What follows of a confirmed attack.
#[derive(Debug, Default)]
pub(crate) struct Ordered {
    /// Digests of policies that have another order.
    pub(super) digests: Vec<String>,
    pub(super) entries: Vec<AuditEntry>,
}

impl Policies {
    /// A person has confirmed an attack: takes down in the alert what is asked of its container's runtime, if the policy of the
    /// image says anything. `audit` is the entry of the confirmation.
    pub(crate) fn confirmed(
        &self,
        alert: &mut Alert,
        audit: &Option<AuditEntry>,
        now_unix_ns: u64,
        ordered: &mut Ordered,
    ) {
        let mut state = locked(&self.state);
        let Some(policy) = state.policies.get(&alert.image_digest) else { return };
        let action = policy.on_confirmed_attack();
        let Some(triage) = alert.triage.as_mut().filter(|_| action != ConfirmedAction::None) else { return };
        let name = policy.name(&alert.image_digest);
        let why_not =
            if self.signer.is_none() { Some("the server has no key to sign orders with") } else { None };
        let why_not = why_not.or_else(|| state.why_not(policy, now_unix_ns));
        let too_long = alert.node.len() > NODE_BYTES
            || alert.container_id.len() > ID_BYTES
            || alert.image_digest.len() > DIGEST_BYTES;
        let why_not = why_not.or(too_long.then_some("the name of its node or its own id is too long"));
        let mut containment =
            Containment { action: action.into(), asked_unix_ns: now_unix_ns, ..Default::default() };
        let said = match why_not {
            Some(why) => {
                containment.set_outcome(OrderOutcome::Refused);
                why.clone_into(&mut containment.reason);
                format!("did not ask to {}", what(action))
            }
            None => {
                let order = Order {
                    id: state.next(now_unix_ns),
                    alert_id: alert.id.clone(),
                    node: alert.node.clone(),
                    container_id: alert.container_id.clone(),
                    action: action.into(),
                    expires_unix_ns: now_unix_ns.saturating_add(VALID_FOR_NS),
                };
                containment.set_outcome(OrderOutcome::Asked);
                (containment.order, containment.expires_unix_ns) = (order.id, order.expires_unix_ns);
                state.switch.version = order.id;
                if let Some(policy) = state.policies.get_mut(&alert.image_digest) {
                    Arc::make_mut(policy).orders.push(order);
                }
                ordered.digests.push(alert.image_digest.clone());
                format!("asked node {} to {}", alert.node, what(action))
            }
        };
        let of = format!("container {} of {name}", alert.container_id);
        let because = format!("since {} confirmed alert {} as an attack", triage.author, alert.id);
        let reason = if containment.reason.is_empty() { because } else { containment.reason.clone() };
        ordered.entries.push(AuditEntry {
            target: alert.container_id.clone(),
            outcome: format!("{said} {of}: {reason}"),
            ..audit.clone().unwrap_or_default()
        });
        self.metrics.enforcement.order(containment.outcome());
        triage.containment = Some(containment);
    }

    /// The alert whose order a node answers; `None` if nobody waits for that answer, or somebody sees to it already.
    pub(crate) fn begin_answer(&self, node: &str, id: u64) -> Option<String> {
        let mut state = locked(&self.state);
        let (_, order) = state.order(node, id)?;
        let alert_id = order.alert_id.clone();
        state.answering.insert(id).then_some(alert_id)
    }

    /// Whether the answer of a node to an order is waited for.
    pub(crate) fn waits_for(&self, node: &str, id: u64) -> bool {
        locked(&self.state).order(node, id).is_some()
    }

    pub(crate) fn end_answer(&self, id: u64) {
        locked(&self.state).answering.remove(&id);
    }

    /// A node has said what came of an order: takes it down in its alert. False if nobody waits for that any more.
    pub(crate) fn answered(
        &self,
        alert: &mut Alert,
        node: &str,
        result: &OrderResult,
        now_unix_ns: u64,
        ordered: &mut Ordered,
    ) -> bool {
        let mut state = locked(&self.state);
        let open = state.order(node, result.id);
        let Some((digest, order)) = open.map(|(digest, order)| (digest.to_owned(), order.clone())) else {
            return false;
        };
        let version = state.next(now_unix_ns);
        let Some(policy) = state.record(&digest).map(Arc::make_mut) else { return false };
        policy.orders.retain(|held| held.id != order.id);
        let name = policy.name(&digest);
        state.removed.retain(|_, left| !left.orders.is_empty());
        state.switch.version = version;
        ordered.digests.push(digest);
        // A later confirmation may have asked anew.
        let held = alert.triage.as_mut().and_then(|triage| triage.containment.as_mut());
        if let Some(held) = held.filter(|held| held.order == order.id) {
            held.outcome = result.outcome;
            held.reason.clone_from(&result.reason);
            held.answered_unix_ns = now_unix_ns;
        }
        self.metrics.enforcement.order(result.outcome());
        let action = ConfirmedAction::try_from(order.action).unwrap_or_default();
        let said = match result.outcome() {
            OrderOutcome::Done => done(action).to_owned(),
            OrderOutcome::Refused => format!("refused to {}", what(action)),
            _ => format!("failed to {}", what(action)),
        };
        let reason = if result.reason.is_empty() { String::new() } else { format!(": {}", result.reason) };
        ordered.entries.push(AuditEntry {
            name: node.to_owned(),
            role: "collector".to_owned(),
            method: "IngestService/Stream".to_owned(),
            target: order.container_id.clone(),
            outcome: format!(
                "{said} container {} of {name} (alert {}){reason}",
                order.container_id, order.alert_id
            ),
            ..AuditEntry::default()
        });
        true
    }
}

impl State {
    /// Why the runtime is not asked.
    fn why_not(&self, policy: &PolicyRecord, now_unix_ns: u64) -> Option<&'static str> {
        let open = self.policies.values().flat_map(|policy| &policy.orders);
        if !self.switch.armed {
            Some("all policies are disarmed")
        } else if policy.mode() != EnforcementMode::Enforce {
            Some("the policy does not enforce")
        } else if open.filter(|order| order.holds(now_unix_ns)).count() >= MAX_ORDERS
            || policy.orders.len() >= MAX_OF_POLICY
        {
            Some("as many orders as may be wait for an answer")
        } else {
            None
        }
    }

    /// An order that waits for the answer of this node, with the digest of its image.
    fn order(&self, node: &str, id: u64) -> Option<(&str, &Order)> {
        self.policies.iter().chain(&self.removed).find_map(|(digest, policy)| {
            let order = policy.orders.iter().find(|order| order.id == id && order.node == node)?;
            Some((digest.as_str(), order))
        })
    }

    /// Forgets orders that will not be answered. Digests of what it changes are given.
    pub(super) fn forget_orders(&mut self, now_unix_ns: u64) -> Vec<String> {
        let mut changed = Vec::new();
        for (digest, policy) in self.policies.iter_mut().chain(&mut self.removed) {
            let is_over =
                |order: &Order| now_unix_ns > order.expires_unix_ns.saturating_add(ANSWERED_WITHIN_NS);
            if policy.orders.iter().any(is_over) {
                Arc::make_mut(policy).orders.retain(|order| !is_over(order));
                changed.push(digest.clone());
            }
        }
        self.removed.retain(|_, left| !left.orders.is_empty());
        changed
    }
}

impl Order {
    /// Whether it is to be carried out at this time.
    pub(super) fn holds(&self, now_unix_ns: u64) -> bool {
        now_unix_ns < self.expires_unix_ns
    }

    /// It is not to be carried out from now on.
    pub(super) fn withdraw(&mut self, now_unix_ns: u64) {
        self.expires_unix_ns = self.expires_unix_ns.min(now_unix_ns);
    }

    /// As collectors get it.
    pub(super) fn of_set(&self, digest: &str) -> plumbline_proto::v1::ContainerOrder {
        plumbline_proto::v1::ContainerOrder {
            id: self.id,
            node: self.node.clone(),
            container_id: self.container_id.clone(),
            digest: digest.to_owned(),
            action: self.action,
            expires_unix_ns: self.expires_unix_ns,
        }
    }
}

fn what(action: ConfirmedAction) -> &'static str {
    if action == ConfirmedAction::Stop { "stop" } else { "pause" }
}

fn done(action: ConfirmedAction) -> &'static str {
    if action == ConfirmedAction::Stop { "stopped" } else { "paused" }
}
