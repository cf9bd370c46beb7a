//! `make bench-collector`: what watching costs, beside other tracers, on one machine in one run.
//!
//! Each tracer is switched on and off in alternation under the same two loads in a container; the figure of a
//! load is the processor time that it reports of itself. Nothing is taken from elsewhere: a tracer that can't
//! run here has no figures and a reason.

mod kernel;
mod load;
mod ours;
mod peers;
mod report;
mod soak;

use anyhow::{Context, Result};
use clap::Parser;
use kernel::{empty_hooks, kernel_time};
use load::Load;
use ours::Collector;
use peers::{Auditd, Bpftrace, LIMIT};
use plumbline_tests::{figures::quantile, interrupt, process::memory_mib, wait::until};
use report::{Figures, Report};
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

/// Measures the collector beside auditd and bpftrace.
#[derive(Debug, Parser)]
struct Cli {
    /// Pairs of runs, without and with the tracer.
    #[arg(long, default_value_t = 15)]
    pairs: usize,
    /// Programs started at full speed to see whether any is lost; a fourth of them in each run of a pair.
    #[arg(long, default_value_t = 20_000)]
    execs: u64,
    /// Connections made, as for programs.
    #[arg(long, default_value_t = 50_000)]
    connects: u64,
    /// New programs for the delay until the verdict.
    #[arg(long, default_value_t = 600)]
    novelties: u64,
    /// Idle containers beside, for the memory.
    #[arg(long, default_value_t = 100)]
    containers: usize,
    /// Only our own collector.
    #[arg(long)]
    no_peers: bool,
    /// Only the time that programs take in the kernel, the collector's and that of empty ones.
    #[arg(long)]
    kernel_only: bool,
    /// Instead of all this, work for so many minutes and see whether memory grows or anything is lost.
    #[arg(long, value_name = "MINUTES")]
    soak: Option<u64>,
    /// Instead of all this, start so many containers and see whether the collector stays below 64 MiB.
    #[arg(long, value_name = "CONTAINERS")]
    crowd: Option<usize>,
    /// Where to write the figures.
    #[arg(long, default_value = "target/bench/collector.json")]
    output: std::path::PathBuf,
}

/// A tracer that can be switched on and off.
trait Tracer {
    /// Switches it on and waits until it watches.
    fn start(&mut self) -> Result<()>;
    /// Seconds of processor time since it was switched on, its helpers in the kernel included.
    fn cpu_s(&self) -> Result<f64>;
    /// The process whose memory and programs in the kernel it is.
    fn pid(&self) -> Result<u32>;
    /// Waits until it has delivered what it saw, as far as that can be told.
    fn settle(&mut self) -> Result<()>;
    /// Switches it off.
    fn stop(&mut self) -> Result<()>;
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
    interrupt::watch()?;
    let mut load = Load::new()?;
    let mut report = Report::default();
    let mut collector = Collector::new()?;
    if let Some(count) = cli.crowd {
        return soak::crowd(count, &mut load, &mut collector);
    }
    if let Some(minutes) = cli.soak {
        return soak::soak(Duration::from_secs(60 * minutes), &load, &mut collector);
    }
    let mut ours =
        if cli.kernel_only { Figures::default() } else { storms(cli, &load, "collector", &mut collector)? };
    ours.kernel = Some(kernel_time(cli, &load, "collector", &mut collector)?);
    let empty = empty_hooks().and_then(|mut tracer| {
        let mut figures = if cli.kernel_only {
            Figures::default()
        } else {
            storms(cli, &load, "empty hooks", &mut tracer)?
        };
        figures.kernel = Some(kernel_time(cli, &load, "empty hooks", &mut tracer)?);
        Ok(figures)
    });
    report.peers.insert("empty", empty.map_err(|error| format!("{error:#}")));
    if !cli.kernel_only {
        collector.losses(cli, &load, &mut ours)?;
        collector.delay(cli, &load, &mut ours)?;
        collector.memory(cli, &load, &mut ours)?;
        if !cli.no_peers {
            let bpftrace = peer(cli, &load, "bpftrace", Bpftrace::printing(), |tracer, figures| {
                figures.kernel = Some(kernel_time(cli, &load, "bpftrace", tracer)?);
                Ok(())
            });
            report.peers.insert("bpftrace", bpftrace);
            // It has no programs in the kernel.
            let auditd = peer(cli, &load, "auditd", Auditd::new(), |_, _| Ok(()));
            report.peers.insert("auditd", auditd);
        }
    }
    report.ours = ours;
    report.write(&cli.output).with_context(|| format!("can't write {}", cli.output.display()))?;
    println!("{report}");
    Ok(())
}

