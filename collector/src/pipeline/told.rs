//! The narrow entry for sources other than the kernel: what another tool tells becomes the same events.
//!
//! A tool says which container an event is of and which process did it, so a process goes into the table as it is
//! told. Time is the tool's: only its events move windows, so that an old file gives the windows it had, and that
//! a tool which died is not taken for a quiet node. While it is not known that all ends of processes are told, or
//! after a gap, a container has only the windows up to its latest event: it may be gone.
//!
//! An aspect counts as told once the translators say so; what was seen before goes out before. Everything a tool
//! may never take back (processes, containers) is bounded.

use super::Pipeline;
use crate::{
    container::ContainerInfo,
    process::{Change, Node, Program},
    raw::{Exit, ProcessKey, SocketAction, TICK_NS},
    window::{Action, Extra, Happened},
};
use plumbline_proto::v1::{Aspect, LossReason, Source};
use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    path::PathBuf,
    sync::Arc,
};

/// Processes remembered; beyond, the oldest are forgotten as if they had ended.
const PROCESSES: usize = 65_536;
/// Containers with an open window; beyond, the one that was quiet for longest is closed.
const CONTAINERS: usize = 4096;
/// How far behind the newest event another container's may still be on its way.
const GRACE_NS: u64 = 5_000_000_000;
/// After so many windows without an event nothing is said of those between.
const QUIET_WINDOWS: u64 = 1440;
/// How far ahead of this machine's clock an event may be.
const AHEAD_NS: u64 = 86_400_000_000_000;
/// The id that no user and no group has: it stands for one that is not known.
pub(crate) const UNKNOWN_ID: u32 = u32::MAX;

/// An event as a tool tells it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) time_unix_ns: u64,
    pub(crate) container: ToldContainer,
    pub(crate) process: ToldProcess,
    pub(crate) act: Act,
    /// Aspects that this event shows to be told.
    pub(crate) tells: Aspects,
}

/// What the process did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Exec,
    Exit { code: u8, signal: u8 },
    Socket { action: SocketAction, address: IpAddr, port: u16 },
}

/// The container of an event.
#[derive(Debug)]
pub(crate) struct ToldContainer {
    /// Its id, or the beginning of it; the same for all its events.
    pub(crate) id: Arc<str>,
    /// What the event itself says of it, for where no runtime can be asked.
    pub(crate) facts: Option<Arc<ContainerInfo>>,
    pub(crate) started_unix_ns: Option<u64>,
}

/// A process, and what it runs.
#[derive(Debug, Default)]
pub(crate) struct ToldProcess {
    pub(crate) pid: u32,
    pub(crate) start_unix_ns: Option<u64>,
    /// It is the container's first.
    pub(crate) first: bool,
    pub(crate) program: Program,
    /// Its parent, should it be in the container; if it has the same pid, what the process ran before.
    pub(crate) parent: Option<Box<ToldProcess>>,
    /// Pids of its ancestors, nearest first, for where `parent` is not known.
    pub(crate) ancestors: Vec<u32>,
}

/// A set of aspects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Aspects(u32);

impl Aspects {
    pub(crate) fn of(aspects: &[Aspect]) -> Self {
        Self::default().with(aspects, true)
    }

    /// With these too, if `told`.
    pub(crate) fn with(self, aspects: &[Aspect], told: bool) -> Self {
        let more = aspects.iter().filter(|_| told).fold(0, |bits, aspect| bits | 1 << *aspect as u32);
        Self(self.0 | more)
    }

    pub(crate) fn has(self, aspect: Aspect) -> bool {
        self.0 & 1 << aspect as u32 != 0
    }
}

/// What is remembered of a tool.
#[derive(Debug)]
pub(super) struct Telling {
    name: &'static str,
    runtimes: Vec<PathBuf>,
    told: Aspects,
    /// Time of the newest event.
    clock_unix_ns: u64,
    /// Something is missing before the next event.
    gap: bool,
    pids: HashMap<u32, ProcessKey>,
    order: VecDeque<ProcessKey>,
    facts: HashMap<Arc<str>, Arc<ContainerInfo>>,
    /// The last window of containers that ended.
    closed: HashMap<Arc<str>, u64>,
}

impl Telling {
    /// Up to when windows of all containers are over.
    pub(super) fn due_unix_ns(&self) -> u64 {
        self.clock_unix_ns.saturating_sub(GRACE_NS)
    }

    /// As a batch states it.
    pub(super) fn source(&self) -> Source {
        let aspects = (1..).map_while(|aspect| Aspect::try_from(aspect).ok());
        let untold = aspects.filter(|aspect| !self.told.has(*aspect)).map(|aspect| aspect as i32).collect();
        Source { name: self.name.into(), untold }
    }

