//! Metrics of policies: which there are, what broke them, and whether nodes enforce them.
//!
//! Labels are modes and outcomes, never images, nodes or paths.

use std::collections::BTreeMap;

use plumbline_proto::v1::{EnforcementMode, OrderOutcome};
use prometheus::{IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

use crate::policies::{Counts, OUTCOMES};

use super::{add, short};

/// What can become of an order.
const ORDERS: [OrderOutcome; 4] =
    [OrderOutcome::Asked, OrderOutcome::Done, OrderOutcome::Failed, OrderOutcome::Refused];

/// The metrics.
#[derive(Debug)]
pub(crate) struct EnforcementMetrics {
    policies: IntGaugeVec,
    programs: IntCounterVec,
    orders: IntCounterVec,
    armed: IntGauge,
    version: IntGauge,
    omitted: IntGauge,
    inactive: IntGauge,
}

impl EnforcementMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let gauge = |name, help| add(registry, IntGauge::new(name, help)?);
        let metrics = Self {
            policies: add(
                registry,
                IntGaugeVec::new(
                    Opts::new("plumbline_server_policies", "Images with a policy, by its mode."),
                    &["mode"],
                )?,
            )?,
            programs: add(
                registry,
                IntCounterVec::new(
                    Opts::new(
                        "plumbline_server_enforced_programs_total",
                        "Programs that broke a policy, as collectors said, by what became of them.",
                    ),
                    &["outcome"],
                )?,
            )?,
            orders: add(
                registry,
                IntCounterVec::new(
                    Opts::new(
                        "plumbline_server_container_orders_total",
                        "Orders to pause or stop a container where a person confirmed an attack, by what became of them; those \
                         that a node was asked for count again once it has answered.",
                    ),
                    &["outcome"],
                )?,
            )?,
            armed: gauge(
                "plumbline_server_policies_armed",
                "1 if policies stop what their modes say, 0 if none does.",
            )?,
            version: gauge(
                "plumbline_server_policies_version",
                "Version of the set of policies that collectors are sent; 0 if there is no key to sign one with.",
            )?,
            omitted: gauge(
                "plumbline_server_policy_executables_omitted",
                "Executables that people approved and that find no room in the list of a policy.",
            )?,
            inactive: gauge(
                "plumbline_server_nodes_not_enforcing",
                "Nodes with a connected collector that was given a key and says that it does not enforce the newest set.",
            )?,
        };
        for outcome in ORDERS {
            metrics.orders.with_label_values(&[short(outcome.as_str_name(), "ORDER_OUTCOME_").as_str()]);
        }
        metrics.broke(Counts::default());
        metrics.modes(&BTreeMap::new());
        Ok(metrics)
    }

    /// Takes in what broke policies.
    pub(crate) fn broke(&self, counts: Counts) {
        for outcome in OUTCOMES {
            let label = short(outcome.as_str_name(), "ENFORCEMENT_OUTCOME_");
            self.programs.with_label_values(&[label.as_str()]).inc_by(counts.get(outcome));
        }
    }

    /// Takes in what became of an order.
    pub(crate) fn order(&self, outcome: OrderOutcome) {
        let label = short(outcome.as_str_name(), "ORDER_OUTCOME_");
        self.orders.with_label_values(&[label.as_str()]).inc();
    }

    /// Takes in a set that collectors are sent.
    pub(crate) fn set(&self, version: u64, armed: bool, modes: &BTreeMap<i32, u64>, omitted: usize) {
        self.version.set(i64::try_from(version).unwrap_or(i64::MAX));
        self.armed.set(armed.into());
        self.omitted.set(i64::try_from(omitted).unwrap_or(i64::MAX));
        self.modes(modes);
    }

    /// Takes in how many nodes do not enforce it.
    pub(crate) fn nodes(&self, inactive: u64) {
        self.inactive.set(i64::try_from(inactive).unwrap_or(i64::MAX));
    }

    fn modes(&self, modes: &BTreeMap<i32, u64>) {
        for mode in [EnforcementMode::Observe, EnforcementMode::Warn, EnforcementMode::Enforce] {
            let label = short(mode.as_str_name(), "ENFORCEMENT_MODE_");
            let count = modes.get(&mode.into()).copied().unwrap_or_default();
            self.policies.with_label_values(&[label.as_str()]).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}
