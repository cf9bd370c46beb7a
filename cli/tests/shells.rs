//! Completion and manual before the programs that read them: shells that complete with it, and linters of manual pages.
//! Where a program is missing (`deploy/setup.sh shells`) its test is listed as ignored.
#![allow(clippy::unwrap_used, reason = "what is missing fails the test")]

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let there = |name: &str| {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&paths).any(|path| path.join(name).is_file())
    };
    let test = |name: &str, run: fn(), there: bool| {
        let run = move || {
            run();
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(!there)
    };
    let trials = vec![
        test("bash_completes_commands_options_and_values", bash, there("bash")),
        test("zsh_completes_commands_options_and_values", zsh, there("zsh")),
        test("fish_completes_commands_options_and_values", fish, there("fish")),
        test("there_is_a_page_for_each_command_and_it_names_no_value_of_the_environment", pages, true),
        test("man_shows_every_page_without_a_warning", man, there("man")),
        test("mandoc_finds_no_error_in_any_page", mandoc, there("mandoc")),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// What is completed, with a word that must be among the answers and one that must not.
const ASKED: [(&[&str], &str, &str); 5] = [
    (&["plumbline", "al"], "alerts", "audit"),
    (&["plumbline", "alerts", "wa"], "watch", "list"),
    (&["plumbline", "alerts", "list", "--verd"], "--verdict", "--image"),
    (&["plumbline", "alerts", "list", "--verdict", "at"], "attack", "drift"),
    (&["plumbline", "status", "-o", "js"], "json", "table"),
];

fn run(program: &str, line: &[&str]) -> String {
    // A shell that waits for more ends all the same; its terminal knows no colours and does not move its cursor.
    let mut command = Command::new("timeout");
    command.args(["60", program]).args(line).env("PLUMBLINE_SERVER", "http://secret:1").env("TERM", "dumb");
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{program} {line:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The completion as a file in a folder.
fn script(shell: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    // The name that zsh looks for.
    let path = folder.path().join("_plumbline");
    fs::write(&path, run(env!("CARGO_BIN_EXE_plumbline"), &["completion", shell])).unwrap();
    let path = path.display().to_string();
    (folder, path)
}

fn holds(asked: &[&str], told: &str, word: &str, not: &str) {
    let words: Vec<&str> = told.split_whitespace().collect();
    assert!(words.contains(&word) && !words.contains(&not), "{asked:?}: {told}");
}

fn bash() {
    let (_folder, path) = script("bash");
    run("bash", &["-n", &path]);
    // As bash calls what `complete` registered: the command, the word, and the one before.
    let ask = r#"
        source "$1"; shift
        function=$(complete -p plumbline | sed 's/.*-F \([^ ]*\).*/\1/')
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        "$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    for (asked, word, not) in ASKED {
        let told = run("bash", &[&["--norc", "-c", ask, "bash", &path], asked].concat());
        holds(asked, &told, word, not);
    }
}

fn zsh() {
    let (folder, path) = script("zsh");
    run("zsh", &["-n", &path]);
    // A shell of its own in a terminal, in which somebody types a line and asks what could follow.
    let ask = r#"
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell "PS1='' PS2=''; stty -echo cols 200; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D; bindkey '^I' list-choices; bindkey '^X' kill-buffer; print READY-\$((1+1))"
        zpty -r -m shell line '*READY-2*'
        shift
        zpty -w -n shell "$*"$'\t'
        zpty -w shell $'\x18print DONE-$((1+1))'
        zpty -r -m shell line '*DONE-2*'
        print -r -- "$line"
        zpty -d shell
    "#;
    for (asked, word, not) in ASKED {
        let told =
            run("zsh", &[&["-f", "-c", ask, "zsh", &folder.path().display().to_string()], asked].concat());
        holds(asked, &told, word, not);
    }
}

fn fish() {
    let (_folder, path) = script("fish");
    run("fish", &["--no-execute", &path]);
    for (asked, word, not) in ASKED {
        let ask = "source $argv[1]; complete -C \"$argv[2]\"";
        let told = run("fish", &["--no-config", "-c", ask, &path, &asked.join(" ")]);
        holds(asked, &told, word, not);
    }
}

/// All pages in a folder, with their names.
fn written() -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let new = folder.path().join("man/man1");
    let told = run(env!("CARGO_BIN_EXE_plumbline"), &["man", "--dir", &new.display().to_string()]);
    let mut pages: Vec<String> =
        fs::read_dir(&new).unwrap().map(|entry| entry.unwrap().path().display().to_string()).collect();
    pages.sort();
    assert!(told.contains(&format!("Wrote {} pages", pages.len())), "{told}");
    (folder, pages)
}

fn pages() {
    let (_folder, pages) = written();
    let names: Vec<&str> = pages.iter().filter_map(|page| Path::new(page).file_name()?.to_str()).collect();
    for name in
        ["plumbline.1", "plumbline-alerts.1", "plumbline-alerts-list.1", "plumbline-intent-from-k8s.1"]
    {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        assert!(!text.contains("http://secret"), "{page} tells what the environment holds");
    }
    let first =
        fs::read_to_string(pages.iter().find(|page| page.ends_with("/plumbline.1")).unwrap()).unwrap();
    assert_eq!(first, run(env!("CARGO_BIN_EXE_plumbline"), &["man"]));
    assert!(first.contains("EXIT STATUS") && !first.contains("EXTRA"), "{first}");
}

fn man() {
    for page in &written().1 {
        let mut man = Command::new("man");
        man.args(["--warnings=w", "-E", "UTF-8", "-l", page]).env("MANWIDTH", "100").env("LC_ALL", "C.UTF-8");
        let output = man.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && errors.is_empty(), "{page}: {errors}");
        assert!(!output.stdout.is_empty(), "{page} is empty");
    }
}

fn mandoc() {
    for page in &written().1 {
        let output = Command::new("mandoc").args(["-T", "lint", "-W", "error", page]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
