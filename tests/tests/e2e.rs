//! End-to-end: real programs, a real kernel, real containers. Where root, BTF or Docker is missing the tests
//! that need it are listed as ignored, never as passed.
#![allow(clippy::indexing_slicing, reason = "a malformed recording fails the test")]

#[path = "e2e/declared.rs"]
mod declared;
#[path = "e2e/spool.rs"]
mod spool;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Arguments;
use plumbline_proto::v1::ProcessFlag;
use plumbline_tests::{
    docker::{Lab, docker, left_behind},
    harness::{IDLE, LIMIT, collecting_works, recorded, test},
    programs::{Program, Server, binary, collector},
    recording::{Seen, executions, read},
    wait::until,
};
use rustix::process::Signal;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Output, Stdio},
};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One kernel, one Docker engine.
    arguments.test_threads = Some(1);
    let real = collecting_works();
    let everywhere = [
        test("a_wrong_flag_ends_with_64_and_says_the_way_out", wrong_flags),
        test("the_recording_of_the_demo_gives_the_same_bytes_in_every_replay", replay_is_deterministic),
        test("the_recording_of_the_demo_holds_one_drift_and_one_attack", replay_verdicts),
        test("the_demo_replays_where_it_cannot_run_and_says_so", demo_replays),
    ];
    let with_containers = [
        test("the_demo_says_nothing_then_drift_then_attack", demo),
        test("an_interrupted_demo_leaves_nothing_behind", interrupted_demo),
        test("check_says_that_this_machine_can_collect", check),
        test("check_says_all_that_is_missing_to_who_is_not_root", check_without_rights),
        test("check_says_all_that_is_missing_in_a_container", check_in_container),
        test("a_program_is_recorded_with_its_container_arguments_and_origin", recorded_facts),
        test("the_runtime_at_work_is_never_recorded", runtime_helpers),
        test("containers_that_live_for_an_instant_are_attributed", short_lived),
        test("what_ran_before_the_collector_is_known", primed),
        test("what_happens_before_the_engine_answers_is_held_not_lost", late_engine),
        test("a_busy_loop_is_counted_not_repeated", repeats),
        test("an_image_s_containers_declare_what_its_files_do", declared::same_facts),
        test("what_scripts_start_is_no_alert_where_a_document_said_it", declared::scripts),
        test("what_contradicts_an_image_of_which_nothing_is_known_is_told", declared::contradictions),
        test("a_server_that_comes_late_or_crashes_loses_no_window", server_crashes),
        test("a_collector_killed_before_any_server_came_loses_no_window", spool::killed),
        test("a_disk_that_fills_while_no_server_is_there_costs_nothing", spool::full),
        test("a_spool_on_a_read_only_disk_is_done_without_and_said_to_be", spool::read_only),
    ];
    let trials = everywhere
        .into_iter()
        .chain(with_containers.into_iter().map(|trial| trial.with_ignored_flag(!real)))
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn run(program: &str, arguments: &[&str]) -> Result<Output> {
    Ok(Command::new(binary(program)?).args(arguments).output()?)
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo.plumb")
}

fn wrong_flags() -> Result<()> {
    for (program, arguments, named) in [
        (
            "plumbline-collector",
            &["run", "--server", "http://[::1]:1", "--exposure-window", "soon"][..],
            "--exposure-window",
        ),
        ("plumbline-collector", &["record"], "-o"),
        ("plumbline-collector", &["record", "-o", "/tmp/x", "--source", "sysdig:/x"], "replay:FILE"),
        ("plumbline-server", &["run", "--data-dir", "/tmp/x", "--budget", "0"], "budget"),
        ("plumbline-server", &["run", "--no-such-flag"], "--no-such-flag"),
        ("plumbline", &["alerts", "list", "--verdict", "odd"], "--verdict"),
    ] {
        let output = run(program, arguments)?;
        ensure!(output.status.code() == Some(64), "{program} {arguments:?} ended with {}", output.status);
        ensure!(
            stderr(&output).contains(named),
            "{program} {arguments:?} does not name {named}: {}",
            stderr(&output)
        );
    }
    Ok(())
}

