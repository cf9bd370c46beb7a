//! The corpus of recordings in tests/lab/corpus, and the manifest that says what is in each.
//!
//! `lab record` writes it; the evaluation and a test read it. A recording holds more containers than those it
//! is about: the services beside them, their clients and the world outside (repository `plumbline-lab/outside`), of
//! which nothing is claimed.

use crate::recording::{self, Seen};
use anyhow::{Context, Result};
use plumbline_proto::v1::Batch;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// What `manifest.json` says.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Length of a window, in nanoseconds; it stands for a container-minute.
    pub window_ns: u64,
    /// The images under test: name to digest, `api` for version 1 and `api:2` for version 2.
    pub images: BTreeMap<String, String>,
    /// The recordings, by file.
    pub recordings: Vec<Recording>,
}

/// One recording.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// Its file beside the manifest, compressed by zstd.
    pub file: String,
    /// SHA-256 of that file, in hexadecimal digits.
    pub sha256: String,
    /// What it is for.
    pub kind: Kind,
    /// Which half of the split it is in.
    pub split: Split,
    /// The images it is about, as the manifest names them.
    pub images: Vec<String>,
    /// From its first event to its last, in nanoseconds since the Unix epoch.
    pub start_unix_ns: u64,
    /// The end of that.
    pub end_unix_ns: u64,
    /// Windows of all its containers.
    pub windows: u64,
    /// Events that the collector counted as lost.
    pub lost: u64,
    /// What happened in it beside ordinary work; nothing in learning and normal runs.
    pub labels: Vec<Label>,
}

/// What a recording is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Ordinary work of all images, long enough to learn them.
    Learn,
    /// Ordinary work of all images, later and of other clients: whatever is alerted is wrong.
    Normal,
    /// One attack on a container that has just been started.
    Attack,
    /// One benign change in a container that has just been started.
    Drift,
    /// A learning run with attacks in it.
    Poisoned,
    /// A container of version 2 beside those of version 1.
    Upgrade,
}

/// Whether what is reported may rest on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// May be fitted on.
    Fit,
    /// Of an image or a family that is never fitted on; see tests/lab/split.toml.
    Report,
}

/// An attack or a drift, and when it happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Its scenario among the attacks or the drifts of its set, in tests/lab or in tests/lab/unseen.
    pub id: String,
    /// What it should be called: `attack` or `drift`.
    pub verdict: Verdict,
    /// The group it is split by: the name of the scenario's file.
    pub family: String,
    /// ATT&CK's tactic; empty for drifts.
    pub tactic: String,
    /// ATT&CK's technique; empty for drifts.
    pub technique: String,
    /// How it came in; see tests/lab/README.md.
    pub entry: String,
    /// The image it happened in.
    pub image: String,
    /// Id of the container.
    pub container_id: String,
    /// Images of which other containers are attacked from there: what is new in those belongs to it as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub victims: Vec<String>,
    /// From here on what is new in the container belongs to it, in nanoseconds since the Unix epoch.
    pub start_unix_ns: u64,
    /// Until here.
    pub end_unix_ns: u64,
    /// Programs that are among the container's executions in that time, as their command lines begin.
    pub seen: Vec<String>,
}

/// What a label says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Somebody does harm, or prepares to.
    Attack,
    /// New, but nothing bad.
    Drift,
}

/// The corpus that comes with the source.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("lab/corpus")
}

/// The other one, of images and scenarios that nothing is ever fitted on.
#[must_use]
pub fn unseen_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("lab/unseen/corpus")
}

impl Manifest {
    /// Reads the manifest of a corpus.
    ///
    /// # Errors
    /// If it is missing or says something else.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("manifest.json");
        let text = fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no manifest", path.display()))
    }

    /// Writes it, recordings in the order of their files.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write(&mut self, folder: &Path) -> Result<()> {
        self.recordings.sort_by(|a, b| a.file.cmp(&b.file));
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(folder.join("manifest.json"), text).context("can't write the manifest")
    }
}

impl Recording {
    /// The label that something in a container of an image belongs to; `images` as the manifest has them.
    #[must_use]
    pub fn label_of(
        &self,
        images: &BTreeMap<String, String>,
        container_id: &str,
        digest: &str,
        time_unix_ns: u64,
    ) -> Option<usize> {
        let is_victim = |victim: &String| images.get(victim).is_some_and(|of| of == digest);
        self.labels.iter().position(|label| {
            (label.container_id == container_id || label.victims.iter().any(is_victim))
                && (label.start_unix_ns..=label.end_unix_ns).contains(&time_unix_ns)
        })
    }

    /// Its batches.
    ///
    /// # Errors
    /// If the file is missing or broken.
    pub fn batches(&self, folder: &Path) -> Result<Vec<Batch>> {
        recording::decode(&self.bytes(folder)?).with_context(|| format!("{} is broken", self.file))
    }

    /// What the collector wrote: length-delimited batches.
    ///
    /// # Errors
    /// If the file is missing or broken.
    pub fn bytes(&self, folder: &Path) -> Result<Vec<u8>> {
        let path = folder.join(&self.file);
        let packed = fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
        Ok(zstd::decode_all(packed.as_slice())?)
    }
}

/// SHA-256 in hexadecimal digits.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Which of `programs` a container did not execute in a time. A program is met by an execution whose path,
/// script or command line holds it.
pub fn unseen(
    seen: &[Seen],
    container_id: &str,
    from_ns: u64,
    to_ns: u64,
    programs: &[String],
) -> Vec<String> {
    let here: Vec<&Seen> = seen
        .iter()
        .filter(|seen| seen.container_id == container_id && (from_ns..=to_ns).contains(&seen.unix_ns))
        .collect();
    let met = |program: &String| {
        here.iter().any(|seen| {
            format!("{} {} {}", seen.executable, seen.script, seen.command_line).contains(program.as_str())
        })
    };
    programs.iter().filter(|program| !met(program)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An alert in the victim of an attack from another container was once counted as a false one.
    #[test]
    fn what_is_new_in_a_victim_belongs_to_the_attack_while_it_lasts_and_nowhere_else() {
        let corpus = Manifest::read(&folder()).unwrap();
        let attack = |recording: &&Recording| {
            recording.labels.iter().any(|label| label.id == "lateral-psql-superuser")
        };
        let recording = corpus.recordings.iter().find(attack).unwrap();
        let label = &recording.labels[0];
        let of = |container: &str, image: &str, time| {
            recording.label_of(&corpus.images, container, &corpus.images[image], time)
        };
        let during = label.start_unix_ns;
        assert_eq!(of(&label.container_id, "tools", during), Some(0));
        assert_eq!(of("another", "db", during), Some(0), "the database is attacked from there");
        assert_eq!(of("another", "cache", during), None);
        assert_eq!(of("another", "db", label.end_unix_ns + 1), None);
    }
}
