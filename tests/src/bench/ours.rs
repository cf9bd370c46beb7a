//! Our collector, whole: release build, process table, containers, windows, batches, gRPC to a real server.

use crate::{Cli, LOOK, Tracer, load::Load, peers::cpu_s, report::Figures};
use anyhow::{Context, Result, ensure};
use plumbline_proto::v1::{WatchRequest, alert_service_client::AlertServiceClient};
use plumbline_tests::{
    interrupt::interrupted,
    programs::{Program, Server, collector, scrape},
    wait::until,
};
use rustix::process::Signal;
use std::{
    fs,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

const LIMIT: Duration = Duration::from_secs(60);
const STATS: &str = "/proc/sys/kernel/bpf_stats_enabled";

/// The collector and the server it reports to.
pub(crate) struct Collector {
    directory: tempfile::TempDir,
    server: Server,
    program: Option<Program>,
    ready_s: Vec<f64>,
}

impl Collector {
    pub(crate) fn new() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let server = Server::start(directory.path(), &[])?;
        Ok(Self { directory, server, program: None, ready_s: Vec::new() })
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
        self.memory_mib("status", "VmRSS:")
    }

    fn memory_mib(&self, file: &str, field: &str) -> Result<f64> {
        let pid = self.program.as_ref().context("the collector is off")?.pid();
        let text = fs::read_to_string(format!("/proc/{pid}/{file}"))?;
        let line = text.lines().find_map(|line| line.strip_prefix(field)).context("no such field")?;
        let kib: f64 = line.split_ascii_whitespace().next().context("no number")?.parse()?;
        Ok(kib / 1024.0)
    }

    fn events(&self, kind: &str) -> Result<f64> {
        self.metric(&format!("plumbline_server_events_total{{kind=\"{kind}\"}}"))
    }

    /// Time in the kernel's programs for each process and each connection, in a run of its own: to measure it
    /// costs time as well.
    pub(crate) fn kernel_time(&mut self, cli: &Cli, load: &Load, figures: &mut Figures) -> Result<()> {
        let before = fs::read_to_string(STATS)?;
        fs::write(STATS, "1").context("can't switch the kernel's BPF statistics on")?;
        let mut measure = |kind, count: u64| -> Result<f64> {
            self.start()?;
            let begin = self.program_ns()?;
            let run = load.run(kind, count);
            let end = self.program_ns();
            self.stop()?;
            run?;
            let end = end?;
            for ((name, calls, ns), (_, calls_before, ns_before)) in end.iter().zip(&begin) {
                let (calls, ns) = (calls - calls_before, ns - ns_before);
                eprintln!("collector: {kind}: program {name}: {calls} runs, {} ns each", ns / calls.max(1));
            }
            let total = |programs: &[(String, u64, u64)]| programs.iter().map(|(.., ns)| ns).sum::<u64>();
            Ok((total(&end) - total(&begin)) as f64 / 1000.0 / count as f64)
        };
        let measured =
            measure("execs", cli.execs).and_then(|exec| Ok((exec, measure("connects", cli.connects)?)));
        fs::write(STATS, before.trim())?;
        let (exec, connect) = measured?;
        figures.exec_bpf_us = Some(exec);
        figures.connect_bpf_us = Some(connect);
        Ok(())
    }

    /// Tag, runs and nanoseconds of each program that the collector has in the kernel.
    fn program_ns(&self) -> Result<Vec<(String, u64, u64)>> {
        let pid = self.program.as_ref().context("the collector is off")?.pid();
        let mut programs = Vec::new();
        for entry in fs::read_dir(format!("/proc/{pid}/fdinfo"))? {
            let Ok(text) = fs::read_to_string(entry?.path()) else { continue };
            let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            let number = |name: &str| field(name).and_then(|text| text.parse().ok());
            if let (Some(tag), Some(runs), Some(ns)) =
                (field("prog_tag:"), number("run_cnt:"), number("run_time_ns:"))
            {
                programs.push((tag.to_owned(), runs, ns));
            }
        }
        programs.sort();
        programs.dedup();
        ensure!(!programs.is_empty(), "the collector has no programs in the kernel");
        Ok(programs)
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
        let right = images.iter().all(|image| image.repository.starts_with("plumbline-bench/"));
        if !right {
            eprintln!("collector: events of other images were counted too; stop other containers");
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
            while let Ok(Some(change)) = changes.message().await {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
                let seen = change.alert.map_or(0, |alert| alert.last_seen_unix_ns);
                if told.send(now.saturating_sub(seen)).is_err() {
                    return;
                }
            }
        });
        let run = load.words(&["novelties", &cli.novelties.to_string(), "50"]);
        self.stop()?;
        run?;
        runtime.shutdown_background();
        let mut delays: Vec<u64> = tells.iter().collect();
        delays.sort_unstable();
        ensure!(
            delays.len() as u64 >= cli.novelties / 2,
            "{} changes of alerts for {} new programs",
            delays.len(),
            cli.novelties
        );
        let quantile = |q: f64| {
            delays.get(((delays.len() - 1) as f64 * q) as usize).map_or(0.0, |delay| *delay as f64 / 1e6)
        };
        eprintln!("collector: exec to verdict p50 {:.1} ms, p99 {:.1} ms", quantile(0.5), quantile(0.99));
        figures.exec_to_verdict_p99_ms = Some(quantile(0.99));
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
        let mib = self.memory_mib("smaps_rollup", "Pss:")?;
        self.stop()?;
        figures.pss_mib = Some(mib);
        self.ready_s.sort_by(f64::total_cmp);
        figures.ready_s = self.ready_s.get(self.ready_s.len() / 2).copied();
        Ok(())
    }
}

impl Tracer for Collector {
    fn start(&mut self) -> Result<()> {
        let url = self.server.grpc.clone();
        let began = Instant::now();
        self.program = Some(collector(self.directory.path(), "collector", &["run", "--server", &url])?);
        self.ready_s.push(began.elapsed().as_secs_f64());
        Ok(())
    }

    fn cpu_s(&self) -> Result<f64> {
        cpu_s(self.program.as_ref().context("the collector is off")?.pid())
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
