//! Policies: what may be started in containers of an image, where people have that enforced.
//!
//! The committer makes every change of them (`plan`), one after the other, in the commit of its entry in the audit record; a
//! set is signed and handed to streams (`publish`) once that is durable, so nobody enforces what a crash could take back. What
//! broke a policy comes with the part of the shard that owns the image, under the mark of its frame, so a frame that is sent
//! again counts nothing twice.
//!
//! Versions of the set rise for ever, also where the store was lost or an older one restored: none is below the milliseconds
//! since the Unix epoch. If the switch can't be read, but policies can, they are disarmed.
//!
//! Not here: requests (`policies/service.rs`), lists (`policies/lists.rs`), what goes by the clock (`policies/watch.rs`).

mod breaches;
mod lists;
mod orders;
mod record;
mod service;
mod sign;
mod switched;
mod watch;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use plumbline_proto::v1::{self, AuditEntry, EnforcementMode, OperationalKind, PolicySet, SignedPolicies};
use prost::Message;
use serde::{Deserialize, Serialize};
use tokio::sync::{oneshot, watch as tokio_watch};

use crate::{
    metrics::Metrics,
    operational::Condition,
    session::locked,
    store::{Commit, Stored},
};

pub(crate) use breaches::{Breaches, Broken, Counts, OUTCOMES};
pub(crate) use orders::Ordered;
pub(crate) use record::PolicyRecord;
pub(crate) use service::Enforcement;
pub(crate) use sign::{KeyError, Signer};
pub(crate) use watch::run;

use record::MAX_PATHS;

/// Policies, as collectors take them.
const MAX_POLICIES: usize = 1024;
/// Largest set, encoded, without orders; with them, 3 MiB.
const MAX_SET_BYTES: usize = (3 << 20) - orders::ORDERS_BYTES;

/// What is stored of all policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Switch {
    pub(crate) armed: bool,
    /// Of the newest set; 0 if there was none.
    pub(crate) version: u64,
}

/// A change, and who waits until it is durable.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) deed: Deed,
    pub(crate) done: oneshot::Sender<Result<(), PolicyError>>,
}

/// What is changed.
#[derive(Debug)]
pub(crate) enum Deed {
    /// A policy is this from now on, if there is one of this revision (0: whatever there is).
    Set {
        digest: String,
        policy: Box<PolicyRecord>,
        etag: u64,
        audit: AuditEntry,
    },
    Remove {
        digest: String,
        etag: u64,
        audit: AuditEntry,
    },
    Arm {
        armed: bool,
        audit: AuditEntry,
    },
    /// By digest, the executables that people approved.
    Approved(Vec<(String, Vec<String>)>),
    /// So much time has passed; while it did, these images were watched by collectors that enforce.
    Passed {
        time: Duration,
        watched: BTreeSet<String>,
    },
    /// Something was switched on nodes.
    Switched(Vec<AuditEntry>),
    /// There is to be a new set.
    Renew,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum PolicyError {
    #[error(
        "enforcement is off: the server has no key to sign policies with; make one with `plumbline-server enforcement \
         init-key` and name it as key_file in the table [enforcement] of its configuration"
    )]
    Off,
    #[error("the image {name:?} has no policy; `plumbline enforcement list` tells which have")]
    Missing { name: String },
    #[error("the policy has changed since and has revision {present} now; look at it again")]
    Changed { present: u64 },
    #[error("{count} {what}; at most {max} fit, as many as a collector takes")]
    Full { what: &'static str, count: usize, max: usize },
}

/// All policies; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Policies {
    state: Arc<Mutex<State>>,
    signer: Option<Arc<(Signer, Duration)>>,
    sets: tokio_watch::Sender<Option<Arc<SignedPolicies>>>,
    metrics: Arc<Metrics>,
    /// As long must nothing break a policy until the alert of it is over.
    settle: Duration,
}

#[derive(Debug)]
struct State {
    policies: BTreeMap<String, Arc<PolicyRecord>>,
    /// What is left of those that were removed while an answer was waited for.
    removed: BTreeMap<String, Arc<PolicyRecord>>,
    switch: Switch,
    /// The set that streams have, and when it was signed.
    sent: u64,
    sent_unix_ns: u64,
    /// Orders whose answer is being taken down.
    answering: BTreeSet<u64>,
}

