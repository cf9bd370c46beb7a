//! Documents as text: read within bounds, and written in one form.
//!
//! Whoever wrote a file may mean harm: it has at most 16 MiB, a million nodes and 64 levels, and aliases may not make more
//! of it. What is wrong is told with file, line and column. What is written can be looked at safely: a document
//! with letters that nobody sees is written as JSON, which is YAML too, with these escaped.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Read},
    path::Path,
};

use serde::{Serialize, de::DeserializeOwned};
use serde_saphyr::{Location, NonFiniteFloatPolicy, Options, Spanned, UserMessageFormatter};

use super::document::Fact;
use crate::{
    escape::{escape, hidden},
    server::CliError,
};

/// Largest file that is read: an export of some 50,000 behaviours.
const FILE_BYTES: u64 = 16 << 20;
/// Most that a file may hold, aliases followed.
const NODES: usize = 1_000_000;
const DEPTH: usize = 64;

#[derive(Debug, thiserror::Error)]
pub(crate) enum DocumentError {
    #[error("{file} can't be read; {why}; look at the path and its rights")]
    Unreadable { file: String, why: String },
    #[error("{file} is more than {} MiB; such files are not read; give the one file that is meant", FILE_BYTES >> 20)]
    TooLarge { file: String },
    #[error("{file}:{line}:{column}: {why}; {advice}")]
    Wrong { file: String, line: u64, column: u64, why: String, advice: &'static str },
    #[error("{file}: {why}; {advice}")]
    Other { file: String, why: String, advice: &'static str },
}

impl From<DocumentError> for CliError {
    fn from(error: DocumentError) -> Self {
        Self::Document(error.to_string())
    }
}

/// A file on its way in, under the name that facts give as their origin.
pub(crate) struct Source {
    name: String,
    text: String,
}

impl Source {
    /// Reads a file; `-` is the standard input.
    pub(crate) fn read(file: &Path) -> Result<Self, DocumentError> {
        let name = file.display().to_string();
        let bytes = bytes(file)?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { name, text }),
            Err(error) => {
                let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
                let (line, last) =
                    (good.split(|byte| *byte == b'\n').count(), good.rsplit(|byte| *byte == b'\n').next());
                let column = String::from_utf8_lossy(last.unwrap_or_default()).chars().count() + 1;
                let source = Self::of(name, "");
                let advice = "give the file that is meant, as UTF-8";
                Err(source.wrong_at(line as u64, column as u64, "it is no text", advice))
            }
        }
    }

    /// Of a text that is not that of a file, or not quite.
    pub(crate) fn of(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// All documents of the file that are not empty.
    pub(crate) fn documents<T: DeserializeOwned>(&self) -> Result<Vec<T>, DocumentError> {
        serde_saphyr::from_multiple_with_options(&self.text, options()).map_err(|error| self.refused(&error))
    }

    /// Where something stands, for people.
    pub(crate) fn line(&self, line: u64) -> String {
        if line == 0 { self.name.clone() } else { format!("{}:{line}", self.name) }
    }

    /// The same to the column.
    pub(crate) fn place(&self, at: Location) -> String {
        format!("{}:{}", self.line(at.line()), at.column())
    }

    /// Something read, with where it stands: of an alias, what it stands for.
    pub(crate) fn fact<T>(&self, told: Spanned<T>) -> Fact<T> {
        let from = self.line(told.defined.line());
        Fact { value: told.value, from }
    }

    pub(crate) fn wrong(&self, at: Location, why: impl Into<String>, advice: &'static str) -> DocumentError {
        self.wrong_at(at.line(), at.column(), why, advice)
    }

    pub(crate) fn wrong_at(
        &self,
        line: u64,
        column: u64,
        why: impl Into<String>,
        advice: &'static str,
    ) -> DocumentError {
        DocumentError::Wrong { file: escape(&self.name), line, column, why: escape(&why.into()), advice }
    }

    pub(crate) fn other(&self, why: impl Into<String>, advice: &'static str) -> DocumentError {
        DocumentError::Other { file: escape(&self.name), why: escape(&why.into()), advice }
    }

    fn refused(&self, error: &serde_saphyr::Error) -> DocumentError {
        let at = error.location().unwrap_or(Location::UNKNOWN);
        // In words for who wrote the file; the other ones are for who uses the crate.
        let why = error.without_snippet().render_with_formatter(&UserMessageFormatter);
        // The place is told in front; the crate tells it again behind.
        let why = why.split(" at line ").next().unwrap_or(&why).lines().next().unwrap_or("it is no YAML");
        let why = why.strip_prefix("error: ").unwrap_or(why).replace("invalid u16", "no number up to 65535");
        self.wrong(at, why, "mend it there")
    }
}

/// The bytes of a file of bounded size.
pub(crate) fn bytes(file: &Path) -> Result<Vec<u8>, DocumentError> {
    let name = || escape(&file.display().to_string());
    let unreadable = |error: io::Error| DocumentError::Unreadable { file: name(), why: error.to_string() };
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().lock().take(FILE_BYTES + 1).read_to_end(&mut bytes)
    } else {
        File::open(file).map_err(unreadable)?.take(FILE_BYTES + 1).read_to_end(&mut bytes)
    };
    if read.map_err(unreadable)? as u64 > FILE_BYTES {
        return Err(DocumentError::TooLarge { file: name() });
    }
    Ok(bytes)
}

/// Documents as YAML, parted by `---`.
pub(crate) fn write<T: Serialize>(documents: &[T]) -> Result<String, CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::Document(format!("cannot write YAML: {error}"));
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let mut text = String::new();
    for document in documents {
        let mut one = serde_saphyr::to_string_with_options(document, options.clone())
            .map_err(|error| failed(&error))?;
        if one.chars().any(|c| c != '\n' && hidden(c)) {
            let json = serde_json::to_string_pretty(document).map_err(|error| failed(&error))?;
            one = visible(&json) + "\n";
        }
        if !text.is_empty() {
            text.push_str("---\n");
        }
        text.push_str(&one);
    }
    Ok(text)
}

/// JSON with everything invisible escaped as YAML does it, which knows no surrogates.
fn visible(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        let code = u32::from(c);
        // Writing to a String can't fail.
        let _ = match c {
            '\n' => text.write_char(c),
            c if hidden(c) && code > 0xffff => write!(text, "\\U{code:08x}"),
            c if hidden(c) => write!(text, "\\u{code:04x}"),
            c => text.write_char(c),
        };
    }
    text
}

fn options() -> Options {
    serde_saphyr::options! {
        with_snippet: false,
        // Somewhere in a file of somebody else `.nan` may stand, where nothing is read.
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        budget: serde_saphyr::budget! { max_nodes: NODES, max_events: 2 * NODES, max_depth: DEPTH },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: NODES },
    }
}
