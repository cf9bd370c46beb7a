//! `intent lint`: what is wrong with documents beyond their form, each with its place; and what `apply` refuses.
//!
//! A document says a thing once: no behaviour is approved twice or both approved and denied for the same containers.
//! Whether a server knows a dimension or an image is for it to say.

use std::{
    collections::BTreeMap,
    io::Write,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_saphyr::Spanned;

use super::{
    document::{Decided, Document, Learned, Reach},
    export::unix_ns,
    yaml::{DocumentError, Source},
};
use crate::{args::Output, escape::escape, print, server::CliError};

/// Bounds of a server, in bytes.
const VALUE_BYTES: usize = 4096;
const REASON_BYTES: usize = 1024;

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fault {
    at: String,
    pub(super) what: String,
}

/// Where the parts of a document stand.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Lines {
    exposure: Option<Spanned<IgnoredAny>>,
    learned: Vec<Spanned<IgnoredAny>>,
    approved: Vec<Spanned<IgnoredAny>>,
    denied: Vec<Spanned<IgnoredAny>>,
}

/// Prints what is wrong; whether anything is.
pub(crate) fn lint(files: Vec<PathBuf>, output: Output, out: &mut impl Write) -> Result<bool, CliError> {
    let mut faults = Vec::new();
    for file in files {
        let source = Source::read(&file)?;
        let (documents, found) = checked(&source)?;
        if documents.is_empty() {
            return Err(source
                .other("it holds no document", "give a document of `intent from` or `export`")
                .into());
        }
        faults.extend(found);
    }
    if !print::list(out, output, &faults, &faults)? {
        for Fault { at, what } in &faults {
            writeln!(out, "{}: {}", escape(at), escape(what))?;
        }
    }
    Ok(!faults.is_empty())
}

/// The documents of a file, and what is wrong with them.
pub(super) fn checked(source: &Source) -> Result<(Vec<Document>, Vec<Fault>), DocumentError> {
    let documents: Vec<Document> = source.documents()?;
    let lines: Vec<Lines> = source.documents()?;
    let mut faults = Vec::new();
    for (document, lines) in documents.iter().zip(&lines) {
        for (entry, line) in document.learned.iter().zip(&lines.learned) {
            let at = source.place(line.defined);
            faults.extend(unlearned(entry).into_iter().map(|what| Fault { at: at.clone(), what }));
        }
        let exposure = document.exposure.iter().flat_map(|seen| [&seen.first_seen, &seen.last_seen]);
        if exposure.flatten().any(|moment| unix_ns(moment).is_none()) {
            let what = "a time of the exposure is no time such as 2026-01-31T00:00:00Z".to_owned();
            let at =
                lines.exposure.as_ref().map_or_else(|| source.line(0), |told| source.place(told.defined));
            faults.push(Fault { at, what });
        }
        let mut seen = BTreeMap::new();
        for (list, entries, lines) in
            [("approved", &document.approved, &lines.approved), ("denied", &document.denied, &lines.denied)]
        {
            for (entry, line) in entries.iter().zip(lines) {
                let at = source.place(line.defined);
                let mut fault = |what: String| faults.push(Fault { at: at.clone(), what });
                for what in wrong(entry) {
                    fault(what);
                }
                let key = (&entry.behaviour, entry.scope, &entry.namespace);
                match seen.insert(key, (list, at.clone())) {
                    Some((before, place)) if before == list => {
                        fault(format!("it is {list} at {place} already"))
                    }
                    Some((before, place)) => fault(format!("it is {list}, but {before} at {place}")),
                    None => {}
                }
            }
        }
    }
    Ok((documents, faults))
}

/// What is wrong with a behaviour that was learned; whether its marks are of its value is for a server to say.
fn unlearned(entry: &Learned) -> Vec<String> {
    let (behaviour, mut faults) = (&entry.behaviour, Vec::new());
    if behaviour.dimension.is_empty() || behaviour.value.is_empty() || entry.windows == 0 {
        faults.push("what was learned has a dimension, a value, and windows in which it was seen".to_owned());
    }
    if [&entry.first_seen, &entry.last_seen].into_iter().flatten().any(|moment| unix_ns(moment).is_none()) {
        faults.push("firstSeen and lastSeen are times such as 2026-01-31T00:00:00Z".to_owned());
    }
    faults
}

fn wrong(entry: &Decided) -> Vec<String> {
    let (behaviour, mut faults) = (&entry.behaviour, Vec::new());
    if behaviour.dimension.is_empty() || behaviour.value.is_empty() {
        faults.push("a behaviour has a dimension and a value".to_owned());
    }
    if behaviour.context.len().max(behaviour.value.len()) > VALUE_BYTES {
        faults.push(format!("a context or a value has at most {VALUE_BYTES} bytes"));
    }
    if entry.reason.trim().is_empty() || entry.reason.len() > REASON_BYTES {
        faults.push(format!("a reason has 1 to {REASON_BYTES} bytes"));
    }
    if (entry.scope == Reach::Namespace) != entry.namespace.as_ref().is_some_and(|name| !name.is_empty()) {
        faults.push("a namespace belongs to the scope namespace, and that to a namespace".to_owned());
    }
    match entry.expires.as_deref().map(unix_ns) {
        Some(None) => faults.push("expires is a time such as 2026-01-31T00:00:00Z".to_owned()),
        Some(Some(expires)) if expires <= now() => faults.push("it has expired; take it out".to_owned()),
        _ => {}
    }
    faults
}

/// Nanoseconds since the Unix epoch.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
