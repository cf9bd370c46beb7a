//! Somebody who watches alerts, and notes when each break-in is told for the first time.

use crate::traffic::BREAK_IN;
use anyhow::{Context, Result};
use plumbline_proto::v1::{
    Alert, AlertChange, WatchRequest, alert_service_client::AlertServiceClient, watch_response,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};
use tonic::transport::Endpoint;

/// How long an alert may take after everything was acknowledged; it was durable before.
const LIMIT: Duration = Duration::from_secs(10);

/// Of each break-in, by its number.
type Told = Arc<Mutex<BTreeMap<u32, Instant>>>;

/// An open watch.
pub(crate) struct Watcher {
    told: Told,
    task: JoinHandle<Result<()>>,
}

impl Watcher {
    /// Watches what is new from now on.
    pub(crate) async fn start(url: &str) -> Result<Self> {
        let mut client = AlertServiceClient::new(Endpoint::from_shared(url.to_owned())?.connect().await?);
        let request = WatchRequest { only_new: true, ..WatchRequest::default() };
        let mut changes = client.watch(request).await?.into_inner();
        let told = Told::default();
        let noting = Arc::clone(&told);
        let task = tokio::spawn(async move {
            while let Some(change) = changes.message().await.context("the watch ended")? {
                let now = Instant::now();
                let Some(watch_response::Kind::Change(AlertChange { alert: Some(alert), .. })) = change.kind
                else {
                    continue;
                };
                let mut told = noting.lock().unwrap_or_else(PoisonError::into_inner);
                break_ins(&alert).for_each(|number| _ = told.entry(number).or_insert(now));
            }
            Ok(())
        });
        Ok(Self { told, task })
    }

    /// Waits until so many break-ins are told, and gives when each was. Those that never are are missing.
    pub(crate) async fn finish(self, count: usize) -> Result<BTreeMap<u32, Instant>> {
        let end = Instant::now() + LIMIT;
        let told = || self.told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        while told().len() < count && Instant::now() < end && !self.task.is_finished() {
            sleep(Duration::from_millis(10)).await;
        }
        if self.task.is_finished() {
            self.task.await??;
        } else {
            self.task.abort();
        }
        Ok(told())
    }
}

/// Break-ins that an alert tells of.
fn break_ins(alert: &Alert) -> impl Iterator<Item = u32> {
    let texts = alert.findings.iter().flat_map(|finding| [&finding.command_line, &finding.value]);
    texts.filter_map(|text| {
        let (_, rest) = text.split_once(BREAK_IN)?;
        let digits = rest.find(|c: char| !c.is_ascii_digit()).map_or(rest, |end| rest.split_at(end).0);
        digits.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumbline_proto::v1::Finding;

    #[test]
    fn an_alert_says_by_its_findings_of_which_break_ins_it_tells() {
        let finding = |value: &str, command: &str| Finding {
            value: value.to_owned(),
            command_line: command.to_owned(),
            ..Finding::default()
        };
        let findings = vec![
            finding("/tmp/break-in-7", "/tmp/break-in-7 x"),
            finding("public:4444", "/tmp/break-in-12"),
            finding("/usr/bin/id", "id"),
        ];
        let alert = Alert { findings, ..Alert::default() };
        assert_eq!(break_ins(&alert).collect::<Vec<_>>(), [7, 7, 12]);
    }
}
