//! The process table: who started whom, what runs in which container, and how it came to be there.
//!
//! Lineage comes from fork records, so a parent that ends, or hands its children to another, changes nothing.
//! A process belongs to a container because its creator does; only where the creator is outside is the control
//! group asked. Such a process is a root: the container's first process, or one the runtime put in. While a
//! root still has the mount namespace of its creator it is the runtime at work (runc and its memfd copy, or any
//! other runtime): that is lineage, not a name, and a process below a container can never have it.
//! A process that ends leaves the table at once; what it started keeps a link to what it was ([`Node`]).
//! Not here: what a container is (`docker.rs`), and when its windows close (`window.rs`).

use crate::{
    cgroup,
    raw::{Exec, ProcessKey},
};
use std::{collections::HashMap, sync::Arc};

/// Ancestors kept at least; beyond twice as many the middle ones are left out.
const ANCESTORS: usize = 32;
/// Control groups remembered; at the bound all are forgotten and asked of /proc again.
const CGROUPS: usize = 65_536;

/// What a process runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Program {
    pub(crate) executable: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) argument_bytes: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// `ProcessFlag` bits of the wire.
    pub(crate) flags: u32,
}

impl Program {
    /// About how many bytes of memory it takes.
    pub(crate) fn weight(&self) -> usize {
        self.executable.len()
            + self.arguments.iter().map(|argument| argument.len() + size_of::<String>()).sum::<usize>()
    }
}

/// A process while it runs one program, and what started it; never changes.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) key: ProcessKey,
    pub(crate) container: Arc<str>,
    pub(crate) program: Arc<Program>,
    /// `None` for a root.
    pub(crate) parent: Option<Arc<Node>>,
    depth: usize,
}

#[derive(Debug, Default)]
struct Process {
    mount_ns: u32,
    node: Option<Arc<Node>>,
}

/// How a root came into its container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Init,
    Session,
}

/// The table.
#[derive(Debug)]
pub(crate) struct ProcessTable {
    processes: HashMap<ProcessKey, Process>,
    cgroups: HashMap<u64, Option<Arc<str>>>,
    host_mount_ns: u32,
    /// Processes alive in each container.
    alive: HashMap<Arc<str>, usize>,
}

impl ProcessTable {
    pub(crate) fn new(host_mount_ns: u32) -> Self {
        Self { processes: HashMap::new(), cgroups: HashMap::new(), host_mount_ns, alive: HashMap::new() }
    }

    pub(crate) fn cgroup(&mut self, cgroup: u64, names: &[String]) {
        if self.cgroups.len() >= CGROUPS {
            self.cgroups.clear();
        }
        let id = cgroup::id_in_names(names.iter().map(String::as_str)).map(Arc::from);
        self.cgroups.insert(cgroup, id);
    }

    /// The container a control group belongs to; `Err` if its names were never told.
    pub(crate) fn container_of(&self, cgroup: u64) -> Result<Option<Arc<str>>, UnknownCgroup> {
        self.cgroups.get(&cgroup).cloned().ok_or(UnknownCgroup)
    }

    pub(crate) fn alive_in(&self, container: &str) -> usize {
        self.alive.get(container).copied().unwrap_or(0)
    }

    pub(crate) fn knows(&self, key: ProcessKey) -> bool {
        self.processes.contains_key(&key)
    }

    /// What a process runs now, if it runs in a container.
    pub(crate) fn node(&self, key: ProcessKey) -> Option<&Arc<Node>> {
        self.processes.get(&key)?.node.as_ref()
    }

    pub(crate) fn fork(&mut self, child: ProcessKey, parent: ProcessKey, mount_ns: u32) {
        let node =
            self.node(parent).cloned().map(|parent| self.child_of(child, parent.program.clone(), parent));
        self.insert(child, Process { mount_ns, node });
    }

    /// A process started a program. Gives what it is now, if that is in a container.
    /// `container` is asked only for a root.
    pub(crate) fn exec(
        &mut self,
        exec: &Exec,
        flags: u32,
        container: impl FnOnce() -> Option<Arc<str>>,
    ) -> Option<Arc<Node>> {
        let program = |flags| {
            Arc::new(Program {
                executable: exec.executable.clone(),
                arguments: exec.arguments.clone(),
                argument_bytes: exec.argument_bytes,
                uid: exec.uid,
                gid: exec.gid,
                flags,
            })
        };
        let known = self.processes.get(&exec.process);
        let inside = match known {
            Some(process) => process
                .node
                .as_ref()
                .map(|node| (node.parent.clone(), node.program.flags, node.container.clone())),
            None => self
                .node(exec.parent)
                .map(|parent| (Some(parent.clone()), parent.program.flags, parent.container.clone())),
        };
        let node = if let Some((parent, inherited, container)) = inside {
            let program = program(flags | family_of(inherited));
            Some(match parent {
                Some(parent) => self.child_of(exec.process, program, parent),
                None => Arc::new(Node { key: exec.process, container, program, parent: None, depth: 0 }),
            })
        } else if self.is_runtime_at_work(exec) {
            None
        } else {
            container().map(|container| {
                let family = self.family(&container, exec.namespace_pid);
                let program = program(flags | family.flag());
                Arc::new(Node { key: exec.process, container, program, parent: None, depth: 0 })
            })
        };
        self.insert(exec.process, Process { mount_ns: exec.mount_ns, node: node.clone() });
        node
    }

