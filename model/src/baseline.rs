//! What an image is known to do: counts of its behaviours, and the probability they give to another.
//!
//! The probability itself is in `level`. A behaviour is a cell with a number, so
//! that whoever knows the number counts without looking anything up. Invariants of a table: `observations` is the
//! sum of its cells' counts, `behaviours` their number, `singletons` the number of those with count 1. Bounded in
//! cells and in bytes: what does not fit is counted in `overflowed` and stays unknown. Whatever changes a cell or a table
//! tells `delta` of it.

mod delta;
mod level;
mod merge;
mod reset;

pub(crate) use delta::Delta;
pub(crate) use level::{Level, probability};

use crate::{
    behaviour::{Behaviour, Dimension},
    cadence::Cadence,
    params::Params,
    pattern::{FAN, Parts},
};
use delta::Changes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

/// Bytes of a behaviour that are counted beside its text: cell, names and nodes.
const OVERHEAD_BYTES: usize = 192;

/// What is known of one behaviour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cell {
    pub(crate) dimension: Dimension,
    /// Never part of a pattern.
    fixed: bool,
    /// Container-windows in which it was seen; 0 if the number is free.
    pub(crate) count: u64,
    pub(crate) first_seen_unix_ns: u64,
    pub(crate) last_seen_unix_ns: u64,
    pub(crate) cadence: Cadence,
}

/// Values of a context in their order. In vectors: trees would take twice the memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Context {
    name: Box<str>,
    values: Vec<Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Value {
    text: Box<str>,
    /// Number of its cell.
    cell: u32,
    /// Stands for all that it matches.
    pattern: bool,
}

/// One dimension.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    /// In the order of their names.
    contexts: Vec<Context>,
    /// For each value, by its hash, in how many contexts it was seen: the counts of the image-wide level.
    marginal: BTreeMap<u64, u32>,
    pub(crate) observations: u64,
    pub(crate) behaviours: u64,
    pub(crate) singletons: u64,
    pub(crate) overflowed: u64,
}

/// All that an image is known to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Baseline {
    cells: Vec<Cell>,
    free: Vec<u32>,
    /// In the order of the variants.
    tables: [Table; Dimension::ALL.len()],
    bytes: usize,
    #[serde(skip)]
    changes: Changes,
}

/// Memory that a behaviour takes, about.
fn bytes(context: &str, value: &str) -> usize {
    OVERHEAD_BYTES + context.len() + value.len()
}

/// The first 8 bytes of the SHA-256 digest: the same everywhere, and nobody finds two values with one.
pub(crate) fn hash(value: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = Sha256::digest(value.as_bytes()).into();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// What became of a behaviour that was to be learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Learned {
    /// It has this number now.
    As(u32),
    /// It is part of a pattern with this number; those that stood for it before are free.
    Pattern(u32, Vec<u32>),
    /// The bounds leave no room.
    No,
}

impl Baseline {
    #[allow(clippy::indexing_slicing, reason = "there is a table for each variant")]
    pub(crate) fn table(&self, dimension: Dimension) -> &Table {
        &self.tables[dimension as usize]
    }

    #[allow(clippy::indexing_slicing, reason = "there is a table for each variant")]
    fn table_mut(&mut self, dimension: Dimension) -> &mut Table {
        &mut self.tables[dimension as usize]
    }

    /// Number of a known behaviour.
    pub(crate) fn find(&self, dimension: Dimension, context: &str, value: &str) -> Option<u32> {
        let context = self.table(dimension).context(context)?;
        if let Some(cell) = context.get(value) {
            return Some(cell);
        }
        let mut patterns = context.values.iter().filter(|known| known.pattern).peekable();
        patterns.peek()?;
        let parts = Parts::of(dimension, value)?;
        patterns.find(|pattern| parts.is_of(dimension, &pattern.text)).map(|pattern| pattern.cell)
    }

    pub(crate) fn cell(&self, number: u32) -> Option<&Cell> {
        self.cells.get(number as usize).filter(|cell| cell.count > 0)
    }

    /// Counts a known behaviour once more, in a window of this length.
    #[allow(clippy::indexing_slicing, reason = "there is a table for each variant")]
    pub(crate) fn count(&mut self, number: u32, time_unix_ns: u64, window_ns: u64) {
        let Some(cell) = self.cells.get_mut(number as usize).filter(|cell| cell.count > 0) else { return };
        let table = &mut self.tables[cell.dimension as usize];
        table.singletons -= u64::from(cell.count == 1);
        table.observations += 1;
        cell.count += 1;
        let window = |time_unix_ns| time_unix_ns / window_ns.max(1);
        cell.cadence.note(window(cell.last_seen_unix_ns), window(time_unix_ns));
        cell.last_seen_unix_ns = cell.last_seen_unix_ns.max(time_unix_ns);
        self.changes.count(number);
    }

