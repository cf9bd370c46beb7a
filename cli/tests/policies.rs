//! Policies of `plumbline intent convert` before programs that know: Falco's conditions before the filters of sysdig, which are
//! Falco's own, and AppArmor's profiles before apparmor_parser, both with names of programs that somebody chose who wants them
//! to say something else. Where a program is missing (`deploy/setup.sh policies`) its test is listed as ignored.
//!
//! Not here: a Falco or a kernel with AppArmor that acts on them; and policies that are Kubernetes objects, which the tool's own
//! tests compare with the types of those.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is missing fails the test")]

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use libtest_mimic::{Arguments, Trial};
use serde_json::{Value, json};

fn main() -> ExitCode {
    let there = |name: &str| Command::new(name).arg("--version").output().is_ok();
    let (sysdig, apparmor) = (there("sysdig"), there(APPARMOR));
    let test = |name: &str, run: fn(), there: bool| {
        let run = move || {
            run();
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(!there)
    };
    let trials = vec![
        test("falcos_filters_take_every_condition_whatever_programs_are_called", conditions, sysdig),
        test("apparmor_takes_every_profile_whatever_programs_are_called", profiles, apparmor),
        test("apparmor_takes_each_path_for_just_that_path", paths, apparmor),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// It is where only root's shells look.
const APPARMOR: &str = "/sbin/apparmor_parser";

const PROGRAMS: [&str; 14] = [
    "/usr/bin/web",
    "/usr/bin/[",
    "/opt/a b/c",
    "/a\"b",
    "/a\\b\\",
    "/a\\\"",
    "/a\") or (proc.name != \"b",
    "/a' or proc.pid > 0",
    "/*/**?",
    "/{a,b}[^c]",
    "/@{HOME}/^$",
    "/a\" ix,#",
    "/%proc.name ü日本",
    "/tmp/<any>/run",
];

/// What `intent convert` makes of a document with these programs.
fn converted(programs: &[&str], to: &[&str]) -> String {
    let learned = |dimension: &str, value: &str| {
        let behaviour = json!({ "dimension": dimension, "context": "(init)", "value": value });
        json!({ "behaviour": behaviour, "windows": 3 })
    };
    let mut all: Vec<Value> = programs.iter().map(|program| learned("spawn", program)).collect();
    all.extend([
        learned("listen", "tcp/8080"),
        learned("connect", "tcp/443 public api.example"),
        learned("connect", "udp/53 private"),
    ]);
    let denied = json!({ "dimension": "spawn", "context": "(init)", "value": "/bin/\"nc\"" });
    let document = json!({
        "apiVersion": "plumbline.dev/v1",
        "kind": "Intent",
        "metadata": { "name": "shop/web:1 \"#", "image": "reg.example:5000/shop/we\"b:1" },
        "learned": all,
        "denied": [{ "behaviour": denied, "reason": "r" }],
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("intent.yaml");
    // JSON is YAML.
    fs::write(&file, document.to_string()).unwrap();
    let mut plumbline = Command::new(env!("CARGO_BIN_EXE_plumbline"));
    let output = plumbline.args(["intent", "convert"]).arg(&file).args(to).output().unwrap();
    assert!(output.status.success(), "{to:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn conditions() {
    let rules: Value = serde_saphyr::from_str(&converted(&PROGRAMS, &["--to", "falco"])).unwrap();
    let text = |item: &Value, field: &str| item[field].as_str().unwrap_or_default().to_owned();
    let mut macros: Vec<(String, String)> = Vec::new();
    let mut taken = 0;
    for item in rules.as_array().unwrap() {
        let mut condition = text(item, "condition");
        if item.get("macro").is_some() {
            // The longest name first, since one begins as another.
            macros.push((text(item, "macro"), condition));
            macros.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
            continue;
        }
        for (name, stands_for) in &macros {
            condition = condition.replace(name.as_str(), &format!("({stands_for})"));
        }
        assert_eq!(refused(&condition), None, "{}: {condition}", text(item, "rule"));
        taken += 1;
    }
    assert_eq!(taken, 4, "rules were looked at");
    // And it would say so.
    for wrong in ["proc.nosuch = \"x\"", "proc.exepath = \"a\" or \"", "fd.rport in (x)"] {
        assert_ne!(refused(wrong), None, "{wrong} was taken");
    }
}

/// Why sysdig does not take a filter. It reads the filter before the file of events, which is none.
fn refused(condition: &str) -> Option<String> {
    let output = Command::new("sysdig").args(["-r", "/dev/null", condition]).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if said.contains("initialize reader") { None } else { Some(said) }
}

fn profiles() {
    let folder = tempfile::tempdir().unwrap();
    for action in ["audit", "block"] {
        let profile = converted(&PROGRAMS, &["--to", "apparmor", "--action", action]);
        parsed(folder.path(), &profile).unwrap();
    }
    assert!(parsed(folder.path(), "profile x { /a ix }").is_err(), "it takes anything");
}

fn paths() {
    let folder = tempfile::tempdir().unwrap();
    for program in PROGRAMS.iter().filter(|program| !program.contains("<any>")) {
        let profile = converted(&[program], &["--to", "apparmor"]);
        let rules: Vec<&str> = profile.lines().filter(|line| line.starts_with("  \"")).collect();
        assert_eq!(rules.len(), 1, "{program}: {profile}");
        let automaton = parsed(folder.path(), &format!("profile x {{\n{}\n}}\n", rules[0])).unwrap();
        assert_eq!(only_text(&automaton).as_deref(), Some(program.as_bytes()), "{program}: {automaton}");
    }
}

/// What apparmor_parser says of a profile, with the automaton that it makes of it; why it does not take it.
fn parsed(folder: &Path, profile: &str) -> Result<String, String> {
    let file = folder.join("profile");
    fs::write(&file, profile).unwrap();
    let options = ["--skip-kernel-load", "--skip-cache", "--dump", "dfa-states"];
    let output = Command::new(APPARMOR).args(options).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() { Ok(said) } else { Err(format!("{said}: {profile}")) }
}

/// The one text that an automaton takes; `None` if that is more or less than one. Its lines are `{2} perms: none` and, for what
/// leads away from there, `a 0x61 -> {3}`.
fn only_text(automaton: &str) -> Option<Vec<u8>> {
    let mut ways: BTreeMap<&str, Vec<(u8, &str)>> = BTreeMap::new();
    let mut from = "";
    for line in automaton.lines() {
        if let Some((state, _)) = line.split_once(" perms:") {
            from = state;
        } else if let Some((letter, to)) = line.split_once(" -> ") {
            let byte = u8::from_str_radix(letter.rsplit_once("0x")?.1, 16).ok()?;
            ways.entry(from).or_default().push((byte, to.split_whitespace().next()?));
        }
    }
    let (mut at, mut bytes) = ("{1}", Vec::new());
    while let Some(next) = ways.get(at) {
        let [(byte, to)] = next[..] else { return None };
        bytes.push(byte);
        at = to;
        // In a circle there is no end, so more than one text.
        if bytes.len() > 512 {
            return None;
        }
    }
    Some(bytes)
}
