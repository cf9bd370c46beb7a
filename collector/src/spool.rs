//! Frames on disk until they are settled: a directory of segments, bounded in bytes and age.
//!
//! Each start of a collector draws a session and a higher generation and writes only to its own segments, so a
//! sequence number never means two batches, however the last run ended. Segments of earlier runs are sent first,
//! oldest first, each under its own session. A frame is written at once: `kill -9` loses nothing. Segments are
//! synced by a thread of their own, each second and after the last write: a power loss costs about a second.
//! A segment is deleted once all in it is settled, or when it is older than the bound. When the directory is at its
//! bound or the disk does not take a frame, the frame stays in memory and is written later.
//!
//! Names are `GENERATION-SESSION-FIRSTSEQ.spool` in hex; other files are left alone. Not here: the bytes of a
//! segment (`spool/segment.rs`), who waits for what (`queue.rs`).

pub(crate) mod segment;

use crate::queue::Frame;
use segment::Session;
use std::{
    collections::VecDeque,
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, SystemTime},
};

/// A segment is closed when it is this long.
const SEGMENT_BYTES: u64 = 4 << 20;
/// A segment that is settled but still open is deleted from this length on.
const SETTLED_BYTES: u64 = 256 << 10;
/// Pause between two syncs.
const SYNC: Duration = Duration::from_secs(1);
/// Closed segments that may wait for the syncing thread.
const UNSYNCED: usize = 8;

/// The spool can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpoolError {
    #[error("another collector uses --spool-dir {}; stop it, or name another directory", .0.display())]
    Locked(PathBuf),
    #[error("can't use --spool-dir {}: {why}; make it writable, name another, or say --spool-dir off", .path.display())]
    Unusable { path: PathBuf, why: io::Error },
}

/// How much may lie in the spool, and how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) bytes: u64,
    pub(crate) age: Duration,
}

/// A file of frames.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    pub(crate) session: Session,
    generation: u64,
    first_seq: u64,
    /// Known of segments of this run, and of those that were read.
    pub(crate) last_seq: Option<u64>,
    pub(crate) bytes: u64,
    /// Events written to it in this run.
    events: u64,
    opened: SystemTime,
    newest: SystemTime,
    /// Events found damaged, and in the ledger.
    pub(crate) lost_events: u64,
}

type WriteAt = fn(&File, &[u8], u64) -> io::Result<()>;

/// An open spool; the directory is locked while it lives.
#[derive(Debug)]
pub(crate) struct Spool {
    dir: PathBuf,
    pub(crate) bounds: Bounds,
    session: Session,
    generation: u64,
    /// Oldest first; those of this run at the end.
    pub(crate) segments: VecDeque<Segment>,
    active: Option<Arc<File>>,
    pub(crate) bytes: u64,
    unsynced: Arc<Mutex<Vec<Arc<File>>>>,
    write: WriteAt,
    _lock: File,
}

impl Spool {
    /// Opens the directory, makes it if need be, and finds what earlier runs left. Reads no segment.
    pub(crate) fn open(dir: &Path, bounds: Bounds, session: Session) -> Result<Self, SpoolError> {
        Self::open_with(dir, bounds, session, |file, bytes, at| file.write_all_at(bytes, at))
    }

