//! The evidence table: every kind of fact that speaks of drift or attack, with its weight and its source, and the
//! table as a document.
//!
//! Weights are log-odds against normal, added up once per kind and incident, and scaled by the layers of `posterior`.
//! What decides between drift and attack is the difference, against a prior in favour of drift that those layers hold
//! (`weights`). Absolute facts weigh the same from the first event. Relative ones say that the image never did so; while it is still learned,
//! harmless novelty is to be expected, and they weigh as little as a surprise does. `signs` finds
//! the facts, of which `indicators` tells what rules match; nothing else raises evidence.

use crate::{feedback::InForce, weights::FITTED};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// A row of the table.
#[derive(Debug)]
pub struct EvidenceRow {
    /// Its name, part of the API.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// ATT&CK technique; empty if none fits.
    pub technique: &'static str,
    /// Log-odds for drift against normal, as set by hand; see [`of_row`](crate::Weights::of_row).
    pub drift: f64,
    /// Log-odds for attack against normal, as set by hand.
    pub attack: f64,
    /// Whether it claims that the image never did so, and so weighs only what the baseline is worth.
    pub relative: bool,
    /// Where the fact comes from.
    pub source: &'static str,
}

/// Name of the row for what a person denied.
pub(crate) const DENIED: &str = "denied_behaviour";

/// One item of evidence in an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceItem {
    /// Name of its row.
    pub name: String,
    /// The fact it rests on, for people.
    pub fact: String,
    /// Log-odds for drift.
    pub drift_weight: f64,
    /// Log-odds for attack.
    pub attack_weight: f64,
    /// ATT&CK technique; may be empty.
    pub technique: String,
    /// The share of the fitted weights that these are, where feedback has moved them; else 1.
    pub share: f64,
}

macro_rules! table {
    (relative) => { true };
    (absolute) => { false };
    ($($kind:ident $basis:ident $name:literal $technique:literal $drift:literal $attack:literal $source:literal $meaning:literal)*) => {
        /// A kind of evidence: a row of [`EVIDENCE`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Kind { $($kind),* }

        const KINDS: &[Kind] = &[$(Kind::$kind),*];

        /// The table.
        pub static EVIDENCE: &[EvidenceRow] = &[
            $(EvidenceRow { name: $name, meaning: $meaning, technique: $technique, drift: $drift, attack: $attack, relative: table!($basis), source: $source }),*
        ];
    };
}

