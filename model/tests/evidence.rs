//! The committed document is what the evidence table says. `UPDATE=1 cargo test -p plumbline-model --test evidence`
//! rewrites it.
#![allow(clippy::unwrap_used, reason = "a document that cannot be read fails the test")]

use std::{fs, path::Path};

#[test]
fn the_committed_document_is_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("EVIDENCE.md");
    let table = plumbline_model::evidence_markdown();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert!(committed == table, "stale: UPDATE=1 cargo test -p plumbline-model --test evidence");
}

#[test]
fn every_file_of_rules_is_compiled_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(root.join("src/indicators.rs")).unwrap();
    for entry in fs::read_dir(root.join("rules")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            source.contains(&format!("\"../rules/{name}\"")),
            "{name} is not in the list of indicators.rs"
        );
    }
}
