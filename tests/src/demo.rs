//! `make demo`: from nothing to three verdicts on real containers, with progress, in under two minutes.
//!
//! Starts a server and a collector, opens a small shop, waits until its baseline is stable, then does
//! ordinary work, a configuration drift and an attack, and fails unless the server says just that of each.
//! Where root, BTF or Docker is missing it scores a recording of such a run instead, and says so.
//! Accelerated: windows of 250 ms stand for container-minutes, and the alert budget is higher than usual.

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use plumbline_proto::v1::{Alert, BaselineState, ImageStatus, Verdict};
use plumbline_tests::{
    docker,
    interrupt::{self, interrupted},
    programs::{Program, Server, binary, collector},
    shop::Shop,
    wait::until,
};
use rustix::process::Signal;
use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Duration,
};

/// New behaviours a container-day of 1440 windows that count as within budget here.
const BUDGET: &str = "20";
const WINDOW: &str = "250ms";
const REPLICAS: usize = 5;
const LIMIT: Duration = Duration::from_secs(120);

#[derive(Parser)]
struct Options {
    /// Also keep a recording of the run in this file.
    #[arg(long)]
    record: Option<PathBuf>,
    /// Score the recording that comes with the source, even if the real thing would work.
    #[arg(long)]
    replay: bool,
}

