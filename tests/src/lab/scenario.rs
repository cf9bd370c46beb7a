//! Scenarios: what the files in tests/lab/attacks and tests/lab/drifts say.
//!
//! A file holds one family, and its name is the family's: what is split is whole files.

use crate::images::Set;
use anyhow::{Context, Result, ensure};
use plumbline_tests::corpus::Verdict;
use serde::Deserialize;
use std::fs;

/// One attack or drift.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// Its name, of which there is only one.
    pub(crate) id: String,
    /// What happens, in a sentence.
    pub(crate) title: String,
    /// The image, with `:2` for its second version.
    pub(crate) image: String,
    /// How it comes in.
    pub(crate) entry: Entry,
    /// ATT&CK's tactic and technique, of attacks.
    #[serde(default)]
    pub(crate) tactic: String,
    #[serde(default)]
    pub(crate) technique: String,
    /// Why a drift is no attack.
    #[serde(default)]
    pub(crate) why: String,
    /// Images of other containers that it attacks.
    #[serde(default)]
    pub(crate) victims: Vec<String>,
    /// User of a `docker exec`; the image's if empty.
    #[serde(default)]
    pub(crate) user: String,
    /// Options for `docker create` beside the usual ones.
    #[serde(default)]
    pub(crate) options: Vec<String>,
    /// Programs that the recording must have seen, by path, script or a part of the command line.
    pub(crate) seen: Vec<String>,
    /// Words that may be in the output though they speak of failure.
    #[serde(default)]
    pub(crate) fails: Vec<String>,
    /// What is done, one after the other.
    pub(crate) steps: Vec<String>,
    #[serde(skip)]
    pub(crate) family: String,
    #[serde(skip)]
    pub(crate) verdict: Option<Verdict>,
}

/// How a scenario comes into its container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Entry {
    /// Through the image's hole: `breach` in its client.py.
    Service,
    /// Over the network as a client: the steps are a shell's, run where the clients are.
    Request,
    /// By the image's own schedule: the steps are jobs put where cron runs them.
    Cron,
    /// By `docker exec` of a command, without a terminal.
    Exec,
    /// Typed into a shell at a terminal of a `docker exec`.
    Terminal,
}

impl Entry {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Request => "request",
            Self::Cron => "cron",
            Self::Exec => "exec",
            Self::Terminal => "terminal",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    scenario: Vec<Scenario>,
}

/// What is never fitted on: families of attacks and drifts, and images.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Held {
    pub(crate) families: Vec<String>,
    pub(crate) images: Vec<String>,
}

/// All scenarios of a set, in the order of their files.
///
/// # Errors
/// If a file is not what it should be.
pub(crate) fn all(set: Set) -> Result<Vec<Scenario>> {
    let mut scenarios: Vec<Scenario> = Vec::new();
    for (folder, verdict) in [("attacks", Verdict::Attack), ("drifts", Verdict::Drift)] {
        let mut files: Vec<_> = fs::read_dir(set.folder().join(folder))?.collect::<Result<_, _>>()?;
        files.sort_by_key(fs::DirEntry::path);
        for file in files {
            let path = file.path();
            let text = fs::read_to_string(&path)?;
            let family: Family =
                toml::from_str(&text).with_context(|| format!("{} is no family", path.display()))?;
            let name = path.file_stem().context("a file without a name")?.to_string_lossy().into_owned();
            for scenario in family.scenario {
                scenarios.push(Scenario { family: name.clone(), verdict: Some(verdict), ..scenario });
            }
        }
    }
    for (at, scenario) in scenarios.iter().enumerate() {
        let told = (scenario.verdict == Some(Verdict::Drift)) != scenario.why.is_empty()
            && scenario.technique.is_empty() == scenario.tactic.is_empty()
            && scenario.why.is_empty() != scenario.technique.is_empty();
        ensure!(told, "{}: a drift says why, an attack its tactic and technique", scenario.id);
        ensure!(!scenario.title.is_empty() && !scenario.steps.is_empty(), "{} says too little", scenario.id);
        let before = scenarios.get(..at).unwrap_or_default();
        ensure!(before.iter().all(|other| other.id != scenario.id), "{} is there twice", scenario.id);
        for image in scenario.victims.iter().chain([&scenario.image]) {
            ensure!(
                crate::images::named(image)?.set == set,
                "{} is in another set than {image}",
                scenario.id
            );
        }
    }
    Ok(scenarios)
}

/// What split.toml says.
///
/// # Errors
/// If it is not what it should be.
pub(crate) fn held() -> Result<Held> {
    Ok(toml::from_str(&fs::read_to_string(Set::First.folder().join("split.toml"))?)?)
}
