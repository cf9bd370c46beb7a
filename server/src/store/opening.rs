//! Opens the store whatever state it is in: never refuses for damage, never starts empty in silence.
//!
//! A store that can't be opened is tried from its log alone, its snapshot files set aside. One that holds all of one commit
//! is used as it is; values in it that can't be read are set aside one by one. Any other is given up: a backup that is newer
//! than what can be read takes its place, else what can be read does (`salvage.rs`), else an empty store. Whatever was
//! given up stays aside, and each step is reported. `known.rs` tells a store that went back from one that never held more.
//!
//! Not here: how an attempt is made and what is no damage (`attempt.rs`).

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use crate::{clock::now_unix_s, metrics::Metrics};

use super::{
    FORMAT, FORMAT_KEY, Kind, Known, Live, Plan, Store, StoreError, Stored, TOTALS_KEY, Totals, Writes,
    aside,
    attempt::{Attempt, attempt},
    backup::backups,
    disk,
    file::{Header, sync_folder},
    fill, key,
    load::{self, Contents},
    put,
    report::{How, Report, Trouble},
    salvage, sealed, store_in,
    whole::Beside,
};

/// Values that are kept aside.
const VALUES_KEPT: u64 = 64;
/// How long sled may take to let go of files it had open before.
const LET_GO: Duration = Duration::from_secs(10);
/// By how much cursors leap when the newest may be lost: beyond those that were given out since, so that whoever follows
/// alerts from a cursor misses none.
const CURSOR_LEAP: u64 = 10_000;

impl Store {
    /// Opens the store in a folder that is locked, and reads what it holds.
    pub(crate) fn open(
        folder: &Path,
        plan: &Plan,
        metrics: &Arc<Metrics>,
    ) -> Result<(Self, Stored, Report), StoreError> {
        let now_unix_s = now_unix_s();
        let known = Known::read(folder);
        let mut opening = Opening {
            folder,
            path: store_in(folder),
            plan,
            is_known: known.is_some(),
            known: known.map_or(0, |known| known.commit),
            since_unix_s: known.map_or(now_unix_s, |known| known.since_unix_s),
            now_unix_s,
            report: Report::default(),
        };
        let (db, contents) = opening.open()?;
        let Opening { since_unix_s, mut report, .. } = opening;
        let store = Self {
            db: disk::Slot::new(db, folder),
            folder: folder.to_owned(),
            live: Arc::new(Mutex::new(Live { totals: contents.found.clone(), since_unix_s, undo: None })),
            metrics: Arc::clone(metrics),
            #[cfg(test)]
            commits_left: Arc::new(i64::MAX.into()),
        };
        let stored = store.accept(contents, now_unix_s, &mut report)?;
        store.note();
        metrics.store_opened(&report);
        report.tell();
        Ok((store, stored, report))
    }

    /// Sets aside what can't be read, makes heads of alerts anew where they may not fit, and raises the format of the store.
    fn accept(&self, contents: Contents, now_unix_s: u64, report: &mut Report) -> Result<Stored, StoreError> {
        let Contents { mut stored, corrupt, found, format, .. } = contents;
        let older = format.as_deref().is_some_and(|format| format != [FORMAT]);
        if corrupt.is_empty() && report.how != How::Part && !older {
            return Ok(stored);
        }
        let mut writes = Writes::new();
        writes.insert(FORMAT_KEY.to_vec(), Some(sled::IVec::from(&[FORMAT])));
        let (mut kept, mut deleted) = (found.of(Kind::Aside).count, 0);
        for corrupt in corrupt {
            if kept < VALUES_KEPT {
                let identity = [&now_unix_s.to_be_bytes()[..], &corrupt.key].concat();
                let key = key(Kind::Aside, &identity);
                writes.insert(key.clone(), Some(sealed::seal(&key, &corrupt.value).into()));
                kept += 1;
            } else {
                deleted += 1;
            }
            writes.insert(corrupt.key.clone(), None);
            report.troubles.push(Trouble::corrupt(corrupt.kind, &corrupt.key, corrupt.why));
        }
        if deleted > 0 {
            report.troubles.push(Trouble::NotKept { deleted });
        }
        let heads = load::heads(&self.db.get()?).map_err(|source| self.sled(source))?;
        for (id, head) in &stored.heads {
            if heads.get(id) != Some(head) {
                writes.insert(key(Kind::Head, id.as_bytes()), None);
            }
        }
        for (id, head) in &heads {
            put(&mut writes, key(Kind::Head, id.as_bytes()), head);
        }
        stored.heads = heads.into_iter().collect();
        self.apply(writes, 0)?;
        self.flush()?;
        Ok(stored)
    }
}

