//! What the kernel says of a running program: the processor time it took and the memory it holds.

use anyhow::{Context, Result};
use std::fs;

/// Seconds of processor time of a process and all its threads, in steps of a clock tick (10 ms).
///
/// # Errors
/// If there is no such process.
pub fn cpu_s(pid: u32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = text.rsplit_once(')').context("no stat")?;
    let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
    // proc(5): utime is field 14, stime 15; the name was field 2.
    let ticks: u64 = fields.get(11).context("no utime")?.parse::<u64>()?
        + fields.get(12).context("no stime")?.parse::<u64>()?;
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// A field of one of a process's files that is given in kB, such as `VmRSS:` of `status`, in MiB.
///
/// # Errors
/// If there is no such process or field.
pub fn memory_mib(pid: u32, file: &str, field: &str) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)).context("no such field")?;
    let kib: f64 = line.split_ascii_whitespace().next().context("no number")?.parse()?;
    Ok(kib / 1024.0)
}
