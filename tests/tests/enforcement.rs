//! Enforcement end to end: real containers, the kernel, a real server and the operator's tool. What must die dies before
//! its first instruction, what is allowed lives, and nothing beside the image is touched. Where root, BTF or Docker is
//! missing these are listed as ignored.

#![allow(clippy::indexing_slicing, reason = "what JSON does not hold is null")]

#[path = "enforcement/hung.rs"]
mod hung;
#[path = "enforcement/lasting.rs"]
mod lasting;
#[path = "enforcement/switched.rs"]
mod switched;

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Arguments, Trial};
use plumbline_proto::v1::{Alert, ConfirmedAction, Containment, OrderOutcome};
use plumbline_tests::{
    containerd::{self, Containerd},
    docker::docker,
    enforcing::{Stage, ends_with, exec, number},
    guest::Again,
    harness::{LIMIT, collecting_works, test},
    podman,
    wait::until,
};
use rustix::process::Signal;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// What a process that was killed by SIGKILL ends with, as a shell and Docker tell it.
const KILLED: Option<i32> = Some(137);

/// With policies another program than without is loaded.
static IN_GUESTS: Again = Again {
    shows: "what_breaks_a_policy_is_killed",
    tried: &["what_is_not_in_the_list_is_killed"],
    not_there: &[],
};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One kernel, one Docker engine.
    arguments.test_threads = Some(1);
    let real = collecting_works();
    let trials = [
        test("what_is_not_of_the_image_is_killed_and_its_neighbours_live", immutable),
        test("what_is_not_in_the_list_is_killed", listed),
        test("observing_and_warning_kill_nothing_and_count_all", observed),
        test("too_many_kills_disarm_a_policy_until_a_person_sets_it_again", lasting::disarmed),
        test("policies_hold_while_the_server_is_away_and_after_a_killed_collector", lasting::outlived),
        test("a_collector_that_hangs_kills_nothing_for_long", hung::let_go),
        test("policies_end_where_no_server_renews_them_and_hold_again_where_one_does", lasting::expired),
        test("the_switches_let_everything_run", switched::off),
        test("a_container_where_a_person_confirms_an_attack_is_paused_once_and_no_other_is", paused),
        test("a_container_where_a_person_confirms_an_attack_is_stopped", stopped),
        test("without_a_policy_that_says_so_or_under_its_label_a_confirmed_attack_stops_nothing", left_alone),
    ];
    let with =
        |trial: Trial, runtime: bool| if real && runtime { trial } else { trial.with_ignored_flag(true) };
    let trials = trials
        .into_iter()
        .map(|trial| with(trial, true))
        .chain([
            with(
                test("by_cri_a_container_is_stopped_and_pausing_is_refused", stopped_by_cri),
                containerd::available(),
            ),
            with(
                test("podman_pauses_and_stops_where_a_person_confirms_an_attack", by_podman),
                podman::podman(&["version"]).is_ok(),
            ),
            with(
                test("a_package_manager_is_killed_or_what_it_installs_is", packages),
                Path::new("/usr/bin/dpkg").exists(),
            ),
        ])
        .collect();
    libtest_mimic::run(&arguments, IN_GUESTS.with(trials)).exit_code()
}

/// Has an alert told of a container of Docker.
fn attacked(stage: &Stage, container: &str) -> Result<Alert> {
    let id = docker(&["inspect", "--format", "{{.Id}}", container])?;
    told_of(stage, &id, &|line| ends_with(container, &["sh", "-c", line], Some(0)))
}

/// Has an alert told of a container in which `run` runs lines of a shell: somebody has denied what it then does.
fn told_of(stage: &Stage, id: &str, run: &dyn Fn(&str) -> Result<()>) -> Result<Alert> {
    let behaviour = ["--dimension", "spawn", "--context", "/bin/busybox[sh]", "--value", "/bin/acts"];
    let by = ["--reason", "nobody needs it", "--author", "alice"];
    stage.plumbline(&[&["intent", "deny", "--scope", "all"], &behaviour[..], &by[..]].concat())?;
    until("an alert of the container", LIMIT, || {
        run("/bin/acts exit 0; true")?;
        // Runtimes put a registry before the repository, each another.
        Ok(stage.server()?.alerts("")?.into_iter().find(|alert| alert.container_id == id))
    })
}