    /// A process found in /proc. Parents must come before their children.
    pub(crate) fn prime(&mut self, found: Primed) -> Option<Arc<Node>> {
        let node = match found.parent.and_then(|parent| self.node(parent)).cloned() {
            Some(parent) => {
                let mut program = found.program;
                program.flags |= family_of(parent.program.flags);
                Some(self.child_of(found.key, Arc::new(program), parent))
            }
            None => found.container.filter(|_| found.mount_ns != self.host_mount_ns).map(|container| {
                let family = self.family(&container, found.namespace_pid);
                let mut program = found.program;
                program.flags |= family.flag();
                Arc::new(Node {
                    key: found.key,
                    container,
                    program: Arc::new(program),
                    parent: None,
                    depth: 0,
                })
            }),
        };
        self.insert(found.key, Process { mount_ns: found.mount_ns, node: node.clone() });
        node
    }

    /// A process ended. Gives its container if it was the last one there.
    pub(crate) fn exit(&mut self, key: ProcessKey) -> Option<Arc<str>> {
        let node = self.processes.remove(&key)?.node?;
        let alive = self.alive.get_mut(&node.container)?;
        *alive -= 1;
        if *alive > 0 {
            return None;
        }
        self.alive.remove(&node.container);
        Some(node.container.clone())
    }

    /// Takes out what has ended unseen, when records of exits may have been lost. Gives containers that are
    /// empty now.
    pub(crate) fn sweep(&mut self, is_alive: impl Fn(ProcessKey) -> bool) -> Vec<Arc<str>> {
        let gone: Vec<ProcessKey> = self.processes.keys().copied().filter(|key| !is_alive(*key)).collect();
        gone.into_iter().filter_map(|key| self.exit(key)).collect()
    }

    fn insert(&mut self, key: ProcessKey, process: Process) {
        if let Some(node) = &process.node {
            *self.alive.entry(node.container.clone()).or_default() += 1;
        }
        if let Some(node) = self.processes.insert(key, process).and_then(|before| before.node)
            && let Some(alive) = self.alive.get_mut(&node.container)
        {
            *alive -= 1;
        }
    }

    fn child_of(&self, key: ProcessKey, program: Arc<Program>, parent: Arc<Node>) -> Arc<Node> {
        let container = parent.container.clone();
        let mut parent = parent;
        if parent.depth >= 2 * ANCESTORS {
            // A chain of forks without end: link to an elder instead, so that it can't grow for ever.
            while let Some(elder) = parent.parent.clone().filter(|_| parent.depth >= ANCESTORS) {
                parent = elder;
            }
        }
        let depth = parent.depth + 1;
        Arc::new(Node { key, container, program, parent: Some(parent), depth })
    }

    fn is_runtime_at_work(&self, exec: &Exec) -> bool {
        let creator = self.processes.get(&exec.parent).map(|parent| parent.mount_ns);
        exec.mount_ns == self.host_mount_ns || creator == Some(exec.mount_ns)
    }

    /// A root with pid 1 of its namespace, or the first in its container, is the container's first process.
    fn family(&self, container: &str, namespace_pid: u32) -> Family {
        if namespace_pid == 1 || self.alive_in(container) == 0 { Family::Init } else { Family::Session }
    }
}

/// The names of a control group were never told, or are forgotten.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownCgroup;

/// A process as /proc shows it.
#[derive(Debug)]
pub(crate) struct Primed {
    pub(crate) key: ProcessKey,
    pub(crate) parent: Option<ProcessKey>,
    pub(crate) container: Option<Arc<str>>,
    pub(crate) mount_ns: u32,
    pub(crate) namespace_pid: u32,
    pub(crate) program: Program,
}

impl Family {
    fn flag(self) -> u32 {
        use plumbline_proto::v1::ProcessFlag;
        match self {
            Self::Init => ProcessFlag::InitFamily as u32,
            Self::Session => ProcessFlag::ExecSession as u32,
        }
    }
}

