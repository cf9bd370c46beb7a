//! Rules of policies that need a clock of their own, or more than a small fleet has.

use super::*;
use crate::store::Stored;

const MINUTE: u64 = 60_000_000_000;
const NOW: u64 = 1_700_000_000_000_000_000;

pub(super) fn policies(valid_for: Duration) -> Policies {
    of(&mut Stored::default(), valid_for)
}

fn of(stored: &mut Stored, valid_for: Duration) -> Policies {
    let metrics = Arc::new(Metrics::new().unwrap());
    Policies::new(stored, Some((Signer::of_test(), valid_for)), metrics, Duration::from_secs(300))
}

/// Makes a change, as the committer does; what the audit record says of it.
pub(super) fn change(policies: &Policies, deed: Deed, now_unix_ns: u64) -> Vec<String> {
    tried(policies, deed, now_unix_ns).unwrap()
}

fn tried(policies: &Policies, deed: Deed, now_unix_ns: u64) -> Result<Vec<String>, PolicyError> {
    let (done, mut told) = oneshot::channel();
    let mut commit = Commit::default();
    let change = vec![Change { deed, done }];
    let (entries, waiting) =
        policies.plan(change, Breaches::default(), Ordered::default(), now_unix_ns, &mut commit);
    policies.publish(now_unix_ns);
    waiting.into_iter().for_each(|done| done.send(Ok(())).unwrap());
    told.try_recv().unwrap()?;
    Ok(entries.into_iter().map(|entry| entry.outcome).collect())
}

fn set(digest: &str, change: impl FnOnce(&mut PolicyRecord)) -> Deed {
    let mut policy = PolicyRecord {
        repository: digest.to_owned(),
        mode: EnforcementMode::Observe.into(),
        immutable: true,
        kills_per_minute: 10,
        ..PolicyRecord::default()
    };
    change(&mut policy);
    Deed::Set { digest: digest.to_owned(), policy: policy.into(), etag: 0, audit: AuditEntry::default() }
}

/// So many programs that were killed on a node.
fn killed(policies: &Policies, node: &str, count: u64, now_unix_ns: u64) -> Vec<String> {
    let mut breaches = Breaches::default();
    let broken = Broken {
        unix_ns: now_unix_ns,
        executable: "/tmp/x".into(),
        rule: v1::EnforcementRule::Immutable.into(),
        outcome: v1::EnforcementOutcome::Killed.into(),
        container_id: "c".into(),
        node: node.into(),
    };
    breaches.add("web", broken, count);
    let (entries, _) =
        policies.plan(Vec::new(), breaches, Ordered::default(), now_unix_ns, &mut Commit::default());
    entries.into_iter().map(|entry| entry.outcome).collect()
}

#[test]
fn versions_are_never_below_the_time_so_that_a_lost_store_gives_none_twice() {
    let policies = policies(Duration::from_secs(60));
    change(&policies, Deed::Renew, NOW);
    assert_eq!(policies.list().2, NOW / 1_000_000);
    change(&policies, Deed::Renew, NOW);
    change(&policies, Deed::Renew, NOW - MINUTE);
    assert_eq!(policies.list().2, NOW / 1_000_000 + 2, "it rises whatever the clock says");
}

#[test]
fn policies_whose_switch_cannot_be_read_are_disarmed() {
    let held = || vec![("web".to_owned(), PolicyRecord::default())];
    let armed = |policies, switch| {
        let mut stored = Stored { policies, switch, ..Stored::default() };
        of(&mut stored, Duration::from_secs(60)).list().1.armed
    };
    assert!(armed(Vec::new(), None), "there are none yet");
    assert!(armed(held(), Some(Switch { armed: true, version: 5 })));
    assert!(!armed(held(), None));
}

#[test]
fn quiet_time_counts_only_while_somebody_enforces_and_each_quiet_time_goes_one_mode_further() {
    let policies = policies(Duration::from_secs(60));
    change(&policies, set("web", |policy| policy.promote_after_ns = 60 * MINUTE), NOW);
    let set_revision = policies.list().0[0].revision;
    let pass = |minutes: u64, watched: &[&str]| {
        let watched = watched.iter().map(|digest| (*digest).to_owned()).collect();
        change(&policies, Deed::Passed { time: Duration::from_secs(60 * minutes), watched }, NOW + MINUTE)
    };
    assert!(pass(1000, &["db"]).is_empty(), "nobody who enforces ran it");
    assert!(pass(59, &["web"]).is_empty());
    assert!(killed(&policies, "n", 1, NOW).len() == 1);
    assert!(pass(59, &["web"]).is_empty(), "it began again");
    assert_eq!(pass(1, &["web"]), ["promoted the policy of web to warn: nothing broke it for 1h"]);
    let promoted = policies.list().0.remove(0);
    assert_eq!((promoted.mode(), promoted.author.as_str()), (EnforcementMode::Warn, "plumbline"));
    assert!(promoted.revision > set_revision);
    let sent = PolicySet::decode(policies.sets().borrow().clone().unwrap().policies.as_slice()).unwrap();
    assert_eq!((sent.images[0].mode(), sent.images[0].revision), (EnforcementMode::Warn, set_revision));
    assert_eq!(pass(60, &["web"]), ["promoted the policy of web to enforce: nothing broke it for 1h"]);
    assert!(pass(600, &["web"]).is_empty(), "there is no further mode");
}

