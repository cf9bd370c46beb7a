//! The operational alerts that are open, and what conditions make of them.
//!
//! Time and conditions come in as arguments, changes of alerts go out; nothing waits here.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use plumbline_proto::v1::{self, Operational, OperationalKind};
use sha2::{Digest, Sha256};

use super::{Condition, MAX_OPEN, Named, UPDATE_EVERY};

/// Kinds that a node has to be heard for after a restart: silence is on record, and the store speaks for itself.
const KIND_LOSES: i32 = OperationalKind::NodeLosesEvents as i32;
const KIND_CLOCK: i32 = OperationalKind::NodeClockOff as i32;

/// What an alert is of: the kind, the node, and the digest of an image.
type Key = (i32, String, String);

/// All that are open.
#[derive(Debug)]
pub(super) struct Open {
    alerts: BTreeMap<Key, Held>,
    /// Conditions that found no room, and those of them that were not counted yet.
    omitted: BTreeSet<Key>,
    newly_omitted: u64,
    /// Until then what a node was found to be before a restart is not over: it has to be heard first.
    settled_unix_ns: u64,
}

/// An alert that is open.
#[derive(Debug)]
struct Held {
    alert: v1::Alert,
    /// Events that were lost before the server started.
    lost_before: u64,
    changed_unix_ns: u64,
}

impl Open {
    /// Goes on with those that were open when the server stopped.
    pub(super) fn new(before: Vec<v1::Alert>, now_unix_ns: u64, settle: Duration) -> Self {
        let held = |alert: v1::Alert| {
            let told = alert.operational.unwrap_or_default();
            let key = (told.kind, alert.node.clone(), alert.image_digest.clone());
            (key, Held { lost_before: told.events_lost, changed_unix_ns: alert.last_seen_unix_ns, alert })
        };
        let open =
            before.into_iter().filter(|alert| alert.operational.is_some_and(|told| told.ended_unix_ns == 0));
        Self {
            alerts: open.map(held).collect(),
            omitted: BTreeSet::new(),
            newly_omitted: 0,
            settled_unix_ns: now_unix_ns.saturating_add(nanos(settle)),
        }
    }

    /// Takes in all conditions that hold now; what that changes.
    pub(super) fn look(&mut self, conditions: Vec<Condition>, now_unix_ns: u64) -> Vec<v1::Alert> {
        let holding: BTreeSet<Key> = conditions.iter().map(key).collect();
        let mut changed = self.close(&holding, now_unix_ns);
        self.omitted.retain(|key| holding.contains(key));
        for condition in conditions {
            let key = key(&condition);
            if let Some(held) = self.alerts.get_mut(&key) {
                changed.extend(held.go_on(&condition, now_unix_ns));
            } else if self.alerts.len() < MAX_OPEN {
                self.omitted.remove(&key);
                let alert = opened(&condition, now_unix_ns);
                changed.push(alert.clone());
                self.alerts.insert(key, Held { alert, lost_before: 0, changed_unix_ns: now_unix_ns });
            } else if self.omitted.insert(key) {
                self.newly_omitted += 1;
            }
        }
        changed
    }

    /// How many are open, by kind.
    pub(super) fn counts(&self) -> BTreeMap<i32, u64> {
        self.alerts.keys().fold(BTreeMap::new(), |mut counts, (kind, ..)| {
            *counts.entry(*kind).or_default() += 1;
            counts
        })
    }

    /// Conditions that found no room since this was last asked.
    pub(super) fn take_omitted(&mut self) -> u64 {
        std::mem::take(&mut self.newly_omitted)
    }

    fn close(&mut self, holding: &BTreeSet<Key>, now_unix_ns: u64) -> Vec<v1::Alert> {
        let settled = now_unix_ns >= self.settled_unix_ns;
        let waits = |kind: i32| !settled && [KIND_LOSES, KIND_CLOCK].contains(&kind);
        let over: Vec<Key> =
            self.alerts.keys().filter(|key| !holding.contains(key) && !waits(key.0)).cloned().collect();
        let over = over.iter().filter_map(|key| self.alerts.remove(key));
        over.map(|held| held.ended(now_unix_ns)).collect()
    }
}

impl Held {
    /// What the condition changes of it, if that is enough and it was not changed just before.
    fn go_on(&mut self, condition: &Condition, now_unix_ns: u64) -> Option<v1::Alert> {
        let told = self.alert.operational.as_mut()?;
        let events_lost = self.lost_before.saturating_add(condition.events_lost);
        let moved = condition.clock_offset_ns.abs_diff(told.clock_offset_ns);
        // Of a policy that came to its limit the nodes are news.
        let spreads =
            told.kind() == OperationalKind::PolicySpent && !self.alert.story.contains(&condition.why);
        let is_news = events_lost != told.events_lost
            || condition.programs != told.programs
            || spreads
            || moved > told.clock_offset_ns.unsigned_abs() / 8;
        if !is_news || now_unix_ns < self.changed_unix_ns.saturating_add(nanos(UPDATE_EVERY)) {
            return None;
        }
        (told.events_lost, told.clock_offset_ns) = (events_lost, condition.clock_offset_ns);
        told.programs = condition.programs;
        let told = *told;
        self.changed_unix_ns = now_unix_ns;
        self.alert.last_seen_unix_ns = now_unix_ns;
        self.alert.events = events_lost.max(condition.programs).max(1);
        self.alert.revision = self.alert.revision.saturating_add(1);
        self.alert.story = story(&told, subject(&self.alert), &condition.why);
        Some(self.alert.clone())
    }

