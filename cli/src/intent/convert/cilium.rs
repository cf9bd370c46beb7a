//! A CiliumNetworkPolicy (cilium.io/v2): as a NetworkPolicy, and public peers by their names.
//!
//! Cilium takes ranges of addresses for what is outside the cluster only, so a private peer is that and everything in the
//! cluster. It learns names from the DNS answers that it passes on, so names come with a rule that takes DNS through it. A
//! denial wins over what any policy allows, so only one that says no more than what was denied is written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    Policy,
    known::{ANY, Known, Port, few, labels, ports},
    peers::{LINK_LOCAL, METADATA, PRIVATE_V4, PRIVATE_V6, network},
};

/// Most ports in one entry of toPorts.
const PORTS: usize = 40;
/// Longest name that Cilium takes.
const NAME_BYTES: usize = 255;

/// Where connections go, as Cilium can say it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Peer {
    Private,
    LinkLocal,
    Metadata,
    Public,
    Network(String),
    Name(String),
    Any,
}

pub(super) fn policy(known: &Known<'_>, selector: &[(String, String)]) -> Policy {
    let mut comments = known.head();
    comments.extend(
        [
            "It is for whole pods and says nothing of programs, files, users or calls; what the other containers of a pod need is",
            "to be added. Cilium cuts off what is not allowed at once; its policy audit mode only tells of it.",
        ]
        .map(str::to_owned),
    );
    let mut spec = serde_json::Map::new();
    spec.insert("endpointSelector".to_owned(), labels(selector));
    ingress(known, &mut spec, &mut comments);
    egress(known, &mut spec, &mut comments);
    let object = json!({
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": known.metadata(&known.name()),
        "spec": spec,
    });
    Policy::objects(comments, vec![object])
}

fn ingress(known: &Known<'_>, spec: &mut serde_json::Map<String, Value>, comments: &mut Vec<String>) {
    let allowed = known.ports();
    let denied = known.denied("listen").into_iter().flat_map(ports);
    let denied: BTreeSet<Port> = denied.filter(|port| !overlaps(port, &allowed)).collect();
    if !denied.is_empty() {
        spec.insert(
            "ingressDeny".to_owned(),
            json!([{ "fromEntities": ["all"], "toPorts": to_ports(&denied) }]),
        );
    }
    if allowed.is_empty() && !known.learned("listen") {
        comments
            .push("No port is declared and none was learned, so connections in are not limited.".to_owned());
        // One denial would cut off all that is not allowed.
        spec.insert("ingress".to_owned(), json!([{ "fromEntities": ["all"] }]));
        return;
    }
    comments.push("UDP ports are those that are declared; who may connect is not limited.".to_owned());
    // An empty rule allows nothing; no rule would not limit anything.
    let rule = json!({ "fromEntities": ["all"], "toPorts": to_ports(&allowed) });
    spec.insert("ingress".to_owned(), if allowed.is_empty() { json!([{}]) } else { json!([rule]) });
}

fn egress(known: &Known<'_>, spec: &mut serde_json::Map<String, Value>, comments: &mut Vec<String>) {
    let mut rules: BTreeMap<Peer, BTreeSet<Port>> = BTreeMap::new();
    let mut widened = BTreeSet::new();
    for value in known.values("connect") {
        let Some((ports, peer, exact)) = connection(value) else { continue };
        if !exact {
            widened.insert(value.to_owned());
        }
        rules.entry(peer).or_default().extend(ports);
    }
    let mut deny: BTreeMap<Peer, BTreeSet<Port>> = BTreeMap::new();
    let mut unsaid = BTreeSet::new();
    for value in known.denied("connect") {
        match connection(value) {
            Some((ports, peer, true)) if sayable(&ports, &peer, &rules) => {
                deny.entry(peer).or_default().extend(ports);
            }
            _ => _ = unsaid.insert(value.to_owned()),
        }
    }
    let mut say = |list: &BTreeSet<String>, what: &str| {
        if !list.is_empty() {
            comments.push(format!("{what}: {}.", few(list)));
        }
    };
    say(&unsaid, "Denied, but not forbidden here, since no denial can say just that");
    if known.learned("connect") {
        say(&widened, "Peers that can't be told from others here, so more than these may be connected to");
        comments.push("Where it connects was learned; what it has not done yet is cut off.".to_owned());
        let mut list = all(&rules);
        if rules.keys().any(|peer| matches!(peer, Peer::Name(_))) {
            comments.extend(DNS.map(str::to_owned));
            list.push(dns());
        }
        // An empty rule allows nothing; no rule would not limit anything.
        spec.insert("egress".to_owned(), if list.is_empty() { json!([{}]) } else { json!(list) });
    } else {
        comments.push("Nothing was learned of where it connects, so that is not limited.".to_owned());
        // A denial alone would cut off all that is not allowed.
        spec.insert("egress".to_owned(), json!([{ "toEntities": ["all"] }]));
    }
    if !deny.is_empty() {
        spec.insert("egressDeny".to_owned(), json!(all(&deny)));
    }
}

