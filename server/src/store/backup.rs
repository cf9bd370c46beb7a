//! A copy of the store as it was after one commit, written while the next ones are made.
//!
//! sled has no snapshots. So a copy notes the totals between two commits and then walks through the keys, a piece at a
//! time. A commit that writes a key which the walk has not reached keeps the value it had then ([`Undo`]); the walk takes
//! that instead. A commit waits for one piece at most, memory holds only what was written meanwhile, and what was copied
//! must come to the totals that were noted, or it is no backup.
//!
//! Not here: when (`backups.rs`), the form of the file (`file.rs`).

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs, io,
    ops::Bound,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::PoisonError,
};

use crate::session::locked;

use super::{
    FORMAT, Head, Kind, Store, StoreError,
    file::{Header, Writer, write_whole},
    sealed::{Totals, decode, unseal},
};

/// What is read between two chances for a commit, give or take a value.
const PIECE_BYTES: usize = 1 << 20;
const PREFIX: &str = "backup-";
const SUFFIX: &str = ".plumbline";

/// Where backups are, and how many are kept of the store as it is, and as many of one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) folder: PathBuf,
    pub(crate) kept: usize,
}

/// A file that was written.
#[derive(Debug)]
pub(crate) struct Backup {
    pub(crate) path: PathBuf,
    pub(crate) commit: u64,
    pub(crate) records: u64,
    pub(crate) bytes: u64,
    /// Values that could not be read and are not in it.
    pub(crate) left_out: Vec<String>,
}

/// What keys held when a copy began, of those that were written since and are still to be copied.
#[derive(Debug, Default)]
pub(super) struct Undo {
    /// The walk is past this key.
    passed: Vec<u8>,
    old: BTreeMap<Vec<u8>, Option<sled::IVec>>,
}

impl Undo {
    /// Keeps what a key held before it is written.
    pub(super) fn keep(&mut self, key: &[u8], old: Option<sled::IVec>) {
        if key > self.passed.as_slice() && !self.old.contains_key(key) {
            self.old.insert(key.to_vec(), old);
        }
    }
}

impl Plan {
    #[cfg(test)]
    pub(super) fn default_in(folder: &Path) -> Self {
        Self { folder: folder.join("backups"), kept: 3 }
    }
}

/// A walk under way; ends it when dropped.
struct Walk<'a>(&'a Store);

impl Drop for Walk<'_> {
    fn drop(&mut self) {
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner).undo = None;
    }
}

impl Store {
    /// Writes a backup and lets the oldest go that are too many. Ends with [`StoreError::Stopped`] as soon as `stop` says so.
    pub(crate) fn back_up(
        &self,
        plan: &Plan,
        now_unix_s: u64,
        stop: &dyn Fn() -> bool,
    ) -> Result<Backup, StoreError> {
        let error = |path: &Path| {
            let path = path.to_owned();
            move |source| StoreError::Folder { path, source }
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&plan.folder)
            .map_err(error(&plan.folder))?;
        for leftover in entries(&plan.folder).map_err(error(&plan.folder))? {
            let name = leftover.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(PREFIX) && name.ends_with(".part") {
                fs::remove_file(&leftover).map_err(error(&leftover))?; // of a process that was killed
            }
        }
        // The clock may stand still or go back; the newest backup is the one with the highest number.
        let last = backups(&plan.folder).first().map_or(0, |(time, _)| *time);
        let time = now_unix_s.max(last + 1);
        let path = plan.folder.join(format!("{PREFIX}{time}{SUFFIX}"));
        let backup = self.export(&path, stop)?;
        self.note();
        // Those of an earlier store count by themselves: a new one must not push out what it may be replaced by.
        let since_unix_s = locked(&self.live).since_unix_s;
        let (own, earlier): (Vec<_>, Vec<_>) =
            backups(&plan.folder).into_iter().partition(|(time, _)| *time >= since_unix_s);
        for (_, old) in own.into_iter().skip(plan.kept).chain(earlier.into_iter().skip(plan.kept)) {
            fs::remove_file(&old).map_err(error(&old))?;
        }
        Ok(backup)
    }

    /// Writes all there is to a file, as it is now.
    pub(crate) fn export(&self, path: &Path, stop: &dyn Fn() -> bool) -> Result<Backup, StoreError> {
        let mut failed = None;
        let written = write_whole(path, |out| {
            let written = self.copy(path, out, stop);
            written.map_err(|error| io::Error::other(failed.insert(error).to_string()))
        });
        match (written, failed) {
            (Ok((totals, records, left_out)), _) => {
                let bytes = fs::metadata(path).map_or(0, |file| file.len());
                Ok(Backup { path: path.to_owned(), commit: totals.commit, records, bytes, left_out })
            }
            (Err(_), Some(error)) => Err(error),
            (Err(source), None) => Err(StoreError::Folder { path: path.to_owned(), source }),
        }
    }

