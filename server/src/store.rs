//! What survives the process: baselines, sessions, alerts, decisions and the fleet's commons, in one sled tree.
//!
//! Why one tree: sled's batches are atomic within a tree, and a checkpoint must be all or nothing. Keys are a
//! letter and an identity; every value begins with the version of its form. [`Store::commit`] returns only
//! after the log was synced: what it took is durable.
//!
//! The only file that knows sled, and the only one where values become stored bytes. Not here: when to commit
//! (`checkpoint.rs`), which alerts to hold (`alert_log.rs`).

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use plumbline_model::{Commons, Decision, ImageState};
use plumbline_proto::v1;
use prost::Message;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{alert_log::Head, session::SessionId, wire::SHARDS};

/// Form of all values. Another one needs a migration here.
const FORMAT: u8 = 7;
/// sled's page cache. States are held by the model and read once, so little is gained by more.
const CACHE_BYTES: u64 = 64 << 20;

const FORMAT_KEY: &[u8] = b"format";
const IMAGE: u8 = b'i';
const SESSION: u8 = b's';
const HEAD: u8 = b'h';
const CHANGE: u8 = b'c';
const DECISION: u8 = b'd';
const COMMONS: &[u8] = b"m";

/// The open store. Clones share it; it closes with the last one.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    db: sled::Db,
    path: PathBuf,
    /// Commits before one fails; tests only set it.
    #[cfg(test)]
    pub(crate) commits_left: Arc<std::sync::atomic::AtomicI64>,
}

/// What the store held when it was opened.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) images: Vec<ImageState>,
    pub(crate) sessions: Vec<(SessionId, SessionRecord)>,
    pub(crate) heads: Vec<(String, Head)>,
    /// In no order.
    pub(crate) decisions: Vec<Arc<Decision>>,
    pub(crate) commons: Arc<Commons>,
    /// First and last cursor in the log of changes.
    pub(crate) cursors: Option<(u64, u64)>,
}

/// What is stored of a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SessionRecord {
    /// Everything up to here is settled.
    pub(crate) durable: u64,
    /// Highest number each shard has applied and made durable.
    pub(crate) marks: [u64; SHARDS],
    /// Refused numbers above `durable`.
    pub(crate) refused: Vec<u64>,
    /// When it was last written, seconds since the Unix epoch.
    pub(crate) last_used_unix_s: u64,
}

/// An image's state in stored form.
#[derive(Debug)]
pub(crate) struct EncodedImage {
    /// Lineage and digest: an image with two names has two baselines.
    identity: String,
    value: Vec<u8>,
}

/// What one commit changes.
#[derive(Debug, Default)]
pub(crate) struct Commit {
    pub(crate) images: Vec<EncodedImage>,
    pub(crate) sessions: Vec<(SessionId, SessionRecord)>,
    pub(crate) forgotten_sessions: Vec<SessionId>,
    pub(crate) changes: Vec<v1::AlertChange>,
    pub(crate) heads: Vec<(String, Head)>,
    pub(crate) forgotten_changes: Vec<u64>,
    pub(crate) forgotten_heads: Vec<String>,
    pub(crate) decisions: Vec<Arc<Decision>>,
    pub(crate) forgotten_decisions: Vec<String>,
    pub(crate) commons: Option<Arc<Commons>>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error(
        "the store in {} failed: {source}; check the disk. If it can't be opened any more, moving its snap.* \
         files away makes it recover from its log",
        .path.display()
    )]
    Sled { path: PathBuf, source: sled::Error },
    #[error("the store in {} has format {found:?}, this server knows {FORMAT}; run the server that wrote it", .path.display())]
    Format { path: PathBuf, found: Option<u8> },
    #[error("the store in {} holds a value that can't be read: {what}", .path.display())]
    Value { path: PathBuf, what: String },
}

