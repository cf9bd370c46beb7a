//! The list and watch protocol against a small HTTP server that speaks it: there is no API server to be had where
//! these tests run, so what a real one does beside this (paging, authentication, TLS) is not shown here.

use super::*;
use crate::container::{ContainerInfo, facts};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::mpsc;

#[derive(Default)]
struct Told {
    pods: Vec<Value>,
    forbids: bool,
    lists: usize,
    queries: Vec<String>,
    /// The open watches, oldest first.
    watches: Vec<mpsc::Sender<Result<Bytes, std::io::Error>>>,
}

type Server = Arc<Mutex<Told>>;

async fn answer(State(server): State<Server>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let mut told = server.lock().unwrap();
    told.queries.push(query.clone());
    if told.forbids {
        let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": "pods is forbidden", "reason": "Forbidden", "code": 403});
        return (StatusCode::FORBIDDEN, status.to_string()).into_response();
    }
    if query.contains("watch=true") {
        let (sender, lines) = mpsc::channel(16);
        told.watches.push(sender);
        return Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(lines)).into_response();
    }
    told.lists += 1;
    let list = json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "7"},
        "items": told.pods});
    list.to_string().into_response()
}

/// A server, and the pods as the watch of it has them.
async fn watched(server: &Server) -> Pods {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/api/v1/pods", axum::routing::get(answer)).with_state(server.clone());
    tokio::spawn(axum::serve(listener, router).into_future());
    let client = Client::try_from(Config::new(format!("http://{address}").parse().unwrap())).unwrap();
    let pods = Pods::default();
    tokio::spawn(watch(client, "node-1".into(), pods.clone()));
    pods
}

async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let waited = async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waited).await.expect(what);
}

fn pod(uid: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web", "namespace": "shop", "uid": uid, "resourceVersion": "8"},
        "spec": {"containers": [{"name": "app", "livenessProbe": {"exec": {"command": ["ok", uid]}}}]}})
}

async fn send(server: &Server, kind: &str, object: Value) {
    let sender = server.lock().unwrap().watches.last().unwrap().clone();
    let line = format!("{}\n", json!({"type": kind, "object": object}));
    sender.send(Ok(line.into())).await.unwrap();
}

async fn probes(pods: &Pods, uid: &str) -> Vec<Vec<String>> {
    let pod =
        facts::Pod { uid: uid.into(), namespace: "shop".into(), name: "web".into(), ..facts::Pod::default() };
    let info = ContainerInfo { name: "app".into(), pod: Some(pod), ..ContainerInfo::default() };
    pods.complete(info).await.probes.into_iter().map(|probe| probe.command).collect()
}

fn watches(server: &Server) -> usize {
    server.lock().unwrap().watches.len()
}

#[tokio::test]
async fn pods_are_listed_then_watched_and_only_those_of_the_node() {
    let server = Server::default();
    server.lock().unwrap().pods = vec![pod("1")];
    let pods = watched(&server).await;
    assert_eq!(probes(&pods, "1").await, [["ok", "1"]]);
    until("a watch", || watches(&server) == 1).await;
    send(&server, "ADDED", pod("2")).await;
    assert_eq!(probes(&pods, "2").await, [["ok", "2"]]);
    send(&server, "DELETED", pod("1")).await;
    until("the end of a pod", || pods.counts().pods == 1).await;
    let queries = server.lock().unwrap().queries.clone();
    assert!(queries.iter().all(|query| query.contains("spec.nodeName%3Dnode-1")), "{queries:?}");
}

#[tokio::test]
async fn a_watch_that_is_too_old_is_a_list_again() {
    let server = Server::default();
    server.lock().unwrap().pods = vec![pod("1")];
    let pods = watched(&server).await;
    until("a watch", || watches(&server) == 1).await;
    server.lock().unwrap().pods = vec![pod("2")];
    let gone = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": "too old resource version", "reason": "Expired", "code": 410});
    send(&server, "ERROR", gone).await;
    until("another watch", || watches(&server) == 2).await;
    assert_eq!(server.lock().unwrap().lists, 2);
    assert_eq!(probes(&pods, "2").await, [["ok", "2"]]);
    assert_eq!((pods.counts().pods, pods.counts().failures), (1, 0));
}

#[tokio::test]
async fn a_server_that_forbids_keeps_nobody_waiting_and_is_asked_again() {
    let server = Server::default();
    server.lock().unwrap().forbids = true;
    let pods = watched(&server).await;
    until("a refusal", || pods.counts().failures > 0).await;
    let asked = std::time::Instant::now();
    assert!(probes(&pods, "1").await.is_empty());
    assert!(asked.elapsed() < Duration::from_secs(1), "it waited");
    server.lock().unwrap().forbids = false;
    server.lock().unwrap().pods = vec![pod("1")];
    until("a list", || pods.counts().pods == 1).await;
    assert_eq!(pods.late().await.probes.len(), 1, "the container is told after all");
}

