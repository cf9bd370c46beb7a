//! A change of an alert as sinks tell it: with what the incident's processes ran, what they are, and whom they talked to.
//!
//! Digests, executables and addresses are among an incident's events, which the store keeps (`alert_log/evidence.rs`), not in the
//! alert. Whoever sends a change reads them then, so what is told may be newer than the change. The newest few of distinct ones are
//! told. Paths and names are the container's to choose: bounded here, escaped where they are told.

use std::{collections::BTreeSet, net::IpAddr};

use plumbline_proto::v1::{
    Alert, AlertChange, EvidenceChunk, EvidenceEvent, EvidenceKind, Finding, SocketAction,
};

/// Files told of an incident.
const MAX_FILES: usize = 16;
/// Peers told of an incident.
const MAX_PEERS: usize = 16;
/// Processes that are known of an incident.
const MAX_PROCESSES: usize = 256;

#[derive(Clone, Debug, Default)]
pub(super) struct Change {
    /// Where it is in the log; 0 if it is not in there.
    pub(super) cursor: u64,
    pub(super) alert: Alert,
    pub(super) seen: Seen,
}

/// What an incident's events tell, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) files: Vec<RunFile>,
    pub(super) peers: Vec<Peer>,
    pub(super) processes: Vec<RunProcess>,
}

/// What was run and not in the image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RunFile {
    pub(super) path: String,
    /// 64 hexadecimal digits.
    pub(super) sha256: String,
    pub(super) bytes: u64,
    /// Of the process whose executable it is; `None` of a script, which has an interpreter.
    pub(super) pid: Option<u32>,
}

/// Whom a process talked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) pid: u32,
    /// Whether the process began it.
    pub(super) outgoing: bool,
    /// `tcp` or `udp`.
    pub(super) transport: &'static str,
    pub(super) address: IpAddr,
    /// The peer's if it is outgoing, else the process' own.
    pub(super) port: u32,
    /// What the container last resolved to the address. May be empty.
    pub(super) name: String,
}

/// A process as a program it ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RunProcess {
    pub(super) pid: u32,
    pub(super) executable: String,
    /// 0 if it is outside the container or not known.
    pub(super) parent_pid: u32,
    /// May be empty.
    pub(super) parent_executable: String,
    /// Time of the first event that tells it.
    since_unix_ns: u64,
}

impl Change {
    /// `None` if there is no alert in it, which no change of the log comes to.
    pub(super) fn of(change: AlertChange) -> Option<Self> {
        Some(Self { cursor: change.cursor, alert: change.alert?, seen: Seen::default() })
    }

    /// As the API tells it.
    pub(super) fn native(&self) -> AlertChange {
        AlertChange { cursor: self.cursor, alert: Some(self.alert.clone()) }
    }

    /// The newest file.
    pub(super) fn file(&self) -> Option<&RunFile> {
        self.seen.files.last()
    }

    /// The executable of a finding's process, if it was read.
    pub(super) fn executable(&self, finding: &Finding) -> Option<&RunFile> {
        self.seen.files.iter().rev().find(|file| file.pid == Some(finding.pid))
    }

    /// A finding's process as it was then.
    pub(super) fn process(&self, finding: &Finding) -> Option<&RunProcess> {
        let of = |process: &&RunProcess| {
            process.pid == finding.pid && process.since_unix_ns <= finding.first_seen_unix_ns
        };
        self.seen.processes.iter().rev().find(of)
    }

    /// Where a finding's process went last.
    pub(super) fn destination(&self, finding: &Finding) -> Option<&Peer> {
        self.seen.peers.iter().rev().find(|peer| peer.outgoing && peer.pid == finding.pid)
    }
}

impl Seen {
    pub(super) fn of(chunks: &[EvidenceChunk]) -> Self {
        let events = || chunks.iter().flat_map(|chunk| &chunk.events);
        Self { files: files(events().rev()), peers: peers(events().rev()), processes: processes(events()) }
    }
}

/// The last part of a path.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// The newest distinct files; takes the newest event first.
fn files<'a>(events: impl Iterator<Item = &'a EvidenceEvent>) -> Vec<RunFile> {
    let (mut files, mut seen) = (Vec::new(), BTreeSet::new());
    for event in events.filter(|event| event.kind() == EvidenceKind::File) {
        let process = event.process.as_ref().filter(|process| process.executable == event.subject);
        if files.len() < MAX_FILES && seen.insert((&event.subject, &event.detail)) {
            files.push(RunFile {
                path: event.subject.clone(),
                sha256: event.detail.clone(),
                bytes: event.value,
                pid: process.map(|process| process.pid),
            });
        }
    }
    files.reverse();
    files
}

/// The newest distinct peers; takes the newest event first.
fn peers<'a>(events: impl Iterator<Item = &'a EvidenceEvent>) -> Vec<Peer> {
    let mut peers: Vec<Peer> = Vec::new();
    for peer in events.filter_map(peer) {
        let same = |known: &Peer| Peer { name: peer.name.clone(), ..known.clone() } == peer;
        if peers.len() < MAX_PEERS && !peers.iter().any(same) {
            peers.push(peer);
        }
    }
    peers.reverse();
    peers
}

fn peer(event: &EvidenceEvent) -> Option<Peer> {
    if !matches!(event.kind(), EvidenceKind::Socket | EvidenceKind::Traffic) {
        return None;
    }
    let (outgoing, transport) = match event.socket() {
        SocketAction::Connect => (true, "tcp"),
        SocketAction::Send => (true, "udp"),
        SocketAction::Accept => (false, "tcp"),
        SocketAction::Receive => (false, "udp"),
        SocketAction::Listen | SocketAction::Unspecified => return None,
    };
    let address = event.address.parse().ok()?;
    let (pid, name) = (event.process.as_ref()?.pid, event.name.clone());
    Some(Peer { pid, outgoing, transport, address, port: event.port, name })
}

