//! What processes of a batch did, row by row, as messages that stand alone: evidence of an incident.
//!
//! Only what the wire tells, and less: texts are cut, so that an event is bounded whatever a container calls itself.

use plumbline_proto::v1::{EvidenceEvent, EvidenceKind, EvidenceProcess};

use super::{Checked, at, one_based};

/// Longest text, all arguments of a process together, and addresses of an answer.
const TEXT_BYTES: usize = 1024;
const ARGUMENT_BYTES: usize = 4096;
const ADDRESSES: usize = 16;

impl Checked {
    /// Everything that the processes in these rows did, by time.
    pub(crate) fn events_of(&self, rows: &[usize]) -> Vec<EvidenceEvent> {
        let batch = &self.batch;
        let mut events = Vec::new();
        let mut take = |kind: EvidenceKind,
                        process: &[u32],
                        time_ns: &[u64],
                        count: &[u32],
                        more: &dyn Fn(usize, &mut EvidenceEvent)| {
            for (row, &of) in process.iter().enumerate() {
                let of = of as usize;
                if rows.binary_search(&of).is_err() {
                    continue;
                }
                let mut event = EvidenceEvent {
                    time_unix_ns: batch.base_unix_ns.saturating_add(at(time_ns, row)),
                    count: at(count, row).max(1),
                    kind: kind.into(),
                    container_id: self.container_of(of),
                    process: self.process(of),
                    ..Default::default()
                };
                more(row, &mut event);
                events.push(event);
            }
        };
        if let Some(r) = &batch.execs {
            take(EvidenceKind::Exec, &r.process, &r.time_ns, &r.count, &|_, _| {});
        }
        if let Some(r) = &batch.forks {
            take(EvidenceKind::Fork, &r.process, &r.time_ns, &r.count, &|_, _| {});
        }
        if let Some(r) = &batch.exits {
            take(EvidenceKind::Exit, &r.process, &r.time_ns, &r.count, &|row, event| {
                (event.exit_code, event.signal) = (at(&r.code, row), at(&r.signal, row));
            });
        }
        if let Some(r) = &batch.sockets {
            take(EvidenceKind::Socket, &r.process, &r.time_ns, &r.count, &|row, event| {
                (event.socket, event.port) = (at(&r.action, row), at(&r.port, row));
                event.address = self.text(at(&r.address, row));
                event.name = self.text(at(&r.name, row));
            });
        }
        if let Some(r) = &batch.flows {
            take(EvidenceKind::Traffic, &r.process, &r.time_ns, &[], &|row, event| {
                (event.socket, event.port) = (at(&r.action, row), at(&r.port, row));
                event.address = self.text(at(&r.address, row));
                (event.established, event.failed) = (at(&r.established, row), at(&r.failed, row));
                event.error = at(&r.error, row);
                (event.sent_bytes, event.received_bytes) =
                    (at(&r.sent_bytes, row), at(&r.received_bytes, row));
            });
        }
        if let Some(r) = &batch.credentials {
            take(EvidenceKind::Credentials, &r.process, &r.time_ns, &r.count, &|row, event| {
                event.before = self.process(at(&r.before, row) as usize);
            });
        }
        if let Some(r) = &batch.calls {
            take(EvidenceKind::Call, &r.process, &r.time_ns, &r.count, &|row, event| {
                (event.call, event.error, event.value) =
                    (at(&r.kind, row), at(&r.error, row), at(&r.value, row));
                event.subject = self.text(at(&r.subject, row));
                event.detail = self.text(at(&r.detail, row));
            });
        }
        if let Some(r) = &batch.dns {
            let counts = r.address_count.iter();
            let begins: Vec<usize> =
                counts.scan(0, |sum, &count| Some(std::mem::replace(sum, *sum + count as usize))).collect();
            take(EvidenceKind::Question, &r.process, &r.time_ns, &r.count, &|row, event| {
                event.name = self.text(at(&r.name, row));
                if at(&r.answer, row) != 0 {
                    event.set_kind(EvidenceKind::Answer);
                    event.rcode = at(&r.rcode, row);
                    let own =
                        r.addresses.iter().skip(at(&begins, row)).take(at(&r.address_count, row) as usize);
                    event.addresses = own.take(ADDRESSES).map(|&address| self.text(address)).collect();
                }
            });
        }
        if let Some(r) = &batch.file_digests {
            // A row of none belongs to none.
            let process: Vec<u32> = r.process.iter().map(|row| row.wrapping_sub(1)).collect();
            take(EvidenceKind::File, &process, &r.time_ns, &[], &|row, event| {
                event.subject = self.text(at(&r.executable, row));
                event.detail = self.text(at(&r.sha256, row));
                event.value = at(&r.size, row);
            });
        }
        events.sort_by_key(|event| event.time_unix_ns);
        events
    }

    fn container_of(&self, process: usize) -> String {
        let container = self.batch.processes.as_ref().map_or(0, |rows| at(&rows.container, process));
        self.batch
            .containers
            .get(container as usize)
            .map_or_else(String::new, |container| self.text(container.id))
    }

    fn process(&self, row: usize) -> Option<EvidenceProcess> {
        let rows = self.batch.processes.as_ref()?;
        let parent = one_based(at(&rows.parent, row));
        let begin: usize = rows.argument_count.iter().take(row).map(|&count| count as usize).sum();
        let own = rows.arguments.iter().skip(begin).take(at(&rows.argument_count, row) as usize);
        let mut left = ARGUMENT_BYTES;
        let arguments = own.map(|&word| self.text(word)).take_while(|word| {
            let fits = word.len() < left;
            left = left.saturating_sub(word.len() + 1);
            fits
        });
        Some(EvidenceProcess {
            pid: at(&rows.pid, row),
            start_ticks: at(&rows.start_ticks, row),
            parent_pid: parent.map_or(0, |parent| at(&rows.pid, parent)),
            parent_executable: parent
                .map_or_else(String::new, |parent| self.text(at(&rows.executable, parent))),
            executable: self.text(at(&rows.executable, row)),
            arguments: arguments.collect(),
            uid: at(&rows.uid, row),
            gid: at(&rows.gid, row),
            effective_uid: rows.effective_uid.get(row).copied().unwrap_or(u32::MAX),
            capabilities: at(&rows.capabilities, row),
            flags: at(&rows.flags, row),
        })
    }

    fn text(&self, index: u32) -> String {
        let text = self.string(index);
        text.get(..text.floor_char_boundary(TEXT_BYTES)).unwrap_or_default().to_owned()
    }
}
