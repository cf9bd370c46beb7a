//! Incidents: what belongs together is one alert.
//!
//! An incident is the tree of processes below the first anomalous one in a container, or one runtime exec
//! session. A process joins the incident that one of its ancestors, or its session, belongs to; so does the
//! same news from elsewhere in the container, and a service's connection to a peer that a session named just before. Each kind of evidence counts once, surprises with diminishing
//! weight. Bounded: past a bound findings are counted, not kept.

use crate::{
    baseline::hash,
    behaviour::{Behaviour, Dimension},
    decision::Decided,
    event::{Action, Event},
    evidence::{EvidenceItem, Kind},
    feedback::{self, HELD},
    grounds::Grounds,
    novelty::combine,
    params::Params,
    pattern::readable,
    posterior::{Features, Probabilities, Verdict},
    signs::Memory,
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, cell::OnceCell, collections::BTreeSet};

/// Findings kept in an incident.
const FINDINGS: usize = 64;
/// Processes remembered as belonging to an incident.
const MEMBERS: usize = 512;
/// Surprises kept; the rest weighs nothing next to them (see [`combine`]).
pub(crate) const SURPRISES: usize = 16;

/// How long after a session named a peer others connect to it because of that, in nanoseconds.
const NAMED_NS: u64 = 60_000_000_000;

/// A behaviour that the baseline did not expect. Fields as in `Finding` of alerts.proto.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "documented field by field in alerts.proto")]
pub struct Finding {
    pub dimension: Dimension,
    pub context: String,
    pub value: String,
    pub surprise_bits: f64,
    pub expected: Vec<Expected>,
    pub first_seen_unix_ns: u64,
    pub count: u64,
    pub command_line: String,
    pub pid: u32,
    pub uid: u32,
    pub implied: Vec<Implied>,
    pub implied_omitted: u32,
    pub decided: Option<Decided>,
}

/// A behaviour of a new program that is no finding of its own. Fields as in `Implied` of alerts.proto.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "documented field by field in alerts.proto")]
pub struct Implied {
    pub dimension: Dimension,
    pub value: String,
}

/// A known behaviour in the same context. Fields as in `Expected` of alerts.proto.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "documented field by field in alerts.proto")]
pub struct Expected {
    pub value: String,
    pub count: u64,
    pub last_seen_unix_ns: u64,
}

/// One incident. Fields as in `Alert` of alerts.proto.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "documented field by field in alerts.proto")]
pub struct Incident {
    pub id: String,
    pub revision: u32,
    pub verdict: Verdict,
    pub probabilities: Probabilities,
    pub surprise: f64,
    pub confidence: f64,
    pub story: String,
    pub image_digest: String,
    pub image_repository: String,
    pub image_tag: String,
    pub container_id: String,
    pub container_name: String,
    pub namespace: String,
    pub node: String,
    pub first_seen_unix_ns: u64,
    pub last_seen_unix_ns: u64,
    pub events: u64,
    pub findings: Vec<Finding>,
    pub findings_omitted: u32,
    pub evidence: Vec<EvidenceItem>,
    pub caveats: Vec<String>,
}

impl Incident {
    /// What the logistic layer sees of it: surprise (nats), the sums of its evidence for drift and for attack (log-odds),
    /// and its confidence.
    pub fn features(&self) -> Features {
        let sum = |weight: fn(&EvidenceItem) -> f64| self.evidence.iter().map(weight).sum();
        [self.surprise, sum(|item| item.drift_weight), sum(|item| item.attack_weight), self.confidence]
    }
}

/// A behaviour as it is looked for among findings.
pub(crate) struct Known<'k> {
    dimension: Dimension,
    context: &'k str,
    value: Cow<'k, str>,
    /// Made when there are findings to compare it with.
    print: OnceCell<u64>,
}

