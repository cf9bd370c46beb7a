//! Sinks of the real program: what arrives where, though either side is killed, and what is refused.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use plumbline_proto::v1::{
    AlertFilter, Batch, DecideRequest, DecisionScope, DeleteConsumerRequest, ListAlertsRequest,
    ListConsumersRequest,
};
use prost::Message;
use serde_json::Value;
use tonic::Code;

use crate::{
    fixture::{MINUTES, batch},
    harness::{Collector, LIMIT, Server, command, wait_for},
    receiver::Receiver,
};

/// Starts a server with tables of sinks.
pub(crate) fn start(folder: &Path, tables: &str) -> Server {
    let config = folder.join("server.toml");
    fs::write(&config, tables).unwrap();
    Server::start_with(&folder.join("data"), &["--config", config.to_str().unwrap()])
}

/// Sends a test alert to a sink of such tables: whether it was taken, and what is said.
pub(crate) fn test(folder: &Path, tables: &str, name: &str) -> (bool, String) {
    let config = folder.join("test.toml");
    fs::write(&config, tables).unwrap();
    let done =
        command().args(["sinks", "test", name, "--config", config.to_str().unwrap()]).output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8(said).unwrap())
}

/// Tells all minutes of a node, which makes alerts.
pub(crate) async fn feed(server: &Server, id: u8) {
    let (mut collector, _) = Collector::greet(server, id).await;
    for minute in 0..MINUTES {
        collector.send(minute + 1, batch(&format!("n{id}"), minute)).await;
    }
    collector.acknowledged(MINUTES).await;
}

/// The same of a node where it is the database that runs the new programs.
async fn feed_database(server: &Server, id: u8) {
    let (mut collector, _) = Collector::greet(server, id).await;
    for minute in 0..MINUTES {
        let mut told = Batch::decode(batch(&format!("n{id}"), minute)).unwrap();
        let processes = told.processes.as_mut().unwrap();
        for (container, flags) in processes.container.iter_mut().zip(&mut processes.flags) {
            if *flags != 32 {
                (*container, *flags) = (3, 1 | 32);
            }
        }
        collector.send(minute + 1, told.encode_to_vec().into()).await;
    }
    collector.acknowledged(MINUTES).await;
}

/// All changes that the server holds: id and revision by cursor.
pub(crate) async fn held(server: &Server) -> BTreeMap<u64, String> {
    let mut watch = crate::harness::Watch::begin(server, Default::default()).await;
    let mut held = BTreeMap::new();
    loop {
        match watch.next().await {
            plumbline_proto::v1::watch_response::Kind::Change(change) => {
                let alert = change.alert.unwrap();
                held.insert(change.cursor, format!("{}-{}", alert.id, alert.revision));
            }
            plumbline_proto::v1::watch_response::Kind::Progress(_) => return held,
            other => panic!("{other:?}"),
        }
    }
}

/// Id and revision by cursor, of changes in the native form.
fn named(changes: &[Value]) -> BTreeMap<u64, String> {
    let named = changes.iter().map(|change| {
        let (cursor, alert) = (change["cursor"].as_str().unwrap().parse().unwrap(), &change["alert"]);
        (cursor, format!("{}-{}", alert["id"].as_str().unwrap(), alert["revision"]))
    });
    named.collect()
}

