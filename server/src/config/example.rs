//! The configuration file as `--print-config` writes it: every key with what it does, its value and its limits.
//!
//! It is the example file, too, and compared with the one in `server/tests/golden`.

use super::{Config, LogFormat, enforcement, sink};

impl Config {
    /// The settings as a commented configuration file.
    pub(crate) fn to_toml(&self) -> String {
        format!(
            "\
# Configuration of plumbline-server. Every key has a flag of the same name that beats it
# (data_dir: --data-dir). Unknown keys are refused.

# Folder of the store (baselines, sessions, alerts). Made if it is missing, parents not.
# One server at a time may use it.
data_dir = {data_dir}

# Where collectors and readers connect (gRPC). Port 0: any free port.
grpc_listen = \"{grpc}\"

# Where /metrics, /healthz, /readyz and, as JSON, /api/v1 are served (HTTP/1.1). Port 0: any free port.
http_listen = \"{http}\"

# Allow listening on other addresses than loopback without TLS or without authentication. What is configured below
# holds all the same.
insecure_listen = {insecure}

{security}
# Budget of novelty: new but harmless behaviours that may be alerted per dimension, image and
# container-day (1440 windows). Above 0. Lower: longer learning, fewer false alerts.
budget = {budget:?}

# Alert budget: false alerts per image and week that drifts may raise. Above 0; there are thresholds for budgets from
# 0.25 to 16. What is less probable passes for normal and is learned. Attacks and denied behaviours are always told.
alerts_per_week = {alerts_per_week:?}

# Container starts to see before an image can count as learned.
min_starts = {min_starts}

# Folders of Sigma rules to add to those compiled in: all *.yml and *.yaml files below them, read at start. A rule
# that can't be used is named in the log and skipped; a folder that can't be read is an error.
rules = {rules}

# Longest time a batch waits for its checkpoint, and so for its acknowledgement; one that raises an
# alert never waits. 1ms to 10s. Longer: fewer and larger writes.
checkpoint_interval = \"{interval}\"

# Time between two looks at what different repositories have in common, after a first one at start.
# 100ms to 1d.
commons_interval = \"{commons}\"

# Lineages of images that run nowhere for so long leave memory; their next event brings them back. 0s to 365d. It changes no
# verdict, only how much memory is used.
evict_after = \"{evict}\"

# How long archived baselines (of images that ran nowhere for 90 days) are kept after they last ran, 1d to 36500d, and how
# many bytes all of them may take in the store before the oldest are let go of.
archived_kept = \"{archived_kept}\"
archived_bytes = {archived_bytes}

# Bytes of the disk with data_dir that are left alone: with less, nothing is made durable or acknowledged until there is
# room, and collectors keep what they have. 0: none.
disk_reserve_bytes = {reserve}

# Time between two backups of the store, 1s to 30d. A damaged store is replaced by the newest one, if it can't be opened.
backup_interval = \"{backup}\"

# Backups kept, 0 to 1000; as many are kept of a store that was replaced. 0: none are made.
backups_kept = {kept}

# Folder of backups, made if it is missing; best on another disk. By default `backups` in data_dir.
{backup_dir}

# What the collectors of a node may send; past the first two it waits, past the others a batch is refused.
# Streams open at once, 1 to 1024: one, and those that restarts leave for a while.
node_streams = {node_streams}
# Bytes of batches a second, 1048576 or more; four seconds' worth at once.
node_bytes_per_second = {node_bytes}
# Distinct images and containers it may speak of within an hour, 1 to 1048576.
node_images = {node_images}
node_containers = {node_containers}

# A node whose collector has no stream for so long is silent: 1s to 1d. As long must no event be lost until the alert of
# losses is over.
silent_after = \"{silent_after}\"
# The clock of a node is off if it is ahead of the server's or behind by more: 1s to 1d. Then an alert says so, what decisions
# expire by and the times of alerts that are shown are corrected.
clock_skew = \"{clock_skew}\"
# It is forgotten after so long a silence: 1h to 3650d.
node_kept = \"{node_kept}\"

# How long changes of alerts are kept, and alerts whose last change is that old; 1s to 3650days. Whoever follows them and comes
# later is told what is gone.
alerts_kept_for = \"{kept_for}\"

# Bytes that changes of alerts may take, 1048576 (1 MiB) to 1099511627776 (1 TiB); of more the oldest go. More than 100000
# changes are never kept.
alerts_kept_bytes = {kept_bytes}

# Images that have metrics of their own at /metrics, those that ran last; 0 to 10000. Metrics ask for no credentials: by
# default 100, but none where others are asked who they are.
{image_metrics}

# How the log on standard error is written: text, or json with one object a line. RUST_LOG chooses what is.
log_format = \"{log_format}\"

# Where traces are sent by OTLP over gRPC: an OpenTelemetry collector, mostly on this machine, since this is plain text. They
# tell how long calls, judging and commits take, and name no container, node or person. By default none are made.
{otlp_endpoint}

# How long the last checkpoint may take after SIGTERM or SIGINT. 1s to 10m.
shutdown_grace = \"{grace}\"
{enforcement}{sinks}",
            data_dir = toml::Value::String(self.data_dir.display().to_string()),
            grpc = self.grpc_listen,
            http = self.http_listen,
            insecure = self.insecure_listen,
            security = self.security.to_toml(),
            budget = self.budget,
            alerts_per_week = self.alerts_per_week,
            min_starts = self.min_starts,
            rules = toml::Value::from(self.rules.iter().map(|path| path.display().to_string()).collect::<Vec<_>>()),
            interval = humantime::format_duration(self.checkpoint_interval),
            commons = humantime::format_duration(self.commons_interval),
            evict = humantime::format_duration(self.evict_after),
            archived_kept = humantime::format_duration(self.archived_kept),
            archived_bytes = self.archived_bytes,
            reserve = self.disk_reserve_bytes,
            backup = humantime::format_duration(self.backup_interval),
            kept = self.backups_kept,
            backup_dir = match &self.backup_dir {
                Some(folder) => format!("backup_dir = {}", toml::Value::String(folder.display().to_string())),
                None => "# backup_dir = \"/mnt/backups\"".to_owned(),
            },
            node_streams = self.nodes.streams,
            node_bytes = self.nodes.bytes_per_second,
            node_images = self.nodes.images,
            node_containers = self.nodes.containers,
            silent_after = humantime::format_duration(self.nodes.silent_after),
            clock_skew = humantime::format_duration(self.nodes.clock_skew),
            node_kept = humantime::format_duration(self.nodes.kept),
            kept_for = humantime::format_duration(self.alerts_kept_for),
            kept_bytes = self.alerts_kept_bytes,
            image_metrics = match self.image_metrics {
                Some(count) => format!("image_metrics = {count}"),
                None => "# image_metrics = 100".to_owned(),
            },
            otlp_endpoint = match &self.otlp_endpoint {
                Some(endpoint) => format!("otlp_endpoint = {}", toml::Value::String(endpoint.clone())),
                None => "# otlp_endpoint = \"http://127.0.0.1:4317\"".to_owned(),
            },
            log_format = match self.log_format {
                LogFormat::Text => "text",
                LogFormat::Json => "json",
            },
            grace = humantime::format_duration(self.shutdown_grace),
            enforcement = enforcement::to_toml(self.enforcement.as_ref()),
            sinks = sink::to_toml(&self.sinks),
        )
    }
}
