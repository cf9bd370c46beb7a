//! Rows of a table that a shard sees: they close ranks, so that what is of others costs it nothing.
//!
//! A batch has something for most shards, and each shard reads it. Rows keep their order, so what was sorted stays sorted.
//! Not here: which rows a shard sees (`wire.rs`).

/// Where rows stand among those that are shown.
#[derive(Debug)]
pub(super) struct Shown {
    /// By row; `u32::MAX` where it is not shown.
    places: Vec<u32>,
    rows: Vec<usize>,
}

impl Shown {
    /// Says of each row whether it is shown. A table has fewer rows than 2^32.
    pub(super) fn of(shown: impl Iterator<Item = bool>) -> Self {
        let mut rows = Vec::new();
        let place = |(row, is_shown): (usize, bool)| {
            if !is_shown {
                return u32::MAX;
            }
            rows.push(row);
            rows.len() as u32 - 1
        };
        let places = shown.enumerate().map(place).collect();
        Self { places, rows }
    }

    /// Where a row stands; `None` if it is not shown.
    pub(super) fn place(&self, row: u32) -> Option<usize> {
        self.places.get(row as usize).filter(|place| **place != u32::MAX).map(|place| *place as usize)
    }

    /// The rows that are shown.
    pub(super) fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// Those of a table.
    pub(super) fn of_table<'t, T>(&self, table: &'t [T]) -> impl Iterator<Item = &'t T> {
        self.rows.iter().filter_map(|row| table.get(*row))
    }

    pub(super) fn into_rows(self) -> Vec<usize> {
        self.rows
    }
}
