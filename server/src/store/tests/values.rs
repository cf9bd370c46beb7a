//! Single values that can't be read, of each kind.

use super::*;

/// Changes a stored value as a failing memory would, and closes the store.
fn spoil(folder: &Path, spoiled: &[&[u8]]) {
    let (store, _, _) = open(folder);
    for key in spoiled {
        let mut value =
            store.db.get().unwrap().get(key).unwrap().unwrap_or_else(|| panic!("no {key:?}")).to_vec();
        *value.last_mut().unwrap() ^= 1;
        store.db.get().unwrap().insert(key, value).unwrap();
    }
    store.db.get().unwrap().flush().unwrap();
}

#[test]
fn a_baseline_that_cannot_be_read_is_set_aside_and_learned_anew_while_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let before = store(folder, 3, 100);
    let spoiled = b"ishop/pay\0sha256:shop/pay";
    spoil(folder, &[spoiled]);
    let (store, stored, report) = open(folder);
    assert_eq!(stored.images, fixture::REPOSITORIES.len() - 1);
    assert_eq!(report.how, report::How::Whole);
    let [Trouble::Corrupt { kind: Kind::Image, name, .. }] = &report.troubles[..] else {
        panic!("{report:?}")
    };
    assert_eq!(name, "the baseline of shop/pay (sha256:shop/pay)");
    let metrics = String::from_utf8(store.metrics.text().unwrap()).unwrap();
    assert!(metrics.contains("plumbline_server_store_corrupt_total{kind=\"baseline\"} 1"), "{metrics}");
    assert!(metrics.contains("plumbline_server_store_opened{how=\"whole\"} 1"));

    // All else is as it was, and the value is kept as it was found.
    let now = contents(&store);
    let same = |(key, value): (&Vec<u8>, &Vec<u8>)| {
        key == spoiled || key == TOTALS_KEY || now.get(key) == Some(value)
    };
    assert!(before.iter().all(same) && !now.contains_key(&spoiled[..]));
    let (key, value) = now.iter().find(|(key, _)| key[0] == b'x').unwrap();
    assert!(key.ends_with(spoiled));
    let kept = sealed::unseal(key, value).unwrap();
    assert_eq!(kept.len(), before[&spoiled[..]].len());

    // It is learned anew, like any other.
    let again = images(2).into_iter().find(|image| image.repository() == "shop/pay").unwrap();
    store.commit(&Commit { images: vec![EncodedImage::whole(&again)], ..Default::default() }).unwrap();
    drop(store);
    let (store, stored, report) = open(folder);
    assert!(report.troubles.is_empty(), "{report:?}");
    assert_eq!(stored.images, fixture::REPOSITORIES.len());
    assert!(store.images().contains(&again));
}

#[test]
fn a_session_that_cannot_be_read_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), 3, 100);
    spoil(folder.path(), &[&[&b"s"[..], &[2; 16]].concat()]);
    let (_, stored, report) = open(folder.path());
    let ids: Vec<_> = stored.sessions.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [[1; 16], [3; 16]]);
    assert!(told(&report).contains("session 02020202") && told(&report).contains("maybe a second time"));
}

#[test]
fn a_decision_that_cannot_be_read_is_named_because_it_no_longer_holds() {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), 5, 100);
    spoil(folder.path(), &[b"d003"]);
    let (_, stored, report) = open(folder.path());
    assert_eq!(stored.decisions.len(), 4);
    assert!(told(&report).contains("decision 003 can't be read"), "{}", told(&report));
    assert!(
        told(&report).contains("decide again") && report.lines().starts_with("store: 1 decisions could not")
    );
}

#[test]
fn heads_of_alerts_are_made_again_and_an_alert_whose_last_change_cannot_be_read_is_as_it_was_before() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    store(folder, 20, 10);
    // Alert 0003 has changes 3, 11 and 19, alert 0002 has 2, 10 and 18.
    spoil(folder, &[b"h0002", &[&b"c"[..], &19u64.to_be_bytes()].concat()]);
    let (store, mut stored, report) = open(folder);
    assert_eq!(report.troubles.len(), 2, "{}", told(&report));
    let heads: BTreeMap<_, _> = stored.heads.iter().map(|(id, head)| (id.as_str(), head.cursor)).collect();
    assert_eq!((heads["0002"], heads["0003"], heads["0004"]), (18, 11, 20));
    let log = crate::alert_log::AlertLog::new(store, &mut stored, Default::default());
    assert_eq!(log.find("0003").unwrap().revision, 11);
    assert_eq!(log.find("0002").unwrap().revision, 18);
    let listed = log.list(&Default::default(), u64::MAX, 100).unwrap();
    assert_eq!(listed.alerts.len(), 8);
    drop(log);
    assert!(open(folder).2.troubles.is_empty());
}

