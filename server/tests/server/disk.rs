//! A server whose disk takes nothing for a while. The kernel refuses what would make a file longer than a limit, which is
//! set and lifted from outside; to the server that is a disk that is full.

use std::{path::Path, process::Command};

use plumbline_proto::v1::{
    Alert, GetStatusRequest, ListAlertsRequest, Verdict, WatchRequest, watch_response,
};

use crate::{
    fixture::{MINUTES, REPOSITORIES, batch},
    harness::{Collector, Server, Watch, command, wait_for},
    operational::held,
};

/// A server that is told of a refused write by an error, not by a signal that ends it.
fn start(data: &Path) -> Server {
    start_with(data, &[])
}

fn start_with(data: &Path, flags: &[&str]) -> Server {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#]).arg(command().get_program());
    Server::start_by(shell, data, flags)
}

/// Limits the length of files; "unlimited" lifts it.
fn limit(server: &Server, bytes: &str) {
    let pid = server.pid().to_string();
    let set = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:")]).status();
    assert!(set.unwrap().success());
}

fn paused(server: &Server) -> bool {
    server.metric("plumbline_server_store_paused") == 1
}

/// What a server that was never disturbed has learned, and told.
async fn left(server: &Server) -> (Vec<(String, u64)>, Vec<(String, u32)>) {
    let images = server.images().await.into_iter().map(|image| (image.repository, image.exposures));
    let listed = server.alerts().await.list(ListAlertsRequest::default()).await.unwrap().into_inner();
    let incidents = listed.alerts.into_iter().filter(|alert| alert.operational.is_none());
    let mut alerts: Vec<_> = incidents.map(|alert| (alert.id, alert.revision)).collect();
    alerts.sort();
    (images.collect(), alerts)
}

async fn undisturbed() -> (Vec<(String, u64)>, Vec<(String, u32)>) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let (mut collector, _) = Collector::greet(&server, 1).await;
    for seq in 1..=MINUTES {
        collector.send(seq, batch("a", seq - 1)).await;
    }
    collector.acknowledged(MINUTES).await;
    left(&server).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn while_the_disk_takes_nothing_nothing_is_acknowledged_and_all_is_there_once_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    // It pauses with the first checkpoint that fails, and then takes in nothing more: on a busy machine that was before the
    // attack came, now and then. An alert does not wait for the interval.
    let server = start_with(&data, &["--checkpoint-interval", "5s"]);
    let (mut collector, _) = Collector::greet(&server, 1).await;
    for seq in 1..=3 {
        collector.send(seq, batch("a", seq - 1)).await;
    }
    collector.acknowledged(3).await;

    let mut watch = Watch::begin(&server, WatchRequest::default()).await;
    limit(&server, "4096");
    for seq in 4..=MINUTES {
        collector.send(seq, batch("a", seq - 1)).await;
    }
    wait_for("a pause", || paused(&server).then_some(()));
    // Who watches is told from memory, of the pause too, and by that gets nowhere in the log.
    let mut told = Vec::new();
    let is_of = |alert: &Alert, verdict: Verdict| alert.verdict() == verdict;
    while ![Verdict::Attack, Verdict::Operational].iter().all(|v| told.iter().any(|alert| is_of(alert, *v))) {
        match watch.next().await {
            watch_response::Kind::Early(early) => {
                assert_eq!(early.cursor, 0);
                told.push(early.alert.unwrap());
            }
            watch_response::Kind::Progress(progress) => assert_eq!(progress.cursor, 0),
            other => panic!("{other:?}"),
        }
    }
    let listed = server.alerts().await.list(ListAlertsRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.alerts, [], "nothing of it is durable");
    let ready = server.get("/readyz");
    assert!(ready.contains("200 OK") && ready.contains("paused: "), "{ready}");
    let status = server.fleet().await.get_status(GetStatusRequest {}).await.unwrap().into_inner();
    assert!(status.paused.contains("check ") && status.paused_since_unix_ns > 0, "{status:?}");
    let again = || server.metric("plumbline_server_store_failures_total") > 2;
    wait_for("another attempt", || again().then_some(()));
    assert_eq!(server.metric("plumbline_server_batches_durable_total"), 3, "nothing was acknowledged");
    assert_eq!(server.images().await.len(), REPOSITORIES.len(), "what is known can be read");

    limit(&server, "unlimited");
    collector.acknowledged(MINUTES).await;
    wait_for("the end of the pause", || (!paused(&server)).then_some(()));
    let status = server.fleet().await.get_status(GetStatusRequest {}).await.unwrap().into_inner();
    assert_eq!((status.paused.as_str(), status.paused_since_unix_ns), ("", 0));
    let expected = undisturbed().await;
    assert!(!expected.1.is_empty());
    assert_eq!(left(&server).await, expected);
    // What was told early is not told again, but by how far the log was looked through.
    let mut cursor = 0;
    let pause = loop {
        match watch.next().await {
            watch_response::Kind::Early(early) => told.push(early.alert.unwrap()),
            watch_response::Kind::Progress(progress) => cursor = progress.cursor,
            watch_response::Kind::Change(change) => {
                let alert = change.alert.unwrap();
                let same =
                    |early: &&Alert| (early.id.as_str(), early.revision) == (&alert.id, alert.revision);
                assert_eq!(told.iter().find(same), None, "told twice");
                if alert.operational.is_some_and(|told| told.ended_unix_ns > 0) {
                    break alert;
                }
                told.push(alert);
            }
            watch_response::Kind::Gap(gap) => panic!("{gap:?}"),
        }
    };
    assert!(cursor > 0);
    assert_eq!(held(&server).await, [pause]);
    let mut all = Watch::begin(&server, WatchRequest::default()).await;
    for early in told {
        assert_eq!(all.change().await.alert.unwrap(), early, "as it is in the log, in its order");
    }

    // It is durable, too.
    server.kill();
    let server = start(&data);
    assert_eq!(left(&server).await, expected);
    assert!(!server.get("/readyz").contains("paused"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_server_that_is_killed_while_its_disk_takes_nothing_loses_nothing_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = start(&data);
    let (mut collector, _) = Collector::greet(&server, 1).await;
    for seq in 1..=3 {
        collector.send(seq, batch("a", seq - 1)).await;
    }
    collector.acknowledged(3).await;
    limit(&server, "4096");
    collector.send(4, batch("a", 3)).await;
    wait_for("a pause", || paused(&server).then_some(()));
    server.kill();

    let server = start(&data);
    let (mut collector, durable) = Collector::greet(&server, 1).await;
    assert!((3..=4).contains(&durable), "{durable}");
    for seq in durable + 1..=MINUTES {
        collector.send(seq, batch("a", seq - 1)).await;
    }
    collector.acknowledged(MINUTES).await;
    assert_eq!(left(&server).await, undisturbed().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_server_with_less_room_than_its_reserve_says_so_and_ends_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--disk-reserve-bytes", "9000000000000000000", "--shutdown-grace", "1s"];
    let mut server = Server::start_with(&folder.path().join("data"), &flags);
    let (collector, _) = Collector::greet(&server, 1).await;
    collector.send(1, batch("a", 0)).await;
    wait_for("a pause", || paused(&server).then_some(()));
    let ready = server.get("/readyz");
    assert!(ready.contains("9000000000000000000 are held in reserve (disk_reserve"), "{ready}");
    assert_eq!(server.metric("plumbline_server_batches_durable_total"), 0);
    server.terminate();
    server.wait();
}
