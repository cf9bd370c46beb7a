//! Backups, exports and what is made of them.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering::SeqCst},
};

use proptest::prelude::*;

use super::*;
use crate::store::{file::Reader, kind::Kind, report::How};

fn plan(folder: &Path) -> Plan {
    Plan::default_in(folder)
}

/// All that a file holds, by key.
fn held(path: &Path) -> Held {
    let (_, mut reader) = Reader::new(fs::File::open(path).unwrap()).unwrap();
    let mut held = BTreeMap::new();
    while let Some(record) = reader.next().unwrap() {
        held.insert(record.key, record.body);
    }
    held
}

fn session(held: &Held, id: u8) -> Option<u64> {
    let body = held.get([&b"s"[..], &[id; 16]].concat().as_slice())?;
    Some(sealed::decode::<SessionRecord>(body).unwrap().durable)
}

/// Does something with the store of a folder as soon as it is free.
fn when_free<T>(mut what: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let limit = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        match what() {
            Err(StoreError::Locked { .. }) if std::time::Instant::now() < limit => std::thread::yield_now(),
            done => return done,
        }
    }
}

struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

#[test]
fn a_backup_made_while_commits_are_made_is_of_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _, _) = open(folder.path());
    let images = images(2);
    for number in 1..=30 {
        store.commit(&commit(number, &images, 60_000)).unwrap();
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _stop = Stop(&stop); // also when the test fails
        scope.spawn(|| {
            let mut number = 30;
            while !stop.load(SeqCst) {
                number += 1;
                // The first and the last session of the key space, a new key and one that goes, in one commit.
                let record = SessionRecord { durable: number, ..Default::default() };
                let mut commit = commit(number, &images, 60_000);
                commit.sessions = vec![([0; 16], record.clone()), ([255; 16], record.clone())];
                commit.sessions.push(([(100 + number % 2) as u8; 16], record));
                commit.forgotten_sessions = vec![[(100 + (number + 1) % 2) as u8; 16]];
                store.commit(&commit).unwrap();
            }
        });
        let mut commits = Vec::new();
        for time in 0..12 {
            let backup = store.back_up(&Plan { kept: 100, ..plan(folder.path()) }, time, &|| false).unwrap();
            let held = held(&backup.path);
            if session(&held, 0).is_some() {
                commits.push(backup.commit);
                assert_eq!(session(&held, 0), Some(backup.commit));
                assert_eq!(session(&held, 255), Some(backup.commit));
                let both = (session(&held, 100), session(&held, 101));
                let expected = Some(backup.commit);
                assert_eq!(both, if backup.commit % 2 == 0 { (expected, None) } else { (None, expected) });
            }
            let changes: Vec<u64> = held
                .keys()
                .filter(|key| key[0] == Kind::Change.letter())
                .filter_map(|key| kind::cursor(key))
                .collect();
            assert_eq!(changes.last(), Some(&backup.commit), "no change of a later commit");
            assert_eq!(changes.len() as u64, backup.commit.min(60));
        }
        stop.store(true, SeqCst);
        assert!(
            commits.len() > 5 && commits.first() < commits.last(),
            "commits went on meanwhile: {commits:?}"
        );
    });
    assert!(locked(&store.live).undo.is_none());
}

#[test]
fn a_walk_gives_what_was_there_when_it_began_whatever_is_written_between_its_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _, _) = open(folder.path());
    let images = images(2);
    for number in 1..=50 {
        store.commit(&commit(number, &images, 60_000)).unwrap();
    }
    let before = contents(&store);
    let mut number = 50;
    // `stop` is asked between two pieces, so a commit falls into each gap.
    let between = std::cell::RefCell::new(|| {
        number += 1;
        let mut commit = commit(number, &images, 60_000);
        commit.forgotten_sessions = (1..40).map(|id| [id as u8; 16]).collect();
        commit.sessions.clear();
        store.commit(&commit).unwrap();
    });
    let file = folder.path().join("out");
    let export = store.export(&file, &|| {
        (between.borrow_mut())();
        false
    });
    assert_eq!(export.unwrap().commit, 50);
    let sealed: BTreeMap<_, _> =
        held(&file).into_iter().map(|(key, body)| (key.clone(), sealed::seal(&key, &body))).collect();
    let values = before.into_iter().filter(|(key, _)| Kind::of(key).is_some());
    assert_eq!(sealed, values.collect());
    assert!(number > 52, "only {number}: commits fell into no gap");
    assert!(
        !contents(&store).contains_key([&b"s"[..], &[9; 16]].concat().as_slice()),
        "it goes on with the newest"
    );
}

