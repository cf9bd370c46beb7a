//! What a real Prometheus has of a real server and a real collector after some work: something for every panel and every rule,
//! and nothing that the page of metrics does not describe.
//!
//! An alert asks for what should not be, so of its rule each series that it looks at must be there. What only a failure, TLS
//! or an API server brings is named here, with the reason.

use super::{
    boards::{choices, queries},
    dashboards,
    fixture::{MINUTES, batch},
    names::{PAGE, selectors},
    nothing,
    prometheus::{Prometheus, free, get},
    root, rules, run,
};
use anyhow::{Result, ensure};
use plumbline_proto::v1::Batch;
use plumbline_tests::{
    docker::{Lab, docker},
    feed::feed,
    harness::{IDLE, LIMIT},
    programs::{Server, collector},
    wait::until,
};
use prost::Message;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// What gives nothing here, by a part of it, and why.
const NOTHING: [(&str, &str); 4] = [
    (
        "plumbline_server_tls_certificate_expiry_timestamp_seconds",
        "the server has no TLS here, so it is 0 and left out",
    ),
    ("plumbline_collector_pods", "there is no API server"),
    ("plumbline_collector_kubernetes_failures_total", "there is no API server"),
    ("plumbline_collector_source_skipped_total", "the kernel is the source here, and no other tool"),
];