/// Confirms the attack; what came of that, once it is settled.
fn confirmed(stage: &Stage, alert: &Alert) -> Result<Containment> {
    stage.plumbline(&["alerts", "resolve", &alert.id, "--as", "attack-confirmed", "--author", "alice"])?;
    until("what came of it", LIMIT, || {
        let alert = stage.server()?.alerts("")?.into_iter().find(|known| known.id == alert.id);
        let containment = alert.and_then(|alert| alert.triage?.containment).context("nothing was asked")?;
        Ok((containment.outcome() != OrderOutcome::Asked).then_some(containment))
    })
}

/// What Docker says of a container.
fn state(container: &str) -> Result<String> {
    docker(&["inspect", "--format", "{{.State.Status}}", container])
}

fn paused() -> Result<()> {
    let mut stage = Stage::new("enforce-paused", &[])?;
    let twin = stage.lab.run(&stage.image, "twin", &[], &[])?;
    stage.set(&["--mode", "enforce", "--immutable", "--on-confirmed-attack", "pause"])?;
    let alert = attacked(&stage, &stage.container)?;
    ensure!(state(&stage.container)? == "running", "a verdict alone did something");
    let done = confirmed(&stage, &alert)?;
    ensure!(done.outcome() == OrderOutcome::Done && done.action() == ConfirmedAction::Pause, "{done:?}");
    ensure!(state(&stage.container)? == "paused", "it is not paused");
    for other in [&twin, &stage.neighbour] {
        ends_with(other, &["/bin/true"], Some(0))?;
        ensure!(state(other)? == "running", "{other} is {}", state(other)?);
    }
    let shown = stage.plumbline(&["alerts", "show", &alert.id])?;
    ensure!(shown.contains("the container is paused"), "{shown}");
    let recorded = stage.plumbline(&["audit", "list"])?;
    ensure!(recorded.contains("paused container") && recorded.contains("asked node"), "{recorded}");

    stage.plumbline(&["alerts", "reopen", &alert.id, "--author", "alice"])?;
    ensure!(state(&stage.container)? == "paused", "opening the alert again let it go on");

    // The way back, and then nothing does it again: neither time nor a collector or server that was killed.
    docker(&["unpause", &stage.container])?;
    stage.collector.take().context("no collector")?.stop(Signal::KILL)?;
    stage.server = Some(stage.server.take().context("no server")?.kill()?.start()?);
    stage.collect()?;
    stage.in_force()?;
    stage.enforcement(&[
        "set",
        &stage.repository,
        "--mode",
        "enforce",
        "--immutable",
        "--on-confirmed-attack",
        "pause",
        "--author",
        "a",
    ])?;
    stage.in_force()?;
    ends_with(&stage.container, &["/bin/true"], Some(0))?;
    ensure!(state(&stage.container)? == "running", "it was paused again");
    let recorded = stage.plumbline(&["audit", "list"])?;
    ensure!(recorded.matches("paused container").count() == 1, "{recorded}");

    // Somebody was faster: that is as good.
    docker(&["pause", &twin])?;
    docker(&["unpause", &twin])?;
    let alert = attacked(&stage, &twin)?;
    docker(&["pause", &twin])?;
    let done = confirmed(&stage, &alert)?;
    ensure!(done.outcome() == OrderOutcome::Done && done.reason.contains("paused already"), "{done:?}");
    docker(&["unpause", &twin])?;
    Ok(())
}

fn stopped() -> Result<()> {
    let stage = Stage::new("enforce-stopped", &[])?;
    let twin = stage.lab.run(&stage.image, "twin", &["--restart", "always"], &[])?;
    stage.set(&["--mode", "enforce", "--immutable", "--on-confirmed-attack", "stop"])?;
    let alert = attacked(&stage, &twin)?;
    let done = confirmed(&stage, &alert)?;
    ensure!(done.outcome() == OrderOutcome::Done && done.action() == ConfirmedAction::Stop, "{done:?}");
    ensure!(state(&twin)? == "exited", "it is {}", state(&twin)?);
    // Its shell heeds no SIGTERM.
    let code = docker(&["inspect", "--format", "{{.State.ExitCode}}", &twin])?;
    ensure!(code == "137", "it ended with {code}");
    for other in [&stage.container, &stage.neighbour] {
        ensure!(state(other)? == "running", "{other} is {}", state(other)?);
    }
    Ok(())
}

