//! Every kind of event, done for real in a container by a program that does just that, and looked for in what
//! the collector recorded. Where root, BTF or Docker is missing these are listed as ignored. Other kernels are tried in
//! virtual machines, which need none of these, but a Docker engine that is installed.

#![allow(clippy::indexing_slicing, reason = "a malformed recording fails the test")]

#[path = "kernel/acting.rs"]
mod acting;
#[path = "kernel/calls.rs"]
mod calls;
#[path = "kernel/network.rs"]
mod network;
#[path = "kernel/programs.rs"]
mod programs;
#[path = "kernel/ring.rs"]
mod ring;

use acting::Seen;
use anyhow::{Context, Result, ensure};
use libtest_mimic::Arguments;
use plumbline_proto::v1::ProcessFlag;
use plumbline_tests::{
    docker::{Lab, docker},
    guest::Again,
    harness::{IDLE, LIMIT, collecting_works, recorded, test},
    programs::{binary, collector},
    recording::{self, executions, read},
    wait::until,
};
use rustix::process::{Pid, Signal};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::UnixDatagram,
    path::Path,
    process::{Command, ExitCode},
};

/// One test of each hook, as each kernel's own verifier looks at it. An emulated processor's time is not what a program was
/// given, and before 6.3 no hook tells of datagrams in read and write, or of names over TCP.
static IN_GUESTS: Again = Again {
    shows: "what_containers_do_is_told",
    tried: &[
        "telling_system_calls_are_recorded_refused_or_not",
        "modules_are_told_loaded_or_not",
        "scripts_volumes_and_long_arguments_are_told",
        "connections_are_counted_and_summed_by_the_right_process",
    ],
    not_there: &[
        "what_a_process_used_is_told_at_its_end",
        "datagrams_and_names_are_told_whatever_call_carried_them",
        "names_asked_for_over_tcp_are_told_in_whatever_pieces",
    ],
};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One kernel, one Docker engine.
    arguments.test_threads = Some(1);
    let real = collecting_works();
    let trials = [
        test("what_the_ring_has_no_room_for_is_counted_and_said", ring::overflow),
        test("the_collector_keeps_only_the_capabilities_it_needs", privileges),
        test("systemd_and_prometheus_are_told", told_to_machines),
        test("a_declared_healthcheck_is_told_from_an_operator_s_session", probes),
        test("the_host_is_watched_only_when_asked_and_apart_from_its_containers", host),
        test("a_process_that_begins_others_is_told_with_how_many", programs::forks),
        test("ends_of_processes_are_told_with_code_or_signal", programs::exits),
        test("what_a_process_used_is_told_at_its_end", programs::usage),
        test("what_all_threads_of_a_process_used_is_told_at_its_end", programs::usage_of_threads),
        test("a_process_is_its_threads_whichever_begins_a_program_or_ends_first", programs::threads),
        test("a_program_that_cannot_start_is_told_with_its_path_and_why", calls::failed_execs),
        test("rights_that_change_are_told_with_what_they_were", calls::credentials),
        test("each_call_that_changes_rights_is_told", calls::rights),
        test("rights_that_one_thread_changes_are_its_own", calls::thread_rights),
        test("rights_gained_by_a_file_s_mode_are_told", calls::set_user_id),
        test("rights_gained_by_a_file_s_capabilities_are_told", calls::file_capabilities),
        test("telling_system_calls_are_recorded_refused_or_not", calls::calls),
        test("what_a_container_may_do_is_recorded_as_done", calls::allowed),
        test("modules_are_told_loaded_or_not", calls::modules)
            .with_ignored_flag(!Path::new("/proc/modules").exists()),
        test("entering_the_host_is_seen_on_the_process", calls::host_namespace),
        test("a_runtime_socket_is_told_by_the_name_its_listener_bound", calls::runtime_socket),
        test("scripts_volumes_and_long_arguments_are_told", programs::exec_facts),
        test("a_program_s_file_is_told_as_stat_sees_it", programs::file_facts),
        test("a_program_without_a_name_or_on_a_socket_is_marked", programs::odd_starts),
        test("what_was_not_in_the_image_is_hashed", programs::digests),
        test("connections_are_counted_and_summed_by_the_right_process", network::connections),
        test("flows_without_room_are_told_and_what_is_not_summed_up_is_counted", network::many_flows),
        test("every_peer_of_one_call_is_told_however_many_they_are", network::many_messages),
        test("either_family_is_told_and_ipv4_within_ipv6_as_ipv4", network::both_families),
        test("only_a_container_in_the_host_s_network_is_marked_so", network::host_network),
        test("a_connection_taken_by_multipath_tcp_is_told", network::multipath)
            .with_ignored_flag(!Path::new("/proc/sys/net/mptcp").exists()),
        test("a_refused_connection_says_why", network::refused_connection),
        test("a_connection_that_could_not_begin_is_told_with_why", network::no_way),
        test("a_connection_whose_first_packet_was_lost_took_that_long", network::slow_connection),
        test(
            "another_program_of_the_same_process_does_not_hide_behind_the_first",
            network::exec_between_connects,
        ),
        test("datagrams_and_names_are_told_whatever_call_carried_them", network::dns),
        test("names_asked_for_over_tcp_are_told_in_whatever_pieces", network::dns_streams),
    ];
    let trials =
        trials.into_iter().map(|trial| if real { trial } else { trial.with_ignored_flag(true) }).collect();
    libtest_mimic::run(&arguments, IN_GUESTS.with(trials)).exit_code()
}

/// CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE and CAP_BPF, in every thread; nothing can be gained again.
fn privileges() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let output = directory.path().join("recording").display().to_string();
    let mut recorder = collector(directory.path(), "recorder", &["record", "-o", &output])?;
    let kept = 1_u64 << 2 | 1 << 19 | 1 << 39;
    let mut threads = 0;
    for task in std::fs::read_dir(format!("/proc/{}/task", recorder.pid()))? {
        let status = std::fs::read_to_string(task?.path().join("status"))?;
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        for set in ["CapEff:", "CapPrm:", "CapBnd:"] {
            let set = u64::from_str_radix(field(set).context("no set")?, 16)?;
            ensure!(set & !kept == 0, "a thread holds {set:x}");
        }
        ensure!(
            field("CapInh:") == Some("0000000000000000") && field("NoNewPrivs:") == Some("1"),
            "{status}"
        );
        threads += 1;
    }
    ensure!(threads > 1, "the threads have not begun");
    ensure!(recorder.stop(Signal::TERM)?.success(), "{}", recorder.log());
    Ok(())
}

/// READY=1 once everything is watched, numbers on the metrics' address, STOPPING=1 at the end.
fn told_to_machines() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let (socket, output) = (directory.path().join("notify"), directory.path().join("recording"));
    let systemd = UnixDatagram::bind(&socket)?;
    systemd.set_read_timeout(Some(LIMIT))?;
    // A port that is free now.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut recorder = Command::new(binary("plumbline-collector")?)
        .args(["record", "--metrics-address", &address.to_string(), "-o"])
        .arg(&output)
        .env("NOTIFY_SOCKET", &socket)
        .env("RUST_LOG", "warn")
        .spawn()?;
    let told = || -> Result<String> {
        let mut bytes = [0; 256];
        let length = systemd.recv(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes[..length]).into_owned())
    };
    let ready = told();
    let page = until("the metrics", LIMIT, || {
        let Ok(mut stream) = TcpStream::connect(address) else { return Ok(None) };
        write!(stream, "GET /metrics HTTP/1.0\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text.contains("plumbline_collector_hook_total").then_some(text))
    });
    rustix::process::kill_process(Pid::from_child(&recorder), Signal::TERM)?;
    let stopping = told();
    ensure!(recorder.wait()?.success(), "the collector failed");
    ensure!(ready?.contains("READY=1") && stopping?.contains("STOPPING=1"), "systemd was not told");
    let dropped = page?
        .lines()
        .any(|line| line.starts_with("plumbline_collector_hook_total{hook=\"exec\",what=\"dropped\"} 0"));
    ensure!(dropped, "no count of what the kernel dropped");
    Ok(())
}

fn probes() -> Result<()> {
    let (batches, repository) = recorded("probes", |lab, image| {
        let health = ["--health-cmd", "/bin/id -u; true", "--health-interval", "1s"];
        let container = lab.run(image, "one", &health, &[])?;
        until("the engine to have looked twice", LIMIT, || {
            let log = docker(&["inspect", "--format", "{{len .State.Health.Log}}", &container])?;
            Ok((log.parse::<u32>()? >= 2).then_some(()))
        })?;
        docker(&["exec", &container, "sh", "-c", "/bin/id -g; true"]).map(drop)
    })?;
    let seen = Seen { happened: Vec::new(), batches, repository };
    let (probe, session) = (ProcessFlag::Probe as u32, ProcessFlag::ExecSession as u32);
    ensure!(seen.flags("/bin/id -u")? & (probe | session) == probe | session, "what the healthcheck started");
    ensure!(seen.flags("/bin/id -g")? & (probe | session) == session, "what an operator started");
    Ok(())
}

fn host() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut lab = Lab::new("host-processes")?;
    let image = lab.image("plumbline-host-processes/idle", &[("app/run", IDLE)], &["/app/run"])?;
    let word = format!("word-{}", std::process::id());
    let recorded = |name: &str, flag: &[&str]| -> Result<Vec<recording::Seen>> {
        let file = directory.path().join(name);
        let path = file.display().to_string();
        let fixed = ["record", "-o", &path, "--node", "lab", "--exposure-window", "1s"];
        let mut recorder = collector(directory.path(), name, &[&fixed[..], flag].concat())?;
        let container = lab.run(&image, name, &[], &[])?;
        docker(&["exec", &container, "echo", "inside"])?;
        Command::new("/bin/busybox").args(["echo", &word]).output()?;
        ensure!(recorder.stop(Signal::TERM)?.success(), "{}", recorder.log());
        Ok(executions(&read(&file)?))
    };
    let (with, without) = (recorded("with", &["--host-processes"])?, recorded("without", &[])?);
    let of = |seen: &[recording::Seen], line: &str| -> Vec<String> {
        let seen = seen.iter().filter(|seen| seen.command_line.ends_with(line));
        seen.map(|seen| seen.repository.clone()).collect()
    };
    ensure!(of(&with, &word) == ["host/lab"], "{:?}", of(&with, &word));
    ensure!(
        of(&with, "echo inside").contains(&"plumbline-host-processes/idle".to_owned()),
        "the container's own"
    );
    ensure!(of(&without, &word).is_empty(), "the host was not asked for");
    Ok(())
}
