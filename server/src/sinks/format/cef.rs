//! ArcSight Common Event Format, version 0: a header of seven parts, and what follows as key=value.
//!
//! A header escapes `\` and `|`, an extension `\`, `=` and newlines; other control characters and what turns text around are made
//! visible. The process is the source and whom it talked to the destination. Texts are cut at what the format allows for their key. Not here: the syslog header before it (`syslog.rs`).

use super::{changed_unix_ns, cut, image, title, verdict};
use crate::{escape::escape, severity::Severity, sinks::change::Change, techniques};

pub(super) fn text(change: &Change) -> String {
    let (alert, file) = (&change.alert, change.file());
    let severity = match Severity::of(alert) {
        Severity::Informational => 1,
        Severity::Low => 3,
        Severity::Medium => 5,
        Severity::High => 8,
        Severity::Critical => 10,
    };
    let mut text = format!(
        "CEF:0|Plumbline|Plumbline|{}|{}|{}|{severity}|",
        env!("CARGO_PKG_VERSION"),
        verdict(alert),
        escaped(cut(&title(alert), 512), '|'),
    );
    let finding = alert.findings.last();
    let names = alert.evidence.iter().map(|item| item.name.as_str()).collect::<Vec<_>>().join(" ");
    let number = |value: u64| if value == 0 { String::new() } else { value.to_string() };
    let ms = |unix_ns: u64| number(unix_ns / 1_000_000);
    let uid = finding.filter(|finding| finding.uid != u32::MAX).map(|finding| finding.uid.to_string());
    let peer = finding.and_then(|finding| change.destination(finding));
    let address = |v4| peer.filter(|peer| peer.address.is_ipv4() == v4).map(|peer| peer.address.to_string());
    let ran = finding.and_then(|finding| change.process(finding));
    let program = ran.map_or("", |ran| &ran.executable);
    let fields: [(&str, &str, usize); 22] = [
        ("rt", &ms(changed_unix_ns(alert)), 32),
        ("start", &ms(alert.first_seen_unix_ns), 32),
        ("end", &ms(alert.last_seen_unix_ns), 32),
        ("externalId", &format!("{}-{}", alert.id, alert.revision), 128),
        ("cat", verdict(alert), 64),
        ("dvchost", &alert.node, 100),
        ("cnt", &number(alert.events), 32),
        ("shost", if peer.is_some() { &alert.node } else { "" }, 1023),
        ("dst", &address(true).unwrap_or_default(), 32),
        ("dpt", &number(peer.map_or(0, |peer| peer.port.into())), 32),
        ("dhost", peer.map_or("", |peer| &peer.name), 1023),
        ("proto", peer.map_or("", |peer| if peer.transport == "tcp" { "TCP" } else { "UDP" }), 31),
        ("spid", &number(finding.map_or(0, |finding| finding.pid.into())), 32),
        ("sproc", finding.map_or("", |finding| &finding.command_line), 1023),
        ("suid", uid.as_deref().unwrap_or_default(), 32),
        ("reason", &names, 1023),
        ("fileId", &alert.image_digest, 1023),
        ("filePath", file.map_or("", |file| &file.path), 1023),
        ("fileHash", file.map_or("", |file| &file.sha256), 255),
        ("fsize", &number(file.map_or(0, |file| file.bytes)), 32),
        ("msg", &alert.story, 1023),
        ("outcome", if super::closed(alert) { "closed" } else { "open" }, 63),
    ];
    let labelled: [(&str, &str, &str); 6] = [
        ("cs1", "image", &image(alert)),
        ("cs2", "container", &alert.container_id),
        ("cs3", "namespace", &alert.namespace),
        ("cs4", "techniques", &techniques::of(alert).join(" ")),
        ("cs5", "executable", program),
        ("c6a3", "Destination IPv6 Address", &address(false).unwrap_or_default()),
    ];
    let mut parts = Vec::new();
    for (key, value, bytes) in fields {
        if !value.is_empty() {
            parts.push(format!("{key}={}", escaped(cut(value, bytes), '=')));
        }
    }
    for (key, label, value) in labelled {
        if !value.is_empty() {
            parts.push(format!("{key}Label={label} {key}={}", escaped(cut(value, 4000), '=')));
        }
    }
    text.push_str(&parts.join(" "));
    text
}

fn escaped(text: &str, delimiter: char) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // In the header there are no newlines at all.
            '\n' | '\r' if delimiter == '|' => out.push(' '),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c == '\\' || c == delimiter => out.extend(['\\', c]),
            // What is made visible here has a backslash of its own.
            c => out.push_str(&escape(c.encode_utf8(&mut [0; 4])).replace('\\', "\\\\")),
        }
    }
    out
}
