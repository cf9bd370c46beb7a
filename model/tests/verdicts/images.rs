//! What people do with the baselines of images: freeze one, compare two.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test's own indices")]

use super::world::{REPOSITORY, World};
use plumbline_model::{BaselineState, KnownBehaviour, Verdict};

fn known(world: &World) -> u64 {
    let summary = world.model.summary(world.model.image(REPOSITORY, world.digest).unwrap());
    summary.dimensions.iter().map(|dimension| dimension.behaviours).sum()
}

#[test]
fn the_summary_of_a_locked_image_is_locked_nothing_is_learned_and_what_is_new_counts_in_full() {
    let mut world = World::new();
    let server = world.serve(0);
    world.close_windows(false);
    assert!(world.model.lock(REPOSITORY, "sha256:v1", true));
    assert!(!world.model.lock(REPOSITORY, "sha256:v9", true));
    assert_eq!(world.state(), BaselineState::Locked);
    let before = known(&world);
    let tool = world.spawn(server, "/bin/tool", &["tool"], 0);
    world.exec(tool);
    assert_eq!(world.verdicts()[0].0, Verdict::Drift, "an image that is still learned would be silent");
    assert_eq!(known(&world), before);
    assert!(world.told[0].caveats.iter().all(|caveat| !caveat.contains("learning")));
    world.model.lock(REPOSITORY, "sha256:v1", false);
    assert_eq!(world.state(), BaselineState::Learning);
    // What was told is over, so that nothing joins it.
    (0..70).for_each(|_| world.close_windows(false));
    let other = world.spawn(server, "/bin/other", &["other"], 0);
    world.exec(other);
    assert!(known(&world) > before, "an unlocked image learns again");
}

#[test]
fn two_versions_differ_in_what_only_one_of_them_does() {
    let mut world = World::learned();
    world.digest = "sha256:v2";
    let server = world.serve(0);
    let worker = world.spawn(server, "/usr/bin/worker", &["worker"], 0);
    world.exec(worker);
    let (old, new) = (world.model.image(REPOSITORY, "sha256:v1"), world.model.image(REPOSITORY, "sha256:v2"));
    let (old, new) = (old.unwrap(), new.unwrap());
    assert_eq!(old.without(old), []);
    let names = |known: Vec<KnownBehaviour>| {
        known
            .into_iter()
            .map(|b| format!("{} {} {}", b.dimension.name(), b.context, b.value))
            .collect::<Vec<_>>()
    };
    let only_new = names(new.without(old));
    assert_eq!(only_new[0], "spawn /usr/sbin/web /usr/bin/worker");
    assert!(only_new.iter().all(|name| name.contains("worker")), "{only_new:?}");
    let only_old = old.without(new);
    let health = only_old.iter().find(|known| known.value == "/usr/bin/health").unwrap();
    assert!(health.count > 1000 && health.first_seen_unix_ns < health.last_seen_unix_ns);
}
