//! Exposure windows of one container: the first occurrence of an event goes out at once, repeats are counted
//! and go out when the window closes, and every window that closes is reported, idle or not.
//!
//! Two events are the same only if all that they say is the same; no hash decides. Bounded: when too many
//! different events are open, further ones pass one by one, which costs bandwidth and loses nothing; how many did is
//! counted.
//! An event that comes after its window has closed passes as well.

use crate::{
    process::{Node, Program},
    raw::{Exit, FileId, SocketAction, Traffic},
};
use plumbline_proto::v1::{CallKind, EnforcementOutcome, EnforcementRule};
use std::{collections::HashMap, net::IpAddr, sync::Arc};

/// Different events counted per window, and bytes of what they say: a container chooses both.
const OPEN_EVENTS: usize = 4096;
const OPEN_BYTES: usize = 4 << 20;

/// What a process did.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// It began another process.
    Fork,
    Exec,
    Exit {
        code: u8,
        signal: u8,
    },
    Socket {
        action: SocketAction,
        address: IpAddr,
        port: u16,
        /// Name that the container last resolved to the address.
        name: Option<Arc<str>>,
    },
    /// Its rights are others than before.
    Credentials {
        before: Arc<Program>,
    },
    Call(Arc<Call>),
    Dns {
        answer: bool,
        name: Arc<str>,
        record_type: u16,
        rcode: u16,
    },
    /// It broke a policy by the program it began.
    Enforced(EnforcementRule, EnforcementOutcome),
}

/// A system call; see `Calls` of the wire.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    pub(crate) kind: CallKind,
    pub(crate) error: u32,
    pub(crate) subject: String,
    pub(crate) detail: String,
    pub(crate) value: u64,
}

/// What comes with an event and does not make it another.
#[derive(Clone, Debug, Default)]
pub(crate) enum Extra {
    #[default]
    None,
    /// Of processes that ended: times summed, memory the largest.
    Used(Exit),
    /// Of the first answer.
    Addresses(Arc<[IpAddr]>),
    /// The process with the rights it had.
    Before(Arc<Node>),
}

impl Extra {
    fn add(&mut self, other: Self) {
        match (self, other) {
            (Self::Used(sum), Self::Used(more)) => {
                sum.user_ns = sum.user_ns.saturating_add(more.user_ns);
                sum.system_ns = sum.system_ns.saturating_add(more.system_ns);
                sum.max_rss_bytes = sum.max_rss_bytes.max(more.max_rss_bytes);
            }
            // Repeats are told of the first process, so what they were before is what that was.
            (Self::Before(_), _) => {}
            (this, other) => *this = other,
        }
    }
}

/// Something to put into a batch.
#[derive(Clone, Debug)]
pub(crate) enum Report {
    Event { node: Arc<Node>, action: Action, extra: Extra, time_unix_ns: u64, count: u32 },
    Traffic { node: Arc<Node>, action: Action, time_unix_ns: u64, traffic: Traffic },
    Digest { node: Arc<Node>, executable: String, file: FileId, sha256: String, time_unix_ns: u64 },
    Window { window: u64, lossy: bool },
}

impl Report {
    /// About how many bytes of memory it takes.
    pub(crate) fn weight(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Event { node, action, .. } => node.program.weight() + action.weight(),
                Self::Digest { node, executable, sha256, .. } => {
                    node.program.weight() + executable.len() + sha256.len()
                }
                Self::Traffic { .. } | Self::Window { .. } => 0,
            }
    }
}

impl Action {
    fn weight(&self) -> usize {
        match self {
            Self::Call(call) => size_of::<Call>() + call.subject.len() + call.detail.len(),
            Self::Dns { name, .. } => name.len(),
            _ => 0,
        }
    }
}

/// What makes two events the same: the program, what started it, and what it did.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Identity {
    parent: Option<Arc<Program>>,
    program: Arc<Program>,
    /// What its lineage was declared as when it happened, and the program of a session's root, of which that may be
    /// said later: a session is no repeat of a probe.
    declared: u32,
    session: Option<Arc<Program>>,
    action: Action,
}

#[derive(Debug)]
struct Repeats {
    node: Arc<Node>,
    count: u32,
    last_unix_ns: u64,
    extra: Extra,
}

/// An event that has happened, `count` times at once where the kernel side counted.
#[derive(Debug)]
pub(crate) struct Happened {
    pub(crate) action: Action,
    pub(crate) extra: Extra,
    pub(crate) time_unix_ns: u64,
    pub(crate) count: u32,
}

impl Happened {
    pub(crate) fn once(action: Action, extra: Extra, time_unix_ns: u64) -> Self {
        Self { action, extra, time_unix_ns, count: 1 }
    }
}

/// The open window of a container.
#[derive(Debug)]
pub(crate) struct Windows {
    length_ns: u64,
    window: u64,
    lossy: bool,
    /// Every window up to this one is.
    lossy_through: u64,
    open: HashMap<Identity, Repeats>,
    open_bytes: usize,
}

