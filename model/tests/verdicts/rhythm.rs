//! Known behaviours at an unknown rate: what is told of them, and of ordinary work with its ups and downs.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test's own values")]

use crate::{
    decisions::{answer, image, known, last, revoke},
    world::World,
};
use plumbline_model::{
    DecisionKind, Scope, Verdict,
    event::{Action, Attempt},
};

const PEER: Action<'static> = Action::Connect { address: "10.0.0.7", port: 5432, name: "" };
const CLIENT: Action<'static> = Action::Accept { address: "10.0.0.9", port: 80 };
type Window = Vec<(Action<'static>, u32)>;

/// Numbers that look like chance and are the same in every run.
struct Chance(u64);

impl Chance {
    /// From `from` up to `to`.
    fn between(&mut self, from: u32, to: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        from + (self.0 >> 33) as u32 % (to - from + 1)
    }
}

/// A window of a service: by day three times as many clients as by night, now and then a burst, nightly a backup.
fn ordinary(chance: &mut Chance, minute: u64) -> Window {
    let busy = if (480..1_200).contains(&(minute % 1_440)) { 3 } else { 1 };
    let burst = if chance.between(1, 200) == 1 { 8 } else { 1 };
    let backup = if (120..150).contains(&(minute % 1_440)) { 400 } else { 0 };
    vec![
        (CLIENT, chance.between(8, 20) * busy * burst),
        (PEER, chance.between(3, 6) * busy * burst + backup),
        (Action::Exec, chance.between(1, 3)),
        (Action::Resolve { name: "db" }, chance.between(1, 4)),
    ]
}

/// A service that has been watched at ordinary work for so many days, and its server.
fn office(days: u64, chance: &mut Chance) -> (World, usize) {
    let mut world = World::new();
    let server = world.serve(0);
    for container in 1..3 {
        world.serve(container);
    }
    for _ in 0..days {
        let day: Vec<Window> = (0..1_440).map(|minute| ordinary(chance, minute)).collect();
        world.windows(server, &day);
    }
    (world, server)
}

fn learned() -> (World, usize) {
    let (world, server) = office(5, &mut Chance(1));
    assert!(world.told.is_empty(), "ordinary work was alerted: {:?}", world.told);
    (world, server)
}

/// Adds to ordinary windows until something is told; gives how many it took.
fn until_told(world: &mut World, server: usize, more: &[(Action<'static>, u32)]) -> usize {
    let mut chance = Chance(2);
    let taken = (1..=20).find(|window| {
        let doings = [ordinary(&mut chance, 600 + window), more.to_vec()].concat();
        world.windows(server, &[doings]);
        !world.told.is_empty()
    });
    assert!(taken.is_some(), "nothing was told in twenty windows: {:?}", world.incidents());
    usize::try_from(taken.unwrap_or_default()).unwrap()
}

fn hosts(count: usize) -> Vec<&'static str> {
    (0..count).map(|n| &*Box::leak(format!("10.0.{}.{}", n / 250, n % 250).into_boxed_str())).collect()
}

/// Connects to so many hosts of the known kind.
fn sweep(count: usize, refused: u32) -> Window {
    let connect = |address| (Action::Connect { address, port: 5432, name: "" }, 1);
    let mut window: Window = hosts(count).into_iter().map(connect).collect();
    if refused > 0 {
        window.push((Action::Failed(Attempt::Connect), refused));
    }
    window
}

#[test]
fn a_scan_of_the_known_kind_of_peers_is_an_attack_within_a_handful_of_windows() {
    let (mut world, server) = learned();
    let windows = until_told(&mut world, server, &sweep(250, 230));
    assert!(windows <= 5, "it took {windows} windows");
    let (verdict, incident) = world.verdicts().remove(0);
    assert_eq!(verdict, Verdict::Attack, "{incident:?}");
    assert!(incident.evidence.iter().any(|item| item.technique == "T1046"), "{incident:?}");
    assert!(incident.findings.iter().all(|finding| finding.dimension.name() == "rate"), "{incident:?}");
    assert!(incident.story.contains("peers"), "{}", incident.story);
}

#[test]
fn as_many_peers_that_answer_are_no_scan() {
    let (mut world, server) = learned();
    until_told(&mut world, server, &sweep(250, 0));
    assert_eq!(world.verdicts()[0].0, Verdict::Drift);
    assert!(!world.evidence().contains(&"many_peers_refuse".to_owned()));
}

#[test]
fn a_flood_of_known_executions_is_told_with_what_is_usual() {
    let (mut world, server) = learned();
    let windows = until_told(&mut world, server, &[(Action::Exec, 600)]);
    assert!(windows <= 5, "it took {windows} windows");
    let (verdict, incident) = world.verdicts().remove(0);
    assert_eq!(verdict, Verdict::Drift, "a rate alone is no attack: {incident:?}");
    let fact = &incident.evidence.iter().find(|item| item.name == "unusual_rate").unwrap().fact;
    assert!(fact.contains("executions a window, where 1 to 3 are usual"), "{fact}");
    assert_eq!(incident.findings[0].value, "100 to 999 executions a window");
    assert!(incident.findings[0].pid > 0 && incident.findings[0].command_line.starts_with("web"));
}

#[test]
fn connections_without_end_become_a_flood_and_are_one_incident_until_it_has_been_quiet() {
    let (mut world, server) = learned();
    until_told(&mut world, server, &[(PEER, 9_000)]);
    assert!(!world.evidence().contains(&"flood".to_owned()), "a few windows are no flood");
    for _ in 0..100 {
        world.windows(server, &[vec![(PEER, 9_000), (CLIENT, 10)]]);
    }
    assert_eq!(world.verdicts().len(), 1, "one incident as long as it goes on");
    assert_eq!(world.verdicts()[0].0, Verdict::Drift, "a flood alone may be a test");
    assert!(world.evidence().contains(&"flood".to_owned()));
    assert!(world.told.len() < 12, "it was told {} times", world.told.len());
    let mut chance = Chance(3);
    for minute in 0..100 {
        world.windows(server, &[ordinary(&mut chance, minute)]);
    }
    let before = world.verdicts().len();
    for _ in 0..20 {
        world.windows(server, &[vec![(PEER, 9_000), (CLIENT, 10)]]);
    }
    assert_eq!((before, world.verdicts().len()), (1, 2), "what was told was learned");
}

#[test]
fn two_hundred_known_connections_a_window_are_told_of_a_service_without_backups() {
    let mut world = World::new();
    let server = world.serve(0);
    for container in 1..3 {
        world.serve(container);
    }
    let mut chance = Chance(4);
    for _ in 0..5 {
        let day: Vec<Window> =
            (0..1_440).map(|_| vec![(CLIENT, chance.between(5, 9)), (PEER, chance.between(3, 12))]).collect();
        world.windows(server, &day);
    }
    for _ in 0..5 {
        world.windows(server, &[vec![(CLIENT, 7), (PEER, 200)]]);
    }
    let (verdict, incident) = world.verdicts().remove(0);
    assert_eq!(verdict, Verdict::Drift);
    assert!(incident.story.contains("are usual"), "{}", incident.story);
}

#[test]
fn what_was_done_once_an_hour_and_is_done_each_minute_is_told() {
    let mut world = World::new();
    let job = world.serve(0);
    for container in 1..3 {
        world.serve(container);
    }
    let beat = vec![(PEER, 1), (Action::Resolve { name: "db" }, 1)];
    for _ in 0..10 {
        let hourly = |minute: usize| if minute % 60 == 7 { beat.clone() } else { Vec::new() };
        world.windows(job, &(0..1_440).map(hourly).collect::<Vec<_>>());
    }
    assert_eq!(world.verdicts(), []);
    for _ in 0..10 {
        world.windows(job, std::slice::from_ref(&beat));
    }
    let (verdict, incident) = world.verdicts().remove(0);
    assert_eq!(verdict, Verdict::Drift);
    assert_eq!(incident.findings[0].value, "pauses of 0 to 9 windows", "{incident:?}");
}

#[test]
fn ten_weeks_of_ordinary_work_with_bursts_and_backups_raise_nothing() {
    let mut chance = Chance(5);
    let (world, _) = office(70, &mut chance);
    assert_eq!(world.verdicts(), []);
}

#[test]
fn a_flood_while_an_image_is_learned_is_no_alert_and_is_known_later() {
    let mut chance = Chance(6);
    let (mut world, server) = office(1, &mut chance);
    for _ in 0..30 {
        world.windows(server, &[vec![(Action::Exec, 700)]]);
    }
    for _ in 0..5 {
        let day: Vec<Window> = (0..1_440).map(|minute| ordinary(&mut chance, minute)).collect();
        world.windows(server, &day);
    }
    for _ in 0..30 {
        world.windows(server, &[vec![(Action::Exec, 700)]]);
    }
    assert_eq!(world.verdicts(), []);
}

#[test]
fn windows_with_losses_are_not_judged() {
    let (mut world, server) = learned();
    world.lossy = true;
    for _ in 0..20 {
        world.windows(server, &[vec![(Action::Exec, 600)]]);
    }
    assert_eq!(world.verdicts(), []);
    world.lossy = false;
    assert!(until_told(&mut world, server, &[(Action::Exec, 600)]) <= 5);
}

#[test]
fn a_state_that_was_stored_in_the_middle_of_a_window_says_the_same() {
    let run = |store: bool| {
        let (mut world, server) = learned();
        for _ in 0..6 {
            world.act(server, PEER);
            if store {
                world.restore();
            }
            world.windows(server, &[vec![(Action::Exec, 600)]]);
        }
        world.told
    };
    let told = run(false);
    assert!(!told.is_empty() && told == run(true));
}

#[test]
fn a_rate_that_is_approved_for_a_while_or_for_a_namespace_is_excused_and_not_learned() {
    let (mut world, server) = learned();
    world.namespaces = ["shop"; 4];
    until_told(&mut world, server, &[(Action::Exec, 600)]);
    let alert = last(&world);
    let whole = world;
    for (scope, lasts_ns) in [(image(), 7_200_000_000_000), (Scope::Namespace("shop".into()), 0)] {
        let mut world = whole.clone();
        let expires_unix_ns = if lasts_ns == 0 { 0 } else { world.now_ns + lasts_ns };
        world.decide(&answer(DecisionKind::Approve, &alert, scope.clone(), expires_unix_ns));
        world.told.clear();
        let before = known(&world);
        for minute in 0..100 {
            let doings = [ordinary(&mut Chance(2), 600 + minute), vec![(Action::Exec, 600)]].concat();
            world.windows(server, &[doings]);
        }
        assert_eq!((world.told.len(), known(&world)), (0, before), "{scope:?}");
        world.decide(&revoke(&answer(DecisionKind::Approve, &alert, scope, expires_unix_ns), world.now_ns));
        world.told.clear();
        assert_eq!(until_told(&mut world, server, &[(Action::Exec, 600)]), 1, "it became usual");
    }
}