impl Store {
    /// Opens the store in a folder that is locked, and reads what it holds.
    pub(crate) fn open(folder: &Path) -> Result<(Self, Stored), StoreError> {
        let path = folder.join("store");
        let sled = |source| StoreError::Sled { path: path.clone(), source };
        let db = sled::Config::new()
            .path(&path)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None) // every commit flushes
            .open()
            .map_err(sled)?;
        let store = Self {
            db,
            path: path.clone(),
            #[cfg(test)]
            commits_left: Arc::new(i64::MAX.into()),
        };
        match store.db.get(FORMAT_KEY).map_err(sled)?.as_deref() {
            Some(&[FORMAT]) => {}
            None if store.db.is_empty() => {
                store.db.insert(FORMAT_KEY, &[FORMAT]).map_err(sled)?;
                store.db.flush().map_err(sled)?;
            }
            other => {
                return Err(StoreError::Format {
                    path,
                    found: other.and_then(|value| value.first().copied()),
                });
            }
        }
        let stored = store.load()?;
        Ok((store, stored))
    }

    /// Opens the store as soon as the one before has let go of it: sled frees its lock some time after the
    /// last drop, which matters only within one process.
    #[cfg(test)]
    pub(crate) fn open_when_free(folder: &Path) -> (Self, Stored) {
        let limit = std::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            match Self::open(folder) {
                Ok(opened) => return opened,
                Err(error) if std::time::Instant::now() > limit => panic!("{error}"),
                Err(_) => std::thread::yield_now(),
            }
        }
    }

    /// Stores all of it or nothing, and returns when it is durable.
    pub(crate) fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        #[cfg(test)]
        if self.commits_left.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) <= 0 {
            return Err(self.sled(sled::Error::Unsupported("out of commits".into())));
        }
        let mut batch = sled::Batch::default();
        for id in &commit.forgotten_sessions {
            batch.remove(key(SESSION, id));
        }
        for cursor in &commit.forgotten_changes {
            batch.remove(key(CHANGE, &cursor.to_be_bytes()));
        }
        for id in &commit.forgotten_heads {
            batch.remove(key(HEAD, id.as_bytes()));
        }
        for id in &commit.forgotten_decisions {
            batch.remove(key(DECISION, id.as_bytes()));
        }
        for decision in &commit.decisions {
            batch.insert(key(DECISION, decision.id.as_bytes()), encode(&**decision));
        }
        if let Some(commons) = &commit.commons {
            batch.insert(COMMONS, encode(&**commons));
        }
        for image in &commit.images {
            batch.insert(key(IMAGE, image.identity.as_bytes()), image.value.as_slice());
        }
        for (id, record) in &commit.sessions {
            batch.insert(key(SESSION, id), encode(record));
        }
        for change in &commit.changes {
            let value = change.alert.as_ref().map(v1::Alert::encode_to_vec).unwrap_or_default();
            batch.insert(key(CHANGE, &change.cursor.to_be_bytes()), [&[FORMAT], value.as_slice()].concat());
        }
        for (id, head) in &commit.heads {
            batch.insert(key(HEAD, id.as_bytes()), encode(head));
        }
        self.db.apply_batch(batch).map_err(|source| self.sled(source))?;
        self.db.flush().map_err(|source| self.sled(source))?;
        Ok(())
    }

    /// Changes of alerts after a cursor, oldest first.
    pub(crate) fn changes_after(
        &self,
        cursor: u64,
        limit: usize,
    ) -> Result<Vec<v1::AlertChange>, StoreError> {
        let Some(first) = cursor.checked_add(1) else { return Ok(Vec::new()) };
        let range = key(CHANGE, &first.to_be_bytes())..=key(CHANGE, &u64::MAX.to_be_bytes());
        let changes = self.db.range(range).take(limit).map(|entry| {
            let (key, value) = entry.map_err(|source| self.sled(source))?;
            Ok(v1::AlertChange { cursor: self.cursor(&key)?, alert: Some(self.alert(&value)?) })
        });
        changes.collect()
    }

    /// The alert as it was after the change at `cursor`.
    pub(crate) fn change(&self, cursor: u64) -> Result<Option<v1::Alert>, StoreError> {
        let value = self.db.get(key(CHANGE, &cursor.to_be_bytes())).map_err(|source| self.sled(source))?;
        value.map(|value| self.alert(&value)).transpose()
    }

    fn load(&self) -> Result<Stored, StoreError> {
        let mut stored = Stored::default();
        for (_, value) in self.scan(IMAGE)? {
            stored.images.push(self.decode(&value, "a baseline")?);
        }
        for (key, value) in self.scan(SESSION)? {
            let id = key.get(1..).and_then(|id| id.try_into().ok());
            let id = id.ok_or_else(|| self.value("the key of a session"))?;
            stored.sessions.push((id, self.decode(&value, "a session")?));
        }
        for (key, value) in self.scan(HEAD)? {
            let id = String::from_utf8_lossy(key.get(1..).unwrap_or_default()).into_owned();
            stored.heads.push((id, self.decode(&value, "the head of an alert")?));
        }
        for (_, value) in self.scan(DECISION)? {
            stored.decisions.push(Arc::new(self.decode(&value, "a decision")?));
        }
        if let Some(value) = self.db.get(COMMONS).map_err(|source| self.sled(source))? {
            stored.commons = Arc::new(self.decode(&value, "the fleet's commons")?);
        }
        let mut changes = self.db.scan_prefix([CHANGE]).keys();
        let first = changes.next().transpose().map_err(|source| self.sled(source))?;
        let last = changes.next_back().transpose().map_err(|source| self.sled(source))?;
        if let Some(first) = first {
            let first = self.cursor(&first)?;
            stored.cursors = Some((first, last.map_or(Ok(first), |last| self.cursor(&last))?));
        }
        Ok(stored)
    }

    fn scan(&self, kind: u8) -> Result<Vec<(sled::IVec, sled::IVec)>, StoreError> {
        self.db.scan_prefix([kind]).collect::<Result<_, _>>().map_err(|source| self.sled(source))
    }

    fn decode<T: DeserializeOwned>(&self, value: &[u8], what: &str) -> Result<T, StoreError> {
        let body = self.body(value, what)?;
        postcard::from_bytes(body).map_err(|error| self.value(format!("{what}: {error}")))
    }

    fn alert(&self, value: &[u8]) -> Result<v1::Alert, StoreError> {
        let body = self.body(value, "an alert")?;
        v1::Alert::decode(body).map_err(|error| self.value(format!("an alert: {error}")))
    }

    fn body<'a>(&self, value: &'a [u8], what: &str) -> Result<&'a [u8], StoreError> {
        match value.split_first() {
            Some((&FORMAT, body)) => Ok(body),
            _ => Err(self.value(format!("{what} of another format"))),
        }
    }

    fn cursor(&self, key: &[u8]) -> Result<u64, StoreError> {
        let bytes = key.get(1..).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u64::from_be_bytes).ok_or_else(|| self.value("the key of an alert"))
    }

    fn sled(&self, source: sled::Error) -> StoreError {
        StoreError::Sled { path: self.path.clone(), source }
    }

    fn value(&self, what: impl Into<String>) -> StoreError {
        StoreError::Value { path: self.path.clone(), what: what.into() }
    }
}

impl EncodedImage {
    pub(crate) fn new(image: &ImageState) -> Self {
        Self { identity: format!("{}\0{}", image.lineage(), image.digest()), value: encode(image) }
    }
}

fn key(kind: u8, identity: &[u8]) -> Vec<u8> {
    [&[kind], identity].concat()
}

#[allow(
    clippy::expect_used,
    reason = "postcard fails only for sequences of unknown length; ours know theirs"
)]
fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_extend(value, vec![FORMAT]).expect("memory and known lengths suffice")
}
