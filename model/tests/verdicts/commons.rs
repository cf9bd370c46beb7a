//! What other images of the fleet do, and what that makes of the same here.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test's own indices")]

use crate::world::{OWN_RULES, REPOSITORY, STABLE_WINDOWS, World};
use plumbline_model::{Bases, Commons, ImageState, Model, Params, Share, Verdict, event::ProcessFlags};
use std::{collections::BTreeMap, sync::Arc};

const ROTATE: &str = "/usr/bin/rotate";
const CLEAN: &str = "/usr/bin/clean";
const BASE: &[&str] = &["sha256:debian", "sha256:java"];
const OTHER: &[&str] = &["sha256:debian", "sha256:node"];

/// A repository and what it is built on.
type Repository = (&'static str, &'static [&'static str]);

/// A repository that is learned after those that the world holds already, and what it runs all the time.
fn learn(world: World, (repository, layers): Repository, program: Option<&'static str>) -> World {
    let world = world.of(repository, layers);
    let digest = world.digest;
    learn_image(world, digest, program)
}

/// The same of an image of the repository that the world is at.
fn learn_image(mut world: World, digest: &'static str, program: Option<&'static str>) -> World {
    world.digest = digest;
    let world = world.learn_for(STABLE_WINDOWS, |world, server| {
        if let Some(program) = program {
            let job = world.spawn(server, program, &["rotate", "--keys"], 0);
            world.exec(job);
        }
    });
    world.of(REPOSITORY, &[])
}

/// A web server among repositories that run something all the time.
fn fleet(others: &[(Repository, &'static str)], layers: &'static [&'static str]) -> World {
    let world =
        others.iter().fold(World::new(), |world, (other, program)| learn(world, *other, Some(program)));
    let mut world = learn(world, (REPOSITORY, layers), None);
    let commons = world.model.own_commons();
    world.model.set_commons(commons.into());
    world.of(REPOSITORY, layers)
}

/// Verdict and bits of a program that the server starts for the first time.
fn started(mut world: World, program: &'static str) -> (Verdict, f64) {
    let server = world.serve(0);
    let job = world.spawn(server, program, &["rotate", "--keys"], 0);
    world.exec(job);
    let incidents = world.incidents();
    let verdict = incidents.iter().map(|incident| incident.verdict).max().unwrap_or(Verdict::Normal);
    let found = incidents.iter().flat_map(|incident| &incident.findings).find(|f| f.value == program);
    (verdict, found.map_or(0.0, |finding| finding.surprise_bits))
}

#[test]
fn what_two_other_repositories_do_surprises_less_and_is_told_all_the_same() {
    let fleet = fleet(&[(("a", &[]), ROTATE), (("b", &[]), ROTATE)], &[]);
    let (verdict, common) = started(fleet.clone(), ROTATE);
    let (_, unheard_of) = started(fleet, "/usr/bin/unheard");
    assert!(common + 5.0 < unheard_of, "{common} bits, {unheard_of} bits");
    assert_eq!(verdict, Verdict::Drift, "this container did not do so");
}

#[test]
fn what_one_repository_does_is_common_to_nobody_however_many_versions_do_it() {
    let one = learn(World::new(), ("a", &[]), Some(ROTATE));
    let twice = learn_image(one.of("a", &[]), "sha256:v2", Some(ROTATE));
    let mut world = learn(twice, (REPOSITORY, &[]), None);
    let (_, alone) = started(world.clone(), ROTATE);
    let commons = world.model.own_commons();
    world.model.set_commons(commons.into());
    let (_, common) = started(world.clone(), ROTATE);
    let (_, unheard_of) = started(world, "/usr/bin/unheard");
    assert_eq!(common, unheard_of);
    assert!(common >= alone, "the fleet says nothing for it");
}

#[test]
fn what_is_done_on_the_same_base_layers_surprises_less_than_what_is_done_on_others() {
    let others = [(("a", BASE), ROTATE), (("b", BASE), ROTATE), (("c", OTHER), CLEAN), (("d", OTHER), CLEAN)];
    let (_, on_base) = started(fleet(&others, BASE), ROTATE);
    let (_, beside) = started(fleet(&others, OTHER), ROTATE);
    assert!(on_base < beside, "{on_base} bits on the base, {beside} bits beside it");
}

#[test]
fn an_attack_is_one_though_half_of_the_fleet_does_so_as_ordinary_work() {
    let shells = |world: World, repository| {
        let world = world.of(repository, &[]).learn_for(STABLE_WINDOWS, |world, server| {
            let shell = world.spawn(server, "/bin/sh", &["sh", "-c", "uptime"], 0);
            world.exec(shell);
        });
        world.of(REPOSITORY, &[])
    };
    let mut world = learn(shells(shells(World::new(), "a"), "b"), (REPOSITORY, &[]), None);
    let commons = world.model.own_commons();
    world.model.set_commons(commons.into());
    let server = world.serve(0);
    let shell = world.spawn(server, "/bin/sh", &["sh", "-c", "id"], ProcessFlags::SOCKET_STDIO);
    world.exec(shell);
    assert_eq!(world.incidents()[0].verdict, Verdict::Attack);
}

#[test]
fn what_is_not_learned_yet_is_common_to_nobody() {
    let young = |world: World, repository| {
        let world = world.of(repository, &[]).learn_for(3, |world, server| {
            let job = world.spawn(server, ROTATE, &["rotate", "--keys"], 0);
            world.exec(job);
        });
        world.of(REPOSITORY, &[])
    };
    let world = young(young(World::new(), "a"), "b");
    assert!(world.model.own_commons().is_empty());
}

#[test]
fn however_lineages_are_spread_over_models_their_commons_are_the_same() {
    let others = [(("a", BASE), ROTATE), (("b", BASE), ROTATE), (("c", OTHER), CLEAN), (("d", OTHER), CLEAN)];
    let whole = fleet(&others, BASE);
    let (mut bases, mut share) = (Bases::default(), Share::default());
    let models: Vec<World> = others
        .iter()
        .rev()
        .map(|(other, program)| learn(World::new(), *other, Some(program)))
        .chain([learn(World::new(), (REPOSITORY, BASE), None)])
        .collect();
    models.iter().for_each(|world| bases.add(world.model.bases()));
    let shared = bases.shared();
    assert_eq!(shared.bases(), 3, "debian, and java and node on it");
    models.iter().for_each(|world| share.add(world.model.share(&shared)));
    let commons = Commons::new(&shared, share);
    assert!(!commons.is_empty());
    assert_eq!(commons, whole.model.own_commons());
    let stored = postcard::to_stdvec(&commons).unwrap();
    assert_eq!(postcard::from_bytes::<Commons>(&stored).unwrap(), commons);
}

/// Repository and digest.
type Named = (&'static str, &'static str);

/// Images on the same base that all rotate.
fn rotating(images: &[Named]) -> BTreeMap<Named, ImageState> {
    let learned = |named: &Named| {
        let world = learn_image(World::new().of(named.0, BASE), named.1, Some(ROTATE));
        (*named, world.model.image(named.0, named.1).unwrap().clone())
    };
    images.iter().map(learned).collect()
}

/// How many behaviours are common to these, whether one model holds all or each a repository.
fn common(states: &BTreeMap<Named, ImageState>, images: &[Named]) -> usize {
    let commons = |models: &BTreeMap<&str, Model>| {
        let (mut bases, mut share) = (Bases::default(), Share::default());
        models.values().for_each(|model| bases.add(model.bases()));
        let shared = bases.shared();
        models.values().for_each(|model| share.add(model.share(&shared)));
        let commons = Commons::new(&shared, share);
        assert_eq!(commons.is_empty(), shared.bases() == 0, "a base is shared by as many as do anything");
        commons
    };
    let (mut whole, mut apart) = (BTreeMap::new(), BTreeMap::new());
    for named in images {
        let model = || Model::new(Params::default(), Arc::clone(&OWN_RULES));
        whole.entry("").or_insert_with(model).load(states[named].clone());
        apart.entry(named.0).or_insert_with(model).load(states[named].clone());
    }
    assert_eq!(commons(&whole), commons(&apart));
    commons(&apart).len()
}

#[test]
fn an_image_under_two_names_is_one_and_two_images_that_do_the_same_are_two_also_in_other_models() {
    let [one, alias, other] = [("a", "sha256:x"), ("b", "sha256:x"), ("c", "sha256:y")];
    let states = rotating(&[one, alias, other]);
    assert_eq!(common(&states, &[one, alias]), 0, "a name more made it common");
    let two = common(&states, &[one, other]);
    assert!(two > 0, "two images do the same");
    assert_eq!(common(&states, &[one, alias, other]), two, "and one of them has two names");
}

#[test]
fn repositories_are_one_family_also_where_they_share_images_only_with_a_third() {
    let linked = [("a", "sha256:x"), ("c", "sha256:x"), ("c", "sha256:y"), ("b", "sha256:y")];
    let all = [linked.as_slice(), &[("d", "sha256:z")]].concat();
    let states = rotating(&all);
    assert_eq!(common(&states, &linked), 0);
    assert!(common(&states, &all) > 0);
}
