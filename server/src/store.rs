//! What survives the process: baselines, sessions, alerts, decisions, who made them, and the fleet's commons, in one sled tree.
//!
//! Why one tree: sled's batches are atomic within a tree, and a checkpoint must be all or nothing. Keys are a
//! letter and an identity; every value begins with the version of its form and a checksum (`sealed.rs`).
//! [`Store::commit`] returns only after the log was synced: what it took is durable.
//!
//! This file and its folder are all that knows sled, and the only place where values become stored bytes. Opening
//! (`opening.rs`) contains damage: it is found, said, set aside, and what is whole goes on. Not here: when to commit
//! (`checkpoint.rs`), which alerts to hold (`alert_log.rs`).

mod aside;
mod attempt;
mod backup;
mod disk;
mod file;
mod fill;
mod images;
mod kind;
mod known;
mod load;
mod opening;
mod packed;
mod report;
mod salvage;
mod sealed;
mod upgrade;
mod whole;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use plumbline_model::{Commons, Decision};
use plumbline_proto::v1;
use prost::Message;
use serde::{Deserialize, Serialize};

use crate::{
    alert_log::{ChunkKey, Head, HeldChange, LetGo, Line},
    metrics::Metrics,
    nodes::NodeRecord,
    policies::{PolicyRecord, Switch},
    session::{SessionId, locked},
    upkeep::UpkeepRecord,
    wire::SHARDS,
};

use backup::Undo;
use kind::key;
use known::Known;
use sealed::Totals;
use upgrade::OLDEST;

pub(crate) use backup::{Plan, newest};
pub(crate) use file::FileError;
pub(crate) use images::{EncodedImage, ImageKey, StoredImage};
pub(crate) use kind::Kind;
#[cfg(any(test, fuzzing))]
pub(crate) use load::fits_key as fits;
pub(crate) use report::{How, Report, Trouble};
pub(crate) use whole::{Checked, compact, export, import};

/// Form of values as they are written; `upgrade.rs` reads older ones.
const FORMAT: u8 = 14;
/// sled's page cache. States are held by the model and read once, so little is gained by more.
const CACHE_BYTES: u64 = 64 << 20;

const FORMAT_KEY: &[u8] = b"format";
const TOTALS_KEY: &[u8] = b"totals";
const COMMONS: &[u8] = b"m";
const SWITCH: &[u8] = b"w";

/// The folder of the store in the data folder.
fn store_in(folder: &Path) -> PathBuf {
    folder.join("store")
}

/// The open store. Clones share it; it closes with the last one.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    db: disk::Slot,
    /// The data folder.
    folder: PathBuf,
    live: Arc<Mutex<Live>>,
    metrics: Arc<Metrics>,
    /// Commits before one fails; tests only set it.
    #[cfg(test)]
    pub(crate) commits_left: Arc<std::sync::atomic::AtomicI64>,
}

/// What changes with each commit.
#[derive(Debug)]
struct Live {
    totals: Totals,
    since_unix_s: u64,
    /// What a backup that is being written must still know.
    undo: Option<Undo>,
}

/// What the store held when it was opened.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// How many there are; they are read when they are needed.
    pub(crate) images: usize,
    pub(crate) sessions: Vec<(SessionId, SessionRecord)>,
    pub(crate) heads: Vec<(String, Head)>,
    /// In no order.
    pub(crate) decisions: Vec<Arc<Decision>>,
    pub(crate) consumers: Vec<(String, ConsumerRecord)>,
    /// By lineage and digest of the image.
    pub(crate) upkeep: Vec<((String, String), UpkeepRecord)>,
    /// Likewise.
    pub(crate) declared: Vec<((String, String), v1::DeclaredFacts)>,
    pub(crate) commons: Arc<Commons>,
    pub(crate) nodes: Vec<(String, NodeRecord)>,
    /// Cursor and time of each entry of the audit record, oldest first.
    pub(crate) audit: Vec<(u64, u64)>,
    /// First and last cursor in the log of changes; the last one may be of a change that is gone.
    pub(crate) cursors: Option<(u64, u64)>,
    /// Changes of alerts, oldest first.
    pub(crate) changes: Vec<HeldChange>,
    pub(crate) evidence: Vec<Line>,
    /// By digest of the image.
    pub(crate) policies: Vec<(String, PolicyRecord)>,
    pub(crate) switch: Option<Switch>,
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
    /// The node that its collector speaks for. Empty if it was written before that was.
    pub(crate) node: String,
}

/// What is stored of a consumer of alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConsumerRecord {
    /// Everything up to here is acknowledged.
    pub(crate) cursor: u64,
    pub(crate) created_unix_ns: u64,
    /// When it last had a stream begun or acknowledged something.
    pub(crate) used_unix_ns: u64,
    /// Who began it, by name; empty where nobody was asked who they are.
    pub(crate) owner: String,
}

