//! Every metric of the server. Names are a contract with dashboards and rules.
//!
//! Labels have few values, all known here or in the .proto files: never a container, node or path, and images only in
//! `images.rs`, where they are bounded.

mod access;
mod enforcement;
mod images;
mod sinks;
mod spans;
mod watching;

use plumbline_proto::v1;
use prometheus::{
    Encoder, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder, core::Collector,
};
use tonic::Code;

use crate::{
    alert_log::LetGo,
    store::{How, Kind, Report, Trouble},
};

use access::AccessMetrics;
use enforcement::EnforcementMetrics;
use images::ImageMetrics;
pub(crate) use spans::Spans;
use watching::WatchingMetrics;

pub(crate) use sinks::{SinkMetrics, SinksMetrics};

/// A batch is a second old when all is well, and hours after an outage.
const AGES: [f64; 12] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 600.0, 3600.0, 86_400.0];

/// Checkpoints take some milliseconds on a good disk and seconds on a full one.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The metrics and their registry.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) ready: IntGauge,
    pub(crate) batches_received: IntCounter,
    pub(crate) batches_durable: IntCounter,
    pub(crate) batches_skipped: IntCounter,
    batches_rejected: IntCounterVec,
    events: IntCounterVec,
    events_lost: IntCounterVec,
    pub(crate) checkpoint_seconds: Histogram,
    pub(crate) checkpoint_bytes: IntCounter,
    pub(crate) ack_seconds: Histogram,
    pub(crate) batch_age_seconds: Histogram,
    queued: IntGaugeVec,
    pub(crate) shard_queued_max: IntGauge,
    pub(crate) store_bytes: IntGauge,
    image: ImageMetrics,
    alerts: IntCounterVec,
    alert_changes_gone: IntCounterVec,
    pub(crate) alerts_listed: IntCounter,
    pub(crate) watching: WatchingMetrics,
    pub(crate) sinks: SinksMetrics,
    pub(crate) evidence_omitted: IntCounter,
    pub(crate) triages: IntCounter,
    pub(crate) decisions: IntCounter,
    pub(crate) decisions_forgotten: IntCounter,
    pub(crate) commons: IntGauge,
    pub(crate) commons_gathered: IntCounter,
    pub(crate) commons_overflowed: IntCounter,
    images: IntGaugeVec,
    pub(crate) images_loaded: IntGauge,
    pub(crate) images_read: IntCounter,
    images_forgotten: IntCounterVec,
    rules: IntGaugeVec,
    store_opened: IntGaugeVec,
    store_corrupt: IntCounterVec,
    store_lost: IntCounterVec,
    pub(crate) store_paused: IntGauge,
    pub(crate) store_failures: IntCounter,
    pub(crate) disk_free_bytes: IntGauge,
    pub(crate) backup_unix_s: IntGauge,
    pub(crate) backups_failed: IntCounter,
    pub(crate) batches_missing: IntCounter,
    pub(crate) streams_open: IntGauge,
    nodes: IntGaugeVec,
    pub(crate) watchers: IntGauge,
    pub(crate) audit_forgotten: IntCounter,
    pub(crate) access: AccessMetrics,
    pub(crate) enforcement: EnforcementMetrics,
    pub(crate) consumers_forgotten: IntCounter,
}

impl Metrics {
    /// Shows a counter that was made elsewhere.
    pub(crate) fn add(&self, counter: IntCounter) -> prometheus::Result<()> {
        self.registry.register(Box::new(counter))
    }

