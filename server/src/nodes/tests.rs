//! Silence, and what a node may send.

use tokio::time::{Duration, Instant};

use super::*;
use crate::{fixture::batch, wire};

fn settings() -> NodeSettings {
    NodeSettings {
        streams: 2,
        bytes_per_second: 1000,
        images: 100,
        containers: 100,
        silent_after: Duration::from_secs(300),
        kept: Duration::from_secs(3600),
        clock_skew: Duration::from_secs(30),
    }
}

fn nodes(records: Vec<(String, NodeRecord)>, settings: NodeSettings) -> Nodes {
    Nodes::new(records, settings, Arc::new(Metrics::new().unwrap()))
}

#[test]
fn a_node_is_silent_once_it_had_no_stream_for_long_also_one_from_before_a_restart() {
    let heard = now_unix_ns();
    let record = NodeRecord { version: "1".into(), first_heard_unix_ns: 1, last_heard_unix_ns: heard };
    let nodes = nodes(vec![("old".into(), record.clone())], settings());
    let stream = nodes.enter("new", "2").unwrap();
    let later = heard + 600_000_000_000;
    let states = |now| nodes.all().iter().map(|node| node.state(now)).collect::<Vec<_>>();
    assert_eq!(states(later), [NodeState::Connected, NodeState::Silent]);
    assert_eq!(states(heard + 1_000_000_000), [NodeState::Connected, NodeState::Away]);
    let all = nodes.all();
    let old = &all[1];
    assert_eq!(old.newly_silent(later), Some(record));
    assert_eq!(old.newly_silent(later), None, "told once");
    drop(nodes.enter("old", "3"));
    assert_eq!(old.newly_silent(heard), None);
    assert!(
        old.newly_silent(now_unix_ns() + 600_000_000_000).is_some(),
        "and again when it comes back and goes"
    );
    drop(stream);
    assert_eq!(states(now_unix_ns()), [NodeState::Away, NodeState::Away]);
}

#[test]
fn a_node_has_so_many_streams_and_another_is_not_concerned() {
    let nodes = nodes(Vec::new(), settings());
    let held = [(); 2].map(|()| nodes.enter("a", "1").unwrap());
    assert!(nodes.enter("a", "1").is_none());
    assert!(nodes.enter("b", "1").is_some());
    drop(held);
    assert!(nodes.enter("a", "1").is_some());
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_beyond_the_rate_waits_and_a_burst_does_not() {
    let nodes = nodes(Vec::new(), settings());
    let (fast, slow) = (nodes.enter("fast", "1").unwrap(), nodes.enter("slow", "1").unwrap());
    let begun = Instant::now();
    fast.allow(4000).await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
    fast.allow(2000).await;
    let waited = begun.elapsed();
    assert!((Duration::from_millis(1900)..Duration::from_millis(2200)).contains(&waited), "{waited:?}");
    slow.allow(100).await;
    assert_eq!(begun.elapsed(), waited, "another node does not wait");
    let fast = nodes.all()[0].message(now_unix_ns());
    assert!(fast.held_back_ns >= 1_900_000_000);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_speaks_of_ever_new_containers_is_refused_until_an_hour_is_over() {
    let nodes = nodes(Vec::new(), NodeSettings { containers: 6, ..settings() });
    let checked = |minute| wire::check(batch("a", minute)).unwrap();
    let stream = nodes.enter("a", "1").unwrap();
    stream.take(&checked(0)).unwrap();
    stream.take(&checked(1)).unwrap(); // the same six
    let refusal = stream.take(&checked(3)).unwrap_err();
    assert_eq!((refusal.field.as_str(), refusal.code), ("containers", tonic::Code::ResourceExhausted));
    assert!(refusal.message.contains("6 containers within an hour"), "{refusal}");
    stream.take(&checked(2)).unwrap();
    assert!(nodes.enter("b", "1").unwrap().take(&checked(3)).is_ok());
    tokio::time::advance(Duration::from_secs(3600)).await;
    stream.take(&checked(3)).unwrap();
}
