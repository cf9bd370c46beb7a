//! The words an alert is told in: one text without a newline for each change.
//!
//! Invariants: whatever a container is called or runs, the text is one line of valid JSON or CEF, and what could fool a terminal
//! is escaped; parts that are empty are left out, but in the native form. The same change gives the same text.
//!
//! Not here: who takes which (`config/sink.rs`).

mod cef;
mod ecs;
mod falco;
mod ocsf;

use clap::ValueEnum;
use plumbline_proto::v1;
use serde::Deserialize;
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{change::Change, trial::is_test};
use crate::escape::escape_json;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// As the API tells a change: cursor and alert.
    #[default]
    Native,
    /// OCSF 1.8.0, Detection Finding.
    Ocsf,
    /// Elastic Common Schema 8.11.
    Ecs,
    /// As Falco tells its own, for falcosidekick.
    Falco,
    /// ArcSight Common Event Format.
    Cef,
}

impl Format {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Ocsf => "ocsf",
            Self::Ecs => "ecs",
            Self::Falco => "falco",
            Self::Cef => "cef",
        }
    }

    /// A change in these words.
    pub(super) fn text(self, change: &Change) -> String {
        match self {
            Self::Native => escape_json(&serde_json::to_string(&change.native()).unwrap_or_default()), // it has no keys but texts
            Self::Cef => cef::text(change),
            _ => escape_json(&self.json(change).to_string()),
        }
    }

    /// The same as a value; what has none is a string.
    pub(super) fn json(self, change: &Change) -> Value {
        match self {
            Self::Native => serde_json::to_value(change.native()).unwrap_or_default(),
            Self::Ocsf => without_empty(ocsf::value(change)),
            Self::Ecs => without_empty(ecs::value(change)),
            Self::Falco => without_empty(falco::value(change)),
            Self::Cef => cef::text(change).into(),
        }
    }

    /// What the text is, as HTTP has it.
    pub(super) fn content_type(self) -> &'static str {
        if self == Self::Cef { "text/plain; charset=utf-8" } else { "application/json" }
    }
}

/// When it changed, by the server's clock.
pub(super) fn changed_unix_ns(alert: &v1::Alert) -> u64 {
    if alert.changed_unix_ns > 0 { alert.changed_unix_ns } else { alert.last_seen_unix_ns }
}

/// A time as RFC 3339 has it.
pub(super) fn rfc3339(unix_ns: u64) -> String {
    let time = OffsetDateTime::from_unix_timestamp_nanos(unix_ns.into());
    time.ok().and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_default()
}

/// The verdict as a word.
pub(super) fn verdict(alert: &v1::Alert) -> &'static str {
    match alert.verdict() {
        v1::Verdict::Unspecified | v1::Verdict::Normal => "normal",
        v1::Verdict::Drift => "drift",
        v1::Verdict::Attack => "attack",
        v1::Verdict::Operational => "operational",
    }
}

/// The image as people name it; empty if there is none.
pub(super) fn image(alert: &v1::Alert) -> String {
    match (alert.image_repository.as_str(), alert.image_tag.as_str()) {
        ("", _) => alert.image_digest.clone(),
        (repository, "") => repository.to_owned(),
        (repository, tag) => format!("{repository}:{tag}"),
    }
}

/// A few words for a headline, of a fixed vocabulary but for the image or node.
pub(super) fn title(alert: &v1::Alert) -> String {
    match (alert.verdict(), image(alert)) {
        _ if is_test(alert) => "Test of a sink".to_owned(),
        (v1::Verdict::Operational, _) if alert.node.is_empty() => "Plumbline itself".to_owned(),
        (v1::Verdict::Operational, _) => format!("Watching of node {}", alert.node),
        (v1::Verdict::Attack, image) => format!("Attack in {image}"),
        (v1::Verdict::Drift, image) => format!("Drift in {image}"),
        (_, image) => format!("Nothing left in {image}"),
    }
}

/// What people do about it.
pub(super) fn state(alert: &v1::Alert) -> v1::TriageState {
    alert.triage.as_ref().map_or(v1::TriageState::New, v1::Triage::state)
}

/// Whether nothing is left to do.
pub(super) fn closed(alert: &v1::Alert) -> bool {
    state(alert) == v1::TriageState::Resolved
        || alert.verdict() == v1::Verdict::Normal
        || alert.operational.is_some_and(|operational| operational.ended_unix_ns > 0)
}

/// Up to so many bytes of a text, whole letters.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

fn without_empty(value: Value) -> Value {
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| (name, without_empty(value)));
            Value::Object(fields.filter(|(_, value)| !empty(value)).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_empty).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
