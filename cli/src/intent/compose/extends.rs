//! `extends` of a Compose file within itself: a service with what it takes over, merged as the Compose specification says.
//!
//! Mappings are merged, lists put together, the extended service's first; a command, an entrypoint and a health check's test
//! stand in the place of what was there, as does each single text. Names of variables are merged however they are written.
//! Services of other files stay where they are: `extends` is left for a note.

use std::collections::BTreeSet;

use serde_saphyr::Spanned;

use super::{
    node::{Node, Value},
    variables::expanded,
};
use crate::intent::yaml::{DocumentError, Source};

/// Services that are extended in turn, at most.
const DEPTH: usize = 16;
/// Lists that are not put together.
const WHOLE: [&str; 3] = ["command", "entrypoint", "test"];

/// The service with all that it extends in this file.
pub(super) fn whole(
    source: &Source,
    services: &Node,
    name: &str,
    node: &Node,
) -> Result<Node, DocumentError> {
    let (mut all, mut chain, mut seen) = (node, Vec::new(), BTreeSet::from([name.to_owned()]));
    while let Some((told, base, next)) = extended(source, services, all) {
        let is_new = seen.insert(base);
        if !is_new || chain.len() == DEPTH {
            let what =
                if is_new { format!("more than {DEPTH} others in turn") } else { "itself in the end".into() };
            let why = format!("the service {name} extends {what}");
            return Err(source.wrong(told.at, why, "take an `extends` out"));
        }
        chain.push(all);
        all = next;
    }
    // What was followed is there; what the last one extends is elsewhere.
    let own = chain.into_iter().rev().map(|own| own.without("extends"));
    Ok(own.fold(all.clone(), |all, own| merged(all, own, "")))
}

/// What a service extends in this file: where that stands, its name and itself.
fn extended<'a>(source: &Source, services: &'a Node, node: &'a Node) -> Option<(&'a Node, String, &'a Node)> {
    let told = node.get("extends").filter(|told| told.get("file").is_none())?;
    let written = told.get("service").unwrap_or(told).scalar(source.text())?;
    let name = expanded(written, &mut BTreeSet::new());
    let base = services.get(&name).filter(|base| matches!(base.value, Value::Map(_)))?;
    Some((told, name, base))
}

/// What is extended with what stands in the service itself.
fn merged(base: Node, own: Node, field: &str) -> Node {
    if own.is_last() {
        return own;
    }
    match (base.value, own.value) {
        (value, Value::Nothing) => Node { value, ..base },
        (Value::Map(mut all), Value::Map(entries)) => {
            for (key, node) in entries {
                match all.iter().position(|(name, _)| name.value == key.value) {
                    Some(place) => {
                        let (_, there) = all.remove(place);
                        let node = merged(there, node, &key.value);
                        all.insert(place, (key, node));
                    }
                    None => all.push((key, node)),
                }
            }
            Node { value: Value::Map(all), at: own.at, tag: own.tag }
        }
        (Value::List(all), Value::List(items)) if !WHOLE.contains(&field) => {
            Node { value: Value::List([all, items].concat()), at: own.at, tag: own.tag }
        }
        // Names of variables.
        (Value::List(all), Value::Map(entries)) => {
            Node { value: Value::List([all, names(entries)].concat()), at: own.at, tag: own.tag }
        }
        (Value::Map(entries), Value::List(items)) => {
            Node { value: Value::List([names(entries), items].concat()), at: own.at, tag: own.tag }
        }
        (_, value) => Node { value, at: own.at, tag: own.tag },
    }
}

fn names(entries: Vec<(Spanned<String>, Node)>) -> Vec<Node> {
    let name = |(key, node): (Spanned<String>, Node)| Node {
        at: key.defined,
        tag: node.tag,
        value: Value::Text(key.value),
    };
    entries.into_iter().map(name).collect()
}
