//! `intent from dockerfile`: what the image of a Dockerfile's last stage, or of a named one, declares.
//!
//! Stages take over what those they begin from declare. `ARG` and `ENV` are put in where Docker does it, and only
//! there. What comes from a base image or from the command line of a build is not in the file; notes say so.
//! Nothing is built; scripts are looked for among what is copied (`copies.rs`).

mod copies;

use std::collections::{BTreeMap, BTreeSet};

use parse_dockerfile::{
    Command, Flag, HealthcheckArguments, Instruction, JsonOrStringArray, Source as Copied, Span, Stage,
};

use self::copies::{Copies, What};
use super::{
    document::{Act, Check, Document, Fact, Metadata, Volume, When},
    ports::port,
    words::words,
    yaml::{DocumentError, Source},
};

const ADVICE: &str = "mend it there, or check it with `docker build --check`";

/// What a stage has so far.
#[derive(Clone, Default)]
struct State {
    document: Option<Document>,
    /// The image that is not of this file; `None` for scratch.
    base: Option<String>,
    shell: Vec<String>,
    env: BTreeMap<String, String>,
    /// Names that no value is known of.
    unknown: BTreeSet<String>,
    copies: Copies,
}

/// The intent of a stage, by default of the last, and what was copied into it.
pub(super) fn read(
    source: &Source,
    target: Option<&str>,
    given: &BTreeMap<String, String>,
) -> Result<(Document, Copies), DocumentError> {
    let source = &Source::of(source.name(), with_empty_lists(source.text()));
    let file = parse_dockerfile::parse(source.text()).map_err(|error| {
        let why = error.to_string();
        let why = why.rsplit_once(" at line ").map_or(why.clone(), |(why, _)| why.to_owned());
        source.wrong_at(error.line() as u64, error.column() as u64, why, ADVICE)
    })?;
    let escape = file.parser_directives.escape.as_ref().map_or('\\', |escape| escape.value.value);
    let reader = Reader { source, escape, given };
    let mut global = BTreeMap::new();
    for arg in file.global_args() {
        let mut unknown = BTreeSet::new();
        reader.arg(&arg.arguments.value, &mut global, &BTreeMap::new(), &mut unknown);
    }
    let mut stages: Vec<(Option<String>, State)> = Vec::new();
    for stage in file.stages() {
        let name = stage.from.as_.as_ref().map(|(_, name)| name.value.to_lowercase());
        let state = reader.stage(&stage, &stages, &global);
        stages.push((name, state));
    }
    let wanted = match target {
        None => stages.pop(),
        Some(target) => {
            let target = target.to_lowercase();
            let number = target.parse().ok();
            let at = stages.iter().position(|(name, _)| name.as_ref() == Some(&target)).or(number);
            at.filter(|at| *at < stages.len()).map(|at| stages.swap_remove(at))
        }
    };
    let (name, mut state) = wanted.ok_or_else(|| {
        source.other("it has no such stage", "name a stage that a FROM names, or count from 0")
    })?;
    let copies = std::mem::take(&mut state.copies);
    Ok((finished(state, name.or_else(|| target.map(str::to_owned)), source), copies))
}

/// `ENTRYPOINT []` and `CMD []` take back what a base image says, and the parser refuses them: for it they hold one empty
/// word, which no program is.
fn with_empty_lists(text: &str) -> String {
    let line = |line: &str| {
        let is_empty = line.trim().split_once(char::is_whitespace).is_some_and(|(instruction, list)| {
            ["ENTRYPOINT", "CMD"].iter().any(|name| instruction.eq_ignore_ascii_case(name))
                && list
                    .strip_prefix('[')
                    .and_then(|list| list.strip_suffix(']'))
                    .is_some_and(|list| list.trim().is_empty())
        });
        if is_empty { line.replacen('[', "[\"\"", 1) } else { line.to_owned() }
    };
    text.split_inclusive('\n').map(line).collect()
}

