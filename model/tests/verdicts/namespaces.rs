//! What is decided for one Kubernetes namespace: it holds there, and the image's containers elsewhere know nothing of it.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test's own indices")]

use super::{
    PUBLIC,
    decisions::{answer, edit_in, image, known, last, quiet, revoke},
    world::{REPOSITORY, World},
};
use plumbline_model::{Decision, DecisionKind, Incident, Scope, Verdict, event::ProcessFlags};
use std::sync::{Arc, LazyLock};

const MINUTE_NS: u64 = 60_000_000_000;

/// Two containers in the shop, one in the bank and one in no pod.
fn learned() -> World {
    static LEARNED: LazyLock<World> =
        LazyLock::new(|| World::new().within(["shop", "shop", "bank", ""]).learn());
    LEARNED.clone()
}

fn shop() -> Scope {
    Scope::Namespace("shop".into())
}

/// The server of a container checks its health, as each does all the time.
fn health(world: &mut World, container: usize) {
    let server = world.serve(container);
    let health = world.spawn(server, "/usr/bin/health", &["health", "--port", "80"], 0);
    world.exec(health);
}

/// The denial of that for the shop.
fn no_health(world: &mut World) -> Vec<Arc<Decision>> {
    edit_in(world, 0);
    let mut finding = last(world);
    finding.findings.truncate(1);
    finding.findings[0].implied.clear();
    finding.findings[0].context = "/usr/sbin/web".into();
    finding.findings[0].value = "/usr/bin/health".into();
    quiet(world);
    world.told.clear();
    answer(DecisionKind::Deny, &finding, shop(), 0)
}

/// What is told of it if each container does something once.
fn told(world: &mut World, act: impl Fn(&mut World, usize)) -> [Option<Verdict>; 4] {
    [0, 1, 2, 3].map(|container| {
        quiet(world);
        let before = world.told.len();
        act(world, container);
        world.told[before..].last().map(|incident| incident.verdict)
    })
}

#[test]
fn an_approval_for_a_namespace_excuses_there_for_good_and_teaches_the_image_nothing() {
    let mut world = learned();
    edit_in(&mut world, 0);
    let alert = last(&world);
    assert_eq!((alert.namespace.as_str(), alert.verdict), ("shop", Verdict::Drift));
    let before = known(&world);
    world.decide(&answer(DecisionKind::Approve, &alert, shop(), 0));
    assert_eq!((last(&world).id, last(&world).verdict), (alert.id, Verdict::Normal));
    let drift = Some(Verdict::Drift);
    for _ in 0..2 {
        assert_eq!(told(&mut world, edit_in), [None, None, drift, drift]);
    }
    assert_eq!(known(&world), before, "what is approved in one namespace was learned for all");
    assert_eq!(last(&world).namespace, "", "a container without a pod is in no namespace");
}

#[test]
fn an_approval_for_a_namespace_holds_for_its_images_all_and_ends_when_it_expires_or_is_revoked() {
    let mut world = learned();
    edit_in(&mut world, 0);
    let alert = last(&world);
    world.digest = "sha256:v2";
    // All within a day: what three replicas do for longer is known.
    let until = world.now_ns + 300 * MINUTE_NS;
    let approved = answer(DecisionKind::Approve, &alert, shop(), until);
    world.decide(&approved);
    assert_eq!(told(&mut world, edit_in)[..2], [None, None], "another image in the namespace");
    world.digest = "sha256:v1";
    while world.now_ns < until {
        world.close_windows(false);
    }
    let drift = Some(Verdict::Drift);
    assert_eq!(told(&mut world, edit_in), [drift; 4]);
    let lasting = answer(DecisionKind::Approve, &alert, shop(), 0);
    world.decide(&lasting);
    assert_eq!(told(&mut world, edit_in), [None, None, drift, drift]);
    world.decide(&revoke(&lasting, world.now_ns));
    assert_eq!(told(&mut world, edit_in), [drift; 4]);
}

#[test]
fn what_is_known_and_denied_in_a_namespace_is_told_there_each_time_and_stays_known_elsewhere() {
    let mut world = learned();
    let denied = no_health(&mut world);
    let before = known(&world);
    world.decide(&denied);
    assert_eq!(known(&world), before, "a namespace's denial was forgotten for all");
    // The others come first, so that it could be remembered of them, and again after it was told.
    let there = Some(Verdict::Attack);
    for _ in 0..2 {
        let mut turned = told(&mut world, |world, container| health(world, 3 - container));
        turned.reverse();
        assert_eq!(turned, [there, there, None, None]);
    }
    let item = last(&world).evidence.into_iter().find(|item| item.name == "denied_behaviour").unwrap();
    assert_eq!(item.fact, "spawn /usr/bin/health was denied by alice: seen in review");
    world.decide(&answer(DecisionKind::Approve, &last(&world), Scope::All, 0));
    assert_eq!(told(&mut world, health), [there, there, None, None], "a denial beats any approval");
    world.decide(&revoke(&denied, world.now_ns));
    assert_eq!(told(&mut world, health), [None; 4]);
}

