//! What people decide, over the wire: taken, durable when answered, and in force after a crash.

use std::path::Path;

use bytes::Bytes;
use plumbline_proto::v1::{
    Alert, Batch, DecideRequest, Decision, DecisionKind, DecisionScope, FeedbackRequest, ImageFeedback,
    ListAlertsRequest, ListDecisionsRequest, RevokeDecisionRequest, Verdict,
};
use prost::Message;
use tonic::Code;
use tonic_types::StatusExt;

use crate::{
    fixture::{MINUTES, batch},
    harness::{Collector, LIMIT, Server},
};

/// The last minute once more, in other containers and so many minutes later.
fn again(later: u64) -> Bytes {
    again_within(Some("shop"), later)
}

/// The same, with the shop's pods in another namespace or in none.
fn again_within(namespace: Option<&'static str>, later: u64) -> Bytes {
    let mut again = Batch::decode(batch("a", MINUTES - 1)).unwrap();
    for text in again.strings.iter_mut().filter(|text| **text == "shop") {
        *text = namespace.unwrap_or_default().into();
    }
    again.base_unix_ns += later * again.window_ns;
    for text in &mut again.strings {
        if text.windows(3).any(|part| part == b"@a/") {
            *text = [text.as_ref(), format!("/{later}").as_bytes()].concat().into();
        }
    }
    again.windows.as_mut().unwrap().window.iter_mut().for_each(|window| *window += later);
    again.encode_to_vec().into()
}

pub(crate) async fn alerts(server: &Server) -> Vec<Alert> {
    server.alerts().await.list(ListAlertsRequest::default()).await.unwrap().into_inner().alerts
}

/// Whether an alert is of the program that the last minute starts, as others do.
pub(crate) fn is_of_x(alert: &Alert) -> bool {
    alert.findings.iter().any(|finding| finding.value == "/tmp/x")
}

/// A server that was told all minutes, and what it found.
pub(crate) async fn fed(folder: &Path) -> (Server, Alert) {
    let server = Server::start(folder);
    let (mut collector, _) = Collector::greet(&server, 1).await;
    for minute in 0..MINUTES {
        collector.send(minute + 1, batch("a", minute)).await;
    }
    collector.acknowledged(MINUTES).await;
    let alert = alerts(&server).await.into_iter().find(is_of_x).unwrap();
    assert_eq!(alert.image_repository, "shop/pay");
    (server, alert)
}

pub(crate) fn answer(alert: &Alert) -> DecideRequest {
    DecideRequest {
        alert_id: alert.id[..10].to_owned(),
        scope: DecisionScope::Repository.into(),
        author: "alice".to_owned(),
        reason: "the till is\nmended \u{202e}so".to_owned(),
        ..Default::default()
    }
}

pub(crate) async fn decide(server: &Server, kind: DecisionKind, request: DecideRequest) -> Vec<Decision> {
    let mut client = server.intent().await;
    let decided = match kind {
        DecisionKind::Deny => client.deny(request).await,
        _ => client.approve(request).await,
    };
    decided.unwrap().into_inner().decisions
}

async fn listed(server: &Server, all: bool) -> Vec<Decision> {
    let request = ListDecisionsRequest { all, limit: 0 };
    server.intent().await.list(request).await.unwrap().into_inner().decisions
}

async fn feedback(server: &Server, image: &str) -> Vec<ImageFeedback> {
    let request = FeedbackRequest { image: image.to_owned() };
    server.intent().await.feedback(request).await.unwrap().into_inner().images
}

/// What is said of the last minute once more.
async fn said_again(server: &Server, seq: u64, later: u64) -> Vec<Alert> {
    news(server, seq, again(later)).await
}

/// Alerts that a batch brings.
async fn news(server: &Server, seq: u64, batch: Bytes) -> Vec<Alert> {
    let before = alerts(server).await;
    let (mut collector, _) = Collector::greet(server, 1).await;
    collector.send(seq, batch).await;
    collector.acknowledged(seq).await;
    let now = alerts(server).await;
    now.into_iter().filter(|alert| before.iter().all(|known| known.id != alert.id)).collect()
}

