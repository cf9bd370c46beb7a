//! What an image declares and what that makes of the same deed: its ports, and its health check.
#![allow(clippy::unwrap_used, reason = "a test's own incidents")]

use crate::world::{HERE, STABLE_WINDOWS, World};
use plumbline_model::{
    Incident, Verdict,
    event::{Action, ProcessFlags},
};

const PORT: u16 = 9000;

fn listens(world: &mut World, port: u16) {
    let server = world.latest("web").unwrap();
    world.act(server, Action::Listen { address: "0.0.0.0", port });
}

/// The incident that the server's listening on [`PORT`] makes.
fn incident(mut world: World) -> Incident {
    listens(&mut world, PORT);
    let incidents = world.incidents();
    let new = |incident: &&Incident| incident.findings.iter().any(|finding| finding.value == "tcp/9000");
    incidents.iter().find(new).unwrap().clone()
}

fn bits(incident: &Incident) -> f64 {
    incident.findings.iter().find(|finding| finding.value == "tcp/9000").unwrap().surprise_bits
}

fn is_new_listener(incident: &Incident) -> bool {
    incident.evidence.iter().any(|item| item.name == "new_listener")
}

fn learned(ports: &'static [&'static str]) -> World {
    World::new().declaring(ports).learn_for(STABLE_WINDOWS, |_, _| {})
}

fn unknown(ports: &'static [&'static str]) -> World {
    let mut world = World::new().declaring(ports);
    world.serve(HERE);
    world
}

#[test]
fn a_declared_port_surprises_less_and_another_more_than_where_nothing_is_declared() {
    for world in [learned, unknown] {
        let [declared, silent, another] =
            [&["80/tcp", "9000/tcp"][..], &[], &["80/tcp"]].map(|ports| bits(&incident(world(ports))));
        assert!(declared + 8.0 < silent, "declared {declared} bits, silent {silent} bits");
        assert!(silent + 2.0 < another, "silent {silent} bits, another {another} bits");
    }
}

#[test]
fn the_first_listener_of_an_unknown_image_is_no_more_suspicious_for_being_declared() {
    let (declared, silent) = (incident(unknown(&["80/tcp", "9000/tcp"])), incident(unknown(&[])));
    assert_eq!(declared.verdict, Verdict::Normal);
    let suspicion = |incident: &Incident| incident.probabilities.drift + incident.probabilities.attack;
    assert!(suspicion(&declared) <= suspicion(&silent));
    assert!(declared.probabilities.attack <= silent.probabilities.attack);
}

#[test]
fn a_declared_listener_that_is_seen_late_is_no_news_and_another_is() {
    let (declared, another) = (incident(learned(&["80/tcp", "9000/tcp"])), incident(learned(&["80/tcp"])));
    assert!(!is_new_listener(&declared) && is_new_listener(&another), "{declared:?} {another:?}");
    assert!(declared.verdict < another.verdict, "{:?}, {:?}", declared.verdict, another.verdict);
    assert!(is_new_listener(&incident(learned(&["9000/udp", "9000/tcp-ish"]))), "no TCP port is declared");
}

#[test]
fn a_dropped_relay_is_one_on_a_declared_port_as_well() {
    let mut world = learned(&["80/tcp", "9000/tcp"]);
    let server = world.latest("web").unwrap();
    let relay = world.spawn(server, "/tmp/nc", &["nc", "-l"], ProcessFlags::UPPER_LAYER);
    world.exec(relay);
    world.act(relay, Action::Listen { address: "0.0.0.0", port: PORT });
    assert_eq!(world.verdicts()[0].0, Verdict::Attack);
    let evidence = world.evidence();
    for row in ["listener_by_new_executable", "network_relay_started"] {
        assert!(evidence.iter().any(|name| name == row), "{row} is not in {evidence:?}");
    }
}

#[test]
fn what_a_runtime_declares_late_counts_from_then_on_and_stays_when_others_are_silent() {
    let mut world = learned(&[]);
    assert!(is_new_listener(&incident(world.clone())));
    world.ports = &["9000/tcp"];
    assert!(!is_new_listener(&incident(world.clone())), "in the batch that tells");
    world.close_windows(false);
    world.ports = &[];
    world.restore();
    assert!(!is_new_listener(&incident(world)), "in later ones, and after a restart");
}

/// Starts a health check in a learned image that declares `curl -f localhost`; gives whether that was news.
fn checks(path: &'static str, words: &'static [&'static str], flags: u32) -> bool {
    let mut world = World::new();
    world.health_check = &["curl", "-f", "localhost"];
    let mut world = world.learn();
    let check = world.session(HERE, path, words, flags);
    world.exec(check);
    !world.incidents().is_empty()
}

#[test]
fn a_health_check_with_just_the_declared_words_is_intended() {
    const PROBE: u32 = ProcessFlags::PROBE;
    let words = &["curl", "-f", "localhost"];
    assert!(!checks("/usr/bin/curl", words, PROBE));
    assert!(checks("/usr/bin/curl", &["curl", "-f", "evil.example"], PROBE), "other words");
    assert!(checks("/usr/bin/curl", words, 0), "nobody's probe");
    assert!(checks("/usr/bin/curl", words, PROBE | ProcessFlags::UPPER_LAYER), "another file");
}

/// A script that a learned image starts with runs a command that it never ran before, and then the server, which starts the
/// same; gives whether either was news.
fn migrates(starts: &'static [&'static [&'static str]]) -> [bool; 2] {
    let mut world = World::new();
    world.entrypoint = &["/entry.sh"];
    let mut world = world.learn();
    world.starts = starts;
    let entry = world.first(HERE, "/bin/dash", &["/bin/sh", "/entry.sh"]);
    world.exec(entry);
    let by_script = world.spawn(entry, "/usr/bin/migrate", &["migrate", "--all"], 0);
    world.exec(by_script);
    let of_script = !world.incidents().is_empty();
    let server = world.latest("web").unwrap();
    let by_server = world.spawn(server, "/usr/bin/migrate", &["migrate", "--all"], 0);
    world.exec(by_server);
    [
        of_script,
        world
            .incidents()
            .iter()
            .any(|incident| incident.findings.iter().any(|finding| finding.context == "/usr/sbin/web")),
    ]
}

#[test]
fn what_a_document_says_that_a_script_starts_is_intended_from_the_first_event() {
    assert_eq!(migrates(&[]), [true, true], "nobody declared it");
    assert_eq!(migrates(&[&["migrate", "--all"]]), [false, true], "the server is no script");
    assert_eq!(migrates(&[&["migrate", "--some"]]), [true, true], "other words");
}
