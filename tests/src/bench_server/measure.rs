//! One fleet, measured: it is learned, then pushed through the null sink and the server in turns, then sent at a pace with
//! break-ins in it, and in the end the server starts again on what it has stored.

use crate::{
    Cli,
    report::{Figures, Paced},
    senders::{Senders, Sent},
    sink::Sink,
    traffic::{Fleet, Load, Pace, Part},
    watcher::Watcher,
};
use anyhow::{Context, Result, ensure};
use plumbline_tests::{
    figures::{Spread, quantile},
    interrupt::interrupted,
    process::{cpu_s, memory_mib},
    programs::{Server, scrape},
    wait::until,
};
use std::{
    fs, io,
    path::Path,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// Rows that are made ready at once, to bound the bench's own memory.
const AT_ONCE: f64 = 2e6;
/// Time between two break-ins.
const BREAK_IN_EVERY: Duration = Duration::from_millis(100);
/// Starts whose median is `ready_s`.
const STARTS: usize = 3;
/// Paces that are tried, each half of the one before.
const PACES: u32 = 4;
/// Frames may be acknowledged so late after the last is due; what takes longer is no pace that is kept.
const LATE: Duration = Duration::from_secs(1);
/// Lineages leave the server's memory after so long.
const IDLE: Duration = Duration::from_secs(30);
/// The server looks once a minute for what can leave its memory.
const IDLE_LIMIT: Duration = Duration::from_secs(180);

/// Measures a fleet; `whole` also waits until it is idle.
pub(crate) fn measure(cli: &Cli, fleet: Fleet<'_>, runtime: &Runtime, whole: bool) -> Result<Figures> {
    let directory = tempfile::tempdir().context("can't make a directory for the server's data")?;
    let mut bench = Bench::start(directory.path(), fleet, runtime)?;
    let mut figures =
        Figures { images: fleet.images(), containers: fleet.containers(), ..Figures::default() };
    say(fleet, &format!("learning, {} containers", fleet.containers()));
    bench.learn()?;
    bench.push(cli, &mut figures, directory.path())?;
    figures.rss_mib = Some(bench.memory("VmRSS:")?);
    let mut pace = cli.rate;
    for _ in 0..PACES {
        let paced = bench.pace(pace, cli.seconds, BREAK_IN_EVERY)?;
        pace /= 2.0;
        let is_kept = paced.is_kept;
        figures.paced.push(paced);
        if is_kept {
            break;
        }
    }
    figures.rss_peak_mib = Some(bench.memory("VmHWM:")?);
    if whole {
        figures.rss_idle_mib = Some(bench.idle()?);
    }
    let Bench { mut server, .. } = bench;
    let mut ready_s = Vec::new();
    for _ in 0..STARTS {
        let status = server.stop()?;
        ensure!(status.success(), "the server ended with {status}");
        let began = Instant::now();
        server = start(directory.path())?;
        ready_s.push(began.elapsed().as_secs_f64());
    }
    server.stop()?;
    figures.store_mib = Some(bytes(&directory.path().join("data"))? as f64 / f64::from(1 << 20));
    figures.ready_s = Spread::of(ready_s);
    Ok(figures)
}

/// A server and what it was sent.
pub(crate) struct Bench<'b> {
    fleet: Fleet<'b>,
    runtime: &'b Runtime,
    server: Server,
    /// That it has acknowledged.
    frames: u64,
    /// The next of work.
    round: u64,
}

impl<'b> Bench<'b> {
    /// A server that has yet to be sent anything.
    pub(crate) fn start(directory: &Path, fleet: Fleet<'b>, runtime: &'b Runtime) -> Result<Self> {
        Ok(Self { fleet, runtime, server: start(directory)?, frames: 0, round: 0 })
    }

    pub(crate) fn server_pid(&self) -> u32 {
        self.server.pid()
    }