#[test]
fn a_backup_that_is_stopped_leaves_nothing_and_the_oldest_go() {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), 3, 10);
    let (store, _, _) = open(folder.path());
    let stopped = store.back_up(&plan(folder.path()), 7, &|| true);
    assert!(matches!(stopped, Err(StoreError::Stopped)));
    let backups = folder.path().join("backups");
    assert_eq!(fs::read_dir(&backups).unwrap().count(), 0);
    fs::write(backups.join("backup-1.plumbline.part"), "of a process that was killed").unwrap();
    fs::write(backups.join("notes.part"), "not ours").unwrap();
    let since = locked(&store.live).since_unix_s;
    for time in [1, 2, 3, 4, since, since + 1, 5, 6, 7] {
        store.back_up(&plan(folder.path()), time, &|| false).unwrap();
    }
    let names = |path: PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let mut left: Vec<String> =
        fs::read_dir(&backups).unwrap().map(|entry| names(entry.unwrap().path())).collect();
    left.sort();
    // Three of before this store began, three of it; the clock that went back gave numbers after the last.
    let own = [since + 2, since + 3, since + 4].map(|time| format!("backup-{time}.plumbline"));
    let mut expected: Vec<String> = [2, 3, 4].map(|time| format!("backup-{time}.plumbline")).into();
    expected.extend(own);
    expected.push("notes.part".to_owned());
    expected.sort();
    assert_eq!(left, expected);
}

/// A store with backups of two of its commits, then damaged beyond repair; what the newer one holds.
fn beyond_repair(folder: &Path) -> Held {
    let (store, _, _) = open(folder);
    let images = images(3);
    let since = locked(&store.live).since_unix_s;
    let mut held = BTreeMap::new();
    for number in 1..=9 {
        store.commit(&commit(number, &images, 100)).unwrap();
        if number % 3 == 0 && number < 9 {
            held = contents(&store);
            store.back_up(&plan(folder), since + number, &|| false).unwrap();
        }
    }
    store.note();
    drop(store);
    fs::OpenOptions::new().write(true).open(folder.join("store/db")).unwrap().set_len(1000).unwrap();
    held.retain(|key, _| Kind::of(key).is_some());
    held
}

fn values(store: &Store) -> Held {
    contents(store).into_iter().filter(|(key, _)| Kind::of(key).is_some()).collect()
}

#[test]
fn a_store_beyond_repair_is_replaced_by_its_newest_backup_and_stays_aside() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let held = beyond_repair(folder);
    let (store, mut stored, report) = open(folder);
    assert_eq!((values(&store), report.how), (held, How::Backup), "{}", told(&report));
    assert!(told(&report).contains("of 6 commits"), "{}", told(&report));
    assert!(
        matches!(store.metrics.text(), Ok(text) if String::from_utf8_lossy(&text).contains("opened{how=\"backup\"} 1"))
    );
    assert_eq!(aside(folder, "store-set-aside-").len(), 1);
    // Whoever follows alerts from the lost change 9 misses none of the new ones.
    let log = crate::alert_log::AlertLog::new(store.clone(), &mut stored, Default::default());
    let mut commit = Commit::default();
    log.plan(vec![alert(1, 1, 1)], 1, &mut commit);
    assert!(commit.changes[0].cursor > 9 + 1000, "{}", commit.changes[0].cursor);
    store.commit(&commit).unwrap();
    log.publish(&mut commit);
    assert_eq!(log.changes_after(9, 10).unwrap().len(), 1);
    assert_eq!(log.changes_after(0, 100).unwrap().len(), 7);
    let after = values(&store);
    drop((log, store));
    let (store, _, report) = open(folder);
    assert_eq!((values(&store), report.how, told(&report).as_str()), (after, How::Whole, ""));
}

#[test]
fn a_backup_that_is_broken_is_passed_over_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    beyond_repair(folder);
    let (_, newest) = backup::backups(&folder.join("backups")).remove(0);
    let mut bytes = fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&newest, bytes).unwrap();
    let (_, _, report) = open(folder);
    assert_eq!(report.how, How::Backup);
    let told = told(&report);
    assert!(told.contains("is broken at byte") && told.contains("of 3 commits"), "{told}");
}

#[test]
fn a_restore_that_was_interrupted_is_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let held = beyond_repair(folder);
    fs::create_dir(folder.join("store-new")).unwrap(); // what a restore left that was killed as it filled
    fs::write(folder.join("store-new/db"), "half").unwrap();
    fs::rename(folder.join("store"), folder.join("store-set-aside-1")).unwrap(); // and one killed before its last step
    let (store, _, report) = open(folder);
    assert_eq!((values(&store), report.how), (held, How::Backup), "{}", told(&report));
}

#[test]
fn a_new_store_that_was_finished_but_not_put_in_its_place_is_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let before = store(folder, 4, 50);
    closed(folder);
    fs::rename(folder.join("store"), folder.join("store-new")).unwrap();
    let (store, _, report) = open(folder);
    assert_eq!((contents(&store), told(&report).as_str()), (before, ""));
}

#[test]
fn a_backup_is_no_reason_to_give_up_a_store_that_is_newer_or_was_imported() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let old = folder.join("old");
    {
        let (store, _, _) = open(folder);
        store.commit(&commit(1, &images(1), 10)).unwrap();
        store.export(&old, &|| false).unwrap();
        for number in 2..=9 {
            store.commit(&commit(number, &images(1), 10)).unwrap();
        }
        store.back_up(&plan(folder), 5, &|| false).unwrap(); // by a clock that is set right later
    }
    assert!(open(folder).2.troubles.is_empty(), "as new as its backup");
    let imported = when_free(|| import(folder, &old, true)).unwrap();
    assert_eq!(imported.commit, 1);
    assert!(imported.aside.is_some_and(|aside| aside.join("db").exists()));
    let (store, _, report) = open(folder);
    assert_eq!(told(&report), "", "what a person imported stays");
    assert_eq!(locked(&store.live).totals.commit, 1);
}

