//! Crash and restart: whatever was committed when the process went, sending everything again ends in the same
//! baselines and alerts as one undisturbed run.

use std::{collections::BTreeMap, path::Path, sync::atomic::Ordering, time::Duration};

use plumbline_model::Params;
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    fixture::{MINUTES, REPOSITORIES, batch},
    session::Sessions,
    shards::{InFlight, Shards},
    store::Stored,
    wire,
};

/// What a run left behind: every baseline, every change of an alert, what each session was told.
#[derive(Debug, PartialEq)]
struct Left {
    images: BTreeMap<String, Vec<u8>>,
    changes: Vec<(String, u32)>,
    durable: Vec<u64>,
}

/// Sends everything of two collectors, as streams do, to a server whose store fails after some commits;
/// at most `ahead` batches of a session beyond what is durable.
async fn run(folder: &Path, commits: i64, ahead: u64) -> Result<(), StoreError> {
    let (store, mut stored) = Store::open_when_free(folder);
    store.commits_left.store(commits, Ordering::SeqCst);
    let log = AlertLog::new(store.clone(), &mut stored, Default::default());
    let Stored { images, sessions, decisions, .. } = stored;
    let sessions = Sessions::new(sessions);
    let params = Params { min_starts: 1, ..Params::default() };
    let (interval, rules) = (Duration::from_millis(1), Arc::default());
    let (shards, owners) = Shards::new(&params, &rules, interval, images, &decisions, &Arc::default());
    let (committer, works) = mpsc::channel(QUEUE);
    let failed = CancellationToken::new();
    let committing = tokio::spawn({
        let (failed, metrics) = (failed.clone(), Arc::new(Metrics::new().unwrap()));
        async move {
            let _failed = failed.drop_guard();
            super::run(works, store, log, metrics).await
        }
    });
    let mut running = JoinSet::new();
    for owner in owners {
        running.spawn(owner.run(committer.clone()));
    }

    let bytes = Arc::new(Semaphore::new(1));
    let opened = [1, 2].map(|id| sessions.open([id; 16]).unwrap().0);
    'sending: for minute in 0..MINUTES {
        for (node, session) in ["a", "b"].into_iter().zip(&opened) {
            let seq = minute + 1;
            if session.knows(seq) {
                continue;
            }
            let batch = wire::check(batch(node, minute)).unwrap();
            let set = batch.shards();
            session.register(seq, set, false);
            let _bytes = Arc::clone(&bytes).try_acquire_many_owned(0).unwrap();
            if shards.send(set, session, seq, &Arc::new(InFlight { batch, _bytes })).await.is_err() {
                break 'sending;
            }
            // At most so many unsettled, or everything would fit into a few commits.
            let mut durable = session.watch();
            tokio::select! {
                _ = durable.wait_for(|durable| durable + ahead >= seq) => {}
                () = failed.cancelled() => break 'sending,
            }
        }
    }
    drop((shards, committer, opened, sessions));
    running.join_all().await;
    committing.await.unwrap()
}

fn left(folder: &Path) -> Left {
    let (store, stored) = Store::open_when_free(folder);
    let image = |image: &plumbline_model::ImageState| {
        (format!("{} {}", image.lineage(), image.digest()), postcard::to_stdvec(image).unwrap())
    };
    let changes = store.changes_after(0, 100_000).unwrap().into_iter().map(|change| {
        let alert = change.alert.unwrap();
        (alert.id, alert.revision)
    });
    let mut changes: Vec<_> = changes.collect();
    changes.sort();
    Left {
        images: stored.images.iter().map(image).collect(),
        changes,
        durable: stored.sessions.iter().map(|(_, record)| record.durable).collect(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_after_any_commit_changes_nothing_once_everything_is_sent_again() {
    let clean = tempfile::tempdir().unwrap();
    run(clean.path(), i64::MAX, 3).await.unwrap();
    let clean = left(clean.path());
    assert_eq!(clean.images.len(), REPOSITORIES.len());
    assert_eq!(clean.durable, [MINUTES, MINUTES]);
    assert!(!clean.changes.is_empty(), "the break-in must raise an alert");

    let mut crashes = 0;
    for commits in 0..32 {
        let folder = tempfile::tempdir().unwrap();
        crashes += i64::from(run(folder.path(), commits, commits as u64 % 4).await.is_err());
        run(folder.path(), i64::MAX, 2).await.unwrap();
        assert_eq!(left(folder.path()), clean, "crashed after {commits} commits");
    }
    assert!(crashes > 8, "only {crashes} runs crashed");
}
