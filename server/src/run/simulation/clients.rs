//! Clients of the simulated server, which hold it to its word: two collectors, who watches alerts, who subscribes to them, and a
//! reader who asks what was learned and found once all are done.
//!
//! They connect anew whenever a stream ends, and fail if it does for a reason that no trouble of network or server explains.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use hyper_util::rt::TokioIo;
use plumbline_proto::v1::{
    Alert, AlertAck, AlertChange, Frame, Hello, ImageStatus, IngestRequest, ListAlertsRequest,
    ListBaselinesRequest, SubscribeRequest, SubscribeStart, Verdict, WatchRequest,
    alert_service_client::AlertServiceClient, baseline_service_client::BaselineServiceClient, ingest_request,
    ingest_response, ingest_service_client::IngestServiceClient, subscribe_request, subscribe_response,
    watch_response,
};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep, sleep_until},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Code, Status, Streaming,
    transport::{Channel, Endpoint},
};
use turmoil::net::TcpStream;

use super::PORT;
use crate::{blocking::simulated::Chance, fixture, metrics::Metrics};

/// Hosts that collect.
pub(super) const NODES: [&str; 2] = ["a", "b"];
/// Minutes that each of them has to tell of.
const MINUTES: u64 = 60;
/// Pause before a client connects again.
const PAUSE: Duration = Duration::from_millis(200);

/// What the server has learned and found.
#[derive(Debug, PartialEq)]
pub(super) struct Found {
    pub(super) images: Vec<ImageStatus>,
    pub(super) alerts: Vec<Alert>,
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Metrics of each life of the server.
    pub(super) lives: RefCell<Vec<Arc<Metrics>>>,
    /// Tells the present one to end.
    pub(super) leave: RefCell<Rc<Notify>>,
    /// Streams of collectors that began.
    pub(super) streams: Cell<u64>,
    /// Changes that were told before they were durable.
    pub(super) early: Cell<u64>,
    /// Changes that the subscriber was told again.
    pub(super) again: Cell<u64>,
    pub(super) found: RefCell<Option<Found>>,
    /// Collectors whose batches are all acknowledged.
    done: Cell<usize>,
    /// Up to where the watcher was told all, and which alerts in which revision.
    watched: Cell<u64>,
    revisions: RefCell<BTreeSet<(String, u32)>>,
    /// Up to where the subscriber was told all, and what it was confirmed to have acknowledged.
    subscribed: Cell<u64>,
    confirmed: Cell<u64>,
}

async fn channel() -> Option<Channel> {
    let connector =
        tower::service_fn(|_| async { TcpStream::connect(("server", PORT)).await.map(TokioIo::new) });
    let server = Endpoint::from_static("http://server")
        .connect_timeout(Duration::from_secs(1))
        .http2_keep_alive_interval(Duration::from_secs(1))
        .keep_alive_timeout(Duration::from_secs(2))
        .keep_alive_while_idle(true);
    server.connect_with_connector(connector).await.ok()
}

/// What an answer holds; `None` if the stream or the connection ended as it may.
fn given<T>(answer: Result<T, Status>) -> Option<T> {
    answer
        .inspect_err(|status| {
            let explained =
                [Code::Aborted, Code::Cancelled, Code::Internal, Code::Unavailable, Code::Unknown];
            assert!(explained.contains(&status.code()), "{status:?}");
        })
        .ok()
}

async fn next<T>(answers: &mut Streaming<T>) -> Option<T> {
    given(answers.message().await)?
}

fn count(cell: &Cell<u64>) {
    cell.set(cell.get() + 1);
}

/// Sends all minutes of a node, again and again from what is durable, until all are.
pub(super) async fn collect(
    node: &'static str,
    id: u8,
    mut chance: Chance,
    seen: Rc<Seen>,
) -> turmoil::Result {
    let (mut acked, mut sent) = (0, 0);
    while acked < MINUTES {
        let _ = stream((node, id), (&mut acked, &mut sent), &mut chance, &seen).await; // it connects again
        sleep(chance.time(PAUSE)).await;
    }
    seen.done.set(seen.done.get() + 1);
    Ok(())
}

async fn stream(
    (node, id): (&str, u8),
    (acked, sent): (&mut u64, &mut u64),
    chance: &mut Chance,
    seen: &Seen,
) -> Option<()> {
    let (requests, said) = mpsc::channel(64);
    let say = |kind| requests.try_send(IngestRequest { kind: Some(kind) }).ok();
    say(ingest_request::Kind::Hello(Hello {
        protocol_version: 1,
        collector_version: env!("CARGO_PKG_VERSION").to_owned(),
        session: vec![id; 16],
        node: node.to_owned(),
        answers_clock: false,
        takes_policies: false,
    }));
    let mut client = IngestServiceClient::new(channel().await?);
    let mut answers = given(client.stream(ReceiverStream::new(said)).await)?.into_inner();
    match next(&mut answers).await?.kind {
        Some(ingest_response::Kind::Welcome(welcome)) => {
            let durable = welcome.durable_seq;
            assert!(durable >= *acked, "{node}: {acked} was acknowledged, and {durable} is durable");
            assert!(durable <= *sent, "{node}: {durable} is durable, and {sent} was sent");
            *acked = durable;
        }
        other => panic!("no welcome but {other:?}"),
    }
    count(&seen.streams);
    let window = 1 + chance.below(16);
    let (mut seq, mut due) = (*acked, Instant::now());
    while *acked < MINUTES {
        tokio::select! {
            biased;
            answer = next(&mut answers) => match answer?.kind {
                Some(ingest_response::Kind::Ack(ack)) => {
                    assert!((*acked..=*sent).contains(&ack.seq), "{node}: {ack:?} after {acked}, of {sent}");
                    *acked = ack.seq;
                }
                other => panic!("{other:?}"),
            },
            () = sleep_until(due), if seq < MINUTES && seq < *acked + window => {
                seq += 1;
                let batch = fixture::own_batch(node, seq - 1);
                say(ingest_request::Kind::Frame(Frame { seq, batch }))?;
                *sent = seq.max(*sent);
                due += chance.time(Duration::from_millis(600));
                if chance.below(12) == 0 {
                    return None; // as a collector whose certificate was renewed
                }
            }
        }
    }
    Some(())
}

