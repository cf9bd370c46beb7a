//! Who follows alerts: what matches, how far it has come, what is gone, and a place that the server keeps through its death.

use std::{collections::VecDeque, path::Path, time::Instant};

use plumbline_proto::v1::{
    AlertAck, AlertFilter, AlertGap, AlertNack, DeleteConsumerRequest, ListAlertsRequest,
    ListConsumersRequest, StartAt, SubscribeRequest, SubscribeResponse, SubscribeStart, WatchRequest,
    subscribe_request, subscribe_response::Kind, subscribe_start::From, watch_response,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use crate::{
    fixture::{MINUTES, batch},
    harness::{Collector, LIMIT, Server, Watch},
};

/// Tells all minutes of a node.
async fn feed(server: &Server, id: u8) {
    let (mut collector, _) = Collector::greet(server, id).await;
    for minute in 0..MINUTES {
        collector.send(minute + 1, batch(&format!("n{id}"), minute)).await;
    }
    collector.acknowledged(MINUTES).await;
}

/// Cursor of the newest change.
async fn last(server: &Server) -> u64 {
    server.alerts().await.list(ListAlertsRequest::default()).await.unwrap().into_inner().cursor
}

fn node(node: &str) -> Option<AlertFilter> {
    Some(AlertFilter { node: node.to_owned(), ..Default::default() })
}

/// One stream of a consumer.
struct Subscriber {
    requests: mpsc::Sender<SubscribeRequest>,
    answers: Streaming<SubscribeResponse>,
    /// Changes told while something else was waited for.
    told: VecDeque<u64>,
}

impl Subscriber {
    async fn begin(server: &Server, start: SubscribeStart) -> Result<Self, Status> {
        let (requests, sent) = mpsc::channel(64);
        let start = subscribe_request::Kind::Start(start);
        requests.send(SubscribeRequest { kind: Some(start) }).await.unwrap();
        let answers = server.alerts().await.subscribe(ReceiverStream::new(sent)).await?.into_inner();
        Ok(Self { requests, answers, told: VecDeque::new() })
    }

    /// Goes on as `siem`; where that is.
    async fn resume(server: &Server) -> (Self, u64) {
        let start = SubscribeStart { consumer: "siem".into(), ..Default::default() };
        let mut subscriber = Self::begin(server, start).await.unwrap();
        let Kind::Acked(acked) = subscriber.next().await.unwrap() else {
            panic!("not told where it goes on")
        };
        (subscriber, acked.cursor)
    }

    async fn next(&mut self) -> Result<Kind, Status> {
        let next = tokio::time::timeout(LIMIT, self.answers.message()).await.expect("nothing told in time");
        Ok(next?.expect("the subscription ended without a reason").kind.unwrap())
    }

    /// Cursor of the next change.
    async fn change(&mut self) -> u64 {
        if let Some(told) = self.told.pop_front() {
            return told;
        }
        let limit = Instant::now() + LIMIT;
        loop {
            assert!(Instant::now() < limit, "no change in time");
            match self.next().await.unwrap() {
                Kind::Change(change) => return change.cursor,
                Kind::Gap(gap) => panic!("{gap:?}"),
                Kind::Progress(_) | Kind::Acked(_) => {}
            }
        }
    }

    async fn say(&self, kind: subscribe_request::Kind) {
        self.requests.send(SubscribeRequest { kind: Some(kind) }).await.unwrap();
    }

    /// Acknowledges, and waits until that is durable.
    async fn ack(&mut self, cursor: u64) {
        self.say(subscribe_request::Kind::Ack(AlertAck { cursor })).await;
        loop {
            match self.next().await.unwrap() {
                Kind::Acked(acked) if acked.cursor >= cursor => return,
                Kind::Change(change) => self.told.push_back(change.cursor),
                _ => {}
            }
        }
    }

    /// How the stream ends, whatever is told before.
    async fn end(&mut self) -> Status {
        loop {
            if let Err(status) = self.next().await {
                return status;
            }
        }
    }
}

#[tokio::test]
async fn a_consumer_misses_nothing_and_gets_nothing_again_that_it_acknowledged_though_the_server_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::start(&data);
    feed(&server, 1).await;
    let (mut seen, mut acked) = (Vec::new(), 0);
    let mut round = 1;
    loop {
        let (mut subscriber, from) = Subscriber::resume(&server).await;
        assert_eq!(from, acked, "it goes on where it was");
        // Takes two, and is sure of one of them when the server dies.
        let (first, second) = (subscriber.change().await, subscriber.change().await);
        assert_eq!((first, second), (acked + 1, acked + 2));
        subscriber.ack(first).await;
        acked = first;
        seen.push(first);
        server.kill();
        server = Server::start(&data);
        if round == 4 {
            break;
        }
        round += 1;
        feed(&server, round).await;
    }
    let (mut subscriber, from) = Subscriber::resume(&server).await;
    assert_eq!(from, acked);
    while seen.len() < last(&server).await as usize {
        seen.push(subscriber.change().await);
    }
    let all: Vec<u64> = (1..=last(&server).await).collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn a_filter_that_nothing_matches_moves_on_and_a_watch_tells_how_far() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    feed(&server, 1).await;
    feed(&server, 2).await;
    let last = last(&server).await;
    let mut watch = Watch::begin(&server, WatchRequest { filter: node("void"), ..Default::default() }).await;
    let watch_response::Kind::Progress(progress) = watch.next().await else { panic!("not how far") };
    assert_eq!(progress.cursor, last);
    let mut watch = Watch::begin(&server, WatchRequest { filter: node("n2"), ..Default::default() }).await;
    assert_eq!(watch.change().await.alert.unwrap().node, "n2");

    let start = SubscribeStart { consumer: "siem".into(), filter: node("void"), ..Default::default() };
    let mut subscriber = Subscriber::begin(&server, start).await.unwrap();
    loop {
        match subscriber.next().await.unwrap() {
            Kind::Progress(progress) => break assert_eq!(progress.cursor, last),
            Kind::Acked(acked) => assert_eq!(acked.cursor, 0),
            other => panic!("{other:?}"),
        }
    }
    subscriber.ack(last).await;
    drop(subscriber);
    assert_eq!(Subscriber::resume(&server).await.1, last);
}

