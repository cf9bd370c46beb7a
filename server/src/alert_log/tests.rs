//! Order, bounds and restarts of the log, and what is seen of it.

use super::{retention::Reason, *};

fn alert(id: &str, revision: u32) -> v1::Alert {
    v1::Alert { id: id.to_owned(), revision, verdict: 2, ..Default::default() }
}

fn add(log: &AlertLog, alerts: Vec<v1::Alert>) {
    let mut commit = Commit::default();
    log.plan(alerts, 1, &mut commit);
    log.store.commit(&commit).unwrap();
    log.publish(&mut commit);
}

fn limits(changes: usize) -> Limits {
    Limits { changes, ..Limits::default() }
}

fn list(log: &AlertLog, below: u64, limit: usize) -> (Vec<String>, Option<u64>) {
    let listed = log.list(&Filter::default(), below, limit).unwrap();
    (listed.alerts.into_iter().map(|alert| alert.id).collect(), listed.below)
}

#[test]
fn an_alert_counts_once_for_each_verdict_it_reaches() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut stored) = Store::open_when_free(folder.path());
    let log = AlertLog::new(store, &mut stored, Limits::default());
    let attack = v1::Alert { verdict: 3, ..alert("aa", 3) };
    add(&log, vec![alert("aa", 1)]);
    let alerts = vec![alert("aa", 2), attack.clone(), attack, alert("ab", 1)];
    let reached = log.plan(alerts, 1, &mut Commit::default());
    assert_eq!(reached, [v1::Verdict::Attack, v1::Verdict::Drift]);
}

fn cursors(log: &AlertLog, after: u64) -> Vec<(u64, String)> {
    let changes = log.changes_after(after, 100).unwrap();
    changes.into_iter().map(|change| (change.cursor, change.alert.unwrap().id)).collect()
}

#[test]
fn the_log_keeps_its_newest_changes_and_the_alerts_they_belong_to_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut stored) = Store::open_when_free(folder.path());
    let log = AlertLog::new(store, &mut stored, limits(3));
    add(&log, vec![alert("aa", 1), alert("ab", 1)]);
    add(&log, vec![alert("aa", 2), alert("ac", 1)]);
    let held = [(2, "ab".to_owned()), (3, "aa".to_owned()), (4, "ac".to_owned())];
    assert_eq!(cursors(&log, 0), held);
    add(&log, vec![alert("ac", 2)]);
    assert!(matches!(log.find("ab"), Err(FindError::Missing { .. })), "its only change was forgotten");
    assert_eq!(log.find("aa").unwrap().revision, 2);

    drop(log);
    let (store, mut stored) = Store::open_when_free(folder.path());
    let log = AlertLog::new(store, &mut stored, limits(3));
    assert_eq!(cursors(&log, 3), [(4, "ac".to_owned()), (5, "ac".to_owned())]);
    assert_eq!(list(&log, u64::MAX, 1), (vec!["ac".to_owned()], Some(4)));
    assert_eq!(list(&log, 4, 1), (vec!["aa".to_owned()], None));
    assert!(matches!(log.find("a"), Err(FindError::Ambiguous { count: 2, .. })));
    add(&log, vec![alert("ad", 1)]);
    assert_eq!(cursors(&log, 5), [(6, "ad".to_owned())]);
    assert_eq!(log.count(v1::Verdict::Drift), 2, "the only change of aa that was left is forgotten");
}

#[test]
fn a_change_is_not_seen_before_it_is_published() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut stored) = Store::open_when_free(folder.path());
    let log = AlertLog::new(store, &mut stored, Limits::default());
    let mut commit = Commit::default();
    log.plan(vec![alert("aa", 1)], 1, &mut commit);
    log.store.commit(&commit).unwrap();
    assert!(cursors(&log, 0).is_empty());
    log.publish(&mut commit);
    assert_eq!(cursors(&log, 0).len(), 1);
}

