//! How each sink is, for /readyz and the metrics.
//!
//! Not here: who finds out (`delivery.rs`).

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use crate::{alert_log::AlertLog, escape::escape, metrics::SinkMetrics, session::locked};

/// How one is.
#[derive(Debug)]
pub(super) struct Health {
    pub(super) name: String,
    condition: Mutex<Condition>,
    cursor: AtomicU64,
    pub(super) metrics: SinkMetrics,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    Working,
    Failing { why: String },
    Denied { why: String },
    Stopped { why: String },
}

/// How all are; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct SinksHealth(Arc<All>);

#[derive(Debug)]
struct All {
    sinks: Vec<Arc<Health>>,
    log: AlertLog,
}

impl SinksHealth {
    pub(super) fn new(sinks: Vec<Arc<Health>>, log: AlertLog) -> Self {
        Self(Arc::new(All { sinks, log }))
    }

    /// A line for each that does not work.
    pub(crate) fn lines(&self) -> String {
        let lines = self.0.sinks.iter().map(|sink| match &*locked(&sink.condition) {
            Condition::Working => String::new(),
            Condition::Failing { why } => {
                format!("sink {} fails, to be tried again: {}\n", sink.name, escape(why))
            }
            Condition::Denied { why } => {
                format!(
                    "sink {} does not take our credentials, put its token right; to be tried again: {}\n",
                    sink.name,
                    escape(why)
                )
            }
            Condition::Stopped { why } => format!("sink {} is stopped: {}\n", sink.name, escape(why)),
        });
        lines.collect()
    }

    /// Sets the metrics of what moves without the sinks: how far they are behind.
    pub(crate) fn measure(&self) {
        for sink in &self.0.sinks {
            let behind = self.0.log.behind(sink.cursor.load(Ordering::Relaxed));
            sink.metrics.lag.set(i64::try_from(behind).unwrap_or(i64::MAX));
        }
    }
}

impl Health {
    pub(super) fn new(name: &str, metrics: &crate::metrics::SinksMetrics) -> Self {
        let condition = Mutex::new(Condition::Working);
        Self { name: name.to_owned(), condition, cursor: AtomicU64::default(), metrics: metrics.of(name) }
    }

    pub(super) fn at(&self, cursor: u64) {
        self.cursor.store(cursor, Ordering::Relaxed);
    }

    pub(super) fn works(&self) {
        if self.change(Condition::Working) {
            tracing::info!(sink = self.name, "takes alerts again");
        }
        self.metrics.state.set(0);
    }

    pub(super) fn fails(&self, why: String) {
        self.metrics.failed.inc();
        self.metrics.state.set(1);
        if self.change(Condition::Failing { why: why.clone() }) {
            tracing::warn!(sink = self.name, why, "a sink fails; it is tried until it takes alerts");
        }
    }

    pub(super) fn denied(&self, why: String) {
        self.metrics.failed.inc();
        self.metrics.state.set(3);
        if self.change(Condition::Denied { why: why.clone() }) {
            tracing::error!(
                sink = self.name,
                why,
                "a sink does not take our credentials; put token_file right, which is read again for each attempt"
            );
        }
    }

    pub(super) fn stopped(&self, why: String) {
        self.metrics.state.set(2);
        tracing::error!(sink = self.name, why, "a sink is stopped until the server is started again");
        self.change(Condition::Stopped { why });
    }

    /// Whether it is another condition than before, whatever the reasons.
    fn change(&self, new: Condition) -> bool {
        let mut condition = locked(&self.condition);
        let other = std::mem::discriminant(&*condition) != std::mem::discriminant(&new);
        *condition = new;
        other
    }
}
