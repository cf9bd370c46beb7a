//! Prometheus' rules: promtool's word on them, their own tests, and that none of them lacks a test or a runbook.
//!
//! Not here: whether what they ask for is exported (`names.rs`, `scraped.rs`).

use super::{files, nothing, root, run};
use anyhow::{Context, Result, ensure};
use plumbline_tests::programs::binary;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::Command,
};

/// Where runbooks are read; README.md says how to set another place.
const RUNBOOKS: &str = "https://example.org/plumbline/dashboards/runbooks/";

#[derive(Deserialize)]
struct RuleFile {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Rule>,
}

/// A rule as its file has it.
#[derive(Deserialize)]
pub(super) struct Rule {
    pub(super) alert: Option<String>,
    pub(super) record: Option<String>,
    pub(super) expr: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct TestFile {
    tests: Vec<UnitTest>,
}

#[derive(Deserialize)]
struct UnitTest {
    #[serde(default)]
    alert_rule_test: Vec<AlertTest>,
    #[serde(default)]
    promql_expr_test: Vec<ExprTest>,
}

#[derive(Deserialize)]
struct AlertTest {
    alertname: String,
    exp_alerts: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct ExprTest {
    expr: String,
}

/// Where the runbook of an alert is.
pub(super) fn runbook(alert: &str) -> PathBuf {
    root().join("dashboards/runbooks").join(format!("{alert}.md"))
}

/// Files of rules, with their rules.
pub(super) fn sources() -> Result<Vec<(String, Vec<Rule>)>> {
    let files = files("dashboards/rules", "yml")?.into_iter().filter(|(name, _)| !name.contains("/tests/"));
    files
        .map(|(name, text)| {
            let parsed: RuleFile = serde_saphyr::from_str(&text).with_context(|| name.clone())?;
            Ok((name, parsed.groups.into_iter().flat_map(|group| group.rules).collect()))
        })
        .collect()
}

pub(super) fn complete() -> Result<()> {
    let (mut fire, mut silent, mut asked) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (name, text) in files("dashboards/rules/tests", "yml")? {
        let parsed: TestFile = serde_saphyr::from_str(&text).with_context(|| name)?;
        for test in parsed.tests {
            for alert in test.alert_rule_test {
                let of = if alert.exp_alerts.is_empty() { &mut silent } else { &mut fire };
                of.insert(alert.alertname);
            }
            asked.extend(test.promql_expr_test.into_iter().map(|test| test.expr));
        }
    }
    let (mut wrong, mut alerts) = (Vec::new(), BTreeSet::new());
    for (file, rule) in
        sources()?.into_iter().flat_map(|(file, rules)| rules.into_iter().map(move |r| (file.clone(), r)))
    {
        if let Some(record) = &rule.record
            && !asked.contains(record)
        {
            wrong.push(format!("{file}: {record} has no test"));
        }
        let Some(alert) = rule.alert else { continue };
        let mut need = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{file}: {alert} {what}"));
            }
        };
        let said = |key: &str| rule.annotations.get(key).map(String::as_str).unwrap_or_default();
        let severity = rule.labels.get("severity").map(String::as_str).unwrap_or_default();
        need(fire.contains(&alert), "has no test in which it fires");
        need(silent.contains(&alert), "has no test in which it stays silent");
        need(["critical", "warning", "info"].contains(&severity), "has a severity that nobody routes by");
        need(!said("summary").is_empty() && said("description").ends_with('.'), "does not say what it is");
        need(said("runbook_url") == format!("{RUNBOOKS}{alert}.md"), "leads to no runbook");
        let page = std::fs::read_to_string(runbook(&alert)).unwrap_or_default();
        let mut parts =
            ["## What it means", "## What to look at", "## What to do", "## When to ignore it"].iter();
        need(
            page.starts_with(&format!("# {alert}\n")) && parts.all(|part| page.contains(part)),
            "has no whole runbook",
        );
        need(page.contains(&format!("**{severity}**")), "has another severity in its runbook");
        need(alerts.insert(alert.clone()), "is there twice");
    }
    ensure!(alerts.len() > 30, "only {} alerts were found", alerts.len());
    for (page, _) in files("dashboards/runbooks", "md")? {
        let name = page.trim_start_matches("dashboards/runbooks/").trim_end_matches(".md");
        if !alerts.contains(name) {
            wrong.push(format!("{page} is of no alert"));
        }
    }
    nothing(&wrong)
}

/// Commands stand in backticks; their words before the first argument, and their flags, must be known to the program.
pub(super) fn commands() -> Result<()> {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for (page, text) in files("dashboards/runbooks", "md")? {
        for quoted in text.split('`').skip(1).step_by(2) {
            let mut words = quoted.split_whitespace().peekable();
            let Some(program) =
                words.next_if(|word| ["plumbline", "plumbline-server", "plumbline-collector"].contains(word))
            else {
                continue;
            };
            let is_word = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase());
            let mut verbs: Vec<&str> = Vec::new();
            while let Some(verb) = words.next_if(is_word) {
                verbs.push(verb);
            }
            let output = Command::new(binary(program)?).args(&verbs).arg("--help").output()?;
            let help = String::from_utf8_lossy(&output.stdout);
            let unknown: Vec<&str> = words
                .filter(|word| word.starts_with("--") && !help.contains(word.trim_end_matches(['.', ','])))
                .collect();
            if !output.status.success() || !unknown.is_empty() {
                wrong.push(format!("{page}: `{quoted}` is no command: {unknown:?}"));
            }
            seen += 1;
        }
    }
    ensure!(seen > 30, "only {seen} commands were found");
    nothing(&wrong)
}