/// What one commit changes.
#[derive(Debug, Default)]
pub(crate) struct Commit {
    pub(crate) images: Vec<EncodedImage>,
    /// What people did to images; forgotten with them.
    pub(crate) upkeep: Vec<(ImageKey, UpkeepRecord)>,
    /// What runtimes told of images, encoded; forgotten with them.
    pub(crate) declared: Vec<(ImageKey, Vec<u8>)>,
    /// Those among `images` stay.
    pub(crate) forgotten_images: Vec<ImageKey>,
    pub(crate) sessions: Vec<(SessionId, SessionRecord)>,
    pub(crate) forgotten_sessions: Vec<SessionId>,
    pub(crate) changes: Vec<v1::AlertChange>,
    pub(crate) heads: Vec<(String, Head)>,
    pub(crate) forgotten_changes: Vec<u64>,
    /// Why those changes go; for counts, not stored.
    pub(crate) let_go: LetGo,
    pub(crate) forgotten_heads: Vec<String>,
    pub(crate) evidence: Vec<(ChunkKey, v1::EvidenceChunk)>,
    pub(crate) forgotten_evidence: Vec<ChunkKey>,
    /// Events that find no room or make it; for counts, not stored.
    pub(crate) evidence_omitted: u64,
    pub(crate) decisions: Vec<Arc<Decision>>,
    pub(crate) forgotten_decisions: Vec<String>,
    pub(crate) consumers: Vec<(String, ConsumerRecord)>,
    pub(crate) forgotten_consumers: Vec<String>,
    pub(crate) commons: Option<Arc<Commons>>,
    pub(crate) nodes: Vec<(String, NodeRecord)>,
    pub(crate) forgotten_nodes: Vec<String>,
    pub(crate) audit: Vec<v1::AuditEntry>,
    pub(crate) forgotten_audit: Vec<u64>,
    /// By digest of the image; none where it ended. The last word counts.
    pub(crate) policies: Vec<(String, Option<Arc<PolicyRecord>>)>,
    pub(crate) switch: Option<Switch>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the store in {} failed: {}; check the disk, and the rights to it", .path.display(), disk::said(source))]
    Sled { path: PathBuf, source: sled::Error },
    #[error("the store in {} has format {found:?}, this server knows {OLDEST} to {FORMAT}; run the server that wrote it", .path.display())]
    Format { path: PathBuf, found: Option<u8> },
    #[error(
        "the store in {} is damaged: {why}. Start the server: it sets aside what is damaged and goes on with the rest or \
         with the newest backup, and says so",
        .path.display()
    )]
    Damaged { path: PathBuf, why: String },
    #[error("the store in {} is in use by another process; `fuser {}/db` tells which: stop it", .path.display(), .path.display())]
    Locked { path: PathBuf },
    #[error("there is no store in {}; choose the data folder with --data-dir", .path.display())]
    Missing { path: PathBuf },
    #[error(
        "the store in {} is not empty; --force sets it aside, where it stays as it is",
        .path.display()
    )]
    NotEmpty { path: PathBuf },
    #[error("{} {source}; nothing was changed", .path.display())]
    File { path: PathBuf, source: FileError },
    #[error("cannot use {}: {source}; check owner, mode and room on the disk", .path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error(
        "the disk with {} has {free_bytes} bytes left, and {reserve_bytes} are held in reserve (disk_reserve); make room",
        .folder.display()
    )]
    Full { folder: PathBuf, free_bytes: u64, reserve_bytes: u64 },
    #[error("the store in {} is closed until its disk can be written to again; try again later", .path.display())]
    Away { path: PathBuf },
    #[error("a backup is being written; wait for it")]
    Busy,
    #[error("the server is shutting down")]
    Stopped,
}

impl Store {
    /// Opens the store as soon as the one before has let go of it: sled frees its lock some time after the
    /// last drop, which matters only within one process.
    #[cfg(test)]
    pub(crate) fn open_when_free(folder: &Path) -> (Self, Stored) {
        let (store, stored, _) = Self::open_with_when_free(folder, &Plan::default_in(folder));
        (store, stored)
    }

