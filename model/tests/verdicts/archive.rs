//! What becomes of an image that runs nowhere for long, and what is left of it when it comes back.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test's own indices")]

use super::world::{HERE, OWN_RULES, REPOSITORY, World};
use plumbline_model::{
    BaselineState, Decision, DecisionKind, Dimension, ImageState, Model, Params, Scope, Verdict,
    event::{Batch, ClosedWindow, Container, Image},
};
use std::sync::Arc;

const DAY_NS: u64 = 86_400_000_000_000;

/// A window of another image on the same nodes.
fn elsewhere<'b>(world: &World, repository: &'b str) -> Batch<'b> {
    let mut batch = world.batch();
    batch.images = vec![Image { digest: repository, repository, ..Image::default() }];
    batch.windows = vec![ClosedWindow { container: 0, window: world.now_ns / batch.window_ns, lossy: false }];
    batch
}

/// Days in which only another image runs.
fn days(world: &mut World, days: u64) {
    for _ in 0..days {
        world.now_ns += DAY_NS;
        world.apply(elsewhere(world, "other"));
    }
}

fn image(world: &World) -> &ImageState {
    world.model.image(REPOSITORY, "sha256:v1").unwrap()
}

fn bytes(image: &ImageState) -> usize {
    postcard::to_stdvec(image).unwrap().len()
}

/// All that is known of the image.
fn known(world: &World) -> Vec<Vec<Vec<u64>>> {
    Dimension::ALL.map(|dimension| image(world).counts(dimension).collect()).to_vec()
}

/// A learned image that did something once, and in which an incident is open.
fn learned() -> World {
    let mut world = World::learned();
    let server = world.serve(HERE);
    let tool = world.spawn(server, "/bin/tool", &["tool"], 0);
    world.exec(tool);
    assert_eq!((world.verdicts()[0].0, image(&world).open_incidents().count()), (Verdict::Drift, 1));
    world
}

#[test]
fn an_image_that_ran_nowhere_for_ninety_days_is_archived_and_takes_less_room() {
    let mut world = learned();
    let replicas: Vec<String> = (0..100).map(|n| format!("{n:064}")).collect();
    let mut batch = world.batch();
    batch.containers =
        replicas.iter().map(|id| Container { id, started_unix_ns: 1, ..Container::default() }).collect();
    world.apply(batch);
    let (before, seen) = (bytes(image(&world)), world.now_ns);
    days(&mut world, 90);
    assert_eq!(world.state(), BaselineState::Stable, "not a day too early");
    days(&mut world, 4);
    let summary = world.model.summary(image(&world));
    assert_eq!((summary.state, summary.last_seen_unix_ns), (BaselineState::Archived, seen));
    assert_eq!(image(&world).open_incidents().count(), 0);
    let after = bytes(image(&world));
    assert!(after * 5 < before, "{after} bytes of {before} are left");
    let other = world.model.summary(world.model.image("other", "other").unwrap());
    assert_eq!(other.state, BaselineState::Learning, "what runs, if only idly, is not archived");
    assert!(world.model.images().all(|image| world.model.summary(image).dimensions.len() == 10));
}

#[test]
fn an_image_changes_only_once_when_it_is_archived_and_is_told_to_be_stored() {
    let mut world = learned();
    let mut stored = 0;
    for _ in 0..200 {
        world.now_ns += DAY_NS;
        let applied = world.apply(elsewhere(&world, "other"));
        stored += applied.images.iter().filter(|(lineage, _)| lineage == REPOSITORY).count();
    }
    assert_eq!(stored, 1);
}

#[test]
fn an_archived_image_wakes_with_all_it_knew_and_keeps_it_for_a_month() {
    let mut world = learned();
    let before = known(&world);
    days(&mut world, 200);
    assert_eq!(world.state(), BaselineState::Archived);
    assert_eq!(known(&world), before);
    world.restore();
    assert_eq!(world.state(), BaselineState::Archived, "as it was stored");
    let told = world.told.len();
    let server = world.serve(0);
    assert_eq!(world.state(), BaselineState::Stable, "as before");
    let health = world.spawn(server, "/usr/bin/health", &["health", "--port", "80"], 0);
    world.exec(health);
    assert_eq!(world.told.len(), told, "known work was told");
    let tool = world.spawn(server, "/bin/tool", &["tool"], 0);
    world.exec(tool);
    assert_eq!(world.told.len(), told + 1, "what was drift before is still drift, in an incident of its own");
    for _ in 0..29 {
        world.now_ns += DAY_NS;
        world.close_windows(false);
        world.serve(0);
    }
    let (now, before) =
        (known(&world).into_iter().flatten().flatten(), before.into_iter().flatten().flatten());
    assert!(now.zip(before).all(|(now, before)| now >= before), "something became rare while it slept");
}