/// Waits until an alert is judged so.
pub(crate) async fn becomes(server: &Server, id: &str, verdict: Verdict) -> Alert {
    let limit = tokio::time::Instant::now() + LIMIT;
    loop {
        let found = alerts(server).await.into_iter().find(|alert| alert.id == id).unwrap();
        if found.verdict() == verdict {
            return found;
        }
        assert!(tokio::time::Instant::now() < limit, "still {:?}", found.verdict());
        tokio::task::yield_now().await;
    }
}

/// Waits until an alert has all the evidence again that it had: revocations come to it one by one.
async fn restored(server: &Server, before: &Alert) {
    let limit = tokio::time::Instant::now() + LIMIT;
    loop {
        let now = alerts(server).await.into_iter().find(|alert| alert.id == before.id).unwrap();
        if now.evidence.len() == before.evidence.len() {
            return;
        }
        assert!(tokio::time::Instant::now() < limit, "still {:?}", now.evidence);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_approval_is_durable_when_it_is_answered_and_the_same_again_raises_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (server, alert) = fed(&data).await;
    let dry = decide(&server, DecisionKind::Approve, DecideRequest { dry_run: true, ..answer(&alert) }).await;
    assert!(listed(&server, true).await.is_empty(), "a dry run decided something");
    let made = decide(&server, DecisionKind::Approve, answer(&alert)).await;
    assert_eq!(made.len(), dry.len());
    assert!(made.len() >= alert.findings.len() && made.iter().all(|decision| !decision.id.is_empty()));
    server.kill();

    let server = Server::start(&data);
    let mut kept = listed(&server, false).await;
    let mut expected = made;
    for decisions in [&mut kept, &mut expected] {
        decisions.sort_by(|a, b| a.id.cmp(&b.id));
    }
    assert_eq!(kept, expected, "what was answered is durable");
    let taken_back = becomes(&server, &alert.id, Verdict::Normal).await;
    assert!(taken_back.findings.iter().all(|finding| finding.decided.as_ref().unwrap().author == "alice"));
    let again = said_again(&server, MINUTES + 1, 300).await;
    assert!(!again.iter().any(is_of_x), "what was approved is told: {again:?}");
    assert!(!again.is_empty(), "what was not approved passes");
    let restart = Server::start(&{
        server.kill();
        data
    });
    assert_eq!(becomes(&restart, &alert.id, Verdict::Normal).await, taken_back, "a restart changed it");
}

#[tokio::test]
async fn what_is_decided_for_a_namespace_holds_in_its_pods_only_also_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (server, alert) = fed(&data).await;
    assert_eq!(alert.namespace, "shop");
    let scope = DecisionScope::Namespace.into();
    let made = decide(&server, DecisionKind::Approve, DecideRequest { scope, ..answer(&alert) }).await;
    assert!(made.iter().all(|decision| (decision.scope, decision.scope_name.as_str()) == (scope, "shop")));
    let moved = feedback(&server, "shop/pay").await;
    assert_eq!((moved.len(), moved[0].namespace.as_str()), (1, "shop"));
    assert!(feedback(&server, "db").await.is_empty(), "its containers are in no namespace");
    server.kill();

    let server = Server::start(&data);
    becomes(&server, &alert.id, Verdict::Normal).await;
    assert!(!said_again(&server, MINUTES + 1, 300).await.iter().any(is_of_x), "told though approved");
    let bank = news(&server, MINUTES + 2, again_within(Some("bank"), 600)).await;
    let bank = bank.into_iter().find(is_of_x).unwrap();
    assert_eq!(bank.namespace, "bank");
    let nowhere = news(&server, MINUTES + 3, again_within(None, 900)).await;
    let nowhere = nowhere.into_iter().find(is_of_x).unwrap();
    assert_eq!(nowhere.namespace, "");
    let request = DecideRequest { scope, ..answer(&nowhere) };
    let refused = server.intent().await.deny(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().starts_with("scope: the container is in no namespace"), "{refused}");

    decide(&server, DecisionKind::Deny, DecideRequest { scope, finding: 1, ..answer(&bank) }).await;
    let denied = |alerts: Vec<Alert>| {
        alerts.iter().flat_map(|alert| &alert.evidence).any(|item| item.name == "denied_behaviour")
    };
    assert!(denied(news(&server, MINUTES + 4, again_within(Some("bank"), 1200)).await));
    assert!(!denied(news(&server, MINUTES + 5, again_within(None, 1500)).await));
    assert!(!said_again(&server, MINUTES + 6, 1800).await.iter().any(is_of_x), "the shop has approved it");
}

