//! Metrics of who was let in, and of what it is shown by: credentials, connections, certificates.
//!
//! Labels are reasons, never names, addresses or methods: who asks chooses those.

use prometheus::{IntCounter, IntCounterVec, IntGauge, Opts, Registry};

use super::{Metrics, add};
use crate::security::AccessError;

/// The metrics.
#[derive(Debug)]
pub(crate) struct AccessMetrics {
    refused: IntCounterVec,
    pub(crate) connections_refused: IntCounterVec,
    pub(crate) handshakes_failed: IntCounter,
    certificate_expiry: IntGauge,
    pub(crate) renewals: IntCounterVec,
}

impl AccessMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counters = |name, help, label, values: &[&str]| {
            let counters = add(registry, IntCounterVec::new(Opts::new(name, help), &[label])?)?;
            // All of them are there from the start: of a counter that appears with its first count no rate is known.
            values.iter().for_each(|value| drop(counters.with_label_values(&[*value])));
            Ok::<_, prometheus::Error>(counters)
        };
        Ok(Self {
            refused: counters(
                "plumbline_server_access_refused_total",
                "Requests refused for who asked: no or wrong credentials, a role that may not, another's node or name.",
                "reason",
                &AccessError::REASONS,
            )?,
            connections_refused: counters(
                "plumbline_server_connections_refused_total",
                "Connections closed because all places, or those of the address, were taken, or nobody was let in on them.",
                "what",
                &["connections", "handshakes", "idle"],
            )?,
            handshakes_failed: add(
                registry,
                IntCounter::new(
                    "plumbline_server_tls_handshakes_failed_total",
                    "TLS handshakes that failed or took too long.",
                )?,
            )?,
            certificate_expiry: add(
                registry,
                IntGauge::new(
                    "plumbline_server_tls_certificate_expiry_timestamp_seconds",
                    "When the server's certificate expires, seconds since the Unix epoch; 0 without TLS.",
                )?,
            )?,
            renewals: counters(
                "plumbline_server_renewals_total",
                "Renewed files of certificates or tokens, by whether they were taken or refused as no good.",
                "result",
                &["taken", "refused"],
            )?,
        })
    }
}

impl Metrics {
    /// Takes in that somebody was refused.
    pub(crate) fn refused(&self, error: &AccessError) {
        self.access.refused.with_label_values(&[error.reason()]).inc();
    }

    /// Takes in until when the server's certificate holds.
    pub(crate) fn certificate_expiry(&self, unix_s: u64) {
        self.access.certificate_expiry.set(i64::try_from(unix_s).unwrap_or(i64::MAX));
    }

    /// Takes in that files were renewed, for good or not.
    pub(crate) fn renewed(&self, taken: bool) {
        self.access.renewals.with_label_values(&[if taken { "taken" } else { "refused" }]).inc();
    }
}
