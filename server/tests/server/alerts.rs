//! Lists and counts of alerts, over the wire: filters, pages that stay whole while more comes in, groups.

use std::path::Path;

use plumbline_proto::v1::{
    Alert, AlertCount, AlertFilter, CountAlertsRequest, CountBy, Evidence, ListAlertsRequest, Severity,
    Verdict, WatchRequest,
};
use tonic::Code;

use crate::{
    fixture::{MINUTES, batch},
    harness::{Collector, Server, Watch},
};

/// A server that was told all minutes of so many nodes, each with alerts of its own.
async fn fed(folder: &Path, nodes: u8) -> Server {
    let server = Server::start(folder);
    for id in 1..=nodes {
        feed(&server, id).await;
    }
    server
}

/// Tells all minutes of one more node.
async fn feed(server: &Server, id: u8) {
    let (mut collector, _) = Collector::greet(server, id).await;
    for minute in 0..MINUTES {
        collector.send(minute + 1, batch(&format!("n{id}"), minute)).await;
    }
    collector.acknowledged(MINUTES).await;
}

async fn list(server: &Server, filter: AlertFilter) -> Vec<Alert> {
    let request = ListAlertsRequest { filter: Some(filter), ..Default::default() };
    server.alerts().await.list(request).await.unwrap().into_inner().alerts
}

#[tokio::test]
async fn lists_and_counts_have_what_the_filter_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let server = fed(&folder.path().join("data"), 2).await;
    let none = AlertFilter::default;
    let all = list(&server, none()).await;
    assert!(all.len() >= 2 && all.iter().any(|a| a.node == "n1") && all.iter().any(|a| a.node == "n2"));
    let one = all.iter().find(|alert| alert.node == "n2").unwrap();
    let (from, newest) = (one.changed_unix_ns, all[0].changed_unix_ns);
    let technique = |alert: &Alert| alert.evidence.iter().find(|item| !item.technique.is_empty()).cloned();
    let technique = technique(one).unwrap().technique.split('.').next().unwrap().to_lowercase();
    for (filter, matches) in [
        (AlertFilter { node: "n2".into(), ..none() }, (|a, _| a.node == "n2") as fn(&Alert, &Alert) -> bool),
        (AlertFilter { verdicts: vec![Verdict::Drift.into()], ..none() }, |a, _| {
            a.verdict() == Verdict::Drift
        }),
        (
            AlertFilter { severities: vec![Severity::Critical.into(), Severity::High.into()], ..none() },
            |a, _| a.verdict() == Verdict::Attack,
        ),
        (AlertFilter { technique, ..none() }, |a, one| {
            let whole = |item: &Evidence| item.technique.split('.').next().unwrap().to_owned();
            let wanted = one.evidence.iter().map(whole).find(|technique| !technique.is_empty()).unwrap();
            a.evidence.iter().any(|item| whole(item) == wanted)
        }),
        (AlertFilter { image: one.image_repository.clone(), ..none() }, |a, one| {
            a.image_repository == one.image_repository
        }),
        (AlertFilter { namespace: "shop".into(), ..none() }, |a, _| a.namespace == "shop"),
        (AlertFilter { namespace: "void".into(), ..none() }, |_, _| false),
        (AlertFilter { container: one.container_id.clone(), ..none() }, |a, one| {
            a.container_id == one.container_id
        }),
        (AlertFilter { changed_from_unix_ns: from, ..none() }, |a, one| {
            a.changed_unix_ns >= one.changed_unix_ns
        }),
        (AlertFilter { changed_before_unix_ns: from, ..none() }, |a, one| {
            a.changed_unix_ns < one.changed_unix_ns
        }),
        (AlertFilter { changed_from_unix_ns: newest + 1, ..none() }, |_, _| false),
    ] {
        let expected: Vec<_> = all.iter().filter(|alert| matches(alert, one)).cloned().collect();
        assert_eq!(list(&server, filter.clone()).await, expected, "{filter:?}");
        let request = CountAlertsRequest { filter: Some(filter), group_by: CountBy::Node.into() };
        let counted = server.alerts().await.count(request).await.unwrap().into_inner();
        assert_eq!(counted.total, expected.len() as u64);
        assert_eq!(counted.groups.iter().map(|group| group.alerts).sum::<u64>(), counted.total);
    }
    let count = CountAlertsRequest { filter: None, group_by: CountBy::Namespace.into() };
    let counted = server.alerts().await.count(count).await.unwrap().into_inner();
    assert_eq!(counted.groups, [AlertCount { value: "shop".into(), alerts: all.len() as u64 }]);
    let count = CountAlertsRequest { filter: None, group_by: CountBy::Severity.into() };
    let counted = server.alerts().await.count(count).await.unwrap().into_inner();
    assert!(
        counted.groups.iter().all(|group| ["critical", "high", "medium", "low"].contains(&&*group.value))
    );
    assert_eq!(counted.groups.iter().map(|group| group.alerts).sum::<u64>(), all.len() as u64);
    let unknown = CountAlertsRequest { filter: None, group_by: 99 };
    assert_eq!(server.alerts().await.count(unknown).await.unwrap_err().code(), Code::InvalidArgument);
    let unknown = ListAlertsRequest {
        filter: Some(AlertFilter { verdicts: vec![77], ..none() }),
        ..Default::default()
    };
    let refused = server.alerts().await.list(unknown).await.unwrap_err();
    assert!(refused.message().starts_with("filter.verdicts: "), "{refused}");
}

#[tokio::test]
async fn pages_come_to_the_whole_list_though_alerts_come_in_meanwhile_and_a_watch_tells_those() {
    let folder = tempfile::tempdir().unwrap();
    let server = fed(&folder.path().join("data"), 2).await;
    let mut client = server.alerts().await;
    let whole = list(&server, AlertFilter::default()).await;
    let mut request = ListAlertsRequest { limit: 1, ..Default::default() };
    let (mut paged, mut ends) = (Vec::new(), Vec::new());
    loop {
        let page = client.list(request.clone()).await.unwrap().into_inner();
        paged.extend(page.alerts);
        ends.push(page.cursor);
        if paged.len() == 1 {
            feed(&server, 3).await;
        }
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(paged, whole);
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    let watch = WatchRequest { after_cursor: ends[0], ..Default::default() };
    let first = Watch::begin(&server, watch).await.change().await;
    assert_eq!((first.cursor, first.alert.unwrap().node), (ends[0] + 1, "n3".to_owned()));

    let of_another = ListAlertsRequest {
        filter: Some(AlertFilter { node: "n1".into(), ..Default::default() }),
        ..request
    };
    let refused = client.list(of_another).await.unwrap_err();
    assert!(refused.message().starts_with("page_token: "), "{refused}");
}
