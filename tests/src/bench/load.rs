//! The container with the load programs, and how a load is run in it.

use anyhow::{Context, Result, bail, ensure};
use plumbline_tests::{
    docker::{Lab, docker},
    interrupt::interrupted,
};
use std::{path::Path, process::Command};

/// A container of an image of its own; removed when dropped.
pub(crate) struct Load {
    pub(crate) lab: Lab,
    pub(crate) image: String,
    container: String,
}

const IDLE: &str = "#!/bin/sh\nexec sleep 100000\n";

impl Load {
    pub(crate) fn new() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let load = directory.path().join("load");
        compile(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/load.c"), &load)?;
        let source = directory.path().join("nothing.c");
        std::fs::write(&source, "int main(void) { return 0; }\n")?;
        let nothing = directory.path().join("nothing");
        compile(&source, &nothing)?;
        let mut lab = Lab::new("bench")?;
        let image = lab.image_with(
            "plumbline-bench/load",
            &[("app/run", IDLE)],
            &[("bin/load", &load), ("bin/nothing", &nothing)],
            &["/app/run"],
        )?;
        let container = lab.run(&image, "load", &[], &[])?;
        Ok(Self { lab, image, container })
    }

    /// Runs a load and gives the seconds of processor time it took.
    pub(crate) fn run(&self, kind: &str, count: u64) -> Result<f64> {
        self.words(&[kind, &count.to_string()])
    }

    pub(crate) fn words(&self, words: &[&str]) -> Result<f64> {
        ensure!(!interrupted(), "interrupted; everything was removed");
        let all = [&["exec", &self.container, "/bin/load"][..], words].concat();
        let text = docker(&all)?;
        let nanoseconds = text.split_ascii_whitespace().next().context("the load says nothing")?;
        Ok(nanoseconds.parse::<f64>()? / 1e9)
    }
}

fn compile(source: &Path, target: &Path) -> Result<()> {
    let output = Command::new("cc").args(["-static", "-O2", "-o"]).arg(target).arg(source).output()?;
    if !output.status.success() {
        bail!("cc: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