#[test]
fn a_denial_that_expires_lets_go_of_the_namespace_again() {
    let mut world = learned();
    let until = world.now_ns + 1000 * MINUTE_NS;
    let denied = no_health(&mut world).into_iter();
    let denied = denied.map(|denial| Arc::new(Decision { expires_unix_ns: until, ..(*denial).clone() }));
    world.decide(&denied.collect::<Vec<_>>());
    assert_eq!(told(&mut world, health).map(|verdict| verdict.is_some()), [true, true, false, false]);
    while world.now_ns < until {
        world.close_windows(false);
    }
    assert_eq!(told(&mut world, health), [None; 4]);
}

/// The server rotates its keys.
fn rotate(world: &mut World, container: usize) {
    let server = world.serve(container);
    let job = world.spawn(server, "/usr/bin/rotate", &["rotate", "--keys"], 0);
    world.exec(job);
}

/// What all containers are told of that when they did so for a day, and then once more.
fn rotated(namespaces: [&'static str; 4], deny: bool) -> [Option<Verdict>; 4] {
    let mut world = learned();
    world.namespaces = namespaces;
    if deny {
        let mut other = learned();
        rotate(&mut other, 0);
        world.decide(&answer(DecisionKind::Deny, &last(&other), shop(), 0));
    }
    for _ in 0..2 {
        (0..4).for_each(|container| rotate(&mut world, container));
        (0..1500).for_each(|_| world.close_windows(false));
    }
    told(&mut world, rotate)
}

#[test]
fn what_a_namespace_denies_speaks_neither_for_nor_against_the_replicas_elsewhere() {
    let attack = Some(Verdict::Attack);
    let bank = ["shop", "bank", "bank", "bank"];
    assert_eq!(rotated(bank, false), [None; 4], "three replicas and a day make it known");
    assert_eq!(rotated(bank, true), [attack, None, None, None], "its attack is no attack elsewhere");
    let [_, _, left, right] = rotated(["shop", "shop", "bank", "bank"], true);
    assert_eq!((left, right), (Some(Verdict::Drift), Some(Verdict::Drift)), "those denied confirmed it");
}

/// A program that was dropped connects out.
fn dropped(world: &mut World, container: usize) -> Incident {
    quiet(world);
    let server = world.serve(container);
    let dropped = world.spawn(server, "/tmp/x", &["/tmp/x"], ProcessFlags::UPPER_LAYER);
    world.exec(dropped);
    world.act(dropped, PUBLIC);
    last(world)
}

#[test]
fn what_is_decided_for_a_namespace_moves_evidence_there_only_and_is_told_beside_what_moves_elsewhere() {
    let weight = |incident: &Incident| {
        let row = "executable_written_after_build";
        incident.evidence.iter().find(|item| item.name == row).unwrap().attack_weight
    };
    let fitted = weight(&dropped(&mut learned(), 0));
    let mut world = learned();
    let other = Incident { id: "other".into(), ..dropped(&mut learned(), 0) };
    // Of another program, but with the same rows of evidence.
    let said = |kind, scope: Scope, id: &str| {
        let decisions = answer(kind, &other, scope, 0).into_iter();
        let of = |decision: Arc<Decision>| Decision {
            id: format!("{id}{}", decision.id),
            alert: id.into(),
            value: format!("{}2", decision.value),
            ..(*decision).clone()
        };
        decisions.map(of).map(Arc::new).collect::<Vec<_>>()
    };
    let moved = |world: &World| {
        let moved = world.model.moved(world.model.image(REPOSITORY, world.digest).unwrap());
        let of = |(namespace, rows): (&str, Vec<_>)| (namespace.to_owned(), rows.is_empty());
        moved.into_iter().map(of).collect::<Vec<_>>()
    };
    world.decide(&said(DecisionKind::Approve, shop(), "1"));
    assert_eq!(moved(&world), [("shop".to_owned(), false)]);
    for (container, share) in [(0, 0.95), (2, 1.0), (1, 0.95), (3, 1.0)] {
        let now = weight(&dropped(&mut world, container)) / fitted;
        assert!((now - share).abs() < 1e-9, "{now} in container {container}");
    }
    world.decide(&said(DecisionKind::Deny, image(), "2"));
    assert_eq!(moved(&world), [(String::new(), false), ("shop".to_owned(), true)]);
}

#[test]
fn a_pod_that_is_told_late_counts_for_an_incident_from_then_on() {
    let mut world = learned();
    world.namespaces = [""; 4];
    edit_in(&mut world, 0);
    let alert = last(&world);
    assert_eq!(alert.namespace, "");
    let approved = answer(DecisionKind::Approve, &alert, shop(), 0);
    assert_eq!(world.decide(&approved).incidents, []);
    world.namespaces = ["shop"; 4];
    let session = world.latest("sh").unwrap();
    let more = world.spawn(session, "/bin/ed", &["ed", "/etc/web.conf"], 0);
    world.exec(more);
    let now = last(&world);
    assert_eq!((now.id, now.namespace.as_str()), (alert.id, "shop"));
    assert!(now.findings[0].decided.is_some(), "{:?}", now.findings);
    assert!(now.findings.iter().any(|finding| finding.decided.is_none()));
}
