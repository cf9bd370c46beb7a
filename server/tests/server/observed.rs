//! What operators see of a server: metrics and the log.

use std::io::{BufRead, BufReader};

use plumbline_proto::v1::{Hello, ingest_request::Kind};

use crate::{
    fixture::{REPOSITORIES, batch},
    harness::{Collector, Server, command, hello},
};

#[tokio::test]
async fn metrics_tell_of_delays_sizes_and_single_images() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(&folder.path().join("data"), &["--image-metrics", "2"]);
    let (mut collector, _) = Collector::greet(&server, 1).await;
    for seq in 1..=3 {
        collector.send(seq, batch("node", seq - 1)).await;
    }
    collector.acknowledged(3).await;
    assert_eq!(server.metric("plumbline_server_ack_seconds_count"), 3);
    // The fleet of the fixture is years old.
    assert_eq!(server.metric("plumbline_server_batch_age_seconds_bucket{le=\"86400\"}"), 0);
    assert!(server.metric("plumbline_server_batch_age_seconds_count") >= 3);
    assert!(server.metric("plumbline_server_checkpoint_bytes_total") > 1000);
    let text = server.get("/metrics");
    let version = env!("CARGO_PKG_VERSION");
    assert!(text.contains(&format!("plumbline_server_build_info{{version=\"{version}\"}} 1")), "{text}");
    assert_eq!(text.matches("plumbline_server_image_windows{").count(), 2);
    let others = REPOSITORIES.len() - 2;
    assert!(text.contains(&format!("plumbline_server_image_metrics_omitted {others}\n")), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_json_log_is_one_object_a_line_whatever_a_collector_calls_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (server, log) =
        Server::start_logged(command(), &folder.path().join("data"), &["--log-format", "json"]);
    let mut collector = Collector::open(&server).await;
    let odd = "node\u{2028}\"}{\\".to_owned();
    collector.say(Kind::Hello(Hello { node: odd.clone(), ..hello(1) })).await;
    let _ = collector.answer().await;
    server.terminate();
    let _ = collector.end().await;
    drop(server);
    let lines: Vec<serde_json::Value> =
        BufReader::new(log).lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    let said = |message: &str| lines.iter().find(|line| line["message"] == message);
    assert!(
        said("ready").is_some_and(|line| line["level"] == "INFO" && line["grpc"].is_string()),
        "{lines:?}"
    );
    assert!(said("a collector connected").is_some(), "{lines:?}");
}