#[test]
fn a_new_store_beside_old_backups_is_begun_with_a_word_about_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    beyond_repair(folder);
    fs::remove_dir_all(folder.join("store")).unwrap();
    fs::remove_file(folder.join("store-known")).unwrap();
    let (store, _, report) = open(folder);
    assert!(values(&store).is_empty() && told(&report).contains("store import FILE"), "{}", told(&report));
}

#[test]
fn import_refuses_what_is_not_whole_and_touches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let before = store(folder, 4, 50);
    closed(folder);
    let good = folder.join("good");
    when_free(|| export(folder, &good)).unwrap();
    let bytes = fs::read(&good).unwrap();
    let bad = folder.join("bad");
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 3] ^= 4;
    for (bytes, reason) in [
        (&b"garbage that is long enough to be read"[..], "is no export"),
        (&bytes[..bytes.len() - 1], "ends at byte"),
        (&flipped, "is broken at byte"),
        (&[&bytes[..], b"x"].concat(), "more follows"),
    ] {
        fs::write(&bad, bytes).unwrap();
        let error = when_free(|| import(folder, &bad, true)).unwrap_err().to_string();
        assert!(
            error.contains(reason) && error.contains("/bad") && error.contains("nothing was changed"),
            "{error}"
        );
    }
    let error = when_free(|| import(folder, &good, false)).unwrap_err();
    assert!(matches!(error, StoreError::NotEmpty { .. }), "{error}");
    let error = when_free(|| import(folder, &folder.join("none"), true)).unwrap_err().to_string();
    assert!(error.contains("/none cannot be read"), "{error}");
    let (store, _, report) = open(folder);
    assert_eq!((contents(&store), told(&report).as_str()), (before, ""));
    assert!(aside(folder, "store-set-aside-").is_empty() && aside(folder, "store-new").is_empty());
}

#[test]
fn compacting_keeps_all_there_is_and_gives_space_back() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let before = store(folder, 300, 5_000);
    closed(folder);
    let compacted = when_free(|| compact(folder)).unwrap();
    assert!(compacted.bytes_after < compacted.bytes_before, "{compacted:?}");
    assert_eq!(compacted.records as usize + 2, before.len());
    let (store, _, report) = open(folder);
    assert_eq!((contents(&store), told(&report).as_str()), (before, ""));
    assert!(aside(folder, "store-new").is_empty() && aside(folder, "store-set-aside-").is_empty());
}

#[test]
fn a_check_names_what_is_wrong_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    store(folder, 5, 10);
    closed(folder);
    let checked = when_free(|| Checked::of(folder)).unwrap();
    assert_eq!((checked.wrong.len(), checked.commit), (0, 5));
    let rows: Vec<_> = checked.rows.iter().map(|row| (row.kind, row.values)).collect();
    assert!(rows.contains(&("baselines", 6)) && rows.contains(&("alert changes", 5)), "{rows:?}");
    {
        let (store, _, _) = open(folder);
        store.db.get().unwrap().insert(b"d001", b"nonsense").unwrap();
        store.db.get().unwrap().remove(b"idb\0sha256:db").unwrap();
        store.db.get().unwrap().flush().unwrap();
    }
    // Of that no backup is made, which might push out a good one.
    let refused = when_free(|| export(folder, &folder.join("x"))).unwrap_err();
    assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
    for _ in 0..2 {
        let checked = when_free(|| Checked::of(folder)).unwrap();
        let wrong = checked.wrong.join("\n");
        assert!(wrong.contains("decision 001") && wrong.contains("1 of 6 baselines are gone"), "{wrong}");
    }
    fs::OpenOptions::new().write(true).open(folder.join("store/db")).unwrap().set_len(1000).unwrap();
    assert!(matches!(when_free(|| Checked::of(folder)), Err(StoreError::Damaged { .. })));
    assert!(matches!(Checked::of(&folder.join("none")), Err(StoreError::Missing { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn what_is_exported_and_imported_is_the_same_and_exports_to_the_same_bytes(
        commits in prop::collection::vec((1u64..90, 0usize..2000, 0u64..3), 0..12),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        [&a, &b].into_iter().for_each(|folder| fs::create_dir(folder).unwrap());
        let before = {
            let (store, _, _) = open(&a);
            for (number, bytes, minutes) in commits {
                store.commit(&commit(number, &images(minutes), bytes)).unwrap();
            }
            contents(&store)
        };
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        when_free(|| export(&a, &first)).unwrap();
        when_free(|| import(&b, &first, false)).unwrap();
        when_free(|| export(&b, &second)).unwrap();
        prop_assert!(fs::read(&first).unwrap() == fs::read(&second).unwrap());
        let (store, _, report) = open(&b);
        prop_assert_eq!((contents(&store), told(&report)), (before, String::new()));
    }
}
