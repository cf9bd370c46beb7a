//! What is known of one image: its tables, its exposure and its open incidents. This is what is stored.
//!
//! Everything in it is bounded (`Params`), serialisable and free of anything that depends on when or where it
//! was computed. A behaviour counts once per container and window: `Seen::counted` remembers which did.

mod archive;
mod declared;
mod delta;
mod learning;
mod merge;
mod reset;
mod tracked;

pub use delta::{Changed, Delta, Form};
pub use merge::MergeError;

use crate::{
    baseline::{Baseline, Learned},
    behaviour::{Behaviour, Dimension},
    coverage::{self, BaselineState},
    event::{Batch, Container, Event, Image, Untold},
    feedback::Feedback,
    incident::{Incident, OpenIncident},
    memo::{CELLS, Cells, Fingerprint, Memo},
    params::Params,
    quarantine::Quarantine,
    rhythm::{Pulse, Rhythm},
};
use declared::Declared;
pub(crate) use declared::declared_port;
use delta::Whole;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tracked::Tracked;

/// Exposure windows after which what was not seen loses half of its counts: 30 days of one-minute windows.
const DECAY_WINDOWS: u64 = 30 * 1440;

/// State of one image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageState {
    digest: String,
    repository: String,
    pub(crate) tag: String,
    pub(crate) declared: Declared,
    /// What it is built on: `commons`.
    pub(crate) chain: Box<[u64]>,
    pub(crate) baseline: Baseline,
    pub(crate) exposures: u64,
    pub(crate) exposures_lossy: u64,
    pub(crate) starts: u64,
    pub(crate) events_lost: u64,
    pub(crate) first_seen_unix_ns: u64,
    pub(crate) last_seen_unix_ns: u64,
    /// The model's time when it last ran.
    pub(crate) ran_unix_ns: u64,
    /// It ran nowhere for long.
    archived: bool,
    /// In the order of their ids.
    pub(crate) containers: Vec<Seen>,
    /// Of `exposures`, those in which a dimension was not watched, in the order of the variants.
    unwatched: [u64; Dimension::ALL.len()],
    /// Dimensions that the source of the last batch does not watch, one bit each.
    unwatched_now: u16,
    pub(crate) incidents: Tracked<Vec<OpenIncident>>,
    pub(crate) quarantine: Quarantine,
    /// Periods of [`DECAY_WINDOWS`] since the Unix epoch until which it has decayed.
    decayed_to: u64,
    /// A person froze the baseline.
    pub(crate) locked: bool,
    #[serde(skip)]
    pub(crate) feedback: Feedback,
    pub(crate) rhythm: Rhythm,
    #[serde(skip)]
    memo: Memo,
    /// How often it was stored whole.
    whole: Whole,
}

/// What is remembered of a container.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seen {
    id: String,
    /// Where its pod is; empty outside a pod.
    namespace: Box<str>,
    started_unix_ns: u64,
    window_ns: u64,
    window: u64,
    /// Cells that were counted in the window: bit `n % 64` of entry `n / 64`.
    counted: Vec<u64>,
    pub(crate) pulse: Pulse,
}

impl ImageState {
    pub(crate) fn new(image: &Image<'_>) -> Self {
        let mut declared = Declared::default();
        declared.note(image);
        Self {
            digest: image.digest.into(),
            repository: image.repository.into(),
            tag: image.tag.into(),
            declared,
            ..Self::default()
        }
    }

