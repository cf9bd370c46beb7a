//! Answers as programs read them: JSON, lines of JSON, YAML.
//!
//! They are one value in three forms: the server's answer as proto3 JSON has it, with 64-bit numbers as texts. Of a list, jsonl
//! has a line for each thing in it; of a stream, json and jsonl have a line for each thing that happens and YAML a document.
//! What nobody sees is escaped without changing the value. Not here: tables, of which each command has its own.

use std::io::{self, Write};

use serde::Serialize;

use crate::{args::Output, escape::escape_json, intent::yaml, server::CliError};

/// Prints an answer if it is for programs; whether it was.
pub(crate) fn answer(
    out: &mut impl Write,
    output: Output,
    answer: &impl Serialize,
) -> Result<bool, CliError> {
    match output {
        Output::Json => {
            let json = serde_json::to_string_pretty(answer).map_err(io::Error::from)?;
            writeln!(out, "{}", escape_json(&json))?;
        }
        Output::Jsonl => line(out, answer)?,
        Output::Yaml => write!(out, "{}", yaml(&[answer])?)?,
        Output::Table | Output::Wide | Output::Markdown => return Ok(false),
    }
    Ok(true)
}

/// Prints an answer that is a list, if it is for programs; whether it was.
pub(crate) fn list(
    out: &mut impl Write,
    output: Output,
    whole: &impl Serialize,
    items: &[impl Serialize],
) -> Result<bool, CliError> {
    if output != Output::Jsonl {
        return answer(out, output, whole);
    }
    for item in items {
        line(out, item)?;
    }
    Ok(true)
}

/// Prints one thing of a stream, if it is for programs; whether it was.
pub(crate) fn event(out: &mut impl Write, output: Output, event: &impl Serialize) -> Result<bool, CliError> {
    match output {
        Output::Json | Output::Jsonl => line(out, event)?,
        Output::Yaml => write!(out, "---\n{}", yaml(&[event])?)?,
        Output::Table | Output::Wide | Output::Markdown => return Ok(false),
    }
    Ok(true)
}

/// Tells that there is more than was listed, where that is not in the answer itself: people behind the table, and who reads
/// lines beside them.
pub(crate) fn more(out: &mut impl Write, output: Output, text: &str) -> Result<(), CliError> {
    match output {
        Output::Table | Output::Wide | Output::Markdown => writeln!(out, "{text}")?,
        Output::Jsonl => eprintln!("note: {text}"),
        Output::Json | Output::Yaml => {}
    }
    Ok(())
}

fn line(out: &mut impl Write, value: &impl Serialize) -> Result<(), CliError> {
    let json = serde_json::to_string(value).map_err(io::Error::from)?;
    Ok(writeln!(out, "{}", escape_json(&json))?)
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::{Alert, AlertChange, ListAlertsResponse, Verdict};
    use proptest::prelude::*;

    use super::*;
    use crate::escape::hidden;

    fn response(story: &str) -> ListAlertsResponse {
        let alert = Alert {
            id: "0123".into(),
            verdict: Verdict::Attack.into(),
            story: story.into(),
            first_seen_unix_ns: u64::MAX,
            ..Default::default()
        };
        ListAlertsResponse {
            alerts: vec![alert.clone(), alert],
            next_page_token: "t".into(),
            ..Default::default()
        }
    }

    fn printed(print: impl FnOnce(&mut Vec<u8>) -> Result<bool, CliError>) -> Option<String> {
        let mut out = Vec::new();
        print(&mut out).unwrap().then(|| String::from_utf8(out).unwrap())
    }

    fn value(yaml: &str) -> serde_json::Value {
        serde_saphyr::from_str(yaml).unwrap()
    }

    #[test]
    fn a_list_is_one_answer_or_a_line_for_each_thing_in_it_and_people_get_a_table() {
        let response = response("a\n\u{1b}[2J");
        let of = |output| printed(|out| list(out, output, &response, &response.alerts));
        let json: serde_json::Value = serde_json::from_str(&of(Output::Json).unwrap()).unwrap();
        assert_eq!(json["nextPageToken"].as_str().or(json["next_page_token"].as_str()), Some("t"));
        let lines = of(Output::Jsonl).unwrap();
        assert_eq!(lines.lines().count(), 2, "{lines}");
        for line in lines.lines() {
            assert_eq!(serde_json::from_str::<serde_json::Value>(line).unwrap(), json["alerts"][0]);
        }
        assert_eq!(value(&of(Output::Yaml).unwrap()), json);
        for for_people in [Output::Table, Output::Wide, Output::Markdown] {
            assert_eq!(of(for_people), None);
        }
    }

    #[test]
    fn what_happens_is_a_line_or_a_document_each() {
        let change = AlertChange { cursor: 7, alert: response("a\nb").alerts.pop() };
        let of =
            |output| printed(|out| Ok(event(out, output, &change)? && event(out, output, &change)?)).unwrap();
        let lines = of(Output::Jsonl);
        assert_eq!((lines.lines().count(), &lines), (2, &of(Output::Json)));
        let documents: Vec<serde_json::Value> = serde_saphyr::from_multiple(&of(Output::Yaml)).unwrap();
        let line: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        assert_eq!(documents, [line.clone(), line]);
    }

    proptest! {
        #[test]
        fn whatever_a_text_holds_all_forms_have_its_value_and_show_nothing_that_is_not_there(story in any::<String>()) {
            let response = response(&story);
            let forms = [Output::Json, Output::Jsonl, Output::Yaml];
            let [json, line, yaml] = forms.map(|output| printed(|out| answer(out, output, &response)).unwrap());
            for text in [&json, &line, &yaml] {
                prop_assert!(!text.replace('\n', "").contains(hidden), "{:?}", text);
            }
            prop_assert_eq!(line.lines().count(), 1);
            let json: serde_json::Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(json["alerts"][0]["story"].as_str().unwrap_or_default(), &story);
            prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&line).unwrap(), &json);
            prop_assert_eq!(value(&yaml), json);
        }
    }
}
