//! What /proc tells of processes that were not seen starting, and of the machine.
//!
//! A process can end while it is read: whatever is missing makes it `None`, and a pid that was used again
//! meanwhile is told by its start time. Not here: anything the kernel side already told.

use crate::{
    cgroup::{self, Hierarchy},
    process::{HostNamespaces, Memo, Primed, Program, Rights},
    raw::{self, FileId, Identity, ProcessKey},
};
use plumbline_proto::v1::ProcessFlag;
use std::{
    fs,
    io::Read,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Longest command line read, in bytes; the kernel side has the same bound.
const ARGS_BYTES: u64 = 65_536;

fn path(pid: u32, file: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/{file}"))
}

/// Fields of /proc/PID/stat after the name, which can hold anything, and the process's identity.
struct Stat {
    key: ProcessKey,
    parent: u32,
    terminal: bool,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read(path(pid, "stat")).ok()?;
    let end_of_name = text.iter().rposition(|byte| *byte == b')')?;
    let fields = String::from_utf8_lossy(text.get(end_of_name + 1..)?).into_owned();
    let mut fields = fields.split_ascii_whitespace();
    // proc(5): state is field 3, ppid 4, tty_nr 7, starttime 22.
    let (parent, tty, start) = (fields.nth(1)?, fields.nth(2)?, fields.nth(14)?);
    let key = ProcessKey { pid, start_ticks: start.parse().ok()? };
    Some(Stat { key, parent: parent.parse().ok()?, terminal: tty != "0" })
}

/// Identity of the process that has the pid now.
pub(crate) fn key(pid: u32) -> Option<ProcessKey> {
    stat(pid).map(|stat| stat.key)
}

/// Container of a process by its control groups.
pub(crate) fn container(pid: u32) -> Option<Arc<str>> {
    let text = fs::read_to_string(path(pid, "cgroup")).ok()?;
    cgroup::id_in_proc(&text).map(Arc::from)
}

/// Id of the control group of a process, as the kernel side tells it.
pub(crate) fn control_group(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(path(pid, "cgroup")).ok()?;
    let group = cgroup::group(&text)?;
    Some(group.id(fs::metadata(Path::new(cgroup::MOUNT).join(&group.folder)).ok()?.ino()))
}

/// The hierarchy of control groups that containers are looked for in.
pub(crate) fn hierarchy() -> Hierarchy {
    Hierarchy::of(&fs::read_to_string("/proc/self/cgroup").unwrap_or_default())
}

/// Arguments of a process, for where the kernel side could not read them.
pub(crate) fn arguments(key: ProcessKey) -> Option<Vec<String>> {
    let mut bytes = Vec::new();
    fs::File::open(path(key.pid, "cmdline")).ok()?.take(ARGS_BYTES).read_to_end(&mut bytes).ok()?;
    (self::key(key.pid)? == key).then(|| raw::arguments(&bytes))
}

/// Inode number of a process's namespace of a kind: `mnt`, `net` or `user`.
fn namespace(pid: u32, kind: &str) -> Option<u32> {
    let link = fs::read_link(path(pid, "ns").join(kind)).ok()?;
    link.to_str()?.strip_prefix(kind)?.strip_prefix(":[")?.strip_suffix(']')?.parse().ok()
}

/// The host's namespaces: those of init, else of kthreadd, else our own where both are shielded.
pub(crate) fn host_namespaces() -> Option<HostNamespaces> {
    [1, 2, std::process::id()]
        .into_iter()
        .find_map(|pid| Some(HostNamespaces { mount: namespace(pid, "mnt")?, net: namespace(pid, "net")? }))
}

/// The executable's file. The kernel's device numbers have 20 bits for the minor, unlike stat's.
fn file(pid: u32) -> Option<FileId> {
    let data = fs::metadata(path(pid, "exe")).ok()?;
    let device = rustix::fs::major(data.dev()) << 20 | rustix::fs::minor(data.dev());
    Some(FileId { inode: data.ino(), device, size: data.size(), modified_s: data.mtime() })
}

/// A process as it is now.
pub(crate) fn process(pid: u32) -> Option<Primed> {
    let stat = stat(pid)?;
    let status = fs::read_to_string(path(pid, "status")).ok()?;
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
    let id = |name: &str, place: usize| field(name)?.split_ascii_whitespace().nth(place)?.parse().ok();
    // proc(5): real, effective, saved, file system.
    let identity = Identity {
        uid: id("Uid:", 0)?,
        gid: id("Gid:", 0)?,
        euid: id("Uid:", 1)?,
        egid: id("Gid:", 1)?,
        capabilities: u64::from_str_radix(field("CapEff:")?.trim(), 16).ok()?,
        mount_ns: namespace(pid, "mnt")?,
        net_ns: namespace(pid, "net")?,
        user_ns: namespace(pid, "user").unwrap_or_default(),
    };
    let namespace_pid =
        field("NSpid:").and_then(|pids| pids.split_ascii_whitespace().next_back()?.parse().ok());
    let executable = fs::read_link(path(pid, "exe")).ok()?;
    let executable = raw::text(executable.into_os_string().as_encoded_bytes());
    let arguments = arguments(stat.key)?;
    let mut flags = ProcessFlag::Primed as u32;
    if stat.terminal {
        flags |= ProcessFlag::Terminal as u32;
    }
    let executable = match executable.strip_suffix(" (deleted)") {
        Some(name) if name.starts_with("/memfd:") => {
            flags |= ProcessFlag::Memfd as u32;
            name.trim_start_matches('/').to_owned()
        }
        Some(name) => {
            flags |= ProcessFlag::Deleted as u32;
            name.to_owned()
        }
        None => executable,
    };
    let argument_bytes = arguments.iter().map(|argument| argument.len() as u32 + 1).sum();
    Some(Primed {
        key: stat.key,
        parent: key(stat.parent),
        container: container(pid),
        identity,
        namespace_pid: namespace_pid.unwrap_or(pid),
        program: Program {
            executable,
            file: file(pid).unwrap_or_default(),
            script: String::new(),
            arguments,
            argument_bytes,
            rights: Rights::from(&identity),
            flags,
            memo: Memo::default(),
        },
    })
}

/// All processes, oldest first, so that parents come before their children.
pub(crate) fn all() -> Vec<Primed> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut found: Vec<Primed> = pids.filter_map(process).collect();
    found.sort_by_key(|process| (process.key.start_ticks, process.key.pid));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_reads_itself_as_it_is() {
        let own = process(std::process::id()).unwrap();
        let path = std::env::current_exe().unwrap();
        assert_eq!(own.program.executable, path.display().to_string());
        assert_eq!(own.program.arguments, std::env::args().collect::<Vec<_>>());
        assert_eq!(key(own.key.pid), Some(own.key));
        assert_eq!(own.program.rights.uid, rustix::process::getuid().as_raw());
        assert!(all().iter().any(|process| process.key == own.key));
    }
}
