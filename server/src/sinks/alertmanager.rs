//! Prometheus' Alertmanager, API version 2: what is open is told each minute, until it is not.
//!
//! Invariants: labels are few and of low cardinality, for they are the identity there; alerts with the same labels are one.
//! Each time the whole of what is open is told, as the log has it, so that nothing needs to be remembered over a restart: what
//! is no longer told ends by itself after [`HOLDS`], and what was told before is ended at once, but only if all that is open was
//! looked at. An alert that nothing has changed for a day is over here, so that one which nobody triages does not fire for ever.
//! Label sets are bounded: of more than that those which were told stay, and new ones wait.

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
    escape::escape, severity::Severity, status::ApiError,
};

/// How often what is open is told.
pub(super) const INTERVAL: Duration = Duration::from_secs(60);
/// How long it holds if it is not told again.
const HOLDS: Duration = Duration::from_secs(300);
/// How long a test is open.
const TEST: Duration = Duration::from_secs(60);
/// How long an alert that does not change is open.
const OPEN: Duration = Duration::from_secs(86_400);
/// Alerts read at once, and told in one request.
const PAGE: usize = 1000;
/// Label sets told.
const MAX_TOLD: usize = 10_000;
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
    page: usize,
    max_told: usize,
}

/// What is open under the same labels.
struct Open {
    summary: String,
    description: String,
    since: u64,
    alerts: u64,
    ids: String,
}

impl Open {
    /// Of the newest one.
    fn new(newest: &Alert) -> Self {
        let text = |text: &str| escape(cut(text, TEXT_BYTES));
        let (summary, description) = (text(&title(newest)), text(&newest.story));
        Self { summary, description, since: newest.first_seen_unix_ns, alerts: 0, ids: String::new() }
    }

    fn add(&mut self, alert: &Alert) {
        self.since = self.since.min(alert.first_seen_unix_ns);
        self.alerts += 1;
        if self.ids.len() < TEXT_BYTES {
            self.ids = format!("{} {}", self.ids, alert.id);
        }
    }

    fn firing(&self, labels: &Labels, now: u64) -> Value {
        json!({
            "labels": labels,
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "alerts": self.alerts.to_string(),
                "alert_ids": cut(self.ids.trim_start(), TEXT_BYTES),
            },
            "startsAt": rfc3339(self.since),
            "endsAt": rfc3339(now + HOLDS.as_nanos() as u64),
        })
    }
}

impl Alertmanager {
    pub(super) fn new(client: Client, settings: &SinkSettings, log: Option<AlertLog>) -> Self {
        let (filter, min_severity) = (settings.filter.clone(), settings.min_severity);
        Self { client, log, filter, min_severity, told: BTreeSet::new(), page: PAGE, max_told: MAX_TOLD }
    }

    pub(super) async fn send(&mut self) -> Result<(), Failure> {
        let now = now_unix_ns();
        let Some(log) = self.log.clone() else { return Ok(()) };
        let (wanted, page) = (self.wanted(), self.page);
        let (told, max_told) = (self.told.clone(), self.max_told);
        let (open, left_out) = blocking(move || open(&log, &wanted, now, page, &told, max_told))
            .await
            .map_err(Failure::again)?;
        if left_out > 0 {
            tracing::warn!(
                left_out,
                max_told,
                "Alertmanager is not told of some alerts: too many label sets"
            );
        }
        let open: Vec<_> = open.into_iter().collect();
        for some in open.chunks(self.page) {
            self.post(some.iter().map(|(labels, open)| open.firing(labels, now)).collect()).await?;
            self.told.extend(some.iter().map(|(labels, _)| labels.clone()));
        }
        let open: BTreeSet<_> = open.into_iter().map(|(labels, _)| labels).collect();
        let over: Vec<_> = self.told.difference(&open).cloned().collect();
        for some in over.chunks(self.page) {
            let ended = some.iter().map(|labels| json!({"labels": labels, "endsAt": rfc3339(now)}));
            self.post(ended.collect()).await?;
            self.told.retain(|labels| some.binary_search(labels).is_err()); // sorted, as sets are
        }
        Ok(())
    }

    /// The sink's filter, without what people have done with.
    fn wanted(&self) -> v1::AlertFilter {
        let states = [v1::TriageState::Unspecified, v1::TriageState::New, v1::TriageState::Acknowledged];
        let severities = Severity::ALL.into_iter().filter(|one| *one >= self.min_severity);
        v1::AlertFilter {
            states: states.map(i32::from).into(),
            severities: severities.map(|one| one as i32).collect(),
            ..self.filter.clone()
        }
    }

    /// Tells alerts as open, for a minute.
    pub(super) async fn test(&self, changes: &[Change]) -> Result<(), Failure> {
        let now = now_unix_ns();
        let firing = changes.iter().map(|change| {
            let mut open = Open::new(&change.alert);
            open.add(&change.alert);
            let mut told = open.firing(&labels(&change.alert), now);
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

/// All that is open and matches, and how many alerts have no room. Reads the disk.
fn open(
    log: &AlertLog,
    wanted: &v1::AlertFilter,
    now: u64,
    page: usize,
    told: &BTreeSet<Labels>,
    max_told: usize,
) -> Result<(BTreeMap<Labels, Open>, u64), ApiError> {
    let (mut open, mut left_out) = (BTreeMap::<Labels, Open>::new(), 0);
    let mut room = max_told.saturating_sub(told.len());
    let mut from = now.saturating_sub(OPEN.as_nanos() as u64);
    loop {
        let filter = v1::AlertFilter { changed_from_unix_ns: from, ..wanted.clone() };
        let filter = Filter::new(Some(filter))?;
        let mut listed = log.list(&filter, u64::MAX, page)?;
        let at_once = listed.below.is_none();
        from = listed.alerts.first().map_or(from, |newest| changed_unix_ns(newest) + 1);
        loop {
            for alert in listed.alerts.iter().filter(|alert| !closed(alert)) {
                let labels = labels(alert);
                if !open.contains_key(&labels) && !told.contains(&labels) {
                    if room == 0 {
                        left_out += 1;
                        continue;
                    }
                    room -= 1;
                }
                open.entry(labels).or_insert_with(|| Open::new(alert)).add(alert);
            }
            match listed.below {
                Some(below) => listed = log.list(&filter, below, page)?,
                None => break,
            }
        }
        // What changed between two pages was before the one and is now behind the other.
        if at_once {
            return Ok((open, left_out));
        }
    }
}

#[cfg(test)]
mod tests;
