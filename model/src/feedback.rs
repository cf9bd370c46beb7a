//! Feedback: how far what people decided of alerts moves the weights of the evidence those alerts had.
//!
//! An approval says that the rows of its alert spoke for nothing, a denial that they were right to. The weights in force
//! for an event are a function of the fitted weights, of the decisions that hold at its time and cover its image and the
//! namespace it happens in, and of nothing else: no order, no history, nothing stored, so a revoked decision leaves no trace in them. Each distinct alert
//! counts once, whatever was decided of it and how often; a denial of it beats an approval. Both weights of a row move by
//! [`STEP`] for each alert that counts, to at most [`STEPS`] steps from where they were fitted: what is 0 stays 0, no
//! sign flips. And what is an attack by the fitted weights is told, whatever is approved elsewhere ([`judge`]).
//!
//! Evidence that was found keeps the weight with which it was found, and says so: an answer to one alert rewrites no other.
//! Not here: what a decision does to the behaviours it is about (`decision`), and which rows an alert had (the server).

#[cfg(test)]
mod tests;

use crate::{
    decision::{Decision, DecisionKind, Decisions},
    evidence::{EvidenceItem, Kind},
    image::ImageState,
    incident::Incident,
    params::Weights,
    posterior::{Probabilities, Verdict},
};
use std::collections::{BTreeMap, BTreeSet};

/// By how much of its fitted weight one alert moves a row.
pub const STEP: f64 = 0.05;
/// Steps that a row moves at most, down or up: to between 75 % and 125 % of its fitted weight.
pub const STEPS: u32 = 5;

/// How often the way between moved and fitted weights is halved to find where an attack is told.
const HALVINGS: u32 = 40;

/// Rows that no feedback moves. A denial has to be told however often its alerts are approved, and who was at work or when is
/// no matter of right or wrong: if approved sessions of operators weighed less, the next one would look like an attack.
const FIXED: [Kind; 8] = [
    Kind::Denied,
    Kind::ExecSession,
    Kind::Terminal,
    Kind::Login,
    Kind::InTime,
    Kind::FleetWide,
    Kind::KnownLater,
    Kind::PackageManager,
];

/// A row and what it weighs in an image, beside what was fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MovedRow {
    /// Name of the row.
    pub name: &'static str,
    /// Log-odds for drift that are in force.
    pub drift: f64,
    /// Log-odds for attack that are in force.
    pub attack: f64,
    /// Log-odds for drift as fitted.
    pub fitted_drift: f64,
    /// Log-odds for attack as fitted.
    pub fitted_attack: f64,
    /// What moved it.
    pub said: Said,
}

/// How many alerts with a row were answered, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Alerts that were approved.
    pub approved: u32,
    /// Alerts that were denied.
    pub denied: u32,
}

/// What was said of the rows of an image, as long as the same decisions hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Feedback {
    /// Times for which it holds, nanoseconds since the Unix epoch: from the one to before the other. The default holds
    /// for none.
    holds_ns: (u64, u64),
    /// The namespace for which it holds; `None` where it makes no difference, as nothing was said in one.
    namespace: Option<Box<str>>,
    /// In the order of the table.
    rows: Vec<(Kind, Said)>,
}

/// The weights in force for an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InForce<'w> {
    fitted: &'w Weights,
    rows: &'w [(Kind, Said)],
}

/// Those names that are rows of the evidence table and can be moved, each once: what a decision carries of its alert.
pub fn feedback_rows<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let kinds: BTreeSet<Kind> = names.into_iter().filter_map(movable).collect();
    kinds.into_iter().map(|kind| kind.row().name.to_owned()).collect()
}

fn movable(name: &str) -> Option<Kind> {
    Kind::named(name).filter(|kind| !FIXED.contains(kind))
}

/// Beside a verdict for which feedback had to be held back.
pub(crate) const HELD: &str = "by the fitted weights it is an attack: what was approved elsewhere counts only as far as it is still told";

/// Probabilities of an incident, and whether feedback was held back: what is an attack by the fitted weights it moves no
/// further than to where attack is as probable as normal. Past that point it goes along with the evidence, so that more of
/// it never makes an attack less probable.
pub(crate) fn judge(incident: &Incident, weights: &Weights) -> (Probabilities, bool) {
    let moved = incident.features();
    let found = weights.posterior(moved);
    if found.verdict() != Verdict::Normal || incident.evidence.iter().all(|item| item.share >= 1.0) {
        return (found, false);
    }
    let sum = |weight: fn(&EvidenceItem) -> f64| {
        incident.evidence.iter().map(|item| weight(item) / item.share).sum::<f64>()
    };
    let [surprise, drift, attack, confidence] = moved;
    let fitted = (sum(|item| item.drift_weight), sum(|item| item.attack_weight));
    let between = |part: f64| {
        weights.posterior([
            surprise,
            drift + part * (fitted.0 - drift),
            attack + part * (fitted.1 - attack),
            confidence,
        ])
    };
    if between(1.0).verdict() != Verdict::Attack {
        return (found, false);
    }
    let (mut silent, mut told) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(silent, told);
        let p = between(middle);
        *(if p.attack < p.normal { &mut silent } else { &mut told }) = middle;
    }
    (between(told), true)
}