    /// All metrics, registered.
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new_custom(None, None)?;
        let process = prometheus::process_collector::ProcessCollector::for_self();
        registry.register(Box::new(process))?;
        let counter = |name, help| add(&registry, IntCounter::new(name, help)?);
        let counters =
            |name, help, label| add(&registry, IntCounterVec::new(Opts::new(name, help), &[label])?);
        let gauge = |name, help| add(&registry, IntGauge::new(name, help)?);
        let metrics = Self {
            ready: gauge(
                "plumbline_server_ready",
                "1 while the server serves, as /readyz says; 0 while it opens the store or shuts down.",
            )?,
            batches_received: counter("plumbline_server_batches_received_total", "Batches that arrived.")?,
            batches_durable: counter(
                "plumbline_server_batches_durable_total",
                "Batches taken and made durable.",
            )?,
            batches_skipped: counter(
                "plumbline_server_batches_skipped_total",
                "Batches that were sent again although the server held them.",
            )?,
            batches_rejected: counters(
                "plumbline_server_batches_rejected_total",
                "Batches refused because they were malformed.",
                "reason",
            )?,
            events: counters(
                "plumbline_server_events_total",
                "Events taken, repeats counted, by their kind.",
                "kind",
            )?,
            events_lost: counters(
                "plumbline_server_events_lost_total",
                "Events that collectors reported lost.",
                "reason",
            )?,
            checkpoint_seconds: add(
                &registry,
                Histogram::with_opts(
                    HistogramOpts::new(
                        "plumbline_server_checkpoint_seconds",
                        "Time to make a commit durable.",
                    )
                    .buckets(SECONDS.to_vec()),
                )?,
            )?,
            checkpoint_bytes: counter(
                "plumbline_server_checkpoint_bytes_total",
                "Bytes of keys and values that commits wrote.",
            )?,
            ack_seconds: add(
                &registry,
                Histogram::with_opts(
                    HistogramOpts::new(
                        "plumbline_server_ack_seconds",
                        "Time from a batch's arrival until all of it is durable.",
                    )
                    .buckets(SECONDS.to_vec()),
                )?,
            )?,
            batch_age_seconds: add(
                &registry,
                Histogram::with_opts(
                    HistogramOpts::new(
                        "plumbline_server_batch_age_seconds",
                        "Time from the beginning of a batch, by its collector's clock, until its events were judged.",
                    )
                    .buckets(AGES.to_vec()),
                )?,
            )?,
            queued: add(
                &registry,
                IntGaugeVec::new(
                    Opts::new("plumbline_server_queued", "What waits in the queues, of all shards and of the committer."),
                    &["queue"],
                )?,
            )?,
            shard_queued_max: gauge(
                "plumbline_server_shard_queued_max",
                "What waits for the busiest shard. At 64 whoever has something for it waits, however idle the others are.",
            )?,
            store_bytes: gauge(
                "plumbline_server_store_bytes",
                "What the store takes on the disk, backups not included; as of some commits ago.",
            )?,
            image: ImageMetrics::new(&registry)?,
            alerts: counters(
                "plumbline_server_alerts_total",
                "Alerts, counted once for each verdict they reach.",
                "verdict",
            )?,
            alert_changes_gone: counters(
                "plumbline_server_alert_changes_gone_total",
                "Changes of alerts let go: too old, too many bytes, too many changes.",
                "reason",
            )?,
            alerts_listed: counter(
                "plumbline_server_alerts_listed_total",
                "Alerts read from the store to be listed, by whoever asks: clients, JSON, the console.",
            )?,
            watching: WatchingMetrics::new(&registry)?,
            sinks: SinksMetrics::new(&registry)?,
            evidence_omitted: counter(
                "plumbline_server_evidence_omitted_total",
                "Events of incidents that are not kept: past the first and before the newest, or beyond the bound for all.",
            )?,
            triages: counter(
                "plumbline_server_triages_total",
                "What people did about alerts, taken and made durable.",
            )?,
            decisions: counter(
                "plumbline_server_decisions_total",
                "Decisions of people taken and made durable, revocations included.",
            )?,
            decisions_forgotten: counter(
                "plumbline_server_decisions_forgotten_total",
                "Decisions that no longer held and had to make room.",
            )?,
            commons: gauge(
                "plumbline_server_commons",
                "Behaviours that several repositories have in common, at all levels.",
            )?,
            commons_gathered: counter(
                "plumbline_server_commons_gathered_total",
                "Times it was looked at what different repositories have in common.",
            )?,
            commons_overflowed: counter(
                "plumbline_server_commons_overflowed_total",
                "Behaviours left out when commons were gathered, because there was no room.",
            )?,
            images: add(
                &registry,
                IntGaugeVec::new(
                    Opts::new("plumbline_server_images", "Images with a baseline."),
                    &["state"],
                )?,
            )?,
            images_loaded: gauge(
                "plumbline_server_images_loaded",
                "Images whose baseline is in memory; the others run nowhere at the moment.",
            )?,
            images_read: counter(
                "plumbline_server_images_read_total",
                "Baselines that were read into memory, because their image runs again or somebody asked.",
            )?,
            images_forgotten: counters(
                "plumbline_server_images_forgotten_total",
                "Archived baselines that were let go of, by reason: their age, or the size of all of them.",
                "reason",
            )?,
            rules: add(
                &registry,
                IntGaugeVec::new(
                    Opts::new("plumbline_server_rules", "Sigma rules, by what became of them at start."),
                    &["state"],
                )?,
            )?,
            store_opened: add(
                &registry,
                IntGaugeVec::new(
                    Opts::new(
                        "plumbline_server_store_opened",
                        "1 for how the store was opened: whole, from its log alone, what could be read of it, from a backup, empty.",
                    ),
                    &["how"],
                )?,
            )?,
            store_corrupt: counters(
                "plumbline_server_store_corrupt_total",
                "Stored values that could not be read, by kind: set aside at start, left out later.",
                "kind",
            )?,
            store_lost: counters(
                "plumbline_server_store_lost_total",
                "Values that were missing from the store when it was opened, by kind.",
                "kind",
            )?,
            store_paused: gauge(
                "plumbline_server_store_paused",
                "1 while nothing can be made durable, because the disk takes nothing; nothing is acknowledged then.",
            )?,
            store_failures: counter(
                "plumbline_server_store_failures_total",
                "Attempts to make something durable that failed.",
            )?,
            disk_free_bytes: gauge(
                "plumbline_server_disk_free_bytes",
                "What the disk with the data folder has left for us, as of the last commit.",
            )?,
            backup_unix_s: gauge(
                "plumbline_server_backup_timestamp_seconds",
                "When the newest backup was made, seconds since the Unix epoch; 0 if there is none.",
            )?,
            backups_failed: counter(
                "plumbline_server_backups_failed_total",
                "Backups that could not be written.",
            )?,
            batches_missing: counter(
                "plumbline_server_batches_missing_total",
                "Batches that collectors no longer had and the server did not either: lost on a node's disk, or \
                 acknowledged by a store that was damaged.",
            )?,
            streams_open: gauge("plumbline_server_streams_open", "Collectors with an open stream.")?,
            nodes: add(
                &registry,
                IntGaugeVec::new(
                    Opts::new(
                        "plumbline_server_nodes",
                        "Nodes that were heard of: connected, away for a while, or silent, so that nobody watches them.",
                    ),
                    &["state"],
                )?,
            )?,
            watchers: gauge("plumbline_server_watchers", "Open watches and subscriptions of alerts.")?,
            consumers_forgotten: counter(
                "plumbline_server_consumers_forgotten_total",
                "Consumers of alerts that were not used for long and had to make room.",
            )?,
            audit_forgotten: counter(
                "plumbline_server_audit_forgotten_total",
                "Entries of the audit record that were too old or too many and had to go.",
            )?,
            access: AccessMetrics::new(&registry)?,
            enforcement: EnforcementMetrics::new(&registry)?,
            registry,
        };
        let build = IntGaugeVec::new(
            Opts::new("plumbline_server_build_info", "1; the version of the server is a label."),
            &["version"],
        )?;
        add(&metrics.registry, build)?.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        for reason in REASONS {
            metrics.batches_rejected.with_label_values(&[rejection(reason)]);
        }
        for reason in (1..).map_while(|reason| v1::LossReason::try_from(reason).ok()) {
            metrics.lost(reason, 0);
        }
        for verdict in [v1::Verdict::Drift, v1::Verdict::Attack, v1::Verdict::Operational] {
            metrics.alerts.with_label_values(&[short(verdict.as_str_name(), "VERDICT_").as_str()]);
        }
        for reason in ["age", "size"] {
            metrics.images_forgotten.with_label_values(&[reason]);
        }
        metrics.alert_changes_gone(LetGo::default());
        for kind in Kind::ALL {
            metrics.store_corrupt.with_label_values(&[kind.label()]);
            metrics.store_lost.with_label_values(&[kind.label()]);
        }
        Ok(metrics)
    }

    /// Takes in how the store was opened and what was wrong with it.
    pub(crate) fn store_opened(&self, report: &Report) {
        for how in How::ALL {
            self.store_opened.with_label_values(&[how.label()]).set((how == report.how).into());
        }
        for trouble in &report.troubles {
            match trouble {
                Trouble::Corrupt { kind, .. } => self.store_corrupt(*kind),
                Trouble::Gone { kind, gone, .. } => {
                    self.store_lost.with_label_values(&[kind.label()]).inc_by(*gone);
                }
                _ => {}
            }
        }
    }

    /// Takes in that a value could not be read.
    pub(crate) fn store_corrupt(&self, kind: Kind) {
        self.store_corrupt.with_label_values(&[kind.label()]).inc();
    }

    pub(crate) fn rejected(&self, code: Code) {
        self.batches_rejected.with_label_values(&[rejection(code)]).inc();
    }

    pub(crate) fn rejected_sum(&self) -> u64 {
        REASONS.iter().map(|&code| self.batches_rejected.with_label_values(&[rejection(code)]).get()).sum()
    }

    pub(crate) fn took(&self, kind: &str, events: u64) {
        self.events.with_label_values(&[kind]).inc_by(events);
    }

    pub(crate) fn lost(&self, reason: v1::LossReason, events: u64) {
        let label = short(reason.as_str_name(), "LOSS_REASON_");
        self.events_lost.with_label_values(&[label.as_str()]).inc_by(events);
    }

    pub(crate) fn lost_sum(&self) -> u64 {
        let families = self.events_lost.collect();
        let metrics = families.iter().flat_map(|family| family.get_metric());
        metrics.map(|metric| metric.get_counter().get_value() as u64).sum()
    }

    pub(crate) fn alert(&self, verdict: v1::Verdict) {
        self.alerts.with_label_values(&[short(verdict.as_str_name(), "VERDICT_").as_str()]).inc();
    }

    /// Takes in what the log of alerts has let go.
    pub(crate) fn alert_changes_gone(&self, gone: LetGo) {
        for (reason, changes) in gone.by_reason() {
            self.alert_changes_gone.with_label_values(&[reason.label()]).inc_by(changes);
        }
    }

    /// Takes in how many images there are in each state.
    pub(crate) fn set_images(&self, images: &[v1::ImageStatus], max: usize) {
        self.image.set(images, max);
        use v1::BaselineState::{Archived, Learning, Locked, Stable};
        for state in [Learning, Stable, Locked, Archived] {
            let count = images.iter().filter(|image| image.state() == state).count();
            let label = short(state.as_str_name(), "BASELINE_STATE_");
            self.images.with_label_values(&[label.as_str()]).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// Takes in how much waits in a queue.
    pub(crate) fn set_queued(&self, queue: &str, waiting: usize) {
        self.queued.with_label_values(&[queue]).set(i64::try_from(waiting).unwrap_or(i64::MAX));
    }

    /// Takes in how many nodes are in a state.
    pub(crate) fn set_nodes(&self, state: &str, count: u64) {
        self.nodes.with_label_values(&[state]).set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Takes in that an archived baseline was let go of.
    pub(crate) fn images_forgotten(&self, reason: &str) {
        self.images_forgotten.with_label_values(&[reason]).inc();
    }

    /// Takes in how many rules are in use, are for others, and can't be used.
    pub(crate) fn set_rules(&self, loaded: usize, skipped: usize, broken: usize) {
        for (state, count) in [("loaded", loaded), ("skipped", skipped), ("broken", broken)] {
            self.rules.with_label_values(&[state]).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// All metrics in Prometheus' text form.
    pub(crate) fn text(&self) -> Result<Vec<u8>, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

/// What a batch is refused for; see `Reject.code`.
const REASONS: [Code; 4] =
    [Code::InvalidArgument, Code::FailedPrecondition, Code::ResourceExhausted, Code::PermissionDenied];

fn rejection(code: Code) -> &'static str {
    match code {
        Code::FailedPrecondition => "version",
        Code::ResourceExhausted => "bound",
        Code::PermissionDenied => "node",
        _ => "malformed",
    }
}

/// Short lower-case name of an enum value.
fn short(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_ascii_lowercase()
}

fn add<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> Result<C, prometheus::Error> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}