table! {
    // Immutability: what runs was not in the image.
    WrittenAfterBuild absolute "executable_written_after_build" "T1105" 0.5 3.5 "exec" "the executable, or the script it runs, was written in the container: it was not in the image"
    ShellWritten absolute "shell_written_after_build" "T1059.004" 1.8 1.0 "exec, tools" "a shell or interpreter ran that was written in the container: the image was built without it"
    InMemory absolute "executable_in_memory" "T1620" 0.0 6.0 "exec" "the executable exists in memory only"
    Deleted absolute "executable_deleted" "T1070.004" 0.0 4.0 "exec" "the executable's file was removed before it ran"
    ScratchDirectory relative "executable_in_scratch_directory" "T1036.005" 0.0 1.5 "exec" "the executable, or the script it runs, lies in a hidden or world-writable directory"
    ReadOnlyRoot absolute "read_only_root_evaded" "T1105" 0.3 1.5 "exec, runtime" "the image's files can't be written here, and the program lies where something can"
    OnVolume absolute "executable_on_volume" "" 0.8 0.5 "exec" "the executable, or the script it runs, lies on a volume: it was not in the image"
    Masquerade absolute "executable_masquerades" "T1036.005" 0.0 2.5 "exec" "a program that was not in the image calls itself by another name, or one that has a file by that of a kernel thread"
    // Causal: what led to what.
    EgressByNew absolute "egress_by_new_executable" "T1071" 0.0 4.0 "socket" "a program that was not in the image connects out"
    ListenerByNew absolute "listener_by_new_executable" "T1571" 0.5 3.0 "socket" "a program that was not in the image listens"
    ServiceShell relative "service_started_shell" "T1059.004" 0.0 5.0 "exec, tools" "a program that serves the network started a shell or interpreter, which it never did"
    ServiceTool relative "service_started_tool" "T1059" 0.0 3.0 "exec, tools" "below a program that serves the network, a tool ran that it never needed, and no script of the image started it"
    ServiceRecon relative "service_looked_around" "T1082" 0.0 4.0 "exec, tools" "below a program that serves the network, a tool ran that only looks around and that it never needed, and no script of the image started it"
    ScriptCode relative "script_runs_new_code" "T1059" 0.3 2.0 "exec, tools" "below a program that serves the network, a script of the image gave a shell or interpreter code that the image never ran"
    ServiceCode relative "service_runs_new_code" "T1059" 0.0 3.5 "exec, tools" "below a program that serves the network, a shell or interpreter was given code that the image never ran"
    ServiceNewProgram relative "service_started_new_program" "T1105" 0.0 4.5 "exec" "below a program that serves the network, a program ran that was written in the container"
    Unattended absolute "nobody_at_work" "" 0.0 1.0 "runtime" "it came from the container's own processes, which change only with the image: no operator, probe or hook started it"
    ShellOnSocket absolute "shell_on_socket" "T1059.004" 0.0 7.0 "exec, tools" "a shell or interpreter has a socket as its standard input or output"
    Recon relative "reconnaissance_sequence" "T1082" 0.0 2.5 "exec, tools" "several tools that only look around, one after the other"
    Download relative "downloader_started" "T1105" 0.3 1.5 "exec, tools" "a tool that fetches files from the network"
    MadeExecutable relative "file_made_executable" "T1222.002" 0.0 2.0 "call, rule" "a file in a scratch directory was made executable"
    Relay relative "network_relay_started" "T1095" 0.3 3.5 "exec, socket, tools, rule" "a tool that moves raw bytes over the network, or serves a folder to it, was started, or connects to the public one"
    RelayListens absolute "relay_listens" "T1090" 0.3 3.0 "socket, tools" "a tool that moves raw bytes over the network waits for connections"
    Scanner relative "scanner_started" "T1046" 0.0 5.5 "exec, tools, rule" "a tool that scans or attacks networks"
    Metadata relative "metadata_service_contacted" "T1552.005" 0.5 4.5 "socket, rule" "the cloud's metadata service, which hands out credentials, was contacted for the first time"
    DnsTunnel absolute "data_in_domain_names" "T1071.004" 0.0 4.5 "dns, rule" "several domains below one another begin with long labels that look like encoded data, or the command line makes a domain of data"
    UnnamedPeer absolute "unnamed_public_peer" "T1095" 0.3 1.5 "socket" "a public address was contacted that no name was asked for"
    ShellPort absolute "remote_shell_port" "T1571" 0.3 1.5 "rule" "the peer's port is one that remote shells wait on"
    ServiceCallsOut relative "service_calls_out" "T1190" 0.3 2.0 "socket" "a program that serves the network connects to a public address by itself, that no name was asked for"
    ManyPeers relative "many_new_peers" "T1046" 0.3 3.0 "socket" "it connects to several ports or peers that it never did"
    PortsTried relative "ports_tried" "T1046" 0.0 4.5 "socket" "it connects to several ports of one peer that it never did"
    ServiceCallsNames relative "service_calls_names" "T1071" 0.5 2.5 "socket" "a program that serves the network connects by itself to several public names that it never did"
    SentToNewPeer relative "file_sent_to_new_peer" "T1567" 0.5 2.0 "rule, socket" "a file is sent away, and a public peer was connected to that never was"
    PublicEgress relative "first_public_egress" "T1071" 0.5 1.0 "socket" "the image never connected to a public address before"
    UndeclaredListener absolute "undeclared_listener" "T1571" 1.8 1.0 "socket" "in an image that is hardly known, a program of the container's own listens where others can reach it, on a port that is not among those that its image or its container declares"
    NewListener relative "new_listener" "T1571" 1.0 1.0 "socket" "a known program listens on a port it never used and that is not declared"
    // How often: known behaviours at an unknown rate. A rate alone may be a busy day.
    UnusualRate relative "unusual_rate" "" 2.5 0.5 "rate" "the container does something several times as often as the image ever did, for longer than chance explains"
    Scan relative "many_peers_refuse" "T1046" 0.0 6.5 "rate" "unusually many peers are connected to, and unusually many connections fail"
    Flood relative "flood" "T1498" 0.0 2.5 "rate" "unusually many connections or datagrams go out, window after window"
    OutOfTime relative "job_out_of_time" "T1053" 0.3 1.5 "exec, time" "it belongs to a rare job that keeps a period, and came when it was not due"
    // What a process asked of the kernel.
    LeftContainer absolute "left_container" "T1611" 0.0 6.0 "exec" "a process of the container is in the host's mount namespace"
    Namespace relative "namespace_changed" "T1611" 0.5 3.5 "call" "a namespace was entered, or left for a new one"
    Mount relative "file_system_mounted" "T1611" 0.5 4.5 "call" "a file system was mounted, or was to be"
    KernelCode absolute "kernel_code_loaded" "T1547.006" 0.0 6.0 "call" "a kernel module was to be loaded"
    BpfProgram relative "bpf_program_loaded" "T1014" 0.5 3.5 "call" "a BPF program was to be loaded"
    Injection relative "process_attached_to" "T1055.008" 0.5 4.0 "call" "another process was attached to, which lets its memory be written"
    HostInReach absolute "host_in_reach" "T1611" 0.0 1.5 "call, runtime" "the container has rights of the host, with which such a call succeeds"
    MemoryFile relative "file_in_memory" "T1620" 0.3 1.5 "call" "a file was made that exists in memory only"
    RuntimeSocket relative "runtime_socket_contacted" "T1611" 0.3 5.5 "call" "the socket of a container runtime was connected to: whoever talks to it owns the host"
    RootGained relative "root_gained" "T1548.001" 0.3 4.0 "rights" "a process that was not root is root now, or gained capabilities"
    DeclaredUserLeft absolute "declared_user_left" "T1548" 1.5 2.5 "rights" "a process of the container's own became root, where the image declares a user that is not"
    AnotherUser absolute "session_of_another_user" "T1548" 1.8 1.0 "exec, runtime" "a session of an operator runs a program as another user than its container is started as, or the image declares"
    ExecRefused relative "execution_refused" "T1059" 0.3 2.0 "call" "a file in a scratch directory was to be started and could not be"
    // What a command line says.
    NetworkCode absolute "code_from_network" "T1059.004" 0.0 5.5 "rule" "the command line makes a shell of a network connection or runs what it fetches"
    ShellThroughTool relative "shell_through_tool" "T1059.004" 0.0 5.5 "rule" "the command line makes a shell of a tool that is for something else, or a terminal of a pipe"
    EncodedCode relative "encoded_code" "T1027" 0.0 3.0 "rule" "the command line decodes what it runs"
    Guesses relative "passwords_tried" "T1110" 0.0 4.5 "exec" "a program was given several passwords, one after the other"
    Credentials relative "credentials_named" "T1552.001" 0.0 4.0 "rule" "the command line names a file that holds credentials"
    PasswordHashes relative "password_hashes_named" "T1003.008" 0.0 5.5 "rule" "the command line names the file of password hashes"
    SecretsSearched relative "secrets_searched" "T1552.001" 0.3 5.0 "rule" "the command line searches for passwords, keys or tokens"
    AccountsLookedUp relative "accounts_looked_up" "T1087" 0.3 2.0 "rule" "the command line asks who is here and what they may do"
    WeaknessSearched relative "weakness_searched" "T1083" 0.0 4.5 "rule" "the command line searches for programs with others' rights, or for what anyone may change"
    ContainerProbed relative "container_probed" "T1613" 0.3 2.0 "rule" "the command line asks whether this is a container, and of which rights"
    FileSent relative "file_sent_away" "T1048" 0.8 1.0 "rule" "the command line sends a file to another host"
    RootAccount relative "account_with_root_rights" "T1098" 0.3 5.0 "rule" "the command line gives an account the rights of root"
    LibraryInjected relative "library_injected" "T1574.006" 0.3 5.0 "rule" "the command line makes a program load code from where anybody may write"
    DefencesStopped relative "defences_stopped" "T1562.001" 0.3 4.5 "rule" "the command line stops what watches or filters"
    Persistence relative "persistence_location_named" "T1546" 0.3 2.5 "rule" "the command line names a place from which programs are started again"
    PersistenceWritten relative "persistence_written" "T1546" 0.3 3.0 "rule" "the command line changes what is started again: a timer, a start-up file, an account, a key"
    Escape absolute "host_interface_named" "T1611" 0.0 5.5 "rule" "the command line names an interface through which containers are escaped"
    Privilege relative "privilege_tool_started" "T1548" 0.5 3.0 "exec, tools, rule" "a tool that changes privileges or namespaces"
    Miner absolute "miner_started" "T1496" 0.0 6.0 "exec, tools, rule" "a coin miner, by its name or its command line"
    Tracks relative "tracks_covered" "T1070" 0.0 5.0 "rule" "the command line removes logs or the shell's history"
    FileForged relative "file_forged" "T1070.006" 0.3 4.5 "rule" "the command line gives a file another's date, another length, or a guard against change"
    Destruction relative "destruction" "T1485" 0.0 4.5 "rule" "the command line wipes or encrypts data"
    // What a Sigma rule says that names no row of this table. Of published attacks the Linux rules of SigmaHQ find
    // 57 %, and of harmless drifts 38 %; at high and critical 4 % and none. So the lower levels say next to nothing,
    // and none decides between drift and attack by itself.
    IndicatorLow relative "indicator_low" "" 0.2 0.4 "rule" "a Sigma rule of level low matches"
    IndicatorMedium relative "indicator_medium" "" 0.3 0.8 "rule" "a Sigma rule of level medium matches"
    IndicatorHigh absolute "indicator_high" "" 0.0 2.5 "rule" "a Sigma rule of level high matches"
    IndicatorCritical absolute "indicator_critical" "" 0.0 3.0 "rule" "a Sigma rule of level critical matches"
    // What a person said. It must never pass for normal; whether it is drift or attack, the rest of the evidence says,
    // so it makes good for the prior in favour of drift. Without any other it is an attack: whoever does it was told not to.
    Denied absolute "denied_behaviour" "" 6.0 10.0 "decision" "a person denied this behaviour: it is told each time"
    // Operational: what speaks for a person at work.
    ExecSession absolute "runtime_exec_session" "" 1.5 0.5 "runtime" "it was started through the container runtime, as operators do"
    Terminal absolute "terminal" "" 1.0 0.0 "exec" "it has a terminal: a person types"
    Login absolute "login" "" 1.5 0.5 "exec, rights" "it is the doing of a person whom a service of the image let in as a user that is not root"
    InTime absolute "job_in_time" "" 1.0 0.0 "exec, time" "it belongs to a rare job that keeps a period, and came when it was due"
    FleetWide absolute "fleet_wide" "" 1.5 0.0 "fleet" "three other containers of the image did the same"
    KnownLater relative "known_in_newer_version" "" 1.5 0.0 "lineage" "a newer version of the image is known to do this, but this one is not that version"
    PackageManager absolute "package_manager" "" 2.0 0.0 "exec, tools" "a package manager is at work, which no program that serves the network started"
}

