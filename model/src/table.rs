//! Counts of one dimension of one image, and the probability they give to a behaviour.
//!
//! Hierarchical Pitman-Yor with one table per type, which is interpolated Kneser-Ney (Teh 2006, "A
//! hierarchical Bayesian language model based on Pitman-Yor processes", section 4.1): each level discounts
//! what it counted and passes the rest of its mass to the level above. Invariants: `observations` is the sum
//! of all counts, `behaviours` the number of cells, `singletons` the number of cells with count 1. Bounded:
//! what does not fit is counted in `overflowed` and stays unknown.

use crate::params::Params;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::Bound};

/// Discount of every level; 0 to 1. Higher expects more rare values.
const DISCOUNT: f64 = 0.5;
/// Concentration of every level; above 0. Higher trusts the level above for longer.
const CONCENTRATION: f64 = 1.0;

/// What is known of one behaviour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cell {
    /// Number of the cell in its image, never used twice.
    pub(crate) id: u32,
    /// Container-windows in which it was seen; at least 1.
    pub(crate) count: u64,
    pub(crate) first_seen_unix_ns: u64,
    pub(crate) last_seen_unix_ns: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Context {
    observations: u64,
    values: BTreeMap<Box<str>, Cell>,
}

/// Counts of one dimension.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    contexts: BTreeMap<Box<str>, Context>,
    /// For each value, in how many contexts it was seen: the counts of the image-wide level.
    marginal: BTreeMap<Box<str>, u64>,
    pub(crate) observations: u64,
    pub(crate) behaviours: u64,
    pub(crate) singletons: u64,
    pub(crate) overflowed: u64,
}

/// One level of the hierarchy as a value sees it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Level {
    /// c: observations of the value.
    pub(crate) count: f64,
    /// n: observations of any value.
    pub(crate) total: f64,
    /// T: distinct values.
    pub(crate) types: f64,
}

/// Probability of a value given its levels, most specific first, over a base measure. In (0, 1].
pub(crate) fn probability(levels: &[Level], base: f64) -> f64 {
    levels.iter().rev().fold(base, |above, level| {
        let norm = level.total + CONCENTRATION;
        (level.count - DISCOUNT).max(0.0) / norm + (CONCENTRATION + DISCOUNT * level.types) / norm * above
    })
}

impl Table {
    pub(crate) fn get(&self, context: &str, value: &str) -> Option<&Cell> {
        self.contexts.get(context)?.values.get(value)
    }

    pub(crate) fn knows_context(&self, context: &str) -> bool {
        self.contexts.contains_key(context)
    }

    /// Whether any context that starts so is known.
    pub(crate) fn knows_prefix(&self, prefix: &str) -> bool {
        self.contexts
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .next()
            .is_some_and(|(context, _)| context.starts_with(prefix))
    }

    /// Whether any value that contains `part` is known in any context.
    pub(crate) fn knows_value_with(&self, part: &str) -> bool {
        self.marginal.keys().any(|value| value.contains(part))
    }

    /// The value in its own context.
    pub(crate) fn level(&self, context: &str, value: &str) -> Level {
        self.contexts.get(context).map_or_else(Level::default, |context| Level {
            count: context.values.get(value).map_or(0.0, |cell| cell.count as f64),
            total: context.observations as f64,
            types: context.values.len() as f64,
        })
    }

    /// The value in any context of the image: contexts that know it, of all behaviours.
    pub(crate) fn marginal_level(&self, value: &str) -> Level {
        Level {
            count: self.marginal.get(value).map_or(0.0, |contexts| *contexts as f64),
            total: self.behaviours as f64,
            types: self.marginal.len() as f64,
        }
    }

    /// Counts a known behaviour once more. False if it is not known.
    pub(crate) fn count(&mut self, context: &str, value: &str, time_unix_ns: u64) -> bool {
        let Some(context) = self.contexts.get_mut(context) else { return false };
        let Some(cell) = context.values.get_mut(value) else { return false };
        self.singletons -= u64::from(cell.count == 1);
        cell.count += 1;
        cell.last_seen_unix_ns = cell.last_seen_unix_ns.max(time_unix_ns);
        context.observations += 1;
        self.observations += 1;
        true
    }

