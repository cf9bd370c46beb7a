//! How long it is waited between attempts.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    alert_log::{AlertLog, Limits},
    consumers::Consumers,
    metrics::Metrics,
    store::Store,
};

/// Pauses before each further attempt at a target that fails so.
async fn pauses(failures: impl IntoIterator<Item = Failure>) -> Vec<Duration> {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut stored) = Store::open_when_free(folder.path());
    let metrics = Arc::new(Metrics::new().unwrap());
    let (committer, _works) = mpsc::channel(1);
    let shared = Shared {
        log: AlertLog::new(store, &mut stored, Limits::default()),
        consumers: Consumers::new(Vec::new(), committer, Arc::clone(&metrics)),
        metrics: Arc::clone(&metrics),
        shutdown: CancellationToken::new(),
    };
    let table = "name = \"a\"\nkind = \"file\"\npath = \"/a\"\nretry_max = \"20s\"";
    let (settings, dead) = (toml::from_str(table).unwrap(), DeadLetter::new(folder.path(), "a"));
    let health = Arc::new(Health::new("a", &metrics.sinks));
    let failures: VecDeque<_> = failures.into_iter().collect();
    let attempts = failures.len() + 1;
    let target = Target::Scripted { failures, asked: Vec::new() };
    let mut delivery = Delivery::new(settings, target, dead, health, shared);
    assert!(delivery.deliver(&[Change::default()]).await.is_ok());
    let Target::Scripted { asked, .. } = delivery.target else { panic!("another target") };
    assert_eq!(asked.len(), attempts);
    asked.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_from_a_second_to_the_longest_that_is_set() {
    let pauses = pauses((0..8).map(|_| Failure::again("away"))).await;
    let longest = Duration::from_secs(20);
    assert!((RETRY_MIN..=RETRY_MIN * 2).contains(&pauses[0]), "{pauses:?}");
    for pair in pauses.windows(2) {
        assert!(pair[0] < pair[1] || pair == [longest, longest], "{pauses:?}");
    }
    assert_eq!(pauses.last(), Some(&longest), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn what_the_other_side_asks_for_is_waited_up_to_the_longest_pause() {
    let busy = |seconds| Failure::Again { why: "429".to_owned(), after: Some(Duration::from_secs(seconds)) };
    let pauses = pauses([busy(7), busy(60), busy(0)]).await;
    assert_eq!(pauses[..2], [7, 20].map(Duration::from_secs));
    assert!((RETRY_MIN * 4..=RETRY_MIN * 8).contains(&pauses[2]), "{pauses:?}");
}
