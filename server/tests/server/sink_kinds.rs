//! Each kind of sink over HTTP against a receiver that checks what its protocol demands, is killed, and comes back.
//!
//! The receivers are written here after the public descriptions of the protocols; none is the product itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::{Value, json};

use crate::{
    harness::{Server, wait_for},
    receiver::{Receiver, Request, SILENCE},
    sinks::{feed, held, start},
};

pub(crate) fn table(kind: &str, url: &str, more: &str) -> String {
    format!(
        "[[sink]]\nname = \"{kind}\"\nkind = \"{kind}\"\nbegin = \"earliest\"\nretry_max = \"1s\"\nurl = \"{url}\"\n{more}\n"
    )
}

/// A file with a token, as a line of a table.
pub(crate) fn token(folder: &Path) -> String {
    let path = folder.join("token");
    fs::write(&path, "hush\n").unwrap();
    format!("token_file = \"{}\"", path.display())
}

/// Ids with revisions of what the server holds.
pub(crate) async fn ids(server: &Server) -> BTreeSet<String> {
    held(server).await.into_values().collect()
}

/// Runs a sink against a receiver that fails, is killed while it owes an answer, and comes back; all that was taken by requests.
async fn through(
    kind: &str,
    more: &str,
    answer: fn(&Request) -> (u16, String),
    ids_of: fn(&Request) -> Vec<String>,
) -> Vec<Request> {
    let folder = tempfile::tempdir().unwrap();
    let start_receiver = |address: Option<String>, last: usize| async move {
        let answer = move |number, request: &Request| match number {
            0 => (503, String::new()),
            number if number >= last => (SILENCE, String::new()),
            _ => answer(request),
        };
        Receiver::answering(address.as_deref(), answer).await
    };
    let receiver = start_receiver(None, 2).await;
    let address = receiver.address.clone();
    let more = format!("{}\n{more}", token(folder.path()));
    let table = match kind {
        "slack" => {
            let path = folder.path().join("address");
            fs::write(&path, format!("http://{address}/services/hush\n")).unwrap();
            table(kind, "URL", &more).replace("url = \"URL\"", &format!("url_file = \"{}\"", path.display()))
        }
        _ => table(kind, &format!("http://{address}"), &more),
    };
    let server = start(folder.path(), &table);
    feed(&server, 1).await;
    wait_for("one that was not answered", || (receiver.requests().len() > 2).then_some(()));
    let mut taken: Vec<_> = receiver.stop().await.into_iter().skip(1).collect();
    let expected = ids(&server).await;
    let first: BTreeSet<_> = taken.iter().flat_map(ids_of).collect();
    assert!(first.len() < expected.len(), "it had all before it was killed");
    let unanswered = ids_of(taken.last().unwrap()).len();
    feed(&server, 2).await;
    let failing = format!("sink {kind} fails");
    wait_for("word of the failure", || server.get("/readyz").contains(&failing).then_some(()));
    let receiver = start_receiver(Some(address), usize::MAX).await;
    let expected = ids(&server).await;
    wait_for("all alerts", || {
        let all = receiver.requests().into_iter().skip(1);
        let all: BTreeSet<_> =
            taken.iter().cloned().chain(all).flat_map(|request| ids_of(&request)).collect();
        (all == expected).then_some(())
    });
    assert!(!server.get("/readyz").contains("hush"));
    taken.extend(receiver.stop().await.into_iter().skip(1));
    let told = taken.iter().flat_map(ids_of).count();
    assert_eq!(told - expected.len(), unanswered, "only what was not answered comes again");
    taken
}

