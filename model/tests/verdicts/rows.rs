//! Each row of the evidence table turns a verdict and stays silent where it should: `rows.txt` has a case for each.
//!
//! A case is written as a difference: the scene with the lines that begin with `+` instead of those with `-` has just
//! this row more, and another verdict for it. After `silent` follows a near miss: new, but not this.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a case that cannot be read fails the test")]

use crate::scene::Scene;
use plumbline_model::{EVIDENCE, Incident, Params, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// A case of a row.
struct Case {
    without: Scene,
    with: Scene,
    near: Scene,
}

/// Rows whose facts take more than one container's one deed: their cases are in `decisions`, `others`, `rhythm`,
/// `jobs` and `containers`.
const ELSEWHERE: [&str; 10] = [
    "denied_behaviour",
    "job_in_time",
    "job_out_of_time",
    "host_in_reach",
    "read_only_root_evaded",
    "fleet_wide",
    "known_in_newer_version",
    "unusual_rate",
    "many_peers_refuse",
    "flood",
];

/// The cases by their row.
fn cases() -> BTreeMap<&'static str, Case> {
    let mut cases = BTreeMap::new();
    for text in include_str!("rows.txt").split("\n# ").skip(1) {
        let (name, text) = text.split_once('\n').unwrap();
        let (turn, near) = text.split_once("\nsilent\n").unwrap_or_else(|| panic!("{name} has no near miss"));
        let setting = text.lines().filter(|line| {
            ["new image", "learned for", "every window:"].iter().any(|start| line.starts_with(start))
        });
        let variant = |mine: &'static str, other: char| {
            let lines = turn.lines().filter(move |line| !line.starts_with(other));
            Scene::of(lines.map(move |line| line.strip_prefix(mine).unwrap_or(line)))
        };
        let near = Scene::of(setting.chain(near.lines().filter(|line| !line.is_empty())));
        let case = Case { without: variant("- ", '+'), with: variant("+ ", '-'), near };
        assert!(cases.insert(name, case).is_none(), "{name} has two cases");
    }
    cases
}

/// A row that weighs less than this, in log-odds, need not turn a verdict by itself; it has to move it.
const LIGHT: f64 = 1.25;

/// What a row weighs at most.
fn weighs(name: &str) -> f64 {
    let row = EVIDENCE.iter().find(|row| row.name == name).unwrap();
    let (drift, attack) = Params::default().weights.of_row(row);
    drift.max(attack)
}

/// How probable attack is beside drift in the gravest incident.
fn odds(incidents: &[Incident]) -> Option<f64> {
    let gravest = incidents.iter().max_by(|a, b| a.probabilities.attack.total_cmp(&b.probabilities.attack));
    gravest.map(|incident| incident.probabilities.attack / incident.probabilities.drift)
}

/// The gravest verdict and all evidence.
fn judged(incidents: &[Incident]) -> (Verdict, BTreeSet<&str>) {
    let verdict = incidents.iter().map(|incident| incident.verdict).max().unwrap_or(Verdict::Normal);
    let items = incidents.iter().flat_map(|incident| &incident.evidence);
    (verdict, items.map(|item| item.name.as_str()).collect())
}

#[test]
fn every_row_of_the_evidence_table_has_a_case_and_every_case_a_row() {
    let rows = EVIDENCE.iter().map(|row| row.name).filter(|row| !ELSEWHERE.contains(row));
    let rows: BTreeSet<&str> = rows.collect();
    let cases: BTreeSet<&str> = cases().into_keys().collect();
    let (missing, odd) = (rows.difference(&cases), cases.difference(&rows));
    assert!(
        rows == cases,
        "rows.txt lacks {:?} and has {:?}",
        missing.collect::<Vec<_>>(),
        odd.collect::<Vec<_>>()
    );
}

#[test]
fn every_row_turns_a_verdict() {
    let mut wrong = Vec::new();
    for (name, case) in cases() {
        let (without, with) = (case.without.play(), case.with.play());
        let ((before, less), (after, more)) = (judged(&without), judged(&with));
        let apart: Vec<_> = less.symmetric_difference(&more).copied().collect();
        let moved = if weighs(name) < LIGHT { odds(&without) != odds(&with) } else { before != after };
        if apart != [name] || !more.contains(name) || !moved {
            wrong.push(format!("{name}: {before:?} for {less:?}, {after:?} for {more:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_stays_silent_at_a_near_miss() {
    for (name, case) in cases() {
        let incidents = case.near.play();
        let (_, evidence) = judged(&incidents);
        assert!(!incidents.is_empty(), "{name}: nothing is new, so nothing was judged");
        assert!(!evidence.contains(name), "{name} was raised by a near miss");
    }
}
