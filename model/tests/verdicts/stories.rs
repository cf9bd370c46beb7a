//! Told stories and what the model says of each: `stories.txt`, whose lines that begin with `=` are the model's.
//! `UPDATE=1 cargo test -p plumbline-model --test verdicts` rewrites those.

use crate::scene::Scene;
use plumbline_model::Incident;
use std::{fmt::Write as _, fs, path::Path};

const STORIES: &str = include_str!("stories.txt");

/// The name of each story, and what happens in it.
pub(crate) fn stories() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    STORIES.split("\n# ").skip(1).map(|story| {
        let mut lines = story.lines().filter(|line| !line.is_empty() && !line.starts_with('='));
        (lines.next().unwrap_or_default(), lines.collect())
    })
}

#[test]
fn the_model_says_of_each_story_what_the_file_says() {
    let (head, _) = STORIES.split_once("\n# ").unwrap();
    let mut said = format!("{head}\n");
    for (name, told) in stories() {
        let _ = writeln!(said, "# {name}");
        told.iter().for_each(|line| said.push_str(&format!("{line}\n")));
        let incidents = Scene::of(told).play();
        if incidents.is_empty() {
            said.push_str("= nothing new\n");
        }
        incidents.iter().for_each(|incident| said.push_str(&verdict(incident)));
        said.push('\n');
    }
    let said = format!("{}\n", said.trim_end());
    if std::env::var_os("UPDATE").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verdicts/stories.txt");
        fs::write(path, &said).unwrap();
        return;
    }
    let mut lines = said.lines().zip(STORIES.lines());
    let first = lines.find(|(now, then)| now != then);
    assert!(
        said == STORIES,
        "{first:#?}: UPDATE=1 cargo test -p plumbline-model --test verdicts, and read the difference"
    );
}

/// Verdict, probabilities, evidence, and what people are told of it.
fn verdict(incident: &Incident) -> String {
    let p = incident.probabilities;
    let names: Vec<&str> = incident.evidence.iter().map(|item| item.name.as_str()).collect();
    let mut text = format!(
        "= {}: normal {:.2}, drift {:.2}, attack {:.2}\n= by {}\n",
        incident.verdict.name(),
        p.normal,
        p.drift,
        p.attack,
        if names.is_empty() { "surprise alone".to_owned() } else { names.join(", ") },
    );
    if incident.revision > 0 {
        let _ = writeln!(text, "= {}", incident.story);
    }
    text
}
