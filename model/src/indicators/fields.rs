//! Events as Sigma's taxonomy names them.
//!
//! What is not known is no field, so that no rule takes it for a value. The image of a multi-call binary is the
//! path its applet would have (`/bin/wget`, not `/bin/busybox`), which is what rules ask for.

use crate::{
    event::{Batch, Process, UNKNOWN_ID},
    shape::tool_name,
};
use rsigma_eval::KvEvent;
use std::net::IpAddr;

/// A program that was started, as `process_creation` for Linux.
pub(super) fn process_creation(batch: &Batch<'_>, process: &Process<'_>) -> KvEvent {
    let mut fields = Fields::default();
    fields.add("Image", image(process));
    fields.add("CommandLine", command_line(process));
    fields.add("User", user(process));
    if let Some(parent) = process.parent.and_then(|parent| batch.processes.get(parent)) {
        fields.add("ParentImage", image(parent));
        fields.add("ParentCommandLine", command_line(parent));
        fields.add("ParentUser", user(parent));
    }
    KvEvent::new(fields.0)
}

/// A peer: address, port, and the name that the address was resolved from; empty if none is known.
pub(super) type Peer<'p> = (&'p str, u16, &'p str);

/// A connection that goes out, or the first datagram to a peer, as `network_connection` for Linux.
pub(super) fn network_connection(
    process: &Process<'_>,
    (address, port, name): Peer<'_>,
    protocol: &str,
) -> KvEvent {
    // An IPv4 peer of an IPv6 socket is an IPv4 address to rules.
    let ip =
        address.parse::<IpAddr>().map_or_else(|_| address.to_owned(), |ip| ip.to_canonical().to_string());
    let mut fields = Fields::default();
    fields.add("Image", image(process));
    fields.add("User", user(process));
    fields.add("Initiated", "true".into());
    fields.add("Protocol", protocol.into());
    fields.add("DestinationIp", ip);
    fields.add("DestinationHostname", name.to_owned());
    fields.add("DestinationPort", port.to_string());
    KvEvent::new(fields.0)
}

#[derive(Default)]
struct Fields(Vec<(String, String)>);

impl Fields {
    fn add(&mut self, name: &str, value: String) {
        if !value.is_empty() {
            self.0.push((name.into(), value));
        }
    }
}

fn image(process: &Process<'_>) -> String {
    let program = crate::behaviour::program(process);
    match program.strip_suffix(']') {
        Some(_) if !process.executable.is_empty() => {
            let directory = process.executable.rsplit_once('/').map_or("", |(directory, _)| directory);
            format!("{directory}/{}", tool_name(&program))
        }
        _ => process.executable.to_owned(),
    }
}

/// The words of a process, or the path of its program if they are not known.
pub(super) fn command_line(process: &Process<'_>) -> String {
    if process.arguments.is_empty() { process.executable.to_owned() } else { process.arguments.join(" ") }
}

/// Users have no names here, but for root.
fn user(process: &Process<'_>) -> String {
    match if process.uid == UNKNOWN_ID { process.effective_uid } else { process.uid } {
        0 => "root".into(),
        UNKNOWN_ID => String::new(),
        id => id.to_string(),
    }
}
