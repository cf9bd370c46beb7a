//! Records to events: finds whose a record is, and says what it means in the terms of a window.

use super::{GRACE_NS, Live, Pipeline};
use crate::{
    calls, digest, dns,
    probe::Lost,
    process::{Change, Node, Primed},
    procfs,
    raw::{
        self, Broken, Exec, FileId, Flow, Kind, ProcessKey, Record, Socket, SocketAction, TICK_NS, Traffic,
    },
    script::{Found, Script},
    window::{Action, Extra, Happened, Report, Windows},
};
use plumbline_proto::v1::{EnforcementOutcome, EnforcementRule, LossReason, ProcessFlag};
use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::Arc,
};

/// Names remembered for each container, the latest.
const NAMES: usize = 1024;
/// Programs with sockets remembered, so that what their connections came to finds them after their end.
const SOCKET_USERS: usize = 32_768;
/// Windows for which one that does nothing is remembered.
const IDLE_WINDOWS: u64 = 2;
/// Files whose digest was asked for; at the bound all are forgotten and asked for again.
const DIGESTED: usize = 16_384;
/// Flags of an executable that was not in the image.
const NEW_FILE: u32 =
    ProcessFlag::UpperLayer as u32 | ProcessFlag::Memfd as u32 | ProcessFlag::Deleted as u32;

/// Names that a container resolved, by address.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_address: HashMap<IpAddr, Arc<str>>,
    order: VecDeque<IpAddr>,
}

impl Names {
    fn insert(&mut self, address: IpAddr, name: &Arc<str>) {
        if self.by_address.insert(address, name.clone()).is_none() {
            self.order.push_back(address);
        }
        if self.order.len() > NAMES
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_address.remove(&oldest);
        }
    }
}

/// Which program a socket's doings belong to, as the kernel side keys them.
#[derive(Debug, Default)]
pub(super) struct SocketUsers(HashMap<(ProcessKey, u32), (Arc<Node>, u64)>);

impl SocketUsers {
    /// False if there is no room.
    fn insert(&mut self, socket: &Socket, node: &Arc<Node>, window: u64) -> bool {
        let room = self.0.len() < SOCKET_USERS;
        if room {
            self.0.insert((socket.process, socket.program), (node.clone(), window));
        }
        room
    }

    fn get(&mut self, socket: &Socket, window: u64) -> Option<Arc<Node>> {
        let (node, last) = self.0.get_mut(&(socket.process, socket.program))?;
        *last = window;
        Some(node.clone())
    }
}

impl Pipeline {
    /// Takes a process that was running before the hooks were attached.
    pub(crate) fn prime(&mut self, found: Primed) {
        let (key, placed) = (found.key, found.container.clone());
        if let Some(node) = self.table.prime(found) {
            self.recognise(&node);
            // Not of who is in another group: others are in that one.
            if self.enforcer.is_some()
                && placed.as_ref() == Some(&node.container)
                && let Some(group) = procfs::control_group(key.pid)
                && let Some(enforcer) = &mut self.enforcer
            {
                enforcer.group(&node.container, group);
            }
            let started = self.boot_unix_ns + key.start_ticks * TICK_NS;
            let exec = Happened::once(Action::Exec, Extra::None, self.now_unix_ns());
            self.event(&node, exec, (started, true));
        }
    }

