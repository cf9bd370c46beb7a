//! The event tables of a batch: one push for each kind of report, every column of a table at once.

use super::{Builder, Described};
use crate::{
    process::Node,
    raw::{SocketAction, Traffic},
    window::{Action, Call, Extra, Report},
};
use plumbline_proto::v1::{
    Batch, Calls, Credentials, Dns, Enforcements, Execs, Exits, FileDigests, Flows, Forks,
    SocketAction as WireAction, Sockets, Windows,
};
use std::{net::IpAddr, sync::Arc};

/// All of them. Times count from the epoch until [`Columns::finish`].
#[derive(Debug, Default)]
pub(super) struct Columns {
    execs: Execs,
    forks: Forks,
    exits: Exits,
    sockets: Sockets,
    flows: Flows,
    credentials: Credentials,
    calls: Calls,
    dns: Dns,
    file_digests: FileDigests,
    enforcements: Enforcements,
    windows: Windows,
}

/// When, and how often.
#[derive(Clone, Copy)]
struct Happened {
    row: u32,
    time_ns: u64,
    count: u32,
}

impl Columns {
    /// Puts the tables into a batch, with times that count from its oldest event.
    pub(super) fn finish(mut self, batch: &mut Batch) {
        let times = [
            &mut self.execs.time_ns,
            &mut self.forks.time_ns,
            &mut self.exits.time_ns,
            &mut self.sockets.time_ns,
            &mut self.flows.time_ns,
            &mut self.credentials.time_ns,
            &mut self.calls.time_ns,
            &mut self.dns.time_ns,
            &mut self.file_digests.time_ns,
            &mut self.enforcements.time_ns,
        ];
        let oldest = times.iter().flat_map(|times| times.iter()).copied().min();
        batch.base_unix_ns = batch.base_unix_ns.min(oldest.unwrap_or(u64::MAX));
        for time in times.into_iter().flatten() {
            *time -= batch.base_unix_ns;
        }
        batch.execs = Some(self.execs);
        batch.forks = Some(self.forks);
        batch.exits = Some(self.exits);
        batch.sockets = Some(self.sockets);
        batch.flows = Some(self.flows);
        batch.credentials = Some(self.credentials);
        batch.calls = Some(self.calls);
        batch.dns = Some(self.dns);
        batch.file_digests = Some(self.file_digests);
        batch.enforcements = Some(self.enforcements);
        batch.windows = Some(self.windows);
    }
}

impl Builder {
    pub(crate) fn report(&mut self, described: &Described, report: &Report) {
        let container = self.container(described);
        self.events += 1;
        match report {
            Report::Window { window, lossy } => {
                let table = &mut self.columns.windows;
                table.container.push(container);
                table.window.push(*window);
                table.lossy.push(u32::from(*lossy));
            }
            Report::Digest { node, executable, file, sha256, time_unix_ns } => {
                let row = self.row(node, container);
                let (executable, sha256) = (self.string(executable), self.string(sha256));
                let table = &mut self.columns.file_digests;
                table.container.push(container);
                table.executable.push(executable);
                table.inode.push(file.inode);
                table.device.push(file.device);
                table.size.push(file.size);
                table.sha256.push(sha256);
                table.process.push(row + 1);
                table.time_ns.push(*time_unix_ns);
            }
            Report::Traffic { node, action, time_unix_ns, traffic } => {
                let row = self.row(node, container);
                self.traffic(row, *time_unix_ns, action, traffic);
            }
            Report::Event { node, action, extra, time_unix_ns, count } => {
                let row = self.row(node, container);
                let happened = Happened { row, time_ns: *time_unix_ns, count: *count };
                self.event(container, happened, action, extra);
            }
        }
    }

