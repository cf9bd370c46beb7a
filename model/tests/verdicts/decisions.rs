//! What people decide, and that the model does what they would expect of it.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test's own indices")]

use super::{
    PUBLIC,
    world::{REPOSITORY, World},
};
use plumbline_model::{
    Decision, DecisionKind, Dimension, Incident, Revocation, Scope, Verdict, event::ProcessFlags,
    feedback_rows,
};
use std::sync::Arc;

/// What `plumbline alerts approve` or `deny` makes of an alert as a whole.
pub(crate) fn answer(
    kind: DecisionKind,
    incident: &Incident,
    scope: Scope,
    expires_unix_ns: u64,
) -> Vec<Arc<Decision>> {
    let mut behaviours = Vec::new();
    for finding in &incident.findings {
        behaviours.push((finding.dimension, finding.context.clone(), finding.value.clone()));
        for implied in &finding.implied {
            behaviours.push((implied.dimension, finding.value.clone(), implied.value.clone()));
        }
    }
    let decision = |(n, (dimension, context, value)): (usize, (Dimension, String, String))| Decision {
        id: format!("{kind:?}-{}-{n}", incident.id),
        kind,
        dimension,
        context,
        value,
        scope: scope.clone(),
        author: "alice".into(),
        reason: "seen in review".into(),
        alert: incident.id.clone(),
        rows: feedback_rows(incident.evidence.iter().map(|item| item.name.as_str())),
        created_unix_ns: incident.last_seen_unix_ns,
        expires_unix_ns,
        revoked: None,
        document: String::new(),
    };
    behaviours.into_iter().enumerate().map(decision).map(Arc::new).collect()
}

pub(crate) fn revoke(decisions: &[Arc<Decision>], revoked_unix_ns: u64) -> Vec<Arc<Decision>> {
    let revoked = |decision: &Arc<Decision>| {
        let revocation = Revocation {
            author: "bob".into(),
            reason: String::new(),
            revoked_unix_ns,
            request_id: String::new(),
        };
        Arc::new(Decision { revoked: Some(revocation), ..(**decision).clone() })
    };
    decisions.iter().map(revoked).collect()
}

pub(crate) fn image() -> Scope {
    Scope::Image("sha256:v1".into())
}

/// An operator edits the configuration.
pub(crate) fn edit(world: &mut World) {
    edit_in(world, 0);
}

/// The same in another container.
pub(crate) fn edit_in(world: &mut World, container: usize) {
    let shell = world.session(container, "/bin/sh", &["sh", "-c", "sed -i s/a/b/ /etc/web.conf"], 0);
    world.exec(shell);
    let sed = world.spawn(shell, "/bin/sed", &["sed", "-i", "s/a/b/", "/etc/web.conf"], 0);
    world.exec(sed);
}

/// The server runs a shell, in a container where it never did.
fn shell(world: &mut World, container: usize) {
    let server = world.serve(container);
    let shell = world.spawn(server, "/bin/sh", &["sh", "-c", "id"], 0);
    world.exec(shell);
}

pub(crate) fn last(world: &World) -> Incident {
    world.told.last().cloned().unwrap()
}

/// Lets open incidents end, so that what comes is one of its own.
pub(crate) fn quiet(world: &mut World) {
    (0..70).for_each(|_| world.close_windows(false));
}

pub(crate) fn known(world: &World) -> u64 {
    let summary = world.model.summary(world.model.image(REPOSITORY, world.digest).unwrap());
    summary.dimensions.iter().map(|dimension| dimension.behaviours).sum()
}

#[test]
fn an_approved_alert_is_taken_back_and_the_same_again_raises_nothing_and_is_learned() {
    let mut world = World::learned();
    edit(&mut world);
    let alert = last(&world);
    assert_eq!(alert.verdict, Verdict::Drift);
    let before = known(&world);
    world.decide(&answer(DecisionKind::Approve, &alert, image(), 0));
    let taken_back = last(&world);
    assert_eq!((taken_back.id, taken_back.verdict), (alert.id, Verdict::Normal));
    assert_eq!((taken_back.evidence.len(), taken_back.revision), (0, alert.revision + 1));
    assert!(taken_back.story.starts_with("approved by alice: "), "{}", taken_back.story);
    let told = world.told.len();
    for _ in 0..2 {
        edit(&mut world);
        quiet(&mut world);
    }
    assert_eq!(world.told.len(), told, "what was approved was told again");
    assert!(known(&world) >= before + 6, "two programs with arguments and origin");
    // Learned: it stays known without the decision, as long as that is not revoked.
    let images: Vec<_> = world.model.images().cloned().collect();
    let mut without = World::new();
    without.now_ns = world.now_ns;
    images.into_iter().for_each(|image| without.model.load(image));
    edit(&mut without);
    assert_eq!(without.told, []);
}