fn main() -> ExitCode {
    match demo(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn demo(options: &Options) -> Result<()> {
    if options.replay {
        return replay("as asked");
    }
    if let Some(missing) = missing()? {
        return replay(&missing);
    }
    interrupt::watch()?;
    let directory = tempfile::tempdir()?;
    let result = run(directory.path(), options.record.as_deref());
    if result.is_err() && !interrupted() {
        for log in ["server.log", "collector.log"] {
            let text = std::fs::read_to_string(directory.path().join(log)).unwrap_or_default();
            let tail: Vec<&str> = text.lines().rev().take(10).collect();
            tail.iter().rev().for_each(|line| eprintln!("{log}: {line}"));
        }
    }
    result
}

/// What is missing for the real thing.
fn missing() -> Result<Option<String>> {
    if !rustix::process::getuid().is_root() {
        return Ok(Some("not root".into()));
    }
    let Ok(collector) = binary("plumbline-collector") else {
        return Ok(Some("no collector was built; it needs clang".into()));
    };
    let check = Command::new(collector).arg("check").output()?;
    if !check.status.success() {
        return Ok(Some(format!("this machine can't collect:\n{}", String::from_utf8_lossy(&check.stdout))));
    }
    Ok((!docker::available()).then(|| "no Docker engine answers".into()))
}

/// [`until`], but not past an interrupt.
fn wait<T>(what: &str, mut condition: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    until(what, LIMIT, || {
        ensure!(!interrupted(), "interrupted; everything was removed");
        condition()
    })
}

fn run(directory: &Path, record: Option<&Path>) -> Result<()> {
    let server = Server::start(directory, &["--budget", BUDGET])?;
    say(&format!("server     {} (gRPC), {} (metrics)", server.grpc, server.http));
    let fixed = ["--exposure-window", WINDOW, "--node", "demo"];
    let mut watch = vec!["run", "--server", &server.grpc];
    watch.extend(fixed);
    let mut watcher = collector(directory, "collector", &watch)?;
    let mut recorder = record.map(|file| recorder(directory, file, &fixed)).transpose()?;
    say("collector  watching this machine's kernel");

    let shop = Shop::open("demo", REPLICAS)?;
    let traffic = shop.traffic()?;
    say(&format!("shop       {REPLICAS} replicas of {} under real traffic", shop.image()));
    learn(&server, &shop)?;

    headline("a) ordinary work: more traffic, and a replica is restarted");
    let (before, answers) = (exposures(&server, &shop)?, traffic.answers());
    shop.restart(0)?;
    wait("ordinary work to be watched", || Ok((exposures(&server, &shop)? >= before + 100).then_some(())))?;
    let alerts = feed(&server, &shop)?;
    ensure!(alerts.is_empty(), "ordinary work was alerted:\n{}", show(&server, &alerts)?);
    say(&format!("nothing, after {} more requests", traffic.answers() - answers));

    headline("b) drift: an operator edits a page and opens a port in a running replica");
    shop.drift(1)?;
    let drift = verdict(&server, &shop.replica(1), Verdict::Drift)?;
    print!("{}", show(&server, &[drift])?);

    headline("c) attack: through a hole in a script, a program is dropped and connects out");
    shop.attack(2)?;
    let attack = verdict(&server, &shop.replica(2), Verdict::Attack)?;
    print!("{}", show(&server, &[attack])?);

    drop(traffic);
    for (program, name) in [(Some(&mut watcher), "collector"), (recorder.as_mut(), "recorder")] {
        if let Some(program) = program {
            let status = program.stop(Signal::TERM)?;
            ensure!(status.success(), "the {name} ended with {status}");
        }
    }
    let alerts = feed(&server, &shop)?;
    let count = |verdict: Verdict| alerts.iter().filter(|alert| alert.verdict() == verdict).count();
    headline("the feed");
    print!("{}", cli(&server, &["alerts", "list"])?);
    ensure!(
        count(Verdict::Drift) == 1 && count(Verdict::Attack) == 1 && alerts.len() == 2,
        "expected one drift and one attack, and nothing else"
    );
    say("nothing for ordinary work, one drift, one attack: as it should be");
    server.stop()?;
    Ok(())
}

fn recorder(directory: &Path, file: &Path, fixed: &[&str]) -> Result<Program> {
    let file = file.display().to_string();
    let mut arguments = vec!["record", "--force", "-o", &file];
    arguments.extend(fixed);
    collector(directory, "recorder", &arguments)
}

/// Waits until the shop's image is stable, with progress.
fn learn(server: &Server, shop: &Shop) -> Result<()> {
    headline("learning what the image does");
    let terminal = std::io::stdout().is_terminal();
    let mut last = String::new();
    wait("a stable baseline", || {
        let Some(image) = image(server, shop)? else { return Ok(None) };
        let worst =
            image.dimensions.iter().max_by(|a, b| a.expected_new_per_day.total_cmp(&b.expected_new_per_day));
        let worst = worst.map_or(String::new(), |d| format!("{} {:.0}", d.dimension, d.expected_new_per_day));
        let known: u64 = image.dimensions.iter().map(|dimension| dimension.behaviours).sum();
        let line = format!(
            "{} container-windows, {known} behaviours; expected new a day at most: {worst} (budget {BUDGET})",
            image.exposures
        );
        if terminal && line != last {
            print!("\r\x1b[K  {line}");
            std::io::stdout().flush()?;
        }
        last = line;
        Ok((image.state() == BaselineState::Stable).then_some(()))
    })?;
    if terminal {
        println!();
    } else {
        say(&last);
    }
    say("stable");
    Ok(())
}

fn image(server: &Server, shop: &Shop) -> Result<Option<ImageStatus>> {
    Ok(server.images(shop.image())?.into_iter().next())
}

fn exposures(server: &Server, shop: &Shop) -> Result<u64> {
    Ok(image(server, shop)?.context("the server has forgotten the image")?.exposures)
}

/// Alerts of the shop's images; this machine may run others.
fn feed(server: &Server, shop: &Shop) -> Result<Vec<Alert>> {
    let mut alerts = server.alerts("")?;
    alerts.retain(|alert| shop.owns(&alert.image_repository));
    Ok(alerts)
}

/// Waits for the alert of a container to reach a verdict.
fn verdict(server: &Server, container: &str, verdict: Verdict) -> Result<Alert> {
    wait(&format!("the verdict {}", verdict.as_str_name()), || {
        let alerts = server.alerts("")?;
        Ok(alerts.into_iter().find(|alert| alert.container_name == container && alert.verdict() == verdict))
    })
}

fn show(server: &Server, alerts: &[Alert]) -> Result<String> {
    alerts.iter().map(|alert| cli(server, &["alerts", "show", &alert.id])).collect()
}

/// What the command line tool prints.
fn cli(server: &Server, arguments: &[&str]) -> Result<String> {
    let output =
        Command::new(binary("plumbline")?).args(["--server", &server.grpc]).args(arguments).output()?;
    ensure!(output.status.success(), "plumbline: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn replay(why: &str) -> Result<()> {
    let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo.plumb");
    say(&format!("REPLAY: {why}"));
    say("so no container runs now; this scores a recording that plumbline-collector made of a real run");
    let arguments = ["replay", "--budget", BUDGET, "-o", "table"];
    let status = Command::new(binary("plumbline-server")?).args(arguments).arg(&recording).status()?;
    if !status.success() {
        bail!("plumbline-server replay {} ended with {status}", recording.display());
    }
    Ok(())
}

fn headline(text: &str) {
    println!("\n== {text}");
}

fn say(text: &str) {
    println!("  {text}");
}
