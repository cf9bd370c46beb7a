//! One baseline of two that were learned apart.
//!
//! The same behaviour adds up; a loose value that a pattern of either stands for becomes part of it. No new pattern is
//! made, that is for the next value like them, unless a context is too full. Numbers are given anew in the order of
//! the behaviours, so equal knowledge is an equal baseline. Invariants: which of the two comes first makes no
//! difference; within the bounds nor does which of three are merged first, and both know what either knew. Past the
//! bounds contexts make patterns as in learning, then the least frequent goes and is counted in `overflowed`; there
//! what is merged first is the more general. Where two patterns stand for one value, the order of merging can move
//! its count from one to the other, never lose it.

use super::{Baseline, Cell};
use crate::{behaviour::Dimension, cadence::Cadence, params::Params, pattern::Parts};
use std::{cmp::Reverse, collections::BTreeMap};

/// Values of a context, each with whether it is a pattern.
type Values = BTreeMap<Box<str>, (Cell, bool)>;

/// Behaviours in their order, whatever their numbers.
#[derive(Default)]
struct Union {
    contexts: BTreeMap<(Dimension, Box<str>), Values>,
    overflowed: [u64; Dimension::ALL.len()],
}

impl Baseline {
    /// This and another as one.
    pub(crate) fn merged(&self, other: &Self, params: &Params) -> Self {
        let mut union = Union::default();
        union.add(self);
        union.add(other);
        union.fold();
        let mut whole = union.numbered();
        whole.fit(params);
        let mut fitting = Union::default();
        fitting.add(&whole);
        fitting.numbered()
    }

    /// Of behaviours that were learned elsewhere: context, value, whether that is a pattern, and the cell. Of what is stated
    /// twice the last counts.
    pub(crate) fn of(stated: impl Iterator<Item = (Box<str>, Box<str>, bool, Cell)>) -> Self {
        let mut union = Union::default();
        for (context, value, pattern, cell) in stated {
            let values = union.contexts.entry((cell.dimension, context)).or_default();
            values.insert(value, (cell, pattern));
        }
        union.numbered()
    }

    /// Numbers of its behaviours, each with the number of the same or of its pattern in another.
    pub(crate) fn numbers_in(&self, other: &Self) -> BTreeMap<u32, u32> {
        let all = Dimension::ALL.into_iter().flat_map(|dimension| {
            let contexts = self.table(dimension).contexts.iter();
            contexts
                .flat_map(move |context| context.values.iter().map(move |value| (dimension, context, value)))
        });
        all.filter_map(|(dimension, context, value)| {
            Some((value.cell, other.find(dimension, &context.name, &value.text)?))
        })
        .collect()
    }

    fn fit(&mut self, params: &Params) {
        for dimension in Dimension::ALL {
            self.fit_contexts(dimension, params);
            let contexts = &self.table(dimension).contexts;
            let full = contexts.iter().filter(|context| context.values.len() > params.max_values);
            for context in full.map(|context| context.name.clone()).collect::<Vec<_>>() {
                self.fit_values(dimension, &context, params);
            }
        }
        let mut all = Vec::new();
        for ((dimension, context), values) in Union::of(self).contexts {
            all.extend(
                values.into_iter().map(|(value, (cell, _))| (cell.count, dimension, context.clone(), value)),
            );
        }
        all.sort_unstable();
        for (_, dimension, context, value) in all {
            if self.bytes <= params.max_bytes {
                break;
            }
            self.leave_out(dimension, &context, &value);
        }
    }

    /// Leaves out the contexts with the fewest observations.
    fn fit_contexts(&mut self, dimension: Dimension, params: &Params) {
        let contexts = &self.table(dimension).contexts;
        let mut ranked: Vec<(Reverse<u64>, Box<str>)> = contexts
            .iter()
            .map(|context| {
                let cells = context.values.iter().filter_map(|value| self.cell(value.cell));
                (Reverse(cells.map(|cell| cell.count).sum()), context.name.clone())
            })
            .collect();
        ranked.sort_unstable();
        for (_, context) in ranked.into_iter().skip(params.max_contexts) {
            let values: Vec<Box<str>> = self.values(dimension, &context).map(Box::from).collect();
            values.iter().for_each(|value| self.leave_out(dimension, &context, value));
        }
    }

