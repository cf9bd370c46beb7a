//! Half-space trees and an isolation forest over the features of events, run by the libraries that people use.
//!
//! They know no images: what they see of an event are numbers, texts as hashes. Python and the libraries come from
//! PyPI into target/eval.

use crate::{
    corpus::{Kind, Label, Split, Verdict, sha256},
    field::{Fact, facts},
    trial::{Corpus, watch, weeks},
};
use anyhow::{Context, Result, ensure};
use plumbline_model::{Model, event::Action};
use serde::Deserialize;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

const SCRIPT: &str = include_str!("forests.py");
const PACKAGES: [&str; 2] = ["river==0.26.1", "scikit-learn==1.9.1"];
/// Events learned from at most: the newest half-space trees forget the rest.
const LEARNED: usize = 50_000;

/// What a detector made of the events.
#[derive(Debug, Deserialize)]
pub struct Scored {
    /// How many it scores a second, one at a time.
    pub events_per_s: f64,
    /// One of each event, in their order: higher is odder.
    pub scores: Vec<f64>,
}

/// Whose an event is.
#[derive(Debug)]
pub enum Owner {
    /// An attack: number of the recording among those reported, and of its label.
    Attack(usize, usize),
    /// Ordinary work: events that look the same to the forests in one container are one thing.
    Ordinary(String),
    /// A drift.
    Drift,
}

/// The events that are scored: those of the half that is reported.
#[derive(Debug)]
pub struct Events {
    /// Whose each is.
    pub owners: Vec<Owner>,
    /// Their attacks.
    pub attacks: Vec<(usize, usize)>,
    /// Weeks in which they happened.
    pub weeks: f64,
    /// What the model says of each: bits of surprise.
    pub surprise: Vec<f64>,
    lines: Vec<u8>,
}

impl Events {
    /// Events of a corpus, with what a model that has learned says of each.
    ///
    /// # Errors
    /// If memory can't be written to.
    pub fn of(corpus: &Corpus, model: &Model) -> Result<Self> {
        let digests = corpus.digests();
        let mut learned = Vec::new();
        for recording in corpus.of(Kind::Learn) {
            for batch in corpus.batches(recording) {
                learned.extend(facts(&batch).filter(|f| digests.contains(f.digest)).map(|f| features(&f)));
            }
        }
        let mut lines = Vec::new();
        for x in learned.iter().step_by(learned.len().div_ceil(LEARNED).max(1)) {
            writeln!(lines, "{}", json!({"learn": true, "x": x}))?;
        }
        let (mut owners, mut attacks, mut surprise, mut all_weeks) =
            (Vec::new(), Vec::new(), Vec::new(), 0.0);
        let reported = corpus.manifest.recordings.iter().filter(|recording| recording.split == Split::Report);
        for (number, recording) in reported.enumerate() {
            if !matches!(recording.kind, Kind::Attack | Kind::Drift | Kind::Normal) {
                continue;
            }
            let is_attack = |label: &Label| label.verdict == Verdict::Attack;
            let labels = recording.labels.iter().enumerate().filter(|(_, label)| is_attack(label));
            attacks.extend(labels.map(|(label, _)| (number, label)));
            let mut watched = BTreeSet::new();
            for batch in corpus.batches(recording) {
                watch(&batch, &digests, &mut watched);
                for fact in facts(&batch).filter(|fact| digests.contains(fact.digest)) {
                    let x = features(&fact);
                    writeln!(lines, "{}", json!({"learn": false, "x": x}))?;
                    surprise.push(model.surprise(&batch, fact.event));
                    let label = recording.label_of(
                        &corpus.manifest.images,
                        fact.container,
                        fact.digest,
                        fact.event.time_unix_ns,
                    );
                    owners.push(match label.and_then(|label| Some((label, recording.labels.get(label)?))) {
                        Some((label, of)) if is_attack(of) => Owner::Attack(number, label),
                        Some(_) => Owner::Drift,
                        None => Owner::Ordinary(format!("{} {x:?}", fact.container)),
                    });
                }
            }
            all_weeks += weeks(&watched);
        }
        Ok(Self { owners, attacks, weeks: all_weeks, surprise, lines })
    }

