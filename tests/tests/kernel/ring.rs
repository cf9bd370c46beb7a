//! What the ring has no room for.

use anyhow::{Context, Result, ensure};
use plumbline_proto::v1::LossReason;
use plumbline_tests::{
    docker::{Lab, docker},
    harness::IDLE,
    programs::collector,
    recording::read,
};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{SystemTime, UNIX_EPOCH};

/// The reader stands still while programs begin by the thousand: the kernel side counts what it can't tell, the recording says
/// as much, and of the container nothing is learned from the windows in which that was.
pub(super) fn overflow() -> Result<()> {
    const PROGRAMS: u64 = 2000;
    let directory = tempfile::tempdir()?;
    let mut lab = Lab::new("overflow")?;
    let repository = format!("plumbline-overflow-{}/idle", std::process::id());
    let image = lab.image(&repository, &[("app/run", IDLE)], &["/app/run"])?;
    let file = directory.path().join("recording");
    let path = file.display().to_string();
    let arguments = ["record", "-o", &path, "--exposure-window", "1s", "--ring-bytes", "65536"];
    let mut recorder = collector(directory.path(), "recorder", &arguments)?;
    let container = lab.run(&image, "one", &[], &[])?;
    let pid = Pid::from_raw(recorder.pid().try_into()?).context("no pid")?;
    kill_process(pid, Signal::STOP)?;
    let stopped = now_s()?;
    let storm = format!("i=0; while [ $i -lt {PROGRAMS} ]; do /bin/id >/dev/null; i=$((i+1)); done");
    let stormed = docker(&["exec", &container, "sh", "-c", &storm]);
    let going = now_s()?;
    kill_process(pid, Signal::CONT)?;
    stormed?;
    docker(&["exec", &container, "/bin/id", "-u"])?;
    let status = recorder.stop(Signal::TERM)?;
    let log = recorder.log();
    ensure!(status.success(), "{log}");
    let mut dropped = 0;
    for line in log.lines().filter(|line| line.contains(" hook hook=")) {
        let number = |name: &str| -> Result<u64> {
            let (_, rest) = line.split_once(name).with_context(|| format!("no {name} in {line}"))?;
            Ok(rest.split(' ').next().unwrap_or_default().parse()?)
        };
        let (seen, submitted, lost) = (number("seen=")?, number("submitted=")?, number("dropped=")?);
        // What is only summed up takes no place in the ring.
        ensure!(line.contains("\"flow\"") || seen == submitted + lost, "{line}");
        if line.contains("\"exec\"") {
            ensure!(seen >= PROGRAMS && lost > 0 && submitted > 0, "{line}");
        }
        dropped += if line.contains("\"sum\"") { 0 } else { lost };
    }
    let batches = read(&file)?;
    let losses = batches.iter().flat_map(|batch| &batch.losses);
    let told: u64 =
        losses.filter(|loss| loss.reason == LossReason::RingFull as i32).map(|loss| loss.events).sum();
    ensure!(told == dropped, "{told} are told of {dropped}: {log}");
    let windows = batches.iter().filter_map(|batch| batch.windows.as_ref());
    let windows = windows.flat_map(|windows| windows.window.iter().zip(&windows.lossy));
    let meanwhile: Vec<_> = windows.filter(|(window, _)| (stopped..=going).contains(window)).collect();
    ensure!(
        !meanwhile.is_empty() && meanwhile.iter().all(|(_, lossy)| **lossy == 1),
        "{meanwhile:?} are said to be whole"
    );
    Ok(())
}

/// Number of the window that is open, of one second.
fn now_s() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}
