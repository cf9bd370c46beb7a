//! The border holds: every broken promise is refused by name, and no bytes at all make a panic.

use std::sync::Arc;

use plumbline_model::{Model, Params};

mod odd;
mod sample;

use super::*;
use crate::fixture;
pub(crate) use sample::sample;

const MINUTE_NS: u64 = 60_000_000_000;

fn checked(batch: &v1::Batch) -> Result<Checked, Refusal> {
    check(batch.encode_to_vec().into())
}

#[test]
fn a_good_batch_is_seen_by_the_model_as_it_was_sent() {
    let checked = checked(&sample()).unwrap();
    let events: Vec<_> = checked.events().collect();
    let all =
        [("exec", 4), ("fork", 2), ("exit", 1), ("socket", 4), ("credentials", 1), ("call", 3), ("dns", 2)];
    assert_eq!(events, all);
    assert_eq!(checked.losses().map(|(_, events)| events).sum::<u64>(), 11);
    assert_eq!(checked.shards(), 1 << shard_of("shop/web"));
    let view = checked.view();
    assert_eq!(
        (view.node, view.images[0].lineage(), view.images[0].command[0]),
        ("node-1", "shop/web", "-c")
    );
    assert_eq!((view.containers[0].name, view.containers[1].id), ("web-1", "x"));
    assert_eq!(view.processes[1].arguments, ["sh", "-c"]);
    assert_eq!((view.processes[0].parent, view.processes[1].parent), (None, Some(0)));
    let seen: Vec<_> = view.events.iter().map(|event| (event.time_unix_ns % 1000, event.action)).collect();
    let (address, base) = ("10.0.0.1", 0);
    let call = |kind, error, subject, detail| Action::Call(event::Call { kind, error, subject, detail });
    assert_eq!(
        seen,
        [
            (base + 1, Action::Connect { address, port: 443, name: "x" }),
            (base + 5, Action::Exec),
            (base + 20, Action::Exec),
            (base + 20, Action::Listen { address, port: 80 }),
            (base + 20, Action::Accept { address, port: 65_535 }),
            (base + 21, Action::Credentials { before: 1 }),
            (base + 22, call(event::CallKind::Ptrace, 0, "", "app")),
            (base + 23, call(event::CallKind::UnixConnect, 1, "x", "")),
            (base + 24, Action::Resolve { name: "x" }),
            (base + 25, Action::Failed(event::Attempt::Resolve)),
            (base + 30, Action::Failed(event::Attempt::Connect)),
        ]
    );
    assert!(view.windows[0].lossy && view.losses[0].container.is_none());
    assert_eq!(view.losses[1].container, Some(1));
}

/// The bound once was a number of its own: a batch that told of a script which a container had written was refused.
#[test]
fn every_fact_of_a_process_that_the_wire_knows_is_taken_and_no_other() {
    for bit in 0..32 {
        let mut batch = sample();
        batch.processes.as_mut().unwrap().flags[1] = 1 << bit;
        assert_eq!(checked(&batch).is_ok(), v1::ProcessFlag::try_from(1_i32 << bit).is_ok(), "bit {bit}");
    }
}

/// A batch of six images that several shards own; in the last minutes one of them is broken into.
fn of_the_fleet(minute: u64) -> v1::Batch {
    v1::Batch::decode(fixture::batch("a", minute)).unwrap()
}

#[test]
fn what_a_shard_leaves_out_of_a_batch_changes_nothing_for_it() {
    let mut told = 0;
    for own in 0..SHARDS {
        let model = || Model::new(Params::default(), Arc::default());
        let (mut of_all, mut of_own) = (model(), model());
        for minute in 0..fixture::MINUTES {
            let batch = checked(&of_the_fleet(minute)).unwrap();
            let owned = |image: &event::Image<'_>| shard_of(image.lineage()) == own;
            let all = of_all.apply(&batch.view(), owned);
            told += all.incidents.len();
            let (view, rows) = batch.view_of(own);
            let mut shown = of_own.apply(&view, |_| true);
            let places = shown.belonging.iter_mut().flat_map(|belonging| &mut belonging.processes);
            places.for_each(|place| *place = rows[*place]);
            assert_eq!(shown, all);
            // Time passes by what happens to others, too.
            assert_eq!(of_own.now_unix_ns(), of_all.now_unix_ns());
        }
        assert!(of_own.images().eq(of_all.images()));
    }
    assert!(told > 0);
}