    /// What the forests say of them.
    ///
    /// # Errors
    /// If Python or the libraries are missing and can't be installed.
    pub fn scored(&self) -> Result<BTreeMap<String, Scored>> {
        let scored = run(&self.lines)?;
        for (name, scored) in &scored {
            ensure!(scored.scores.len() == self.owners.len(), "{name} scored {} events", scored.scores.len());
        }
        Ok(scored)
    }

    /// How well scores rank events of attacks above those of ordinary work: the area under the ROC curve, 0.5 for
    /// chance (Fawcett 2006, "An introduction to ROC analysis", section 7: it is the probability that an attack's event
    /// has the higher score, ties counting half).
    #[must_use]
    pub fn ranking(&self, scores: &[f64]) -> f64 {
        let mut all: Vec<(f64, bool)> = Vec::new();
        for (owner, score) in self.owners.iter().zip(scores) {
            match owner {
                Owner::Attack(..) => all.push((*score, true)),
                Owner::Ordinary(_) => all.push((*score, false)),
                Owner::Drift => {}
            }
        }
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut below, mut wins, mut attacks) = (0.0, 0.0, 0.0);
        for tied in all.chunk_by(|a, b| a.0 == b.0) {
            let attacked = tied.iter().filter(|(_, attack)| *attack).count() as f64;
            let ordinary = tied.len() as f64 - attacked;
            wins += attacked * (below + ordinary / 2.0);
            below += ordinary;
            attacks += attacked;
        }
        wins / (attacks * below)
    }
}

/// A text as a number from 0 to 1.
fn number(text: &str) -> f64 {
    let digits = sha256(text.as_bytes());
    let head = digits.get(..8).and_then(|head| u32::from_str_radix(head, 16).ok()).unwrap_or_default();
    f64::from(head) / f64::from(u32::MAX)
}

/// What the forests see of an event, each from 0 to 1.
fn features(fact: &Fact<'_, '_>) -> Vec<f64> {
    let (kind, peer, port) = match fact.event.action {
        Action::Exec => (0.0, "", 0),
        Action::Listen { address, port } => (1.0, address, port),
        Action::Connect { address, port, .. } => (2.0, address, port),
        Action::Accept { address, port } => (3.0, address, port),
        Action::Send { address, port, .. } => (4.0, address, port),
        Action::Receive { address, port } => (5.0, address, port),
        Action::Resolve { name } => (6.0, name, 0),
        Action::Credentials { .. } => (7.0, "", 0),
        Action::Call(call) => (8.0, call.subject, 0),
        Action::Failed(_) | Action::Unusual(_) => (8.0, "", 0), // no facts
    };
    let process = fact.process;
    vec![
        kind / 8.0,
        number(fact.digest),
        number(process.executable),
        number(fact.parent.map_or("", |parent| parent.executable)),
        number(&process.arguments.join(" ")),
        (process.arguments.len() as f64 / 16.0).min(1.0),
        number(peer),
        f64::from(port) / 65_535.0,
        (f64::from(process.effective_uid) / 65_535.0).min(1.0),
        f64::from(process.flags.0 & 0x3fff) / f64::from(0x3fff),
    ]
}

fn run(lines: &[u8]) -> Result<BTreeMap<String, Scored>> {
    let python = Path::new("target/eval/bin/python");
    if !python.exists() {
        let made = Command::new("python3").args(["-m", "venv", "target/eval"]).status();
        ensure!(
            made.context("python3 is missing")?.success(),
            "no virtual environment; install python3-venv"
        );
    }
    let pip = Command::new(python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES).status()?;
    ensure!(pip.success(), "{} can't be installed", PACKAGES.join(" and "));
    let mut child =
        Command::new(python).args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = child.stdin.take().context("no standard input")?;
    std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(lines));
        let output = child.wait_with_output()?;
        ensure!(output.status.success(), "the Python program failed");
        Ok(serde_json::from_slice(&output.stdout)?)
    })
}