/// The table as Markdown, which `model/EVIDENCE.md` is.
pub fn evidence_markdown() -> String {
    let mut out = HEAD.to_owned();
    for row in EVIDENCE {
        let EvidenceRow { name, meaning, technique, relative, source, .. } = row;
        let (drift, attack) = FITTED.of_row(row);
        let weighs = if *relative { "by baseline" } else { "in full" };
        let _ = writeln!(
            out,
            "| `{name}` | {meaning} | {technique} | {drift:.1} | {attack:.1} | {weighs} | {source} |"
        );
    }
    out
}

/// What stands before the rows.
const HEAD: &str = "\
# Evidence

Made from `model/src/evidence.rs` by `UPDATE=1 cargo test -p plumbline-model --test evidence`.

Every kind of fact that speaks of drift or attack. Weights are log-odds against normal; each kind counts once in an
incident, and only where something is new. Two fitted layers, of an image nobody knows and of a learned one, scale the
sums; what decides between drift and attack is their difference, against a prior in favour of drift. A row weighs **in full** from the first event, or **by baseline**: as little as the
image has been learned.

Each alert has what its probabilities were made of, so that anybody can make them again:

1. logit(v) = (1 - confidence) * u(v) + confidence * l(v), for v = drift and v = attack, and logit(normal) = 0
2. u(v) and l(v) = bias + a * surprise + b * (sum of the evidence's weights for drift) + c * (sum of those for attack), with
   the numbers of `unknown` and `learned` in `model/src/weights.rs`
3. P(v) = exp(logit(v)) / (1 + exp(logit(drift)) + exp(logit(attack)))

The most probable verdict is told, but drift only from the threshold on that keeps ordinary work within the alert budget
(`alerts_per_week`; `thresholds` in the same file): what is less suspicious passes for normal, unless a person denied it.

These weights are where feedback begins: in the images that a decision covers, each alert that was approved takes 5 % off
the rows it had, each that was denied adds 5 %, to 25 % down or up at most; and what is an attack by the weights below is
never made normal by it. The last eight rows stay: what a person denied, and what speaks for ordinary work.

| source | the fact is |
|---|---|
| exec | a program as the kernel started it: file, layer, parent, descriptors, terminal |
| socket | a connection, a datagram or a listener |
| call | a system call that tells something by itself |
| rights | a change of user, group or capabilities |
| rate | how often something happens in a window, against what is usual |
| time | when something comes back |
| runtime | what the container's runtime started, and with what rights |
| fleet | what other containers of the image do |
| lineage | what other versions of the image do |
| tools | the program's name, in the lists of `model/src/tools.rs` |
| rule | a Sigma rule: of `model/rules/`, or of a folder given with `--rules` |
| decision | what a person decided with `plumbline alerts deny` |

A Sigma rule counts by its level, `informational` not at all. With a line `evidence: NAME` it counts as that row instead,
as most of `model/rules/` do.

| name | meaning | ATT&CK | drift | attack | weighs | source |
|---|---|---|---|---|---|---|
";

impl Kind {
    /// The kind with this name, if it is in the table.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let row = EVIDENCE.iter().position(|row| row.name == name)?;
        KINDS.get(row).copied()
    }

    #[allow(
        clippy::indexing_slicing,
        reason = "one macro makes the variants and the rows, in the same order"
    )]
    pub(crate) fn row(self) -> &'static EvidenceRow {
        &EVIDENCE[self as usize]
    }

    /// The kind as an item of evidence resting on `fact`; `None` if it weighs nothing. `confidence`
    /// is what a claim that rests on the baseline is worth (see `coverage`), 0 to 1.
    pub(crate) fn item(self, fact: String, confidence: f64, weights: InForce<'_>) -> Option<EvidenceItem> {
        let row = self.row();
        let share = if row.relative { confidence } else { 1.0 };
        let weighs = weights.row(self);
        let (drift_weight, attack_weight) = (weighs.drift * share, weighs.attack * share);
        (drift_weight > 0.0 || attack_weight > 0.0).then(|| EvidenceItem {
            name: row.name.into(),
            fact: fact + &weighs.reason(share),
            drift_weight,
            attack_weight,
            technique: row.technique.into(),
            share: weighs.said.share(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_row_has_a_name_of_its_own_a_meaning_and_a_weight() {
        let names: BTreeSet<_> = EVIDENCE.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), EVIDENCE.len());
        for row in EVIDENCE {
            assert!(!row.meaning.is_empty() && (row.drift != 0.0 || row.attack != 0.0), "{}", row.name);
            assert_eq!(Kind::named(row.name).map(|kind| kind.row().name), Some(row.name));
            assert!(!row.source.is_empty(), "{}", row.name);
            assert!(row.technique.is_empty() || row.technique.starts_with('T'), "{}", row.name);
        }
    }
}
