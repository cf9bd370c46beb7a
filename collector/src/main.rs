//! `plumbline-collector`: the agent on a node.
//!
//! Kernel records come from `probe`, become events in `pipeline`, wait as batches in `queue`, and leave by
//! `stream` (to a server) or `record` (to a file). On SIGTERM or SIGINT the hooks stop, what is under way is
//! sent within a grace time, and the last lines of the log say what was done and what was lost.

mod batch;
mod cgroup;
mod check;
mod config;
mod docker;
mod losses;
mod pipeline;
mod probe;
mod process;
mod procfs;
mod queue;
mod raw;
mod record;
mod spool;
mod stream;
mod window;

use anyhow::Context;
use clap::Parser;
use config::{Cli, Command, SpoolArgs, WatchArgs};
use pipeline::Pipeline;
use probe::Probe;
use queue::{Queue, Waiting};
use spool::{Spool, SpoolError};
use std::{path::Path, process::ExitCode, sync::Arc, time::Duration};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

/// sysexits.h
const EX_USAGE: u8 = 64;
const EX_UNAVAILABLE: u8 = 69;
/// How often windows and batches are looked at.
const TICK: Duration = Duration::from_millis(20);
/// Questions about containers under way: more than start in the time of an answer.
const QUESTIONS: usize = 4096;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(EX_USAGE) } else { ExitCode::SUCCESS };
        }
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    let colour = rustix::termios::isatty(std::io::stderr());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let result =
        runtime.context("can't start the runtime").and_then(|runtime| runtime.block_on(command(cli.command)));
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(EX_UNAVAILABLE)
        }
    }
}

async fn command(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Check { output, docker_socket } => {
            Ok(if check::check(output, &docker_socket).await { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Run { server, drain_timeout, spool, watch } => {
            let settings = watch.settings();
            let mut session = [0; 16];
            rustix::rand::getrandom(&mut session, rustix::rand::GetRandomFlags::empty())
                .context("no random numbers")?;
            let spool = open_spool(&spool, session)?;
            let queue = Arc::new(Queue::with_spool(settings.queue_bytes, session, spool));
            let sender = stream::Sender { servers: server, node: settings.node, queue: queue.clone() };
            let sender = tokio::spawn(sender.run());
            collect(&watch, &queue).await?;
            match tokio::time::timeout(drain_timeout, sender).await {
                Ok(ended) => ended.context("the sender failed")?,
                Err(_) => report_waiting(queue.waiting()),
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Record { output, force, watch } => {
            let recording = record::Recording::create(&output, force)?;
            let queue = Arc::new(Queue::new(watch.settings().queue_bytes));
            let writer = tokio::spawn({
                let queue = queue.clone();
                async move { recording.run(&queue).await }
            });
            if let Err(error) = collect(&watch, &queue).await {
                // Nothing was written: do not leave an empty file in the way of the next try.
                let _ = std::fs::remove_file(&output);
                return Err(error);
            }
            writer.await.context("the writer failed")??;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The spool; none if it is off or the directory can't be used.
fn open_spool(spool: &SpoolArgs, session: [u8; 16]) -> anyhow::Result<Option<Spool>> {
    let Some(dir) = spool.dir() else { return Ok(None) };
    match Spool::open(dir, spool.bounds(), session) {
        Ok(spool) => {
            if spool.bytes > 0 {
                let segments = spool.segments.len();
                tracing::info!(
                    bytes = spool.bytes,
                    segments,
                    "an earlier run left batches; they are sent first"
                );
            }
            Ok(Some(spool))
        }
        Err(error @ SpoolError::Locked(_)) => Err(error.into()),
        Err(error) => {
            tracing::error!(%error, "no spool: batches wait in memory, and a crash or restart loses them");
            Ok(None)
        }
    }
}

fn report_waiting(waiting: Waiting) {
    let Waiting { batches, unspooled, spool_bytes } = waiting;
    if spool_bytes > 0 {
        tracing::warn!(batches, spool_bytes, "not acknowledged yet; the spool keeps it for the next start");
    }
    if unspooled > 0 {
        tracing::error!(batches = unspooled, "not acknowledged within --drain-timeout and not spooled; lost");
    }
}

/// Watches until a signal comes, and closes the queue.
async fn collect(watch: &WatchArgs, queue: &Arc<Queue>) -> anyhow::Result<()> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut probe = Probe::attach(watch.ring_bytes, cgroup::is_v1(Path::new("/sys")))?;
    if let Some(why) = &probe.no_accept {
        tracing::warn!(why, "accepted connections are not watched");
    }
    let (questions, asked) = mpsc::channel(QUESTIONS);
    let (answered, mut answers) = mpsc::channel(QUESTIONS);
    let engine = docker::Engine::new(&watch.docker_socket);
    let resolver =
        docker::Resolver { engine, timeout: watch.resolve_timeout, questions: asked, answers: answered };
    tokio::spawn(resolver.run());
    let host = procfs::host_mount_ns()
        .context("can't read /proc/1/ns/mnt; run as root in the host's pid namespace")?;
    let mut pipeline = Pipeline::new(watch.settings(), queue.clone(), questions, host);
    // The hooks are attached: what starts from here on comes from the kernel, what runs already from /proc.
    let now_ticks = pipeline::clocks().0 / raw::TICK_NS;
    for process in procfs::all() {
        if process.key.start_ticks <= now_ticks {
            pipeline.prime(process);
        }
    }
    let mut records = probe.read();
    if let Some(path) = &watch.ready_file {
        std::fs::write(path, "ready\n")
            .with_context(|| format!("can't write --ready-file {}", path.display()))?;
    }
    tracing::info!("ready");
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            chunk = records.recv() => match chunk {
                Some(chunk) => chunk.into_iter().for_each(|record| pipeline.record(record)),
                None => break,
            },
            Some(answer) = answers.recv() => pipeline.answer(answer),
            _ = tick.tick() => {
                let dropped = probe.counts().iter().map(|(_, count)| count.dropped).sum();
                pipeline.kernel_losses(dropped, probe.invalid());
                pipeline.tick();
            }
            _ = term.recv() => probe.stop(),
            _ = int.recv() => probe.stop(),
        }
    }
    // What was asked a moment ago may still be answered.
    let wait = tokio::time::sleep(Duration::from_secs(1));
    tokio::pin!(wait);
    while pipeline.waits() {
        tokio::select! {
            Some(answer) = answers.recv() => pipeline.answer(answer),
            () = &mut wait => break,
        }
    }
    pipeline.finish();
    queue.close();
    for (hook, count) in probe.counts() {
        tracing::info!(hook, seen = count.seen, submitted = count.submitted, dropped = count.dropped, "hook");
    }
    let totals = pipeline.totals();
    let losses = pipeline.losses();
    tracing::info!(
        records = totals.records,
        events = totals.events,
        batches = totals.batches,
        losses,
        windows = totals.windows,
        "stopped"
    );
    Ok(())
}