/// A server with some alerts whose oldest changes were let go, and the first change that it holds.
pub(crate) async fn aged(data: &Path) -> (Server, u64) {
    let server = Server::start(data);
    feed(&server, 1).await;
    let (mut subscriber, _) = Subscriber::resume(&server).await;
    let first = subscriber.change().await;
    subscriber.ack(first).await;
    let end = last(&server).await;
    server.kill();
    let server = Server::start_with(data, &["--alerts-kept-for", "1s"]);
    let metric = "plumbline_server_alert_changes_gone_total{reason=\"age\"}";
    // Each commit lets go of what is too old by then.
    let (mut collector, mut seq) = Collector::greet(&server, 9).await;
    let limit = Instant::now() + LIMIT;
    while server.metric(metric) < end {
        assert!(Instant::now() < limit, "nothing was let go");
        seq += 1;
        collector.send(seq, batch("n9", 0)).await;
        collector.acknowledged(seq).await;
    }
    drop(collector);
    let held = server.alerts().await.list(ListAlertsRequest::default()).await.unwrap().into_inner();
    assert!(held.alerts.iter().all(|alert| alert.node != "n1"), "an alert goes with its last change");
    (server, end)
}

#[tokio::test]
async fn what_retention_took_is_told_as_a_gap_to_whoever_comes_later() {
    let folder = tempfile::tempdir().unwrap();
    let (server, end) = aged(&folder.path().join("data")).await;
    let mut watch = Watch::begin(&server, WatchRequest { after_cursor: 1, ..Default::default() }).await;
    let watch_response::Kind::Gap(gap) = watch.next().await else { panic!("no gap") };
    assert!(gap.from == 2 && gap.to >= end, "{gap:?}");
    let (mut subscriber, from) = Subscriber::resume(&server).await;
    assert_eq!(from, 1);
    let Kind::Gap(told) = subscriber.next().await.unwrap() else { panic!("no gap") };
    assert!(told.from == 2 && told.to >= end, "{told:?}");
    subscriber.ack(told.to).await;
    let AlertGap { to, .. } = told;
    assert_eq!(Subscriber::resume(&server).await.1, to);
    // Who begins with the first that is held misses nothing.
    let mut watch = Watch::begin(&server, WatchRequest::default()).await;
    assert!(matches!(watch.next().await, watch_response::Kind::Progress(_)));
}