fn replay_json() -> Result<Vec<u8>> {
    let file = fixture().display().to_string();
    let output = run("plumbline-server", &["replay", "--budget", "20", "-o", "json", &file])?;
    ensure!(output.status.success(), "{}", stderr(&output));
    Ok(output.stdout)
}

fn replay_is_deterministic() -> Result<()> {
    let (first, second) = (replay_json()?, replay_json()?);
    ensure!(first == second, "two replays differ");
    let golden = fixture().with_extension("json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&golden, &first)?;
    }
    let same = std::fs::read(&golden)? == first;
    ensure!(
        same,
        "the verdicts changed; look at the difference after: UPDATE=1 cargo test -p plumbline-tests --test e2e"
    );
    Ok(())
}

fn replay_verdicts() -> Result<()> {
    let alerts: serde_json::Value = serde_json::from_slice(&replay_json()?)?;
    let mut verdicts: Vec<&str> =
        alerts.as_array().context("no array")?.iter().filter_map(|alert| alert["verdict"].as_str()).collect();
    verdicts.sort_unstable();
    ensure!(verdicts == ["VERDICT_ATTACK", "VERDICT_DRIFT"], "{verdicts:?}");
    Ok(())
}

fn demo_replays() -> Result<()> {
    let output = run("demo", &["--replay"])?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success() && text.contains("REPLAY") && text.contains("attack"), "{text}");
    Ok(())
}

fn demo() -> Result<()> {
    let demo = Command::new(binary("demo")?).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let pid = demo.id();
    let output = demo.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{text}\n{}", stderr(&output));
    ensure!(text.contains("as it should be"), "{text}");
    ensure!(left_behind(pid)?.is_empty(), "left behind: {:?}", left_behind(pid)?);
    Ok(())
}

fn interrupted_demo() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let log = directory.path().join("demo.log");
    let mut demo = Program::start("demo", &[], &log)?;
    let pid = demo.pid();
    until("the demo to learn", LIMIT, || Ok(demo.log().contains("learning").then_some(())))?;
    let status = demo.stop(Signal::INT)?;
    ensure!(!status.success(), "an interrupted demo did not fail");
    ensure!(left_behind(pid)?.is_empty(), "left behind: {:?}", left_behind(pid)?);
    Ok(())
}