/// What could be found out of a stage, with what could not.
fn finished(state: State, name: Option<String>, source: &Source) -> Document {
    let mut document = state.document.unwrap_or_else(|| Document::new(Metadata::default()));
    document.metadata.name = name.unwrap_or_else(|| source.name().to_owned());
    let declared = &mut document.declared;
    match (&declared.entrypoint, &declared.cmd) {
        (Some(entrypoint), cmd) => {
            let mut argv = entrypoint.value.clone();
            argv.extend(cmd.iter().flat_map(|cmd| cmd.value.iter().cloned()));
            let command = Fact { value: argv, from: entrypoint.from.clone() };
            declared.command = Some(command).filter(|command| !command.value.is_empty());
        }
        (None, Some(cmd)) if state.base.is_none() => declared.command = Some(cmd.clone()),
        _ => {}
    }
    if let Some(base) = &state.base {
        let mut missing = vec!["ports", "volumes", "environment"];
        if declared.entrypoint.is_none() {
            missing.insert(0, "entrypoint");
        }
        if declared.entrypoint.is_none() && declared.cmd.is_none() {
            missing.insert(1, "cmd");
        }
        if declared.user.is_none() {
            missing.push("user");
        }
        if declared.checks.is_empty() {
            missing.push("health check");
        }
        document.notes.push(format!(
            "what the base image {base} declares is not in this file: {}; see `intent from image`",
            missing.join(", ")
        ));
    }
    for name in &state.unknown {
        document.notes.push(format!("{name} has no value in this file and stays as it is written"));
    }
    document.sorted()
}

struct Reader<'a> {
    source: &'a Source,
    escape: char,
    /// From the command line of the build.
    given: &'a BTreeMap<String, String>,
}

