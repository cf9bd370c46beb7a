//! `intent convert`: an intent as a policy that another tool enforces.
//!
//! A policy begins with comments that say what of the intent it can't express; who applies it has to know. Only what was
//! learned, declared and approved is allowed, and of that nothing that is denied. Targets are here once their output is
//! checked against the tool's own types in a test.

mod network;

use std::{io::Write, path::PathBuf};

use super::{document::Document, yaml, yaml::Source};
use crate::{args::Target, escape::escape, server::CliError};

/// A policy, and what it can't say.
struct Policy {
    comments: Vec<String>,
    object: serde_json::Value,
}

pub(crate) fn convert(
    file: PathBuf,
    to: Target,
    selector: &[(String, String)],
    out: &mut impl Write,
) -> Result<(), CliError> {
    let source = Source::read(&file)?;
    let documents: Vec<Document> = source.documents()?;
    if documents.is_empty() {
        return Err(source
            .other("it holds no document", "give a document of `intent from` or `export`")
            .into());
    }
    for (number, document) in documents.iter().enumerate() {
        let Policy { comments, object } = match to {
            Target::Networkpolicy => network::policy(document, selector),
        };
        if number > 0 {
            writeln!(out, "---")?;
        }
        for comment in comments {
            writeln!(out, "# {}", escape(&comment))?;
        }
        write!(out, "{}", yaml::write(&[object])?)?;
    }
    Ok(())
}
