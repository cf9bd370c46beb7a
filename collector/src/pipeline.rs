//! Kernel records in, batches out: owns the process table, the containers, their windows and the open batch.
//!
//! One task, no locks. A container's reports are held until the engine has said what the container is, each
//! within a bound; what does not fit, or is never told, is counted in the ledger. A loss that may have touched
//! a container marks its open window, which then teaches nothing.

use crate::{
    batch::{Builder, Described},
    config::Settings,
    docker::{Answer, ContainerInfo},
    losses::Ledger,
    process::{Node, Primed, ProcessTable},
    procfs,
    queue::Queue,
    raw::{Exec, Kind, ProcessKey, Record, TICK_NS},
    window::{Action, Report, Windows},
};
use plumbline_proto::v1::{LossReason, ProcessFlag};
use prost::Message;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// Reports held for one container that is not known yet, and bytes held for all of them.
const HELD: usize = 8192;
const HELD_BYTES: usize = 32 << 20;
/// A batch goes out with this many events, or this many bytes of text.
const BATCH_EVENTS: usize = 512;
const BATCH_BYTES: usize = 1 << 20;
/// How long after its end a window stays open for events that are still on their way.
const GRACE_NS: u64 = 100_000_000;
/// Containers whose description is remembered.
const KNOWN: usize = 16_384;

/// What has been done, for the last line of the log.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) records: u64,
    pub(crate) events: u64,
    pub(crate) windows: u64,
    pub(crate) batches: u64,
}

/// A container with processes, or one whose last reports wait for its description.
#[derive(Debug)]
struct Live {
    windows: Windows,
    started_unix_ns: u64,
    start_missed: bool,
    held: Vec<Report>,
}

pub(crate) struct Pipeline {
    settings: Settings,
    /// Unix time at boot.
    boot_unix_ns: u64,
    table: ProcessTable,
    live: HashMap<Arc<str>, Live>,
    ended: HashMap<Arc<str>, Vec<Live>>,
    known: HashMap<Arc<str>, Arc<ContainerInfo>>,
    questions: mpsc::Sender<Arc<str>>,
    held_bytes: usize,
    builder: Builder,
    queue: Arc<Queue>,
    ledger: Ledger,
    /// What the kernel and the reader had lost when it was last looked at: dropped, unreadable.
    lost_before: (u64, u64),
    totals: Totals,
}

/// Nanoseconds since boot, and Unix time at boot.
pub(crate) fn clocks() -> (u64, u64) {
    let nanos = |clock| {
        let time = rustix::time::clock_gettime(clock);
        time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
    };
    let boot = nanos(rustix::time::ClockId::Boottime);
    (boot, nanos(rustix::time::ClockId::Realtime).saturating_sub(boot))
}

impl Pipeline {
    pub(crate) fn new(
        settings: Settings,
        queue: Arc<Queue>,
        questions: mpsc::Sender<Arc<str>>,
        host_mount_ns: u32,
    ) -> Self {
        let (boot, boot_unix_ns) = clocks();
        let builder = Builder::new(&settings.node, settings.window_ns, boot_unix_ns + boot);
        Self {
            settings,
            boot_unix_ns,
            table: ProcessTable::new(host_mount_ns),
            live: HashMap::new(),
            ended: HashMap::new(),
            known: HashMap::new(),
            questions,
            held_bytes: 0,
            builder,
            queue,
            ledger: Ledger::default(),
            lost_before: (0, 0),
            totals: Totals::default(),
        }
    }

    fn now_unix_ns(&self) -> u64 {
        self.boot_unix_ns + clocks().0
    }

    /// Takes a process that was running before the hooks were attached.
    pub(crate) fn prime(&mut self, found: Primed) {
        let key = found.key;
        if let Some(node) = self.table.prime(found) {
            let started = self.boot_unix_ns + key.start_ticks * TICK_NS;
            self.event(&node, Action::Exec, self.now_unix_ns(), (started, true));
        }
    }

    /// Takes a record of the kernel side.
    pub(crate) fn record(&mut self, record: Record) {
        self.totals.records += 1;
        let time = self.boot_unix_ns + record.time_ns;
        match record.kind {
            Kind::Cgroup { cgroup, names } => self.table.cgroup(cgroup, &names),
            Kind::Fork { child, parent, mount_ns } => self.table.fork(child, parent, mount_ns),
            Kind::Exit { process } => {
                if let Some(container) = self.table.exit(process) {
                    self.end(&container, time);
                }
            }
            Kind::Exec(exec) => self.exec(*exec, time),
            Kind::Socket { process, cgroup, action, address, port } => {
                if !self.table.knows(process) {
                    self.find(process, cgroup);
                }
                if let Some(node) = self.table.node(process).cloned() {
                    self.event(&node, Action::Socket { action, address, port }, time, (time, true));
                }
            }
        }
    }

