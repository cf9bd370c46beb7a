//! Reads everything a store holds, and finds what can't be read or is not there.
//!
//! Every value is read, so that a store that opens has been seen whole. Nothing is changed here.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use plumbline_proto::v1;
use prost::Message;

use crate::alert_log::{Head, HeldChange, Line};

use super::{
    COMMONS, FORMAT_KEY, SWITCH, Stored, TOTALS_KEY,
    kind::{self, Kind},
    sealed::{self, Totals, decode, unseal},
};

/// What a store holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) stored: Stored,
    /// What there is, good or not.
    pub(super) found: Totals,
    /// What there should be; `None` where that can't be read.
    pub(super) expected: Option<Totals>,
    pub(super) corrupt: Vec<Corrupt>,
    /// Bytes of values, by kind.
    pub(super) bytes: [u64; Kind::ALL.len()],
    pub(super) format: Option<Vec<u8>>,
    /// Of images that can be read, how often each was stored whole; by what their keys say.
    wholes: HashMap<Vec<u8>, u64>,
    /// Of changes of images that can be read, which whole they are of.
    deltas: Vec<(Vec<u8>, u64)>,
}

/// A value that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Corrupt {
    pub(super) kind: Kind,
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
    pub(super) why: String,
}

impl Contents {
    pub(super) fn is_empty(&self) -> bool {
        self.format.is_none() && self.expected.is_none() && self.found == Totals::default()
    }

    /// Commits it has had, as far as that can be told.
    pub(super) fn commit(&self) -> u64 {
        self.expected.as_ref().map_or(0, |totals| totals.commit)
    }

    /// What is missing of a kind, as [`Totals::gone`]; that a value which can't be read is another one is told by itself.
    pub(super) fn gone(&self, kind: Kind) -> Option<(u64, u64)> {
        let unread = self.corrupt.iter().any(|corrupt| corrupt.kind == kind);
        let gone = self.expected.as_ref()?.gone(&self.found, kind);
        gone.filter(|_| {
            !unread || self.found.of(kind).count != self.expected.as_ref().map_or(0, |e| e.of(kind).count)
        })
    }

    /// Whether all of one commit is there, but for values that can't be read.
    pub(super) fn is_of_one_commit(&self) -> bool {
        self.expected.is_some() && Kind::ALL.into_iter().all(|kind| self.gone(kind).is_none())
    }

    fn take(&mut self, kind: Kind, key: &[u8], value: &[u8]) -> Result<(), String> {
        let body = &*unseal(key, value)?;
        let stored = &mut self.stored;
        let identity = key.get(1..).unwrap_or_default();
        let text = || std::str::from_utf8(identity).map_err(|error| format!("key: {error}"));
        match kind {
            Kind::Image => {
                let image: plumbline_model::ImageState = decode(body)?;
                if format!("{}\0{}", image.lineage(), image.digest()).as_bytes() != identity {
                    return Err("another image's".to_owned());
                }
                stored.images += 1;
                self.wholes.insert(identity.to_owned(), image.whole());
            }
            Kind::Delta => {
                let delta: plumbline_model::Delta = decode(body)?;
                let (lineage, digest) = delta.image();
                if format!("{lineage}\0{digest}").as_bytes() != identity {
                    return Err("another image's".to_owned());
                }
                self.deltas.push((identity.to_owned(), delta.of()));
            }
            Kind::Session => {
                let id = identity.try_into().map_err(|_| "key of another length".to_owned())?;
                stored.sessions.push((id, decode(body)?));
            }
            Kind::Head => stored.heads.push((text()?.to_owned(), decode(body)?)),
            Kind::Decision => stored.decisions.push(Arc::new(decode(body)?)),
            Kind::Node => stored.nodes.push((text()?.to_owned(), decode(body)?)),
            Kind::Commons if key == COMMONS => stored.commons = Arc::new(decode(body)?),
            Kind::Commons => return Err("another key than that of commons".to_owned()),
            Kind::Policy => stored.policies.push((text()?.to_owned(), decode(body)?)),
            Kind::Switch if key == SWITCH => stored.switch = Some(decode(body)?),
            Kind::Switch => return Err("another key than that of the switch".to_owned()),
            // Alerts stay on the disk; that they decode is seen when they are asked for.
            Kind::Change => {
                let cursor = kind::cursor(key).ok_or("key of another length")?;
                stored.cursors = Some((stored.cursors.map_or(cursor, |(first, _)| first), cursor));
                stored.changes.push(HeldChange::of(cursor, body));
            }
            Kind::Audit => {
                let cursor = kind::cursor(key).ok_or("key of another length")?;
                stored.audit.push((cursor, audit(key, value)?.unix_ns));
            }
            Kind::Consumer => stored.consumers.push((text()?.to_owned(), decode(body)?)),
            Kind::Upkeep => {
                let (lineage, digest) = text()?.split_once('\0').ok_or("key of no image")?;
                stored.upkeep.push(((lineage.to_owned(), digest.to_owned()), decode(body)?));
            }
            Kind::Declared => {
                let (lineage, digest) = text()?.split_once('\0').ok_or("key of no image")?;
                let facts = v1::DeclaredFacts::decode(body).map_err(|error| error.to_string())?;
                stored.declared.push(((lineage.to_owned(), digest.to_owned()), facts));
            }
            Kind::Evidence => {
                let key = kind::chunk(key).ok_or("key of another form")?;
                let chunk = v1::EvidenceChunk::decode(body).map_err(|error| error.to_string())?;
                let (events, bytes) = (chunk.events.len(), body.len() as u64);
                let v1::EvidenceChunk { first, omitted, .. } = chunk;
                stored.evidence.push(Line { key, events, bytes, first, omitted });
            }
            Kind::Aside => {}
        }
        Ok(())
    }
}

