//! The form of exported files and backups, one for both.
//!
//! | part | bytes |
//! |---|---|
//! | header | `plumbline-export`, version (u16), format of values (u8), 0, commit (u64), last cursor (u64), CRC-32 of these |
//! | record, any number | letter of the kind, length of key and value (u32 each), CRC-32 of these, key and value, then both |
//! | footer | 0, number of records (u64), SHA-256 of all before |
//!
//! Numbers are little-endian. Records are in the order of their keys, each key once, and nothing in the file depends on
//! when it was written: the same contents are the same bytes. What is read is believed only as far as it was checked: a
//! length allocates nothing that does not follow it.
//!
//! Not here: what is exported (`backup.rs`) and what becomes of it (`restore.rs`).

use std::{
    fs,
    io::{self, BufWriter, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{
    FORMAT,
    kind::Kind,
    upgrade::{OLDEST, upgraded},
};

const MAGIC: &[u8; 16] = b"plumbline-export";
const VERSION: u16 = 1;
const FOOTER: u8 = 0;
/// Longest key and value. Keys hold names that the server bounds; a value beside the largest baseline is far smaller.
const MAX_KEY_BYTES: u32 = 1 << 20;
const MAX_VALUE_BYTES: u32 = 1 << 28;

/// What a file says of the store it came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) commit: u64,
    pub(crate) last_cursor: u64,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) kind: Kind,
    /// The whole key, letter included.
    pub(crate) key: Vec<u8>,
    /// What it says, in today's form, without the store's own checksum.
    pub(crate) body: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("is no export or backup of plumbline-server")]
    Other,
    #[error(
        "has version {0} of the format of exports, this server knows {VERSION}; use the server that wrote it"
    )]
    Version(u16),
    #[error("has values of format {0}, this server knows {OLDEST} to {FORMAT}; use the server that wrote it")]
    Format(u8),
    #[error("ends at byte {at}, before its end: it was not written or copied to the end")]
    Short { at: u64 },
    #[error("is broken at byte {at}: {what}")]
    Broken { at: u64, what: String },
    #[error("holds a value that can't be read: {name}: {why}")]
    Value { name: String, why: String },
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// Writes a file, record by record.
#[derive(Debug)]
pub(crate) struct Writer<W> {
    out: W,
    hash: Sha256,
    records: u64,
}

impl<W: Write> Writer<W> {
    pub(crate) fn new(out: W, header: Header) -> io::Result<Self> {
        let mut writer = Self { out, hash: Sha256::new(), records: 0 };
        let mut head = Vec::from(*MAGIC);
        head.extend_from_slice(&VERSION.to_le_bytes());
        head.extend_from_slice(&[FORMAT, 0]);
        head.extend_from_slice(&header.commit.to_le_bytes());
        head.extend_from_slice(&header.last_cursor.to_le_bytes());
        head.extend_from_slice(&crc32fast::hash(&head).to_le_bytes());
        writer.put(&head)?;
        Ok(writer)
    }

    /// Adds a value; its key stands behind all before.
    pub(crate) fn add(&mut self, kind: Kind, key: &[u8], body: &[u8]) -> io::Result<()> {
        let identity = key.get(1..).unwrap_or_default();
        let length = |bytes: &[u8], max: u32| match u32::try_from(bytes.len()) {
            Ok(length) if length <= max => Ok(length),
            _ => Err(io::Error::other(format!("{} is too large to export", kind.name(key)))),
        };
        let (key_bytes, value_bytes) = (length(identity, MAX_KEY_BYTES)?, length(body, MAX_VALUE_BYTES)?);
        let mut head = vec![kind.letter()];
        head.extend_from_slice(&key_bytes.to_le_bytes());
        head.extend_from_slice(&value_bytes.to_le_bytes());
        head.extend_from_slice(&checksum(&head, identity, body).to_le_bytes());
        self.put(&head)?;
        self.put(identity)?;
        self.put(body)?;
        self.records += 1;
        Ok(())
    }

    /// Ends the file; how many records it has.
    pub(crate) fn finish(mut self) -> io::Result<u64> {
        let records = self.records;
        self.put(&[FOOTER])?;
        self.put(&records.to_le_bytes())?;
        self.out.write_all(&self.hash.finalize())?;
        self.out.flush()?;
        Ok(records)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.out.write_all(bytes)
    }
}

/// Reads a file, record by record; the last one is known to be good only after [`Reader::next`] said `None`.
#[derive(Debug)]
pub(crate) struct Reader<R> {
    input: R,
    hash: Sha256,
    at: u64,
    records: u64,
    last: Vec<u8>,
    format: u8,
}

impl<R: Read> Reader<R> {
    /// Form of the values as they are in the file.
    pub(crate) fn format(&self) -> u8 {
        self.format
    }

