//! As Falco tells an alert over HTTP, and falcosidekick takes it.
//!
//! Invariants that falcosidekick needs: `output_fields` is not empty; namespace and pod are texts; rule, source and priority are
//! of few words, since they become labels there; a payload of more than 4096 bytes has texts cut at 512, so here they never are
//! longer. Addresses are of the newest finding's process; what its own end of a connection was is not known, so there is no `fd.name`.
//! https://github.com/falcosecurity/falcosidekick

use serde_json::{Value, json};

use super::{changed_unix_ns, cut, rfc3339, verdict};
use crate::{
    severity::Severity,
    sinks::change::{Change, name},
    techniques,
};

const TEXT_BYTES: usize = 512;

pub(super) fn value(change: &Change) -> Value {
    let (alert, file) = (&change.alert, change.file());
    let finding = alert.findings.last();
    let peer = finding.and_then(|finding| change.destination(finding));
    let ran = finding.and_then(|finding| change.process(finding));
    let own = finding.and_then(|finding| change.executable(finding));
    let path = own.map(|own| own.path.as_str()).or(ran.map(|ran| ran.executable.as_str()));
    let parent = ran.map(|ran| ran.parent_executable.as_str());
    let priority = match Severity::of(alert) {
        Severity::Informational => "Informational",
        Severity::Low => "Notice",
        Severity::Medium => "Warning",
        Severity::High => "Error",
        Severity::Critical => "Critical",
    };
    let time = rfc3339(changed_unix_ns(alert));
    let probable = alert.probabilities.unwrap_or_default();
    let mut tags = techniques::of(alert);
    tags.push("container");
    json!({
        "time": time,
        "rule": format!("Plumbline {}", verdict(alert)),
        "priority": priority,
        "source": "plumbline",
        "hostname": cut(&alert.node, TEXT_BYTES),
        "output": cut(&format!("{time}: {priority} {}", alert.story), 2 * TEXT_BYTES),
        "tags": tags,
        "output_fields": {
            "alert.id": alert.id,
            "alert.revision": alert.revision,
            "alert.class": verdict(alert),
            "alert.score": probable.drift + probable.attack,
            "container.id": cut(&alert.container_id, TEXT_BYTES),
            "container.name": cut(&alert.container_name, TEXT_BYTES),
            "container.image.repository": cut(&alert.image_repository, TEXT_BYTES),
            "container.image.tag": cut(&alert.image_tag, TEXT_BYTES),
            "container.image.digest": cut(&alert.image_digest, TEXT_BYTES),
            "k8s.ns.name": cut(&alert.namespace, TEXT_BYTES),
            "proc.cmdline": finding.map(|finding| cut(&finding.command_line, TEXT_BYTES)),
            "proc.exepath": path.map(|path| cut(path, TEXT_BYTES)),
            "proc.name": path.map(|path| cut(name(path), TEXT_BYTES)),
            "proc.pexepath": parent.map(|path| cut(path, TEXT_BYTES)),
            "proc.pname": parent.map(|path| cut(name(path), TEXT_BYTES)),
            "proc.ppid": ran.map(|ran| ran.parent_pid).filter(|pid| *pid > 0),
            "user.uid": finding.map(|finding| finding.uid).filter(|uid| *uid != u32::MAX),
            "fd.rip": peer.map(|peer| peer.address.to_string()),
            "fd.rport": peer.map(|peer| peer.port),
            "fd.rip.name": peer.map(|peer| cut(&peer.name, TEXT_BYTES)),
            "fd.l4proto": peer.map(|peer| peer.transport),
            "proc.pid": finding.map(|finding| finding.pid),
            "file.path": file.map(|file| cut(&file.path, TEXT_BYTES)),
            "file.sha256": file.map(|file| &file.sha256),
        },
    })
}
