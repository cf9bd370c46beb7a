//! Elastic Common Schema 8.11: a document of event.kind alert.
//!
//! Process, user and time are those of the newest finding, the file is the newest that was run and not in the image. https://www.elastic.co/guide/en/ecs/8.11

use plumbline_proto::v1::Verdict;
use serde_json::{Value, json};

use super::{changed_unix_ns, closed, image, rfc3339, title, verdict};
use crate::{severity::Severity, sinks::change::Change, techniques};

pub(super) fn value(change: &Change) -> Value {
    let alert = &change.alert;
    let finding = alert.findings.last();
    let own = finding.and_then(|finding| change.executable(finding));
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
            "executable": own.map(|own| &own.path),
            "hash": {"sha256": own.map(|own| &own.sha256)},
        })),
        "file": change.file().map(|file| json!({
            "path": file.path, "size": file.bytes, "hash": {"sha256": file.sha256},
        })),
        "user": finding.filter(|finding| finding.uid != u32::MAX).map(|finding| json!({"id": finding.uid.to_string()})),
        "observer": {"vendor": "Plumbline", "product": "Plumbline", "version": env!("CARGO_PKG_VERSION")},
        "related": {
            "hosts": if alert.node.is_empty() { vec![] } else { vec![&alert.node] },
            "hash": change.files.iter().map(|file| &file.sha256).collect::<Vec<_>>(),
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