impl Policies {
    /// What the store held. Without a signer nothing is sent to collectors and nothing can be changed.
    pub(crate) fn new(
        stored: &mut Stored,
        signer: Option<(Signer, Duration)>,
        metrics: Arc<Metrics>,
        settle: Duration,
    ) -> Self {
        let policies = std::mem::take(&mut stored.policies).into_iter();
        let policies = policies.map(|(digest, policy)| (digest, Arc::new(policy)));
        let (removed, policies): (BTreeMap<_, _>, BTreeMap<_, _>) =
            policies.partition(|(_, policy)| policy.is_removed());
        let switch = stored.switch.unwrap_or_else(|| {
            if !policies.is_empty() {
                tracing::error!("whether policies are armed can't be read; they are disarmed");
            }
            Switch { armed: policies.is_empty(), version: 0 }
        });
        // None is sent under a version that collectors may hold: the first is one that is signed anew.
        let answering = BTreeSet::new();
        let state = State { policies, removed, sent: switch.version, switch, sent_unix_ns: 0, answering };
        Self {
            state: Arc::new(Mutex::new(state)),
            signer: signer.map(Arc::new),
            sets: tokio_watch::Sender::new(None),
            metrics,
            settle,
        }
    }

    /// The newest set, if there is any, and each that comes.
    pub(crate) fn sets(&self) -> tokio_watch::Receiver<Option<Arc<SignedPolicies>>> {
        self.sets.subscribe()
    }

    /// Takes in changes, what broke policies, and what was ordered, and puts what follows into a commit; entries for the audit record, and who is
    /// to be told once it is durable. One commit is planned after the other.
    pub(crate) fn plan(
        &self,
        changes: Vec<Change>,
        breaches: Breaches,
        ordered: Ordered,
        now_unix_ns: u64,
        commit: &mut Commit,
    ) -> (Vec<AuditEntry>, Vec<oneshot::Sender<Result<(), PolicyError>>>) {
        let (mut entries, mut waiting) = (ordered.entries, Vec::new());
        if changes.is_empty() && breaches.is_empty() && ordered.digests.is_empty() {
            return (entries, waiting);
        }
        let mut state = locked(&self.state);
        // Orders have raised the version already.
        let before = Some(state.switch).filter(|_| ordered.digests.is_empty());
        let mut changed: BTreeSet<String> = ordered.digests.into_iter().collect();
        for (digest, node, tally) in breaches.into_each() {
            if let Some(policy) = state.policies.get_mut(&digest) {
                Arc::make_mut(policy).broken(&node, tally, now_unix_ns, nanos(self.settle));
                changed.insert(digest);
            }
        }
        for Change { deed, done } in changes {
            match state.take(deed, now_unix_ns, &mut changed, &mut entries) {
                Ok(()) => waiting.push(done),
                Err(error) => {
                    let _ = done.send(Err(error)); // whoever asked may have gone
                }
            }
        }
        for digest in changed {
            let policy = state.record(&digest).map(|policy| {
                entries.extend(Arc::make_mut(policy).due(&digest, now_unix_ns));
                Arc::clone(policy)
            });
            commit.policies.push((digest, policy));
        }
        if before != Some(state.switch) {
            commit.switch = Some(state.switch);
        }
        (entries, waiting)
    }

    /// Hands the newest set to streams; all that was planned is durable.
    pub(crate) fn publish(&self, now_unix_ns: u64) {
        let Some(signer) = &self.signer else { return };
        let mut state = locked(&self.state);
        if state.switch.version == state.sent {
            return;
        }
        let expires_unix_ns = now_unix_ns.saturating_add(nanos(signer.1));
        let signed = signer.0.sign(&state.set(expires_unix_ns, now_unix_ns));
        (state.sent, state.sent_unix_ns) = (state.switch.version, now_unix_ns);
        self.sets.send_replace(Some(Arc::new(signed)));
        self.metrics.enforcement.set(state.sent, state.switch.armed, &state.modes(), state.omitted());
    }

    /// Whether there is none that was signed so lately that it holds for long.
    fn wants_renewal(&self, now_unix_ns: u64) -> bool {
        let Some(signer) = &self.signer else { return false };
        let state = locked(&self.state);
        let age = now_unix_ns.checked_sub(state.sent_unix_ns); // none: the clock was set back
        age.is_none_or(|age| age >= nanos(signer.1) / 3)
    }

