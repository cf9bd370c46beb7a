//! A change of an alert as sinks tell it: with the digests of what the incident's processes ran.
//!
//! Digests are among an incident's events, which the store keeps (`alert_log/evidence.rs`), not in the alert. Whoever sends a change
//! reads them then, so what is told may be newer than the change. The newest few of distinct files are told. Paths are the
//! container's to choose: bounded here, escaped where they are told.

use std::collections::BTreeSet;

use plumbline_proto::v1::{Alert, AlertChange, EvidenceChunk, EvidenceKind, Finding};

/// Files told of an incident.
const MAX_FILES: usize = 16;

#[derive(Clone, Debug, Default)]
pub(super) struct Change {
    /// Where it is in the log; 0 if it is not in there.
    pub(super) cursor: u64,
    pub(super) alert: Alert,
    /// Oldest first.
    pub(super) files: Vec<RunFile>,
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

impl Change {
    /// `None` if there is no alert in it, which no change of the log comes to.
    pub(super) fn of(change: AlertChange) -> Option<Self> {
        Some(Self { cursor: change.cursor, alert: change.alert?, files: Vec::new() })
    }

    /// As the API tells it.
    pub(super) fn native(&self) -> AlertChange {
        AlertChange { cursor: self.cursor, alert: Some(self.alert.clone()) }
    }

    /// The newest file.
    pub(super) fn file(&self) -> Option<&RunFile> {
        self.files.last()
    }

    /// The executable of a finding's process.
    pub(super) fn executable(&self, finding: &Finding) -> Option<&RunFile> {
        self.files.iter().rev().find(|file| file.pid == Some(finding.pid))
    }
}

/// The newest distinct files of an incident.
pub(super) fn files(chunks: &[EvidenceChunk]) -> Vec<RunFile> {
    let (mut files, mut seen) = (Vec::new(), BTreeSet::new());
    let events = chunks.iter().flat_map(|chunk| &chunk.events).rev();
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
        let files = files(&chunks);
        assert_eq!((files.len(), files[0].path.as_str()), (MAX_FILES, "/tmp/5"));
        let change = Change { files, ..Default::default() };
        assert_eq!(change.file().unwrap().path, "/tmp/20");
        let of = |pid| change.executable(&Finding { pid, ..Default::default() }).map(|file| &file.path);
        assert_eq!((of(19), of(20).map(String::as_str)), (None, Some("/tmp/20")));
    }
}