pub(super) fn checked() -> Result<()> {
    for (file, _) in sources()? {
        run(
            "promtool",
            &["check", "rules", "--lint=all", "--lint-fatal", file.trim_start_matches("dashboards/")],
        )?;
    }
    run("promtool", &["check", "config", "--lint=all", "--lint-fatal", "prometheus.yml"]).map(drop)
}

/// Debian's promtool knows no Kubernetes, so pods are put there as they would be discovered.
pub(super) fn pods() -> Result<()> {
    let text = std::fs::read_to_string(root().join("dashboards/prometheus-kubernetes.yml"))?;
    let (before, rest) = text.split_once("    kubernetes_sd_configs:\n").context("no discovery")?;
    let (_, after) = rest.split_once("    relabel_configs:\n").context("no relabelling")?;
    let mut discovered = String::from("    static_configs:\n");
    for (name, pod, address, scrape, phase) in [
        ("plumbline-server", "server-0", "10.0.0.7:7443", "true", "Running"),
        ("plumbline-server", "server-0", "10.0.0.7:7480", "true", "Running"),
        ("plumbline-collector", "collector-x7k2p", "[fd00::9]:9464", "true", "Running"),
        ("plumbline-collector", "collector-gone", "10.0.0.8:9464", "true", "Failed"),
        ("plumbline-server", "silent", "10.0.0.9:7480", "false", "Running"),
    ] {
        let ip = address.rsplit_once(':').map_or(address, |(ip, _)| ip).trim_matches(['[', ']']);
        let port = if name.ends_with("server") { 7480 } else { 9464 };
        discovered += &format!(
            "      - targets: ['{address}']\n        labels: {{ __meta_kubernetes_pod_label_app_kubernetes_io_name: {name}, \
             __meta_kubernetes_pod_name: {pod}, __meta_kubernetes_pod_ip: '{ip}', __meta_kubernetes_namespace: watch, \
             __meta_kubernetes_pod_phase: {phase}, __meta_kubernetes_pod_node_name: node-1, \
             __meta_kubernetes_pod_annotation_prometheus_io_scrape: '{scrape}', \
             __meta_kubernetes_pod_annotation_prometheus_io_port: '{port}' }}\n"
        );
    }
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("prometheus.yml");
    std::fs::write(&file, format!("{before}{discovered}    relabel_configs:\n{after}"))?;
    let found = run(
        "promtool",
        &["check", "service-discovery", "--timeout=2s", &file.display().to_string(), "plumbline-pods"],
    )?;
    let found: Vec<serde_json::Value> = serde_json::from_str(&found)?;
    let scraped: BTreeSet<_> = found
        .iter()
        .map(|target| &target["labels"])
        .filter(|labels| labels["__address__"].is_string())
        .map(|labels| {
            ["__address__", "job", "instance", "namespace"]
                .map(|key| labels[key].as_str().unwrap_or_default())
        })
        .collect();
    let server = ["10.0.0.7:7480", "plumbline-server", "server-0", "watch"];
    let collector = ["[fd00::9]:9464", "plumbline-collector", "node-1", "watch"];
    ensure!(scraped == BTreeSet::from([server, collector]), "{scraped:?}");
    Ok(())
}

pub(super) fn unit_tests() -> Result<()> {
    for (file, _) in files("dashboards/rules/tests", "yml")? {
        run("promtool", &["test", "rules", file.trim_start_matches("dashboards/")])?;
    }
    Ok(())
}

pub(super) fn routed() -> Result<()> {
    run("amtool", &["check-config", "alertmanager.yml"])?;
    for (labels, receiver) in [
        (&["severity=critical", "alertname=PlumblineServerDown"][..], "on-call"),
        (&["severity=warning", "alertname=PlumblineSinkFails"], "team"),
        (&["severity=info", "alertname=PlumblineVersionsDiffer"], "nobody"),
        // From the server's own sink, which has other severities.
        (&["severity=high", "alertname=PlumblineAttack", "verdict=attack"], "security"),
        (&["severity=medium", "alertname=PlumblineDrift", "verdict=drift"], "security"),
        (&["severity=medium", "alertname=PlumblineOperational", "verdict=operational"], "team"),
        (&["severity=warning", "alertname=PlumblineAttackUnanswered"], "security"),
    ] {
        let test = ["config", "routes", "test", "--config.file=alertmanager.yml"];
        let verify = format!("--verify.receivers={receiver}");
        run("amtool", &[&test[..], &[&verify], labels].concat())?;
    }
    Ok(())
}
