//! Kernel records in, batches out: owns the process table, the containers, their windows and the open batch.
//!
//! One task, no locks. A container's reports are held until the engine has said what the container is, each
//! within a bound; what does not fit, or is never told, is counted in the ledger. A loss that may have touched
//! a container marks its open window, which then teaches nothing.

mod declared;
#[cfg(test)]
mod fixture;
mod observe;
pub(crate) mod told;

use crate::{
    batch::{Builder, Described},
    config::Settings,
    container::{Answer, ContainerInfo, Questions},
    digest, dns,
    enforce::Enforcer,
    losses::Ledger,
    metrics::Numbers,
    probe::Lost,
    process::{HOST, HostNamespaces, ProcessTable, Root},
    queue::Queue,
    raw::{Flow, ProcessKey, RecordError},
    window::{Report, Windows},
};
use observe::{Names, SocketUsers};
use plumbline_proto::v1::{LossReason, OrderResult, SignedPolicies};
use prost::Message;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Weak, mpsc as sync_mpsc},
    time::Duration,
};

/// Reports held for one container that is not known yet, and bytes held for all of them.
const HELD: usize = 8192;
const HELD_BYTES: usize = 32 << 20;
/// A batch goes out with this many events, or this many bytes of text.
const BATCH_EVENTS: usize = 512;
const BATCH_BYTES: usize = 1 << 20;
/// How long after its end a window stays open for events that are still on their way.
const GRACE_NS: u64 = 100_000_000;
/// Containers that don't run whose description is kept: one that is about to start, or soon starts again, is not asked for.
/// On a node where containers come and go, memory is for those that run.
const IDLE: usize = 256;

/// What has been done, for the last line of the log.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) records: u64,
    pub(crate) events: u64,
    pub(crate) windows: u64,
    pub(crate) batches: u64,
    /// Messages to or from port 53 that are no DNS.
    pub(crate) dns_unreadable: u64,
    /// Executables that were not in the image and whose digest could not be had.
    pub(crate) digests_missed: u64,
    /// Events that a window had no room for; they went out one by one.
    pub(crate) windows_full: u64,
}

/// Takes from the kernel side what it counted in windows before this one.
pub(crate) type Flows = Box<dyn FnMut(u64) -> Vec<Result<Flow, RecordError>> + Send>;

/// A container with processes, or one whose last reports wait for its description.
#[derive(Debug)]
struct Live {
    windows: Windows,
    started_unix_ns: u64,
    start_missed: bool,
    held: Vec<Report>,
    /// Sessions that may turn out to be declared once the container is described.
    unrecognised: Vec<Weak<Root>>,
    names: Names,
    name_streams: dns::Streams,
    /// It used sockets: the kernel side may hold counts of the open window.
    sockets: bool,
    /// Its last process has ended; it is closed with the window.
    ending: bool,
    /// It may have ended unseen: only its own events move its windows.
    waits: bool,
}

