//! Names of metrics: those in dashboards, rules and pages exist, and those that exist are on the page of metrics.
//!
//! What exists is read from the source, where each name stands once; `scraped.rs` compares the page with what the programs
//! export.

use super::{dashboards, files, nothing, root, rules};
use anyhow::{Context, Result, ensure};
use std::{collections::BTreeSet, fs};

/// Where each metric is described, from the root.
pub(super) const PAGE: &str = "dashboards/METRICS.md";

/// Pages elsewhere that speak of metrics, from the root.
const PAGES: [&str; 8] = [
    "README.md",
    "ARCHITECTURE.md",
    "SECURITY.md",
    "cli/README.md",
    "collector/README.md",
    "deploy/ENFORCEMENT.md",
    "model/README.md",
    "server/README.md",
];

/// Those that Prometheus' library makes of /proc.
const PROCESS: [&str; 7] = [
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_threads",
    "process_virtual_memory_bytes",
];

pub(super) fn known() -> Result<()> {
    let exported = exported()?;
    let mut wrong = Vec::new();
    let mut texts = files("dashboards", "md")?;
    texts.extend(files("dashboards", "yml")?);
    texts.extend(files("dashboards", "json")?);
    for page in PAGES {
        texts.push((page.to_owned(), fs::read_to_string(root().join(page))?));
    }
    for (file, text) in &texts {
        for name in named(text) {
            // A family of them, such as plumbline_server_store_*.
            let family = name.ends_with('_') && exported.iter().any(|known| known.starts_with(name));
            let parts = ["_bucket", "_sum", "_count"].map(|part| name.strip_suffix(part).unwrap_or(name));
            if !family && !parts.iter().any(|name| exported.contains(*name)) {
                wrong.push(format!("{file} names {name}, and no program exports it"));
            }
        }
    }
    let page = fs::read_to_string(root().join(PAGE))?;
    let missing = exported.iter().filter(|name| !page.contains(&format!("| `{name}` |")));
    wrong.extend(missing.map(|name| format!("{name} is not in {PAGE}")));
    nothing(&wrong)
}

/// Selectors of a query: a name with its labels, as it stands there.
pub(super) fn selectors(query: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = query;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '{' || c == '"') {
        rest = rest.get(start..).unwrap_or_default();
        if let Some(text) = rest.strip_prefix('"') {
            rest = text.split_once('"').map_or("", |(_, after)| after);
            continue;
        }
        let end =
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':').unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let labels = after.strip_prefix('{').and_then(closing);
        let metric =
            ["plumbline_", "process_", "job_instance:", "ALERTS"].iter().any(|p| word.starts_with(p));
        if let Some(labels) = labels {
            found.push(format!("{word}{{{labels}}}"));
            rest = after.get(labels.len() + 2..).unwrap_or_default();
        } else {
            if metric {
                found.push(word.to_owned());
            }
            rest = if word.is_empty() { after.get(1..).unwrap_or_default() } else { after };
        }
    }
    found
}

/// What stands before the brace that closes, quoted ones left alone.
fn closing(text: &str) -> Option<&str> {
    let mut quoted = false;
    let end = text.find(|c| {
        quoted ^= c == '"';
        c == '}' && !quoted
    })?;
    text.get(..end)
}

/// Names of our metrics in a text.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
    let ours = words
        .filter(|word| ["plumbline_server_", "plumbline_collector_"].iter().any(|p| word.starts_with(p)));
    // What stands for both programs at once.
    ours.filter(|word| !word.ends_with("_collector_")).collect()
}

/// What the programs export.
fn exported() -> Result<BTreeSet<String>> {
    let mut names: BTreeSet<String> = PROCESS.map(str::to_owned).into();
    let mut sources = files("server/src/metrics", "rs")?;
    sources.push(("server".into(), fs::read_to_string(root().join("server/src/metrics.rs"))?));
    for (_, source) in &sources {
        let quoted = source.split('"').skip(1).step_by(2);
        let is_name = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        names.extend(
            quoted.filter(|word| word.starts_with("plumbline_server_")).filter(is_name).map(str::to_owned),
        );
    }
    let collector = fs::read_to_string(root().join("collector/src/metrics.rs"))?;
    for call in ["page.counter(", "page.gauge(", "page.counters(", "page.info("] {
        let calls = collector.split(call).skip(1).filter_map(|rest| rest.split('"').nth(1));
        names.extend(calls.map(|name| format!("plumbline_collector_{name}")));
    }
    ensure!(names.len() > 80, "only {} metrics were found in the source", names.len());
    Ok(names)
}

pub(super) fn links() -> Result<()> {
    let mut wrong = Vec::new();
    for (file, text) in files("dashboards", "md")? {
        let folder = root().join(&file).parent().context("no folder")?.to_path_buf();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let elsewhere = target.is_empty() || target.contains("://");
            if !elsewhere && !folder.join(target).exists() {
                wrong.push(format!("{file} leads to {target}, which is not there"));
            }
        }
    }
    let readme = fs::read_to_string(root().join("dashboards/README.md"))?;
    for (file, _) in dashboards()?
        .into_iter()
        .map(|(file, _)| (file, ()))
        .chain(rules::sources()?.into_iter().map(|(f, _)| (f, ())))
    {
        let name = file.trim_start_matches("dashboards/");
        if !readme.contains(&format!("]({name})")) {
            wrong.push(format!("dashboards/README.md does not lead to {name}"));
        }
    }
    nothing(&wrong)
}
