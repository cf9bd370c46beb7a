//! Events of an incident, over the wire: what its processes did is kept with the alert and outlives a crash.

use plumbline_proto::v1::{
    Alert, Batch, EvidenceEvent, EvidenceKind, EvidenceRequest, FileDigests, ListAlertsRequest,
    evidence_response::Kind,
};
use prost::Message;
use tonic::Code;

use crate::{
    fixture::{MINUTES, batch},
    harness::{Collector, Server},
};

/// The minute in which the fleet is first broken into.
pub(crate) const BROKEN: u64 = MINUTES - 3;

async fn evidence(server: &Server, id: &str) -> Vec<EvidenceEvent> {
    let request = EvidenceRequest { id: id.to_owned() };
    let mut told = server.alerts().await.evidence(request).await.unwrap().into_inner();
    let mut events = Vec::new();
    while let Some(next) = told.message().await.unwrap() {
        match next.kind.unwrap() {
            Kind::Event(event) => events.push(event),
            Kind::Omitted(omitted) => panic!("{omitted:?}"),
        }
    }
    events
}

/// The minute of the break-in, with digests of what was run.
pub(crate) fn broken_into() -> Batch {
    let mut broken_into = Batch::decode(batch("node", BROKEN)).unwrap();
    // The shell is a child of what the image runs, whose own doings are known.
    broken_into.processes.as_mut().unwrap().parent[3] = 1 + 2;
    let strings = u32::try_from(broken_into.strings.len()).unwrap();
    broken_into.strings.extend(["/tmp/x", &"ab".repeat(32)].map(|text| text.as_bytes().to_vec().into()));
    // Of the shell, and of one whose process is not told.
    broken_into.file_digests = Some(FileDigests {
        container: vec![broken_into.processes.as_ref().unwrap().container[3]; 2],
        executable: vec![strings; 2],
        inode: vec![1, 2],
        device: vec![1; 2],
        size: vec![345; 2],
        sha256: vec![strings + 1; 2],
        process: vec![1 + 3, 0],
        time_ns: vec![1; 2],
    });
    broken_into
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_the_processes_of_an_incident_did_is_told_with_who_they_were_and_outlives_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    let (mut collector, _) = Collector::greet(&server, 1).await;
    let broken_into = broken_into();
    for minute in 0..BROKEN {
        collector.send(minute + 1, batch("node", minute)).await;
    }
    collector.send(BROKEN + 1, broken_into.encode_to_vec().into()).await;
    collector.acknowledged(BROKEN + 1).await;
    let alerts = server.alerts().await.list(ListAlertsRequest::default()).await.unwrap().into_inner().alerts;
    let shell = |alert: &&Alert| alert.findings.iter().any(|finding| finding.value == "/tmp/x");
    let alert = alerts.iter().find(shell).unwrap();
    let events = evidence(&server, &alert.id).await;
    let of = |kind: EvidenceKind| events.iter().filter(|event| event.kind() == kind).count();
    assert!(of(EvidenceKind::Exec) > 1 && of(EvidenceKind::Exec) == of(EvidenceKind::Socket), "{events:?}");
    assert!(events.iter().all(|event| event.container_id == alert.container_id));
    let process = |executable: &str| {
        let processes = events.iter().filter_map(|event| event.process.as_ref());
        processes.into_iter().find(|process| process.executable == executable)
    };
    assert!(process("/usr/bin/shop/pay").is_some(), "not findings alone: {events:?}");
    assert_eq!(process("/usr/bin/shop/cart"), None);
    let shell = process("/tmp/x").unwrap();
    assert_eq!((shell.parent_executable.as_str(), shell.parent_pid), ("/usr/bin/shop/pay", 102));
    let files: Vec<_> = events.iter().filter(|event| event.kind() == EvidenceKind::File).collect();
    assert_eq!(files.len(), 1, "{events:?}");
    assert_eq!((files[0].subject.as_str(), files[0].detail.as_str()), ("/tmp/x", "ab".repeat(32).as_str()));
    assert_eq!((files[0].value, files[0].process.as_ref()), (345, Some(shell)));
    let peers = events.iter().filter(|event| event.address == "203.0.113.7" && event.port == 5432);
    assert_eq!(peers.count(), 1);
    assert!(events.is_sorted_by_key(|event| event.time_unix_ns));
    server.kill();

    let server = Server::start(&data);
    assert_eq!(evidence(&server, &alert.id).await, events);
    let missing = EvidenceRequest { id: "zzz".to_owned() };
    assert_eq!(server.alerts().await.evidence(missing).await.unwrap_err().code(), Code::NotFound);
}
