//! Values of older forms, as they are written today.
//!
//! Every value says in which form it is. One of an older form is read as what it means now, wherever it comes from: the
//! store, a backup, an exported file, a damaged store. It stays as it is until it is written the next time, so an old store
//! is taken up at once, however large it is. The store's own format rises when a server opens it (`opening.rs`), so that an
//! older server does not take it for its own. Baselines of form 12 say the same as before, but packed (`packed.rs`).
//!
//! A form that is still understood has its own types here, and never changes. Heads of alerts of an older form are made
//! anew from the alerts when the store is opened.

use std::{borrow::Cow, collections::BTreeMap};

use plumbline_model::Decision;
use serde::{Deserialize, Serialize};

use super::{
    FORMAT, Head, Kind, SHARDS, SessionRecord, TOTALS_KEY,
    sealed::{Total, Totals, decode},
};

/// The oldest form that is understood.
pub(super) const OLDEST: u8 = 8;

/// What a body of a form says, in today's form.
pub(super) fn upgraded<'b>(format: u8, key: &[u8], body: &'b [u8]) -> Result<Cow<'b, [u8]>, String> {
    match format {
        8 if key == TOTALS_KEY => totals_8(body).map(Cow::Owned),
        8 if Kind::of(key) == Some(Kind::Head) => head_8(body).map(Cow::Owned),
        8 if Kind::of(key) == Some(Kind::Session) => session_8(body).map(Cow::Owned),
        8..=9 if Kind::of(key) == Some(Kind::Image) => Ok(Cow::Owned(image_9(body))),
        8..=10 if Kind::of(key) == Some(Kind::Decision) => Ok(Cow::Owned(decision_10(body))),
        8..=12 if Kind::of(key) == Some(Kind::Head) => Ok(Cow::Owned(head_12(body))),
        8..=13 if Kind::of(key) == Some(Kind::Policy) => Ok(Cow::Owned(policy_13(body))),
        OLDEST..=FORMAT => Ok(Cow::Borrowed(body)),
        other => Err(format!("format {other}")),
    }
}

/// Totals had a place for each kind there was.
fn totals_8(body: &[u8]) -> Result<Vec<u8>, String> {
    #[derive(Deserialize)]
    struct Totals8 {
        commit: u64,
        last_cursor: u64,
        kinds: [Total; 7],
    }
    let Totals8 { commit, last_cursor, kinds } = decode(body)?;
    let kinds: BTreeMap<u8, Total> = b"ishcdmx".iter().copied().zip(kinds).collect();
    encoded(&Totals { commit, last_cursor, kinds })
}

/// A head knew less of its alert. It is made anew when the store is opened.
fn head_8(body: &[u8]) -> Result<Vec<u8>, String> {
    #[derive(Deserialize)]
    struct Head8 {
        cursor: u64,
        verdict: i32,
        digest: String,
        repository: String,
    }
    let Head8 { cursor, verdict, digest, repository } = decode(body)?;
    encoded(&Head { cursor, verdict, digest, repository, ..Head::default() })
}

/// A head did not say how bad its alert is, nor of which techniques. It is made anew when the store is opened.
fn head_12(body: &[u8]) -> Vec<u8> {
    [body, &[0, 0]].concat()
}

/// A policy did not say what becomes of a container where an attack is confirmed, which was nothing, and so had no orders.
fn policy_13(body: &[u8]) -> Vec<u8> {
    [body, &[0, 0]].concat()
}

/// An image did not say how often it was stored whole: never, but for the one time.
fn image_9(body: &[u8]) -> Vec<u8> {
    [body, &[0]].concat()
}

/// A decision did not say which document brought it, nor a revocation, which stands before that, which request it came of.
fn decision_10(body: &[u8]) -> Vec<u8> {
    let held = [body, &[0]].concat();
    if decode::<Decision>(&held).is_ok() { held } else { [body, &[0, 0]].concat() }
}

/// A session did not say whose it is.
fn session_8(body: &[u8]) -> Result<Vec<u8>, String> {
    #[derive(Deserialize)]
    struct Session8 {
        durable: u64,
        marks: [u64; SHARDS],
        refused: Vec<u64>,
        last_used_unix_s: u64,
    }
    let Session8 { durable, marks, refused, last_used_unix_s } = decode(body)?;
    encoded(&SessionRecord { durable, marks, refused, last_used_unix_s, node: String::new() })
}

fn encoded<T: Serialize>(value: &T) -> Result<Vec<u8>, String> {
    postcard::to_stdvec(value).map_err(|error| error.to_string())
}
