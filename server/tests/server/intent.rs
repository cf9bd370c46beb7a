//! The intent of an image over the wire, and decisions that are stated without an alert: taken once, and in force.

use plumbline_proto::v1::{
    DecideRequest, Decision, DecisionKind, DecisionScope, GetIntentRequest, IntendedBehaviour, Intent,
    ListAlertsRequest, ListDecisionsRequest, RevokeDecisionRequest, StatedBehaviour, Verdict,
};
use tonic::Code;
use tonic_types::StatusExt;

use crate::{
    decisions::{answer, becomes, decide, fed},
    fixture::{MINUTES, batch},
    harness::{Collector, Server},
};

fn stated(image: &str, dimension: &str, context: &str, value: &str) -> DecideRequest {
    let (dimension, context, value) = (dimension.into(), context.into(), value.into());
    DecideRequest {
        behaviour: Some(StatedBehaviour { dimension, context, value }),
        image: image.into(),
        author: "alice".into(),
        reason: "as designed".into(),
        ..Default::default()
    }
}

fn get(image: &str) -> GetIntentRequest {
    GetIntentRequest { image: image.into(), ..Default::default() }
}

async fn intent(server: &Server, request: GetIntentRequest) -> Intent {
    server.intent().await.get(request).await.unwrap().into_inner()
}

fn of<'i>(intent: &'i Intent, value: &str) -> Option<&'i IntendedBehaviour> {
    intent.behaviours.iter().find(|behaviour| behaviour.dimension == "spawn" && behaviour.value == value)
}

async fn on_record(server: &Server) -> Vec<Decision> {
    let request = ListDecisionsRequest { all: true, limit: 0 };
    server.intent().await.list(request).await.unwrap().into_inner().decisions
}

#[tokio::test]
async fn an_intent_tells_what_is_declared_learned_approved_and_denied_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let (server, alert) = fed(&folder.path().join("data")).await;
    let before = intent(&server, get("shop/pay")).await;
    let declared = before.declared.as_ref().unwrap();
    assert_eq!(declared.start, ["/usr/bin/shop/pay"]);
    let facts = declared.facts.as_ref().unwrap();
    assert_eq!((&facts.entrypoint, &*facts.container.as_ref().unwrap().namespace), (&declared.start, "shop"));
    let own = of(&before, "/usr/bin/shop/pay").unwrap();
    assert_eq!((own.learned.unwrap().count, own.decisions.len()), (MINUTES, 0));
    assert!(of(&before, "/tmp/x").is_none(), "what was told is not learned");

    let denied = decide(&server, DecisionKind::Deny, answer(&alert)).await;
    let own = stated("shop/pay", "spawn", &own.context, &own.value);
    let approved = decide(&server, DecisionKind::Approve, own).await;
    let whole = intent(&server, get("shop/pay")).await;
    let told = of(&whole, "/tmp/x").unwrap();
    assert!(told.learned.is_none() && denied.contains(&told.decisions[0]), "{told:?}");
    let both = of(&whole, "/usr/bin/shop/pay").unwrap();
    assert_eq!((both.learned.unwrap().count, &both.decisions), (MINUTES, &approved));
    let other = intent(&server, get("shop/web")).await;
    assert!(other.behaviours.iter().all(|behaviour| behaviour.decisions.is_empty()), "{other:?}");

    let (mut request, mut paged) = (GetIntentRequest { limit: 2, ..get("shop/pay") }, Vec::new());
    loop {
        let page = intent(&server, request.clone()).await;
        assert!(page.behaviours.len() <= 2);
        paged.extend(page.behaviours);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(paged, whole.behaviours);
    let decided = intent(&server, GetIntentRequest { only_decided: true, ..get("shop/pay") }).await;
    assert_eq!(decided.behaviours.len(), denied.len() + 1);
    // What was taken back is on record, and no intent any more.
    let revoke =
        RevokeDecisionRequest { id: approved[0].id.clone(), author: "bob".into(), ..Default::default() };
    server.intent().await.revoke(revoke).await.unwrap();
    let decided = intent(&server, GetIntentRequest { only_decided: true, ..get("shop/pay") }).await;
    assert_eq!(decided.behaviours.len(), denied.len());
}

