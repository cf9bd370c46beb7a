//! `plumbline-collector`: the agent on a node.
//!
//! Kernel records come from `probe`, become events in `pipeline`, wait as batches in `queue`, and leave by
//! `stream` (to a server) or `record` (to a file). On SIGTERM or SIGINT the hooks stop, what is under way is
//! sent within a grace time, and the last lines of the log say what was done and what was lost.

mod batch;
mod calls;
mod cgroup;
mod check;
mod config;
mod container;
mod digest;
mod dns;
mod enforce;
mod losses;
mod metrics;
mod pipeline;
mod privileges;
mod probe;
mod process;
mod procfs;
mod queue;
mod raw;
mod record;
mod script;
mod source;
mod spool;
mod stream;
mod tls;
mod window;

use anyhow::Context;
use clap::Parser;
use config::{Cli, Command, MetricsAddress, SpoolArgs, WatchArgs};
use enforce::Enforcer;
use metrics::Metrics;
use pipeline::Pipeline;
use plumbline_proto::v1::SignedPolicies;
use probe::Probe;
use queue::{Queue, Waiting};
use sd_notify::NotifyState;
use source::Source;
use spool::{Spool, SpoolError};
use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{mpsc, watch},
};

/// sysexits.h
const EX_USAGE: u8 = 64;
const EX_UNAVAILABLE: u8 = 69;
/// How often renewed certificates are looked for while a connection stands.
const RENEWAL: Duration = Duration::from_secs(30);
/// How often windows and batches are looked at.
const TICK: Duration = Duration::from_millis(20);
/// What is logged unless RUST_LOG says: kube_runtime would say at each try what is said once.
const LOG: &str = "info,kube_runtime=off,kube_client=error";
const NO_HOST: &str = "can't read /proc/1/ns; run as root in the host's pid namespace";
/// Answers about containers that wait to be taken.
const ANSWERS: usize = 4096;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(EX_USAGE) } else { ExitCode::SUCCESS };
        }
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| LOG.into());
    let colour = rustix::termios::isatty(std::io::stderr());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour).init();
    match run(cli.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(EX_UNAVAILABLE)
        }
    }
}

