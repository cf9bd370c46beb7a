//! The server as a process, over the wire: what it takes, what it refuses, and what a crash leaves.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod alerts;
mod api;
mod archive;
mod arithmetic;
mod baselines;
mod clocks;
mod commons;
mod console;
mod console_enforcement;
mod console_forms;
mod console_pages;
mod containment;
mod credentials;
mod decisions;
mod declared;
mod digests;
mod disk;
mod documents;
mod durability;
mod enforcement;
mod evidence;
mod fixture;
mod harness;
mod intent;
mod kills;
mod nodes;
mod observed;
mod operational;
mod otlp;
mod receiver;
mod secure;
mod security;
mod signing;
mod sink_kinds;
mod sink_refusals;
mod sink_syslog;
mod sink_tls;
mod sink_trial;
mod sinks;
mod standard;
mod subscribe;
mod tokens;
mod traces;
mod triage;
mod web;

use bytes::Bytes;
use fixture::{BASE_NS, MINUTES, REPOSITORIES, batch};
use harness::{Collector, Server, Watch, command, hello};
use plumbline_proto::v1::{
    Alert, Batch, GetAlertRequest, GetStatusRequest, Hello, ImageStatus, ListAlertsRequest, WatchRequest,
    ingest_request::Kind,
};
use prost::Message;
use tonic::Code;

fn broken(change: impl FnOnce(&mut Batch)) -> Bytes {
    let mut broken = Batch::decode(batch("a", 0)).unwrap();
    change(&mut broken);
    broken.encode_to_vec().into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)] // so that clients let go while it waits for the end
async fn bad_batches_are_refused_by_name_and_the_good_ones_next_to_them_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(&folder.path().join("data"));
    let (mut collector, durable) = Collector::greet(&server, 1).await;
    assert_eq!(durable, 0);
    let frames = [
        (batch("a", 0), None),
        (Bytes::from_static(b"\xff\xff"), Some("")),
        (Bytes::new(), Some("frame.batch")),
        (vec![0; (4 << 20) + 1].into(), Some("frame.batch")),
        (broken(|b| b.version = 9), Some("version")),
        (broken(|b| b.strings[3] = Bytes::from_static(b"\xff")), Some("strings[3]")),
        (broken(|b| b.processes.as_mut().unwrap().executable[2] = 9999), Some("processes.executable[2]")),
        (broken(|b| b.execs.as_mut().unwrap().count.clear()), Some("execs.count")),
        (batch("a", 1), None),
        (broken(|b| b.windows.as_mut().unwrap().window.clear()), Some("windows.window")),
        (batch("a", 2), None),
    ];
    for (seq, (bytes, _)) in (1..).zip(&frames) {
        collector.send(seq, bytes.clone()).await;
    }
    let refused = collector.acknowledged(frames.len() as u64).await;
    let expected: Vec<_> =
        (1..).zip(&frames).filter_map(|(seq, (_, field))| Some((seq, (*field)?.into()))).collect();
    assert_eq!(refused, expected);

    assert_eq!(server.metric("plumbline_server_batches_received_total"), 11);
    assert_eq!(server.metric("plumbline_server_batches_durable_total"), 3);
    assert_eq!(server.metric("plumbline_server_batches_rejected_total{reason=\"malformed\"}"), 6);
    assert_eq!(server.metric("plumbline_server_batches_rejected_total{reason=\"version\"}"), 1);
    assert_eq!(server.metric("plumbline_server_batches_rejected_total{reason=\"bound\"}"), 1);
    assert_eq!(server.metric("plumbline_server_streams_open"), 1);
    let status = server.fleet().await.get_status(GetStatusRequest {}).await.unwrap().into_inner();
    assert_eq!(
        (status.batches_durable, status.batches_rejected, status.images),
        (3, 8, REPOSITORIES.len() as u64)
    );
    assert_eq!((status.collectors[0].node.as_str(), status.collectors[0].durable_seq), ("node", 11));
    assert!(server.get("/readyz").contains("200 OK") && server.get("/healthz").contains("200 OK"));

    server.terminate();
    assert_eq!(collector.end().await.code(), Code::Unavailable);
    assert!(server.wait().success());
}

#[tokio::test]
async fn a_wrong_hello_ends_the_stream_and_names_its_field() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let with = |change: fn(&mut Hello)| {
        let mut hello = hello(1);
        change(&mut hello);
        Kind::Hello(hello)
    };
    for (first, code, field) in [
        (Kind::Frame(Default::default()), Code::InvalidArgument, "hello"),
        (with(|h| h.protocol_version = 0), Code::InvalidArgument, "hello.protocol_version"),
        (with(|h| h.protocol_version = 2), Code::FailedPrecondition, "hello.protocol_version"),
        (with(|h| h.collector_version = "new".into()), Code::InvalidArgument, "hello.collector_version"),
        (
            with(|h| h.collector_version = "99.0.0".into()),
            Code::FailedPrecondition,
            "hello.collector_version",
        ),
        (with(|h| h.session.truncate(5)), Code::InvalidArgument, "hello.session"),
        (with(|h| h.node.clear()), Code::InvalidArgument, "hello.node"),
    ] {
        let mut collector = Collector::open(&server).await;
        collector.say(first).await;
        let end = collector.end().await;
        assert_eq!(end.code(), code, "{end}");
        assert!(end.message().starts_with(&format!("{field}: ")), "{end}");
    }
}

