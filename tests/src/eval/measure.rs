//! The figures: how many attacks and drifts were told, how many were told rightly, and what was told in vain.

use crate::unseen::Unseen;
use anyhow::Result;
use plumbline_model::Verdict;
use plumbline_tests::{
    corpus::{Kind, Label, Split, Verdict as Truth},
    field::{self, facts},
    forests::{Events, Owner},
    trial::{Corpus, Trial, watch, weeks},
};
use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

/// Bins of the calibration error.
const BINS: usize = 10;

/// All that is reported.
pub(crate) struct Outcome {
    pub(crate) held_out: Figures,
    pub(crate) fitted: Figures,
    pub(crate) poisoned: Figures,
    pub(crate) after_poison: Figures,
    pub(crate) upgrades: Figures,
    pub(crate) with_losses: Figures,
    pub(crate) field: Vec<Peer>,
    pub(crate) curves: Vec<Curve>,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) unseen: Option<Unseen>,
    pub(crate) corpus: Contents,
}

/// What the corpus holds.
#[derive(Default)]
pub(crate) struct Contents {
    pub(crate) recordings: usize,
    pub(crate) images: usize,
    pub(crate) attacks: usize,
    pub(crate) drifts: usize,
    pub(crate) windows: u64,
}

impl Contents {
    pub(crate) fn of(corpus: &Corpus) -> Self {
        let recordings = &corpus.manifest.recordings;
        let count = |truth: Truth| {
            let ids = recordings.iter().flat_map(|recording| &recording.labels);
            ids.filter(|label| label.verdict == truth).map(|label| &label.id).collect::<BTreeSet<_>>().len()
        };
        Self {
            recordings: recordings.len(),
            images: corpus.manifest.images.len(),
            attacks: count(Truth::Attack),
            drifts: count(Truth::Drift),
            windows: recordings.iter().map(|recording| recording.windows).sum(),
        }
    }
}

/// What was said of one scenario.
pub(crate) struct Scenario {
    pub(crate) label: Label,
    pub(crate) said: Verdict,
    pub(crate) seconds: Option<f64>,
}

/// Figures of our model on some recordings. Shares are `NaN` where there was nothing to tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) attacks: usize,
    pub(crate) attacks_told: usize,
    pub(crate) attacks_called_attack: usize,
    pub(crate) drifts: usize,
    pub(crate) drifts_told: usize,
    pub(crate) drifts_called_drift: usize,
    pub(crate) false_alerts: usize,
    pub(crate) false_attacks: usize,
    pub(crate) weeks: f64,
    /// Median, in seconds.
    pub(crate) time_to_detect_s: f64,
    /// Expected calibration error over all incidents.
    pub(crate) ece: f64,
    pub(crate) incidents: usize,
}

pub(crate) fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

impl Figures {
    pub(crate) fn of(trials: &[Trial]) -> Self {
        let mut figures = Self::default();
        let mut seconds = Vec::new();
        for trial in trials {
            for (number, label) in trial.recording.labels.iter().enumerate() {
                let (verdict, told) = trial.told(number);
                let told_at_all = usize::from(told.is_some());
                match label.verdict {
                    Truth::Attack => {
                        figures.attacks += 1;
                        figures.attacks_told += told_at_all;
                        figures.attacks_called_attack += usize::from(verdict == Verdict::Attack);
                        seconds
                            .extend(told.map(|told| told.saturating_sub(label.start_unix_ns) as f64 / 1e9));
                    }
                    Truth::Drift => {
                        figures.drifts += 1;
                        figures.drifts_told += told_at_all;
                        figures.drifts_called_drift += usize::from(verdict == Verdict::Drift);
                    }
                }
            }
            figures.false_alerts += trial.false_alerts().count();
            figures.false_attacks +=
                trial.false_alerts().filter(|judged| judged.incident.verdict == Verdict::Attack).count();
            figures.weeks += trial.weeks;
            figures.incidents += trial.incidents.len();
        }
        seconds.sort_by(f64::total_cmp);
        figures.time_to_detect_s = seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN);
        figures.ece = calibration_error(trials);
        figures
    }

    pub(crate) fn false_alerts_per_image_week(&self) -> f64 {
        self.false_alerts as f64 / self.weeks
    }
}

/// Expected calibration error (Guo and others 2017, "On calibration of modern neural networks", section 2): the
/// mean distance of confidence and accuracy of the most probable verdict, over bins of equal width.
fn calibration_error(trials: &[Trial]) -> f64 {
    let mut bins = [(0_usize, 0.0, 0_usize); BINS];
    let mut all = 0;
    for trial in trials {
        for judged in trial.decided() {
            let p = judged.incident.probabilities;
            let top = p.normal.max(p.drift).max(p.attack);
            let right = p.of(trial.truth(judged)) >= top;
            let bin = ((top * BINS as f64) as usize).min(BINS - 1);
            if let Some((count, confidence, hits)) = bins.get_mut(bin) {
                *count += 1;
                *confidence += top;
                *hits += usize::from(right);
            }
            all += 1;
        }
    }
    bins.iter().map(|(_, confidence, hits)| (confidence - *hits as f64).abs()).sum::<f64>() / all as f64
}

