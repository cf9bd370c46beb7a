//! What is done to a store as a whole while no server uses it: looked through, exported, replaced, made anew.
//!
//! Nothing is repaired on the way; that is the server's start (`opening.rs`), and errors say so. A new store is filled
//! beside the old one and only then takes its place. A start that finds no store, but a new one beside, takes that.
//!
//! Not here: what is printed (`store_command.rs`).

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::{clock::now_unix_s, metrics::Metrics};

use super::{
    FORMAT, Kind, Known, Live, Store, StoreError, aside,
    attempt::{Attempt, attempt},
    backup::Backup,
    disk,
    file::{Header, sync_folder},
    fill::{self, Filler},
    load::{self, Contents},
    sealed::unseal,
    store_in,
};

const UNSOUND: &str = "not all of it can be read, see `plumbline-server store check`";

/// What a store holds.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) commit: u64,
    pub(crate) rows: Vec<Row>,
    /// What is wrong, a line each; none if nothing is.
    pub(crate) wrong: Vec<String>,
}

/// What it holds of a kind.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) values: u64,
    pub(crate) bytes: u64,
    pub(crate) corrupt: u64,
    /// Values that there should be and are not.
    pub(crate) gone: u64,
}

/// What was imported.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) commit: u64,
    pub(crate) records: u64,
    /// Where the store is that was there before.
    pub(crate) aside: Option<PathBuf>,
}

/// What compacting came to.
#[derive(Debug)]
pub(crate) struct Compacted {
    pub(crate) records: u64,
    pub(crate) bytes_before: u64,
    pub(crate) bytes_after: u64,
}

impl Checked {
    /// Looks through the store in a folder that is locked. Where it can't be opened at all, that is all that is told.
    pub(crate) fn of(folder: &Path) -> Result<Self, StoreError> {
        let (db, contents) = opened(folder)?;
        let (rows, wrong) = (rows(&contents), wrong(&db, &contents));
        let mut wrong = wrong.map_err(|source| StoreError::Sled { path: store_in(folder), source })?;
        if let Some(known) = Known::read(folder).filter(|known| known.commit > contents.commit()) {
            let found = contents.commit();
            wrong.push(format!("it has gone back: it had at least {} commits and has {found}", known.commit));
        }
        Ok(Self { commit: contents.commit(), rows, wrong })
    }
}

fn rows(contents: &Contents) -> Vec<Row> {
    let row = |kind: Kind| Row {
        kind: kind.plural(),
        values: contents.found.of(kind).count,
        bytes: contents.bytes.get(kind as usize).copied().unwrap_or_default(),
        corrupt: contents.corrupt.iter().filter(|corrupt| corrupt.kind == kind).count() as u64,
        gone: contents.gone(kind).map_or(0, |(gone, _)| gone),
    };
    Kind::ALL.into_iter().map(row).collect()
}

fn wrong(db: &sled::Db, contents: &Contents) -> Result<Vec<String>, sled::Error> {
    let named = |kind: Kind, key: &[u8], why: &str| format!("{} can't be read: {why}", kind.name(key));
    let mut wrong: Vec<String> = Vec::new();
    if contents.expected.is_none() {
        wrong.push("it holds no record of how much it should hold".to_owned());
    }
    for kind in Kind::ALL {
        match contents.gone(kind) {
            Some((0, _)) => {
                wrong.push(format!("some {} are older than the rest of the store", kind.plural()))
            }
            Some((gone, of)) => wrong.push(format!("{gone} of {of} {} are gone", kind.plural())),
            None => {}
        }
    }
    wrong.extend(contents.corrupt.iter().map(|corrupt| named(corrupt.kind, &corrupt.key, &corrupt.why)));
    for entry in db.scan_prefix([Kind::Change.letter()]) {
        let (key, value) = entry?;
        if unseal(&key, &value).is_ok()
            && let Err(why) = load::alert(&key, &value)
        {
            wrong.push(named(Kind::Change, &key, &why));
        }
    }
    Ok(wrong)
}

impl Store {
    /// Opens the store in a folder that is locked, if it is whole enough to be read through.
    pub(crate) fn open_as_it_is(folder: &Path) -> Result<Self, StoreError> {
        let (db, contents) = opened(folder)?;
        let path = store_in(folder);
        if !contents.is_of_one_commit() {
            return Err(StoreError::Damaged { path, why: UNSOUND.to_owned() });
        }
        let metrics = Metrics::new().map_err(|error| StoreError::Folder {
            path: folder.to_owned(),
            source: io::Error::other(error.to_string()),
        })?;
        let since_unix_s = Known::read(folder).map_or(0, |known| known.since_unix_s);
        let live = Live { totals: contents.found, since_unix_s, undo: None };
        Ok(Self {
            db: disk::Slot::new(db, folder),
            folder: folder.to_owned(),
            live: Arc::new(Mutex::new(live)),
            metrics: Arc::new(metrics),
            #[cfg(test)]
            commits_left: Arc::new(i64::MAX.into()),
        })
    }
}

/// Writes all that a store holds to a file.
pub(crate) fn export(folder: &Path, file: &Path) -> Result<Backup, StoreError> {
    Store::open_as_it_is(folder)?.export(file, &|| false)
}

