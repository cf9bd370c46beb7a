//! Images that run nowhere any more: the server lists them as archived, also after a restart, until they come back.

use super::{
    fixture::batch,
    harness::{Collector, Server},
};
use plumbline_proto::v1::{BaselineState, Batch, Container, GetStatusRequest, Image, Windows};
use prost::Message;

const DAY_NS: u64 = 86_400_000_000_000;

/// A window of an image of another lineage, so many days after the fleet.
fn later(days: u64) -> bytes::Bytes {
    let fleet = Batch::decode(batch("a", 0)).unwrap();
    let base_unix_ns = fleet.base_unix_ns + days * DAY_NS;
    let (container, window) = (vec![0], vec![base_unix_ns / fleet.window_ns]);
    let batch = Batch {
        base_unix_ns,
        version: fleet.version,
        window_ns: fleet.window_ns,
        node: fleet.node,
        strings: ["", "sha256:late", "late", "c"].map(Into::into).to_vec(),
        images: vec![Image { digest: 1, repository: 2, ..Default::default() }],
        containers: vec![Container { id: 3, started_unix_ns: base_unix_ns, ..Default::default() }],
        windows: Some(Windows { container, window, lossy: vec![0] }),
        ..Default::default()
    };
    batch.encode_to_vec().into()
}

async fn states(server: &Server) -> Vec<(String, BaselineState)> {
    let images = server.images().await.into_iter();
    images.map(|image| (image.repository.clone(), image.state())).collect()
}

#[tokio::test]
async fn what_runs_nowhere_for_long_is_archived_in_every_shard_until_it_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    let (mut collector, _) = Collector::greet(&server, 1).await;
    collector.send(1, batch("a", 0)).await;
    for (seq, days) in (2..).zip([1, 50, 89, 95, 97]) {
        collector.send(seq, later(days)).await;
    }
    collector.acknowledged(6).await;
    let now = states(&server).await;
    let expected = |repository: &str| {
        if repository == "late" { BaselineState::Learning } else { BaselineState::Archived }
    };
    assert!(now.len() == 7 && now.iter().all(|(name, state)| *state == expected(name)), "{now:?}");
    let status = server.fleet().await.get_status(GetStatusRequest {}).await.unwrap().into_inner();
    assert_eq!((status.images, status.images_learning, status.images_archived), (7, 1, 6));
    assert_eq!(server.metric("plumbline_server_images{state=\"archived\"}"), 6);
    assert_eq!(server.metric("plumbline_server_images{state=\"learning\"}"), 1);

    server.kill();
    let server = Server::start(&data);
    let restored = states(&server).await;
    assert_eq!(restored, now);
    let (mut collector, _) = Collector::greet(&server, 1).await;
    collector.send(7, batch("a", 1)).await;
    collector.acknowledged(7).await;
    let awake = states(&server).await;
    assert!(awake.iter().all(|(_, state)| *state == BaselineState::Learning), "{awake:?}");
}
