//! Files in the folder of an OCI layout, or in a tar of one or of `docker save`, by name.
//!
//! A tar is looked through once for each name; what is not asked for is passed over by seeking. Names are compared and never
//! used as paths of this machine. Not here: what the files mean.

use std::{
    fs::File,
    io::{self, ErrorKind, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use super::super::yaml::{DocumentError, bytes};
use crate::escape::escape;

/// Largest file that is read; configs and manifests are small.
const BYTES: u64 = 4 << 20;
/// Files in a tar that are looked at.
const ENTRIES: usize = 100_000;

pub(super) enum Blobs {
    Folder(PathBuf),
    Tar(PathBuf),
}

/// Whether a file begins as a tar does.
pub(super) fn is_tar(file: &Path) -> bool {
    let mut head = [0; 262];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head.ends_with(b"ustar")
}

impl Blobs {
    /// The bytes of a file; `None` if there is none.
    pub(super) fn get(&self, name: &str) -> Result<Option<Vec<u8>>, DocumentError> {
        match self {
            // Names are of this program or digests.
            Self::Folder(folder) if name.starts_with("blobs/sha256/") || !name.contains('/') => {
                let path = folder.join(name);
                if path.exists() { bytes(&path).map(Some) } else { Ok(None) }
            }
            Self::Folder(_) => Ok(None),
            Self::Tar(file) => in_tar(file, name),
        }
    }

    /// A file of any size, to be read from its beginning; `None` if there is none.
    pub(super) fn open(&self, name: &str) -> io::Result<Option<Box<dyn Read>>> {
        match self {
            Self::Folder(folder) if name.starts_with("blobs/sha256/") => {
                Ok(Some(Box::new(File::open(folder.join(name))?)))
            }
            Self::Folder(_) => Ok(None),
            Self::Tar(file) => {
                let mut archive = tar::Archive::new(File::open(file)?);
                for entry in archive.entries_with_seek()?.take(ENTRIES) {
                    let entry = entry?;
                    if entry.path_bytes().as_ref() == name.as_bytes() {
                        let (at, size) = (entry.raw_file_position(), entry.size());
                        let mut file = File::open(file)?;
                        file.seek(SeekFrom::Start(at))?;
                        return Ok(Some(Box::new(file.take(size))));
                    }
                }
                Ok(None)
            }
        }
    }
}

fn in_tar(file: &Path, name: &str) -> Result<Option<Vec<u8>>, DocumentError> {
    let shown = || escape(&file.display().to_string());
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::PermissionDenied => {
            DocumentError::Unreadable { file: shown(), why: error.to_string() }
        }
        _ => DocumentError::Other {
            file: shown(),
            why: format!("it is a broken tar: {error}"),
            advice: "save it again",
        },
    };
    let mut archive = tar::Archive::new(File::open(file).map_err(failed)?);
    for entry in archive.entries_with_seek().map_err(failed)?.take(ENTRIES) {
        let entry = entry.map_err(failed)?;
        if entry.path_bytes().as_ref() != name.as_bytes() {
            continue;
        }
        if entry.size() > BYTES {
            return Err(DocumentError::TooLarge { file: format!("{} in {}", escape(name), shown()) });
        }
        let mut bytes = Vec::new();
        entry.take(BYTES).read_to_end(&mut bytes).map_err(failed)?;
        return Ok(Some(bytes));
    }
    Ok(None)
}