/// By Kubernetes' interface a container can be stopped, and pausing is refused.
fn stopped_by_cri() -> Result<()> {
    let mut stage = Stage::new("enforce-cri", &[])?;
    let pause = format!("plumbline-enforce-cri-{}/pause", std::process::id());
    let pause = stage.lab.image(&pause, &[("pause", "#!/bin/sh\nexec sleep 1000000\n")], &["/pause"])?;
    let directory = tempfile::tempdir()?;
    let containerd = Containerd::start(directory.path(), &[&stage.image], &pause)?;
    stage.collector = None;
    stage.runtime = Some(format!("cri:{}", containerd.socket.display()));
    stage.collect()?;
    stage.set(&["--mode", "enforce", "--immutable", "--on-confirmed-attack", "pause"])?;
    let pod = containerd.pod("web-0", "uid", &[])?;
    let container = containerd.container(&pod, ("app", 0), &stage.image, |_, _| {})?;
    let twin = containerd.container(&pod, ("twin", 0), &stage.image, |_, _| {})?;
    let alert = told_of(&stage, &container, &|line| containerd.exec(&container, &["sh", "-c", line]))?;
    let refused = confirmed(&stage, &alert)?;
    ensure!(refused.outcome() == OrderOutcome::Refused && refused.reason.contains("no pause"), "{refused:?}");
    ensure!(containerd.runs(&container)?, "it was stopped");

    stage.set(&["--mode", "enforce", "--immutable", "--on-confirmed-attack", "stop"])?;
    stage.plumbline(&["alerts", "reopen", &alert.id, "--author", "alice"])?;
    let done = confirmed(&stage, &alert)?;
    ensure!(done.outcome() == OrderOutcome::Done, "{done:?}");
    ensure!(!containerd.runs(&container)? && containerd.runs(&twin)?, "not it, or not it alone");
    Ok(())
}

fn by_podman() -> Result<()> {
    let mut stage = Stage::new("enforce-podman", &[])?;
    let directory = tempfile::tempdir()?;
    let engine = podman::Engine::start(directory.path(), &stage.image)?;
    stage.collector = None;
    stage.runtime = Some(format!("podman:{}", engine.socket.display()));
    stage.collect()?;
    let (container, twin) = (engine.run("contained", &[])?, engine.run("twin", &[])?);
    let is = |name: &str| podman::podman(&["inspect", "--format", "{{.State.Status}}", name]);
    let id = podman::podman(&["inspect", "--format", "{{.Id}}", &container])?;
    stage.set(&["--mode", "enforce", "--immutable", "--on-confirmed-attack", "stop"])?;
    let run = |line: &str| podman::podman(&["exec", &container, "sh", "-c", line]).map(drop);
    let alert = told_of(&stage, &id, &run)?;
    let done = confirmed(&stage, &alert)?;
    ensure!(done.outcome() == OrderOutcome::Done, "{done:?}");
    ensure!(is(&container)? == "exited" && is(&twin)? == "running", "{} and {}", is(&container)?, is(&twin)?);
    let id = podman::podman(&["inspect", "--format", "{{.Id}}", &twin])?;
    stage.set(&["--mode", "enforce", "--immutable", "--on-confirmed-attack", "pause"])?;
    let alert = told_of(&stage, &id, &|line| podman::podman(&["exec", &twin, "sh", "-c", line]).map(drop))?;
    let done = confirmed(&stage, &alert)?;
    ensure!(done.outcome() == OrderOutcome::Done && is(&twin)? == "paused", "{done:?}, {}", is(&twin)?);
    podman::podman(&["unpause", &twin])?;
    Ok(())
}

fn left_alone() -> Result<()> {
    let stage = Stage::new("enforce-left-alone", &[])?;
    let glass = stage.lab.run(&stage.image, "glass", &["--label", "plumbline.dev/break-glass=1"], &[])?;
    stage.set(&["--mode", "enforce", "--immutable"])?;
    let alert = attacked(&stage, &stage.container)?;
    let resolve = ["alerts", "resolve", &alert.id, "--as", "attack-confirmed", "--author", "alice"];
    let said = stage.plumbline(&resolve)?;
    ensure!(!said.contains("container"), "{said}");
    stage.set(&["--mode", "enforce", "--immutable", "--on-confirmed-attack", "pause"])?;
    ensure!(state(&stage.container)? == "running", "nobody asked for it");
    let alert = attacked(&stage, &glass)?;
    let refused = confirmed(&stage, &alert)?;
    ensure!(refused.outcome() == OrderOutcome::Refused && refused.reason.contains("label"), "{refused:?}");
    ensure!(state(&glass)? == "running", "it is {}", state(&glass)?);
    let recorded = stage.plumbline(&["audit", "list"])?;
    ensure!(recorded.contains("refused to pause container"), "{recorded}");
    Ok(())
}