impl Reader<'_> {
    fn from(&self, span: &Span) -> String {
        let before = self.source.text().get(..span.start).unwrap_or_default();
        self.source.line(before.matches('\n').count() as u64 + 1)
    }

    fn stage(
        &self,
        stage: &Stage<'_, '_>,
        before: &[(Option<String>, State)],
        global: &BTreeMap<String, String>,
    ) -> State {
        let mut unknown = BTreeSet::new();
        let image =
            words(&stage.from.image.value, self.escape, &|name| global.get(name).cloned(), &mut unknown);
        let image = image.concat();
        let parent = before.iter().rev().find(|(name, _)| name.as_ref() == Some(&image.to_lowercase()));
        let mut state = match parent {
            Some((_, state)) => state.clone(),
            None => State {
                base: Some(image).filter(|image| image != "scratch"),
                shell: vec!["/bin/sh".to_owned(), "-c".to_owned()],
                ..State::default()
            },
        };
        state.unknown.append(&mut unknown);
        let mut document = state.document.take().unwrap_or_else(|| Document::new(Metadata::default()));
        let (mut args, mut cmd_is_own) = (BTreeMap::new(), false);
        for instruction in stage.instructions {
            self.instruction(instruction, &mut document, &mut state, &mut args, global, &mut cmd_is_own);
        }
        state.document = Some(document);
        state
    }

    fn instruction(
        &self,
        instruction: &Instruction<'_>,
        document: &mut Document,
        state: &mut State,
        args: &mut BTreeMap<String, String>,
        global: &BTreeMap<String, String>,
        cmd_is_own: &mut bool,
    ) {
        let declared = &mut document.declared;
        match instruction {
            Instruction::Arg(arg) => {
                let scope: BTreeMap<_, _> = args.iter().chain(&state.env).map(pair).collect();
                self.arg_in(&arg.arguments.value, args, &scope, global, &mut state.unknown);
            }
            Instruction::Env(env) => {
                let from = self.from(&env.env.span);
                for (name, value) in self.pairs(&env.arguments.value, args, state) {
                    declared.environment.retain(|fact| fact.value != name);
                    declared.environment.push(Fact { value: name.clone(), from: from.clone() });
                    if name == "PATH" {
                        state.copies.look_along(&value);
                    }
                    state.env.insert(name, value);
                }
            }
            Instruction::Entrypoint(told) => {
                let from = self.from(&told.entrypoint.span);
                if let Command::Shell(_) = told.arguments {
                    document
                        .notes
                        .push(format!("the entrypoint at {from} is a shell's, which passes no cmd on"));
                }
                declared.entrypoint = Some(Fact { value: self.argv(&told.arguments, &state.shell), from });
                if !*cmd_is_own {
                    declared.cmd = None; // as Docker does with one that was taken over
                }
            }
            Instruction::Cmd(told) => {
                *cmd_is_own = true;
                let from = self.from(&told.cmd.span);
                declared.cmd = Some(Fact { value: self.argv(&told.arguments, &state.shell), from });
            }
            Instruction::Shell(told) => {
                state.shell = told.arguments.iter().map(|word| word.value.to_string()).collect();
            }
            Instruction::User(told) => {
                let user = self.words(&told.arguments.value, args, state).join(" ");
                declared.user = Some(Fact { value: user, from: self.from(&told.user.span) });
            }
            Instruction::Expose(told) => {
                let from = self.from(&told.expose.span);
                for word in &told.arguments {
                    for text in self.words(&word.value, args, state) {
                        match port(&text, &from) {
                            Some(port) => add_new(&mut declared.ports, port, |port| {
                                (port.port, port.end, port.protocol.clone())
                            }),
                            None => document.notes.push(format!("the port {text} at {from} is not known")),
                        }
                    }
                }
            }
            Instruction::Volume(told) => {
                let from = self.from(&told.volume.span);
                // An element of a JSON list is one path, with its spaces.
                let texts: Vec<String> = match &told.arguments {
                    JsonOrStringArray::Json(list) => {
                        list.value.iter().map(|word| format!("\"{}\"", word.value)).collect()
                    }
                    JsonOrStringArray::String(list) => {
                        list.iter().map(|word| word.value.to_string()).collect()
                    }
                };
                for text in texts {
                    for path in self.words(&text, args, state) {
                        let volume = Volume { path, source: None, read_only: false, from: from.clone() };
                        add_new(&mut declared.volumes, volume, |volume| volume.path.clone());
                    }
                }
            }
            Instruction::Healthcheck(told) => {
                let from = self.from(&told.healthcheck.span);
                let (act, argv) = match &told.arguments {
                    HealthcheckArguments::Cmd { arguments, .. } => {
                        (Act::Exec, self.argv(arguments, &state.shell))
                    }
                    _ => (Act::Disabled, Vec::new()),
                };
                let period = told.options.iter().find(|flag| flag.name.value == "interval");
                let period = period.and_then(|flag| flag.value.as_ref()).map(|value| value.value.to_string());
                let when = When::Healthcheck;
                declared.checks = vec![Check { when, act, argv, port: None, path: None, period, from }];
            }
            Instruction::Workdir(told) => {
                let directory = self.words(&told.arguments.value, args, state).join(" ");
                state.copies.enter(&directory);
            }
            Instruction::Copy(told) => self.copy(&told.options, &told.src, &told.dest.value, args, state),
            Instruction::Add(told) => self.copy(&told.options, &told.src, &told.dest.value, args, state),
            Instruction::Onbuild(told) => {
                let start = told.onbuild.span.end;
                let text = self.source.text().get(start..).unwrap_or_default();
                let value = self.joined(&self.logical(text));
                declared.on_build.push(Fact { value, from: self.from(&told.onbuild.span) });
            }
            _ => {}
        }
    }

    fn copy(
        &self,
        options: &[Flag<'_>],
        things: &[Copied<'_>],
        to: &str,
        args: &BTreeMap<String, String>,
        state: &mut State,
    ) {
        let is_elsewhere = options.iter().any(|flag| flag.name.value == "from");
        let mut all = Vec::new();
        for thing in things {
            all.push(match thing {
                Copied::HereDoc(text) => What::Text(self.from(&text.span), text.value.to_string()),
                Copied::Path(path) if !is_elsewhere && !path.value.contains("://") => {
                    What::File(self.words(&path.value, args, state).concat())
                }
                _ => What::Elsewhere,
            });
        }
        let to = self.words(to, args, state).concat();
        state.copies.put(all, &to);
    }

    /// A line with those that continue it.
    fn logical(&self, text: &str) -> String {
        let mut all = String::new();
        for line in text.lines() {
            all.push_str(line);
            if !line.trim_end().ends_with(self.escape) {
                break;
            }
            all.push('\n');
        }
        all
    }

    /// Lines that are continued, as the one that Docker makes of them; comments in between are none of it.
    fn joined(&self, text: &str) -> String {
        let lines = text.lines().enumerate();
        let lines = lines.filter(|(number, line)| *number == 0 || !line.trim_start().starts_with('#'));
        let parts = lines.map(|(_, line)| line.trim_end().strip_suffix(self.escape).unwrap_or(line));
        parts.collect::<String>().trim().to_owned()
    }

    fn argv(&self, command: &Command<'_>, shell: &[String]) -> Vec<String> {
        match command {
            Command::Exec(words) => {
                let words = words.value.iter().map(|word| word.value.to_string());
                words
                    .enumerate()
                    .filter(|(at, word)| *at > 0 || !word.is_empty())
                    .map(|(_, word)| word)
                    .collect()
            }
            Command::Shell(text) => shell.iter().cloned().chain([self.joined(text.value)]).collect(),
            _ => Vec::new(),
        }
    }

    fn words(&self, text: &str, args: &BTreeMap<String, String>, state: &mut State) -> Vec<String> {
        let State { env, unknown, .. } = state;
        words(text, self.escape, &|name| env.get(name).or_else(|| args.get(name)).cloned(), unknown)
    }

    /// `NAME=value ...`, or the old `NAME value`.
    fn pairs(&self, text: &str, args: &BTreeMap<String, String>, state: &mut State) -> Vec<(String, String)> {
        let first = text.split_whitespace().next().unwrap_or_default();
        if !first.contains('=') {
            let value = self.words(text.get(first.len()..).unwrap_or_default(), args, state).join(" ");
            return vec![(first.to_owned(), value)];
        }
        // A value that is not known here matters only where it is used.
        let mut quiet = State { env: state.env.clone(), ..State::default() };
        let words = self.words(text, args, &mut quiet);
        words
            .iter()
            .filter_map(|word| word.split_once('='))
            .map(|(name, value)| (name.into(), value.into()))
            .collect()
    }

    /// `ARG` before the first stage.
    fn arg(
        &self,
        text: &str,
        args: &mut BTreeMap<String, String>,
        global: &BTreeMap<String, String>,
        unknown: &mut BTreeSet<String>,
    ) {
        let scope = args.clone();
        self.arg_in(text, args, &scope, global, unknown);
    }

    /// What is given counts before the default, and the default before what an `ARG` ahead of the stages said.
    fn arg_in(
        &self,
        text: &str,
        args: &mut BTreeMap<String, String>,
        scope: &BTreeMap<String, String>,
        global: &BTreeMap<String, String>,
        unknown: &mut BTreeSet<String>,
    ) {
        for word in words(text, self.escape, &|name| scope.get(name).cloned(), unknown) {
            let (name, default) = word.split_once('=').map_or((word.as_str(), None), |(n, d)| (n, Some(d)));
            let value = self.given.get(name).map(String::as_str).or(default);
            if let Some(value) = value.or_else(|| global.get(name).map(String::as_str)) {
                args.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// Adds what has a key that is not there yet: what is said again is said where it was first.
fn add_new<T, K: PartialEq>(list: &mut Vec<T>, new: T, key: impl Fn(&T) -> K) {
    if !list.iter().any(|old| key(old) == key(&new)) {
        list.push(new);
    }
}

fn pair((name, value): (&String, &String)) -> (String, String) {
    (name.clone(), value.clone())
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    proptest! {
        #[test]
        fn whatever_a_dockerfile_holds_it_is_read_or_refused(
            lines in vec(
                (
                    select(vec![
                        "FROM", "ARG", "ENV", "USER", "EXPOSE", "VOLUME", "CMD", "ENTRYPOINT", "HEALTHCHECK CMD",
                        "HEALTHCHECK", "ONBUILD", "SHELL", "RUN", "COPY", "# escape=`", "LABEL", "",
                    ]),
                    prop_oneof![
                        any::<String>(),
                        "[a-z$ {}:=+\"'\\[\\]\\\\<-]{0,24}",
                        select(vec!["a AS b", "b", "[]", "<<E", "E", "${A:-", "A=$A", "[\"a\", \"$A\"]", "a \\"])
                            .prop_map(str::to_owned),
                    ],
                ),
                0..12,
            )
        ) {
            let text: String = lines.iter().map(|(word, rest)| format!("{word} {rest}\n")).collect();
            for text in [format!("FROM a\n{text}"), text] {
                let _ = read(&Source::of("x", text), None, &BTreeMap::new());
            }
        }
    }
}
