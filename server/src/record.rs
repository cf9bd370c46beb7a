//! The record of decisions: who decided what, when and why, and who took it back.
//!
//! Revoking or expiring deletes nothing. At most [`MAX_DECISIONS`] are held; when more come, the oldest that no longer
//! hold make room, and are counted. Where all still hold, a new one is refused.
//!
//! Not here: what follows from a decision (the model), when it is durable (`decisions.rs`).

use std::{collections::BTreeMap, sync::Arc};

use plumbline_model::{Decision, Revocation};

/// Decisions held. At some kilobytes each, and once for all shards, they take some ten megabytes at most.
pub(crate) const MAX_DECISIONS: usize = 10_000;

/// The record.
#[derive(Debug)]
pub(crate) struct Record {
    /// By time and id.
    decisions: BTreeMap<(u64, String), Arc<Decision>>,
    max: usize,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    #[error("no decision with id {id:?}")]
    Missing { id: String },
    #[error("{count} decisions have an id that begins with {id:?}; give more of it")]
    Ambiguous { id: String, count: usize },
    #[error("the decision {id} was revoked before, by {author:?}")]
    Revoked { id: String, author: String },
    #[error("the decision {id} has changed since and has revision {present} now; look at it again")]
    Changed { id: String, present: u32 },
    #[error("{held} of at most {max} decisions hold and there is no room for {more} more; revoke some")]
    Full { held: usize, max: usize, more: usize },
}

impl Record {
    pub(crate) fn new(decisions: Vec<Arc<Decision>>) -> Self {
        let mut record = Self { decisions: BTreeMap::new(), max: MAX_DECISIONS };
        record.put(decisions, &[]);
        record
    }

    /// A time for new decisions: later than all before, so that they stay in order when the clock is set back.
    pub(crate) fn stamp(&self, now_unix_ns: u64) -> u64 {
        let last = self.decisions.last_key_value().map_or(0, |((created, _), _)| *created);
        now_unix_ns.max(last.saturating_add(1))
    }

    /// Ids of those that have to make room for so many more.
    pub(crate) fn room(&self, more: usize, now_unix_ns: u64) -> Result<Vec<String>, RecordError> {
        let excess = (self.decisions.len() + more).saturating_sub(self.max);
        let over = self.decisions.values().filter(|decision| !decision.holds(now_unix_ns));
        let oldest: Vec<String> = over.take(excess).map(|decision| decision.id.clone()).collect();
        if oldest.len() < excess {
            let held = self.decisions.len() - oldest.len();
            return Err(RecordError::Full { held, max: self.max, more });
        }
        Ok(oldest)
    }

    /// Takes decisions in, new or as they are now, and lets others go.
    pub(crate) fn put(&mut self, decisions: Vec<Arc<Decision>>, forgotten: &[String]) {
        if !forgotten.is_empty() {
            self.decisions.retain(|(_, id), _| !forgotten.contains(id));
        }
        let key = |decision: &Arc<Decision>| (decision.created_unix_ns, decision.id.clone());
        self.decisions.extend(decisions.into_iter().map(|decision| (key(&decision), decision)));
    }

    /// The newest first, those that hold or all, and whether there are more.
    pub(crate) fn newest(&self, all: bool, now_unix_ns: u64, limit: usize) -> (Vec<Arc<Decision>>, bool) {
        let newest = self.decisions.values().rev();
        let mut matching = newest.filter(|decision| all || decision.holds(now_unix_ns));
        let listed = matching.by_ref().take(limit).cloned().collect();
        (listed, matching.next().is_some())
    }

    /// Those that hold and count in some container of an image, newest first.
    pub(crate) fn holding(&self, now_unix_ns: u64, digest: &str, repository: &str) -> Vec<Arc<Decision>> {
        let newest = self.decisions.values().rev();
        let holding = newest.filter(|d| d.holds(now_unix_ns) && d.reaches_any(digest, repository));
        holding.cloned().collect()
    }

    /// Those whose ids end in the mark of a request, revoked and expired ones too.
    pub(crate) fn marked(&self, mark: &str) -> Vec<Arc<Decision>> {
        self.decisions.values().filter(|decision| decision.id.ends_with(mark)).cloned().collect()
    }

    /// What a request of an author has revoked, by its id.
    pub(crate) fn revoked_by(&self, author: &str, request_id: &str) -> Option<(&Arc<Decision>, &Revocation)> {
        let revoked = self.decisions.values().filter_map(|d| Some((d, d.revoked.as_ref()?)));
        let mut of_author = revoked.filter(|(_, revocation)| revocation.author == author);
        of_author.find(|(_, revocation)| !request_id.is_empty() && revocation.request_id == request_id)
    }

