//! Builds a batch: tables, and columns of indices into them.
//!
//! Strings, images, containers and processes stand once per batch; a process brings its ancestors inside the
//! container along, parents first, so that a batch can be read alone. Text is cut at the wire's bound.

mod columns;
mod declared;

use crate::{container::ContainerInfo, process::Node};
use columns::Columns;
use plumbline_proto::v1::{Batch, Loss, LossReason, Processes};
use std::{collections::HashMap, sync::Arc};

/// Version of the layout.
const VERSION: u32 = 1;
/// Longest string of the wire, in bytes.
const STRING_BYTES: usize = 64 * 1024;
/// Ancestors that stand beside a process.
const ANCESTORS: usize = 32;

/// A container as a batch states it.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) info: Arc<ContainerInfo>,
    pub(crate) started_unix_ns: u64,
    pub(crate) start_missed: bool,
}

/// A batch in the making.
#[derive(Debug)]
pub(crate) struct Builder {
    batch: Batch,
    strings: HashMap<String, u32>,
    images: HashMap<String, u32>,
    containers: HashMap<(Arc<str>, u64), u32>,
    /// Rows by node; the nodes are kept so that no other can have the same address.
    rows: HashMap<*const Node, (u32, Arc<Node>)>,
    processes: Processes,
    columns: Columns,
    bytes: usize,
    events: usize,
}

impl Builder {
    pub(crate) fn new(node: &str, window_ns: u64, base_unix_ns: u64) -> Self {
        let batch =
            Batch { version: VERSION, base_unix_ns, window_ns, node: node.into(), ..Batch::default() };
        let mut builder = Self {
            batch,
            strings: HashMap::new(),
            images: HashMap::new(),
            containers: HashMap::new(),
            rows: HashMap::new(),
            processes: Processes::default(),
            columns: Columns::default(),
            bytes: 0,
            events: 0,
        };
        builder.string("");
        builder
    }

    /// Events and windows in it.
    pub(crate) fn events(&self) -> usize {
        self.events
    }

