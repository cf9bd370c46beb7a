//! Where damaged files go: aside, under a name with the time, where they stay as they are.
//!
//! Only so many are kept ([`KEPT`] stores, and as many sets of snapshot files of a store); who deletes one says so.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{StoreError, attempt::is_broken};

/// Of each, kept.
const KEPT: usize = 3;
const STORE: &str = "store-set-aside-";
const FILES: &str = "set-aside-";

/// Renames a store so that it stays in the data folder as it is; its new name.
pub(super) fn store(store: &Path, folder: &Path, now_unix_s: u64) -> Result<PathBuf, StoreError> {
    let to = unused(&folder.join(format!("{STORE}{now_unix_s}")));
    fs::rename(store, &to).map_err(|source| StoreError::Folder { path: to.clone(), source })?;
    Ok(to)
}

/// Moves a store's snapshot files, and settings of sled that do not bear their checksum, into a folder in the store; which,
/// if there were any.
pub(super) fn snapshots(store: &Path, now_unix_s: u64) -> Result<Option<PathBuf>, StoreError> {
    let mut files = snapshot_files(store);
    files.extend(Some(store.join("conf")).filter(|conf| is_broken(conf)));
    if files.is_empty() {
        return Ok(None);
    }
    let to = unused(&store.join(format!("{FILES}{now_unix_s}")));
    let moved = fs::create_dir(&to).and_then(|()| {
        files.iter().try_for_each(|file| fs::rename(file, to.join(file.file_name().unwrap_or_default())))
    });
    moved.map_err(|source| StoreError::Folder { path: to.clone(), source })?;
    Ok(Some(to))
}

/// Deletes what is too much of stores set aside, and of files set aside in the store, the oldest first; what was deleted.
pub(super) fn make_room(folder: &Path, store: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut deleted = Vec::new();
    for (folder, prefix) in [(folder, STORE), (store, FILES)] {
        for path in too_many(folder, prefix) {
            fs::remove_dir_all(&path).map_err(|source| StoreError::Folder { path: path.clone(), source })?;
            deleted.push(path);
        }
    }
    Ok(deleted)
}

fn too_many(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut aside: Vec<_> = entries(folder)
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?;
            let mut numbers =
                name.strip_prefix(prefix)?.splitn(2, '-').map(|part| part.parse().unwrap_or(0u64));
            Some((numbers.next(), numbers.next(), path))
        })
        .collect();
    aside.sort();
    let too_many = aside.len().saturating_sub(KEPT);
    aside.into_iter().take(too_many).map(|(_, _, path)| path).collect()
}

/// Snapshot files of a store, finished or not.
pub(super) fn snapshot_files(store: &Path) -> Vec<PathBuf> {
    let is =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("snap."));
    entries(store).filter(is).collect()
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries: io::Result<fs::ReadDir> = fs::read_dir(folder);
    entries.into_iter().flatten().flatten().map(|entry| entry.path())
}

/// The path, or with a number if there is such a thing already.
fn unused(path: &Path) -> PathBuf {
    let numbered = (2..).map(|number| PathBuf::from(format!("{}-{number}", path.display())));
    let mut names = std::iter::once(path.to_owned()).chain(numbered);
    names.find(|path| !path.exists()).unwrap_or_else(|| path.to_owned())
}
