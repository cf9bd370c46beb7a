//! Secrets: read from their file when they are needed, never printed.
//!
//! So one that was renewed is taken without a restart. Not here: keys and certificates (`tls.rs`).

use std::{fmt, path::Path};

use super::failure::Failure;

/// More is no secret but a mistake.
const MAX_BYTES: usize = 16 << 10;

pub(super) struct Secret(String);

impl Secret {
    /// The first line of a file. Who can't read it tries again, since it may be being renewed.
    pub(super) async fn read(path: &Path) -> Result<Self, Failure> {
        let owned = path.to_owned();
        let text = crate::blocking::blocking(move || std::fs::read_to_string(owned)).await;
        let wrong = |problem: String| Failure::again(format!("{}: {problem}", path.display()));
        let text = text.map_err(|error| wrong(error.to_string()))?;
        let line = text.lines().next().unwrap_or_default().trim();
        if line.is_empty() || text.len() > MAX_BYTES {
            return Err(wrong(format!("1 to {MAX_BYTES} bytes belong here, in one line")));
        }
        Ok(Self(line.to_owned()))
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
