//! What is given: each setting as a flag, and under the same name as a key of the configuration file.
//!
//! Not here: defaults and limits (`config.rs`), what the file says of each (`example.rs`).

use std::{net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::{SinkSettings, enforcement::GivenEnforcement};

/// The settings, by flag or by file.
#[derive(Clone, Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Given {
    /// Folder of the store; made if it is missing.
    #[arg(long, value_name = "DIR")]
    pub(super) data_dir: Option<PathBuf>,
    /// Where collectors and readers connect (gRPC). Port 0: any free port.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(super) grpc_listen: Option<SocketAddr>,
    /// Where /metrics, /healthz and /readyz are served. Port 0: any free port.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(super) http_listen: Option<SocketAddr>,
    /// Allow listening on other addresses than loopback without TLS or without authentication.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) insecure_listen: Option<bool>,
    /// The server's certificate and those it comes from, PEM.
    #[arg(long, value_name = "FILE")]
    pub(super) tls_cert: Option<PathBuf>,
    /// Key of the server's certificate, PEM.
    #[arg(long, value_name = "FILE")]
    pub(super) tls_key: Option<PathBuf>,
    /// Certificates that those of collectors and people must come from, PEM; asks everybody who they are.
    #[arg(long, value_name = "FILE")]
    pub(super) tls_client_ca: Option<PathBuf>,
    /// File of tokens, made by `plumbline-server tokens`; asks everybody who they are.
    #[arg(long, value_name = "FILE")]
    pub(super) tokens_file: Option<PathBuf>,
    /// Entries of the audit record kept.
    #[arg(long, value_name = "COUNT")]
    pub(super) audit_entries: Option<u32>,
    /// How many days entries of the audit record are kept.
    #[arg(long, value_name = "COUNT")]
    pub(super) audit_days: Option<u32>,
    /// Budget of novelty: new but harmless behaviours per dimension, image and container-day.
    #[arg(long, value_name = "NUMBER")]
    pub(super) budget: Option<f64>,
    /// Alert budget: false alerts per image and week that drifts may raise.
    #[arg(long, value_name = "NUMBER")]
    pub(super) alerts_per_week: Option<f64>,
    /// Container starts to see before an image can count as learned.
    #[arg(long, value_name = "COUNT")]
    pub(super) min_starts: Option<u64>,
    /// Folder of Sigma rules to add to those compiled in, read at start; can be given more than once.
    #[arg(long, value_name = "DIR")]
    pub(super) rules: Option<Vec<PathBuf>>,
    /// Longest time a batch waits for its checkpoint, such as 200ms.
    #[arg(long, value_name = "TIME")]
    pub(super) checkpoint_interval: Option<Time>,
    /// Time between two looks at what different repositories have in common, after a first one at start, such as 1h.
    #[arg(long, value_name = "TIME")]
    pub(super) commons_interval: Option<Time>,
    /// Bytes of the disk with the data folder that are left alone: with less, nothing is taken until there is room.
    #[arg(long, value_name = "BYTES")]
    pub(super) disk_reserve_bytes: Option<u64>,
    /// Lineages that run nowhere for so long leave memory until they run again, such as 1h.
    #[arg(long, value_name = "TIME")]
    pub(super) evict_after: Option<Time>,
    /// How long archived baselines are kept after they last ran, such as 365d.
    #[arg(long, value_name = "TIME")]
    pub(super) archived_kept: Option<Time>,
    /// Bytes that archived baselines may take in the store, before the oldest are let go of.
    #[arg(long, value_name = "BYTES")]
    pub(super) archived_bytes: Option<u64>,
    /// Time between two backups, such as 1h.
    #[arg(long, value_name = "TIME")]
    pub(super) backup_interval: Option<Time>,
    /// Backups kept; 0: none are made.
    #[arg(long, value_name = "COUNT")]
    pub(super) backups_kept: Option<usize>,
    /// Folder of backups; `backups` in the data folder by default.
    #[arg(long, value_name = "DIR")]
    pub(super) backup_dir: Option<PathBuf>,
    /// Streams that the collectors of a node may have open.
    #[arg(long, value_name = "COUNT")]
    pub(super) node_streams: Option<usize>,
    /// Bytes of batches that a node may send in a second.
    #[arg(long, value_name = "BYTES")]
    pub(super) node_bytes_per_second: Option<u64>,
    /// Distinct images that a node may speak of within an hour.
    #[arg(long, value_name = "COUNT")]
    pub(super) node_images: Option<usize>,
    /// Distinct containers that a node may speak of within an hour.
    #[arg(long, value_name = "COUNT")]
    pub(super) node_containers: Option<usize>,
    /// A node without a stream for so long is silent, such as 5m.
    #[arg(long, value_name = "TIME")]
    pub(super) silent_after: Option<Time>,
    /// The clock of a node is off if it is ahead or behind by more, such as 30s.
    #[arg(long, value_name = "TIME")]
    pub(super) clock_skew: Option<Time>,
    /// How long a silent node is remembered, such as 30d.
    #[arg(long, value_name = "TIME")]
    pub(super) node_kept: Option<Time>,
    /// How long changes of alerts are kept, such as 90d.
    #[arg(long, value_name = "TIME")]
    pub(super) alerts_kept_for: Option<Time>,
    /// Bytes that changes of alerts may take; the oldest go first.
    #[arg(long, value_name = "BYTES")]
    pub(super) alerts_kept_bytes: Option<u64>,
    /// Images that have metrics of their own, those that ran last.
    #[arg(long, value_name = "COUNT")]
    pub(super) image_metrics: Option<usize>,
    /// How the log is written.
    #[arg(long, value_enum)]
    pub(super) log_format: Option<LogFormat>,
    /// Send traces by OTLP to this OpenTelemetry collector, such as http://127.0.0.1:4317.
    #[arg(long, value_name = "URL")]
    pub(super) otlp_endpoint: Option<String>,
    /// How long the last checkpoint may take after SIGTERM, such as 10s.
    #[arg(long, value_name = "TIME")]
    pub(super) shutdown_grace: Option<Time>,
    /// Tables of the file only.
    #[arg(skip)]
    pub(super) enforcement: Option<GivenEnforcement>,
    /// Tables of the file only.
    #[arg(skip)]
    pub(super) sink: Option<Vec<SinkSettings>>,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// A time as people write it, such as 200ms or "1d 12h".
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Time(pub(super) Duration);

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = humantime::parse_duration(text);
        time.map(Self).map_err(|error| format!("{text:?}: {error}; write it like 200ms or 10s"))
    }
}

