//! What a state tells of what was learned, and the state that what was told elsewhere comes to.
//!
//! Not here: whether it is taken (`learning.rs` of the crate), the merging (`merge.rs`).

use super::ImageState;
use crate::{
    baseline::{Baseline, Cell},
    behaviour::Dimension,
    diff::KnownBehaviour,
    learning::{LearnedBehaviour, Learning},
    marks::marks,
    pattern::readable,
};

impl ImageState {
    /// All that was learned, to be told elsewhere.
    pub fn learning(&self) -> Learning {
        let told = |dimension: Dimension| {
            let behaviours = self.baseline.behaviours(dimension);
            behaviours.map(move |(context, value, is_pattern, cell)| LearnedBehaviour {
                known: KnownBehaviour {
                    dimension,
                    context: context.to_owned(),
                    value: readable(value).into_owned(),
                    count: cell.count,
                    first_seen_unix_ns: cell.first_seen_unix_ns,
                    last_seen_unix_ns: cell.last_seen_unix_ns,
                },
                marks: marks(value),
                is_pattern,
            })
        };
        let mut behaviours: Vec<_> = Dimension::ALL.into_iter().flat_map(told).collect();
        behaviours.sort();
        Learning {
            watched: Dimension::ALL.map(|dimension| self.exposures_of(dimension)),
            starts: self.starts,
            first_seen_unix_ns: self.first_seen_unix_ns,
            last_seen_unix_ns: self.last_seen_unix_ns,
            behaviours,
        }
    }

    /// What was told that is not known, as a state of the same image: merged with this one, it makes of windows and starts
    /// the larger number.
    pub(crate) fn news(&self, told: &Learning, denied: impl Fn((Dimension, &str, &str)) -> bool) -> Self {
        let news = told.behaviours.iter().filter_map(|behaviour| {
            let KnownBehaviour { dimension, context, count, first_seen_unix_ns, last_seen_unix_ns, .. } =
                &behaviour.known;
            let value = behaviour.exact()?;
            let is_known = self.baseline.find(*dimension, context, &value).is_some();
            if is_known || *dimension == Dimension::Rate || denied((*dimension, context, &value)) {
                return None;
            }
            let (first, last) = (*first_seen_unix_ns, *last_seen_unix_ns);
            let cell = Cell::taught(*dimension, behaviour.is_pattern, *count, first, last);
            Some((context.as_str().into(), value.into(), behaviour.is_pattern, cell))
        });
        let mut more = told.watched;
        for (more, dimension) in more.iter_mut().zip(Dimension::ALL) {
            let taken = if dimension == Dimension::Rate { 0 } else { *more };
            *more = taken.saturating_sub(self.exposures_of(dimension));
        }
        let exposures = more.into_iter().max().unwrap_or(0);
        Self {
            digest: self.digest.clone(),
            repository: self.repository.clone(),
            tag: self.tag.clone(),
            baseline: Baseline::of(news),
            exposures,
            unwatched: more.map(|more| exposures - more),
            starts: told.starts.saturating_sub(self.starts),
            first_seen_unix_ns: told.first_seen_unix_ns,
            last_seen_unix_ns: told.last_seen_unix_ns,
            archived: self.archived,
            ..Self::default()
        }
    }
}