    /// What operational alerts are to tell of policies.
    pub(crate) fn conditions(&self, now_unix_ns: u64) -> Vec<Condition> {
        let state = locked(&self.state);
        let mut conditions = Vec::new();
        for (digest, policy) in &state.policies {
            let of =
                |kind, since| Condition::of_policy(kind, digest, (&policy.repository, &policy.tag), since);
            let settle_ns = nanos(self.settle);
            let goes_on = |told: &record::Told| now_unix_ns.saturating_sub(told.last_unix_ns) < settle_ns;
            if let Some(told) = policy.told.filter(goes_on) {
                let condition = of(OperationalKind::PolicyBroken, told.since_unix_ns);
                let why = policy.story(digest);
                conditions.push(Condition { programs: told.programs, why, ..condition });
            }
            if !policy.spent.is_empty() {
                let condition = of(OperationalKind::PolicySpent, policy.spent_unix_ns);
                conditions.push(Condition { why: spent(&policy.spent), ..condition });
            }
        }
        conditions
    }

    fn each(&self, mut tell: impl FnMut(&str, &PolicyRecord)) {
        locked(&self.state).policies.iter().for_each(|(digest, policy)| tell(digest, policy));
    }

    /// Digest, repository and tag of each image that has one.
    fn names(&self) -> Vec<(String, String, String)> {
        let mut names = Vec::new();
        self.each(|digest, policy| {
            names.push((digest.to_owned(), policy.repository.clone(), policy.tag.clone()));
        });
        names
    }

    fn list(&self) -> (Vec<v1::Policy>, Switch, u64) {
        let state = locked(&self.state);
        let mut policies: Vec<_> =
            state.policies.iter().map(|(digest, policy)| policy.message(digest)).collect();
        let repository =
            |policy: &v1::Policy| state.policies.get(&policy.digest).map(|held| held.repository.clone());
        policies.sort_by_cached_key(|policy| (repository(policy), policy.digest.clone()));
        (policies, state.switch, state.sent)
    }
}

impl State {
    /// What is stored under a digest.
    fn record(&mut self, digest: &str) -> Option<&mut Arc<PolicyRecord>> {
        match self.policies.get_mut(digest) {
            None => self.removed.get_mut(digest),
            policy => policy,
        }
    }

    /// Makes a change. Digests of what it changes are added.
    fn take(
        &mut self,
        deed: Deed,
        now_unix_ns: u64,
        changed: &mut BTreeSet<String>,
        entries: &mut Vec<AuditEntry>,
    ) -> Result<(), PolicyError> {
        match deed {
            Deed::Set { digest, mut policy, etag, audit } => {
                let held = self.policies.get(&digest);
                self.is_current(held, etag, &digest)?;
                if let Some(before) = held.or_else(|| self.removed.get(&digest)) {
                    policy.inherit(before);
                }
                let same_mode = held.is_some_and(|held| held.mode == policy.mode);
                policy.since_unix_ns =
                    held.filter(|_| same_mode).map_or(now_unix_ns, |held| held.since_unix_ns);
                policy.revision = self.next(now_unix_ns);
                policy.set_revision = policy.revision;
                self.has_room(&digest, &policy)?;
                self.switch.version = policy.revision;
                self.removed.remove(&digest);
                self.policies.insert(digest.clone(), Arc::from(policy));
                changed.insert(digest);
                entries.push(audit);
            }
            Deed::Remove { digest, etag, audit } => {
                let held = self.policies.get(&digest);
                self.is_current(held, etag, &digest)?;
                entries.extend(held.map(|held| held.rest(&digest)).unwrap_or_default());
                let left = self.policies.remove(&digest).and_then(|policy| policy.removed(now_unix_ns));
                self.removed.extend(left.map(|left| (digest.clone(), Arc::new(left))));
                self.switch.version = self.next(now_unix_ns);
                changed.insert(digest);
                entries.push(audit);
            }
            Deed::Arm { armed, audit } => {
                self.switch = Switch { armed, version: self.next(now_unix_ns) };
                entries.push(audit);
            }
            Deed::Approved(lists) => {
                for (digest, approved) in lists {
                    self.approve(digest, approved, now_unix_ns, changed);
                }
            }
            Deed::Passed { time, watched } => self.pass(time, &watched, now_unix_ns, changed, entries),
            Deed::Switched(told) => entries.extend(told),
            Deed::Renew => {
                self.switch.version = self.next(now_unix_ns);
                changed.extend(self.forget_orders(now_unix_ns));
            }
        }
        Ok(())
    }

    /// Takes in what people approved of an image, if it fits.
    fn approve(
        &mut self,
        digest: String,
        approved: Vec<String>,
        now_unix_ns: u64,
        changed: &mut BTreeSet<String>,
    ) {
        let Some(held) = self.policies.get(&digest) else { return };
        if held.approved == approved {
            return;
        }
        let policy = PolicyRecord { approved, ..PolicyRecord::clone(held) };
        if let Err(error) = self.has_room(&digest, &policy) {
            tracing::warn!(digest, %error, "what people approved finds no room in the policy of an image");
            return;
        }
        self.policies.insert(digest.clone(), Arc::new(policy));
        self.switch.version = self.next(now_unix_ns);
        changed.insert(digest);
    }

