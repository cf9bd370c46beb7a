//! Parameters of a query, and parts of a path, as the request message they mean.
//!
//! Names are those of the fields, with a dot before a field of a field (`filter.node`); a list is given by giving its name
//! several times, an enum by the name of its value, as in the proto3 JSON form. A name that is no field, and a text that does
//! not fit, are refused by name: nothing is ignored, so that a misspelt filter never means everything.
//!
//! Not here: what a service thinks of the values.

use std::{borrow::Cow, collections::BTreeSet};

use prost_reflect::{DynamicMessage, EnumDescriptor, Kind, MessageDescriptor, ReflectMessage, Value};

use crate::status::ApiError;

/// The message that they make.
pub(super) fn message<'a>(
    of: MessageDescriptor,
    given: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
) -> Result<DynamicMessage, ApiError> {
    let mut message = DynamicMessage::new(of.clone());
    let mut seen = BTreeSet::new();
    for (name, text) in given {
        let again = !seen.insert(name.clone());
        set(&mut message, &name, &text, again).map_err(|problem| ApiError::Parameter {
            name: name.into_owned(),
            problem: problem.unwrap_or_else(|| format!("no parameter here; there are: {}", names(&of))),
        })?;
    }
    Ok(message)
}

/// Fails with what is wrong with the text, or with nothing if there is no such field.
fn set(message: &mut DynamicMessage, name: &str, text: &str, again: bool) -> Result<(), Option<String>> {
    let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let field = message.descriptor().get_field_by_name(first).ok_or(None)?;
    match (field.kind(), message.get_field_mut(&field), rest) {
        (Kind::Message(_), Value::Message(inner), Some(rest)) => set(inner, rest, text, again),
        (Kind::Message(_), ..) | (_, _, Some(_)) => Err(None),
        (kind, Value::List(list), None) => {
            list.push(value(&kind, text)?);
            Ok(())
        }
        (_, _, None) if again => Err(Some("given more than once; it takes one value".to_owned())),
        (kind, place, None) => {
            *place = value(&kind, text)?;
            Ok(())
        }
    }
}

fn value(kind: &Kind, text: &str) -> Result<Value, String> {
    let number = |error| format!("{text:?}: {error}; a number belongs here");
    match kind {
        Kind::String => Ok(Value::String(text.to_owned())),
        Kind::Bool => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(format!("{text:?}; true or false belongs here")),
        },
        Kind::Uint32 => text.parse().map(Value::U32).map_err(number),
        Kind::Uint64 => text.parse().map(Value::U64).map_err(number),
        Kind::Enum(of) => match of.get_value_by_name(text) {
            Some(value) => Ok(Value::EnumNumber(value.number())),
            None => Err(format!("{text:?}; one of {} belongs here", values(of))),
        },
        other => Err(format!("a field of type {other:?} can't be given over HTTP; use gRPC")),
    }
}

fn values(of: &EnumDescriptor) -> String {
    of.values().map(|value| value.name().to_owned()).collect::<Vec<_>>().join(", ")
}

/// All parameters there are.
fn names(of: &MessageDescriptor) -> String {
    let names = of.fields().flat_map(|field| match field.kind() {
        Kind::Message(inner) => {
            inner.fields().map(|inner| format!("{}.{}", field.name(), inner.name())).collect()
        }
        _ => vec![field.name().to_owned()],
    });
    Some(names.collect::<Vec<_>>().join(", ")).filter(|names| !names.is_empty()).unwrap_or("none".to_owned())
}

#[cfg(test)]
mod tests {
    use plumbline_proto::{
        DESCRIPTORS,
        v1::{AlertFilter, ListAlertsRequest, TriageState, Verdict},
    };
    use prost_reflect::DescriptorPool;

    use super::*;

    fn listed(query: &str) -> Result<ListAlertsRequest, (String, String)> {
        let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
        let of = pool.get_message_by_name("plumbline.v1.ListAlertsRequest").unwrap();
        match message(of, form_urlencoded::parse(query.as_bytes())) {
            Ok(message) => Ok(message.transcode_to().unwrap()),
            Err(ApiError::Parameter { name, problem }) => Err((name, problem)),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_query_is_the_message_of_its_fields() {
        let query = "limit=7&filter.node=n%201&filter.verdicts=VERDICT_DRIFT&filter.verdicts=VERDICT_ATTACK\
                     &filter.states=TRIAGE_STATE_NEW&filter.changed_from_unix_ns=18446744073709551615";
        let filter = AlertFilter {
            verdicts: vec![Verdict::Drift.into(), Verdict::Attack.into()],
            node: "n 1".to_owned(),
            changed_from_unix_ns: u64::MAX,
            states: vec![TriageState::New.into()],
            ..Default::default()
        };
        let expected = ListAlertsRequest { limit: 7, filter: Some(filter), page_token: String::new() };
        assert_eq!(listed(query), Ok(expected));
        assert_eq!(listed(""), Ok(ListAlertsRequest::default()));
    }

    #[test]
    fn what_is_no_field_or_does_not_fit_is_refused_by_name() {
        for (query, name, said) in [
            ("verdict=1", "verdict", "filter.verdicts, "),
            ("filter.nod=a", "filter.nod", "filter.node, "),
            ("filter=a", "filter", "no parameter"),
            ("filter.=a", "filter.", "no parameter"),
            ("limit.a=1", "limit.a", "no parameter"),
            ("Limit=1", "Limit", "no parameter"),
            ("=", "", "no parameter"),
            ("limit=", "limit", "a number"),
            ("limit=-1", "limit", "a number"),
            ("limit=4294967296", "limit", "a number"),
            ("limit=1&limit=1", "limit", "more than once"),
            ("filter.node=a&filter.node=a", "filter.node", "more than once"),
            ("filter.verdicts=attack", "filter.verdicts", "VERDICT_ATTACK"),
        ] {
            let (field, problem) = listed(query).unwrap_err();
            assert!(field == name && problem.contains(said), "{query}: {field}: {problem}");
        }
    }
}
