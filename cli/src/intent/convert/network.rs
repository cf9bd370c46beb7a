//! A Kubernetes NetworkPolicy (networking.k8s.io/v1): to which ports a pod may be connected, and where it may connect.
//!
//! Ports of programs inside are those declared and those that were listened on. Peers are the classes of addresses that
//! baselines know; a name has no place in such a policy, so a peer with a public name is any public address on its port.
//! Where nothing was learned, connections out are left alone rather than cut off.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    super::{
        document::{Behaviour, Document},
        report::UNWATCHED,
    },
    Policy,
};

/// RFC 1918, RFC 6598 and RFC 4193: what a baseline calls private.
const PRIVATE_V4: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];
const PRIVATE_V6: [&str; 1] = ["fc00::/7"];
const LINK_LOCAL: [&str; 2] = ["169.254.0.0/16", "fe80::/10"];
const METADATA: [&str; 3] = ["169.254.169.254/32", "100.100.100.200/32", "fd00:ec2::254/128"];

/// Stands in values for what varies.
const ANY: &str = "<any>";

/// A port with its protocol; no port is any.
type Port = (Option<u16>, Option<u16>, String);

pub(super) fn policy(document: &Document, selector: &[(String, String)]) -> Policy {
    let mut comments = vec![
        format!("Made by plumbline of the intent {}.", document.metadata.name),
        "It is for whole pods and says nothing of programs, files, users or calls; what the other containers of a pod need is"
            .to_owned(),
        "to be added. It has no effect without a network plugin that enforces such policies.".to_owned(),
    ];
    let denied: BTreeSet<&Behaviour> = document.denied.iter().map(|entry| &entry.behaviour).collect();
    let known = document.learned.iter().map(|learned| &learned.behaviour);
    let known = known.chain(document.approved.iter().map(|entry| &entry.behaviour));
    let allowed: BTreeSet<&Behaviour> = known.filter(|behaviour| !denied.contains(behaviour)).collect();

    let mut types = vec!["Ingress"];
    let mut spec =
        json!({ "podSelector": { "matchLabels": selector.iter().cloned().collect::<BTreeMap<_, _>>() } });
    let mut say = |field: &str, rules: Value| {
        if let Value::Object(spec) = &mut spec {
            spec.insert(field.to_owned(), rules);
        }
    };
    let ports = ports(document, &allowed);
    if ports.is_empty() && !learned(document, "listen") {
        comments
            .push("No port is declared and none was learned, so connections in are not limited.".to_owned());
        say("ingress", json!([{}]));
    } else {
        comments.push("UDP ports are those that are declared; who may connect is not limited.".to_owned());
        let rule = json!({ "ports": ports.iter().map(told).collect::<Vec<_>>() });
        // Without any rule nobody connects.
        say("ingress", if ports.is_empty() { json!([]) } else { json!([rule]) });
    }
    if learned(document, "connect") {
        let mut named = false;
        say("egress", egress(&allowed, &mut named));
        types.push("Egress");
        if named {
            comments.push(
                "Names of peers can't be said here: theirs are all addresses of their class.".to_owned(),
            );
        }
        comments.push("Where it connects was learned; what it has not done yet is cut off.".to_owned());
    } else {
        comments.push("Nothing was learned of where it connects, so that is not limited.".to_owned());
    }
    say("policyTypes", json!(types));
    let mut metadata = json!({ "name": name(&document.metadata.name) });
    let namespace = document.metadata.workload.as_ref().and_then(|workload| workload.namespace.as_ref());
    if let (Some(namespace), Value::Object(metadata)) = (namespace, &mut metadata) {
        metadata.insert("namespace".to_owned(), json!(namespace));
    }
    let object = json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata,
        "spec": spec,
    });
    Policy { comments, object }
}

/// Whether a server watched this dimension.
fn learned(document: &Document, dimension: &str) -> bool {
    let unwatched = document.notes.iter().any(|note| note.strip_prefix(UNWATCHED) == Some(dimension));
    !document.learned.is_empty() && !unwatched
}

