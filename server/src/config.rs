//! What the server can be told: command line, configuration file, and what they become.
//!
//! Why: one [`Config`] holds every setting, whatever it came from. A flag beats the file, the file beats the
//! default. Unknown keys and out-of-range values are refused with the name of the flag or key, never fixed
//! silently. What [`Config::to_toml`] prints is the example file and is valid input.
//!
//! Not here: what the settings do (`run.rs`, `replay.rs`).

mod store_args;

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use plumbline_model::Params;
use serde::Deserialize;

use crate::{alert_log::Limits, store::Plan};

pub(crate) use store_args::{StoreArgs, StoreCommand};

/// Most backups that may be kept.
const MAX_BACKUPS: usize = 1000;

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
}

/// Flags of `run`; each is a key of the configuration file too, except the last two.
#[derive(Debug, Default, Args)]
pub(crate) struct RunArgs {
    /// Folder of the store; made if it is missing.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Where collectors and readers connect (gRPC). Port 0: any free port.
    #[arg(long, value_name = "ADDR:PORT")]
    grpc_listen: Option<SocketAddr>,
    /// Where /metrics, /healthz and /readyz are served. Port 0: any free port.
    #[arg(long, value_name = "ADDR:PORT")]
    http_listen: Option<SocketAddr>,
    /// Allow listening on other addresses than loopback, in plain text and without authentication.
    #[arg(long)]
    insecure_listen: bool,
    /// Budget of novelty: new but harmless behaviours per dimension, image and container-day.
    #[arg(long, value_name = "NUMBER")]
    budget: Option<f64>,
    /// Alert budget: false alerts per image and week that drifts may raise.
    #[arg(long, value_name = "NUMBER")]
    alerts_per_week: Option<f64>,
    /// Container starts to see before an image can count as learned.
    #[arg(long, value_name = "COUNT")]
    min_starts: Option<u64>,
    /// Folder of Sigma rules to add to those compiled in, read at start; can be given more than once.
    #[arg(long, value_name = "DIR")]
    rules: Vec<PathBuf>,
    /// Longest time a batch waits for its checkpoint, such as 200ms.
    #[arg(long, value_name = "TIME")]
    checkpoint_interval: Option<humantime::Duration>,
    /// Time between two looks at what different repositories have in common, after a first one at start, such as 1h.
    #[arg(long, value_name = "TIME")]
    commons_interval: Option<humantime::Duration>,
    /// Time between two backups, such as 1h.
    #[arg(long, value_name = "TIME")]
    backup_interval: Option<humantime::Duration>,
    /// Backups kept; 0: none are made.
    #[arg(long, value_name = "COUNT")]
    backups_kept: Option<usize>,
    /// Folder of backups; `backups` in the data folder by default.
    #[arg(long, value_name = "DIR")]
    backup_dir: Option<PathBuf>,
    /// How long changes of alerts are kept, such as 90d.
    #[arg(long, value_name = "TIME")]
    alerts_kept_for: Option<humantime::Duration>,
    /// Bytes that changes of alerts may take; the oldest go first.
    #[arg(long, value_name = "BYTES")]
    alerts_kept_bytes: Option<u64>,
    /// How long the last checkpoint may take after SIGTERM, such as 10s.
    #[arg(long, value_name = "TIME")]
    shutdown_grace: Option<humantime::Duration>,
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
    pub(crate) budget: f64,
    pub(crate) alerts_per_week: f64,
    pub(crate) min_starts: u64,
    pub(crate) rules: Vec<PathBuf>,
    pub(crate) checkpoint_interval: Duration,
    pub(crate) commons_interval: Duration,
    pub(crate) backup_interval: Duration,
    pub(crate) backups_kept: usize,
    /// `None`: a folder in the data folder.
    pub(crate) backup_dir: Option<PathBuf>,
    pub(crate) alerts_kept_for: Duration,
    pub(crate) alerts_kept_bytes: u64,
    pub(crate) shutdown_grace: Duration,
}