#[test]
fn a_change_that_goes_bad_while_the_server_runs_is_left_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), 5, 10);
    let (store, _, _) = open(folder.path());
    store.db.get().unwrap().insert([&b"c"[..], &2u64.to_be_bytes()].concat(), b"nonsense").unwrap();
    let cursors = |limit| {
        let changes = store.changes_after(0, limit).unwrap();
        changes.into_iter().map(|change| change.cursor).collect::<Vec<_>>()
    };
    assert_eq!((cursors(9), cursors(2)), (vec![1, 3, 4, 5], vec![1, 3]));
    assert!(store.change(2).unwrap().is_none());
    let metrics = String::from_utf8(store.metrics.text().unwrap()).unwrap();
    assert!(metrics.contains("plumbline_server_store_corrupt_total{kind=\"alert\"} 3"), "{metrics}");
}

#[test]
fn values_under_another_key_or_that_mean_nothing_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    store(folder, 3, 10);
    {
        let (store, _, _) = open(folder);
        let value = store.db.get().unwrap().get(b"idb\0sha256:db").unwrap().unwrap();
        store.db.get().unwrap().insert(b"icache\0sha256:cache", value).unwrap();
        let nonsense = sealed::seal(b"d001", b"\xff\xff");
        store.db.get().unwrap().insert(b"d001", nonsense).unwrap();
        store.db.get().unwrap().flush().unwrap();
    }
    let (_, stored, report) = open(folder);
    assert_eq!((stored.images, stored.decisions.len()), (fixture::REPOSITORIES.len() - 1, 2));
    assert!(
        told(&report).contains("cache") && told(&report).contains("does not decode"),
        "{}",
        told(&report)
    );
}

#[test]
fn only_so_many_values_are_kept_aside_and_the_rest_is_said() {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), 60, 10);
    let sessions: Vec<Vec<u8>> = (2..=60u8).map(|id| [&b"s"[..], &[id; 16]].concat()).collect();
    let changes: Vec<Vec<u8>> =
        (1..=20u64).map(|cursor| [&b"c"[..], &cursor.to_be_bytes()].concat()).collect();
    let spoiled: Vec<&[u8]> = sessions.iter().chain(&changes).map(Vec::as_slice).collect();
    spoil(folder.path(), &spoiled);
    let (store, _, report) = open(folder.path());
    assert_eq!(store.db.get().unwrap().scan_prefix(b"x").count(), 64);
    assert!(told(&report).contains("15 more that can't be read were deleted"), "{}", told(&report));
}

#[test]
fn a_store_of_several_moments_is_copied_into_a_new_one_and_the_old_one_stays() {
    for (spoil, told_as, gone) in [
        (b"older".as_slice(), "some of the baselines are older than the rest; what the image does", 0),
        (b"gone", "1 of 6 baselines are gone; what the image does is learned anew", 1),
        (b"unsure", "no record of how much it should hold", 0),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut before = store(folder, 4, 100);
        {
            let (store, _, _) = open(folder);
            let key = b"idb\0sha256:db";
            match spoil {
                b"older" => {
                    let image = images(1).into_iter().find(|image| image.repository() == "db").unwrap();
                    let older = EncodedImage::whole(&image).value;
                    before.insert(key.to_vec(), older.to_vec());
                    store.db.get().unwrap().insert(key, older).unwrap();
                }
                b"gone" => {
                    before.remove(&key[..]);
                    store.db.get().unwrap().remove(key).unwrap();
                }
                _ => drop(store.db.get().unwrap().remove(TOTALS_KEY).unwrap()),
            }
            store.db.get().unwrap().flush().unwrap();
        }
        let (store, stored, report) = open(folder);
        assert!(told(&report).contains(told_as), "{}", told(&report));
        assert_eq!(report.how, report::How::Part);
        assert_eq!(stored.images, 6 - gone);
        let metrics = String::from_utf8(store.metrics.text().unwrap()).unwrap();
        assert!(metrics.contains(&format!("store_lost_total{{kind=\"baseline\"}} {gone}")), "{metrics}");
        let mut now = contents(&store);
        [&mut now, &mut before].into_iter().for_each(|held| drop(held.remove(TOTALS_KEY)));
        assert_eq!(now, before);
        assert!(aside(folder, "store-set-aside-")[0].join("db").exists());
        assert!(
            stored.cursors.unwrap().1 > 1000,
            "cursors that may have been given out are not given out again"
        );
        drop(store);
        let (_, stored, report) = open(folder);
        assert_eq!((told(&report).as_str(), stored.heads.len()), ("", 4));
    }
}