/// What needs privileges comes first, on this one thread; then they are given up and the others begin.
fn run(command: Command) -> anyhow::Result<ExitCode> {
    let (mut tls, mut key) = (None, None);
    let (watching, recording) = match &command {
        Command::Check(_) => (None, None),
        Command::Run { watch, tls: args, server, enforce, .. } => {
            let usage = |error: &dyn std::error::Error| {
                eprintln!("error: {error}");
                Ok(ExitCode::from(EX_USAGE))
            };
            match tls::Tls::new(args.clone(), server) {
                Ok(good) => tls = Some(good),
                Err(error) => return usage(&error),
            }
            match enforce.enforcement_key.as_deref().map(enforce::public_key).transpose() {
                Ok(good) => key = good,
                Err(error) => return usage(&error),
            }
            if key.is_some() && watch.source != Source::Kernel {
                eprintln!(
                    "error: --enforcement-key needs --source kernel: another tool's events come too late"
                );
                return Ok(ExitCode::from(EX_USAGE));
            }
            (attach_if_kernel(watch, key.is_some())?, None)
        }
        Command::Record { output, force, watch } => {
            let recording = record::Recording::create(output, *force)?;
            let watching = attach_if_kernel(watch, false).inspect_err(|_| {
                // Nothing was written: do not leave an empty file in the way of the next try.
                let _ = std::fs::remove_file(output);
            })?;
            (watching, Some(recording))
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.context("can't start the runtime")?;
    match (command, watching, recording) {
        (Command::Run { server, drain_timeout, spool, watch, enforce, .. }, mut watching, _) => {
            let tls = tls.context("no certificates")?;
            let mut session = [0; 16];
            rustix::rand::getrandom(&mut session, rustix::rand::GetRandomFlags::empty())
                .context("no random numbers")?;
            let position = spool.position();
            let enforcement = match (&mut watching, key) {
                (Some(watching), Some(key)) => {
                    let tables =
                        watching.probe.tables.take().context("the kernel side's tables are taken already")?;
                    let policies = enforce::Policies::open(key, spool.policies());
                    let off_file = enforce.enforcement_off_file;
                    let (orders, tasks) = enforce::Orders::open(&watch.settings().node, spool.orders());
                    let (enforcer, state) =
                        enforce::Enforcer::new(Box::new(tables), policies, orders, off_file);
                    let (policies, sent) = watch::channel(None);
                    watching.enforcing = Some(Enforcing { enforcer, sent, tasks });
                    Some(enforce::Exchange { policies, state })
                }
                _ => None,
            };
            let (settings, spool) = (watch.settings(), open_spool(&spool, session)?);
            let queue = Arc::new(Queue::with_spool(settings.queue_bytes, session, spool));
            let (node, renewal) = (settings.node, RENEWAL);
            let metrics = Arc::new(Metrics::default());
            let sender = stream::Sender {
                servers: server,
                tls,
                renewal,
                node,
                boot_unix_ns: watching.as_ref().map(|watching| watching.boot_unix_ns),
                queue: queue.clone(),
                metrics: metrics.clone(),
                enforcement,
            };
            runtime.block_on(async {
                let sender = tokio::spawn(sender.run());
                let collected = collect(watching, &watch, position, &queue, &metrics).await;
                drain(sender, &queue, drain_timeout).await?;
                collected
            })?;
        }
        (Command::Record { watch, .. }, watching, Some(recording)) => {
            let queue = Arc::new(Queue::new(watch.settings().queue_bytes));
            runtime.block_on(async {
                let writer = tokio::spawn({
                    let queue = queue.clone();
                    async move { recording.run(&queue).await }
                });
                let collected = collect(watching, &watch, None, &queue, &Arc::default()).await;
                queue.close();
                writer.await.context("the writer failed")?.map_err(anyhow::Error::from)?;
                collected
            })?;
        }
        (Command::Check(args), ..) => {
            let works = runtime.block_on(check::check(args));
            return Ok(if works { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        (Command::Record { .. }, ..) => anyhow::bail!("there is no recording"),
    }
    Ok(ExitCode::SUCCESS)
}

/// The kernel side, attached, and when the machine was started.
struct Watching {
    probe: Probe,
    boot_unix_ns: u64,
    /// What enforces, if policies may come.
    enforcing: Option<Enforcing>,
}

/// What enforces, policies as they come from the server, and what is to be asked of runtimes.
struct Enforcing {
    enforcer: Enforcer,
    sent: Sent,
    tasks: mpsc::Receiver<enforce::Task>,
}

type Sent = watch::Receiver<Option<SignedPolicies>>;

/// Attaches to the kernel, if that is the source.
fn attach_if_kernel(watch: &WatchArgs, enforces: bool) -> anyhow::Result<Option<Watching>> {
    if watch.source == Source::Kernel { attach(watch, enforces).map(Some) } else { Ok(None) }
}

fn attach(watch: &WatchArgs, enforces: bool) -> anyhow::Result<Watching> {
    let boot_unix_ns = pipeline::clocks().1;
    let host = || procfs::host_namespaces().context(NO_HOST);
    let probe = Probe::attach(probe::Options {
        ring_bytes: watch.ring_bytes,
        hierarchy: procfs::hierarchy(),
        boot_unix_ns,
        window_ns: watch.settings().window_ns,
        enforces_outside: if enforces { Some(host()?.mount) } else { None },
    })?;
    if !watch.keep_privileges {
        privileges::drop_unneeded(enforces)
            .context("can't give up privileges; --keep-privileges goes on with all of them")?;
    }
    Ok(Watching { probe, boot_unix_ns, enforcing: None })
}

/// Waits for the server to take what is left.
async fn drain(sender: tokio::task::JoinHandle<()>, queue: &Queue, timeout: Duration) -> anyhow::Result<()> {
    match tokio::time::timeout(timeout, sender).await {
        Ok(ended) => ended.context("the sender failed"),
        Err(_) => {
            report_waiting(queue.waiting());
            Ok(())
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
    let Waiting { batches, unspooled, spool_bytes, .. } = waiting;
    if spool_bytes > 0 {
        tracing::warn!(batches, spool_bytes, "not acknowledged yet; the spool keeps it for the next start");
    }
    if unspooled > 0 {
        tracing::error!(batches = unspooled, "not acknowledged within --drain-timeout and not spooled; lost");
    }
}

/// Collects from the source until it ends or a signal comes, and closes the queue.
async fn collect(
    watching: Option<Watching>,
    watch: &WatchArgs,
    position: Option<PathBuf>,
    queue: &Arc<Queue>,
    metrics: &Arc<Metrics>,
) -> anyhow::Result<()> {
    let result = match (watching, &watch.source) {
        (Some(watching), _) => collect_kernel(watching, watch, queue, metrics).await,
        (None, Source::Replay(path)) => {
            if let Some(ready) = &watch.ready_file {
                std::fs::write(ready, "ready\n")
                    .with_context(|| format!("can't write --ready-file {}", ready.display()))?;
            }
            notify(NotifyState::Ready);
            source::replay(path, &watch.settings(), queue).await.map_err(anyhow::Error::from)
        }
        (None, tool) => source::collect(tool, watch, position, queue, metrics).await,
    };
    queue.close();
    result
}

fn runtimes(watch: &WatchArgs) -> Vec<container::Runtime> {
    let addresses = container::addresses(&watch.runtime, &watch.docker_socket);
    addresses.into_iter().map(container::Runtime::new).collect()
}

/// Starts asking runtimes about containers.
fn resolver(
    watch: &WatchArgs,
    pods: &Option<container::Pods>,
) -> (container::Questions, mpsc::Receiver<container::Answer>) {
    let questions = container::Questions::default();
    let (answered, answers) = mpsc::channel(ANSWERS);
    let resolver = container::Resolver {
        runtimes: runtimes(watch),
        pods: pods.clone(),
        timeout: watch.resolve_timeout,
        questions: questions.clone(),
        answers: answered,
    };
    tokio::spawn(resolver.run());
    (questions, answers)
}

/// Watches until a signal comes, and closes the queue.
async fn collect_kernel(
    watching: Watching,
    watch: &WatchArgs,
    queue: &Arc<Queue>,
    metrics: &Arc<Metrics>,
) -> anyhow::Result<()> {
    let Watching { mut probe, boot_unix_ns, enforcing } = watching;
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let settings = watch.settings();
    let flows = probe.flows.take().context("the kernel side's counts are taken already")?;
    let pods = watch.pods().await?;
    let (questions, mut answers) = resolver(watch, &pods);
    let host = procfs::host_namespaces().context(NO_HOST)?;
    let (digests, mut digested) = digest::start();
    let mut pipeline =
        Pipeline::new(settings, queue.clone(), questions, host, flow_reader(flows), digests, boot_unix_ns);
    let mut policies = None;
    let (results, mut carried) = mpsc::channel(1);
    if let Some(Enforcing { enforcer, sent, tasks }) = enforcing {
        tokio::spawn(enforce::carry_out(runtimes(watch), tasks, results));
        pipeline.enforce(enforcer);
        // Those of an earlier run hold from the start.
        pipeline.look_at_policies();
        policies = Some(sent);
    }
    // The hooks are attached: what starts from here on comes from the kernel, what runs already from /proc.
    let now_ticks = pipeline::clocks().0 / raw::TICK_NS;
    for process in procfs::all() {
        if process.key.start_ticks <= now_ticks {
            pipeline.prime(process);
        }
    }
    if let MetricsAddress(Some(address)) = watch.metrics_address {
        tokio::spawn(metrics::serve(address, metrics.clone()));
    }
    let mut records = probe.read();
    if let Some(path) = &watch.ready_file {
        std::fs::write(path, "ready\n")
            .with_context(|| format!("can't write --ready-file {}", path.display()))?;
    }
    tracing::info!("ready");
    notify(NotifyState::Ready);
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            chunk = records.recv() => match chunk {
                Some(chunk) => {
                    if chunk.iter().any(|record| pipeline.ends_window(record)) {
                        pipeline.kernel_losses(probe.lost());
                    }
                    chunk.into_iter().for_each(|record| pipeline.record(record));
                    pipeline.flush_if_due();
                }
                None => break,
            },
            Some(answer) = answers.recv() => pipeline.answer(answer),
            Some(answer) = digested.recv() => pipeline.digest(answer),
            Some(signed) = sent(&mut policies) => pipeline.policies(&signed),
            Some(result) = carried.recv() => pipeline.carried(result),
            _ = tick.tick() => {
                let drained_ns = probe.drained_ns();
                if records.is_empty() {
                    pipeline.read_until(drained_ns);
                }
                if pipeline.window_is_over() {
                    probe.count_missed();
                }
                pipeline.kernel_losses(probe.lost());
                pipeline.tick();
            }
            _ = second.tick() => {
                probe.count_missed();
                pipeline.look_at_policies();
                let pods = pods.as_ref().map(container::Pods::counts);
                metrics.put(metrics::Numbers { hooks: probe.counts(), pods, ..pipeline.numbers() });
            }
            _ = term.recv() => probe.stop(),
            _ = int.recv() => probe.stop(),
        }
    }
    notify(NotifyState::Stopping);
    // What was asked a moment ago may still be answered.
    let wait = tokio::time::sleep(Duration::from_secs(1));
    tokio::pin!(wait);
    pipeline.close_digests();
    let mut digests_open = true;
    while pipeline.waits() || digests_open {
        tokio::select! {
            Some(answer) = answers.recv() => pipeline.answer(answer),
            digest = digested.recv(), if digests_open => match digest {
                Some(answer) => pipeline.digest(answer),
                None => digests_open = false,
            },
            () = &mut wait => break,
        }
    }
    // Since the last tick, and while the ring was read to its end.
    probe.count_missed();
    pipeline.kernel_losses(probe.lost());
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
        dns_unreadable = totals.dns_unreadable,
        digests_missed = totals.digests_missed,
        "stopped"
    );
    Ok(())
}

/// The next policies from the server; never any if none may come or the stream has ended.
async fn sent(policies: &mut Option<Sent>) -> Option<SignedPolicies> {
    let Some(receiver) = policies else { return std::future::pending().await };
    if receiver.changed().await.is_err() {
        return std::future::pending().await;
    }
    receiver.borrow_and_update().clone()
}

/// Tells systemd, if it started us.
fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd can't be told");
    }
}

fn flow_reader(mut flows: probe::FlowMap) -> pipeline::Flows {
    Box::new(move |before| flows.take(before))
}
