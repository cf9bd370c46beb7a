//! One attempt to open sled's files and to read all that is in them, whatever state they are in.
//!
//! sled reports some damage by panicking. A panic inside of it is caught here and in `salvage.rs`, while a store is opened,
//! and nowhere else. What is no damage is an error as any other: another format, a lock, missing rights, a full disk.

use std::{
    any::Any,
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};

use super::{
    FORMAT, StoreError,
    load::{self, Contents},
    sled_open,
    upgrade::OLDEST,
};

#[cfg(panic = "abort")]
compile_error!("opening a damaged store needs panics that can be caught");

/// How sled says that its files are in use.
const LOCK: &str = "could not acquire lock";

/// What an attempt came to.
pub(super) enum Attempt {
    /// All of it was read.
    Read(sled::Db, Box<Contents>),
    /// It opened, but not all of it can be read.
    Partly(sled::Db, String),
    /// It can't be opened.
    Damaged(String),
}

/// Opens a store and reads all of it; until `patience`, waits for its files to be let go of.
pub(super) fn attempt(path: &Path, patience: Option<Instant>) -> Result<Attempt, StoreError> {
    let db = loop {
        let error = match caught(|| sled_open(path)) {
            Ok(Ok(db)) => break db,
            Ok(Err(error)) => error,
            Err(panic) => return Ok(Attempt::Damaged(panic)),
        };
        match damage(path, error) {
            Err(StoreError::Locked { .. }) if patience.is_some_and(|patience| Instant::now() < patience) => {
                std::thread::sleep(Duration::from_millis(5));
            }
            other => return other.map(Attempt::Damaged),
        }
    };
    match caught(|| load::load(&db)) {
        Ok(Ok(contents)) => match contents.format.as_deref() {
            None | Some([OLDEST..=FORMAT]) => Ok(Attempt::Read(db, Box::new(contents))),
            Some(other) => Err(StoreError::Format { path: path.to_owned(), found: other.first().copied() }),
        },
        Ok(Err(error)) => damage(path, error).map(|why| Attempt::Partly(db, why)),
        Err(panic) => Ok(Attempt::Partly(db, panic)),
    }
}

/// Calls into sled; what it says if it panics.
pub(super) fn caught<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    // What is used after a panic is only what was complete before, or sled's own, of which nothing is written any more.
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| format!("sled panicked: {}", message(&*panic)))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a word".to_owned())
}

/// What is damaged, if it is that.
fn damage(path: &Path, error: sled::Error) -> Result<String, StoreError> {
    let damage = match &error {
        sled::Error::Io(error) if error.to_string().contains(LOCK) => {
            return Err(StoreError::Locked { path: path.to_owned() });
        }
        sled::Error::Io(error) => match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => true,
            // What sled says itself, of things it did not find where they should be.
            _ => error.raw_os_error().is_none(),
        },
        sled::Error::Unsupported(_) => is_broken(&path.join("conf")),
        _ => true,
    };
    if damage {
        Ok(error.to_string())
    } else {
        Err(StoreError::Sled { path: path.to_owned(), source: error })
    }
}

/// Whether sled's settings do not bear their checksum; sled only warns of that, and makes them anew if they are missing.
pub(super) fn is_broken(conf: &Path) -> bool {
    let Ok(bytes) = fs::read(conf) else { return false };
    match bytes.split_last_chunk() {
        Some((settings, crc)) => crc32fast::hash(settings) != u32::from_le_bytes(*crc),
        None => true,
    }
}
