//! What follows where a person confirms an attack, over the wire: an order in the signed set, once, and what came of it in the
//! alert and in the audit record.

use plumbline_proto::v1::{
    Alert, ArmRequest, ConfirmedAction, ContainerOrder, Containment, EnforcementMode, EnforcementState,
    ListAlertsRequest, OrderOutcome, OrderResult, PolicySet, Resolution, SetPolicyRequest, TriageAction,
    TriageRequest, Verdict, ingest_request::Kind,
};
use tonic::Code;

use crate::{
    console::{field, post},
    decisions::{alerts, is_of_x},
    enforcement::{Keyed, client, enforcing, keyed, recorded, set},
    fixture::{MINUTES, batch},
    harness::{Collector, LIMIT, Server, wait_for},
    web::get,
};

/// A server with a key, an alert of an attack on the node "a", and a collector there that takes policies.
async fn fed(folder: &std::path::Path) -> (Server, Keyed, Alert) {
    let keyed = keyed(folder);
    let server = Server::start_with(&folder.join("data"), &keyed.flags());
    let (mut collector, _) = Collector::greet(&server, 1).await;
    for minute in 0..MINUTES {
        collector.send(minute + 1, batch("a", minute)).await;
    }
    collector.acknowledged(MINUTES).await;
    let alert = alerts(&server).await.into_iter().find(is_of_x).unwrap();
    assert_eq!(alert.verdict(), Verdict::Attack);
    (server, keyed, alert)
}

fn pausing() -> SetPolicyRequest {
    SetPolicyRequest {
        image: "shop/pay".into(),
        mode: EnforcementMode::Enforce.into(),
        immutable: true,
        on_confirmed_attack: ConfirmedAction::Pause.into(),
        author: "root".into(),
        ..Default::default()
    }
}

async fn resolved(server: &Server, alert: &Alert, action: TriageAction, resolution: Resolution) -> Alert {
    let request = TriageRequest {
        alert_id: alert.id.clone(),
        author: "alice".into(),
        action: action.into(),
        resolution: resolution.into(),
        ..Default::default()
    };
    server.alerts().await.triage(request).await.unwrap().into_inner()
}

async fn confirmed(server: &Server, alert: &Alert) -> Option<Containment> {
    let alert = resolved(server, alert, TriageAction::Resolve, Resolution::AttackConfirmed).await;
    alert.triage.unwrap().containment
}

async fn opened(server: &Server, alert: &Alert) {
    resolved(server, alert, TriageAction::Reopen, Resolution::Unspecified).await;
}

/// The containment of an alert, once it was answered.
async fn answered(server: &Server, id: &str) -> Containment {
    let asking = async {
        loop {
            let list = server.alerts().await.list(ListAlertsRequest::default()).await.unwrap().into_inner();
            let alert = list.alerts.into_iter().find(|alert| alert.id == id).unwrap();
            let containment = alert.triage.unwrap().containment.unwrap();
            if containment.outcome() != OrderOutcome::Asked {
                return containment;
            }
        }
    };
    tokio::time::timeout(LIMIT, asking).await.expect("no answer is taken down in time")
}

fn said(id: u64, outcome: OrderOutcome, reason: &str) -> Kind {
    let result = OrderResult { id, outcome: outcome.into(), reason: reason.into(), ..Default::default() };
    Kind::Enforcement(EnforcementState { orders: vec![result], ..Default::default() })
}

/// What the audit record says of orders.
async fn of_orders(server: &Server) -> Vec<(String, String)> {
    let all = recorded(server).await;
    all.into_iter().filter(|(_, outcome)| outcome.contains(" container ")).collect()
}

#[tokio::test]
async fn a_confirmed_attack_asks_the_node_once_and_its_answer_is_on_record_once() {
    let folder = tempfile::tempdir().unwrap();
    let (server, keyed, alert) = fed(folder.path()).await;
    client(&server).await.set(pausing()).await.unwrap();
    let (mut collector, _) = enforcing(&server, 2).await;
    let before = set(&mut collector, &keyed, |set| set.images.len() == 1).await;
    assert_eq!((before.images[0].on_confirmed_attack(), before.orders), (ConfirmedAction::Pause, Vec::new()));

    let asked = confirmed(&server, &alert).await.unwrap();
    assert_eq!((asked.outcome(), asked.action()), (OrderOutcome::Asked, ConfirmedAction::Pause));
    let ordered = set(&mut collector, &keyed, |set| !set.orders.is_empty()).await;
    let order = ContainerOrder {
        id: asked.order,
        node: alert.node.clone(),
        container_id: alert.container_id.clone(),
        digest: alert.image_digest.clone(),
        action: ConfirmedAction::Pause.into(),
        expires_unix_ns: asked.expires_unix_ns,
    };
    assert_eq!(ordered.orders, [order]);
    assert_eq!(asked.expires_unix_ns - asked.asked_unix_ns, 300_000_000_000);

    // Who says it once more asks for nothing more, nor does a crash.
    let again = confirmed(&server, &alert).await.unwrap();
    assert_eq!(again, asked);
    drop(collector);
    server.kill();
    let server = Server::start_with(&folder.path().join("data"), &keyed.flags());
    // What another node says of it is nothing.
    let elsewhere = plumbline_proto::v1::Hello {
        node: "elsewhere".into(),
        takes_policies: true,
        ..crate::harness::hello(8)
    };
    let (other, _) = Collector::open(&server).await.welcomed(elsewhere).await;
    other.say(said(asked.order, OrderOutcome::Failed, "no")).await;
    let hello = plumbline_proto::v1::Hello {
        node: alert.node.clone(),
        takes_policies: true,
        ..crate::harness::hello(3)
    };
    let (mut collector, _) = Collector::open(&server).await.welcomed(hello).await;
    assert_eq!(set(&mut collector, &keyed, |set| !set.orders.is_empty()).await.orders.len(), 1);
    collector.say(said(asked.order, OrderOutcome::Done, "it was paused already")).await;
    let done = answered(&server, &alert.id).await;
    assert_eq!(
        (done.order, done.outcome(), done.reason.as_str()),
        (asked.order, OrderOutcome::Done, "it was paused already")
    );
    set(&mut collector, &keyed, |set| set.orders.is_empty()).await;
    collector.say(said(asked.order, OrderOutcome::Failed, "said again, and otherwise")).await;
    client(&server)
        .await
        .set(SetPolicyRequest { reason: "so that there is a later commit".into(), ..pausing() })
        .await
        .unwrap();
    assert_eq!(answered(&server, &alert.id).await, done);
    let count =
        |outcome| server.metric(&format!("plumbline_server_container_orders_total{{outcome=\"{outcome}\"}}"));
    assert_eq!(["asked", "done", "failed", "refused"].map(count), [0, 1, 0, 0], "since the restart");
    let recorded = of_orders(&server).await;
    let (container, node) = (&alert.container_id, &alert.node);
    assert_eq!(
        recorded,
        [
            (
                String::new(),
                format!(
                    "asked node {node} to pause container {container} of shop/pay: since alice confirmed alert {} as an attack",
                    alert.id
                )
            ),
            (
                node.clone(),
                format!(
                    "paused container {container} of shop/pay (alert {}): it was paused already",
                    alert.id
                )
            ),
        ]
    );
}

