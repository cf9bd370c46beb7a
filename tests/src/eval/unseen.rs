//! The other corpus: images and scenarios made by hands that had not looked at the evidence the model weighs.
//!
//! It has a learning run of its own. Nothing of it is fitted on, and no weight was chosen by it.

use crate::measure::{Contents, Figures, Scenario, scenarios};
use plumbline_model::Params;
use plumbline_tests::{
    corpus::Kind,
    trial::{Corpus, Trial},
};

/// What was said of it.
pub(crate) struct Unseen {
    pub(crate) figures: Figures,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) corpus: Contents,
}

/// Its short runs, by a model that has learned its images and nothing else.
pub(crate) fn judged(corpus: &Corpus, params: &Params) -> Vec<Trial> {
    let model = corpus.learned(params, corpus.of(Kind::Learn));
    let short = [Kind::Attack, Kind::Drift, Kind::Normal].into_iter().flat_map(|kind| corpus.of(kind));
    short.map(|recording| corpus.judge(&model, recording, |_| true)).collect()
}

impl Unseen {
    pub(crate) fn of(corpus: &Corpus, trials: &[Trial]) -> Self {
        Self { figures: Figures::of(trials), scenarios: scenarios(trials), corpus: Contents::of(corpus) }
    }
}