fn family_of(flags: u32) -> u32 {
    flags & (Family::Init.flag() | Family::Session.flag())
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumbline_proto::v1::ProcessFlag;

    const HOST_NS: u32 = 1;
    const CONTAINER_NS: u32 = 2;

    fn key(pid: u32) -> ProcessKey {
        ProcessKey { pid, start_ticks: u64::from(pid) }
    }

    fn exec(pid: u32, parent: u32, mount_ns: u32, namespace_pid: u32, path: &str) -> Exec {
        Exec {
            process: key(pid),
            parent: key(parent),
            cgroup: 7,
            mount_ns,
            namespace_pid,
            uid: 0,
            gid: 0,
            executable: path.into(),
            arguments: vec![path.into()],
            argument_bytes: 2,
            upper_layer: false,
            memfd: false,
            deleted: false,
            terminal: false,
            socket_stdio: false,
            arguments_truncated: false,
            arguments_unread: false,
        }
    }

    fn in_container() -> Option<Arc<str>> {
        Some("c".into())
    }

    /// A container whose first process, 10, was started by a runtime, 2.
    fn table() -> ProcessTable {
        let mut table = ProcessTable::new(HOST_NS);
        table.fork(key(2), key(1), HOST_NS);
        table.exec(&exec(2, 1, HOST_NS, 2, "/usr/bin/runtime"), 0, || None);
        table.fork(key(10), key(2), HOST_NS);
        assert!(table.exec(&exec(10, 2, HOST_NS, 10, "memfd:copy"), 0, in_container).is_none());
        let init = table.exec(&exec(10, 2, CONTAINER_NS, 1, "/bin/web"), 0, in_container).unwrap();
        assert_eq!(init.program.flags, ProcessFlag::InitFamily as u32);
        table
    }

    #[test]
    fn the_runtime_is_not_the_container_until_its_mount_namespace_is() {
        assert_eq!(table().alive_in("c"), 1);
    }

    #[test]
    fn what_the_runtime_adds_to_a_running_container_is_a_session_and_so_are_its_children() {
        let mut table = table();
        table.fork(key(20), key(2), HOST_NS);
        let shell = table.exec(&exec(20, 2, CONTAINER_NS, 20, "/bin/sh"), 0, in_container).unwrap();
        assert_eq!(shell.program.flags, ProcessFlag::ExecSession as u32);
        table.fork(key(21), key(20), CONTAINER_NS);
        let tool = table.exec(&exec(21, 20, CONTAINER_NS, 21, "/bin/ls"), 0, || None).unwrap();
        assert_eq!(tool.program.flags, ProcessFlag::ExecSession as u32);
        assert_eq!(tool.parent.as_ref().unwrap().program.executable, "/bin/sh");
    }

    #[test]
    fn a_process_of_a_container_stays_one_in_the_host_s_mount_namespace_and_in_any_group() {
        let mut table = table();
        table.fork(key(11), key(10), CONTAINER_NS);
        let escaped = table.exec(&exec(11, 10, HOST_NS, 11, "/bin/sh"), 0, || None).unwrap();
        assert_eq!(&*escaped.container, "c");
    }

    #[test]
    fn a_parent_that_ended_is_still_the_parent() {
        let mut table = table();
        table.fork(key(11), key(10), CONTAINER_NS);
        table.exec(&exec(11, 10, CONTAINER_NS, 11, "/bin/sh"), 0, || None);
        table.fork(key(12), key(11), CONTAINER_NS);
        table.exit(key(11));
        let orphan = table.exec(&exec(12, 1, CONTAINER_NS, 12, "/bin/tool"), 0, || None).unwrap();
        assert_eq!(orphan.parent.as_ref().unwrap().program.executable, "/bin/sh");
    }

    #[test]
    fn a_pid_used_again_is_another_process() {
        let mut table = table();
        let again = ProcessKey { pid: 10, start_ticks: 999 };
        assert!(!table.knows(again));
        table.fork(again, key(1), HOST_NS);
        assert!(table.node(again).is_none() && table.node(key(10)).is_some());
    }

    #[test]
    fn the_last_one_out_ends_the_container_and_the_next_first_process_begins_it_anew() {
        let mut table = table();
        table.fork(key(11), key(10), CONTAINER_NS);
        assert_eq!(table.exit(key(10)), None);
        assert_eq!(table.exit(key(11)).as_deref(), Some("c"));
        assert_eq!((table.alive_in("c"), table.processes.len()), (0, 1));
        table.fork(key(30), key(2), HOST_NS);
        // Without a pid namespace of its own, the first process of a container is not number 1.
        let init = table.exec(&exec(30, 2, CONTAINER_NS, 30, "/bin/web"), 0, in_container).unwrap();
        assert_eq!(init.program.flags, ProcessFlag::InitFamily as u32);
    }

    #[test]
    fn what_ended_unseen_is_swept_out() {
        let mut table = table();
        table.fork(key(11), key(10), CONTAINER_NS);
        assert!(table.sweep(|process| process == key(11)).is_empty());
        assert_eq!(table.sweep(|_| false), [Arc::from("c")]);
        assert_eq!((table.alive_in("c"), table.processes.len()), (0, 0));
    }

    #[test]
    fn a_chain_of_forks_without_end_stays_short() {
        let mut table = table();
        for pid in 100..5000 {
            let parent = if pid == 100 { 10 } else { pid - 1 };
            table.fork(key(pid), key(parent), CONTAINER_NS);
            table.exit(key(parent));
        }
        let last = table.node(key(4999)).unwrap();
        assert!(std::iter::successors(Some(last), |node| node.parent.as_ref()).count() <= 2 * ANCESTORS + 1);
    }
}