    /// Lets time pass: promotes what nothing broke for as long as it is to be, and has the audit record told what waits.
    fn pass(
        &mut self,
        time: Duration,
        watched: &BTreeSet<String>,
        now_unix_ns: u64,
        changed: &mut BTreeSet<String>,
        entries: &mut Vec<AuditEntry>,
    ) {
        let mut promoted = Vec::new();
        for (digest, policy) in &mut self.policies {
            let counts_down = policy.promote_after_ns > 0
                && policy.mode() != EnforcementMode::Enforce
                && watched.contains(digest);
            if counts_down {
                let policy = Arc::make_mut(policy);
                policy.quiet_ns = policy.quiet_ns.saturating_add(nanos(time));
                if policy.quiet_ns >= policy.promote_after_ns {
                    promoted.push(digest.clone());
                }
            }
            if counts_down || policy.has_waiting() {
                changed.insert(digest.clone());
            }
        }
        for digest in promoted {
            let revision = self.next(now_unix_ns);
            let Some(policy) = self.policies.get_mut(&digest) else { continue };
            let policy = Arc::make_mut(policy);
            entries.push(policy.promote(&digest, revision, now_unix_ns));
            self.switch.version = revision;
        }
    }

    fn is_current(
        &self,
        held: Option<&Arc<PolicyRecord>>,
        etag: u64,
        digest: &str,
    ) -> Result<(), PolicyError> {
        match held.map(|held| held.revision) {
            Some(present) if etag != 0 && etag != present => Err(PolicyError::Changed { present }),
            None if etag != 0 => Err(PolicyError::Missing { name: digest.to_owned() }),
            _ => Ok(()),
        }
    }

    /// Whether collectors can take the set with this policy in it.
    fn has_room(&self, digest: &str, policy: &PolicyRecord) -> Result<(), PolicyError> {
        let full = |what, count, max| Err(PolicyError::Full { what, count, max });
        let count = self.policies.len() + usize::from(!self.policies.contains_key(digest));
        if count > MAX_POLICIES {
            return full("policies", count, MAX_POLICIES);
        }
        if let Some(paths) =
            [&policy.listed, &policy.exempt].into_iter().find(|paths| paths.len() > MAX_PATHS)
        {
            return full("executables in a list", paths.len(), MAX_PATHS);
        }
        let others = self.policies.iter().filter(|(held, _)| *held != digest);
        let others = others.map(|(digest, policy)| policy.of_set(digest));
        let images = others.chain([policy.of_set(digest)]).collect();
        let bytes = PolicySet {
            version: u64::MAX,
            expires_unix_ns: u64::MAX,
            armed: true,
            images,
            orders: Vec::new(),
        }
        .encoded_len();
        if bytes > MAX_SET_BYTES { full("bytes of all policies", bytes, MAX_SET_BYTES) } else { Ok(()) }
    }

    /// The next version: above all before, also above those that a lost or restored store knows nothing of.
    fn next(&self, now_unix_ns: u64) -> u64 {
        self.switch.version.saturating_add(1).max(now_unix_ns / 1_000_000)
    }

    fn set(&self, expires_unix_ns: u64, now_unix_ns: u64) -> PolicySet {
        let orders = |(digest, policy): (&String, &Arc<PolicyRecord>)| {
            let open = policy.orders.iter().filter(|order| order.holds(now_unix_ns));
            open.map(|order| order.of_set(digest)).collect::<Vec<_>>()
        };
        PolicySet {
            orders: self.policies.iter().flat_map(orders).collect(),
            version: self.switch.version,
            expires_unix_ns,
            armed: self.switch.armed,
            images: self.policies.iter().map(|(digest, policy)| policy.of_set(digest)).collect(),
        }
    }

    /// How many policies have which mode.
    fn modes(&self) -> BTreeMap<i32, u64> {
        self.policies.values().fold(BTreeMap::new(), |mut modes, policy| {
            *modes.entry(policy.mode).or_default() += 1;
            modes
        })
    }

    /// Approved executables that found no room in lists.
    fn omitted(&self) -> usize {
        self.policies.values().map(|policy| policy.lists().2).sum()
    }
}

/// What an alert says of nodes on which a policy came to its limit.
fn spent(nodes: &[String]) -> String {
    let named: Vec<&str> = nodes.iter().take(8).map(String::as_str).collect();
    let more = match nodes.len().saturating_sub(named.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("on {}{more}", named.join(", "))
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
