//! A task that owns some lineages: it applies what is told of them, and hands in what that changed.
//!
//! Invariants: a shard applies a batch of a session once, because it skips what is at or below its own mark; a part it hands
//! to the committer holds states and marks of the same moment. A shard has at most one part under way and goes on applying
//! meanwhile; it waits at most the checkpoint interval to hand in the next, and not at all once an incident is new or changed.
//!
//! Not here: the way to a shard (`shards.rs`), which lineages are in memory (`residence.rs`).

mod declared;
mod residence;
mod upkeep;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use plumbline_model::{Applied, Belonging, Commons, Decision, ImageState, Model};
use plumbline_proto::v1;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};
use tracing::Instrument;

use crate::{
    blocking::blocking,
    checkpoint::{Part, Taken, Work},
    metrics::Metrics,
    policies::Breaches,
    session::{Session, SessionId},
    store::{EncodedImage, ImageKey, Store, StoreError, StoredImage},
    traces,
    upkeep::UpkeepRecord,
    wire,
};

pub(super) use declared::Declarations;

use super::{
    Identity, InFlight, Message, Settings,
    cold::{Cold, Version},
};

/// Alerts a shard may hold while its part is written; at more it stops applying.
const MAX_HELD_ALERTS: usize = 256;
/// Events of incidents that it may hold then; of more the newest are left out.
const MAX_HELD_EVENTS: usize = 16_384;

/// The task.
#[derive(Debug)]
pub(crate) struct Shard {
    number: usize,
    settings: Settings,
    store: Store,
    metrics: Arc<Metrics>,
    model: Model,
    cold: Cold,
    /// Lineages in memory, and when something last touched them.
    warm: HashMap<String, Instant>,
    /// Images in memory, as the metric was last told.
    loaded: i64,
    queue: mpsc::Receiver<Message>,
    /// What people did to images, by lineage and digest; of those that were forgotten there is none.
    pub(super) upkeep: HashMap<(String, String), UpkeepRecord>,
    /// What is declared of images, likewise.
    pub(super) declared: Declarations,
    changed: Changed,
    /// Whether the store has all that was handed in.
    is_durable: bool,
    next_look: Instant,
    next_retention: Instant,
}

/// What was changed since the last part.
#[derive(Debug, Default)]
struct Changed {
    images: BTreeSet<(String, String)>,
    /// Those among `images` to which people did something.
    upkeep: BTreeSet<(String, String)>,
    /// Images of which something else is declared.
    declared: BTreeSet<(String, String)>,
    forgotten: Vec<ImageKey>,
    marks: HashMap<SessionId, (Arc<Session>, u64)>,
    alerts: Vec<v1::Alert>,
    /// Events of incidents, by the alert's id.
    evidence: Vec<(String, Vec<v1::EvidenceEvent>)>,
    /// What broke policies.
    breaches: Breaches,
    /// Who made what people asked for.
    audit: Vec<v1::AuditEntry>,
    /// Whoever waits until it is durable.
    told: Vec<oneshot::Sender<()>>,
    /// When the first of it was.
    since: Option<Instant>,
}

impl Shard {
    pub(super) fn new(
        number: usize,
        settings: &Settings,
        store: Store,
        metrics: Arc<Metrics>,
        queue: mpsc::Receiver<Message>,
    ) -> Self {
        let now = Instant::now();
        Self {
            number,
            model: Model::new(settings.params.clone(), Arc::clone(&settings.indicators)),
            settings: settings.clone(),
            store,
            metrics,
            cold: Cold::default(),
            warm: HashMap::new(),
            loaded: 0,
            queue,
            upkeep: HashMap::new(),
            declared: Declarations::default(),
            changed: Changed::default(),
            is_durable: true,
            next_look: now,
            next_retention: now + residence::LOOK,
        }
    }

    /// Takes in what counts for all lineages.
    pub(super) fn begin(&mut self, decisions: &[Arc<Decision>], commons: &Arc<Commons>) {
        self.model.set_commons(Arc::clone(commons));
        self.model.decide(decisions); // there is no image yet
    }

    /// Looks at a lineage of the store once, after a start: decisions may have become durable just before it.
    pub(super) fn take_up(&mut self, versions: Vec<StoredImage>, decisions: &[Arc<Decision>]) {
        let Some(name) = versions.first().map(|version| version.image.lineage().to_owned()) else { return };
        let sizes = versions.iter().map(|stored| (stored.image.digest().to_owned(), stored.bytes));
        let sizes: HashMap<String, u64> = sizes.collect();
        versions.into_iter().for_each(|stored| self.model.load(stored.image));
        let applied = self.model.decide_in(&name, decisions);
        if applied == Applied::default() {
            self.sleep(&name, |image| sizes.get(image.digest()).copied().unwrap_or_default());
        } else {
            self.warm.insert(name, Instant::now());
            self.note(applied);
        }
    }

