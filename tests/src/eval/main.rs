//! `eval`: what the model says of the corpus, beside detectors of the field on the same recordings.
//!
//! Prints a table; writes tests/lab/RESULTS.md, tests/lab/results.json and the curves in tests/lab/curves.svg. What
//! counts is of the half of the corpus that was never fitted on (tests/lab/split.toml); nothing here is fitted. A corpus
//! in unseen/corpus beside it, which is made by other hands, is learned and judged by itself.

mod curves;
mod measure;
mod report;
mod unseen;

use anyhow::{Context, Result};
use clap::Parser;
use measure::{Figures, Outcome};
use plumbline_model::{Model, Params};
use plumbline_tests::{
    corpus::{Kind, Recording, Split, folder},
    forests::Events,
    trial::{Corpus, Trial, ignorant},
};
use std::path::PathBuf;
use unseen::Unseen;

#[derive(Parser)]
#[command(about = "Evaluates the model on the corpus of the lab")]
struct Cli {
    /// The corpus.
    #[arg(long, value_name = "DIRECTORY", default_value_os_t = folder())]
    corpus: PathBuf,
    /// Where RESULTS.md, results.json and curves.svg are written. Default: beside the corpus.
    #[arg(long, value_name = "DIRECTORY")]
    output: Option<PathBuf>,
    /// Leave out half-space trees and isolation forest, which come from PyPI.
    #[arg(long)]
    without_forests: bool,
    /// False alerts per image and week that drifts may raise, as plumbline-server's flag. Default: as there.
    #[arg(long, value_name = "NUMBER", default_value_t = Params::default().alerts_per_week)]
    alerts_per_week: f64,
    /// Print each scenario with what was said of it.
    #[arg(long)]
    verbose: bool,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let corpus = Corpus::read(&cli.corpus)?;
    let params = Params { alerts_per_week: cli.alerts_per_week, ..Params::default() };
    params.check()?;
    let model = corpus.learned(&params, corpus.of(Kind::Learn));
    let short = |kind: Kind, split: Split| -> Vec<&Recording> {
        corpus.of(kind).filter(|recording| recording.split == split).collect()
    };
    let judge = |model: &Model, recordings: &[&Recording]| -> Vec<Trial> {
        recordings.iter().map(|recording| corpus.judge(model, recording, |_| true)).collect()
    };
    let trials = |split: Split| -> Vec<Trial> {
        [Kind::Attack, Kind::Drift, Kind::Normal]
            .into_iter()
            .flat_map(|kind| judge(&model, &short(kind, split)))
            .collect()
    };
    let (held_out, fitted) = (trials(Split::Report), trials(Split::Fit));

    let all = |kind: Kind| corpus.of(kind).collect::<Vec<_>>();
    let poisoned: Vec<Trial> = judge(&ignorant(&params), &all(Kind::Poisoned));
    let after_poison = corpus.learned(&params, corpus.of(Kind::Learn).chain(corpus.of(Kind::Poisoned)));
    let attacks = [short(Kind::Attack, Split::Report), short(Kind::Drift, Split::Report)].concat();
    let after_poison = judge(&after_poison, &attacks);
    let upgrades = judge(&model, &all(Kind::Upgrade));
    let lossy = |number: usize| !number.is_multiple_of(10);
    let with_losses: Vec<Trial> =
        attacks.iter().map(|recording| corpus.judge(&model, recording, lossy)).collect();

    let beside = cli.corpus.parent().map(|parent| parent.join("unseen/corpus"));
    let unseen = beside.filter(|folder| folder.join("manifest.json").exists());
    let unseen = unseen.map(|folder| Corpus::read(&folder)).transpose()?;
    let unseen_trials = unseen.as_ref().map(|corpus| unseen::judged(corpus, &params)).unwrap_or_default();

    let mut outcome = Outcome {
        held_out: Figures::of(&held_out),
        fitted: Figures::of(&fitted),
        poisoned: Figures::of(&poisoned),
        after_poison: Figures::of(&after_poison),
        upgrades: Figures::of(&upgrades),
        with_losses: Figures::of(&with_losses),
        field: measure::field(&corpus),
        curves: vec![measure::own_curve(&held_out)],
        scenarios: measure::scenarios(&held_out),
        unseen: unseen.as_ref().map(|corpus| Unseen::of(corpus, &unseen_trials)),
        corpus: measure::Contents::of(&corpus),
    };
    if !cli.without_forests {
        let events = Events::of(&corpus, &model)?;
        for (figures, curve) in measure::forests(&events).context("half-space trees and isolation forest")? {
            outcome.field.push(figures);
            outcome.curves.push(curve);
        }
    }
    if cli.verbose {
        for (what, trials) in [
            ("held out", &held_out),
            ("may be fitted on", &fitted),
            ("attacks while learning", &poisoned),
            ("learned with attacks in it", &after_poison),
            ("new versions", &upgrades),
            ("unseen", &unseen_trials),
        ] {
            println!("## {what}");
            trials.iter().for_each(report::trial);
        }
    }
    report::print(&outcome);
    let output =
        cli.output.or_else(|| cli.corpus.parent().map(PathBuf::from)).context("no directory to write to")?;
    report::write(&outcome, &output)
}
