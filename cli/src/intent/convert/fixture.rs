//! Documents for the tests of targets, and texts as somebody would choose who wants a policy to say something else.

use proptest::prelude::*;
use serde_json::Value;

use super::{
    super::{
        document::{Behaviour, Decided, Document, Fact, Learned, Metadata, Workload},
        yaml,
        yaml::Source,
    },
    Body, Policy,
    known::Known,
};

pub(super) fn behaviour(dimension: &str, value: &str) -> Behaviour {
    Behaviour { dimension: dimension.into(), context: "c".into(), value: value.into() }
}

/// Of an image in a namespace, with what was learned: dimension and value.
pub(super) fn document(learned: &[(&str, &str)]) -> Document {
    let workload =
        Workload { namespace: Some("shop".into()), container: "main".into(), ..Workload::default() };
    let mut document = Document::new(Metadata {
        name: "Deployment/Web\n#".into(),
        image: Some("shop/web:1.0".into()),
        workload: Some(workload),
        ..Metadata::default()
    });
    let learned = learned
        .iter()
        .map(|(dimension, value)| Learned { behaviour: behaviour(dimension, value), ..Learned::default() });
    document.learned = learned.collect();
    document
}

pub(super) fn deny(document: &mut Document, dimension: &str, value: &str) {
    let behaviour = behaviour(dimension, value);
    document.denied.push(Decided { behaviour, ..Decided::default() });
}

/// In another context, where it stays allowed elsewhere.
pub(super) fn deny_for(document: &mut Document, context: &str, dimension: &str, value: &str) {
    let behaviour = Behaviour { context: context.into(), ..behaviour(dimension, value) };
    document.denied.push(Decided { behaviour, ..Decided::default() });
}

pub(super) fn command(document: &mut Document, argv: &[&str]) {
    let value = argv.iter().map(|word| (*word).to_owned()).collect();
    document.declared.command = Some(Fact { value, from: "f:1".into() });
}

pub(super) fn selector() -> Vec<(String, String)> {
    vec![("app".to_owned(), "web".to_owned())]
}

/// What of a policy is read again from the text that is printed: all of it, and no more.
pub(super) fn read(document: &Document, policy: impl Fn(&Known<'_>) -> Policy) -> (Vec<String>, Vec<Value>) {
    let policy = policy(&Known::of(document));
    let mut text = Vec::new();
    super::write_policy(0, &policy, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let read: Vec<Value> = Source::of("policy", text.as_str()).documents().unwrap();
    match policy.body {
        Body::Objects(objects) => assert_eq!(read, objects, "{text}"),
        Body::Text(body) => assert_eq!(yaml::write(&read).unwrap(), body),
    }
    (policy.comments, read)
}

pub(super) fn said(comments: &[String], beginning: &str) -> bool {
    comments.iter().any(|comment| comment.starts_with(beginning))
}

/// The file of a program, without what it is called there.
pub(super) fn file(program: &str) -> &str {
    program.rsplit_once('[').map_or(program, |(file, _)| file)
}

/// Whether all of these are `/bin/web`, the program, its file or a folder above it, and it is among them.
pub(super) fn say_just<'a>(values: impl IntoIterator<Item = &'a str>, program: &str) -> bool {
    let is = |value: &str| {
        value == program || value == file(program) || (value.ends_with('/') && program.starts_with(value))
    };
    let values: Vec<&str> = values.into_iter().collect();
    values.iter().any(|value| is(value)) && values.iter().all(|value| is(value) || *value == "/bin/web")
}

/// Parts of texts that mean something to YAML, to conditions, to globs, to terminals or to a server.
pub(super) fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-z]{1,3}",
        Just("/".to_owned()),
        Just("<any>".to_owned()),
        Just("busybox[sh]".to_owned()),
        Just("\") or (proc.pid > 0 and proc.name != \"".to_owned()),
        Just("\n- rule: x\n".to_owned()),
        Just("\" ix,\n}\nprofile y {".to_owned()),
        Just("# !!x &a *a {b: [c]}".to_owned()),
        Just("@{HOME}/**".to_owned()),
        Just("\u{202e}\u{1b}[2J".to_owned()),
        Just("tcp/443 public ".to_owned()),
        Just("*.".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}