    /// Applies until nobody can send any more, then hands in the rest and waits for it to be durable.
    pub(crate) async fn run(mut self, committer: mpsc::Sender<Work>) {
        let mut under_way: Option<oneshot::Receiver<Taken>> = None;
        loop {
            let due = self.changed.due(self.settings.interval);
            tokio::select! {
                biased;
                taken = wait(&mut under_way), if under_way.is_some() => {
                    let Ok(taken) = taken else { return }; // the committer has failed and says why
                    self.is_durable = taken == Taken::Durable;
                    under_way = None;
                    if self.next_look <= Instant::now() {
                        self.look();
                    }
                }
                () = until(due), if due.is_some() && under_way.is_none() => {
                    let (part, done) = self.part();
                    if committer.send(Work::Part(part)).await.is_err() {
                        return;
                    }
                    under_way = Some(done);
                }
                () = sleep_until(self.next_look), if under_way.is_none() => self.look(),
                message = self.queue.recv(), if self.changed.alerts.len() < MAX_HELD_ALERTS => {
                    match message {
                        Some(message) => self.take(message).await,
                        None => break,
                    }
                }
            }
        }
        if wait(&mut under_way).await.is_ok() && self.changed.since.is_some() {
            let (part, done) = self.part();
            if committer.send(Work::Part(part)).await.is_ok() {
                let _ = done.await; // if it fails the committer says why
            }
        }
    }

    async fn take(&mut self, message: Message) {
        match message {
            Message::Batch { session, seq, batch } => {
                if seq > session.applied(self.number) {
                    let span = tracing::trace_span!(target: traces::TARGET, "judge", shard = self.number);
                    self.apply(&batch).instrument(span).await;
                    session.set_applied(self.number, seq);
                }
                let mark = session.applied(self.number);
                self.changed.marks.insert(session.id, (session, mark));
                self.changed.since.get_or_insert_with(Instant::now);
            }
            Message::Images { only, answer } => {
                let status = |image| wire::image_status(image, self.model.summary(image));
                let cold = self.cold.statuses(&only, self.model.archived_before_unix_ns());
                let mut images: Vec<_> = self.named(&only).map(status).chain(cold).collect();
                images.iter_mut().for_each(|image| self.tell_upkeep(image));
                let _ = answer.send(images); // whoever asked may have gone
            }
            Message::Feedback { only, answer } => {
                let _ = answer.send(self.feedback(&only).await); // whoever asked may have gone
            }
            Message::State { name, answer } => {
                let _ = answer.send(self.state(name).await); // whoever asked may have gone
            }
            Message::Change { name, change, answer } => {
                let _ = answer.send(self.change(name, *change).await); // whoever asked may have gone
            }
            Message::Declare { name, declaring, answer } => {
                let _ = answer.send(self.declare(name, *declaring).await); // whoever asked may have gone
            }
            Message::Teach { name, teaching, answer } => {
                let _ = answer.send(self.teach(name, *teaching).await); // whoever asked may have gone
            }
            Message::Declared { name, answer } => {
                let _ = answer.send(self.declared(name)); // whoever asked may have gone
            }
            Message::Bases { answer } => {
                let mut bases = self.model.bases();
                self.with_cold(move |model| model.bases()).await.into_iter().for_each(|own| bases.add(own));
                let _ = answer.send(bases); // whoever asked may have gone
            }
            Message::Share { shared, answer } => {
                let mut share = self.model.share(&shared);
                let of_cold = self.with_cold(move |model| model.share(&shared)).await;
                of_cold.into_iter().for_each(|own| share.add(own));
                let _ = answer.send(share); // whoever asked may have gone
            }
            Message::Commons(commons) => self.model.set_commons(commons),
            Message::Decide { decisions, forgotten } => {
                self.model.let_go(&forgotten);
                let applied = self.model.decide(&decisions);
                self.note(applied);
                for name in self.cold.reached(&decisions) {
                    self.wake(&name).await;
                    let applied = self.model.decide_in(&name, &decisions);
                    if applied == Applied::default() {
                        self.sleep(&name, EncodedImage::bytes_of);
                    }
                    self.note(applied);
                }
            }
        }
    }

    /// Images in memory with this digest or repository; all if it is empty.
    fn named(&self, only: &str) -> impl Iterator<Item = &ImageState> {
        let images = self.model.images();
        images.filter(move |image| only.is_empty() || image.digest() == only || image.repository() == only)
    }

    async fn state(&self, name: Identity) -> Result<Option<Box<ImageState>>, StoreError> {
        if !self.cold.contains(&name.lineage) {
            return Ok(self.model.image(&name.lineage, &name.digest).cloned().map(Box::new));
        }
        let store = self.store.clone();
        let versions = blocking(move || store.lineage(&name.lineage)).await?;
        let mut images = versions.into_iter().map(|stored| stored.image);
        Ok(images.find(|image| image.digest() == name.digest).map(Box::new))
    }