    /// Learns an unknown behaviour as cell `id`. False if the bounds leave no room.
    pub(crate) fn learn(
        &mut self,
        context: &str,
        value: &str,
        time_unix_ns: u64,
        id: u32,
        params: &Params,
    ) -> bool {
        let room = match self.contexts.get(context) {
            Some(context) => context.values.len() < params.max_values,
            None => self.contexts.len() < params.max_contexts,
        };
        if !room {
            self.overflowed += 1;
            return false;
        }
        let context = self.contexts.entry(context.into()).or_default();
        let cell = Cell { id, count: 1, first_seen_unix_ns: time_unix_ns, last_seen_unix_ns: time_unix_ns };
        context.values.insert(value.into(), cell);
        context.observations += 1;
        *self.marginal.entry(value.into()).or_default() += 1;
        self.observations += 1;
        self.behaviours += 1;
        self.singletons += 1;
        true
    }

    /// Takes a behaviour out again, with all its counts.
    pub(crate) fn forget(&mut self, context_name: &str, value: &str) {
        let Some(context) = self.contexts.get_mut(context_name) else { return };
        let Some(cell) = context.values.remove(value) else { return };
        context.observations -= cell.count;
        if context.values.is_empty() {
            self.contexts.remove(context_name);
        }
        self.observations -= cell.count;
        self.behaviours -= 1;
        self.singletons -= u64::from(cell.count == 1);
        if let Some(contexts) = self.marginal.get_mut(value) {
            *contexts -= 1;
            if *contexts == 0 {
                self.marginal.remove(value);
            }
        }
    }

    /// The most frequent values of a context, at most `limit`.
    pub(crate) fn most_frequent(&self, context: &str, limit: usize) -> Vec<(&str, &Cell)> {
        let mut known: Vec<_> = self
            .contexts
            .get(context)
            .into_iter()
            .flat_map(|context| &context.values)
            .map(|(v, c)| (&**v, c))
            .collect();
        known.sort_by(|(va, a), (vb, b)| b.count.cmp(&a.count).then_with(|| va.cmp(vb)));
        known.truncate(limit);
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn probabilities_of_all_values_add_up_to_one() {
        // A vocabulary of four, two of which were seen.
        let mut table = Table::default();
        let params = Params::default();
        table.learn("u", "a", 1, 0, &params);
        table.learn("u", "b", 1, 1, &params);
        (0..7).for_each(|_| assert!(table.count("u", "a", 2)));
        let sum: f64 = ["a", "b", "c", "d"]
            .iter()
            .map(|value| probability(&[table.level("u", value), table.marginal_level(value)], 0.25))
            .sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
    }

    #[test]
    fn a_rare_value_surprises_less_in_a_varied_context_than_in_a_uniform_one() {
        let params = Params::default();
        let (mut varied, mut uniform) = (Table::default(), Table::default());
        for id in 0..50 {
            varied.learn("u", &id.to_string(), 1, id, &params);
        }
        uniform.learn("u", "a", 1, 0, &params);
        (1..50).for_each(|_| assert!(uniform.count("u", "a", 1)));
        let p = |table: &Table| probability(&[table.level("u", "new"), table.marginal_level("new")], 1e-3);
        assert!(p(&varied) > 5.0 * p(&uniform));
    }

    #[test]
    fn a_full_table_says_so_and_keeps_what_it_has() {
        let params = Params { max_contexts: 1, max_values: 1, ..Params::default() };
        let mut table = Table::default();
        assert!(table.learn("u", "a", 1, 0, &params));
        assert!(!table.learn("u", "b", 1, 1, &params));
        assert!(!table.learn("v", "a", 1, 2, &params));
        assert_eq!((table.overflowed, table.behaviours), (2, 1));
    }

    proptest! {
        #[test]
        fn forgetting_is_the_reverse_of_learning(
            kept in proptest::collection::vec(("[a-c]", "[a-c]"), 0..30),
            gone in proptest::collection::vec(("[d-f]", "[a-f]"), 0..30),
        ) {
            let params = Params::default();
            let (mut table, mut expected) = (Table::default(), Table::default());
            let put = |table: &mut Table, (context, value): &(String, String)| {
                if !table.count(context, value, 1) {
                    table.learn(context, value, 1, 7, &params);
                }
            };
            for (position, pair) in kept.iter().enumerate() {
                put(&mut table, pair);
                put(&mut expected, pair);
                if let Some(pair) = gone.get(position) {
                    put(&mut table, pair);
                }
            }
            for (context, value) in &gone {
                table.forget(context, value);
            }
            prop_assert_eq!(table, expected);
        }
    }
}
