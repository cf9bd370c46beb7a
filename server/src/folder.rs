//! The data folder: made, and locked against a second server.
//!
//! The lock is the kernel's: it is gone when the process is, however it ended. Not here: what is stored.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// The lock on a data folder; released when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: fs::File,
}

impl FolderLock {
    /// Makes the folder if it is missing and locks it.
    pub(crate) fn take(path: &Path) -> Result<Self, FolderError> {
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
                return Err(FolderError::Create { path: path.to_owned(), source });
            }
            _ => {}
        }
        let folder = |source| FolderError::Folder { path: path.to_owned(), source };
        let file = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"))
            .map_err(folder)?;
        match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { _file: file }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(FolderError::Locked { path: path.to_owned() }),
            Err(errno) => Err(folder(errno.into())),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    #[error("cannot create the data folder {}: {source}; make it or choose another with --data-dir", .path.display())]
    Create { path: PathBuf, source: io::Error },
    #[error(
        "the data folder {} is in use by another server; stop that one or choose another folder with --data-dir",
        .path.display()
    )]
    Locked { path: PathBuf },
    #[error("cannot use the data folder {}: {source}; check its owner and mode", .path.display())]
    Folder { path: PathBuf, source: io::Error },
}
