//! `[[sink]]` tables: who alerts are sent to, which of them, how, and how long it is tried.
//!
//! A table has keys that every sink has, keys of the connection, and keys of its kind; one that is none of these is refused
//! with the name of the sink. There are no flags for them. Secrets are named by their files and read when something is sent,
//! so that none is among the settings and a renewed one is taken.
//!
//! Not here: what a sink does with it (`sinks.rs`).

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use clap::ValueEnum;
use plumbline_proto::v1;
use serde::Deserialize;

use super::{ConfigError, given::Time};
use crate::{alert_filter::Filter, severity::Severity, sinks::Format};

/// Most sinks; each is a task, and a place in the log of alerts.
const MAX_SINKS: usize = 32;
/// Longest name, in bytes.
const NAME_BYTES: usize = 48;
/// Longest subject, in bytes.
const SUBJECT_BYTES: usize = 128;
const COMMON: [&str; 10] = [
    "name",
    "verdicts",
    "image",
    "namespace",
    "node",
    "min_severity",
    "begin",
    "batch",
    "timeout",
    "retry_max",
];
const CONNECTION: [&str; 6] = ["url", "url_file", "token_file", "ca_file", "cert_file", "key_file"];

/// One sink, checked.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "toml::Table")]
pub(crate) struct SinkSettings {
    pub(crate) name: String,
    pub(crate) filter: v1::AlertFilter,
    pub(crate) min_severity: Severity,
    pub(crate) begin: Begin,
    pub(crate) batch: usize,
    pub(crate) timeout: Duration,
    pub(crate) retry_max: Duration,
    pub(crate) connection: Connection,
    pub(crate) kind: Kind,
    /// As it was given.
    table: toml::Table,
}

/// Where a sink begins that was not there before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Begin {
    /// With all that is held.
    Earliest,
    /// With what comes.
    #[default]
    Latest,
}

/// How a sink is reached and who the server is there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Connection {
    pub(crate) url: Option<String>,
    pub(crate) url_file: Option<PathBuf>,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) cert_file: Option<PathBuf>,
    pub(crate) key_file: Option<PathBuf>,
}

/// What kind of sink it is, with what only that kind has.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Kind {
    File(FileSettings),
    Webhook(WebhookSettings),
    Syslog(SyslogSettings),
    Alertmanager(Plain),
    Falco(Plain),
    SplunkHec(SplunkSettings),
    Elasticsearch(ElasticSettings),
    Slack(Plain),
    Nats(NatsSettings),
    Otlp(Plain),
}

