//! `fit`: the weights of the model, fitted on that half of the corpus which may be, into model/src/weights.rs. The same
//! corpus gives the same bytes.
//!
//! In four steps, each by what the one before it found. The hierarchy: discount and concentration of each dimension, those
//! under which the counts that its images learned are most probable. The evidence: how far what the rows of the table
//! weigh between drift and attack should be moved from what was set by hand, by a logistic regression on the attacks and
//! drifts that a learned model judged, with a penalty on moving; a row that no recording has stays. The logistic
//! layers: a sample is an incident, what the layers see and what it really was, by multinomial logistic
//! regression. Every recording is judged by a model that has learned all, some or nothing, so that the layers see every
//! degree of confidence. The thresholds: for each of some budgets of false alerts, how probable it must be that something is
//! not normal so that ordinary work of images that are learned, wholly or in part, is called drift no more often, judged
//! by what was fitted. Signs that a judge would not accept are not accepted: evidence for attack never makes anything
//! else more probable than attack, and surprise makes nothing more normal.

mod cross;
mod evidence;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use evidence::fit_evidence;
use linfa::prelude::*;
use linfa_logistic::MultiLogisticRegression;
use ndarray::{Array1, Array2};
use plumbline_model::{
    Dimension, EVIDENCE, EvidenceRow, Features, Hierarchy, ImageState, Incident, Layer, Model, Params,
    Probabilities, Threshold, Verdict, Weights,
};
use plumbline_tests::{
    corpus::{Kind, Split, Verdict as Truth, folder},
    trial::{Corpus, Judged, Trial},
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Penalty on the square of the weights.
const ALPHA: f64 = 1.0;
/// Sums are divided by this before the fit, so that the penalty bears on all alike.
const SCALE: f64 = 4.0;
/// What must hold whatever was recorded, each as so many incidents: surprise, evidence for drift and for attack, confidence.
const PRIOR: [(Features, Verdict); 10] = [
    ([3.5, 0.0, 0.0, 1.0], Verdict::Normal),
    // A running container does not change: something new in a learned image is drift, with an operator or without.
    ([6.5, 0.0, 0.0, 1.0], Verdict::Drift),
    ([6.5, 1.5, 0.0, 1.0], Verdict::Drift),
    ([12.0, 0.0, 2.0, 1.0], Verdict::Drift),
    ([8.0, 0.0, 8.0, 1.0], Verdict::Attack),
    ([8.0, 1.5, 9.0, 1.0], Verdict::Attack),
    // Of an image that nobody knows yet only clear evidence says anything.
    ([0.0, 1.5, 0.0, 0.0], Verdict::Normal),
    ([0.0, 0.3, 4.5, 0.0], Verdict::Normal),
    ([0.0, 0.0, 11.0, 0.0], Verdict::Attack),
    // One clear fact that no operator brings with him is enough in a learned image.
    ([12.0, 0.0, 4.5, 1.0], Verdict::Attack),
];
const TIMES: usize = 20;
/// Behaviours of a dimension that are too few to fit its hierarchy on.
const FEW: usize = 10;
/// Budgets of false alerts per image and week that there are thresholds for.
const BUDGETS: [f64; 7] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];
/// Strictest and most lenient threshold.
const STRICTEST: f64 = 0.95;
const LENIENT: f64 = 0.5;
/// How much of the learning run the models have seen under which the incidents come about.
const LEARNED: [f64; 3] = [1.0, 0.1, 0.0];

#[derive(Parser)]
#[command(about = "Fits the weights of the model into model/src/weights.rs")]
struct Cli {
    /// The corpus.
    #[arg(long, value_name = "DIRECTORY", default_value_os_t = folder())]
    corpus: PathBuf,
    /// Write nothing; fit once for each family, without it, and say what is then said of it.
    #[arg(long)]
    cross_validate: bool,
}

