//! Prometheus' Alertmanager, API version 2: what is open is told each minute, until it is not.
//!
//! Invariants: labels are few and of low cardinality, for they are the identity there; alerts with the same labels are one.
//! Each time the whole of what is open is told, as the log has it, so that nothing needs to be remembered over a restart: what
//! is no longer told ends by itself after [`HOLDS`], and what was told before is ended at once. An alert that nothing has changed
//! for a day is over here, so that one which nobody triages does not fire for ever.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use plumbline_proto::v1::{self, Alert};
use serde_json::{Value, json};

use super::{
    change::Change,
    failure::Failure,
    format::{changed_unix_ns, closed, cut, rfc3339, title, verdict},
    http::Client,
    trial::is_test,
};
use crate::{
    alert_filter::Filter, alert_log::AlertLog, blocking::blocking, clock::now_unix_ns, config::SinkSettings,
    escape::escape, severity::Severity,
};

/// How often what is open is told.
pub(super) const INTERVAL: Duration = Duration::from_secs(60);
/// How long it holds if it is not told again.
const HOLDS: Duration = Duration::from_secs(300);
/// How long a test is open.
const TEST: Duration = Duration::from_secs(60);
/// How long an alert that does not change is open.
const OPEN: Duration = Duration::from_secs(86_400);
/// Alerts that are looked at, the newest.
const MAX_ALERTS: usize = 1000;
/// Of an annotation.
const TEXT_BYTES: usize = 1024;

type Labels = BTreeMap<&'static str, String>;

#[derive(Debug)]
pub(super) struct Alertmanager {
    client: Client,
    /// None for a test, which looks at no alerts.
    log: Option<AlertLog>,
    filter: v1::AlertFilter,
    min_severity: Severity,
    /// What was told to be open.
    told: BTreeSet<Labels>,
}

impl Alertmanager {
    pub(super) fn new(client: Client, settings: &SinkSettings, log: Option<AlertLog>) -> Self {
        let (filter, min_severity) = (settings.filter.clone(), settings.min_severity);
        Self { client, log, filter, min_severity, told: BTreeSet::new() }
    }

    pub(super) async fn send(&mut self) -> Result<(), Failure> {
        let now = now_unix_ns();
        let from = now.saturating_sub(OPEN.as_nanos() as u64);
        let filter = v1::AlertFilter { changed_from_unix_ns: from, ..self.filter.clone() };
        let filter = Filter::new(Some(filter)).map_err(Failure::again)?;
        let Some(log) = self.log.clone() else { return Ok(()) };
        let listed =
            blocking(move || log.list(&filter, u64::MAX, MAX_ALERTS)).await.map_err(Failure::again)?;
        let mut open: BTreeMap<Labels, Vec<&Alert>> = BTreeMap::new();
        for alert in &listed.alerts {
            if !closed(alert) && Severity::of(alert) >= self.min_severity {
                open.entry(labels(alert)).or_default().push(alert);
            }
        }
        let mut body: Vec<Value> = open.iter().map(|(labels, alerts)| firing(labels, alerts, now)).collect();
        let over = self.told.iter().filter(|labels| !open.contains_key(*labels));
        body.extend(over.map(|labels| json!({"labels": labels, "endsAt": rfc3339(now)})));
        if !body.is_empty() {
            self.post(body).await?;
        }
        self.told = open.into_keys().collect();
        Ok(())
    }

    /// Tells alerts as open, for a minute.
    pub(super) async fn test(&self, changes: &[Change]) -> Result<(), Failure> {
        let now = now_unix_ns();
        let firing = changes.iter().map(|change| {
            let mut told = firing(&labels(&change.alert), &[&change.alert], now);
            if let Some(told) = told.as_object_mut() {
                told.insert("endsAt".to_owned(), rfc3339(now + TEST.as_nanos() as u64).into());
            }
            told
        });
        self.post(firing.collect()).await
    }

    async fn post(&self, body: Vec<Value>) -> Result<(), Failure> {
        let headers = self.client.authorization("Bearer").await?;
        let body = json!(body).to_string();
        self.client.post("/api/v2/alerts", headers, "application/json", body).await.map(drop)
    }
}

/// Neither ids nor texts of processes: of each there could be any number.
fn labels(alert: &Alert) -> Labels {
    let name = match alert.verdict() {
        _ if is_test(alert) => "PlumblineTest",
        v1::Verdict::Attack => "PlumblineAttack",
        v1::Verdict::Operational => "PlumblineOperational",
        _ => "PlumblineDrift",
    };
    let image = if alert.image_repository.is_empty() { &alert.image_digest } else { &alert.image_repository };
    let mut labels = Labels::from([
        ("alertname", name.to_owned()),
        ("severity", Severity::of(alert).name().to_owned()),
        ("verdict", verdict(alert).to_owned()),
    ]);
    for (label, value) in [("namespace", &alert.namespace), ("image", image)] {
        if !value.is_empty() {
            labels.insert(label, escape(cut(value, TEXT_BYTES)));
        }
    }
    if let Some(operational) = &alert.operational {
        labels.insert("kind", operational.kind().as_str_name().to_ascii_lowercase());
    }
    labels
}

fn firing(labels: &Labels, alerts: &[&Alert], now: u64) -> Value {
    let newest = alerts.iter().max_by_key(|alert| changed_unix_ns(alert));
    let since = alerts.iter().map(|alert| alert.first_seen_unix_ns).min().unwrap_or(now);
    let ids: Vec<_> = alerts.iter().map(|alert| alert.id.as_str()).collect();
    json!({
        "labels": labels,
        "annotations": {
            "summary": newest.map(|alert| escape(cut(&title(alert), TEXT_BYTES))),
            "description": newest.map(|alert| escape(cut(&alert.story, TEXT_BYTES))),
            "alerts": alerts.len().to_string(),
            "alert_ids": cut(&ids.join(" "), TEXT_BYTES),
        },
        "startsAt": rfc3339(since),
        "endsAt": rfc3339(now + HOLDS.as_nanos() as u64),
    })
}
