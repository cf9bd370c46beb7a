//! `intent lint`: what is wrong with documents beyond their form, each with its place; and what `apply` refuses.
//!
//! A document says a thing once: no behaviour is approved twice or both approved and denied for the same containers.
//! Whether a server knows an image, and whether a value is one that it would ever learn, is for it to say.

use std::{
    collections::BTreeMap,
    io::Write,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_saphyr::Spanned;

use super::{
    document::{Behaviour, Decided, Document, Learned, Port, Reach},
    export::unix_ns,
    starts::{COMMAND_BYTES, STARTS},
    yaml::{DocumentError, Source},
};
use crate::{args::Output, escape::escape, print, server::CliError};

/// Bounds of a server, in bytes.
const VALUE_BYTES: usize = 4096;
const REASON_BYTES: usize = 1024;

/// What behaviours are of; a test compares it with what the model knows.
const DIMENSIONS: [&str; 10] =
    ["spawn", "arguments", "origin", "listen", "connect", "accept", "identity", "call", "resolve", "rate"];
const PROTOCOLS: [&str; 3] = ["tcp", "udp", "sctp"];

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fault {
    pub(super) at: String,
    pub(super) what: String,
}

/// Where the parts of a document stand.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Lines {
    metadata: Option<Spanned<IgnoredAny>>,
    declared: DeclaredLines,
    exposure: Option<Spanned<IgnoredAny>>,
    learned: Vec<Spanned<IgnoredAny>>,
    approved: Vec<Spanned<IgnoredAny>>,
    denied: Vec<Spanned<IgnoredAny>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct DeclaredLines {
    ports: Vec<Spanned<IgnoredAny>>,
    starts: Vec<Spanned<IgnoredAny>>,
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
        let whole = |at: &Option<Spanned<IgnoredAny>>| {
            at.as_ref().map_or_else(|| source.line(0), |at| source.place(at.defined))
        };
        if document.metadata.digest.as_deref().is_some_and(|digest| !is_digest(digest)) {
            let what = "a digest is sha256: and 64 hexadecimal digits".to_owned();
            faults.push(Fault { at: whole(&lines.metadata), what });
        }
        for (port, line) in document.declared.ports.iter().zip(&lines.declared.ports) {
            let at = source.place(line.defined);
            faults.extend(undeclarable(port).map(|what| Fault { at, what }));
        }
        for (number, (start, line)) in document.declared.starts.iter().zip(&lines.declared.starts).enumerate()
        {
            let what = unstartable(&start.value, number);
            faults.extend(what.map(|what| Fault { at: source.place(line.defined), what }));
        }
        for (entry, line) in document.learned.iter().zip(&lines.learned) {
            let at = source.place(line.defined);
            faults.extend(unlearned(entry).into_iter().map(|what| Fault { at: at.clone(), what }));
        }
        let exposure = document.exposure.iter().flat_map(|seen| [&seen.first_seen, &seen.last_seen]);
        if exposure.flatten().any(|moment| unix_ns(moment).is_none()) {
            let what = "a time of the exposure is no time such as 2026-01-31T00:00:00Z".to_owned();
            faults.push(Fault { at: whole(&lines.exposure), what });
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

fn is_digest(digest: &str) -> bool {
    let hex = digest.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn undeclarable(port: &Port) -> Option<String> {
    if port.port == 0 || port.end.is_some_and(|end| end < port.port) {
        return Some("a port is 1 to 65535, and its end not before it".to_owned());
    }
    let known = PROTOCOLS.contains(&port.protocol.as_str());
    (!known).then(|| format!("the protocol of a port is one of {}", PROTOCOLS.join(", ")))
}

/// Why a server would not take a command that scripts start.
fn unstartable(words: &[String], number: usize) -> Option<String> {
    if words.first().is_none_or(String::is_empty) {
        return Some("a command begins with a program".to_owned());
    }
    if number == STARTS {
        return Some(format!("there are more than {STARTS} commands, which a server does not take"));
    }
    let bytes: usize = words.iter().map(String::len).sum();
    (bytes > COMMAND_BYTES)
        .then(|| format!("a command of {bytes} bytes; a server takes {COMMAND_BYTES} at most"))
}

/// What is wrong with a behaviour by itself.
fn unknown(behaviour: &Behaviour) -> Option<String> {
    if behaviour.dimension.is_empty() || behaviour.value.is_empty() {
        return Some("a behaviour has a dimension and a value".to_owned());
    }
    let known = DIMENSIONS.contains(&behaviour.dimension.as_str());
    (!known).then(|| format!("{} is no dimension; there are {}", behaviour.dimension, DIMENSIONS.join(", ")))
}

/// What is wrong with a behaviour that was learned; whether its marks are of its value is for a server to say.
fn unlearned(entry: &Learned) -> Vec<String> {
    let mut faults: Vec<String> = unknown(&entry.behaviour).into_iter().collect();
    if entry.windows == 0 {
        faults.push("what was learned has windows in which it was seen".to_owned());
    }
    let [first, last] =
        [&entry.first_seen, &entry.last_seen].map(|moment| moment.as_deref().and_then(unix_ns));
    if first.zip(last).is_some_and(|(first, last)| last < first) {
        faults.push("lastSeen is before firstSeen".to_owned());
    }
    if [&entry.first_seen, &entry.last_seen].into_iter().flatten().any(|moment| unix_ns(moment).is_none()) {
        faults.push("firstSeen and lastSeen are times such as 2026-01-31T00:00:00Z".to_owned());
    }
    faults
}

fn wrong(entry: &Decided) -> Vec<String> {
    let behaviour = &entry.behaviour;
    let mut faults: Vec<String> = unknown(behaviour).into_iter().collect();
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