/// An incident and what it really was.
#[derive(Clone, Debug)]
struct Sample {
    /// What the layers see of it.
    features: Features,
    /// How much of the weight of each row of the evidence table it has, in the table's order.
    shares: Vec<f64>,
    truth: Verdict,
    /// The family or the recording it is of.
    group: String,
    /// The scenario, how it came in and the image; of ordinary work the recording and the story.
    scenario: String,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let corpus = Corpus::read(&cli.corpus)?;
    let images = may_fit(&corpus);
    let mut params = Params { weights: Weights::by_hand(), ..Params::default() };
    let learned = corpus.learned(&params, corpus.of(Kind::Learn));
    let states: Vec<&ImageState> = learned.images().filter(|image| images.contains(image.digest())).collect();
    for (dimension, hierarchy) in Dimension::ALL.into_iter().zip(&mut params.weights.hierarchy) {
        *hierarchy = fit_hierarchy(&states, dimension, *hierarchy);
    }

    let known = judged(&corpus, &params, 1.0);
    let known: Vec<Sample> =
        known.iter().flat_map(|trial| samples(trial, &params.weights, &images)).collect();
    params.weights.evidence = fit_evidence(&known)?.into();

    let all: Vec<Vec<Sample>> = LEARNED
        .iter()
        .map(|share| {
            let trials = judged(&corpus, &params, *share);
            trials.iter().flat_map(|trial| samples(trial, &params.weights, &images)).collect()
        })
        .collect();
    if cli.cross_validate {
        return cross::validate(&known, &all);
    }
    let samples = all.concat();
    let count = |verdict| samples.iter().filter(|sample| sample.truth == verdict).count();
    let counts = [Verdict::Normal, Verdict::Drift, Verdict::Attack].map(count);
    ensure!(counts.iter().all(|count| *count > 0), "nothing of one verdict to fit on: {counts:?}");
    [params.weights.unknown, params.weights.learned] = fit_layers(&samples, ALPHA)?;

    // Judged anew: what is told is not learned, so that ordinary work is other news under these weights.
    let learned = LEARNED.iter().filter(|share| **share > 0.0);
    let learned: Vec<Trial> = learned.flat_map(|share| judged(&corpus, &params, *share)).collect();
    params.weights.thresholds = fit_thresholds(&learned, &params.weights).into();

    let model = corpus.learned(&params, corpus.of(Kind::Learn));
    in_sample(&corpus, &model);
    let text = source(&params, counts);
    print!("{text}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/src/weights.rs");
    fs::write(&path, text).with_context(|| format!("can't write {}", path.display()))
}

/// Says how the half comes out that was fitted on.
fn in_sample(corpus: &Corpus, model: &Model) {
    let short = corpus.manifest.recordings.iter().filter(|recording| {
        recording.split == Split::Fit && matches!(recording.kind, Kind::Attack | Kind::Drift | Kind::Normal)
    });
    let (mut counts, mut vain, mut weeks) = ([(Verdict::Attack, 0, 0), (Verdict::Drift, 0, 0)], 0_u32, 0.0);
    for recording in short {
        let trial = corpus.judge(model, recording, |_| true);
        for (number, label) in recording.labels.iter().enumerate() {
            let truth = if label.verdict == Truth::Attack { Verdict::Attack } else { Verdict::Drift };
            let (said, _) = trial.told(number);
            for (_, right, all) in counts.iter_mut().filter(|(verdict, _, _)| *verdict == truth) {
                *all += 1;
                *right += usize::from(said == truth);
            }
            if said != truth {
                eprintln!("{} by {} is {}, was called {}", label.id, label.entry, truth.name(), said.name());
            }
        }
        for judged in trial.false_alerts() {
            eprintln!("in vain: {}", judged.incident.story);
            vain += 1;
        }
        weeks += trial.weeks;
    }
    for (verdict, right, all) in counts {
        eprintln!("called {}: {right} of {all}", verdict.name());
    }
    eprintln!("{:.2} false alerts per image-week", f64::from(vain) / weeks);
}

/// What may be fitted on, judged by a model that has seen so much of the learning run.
fn judged(corpus: &Corpus, params: &Params, share: f64) -> Vec<Trial> {
    let model = corpus.learned_in_part(params, corpus.of(Kind::Learn), share);
    let recordings = corpus.manifest.recordings.iter().filter(|recording| recording.split == Split::Fit);
    // The learning run is news only to a model that has not seen it.
    let news = recordings.filter(|recording| recording.kind != Kind::Learn || share == 0.0);
    let mut trials: Vec<Trial> = news.map(|recording| corpus.judge(&model, recording, |_| true)).collect();
    // What operators do as a matter of course is drift by rights until it has been seen.
    let session =
        |incident: &Incident| incident.evidence.iter().any(|item| item.name == "runtime_exec_session");
    for trial in trials.iter_mut().filter(|_| share < 1.0) {
        trial.incidents.retain(|judged| judged.label.is_some() || !session(&judged.incident));
    }
    trials
}

