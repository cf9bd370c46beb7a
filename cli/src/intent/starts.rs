//! What the command of an image starts in the end: through wrappers such as tini and gosu, through `sh -c`, and through scripts
//! of the image.
//!
//! A script is read, never run, so what it starts under a condition is told like the rest, and what only the running script
//! knows is noted. Not here: the grammar of scripts (`shell.rs`), and where they are found.

use std::collections::BTreeSet;

use super::{
    document::{Act, Document, Fact},
    shell::{self, SCRIPT_BYTES, Word, base, interpreter, is_shell},
};

/// Commands and notes of a document.
pub(super) const STARTS: usize = 256;
/// Scripts that are looked up for one.
const SCRIPTS: usize = 16;
/// Scripts, wrappers and `sh -c` within each other.
const DEPTH: usize = 8;
/// Words of a command that are looked at.
const WORDS: usize = 1024;
/// Longest command that is told, in bytes.
pub(super) const COMMAND_BYTES: usize = 4 << 10;

/// Finds a file of the image by the word that a command has for it.
pub(super) type Find<'a> = dyn FnMut(&str) -> Found + 'a;

/// What a word of a command means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A script: what the file is called for people, and what is in it.
    Text(String, String),
    /// No script.
    Program,
    /// A file that is not at hand.
    Unknown,
}

impl Found {
    /// By what is in a file, or the beginning of it.
    pub(super) fn of(file: String, bytes: &[u8]) -> Self {
        if bytes.starts_with(b"#!") || str::from_utf8(bytes).is_ok() {
            Self::Text(file, String::from_utf8_lossy(bytes).into_owned())
        } else {
            Self::Program
        }
    }
}

/// Programs that start another: how many words come before that one, and options that have a value of their own.
const WRAPPERS: [(&str, usize, &[&str]); 18] = [
    ("tini", 0, &["-p", "-e"]),
    ("docker-init", 0, &["-p", "-e"]),
    ("dumb-init", 0, &["-r", "--rewrite"]),
    ("catatonit", 0, &[]),
    ("gosu", 1, &[]),
    ("su-exec", 1, &[]),
    ("chpst", 0, &["-u", "-U", "-e", "-/", "-n", "-l", "-L", "-m", "-d", "-o", "-p", "-f", "-c", "-r", "-t"]),
    ("setpriv", 0, &[]),
    ("setuidgid", 1, &[]),
    ("sudo", 0, &["-u", "--user", "-g", "--group", "-h", "-p", "-C", "-T", "-r", "-t"]),
    ("env", 0, &["-u", "--unset", "-C", "--chdir"]),
    ("nice", 0, &["-n", "--adjustment"]),
    ("nohup", 0, &[]),
    ("setsid", 0, &[]),
    ("stdbuf", 0, &["-i", "-o", "-e"]),
    ("timeout", 1, &["-k", "--kill-after", "-s", "--signal"]),
    ("xargs", 0, &["-n", "-I", "-P", "-L", "-s", "-a", "-d", "-E"]),
    ("busybox", 0, &[]),
];

/// What a shell does itself.
const BUILTINS: [&str; 47] = [
    ":", "[", "[[", "alias", "bg", "bind", "break", "cd", "continue", "declare", "dirs", "disown", "echo",
    "enable", "exit", "export", "false", "fc", "fg", "getopts", "hash", "help", "history", "jobs", "kill",
    "let", "local", "popd", "printf", "pushd", "pwd", "read", "readonly", "return", "shift", "shopt",
    "suspend", "test", "times", "trap", "true", "type", "typeset", "ulimit", "umask", "unset", "wait",
];

/// Adds to a document what its command and its checks start and it does not say yet.
pub(super) fn add(document: &mut Document, find: &mut Find<'_>) {
    let declared = &document.declared;
    let checks = declared.checks.iter().filter(|check| check.act == Act::Exec);
    let argvs: Vec<(Vec<String>, String)> = declared
        .command
        .iter()
        .map(|command| (command.value.clone(), command.from.clone()))
        .chain(checks.map(|check| (check.argv.clone(), check.from.clone())))
        .collect();
    let seen = declared.starts.iter().map(|start| start.value.clone()).collect();
    let mut starts = Starts { find, looked: 0, seen, found: Vec::new(), notes: BTreeSet::new() };
    for (argv, from) in argvs {
        let words: Vec<Word> = argv.into_iter().map(Word::Literal).collect();
        let at = At { from: &from, script: "", arguments: &[], functions: &BTreeSet::new(), depth: 0 };
        starts.command(&words, &at, true);
    }
    let Starts { found, notes, .. } = starts;
    document.declared.starts.extend(found);
    document.notes.extend(notes);
}