    fn exec(&mut self, mut exec: Exec, time: u64) {
        if exec.arguments_unread
            && let Some(arguments) = procfs::arguments(exec.process)
        {
            exec.arguments = arguments;
        }
        let flags = [
            (exec.upper_layer, ProcessFlag::UpperLayer),
            (exec.memfd, ProcessFlag::Memfd),
            (exec.deleted, ProcessFlag::Deleted),
            (exec.arguments_truncated, ProcessFlag::ArgumentsTruncated),
            (exec.terminal, ProcessFlag::Terminal),
            (exec.socket_stdio, ProcessFlag::SocketStdio),
        ];
        let flags = flags.into_iter().filter(|(is, _)| *is).fold(0, |flags, (_, flag)| flags | flag as u32);
        // A control group whose names were lost is asked of /proc, while the process is there.
        let container =
            self.table.container_of(exec.cgroup).unwrap_or_else(|_| procfs::container(exec.process.pid));
        if let Some(node) = self.table.exec(&exec, flags, || container) {
            self.event(&node, Action::Exec, time, (time, false));
        }
    }

    /// Looks for a process whose start was lost.
    fn find(&mut self, process: ProcessKey, cgroup: u64) {
        match procfs::process(process.pid).filter(|found| found.key == process) {
            Some(found) => {
                self.table.prime(found);
            }
            None => {
                if let Ok(Some(container)) = self.table.container_of(cgroup) {
                    if let Some(live) = self.live.get_mut(&container) {
                        live.windows.lose();
                    }
                    self.ledger.add(LossReason::ProcessUnknown, Some(container), 1);
                }
            }
        }
    }

    /// An event of a container; `begin` says when it began and whether that was missed, should it be new.
    fn event(&mut self, node: &Arc<Node>, action: Action, time: u64, begin: (u64, bool)) {
        self.totals.events += 1;
        let container = &node.container;
        if !self.live.contains_key(container) {
            let windows = Windows::new(self.settings.window_ns, time);
            let live = Live { windows, started_unix_ns: begin.0, start_missed: begin.1, held: Vec::new() };
            self.live.insert(container.clone(), live);
            // The resolver takes questions faster than containers can start; a full channel means it is gone.
            if !self.known.contains_key(container) && self.questions.try_send(container.clone()).is_err() {
                tracing::warn!(container = &**container, "too many unknown containers at once");
            }
        }
        let mut reports = Vec::new();
        if let Some(live) = self.live.get_mut(container) {
            live.windows.event(node, action, time, &mut reports);
        }
        self.deliver(container, reports);
    }

    /// The last process of a container has ended.
    fn end(&mut self, container: &Arc<str>, time: u64) {
        let mut reports = Vec::new();
        if let Some(live) = self.live.get_mut(container) {
            live.windows.advance(time, &mut reports);
            live.windows.close(&mut reports);
        }
        self.deliver(container, reports);
        if let Some(live) = self.live.remove(container)
            && !self.known.contains_key(container)
        {
            self.ended.entry(container.clone()).or_default().push(live);
        }
    }

    /// Puts reports of a live container into the batch, or holds them while it is unknown.
    fn deliver(&mut self, container: &Arc<str>, reports: Vec<Report>) {
        let Some(live) = self.live.get_mut(container) else { return };
        match self.known.get(container) {
            Some(info) => {
                let described = Described {
                    info: info.clone(),
                    started_unix_ns: live.started_unix_ns,
                    start_missed: live.start_missed,
                };
                for report in reports {
                    self.totals.windows += u64::from(matches!(report, Report::Window { .. }));
                    self.builder.report(&described, &report);
                }
            }
            None => {
                let mut lost = 0;
                for report in reports {
                    if live.held.len() < HELD && self.held_bytes < HELD_BYTES {
                        self.held_bytes += report.weight();
                        live.held.push(report);
                    } else {
                        lost += 1;
                    }
                }
                if lost > 0 {
                    live.windows.lose();
                    self.ledger.add(LossReason::HoldFull, Some(container.clone()), lost);
                }
            }
        }
        if self.builder.events() >= BATCH_EVENTS || self.builder.bytes() >= BATCH_BYTES {
            self.flush();
        }
    }

    /// Takes what the engine said of a container.
    pub(crate) fn answer(&mut self, (container, info): Answer) {
        let Some(info) = info else { return self.give_up(&container) };
        if self.known.len() >= KNOWN {
            self.known.retain(|id, _| self.live.contains_key(id));
        }
        self.known.insert(container.clone(), info);
        // Those that have ended first: each stands in for the live one while its reports go out.
        let alive = self.live.remove(&container);
        for mut live in self.ended.remove(&container).into_iter().flatten().chain(alive) {
            let reports = std::mem::take(&mut live.held);
            self.held_bytes -= reports.iter().map(Report::weight).sum::<usize>();
            self.live.insert(container.clone(), live);
            self.deliver(&container, reports);
        }
        if self.table.alive_in(&container) == 0 {
            self.live.remove(&container);
        }
    }