    /// Sends the recorded lessons, and work of one replica.
    pub(crate) fn learn(&mut self) -> Result<()> {
        let traffic = self.fleet.traffic;
        let step = (AT_ONCE / (traffic.rows * self.fleet.labs as f64)).max(1.0) as u64;
        let steps =
            |rounds: u64| (0..rounds).step_by(step as usize).map(move |from| from..rounds.min(from + step));
        let lesson = steps(traffic.lessons()).map(Part::Lesson);
        for part in lesson.chain(steps(traffic.lap()).map(Part::OneReplica)) {
            self.send(self.fleet.load(part, None))?;
        }
        self.round = traffic.lap();
        // So that each container has been seen.
        let all = self.work(1, None);
        self.send(all).map(drop)
    }

    /// The next rounds of work.
    fn work(&mut self, rounds: u64, pace: Option<Pace>) -> Load {
        let part = Part::Work(self.round..self.round + rounds);
        self.round += rounds;
        self.fleet.load(part, pace)
    }

    /// The same load through the null sink and the server, in turns.
    fn push(&mut self, cli: &Cli, figures: &mut Figures, directory: &Path) -> Result<()> {
        let sink = Sink::start(directory)?;
        let rounds = self.fleet.rounds(cli.rows);
        let (mut null_us, mut own_us, mut ratio) = (Vec::new(), Vec::new(), Vec::new());
        let (mut null_rows, mut own_rows, mut sender_us) = (Vec::new(), Vec::new(), Vec::new());
        for pair in 0..cli.pairs {
            let from = self.round;
            let load = self.fleet.load(Part::Work(from..from + rounds), None);
            let rows = load.rows as f64;
            let senders = connect(self.runtime, &sink.url, self.fleet)?;
            let (before, own) = (cpu_s(sink.pid())?, cpu_s(std::process::id())?);
            let null = self.runtime.block_on(senders.send(load))?;
            let null_cpu_s = cpu_s(sink.pid())? - before;
            sender_us.push((cpu_s(std::process::id())? - own) * 1e6 / rows);

            let load = self.work(rounds, None);
            let frames = load.frames;
            let senders = connect(self.runtime, &self.server.grpc, self.fleet)?;
            let before = cpu_s(self.server.pid())?;
            let sent = self.runtime.block_on(senders.send(load))?;
            let cpu_s = cpu_s(self.server.pid())? - before;
            self.acknowledged(frames)?;

            null_us.push(null_cpu_s * 1e6 / rows);
            own_us.push(cpu_s * 1e6 / rows);
            ratio.push(null_cpu_s / cpu_s);
            null_rows.push(rows / null.took.as_secs_f64());
            own_rows.push(rows / sent.took.as_secs_f64());
            say(
                self.fleet,
                &format!(
                    "pushing {}/{}: {rows} rows, null sink {null_cpu_s:.2} s of processor time in {:.2} s, server {cpu_s:.2} s in {:.2} s",
                    pair + 1,
                    cli.pairs,
                    null.took.as_secs_f64(),
                    sent.took.as_secs_f64()
                ),
            );
        }
        figures.null_us = Spread::of(null_us);
        figures.server_us = Spread::of(own_us);
        figures.ratio = Spread::of(ratio);
        figures.null_pushed = Spread::of(null_rows);
        figures.server_pushed = Spread::of(own_rows);
        figures.senders_us = Spread::of(sender_us);
        Ok(())
    }

