//! Certificates and tokens: renewed, expired, taken back while streams are open, and never shown.
//!
//! Not here: what they let one do (`security.rs`).

use std::{fs, os::unix::fs::PermissionsExt};

use plumbline_proto::v1::{WatchRequest, alert_service_client::AlertServiceClient};
use tonic::Code;

use crate::{
    fixture::batch,
    harness::{Collector, LIMIT, command, hello, wait_for},
    secure::{Bearer, Pki, done, status},
    security::call,
};

/// How a watch ends, whatever it tells before.
async fn ended(watch: &mut tonic::Streaming<plumbline_proto::v1::WatchResponse>) -> tonic::Status {
    loop {
        if let Err(end) = tokio::time::timeout(LIMIT, watch.message()).await.unwrap() {
            return end;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn certificates_are_renewed_under_an_open_stream_and_a_replaced_ca_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let server = pki.start(&folder.path().join("data"));
    let channel = pki.channel(&server, Some(&pki.issue("collector", "node"))).await;
    let (mut collector, _) = Collector::over(channel).await.welcomed(hello(1)).await;
    collector.send(1, batch("node", 0)).await;
    collector.acknowledged(1).await;
    let expiry = || pki.metric(&server, "plumbline_server_tls_certificate_expiry_timestamp_seconds");
    let before = expiry();

    for name in ["server.pem", "server.key"] {
        fs::rename(pki.path(name), pki.path(&format!("{name}.old"))).unwrap();
    }
    done(&["certs", "issue", "--server", "localhost", "--days", "30", "--dir", pki.0.to_str().unwrap()]);
    assert!(wait_for("the new certificate", || Some(expiry()).filter(|now| *now != before)) < before);
    collector.send(2, batch("node", 1)).await;
    collector.acknowledged(2).await;
    let reader = pki.issue("viewer", "alice");
    assert_eq!(status(&pki.channel(&server, Some(&reader)).await, &Bearer::none()).await, Code::Ok);

    let other = Pki::new(&folder.path().join("other"));
    fs::copy(other.path("ca.pem"), pki.path("ca.new")).unwrap();
    fs::rename(pki.path("ca.pem"), pki.path("ca.old")).unwrap();
    fs::rename(pki.path("ca.new"), pki.path("ca.pem")).unwrap();
    let end = collector.end().await;
    assert_ne!(end.code(), Code::PermissionDenied, "{end}");
    // The server's own certificate still is of the old CA, which clients go on trusting.
    fs::rename(pki.path("ca.old"), pki.path("ca.pem")).unwrap();
}

#[tokio::test]
async fn tokens_are_taken_and_taken_back_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let first = Bearer::new(&pki.token("first", "viewer", &[]));
    let server = pki.start(&folder.path().join("data"));
    let channel = pki.channel(&server, None).await;
    assert_eq!(status(&channel, &first).await, Code::Ok);
    let mut client = AlertServiceClient::new(first.over(channel.clone()));
    let mut watch = client.watch(WatchRequest::default()).await.unwrap().into_inner();

    let second = Bearer::new(&pki.token("second", "viewer", &[]));
    let renewed = || {
        let taken = pki.metric(&server, "plumbline_server_renewals_total{result=\"taken\"}");
        (taken > 0).then_some(())
    };
    wait_for("the new token", renewed);
    assert_eq!(status(&channel, &second).await, Code::Ok);
    assert_eq!(status(&channel, &first).await, Code::Ok);
    pki.remove_token("first");
    let end = ended(&mut watch).await;
    assert_eq!(end.code(), Code::Unauthenticated, "{end}");
    assert_eq!(status(&channel, &first).await, Code::Unauthenticated);
    assert_eq!(status(&channel, &second).await, Code::Ok);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_open_stream_ends_when_its_certificate_or_token_expires() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let token = Bearer::new(&pki.token("a", "viewer", &["--expires", "8s"]));
    let server = pki.start(&folder.path().join("data"));
    let certificate = pki.short_lived("collector", "node", 8);
    let reader = pki.channel(&server, Some(&pki.short_lived("viewer", "alice", 8))).await;
    assert_eq!(status(&reader, &Bearer::none()).await, Code::Ok);
    let collector = Collector::over(pki.channel(&server, Some(&certificate)).await).await;
    let (mut collector, _) = collector.welcomed(hello(1)).await;
    let mut client = AlertServiceClient::new(token.over(pki.channel(&server, None).await));
    let mut watch = client.watch(WatchRequest::default()).await.unwrap().into_inner();
    assert_ne!(collector.end().await.code(), Code::Ok);
    // What is called on a connection that outlives its certificate is not even looked at: else an id would be missed.
    let called =
        async { while call(&reader, &Bearer::none(), "AlertService/Get").await != Code::Unauthenticated {} };
    tokio::time::timeout(LIMIT, called).await.unwrap();
    let end = ended(&mut watch).await;
    assert_eq!(end.code(), Code::Unauthenticated, "{end}");
    assert_eq!(client.watch(WatchRequest::default()).await.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn no_log_setting_or_list_shows_a_token_or_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let (good, wrong) = (pki.token("good", "viewer", &[]), "plumbline_wrongwrongwrong");
    let log = folder.path().join("log");
    let mut command = command();
    command.env("RUST_LOG", "trace").stderr(fs::File::create(&log).unwrap());
    let server = pki.start_as(command, &folder.path().join("data"));
    let channel = pki.channel(&server, None).await;
    assert_eq!(status(&channel, &Bearer::new(&good)).await, Code::Ok);
    assert_eq!(status(&channel, &Bearer::new(wrong)).await, Code::Unauthenticated);
    let flags = pki.flags();
    let printed = done(
        &[&["run", "--print-config"][..], &flags.iter().map(String::as_str).collect::<Vec<_>>()].concat(),
    );
    let listed = done(&["tokens", "list", "--tokens-file", &pki.path("tokens.toml")]);
    server.kill();

    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("a request was refused"), "the log is not that detailed: {log}");
    let key = fs::read_to_string(pki.path("server.key")).unwrap();
    let key = key.lines().nth(1).unwrap();
    let file = fs::read_to_string(pki.path("tokens.toml")).unwrap();
    for shown in
        [&log, &String::from_utf8(printed.stdout).unwrap(), &String::from_utf8(listed.stdout).unwrap(), &file]
    {
        for secret in [good.as_str(), wrong, key, "PRIVATE KEY"] {
            assert!(!shown.contains(secret), "{secret} is shown");
        }
    }
}

#[test]
fn keys_and_tokens_are_for_their_owner_only_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let (dir, tokens) = (pki.0.to_str().unwrap(), pki.path("tokens.toml"));
    drop((pki.issue("collector", "node-a"), pki.token("a", "viewer", &[])));
    for name in ["ca.key", "server.key", "collector-node-a.key", "tokens.toml"] {
        let mode = fs::metadata(pki.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let refused = |args: &[&str], code: i32, word: &str| {
        let output = command().args(args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(said.contains(word), "{said}");
    };
    let before = fs::read(pki.path("ca.key")).unwrap();
    refused(&["certs", "init", "--dir", dir], 73, "ca.pem");
    assert_eq!(fs::read(pki.path("ca.key")).unwrap(), before);
    refused(&["certs", "issue", "--dir", dir, "--collector", "node-a"], 73, "collector-node-a");
    refused(&["certs", "issue", "--dir", dir, "--viewer", "../a"], 64, "../a");
    refused(&["certs", "issue", "--dir", dir], 64, "--collector");
    refused(&["certs", "issue", "--dir", "/nonexistent", "--viewer", "a"], 66, "certs init");
    refused(&["tokens", "add", "a", "--role", "viewer", "--tokens-file", &tokens], 64, "\"a\"");
    refused(&["tokens", "add", "c", "--role", "collector", "--tokens-file", &tokens], 64, "--node");
    refused(
        &["tokens", "add", "c", "--role", "viewer", "--node", "n", "--tokens-file", &tokens],
        64,
        "--node",
    );
    refused(&["tokens", "remove", "z", "--tokens-file", &tokens], 66, "\"z\"");
    fs::write(format!("{tokens}.new"), "").unwrap();
    refused(&["tokens", "add", "d", "--role", "viewer", "--tokens-file", &tokens], 73, "tokens.toml.new");
    let run = ["run", "--data-dir", dir, "--tokens-file", "/nonexistent/t"];
    refused(&run, 64, "tokens_file /nonexistent/t");
}