    fn open_with(dir: &Path, bounds: Bounds, session: Session, write: WriteAt) -> Result<Self, SpoolError> {
        let unusable = |why| SpoolError::Unusable { path: dir.into(), why };
        let private = |mode| <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(mode);
        fs::create_dir_all(dir).map_err(unusable)?;
        // Batches hold command lines.
        fs::set_permissions(dir, private(0o700)).map_err(unusable)?;
        let lock = File::options().create(true).truncate(false).write(true).open(dir.join("lock"));
        let lock = lock.map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(SpoolError::Locked(dir.into())),
            Err(fs::TryLockError::Error(why)) => return Err(unusable(why)),
        }
        let mut segments = Vec::new();
        for file in fs::read_dir(dir).map_err(unusable)? {
            let file = file.map_err(unusable)?;
            match (file.file_name().to_str().and_then(name), file.metadata()) {
                (Some((generation, session, first_seq)), Ok(about)) if about.is_file() => {
                    let newest = about.modified().unwrap_or_else(|_| SystemTime::now());
                    segments.push(Segment {
                        path: file.path(),
                        session,
                        generation,
                        first_seq,
                        last_seq: None,
                        bytes: about.len(),
                        events: 0,
                        opened: newest,
                        newest,
                        lost_events: 0,
                    });
                }
                _ if file.file_name() == "lock" => {}
                _ => tracing::warn!(file = %file.path().display(), "not a segment of the spool; left alone"),
            }
        }
        segments.sort_by_key(|segment| (segment.generation, segment.session, segment.first_seq));
        let bytes = segments.iter().map(|segment| segment.bytes).sum();
        let generation = segments.last().map_or(1, |segment| segment.generation.saturating_add(1));
        let unsynced = Arc::default();
        sync_each_second(Arc::downgrade(&unsynced), dir.into());
        let segments = segments.into();
        Ok(Self {
            dir: dir.into(),
            bounds,
            session,
            generation,
            segments,
            active: None,
            bytes,
            unsynced,
            write,
            _lock: lock,
        })
    }

    /// Writes a frame of this run.
    ///
    /// # Errors
    /// If the spool is at its bound or the disk does not take it; then nothing has changed.
    pub(crate) fn append(&mut self, frame: &Frame) -> io::Result<()> {
        let now = SystemTime::now();
        let entry_len = (segment::HEAD + frame.batch.len()) as u64;
        if self.bytes + entry_len + segment::HEADER as u64 > self.bounds.bytes {
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, "--spool-bytes is reached"));
        }
        let old = |segment: &Segment| {
            now.duration_since(segment.opened).is_ok_and(|age| age > self.bounds.age / 8)
                || segment.last_seq.is_some_and(|last| last + 1 != frame.seq)
        };
        if self.segments.back().is_some_and(|last| last.bytes + entry_len > SEGMENT_BYTES || old(last)) {
            self.active = None;
        }
        let (file, fresh) = match &self.active {
            Some(file) => (file.clone(), false),
            None => (Arc::new(self.create(frame.seq, now)?), true),
        };
        let written = self.segments.back_mut().map_or(Ok(()), |last| {
            let entry = segment::entry(&self.session, frame, last.events);
            (self.write)(&file, &entry, last.bytes).inspect_err(|_| {
                // A half-written entry is overwritten by the next, and found damaged if there is none.
                let _ = file.set_len(last.bytes);
            })?;
            last.bytes += entry_len;
            last.events += frame.events;
            (last.last_seq, last.newest) = (Some(frame.seq), now);
            Ok(())
        });
        if let Err(error) = written {
            if fresh && let Some(empty) = self.segments.pop_back() {
                self.bytes -= empty.bytes;
                let _ = fs::remove_file(empty.path);
            }
            return Err(error);
        }
        self.bytes += entry_len;
        let mut unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner);
        if !unsynced.iter().any(|other| Arc::ptr_eq(other, &file)) {
            if unsynced.len() < UNSYNCED {
                unsynced.push(file.clone());
            } else {
                // An error is said by the thread that syncs the next.
                let _ = file.sync_data();
            }
        }
        self.active = Some(file);
        Ok(())
    }

    fn create(&mut self, first_seq: u64, now: SystemTime) -> io::Result<File> {
        let session = u128::from_be_bytes(self.session);
        let path = self.dir.join(format!("{:016x}-{session:032x}-{first_seq:016x}.spool", self.generation));
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        let header = segment::header(&self.session);
        if let Err(error) = (self.write)(&file, &header, 0) {
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        self.bytes += header.len() as u64;
        self.segments.push_back(Segment {
            path,
            session: self.session,
            generation: self.generation,
            first_seq,
            last_seq: None,
            bytes: header.len() as u64,
            events: 0,
            opened: now,
            newest: now,
            lost_events: 0,
        });
        Ok(file)
    }

    /// Deletes what is settled at the front: everything of `session` up to and including `seq`.
    pub(crate) fn settle(&mut self, session: &Session, seq: u64) {
        while let Some(front) = self.segments.front().filter(|front| front.session == *session) {
            let next = self.segments.get(1).filter(|next| next.session == *session);
            let open = self.active.is_some() && self.segments.len() == 1;
            let settled = front.last_seq.is_some_and(|last| last <= seq)
                || next.is_some_and(|next| next.first_seq <= seq.saturating_add(1));
            if !settled || (open && front.bytes < SETTLED_BYTES) {
                return;
            }
            self.drop_front();
        }
    }

    /// Nothing will be written any more: a settled open segment can go too.
    pub(crate) fn close(&mut self) {
        self.active = None;
    }

    pub(crate) fn drop_front(&mut self) {
        if let Some(front) = self.segments.pop_front() {
            self.bytes -= front.bytes;
            if self.segments.is_empty() {
                self.active = None;
            }
            if let Err(why) = fs::remove_file(&front.path) {
                let file = front.path.display();
                tracing::warn!(%file, %why, "a spool segment can't be deleted; it would be sent again, and skipped");
            }
        }
    }

    /// Whether the oldest segment is over the age bound.
    pub(crate) fn expired(&self, now: SystemTime) -> bool {
        let age = self.segments.front().and_then(|front| now.duration_since(front.newest).ok());
        age.is_some_and(|age| age > self.bounds.age)
    }
}

/// Generation, session and first number in a segment's name.
fn name(name: &str) -> Option<(u64, Session, u64)> {
    let mut parts = name.strip_suffix(".spool")?.split('-');
    let (generation, session, seq) = (parts.next()?, parts.next()?, parts.next()?);
    let shape = parts.next().is_none() && (generation.len(), session.len(), seq.len()) == (16, 32, 16);
    let hex = |text| u64::from_str_radix(text, 16).ok();
    let session = u128::from_str_radix(session, 16).ok()?.to_be_bytes();
    shape.then_some(()).and(Some((hex(generation)?, session, hex(seq)?)))
}

/// Syncs files and the directory until the spool is gone.
fn sync_each_second(unsynced: Weak<Mutex<Vec<Arc<File>>>>, dir: PathBuf) {
    std::thread::spawn(move || {
        let mut said = false;
        while let Some(files) = unsynced.upgrade() {
            let files = std::mem::take(&mut *files.lock().unwrap_or_else(PoisonError::into_inner));
            let synced = files.iter().try_for_each(|file| file.sync_data());
            let synced =
                if files.is_empty() { Ok(()) } else { synced.and_then(|()| File::open(&dir)?.sync_all()) };
            if let Err(why) = &synced
                && !said
            {
                tracing::warn!(dir = %dir.display(), %why, "the spool can't be synced; a power loss may cost more than a second");
            }
            said = synced.is_err();
            std::thread::sleep(SYNC);
        }
    });
}

#[cfg(test)]
impl Spool {
    pub(crate) fn with_faults(dir: &Path, bounds: Bounds, session: Session, write: WriteAt) -> Self {
        Self::open_with(dir, bounds, session, write).unwrap()
    }
}
