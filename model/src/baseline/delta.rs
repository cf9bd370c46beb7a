//! What has changed of a baseline since it was last stored whole.
//!
//! Of a baseline that has converged hardly more changes than counts, and its texts are most of it; so to store what has
//! changed costs a fraction. Kept exact for counting and for learning; after anything else, as when a pattern is made or
//! something is forgotten, nothing is known but that it has changed. Only a short cut: neither stored nor compared.
//!
//! Not here: when it is stored whole (`image/delta.rs`).

use super::{Baseline, Cell};
use crate::behaviour::Dimension;
use serde::{Deserialize, Serialize};

/// Behaviours learned since, as a share of all: with more, little is saved. One in so many.
const SHARE: usize = 4;

/// What has changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// Whether what follows is all that has changed.
    known: bool,
    /// Cells that have other counts, or are new: bit `n % 64` of entry `n / 64`.
    cells: Vec<u64>,
    /// Behaviours that are new, in the order they were learned.
    learned: Vec<Learned>,
}

/// A behaviour that is new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Learned {
    context: Box<str>,
    value: Box<str>,
    number: u32,
}

/// Changes in the form in which they are stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Delta {
    learned: Vec<Learned>,
    /// By their numbers, with what they hold now.
    cells: Vec<(u32, Cell)>,
    overflowed: [u64; Dimension::ALL.len()],
}

impl PartialEq for Changes {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Changes {}

impl Changes {
    pub(super) fn count(&mut self, cell: u32) {
        if !self.known {
            return;
        }
        let entry = cell as usize / 64;
        if self.cells.len() <= entry {
            self.cells.resize(entry + 1, 0);
        }
        if let Some(bits) = self.cells.get_mut(entry) {
            *bits |= 1 << (cell % 64);
        }
    }

    pub(super) fn learn(&mut self, context: &str, value: &str, number: u32) {
        if self.known {
            self.count(number);
            self.learned.push(Learned { context: context.into(), value: value.into(), number });
        }
    }

    /// Something else has changed.
    pub(super) fn lose(&mut self) {
        *self = Self::default();
    }

    fn numbers(&self) -> impl Iterator<Item = u32> {
        let entries = (0_u32..).zip(&self.cells);
        entries.flat_map(|(entry, bits)| {
            (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| entry * 64 + bit)
        })
    }
}

impl Baseline {
    /// From now on changes are kept: it is being stored whole, or was just read.
    pub(crate) fn keep_changes(&mut self) {
        self.changes = Changes { known: true, ..Changes::default() };
    }

    /// What has changed; `None` if that is not known, or so much that the whole is as well stored.
    pub(crate) fn delta(&self) -> Option<Delta> {
        let Changes { known, learned, .. } = &self.changes;
        if !known || learned.len() * SHARE > self.cells.len() {
            return None;
        }
        let cells = self.changes.numbers().filter_map(|number| Some((number, self.cell(number)?.clone())));
        let overflowed = self.tables.each_ref().map(|table| table.overflowed);
        Some(Delta { learned: learned.clone(), cells: cells.collect(), overflowed })
    }

