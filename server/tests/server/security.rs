//! Who is let in, to what, and what becomes of those who lie, guess, or say nothing.

use std::{
    collections::BTreeMap,
    fs,
    io::{ErrorKind, Write},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use plumbline_proto::v1::{
    ChangeBaselineRequest, DecideRequest, Hello, ListAlertsRequest, ListAuditRequest, RevokeDecisionRequest,
    alert_service_client::AlertServiceClient, audit_service_client::AuditServiceClient,
    baseline_service_client::BaselineServiceClient, ingest_request::Kind,
    intent_service_client::IntentServiceClient,
};
use tokio::net::TcpSocket;
use tonic::{Code, Request, client::Grpc, transport::Channel};
use tonic_prost::ProstCodec;

use crate::{
    fixture::{MINUTES, batch},
    harness::{Collector, LIMIT, Server, hello, wait_for},
    secure::{Bearer, Pki, status},
};

pub(crate) const ROLES: [&str; 4] = ["collector", "viewer", "analyst", "admin"];

/// Who may call each method. A method that is not here fails the test: say who may, here and in `security/roles.rs`.
pub(crate) fn allowed(method: &str) -> &'static [&'static str] {
    match method {
        "IngestService/Stream" => &["collector"],
        "AlertService/Watch"
        | "AlertService/List"
        | "AlertService/Get"
        | "AlertService/Count"
        | "AlertService/Explain"
        | "AlertService/Evidence"
        | "AlertService/Subscribe"
        | "AlertService/ListConsumers" => &["viewer", "analyst", "admin"],
        "AlertService/DeleteConsumer" | "AlertService/Triage" => &["analyst", "admin"],
        "IntentService/Get" | "IntentService/List" | "IntentService/Feedback" | "IntentService/Export" => {
            &["viewer", "analyst", "admin"]
        }
        "IntentService/Approve" | "IntentService/Deny" | "IntentService/Revoke" | "IntentService/Apply" => {
            &["analyst", "admin"]
        }
        "FleetService/GetStatus" => &["viewer", "analyst", "admin"],
        "BaselineService/List" | "BaselineService/Get" | "BaselineService/Diff" => {
            &["viewer", "analyst", "admin"]
        }
        "BaselineService/Lock"
        | "BaselineService/Unlock"
        | "BaselineService/Reset"
        | "BaselineService/Archive" => &["analyst", "admin"],
        "NodeService/List" | "NodeService/ListContainers" => &["viewer", "analyst", "admin"],
        "NodeService/Forget" => &["analyst", "admin"],
        "EnforcementService/List" => &["viewer", "analyst", "admin"],
        "EnforcementService/Set" | "EnforcementService/Remove" | "EnforcementService/Arm" => &["admin"],
        "AuditService/List" => &["admin"],
        "TokenService/List" | "TokenService/Add" | "TokenService/Remove" => &["admin"],
        other => panic!("who may call {other}?"),
    }
}

/// Every method of every service in the .proto files, as SERVICE/METHOD.
fn methods() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/proto");
    let files = fs::read_dir(root.join("plumbline/v1")).unwrap().map(|entry| entry.unwrap().path());
    let compiled = protox::compile(files, [&root]).unwrap();
    let services =
        compiled.file.iter().filter(|file| file.package() == "plumbline.v1").flat_map(|file| &file.service);
    let methods = services.flat_map(|service| {
        service.method.iter().map(move |method| format!("{}/{}", service.name(), method.name()))
    });
    methods.collect()
}

/// How an empty request begins to be answered.
pub(crate) async fn call(channel: &Channel, bearer: &Bearer, method: &str) -> Code {
    let mut client = Grpc::new(bearer.over(channel.clone()));
    client.ready().await.unwrap();
    let path = format!("/plumbline.v1.{method}").parse().unwrap();
    let request = Request::new(tokio_stream::once(()));
    let answer = client.streaming(request, path, ProstCodec::<(), ()>::default());
    answer.await.map_or_else(|status| status.code(), |_| Code::Ok)
}

