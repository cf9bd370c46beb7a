//! `$(NAME)` in commands: Kubernetes itself puts variables of the container there, before anything runs. `$$` stands for a
//! dollar, so `$$(NAME)` is no reference, and a reference to what is no variable stays. A shell's `$(program)` looks the
//! same and is none: taken for it, `sh -c "exec $(APP)"` started a program APP.
//!
//! A value may be a secret, so one is put in only where it says which program runs: in the first word of a command, and in a
//! text of `sh -c` that has a command which begins with the variable. In such a text every other variable of the container
//! becomes `${NAME}`, by which the shell has the same value; elsewhere words stay as they are written.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::shell::{self, Word, base, is_shell},
    manifest::{Container, EnvVar},
};

/// By how many bytes values may make a word longer: what is started with more is not told anyway.
const WORD_BYTES: usize = 4 << 10;
/// And all variables of a container, by what they refer to.
const VALUE_BYTES: usize = 64 << 10;

/// Variables of a container, as far as its manifest tells them.
pub(super) struct Variables<'c> {
    /// None where the value is in another object.
    values: BTreeMap<&'c str, Option<String>>,
    /// Whether there are others, with names from elsewhere.
    others: bool,
}

/// What a reference stands for.
enum Meaning<'v> {
    Value(&'v str),
    /// Something that the manifest does not tell.
    Open,
    /// Itself.
    Nothing,
}

impl<'c> Variables<'c> {
    /// As the command has them: a value may refer to variables before it.
    pub(super) fn of_command(container: &'c Container) -> Self {
        let mut all = Self { values: BTreeMap::new(), others: container.env_from.is_some() };
        let names = container.env.iter().flatten().map(|one| one.name.value.as_str());
        let names: BTreeSet<&str> = names.collect();
        let mut left = VALUE_BYTES;
        for one in container.env.iter().flatten() {
            let value = literal(one).and_then(|written| {
                let mut is_known = true;
                let value = expanded(written, left, &mut |name| match all.meaning(name) {
                    Meaning::Value(value) => Some(value.to_owned()),
                    Meaning::Open => {
                        // One that comes after it is no variable yet.
                        let is_later = names.contains(name) && !all.values.contains_key(name);
                        is_known &= is_later && !all.others;
                        None
                    }
                    Meaning::Nothing => None,
                });
                let value = value.filter(|_| is_known)?;
                left -= value.len().saturating_sub(written.len()).min(left);
                Some(value)
            });
            all.values.insert(&one.name.value, value);
        }
        all
    }

    /// As probes have them: values as they are written, none of those from elsewhere, which count as empty.
    pub(super) fn of_probes(container: &'c Container) -> Self {
        let value = |one: &'c EnvVar| Some(literal(one).unwrap_or_default().to_owned());
        let all = container.env.iter().flatten();
        Self { values: all.map(|one| (one.name.value.as_str(), value(one))).collect(), others: false }
    }

    /// A command as it is run. Names of variables in it that the manifest gives no value are added to `unknown`.
    pub(super) fn run(&self, argv: &[String], unknown: &mut BTreeSet<String>) -> Vec<String> {
        let mut all = argv.to_vec();
        for word in argv {
            expanded(word, 0, &mut |name| {
                if matches!(self.meaning(name), Meaning::Open) {
                    unknown.insert(name.to_owned());
                }
                None
            });
        }
        if let Some(first) = all.first_mut() {
            let value = |name: &str| match self.meaning(name) {
                Meaning::Value(value) => Some(value.to_owned()),
                _ => None,
            };
            *first = expanded(first, WORD_BYTES, &mut { value }).unwrap_or_else(|| first.clone());
        }
        if let Some(text) = text_of_shell(&all).and_then(|at| all.get_mut(at)) {
            *text = self.text(text);
        }
        all
    }

    /// A text that a shell is given.
    fn text(&self, text: &str) -> String {
        let written = |programs: &BTreeSet<&str>| {
            expanded(text, WORD_BYTES, &mut |name| match self.meaning(name) {
                Meaning::Value(value) if value.is_empty() || programs.contains(name) => {
                    Some(value.to_owned())
                }
                Meaning::Nothing => None,
                _ => Some(format!("${{{name}}}")),
            })
        };
        let Some(bare) = written(&BTreeSet::new()) else { return text.to_owned() };
        let script = shell::read(&bare);
        let programs = script.commands.iter().flat_map(|command| variables(&command.words)).collect();
        written(&programs).unwrap_or(bare)
    }

    fn meaning(&self, name: &str) -> Meaning<'_> {
        match self.values.get(name) {
            Some(Some(value)) => Meaning::Value(value),
            Some(None) => Meaning::Open,
            // Services and admission give variables, too, all in capitals; hardly a program is.
            None if is_name(name) && (self.others || !name.contains(|c: char| c.is_ascii_lowercase())) => {
                Meaning::Open
            }
            None => Meaning::Nothing,
        }
    }
}

fn literal(one: &EnvVar) -> Option<&str> {
    if one.value_from.is_some() { None } else { Some(one.value.as_deref().unwrap_or_default()) }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// Where the text of `sh -c` is in a command, also behind wrappers.
fn text_of_shell(argv: &[String]) -> Option<usize> {
    let shell = argv.iter().position(|word| is_shell(base(word)))?;
    let (mut is_text, mut is_value) = (false, false);
    for (at, word) in argv.iter().enumerate().skip(shell + 1) {
        if is_value {
            is_value = false;
        } else if !word.starts_with(['-', '+']) {
            return is_text.then_some(at);
        } else if !word.starts_with("--") {
            is_text |= word.contains('c');
            // `-o pipefail`, also as `-euo pipefail`.
            is_value = word.contains(['o', 'O']);
        }
    }
    None
}

/// Variables by which a command says its program.
fn variables(words: &[Word]) -> Vec<&str> {
    let is_before = |word: &&Word| matches!(word, Word::Literal(text) if text == "exec" || text == "command");
    match words.iter().find(|word| !is_before(word)) {
        Some(Word::Open(word)) if !word.contains("$(") && !word.contains('`') => {
            word.split("${").skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
        }
        _ => Vec::new(),
    }
}

/// Puts something in place of references, or leaves them. None if it grows by more than `most`.
fn expanded(text: &str, most: usize, put: &mut dyn FnMut(&str) -> Option<String>) -> Option<String> {
    let (mut out, mut rest, mut ends) = (String::new(), text, true);
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let inside = after.strip_prefix('(').filter(|_| ends);
        let reference = inside.and_then(|inside| inside.split_once(')'));
        // Where no bracket closes, none does further on.
        ends &= inside.is_none() || reference.is_some();
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, behind)) = reference {
            match put(name) {
                Some(value) => out.push_str(&value),
                None => out.extend(["$(", name, ")"]),
            }
            rest = behind;
        } else {
            out.push('$');
            rest = after;
        }
        if out.len() > text.len() + most {
            return None;
        }
    }
    Some(out + rest).filter(|out| out.len() <= text.len() + most)
}

#[cfg(test)]
mod tests;