#[tokio::test]
async fn nothing_is_asked_unless_the_policy_enforces_and_says_so_and_a_person_confirmed_an_attack() {
    let folder = tempfile::tempdir().unwrap();
    let (server, keyed, alert) = fed(folder.path()).await;
    let mut client = client(&server).await;
    assert_eq!(confirmed(&server, &alert).await, None, "there is no policy");
    opened(&server, &alert).await;
    client.set(SetPolicyRequest { on_confirmed_attack: 0, ..pausing() }).await.unwrap();
    assert_eq!(confirmed(&server, &alert).await, None, "it does nothing by default");
    opened(&server, &alert).await;
    client.set(pausing()).await.unwrap();
    for resolution in [Resolution::FalsePositive, Resolution::DriftAccepted] {
        let other = resolved(&server, &alert, TriageAction::Resolve, resolution).await;
        assert_eq!(other.triage.unwrap().containment, None);
    }
    assert!(of_orders(&server).await.is_empty());

    client.set(SetPolicyRequest { mode: EnforcementMode::Warn.into(), ..pausing() }).await.unwrap();
    let refused = confirmed(&server, &alert).await.unwrap();
    assert_eq!((refused.outcome(), refused.order), (OrderOutcome::Refused, 0));
    assert!(refused.reason.contains("does not enforce"), "{refused:?}");
    opened(&server, &alert).await;
    client.set(pausing()).await.unwrap();
    client.arm(ArmRequest { author: "root".into(), ..Default::default() }).await.unwrap();
    assert!(confirmed(&server, &alert).await.unwrap().reason.contains("disarmed"));
    let recorded = of_orders(&server).await;
    assert!(
        recorded.len() == 2 && recorded.iter().all(|(_, said)| said.starts_with("did not ask to pause")),
        "{recorded:?}"
    );
    let (mut collector, _) = enforcing(&server, 2).await;
    let none = |set: &PolicySet| !set.armed;
    assert!(set(&mut collector, &keyed, none).await.orders.is_empty());
    let unknown = client.set(SetPolicyRequest { on_confirmed_attack: 9, ..pausing() }).await.unwrap_err();
    assert_eq!(unknown.code(), Code::InvalidArgument);
    assert!(unknown.message().starts_with("on_confirmed_attack: 9"), "{unknown}");
    // And an answer has bounds.
    let wordy = said(1, OrderOutcome::Done, &"x".repeat(513));
    collector.say(wordy).await;
    assert!(collector.end().await.message().starts_with("enforcement.orders: "));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn confirming_an_attack_in_the_console_asks_for_the_same_and_the_incident_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _keyed, alert) = fed(folder.path()).await;
    client(&server).await.set(pausing()).await.unwrap();
    let path = format!("/console/alerts/{}", alert.id);
    let done = wait_for("a form of the alert as it is", || {
        let page = get(&server, &path, &[]).text();
        let (mark, etag) = (field(&page, "form"), field(&page, "etag"));
        let fields = [
            ("form", mark.as_str()),
            ("etag", etag.as_str()),
            ("kind", "confirm_attack"),
            ("finding", "1"),
            ("scope", "repository"),
            ("days", "90"),
            ("author", "alice"),
            ("reason", "so be it"),
        ];
        let shown = post(&server, &format!("{path}/decide"), &[], &fields);
        let id = if shown.code == 409 { return None } else { field(&shown.text(), "request_id") };
        let confirmed = [("confirmed", "yes"), ("request_id", id.as_str())];
        let done = post(&server, &format!("{path}/decide"), &[], &[&fields[..], &confirmed].concat());
        (done.code != 409).then_some(done)
    });
    assert_eq!(done.code, 303);
    let page = get(&server, &path, &[]).text();
    assert_eq!(page.matches("the node was asked to pause the container").count(), 2, "{page}");
    assert_eq!(of_orders(&server).await.len(), 1);
}
