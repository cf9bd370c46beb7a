//! What scripts of an image start in turn, as a document declares it, and which of what runs is just that.
//!
//! The words of a script are no secret, and who breaks into a container can repeat them. So a start is intended only where
//! the script is at work: below the container's first process, a probe or a hook, each link of the chain intended itself, and
//! each one above it a shell or a wrapper, which start others by trade. Where a script puts in a variable (`$NAME` or a
//! backtick in a word) any words may stand, but never for what an interpreter is to run, nor for the program itself.
//!
//! Not here: reading scripts (the operator's tool), bounds of a document (the server).

use crate::{
    event::{Batch, Process, ProcessFlags},
    tools::{Tool, file_name},
};

/// Programs that start another and are no shell.
const WRAPPERS: [&str; 17] = [
    "tini",
    "docker-init",
    "dumb-init",
    "catatonit",
    "gosu",
    "su-exec",
    "chpst",
    "setpriv",
    "setuidgid",
    "sudo",
    "env",
    "nice",
    "nohup",
    "setsid",
    "stdbuf",
    "timeout",
    "xargs",
];
/// Longest chain from the container's first process.
const DEPTH: usize = 8;

/// Whether a process is one that a script of its image starts, or above one: `starts` are declared commands, and
/// `is_first` says of a process without a parent whether it is what the image declares to be started or checked.
pub(crate) fn is_started(
    batch: &Batch<'_>,
    process: &Process<'_>,
    starts: &[Vec<&str>],
    is_first: impl Fn(&Process<'_>) -> bool,
) -> bool {
    let (mut below, mut depth) = (process, 0);
    loop {
        if below.flags.has(ProcessFlags::NEW_PROGRAM | ProcessFlags::EXEC_SESSION) || depth == DEPTH {
            return false;
        }
        let is_start = || starts.iter().any(|start| is_run(start, below));
        let Some(parent) = below.parent else {
            return is_first(below) || (below.flags.has(ProcessFlags::INIT_FAMILY) && is_start());
        };
        let Some(parent) = batch.processes.get(parent).filter(|parent| starts_others(parent)) else {
            return false;
        };
        if !is_start() {
            return false;
        }
        (below, depth) = (parent, depth + 1);
    }
}

fn starts_others(process: &Process<'_>) -> bool {
    let named = process.arguments.first().map_or(process.executable, |first| *first);
    let is = |name: &str| Tool::of(name) == Tool::Shell || WRAPPERS.contains(&name);
    is(file_name(process.executable)) || is(file_name(named).trim_start_matches('-'))
}

/// Whether a process runs this command; before its words may stand the interpreter of a script and its one option, which
/// the kernel puts there.
fn is_run(start: &[&str], process: &Process<'_>) -> bool {
    let Some((program, words)) = start.split_first() else { return false };
    let is_code = Tool::of(file_name(program)).runs_code();
    if is_open(program) || (is_code && words.iter().any(|word| is_open(word))) {
        return false;
    }
    (0..=2).any(|interpreter| {
        let Some((named, given)) = process.arguments.get(interpreter..).and_then(<[_]>::split_first) else {
            return false;
        };
        // By its path, or by its name where the path was searched.
        let is_named = named == program || (!program.contains('/') && file_name(named) == *program);
        is_named && fits(words, given)
    })
}

fn is_open(word: &str) -> bool {
    word.contains(['$', '`'])
}

/// Whether words are the declared ones, where an open one stands for any number. Greedy with one way back, as of a pattern of
/// characters with stars: at most the product of both lengths.
fn fits(declared: &[&str], given: &[&str]) -> bool {
    let (mut at, mut next, mut back) = (0, 0, None);
    while next < given.len() {
        match declared.get(at) {
            Some(word) if is_open(word) => {
                back = Some((at, next));
                at += 1;
            }
            Some(word) if given.get(next) == Some(word) => (at, next) = (at + 1, next + 1),
            _ => match &mut back {
                Some((open, taken)) => {
                    *taken += 1;
                    (at, next) = (*open + 1, *taken);
                }
                None => return false,
            },
        }
    }
    declared.iter().skip(at).all(|word| is_open(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INIT: ProcessFlags = ProcessFlags(ProcessFlags::INIT_FAMILY);

    fn process<'a>(parent: Option<usize>, line: &'a str, flags: u32) -> Process<'a> {
        let arguments: Vec<&str> = line.split(' ').collect();
        let executable = arguments.first().copied().unwrap_or_default();
        Process { parent, executable, arguments, flags: ProcessFlags(INIT.0 | flags), ..Process::default() }
    }

    /// Whether the last of these processes is intended, where the first is what the image declares.
    fn last(processes: Vec<Process<'_>>, starts: &[&str]) -> bool {
        let starts: Vec<Vec<&str>> = starts.iter().map(|line| line.split(' ').collect()).collect();
        let batch = Batch { processes, ..Batch::default() };
        let is_first = |process: &Process<'_>| process.arguments.contains(&"/entry.sh");
        is_started(&batch, batch.processes.last().unwrap(), &starts, is_first)
    }

    #[test]
    fn what_a_script_starts_is_intended_where_the_script_is_at_work() {
        let starts = ["mkdir -p /data", "chown -R $USER /data", "sh -c true", "setup --fast", "app --serve"];
        let entry = || process(None, "/bin/sh /entry.sh", 0);
        for line in
            ["mkdir -p /data", "chown -R app /data", "chown -R /data", "/bin/bash /usr/bin/setup --fast"]
        {
            assert!(last(vec![entry(), process(Some(0), line, 0)], &starts), "{line}");
        }
        // `exec app --serve`: a new program of the first process.
        assert!(last(vec![process(None, "app --serve", 0)], &starts));
        let within = vec![entry(), process(Some(0), "sh -c true", 0), process(Some(1), "mkdir -p /data", 0)];
        assert!(last(within, &starts));
        for line in ["mkdir -p /data2", "mkdir -p", "mkdir -p /data /x", "chown app", "other", "/tmp/x/app"] {
            assert!(!last(vec![entry(), process(Some(0), line, 0)], &starts), "{line}");
        }
    }

    /// Somebody who broke into the program repeats what the script says.
    #[test]
    fn what_others_start_with_the_same_words_is_not() {
        let starts = ["mkdir -p /data", "sh -c $RUN", "$RUN now", "app --serve"];
        let entry = || process(None, "/bin/sh /entry.sh", 0);
        let app = || process(None, "app --serve", 0);
        let same = |parent, flags| process(Some(parent), "mkdir -p /data", flags);
        assert!(last(vec![entry(), same(0, 0)], &starts));
        assert!(!last(vec![app(), same(0, 0)], &starts), "the program starts nothing by trade");
        let shell = process(Some(0), "sh -c id", 0);
        assert!(!last(vec![app(), shell.clone(), same(1, 0)], &starts), "by a shell that nobody declared");
        assert!(!last(vec![entry(), shell], &starts), "a variable is never code");
        assert!(!last(vec![entry(), process(Some(0), "nc now", 0)], &starts), "nor the program");
        for flags in [
            ProcessFlags::UPPER_LAYER,
            ProcessFlags::MEMFD,
            ProcessFlags::DELETED,
            ProcessFlags::SCRIPT_WRITTEN,
            ProcessFlags::EXEC_SESSION,
        ] {
            assert!(!last(vec![entry(), same(0, flags)], &starts), "{flags}");
            assert!(!last(vec![process(None, "/bin/sh /entry.sh", flags), same(0, 0)], &starts), "{flags}");
        }
        assert!(!last(vec![process(None, "/bin/sh /other.sh", 0), same(0, 0)], &starts));
        assert!(!last(vec![entry(), same(0, 0)], &[]));
    }

    #[test]
    fn a_chain_has_an_end() {
        let mut all = vec![process(None, "/bin/sh /entry.sh", 0)];
        all.extend((0..2 * DEPTH).map(|above| process(Some(above), "sh -c true", 0)));
        assert!(!last(all, &["sh -c true"]));
    }

    /// By trying all there is.
    fn naive(declared: &[&str], given: &[&str]) -> bool {
        match declared.split_first() {
            None => given.is_empty(),
            Some((word, rest)) if is_open(word) => {
                (0..=given.len()).any(|taken| naive(rest, &given[taken..]))
            }
            Some((word, rest)) => {
                given.split_first().is_some_and(|(own, more)| own == word && naive(rest, more))
            }
        }
    }

    proptest! {
        #[test]
        fn open_words_stand_for_any_number(
            declared in prop::collection::vec(prop::sample::select(vec!["a", "b", "$X"]), 0..6),
            given in prop::collection::vec(prop::sample::select(vec!["a", "b"]), 0..8),
        ) {
            prop_assert_eq!(fits(&declared, &given), naive(&declared, &given));
        }
    }
}