const DNS: [&str; 2] = [
    "The last rule lets Cilium see DNS, from which it knows names; make it fit if yours is not kube-dns.",
    "What names are asked for is not limited.",
];

fn dns() -> Value {
    json!({
        "toEndpoints": [{ "matchLabels": {
            "k8s:io.kubernetes.pod.namespace": "kube-system",
            "k8s:k8s-app": "kube-dns",
        } }],
        "toPorts": [{
            "ports": [{ "port": "53", "protocol": "ANY" }],
            "rules": { "dns": [{ "matchPattern": "*" }] },
        }],
    })
}

/// A rule for each peer, with its ports.
fn all(rules: &BTreeMap<Peer, BTreeSet<Port>>) -> Vec<Value> {
    rules.iter().flat_map(|(peer, ports)| to(peer).into_iter().map(|to| with(to, ports))).collect()
}

/// Ports and peer of a value, and whether they say just that and no more; `None` for what stays in the pod.
fn connection(value: &str) -> Option<(Vec<Port>, Peer, bool)> {
    let (port, peer) = value.split_once(' ')?;
    let (class, rest) = peer.split_once(' ').unwrap_or((peer, ""));
    let (peer, exact) = match class {
        "loopback" => return None,
        "private" => (Peer::Private, rest.is_empty()),
        "link-local" => (Peer::LinkLocal, true),
        "metadata-service" => (Peer::Metadata, true),
        "public" if rest.is_empty() => (Peer::Public, true),
        "public" if network(rest) => (Peer::Network(rest.to_owned()), true),
        "public" => named(rest).map_or((Peer::Public, false), |name| (Peer::Name(name), true)),
        _ => (Peer::Any, false),
    };
    Some((ports(port), peer, exact))
}

/// A name or pattern as Cilium takes it. What varies stands for one label here and there.
fn named(name: &str) -> Option<String> {
    let label = |label: &str| {
        let letters = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        label == ANY || (letters && !label.is_empty())
    };
    let fits = name.len() <= NAME_BYTES && name.split('.').all(label);
    // A star alone, in front of nothing, would be every name there is.
    let some = name.split('.').any(|label| label != ANY);
    (fits && some).then(|| name.replace(ANY, "*"))
}

/// Whether a denial cuts off nothing that is allowed, and can be said.
fn sayable(denied: &[Port], peer: &Peer, rules: &BTreeMap<Peer, BTreeSet<Port>>) -> bool {
    // Cilium has no denial by name. Whether peers overlap is not looked into, only whether ports do.
    let allowed = |port: &Port| rules.values().any(|ports| overlaps(port, ports));
    !matches!(peer, Peer::Name(_)) && !denied.is_empty() && !denied.iter().any(allowed)
}

/// Whether a port is one of these, by its number alone.
fn overlaps((port, ..): &Port, ports: &BTreeSet<Port>) -> bool {
    ports.iter().any(|(first, end, _)| match (port, first) {
        (Some(port), Some(first)) => (*first..=end.unwrap_or(*first)).contains(port),
        _ => true,
    })
}

/// Each as a rule without ports: kinds of peers can't be mixed in one.
fn to(peer: &Peer) -> Vec<Value> {
    let ranges = |ranges: &[&str]| json!({ "toCIDR": ranges });
    match peer {
        Peer::Private => vec![
            json!({ "toEntities": ["cluster"] }),
            ranges(&PRIVATE_V4.iter().chain(&PRIVATE_V6).copied().collect::<Vec<_>>()),
        ],
        Peer::LinkLocal => vec![ranges(&LINK_LOCAL)],
        Peer::Metadata => vec![ranges(&METADATA)],
        Peer::Public => vec![json!({ "toCIDRSet": [
            { "cidr": "0.0.0.0/0", "except": PRIVATE_V4 },
            { "cidr": "::/0", "except": PRIVATE_V6 },
        ] })],
        Peer::Network(network) => vec![ranges(&[network.as_str()])],
        Peer::Name(name) if name.contains('*') => vec![json!({ "toFQDNs": [{ "matchPattern": name }] })],
        Peer::Name(name) => vec![json!({ "toFQDNs": [{ "matchName": name }] })],
        Peer::Any => vec![json!({ "toEntities": ["all"] })],
    }
}

fn with(mut rule: Value, ports: &BTreeSet<Port>) -> Value {
    if let Value::Object(rule) = &mut rule {
        rule.insert("toPorts".to_owned(), json!(to_ports(ports)));
    }
    rule
}

fn to_ports(ports: &BTreeSet<Port>) -> Vec<Value> {
    let told = |(port, end, protocol): &Port| match (port, end) {
        (Some(port), Some(end)) => json!({ "port": port.to_string(), "endPort": end, "protocol": protocol }),
        // 0 is any.
        (port, _) => json!({ "port": port.unwrap_or_default().to_string(), "protocol": protocol }),
    };
    let ports: Vec<Value> = ports.iter().map(told).collect();
    ports.chunks(PORTS).map(|ports| json!({ "ports": ports })).collect()
}

#[cfg(test)]
mod tests;
