//! Metrics of the watching itself: what was found and waits for people, and what is wrong with it.
//!
//! Labels are kinds and states, never names of nodes or containers.

use std::collections::BTreeMap;

use plumbline_proto::v1::{Coverage, OperationalKind, TriageState, Verdict};
use prometheus::{Gauge, IntCounter, IntGauge, IntGaugeVec, Opts, Registry};

use super::{add, short};

/// The metrics.
#[derive(Debug)]
pub(crate) struct WatchingMetrics {
    held: IntGaugeVec,
    operational: IntGaugeVec,
    pub(crate) operational_omitted: IntCounter,
    containers: IntGaugeVec,
    clocks_off: IntGauge,
    clock_offset: Gauge,
}

impl WatchingMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            held: add(
                registry,
                IntGaugeVec::new(
                    Opts::new(
                        "plumbline_server_alerts_held",
                        "Alerts that are held, by their newest verdict and by how far people are with them; as of some seconds \
                         ago.",
                    ),
                    &["verdict", "state"],
                )?,
            )?,
            operational: add(
                registry,
                IntGaugeVec::new(
                    Opts::new(
                        "plumbline_server_operational_alerts",
                        "Operational alerts that are open, by what is wrong.",
                    ),
                    &["kind"],
                )?,
            )?,
            operational_omitted: add(
                registry,
                IntCounter::new(
                    "plumbline_server_operational_alerts_omitted_total",
                    "Times that something was wrong and no alert was opened, because as many were open as may be.",
                )?,
            )?,
            containers: add(
                registry,
                IntGaugeVec::new(
                    Opts::new(
                        "plumbline_server_containers",
                        "Containers that run as far as anybody knows, by how far they are watched.",
                    ),
                    &["coverage"],
                )?,
            )?,
            clocks_off: add(
                registry,
                IntGauge::new(
                    "plumbline_server_nodes_clock_off",
                    "Nodes whose clock is off by more than clock_skew, as it was last measured.",
                )?,
            )?,
            clock_offset: add(
                registry,
                Gauge::new(
                    "plumbline_server_node_clock_offset_max_seconds",
                    "How far the clock of a node is ahead of the server's, or behind if below 0: of that which is off most.",
                )?,
            )?,
        };
        metrics.operational(&BTreeMap::new());
        metrics.held(|_, _| 0);
        Ok(metrics)
    }

    /// Takes in how many alerts are held, of each verdict and state.
    pub(crate) fn held(&self, count: impl Fn(Verdict, TriageState) -> u64) {
        for verdict in [Verdict::Normal, Verdict::Drift, Verdict::Attack, Verdict::Operational] {
            for state in [TriageState::New, TriageState::Acknowledged, TriageState::Resolved] {
                let labels =
                    [short(verdict.as_str_name(), "VERDICT_"), short(state.as_str_name(), "TRIAGE_STATE_")];
                let held = self.held.with_label_values(&labels.each_ref().map(String::as_str));
                held.set(i64::try_from(count(verdict, state)).unwrap_or(i64::MAX));
            }
        }
    }

    /// Takes in how far containers are watched.
    pub(crate) fn containers(&self, count: impl Fn(Coverage) -> u64) {
        for coverage in [Coverage::Full, Coverage::Partial, Coverage::None] {
            let label = short(coverage.as_str_name(), "COVERAGE_");
            let count = i64::try_from(count(coverage)).unwrap_or(i64::MAX);
            self.containers.with_label_values(&[label.as_str()]).set(count);
        }
    }

    /// Takes in how far clocks of nodes are ahead, and which of them are off.
    pub(crate) fn clocks(&self, ahead: impl Iterator<Item = (i64, bool)>) {
        let (mut off, mut most) = (0, 0_i64);
        for (ahead_ns, is_off) in ahead {
            off += i64::from(is_off);
            most = if ahead_ns.unsigned_abs() > most.unsigned_abs() { ahead_ns } else { most };
        }
        self.clocks_off.set(off);
        self.clock_offset.set(most as f64 / 1e9);
    }

    /// Takes in how many operational alerts are open, by their kind.
    pub(crate) fn operational(&self, open: &BTreeMap<i32, u64>) {
        for kind in (1..).map_while(|kind| OperationalKind::try_from(kind).ok()) {
            let label = short(kind.as_str_name(), "OPERATIONAL_KIND_");
            let count = open.get(&kind.into()).copied().unwrap_or_default();
            self.operational
                .with_label_values(&[label.as_str()])
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}
