//! What every test of the real programs needs: a trial, whether this machine can run it, a recording of a lab.

use crate::{
    docker::{self, Lab},
    programs::{binary, collector},
    recording::read,
};
use anyhow::{Result, ensure};
use libtest_mimic::{Failed, Trial};
use plumbline_proto::v1::Batch;
use rustix::process::Signal;
use std::{process::Command, time::Duration};

/// Longest a condition may take to come true.
pub const LIMIT: Duration = Duration::from_secs(60);
/// An image that does nothing until it is told to.
pub const IDLE: &str = "#!/bin/sh\nwhile :; do sleep 1; done\n";

/// A test by its name.
pub fn test(name: &str, run: fn() -> Result<()>) -> Trial {
    Trial::test(name, move || run().map_err(|error| Failed::from(format!("{error:#}"))))
}

/// Whether the collector can watch containers here.
pub fn collecting_works() -> bool {
    let check =
        binary("plumbline-collector").ok().and_then(|path| Command::new(path).arg("check").output().ok());
    check.is_some_and(|output| output.status.success()) && docker::available()
}

/// Records while `work` runs in a lab with one idle image, and gives what was recorded, with the image's
/// repository. The image holds `/bin/acts` (fixtures/acts) beside busybox.
///
/// # Errors
/// If the lab or the collector fails, or `work` does.
pub fn recorded(name: &str, work: impl FnOnce(&mut Lab, &str) -> Result<()>) -> Result<(Vec<Batch>, String)> {
    let directory = tempfile::tempdir()?;
    let mut lab = Lab::new(name)?;
    let repository = format!("plumbline-{name}-{}/idle", std::process::id());
    let files = [("app/run", IDLE), ("app/once", "#!/bin/sh\n")];
    let image = lab.image(&repository, &files, &["/app/run"])?;
    let file = directory.path().join("recording");
    let path = file.display().to_string();
    let mut recorder =
        collector(directory.path(), "recorder", &["record", "-o", &path, "--exposure-window", "1s"])?;
    let result = work(&mut lab, &image);
    let status = recorder.stop(Signal::TERM)?;
    result?;
    ensure!(status.success(), "the recorder ended with {status}: {}", recorder.log());
    Ok((read(&file)?, repository))
}
