//! OCSF 1.8.0: class 2004, Detection Finding, with the profiles container, host and incident.
//!
//! What the image was expected to do and what it did instead are `anomaly_analyses`. Each change of an alert is an event of its
//! own with the finding's uid. The subset that is told stands in `server/tests/schema/ocsf.json`. https://schema.ocsf.io/1.8.0

use plumbline_proto::v1::{Alert, Finding, Resolution, TriageState, Verdict};
use serde_json::{Value, json};

use super::{changed_unix_ns, closed, image, state, title, verdict};
use crate::{
    severity::Severity,
    sinks::change::{Change, Peer, RunFile, name},
    techniques,
};

const CLASS: u32 = 2004;
const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) fn value(change: &Change) -> Value {
    let alert = &change.alert;
    let activity = if closed(alert) {
        3
    } else if alert.revision <= 1 {
        1
    } else {
        2
    };
    let severity = Severity::of(alert);
    json!({
        "activity_id": activity,
        "category_uid": 2,
        "class_uid": CLASS,
        "type_uid": CLASS * 100 + activity,
        "time": ms(changed_unix_ns(alert)),
        "severity_id": severity as i32,
        "status_id": match state(alert) {
            _ if closed(alert) => 4,
            TriageState::Acknowledged => 2,
            _ => 1,
        },
        "is_alert": alert.verdict() != Verdict::Normal,
        "message": alert.story,
        "confidence_id": confidence(alert),
        "confidence_score": (alert.confidence * 100.0).round() as i64,
        "verdict_id": verdict_id(alert),
        "comment": alert.triage.as_ref().map(|triage| triage.note.as_str()),
        "metadata": {
            "version": "1.8.0",
            "uid": format!("{}-{}", alert.id, alert.revision),
            "sequence": change.cursor,
            "correlation_uid": alert.id,
            "profiles": ["container", "host", "incident"],
            "product": {"name": "Plumbline", "vendor_name": "Plumbline", "version": VERSION},
        },
        "finding_info": {
            "uid": alert.id,
            "title": title(alert),
            "desc": alert.story,
            "types": [verdict(alert)],
            "first_seen_time": ms(alert.first_seen_unix_ns),
            "last_seen_time": ms(alert.last_seen_unix_ns),
            "modified_time": ms(changed_unix_ns(alert)),
            "analytic": {"name": "Plumbline", "type_id": 2, "type": "Behavioral", "version": VERSION},
            "attacks": techniques::of(alert).into_iter().map(attack).collect::<Vec<_>>(),
        },
        "device": if alert.node.is_empty() { Value::Null } else { json!({"hostname": alert.node, "type_id": 1}) },
        "resources": resources(alert),
        "evidences": evidences(change),
        "observables": observables(change),
        "anomaly_analyses": alert.findings.iter().map(|finding| analysis(alert, finding)).collect::<Vec<_>>(),
        "unmapped": {"plumbline": {
            "probabilities": alert.probabilities,
            "surprise": alert.surprise,
            "evidence": alert.evidence,
            "caveats": alert.caveats,
            "findings_omitted": alert.findings_omitted,
        }},
    })
}

fn ms(unix_ns: u64) -> u64 {
    unix_ns / 1_000_000
}

/// What people say of it, in the words of the profile incident.
fn verdict_id(alert: &Alert) -> Option<u32> {
    match alert.triage.as_ref()?.resolution() {
        Resolution::Unspecified => None,
        Resolution::FalsePositive => Some(1),
        Resolution::AttackConfirmed => Some(2),
        Resolution::DealtWith => Some(3),
        Resolution::DriftAccepted => Some(5),
    }
}

/// Low, medium or high, a third each. How sure something of the watching itself is, nobody says.
fn confidence(alert: &Alert) -> Option<u32> {
    match alert.confidence {
        _ if alert.verdict() == Verdict::Operational => None,
        low if low < 1.0 / 3.0 => Some(1),
        medium if medium < 2.0 / 3.0 => Some(2),
        _ => Some(3),
    }
}

fn attack(name: &str) -> Value {
    match name.split_once('.') {
        Some((technique, _)) => json!({"technique": {"uid": technique}, "sub_technique": {"uid": name}}),
        None => json!({"technique": {"uid": name}}),
    }
}

