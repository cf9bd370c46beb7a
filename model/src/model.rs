//! The model: drives an event through canonicalisation, baseline, evidence and incident.
//!
//! A [`Model`] holds whole lineages: an image is scored against its other versions, so whoever shards must
//! shard by [`Image::lineage`]. What looks like an attack or a drift is not learned; what looked harmless and
//! turned out otherwise is forgotten again.

mod windows;

use crate::{
    behaviour::{Behaviour, Dimension, canonicalise, family},
    coverage,
    event::{Action, Batch, Container, Event, Image, Process, ProcessFlags, UNKNOWN_ID, Untold},
    explain,
    image::{ImageState, ImageSummary, Place},
    incident::{Expected, Finding, Incident, Lineage, OpenIncident},
    indicators::Indicators,
    novelty::{self, Novel},
    params::Params,
    pattern::readable,
    posterior::{Probabilities, Verdict},
    shape::cut,
    signs::{self, Scene},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::Arc};

/// Longest command line kept in a finding, in bytes.
const COMMAND_LINE_BYTES: usize = 1024;
/// Known behaviours named beside a finding.
const EXPECTED: usize = 5;
/// Behaviours an open incident remembers to have taught.
const LEARNED: usize = 256;
/// Ancestors that can tie a process to an incident.
const CHAIN: usize = 32;

/// All lineages of one shard.
#[derive(Clone, Debug)]
pub struct Model {
    params: Params,
    indicators: Arc<Indicators>,
    lineages: BTreeMap<String, BTreeMap<String, ImageState>>,
}

/// What a batch changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    /// Images whose state changed, sorted: lineage and digest. One digest can be in several lineages, when an
    /// image has several names.
    pub images: Vec<(String, String)>,
    /// Incidents that people should be told of, as they are now; the later state of one stands later.
    pub incidents: Vec<Incident>,
}

impl Model {
    /// A model that knows nothing but rules. `params` should have passed [`Params::check`].
    pub fn new(params: Params, indicators: Arc<Indicators>) -> Self {
        Self { params, indicators, lineages: BTreeMap::new() }
    }

    /// Restores the state of an image.
    pub fn load(&mut self, image: ImageState) {
        self.lineages.entry(image.lineage().to_owned()).or_default().insert(image.digest().to_owned(), image);
    }

    /// Scores and learns, in order, the events of those images of the batch that are `owned`.
    pub fn apply(&mut self, batch: &Batch<'_>, owned: impl Fn(&Image<'_>) -> bool) -> Applied {
        let mut applied = Applied::default();
        let closed = windows::closed(batch);
        for (index, image) in batch.images.iter().enumerate() {
            if !owned(image) || !batch.containers.iter().any(|container| container.image == index) {
                continue;
            }
            let versions = self.lineages.entry(image.lineage().to_owned()).or_default();
            let mut state = versions.remove(image.digest).unwrap_or_else(|| ImageState::new(image));
            let mut siblings: Vec<&ImageState> = versions.values().collect();
            siblings
                .sort_by(|a, b| (a.first_seen_unix_ns, a.digest()).cmp(&(b.first_seen_unix_ns, b.digest())));
            let (params, indicators) = (&self.params, &*self.indicators);
            Observer { params, indicators, batch, image_index: index, siblings: &siblings, closed: &closed }
                .observe(&mut state, &mut applied.incidents);
            applied.images.push((image.lineage().to_owned(), image.digest.to_owned()));
            versions.insert(image.digest.to_owned(), state);
        }
        applied.images.sort();
        applied.images.dedup();
        applied
    }

    /// How surprising an event is by itself, in bits: that of its least probable behaviour, known or not. Learns
    /// nothing and weighs nothing; 0 for an event that is no behaviour.
    pub fn surprise(&self, batch: &Batch<'_>, event: &Event<'_>) -> f64 {
        let image = batch
            .processes
            .get(event.process)
            .and_then(|process| batch.containers.get(process.container))
            .and_then(|container| batch.images.get(container.image));
        let Some(image) = image else { return 0.0 };
        let versions = self.lineages.get(image.lineage());
        let unknown = ImageState::new(image);
        let state = versions.and_then(|versions| versions.get(image.digest)).unwrap_or(&unknown);
        let others = versions.into_iter().flat_map(BTreeMap::values);
        let siblings: Vec<&ImageState> = others.filter(|other| other.digest() != image.digest).collect();
        let mut behaviours = Vec::new();
        canonicalise(batch, event, &mut behaviours);
        let bits = |behaviour| novelty::score(state, &siblings, &self.params, behaviour).surprise_bits;
        behaviours.into_iter().map(bits).fold(0.0, f64::max)
    }

    /// The state of an image in a lineage, if the model holds it.
    pub fn image(&self, lineage: &str, digest: &str) -> Option<&ImageState> {
        self.lineages.get(lineage)?.get(digest)
    }

    /// All images, by lineage and first sight.
    pub fn images(&self) -> impl Iterator<Item = &ImageState> {
        self.lineages.values().flat_map(|versions| {
            let mut versions: Vec<&ImageState> = versions.values().collect();
            versions
                .sort_by(|a, b| (a.first_seen_unix_ns, a.digest()).cmp(&(b.first_seen_unix_ns, b.digest())));
            versions
        })
    }

    /// How far an image has been learned under the model's parameters.
    pub fn summary(&self, image: &ImageState) -> ImageSummary {
        image.summary(&self.params)
    }
}