    pub(super) fn take_facts(&mut self, container: &str) -> Option<Arc<ContainerInfo>> {
        self.facts.remove(container)
    }

    fn forget(&mut self, key: ProcessKey) {
        if self.pids.get(&key.pid) == Some(&key) {
            self.pids.remove(&key.pid);
        }
    }

    fn key(&self, pid: u32, start_unix_ns: Option<u64>, time_unix_ns: u64) -> ProcessKey {
        match (start_unix_ns, self.pids.get(&pid)) {
            (Some(start), _) => ProcessKey { pid, start_ticks: start / TICK_NS },
            (None, Some(key)) => *key,
            (None, None) => ProcessKey { pid, start_ticks: time_unix_ns / TICK_NS },
        }
    }
}

impl Pipeline {
    /// Events come from a tool of this name. Runtimes behind these sockets are asked about containers.
    pub(crate) fn tell_by(&mut self, name: &'static str, runtimes: Vec<PathBuf>) {
        self.telling = Some(Telling {
            name,
            runtimes,
            told: Aspects::default(),
            clock_unix_ns: 0,
            gap: false,
            pids: HashMap::new(),
            order: VecDeque::new(),
            facts: HashMap::new(),
            closed: HashMap::new(),
        });
    }

    /// Takes an event that a tool tells.
    pub(crate) fn told(&mut self, told: Told) {
        self.totals.records += 1;
        let Told { time_unix_ns, container, process, act, tells } = told;
        if time_unix_ns == 0 || time_unix_ns > self.now_unix_ns() + AHEAD_NS {
            return self.source_lost(LossReason::SourceInvalid, 1, None);
        }
        self.tells(tells);
        self.pass(time_unix_ns);
        let id = container.id.clone();
        let begun = container.started_unix_ns.unwrap_or(time_unix_ns);
        let missed = !(process.first && act == Act::Exec);
        let Some((node, change)) = self.told_node(&id, process, time_unix_ns, act == Act::Exec) else {
            return self.lost_of(id);
        };
        let begin = self.admit(container, time_unix_ns, (begun, missed));
        let action = match act {
            Act::Exec => Action::Exec,
            Act::Exit { code, signal } => Action::Exit { code, signal },
            Act::Socket { action, address, port } => Action::Socket { action, address, port, name: None },
        };
        let exits = matches!(action, Action::Exit { .. });
        let extra = if exits { Extra::Used(Exit::default()) } else { Extra::None };
        let reopened = !self.live.contains_key(&id);
        self.event(&node, Happened::once(action, extra, time_unix_ns), begin);
        if let Some(change) = change {
            self.changed(change, time_unix_ns);
        }
        let (Some(live), Some(telling)) = (self.live.get_mut(&id), &mut self.telling) else { return };
        live.waits = !telling.told.has(Aspect::Exits);
        let window = time_unix_ns / self.settings.window_ns;
        if reopened && telling.closed.get(&id).is_some_and(|closed| *closed >= window) {
            // The window was reported when the container ended: it must not count twice.
            live.windows.lose();
        }
        if exits {
            self.table.exit(node.key);
            telling.forget(node.key);
            if self.table.alive_in(&id) == 0 {
                self.told_end(&id, time_unix_ns);
            }
        }
    }

    /// Something is missing: of a known time, or else before the next event.
    pub(crate) fn source_lost(&mut self, reason: LossReason, events: u64, time_unix_ns: Option<u64>) {
        self.ledger.add(reason, None, events);
        for live in self.live.values_mut() {
            live.windows.lose();
            live.waits = true;
            if let Some(time) = time_unix_ns {
                live.windows.lose_through(time / self.settings.window_ns);
            }
        }
        if let Some(telling) = &mut self.telling {
            telling.gap |= time_unix_ns.is_none();
        }
    }

    /// Whether so much waits for runtimes' answers that a source which can wait should.
    pub(crate) fn holds_much(&self) -> bool {
        self.held_bytes > super::HELD_BYTES / 2
            || self.live.values().any(|live| live.held.len() > super::HELD / 2)
    }

    fn tells(&mut self, tells: Aspects) {
        if self.telling.as_ref().is_some_and(|telling| telling.told.0 | tells.0 != telling.told.0) {
            self.flush();
            if let Some(telling) = &mut self.telling {
                telling.told.0 |= tells.0;
            }
        }
    }

    /// The tool's time goes on.
    fn pass(&mut self, time_unix_ns: u64) {
        let Some(telling) = &mut self.telling else { return };
        let quiet = QUIET_WINDOWS * self.settings.window_ns;
        let jumps = telling.clock_unix_ns > 0 && time_unix_ns > telling.clock_unix_ns + quiet;
        telling.clock_unix_ns = telling.clock_unix_ns.max(time_unix_ns);
        let gap = std::mem::take(&mut telling.gap);
        if !gap && !jumps {
            return;
        }
        for live in self.live.values_mut() {
            live.waits = true;
            live.windows.lose_through(time_unix_ns / self.settings.window_ns);
        }
    }

