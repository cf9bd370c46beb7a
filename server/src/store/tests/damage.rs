//! Damage to sled's files.

use std::{fs, os::unix::fs::FileExt};

use super::*;
use crate::store::report::How;

/// Snapshot files of a store.
fn snapshots(folder: &Path) -> Vec<PathBuf> {
    aside(&folder.join("store"), "snap.")
}

fn db(folder: &Path) -> fs::File {
    fs::OpenOptions::new().read(true).write(true).open(folder.join("store/db")).unwrap()
}

/// How much of the log is not zeroes.
fn used(folder: &Path) -> u64 {
    let bytes = fs::read(folder.join("store/db")).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).unwrap() as u64 + 1
}

#[test]
fn a_truncated_snapshot_and_one_that_was_never_finished_cost_nothing() {
    for cut in [0, 5, 12, 40, 1] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let before = store(folder, 20, 10_000);
        closed(folder); // so that there is a snapshot
        let [snapshot] = &snapshots(folder)[..] else { panic!("{:?}", snapshots(folder)) };
        if cut == 1 {
            fs::write(snapshot.with_extension("FFFF.generating"), "half").unwrap();
        } else {
            let file = fs::OpenOptions::new().write(true).open(snapshot).unwrap();
            file.set_len(cut).unwrap();
        }
        let (store, stored, report) = open(folder);
        assert_eq!(contents(&store), before, "cut at {cut}");
        assert_eq!(report.how, How::Log);
        assert!(
            matches!(report.troubles[..], [Trouble::Unopened { .. }, Trouble::Snapshots { .. }]),
            "{report:?}"
        );
        assert_eq!(stored.images, fixture::REPOSITORIES.len());
        let [to] = &aside(&folder.join("store"), "set-aside-")[..] else { panic!("nothing was set aside") };
        assert!(fs::read_dir(to).unwrap().count() >= 1);
        store.commit(&commit(500, &images(1), 10)).unwrap();
        let after = contents(&store);
        drop((store, stored));
        let (store, _, report) = open(folder);
        assert!(report.troubles.is_empty(), "repaired once");
        assert_eq!(contents(&store), after);
    }
}

/// Keys under which two stores differ, each with the bytes of its values.
fn differing(one: &Held, other: &Held) -> Vec<String> {
    let keys: std::collections::BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let length = |held: &Held, key| held.get(key).map(Vec::len);
    keys.into_iter()
        .filter(|key| one.get(*key) != other.get(*key))
        .map(|key| format!("{}: {:?}, {:?}", key.escape_ascii(), length(one, key), length(other, key)))
        .collect()
}

/// Opens what was damaged: what is there is one commit whole, or what is missing is told; and then it is a store again.
fn whole_or_told(folder: &Path, before: &Held, what: &str) -> How {
    let (store, _, report) = open(folder);
    let now = contents(&store);
    if &now != before {
        assert!(!report.troubles.is_empty(), "{what}: something is gone and nobody says so");
    }
    // What did no harm yet can cost sled a later commit, about one time in ten where the head of a segment is damaged that it
    // had no need to read: no server has to close for the next one to say so, and to mend it.
    let how = report.how;
    let committed = |store: Store, number| {
        store.commit(&commit(number, &images(1), 10)).unwrap();
        let after = contents(&store);
        drop(store);
        let (store, _, report) = open(folder);
        let differing = differing(&contents(&store), &after);
        assert!(
            differing.is_empty() || !report.troubles.is_empty(),
            "{what}: {differing:?} and nobody says so"
        );
        (store, report)
    };
    let (store, mut report) = committed(store, 500);
    if !report.troubles.is_empty() {
        (_, report) = committed(store, 501);
    }
    assert!(report.troubles.is_empty(), "{what}: {}", told(&report));
    how
}

/// Stores of forty commits, killed and closed: the snapshot of one is as old as it, that of the other as new.
fn stores() -> [(tempfile::TempDir, Held); 2] {
    [false, true].map(|reopened| {
        let folder = tempfile::tempdir().unwrap();
        let before = store(folder.path(), 40, 30_000);
        if reopened {
            closed(folder.path());
        }
        assert!(used(folder.path()) > 1 << 20, "more than two segments");
        (folder, before)
    })
}

/// Damages copies of both stores in places all over the log; how they opened again.
fn damaged(what: &str, places: u64, damage: impl Fn(&fs::File, u64, u64)) -> Vec<How> {
    let mut hows = Vec::new();
    for (number, (folder, before)) in stores().iter().enumerate() {
        let length = db(folder.path()).metadata().unwrap().len();
        for place in (0..places).map(|place| place * length / places) {
            let copy = tempfile::tempdir().unwrap();
            copy_store(folder.path(), copy.path());
            damage(&db(copy.path()), place, length);
            hows.push(whole_or_told(copy.path(), before, &format!("store {number}, {what} at {place}")));
        }
    }
    hows
}