    #[cfg(test)]
    pub(crate) fn open_with_when_free(folder: &Path, plan: &Plan) -> (Self, Stored, Report) {
        let limit = std::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            match Self::open(folder, plan, &Arc::new(Metrics::new().unwrap())) {
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
        self.room()?;
        let last_cursor = commit.changes.iter().map(|change| change.cursor).max().unwrap_or_default();
        self.apply(commit.writes(), last_cursor)?;
        self.flush()?;
        self.note();
        Ok(())
    }

    /// Writes in one atomic batch, with the totals they come to.
    fn apply(&self, writes: Writes, last_cursor: u64) -> Result<(), StoreError> {
        let sled = |source| self.sled(source);
        let mut live = locked(&self.live);
        let db = self.db.get()?;
        let mut totals = live.totals.clone();
        let mut batch = sled::Batch::default();
        for (key, value) in writes {
            let old = db.get(&key).map_err(sled)?;
            if let Some(old) = &old {
                totals.remove(&key, old);
            }
            if let Some(undo) = &mut live.undo {
                undo.keep(&key, old);
            }
            match value {
                Some(value) => {
                    self.metrics.checkpoint_bytes.inc_by((key.len() + value.len()) as u64);
                    totals.add(&key, &value);
                    batch.insert(key, value);
                }
                None => batch.remove(key),
            }
        }
        totals.commit += 1;
        totals.last_cursor = totals.last_cursor.max(last_cursor);
        batch.insert(TOTALS_KEY, sealed::encode(TOTALS_KEY, &totals));
        db.apply_batch(batch).map_err(sled)?;
        live.totals = totals;
        Ok(())
    }

    /// Notes beside the store how far it has come, so that the next start knows a store that has gone back. Only of what is
    /// durable.
    pub(crate) fn note(&self) {
        let known = {
            let live = locked(&self.live);
            Known { commit: live.totals.commit, since_unix_s: live.since_unix_s }
        };
        if let Ok(bytes) = self.db.get().map(|db| db.size_on_disk().unwrap_or_default()) {
            self.metrics.store_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        }
        if let Err(error) = self.flush().and_then(|()| known.write(&self.folder)) {
            tracing::warn!(%error, "how far the store has come could not be noted");
        }
    }

    /// Changes of alerts after a cursor, oldest first. One that can't be read is said, counted and left out.
    pub(crate) fn changes_after(
        &self,
        cursor: u64,
        limit: usize,
    ) -> Result<Vec<v1::AlertChange>, StoreError> {
        let Some(first) = cursor.checked_add(1) else { return Ok(Vec::new()) };
        let range = key(Kind::Change, &first.to_be_bytes())..=key(Kind::Change, &u64::MAX.to_be_bytes());
        let mut changes = Vec::new();
        for entry in self.db.get()?.range(range) {
            if changes.len() == limit {
                break;
            }
            let (key, value) = entry.map_err(|source| self.sled(source))?;
            if let (Some(cursor), Some(alert)) = (kind::cursor(&key), self.alert(&key, &value)) {
                changes.push(v1::AlertChange { cursor, alert: Some(alert) });
            }
        }
        Ok(changes)
    }

    /// Entries of the audit record after a cursor, oldest first. One that can't be read is said, counted and left out.
    pub(crate) fn audit_after(&self, cursor: u64, limit: usize) -> Result<Vec<v1::AuditEntry>, StoreError> {
        let Some(first) = cursor.checked_add(1) else { return Ok(Vec::new()) };
        let range = key(Kind::Audit, &first.to_be_bytes())..=key(Kind::Audit, &u64::MAX.to_be_bytes());
        let mut entries = Vec::new();
        for entry in self.db.get()?.range(range) {
            if entries.len() == limit {
                break;
            }
            let (key, value) = entry.map_err(|source| self.sled(source))?;
            match load::audit(&key, &value) {
                Ok(entry) => entries.push(entry),
                Err(why) => self.left_out(Kind::Audit, &key, &why),
            }
        }
        Ok(entries)
    }

    /// What is kept of an incident's events, oldest first. What can't be read is said, counted and left out.
    pub(crate) fn evidence(&self, id: &str) -> Result<Vec<v1::EvidenceChunk>, StoreError> {
        let mut chunks = Vec::new();
        for entry in self.db.get()?.scan_prefix(key(Kind::Evidence, format!("{id}\0").as_bytes())) {
            let (key, value) = entry.map_err(|source| self.sled(source))?;
            match load::evidence(&key, &value) {
                Ok(chunk) => chunks.push(chunk),
                Err(why) => self.left_out(Kind::Evidence, &key, &why),
            }
        }
        Ok(chunks)
    }

    /// The alert as it was after the change at `cursor`.
    pub(crate) fn change(&self, cursor: u64) -> Result<Option<v1::Alert>, StoreError> {
        let key = key(Kind::Change, &cursor.to_be_bytes());
        let value = self.db.get()?.get(&key).map_err(|source| self.sled(source))?;
        Ok(value.and_then(|value| self.alert(&key, &value)))
    }

    fn alert(&self, key: &[u8], value: &[u8]) -> Option<v1::Alert> {
        match load::alert(key, value) {
            Ok(alert) => Some(alert),
            Err(why) => {
                self.left_out(Kind::Change, key, &why);
                None
            }
        }
    }

    /// Returns when all that was written is durable.
    fn flush(&self) -> Result<(), StoreError> {
        self.db.get()?.flush().map(drop).map_err(|source| self.sled(source))
    }

    fn left_out(&self, kind: Kind, key: &[u8], why: &str) {
        tracing::error!(why, "{} can't be read; it is left out", kind.name(key));
        self.metrics.store_corrupt(kind);
    }

    fn sled(&self, source: sled::Error) -> StoreError {
        StoreError::Sled { path: store_in(&self.folder), source }
    }
}

/// What a commit writes: by key, the new value, or none where one goes. The last word on a key counts.
type Writes = BTreeMap<Vec<u8>, Option<sled::IVec>>;

impl Commit {
    /// Lets go of images. Those that come after stay.
    pub(crate) fn forget(&mut self, images: Vec<ImageKey>) {
        self.images.retain(|image| !images.contains(image.key()));
        self.upkeep.retain(|(image, _)| !images.contains(image));
        self.declared.retain(|(image, _)| !images.contains(image));
        self.forgotten_images.extend(images);
    }

