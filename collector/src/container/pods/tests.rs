//! Pods and containers become known in any order, and nothing waits or grows without end.

use super::{super::facts::Pod, *};
use plumbline_proto::v1::ProbeKind;

fn container(uid: &str) -> ContainerInfo {
    let pod = Pod { uid: uid.into(), namespace: "shop".into(), name: "web".into(), ..Pod::default() };
    ContainerInfo { name: "app".into(), pod: Some(pod), ..ContainerInfo::default() }
}

fn pod(uid: &str, word: &str) -> Declared {
    let probe = Probe { kind: ProbeKind::Liveness, command: vec![word.into()], period_ns: 1 };
    let commands = Commands { probes: vec![probe], cut: 2 };
    let containers = HashMap::from([("app".to_owned(), commands)]);
    Declared { uid: uid.into(), namespace: "shop".into(), name: "web".into(), containers }
}

#[tokio::test(start_paused = true)]
async fn a_container_waits_for_its_pod() {
    let pods = Pods::default();
    pods.listed();
    let waiting = tokio::spawn({
        let pods = pods.clone();
        async move { pods.complete(container("1")).await }
    });
    tokio::task::yield_now().await;
    pods.apply(pod("2", "other"));
    pods.apply(pod("1", "true"));
    let info = waiting.await.unwrap();
    assert_eq!((info.probes[0].command[0].as_str(), info.cut), ("true", 2));
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_comes_too_late_is_told_when_it_comes() {
    let pods = Pods::default();
    pods.listed();
    let asked = Instant::now();
    assert_eq!(pods.complete(container("1")).await.probes, []);
    assert_eq!(asked.elapsed().as_secs(), WAIT.as_secs());
    let late = tokio::spawn({
        let pods = pods.clone();
        async move { pods.late().await }
    });
    tokio::task::yield_now().await;
    pods.apply(pod("1", "true"));
    assert_eq!(late.await.unwrap().probes.len(), 1);
    assert!(pods.state().late.is_empty());
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_server_that_is_away_nor_twice_for_a_list_that_never_comes() {
    let silent = Pods::default();
    let asked = Instant::now();
    for _ in 0..3 {
        silent.complete(container("1")).await;
    }
    assert_eq!(asked.elapsed().as_secs(), WAIT.as_secs());
    let away = Pods::default();
    away.fail(true);
    let asked = Instant::now();
    away.complete(container("1")).await;
    assert_eq!((asked.elapsed(), away.counts().failures), (Duration::ZERO, 1));
}

#[tokio::test]
async fn another_pod_with_the_uid_declares_nothing() {
    let pods = Pods::default();
    pods.apply(Declared { name: "impostor".into(), ..pod("1", "true") });
    pods.fail(true);
    assert_eq!(pods.complete(container("1")).await.probes, []);
}

#[test]
fn what_a_list_does_not_name_is_gone() {
    let pods = Pods::default();
    pods.apply(pod("1", "a"));
    pods.list();
    pods.apply(pod("2", "b"));
    pods.listed();
    assert_eq!(pods.state().pods.keys().collect::<Vec<_>>(), ["2"]);
    pods.delete("2");
    assert_eq!(pods.counts().pods, 0);
    assert_eq!(pods.state().bytes, 0);
}

#[tokio::test]
async fn pods_without_room_keep_no_commands_and_are_counted() {
    let pods = Pods::default();
    let big = "x".repeat(STORE_BYTES / 2 - size_of::<String>());
    for uid in ["1", "2", "3"] {
        pods.apply(pod(uid, &big));
    }
    assert_eq!((pods.counts().refused, pods.state().bytes), (1, STORE_BYTES));
    let info = pods.complete(container("3")).await;
    assert_eq!((info.probes.len(), info.cut), (0, 3));
    (0..2 * PODS).for_each(|uid| pods.apply(pod(&format!("n{uid}"), "")));
    assert_eq!(pods.counts().pods, PODS);
}
