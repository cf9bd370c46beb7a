//! The API as JSON over HTTP: that it tells what gRPC tells, to whom gRPC would tell it, within the same bounds.

use std::{
    collections::BTreeMap,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};

use plumbline_proto::v1::{
    ChangeBaselineRequest, CountAlertsRequest, CountBy, DiffBaselinesRequest, ExplainAlertRequest,
    FeedbackRequest, GetAlertRequest, GetBaselineRequest, GetIntentRequest, GetStatusRequest,
    ListAlertsRequest, ListAuditRequest, ListBaselinesRequest, ListConsumersRequest, ListContainersRequest,
    ListDecisionsRequest, ListNodesRequest, ListPoliciesRequest, WatchRequest,
    audit_service_client::AuditServiceClient, baseline_service_client::BaselineServiceClient,
    enforcement_service_client::EnforcementServiceClient, node_service_client::NodeServiceClient,
};
use serde::Serialize;
use serde_json::{Value, json, to_value};
use tokio::net::TcpSocket;
use tonic::{Code, Response, Status};

use crate::{
    enforcement::keyed,
    fixture::{MINUTES, batch},
    harness::{Collector, LIMIT, Server, wait_for},
    secure::{Bearer, Pki, status},
    security::{ROLES, allowed},
    subscribe::aged,
    web::{Answer, ask, get, get_over_tls},
};

#[path = "../../src/api/table.rs"]
mod table;

use table::ROUTES;

/// Methods that are told as events, which tests of their own are about.
const STREAMS: [&str; 3] = ["AlertService/Watch", "AlertService/Evidence", "IntentService/Export"];

async fn fed(folder: &Path) -> Server {
    let server = Server::start_with(folder, &keyed(folder.parent().unwrap()).flags());
    let (mut collector, _) = Collector::greet(&server, 1).await;
    for minute in 0..MINUTES {
        collector.send(minute + 1, batch("node", minute)).await;
    }
    collector.acknowledged(MINUTES).await;
    server
}

fn json_of<T: Serialize>(answer: Result<Response<T>, Status>) -> Value {
    to_value(answer.unwrap().into_inner()).unwrap()
}

