//! One stream each, bounded, and what is stored is never older than what was said.

use super::*;

/// Consumers whose committer makes everything durable at once, and what it got.
fn consumers(stored: Vec<(String, ConsumerRecord)>) -> (Consumers, mpsc::Receiver<String>) {
    let (committer, mut works) = mpsc::channel(8);
    let (tell, told) = mpsc::channel(1024);
    tokio::spawn(async move {
        while let Some(work) = works.recv().await {
            let (word, done) = match work {
                Work::Consumer { consumer, done } => {
                    let stored = consumer.record().map(|(name, record)| format!("{name} {}", record.cursor));
                    (stored.unwrap_or_else(|| "nothing".to_owned()), done)
                }
                Work::ForgetConsumers { names, done } => (format!("forget {}", names.join(" ")), done),
                other => panic!("{other:?}"),
            };
            tell.send(word).await.unwrap();
            let _ = done.send(());
        }
    });
    (Consumers::new(stored, committer, Arc::new(Metrics::new().unwrap())), told)
}

#[tokio::test]
async fn a_consumer_goes_on_where_it_was_and_its_older_stream_moves_it_no_more() {
    let (consumers, mut stored) = consumers(Vec::new());
    let old = consumers.open("siem", "", 5, false, 1).await.unwrap();
    old.ack(7, 2);
    let new = consumers.open("siem", "", 0, false, 3).await.unwrap();
    assert_eq!((new.cursor(), old.ended().await.to_string()), (7, ApiError::Superseded.to_string()));
    old.ack(9, 4);
    old.commit().await.unwrap().await.unwrap();
    drop(old);
    new.ack(8, 5);
    new.ack(6, 6);
    new.commit().await.unwrap().await.unwrap();
    let reset = consumers.open("siem", "", 2, true, 7).await.unwrap();
    assert_eq!((reset.cursor(), locked(&consumers.held).len()), (2, 1));
    for expected in ["siem 5", "siem 7", "siem 7", "siem 8", "siem 2"] {
        assert_eq!(stored.recv().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_deleted_consumer_is_not_stored_again_by_its_stream() {
    let (consumers, mut stored) = consumers(Vec::new());
    let lease = consumers.open("siem", "", 5, false, 1).await.unwrap();
    consumers.delete("siem").await.unwrap();
    assert_eq!(lease.ended().await.to_string(), ApiError::ConsumerDeleted.to_string());
    lease.commit().await.unwrap().await.unwrap();
    for expected in ["siem 5", "forget siem", "nothing"] {
        assert_eq!(stored.recv().await.unwrap(), expected);
    }
    assert!(matches!(consumers.delete("siem").await, Err(ApiError::NoConsumer { .. })));
}

#[tokio::test]
async fn who_was_not_used_for_long_makes_room_and_without_any_such_there_is_none() {
    let used = |used_unix_ns| ConsumerRecord { used_unix_ns, ..Default::default() };
    let now = 2 * KEPT.as_nanos() as u64;
    let mut known: Vec<_> = (2..MAX_CONSUMERS).map(|id| (format!("c{id}"), used(now))).collect();
    known.push(("old".to_owned(), used(1)));
    known.push(("older".to_owned(), used(0)));
    let (consumers, mut stored) = consumers(known);
    let _streaming = consumers.open("old", "", 0, false, 1).await.unwrap();
    let _new = consumers.open("new", "", 0, false, now).await.unwrap();
    for expected in ["old 0", "forget older", "new 0"] {
        assert_eq!(stored.recv().await.unwrap(), expected);
    }
    assert_eq!(consumers.metrics.consumers_forgotten.get(), 1);
    let refused = consumers.open("more", "", 0, false, now).await.unwrap_err();
    assert!(matches!(refused, ApiError::Full { .. }), "{refused}");
    for wrong in ["", "a b", "é", &"x".repeat(65)] {
        let refused = consumers.open(wrong, "", 0, false, now).await.unwrap_err().to_string();
        assert!(refused.starts_with("start.consumer: "), "{refused}");
    }
}

#[tokio::test]
async fn who_comes_again_under_a_name_that_is_being_forgotten_is_stored_after_that() {
    let (committer, mut works) = mpsc::channel(8);
    let known = vec![("siem".to_owned(), ConsumerRecord::default())];
    let consumers = Consumers::new(known, committer, Arc::new(Metrics::new().unwrap()));
    let (deleting, opening) = (consumers.clone(), consumers.clone());
    let deleting = tokio::spawn(async move { deleting.delete("siem").await });
    let Some(Work::ForgetConsumers { done: forgotten, .. }) = works.recv().await else {
        panic!("not forgotten")
    };
    let opening = tokio::spawn(async move { opening.open("siem", "", 3, false, 1).await });
    for _ in 0..100 {
        tokio::task::yield_now().await;
        assert!(works.try_recv().is_err(), "the new one may be forgotten with the old one");
    }
    forgotten.send(()).unwrap();
    let Some(Work::Consumer { consumer, done }) = works.recv().await else { panic!("not stored") };
    assert_eq!(consumer.record().unwrap().1.cursor, 3);
    done.send(()).unwrap();
    deleting.await.unwrap().unwrap();
    opening.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_consumer_is_of_whoever_began_it() {
    let (consumers, _stored) = consumers(Vec::new());
    let own = consumers.open("siem", "soc", 5, false, 1).await.unwrap();
    let other = consumers.open("siem", "curious", 0, true, 2).await.unwrap_err();
    assert!(matches!(&other, ApiError::OtherConsumer { name } if name == "siem"), "{other}");
    assert_eq!(own.cursor(), 5, "nobody else moves it");
    assert!(consumers.open("siem", "soc", 0, false, 3).await.is_ok());
}
