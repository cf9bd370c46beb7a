//! What scripts of an image start in turn, as a document declares it, and which of what runs is just that.
//!
//! The words of a script are no secret, and who breaks into a container can give a program any words. So a start is intended
//! only where the script is at work: each link of the chain up to the container's first process is intended itself, and each
//! above the last a shell or a wrapper by its file, which start others by trade. The file that runs has to be the program that
//! is declared, from the image. Where a script puts in a variable, plain words may stand, and no option; never for a program
//! that runs what it is told, nor for the program itself. What is not sure to be the declared command is judged as ever. Not
//! told apart is a program that a script started and that becomes a declared one itself, without a fork.
//!
//! Not here: reading scripts (the operator's tool), bounds of a document (the server).

use crate::{
    behaviour,
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
/// Those that a runtime puts before the declared words, with `--` between.
const INITS: [&str; 3] = ["docker-init", "tini", "catatonit"];
/// Others that run what their words say.
const RUNNERS: [&str; 7] = ["ed", "find", "git", "rsync", "sed", "tar", "vi"];
/// Longest chain from the container's first process.
const DEPTH: usize = 8;
/// Programs that were not in the image.
const FOREIGN: u32 = ProcessFlags::NEW_PROGRAM | ProcessFlags::VOLUME | ProcessFlags::SCRIPT_ON_VOLUME;

/// Whether a process is one that a script of its image starts: `starts` are declared commands, `first` is what the image
/// declares to be started, whose last words a deployment may replace.
pub(crate) fn is_started(
    batch: &Batch<'_>,
    process: &Process<'_>,
    starts: &[Vec<&str>],
    first: Option<&str>,
) -> bool {
    let (mut below, mut depth) = (process, 0);
    loop {
        if below.flags.has(FOREIGN | ProcessFlags::EXEC_SESSION) || depth == DEPTH {
            return false;
        }
        let is_start = || starts.iter().any(|start| is_run(start, below));
        let Some(parent) = below.parent else {
            let is_first = first.is_some_and(|first| depth > 0 && begins(first, below));
            return below.flags.has(ProcessFlags::INIT_FAMILY) && (is_first || is_start());
        };
        let parent = batch.processes.get(parent).filter(|parent| starts_others(parent));
        let (Some(parent), true) = (parent, is_start()) else { return false };
        (below, depth) = (parent, depth + 1);
    }
}

/// Name of the program a process runs: its file's, and not what it calls itself, but for the applets of a multi-call file.
fn name(process: &Process<'_>) -> String {
    let program = behaviour::program(process);
    let applet = program.rsplit_once('[').and_then(|(_, applet)| applet.strip_suffix(']'));
    applet.unwrap_or_else(|| file_name(&program)).to_owned()
}

fn starts_others(process: &Process<'_>) -> bool {
    let name = name(process);
    Tool::of(&name) == Tool::Shell || WRAPPERS.contains(&name.as_str())
}

/// Whether a process runs what the image is started with, whatever the words after that are.
fn begins(first: &str, process: &Process<'_>) -> bool {
    words_of(first, process).is_some()
        || INITS.contains(&name(process).as_str())
            && process.arguments.get(1) == Some(&"--")
            && process.arguments.get(2) == Some(&first)
}

/// Whether a process runs this command.
fn is_run(start: &[&str], process: &Process<'_>) -> bool {
    let Some((program, words)) = start.split_first() else { return false };
    let Some(given) = words_of(program, process) else { return false };
    let own = file_name(program);
    let may_be_open = Tool::of(own) == Tool::Other && !WRAPPERS.contains(&own) && !RUNNERS.contains(&own);
    words == given || may_be_open && fits(words, given)
}

/// The words behind the program's name, if the process runs that program: its file, or a script, before which the kernel
/// puts its interpreter and at most one option.
fn words_of<'p, 'a>(program: &str, process: &'p Process<'a>) -> Option<&'p [&'a str]> {
    let own = name(process);
    let declared = file_name(program);
    let is_shell = |name: &str| Tool::of(name) == Tool::Shell;
    if unversioned(&own) == unversioned(declared) || is_shell(&own) && is_shell(declared) {
        return Some(behaviour::words(process));
    }
    if !Tool::of(&own).runs_code() {
        return None;
    }
    // By its path, or found by its name along the path that is searched.
    let is_script = |word: &str| {
        word == program || (!program.contains('/') && word.contains('/') && file_name(word) == program)
    };
    let is_option = |word: &str| {
        word.strip_prefix('-').is_some_and(|letters| letters.chars().all(|letter| "eEfuxl".contains(letter)))
    };
    match process.arguments.as_slice() {
        [_, script, given @ ..] if is_script(script) => Some(given),
        [_, option, script, given @ ..] if is_option(option) && is_script(script) => Some(given),
        _ => None,
    }
}

