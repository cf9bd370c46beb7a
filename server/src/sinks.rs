//! Sinks: the server sends alerts to where they are wanted, in the words that are spoken there.
//!
//! Invariants: a sink is a consumer of the log of alerts like any other, named sink/NAME, with a task of its own, so one that
//! can't be reached holds up nobody; its place moves only when what was sent is taken or in its dead letter, and no more than
//! one batch is told again after a crash; nothing is dropped without a count.
//!
//! `delivery.rs` has the loop, `target.rs` the kinds, `format.rs` the words. Not here: the settings (`config/sink.rs`), places
//! (`consumers.rs`), what is held of the log (`alert_log.rs`).

mod advice;
mod alertmanager;
mod change;
mod dead_letter;
mod delivery;
mod elastic;
mod failure;
mod falco;
mod file;
mod format;
mod health;
mod http;
mod nats;
mod otlp;
mod pool;
mod rotated;
mod secret;
mod slack;
mod splunk;
mod syslog;
mod target;
mod tls;
mod trial;
mod webhook;

use std::{path::Path, sync::Arc};

use tokio_util::sync::CancellationToken;

use crate::{
    alert_log::AlertLog,
    config::{ConfigError, SinkSettings},
    consumers::Consumers,
    metrics::Metrics,
};

use dead_letter::DeadLetter;
use delivery::Delivery;
use target::Target;

pub(crate) use format::Format;
pub(crate) use health::SinksHealth;
pub(crate) use trial::test;

/// What sinks share with the rest of the server.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) log: AlertLog,
    pub(crate) consumers: Consumers,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) shutdown: CancellationToken,
}

/// Name of the consumer that is a sink's place.
pub(crate) fn consumer(sink: &str) -> String {
    format!("sink/{sink}")
}

/// Makes all sinks: how they are, and a task of each.
pub(crate) fn sinks(
    settings: &[SinkSettings],
    data_dir: &Path,
    shared: &Shared,
) -> Result<(SinksHealth, Vec<impl Future<Output = ()> + Send + 'static>), ConfigError> {
    let (mut all, mut tasks) = (Vec::new(), Vec::new());
    for settings in settings {
        let target = Target::new(settings, Some(&shared.log))
            .map_err(|problem| ConfigError::value("sink", &settings.name, problem))?;
        let health = Arc::new(health::Health::new(&settings.name, &shared.metrics.sinks));
        let dead = DeadLetter::new(data_dir, &settings.name);
        all.push(Arc::clone(&health));
        tasks.push(Delivery::new(settings.clone(), target, dead, health, shared.clone()).run());
    }
    Ok((SinksHealth::new(all, shared.log.clone()), tasks))
}