/// Reason of a refusal, after a look at its form.
fn refused(answer: Answer, http: u16, code: Code) -> (String, String) {
    assert_eq!(answer.code, http, "{:?}", answer.head);
    let body = answer.json();
    assert_eq!(body["code"], i32::from(code), "{body}");
    let info = &body["details"][0];
    assert_eq!(info["@type"], "type.googleapis.com/google.rpc.ErrorInfo", "{body}");
    assert_eq!(info["domain"], "plumbline", "{body}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&info["reason"]), text(&body["message"]))
}

#[tokio::test]
async fn every_route_tells_in_json_what_its_method_tells() {
    let folder = tempfile::tempdir().unwrap();
    let server = fed(&folder.path().join("data")).await;
    let (mut alerts, mut fleet) = (server.alerts().await, server.fleet().await);
    let mut decisions = server.intent().await;
    let mut nodes = NodeServiceClient::new(server.channel().await);
    let mut audit = AuditServiceClient::new(server.channel().await);
    let mut baselines = BaselineServiceClient::new(server.channel().await);
    let (image, author) = ("db".to_owned(), "alice".to_owned());
    baselines.lock(ChangeBaselineRequest { image, author, ..Default::default() }).await.unwrap();
    let request = ListAlertsRequest { limit: 1, ..Default::default() };
    let listed = alerts.list(request.clone()).await.unwrap().into_inner();
    let id = listed.alerts[0].id.clone();
    let (web, cart) = ("shop/web".to_owned(), "shop/cart".to_owned());

    let mut told = BTreeMap::new();
    told.insert("/api/v1/status", json_of(fleet.get_status(GetStatusRequest {}).await));
    told.insert("/api/v1/alerts?limit=1", to_value(&listed).unwrap());
    let count = CountAlertsRequest { filter: None, group_by: CountBy::Verdict.into() };
    told.insert("/api/v1/alerts/count?group_by=COUNT_BY_VERDICT", json_of(alerts.count(count).await));
    let (one, explained) = (format!("/api/v1/alerts/{id}"), format!("/api/v1/alerts/{id}/explanation"));
    told.insert(&one, json_of(alerts.get(GetAlertRequest { id: id.clone() }).await));
    told.insert(&explained, json_of(alerts.explain(ExplainAlertRequest { id }).await));
    told.insert("/api/v1/consumers", json_of(alerts.list_consumers(ListConsumersRequest {}).await));
    told.insert("/api/v1/decisions", json_of(decisions.list(ListDecisionsRequest::default()).await));
    told.insert("/api/v1/feedback", json_of(decisions.feedback(FeedbackRequest::default()).await));
    told.insert("/api/v1/images", json_of(baselines.list(ListBaselinesRequest::default()).await));
    let one = GetBaselineRequest { image: web.clone(), limit: 3, ..Default::default() };
    told.insert("/api/v1/images/shop%2Fweb?limit=3", json_of(baselines.get(one).await));
    let intent = GetIntentRequest { image: web.clone(), limit: 3, ..Default::default() };
    told.insert("/api/v1/images/shop%2Fweb/intent?limit=3", json_of(decisions.get(intent).await));
    let diff = DiffBaselinesRequest { a: web, b: cart, ..Default::default() };
    told.insert("/api/v1/images/diff?a=shop/web&b=shop%2Fcart", json_of(baselines.diff(diff).await));
    told.insert("/api/v1/nodes", json_of(nodes.list(ListNodesRequest {}).await));
    let containers = ListContainersRequest { limit: 2, ..Default::default() };
    told.insert("/api/v1/containers?limit=2", json_of(nodes.list_containers(containers).await));
    let mut policies = EnforcementServiceClient::new(server.channel().await);
    told.insert("/api/v1/policies", json_of(policies.list(ListPoliciesRequest {}).await));
    told.insert(
        "/api/v1/audit?limit=7",
        json_of(audit.list(ListAuditRequest { limit: 7, after_cursor: 0 }).await),
    );
    // Tokens are asked for in tests/server/tokens.rs: nobody has one here.
    assert_eq!(told.len() + STREAMS.len() + 1, ROUTES.len(), "every route but a stream is compared");
    for (path, mut expected) in told {
        let answer = get(&server, path, &[]);
        assert_eq!(answer.code, 200, "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert!(answer.header("access-control-allow-origin").is_none(), "{path}");
        let mut answer = answer.json();
        // Nodes tell how long ago something was.
        for node in [&mut expected, &mut answer].into_iter().filter_map(|list| list["nodes"].get_mut(0)) {
            node.as_object_mut().unwrap().retain(|field, _| !field.ends_with("_ns"));
        }
        assert_eq!(answer, expected, "{path}");
    }
}

#[tokio::test]
async fn every_route_is_for_the_roles_of_its_method_and_for_nobody_without_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let more = |role| if role == "collector" { &["--any-node"][..] } else { &[] };
    let tokens = ROLES.map(|role| format!("Authorization: Bearer {}", pki.token(role, role, more(role))));
    let server = pki.start(&folder.path().join("data"));
    ROLES.iter().for_each(|role| drop(pki.issue(role, "somebody")));
    for (path, method) in ROUTES {
        let path = path.replace("{id}", "0").replace("{image}", "0");
        let nobody = get_over_tls(&pki, &server, &path, &[], None);
        assert_eq!(nobody.header("www-authenticate"), Some("bearer"), "{path}");
        assert_eq!(refused(nobody, 401, Code::Unauthenticated).0, "WHO_ASKS", "{path}");
        for (role, token) in ROLES.iter().zip(&tokens) {
            let certificate = format!("{role}-somebody");
            for answer in [
                get_over_tls(&pki, &server, &path, &[token], None),
                get_over_tls(&pki, &server, &path, &[], Some(&certificate)),
            ] {
                if allowed(method).contains(role) {
                    assert!([200, 400, 404].contains(&answer.code), "{role} {path}: {:?}", answer.head);
                } else {
                    assert_eq!(
                        refused(answer, 403, Code::PermissionDenied).0,
                        "NOT_ALLOWED",
                        "{role} {path}"
                    );
                }
            }
        }
    }
    // A token counts before a certificate, two tokens are none, and what scrapers and probes ask is for everybody.
    let admin = Some("admin-somebody");
    let audit = "/api/v1/audit";
    assert_eq!(get_over_tls(&pki, &server, audit, &[], admin).code, 200);
    assert_eq!(get_over_tls(&pki, &server, audit, &[&tokens[1]], admin).code, 403);
    assert_eq!(get_over_tls(&pki, &server, audit, &[&tokens[3], &tokens[3]], None).code, 401);
    for open in ["/metrics", "/healthz", "/readyz"] {
        assert_eq!(get_over_tls(&pki, &server, open, &[], None).code, 200);
    }
    let refused = "plumbline_server_access_refused_total{reason=\"missing\"}";
    assert_eq!(pki.metric(&server, refused), ROUTES.len() as u64);
}

#[tokio::test]
async fn who_guesses_over_http_is_locked_out_of_grpc_too() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let fresh = pki.token("fresh", "viewer", &[]);
    let server = pki.start(&folder.path().join("data"));
    let tried = |token: &str| {
        get_over_tls(&pki, &server, "/api/v1/status", &[&format!("Authorization: Bearer {token}")], None)
    };
    for guess in 0..10 {
        assert_eq!(refused(tried(&guess.to_string()), 401, Code::Unauthenticated).0, "WHO_ASKS");
    }
    assert_eq!(refused(tried(&fresh), 429, Code::ResourceExhausted).0, "LOCKED_OUT");
    let channel = pki.channel(&server, None).await;
    assert_eq!(status(&channel, &Bearer::new(&fresh)).await, Code::ResourceExhausted);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let server = fed(&folder.path().join("data")).await;
    let long = format!("/api/v1/alerts?filter.node={}", "a".repeat(20_000));
    for (path, http, code, reason, said) in [
        ("/api/v1/alerts?verdict=1", 400, Code::InvalidArgument, "FIELD", "verdict: "),
        ("/api/v1/alerts?limit=1001", 400, Code::InvalidArgument, "FIELD", "limit: "),
        ("/api/v1/alerts?limit=x", 400, Code::InvalidArgument, "FIELD", "limit: "),
        ("/api/v1/alerts?page_token=x", 400, Code::InvalidArgument, "FIELD", "page_token: "),
        (&long, 400, Code::InvalidArgument, "FIELD", "query: "),
        ("/api/v1/alerts/0?id=1", 400, Code::InvalidArgument, "FIELD", "id: "),
        ("/api/v1/alerts/%ff", 400, Code::InvalidArgument, "FIELD", "path: "),
        ("/api/v1/alerts/xyz", 404, Code::NotFound, "NOT_FOUND", ""),
        ("/api/v1/images/diff?a=no&b=db", 404, Code::NotFound, "NOT_FOUND", ""),
        ("/api/v1/alerts/watch?after_cursor=999999", 400, Code::OutOfRange, "CURSOR_AHEAD", "after_cursor: "),
        ("/api/v1/nothing", 404, Code::NotFound, "NO_PATH", ""),
        ("/api/", 404, Code::NotFound, "NO_PATH", ""),
    ] {
        let (given, message) = refused(get(&server, path, &[]), http, code);
        assert!(given == reason && message.starts_with(said), "{path}: {given} {message}");
    }
    let body = get(&server, "/api/v1/alerts?verdict=1", &[]).json();
    let violation = &body["details"][1]["field_violations"][0];
    assert_eq!(violation["field"], "verdict");
    assert!(violation["description"].as_str().unwrap().contains("filter.verdicts, "), "{body}");
    let broken = get(&server, "/api/v1/alerts/watch", &["Last-Event-ID: x"]);
    assert!(refused(broken, 400, Code::InvalidArgument).1.starts_with("Last-Event-ID: "));
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let answer = ask(TcpStream::connect(&server.http).unwrap(), method, "/api/v1/alerts", &[]);
        assert!(answer.header("allow").unwrap().starts_with("get"), "{:?}", answer.head);
        assert_eq!(refused(answer, 405, Code::Unimplemented).0, "READ_ONLY", "{method}");
    }
    assert_eq!(get(&server, "/nothing", &[]).code, 404);
}

