//! The evidence table: every kind of fact that speaks of drift or attack, with its weight and its source.
//!
//! Weights are log-odds against normal, added up once per kind and incident. What decides between drift and
//! attack is their difference, against a prior of 4 in favour of drift (`posterior`). `signs` finds the
//! facts; nothing else raises evidence.

use serde::{Deserialize, Serialize};

/// A row of the table.
#[derive(Debug)]
pub struct EvidenceRow {
    /// Its name, part of the API.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// ATT&CK technique; empty if none fits.
    pub technique: &'static str,
    /// Log-odds for drift against normal.
    pub drift: f64,
    /// Log-odds for attack against normal.
    pub attack: f64,
}

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
}

macro_rules! table {
    ($($kind:ident $name:literal $technique:literal $drift:literal $attack:literal $meaning:literal)*) => {
        /// A kind of evidence: a row of [`EVIDENCE`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Kind { $($kind),* }

        /// The table.
        pub static EVIDENCE: &[EvidenceRow] = &[
            $(EvidenceRow { name: $name, meaning: $meaning, technique: $technique, drift: $drift, attack: $attack }),*
        ];
    };
}

table! {
    // Immutability: what runs was not in the image.
    WrittenAfterBuild "executable_written_after_build" "T1105" 0.5 3.5 "the executable lies in the container's writable layer: it was not in the image"
    InMemory "executable_in_memory" "T1620" 0.0 6.0 "the executable exists in memory only"
    Deleted "executable_deleted" "T1070.004" 0.0 4.0 "the executable's file was removed before it ran"
    ScratchDirectory "executable_in_scratch_directory" "T1036.005" 0.0 1.5 "the executable lies in a hidden or world-writable directory"
    Masquerade "executable_masquerades" "T1036.005" 0.0 2.5 "a program that was not in the image calls itself by another name"
    // Causal: what led to what.
    EgressByNew "egress_by_new_executable" "T1071" 0.0 4.0 "a program that was not in the image connects out"
    ListenerByNew "listener_by_new_executable" "T1571" 0.5 3.0 "a program that was not in the image listens"
    ServiceShell "service_started_shell" "T1059.004" 0.0 5.0 "a program that serves the network started a shell or interpreter, which it never did"
    ServiceTool "service_started_tool" "T1059" 0.0 3.0 "below a program that serves the network, a tool ran that it never needed"
    ShellOnSocket "shell_on_socket" "T1059.004" 0.0 7.0 "a shell or interpreter has a socket as its standard input or output"
    Recon "reconnaissance_sequence" "T1082" 0.0 2.5 "several tools that only look around, one after the other"
    Download "downloader_started" "T1105" 0.3 1.5 "a tool that fetches files from the network"
    MadeExecutable "file_made_executable" "T1222.002" 0.0 1.5 "a file in a scratch directory was made executable"
    Relay "network_relay_started" "T1095" 0.3 2.5 "a tool that moves raw bytes over the network"
    Scanner "scanner_started" "T1046" 0.0 4.5 "a tool that scans or attacks networks"
    Metadata "metadata_service_contacted" "T1552.005" 0.5 4.5 "the cloud's metadata service, which hands out credentials, was contacted for the first time"
    PublicEgress "first_public_egress" "T1071" 0.5 1.0 "the image never connected to a public address before"
    NewListener "new_listener" "T1571" 1.0 1.0 "a known program listens on a port it never used"
    // What a command line says.
    NetworkCode "code_from_network" "T1059.004" 0.0 5.5 "the command line makes a shell of a network connection or runs what it fetches"
    EncodedCode "encoded_code" "T1027" 0.0 3.0 "the command line decodes what it runs"
    Credentials "credentials_named" "T1552.001" 0.0 4.0 "the command line names a file that holds credentials"
    Persistence "persistence_location_named" "T1546" 0.3 3.5 "the command line names a place from which programs are started again"
    Escape "host_interface_named" "T1611" 0.0 5.5 "the command line names an interface through which containers are escaped"
    Privilege "privilege_tool_started" "T1548" 0.5 3.0 "a tool that changes privileges or namespaces"
    Miner "miner_started" "T1496" 0.0 6.0 "a coin miner, by its name or its command line"
    Tracks "tracks_covered" "T1070" 0.0 3.5 "the command line removes logs or the shell's history"
    Destruction "destruction" "T1485" 0.0 4.5 "the command line wipes or encrypts data"
    // Operational: what speaks for a person at work.
    ExecSession "runtime_exec_session" "" 1.5 0.5 "it was started through the container runtime, as operators do"
    Terminal "terminal" "" 1.0 0.0 "it has a terminal: a person types"
    PackageManager "package_manager" "" 2.0 0.0 "a package manager is at work"
}

impl Kind {
    #[allow(
        clippy::indexing_slicing,
        reason = "one macro makes the variants and the rows, in the same order"
    )]
    fn row(self) -> &'static EvidenceRow {
        &EVIDENCE[self as usize]
    }

    /// The kind as an item of evidence resting on `fact`.
    pub(crate) fn item(self, fact: String) -> EvidenceItem {
        let row = self.row();
        EvidenceItem {
            name: row.name.into(),
            fact,
            drift_weight: row.drift,
            attack_weight: row.attack,
            technique: row.technique.into(),
        }
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
            assert!(row.technique.is_empty() || row.technique.starts_with('T'), "{}", row.name);
        }
    }
}