/// Watches alerts, from where the stream before ended.
pub(super) async fn watch(seen: Rc<Seen>) -> turmoil::Result {
    loop {
        let _ = watched(&seen).await; // it connects again
        sleep(PAUSE).await;
    }
}

async fn watched(seen: &Seen) -> Option<()> {
    let mut client = AlertServiceClient::new(channel().await?);
    let request = WatchRequest { after_cursor: seen.watched.get(), ..Default::default() };
    let mut told = given(client.watch(request).await)?.into_inner();
    let mut on_this_stream = BTreeSet::new();
    // Changes that were told early and of which it was not told yet that they are durable.
    let mut early = 0;
    loop {
        let after = seen.watched.get();
        let mut take = |change: AlertChange| {
            let alert = change.alert.unwrap();
            let revision = (alert.id, alert.revision);
            assert!(on_this_stream.insert(revision.clone()), "{revision:?} was told twice");
            seen.revisions.borrow_mut().insert(revision);
        };
        // Of what is passed over all was told early.
        let mut passed = |count: u64| early = u64::checked_sub(early, count).expect("a change was left out");
        match next(&mut told).await?.kind.unwrap() {
            watch_response::Kind::Early(change) => {
                take(change);
                early += 1;
                count(&seen.early);
            }
            watch_response::Kind::Change(change) => {
                passed(change.cursor - after - 1);
                seen.watched.set(change.cursor);
                take(change);
            }
            watch_response::Kind::Progress(progress) => {
                passed(progress.cursor - after);
                seen.watched.set(progress.cursor);
            }
            gap @ watch_response::Kind::Gap(_) => panic!("{gap:?}"),
        }
    }
}

/// Subscribes to alerts, and acknowledges some of what it is told now and then.
pub(super) async fn subscribe(mut chance: Chance, seen: Rc<Seen>) -> turmoil::Result {
    loop {
        let _ = subscribed(&mut chance, &seen).await; // it connects again
        sleep(PAUSE).await;
    }
}

async fn subscribed(chance: &mut Chance, seen: &Seen) -> Option<()> {
    let (requests, said) = mpsc::channel(64);
    let say = |kind| requests.try_send(SubscribeRequest { kind: Some(kind) }).ok();
    let start = SubscribeStart { consumer: "siem".to_owned(), max_in_flight: 8, ..Default::default() };
    say(subscribe_request::Kind::Start(start));
    let mut client = AlertServiceClient::new(channel().await?);
    let mut told = given(client.subscribe(ReceiverStream::new(said)).await)?.into_inner();
    let (mut place, mut in_flight) = (None, 0);
    loop {
        match next(&mut told).await?.kind.unwrap() {
            subscribe_response::Kind::Acked(AlertAck { cursor }) => {
                let confirmed = seen.confirmed.replace(cursor);
                assert!(cursor >= confirmed, "{confirmed} was confirmed, and now {cursor} is");
                place.get_or_insert(cursor);
            }
            subscribe_response::Kind::Change(change) => {
                let place = place.as_mut().unwrap();
                assert_eq!(change.cursor, *place + 1);
                *place = change.cursor;
                if change.cursor <= seen.subscribed.get() {
                    count(&seen.again);
                }
                seen.subscribed.set(change.cursor.max(seen.subscribed.get()));
                in_flight += 1;
            }
            subscribe_response::Kind::Progress(progress) => assert_eq!(progress.cursor, place.unwrap()),
            gap @ subscribe_response::Kind::Gap(_) => panic!("{gap:?}"),
        }
        if let Some(cursor) = place
            && in_flight > 0
            && (in_flight == 8 || chance.below(3) == 0)
        {
            in_flight = 0;
            say(subscribe_request::Kind::Ack(AlertAck { cursor }))?;
        }
    }
}

/// Waits until all is sent and told, and reads what there is.
pub(super) async fn read(seen: Rc<Seen>) -> turmoil::Result {
    loop {
        sleep(PAUSE).await;
        if seen.done.get() == NODES.len()
            && let Some(found) = found(&seen).await
        {
            seen.found.replace(Some(found));
            return Ok(());
        }
    }
}

async fn found(seen: &Seen) -> Option<Found> {
    let channel = channel().await?;
    let list = ListAlertsRequest { limit: 1000, ..Default::default() };
    let listed = given(AlertServiceClient::new(channel.clone()).list(list).await)?.into_inner();
    let all = [&seen.watched, &seen.subscribed].map(Cell::get) == [listed.cursor; 2];
    if !all {
        return None;
    }
    let mut alerts = listed.alerts;
    for alert in &mut alerts {
        let revision = (alert.id.clone(), alert.revision);
        assert!(seen.revisions.borrow().contains(&revision), "nobody was told of {revision:?}");
        alert.changed_unix_ns = 0; // by the machine's clock
    }
    alerts.retain(|alert| alert.verdict() != Verdict::Operational);
    alerts.sort_by(|a, b| a.id.cmp(&b.id));
    let list = ListBaselinesRequest { limit: 1000, ..Default::default() };
    let images = given(BaselineServiceClient::new(channel).list(list).await)?.into_inner().images;
    Some(Found { images, alerts })
}