/// Puts a copy of a program of the image into its `/tmp`, under a new name.
fn drop_copy(container: &str, name: &str) -> Result<String> {
    let path = format!("/tmp/{name}");
    ends_with(container, &["cp", "/bin/busybox", &path], Some(0))?;
    Ok(path)
}

fn immutable() -> Result<()> {
    let stage = Stage::new("enforce-immutable", &[])?;
    let dropped = drop_copy(&stage.container, "true")?;
    let beside = drop_copy(&stage.neighbour, "true")?;
    // Each succeeds exactly if the program that is not of the image runs: one that was written, what it would leave behind,
    // one in memory, one that was deleted before it ran, and one on a file system of its own.
    let foreign = [
        "/tmp/true",
        "cp /bin/busybox /tmp/touch; /tmp/touch /tmp/trace; ls /tmp/trace",
        "/bin/acts memfd",
        "cp /bin/acts /tmp/a; exec 3</tmp/a; rm /tmp/a; /proc/self/fd/3 exit 0",
        "cp /bin/acts /ram/a; /ram/a exit 0",
    ];
    for line in foreign {
        ends_with(&stage.container, &["sh", "-c", line], Some(0))?;
    }
    ends_with(&stage.container, &["rm", "-f", "/tmp/trace", "/ram/a"], Some(0))?;
    let rules = ["--mode", "enforce", "--immutable", "--exempt", "/tmp/echo", "--kills-per-minute", "60"];
    stage.set(&rules)?;

    // A neighbour does all the while, and often, what here is killed.
    let busy = "n=0; while [ $n -lt 3000 ]; do /tmp/true || exit 1; n=$((n + 1)); done";
    let neighbour = stage.neighbour.clone();
    let busy = std::thread::spawn(move || ends_with(&neighbour, &["sh", "-c", busy], Some(0)));
    ends_with(&stage.container, &[&dropped], KILLED)?;
    for line in foreign {
        let output = exec(&stage.container, &["sh", "-c", line])?;
        ensure!(!output.status.success(), "{line}: it ran");
    }
    // A script that the image's own shell interprets is found and killed while it waits: started by itself or named to the
    // shell, in the image's layers, on a file system of its own, or by a descriptor.
    let scripts = [
        ("/tmp/s.sh", "/tmp/s.sh"),
        ("/tmp/t.sh", "sh /tmp/t.sh"),
        ("/ram/s.sh", "sh /ram/s.sh"),
        ("/tmp/u.sh", "exec 3</tmp/u.sh; sh /proc/self/fd/3"),
    ];
    for (file, start) in scripts {
        let script = format!(
            "printf '#!/bin/sh\\nsleep 20\\necho survived\\n' >{file}; chmod +x {file}; {start}; true"
        );
        let output = exec(&stage.container, &["sh", "-c", &script])?;
        ensure!(!String::from_utf8_lossy(&output.stdout).contains("survived"), "{start}: it went on");
    }

    // What is of the image, what is exempt, and what belongs to others.
    ends_with(&stage.container, &["/bin/true"], Some(0))?;
    ends_with(&stage.container, &["/app/check"], Some(0))?;
    let exempt = "cp /bin/busybox /tmp/echo; /tmp/echo exempt";
    ends_with(&stage.container, &["sh", "-c", exempt], Some(0))?;
    ends_with(&stage.neighbour, &[&beside], Some(0))?;
    busy.join().map_err(|_| anyhow::anyhow!("the neighbour's thread failed"))??;
    let second = stage.lab.run(&stage.image, "two", &[], &[])?;
    let late = drop_copy(&second, "true")?;
    until("a container that came later to be known", LIMIT, || {
        Ok((exec(&second, &[&late])?.status.code() == KILLED).then_some(()))
    })?;

    let policy = stage.policy("all kills to be told", |policy| number(policy, "killed") >= 7)?;
    let rules = policy["last"].to_string();
    ensure!(
        rules.contains("ENFORCEMENT_RULE_IMMUTABLE") && rules.contains("ENFORCEMENT_RULE_SCRIPT"),
        "{rules}"
    );
    ensure!(rules.contains("/tmp/true") && rules.contains("/tmp/s.sh"), "{rules}");
    ensure!(
        number(&policy, "observed") + number(&policy, "warned") + number(&policy, "spared") == 0,
        "{policy}"
    );
    Ok(())
}