/// A kind without keys of its own.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plain {}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileSettings {
    pub(crate) path: PathBuf,
    #[serde(default)]
    pub(crate) format: Format,
    #[serde(default = "max_bytes")]
    pub(crate) max_bytes: u64,
    #[serde(default = "max_age")]
    max_age: Time,
    #[serde(default = "keep")]
    pub(crate) keep: u32,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookSettings {
    pub(crate) secret_file: PathBuf,
    #[serde(default)]
    pub(crate) format: Format,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SyslogSettings {
    #[serde(default = "cef")]
    pub(crate) format: Format,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SplunkSettings {
    #[serde(default = "ocsf")]
    pub(crate) format: Format,
    pub(crate) index: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ElasticSettings {
    #[serde(default = "data_stream")]
    pub(crate) data_stream: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NatsSettings {
    #[serde(default = "subject")]
    pub(crate) subject: String,
    #[serde(default)]
    pub(crate) format: Format,
    pub(crate) user: Option<String>,
    pub(crate) creds_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    name: String,
    #[serde(default)]
    verdicts: Vec<VerdictName>,
    #[serde(default)]
    image: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    node: String,
    #[serde(default)]
    min_severity: Severity,
    #[serde(default)]
    begin: Begin,
    batch: Option<usize>,
    timeout: Option<Time>,
    retry_max: Option<Time>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum VerdictName {
    Normal,
    Drift,
    Attack,
    Operational,
}

fn max_bytes() -> u64 {
    100 << 20
}

fn max_age() -> Time {
    Time(Duration::from_secs(86_400))
}

fn keep() -> u32 {
    10
}

fn cef() -> Format {
    Format::Cef
}

fn ocsf() -> Format {
    Format::Ocsf
}

fn data_stream() -> String {
    "logs-plumbline.alerts-default".to_owned()
}

fn subject() -> String {
    "plumbline.alerts".to_owned()
}

impl FileSettings {
    pub(crate) fn max_age(&self) -> Duration {
        let Time(age) = self.max_age;
        age
    }
}

impl NatsSettings {
    fn check(&self, Connection { url, token_file, .. }: &Connection) -> Result<(), String> {
        if url.is_none() {
            return Err(
                "a nats needs url, such as tls://nats.example:4222; several servers have commas between"
                    .to_owned(),
            );
        }
        // Longer ones would do, wildcards and what NATS keeps for itself would not.
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        if self.subject.len() > SUBJECT_BYTES || !self.subject.split('.').all(is_word) {
            return Err(format!(
                "subject: words of letters, digits, dashes and underscores with dots between, {SUBJECT_BYTES} bytes at most"
            ));
        }
        if self.user.is_some() && token_file.is_none() {
            return Err("user needs token_file, the file with the password".to_owned());
        }
        if self.creds_file.is_some() && token_file.is_some() {
            return Err("either creds_file or token_file says who the server is, not both".to_owned());
        }
        Ok(())
    }
}

impl TryFrom<toml::Table> for SinkSettings {
    type Error = String;

    fn try_from(table: toml::Table) -> Result<Self, String> {
        let name = table.get("name").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        Self::parse(table).map_err(|problem| format!("sink {name:?}: {problem}"))
    }
}

impl SinkSettings {
    fn parse(table: toml::Table) -> Result<Self, String> {
        let (mut common, mut connection, mut own) =
            (toml::Table::new(), toml::Table::new(), toml::Table::new());
        for (key, value) in &table {
            let group = match key.as_str() {
                key if COMMON.contains(&key) => &mut common,
                key if CONNECTION.contains(&key) => &mut connection,
                _ => &mut own,
            };
            group.insert(key.clone(), value.clone());
        }
        let told = |error: toml::de::Error| error.message().to_owned();
        let common: Common = common.try_into().map_err(told)?;
        let verdicts = common.verdicts.iter().map(|verdict| match verdict {
            VerdictName::Normal => v1::Verdict::Normal.into(),
            VerdictName::Drift => v1::Verdict::Drift.into(),
            VerdictName::Attack => v1::Verdict::Attack.into(),
            VerdictName::Operational => v1::Verdict::Operational.into(),
        });
        let filter = v1::AlertFilter {
            verdicts: verdicts.collect(),
            image: common.image,
            namespace: common.namespace,
            node: common.node,
            ..Default::default()
        };
        let time =
            |given: Option<Time>, default| given.map_or(Duration::from_secs(default), |Time(time)| time);
        let settings = Self {
            name: common.name,
            filter,
            min_severity: common.min_severity,
            begin: common.begin,
            batch: common.batch.unwrap_or(100),
            timeout: time(common.timeout, 30),
            retry_max: time(common.retry_max, 300),
            connection: connection.try_into().map_err(told)?,
            kind: own.try_into().map_err(told)?,
            table,
        };
        settings.check().map(|()| settings)
    }

    fn check(&self) -> Result<(), String> {
        let wrong = |byte: u8| !(byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if self.name.is_empty() || self.name.len() > NAME_BYTES || self.name.bytes().any(wrong) {
            return Err(format!(
                "name: 1 to {NAME_BYTES} letters, digits, dashes and underscores belong here"
            ));
        }
        Filter::new(Some(self.filter.clone())).map_err(|error| error.to_string())?;
        let within = |name: &str, value: u64, low: u64, high: u64| {
            let fits = (low..=high).contains(&value);
            if fits { Ok(()) } else { Err(format!("{name} = {value}: out of range; choose {low} to {high}")) }
        };
        within("batch", self.batch as u64, 1, 1000)?;
        within("timeout, in seconds", self.timeout.as_secs(), 1, 600)?;
        within("retry_max, in seconds", self.retry_max.as_secs(), 1, 86_400)?;
        let Connection { url, url_file, token_file: _, ca_file: _, cert_file, key_file } = &self.connection;
        if let Kind::File(file) = &self.kind {
            if self.connection != Connection::default() {
                return Err(format!("a file has a path and none of {}", CONNECTION.join(", ")));
            }
            within("max_bytes", file.max_bytes, 1 << 16, 1 << 40)?;
            within("max_age, in seconds", file.max_age().as_secs(), 60, 3650 * 86_400)?;
            return within("keep", file.keep.into(), 1, 1000);
        }
        if let Kind::Nats(nats) = &self.kind {
            nats.check(&self.connection)?;
        }
        if matches!(self.kind, Kind::Syslog(_)) {
            let schemes = ["udp://", "tcp://", "tls://"];
            if !url.as_ref().is_some_and(|url| schemes.iter().any(|scheme| url.starts_with(scheme))) {
                return Err(
                    "a syslog needs url, such as tls://logs.example:6514, udp:// or tcp://".to_owned()
                );
            }
            if url_file.is_some() {
                return Err(
                    "url_file: a syslog has none, as its address is no secret; url says it".to_owned()
                );
            }
        }
        if matches!(self.kind, Kind::Otlp(_)) && url.is_none() {
            return Err(
                "an otlp needs url, such as http://127.0.0.1:4317, the address for OTLP by gRPC".to_owned()
            );
        }
        if url.is_some() == url_file.is_some() {
            return Err("either url or url_file is needed, where it is sent to".to_owned());
        }
        if cert_file.is_some() != key_file.is_some() {
            return Err("cert_file and key_file belong together".to_owned());
        }
        if matches!(self.kind, Kind::SplunkHec(_)) && self.connection.token_file.is_none() {
            return Err("token_file is needed, the file with the token of the collector".to_owned());
        }
        Ok(())
    }
}

/// Fails if there are too many sinks, or two of a name.
pub(super) fn check(sinks: &[SinkSettings]) -> Result<(), ConfigError> {
    if sinks.len() > MAX_SINKS {
        return Err(ConfigError::value("sink", sinks.len(), format!("too many; at most {MAX_SINKS}")));
    }
    let mut names = BTreeSet::new();
    match sinks.iter().find(|sink| !names.insert(&sink.name)) {
        Some(twice) => {
            Err(ConfigError::value("sink.name", &twice.name, "two sinks have this name; change one"))
        }
        None => Ok(()),
    }
}

/// The end of the commented configuration file: tables come last.
pub(super) fn to_toml(sinks: &[SinkSettings]) -> String {
    let mut text = EXAMPLE.replace(
        "FORMATS",
        &Format::value_variants().iter().map(|format| format.name()).collect::<Vec<_>>().join(", "),
    );
    for sink in sinks {
        text.push_str(&format!("\n[[sink]]\n{}", sink.table));
    }
    text
}

const EXAMPLE: &str = "
# Where alerts are sent to; up to 32 such tables, without flags. Each keeps its place in the log of alerts as the consumer
# sink/NAME: an alert is sent at least once, and after a crash the last batch may come again, with the same id and revision.
# A sink that can't be reached is tried until it can, and holds up no other; what retention takes meanwhile is told as a gap.
# What a sink refuses for good is kept in sinks/NAME.dead in the data folder, 32 MiB at most.
#
# [[sink]]
# name = \"siem\"               # letters, digits, dashes and underscores
# kind = \"webhook\"            # file, webhook, syslog, alertmanager, falco, splunk_hec, elasticsearch, slack, nats, otlp
# verdicts = [\"attack\"]       # of normal, drift, attack, operational; all by default
# image = \"shop/web\"          # digest or repository; any by default, and so with namespace and node
# min_severity = \"low\"        # informational, low, medium, high, critical; by default informational
# begin = \"latest\"            # a new sink begins with what comes, or with all that is held: earliest
# batch = 100                 # alerts sent at once where the kind can, 1 to 1000
# timeout = \"30s\"             # of one attempt, 1s to 10m
# retry_max = \"5m\"            # longest time between two attempts, 1s to 1d, also where the other side asks for more (Retry-After);
#                             # the first comes after a second
# url = \"https://siem.example/plumbline\"   # all but file; or url_file, where the address is a secret
# token_file = \"/etc/plumbline/siem.token\" # sent as bearer token, or as the kind has it; read anew for each attempt
# ca_file = \"/etc/plumbline/siem-ca.pem\"   # whom to trust; by default those whom the system trusts; read anew as it changes
# cert_file = \"/etc/plumbline/own.pem\"     # client certificate and key_file, where they are asked for
# secret_file = \"/etc/plumbline/siem.secret\" # webhook: the whsec_ secret that requests are signed with
# format = \"ocsf\"             # file, webhook, syslog, splunk_hec, nats: FORMATS
# path = \"/var/log/alerts.jsonl\" # file; with max_bytes (104857600), max_age (1d) and keep (10) of rotation
# data_stream = \"logs-plumbline.alerts-default\" # elasticsearch
# index = \"main\"              # splunk_hec
# subject = \"plumbline.alerts\" # nats: what comes before the verdict; a stream of JetStream must take plumbline.alerts.>
# user = \"plumbline\"           # nats: token_file then holds the password
# creds_file = \"/etc/plumbline/nats.creds\" # nats: JWT and seed, instead of token_file
";