#[tokio::test]
async fn every_method_is_for_the_roles_that_it_is_meant_for_and_for_nobody_without_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let more = |role| if role == "collector" { &["--any-node"][..] } else { &[] };
    let tokens = ROLES.map(|role| (role, Bearer::new(&pki.token(role, role, more(role)))));
    let server = pki.start(&folder.path().join("data"));
    let open = pki.channel(&server, None).await;
    let mut with_certificate = BTreeMap::new();
    for role in ROLES {
        let identity = pki.issue(role, "somebody");
        with_certificate.insert(role, pki.channel(&server, Some(&identity)).await);
    }
    let methods = methods();
    assert!(methods.len() >= 12, "{methods:?}");
    for method in &methods {
        assert_eq!(call(&open, &Bearer::none(), method).await, Code::Unauthenticated, "{method}");
        for (role, token) in &tokens {
            let by_token = call(&open, token, method).await;
            let by_certificate = call(&with_certificate[role], &Bearer::none(), method).await;
            if allowed(method).contains(role) {
                for code in [by_token, by_certificate] {
                    let turned_away = [Code::Unauthenticated, Code::PermissionDenied, Code::Unimplemented];
                    assert!(!turned_away.contains(&code), "{role} may not {method}: {code:?}");
                }
            } else {
                assert_eq!([by_token, by_certificate], [Code::PermissionDenied; 2], "{role}: {method}");
            }
        }
    }
    assert_eq!(call(&open, &tokens[3].1, "FleetService/NoSuch").await, Code::Unimplemented);
    assert_eq!(call(&open, &Bearer::none(), "FleetService/NoSuch").await, Code::Unauthenticated);
    // A token counts before a certificate, and a wrong one is not made up for by it.
    assert_eq!(
        call(&with_certificate["admin"], &tokens[1].1, "IntentService/Revoke").await,
        Code::PermissionDenied
    );
    let wrong = Bearer::new("plumbline_0");
    assert_eq!(
        call(&with_certificate["admin"], &wrong, "FleetService/GetStatus").await,
        Code::Unauthenticated
    );
    assert_eq!(
        pki.metric(&server, "plumbline_server_access_refused_total{reason=\"missing\"}"),
        methods.len() as u64 + 1
    );
}