pub(crate) struct Pipeline {
    settings: Settings,
    /// Unix time at boot.
    boot_unix_ns: u64,
    table: ProcessTable,
    live: HashMap<Arc<str>, Live>,
    ended: HashMap<Arc<str>, Vec<Live>>,
    known: HashMap<Arc<str>, Arc<ContainerInfo>>,
    /// Those of them that were asked for, in the order in which they were told, but for those that run.
    answered: VecDeque<Arc<str>>,
    questions: Questions,
    held_bytes: usize,
    builder: Builder,
    queue: Arc<Queue>,
    ledger: Ledger,
    /// What the kernel and the reader had lost when it was last looked at.
    lost_before: Lost,
    /// The window in which something of it was last found to be lost.
    lossy_through: u64,
    /// All records of before have been taken, Unix time; not set where nobody says how far a ring was read.
    read_unix_ns: Option<u64>,
    /// Whether an exit was lost since it was last looked whose.
    exits_lost: bool,
    /// Whose that may be, once all is read that was told until then, Unix time.
    gone: Option<(u64, HashSet<ProcessKey>)>,
    totals: Totals,
    /// When the last batch went out.
    flushed_unix_ns: u64,
    /// The window that records are in.
    window: u64,
    flows: Flows,
    socket_users: SocketUsers,
    /// `None` once no more are asked for.
    digests: Option<sync_mpsc::SyncSender<digest::Job>>,
    /// Files whose digest was asked for.
    digested: HashSet<(Arc<str>, crate::raw::FileId)>,
    /// The tool that tells events, if it is not the kernel side.
    telling: Option<told::Telling>,
    /// What enforces policies, if they may come.
    enforcer: Option<Enforcer>,
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
        questions: Questions,
        host: HostNamespaces,
        flows: Flows,
        digests: sync_mpsc::SyncSender<digest::Job>,
        boot_unix_ns: u64,
    ) -> Self {
        let now = boot_unix_ns + clocks().0;
        let builder = Builder::new(&settings.node, settings.window_ns, now);
        // No runtime describes the host.
        let known = [(HOST.into(), Arc::new(ContainerInfo::host(&settings.node)))];
        let known = known.into_iter().filter(|_| settings.host_processes).collect();
        Self {
            window: now / settings.window_ns,
            flushed_unix_ns: now,
            boot_unix_ns,
            table: ProcessTable::new(host, settings.host_processes),
            live: HashMap::new(),
            ended: HashMap::new(),
            known,
            answered: VecDeque::new(),
            questions,
            held_bytes: 0,
            builder,
            queue,
            ledger: Ledger::default(),
            lost_before: Lost::default(),
            lossy_through: 0,
            read_unix_ns: None,
            exits_lost: false,
            gone: None,
            totals: Totals::default(),
            flows,
            socket_users: SocketUsers::default(),
            digests: Some(digests),
            digested: HashSet::new(),
            telling: None,
            enforcer: None,
            settings,
        }
    }

    /// From now on policies are enforced in containers.
    pub(crate) fn enforce(&mut self, enforcer: Enforcer) {
        self.enforcer = Some(enforcer);
    }

    /// Looks whether policies still hold. To be called about once a second.
    pub(crate) fn look_at_policies(&mut self) {
        let now = self.now_unix_ns();
        if let Some(enforcer) = &mut self.enforcer {
            enforcer.tick(now);
        }
    }

    /// Takes policies from the server.
    pub(crate) fn policies(&mut self, signed: &SignedPolicies) {
        let now = self.now_unix_ns();
        if let Some(enforcer) = &mut self.enforcer {
            enforcer.take(signed, now);
        }
    }

    /// Takes in what came of an order of the server.
    pub(crate) fn carried(&mut self, result: OrderResult) {
        if let Some(enforcer) = &mut self.enforcer {
            enforcer.carried(result);
        }
    }

    fn now_unix_ns(&self) -> u64 {
        self.boot_unix_ns + clocks().0
    }

    /// The last process of a container has ended.
    fn end(&mut self, container: &Arc<str>, time: u64) {
        let Some(live) = self.live.get_mut(container) else { return };
        let mut reports = Vec::new();
        live.windows.advance(time, &mut reports);
        live.ending = true;
        let wait = live.sockets;
        self.deliver(container, reports);
        if !wait {
            self.close(container);
        }
    }

    /// Nothing more will come of a container that has ended.
    fn close(&mut self, container: &Arc<str>) {
        let mut reports = Vec::new();
        if let Some(live) = self.live.get_mut(container) {
            live.windows.close(&mut reports);
        }
        self.deliver(container, reports);
        if let Some(enforcer) = &mut self.enforcer {
            enforcer.forget(container);
        }
        if let Some(live) = self.live.remove(container)
            && !self.known.contains_key(container)
        {
            self.ended.entry(container.clone()).or_default().push(live);
        }
    }

    fn close_ending(&mut self) {
        let ending = self.live.iter().filter(|(_, live)| live.ending).map(|(container, _)| container.clone());
        for container in ending.collect::<Vec<_>>() {
            self.close(&container);
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
        let facts = self.telling.as_mut().and_then(|telling| telling.take_facts(&container));
        let Some(info) = info.or(facts) else { return self.give_up(&container) };
        if self.known.insert(container.clone(), info.clone()).is_none() {
            self.answered.push_back(container.clone());
        }
        self.forget_idle();
        self.describe(&container);
        // Those that have ended first: each stands in for the live one while its reports go out.
        let alive = self.live.remove(&container);
        let gone = alive.is_none();
        for mut live in self.ended.remove(&container).into_iter().flatten().chain(alive) {
            declared::recognise_all(&mut live.unrecognised, &info.probes);
            let reports = std::mem::take(&mut live.held);
            self.held_bytes -= reports.iter().map(Report::weight).sum::<usize>();
            self.live.insert(container.clone(), live);
            self.deliver(&container, reports);
        }
        if gone {
            self.live.remove(&container);
        }
    }

    /// Forgets what was told of containers that don't run, first of those that were told of first.
    fn forget_idle(&mut self) {
        while self.answered.len() > self.live.len() + IDLE {
            let Some(oldest) = self.answered.pop_front() else { return };
            if self.live.contains_key(&oldest) {
                self.answered.push_back(oldest);
            } else {
                self.known.remove(&oldest);
            }
        }
    }

    /// A container that is live and known is one that policies may apply to.
    fn describe(&mut self, container: &Arc<str>) {
        if let (Some(enforcer), Some(live), Some(info)) =
            (&mut self.enforcer, self.live.get(container), self.known.get(container))
        {
            enforcer.describe(info, live.started_unix_ns);
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
            live.windows.lose(); // of those that will be told
        }
        self.ledger.add(LossReason::ContainerUnknown, Some(container.clone()), lost);
        // A container that still runs is asked for again: the engine may come back.
        if self.live.contains_key(container) {
            self.questions.ask(container.clone());
        }
    }

    /// What was before is over: windows are not closed before what was told in them is read.
    fn due_unix_ns(&self) -> u64 {
        match &self.telling {
            Some(telling) => telling.due_unix_ns(),
            None => self.now_unix_ns().saturating_sub(GRACE_NS).min(self.read_unix_ns.unwrap_or(u64::MAX)),
        }
    }

    /// Closes windows whose time is over, and sends the batch if it is time.
    pub(crate) fn tick(&mut self) {
        let due = self.due_unix_ns();
        self.sweep();
        self.roll(due / self.settings.window_ns);
        let containers: Vec<Arc<str>> = self.live.keys().cloned().collect();
        for container in containers {
            let mut reports = Vec::new();
            if let Some(live) = self.live.get_mut(&container).filter(|live| !live.ending && !live.waits) {
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
        self.flush_if_due();
    }

    /// Sends the batch unless another went out just before: after a quiet time an event goes at once, in a storm
    /// many share a batch.
    pub(crate) fn flush_if_due(&mut self) {
        let now = self.now_unix_ns();
        let since = Duration::from_nanos(now.saturating_sub(self.flushed_unix_ns));
        if since >= self.settings.flush_interval {
            self.flush();
        }
    }

    /// Hands the open batch to the queue, if there is anything in it.
    fn flush(&mut self) {
        let events = self.builder.events() as u64;
        if events == 0 && self.ledger.is_empty() {
            return;
        }
        self.flushed_unix_ns = self.now_unix_ns();
        let next = Builder::new(&self.settings.node, self.settings.window_ns, self.flushed_unix_ns);
        let mut builder = std::mem::replace(&mut self.builder, next);
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
        let mut batch = builder.finish();
        batch.source = self.telling.as_ref().map(told::Telling::source);
        if self.queue.push(batch.encode_to_vec().into(), events) {
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
        self.take_flows(u64::MAX);
        self.close_ending();
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

    /// No more digests will be asked for: their thread ends with those it has.
    pub(crate) fn close_digests(&mut self) {
        self.digests = None;
    }

    /// Whether anything is held for a container that is not known yet.
    pub(crate) fn waits(&self) -> bool {
        self.held_bytes > 0
    }

    pub(crate) fn totals(&self) -> Totals {
        self.totals
    }

    /// The numbers of this moment, those of the hooks left out.
    pub(crate) fn numbers(&self) -> Numbers {
        let Totals { records, events, windows, batches, dns_unreadable, digests_missed, windows_full } =
            self.totals;
        let unknown = self.live.keys().filter(|id| !self.known.contains_key(*id)).count();
        Numbers {
            records,
            events,
            windows,
            batches,
            dns_unreadable,
            digests_missed,
            windows_full,
            containers: self.live.len(),
            containers_unknown: unknown,
            processes: self.table.len(),
            hooks: Vec::new(),
            skipped: Vec::new(),
            lost: self.ledger.totals().collect(),
            waiting: self.queue.waiting(),
            pods: None,
        }
    }

    pub(crate) fn losses(&self) -> String {
        self.ledger.summary()
    }
}

#[cfg(test)]
mod tests;
