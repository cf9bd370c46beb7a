//! What people do about alerts, over the wire: a change like any other, durable when answered, and made once.

use plumbline_proto::v1::{
    Alert, AlertFilter, CountAlertsRequest, CountBy, DecisionKind, GetAlertRequest, ListAlertsRequest,
    Resolution, RevokeDecisionRequest, TriageAction, TriageRequest, TriageState, Verdict, WatchRequest,
};
use tonic::Code;

use crate::{
    decisions::{answer, becomes, decide, fed},
    harness::{Server, Watch, wait_for},
};

fn request(alert: &Alert, action: TriageAction) -> TriageRequest {
    TriageRequest {
        alert_id: alert.id[..12].to_owned(),
        author: "alice".into(),
        note: "mine\u{202e}".into(),
        action: action.into(),
        ..Default::default()
    }
}

async fn get(server: &Server, id: &str) -> Alert {
    server.alerts().await.get(GetAlertRequest { id: id.to_owned() }).await.unwrap().into_inner()
}

#[tokio::test]
async fn what_people_do_is_a_change_that_is_durable_when_answered_and_that_the_incident_leaves_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (server, alert) = fed(&data).await;
    let end = server.alerts().await.list(ListAlertsRequest::default()).await.unwrap().into_inner().cursor;
    let mut watch = Watch::begin(&server, WatchRequest { after_cursor: end, ..Default::default() }).await;
    let resolve = TriageRequest {
        resolution: Resolution::AttackConfirmed.into(),
        ..request(&alert, TriageAction::Resolve)
    };
    let resolved = server.alerts().await.triage(resolve).await.unwrap().into_inner();
    assert_eq!(resolved.revision, alert.revision + 1);
    let triage = resolved.triage.clone().unwrap();
    assert_eq!((triage.state(), triage.resolution()), (TriageState::Resolved, Resolution::AttackConfirmed));
    assert_eq!((triage.author.as_str(), triage.verdict), ("alice", alert.verdict));
    assert!(triage.changed_unix_ns > alert.changed_unix_ns);
    let (revision, changed_unix_ns) = (alert.revision, alert.changed_unix_ns);
    assert_eq!(Alert { revision, changed_unix_ns, triage: None, ..resolved.clone() }, alert);
    assert_eq!(watch.change().await.alert.unwrap(), resolved);

    server.kill();
    let server = Server::start(&data);
    assert_eq!(get(&server, &alert.id).await, resolved);
    let filter = AlertFilter { states: vec![TriageState::Resolved.into()], ..Default::default() };
    let of_state = ListAlertsRequest { filter: Some(filter), ..Default::default() };
    let listed = server.alerts().await.list(of_state).await.unwrap().into_inner();
    assert_eq!(listed.alerts, std::slice::from_ref(&resolved));
    let count = CountAlertsRequest { filter: None, group_by: CountBy::State.into() };
    let counted = server.alerts().await.count(count).await.unwrap().into_inner();
    assert!(counted.groups.iter().any(|group| group.value == "resolved" && group.alerts == 1));

    // The alert goes on: what was said of it stays, and the revision rises.
    let decisions = decide(&server, DecisionKind::Approve, answer(&alert)).await;
    let normal = becomes(&server, &alert.id, Verdict::Normal).await;
    assert!(normal.revision > resolved.revision, "{normal:?}");
    assert_eq!(normal.triage, resolved.triage);
    // Somebody sees it while it is normal; that it is an attack after all is news.
    server.alerts().await.triage(request(&alert, TriageAction::Acknowledge)).await.unwrap();
    for decision in decisions {
        let revoke = RevokeDecisionRequest { id: decision.id, author: "bob".into(), ..Default::default() };
        server.intent().await.revoke(revoke).await.unwrap();
    }
    let attack = becomes(&server, &alert.id, Verdict::Attack).await.triage.unwrap();
    assert_eq!(
        (attack.state(), attack.escalated, attack.verdict()),
        (TriageState::New, true, Verdict::Normal)
    );
}

#[tokio::test]
async fn a_request_is_taken_once_and_only_for_the_revision_that_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (server, alert) = fed(&data).await;
    let mut client = server.alerts().await;
    let ack = TriageRequest {
        etag: alert.revision,
        request_id: "r1".into(),
        ..request(&alert, TriageAction::Acknowledge)
    };
    let acknowledged = client.triage(ack.clone()).await.unwrap().into_inner();
    assert_eq!(acknowledged.triage.as_ref().unwrap().state(), TriageState::Acknowledged);
    assert_eq!(client.triage(ack.clone()).await.unwrap().into_inner(), acknowledged);
    server.kill();
    let server = Server::start(&data);
    let mut client = server.alerts().await;
    assert_eq!(client.triage(ack.clone()).await.unwrap().into_inner(), acknowledged, "also after a crash");

    let outdated = TriageRequest { request_id: "r2".into(), ..ack.clone() };
    let refused = client.triage(outdated).await.unwrap_err();
    assert_eq!(refused.code(), Code::Aborted);
    assert!(refused.message().contains(&format!("revision {} now", acknowledged.revision)), "{refused}");
    let assign = TriageRequest { assignee: "bob".into(), ..request(&alert, TriageAction::Assign) };
    let assigned = client.triage(assign).await.unwrap().into_inner().triage.unwrap();
    assert_eq!((assigned.assignee.as_str(), assigned.state()), ("bob", TriageState::Acknowledged));
    let reopened = client.triage(request(&alert, TriageAction::Reopen)).await.unwrap().into_inner();
    assert_eq!(reopened.triage.as_ref().unwrap().state(), TriageState::New);
    assert_eq!(reopened.revision, acknowledged.revision + 2);

    let missing = TriageRequest { alert_id: "zzz".into(), ..request(&alert, TriageAction::Reopen) };
    assert_eq!(client.triage(missing).await.unwrap_err().code(), Code::NotFound);
    let unsigned = TriageRequest { author: String::new(), ..request(&alert, TriageAction::Reopen) };
    let refused = client.triage(unsigned).await.unwrap_err();
    assert!(
        refused.code() == Code::InvalidArgument && refused.message().starts_with("author: "),
        "{refused}"
    );

    // Many at once: each is taken, none is lost.
    let before = get(&server, &alert.id).await.revision;
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (mut client, request) = (client.clone(), request(&alert, TriageAction::Acknowledge));
        all.spawn(async move { client.triage(request).await.unwrap().into_inner().revision });
    }
    let mut revisions = all.join_all().await;
    revisions.sort_unstable();
    assert_eq!(revisions, (before + 1..=before + 8).collect::<Vec<_>>());
    assert_eq!(server.metric("plumbline_server_triages_total"), 10);
}

#[tokio::test]
async fn how_many_attacks_nobody_has_looked_at_is_a_metric() {
    let folder = tempfile::tempdir().unwrap();
    let (server, alert) = fed(&folder.path().join("data")).await;
    assert_eq!(server.metric("plumbline_server_ready"), 1);
    let held = |state: &str| {
        server.metric(&format!("plumbline_server_alerts_held{{state=\"{state}\",verdict=\"attack\"}}"))
    };
    let new = wait_for("attacks among the new ones", || Some(held("new")).filter(|new| *new > 0));
    assert_eq!(held("acknowledged"), 0);
    server.alerts().await.triage(request(&alert, TriageAction::Acknowledge)).await.unwrap();
    wait_for("it among those that were seen", || (held("acknowledged") == 1).then_some(()));
    assert_eq!(held("new"), new - 1);
}