impl TryFrom<String> for Time {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl Given {
    /// What is given here, or else there.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            data_dir: self.data_dir.or(other.data_dir),
            grpc_listen: self.grpc_listen.or(other.grpc_listen),
            http_listen: self.http_listen.or(other.http_listen),
            insecure_listen: self.insecure_listen.or(other.insecure_listen),
            tls_cert: self.tls_cert.or(other.tls_cert),
            tls_key: self.tls_key.or(other.tls_key),
            tls_client_ca: self.tls_client_ca.or(other.tls_client_ca),
            tokens_file: self.tokens_file.or(other.tokens_file),
            audit_entries: self.audit_entries.or(other.audit_entries),
            audit_days: self.audit_days.or(other.audit_days),
            budget: self.budget.or(other.budget),
            alerts_per_week: self.alerts_per_week.or(other.alerts_per_week),
            min_starts: self.min_starts.or(other.min_starts),
            rules: self.rules.or(other.rules),
            checkpoint_interval: self.checkpoint_interval.or(other.checkpoint_interval),
            commons_interval: self.commons_interval.or(other.commons_interval),
            disk_reserve_bytes: self.disk_reserve_bytes.or(other.disk_reserve_bytes),
            evict_after: self.evict_after.or(other.evict_after),
            archived_kept: self.archived_kept.or(other.archived_kept),
            archived_bytes: self.archived_bytes.or(other.archived_bytes),
            backup_interval: self.backup_interval.or(other.backup_interval),
            backups_kept: self.backups_kept.or(other.backups_kept),
            backup_dir: self.backup_dir.or(other.backup_dir),
            node_streams: self.node_streams.or(other.node_streams),
            node_bytes_per_second: self.node_bytes_per_second.or(other.node_bytes_per_second),
            node_images: self.node_images.or(other.node_images),
            node_containers: self.node_containers.or(other.node_containers),
            silent_after: self.silent_after.or(other.silent_after),
            clock_skew: self.clock_skew.or(other.clock_skew),
            node_kept: self.node_kept.or(other.node_kept),
            alerts_kept_for: self.alerts_kept_for.or(other.alerts_kept_for),
            alerts_kept_bytes: self.alerts_kept_bytes.or(other.alerts_kept_bytes),
            image_metrics: self.image_metrics.or(other.image_metrics),
            log_format: self.log_format.or(other.log_format),
            otlp_endpoint: self.otlp_endpoint.or(other.otlp_endpoint),
            shutdown_grace: self.shutdown_grace.or(other.shutdown_grace),
            enforcement: self.enforcement.or(other.enforcement),
            sink: self.sink.or(other.sink),
        }
    }
}
