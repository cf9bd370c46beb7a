//! Enforcement end to end: real containers, the kernel, a real server and the operator's tool. What must die dies before
//! its first instruction, what is allowed lives, and nothing beside the image is touched. Where root, BTF or Docker is
//! missing these are listed as ignored.

#![allow(clippy::indexing_slicing, reason = "what JSON does not hold is null")]

use anyhow::{Context, Result, ensure};
use libtest_mimic::Arguments;
use plumbline_tests::{
    enforcing::{Stage, ends_with, exec, number},
    harness::{LIMIT, collecting_works, test},
    wait::until,
};
use rustix::process::Signal;
use serde_json::Value;
use std::{path::Path, process::ExitCode};

/// What a process that was killed by SIGKILL ends with, as a shell and Docker tell it.
const KILLED: Option<i32> = Some(137);

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One kernel, one Docker engine.
    arguments.test_threads = Some(1);
    let real = collecting_works();
    let trials = [
        test("what_is_not_of_the_image_is_killed_and_its_neighbours_live", immutable),
        test("what_is_not_in_the_list_is_killed", listed),
        test("observing_and_warning_kill_nothing_and_count_all", observed),
        test("too_many_kills_disarm_a_policy_until_a_person_sets_it_again", disarmed),
        test("policies_hold_while_the_server_is_away_and_after_a_killed_collector", outlived),
        test("the_switches_let_everything_run", switched_off),
    ];
    let trials =
        trials.into_iter().map(|trial| if real { trial } else { trial.with_ignored_flag(true) }).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
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
    stage.set(&["--mode", "enforce", "--immutable", "--exempt", "/tmp/echo"])?;

    // A neighbour does all the while, and often, what here is killed.
    let busy = "n=0; while [ $n -lt 3000 ]; do /tmp/true || exit 1; n=$((n + 1)); done";
    let neighbour = stage.neighbour.clone();
    let busy = std::thread::spawn(move || ends_with(&neighbour, &["sh", "-c", busy], Some(0)));
    ends_with(&stage.container, &[&dropped], KILLED)?;
    for line in foreign {
        let output = exec(&stage.container, &["sh", "-c", line])?;
        ensure!(!output.status.success(), "{line}: it ran");
    }
    // A script that the image's own shell interprets is found and killed while it waits.
    let script = "printf '#!/bin/sh\\nsleep 20\\necho survived\\n' >/tmp/s.sh; chmod +x /tmp/s.sh; /tmp/s.sh";
    let output = exec(&stage.container, &["sh", "-c", script])?;
    ensure!(!String::from_utf8_lossy(&output.stdout).contains("survived"), "a script went on");

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

fn disarmed() -> Result<()> {
    let stage = Stage::new("enforce-disarmed", &[])?;
    let dropped = drop_copy(&stage.container, "true")?;
    stage.set(&["--mode", "enforce", "--immutable", "--kills-per-minute", "3"])?;
    // The minute may turn once while they are counted.
    let mut killed = 0;
    while killed < 8 && exec(&stage.container, &[&dropped])?.status.code() == KILLED {
        killed += 1;
    }
    ensure!((3..=6).contains(&killed), "{killed} were killed in a minute of three");
    let spared = |list: &Value| list["nodes"][0]["state"]["spared"].to_string().contains("sha256:");
    until("the node to say so", LIMIT, || Ok(spared(&stage.enforcement(&["list"])?).then_some(())))?;
    ends_with(&stage.container, &[&dropped], Some(0))?;
    stage.policy("it to be counted", |policy| number(policy, "spared") >= 1)?;
    stage.set(&["--mode", "enforce", "--immutable", "--kills-per-minute", "3"])?;
    until("the node to enforce it again", LIMIT, || {
        Ok((!spared(&stage.enforcement(&["list"])?)).then_some(()))
    })?;
    ends_with(&stage.container, &[&dropped], KILLED)
}

fn outlived() -> Result<()> {
    let mut stage = Stage::new("enforce-outlived", &[])?;
    let dropped = drop_copy(&stage.container, "true")?;
    stage.set(&["--mode", "enforce", "--immutable"])?;
    let stopped = stage.server.take().context("no server")?.kill()?;
    ends_with(&stage.container, &[&dropped], KILLED)?;
    // Killed, and started again while nobody can tell it anything.
    stage.collector.take().context("no collector")?.stop(Signal::KILL)?;
    ends_with(&stage.container, &[&dropped], Some(0))?;
    stage.collect()?;
    until("what it kept to hold again", LIMIT, || {
        Ok((exec(&stage.container, &[&dropped])?.status.code() == KILLED).then_some(()))
    })?;
    stage.collector = None;
    stage.server = Some(stopped.start()?);
    stage.collect()?;
    stage.in_force()?;
    // What a killed collector had seen and not yet written is lost with it; the second was stopped in order.
    stage.policy("what was killed meanwhile to be told", |policy| number(policy, "killed") >= 1)?;
    Ok(())
}

fn switched_off() -> Result<()> {
    let stage = Stage::new("enforce-switched-off", &[])?;
    let dropped = drop_copy(&stage.container, "true")?;
    let glass = stage.lab.run(&stage.image, "glass", &["--label", "plumbline.dev/break-glass=1"], &[])?;
    let in_glass = drop_copy(&glass, "true")?;
    stage.set(&["--mode", "enforce", "--immutable"])?;
    ends_with(&stage.container, &[&dropped], KILLED)?;
    until("the label to be seen", LIMIT, || {
        let list = stage.enforcement(&["list"])?;
        Ok((list["nodes"][0]["state"]["broken_glass"] == 1).then_some(()))
    })?;
    ends_with(&glass, &[&in_glass], Some(0))?;

    stage.enforcement(&["off", "--author", "alice"])?;
    stage.in_force()?;
    ends_with(&stage.container, &[&dropped], Some(0))?;
    stage.enforcement(&["on", "--author", "alice"])?;
    stage.in_force()?;
    ends_with(&stage.container, &[&dropped], KILLED)?;

    let off = stage.off_file();
    std::fs::write(&off, "")?;
    until("the node to say that it is off", LIMIT, || {
        let list = stage.enforcement(&["list"])?;
        let said = list["nodes"][0]["state"]["inactive"].to_string();
        Ok(said.contains(&off).then_some(()))
    })?;
    ends_with(&stage.container, &[&dropped], Some(0))?;
    std::fs::remove_file(Path::new(&off))?;
    stage.in_force()?;
    ends_with(&stage.container, &[&dropped], KILLED)?;

    stage.enforcement(&["remove", &stage.repository, "--author", "alice"])?;
    stage.in_force()?;
    ends_with(&stage.container, &[&dropped], Some(0))
}
