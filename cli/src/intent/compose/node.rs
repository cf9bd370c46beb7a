//! A Compose file as a tree with places: what stands where a text is due is told in words, not by a type that does not fit.
//!
//! Every scalar stays a text as it is written, since variables come before types: `${RO:-true}` is a boolean in the end.
//! Only what facts are made of is kept; of an environment and the like only names are.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::{Location, Spanned, Tagged};

/// The fields of a service that are read, beside those of which only names are.
const FIELDS: &[&str] = &[
    "cap_add",
    "cap_drop",
    "cgroup",
    "cgroup_parent",
    "command",
    "configs",
    "deploy",
    "device_cgroup_rules",
    "devices",
    "entrypoint",
    "env_file",
    "expose",
    "extends",
    "gpus",
    "group_add",
    "healthcheck",
    "image",
    "init",
    "ipc",
    "network_mode",
    "pid",
    "ports",
    "post_start",
    "pre_stop",
    "privileged",
    "read_only",
    "runtime",
    "secrets",
    "security_opt",
    "tmpfs",
    "use_api_socket",
    "user",
    "userns_mode",
    "uts",
    "volumes",
    "volumes_from",
];
/// Those of which only names are.
const NAMED: &[&str] = &["build", "credential_spec", "environment", "provider", "sysctls"];

// What a mapping is of, for what is kept of it.
const FILE: usize = 0;
const SERVICES: usize = 1;
const SERVICE: usize = 2;
const ANY: usize = 3;
const NAMES: usize = 4;

/// A value and where it stands: of an alias, where that stands which it is for.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: Location,
    pub(super) tag: Option<String>,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Nothing,
    Text(String),
    /// Like `Text`, but YAML takes it for a number or a boolean: another spelling of what is in the file.
    Plain(String),
    List(Vec<Node>),
    Map(Vec<(Spanned<String>, Node)>),
}

impl Node {
    /// With Compose's tag `!reset`: as if it were not there, whatever another file says.
    pub(super) fn reset(&self) -> bool {
        self.tag.as_deref() == Some("!reset")
    }

    /// With a tag of Compose that nothing is merged into it: `!reset` or `!override`.
    pub(super) fn is_last(&self) -> bool {
        matches!(self.tag.as_deref(), Some("!reset" | "!override"))
    }

    /// The same without an entry of a mapping.
    pub(super) fn without(&self, name: &str) -> Self {
        let mut rest = self.clone();
        if let Value::Map(entries) = &mut rest.value {
            entries.retain(|(key, _)| key.value != name);
        }
        rest
    }

    fn there(&self) -> bool {
        !self.reset() && !matches!(self.value, Value::Nothing)
    }

    /// What a mapping has by this name, unless it is nothing.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|(key, _)| key.value == name)
            .map(|(_, node)| node)
            .filter(|node| node.there())
    }

    /// All of a mapping.
    pub(super) fn entries(&self) -> &[(Spanned<String>, Self)] {
        if let Value::Map(entries) = &self.value { entries } else { &[] }
    }

    /// What it is, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Value::Nothing => "empty",
            Value::Text(_) | Value::Plain(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// A scalar as the file has it.
    pub(super) fn scalar<'a>(&'a self, file: &'a str) -> Option<&'a str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Plain(text) => Some(self.spelling(file).unwrap_or(text)),
            Value::Nothing | Value::List(_) | Value::Map(_) => None,
        }
    }

    fn spelling<'a>(&self, file: &'a str) -> Option<&'a str> {
        let span = self.at.span();
        let start = usize::try_from(span.byte_offset()?).ok()?;
        let end = start.checked_add(usize::try_from(span.byte_len()?).ok()?)?;
        file.get(start..end).map(str::trim).filter(|text| !text.is_empty())
    }
}

/// A whole file.
#[derive(Debug)]
pub(super) struct File(pub(super) Node);

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Read::<FILE>::deserialize(deserializer).map(|read| Self(read.0))
    }
}

struct Read<const OF: usize>(Node);

impl<'de, const OF: usize> Deserialize<'de> for Read<OF> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let told = Spanned::<Tagged<Bare<OF>>>::deserialize(deserializer)?;
        let Tagged(Bare(value), tag) = told.value;
        Ok(Self(Node { at: told.defined, tag, value }))
    }
}

/// A value without its place.
struct Bare<const OF: usize>(Value);

impl<'de, const OF: usize> Deserialize<'de> for Bare<OF> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything::<OF>).map(Self)
    }
}

struct Anything<const OF: usize>;

impl<'de, const OF: usize> Visitor<'de> for Anything<OF> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a list or a mapping")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, told: bool) -> Result<Value, E> {
        Ok(Value::Plain(told.to_string()))
    }

    fn visit_u64<E>(self, told: u64) -> Result<Value, E> {
        Ok(Value::Plain(told.to_string()))
    }

    fn visit_i64<E>(self, told: i64) -> Result<Value, E> {
        Ok(Value::Plain(told.to_string()))
    }

    fn visit_f64<E>(self, told: f64) -> Result<Value, E> {
        Ok(Value::Plain(told.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Read(item)) = seq.next_element::<Read<ANY>>()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<Option<String>>>()? {
            // A name that is nothing is refused where names are due, in words.
            let key = Spanned::new(key.value.unwrap_or_default(), key.referenced, key.defined);
            let name = key.value.as_str();
            let node = match OF {
                FILE if name == "services" => map.next_value::<Read<SERVICES>>()?.0,
                FILE if name == "include" => map.next_value::<Read<ANY>>()?.0,
                SERVICES => map.next_value::<Read<SERVICE>>()?.0,
                SERVICE if NAMED.contains(&name) => map.next_value::<Read<NAMES>>()?.0,
                SERVICE if FIELDS.contains(&name) => map.next_value::<Read<ANY>>()?.0,
                ANY if name == "environment" => map.next_value::<Read<NAMES>>()?.0,
                ANY => map.next_value::<Read<ANY>>()?.0,
                NAMES => {
                    let told = map.next_value::<Spanned<Tagged<IgnoredAny>>>()?;
                    Node { at: told.defined, tag: told.value.1, value: Value::Nothing }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            entries.push((key, node));
        }
        Ok(Value::Map(entries))
    }
}