#[test]
fn nothing_of_others_is_shown_but_what_an_own_process_was_before() {
    let mut batch = of_the_fleet(0);
    let processes = batch.processes.as_mut().unwrap();
    // The process of the second image came from the first one.
    processes.pid[1] = processes.pid[0];
    batch.credentials =
        Some(v1::Credentials { process: vec![1], time_ns: vec![1], count: vec![1], before: vec![0] });
    let checked = checked(&batch).unwrap();
    let of = |own: usize| checked.view_where(|row| row == own);
    assert_eq!(of(0).1, [0]);
    let (view, rows) = of(1);
    assert_eq!(rows, [0, 1]);
    assert_eq!((view.images.len(), view.containers.len()), (1, 1));
    assert_eq!(
        (view.processes[0].container, view.processes[1].container),
        (1, 0),
        "it is of none that is shown"
    );
    let rights = view.events.iter().find(|event| matches!(event.action, Action::Credentials { .. })).unwrap();
    assert_eq!((rights.process, rights.action), (1, Action::Credentials { before: 0 }));
    let (view, rows) = of(2);
    assert_eq!(rows, [2]);
    assert!(view.events.iter().all(|event| event.process == 0) && !view.events.is_empty());
    assert!(view.windows.iter().all(|window| window.container == 0) && !view.windows.is_empty());
    assert!(view.left_out_unix_ns > 0);
}

#[test]
fn what_an_image_declares_reaches_the_model() {
    let mut batch = sample();
    batch.strings.extend(["443/tcp", "53/udp"].map(|port| Bytes::from_static(port.as_bytes())));
    batch.images[0].ports = vec![13, 14];
    let told = checked(&batch).unwrap();
    let (image, container) = (&told.view().images[0], &told.view().containers[0]);
    assert_eq!((&*image.entrypoint, &*image.command), (&["/bin/sh"][..], &["-c"][..]));
    assert_eq!((&*image.ports, image.user, container.user), (&["443/tcp", "53/udp"][..], "app", "app"));
    assert_eq!(image.health_check, ["/bin/sh", "-c"]);
    batch.images[0] = v1::Image { digest: 1, ..v1::Image::default() };
    let silent = checked(&batch).unwrap();
    let image = &silent.view().images[0];
    assert!(image.ports.is_empty() && image.user.is_empty() && image.health_check.is_empty());
}

#[test]
fn what_a_container_is_allowed_reaches_the_model() {
    let allowed = |set: fn(&mut v1::Confinement)| {
        let mut batch = sample();
        *confinement(&mut batch) = v1::Confinement::default();
        set(confinement(&mut batch));
        let checked = checked(&batch).unwrap();
        let container = &checked.view().containers[0];
        (container.privileged, container.read_only_root)
    };
    assert_eq!(allowed(|_| {}), (false, false));
    assert_eq!(allowed(|confinement| confinement.privileged = true), (true, false));
    assert_eq!(allowed(|confinement| confinement.host_pid = true), (true, false));
    assert_eq!(allowed(|confinement| confinement.read_only_root = true), (false, true));
}

/// Breaks one promise of a batch.
type Break = fn(&mut v1::Batch);

fn processes(batch: &mut v1::Batch) -> &mut v1::Processes {
    batch.processes.as_mut().unwrap()
}

fn sockets(batch: &mut v1::Batch) -> &mut v1::Sockets {
    batch.sockets.as_mut().unwrap()
}

fn confinement(batch: &mut v1::Batch) -> &mut v1::Confinement {
    batch.containers[0].confinement.as_mut().unwrap()
}

fn execs(batch: &mut v1::Batch) -> &mut v1::Execs {
    batch.execs.as_mut().unwrap()
}