#[tokio::test]
async fn what_decisions_move_survives_a_crash_stays_in_its_scope_and_goes_when_they_are_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (server, alert) = fed(&data).await;
    assert!(feedback(&server, "").await.is_empty(), "something is moved without a decision");
    let part = DecideRequest { finding: 1, dry_run: true, ..answer(&alert) };
    assert!(alert.findings.len() > 1);
    assert!(
        decide(&server, DecisionKind::Approve, part).await[0].rows.is_empty(),
        "which evidence rests on a part is not told"
    );
    let made = decide(&server, DecisionKind::Approve, answer(&alert)).await;
    let had = |row: &String| alert.evidence.iter().any(|item| item.name == *row);
    let rows = made[0].rows.clone();
    assert!(rows.len() > 1 && rows.iter().all(had), "{rows:?}");
    assert!(made.len() > 1 && made.iter().all(|decision| decision.rows == rows));
    server.kill();

    let server = Server::start(&data);
    let moved = feedback(&server, "").await;
    assert_eq!(moved.len(), 1, "it is moved in other repositories: {moved:?}");
    assert_eq!(moved[0].repository, "shop/pay");
    assert_eq!(moved[0].rows.len(), rows.len());
    for row in &moved[0].rows {
        assert!(rows.contains(&row.name), "{row:?}");
        assert_eq!((row.approved, row.denied), (1, 0), "decisions were counted, not alerts");
        let shares =
            [(row.drift_weight, row.fitted_drift_weight), (row.attack_weight, row.fitted_attack_weight)];
        assert!(shares.iter().all(|(now, fitted)| (now - 0.95 * fitted).abs() < 1e-12), "{row:?}");
    }
    assert_eq!(feedback(&server, "shop/pay").await, moved);
    assert!(feedback(&server, "shop/web").await.is_empty());
    for decision in made {
        let revoke = RevokeDecisionRequest { id: decision.id, author: "bob".into(), ..Default::default() };
        server.intent().await.revoke(revoke).await.unwrap();
    }
    assert!(feedback(&server, "").await.is_empty(), "what is revoked still counts");
    restored(&server, &alert).await;
    let denied = decide(&server, DecisionKind::Deny, DecideRequest { finding: 1, ..answer(&alert) }).await;
    assert_eq!(denied[0].rows, rows, "a denial of a part says that the alert was right");
    assert!(feedback(&server, "").await[0].rows.iter().all(|row| (row.approved, row.denied) == (0, 1)));
}

