//! Who belongs to which container, whatever the order of forks, execs and exits.

use super::*;
use std::hash::{BuildHasher, RandomState};

const HOST_NS: u32 = 1;
const CONTAINER_NS: u32 = 2;

fn key(pid: u32) -> ProcessKey {
    ProcessKey { pid, start_ticks: u64::from(pid) }
}

const HOST: HostNamespaces = HostNamespaces { mount: HOST_NS, net: HOST_NS };

fn exec(pid: u32, parent: u32, mount_ns: u32, namespace_pid: u32, path: &str) -> Exec {
    Exec {
        process: key(pid),
        parent: key(parent),
        identity: Identity { mount_ns, net_ns: CONTAINER_NS, ..Identity::default() },
        namespace_pid,
        executable: path.into(),
        arguments: vec![path.into()],
        ..Exec::default()
    }
}

fn in_container() -> Option<Arc<str>> {
    Some("c".into())
}

/// A container whose first process, 10, was started by a runtime, 2.
fn table() -> ProcessTable {
    let mut table = ProcessTable::new(HOST, false);
    table.fork(key(2), key(1), HOST_NS);
    table.exec(exec(2, 1, HOST_NS, 2, "/usr/bin/runtime"), || None);
    table.fork(key(10), key(2), HOST_NS);
    assert!(table.exec(exec(10, 2, HOST_NS, 10, "memfd:copy"), in_container).is_none());
    let init = table.exec(exec(10, 2, CONTAINER_NS, 1, "/bin/web"), in_container).unwrap().0;
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
    let shell = table.exec(exec(20, 2, CONTAINER_NS, 20, "/bin/sh"), in_container).unwrap().0;
    assert_eq!(shell.program.flags, ProcessFlag::ExecSession as u32);
    table.fork(key(21), key(20), CONTAINER_NS);
    let tool = table.exec(exec(21, 20, CONTAINER_NS, 21, "/bin/ls"), || None).unwrap().0;
    assert_eq!(tool.program.flags, ProcessFlag::ExecSession as u32);
    assert_eq!(tool.parent.as_ref().unwrap().program.executable, "/bin/sh");
}

#[test]
fn a_process_of_a_container_stays_one_in_the_host_s_mount_namespace_and_in_any_group() {
    let mut table = table();
    table.fork(key(11), key(10), CONTAINER_NS);
    let escaped = table.exec(exec(11, 10, HOST_NS, 11, "/bin/sh"), || None).unwrap().0;
    assert_eq!(&*escaped.container, "c");
}

#[test]
fn who_enters_from_the_host_is_a_session_whatever_its_control_group() {
    let mut table = table();
    table.fork(key(40), key(1), HOST_NS);
    let shell = table.exec(exec(40, 1, CONTAINER_NS, 40, "/bin/sh"), || None).unwrap().0;
    assert_eq!((&*shell.container, shell.program.flags), ("c", ProcessFlag::ExecSession as u32));
    table.exec(exec(41, 1, HOST_NS, 41, "/bin/sh"), || None);
    assert!(table.node(key(41)).is_none(), "the host's own");
}

#[test]
fn rights_and_places_change_what_a_process_is_but_not_where_it_belongs() {
    let mut table = table();
    let root = Identity { mount_ns: CONTAINER_NS, net_ns: CONTAINER_NS, ..Identity::default() };
    assert!(table.identity(key(10), &root, false).is_none(), "nothing changed");
    let user = Identity { uid: 33, euid: 33, ..root };
    let change = table.identity(key(10), &user, false).unwrap();
    assert_eq!((change.before.program.rights.uid, change.now.program.rights.uid), (0, 33));
    let escaped = table.identity(key(10), &Identity { mount_ns: HOST_NS, ..user }, false).unwrap().now;
    assert!(escaped.program.flags & ProcessFlag::HostMounts as u32 != 0);
    assert_eq!((&*escaped.container, table.alive_in("c")), ("c", 1));
    let mut setuid = exec(10, 2, CONTAINER_NS, 1, "/bin/su");
    setuid.identity.uid = 33;
    let (now, change) = table.exec(setuid, || None).unwrap();
    assert_eq!(change.unwrap().before.program.rights.euid, 33);
    assert_eq!(now.program.rights.euid, 0);
}

