//! Clients that do not read or do not acknowledge are ended, and lose nothing by it.

use std::sync::Arc;

use plumbline_proto::v1::Alert;
use tokio_stream::wrappers::ReceiverStream;

use super::*;
use crate::{
    alert_filter::Filter,
    alert_log::AlertLog,
    checkpoint::Work,
    consumers::Consumers,
    metrics::Metrics,
    store::{Commit, Store},
};

/// A log of three changes, and consumers whose committer makes everything durable at once.
fn begun(folder: &std::path::Path) -> (AlertLog, Consumers) {
    let (store, mut stored) = Store::open_when_free(folder);
    let log = AlertLog::new(store.clone(), &mut stored, Default::default());
    let mut commit = Commit::default();
    log.plan(vec![Alert::default(); 3], 1, &mut commit);
    store.commit(&commit).unwrap();
    log.publish(&mut commit);
    let (committer, mut works) = mpsc::channel(8);
    tokio::spawn(async move {
        while let Some(work) = works.recv().await {
            let Work::Consumer { done, .. } = work else { panic!("{work:?}") };
            let _ = done.send(());
        }
    });
    (log, Consumers::new(Vec::new(), committer, Arc::new(Metrics::new().unwrap())))
}

/// How a subscription ends whose client says nothing, and where the next one begins.
async fn silent(capacity: usize, reads: bool, max_in_flight: usize) -> (Ended, u64, Duration) {
    let folder = tempfile::tempdir().unwrap();
    let (log, consumers) = begun(folder.path());
    let lease = consumers.open("siem", "", 0, false, 1).await.unwrap();
    let (_says_nothing, requests) = mpsc::channel(1);
    let (answers, mut told) = mpsc::channel(capacity);
    let follower = Follower { log, filter: Filter::default(), cursor: 0 };
    let subscription =
        Subscription::new(follower, lease, ReceiverStream::new(requests), answers, max_in_flight);
    let begun = Instant::now();
    let reading = tokio::spawn(async move {
        while reads && told.recv().await.is_some() {}
        told
    });
    let ended = subscription.run().await;
    drop(reading.await.unwrap());
    let next = consumers.open("siem", "", 9, false, 2).await.unwrap();
    (ended, next.cursor(), begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_that_never_reads_is_ended_and_can_resume() {
    let (ended, next, after) = silent(1, false, 64).await;
    assert!(matches!(ended, Some(ApiError::Slow(_))), "{ended:?}");
    assert_eq!((next, after.as_secs()), (0, STALL.as_secs()));
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_that_never_acknowledges_is_ended_once_no_more_may_be_told_and_can_resume() {
    let (ended, next, after) = silent(64, true, 2).await;
    assert!(matches!(ended, Some(ApiError::Unacknowledged(_))), "{ended:?}");
    assert_eq!((next, after.as_secs()), (0, UNACKNOWLEDGED.as_secs()));
}

#[tokio::test]
async fn what_was_acknowledged_before_it_is_told_again_is_not_told_again() {
    let folder = tempfile::tempdir().unwrap();
    let (log, consumers) = begun(folder.path());
    let lease = consumers.open("siem", "", 0, false, 1).await.unwrap();
    let (says, requests) = mpsc::channel(8);
    let (answers, mut told) = mpsc::channel(64);
    let follower = Follower { log, filter: Filter::default(), cursor: 0 };
    let subscription = Subscription::new(follower, lease, ReceiverStream::new(requests), answers, 64);
    let running = tokio::spawn(subscription.run());
    let mut changes = Vec::new();
    let say = async |kind| says.send(Ok(SubscribeRequest { kind: Some(kind) })).await.unwrap();
    while let Some(answer) = told.recv().await {
        match answer.kind.unwrap() {
            Kind::Change(change) => {
                changes.push(change.cursor);
                if changes == [1, 2, 3] {
                    let delay_ns = Duration::from_secs(500).as_nanos() as u64;
                    say(subscribe_request::Kind::Nack(AlertNack { cursor: 2, delay_ns })).await;
                    say(subscribe_request::Kind::Ack(AlertAck { cursor: 3 })).await;
                }
            }
            Kind::Acked(acked) if acked.cursor == 3 => break,
            _ => {}
        }
    }
    assert_eq!(changes, [1, 2, 3]);
    drop(says);
    assert!(running.await.unwrap().is_none());
}