struct Starts<'f, 'a> {
    find: &'f mut Find<'a>,
    looked: usize,
    /// Scripts with their arguments, and commands.
    seen: BTreeSet<Vec<String>>,
    found: Vec<Fact<Vec<String>>>,
    notes: BTreeSet<String>,
}

/// Where a command stands.
#[derive(Clone, Copy)]
struct At<'a> {
    from: &'a str,
    /// What `$0` is.
    script: &'a str,
    /// What `$@` is.
    arguments: &'a [String],
    functions: &'a BTreeSet<String>,
    depth: usize,
}

impl Starts<'_, '_> {
    fn note(&mut self, note: String) {
        if self.notes.len() < STARTS {
            self.notes.insert(note);
        }
    }

    /// A command and what it starts. `is_told`: whether it is one that the document has already.
    fn command(&mut self, words: &[Word], at: &At<'_>, is_told: bool) {
        if at.depth > DEPTH {
            return self.note(format!("what is started at {} is nested too deep to be told", at.from));
        }
        // What `$@` stands for is spliced in.
        let words: Vec<Word> = words
            .iter()
            .flat_map(|word| match word {
                Word::Arguments => at.arguments.iter().cloned().map(Word::Literal).collect(),
                Word::Script => vec![Word::Literal(at.script.to_owned())],
                other => vec![other.clone()],
            })
            .take(WORDS + 1)
            .collect();
        if words.len() > WORDS {
            return self.note(format!("what is started at {} is too much to be told", at.from));
        }
        let deeper = &At { depth: at.depth + 1, ..*at };
        let name = match words.first() {
            Some(Word::Literal(name)) if !name.is_empty() => name.clone(),
            Some(Word::Open(open)) => {
                return self.note(format!("what {open} at {} starts is not known", at.from));
            }
            _ => return,
        };
        let rest = words.get(1..).unwrap_or_default();
        let in_script = !at.script.is_empty();
        if in_script && at.functions.contains(&name) {
            return;
        }
        match name.as_str() {
            "exec" if in_script => return self.command(after(rest, 0, &["-a"]), deeper, false),
            "command" | "builtin" | "time" if in_script => {
                let asks = rest.iter().any(|word| is(word, "-v") || is(word, "-V"));
                if !asks {
                    self.command(after(rest, 0, &[]), deeper, false);
                }
                return;
            }
            // `set -- program "$@"`: what a later `exec "$@"` starts.
            "set" if in_script => {
                let given = rest.iter().position(|word| is(word, "--")).and_then(|at| rest.get(at + 1..));
                let begins = |first: &Word| matches!(first, Word::Literal(first) if !first.starts_with('-'));
                return match given {
                    Some(given) if given.first().is_some_and(begins) => self.command(given, deeper, false),
                    _ => (),
                };
            }
            "." | "source" if in_script => {
                return match rest.first() {
                    Some(Word::Literal(file)) => self.script(file, at.arguments.to_vec(), at, true),
                    _ => self.note(format!("what is read in at {} is not known", at.from)),
                };
            }
            "eval" if in_script => {
                return self.note(format!("what is evaluated at {} is not known", at.from));
            }
            builtin if in_script && BUILTINS.contains(&builtin) => return,
            _ => {}
        }
        let told: Vec<String> = words.iter().map(written).collect();
        if !is_told && !self.tell(told, at) {
            return;
        }
        self.within(&name, rest, at);
    }

    /// Tells a command; false if it was told before or can't be.
    fn tell(&mut self, told: Vec<String>, at: &At<'_>) -> bool {
        if !self.seen.insert(told.clone()) {
            return false;
        }
        if self.found.len() >= STARTS || told.iter().map(String::len).sum::<usize>() > COMMAND_BYTES {
            self.note(format!("what is started at {} and after it is too much to be told", at.from));
            return false;
        }
        self.found.push(Fact { value: told, from: at.from.to_owned() });
        true
    }

