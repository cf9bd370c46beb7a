//! Which baselines are in memory, and which are kept no longer.

use std::path::Path;

use plumbline_model::{
    Model,
    event::{self, Action, Container, Event, Process, ProcessFlags},
};
use plumbline_proto::v1::UpkeepKind;
use tokio::{sync::Semaphore, task::JoinSet};

use super::*;
use crate::{
    alert_log::AlertLog,
    audit::Audit,
    checkpoint,
    durability::Durability,
    fixture,
    session::Sessions,
    store::{Commit, EncodedImage, ImageKey},
    wire,
};

const DAY: Duration = Duration::from_secs(86_400);
/// The fleet of the fixture is as old.
const FLEET_UNIX_NS: u64 = 1_700_000_040_000_000_000;

/// An image that ran once.
fn ran(repository: &str, time_unix_ns: u64) -> ImageState {
    let batch = event::Batch {
        node: "node",
        window_ns: 60_000_000_000,
        images: vec![event::Image { digest: "sha256:old", repository, ..event::Image::default() }],
        containers: vec![Container { id: "c", image: 0, ..Container::default() }],
        processes: vec![Process {
            pid: 1,
            executable: "/bin/serve",
            flags: ProcessFlags(ProcessFlags::INIT_FAMILY),
            ..Process::default()
        }],
        events: vec![Event { process: 0, time_unix_ns, count: 1, action: Action::Exec }],
        ..event::Batch::default()
    };
    let mut model = Model::new(Params::default(), Arc::default());
    model.apply(&batch, |_| true);
    model.images().next().unwrap().clone()
}

fn lock() -> Change {
    let request = v1::ChangeBaselineRequest { author: "alice".into(), ..Default::default() };
    let (kind, audit) = (v1::UpkeepKind::Locked, v1::AuditEntry::default());
    Change { kind, dimensions: Vec::new(), request, audit, unix_ns: 1 }
}

/// A store that holds these images, and shards that run on it.
struct Running {
    store: Store,
    shards: Shards,
    metrics: Arc<Metrics>,
    session: Arc<Session>,
    tasks: JoinSet<()>,
}

impl Running {
    fn start(folder: &Path, images: &[ImageState], settings: &Settings) -> Self {
        let (store, mut stored) = Store::open_when_free(folder);
        let images = images.iter().map(EncodedImage::whole).collect();
        store.commit(&Commit { images, ..Commit::default() }).unwrap();
        let metrics = Arc::new(Metrics::new().unwrap());
        let (upkeep, declared) = (std::mem::take(&mut stored.upkeep), std::mem::take(&mut stored.declared));
        let beside = Beside { upkeep, declared };
        let (shards, owners) = Shards::new(settings, &store, &metrics, &[], &Arc::default(), beside).unwrap();
        let (committer, works) = tokio::sync::mpsc::channel(checkpoint::QUEUE);
        let mut tasks = JoinSet::new();
        owners.into_iter().for_each(|owner| drop(tasks.spawn(owner.run(committer.clone()))));
        let log = AlertLog::new(store.clone(), &mut stored, Default::default());
        let durability = Durability::new(Arc::clone(&metrics));
        let keep = crate::config::Security::default().audit();
        let audit = Audit::new(store.clone(), &mut stored, keep, Arc::clone(&metrics));
        let policies =
            crate::policies::Policies::new(&mut stored, None, Arc::clone(&metrics), Duration::ZERO);
        let (held, read) = (store.clone(), Arc::clone(&metrics));
        let committing = checkpoint::run(works, held, log, audit, policies, read, durability);
        tasks.spawn(async move { committing.await.unwrap() });
        let session = Sessions::new(Vec::new()).open([1; 16], "node").unwrap().0;
        Self { store, shards, metrics, session, tasks }
    }

    /// A minute of the fleet, to all shards, durable when this returns.
    async fn minute(&self, seq: u64, minute: u64) {
        let batch = wire::check(fixture::batch("a", minute)).unwrap();
        let bytes = Arc::new(Semaphore::new(1));
        let _bytes = [(); 2].map(|()| Arc::clone(&bytes).try_acquire_many_owned(0).unwrap());
        self.session.register(seq, u16::MAX, false);
        let batch = Arc::new(InFlight { batch, clock_ahead_ns: 0, clock_is_off: false, _bytes });
        self.shards.send(u16::MAX, &self.session, seq, &batch).await.unwrap();
        self.session.watch().wait_for(|durable| *durable >= seq).await.unwrap();
    }

