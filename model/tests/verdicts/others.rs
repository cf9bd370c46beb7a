//! What other versions of an image and other replicas do, and what time takes away.

use crate::world::{REPOSITORY, STABLE_WINDOWS, World};
use plumbline_model::{BaselineState, Dimension, Verdict, event::ProcessFlags};

/// A shell below the server, in a container of the version that runs.
fn shell(world: &mut World, container: usize) {
    let server = world.serve(container);
    let shell = world.spawn(server, "/bin/sh", &["sh", "-c", "id"], ProcessFlags::SOCKET_STDIO);
    world.exec(shell);
}

#[test]
fn an_attack_on_a_new_version_is_one_though_nothing_was_learned_of_it_yet() {
    let mut world = World::learned();
    world.digest = "sha256:v2";
    shell(&mut world, 0);
    assert_eq!(world.state(), BaselineState::Learning);
    let (verdict, incident) = world.verdicts().remove(0);
    assert_eq!(verdict, Verdict::Attack, "{:?}", incident.evidence);
    let weighs =
        |name: &str| incident.evidence.iter().any(|item| item.name == name && item.attack_weight > 2.0);
    assert!(weighs("service_started_shell"), "the lineage never did that: {:?}", incident.evidence);
}

#[test]
fn what_a_release_brings_is_no_news_of_it_but_drift_of_the_old_one() {
    let mut world = World::learned();
    world.digest = "sha256:v2";
    let (old, new) = ("sha256:v1", world.digest);
    for _ in 0..50 {
        let server = world.serve(0);
        let job = world.spawn(server, "/usr/bin/rotate", &["rotate", "--keys"], 0);
        world.exec(job);
        world.close_windows(false);
    }
    assert_eq!(world.verdicts(), [], "{new} is what brought it");
    world.digest = old;
    let server = world.serve(1);
    let job = world.spawn(server, "/usr/bin/rotate", &["rotate", "--keys"], 0);
    world.exec(job);
    assert_eq!(world.verdicts()[0].0, Verdict::Drift, "{old} does not change");
    assert!(world.evidence().contains(&"known_in_newer_version".to_owned()), "{:?}", world.evidence());
}

/// The same job by hand in so many containers, at a distance of so many windows.
fn rollout(containers: usize, windows: usize) -> World {
    let mut world = World::learned();
    for _ in 0..2 {
        for container in 0..containers {
            let server = world.serve(container);
            let job = world.spawn(server, "/usr/bin/rotate", &["rotate", "--keys"], 0);
            world.exec(job);
            (0..windows).for_each(|_| world.close_windows(false));
        }
    }
    world
}

#[test]
fn what_all_replicas_do_for_a_day_is_told_and_then_known() {
    let mut world = rollout(4, 500);
    assert_eq!(
        world.verdicts().len(),
        3,
        "three are told, and the fourth only confirms: {:?}",
        world.verdicts()
    );
    assert!(world.verdicts().iter().all(|(verdict, _)| *verdict == Verdict::Drift));
    let sooner = rollout(4, 100);
    assert!(sooner.evidence().contains(&"fleet_wide".to_owned()), "{:?}", sooner.evidence());
    shell(&mut world, 0);
    assert_eq!(world.verdicts().last().unwrap().0, Verdict::Attack, "and nothing else is");
}

#[test]
fn what_one_replica_does_is_told_however_long_it_goes_on() {
    let world = rollout(1, 2000);
    assert_eq!(world.verdicts().len(), 2, "{:?}", world.verdicts());
}

#[test]
fn an_attack_on_all_replicas_is_never_learned() {
    let mut world = World::learned();
    for _ in 0..2 {
        for container in 0..4 {
            shell(&mut world, container);
            (0..500).for_each(|_| world.close_windows(false));
        }
    }
    let verdicts = world.verdicts();
    assert_eq!(verdicts.len(), 8, "{verdicts:?}");
    assert!(verdicts.iter().all(|(verdict, _)| *verdict == Verdict::Attack));
}

#[test]
fn what_is_not_seen_for_long_becomes_unknown_and_what_is_seen_does_not() {
    let mut world = World::new();
    let server = world.serve(0);
    let once = world.spawn(server, "/usr/bin/setup", &["setup"], 0);
    world.exec(once);
    let mut world = world.learn_for(2 * STABLE_WINDOWS, |_, _| {});
    let spawns = |world: &World| {
        let summary = world.model.summary(world.model.image(REPOSITORY, world.digest).unwrap());
        summary.dimensions.iter().find(|d| d.dimension == Dimension::Spawn).unwrap().behaviours
    };
    let before = spawns(&world);
    for _ in 0..3 {
        (0..30 * 1440).for_each(|_| world.close_windows(false));
        let server = world.serve(0);
        let health = world.spawn(server, "/usr/bin/health", &["health", "--port", "80"], 0);
        world.exec(health);
    }
    assert_eq!(world.verdicts(), []);
    assert_eq!(spawns(&world), before - 1, "a step of the setup, months ago");
}