    /// What a program starts that was started: of a wrapper, a shell or a script.
    fn within(&mut self, name: &str, rest: &[Word], at: &At<'_>) {
        let deeper = At { depth: at.depth + 1, ..*at };
        let program = base(name);
        if let Some((_, before, valued)) = WRAPPERS.iter().find(|(wrapper, ..)| *wrapper == program) {
            let inner = after(rest, *before, valued);
            let is_variable = |word: &Word| matches!(word, Word::Literal(text) if text.contains('='));
            let set =
                if program == "env" { inner.iter().take_while(|word| is_variable(word)).count() } else { 0 };
            return self.command(inner.get(set..).unwrap_or_default(), &deeper, false);
        }
        if program == "find" {
            let acts = ["-exec", "-execdir", "-ok", "-okdir"];
            for (number, _) in
                rest.iter().enumerate().filter(|(_, word)| acts.iter().any(|act| is(word, act)))
            {
                let act = rest.get(number + 1..).unwrap_or_default();
                let end = act.iter().position(|word| is(word, ";") || is(word, "+")).unwrap_or(act.len());
                self.command(act.get(..end).unwrap_or_default(), &deeper, false);
            }
            return;
        }
        if !is_shell(program) {
            let arguments = rest.iter().map(written).collect();
            return self.script(name, arguments, &deeper, false);
        }
        let (mut options, mut is_text) = (0, false);
        while let Some(Word::Literal(option)) = rest.get(options) {
            if !option.starts_with(['-', '+']) {
                break;
            }
            let letters = if option.starts_with("--") { "" } else { option.as_str() };
            is_text |= letters.contains('c');
            // `-o pipefail`, also as `-euo pipefail`.
            options += if letters.contains(['o', 'O']) { 2 } else { 1 };
        }
        let given = rest.get(options..).unwrap_or_default();
        let Some(Word::Literal(first)) = given.first() else { return };
        let arguments: Vec<String> = given.iter().skip(1).map(written).collect();
        if is_text {
            // Behind the text comes what is `$0` in it.
            let zero = arguments.first().map_or(name, String::as_str);
            let of_text = At { script: zero, arguments: arguments.get(1..).unwrap_or_default(), ..deeper };
            self.text(first, &of_text, None);
        } else {
            self.script(first, arguments, &deeper, true);
        }
    }

    /// A script of the image, if that is what a word means.
    fn script(&mut self, word: &str, arguments: Vec<String>, at: &At<'_>, is_shells: bool) {
        let key = [vec!["script".to_owned(), word.to_owned()], arguments.clone()].concat();
        if at.depth > DEPTH || !self.seen.insert(key) {
            return;
        }
        // A program without a path is a script only where an image starts with it.
        let may_be = is_shells || word.contains('/') || at.script.is_empty() || word.ends_with(".sh");
        if !may_be {
            return;
        }
        if self.looked >= SCRIPTS {
            return self
                .note(format!("more than {SCRIPTS} scripts are started; what {word} starts is not told"));
        }
        self.looked += 1;
        let (file, text) = match (self.find)(word) {
            Found::Text(file, text) => (file, text),
            Found::Program => return,
            Found::Unknown => {
                // Of what scripts start in turn most are programs.
                if at.script.is_empty() || is_shells {
                    self.note(format!("what {word} starts is not known: its file is not at hand"));
                }
                return;
            }
        };
        let interpreter = interpreter(&text).unwrap_or_default();
        if !is_shells && interpreter.is_empty() {
            return;
        }
        if !is_shells && !is_shell(interpreter) {
            return self.note(format!("what {file} starts is not told: it is a script of {interpreter}"));
        }
        let of_script = At { script: word, arguments: &arguments, depth: at.depth + 1, ..*at };
        self.text(&text, &of_script, Some(&file));
    }

    /// A text of a shell: that of a file, or one given where the command stands.
    fn text(&mut self, text: &str, at: &At<'_>, file: Option<&str>) {
        let script = shell::read(text);
        if !script.whole {
            let what = file.unwrap_or(at.from);
            let why = if text.len() > SCRIPT_BYTES { "too large" } else { "not all understood" };
            self.note(format!("what {what} starts may be more than is told: the script is {why}"));
        }
        for command in &script.commands {
            let from = file.map_or_else(|| at.from.to_owned(), |file| format!("{file}:{}", command.line));
            let here = At { from: &from, functions: &script.functions, ..*at };
            self.command(&command.words, &here, false);
        }
    }
}

/// What comes behind options and so many words.
fn after<'w>(words: &'w [Word], before: usize, valued: &[&str]) -> &'w [Word] {
    let mut at = 0;
    while let Some(Word::Literal(word)) = words.get(at).filter(|word| !is(word, "-")) {
        if word == "--" {
            at += 1;
            break;
        }
        if !word.starts_with('-') {
            break;
        }
        at += if valued.contains(&word.as_str()) { 2 } else { 1 };
    }
    words.get(at + before..).unwrap_or_default()
}

fn is(word: &Word, text: &str) -> bool {
    matches!(word, Word::Literal(literal) if literal == text)
}

/// A word as it is told: what it says, or how it is written.
fn written(word: &Word) -> String {
    match word {
        Word::Literal(text) | Word::Open(text) => text.clone(),
        Word::Arguments => "$@".to_owned(),
        Word::Script => "$0".to_owned(),
    }
}

#[cfg(test)]
mod tests;
