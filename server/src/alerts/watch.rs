//! One watch: tells changes, gaps and progress to a client that keeps its own place, and what is not durable yet while the disk
//! takes nothing.
//!
//! Whoever does not take something for the time allowed is ended and can resume after its last cursor; nobody else waits.

use std::time::Duration;

use plumbline_proto::v1::{AlertProgress, WatchResponse, watch_response::Kind};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};

use crate::status::ApiError;

use super::{
    CHUNK, PROGRESS,
    follower::{Follower, Told},
};

/// Tells until the client leaves (`None`) or has to.
pub(super) async fn watch(
    follower: Follower,
    told: &mpsc::Sender<WatchResponse>,
    stall: Duration,
) -> Option<ApiError> {
    follow(follower, told, stall).await.err().flatten()
}

async fn follow(
    mut follower: Follower,
    told: &mpsc::Sender<WatchResponse>,
    stall: Duration,
) -> Result<std::convert::Infallible, Option<ApiError>> {
    let say = async |kind| match timeout(stall, told.send(WatchResponse { kind: Some(kind) })).await {
        Ok(sent) => sent.map_err(|_| None),
        Err(_) => Err(Some(ApiError::Slow(stall))),
    };
    let mut news = follower.log.watch();
    let mut early = follower.log.watch_early();
    // Up to here changes were told before they were durable.
    let mut told_early = 0;
    let (mut due, mut been_to_end) = (Instant::now() + PROGRESS, false);
    loop {
        news.borrow_and_update();
        let (items, end) = follower.read(CHUNK).await.map_err(|error| Some(error.into()))?;
        let mut skipped = false;
        for item in items {
            if matches!(&item, Told::Change(change) if change.cursor <= told_early) {
                skipped = true;
                continue;
            }
            say(item.into()).await?;
        }
        let mut progress = Instant::now() >= due || skipped || (end && !been_to_end);
        been_to_end |= end;
        if end && !progress {
            let planned = early.borrow_and_update().clone();
            for change in follower.early(&planned, &mut told_early) {
                say(Kind::Early(change)).await?;
            }
            tokio::select! {
                _ = news.changed() => {} // its sender is in the log, which is held here
                _ = early.changed() => {} // as is this one's
                () = sleep_until(due) => progress = true,
                () = told.closed() => return Err(None),
            }
        }
        if progress {
            say(Kind::Progress(AlertProgress { cursor: follower.cursor })).await?;
            due = Instant::now() + PROGRESS;
        }
    }
}

impl From<Told> for Kind {
    fn from(told: Told) -> Self {
        match told {
            Told::Change(change) => Self::Change(change),
            Told::Gap(gap) => Self::Gap(gap),
        }
    }
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::Alert;

    use super::*;
    use crate::{
        alert_filter::Filter,
        alert_log::AlertLog,
        alerts::STALL,
        store::{Commit, Store},
    };

    #[tokio::test(start_paused = true)]
    async fn a_watcher_that_does_not_read_is_ended_and_one_that_left_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let (store, mut stored) = Store::open_when_free(folder.path());
        let log = AlertLog::new(store.clone(), &mut stored, Default::default());
        let mut commit = Commit::default();
        log.plan(vec![Alert::default(), Alert::default()], 1, &mut commit);
        store.commit(&commit).unwrap();
        log.publish(&mut commit);
        let from = |cursor| Follower { log: log.clone(), filter: Filter::default(), cursor };

        let (told, mut taken) = mpsc::channel(1);
        let ended = watch(from(0), &told, STALL).await;
        assert!(matches!(ended, Some(ApiError::Slow(_))), "{ended:?}");
        assert!(matches!(taken.recv().await.unwrap().kind, Some(Kind::Change(change)) if change.cursor == 1));
        drop(taken);
        assert!(watch(from(2), &told, STALL).await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn progress_comes_at_the_end_of_the_log_and_then_each_so_often() {
        let folder = tempfile::tempdir().unwrap();
        let (store, mut stored) = Store::open_when_free(folder.path());
        let log = AlertLog::new(store, &mut stored, Default::default());
        let (told, mut taken) = mpsc::channel(1);
        let begun = Instant::now();
        let follower = Follower { log, filter: Filter::default(), cursor: 0 };
        let watching = tokio::spawn(async move { watch(follower, &told, STALL).await });
        for seconds in [0, 15, 30] {
            let progress = Some(Kind::Progress(AlertProgress { cursor: 0 }));
            assert_eq!(taken.recv().await.unwrap().kind, progress);
            assert_eq!(begun.elapsed().as_secs(), seconds);
        }
        drop(taken);
        assert!(watching.await.unwrap().is_none());
    }
}