fn resources(alert: &Alert) -> Vec<Value> {
    if alert.container_id.is_empty() {
        return Vec::new();
    }
    let container = json!({
        "uid": alert.container_id,
        "name": alert.container_name,
        "type": "container",
        "namespace": alert.namespace,
    });
    vec![container, json!({"uid": alert.image_digest, "name": image(alert), "type": "container image"})]
}

fn container(alert: &Alert) -> Value {
    json!({
        "uid": alert.container_id,
        "name": alert.container_name,
        "image": {"uid": alert.image_digest, "name": alert.image_repository, "tag": alert.image_tag},
    })
}

/// The processes, the files that are no executable of one of them, and the peers.
fn evidences(change: &Change) -> Vec<Value> {
    let alert = &change.alert;
    let of_processes: Vec<_> =
        alert.findings.iter().filter_map(|finding| change.executable(finding)).collect();
    let processes = alert.findings.iter().map(|finding| {
        let user = (finding.uid != u32::MAX).then(|| json!({"uid": finding.uid.to_string()}));
        let ran = change.process(finding);
        let parent = ran.filter(|ran| ran.parent_pid > 0).map(|ran| {
            json!({
                "pid": ran.parent_pid,
                "name": name(&ran.parent_executable),
                "file": program(&ran.parent_executable),
            })
        });
        let executable = change.executable(finding).map(file);
        json!({"process": {
            "pid": finding.pid,
            "name": ran.map(|ran| name(&ran.executable)),
            "parent_process": parent,
            "cmd_line": finding.command_line,
            "user": user,
            "container": container(alert),
            "file": executable.or_else(|| program(&ran?.executable)),
        }})
    });
    let others = change.seen.files.iter().filter(|file| !of_processes.contains(file));
    let others = others.map(|other| json!({"file": file(other)}));
    processes.chain(others).chain(change.seen.peers.iter().map(peer)).collect()
}

/// A program of which nothing but the path is known.
fn program(path: &str) -> Option<Value> {
    (!path.is_empty()).then(|| json!({"name": name(path), "path": path, "type_id": 1}))
}

fn peer(peer: &Peer) -> Value {
    let connection = json!({
        "direction_id": if peer.outgoing { 2 } else { 1 },
        "protocol_name": peer.transport,
    });
    let mut told = json!({"process": {"pid": peer.pid}, "connection_info": connection});
    let (end, port) = if peer.outgoing { ("dst_endpoint", Some(peer.port)) } else { ("src_endpoint", None) };
    if let Some(told) = told.as_object_mut() {
        let endpoint = json!({"ip": peer.address, "port": port, "hostname": peer.name});
        told.insert(end.to_owned(), endpoint);
    }
    told
}

/// What one looks for elsewhere: addresses and names of peers, digests of files.
fn observables(change: &Change) -> Vec<Value> {
    let mut told = std::collections::BTreeSet::new();
    for peer in &change.seen.peers {
        let end = if peer.outgoing { "dst_endpoint" } else { "src_endpoint" };
        told.insert((2, format!("evidences.{end}.ip"), peer.address.to_string()));
        if !peer.name.is_empty() {
            told.insert((1, format!("evidences.{end}.hostname"), peer.name.clone()));
        }
    }
    for file in &change.seen.files {
        told.insert((8, "evidences.file.hashes.value".to_owned(), file.sha256.clone()));
    }
    let told = told.into_iter();
    told.map(|(kind, name, value)| json!({"type_id": kind, "name": name, "value": value})).collect()
}

fn file(file: &RunFile) -> Value {
    json!({
        "name": name(&file.path),
        "path": file.path,
        "type_id": 1,
        "size": file.bytes,
        "hashes": [{"algorithm_id": 3, "algorithm": "SHA-256", "value": file.sha256}],
    })
}

/// Expected against seen.
fn analysis(alert: &Alert, finding: &Finding) -> Value {
    let expected = finding.expected.iter().map(|known| json!({"value": known.value, "count": known.count}));
    let expected: Vec<_> = expected.collect();
    let baseline = json!({
        "observation_parameter": finding.dimension,
        "observation_type": finding.context,
        "observations": expected,
    });
    json!({
        "analysis_targets": [{"name": image(alert), "type": "container image"}],
        "anomalies": [{
            "observation_parameter": finding.dimension,
            "observation_type": finding.context,
            "observations": [{"value": finding.value, "count": finding.count}],
        }],
        "baselines": if expected.is_empty() { vec![] } else { vec![baseline] },
    })
}