    /// Learns a behaviour that is not known.
    pub(crate) fn learn(&mut self, behaviour: &Behaviour<'_>, time_unix_ns: u64, params: &Params) -> Learned {
        let Behaviour { dimension, context, value, fixed } = behaviour;
        let table = self.table(*dimension);
        let room = match table.context(context) {
            Some(context) => context.values.len() < params.max_values,
            None => table.contexts.len() < params.max_contexts,
        };
        if !room || self.bytes + bytes(context, value) > params.max_bytes {
            self.table_mut(*dimension).overflowed += 1;
            return Learned::No;
        }
        let cell = Cell {
            dimension: *dimension,
            fixed: *fixed,
            count: 1,
            first_seen_unix_ns: time_unix_ns,
            last_seen_unix_ns: time_unix_ns,
            cadence: Cadence::default(),
        };
        let number = self.put(context, value, cell, false);
        if *fixed {
            return Learned::As(number);
        }
        let full =
            self.table(*dimension).context(context).is_some_and(|c| c.values.len() >= params.max_values);
        match self.collapse(*dimension, context, value, full) {
            Some((pattern, freed)) => Learned::Pattern(pattern, freed),
            None => Learned::As(number),
        }
    }

    fn put(&mut self, context: &str, value: &str, cell: Cell, pattern: bool) -> u32 {
        self.bytes += bytes(context, value);
        let (dimension, count) = (cell.dimension, cell.count);
        let number = match self.free.pop() {
            Some(number) => number,
            None => self.cells.len() as u32,
        };
        match self.cells.get_mut(number as usize) {
            Some(free) => *free = cell,
            None => {
                if self.cells.len() == self.cells.capacity() {
                    self.cells.reserve_exact(4); // doubling would leave half of a typical baseline empty
                }
                self.cells.push(cell);
            }
        }
        let table = self.table_mut(dimension);
        let place = table.place(context).unwrap_or_else(|place| {
            if table.contexts.len() == table.contexts.capacity() {
                table.contexts.reserve_exact(4);
            }
            table.contexts.insert(place, Context { name: context.into(), values: Vec::new() });
            place
        });
        if let Some(context) = table.contexts.get_mut(place) {
            let place = context.place(value).unwrap_or_else(|place| place);
            context.values.reserve_exact(1);
            context.values.insert(place, Value { text: value.into(), cell: number, pattern });
        }
        *table.marginal.entry(hash(value)).or_default() += 1;
        table.observations += count;
        table.behaviours += 1;
        table.singletons += u64::from(count == 1);
        self.changes.learn(context, value, number);
        number
    }

    /// Takes a behaviour out again, with all its counts; gives back its number. A value that has become part of a
    /// pattern stays in it.
    pub(crate) fn forget(
        &mut self,
        dimension: Dimension,
        context_name: &str,
        value: &str,
    ) -> Option<(u32, Cell)> {
        self.changes.lose();
        let table = self.table_mut(dimension);
        let place = table.place(context_name).ok()?;
        let context = table.contexts.get_mut(place)?;
        let Value { cell: number, .. } = context.values.remove(context.place(value).ok()?);
        if context.values.is_empty() {
            table.contexts.remove(place);
        }
        if let Entry::Occupied(mut contexts) = table.marginal.entry(hash(value)) {
            *contexts.get_mut() -= 1;
            if *contexts.get() == 0 {
                contexts.remove();
            }
        }
        let cell = self.cells.get_mut(number as usize)?;
        let gone = cell.clone();
        cell.count = 0;
        let table = self.table_mut(dimension);
        table.observations -= gone.count;
        table.behaviours -= 1;
        table.singletons -= u64::from(gone.count == 1);
        self.free.push(number);
        self.bytes -= bytes(context_name, value);
        Some((number, gone))
    }

    /// Halves the counts of what was not seen since a time, and takes out what is at none. Gives the numbers that are
    /// free now.
    pub(crate) fn decay(&mut self, since_unix_ns: u64) -> Vec<u32> {
        self.changes.lose();
        let old = |cell: &Cell| cell.count > 0 && cell.last_seen_unix_ns < since_unix_ns;
        let mut gone = Vec::new();
        for dimension in Dimension::ALL {
            let contexts = self.table(dimension).contexts.iter();
            let places =
                contexts.flat_map(|context| context.values.iter().map(move |value| (context, value)));
            let rare = |number: u32| self.cells.get(number as usize).is_some_and(|c| old(c) && c.count == 1);
            let rare = places.filter(|(_, value)| rare(value.cell));
            gone.extend(rare.map(|(context, value)| (dimension, context.name.clone(), value.text.clone())));
        }
        for cell in self.cells.iter_mut().filter(|cell| old(cell) && cell.count > 1) {
            let (before, table) = (cell.count, self.tables.get_mut(cell.dimension as usize));
            cell.count /= 2;
            if let Some(table) = table {
                table.observations -= before - cell.count;
                table.singletons += u64::from(cell.count == 1);
            }
        }
        let forget = |(dimension, context, value): (Dimension, Box<str>, Box<str>)| {
            self.forget(dimension, &context, &value).map(|(number, _)| number)
        };
        gone.into_iter().filter_map(forget).collect()
    }

