//! What each finding of an incident brought: its surprise, and the evidence of the events that showed it.
//!
//! Why: evidence counts once per kind in an incident, so without this nobody could say what is left when a person
//! approves one of the findings. A ground is the set of findings that an event showed, with the evidence found in it;
//! it counts unless all its findings are approved. Bounded: once full, evidence is no longer taken back by parts, but
//! only when all that was new has been approved.
//!
//! Not here: what was decided (`decision`), what an incident is (`incident`).

use crate::{
    behaviour::{Behaviour, Dimension},
    decision::{Decided, Decision, DecisionKind, Decisions},
    evidence::{DENIED, EvidenceItem},
    image::ImageState,
    incident::{Finding, Implied, Known, OpenIncident, SURPRISES},
    params::Weights,
    pattern::readable,
};
use serde::{Deserialize, Serialize};

/// Sets of findings kept.
const GROUNDS: usize = 128;
/// Items of evidence kept in all of them.
const ITEMS: usize = 512;
/// Behaviours kept that follow from one finding.
const IMPLIED: usize = 4;

/// What the findings of an incident brought.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Grounds {
    /// Surprise of each finding that is kept, in their order.
    weights: Vec<f64>,
    /// Highest surprises of findings that are not.
    omitted: Vec<f64>,
    grounds: Vec<Ground>,
    items: usize,
    full: bool,
}

/// Findings that events showed together, and the evidence in those events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Ground {
    /// Positions in the incident's findings, rising. Empty if none of them is kept: then it always counts.
    findings: Vec<usize>,
    evidence: Vec<EvidenceItem>,
}

impl Grounds {
    /// Takes note of a new finding's surprise.
    pub(crate) fn weigh(&mut self, weight: f64, kept: bool) {
        if kept {
            self.weights.push(weight);
        } else {
            self.omitted.push(weight);
            self.omitted.sort_by(|a, b| b.total_cmp(a));
            self.omitted.truncate(SURPRISES);
        }
    }

    fn add(&mut self, findings: Vec<usize>, items: &[EvidenceItem]) {
        let place = match self.grounds.iter().position(|ground| ground.findings == findings) {
            Some(place) => place,
            None if self.grounds.len() < GROUNDS => {
                self.grounds.push(Ground { findings, evidence: Vec::new() });
                self.grounds.len() - 1
            }
            None => {
                self.full = true;
                return;
            }
        };
        let Some(ground) = self.grounds.get_mut(place) else { return };
        for item in items {
            let sum = |item: &EvidenceItem| item.attack_weight + item.drift_weight;
            match ground.evidence.iter_mut().find(|known| known.name == item.name) {
                Some(known) if sum(known) >= sum(item) => {}
                Some(known) => *known = item.clone(),
                None if self.items < ITEMS => {
                    ground.evidence.push(item.clone());
                    self.items += 1;
                }
                None => self.full = true,
            }
        }
    }
}

impl OpenIncident {
    /// Takes note of what an event brought: evidence, and the findings it rests on.
    pub(crate) fn ground(&mut self, behaviours: &[Behaviour<'_>], items: &[EvidenceItem]) {
        if items.is_empty() {
            return;
        }
        let mut findings: Vec<usize> =
            behaviours.iter().filter_map(|b| self.position(&Known::of(b))).collect();
        findings.sort_unstable();
        findings.dedup();
        self.grounds.add(findings, items);
    }

    /// Takes note of a behaviour that is no finding because it follows from a program that is one.
    pub(crate) fn imply(&mut self, behaviour: &Behaviour<'_>) {
        let value = readable(&behaviour.value);
        let same = |known: &Implied| known.dimension == behaviour.dimension && known.value == value;
        for finding in &mut self.incident.findings {
            let starts_it = finding.dimension == Dimension::Spawn && finding.value == *behaviour.context;
            if !starts_it || finding.implied.iter().any(same) {
                continue;
            }
            if finding.implied.len() < IMPLIED {
                finding
                    .implied
                    .push(Implied { dimension: behaviour.dimension, value: value.clone().into_owned() });
            } else {
                finding.implied_omitted = finding.implied_omitted.saturating_add(1);
            }
        }
    }

    /// Takes note of a denied behaviour that found no room among the findings.
    pub(crate) fn ground_unkept(&mut self, behaviour: &Behaviour<'_>, denial: &Decision, weights: &Weights) {
        if self.position(&Known::of(behaviour)).is_none() {
            self.grounds.add(Vec::new(), denial.evidence(weights).as_slice());
            self.add_evidence(denial.evidence(weights).into_iter().collect());
        }
    }

    /// Takes decisions in: what is approved no longer weighs, what is denied weighs as such. True if that changed
    /// anything; then it has to be judged.
    pub(crate) fn reconsider(
        &mut self,
        image: &ImageState,
        decisions: &Decisions,
        weights: &Weights,
    ) -> bool {
        let time = decisions.clocks.deciders_unix_ns(&self.incident.node, self.incident.last_seen_unix_ns);
        let (mut changed, mut any) = (false, false);
        let mut denials = Vec::new();
        for finding in &mut self.incident.findings {
            let behaviour = (finding.dimension, &*finding.context, &*finding.value);
            let decision = decisions.on(image, &self.incident.namespace, behaviour, time);
            denials.extend(decision.and_then(|decision| decision.evidence(weights)));
            let decided = decision.map(|decision| Decided {
                kind: decision.kind,
                id: decision.id.clone(),
                author: decision.author.clone(),
            });
            any |= decided.is_some();
            if decided != finding.decided {
                finding.decided = decided;
                changed = true;
            }
        }
        if !any && !changed {
            return false;
        }
        let before = std::mem::take(&mut self.incident.evidence);
        let approved: Vec<bool> = self.incident.findings.iter().map(is_approved).collect();
        let all_approved = approved.iter().all(|approved| *approved) && self.incident.findings_omitted == 0;
        let surprises = self.grounds.weights.iter().zip(&approved).filter(|(_, approved)| !**approved);
        self.surprises =
            surprises.map(|(weight, _)| *weight).chain(self.grounds.omitted.iter().copied()).collect();
        self.surprises.sort_by(|a, b| b.total_cmp(a));
        self.surprises.truncate(SURPRISES);
        let is_approved = |at: &usize| approved.get(*at).is_some_and(|approved| *approved);
        let counts =
            |ground: &&Ground| ground.findings.is_empty() || !ground.findings.iter().all(is_approved);
        let mut items: Vec<EvidenceItem> =
            self.grounds.grounds.iter().filter(counts).flat_map(|ground| ground.evidence.clone()).collect();
        if all_approved {
            items.clear();
        } else if self.grounds.full {
            let denied = |item: &&EvidenceItem| item.name == DENIED;
            items.extend(before.iter().filter(|item| !denied(item)).cloned());
        }
        items.extend(denials);
        self.add_evidence(items);
        changed || before != self.incident.evidence
    }
}

/// Whether a person said that a finding is expected.
pub(crate) fn is_approved(finding: &Finding) -> bool {
    finding.decided.as_ref().is_some_and(|decided| decided.kind == DecisionKind::Approve)
}