#[test]
fn times_and_revisions_rise_whatever_the_clock_and_the_model_say() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut stored) = Store::open_when_free(folder.path());
    let log = AlertLog::new(store, &mut stored, Limits::default());
    let told = |log: &AlertLog| -> Vec<(u64, u32)> {
        let changes = log.changes_after(0, 100).unwrap().into_iter();
        changes.map(|change| change.alert.unwrap()).map(|a| (a.changed_unix_ns, a.revision)).collect()
    };
    add(&log, vec![alert("aa", 1), alert("aa", 2)]);
    add(&log, vec![alert("aa", 2), alert("ab", 7)]);
    assert_eq!(told(&log), [(1, 1), (2, 2), (3, 3), (4, 7)]);
    drop(log);
    let (store, mut stored) = Store::open_when_free(folder.path());
    let log = AlertLog::new(store, &mut stored, Limits::default());
    add(&log, vec![alert("aa", 1)]);
    assert_eq!(told(&log)[4], (5, 4));
}

#[test]
fn what_is_too_old_goes_with_the_next_commit_and_the_log_goes_on_behind_it_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut stored) = Store::open_when_free(folder.path());
    let limits = Limits { age: std::time::Duration::from_nanos(100), ..Limits::default() };
    let log = AlertLog::new(store, &mut stored, limits);
    add(&log, vec![alert("aa", 1), alert("ab", 1)]);
    let (mut commit, later) = (Commit::default(), 200);
    log.plan(Vec::new(), later, &mut commit);
    assert_eq!(commit.let_go.by_reason().next(), Some((Reason::Age, 2)));
    log.store.commit(&commit).unwrap();
    log.publish(&mut commit);
    assert!(cursors(&log, 0).is_empty());
    assert_eq!((log.count(v1::Verdict::Drift), *log.watch().borrow()), (0, 2));
    drop(log);
    let (store, mut stored) = Store::open_when_free(folder.path());
    let log = AlertLog::new(store, &mut stored, limits);
    add(&log, vec![alert("ac", 1)]);
    assert_eq!(cursors(&log, 0), [(3, "ac".to_owned())]);
}

#[test]
fn alerts_take_no_more_bytes_than_they_may_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut stored) = Store::open_when_free(folder.path());
    let limits = Limits { bytes: 5000, ..Limits::default() };
    let large = |id: &str| v1::Alert { story: "s".repeat(1000), ..alert(id, 1) };
    let log = AlertLog::new(store, &mut stored, limits);
    for id in ["aa", "ab", "ac", "ad", "ae", "af"] {
        add(&log, vec![large(id)]);
    }
    assert_eq!(cursors(&log, 0).len(), 4);
    drop(log);
    let (store, mut stored) = Store::open_when_free(folder.path());
    let log = AlertLog::new(store, &mut stored, limits);
    add(&log, vec![large("ag"), large("ah")]);
    let held = ["ae", "af", "ag", "ah"].map(str::to_owned);
    assert_eq!(cursors(&log, 0).into_iter().map(|(_, id)| id).collect::<Vec<_>>(), held);
}

#[test]
fn a_commit_that_was_planned_before_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut stored) = Store::open_when_free(folder.path());
    let log = AlertLog::new(store, &mut stored, limits(3));
    add(&log, vec![alert("aa", 1), alert("ab", 1)]);
    let mut commit = Commit::default();
    log.plan(vec![alert("aa", 2), alert("ac", 1)], 1, &mut commit);
    assert_eq!(log.plan(vec![alert("aa", 2)], 1, &mut commit), [], "its verdict was reached before");
    let changes = commit.changes.iter().map(|change| (change.cursor, change.alert.as_ref().unwrap()));
    let changes: Vec<_> = changes.map(|(at, a)| (at, a.revision, a.changed_unix_ns)).collect();
    assert_eq!(changes, [(3, 2, 3), (4, 1, 4), (5, 3, 5)]);
    assert_eq!((commit.forgotten_changes.as_slice(), commit.forgotten_heads.len()), (&[1, 2][..], 2));
    assert_eq!(commit.let_go.by_reason().last(), Some((Reason::Count, 2)));
}
