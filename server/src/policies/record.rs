//! What is stored of a policy: what people set, what became of it, and what of that the audit record has yet to say.
//!
//! Invariants: counts begin again when somebody sets the policy; a revision is a version of the set, so it rises also when a
//! policy was removed and there is another one. What was killed stands in the audit record at most once a minute for each node
//! and outcome, with how many there were since: what waits for its minute is stored here, so that a restart tells it too. That a
//! node came to the limit is told once. So who breaks a policy in a loop does not push out of the record what people did.
//!
//! Not here: when something is changed (`policies.rs`).

use std::{collections::BTreeSet, time::Duration};

use plumbline_proto::v1::{
    self, AuditEntry, ConfirmedAction, EnforcementMode, EnforcementOutcome, EnforcementRule,
};
use serde::{Deserialize, Serialize};

use super::{
    breaches::{Broken, Counts, Tally, note},
    orders::Order,
};

/// Paths in a list, as collectors take them.
pub(crate) const MAX_PATHS: usize = 1024;
/// Nodes and outcomes that wait for their minute, and nodes that are named as having come to the limit.
const MAX_WAITING: usize = 256;
/// Who promotes.
const PLUMBLINE: &str = "plumbline";
/// Longest path in a sentence, in bytes.
const SHORT_BYTES: usize = 256;
/// Time between two entries of the audit record about the same.
const AUDIT_EVERY_NS: u64 = 60_000_000_000;

/// A policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PolicyRecord {
    pub(crate) repository: String,
    pub(crate) tag: String,
    /// As [`EnforcementMode`] counts.
    pub(crate) mode: i32,
    pub(crate) immutable: bool,
    pub(crate) allow_list: bool,
    /// What the image declared and was known to run when this was set, and what was given.
    pub(crate) listed: Vec<String>,
    pub(crate) exempt: Vec<String>,
    /// Executables that people approved, as of the last look at decisions.
    pub(crate) approved: Vec<String>,
    pub(crate) kills_per_minute: u32,
    pub(crate) promote_after_ns: u64,
    pub(crate) revision: u64,
    /// The revision that somebody set.
    pub(crate) set_revision: u64,
    pub(crate) since_unix_ns: u64,
    pub(crate) author: String,
    pub(crate) reason: String,
    pub(crate) counts: Counts,
    pub(crate) last: Vec<Broken>,
    /// How long nothing broke it while somebody enforced it and would have said so.
    pub(crate) quiet_ns: u64,
    /// Since when programs break it that are told of, with less than the settling time between them; and how many did.
    pub(crate) told: Option<Told>,
    /// Nodes on which it came to the limit, and when the first did.
    pub(crate) spent: Vec<String>,
    pub(crate) spent_unix_ns: u64,
    pub(super) waiting: Vec<Waiting>,
    /// As [`ConfirmedAction`] counts.
    pub(crate) on_confirmed_attack: i32,
    /// What was asked of runtimes and not answered.
    pub(crate) orders: Vec<Order>,
}

/// Programs that an operational alert tells of; times are the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) since_unix_ns: u64,
    pub(crate) last_unix_ns: u64,
    pub(crate) programs: u64,
}

/// Programs of a node that the audit record does not tell yet, and when it last told of such.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waiting {
    node: String,
    outcome: i32,
    count: u64,
    last: Option<Broken>,
    told_unix_ns: u64,
}

impl PolicyRecord {
    pub(crate) fn mode(&self) -> EnforcementMode {
        EnforcementMode::try_from(self.mode).unwrap_or_default()
    }

    /// What becomes of a container where an attack was confirmed.
    pub(crate) fn on_confirmed_attack(&self) -> ConfirmedAction {
        match ConfirmedAction::try_from(self.on_confirmed_attack).unwrap_or_default() {
            ConfirmedAction::Unspecified => ConfirmedAction::None,
            action => action,
        }
    }

    /// Its name, for people.
    pub(crate) fn name(&self, digest: &str) -> String {
        match (self.repository.as_str(), self.tag.as_str()) {
            ("", _) => digest.to_owned(),
            (repository, "") => repository.to_owned(),
            (repository, tag) => format!("{repository}:{tag}"),
        }
    }

    /// Both lists as collectors have them, and how many approved executables found no room.
    pub(crate) fn lists(&self) -> (Vec<String>, Vec<String>, usize) {
        let mut omitted = 0;
        let mut list = |own: &[String]| {
            let mut all: BTreeSet<&String> = own.iter().collect();
            for path in &self.approved {
                if all.len() < MAX_PATHS {
                    all.insert(path);
                } else if !all.contains(path) {
                    omitted += 1;
                }
            }
            all.into_iter().cloned().collect::<Vec<_>>()
        };
        let allowed = if self.allow_list { list(&self.listed) } else { Vec::new() };
        let exempt = if self.immutable { list(&self.exempt) } else { Vec::new() };
        (allowed, exempt, omitted)
    }

