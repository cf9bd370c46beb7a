//! What broke policies, on its way from batches to the record.
//!
//! A batch has a row for each program, and a container chooses how many it starts and what they are called. So they are
//! summed by image and node: counts are exact, and of the programs themselves the last [`LAST`] that were different are
//! kept. What waits for a commit is thereby bounded by images and nodes, whatever containers do.
//!
//! Not here: which rows a shard counts (`wire/enforced.rs`), what follows from them (`policies.rs`).

use std::collections::BTreeMap;

use plumbline_proto::v1::{self, EnforcementOutcome};
use serde::{Deserialize, Serialize};

/// Programs told of a policy.
const LAST: usize = 16;

/// Programs that broke a policy, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) observed: u64,
    pub(crate) warned: u64,
    pub(crate) killed: u64,
    pub(crate) spared: u64,
    pub(crate) failed: u64,
}

/// A program that broke a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Broken {
    /// By the node's clock.
    pub(crate) unix_ns: u64,
    pub(crate) executable: String,
    /// As [`v1::EnforcementRule`] counts.
    pub(crate) rule: i32,
    /// As [`EnforcementOutcome`] counts.
    pub(crate) outcome: i32,
    pub(crate) container_id: String,
    pub(crate) node: String,
}

/// Those of one image on one node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) counts: Counts,
    /// Newest first.
    pub(crate) last: Vec<Broken>,
}

/// Those of all images, by digest and node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Breaches(BTreeMap<(String, String), Tally>);

impl Counts {
    fn of(&mut self, outcome: EnforcementOutcome) -> Option<&mut u64> {
        Some(match outcome {
            EnforcementOutcome::Unspecified => return None,
            EnforcementOutcome::Observed => &mut self.observed,
            EnforcementOutcome::Warned => &mut self.warned,
            EnforcementOutcome::Killed => &mut self.killed,
            EnforcementOutcome::Spared => &mut self.spared,
            EnforcementOutcome::Failed => &mut self.failed,
        })
    }

    pub(crate) fn get(mut self, outcome: EnforcementOutcome) -> u64 {
        self.of(outcome).map_or(0, |count| *count)
    }

    pub(crate) fn add(&mut self, outcome: EnforcementOutcome, count: u64) {
        if let Some(held) = self.of(outcome) {
            *held = held.saturating_add(count);
        }
    }

    pub(crate) fn add_all(&mut self, other: Self) {
        OUTCOMES.into_iter().for_each(|outcome| self.add(outcome, other.get(outcome)));
    }

    pub(crate) fn total(self) -> u64 {
        OUTCOMES.into_iter().fold(0, |total: u64, outcome| total.saturating_add(self.get(outcome)))
    }
}

/// All outcomes.
pub(crate) const OUTCOMES: [EnforcementOutcome; 5] = [
    EnforcementOutcome::Observed,
    EnforcementOutcome::Warned,
    EnforcementOutcome::Killed,
    EnforcementOutcome::Spared,
    EnforcementOutcome::Failed,
];

impl Broken {
    pub(crate) fn message(&self) -> v1::BrokenPolicy {
        v1::BrokenPolicy {
            unix_ns: self.unix_ns,
            executable: self.executable.clone(),
            rule: self.rule,
            outcome: self.outcome,
            container_id: self.container_id.clone(),
            node: self.node.clone(),
        }
    }
}

impl Breaches {
    /// Takes in a row that stands for so many programs.
    pub(crate) fn add(&mut self, digest: &str, broken: Broken, count: u64) {
        let outcome = EnforcementOutcome::try_from(broken.outcome).unwrap_or_default();
        let tally = self.0.entry((digest.to_owned(), broken.node.clone())).or_default();
        tally.counts.add(outcome, count);
        note(&mut tally.last, broken);
    }

    /// Takes in others, which came later.
    pub(crate) fn merge(&mut self, other: Self) {
        for (key, tally) in other.0 {
            let held = self.0.entry(key).or_default();
            held.counts.add_all(tally.counts);
            tally.last.into_iter().rev().for_each(|broken| note(&mut held.last, broken));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.0.values().fold(Counts::default(), |mut all, tally| {
            all.add_all(tally.counts);
            all
        })
    }

    /// Digest, node, and what broke the policy there.
    pub(crate) fn into_each(self) -> impl Iterator<Item = (String, String, Tally)> {
        self.0.into_iter().map(|((digest, node), tally)| (digest, node, tally))
    }
}

/// Puts a program before those that broke a policy earlier; one that is like it goes.
pub(crate) fn note(last: &mut Vec<Broken>, broken: Broken) {
    let like = |held: &Broken| {
        (&held.executable, held.rule, held.outcome) == (&broken.executable, broken.rule, broken.outcome)
    };
    last.retain(|held| !like(held));
    last.truncate(LAST - 1);
    last.insert(0, broken);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(n: u64, outcome: EnforcementOutcome) -> Broken {
        Broken {
            unix_ns: n,
            executable: format!("/tmp/{n}"),
            rule: 1,
            outcome: outcome.into(),
            container_id: "c".into(),
            node: "n".into(),
        }
    }

    #[test]
    fn counts_are_exact_while_only_the_last_different_programs_are_kept() {
        let mut all = Breaches::default();
        for n in 0..1000 {
            let mut one = Breaches::default();
            one.add("d", broken(n % 40, EnforcementOutcome::Killed), 3);
            one.add("d", broken(n, EnforcementOutcome::Spared), 1);
            all.merge(one);
        }
        let counts = all.counts();
        assert_eq!((counts.killed, counts.spared, counts.total()), (3000, 1000, 4000));
        let (_, _, tally) = all.into_each().next().unwrap();
        let killed = tally.last.iter().filter(|broken| broken.outcome == 3).count();
        assert_eq!((tally.last.len(), killed), (LAST, LAST / 2));
        assert_eq!(tally.last[0].unix_ns, 999, "the newest stands first");
    }
}