impl Default for Config {
    fn default() -> Self {
        let (params, limits) = (Params::default(), Limits::default());
        Self {
            data_dir: PathBuf::from("/var/lib/plumbline"),
            grpc_listen: SocketAddr::from(([127, 0, 0, 1], 7443)),
            http_listen: SocketAddr::from(([127, 0, 0, 1], 7480)),
            insecure_listen: false,
            budget: params.budget_per_day,
            alerts_per_week: params.alerts_per_week,
            min_starts: params.min_starts,
            rules: Vec::new(),
            checkpoint_interval: Duration::from_millis(200),
            commons_interval: Duration::from_secs(3600),
            backup_interval: Duration::from_secs(3600),
            backups_kept: 3,
            backup_dir: None,
            alerts_kept_for: limits.age,
            alerts_kept_bytes: limits.bytes,
            shutdown_grace: Duration::from_secs(10),
        }
    }
}

/// The configuration file as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data_dir: Option<PathBuf>,
    grpc_listen: Option<SocketAddr>,
    http_listen: Option<SocketAddr>,
    insecure_listen: Option<bool>,
    budget: Option<f64>,
    alerts_per_week: Option<f64>,
    min_starts: Option<u64>,
    rules: Option<Vec<PathBuf>>,
    checkpoint_interval: Option<String>,
    commons_interval: Option<String>,
    backup_interval: Option<String>,
    backups_kept: Option<usize>,
    backup_dir: Option<PathBuf>,
    alerts_kept_for: Option<String>,
    alerts_kept_bytes: Option<u64>,
    shutdown_grace: Option<String>,
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
    fn value(setting: &'static str, value: impl ToString, problem: impl Into<String>) -> Self {
        Self::Value { setting, value: value.to_string(), problem: problem.into() }
    }
}