    /// As it became after it was stored whole; `None` if what is said does not fit it.
    pub(crate) fn changed(mut self, delta: Delta) -> Option<Self> {
        self.keep_changes();
        for Learned { context, value, number } in delta.learned {
            let place = delta.cells.binary_search_by_key(&number, |(number, _)| *number).ok()?;
            let (_, cell) = delta.cells.get(place).filter(|(_, cell)| cell.count > 0)?;
            let table = self.table(cell.dimension);
            let is_new = table.context(&context).is_none_or(|known| known.get(&value).is_none());
            let next = self.free.last().copied().unwrap_or(self.cells.len() as u32);
            table.observations.checked_add(cell.count)?;
            if !is_new || next != number {
                return None;
            }
            self.put(&context, &value, cell.clone(), false);
        }
        for (number, now) in delta.cells {
            let cell = self.cells.get_mut(number as usize)?;
            let table = self.tables.get_mut(now.dimension as usize)?;
            if cell.count == 0 || now.count == 0 || cell.dimension != now.dimension {
                return None;
            }
            table.observations = table.observations.checked_sub(cell.count)?.checked_add(now.count)?;
            table.singletons =
                (table.singletons + u64::from(now.count == 1)).checked_sub(u64::from(cell.count == 1))?;
            *cell = now;
            self.changes.count(number);
        }
        for (table, overflowed) in self.tables.iter_mut().zip(delta.overflowed) {
            table.overflowed = overflowed;
        }
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{behaviour::Behaviour, params::Params};
    use proptest::prelude::*;

    proptest! {
        /// Whatever is counted, learned, forgotten, reset or decays, and whenever it is stored whole.
        #[test]
        fn a_whole_and_what_has_changed_since_are_the_baseline(
            steps in prop::collection::vec((0..20_u8, 0..60_u8, 0..4_u8), 1..300),
        ) {
            let params = Params { max_values: 24, ..Params::default() };
            let mut baseline = Baseline::default();
            let mut whole = baseline.clone();
            for (time, (step, value, context)) in (1..).zip(steps) {
                let value = format!("/bin/{value}/{}", value % 3);
                let context = context.to_string();
                match step {
                    0 => {
                        baseline.keep_changes();
                        whole = baseline.clone();
                    }
                    1 => drop(baseline.forget(Dimension::Spawn, &context, &value)),
                    2 if value.ends_with('0') => drop(baseline.decay(time / 2)),
                    2 if value.ends_with('1') => drop(baseline.reset(Dimension::Spawn)),
                    _ => match baseline.find(Dimension::Spawn, &context, &value) {
                        Some(number) => baseline.count(number, time, 1),
                        None => {
                            let (context, value) = (context.as_str().into(), value.as_str().into());
                            let new = Behaviour { dimension: Dimension::Spawn, context, value, fixed: false };
                            drop(baseline.learn(&new, time, &params));
                        }
                    },
                }
                if let Some(delta) = baseline.delta() {
                    let bytes = postcard::to_stdvec(&delta).unwrap();
                    let delta = postcard::from_bytes(&bytes).unwrap();
                    let again = whole.clone().changed(delta).unwrap();
                    prop_assert_eq!(&again, &baseline);
                    prop_assert_eq!(again.delta(), baseline.delta(), "what comes after it, too");
                }
            }
        }
    }

    #[test]
    fn counting_and_learning_are_known_and_what_is_forgotten_is_not() {
        let mut baseline = Baseline::default();
        let behaviour = |value: &'static str| Behaviour {
            dimension: Dimension::Spawn,
            context: "sh".into(),
            value: value.into(),
            fixed: false,
        };
        for value in ["a", "b", "c", "d"] {
            baseline.learn(&behaviour(value), 1, &Params::default());
        }
        assert_eq!(baseline.delta(), None, "it was never stored");
        baseline.keep_changes();
        baseline.count(2, 5, 1);
        baseline.learn(&behaviour("e"), 6, &Params::default());
        let delta = baseline.delta().unwrap();
        assert_eq!(delta.cells.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2, 4]);
        baseline.learn(&behaviour("f"), 6, &Params::default());
        assert_eq!(baseline.delta(), None, "a third of it is new");
        baseline.keep_changes();
        baseline.forget(Dimension::Spawn, "sh", "a");
        assert_eq!(baseline.delta(), None);
    }

    #[test]
    fn changes_of_another_baseline_do_not_fit() {
        let mut baseline = Baseline::default();
        let learn = |baseline: &mut Baseline, value: &'static str| {
            let (context, value) = ("sh".into(), value.into());
            let new = Behaviour { dimension: Dimension::Spawn, context, value, fixed: false };
            baseline.learn(&new, 1, &Params::default());
        };
        ["a", "b", "c", "d"].into_iter().for_each(|value| learn(&mut baseline, value));
        baseline.keep_changes();
        let whole = baseline.clone();
        learn(&mut baseline, "e");
        let delta = baseline.delta().unwrap();
        assert_eq!(whole.clone().changed(delta.clone()), Some(baseline.clone()));
        assert_eq!(baseline.clone().changed(delta.clone()), None, "it is known there");
        assert_eq!(Baseline::default().changed(delta.clone()), None, "the number is another's");
        let mut gone = delta;
        gone.cells.iter_mut().for_each(|(_, cell)| cell.count = 0);
        assert_eq!(whole.changed(gone), None, "a count of none is a free cell");
    }
}