    /// The decision whose id is `id` or alone begins with it, if it has the revision (0: any) and was not revoked.
    pub(crate) fn find(&self, id: &str, etag: u32) -> Result<Arc<Decision>, RecordError> {
        let matching: Vec<_> = self.decisions.values().filter(|d| d.id.starts_with(id)).collect();
        let exact = matching.iter().find(|decision| decision.id == id);
        let found = match (exact, matching.as_slice()) {
            (Some(exact), _) => exact,
            (None, [one]) => one,
            (None, []) => return Err(RecordError::Missing { id: id.to_owned() }),
            (None, several) => {
                return Err(RecordError::Ambiguous { id: id.to_owned(), count: several.len() });
            }
        };
        let present = revision(found);
        if etag != 0 && etag != present {
            return Err(RecordError::Changed { id: found.id.clone(), present });
        }
        match &found.revoked {
            Some(revocation) => {
                Err(RecordError::Revoked { id: found.id.clone(), author: revocation.author.clone() })
            }
            None => Ok(Arc::clone(found)),
        }
    }
}

/// Rises when a decision changes, which it does once; 0 of one that was not made.
pub(crate) fn revision(decision: &Decision) -> u32 {
    if decision.id.is_empty() { 0 } else { 1 + u32::from(decision.revoked.is_some()) }
}

#[cfg(test)]
mod tests {
    use plumbline_model::{DecisionKind, Dimension, Scope};

    use super::*;

    fn decision(id: &str, created_unix_ns: u64, expires_unix_ns: u64) -> Arc<Decision> {
        Arc::new(Decision {
            id: id.into(),
            kind: DecisionKind::Approve,
            dimension: Dimension::Spawn,
            context: "a".into(),
            value: "b".into(),
            scope: Scope::All,
            author: "alice".into(),
            reason: "known".into(),
            alert: "1".into(),
            rows: Vec::new(),
            created_unix_ns,
            expires_unix_ns,
            revoked: None,
            document: String::new(),
        })
    }

    #[test]
    fn at_the_limit_what_no_longer_holds_makes_room_and_what_holds_is_never_dropped() {
        let mut record = Record::new(vec![decision("aa", 1, 0), decision("ab", 2, 10), decision("ac", 3, 0)]);
        record.max = 3;
        assert!(matches!(record.room(1, 5), Err(RecordError::Full { held: 3, max: 3, more: 1 })));
        assert_eq!(record.room(1, 10).unwrap(), ["ab"], "the one that has expired");
        assert!(matches!(record.room(2, 10), Err(RecordError::Full { .. })));
        record.put(vec![decision("ad", 4, 0)], &["ab".to_owned()]);
        assert_eq!(record.newest(true, 10, 9).0.len(), 3);
        assert_eq!(record.stamp(2), 5, "a clock set back does not change the order");
    }

    #[test]
    fn a_revoked_decision_stays_on_record_and_is_not_revoked_twice() {
        let mut record = Record::new(vec![decision("aa", 1, 0), decision("ab", 2, 0)]);
        assert!(matches!(record.find("a", 0), Err(RecordError::Ambiguous { count: 2, .. })));
        assert!(matches!(record.find("b", 0), Err(RecordError::Missing { .. })));
        let mut revoked = (*record.find("ab", 1).unwrap()).clone();
        revoked.revoked = Some(Revocation {
            author: "bob".into(),
            reason: String::new(),
            revoked_unix_ns: 5,
            request_id: "r".into(),
        });
        record.put(vec![Arc::new(revoked)], &[]);
        assert!(matches!(record.find("ab", 0), Err(RecordError::Revoked { .. })));
        assert!(matches!(record.find("ab", 1), Err(RecordError::Changed { present: 2, .. })));
        let by = |author, id| record.revoked_by(author, id).map(|(decision, _)| decision.id.as_str());
        assert_eq!(
            (by("bob", "r"), by("alice", "r"), by("bob", "s"), by("bob", "")),
            (Some("ab"), None, None, None)
        );
        let ids = |all| record.newest(all, 9, 9).0.iter().map(|d| d.id.clone()).collect::<Vec<_>>();
        assert_eq!((ids(true), ids(false)), (vec!["ab".into(), "aa".into()], vec!["aa".to_owned()]));
        assert!(record.newest(true, 9, 1).1, "there is one more");
    }
}