    /// Makes one pattern of the values that are like this one but for parts that vary much, once there are [`FAN`]
    /// of them. In a context that is `full`, all that are like it lose the part that varies most.
    fn collapse(
        &mut self,
        dimension: Dimension,
        context: &str,
        value: &str,
        full: bool,
    ) -> Option<(u32, Vec<u32>)> {
        let patterns = self.patterns(dimension, context, value, full)?;
        let own = patterns.iter().find(|(_, members)| members.iter().any(|member| **member == *value));
        let own = own.map(|(own, _)| own.clone())?;
        let mut freed = Vec::new();
        for (pattern, members) in patterns {
            self.merge(dimension, context, &pattern, &members, &mut freed);
        }
        let number = self.find(dimension, context, &own)?;
        Some((number, freed))
    }

    /// The patterns that [`Baseline::collapse`] is to make, with the values of each.
    fn patterns(
        &self,
        dimension: Dimension,
        context: &str,
        value: &str,
        full: bool,
    ) -> Option<BTreeMap<String, Vec<Box<str>>>> {
        let loose = self.loose(dimension, context);
        if loose.len() < FAN && !full {
            return None;
        }
        let parts = Parts::of(dimension, value)?;
        let like: Vec<Parts<'_>> = loose
            .into_iter()
            .filter_map(|other| Parts::of(dimension, other))
            .filter(|other| parts.is_like(other))
            .collect();
        let kinds = |of: &[&Parts<'_>], at: usize| {
            of.iter().map(|other| other.get(at)).collect::<BTreeSet<_>>().len()
        };
        // Positions that vary much, and the values that are equal everywhere else: each bounds the other.
        let mut members: Vec<&Parts<'_>> = like.iter().collect();
        let mut vary: Vec<usize> = (0..parts.len()).collect();
        while members.len() >= FAN {
            let still: Vec<usize> = vary.iter().copied().filter(|at| kinds(&members, *at) >= FAN).collect();
            members.retain(|other| {
                (0..parts.len()).all(|at| still.contains(&at) || other.get(at) == parts.get(at))
            });
            if still == vary || still.is_empty() {
                vary = still;
                break;
            }
            vary = still;
        }
        let mut patterns: BTreeMap<String, Vec<Box<str>>> = BTreeMap::new();
        if members.len() >= FAN && !vary.is_empty() {
            let members = members.into_iter().map(|member| member.value().into()).collect();
            patterns.insert(parts.with_any(&vary)?, members);
        } else if full {
            let all: Vec<&Parts<'_>> = like.iter().collect();
            let may = (0..parts.len()).filter(|at| parts.with_any(&[*at]).is_some());
            let widest = may.max_by_key(|at| (kinds(&all, *at), *at)).filter(|at| kinds(&all, *at) > 1)?;
            for other in &like {
                if let Some(pattern) = other.with_any(&[widest]) {
                    patterns.entry(pattern).or_default().push(other.value().into());
                }
            }
        }
        Some(patterns)
    }

    /// Values of a context that may become part of a pattern.
    fn loose(&self, dimension: Dimension, context: &str) -> Vec<&str> {
        let may = |number: &u32| self.cells.get(*number as usize).is_some_and(|cell| !cell.fixed);
        let values = self.table(dimension).context(context).into_iter().flat_map(|context| &context.values);
        values.filter(|value| may(&value.cell)).map(|value| &*value.text).collect()
    }

    fn merge(
        &mut self,
        dimension: Dimension,
        context: &str,
        pattern: &str,
        members: &[Box<str>],
        freed: &mut Vec<u32>,
    ) {
        let mut whole: Option<Cell> = None;
        for member in members.iter().map(|member| &**member).chain([pattern]) {
            if let Some((number, cell)) = self.forget(dimension, context, member) {
                freed.push(number);
                whole = Some(match whole {
                    None => cell,
                    Some(whole) => whole.with(&cell),
                });
            }
        }
        if let Some(whole) = whole {
            self.put(context, pattern, whole, true);
        }
    }
}