fn check() -> Result<()> {
    let output = run("plumbline-collector", &["check"])?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

/// Whether it is there, whether it is needed, and what is said; by name.
type Items = HashMap<String, Vec<(bool, bool, String)>>;

/// `check -o json` of whatever `command` runs it with: it ends with 1, and names what is there and what is not.
fn checked(command: &mut Command) -> Result<Items> {
    let output = command.stdin(Stdio::null()).output()?;
    ensure!(output.status.code() == Some(1), "check ended with {}: {}", output.status, stderr(&output));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let mut items = Items::new();
    for item in told.as_array().context("no array")? {
        let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
        let flag = |key: &str| item[key].as_bool().unwrap_or_default();
        items.entry(text("name")).or_default().push((flag("ok"), flag("needed"), text("detail")));
    }
    Ok(items)
}

/// Fails unless an item of this name is missing, needed or not, and says `word`.
fn lacks(items: &Items, name: &str, needed: bool, word: &str) -> Result<()> {
    let found = items.get(name).with_context(|| format!("no {name}"))?;
    let found = found.iter().any(|(ok, is_needed, text)| !ok && *is_needed == needed && text.contains(word));
    ensure!(found, "{name} does not say {word}: {items:#?}");
    Ok(())
}

fn check_without_rights() -> Result<()> {
    let directory = tempfile::tempdir()?;
    // Where nobody may look: not in a home of root.
    let program = directory.path().join("collector");
    std::fs::copy(binary("plumbline-collector")?, &program)?;
    std::fs::set_permissions(directory.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let no_key = directory.path().join("no-key");
    std::fs::write(&no_key, "no key")?;
    let items = checked(
        Command::new("setpriv")
            .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
            .arg(&program)
            .args(["check", "-o", "json", "--server", "http://127.0.0.1:1", "--spool-dir", "/root/spool"])
            .args(["--metrics-address", &taken.local_addr()?.to_string()])
            .arg("--enforcement-key")
            .arg(&no_key),
    )?;
    lacks(&items, "privileges", true, "CAP_PERFMON")?;
    lacks(&items, "privileges", false, "CAP_SYS_PTRACE")?;
    lacks(&items, "privileges", false, "CAP_DAC_READ_SEARCH")?;
    lacks(&items, "privileges", false, "CAP_KILL")?;
    lacks(&items, "enforcement", true, "init-key")?;
    lacks(&items, "tracefs", true, "run as root")?;
    lacks(&items, "eBPF programs", true, "")?;
    lacks(&items, "runtime", false, "permission denied")?;
    lacks(&items, "spool", false, "--spool-dir")?;
    lacks(&items, "metrics", false, "--metrics-address")?;
    lacks(&items, "server", false, "--server")?;
    ensure!(items["BTF"][0].0 && items["kernel"][0].0, "{items:#?}");
    Ok(())
}

fn check_in_container() -> Result<()> {
    let mut lab = Lab::new("check")?;
    let repository = format!("plumbline-check-{}/idle", std::process::id());
    let image = lab.image(&repository, &[("app/run", IDLE)], &["/app/run"])?;
    let program = format!("{}:/collector:ro", binary("plumbline-collector")?.display());
    let name = lab.container("check");
    let mut run = Command::new("docker");
    run.args(["--host", "unix:///var/run/docker.sock", "run", "--rm", "--name", &name, "--network", "none"]);
    // Its libraries are the host's.
    for libraries in ["/lib", "/lib64", "/usr"].into_iter().filter(|path| Path::new(path).exists()) {
        run.args(["--volume", &format!("{libraries}:{libraries}:ro")]);
    }
    run.args(["--volume", &program, "--entrypoint", "/collector", &image, "check", "-o", "json"]);
    let items = checked(&mut run)?;
    lacks(&items, "privileges", true, "--cap-add")?;
    lacks(&items, "pid namespace", true, "--pid=host")?;
    lacks(&items, "eBPF programs", true, "")?;
    lacks(&items, "runtime", false, "no socket")
}

fn of(seen: Vec<Seen>, repository: &str) -> Vec<Seen> {
    seen.into_iter().filter(|seen| seen.repository == repository).collect()
}

fn has(seen: &Seen, flag: ProcessFlag) -> bool {
    seen.flags & flag as u32 != 0
}

fn recorded_facts() -> Result<()> {
    let (batches, repository) = recorded("facts", |lab, image| {
        let container = lab.run(image, "one", &[], &[])?;
        docker(&[
            "exec",
            &container,
            "sh",
            "-c",
            "cp /bin/busybox /tmp/ls; /tmp/ls -l /etc; /bin/ls -l /etc",
        ])?;
        docker(&["exec", "--user", "7:8", "--tty", &container, "/bin/id", "a b", "c\u{e9}", "line\nbreak"])
            .ok();
        Ok(())
    })?;
    let seen = of(executions(&batches), &repository);
    let find = |line: &str| {
        seen.iter().find(|s| s.command_line == line).with_context(|| format!("no '{line}' in {seen:#?}"))
    };
    let init = find("/bin/sh /app/run")?;
    ensure!(init.executable == "/bin/busybox" && has(init, ProcessFlag::InitFamily), "{init:?}");
    ensure!(!has(init, ProcessFlag::UpperLayer) && init.container.ends_with("one"), "{init:?}");
    let dropped = find("/tmp/ls -l /etc")?;
    ensure!(dropped.executable == "/tmp/ls" && has(dropped, ProcessFlag::UpperLayer), "{dropped:?}");
    ensure!(has(dropped, ProcessFlag::ExecSession) && !has(dropped, ProcessFlag::InitFamily), "{dropped:?}");
    let ordinary = find("/bin/ls -l /etc")?;
    ensure!(ordinary.executable == "/bin/busybox" && !has(ordinary, ProcessFlag::UpperLayer), "{ordinary:?}");
    let odd = find("/bin/id a b c\u{e9} line\nbreak")?;
    ensure!(has(odd, ProcessFlag::Terminal), "{odd:?}");
    Ok(())
}

fn runtime_helpers() -> Result<()> {
    let (batches, repository) = recorded("helpers", |lab, image| {
        for round in 0..10 {
            let container = lab.run(image, &round.to_string(), &[], &[])?;
            docker(&["exec", &container, "/bin/true"])?;
        }
        Ok(())
    })?;
    let seen = executions(&batches);
    for seen in &seen {
        ensure!(
            !has(seen, ProcessFlag::Memfd) && !seen.command_line.contains("init"),
            "the runtime shows: {seen:?}"
        );
    }
    let seen = of(seen, &repository);
    let roots = |line: &str| seen.iter().filter(|seen| seen.command_line == line).count();
    ensure!(roots("/bin/sh /app/run") == 10 && roots("/bin/true") == 10, "{seen:#?}");
    Ok(())
}

fn short_lived() -> Result<()> {
    let (batches, repository) = recorded("instant", |_, image| {
        for round in 0..20 {
            docker(&[
                "run",
                "--rm",
                "--label",
                "plumbline-lab",
                "--entrypoint",
                "/bin/echo",
                image,
                &round.to_string(),
            ])?;
        }
        Ok(())
    })?;
    let seen = of(executions(&batches), &repository);
    for round in 0..20 {
        let line = format!("/bin/echo {round}");
        ensure!(seen.iter().any(|seen| seen.command_line == line), "'{line}' is missing in {seen:#?}");
    }
    Ok(())
}

fn primed() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut lab = Lab::new("primed")?;
    let repository = format!("plumbline-primed-{}/idle", std::process::id());
    let image = lab.image(&repository, &[("app/run", IDLE)], &["/app/run"])?;
    let container = lab.run(&image, "before", &[], &[])?;
    let file = directory.path().join("recording");
    let path = file.display().to_string();
    let mut recorder = collector(directory.path(), "recorder", &["record", "-o", &path])?;
    docker(&["exec", &container, "/bin/true"])?;
    recorder.stop(Signal::TERM)?;
    let batches = read(&file)?;
    let seen = of(executions(&batches), &repository);
    let init = seen
        .iter()
        .find(|seen| seen.command_line == "/bin/sh /app/run")
        .context("the first process is missing")?;
    ensure!(has(init, ProcessFlag::Primed) && has(init, ProcessFlag::InitFamily), "{init:?}");
    let session =
        seen.iter().find(|seen| seen.command_line == "/bin/true").context("the session is missing")?;
    ensure!(has(session, ProcessFlag::ExecSession) && !has(session, ProcessFlag::Primed), "{session:?}");
    let missed = batches.iter().flat_map(|batch| &batch.containers).filter(|c| c.start_missed).count();
    ensure!(missed > 0, "the container is not marked as started before");
    Ok(())
}

/// The engine's socket appears only after the container has worked; what it did is attributed all the same.
fn late_engine() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut lab = Lab::new("late")?;
    let repository = format!("plumbline-late-{}/idle", std::process::id());
    let image = lab.image(&repository, &[("app/run", IDLE)], &["/app/run"])?;
    let file = directory.path().join("recording");
    let socket = directory.path().join("docker.sock");
    let (path, socket_path) = (file.display().to_string(), socket.display().to_string());
    let arguments = ["record", "-o", &path, "--docker-socket", &socket_path, "--exposure-window", "200ms"];
    let mut recorder = collector(directory.path(), "recorder", &arguments)?;
    let container = lab.run(&image, "early", &[], &[])?;
    docker(&["exec", &container, "/bin/id"])?;
    std::os::unix::fs::symlink("/var/run/docker.sock", &socket)?;
    until("the engine to be asked", LIMIT, || Ok((std::fs::metadata(&file)?.len() > 0).then_some(())))?;
    recorder.stop(Signal::TERM)?;
    let seen = of(executions(&read(&file)?), &repository);
    for line in ["/bin/sh /app/run", "/bin/id"] {
        ensure!(seen.iter().any(|seen| seen.command_line == line), "'{line}' is missing in {seen:#?}");
    }
    Ok(())
}