#[tokio::test]
async fn a_connection_that_breaks_is_made_again_where_it_was() {
    let server = Server::default();
    let pods = watched(&server).await;
    until("a watch", || watches(&server) == 1).await;
    let broken = server.lock().unwrap().watches[0].clone();
    broken.send(Err(std::io::Error::other("broken"))).await.unwrap();
    until("another watch", || watches(&server) == 2).await;
    send(&server, "ADDED", pod("1")).await;
    until("the pod", || pods.counts().pods == 1).await;
    assert_eq!(server.lock().unwrap().lists, 1, "nothing is listed again");
}

fn declared(pod: Value) -> Declared {
    serde_json::from_value::<Pod>(pod).unwrap().declared()
}

#[test]
fn a_pod_declares_commands_of_containers_and_sidecars_in_the_order_of_their_kinds() {
    let declared = declared(json!({
        "metadata": {"name": "web", "namespace": "shop", "uid": "u", "annotations": {"a": "b"},
            "managedFields": [{"manager": "kubelet", "fieldsV1": {"f:spec": {}}}]},
        "spec": {"nodeName": "n", "volumes": [{"name": "v", "emptyDir": {}}], "containers": [
            {"name": "app", "image": "shop/web:1", "command": null, "env": [{"name": "A", "value": "b"}],
             "lifecycle": {"preStop": {"exec": {"command": ["drain"]}}, "postStart": {"exec": {"command": ["warm"]}}},
             "startupProbe": {"exec": {"command": ["up"]}, "periodSeconds": 0},
             "readinessProbe": {"exec": {"command": ["ready", "-q"]}, "periodSeconds": 3, "timeoutSeconds": 1},
             "livenessProbe": {"exec": {"command": ["alive"]}}},
            {"name": "net", "livenessProbe": {"httpGet": {"port": 80, "path": "/"}},
             "readinessProbe": {"tcpSocket": {"port": "web"}}, "startupProbe": {"grpc": {"port": 1}},
             "lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}],
        "initContainers": [
            {"name": "side", "restartPolicy": "Always", "livenessProbe": {"exec": {"command": ["side"]}}},
            {"name": "setup"}],
        "ephemeralContainers": [{"name": "debug"}]},
        "status": {"phase": "Running"}
    }));
    let of = |name: &str| {
        let probes = declared.containers[name].probes.iter();
        probes.map(|p| (p.kind, p.command.join(" "), p.period_ns / 1_000_000_000)).collect::<Vec<_>>()
    };
    let expected = [
        (ProbeKind::Liveness, "alive".to_owned(), 10),
        (ProbeKind::Readiness, "ready -q".into(), 3),
        (ProbeKind::Startup, "up".into(), 10),
        (ProbeKind::PostStart, "warm".into(), 0),
        (ProbeKind::PreStop, "drain".into(), 0),
    ];
    assert_eq!(of("app"), expected);
    assert_eq!(of("side"), [(ProbeKind::Liveness, "side".into(), 10)]);
    assert_eq!(declared.containers.len(), 2, "network probes are no commands");
}

#[test]
fn a_static_pod_has_the_uid_that_its_runtime_knows() {
    let uid = |mirror: &str| {
        let annotations = json!({"kubernetes.io/config.mirror": mirror});
        declared(json!({"metadata": {"name": "x", "uid": "api", "annotations": annotations}})).uid
    };
    assert_eq!(uid("0123456789abcdef"), "0123456789abcdef");
    assert_eq!(uid("f0c3-4a"), "api", "no pod can pass for another");
}

#[test]
fn commands_that_do_not_fit_are_left_out_whole_and_counted() {
    let many = vec!["a"; WORDS + 1];
    let long = "x".repeat(POD_BYTES);
    let probe = |words: Value| json!({"exec": {"command": words}});
    let declared = declared(json!({"metadata": {"uid": "u"}, "spec": {"containers": [
        {"name": "app", "livenessProbe": probe(json!(many)), "readinessProbe": probe(json!([long])),
         "startupProbe": probe(json!(["fits"])),
         "lifecycle": {"preStop": probe(json!([])), "postStart": probe(json!(null))}}]}}));
    let commands = &declared.containers["app"];
    assert_eq!((commands.cut, commands.probes.len()), (2, 1));
    assert_eq!(commands.probes[0].command, ["fits"]);
}