/// Makes the store of a file. One that is not empty is set aside if `force` says so.
pub(crate) fn import(folder: &Path, file: &Path, force: bool) -> Result<Imported, StoreError> {
    let (header, records) =
        fill::verify(file).map_err(|source| StoreError::File { path: file.to_owned(), source })?;
    let path = store_in(folder);
    let there = path.join("db").exists();
    if there && !force && !is_empty(&path)? {
        return Err(StoreError::NotEmpty { path });
    }
    let new = Beside::new(folder)?;
    drop(fill::fill(&new.0, file, |header| header)?);
    // Before the swap, so that the next start takes neither the old nor the new one for one that went back.
    let now_unix_s = now_unix_s();
    let before = Known::read(folder).map_or(header.commit, |known| known.commit);
    Known { commit: header.commit.min(before), since_unix_s: now_unix_s }.write(folder)?;
    let aside = if there { Some(aside::store(&path, folder, now_unix_s)?) } else { None };
    // If it does not come to this, the next start does it.
    fs::rename(&new.0, &path).map_err(folder_error(&path))?;
    sync_folder(&path).map_err(folder_error(&path))?;
    Ok(Imported { commit: header.commit, records, aside })
}

/// Writes the store anew, without what sled has not yet given back.
pub(crate) fn compact(folder: &Path) -> Result<Compacted, StoreError> {
    let path = store_in(folder);
    let (db, contents) = opened(folder)?;
    if !contents.is_of_one_commit() || !contents.corrupt.is_empty() {
        return Err(StoreError::Damaged { path, why: UNSOUND.to_owned() });
    }
    let sled = |source| StoreError::Sled { path: path.clone(), source };
    let new = Beside::new(folder)?;
    let mut filler = Filler::new(&new.0)?;
    let mut records = 0;
    for entry in db.iter() {
        let (key, value) = entry.map_err(sled)?;
        if Kind::of(&key).is_some() {
            unseal(&key, &value).map_err(|why| StoreError::Damaged { path: path.clone(), why })?;
            filler.put(key.to_vec(), value.to_vec())?;
            records += 1;
        }
    }
    let (totals, format) = (contents.found, contents.format.and_then(|format| format.first().copied()));
    let header = Header { commit: totals.commit, last_cursor: totals.last_cursor };
    let filled = filler.finish(header, format.unwrap_or(FORMAT))?;
    let copied = load::load(&filled).map_err(sled)?;
    if copied.found != totals {
        let why = format!("the copy holds {:?} instead of {totals:?}", copied.found);
        return Err(StoreError::Damaged { path, why });
    }
    drop((db, filled));
    let (bytes_before, bytes_after) = (size(&path), size(&new.0));
    swap(&new.0, &path)?;
    sync_folder(&path).map_err(folder_error(&path))?;
    Ok(Compacted { records, bytes_before, bytes_after }) // what is beside now is the old one, and goes
}

fn opened(folder: &Path) -> Result<(sled::Db, Contents), StoreError> {
    let path = store_in(folder);
    if !path.join("db").exists() {
        return Err(StoreError::Missing { path: folder.to_owned() });
    }
    match attempt(&path, None)? {
        Attempt::Read(_, contents) if contents.format.is_none() => {
            Err(StoreError::Damaged { path, why: "it was never finished, or has lost everything".to_owned() })
        }
        Attempt::Read(db, contents) => Ok((db, *contents)),
        Attempt::Partly(_, why) | Attempt::Damaged(why) => Err(StoreError::Damaged { path, why }),
    }
}

fn is_empty(path: &Path) -> Result<bool, StoreError> {
    match attempt(path, None)? {
        Attempt::Read(_, contents) => Ok(contents.found.count() == 0),
        Attempt::Partly(..) | Attempt::Damaged(_) => Ok(false),
    }
}

/// The folder of a store that is being made, and where it is taken up if the store is missing; deleted, with whatever is in it, in the end.
pub(super) struct Beside(pub(super) PathBuf);

impl Beside {
    pub(super) fn new(folder: &Path) -> Result<Self, StoreError> {
        let path = Self::path(folder);
        match fs::remove_dir_all(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(folder_error(&path)(source)),
            _ => Ok(Self(path)), // what was there is of a command that was killed
        }
    }
}

impl Beside {
    /// Where it is, in a data folder.
    pub(super) fn path(folder: &Path) -> PathBuf {
        folder.join("store-new")
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // the next command does it
    }
}

/// Exchanges two folders in one step, or in two where the file system can't.
fn swap(new: &Path, old: &Path) -> Result<(), StoreError> {
    match renameat_with(CWD, new, CWD, old, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            let between = new.with_extension("old");
            fs::rename(old, &between).map_err(folder_error(old))?;
            fs::rename(new, old).map_err(folder_error(old))?;
            fs::rename(&between, new).map_err(folder_error(new))
        }
        Err(errno) => Err(folder_error(old)(errno.into())),
    }
}

fn folder_error(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Folder { path, source }
}

/// Bytes of all files in a folder, as the disk counts them.
fn size(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => size(&entry.path()),
        Ok(meta) => meta.blocks() * 512,
        Err(_) => 0,
    };
    entries.map(size).sum()
}