#[test]
fn a_log_whose_end_is_zeroes_gives_what_is_before_it_or_says_what_is_missing() {
    let hows = damaged("zeroes", 12, |file, from, length| {
        file.write_all_at(&vec![0; (length - from) as usize], from).unwrap();
    });
    assert_eq!(hows[0], How::Empty, "{hows:?}");
}

#[test]
fn a_truncated_log_gives_what_is_before_its_end_or_says_what_is_missing() {
    let hows = damaged("truncated", 12, |file, length, _| file.set_len(length).unwrap());
    assert_eq!(hows[0], How::Empty, "{hows:?}");
}

#[test]
fn one_other_bit_anywhere_in_the_log_is_harmless_or_told() {
    damaged("a bit", 25, |file, place, _| {
        let mut byte = [0];
        file.read_exact_at(&mut byte, place).unwrap();
        file.write_all_at(&[byte[0] ^ 16], place).unwrap();
    });
}

#[test]
fn what_is_no_damage_is_an_error_and_nothing_is_moved() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let plan = Plan::default_in(folder);
    let metrics = Arc::new(Metrics::new().unwrap());
    let (store, _, _) = open(folder);
    let error = Store::open(folder, &plan, &metrics).unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    store.db.get().unwrap().insert(FORMAT_KEY, &[FORMAT + 1]).unwrap();
    store.db.get().unwrap().flush().unwrap();
    drop(store);
    let limit = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let error = loop {
        match Store::open(folder, &plan, &metrics).unwrap_err() {
            StoreError::Locked { .. } if std::time::Instant::now() < limit => std::thread::yield_now(),
            error => break error,
        }
    };
    assert!(matches!(error, StoreError::Format { found: Some(newer), .. } if newer == FORMAT + 1), "{error}");
    assert!(
        aside(folder, "store-set-aside").is_empty() && aside(&folder.join("store"), "set-aside").is_empty()
    );
}

#[test]
fn a_store_that_cannot_be_reached_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("store"), "a file").unwrap();
    let error =
        Store::open(folder, &Plan::default_in(folder), &Arc::new(Metrics::new().unwrap())).unwrap_err();
    assert!(
        matches!(error, StoreError::Sled { .. }) && error.to_string().contains("check the disk"),
        "{error}"
    );
    assert!(aside(folder, "store-set-aside").is_empty());
}

#[test]
fn settings_of_sled_that_were_damaged_are_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let before = store(folder.path(), 5, 100);
    closed(folder.path());
    let conf = folder.path().join("store/conf");
    let text = fs::read(&conf).unwrap();
    fs::write(&conf, text.iter().map(|byte| if *byte == b'2' { b'3' } else { *byte }).collect::<Vec<_>>())
        .unwrap();
    let (store, _, report) = open(folder.path());
    assert_eq!((contents(&store), report.how), (before, How::Log), "{}", told(&report));
}

#[test]
fn a_store_that_was_deleted_or_emptied_is_not_taken_for_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(open(folder).2.troubles.is_empty(), "a new one");
    let _ = store(folder, 3, 100);
    fs::remove_dir_all(folder.join("store")).unwrap();
    let (_, stored, report) = open(folder);
    assert_eq!((stored.images, report.how), (0, How::Empty));
    assert!(told(&report).contains("at least 3 commits and has 0") && told(&report).contains("EMPTY"));
    assert!(report.lines().contains("EMPTY"));
}

/// What is known of a store is written now and then: a server that was killed in its first minutes, and whose log was lost
/// with it, began anew without a word.
#[test]
fn a_young_store_that_is_lost_is_missed_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    drop(open(folder));
    db(folder).set_len(0).unwrap();
    aside(&folder.join("store"), "snap.").iter().for_each(|snapshot| fs::remove_file(snapshot).unwrap());
    let (_, _, report) = open(folder);
    assert_eq!(report.how, How::Empty);
    assert!(told(&report).contains("EMPTY"), "{}", told(&report));
}

#[test]
fn a_store_that_went_back_is_copied_and_says_how_far() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let _ = store(folder, 3, 100);
    Known { commit: 9, since_unix_s: 0 }.write(folder).unwrap();
    let (store, stored, report) = open(folder);
    assert_eq!((report.how, stored.images), (How::Part, fixture::REPOSITORIES.len()));
    assert!(told(&report).contains("at least 9 commits and has 3"), "{}", told(&report));
    store.commit(&commit(4, &images(1), 10)).unwrap();
    drop(store);
    assert!(open(folder).2.troubles.is_empty());
}

#[test]
fn only_so_many_damaged_stores_are_kept_and_a_deletion_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let deleted = |report: &Report| told(report).matches("deleted to make room").count();
    for round in 1..=5 {
        let _ = store(folder, 2, 100);
        db(folder).set_len(0).unwrap();
        let report = open(folder).2;
        assert_eq!((report.how, deleted(&report)), (How::Empty, usize::from(round > 3)), "{round}");
        assert_eq!(aside(folder, "store-set-aside-").len(), round.min(3));
    }
}

fn copy_store(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy_store(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
