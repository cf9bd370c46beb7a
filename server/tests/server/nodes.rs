//! Nodes that fall silent, and collectors that take more than is theirs.

use bytes::Bytes;
use plumbline_proto::v1::{
    Aspect, Batch, Coverage, ForgetNodeRequest, ListContainersRequest, ListNodesRequest, Node, NodeState,
    Source, ingest_request::Kind, node_service_client::NodeServiceClient,
};
use prost::Message;
use tonic::Code;

use crate::{
    fixture::batch,
    harness::{Collector, LIMIT, Server, hello, wait_for},
};

async fn nodes(server: &Server) -> Vec<Node> {
    let mut client = NodeServiceClient::new(server.channel().await);
    client.list(ListNodesRequest {}).await.unwrap().into_inner().nodes
}

async fn until_silent(server: &Server) -> Node {
    let limit = tokio::time::Instant::now() + LIMIT;
    loop {
        let node = nodes(server).await.remove(0);
        if node.state() == NodeState::Silent {
            return node;
        }
        assert!(tokio::time::Instant::now() < limit, "not silent: {node:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_node_that_falls_silent_is_told_also_after_a_restart_until_it_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let (data, flags) = (folder.path().join("data"), ["--silent-after", "1s"]);
    let server = Server::start_with(&data, &flags);
    let (collector, _) = Collector::greet(&server, 1).await;
    collector.send(1, batch("node", 0)).await;
    let metric = |server: &Server, state: &str| {
        server.get("/metrics").contains(&format!("plumbline_server_nodes{{state=\"{state}\"}} 1\n"))
    };
    wait_for("the node in the metrics", || metric(&server, "connected").then_some(()));
    let limit = tokio::time::Instant::now() + LIMIT;
    while nodes(&server).await[0].events == 0 {
        assert!(tokio::time::Instant::now() < limit);
    }
    let node = nodes(&server).await.remove(0);
    assert_eq!((node.name.as_str(), node.state(), node.events), ("node", NodeState::Connected, 12));
    assert!(node.behind_ns > 0, "the fleet of the fixture is old");
    let mut client = NodeServiceClient::new(server.channel().await);
    let forget = |name: &str| ForgetNodeRequest { name: name.to_owned() };
    assert_eq!(client.forget(forget("node")).await.unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(client.forget(forget("other")).await.unwrap_err().code(), Code::NotFound);

    drop(collector);
    let first = until_silent(&server).await;
    wait_for("silence in the metrics", || metric(&server, "silent").then_some(()));
    server.kill();
    let server = Server::start_with(&data, &flags);
    let again = until_silent(&server).await;
    assert_eq!(again.first_heard_unix_ns, first.first_heard_unix_ns);

    let mut client = NodeServiceClient::new(server.channel().await);
    assert_eq!(client.forget(forget("node")).await.unwrap().into_inner().name, "node");
    server.kill();
    assert!(nodes(&Server::start_with(&data, &flags)).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn containers_are_listed_page_by_page_with_how_far_they_are_watched_and_none_is_once_its_node_is_silent()
 {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(&folder.path().join("data"), &["--silent-after", "2s"]);
    let mut partial = Batch::decode(batch("b", 0)).unwrap();
    partial.containers[0].start_missed = true;
    let untold = vec![Aspect::Dns.into()];
    partial.source = Some(Source { name: "tetragon".to_owned(), untold });
    let mut collectors = Vec::new();
    for (id, node, batch) in [(1, "a", batch("a", 0)), (2, "b", partial.encode_to_vec().into())] {
        let hello = plumbline_proto::v1::Hello { node: node.to_owned(), ..hello(id) };
        let (mut collector, _) = Collector::open(&server).await.welcomed(hello).await;
        collector.send(1, batch).await;
        collector.acknowledged(1).await;
        collectors.push(collector);
    }
    let mut client = NodeServiceClient::new(server.channel().await);
    let mut request = ListContainersRequest { limit: 5, ..Default::default() };
    let (mut all, mut pages) = (Vec::new(), 0);
    loop {
        let page = client.list_containers(request.clone()).await.unwrap().into_inner();
        all.extend(page.containers);
        pages += 1;
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let keys: Vec<_> = all.iter().map(|container| (container.node.clone(), container.id.clone())).collect();
    assert!(keys.is_sorted() && keys.len() == 12 && pages == 3, "{keys:?}");
    for container in &all {
        let full = container.node == "a";
        assert_eq!(container.coverage() == Coverage::Full, full, "{container:?}");
        assert_eq!(container.untold.is_empty(), full);
        assert_eq!((container.windows, container.windows_lossy), (1, 0));
    }
    assert_eq!(all.iter().filter(|container| container.start_missed).count(), 1);
    wait_for("the metric", || {
        (server.metric("plumbline_server_containers{coverage=\"partial\"}") == 6).then_some(())
    });
    let of_image = ListContainersRequest { image: "db".to_owned(), ..Default::default() };
    assert_eq!(client.list_containers(of_image).await.unwrap().into_inner().containers.len(), 2);
    let wrong = ListContainersRequest { limit: 1001, ..Default::default() };
    assert_eq!(client.list_containers(wrong).await.unwrap_err().code(), Code::InvalidArgument);
    let wrong = ListContainersRequest { page_token: "x".to_owned(), ..Default::default() };
    assert_eq!(client.list_containers(wrong).await.unwrap_err().code(), Code::InvalidArgument);

    drop(collectors.remove(0));
    let uncovered = ListContainersRequest {
        node: "a".to_owned(),
        coverages: vec![Coverage::None.into()],
        ..Default::default()
    };
    let limit = tokio::time::Instant::now() + LIMIT;
    while client.list_containers(uncovered.clone()).await.unwrap().into_inner().containers.len() < 6 {
        assert!(tokio::time::Instant::now() < limit);
    }
}

#[tokio::test]
async fn a_node_has_so_many_streams_and_its_sessions_are_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(&folder.path().join("data"), &["--node-streams", "1"]);
    let (_held, _) = Collector::greet(&server, 1).await;
    let mut second = Collector::open(&server).await;
    second.say(Kind::Hello(hello(2))).await;
    let end = second.end().await;
    assert_eq!(end.code(), Code::ResourceExhausted);
    assert!(end.message().contains("\"node\" has 1 streams"), "{end:?}");

    let mut other = Collector::open(&server).await;
    let stolen = plumbline_proto::v1::Hello { node: "elsewhere".to_owned(), ..hello(1) };
    other.say(Kind::Hello(stolen)).await;
    let end = other.end().await;
    assert_eq!(end.code(), Code::PermissionDenied);
    assert!(end.message().contains("hello.node"), "{end:?}");
}

#[tokio::test]
async fn a_collector_that_speaks_of_ever_new_containers_is_refused_them_alone() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(&folder.path().join("data"), &["--node-containers", "6"]);
    let (mut collector, _) = Collector::greet(&server, 1).await;
    for (seq, minute) in [(1, 0), (2, 3), (3, 1)] {
        collector.send(seq, batch("node", minute)).await;
    }
    assert_eq!(collector.acknowledged(3).await, [(2, "containers".to_owned())]);
    assert_eq!(server.metric("plumbline_server_batches_rejected_total{reason=\"bound\"}"), 1);
    assert_eq!(nodes(&server).await[0].batches_rejected, 1);
}

/// As large as a frame may be, and no batch.
fn garbage() -> Bytes {
    vec![0xff; 4 << 20].into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_floods_with_garbage_and_reads_nothing_does_not_keep_others_from_being_heard() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let (flooding, _) = Collector::greet(&server, 1).await;
    let flood = tokio::spawn(async move {
        for seq in 1.. {
            flooding.send(seq, garbage()).await;
        }
    });
    wait_for("the flood", || {
        (server.metric("plumbline_server_batches_rejected_total{reason=\"malformed\"}") > 4).then_some(())
    });
    let mut collector = Collector::open(&server).await;
    let hello = plumbline_proto::v1::Hello { node: "honest".to_owned(), ..hello(2) };
    collector.say(Kind::Hello(hello)).await;
    collector.answer().await.unwrap();
    for seq in 1..=20 {
        collector.send(seq, batch("honest", seq)).await;
        collector.acknowledged(seq).await;
    }
    assert!(!flood.is_finished());
    flood.abort();
}
