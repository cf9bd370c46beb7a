//! The process table: who started whom, what runs in which container, and how it came to be there.
//!
//! Lineage comes from fork records, so a parent that ends, or hands its children to another, changes nothing.
//! A process belongs to a container because its creator does; only where the creator is outside is the control
//! group asked. Such a process is a root: the container's first process, or one the runtime put in. While a
//! root still has the mount namespace of its creator it is the runtime at work (runc and its memfd copy, or any
//! other runtime): that is lineage, not a name, and a process below a container can never have it.
//! A process that ends leaves the table at once; what it started keeps a link to what it was ([`Node`]).
//! Not here: what a container is (`docker.rs`), and when its windows close (`window.rs`).

mod program;

pub(crate) use program::{Memo, Program, Rights};

use crate::{
    cgroup,
    raw::{Exec, Identity, ProcessKey},
};
use plumbline_proto::v1::ProcessFlag;
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// Ancestors kept at least; beyond twice as many the middle ones are left out.
const ANCESTORS: usize = 32;
/// Control groups remembered, as many as the kernel side knows to have told; at the bound all are forgotten and asked of
/// /proc again.
const CGROUPS: usize = 16_384;

/// Namespaces of the host, by their inode numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HostNamespaces {
    pub(crate) mount: u32,
    pub(crate) net: u32,
}

/// A process that is something else now than it was.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) before: Arc<Node>,
    pub(crate) now: Arc<Node>,
}

/// What the runtime put into a container: where a lineage begins.
#[derive(Debug)]
pub(crate) struct Root {
    /// The program it was put in with. One that it became later is not the runtime's doing.
    pub(crate) program: Arc<Program>,
    /// `ProcessFlag::Probe` or `Hook` once it is known to be declared; until then 0.
    declared: AtomicU32,
}

impl Root {
    /// It was declared: so is everything that descends from it, wherever that is remembered.
    pub(crate) fn declare(&self, flag: ProcessFlag) {
        self.declared.store(flag as u32, Ordering::Relaxed);
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
    pub(crate) root: Arc<Root>,
    depth: usize,
}

impl Node {
    /// Where a lineage begins.
    pub(crate) fn first(key: ProcessKey, container: Arc<str>, program: Arc<Program>) -> Arc<Self> {
        let root = Arc::new(Root { program: program.clone(), declared: AtomicU32::new(0) });
        Arc::new(Self { key, container, program, parent: None, root, depth: 0 })
    }

    /// The program of the session it belongs to; none for a descendant of the container's first process.
    pub(crate) fn session(&self) -> Option<&Arc<Program>> {
        let program = &self.root.program;
        (program.flags & Family::Session.flag() != 0).then_some(program)
    }

    /// `ProcessFlag` bits that tell what its lineage was declared as.
    pub(crate) fn declared(&self) -> u32 {
        self.root.declared.load(Ordering::Relaxed)
    }
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

/// Stands for a container's id where the processes outside containers are watched, too.
pub(crate) const HOST: &str = "host";

/// The table.
#[derive(Debug)]
pub(crate) struct ProcessTable {
    /// Processes outside containers have nodes as well, in [`HOST`].
    with_host: bool,
    processes: HashMap<ProcessKey, Process>,
    cgroups: HashMap<u64, Option<Arc<str>>>,
    host: HostNamespaces,
    alive: HashMap<Arc<str>, Alive>,
}

/// What runs in a container.
#[derive(Debug)]
struct Alive {
    processes: usize,
    /// The first of them, which mostly stays to the end.
    first: u32,
    /// Of that one, when it began.
    mount_ns: u32,
}

impl ProcessTable {
    pub(crate) fn new(host: HostNamespaces, with_host: bool) -> Self {
        Self { with_host, processes: HashMap::new(), cgroups: HashMap::new(), host, alive: HashMap::new() }
    }

    /// Processes in it, those outside containers too.
    pub(crate) fn len(&self) -> usize {
        self.processes.len()
    }