    /// Reads the header.
    pub(crate) fn new(input: R) -> Result<(Header, Self), FileError> {
        let mut reader =
            Self { input, hash: Sha256::new(), at: 0, records: 0, last: Vec::new(), format: FORMAT };
        let magic: [u8; 16] = match reader.array() {
            Err(FileError::Short { .. }) => return Err(FileError::Other),
            magic => magic?,
        };
        if magic != *MAGIC {
            return Err(FileError::Other);
        }
        let version: [u8; 2] = reader.array()?;
        if u16::from_le_bytes(version) != VERSION {
            return Err(FileError::Version(u16::from_le_bytes(version)));
        }
        let format: [u8; 2] = reader.array()?;
        let (commit, last_cursor): ([u8; 8], [u8; 8]) = (reader.array()?, reader.array()?);
        let crc: [u8; 4] = reader.array()?;
        let mut hasher = crc32fast::Hasher::new();
        for part in [&magic[..], &version, &format, &commit, &last_cursor] {
            hasher.update(part);
        }
        if hasher.finalize() != u32::from_le_bytes(crc) {
            return Err(FileError::Broken { at: 0, what: "wrong checksum of the header".into() });
        }
        match format {
            [format @ OLDEST..=FORMAT, 0] => reader.format = format,
            [format, _] => return Err(FileError::Format(format)),
        }
        let header =
            Header { commit: u64::from_le_bytes(commit), last_cursor: u64::from_le_bytes(last_cursor) };
        Ok((header, reader))
    }

    /// The next record; `None` after the footer, when the file as a whole was found good.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, FileError> {
        let begin = self.at;
        let broken = |what: String| FileError::Broken { at: begin, what };
        let letter: [u8; 1] = self.array()?;
        if letter == [FOOTER] {
            return self.footer(begin).map(|()| None);
        }
        let kind = Kind::of(&letter).ok_or_else(|| broken(format!("no record begins with {}", letter[0])))?;
        let (key_bytes, value_bytes): ([u8; 4], [u8; 4]) = (self.array()?, self.array()?);
        let crc: [u8; 4] = self.array()?;
        let head = [&letter[..], &key_bytes, &value_bytes].concat();
        let length = |bytes, max, what| match u32::from_le_bytes(bytes) {
            length if length <= max => Ok(length),
            length => Err(broken(format!("a {what} of {length} bytes; at most {max} are possible"))),
        };
        let key_bytes = length(key_bytes, MAX_KEY_BYTES, "key")?;
        let value_bytes = length(value_bytes, MAX_VALUE_BYTES, "value")?;
        let mut key = vec![kind.letter()];
        self.append(&mut key, key_bytes)?;
        let mut body = Vec::new();
        self.append(&mut body, value_bytes)?;
        if checksum(&head, key.get(1..).unwrap_or_default(), &body) != u32::from_le_bytes(crc) {
            return Err(broken("wrong checksum of a record".into()));
        }
        if key <= self.last {
            return Err(broken(format!("{} is not in its place", kind.name(&key))));
        }
        if self.format != FORMAT {
            let upgraded = upgraded(self.format, &key, &body).map_err(broken)?.into_owned();
            body = upgraded;
        }
        self.last.clone_from(&key);
        self.records += 1;
        Ok(Some(Record { kind, key, body }))
    }

    fn footer(&mut self, begin: u64) -> Result<(), FileError> {
        let records: [u8; 8] = self.array()?;
        let expected: [u8; 32] = self.hash.clone().finalize().into();
        let found: [u8; 32] = self.array()?;
        let what = if u64::from_le_bytes(records) != self.records {
            format!("{} records are announced, {} are there", u64::from_le_bytes(records), self.records)
        } else if found != expected {
            "wrong checksum of the file".to_owned()
        } else if self.input.read(&mut [0])? != 0 {
            "more follows its end".to_owned()
        } else {
            return Ok(());
        };
        Err(FileError::Broken { at: begin, what })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], FileError> {
        let mut bytes = [0; N];
        match self.input.read_exact(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(FileError::Short { at: self.at });
            }
            read => read?,
        }
        self.hash.update(bytes);
        self.at += N as u64;
        Ok(bytes)
    }

    /// Reads so many bytes to the end of `bytes`, which grows only as they come.
    fn append(&mut self, bytes: &mut Vec<u8>, count: u32) -> Result<(), FileError> {
        let before = bytes.len();
        let read = self.input.by_ref().take(count.into()).read_to_end(bytes)?;
        if (read as u64) < u64::from(count) {
            return Err(FileError::Short { at: self.at + read as u64 });
        }
        self.hash.update(bytes.get(before..).unwrap_or_default());
        self.at += u64::from(count);
        Ok(())
    }
}

fn checksum(head: &[u8], key: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(head);
    hasher.update(key);
    hasher.update(body);
    hasher.finalize()
}

/// Writes a file so that it is there as a whole and durable, or not at all.
pub(super) fn write_whole<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<fs::File>) -> Result<T, io::Error>,
) -> io::Result<T> {
    let part = part(path);
    let written = (|| {
        // It holds what the store does, which nobody else may read.
        let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        let mut out = BufWriter::with_capacity(1 << 18, file);
        let done = write(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&part, path)?;
        sync_folder(path)?;
        Ok(done)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&part); // what failed before is what is told
    }
    written
}

/// Where a file is written before it is whole.
fn part(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    part.into()
}

/// Makes the name of a file or folder durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => fs::File::open(parent)?.sync_all(),
        _ => fs::File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests;
