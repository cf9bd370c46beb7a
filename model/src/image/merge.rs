//! One state of two, of an image that was learned apart, as on two servers.
//!
//! Windows, starts and losses add up, so the two must not have been shown the same. Containers and open incidents are
//! those of both; of one that both know the later is kept. Which of the two comes first makes no difference. What
//! becomes of behaviours is in `baseline/merge.rs`.

use super::{ImageState, Seen, Whole};
use crate::{feedback::Feedback, incident::OpenIncident, memo::Memo, params::Params};
use std::collections::BTreeMap;

/// Two states that are not of one image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} and {1} are different images; only states of one image can be merged")]
pub struct MergeError(String, String);

impl ImageState {
    /// This state and another of the same image as one.
    ///
    /// # Errors
    /// If the other is of another image, or of another repository.
    pub fn merged(&self, other: &Self, params: &Params) -> Result<Self, MergeError> {
        if (&self.repository, &self.digest) != (&other.repository, &other.digest) {
            let name = |state: &Self| format!("{} {}", state.repository, state.digest).trim().to_owned();
            return Err(MergeError(name(self), name(other)));
        }
        let later = if (self.last_seen_unix_ns, &self.tag) >= (other.last_seen_unix_ns, &other.tag) {
            self
        } else {
            other
        };
        let first = [self, other].map(|state| state.first_seen_unix_ns).into_iter().filter(|time| *time > 0);
        let mut unwatched = self.unwatched;
        unwatched.iter_mut().zip(other.unwatched).for_each(|(sum, windows)| *sum += windows);
        let baseline = self.baseline.merged(&other.baseline, params);
        let containers = [self, other].map(|state| {
            let numbers = state.baseline.numbers_in(&baseline);
            state.containers.iter().map(|seen| seen.renumbered(&numbers)).collect()
        });
        Ok(Self {
            digest: self.digest.clone(),
            repository: self.repository.clone(),
            tag: later.tag.clone(),
            declared: self.declared.merged(&other.declared),
            chain: (&self.chain).max(&other.chain).clone(),
            exposures: self.exposures + other.exposures,
            exposures_lossy: self.exposures_lossy + other.exposures_lossy,
            starts: self.starts + other.starts,
            events_lost: self.events_lost.saturating_add(other.events_lost),
            first_seen_unix_ns: first.min().unwrap_or(0),
            last_seen_unix_ns: later.last_seen_unix_ns,
            ran_unix_ns: self.ran_unix_ns.max(other.ran_unix_ns),
            archived: self.archived && other.archived,
            containers: containers_of(containers, params),
            unwatched,
            unwatched_now: self.unwatched_now | other.unwatched_now,
            incidents: incidents_of([self, other].map(|state| state.incidents.to_vec()), params).into(),
            locked: self.locked || other.locked,
            feedback: Feedback::default(),
            // A sample can't be added to without what it left out: the one that rests on more windows is kept.
            rhythm: [self, other]
                .map(|state| &state.rhythm)
                .into_iter()
                .max_by_key(|rhythm| (rhythm.windows(), format!("{rhythm:?}")))
                .cloned()
                .unwrap_or_default(),
            quarantine: self.quarantine.merged(&other.quarantine),
            decayed_to: self.decayed_to.max(other.decayed_to),
            baseline,
            memo: Memo::default(),
            whole: Whole::default(),
        })
    }
}

impl Seen {
    /// End of its window, and the length of that.
    fn at(&self) -> (u64, u64) {
        (self.window.saturating_mul(self.window_ns), self.window_ns)
    }

    /// With the numbers that its cells have now.
    fn renumbered(&self, numbers: &BTreeMap<u32, u32>) -> Self {
        let mut counted = Vec::new();
        let was =
            |cell: u32| self.counted.get(cell as usize / 64).is_some_and(|bits| bits >> (cell % 64) & 1 == 1);
        for (_, now) in numbers.iter().filter(|(before, _)| was(**before)) {
            let entry = *now as usize / 64;
            if counted.len() <= entry {
                counted.resize(entry + 1, 0);
            }
            if let Some(bits) = counted.get_mut(entry) {
                *bits |= 1_u64 << (now % 64);
            }
        }
        Self { counted, ..self.clone() }
    }

    /// The later of two of one container; both, if they are of one window.
    fn with(self, other: Self) -> Self {
        let started_unix_ns = self.started_unix_ns.max(other.started_unix_ns);
        let namespace = (&self.namespace).max(&other.namespace).clone();
        let same = self.at() == other.at();
        let (mut later, earlier) = if self.at() >= other.at() { (self, other) } else { (other, self) };
        if same {
            later.counted.resize(later.counted.len().max(earlier.counted.len()), 0);
            later.counted.iter_mut().zip(earlier.counted).for_each(|(bits, more)| *bits |= more);
            if format!("{:?}", earlier.pulse) > format!("{:?}", later.pulse) {
                later.pulse = earlier.pulse;
            }
        }
        Self { started_unix_ns, namespace, ..later }
    }
}

/// Containers of both, the least recent left out where there is no room.
fn containers_of(of: [Vec<Seen>; 2], params: &Params) -> Vec<Seen> {
    let mut all = BTreeMap::new();
    for seen in of.into_iter().flatten() {
        let whole = match all.remove(&seen.id) {
            Some(known) => seen.with(known),
            None => seen,
        };
        all.insert(whole.id.clone(), whole);
    }
    let mut all: Vec<Seen> = all.into_values().collect();
    all.sort_by(|a, b| b.at().cmp(&a.at()).then_with(|| a.id.cmp(&b.id)));
    all.truncate(params.max_containers);
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

/// Open incidents of both in the order they began, those nobody was told of and the least recent left out where there
/// is no room.
fn incidents_of(of: [Vec<OpenIncident>; 2], params: &Params) -> Vec<OpenIncident> {
    let further = |a: &OpenIncident, b: &OpenIncident| {
        let far = |open: &OpenIncident| {
            let incident = &open.incident;
            (open.told(), incident.revision, incident.events, incident.last_seen_unix_ns)
        };
        // Of equally far ones any will do, but always the same.
        far(a).cmp(&far(b)).then_with(|| format!("{a:?}").cmp(&format!("{b:?}"))).is_gt()
    };
    let mut all: BTreeMap<String, OpenIncident> = BTreeMap::new();
    for open in of.into_iter().flatten() {
        match all.get(&open.incident.id) {
            Some(known) if !further(&open, known) => {}
            _ => drop(all.insert(open.incident.id.clone(), open)),
        }
    }
    let mut all: Vec<OpenIncident> = all.into_values().collect();
    all.sort_by_key(|open| std::cmp::Reverse((open.told(), open.incident.last_seen_unix_ns)));
    all.truncate(params.max_incidents);
    all.sort_by(|a, b| {
        let begin = |open: &OpenIncident| open.incident.first_seen_unix_ns;
        begin(a).cmp(&begin(b)).then_with(|| a.incident.id.cmp(&b.incident.id))
    });
    all
}