impl Context {
    /// Where a value stands, or would.
    fn place(&self, value: &str) -> Result<usize, usize> {
        self.values.binary_search_by(|known| (*known.text).cmp(value))
    }

    fn get(&self, value: &str) -> Option<u32> {
        self.values.get(self.place(value).ok()?).map(|value| value.cell)
    }
}

impl Cell {
    fn with(self, other: &Self) -> Self {
        Self {
            count: self.count + other.count,
            first_seen_unix_ns: self.first_seen_unix_ns.min(other.first_seen_unix_ns),
            last_seen_unix_ns: self.last_seen_unix_ns.max(other.last_seen_unix_ns),
            fixed: self.fixed || other.fixed,
            cadence: self.cadence.max(other.cadence),
            ..self
        }
    }
}

impl Table {
    /// Where a context stands, or would.
    fn place(&self, context: &str) -> Result<usize, usize> {
        self.contexts.binary_search_by(|known| (*known.name).cmp(context))
    }

    fn context(&self, context: &str) -> Option<&Context> {
        self.contexts.get(self.place(context).ok()?)
    }

    pub(crate) fn knows_context(&self, context: &str) -> bool {
        self.place(context).is_ok()
    }

    /// Whether any context that starts so is known.
    pub(crate) fn knows_prefix(&self, prefix: &str) -> bool {
        let first = self.place(prefix).unwrap_or_else(|place| place);
        self.contexts.get(first).is_some_and(|context| context.name.starts_with(prefix))
    }

    /// Whether a value like this is known in any context.
    pub(crate) fn knows_value(&self, like: impl Fn(&str) -> bool) -> bool {
        self.contexts.iter().flat_map(|context| &context.values).any(|value| like(&value.text))
    }

    /// The value in any context of the image: contexts that know it, of all behaviours.
    pub(crate) fn marginal_level(&self, value: &str) -> Level {
        Level {
            count: self.marginal.get(&hash(value)).map_or(0.0, |contexts| f64::from(*contexts)),
            total: self.behaviours as f64,
            types: self.marginal.len() as f64,
        }
    }
}

impl Baseline {
    /// The value in its own context.
    pub(crate) fn level(&self, dimension: Dimension, context_name: &str, value: &str) -> Level {
        let Some(context) = self.table(dimension).context(context_name) else { return Level::default() };
        let count = |number: u32| self.cell(number).map_or(0.0, |cell| cell.count as f64);
        Level {
            count: self.find(dimension, context_name, value).map_or(0.0, count),
            total: context.values.iter().map(|value| count(value.cell)).sum(),
            types: context.values.len() as f64,
        }
    }

    /// How often each behaviour of a dimension was counted, context by context.
    pub(crate) fn counts(&self, dimension: Dimension) -> impl Iterator<Item = Vec<u64>> {
        let count = |value: &Value| self.cell(value.cell).map_or(0, |cell| cell.count);
        let contexts = self.table(dimension).contexts.iter();
        contexts.map(move |context| context.values.iter().map(count).collect())
    }

    /// All values of a context.
    pub(crate) fn values(&self, dimension: Dimension, context: &str) -> impl Iterator<Item = &str> {
        let context = self.table(dimension).context(context);
        context.into_iter().flat_map(|context| &context.values).map(|value| &*value.text)
    }

    /// All behaviours of a dimension in their order: context, value, whether that is a pattern, and the cell.
    pub(crate) fn behaviours(&self, dimension: Dimension) -> impl Iterator<Item = (&str, &str, bool, &Cell)> {
        let contexts = self.table(dimension).contexts.iter();
        let values = contexts.flat_map(|context| context.values.iter().map(|value| (&*context.name, value)));
        values.filter_map(|(context, value)| {
            Some((context, &*value.text, value.pattern, self.cell(value.cell)?))
        })
    }

    /// The most frequent values of a context, at most `limit`.
    pub(crate) fn most_frequent(
        &self,
        dimension: Dimension,
        context: &str,
        limit: usize,
    ) -> Vec<(&str, &Cell)> {
        let values = self.table(dimension).context(context).into_iter().flat_map(|context| &context.values);
        let mut known: Vec<(&str, &Cell)> = Vec::new();
        for value in values.filter_map(|value| Some((&*value.text, self.cell(value.cell)?))) {
            let before = |(text, cell): &(&str, &Cell)| (cell.count, value.0) > (value.1.count, text);
            let place = known.partition_point(before);
            // Of hundreds few are asked for: the rest is not even kept.
            if place < limit {
                known.insert(place, value);
                known.truncate(limit);
            }
        }
        known
    }
}

#[cfg(test)]
mod tests;