#[tokio::test]
async fn no_more_is_in_flight_than_wanted_and_what_is_refused_comes_again() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    feed(&server, 1).await;
    feed(&server, 2).await;
    let start = SubscribeStart { consumer: "siem".into(), max_in_flight: 2, ..Default::default() };
    let mut subscriber = Subscriber::begin(&server, start).await.unwrap();
    assert_eq!((subscriber.change().await, subscriber.change().await), (1, 2));
    let nack = AlertNack { cursor: 2, delay_ns: 1_000_000 };
    subscriber.say(subscribe_request::Kind::Nack(nack)).await;
    assert_eq!(subscriber.change().await, 2, "the third waits until there is room");
    subscriber.ack(2).await;
    assert_eq!((subscriber.change().await, subscriber.change().await), (3, 4));
    let far = AlertNack { cursor: 3, delay_ns: u64::MAX };
    subscriber.say(subscribe_request::Kind::Nack(far)).await;
    let end = subscriber.end().await;
    assert!(end.code() == Code::InvalidArgument && end.message().starts_with("nack.delay_ns: "), "{end}");
    for (request, field) in [
        (subscribe_request::Kind::Ack(AlertAck { cursor: 999 }), "ack.cursor: "),
        (subscribe_request::Kind::Nack(AlertNack { cursor: 999, delay_ns: 0 }), "nack.cursor: "),
        (subscribe_request::Kind::Start(SubscribeStart::default()), "start: "),
    ] {
        let (mut subscriber, _) = Subscriber::resume(&server).await;
        subscriber.say(request).await;
        let end = subscriber.end().await;
        assert!(end.code() == Code::InvalidArgument && end.message().starts_with(field), "{end}");
    }
}

#[tokio::test]
async fn a_consumer_has_one_stream_begins_where_it_says_and_is_listed_until_it_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    feed(&server, 1).await;
    let last = last(&server).await;
    let (mut old, _) = Subscriber::resume(&server).await;
    let (mut new, _) = Subscriber::resume(&server).await;
    assert_eq!(old.end().await.code(), Code::Aborted);
    let changed = |changes: Vec<plumbline_proto::v1::Alert>| changes[0].changed_unix_ns;
    let newest =
        changed(server.alerts().await.list(ListAlertsRequest::default()).await.unwrap().into_inner().alerts);
    for (name, from, expected) in [
        ("after", From::AfterCursor(1), 1),
        ("latest", From::At(StartAt::Latest.into()), last),
        ("earliest", From::At(StartAt::Earliest.into()), 0),
        ("time", From::ChangedFromUnixNs(newest), last - 1),
        ("future", From::ChangedFromUnixNs(u64::MAX), last),
    ] {
        let start = SubscribeStart { consumer: name.into(), from: Some(from), ..Default::default() };
        let mut subscriber = Subscriber::begin(&server, start).await.unwrap();
        assert_eq!(subscriber.next().await.unwrap(), Kind::Acked(AlertAck { cursor: expected }), "{name}");
    }
    let known = |reset| SubscribeStart {
        consumer: "after".into(),
        from: Some(From::At(StartAt::Latest.into())),
        reset,
        ..Default::default()
    };
    for (reset, expected) in [(false, 1), (true, last)] {
        let mut subscriber = Subscriber::begin(&server, known(reset)).await.unwrap();
        assert_eq!(subscriber.next().await.unwrap(), Kind::Acked(AlertAck { cursor: expected }));
    }
    let listed = server.alerts().await.list_consumers(ListConsumersRequest {}).await.unwrap().into_inner();
    let names: Vec<_> = listed.consumers.iter().map(|consumer| consumer.name.as_str()).collect();
    assert_eq!(names, ["after", "earliest", "future", "latest", "siem", "time"]);
    let siem = &listed.consumers[4];
    assert_eq!((siem.cursor, siem.behind, siem.connected), (0, last, true));

    let delete = |name: &str| DeleteConsumerRequest { name: name.to_owned() };
    server.alerts().await.delete_consumer(delete("siem")).await.unwrap();
    assert_eq!(new.end().await.code(), Code::NotFound);
    assert_eq!(
        server.alerts().await.delete_consumer(delete("siem")).await.unwrap_err().code(),
        Code::NotFound
    );
    let bad = |start| async { Subscriber::begin(&server, start).await.err().unwrap() };
    let ahead =
        SubscribeStart { consumer: "x".into(), from: Some(From::AfterCursor(999)), ..Default::default() };
    assert_eq!(bad(ahead).await.code(), Code::OutOfRange);
    assert!(bad(SubscribeStart::default()).await.message().starts_with("start.consumer: "));
    let many = SubscribeStart { consumer: "x".into(), max_in_flight: 1001, ..Default::default() };
    assert!(bad(many).await.message().starts_with("start.max_in_flight: "));
}