#[tokio::test]
async fn only_a_server_and_a_client_of_the_right_ca_come_together_and_nothing_is_said_in_plain_text() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let server = pki.start(&folder.path().join("data"));
    let other = Pki::new(&folder.path().join("other"));
    let (ours, theirs) = (pki.issue("viewer", "alice"), other.issue("viewer", "alice"));
    let channel = pki.channel(&server, Some(&ours)).await;
    assert_eq!(status(&channel, &Bearer::none()).await, Code::Ok);
    assert!(other.connect(&server, Some(&ours)).await.is_err(), "a client took a server of another CA");
    // TLS 1.3 tells a client of its certificate's refusal only after the handshake.
    let refused = match pki.connect(&server, Some(&theirs)).await {
        Err(_) => true,
        Ok(channel) => status(&channel, &Bearer::none()).await != Code::Ok,
    };
    assert!(refused, "a certificate of another CA was taken");
    // One for a server names nobody.
    let nobody = pki.identity("server");
    if let Ok(channel) = pki.connect(&server, Some(&nobody)).await {
        assert_ne!(status(&channel, &Bearer::none()).await, Code::Ok);
    }
    let plain = Channel::from_shared(format!("http://{}", server.grpc)).unwrap().connect().await;
    if let Ok(channel) = plain {
        assert_ne!(status(&channel, &Bearer::none()).await, Code::Ok);
    }
    assert!(wait_for("failed handshakes", || {
        let failed = pki.metric(&server, "plumbline_server_tls_handshakes_failed_total");
        (failed >= 2).then_some(true)
    }));
    let ready = pki.get(&server, "/readyz");
    assert!(ready.contains("200 OK") && ready.ends_with("ready\n"), "{ready}");
    assert!(pki.get(&server, "/healthz").contains("200 OK"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_collector_speaks_for_the_node_of_its_certificate_or_token_only() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let token = pki.token("c", "collector", &["--node", "node-a"]);
    let server = pki.start(&folder.path().join("data"));
    let certificate = pki.issue("collector", "node-a");
    let as_node = |id, node: &str| Hello { node: node.to_owned(), ..hello(id) };

    for (id, identity, bearer) in [(1, Some(&certificate), Bearer::none()), (2, None, Bearer::new(&token))] {
        let channel = pki.channel(&server, identity).await;
        let mut liar = Collector::over_as(channel.clone(), bearer.clone()).await;
        liar.say(Kind::Hello(as_node(id, "node-b"))).await;
        let end = liar.end().await;
        assert_eq!(end.code(), Code::PermissionDenied, "{end}");
        assert!(end.message().starts_with("hello.node: "), "{end}");

        let honest = Collector::over_as(channel, bearer).await;
        let (mut honest, _) = honest.welcomed(as_node(id, "node-a")).await;
        honest.send(1, batch("node-a", 0)).await;
        honest.send(2, batch("node-b", 0)).await;
        honest.send(3, batch("node-a", 1)).await;
        assert_eq!(honest.acknowledged(3).await, [(2, "node".to_owned())]);
    }
    assert_eq!(pki.metric(&server, "plumbline_server_access_refused_total{reason=\"node\"}"), 4);
    assert_eq!(pki.metric(&server, "plumbline_server_batches_rejected_total{reason=\"node\"}"), 2);
}

#[tokio::test]
async fn who_guesses_is_locked_out_and_who_was_there_before_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let (known, fresh) = (pki.token("known", "viewer", &[]), pki.token("fresh", "viewer", &[]));
    let certificate = pki.issue("viewer", "alice");
    let server = pki.start(&folder.path().join("data"));
    let channel = pki.channel(&server, None).await;
    assert_eq!(status(&channel, &Bearer::new(&known)).await, Code::Ok);
    for guess in 0..10 {
        let code = status(&channel, &Bearer::new(&format!("plumbline_{guess}"))).await;
        assert_eq!(code, Code::Unauthenticated, "{guess}");
    }
    assert_eq!(status(&channel, &Bearer::new("plumbline_11")).await, Code::ResourceExhausted);
    assert_eq!(status(&channel, &Bearer::new(&fresh)).await, Code::ResourceExhausted);
    assert_eq!(status(&channel, &Bearer::new(&known)).await, Code::Ok);
    let by_certificate = pki.channel(&server, Some(&certificate)).await;
    assert_eq!(status(&by_certificate, &Bearer::none()).await, Code::Ok);
    assert_eq!(pki.metric(&server, "plumbline_server_access_refused_total{reason=\"token\"}"), 10);
    assert_eq!(pki.metric(&server, "plumbline_server_access_refused_total{reason=\"locked_out\"}"), 2);
}

#[tokio::test]
async fn what_was_wrong_with_the_store_is_told_to_nobody_without_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    drop(Server::start(&data));
    fs::remove_dir_all(data.join("store")).unwrap();
    let pki = Pki::new(folder.path());
    let server = pki.start(&data);
    assert_eq!(pki.metric(&server, "plumbline_server_store_opened{how=\"empty\"}"), 1);
    let ready = pki.get(&server, "/readyz");
    assert!(ready.contains("200 OK") && ready.ends_with("ready\n"), "{ready}");
}