#[tokio::test]
async fn no_page_may_lead_its_name_to_a_server_that_asks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    for (host, code) in [
        ("localhost", 200),
        ("127.0.0.1:7480", 200),
        ("[::1]:7480", 200),
        ("evil.example:7480", 403),
        ("", 403),
    ] {
        let answer = get(&server, "/api/v1/status", &[&format!("Host: {host}")]);
        assert_eq!(answer.code, code, "{host}");
        if code == 403 {
            assert_eq!(refused(answer, 403, Code::PermissionDenied).0, "HOST");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_watch_is_told_as_events_and_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = fed(&data).await;
    let mut grpc = server.alerts().await.watch(WatchRequest::default()).await.unwrap().into_inner();
    let path = "/api/v1/alerts/watch";
    let mut answer = get(&server, path, &[]);
    assert_eq!((answer.code, answer.header("content-type")), (200, Some("text/event-stream")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let mut ids = Vec::new();
    loop {
        let event = answer.event().unwrap();
        let told = to_value(grpc.message().await.unwrap().unwrap()).unwrap();
        assert_eq!(json!({ (event.name.clone()): event.data }), told);
        let cursor = event.data["cursor"].as_str().unwrap().to_owned();
        assert_eq!(event.id.as_ref(), Some(&cursor));
        ids.push(cursor);
        if event.name == "progress" {
            break;
        }
        assert_eq!(event.name, "change");
    }
    assert!(ids.len() > 3, "{ids:?}");
    drop(answer);
    // What a client has seen counts before what its address says.
    let seen = format!("Last-Event-ID: {}", ids[0]);
    for query in ["", "?only_new=true", "?after_cursor=2"] {
        let again = get(&server, &format!("{path}{query}"), &[&seen]).event().unwrap();
        assert_eq!((again.name.as_str(), again.id.as_ref()), ("change", Some(&ids[1])), "{query}");
    }
    let filtered = get(&server, &format!("{path}?filter.node=void"), &[]).event().unwrap();
    assert_eq!((filtered.name.as_str(), filtered.id.as_ref()), ("progress", ids.last()));

    let mut watch = get(&server, &format!("{path}?only_new=true"), &[]);
    watch.named("progress");
    server.terminate();
    let end = watch.named("end");
    assert_eq!((end.id, end.data["code"].as_i64()), (None, Some(14)), "{}", end.data);
    assert!(watch.event().is_none());
}

#[tokio::test]
async fn what_retention_took_is_an_event_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _) = aged(&folder.path().join("data")).await;
    let first = get(&server, "/api/v1/alerts/watch", &["Last-Event-ID: 1"]).event().unwrap();
    assert_eq!((first.name.as_str(), &first.data["from"]), ("gap", &json!("2")));
    assert_eq!(first.id.as_deref(), first.data["to"].as_str());
}

#[tokio::test]
async fn a_watch_ends_with_its_token() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let token = format!("Authorization: Bearer {}", pki.token("siem", "viewer", &[]));
    let server = pki.start(&folder.path().join("data"));
    let mut watch = get_over_tls(&pki, &server, "/api/v1/alerts/watch", &[&token], None);
    watch.named("progress");
    pki.remove_token("siem");
    assert_eq!(watch.named("end").data["code"], 16);
}