impl<'k> Known<'k> {
    pub(crate) fn of(behaviour: &'k Behaviour<'_>) -> Self {
        let Behaviour { dimension, context, value, .. } = behaviour;
        Self { dimension: *dimension, context, value: readable(value), print: OnceCell::new() }
    }

    fn print(&self) -> u64 {
        *self.print.get_or_init(|| print(self.dimension, self.context, &self.value))
    }

    fn is(&self, finding: &Finding) -> bool {
        self.dimension == finding.dimension && self.context == finding.context && self.value == finding.value
    }
}

/// Whether a text has a name or an address in it that is not part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (text.get(..at), text.get(at + word.len()..));
        !before.is_some_and(|text| text.ends_with(is_part))
            && !after.is_some_and(|text| text.starts_with(is_part))
    })
}

/// A hash of a behaviour, as people read it. Two that share one are still told apart.
fn print(dimension: Dimension, context: &str, value: &str) -> u64 {
    // As text, parted by blanks: prints are stored.
    hash(&[(dimension as u8).to_string().as_str(), context, value].join(" "))
}

/// Identity of a process in its container: pid and start in ticks.
pub(crate) type ProcessKey = (u32, u64);

/// An incident that can still grow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OpenIncident {
    pub(crate) incident: Incident,
    /// Of each finding, in their order, a hash of what it is: few texts have to be compared.
    prints: Vec<u64>,
    members: BTreeSet<ProcessKey>,
    /// Top process of the exec session it is in, if it is in one.
    session: Option<ProcessKey>,
    pub(crate) surprises: Vec<f64>,
    pub(crate) grounds: Grounds,
    pub(crate) memory: Memory,
    /// Behaviours the baseline learned from it while it looked harmless.
    pub(crate) learned: Vec<(Dimension, String, String)>,
    /// Events when it was last told to anyone; 0 if it never was.
    told_events: u64,
    /// Whether feedback was held back when it was judged.
    held: bool,
}

/// Where an event stands in its container.
pub(crate) struct Lineage {
    /// The process, then its ancestors.
    pub(crate) chain: Vec<ProcessKey>,
    /// Whether it is in an exec session.
    pub(crate) in_session: bool,
}

impl OpenIncident {
    pub(crate) fn new(incident: Incident, lineage: &Lineage) -> Self {
        Self {
            incident,
            prints: Vec::new(),
            members: BTreeSet::new(),
            session: lineage.in_session.then(|| lineage.chain.last().copied()).flatten(),
            surprises: Vec::new(),
            grounds: Grounds::default(),
            memory: Memory::default(),
            learned: Vec::new(),
            told_events: 0,
            held: false,
        }
    }

    /// Whether an event of the same container belongs here by its lineage.
    pub(crate) fn includes(&self, lineage: &Lineage) -> bool {
        let same_session =
            self.session.is_some() && lineage.in_session && self.session == lineage.chain.last().copied();
        same_session || lineage.chain.iter().any(|key| self.members.contains(key))
    }

    /// Whether a person's session named the peer that an event connects to, shortly before.
    pub(crate) fn names_peer_of(&self, event: &Event<'_>) -> bool {
        let (Action::Connect { address, name, .. } | Action::Send { address, name, .. }) = event.action
        else {
            return false;
        };
        let end = self.incident.last_seen_unix_ns.saturating_add(NAMED_NS);
        self.session.is_some()
            && (self.incident.first_seen_unix_ns..=end).contains(&event.time_unix_ns)
            && self.incident.findings.iter().any(|finding| {
                let line = &finding.command_line;
                has_word(line, address) || (!name.is_empty() && has_word(line, name))
            })
    }

    /// Where the finding with this behaviour stands, if the incident has it.
    pub(crate) fn position(&self, known: &Known<'_>) -> Option<usize> {
        let places = self.prints.iter().zip(&self.incident.findings).enumerate();
        let mut places = places.filter(|(_, (print, _))| **print == known.print());
        places.find(|(_, (_, finding))| known.is(finding)).map(|(place, _)| place)
    }

