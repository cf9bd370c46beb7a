//! `--soak`: storms and short-lived containers for a time; in the end memory must have stopped to grow and
//! nothing must be lost.

use crate::{Tracer, load::Load, ours::Collector};
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};

/// Programs, connections and containers of one round.
const ROUND: (u64, u64, usize) = (5_000, 20_000, 30);
/// Most that the resident set may grow from the second third of the time to the last.
const GROWTH: f64 = 1.05;

/// Works for a time and checks.
pub(crate) fn soak(duration: Duration, load: &Load, collector: &mut Collector) -> Result<()> {
    collector.start()?;
    let before = collector.lost()?;
    let (began, mut samples, mut containers) = (Instant::now(), Vec::new(), 0);
    while began.elapsed() < duration {
        let (execs, connects, rounds) = ROUND;
        load.run("execs", execs)?;
        load.run("connects", connects)?;
        for _ in 0..rounds {
            load.lab.once(&load.image, "short", "/bin/true")?;
            containers += 1;
        }
        let mib = collector.rss_mib()?;
        samples.push(mib);
        eprintln!("soak: {:.0} s, {containers} containers, {mib:.1} MiB", began.elapsed().as_secs_f64());
    }
    collector.settle()?;
    let lost = collector.lost()? - before;
    collector.stop()?;
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    let third = samples.len() / 3;
    let (middle, last) = (samples.get(third..2 * third), samples.get(2 * third..));
    let (middle, last) = (mean(middle.unwrap_or_default()), mean(last.unwrap_or_default()));
    println!(
        "soak: {containers} containers, {middle:.1} MiB in the second third, {last:.1} in the last, {lost} lost"
    );
    ensure!(lost == 0.0, "{lost} events were lost");
    ensure!(third == 0 || last <= middle * GROWTH, "memory grows: {middle:.1} to {last:.1} MiB");
    Ok(())
}
