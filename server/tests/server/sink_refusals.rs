//! What a receiver refuses of a batch: only that is put aside, the rest is taken.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use crate::{
    harness::{Server, wait_for},
    receiver::{Receiver, Request},
    sink_kinds::{ids, lines, table, token},
    sinks::{feed, start},
};

/// Ids with revisions in a dead letter.
fn dead(folder: &Path, name: &str) -> Vec<String> {
    let text = fs::read_to_string(folder.join(format!("data/sinks/{name}.dead"))).unwrap_or_default();
    let id = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let change: Value = serde_json::from_str(line["alert"].as_str().unwrap()).unwrap();
        format!("{}-{}", change["alert"]["id"].as_str().unwrap(), change["alert"]["revision"])
    };
    text.lines().map(id).collect()
}

fn caught_up(server: &Server, name: &str) {
    let lag = format!("plumbline_server_sink_lag_alerts{{sink=\"{name}\"}}");
    wait_for("the end of the lag", || (server.metric(&lag) == 0).then_some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_batch_that_is_refused_only_the_culprit_is_put_aside() {
    fn ids_of(request: &Request) -> Vec<String> {
        let id = |event: &Value| event["event"]["metadata"]["uid"].as_str().unwrap().to_owned();
        lines(request).iter().map(id).collect()
    }
    let folder = tempfile::tempdir().unwrap();
    // The second of the first batch that has two.
    let culprit = Arc::new(Mutex::new(None::<String>));
    let taken = Arc::new(Mutex::new(Vec::new()));
    let receiver = {
        let (culprit, taken) = (Arc::clone(&culprit), Arc::clone(&taken));
        Receiver::answering(None, move |number, request| {
            let (ids, mut culprit) = (ids_of(request), culprit.lock().unwrap());
            if number == 0 {
                return (503, String::new()); // until there are several
            }
            if culprit.is_none() {
                *culprit = ids.get(1).cloned();
            }
            if culprit.as_ref().is_some_and(|culprit| ids.contains(culprit)) {
                return (400, "not this".to_owned());
            }
            taken.lock().unwrap().extend(ids);
            (200, String::new())
        })
        .await
    };
    let more = format!("{}\nbatch = 5", token(folder.path()));
    let server = start(folder.path(), &table("splunk_hec", &format!("http://{}", receiver.address), &more));
    feed(&server, 1).await;
    caught_up(&server, "splunk_hec");
    let largest = receiver.requests().iter().map(|request| ids_of(request).len()).max();
    assert!(largest <= Some(5), "{largest:?} events in a request");
    let culprit = culprit.lock().unwrap().clone().expect("no batch had two");
    let taken = taken.lock().unwrap().clone();
    assert_eq!(dead(folder.path(), "splunk_hec"), [culprit.as_str()]);
    let mut expected = ids(&server).await;
    expected.remove(&culprit);
    assert_eq!(taken.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(taken.len(), expected.len(), "none came twice");
    let sent = "plumbline_server_sink_alerts_sent_total{sink=\"splunk_hec\"}";
    assert_eq!(server.metric(sent), expected.len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn elasticsearch_says_of_each_document_whether_it_is_taken_refused_or_to_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let (refused, stored) = (Arc::new(Mutex::new(None::<String>)), Arc::new(Mutex::new(BTreeMap::new())));
    let receiver = {
        let (refused, stored) = (Arc::clone(&refused), Arc::clone(&stored));
        Receiver::answering(None, move |number, request| {
            if number == 0 {
                return (503, String::new());
            }
            let (mut refused, mut stored) = (refused.lock().unwrap(), stored.lock().unwrap());
            let lines = lines(request);
            let ids = lines.chunks(2).map(|pair| pair[0]["create"]["_id"].as_str().unwrap().to_owned());
            let ids: Vec<String> = ids.collect();
            // Once: the first is taken, the second does not fit, the third is to come another time.
            let busy = refused.is_none() && ids.len() > 2;
            if busy {
                *refused = Some(ids[1].clone());
            }
            let items = ids.iter().enumerate().map(|(index, id)| {
                let status = match index {
                    _ if refused.as_ref() == Some(id) => 400,
                    2 if busy => 429,
                    _ if stored.contains_key(id) => 409,
                    _ => 201,
                };
                if status < 300 {
                    stored.insert(id.clone(), number);
                }
                json!({"create": {"status": status, "error": {"type": "why"}}})
            });
            let items: Vec<_> = items.collect();
            (200, json!({"errors": true, "items": items}).to_string())
        })
        .await
    };
    let more = format!("{}\nbatch = 4", token(folder.path()));
    let url = format!("http://{}", receiver.address);
    let server = start(folder.path(), &table("elasticsearch", &url, &more));
    feed(&server, 1).await;
    caught_up(&server, "elasticsearch");
    let refused = refused.lock().unwrap().clone().expect("no batch had three");
    assert_eq!(dead(folder.path(), "elasticsearch"), [refused.as_str()]);
    let mut expected = ids(&server).await;
    expected.remove(&refused);
    assert_eq!(stored.lock().unwrap().keys().cloned().collect::<BTreeSet<_>>(), expected);
    let retried = "plumbline_server_sink_alerts_retried_total{sink=\"elasticsearch\"}";
    assert!(server.metric(retried) >= 3);
}