    pub(crate) fn cgroup(&mut self, cgroup: u64, names: &[String]) {
        if self.cgroups.len() >= CGROUPS {
            // The kernel side tells no name twice, so those stay that may be asked for.
            let alive = &self.alive;
            self.cgroups.retain(|_, id| id.as_ref().is_none_or(|id| alive.contains_key(id)));
        }
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
        self.alive.get(container).map_or(0, |alive| alive.processes)
    }

    /// Pid of the first process of a container, which may have ended since.
    pub(crate) fn first_in(&self, container: &str) -> Option<u32> {
        self.alive.get(container).map(|alive| alive.first)
    }

    pub(crate) fn knows(&self, key: ProcessKey) -> bool {
        self.processes.contains_key(&key)
    }

    /// What a process runs now, if it runs in a container.
    pub(crate) fn node(&self, key: ProcessKey) -> Option<&Arc<Node>> {
        self.processes.get(&key)?.node.as_ref()
    }

    /// `mount_ns` is 0 where it is the parent's. Of a parent that nobody knows nothing is known of the child.
    pub(crate) fn fork(&mut self, child: ProcessKey, parent: ProcessKey, mount_ns: u32) {
        if !self.knows(parent) {
            return;
        }
        let mount_ns = match mount_ns {
            0 => self.processes.get(&parent).map_or(0, |parent| parent.mount_ns),
            own => own,
        };
        let node =
            self.node(parent).cloned().map(|parent| self.child_of(child, parent.program.clone(), parent));
        self.insert(child, Process { mount_ns, node });
    }

    /// A process started a program. Gives what it is now, if that is in a container, and what it was before if
    /// the program came with other rights. `container` is asked only for a root.
    pub(crate) fn exec(
        &mut self,
        exec: Exec,
        container: impl FnOnce() -> Option<Arc<str>>,
    ) -> Option<(Arc<Node>, Option<Change>)> {
        let (process, identity) = (exec.process, exec.identity);
        let known = self.processes.get(&exec.process);
        let before = known.and_then(|process| process.node.clone());
        let lineage = match known {
            Some(process) => process.node.as_ref().map(|node| (node.parent.clone(), node.clone())),
            None => self.node(exec.parent).map(|parent| (Some(parent.clone()), parent.clone())),
        };
        let outside = lineage.as_ref().is_none_or(|(_, of)| is_host(&of.container));
        let entered = if outside { self.entered(identity.mount_ns) } else { None };
        let placed = outside && entered.is_none() && !self.is_runtime_at_work(&exec);
        let enters = if placed { container() } else { entered };
        let node = if let Some(container) = enters {
            let flags = flags_of(&exec) | self.place(&identity, &container);
            let family = self.family(&container, exec.namespace_pid);
            Some(Node::first(process, container, Program::of(exec, flags | family.flag())))
        } else if let Some((parent, of)) = lineage {
            let flags = flags_of(&exec) | self.place(&identity, &of.container);
            let program = Program::of(exec, flags | family_of(of.program.flags));
            Some(match parent {
                Some(parent) => self.child_of(process, program, parent),
                None => {
                    let (container, root) = (of.container.clone(), of.root.clone());
                    Arc::new(Node { key: process, container, program, parent: None, root, depth: 0 })
                }
            })
        } else {
            self.with_host.then(|| {
                let flags = flags_of(&exec) | Family::Init.flag();
                Node::first(process, HOST.into(), Program::of(exec, flags))
            })
        };
        self.insert(process, Process { mount_ns: identity.mount_ns, node: node.clone() });
        let node = node?;
        let change = before
            .filter(|before| before.program.rights != node.program.rights)
            .map(|before| Change { before, now: node.clone() });
        Some((node, change))
    }

    /// Takes what a process's rights and namespaces are now. Gives it before and after if that is a change and
    /// it runs in a container. What another thread than the first has for itself is told likewise, but not kept: the process
    /// goes on as it was, and what that thread does next is told with its own again.
    pub(crate) fn identity(&mut self, key: ProcessKey, identity: &Identity, thread: bool) -> Option<Change> {
        let process = self.processes.get_mut(&key)?;
        if !thread {
            process.mount_ns = identity.mount_ns;
        }
        let before = process.node.clone()?;
        let place = self.place(identity, &before.container);
        let rights = Rights::from(identity);
        let flags = before.program.flags & !PLACE | place;
        if before.program.rights == rights && before.program.flags == flags {
            return None;
        }
        let program = Arc::new(Program { rights, flags, ..Program::clone(&before.program) });
        let Node { container, parent, root, depth, .. } = &*before;
        let (container, parent, root) = (container.clone(), parent.clone(), root.clone());
        let now = Arc::new(Node { key, container, program, parent, root, depth: *depth });
        if let Some(process) = self.processes.get_mut(&key).filter(|_| !thread) {
            process.node = Some(now.clone());
        }
        Some(Change { before, now })
    }