/// Digests of the images of which something may be fitted on.
fn may_fit(corpus: &Corpus) -> BTreeSet<&str> {
    let recordings = corpus.manifest.recordings.iter();
    let short = recordings.filter(|r| r.split == Split::Fit && !matches!(r.kind, Kind::Learn | Kind::Normal));
    short
        .flat_map(|r| &r.images)
        .filter_map(|image| corpus.manifest.images.get(image))
        .map(String::as_str)
        .collect()
}

/// Discount and concentration under which the counts of a dimension are most probable, of a grid; as before if it has
/// too few.
fn fit_hierarchy(images: &[&ImageState], dimension: Dimension, before: Hierarchy) -> Hierarchy {
    let contexts: Vec<Vec<u64>> = images.iter().flat_map(|image| image.counts(dimension)).collect();
    if contexts.iter().map(Vec::len).sum::<usize>() < FEW {
        return before;
    }
    let discounts = (0..20).map(|step| f64::from(step) / 20.0);
    let grid = discounts.flat_map(|discount| {
        (-12..=12).map(move |step| Hierarchy { discount, concentration: (f64::from(step) / 2.0).exp2() })
    });
    let best = grid.max_by(|a, b| log_likelihood(&contexts, *a).total_cmp(&log_likelihood(&contexts, *b)));
    best.unwrap_or(before)
}

/// Logarithm of the probability of counts under Pitman-Yor processes, one for each context (Pitman 1995, "Exchangeable and
/// partially exchangeable random partitions", proposition 9).
fn log_likelihood(contexts: &[Vec<u64>], Hierarchy { discount, concentration }: Hierarchy) -> f64 {
    let rising = |from: f64, steps: u64| (0..steps).map(|step| (from + step as f64).ln()).sum::<f64>();
    let of = |counts: &Vec<u64>| {
        let total: u64 = counts.iter().sum();
        let new: f64 = (1..counts.len()).map(|types| (concentration + discount * types as f64).ln()).sum();
        let again: f64 = counts.iter().map(|count| rising(1.0 - discount, count.saturating_sub(1))).sum();
        new - rising(concentration + 1.0, total.saturating_sub(1)) + again
    };
    contexts.iter().map(of).sum()
}

/// The incidents of a recording that calibration is about, as judged by some weights.
fn samples(trial: &Trial, weights: &Weights, images: &BTreeSet<&str>) -> Vec<Sample> {
    let own = trial.decided().filter(|judged| images.contains(judged.incident.image_digest.as_str()));
    let sample = |judged: &Judged| {
        let label = judged.label.and_then(|label| trial.recording.labels.get(label));
        let share = |row: &EvidenceRow| {
            let item = judged.incident.evidence.iter().find(|item| item.name == row.name);
            let (drift, attack) = weights.of_row(row);
            item.map_or(0.0, |item| (item.drift_weight + item.attack_weight) / (drift + attack))
        };
        Sample {
            features: judged.incident.features(),
            shares: EVIDENCE.iter().map(share).collect(),
            truth: trial.truth(judged),
            group: label.map_or_else(|| trial.recording.file.clone(), |label| label.family.clone()),
            scenario: label.map_or_else(
                || format!("{} ({})", trial.recording.file, judged.incident.story),
                |label| format!("{} by {} in {}", label.id, label.entry, label.image),
            ),
        }
    };
    own.map(sample).collect()
}