impl Windows {
    pub(crate) fn new(length_ns: u64, now_unix_ns: u64) -> Self {
        Self {
            length_ns,
            window: now_unix_ns / length_ns,
            lossy: false,
            lossy_through: 0,
            open: HashMap::new(),
            open_bytes: 0,
        }
    }

    /// Marks the open window: something of it may be lost.
    pub(crate) fn lose(&mut self) {
        self.lossy = true;
    }

    /// Marks every window up to and including this one.
    pub(crate) fn lose_through(&mut self, window: u64) {
        self.lossy_through = self.lossy_through.max(window);
    }

    /// Number of the open window.
    pub(crate) fn window(&self) -> u64 {
        self.window
    }

    /// Takes an event. True if it passed because there is no room to count its repeats.
    pub(crate) fn event(&mut self, node: &Arc<Node>, happened: Happened, out: &mut Vec<Report>) -> bool {
        let Happened { action, extra, time_unix_ns, count } = happened;
        self.advance(time_unix_ns, out);
        let identity = Identity {
            parent: node.parent.as_ref().map(|parent| parent.program.clone()),
            program: node.program.clone(),
            declared: node.declared(),
            session: node.session().cloned(),
            action,
        };
        let in_time = time_unix_ns / self.length_ns == self.window;
        if in_time && let Some(repeats) = self.open.get_mut(&identity) {
            if repeats.count == 0 && !matches!(repeats.extra, Extra::Before(_)) {
                repeats.extra = extra;
            } else {
                repeats.extra.add(extra);
            }
            repeats.count = repeats.count.saturating_add(count);
            repeats.last_unix_ns = repeats.last_unix_ns.max(time_unix_ns);
            return false;
        }
        let action = identity.action.clone();
        let kept = if let Extra::Before(_) = extra { extra.clone() } else { Extra::None };
        out.push(Report::Event { node: node.clone(), action, extra, time_unix_ns, count });
        let room = self.open.len() < OPEN_EVENTS && self.open_bytes < OPEN_BYTES;
        if in_time && room {
            self.open_bytes += node.program.weight() + identity.action.weight();
            let repeats = Repeats { node: node.clone(), count: 0, last_unix_ns: time_unix_ns, extra: kept };
            self.open.insert(identity, repeats);
        }
        in_time && !room
    }

    /// Closes every window that ended before `time`.
    pub(crate) fn advance(&mut self, time_unix_ns: u64, out: &mut Vec<Report>) {
        let now = time_unix_ns / self.length_ns;
        while self.window < now {
            self.close(out);
            self.window += 1;
        }
    }

    /// Closes the open window before its time, as the container has ended.
    pub(crate) fn close(&mut self, out: &mut Vec<Report>) {
        self.flush(out);
        let lossy = std::mem::take(&mut self.lossy) || self.window <= self.lossy_through;
        out.push(Report::Window { window: self.window, lossy });
    }