/// Each scenario with what was said of it.
pub(crate) fn scenarios(trials: &[Trial]) -> Vec<Scenario> {
    let mut all = Vec::new();
    for trial in trials {
        for (number, label) in trial.recording.labels.iter().enumerate() {
            let (said, told) = trial.told(number);
            let seconds = told.map(|told| told.saturating_sub(label.start_unix_ns) as f64 / 1e9);
            all.push(Scenario { label: label.clone(), said, seconds });
        }
    }
    all.sort_by(|a, b| a.label.id.cmp(&b.label.id));
    all
}

/// A detector that only says yes or no.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) attack_recall: f64,
    pub(crate) drift_recall: f64,
    pub(crate) false_alerts_per_image_week: f64,
    pub(crate) time_to_detect_s: f64,
}

/// Recall of attacks at each rate of false alerts.
pub(crate) struct Curve {
    pub(crate) name: String,
    /// False alerts per image and week, recall; from the strictest setting on.
    pub(crate) points: Vec<(f64, f64)>,
}

impl Curve {
    /// Recall at no more than so many false alerts.
    fn recall_at(&self, false_alerts: f64) -> f64 {
        let within = self.points.iter().filter(|(at, _)| *at <= false_alerts);
        within.map(|(_, recall)| *recall).fold(0.0, f64::max)
    }

    /// At how many points of another detector this one tells more of the attacks, as many and fewer, at no more false
    /// alerts than there.
    pub(crate) fn against(&self, points: &[(f64, f64)]) -> [usize; 3] {
        let mut count = [0; 3];
        for (false_alerts, recall) in points {
            let place = match self.recall_at(*false_alerts).total_cmp(recall) {
                Ordering::Greater => 0,
                Ordering::Equal => 1,
                Ordering::Less => 2,
            };
            count.iter_mut().skip(place).take(1).for_each(|points| *points += 1);
        }
        count
    }
}

/// Our own curve against each other detector: its name and, of its points, how many are worse, as good and better. One
/// without a curve has a single point.
pub(crate) fn against(curves: &[Curve], peers: &[Peer]) -> Vec<(String, [usize; 3])> {
    let Some((own, others)) = curves.split_first() else { return Vec::new() };
    let one = |peer: &Peer| vec![(peer.false_alerts_per_image_week, peer.attack_recall)];
    let points = |peer: &Peer| {
        others.iter().find(|c| c.name == peer.name).map_or_else(|| one(peer), |c| c.points.clone())
    };
    peers.iter().map(|peer| (peer.name.clone(), own.against(&points(peer)))).collect()
}

/// Scores of what a detector could alert, and whose they are.
#[derive(Default)]
pub(crate) struct Scores {
    /// Highest score of each attack.
    pub(crate) attacks: Vec<f64>,
    /// Score of each distinct thing of ordinary work.
    pub(crate) ordinary: Vec<f64>,
    pub(crate) weeks: f64,
}

impl Scores {
    pub(crate) fn curve(&self, name: &str) -> Curve {
        let mut thresholds = [self.attacks.as_slice(), &self.ordinary].concat();
        thresholds.sort_by(|a, b| b.total_cmp(a));
        thresholds.dedup();
        let above =
            |scores: &[f64], threshold: f64| scores.iter().filter(|score| **score >= threshold).count();
        let points = thresholds.iter().map(|threshold| {
            let recall = share(above(&self.attacks, *threshold), self.attacks.len());
            (above(&self.ordinary, *threshold) as f64 / self.weeks, recall)
        });
        Curve { name: name.into(), points: points.collect() }
    }
}

/// Our own curve: over the probability that something is not normal.
pub(crate) fn own_curve(trials: &[Trial]) -> Curve {
    let mut scores = Scores::default();
    for trial in trials {
        scores.weeks += trial.weeks;
        let suspicion = |normal: f64| 1.0 - normal;
        for (number, label) in trial.recording.labels.iter().enumerate() {
            if label.verdict == Truth::Attack {
                let own = trial.incidents.iter().filter(|judged| judged.label == Some(number));
                scores.attacks.push(
                    own.map(|judged| suspicion(judged.incident.probabilities.normal)).fold(0.0, f64::max),
                );
            }
        }
        let ordinary = trial.incidents.iter().filter(|judged| judged.label.is_none());
        scores.ordinary.extend(ordinary.map(|judged| suspicion(judged.incident.probabilities.normal)));
    }
    scores.curve("plumbline")
}