fn ports(document: &Document, allowed: &BTreeSet<&Behaviour>) -> BTreeSet<Port> {
    let declared = document.declared.ports.iter();
    let declared = declared.map(|port| (Some(port.port), port.end, port.protocol.to_uppercase()));
    let listened = allowed.iter().filter(|of| of.dimension == "listen").flat_map(|of| ports_of(&of.value));
    declared.chain(listened).collect()
}

/// A rule for each class of peers, with its ports.
fn egress(allowed: &BTreeSet<&Behaviour>, named: &mut bool) -> Value {
    let mut rules: BTreeMap<String, (Vec<Value>, BTreeSet<Port>)> = BTreeMap::new();
    for of in allowed.iter().filter(|of| of.dimension == "connect") {
        let Some((port, peer)) = of.value.split_once(' ') else { continue };
        let (class, rest) = peer.split_once(' ').unwrap_or((peer, ""));
        let cidr = |cidr: &str| json!({ "ipBlock": { "cidr": cidr } });
        let to: Vec<Value> = match class {
            "loopback" => continue, // never leaves the pod
            "private" => PRIVATE_V4.iter().chain(&PRIVATE_V6).map(|range| cidr(range)).collect(),
            "link-local" => LINK_LOCAL.iter().map(|range| cidr(range)).collect(),
            "metadata-service" => METADATA.iter().map(|range| cidr(range)).collect(),
            "public" if network(rest) => vec![cidr(rest)],
            "public" => vec![
                json!({ "ipBlock": { "cidr": "0.0.0.0/0", "except": PRIVATE_V4 } }),
                json!({ "ipBlock": { "cidr": "::/0", "except": PRIVATE_V6 } }),
            ],
            _ => Vec::new(),
        };
        *named |= !rest.is_empty() && !network(rest);
        let key = if network(rest) { format!("{class} {rest}") } else { class.to_owned() };
        rules.entry(key).or_insert_with(|| (to, BTreeSet::new())).1.extend(ports_of(port));
    }
    let rule = |(to, ports): (Vec<Value>, BTreeSet<Port>)| {
        let ports: Vec<Value> = ports.iter().map(told).collect();
        // Without `to` it is any peer.
        if to.is_empty() { json!({ "ports": ports }) } else { json!({ "to": to, "ports": ports }) }
    };
    rules.into_values().map(rule).collect()
}

/// `tcp/443`; of a pattern `tcp/<any>`, or `<any>` for all of it.
fn ports_of(told: &str) -> Vec<Port> {
    let (protocols, number) = match told.split_once('/') {
        None if told == ANY => (vec!["TCP", "UDP"], ANY),
        Some(("tcp", number)) => (vec!["TCP"], number),
        Some(("udp", number)) => (vec!["UDP"], number),
        Some(("sctp", number)) => (vec!["SCTP"], number),
        _ => return Vec::new(),
    };
    let number = match number.parse() {
        Ok(number) => Some(number),
        Err(_) if number == ANY => None,
        Err(_) => return Vec::new(),
    };
    protocols.into_iter().map(|protocol| (number, None, protocol.to_owned())).collect()
}

fn told((port, end, protocol): &Port) -> Value {
    match (port, end) {
        (Some(port), Some(end)) => json!({ "protocol": protocol, "port": port, "endPort": end }),
        (Some(port), None) => json!({ "protocol": protocol, "port": port }),
        (None, _) => json!({ "protocol": protocol }),
    }
}

/// Whether a text is a network, such as 93.184.0.0/16.
fn network(text: &str) -> bool {
    let parts = text.split_once('/');
    parts.is_some_and(|(address, bits)| {
        address.parse::<std::net::IpAddr>().is_ok() && bits.parse::<u8>().is_ok_and(|bits| bits <= 128)
    })
}

/// A name as Kubernetes takes it (RFC 1123).
fn name(text: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = text.chars().map(letter).take(63).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "intent".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests;