    /// Work at a pace, with break-ins.
    pub(crate) fn pace(&mut self, rows_per_s: f64, seconds: f64, break_in_every: Duration) -> Result<Paced> {
        let pace = Pace { rows_per_s, break_in_every };
        let load = self.work(self.fleet.rounds(rows_per_s * seconds), Some(pace));
        let (frames, rows, lasts) = (load.frames, load.rows as f64, load.lasts);
        let break_ins = load.break_ins.clone();
        let watcher = self.runtime.block_on(Watcher::start(&self.server.grpc))?;
        let senders = connect(self.runtime, &self.server.grpc, self.fleet)?;
        let (before, own) = (cpu_s(self.server.pid())?, cpu_s(std::process::id())?);
        let Sent { start, took, mut ack_ms } = self.runtime.block_on(senders.send(load))?;
        let (server_cpu_s, own_cpu_s) =
            (cpu_s(self.server.pid())? - before, cpu_s(std::process::id())? - own);
        self.acknowledged(frames)?;
        let told = self.runtime.block_on(watcher.finish(break_ins.len()))?;
        let delay = |(number, due): (u32, &Duration)| {
            let told = told.get(&number)?.saturating_duration_since(start + *due);
            Some(told.as_secs_f64() * 1000.0)
        };
        let mut alert_ms: Vec<f64> = (0..).zip(&break_ins).filter_map(delay).collect();
        let paced = Paced {
            wanted_rows_per_s: rows_per_s,
            rows_per_s: rows / took.as_secs_f64(),
            is_kept: took < lasts + LATE,
            ack_p50_ms: quantile(&mut ack_ms, 0.5),
            ack_p99_ms: quantile(&mut ack_ms, 0.99),
            break_ins: break_ins.len(),
            alerts: alert_ms.len(),
            alert_p50_ms: quantile(&mut alert_ms, 0.5),
            alert_p99_ms: quantile(&mut alert_ms, 0.99),
            server_cores: server_cpu_s / took.as_secs_f64(),
            senders_cores: own_cpu_s / took.as_secs_f64(),
        };
        say(
            self.fleet,
            &format!(
                "{rows_per_s:.0} rows a second: {} after {:.1} s instead of {:.1}; the server took {:.2} cores, the senders {:.2}; {} of {} break-ins told",
                if paced.is_kept { "done" } else { "too much, done" },
                took.as_secs_f64(),
                lasts.as_secs_f64(),
                paced.server_cores,
                paced.senders_cores,
                paced.alerts,
                paced.break_ins
            ),
        );
        Ok(paced)
    }

    fn send(&mut self, load: Load) -> Result<Sent> {
        let frames = load.frames;
        let senders = connect(self.runtime, &self.server.grpc, self.fleet)?;
        let sent = self.runtime.block_on(senders.send(load))?;
        self.acknowledged(frames)?;
        Ok(sent)
    }

    /// Checks that the server took each frame that it acknowledged, and that the run is to go on.
    fn acknowledged(&mut self, frames: u64) -> Result<()> {
        self.frames += frames;
        let durable = self.metric("plumbline_server_batches_durable_total")?;
        ensure!(
            durable == self.frames as f64,
            "the server made {durable} batches durable of {}; see its metrics for what became of the others",
            self.frames
        );
        ensure!(!interrupted(), "interrupted; everything was removed");
        Ok(())
    }

    /// Waits until nothing runs any more, by the server's measure, and gives the memory it then holds.
    fn idle(&self) -> Result<f64> {
        say(self.fleet, "waiting until all images are idle");
        until("all images to leave the server's memory", IDLE_LIMIT, || {
            ensure!(!interrupted(), "interrupted; everything was removed");
            Ok((self.metric("plumbline_server_images_loaded")? == 0.0).then_some(()))
        })?;
        self.memory("VmRSS:")
    }

    fn memory(&self, field: &str) -> Result<f64> {
        memory_mib(self.server.pid(), "status", field)
    }

    fn metric(&self, begin: &str) -> Result<f64> {
        scrape(self.server.http.trim_start_matches("http://"), begin)
    }
}

/// The server as it is installed, but without hourly backups, which would fall into one figure or another.
fn start(directory: &Path) -> Result<Server> {
    let idle = format!("{}s", IDLE.as_secs());
    Server::start(directory, &["--backups-kept", "0", "--evict-after", &idle])
}

fn connect(runtime: &Runtime, url: &str, fleet: Fleet<'_>) -> Result<Senders> {
    runtime.block_on(Senders::connect(url, fleet.sessions()))
}

fn say(fleet: Fleet<'_>, what: &str) {
    eprintln!("{} images: {what}", fleet.images());
}

/// Bytes of the files in a folder.
fn bytes(folder: &Path) -> io::Result<u64> {
    fs::read_dir(folder)?.try_fold(0, |sum, entry| {
        let entry = entry?;
        let meta = entry.metadata()?;
        Ok(sum + if meta.is_dir() { bytes(&entry.path())? } else { meta.len() })
    })
}