/// Lines of a file and of those set aside, oldest first, but for one that is being written.
fn lines(path: &Path) -> Vec<Value> {
    let numbered = |number: u32| PathBuf::from(format!("{}.{number}", path.display()));
    let mut files: Vec<_> = (1..).map(numbered).take_while(|path| path.exists()).collect();
    files.reverse();
    files.push(path.to_owned());
    let texts = files.iter().map(|path| fs::read_to_string(path).unwrap_or_default());
    let lines: String = texts.collect();
    let (whole, _) = lines.rsplit_once('\n').unwrap_or_default();
    whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_file_has_every_change_once_or_again_with_the_same_id_though_the_server_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.jsonl");
    let table = format!(
        "[[sink]]\nname = \"file\"\nkind = \"file\"\nbegin = \"earliest\"\nbatch = 2\nmax_bytes = 65536\npath = \"{}\"\n",
        path.display()
    );
    let mut server = start(folder.path(), &table);
    let rounds = 6;
    for round in 1..=rounds {
        feed(&server, round).await;
        server.kill(); // in the middle of what is written
        server = start(folder.path(), &table);
    }
    let held = held(&server).await;
    let written = wait_for("all changes in the file", || {
        let written = lines(&path);
        (named(&written).len() == held.len()).then_some(written)
    });
    assert_eq!(named(&written), held);
    let again = written.len() - held.len();
    assert!(again <= usize::from(rounds) * 2, "{again} came again; a batch has two");
    assert!(path.with_extension("jsonl.1").exists(), "it was not rotated");
    assert_eq!(server.metric("plumbline_server_sink_alerts_dead_total{sink=\"file\"}"), 0);
    wait_for("the end of the lag", || {
        (server.metric("plumbline_server_sink_lag_alerts{sink=\"file\"}") == 0).then_some(())
    });
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn webhook(folder: &Path, address: &str) -> String {
    let secret = folder.join("secret");
    fs::write(&secret, SECRET).unwrap();
    format!(
        "[[sink]]\nname = \"hook\"\nkind = \"webhook\"\nbegin = \"earliest\"\nretry_max = \"1s\"\nurl = \"http://{address}/hook\"\nsecret_file = \"{}\"\n",
        secret.display()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_signed_and_misses_nothing_though_its_receiver_goes_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(None, |_| (200, "")).await;
    let address = receiver.address.clone();
    let server = start(folder.path(), &webhook(folder.path(), &address));
    feed(&server, 1).await;
    let first = wait_for("a request", || receiver.requests().first().cloned());
    let mut got = receiver.stop().await;
    feed(&server, 2).await;
    wait_for("word of the failure", || server.get("/readyz").contains("sink hook fails").then_some(()));
    assert_eq!(server.metric("plumbline_server_sink_state{sink=\"hook\"}"), 1);
    assert!(server.metric("plumbline_server_sink_lag_alerts{sink=\"hook\"}") > 0);
    assert!(server.metric("plumbline_server_sink_attempts_failed_total{sink=\"hook\"}") > 0);
    let receiver = Receiver::start(Some(&address), |_| (200, "")).await;
    let held = held(&server).await;
    let changes = |requests: &[crate::receiver::Request]| -> Vec<Value> {
        requests.iter().map(|request| serde_json::from_str(&request.body).unwrap()).collect()
    };
    wait_for("all changes", || {
        let all: Vec<_> = got.iter().cloned().chain(receiver.requests()).collect();
        (named(&changes(&all)).len() == held.len()).then_some(())
    });
    got.extend(receiver.stop().await);
    assert_eq!(named(&changes(&got)), held);
    assert!(got.len() <= held.len() + 1, "only the one that was on its way may come again");
    let verifier = standardwebhooks::Webhook::new(SECRET).unwrap();
    for request in &got {
        verifier.verify(request.body.as_bytes(), &request.headers).unwrap();
        let change = named(&changes(std::slice::from_ref(request)));
        assert_eq!(change.values().next().unwrap(), request.headers["webhook-id"].to_str().unwrap());
    }
    assert!(verifier.verify(b"{}", &first.headers).is_err());
    wait_for("health", || (!server.get("/readyz").contains("sink hook")).then_some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_goes_to_the_dead_letter_and_one_that_asks_for_patience_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(None, |number| match number {
        0 => (429, "slow down"),
        1 => (503, "away"),
        2 => (400, "not\nthis"),
        _ => (200, ""),
    });
    let receiver = receiver.await;
    let server = start(folder.path(), &webhook(folder.path(), &receiver.address));
    feed(&server, 1).await;
    let held = held(&server).await;
    wait_for("all requests", || (receiver.requests().len() == held.len() + 2).then_some(()));
    let requests = receiver.requests();
    let id = |number: usize| requests[number].headers["webhook-id"].clone();
    assert!(id(0) == id(1) && id(1) == id(2) && id(2) != id(3), "the same until it is refused for good");
    let dead = lines(&folder.path().join("data/sinks/hook.dead"));
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0]["why"], "400 Bad Request not\nthis");
    let change: Value = serde_json::from_str(dead[0]["alert"].as_str().unwrap()).unwrap();
    assert_eq!(named(&[change]).values().next().unwrap(), id(0).to_str().unwrap());
    assert_eq!(server.metric("plumbline_server_sink_alerts_dead_total{sink=\"hook\"}"), 1);
    assert_eq!(server.metric("plumbline_server_sink_alerts_retried_total{sink=\"hook\"}"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_does_not_take_our_credentials_says_so_and_goes_on_once_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let denied =
        Receiver::start(None, |number| if number == 0 { (503, "") } else { (401, "no such token") }).await;
    let address = denied.address.clone();
    let server = start(folder.path(), &webhook(folder.path(), &address));
    feed(&server, 1).await;
    let words = "sink hook does not take our credentials, put its token right; to be tried again: 401";
    wait_for("word of it", || server.get("/readyz").contains(words).then_some(()));
    assert_eq!(server.metric("plumbline_server_sink_state{sink=\"hook\"}"), 3);
    assert_eq!(server.metric("plumbline_server_sink_alerts_dead_total{sink=\"hook\"}"), 0);
    denied.stop().await;
    let receiver = Receiver::start(Some(&address), |_| (200, "")).await;
    let held = held(&server).await;
    wait_for("all changes", || (receiver.requests().len() >= held.len()).then_some(()));
    wait_for("health", || (!server.get("/readyz").contains("sink hook")).then_some(()));
    assert_eq!(server.metric("plumbline_server_sink_state{sink=\"hook\"}"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_gone_is_stopped_and_holds_up_neither_another_nor_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let gone = Receiver::start(None, |_| (410, "")).await;
    let path = folder.path().join("alerts.jsonl");
    let file = format!(
        "[[sink]]\nname = \"file\"\nkind = \"file\"\nbegin = \"earliest\"\npath = \"{}\"\n",
        path.display()
    );
    let tables = webhook(folder.path(), &gone.address) + &file;
    let mut server = start(folder.path(), &tables);
    feed(&server, 1).await;
    let held = held(&server).await;
    wait_for("the other's changes", || (named(&lines(&path)).len() == held.len()).then_some(()));
    wait_for("word of it", || server.get("/readyz").contains("sink hook is stopped: 410").then_some(()));
    assert_eq!(gone.requests().len(), 1);
    server.terminate();
    assert!(server.wait().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hangs_and_one_that_refuses_hold_up_neither_another_nor_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap(); // connections stand, and nobody reads them
    let named = |name: &str, address: &str| {
        webhook(folder.path(), address).replace("\"hook\"", &format!("\"{name}\"\ntimeout = \"1s\""))
    };
    let path = folder.path().join("alerts.jsonl");
    let tables = format!(
        "shutdown_grace = \"20s\"\n{}{}[[sink]]\nname = \"file\"\nkind = \"file\"\nbegin = \"earliest\"\npath = \"{}\"\n",
        named("silent", &silent.local_addr().unwrap().to_string()),
        named("refusing", "127.0.0.1:1"),
        path.display()
    );
    let mut server = start(folder.path(), &tables);
    feed(&server, 1).await;
    let held = held(&server).await;
    let named_in = |path: &Path| self::named(&lines(path));
    wait_for("the other's changes", || (named_in(&path).len() == held.len()).then_some(()));
    assert_eq!(named_in(&path), held);
    for words in
        ["sink silent fails, to be tried again: no answer within 1s", "nobody answers there; check url"]
    {
        wait_for(words, || server.get("/readyz").contains(words).then_some(()));
    }
    assert!(!server.get("/readyz").contains("sink file"));
    let begun = Instant::now();
    server.terminate();
    assert!(server.wait().success());
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

/// How bad an alert is, as the documents say.
fn severity(alert: &Value) -> u32 {
    let probable = |name: &str| alert["probabilities"][name].as_f64().unwrap_or_default();
    match alert["verdict"].as_str().unwrap() {
        "VERDICT_ATTACK" if probable("attack") >= 0.95 => 5,
        "VERDICT_ATTACK" => 4,
        "VERDICT_DRIFT" if probable("drift") + probable("attack") >= 0.95 => 3,
        "VERDICT_DRIFT" => 2,
        _ => 1,
    }
}

/// Approves all that is found in an image, so that its alerts are normal; how many they are.
async fn approve(server: &Server, image: &str) -> usize {
    let filter = AlertFilter { image: image.to_owned(), ..Default::default() };
    let request = ListAlertsRequest { filter: Some(filter), ..Default::default() };
    let alerts = server.alerts().await.list(request).await.unwrap().into_inner().alerts;
    let count = alerts.len();
    for alert in alerts {
        let decided = DecideRequest {
            alert_id: alert.id,
            scope: DecisionScope::Image.into(),
            author: "alice".into(),
            reason: "an upgrade".into(),
            ..Default::default()
        };
        server.intent().await.approve(decided).await.unwrap();
    }
    count
}

#[tokio::test]
async fn only_what_a_sink_asks_for_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(format!("{name}.jsonl"));
    type Wanted = fn(&Value) -> bool;
    let filters: [(&str, &str, Wanted); 6] = [
        ("all", "", |_| true),
        ("verdicts", "verdicts = [\"attack\"]", |alert| alert["verdict"] == "VERDICT_ATTACK"),
        ("image", "image = \"shop/pay\"", |alert| alert["image_repository"] == "shop/pay"),
        ("namespace", "namespace = \"shop\"", |alert| alert["namespace"] == "shop"),
        ("node", "node = \"n2\"", |alert| alert["node"] == "n2"),
        ("severity", "min_severity = \"critical\"", |alert| severity(alert) == 5),
    ];
    let tables = filters.map(|(name, filter, _)| {
        format!(
            "[[sink]]\nname = \"{name}\"\nkind = \"file\"\nbegin = \"earliest\"\npath = \"{}\"\n{filter}\n",
            path(name).display()
        )
    });
    let server = start(folder.path(), &tables.concat());
    feed(&server, 1).await;
    feed_database(&server, 2).await;
    let approved = approve(&server, "db").await;
    wait_for("word of all approvals", || {
        let all = lines(&path("all"));
        let normal = all.iter().filter(|line| line["alert"]["verdict"] == "VERDICT_NORMAL");
        (normal.count() >= approved).then_some(())
    });
    let held = held(&server).await;
    for (name, ..) in filters {
        let lag = format!("plumbline_server_sink_lag_alerts{{sink=\"{name}\"}}");
        wait_for("the end of the lag", || (server.metric(&lag) == 0).then_some(()));
    }
    let all = lines(&path("all"));
    assert_eq!(named(&all), held);
    for (name, _, wanted) in &filters[1..] {
        let expected: Vec<_> = all.iter().filter(|line| wanted(&line["alert"])).cloned().collect();
        assert!(
            !expected.is_empty() && expected.len() < all.len(),
            "{name}: {} of {}",
            expected.len(),
            all.len()
        );
        assert_eq!(lines(&path(name)), expected, "{name}");
    }
}

#[tokio::test]
async fn what_is_let_go_before_it_can_be_sent_is_told_as_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing/alerts.jsonl"); // its folder is not there yet
    let table = format!(
        "alerts_kept_for = \"1s\"\n[[sink]]\nname = \"file\"\nkind = \"file\"\nretry_max = \"1s\"\npath = \"{}\"\n",
        path.display()
    );
    let server = start(folder.path(), &table);
    feed(&server, 1).await;
    wait_for("word of the failure", || server.get("/readyz").contains("cannot write").then_some(()));
    let gone = "plumbline_server_alert_changes_gone_total{reason=\"age\"}";
    let mut round = 1;
    while server.metric(gone) < 10 {
        round += 1;
        feed(&server, round).await;
    }
    fs::create_dir(folder.path().join("missing")).unwrap();
    let gap = wait_for("the gap", || {
        lines(&path).into_iter().find(|line| line["alert"]["id"].as_str().unwrap().starts_with("gap-"))
    });
    assert_eq!(gap["alert"]["verdict"], "VERDICT_OPERATIONAL");
    assert!(gap["alert"]["story"].as_str().unwrap().contains("were let go"));
    assert!(server.metric("plumbline_server_sink_alerts_gone_total{sink=\"file\"}") > 0);
}

/// Whether the sink named file has a place.
async fn listed(server: &Server) -> bool {
    let consumers = server.alerts().await.list_consumers(ListConsumersRequest {}).await.unwrap().into_inner();
    consumers.consumers.iter().any(|consumer| consumer.name == "sink/file")
}

#[tokio::test]
async fn the_place_of_a_sink_is_not_deleted_as_long_as_the_settings_name_the_sink() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.jsonl");
    let table = format!("[[sink]]\nname = \"file\"\nkind = \"file\"\npath = \"{}\"\n", path.display());
    let server = start(folder.path(), &table);
    let limit = tokio::time::Instant::now() + LIMIT;
    while !listed(&server).await {
        assert!(tokio::time::Instant::now() < limit, "the sink has no place");
        tokio::task::yield_now().await;
    }
    let delete = DeleteConsumerRequest { name: "sink/file".into() };
    let refused = server.alerts().await.delete_consumer(delete.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    assert!(refused.message().contains("settings") && listed(&server).await, "{refused}");
    server.kill();
    let server = start(folder.path(), "");
    server.alerts().await.delete_consumer(delete).await.unwrap();
    assert!(!listed(&server).await);
}
