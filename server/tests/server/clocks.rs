//! Nodes whose clocks are hours off, and one that jumps: measured, told, and corrected where the server compares with its own.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use plumbline_proto::v1::{
    Alert, Batch, ClockAnswer, DecideRequest, Hello, ListAlertsRequest, ListNodesRequest, Node,
    OperationalKind, Verdict, WatchRequest, ingest_request, ingest_response::Kind,
    node_service_client::NodeServiceClient,
};
use prost::Message;
use tonic::Code;

use crate::{
    decisions::becomes,
    fixture::{BASE_NS, MINUTES, batch},
    harness::{Collector, Server, Watch, hello},
    operational::next,
};

const HOUR_NS: i64 = 3_600_000_000_000;
const MINUTE_NS: u64 = 60_000_000_000;

fn now_unix_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64
}

/// A collector of a node that answers what its clock says.
async fn greet(server: &Server, id: u8, node: &str) -> Collector {
    let hello = Hello { node: node.to_owned(), answers_clock: true, ..hello(id) };
    Collector::open(server).await.welcomed(hello).await.0
}

/// Answers the next question with a clock that is so far ahead.
async fn answer(collector: &mut Collector, ahead_ns: i64) {
    loop {
        if let Kind::Clock(question) = collector.answer().await.unwrap() {
            let asked_unix_ns = question.asked_unix_ns;
            let received_unix_ns = now_unix_ns().saturating_add_signed(ahead_ns);
            let answer = ClockAnswer { asked_unix_ns, received_unix_ns, answered_unix_ns: received_unix_ns };
            return collector.say(ingest_request::Kind::Clock(answer)).await;
        }
    }
}

/// Waits until a number is acknowledged, whatever is asked meanwhile.
async fn acknowledged(collector: &mut Collector, seq: u64) {
    while !matches!(collector.answer().await.unwrap(), Kind::Ack(ack) if ack.seq >= seq) {}
}

async fn nodes(server: &Server) -> Vec<Node> {
    let mut client = NodeServiceClient::new(server.channel().await);
    client.list(ListNodesRequest {}).await.unwrap().into_inner().nodes
}

/// A minute of the fleet as it is told by a clock that is so far ahead, if the last minute is now.
fn told(node: &str, minute: u64, ahead_ns: i64) -> Bytes {
    let now = now_unix_ns().saturating_add_signed(ahead_ns) / MINUTE_NS * MINUTE_NS;
    let later = now - (BASE_NS + MINUTES * MINUTE_NS);
    let mut batch = Batch::decode(batch(node, minute)).unwrap();
    batch.base_unix_ns += later;
    batch.containers.iter_mut().for_each(|container| container.started_unix_ns += later);
    batch.windows.iter_mut().flat_map(|windows| &mut windows.window).for_each(|w| *w += later / MINUTE_NS);
    batch.encode_to_vec().into()
}

/// Tells all minutes.
async fn feed(collector: &mut Collector, node: &str, ahead_ns: i64) {
    for minute in 0..MINUTES {
        collector.send(minute + 1, told(node, minute, ahead_ns)).await;
    }
    acknowledged(collector, MINUTES).await;
}