#[tokio::test]
async fn what_is_denied_without_an_alert_is_forgotten_and_told_when_it_is_seen_and_survives_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (server, _) = fed(&data).await;
    let known = of(&intent(&server, get("shop/web")).await, "/usr/bin/shop/web").unwrap().clone();
    let deny = stated("shop/web", "spawn", &known.context, &known.value);
    let made = decide(&server, DecisionKind::Deny, DecideRequest { request_id: "r".into(), ..deny }).await;
    assert_eq!((made.len(), made[0].alert_id.as_str(), made[0].rows.len()), (1, "", 0));
    server.kill();
    let server = Server::start(&data);
    let now = intent(&server, get("shop/web")).await;
    let denied = of(&now, &known.value).unwrap();
    assert!(denied.learned.is_none() && denied.decisions == made, "{denied:?}");

    let (mut collector, _) = Collector::greet(&server, 2).await;
    collector.send(1, batch("b", MINUTES)).await;
    collector.acknowledged(1).await;
    let alerts = server.alerts().await.list(ListAlertsRequest::default()).await.unwrap().into_inner().alerts;
    let alert = alerts.iter().find(|alert| alert.image_repository == "shop/web").expect("a denial is told");
    assert_eq!(alert.findings[0].decided.as_ref().unwrap().id, made[0].id);

    // The image is approved of for good, so it is learned again once the denial is gone.
    let id = made[0].id.clone();
    let revoke = RevokeDecisionRequest { id, author: "alice".into(), ..Default::default() };
    server.intent().await.revoke(revoke).await.unwrap();
    let approve = stated("shop/web", "spawn", &known.context, &known.value);
    let scope = DecisionScope::Repository.into();
    decide(&server, DecisionKind::Approve, DecideRequest { scope, ..approve }).await;
    becomes(&server, &alert.id, Verdict::Normal).await;
    collector.send(2, batch("b", MINUTES + 1)).await;
    collector.acknowledged(2).await;
    let learned = of(&intent(&server, get("shop/web")).await, &known.value).unwrap().learned.unwrap();
    assert_eq!(learned.count, 1);
}

#[tokio::test]
async fn a_decision_is_made_once_also_after_a_crash_and_only_of_the_alert_that_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (server, alert) = fed(&data).await;
    let request = DecideRequest { request_id: "r1".into(), etag: alert.revision, ..answer(&alert) };
    let mut made = decide(&server, DecisionKind::Approve, request.clone()).await;
    made.sort_by(|a, b| a.id.cmp(&b.id));
    server.kill();
    let server = Server::start(&data);
    // The alert is another one by now; the request is known all the same.
    becomes(&server, &alert.id, Verdict::Normal).await;
    let mut again = decide(&server, DecisionKind::Approve, request.clone()).await;
    again.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(again, made);
    assert_eq!(on_record(&server).await.len(), made.len());

    let mut client = server.intent().await;
    let outdated = DecideRequest { request_id: "r2".into(), ..request.clone() };
    assert_eq!(client.approve(outdated).await.unwrap_err().code(), Code::Aborted);
    let other = client.deny(request.clone()).await.unwrap_err();
    assert!(other.code() == Code::InvalidArgument && other.message().starts_with("request_id: "), "{other}");
    let by_bob = DecideRequest { author: "bob".into(), etag: 0, finding: 1, ..request };
    client.approve(by_bob).await.unwrap();
    assert!(on_record(&server).await.len() > made.len(), "an id is its author's");

    type Change = fn(&mut DecideRequest);
    let cases: [(Change, &str); 10] = [
        (|r| r.alert_id = "1".into(), "alert_id"),
        (|r| r.finding = 1, "finding"),
        (|r| r.etag = 1, "etag"),
        (|r| r.image.clear(), "image"),
        (|r| r.namespace = "shop".into(), "namespace"),
        (|r| r.scope = DecisionScope::All.into(), "image"),
        (|r| r.behaviour.as_mut().unwrap().dimension = "spam".into(), "behaviour.dimension"),
        (|r| r.behaviour.as_mut().unwrap().value.clear(), "behaviour.value"),
        (|r| r.behaviour.as_mut().unwrap().context = "x".repeat(4097), "behaviour.context"),
        (
            |r| {
                r.image.clear();
                r.scope = DecisionScope::Namespace.into();
            },
            "namespace",
        ),
    ];
    let before = on_record(&server).await;
    for (change, field) in cases {
        let mut request = stated("db", "spawn", "a", "b");
        change(&mut request);
        let refused = client.deny(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        assert_eq!(refused.get_details_bad_request().unwrap().field_violations[0].field, field);
    }
    let gone = client.deny(stated("no/such", "spawn", "a", "b")).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    assert_eq!(on_record(&server).await, before, "something refused was taken");
    let local = DecideRequest {
        scope: DecisionScope::Namespace.into(),
        namespace: "shop".into(),
        ..stated("", "spawn", "a", "b")
    };
    let expires_unix_ns = 4_000_000_000_123_456_789;
    let local = DecideRequest { expires_unix_ns, request_id: "r3".into(), ..local };
    let later = DecideRequest { expires_unix_ns: expires_unix_ns + 1, ..local.clone() };
    let local = decide(&server, DecisionKind::Deny, local).await;
    assert_eq!(local[0].expires_unix_ns, expires_unix_ns, "to the nanosecond");
    assert!(client.deny(later).await.unwrap_err().message().starts_with("request_id: "));
    assert_eq!((local[0].scope(), local[0].scope_name.as_str()), (DecisionScope::Namespace, "shop"));
}