/// An opening under way.
struct Opening<'a> {
    folder: &'a Path,
    path: PathBuf,
    plan: &'a Plan,
    /// Whether there was a store: something is known of it only once it has begun.
    is_known: bool,
    /// Commits it is known to have had.
    known: u64,
    since_unix_s: u64,
    now_unix_s: u64,
    report: Report,
}

type Opened = (sled::Db, Contents);

impl Opening<'_> {
    fn open(&mut self) -> Result<Opened, StoreError> {
        let beside = Beside::path(self.folder);
        if !self.path.exists() && beside.exists() {
            // The process was killed between the two steps that put a new store in the place of another.
            fs::rename(&beside, &self.path)
                .map_err(|source| StoreError::Folder { path: self.path.clone(), source })?;
        }
        let new = aside::snapshot_files(&self.path).is_empty();
        let mut opened = attempt(&self.path, None)?;
        if let Attempt::Damaged(why) = opened {
            self.trouble(Trouble::Unopened { why });
            if let Some(to) = aside::snapshots(&self.path, self.now_unix_s)? {
                self.trouble(Trouble::Snapshots { to });
            }
            opened = attempt(&self.path, Some(Instant::now() + LET_GO))?;
            self.report.how = How::Log;
        }
        let (db, totals) = match opened {
            Attempt::Read(db, contents) if contents.is_empty() => {
                if new && !self.is_known && self.report.troubles.is_empty() {
                    if !backups(&self.plan.folder).is_empty() {
                        self.trouble(Trouble::Unused { folder: self.plan.folder.clone() });
                    }
                    return self.begin(db);
                }
                self.trouble(Trouble::GoneBack { known: self.known, found: 0 });
                (None, None)
            }
            Attempt::Read(db, contents) if contents.is_of_one_commit() && contents.commit() >= self.known => {
                return match self.backup(Some(contents.commit())) {
                    Some(backup) => {
                        drop(db);
                        self.restore(&backup)
                    }
                    None => Ok((db, *contents)),
                };
            }
            Attempt::Read(db, contents) => (Some(db), contents.expected),
            Attempt::Partly(db, why) => {
                self.trouble(Trouble::Unread { why });
                let totals = salvage::totals(&db);
                (Some(db), totals)
            }
            Attempt::Damaged(why) => {
                self.trouble(Trouble::Unopened { why });
                (None, None)
            }
        };
        let found = totals.as_ref().map_or(0, |totals| totals.commit);
        if totals.is_some() && found < self.known {
            self.trouble(Trouble::GoneBack { known: self.known, found });
        }
        match (self.backup(db.as_ref().map(|_| found)), db) {
            (Some(backup), _) => self.restore(&backup),
            (None, Some(db)) => self.salvage(&db, totals),
            (None, None) => {
                self.set_store_aside()?;
                self.report.how = How::Empty;
                self.trouble(Trouble::Empty);
                match attempt(&self.path, None)? {
                    Attempt::Read(db, _) => self.begin(db),
                    Attempt::Partly(_, why) | Attempt::Damaged(why) => {
                        Err(StoreError::Damaged { path: self.path.clone(), why })
                    }
                }
            }
        }
    }

    /// The newest good backup that is newer than what was found; any, if nothing was.
    fn backup(&mut self, found: Option<u64>) -> Option<PathBuf> {
        for (time, path) in backups(&self.plan.folder) {
            // Where there is a store, those of an earlier one do not count.
            if found.is_some() && time < self.since_unix_s {
                return None;
            }
            let newer = match (found, fill::header(&path)) {
                (Some(found), Ok(header)) => header.commit > found,
                _ => true,
            };
            if !newer {
                return None; // nor are those before it
            }
            match fill::verify(&path) {
                Ok(_) => return Some(path),
                Err(error) => self.trouble(Trouble::BadBackup { path, why: error.to_string() }),
            }
        }
        None
    }

    /// Makes an empty store of new files.
    fn begin(&self, db: sled::Db) -> Result<Opened, StoreError> {
        let sled = |source| StoreError::Sled { path: self.path.clone(), source };
        let mut batch = sled::Batch::default();
        batch.insert(FORMAT_KEY, &[FORMAT]);
        batch.insert(TOTALS_KEY, sealed::encode(TOTALS_KEY, &Totals::default()));
        db.apply_batch(batch).map_err(sled)?;
        db.flush().map_err(sled)?;
        let contents = load::load(&db).map_err(sled)?;
        Ok((db, contents))
    }

    fn restore(&mut self, backup: &Path) -> Result<Opened, StoreError> {
        let leap = |header: Header| Header { last_cursor: header.last_cursor + CURSOR_LEAP, ..header };
        let new = Beside::new(self.folder)?;
        drop(fill::fill(&new.0, backup, leap)?);
        self.set_store_aside()?;
        let (db, contents) = self.take_up(&new)?;
        self.report.how = How::Backup;
        self.trouble(Trouble::Restored { path: backup.to_owned(), commit: contents.commit() });
        Ok((db, contents))
    }

    fn salvage(&mut self, db: &sled::Db, expected: Option<Totals>) -> Result<Opened, StoreError> {
        let new = Beside::new(self.folder)?;
        let commit = expected.as_ref().map_or(0, |expected| expected.commit).max(self.known);
        let last_cursor = expected.as_ref().map_or(0, |expected| expected.last_cursor) + CURSOR_LEAP;
        let found = salvage::salvage(db, &new.0, Header { commit, last_cursor })?;
        match &expected {
            Some(expected) => {
                let gone =
                    Kind::ALL.into_iter().filter_map(|kind| Some((kind, expected.gone(&found, kind)?)));
                self.report.troubles.extend(gone.map(|(kind, gone)| match gone {
                    (0, _) => Trouble::Older { kind },
                    (gone, of) => Trouble::Gone { kind, gone, of },
                }));
            }
            None => self.trouble(Trouble::Unsure),
        }
        self.set_store_aside()?;
        self.report.how = How::Part;
        self.trouble(Trouble::Salvaged { values: found.count() });
        self.take_up(&new)
    }

    /// Puts a store that was made beside where the store belongs, and opens it.
    fn take_up(&self, new: &Beside) -> Result<Opened, StoreError> {
        let error = |source| StoreError::Folder { path: self.path.clone(), source };
        fs::rename(&new.0, &self.path).and_then(|()| sync_folder(&self.path)).map_err(error)?;
        match attempt(&self.path, Some(Instant::now() + LET_GO))? {
            Attempt::Read(db, contents) => Ok((db, *contents)),
            Attempt::Partly(_, why) | Attempt::Damaged(why) => {
                Err(StoreError::Damaged { path: self.path.clone(), why })
            }
        }
    }

    fn set_store_aside(&mut self) -> Result<(), StoreError> {
        if self.path.exists() {
            let to = aside::store(&self.path, self.folder, self.now_unix_s)?;
            self.trouble(Trouble::Aside { to });
        }
        for path in aside::make_room(self.folder, &self.path)? {
            self.trouble(Trouble::Deleted { path });
        }
        self.since_unix_s = self.now_unix_s;
        Ok(())
    }

    fn trouble(&mut self, trouble: Trouble) {
        self.report.troubles.push(trouble);
    }
}