    fn ended(mut self, now_unix_ns: u64) -> v1::Alert {
        if let Some(told) = &mut self.alert.operational {
            told.ended_unix_ns = now_unix_ns;
            let told = *told;
            self.alert.story = story(&told, subject(&self.alert), "");
        }
        self.alert.last_seen_unix_ns = now_unix_ns;
        self.alert.revision = self.alert.revision.saturating_add(1);
        self.alert
    }
}

fn key(condition: &Condition) -> Key {
    let digest = condition.image.as_ref().map_or_else(String::new, |image| image.digest.clone());
    (condition.kind.into(), condition.node.clone(), digest)
}

fn opened(condition: &Condition, now_unix_ns: u64) -> v1::Alert {
    let operational = Operational {
        kind: condition.kind.into(),
        since_unix_ns: condition.since_unix_ns,
        ended_unix_ns: 0,
        events_lost: condition.events_lost,
        clock_offset_ns: condition.clock_offset_ns,
        programs: condition.programs,
    };
    let (digest, repository, tag) = match &condition.image {
        Some(Named { digest, repository, tag }) => (digest.clone(), repository.clone(), tag.clone()),
        None => Default::default(),
    };
    let mut alert = v1::Alert {
        id: id(condition),
        revision: 1,
        verdict: v1::Verdict::Operational.into(),
        node: condition.node.clone(),
        first_seen_unix_ns: condition.since_unix_ns,
        last_seen_unix_ns: now_unix_ns,
        events: condition.events_lost.max(condition.programs).max(1),
        operational: Some(operational),
        image_digest: digest,
        image_repository: repository,
        image_tag: tag,
        ..Default::default()
    };
    alert.story = story(&operational, subject(&alert), &condition.why);
    alert
}

/// The node or image that an alert is of, for people.
fn subject(alert: &v1::Alert) -> String {
    match (alert.image_repository.as_str(), alert.image_tag.as_str()) {
        _ if alert.image_digest.is_empty() => alert.node.clone(),
        ("", _) => alert.image_digest.clone(),
        (repository, "") => repository.to_owned(),
        (repository, tag) => format!("{repository}:{tag}"),
    }
}

