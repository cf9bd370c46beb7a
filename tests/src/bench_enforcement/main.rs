//! `make bench-enforcement`: how soon what breaks a policy is dead, whether it ran an instruction of its own until then,
//! and what being watched for it costs, beside the same programs that nobody enforces anything on.
//!
//! A program that was dropped into the container writes a byte with its first instructions; who started it says how it
//! ended, how long after that call, and whether there was a byte. A script writes its byte by the image's shell.

use anyhow::{Context, Result, ensure};
use clap::Parser;
use plumbline_tests::{
    enforcing::{Stage, ends_with, exec},
    figures::quantile,
    harness::collecting_works,
};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// Measures enforcement.
#[derive(Debug, Parser)]
struct Cli {
    /// Programs dropped and started in each run; a policy kills at most 1000 a minute.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=900))]
    programs: u32,
    /// Scripts, likewise.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=90))]
    scripts: u32,
    /// Where to write the figures.
    #[arg(long, default_value = "target/bench/enforcement.json")]
    output: PathBuf,
}

/// What became of programs that were started.
#[derive(Debug)]
struct Run {
    killed: f64,
    ran: f64,
    median_us: f64,
    p99_us: f64,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<()> {
    ensure!(
        collecting_works(),
        "it needs root, BTF and Docker; plumbline-collector check says what is missing"
    );
    let folder = tempfile::tempdir()?;
    let fixture = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    let (drops, dropped) = (folder.path().join("drops"), folder.path().join("dropped"));
    compile(&["-O1", "-w"], &fixture("drops.c"), &drops)?;
    compile(&["-nostdlib"], &fixture("dropped.S"), &dropped)?;
    let mut stage = Stage::new("bench-enforcement", &[("bin/drops", &drops), ("bin/dropped", &dropped)])?;
    let script = "cp /bin/dropped /tmp/dropped; printf '#!/bin/sh\nprintf x >&9\nsleep 5\n' >/tmp/s.sh; chmod +x /tmp/s.sh";
    ends_with(&stage.container, &["sh", "-c", script], Some(0))?;
    let (programs, scripts) = (cli.programs.to_string(), cli.scripts.to_string());
    let storm = |count: &str, path: &str| of(&stage.container, count, path);
    let own = ["--immutable", "--kills-per-minute", "1000"];

    let observed = |stage: &Stage| stage.set(&[&["--mode", "observe"], &own[..]].concat());
    observed(&stage)?;
    let watched = storm(&programs, "/tmp/dropped")?;
    stage.set(&[&["--mode", "enforce"], &own[..]].concat())?;
    let killed = storm(&programs, "/tmp/dropped")?;
    let of_image = storm(&programs, "/bin/dropped")?;
    let interpreted = storm(&scripts, "/tmp/s.sh")?;
    stage.collector = None;
    let alone = of(&stage.container, &programs, "/tmp/dropped")?;

    println!(
        "| started {} times | killed | ran an instruction | median us to its end | p99 us |",
        cli.programs
    );
    println!("|---|---|---|---|---|");
    for (name, run) in [
        ("a dropped program, no collector", &alone),
        ("a dropped program, observed", &watched),
        ("a dropped program, enforced", &killed),
        ("the image's own, enforced", &of_image),
        ("a dropped script, enforced", &interpreted),
    ] {
        let Run { killed, ran, median_us, p99_us } = run;
        println!("| {name} | {killed:.3} | {ran:.3} | {median_us:.0} | {p99_us:.0} |");
    }
    let figures = json!({
        "killed_ratio": killed.killed,
        "ran_instruction_ratio": killed.ran,
        "exec_to_death_p50_us": killed.median_us,
        "exec_to_death_p99_us": killed.p99_us,
        "unenforced_exec_to_exit_p50_us": alone.median_us,
        "observed_exec_to_exit_p50_us": watched.median_us,
        "own_killed_ratio": of_image.killed,
        "script_killed_ratio": interpreted.killed,
        "script_ran_ratio": interpreted.ran,
        "script_to_death_p50_us": interpreted.median_us,
        "script_to_death_p99_us": interpreted.p99_us,
    });
    if let Some(folder) = cli.output.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&cli.output, serde_json::to_string_pretty(&figures)?)?;
    println!("written to {}", cli.output.display());
    Ok(())
}

fn compile(options: &[&str], source: &Path, target: &Path) -> Result<()> {
    let output =
        Command::new("cc").arg("-static").args(options).arg(source).arg("-o").arg(target).output()?;
    ensure!(output.status.success(), "cc: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

/// Starts a program of a container so many times.
fn of(container: &str, count: &str, path: &str) -> Result<Run> {
    let output = exec(container, &["/bin/drops", count, path])?;
    ensure!(output.status.success(), "drops: {}", String::from_utf8_lossy(&output.stderr).trim());
    let (mut killed, mut ran, mut times) = (0.0, 0.0, Vec::new());
    for line in String::from_utf8(output.stdout)?.lines() {
        let mut fields = line.split(' ').map(str::parse::<f64>);
        let mut next = || fields.next().context("a short line")?.context("no number");
        killed += next()?;
        ran += next()?;
        times.push(next()?);
    }
    let all = times.len() as f64;
    let median_us = quantile(&mut times, 0.5).context("nothing was started")?;
    let p99_us = quantile(&mut times, 0.99).unwrap_or(median_us);
    Ok(Run { killed: killed / all, ran: ran / all, median_us, p99_us })
}
