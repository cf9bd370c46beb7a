//! What is held in memory of each alert and of each change: enough to choose, count and let go without reading.
//!
//! All of it follows from the stored alert alone, so it can be made again from the changes. Alerts of a server that did not
//! note when it made a change count as changed when they were last seen.

use plumbline_proto::v1;
use prost::Message;
use serde::{Deserialize, Serialize};

use crate::{severity::Severity, techniques};

/// What is known of an alert without reading it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// Cursor of its newest change.
    pub(crate) cursor: u64,
    /// When that was made.
    pub(crate) changed_unix_ns: u64,
    pub(crate) revision: u32,
    /// Its `Verdict`.
    pub(crate) verdict: i32,
    pub(crate) digest: String,
    pub(crate) repository: String,
    pub(crate) namespace: String,
    pub(crate) node: String,
    pub(crate) container_id: String,
    pub(crate) container_name: String,
    /// Its `TriageState`.
    pub(crate) state: i32,
    pub(crate) assignee: String,
    /// The encoded `Triage`, which changes of the incident leave as it is; empty if nobody did anything.
    pub(crate) triage: Vec<u8>,
    /// Its `Severity`.
    pub(crate) severity: i32,
    /// The ATT&CK techniques of its evidence, with a space between two.
    pub(crate) techniques: String,
}

/// A change that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeldChange {
    pub(crate) cursor: u64,
    pub(crate) changed_unix_ns: u64,
    /// Of the encoded alert.
    pub(crate) bytes: u64,
}

/// The part of an alert that tells when it changed: the rest of a log that is read at start is not looked at.
#[derive(Clone, Copy, PartialEq, Message)]
struct Times {
    #[prost(uint64, tag = "13")]
    last_seen_unix_ns: u64,
    #[prost(uint64, tag = "22")]
    changed_unix_ns: u64,
}

impl Head {
    /// What is known of an alert whose newest change is this one.
    pub(crate) fn of(cursor: u64, alert: &v1::Alert) -> Self {
        let triage = alert.triage.as_ref();
        Self {
            state: triage.map_or(v1::TriageState::New.into(), |triage| triage.state),
            assignee: triage.map_or_else(String::new, |triage| triage.assignee.clone()),
            triage: triage.map(v1::Triage::encode_to_vec).unwrap_or_default(),
            cursor,
            changed_unix_ns: changed(alert.changed_unix_ns, alert.last_seen_unix_ns),
            revision: alert.revision,
            verdict: alert.verdict,
            digest: alert.image_digest.clone(),
            repository: alert.image_repository.clone(),
            namespace: alert.namespace.clone(),
            node: alert.node.clone(),
            container_id: alert.container_id.clone(),
            container_name: alert.container_name.clone(),
            severity: Severity::of(alert) as i32,
            techniques: techniques::of(alert).join(" "),
        }
    }
}

impl HeldChange {
    /// Of an encoded alert. One that does not decode is the oldest there is.
    pub(crate) fn of(cursor: u64, body: &[u8]) -> Self {
        let times = Times::decode(body).unwrap_or_default();
        let changed_unix_ns = changed(times.changed_unix_ns, times.last_seen_unix_ns);
        Self { cursor, changed_unix_ns, bytes: body.len() as u64 }
    }
}

fn changed(changed_unix_ns: u64, last_seen_unix_ns: u64) -> u64 {
    if changed_unix_ns == 0 { last_seen_unix_ns } else { changed_unix_ns }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_an_alert_changed_is_told_alike_by_the_whole_and_by_a_look_at_its_bytes() {
        for (changed_unix_ns, expected) in [(7, 7), (0, 5)] {
            let alert = v1::Alert {
                id: "a".into(),
                story: "s".into(),
                last_seen_unix_ns: 5,
                changed_unix_ns,
                ..Default::default()
            };
            let held = HeldChange::of(1, &alert.encode_to_vec());
            assert_eq!((held.changed_unix_ns, held.bytes), (expected, alert.encoded_len() as u64));
            assert_eq!(Head::of(1, &alert).changed_unix_ns, expected);
        }
    }
}