#[test]
fn what_a_thread_has_for_itself_is_told_and_its_process_goes_on_as_it_was() {
    let mut table = table();
    let root = Identity { mount_ns: CONTAINER_NS, net_ns: CONTAINER_NS, ..Identity::default() };
    let user = Identity { euid: 33, mount_ns: HOST_NS, ..root };
    let change = table.identity(key(10), &user, true).unwrap();
    assert_eq!((change.before.program.rights.euid, change.now.program.rights.euid), (0, 33));
    assert!(change.now.program.flags & ProcessFlag::HostMounts as u32 != 0);
    assert_eq!(table.node(key(10)).unwrap().program.rights.euid, 0);
    assert!(table.identity(key(10), &root, true).is_none(), "it is as its process again");
    assert!(table.identity(key(10), &user, true).is_some(), "and once more");
}

#[test]
fn a_child_is_in_its_parents_mount_namespace_where_no_other_is_told() {
    let mut table = table();
    // A runtime that made a namespace of its own: what it forks runs there, and is not the container yet.
    table.fork(key(30), key(2), 77);
    table.fork(key(31), key(30), 0);
    table.fork(key(32), key(31), 0);
    assert!(table.exec(exec(32, 31, 77, 32, "/bin/helper"), in_container).is_none());
    assert!(table.exec(exec(32, 31, CONTAINER_NS, 32, "/bin/sh"), in_container).is_some());
}

#[test]
fn the_host_is_one_container_of_its_own_and_what_it_starts_in_containers_is_not_in_it() {
    let mut table = ProcessTable::new(HOST, true);
    let nobody = || None;
    let shell = table.exec(exec(2, 1, HOST.mount, 2, "/bin/bash"), nobody).unwrap().0;
    assert_eq!((&*shell.container, shell.program.flags), ("host", ProcessFlag::InitFamily as u32));
    table.fork(key(3), key(2), HOST.mount);
    let tool = table.exec(exec(3, 2, HOST.mount, 3, "/bin/ls"), nobody).unwrap().0;
    assert_eq!(tool.parent.as_ref().unwrap().program.executable, "/bin/bash");
    // A runtime, in the host as well; what it puts into a container is a root there.
    table.fork(key(4), key(2), HOST.mount);
    let first = table.exec(exec(4, 2, 77, 1, "/app/run"), in_container).unwrap().0;
    assert_eq!((&*first.container, first.parent.is_none()), ("c", true));
    table.fork(key(5), key(4), 77);
    assert_eq!(&*table.node(key(5)).unwrap().container, "c");
    assert!(ProcessTable::new(HOST, false).exec(exec(2, 1, HOST.mount, 2, "/bin/bash"), nobody).is_none());
}

#[test]
fn a_changed_copy_of_a_program_has_the_hash_of_one_made_so() {
    let keys = RandomState::new();
    let hash = |program: &Program| keys.hash_one(program);
    let program = Program { executable: "/bin/a".into(), ..Program::default() };
    let before = hash(&program);
    let changed = Program { flags: 1, ..program.clone() };
    let made = Program { executable: "/bin/a".into(), flags: 1, ..Program::default() };
    assert_eq!((hash(&program), hash(&changed)), (before, hash(&made)));
    assert_ne!(before, hash(&changed));
}

#[test]
fn a_parent_that_ended_is_still_the_parent() {
    let mut table = table();
    table.fork(key(11), key(10), CONTAINER_NS);
    table.exec(exec(11, 10, CONTAINER_NS, 11, "/bin/sh"), || None);
    table.fork(key(12), key(11), CONTAINER_NS);
    table.exit(key(11));
    let orphan = table.exec(exec(12, 1, CONTAINER_NS, 12, "/bin/tool"), || None).unwrap().0;
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
    assert!(table.exit(key(10)).is_some());
    assert_eq!(table.alive_in("c"), 1);
    assert!(table.exit(key(11)).is_some());
    assert_eq!((table.alive_in("c"), table.processes.len()), (0, 1));
    table.fork(key(30), key(2), HOST_NS);
    // Without a pid namespace of its own, the first process of a container is not number 1.
    let init = table.exec(exec(30, 2, CONTAINER_NS, 30, "/bin/web"), in_container).unwrap().0;
    assert_eq!(init.program.flags, ProcessFlag::InitFamily as u32);
}