/// Made from what it is of and since when, so that it is the same if it is opened again.
fn id(condition: &Condition) -> String {
    let mut hash = Sha256::new();
    hash.update(i32::from(condition.kind).to_be_bytes());
    hash.update(condition.since_unix_ns.to_be_bytes());
    hash.update(&condition.node);
    if let Some(image) = &condition.image {
        hash.update(&image.digest);
    }
    hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// One sentence for people.
fn story(told: &Operational, subject: String, why: &str) -> String {
    let node = &subject;
    let since = rfc3339(told.since_unix_ns);
    let span = match told.ended_unix_ns {
        0 => format!("since {since}"),
        ended => format!("from {since} to {}; this is over", rfc3339(ended)),
    };
    match told.kind() {
        OperationalKind::Unspecified => span,
        OperationalKind::NodeSilent if told.ended_unix_ns == 0 => format!(
            "Node {node} is silent: its collector has had no stream {span}, so nobody sees what its containers do"
        ),
        OperationalKind::NodeSilent => format!("Node {node} was silent {span}"),
        OperationalKind::NodeLosesEvents => {
            let lost = told.events_lost;
            format!("The collector of node {node} reported {lost} events lost {span}")
        }
        OperationalKind::NodeClockOff => {
            let way = if told.clock_offset_ns < 0 { "behind" } else { "ahead of" };
            let seconds = Duration::from_secs(told.clock_offset_ns.unsigned_abs() / 1_000_000_000);
            let off = humantime::format_duration(seconds);
            format!("The clock of node {node} is {off} {way} the server's {span}")
        }
        OperationalKind::StorePaused if told.ended_unix_ns == 0 => format!(
            "The server makes nothing durable {span}, and acknowledges nothing: collectors keep what they have; {why}"
        ),
        OperationalKind::StorePaused => format!("The server made nothing durable {span}"),
        OperationalKind::PolicyBroken if told.ended_unix_ns == 0 => format!("{why}; {span}"),
        OperationalKind::PolicyBroken => {
            format!("The policy of {subject} was broken by {} programs {span}", told.programs)
        }
        OperationalKind::PolicySpent if told.ended_unix_ns == 0 => format!(
            "The policy of {subject} came to its limit of kills {why}, where it only warns {span}; look at what was killed, \
             and enforce it again with `plumbline enforcement set`"
        ),
        OperationalKind::PolicySpent => {
            format!("The policy of {subject} had come to its limit of kills and only warned {span}")
        }
    }
}

fn rfc3339(unix_ns: u64) -> String {
    let time = std::time::UNIX_EPOCH + Duration::from_nanos(unix_ns);
    humantime::format_rfc3339_seconds(time).to_string()
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000_000_000;

    fn losing(node: &str, since: u64, events_lost: u64) -> Condition {
        Condition { events_lost, ..Condition::new(OperationalKind::NodeLosesEvents, node, since) }
    }

    fn empty() -> Open {
        Open::new(Vec::new(), 0, Duration::ZERO)
    }

    #[test]
    fn while_a_condition_holds_there_is_one_alert_that_changes_at_most_once_a_minute_and_is_closed() {
        let mut open = empty();
        let first = open.look(vec![losing("n", 5, 10)], 5);
        assert_eq!((first.len(), first[0].verdict()), (1, v1::Verdict::Operational));
        for second in 1..60 {
            assert_eq!(open.look(vec![losing("n", 5, 10 + second)], 5 + second * MINUTE / 60), []);
        }
        let next = open.look(vec![losing("n", 5, 99)], 5 + MINUTE);
        assert_eq!((next[0].id.as_str(), next[0].revision, next[0].events), (first[0].id.as_str(), 2, 99));
        assert_eq!(open.look(vec![losing("n", 5, 99)], 9 * MINUTE), [], "nothing is new");
        let last = open.look(Vec::new(), 10 * MINUTE);
        let told = last[0].operational.unwrap();
        assert_eq!((told.events_lost, told.ended_unix_ns, last[0].revision), (99, 10 * MINUTE, 3));
        assert!(last[0].story.contains("99 events lost") && last[0].story.ends_with("this is over"));
        let again = open.look(vec![losing("n", 11 * MINUTE, 1)], 11 * MINUTE);
        assert_ne!(again[0].id, first[0].id, "what begins anew is another alert");
    }

    #[test]
    fn what_was_open_before_a_restart_goes_on_and_nothing_is_told_of_it_twice() {
        let paused = || Condition::new(OperationalKind::StorePaused, "", 6);
        let before = empty().look(vec![losing("n", 5, 10), paused()], 7);
        let mut open = Open::new(before.clone(), MINUTE, Duration::from_secs(300));
        let ended = open.look(Vec::new(), MINUTE);
        assert_eq!(ended.len(), 1, "of the node nothing was heard yet: {ended:?}");
        assert_eq!(ended[0].operational.unwrap().kind(), OperationalKind::StorePaused);
        let next = open.look(vec![losing("n", MINUTE, 3)], 2 * MINUTE);
        assert_eq!((next[0].id.as_str(), next[0].events), (before[0].id.as_str(), 13));
        assert_eq!(open.look(Vec::new(), 6 * MINUTE).len(), 1);
        let mut over = Open::new(ended, MINUTE, Duration::ZERO);
        assert_eq!(over.look(Vec::new(), MINUTE), [], "what is over stays so");
    }

    #[test]
    fn what_finds_no_room_is_counted_once_and_told_when_there_is_some() {
        let mut open = empty();
        let all: Vec<Condition> = (0..=MAX_OPEN).map(|n| losing(&format!("{n:05}"), 1, 1)).collect();
        assert_eq!(open.look(all.clone(), 1).len(), MAX_OPEN);
        assert_eq!(open.look(all.clone(), 2), []);
        assert_eq!((open.take_omitted(), open.take_omitted()), (1, 0));
        let changed = open.look(all[1..].to_vec(), 3);
        let nodes: Vec<_> = changed.iter().map(|alert| alert.node.as_str()).collect();
        assert_eq!(nodes, ["00000", "01024"]);
    }

    #[test]
    fn stories_say_what_is_wrong_and_since_when() {
        let of = |condition: Condition| opened(&condition, 2).story;
        let silent = of(Condition::new(OperationalKind::NodeSilent, "n", 1_700_000_000_000_000_000));
        assert!(
            silent.contains("Node n is silent") && silent.contains("since 2023-11-14T22:13:20Z"),
            "{silent}"
        );
        let clock = Condition::new(OperationalKind::NodeClockOff, "n", 1);
        let behind = of(Condition { clock_offset_ns: -7_200_000_000_000, ..clock.clone() });
        assert!(behind.contains("is 2h behind the server's"), "{behind}");
        let ahead = of(Condition { clock_offset_ns: 60_000_000_000, ..clock });
        assert!(ahead.contains("is 1m ahead of the server's"), "{ahead}");
    }
}
