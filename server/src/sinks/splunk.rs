//! Splunk's HTTP Event Collector: a batch of events in one request to /services/collector/event.
//!
//! The collector's answer says that it has the events, not that they are indexed: acknowledgement by indexers is not asked for.

use serde_json::json;

use super::{
    change::Change,
    failure::Failure,
    format::{Format, changed_unix_ns},
    http::Client,
};
use crate::{config::SplunkSettings, escape::escape_json};

#[derive(Debug)]
pub(super) struct Splunk {
    client: Client,
    format: Format,
    index: Option<String>,
}

impl Splunk {
    pub(super) fn new(client: Client, settings: &SplunkSettings) -> Self {
        Self { client, format: settings.format, index: settings.index.clone() }
    }

    pub(super) async fn send(&self, changes: &[Change]) -> Result<(), Failure> {
        let headers = self.client.authorization("Splunk").await?;
        let body = changes.iter().map(|change| self.event(change) + "\n").collect();
        self.client.post("/services/collector/event", headers, "application/json", body).await.map(drop)
    }

    fn event(&self, change: &Change) -> String {
        let alert = &change.alert;
        let mut event = json!({
            "time": changed_unix_ns(alert) as f64 / 1e9,
            "host": alert.node,
            "source": "plumbline",
            "sourcetype": match self.format {
                Format::Ocsf => "ocsf:detection_finding",
                Format::Cef => "cef",
                _ => "_json",
            },
            "event": self.format.json(change),
        });
        if let (Some(index), Some(fields)) = (&self.index, event.as_object_mut()) {
            fields.insert("index".to_owned(), index.as_str().into());
        }
        escape_json(&event.to_string())
    }
}
