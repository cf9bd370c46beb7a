//! Rules are of the shape that Falco's own schema of rules has (written here from it). 48 files of rules were valid by the
//! schema itself, `rule_json_schema.h` as of commit 1307474 of July 2026; who changes what is written compares again. That
//! Falco's filters take their conditions is tested with sysdig, which has the same filters (`cli/tests/policies.rs`). No Falco
//! is run.

use proptest::prelude::*;
use serde::Deserialize;

use super::{
    super::fixture::{deny, document, hostile, read, said, say_just},
    *,
};
use crate::intent::{document::Document, report::UNWATCHED};

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Item {
    Rule(Rule),
    Macro(Macro),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    rule: String,
    desc: String,
    condition: String,
    output: String,
    priority: Priority,
    tags: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Macro {
    r#macro: String,
    condition: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Priority {
    Critical,
    Warning,
    Notice,
}

fn made(document: &Document) -> (Vec<String>, Vec<Rule>, Vec<Macro>) {
    let (comments, mut read) = read(document, |known| policy(known).unwrap());
    assert_eq!(read.len(), 1, "a file of rules is one list");
    let items: Vec<Item> = serde_json::from_value(read.remove(0)).unwrap();
    let (mut rules, mut macros) = (Vec::new(), Vec::new());
    for item in items {
        match item {
            Item::Rule(rule) => rules.push(rule),
            Item::Macro(of) => macros.push(of),
        }
    }
    for rule in &rules {
        assert!(!rule.rule.starts_with("Plumbline "), "the collector would take it for its own");
        assert!(
            !rule.desc.is_empty() && rule.output.contains('%') && rule.tags.contains(&"plumbline".to_owned())
        );
        // A macro stands in front of the rule that has it.
        assert!(rule.condition.ends_with(" and intent_deployment_web_f1223d3b"), "{}", rule.condition);
    }
    (comments, rules, macros)
}

/// The quoted values of a condition, and all that is between them.
fn values(condition: &str) -> (Vec<String>, String) {
    let (mut values, mut between, mut rest) = (Vec::new(), String::new(), condition.chars());
    while let Some(c) = rest.next() {
        between.push(c);
        if c == '"' {
            let mut value = String::new();
            loop {
                match rest.next().unwrap() {
                    '"' => break,
                    '\\' => value.push(rest.next().unwrap()),
                    c => value.push(c),
                }
            }
            values.push(value);
        }
    }
    (values, between)
}

#[test]
fn an_image_has_its_macros_and_a_rule_for_each_of_what_was_learned() {
    let mut document = document(&[
        ("spawn", "/bin/web"),
        ("spawn", "/tmp/<any>"),
        ("listen", "tcp/80"),
        ("connect", "tcp/443 public api.example"),
        ("connect", "tcp/5432 private"),
    ]);
    deny(&mut document, "spawn", "/bin/nc");
    let (_, rules, macros) = made(&document);
    let macros: Vec<(&str, &str)> =
        macros.iter().map(|of| (of.r#macro.as_str(), of.condition.as_str())).collect();
    let image = "(container.image.repository = \"shop/web\" or container.image.repository endswith \"/shop/web\") and \
                 container.image.tag = \"1.0\"";
    let expected = [
        ("intent_deployment_web_f1223d3b", image),
        (
            "intent_deployment_web_f1223d3b_programs",
            "proc.exepath in (\"/bin/web\") or proc.exepath startswith \"/tmp/\"",
        ),
        ("intent_deployment_web_f1223d3b_connect", "fd.rport in (0, 443, 5432)"),
        ("intent_deployment_web_f1223d3b_listen", "fd.sport in (0, 80)"),
    ];
    assert_eq!(macros, expected);
    let names: Vec<&str> = rules.iter().map(|rule| rule.rule.rsplit(": ").next().unwrap()).collect();
    assert_eq!(
        names,
        ["denied program", "unknown program", "unknown port (connect)", "unknown port (listen)"]
    );
    assert!(matches!(rules[0].priority, Priority::Critical) && rules[0].condition.contains("(\"/bin/nc\")"));
    assert!(matches!(rules[1].priority, Priority::Warning) && matches!(rules[2].priority, Priority::Notice));
}

#[test]
fn a_rule_is_for_an_image_that_is_named_and_a_port_of_its_registry_is_no_tag() {
    let of = |image: Option<&str>| {
        let mut document = document(&[]);
        document.metadata.image = image.map(str::to_owned);
        super::image(&Known::of(&document)).map(|condition| values(&condition).0)
    };
    assert_eq!(of(Some("reg:5000/a")).unwrap(), ["reg:5000/a", "/reg:5000/a"]);
    assert_eq!(of(Some("reg:5000/a:2@sha256:00")).unwrap(), ["reg:5000/a", "/reg:5000/a", "2"]);
    assert!(matches!(of(None), Err(Unruled::NoImage)));
    assert!(matches!(of(Some("a\nb")), Err(Unruled::Letters)));
}

#[test]
fn what_nobody_watched_or_varies_has_no_rule_and_that_is_said() {
    let mut document =
        document(&[("spawn", "/<any>"), ("listen", "tcp/<any>"), ("connect", "<any> private")]);
    let (comments, rules, _) = made(&document);
    assert!(rules.is_empty() && said(&comments, "Names of programs vary everywhere"), "{comments:?}");
    document.notes = ["spawn", "listen", "connect"].map(|of| format!("{UNWATCHED}{of}")).into();
    assert!(made(&document).1.is_empty());
}

/// Falco reads on behind `"/a\\"`, as far as the next quote, and would take what stands there for a condition.
#[test]
fn a_path_with_a_backslash_or_a_single_quote_is_left_out_aloud() {
    let (comments, _, macros) =
        made(&document(&[("spawn", "/a\\"), ("spawn", "/it's"), ("spawn", "/bin/web")]));
    assert_eq!(macros[1].condition, "proc.exepath in (\"/bin/web\")");
    assert!(comments.iter().any(|comment| comment.ends_with("unknown ones: /a\\, /it's.")), "{comments:?}");
}

proptest! {
    #[test]
    fn a_value_comes_back_from_a_condition_and_adds_nothing_to_it(path in hostile(), name in hostile()) {
        let path = format!("/{path}");
        let mut document = document(&[("spawn", "/bin/web"), ("spawn", &path)]);
        document.metadata.image = Some("shop/web".to_owned());
        let (comments, _, macros) = made(&document);
        for of in macros.iter().filter(|of| of.r#macro.ends_with("_programs")) {
            let (values, between) = values(&of.condition);
            let left = said(&comments, "Programs that are known but can't be named here");
            let just = say_just(values.iter().map(String::as_str), &path);
            prop_assert!(values == ["/bin/web"] && left || just, "{:?}", values);
            let plain = between.replace("\", \"", "").replace("\"", "");
            let plain = plain.replace(" or proc.exepath startswith ", "");
            prop_assert!(plain == "proc.exepath in ()", "{}", plain);
        }
        document.metadata.image = Some(format!("shop/{name}"));
        if let Ok(condition) = super::image(&Known::of(&document)) {
            prop_assert!(values(&condition).0[1].ends_with(&values(&condition).0[0]));
        }
    }
}
