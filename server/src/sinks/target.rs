//! The kinds of sinks, behind one way to send.
//!
//! A kind says how much it takes at once, and whether it wants to be heard of though nothing has changed. Not here: the loop that
//! asks it (`delivery.rs`), what each kind does (a file each).

use std::time::Duration;

use super::{
    alertmanager::{self, Alertmanager},
    change::Change,
    elastic::Elastic,
    failure::{Failure, Refused},
    falco::Falco,
    file::File,
    http::Client,
    nats::Nats,
    otlp::{self, Otlp},
    slack::Slack,
    splunk::Splunk,
    syslog::Syslog,
    webhook::Webhook,
};
use crate::{
    alert_log::AlertLog,
    config::{Kind, SinkSettings},
};

/// Where it is sent.
#[derive(Debug)]
pub(super) enum Target {
    File(File),
    Webhook(Webhook),
    Syslog(Box<Syslog>),
    Alertmanager(Box<Alertmanager>),
    Falco(Falco),
    Splunk(Splunk),
    Elastic(Elastic),
    Slack(Slack),
    Nats(Box<Nats>),
    Otlp(Box<Otlp>),
    /// Fails as a test wants it to, and notes when it was asked.
    #[cfg(test)]
    Scripted {
        failures: std::collections::VecDeque<Failure>,
        asked: Vec<tokio::time::Instant>,
    },
}

impl Target {
    /// Without a log it is good for tests only. Fails if something of the settings can't be used, and says what.
    pub(super) fn new(settings: &SinkSettings, log: Option<&AlertLog>) -> Result<Self, String> {
        let client = || Client::new(&settings.connection);
        Ok(match &settings.kind {
            Kind::File(file) => Self::File(File::new(file)),
            Kind::Webhook(webhook) => Self::Webhook(Webhook::new(client()?, webhook)),
            Kind::Syslog(syslog) => Self::Syslog(Box::new(Syslog::new(&settings.connection, syslog)?)),
            Kind::Alertmanager(_) => {
                Self::Alertmanager(Box::new(Alertmanager::new(client()?, settings, log.cloned())))
            }
            Kind::Falco(_) => Self::Falco(Falco::new(client()?)),
            Kind::SplunkHec(splunk) => Self::Splunk(Splunk::new(client()?, splunk)),
            Kind::Elasticsearch(elastic) => Self::Elastic(Elastic::new(client()?, elastic)),
            Kind::Slack(_) => Self::Slack(Slack::new(client()?)),
            Kind::Nats(nats) => Self::Nats(Box::new(Nats::new(settings, nats)?)),
            Kind::Otlp(_) => Self::Otlp(Box::new(Otlp::new(settings)?)),
        })
    }

    /// Changes it takes at once.
    pub(super) fn max_batch(&self) -> usize {
        match self {
            Self::File(_)
            | Self::Syslog(_)
            | Self::Splunk(_)
            | Self::Elastic(_)
            | Self::Alertmanager(_)
            | Self::Nats(_) => usize::MAX,
            Self::Otlp(_) => otlp::MAX_BATCH,
            Self::Webhook(_) | Self::Falco(_) | Self::Slack(_) => 1,
            #[cfg(test)]
            Self::Scripted { .. } => usize::MAX,
        }
    }

    /// Whether its words have a place for files that were run, processes and peers.
    pub(super) fn tells_seen(&self) -> bool {
        !matches!(self, Self::Slack(_) | Self::Alertmanager(_))
    }

    /// How often it wants to be heard of though nothing has changed; then nothing is sent to it.
    pub(super) fn interval(&self) -> Option<Duration> {
        match self {
            Self::Alertmanager(_) => Some(alertmanager::INTERVAL),
            _ => None,
        }
    }

    /// Sends a test alert, also where changes are not what is told.
    pub(super) async fn test(&mut self, changes: &[Change]) -> Result<Vec<Refused>, Failure> {
        match self {
            Self::Alertmanager(alertmanager) => alertmanager.test(changes).await.map(|()| Vec::new()),
            Self::File(file) => file.test(changes).await.map(|()| Vec::new()),
            Self::Syslog(syslog) => syslog.test(changes).await.map(|()| Vec::new()),
            _ => self.send(changes).await,
        }
    }

    /// Says farewell where that is usual.
    pub(super) async fn close(&mut self) {
        if let Self::Syslog(syslog) = self {
            syslog.close().await;
        }
    }

    /// Sends some; those that were refused for good though the others were taken.
    pub(super) async fn send(&mut self, changes: &[Change]) -> Result<Vec<Refused>, Failure> {
        let none = |()| Vec::new();
        match self {
            Self::File(file) => file.send(changes).await.map(none),
            Self::Webhook(webhook) => webhook.send(changes).await.map(none),
            Self::Syslog(syslog) => syslog.send(changes).await.map(none),
            Self::Alertmanager(alertmanager) => alertmanager.send().await.map(none),
            Self::Falco(falco) => falco.send(changes).await.map(none),
            Self::Splunk(splunk) => splunk.send(changes).await.map(none),
            Self::Elastic(elastic) => elastic.send(changes).await,
            Self::Slack(slack) => slack.send(changes).await.map(none),
            Self::Nats(nats) => nats.send(changes).await.map(none),
            Self::Otlp(otlp) => otlp.send(changes).await,
            #[cfg(test)]
            Self::Scripted { failures, asked } => {
                asked.push(tokio::time::Instant::now());
                failures.pop_front().map_or(Ok(Vec::new()), Err)
            }
        }
    }
}
