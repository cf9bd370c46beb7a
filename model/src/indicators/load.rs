//! From the text of a file to rules. Each document of a file stands alone: a broken one is named and skipped.

use super::{Indicators, Rule};
use crate::{evidence::Kind, shape::cut};
use rsigma_parser::{Level, LogSource, SigmaRule, parse_sigma_yaml};

/// Rules there may be, those compiled in included. SigmaHQ has 149 for these log sources.
const RULES: usize = 2000;
/// Largest file of rules, in bytes.
pub const RULE_FILE_BYTES: usize = 1 << 20;
/// Longest title in an error, in bytes.
const TITLE_BYTES: usize = 120;
/// Longest reason taken from the crates below, in bytes.
const REASON_BYTES: usize = 400;

/// What became of a file of rules.
#[derive(Debug, Default)]
pub struct Added {
    /// Rules taken.
    pub rules: usize,
    /// Rules left out because nothing here could match them or they weigh nothing: other log sources,
    /// correlations, filters, level `informational`.
    pub skipped: usize,
    /// Rules that can't be used.
    pub broken: Vec<RuleError>,
}

/// A rule, or a whole file, that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {rule}: {problem}")]
pub struct RuleError {
    /// The file, as whoever read it names it.
    pub file: String,
    /// Which rule: its line and title.
    pub rule: String,
    /// What is wrong, and what to do.
    pub problem: RuleProblem,
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleProblem {
    /// The file is too long.
    #[error("the file has more than {RULE_FILE_BYTES} bytes; split it")]
    TooLarge,
    /// There is no room.
    #[error("there are {RULES} rules already; give fewer folders or move rules out of them")]
    TooMany,
    /// It is no Sigma rule.
    #[error("is no Sigma rule: {0}; correct it or move the file away")]
    Malformed(String),
    /// It is a Sigma rule that can't be evaluated.
    #[error("can't be evaluated: {0}; write it without that")]
    Unusable(String),
    /// It says nothing of its weight.
    #[error("has no valid level; add one of informational, low, medium, high, critical")]
    NoLevel,
    /// The row of the evidence table that it names does not exist.
    #[error(
        "is evidence of {0:?}, which is no row of the evidence table (model/EVIDENCE.md); leave the line out"
    )]
    NoSuchEvidence(String),
}

impl Indicators {
    /// Adds the rules of a file, which may hold several documents. `file` is its name for people.
    pub fn add(&mut self, file: &str, yaml: &str) -> Added {
        let mut added = Added::default();
        let broken =
            |rule: &Document<'_>, problem| RuleError { file: file.to_owned(), rule: rule.name(), problem };
        if yaml.len() > RULE_FILE_BYTES {
            added.broken.push(broken(&Document { line: 1, text: "" }, RuleProblem::TooLarge));
            return added;
        }
        for document in documents(yaml) {
            match self.document(&document) {
                Ok((rules, skipped)) => {
                    added.rules += rules;
                    added.skipped += skipped;
                }
                Err(problem) => added.broken.push(broken(&document, problem)),
            }
        }
        added
    }

    /// How many rules a document added, and how many it holds that are not for us.
    fn document(&mut self, document: &Document<'_>) -> Result<(usize, usize), RuleProblem> {
        let parsed =
            parse_sigma_yaml(document.text).map_err(|error| RuleProblem::Malformed(one_line(&error)))?;
        let mut skipped = parsed.correlations.len() + parsed.filters.len();
        if parsed.rules.is_empty() && skipped == 0 {
            let reason = parsed.errors.first().map_or_else(
                || "it holds none; where `action:` joins several, write each out".to_owned(),
                |error| one_line(&error),
            );
            return Err(RuleProblem::Malformed(reason));
        }
        let mut rules = 0;
        for rule in &parsed.rules {
            let of_us = list_of(&rule.logsource);
            let (Some(connections), Some(kind)) = (of_us, if of_us.is_some() { kind(rule)? } else { None })
            else {
                skipped += 1;
                continue;
            };
            if self.len() >= RULES {
                return Err(RuleProblem::TooMany);
            }
            let compiled =
                rsigma_eval::compile_rule(rule).map_err(|error| RuleProblem::Unusable(one_line(&error)))?;
            let list = if connections { &mut self.connections } else { &mut self.processes };
            list.add(Rule { compiled, kind, technique: technique(&rule.tags) });
            rules += 1;
        }
        Ok((rules, skipped))
    }
}

