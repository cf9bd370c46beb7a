//! The stream against a server that speaks the same protocol: the real one can't run in a test.

use super::*;
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::mpsc;
use tokio_stream::{
    Stream,
    wrappers::{TcpListenerStream, UnixListenerStream},
};
use tonic::{Request, Response};
use v1::fine_guidance_sensors_server::{FineGuidanceSensors, FineGuidanceSensorsServer};

/// Gives one event to each caller, and hangs up.
#[derive(Default)]
struct Peer(Arc<AtomicUsize>);

#[tonic::async_trait]
impl FineGuidanceSensors for Peer {
    type GetEventsStream = Pin<Box<dyn Stream<Item = Result<v1::GetEventsResponse, Status>> + Send>>;

    async fn get_events(
        &self,
        _: Request<v1::GetEventsRequest>,
    ) -> Result<Response<Self::GetEventsStream>, Status> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) as u64;
        let info = v1::RateLimitInfo { number_of_dropped_process_events: number + 1 };
        let event = v1::get_events_response::Event::RateLimitInfo(info);
        let event = v1::GetEventsResponse { event: Some(event), time: None };
        Ok(Response::new(Box::pin(tokio_stream::iter([Ok(event)]))))
    }
}

#[tokio::test]
async fn events_come_and_each_end_of_the_stream_is_a_loss() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(peer().serve_with_incoming(TcpListenerStream::new(listener)));
    are_heard(address).await;
}

/// As Tetragon listens unless it is told otherwise.
#[tokio::test]
async fn a_unix_socket_is_heard_as_an_address_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tetragon.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    tokio::spawn(peer().serve_with_incoming(UnixListenerStream::new(listener)));
    are_heard(format!("unix://{}", path.display())).await;
}

fn peer() -> tonic::transport::server::Router {
    tonic::transport::Server::builder().add_service(FineGuidanceSensorsServer::new(Peer::default()))
}

async fn are_heard(address: String) {
    let (feed, mut readings) = mpsc::channel(4);
    let running = tokio::spawn(run(address, feed));
    for number in 1..=2 {
        match readings.recv().await.unwrap() {
            Reading::Event(event) => match super::super::tetragon::event(*event) {
                super::super::Sense::Lost { events, .. } => assert_eq!(events, number),
                other => panic!("{other:?}"),
            },
            _ => panic!("an event comes first"),
        }
        assert!(matches!(readings.recv().await.unwrap(), Reading::Lost(LossReason::SourceLost)));
    }
    drop(readings);
    running.await.unwrap();
}
