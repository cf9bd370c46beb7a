//! When it is gathered, and what is common to images that are spread over shards.

use std::path::Path;

use plumbline_model::{
    ImageState, Model, Params,
    event::{Action, Batch, ClosedWindow, Container, Event, Image, Process, ProcessFlags},
};
use tokio::task::JoinSet;

use super::*;
use crate::{
    alert_log::AlertLog,
    audit::Audit,
    checkpoint,
    shards::{Beside, Settings},
    store::{Commit, EncodedImage, Store, Stored},
    wire::shard_of,
};

const HOUR: Duration = Duration::from_secs(3600);
const WINDOW_NS: u64 = 60_000_000_000;

/// An image that has started its one program a few times and done nothing new for so long that it is learned.
fn learned(repository: &str, digest: &str) -> ImageState {
    let window = |window| ClosedWindow { container: 0, window, lossy: false };
    let start =
        |window| Event { process: 0, time_unix_ns: window * WINDOW_NS, count: 1, action: Action::Exec };
    let batch = Batch {
        node: "node",
        window_ns: WINDOW_NS,
        images: vec![Image { digest, repository, ..Image::default() }],
        containers: vec![Container { id: "c", started_unix_ns: 1, ..Container::default() }],
        processes: vec![Process {
            pid: 1,
            executable: "/bin/serve",
            flags: ProcessFlags(ProcessFlags::INIT_FAMILY),
            ..Process::default()
        }],
        events: (1..4).map(start).collect(),
        windows: (1..6000).map(window).collect(),
        ..Batch::default()
    };
    let mut model = Model::new(Params::default(), Arc::default());
    model.apply(&batch, |_| true);
    model.image(repository, digest).unwrap().clone()
}

/// A store that holds these images.
fn holding(folder: &Path, images: &[ImageState]) -> (Store, Stored) {
    let (store, stored) = Store::open_when_free(folder);
    let images = images.iter().map(EncodedImage::whole).collect();
    store.commit(&Commit { images, ..Commit::default() }).unwrap();
    (store, stored)
}

/// Shards that run with what a store holds; none of it is in memory.
fn running(store: &Store, tasks: &mut JoinSet<()>) -> (Shards, mpsc::Sender<Work>, mpsc::Receiver<Work>) {
    let metrics = Arc::new(Metrics::new().unwrap());
    let (shards, owners) =
        Shards::new(&Settings::default(), store, &metrics, &[], &Arc::default(), Beside::default()).unwrap();
    let (committer, works) = mpsc::channel(checkpoint::QUEUE);
    owners.into_iter().for_each(|owner| drop(tasks.spawn(owner.run(committer.clone()))));
    (shards, committer, works)
}

#[tokio::test]
async fn an_image_under_two_names_in_two_shards_is_one_and_two_images_are_two() {
    assert_ne!(shard_of("shop/web"), shard_of("mirror/web"));
    let metrics = Metrics::new().unwrap();
    let mut found = Vec::new();
    for images in [
        vec![learned("shop/web", "sha256:web"), learned("mirror/web", "sha256:web")],
        vec![learned("shop/web", "sha256:web"), learned("mirror/web", "sha256:other")],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut tasks = JoinSet::new();
        let (store, _) = holding(folder.path(), &images);
        let (shards, _committer, _works) = running(&store, &mut tasks);
        found.push(common(&shards, &metrics).await.unwrap().is_empty());
    }
    assert_eq!(found, [true, false]);
}

#[tokio::test(start_paused = true)]
async fn it_is_gathered_as_soon_as_shards_run_and_then_each_interval() {
    let folder = tempfile::tempdir().unwrap();
    let mut tasks = JoinSet::new();
    let images = [learned("shop/web", "sha256:web"), learned("shop/cart", "sha256:cart")];
    let (store, _) = holding(folder.path(), &images);
    let (shards, committer, mut works) = running(&store, &mut tasks);
    let (metrics, shutdown) = (Arc::new(Metrics::new().unwrap()), CancellationToken::new());
    let gathering = run(shards, committer, Arc::clone(&metrics), HOUR, Arc::default(), shutdown.clone());
    let gathering = tokio::spawn(gathering);
    let first = tokio::time::timeout(HOUR / 2, works.recv()).await;
    let Ok(Some(Work::Commons { commons, done })) = first else { panic!("{first:?}") };
    assert!(!commons.is_empty());
    done.send(()).unwrap();
    for round in 1..4 {
        let limit = std::time::Instant::now() + Duration::from_secs(30);
        while metrics.commons_gathered.get() < round {
            assert!(std::time::Instant::now() < limit, "not gathered for the {round}th time");
            tokio::task::yield_now().await; // time stands still meanwhile
        }
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(metrics.commons_gathered.get(), round);
        tokio::time::advance(HOUR).await;
    }
    shutdown.cancel();
    gathering.await.unwrap();
    assert!(works.try_recv().is_err(), "what has not changed was written again");
    assert_eq!(metrics.commons.get(), i64::try_from(commons.len()).unwrap());
}

#[tokio::test]
async fn what_was_gathered_is_durable_and_a_server_begins_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let images = [learned("shop/web", "sha256:web"), learned("shop/cart", "sha256:cart")];
    let (store, mut stored) = holding(folder.path(), &images);
    let log = AlertLog::new(store.clone(), &mut stored, Default::default());
    let metrics = Arc::new(Metrics::new().unwrap());
    let keep = crate::config::Security::default().audit();
    let audit = Audit::new(store.clone(), &mut stored, keep, Arc::clone(&metrics));
    let policies = crate::policies::Policies::new(&mut stored, None, Arc::clone(&metrics), Duration::ZERO);
    let mut tasks = JoinSet::new();
    let (shards, committer, works) = running(&store, &mut tasks);
    let durability = crate::durability::Durability::new(Arc::clone(&metrics));
    let committing = checkpoint::run(works, store, log, audit, policies, Arc::clone(&metrics), durability);
    let committing = tokio::spawn(committing);
    let gathered = gather(&shards, &committer, &metrics, &Arc::default()).await.unwrap();
    assert!(!gathered.is_empty());
    drop((shards, committer));
    tasks.join_all().await;
    committing.await.unwrap().unwrap();
    let (_, Stored { commons, .. }) = Store::open_when_free(folder.path());
    assert_eq!(commons, gathered);
}