    fn copy(
        &self,
        path: &Path,
        out: &mut impl io::Write,
        stop: &dyn Fn() -> bool,
    ) -> Result<(Totals, u64, Vec<String>), StoreError> {
        let io = |source| StoreError::Folder { path: path.to_owned(), source };
        let (walk, totals) = self.walk()?;
        let header = Header { commit: totals.commit, last_cursor: totals.last_cursor };
        let mut writer = Writer::new(out, header).map_err(io)?;
        let mut copied = totals.emptied();
        let mut left_out = Vec::new();
        while let Some(piece) = walk.piece()? {
            if stop() {
                return Err(StoreError::Stopped);
            }
            for (key, value) in piece {
                let Some(kind) = Kind::of(&key) else { continue };
                copied.add(&key, &value);
                let body = unseal(&key, &value).and_then(|body| match kind {
                    // A store that no server of today has opened; a file has no heads but of today's form.
                    Kind::Head if value.first() != Some(&FORMAT) => self.head_anew(&body).map(Cow::Owned),
                    _ => Ok(body),
                });
                match body {
                    Ok(body) => writer.add(kind, &key, &body).map_err(io)?,
                    Err(why) => left_out.push(format!("{}: {why}", kind.name(&key))),
                }
            }
        }
        drop(walk);
        if copied != totals && left_out.is_empty() {
            let why = format!("{copied:?} were read, there should be {totals:?}");
            return Err(StoreError::Damaged { path: self.folder.clone(), why });
        }
        // The copy may hold the newest commit, which must not be newer than what survives a crash.
        self.flush()?;
        Ok((totals, writer.finish().map_err(io)?, left_out))
    }

    /// A head made of the alert it belongs to.
    fn head_anew(&self, body: &[u8]) -> Result<Vec<u8>, String> {
        let Head { cursor, .. } = decode(body)?;
        let alert = self.change(cursor).map_err(|error| error.to_string())?;
        let alert = alert.ok_or("the alert it belongs to is gone")?;
        postcard::to_stdvec(&Head::of(cursor, &alert)).map_err(|error| error.to_string())
    }

    /// Begins a walk between two commits.
    fn walk(&self) -> Result<(Walk<'_>, Totals), StoreError> {
        let mut live = locked(&self.live);
        if live.undo.is_some() {
            return Err(StoreError::Busy);
        }
        live.undo = Some(Undo::default());
        Ok((Walk(self), live.totals.clone()))
    }
}

/// Keys and values, in order.
type Piece = BTreeMap<Vec<u8>, sled::IVec>;

impl Walk<'_> {
    /// The next keys and what they held when the walk began; may be none of them. `None` at the end.
    fn piece(&self) -> Result<Option<Piece>, StoreError> {
        let Self(store) = self;
        let mut live = locked(&store.live);
        let Some(undo) = &mut live.undo else { return Ok(None) };
        let mut piece = Piece::new();
        let (mut bytes, mut last) = (0, None);
        let from = (Bound::Excluded(undo.passed.as_slice()), Bound::Unbounded);
        for entry in store.db.get()?.range::<&[u8], _>(from) {
            let (key, value) = entry.map_err(|source| store.sled(source))?;
            bytes += key.len() + value.len();
            last = Some(key.to_vec());
            piece.insert(key.to_vec(), value);
            if bytes >= PIECE_BYTES {
                break;
            }
        }
        // What stood behind the last key that there is now belongs to the last piece.
        let old = match &last {
            Some(last) if bytes >= PIECE_BYTES => {
                let mut later = undo.old.split_off(last);
                if let Some(old) = later.remove(last) {
                    undo.old.insert(last.clone(), old);
                }
                std::mem::replace(&mut undo.old, later)
            }
            _ => std::mem::take(&mut undo.old),
        };
        let ended = last.is_none() && old.is_empty();
        for (key, value) in old {
            last = last.max(Some(key.clone()));
            match value {
                Some(value) => piece.insert(key, value),
                None => piece.remove(&key),
            };
        }
        if let Some(last) = last {
            undo.passed = last;
        }
        Ok((!ended).then_some(piece))
    }
}

/// The backups in a folder, the newest first, with their times.
pub(super) fn backups(folder: &Path) -> Vec<(u64, PathBuf)> {
    let time = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?;
        name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()
    };
    let paths = entries(folder).unwrap_or_default(); // no folder, no backups
    let mut found: Vec<(u64, PathBuf)> =
        paths.into_iter().filter_map(|path| Some((time(&path)?, path))).collect();
    found.sort_by(|a, b| b.cmp(a));
    found
}

/// When the newest backup in a folder was made, seconds since the Unix epoch.
pub(crate) fn newest(folder: &Path) -> Option<u64> {
    backups(folder).first().map(|(time, _)| *time)
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
}