    /// Takes a record of the kernel side.
    pub(crate) fn record(&mut self, record: Record) {
        self.totals.records += 1;
        let time = self.boot_unix_ns + record.time_ns;
        self.roll(time / self.settings.window_ns);
        // They come in their order, but for a little.
        if let Some(read) = &mut self.read_unix_ns {
            *read = time.saturating_sub(GRACE_NS).max(*read);
        }
        match record.kind {
            Kind::Cgroup { cgroup, names } => self.table.cgroup(cgroup, &names),
            Kind::Fork { child, parent, mount_ns } => {
                self.find(parent);
                self.table.fork(child, parent, mount_ns);
                if let Some(parent) = self.table.node(parent).cloned() {
                    self.event(&parent, Happened::once(Action::Fork, Extra::None, time), (time, true));
                }
            }
            Kind::Exec(exec) => self.exec(*exec, time),
            Kind::Exit { process, exit } => self.exit(process, exit, time),
            Kind::Socket { cgroup, socket } => {
                let Some(node) = self.process(socket.process, cgroup) else { return };
                let action = self.socket(&node, &socket);
                self.event(&node, Happened::once(action, Extra::None, time), (time, true));
                if let Some(live) = self.live.get_mut(&node.container) {
                    live.sockets = true;
                }
                if !self.socket_users.insert(&socket, &node, self.window) {
                    // Its repeats may not find it.
                    self.lost(LossReason::ProcessUnknown, node.container.clone(), 1);
                }
            }
            Kind::Call(call) => self.call(*call, time),
            Kind::Dns { process, cgroup, received, connection, length, bytes } => {
                let Some(node) = self.process(process, cgroup) else { return };
                if connection == 0 {
                    self.dns(&node, received, &bytes, time);
                } else if let Some(live) = self.live.get_mut(&node.container) {
                    for message in live.name_streams.passed((connection, received), &bytes, length) {
                        self.dns(&node, received, &message, time);
                    }
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
        if !self.table.knows(exec.process) {
            self.find(exec.parent);
        }
        // A control group whose names were lost is asked of /proc, while the process is there.
        let named = self.table.container_of(exec.cgroup);
        let is_named = named.is_ok();
        let container = named.unwrap_or_else(|_| procfs::container(exec.process.pid));
        let script = container.as_ref().and_then(|container| self.script(&mut exec, container));
        let (group, of) = (exec.cgroup, container.clone());
        let mut broken = exec.broken.and_then(told);
        if broken.is_none() && (exec.script_written || exec.script_on_volume) {
            broken = self.enforce_script(&exec, container.as_deref());
        }
        let process = exec.process;
        let Some((node, change)) = self.table.exec(exec, || container) else {
            if !is_named && procfs::key(process.pid) != Some(process) {
                self.ledger.add(LossReason::ProcessUnknown, None, 1); // whose it was can't be told any more
            }
            return;
        };
        self.recognise(&node);
        self.event(&node, Happened::once(Action::Exec, Extra::None, time), (time, false));
        // Only of a container that is live, so that its end forgets it; and not of who entered it from another group.
        if let Some(enforcer) = self.enforcer.as_mut().filter(|_| of.as_ref() == Some(&node.container)) {
            enforcer.group(&node.container, group);
        }
        if let Some((rule, outcome)) = broken {
            self.event(
                &node,
                Happened::once(Action::Enforced(rule, outcome), Extra::None, time),
                (time, false),
            );
        }
        if let Some(change) = change {
            self.changed(change, time);
        }
        if node.program.flags & NEW_FILE != 0 {
            self.ask_digest(&node, node.program.executable.clone(), node.program.file, time);
        }
        if let Some((path, file)) = script {
            self.ask_digest(&node, path, file, time);
        }
    }

    /// Looks up the script that a program interprets, if its container is live: what starts a container is of its image.
    /// Gives its path and file if it was written since.
    fn script(&self, exec: &mut Exec, container: &str) -> Option<(String, FileId)> {
        let started = self.live.get(container)?.started_unix_ns;
        let script = Script::of(exec)?;
        let found = script.look_up(self.table.first_in(container)?, started)?;
        exec.script_written = matches!(found, Found::Written(_) | Found::Removed);
        exec.script_on_volume = found == Found::Elsewhere;
        if let Found::Written(file) = found { Some((script.path, file)) } else { None }
    }

    fn enforce_script(
        &mut self,
        exec: &Exec,
        container: Option<&str>,
    ) -> Option<(EnforcementRule, EnforcementOutcome)> {
        let (enforcer, container) = (self.enforcer.as_mut()?, container?);
        let script = Script::of(exec)?;
        let written = || {
            let started = self.live.get(container)?.started_unix_ns;
            Some(exec.script_written || script.written_elsewhere(self.table.first_in(container)?, started))
        };
        let outcome = enforcer.script(exec.process, container, &script.path, written)?;
        Some((EnforcementRule::Script, outcome))
    }

    fn exit(&mut self, process: ProcessKey, exit: raw::Exit, time: u64) {
        let Some(node) = self.table.exit(process) else { return };
        let action = Action::Exit { code: exit.code, signal: exit.signal };
        self.event(&node, Happened::once(action, Extra::Used(exit), time), (time, true));
        if self.table.alive_in(&node.container) == 0 {
            self.end(&node.container.clone(), time);
        }
    }

    pub(super) fn changed(&mut self, change: Change, time: u64) {
        let Change { before, now } = change;
        // Entering a namespace is told as the call that did it.
        if before.program.rights != now.program.rights {
            let action = Action::Credentials { before: before.program.clone() };
            self.event(&now, Happened::once(action, Extra::Before(before), time), (time, true));
        }
    }

    fn call(&mut self, call: raw::Call, time: u64) {
        let Some(mut node) = self.process(call.process, call.cgroup) else { return };
        if calls::changes_identity(&call)
            && let Some(change) = self.table.identity(call.process, &call.identity, call.thread)
        {
            node = change.now.clone();
            self.changed(change, time);
        }
        if let Some(call) = calls::event(call) {
            let happened = Happened::once(Action::Call(Arc::new(call)), Extra::None, time);
            self.event(&node, happened, (time, true));
        }
    }

    fn dns(&mut self, node: &Arc<Node>, received: bool, message: &[u8], time: u64) {
        let Some(message) = dns::message(message).filter(|message| message.answer == received) else {
            self.totals.dns_unreadable += 1;
            return;
        };
        let name: Arc<str> = message.name.into();
        if let Some(live) = self.live.get_mut(&node.container) {
            message.addresses.iter().for_each(|address| live.names.insert(*address, &name));
        }
        let (record_type, rcode) = (message.record_type, message.rcode);
        let action = Action::Dns { answer: message.answer, name, record_type, rcode };
        let extra = Extra::Addresses(message.addresses.into());
        self.event(node, Happened::once(action, extra, time), (time, true));
    }

    /// What a socket did, in the terms of a window.
    fn socket(&self, node: &Node, socket: &Socket) -> Action {
        let Socket { action, address, port, .. } = *socket;
        let outgoing = matches!(action, SocketAction::Connect | SocketAction::Send);
        let live = self.live.get(&node.container).filter(|_| outgoing);
        let name = live.and_then(|live| live.names.by_address.get(&address).cloned());
        Action::Socket { action, address, port, name }
    }

    /// What runs in a container as this process. One whose start was lost is looked for; what is not found is
    /// counted.
    fn process(&mut self, process: ProcessKey, cgroup: u64) -> Option<Arc<Node>> {
        if !self.find(process) {
            match self.table.container_of(cgroup) {
                Ok(Some(container)) => self.lost(LossReason::ProcessUnknown, container, 1),
                Ok(None) => {}
                Err(_) => self.ledger.add(LossReason::ProcessUnknown, None, 1),
            }
        }
        self.table.node(process).cloned()
    }

    /// Looks for a process whose start was lost; whether it is known then.
    fn find(&mut self, process: ProcessKey) -> bool {
        if !self.table.knows(process)
            && let Some(found) = procfs::process(process.pid).filter(|found| found.key == process)
        {
            self.table.prime(found);
        }
        self.table.knows(process)
    }

    fn lost(&mut self, reason: LossReason, container: Arc<str>, events: u64) {
        if let Some(live) = self.live.get_mut(&container) {
            live.windows.lose();
        }
        self.ledger.add(reason, Some(container), events);
    }

    /// Whether a window may end with this record, so that [`Self::kernel_losses`] should be told before it is taken: what
    /// was lost until now may be of that window.
    pub(crate) fn ends_window(&self, record: &Record) -> bool {
        matches!(record.kind, Kind::Exit { .. })
            || (self.boot_unix_ns + record.time_ns) / self.settings.window_ns > self.window
    }

    /// Whether [`Pipeline::tick`] would end a window now.
    pub(crate) fn window_is_over(&self) -> bool {
        self.due_unix_ns() / self.settings.window_ns > self.window
    }

    /// All records of before this time, nanoseconds since boot, have been taken.
    pub(crate) fn read_until(&mut self, ns: u64) {
        self.read_unix_ns = self.read_unix_ns.max(Some(self.boot_unix_ns + ns));
    }

    /// Counts what the kernel dropped and what could not be read. It may be of any window until now, also of a
    /// container that is not known yet.
    pub(crate) fn kernel_losses(&mut self, lost: Lost) {
        let before = std::mem::replace(&mut self.lost_before, lost);
        if lost == before {
            return;
        }
        self.ledger.add(LossReason::RingFull, None, lost.dropped - before.dropped);
        self.ledger.add(LossReason::RecordInvalid, None, lost.invalid - before.invalid);
        let now = self.now_unix_ns();
        self.lossy_through = now / self.settings.window_ns;
        self.live.values_mut().for_each(|live| live.windows.lose_through(self.lossy_through));
        if (lost.exits, lost.invalid) != (before.exits, before.invalid) {
            self.exits_lost = true;
        }
    }

    /// Where an exit was lost, takes out what is not there any more, once all is read that it told.
    pub(super) fn sweep(&mut self) {
        let read = self.read_unix_ns.unwrap_or(u64::MAX);
        if let Some((_, gone)) = self.gone.take_if(|(looked, _)| *looked <= read) {
            let now = self.now_unix_ns();
            for container in self.table.sweep(&gone) {
                self.end(&container, now);
            }
        }
        if self.gone.is_none() && std::mem::take(&mut self.exits_lost) {
            let gone = self.table.gone(|process| procfs::key(process.pid) == Some(process));
            self.gone = Some((self.now_unix_ns(), gone));
        }
    }

    /// A later window has begun: what the kernel side counted in those before it is taken first.
    pub(super) fn roll(&mut self, window: u64) {
        if window > self.window {
            self.take_flows(window);
            self.close_ending();
            self.window = window;
        }
    }

    pub(super) fn take_flows(&mut self, before: u64) {
        for flow in (self.flows)(before) {
            match flow {
                Ok(flow) => self.flow(flow),
                Err(_) => self.ledger.add(LossReason::RecordInvalid, None, 1),
            }
        }
        let (table, window) = (&self.table, self.window);
        self.socket_users
            .0
            .retain(|(process, _), (_, last)| *last + IDLE_WINDOWS >= window || table.knows(*process));
    }

    fn flow(&mut self, flow: Flow) {
        let Flow { socket, window, last_ns, repeats, traffic } = flow;
        let node =
            self.socket_users.get(&socket, window).or_else(|| self.table.node(socket.process).cloned());
        // Without a container it is a process of the host, or one that ended long ago.
        let Some(node) = node else { return };
        if !self.live.contains_key(&node.container) {
            self.ledger.add(LossReason::ProcessUnknown, Some(node.container.clone()), u64::from(repeats));
            return;
        }
        let action = self.socket(&node, &socket);
        let time_unix_ns = self.boot_unix_ns + last_ns;
        if repeats > 0 {
            let happened =
                Happened { action: action.clone(), extra: Extra::None, time_unix_ns, count: repeats };
            self.repeat(&node, happened);
        }
        if traffic != Traffic::default() {
            let report = Report::Traffic { node: node.clone(), action, time_unix_ns, traffic };
            self.deliver(&node.container.clone(), vec![report]);
        }
    }

    fn ask_digest(&mut self, node: &Arc<Node>, executable: String, file: FileId, seen_unix_ns: u64) {
        if self.digested.len() >= DIGESTED {
            self.digested.clear();
        }
        if !self.digested.insert((node.container.clone(), file)) {
            return;
        }
        let pids = std::iter::successors(Some(node), |node| node.parent.as_ref()).map(|node| node.key.pid);
        let job = digest::Job {
            node: node.clone(),
            executable,
            file,
            seen_unix_ns,
            pids: pids.chain(self.table.first_in(&node.container)).collect(),
        };
        if self.digests.as_ref().is_none_or(|digests| digests.try_send(job).is_err()) {
            self.totals.digests_missed += 1;
        }
    }

    /// Takes what the digest thread found.
    pub(crate) fn digest(&mut self, answer: digest::Answer) {
        let digest::Answer { node, executable, file, sha256 } = answer;
        match sha256.filter(|_| self.live.contains_key(&node.container)) {
            Some(sha256) => {
                let (container, time_unix_ns) = (node.container.clone(), self.now_unix_ns());
                let report = Report::Digest { node, executable, file, sha256, time_unix_ns };
                self.deliver(&container, vec![report]);
            }
            None => self.totals.digests_missed += 1,
        }
    }

    /// An event of a container; `begin` says when it began and whether that was missed, should it be new.
    pub(super) fn event(&mut self, node: &Arc<Node>, happened: Happened, begin: (u64, bool)) {
        let container = &node.container;
        if self.live.get(container).is_some_and(|live| live.ending) && self.table.alive_in(container) > 0 {
            // It was started again.
            self.close(container);
        }
        if !self.live.contains_key(container) {
            let mut windows = Windows::new(self.settings.window_ns, happened.time_unix_ns);
            windows.lose_through(self.lossy_through);
            let live = Live {
                windows,
                started_unix_ns: begin.0,
                start_missed: begin.1,
                held: Vec::new(),
                unrecognised: Vec::new(),
                names: Names::default(),
                name_streams: dns::Streams::default(),
                sockets: false,
                ending: false,
                waits: false,
            };
            self.live.insert(container.clone(), live);
            if self.known.contains_key(container) {
                self.describe(container);
            } else {
                self.questions.ask(container.clone());
            }
        }
        self.repeat(node, happened);
    }

    /// An event of a container that is live.
    fn repeat(&mut self, node: &Arc<Node>, happened: Happened) {
        self.totals.events += u64::from(happened.count);
        let mut reports = Vec::new();
        if let Some(live) = self.live.get_mut(&node.container) {
            let passed = live.windows.event(node, happened, &mut reports);
            self.totals.windows_full += u64::from(passed);
        }
        self.deliver(&node.container, reports);
    }
}

/// A broken policy in the words of the wire, which has the same numbers.
fn told(broken: Broken) -> Option<(EnforcementRule, EnforcementOutcome)> {
    let rule = if broken.immutable { EnforcementRule::Immutable } else { EnforcementRule::AllowList };
    Some((rule, EnforcementOutcome::try_from(broken.outcome as i32).ok()?))
}
