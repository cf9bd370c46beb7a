//! Real stores, damaged in each way that is known, and opened again: all is there, or it is said what is not.

mod copies;
mod damage;
mod deltas;
mod disk;
mod formats;
mod killed;
mod values;

use std::collections::BTreeMap;

use plumbline_model::{DecisionKind, Dimension, ImageState, Model, Params, Scope};

use super::*;
use crate::{fixture, wire};

/// Baselines as they are after so many minutes of a small fleet.
fn images(minutes: u64) -> Vec<ImageState> {
    let mut model = Model::new(Params::default(), Arc::default());
    for minute in 0..minutes {
        model.apply(&wire::check(fixture::batch("a", minute)).unwrap().view(), |_| true);
    }
    model.images().cloned().collect()
}

fn decision(id: &str) -> Arc<Decision> {
    Arc::new(Decision {
        id: id.to_owned(),
        kind: DecisionKind::Deny,
        dimension: Dimension::Spawn,
        context: "a".into(),
        value: "b".into(),
        scope: Scope::All,
        author: "alice".into(),
        reason: "no".into(),
        alert: "1".into(),
        rows: Vec::new(),
        created_unix_ns: 1,
        expires_unix_ns: 0,
        revoked: None,
        document: String::new(),
    })
}

fn alert(id: u64, revision: u32, bytes: usize) -> v1::Alert {
    let image_repository = format!("{revision}").repeat(bytes);
    v1::Alert { id: format!("{id:04}"), revision, verdict: 2, image_repository, ..Default::default() }
}

fn upkeep(image: &ImageState) -> (ImageKey, UpkeepRecord) {
    (ImageKey::new(image.lineage(), image.digest()), UpkeepRecord::default())
}

/// One commit that touches every kind: the `number`th of a store that began with 1.
fn commit(number: u64, images: &[ImageState], bytes: usize) -> Commit {
    let alert = alert(number % 8, number as u32, bytes);
    let head = Head::of(number, &alert);
    let record = SessionRecord { durable: number, marks: [number; SHARDS], ..Default::default() };
    Commit {
        images: images.iter().map(EncodedImage::whole).collect(),
        sessions: vec![([1; 16], record.clone()), ([number as u8; 16], record)],
        heads: vec![(alert.id.clone(), head)],
        changes: vec![v1::AlertChange { cursor: number, alert: Some(alert) }],
        decisions: vec![decision(&format!("{:03}", number % 5))],
        consumers: vec![(
            format!("c{}", number % 3),
            ConsumerRecord { cursor: number, ..Default::default() },
        )],
        upkeep: images.first().map(upkeep).into_iter().collect(),
        forgotten_changes: number.checked_sub(60).into_iter().collect(),
        ..Default::default()
    }
}

/// What a store holds, by key.
type Held = BTreeMap<Vec<u8>, Vec<u8>>;

/// Makes a store of so many commits and closes it; all it holds.
fn store(folder: &Path, commits: u64, bytes: usize) -> Held {
    let (store, _) = Store::open_when_free(folder);
    let images = images(3);
    for number in 1..=commits {
        store.commit(&commit(number, &images, bytes)).unwrap();
    }
    store.note();
    contents(&store)
}

/// All that a store holds.
fn contents(store: &Store) -> Held {
    store
        .db
        .get()
        .unwrap()
        .iter()
        .map(|entry| entry.unwrap())
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect()
}

fn open(folder: &Path) -> (Store, Stored, Report) {
    Store::open_with_when_free(folder, &Plan::default_in(folder))
}

/// Waits until nobody holds the lock of a store that was closed in this process.
fn closed(folder: &Path) {
    drop(open(folder));
}

fn told(report: &Report) -> String {
    report.troubles.iter().map(|trouble| format!("{trouble}\n")).collect()
}

/// Folders with such a beginning of their name.
fn aside(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(prefix)).collect()
}