#[tokio::test]
async fn connections_that_say_nothing_keep_no_other_address_out() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let server = pki.start(&folder.path().join("data"));
    let certificate = pki.issue("viewer", "alice");
    let address: SocketAddr = server.grpc.parse().unwrap();
    let mut silent = Vec::new();
    for _ in 0..200 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::new(127, 0, 0, 2), 0).into()).unwrap();
        silent.push(socket.connect(address).await.unwrap());
    }
    let begun = std::time::Instant::now();
    let friend = pki.channel(&server, Some(&certificate)).await;
    assert_eq!(status(&friend, &Bearer::none()).await, Code::Ok);
    assert!(begun.elapsed() < Duration::from_secs(5), "it had to wait for those who are silent");
    let refused = "plumbline_server_connections_refused_total{what=\"handshakes\"}";
    assert_eq!(wait_for("refusals", || Some(pki.metric(&server, refused)).filter(|&n| n >= 72)), 72);
    // They have had their time then, and leave.
    let failed = "plumbline_server_tls_handshakes_failed_total";
    assert_eq!(wait_for("their end", || Some(pki.metric(&server, failed)).filter(|&n| n >= 128)), 128);
    // Nor may who gets through the handshake, but has no credentials, stay.
    let mut stranger = pki.tls(&server.grpc, b"h2");
    stranger.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    stranger.sock.set_read_timeout(Some(LIMIT)).unwrap();
    let ended = std::io::copy(&mut stranger, &mut std::io::sink()).map_err(|error| error.kind());
    assert_ne!(ended, Err(ErrorKind::WouldBlock), "who was not let in may stay");
    assert_eq!(pki.metric(&server, "plumbline_server_connections_refused_total{what=\"idle\"}"), 1);
    drop(friend); // who was let in may stay
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn decisions_are_signed_by_who_made_them_and_by_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let alice = Bearer::new(&pki.token("alice", "analyst", &[]));
    let feeder = Bearer::new(&pki.token("feeder", "collector", &["--any-node"]));
    let server = pki.start(&folder.path().join("data"));
    let channel = pki.channel(&server, None).await;
    let (mut collector, _) = Collector::over_as(channel.clone(), feeder).await.welcomed(hello(1)).await;
    for minute in 0..MINUTES {
        collector.send(minute + 1, batch("node", minute)).await;
    }
    collector.acknowledged(MINUTES).await;
    let alerts =
        AlertServiceClient::new(alice.over(channel.clone())).list(ListAlertsRequest::default()).await;
    let alert_id = alerts.unwrap().into_inner().alerts[0].id.clone();
    let mut client = IntentServiceClient::new(alice.over(channel));
    let request = |author: &str| DecideRequest {
        alert_id: alert_id.clone(),
        author: author.to_owned(),
        reason: "because".to_owned(),
        finding: 1,
        ..Default::default()
    };
    let forged = client.approve(request("bob")).await.unwrap_err();
    assert_eq!(forged.code(), Code::PermissionDenied, "{forged}");
    assert!(forged.message().starts_with("author: "), "{forged}");
    let made = client.approve(request("")).await.unwrap().into_inner().decisions;
    assert!(made.iter().all(|decision| decision.author == "alice"), "{made:?}");
    let revoke = |author: &str| RevokeDecisionRequest {
        id: made[0].id.clone(),
        author: author.to_owned(),
        ..Default::default()
    };
    assert_eq!(client.revoke(revoke("bob")).await.unwrap_err().code(), Code::PermissionDenied);
    let revoked = client.revoke(revoke("alice")).await.unwrap().into_inner();
    assert_eq!(revoked.revoked.unwrap().author, "alice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn who_changed_what_is_on_record_with_the_change_and_outlives_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let alice = Bearer::new(&pki.token("alice", "analyst", &[]));
    let feeder = Bearer::new(&pki.token("feeder", "collector", &["--any-node"]));
    let admin = pki.issue("admin", "root@example.org");
    let data = folder.path().join("data");
    let server = pki.start(&data);
    let channel = pki.channel(&server, None).await;
    let (mut collector, _) = Collector::over_as(channel.clone(), feeder).await.welcomed(hello(1)).await;
    for minute in 0..MINUTES {
        collector.send(minute + 1, batch("node", minute)).await;
    }
    collector.acknowledged(MINUTES).await;
    let alerts =
        AlertServiceClient::new(alice.over(channel.clone())).list(ListAlertsRequest::default()).await;
    let alert_id = alerts.unwrap().into_inner().alerts[0].id.clone();
    let mut decisions = IntentServiceClient::new(alice.over(channel.clone()));
    let request = DecideRequest {
        alert_id: alert_id.clone(),
        reason: "no shells".to_owned(),
        finding: 1,
        ..Default::default()
    };
    decisions.deny(DecideRequest { dry_run: true, ..request.clone() }).await.unwrap();
    let made = decisions.deny(request).await.unwrap().into_inner().decisions;
    let id = made[0].id.clone();
    decisions.revoke(RevokeDecisionRequest { id: id.clone(), ..Default::default() }).await.unwrap();
    decisions.revoke(RevokeDecisionRequest { id: id.clone(), ..Default::default() }).await.unwrap_err();
    let mut baselines = BaselineServiceClient::new(pki.channel(&server, Some(&admin)).await);
    let lock = ChangeBaselineRequest {
        image: "shop/cart".to_owned(),
        reason: "as released".to_owned(),
        request_id: "r".to_owned(),
        ..Default::default()
    };
    let forged = ChangeBaselineRequest { author: "alice".to_owned(), ..lock.clone() };
    assert_eq!(baselines.lock(forged).await.unwrap_err().code(), Code::PermissionDenied);
    baselines.lock(lock.clone()).await.unwrap();
    baselines.lock(lock).await.unwrap(); // the same request again is no other change
    let unlock = ChangeBaselineRequest { image: "db".to_owned(), etag: 7, ..Default::default() };
    assert_eq!(baselines.unlock(unlock).await.unwrap_err().code(), Code::Aborted);
    server.kill();

    let server = pki.start(&data);
    let mut client = AuditServiceClient::new(pki.channel(&server, Some(&admin)).await);
    let list = |after_cursor, limit| ListAuditRequest { after_cursor, limit };
    let answer = client.list(list(0, 0)).await.unwrap().into_inner();
    let entries: Vec<_> = answer
        .entries
        .iter()
        .map(|e| (e.cursor, e.name.as_str(), e.method.as_str(), e.target.as_str()))
        .collect();
    assert_eq!(
        entries,
        [
            (1, "alice", "IntentService/Deny", alert_id.as_str()),
            (2, "alice", "IntentService/Revoke", id.as_str()),
            (3, "root@example.org", "BaselineService/Lock", "sha256:shop/cart"),
        ]
    );
    assert!(!answer.more);
    let first = &answer.entries[0];
    assert_eq!(
        (first.role.as_str(), first.credential.as_str(), first.address.as_str()),
        ("analyst", "token", "127.0.0.1")
    );
    assert!(first.outcome.starts_with("denied in image sha256:"), "{first:?}");
    assert!(first.outcome.contains("by alice: no shells") && first.outcome.contains(&id), "{first:?}");
    assert_eq!(answer.entries[2].outcome, "locked shop/cart by root@example.org: as released");
    assert_eq!(
        (answer.entries[2].role.as_str(), answer.entries[2].credential.as_str()),
        ("admin", "certificate")
    );
    let page = client.list(list(1, 1)).await.unwrap().into_inner();
    assert!(page.more && page.entries == answer.entries[1..2]);
    assert_eq!(client.list(list(4, 0)).await.unwrap_err().code(), Code::OutOfRange);
    assert_eq!(client.list(list(0, 1001)).await.unwrap_err().code(), Code::InvalidArgument);
}
