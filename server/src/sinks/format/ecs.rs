//! Elastic Common Schema 8.11: a document of event.kind alert.
//!
//! Process, user and destination are those of the newest finding, the file is the newest that was run and not in the image. https://www.elastic.co/guide/en/ecs/8.11

use std::collections::BTreeSet;

use plumbline_proto::v1::Verdict;
use serde_json::{Value, json};

use super::{changed_unix_ns, closed, image, rfc3339, title, verdict};
use crate::{
    severity::Severity,
    sinks::change::{Change, name},
    techniques,
};

pub(super) fn value(change: &Change) -> Value {
    let alert = &change.alert;
    let finding = alert.findings.last();
    let own = finding.and_then(|finding| change.executable(finding));
    let ran = finding.and_then(|finding| change.process(finding));
    let path = own.map(|own| &own.path).or(ran.map(|ran| &ran.executable));
    let peer = finding.and_then(|finding| change.destination(finding));
    let peers = || change.seen.peers.iter();
    let addresses: BTreeSet<_> = peers().map(|peer| peer.address).collect();
    let names = peers().map(|peer| &peer.name).filter(|name| !name.is_empty());
    let hosts: BTreeSet<_> = names.chain([&alert.node]).filter(|name| !name.is_empty()).collect();
    let hashes: BTreeSet<_> = change.seen.files.iter().map(|file| &file.sha256).collect();
    let probable = alert.probabilities.unwrap_or_default();
    let (parents, full): (Vec<_>, Vec<_>) =
        techniques::of(alert).into_iter().map(|name| (name.split('.').next().unwrap_or(name), name)).unzip();
    let sub: Vec<_> = full.into_iter().filter(|name| name.contains('.')).collect();
    json!({
        "@timestamp": rfc3339(changed_unix_ns(alert)),
        "ecs": {"version": "8.11.0"},
        "message": alert.story,
        "event": {
            "kind": "alert",
            "category": match alert.verdict() {
                Verdict::Operational => vec!["host"],
                _ if peer.is_some() => vec!["intrusion_detection", "network", "process"],
                _ => vec!["intrusion_detection", "process"],
            },
            "type": ["info"],
            "module": "plumbline",
            "dataset": "plumbline.alerts",
            "id": format!("{}-{}", alert.id, alert.revision),
            "code": verdict(alert),
            "action": if closed(alert) { "closed" } else if alert.revision <= 1 { "created" } else { "updated" },
            "severity": Severity::of(alert) as i32,
            "risk_score": ((probable.drift + probable.attack) * 100.0).round(),
            "reason": alert.story,
            "start": rfc3339(alert.first_seen_unix_ns),
            "end": rfc3339(alert.last_seen_unix_ns),
        },
        "rule": {"id": verdict(alert), "name": title(alert), "category": verdict(alert)},
        "threat": if parents.is_empty() { Value::Null } else { json!({
            "framework": "MITRE ATT&CK",
            "technique": {"id": parents, "subtechnique": {"id": sub}},
        })},
        "container": {
            "id": alert.container_id,
            "name": alert.container_name,
            "image": {
                "name": image(alert),
                "tag": if alert.image_tag.is_empty() { vec![] } else { vec![&alert.image_tag] },
                "hash": {"all": if alert.image_digest.is_empty() { vec![] } else { vec![&alert.image_digest] }},
            },
        },
        "orchestrator": if alert.namespace.is_empty() { Value::Null } else { json!({
            "type": "kubernetes", "namespace": alert.namespace,
        })},
        "kubernetes": {"namespace": alert.namespace},
        "host": {"name": alert.node},
        "process": finding.map(|finding| json!({
            "pid": finding.pid,
            "command_line": finding.command_line,
            "executable": path,
            "name": path.map(|path| name(path)),
            "parent": ran.map(|ran| json!({
                "pid": (ran.parent_pid > 0).then_some(ran.parent_pid),
                "executable": ran.parent_executable,
                "name": name(&ran.parent_executable),
            })),
            "hash": {"sha256": own.map(|own| &own.sha256)},
        })),
        "file": change.file().map(|file| json!({
            "path": file.path, "size": file.bytes, "hash": {"sha256": file.sha256},
        })),
        "user": finding.filter(|finding| finding.uid != u32::MAX).map(|finding| json!({"id": finding.uid.to_string()})),
        "destination": peer.map(|peer| json!({"ip": peer.address, "port": peer.port, "domain": peer.name})),
        "network": peer.map(|peer| json!({"transport": peer.transport, "direction": "egress"})),
        "observer": {"vendor": "Plumbline", "product": "Plumbline", "version": env!("CARGO_PKG_VERSION")},
        "related": {
            "hosts": hosts,
            "hash": hashes,
            "ip": addresses,
        },
        "plumbline": {
            "alert": {"id": alert.id, "revision": alert.revision, "verdict": verdict(alert)},
            "findings": alert.findings.iter().map(|finding| json!({
                "dimension": finding.dimension, "context": finding.context, "value": finding.value,
                "count": finding.count,
                "expected": finding.expected.iter().map(|known| &known.value).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        },
    })
}
