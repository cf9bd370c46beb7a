//! A server that is killed again and again while collectors send, and one with a crowd of collectors.

use std::{
    hash::{BuildHasher, RandomState},
    path::Path,
    time::Duration,
};

use plumbline_proto::v1::{
    Alert, Hello, ImageStatus, ListAlertsRequest, ingest_request::Kind, ingest_response,
};
use tokio::task::JoinSet;

use crate::{
    fixture::{REPOSITORIES, batch, own_batch},
    harness::{Collector, Server, hello},
};

const KILLS: usize = 200;
/// Minutes that each collector has to tell of.
const MINUTES: u64 = 250;
const NODES: [&str; 2] = ["a", "b"];

/// What a server has learned and found.
async fn left(server: &Server) -> (Vec<ImageStatus>, Vec<Alert>) {
    let list = ListAlertsRequest { limit: 1000, ..Default::default() };
    let mut alerts = server.alerts().await.list(list).await.unwrap().into_inner().alerts;
    alerts.iter_mut().for_each(|alert| alert.changed_unix_ns = 0); // by the server's clock
    alerts.sort_by(|a, b| a.id.cmp(&b.id));
    (server.images().await, alerts)
}

fn hello_of(node: &str, id: u8) -> Hello {
    Hello { node: node.to_owned(), ..hello(id) }
}

/// Connects as a node; the highest number that is durable. `None` if the server goes meanwhile.
async fn connect(server: &Server, node: &str, id: u8) -> Option<(Collector, u64)> {
    let mut collector = Collector::try_open(server).await?;
    collector.try_say(Kind::Hello(hello_of(node, id))).await?;
    match collector.try_answer().await? {
        ingest_response::Kind::Welcome(welcome) => Some((collector, welcome.durable_seq)),
        other => panic!("no welcome but {other:?}"),
    }
}

/// Sends what is not durable, in windows of a few batches, until all is or the server goes.
async fn send(server: &Server, node: &str, id: u8) -> Option<()> {
    let (mut collector, mut durable) = connect(server, node, id).await?;
    let mut sent = durable;
    while durable < MINUTES {
        while sent < MINUTES && sent < durable + 4 {
            sent += 1;
            collector.try_send(sent, own_batch(node, sent - 1)).await?;
        }
        match collector.try_answer().await? {
            ingest_response::Kind::Ack(ack) => durable = ack.seq,
            other => panic!("{other:?}"),
        }
    }
    Some(())
}

/// All collectors send until everything is durable, or until the server goes.
async fn send_all(server: &Server) -> bool {
    let ((), ()) = match tokio::join!(send(server, NODES[0], 1), send(server, NODES[1], 2)) {
        (Some(a), Some(b)) => (a, b),
        _ => return false,
    };
    true
}

async fn undisturbed(data: &Path) -> (Vec<ImageStatus>, Vec<Alert>) {
    let server = Server::start(data);
    assert!(send_all(&server).await);
    left(&server).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_at_any_moment_learns_and_finds_what_it_would_have_without() {
    let folder = tempfile::tempdir().unwrap();
    let expected = undisturbed(&folder.path().join("undisturbed")).await;
    assert!(expected.0.len() == 2 * REPOSITORIES.len() && expected.1.len() > 100);

    let data = folder.path().join("killed");
    let moments = RandomState::new();
    let mut cut = 0;
    for kill in 0..KILLS {
        let server = Server::start(&data);
        // Some while streams are opened, most while batches and checkpoints are on their way.
        let after = Duration::from_micros(moments.hash_one(kill) % 12_000);
        let killed = tokio::time::timeout(after, send_all(&server)).await;
        cut += usize::from(killed.is_err());
        server.kill();
    }
    assert!(cut > KILLS / 2, "everything was durable after {} kills", KILLS - cut);
    let server = Server::start(&data);
    assert!(send_all(&server).await);
    let (images, alerts) = left(&server).await;
    assert_eq!(images.len(), expected.0.len());
    images.iter().zip(&expected.0).for_each(|(found, expected)| assert_eq!(found, expected));
    assert_eq!(alerts.len(), expected.1.len());
    alerts.iter().zip(&expected.1).for_each(|(found, expected)| assert_eq!(found, expected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_collectors_at_once_are_all_heard() {
    const CROWD: u64 = 500;
    let folder = tempfile::tempdir().unwrap();
    let server = std::sync::Arc::new(Server::start(&folder.path().join("data")));
    let mut crowd = JoinSet::new();
    for number in 0..CROWD {
        let server = std::sync::Arc::clone(&server);
        crowd.spawn(async move {
            let mut session = [0; 16];
            session[..8].copy_from_slice(&number.to_be_bytes());
            let node = format!("node-{number}");
            let mut collector = Collector::open(&server).await;
            let hello = Hello { session: session.into(), ..hello_of(&node, 0) };
            collector.say(Kind::Hello(hello)).await;
            collector.answer().await.unwrap();
            for seq in 1..=2 {
                collector.send(seq, batch(&node, seq - 1)).await;
            }
            assert!(collector.acknowledged(2).await.is_empty());
            collector
        });
    }
    let collectors = crowd.join_all().await; // which keeps all streams open
    assert_eq!(server.metric("plumbline_server_streams_open"), CROWD);
    let exposures: Vec<u64> = server.images().await.iter().map(|image| image.exposures).collect();
    assert_eq!(exposures, [2 * CROWD; REPOSITORIES.len()]);
    drop(collectors);
}
