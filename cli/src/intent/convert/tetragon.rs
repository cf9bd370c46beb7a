//! A Tetragon TracingPolicy (cilium.io/v1alpha1): programs that are not known, and TCP ports that are neither known to be
//! connected to nor to be listened on.
//!
//! A program is looked at where the kernel has chosen the file that it becomes, behind any script, since that is what baselines
//! know programs by. By default an event is posted; to block kills. No name begins with `plumbline`: by that the collector
//! knows policies that leave nothing out. Not here: addresses, names and UDP, of which Tetragon has no list of that kind.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    Policy,
    known::{Known, labels},
    programs::{Programs, programs},
};
use crate::args::Action;

/// Longest prefix that Tetragon matches, in bytes.
const PREFIX_BYTES: usize = 256;

pub(super) fn policy(known: &Known<'_>, selector: &[(String, String)], action: Action) -> Policy {
    let mut comments = known.head();
    comments.extend(
        [
            "It says nothing of arguments, files, users, calls, UDP, addresses or names, and nothing of which program starts",
            "another or uses a port: what one container may do, all of them may.",
            "Pods are told apart only by a Tetragon with --enable-policy-filter.",
        ]
        .map(str::to_owned),
    );
    let action = match action {
        Action::Audit => "Post",
        Action::Block => {
            comments.push(
                "Whatever is not known is killed. See first what it tells without --action block: what a runtime starts counts, too."
                    .to_owned(),
            );
            "Sigkill"
        }
    };
    let hook = |call: &str, kind: &str, filters: Vec<Vec<Value>>| {
        let selector = |filter| json!({ "matchArgs": filter, "matchActions": [{ "action": action }] });
        json!({
            "call": call,
            "syscall": false,
            "args": [{ "index": 0, "type": kind }],
            "selectors": filters.into_iter().map(selector).collect::<Vec<Value>>(),
        })
    };
    let mut hooks = Vec::new();
    let filters = of_programs(known, &mut comments);
    if !filters.is_empty() {
        hooks.push(hook("security_bprm_committing_creds", "linux_binprm", filters));
    }
    let connected = known.learned("connect").then(|| known.connected_ports()).flatten();
    let listened = known.learned("listen").then(|| known.listened_ports()).flatten();
    for (call, operator, ports, what) in [
        ("tcp_connect", "NotDPort", connected, "connected to"),
        ("inet_csk_listen_start", "NotSPort", listened, "listened on"),
    ] {
        match ports {
            // Without a value it would be no filter: port 0 is none that is ever used.
            Some(ports) => {
                let ports = if ports.is_empty() { BTreeSet::from([0]) } else { ports };
                let ports = ports.iter().map(u16::to_string).collect::<Vec<_>>();
                hooks.push(hook(call, "sock", vec![vec![filter(operator, json!(ports))]]));
            }
            None => comments
                .push(format!("Which TCP ports are {what} was not learned, or varies: it is not limited.")),
        }
    }
    let metadata = known.metadata(&format!("intent-{}", known.name()));
    let kind = if metadata.get("namespace").is_some() { "TracingPolicyNamespaced" } else { "TracingPolicy" };
    let mut spec = json!({ "podSelector": labels(selector) });
    if let (Some(container), Value::Object(spec)) = (container(known), &mut spec) {
        spec.insert("containerSelector".to_owned(), json!({ "matchLabels": { "name": container } }));
    }
    if hooks.is_empty() {
        comments.push("So there is nothing to look at.".to_owned());
    } else if let Value::Object(spec) = &mut spec {
        spec.insert("kprobes".to_owned(), json!(hooks));
    }
    let object =
        json!({ "apiVersion": "cilium.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec });
    Policy::objects(comments, vec![object])
}

/// A filter for what is denied and one for what is not known. Each takes all of its parts together.
fn of_programs(known: &Known<'_>, comments: &mut Vec<String>) -> Vec<Vec<Value>> {
    let Programs { paths, folders, denied, any, comments: more } =
        programs(known, |path| !path.ends_with('/') || path.len() <= PREFIX_BYTES);
    comments.extend(more);
    let mut filters = Vec::new();
    if !denied.is_empty() {
        filters.push(vec![filter("Equal", json!(denied))]);
    }
    if any {
        return filters;
    }
    if !known.learned("spawn") || (paths.is_empty() && folders.is_empty()) {
        comments.push("No programs were learned, so they are not limited.".to_owned());
        return filters;
    }
    let parts = [("NotEqual", paths), ("NotPrefix", folders)].into_iter().filter(|(_, of)| !of.is_empty());
    filters.push(parts.map(|(operator, of)| filter(operator, json!(of))).collect());
    filters
}

fn filter(operator: &str, values: Value) -> Value {
    json!({ "index": 0, "operator": operator, "values": values })
}

/// The container's name, if it is one: who wrote the document may have meant harm.
fn container<'a>(known: &Known<'a>) -> Option<&'a str> {
    let name = known.document.metadata.workload.as_ref()?.container.as_str();
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (letters && (1..=63).contains(&name.len())).then_some(name)
}

#[cfg(test)]
mod tests;
