//! Prefixes, refusals and turns of sessions.

use super::*;

fn session() -> Session {
    Session::new([7; 16], SessionRecord::default())
}

#[test]
fn a_number_is_durable_only_when_all_its_shards_and_all_numbers_before_it_are() {
    let session = session();
    session.register(1, 0b11, false);
    session.register(2, 0b10, false);
    session.mark(1, 2);
    assert_eq!(session.record(0), (SessionRecord { marks: marks(&[0, 2]), ..Default::default() }, 0));
    session.mark(0, 1);
    let (record, batches) = session.record(9);
    assert_eq!((record.durable, batches, record.last_used_unix_s), (2, 2, 9));
    assert_eq!(session.unsettled(), 0);
}

#[test]
fn a_refused_number_is_remembered_until_the_prefix_passes_it() {
    let session = session();
    session.register(1, 1, false);
    session.register(2, 0, true);
    session.settle(2);
    let (record, _) = session.record(0);
    assert_eq!((record.durable, record.refused.as_slice()), (0, &[2][..]));

    let reopened = Session::new([7; 16], record);
    assert!(!reopened.knows(2));
    assert!(reopened.may_skip(1, 3) && !reopened.may_skip(1, 4) && !reopened.may_skip(0, 3));
    reopened.register(1, 1, false);
    reopened.mark(0, 1);
    let (record, batches) = reopened.record(0);
    assert_eq!((record.durable, record.refused.len(), batches), (2, 0, 1));
}

#[test]
fn a_session_that_was_restored_counts_what_its_collector_no_longer_has_and_goes_on_behind_it() {
    let session = Session::new([7; 16], SessionRecord { durable: 3, ..Default::default() });
    assert_eq!((session.missing(4), session.missing(10)), (0, 6));
    session.register(10, 1, false);
    assert_eq!(session.missing(10), 0, "told once");
    session.mark(0, 10);
    assert_eq!(session.record(0).0.durable, 10);
    assert_eq!(Session::new([8; 16], SessionRecord::default()).missing(100), 0, "a new one can't tell");
}

#[test]
fn an_empty_batch_waits_for_its_record() {
    let session = session();
    session.register(1, 0, false);
    session.mark(3, 1);
    assert_eq!(session.record(0).0.durable, 0);
    session.settle(1);
    assert_eq!(session.record(0).0.durable, 1);
}

#[test]
fn the_session_unused_for_longest_makes_room_and_used_ones_never() {
    let record = |age: u64| SessionRecord { last_used_unix_s: age, ..Default::default() };
    let id = |n: u64| {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&n.to_be_bytes());
        id
    };
    let sessions = Sessions::new((0..MAX_SESSIONS as u64).map(|n| (id(n), record(n))).collect());
    let (held, forgotten) = sessions.open(id(0), "node").unwrap();
    assert_eq!(forgotten, None);
    assert_eq!(sessions.open(id(1 << 40), "node").unwrap().1, Some(id(1)));
    drop(held);
}

#[tokio::test]
async fn a_stream_that_takes_over_ends_the_old_one_and_waits_for_it() {
    let sessions = Sessions::default();
    let (session, _) = sessions.open([1; 16], "node").unwrap();
    let old = session.take_over("a", "1.0.0").await;
    let new = tokio::spawn({
        let session = Arc::clone(&session);
        async move { session.take_over("b", "1.0.0").await }
    });
    old.ended.cancelled().await;
    assert!(!new.is_finished());
    drop(old);
    let new = new.await.unwrap();
    assert!(!new.ended.is_cancelled());
    assert_eq!(sessions.streams(), [("b".to_owned(), "1.0.0".to_owned(), 0)]);
    drop(new);
    assert!(sessions.streams().is_empty());
}

fn marks(first: &[u64]) -> [u64; SHARDS] {
    let mut marks = [0; SHARDS];
    marks[..first.len()].copy_from_slice(first);
    marks
}

#[test]
fn a_node_with_many_sessions_loses_its_own_oldest_and_no_other() {
    let record = |node: &str, age: u64| SessionRecord {
        last_used_unix_s: age,
        node: node.to_owned(),
        ..Default::default()
    };
    let mut records = vec![([255; 16], record("other", 0))];
    records.extend((0..MAX_OF_NODE as u8).map(|n| ([n; 16], record("busy", u64::from(n) + 1))));
    let sessions = Sessions::new(records);
    assert_eq!(
        sessions.open([200; 16], "busy").unwrap().1,
        Some([0; 16]),
        "its own, though another is older"
    );
    assert_eq!(sessions.open([201; 16], "other").unwrap().1, None);
}

#[test]
fn a_session_is_of_the_node_that_began_it() {
    let sessions = Sessions::new(vec![([2; 16], SessionRecord::default())]);
    sessions.open([1; 16], "web-1").unwrap();
    let error = sessions.open([1; 16], "web-2").unwrap_err().to_string();
    assert!(error.contains("web-1") && error.contains("hello.node"), "{error}");
    sessions.open([2; 16], "web-2").unwrap(); // of a server that did not know whose it was
    assert!(sessions.open([2; 16], "web-1").is_err());
}
