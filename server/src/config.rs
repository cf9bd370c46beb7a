//! What the server can be told: command line, configuration file, and what they become.
//!
//! Why: one [`Config`] holds every setting, whatever it came from. A flag beats the file, the file beats the
//! default. Unknown keys and out-of-range values are refused with the name of the flag or key, never fixed
//! silently. What [`Config::to_toml`] prints is the example file and is valid input.
//!
//! Not here: what the settings do (`run.rs`, `replay.rs`).

mod certs_args;
mod enforcement;
mod enforcement_args;
mod example;
mod given;
mod security;
mod sink;
mod sinks_args;
mod store_args;
mod tokens_args;

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use plumbline_model::{Indicators, Params};

use crate::{alert_log::Limits, nodes::NodeSettings, shards::Settings, store::Plan};

use given::{Given, Time};

pub(crate) use given::LogFormat;

pub(crate) use certs_args::{CertsArgs, CertsCommand, For};
pub(crate) use enforcement::EnforcementSettings;
pub(crate) use enforcement_args::{EnforcementArgs, EnforcementCommand};
pub(crate) use security::Security;
pub(crate) use sink::{
    Begin, Connection, ElasticSettings, FileSettings, Kind, NatsSettings, SinkSettings, SplunkSettings,
    SyslogSettings, WebhookSettings,
};
pub(crate) use sinks_args::{SinksArgs, SinksCommand};
pub(crate) use store_args::{StoreArgs, StoreCommand};
pub(crate) use tokens_args::{TokensArgs, TokensCommand};

/// The longest that anything is kept.
const DECADE: Duration = Duration::from_secs(3650 * 86_400);
/// Images that have metrics of their own, unless the settings say how many.
const IMAGE_METRICS: usize = 100;
/// Most backups that may be kept.
const MAX_BACKUPS: u64 = 1000;

/// Learns what each container image does and tells of drift and attacks.
#[derive(Debug, Parser)]
#[command(name = "plumbline-server", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve collectors and readers until SIGTERM.
    Run(Box<RunArgs>),
    /// Score recorded batches and print the alerts; no network, no store, no clock.
    Replay(ReplayArgs),
    /// Look through the store of a stopped server, export, import, compact it, or write a backup.
    ///
    /// A running server writes backups by itself, see `backup_interval`.
    Store(StoreArgs),
    /// Send a test alert to a sink of the configuration.
    Sinks(SinksArgs),
    /// Make certificates for the server, collectors and people, from a CA of its own.
    Certs(CertsArgs),
    /// Give out tokens, list them, and take them back.
    Tokens(TokensArgs),
    /// Make the keys that policies are signed and checked with.
    Enforcement(EnforcementArgs),
}

/// Flags of `run`; the settings are keys of the configuration file too.
#[derive(Debug, Default, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    given: Given,
    /// Read settings from this TOML file; flags beat it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write the bound addresses to this file once the server is ready.
    #[arg(long, value_name = "PATH")]
    pub(crate) ready_file: Option<PathBuf>,
    /// Print the settings as a configuration file and exit.
    #[arg(long)]
    pub(crate) print_config: bool,
}

/// Flags of `replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Recordings, scored one after the other as one stream.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// How to print the alerts.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Output,
    /// Budget of novelty: new but harmless behaviours per dimension, image and container-day.
    #[arg(long, value_name = "NUMBER")]
    budget: Option<f64>,
    /// Alert budget: false alerts per image and week that drifts may raise.
    #[arg(long, value_name = "NUMBER")]
    alerts_per_week: Option<f64>,
    /// Container starts to see before an image can count as learned.
    #[arg(long, value_name = "COUNT")]
    min_starts: Option<u64>,
    /// Folder of Sigma rules to add to those compiled in; can be given more than once.
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Table,
    /// One JSON array of alerts.
    Json,
}

