//! What was written in the container: a script counts as what was not in the image, though its interpreter was, and a program of
//! the image that was replaced as a new one below what serves.

use crate::world::World;
use plumbline_model::{Verdict, event::ProcessFlags};

/// An operator's session starts `./check` with `flags`.
fn started(world: &mut World, flags: u32) -> Vec<String> {
    let shell = world.session(0, "/bin/sh", &["sh", "-c", "./check"], 0);
    world.exec(shell);
    let script = world.spawn(shell, "/usr/bin/dash", &["/bin/sh", "./check"], flags);
    world.exec(script);
    world.evidence()
}

#[test]
fn a_script_that_was_written_in_the_container_is_told_as_such_and_weighs_towards_an_attack() {
    let (mut with, mut without) = (World::learned(), World::learned());
    let written = started(&mut with, ProcessFlags::SCRIPT_WRITTEN);
    let of_image = started(&mut without, 0);
    let row = "executable_written_after_build".to_owned();
    assert!(written.contains(&row) && !of_image.contains(&row), "{written:?} {of_image:?}");
    assert!(!written.contains(&"executable_masquerades".to_owned()), "a script has its interpreter's name");
    assert_eq!(of_image.len() + 1, written.len());
    let attack = |world: &World| world.verdicts()[0].1.probabilities.attack;
    assert!(attack(&with) > 3.0 * attack(&without), "{} {}", attack(&with), attack(&without));
}

#[test]
fn a_script_on_a_volume_weighs_as_an_executable_there_does() {
    let mut world = World::learned();
    let evidence = started(&mut world, ProcessFlags::SCRIPT_ON_VOLUME);
    assert!(evidence.contains(&"executable_on_volume".to_owned()), "{evidence:?}");
    assert_eq!(world.verdicts()[0].0, Verdict::Drift);
}

#[test]
fn a_program_of_the_image_that_was_replaced_is_a_new_one_below_what_serves_but_not_if_it_says_more_by_itself()
{
    let row = "service_started_new_program".to_owned();
    for (flags, is_told) in [
        (0, false),
        (ProcessFlags::UPPER_LAYER, true),
        (ProcessFlags::UPPER_LAYER | ProcessFlags::DELETED, false),
        (ProcessFlags::UPPER_LAYER | ProcessFlags::MEMFD, false),
    ] {
        let mut world = World::learned();
        let server = world.serve(0);
        let health = world.spawn(server, "/usr/bin/health", &["health", "--port", "80"], flags);
        world.exec(health);
        let evidence = world.evidence();
        assert_eq!(evidence.contains(&row), is_told, "{flags}: {evidence:?}");
    }
}