#[tokio::test]
async fn a_denial_names_who_and_why_each_time_also_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (server, alert) = fed(&data).await;
    decide(&server, DecisionKind::Deny, DecideRequest { finding: 1, ..answer(&alert) }).await;
    server.kill();
    let server = Server::start(&data);
    for round in 1..3 {
        let news = said_again(&server, MINUTES + round, 300 * round).await;
        let evidence = news.iter().flat_map(|alert| &alert.evidence);
        let denied: Vec<_> = evidence.filter(|item| item.name == "denied_behaviour").collect();
        assert!(!denied.is_empty(), "{news:?}");
        assert!(denied[0].fact.contains("alice: the till is\nmended"), "{denied:?}");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_name_and_a_revoked_decision_stays_on_record() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (server, alert) = fed(&data).await;
    let mut client = server.intent().await;
    let good = answer(&alert);
    type Change = fn(&mut DecideRequest);
    let cases: [(Change, Code, &str); 13] = [
        (|r| r.alert_id = "zzz".into(), Code::NotFound, "zzz"),
        (|r| r.alert_id.clear(), Code::InvalidArgument, "alert_id: "),
        (|r| r.image = "shop/pay".into(), Code::InvalidArgument, "image: "),
        (|r| r.etag = 77, Code::Aborted, "has revision"),
        (|r| r.request_id = "x".repeat(65), Code::InvalidArgument, "request_id: "),
        (|r| r.scope = 77, Code::InvalidArgument, "scope: "),
        (|r| r.reason = " ".into(), Code::InvalidArgument, "reason: "),
        (|r| r.reason = "x".repeat(1025), Code::InvalidArgument, "reason: "),
        (|r| r.author = "a\u{1b}[2J".into(), Code::InvalidArgument, "author: "),
        (|r| r.finding = 65, Code::InvalidArgument, "finding: 65; the alert has findings 1 to "),
        (|r| r.lifetime_ns = u64::MAX, Code::InvalidArgument, "lifetime_ns: "),
        (|r| r.expires_unix_ns = 1, Code::InvalidArgument, "expires_unix_ns: 1; that is over"),
        (|r| (r.expires_unix_ns, r.lifetime_ns) = (u64::MAX, 1), Code::InvalidArgument, "expires_unix_ns: "),
    ];
    for (change, code, word) in cases {
        let mut request = good.clone();
        change(&mut request);
        let refused = client.approve(request).await.unwrap_err();
        assert_eq!(refused.code(), code, "{refused}");
        assert!(refused.message().contains(word), "{refused}");
    }
    assert!(listed(&server, true).await.is_empty(), "something refused was taken");

    let made = decide(&server, DecisionKind::Approve, DecideRequest { finding: 1, ..good }).await;
    let revoke = RevokeDecisionRequest {
        id: made[0].id.clone(),
        author: "bob".into(),
        reason: "too early".into(),
        etag: 1,
        request_id: "r".into(),
    };
    let revoked = client.revoke(revoke.clone()).await.unwrap().into_inner();
    assert_eq!(revoked.revoked.as_ref().unwrap().author, "bob");
    server.kill();
    let server = Server::start(&data);
    assert_eq!(listed(&server, false).await.len(), made.len() - 1);
    assert!(listed(&server, true).await.contains(&revoked), "it stays on record");
    // The same request is known, whatever the decision's revision; another one is not it.
    let mut client = server.intent().await;
    assert_eq!(client.revoke(revoke.clone()).await.unwrap().into_inner(), revoked);
    let other = RevokeDecisionRequest { reason: "too late".into(), ..revoke.clone() };
    let other = client.revoke(other).await.unwrap_err();
    assert!(other.code() == Code::InvalidArgument && other.message().starts_with("request_id: "), "{other}");
    let revoke = RevokeDecisionRequest { request_id: String::new(), ..revoke };
    let outdated = client.revoke(revoke.clone()).await.unwrap_err();
    assert_eq!(outdated.code(), Code::Aborted, "{outdated}");
    assert_eq!(outdated.get_details_error_info().unwrap().metadata["etag"], "2");
    let revoke = RevokeDecisionRequest { etag: 0, ..revoke };
    let twice = client.revoke(revoke.clone()).await.unwrap_err();
    assert_eq!(twice.code(), Code::FailedPrecondition, "{twice}");
    let unknown = RevokeDecisionRequest { id: "zzz".into(), ..revoke };
    let unknown = server.intent().await.revoke(unknown).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound, "{unknown}");
    becomes(&server, &alert.id, Verdict::Attack).await;
}