    /// Makes patterns in a context, then leaves out its least frequent values.
    fn fit_values(&mut self, dimension: Dimension, context: &str, params: &Params) {
        let values: Vec<Box<str>> = self.values(dimension, context).map(Box::from).collect();
        for value in &values {
            if self.values(dimension, context).count() <= params.max_values {
                return;
            }
            let loose = self.loose(dimension, context).contains(&&**value);
            if loose {
                self.collapse(dimension, context, value, true);
            }
        }
        let ranked = self.most_frequent(dimension, context, usize::MAX);
        let last: Vec<Box<str>> =
            ranked.into_iter().skip(params.max_values).map(|(value, _)| value.into()).collect();
        last.iter().for_each(|value| self.leave_out(dimension, context, value));
    }

    fn leave_out(&mut self, dimension: Dimension, context: &str, value: &str) {
        if let Some((_, cell)) = self.forget(dimension, context, value) {
            let table = self.table_mut(dimension);
            table.overflowed = table.overflowed.saturating_add(cell.count);
        }
    }
}

impl Cell {
    /// Of a behaviour that was learned elsewhere. Whether it is a file of the image is not told: any program counts as one,
    /// so that none becomes part of a pattern for having been told.
    pub(crate) fn taught(
        dimension: Dimension,
        pattern: bool,
        count: u64,
        first_seen_unix_ns: u64,
        last_seen_unix_ns: u64,
    ) -> Self {
        let fixed = dimension == Dimension::Spawn && !pattern;
        Self { dimension, fixed, count, first_seen_unix_ns, last_seen_unix_ns, cadence: Cadence::default() }
    }
}

impl Union {
    fn of(baseline: &Baseline) -> Self {
        let mut union = Self::default();
        union.add(baseline);
        union
    }

    fn add(&mut self, baseline: &Baseline) {
        for (overflowed, (dimension, table)) in
            self.overflowed.iter_mut().zip(Dimension::ALL.into_iter().zip(&baseline.tables))
        {
            *overflowed = overflowed.saturating_add(table.overflowed);
            for context in &table.contexts {
                let values = self.contexts.entry((dimension, context.name.clone())).or_default();
                for value in &context.values {
                    let Some(cell) = baseline.cell(value.cell) else { continue };
                    let (whole, pattern) = match values.remove(&value.text) {
                        Some((known, pattern)) => (known.with(cell), pattern || value.pattern),
                        None => (cell.clone(), value.pattern),
                    };
                    values.insert(value.text.clone(), (whole, pattern));
                }
            }
        }
    }

    /// Makes loose values part of the first pattern that stands for them.
    fn fold(&mut self) {
        for ((dimension, _), values) in &mut self.contexts {
            let patterns: Vec<&str> =
                values.iter().filter(|(_, (_, pattern))| *pattern).map(|(text, _)| &**text).collect();
            let loose = values.iter().filter(|(_, (cell, pattern))| !pattern && !cell.fixed);
            let parts: Vec<(Box<str>, Box<str>)> = loose
                .filter_map(|(text, _)| {
                    let parts = Parts::of(*dimension, text)?;
                    let own = patterns.iter().find(|pattern| parts.is_of(*dimension, pattern))?;
                    Some((text.clone(), (*own).into()))
                })
                .collect();
            for (text, pattern) in parts {
                if let Some((part, _)) = values.remove(&text)
                    && let Some((whole, _)) = values.get_mut(&pattern)
                {
                    *whole = whole.clone().with(&part);
                }
            }
        }
    }

    /// As a baseline whose numbers are in the order of the behaviours.
    fn numbered(self) -> Baseline {
        let mut baseline = Baseline::default();
        for ((_, context), values) in self.contexts {
            for (value, (cell, pattern)) in values {
                baseline.put(&context, &value, cell, pattern);
            }
        }
        for (table, overflowed) in baseline.tables.iter_mut().zip(self.overflowed) {
            table.overflowed = overflowed;
        }
        baseline
    }
}

#[cfg(test)]
mod tests;