    fn writes(&self) -> Writes {
        let mut writes = Writes::new();
        let gone = self
            .forgotten_sessions
            .iter()
            .map(|id| key(Kind::Session, id))
            .chain(self.forgotten_images.iter().flat_map(ImageKey::all))
            .chain(self.forgotten_changes.iter().map(|cursor| key(Kind::Change, &cursor.to_be_bytes())))
            .chain(self.forgotten_heads.iter().map(|id| key(Kind::Head, id.as_bytes())))
            .chain(self.forgotten_evidence.iter().map(kind::evidence))
            .chain(self.forgotten_nodes.iter().map(|name| key(Kind::Node, name.as_bytes())))
            .chain(self.forgotten_decisions.iter().map(|id| key(Kind::Decision, id.as_bytes())))
            .chain(self.forgotten_consumers.iter().map(|name| key(Kind::Consumer, name.as_bytes())))
            .chain(self.forgotten_audit.iter().map(|cursor| key(Kind::Audit, &cursor.to_be_bytes())));
        writes.extend(gone.map(|key| (key, None)));
        for decision in &self.decisions {
            put(&mut writes, key(Kind::Decision, decision.id.as_bytes()), &**decision);
        }
        if let Some(commons) = &self.commons {
            put(&mut writes, COMMONS.to_vec(), &**commons);
        }
        for (name, node) in &self.nodes {
            put(&mut writes, key(Kind::Node, name.as_bytes()), node);
        }
        writes.extend(self.images.iter().flat_map(EncodedImage::writes));
        for (image, record) in &self.upkeep {
            put(&mut writes, image.upkeep(), record);
        }
        for (image, facts) in &self.declared {
            let key = image.declared();
            let value = sealed::seal(&key, facts);
            writes.insert(key, Some(value.into()));
        }
        for (id, record) in &self.sessions {
            put(&mut writes, key(Kind::Session, id), record);
        }
        for (name, record) in &self.consumers {
            put(&mut writes, key(Kind::Consumer, name.as_bytes()), record);
        }
        for change in &self.changes {
            let key = key(Kind::Change, &change.cursor.to_be_bytes());
            let body = change.alert.as_ref().map(v1::Alert::encode_to_vec).unwrap_or_default();
            let value = sealed::seal(&key, &body);
            writes.insert(key, Some(value.into()));
        }
        for (chunk, body) in &self.evidence {
            let key = kind::evidence(chunk);
            let value = sealed::seal(&key, &body.encode_to_vec());
            writes.insert(key, Some(value.into()));
        }
        for entry in &self.audit {
            let key = key(Kind::Audit, &entry.cursor.to_be_bytes());
            let value = sealed::seal(&key, &entry.encode_to_vec());
            writes.insert(key, Some(value.into()));
        }
        for (id, head) in &self.heads {
            put(&mut writes, key(Kind::Head, id.as_bytes()), head);
        }
        for (digest, policy) in &self.policies {
            let key = key(Kind::Policy, digest.as_bytes());
            let value = policy.as_deref().map(|policy| sealed::encode(&key, policy).into());
            writes.insert(key, value);
        }
        if let Some(switch) = &self.switch {
            put(&mut writes, SWITCH.to_vec(), switch);
        }
        writes
    }
}

fn put<T: Serialize>(writes: &mut Writes, key: Vec<u8>, value: &T) {
    let value = sealed::encode(&key, value);
    writes.insert(key, Some(value.into()));
}

/// Opens sled's files, new ones if there are none.
fn sled_open(path: &Path) -> Result<sled::Db, sled::Error> {
    sled::Config::new()
        .path(path)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(None) // every commit flushes
        .open()
}

#[cfg(test)]
mod tests;