    /// Digest of the image config.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Repository; empty for an untagged image.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Tag; may be empty.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// Incidents that may still grow, those too that nobody was told of because they look normal.
    pub fn open_incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().map(|open| &open.incident)
    }

    /// In how many container-windows each behaviour of a dimension was seen, context by context.
    pub fn counts(&self, dimension: Dimension) -> impl Iterator<Item = Vec<u64>> {
        self.baseline.counts(dimension)
    }

    /// The words the image declares to be started with; none if they are not known.
    pub fn declared_start(&self) -> impl Iterator<Item = &str> {
        self.declared.start()
    }

    /// The words of the health check that it declares; none if there is none.
    pub fn declared_health_check(&self) -> impl Iterator<Item = &str> {
        self.declared.health_check()
    }

    /// The TCP ports that it declares, in their order.
    pub fn declared_ports(&self) -> &[u16] {
        self.declared.ports()
    }

    /// Whether a person froze the baseline.
    pub fn is_locked(&self) -> bool {
        self.locked
    }

    /// When it last ran, nanoseconds since the Unix epoch.
    pub fn ran_unix_ns(&self) -> u64 {
        self.ran_unix_ns
    }

    /// Key of the lineage, as [`Image::lineage`].
    pub fn lineage(&self) -> &str {
        if self.repository.is_empty() { &self.digest } else { &self.repository }
    }

    /// Takes note of who watches, in windows of what length.
    pub(crate) fn note_source(&mut self, untold: Untold, window_ns: u64) {
        if self.rhythm.note_source(untold, window_ns) {
            self.containers.iter_mut().for_each(|seen| seen.pulse = Pulse::default());
        }
        let unwatched = Dimension::ALL.into_iter().filter(|dimension| !dimension.is_watched(untold));
        self.unwatched_now = unwatched.fold(0, |bits, dimension| bits | 1 << dimension as u8);
    }

    /// Counts a window without losses, as exposure of what was watched in it.
    pub(crate) fn expose(&mut self) {
        self.exposures += 1;
        for (number, unwatched) in self.unwatched.iter_mut().enumerate() {
            *unwatched += u64::from(self.unwatched_now >> number & 1);
        }
    }

    /// Windows in which a dimension was watched.
    #[allow(clippy::indexing_slicing, reason = "there is a number for each variant")]
    pub(crate) fn exposures_of(&self, dimension: Dimension) -> u64 {
        self.exposures - self.unwatched[dimension as usize]
    }

    /// Upper bound of the new behaviours of a dimension in the next container-day; infinite before any exposure.
    /// Nothing new is expected of a locked image, so what is new there weighs in full.
    pub(crate) fn expected_new(&self, dimension: Dimension) -> f64 {
        if self.locked {
            return 0.0;
        }
        coverage::expected_new_per_day(
            self.baseline.table(dimension).singletons,
            self.exposures_of(dimension),
        )
    }

    /// How far a dimension has been learned.
    pub(crate) fn state_of(&self, dimension: Dimension, params: &Params) -> BaselineState {
        let exposures = self.exposures_of(dimension);
        if exposures == 0 && self.unwatched_now >> dimension as u8 & 1 != 0 {
            return BaselineState::Unwatched;
        }
        if self.locked {
            return BaselineState::Locked;
        }
        if dimension == Dimension::Rate && !self.rhythm.is_known() {
            return BaselineState::Learning;
        }
        coverage::state(self.expected_new(dimension), exposures, params.budget_per_day)
    }

    /// Whether a program is known to serve the network.
    pub(crate) fn serves(&self, program: &str) -> bool {
        self.baseline.table(Dimension::Listen).knows_context(program)
            || self.baseline.table(Dimension::Accept).knows_prefix(&format!("{program} tcp/"))
    }

    /// Whether any program of the image is known to connect to a peer of this class.
    pub(crate) fn knows_peer(&self, class: &str) -> bool {
        self.baseline.table(Dimension::Connect).knows_value(|value| value.split(' ').nth(1) == Some(class))
    }

    /// Takes note of a container, and of its start if that was seen.
    pub(crate) fn note_container(&mut self, container: &Container<'_>, params: &Params) {
        match self.slot(container.id) {
            Ok(slot) => {
                let Some(seen) = self.containers.get_mut(slot) else { return };
                if !container.namespace.is_empty() && *seen.namespace != *container.namespace {
                    seen.namespace = container.namespace.into(); // a pod may be told later than its container
                }
                if seen.started_unix_ns == container.started_unix_ns {
                    return;
                }
                seen.started_unix_ns = container.started_unix_ns;
            }
            Err(_) => {
                if self.containers.len() >= params.max_containers {
                    let last = |seen: &Seen| seen.window.saturating_mul(seen.window_ns);
                    let oldest = self.containers.iter().enumerate().min_by_key(|(_, seen)| last(seen));
                    oldest.map(|(slot, _)| slot).map(|slot| self.containers.remove(slot));
                }
                let seen = Seen {
                    id: container.id.into(),
                    namespace: container.namespace.into(),
                    started_unix_ns: container.started_unix_ns,
                    ..Seen::default()
                };
                let slot = self.slot(container.id).unwrap_or_else(|slot| slot);
                if self.containers.len() < 16 {
                    self.containers.reserve_exact(1); // most images have few
                }
                self.containers.insert(slot, seen);
            }
        }
        self.starts += u64::from(!container.start_missed);
    }

    /// Containers that did anything within so long before a time, in nanoseconds.
    pub(crate) fn running(&self, now_unix_ns: u64, within_ns: u64) -> usize {
        let last = |seen: &&Seen| seen.window.saturating_add(1).saturating_mul(seen.window_ns);
        self.containers.iter().filter(|seen| last(seen).saturating_add(within_ns) >= now_unix_ns).count()
    }

    /// Namespaces in which the containers that are remembered run, sorted.
    pub(crate) fn namespaces(&self) -> BTreeSet<&str> {
        self.containers.iter().map(|seen| &*seen.namespace).filter(|name| !name.is_empty()).collect()
    }

    /// Where a container stands in `containers`, or would.
    pub(crate) fn slot(&self, container: &str) -> Result<usize, usize> {
        self.containers.binary_search_by(|seen| (*seen.id).cmp(container))
    }

    /// Counts an event that was seen before. False if it was not, or is not remembered.
    pub(crate) fn count_again(&mut self, print: Fingerprint, place: Place) -> bool {
        let Some(cells) = self.memo.get(print) else { return false };
        cells.into_iter().filter(|cell| *cell != u32::MAX).for_each(|cell| self.count(cell, place));
        true
    }

    pub(crate) fn fingerprint(&self, batch: &Batch<'_>, event: &Event<'_>) -> Fingerprint {
        self.memo.fingerprint(batch, event)
    }

    /// Remembers an event all of whose behaviours are known.
    pub(crate) fn remember(&mut self, print: Fingerprint, known: &[u32]) {
        if known.len() <= CELLS {
            let mut cells: Cells = [u32::MAX; CELLS];
            cells.iter_mut().zip(known).for_each(|(cell, known)| *cell = *known);
            self.memo.put(print, cells);
        }
    }

    /// Counts a known behaviour, once per container and window.
    pub(crate) fn count(&mut self, cell: u32, place: Place) {
        if self.containers.get_mut(place.slot).is_none_or(|seen| seen.first_in_window(cell, place)) {
            self.baseline.count(cell, place.time_unix_ns, place.window_ns);
        }
    }

    /// Learns an unknown behaviour, unless the baseline is locked.
    pub(crate) fn learn(&mut self, behaviour: &Behaviour<'_>, place: Place, params: &Params) {
        if self.locked {
            return;
        }
        let cell = match self.baseline.learn(behaviour, place.time_unix_ns, params) {
            Learned::As(cell) => cell,
            Learned::Pattern(cell, freed) => {
                self.release(&freed);
                cell
            }
            Learned::No => return,
        };
        if let Some(seen) = self.containers.get_mut(place.slot) {
            seen.first_in_window(cell, place);
        }
    }

    /// What was not seen for long becomes rare, and in the end unknown: of each whole [`DECAY_WINDOWS`] that pass, half
    /// of its counts.
    pub(crate) fn decay(&mut self, now_unix_ns: u64, window_ns: u64) {
        let period_ns = DECAY_WINDOWS.saturating_mul(window_ns.max(1));
        let period = now_unix_ns / period_ns;
        if self.decayed_to < period {
            if self.decayed_to > 0 && !self.locked {
                let freed = self.baseline.decay(now_unix_ns.saturating_sub(period_ns));
                self.release(&freed);
            }
            self.decayed_to = period;
        }
    }

    /// Forgets which events were seen before, so that each is looked at again.
    pub(crate) fn forget_events(&mut self) {
        self.memo.clear();
    }

    /// Takes a behaviour out of the baseline again.
    pub(crate) fn forget(&mut self, dimension: Dimension, context: &str, value: &str) {
        if let Some((cell, _)) = self.baseline.forget(dimension, context, value) {
            self.release(&[cell]);
        }
    }

    /// These numbers may mean something else from now on.
    fn release(&mut self, cells: &[u32]) {
        self.memo.clear();
        for seen in &mut self.containers {
            cells.iter().for_each(|cell| seen.clear(*cell));
        }
    }

    /// Whether every dimension that is watched, and waited for, has been learned, and enough starts were seen.
    pub(crate) fn is_learned(&self, params: &Params) -> bool {
        let waited_for = Dimension::ALL.into_iter().filter(|dimension| dimension.is_waited_for());
        let states = waited_for.map(|dimension| self.state_of(dimension, params));
        let mut watched = states.filter(|state| *state != BaselineState::Unwatched).peekable();
        watched.peek().is_some()
            && watched.all(|state| state != BaselineState::Learning)
            && self.starts >= params.min_starts
    }

    pub(crate) fn summary(&self, params: &Params) -> ImageSummary {
        let dimensions: Vec<DimensionSummary> = Dimension::ALL
            .into_iter()
            .map(|dimension| {
                let table = self.baseline.table(dimension);
                DimensionSummary {
                    dimension,
                    state: self.state_of(dimension, params),
                    exposures: self.exposures_of(dimension),
                    behaviours: table.behaviours,
                    observations: table.observations,
                    expected_new_per_day: self.expected_new(dimension),
                    overflowed: table.overflowed,
                }
            })
            .collect();
        let needed = |summary: &&DimensionSummary| summary.dimension.is_waited_for();
        let left = dimensions.iter().filter(needed).filter(|s| s.state == BaselineState::Learning);
        let left = left.map(|summary| {
            let singletons = self.baseline.table(summary.dimension).singletons;
            coverage::windows_left(singletons, summary.exposures, params.budget_per_day)
        });
        let left = left.max().unwrap_or(0);
        ImageSummary {
            state: if self.archived {
                BaselineState::Archived
            } else if self.locked {
                BaselineState::Locked
            } else if self.is_learned(params) {
                BaselineState::Stable
            } else {
                BaselineState::Learning
            },
            exposures: self.exposures,
            exposures_lossy: self.exposures_lossy,
            starts: self.starts,
            first_seen_unix_ns: self.first_seen_unix_ns,
            last_seen_unix_ns: self.last_seen_unix_ns,
            windows_left: left,
            learned_in_ns: self.time_of(left),
            dimensions,
        }
    }

    /// How long so many windows take at the rate at which they came so far, in nanoseconds.
    fn time_of(&self, windows: u64) -> Option<u64> {
        let took = self.last_seen_unix_ns.saturating_sub(self.first_seen_unix_ns);
        let time = u128::from(took) * u128::from(windows) / u128::from(self.exposures.max(1));
        if self.exposures == 0 { None } else { u64::try_from(time).ok() }
    }
}