pub(crate) fn lines(request: &Request) -> Vec<Value> {
    request.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn elasticsearch_gets_ecs_documents_in_bulk_under_ids_that_make_repeats_harmless() {
    fn answer(request: &Request) -> (u16, String) {
        let items: Vec<_> = lines(request).chunks(2).map(|_| json!({"create": {"status": 409}})).collect();
        (200, json!({"errors": true, "items": items}).to_string())
    }
    fn ids_of(request: &Request) -> Vec<String> {
        lines(request).chunks(2).map(|pair| pair[0]["create"]["_id"].as_str().unwrap().to_owned()).collect()
    }
    for request in through("elasticsearch", "batch = 2", answer, ids_of).await {
        assert_eq!(request.path, "/logs-plumbline.alerts-default/_bulk");
        assert_eq!(request.headers["content-type"], "application/x-ndjson");
        assert_eq!(request.headers["authorization"], "ApiKey hush");
        assert!(request.body.ends_with('\n'));
        for pair in lines(&request).chunks(2) {
            assert_eq!(pair[1]["event"]["kind"], "alert");
            assert_eq!(pair[1]["event"]["id"], pair[0]["create"]["_id"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn splunk_gets_batches_of_ocsf_events() {
    fn ids_of(request: &Request) -> Vec<String> {
        lines(request)
            .iter()
            .map(|event| event["event"]["metadata"]["uid"].as_str().unwrap().to_owned())
            .collect()
    }
    let answer = |_: &Request| (200, "{\"text\":\"Success\",\"code\":0}".to_owned());
    let taken = through("splunk_hec", "index = \"main\"\nbatch = 3", answer, ids_of).await;
    let largest = taken.iter().map(|request| lines(request).len()).max().unwrap();
    assert!((2..=3).contains(&largest), "{largest} events in a request");
    let peers =
        taken.iter().flat_map(lines).flat_map(|event| event["event"]["evidences"].as_array().cloned());
    let mut peers = peers.flatten().map(|evidence| evidence["dst_endpoint"]["ip"].clone());
    assert!(peers.any(|address| address == "203.0.113.7"), "nothing tells where it went");
    for request in taken {
        assert_eq!(request.path, "/services/collector/event");
        assert_eq!(request.headers["authorization"], "Splunk hush");
        for event in lines(&request) {
            assert!(event["time"].is_f64() && event["event"]["class_uid"] == 2004);
            assert_eq!(
                (&event["sourcetype"], &event["index"]),
                (&json!("ocsf:detection_finding"), &json!("main"))
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn falcosidekick_gets_one_alert_a_request_that_it_would_take() {
    /// What falcosidekick looks at before it takes something.
    fn answer(request: &Request) -> (u16, String) {
        let alert: Value = serde_json::from_str(&request.body).unwrap();
        let text = |name: &str| alert[name].as_str().is_some_and(|text| !text.is_empty());
        let fields = alert["output_fields"].as_object().is_some_and(|fields| !fields.is_empty());
        let namespace = alert["output_fields"].get("k8s.ns.name").is_none_or(Value::is_string);
        let good = text("priority") && text("rule") && text("time") && fields && namespace;
        (if good { 200 } else { 400 }, String::new())
    }
    fn ids_of(request: &Request) -> Vec<String> {
        let alert: Value = serde_json::from_str(&request.body).unwrap();
        let fields = &alert["output_fields"];
        vec![format!("{}-{}", fields["alert.id"].as_str().unwrap(), fields["alert.revision"])]
    }
    for request in through("falco", "", answer, ids_of).await {
        assert_eq!(
            (request.path.as_str(), &request.headers["content-type"]),
            ("/", &"application/json".parse().unwrap())
        );
    }
}

/// What Slack's documents ask of Block Kit; a message that does not fit is refused there with this word.
fn fits_slack(message: &Value) -> bool {
    let text = |text: &Value, kinds: &[&str], most: usize| {
        let length = text["text"].as_str().map_or(0, |text| text.chars().count());
        kinds.contains(&text["type"].as_str().unwrap_or_default()) && (1..=most).contains(&length)
    };
    let fits = |block: &Value| match block["type"].as_str().unwrap_or_default() {
        "header" => text(&block["text"], &["plain_text"], 150),
        "section" => text(&block["text"], &["plain_text", "mrkdwn"], 3000),
        "context" => block["elements"].as_array().is_some_and(|elements| {
            let mut texts = elements.iter();
            (1..=10).contains(&elements.len()) && texts.all(|one| text(one, &["plain_text", "mrkdwn"], 2000))
        }),
        _ => false,
    };
    let blocks = message["blocks"].as_array().filter(|blocks| (1..=50).contains(&blocks.len()));
    let words = message["text"].as_str().map_or(0, |text| text.chars().count());
    blocks.is_some_and(|blocks| blocks.iter().all(fits)) && (1..=40_000).contains(&words)
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_gets_one_message_a_change_that_it_would_take_at_the_secret_address() {
    fn answer(request: &Request) -> (u16, String) {
        let message = serde_json::from_str(&request.body).unwrap_or_default();
        if fits_slack(&message) { (200, "ok".to_owned()) } else { (400, "invalid_blocks".to_owned()) }
    }
    fn ids_of(request: &Request) -> Vec<String> {
        let message: Value = serde_json::from_str(&request.body).unwrap();
        let about = message["blocks"][2]["elements"][0]["text"].as_str().unwrap();
        let words: Vec<_> = about.rsplit(", ").next().unwrap().split(' ').collect();
        vec![format!("{}-{}", words[1], words[3])]
    }
    for request in through("slack", "", answer, ids_of).await {
        assert!(!request.headers.contains_key("authorization"), "the address is the secret there");
        assert_eq!(request.path, "/services/hush");
        assert!(fits_slack(&serde_json::from_str(&request.body).unwrap()), "{}", request.body);
    }
    let long = json!({"type": "header", "text": {"type": "plain_text", "text": "x".repeat(151)}});
    assert!(!fits_slack(&json!({"text": "a", "blocks": [long]})), "the receiver takes anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn alertmanager_is_told_what_is_open_under_labels_of_low_cardinality_and_then_that_it_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(None, |_| (200, "")).await;
    let server = start(folder.path(), &table("alertmanager", &format!("http://{}", receiver.address), ""));
    feed(&server, 1).await;
    let told = |receiver: &Receiver| -> Vec<Value> {
        let last = receiver.requests().last().cloned();
        last.map_or_else(Vec::new, |last| serde_json::from_str(&last.body).unwrap())
    };
    let attack = wait_for("an attack", || {
        told(&receiver).into_iter().find(|alert| alert["labels"]["alertname"] == "PlumblineAttack")
    });
    let labels: BTreeMap<String, String> = serde_json::from_value(attack["labels"].clone()).unwrap();
    let names: Vec<_> = labels.keys().map(String::as_str).collect();
    assert_eq!(names, ["alertname", "image", "namespace", "severity", "verdict"]);
    assert!(attack["endsAt"].as_str() > attack["startsAt"].as_str());
    assert_eq!(receiver.requests()[0].path, "/api/v2/alerts");

    let mut client = server.alerts().await;
    let listed = client.list(plumbline_proto::v1::ListAlertsRequest::default()).await.unwrap().into_inner();
    for alert in listed.alerts {
        let request = plumbline_proto::v1::TriageRequest {
            alert_id: alert.id,
            author: "alice".into(),
            action: plumbline_proto::v1::TriageAction::Resolve.into(),
            resolution: plumbline_proto::v1::Resolution::FalsePositive.into(),
            ..Default::default()
        };
        client.triage(request).await.unwrap();
    }
    wait_for("the end of the attack", || {
        receiver
            .requests()
            .iter()
            .any(|request| {
                let told: Vec<Value> = serde_json::from_str(&request.body).unwrap();
                told.iter().any(|alert| alert["labels"] == attack["labels"] && alert["startsAt"].is_null())
            })
            .then_some(())
    });
}