    /// Nobody will say what this container is: what it did is lost, and counted.
    fn give_up(&mut self, container: &Arc<str>) {
        let alive = self.live.get_mut(container).into_iter();
        let mut ended = self.ended.remove(container).unwrap_or_default();
        let mut lost = 0;
        for live in alive.chain(&mut ended) {
            lost += live.held.len() as u64;
            self.held_bytes -= live.held.drain(..).map(|report| report.weight()).sum::<usize>();
        }
        self.ledger.add(LossReason::ContainerUnknown, Some(container.clone()), lost);
        // A container that still runs is asked for again: the engine may come back.
        if self.live.contains_key(container) && self.questions.try_send(container.clone()).is_err() {
            tracing::warn!(container = &**container, "too many unknown containers at once");
        }
    }

    /// Counts what the kernel dropped and what could not be read, both running totals. An exit may be among it,
    /// so what is not there any more is taken out.
    pub(crate) fn kernel_losses(&mut self, dropped: u64, invalid: u64) {
        let (dropped_before, invalid_before) = std::mem::replace(&mut self.lost_before, (dropped, invalid));
        if (dropped, invalid) == (dropped_before, invalid_before) {
            return;
        }
        self.ledger.add(LossReason::RingFull, None, dropped - dropped_before);
        self.ledger.add(LossReason::RecordInvalid, None, invalid - invalid_before);
        self.live.values_mut().for_each(|live| live.windows.lose());
        let now = self.now_unix_ns();
        for container in self.table.sweep(|process| procfs::key(process.pid) == Some(process)) {
            self.end(&container, now);
        }
    }

    /// Closes windows whose time is over, and sends the batch if it is old enough.
    pub(crate) fn tick(&mut self) {
        let now = self.now_unix_ns();
        let due = now.saturating_sub(GRACE_NS);
        let containers: Vec<Arc<str>> = self.live.keys().cloned().collect();
        for container in containers {
            let mut reports = Vec::new();
            if let Some(live) = self.live.get_mut(&container) {
                live.windows.advance(due, &mut reports);
            }
            if !reports.is_empty() {
                self.deliver(&container, reports);
            }
        }
        for (reason, events) in self.queue.take_losses() {
            self.ledger.add(reason, None, events);
            self.live.values_mut().for_each(|live| live.windows.lose());
        }
        let age = Duration::from_nanos(now.saturating_sub(self.builder.opened_unix_ns()));
        if age >= self.settings.flush_interval {
            self.flush();
        }
    }

    /// Hands the open batch to the queue, if there is anything in it.
    fn flush(&mut self) {
        let next = Builder::new(&self.settings.node, self.settings.window_ns, self.now_unix_ns());
        let mut builder = std::mem::replace(&mut self.builder, next);
        let events = builder.events() as u64;
        if events == 0 && self.ledger.is_empty() {
            return;
        }
        let losses = self.ledger.take();
        for (reason, container, lost) in &losses {
            let described = container.as_ref().and_then(|container| {
                let (info, live) = (self.known.get(container)?, self.live.get(container)?);
                Some(Described {
                    info: info.clone(),
                    started_unix_ns: live.started_unix_ns,
                    start_missed: live.start_missed,
                })
            });
            let index = described.map(|described| builder.container(&described));
            builder.loss(*reason, index, *lost);
        }
        if self.queue.push(builder.finish().encode_to_vec().into(), events) {
            self.totals.batches += 1;
        } else {
            for (reason, container, lost) in losses {
                self.ledger.restore(reason, container, lost);
            }
            self.ledger.add(LossReason::QueueFull, None, events);
            self.live.values_mut().for_each(|live| live.windows.lose());
        }
    }

    /// Sends what is left: repeats of windows that are still open, but no window that has not ended.
    pub(crate) fn finish(&mut self) {
        let containers: Vec<Arc<str>> = self.live.keys().cloned().collect();
        for container in containers {
            let mut reports = Vec::new();
            if let Some(live) = self.live.get_mut(&container) {
                live.windows.flush(&mut reports);
            }
            self.deliver(&container, reports);
        }
        let unknown: Vec<Arc<str>> = self
            .live
            .keys()
            .chain(self.ended.keys())
            .filter(|id| !self.known.contains_key(*id))
            .cloned()
            .collect();
        for container in unknown {
            self.live
                .remove(&container)
                .into_iter()
                .for_each(|live| self.ended.entry(container.clone()).or_default().push(live));
            self.give_up(&container);
        }
        self.flush();
    }

    /// Whether anything is held for a container that is not known yet.
    pub(crate) fn waits(&self) -> bool {
        self.held_bytes > 0
    }

    pub(crate) fn totals(&self) -> Totals {
        self.totals
    }

    pub(crate) fn losses(&self) -> String {
        self.ledger.summary()
    }
}
