//! The one border between the wire and the model.
//!
//! Bytes become a [`Checked`] batch or a [`Refusal`]; a checked batch shows itself to the model as a
//! [`Batch`](event::Batch) that borrows from it; what the model found becomes messages again. Everything
//! collectors send was written by possibly hostile containers, so nothing reaches the model unchecked:
//! every promise of events.proto is kept by [`check`], and [`Checked::view`] leans on it.
//!
//! Not here: what a batch may look like (`wire/check.rs`, which knows no model), and where batches come from.

mod check;
mod enforced;
mod evidence;
mod facts;
mod out;
mod own;
mod refusal;
mod shown;
mod starts;
mod told;

use bytes::Bytes;
use bytestring::ByteString;
use plumbline_model::event::{self, Action};
use plumbline_proto::v1;
use prost::Message;
use sha2::{Digest, Sha256};

use own::Own;
use shown::Shown;

pub(crate) use check::{MAX_FRAME_BYTES, node as check_node};
pub(crate) use out::{alert, decision, image_feedback, image_status, known};
pub(crate) use refusal::Refusal;
pub(crate) use starts::Starts;
pub(crate) use told::Told;

/// Shards of the lineages. Part of the stored format: changing it moves lineages between shards whose marks
/// differ, so it would need a migration.
pub(crate) const SHARDS: usize = 16;

/// A batch in which every index, length and value has been checked.
#[derive(Debug)]
pub struct Checked {
    /// Without its strings.
    batch: v1::Batch,
    strings: Vec<ByteString>,
    /// Of each image, the shard that owns it.
    owners: Vec<usize>,
}

/// Decodes a batch and checks every promise of events.proto.
pub(crate) fn check(bytes: Bytes) -> Result<Checked, Refusal> {
    check::frame(&bytes)?;
    let mut batch = v1::Batch::decode(bytes).map_err(Refusal::undecodable)?;
    let strings = check::batch(&mut batch)?;
    Ok(Checked::new(batch, strings))
}

/// Shard of an image, by its lineage.
pub(crate) fn shard_of(lineage: &str) -> usize {
    let digest: [u8; 32] = Sha256::digest(lineage.as_bytes()).into();
    let [.., last] = digest;
    usize::from(last) % SHARDS // 16 divides 256: the last byte decides sha256(lineage) % 16
}

impl Checked {
    fn new(batch: v1::Batch, strings: Vec<ByteString>) -> Self {
        let mut checked = Self { batch, strings, owners: Vec::new() };
        let owner = |image| shard_of(checked.lineage(image));
        checked.owners = checked.batch.images.iter().map(owner).collect();
        checked
    }

    /// Shards that own an image of the batch, as a bit set.
    pub(crate) fn shards(&self) -> u16 {
        self.owners.iter().fold(0, |set, owner| set | 1 << owner)
    }

    /// Lineages of its images that a shard owns; one may come more than once.
    pub(crate) fn lineages_of(&self, shard: usize) -> impl Iterator<Item = &str> {
        let images = self.batch.images.iter().zip(&self.owners).filter(move |(_, owner)| **owner == shard);
        images.map(|(image, _)| self.lineage(image))
    }

    /// Digests of its images.
    pub(crate) fn image_digests(&self) -> impl Iterator<Item = &str> {
        self.batch.images.iter().map(|image| self.string(image.digest))
    }

    /// Ids of its containers.
    pub(crate) fn container_ids(&self) -> impl Iterator<Item = &str> {
        self.batch.containers.iter().map(|container| self.string(container.id))
    }

    /// When the batch begins, nanoseconds since the Unix epoch.
    pub(crate) fn base_unix_ns(&self) -> u64 {
        self.batch.base_unix_ns
    }

    /// The node that it is of.
    pub(crate) fn node(&self) -> &str {
        &self.batch.node
    }