#[tokio::test]
async fn numbers_that_do_not_follow_each_other_end_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    for (id, numbers) in [(1, &[0u64][..]), (2, &[1, 3]), (3, &[1, 1]), (4, &[2, 1])] {
        let (mut collector, _) = Collector::greet(&server, id).await;
        for &seq in numbers {
            collector.send(seq, batch("a", 0)).await;
        }
        let end = collector.end().await;
        assert_eq!(end.code(), Code::InvalidArgument, "{end}");
        assert!(end.message().starts_with("frame.seq: "), "{end}");
    }
}

#[tokio::test]
async fn a_session_that_connects_again_ends_its_old_stream_and_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let (mut old, _) = Collector::greet(&server, 1).await;
    old.send(1, batch("a", 0)).await;
    old.send(2, Bytes::from_static(b"\xff\xff")).await;
    old.acknowledged(2).await;
    let (mut new, durable) = Collector::greet(&server, 1).await;
    assert_eq!((durable, old.end().await.code()), (2, Code::Aborted));
    new.send(2, batch("a", 0)).await; // held: skipped and acknowledged
    assert!(new.acknowledged(2).await.is_empty());
    new.send(3, batch("a", 1)).await;
    new.acknowledged(3).await;
    assert_eq!(server.metric("plumbline_server_batches_skipped_total"), 1);
}

/// A refused batch in the middle: it must not be missed when everything else is sent again.
fn minute(minute: u64) -> Bytes {
    if minute == 4 { Bytes::from_static(b"\xff") } else { batch("a", minute) }
}

/// Sends all minutes; what is then known. With `kill`, the server dies after that many were sent and all but
/// one of them were acknowledged, is started again, and gets the rest from the first that is not durable.
async fn fed(folder: &std::path::Path, kill: Option<u64>) -> (Vec<ImageStatus>, Vec<Alert>) {
    let mut server = Server::start(folder);
    if let Some(kill) = kill {
        let (mut collector, _) = Collector::greet(&server, 1).await;
        for seq in 1..=kill {
            collector.send(seq, minute(seq - 1)).await;
        }
        if kill > 1 {
            collector.acknowledged(kill - 1).await;
        }
        server.kill();
        server = Server::start(folder);
    }
    let (mut collector, durable) = Collector::greet(&server, 1).await;
    assert!(durable + 1 >= kill.unwrap_or_default(), "what was acknowledged is durable");
    for seq in durable + 1..=MINUTES {
        collector.send(seq, minute(seq - 1)).await;
    }
    if durable < MINUTES {
        collector.acknowledged(MINUTES).await;
    }
    let images = server.images().await;
    let mut alerts =
        server.alerts().await.list(ListAlertsRequest::default()).await.unwrap().into_inner().alerts;
    for alert in &mut alerts {
        assert!(alert.changed_unix_ns > BASE_NS, "the server's clock");
        alert.changed_unix_ns = 0;
    }
    (images, alerts)
}

#[tokio::test]
async fn a_server_killed_at_any_time_ends_up_as_one_that_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let clean = fed(&folder.path().join("clean"), None).await;
    assert_eq!(clean.0.len(), REPOSITORIES.len());
    assert!(!clean.1.is_empty(), "the break-in must raise an alert");
    for kill in 1..=MINUTES {
        let killed = fed(&folder.path().join(format!("killed-{kill}")), Some(kill)).await;
        assert_eq!(killed, clean, "killed after {kill}");
    }
}