/// The layers of an image that nobody knows and of one that is learned: one regression, in which each feature stands
/// twice, weighed by how much of the one and of the other the image is.
fn fit_layers<'s>(samples: impl IntoIterator<Item = &'s Sample>, alpha: f64) -> Result<[Layer; 2]> {
    let samples = samples.into_iter().map(|sample| (sample.features, sample.truth));
    let prior = PRIOR.iter().flat_map(|sample| std::iter::repeat_n(*sample, TIMES));
    let samples: Vec<(Features, Verdict)> = samples.chain(prior).collect();
    let twice = samples.iter().flat_map(|([surprise, drift, attack, confidence], _)| {
        let once = [1.0, surprise / SCALE, drift / SCALE, attack / SCALE];
        let (mut unknown, learned) = (once.map(|f| f * (1.0 - confidence)), once.map(|f| f * confidence));
        // Where nothing is known nothing surprises; the little there is would be weighed by guess.
        unknown[1] = 0.0;
        unknown.into_iter().chain(learned)
    });
    let features = Array2::from_shape_vec((samples.len(), 8), twice.collect())?;
    let truth: Array1<usize> = samples.iter().map(|(_, truth)| *truth as usize).collect();
    let fitted = MultiLogisticRegression::default()
        .alpha(alpha)
        .max_iterations(10_000)
        .fit(&Dataset::new(features, truth))
        .context("the regression does not converge")?;
    // Normal is the reference: only differences to it matter.
    let bias = |class: usize| fitted.intercept()[class] - fitted.intercept()[0];
    let weight = |at: usize, class: usize| fitted.params()[(at, class)] - fitted.params()[(at, 0)];
    Ok([0, 4].map(|first| {
        let row = |class: usize| {
            let of = |feature: usize| weight(first + feature, class) / SCALE;
            [bias(class) + weight(first, class), of(1).max(0.0), of(2), of(3)]
        };
        let [drift, attack] = [row(1), row(2)];
        let [drift_bias, drift_surprise, drift_drift, drift_attack] = drift;
        let [attack_bias, attack_surprise, attack_drift, attack_attack] = attack;
        // What speaks against one speaks for the other, rather than for normal: the odds between them stay.
        let (against_attack, against_drift) = (attack_drift.min(0.0), drift_attack.min(0.0));
        let (attack_drift, drift_attack) = (attack_drift - against_attack, drift_attack - against_drift);
        let drift_drift = (drift_drift - against_attack).max(attack_drift);
        let attack_attack = (attack_attack - against_drift).max(drift_attack);
        [
            [drift_bias, drift_surprise, drift_drift, drift_attack],
            [attack_bias, attack_surprise, attack_drift, attack_attack],
        ]
    }))
}

fn fit_thresholds(trials: &[Trial], weights: &Weights) -> Vec<Threshold> {
    let weeks: f64 = trials.iter().map(|trial| trial.weeks).sum();
    let judged = trials.iter().flat_map(|trial| &trial.incidents);
    thresholds(judged.map(|judged| (judged.label, weights.posterior(judged.incident.features()))), weeks)
}

/// For each budget the least suspicion, in hundredths, at which ordinary work is called drift no more often; of incidents
/// in so many weeks, each with its label, if it has one, and what it is taken for. Where even the strictest is not strict
/// enough it stays with that.
fn thresholds(incidents: impl Iterator<Item = (Option<usize>, Probabilities)>, weeks: f64) -> Vec<Threshold> {
    let in_vain: Vec<f64> = incidents
        .filter(|(label, p)| label.is_none() && p.verdict() == Verdict::Drift)
        .map(|(_, p)| p.suspicion())
        .collect();
    let per_week = |suspicion: f64| in_vain.iter().filter(|s| **s >= suspicion).count() as f64 / weeks;
    let hundredths = (LENIENT * 100.0) as u32..(STRICTEST * 100.0) as u32;
    let of = |alerts_per_week: f64| {
        let enough =
            hundredths.clone().map(|h| f64::from(h) / 100.0).find(|s| per_week(*s) <= alerts_per_week);
        Threshold { alerts_per_week, suspicion: enough.unwrap_or(STRICTEST) }
    };
    BUDGETS.into_iter().map(of).collect()
}