    async fn names(&self) -> Vec<String> {
        let images = self.shards.images("").await.unwrap();
        images.into_iter().map(|image| image.repository).collect()
    }

    /// Nothing hands in anything any more.
    async fn end(self) -> Store {
        let Self { store, shards, session, mut tasks, .. } = self;
        drop((shards, session));
        while tasks.join_next().await.is_some() {}
        store
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_start_only_what_runs_is_in_memory_and_all_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let idle = ran("shop/idle", FLEET_UNIX_NS - 1);
    let settings = Settings { interval: Duration::from_millis(10), ..Settings::default() };
    let running = Running::start(folder.path(), &[idle], &settings);
    running.minute(1, 0).await;
    let loaded = |count: usize| running.metrics.images_loaded.get() == i64::try_from(count).unwrap();
    tokio::time::sleep(Duration::from_secs(61)).await; // of a clock that is not waited for
    let _ = running.names().await; // so that all have looked
    assert!(loaded(fixture::REPOSITORIES.len()), "{}", running.metrics.images_loaded.get());
    assert!(running.names().await.contains(&"shop/idle".to_owned()));

    // What no longer runs leaves, and comes back with its next event.
    tokio::time::sleep(Duration::from_secs(3700)).await;
    let _ = running.names().await;
    assert!(loaded(0), "{}", running.metrics.images_loaded.get());
    assert_eq!(running.names().await.len(), fixture::REPOSITORIES.len() + 1);
    running.minute(2, 1).await;
    let web = running.shards.images("shop/web").await.unwrap();
    assert_eq!(web[0].exposures, 2);
    assert_eq!(running.metrics.images_read.get(), fixture::REPOSITORIES.len() as u64);
}

#[tokio::test(start_paused = true)]
async fn an_archived_baseline_is_let_go_of_when_it_is_too_old_and_one_that_is_not_stays() {
    let folder = tempfile::tempdir().unwrap();
    let day_ns = u64::try_from(DAY.as_nanos()).unwrap();
    let images = [
        ran("shop/old", FLEET_UNIX_NS - 400 * day_ns),
        ran("shop/older", FLEET_UNIX_NS - 500 * day_ns),
        ran("shop/asleep", FLEET_UNIX_NS - 200 * day_ns),
        ran("shop/young", FLEET_UNIX_NS - 20 * day_ns),
    ];
    let settings = Settings { interval: Duration::from_millis(10), ..Settings::default() };
    let running = Running::start(folder.path(), &images, &settings);
    let declared = ["shop/old", "shop/asleep"].map(|name| (ImageKey::new(name, "sha256:old"), Vec::new()));
    running.store.commit(&Commit { declared: declared.into(), ..Commit::default() }).unwrap();
    for repository in ["shop/old", "shop/asleep"] {
        let name = Identity { lineage: repository.to_owned(), digest: "sha256:old".to_owned() };
        running.shards.change(name, lock()).await.unwrap();
    }
    // Whoever is archived is so by the time before the last batch, and a look is due only after days.
    running.minute(1, 0).await;
    running.minute(2, 4 * 24 * 60).await;
    tokio::time::sleep(2 * Duration::from_secs(61)).await;
    let names = running.names().await;
    assert!(
        !names.contains(&"shop/old".to_owned()) && !names.contains(&"shop/older".to_owned()),
        "{names:?}"
    );
    assert!(
        names.contains(&"shop/asleep".to_owned()) && names.contains(&"shop/young".to_owned()),
        "{names:?}"
    );
    let text = String::from_utf8(running.metrics.text().unwrap()).unwrap();
    assert!(text.contains("plumbline_server_images_forgotten_total{reason=\"age\"} 2"), "{text}");
    let store = running.end().await;
    assert!(store.lineage("shop/old").unwrap().is_empty());
    assert_eq!(store.lineage("shop/asleep").unwrap().len(), 1);
    drop(store);
    let (_, stored) = Store::open_when_free(folder.path());
    let kept: Vec<_> = stored.upkeep.iter().map(|((lineage, _), _)| lineage.as_str()).collect();
    assert_eq!(kept, ["shop/asleep"], "what people did goes with the baseline");
    let kept: Vec<_> = stored.declared.iter().map(|((lineage, _), _)| lineage.as_str()).collect();
    assert!(
        kept.contains(&"shop/asleep") && !kept.contains(&"shop/old"),
        "what is declared goes with the baseline: {kept:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn archived_baselines_that_take_too_much_go_and_what_runs_never_does() {
    let folder = tempfile::tempdir().unwrap();
    let day_ns = u64::try_from(DAY.as_nanos()).unwrap();
    let images =
        [ran("shop/asleep", FLEET_UNIX_NS - 200 * day_ns), ran("shop/young", FLEET_UNIX_NS - day_ns)];
    let settings = Settings { interval: Duration::from_millis(10), archived_bytes: 0, ..Settings::default() };
    let running = Running::start(folder.path(), &images, &settings);
    running.minute(1, 0).await;
    running.minute(2, 4 * 24 * 60).await;
    tokio::time::sleep(2 * Duration::from_secs(61)).await;
    let names = running.names().await;
    assert!(
        !names.contains(&"shop/asleep".to_owned()) && names.contains(&"shop/young".to_owned()),
        "{names:?}"
    );
    assert_eq!(names.len(), fixture::REPOSITORIES.len() + 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_declared_is_that_of_the_last_container_and_outlives_the_process() {
    async fn container(running: &Running) -> String {
        let web = Identity { lineage: "shop/web".to_owned(), digest: "sha256:shop/web".to_owned() };
        running.shards.declared(web).await.unwrap().unwrap().container.unwrap().id
    }
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { interval: Duration::from_millis(10), ..Settings::default() };
    let running = Running::start(folder.path(), &[], &settings);
    // Each third minute the fleet is started anew. What comes late is of one that was before.
    for (seq, (minute, expected)) in
        [(3, "shop/web@a/1"), (0, "shop/web@a/1"), (6, "shop/web@a/2")].iter().enumerate()
    {
        running.minute(seq as u64 + 1, *minute).await;
        assert_eq!(container(&running).await, *expected);
    }
    drop(running.end().await);
    let running = Running::start(folder.path(), &[], &settings);
    assert_eq!(container(&running).await, "shop/web@a/2");
    running.minute(1, 3).await;
    assert_eq!(container(&running).await, "shop/web@a/2");
    running.minute(2, 9).await;
    assert_eq!(container(&running).await, "shop/web@a/3");
    drop(running.end().await);
}

#[tokio::test(start_paused = true)]
async fn what_a_document_says_of_scripts_stays_whatever_runtimes_tell() {
    let web = || Identity { lineage: "shop/web".to_owned(), digest: "sha256:shop/web".to_owned() };
    async fn starts(running: &Running, image: Identity) -> Vec<Vec<String>> {
        let facts = running.shards.declared(image).await.unwrap().unwrap_or_default();
        facts.starts.into_iter().map(|start| start.words).collect()
    }
    let declaring = |starts: &[&str], dry_run| Declaring {
        tag: "1".to_owned(),
        starts: starts
            .iter()
            .map(|start| v1::DeclaredCommand { words: vec![(*start).to_owned()], from: String::new() })
            .collect(),
        dry_run,
        change: Change {
            kind: UpkeepKind::Declared,
            dimensions: Vec::new(),
            request: v1::ChangeBaselineRequest::default(),
            audit: v1::AuditEntry::default(),
            unix_ns: 0,
        },
    };
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { interval: Duration::from_millis(10), ..Settings::default() };
    let running = Running::start(folder.path(), &[], &settings);
    // Before anything is known of it.
    assert!(running.shards.declare(web(), declaring(&["setup"], true)).await.unwrap());
    assert_eq!(starts(&running, web()).await, Vec::<Vec<String>>::new());
    assert!(running.shards.declare(web(), declaring(&["setup"], false)).await.unwrap());
    assert!(!running.shards.declare(web(), declaring(&["setup"], false)).await.unwrap(), "it is no news");
    running.minute(1, 0).await;
    assert_eq!(starts(&running, web()).await, [["setup"]]);
    drop(running.end().await);
    let running = Running::start(folder.path(), &[], &settings);
    assert_eq!(starts(&running, web()).await, [["setup"]]);
    running.minute(1, 3).await;
    assert_eq!(starts(&running, web()).await, [["setup"]]);
    assert!(running.shards.declare(web(), declaring(&[], false)).await.unwrap());
    assert_eq!(starts(&running, web()).await, Vec::<Vec<String>>::new());
    drop(running.end().await);
}
