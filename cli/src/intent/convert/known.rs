//! What a document allows and forbids, as every policy needs it: what was learned, approved and declared, less what is denied.
//!
//! A denial is of a behaviour in its context, so the same value may be allowed in another one. Policies that can't tell
//! contexts apart forbid a value only if no context allows it. Not here: what a value means to a tool.

use std::collections::{BTreeMap, BTreeSet};

use ring::digest::{self, SHA256};
use serde_json::{Value, json};

use super::super::{
    document::{Behaviour, Document},
    report::UNWATCHED,
};

/// Longest name that is a DNS label (RFC 1123), in bytes.
const LONGEST_NAME: usize = 63;
/// Stands in values for what varies.
pub(super) const ANY: &str = "<any>";

/// A port with its protocol, or a range of them; no port is any.
pub(super) type Port = (Option<u16>, Option<u16>, String);

pub(super) struct Known<'a> {
    pub(super) document: &'a Document,
    pub(super) allowed: BTreeSet<&'a Behaviour>,
    pub(super) denied: BTreeSet<&'a Behaviour>,
}

impl<'a> Known<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        let denied: BTreeSet<&Behaviour> = document.denied.iter().map(|entry| &entry.behaviour).collect();
        let known = document.learned.iter().map(|learned| &learned.behaviour);
        let known = known.chain(document.approved.iter().map(|entry| &entry.behaviour));
        let allowed = known.filter(|behaviour| !denied.contains(behaviour)).collect();
        Self { document, allowed, denied }
    }

    /// Whether a server watched this dimension.
    pub(super) fn learned(&self, dimension: &str) -> bool {
        let notes = &self.document.notes;
        let unwatched = notes.iter().any(|note| note.strip_prefix(UNWATCHED) == Some(dimension));
        !self.document.learned.is_empty() && !unwatched
    }

    /// What is allowed of a dimension, in whatever context.
    pub(super) fn values(&self, dimension: &str) -> BTreeSet<&'a str> {
        let of = self.allowed.iter().filter(|of| of.dimension == dimension);
        of.map(|of| of.value.as_str()).collect()
    }

    /// What is denied of a dimension.
    pub(super) fn denied(&self, dimension: &str) -> BTreeSet<&'a str> {
        let of = self.denied.iter().filter(|of| of.dimension == dimension);
        of.map(|of| of.value.as_str()).collect()
    }

    /// Ports on which programs may listen: those that are declared and those that are known.
    pub(super) fn ports(&self) -> BTreeSet<Port> {
        let declared = self.document.declared.ports.iter();
        let declared = declared.map(|port| (Some(port.port), port.end, port.protocol.to_uppercase()));
        declared.chain(self.values("listen").into_iter().flat_map(ports)).collect()
    }

    /// TCP ports to which programs may connect, whatever the peer; `None` if that is any.
    pub(super) fn connected_ports(&self) -> Option<BTreeSet<u16>> {
        let told = self.values("connect").into_iter().filter_map(|value| value.split(' ').next());
        told.flat_map(ports).filter(|(.., protocol)| protocol == "TCP").map(|(port, ..)| port).collect()
    }

    /// TCP ports on which programs may listen, without ranges; `None` if that is any.
    pub(super) fn listened_ports(&self) -> Option<BTreeSet<u16>> {
        let ports = self.ports().into_iter().filter(|(.., protocol)| protocol == "TCP");
        let ranges: Option<Vec<_>> =
            ports.map(|(port, end, _)| port.map(|port| port..=end.unwrap_or(port))).collect();
        Some(ranges?.into_iter().flatten().collect())
    }

    /// What stands in front of every policy.
    pub(super) fn head(&self) -> Vec<String> {
        let mut comments = vec![format!("Made by plumbline of the intent {}.", self.document.metadata.name)];
        if self.document.approved.iter().chain(&self.document.denied).any(|entry| entry.expires.is_some()) {
            comments
                .push("Decisions that expire are taken as lasting; make it anew when they have.".to_owned());
        }
        comments
    }

    /// A name, and the namespace where the document says one, of a Kubernetes object.
    pub(super) fn metadata(&self, name: &str) -> Value {
        let mut metadata = json!({ "name": name });
        let workload = self.document.metadata.workload.as_ref();
        let namespace = workload.and_then(|workload| workload.namespace.as_ref());
        if let (Some(namespace), Value::Object(metadata)) = (namespace, &mut metadata) {
            metadata.insert("namespace".to_owned(), json!(namespace));
        }
        metadata
    }

    /// The document's name as Kubernetes takes it (RFC 1123), so as other tools take it, too. One that can't stay as it is
    /// ends with eight digits of its SHA-256, or a policy could take the place of one whose document is named much alike.
    pub(super) fn name(&self) -> String {
        let own = self.document.metadata.name.as_str();
        let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let name: String = own.chars().map(letter).collect();
        let name = name.trim_matches('-');
        if name == own && (1..=LONGEST_NAME).contains(&name.len()) {
            return name.to_owned();
        }
        let digest = digest::digest(&SHA256, own.as_bytes());
        let digits: String = digest.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let room = LONGEST_NAME - 1 - digits.len();
        let name: String = name.chars().take(room).collect();
        let name = name.trim_end_matches('-');
        format!("{}-{digits}", if name.is_empty() { "intent" } else { name })
    }
}

/// `tcp/443`; of a pattern `tcp/<any>`, or `<any>` for all of it.
pub(super) fn ports(told: &str) -> Vec<Port> {
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

/// Labels as Kubernetes selects by them.
pub(super) fn labels(selector: &[(String, String)]) -> Value {
    json!({ "matchLabels": selector.iter().cloned().collect::<BTreeMap<_, _>>() })
}

/// The first few of a list, for a comment.
pub(super) fn few(list: &BTreeSet<String>) -> String {
    const FEW: usize = 5;
    let first: Vec<&str> = list.iter().take(FEW).map(String::as_str).collect();
    let more = list.len().saturating_sub(FEW);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    first.join(", ") + &more
}

#[cfg(test)]
mod tests {
    use super::{super::super::document::Metadata, *};

    #[test]
    fn no_two_names_become_one_and_a_plain_one_stays() {
        let long = "a".repeat(80);
        let longer = format!("{long}b");
        let names =
            ["shop-web", "shop/web", "shop_web", "Shop-Web", "-shop-web", "", "/", "\u{1b}", &long, &longer];
        let mut made = BTreeSet::new();
        for name in names {
            let document = Document::new(Metadata { name: name.to_owned(), ..Metadata::default() });
            let name = Known::of(&document).name();
            let is_label = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
                && !name.starts_with('-')
                && !name.ends_with('-');
            assert!(is_label && (1..=LONGEST_NAME).contains(&name.len()), "{name}");
            assert!(made.insert(name.clone()), "{name} is two");
        }
        assert!(made.contains("shop-web") && made.iter().any(|name| name.starts_with("intent-")), "{made:?}");
    }
}
