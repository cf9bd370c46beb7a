//! Secrets: read from their file when they are needed, never printed.
//!
//! So one that was renewed is taken without a restart. Not here: keys and certificates (`tls.rs`).

use std::{fmt, path::Path};

use super::failure::Failure;

/// More is no secret but a mistake.
const MAX_BYTES: usize = 16 << 10;

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(String);

impl Secret {
    /// The first line of a file. Who can't read it tries again, since it may be being renewed.
    pub(super) async fn read(path: &Path) -> Result<Self, Failure> {
        let Self(text) = Self::read_whole(path).await?;
        match text.lines().next().map(str::trim) {
            Some(line) if !line.is_empty() => Ok(Self(line.to_owned())),
            _ => Err(Failure::again(format!("{}: a secret belongs into the first line", path.display()))),
        }
    }

    /// All of a file, likewise.
    pub(super) async fn read_whole(path: &Path) -> Result<Self, Failure> {
        let owned = path.to_owned();
        let text = crate::blocking::blocking(move || std::fs::read_to_string(owned)).await;
        let wrong = |problem: String| Failure::again(format!("{}: {problem}", path.display()));
        let text = text.map_err(|error| wrong(error.to_string()))?;
        if text.len() > MAX_BYTES || text.trim().is_empty() {
            return Err(wrong(format!("1 to {MAX_BYTES} bytes belong here")));
        }
        Ok(Self(text))
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("(secret)")
    }
}