    /// Flags that tell which of the host's namespaces a container's process is in.
    fn place(&self, identity: &Identity, container: &str) -> u32 {
        if is_host(container) {
            return 0;
        }
        let flag = |is: bool, flag: ProcessFlag| if is { flag as u32 } else { 0 };
        flag(identity.mount_ns == self.host.mount, ProcessFlag::HostMounts)
            | flag(identity.net_ns == self.host.net, ProcessFlag::HostNetwork)
    }

    /// A process found in /proc. Parents must come before their children.
    pub(crate) fn prime(&mut self, found: Primed) -> Option<Arc<Node>> {
        let Primed { key, mut program, .. } = found;
        let parent = found.parent.and_then(|parent| self.node(parent)).cloned();
        let outside = parent.as_ref().is_none_or(|parent| is_host(&parent.container));
        let placed = found.container.filter(|_| found.identity.mount_ns != self.host.mount);
        let enters = if outside { placed.or_else(|| self.entered(found.identity.mount_ns)) } else { None };
        let node = if let Some(container) = enters {
            let family = self.family(&container, found.namespace_pid);
            program.flags |= self.place(&found.identity, &container) | family.flag();
            Some(Node::first(key, container, Arc::new(program)))
        } else if let Some(parent) = parent {
            let place = self.place(&found.identity, &parent.container);
            program.flags |= place | family_of(parent.program.flags);
            Some(self.child_of(key, Arc::new(program), parent))
        } else {
            self.with_host.then(|| {
                program.flags |= Family::Init.flag();
                Node::first(key, HOST.into(), Arc::new(program))
            })
        };
        self.insert(key, Process { mount_ns: found.identity.mount_ns, node: node.clone() });
        node
    }

    /// A process that another tool tells. A root's own flags say how it came into the container; one that ran
    /// another program before stays of that one's family.
    pub(crate) fn told(
        &mut self,
        key: ProcessKey,
        container: &Arc<str>,
        parent: Option<Arc<Node>>,
        before: Option<&Arc<Node>>,
        mut program: Program,
    ) -> Arc<Node> {
        if let Some(above) = parent.as_ref().or(before) {
            program.flags = program.flags & !FAMILY | family_of(above.program.flags);
        }
        let program = Arc::new(program);
        let container = container.clone();
        let node = match parent.filter(|parent| parent.container == container) {
            Some(parent) => self.child_of(key, program, parent),
            None => Node::first(key, container, program),
        };
        self.insert(key, Process { mount_ns: 0, node: Some(node.clone()) });
        node
    }

    /// A process ended. Gives what it was, if it ran in a container; see [`ProcessTable::alive_in`] for whether
    /// it was the last one there.
    pub(crate) fn exit(&mut self, key: ProcessKey) -> Option<Arc<Node>> {
        let node = self.processes.remove(&key)?.node?;
        if let Some(alive) = self.alive.get_mut(&node.container) {
            alive.processes -= 1;
            if alive.processes == 0 {
                self.alive.remove(&node.container);
            }
        }
        Some(node)
    }

    /// What is not there any more.
    pub(crate) fn gone(&self, is_alive: impl Fn(ProcessKey) -> bool) -> HashSet<ProcessKey> {
        self.processes.keys().copied().filter(|key| !is_alive(*key)).collect()
    }

    /// Takes out what has ended unseen, when records of exits may have been lost. Gives containers that are
    /// empty now.
    pub(crate) fn sweep(&mut self, gone: &HashSet<ProcessKey>) -> Vec<Arc<str>> {
        let containers: Vec<_> = gone.iter().filter_map(|key| self.exit(*key)).collect();
        let mut empty: Vec<Arc<str>> = containers.iter().map(|node| node.container.clone()).collect();
        empty.retain(|container| self.alive_in(container) == 0);
        empty.sort();
        empty.dedup();
        empty
    }

