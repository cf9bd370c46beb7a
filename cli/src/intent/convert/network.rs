//! A Kubernetes NetworkPolicy (networking.k8s.io/v1): to which ports a pod may be connected, and where it may connect.
//!
//! Ports of programs inside are those declared and those that were listened on. Peers are the classes of addresses that
//! baselines know; a name has no place in such a policy, so a peer with a public name is any public address on its port.
//! Where nothing was learned, connections out are left alone rather than cut off.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    Policy,
    known::{Known, Port, labels, ports},
    peers::{LINK_LOCAL, METADATA, PRIVATE_V4, PRIVATE_V6, network},
};

pub(super) fn policy(known: &Known<'_>, selector: &[(String, String)]) -> Policy {
    let mut comments = known.head();
    comments.push(
        "It is for whole pods and says nothing of programs, files, users or calls; what the other containers of a pod need is"
            .to_owned(),
    );
    comments.push(
        "to be added. It has no effect without a network plugin that enforces such policies.".to_owned(),
    );
    let mut types = vec!["Ingress"];
    let mut spec = json!({ "podSelector": labels(selector) });
    let mut say = |field: &str, rules: Value| {
        if let Value::Object(spec) = &mut spec {
            spec.insert(field.to_owned(), rules);
        }
    };
    let ports = known.ports();
    if ports.is_empty() && !known.learned("listen") {
        comments
            .push("No port is declared and none was learned, so connections in are not limited.".to_owned());
        say("ingress", json!([{}]));
    } else {
        comments.push("UDP ports are those that are declared; who may connect is not limited.".to_owned());
        let rule = json!({ "ports": ports.iter().map(told).collect::<Vec<_>>() });
        // Without any rule nobody connects.
        say("ingress", if ports.is_empty() { json!([]) } else { json!([rule]) });
    }
    if known.learned("connect") {
        let mut named = false;
        say("egress", egress(known, &mut named));
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
    let object = json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": known.metadata(&known.name()),
        "spec": spec,
    });
    Policy::objects(comments, vec![object])
}

/// A rule for each class of peers, with its ports.
fn egress(known: &Known<'_>, named: &mut bool) -> Value {
    let mut rules: BTreeMap<String, (Vec<Value>, BTreeSet<Port>)> = BTreeMap::new();
    for value in known.values("connect") {
        let Some((port, peer)) = value.split_once(' ') else { continue };
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
        rules.entry(key).or_insert_with(|| (to, BTreeSet::new())).1.extend(ports(port));
    }
    let rule = |(to, ports): (Vec<Value>, BTreeSet<Port>)| {
        let ports: Vec<Value> = ports.iter().map(told).collect();
        // Without `to` it is any peer.
        if to.is_empty() { json!({ "ports": ports }) } else { json!({ "to": to, "ports": ports }) }
    };
    rules.into_values().map(rule).collect()
}

fn told((port, end, protocol): &Port) -> Value {
    match (port, end) {
        (Some(port), Some(end)) => json!({ "protocol": protocol, "port": port, "endPort": end }),
        (Some(port), None) => json!({ "protocol": protocol, "port": port }),
        (None, _) => json!({ "protocol": protocol }),
    }
}

#[cfg(test)]
mod tests;
