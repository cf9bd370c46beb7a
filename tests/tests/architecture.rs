//! The invariants of ARCHITECTURE.md that a reader of the source could check, checked.
#![allow(clippy::unwrap_used, reason = "a tree that cannot be read fails the test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Source files below a folder, with their path from the root.
fn sources(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("generated") && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "no .{ending} files in {folder}");
    found.sort();
    found
}

fn rust() -> Vec<(String, String)> {
    ["proto", "model", "collector", "server", "cli", "tests"]
        .iter()
        .flat_map(|folder| sources(folder, "rs"))
        .collect()
}

/// Fails for every source file that contains `word` in code and is not `allowed`.
fn only_in(word: &str, allowed: &[&str]) {
    let code = |text: &str| -> String {
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    let mut seen = false;
    for (name, text) in rust().into_iter().filter(|(name, _)| !name.starts_with("tests/")) {
        if code(&text).contains(word) {
            assert!(
                allowed.iter().any(|allowed| name.starts_with(allowed)),
                "{name} uses {word}; only {allowed:?} may"
            );
            seen = true;
        }
    }
    assert!(seen, "nothing uses {word}: the rule guards nothing");
}

#[test]
fn packages_depend_on_each_other_only_as_the_design_says() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut ours: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let dependencies = package["dependencies"].as_array().unwrap();
        let names = dependencies.iter().map(|dependency| dependency["name"].as_str().unwrap().to_owned());
        let names = names.filter(|name| name.starts_with("plumbline")).collect();
        ours.insert(package["name"].as_str().unwrap().to_owned(), names);
    }
    let expected = [
        ("plumbline", vec!["plumbline-proto"]),
        ("plumbline-collector", vec!["plumbline-proto"]),
        ("plumbline-model", vec![]),
        ("plumbline-proto", vec![]),
        ("plumbline-server", vec!["plumbline-model", "plumbline-proto"]),
        ("plumbline-tests", vec!["plumbline-model", "plumbline-proto", "plumbline-server"]),
    ];
    let expected = expected.map(|(name, on)| (name.to_owned(), on.into_iter().map(str::to_owned).collect()));
    assert_eq!(ours, BTreeMap::from(expected));
}

#[test]
fn one_file_crosses_each_border() {
    only_in("sled::", &["server/src/store"]);
    only_in("from_ne_bytes", &["collector/src/raw"]);
    // Wire and model meet in wire.rs: nobody else builds the model's events.
    only_in("plumbline_model::event", &["server/src/wire", "model/"]);
}

#[test]
fn the_collector_starts_no_other_program() {
    let raw = fs::read_to_string(root().join("collector/src/raw.rs")).unwrap();
    assert!(raw.contains("#[cfg(test)]\nmod layout;"), "what is left out below is compiled for tests only");
    let tests = |name: &str| name.ends_with("tests.rs") || name == "collector/src/raw/layout.rs";
    for (name, text) in sources("collector/src", "rs").into_iter().filter(|(name, _)| !tests(name)) {
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for word in ["Command::new", "process::Command", "process::{Command", "posix_spawn", "execvp"] {
            assert!(!code.contains(word), "{name} has {word}: no shell-outs");
        }
    }
}

#[test]
fn the_model_has_no_clock_no_input_no_output_and_no_threads() {
    const IMPURE: [&str; 16] = [
        "std::time",
        "SystemTime",
        "Instant::",
        "std::fs",
        "std::io",
        "std::env",
        "std::thread",
        "std::process",
        "tokio",
        "async fn",
        "rand::",
        "HashMap",
        "println!",
        ".exp()",
        ".ln()",
        ".powf(",
    ];
    for (name, text) in sources("model/src", "rs") {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let impure = IMPURE.iter().find(|word| line.contains(**word));
            // What is remembered of events has keys of this run's own, and no order: nothing comes of it.
            let impure = impure.filter(|word| **word != "HashMap" || name != "model/src/memo.rs");
            assert_eq!(impure, None, "{name}: the model must be pure and the same on every machine");
        }
    }
}

#[test]
fn every_file_says_at_its_head_why_it_exists_and_stays_readable() {
    for (name, text) in rust() {
        assert!(text.starts_with("//!"), "{name} has no //! head");
        assert!(
            text.lines().count() <= 500,
            "{name} has {} lines; split it at its joint",
            text.lines().count()
        );
        assert!(!name.ends_with("mod.rs"), "{name}: no mod.rs");
    }
    for (name, text) in sources("collector/bpf", "c") {
        assert!(
            text.starts_with("// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause"),
            "{name} has no licence"
        );
    }
}

#[test]
fn cli_and_server_escape_container_text_and_compare_intent_with_what_is_seen_alike() {
    // The same lines twice rather than a crate for them: cli may use nothing of ours but the wire.
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    for file in ["escape.rs", "compared.rs"] {
        assert_eq!(read(&format!("cli/src/{file}")), read(&format!("server/src/{file}")), "{file}");
    }
}

#[test]
fn the_tests_and_files_that_security_md_names_are_there() {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let sources: String = rust().into_iter().map(|(_, text)| text).collect();
    let quoted: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    let tests: Vec<&&str> = quoted.iter().filter(|word| word.matches('_').count() >= 5).collect();
    assert!(tests.len() >= 15, "{tests:?}");
    for test in tests {
        assert!(
            sources.contains(&format!("fn {test}(")),
            "SECURITY.md names {test}, and there is no such test"
        );
    }
    for file in quoted.iter().filter(|word| word.ends_with(".rs") || word.ends_with(".sh")) {
        let file = file.trim_start_matches("sh ");
        assert!(root().join(file).is_file(), "SECURITY.md names {file}, and there is no such file");
    }
}

#[test]
fn channels_are_bounded() {
    for (name, text) in rust().into_iter().filter(|(name, _)| !name.starts_with("tests/")) {
        for word in ["unbounded_channel", "mpsc::channel()"] {
            assert!(!text.contains(word), "{name} has an unbounded channel");
        }
    }
}

#[test]
fn the_console_is_built_and_served_with_nothing_from_elsewhere_and_nothing_that_its_policy_refuses() {
    let templates = sources("server/templates", "html");
    assert!(templates.len() >= 10, "{}", templates.len());
    for (name, text) in &templates {
        for word in ["://", " style=", "<style", "javascript:", "<iframe"] {
            assert!(!text.contains(word), "{name} has {word:?}");
        }
        let scripts = text.matches("<script").count();
        assert_eq!(
            scripts,
            text.matches("<script src=\"/console/console.js\" defer></script>").count(),
            "{name}"
        );
        let handlers = text.split(' ').filter(|word| word.starts_with("on") && word.contains("=\""));
        assert_eq!(handlers.count(), 0, "{name} has script in an attribute");
    }
    for (name, text) in sources("server/templates", "css") {
        assert!(!text.contains("url(") && !text.contains("@import"), "{name} loads something");
    }
    // What Node and npm are for is in tests only.
    let building =
        ["deploy/setup.sh", "server/Cargo.toml", "Cargo.toml"].map(|file| (file, root().join(file)));
    for (name, path) in building {
        let text = fs::read_to_string(path).unwrap();
        assert!(!text.contains("npm "), "{name} asks for npm");
    }
    assert!(!root().join("server/build.rs").exists(), "building the server runs a program");
}
