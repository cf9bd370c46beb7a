//! Whether a script is of the image: the kernel tells the interpreter's file, and has let go of the script's by then.
//!
//! So it is looked up by its path when the program's start is told, below the root of the container's first process,
//! without leaving that file system or following a link out of it: a hostile mount is never touched. When a file's
//! inode last changed can't be set by programs, so one that changed since the container was started was written, or
//! made executable, there. What was written before, as into a container that is started again, passes for the image's.
//! Only a policy asks further (`Script::written_elsewhere`). Not here: executables, whose layer the kernel tells.

use crate::raw::{Exec, FileId};
use rustix::{
    fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, StatxFlags, openat2, statx},
    io::Errno,
};
use std::fs;

/// Programs that run the file that is their first argument, without the version that may end the name, and the letters
/// of their options that bring code instead. The kernel side knows how their names begin (`may_interpret`).
const INTERPRETERS: [(&str, &str); 13] = [
    ("sh", "c"),
    ("bash", "c"),
    ("dash", "c"),
    ("ash", "c"),
    ("ksh", "c"),
    ("zsh", "c"),
    ("python", "cm"),
    ("perl", "eE"),
    ("ruby", "e"),
    ("node", "ep"),
    ("php", "rR"),
    ("lua", "e"),
    ("tclsh", "c"),
];

/// File systems whose answer is the kernel's own: no program and no network makes a look wait for ever.
const OF_KERNEL: [&str; 22] = [
    "overlay",
    "tmpfs",
    "ramfs",
    "ext2",
    "ext3",
    "ext4",
    "xfs",
    "btrfs",
    "zfs",
    "proc",
    "sysfs",
    "devpts",
    "devtmpfs",
    "mqueue",
    "cgroup",
    "cgroup2",
    "hugetlbfs",
    "securityfs",
    "debugfs",
    "tracefs",
    "bpf",
    "binfmt_misc",
];

/// Where a script was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Unchanged since the container was started.
    Old,
    /// Written since then.
    Written(FileId),
    /// Gone by now: removed as soon as it was started.
    Removed,
    /// On something that is mounted into the container.
    Elsewhere,
}

/// A script that a program interprets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Script {
    /// From the root of the container.
    pub(crate) path: String,
    /// The kernel was asked to run it; else the interpreter was, with a word that may be its name.
    certain: bool,
}

impl Script {
    /// The script of a program that was started; `None` if it has none or its place is not known.
    pub(crate) fn of(exec: &Exec) -> Option<Self> {
        let certain = !exec.script.is_empty();
        let name = if certain { exec.script.as_str() } else { argument(exec)? };
        // execveat(2) of a descriptor, which is the process's own: what it leads to is a path of the container's.
        if let Some(descriptor) = name.strip_prefix("/dev/fd/").or(name.strip_prefix("/proc/self/fd/")) {
            let number: u32 = descriptor.parse().ok()?;
            let path = fs::read_link(format!("/proc/{}/fd/{number}", exec.process.pid)).ok()?;
            return Some(Self {
                path: path.to_str().filter(|path| path.starts_with('/'))?.into(),
                certain: true,
            });
        }
        if name.is_empty() || name.starts_with("/proc/") {
            return None;
        }
        let path = match &exec.directory {
            _ if name.starts_with('/') => name.to_owned(),
            Some(directory) => format!("{directory}/{}", name.trim_start_matches("./")),
            None => return None,
        };
        Some(Self { path, certain })
    }

    /// Looks it up below the root of process `pid`; `None` if that can't be done. `started_unix_ns`: the container's
    /// start.
    pub(crate) fn look_up(&self, pid: u32, started_unix_ns: u64) -> Option<Found> {
        self.found(pid, started_unix_ns, ResolveFlags::NO_XDEV)
    }

    /// Whether one that is [`Found::Elsewhere`], as on a tmpfs or a volume, was written since the container was started. False
    /// where something is mounted in the container that a program or another machine answers for: that is never touched.
    pub(crate) fn written_elsewhere(&self, pid: u32, started_unix_ns: u64) -> bool {
        let mounts = fs::read_to_string(format!("/proc/{pid}/mountinfo")).unwrap_or_default();
        // proc(5): the type follows the separator, and names have no blanks of their own.
        let kind = |line: &str| Some(line.rsplit_once(" - ")?.1.split(' ').next()?.to_owned());
        let is_kernels = |line: &str| kind(line).is_some_and(|kind| OF_KERNEL.contains(&kind.as_str()));
        !mounts.is_empty()
            && mounts.lines().all(is_kernels)
            && matches!(self.found(pid, started_unix_ns, ResolveFlags::empty()), Some(Found::Written(_)))
    }

    fn found(&self, pid: u32, started_unix_ns: u64, within: ResolveFlags) -> Option<Found> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let root = format!("/proc/{pid}/root");
        let root =
            openat2(CWD, root, flags | OFlags::DIRECTORY, Mode::empty(), ResolveFlags::empty()).ok()?;
        let inside = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS | within;
        let file = match openat2(root, self.path.as_str(), flags, Mode::empty(), inside) {
            Ok(file) => file,
            Err(Errno::XDEV) => return Some(Found::Elsewhere),
            Err(Errno::NOENT) if self.certain => return Some(Found::Removed),
            Err(_) => return None,
        };
        let data = statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::BASIC_STATS).ok()?;
        if FileType::from_raw_mode(data.stx_mode.into()) != FileType::RegularFile {
            return None;
        }
        let (seconds, nanoseconds) = (data.stx_ctime.tv_sec, u64::from(data.stx_ctime.tv_nsec));
        let changed = u64::try_from(seconds).unwrap_or_default().saturating_mul(1_000_000_000) + nanoseconds;
        if changed <= started_unix_ns {
            return Some(Found::Old);
        }
        Some(Found::Written(FileId {
            inode: data.stx_ino,
            device: data.stx_dev_major << 20 | data.stx_dev_minor,
            size: data.stx_size,
            modified_s: data.stx_mtime.tv_sec,
        }))
    }
}

/// The file that an interpreter was told to run: its first word that is no option, if none of those brings code.
fn argument(exec: &Exec) -> Option<&str> {
    let (called, words) = exec.arguments.split_first()?;
    let executable = file_name(&exec.executable);
    let name = if executable == "busybox" { file_name(called).trim_start_matches('-') } else { executable };
    let name = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let (name, code) = INTERPRETERS.iter().find(|(interpreter, _)| *interpreter == name)?;
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix(['-', '+']) else { return Some(word) };
        if option.starts_with("-eval")
            || !option.starts_with('-') && option.contains(|letter| code.contains(letter))
        {
            return None;
        }
        // `-o pipefail`
        if name.ends_with("sh") && option.ends_with(['o', 'O']) {
            words.next();
        }
    }
    None
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
