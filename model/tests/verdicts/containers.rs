//! What a container is allowed, and what that makes of a deed.
#![allow(clippy::unwrap_used, reason = "a test's own incidents")]

use crate::world::{HERE, World};
use plumbline_model::{
    Incident,
    event::{Action, Call, CallKind, ProcessFlags},
};

const MOUNT: Call<'static> = Call { kind: CallKind::Mount, error: 0, subject: "/mnt", detail: "/dev/sda1" };

fn names(incident: &Incident) -> Vec<&str> {
    incident.evidence.iter().map(|item| item.name.as_str()).collect()
}

/// The incident that an operator's program makes, with one call if it makes one.
fn operator(mut world: World, flags: u32, call: Option<Call<'static>>) -> Incident {
    let program = world.session(HERE, "/opt/x", &["x"], flags);
    world.exec(program);
    if let Some(call) = call {
        world.act(program, Action::Call(call));
    }
    world.incidents().pop().unwrap()
}

/// Log-odds of attack against drift.
fn odds(incident: &Incident) -> f64 {
    (incident.probabilities.attack / incident.probabilities.drift).ln()
}

#[test]
fn a_mount_in_a_privileged_container_reaches_the_host() {
    let world = World::learned();
    let mut privileged = world.clone();
    privileged.privileged = true;
    let refused = Call { error: 1, ..MOUNT };
    let [confined, reaches, tried] = [(&world, MOUNT), (&privileged, MOUNT), (&privileged, refused)]
        .map(|(world, call)| operator(world.clone(), 0, Some(call)));
    assert!(names(&reaches).contains(&"host_in_reach"), "{reaches:?}");
    assert!(!names(&confined).contains(&"host_in_reach") && !names(&tried).contains(&"host_in_reach"));
    assert!(odds(&reaches) > odds(&confined) + 0.5, "{} {}", odds(&reaches), odds(&confined));
    let idle = operator(privileged, 0, None);
    assert!(!names(&idle).contains(&"host_in_reach"), "rights that nobody uses say nothing");
}

#[test]
fn a_program_beside_an_image_that_cannot_be_written_to_is_worse_than_one_in_it() {
    let world = World::learned();
    let mut read_only = world.clone();
    read_only.read_only_root = true;
    let volume = ProcessFlags::VOLUME;
    let [writable, evaded, own] = [(&world, volume), (&read_only, volume), (&read_only, 0)]
        .map(|(world, flags)| operator(world.clone(), flags, None));
    assert!(names(&evaded).contains(&"read_only_root_evaded"), "{evaded:?}");
    assert!(
        !names(&writable).contains(&"read_only_root_evaded")
            && !names(&own).contains(&"read_only_root_evaded")
    );
    assert!(odds(&evaded) > odds(&writable) + 0.5, "{} {}", odds(&evaded), odds(&writable));
}

/// `runAsUser` of a pod, and `docker run --user`: who starts a container has the last word of its user.
#[test]
fn a_session_is_another_user_s_than_the_container_was_started_as_and_not_than_the_image_says() {
    let as_root = |image: &'static str, started_as: &'static str| {
        let mut world = World::learned();
        (world.user, world.started_as) = (image, started_as);
        names(&operator(world, 0, None)).contains(&"session_of_another_user")
    };
    assert!(as_root("app", "") && as_root("999:999", ""));
    assert!(as_root("", "999") && as_root("", "app:app") && as_root("app", "1000"));
    for (image, started_as) in [("", ""), ("root", ""), ("0:0", ""), ("app", "0"), ("999", "root:root")] {
        assert!(!as_root(image, started_as), "'{image}', '{started_as}'");
    }
}
