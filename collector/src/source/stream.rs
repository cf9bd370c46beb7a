//! Tetragon's gRPC stream of events, connected again with growing pauses. What happened between the end of one
//! stream and the beginning of the next nobody tells: each end is a loss. Certificates are not spoken here;
//! Tetragon listens on a unix socket, or on loopback.

use super::{Reading, tetragon::v1};
use crate::stream::chain;
use plumbline_proto::v1::LossReason;
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tonic::{
    Status, Streaming,
    transport::{Channel, Endpoint},
};
use v1::fine_guidance_sensors_client::FineGuidanceSensorsClient;

/// What somebody can do about a stream that does not come.
pub(super) const WAY_OUT: &str = "check that it runs and that --source names its --server-address";
/// First and longest pause between attempts.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// Runs until nobody takes the events.
pub(super) async fn run(address: String, feed: Sender<Reading>) {
    let mut pause = PAUSES.0;
    loop {
        let (heard, why) = listen(&address, &feed).await;
        if feed.is_closed() {
            return;
        }
        if heard {
            pause = PAUSES.0;
            if feed.send(Reading::Lost(LossReason::SourceLost)).await.is_err() {
                return;
            }
        }
        tracing::warn!(
            source = address,
            code = ?why.code(),
            message = why.message(),
            retry_in = ?pause,
            "no events from Tetragon; {WAY_OUT}"
        );
        tokio::select! {
            () = feed.closed() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (2 * pause).min(PAUSES.1);
    }
}

/// A connection. Whether events come is another matter: Tetragon says nothing before there is one.
pub(super) async fn connect(address: &str) -> Result<Channel, Status> {
    let endpoint = Endpoint::from_shared(address.to_owned());
    let endpoint = endpoint.map_err(|error| Status::invalid_argument(error.to_string()))?;
    let channel = endpoint.connect_timeout(PAUSES.1).connect().await;
    channel.map_err(|error| Status::unavailable(chain(&error)))
}

async fn events(address: &str) -> Result<Streaming<v1::GetEventsResponse>, Status> {
    let mut client = FineGuidanceSensorsClient::new(connect(address).await?);
    Ok(client.get_events(v1::GetEventsRequest {}).await?.into_inner())
}

/// Hands on one stream. Gives whether there was one, and why it ended.
async fn listen(address: &str, feed: &Sender<Reading>) -> (bool, Status) {
    let mut events = match events(address).await {
        Ok(events) => events,
        Err(why) => return (false, why),
    };
    tracing::info!(source = address, "connected");
    loop {
        let event = tokio::select! {
            () = feed.closed() => return (true, Status::cancelled("not needed any more")),
            event = events.message() => event,
        };
        match event {
            Ok(Some(event)) => {
                if feed.send(Reading::Event(Box::new(event))).await.is_err() {
                    return (true, Status::cancelled("not needed any more"));
                }
            }
            Ok(None) => return (true, Status::unavailable("Tetragon ended the stream")),
            Err(why) => return (true, why),
        }
    }
}

#[cfg(test)]
mod tests;
