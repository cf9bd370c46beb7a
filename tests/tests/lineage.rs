//! Every way a process can come to be in a container, done for real: none is lost, and each is told to be of the
//! container's first process or of a session. Where root, BTF or Docker is missing these are listed as ignored,
//! and so is the one of hybrid hosts elsewhere.

#[path = "lineage/hierarchies.rs"]
mod hierarchies;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Arguments;
use plumbline_proto::v1::ProcessFlag;
use plumbline_tests::{
    docker::{Lab, docker},
    harness::{LIMIT, collecting_works, recorded, test},
    recording::{Seen, executions},
    told::containers,
    wait::until,
};
use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One kernel, one Docker engine.
    arguments.test_threads = Some(1);
    let real = collecting_works();
    let trials = [
        test("a_daemon_whose_parents_are_gone_is_still_of_the_first_process", daemon),
        test("sessions_with_and_without_a_terminal_are_told_apart", sessions),
        test("whatever_call_made_a_process_it_belongs_to_the_session_that_made_it", creations),
        test("a_container_that_is_restarted_or_paused_is_the_same_one", restarts),
        test("how_often_the_engine_started_it_again_is_told", restart_count),
        test("moving_to_another_control_group_hides_nothing", moved),
        test("a_process_that_names_itself_like_the_runtime_hides_nothing", disguised),
        test("who_enters_from_the_host_is_a_session", entered),
    ];
    let alike = test("groups_of_two_hierarchies_with_the_same_id_are_told_apart", hierarchies::same_ids);
    let mut trials: Vec<_> = trials.into_iter().map(|trial| trial.with_ignored_flag(!real)).collect();
    trials.push(alike.with_ignored_flag(!real || !hierarchies::two()));
    libtest_mimic::run(&arguments, trials).exit_code()
}

const INIT: u32 = ProcessFlag::InitFamily as u32;
const SESSION: u32 = ProcessFlag::ExecSession as u32;
const TERMINAL: u32 = ProcessFlag::Terminal as u32;

/// What was executed in containers of a lab's image while `work` ran.
fn seen(name: &str, work: impl FnOnce(&mut Lab, &str) -> Result<()>) -> Result<Vec<Seen>> {
    let (batches, repository) = recorded(name, work)?;
    Ok(executions(&batches).into_iter().filter(|seen| seen.repository == repository).collect())
}

/// Fails unless the command line was seen, and of INIT, SESSION and TERMINAL has just `flags`.
fn is(seen: &[Seen], line: &str, flags: u32) -> Result<()> {
    let found = seen.iter().find(|seen| seen.command_line == line);
    let found = found.with_context(|| format!("no '{line}' in {seen:#?}"))?;
    ensure!(found.flags & (INIT | SESSION | TERMINAL) == flags, "{flags:#x} expected: {found:#?}");
    Ok(())
}

fn daemon() -> Result<()> {
    let seen = seen("daemon", |lab, image| {
        let script = "acts daemon 41; touch /tmp/done; while :; do sleep 1; done";
        let container = lab.run(image, "one", &["--entrypoint", "/bin/sh"], &["-c", script])?;
        docker(&["exec", &container, "sh", "-c", "while [ ! -e /tmp/done ]; do sleep 0.1; done; sleep 0.5"])
            .map(drop)
    })?;
    is(&seen, "acts daemon 41", INIT)?;
    is(&seen, "acts exit 41", INIT)
}

fn sessions() -> Result<()> {
    let seen = seen("sessions", |lab, image| {
        let container = lab.run(image, "one", &[], &[])?;
        docker(&["exec", &container, "/bin/sh", "-c", "/bin/id -u; true"])?;
        docker(&["exec", "--tty", &container, "/bin/sh", "-c", "/bin/id -g; true"])?;
        // A person's terminal on both sides.
        let line = format!("docker exec --interactive --tty {container} /bin/id -G");
        let output = Command::new("script").args(["-qec", &line, "/dev/null"]).output()?;
        ensure!(output.status.success(), "script: {}", String::from_utf8_lossy(&output.stdout));
        Ok(())
    })?;
    is(&seen, "/bin/sh /app/run", INIT)?;
    is(&seen, "/bin/id -u", SESSION)?;
    is(&seen, "/bin/id -g", SESSION | TERMINAL)?;
    is(&seen, "/bin/id -G", SESSION | TERMINAL)
}

fn creations() -> Result<()> {
    let seen = seen("creations", |lab, image| {
        let container = lab.run(image, "one", &[], &[])?;
        for (way, code) in [("thread", "42"), ("spawn", "43"), ("vfork", "44"), ("sibling", "45")] {
            docker(&["exec", &container, "acts", way, code])?;
        }
        let again =
            docker(&["exec", &container, "acts", "exec", "/bin/acts", "exec", "/bin/acts", "exit", "46"]);
        ensure!(again.is_err(), "46 is no success");
        Ok(())
    })?;
    for code in 42..=46 {
        is(&seen, &format!("/bin/acts exit {code}"), SESSION)
            .or_else(|_| is(&seen, &format!("acts exit {code}"), SESSION))?;
    }
    is(&seen, "/bin/acts exec /bin/acts exit 46", SESSION)
}