    fn insert(&mut self, key: ProcessKey, process: Process) {
        if let Some(node) = &process.node {
            let first = Alive { processes: 0, first: key.pid, mount_ns: process.mount_ns };
            self.alive.entry(node.container.clone()).or_insert(first).processes += 1;
        }
        if let Some(node) = self.processes.insert(key, process).and_then(|before| before.node)
            && let Some(alive) = self.alive.get_mut(&node.container)
        {
            alive.processes -= 1;
        }
    }

    fn child_of(&self, key: ProcessKey, program: Arc<Program>, parent: Arc<Node>) -> Arc<Node> {
        let (container, root) = (parent.container.clone(), parent.root.clone());
        let mut parent = parent;
        if parent.depth >= 2 * ANCESTORS {
            // A chain of forks without end: link to an elder instead, so that it can't grow for ever.
            while let Some(elder) = parent.parent.clone().filter(|_| parent.depth >= ANCESTORS) {
                parent = elder;
            }
        }
        let depth = parent.depth + 1;
        Arc::new(Node { key, container, program, parent: Some(parent), root, depth })
    }

    /// The container whose mount namespace this is, though its control group may be another: who enters from the
    /// host (nsenter) stays in the host's.
    fn entered(&self, mount_ns: u32) -> Option<Arc<str>> {
        if mount_ns == self.host.mount {
            return None;
        }
        self.alive
            .iter()
            .find(|(_, alive)| alive.mount_ns == mount_ns)
            .map(|(container, _)| container.clone())
    }

    fn is_runtime_at_work(&self, exec: &Exec) -> bool {
        let namespace = exec.identity.mount_ns;
        // A creator that is itself in the container by now is no runtime.
        let runtime = self
            .processes
            .get(&exec.parent)
            .filter(|creator| creator.node.as_ref().is_none_or(|node| is_host(&node.container)));
        namespace == self.host.mount || runtime.is_some_and(|runtime| runtime.mount_ns == namespace)
    }

    /// A root with pid 1 of its namespace, or the first in its container, is the container's first process.
    fn family(&self, container: &str, namespace_pid: u32) -> Family {
        if namespace_pid == 1 || self.alive_in(container) == 0 { Family::Init } else { Family::Session }
    }
}

fn is_host(container: &str) -> bool {
    container == HOST
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
    pub(crate) identity: Identity,
    pub(crate) namespace_pid: u32,
    pub(crate) program: Program,
}

/// Flags that tell of the file and of how it was started.
fn flags_of(exec: &Exec) -> u32 {
    let flags = [
        (exec.upper_layer, ProcessFlag::UpperLayer),
        (exec.memfd, ProcessFlag::Memfd),
        (exec.deleted, ProcessFlag::Deleted),
        (exec.volume, ProcessFlag::Volume),
        (exec.arguments_truncated, ProcessFlag::ArgumentsTruncated),
        (exec.terminal, ProcessFlag::Terminal),
        (exec.socket_stdio, ProcessFlag::SocketStdio),
        (exec.script_written, ProcessFlag::ScriptWritten),
        (exec.script_on_volume, ProcessFlag::ScriptOnVolume),
    ];
    flags.into_iter().filter(|(is, _)| *is).fold(0, |flags, (_, flag)| flags | flag as u32)
}

/// Flags that tell where a process is; they can change while it runs.
const PLACE: u32 = ProcessFlag::HostMounts as u32 | ProcessFlag::HostNetwork as u32;

impl Family {
    fn flag(self) -> u32 {
        match self {
            Self::Init => ProcessFlag::InitFamily as u32,
            Self::Session => ProcessFlag::ExecSession as u32,
        }
    }
}

/// Flags that tell how a root came into its container, and hold for all below it.
const FAMILY: u32 = ProcessFlag::InitFamily as u32 | ProcessFlag::ExecSession as u32;

fn family_of(flags: u32) -> u32 {
    flags & FAMILY
}

#[cfg(test)]
mod tests;
