//! Operational alerts, over the wire: a program that only follows alerts hears that nobody watches, that events are lost, and
//! that nothing is made durable.

use bytes::Bytes;
use plumbline_proto::v1::{
    Alert, AlertFilter, Batch, CountAlertsRequest, CountBy, DecideRequest, ExplainAlertRequest,
    GetStatusRequest, ListAlertsRequest, Loss, LossReason, OperationalKind, Resolution, TriageAction,
    TriageRequest, Verdict, WatchRequest,
};
use prost::Message;
use tonic::Code;

use crate::{
    fixture::batch,
    harness::{Collector, LIMIT, Server, Watch},
};

/// A minute in which events were lost.
fn lossy(minute: u64, events: u64) -> Bytes {
    let mut lossy = Batch::decode(batch("node", minute)).unwrap();
    lossy.losses.push(Loss { reason: LossReason::RingFull.into(), container: 0, events });
    lossy.encode_to_vec().into()
}

/// The next change of an operational alert of a kind.
pub(crate) async fn next(watch: &mut Watch, kind: OperationalKind) -> Alert {
    let next = async {
        loop {
            let alert = watch.change().await.alert.unwrap();
            if alert.operational.is_some_and(|told| told.kind() == kind) {
                return alert;
            }
        }
    };
    tokio::time::timeout(LIMIT, next).await.unwrap_or_else(|_| panic!("no alert of {kind:?} in time"))
}

/// All operational alerts that are held.
pub(crate) async fn held(server: &Server) -> Vec<Alert> {
    let filter = AlertFilter { verdicts: vec![Verdict::Operational.into()], ..Default::default() };
    let request = ListAlertsRequest { filter: Some(filter), ..Default::default() };
    server.alerts().await.list(request).await.unwrap().into_inner().alerts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_node_that_goes_silent_is_one_alert_also_across_a_restart_and_is_closed_when_it_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (data, flags) = (folder.path().join("data"), ["--silent-after", "1s"]);
    let server = Server::start_with(&data, &flags);
    let mut watch = Watch::begin(&server, WatchRequest::default()).await;
    let (mut collector, _) = Collector::greet(&server, 1).await;
    collector.send(1, batch("node", 0)).await;
    collector.acknowledged(1).await;
    drop(collector);
    let silent = next(&mut watch, OperationalKind::NodeSilent).await;
    assert_eq!((silent.node.as_str(), silent.verdict()), ("node", Verdict::Operational));
    assert!(silent.story.contains("Node node is silent"), "{silent:?}");
    server.kill();

    let server = Server::start_with(&data, &flags);
    let status = server.fleet().await.get_status(GetStatusRequest {}).await.unwrap().into_inner();
    assert_eq!((status.alerts_attack, status.alerts_drift), (0, 0));
    let mut watch = Watch::begin(&server, WatchRequest { only_new: true, ..Default::default() }).await;
    let (_collector, _) = Collector::greet(&server, 1).await;
    let back = next(&mut watch, OperationalKind::NodeSilent).await;
    assert_eq!((back.id.as_str(), back.revision), (silent.id.as_str(), silent.revision + 1));
    assert!(back.operational.unwrap().ended_unix_ns > 0, "{back:?}");
    assert_eq!(held(&server).await, [back]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn losses_are_one_alert_that_is_no_incident_and_that_people_can_deal_with() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(&folder.path().join("data"), &["--silent-after", "2s"]);
    let mut watch = Watch::begin(&server, WatchRequest::default()).await;
    let (mut collector, _) = Collector::greet(&server, 1).await;
    for seq in 1..=8 {
        collector.send(seq, lossy(seq, 10)).await;
    }
    collector.acknowledged(8).await;
    let losing = next(&mut watch, OperationalKind::NodeLosesEvents).await;
    let id = losing.id.clone();
    let explain = ExplainAlertRequest { id: id.clone() };
    let refused = server.alerts().await.explain(explain).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    let approve = DecideRequest { alert_id: id.clone(), dry_run: true, ..Default::default() };
    let refused = server.intent().await.approve(approve).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    let resolve = |resolution: Resolution| TriageRequest {
        alert_id: id.clone(),
        author: "alice".into(),
        action: TriageAction::Resolve.into(),
        resolution: resolution.into(),
        ..Default::default()
    };
    let refused = server.alerts().await.triage(resolve(Resolution::AttackConfirmed)).await.unwrap_err();
    assert!(refused.message().starts_with("resolution: "), "{refused}");
    server.alerts().await.triage(resolve(Resolution::DealtWith)).await.unwrap();

    let over = loop {
        let alert = next(&mut watch, OperationalKind::NodeLosesEvents).await;
        // On a busy machine it can be over before somebody has said anything.
        let resolution = alert.triage.as_ref().map(|triage| triage.resolution());
        if alert.operational.unwrap().ended_unix_ns > 0 && resolution == Some(Resolution::DealtWith) {
            break alert;
        }
    };
    assert_eq!(held(&server).await, [over]);
    let count = CountAlertsRequest { filter: None, group_by: CountBy::Verdict.into() };
    let counted = server.alerts().await.count(count).await.unwrap().into_inner();
    let operational = counted.groups.iter().find(|group| group.value == "operational").unwrap();
    assert_eq!(operational.alerts, 1);
    assert_eq!(server.metric("plumbline_server_alerts_total{verdict=\"operational\"}"), 1);
}
