//! A store of the oldest form that is understood, as its server left it: `server/tests/fixtures/format-8`. It had taken
//! the recording of the demo, an approval and a lock; `export.plumbline` is what it exported of it.

use std::process::Command;

use plumbline_model::BaselineState;

use super::*;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format-8").join(name)
}

/// A data folder as that server left it.
fn old() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let tar = Command::new("tar").arg("xzf").arg(fixture("store.tgz")).arg("-C").arg(folder.path()).status();
    assert!(tar.unwrap().success());
    folder
}

/// Whether all is there that the old server had.
fn assert_whole(store: &Store, stored: &Stored) {
    let images = store.images();
    let lineages: Vec<&str> = images.iter().map(ImageState::lineage).collect();
    let names = ["attacker", "store", "web"].map(|name| format!("plumbline-demo-731/{name}"));
    assert_eq!(lineages, names);
    let model = Model::new(Params::default(), Arc::default());
    assert_eq!(model.summary(&images[1]).state, BaselineState::Locked);
    assert_eq!(stored.decisions[0].reason, "the shell is ours");
    assert_eq!((stored.sessions.len(), stored.sessions[0].1.durable), (1, 87));

    assert_eq!(stored.cursors, Some((1, 2)));
    let changes = store.changes_after(0, 9).unwrap();
    let newest = changes.last().unwrap();
    assert!(newest.alert.as_ref().unwrap().id.starts_with("091427dd9020"));
    let head = Head::of(newest.cursor, newest.alert.as_ref().unwrap());
    assert_eq!(stored.heads, [(newest.alert.as_ref().unwrap().id.clone(), head)]);
}

#[test]
fn an_older_store_is_taken_up_with_all_that_is_in_it_and_goes_on() {
    let folder = old();
    let (store, stored, report) = open(folder.path());
    assert!(report.troubles.is_empty() && report.how == How::Whole, "{report:?}");
    assert_whole(&store, &stored);
    assert_eq!(
        store.db.get().unwrap().get(FORMAT_KEY).unwrap().unwrap(),
        [FORMAT],
        "an older server leaves it alone"
    );
    let untouched = |held: &Held| held.values().filter(|value| value[0] == 8).count();
    assert!(untouched(&contents(&store)) > 3, "what is not written stays as it is");

    let image = store.images().remove(0);
    store.commit(&Commit { images: vec![EncodedImage::whole(&image)], ..Default::default() }).unwrap();
    drop(store);
    let (store, stored, report) = open(folder.path());
    assert!(report.troubles.is_empty(), "{report:?}");
    assert_whole(&store, &stored);
}

#[test]
fn a_file_of_an_older_form_is_imported_and_a_backup_of_it_takes_a_lost_store_s_place() {
    let folder = tempfile::tempdir().unwrap();
    import(folder.path(), &fixture("export.plumbline"), false).unwrap();
    let (store, stored, report) = open(folder.path());
    assert!(report.troubles.is_empty(), "{report:?}");
    assert_whole(&store, &stored);
    drop(store);

    let folder = old();
    let backups = folder.path().join("backups");
    std::fs::create_dir(&backups).unwrap();
    std::fs::copy(fixture("export.plumbline"), backups.join("backup-9000000000.plumbline")).unwrap();
    std::fs::remove_dir_all(store_in(folder.path())).unwrap();
    let (_, stored, report) = open(folder.path());
    assert_eq!(report.how, How::Backup, "{}", told(&report));
    assert_eq!((stored.images, stored.heads.len()), (3, 1));
}

#[test]
fn a_damaged_value_of_an_older_store_is_set_aside_alone() {
    let folder = old();
    let path = store_in(folder.path());
    let key = {
        let db = sled_open(&path).unwrap();
        let (key, mut value) = db.scan_prefix(b"i").next().unwrap().unwrap();
        let mut bytes = value.to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        value = bytes.into();
        db.insert(&key, value).unwrap();
        db.flush().unwrap();
        key
    };
    let (store, stored, report) = open(folder.path());
    assert_eq!(stored.images, 2);
    assert!(matches!(&report.troubles[..], [Trouble::Corrupt { kind: Kind::Image, .. }]), "{report:?}");
    assert!(!contents(&store).contains_key(&key.to_vec()));
}

#[test]
fn an_older_store_can_be_looked_through_compacted_and_exported_before_a_server_opens_it() {
    let folder = old();
    let checked = Checked::of(folder.path()).unwrap();
    assert!(checked.wrong.is_empty(), "{:?}", checked.wrong);
    let file = folder.path().join("out.plumbline");
    closed_stopped(folder.path(), || export(folder.path(), &file));
    closed_stopped(folder.path(), || compact(folder.path()));
    let (store, stored, report) = open(folder.path());
    assert!(report.troubles.is_empty(), "{report:?}");
    assert_whole(&store, &stored);
    drop(store);

    let other = tempfile::tempdir().unwrap();
    import(other.path(), &file, false).unwrap();
    let (store, stored, _) = open(other.path());
    assert_whole(&store, &stored);
}

/// Does it as soon as what was done before has let go of the store.
fn closed_stopped<T>(folder: &Path, mut work: impl FnMut() -> Result<T, StoreError>) -> T {
    let limit = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        match work() {
            Ok(done) => return done,
            Err(StoreError::Locked { .. }) if std::time::Instant::now() < limit => std::thread::yield_now(),
            Err(error) => panic!("{}: {error}", folder.display()),
        }
    }
}

#[test]
fn a_decision_of_format_10_did_not_say_which_document_made_it_nor_which_request_revoked_it() {
    let held = (*decision("d1")).clone();
    let revocation = plumbline_model::Revocation {
        author: "bob".into(),
        reason: "late".into(),
        revoked_unix_ns: 7,
        request_id: String::new(),
    };
    let revoked = Decision { revoked: Some(revocation), ..held.clone() };
    for (now, bytes_more) in [(held, 1), (revoked, 2)] {
        let body = postcard::to_stdvec(&now).unwrap();
        let old = &body[..body.len() - bytes_more];
        assert_eq!(upgrade::upgraded(10, b"dd1", old).unwrap().as_ref(), body);
    }
}

#[test]
fn a_policy_of_format_13_did_nothing_where_an_attack_was_confirmed() {
    let mut policy = crate::policies::PolicyRecord::default();
    policy.repository.push_str("shop/web");
    let body = postcard::to_stdvec(&policy).unwrap();
    let upgraded = upgrade::upgraded(13, b"psha256:a", &body[..body.len() - 2]).unwrap();
    assert_eq!(postcard::from_bytes::<crate::policies::PolicyRecord>(&upgraded).unwrap(), policy);
}
