//! An image in the two forms in which it is stored: whole, and what has changed since.
//!
//! All but the baseline and open incidents is small and changes with every batch, so it is in both. Incidents that have
//! come to rest make a whole, or they would be stored with every change from then on. A whole has a number that what has
//! changed since names, so that one is never laid upon another. A number is used once in what is stored: it
//! rises with each whole, and who reads a state goes on from its number.

use super::{ImageState, tracked::Tracked};
use crate::baseline;
use serde::{Deserialize, Serialize};

/// How often an image was stored whole. Two states that know the same are equal, however they were stored.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Whole(u64);

impl PartialEq for Whole {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A form to store.
#[derive(Debug)]
pub enum Form<'a> {
    /// All of it. What was stored of changes before has no meaning any more.
    Whole(&'a ImageState),
    /// What has changed since it was whole.
    Changed(Changed<'a>),
}

/// What has changed of an image, to store; read again as a [`Delta`].
#[derive(Debug, Serialize)]
pub struct Changed<'a> {
    rest: &'a ImageState,
    same_incidents: bool,
    baseline: baseline::Delta,
}

/// What has changed of an image since it was stored whole.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Delta {
    /// All but its baseline, and its incidents if these are the same.
    rest: ImageState,
    same_incidents: bool,
    baseline: baseline::Delta,
}

impl ImageState {
    /// Shows the form in which it is to be stored now. Whatever is shown must be stored, in the order in which it is shown.
    pub fn store<T>(&mut self, as_form: impl FnOnce(Form<'_>) -> T) -> T {
        let at_rest = self.incidents.comes_to_rest() && !self.incidents.is_empty();
        match self.baseline.delta().filter(|_| !at_rest) {
            Some(baseline) => {
                let same_incidents = !self.incidents.is_touched();
                let whole = std::mem::take(&mut self.baseline);
                let incidents = same_incidents.then(|| std::mem::take(&mut self.incidents));
                let stored = as_form(Form::Changed(Changed { rest: self, same_incidents, baseline }));
                self.baseline = whole;
                self.incidents = incidents.unwrap_or_else(|| std::mem::take(&mut self.incidents));
                stored
            }
            None => {
                self.whole.0 += 1;
                self.keep_changes();
                as_form(Form::Whole(self))
            }
        }
    }

    /// A state that was stored whole and read again, with what has changed since, if anything has. `None` if that is not of
    /// it.
    pub fn restored(mut self, delta: Option<Delta>) -> Option<Self> {
        self.keep_changes();
        let Some(Delta { mut rest, same_incidents, baseline }) = delta else { return Some(self) };
        if (rest.whole.0, rest.lineage(), rest.digest()) != (self.whole.0, self.lineage(), self.digest()) {
            return None;
        }
        rest.baseline = self.baseline.changed(baseline)?;
        if same_incidents {
            rest.incidents = self.incidents;
        }
        Some(rest)
    }

    /// From now on it is kept what changes.
    fn keep_changes(&mut self) {
        self.baseline.keep_changes();
        self.incidents = Tracked::stored(std::mem::take(&mut *self.incidents));
    }

    /// How often it was stored whole.
    pub fn whole(&self) -> u64 {
        self.whole.0
    }
}

impl Delta {
    /// Key of the lineage and digest of the image.
    pub fn image(&self) -> (&str, &str) {
        (self.rest.lineage(), self.rest.digest())
    }

    /// The number of the whole that it belongs to.
    pub fn of(&self) -> u64 {
        self.rest.whole.0
    }
}