/// What processes ran, one after the other; takes the oldest event first.
fn processes<'a>(events: impl Iterator<Item = &'a EvidenceEvent>) -> Vec<RunProcess> {
    let mut processes: Vec<RunProcess> = Vec::new();
    for event in events {
        let Some(process) = event.process.as_ref().filter(|process| !process.executable.is_empty()) else {
            continue;
        };
        let before = processes.iter().rev().find(|known| known.pid == process.pid);
        if before.is_some_and(|before| before.executable == process.executable) {
            continue;
        }
        if processes.len() == MAX_PROCESSES {
            processes.remove(0);
        }
        processes.push(RunProcess {
            pid: process.pid,
            executable: process.executable.clone(),
            parent_pid: process.parent_pid,
            parent_executable: process.parent_executable.clone(),
            since_unix_ns: event.time_unix_ns,
        });
    }
    processes
}

#[cfg(test)]
impl RunProcess {
    /// One that ran its program from the beginning.
    pub(super) fn new(pid: u32, executable: &str, parent_pid: u32, parent_executable: &str) -> Self {
        let (executable, parent_executable) = (executable.to_owned(), parent_executable.to_owned());
        Self { pid, executable, parent_pid, parent_executable, since_unix_ns: 0 }
    }
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::{EvidenceEvent, EvidenceProcess};

    use super::*;

    #[test]
    fn the_newest_distinct_files_are_told_and_whose_executable_each_is() {
        let event = |number: u32, executable: &str| EvidenceEvent {
            kind: EvidenceKind::File.into(),
            subject: format!("/tmp/{number}"),
            detail: "ab".repeat(32),
            process: Some(EvidenceProcess {
                pid: number,
                executable: executable.into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let other = EvidenceEvent { kind: EvidenceKind::Call.into(), ..Default::default() };
        let newest = [event(19, "/bin/sh"), event(20, "/tmp/20"), event(20, "/tmp/20")];
        let chunks = [
            EvidenceChunk {
                events: (0..19).map(|number| event(number, "/bin/sh")).collect(),
                ..Default::default()
            },
            EvidenceChunk { events: newest.into_iter().chain([other]).collect(), ..Default::default() },
        ];
        let seen = Seen::of(&chunks);
        assert_eq!((seen.files.len(), seen.files[0].path.as_str()), (MAX_FILES, "/tmp/5"));
        let change = Change { seen, ..Default::default() };
        assert_eq!(change.file().unwrap().path, "/tmp/20");
        let of = |pid| change.executable(&Finding { pid, ..Default::default() }).map(|file| &file.path);
        assert_eq!((of(19), of(20).map(String::as_str)), (None, Some("/tmp/20")));
    }
    fn socket(time: u64, pid: u32, action: SocketAction, address: &str, name: &str) -> EvidenceEvent {
        EvidenceEvent {
            time_unix_ns: time,
            kind: EvidenceKind::Socket.into(),
            socket: action.into(),
            address: address.into(),
            port: 443,
            name: name.into(),
            process: Some(EvidenceProcess { pid, executable: format!("/bin/{time}"), ..Default::default() }),
            ..Default::default()
        }
    }

    fn seen(events: Vec<EvidenceEvent>) -> Seen {
        Seen::of(&[EvidenceChunk { events, ..Default::default() }])
    }

    #[test]
    fn the_newest_distinct_peers_are_told_and_where_a_process_went_last() {
        let mut events: Vec<_> =
            (0..20).map(|n| socket(1, 7, SocketAction::Connect, &format!("192.0.2.{n}"), "")).collect();
        events.extend([
            socket(2, 7, SocketAction::Connect, "2001:db8::1", ""),
            socket(3, 7, SocketAction::Connect, "2001:db8::1", "b.example"),
            socket(4, 8, SocketAction::Accept, "192.0.2.1", ""),
            socket(5, 8, SocketAction::Listen, "0.0.0.0", ""),
            socket(6, 8, SocketAction::Connect, "/run/socket", ""),
        ]);
        let change = Change { seen: seen(events), ..Default::default() };
        let told: Vec<_> = change.seen.peers.iter().map(|peer| peer.address.to_string()).collect();
        assert_eq!(told.len(), MAX_PEERS);
        assert_eq!(told[MAX_PEERS - 3..], ["192.0.2.19", "2001:db8::1", "192.0.2.1"]);
        let of = |pid| change.destination(&Finding { pid, ..Default::default() });
        assert_eq!(of(7).map(|peer| (peer.name.as_str(), peer.transport)), Some(("b.example", "tcp")));
        assert_eq!(of(8), None, "it was called, and called nobody");
    }

    #[test]
    fn a_process_is_told_as_the_program_that_it_ran_when_something_was_found() {
        let events = [2, 5].map(|time| socket(time, 7, SocketAction::Connect, "192.0.2.1", ""));
        let change = Change { seen: seen(events.into()), ..Default::default() };
        let at = |first_seen_unix_ns| {
            let process = change.process(&Finding { pid: 7, first_seen_unix_ns, ..Default::default() });
            process.map(|process| process.executable.as_str())
        };
        assert_eq!((at(1), at(2), at(4), at(5)), (None, Some("/bin/2"), Some("/bin/2"), Some("/bin/5")));
    }
}
