//! A disk that can't be written to for a while: full, read-only, or failing.
//!
//! sled takes no more writes after one has failed, so then the store is opened again: once the disk takes writes, and it
//! must hold what it held before, with the commit that failed or without. Until then what was written can still be read.
//! A commit is not even tried while less than the reserve is left, so that a disk that fills up is noticed before a write
//! tears.
//!
//! Not here: who waits, and what goes on meanwhile (`checkpoint.rs`).

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use super::{
    Store, StoreError,
    attempt::{Attempt, attempt},
    store_in,
};
#[cfg(test)]
use crate::blocking::simulated;
use crate::session::locked;

/// What is written to see whether the disk takes it: more than sled writes at once.
const PROBE_BYTES: usize = 1 << 20;
/// How long sled may take to let go of its files.
const LET_GO: Duration = Duration::from_secs(10);

/// sled, unless it is closed, and whether it takes writes.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    db: Arc<RwLock<Option<sled::Db>>>,
    path: PathBuf,
    failed: Arc<AtomicBool>,
    reserve_bytes: Arc<AtomicU64>,
}

impl Slot {
    pub(super) fn new(db: sled::Db, folder: &Path) -> Self {
        Self {
            db: Arc::new(RwLock::new(Some(db))),
            path: store_in(folder),
            failed: Arc::default(),
            reserve_bytes: Arc::default(),
        }
    }

    /// sled. Not to be held for longer than a call: it can't be opened again as long as somebody has it.
    pub(super) fn get(&self) -> Result<sled::Db, StoreError> {
        let db = self.db.read().unwrap_or_else(PoisonError::into_inner);
        db.clone().ok_or_else(|| StoreError::Away { path: self.path.clone() })
    }

    fn set(&self, db: Option<sled::Db>) {
        *self.db.write().unwrap_or_else(PoisonError::into_inner) = db;
    }
}

impl StoreError {
    /// Whether the disk is what failed, so that it can be waited for.
    pub(crate) fn is_of_the_disk(&self) -> bool {
        match self {
            Self::Full { .. } | Self::Away { .. } | Self::Folder { .. } => true,
            Self::Sled { source: sled::Error::Io(error), .. } => {
                !matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData)
            }
            _ => false,
        }
    }
}

/// What sled says, without the form it gives errors of the system.
pub(super) fn said(error: &sled::Error) -> String {
    match error {
        sled::Error::Io(error) if error.raw_os_error().is_some() => error.to_string(),
        sled::Error::Io(error) if error.kind() != io::ErrorKind::Other => error.kind().to_string(),
        other => other.to_string(),
    }
}

impl Store {
    /// Commits are refused while less than this is left on the disk.
    pub(crate) fn set_reserve(&self, bytes: u64) {
        self.db.reserve_bytes.store(bytes, Relaxed);
    }

    /// Commits the store has had.
    pub(crate) fn commits(&self) -> u64 {
        locked(&self.live).totals.commit
    }

    /// Whether there is room for a commit.
    pub(super) fn room(&self) -> Result<(), StoreError> {
        let disk = rustix::fs::statvfs(&self.folder);
        let disk =
            disk.map_err(|error| StoreError::Folder { path: self.folder.clone(), source: error.into() })?;
        let free_bytes = disk.f_bavail.saturating_mul(disk.f_frsize);
        self.metrics.disk_free_bytes.set(i64::try_from(free_bytes).unwrap_or(i64::MAX));
        let reserve_bytes = self.db.reserve_bytes.load(Relaxed);
        #[cfg(test)]
        let reserve_bytes = if simulated::is_full() { u64::MAX } else { reserve_bytes };
        if free_bytes < reserve_bytes {
            return Err(StoreError::Full { folder: self.folder.clone(), free_bytes, reserve_bytes });
        }
        Ok(())
    }

    /// Takes in that a commit failed.
    pub(crate) fn failed(&self, error: &StoreError) {
        if !matches!(error, StoreError::Full { .. }) {
            self.db.failed.store(true, Relaxed);
        }
    }

    /// Makes the store take commits again if the disk allows it, after the commit behind `commits` others failed. That one may
    /// be durable after all; it can be made again in any case, as all that it writes is the same.
    pub(crate) fn recover(&self, commits: u64) -> Result<(), StoreError> {
        self.room()?;
        if !self.db.failed.load(Relaxed) {
            return Ok(());
        }
        probe(&self.folder).map_err(|source| StoreError::Folder { path: self.folder.clone(), source })?;
        let mut live = locked(&self.live);
        self.db.set(None);
        match attempt(&self.db.path, Some(Instant::now() + LET_GO))? {
            Attempt::Read(db, contents) => {
                let found = contents.commit();
                if !contents.is_of_one_commit() || !(commits..=commits + 1).contains(&found) {
                    let why = format!("it had {commits} commits before a write failed, now {found}");
                    return Err(StoreError::Damaged { path: self.db.path.clone(), why });
                }
                live.totals = contents.found;
                self.db.set(Some(db));
                self.db.failed.store(false, Relaxed);
                Ok(())
            }
            Attempt::Partly(_, why) | Attempt::Damaged(why) => {
                Err(StoreError::Damaged { path: self.db.path.clone(), why })
            }
        }
    }
}

/// Writes a file and deletes it again.
fn probe(folder: &Path) -> io::Result<()> {
    let path = folder.join("disk-probe");
    let written = File::create(&path)
        .and_then(|mut file| file.write_all(&vec![0xa5; PROBE_BYTES]).and_then(|()| file.sync_all()));
    let removed = fs::remove_file(&path);
    written.and(removed)
}