#[test]
fn a_new_version_inherits_from_one_that_is_archived() {
    let mut world = learned();
    days(&mut world, 100);
    assert_eq!(world.state(), BaselineState::Archived);
    let told = world.told.len();
    world.upgrade();
    let server = world.serve(0);
    let health = world.spawn(server, "/usr/bin/health", &["health", "--port", "80"], 0);
    world.exec(health);
    let new = world.model.image(REPOSITORY, "sha256:v2").unwrap();
    assert_eq!((new.open_incidents().count(), world.told.len()), (0, told), "what an elder did is no news");
    assert!(new.counts(Dimension::Spawn).flatten().count() > 1);
    assert_eq!(
        world.model.summary(image(&world)).state,
        BaselineState::Archived,
        "it is asked and sleeps on"
    );
}

#[test]
fn a_lock_and_a_denial_hold_through_the_archive() {
    let mut world = learned();
    let value = world.told[0].findings[0].clone();
    let denial = Decision {
        id: "1".into(),
        kind: DecisionKind::Deny,
        dimension: value.dimension,
        context: value.context,
        value: value.value,
        scope: Scope::Repository(REPOSITORY.into()),
        author: "ann".into(),
        reason: "no tools".into(),
        alert: String::new(),
        created_unix_ns: world.now_ns,
        expires_unix_ns: 0,
        rows: Vec::new(),
        revoked: None,
        document: String::new(),
    };
    world.decide(&[Arc::new(denial)]);
    world.model.lock(REPOSITORY, "sha256:v1", true);
    days(&mut world, 100);
    let summary = world.model.summary(image(&world));
    assert_eq!(summary.state, BaselineState::Archived);
    assert!(summary.dimensions.iter().all(|dimension| dimension.state == BaselineState::Locked));
    let server = world.serve(0);
    assert_eq!(world.state(), BaselineState::Locked);
    let tool = world.spawn(server, "/bin/tool", &["tool"], 0);
    world.exec(tool);
    assert!(world.told.last().unwrap().evidence.iter().any(|item| item.name == "denied_behaviour"));
}

#[test]
fn a_clock_that_is_years_off_archives_nothing_that_runs() {
    for off in [20 * 365 * DAY_NS, 0] {
        let mut world = learned();
        let mut wrong = elsewhere(&world, "wrong");
        wrong.windows[0].window = if off == 0 { 1 } else { (world.now_ns + off) / wrong.window_ns };
        for _ in 0..10 {
            world.apply(wrong.clone());
            assert_ne!(world.state(), BaselineState::Archived);
            wrong.windows[0].window += 2 * DAY_NS / wrong.window_ns;
            world.now_ns += 2 * DAY_NS;
            world.close_windows(false);
            let all: Vec<_> = world.model.images().map(|image| world.model.summary(image).state).collect();
            assert!(!all.contains(&BaselineState::Archived), "{all:?}");
        }
    }
}

#[test]
fn which_lineage_comes_first_makes_no_difference_within_a_day() {
    let mut world = World::new();
    let mut days: Vec<Vec<Batch<'_>>> = Vec::new();
    for day in 0..100 {
        world.now_ns += DAY_NS;
        let run = if day < 5 { &["a", "b", "c"][..] } else { &["a", "b"] };
        days.push(run.iter().map(|repository| elsewhere(&world, repository)).collect());
    }
    let states = |reversed: bool| {
        let mut model = Model::new(Params::default(), Arc::clone(&OWN_RULES));
        for mut day in days.clone() {
            if reversed {
                day.reverse();
            }
            day.iter().for_each(|batch| drop(model.apply(batch, |_| true)));
        }
        let archived = |image| model.summary(image).state == BaselineState::Archived;
        assert_eq!(model.images().filter(|image| archived(image)).count(), 1);
        model.images().map(|image| postcard::to_stdvec(image).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(states(false), states(true));
}
