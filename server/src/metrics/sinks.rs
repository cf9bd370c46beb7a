//! Metrics of sinks, by their name: there are few, and the settings name them.
//!
//! Not here: who counts (`sinks/health.rs`, `sinks/delivery.rs`).

use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

use super::add;

/// Those of all sinks.
#[derive(Debug)]
pub(crate) struct SinksMetrics {
    sent: IntCounterVec,
    failed: IntCounterVec,
    retried: IntCounterVec,
    dead: IntCounterVec,
    gone: IntCounterVec,
    lag: IntGaugeVec,
    state: IntGaugeVec,
}

/// Those of one.
#[derive(Debug)]
pub(crate) struct SinkMetrics {
    pub(crate) sent: IntCounter,
    pub(crate) failed: IntCounter,
    pub(crate) retried: IntCounter,
    pub(crate) dead: IntCounter,
    pub(crate) gone: IntCounter,
    pub(crate) lag: IntGauge,
    pub(crate) state: IntGauge,
}

impl SinksMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counters = |name, help| add(registry, IntCounterVec::new(Opts::new(name, help), &["sink"])?);
        let gauges = |name, help| add(registry, IntGaugeVec::new(Opts::new(name, help), &["sink"])?);
        Ok(Self {
            sent: counters(
                "plumbline_server_sink_alerts_sent_total",
                "Changes of alerts that a sink has taken.",
            )?,
            failed: counters(
                "plumbline_server_sink_attempts_failed_total",
                "Attempts to send to a sink that failed.",
            )?,
            retried: counters(
                "plumbline_server_sink_alerts_retried_total",
                "Changes of alerts that were sent to a sink once more.",
            )?,
            dead: counters(
                "plumbline_server_sink_alerts_dead_total",
                "Changes of alerts that a sink refused for good; they are in its dead letter.",
            )?,
            gone: counters(
                "plumbline_server_sink_alerts_gone_total",
                "Changes of alerts that were let go before a sink could be told of them.",
            )?,
            lag: gauges(
                "plumbline_server_sink_lag_alerts",
                "Changes of alerts that are held and that a sink has not been told of, whether or not it wants them.",
            )?,
            state: gauges(
                "plumbline_server_sink_state",
                "How a sink is: 0 works, 1 fails and is tried again, 2 is stopped, 3 does not take the server's credentials and is tried again.",
            )?,
        })
    }

    /// Those of the sink with this name.
    pub(crate) fn of(&self, name: &str) -> SinkMetrics {
        SinkMetrics {
            sent: self.sent.with_label_values(&[name]),
            failed: self.failed.with_label_values(&[name]),
            retried: self.retried.with_label_values(&[name]),
            dead: self.dead.with_label_values(&[name]),
            gone: self.gone.with_label_values(&[name]),
            lag: self.lag.with_label_values(&[name]),
            state: self.state.with_label_values(&[name]),
        }
    }
}