#[tokio::test]
async fn watches_over_http_and_grpc_share_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let path = "/api/v1/alerts/watch";
    let grpc = server.alerts().await.watch(WatchRequest::default()).await.unwrap();
    let mut open: Vec<_> = (1..256).map(|_| get(&server, path, &[])).collect();
    assert!(open.iter().all(|answer| answer.code == 200));
    let full = get(&server, path, &[]);
    assert_eq!(full.header("retry-after"), Some("30"));
    assert_eq!(refused(full, 429, Code::ResourceExhausted).0, "FULL");
    let watch = server.alerts().await.watch(WatchRequest::default()).await;
    assert_eq!(watch.unwrap_err().code(), Code::ResourceExhausted);
    open.pop();
    wait_for("a place", || (get(&server, path, &[]).code == 200).then_some(()));
    drop(grpc);
}

#[tokio::test]
async fn who_asks_and_never_reads_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(server.http.parse().unwrap()).await.unwrap();
    let mut stream = stream.into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let request = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100);
    let begun = Instant::now();
    let error = loop {
        match stream.write(&request) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => break error,
        }
        assert!(begun.elapsed() < 3 * LIMIT, "it is still there");
    };
    assert!([ErrorKind::ConnectionReset, ErrorKind::BrokenPipe].contains(&error.kind()), "{error}");
    assert_eq!(get(&server, "/healthz", &[]).code, 200);
    drop(stream.read(&mut [0]));
}