#[test]
fn a_loop_of_kills_is_told_once_a_minute_with_how_many_there_were() {
    let policies = policies(Duration::from_secs(60));
    change(&policies, set("web", |_| {}), NOW);
    let entry = |count: u64| {
        format!("killed {count} programs of web, last /tmp/x (written, in memory or deleted) in container c")
    };
    assert_eq!(killed(&policies, "n", 2, NOW), [entry(2)]);
    for second in 1..60 {
        assert!(killed(&policies, "n", 1, NOW + second * MINUTE / 60).is_empty());
    }
    assert_eq!(killed(&policies, "other", 1, NOW), [entry(1)], "of another node");
    assert!(policies.list().0[0].killed == 62, "counts are exact all the same");
    let pass = |now| change(&policies, Deed::Passed { time: Duration::ZERO, watched: BTreeSet::new() }, now);
    assert_eq!(pass(NOW + MINUTE), [entry(59)], "also if nothing comes any more");
    assert!(pass(NOW + 3 * MINUTE).is_empty());
}

#[test]
fn what_a_collector_does_not_take_is_refused_and_leaves_all_as_it_was() {
    let policies = policies(Duration::from_secs(60));
    let wide = |policy: &mut PolicyRecord| policy.exempt = (0..1024).map(|n| format!("/{n:0>249}")).collect();
    for n in 0..12 {
        change(&policies, set(&format!("{n}"), wide), NOW);
    }
    let refused = tried(&policies, set("one more", wide), NOW).unwrap_err();
    assert!(matches!(refused, PolicyError::Full { what: "bytes of all policies", .. }), "{refused}");
    assert_eq!(policies.list().0.len(), 12);

    let policies = super::tests::policies(Duration::from_secs(60));
    for n in 0..1024 {
        change(&policies, set(&format!("{n}"), |_| {}), NOW);
    }
    let refused = tried(&policies, set("one more", |_| {}), NOW).unwrap_err();
    assert!(matches!(refused, PolicyError::Full { what: "policies", count: 1025, .. }), "{refused}");
    assert_eq!(policies.list().0.len(), 1024);
    change(&policies, set("0", |_| {}), NOW);
}

#[test]
fn approvals_that_find_no_room_are_left_out_and_counted() {
    let mut policy = PolicyRecord { immutable: true, ..PolicyRecord::default() };
    policy.exempt = (0..1023).map(|n| format!("/{n}")).collect();
    policy.approved = vec!["/1".into(), "/a".into(), "/b".into()];
    let (allowed, exempt, omitted) = policy.lists();
    assert_eq!((allowed.len(), exempt.len(), omitted), (0, 1024, 1));
}

/// An alert of the image that somebody has just confirmed as an attack.
fn attack(id: usize) -> v1::Alert {
    v1::Alert {
        id: format!("a{id}"),
        image_digest: "web".into(),
        container_id: format!("c{id}"),
        node: "n".into(),
        triage: Some(v1::Triage { author: "alice".into(), ..Default::default() }),
        ..Default::default()
    }
}

/// What is asked then, as the committer has it asked.
fn confirmed(policies: &Policies, id: usize, now_unix_ns: u64) -> v1::Containment {
    let (mut alert, mut ordered, mut commit) = (attack(id), Ordered::default(), Commit::default());
    policies.confirmed(&mut alert, &None, now_unix_ns, &mut ordered);
    let (entries, _) = policies.plan(Vec::new(), Breaches::default(), ordered, now_unix_ns, &mut commit);
    policies.publish(now_unix_ns);
    assert_eq!(entries.len(), 1);
    let containment = alert.triage.unwrap().containment.unwrap();
    let stored = (commit.policies.len(), commit.switch.is_some());
    let is_asked = containment.outcome() == v1::OrderOutcome::Asked;
    assert_eq!(
        stored,
        if is_asked { (1, true) } else { (0, false) },
        "an order is durable with its confirmation"
    );
    containment
}

