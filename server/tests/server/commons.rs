//! What repositories have in common: gathered of all shards, at start and from time to time.

use std::path::Path;

use plumbline_proto::v1::Batch;
use prost::Message;

use crate::{
    fixture::{MINUTES, batch},
    harness::{Collector, Server, wait_for},
};

/// Exposure windows after which what the fleet does counts as learned.
const WINDOWS: u64 = 6000;

/// A server that looks so often and has learned what its images do.
async fn fed(data: &Path, every: &str) -> Server {
    let server = Server::start_with(data, &["--commons-interval", every]);
    wait_for("a first look", || (server.metric("plumbline_server_commons_gathered_total") > 0).then_some(()));
    assert_eq!(server.metric("plumbline_server_commons"), 0);
    let (mut collector, _) = Collector::greet(&server, 1).await;
    let quiet = MINUTES - 3;
    for minute in 0..quiet {
        collector.send(minute + 1, batch("a", minute)).await;
    }
    // Thousands of windows in which nothing new was done.
    let mut last = Batch::decode(batch("a", quiet - 1)).unwrap();
    let windows = last.windows.as_mut().unwrap();
    let now = windows.window[0];
    for container in 0..last.containers.len() as u32 {
        windows.container.extend((0..WINDOWS).map(|_| container));
        windows.window.extend((1..=WINDOWS).map(|later| now + later));
        windows.lossy.extend((0..WINDOWS).map(|_| 0));
    }
    collector.send(quiet + 1, last.encode_to_vec().into()).await;
    collector.acknowledged(quiet + 1).await;
    server
}

/// Waits until anything is common: each program is its image's own, but all connect to one database.
fn common(server: &Server) -> u64 {
    wait_for("commons", || Some(server.metric("plumbline_server_commons")).filter(|n| *n > 0))
}

#[tokio::test]
async fn what_repositories_have_in_common_is_gathered_of_all_shards_from_time_to_time() {
    let folder = tempfile::tempdir().unwrap();
    let server = fed(&folder.path().join("data"), "100ms").await;
    common(&server);
}

#[tokio::test]
async fn a_server_that_is_started_with_what_was_learned_looks_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = fed(&data, "1d").await;
    assert_eq!(server.metric("plumbline_server_commons"), 0, "the next look is tomorrow");
    server.kill();
    let server = Server::start_with(&data, &["--commons-interval", "1d"]);
    common(&server);
}