/// Whether the rule is one of connections, else of processes; `None` if of neither.
fn list_of(source: &LogSource) -> Option<bool> {
    let linux = source.product.as_deref().is_none_or(|product| product.eq_ignore_ascii_case("linux"));
    match source.category.as_deref() {
        _ if !linux || source.service.is_some() => None,
        Some("process_creation") => Some(false),
        Some("network_connection") => Some(true),
        _ => None,
    }
}

/// What a hit is evidence of; `None` for what weighs nothing.
fn kind(rule: &SigmaRule) -> Result<Option<Kind>, RuleProblem> {
    if let Some(named) = rule.custom_attributes.get("evidence") {
        let name = named.as_str().unwrap_or_default();
        let no_such = || RuleProblem::NoSuchEvidence(cut(name, TITLE_BYTES).to_owned());
        return Kind::named(name).map(Some).ok_or_else(no_such);
    }
    match rule.level {
        Some(Level::Informational) => Ok(None),
        Some(Level::Low) => Ok(Some(Kind::IndicatorLow)),
        Some(Level::Medium) => Ok(Some(Kind::IndicatorMedium)),
        Some(Level::High) => Ok(Some(Kind::IndicatorHigh)),
        Some(Level::Critical) => Ok(Some(Kind::IndicatorCritical)),
        None => Err(RuleProblem::NoLevel),
    }
}

/// The first ATT&CK technique among the tags, as in `attack.t1059.004`.
fn technique(tags: &[String]) -> String {
    let number = |tag: &String| {
        let number = tag.to_ascii_lowercase().strip_prefix("attack.t")?.to_owned();
        let valid = number.len() <= 8 && number.starts_with(|c: char| c.is_ascii_digit());
        (valid && number.chars().all(|c| c.is_ascii_digit() || c == '.')).then(|| format!("T{number}"))
    };
    tags.iter().find_map(number).unwrap_or_default()
}

/// A document of a file.
struct Document<'y> {
    /// Where it begins, from 1.
    line: usize,
    text: &'y str,
}

impl Document<'_> {
    fn name(&self) -> String {
        let title = self.text.lines().find_map(|line| line.strip_prefix("title:")).unwrap_or_default();
        let title = cut(title.trim().trim_matches(['\'', '"']), TITLE_BYTES);
        if title.is_empty() {
            format!("line {}", self.line)
        } else {
            format!("line {}, {title:?}", self.line)
        }
    }
}

/// The documents of a YAML stream that hold more than comments. A separator begins a line, where no text of a
/// rule can stand.
fn documents(yaml: &str) -> Vec<Document<'_>> {
    let mut documents = Vec::new();
    let (mut begin, mut begin_line, mut at) = (0, 1, 0);
    let mut cut_at = |begin: usize, end: usize, line: usize| {
        let text = yaml.get(begin..end).unwrap_or_default();
        if text.lines().any(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            documents.push(Document { line, text });
        }
    };
    for (number, line) in yaml.split_inclusive('\n').enumerate() {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            cut_at(begin, at, begin_line);
            (begin, begin_line) = (at + "---".len(), number + 2);
        }
        at += line.len();
    }
    cut_at(begin, yaml.len(), begin_line);
    documents
}

/// A reason in one line of bounded length.
fn one_line(reason: &impl ToString) -> String {
    let words = reason.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&words, REASON_BYTES).to_owned()
}