/// `python3.11` is what `python3` leads to.
fn unversioned(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-')
}

/// Whether what stands there is not known: a variable, or names of files.
fn is_open(word: &str) -> bool {
    word.contains(['$', '`', '*', '?'])
}

/// No option, and nothing that any program takes for more than a name, a path, a number or an address.
fn is_plain(word: &str) -> bool {
    !word.starts_with('-') && word.chars().all(|c| c.is_alphanumeric() || "_./:@,+-".contains(c))
}

/// Whether words are the declared ones, where an open one stands for any number of plain ones. Greedy with one way back, as
/// of a pattern of characters with stars: at most the product of both lengths.
fn fits(declared: &[&str], given: &[&str]) -> bool {
    let (mut at, mut next, mut back) = (0, 0, None);
    while let Some(word) = given.get(next) {
        match declared.get(at) {
            Some(own) if own == word => (at, next) = (at + 1, next + 1),
            Some(own) if is_open(own) => {
                back = Some((at, next));
                at += 1;
            }
            _ => match &mut back {
                Some((open, taken)) if given.get(*taken).is_some_and(|word| is_plain(word)) => {
                    *taken += 1;
                    (at, next) = (*open + 1, *taken);
                }
                _ => return false,
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
        is_started(&batch, batch.processes.last().unwrap(), &starts, Some("/entry.sh"))
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
            ProcessFlags::VOLUME,
            ProcessFlags::SCRIPT_ON_VOLUME,
            ProcessFlags::EXEC_SESSION,
        ] {
            assert!(!last(vec![entry(), same(0, flags)], &starts), "{flags}");
            assert!(!last(vec![process(None, "/bin/sh /entry.sh", flags), same(0, 0)], &starts), "{flags}");
        }
        assert!(!last(vec![process(None, "/bin/sh /other.sh", 0), same(0, 0)], &starts));
        assert!(!last(vec![entry(), same(0, 0)], &[]));
    }

    /// Words are whatever a program is given; what runs is the file. An init starts what serves, which becomes another program
    /// without a fork.
    #[test]
    fn no_other_program_passes_by_declared_words() {
        let starts = [
            "app --serve",
            "mkdir -p /data",
            "chown -R $USER /data",
            "sed -i s/a$/b/ /etc/conf",
            "find $DIR -exec x",
        ];
        let init = || process(None, "tini -- /entry.sh", 0);
        let run = |executable: &'static str, line: &'static str| {
            let disguised = Process { executable, ..process(Some(0), line, 0) };
            let batch = vec![Process { executable: "/sbin/tini", ..init() }, disguised];
            last(batch, &starts)
        };
        assert!(run("/usr/bin/app", "app --serve") && run("/usr/bin/mkdir", "mkdir -p /data"));
        assert!(run("/usr/bin/sed", "sed -i s/a$/b/ /etc/conf"));
        for (executable, line) in [
            ("/usr/bin/python3", "mkdir -p /data"),
            ("/usr/bin/python3", "python3 -cEVIL mkdir -p /data"),
            ("/usr/bin/python3", "python3 EVIL mkdir -p /data"),
            ("/usr/bin/nc", "nc 6.6.6.6 mkdir -p /data"),
            ("/usr/bin/dash", "sh -cEVIL /usr/bin/mkdir -p /data"),
            ("/usr/bin/sed", "sed -i 1ereboot /etc/conf"),
            ("/usr/bin/find", "find / -exec x"),
            ("/usr/bin/chown", "chown -R --from=x /data"),
            ("/usr/bin/chown", "chown -R $(id) /data"),
        ] {
            assert!(!run(executable, line), "{executable}: {line}");
        }
        // Who calls itself a shell starts nothing.
        let starts = ["mkdir -p /data"];
        let disguised = Process { executable: "/usr/bin/python3", ..process(None, "sh -cEVIL /entry.sh", 0) };
        assert!(!last(vec![disguised, process(Some(0), "mkdir -p /data", 0)], &starts));
        let code = process(None, "/bin/sh -cEVIL /entry.sh", 0);
        assert!(!last(vec![code, process(Some(0), "mkdir -p /data", 0)], &starts));
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
                let plain = given.iter().take_while(|word| is_plain(word)).count();
                (0..=plain).any(|taken| naive(rest, &given[taken..]))
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
            given in prop::collection::vec(prop::sample::select(vec!["a", "b", "-c"]), 0..8),
        ) {
            prop_assert_eq!(fits(&declared, &given), naive(&declared, &given));
        }
    }
}