impl RunArgs {
    /// The settings these flags and their file come to.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        let default = Config::default();
        let file = self.config.as_deref().map(read).transpose()?.unwrap_or_default();
        let time =
            |flag: Option<humantime::Duration>, key: &'static str, text: Option<String>, default| match (
                flag, text,
            ) {
                (Some(flag), _) => Ok(*flag),
                (None, None) => Ok(default),
                (None, Some(text)) => humantime::parse_duration(&text).map_err(|error| {
                    ConfigError::value(key, text, format!("{error}; write it like 200ms or 10s"))
                }),
            };
        let config = Config {
            data_dir: self.data_dir.clone().or(file.data_dir).unwrap_or(default.data_dir),
            grpc_listen: self.grpc_listen.or(file.grpc_listen).unwrap_or(default.grpc_listen),
            http_listen: self.http_listen.or(file.http_listen).unwrap_or(default.http_listen),
            insecure_listen: self.insecure_listen || file.insecure_listen.unwrap_or(default.insecure_listen),
            budget: self.budget.or(file.budget).unwrap_or(default.budget),
            alerts_per_week: self.alerts_per_week.or(file.alerts_per_week).unwrap_or(default.alerts_per_week),
            min_starts: self.min_starts.or(file.min_starts).unwrap_or(default.min_starts),
            rules: if self.rules.is_empty() {
                file.rules.unwrap_or(default.rules)
            } else {
                self.rules.clone()
            },
            checkpoint_interval: time(
                self.checkpoint_interval,
                "checkpoint_interval",
                file.checkpoint_interval,
                default.checkpoint_interval,
            )?,
            commons_interval: time(
                self.commons_interval,
                "commons_interval",
                file.commons_interval,
                default.commons_interval,
            )?,
            backup_interval: time(
                self.backup_interval,
                "backup_interval",
                file.backup_interval,
                default.backup_interval,
            )?,
            backups_kept: self.backups_kept.or(file.backups_kept).unwrap_or(default.backups_kept),
            backup_dir: self.backup_dir.clone().or(file.backup_dir),
            alerts_kept_for: time(
                self.alerts_kept_for,
                "alerts_kept_for",
                file.alerts_kept_for,
                default.alerts_kept_for,
            )?,
            alerts_kept_bytes: self
                .alerts_kept_bytes
                .or(file.alerts_kept_bytes)
                .unwrap_or(default.alerts_kept_bytes),
            shutdown_grace: time(
                self.shutdown_grace,
                "shutdown_grace",
                file.shutdown_grace,
                default.shutdown_grace,
            )?,
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
        if self.backups_kept > MAX_BACKUPS {
            let problem = format!("out of range; choose 0 to {MAX_BACKUPS}");
            return Err(ConfigError::value("backups_kept", self.backups_kept, problem));
        }
        for (setting, address) in [("grpc_listen", self.grpc_listen), ("http_listen", self.http_listen)] {
            if !is_loopback(address.ip()) && !self.insecure_listen {
                return Err(ConfigError::value(
                    setting,
                    address,
                    "the server has no TLS and no authentication yet: on an address that is not loopback \
                     anybody who can reach it could read alerts and teach baselines; listen on 127.0.0.1 and put \
                     a TLS proxy in front, or pass --insecure-listen if the network is trusted",
                ));
            }
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
        range(
            "backup_interval",
            self.backup_interval,
            Duration::from_secs(1),
            Duration::from_secs(30 * 86_400),
        )?;
        let bytes = self.alerts_kept_bytes;
        if !(1 << 20..=1 << 40).contains(&bytes) {
            let problem = "out of range; choose 1048576 (1 MiB) to 1099511627776 (1 TiB)";
            return Err(ConfigError::value("alerts_kept_bytes", bytes, problem));
        }
        let decade = Duration::from_secs(3650 * 86_400);
        range("alerts_kept_for", self.alerts_kept_for, Duration::from_secs(1), decade)?;
        range("shutdown_grace", self.shutdown_grace, Duration::from_secs(1), Duration::from_secs(600))
    }

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

# Where /metrics, /healthz and /readyz are served (HTTP). Port 0: any free port.
http_listen = \"{http}\"

# Allow listening on other addresses than loopback, in plain text and without authentication.
insecure_listen = {insecure}

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

# Time between two backups of the store, 1s to 30d. A damaged store is replaced by the newest one, if it can't be opened.
backup_interval = \"{backup}\"

# Backups kept, 0 to 1000; as many are kept of a store that was replaced. 0: none are made.
backups_kept = {kept}

# Folder of backups, made if it is missing; best on another disk. By default `backups` in data_dir.
{backup_dir}

# How long changes of alerts are kept, and alerts whose last change is that old; 1s to 3650days. Whoever follows them and comes
# later is told what is gone.
alerts_kept_for = \"{kept_for}\"

# Bytes that changes of alerts may take, 1048576 (1 MiB) to 1099511627776 (1 TiB); of more the oldest go. More than 100000
# changes are never kept.
alerts_kept_bytes = {kept_bytes}

# How long the last checkpoint may take after SIGTERM or SIGINT. 1s to 10m.
shutdown_grace = \"{grace}\"
",
            data_dir = toml::Value::String(self.data_dir.display().to_string()),
            grpc = self.grpc_listen,
            http = self.http_listen,
            insecure = self.insecure_listen,
            budget = self.budget,
            alerts_per_week = self.alerts_per_week,
            min_starts = self.min_starts,
            rules = toml::Value::from(self.rules.iter().map(|path| path.display().to_string()).collect::<Vec<_>>()),
            interval = humantime::format_duration(self.checkpoint_interval),
            commons = humantime::format_duration(self.commons_interval),
            backup = humantime::format_duration(self.backup_interval),
            kept = self.backups_kept,
            backup_dir = match &self.backup_dir {
                Some(folder) => format!("backup_dir = {}", toml::Value::String(folder.display().to_string())),
                None => "# backup_dir = \"/mnt/backups\"".to_owned(),
            },
            kept_for = humantime::format_duration(self.alerts_kept_for),
            kept_bytes = self.alerts_kept_bytes,
            grace = humantime::format_duration(self.shutdown_grace),
        )
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

fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

fn read(path: &Path) -> Result<File, ConfigError> {
    let text = fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    toml::from_str(&text)
        .map_err(|error| ConfigError::File { path: path.to_owned(), problem: error.to_string() })
}

#[cfg(test)]
mod tests;
