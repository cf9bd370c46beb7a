//! What a recording says happened, one line for each row, so that a test can ask for it in words.

use plumbline_proto::v1::{Batch, CallKind, SocketAction};

/// Something that happened in a container of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Name of the container.
    pub container: String,
    /// Command line of the process, joined by blanks.
    pub by: String,
    /// The event, such as `exit 3`, `call memfd x`, `connect 10.0.0.1:80`, `answer acts.example 1 0 10.99.99.7`.
    pub what: String,
    /// Occurrences.
    pub count: u64,
    /// What else the row says: of an exit the nanoseconds in user mode and in the kernel and the largest resident set, of
    /// a flow its latency and duration, of a call its value, of changed rights the effective user and the capabilities
    /// before and after.
    pub numbers: Vec<u64>,
}

struct Reader<'b> {
    batch: &'b Batch,
    repository: &'b str,
    out: Vec<Happened>,
}

/// What happened in containers of an image, in no order between kinds. Flows are told as
/// `flow ACTION ADDRESS:PORT established failed error closed sent received`.
pub fn happened(batches: &[Batch], repository: &str) -> Vec<Happened> {
    let mut all = Vec::new();
    for batch in batches {
        let mut reader = Reader { batch, repository, out: Vec::new() };
        reader.read();
        all.append(&mut reader.out);
    }
    all
}

fn at<T: Copy + Default>(column: &[T], row: usize) -> T {
    column.get(row).copied().unwrap_or_default()
}

impl Reader<'_> {
    fn text(&self, index: u32) -> String {
        let bytes = self.batch.strings.get(index as usize);
        bytes.map_or_else(String::new, |bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    fn add(&mut self, row: u32, count: u64, what: String) {
        self.add_with(row, count, what, Vec::new());
    }

    fn add_with(&mut self, row: u32, count: u64, what: String, numbers: Vec<u64>) {
        let Some(processes) = &self.batch.processes else { return };
        let Some(container) = self.batch.containers.get(at(&processes.container, row as usize) as usize)
        else {
            return;
        };
        let image = self.batch.images.get(container.image as usize);
        if image.is_none_or(|image| self.text(image.repository) != self.repository) {
            return;
        }
        let first: u32 = processes.argument_count.iter().take(row as usize).sum();
        let words = at(&processes.argument_count, row as usize);
        let words: Vec<String> =
            (first..first + words).map(|word| self.text(at(&processes.arguments, word as usize))).collect();
        let (container, by) = (self.text(container.name), words.join(" "));
        self.out.push(Happened { container, by, what, count, numbers });
    }

    fn read(&mut self) {
        let batch = self.batch;
        if let Some(rows) = &batch.forks {
            for (row, process) in rows.process.iter().enumerate() {
                self.add(*process, at(&rows.count, row).into(), "fork".into());
            }
        }
        if let Some(rows) = &batch.exits {
            for (row, process) in rows.process.iter().enumerate() {
                let (code, signal) = (at(&rows.code, row), at(&rows.signal, row));
                let what = if signal > 0 { format!("killed by {signal}") } else { format!("exit {code}") };
                let used = [at(&rows.user_ns, row), at(&rows.system_ns, row), at(&rows.max_rss_bytes, row)];
                self.add_with(*process, at(&rows.count, row).into(), what, used.into());
            }
        }
        if let Some(rows) = &batch.sockets {
            for (row, process) in rows.process.iter().enumerate() {
                let name = match self.text(at(&rows.name, row)) {
                    name if name.is_empty() => name,
                    name => format!(" ({name})"),
                };
                let what = format!(
                    "{}{name}",
                    self.socket(at(&rows.action, row), at(&rows.address, row), at(&rows.port, row))
                );
                self.add(*process, at(&rows.count, row).into(), what);
            }
        }
        if let Some(rows) = &batch.flows {
            for (row, process) in rows.process.iter().enumerate() {
                let socket = self.socket(at(&rows.action, row), at(&rows.address, row), at(&rows.port, row));
                let sums = [
                    u64::from(at(&rows.established, row)),
                    at(&rows.failed, row).into(),
                    at(&rows.error, row).into(),
                    at(&rows.closed, row).into(),
                    at(&rows.sent_bytes, row),
                    at(&rows.received_bytes, row),
                ];
                let sums: Vec<String> = sums.iter().map(ToString::to_string).collect();
                let times = vec![at(&rows.latency_ns, row), at(&rows.duration_ns, row)];
                self.add_with(*process, 1, format!("flow {socket} {}", sums.join(" ")), times);
            }
        }
        self.calls();
        if let Some(rows) = &batch.dns {
            let mut addresses = rows.addresses.iter();
            for (row, process) in rows.process.iter().enumerate() {
                let kind = if at(&rows.answer, row) == 1 { "answer" } else { "question" };
                let mut what = format!(
                    "{kind} {} {} {}",
                    self.text(at(&rows.name, row)),
                    at(&rows.r#type, row),
                    at(&rows.rcode, row)
                );
                for address in addresses.by_ref().take(at(&rows.address_count, row) as usize) {
                    what.push(' ');
                    what.push_str(&self.text(*address));
                }
                self.add(*process, at(&rows.count, row).into(), what);
            }
        }
    }

    fn calls(&mut self) {
        let batch = self.batch;
        if let (Some(rows), Some(processes)) = (&batch.credentials, &batch.processes) {
            for (row, (process, before)) in rows.process.iter().zip(&rows.before).enumerate() {
                let ids = |row: u32| (at(&processes.uid, row as usize), at(&processes.gid, row as usize));
                let what = format!("credentials {:?} to {:?}", ids(*before), ids(*process));
                let rights = |row: u32| {
                    let row = row as usize;
                    [at(&processes.effective_uid, row).into(), at(&processes.capabilities, row)]
                };
                let rights = [rights(*before), rights(*process)].concat();
                self.add_with(*process, at(&rows.count, row).into(), what, rights);
            }
        }
        if let Some(rows) = &batch.calls {
            for (row, process) in rows.process.iter().enumerate() {
                let kind = CallKind::try_from(at(&rows.kind, row)).unwrap_or_default().as_str_name();
                let kind = kind.trim_start_matches("CALL_KIND_").to_lowercase();
                let (subject, detail) = (self.text(at(&rows.subject, row)), self.text(at(&rows.detail, row)));
                let what = format!("call {kind} '{subject}' '{detail}' error {}", at(&rows.error, row));
                self.add_with(*process, at(&rows.count, row).into(), what, vec![at(&rows.value, row)]);
            }
        }
    }

    fn socket(&self, action: i32, address: u32, port: u32) -> String {
        let action = SocketAction::try_from(action).unwrap_or_default().as_str_name();
        let action = action.trim_start_matches("SOCKET_ACTION_").to_lowercase();
        format!("{action} {}:{port}", self.text(address))
    }
}