    fn event(&mut self, container: u32, happened: Happened, action: &Action, extra: &Extra) {
        let Happened { row, time_ns, count } = happened;
        match action {
            Action::Exec => {
                let table = &mut self.columns.execs;
                table.process.push(row);
                table.time_ns.push(time_ns);
                table.count.push(count);
            }
            Action::Fork => {
                let table = &mut self.columns.forks;
                table.process.push(row);
                table.time_ns.push(time_ns);
                table.count.push(count);
            }
            Action::Exit { code, signal } => {
                let used = if let Extra::Used(used) = extra { *used } else { Default::default() };
                let table = &mut self.columns.exits;
                table.process.push(row);
                table.time_ns.push(time_ns);
                table.count.push(count);
                table.code.push(u32::from(*code));
                table.signal.push(u32::from(*signal));
                table.user_ns.push(used.user_ns);
                table.system_ns.push(used.system_ns);
                table.max_rss_bytes.push(used.max_rss_bytes);
            }
            Action::Socket { action, address, port, name } => {
                let address = self.string(&address.to_string());
                let name = self.string(name.as_deref().unwrap_or_default());
                let table = &mut self.columns.sockets;
                table.process.push(row);
                table.time_ns.push(time_ns);
                table.count.push(count);
                table.action.push(wire(*action));
                table.address.push(address);
                table.port.push(u32::from(*port));
                table.name.push(name);
            }
            Action::Credentials { .. } => {
                let Extra::Before(before) = extra else { return };
                self.credentials(container, happened, before);
            }
            Action::Call(call) => self.call(happened, call),
            Action::Dns { answer, name, record_type, rcode } => {
                let name = self.string(name);
                let addresses: &[IpAddr] =
                    if let Extra::Addresses(addresses) = extra { addresses } else { &[] };
                let addresses: Vec<u32> =
                    addresses.iter().map(|address| self.string(&address.to_string())).collect();
                let table = &mut self.columns.dns;
                table.process.push(row);
                table.time_ns.push(time_ns);
                table.count.push(count);
                table.answer.push(u32::from(*answer));
                table.name.push(name);
                table.r#type.push(u32::from(*record_type));
                table.rcode.push(u32::from(*rcode));
                table.address_count.push(addresses.len() as u32);
                table.addresses.extend(addresses);
            }
            Action::Enforced(rule, outcome) => {
                let table = &mut self.columns.enforcements;
                table.process.push(row);
                table.time_ns.push(time_ns);
                table.count.push(count);
                table.rule.push(*rule as i32);
                table.outcome.push(*outcome as i32);
            }
        }
    }

    fn credentials(&mut self, container: u32, happened: Happened, before: &Arc<Node>) {
        let before = self.row(before, container);
        let table = &mut self.columns.credentials;
        table.process.push(happened.row);
        table.time_ns.push(happened.time_ns);
        table.count.push(happened.count);
        table.before.push(before);
    }

    fn call(&mut self, happened: Happened, call: &Call) {
        let (subject, detail) = (self.string(&call.subject), self.string(&call.detail));
        let table = &mut self.columns.calls;
        table.process.push(happened.row);
        table.time_ns.push(happened.time_ns);
        table.count.push(happened.count);
        table.kind.push(call.kind as i32);
        table.error.push(call.error);
        table.subject.push(subject);
        table.detail.push(detail);
        table.value.push(call.value);
    }

    fn traffic(&mut self, row: u32, time_ns: u64, action: &Action, traffic: &Traffic) {
        let Action::Socket { action, address, port, .. } = action else { return };
        let address = self.string(&address.to_string());
        let table = &mut self.columns.flows;
        table.process.push(row);
        table.time_ns.push(time_ns);
        table.action.push(wire(*action));
        table.address.push(address);
        table.port.push(u32::from(*port));
        table.established.push(traffic.established);
        table.failed.push(traffic.failed);
        table.error.push(traffic.error);
        table.closed.push(traffic.closed);
        table.sent_bytes.push(traffic.sent_bytes);
        table.received_bytes.push(traffic.received_bytes);
        table.latency_ns.push(traffic.latency_ns);
        table.duration_ns.push(traffic.duration_ns);
    }
}

fn wire(action: SocketAction) -> i32 {
    let action = match action {
        SocketAction::Listen => WireAction::Listen,
        SocketAction::Connect => WireAction::Connect,
        SocketAction::Accept => WireAction::Accept,
        SocketAction::Send => WireAction::Send,
        SocketAction::Receive => WireAction::Receive,
    };
    action as i32
}
