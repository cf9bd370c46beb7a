//! Rare jobs: what is new below one says more if it came out of time, and less if it was due.
#![allow(clippy::unwrap_used, reason = "a test's own incidents")]

use crate::world::{HERE, STABLE_WINDOWS, World};
use plumbline_model::{
    Incident, Verdict,
    event::{Action, Call, CallKind},
};

/// Windows between two runs of the job.
const PERIOD: u64 = 40;

/// The job, begun below the server of a container.
fn job(world: &mut World, server: usize) -> usize {
    let job = world.spawn(server, "/bin/sh", &["sh", "-c", "/etc/cron.hourly/backup"], 0);
    world.exec(job);
    job
}

/// An image whose job is due every [`PERIOD`] windows, or at any time, and has just come.
fn learned(is_due: impl Fn(u64) -> bool) -> World {
    let begin = World::new().now_ns / 60_000_000_000;
    World::new().learn_for(STABLE_WINDOWS + 1, |world, server| {
        if is_due(world.now_ns / 60_000_000_000 - begin) {
            job(world, server);
        }
    })
}

/// What the model says of a deed of the job, if that starts so many windows from now.
fn later(mut world: World, windows: u64, deed: fn(&mut World, usize)) -> Incident {
    (0..windows).for_each(|_| world.close_windows(false));
    let server = world.serve(HERE);
    let job = job(&mut world, server);
    deed(&mut world, job);
    world.incidents().pop().unwrap()
}

fn unshares(world: &mut World, job: usize) {
    let tar = world.spawn(job, "/bin/tar", &["tar", "c", "/data"], 0);
    world.exec(tar);
    world.act(tar, Action::Call(Call { kind: CallKind::Unshare, error: 0, subject: "", detail: "" }));
}

fn names(incident: &Incident) -> Vec<&str> {
    incident.evidence.iter().map(|item| item.name.as_str()).collect()
}

#[test]
fn what_a_job_does_out_of_time_is_an_attack_where_it_is_drift_when_due() {
    let world = learned(|window| window % PERIOD == 0);
    let (due, early) = (later(world.clone(), PERIOD - 1, unshares), later(world, PERIOD / 2, unshares));
    assert!(names(&due).contains(&"job_in_time") && !names(&due).contains(&"job_out_of_time"), "{due:?}");
    assert!(
        names(&early).contains(&"job_out_of_time") && !names(&early).contains(&"job_in_time"),
        "{early:?}"
    );
    assert_eq!((due.verdict, early.verdict), (Verdict::Drift, Verdict::Attack), "{due:?} {early:?}");
}

#[test]
fn a_job_that_comes_at_any_time_is_never_out_of_time() {
    let any = learned(|window| window.wrapping_mul(0x9e37_79b9_7f4a_7c15) % PERIOD == 0);
    let incident = later(any, PERIOD / 2, unshares);
    assert!(!names(&incident).iter().any(|name| name.starts_with("job_")), "{incident:?}");
}

#[test]
fn a_job_in_time_says_nothing_of_what_others_do() {
    let mut world = learned(|window| window % PERIOD == 0);
    let server = world.serve(HERE);
    job(&mut world, server);
    let other = world.spawn(server, "/bin/tar", &["tar", "c", "/data"], 0);
    world.exec(other);
    let incident = world.incidents().pop().unwrap();
    assert!(!names(&incident).iter().any(|name| name.starts_with("job_")), "{incident:?}");
}