/// The detectors of the field on the half that is reported.
pub(crate) fn field(corpus: &Corpus) -> Vec<Peer> {
    let window_ns = corpus.manifest.window_ns;
    let digests = corpus.digests();
    let mut peers = Vec::new();
    for mut learned in field::all() {
        for recording in corpus.of(Kind::Learn) {
            for batch in corpus.batches(recording) {
                for fact in facts(&batch).filter(|fact| digests.contains(fact.digest)) {
                    learned.observe(&fact, window_ns);
                }
            }
        }
        let mut told = BTreeMap::from([(Truth::Attack, (0, 0)), (Truth::Drift, (0, 0))]);
        let (mut false_alerts, mut weeks_in_all, mut seconds) = (0, 0.0, Vec::new());
        for recording in corpus.manifest.recordings.iter().filter(|r| r.split == Split::Report) {
            if !matches!(recording.kind, Kind::Attack | Kind::Drift | Kind::Normal) {
                continue;
            }
            let mut detector = learned.copy();
            let mut vain: BTreeSet<(String, String)> = BTreeSet::new();
            let mut first: BTreeMap<usize, u64> = BTreeMap::new();
            let mut watched = BTreeSet::new();
            for batch in corpus.batches(recording) {
                watch(&batch, &digests, &mut watched);
                for fact in facts(&batch).filter(|fact| digests.contains(fact.digest)) {
                    let Some(key) = detector.observe(&fact, window_ns) else { continue };
                    let now = fact.event.time_unix_ns;
                    match recording.label_of(&corpus.manifest.images, fact.container, fact.digest, now) {
                        Some(label) => {
                            first.entry(label).or_insert(now);
                        }
                        None => {
                            vain.insert((fact.container.to_owned(), key));
                        }
                    }
                }
            }
            weeks_in_all += weeks(&watched);
            false_alerts += vain.len();
            for (number, label) in recording.labels.iter().enumerate() {
                let (all, hit) = told.entry(label.verdict).or_default();
                *all += 1;
                *hit += usize::from(first.contains_key(&number));
                if let (Truth::Attack, Some(at)) = (label.verdict, first.get(&number)) {
                    seconds.push(at.saturating_sub(label.start_unix_ns) as f64 / 1e9);
                }
            }
        }
        seconds.sort_by(f64::total_cmp);
        let recall = |truth: Truth| told.get(&truth).map_or(f64::NAN, |(all, hit)| share(*hit, *all));
        peers.push(Peer {
            name: learned.name().into(),
            attack_recall: recall(Truth::Attack),
            drift_recall: recall(Truth::Drift),
            false_alerts_per_image_week: false_alerts as f64 / weeks_in_all,
            time_to_detect_s: seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN),
        });
    }
    peers
}

/// Half-space trees and isolation forest, at the setting with the best recall at no more than one false alert a week,
/// and over all settings.
pub(crate) fn forests(events: &Events) -> Result<Vec<(Peer, Curve)>> {
    let mut all = Vec::new();
    for (name, scored) in events.scored()? {
        let mut highest: BTreeMap<_, f64> = events.attacks.iter().map(|attack| (*attack, 0.0)).collect();
        let mut ordinary: BTreeMap<&str, f64> = BTreeMap::new();
        for (owner, score) in events.owners.iter().zip(&scored.scores) {
            let best = match owner {
                Owner::Attack(recording, label) => highest.entry((*recording, *label)).or_default(),
                Owner::Ordinary(what) => ordinary.entry(what).or_default(),
                Owner::Drift => continue,
            };
            *best = best.max(*score);
        }
        let scores = Scores {
            attacks: highest.into_values().collect(),
            ordinary: ordinary.into_values().collect(),
            weeks: events.weeks,
        };
        let curve = scores.curve(&name);
        let best = curve.points.iter().rfind(|(false_alerts, _)| *false_alerts <= 1.0).copied();
        let (false_alerts_per_image_week, attack_recall) = best.unwrap_or((0.0, 0.0));
        let (drift_recall, time_to_detect_s) = (f64::NAN, f64::NAN);
        let peer = Peer { name, attack_recall, drift_recall, false_alerts_per_image_week, time_to_detect_s };
        all.push((peer, curve));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_compared_at_no_more_false_alerts_than_the_other_has() {
        let own = Curve { name: "own".into(), points: vec![(1.0, 0.5), (3.0, 0.9)] };
        assert_eq!(own.against(&[(0.5, 0.1)]), [0, 0, 1], "it tells nothing yet");
        assert_eq!(own.against(&[(1.0, 0.5), (2.9, 0.5), (5.0, 0.8)]), [1, 2, 0]);
    }
}
