//! Alertmanager is told what is open, though it is old and there is more than one page of it.

use axum::{Router, extract::State};
use tokio::sync::mpsc;

use super::*;
use crate::{
    alert_log::Limits,
    config::Connection,
    store::{Commit, Store},
};

fn attack(number: u32) -> Alert {
    Alert {
        id: format!("{number:04}"),
        revision: 1,
        verdict: v1::Verdict::Attack.into(),
        image_repository: format!("image-{number}"),
        ..Default::default()
    }
}

fn resolved(number: u32) -> Alert {
    let triage = v1::Triage { state: v1::TriageState::Resolved.into(), ..Default::default() };
    Alert { triage: Some(triage), ..attack(number) }
}

/// The same once all of it is approved.
fn normal(number: u32) -> Alert {
    Alert { revision: 2, verdict: v1::Verdict::Normal.into(), ..attack(number) }
}

fn add(store: &Store, log: &AlertLog, alerts: Vec<Alert>) {
    let mut commit = Commit::default();
    log.plan(alerts, now_unix_ns(), &mut commit);
    store.commit(&commit).unwrap();
    log.publish(&mut commit);
}

/// What a request told: images that are open and those that are over.
type Told = (BTreeSet<String>, BTreeSet<String>);

async fn receiver() -> (String, mpsc::Receiver<String>) {
    async fn take(State(bodies): State<mpsc::Sender<String>>, body: String) {
        bodies.send(body).await.unwrap();
    }
    let (bodies, received) = mpsc::channel(64);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(take).with_state(bodies);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}"), received)
}

/// Tells once; all that was told then.
async fn told(sink: &mut Alertmanager, received: &mut mpsc::Receiver<String>) -> Told {
    sink.send().await.unwrap();
    let (mut open, mut over) = Told::default();
    while let Ok(body) = received.try_recv() {
        let alerts: Vec<Value> = serde_json::from_str(&body).unwrap();
        assert!(alerts.len() <= sink.page, "{} in a request", alerts.len());
        for alert in alerts {
            let image = alert["labels"]["image"].as_str().unwrap().to_owned();
            let fresh = if alert["startsAt"].is_null() { over.insert(image) } else { open.insert(image) };
            assert!(fresh, "told twice: {alert}");
        }
    }
    (open, over)
}

fn images(numbers: impl IntoIterator<Item = u32>) -> BTreeSet<String> {
    numbers.into_iter().map(|number| format!("image-{number}")).collect()
}

/// A sink that reads and tells two alerts at once.
fn sink(url: String, log: &AlertLog) -> Alertmanager {
    let client = Client::new(&Connection { url: Some(url), ..Default::default() }).unwrap();
    let table = "name = \"am\"\nkind = \"alertmanager\"\nurl = \"http://a\"\nmin_severity = \"high\"";
    let settings = toml::from_str(table).unwrap();
    Alertmanager { page: 2, ..Alertmanager::new(client, &settings, Some(log.clone())) }
}

#[tokio::test]
async fn an_old_alert_stays_open_behind_pages_of_newer_ones_and_is_over_only_when_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut stored) = Store::open_when_free(folder.path());
    let log = AlertLog::new(store.clone(), &mut stored, Limits::default());
    let (url, mut received) = receiver().await;
    let mut sink = sink(url, &log);
    add(&store, &log, vec![attack(1), Alert { verdict: v1::Verdict::Drift.into(), ..attack(2) }]);
    assert_eq!(told(&mut sink, &mut received).await, (images([1]), images([])), "a drift is below high");
    add(&store, &log, (3..6).map(attack).collect());
    add(&store, &log, (10..20).map(resolved).collect());
    assert_eq!(told(&mut sink, &mut received).await, (images([1, 3, 4, 5]), images([])));
    add(&store, &log, vec![normal(1)]);
    assert_eq!(told(&mut sink, &mut received).await, (images([3, 4, 5]), images([1])));
    assert_eq!(told(&mut sink, &mut received).await, (images([3, 4, 5]), images([])));
}

#[tokio::test]
async fn of_more_label_sets_than_there_is_room_for_those_that_were_told_stay() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut stored) = Store::open_when_free(folder.path());
    let log = AlertLog::new(store.clone(), &mut stored, Limits::default());
    let (url, mut received) = receiver().await;
    let mut sink = Alertmanager { max_told: 3, ..sink(url, &log) };
    add(&store, &log, (1..4).map(attack).collect());
    assert_eq!(told(&mut sink, &mut received).await.0, images([1, 2, 3]));
    add(&store, &log, vec![attack(4)]);
    assert_eq!(told(&mut sink, &mut received).await, (images([1, 2, 3]), images([])));
    add(&store, &log, vec![normal(2)]);
    assert_eq!(told(&mut sink, &mut received).await, (images([1, 3]), images([2])));
    assert_eq!(told(&mut sink, &mut received).await, (images([1, 3, 4]), images([])));
}