/// Where and when something was seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Where the container stands in the image's list.
    pub(crate) slot: usize,
    pub(crate) time_unix_ns: u64,
    pub(crate) window_ns: u64,
    /// Number of the window.
    pub(crate) window: u64,
}

impl Seen {
    /// Whether the cell has not been counted in this window yet; marks it. What comes late, for a window that
    /// is over, counts as counted.
    fn first_in_window(&mut self, cell: u32, place: Place) -> bool {
        let window = place.window;
        if window > self.window || place.window_ns != self.window_ns {
            self.window = window;
            self.window_ns = place.window_ns;
            self.counted.clear();
        }
        let (entry, bit) = (cell as usize / 64, 1_u64 << (cell % 64));
        if window != self.window {
            return false;
        }
        if self.counted.len() <= entry {
            self.counted.resize(entry + 1, 0);
        }
        self.counted.get_mut(entry).is_some_and(|bits| {
            let first = *bits & bit == 0;
            *bits |= bit;
            first
        })
    }

    fn clear(&mut self, cell: u32) {
        if let Some(bits) = self.counted.get_mut(cell as usize / 64) {
            *bits &= !(1 << (cell % 64));
        }
    }
}

/// How far an image has been learned.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageSummary {
    /// Stable when every dimension that is watched is stable or open, and enough starts were seen; archived, whatever
    /// else, while it runs nowhere.
    pub state: BaselineState,
    /// Exposure windows learned from.
    pub exposures: u64,
    /// Windows that taught nothing because something was lost in them.
    pub exposures_lossy: u64,
    /// Container starts seen.
    pub starts: u64,
    /// Windows without anything new that are still needed before no dimension is learning.
    pub windows_left: u64,
    /// How long those take at the rate of windows so far, in nanoseconds; `None` before there was any.
    pub learned_in_ns: Option<u64>,
    /// Time of the first event, nanoseconds since the Unix epoch.
    pub first_seen_unix_ns: u64,
    /// Time of the last event, nanoseconds since the Unix epoch.
    pub last_seen_unix_ns: u64,
    /// Each dimension.
    pub dimensions: Vec<DimensionSummary>,
}

/// How far a dimension of an image has been learned.
#[derive(Clone, Debug, PartialEq)]
pub struct DimensionSummary {
    /// Which.
    pub dimension: Dimension,
    /// Its state.
    pub state: BaselineState,
    /// Exposure windows in which it was watched.
    pub exposures: u64,
    /// Behaviours known.
    pub behaviours: u64,
    /// Sum of their counts.
    pub observations: u64,
    /// Upper 95 % bound of the new behaviours in the next container-day; infinite before any exposure.
    pub expected_new_per_day: f64,
    /// Behaviours that the bounds left no room for.
    pub overflowed: u64,
}