fn windows_of(batch: &mut v1::Batch) -> &mut v1::Windows {
    batch.windows.get_or_insert_default()
}

#[test]
fn every_broken_promise_is_refused_with_the_path_of_its_field() {
    let cases: &[(&str, Break)] = &[
        ("version", |b| b.version = 0),
        ("version", |b| b.version = 2),
        ("base_unix_ns", |b| b.base_unix_ns = 0),
        ("window_ns", |b| b.window_ns = 99_999_999),
        ("window_ns", |b| b.window_ns = 3_600_000_000_001),
        ("node", |b| b.node.clear()),
        ("node", |b| b.node = "n".repeat(254)),
        ("source.name", |b| b.source = Some(v1::Source::default())),
        ("source.name", |b| b.source = Some(v1::Source { name: "s".repeat(65), untold: vec![] })),
        ("source.untold[0]", |b| b.source = Some(v1::Source { name: "s".into(), untold: vec![0] })),
        ("source.untold[1]", |b| b.source = Some(v1::Source { name: "s".into(), untold: vec![2, 2] })),
        ("source.untold[0]", |b| b.source = Some(v1::Source { name: "s".into(), untold: vec![31] })),
        ("strings[0]", |b| b.strings.clear()),
        ("strings[0]", |b| b.strings[0] = Bytes::from_static(b"x")),
        ("strings[7]", |b| b.strings[7] = Bytes::from_static(b"abc\xff")),
        ("strings[7]", |b| b.strings[7] = vec![b'a'; 65_537].into()),
        ("strings", |b| b.strings = vec![Bytes::new(); 262_145]),
        ("images[0].digest", |b| b.images[0].digest = 0),
        ("images[0].digest", |b| b.images[0].digest = 13),
        ("images[0].repository", |b| b.images[0].repository = 13),
        ("images[0].tag", |b| b.images[0].tag = 13),
        ("images[0].layers[0]", |b| b.images[0].layers[0] = 13),
        ("images[0].entrypoint[0]", |b| b.images[0].entrypoint[0] = 13),
        ("images[0].command[0]", |b| b.images[0].command[0] = 13),
        ("images[0].command", |b| b.images[0].command = vec![0; 16_385]),
        ("images", |b| b.images = vec![b.images[0].clone(); 4097]),
        ("images[0].repo_digests[0]", |b| b.images[0].repo_digests[0] = 13),
        ("images[0].environment[1]", |b| b.images[0].environment.reverse()),
        ("images[0].user", |b| b.images[0].user = 13),
        ("images[0].ports[0]", |b| b.images[0].ports[0] = 13),
        ("images[0].volumes[0]", |b| b.images[0].volumes[0] = 13),
        ("images[0].labels[0].key", |b| b.images[0].labels[0].key = 0),
        ("images[0].working_directory", |b| b.images[0].working_directory = 13),
        ("images[0].healthcheck.kind", |b| b.images[0].healthcheck.as_mut().unwrap().kind = 0),
        ("images[0].healthcheck.command", |b| b.images[0].healthcheck.as_mut().unwrap().command.clear()),
        ("containers[0].runtime", |b| b.containers[0].runtime = 13),
        ("containers[0].pod.namespace", |b| b.containers[0].pod.as_mut().unwrap().namespace = 13),
        ("containers[0].pod.name", |b| b.containers[0].pod.as_mut().unwrap().name = 0),
        ("containers[0].pod.uid", |b| b.containers[0].pod.as_mut().unwrap().uid = 13),
        ("containers[0].pod.labels[0].key", |b| b.containers[0].pod.as_mut().unwrap().labels[0].key = 0),
        ("containers[0].mounts[0].destination", |b| b.containers[0].mounts[0].destination = 0),
        ("containers[0].mounts[1].destination", |b| b.containers[0].mounts.reverse()),
        ("containers[0].mounts[0].kind", |b| b.containers[0].mounts[0].kind = 13),
        ("containers[0].mounts[0].source", |b| b.containers[0].mounts[0].source = 13),
        ("containers[0].mounts", |b| b.containers[0].mounts = vec![v1::Mount::default(); 16_385]),
        ("containers[0].confinement.added_capabilities[1]", |b| confinement(b).added_capabilities.reverse()),
        ("containers[0].confinement.dropped_capabilities[0]", |b| {
            confinement(b).dropped_capabilities[0] = 13
        }),
        ("containers[0].confinement.effective_capabilities[0]", |b| {
            confinement(b).effective_capabilities[0] = 13
        }),
        ("containers[0].confinement.effective_known", |b| confinement(b).effective_known = false),
        ("containers[0].confinement.seccomp", |b| confinement(b).seccomp = 13),
        ("containers[0].confinement.apparmor", |b| confinement(b).apparmor = 13),
        ("containers[0].confinement.user", |b| confinement(b).user = 13),
        ("containers[0].probes[0].kind", |b| b.containers[0].probes[0].kind = 7),
        ("containers[0].probes[0].command[0]", |b| b.containers[0].probes[0].command[0] = 13),
        ("containers[0].id", |b| b.containers[0].id = 0),
        ("containers[1].image", |b| b.containers[1].image = 1),
        ("containers[0].name", |b| b.containers[0].name = 13),
        ("containers[0].labels[0].key", |b| b.containers[0].labels[0].key = 0),
        ("containers[0].labels[1].key", |b| b.containers[0].labels.swap(0, 1)),
        ("containers[0].labels[1].value", |b| b.containers[0].labels[1].value = 13),
        ("containers[0].start_command[1]", |b| b.containers[0].start_command[1] = 13),
        ("containers[0].ports[0]", |b| b.containers[0].ports[0] = 13),
        ("containers", |b| b.containers = vec![b.containers[1].clone(); 4097]),
        ("processes.container[2]", |b| processes(b).container[2] = 2),
        ("processes.pid", |b| processes(b).pid.push(1)),
        ("processes.pid[1]", |b| processes(b).pid[1] = 0),
        ("processes.start_ticks", |b| processes(b).start_ticks.clear()),
        ("processes.parent", |b| processes(b).parent.clear()),
        ("processes.parent[1]", |b| processes(b).parent[1] = 2),
        ("processes.parent[2]", |b| processes(b).parent[2] = 1),
        ("processes.executable", |b| processes(b).executable.clear()),
        ("processes.executable[2]", |b| processes(b).executable[2] = 99),
        ("processes.argument_count", |b| processes(b).argument_count[0] = u32::MAX),
        ("processes.argument_count", |b| processes(b).argument_count.push(0)),
        ("processes.arguments[2]", |b| processes(b).arguments[2] = 13),
        ("processes.argument_bytes", |b| processes(b).argument_bytes.clear()),
        ("processes.uid", |b| processes(b).uid.clear()),
        ("processes.gid", |b| processes(b).gid.clear()),
        ("processes.flags", |b| processes(b).flags.clear()),
        ("processes.flags[1]", |b| processes(b).flags[1] = 1 << 31),
        ("processes", |b| processes(b).container = vec![0; 65_537]),
        ("execs.process[1]", |b| execs(b).process[1] = 3),
        ("execs.time_ns", |b| execs(b).time_ns.clear()),
        ("execs.time_ns[1]", |b| execs(b).time_ns[1] = u64::MAX),
        ("execs.count", |b| execs(b).count.clear()),
        ("execs.count[0]", |b| execs(b).count[0] = 0),
        ("execs", |b| execs(b).process = vec![0; 65_537]),
        ("sockets.process[2]", |b| sockets(b).process[2] = 3),
        ("sockets.time_ns[0]", |b| sockets(b).time_ns[0] = u64::MAX),
        ("sockets.count[2]", |b| sockets(b).count[2] = 0),
        ("sockets.action", |b| sockets(b).action.clear()),
        ("sockets.action[0]", |b| sockets(b).action[0] = 0),
        ("sockets.action[1]", |b| sockets(b).action[1] = 6),
        ("sockets.address[0]", |b| sockets(b).address[0] = 13),
        ("sockets.address[1]", |b| sockets(b).address[1] = 0),
        ("sockets.address[1]", |b| b.strings[9] = Bytes::new()),
        ("sockets.address[0]", |b| b.strings[9] = Bytes::from_static(b"::ffff:10.0.0.1")),
        ("sockets.port[0]", |b| sockets(b).port[0] = 65_536),
        ("sockets.port", |b| sockets(b).port.clear()),
        ("sockets", |b| sockets(b).process = vec![0; 65_537]),
        ("processes.effective_uid", |b| processes(b).effective_uid.truncate(1)),
        ("processes.capabilities", |b| processes(b).capabilities.push(1)),
        ("processes.script[0]", |b| processes(b).script[0] = 13),
        ("processes.modified_s", |b| processes(b).modified_s.push(1)),
        ("sockets.name", |b| sockets(b).name.push(0)),
        ("sockets.name[1]", |b| sockets(b).name[1] = 13),
        ("forks.process[0]", |b| b.forks.as_mut().unwrap().process[0] = 4),
        ("forks.count[0]", |b| b.forks.as_mut().unwrap().count[0] = 0),
        ("exits.process[0]", |b| b.exits.as_mut().unwrap().process[0] = 4),
        ("exits.code[0]", |b| b.exits.as_mut().unwrap().code[0] = 256),
        ("exits.signal[0]", |b| b.exits.as_mut().unwrap().signal[0] = 128),
        ("exits.user_ns", |b| b.exits.as_mut().unwrap().user_ns.clear()),
        ("flows.process[0]", |b| b.flows.as_mut().unwrap().process[0] = 4),
        ("flows.action[0]", |b| b.flows.as_mut().unwrap().action[0] = 6),
        ("flows.address[0]", |b| b.flows.as_mut().unwrap().address[0] = 11),
        ("flows.duration_ns", |b| b.flows.as_mut().unwrap().duration_ns.clear()),
        ("credentials.before[0]", |b| b.credentials.as_mut().unwrap().before[0] = 0),
        ("credentials.before[0]", |b| b.credentials.as_mut().unwrap().before[0] = 9),
        ("calls.kind[0]", |b| b.calls.as_mut().unwrap().kind[0] = 0),
        ("calls.kind[1]", |b| b.calls.as_mut().unwrap().kind[1] = 11),
        ("calls.subject[1]", |b| b.calls.as_mut().unwrap().subject[1] = 13),
        ("calls.detail[0]", |b| b.calls.as_mut().unwrap().detail[0] = 13),
        ("calls.count[0]", |b| b.calls.as_mut().unwrap().count[0] = 0),
        ("calls.time_ns", |b| b.calls.as_mut().unwrap().time_ns.clear()),
        ("dns.answer[0]", |b| b.dns.as_mut().unwrap().answer[0] = 2),
        ("dns.name[0]", |b| b.dns.as_mut().unwrap().name[0] = 13),
        ("dns.type[0]", |b| b.dns.as_mut().unwrap().r#type[0] = 65_536),
        ("dns.rcode[1]", |b| b.dns.as_mut().unwrap().rcode[1] = 4096),
        ("dns.address_count", |b| b.dns.as_mut().unwrap().address_count[0] = u32::MAX),
        ("dns.addresses[0]", |b| b.dns.as_mut().unwrap().addresses[0] = 10),
        ("file_digests.container[0]", |b| b.file_digests.as_mut().unwrap().container[0] = 2),
        ("file_digests.executable[0]", |b| b.file_digests.as_mut().unwrap().executable[0] = 0),
        ("file_digests.process", |b| b.file_digests.as_mut().unwrap().process.push(0)),
        ("file_digests.process[0]", |b| b.file_digests.as_mut().unwrap().process[0] = 4),
        ("file_digests.sha256[0]", |b| b.file_digests.as_mut().unwrap().sha256[0] = 11),
        ("enforcements.process[0]", |b| b.enforcements.as_mut().unwrap().process[0] = 4),
        ("enforcements.time_ns", |b| b.enforcements.as_mut().unwrap().time_ns.clear()),
        ("enforcements.count[1]", |b| b.enforcements.as_mut().unwrap().count[1] = 0),
        ("enforcements.rule", |b| b.enforcements.as_mut().unwrap().rule.clear()),
        ("enforcements.rule[0]", |b| b.enforcements.as_mut().unwrap().rule[0] = 0),
        ("enforcements.outcome[1]", |b| b.enforcements.as_mut().unwrap().outcome[1] = 6),
        ("enforcements", |b| b.enforcements.as_mut().unwrap().process = vec![0; 65_537]),
        ("calls", |b| b.calls.as_mut().unwrap().process = vec![0; 65_537]),
        ("windows.container[0]", |b| windows_of(b).container[0] = 2),
        ("windows.window", |b| windows_of(b).window.clear()),
        ("windows.window[0]", |b| windows_of(b).window[0] = u64::MAX / MINUTE_NS),
        ("windows.lossy[0]", |b| windows_of(b).lossy[0] = 2),
        ("windows.lossy", |b| windows_of(b).lossy.clear()),
        ("windows", |b| windows_of(b).container = vec![0; 65_537]),
        ("losses[0].reason", |b| b.losses[0].reason = 0),
        ("losses[1].reason", |b| b.losses[1].reason = 1000),
        ("losses[1].container", |b| b.losses[1].container = 3),
        ("losses[0].events", |b| b.losses[0].events = 0),
        ("losses", |b| b.losses = vec![b.losses[0]; 4097]),
        ("frame.batch", |b| b.strings.extend((0..70).map(|_| Bytes::from(vec![b'a'; 65_536])))),
        ("frame.batch", |b| *b = v1::Batch::default()),
    ];
    for (nth, (field, broken)) in cases.iter().enumerate() {
        let mut batch = sample();
        broken(&mut batch);
        let refusal = checked(&batch).expect_err(&format!("case {nth}: {field} was taken"));
        // sockets.address[1] breaks through strings[9], which row 0 uses first
        let rows = ["sockets.address[0]", "sockets.address[1]"];
        let same =
            refusal.field == *field || (rows.contains(field) && rows.contains(&refusal.field.as_str()));
        assert!(same, "case {nth}: {field}, but refused with {refusal}");
        assert!(!refusal.message.is_empty());
        let code = match *field {
            "version" if batch.version == 2 => tonic::Code::FailedPrecondition,
            "frame.batch" if batch.version == 0 => tonic::Code::InvalidArgument,
            "frame.batch"
            | "strings"
            | "images"
            | "containers"
            | "processes"
            | "execs"
            | "sockets"
            | "windows"
            | "losses"
            | "calls"
            | "enforcements"
            | "images[0].command"
            | "containers[0].mounts" => tonic::Code::ResourceExhausted,
            "strings[7]" if batch.strings[7].len() > 4 => tonic::Code::ResourceExhausted,
            _ => tonic::Code::InvalidArgument,
        };
        assert_eq!(refusal.code, code, "case {nth}: {refusal}");
    }
}

#[test]
fn messages_say_what_is_there_and_what_would_be_right() {
    let message = |broken: Break| {
        let mut batch = sample();
        broken(&mut batch);
        checked(&batch).unwrap_err().to_string()
    };
    assert_eq!(
        message(|b| processes(b).executable[1] = 99),
        "processes.executable[1]: index 99, but strings has 13 entries"
    );
    assert_eq!(
        message(|b| b.strings[7] = Bytes::from_static(b"abc\xff")),
        "strings[7]: invalid UTF-8 at byte 3; write such bytes as \\xNN"
    );
    let undecodable = check(Bytes::from_static(b"\xff\xff\xff")).unwrap_err();
    assert_eq!((undecodable.field.as_str(), undecodable.code), ("", tonic::Code::InvalidArgument));
}

#[test]
fn a_lineage_never_changes_its_shard() {
    // Part of the stored format.
    assert_eq!([shard_of("shop/web"), shard_of("sha256:a"), shard_of("")], [9, 10, 5]);
}