    /// As collectors have it.
    pub(crate) fn of_set(&self, digest: &str) -> v1::ImagePolicy {
        let (allowed, exempt, _) = self.lists();
        v1::ImagePolicy {
            digest: digest.to_owned(),
            mode: self.mode,
            immutable: self.immutable,
            allow_list: self.allow_list,
            allowed,
            exempt,
            kills_per_minute: self.kills_per_minute,
            revision: self.set_revision,
            on_confirmed_attack: self.on_confirmed_attack().into(),
        }
    }

    pub(crate) fn message(&self, digest: &str) -> v1::Policy {
        let (allowed, exempt, _) = self.lists();
        v1::Policy {
            digest: digest.to_owned(),
            image: if self.repository.is_empty() { String::new() } else { self.name(digest) },
            mode: self.mode,
            immutable: self.immutable,
            allow_list: self.allow_list,
            allowed,
            exempt,
            kills_per_minute: self.kills_per_minute,
            promote_after_ns: self.promote_after_ns,
            revision: self.revision,
            since_unix_ns: self.since_unix_ns,
            author: self.author.clone(),
            reason: self.reason.clone(),
            observed: self.counts.observed,
            warned: self.counts.warned,
            killed: self.counts.killed,
            spared: self.counts.spared,
            failed: self.counts.failed,
            last_unix_ns: self.last.first().map_or(0, |broken| broken.unix_ns),
            last: self.last.iter().map(Broken::message).collect(),
            on_confirmed_attack: self.on_confirmed_attack().into(),
        }
    }

    /// Takes in what broke it on a node. `settle` is how long after that an alert of it stays open.
    pub(crate) fn broken(&mut self, node: &str, tally: Tally, now_unix_ns: u64, settle_ns: u64) {
        let Tally { counts, last } = tally;
        self.quiet_ns = 0;
        self.counts.add_all(counts);
        let told_of = counts.total().saturating_sub(counts.observed);
        if told_of > 0 {
            let goes_on = |told: &Told| now_unix_ns.saturating_sub(told.last_unix_ns) < settle_ns;
            let begins = Told { since_unix_ns: now_unix_ns, last_unix_ns: 0, programs: 0 };
            let told = self.told.filter(goes_on).unwrap_or(begins);
            let programs = told.programs.saturating_add(told_of);
            self.told = Some(Told { last_unix_ns: now_unix_ns, programs, ..told });
        }
        for outcome in [EnforcementOutcome::Killed, EnforcementOutcome::Failed, EnforcementOutcome::Spared] {
            let count = counts.get(outcome);
            let is_known =
                outcome == EnforcementOutcome::Spared && self.spent.iter().any(|spent| spent == node);
            if count == 0 || is_known {
                continue;
            }
            let newest = last.iter().find(|broken| broken.outcome == i32::from(outcome)).cloned();
            self.wait(node, outcome, count, newest);
        }
        if counts.spared > 0
            && !self.spent.iter().any(|spent| spent == node)
            && self.spent.len() < MAX_WAITING
        {
            if self.spent.is_empty() {
                self.spent_unix_ns = now_unix_ns;
            }
            self.spent.push(node.to_owned());
        }
        last.into_iter().rev().for_each(|broken| note(&mut self.last, broken));
    }

    fn wait(&mut self, node: &str, outcome: EnforcementOutcome, count: u64, last: Option<Broken>) {
        let outcome = i32::from(outcome);
        let same = |waiting: &&mut Waiting| waiting.node == node && waiting.outcome == outcome;
        match self.waiting.iter_mut().find(same) {
            Some(waiting) => {
                waiting.count = waiting.count.saturating_add(count);
                waiting.last = last.or(waiting.last.take());
            }
            None => {
                let node = node.to_owned();
                self.waiting.push(Waiting { node, outcome, count, last, told_unix_ns: 0 });
            }
        }
    }

    /// Entries of the audit record that are due.
    pub(crate) fn due(&mut self, digest: &str, now_unix_ns: u64) -> Vec<AuditEntry> {
        let name = self.name(digest);
        let full = self.waiting.len() > MAX_WAITING;
        let is_over = |told: u64| full || told > now_unix_ns || now_unix_ns - told >= AUDIT_EVERY_NS;
        let mut entries = Vec::new();
        for waiting in
            self.waiting.iter_mut().filter(|waiting| waiting.count > 0 && is_over(waiting.told_unix_ns))
        {
            entries.push(waiting.entry(digest, &name));
            (waiting.count, waiting.last, waiting.told_unix_ns) = (0, None, now_unix_ns);
        }
        self.waiting.retain(|waiting| waiting.count > 0 || !is_over(waiting.told_unix_ns));
        entries
    }

