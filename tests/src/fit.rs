//! `fit`: the weights of the logistic layer, fitted on that half of the corpus which may be, into
//! model/src/weights.rs. The same corpus gives the same bytes.
//!
//! A sample is an incident: the three sums that the layer sees, and what it really was. Multinomial logistic
//! regression (linfa) with a penalty on large weights. Signs that a judge would not accept are not accepted: evidence
//! for one verdict never makes another more probable, and surprise makes nothing more normal.
//!
//! What stands in model/src/weights.rs is still set by hand: fitted weights are better calibrated, but expect surprise
//! with every attack, so that one on an image nobody knows yet would pass for normal. That takes a layer which sees
//! how far the image has been learned.

use anyhow::{Context, Result, ensure};
use clap::Parser;
use linfa::prelude::*;
use linfa_logistic::MultiLogisticRegression;
use ndarray::{Array1, Array2};
use plumbline_model::{Params, Verdict};
use plumbline_tests::{
    corpus::{Kind, folder},
    trial::{Corpus, Trial, ignorant},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Penalty on the square of the weights.
const ALPHA: f64 = 1.0;
/// Sums are divided by this before the fit, so that the penalty bears on all alike.
const SCALE: f64 = 4.0;

#[derive(Parser)]
#[command(about = "Fits the weights of the logistic layer into model/src/weights.rs")]
struct Cli {
    /// The corpus.
    #[arg(long, value_name = "DIRECTORY", default_value_os_t = folder())]
    corpus: PathBuf,
}

fn main() -> Result<()> {
    let corpus = Corpus::read(&Cli::parse().corpus)?;
    let params = Params::default();
    let model = corpus.learned(&params, corpus.of(Kind::Learn));
    let mut samples = Vec::new();
    for recording in &corpus.manifest.recordings {
        let model = match recording.kind {
            Kind::Attack | Kind::Drift | Kind::Normal | Kind::Upgrade => &model,
            Kind::Poisoned | Kind::Learn => &ignorant(&params),
        };
        let trial = corpus.judge(model, recording, |_| true);
        if trial.may_fit() {
            samples.extend(rows(&trial));
        }
    }
    let count = |verdict| samples.iter().filter(|(_, truth)| *truth == verdict).count();
    let counts = [Verdict::Normal, Verdict::Drift, Verdict::Attack].map(count);
    ensure!(counts.iter().all(|count| *count > 0), "nothing of one verdict to fit on: {counts:?}");

    let features = Array2::from_shape_vec(
        (samples.len(), 3),
        samples.iter().flat_map(|(features, _)| features.map(|feature| feature / SCALE)).collect(),
    )?;
    let truth: Array1<usize> = samples.iter().map(|(_, truth)| *truth as usize).collect();
    let fitted = MultiLogisticRegression::default()
        .alpha(ALPHA)
        .max_iterations(1000)
        .fit(&Dataset::new(features, truth))
        .context("the regression does not converge")?;
    // Normal is the reference: only differences to it matter.
    let weight = |feature: usize, class: usize| {
        let all = fitted.params();
        (all[(feature, class)] - all[(feature, 0)]) / SCALE
    };
    let bias = |class: usize| fitted.intercept()[class] - fitted.intercept()[0];
    let (surprise, drift, attack) = (0, 1, 2);
    let drift_row = [
        bias(1),
        weight(surprise, 1).max(0.0),
        weight(drift, 1).max(0.0),
        weight(attack, 1).clamp(0.0, weight(attack, 2).max(0.0)),
    ];
    let attack_row = [
        bias(2),
        weight(surprise, 2).max(0.0),
        weight(drift, 2).clamp(0.0, weight(drift, 1).max(0.0)),
        weight(attack, 2).max(0.0),
    ];
    let line = |row: [f64; 4], name: &str| {
        let numbers = row.map(|number| format!("{number:.4}"));
        format!("    {}, // {name}\n", numbers.join(", "))
    };
    let text = format!(
        "//! Weights of the logistic layer, written by `cargo run -p plumbline-tests --bin fit`; not by hand.\n//!\n//! \
         Fitted on {} incidents of ordinary work, {} of drifts and {} of attacks.\n\n/// Rows drift and attack; columns \
         bias, surprise (nats), evidence for drift, evidence for attack.\n#[rustfmt::skip]\npub(crate) const WEIGHTS: \
         [f64; 8] = [\n{}{}];\n",
        counts[0],
        counts[1],
        counts[2],
        line(drift_row, "drift"),
        line(attack_row, "attack"),
    );
    print!("{text}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/src/weights.rs");
    fs::write(&path, text).with_context(|| format!("can't write {}", path.display()))
}

/// What the layer saw of each incident, and what it was.
fn rows(trial: &Trial) -> Vec<([f64; 3], Verdict)> {
    let sums = |judged: &plumbline_tests::trial::Judged| {
        let evidence = &judged.incident.evidence;
        [
            judged.incident.surprise,
            evidence.iter().map(|item| item.drift_weight).sum(),
            evidence.iter().map(|item| item.attack_weight).sum(),
        ]
    };
    trial.decided().map(|judged| (sums(judged), trial.truth(judged))).collect()
}