impl Contents {
    /// Changes of images that are not of what the store holds of them.
    fn strays(&self) -> Vec<Vec<u8>> {
        let strays = self.deltas.iter().filter(|(image, of)| self.wholes.get(image) != Some(of));
        strays.map(|(image, _)| kind::key(Kind::Delta, image)).collect()
    }
}

/// Reads all of it.
pub(super) fn load(db: &sled::Db) -> Result<Contents, sled::Error> {
    let mut contents = Contents::default();
    for entry in db.iter() {
        let (key, value) = entry?;
        match Kind::of(&key) {
            Some(kind) => {
                contents.found.add(&key, &value);
                if let Some(bytes) = contents.bytes.get_mut(kind as usize) {
                    *bytes += value.len() as u64;
                }
                if let Err(why) = contents.take(kind, &key, &value) {
                    let (key, value) = (key.to_vec(), value.to_vec());
                    contents.corrupt.push(Corrupt { kind, key, value, why });
                }
            }
            None if *key == *FORMAT_KEY => contents.format = Some(value.to_vec()),
            None if *key == *TOTALS_KEY => {
                contents.expected = unseal(&key, &value).and_then(|body| decode(&body)).ok();
            }
            None => {}
        }
    }
    for key in contents.strays() {
        let value = db.get(&key)?.unwrap_or_default().to_vec();
        let why = "of another state of the baseline".to_owned();
        contents.corrupt.push(Corrupt { kind: Kind::Delta, key, value, why });
    }
    if let Some(expected) = &contents.expected {
        (contents.found.commit, contents.found.last_cursor) = (expected.commit, expected.last_cursor);
        if let Some((_, last)) = &mut contents.stored.cursors {
            *last = expected.last_cursor.max(*last);
        } else if expected.last_cursor > 0 {
            contents.stored.cursors = Some((expected.last_cursor, expected.last_cursor));
        }
    }
    Ok(contents)
}

/// The heads that those changes of alerts come to which can be read.
pub(super) fn heads(db: &sled::Db) -> Result<BTreeMap<String, Head>, sled::Error> {
    let mut heads = BTreeMap::new();
    for entry in db.scan_prefix([Kind::Change.letter()]) {
        let (key, value) = entry?;
        if let (Some(cursor), Ok(alert)) = (kind::cursor(&key), alert(&key, &value)) {
            let head = Head::of(cursor, &alert);
            heads.insert(alert.id, head);
        }
    }
    Ok(heads)
}

/// An alert.
pub(super) fn alert(key: &[u8], value: &[u8]) -> Result<v1::Alert, String> {
    let body = unseal(key, value)?;
    v1::Alert::decode(&*body).map_err(|error| format!("does not decode: {error}"))
}

/// A part of evidence.
pub(super) fn evidence(key: &[u8], value: &[u8]) -> Result<v1::EvidenceChunk, String> {
    let body = unseal(key, value)?;
    v1::EvidenceChunk::decode(&*body).map_err(|error| format!("does not decode: {error}"))
}

/// An entry of the audit record.
pub(super) fn audit(key: &[u8], value: &[u8]) -> Result<v1::AuditEntry, String> {
    let body = unseal(key, value)?;
    v1::AuditEntry::decode(&*body).map_err(|error| format!("does not decode: {error}"))
}

/// Whether a body is what its key says.
#[cfg(any(test, fuzzing))]
pub(crate) fn fits_key(key: &[u8], body: &[u8]) -> Result<(), String> {
    fits(Kind::of(key).ok_or("no kind")?, key, body)
}

/// Whether a body is what its kind says, for files that come from elsewhere.
pub(super) fn fits(kind: Kind, key: &[u8], body: &[u8]) -> Result<(), String> {
    let value = sealed::seal(key, body);
    match kind {
        Kind::Change => alert(key, &value).map(drop),
        _ => Contents::default().take(kind, key, &value),
    }
}