    async fn feedback(&mut self, only: &str) -> Vec<v1::ImageFeedback> {
        let mut moved = Vec::new();
        if !self.model.has_decisions() {
            return moved;
        }
        let mut lineages: Vec<String> = self.warm.keys().cloned().collect();
        let cold = self.cold.versions().filter(|(_, Version { status, .. })| {
            only.is_empty() || status.digest == only || status.repository == only
        });
        let cold: BTreeSet<String> = cold.map(|(name, _)| name.clone()).collect();
        lineages.extend(cold.iter().cloned());
        for name in lineages {
            self.wake(&name).await;
            for image in self.model.images_of(&name) {
                if only.is_empty() || image.digest() == only || image.repository() == only {
                    let rows = self.model.moved(image).into_iter();
                    moved.extend(rows.map(|(namespace, rows)| wire::image_feedback(image, namespace, rows)));
                }
            }
            if cold.contains(&name) {
                self.sleep(&name, EncodedImage::bytes_of);
            }
        }
        moved
    }

    async fn apply(&mut self, in_flight: &InFlight) {
        let (own, batch) = (self.number, &in_flight.batch);
        // Within what is allowed nothing hangs on it, so that what is sent again after a crash comes to the same.
        let ahead_ns = if in_flight.clock_is_off { in_flight.clock_ahead_ns } else { 0 };
        self.model.set_clock(batch.node(), ahead_ns);
        for lineage in batch.lineages_of(own) {
            match self.warm.get_mut(lineage) {
                Some(touched) => *touched = Instant::now(),
                None => self.wake(lineage).await,
            }
        }
        let (mut view, rows) = batch.view_of(own);
        self.declared.starts.add_to(&mut view);
        let mut applied = self.model.apply(&view, |_| true);
        for Belonging { incident, processes } in applied.belonging.drain(..) {
            let processes: Vec<usize> =
                processes.iter().filter_map(|place| rows.get(*place).copied()).collect();
            let events = batch.events_of(&processes);
            let held: usize = self.changed.evidence.iter().map(|(_, events)| events.len()).sum();
            if held < MAX_HELD_EVENTS {
                self.changed.evidence.push((incident, events));
            } else {
                self.metrics.evidence_omitted.inc_by(events.len() as u64);
            }
        }
        self.note(applied);
        self.take_declared(in_flight);
        self.changed.breaches.merge(batch.breaches_of(own));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let age = now.saturating_sub(Duration::from_nanos(in_flight.begun_unix_ns()));
        self.metrics.batch_age_seconds.observe(age.as_secs_f64());
    }

    fn note(&mut self, applied: Applied) {
        if !applied.images.is_empty() {
            self.changed.since.get_or_insert_with(Instant::now);
        }
        self.changed.images.extend(applied.images);
        let model = &self.model;
        let alert = |incident| {
            let mut alert = wire::alert(incident);
            alert.clock_offset_ns = model.clock_ahead_ns(&alert.node);
            alert
        };
        self.changed.alerts.extend(applied.incidents.into_iter().map(alert));
    }

    fn part(&mut self) -> (Part, oneshot::Receiver<Taken>) {
        let changed = std::mem::take(&mut self.changed);
        let (mut images, mut memory) = (Vec::with_capacity(changed.images.len()), Vec::new());
        for (lineage, digest) in &changed.images {
            let image = self.model.image_mut(lineage, digest);
            images.extend(image.map(|image| EncodedImage::new(image, &mut memory)));
        }
        let upkeep = changed.upkeep.into_iter().filter_map(|image| {
            let record = self.upkeep.get(&image)?.clone();
            Some((ImageKey::new(&image.0, &image.1), record))
        });
        let declared = changed.declared.into_iter().filter_map(|image| {
            let facts = self.declared.encoded(&image)?.to_vec();
            Some((ImageKey::new(&image.0, &image.1), facts))
        });
        let (done, durable) = oneshot::channel();
        let part = Part {
            shard: self.number,
            images,
            upkeep: upkeep.collect(),
            declared: declared.collect(),
            forgotten: changed.forgotten,
            marks: changed.marks.into_values().collect(),
            alerts: changed.alerts,
            evidence: changed.evidence,
            breaches: changed.breaches,
            audit: changed.audit,
            told: changed.told,
            done,
        };
        (part, durable)
    }
}

impl Changed {
    fn due(&self, interval: Duration) -> Option<Instant> {
        self.since.map(
            |since| if self.alerts.is_empty() && self.told.is_empty() { since + interval } else { since },
        )
    }
}

async fn wait(part: &mut Option<oneshot::Receiver<Taken>>) -> Result<Taken, oneshot::error::RecvError> {
    match part {
        Some(taken) => taken.await,
        None => Ok(Taken::Durable),
    }
}

async fn until(due: Option<Instant>) {
    if let Some(due) = due {
        sleep_until(due).await;
    }
}