    /// Bytes of its strings, most of what it will weigh.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn string(&mut self, text: &str) -> u32 {
        let text = text.get(..text.floor_char_boundary(STRING_BYTES)).unwrap_or_default();
        if let Some(index) = self.strings.get(text) {
            return *index;
        }
        let index = self.batch.strings.len() as u32;
        self.bytes += text.len();
        self.batch.strings.push(text.to_owned().into());
        self.strings.insert(text.into(), index);
        index
    }

    fn all<'a>(&mut self, texts: impl IntoIterator<Item = &'a String>) -> Vec<u32> {
        texts.into_iter().map(|text| self.string(text)).collect()
    }

    fn row(&mut self, node: &Arc<Node>, container: u32) -> u32 {
        let chain: Vec<&Arc<Node>> =
            std::iter::successors(Some(node), |node| node.parent.as_ref()).take(ANCESTORS + 1).collect();
        let mut parent = 0;
        for node in chain.into_iter().rev() {
            let address = Arc::as_ptr(node);
            if let Some((row, _)) = self.rows.get(&address) {
                parent = row + 1;
                continue;
            }
            let program = node.program.clone();
            let arguments = self.all(&program.arguments);
            let executable = self.string(&program.executable);
            let script = self.string(&program.script);
            let table = &mut self.processes;
            let row = table.pid.len() as u32;
            table.container.push(container);
            table.pid.push(node.key.pid);
            table.start_ticks.push(node.key.start_ticks);
            table.parent.push(parent);
            table.executable.push(executable);
            table.argument_count.push(arguments.len() as u32);
            table.arguments.extend(arguments);
            table.argument_bytes.push(program.argument_bytes);
            table.uid.push(program.rights.uid);
            table.gid.push(program.rights.gid);
            table.flags.push(program.flags | node.declared());
            table.effective_uid.push(program.rights.euid);
            table.effective_gid.push(program.rights.egid);
            table.capabilities.push(program.rights.capabilities);
            table.script.push(script);
            table.inode.push(program.file.inode);
            table.device.push(program.file.device);
            table.size.push(program.file.size);
            table.modified_s.push(u64::try_from(program.file.modified_s).unwrap_or(0));
            self.rows.insert(address, (row, node.clone()));
            parent = row + 1;
        }
        parent - 1
    }

    /// Adds a loss; the container only if the batch states it anyway or it is known.
    pub(crate) fn loss(&mut self, reason: LossReason, container: Option<u32>, events: u64) {
        let container = container.map_or(0, |index| index + 1);
        self.batch.losses.push(Loss { reason: reason as i32, container, events });
    }

    /// The batch. What was held for its container can be older than the batch, so its times count from the
    /// oldest event.
    pub(crate) fn finish(mut self) -> Batch {
        self.batch.processes = Some(self.processes);
        self.columns.finish(&mut self.batch);
        self.batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        container::ImageInfo,
        process::{HostNamespaces, ProcessTable},
        raw::{Exec, ProcessKey, SocketAction},
        window::{Action, Extra, Report},
    };
    use proptest::prelude::*;

    fn described(number: usize) -> Described {
        let image = ImageInfo {
            digest: format!("sha256:{}", number % 2),
            repository: "r".into(),
            ..ImageInfo::default()
        };
        let info = ContainerInfo {
            id: number.to_string().into(),
            labels: vec![("k".into(), String::new())],
            start_command: vec!["x".into()],
            image: Arc::new(image),
            ..ContainerInfo::default()
        };
        Described { info: Arc::new(info), started_unix_ns: 1, start_missed: false }
    }

    /// A node per seed; its parent is an earlier one of the same container, or none.
    fn nodes(seeds: &[(usize, Option<usize>, String)]) -> Vec<(usize, Arc<Node>)> {
        let mut table = ProcessTable::new(HostNamespaces { mount: 1, net: 1 }, false);
        let mut nodes: Vec<(usize, Arc<Node>)> = Vec::new();
        for (pid, (container, parent, text)) in seeds.iter().enumerate() {
            let key = |pid: usize| ProcessKey { pid: pid as u32 + 1, start_ticks: pid as u64 };
            let parent = parent.filter(|parent| nodes.get(*parent).is_some_and(|(of, _)| of == container));
            let mut exec = Exec {
                process: key(pid),
                parent: parent.map_or(key(usize::MAX >> 40), key),
                executable: text.clone(),
                arguments: vec![text.clone(), String::new()],
                ..Exec::default()
            };
            exec.identity.mount_ns = 2;
            let (node, _) = table.exec(exec, || Some(container.to_string().into())).unwrap();
            nodes.push((*container, node));
        }
        nodes
    }

    proptest! {
        #[test]
        fn any_reports_give_a_batch_that_can_be_read_alone(
            seeds in proptest::collection::vec((0..3_usize, proptest::option::of(0..20_usize), ".{0,8}"), 1..40),
            reports in proptest::collection::vec((0..40_usize, any::<bool>(), 0..5_u64), 0..60),
        ) {
            let nodes = nodes(&seeds);
            let mut builder = Builder::new("n", 1, 3);
            for (which, exec, time) in &reports {
                let (container, node) = &nodes[which % nodes.len()];
                let action = if *exec {
                    Action::Exec
                } else {
                    Action::Socket { action: SocketAction::Connect, address: [10, 0, 0, 1].into(), port: 1, name: None }
                };
                let event = Report::Event { node: node.clone(), action, extra: Extra::None, time_unix_ns: *time, count: 1 };
                builder.report(&described(*container), &event);
                builder.report(&described(*container), &Report::Window { window: *time, lossy: false });
            }
            let batch = builder.finish();
            let (strings, rows) = (batch.strings.len() as u32, batch.processes.clone().unwrap());
            let count = rows.pid.len();
            for length in [rows.container.len(), rows.start_ticks.len(), rows.parent.len(), rows.executable.len(), rows.flags.len()] {
                prop_assert_eq!(length, count);
            }
            prop_assert_eq!(rows.argument_count.iter().sum::<u32>() as usize, rows.arguments.len());
            prop_assert!(rows.executable.iter().chain(&rows.arguments).all(|index| *index < strings));
            prop_assert!(rows.container.iter().all(|index| (*index as usize) < batch.containers.len()));
            for (row, parent) in rows.parent.iter().enumerate() {
                prop_assert!(*parent as usize <= row, "a parent must stand before its child");
                if let Some(parent) = parent.checked_sub(1) {
                    prop_assert_eq!(rows.container[parent as usize], rows.container[row]);
                }
            }
            prop_assert!(batch.containers.iter().all(|container| (container.image as usize) < batch.images.len()));
            let times = batch.execs.iter().flat_map(|e| &e.time_ns).chain(batch.sockets.iter().flat_map(|s| &s.time_ns));
            let mut times: Vec<u64> = times.map(|time| batch.base_unix_ns + time).collect();
            let mut reported: Vec<u64> = reports.iter().map(|(.., time)| *time).collect();
            times.sort_unstable();
            reported.sort_unstable();
            prop_assert_eq!(times, reported, "an event keeps its time, however long it was held");
            let executed = batch.execs.unwrap().process.len() + batch.sockets.unwrap().process.len();
            prop_assert_eq!(executed, reports.len());
        }
    }
}
