//! `--soak`: storms and short-lived containers for a time; in the end memory must have stopped to grow and
//! nothing must be lost. `--crowd`: many containers at once; memory must stay within its bound.

use crate::{Tracer, load::Load, ours::Collector};
use anyhow::{Context, Result, ensure};
use plumbline_tests::interrupt::interrupted;
use std::time::{Duration, Instant};

/// Programs, connections and containers of one round.
const ROUND: (u64, u64, usize) = (5_000, 20_000, 30);
/// Most that the resident set may grow from the second third of the time to the last. It grew by 1.9 % while descriptions of
/// thousands of containers that had ended were kept, and by 0.3 % since.
const GROWTH: f64 = 1.015;

/// Works for a time and checks.
pub(crate) fn soak(duration: Duration, load: &Load, collector: &mut Collector) -> Result<()> {
    collector.start()?;
    let before = collector.lost()?;
    let counted = |collector: &Collector| {
        Ok::<_, anyhow::Error>([collector.events("exec")?, collector.events("socket")?])
    };
    let [execs_before, sockets_before] = counted(collector)?;
    let mut rounds_done = 0;
    let (began, mut samples, mut containers) = (Instant::now(), Vec::new(), 0);
    while began.elapsed() < duration {
        let (execs, connects, rounds) = ROUND;
        load.run("execs", execs)?;
        load.run("connects", connects)?;
        for _ in 0..rounds {
            load.lab.once(&load.image, "short", "/bin/true")?;
            containers += 1;
        }
        rounds_done += 1;
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
    // At the server: each load is a program itself, the second listens once, and each connection is two events. What else a
    // container is started by are more programs.
    let [execs, sockets] = counted(collector)?;
    let (execs, sockets) = (execs - execs_before, sockets - sockets_before);
    let programs = rounds_done * (ROUND.0 + 2) + containers;
    ensure!(execs >= programs as f64, "{execs} programs arrived of {programs}");
    let connections = rounds_done * (2 * ROUND.1 + 1);
    ensure!(sockets == connections as f64, "{sockets} of {connections} ends of connections arrived");
    ensure!(third == 0 || last <= middle * GROWTH, "memory grows: {middle:.1} to {last:.1} MiB");
    Ok(())
}

/// Images that a crowd is of, and containers that are started at once.
const IMAGES: usize = 8;
const AT_ONCE: usize = 4;
/// Most that the resident set may be beside a crowd, after a round of storms.
const RSS_MIB: f64 = 64.0;

/// Starts so many containers of several images beside the collector, then works for a round, and checks.
pub(crate) fn crowd(count: usize, load: &mut Load, collector: &mut Collector) -> Result<()> {
    let mut images = Vec::new();
    for number in 0..IMAGES {
        let script = format!("#!/bin/sh\n# {number}\nexec sleep 100000\n");
        let name = format!("plumbline-bench/crowd-{number}");
        images.push(load.lab.image(&name, &[("app/run", &script)], &["/app/run"])?);
    }
    collector.start()?;
    let (lab, images) = (&load.lab, &images);
    std::thread::scope(|scope| {
        let start = |first: usize| {
            for number in (first..count).step_by(AT_ONCE) {
                ensure!(!interrupted(), "interrupted; everything was removed");
                let image = images.get(number % IMAGES).context("no image")?;
                lab.run(image, &format!("crowd-{number}"), &["--network", "none"], &[])?;
            }
            Ok(())
        };
        let all: Vec<_> = (0..AT_ONCE).map(|first| scope.spawn(move || start(first))).collect();
        all.into_iter().try_for_each(|one| one.join().unwrap_or_else(|_| anyhow::bail!("a thread failed")))
    })?;
    let idle = collector.rss_mib()?;
    load.run("execs", ROUND.0)?;
    load.run("connects", ROUND.1)?;
    collector.settle()?;
    let (busy, lost) = (collector.rss_mib()?, collector.lost()?);
    collector.stop()?;
    println!("crowd: {count} containers: {idle:.1} MiB, {busy:.1} MiB after storms, {lost} lost");
    ensure!(busy <= RSS_MIB, "the resident set is {busy:.1} MiB beside {count} containers");
    Ok(())
}
