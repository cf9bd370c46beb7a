//! What is known of the store outside of it: how many commits it had at least, in a small file beside it.
//!
//! sled recovers a log up to where it is whole, and a log that lost its end, or everything, is whole to it. This tells
//! such a store from one that never held more. It is written when the commit it speaks of is durable, and not synced: after a power
//! loss it may be behind the store, never ahead of it. A file that can't be read says nothing.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::StoreError;

/// What is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// Commits the store has had.
    pub(super) commit: u64,
    /// When it began: was made, imported or restored. A backup from before is of another store.
    pub(super) since_unix_s: u64,
}

impl Known {
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let text = fs::read_to_string(path(folder)).ok()?;
        let number = |key: &str| text.lines().find_map(|line| line.strip_prefix(key))?.trim().parse().ok();
        Some(Self { commit: number("commit =")?, since_unix_s: number("since_unix_s =")? })
    }

    pub(super) fn write(self, folder: &Path) -> Result<(), StoreError> {
        let path = path(folder);
        let new = path.with_extension("new");
        let text = format!("commit = {}\nsince_unix_s = {}\n", self.commit, self.since_unix_s);
        let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &path));
        written.map_err(|source| StoreError::Folder { path, source })
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("store-known")
}