    pub(crate) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Goes one mode further; the entry of the audit record.
    pub(crate) fn promote(&mut self, digest: &str, revision: u64, now_unix_ns: u64) -> AuditEntry {
        let (mode, word) = match self.mode() {
            EnforcementMode::Observe => (EnforcementMode::Warn, "warn"),
            _ => (EnforcementMode::Enforce, "enforce"),
        };
        let quiet = humantime::format_duration(Duration::from_secs(self.quiet_ns / 1_000_000_000));
        self.mode = mode.into();
        self.reason = format!("nothing broke it for {quiet}");
        PLUMBLINE.clone_into(&mut self.author);
        (self.revision, self.since_unix_ns, self.quiet_ns) = (revision, now_unix_ns, 0);
        AuditEntry {
            name: PLUMBLINE.to_owned(),
            method: "EnforcementService/Set".to_owned(),
            target: digest.to_owned(),
            outcome: format!("promoted the policy of {} to {word}: {}", self.name(digest), self.reason),
            ..AuditEntry::default()
        }
    }

    /// Takes over what another one leaves to be told, and to be answered.
    pub(crate) fn inherit(&mut self, before: &Self) {
        self.waiting.clone_from(&before.waiting);
        self.orders.clone_from(&before.orders);
    }

    /// What is left of it when it is removed: what was asked and not answered, as it may have been done. Nobody is to
    /// begin with it any more, not even if the policy is set again. A policy that people set has a mode, this has none.
    pub(crate) fn removed(&self, now_unix_ns: u64) -> Option<Self> {
        let Self { repository, tag, mut orders, .. } = self.clone();
        orders.iter_mut().for_each(|order| order.withdraw(now_unix_ns));
        (!orders.is_empty()).then(|| Self { repository, tag, orders, ..Self::default() })
    }

    /// Whether it is only what is left of one.
    pub(crate) fn is_removed(&self) -> bool {
        self.mode() == EnforcementMode::Unspecified && !self.orders.is_empty()
    }

    /// Entries for all that waits, for a policy that goes.
    pub(crate) fn rest(&self, digest: &str) -> Vec<AuditEntry> {
        let name = self.name(digest);
        self.waiting
            .iter()
            .filter(|waiting| waiting.count > 0)
            .map(|waiting| waiting.entry(digest, &name))
            .collect()
    }

    /// What an operational alert says of the programs that break it.
    pub(crate) fn story(&self, digest: &str) -> String {
        let name = self.name(digest);
        let told_of = |broken: &&Broken| broken.outcome != i32::from(EnforcementOutcome::Observed);
        let last = self.last.iter().find(told_of).map(|broken| {
            format!(
                ", last {} on node {}, which {}",
                short(&broken.executable),
                broken.node,
                became(broken.outcome)
            )
        });
        let programs = self.told.map_or(0, |told| told.programs);
        format!("The policy of {name} was broken by {programs} programs{}", last.unwrap_or_default())
    }
}

impl Waiting {
    fn entry(&self, digest: &str, name: &str) -> AuditEntry {
        let outcome = EnforcementOutcome::try_from(self.outcome).unwrap_or_default();
        let count = self.count;
        let mut text = match outcome {
            EnforcementOutcome::Killed => format!("killed {count} programs of {name}"),
            EnforcementOutcome::Spared => {
                format!("came to the limit of {name} and only warns there now: {count} programs went on")
            }
            _ => format!("{count} programs of {name} could not be killed"),
        };
        if let Some(last) = &self.last {
            let rule = match EnforcementRule::try_from(last.rule).unwrap_or_default() {
                EnforcementRule::Immutable => "written, in memory or deleted",
                EnforcementRule::AllowList => "not in the list",
                EnforcementRule::Script => "a script that was written",
                EnforcementRule::Unspecified => "?",
            };
            text +=
                &format!(", last {} ({rule}) in container {}", short(&last.executable), last.container_id);
        }
        AuditEntry {
            name: self.node.clone(),
            role: "collector".to_owned(),
            method: "IngestService/Stream".to_owned(),
            target: digest.to_owned(),
            outcome: text,
            ..AuditEntry::default()
        }
    }
}

fn became(outcome: i32) -> &'static str {
    match EnforcementOutcome::try_from(outcome).unwrap_or_default() {
        EnforcementOutcome::Killed => "was killed",
        EnforcementOutcome::Failed => "could not be killed",
        EnforcementOutcome::Spared => "went on since the limit is reached there",
        _ => "went on",
    }
}

/// As much of a path as fits a sentence.
fn short(path: &str) -> &str {
    path.get(..path.floor_char_boundary(SHORT_BYTES)).unwrap_or_default()
}