    /// Makes ready for an event of a container: its facts, its place, and no endless row of quiet windows. Gives
    /// when it began and whether that was missed, should it be new.
    fn admit(&mut self, container: ToldContainer, time_unix_ns: u64, begin: (u64, bool)) -> (u64, bool) {
        let Some(telling) = &mut self.telling else { return begin };
        let id = container.id;
        if !self.known.contains_key(&id)
            && let Some(facts) = container.facts
        {
            if telling.runtimes.iter().any(|socket| socket.exists()) {
                if telling.facts.len() < CONTAINERS {
                    telling.facts.entry(id.clone()).or_insert(facts);
                }
            } else {
                self.answer((id.clone(), Some(facts)));
            }
        }
        let window = time_unix_ns / self.settings.window_ns;
        if let Some(live) = self.live.get(&id) {
            let same = (live.started_unix_ns, live.start_missed);
            if window > live.windows.window() + QUIET_WINDOWS {
                self.close(&id);
            }
            return same;
        }
        if self.live.len() >= CONTAINERS
            && let Some(quiet) = self.live.iter().min_by_key(|(_, live)| live.windows.window())
        {
            self.close(&quiet.0.clone());
        }
        begin
    }

    /// No process of a container is known any more. It is over if they all were.
    fn told_end(&mut self, container: &Arc<str>, time_unix_ns: u64) {
        let (Some(live), Some(telling)) = (self.live.get_mut(container), &mut self.telling) else { return };
        if live.start_missed {
            live.waits = true;
            return;
        }
        if telling.closed.len() >= CONTAINERS {
            telling.closed.clear();
        }
        telling.closed.insert(container.clone(), time_unix_ns / self.settings.window_ns);
        self.end(container, time_unix_ns);
    }

    /// The process as it is told; one that is known already stays as it is unless it starts a program. `None` if
    /// it is not known and what it runs is not told.
    fn told_node(
        &mut self,
        container: &Arc<str>,
        process: ToldProcess,
        time_unix_ns: u64,
        starts: bool,
    ) -> Option<(Arc<Node>, Option<Change>)> {
        let telling = self.telling.as_ref()?;
        let ToldProcess { pid, start_unix_ns, program, parent, ancestors, .. } = process;
        let key = telling.key(pid, start_unix_ns, time_unix_ns);
        let inside = |node: &&Arc<Node>| node.container == *container;
        let known = self.table.node(key).filter(inside).cloned();
        if let Some(node) = known.clone().filter(|_| !starts) {
            return Some((node, None));
        }
        if program.executable.is_empty() {
            return None;
        }
        // What the process ran before has another identity for some tools, and the same for others.
        let before = parent.as_ref().filter(|parent| parent.pid == pid);
        let before = before.and_then(|before| {
            let before = telling.key(pid, before.start_unix_ns, time_unix_ns);
            self.table.node(before).filter(inside).cloned()
        });
        let before = before.or(known);
        let above = match &before {
            Some(before) => before.parent.clone(),
            None => {
                let pids = ancestors.iter().filter_map(|pid| telling.pids.get(pid));
                let found = pids.filter_map(|key| self.table.node(*key)).find(inside).cloned();
                let parent = parent.filter(|parent| parent.pid != pid);
                let told = parent.and_then(|parent| self.told_node(container, *parent, time_unix_ns, false));
                told.map(|(parent, _)| parent).or(found)
            }
        };
        let inherits = before.clone();
        if let Some(before) = before.as_ref().filter(|before| before.key != key) {
            self.table.exit(before.key);
        }
        let again = self.table.knows(key);
        let node = self.table.told(key, container, above, inherits.as_ref(), program);
        let telling = self.telling.as_mut()?;
        telling.pids.insert(pid, key);
        if !again {
            telling.order.push_back(key);
        }
        if telling.order.len() > PROCESSES
            && let Some(oldest) = telling.order.pop_front()
        {
            telling.forget(oldest);
            self.table.exit(oldest);
        }
        let users =
            |node: &Node| (node.program.rights.euid != UNKNOWN_ID).then_some(node.program.rights.euid);
        let change = before.filter(|before| {
            starts && users(before).zip(users(&node)).is_some_and(|(before, now)| before != now)
        });
        Some((node.clone(), change.map(|before| Change { before, now: node })))
    }

    fn lost_of(&mut self, container: Arc<str>) {
        if let Some(live) = self.live.get_mut(&container) {
            live.windows.lose();
        }
        self.ledger.add(LossReason::ProcessUnknown, Some(container), 1);
    }
}

#[cfg(test)]
mod tests;
