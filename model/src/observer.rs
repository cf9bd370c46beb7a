//! What one image does in one batch: judges what is new, learns what is harmless, and tells what is not.
//!
//! Every event goes the same way: what is known is counted; what is inherited, confirmed or approved is learned; what
//! is left is news and joins or opens an incident. What looks like an attack or a drift is not learned; what looked
//! harmless and turned out otherwise is forgotten again. What closing windows tell is in `windows`.

mod belonging;
mod finding;
mod windows;

pub(crate) use windows::closed;

use crate::{
    behaviour::{Behaviour, Dimension, canonicalise},
    commons::Commons,
    coverage,
    decision::{Decision, Decisions},
    event::{Action, Batch, Container, Event, Process, ProcessFlags, Untold},
    explain,
    feedback::Feedback,
    image::{ImageState, Place},
    incident::{Incident, Known, Lineage, OpenIncident},
    indicators::Indicators,
    novelty,
    params::Params,
    posterior::{Probabilities, Verdict},
    signs::{self, Scene},
    starts::is_started,
    versions::Versions,
};
use finding::finding;
use sha2::{Digest, Sha256};

/// Behaviours an open incident remembers to have taught.
const LEARNED: usize = 256;
/// Ancestors that can tie a process to an incident.
const CHAIN: usize = 32;

/// An event with whose it is, and where it counts.
struct Occurrence<'o, 'a> {
    container: &'o Container<'a>,
    process: &'o Process<'a>,
    event: &'o Event<'a>,
    place: Place,
}

/// One image's part of one batch.
pub(crate) struct Observer<'o, 'a> {
    pub(crate) params: &'o Params,
    pub(crate) indicators: &'o Indicators,
    pub(crate) decisions: &'o Decisions,
    pub(crate) commons: &'o Commons,
    pub(crate) batch: &'o Batch<'a>,
    pub(crate) image_index: usize,
    /// Positions of the image's events in the batch, and of its windows.
    pub(crate) events: &'o [usize],
    pub(crate) windows: &'o [usize],
    pub(crate) versions: Versions<'o>,
    /// Containers and numbers of the windows that closed without losses, sorted.
    pub(crate) closed: &'o [(usize, u64)],
}