pub(super) fn answers() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let server = serve(directory.path())?;
    let minutes: Result<Vec<Batch>> =
        (0..MINUTES).map(|minute| Ok(Batch::decode(batch("lab", minute))?)).collect();
    feed(&server.grpc, 1, minutes?)?;
    let mut lab = Lab::new("dashboards")?;
    let repository = format!("plumbline-dashboards-{}/idle", std::process::id());
    let image = lab.image(&repository, &[("app/run", IDLE)], &["/app/run"])?;
    let address = free()?;
    let watch = ["run", "--server", &server.grpc, "--exposure-window", "1s", "--metrics-address", &address];
    let _collector = collector(directory.path(), "collector", &watch)?;
    let container = lab.run(&image, "one", &[], &[])?;
    let http = server.http.trim_start_matches("http://");
    let prometheus = Prometheus::start(directory.path(), http, &address)?;
    until("what the container does", LIMIT, || {
        docker(&["exec", &container, "/bin/true"])?;
        Ok(server.images(&repository)?.into_iter().find(|image| image.exposures > 0))
    })?;
    all_answer(&prometheus)?;
    let told = prometheus.ask("/api/v1/rules")?.to_string();
    ensure!(!told.contains(r#""health":"err""#), "a rule can't be evaluated: {told}");
    documented(&[get(http, "/metrics")?, get(&address, "/metrics")?], directory.path())
}

/// A server with a sink, a broken rule, and a backup each second.
fn serve(directory: &Path) -> Result<Server> {
    let (rules, config) = (directory.join("rules"), directory.join("server.toml"));
    fs::create_dir(&rules)?;
    fs::write(rules.join("broken.yml"), "title: no rule\ndetection: 7\n")?;
    let sink = format!(
        "[[sink]]\nname = \"file\"\nkind = \"file\"\npath = \"{}\"\n",
        directory.join("alerts").display()
    );
    fs::write(&config, sink)?;
    let (rules, config) = (rules.display().to_string(), config.display().to_string());
    let often = ["--min-starts", "1", "--backup-interval", "1s", "--commons-interval", "100ms"];
    Server::start(directory, &[&["--config", &config, "--rules", &rules], &often[..]].concat())
}

/// Every panel and every variable gives something, and so does everything that a rule looks at.
fn all_answer(prometheus: &Prometheus) -> Result<()> {
    let mut asked: BTreeMap<String, String> = BTreeMap::new();
    for (_, board) in dashboards()? {
        for (place, query) in queries(&board).into_iter().chain(choices(&board)) {
            asked.insert(place, filled(&query));
        }
    }
    for (file, rules) in rules::sources()? {
        for (number, rule) in rules.into_iter().enumerate() {
            let name = rule.alert.or(rule.record).unwrap_or_default();
            for selector in selectors(&rule.expr) {
                asked.insert(format!("{file} / {number} {name} / {selector}"), selector);
            }
        }
    }
    ensure!(asked.len() > 150, "only {} queries were found", asked.len());
    let excused = |query: &str| NOTHING.iter().any(|(part, _)| query.contains(part));
    let mut missing = BTreeMap::new();
    until("every panel and rule to find something", LIMIT, || {
        asked.retain(|place, query| match prometheus.series(query) {
            Ok(0) => true,
            Ok(_) => false,
            Err(error) => {
                missing.insert(place.clone(), format!("{error:#}"));
                false
            }
        });
        Ok(asked.values().all(|query| excused(query)).then_some(()))
    })
    .or_else(|error| {
        let silent = asked.iter().filter(|(_, query)| !excused(query));
        let silent: Vec<_> = silent.map(|(place, query)| format!("{place}: nothing for {query}")).collect();
        ensure!(silent.is_empty(), "{error:#}:\n{}", silent.join("\n"));
        Ok(())
    })?;
    let mut wrong: Vec<_> = missing.into_iter().map(|(place, error)| format!("{place}: {error}")).collect();
    let needless = NOTHING.iter().filter(|(part, _)| !asked.values().any(|query| query.contains(part)));
    wrong.extend(needless.map(|(part, _)| format!("{part} is excused, and gives something")));
    nothing(&wrong)
}

/// A panel's query with its variables filled in, as Grafana would.
fn filled(query: &str) -> String {
    let mut query = query.replace("$__rate_interval", "20s").replace("$__range", "60s");
    for variable in ["$job", "$instance", "$image", "$sink"] {
        query = query.replace(variable, ".+");
    }
    query
}

/// A family of metrics as it stands on the page.
fn row(name: &str, kind: &str, labels: &BTreeSet<&str>, help: &str) -> String {
    let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
    format!("| `{name}` | {kind} | {} | {help} |", labels.join(", "))
}

/// Labels whose values are not known before.
const FREE: [&str; 5] = ["le", "image", "digest", "sink", "version"];

/// What is exported stands on the page as it is exported, and promtool finds it well-formed.
fn documented(exported: &[String], directory: &Path) -> Result<()> {
    let page = fs::read_to_string(root().join(PAGE)).unwrap_or_default();
    let (mut needed, mut names) = (BTreeSet::new(), BTreeSet::new());
    for text in exported {
        let file = directory.join("exported");
        fs::write(&file, text)?;
        run("sh", &["-c", &format!("promtool check metrics < {}", file.display())])?;
        let mut help = "";
        for line in text.lines() {
            if let Some((_, said)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
                help = said;
            } else if let Some((name, kind)) =
                line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' '))
            {
                let labels = labels(text, name);
                let row = row(name, kind, &labels.keys().copied().collect(), help);
                needed.extend(Some(row).filter(|row| !page.contains(row)));
                for (label, values) in labels.iter().filter(|(label, _)| !FREE.contains(label)) {
                    let missing = values.iter().filter(|value| !explained(&page, name, label, value));
                    needed
                        .extend(missing.map(|value| format!("the value `{value}` of `{label}` of `{name}`")));
                }
                names.insert(name.to_owned());
            }
        }
    }
    nothing(&needed.iter().map(|what| format!("{PAGE} needs: {what}")).collect::<Vec<_>>())?;
    let described = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let gone = described
        .filter(|name| !names.contains(*name) && !NOTHING.iter().any(|(part, _)| name.contains(part)));
    nothing(&gone.map(|name| format!("{PAGE} describes {name}, which is not exported")).collect::<Vec<_>>())
}

/// Whether a row of the page names the metric, its label and the value.
fn explained(page: &str, name: &str, label: &str, value: &str) -> bool {
    let parts = [name, label, value].map(|part| format!("`{part}`"));
    page.lines().filter(|line| line.starts_with("| `")).any(|line| {
        let cells = line.split(" | ");
        cells.count() == 3 && line.split(" | ").zip(&parts).all(|(cell, part)| cell.contains(part.as_str()))
    })
}

/// Labels of a family with their values, but for the bounds of a histogram. No value here holds what would end it.
fn labels<'t>(text: &'t str, name: &str) -> BTreeMap<&'t str, BTreeSet<&'t str>> {
    let mut labels: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let samples = text.lines().filter_map(|line| line.strip_prefix(name));
    let samples = samples.map(|rest| rest.trim_start_matches("_bucket"));
    for inside in
        samples.filter_map(|rest| rest.strip_prefix('{')?.rsplit_once('}')).map(|(inside, _)| inside)
    {
        let pairs = inside.split("\",").filter_map(|pair| pair.split_once("=\""));
        for (label, value) in pairs.filter(|(label, _)| *label != "le") {
            labels.entry(label).or_default().insert(value.trim_end_matches('"'));
        }
    }
    labels
}