async fn incident(server: &Server, node: &str) -> Alert {
    let listed = server.alerts().await.list(ListAlertsRequest::default()).await.unwrap().into_inner();
    listed.alerts.into_iter().find(|alert| alert.node == node && alert.operational.is_none()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn clocks_that_are_hours_off_either_way_are_told_and_what_is_compared_with_the_server_s_is_corrected() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(&folder.path().join("data"), &["--silent-after", "2s"]);
    let mut watch = Watch::begin(&server, WatchRequest::default()).await;
    for (id, node, ahead_ns) in [(1, "ahead", 5 * HOUR_NS), (2, "behind", -5 * HOUR_NS), (3, "right", 0)] {
        let mut collector = greet(&server, id, node).await;
        answer(&mut collector, ahead_ns).await;
        feed(&mut collector, node, ahead_ns).await;
        let told = nodes(&server).await.into_iter().find(|told| told.name == node).unwrap();
        let offset_ns = told.clock_offset_ns.unwrap();
        assert!(offset_ns.abs_diff(ahead_ns) <= told.clock_error_ns + 50_000_000, "{told:?}");
        assert_eq!(told.clock_off, ahead_ns != 0, "{told:?}");
        assert!((0..300_000_000_000).contains(&told.behind_ns), "{told:?}");
        let alert = incident(&server, node).await;
        assert_eq!(alert.clock_offset_ns, if ahead_ns == 0 { 0 } else { offset_ns });
        let last_seen = alert.last_seen_unix_ns.saturating_add_signed(-ahead_ns);
        assert!(last_seen.abs_diff(now_unix_ns()) < 300_000_000_000, "times of events are the node's");
        if ahead_ns != 0 {
            let off = next(&mut watch, OperationalKind::NodeClockOff).await;
            assert_eq!((off.node.as_str(), off.operational.unwrap().clock_offset_ns), (node, offset_ns));
        }
    }
    assert_eq!(server.metric("plumbline_server_nodes_clock_off"), 2);
    // By the server's clock no batch is of the future, and none hours old.
    let metrics = server.get("/metrics");
    let value = |name: &str| {
        let line = metrics
            .lines()
            .find_map(|line| line.strip_prefix("plumbline_server_batch_age_seconds_")?.strip_prefix(name));
        line.unwrap().trim().parse::<u64>().unwrap()
    };
    assert_eq!((value("bucket{le=\"0.1\"}"), value("bucket{le=\"3600\"}")), (0, value("count")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_approval_holds_until_the_server_s_clock_says_otherwise_not_that_of_a_node_that_is_ahead() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let mut ahead = greet(&server, 1, "ahead").await;
    answer(&mut ahead, 5 * HOUR_NS).await;
    feed(&mut ahead, "ahead", 5 * HOUR_NS).await;
    let alert = incident(&server, "ahead").await;
    assert_ne!(alert.verdict(), Verdict::Normal);
    let approve = |lifetime_ns| DecideRequest {
        alert_id: alert.id.clone(),
        author: "alice".into(),
        reason: "known".into(),
        lifetime_ns,
        ..Default::default()
    };
    server.intent().await.approve(approve(HOUR_NS as u64)).await.unwrap();
    let normal = becomes(&server, &alert.id, Verdict::Normal).await;
    assert_eq!(normal.clock_offset_ns, alert.clock_offset_ns, "said of changes that no batch made, too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_clock_that_jumps_is_one_alert_that_is_over_when_it_is_right_again() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(&folder.path().join("data"), &["--silent-after", "1s"]);
    let mut watch = Watch::begin(&server, WatchRequest::default()).await;
    let mut collector = greet(&server, 1, "jumps").await;
    answer(&mut collector, 1_000_000).await;
    answer(&mut collector, -HOUR_NS).await;
    let off = next(&mut watch, OperationalKind::NodeClockOff).await;
    assert_eq!((off.operational.unwrap().clock_offset_ns + HOUR_NS).abs() / 1_000_000_000, 0);
    answer(&mut collector, 1_000_000).await;
    let over = next(&mut watch, OperationalKind::NodeClockOff).await;
    assert_eq!((over.id.as_str(), over.operational.unwrap().ended_unix_ns > 0), (off.id.as_str(), true));
    let node = nodes(&server).await.remove(0);
    assert!(!node.clock_off && node.clock_offset_ns.unwrap().abs() < 1_000_000_000, "{node:?}");
}

#[tokio::test]
async fn who_answers_what_nobody_asked_is_ended_and_who_can_t_answer_is_not_asked() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let (mut collector, _) = Collector::greet(&server, 1).await;
    collector.send(1, batch("node", 0)).await;
    collector.acknowledged(1).await; // it fails on a question
    assert_eq!(nodes(&server).await[0].clock_offset_ns, None);
    let answer = ClockAnswer { asked_unix_ns: 1, received_unix_ns: 1, answered_unix_ns: 1 };
    collector.say(ingest_request::Kind::Clock(answer)).await;
    let end = collector.end().await;
    assert_eq!(end.code(), Code::InvalidArgument, "{end}");
    assert!(end.message().starts_with("clock: "), "{end}");
}