    /// Takes the event's process, and the parent whose doing it is, into the tree.
    pub(crate) fn admit(&mut self, lineage: &Lineage) {
        for key in lineage.chain.iter().take(2) {
            if self.members.len() < MEMBERS {
                self.members.insert(*key);
            }
        }
    }

    /// Adds a finding and its surprise.
    pub(crate) fn add_finding(&mut self, finding: Finding, weight: f64) {
        self.grounds.weigh(weight, self.incident.findings.len() < FINDINGS);
        self.surprises.push(weight);
        self.surprises.sort_by(|a, b| b.total_cmp(a));
        self.surprises.truncate(SURPRISES);
        if self.incident.findings.len() < FINDINGS {
            self.prints.push(print(finding.dimension, &finding.context, &finding.value));
            self.incident.findings.push(finding);
        } else {
            self.incident.findings_omitted = self.incident.findings_omitted.saturating_add(1);
        }
    }

    /// Adds evidence, each kind once with the highest weight it was found with; heaviest for attack first,
    /// then for drift. True if any was new or weighs clearly more: what a baseline is worth grows with each window.
    pub(crate) fn add_evidence(&mut self, items: Vec<EvidenceItem>) -> bool {
        let mut changed = false;
        for item in items {
            match self.incident.evidence.iter_mut().find(|known| known.name == item.name) {
                Some(known)
                    if known.attack_weight + known.drift_weight >= item.attack_weight + item.drift_weight => {
                }
                Some(known) => {
                    let weight = |item: &EvidenceItem| item.attack_weight + item.drift_weight;
                    changed |= weight(&item) > 1.1 * weight(known);
                    *known = item;
                }
                None => {
                    self.incident.evidence.push(item);
                    changed = true;
                }
            }
        }
        self.incident.evidence.sort_by(|a, b| {
            (b.attack_weight, b.drift_weight)
                .partial_cmp(&(a.attack_weight, a.drift_weight))
                .unwrap_or(std::cmp::Ordering::Equal)
                .then_with(|| a.name.cmp(&b.name))
        });
        changed
    }

    /// What the image's own baseline was worth where this happened, 0 to 1; of several events the most.
    pub(crate) fn learned_to(&mut self, confidence: f64) {
        self.incident.confidence = self.incident.confidence.max(confidence);
    }

    /// Judges anew what has been gathered.
    pub(crate) fn judge(&mut self, params: &Params) -> Verdict {
        self.incident.surprise = combine(&self.surprises);
        let (probabilities, held) = feedback::judge(&self.incident, &params.weights);
        self.incident.probabilities = probabilities;
        self.held = held;
        let denied = self.incident.evidence.iter().any(|item| item.name == Kind::Denied.row().name);
        self.incident.verdict = params.verdict(&probabilities, denied);
        self.incident.verdict
    }

    /// Whether people should be told: something new since they were last, or twice as many events. Counts it
    /// as told.
    pub(crate) fn tell(&mut self, something_new: bool) -> bool {
        let due = something_new || self.told_events == 0 || self.incident.events >= 2 * self.told_events;
        if self.incident.verdict == Verdict::Normal || !due {
            return false;
        }
        self.told_events = self.incident.events;
        self.incident.revision += 1;
        true
    }

    /// Counts it as told, whatever it is judged: people hear what became of what they decided.
    pub(crate) fn tell_anew(&mut self) {
        self.told_events = self.incident.events.max(1);
        self.incident.revision += 1;
    }

    /// Says among the caveats, once they are stated, if feedback was held back.
    pub(crate) fn note_held(&mut self) {
        self.incident.caveats.retain(|caveat| caveat != HELD);
        self.incident.caveats.extend(self.held.then(|| HELD.to_owned()));
    }

    /// Whether anyone was ever told.
    pub(crate) fn told(&self) -> bool {
        self.told_events > 0
    }
}