#[test]
fn what_differs_from_the_approved_is_still_told() {
    let mut world = World::learned();
    edit(&mut world);
    let approved = answer(DecisionKind::Approve, &last(&world), image(), 0);
    world.decide(&approved);
    edit(&mut world);
    // What the approval taught was seen once or twice: it takes a while until news surprises as before.
    (0..6_000).for_each(|_| world.close_windows(false));
    let told = world.told.len();
    let shell = world.session(0, "/bin/sh", &["sh", "-c", "rm -rf /srv"], 0);
    world.exec(shell);
    assert_eq!(world.told.len(), told + 1, "other code passed for what was approved");
    assert_eq!(last(&world).findings[0].dimension, Dimension::Arguments);
}

#[test]
fn other_arguments_do_not_pass_with_an_approval_that_teaches_nothing() {
    let mut world = World::learned();
    edit(&mut world);
    let hour = world.now_ns + 3_600_000_000_000;
    world.decide(&answer(DecisionKind::Approve, &last(&world), image(), hour));
    let told = world.told.len();
    let shell = world.session(1, "/bin/sh", &["sh", "-c", "rm -rf /srv"], 0);
    world.exec(shell);
    assert_eq!(world.told.len(), told + 1, "the program was approved with other arguments");
    assert_eq!(last(&world).findings[0].dimension, Dimension::Arguments);
}

#[test]
fn an_approval_that_expires_teaches_nothing_and_afterwards_it_is_unknown_again() {
    let mut world = World::learned();
    edit(&mut world);
    let alert = last(&world);
    let before = known(&world);
    let expires = world.now_ns + 90 * 60_000_000_000;
    world.decide(&answer(DecisionKind::Approve, &alert, image(), expires));
    let told = world.told.len();
    quiet(&mut world);
    edit(&mut world);
    assert_eq!(world.told.len(), told);
    assert_eq!(known(&world), before, "an excuse was learned");
    quiet(&mut world);
    assert!(world.now_ns > expires);
    edit(&mut world);
    assert_eq!(world.told.len(), told + 2);
    assert_eq!(last(&world).verdict, Verdict::Drift);
}

#[test]
fn a_scope_reaches_as_far_as_it_says() {
    let told = |scope: Scope, digest: &'static str| {
        let mut world = World::learned();
        edit(&mut world);
        let approved = answer(DecisionKind::Approve, &last(&world), scope, 0);
        world.decide(&approved);
        world.digest = digest;
        quiet(&mut world);
        (0..6000).for_each(|_| world.close_windows(false));
        let told = world.told.len();
        edit(&mut world);
        let news = &world.told[told..];
        news.iter().any(|incident| incident.findings.iter().any(|finding| finding.value == "/bin/sed"))
    };
    assert!(told(image(), "sha256:v2"), "an approval for one image counted in another");
    assert!(!told(Scope::Repository(REPOSITORY.into()), "sha256:v2"));
    assert!(told(Scope::Repository("shop/cart".into()), "sha256:v2"));
    assert!(!told(Scope::All, "sha256:v2"));
}

#[test]
fn approving_one_finding_takes_back_what_rests_on_it_and_no_more() {
    let mut world = World::learned();
    let server = world.serve(0);
    let dropped = world.spawn(server, "/tmp/x", &["/tmp/x"], ProcessFlags::UPPER_LAYER);
    world.exec(dropped);
    world.act(dropped, PUBLIC);
    let alert = last(&world);
    assert_eq!(alert.verdict, Verdict::Attack);
    let names =
        |incident: &Incident| incident.evidence.iter().map(|item| item.name.clone()).collect::<Vec<_>>();
    assert!(names(&alert).contains(&"executable_written_after_build".to_owned()));
    let approved: Vec<_> = answer(DecisionKind::Approve, &alert, image(), 0)
        .into_iter()
        .filter(|decision| decision.dimension != Dimension::Connect)
        .collect();
    world.decide(&approved);
    let left = last(&world);
    assert!(!names(&left).contains(&"executable_written_after_build".to_owned()), "{:?}", names(&left));
    assert!(names(&left).contains(&"egress_by_new_executable".to_owned()), "{:?}", names(&left));
    assert!(left.surprise < alert.surprise && left.surprise > 0.0);
    assert_eq!(left.findings.len(), alert.findings.len(), "what was approved stays to be seen");
    world.decide(&revoke(&approved, world.now_ns));
    let again = last(&world);
    assert_eq!(
        (again.verdict, again.surprise, names(&again)),
        (alert.verdict, alert.surprise, names(&alert))
    );
}