/// An event with whose it is, and where it counts.
struct Occurrence<'o, 'a> {
    container: &'o Container<'a>,
    process: &'o Process<'a>,
    event: &'o Event<'a>,
    place: Place,
}

/// One image's part of one batch.
struct Observer<'o, 'a> {
    params: &'o Params,
    indicators: &'o Indicators,
    batch: &'o Batch<'a>,
    image_index: usize,
    siblings: &'o [&'o ImageState],
    /// Containers and numbers of the windows that closed without losses, sorted.
    closed: &'o [(usize, u64)],
}

impl<'a> Observer<'_, 'a> {
    fn observe(&self, image: &mut ImageState, told: &mut Vec<Incident>) {
        let of_image =
            |container: usize| self.batch.containers.get(container).filter(|c| c.image == self.image_index);
        image.note_source(self.batch.source.untold, self.batch.window_ns);
        for container in self.batch.containers.iter().filter(|container| container.image == self.image_index)
        {
            image.note_container(container, self.params);
        }
        for loss in &self.batch.losses {
            if loss.container.is_none_or(|container| of_image(container).is_some()) {
                image.events_lost = image.events_lost.saturating_add(loss.events);
            }
        }
        let slots: Vec<usize> = self
            .batch
            .containers
            .iter()
            .map(|container| image.slot(container.id).unwrap_or(usize::MAX))
            .collect();
        let mut behaviours = Vec::new();
        for event in &self.batch.events {
            let Some(process) = self.batch.processes.get(event.process) else { continue };
            let Some(container) = of_image(process.container) else { continue };
            if image.first_seen_unix_ns == 0 {
                image.first_seen_unix_ns = event.time_unix_ns;
            }
            image.last_seen_unix_ns = image.last_seen_unix_ns.max(event.time_unix_ns);
            self.close_quiet(image, image.last_seen_unix_ns);
            let place = Place {
                slot: slots.get(process.container).copied().unwrap_or(usize::MAX),
                time_unix_ns: event.time_unix_ns,
                window_ns: self.batch.window_ns,
                window: event.time_unix_ns / self.batch.window_ns.max(1),
            };
            self.count_rate(image, event, place, told);
            if let Action::Failed(_) = event.action {
                continue;
            }
            let print = image.fingerprint(self.batch, event);
            if image.count_again(print, place) {
                continue;
            }
            behaviours.clear();
            canonicalise(self.batch, event, &mut behaviours);
            let mut known = Vec::new();
            let all = behaviours.len();
            behaviours.retain(|b| !is_known_otherwise(image, container, process, b));
            // What is excused here is news where the start was seen: that is not remembered.
            let excused = behaviours.len() < all;
            behaviours.retain(|b| match image.baseline.find(b.dimension, &b.context, &b.value) {
                Some(cell) => {
                    image.count(cell, place);
                    known.push(cell);
                    false
                }
                None => true,
            });
            if behaviours.is_empty() {
                if !excused {
                    image.remember(print, &known);
                }
            } else {
                let happened = Occurrence { container, process, event, place };
                self.event(image, &happened, &mut behaviours, told);
            }
        }
        let passed = self.close_windows(image, &slots, told);
        self.close_quiet(image, passed);
    }

    /// Incidents that have been quiet for long are over: what comes next is a new one.
    fn close_quiet(&self, image: &mut ImageState, now_unix_ns: u64) {
        let quiet_ns = self.params.quiet_windows.saturating_mul(self.batch.window_ns);
        let over =
            |open: &OpenIncident| open.incident.last_seen_unix_ns.saturating_add(quiet_ns) < now_unix_ns;
        image.incidents.retain(|open| !over(open));
        if image.incidents.is_empty() {
            image.incidents = Vec::new();
        }
    }

    fn event(
        &self,
        image: &mut ImageState,
        happened: &Occurrence<'_, 'a>,
        behaviours: &mut Vec<Behaviour<'a>>,
        told: &mut Vec<Incident>,
    ) {
        let Occurrence { container, process, event, place } = *happened;
        if self.is_declared(image, process, event) {
            for b in behaviours.drain(..) {
                image.learn(&b, place, self.params);
            }
            return;
        }
        let lineage = self.lineage(process);
        let position = self.incident_of(image, container, &lineage, behaviours);
        let mut open = match position {
            Some(position) => image.incidents.remove(position),
            None => OpenIncident::new(self.incident(image, container, process, event, behaviours), &lineage),
        };
        let verdict_before = open.incident.verdict;
        let mut changed = self.grow(&mut open, image, process, event, behaviours, &lineage);
        let verdict = open.judge();
        changed |= verdict != verdict_before;
        if verdict == Verdict::Normal {
            for b in behaviours.drain(..) {
                image.learn(&b, place, self.params);
                // The container's first process is what the image was made for: its own doings stay learned
                // even if something below it turns out to be an attack.
                if process.parent.is_some() && open.learned.len() < LEARNED {
                    open.learned.push((b.dimension, b.context.into_owned(), b.value.into_owned()));
                }
            }
        } else {
            for (dimension, context, value) in open.learned.drain(..) {
                image.forget(dimension, &context, &value);
            }
        }
        if open.tell(changed) {
            let cut = process.flags.has(ProcessFlags::ARGUMENTS_TRUNCATED);
            open.incident.caveats =
                explain::caveats(image, self.params, &self.batch.source, container.start_missed, cut);
            open.incident.story = explain::story(&open.incident);
            told.push(open.incident.clone());
        }
        image.incidents.push(open);
        self.bound_incidents(image);
    }

    /// The first process of a container, started with just the words its image declares, is intended.
    fn is_declared(&self, image: &ImageState, process: &Process<'a>, event: &Event<'a>) -> bool {
        event.action == Action::Exec
            && process.parent.is_none()
            && process.flags.has(ProcessFlags::INIT_FAMILY)
            && !process.flags.has(ProcessFlags::UPPER_LAYER | ProcessFlags::MEMFD | ProcessFlags::DELETED)
            && image.declares(&process.arguments, !self.batch.source.untold.has(Untold::EXACT_ARGUMENTS))
    }

    fn lineage(&self, process: &Process<'a>) -> Lineage {
        let parent = |p: &&Process<'a>| p.parent.and_then(|parent| self.batch.processes.get(parent));
        let chain = std::iter::successors(Some(process), parent)
            .take(CHAIN)
            .map(|p| (p.pid, p.start_ticks))
            .collect();
        let declared = process.flags.has(ProcessFlags::PROBE | ProcessFlags::HOOK);
        Lineage { chain, in_session: process.flags.has(ProcessFlags::EXEC_SESSION) && !declared }
    }

    fn incident_of(
        &self,
        image: &mut ImageState,
        container: &Container<'a>,
        lineage: &Lineage,
        behaviours: &[Behaviour<'a>],
    ) -> Option<usize> {
        let here = |open: &OpenIncident| open.incident.container_id == container.id;
        let by_lineage = image.incidents.iter().position(|open| here(open) && open.includes(lineage));
        by_lineage.or_else(|| {
            let news: Vec<_> = behaviours.iter().filter(|b| !follows_from_new_program(image, b)).collect();
            let same = |open: &mut OpenIncident| {
                news.iter().all(|b| open.finding(b.dimension, &b.context, &b.value).is_some())
            };
            image.incidents.iter_mut().position(|open| !news.is_empty() && here(open) && same(open))
        })
    }

    fn incident(
        &self,
        image: &ImageState,
        container: &Container<'a>,
        process: &Process<'a>,
        event: &Event<'a>,
        behaviours: &[Behaviour<'a>],
    ) -> Incident {
        let mut hash = Sha256::new();
        for part in [image.digest(), container.id] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.update(process.pid.to_be_bytes());
        hash.update(process.start_ticks.to_be_bytes());
        hash.update(event.time_unix_ns.to_be_bytes());
        if let Some(first) = behaviours.first() {
            hash.update([first.dimension as u8]);
        }
        let id = hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        Incident {
            id,
            revision: 0,
            verdict: Verdict::Normal,
            probabilities: Probabilities { normal: 1.0, drift: 0.0, attack: 0.0 },
            surprise: 0.0,
            story: String::new(),
            image_digest: image.digest().into(),
            image_repository: image.repository().into(),
            image_tag: image.tag().into(),
            container_id: container.id.into(),
            container_name: container.name.into(),
            node: self.batch.node.into(),
            first_seen_unix_ns: event.time_unix_ns,
            last_seen_unix_ns: event.time_unix_ns,
            events: 0,
            findings: Vec::new(),
            findings_omitted: 0,
            evidence: Vec::new(),
            caveats: Vec::new(),
        }
    }

    /// Adds the event to its incident. True if it brought a new finding or new evidence.
    fn grow(
        &self,
        open: &mut OpenIncident,
        image: &ImageState,
        process: &Process<'a>,
        event: &Event<'a>,
        behaviours: &[Behaviour<'a>],
        lineage: &Lineage,
    ) -> bool {
        open.admit(lineage);
        open.incident.events = open.incident.events.saturating_add(u64::from(event.count));
        open.incident.last_seen_unix_ns = open.incident.last_seen_unix_ns.max(event.time_unix_ns);
        let mut novel_dimensions = Vec::new();
        let mut changed = false;
        for behaviour in behaviours {
            novel_dimensions.push(behaviour.dimension);
            if let Some(known) = open.finding(behaviour.dimension, &behaviour.context, &behaviour.value) {
                known.count = known.count.saturating_add(u64::from(event.count));
            } else if !follows_from_new_program(image, behaviour) {
                let novel = novelty::score(image, self.siblings, self.params, behaviour.clone());
                open.add_finding(finding(image, process, event, &novel), novel.weight);
                changed = true;
            }
        }
        let confidence = self.confidence(image, event);
        let (batch, indicators, novel) = (self.batch, self.indicators, &*novel_dimensions);
        let scene = Scene { batch, event, process, image, indicators, novel, confidence };
        let mut items = Vec::new();
        signs::find(&scene, &mut open.memory, &mut items);
        changed |= open.add_evidence(items);
        changed
    }

    /// What the claim is worth that the image never did this.
    fn confidence(&self, image: &ImageState, event: &Event<'a>) -> f64 {
        let dimension = match event.action {
            Action::Exec => Dimension::Spawn,
            Action::Listen { .. } => Dimension::Listen,
            Action::Connect { .. } | Action::Send { .. } => Dimension::Connect,
            Action::Accept { .. } | Action::Receive { .. } => Dimension::Accept,
            Action::Credentials { .. } => Dimension::Identity,
            Action::Call(_) => Dimension::Call,
            Action::Resolve { .. } => Dimension::Resolve,
            Action::Failed(_) | Action::Unusual(_) => Dimension::Rate,
        };
        coverage::confidence(image.expected_new(dimension), self.params.budget_per_day)
    }

    fn bound_incidents(&self, image: &mut ImageState) {
        while image.incidents.len() > self.params.max_incidents {
            // The ones nobody was told of go first, then the least recent.
            let oldest = image
                .incidents
                .iter()
                .enumerate()
                .min_by_key(|(_, open)| (open.told(), open.incident.last_seen_unix_ns));
            let Some(position) = oldest.map(|(position, _)| position) else { return };
            image.incidents.remove(position);
        }
    }
}

/// What a collector that came later can't tell as well as one that was there. Who started a process that was found
/// running is no news, for orphans have another parent; nor is an address without a name, where the same port of
/// such a peer is known by one.
fn is_known_otherwise(
    image: &ImageState,
    container: &Container<'_>,
    process: &Process<'_>,
    behaviour: &Behaviour<'_>,
) -> bool {
    let Behaviour { dimension, context, value, .. } = behaviour;
    match dimension {
        Dimension::Spawn => {
            process.flags.has(ProcessFlags::PRIMED)
                && image.baseline.table(*dimension).marginal_level(value).count > 0.0
        }
        Dimension::Connect if container.start_missed => {
            let mut words = value.split(' ');
            let (port, class) = (words.next(), words.next());
            let unnamed = words.next().is_none_or(|rest| rest.contains('/'));
            let known = |known: &str| known.split(' ').take(2).eq(port.into_iter().chain(class));
            unnamed && image.baseline.values(*dimension, context).any(known)
        }
        _ => false,
    }
}

/// Arguments and origin of a program that is itself new here are no news of their own.
fn follows_from_new_program(image: &ImageState, behaviour: &Behaviour<'_>) -> bool {
    matches!(behaviour.dimension, Dimension::Arguments | Dimension::Origin)
        && !image.baseline.table(behaviour.dimension).knows_context(&behaviour.context)
}

fn finding(image: &ImageState, process: &Process<'_>, event: &Event<'_>, novel: &Novel<'_>) -> Finding {
    let behaviour = &novel.behaviour;
    let known = image.baseline.most_frequent(behaviour.dimension, &behaviour.context, EXPECTED);
    let line = if process.arguments.is_empty() {
        process.executable.to_owned()
    } else {
        process.arguments.join(" ")
    };
    Finding {
        dimension: behaviour.dimension,
        context: if behaviour.context.is_empty() {
            family(process.flags).into()
        } else {
            behaviour.context.to_string()
        },
        value: readable(&behaviour.value).into_owned(),
        surprise_bits: novel.surprise_bits,
        expected: known
            .into_iter()
            .map(|(value, cell)| Expected {
                value: readable(value).into_owned(),
                count: cell.count,
                last_seen_unix_ns: cell.last_seen_unix_ns,
            })
            .collect(),
        first_seen_unix_ns: event.time_unix_ns,
        count: u64::from(event.count),
        command_line: cut(&line, COMMAND_LINE_BYTES).to_owned(),
        pid: process.pid,
        uid: if process.uid == UNKNOWN_ID { process.effective_uid } else { process.uid },
    }
}
