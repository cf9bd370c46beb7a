//! `--soak`: a fleet at work for a time, with a break-in now and then; in the end memory must have stopped to grow, every
//! batch must be durable, and every break-in told.

use crate::{measure::Bench, traffic::Fleet};
use anyhow::{Result, ensure};
use plumbline_tests::process::memory_mib;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Copies of the recorded lab.
pub(crate) const LABS: u64 = 10;
/// A tenth of what delays are measured at, so that an idle machine is not needed.
const ROWS_PER_S: f64 = 20_000.0;
/// How long one load lasts; memory is looked at after each.
const STEP_S: f64 = 20.0;
/// An incident is an alert that is held for long, so there are few.
const BREAK_IN_EVERY: Duration = Duration::from_secs(5);
/// Most that the resident set may grow from the second third of the time to the last.
const GROWTH: f64 = 1.05;

/// Works for a time and checks.
pub(crate) fn soak(duration: Duration, fleet: Fleet<'_>, runtime: &Runtime) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut bench = Bench::start(directory.path(), fleet, runtime)?;
    bench.learn()?;
    let (began, mut samples, mut rows, mut break_ins) = (Instant::now(), Vec::new(), 0.0, 0);
    while began.elapsed() < duration {
        let paced = bench.pace(ROWS_PER_S, STEP_S, BREAK_IN_EVERY)?;
        ensure!(
            paced.alerts == paced.break_ins,
            "{} of {} break-ins were told",
            paced.alerts,
            paced.break_ins
        );
        (rows, break_ins) = (rows + ROWS_PER_S * STEP_S, break_ins + paced.break_ins);
        let mib = memory_mib(bench.server_pid(), "status", "VmRSS:")?;
        samples.push(mib);
        eprintln!("soak: {:.0} s, {rows:.0} rows, {mib:.1} MiB", began.elapsed().as_secs_f64());
    }
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    let third = samples.len() / 3;
    let (middle, last) = (samples.get(third..2 * third), samples.get(2 * third..));
    let (middle, last) = (mean(middle.unwrap_or_default()), mean(last.unwrap_or_default()));
    println!(
        "soak: {:.0} minutes, {} images, {rows:.0} rows, {break_ins} break-ins, all told: {middle:.1} MiB in the second third, {last:.1} in the last",
        began.elapsed().as_secs_f64() / 60.0,
        fleet.images()
    );
    ensure!(third == 0 || last <= middle * GROWTH, "memory grows: {middle:.1} to {last:.1} MiB");
    Ok(())
}