/// A peer that counts what it was told.
trait Peer: Tracer {
    /// Programs of the load, and connections that it made, in what it wrote since it was switched on; it is off again.
    fn counted(&self) -> Result<[u64; 2]>;
}

fn peer<T: Peer>(
    cli: &Cli,
    load: &Load,
    name: &str,
    tracer: Result<T>,
    more: impl Fn(&mut T, &mut Figures) -> Result<()>,
) -> Result<Figures, String> {
    let measure = |mut tracer: T| {
        let mut figures = storms(cli, load, name, &mut tracer)?;
        more(&mut tracer, &mut figures)?;
        tracer.start()?;
        load.run("execs", cli.execs)?;
        load.run("connects", cli.connects)?;
        tracer.settle()?;
        figures.pss_mib = Some(memory_mib(tracer.pid()?, "smaps_rollup", "Pss:")?);
        tracer.stop()?;
        let (done, counted) = ([cli.execs, cli.connects], tracer.counted()?);
        eprintln!("{name}: counted {counted:?}, done {done:?}");
        let missing = done.iter().zip(counted).map(|(done, counted)| done.abs_diff(counted)).sum::<u64>();
        figures.lost_events = Some(missing as f64);
        Ok(figures)
    };
    tracer.and_then(measure).map_err(|error| format!("{error:#}"))
}

/// Both storms, without and with the tracer in turns.
fn storms(cli: &Cli, load: &Load, name: &str, tracer: &mut dyn Tracer) -> Result<Figures> {
    let mut figures = Figures::default();
    let mut ready = Vec::new();
    for (kind, count) in [("execs", cli.execs / 4), ("connects", cli.connects / 4)] {
        load.run(kind, count)?; // warm
        let (mut ratios, mut costs) = (Vec::new(), Vec::new());
        for pair in 0..cli.pairs {
            let without = load.run(kind, count)?;
            let began = Instant::now();
            tracer.start()?;
            ready.push(began.elapsed().as_secs_f64());
            let before = at_rest(tracer)?;
            let with = load.run(kind, count);
            let settled = tracer.settle();
            let after = tracer.cpu_s();
            tracer.stop()?;
            settled?;
            let (slowdown, cost) = (with? / without, (after? - before) * 1000.0 / count as f64);
            ratios.push(slowdown);
            costs.push(cost);
            eprintln!("{name}: {kind} {}/{}: slowdown {slowdown:.3}, {cost:.4} s/1000", pair + 1, cli.pairs);
        }
        figures.storm(kind, ratios, costs);
    }
    figures.ready_s = quantile(&mut ready, 0.5);
    Ok(figures)
}

/// Waits until a tracer has done what it does once, at its start: where two threads share a core, that slows down whatever
/// runs beside. The processor time it took for that.
fn at_rest(tracer: &dyn Tracer) -> Result<f64> {
    let (mut last, mut since) = (tracer.cpu_s()?, Instant::now());
    until("the tracer to come to rest", LIMIT, || {
        if since.elapsed() < 10 * LOOK {
            return Ok(None);
        }
        let now = tracer.cpu_s()?;
        let rests = now - last < 0.005;
        (last, since) = (now, Instant::now());
        Ok(rests.then_some(now))
    })
}

/// Between two looks at a condition.
const LOOK: Duration = Duration::from_millis(20);
