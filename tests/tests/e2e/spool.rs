//! The spool of a real collector: killed before any server came, and on a disk that takes nothing.

use crate::{learned_from, reported_windows};
use anyhow::{Context, Result, ensure};
use plumbline_tests::{
    docker::{Lab, docker},
    harness::{IDLE, LIMIT},
    programs::{Server, collector},
    wait::until,
};
use rustix::process::Signal;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

pub(super) fn killed() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut lab = Lab::new("killed")?;
    let repository = format!("plumbline-killed-{}/idle", std::process::id());
    let image = lab.image(&repository, &[("app/run", IDLE)], &["/app/run"])?;
    let first = Server::start(directory.path(), &[])?;
    let url = first.grpc.clone();
    let stopped = first.kill()?;
    let arguments = ["run", "--server", &url, "--exposure-window", "200ms", "--node", "e2e"];
    let mut killed = collector(directory.path(), "killed", &arguments)?;
    for replica in 0..3 {
        lab.run(&image, &replica.to_string(), &[], &[])?;
    }
    let spool = directory.path().join("spool");
    until("windows in the spool", LIMIT, || Ok((spooled_windows(&spool)? >= 30).then_some(())))?;
    killed.stop(Signal::KILL)?;
    let left = spooled_windows(&spool)?;
    let server = stopped.start()?;
    let mut watcher = collector(directory.path(), "next", &arguments)?;
    learned_from(&server, &repository, left + 10)?;
    let status = watcher.stop(Signal::TERM)?;
    ensure!(status.success(), "{}", watcher.log());
    let reported = reported_windows(&watcher.log())
        .context("the collector does not say how many windows it reported")?;
    let total: u64 = server.images("")?.iter().map(|image| image.exposures + image.exposures_lossy).sum();
    ensure!(total == left + reported, "the server counts {total} windows, not {left} and {reported}");
    ensure!(spooled_windows(&spool)? == 0, "what was acknowledged is still in the spool");
    Ok(())
}

/// As a disk is mounted after an error of its file system.
pub(super) fn read_only() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut lab = Lab::new("read-only")?;
    let repository = format!("plumbline-read-only-{}/idle", std::process::id());
    let image = lab.image(&repository, &[("app/run", IDLE)], &["/app/run"])?;
    let server = Server::start(directory.path(), &[])?;
    let url = server.grpc.clone();
    let _mounted = Mounted::on(directory.path().join("spool"), "ro")?;
    let arguments = ["run", "--server", &url, "--exposure-window", "200ms", "--node", "e2e"];
    let mut watcher = collector(directory.path(), "watcher", &arguments)?;
    lab.run(&image, "one", &[], &[])?;
    learned_from(&server, &repository, 5)?;
    let status = watcher.stop(Signal::TERM)?;
    let log = watcher.log();
    ensure!(status.success(), "{log}");
    ensure!(
        log.contains("no spool: batches wait in memory") && log.contains("Read-only file system"),
        "{log}"
    );
    Ok(())
}

/// The disk fills while no server is there: what does not fit waits in memory, nothing is lost, and when the server has taken
/// it all the spool takes batches again.
pub(super) fn full() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut lab = Lab::new("full")?;
    let repository = format!("plumbline-full-{}/idle", std::process::id());
    let image = lab.image(&repository, &[("app/run", IDLE)], &["/app/run"])?;
    let first = Server::start(directory.path(), &[])?;
    let url = first.grpc.clone();
    let stopped = first.kill()?;
    let _mounted = Mounted::on(directory.path().join("spool"), "size=32k")?;
    let arguments = ["run", "--server", &url, "--exposure-window", "200ms", "--node", "e2e"];
    let mut watcher = collector(directory.path(), "watcher", &arguments)?;
    let mut lived = 0;
    until("the disk to be full", LIMIT, || {
        let container = lab.run(&image, &format!("life-{lived}"), &[], &[])?;
        lived += 1;
        docker(&["rm", "--force", &container])?;
        Ok(watcher.log().contains("the spool takes no more").then_some(()))
    })?;
    ensure!(watcher.log().contains("No space left on device"), "{}", watcher.log());
    // These have no other place than memory.
    for life in 0..3 {
        lab.run(&image, &format!("later-{life}"), &[], &[])?;
    }
    let server = stopped.start()?;
    learned_from(&server, &repository, 30)?;
    until("the spool to go on", LIMIT, || {
        Ok(watcher.log().contains("the spool takes batches again").then_some(()))
    })?;
    let status = watcher.stop(Signal::TERM)?;
    let log = watcher.log();
    ensure!(status.success(), "{log}");
    let reported =
        reported_windows(&log).context("the collector does not say how many windows it reported")?;
    let total: u64 = server.images("")?.iter().map(|image| image.exposures + image.exposures_lossy).sum();
    ensure!(total == reported, "the server counts {total} windows, the collector reported {reported}");
    ensure!(log.contains("losses=\"none\""), "{log}");
    Ok(())
}

/// A file system of its own, until it is dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn on(path: PathBuf, options: &str) -> Result<Self> {
        std::fs::create_dir(&path)?;
        let status =
            Command::new("mount").args(["-t", "tmpfs", "-o", options, "none"]).arg(&path).status()?;
        ensure!(status.success(), "mount: {status}");
        Ok(Self(path))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Err(error) = Command::new("umount").arg(&self.0).status() {
            eprintln!("still mounted: {}: {error}", self.0.display());
        }
    }
}

/// Windows in the batches of a spool, by the layout in the head of `collector/src/spool/segment.rs`.
fn spooled_windows(spool: &Path) -> Result<u64> {
    let mut windows = 0;
    for file in std::fs::read_dir(spool)? {
        let bytes = std::fs::read(file?.path())?;
        let mut rest = bytes.get(32..).unwrap_or_default();
        while let Some((head, after)) = rest.split_at_checked(40) {
            let len = u32::from_le_bytes(head[4..8].try_into()?) as usize;
            // The last entry may be half written.
            let Some((batch, next)) = after.split_at_checked(len) else { break };
            let batch = <plumbline_proto::v1::Batch as prost::Message>::decode(batch)?;
            windows += batch.windows.map_or(0, |windows| windows.container.len() as u64);
            rest = next;
        }
    }
    Ok(windows)
}