impl<'a> Observer<'_, 'a> {
    /// Scores and learns the events, in order.
    pub(crate) fn observe(&self, image: &mut ImageState, told: &mut Vec<Incident>) {
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
            .map(|container| match container.image == self.image_index {
                true => image.slot(container.id).unwrap_or(usize::MAX),
                false => usize::MAX,
            })
            .collect();
        let mut behaviours = Vec::new();
        for event in self.events.iter().filter_map(|position| self.batch.events.get(*position)) {
            let Some(process) = self.batch.processes.get(event.process) else { continue };
            let Some(container) = of_image(process.container) else { continue };
            if image.first_seen_unix_ns == 0 {
                image.first_seen_unix_ns = event.time_unix_ns;
            }
            image.last_seen_unix_ns = image.last_seen_unix_ns.max(event.time_unix_ns);
            self.close_quiet(image, image.last_seen_unix_ns);
            image.decay(image.last_seen_unix_ns, self.batch.window_ns);
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
            let differ = self.decisions.differ(&behaviours);
            let (namespace, time) = (container.namespace, self.deciders(event.time_unix_ns));
            let denied = |image: &_, b: &_| self.decisions.denial(image, namespace, b, time).is_some();
            behaviours.retain(|b| denied(image, b) || !self.is_known_otherwise(image, container, process, b));
            behaviours.retain(|b| match image.baseline.find(b.dimension, &b.context, &b.value) {
                _ if denied(image, b) => true,
                Some(cell) => {
                    image.count(cell, place);
                    known.push(cell);
                    false
                }
                None => !self.decisions.pass(image, namespace, b, (place, time), self.params),
            });
            // What is excused here is news where the start was seen: that is not remembered, nor is what is approved, or
            // decided for one namespace.
            let excused = known.len() + behaviours.len() < all;
            if behaviours.is_empty() {
                if !excused && !differ {
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

    /// A time of the batch, by the clock that decisions expire by.
    fn deciders(&self, time_unix_ns: u64) -> u64 {
        self.decisions.clocks.deciders_unix_ns(self.batch.node, time_unix_ns)
    }

    /// Incidents that have been quiet for long are over: what comes next is a new one.
    fn close_quiet(&self, image: &mut ImageState, now_unix_ns: u64) {
        let quiet_ns = self.params.quiet_windows.saturating_mul(self.batch.window_ns);
        let over =
            |open: &OpenIncident| open.incident.last_seen_unix_ns.saturating_add(quiet_ns) < now_unix_ns;
        if image.incidents.iter().any(over) {
            image.incidents.retain(|open| !over(open));
            if image.incidents.is_empty() {
                image.incidents = Vec::new().into();
            }
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
        let namespace = container.namespace;
        let time = self.deciders(event.time_unix_ns);
        let denied = self.decisions.deny_any(image, namespace, behaviours, time);
        if !denied && self.is_declared(image, process, event) {
            let is_locked = image.locked;
            for b in behaviours.drain(..).filter(|_| !is_locked) {
                image.learn(&b, place, self.params);
            }
            return;
        }
        let quiet_ns = self.params.quiet_windows.saturating_mul(self.batch.window_ns);
        let running = image.running(place.time_unix_ns, quiet_ns);
        behaviours.retain(|b| {
            let expected = !denied
                && !image.locked
                && (self.versions.inherits(image, b, self.params)
                    || image.quarantine.release(b, running, place.time_unix_ns, place.window_ns));
            if expected {
                image.learn(b, place, self.params);
            }
            !expected
        });
        if behaviours.is_empty() {
            return;
        }
        let lineage = self.lineage(process);
        let position = self.incident_of(image, container, event, &lineage, behaviours);
        let mut open = match position {
            Some(position) => image.incidents.remove(position),
            None => OpenIncident::new(self.incident(image, container, process, event, behaviours), &lineage),
        };
        if !namespace.is_empty() && open.incident.namespace != namespace {
            open.incident.namespace = namespace.into(); // a pod may be told later than its container
        }
        let verdict_before = open.incident.verdict;
        if !image.feedback.holds(namespace, time) {
            image.feedback = Feedback::of(self.decisions, image, namespace, time);
        }
        let mut changed = self.grow(&mut open, image, process, event, behaviours, &lineage);
        let verdict = open.judge(self.params);
        changed |= verdict != verdict_before;
        if verdict == Verdict::Normal && !denied {
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
            let attack = verdict == Verdict::Attack;
            for b in behaviours.iter() {
                // What is denied in one namespace speaks neither for nor against the others.
                let denial = self.decisions.denial(image, namespace, b, time);
                if !denial.is_some_and(Decision::is_local) {
                    image.quarantine.hold(b, container.id, event.time_unix_ns, attack);
                }
            }
            if attack && verdict != verdict_before {
                image.quarantine.condemn(container.id, open.incident.first_seen_unix_ns);
            }
        }
        if open.tell(changed) {
            let cut = process.flags.has(ProcessFlags::ARGUMENTS_TRUNCATED);
            open.incident.caveats =
                explain::caveats(image, self.params, &self.batch.source, container.start_missed, cut);
            open.note_held();
            open.incident.story = explain::story(&open.incident);
            told.push(open.incident.clone());
        }
        image.incidents.push(open);
        self.bound_incidents(image);
    }

    /// The first process of a container, or a health check, started with just the words its image declares, is intended;
    /// so is what its scripts start, where somebody declared that.
    fn is_declared(&self, image: &ImageState, process: &Process<'a>, event: &Event<'a>) -> bool {
        let exact = !self.batch.source.untold.has(Untold::EXACT_ARGUMENTS);
        let is_first = || {
            !process.flags.has(ProcessFlags::NEW_PROGRAM)
                && (process.flags.has(ProcessFlags::INIT_FAMILY)
                    && image.declared.starts_with(&process.arguments, exact)
                    || process.flags.has(ProcessFlags::PROBE)
                        && image.declared.checks_health_with(&process.arguments, exact))
        };
        let starts = self.batch.images.get(self.image_index).map_or(&[][..], |image| &image.starts);
        let is_start = || {
            exact
                && !starts.is_empty()
                && is_started(self.batch, process, starts, image.declared.start().next())
        };
        event.action == Action::Exec && (process.parent.is_none() && is_first() || is_start())
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
        event: &Event<'a>,
        lineage: &Lineage,
        behaviours: &[Behaviour<'a>],
    ) -> Option<usize> {
        let here = |open: &OpenIncident| open.incident.container_id == container.id;
        let by_lineage = image.incidents.iter().position(|open| here(open) && open.includes(lineage));
        let by_news = by_lineage.or_else(|| {
            let news = behaviours.iter().filter(|b| !follows_from_new_program(image, b));
            let news: Vec<_> = news.map(Known::of).collect();
            let same = |open: &OpenIncident| news.iter().all(|known| open.position(known).is_some());
            image.incidents.iter().position(|open| !news.is_empty() && same(open) && here(open))
        });
        by_news.or_else(|| image.incidents.iter().position(|open| here(open) && open.names_peer_of(event)))
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
        let digits = hash.finalize().into_iter().take(12).flat_map(|byte| [byte >> 4, byte & 15]);
        let id = digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect();
        Incident {
            id,
            revision: 0,
            verdict: Verdict::Normal,
            probabilities: Probabilities { normal: 1.0, drift: 0.0, attack: 0.0 },
            surprise: 0.0,
            confidence: 0.0,
            story: String::new(),
            image_digest: image.digest().into(),
            image_repository: image.repository().into(),
            image_tag: image.tag().into(),
            container_id: container.id.into(),
            container_name: container.name.into(),
            namespace: container.namespace.into(),
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
        let named = !open.includes(lineage) && open.names_peer_of(event);
        if !named {
            open.admit(lineage);
        }
        open.incident.events = open.incident.events.saturating_add(u64::from(event.count));
        open.incident.last_seen_unix_ns = open.incident.last_seen_unix_ns.max(event.time_unix_ns);
        let mut novel_dimensions = Vec::new();
        let mut changed = false;
        let decided = self.decisions.touch(image, self.batch, event);
        for behaviour in behaviours {
            novel_dimensions.push(behaviour.dimension);
            let place = open.position(&Known::of(behaviour));
            if let Some(known) = place.and_then(|place| open.incident.findings.get_mut(place)) {
                known.count = known.count.saturating_add(u64::from(event.count));
            } else if decided || !follows_from_new_program(image, behaviour) {
                let novel =
                    novelty::score(image, &self.versions, self.commons, self.params, behaviour.clone());
                open.add_finding(finding(image, process, event, &novel), novel.weight);
                changed = true;
            } else {
                open.imply(behaviour);
            }
        }
        let dimension = main_dimension(event);
        open.learned_to(coverage::confidence(image.expected_new(dimension), self.params.budget_per_day));
        let confidence = self.versions.confidence(image, dimension, self.params);
        let (batch, versions, indicators) = (self.batch, &self.versions, self.indicators);
        let novel = &*novel_dimensions;
        let replicas = behaviours
            .iter()
            .map(|b| image.quarantine.replicas(b, &open.incident.container_id))
            .min()
            .unwrap_or(0);
        let known_later = behaviours.iter().all(|b| versions.is_known_later(b));
        let scene = Scene {
            batch,
            event,
            process,
            image,
            versions,
            indicators,
            novel,
            named,
            evidence: &open.incident.evidence,
            findings: &open.incident.findings,
            confidence,
            weights: image.feedback.in_force(&self.params.weights),
            replicas,
            known_later,
        };
        let mut items = Vec::new();
        signs::find(&scene, &mut open.memory, &mut items);
        open.ground(behaviours, &items);
        changed |= open.add_evidence(items);
        let time = self.deciders(event.time_unix_ns);
        changed | self.decisions.weigh_in(open, image, behaviours, time, &self.params.weights)
    }

    /// What a collector that came later can't tell as well as one that was there. Who started a process that was
    /// found running is no news, for orphans have another parent; nor is an address without a name, where the same
    /// port of such a peer is known by one.
    fn is_known_otherwise(
        &self,
        image: &ImageState,
        container: &Container<'_>,
        process: &Process<'_>,
        behaviour: &Behaviour<'_>,
    ) -> bool {
        let Behaviour { dimension, context, value, .. } = behaviour;
        match dimension {
            Dimension::Spawn if process.flags.has(ProcessFlags::PRIMED) => self
                .versions
                .any(image, |image| image.baseline.table(*dimension).marginal_level(value).count > 0.0),
            Dimension::Connect if container.start_missed => {
                let mut words = value.split(' ');
                let (port, class) = (words.next(), words.next());
                let unnamed = words.next().is_none_or(|rest| rest.contains('/'));
                let known = |known: &str| known.split(' ').take(2).eq(port.into_iter().chain(class));
                unnamed
                    && self.versions.any(image, |image| image.baseline.values(*dimension, context).any(known))
            }
            _ => false,
        }
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

/// The dimension in which an event says most.
fn main_dimension(event: &Event<'_>) -> Dimension {
    match event.action {
        Action::Exec => Dimension::Spawn,
        Action::Listen { .. } => Dimension::Listen,
        Action::Connect { .. } | Action::Send { .. } => Dimension::Connect,
        Action::Accept { .. } | Action::Receive { .. } => Dimension::Accept,
        Action::Credentials { .. } => Dimension::Identity,
        Action::Call(_) => Dimension::Call,
        Action::Failed(_) | Action::Unusual(_) => Dimension::Rate,
        Action::Resolve { .. } => Dimension::Resolve,
    }
}

/// Arguments and origin of a program that is itself new here are no news of their own.
fn follows_from_new_program(image: &ImageState, behaviour: &Behaviour<'_>) -> bool {
    matches!(behaviour.dimension, Dimension::Arguments | Dimension::Origin)
        && !image.baseline.table(behaviour.dimension).knows_context(&behaviour.context)
}