/// The file model/src/weights.rs.
fn source(params: &Params, [normal, drift, attack]: [usize; 3]) -> String {
    let row = |row: [f64; 4], name: &str| {
        let numbers = row.map(|number| format!("{number:.4}"));
        format!("        [{}], // {name}\n", numbers.join(", "))
    };
    let layer = |[drift, attack]: Layer| format!("{}{}", row(drift, "drift"), row(attack, "attack"));
    let evidence = params.weights.evidence.iter();
    let evidence =
        evidence.map(|(name, drift, attack)| format!("        (\"{name}\", {drift:.2}, {attack:.2}),\n"));
    let thresholds = params.weights.thresholds.iter().map(|Threshold { alerts_per_week, suspicion }| {
        format!("        Threshold {{ alerts_per_week: {alerts_per_week:.2}, suspicion: {suspicion:.2} }},\n")
    });
    let hierarchy = Dimension::ALL.into_iter().zip(params.weights.hierarchy).map(|(dimension, of)| {
        let Hierarchy { discount, concentration } = of;
        format!(
            "        Hierarchy {{ discount: {discount:.2}, concentration: {concentration:.3} }}, // {}\n",
            dimension.name()
        )
    });
    format!(
        "//! Weights of the model, written by `cargo run -p plumbline-tests --bin fit`; not by hand.\n//!\n//! Fitted on \
         {normal} incidents of ordinary work, {drift} of drifts and {attack} of attacks, each under models that had \
         learned all, some\n//! or nothing.\n\nuse crate::params::{{Hierarchy, Threshold, Weights}};\nuse std::borrow::Cow;\n\n/// What the model comes \
         with.\n#[rustfmt::skip]\n#[allow(clippy::approx_constant, reason = \"what is fitted may come near any constant\")]\npub(crate) const FITTED: Weights = Weights {{\n    // bias, surprise, evidence for \
         drift, evidence for attack\n    unknown: [\n{}    ],\n    learned: [\n{}    ],\n    evidence: Cow::Borrowed(&[\n{}    ]),\n    thresholds: Cow::Borrowed(&[\n{}    ]),\n    hierarchy: [\n{}    ],\n}};\n",
        layer(params.weights.unknown),
        layer(params.weights.learned),
        evidence.collect::<String>(),
        thresholds.collect::<String>(),
        hierarchy.collect::<String>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An incident that is probably drift, and for the rest normal.
    fn drift(suspicion: f64) -> (Option<usize>, Probabilities) {
        (None, Probabilities { normal: 1.0 - suspicion, drift: suspicion, attack: 0.0 })
    }

    /// The threshold of each budget, from the smallest to the largest.
    fn fitted(incidents: &[(Option<usize>, Probabilities)], weeks: f64) -> [f64; BUDGETS.len()] {
        let fitted = thresholds(incidents.iter().copied(), weeks);
        assert!(fitted.iter().map(|threshold| threshold.alerts_per_week).eq(BUDGETS));
        let all: Vec<f64> = fitted.into_iter().map(|threshold| threshold.suspicion).collect();
        all.try_into().unwrap()
    }

    #[test]
    fn a_threshold_is_the_least_that_keeps_to_its_budget() {
        let four = [0.52, 0.61, 0.705, 0.83].map(drift);
        assert_eq!(fitted(&four, 1.0), [0.84, 0.84, 0.71, 0.62, 0.5, 0.5, 0.5]);
        assert_eq!(fitted(&four, 4.0), [0.71, 0.62, 0.5, 0.5, 0.5, 0.5, 0.5], "in four weeks as many");
        let turned: Vec<_> = four.into_iter().rev().collect();
        assert_eq!(fitted(&turned, 1.0), fitted(&four, 1.0));
    }

    #[test]
    fn what_is_equally_probable_is_told_together_or_not_at_all() {
        let tied = [0.7; 3].map(drift);
        assert_eq!(fitted(&tied, 1.0), [0.71, 0.71, 0.71, 0.71, 0.5, 0.5, 0.5]);
    }

    #[test]
    fn without_alerts_in_vain_no_threshold_is_needed() {
        assert_eq!(fitted(&[], 1.0), [LENIENT; BUDGETS.len()]);
        let labelled = (Some(0), drift(0.9).1);
        let attack = (None, Probabilities { normal: 0.1, drift: 0.3, attack: 0.6 });
        let normal = (None, Probabilities { normal: 0.4, drift: 0.3, attack: 0.3 });
        let none = [labelled, attack, normal].repeat(100);
        assert_eq!(fitted(&none, 1.0), [LENIENT; BUDGETS.len()], "drifts, attacks and what is normal");
    }

    #[test]
    fn a_budget_that_no_threshold_keeps_gets_the_strictest() {
        let sure = [drift(0.99), drift(0.99), drift(0.6)];
        assert_eq!(fitted(&sure, 1.0), [STRICTEST, STRICTEST, STRICTEST, 0.61, 0.5, 0.5, 0.5]);
        assert_eq!(fitted(&[drift(0.945)], 1.0)[0], STRICTEST, "and one that only the strictest keeps");
    }
}
