//! Metrics of the watching itself: what is wrong with it.
//!
//! Labels are kinds and states, never names of nodes or containers.

use std::collections::BTreeMap;

use plumbline_proto::v1::OperationalKind;
use prometheus::{IntCounter, IntGaugeVec, Opts, Registry};

use super::{add, short};

/// The metrics.
#[derive(Debug)]
pub(crate) struct WatchingMetrics {
    operational: IntGaugeVec,
    pub(crate) operational_omitted: IntCounter,
}

impl WatchingMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let metrics = Self {
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
        };
        metrics.operational(&BTreeMap::new());
        Ok(metrics)
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
