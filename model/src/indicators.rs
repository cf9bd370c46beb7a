//! Sigma rules as evidence: what others know of attacks, asked of what is new here.
//!
//! A rule of log source `process_creation` sees a program that was started, one of `network_connection` a
//! connection or datagram that goes out; rules of other log sources are skipped. A hit counts as the row of the
//! evidence table that the rule names in `evidence`, else by the rule's level (`indicator_low` and so on), and weighs
//! what that row weighs. By its level no rule is heavy enough to decide between drift and attack alone.
//!
//! Invariants: the order of hits is the order in which rules were added, never that of a hash. Matching takes time
//! linear in the text for a given rule (`regex` and `aho-corasick`), so hostile arguments can't make it slow.
//! Rules and the size of a file are bounded. Of the crates that read and evaluate rules nothing is used that has
//! a clock, files or state.
//!
//! Not here: reading folders of rules (the server).

mod fields;
mod load;
#[cfg(test)]
mod tests;

pub use load::{Added, RULE_FILE_BYTES, RuleError, RuleProblem};

use crate::{
    behaviour::program,
    event::{Action, Batch, Event},
    evidence::{EvidenceItem, Kind},
    feedback::InForce,
    shape::cut,
};
use rsigma_eval::{CompiledRule, Engine, KvEvent};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::OnceLock,
};

/// Longest quotation in a fact, in bytes.
const QUOTE_BYTES: usize = 160;
/// Longest part of a title in a fact, in bytes.
const TITLE_BYTES: usize = 120;
/// Titles named in a fact.
const TITLES: usize = 3;

/// The pack that is compiled in.
const OWN: &[(&str, &str)] = &[
    ("credentials.yml", include_str!("../rules/credentials.yml")),
    ("discovery.yml", include_str!("../rules/discovery.yml")),
    ("escape.yml", include_str!("../rules/escape.yml")),
    ("evasion.yml", include_str!("../rules/evasion.yml")),
    ("execution.yml", include_str!("../rules/execution.yml")),
    ("impact.yml", include_str!("../rules/impact.yml")),
    ("network.yml", include_str!("../rules/network.yml")),
    ("persistence.yml", include_str!("../rules/persistence.yml")),
];

/// Rules, ready to be asked. The default has none.
#[derive(Debug, Default)]
pub struct Indicators {
    processes: Rules,
    connections: Rules,
}

/// Rules of one log source.
#[derive(Default)]
struct Rules {
    rules: Vec<Rule>,
    /// Finds the few that an event could match by their words, and asks those. Each has its position in `rules` as
    /// its id. Made of all rules when first asked: made rule by rule it finds hardly any of them by words.
    engine: OnceLock<Engine>,
}

struct Rule {
    compiled: CompiledRule,
    kind: Kind,
    /// ATT&CK technique; empty if the rule has no tag of one.
    technique: String,
}

impl Rules {
    fn add(&mut self, mut rule: Rule) {
        rule.compiled.id = Some(self.rules.len().to_string());
        self.rules.push(rule);
        self.engine.take();
    }

    fn engine(&self) -> &Engine {
        self.engine.get_or_init(|| {
            let mut engine = Engine::new();
            engine.extend_compiled_rules(self.rules.iter().map(|rule| rule.compiled.clone()));
            engine
        })
    }

    /// Rules that match, in the order in which they were added: the engine's own is not the same in each process.
    fn matching(&self, seen: &KvEvent) -> Vec<&Rule> {
        let results = self.engine().evaluate(seen);
        let ids = results.iter().filter_map(|result| result.header.rule_id.as_deref()?.parse().ok());
        let ids: BTreeSet<usize> = ids.collect();
        ids.into_iter().filter_map(|id| self.rules.get(id)).collect()
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} rules", self.rules.len())
    }
}

/// What rules say of one event with one kind of evidence.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hit {
    kind: Kind,
    fact: String,
    technique: String,
}

impl Hit {
    /// The hit as evidence; see [`Kind::item`].
    pub(crate) fn item(self, confidence: f64, weights: InForce<'_>) -> Option<EvidenceItem> {
        let item = self.kind.item(self.fact, confidence, weights)?;
        Some(if self.technique.is_empty() {
            item
        } else {
            EvidenceItem { technique: self.technique, ..item }
        })
    }
}

impl Indicators {
    /// The pack that is compiled in, `model/rules/`.
    pub fn own() -> Self {
        let mut indicators = Self::default();
        for (file, yaml) in OWN {
            indicators.add(file, yaml); // none is broken: a test says so
        }
        indicators
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.processes.rules.len() + self.connections.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the rules say of an event; each kind of evidence once.
    pub(crate) fn matches(&self, batch: &Batch<'_>, event: &Event<'_>) -> Vec<Hit> {
        let Some(process) = batch.processes.get(event.process) else { return Vec::new() };
        let (rules, seen, quote) = match event.action {
            Action::Exec => {
                let line = fields::command_line(process);
                (
                    &self.processes,
                    fields::process_creation(batch, process),
                    cut(&line, QUOTE_BYTES).to_owned(),
                )
            }
            Action::Connect { address, port, name } | Action::Send { address, port, name } => {
                let protocol = if matches!(event.action, Action::Send { .. }) { "udp" } else { "tcp" };
                let quote = format!("{} connects to {address}:{port}", program(process));
                (
                    &self.connections,
                    fields::network_connection(process, (address, port, name), protocol),
                    quote,
                )
            }
            _ => return Vec::new(),
        };
        let mut found: BTreeMap<Kind, Vec<&Rule>> = BTreeMap::new();
        for rule in rules.matching(&seen) {
            found.entry(rule.kind).or_default().push(rule);
        }
        found.into_iter().map(|(kind, rules)| hit(kind, &rules, &quote)).collect()
    }
}

fn hit(kind: Kind, rules: &[&Rule], quote: &str) -> Hit {
    let titles: Vec<&str> =
        rules.iter().take(TITLES).map(|rule| cut(&rule.compiled.title, TITLE_BYTES)).collect();
    let more =
        if rules.len() > TITLES { format!(" and {} more", rules.len() - TITLES) } else { String::new() };
    let technique = rules.iter().map(|rule| &rule.technique).find(|technique| !technique.is_empty());
    Hit {
        kind,
        fact: format!("{}{more}: {quote}", titles.join("; ")),
        technique: technique.cloned().unwrap_or_default(),
    }
}
