//! Our collector, whole: release build, process table, containers, windows, batches, gRPC to a real server.

use crate::{Cli, LOOK, Tracer, load::Load, report::Figures};
use anyhow::{Context, Result, anyhow, ensure};
use plumbline_proto::v1::{WatchRequest, alert_service_client::AlertServiceClient, watch_response::Kind};
use plumbline_tests::{
    figures::quantile,
    interrupt::interrupted,
    process::{cpu_s, memory_mib},
    programs::{Program, Server, collector, scrape},
    wait::until,
};
use rustix::process::Signal;
use std::{
    os::unix::fs::FileExt,
    sync::mpsc::RecvTimeoutError,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

const LIMIT: Duration = Duration::from_secs(60);

/// The collector and the server it reports to.
pub(crate) struct Collector {
    directory: tempfile::TempDir,
    server: Server,
    program: Option<Program>,
}

impl Collector {
    pub(crate) fn new() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let server = Server::start(directory.path(), &[])?;
        Ok(Self { directory, server, program: None })
    }

    /// A metric of the server, summed over its labels that begin with `begin`.
    fn metric(&self, begin: &str) -> Result<f64> {
        scrape(self.server.http.trim_start_matches("http://"), begin)
    }

    /// Events that the collector says it lost.
    pub(crate) fn lost(&self) -> Result<f64> {
        self.metric("plumbline_server_events_lost_total")
    }

    /// Resident set of the collector.
    pub(crate) fn rss_mib(&self) -> Result<f64> {
        memory_mib(self.pid()?, "status", "VmRSS:")
    }

    /// Events of a kind that the server took.
    pub(crate) fn events(&self, kind: &str) -> Result<f64> {
        self.metric(&format!("plumbline_server_events_total{{kind=\"{kind}\"}}"))
    }

    /// Both storms at full speed: what the server counts against what was done, and what the collector says it
    /// lost.
    pub(crate) fn losses(&mut self, cli: &Cli, load: &Load, figures: &mut Figures) -> Result<()> {
        self.start()?;
        self.settle()?;
        let (exec, exit, socket) = (self.events("exec")?, self.events("exit")?, self.events("socket")?);
        let lost = self.metric("plumbline_server_events_lost_total")?;
        let run = load.run("execs", cli.execs).and_then(|_| load.run("connects", cli.connects));
        self.stop()?;
        run?;
        // Beside the storms, each load is a program itself; the second listens once, and each connection is
        // two events.
        let expected = [cli.execs + 2, cli.execs + 2, 2 * cli.connects + 1];
        let counted =
            [self.events("exec")? - exec, self.events("exit")? - exit, self.events("socket")? - socket];
        eprintln!("collector: counted at the server {counted:?}, done {expected:?}");
        let missing: f64 =
            expected.iter().zip(counted).map(|(done, counted)| (*done as f64 - counted).abs()).sum();
        let images = self.server.images("")?;
        let others = images.iter().filter(|image| !image.repository.starts_with("plumbline-bench/"));
        let others: Vec<&str> = others.map(|image| image.repository.as_str()).collect();
        if !others.is_empty() {
            eprintln!(
                "collector: no count of what was lost, for others were at work; stop containers of {others:?}"
            );
            return Ok(());
        }
        figures.lost_events = Some(missing + self.metric("plumbline_server_events_lost_total")? - lost);
        Ok(())
    }

    /// New programs at a gentle pace: from the exec in the kernel to the change of the alert at a watcher.
    pub(crate) fn delay(&mut self, cli: &Cli, load: &Load, figures: &mut Figures) -> Result<()> {
        self.start()?;
        self.settle()?;
        let url = self.server.grpc.clone();
        let (told, tells) = std::sync::mpsc::channel();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let channel = runtime.block_on(tonic::transport::Endpoint::from_shared(url)?.connect())?;
        let request = WatchRequest { only_new: true, ..WatchRequest::default() };
        let mut changes =
            runtime.block_on(async { AlertServiceClient::new(channel).watch(request).await })?.into_inner();
        runtime.spawn(async move {
            while let Ok(Some(told_so)) = changes.message().await {
                let Some(Kind::Change(change)) = told_so.kind else { continue };
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
                let seen = change.alert.map_or(0, |alert| alert.last_seen_unix_ns);
                if told.send(now.saturating_sub(seen)).is_err() {
                    return;
                }
            }
        });
        let syncs = Syncs::start(self.directory.path())?;
        let run = load.words(&["novelties", &cli.novelties.to_string(), "50"]);
        figures.disk_sync_p99_ms = syncs.stop()?;
        self.stop()?;
        run?;
        runtime.shutdown_background();
        let mut delays: Vec<u64> = tells.iter().collect();
        delays.sort_unstable();
        ensure!(
            delays.len() as u64 >= cli.novelties,
            "{} changes of alerts for {} new programs",
            delays.len(),
            cli.novelties
        );
        let at = |q: f64| {
            delays.get(((delays.len() - 1) as f64 * q) as usize).map_or(0.0, |delay| *delay as f64 / 1e6)
        };
        let (changes, programs) = (delays.len(), cli.novelties);
        eprintln!(
            "collector: exec to verdict p50 {:.1} ms, p99 {:.1} ms of {changes} changes by {programs} programs",
            at(0.5),
            at(0.99)
        );
        figures.exec_to_verdict_p99_ms = Some(at(0.99));
        Ok(())
    }

    /// Proportional set size after both storms with many containers beside.
    pub(crate) fn memory(&mut self, cli: &Cli, load: &Load, figures: &mut Figures) -> Result<()> {
        eprintln!("collector: starting {} containers", cli.containers);
        for number in 0..cli.containers {
            ensure!(!interrupted(), "interrupted; everything was removed");
            load.lab.run(&load.image, &format!("idle-{number}"), &[], &[])?;
        }
        self.start()?;
        load.run("execs", cli.execs)?;
        load.run("connects", cli.connects)?;
        self.settle()?;
        let mib = memory_mib(self.pid()?, "smaps_rollup", "Pss:")?;
        self.stop()?;
        figures.pss_mib = Some(mib);
        Ok(())
    }
}