impl Feedback {
    /// What holds for an image in a namespace (empty: outside of any) at a time.
    pub(crate) fn of(decisions: &Decisions, image: &ImageState, namespace: &str, time_unix_ns: u64) -> Self {
        let mut holds_ns = (0, u64::MAX);
        let mut local = false;
        let mut denied: BTreeMap<(Kind, &str), bool> = BTreeMap::new();
        for decision in decisions.reaching(image).filter(|decision| speaks(decision)) {
            local |= decision.is_local();
            if !decision.covers(image, namespace) {
                continue;
            }
            if !decision.holds(time_unix_ns) {
                holds_ns.0 = holds_ns.0.max(decision.expires_unix_ns);
                continue;
            }
            if !decision.lasts() {
                holds_ns.1 = holds_ns.1.min(decision.expires_unix_ns);
            }
            for kind in decision.rows.iter().filter_map(|name| movable(name)) {
                *denied.entry((kind, &decision.alert)).or_default() |= decision.kind == DecisionKind::Deny;
            }
        }
        let mut rows: Vec<(Kind, Said)> = Vec::new();
        for ((kind, _), denied) in denied {
            if rows.last().is_none_or(|(last, _)| *last != kind) {
                rows.push((kind, Said::default()));
            }
            if let Some((_, said)) = rows.last_mut() {
                said.approved += u32::from(!denied);
                said.denied += u32::from(denied);
            }
        }
        Self { holds_ns, namespace: local.then(|| namespace.into()), rows }
    }

    /// Whether it is what holds in a namespace at a time.
    pub(crate) fn holds(&self, namespace: &str, time_unix_ns: u64) -> bool {
        (self.holds_ns.0..self.holds_ns.1).contains(&time_unix_ns)
            && self.namespace.as_deref().is_none_or(|own| own == namespace)
    }

    /// The weights that follow.
    pub(crate) fn in_force<'w>(&'w self, fitted: &'w Weights) -> InForce<'w> {
        InForce { fitted, rows: &self.rows }
    }

    /// All rows that it moves.
    pub(crate) fn moved(&self, fitted: &Weights) -> Vec<MovedRow> {
        let rows = self.rows.iter().map(|(kind, _)| self.in_force(fitted).row(*kind));
        rows.filter(MovedRow::is_moved).collect()
    }
}

/// Only remembered: it follows from the decisions, so it makes no difference between images.
impl PartialEq for Feedback {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Whether a decision says anything of the rows of an alert.
fn speaks(decision: &Decision) -> bool {
    decision.revoked.is_none() && !decision.rows.is_empty() && !decision.alert.is_empty()
}

impl<'w> From<&'w Weights> for InForce<'w> {
    /// The fitted weights, of which nothing was said.
    fn from(fitted: &'w Weights) -> Self {
        Self { fitted, rows: &[] }
    }
}

impl InForce<'_> {
    /// What a row weighs.
    pub(crate) fn row(&self, kind: Kind) -> MovedRow {
        let said = self.rows.iter().find(|(moved, _)| *moved == kind).map(|(_, said)| *said);
        let said = said.unwrap_or_default();
        let row = kind.row();
        let (fitted_drift, fitted_attack) = self.fitted.of_row(row);
        let share = said.share();
        let (drift, attack) = (fitted_drift * share, fitted_attack * share);
        MovedRow { name: row.name, drift, attack, fitted_drift, fitted_attack, said }
    }
}

impl Said {
    /// What is left of fitted weights, or more.
    pub(crate) fn share(self) -> f64 {
        1.0 + STEP * f64::from(self.steps())
    }

    /// Steps up, or down if negative.
    fn steps(self) -> i32 {
        let most = i64::from(STEPS);
        let net = (i64::from(self.denied) - i64::from(self.approved)).clamp(-most, most);
        i32::try_from(net).unwrap_or_default()
    }
}

impl MovedRow {
    pub(crate) fn is_moved(&self) -> bool {
        self.said.steps() != 0
    }

    /// Why an item of evidence with a share of these weights does not weigh what was fitted; empty if it does.
    pub(crate) fn reason(&self, share: f64) -> String {
        if !self.is_moved() {
            return String::new();
        }
        let (now, fitted) = if self.fitted_attack >= self.fitted_drift {
            (self.attack, self.fitted_attack)
        } else {
            (self.drift, self.fitted_drift)
        };
        let count = |count: u32, one: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{count} {one}s")),
        };
        let answers = [count(self.said.approved, "approval"), count(self.said.denied, "denial")];
        let answers: Vec<String> = answers.into_iter().flatten().collect();
        let (now, fitted) = (now * share, fitted * share);
        format!(" (weighs {now:.2} instead of {fitted:.2} after {})", answers.join(" and "))
    }
}