/// Every setting of `run`, checked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Config {
    pub(crate) data_dir: PathBuf,
    pub(crate) grpc_listen: SocketAddr,
    pub(crate) http_listen: SocketAddr,
    pub(crate) insecure_listen: bool,
    pub(crate) security: Security,
    pub(crate) budget: f64,
    pub(crate) alerts_per_week: f64,
    pub(crate) min_starts: u64,
    pub(crate) rules: Vec<PathBuf>,
    pub(crate) checkpoint_interval: Duration,
    pub(crate) commons_interval: Duration,
    pub(crate) evict_after: Duration,
    pub(crate) archived_kept: Duration,
    pub(crate) archived_bytes: u64,
    pub(crate) disk_reserve_bytes: u64,
    pub(crate) backup_interval: Duration,
    pub(crate) backups_kept: usize,
    /// `None`: a folder in the data folder.
    pub(crate) backup_dir: Option<PathBuf>,
    pub(crate) nodes: NodeSettings,
    /// `None`: as [`Config::image_metrics`] says.
    pub(crate) image_metrics: Option<usize>,
    pub(crate) log_format: LogFormat,
    /// `None`: no traces.
    pub(crate) otlp_endpoint: Option<String>,
    pub(crate) alerts_kept_for: Duration,
    pub(crate) alerts_kept_bytes: u64,
    pub(crate) shutdown_grace: Duration,
    /// `None`: nothing is enforced.
    pub(crate) enforcement: Option<EnforcementSettings>,
    pub(crate) sinks: Vec<SinkSettings>,
}

