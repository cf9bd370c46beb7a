//! What is told as ECS has the fields, types and words of the schema (`server/tests/schema/ecs.json`).

use std::net::IpAddr;

use super::*;

fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schema/ecs.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Whether a value is of a type.
fn is_of(value: &Value, kind: &str) -> bool {
    let text = value.as_str();
    match kind {
        "keyword" | "wildcard" | "match_only_text" => text.is_some(),
        "long" => value.is_i64() || value.is_u64(),
        "float" => value.is_f64(),
        "date" => text.is_some_and(|text| OffsetDateTime::parse(text, &Rfc3339).is_ok()),
        "ip" => text.is_some_and(|text| text.parse::<IpAddr>().is_ok()),
        other => panic!("no type {other}"),
    }
}

/// Says what of a part does not fit.
fn check(schema: &Value, name: &str, value: &Value, problems: &mut Vec<String>) {
    if let Value::Object(parts) = value {
        for (part, value) in parts {
            let name = if name.is_empty() { part.clone() } else { format!("{name}.{part}") };
            check(schema, &name, value, problems);
        }
        return;
    }
    if name.starts_with("plumbline.") || name == "kubernetes.namespace" {
        return;
    }
    let field = &schema["fields"][name];
    let kind = field["type"].as_str().unwrap_or_default();
    let fits = match value {
        _ if kind.is_empty() => false,
        Value::Array(items) => field["array"] == true && items.iter().all(|item| is_of(item, kind)),
        one => field["array"] == false && is_of(one, kind),
    };
    if !fits {
        problems.push(format!("{name}: {value} is no {field}"));
    }
}

fn problems(schema: &Value, told: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    check(schema, "", told, &mut problems);
    let (event, known) = (&told["event"], &schema["types_by_category"]);
    for category in event["category"].as_array().unwrap() {
        let types = known[category.as_str().unwrap()].as_array().cloned().unwrap_or_default();
        for kind in event["type"].as_array().unwrap() {
            if !types.contains(kind) {
                problems.push(format!("{kind} does not go with {category}"));
            }
        }
    }
    if !schema["kinds"].as_array().unwrap().contains(&event["kind"]) {
        problems.push(format!("event.kind: {}", event["kind"]));
    }
    if told["ecs"]["version"] != schema["version"] {
        problems.push("another version".to_owned());
    }
    problems
}

#[test]
fn what_is_told_as_ecs_has_the_fields_types_and_words_of_the_schema_and_others_are_found() {
    let schema = schema();
    for change in kinds_of_changes().into_iter().chain([hostile()]) {
        let told = Format::Ecs.json(&change);
        assert_eq!(problems(&schema, &told), Vec::<String>::new(), "{told:#}");
    }
    let good = Format::Ecs.json(&attack());
    for (pointer, wrong) in [
        ("/destination/ip", json!("c2.example")),
        ("/destination/port", json!("443")),
        ("/event/start", json!("yesterday")),
        ("/event/kind", json!("alarm")),
        ("/event/category", json!(["breach"])),
        ("/event/type", json!(["creation"])),
        ("/container/image/tag", json!("1.2")),
        ("/process/name", json!(["x"])),
        ("/process/parent", json!({"path": "/bin/sh"})),
        ("/ecs/version", json!("1.0.0")),
    ] {
        let mut value = good.clone();
        *value.pointer_mut(pointer).unwrap() = wrong;
        assert_eq!(
            problems(&schema, &value).len(),
            if pointer == "/event/type" { 3 } else { 1 },
            "{pointer}"
        );
    }
}
