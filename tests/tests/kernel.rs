//! Every kind of event, done for real in a container by a program that does just that, and looked for in what
//! the collector recorded. Where root, BTF or Docker is missing these are listed as ignored.

#![allow(clippy::indexing_slicing, reason = "a malformed recording fails the test")]

use anyhow::{Context, Result, ensure};
use libtest_mimic::Arguments;
use plumbline_proto::v1::{Batch, ProcessFlag};
use plumbline_tests::{
    docker::{Lab, docker},
    happened::{Happened, happened},
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

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One kernel, one Docker engine.
    arguments.test_threads = Some(1);
    let real = collecting_works();
    let trials = [
        test("the_collector_keeps_only_the_capabilities_it_needs", privileges),
        test("systemd_and_prometheus_are_told", told_to_machines),
        test("a_declared_healthcheck_is_told_from_an_operator_s_session", probes),
        test("the_host_is_watched_only_when_asked_and_apart_from_its_containers", host),
        test("a_process_that_begins_others_is_told_with_how_many", forks),
        test("ends_of_processes_are_told_with_code_or_signal", exits),
        test("a_program_that_cannot_start_is_told_with_its_path_and_why", failed_execs),
        test("rights_that_change_are_told_with_what_they_were", credentials),
        test("telling_system_calls_are_recorded_refused_or_not", calls),
        test("entering_the_host_is_seen_on_the_process", host_namespace),
        test("a_runtime_socket_is_told_by_the_name_its_listener_bound", runtime_socket),
        test("scripts_volumes_and_long_arguments_are_told", exec_facts),
        test("what_was_not_in_the_image_is_hashed", digests),
        test("connections_are_counted_and_summed_by_the_right_process", connections),
        test("a_connection_taken_by_multipath_tcp_is_told", multipath)
            .with_ignored_flag(!Path::new("/proc/sys/net/mptcp").exists()),
        test("a_refused_connection_says_why", refused_connection),
        test("another_program_of_the_same_process_does_not_hide_behind_the_first", exec_between_connects),
        test("datagrams_and_names_are_told_whatever_call_carried_them", dns),
    ];
    let trials =
        trials.into_iter().map(|trial| if real { trial } else { trial.with_ignored_flag(true) }).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Runs `acts` in a new container of a lab, one after the other; what an act ends with does not matter.
fn act(name: &str, options: &[&str], acts: &[&[&str]]) -> Result<Seen> {
    let (batches, repository) = recorded(name, |lab, image| {
        let container = lab.run(image, "one", options, &[])?;
        for words in acts {
            let _ = docker(&[&["exec", &container][..], *words].concat());
        }
        Ok(())
    })?;
    Ok(Seen { happened: happened(&batches, &repository), batches, repository })
}

struct Seen {
    happened: Vec<Happened>,
    batches: Vec<Batch>,
    repository: String,
}

impl Seen {
    /// The event `what` by a process whose command line begins with `by`.
    fn find(&self, by: &str, what: &str) -> Result<&Happened> {
        let found = self.happened.iter().find(|event| event.by.starts_with(by) && event.what == what);
        found.with_context(|| {
            let of: Vec<_> = self.happened.iter().filter(|event| event.by.starts_with(by)).collect();
            format!("no '{what}' by '{by}'; but {of:#?}")
        })
    }

    fn flags(&self, line: &str) -> Result<u32> {
        let seen = executions(&self.batches).into_iter().filter(|seen| seen.repository == self.repository);
        let seen: Vec<_> = seen.collect();
        let found = seen.iter().find(|seen| seen.command_line == line);
        Ok(found.with_context(|| format!("no '{line}' in {seen:#?}"))?.flags)
    }
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

fn forks() -> Result<()> {
    let seen = act("forks", &[], &[&["sh", "-c", "acts exit 0; acts exit 0; acts exit 0; true"]])?;
    let begun =
        seen.happened.iter().filter(|event| event.by.starts_with("sh -c acts") && event.what == "fork");
    let begun: u64 = begun.map(|event| event.count).sum();
    ensure!(begun == 3, "{begun} of 3: {:#?}", seen.happened);
    Ok(())
}

fn exits() -> Result<()> {
    let seen = act("exits", &[], &[&["acts", "exit", "3"], &["acts", "crash"], &["acts", "exit", "0"]])?;
    seen.find("acts exit 3", "exit 3")?;
    seen.find("acts crash", "killed by 11")?;
    seen.find("acts exit 0", "exit 0")?;
    Ok(())
}

fn failed_execs() -> Result<()> {
    let copy = "cp /bin/acts /dev/shm/acts; cd /dev/shm; ./acts exit 0; acts exec ./acts; acts exec /no/such";
    let seen = act("failed", &[], &[&["sh", "-c", copy]])?;
    // /dev/shm is mounted noexec.
    seen.find("acts exec ./acts", "call exec_failed '/dev/shm/acts' '' error 13")?;
    seen.find("acts exec /no/such", "call exec_failed '/no/such' '' error 2")?;
    Ok(())
}

fn credentials() -> Result<()> {
    let seen = act("credentials", &[], &[&["acts", "setuid"]])?;
    seen.find("acts setuid", "credentials (0, 65534) to (65534, 65534)")?;
    Ok(())
}

fn calls() -> Result<()> {
    let seen = act(
        "calls",
        &["--cap-add", "SYS_PTRACE", "--security-opt", "seccomp=unconfined"],
        &[
            &["acts", "ptrace"],
            &["acts", "memfd"],
            &["acts", "unshare"],
            &["acts", "mount", "/tmp"],
            &["acts", "bpf"],
            &["sh", "-c", "touch /tmp/a /tmp/b; cd /tmp; acts chmod ./a; acts fchmod b; chmod 600 a"],
        ],
    )?;
    seen.find("acts ptrace", "call ptrace '' 'seize' error 0")?;
    seen.find("acts memfd", "call memfd 'acts-memory' '' error 0")?;
    ensure!(seen.flags("from-memory exit 0")? & ProcessFlag::Memfd as u32 != 0, "not from memory");
    seen.find("acts unshare", "call unshare '' 'mount' error 1")?;
    seen.find("acts mount", "call mount '/tmp' 'none' error 1")?;
    let bpf = seen.happened.iter().any(|event| event.by == "acts bpf" && event.what.starts_with("call bpf"));
    ensure!(bpf, "no BPF program: {:#?}", seen.happened);
    seen.find("acts chmod", "call made_executable '/tmp/a' '' error 0")?;
    seen.find("acts fchmod", "call made_executable '/tmp/b' '' error 0")?;
    ensure!(
        seen.find("chmod 600 a", "call made_executable '/tmp/a' '' error 0").is_err(),
        "600 executes nothing"
    );
    Ok(())
}

fn host_namespace() -> Result<()> {
    let options =
        ["--pid", "host", "--cap-add", "SYS_ADMIN", "--cap-add", "SYS_PTRACE", "--cap-add", "SYS_CHROOT"];
    let options =
        [&options[..], &["--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"]];
    // kthreadd is in the host's mount namespace, and can be looked at where init is shielded.
    let seen = act("host", &options.concat(), &[&["acts", "setns", "/proc/2/ns/mnt"]])?;
    seen.find("acts setns", "call setns '' 'any' error 0")?;
    let left = executions(&seen.batches)
        .into_iter()
        .any(|of| of.command_line.ends_with("true") && of.flags & ProcessFlag::HostMounts as u32 != 0);
    ensure!(left, "nothing is seen in the host's mount namespace: {:#?}", executions(&seen.batches));
    Ok(())
}

fn runtime_socket() -> Result<()> {
    let seen = act(
        "runtime",
        &["--volume", "/var/run/docker.sock:/tmp/harmless"],
        &[&["acts", "unix", "/tmp/harmless"]],
    )?;
    let unix = seen.happened.iter().find(|event| event.what.starts_with("call unix_connect"));
    let what = &unix.context("no connection to a unix socket")?.what;
    ensure!(what.contains("/docker.sock' "), "{what}");
    Ok(())
}

fn exec_facts() -> Result<()> {
    let long = "x".repeat(20_000);
    let (batches, repository) = recorded("exec-facts", |lab, image| {
        let container = lab.run(image, "one", &["--volume", "/data"], &[])?;
        docker(&["exec", &container, "sh", "-c", "cp /bin/acts /data/tool; /data/tool exit 0"])?;
        // Both names and places are the container's to choose; one is gone before its end.
        let write = "echo '#!/bin/sh' > $f; echo 'rm -f gone.sh; exit 0' >> $f; chmod +x $f";
        let scripts = [
            format!("cd /; f=top.sh; {write}; ./top.sh"),
            format!("cd /tmp; f=here.sh; {write}; ./here.sh 1; sh here.sh 2; sh /tmp/here.sh 3"),
            format!("cd /tmp; f=gone.sh; {write}; ./gone.sh"),
            format!("cd /data; f=there.sh; {write}; ../data/there.sh"),
            "cd /app; ./once 1; sh once 2; sh /app/once 3".to_owned(),
        ];
        for script in &scripts {
            docker(&["exec", &container, "sh", "-c", script])?;
        }
        let words = [&["exec", &container, "acts", "exit", "0"][..], &[long.as_str(); 4]].concat();
        docker(&words).map(drop)
    })?;
    let seen = Seen { happened: happened(&batches, &repository), batches, repository };
    ensure!(seen.flags("/data/tool exit 0")? & ProcessFlag::Volume as u32 != 0, "not on a volume");
    let script = seen.batches.iter().any(|batch| {
        let scripts = batch.processes.iter().flat_map(|processes| &processes.script);
        scripts.into_iter().any(|script| &*batch.strings[*script as usize] == b"/app/run")
    });
    ensure!(script, "the interpreted script is missing");
    let (written, elsewhere) = (ProcessFlag::ScriptWritten as u32, ProcessFlag::ScriptOnVolume as u32);
    for (line, expected) in [
        ("/bin/sh ./top.sh", written),
        ("/bin/sh ./here.sh 1", written),
        ("sh here.sh 2", written),
        ("sh /tmp/here.sh 3", written),
        ("/bin/sh ./gone.sh", written),
        ("/bin/sh ../data/there.sh", elsewhere),
        ("/bin/sh ./once 1", 0),
        ("sh once 2", 0),
        ("sh /app/once 3", 0),
        ("/bin/sh /app/run", 0),
    ] {
        let flags = seen.flags(line)? & (written | elsewhere);
        ensure!(flags == expected, "{line}: {flags:x} instead of {expected:x}");
    }
    let words = format!("acts exit 0 {long} {long} {long}");
    let whole = executions(&seen.batches).into_iter().find(|seen| seen.command_line.starts_with(&words));
    let whole = whole.context("80,000 bytes of arguments are not there up to 64 KiB")?;
    ensure!(whole.flags & ProcessFlag::ArgumentsTruncated as u32 != 0, "and not marked as cut");
    Ok(())
}

fn digests() -> Result<()> {
    let (batches, repository) = recorded("digests", |lab, image| {
        let container = lab.run(image, "one", &[], &[])?;
        docker(&["exec", &container, "sh", "-c", "cp /bin/acts /tmp/new; /tmp/new exit 0"])?;
        let script = "echo '#!/bin/sh' > /tmp/run.sh; chmod +x /tmp/run.sh; cd /tmp; ./run.sh; sleep 1";
        docker(&["exec", &container, "sh", "-c", script]).map(drop)
    })?;
    let seen = Seen { happened: Vec::new(), batches, repository };
    let mut digests = Vec::new();
    for batch in &seen.batches {
        let text = |index: u32| String::from_utf8_lossy(&batch.strings[index as usize]).into_owned();
        let processes = batch.processes.clone().unwrap_or_default();
        if let Some(rows) = &batch.file_digests {
            for (row, process) in rows.process.iter().enumerate() {
                let (file, sha256) = (text(rows.executable[row]), text(rows.sha256[row]));
                let of = processes.executable[*process as usize - 1];
                digests.push((file, text(of), sha256.len(), rows.size[row]));
            }
        }
    }
    let found = |file: &str, of: &str| {
        digests.iter().any(|(path, executable, digits, size)| {
            path == file && executable == of && *digits == 64 && *size > 0
        })
    };
    ensure!(found("/tmp/new", "/tmp/new"), "{digests:?} in {}", seen.repository);
    ensure!(found("/tmp/run.sh", "/bin/busybox"), "{digests:?} in {}", seen.repository);
    Ok(())
}

/// A server and a client in containers of their own; gives what happened and the server's address.
fn network(name: &str, work: impl Fn(&Lab, &str, &str) -> Result<()>) -> Result<(Seen, String)> {
    let mut address = String::new();
    let (batches, repository) = recorded(name, |lab, image| {
        let server = lab.run(image, "server", &[], &[])?;
        docker(&["exec", "--detach", &server, "acts", "serve", "7000"])?;
        docker(&["exec", "--detach", &server, "acts", "dns-server"])?;
        let client = lab.run(image, "client", &[], &[])?;
        address = lab.address(&server)?;
        until("the server to listen", LIMIT, || {
            let open = docker(&["exec", &client, "acts", "connect", &address, "7000"]);
            let asked = docker(&["exec", &client, "timeout", "1", "acts", "dns", &address]);
            Ok((open.is_ok() && asked.is_ok()).then_some(()))
        })?;
        work(lab, &client, &address)
    })?;
    Ok((Seen { happened: happened(&batches, &repository), batches, repository }, address))
}

fn connections() -> Result<()> {
    let (seen, server) = network("connections", |_, client, server| {
        docker(&["exec", client, "acts", "connect", server, "7000", "50"]).map(drop)
    })?;
    let by = format!("acts connect {server} 7000 50");
    let sum = |by: &str, begin: &str| -> u64 {
        let of = seen.happened.iter().filter(|event| event.by == by && event.what.starts_with(begin));
        of.map(|event| event.count).sum()
    };
    ensure!(sum(&by, "connect ") == 50, "{} of 50 connects: {:#?}", sum(&by, "connect "), seen.happened);
    ensure!(sum("acts serve 7000", "accept ") >= 50, "not every connection was taken by the server");
    ensure!(sum("acts serve 7000", "listen 0.0.0.0:7000") == 1, "the server does not listen");
    // established failed error closed sent received, over the windows
    let mut sums = [0_u64; 6];
    let flow = format!("flow connect {server}:7000 ");
    for event in seen.happened.iter().filter(|event| event.by == by) {
        let numbers = event.what.strip_prefix(&flow).into_iter().flat_map(str::split_ascii_whitespace);
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += number.parse::<u64>()?;
        }
    }
    // A connection that is still in FIN_WAIT when the recording ends has not closed.
    ensure!((45..=50).contains(&sums[0]) && sums[1] == 0 && sums[0] == sums[3], "{sums:?}");
    ensure!(sums[4] == 100 * sums[3] && (7 * sums[3]..=8 * sums[3]).contains(&sums[5]), "{sums:?}");
    // The other side of the same connections. The kernel may count the peer's FIN as a byte here, too.
    let mut taken = [0_u64; 6];
    for event in seen.happened.iter().filter(|event| event.by == "acts serve 7000") {
        let numbers =
            event.what.strip_prefix("flow accept ").into_iter().flat_map(|flow| flow.split(' ').skip(1));
        for (sum, number) in taken.iter_mut().zip(numbers) {
            *sum += number.parse::<u64>()?;
        }
    }
    let [_, failed, _, closed, sent, received] = taken;
    ensure!(failed == 0 && closed >= 45 && sent == 7 * closed, "{taken:?}");
    ensure!((100 * closed..=101 * closed).contains(&received), "{taken:?}");
    Ok(())
}

/// A socket of multipath TCP has plain ones below it, and it is another one that accept returns.
fn multipath() -> Result<()> {
    let script = "acts serve-mptcp 7002 & until acts connect-mptcp 127.0.0.1 7002; do :; done";
    let seen = act("multipath", &[], &[&["sh", "-c", script]])?;
    seen.find("acts connect-mptcp", "connect 127.0.0.1:7002")?;
    seen.find("acts serve-mptcp", "accept 127.0.0.1:7002")?;
    Ok(())
}

fn refused_connection() -> Result<()> {
    let seen = act("refused", &[], &[&["acts", "connect", "127.0.0.1", "9"]])?;
    seen.find("acts connect", "connect 127.0.0.1:9")?;
    seen.find("acts connect", "flow connect 127.0.0.1:9 0 1 111 0 0 0")?;
    Ok(())
}

fn exec_between_connects() -> Result<()> {
    let seen = act(
        "between",
        &[],
        &[&[
            "sh",
            "-c",
            "nc 127.0.0.1 9 </dev/null; acts connect 127.0.0.1 9; exec acts connect 127.0.0.1 9",
        ]],
    )?;
    seen.find("nc 127.0.0.1 9", "connect 127.0.0.1:9")?;
    seen.find("acts connect", "connect 127.0.0.1:9")?;
    Ok(())
}

fn dns() -> Result<()> {
    let (seen, server) = network("dns", |_, client, server| {
        docker(&["exec", client, "acts", "dns-write", server])?;
        let _ = docker(&["exec", client, "timeout", "2", "acts", "connect", "10.99.99.7", "81"]);
        Ok(())
    })?;
    for by in ["acts dns ", "acts dns-write "] {
        seen.find(by, &format!("send {server}:53"))?;
        seen.find(by, "question acts.example 1 0")?;
        seen.find(by, "answer acts.example 1 0 10.99.99.7")
            .or_else(|_| seen.find(by, "answer acts.example 1 0"))?;
        ensure!(seen.find(by, &format!("receive {server}:53")).is_err(), "an answer is no event of its own");
    }
    ensure!(
        seen.happened.iter().any(|event| event.by == "acts dns-server" && event.what.starts_with("receive ")),
        "the server took no datagram: {:#?}",
        seen.happened
    );
    // The name that the container resolved stands beside the address it led to.
    seen.find("timeout 2 acts connect", "connect 10.99.99.7:81 (acts.example)")
        .or_else(|_| seen.find("acts connect 10.99.99.7", "connect 10.99.99.7:81 (acts.example)"))?;
    Ok(())
}
