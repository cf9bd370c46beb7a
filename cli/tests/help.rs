//! What the program says of itself: the help of every command is golden (`UPDATE=1` writes it anew), and exit codes are those
//! that help, manual and README.md of this folder name.
#![allow(clippy::unwrap_used, reason = "what can't be set up fails the test")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn plumbline(line: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plumbline"));
    command.env_clear().args(line).output().unwrap()
}

fn said(line: &[&str]) -> String {
    let output = plumbline(line);
    assert!(output.status.success(), "{line:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A line without what aligns it with others.
fn plain(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The help of all commands below one, with a line for each option that not all of them have.
fn helps(command: &[&str], global: &[String], all: &mut String) {
    let help = said(&[command, &["-h"]].concat());
    if !command.is_empty() {
        let own = help.split("\nTLS and authentication:").next().unwrap_or_default().lines();
        let own: Vec<&str> = own.filter(|line| line.is_empty() || !global.contains(&plain(line))).collect();
        all.push_str(&format!(
            "\n# {}\n\n{}\n",
            [&["plumbline"], command].concat().join(" "),
            own.join("\n")
        ));
    }
    let Some((_, below)) = help.split_once("\nCommands:\n") else { return };
    let below = below.split("\n\n").next().unwrap_or_default();
    let names = below.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    for name in names.filter(|name| !name.is_empty() && *name != "help") {
        helps(&[command, &[name]].concat(), global, all);
    }
}

#[test]
fn the_help_of_every_command_is_as_it_was_looked_at() {
    let whole = said(&["--help"]);
    let global: Vec<String> = said(&["-h"]).lines().map(plain).filter(|line| line.starts_with('-')).collect();
    let mut all = whole.clone();
    helps(&[], &global, &mut all);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/help.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &all).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap() == all, "stale: UPDATE=1 cargo test -p plumbline --test help");
}

/// The codes and what they say, from the end of the help.
fn codes() -> Vec<(i32, String)> {
    let help = said(&["--help"]);
    let (_, end) = help.split_once("\nEnds with:\n").unwrap();
    let line = |line: &str| {
        let (code, what) = line.trim().split_once(' ').unwrap();
        (code.parse().unwrap(), what.trim().to_owned())
    };
    end.lines().map(line).collect()
}

#[test]
fn the_readme_and_the_manual_name_the_exit_codes_that_the_help_does() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let manual = said(&["man"]);
    let codes = codes();
    assert_eq!(codes.len(), 7);
    for (code, what) in codes {
        assert!(readme.contains(&format!("| {code} | {what} |")), "cli/README.md lacks {code}: {what}");
        // As roff writes it.
        let what = what.replace('-', "\\-").replace('\'', "\\*(Aq");
        assert!(manual.contains(&format!("\\fB{code}\\fR\n{what}")), "the manual lacks {code}: {what}");
    }
}

#[test]
fn each_exit_code_that_needs_no_server_is_what_the_program_ends_with() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let sound = "apiVersion: plumbline.dev/v1\nkind: Intent\nmetadata: {name: web}\n";
    let (a, faulty) = (
        file("a.yaml", sound),
        format!("{sound}denied:\n- behaviour: {{dimension: a, context: b, value: c}}\n  reason: ''\n"),
    );
    let (faulty, broken) = (file("b.yaml", &faulty), file("c.yaml", "kind: ["));
    let nowhere = "http://127.0.0.1:1";
    for (line, code) in [
        (&["--version"][..], 0),
        (&["intent", "lint", &a], 0),
        (&["intent", "lint", &faulty], 1),
        (&["intent", "diff", &a, &faulty], 0),
        (&["intent", "diff", &a, &faulty, "--exit-code"], 1),
        (&["stauts"], 64),
        (&["status", "--server", "nowhere"], 64),
        (&["--context", "nowhere", "status"], 64),
        (&["intent", "lint", &broken], 65),
        (&["--config", &broken, "context", "list"], 65),
        (&["status", "--server", nowhere], 69),
    ] {
        let output = plumbline(line);
        assert_eq!(output.status.code(), Some(code), "{line:?}: {output:?}");
        assert!(codes().iter().any(|(known, _)| *known == code), "{code} is not in the help");
    }
}