/// How long the disk takes to sync a little, time and again: what no verdict that is stored before it is told can beat.
struct Syncs {
    stopped: std::sync::mpsc::Sender<()>,
    thread: std::thread::JoinHandle<std::io::Result<Vec<f64>>>,
}

impl Syncs {
    fn start(directory: &std::path::Path) -> Result<Self> {
        let file = std::fs::File::create(directory.join("syncs"))?;
        let (stopped, stop) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut took_ms = Vec::new();
            while stop.recv_timeout(Duration::from_millis(50)) == Err(RecvTimeoutError::Timeout) {
                file.write_all_at(&[took_ms.len() as u8; 4096], 0)?;
                let began = Instant::now();
                file.sync_data()?;
                took_ms.push(began.elapsed().as_secs_f64() * 1e3);
            }
            Ok(took_ms)
        });
        Ok(Self { stopped, thread })
    }

    /// The 99th percentile in milliseconds; none if there was no time for any.
    fn stop(self) -> Result<Option<f64>> {
        drop(self.stopped);
        let mut took_ms = self.thread.join().map_err(|_| anyhow!("the thread of syncs panicked"))??;
        Ok(quantile(&mut took_ms, 0.99))
    }
}

impl Tracer for Collector {
    fn start(&mut self) -> Result<()> {
        let url = self.server.grpc.clone();
        self.program = Some(collector(self.directory.path(), "collector", &["run", "--server", &url])?);
        Ok(())
    }

    fn cpu_s(&self) -> Result<f64> {
        cpu_s(self.pid()?)
    }

    fn pid(&self) -> Result<u32> {
        Ok(self.program.as_ref().context("the collector is off")?.pid())
    }

    fn settle(&mut self) -> Result<()> {
        // Its reader looks around all the time, so the server's count tells when it is done.
        let (mut last, mut since) = (-1.0, Instant::now());
        until("the server to have everything", LIMIT, || {
            let now = self.metric("plumbline_server_events_total")?;
            if now > last {
                (last, since) = (now, Instant::now());
            }
            Ok((since.elapsed() > 25 * LOOK).then_some(()))
        })
    }

    fn stop(&mut self) -> Result<()> {
        if let Some(mut program) = self.program.take() {
            let status = program.stop(Signal::TERM)?;
            ensure!(status.success(), "the collector ended with {status}: {}", program.log());
        }
        Ok(())
    }
}
