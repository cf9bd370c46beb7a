//! The ways in: how the steps of a scenario reach their container.
//!
//! Attacks and drifts share them, so that neither is known by its parent alone.

use crate::{
    scenario::{Entry, Scenario},
    stage::{Container, Stage},
};
use anyhow::{Context, Result, bail};
use plumbline_tests::wait::until;
use std::{
    fs::File,
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

/// Longest one step may take.
const LIMIT: Duration = Duration::from_secs(25);
/// Between two steps.
const PAUSE: Duration = Duration::from_millis(300);
/// How long cron may take to run what was put there: a minute of three seconds, and the job.
const CRON: Duration = Duration::from_millis(6500);
/// Between two lines that are typed.
const TYPING: Duration = Duration::from_millis(250);

/// Lets a scenario happen and gives what its steps printed.
///
/// # Errors
/// If a step can't be begun or does not end; not if it fails.
pub(crate) fn happen(stage: &Stage, scenario: &Scenario, target: &Container) -> Result<String> {
    let mut said = String::new();
    for step in &scenario.steps {
        let step = stage.filled(step.trim(), target);
        said += &match scenario.entry {
            Entry::Service => service(stage, target, &step)?,
            Entry::Request => exec(&["--interactive", stage.clients(), "sh"], &step)?,
            Entry::Cron => cron(target, &scenario.id, &step)?,
            Entry::Exec => {
                let user = user(scenario);
                exec(&[&user[..], &[&target.name, "sh", "-c", &step]].concat(), "")?
            }
            Entry::Terminal => terminal(&user(scenario), target, &step)?,
        };
        std::thread::sleep(PAUSE);
    }
    Ok(said)
}

fn user(scenario: &Scenario) -> Vec<&str> {
    if scenario.user.is_empty() { Vec::new() } else { vec!["--user", &scenario.user] }
}

/// Through the hole of the image.
fn service(stage: &Stage, target: &Container, step: &str) -> Result<String> {
    let breach = ["python3", "/lab/breach.py", target.image.name, &target.address];
    let said = exec(&[&["--interactive", stage.clients()], &breach[..]].concat(), step)?;
    // It was taken when breach.py ended; what it does takes its time.
    if matches!(target.image.name, "ci" | "tools") {
        std::thread::sleep(Duration::from_secs(4));
    }
    Ok(said)
}

/// A job beside the others; docker cp starts nothing in the container.
fn cron(target: &Container, id: &str, step: &str) -> Result<String> {
    let directory = tempfile::tempdir()?;
    let job = directory.path().join(id);
    std::fs::write(&job, format!("#!/bin/sh\n{step}\n"))?;
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&job, std::fs::Permissions::from_mode(0o755))?;
    }
    let to = format!("{}:/srv/jobs/", target.name);
    plumbline_tests::docker::docker(&["cp", &job.display().to_string(), &to])?;
    std::thread::sleep(CRON);
    // Once: a minute later it would be no news.
    let name = format!("/srv/jobs/{id}");
    std::fs::write(&job, "")?;
    plumbline_tests::docker::docker(&[
        "cp",
        &job.display().to_string(),
        &format!("{}:{name}.done", target.name),
    ])?;
    Ok(String::new())
}

/// `docker exec` with these arguments and this on standard input.
fn exec(arguments: &[&str], input: &str) -> Result<String> {
    let mut command = Command::new("docker");
    command.args(["--host", "unix:///var/run/docker.sock", "exec"]).args(arguments);
    output(command, |stdin| {
        stdin.write_all(input.as_bytes())?;
        Ok(())
    })
}

/// Typed line by line into a shell; `script` is the terminal.
fn terminal(user: &[&str], target: &Container, step: &str) -> Result<String> {
    let words = ["docker", "--host", "unix:///var/run/docker.sock", "exec", "--interactive", "--tty"];
    let line = [&words[..], user, &[&target.name, "bash"]].concat().join(" ");
    let mut command = Command::new("script");
    command.args(["--quiet", "--echo", "never", "--return", "--command", &line, "/dev/null"]);
    output(command, |stdin| {
        std::thread::sleep(4 * TYPING);
        for line in step.lines().chain(["exit"]) {
            writeln!(stdin, "{line}")?;
            stdin.flush()?;
            std::thread::sleep(TYPING);
        }
        Ok(())
    })
}

/// What a command prints, given what `write` says on its standard input.
fn output(
    mut command: Command,
    write: impl FnOnce(&mut std::process::ChildStdin) -> Result<()>,
) -> Result<String> {
    let file = tempfile::NamedTempFile::new()?;
    let (out, err): (File, File) = (file.reopen()?, file.reopen()?);
    let mut child = command.stdin(Stdio::piped()).stdout(out).stderr(err).spawn()?;
    let mut stdin = child.stdin.take().context("no standard input")?;
    // A command may end before it has heard all.
    let _ = write(&mut stdin);
    drop(stdin);
    let ended = until("a step to end", LIMIT, || Ok(child.try_wait()?));
    let said = std::fs::read_to_string(file.path()).unwrap_or_default();
    match ended {
        Ok(status) => Ok(format!("{said}\n[{}]\n", status.code().unwrap_or(-1))),
        Err(error) => {
            let _ = child.kill();
            let _ = child.wait();
            bail!("{error}; it said: {said}")
        }
    }
}

/// What an operator or a timer does as a matter of course.
///
/// # Errors
/// If it can't be begun or does not end.
pub(crate) fn routine(container: &Container, entry: Entry, command: &str) -> Result<()> {
    if entry == Entry::Terminal {
        terminal(&[], container, command)?;
    } else {
        exec(&[&container.name, "sh", "-c", command], "")?;
    }
    Ok(())
}
