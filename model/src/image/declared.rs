//! What an image declares of itself, and what that is worth: declared intent.
//!
//! A start with just the declared words, or a health check with just its own, is intended (`Observer::is_declared`). A
//! declared port enters the hierarchy as pseudo-counts (Teh 2006 with customers that nobody saw). All of it is written
//! by strangers: parsed strictly, bounded, and what does not parse is ignored.
//!
//! Only what lists all there is may take probability from what it leaves out, so only ports are a level. Not here, for
//! that reason: a health check is one of many commands, and its program is named as typed, not as the kernel resolves
//! it; so its words are compared and nothing is counted. Nor the user: it says who the first process is, deployments
//! set another one all the time, and a behaviour is a change of rights, with groups and capabilities that nobody declares;
//! only that such a container's own process becomes root, or that a session of an operator is another user's, contradicts it
//! (`signs`).
//! UDP ports are no listeners: `behaviour` sees them with their peers.

use crate::{baseline::Level, behaviour::Dimension, event::Image, tools::file_name};
use serde::{Deserialize, Serialize};

/// How often a declared value counts as seen, where nothing else says how they differ. In container-windows: what an
/// image does is soon worth more than what it says, and never forgotten over it.
const PSEUDO: f64 = 10.0;
/// Entries of a list of ports from which on it says nothing: as many as a collector hands on at most, so there may have
/// been more, and what was left out must not count as undeclared.
const MAX_PORTS: usize = 64;
/// Longest command that is kept, in bytes.
const COMMAND_BYTES: usize = 64 << 10;

/// What is kept of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Declared {
    /// Entrypoint, then command.
    start: Box<[Box<str>]>,
    health_check: Box<[Box<str>]>,
    /// TCP ports in their order, fewer than [`MAX_PORTS`].
    ports: Box<[u16]>,
}

impl Declared {
    /// Takes in what was not declared so far: a runtime may tell late. What was declared stays.
    pub(crate) fn note(&mut self, image: &Image<'_>) {
        if self.start.is_empty() {
            self.start = command(image.entrypoint.iter().chain(&image.command));
        }
        if self.health_check.is_empty() {
            self.health_check = command(image.health_check.iter());
        }
        if self.ports.is_empty() && image.ports.len() < MAX_PORTS {
            let mut ports: Vec<u16> = image.ports.iter().filter_map(|port| declared_port(port)).collect();
            ports.sort_unstable();
            ports.dedup();
            self.ports = ports.into();
        }
    }

    /// The words it is started with.
    pub(crate) fn start(&self) -> impl Iterator<Item = &str> {
        self.start.iter().map(|word| &**word)
    }

    /// The words of its health check.
    pub(crate) fn health_check(&self) -> impl Iterator<Item = &str> {
        self.health_check.iter().map(|word| &**word)
    }

    /// Its TCP ports in their order.
    pub(crate) fn ports(&self) -> &[u16] {
        &self.ports
    }

    /// What either of two states of one image knows.
    pub(super) fn merged(&self, other: &Self) -> Self {
        Self {
            start: (&self.start).max(&other.start).clone(),
            health_check: (&self.health_check).max(&other.health_check).clone(),
            ports: (&self.ports).max(&other.ports).clone(),
        }
    }

    /// Whether these are the words the image declares to start with; see [`are_words`].
    pub(crate) fn starts_with(&self, arguments: &[&str], exact: bool) -> bool {
        are_words(&self.start, arguments, exact)
    }

    /// Whether these are the words of its health check; see [`are_words`].
    pub(crate) fn checks_health_with(&self, arguments: &[&str], exact: bool) -> bool {
        are_words(&self.health_check, arguments, exact)
    }

    /// Whether the image declares this TCP port.
    pub(crate) fn has_port(&self, port: u16) -> bool {
        self.ports.binary_search(&port).is_ok()
    }

    /// A value in the restaurant of the declared values of its dimension; empty where none are. Its place is between
    /// the image's own tables and its elders: what it does says more of it than what it declares, but what a version
    /// declares says more of that version than what others did, which would drown these few counts.
    ///
    /// [`PSEUDO`] counts a value, shared among them as the levels `above` would: so no declared value is ever less probable
    /// than undeclared, though one of many that are declared is one the whole fleet has, and the probabilities of all
    /// values still add up to 1. All others are left what the process backs off with.
    pub(crate) fn level(
        &self,
        dimension: Dimension,
        value: &str,
        discount: f64,
        above: impl Fn(&str) -> f64,
    ) -> Level {
        if dimension != Dimension::Listen || self.ports.is_empty() {
            return Level::default();
        }
        let types = self.ports.len() as f64;
        let total = PSEUDO * types;
        let declared = value.strip_prefix("tcp/").and_then(number).is_some_and(|port| self.has_port(port));
        let count = if declared {
            let all: f64 = self.ports.iter().map(|port| above(&format!("tcp/{port}"))).sum();
            discount + above(value) / all * (total - discount * types)
        } else {
            0.0
        };
        Level { count, total, types }
    }
}

/// Words of a command; none of one that is too long.
fn command<'w>(words: impl Iterator<Item = &'w &'w str> + Clone) -> Box<[Box<str>]> {
    if words.clone().map(|word| word.len()).sum::<usize>() > COMMAND_BYTES {
        return Box::default();
    }
    words.map(|word| Box::from(*word)).collect()
}

/// Whether `arguments` are the declared words; before them may stand the interpreter of a declared script and its one
/// option, which the kernel puts there. Words that are not `exact` were taken apart at blanks, and the first one may be a
/// path in place of a name. Nothing declared is never met.
fn are_words(declared: &[Box<str>], arguments: &[&str], exact: bool) -> bool {
    if declared.is_empty() {
        return false;
    }
    let words = || declared.iter().map(|word| &**word);
    if !exact {
        fn line<'w>(mut words: impl Iterator<Item = &'w str>) -> String {
            words.next().map(file_name).into_iter().chain(words).collect::<Vec<_>>().join(" ")
        }
        return line(words()) == line(arguments.iter().copied());
    }
    let Some(interpreter) = arguments.len().checked_sub(declared.len()) else { return false };
    interpreter <= 2 && words().eq(arguments.iter().skip(interpreter).copied())
}

/// The TCP port of a declaration, "80/tcp" or "80" (OCI image specification, `ExposedPorts`).
pub(crate) fn declared_port(text: &str) -> Option<u16> {
    number(text.strip_suffix("/tcp").unwrap_or(text))
}

/// A port as behaviours write it: no sign, no leading zero, not 0.
fn number(text: &str) -> Option<u16> {
    let port: u16 = text.parse().ok()?;
    text.starts_with(|first| matches!(first, '1'..='9')).then_some(port)
}

#[cfg(test)]
mod tests;