    /// Gives the repeats counted so far without closing the window.
    pub(crate) fn flush(&mut self, out: &mut Vec<Report>) {
        self.open_bytes = 0;
        let mut repeats: Vec<_> = self.open.drain().filter(|(_, repeats)| repeats.count > 0).collect();
        repeats.sort_by_key(|(_, repeats)| (repeats.last_unix_ns, repeats.node.key.pid));
        for (identity, Repeats { node, count, last_unix_ns, extra }) in repeats {
            let action = identity.action;
            out.push(Report::Event { node, action, extra, time_unix_ns: last_unix_ns, count });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{HostNamespaces, ProcessTable};
    use crate::raw::{Exec, ProcessKey};
    use proptest::prelude::*;

    fn node(path: &str) -> Arc<Node> {
        node_of(5, path)
    }

    fn node_of(pid: u32, path: &str) -> Arc<Node> {
        let process = ProcessKey { pid, start_ticks: 5 };
        let mut exec = Exec { process, parent: process, executable: path.into(), ..Exec::default() };
        exec.identity.mount_ns = 2;
        let host = HostNamespaces { mount: 1, net: 1 };
        ProcessTable::new(host, false).exec(exec, || Some("c".into())).unwrap().0
    }

    fn exec(time: u64) -> Happened {
        Happened::once(Action::Exec, Extra::None, time)
    }

    fn counts(out: &[Report]) -> Vec<(u64, u32)> {
        let event = |report: &Report| match report {
            Report::Event { time_unix_ns, count, .. } => Some((*time_unix_ns, *count)),
            _ => None,
        };
        out.iter().filter_map(event).collect()
    }

    #[test]
    fn the_first_goes_out_at_once_and_repeats_when_the_window_closes() {
        let (mut windows, mut out) = (Windows::new(10, 100), Vec::new());
        let node = node("/bin/a");
        for time in [101, 102, 103] {
            windows.event(&node, exec(time), &mut out);
        }
        assert_eq!(counts(&out), [(101, 1)]);
        windows.advance(110, &mut out);
        assert_eq!(counts(&out), [(101, 1), (103, 2)]);
        assert!(matches!(out.last(), Some(Report::Window { window: 10, lossy: false })));
    }

    #[test]
    fn what_repeats_use_is_added_up_and_the_first_stands_alone() {
        let (mut windows, mut out) = (Windows::new(10, 100), Vec::new());
        let node = node("/bin/a");
        for (time, user_ns) in [(101, 1), (102, 20), (103, 300)] {
            let used = Extra::Used(Exit { user_ns, max_rss_bytes: user_ns, ..Exit::default() });
            windows.event(&node, Happened::once(Action::Exit { code: 0, signal: 0 }, used, time), &mut out);
        }
        windows.close(&mut out);
        let used: Vec<_> = out
            .iter()
            .filter_map(|report| match report {
                Report::Event { extra: Extra::Used(used), .. } => Some((used.user_ns, used.max_rss_bytes)),
                _ => None,
            })
            .collect();
        assert_eq!(used, [(1, 1), (320, 300)]);
    }

    #[test]
    fn repeats_of_a_change_of_rights_are_told_of_one_process_not_of_two() {
        // Two logins in one window: told with the second's process before and the first's after, the server
        // refused the whole batch.
        let (mut windows, mut out) = (Windows::new(10, 100), Vec::new());
        let processes = [5, 6].map(|pid| node_of(pid, "/usr/sbin/sshd"));
        for (process, time) in processes.iter().zip([101, 102]) {
            let action = Action::Credentials { before: processes[0].program.clone() };
            windows.event(process, Happened::once(action, Extra::Before(process.clone()), time), &mut out);
        }
        windows.close(&mut out);
        let told: Vec<_> = out
            .iter()
            .filter_map(|report| match report {
                Report::Event { node, extra: Extra::Before(before), .. } => {
                    Some((node.key.pid, before.key.pid))
                }
                _ => None,
            })
            .collect();
        assert_eq!(told, [(5, 5), (5, 5)]);
    }

    #[test]
    fn a_gap_marks_every_window_in_it() {
        let (mut windows, mut out) = (Windows::new(10, 100), Vec::new());
        windows.lose_through(12);
        windows.advance(141, &mut out);
        let lossy: Vec<bool> =
            out.iter().map(|report| matches!(report, Report::Window { lossy: true, .. })).collect();
        assert_eq!(lossy, [true, true, true, false]);
    }

    #[test]
    fn idle_windows_are_reported_too_and_a_loss_marks_one_only() {
        let (mut windows, mut out) = (Windows::new(10, 100), Vec::new());
        windows.lose();
        windows.advance(131, &mut out);
        let lossy: Vec<bool> =
            out.iter().map(|report| matches!(report, Report::Window { lossy: true, .. })).collect();
        assert_eq!(lossy, [true, false, false]);
    }

    #[test]
    fn beyond_the_bound_different_events_pass_one_by_one_and_are_counted() {
        // By number, and by what they say.
        for (different, bytes) in [(OPEN_EVENTS + 7, 1), (OPEN_BYTES / (64 << 10) + 7, 64 << 10)] {
            let (mut windows, mut out, mut passed) = (Windows::new(10, 100), Vec::new(), 0);
            let nodes: Vec<_> =
                (0..different).map(|number| node(&format!("/{number}/{}", "x".repeat(bytes)))).collect();
            for time in [101, 102, 103] {
                for node in &nodes {
                    passed += usize::from(windows.event(node, exec(time), &mut out));
                }
                let firsts = counts(&out).iter().filter(|(at, _)| *at == 101).count();
                assert_eq!(firsts, different, "each goes out at once");
            }
            assert!(windows.open.len() <= OPEN_EVENTS && windows.open_bytes <= OPEN_BYTES + (65 << 10));
            let over = different - windows.open.len();
            assert!(over >= 6, "{over} have no room");
            assert_eq!(passed, 3 * over);
            windows.close(&mut out);
            let sum: u32 = counts(&out).iter().map(|(_, count)| count).sum();
            assert_eq!(sum as usize, 3 * different);
        }
    }

    proptest! {
        #[test]
        fn nothing_is_counted_twice_or_lost(events in proptest::collection::vec((0..3_usize, 0..200_u64), 0..300)) {
            let nodes = ["/a", "/b", "/c"].map(node);
            let (mut windows, mut out) = (Windows::new(10, 0), Vec::new());
            for (which, time) in &events {
                windows.event(&nodes[*which], exec(*time), &mut out);
            }
            windows.close(&mut out);
            prop_assert_eq!(counts(&out).iter().map(|(_, count)| *count as usize).sum::<usize>(), events.len());
        }
    }
}