fn repeats() -> Result<()> {
    let (batches, repository) = recorded("repeats", |lab, image| {
        let container = lab.run(image, "busy", &[], &[])?;
        docker(&[
            "exec",
            &container,
            "sh",
            "-c",
            "i=0; while [ $i -lt 500 ]; do /bin/id >/dev/null; i=$((i+1)); done",
        ])?;
        Ok(())
    })?;
    let seen = of(executions(&batches), &repository);
    let loops: Vec<&Seen> = seen.iter().filter(|seen| seen.command_line == "/bin/id").collect();
    let total: u32 = loops.iter().map(|seen| seen.count).sum();
    ensure!(total == 500, "{total} of 500 were counted");
    ensure!(loops.len() <= 20, "{} rows for one repeated event", loops.len());
    Ok(())
}

/// The collector starts before any server, the server is killed twice while it learns: in the end it has
/// learned from just the windows that the collector reported.
fn server_crashes() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut lab = Lab::new("crash")?;
    let repository = format!("plumbline-crash-{}/idle", std::process::id());
    let image = lab.image(&repository, &[("app/run", IDLE)], &["/app/run"])?;
    // A port that is free now, for a server that comes later.
    let first = Server::start(directory.path(), &[])?;
    let url = first.grpc.clone();
    let windows = ["--exposure-window", "200ms", "--node", "e2e"];
    // Nobody listens at the other one.
    let servers = format!("http://127.0.0.1:1,{url}");
    let mut arguments = vec!["run", "--server", &servers];
    arguments.extend(windows);
    let stopped = first.kill()?;
    let mut watcher = collector(directory.path(), "collector", &arguments)?;
    for replica in 0..3 {
        lab.run(&image, &replica.to_string(), &[], &[])?;
    }
    let mut server = stopped.start()?;
    for goal in [20, 60] {
        learned_from(&server, &repository, goal)?;
        server = server.kill()?.start()?;
    }
    learned_from(&server, &repository, 100)?;
    let status = watcher.stop(Signal::TERM)?;
    ensure!(status.success(), "{}", watcher.log());
    let reported = reported_windows(&watcher.log())
        .context("the collector does not say how many windows it reported")?;
    let total: u64 = server.images("")?.iter().map(|image| image.exposures + image.exposures_lossy).sum();
    ensure!(total == reported, "the server counts {total} windows, the collector reported {reported}");
    Ok(())
}

/// A collector that never saw a server is killed; the next one sends what it left, and its own, each window once.
fn learned_from(server: &Server, repository: &str, windows: u64) -> Result<()> {
    until("the server to learn", LIMIT, || {
        let images = server.images(repository)?;
        Ok(images.first().is_some_and(|image| image.exposures >= windows).then_some(()))
    })
}

/// `windows=N` in the last line the collector logs.
fn reported_windows(log: &str) -> Option<u64> {
    let (_, rest) = log.rsplit_once("windows=")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
