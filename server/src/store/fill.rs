//! Makes a new store of what a file or another store holds.
//!
//! What tells a store from an unfinished one, its format and totals, is written last: one that was left half full is
//! seen to be damaged, not taken for whole.

use std::{fs, io::BufReader, path::Path};

use super::{
    FORMAT_KEY, StoreError, TOTALS_KEY,
    file::{FileError, Header, Reader},
    load, sealed,
    sealed::Totals,
    sled_open,
};

/// Values written at once.
const BATCH_BYTES: usize = 1 << 20;

/// A store that is being filled.
pub(super) struct Filler<'a> {
    db: sled::Db,
    path: &'a Path,
    batch: sled::Batch,
    bytes: usize,
    totals: Totals,
}

impl<'a> Filler<'a> {
    /// Begins in a folder where nothing is yet.
    pub(super) fn new(path: &'a Path) -> Result<Self, StoreError> {
        let db = sled_open(path).map_err(|source| StoreError::Sled { path: path.to_owned(), source })?;
        Ok(Self { db, path, batch: sled::Batch::default(), bytes: 0, totals: Totals::default() })
    }

    /// Takes in what a value says.
    pub(super) fn add(&mut self, key: Vec<u8>, body: &[u8]) -> Result<(), StoreError> {
        let value = sealed::seal(&key, body);
        self.put(key, value)
    }

    /// Takes in a value in its stored form.
    pub(super) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), StoreError> {
        self.totals.add(&key, &value);
        self.bytes += key.len() + value.len();
        self.batch.insert(key, value);
        if self.bytes >= BATCH_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// What it holds so far, as that of a commit.
    pub(super) fn totals(&self, header: Header) -> Totals {
        Totals { commit: header.commit, last_cursor: header.last_cursor, ..self.totals.clone() }
    }

    /// Makes a store of it, of the format of what it was filled from; whole and durable when this returns.
    pub(super) fn finish(mut self, header: Header, format: u8) -> Result<sled::Db, StoreError> {
        let totals = self.totals(header);
        self.batch.insert(TOTALS_KEY, sealed::encode(TOTALS_KEY, &totals));
        self.batch.insert(FORMAT_KEY, &[format]);
        self.flush()?;
        self.db.flush().map_err(|source| self.sled(source))?;
        Ok(self.db)
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        self.db.apply_batch(batch).map_err(|source| self.sled(source))
    }

    fn sled(&self, source: sled::Error) -> StoreError {
        StoreError::Sled { path: self.path.to_owned(), source }
    }
}

/// Fills a new store from an exported file or a backup. `header` may change what the file says of the store.
pub(super) fn fill(
    path: &Path,
    file: &Path,
    header: impl FnOnce(Header) -> Header,
) -> Result<sled::Db, StoreError> {
    let error = |source| StoreError::File { path: file.to_owned(), source };
    let (said, mut reader) = open(file).map_err(error)?;
    let mut filler = Filler::new(path)?;
    while let Some(record) = reader.next().map_err(error)? {
        filler.add(record.key, &record.body)?;
    }
    filler.finish(header(said), reader.format())
}

/// Reads a file to its end: what it says of the store, and how many records it has. Each value is what its kind says.
pub(super) fn verify(file: &Path) -> Result<(Header, u64), FileError> {
    let (header, mut reader) = open(file)?;
    let mut records = 0;
    while let Some(record) = reader.next()? {
        load::fits(record.kind, &record.key, &record.body)
            .map_err(|why| FileError::Value { name: record.kind.name(&record.key), why })?;
        records += 1;
    }
    Ok((header, records))
}

/// What a file says of the store, without reading more.
pub(super) fn header(file: &Path) -> Result<Header, FileError> {
    open(file).map(|(header, _)| header)
}

fn open(file: &Path) -> Result<(Header, Reader<BufReader<fs::File>>), FileError> {
    Reader::new(BufReader::with_capacity(1 << 18, fs::File::open(file)?))
}