fn restarts() -> Result<()> {
    let seen = seen("restarts", |lab, image| {
        let container = lab.run(image, "one", &[], &[])?;
        docker(&["restart", "--time", "0", &container])?;
        docker(&["pause", &container])?;
        docker(&["unpause", &container])?;
        docker(&["exec", &container, "/bin/id", "-u"]).map(drop)
    })?;
    let starts: Vec<_> = seen.iter().filter(|seen| seen.command_line == "/bin/sh /app/run").collect();
    let times: u32 = starts.iter().map(|seen| seen.count).sum();
    ensure!(times == 2 && starts.iter().all(|seen| seen.flags & INIT != 0), "{starts:#?}");
    is(&seen, "/bin/id -u", SESSION)
}

fn restart_count() -> Result<()> {
    let (batches, repository) = recorded("restart-count", |lab, image| {
        let once = "[ -e /tmp/once ] || { touch /tmp/once; exit 1; }; exec sleep 1000";
        let options = ["--restart", "on-failure:3", "--entrypoint", "sh"];
        let container = lab.run(image, "one", &options, &["-c", once])?;
        until("Docker to start it again", LIMIT, || {
            let state = docker(&["inspect", "--format", "{{.RestartCount}} {{.State.Status}}", &container])?;
            Ok((state == "1 running").then_some(()))
        })?;
        docker(&["exec", &container, "/bin/id", "-u"]).map(drop)
    })?;
    let mut told = containers(&batches);
    told.retain(|told| told.repository == repository);
    ensure!(told.last().is_some_and(|told| told.restarts == 1), "{told:#?}");
    Ok(())
}

fn moved() -> Result<()> {
    let seen = seen("moved", |lab, image| {
        let container = lab.run(image, "one", &[], &[])?;
        let script = "while [ ! -e /tmp/go ]; do sleep 0.1; done; /bin/acts exit 47; touch /tmp/done";
        docker(&["exec", "--detach", &container, "sh", "-c", script])?;
        let pid = until("the session", LIMIT, || pid_of(&container, "/tmp/go"))?;
        // The root of each hierarchy: nothing of the container's name is left.
        let moved = ["/sys/fs/cgroup/pids/cgroup.procs", "/sys/fs/cgroup/memory/cgroup.procs"];
        let unified = ["/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/unified/cgroup.procs"];
        let groups = moved.iter().chain(&unified).filter(|path| Path::new(path).exists());
        for group in groups {
            fs::write(group, pid.to_string()).with_context(|| (*group).to_owned())?;
        }
        docker(&["exec", &container, "touch", "/tmp/go"])?;
        let end = "while [ ! -e /tmp/done ]; do sleep 0.1; done";
        docker(&["exec", &container, "sh", "-c", end]).map(drop)
    })?;
    is(&seen, "/bin/acts exit 47", SESSION)
}

/// Host's pid of the process in a container whose command line holds `part`.
fn pid_of(container: &str, part: &str) -> Result<Option<u32>> {
    let listed = docker(&["top", container, "-eo", "pid,args"])?;
    let line = listed.lines().find(|line| line.contains(part));
    Ok(line.and_then(|line| line.split_ascii_whitespace().next()?.parse().ok()))
}

fn disguised() -> Result<()> {
    let seen = seen("disguised", |lab, image| {
        let container = lab.run(image, "one", &[], &[])?;
        docker(&["exec", &container, "acts", "disguised", "48"])?;
        docker(&["exec", &container, "sh", "-c", "cp /bin/acts /tmp/runc; /tmp/runc init; /tmp/runc exit 0"])
            .map(drop)
    })?;
    is(&seen, "acts exit 48", SESSION)?;
    is(&seen, "/tmp/runc init", SESSION)?;
    is(&seen, "/tmp/runc exit 0", SESSION)
}

fn entered() -> Result<()> {
    let seen = seen("entered", |lab, image| {
        let container = lab.run(image, "one", &[], &[])?;
        let pid = docker(&["inspect", "--format", "{{.State.Pid}}", &container])?;
        for options in [&["--mount"][..], &["--all"]] {
            let script = format!("/bin/touch /tmp/{0}; /bin/ls /tmp/{0}", options.concat());
            let words = [&["--target", &pid][..], options, &["/bin/sh", "-c", &script]].concat();
            let output = Command::new("nsenter").args(words).output()?;
            ensure!(output.status.success(), "nsenter: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    })?;
    is(&seen, "/bin/touch /tmp/--mount", SESSION)?;
    is(&seen, "/bin/touch /tmp/--all", SESSION)
}