    /// Events the batch stands for by their kind, repeats counted.
    pub(crate) fn events(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let batch = &self.batch;
        let sum =
            |counts: Option<&Vec<u32>>| counts.into_iter().flatten().map(|&count| u64::from(count)).sum();
        [
            ("exec", sum(batch.execs.as_ref().map(|rows| &rows.count))),
            ("fork", sum(batch.forks.as_ref().map(|rows| &rows.count))),
            ("exit", sum(batch.exits.as_ref().map(|rows| &rows.count))),
            ("socket", sum(batch.sockets.as_ref().map(|rows| &rows.count))),
            ("credentials", sum(batch.credentials.as_ref().map(|rows| &rows.count))),
            ("call", sum(batch.calls.as_ref().map(|rows| &rows.count))),
            ("dns", sum(batch.dns.as_ref().map(|rows| &rows.count))),
        ]
        .into_iter()
    }

    /// What was lost on the way to this batch.
    pub(crate) fn losses(&self) -> impl Iterator<Item = (v1::LossReason, u64)> {
        self.batch.losses.iter().map(|loss| (loss.reason(), loss.events))
    }

    /// The batch as the model reads it: events in the order of their time, execs before others where that is
    /// equal. Of flows and answers of DNS it sees what failed; forks, exits and digests are checked and counted, but not
    /// judged.
    pub fn view(&self) -> event::Batch<'_> {
        self.view_where(|_| true).0
    }

    /// The same, as a shard sees it: without what is of others' images, but for how late that was. Also the row in the batch
    /// of each process that it sees.
    pub(crate) fn view_of(&self, shard: usize) -> (event::Batch<'_>, Vec<usize>) {
        self.view_where(|image| self.owners.get(image) == Some(&shard))
    }

    /// As somebody sees it who is shown some of the images, by their rows.
    fn view_where(&self, is_shown: impl Fn(usize) -> bool) -> (event::Batch<'_>, Vec<usize>) {
        let batch = &self.batch;
        let images = Shown::of((0..batch.images.len()).map(is_shown));
        let containers = Shown::of(batch.containers.iter().map(|own| images.place(own.image).is_some()));
        let processes = self.processes_shown(&containers);
        let (events, left_out_unix_ns) = self.event_list(&processes);
        let (windows, windows_left_out_unix_ns) = self.windows(&containers);
        let view = event::Batch {
            node: &batch.node,
            source: batch.source.as_ref().map_or_else(Default::default, source),
            window_ns: batch.window_ns,
            images: images.of_table(&batch.images).map(|image| self.image(image)).collect(),
            containers: containers
                .of_table(&batch.containers)
                .map(|own| self.container(own, &images))
                .collect(),
            processes: self.processes(&containers, &processes),
            events,
            left_out_unix_ns: left_out_unix_ns.max(windows_left_out_unix_ns),
            windows,
            losses: self.losses_shown(&containers),
        };
        (view, processes.into_rows())
    }

    /// Processes that are shown with those containers: theirs, and what these were before.
    fn processes_shown(&self, containers: &Shown) -> Shown {
        let rows = self.batch.processes.iter().flat_map(|processes| &processes.container);
        let mut shown: Vec<bool> = rows.map(|&container| containers.place(container).is_some()).collect();
        for (&process, &before) in
            self.batch.credentials.iter().flat_map(|rows| rows.process.iter().zip(&rows.before))
        {
            if at(&shown, process as usize)
                && let Some(before) = shown.get_mut(before as usize)
            {
                *before = true;
            }
        }
        Shown::of(shown.into_iter())
    }

    fn lineage(&self, image: &v1::Image) -> &str {
        match self.string(image.repository) {
            "" => self.string(image.digest),
            repository => repository,
        }
    }

    fn image(&self, image: &v1::Image) -> event::Image<'_> {
        event::Image {
            digest: self.string(image.digest),
            repository: self.string(image.repository),
            tag: self.string(image.tag),
            layers: self.words(&image.layers),
            entrypoint: self.words(&image.entrypoint),
            command: self.words(&image.command),
            ports: self.words(&image.ports),
            user: self.string(image.user),
            health_check: image
                .healthcheck
                .as_ref()
                .map_or_else(Vec::new, |probe| self.words(&probe.command)),
            starts: Vec::new(), // no collector reads scripts
        }
    }

    fn container(&self, container: &v1::Container, images: &Shown) -> event::Container<'_> {
        let confinement = container.confinement.as_ref();
        event::Container {
            id: self.string(container.id),
            image: images.place(container.image).unwrap_or_default(), // it is shown
            name: self.string(container.name),
            namespace: container.pod.as_ref().map_or("", |pod| self.string(pod.namespace)),
            started_unix_ns: container.started_unix_ns,
            start_missed: container.start_missed,
            ports: self.words(&container.ports),
            user: confinement.map_or("", |confinement| self.string(confinement.user)),
            privileged: confinement.is_some_and(|confinement| confinement.privileged || confinement.host_pid),
            read_only_root: confinement.is_some_and(|confinement| confinement.read_only_root),
        }
    }

    fn processes(&self, containers: &Shown, shown: &Shown) -> Vec<event::Process<'_>> {
        let Some(processes) = &self.batch.processes else { return Vec::new() };
        let mut rows = Vec::with_capacity(shown.rows().len());
        let (mut arguments, mut next) = (processes.arguments.as_slice(), 0);
        for &row in shown.rows() {
            let counts = processes.argument_count.get(next..row).unwrap_or_default();
            let skipped = counts.iter().map(|&count| count as usize).sum();
            let count = at(&processes.argument_count, row) as usize;
            let (own, rest) =
                arguments.get(skipped..).and_then(|rest| rest.split_at_checked(count)).unwrap_or_default();
            (arguments, next) = (rest, row + 1);
            let parent = at(&processes.parent, row).checked_sub(1);
            rows.push(event::Process {
                // What a process was before can be of a container that is not shown.
                container: containers.place(at(&processes.container, row)).unwrap_or(containers.rows().len()),
                pid: at(&processes.pid, row),
                start_ticks: at(&processes.start_ticks, row),
                parent: parent.and_then(|parent| shown.place(parent)),
                executable: self.string(at(&processes.executable, row)),
                arguments: self.words(own),
                uid: at(&processes.uid, row),
                gid: at(&processes.gid, row),
                effective_uid: at(&processes.effective_uid, row),
                capabilities: at(&processes.capabilities, row),
                flags: event::ProcessFlags(at(&processes.flags, row)),
            });
        }
        rows
    }

    /// Events of shown processes, execs before what they did at the same time, and when the last of others was.
    fn event_list(&self, shown: &Shown) -> (Vec<event::Event<'_>>, u64) {
        let batch = &self.batch;
        let mut own = Own::new(batch.base_unix_ns, shown);
        if let Some(rows) = &batch.execs {
            own.take(&rows.process, &rows.time_ns, &rows.count, |_| true, |_| Some(Action::Exec));
        }
        if let Some(rows) = &batch.sockets {
            own.take(&rows.process, &rows.time_ns, &rows.count, |_| true, |row| self.action(rows, row));
        }
        if let Some(rows) = &batch.credentials {
            let action =
                |row| shown.place(at(&rows.before, row)).map(|before| Action::Credentials { before });
            own.take(&rows.process, &rows.time_ns, &rows.count, |_| true, action);
        }
        if let Some(rows) = &batch.calls {
            let action = |row| self.call(rows, row).map(Action::Call);
            own.take(&rows.process, &rows.time_ns, &rows.count, |_| true, action);
        }
        if let Some(rows) = &batch.dns {
            let is_question = |row| at(&rows.answer, row) == 0;
            let action = |row| Some(Action::Resolve { name: self.string(at(&rows.name, row)) });
            own.take(&rows.process, &rows.time_ns, &rows.count, is_question, action);
        }
        if let Some(rows) = &batch.flows {
            let has_failed = |row| at(&rows.failed, row) > 0;
            let action = |_| Some(Action::Failed(event::Attempt::Connect));
            own.take(&rows.process, &rows.time_ns, &rows.failed, has_failed, action);
        }
        if let Some(rows) = &batch.dns {
            let has_failed = |row| at(&rows.answer, row) != 0 && at(&rows.rcode, row) != 0;
            let action = |_| Some(Action::Failed(event::Attempt::Resolve));
            own.take(&rows.process, &rows.time_ns, &rows.count, has_failed, action);
        }
        own.sorted()
    }

    /// Windows of those containers, and when the last of others was.
    fn windows(&self, containers: &Shown) -> (Vec<event::ClosedWindow>, u64) {
        let (mut own, mut left_out_unix_ns) = (Vec::new(), 0);
        let Some(rows) = &self.batch.windows else { return (own, left_out_unix_ns) };
        for (row, (&container, &window)) in rows.container.iter().zip(&rows.window).enumerate() {
            match containers.place(container) {
                Some(container) => {
                    own.push(event::ClosedWindow { container, window, lossy: at(&rows.lossy, row) != 0 });
                }
                None => left_out_unix_ns = left_out_unix_ns.max(window.saturating_mul(self.batch.window_ns)),
            }
        }
        (own, left_out_unix_ns)
    }

    /// What was lost of those containers, or of nobody knows whom.
    fn losses_shown(&self, containers: &Shown) -> Vec<event::Loss> {
        let loss = |loss: &v1::Loss| {
            let container = match loss.container.checked_sub(1) {
                None => None,
                Some(container) => Some(containers.place(container)?),
            };
            Some(event::Loss { container, events: loss.events })
        };
        self.batch.losses.iter().filter_map(loss).collect()
    }

    /// What a row of sockets says; `None` for no row that was checked.
    fn action(&self, sockets: &v1::Sockets, row: usize) -> Option<Action<'_>> {
        let address = self.string(at(&sockets.address, row));
        let name = self.string(at(&sockets.name, row));
        let port = u16::try_from(at(&sockets.port, row)).ok()?;
        match v1::SocketAction::try_from(at(&sockets.action, row)).ok()? {
            v1::SocketAction::Unspecified => None,
            v1::SocketAction::Listen => Some(Action::Listen { address, port }),
            v1::SocketAction::Connect => Some(Action::Connect { address, port, name }),
            v1::SocketAction::Accept => Some(Action::Accept { address, port }),
            v1::SocketAction::Send => Some(Action::Send { address, port, name }),
            v1::SocketAction::Receive => Some(Action::Receive { address, port }),
        }
    }

    fn call(&self, rows: &v1::Calls, row: usize) -> Option<event::Call<'_>> {
        let kind = match v1::CallKind::try_from(at(&rows.kind, row)).ok()? {
            v1::CallKind::Unspecified => return None,
            v1::CallKind::ExecFailed => event::CallKind::ExecFailed,
            v1::CallKind::Ptrace => event::CallKind::Ptrace,
            v1::CallKind::Memfd => event::CallKind::Memfd,
            v1::CallKind::Setns => event::CallKind::Setns,
            v1::CallKind::Unshare => event::CallKind::Unshare,
            v1::CallKind::Mount => event::CallKind::Mount,
            v1::CallKind::Module => event::CallKind::Module,
            v1::CallKind::Bpf => event::CallKind::Bpf,
            v1::CallKind::MadeExecutable => event::CallKind::MadeExecutable,
            v1::CallKind::UnixConnect => event::CallKind::UnixConnect,
        };
        Some(event::Call {
            kind,
            error: at(&rows.error, row),
            subject: self.string(at(&rows.subject, row)),
            detail: self.string(at(&rows.detail, row)),
        })
    }

    /// An entry of the string table; every index was checked to be in range.
    fn string(&self, index: u32) -> &str {
        self.strings.get(index as usize).map_or("", |entry| entry)
    }

    fn words(&self, indices: &[u32]) -> Vec<&str> {
        indices.iter().map(|&index| self.string(index)).collect()
    }
}

fn source(source: &v1::Source) -> event::Source<'_> {
    // Aspects were checked to be known, and all of them are below 32.
    let untold = source.untold.iter().fold(0, |bits, aspect| bits | 1_u32 << (aspect & 31));
    event::Source { name: &source.name, untold: event::Untold(untold) }
}

/// A value of a column; columns were checked to be of equal length.
fn at<T: Copy + Default>(column: &[T], row: usize) -> T {
    column.get(row).copied().unwrap_or_default()
}

/// An optional index, as the wire writes it: 1 + the index, or 0 for none.
fn one_based(index: u32) -> Option<usize> {
    (index as usize).checked_sub(1)
}

#[cfg(test)]
mod tests;