#[test]
fn orders_are_bounded_leave_the_set_when_they_expire_and_are_forgotten_a_day_later() {
    let policies = policies(Duration::from_secs(3600));
    let stopping = |policy: &mut PolicyRecord| {
        policy.mode = EnforcementMode::Enforce.into();
        policy.on_confirmed_attack = v1::ConfirmedAction::Stop.into();
    };
    change(&policies, set("web", stopping), NOW);
    let sent =
        || PolicySet::decode(policies.sets().borrow().clone().unwrap().policies.as_slice()).unwrap().orders;
    for id in 0..64 {
        assert_eq!(confirmed(&policies, id, NOW).outcome(), v1::OrderOutcome::Asked);
    }
    assert_eq!((sent().len(), sent()[63].container_id.as_str()), (64, "c63"));
    let refused = confirmed(&policies, 64, NOW);
    assert_eq!((refused.outcome(), refused.order), (v1::OrderOutcome::Refused, 0));
    // Somebody sets the policy meanwhile: what was asked stays asked.
    change(&policies, set("web", stopping), NOW + MINUTE);
    assert_eq!(sent().len(), 64);
    let later = confirmed(&policies, 65, NOW + 5 * MINUTE);
    assert_eq!((sent().len(), sent()[0].id), (1, later.order), "the others have expired");
    assert!(policies.waits_for("n", later.order) && !policies.waits_for("other", later.order));
    assert_eq!(policies.begin_answer("n", later.order).as_deref(), Some("a65"));
    assert_eq!(policies.begin_answer("n", later.order), None, "somebody sees to it already");
    policies.end_answer(later.order);
    assert!(policies.begin_answer("n", later.order).is_some());
    change(&policies, Deed::Renew, NOW + 25 * 60 * MINUTE);
    assert!(!policies.waits_for("n", later.order));
}

#[test]
fn what_was_done_by_order_of_a_policy_that_was_removed_meanwhile_is_taken_down() {
    // It was done, and neither the alert nor the audit record said so.
    let enforced = policies(Duration::from_secs(3600));
    let stopping = |policy: &mut PolicyRecord| {
        policy.mode = EnforcementMode::Enforce.into();
        policy.on_confirmed_attack = v1::ConfirmedAction::Stop.into();
    };
    change(&enforced, set("web", stopping), NOW);
    let asked = confirmed(&enforced, 1, NOW);
    let deed = Deed::Remove { digest: "web".into(), etag: 0, audit: AuditEntry::default() };
    let (mut commit, removed) = (Commit::default(), vec![Change { deed, done: oneshot::channel().0 }]);
    enforced.plan(removed, Breaches::default(), Ordered::default(), NOW, &mut commit);
    enforced.publish(NOW);
    let sent = PolicySet::decode(enforced.sets().borrow().clone().unwrap().policies.as_slice()).unwrap();
    assert!(sent.orders.is_empty() && sent.images.is_empty(), "nobody is to begin with it now");
    assert!(enforced.list().0.is_empty());
    // It came back with the policy.
    change(&enforced, set("web", stopping), NOW + 1);
    let sent = PolicySet::decode(enforced.sets().borrow().clone().unwrap().policies.as_slice()).unwrap();
    assert!(sent.orders.is_empty() && enforced.waits_for("n", asked.order));

    // The server is started anew after the removal.
    let left = commit.policies.into_iter().filter_map(|(digest, policy)| Some((digest, (*policy?).clone())));
    let switch = commit.switch;
    let mut stored = Stored { policies: left.collect(), switch, ..Stored::default() };
    let policies = of(&mut stored, Duration::from_secs(60));
    assert!(policies.list().0.is_empty());
    assert_eq!(policies.begin_answer("n", asked.order).as_deref(), Some("a1"));
    let (mut alert, mut ordered, mut commit) = (attack(1), Ordered::default(), Commit::default());
    alert.triage.as_mut().unwrap().containment = Some(asked.clone());
    let mut result = v1::OrderResult { id: asked.order, ..Default::default() };
    result.set_outcome(v1::OrderOutcome::Done);
    assert!(policies.answered(&mut alert, "n", &result, NOW, &mut ordered));
    let (entries, _) = policies.plan(Vec::new(), Breaches::default(), ordered, NOW, &mut commit);
    assert_eq!(entries[0].outcome, "stopped container c1 of web (alert a1)");
    assert_eq!(alert.triage.unwrap().containment.unwrap().outcome(), v1::OrderOutcome::Done);
    assert_eq!(commit.policies, [("web".to_owned(), None)], "nothing is left of it");
    assert!(!policies.waits_for("n", asked.order));
}