#[test]
fn what_ended_unseen_is_swept_out() {
    let mut table = table();
    table.fork(key(11), key(10), CONTAINER_NS);
    let (all_but_one, all) = (table.gone(|process| process == key(11)), table.gone(|_| false));
    assert!(table.sweep(&all_but_one).is_empty());
    assert_eq!(table.sweep(&all), [Arc::from("c")]);
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

/// What the table should say, without anything clever: who runs where, and below what.
#[derive(Default)]
struct Naive(std::collections::HashMap<ProcessKey, (bool, Vec<String>)>);

impl Naive {
    fn fork(&mut self, child: ProcessKey, parent: ProcessKey) {
        let Some((inside, mut chain)) = self.0.get(&parent).cloned() else { return };
        // A child is one more link of its parent's program.
        if let Some(last) = chain.last().cloned() {
            chain.push(last);
        }
        self.0.insert(child, (inside, chain));
    }

    fn exec(&mut self, process: ProcessKey, parent: ProcessKey, enters: bool, path: &str) {
        if !self.0.contains_key(&process) {
            self.fork(process, parent);
        }
        let (inside, chain) = self.0.entry(process).or_default();
        if *inside {
            chain.pop();
            chain.push(path.into());
        } else if enters {
            (*inside, *chain) = (true, vec![path.into()]);
        }
    }
}

proptest::proptest! {
    /// Forks, execs and exits in any order, of few pids that are used again and again.
    #[test]
    fn the_table_says_what_a_naive_one_says(
        steps in proptest::collection::vec((0..4_u8, 1..6_u32, 1..6_u32, proptest::bool::ANY), 0..120),
    ) {
        let (mut table, mut naive) = (ProcessTable::new(HOST, false), Naive::default());
        let mut creators = std::collections::HashMap::new();
        // How often each pid has been used: with it the identity.
        let mut uses = [0_u64; 6];
        let key = |uses: &[u64; 6], pid: u32| ProcessKey { pid, start_ticks: uses[pid as usize] };
        for (position, (step, pid, other, enters)) in steps.into_iter().enumerate() {
            let (process, parent) = (key(&uses, pid), key(&uses, other));
            match step {
                0 if pid != other => {
                    uses[pid as usize] += 1;
                    let child = key(&uses, pid);
                    table.exit(process);
                    naive.0.remove(&process);
                    table.fork(child, parent, HOST_NS);
                    naive.fork(child, parent);
                    creators.insert(child, parent);
                }
                1 | 2 if pid != other => {
                    // Who made a process does not change: no process of the host comes to be below a container's.
                    let parent = *creators.entry(process).or_insert(parent);
                    let path = format!("/bin/{position}");
                    let ns = if enters { CONTAINER_NS } else { HOST_NS };
                    table.exec(exec_of(process, parent, ns, &path), in_container);
                    naive.exec(process, parent, enters, &path);
                }
                3 => {
                    table.exit(process);
                    naive.0.remove(&process);
                }
                _ => {}
            }
            let inside = naive.0.values().filter(|(inside, _)| *inside).count();
            proptest::prop_assert_eq!(table.alive_in("c"), inside);
        }
        for (process, (inside, chain)) in &naive.0 {
            let node = table.node(*process);
            proptest::prop_assert_eq!(node.is_some(), *inside);
            let mut found: Vec<String> = std::iter::successors(node, |node| node.parent.as_ref())
                .map(|node| node.program.executable.clone())
                .collect();
            found.reverse();
            proptest::prop_assert_eq!(&found, chain);
        }
    }
}

fn exec_of(process: ProcessKey, parent: ProcessKey, mount_ns: u32, path: &str) -> Exec {
    Exec { process, parent, ..exec(0, 0, mount_ns, 1, path) }
}

/// The kernel side tells the names of a group once.
#[test]
fn names_of_groups_of_containers_that_run_are_kept_however_many_others_there_were() {
    let mut table = table();
    table.cgroups.insert(7, Some("c".into()));
    for group in 0..2 * CGROUPS as u64 {
        table.cgroup(1000 + group, &[format!("{group:064x}")]);
    }
    assert_eq!(table.container_of(7), Ok(Some("c".into())));
    assert!(table.cgroups.len() <= CGROUPS);
}
