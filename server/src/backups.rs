//! Writes a backup of the store from time to time.
//!
//! The time is counted from the newest backup there is, so that a server that is started anew each half hour has one too.
//! One that fails is said, counted and tried again; nothing else waits for it.
//!
//! Not here: what makes a backup of one moment (`store/backup.rs`).

use std::{sync::Arc, time::Duration};

use tokio::{task::spawn_blocking, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::now_unix_s,
    metrics::Metrics,
    store::{Plan, Store, StoreError, newest},
};

/// When the first backup is made, if it is not due sooner.
const FIRST: Duration = Duration::from_secs(60);
/// When a backup that failed is tried again, if it is not due sooner.
const RETRY: Duration = Duration::from_secs(300);

/// Writes backups until the server shuts down.
pub(crate) async fn run(
    store: Store,
    plan: Plan,
    every: Duration,
    metrics: Arc<Metrics>,
    shutdown: CancellationToken,
) {
    if plan.kept == 0 {
        shutdown.cancelled().await;
        return;
    }
    let last = newest(&plan.folder);
    metrics.backup_unix_s.set(i64::try_from(last.unwrap_or_default()).unwrap_or(i64::MAX));
    let mut pause = match last.map(|last| now_unix_s().checked_sub(last)) {
        Some(Some(age)) => every.saturating_sub(Duration::from_secs(age)),
        Some(None) => every, // of a clock that ran ahead
        None => every.min(FIRST),
    };
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(pause) => {}
        }
        let writing = spawn_blocking({
            let (store, plan, stop) = (store.clone(), plan.clone(), shutdown.clone());
            move || store.back_up(&plan, now_unix_s(), &|| stop.is_cancelled())
        });
        pause = every;
        match writing.await {
            Ok(Ok(backup)) => {
                metrics.backup_unix_s.set(i64::try_from(now_unix_s()).unwrap_or(i64::MAX));
                for left_out in &backup.left_out {
                    tracing::error!(left_out, "the backup lacks a value that can't be read");
                }
                let (records, bytes, commit) = (backup.records, backup.bytes, backup.commit);
                tracing::info!(path = ?backup.path, records, bytes, commit, "a backup was written");
            }
            Ok(Err(StoreError::Stopped)) => return,
            Ok(Err(error)) => {
                pause = every.min(RETRY);
                failed(&metrics, &error, pause);
            }
            // sled may panic where it finds damage; a copy leaves nothing half done.
            Err(panic) => {
                pause = every.min(RETRY);
                failed(&metrics, &panic, pause);
            }
        }
    }
}

fn failed(metrics: &Metrics, error: &dyn std::fmt::Display, retry_in: Duration) {
    metrics.backups_failed.inc();
    tracing::error!(%error, ?retry_in, "no backup could be written");
}