fn listed() -> Result<()> {
    let stage = Stage::new("enforce-listed", &[])?;
    // What the image was seen to run: its loop, and the shell.
    until("the shell to be learned", LIMIT, || {
        ends_with(&stage.container, &["/bin/busybox", "true"], Some(0))?;
        stage.enforcement(&[
            "set",
            &stage.repository,
            "--mode",
            "observe",
            "--allow-list",
            "--author",
            "alice",
        ])?;
        let list = stage.enforcement(&["list"])?;
        Ok(list["policies"][0]["allowed"].to_string().contains("/bin/busybox").then_some(()))
    })?;
    stage.set(&["--mode", "enforce", "--allow-list"])?;
    ends_with(&stage.container, &["/bin/true"], Some(0))?;
    // A program of the image that it was never seen to run.
    ends_with(&stage.container, &["/bin/acts", "exit", "0"], KILLED)?;
    stage.set(&["--mode", "enforce", "--allow-list", "--allow", "/bin/acts"])?;
    ends_with(&stage.container, &["/bin/acts", "exit", "0"], Some(0))
}

/// A Debian package with one program, `/opt/true`.
fn package(folder: &Path) -> Result<PathBuf> {
    let (root, package) = (folder.join("news"), folder.join("news.deb"));
    let control =
        "Package: news\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: news\n";
    fs::create_dir_all(root.join("DEBIAN"))?;
    fs::create_dir_all(root.join("opt"))?;
    fs::write(root.join("DEBIAN/control"), control)?;
    fs::copy("/bin/busybox", root.join("opt/true"))?;
    let made = Command::new("dpkg-deb").args(["-Zgzip", "--build"]).args([&root, &package]).output()?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Ok(package)
}

fn packages() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let package = package(folder.path())?;
    // Debian's own, with what it is linked against, beside that of busybox.
    let needs = Command::new("ldd").arg("/usr/bin/dpkg").output()?;
    let needs = String::from_utf8_lossy(&needs.stdout).into_owned();
    let libraries = needs.split_whitespace().filter(|word| word.starts_with('/'));
    let mut files: Vec<(&str, &Path)> =
        vec![("usr/bin/dpkg", Path::new("/usr/bin/dpkg")), ("srv/news.deb", &package)];
    files.extend(libraries.map(|library| (library.trim_start_matches('/'), Path::new(library))));
    let stage = Stage::new("enforce-packages", &files)?;
    let install = "mkdir -p /var/lib/dpkg/info; touch /var/lib/dpkg/status; busybox dpkg -i /srv/news.deb";
    for line in [install, "/opt/true", "/usr/bin/dpkg --version"] {
        ends_with(&stage.neighbour, &["sh", "-c", line], Some(0))?;
    }

    // It is of the image and may install; what it installs is not.
    stage.set(&["--mode", "enforce", "--immutable"])?;
    ends_with(&stage.container, &["sh", "-c", install], Some(0))?;
    ends_with(&stage.container, &["/opt/true"], KILLED)?;
    ends_with(&stage.neighbour, &["/opt/true"], Some(0))?;

    // By a list, it does not run.
    stage.set(&["--mode", "enforce", "--allow-list", "--allow", "/bin/busybox"])?;
    ends_with(&stage.container, &["/usr/bin/dpkg", "--version"], KILLED)?;
    ends_with(&stage.neighbour, &["/usr/bin/dpkg", "--version"], Some(0))
}

fn observed() -> Result<()> {
    let stage = Stage::new("enforce-observed", &[])?;
    let dropped = drop_copy(&stage.container, "true")?;
    stage.set(&["--mode", "observe", "--immutable"])?;
    ends_with(&stage.container, &[&dropped], Some(0))?;
    stage.policy("it to be counted", |policy| number(policy, "observed") == 1)?;
    stage.set(&["--mode", "warn", "--immutable"])?;
    ends_with(&stage.container, &[&dropped], Some(0))?;
    let policy = stage.policy("it to be counted", |policy| number(policy, "warned") == 1)?;
    ensure!(number(&policy, "killed") == 0, "{policy}");
    let told = until("an alert", LIMIT, || {
        let alerts = stage.server()?.alerts("")?;
        Ok(alerts.into_iter().find(|alert| alert.operational.is_some()))
    })?;
    ensure!(told.story.contains("/tmp/true") || told.story.contains(&stage.repository), "{told:?}");
    Ok(())
}