impl Default for Config {
    fn default() -> Self {
        let (params, limits) = (Params::default(), Limits::default());
        Self {
            data_dir: PathBuf::from("/var/lib/plumbline"),
            grpc_listen: SocketAddr::from(([127, 0, 0, 1], 7443)),
            http_listen: SocketAddr::from(([127, 0, 0, 1], 7480)),
            insecure_listen: false,
            security: Security::default(),
            budget: params.budget_per_day,
            alerts_per_week: params.alerts_per_week,
            min_starts: params.min_starts,
            rules: Vec::new(),
            checkpoint_interval: Duration::from_millis(200),
            commons_interval: Duration::from_secs(3600),
            evict_after: Duration::from_secs(3600),
            archived_kept: Duration::from_secs(31_557_600), // as humantime has it, a year
            archived_bytes: 1 << 30,
            disk_reserve_bytes: 64 << 20,
            backup_interval: Duration::from_secs(3600),
            backups_kept: 3,
            backup_dir: None,
            nodes: NodeSettings {
                streams: 8,
                bytes_per_second: 32 << 20,
                images: 2000,
                containers: 50_000,
                silent_after: Duration::from_secs(300),
                kept: Duration::from_secs(30 * 86_400),
                clock_skew: Duration::from_secs(30),
            },
            image_metrics: None,
            log_format: LogFormat::Text,
            otlp_endpoint: None,
            alerts_kept_for: limits.age,
            alerts_kept_bytes: limits.bytes,
            shutdown_grace: Duration::from_secs(10),
            enforcement: None,
            sinks: Vec::new(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("cannot read the configuration file {}: {source}; check --config", .path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error(
        "{} is not a valid configuration: {problem}\nprint a valid one with: plumbline-server run --print-config",
        .path.display()
    )]
    File { path: PathBuf, problem: String },
    #[error("{setting} = {value}: {problem}")]
    Value { setting: &'static str, value: String, problem: String },
    #[error("cannot read the folder of rules {}: {source}; check --rules", .path.display())]
    Rules { path: PathBuf, source: std::io::Error },
}

impl ConfigError {
    pub(crate) fn value(setting: &'static str, value: impl ToString, problem: impl Into<String>) -> Self {
        Self::Value { setting, value: value.to_string(), problem: problem.into() }
    }
}

impl RunArgs {
    /// The settings these flags and their file come to.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        let file = self.config.as_deref().map(read).transpose()?.unwrap_or_default();
        let (given, default) = (self.given.clone().or(file), Config::default());
        let time = |given: Option<Time>, default| given.map_or(default, |Time(time)| time);
        let nodes = NodeSettings {
            streams: given.node_streams.unwrap_or(default.nodes.streams),
            bytes_per_second: given.node_bytes_per_second.unwrap_or(default.nodes.bytes_per_second),
            images: given.node_images.unwrap_or(default.nodes.images),
            containers: given.node_containers.unwrap_or(default.nodes.containers),
            silent_after: time(given.silent_after, default.nodes.silent_after),
            kept: time(given.node_kept, default.nodes.kept),
            clock_skew: time(given.clock_skew, default.nodes.clock_skew),
        };
        let config = Config {
            data_dir: given.data_dir.unwrap_or(default.data_dir),
            grpc_listen: given.grpc_listen.unwrap_or(default.grpc_listen),
            http_listen: given.http_listen.unwrap_or(default.http_listen),
            insecure_listen: given.insecure_listen.unwrap_or(default.insecure_listen),
            security: Security {
                tls_cert: given.tls_cert,
                tls_key: given.tls_key,
                tls_client_ca: given.tls_client_ca,
                tokens_file: given.tokens_file,
                audit_entries: given.audit_entries,
                audit_days: given.audit_days,
            },
            budget: given.budget.unwrap_or(default.budget),
            alerts_per_week: given.alerts_per_week.unwrap_or(default.alerts_per_week),
            min_starts: given.min_starts.unwrap_or(default.min_starts),
            rules: given.rules.unwrap_or(default.rules),
            checkpoint_interval: time(given.checkpoint_interval, default.checkpoint_interval),
            commons_interval: time(given.commons_interval, default.commons_interval),
            disk_reserve_bytes: given.disk_reserve_bytes.unwrap_or(default.disk_reserve_bytes),
            evict_after: time(given.evict_after, default.evict_after),
            archived_kept: time(given.archived_kept, default.archived_kept),
            archived_bytes: given.archived_bytes.unwrap_or(default.archived_bytes),
            backup_interval: time(given.backup_interval, default.backup_interval),
            backups_kept: given.backups_kept.unwrap_or(default.backups_kept),
            backup_dir: given.backup_dir,
            image_metrics: given.image_metrics,
            log_format: given.log_format.unwrap_or(default.log_format),
            otlp_endpoint: given.otlp_endpoint,
            alerts_kept_for: time(given.alerts_kept_for, default.alerts_kept_for),
            alerts_kept_bytes: given.alerts_kept_bytes.unwrap_or(default.alerts_kept_bytes),
            shutdown_grace: time(given.shutdown_grace, default.shutdown_grace),
            enforcement: given.enforcement.map(EnforcementSettings::of),
            sinks: given.sink.unwrap_or_default(),
            nodes,
        };
        config.check()?;
        Ok(config)
    }
}

impl ReplayArgs {
    /// The model's parameters these flags come to.
    pub(crate) fn params(&self) -> Result<Params, ConfigError> {
        let default = Params::default();
        params(Params {
            budget_per_day: self.budget.unwrap_or(default.budget_per_day),
            alerts_per_week: self.alerts_per_week.unwrap_or(default.alerts_per_week),
            min_starts: self.min_starts.unwrap_or(default.min_starts),
            ..default
        })
    }
}

impl Config {
    /// The model's parameters.
    pub(crate) fn params(&self) -> Result<Params, ConfigError> {
        params(Params {
            budget_per_day: self.budget,
            alerts_per_week: self.alerts_per_week,
            min_starts: self.min_starts,
            ..Params::default()
        })
    }

    /// What shards are made with.
    pub(crate) fn shards(&self, indicators: &Arc<Indicators>) -> Result<Settings, ConfigError> {
        Ok(Settings {
            params: self.params()?,
            indicators: Arc::clone(indicators),
            interval: self.checkpoint_interval,
            evict_after: self.evict_after,
            archived_kept: self.archived_kept,
            archived_bytes: self.archived_bytes,
        })
    }

    /// Images that have metrics of their own, at most. Metrics are served to whoever asks: where others are asked who they
    /// are, images are named there only if the settings say so.
    pub(crate) fn image_metrics(&self) -> usize {
        let default = if self.security.authenticates() { 0 } else { IMAGE_METRICS };
        self.image_metrics.unwrap_or(default)
    }

    /// Where backups go and how many are kept.
    pub(crate) fn backups(&self) -> Plan {
        let folder = self.backup_dir.clone().unwrap_or_else(|| self.data_dir.join("backups"));
        Plan { folder, kept: self.backups_kept }
    }

    /// How much of the alerts is kept.
    pub(crate) fn alerts_kept(&self) -> Limits {
        Limits::new(self.alerts_kept_for, self.alerts_kept_bytes)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.params()?;
        count("backups_kept", self.backups_kept as u64, 0, MAX_BACKUPS)?;
        self.security.check()?;
        self.check_endpoint()?;
        sink::check(&self.sinks)?;
        self.enforcement.iter().try_for_each(EnforcementSettings::check)?;
        let exposed = [self.grpc_listen, self.http_listen].iter().any(|address| !is_loopback(address.ip()));
        if exposed && !self.insecure_listen {
            self.security.suffices()?;
        }
        range(
            "checkpoint_interval",
            self.checkpoint_interval,
            Duration::from_millis(1),
            Duration::from_secs(10),
        )?;
        range(
            "commons_interval",
            self.commons_interval,
            Duration::from_millis(100),
            Duration::from_secs(86_400),
        )?;
        range("evict_after", self.evict_after, Duration::ZERO, Duration::from_secs(365 * 86_400))?;
        range(
            "archived_kept",
            self.archived_kept,
            Duration::from_secs(86_400),
            Duration::from_secs(100 * 365 * 86_400),
        )?;
        range(
            "backup_interval",
            self.backup_interval,
            Duration::from_secs(1),
            Duration::from_secs(30 * 86_400),
        )?;
        let NodeSettings { streams, bytes_per_second, images, containers, silent_after, kept, clock_skew } =
            self.nodes;
        count("node_streams", streams as u64, 1, 1024)?;
        count("node_bytes_per_second", bytes_per_second, 1 << 20, 1 << 40)?;
        count("node_images", images as u64, 1, 1 << 20)?;
        count("node_containers", containers as u64, 1, 1 << 20)?;
        range("silent_after", silent_after, Duration::from_secs(1), Duration::from_secs(86_400))?;
        range("clock_skew", clock_skew, Duration::from_secs(1), Duration::from_secs(86_400))?;
        range("node_kept", kept, Duration::from_secs(3600), DECADE)?;
        count("image_metrics", self.image_metrics() as u64, 0, 10_000)?;
        count("alerts_kept_bytes", self.alerts_kept_bytes, 1 << 20, 1 << 40)?;
        range("alerts_kept_for", self.alerts_kept_for, Duration::from_secs(1), DECADE)?;
        range("shutdown_grace", self.shutdown_grace, Duration::from_secs(1), Duration::from_secs(600))
    }
}

impl Config {
    fn check_endpoint(&self) -> Result<(), ConfigError> {
        let Some(endpoint) = &self.otlp_endpoint else { return Ok(()) };
        let uri = endpoint.parse::<axum::http::Uri>().ok();
        let is_plain = uri.is_some_and(|uri| uri.scheme_str() == Some("http") && uri.host().is_some());
        if is_plain {
            return Ok(());
        }
        let problem =
            "no address such as http://127.0.0.1:4317; an OpenTelemetry collector there can send on by TLS";
        Err(ConfigError::value("otlp_endpoint", endpoint, problem))
    }
}

fn params(params: Params) -> Result<Params, ConfigError> {
    params.check().map_err(|error| {
        let values = format!("{}, {}, {}", params.budget_per_day, params.alerts_per_week, params.min_starts);
        ConfigError::value("budget, alerts_per_week, min_starts", values, error.to_string())
    })?;
    Ok(params)
}

fn range(setting: &'static str, value: Duration, low: Duration, high: Duration) -> Result<(), ConfigError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    let show = humantime::format_duration;
    Err(ConfigError::value(
        setting,
        show(value),
        format!("out of range; choose {} to {}", show(low), show(high)),
    ))
}

fn count(setting: &'static str, value: u64, low: u64, high: u64) -> Result<(), ConfigError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(ConfigError::value(setting, value, format!("out of range; choose {low} to {high}")))
}

fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

fn read(path: &Path) -> Result<Given, ConfigError> {
    let text = fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    toml::from_str(&text)
        .map_err(|error| ConfigError::File { path: path.to_owned(), problem: error.to_string() })
}

#[cfg(test)]
mod tests;
