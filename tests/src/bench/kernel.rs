//! Time that a tracer's programs take in the kernel, by the kernel's own count, and what the same hooks cost with
//! nothing in them.
//!
//! The kernel counts each run from its beginning to its end, two looks at the clock included, which makes a hook of
//! an empty program most of what there is. How a hook is reached is not in it. The figure is the least of several
//! bursts: whatever else goes on in the machine only adds to it.

use crate::{Cli, Tracer, load::Load, peers::Bpftrace};
use anyhow::{Context, Result, ensure};
use std::{collections::BTreeMap, fs};

const STATS: &str = "/proc/sys/kernel/bpf_stats_enabled";
/// Bursts, in each of which a load does its share of what a storm does.
const BURSTS: u64 = 10;

/// Hooks of the collector that the loads meet.
const HOOKS: [&str; 8] = [
    "sched:sched_process_fork",
    "sched:sched_process_exec",
    "sched:sched_process_exit",
    "sock:inet_sock_set_state",
    "syscalls:sys_exit_execve",
    "syscalls:sys_exit_connect",
    "syscalls:sys_exit_accept",
    "syscalls:sys_exit_accept4",
];

/// Microseconds for each process and for each connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KernelTime {
    pub(crate) exec_us: f64,
    pub(crate) connect_us: f64,
}

/// Measures a tracer, in runs of their own: to count costs time as well.
pub(crate) fn kernel_time<T: Tracer>(
    cli: &Cli,
    load: &Load,
    name: &str,
    tracer: &mut T,
) -> Result<KernelTime> {
    let before = fs::read_to_string(STATS)?;
    fs::write(STATS, "1").context("can't switch the kernel's BPF statistics on")?;
    let mut measure = |kind, count: u64| {
        tracer.start()?;
        let least = tracer.pid().and_then(|pid| least(load, name, kind, count.div_ceil(BURSTS), pid));
        tracer.stop()?;
        least
    };
    let measured =
        measure("execs", cli.execs).and_then(|exec| Ok((exec, measure("connects", cli.connects)?)));
    fs::write(STATS, before.trim())?;
    let (exec_us, connect_us) = measured?;
    Ok(KernelTime { exec_us, connect_us })
}

/// The hooks with nothing in them, as a tracer.
pub(crate) fn empty_hooks() -> Result<Bpftrace> {
    let script: String = HOOKS.iter().map(|hook| format!("tracepoint:{hook} /0/ {{}}\n")).collect();
    Bpftrace::new(&script, HOOKS.len())
}

/// Microseconds of the burst that took least, for each thing done in it.
fn least(load: &Load, name: &str, kind: &str, count: u64, pid: u32) -> Result<f64> {
    let mut least: Option<(u64, Vec<String>)> = None;
    for _ in 0..BURSTS {
        let before = programs(pid)?;
        load.run(kind, count)?;
        let mut total_ns = 0;
        let mut lines = Vec::new();
        for (id, after) in programs(pid)? {
            let before = before.get(&id).copied().unwrap_or_default();
            let (runs, ns) = (after.runs - before.runs, after.ns - before.ns);
            total_ns += ns;
            lines.push(format!("{name}: {kind}: program {id}: {runs} runs, {} ns each", ns / runs.max(1)));
        }
        if least.as_ref().is_none_or(|(least_ns, _)| total_ns < *least_ns) {
            least = Some((total_ns, lines));
        }
    }
    let (ns, lines) = least.context("no bursts")?;
    lines.iter().for_each(|line| eprintln!("{line}"));
    Ok(ns as f64 / 1000.0 / count as f64)
}

#[derive(Clone, Copy, Debug, Default)]
struct Runs {
    runs: u64,
    ns: u64,
}

/// The programs that a process has in the kernel, by their numbers.
fn programs(pid: u32) -> Result<BTreeMap<u64, Runs>> {
    let mut programs = BTreeMap::new();
    for entry in fs::read_dir(format!("/proc/{pid}/fdinfo"))? {
        let Ok(text) = fs::read_to_string(entry?.path()) else { continue };
        let number = |name: &str| -> Option<u64> {
            text.lines().find_map(|line| line.strip_prefix(name))?.trim().parse().ok()
        };
        if let (Some(id), Some(runs), Some(ns)) =
            (number("prog_id:"), number("run_cnt:"), number("run_time_ns:"))
        {
            programs.insert(id, Runs { runs, ns });
        }
    }
    ensure!(!programs.is_empty(), "process {pid} has no programs in the kernel");
    Ok(programs)
}
