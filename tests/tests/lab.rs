//! The corpora in tests/lab/corpus and tests/lab/unseen/corpus are what their manifests say, and large enough. Needs no
//! Docker.
#![allow(clippy::unwrap_used, reason = "a corpus that cannot be read fails the test")]

use anyhow::{Result, ensure};
use plumbline_tests::{
    corpus::{Kind, Label, Manifest, Recording, Split, Verdict, folder, sha256, unseen, unseen_folder},
    recording::{decode, executions},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Both corpora, with how many bytes each may have.
fn both() -> [(PathBuf, usize); 2] {
    [(folder(), 18_000_000), (unseen_folder(), 6_000_000)]
}

fn manifest() -> Manifest {
    Manifest::read(&folder()).unwrap()
}

fn of(manifest: &Manifest, kinds: &[Kind]) -> Vec<Recording> {
    manifest.recordings.iter().filter(|recording| kinds.contains(&recording.kind)).cloned().collect()
}

fn labels(manifest: &Manifest, verdict: Verdict) -> Vec<Label> {
    let kinds = [Kind::Attack, Kind::Drift, Kind::Upgrade];
    let all = of(manifest, &kinds).into_iter().flat_map(|recording| recording.labels);
    all.filter(|label| label.verdict == verdict).collect()
}

#[test]
fn the_files_are_those_of_the_manifest() {
    for (folder, most) in both() {
        let manifest = Manifest::read(&folder).unwrap();
        let mut bytes = 0;
        let mut named = BTreeSet::from(["manifest.json".to_owned()]);
        for recording in &manifest.recordings {
            let file = fs::read(folder.join(&recording.file)).unwrap();
            assert_eq!(sha256(&file), recording.sha256, "{}", recording.file);
            assert!(named.insert(recording.file.clone()), "{} stands there twice", recording.file);
            bytes += file.len();
        }
        let there =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(there.collect::<BTreeSet<_>>(), named);
        assert!(bytes < most, "{bytes} bytes are too many for the repository");
    }
}

#[test]
fn every_label_is_true_of_its_recording() {
    // The long runs take seconds to decode; the poisoned one has labels, so it is checked as well.
    let short = [Kind::Attack, Kind::Drift, Kind::Upgrade, Kind::Poisoned];
    for (folder, _) in both() {
        let manifest = Manifest::read(&folder).unwrap();
        for recording in of(&manifest, &short) {
            check(&folder, &recording, &manifest.images)
                .unwrap_or_else(|error| panic!("{}: {error:#}", recording.file));
        }
    }
}

fn check(folder: &Path, recording: &Recording, digests: &BTreeMap<String, String>) -> Result<()> {
    let batches = decode(&recording.bytes(folder)?)?;
    let lost: u64 = batches.iter().flat_map(|batch| &batch.losses).map(|loss| loss.events).sum();
    ensure!(lost == recording.lost && lost * 1000 <= recording.windows, "{lost} events were lost");
    let executed = executions(&batches);
    for label in &recording.labels {
        let (start, end) = (label.start_unix_ns, label.end_unix_ns);
        ensure!(recording.start_unix_ns < start && start < end, "{} is outside the recording", label.id);
        ensure!(end <= recording.end_unix_ns + 1_000_000_000, "{} ends after the recording", label.id);
        let missing = unseen(&executed, &label.container_id, start, end, &label.seen);
        ensure!(missing.is_empty(), "{} did not run {missing:?}", label.id);
        let image = batches.iter().find_map(|batch| {
            let text = |at: u32| batch.strings.get(at as usize).map(|text| String::from_utf8_lossy(text));
            let container =
                batch.containers.iter().find(|c| text(c.id).is_some_and(|id| id == label.container_id))?;
            Some(text(batch.images.get(container.image as usize)?.digest)?.into_owned())
        });
        let built = digests.get(&label.image).cloned();
        ensure!(image.is_some() && image == built, "{} is of image {image:?}, not {built:?}", label.id);
    }
    Ok(())
}

#[test]
fn there_is_enough_of_everything() {
    let manifest = manifest();
    let attacks = labels(&manifest, Verdict::Attack);
    let drifts = labels(&manifest, Verdict::Drift);
    assert!(attacks.len() >= 60, "{} attacks", attacks.len());
    assert!(drifts.len() >= 40, "{} drifts", drifts.len());
    let images: BTreeSet<&str> = attacks.iter().map(|label| label.image.trim_end_matches(":2")).collect();
    assert!(images.len() >= 8, "attacks on {images:?} only");
    let families: BTreeSet<&str> = attacks.iter().map(|label| label.family.as_str()).collect();
    assert!(families.len() >= 12, "{families:?}");
    let tactics: BTreeSet<&str> = attacks.iter().map(|label| label.tactic.as_str()).collect();
    for tactic in [
        "execution",
        "persistence",
        "privilege-escalation",
        "defense-evasion",
        "credential-access",
        "discovery",
        "lateral-movement",
        "command-and-control",
        "exfiltration",
        "impact",
    ] {
        assert!(tactics.contains(tactic), "no attack of {tactic}");
    }
    // Neither is known by the way it came in.
    for entry in ["service", "request", "cron", "exec", "terminal"] {
        for (labels, what) in [(&attacks, "attack"), (&drifts, "drift")] {
            assert!(labels.iter().any(|label| label.entry == entry), "no {what} by {entry}");
        }
    }
    for kind in [Kind::Learn, Kind::Normal, Kind::Poisoned, Kind::Upgrade] {
        assert!(!of(&manifest, &[kind]).is_empty(), "nothing of {kind:?}");
    }
    let learned: u64 = of(&manifest, &[Kind::Learn]).iter().map(|recording| recording.windows).sum();
    assert!(learned > 30_000, "{learned} windows are too few to learn ten images");
}

#[test]
fn the_unseen_corpus_shares_nothing_with_the_first_and_is_reported_only() {
    let (first, other) = (manifest(), Manifest::read(&unseen_folder()).unwrap());
    assert!(other.recordings.iter().all(|recording| recording.split == Split::Report));
    assert!(first.images.iter().all(|(name, digest)| {
        !other.images.contains_key(name) && other.images.values().all(|known| known != digest)
    }));
    let scenes = |verdict| labels(&other, verdict);
    for (verdict, least) in [(Verdict::Attack, 24), (Verdict::Drift, 20)] {
        assert!(scenes(verdict).len() >= least, "{} are {verdict:?}", scenes(verdict).len());
        let entries: BTreeSet<String> = scenes(verdict).into_iter().map(|label| label.entry).collect();
        assert_eq!(entries.len(), 5, "neither is known by the way it came in: {entries:?}");
    }
    for kind in [Kind::Learn, Kind::Normal] {
        assert_eq!(of(&other, &[kind]).len(), 1, "{kind:?}");
    }
}

#[test]
fn what_is_reported_is_not_fitted_on() {
    let manifest = manifest();
    let of_split = |split: Split| -> Vec<Recording> {
        let scenes = of(&manifest, &[Kind::Attack, Kind::Drift]).into_iter();
        scenes.filter(|recording| recording.split == split).collect()
    };
    let (fit, report) = (of_split(Split::Fit), of_split(Split::Report));
    // What is reported has a family or an image of which nothing is fitted on.
    for recording in &report {
        let (label, image) = (&recording.labels[0], &recording.images[0]);
        let family_fitted = fit.iter().any(|other| other.labels[0].family == label.family);
        let image_fitted = fit.iter().any(|other| other.images[0] == *image);
        assert!(!family_fitted || !image_fitted, "{} is neither new in family nor in image", recording.file);
    }
    assert!(report.len() * 4 > fit.len(), "{} are reported, {} fitted on", report.len(), fit.len());
    let ids: Vec<&str> = fit.iter().chain(&report).map(|recording| recording.labels[0].id.as_str()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "a scenario was recorded twice");
}
