//! What `dashboards/` holds: Grafana's dashboards by its types and by the rules of its dashboard-linter, Prometheus' rules by
//! promtool and by their own tests, every name by what the programs export, and all of it together by a real Prometheus that
//! scrapes a real server and a real collector.
//!
//! Where promtool, amtool, Prometheus (`deploy/setup.sh dashboards`) or Grafana's types (`tests/grafana/setup.sh`) are missing,
//! or the collector can't run, the tests that need them are listed as ignored, never as passed. Not here: Grafana itself, which
//! no package has.
#![allow(clippy::indexing_slicing, reason = "JSON gives null for what is missing, and that fails the test")]

#[path = "dashboards/boards.rs"]
mod boards;
#[path = "dashboards/grafana.rs"]
mod grafana;
#[path = "dashboards/names.rs"]
mod names;
#[path = "dashboards/prometheus.rs"]
mod prometheus;
#[path = "dashboards/rules.rs"]
mod rules;
#[path = "dashboards/scraped.rs"]
mod scraped;

#[allow(dead_code, reason = "the server's own tests use more of it")]
#[path = "../../server/tests/server/fixture.rs"]
mod fixture;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Arguments;
use plumbline_tests::harness::{collecting_works, test};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One kernel, one Docker engine.
    arguments.test_threads = Some(1);
    let (prometheus, promtool, amtool) = (there("prometheus"), there("promtool"), there("amtool"));
    let scraped = "what_prometheus_scrapes_answers_every_panel_and_every_rule";
    // Finding out takes seconds.
    let asked = arguments.list || arguments.filter.as_ref().is_none_or(|filter| scraped.contains(filter));
    let real = asked && prometheus && collecting_works();
    let trials = vec![
        test("dashboards_follow_the_rules_of_the_linter_and_each_rule_finds_what_it_is_for", boards::lint),
        test("dashboards_are_what_the_types_of_grafana_say", grafana::typed)
            .with_ignored_flag(!grafana::there()),
        test("every_alert_has_a_runbook_and_a_test_that_fires_and_one_that_stays_silent", rules::complete),
        test("every_command_that_a_runbook_names_exists", rules::commands),
        test("every_link_in_the_pages_leads_to_a_file", names::links),
        test("every_metric_that_is_named_exists_and_every_one_that_exists_is_documented", names::known),
        test("promtool_takes_the_rules_and_the_configurations", rules::checked).with_ignored_flag(!promtool),
        test("in_a_cluster_pods_are_found_by_their_annotations_and_named_by_node", rules::pods)
            .with_ignored_flag(!promtool),
        test("rules_fire_when_they_should_and_only_then", rules::unit_tests).with_ignored_flag(!promtool),
        test("alertmanager_takes_the_example_and_routes_by_severity", rules::routed)
            .with_ignored_flag(!amtool),
        test(scraped, scraped::answers).with_ignored_flag(!real),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Whether there is a program of this name.
fn there(name: &str) -> bool {
    Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Runs a program in `dashboards/` and gives what it printed.
fn run(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).current_dir(root().join("dashboards")).output()?;
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} {}: {said}", arguments.join(" "));
    Ok(said)
}

/// Files below a folder of the repository with this ending, with their path from the root, in order.
fn files(folder: &str, ending: &str) -> Result<Vec<(String, String)>> {
    let (mut found, mut folders) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                let name = path.strip_prefix(root())?.display().to_string();
                found.push((name, fs::read_to_string(&path)?));
            }
        }
    }
    ensure!(!found.is_empty(), "no .{ending} files in {folder}");
    found.sort();
    Ok(found)
}

/// Nothing is wrong, or all that is.
fn nothing(wrong: &[String]) -> Result<()> {
    ensure!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

/// The dashboards: file and content.
fn dashboards() -> Result<Vec<(String, serde_json::Value)>> {
    let files = files("dashboards", "json")?.into_iter();
    files
        .map(|(name, text)| {
            let board = serde_json::from_str(&text).with_context(|| name.clone())?;
            Ok((name, board))
        })
        .collect()
}