/// A learned world in which a behaviour that everybody knows is denied, and happens.
pub(crate) fn denied() -> (World, Vec<Arc<Decision>>) {
    let mut world = World::learned();
    shell(&mut world, 0);
    let mut finding = last(&world);
    finding.findings.truncate(1);
    finding.findings[0].implied.clear();
    finding.findings[0].context = "/usr/sbin/web".into();
    finding.findings[0].value = "/usr/bin/health".into();
    quiet(&mut world);
    world.told.clear();
    let denial = answer(DecisionKind::Deny, &finding, image(), 0);
    world.decide(&denial);
    assert_eq!(world.told, [], "a denial alone is no news");
    let server = world.serve(1);
    let health = world.spawn(server, "/usr/bin/health", &["health", "--port", "80"], 0);
    world.exec(health);
    (world, denial)
}

#[test]
fn a_denied_behaviour_is_forgotten_never_learned_and_told_each_time_with_who_denied_it_and_why() {
    let (mut world, _) = denied();
    let alert = last(&world);
    assert_eq!(alert.verdict, Verdict::Attack);
    let item = alert.evidence.iter().find(|item| item.name == "denied_behaviour").unwrap();
    assert_eq!(item.fact, "spawn /usr/bin/health was denied by alice: seen in review");
    let decided = alert.findings[0].decided.clone().unwrap();
    assert_eq!((decided.kind, decided.author.as_str()), (DecisionKind::Deny, "alice"));
    let before = known(&world);
    for round in 1..3 {
        quiet(&mut world);
        let server = world.serve(1);
        let health = world.spawn(server, "/usr/bin/health", &["health", "--port", "80"], 0);
        world.exec(health);
        assert_eq!(world.verdicts().len(), 1 + round, "not told again");
    }
    assert_eq!(known(&world), before, "a denied behaviour was learned");
}

#[test]
fn a_denied_behaviour_is_told_while_its_image_is_learned_and_in_an_image_nobody_knows() {
    let mut world = World::learned();
    shell(&mut world, 0);
    let denied = answer(DecisionKind::Deny, &last(&world), Scope::All, 0);
    let mut fresh = World::new();
    fresh.decide(&denied);
    shell(&mut fresh, 0);
    assert_eq!(fresh.verdicts()[0].0, Verdict::Attack);
    assert!(fresh.evidence().contains(&"denied_behaviour".to_owned()));
}

#[test]
fn a_denial_beats_an_approval_of_any_scope_in_either_order() {
    for first in [DecisionKind::Approve, DecisionKind::Deny] {
        let mut world = World::learned();
        shell(&mut world, 0);
        let alert = last(&world);
        let approved = answer(DecisionKind::Approve, &alert, image(), 0);
        let denied = answer(DecisionKind::Deny, &alert, Scope::All, 0);
        if first == DecisionKind::Approve {
            world.decide(&approved);
            world.decide(&denied);
        } else {
            world.decide(&denied);
            world.decide(&approved);
        }
        assert_eq!(last(&world).verdict, Verdict::Attack, "{first:?}");
        let told = world.verdicts().len();
        quiet(&mut world);
        shell(&mut world, 0);
        assert_eq!(world.verdicts().len(), told + 1);
    }
}

#[test]
fn a_revoked_approval_takes_along_what_it_taught_and_a_revoked_denial_leaves_it_unknown() {
    let mut world = World::learned();
    edit(&mut world);
    let alert = last(&world);
    let before = known(&world);
    let approved = answer(DecisionKind::Approve, &alert, image(), 0);
    world.decide(&approved);
    edit(&mut world);
    assert!(known(&world) > before);
    quiet(&mut world);
    let revoked = revoke(&approved, world.now_ns);
    world.decide(&revoked);
    assert_eq!(known(&world), before, "what a revoked approval taught was kept");
    let again = world.decide(&revoked);
    assert_eq!((again.images.len(), again.incidents.len()), (0, 0), "saying it again changed something");
    let told = world.verdicts().len();
    edit(&mut world);
    assert_eq!(world.verdicts().len(), told + 1);
    assert_eq!(last(&world).verdict, Verdict::Drift);

    let (mut world, denial) = denied();
    world.decide(&revoke(&denial, world.now_ns));
    let without = last(&world);
    assert!(without.evidence.iter().all(|item| item.name != "denied_behaviour"), "{:?}", without.evidence);
    assert_eq!((without.verdict, without.findings[0].decided.clone()), (Verdict::Drift, None));
}
