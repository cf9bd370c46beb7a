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
    shards::{Beside, InFlight, Settings, Shards},
    store::Stored,
    wire,
};

/// For baselines that stay in memory.
const NEVER: Duration = Duration::from_secs(86_400);

/// What a run left behind: every baseline, every change of an alert, what each session was told.
#[derive(Debug, PartialEq)]
struct Left {
    images: BTreeMap<String, Vec<u8>>,
    changes: Vec<(String, u32)>,
    durable: Vec<u64>,
}

/// Sends everything of two collectors, as streams do, to a server whose store fails after some commits;
/// at most `ahead` batches of a session beyond what is durable. How many baselines came back into memory.
async fn run(folder: &Path, commits: i64, ahead: u64, evict_after: Duration) -> Result<u64, StoreError> {
    let (store, mut stored) = Store::open_when_free(folder);
    store.commits_left.store(commits, Ordering::SeqCst);
    let log = AlertLog::new(store.clone(), &mut stored, Default::default());
    let Stored { sessions, decisions, .. } = std::mem::take(&mut stored);
    let sessions = Sessions::new(sessions);
    let params = Params { min_starts: 1, ..Params::default() };
    let metrics = Arc::new(Metrics::new().unwrap());
    let read = Arc::clone(&metrics);
    let settings =
        Settings { params, interval: Duration::from_millis(1), evict_after, ..Settings::default() };
    let (shards, owners) =
        Shards::new(&settings, &store, &metrics, &decisions, &Arc::default(), Beside::default()).unwrap();
    let (committer, works) = mpsc::channel(QUEUE);
    let failed = CancellationToken::new();
    let committing = tokio::spawn({
        let failed = failed.clone();
        let keep = crate::config::Security::default().audit();
        let audit = Audit::new(store.clone(), &mut stored, keep, Arc::clone(&metrics));
        let policies = Policies::new(&mut stored, None, Arc::clone(&metrics), Duration::ZERO);
        async move {
            let _failed = failed.drop_guard();
            let durability = Durability::new(Arc::clone(&metrics));
            super::run(works, store, log, audit, policies, metrics, durability).await
        }
    });
    let mut running = JoinSet::new();
    for owner in owners {
        running.spawn(owner.run(committer.clone()));
    }

    let bytes = Arc::new(Semaphore::new(1));
    let opened = [1, 2].map(|id| sessions.open([id; 16], "node").unwrap().0);
    'sending: for minute in 0..MINUTES {
        for (node, session) in ["a", "b"].into_iter().zip(&opened) {
            let seq = minute + 1;
            if session.knows(seq) {
                continue;
            }
            let batch = wire::check(batch(node, minute)).unwrap();
            let set = batch.shards();
            session.register(seq, set, false);
            let _bytes = [(); 2].map(|()| Arc::clone(&bytes).try_acquire_many_owned(0).unwrap());
            if shards
                .send(
                    set,
                    session,
                    seq,
                    &Arc::new(InFlight { batch, clock_ahead_ns: 0, clock_is_off: false, _bytes }),
                )
                .await
                .is_err()
            {
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
    committing.await.unwrap().map(|()| read.images_read.get())
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
        images: store.images().iter().map(image).collect(),
        changes,
        durable: stored.sessions.iter().map(|(_, record)| record.durable).collect(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_after_any_commit_changes_nothing_once_everything_is_sent_again() {
    let clean = tempfile::tempdir().unwrap();
    run(clean.path(), i64::MAX, 3, NEVER).await.unwrap();
    let clean = left(clean.path());
    assert_eq!(clean.images.len(), REPOSITORIES.len());
    assert_eq!(clean.durable, [MINUTES, MINUTES]);
    assert!(!clean.changes.is_empty(), "the break-in must raise an alert");

    let mut crashes = 0;
    for commits in 0..32 {
        let folder = tempfile::tempdir().unwrap();
        crashes += i64::from(run(folder.path(), commits, commits as u64 % 4, NEVER).await.is_err());
        run(folder.path(), i64::MAX, 2, NEVER).await.unwrap();
        assert_eq!(left(folder.path()), clean, "crashed after {commits} commits");
    }
    assert!(crashes > 8, "only {crashes} runs crashed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn baselines_that_leave_memory_after_each_part_and_come_back_are_as_if_they_had_stayed() {
    let (stay, leave) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run(stay.path(), i64::MAX, 0, NEVER).await.unwrap();
    let read = run(leave.path(), i64::MAX, 0, Duration::ZERO).await.unwrap();
    assert!(read >= MINUTES, "only {read} baselines came back");
    assert_eq!(left(leave.path()), left(stay.path()));
    // Also over crashes.
    for commits in [2, 7, 20] {
        let folder = tempfile::tempdir().unwrap();
        let _ = run(folder.path(), commits, 1, Duration::ZERO).await;
        run(folder.path(), i64::MAX, 2, Duration::ZERO).await.unwrap();
        assert_eq!(left(folder.path()), left(stay.path()), "crashed after {commits} commits");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_handed_in_while_the_disk_has_no_room_is_in_the_same_order_once_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut stored) = Store::open_when_free(folder.path());
    let log = AlertLog::new(store.clone(), &mut stored, Default::default());
    let metrics = Arc::new(Metrics::new().unwrap());
    let durability = Durability::new(Arc::clone(&metrics));
    let (committer, works) = mpsc::channel(QUEUE);
    store.set_reserve(u64::MAX);
    let keep = crate::config::Security::default().audit();
    let audit = Audit::new(store.clone(), &mut stored, keep, Arc::clone(&metrics));
    let policies = Policies::new(&mut stored, None, Arc::clone(&metrics), Duration::ZERO);
    let (held, read) = (store.clone(), log.clone());
    let running = super::run(works, held, read, audit.clone(), policies, metrics, durability.clone());
    let running = tokio::spawn(running);
    let mut durable = Vec::new();
    for revision in 1..=3 {
        let alert = v1::Alert { id: "aa".into(), revision, verdict: 2, ..Default::default() };
        let ((told, waits), (done, taken)) = (oneshot::channel(), oneshot::channel());
        let (images, forgotten, marks) = (Vec::new(), Vec::new(), Vec::new());
        let (alerts, told) = (vec![alert], vec![told]);
        let audit = vec![v1::AuditEntry { target: revision.to_string(), ..Default::default() }];
        let (upkeep, declared, evidence) = (Vec::new(), Vec::new(), Vec::new());
        let breaches = Breaches::default();
        let part = Part {
            shard: 0,
            images,
            upkeep,
            declared,
            forgotten,
            marks,
            alerts,
            evidence,
            breaches,
            audit,
            told,
            done,
        };
        committer.send(Work::Part(part)).await.unwrap();
        // The shard may hand in the next part, although this one is not durable.
        assert_eq!(taken.await, Ok(Taken::Held));
        durable.push(waits);
    }
    assert!(durability.paused().unwrap().why.contains("held in reserve"));
    assert!(durable.iter_mut().all(|waits| waits.try_recv().is_err()));
    assert!(log.changes_after(0, 9).unwrap().is_empty(), "nothing is durable yet");

    store.set_reserve(0);
    for waits in durable {
        waits.await.unwrap();
    }
    assert_eq!(durability.paused(), None);
    let changes = log.changes_after(0, 9).unwrap();
    let told: Vec<_> = changes.iter().map(|c| (c.cursor, c.alert.as_ref().unwrap().revision)).collect();
    assert_eq!(told, [(1, 1), (2, 2), (3, 3)]);
    let entries = store.audit_after(0, 9).unwrap().into_iter().map(|entry| (entry.cursor, entry.target));
    assert_eq!(entries.collect::<Vec<_>>(), [1, 2, 3].map(|n| (n, n.to_string())));
    drop(committer);
    running.await.unwrap().unwrap();
}
