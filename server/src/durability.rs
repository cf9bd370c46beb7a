//! Whether what is taken in is made durable at the moment, for everybody who tells of it.
//!
//! The committer says so (`checkpoint.rs`); /readyz, the status and the metrics repeat it.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use crate::{clock::now_unix_ns, metrics::Metrics, session::locked};

/// What the committer says; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Durability {
    paused: Arc<Mutex<Option<Paused>>>,
    /// Told when a pause begins and when it is over; for one task.
    changed: Arc<Notify>,
    metrics: Arc<Metrics>,
}

/// Nothing is made durable, so nothing is acknowledged: collectors keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paused {
    pub(crate) since_unix_ns: u64,
    /// What failed, and the way out.
    pub(crate) why: String,
}

impl Durability {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self { paused: Arc::default(), changed: Arc::default(), metrics }
    }

    /// Waits until a pause begins or is over. Only one task may.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Why nothing is made durable; `None` if all is well.
    pub(crate) fn paused(&self) -> Option<Paused> {
        locked(&self.paused).clone()
    }

    /// Takes in that an attempt to make something durable failed. Said once, with the first reason; the newest is told.
    pub(crate) fn pause(&self, why: String) {
        self.metrics.store_paused.set(1);
        self.metrics.store_failures.inc();
        let mut paused = locked(&self.paused);
        match &mut *paused {
            Some(paused) => paused.why = why,
            None => {
                tracing::error!(
                    why,
                    "nothing can be made durable; collectors keep what they have until it can"
                );
                *paused = Some(Paused { since_unix_ns: now_unix_ns(), why });
                self.changed.notify_one();
            }
        }
    }

    /// Takes in that a commit is durable.
    pub(crate) fn resume(&self) {
        if let Some(paused) = locked(&self.paused).take() {
            self.metrics.store_paused.set(0);
            self.changed.notify_one();
            let seconds = now_unix_ns().saturating_sub(paused.since_unix_ns) / 1_000_000_000;
            tracing::info!(seconds, "all is made durable again");
        }
    }
}