#[tokio::test]
async fn alerts_are_watched_without_gap_or_repeat_and_found_by_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let (mut collector, _) = Collector::greet(&server, 1).await;
    let mut client = server.alerts().await;
    let mut live = Watch::begin(&server, WatchRequest::default()).await;
    let mut fresh = Watch::begin(&server, WatchRequest { only_new: true, ..Default::default() }).await;
    for minute in 0..MINUTES {
        collector.send(minute + 1, batch("a", minute)).await;
    }
    collector.acknowledged(MINUTES).await;
    let first = live.change().await;
    assert_eq!((first.cursor, fresh.change().await), (1, first.clone()));
    let mut late = Watch::begin(&server, WatchRequest::default()).await;
    assert_eq!(late.change().await, first);
    let second = live.change().await;
    let mut resumed = Watch::begin(&server, WatchRequest { after_cursor: 1, ..Default::default() }).await;
    assert_eq!((second.cursor, resumed.change().await), (2, second));

    let listed = client.list(ListAlertsRequest::default()).await.unwrap().into_inner();
    let id = listed.alerts[0].id.clone();
    let get = |id: &str| GetAlertRequest { id: id.to_owned() };
    assert_eq!(client.get(get(&id[..12])).await.unwrap().into_inner(), listed.alerts[0]);
    assert_eq!(client.get(get("zzz")).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(client.get(get("")).await.unwrap_err().code(), Code::InvalidArgument);
    let ahead = WatchRequest { after_cursor: 999, ..Default::default() };
    assert_eq!(client.watch(ahead).await.unwrap_err().code(), Code::OutOfRange);
    let both = WatchRequest { after_cursor: 1, only_new: true, ..Default::default() };
    assert_eq!(client.watch(both).await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn replay_finds_what_a_live_server_finds_and_a_broken_recording_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut recording = Vec::new();
    for minute in 0..MINUTES {
        if minute == 4 {
            continue; // the one a live server refuses
        }
        let bytes = batch("a", minute);
        prost::encoding::encode_varint(bytes.len() as u64, &mut recording);
        recording.extend_from_slice(&bytes);
    }
    let path = folder.path().join("a.rec");
    std::fs::write(&path, &recording).unwrap();
    let replay = |path: &std::path::Path, output: &str| {
        let args = ["--min-starts", "1", "-o", output];
        command().arg("replay").arg(path).args(args).output().unwrap()
    };
    let json = replay(&path, "json");
    assert!(json.status.success());
    assert_eq!(replay(&path, "json").stdout, json.stdout);
    let mut replayed: Vec<Alert> = serde_json::from_slice(&json.stdout).unwrap();
    let (_, mut live) = fed(&folder.path().join("live"), None).await;
    replayed.sort_by(|a, b| a.id.cmp(&b.id));
    live.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(replayed, live);
    assert!(String::from_utf8(replay(&path, "table").stdout).unwrap().contains("shop/pay"));

    recording.extend_from_slice(&[0x80]);
    let torn = folder.path().join("torn.rec");
    std::fs::write(&torn, &recording).unwrap();
    let broken = replay(&torn, "json");
    assert_eq!(broken.status.code(), Some(65));
    assert_eq!(broken.stdout, json.stdout, "what precedes the break is printed");
    let told = String::from_utf8(broken.stderr).unwrap();
    let place = format!("torn.rec: batch {MINUTES} at byte {}", recording.len() - 1);
    assert!(told.contains(&place), "{told}");
}

const RULE: &str = "title: The till\nlogsource: {category: process_creation, product: linux}\n\
                    detection: {s: {Image|contains: /}, condition: s}\nlevel: high\n";

#[test]
fn rules_of_a_folder_are_evidence_and_a_broken_one_is_named_counted_and_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    std::fs::create_dir(&rules).unwrap();
    std::fs::write(rules.join("a.yml"), RULE).unwrap();
    std::fs::write(rules.join("b.yml"), format!("{RULE}---\ntitle: Odd\nlevel: low\n")).unwrap();
    let rules = rules.to_str().unwrap();
    let recording: Vec<u8> = (0..MINUTES)
        .map(|minute| batch("a", minute))
        .flat_map(|bytes| {
            let mut frame = Vec::new();
            prost::encoding::encode_varint(bytes.len() as u64, &mut frame);
            [frame, bytes.to_vec()].concat()
        })
        .collect();
    let path = folder.path().join("a.rec");
    std::fs::write(&path, recording).unwrap();
    let replay = |flags: &[&str]| {
        let output = command().args(["replay", "--min-starts", "1"]).arg(&path).args(flags).output().unwrap();
        assert!(output.status.success());
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    assert!(!replay(&[]).0.contains("indicator_high"));
    let (alerts, told) = replay(&["--rules", rules]);
    assert!(alerts.contains("indicator_high: The till; The till: "), "{alerts}");
    assert!(told.contains("b.yml: line 6, \"Odd\""), "{told}");

    let server = Server::start_with(&folder.path().join("data"), &["--rules", rules]);
    let count = |state: &str| server.metric(&format!("plumbline_server_rules{{state=\"{state}\"}}"));
    assert!(count("loaded") > 2);
    assert_eq!((count("broken"), count("skipped")), (1, 0));
}

#[test]
fn mistakes_in_the_call_end_with_their_own_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let ended = |args: &[&str]| {
        let output = command().args(args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(ended(&["--version"]).0, Some(0));
    assert_eq!(ended(&["run", "--nonsense"]).0, Some(64));
    let (code, told) = ended(&["run", "--grpc-listen", "0.0.0.0:1"]);
    assert!(code == Some(64) && told.contains("--insecure-listen"), "{told}");
    for call in [&["run"][..], &["replay", "/nonexistent/a.rec"]] {
        let (code, told) = ended(&[call, &["--rules", "/nonexistent/rules"]].concat());
        assert!(code == Some(64) && told.contains("/nonexistent/rules"), "{told}");
    }
    assert_eq!(ended(&["run", "--data-dir", "/nonexistent/a/b"]).0, Some(73));
    assert_eq!(ended(&["replay", "/nonexistent/a.rec"]).0, Some(66));
    let _running = Server::start(&data);
    let (code, told) = ended(&["run", "--data-dir", data.to_str().unwrap()]);
    assert!(code == Some(74) && told.contains("in use by another server"), "{told}");
}
