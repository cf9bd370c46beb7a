//! Kernel bytes to events: the one place that reads what the eBPF programs wrote.
//!
//! Layouts are those of `bpf/records.h`; `layout` fails if a field is elsewhere. Every length
//! is checked and nothing here can panic: a record that is too short or of an unknown kind is an error that the
//! caller counts. Text from the kernel is bytes that a container chose; it becomes UTF-8 by an escape that keeps
//! different bytes different.

mod reader;

use reader::Reader;
use std::net::IpAddr;

/// A process as the kernel tells it apart: pids are used again, start times are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ProcessKey {
    pub(crate) pid: u32,
    /// Start in ticks of 10 ms since boot, as /proc tells it too.
    pub(crate) start_ticks: u64,
}

/// Length of a clock tick.
pub(crate) const TICK_NS: u64 = 10_000_000;
const PAGE_BYTES: u64 = 4096;

/// One record of the kernel side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Nanoseconds since boot.
    pub(crate) time_ns: u64,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Fork {
        child: ProcessKey,
        parent: ProcessKey,
        /// 0 where it is the parent's.
        mount_ns: u32,
    },
    Exec(Box<Exec>),
    Exit {
        process: ProcessKey,
        exit: Exit,
    },
    /// What a socket did, the first time in its window.
    Socket {
        cgroup: u64,
        socket: Socket,
    },
    Call(Box<Call>),
    Dns {
        process: ProcessKey,
        cgroup: u64,
        received: bool,
        /// The cookie of a TCP socket of which this is a piece; 0 for a datagram.
        connection: u64,
        /// Bytes that passed, of which these may be the beginning only.
        length: usize,
        bytes: Vec<u8>,
    },
    /// Names of a control group and of those above it, the leaf first.
    Cgroup {
        cgroup: u64,
        names: Vec<String>,
    },
}

/// Who a process is, with what rights, where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) euid: u32,
    pub(crate) egid: u32,
    /// Effective, one bit each.
    pub(crate) capabilities: u64,
    pub(crate) mount_ns: u32,
    pub(crate) net_ns: u32,
    pub(crate) user_ns: u32,
}

/// A file as its file system knows it; all 0 where that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct FileId {
    pub(crate) inode: u64,
    pub(crate) device: u32,
    pub(crate) size: u64,
    /// Unix time of the last change of its content, in seconds.
    pub(crate) modified_s: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exec {
    pub(crate) process: ProcessKey,
    pub(crate) parent: ProcessKey,
    pub(crate) cgroup: u64,
    pub(crate) identity: Identity,
    /// Pid in the innermost namespace.
    pub(crate) namespace_pid: u32,
    pub(crate) executable: String,
    pub(crate) file: FileId,
    /// The script that the executable interprets; empty if it was started itself.
    pub(crate) script: String,
    /// What a script's name may be relative to, without the last slash; `None` if that is not known.
    pub(crate) directory: Option<String>,
    pub(crate) arguments: Vec<String>,
    pub(crate) argument_bytes: u32,
    pub(crate) upper_layer: bool,
    pub(crate) memfd: bool,
    pub(crate) deleted: bool,
    /// The executable is not on the container's root file system.
    pub(crate) volume: bool,
    pub(crate) terminal: bool,
    pub(crate) socket_stdio: bool,
    pub(crate) arguments_truncated: bool,
    /// The arguments could not be read in the kernel.
    pub(crate) arguments_unread: bool,
    /// What the executable interprets was written after the container was started, or removed as soon as it ran. The
    /// kernel does not tell this, nor the next.
    pub(crate) script_written: bool,
    /// What the executable interprets is not on the container's root file system.
    pub(crate) script_on_volume: bool,
    pub(crate) broken: Option<Broken>,
}

/// A policy that a program breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// It is not of the image; else it is not in the list.
    pub(crate) immutable: bool,
    /// What became of it: `enum outcome` of records.h, never 0.
    pub(crate) outcome: u32,
}

impl Default for ProcessKey {
    /// No process: pids begin at 1.
    fn default() -> Self {
        Self { pid: 0, start_ticks: 0 }
    }
}

/// How a process ended and what it used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exit {
    pub(crate) code: u8,
    /// 0 if it ended by itself.
    pub(crate) signal: u8,
    pub(crate) user_ns: u64,
    pub(crate) system_ns: u64,
    pub(crate) max_rss_bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SocketAction {
    /// TCP; the address is the peer's.
    Connect,
    /// TCP; the address is the local one.
    Listen,
    /// TCP; the address is the peer's, the port the local one.
    Accept,
    /// UDP; the address is the peer's.
    Send,
    /// UDP that is no answer; the address is the peer's, the port the local one.
    Receive,
}

/// What a process did with a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Socket {
    pub(crate) process: ProcessKey,
    /// Which of the programs that the process ran one after the other: rises with each exec.
    pub(crate) program: u32,
    pub(crate) action: SocketAction,
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
    /// Network namespace, by its inode number.
    pub(crate) net_ns: u32,
}

/// What the kernel side counted of a socket's doings in one window, after the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flow {
    pub(crate) socket: Socket,
    /// Unix time divided by the length of the window.
    pub(crate) window: u64,
    /// Nanoseconds since boot.
    pub(crate) last_ns: u64,
    pub(crate) repeats: u32,
    pub(crate) traffic: Traffic,
}

/// What connections came to; sums over those that got there in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) sent_bytes: u64,
    pub(crate) received_bytes: u64,
    pub(crate) latency_ns: u64,
    pub(crate) duration_ns: u64,
    pub(crate) established: u32,
    pub(crate) failed: u32,
    /// errno of the last that failed.
    pub(crate) error: u32,
    pub(crate) closed: u32,
}

/// Bytes of a key and of a value of the kernel side's map of flows.
pub(crate) const FLOW_BYTES: usize = 112;

/// A system call that returned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) process: ProcessKey,
    pub(crate) cgroup: u64,
    /// Of the thread that made the call.
    pub(crate) identity: Identity,
    /// It is not the process's first thread.
    pub(crate) thread: bool,
    /// `enum call` of records.h.
    pub(crate) call: u32,
    pub(crate) result: i32,
    pub(crate) args: [u64; 2],
    /// A directory or file, from the caller's root.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) more: String,
}

/// A record that is not what `records.h` says.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RecordError {
    #[error("a kernel record ends too early")]
    Short,
    #[error("a kernel record has the unknown kind {0}")]
    Kind(u32),
    #[error("a kernel record has the unknown address family {0}")]
    Family(u8),
    #[error("a kernel record has the unknown socket action {0}")]
    Action(u8),
}

const UPPER_LAYER: u32 = 1;
const UNLINKED: u32 = 2;
const TMPFS: u32 = 4;
const PATH_CUT: u32 = 8;
const ARGS_UNREAD: u32 = 16;
const TERMINAL: u32 = 32;
const SOCKET_STDIO: u32 = 64;
const OTHER_MOUNT: u32 = 128;
const BREAKS_IMMUTABLE: u32 = 256;
const OUTCOME_SHIFT: u32 = 10;
const CGROUP_LEVELS: usize = 8;
const CGROUP_NAME_BYTES: usize = 128;

/// Reads one record.
pub(crate) fn record(bytes: &[u8]) -> Result<Record, RecordError> {
    let mut reader = Reader::of(bytes);
    let (kind, _length, time_ns) = (reader.u32()?, reader.u32()?, reader.u64()?);
    let kind = match kind {
        1 => {
            let (child, parent) = (reader.key()?, reader.key()?);
            Kind::Fork { child, parent, mount_ns: reader.u32()? }
        }
        2 => Kind::Exec(Box::new(exec(&mut reader)?)),
        3 => Kind::Exit { process: reader.key()?, exit: exit(&mut reader)? },
        4 => {
            let (socket, _window) = reader.socket()?;
            Kind::Socket { socket, cgroup: reader.u64()? }
        }
        5 => Kind::Call(Box::new(call(&mut reader)?)),
        6 => {
            let (process, cgroup, connection) = (reader.key()?, reader.u64()?, reader.u64()?);
            let (received, bytes) = (reader.u32()? != 0, reader.u32()?);
            let (length, _unused) = (reader.u32()? as usize, reader.u32()?);
            let bytes = reader.bytes(bytes as usize)?.to_vec();
            Kind::Dns { process, cgroup, received, connection, length, bytes }
        }
        7 => {
            let cgroup = reader.u64()?;
            let mut names = Vec::new();
            for _ in 0..CGROUP_LEVELS {
                let name = reader.bytes(CGROUP_NAME_BYTES)?;
                let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
                if !name.is_empty() {
                    names.push(text(name));
                }
            }
            Kind::Cgroup { cgroup, names }
        }
        other => return Err(RecordError::Kind(other)),
    };
    Ok(Record { time_ns, kind })
}

fn exec(reader: &mut Reader<'_>) -> Result<Exec, RecordError> {
    let (process, parent, cgroup) = (reader.key()?, reader.key()?, reader.u64()?);
    let identity = reader.identity()?;
    let (inode, size, modified_s) = (reader.u64()?, reader.u64()?, reader.u64()? as i64);
    let (device, namespace_pid, flags) = (reader.u32()?, reader.u32()?, reader.u32()?);
    let (path_bytes, script_bytes) = (reader.u32()?, reader.u32()?);
    let (args_bytes, argument_bytes, directory_bytes) = (reader.u32()?, reader.u32()?, reader.u32()?);
    let components = reader.bytes(path_bytes as usize)?;
    let script = string(reader.bytes(script_bytes as usize)?);
    let directory = reader.bytes(directory_bytes as usize)?;
    let args = reader.bytes(args_bytes as usize)?;
    let has = |flag: u32| flags & flag != 0;
    let memfd = has(UNLINKED) && has(TMPFS) && components.starts_with(b"memfd:");
    // A file that hangs in no directory, such as a memfd, has a name but no path.
    let mut executable = if memfd { string(components) } else { path(components) };
    if has(PATH_CUT) {
        executable.insert(0, '…');
    }
    Ok(Exec {
        process,
        parent,
        cgroup,
        identity,
        namespace_pid,
        executable,
        file: FileId { inode, device, size, modified_s },
        script,
        directory: (!directory.is_empty()).then(|| path(directory)),
        arguments: arguments(args),
        argument_bytes,
        upper_layer: has(UPPER_LAYER),
        memfd,
        deleted: has(UNLINKED) && !memfd,
        volume: has(OTHER_MOUNT) && !memfd,
        terminal: has(TERMINAL),
        socket_stdio: has(SOCKET_STDIO),
        arguments_truncated: argument_bytes > args_bytes && !has(ARGS_UNREAD),
        arguments_unread: has(ARGS_UNREAD),
        broken: broken(flags),
        ..Exec::default()
    })
}

fn broken(flags: u32) -> Option<Broken> {
    let outcome = flags >> OUTCOME_SHIFT & 7;
    (outcome != 0).then_some(Broken { immutable: flags & BREAKS_IMMUTABLE != 0, outcome })
}

fn exit(reader: &mut Reader<'_>) -> Result<Exit, RecordError> {
    let [run_ns, user, system, pages] = [reader.u64()?, reader.u64()?, reader.u64()?, reader.u64()?];
    let status = reader.u32()?;
    let (user_ns, system_ns) = shared_out(run_ns, user, system);
    Ok(Exit {
        code: (status >> 8) as u8,
        signal: status as u8 & 0x7f,
        user_ns,
        system_ns,
        max_rss_bytes: pages.saturating_mul(PAGE_BYTES),
    })
}

/// The time that a process ran, `run_ns`, in user mode and in the kernel: exact in sum, shared out as the clock's ticks
/// found it (`user` and `system`), which miss what is stolen from a virtual processor. As `cputime_adjust` of Linux
/// does for times(2): where no tick met it, or none in the kernel, all is the user's.
fn shared_out(run_ns: u64, user: u64, system: u64) -> (u64, u64) {
    let ticks = u128::from(user) + u128::from(system);
    let in_kernel = (u128::from(run_ns) * u128::from(system)).checked_div(ticks).unwrap_or(0) as u64;
    (run_ns - in_kernel, in_kernel)
}

fn call(reader: &mut Reader<'_>) -> Result<Call, RecordError> {
    let (process, cgroup, identity) = (reader.key()?, reader.u64()?, reader.identity()?);
    let args = [reader.u64()?, reader.u64()?];
    let (call, result) = (reader.u32()?, reader.u32()? as i32);
    let (path_bytes, text_bytes) = (reader.u32()?, reader.u32()?);
    let (more_bytes, thread) = (reader.u32()?, reader.u32()? != 0);
    Ok(Call {
        process,
        cgroup,
        identity,
        thread,
        call,
        result,
        args,
        path: path(reader.bytes(path_bytes as usize)?),
        text: string(reader.bytes(text_bytes as usize)?),
        more: string(reader.bytes(more_bytes as usize)?),
    })
}

/// Reads a value of the map of flows.
pub(crate) fn flow(bytes: &[u8; FLOW_BYTES]) -> Result<Flow, RecordError> {
    let mut reader = Reader::of(bytes);
    let (_place, _unused) = (reader.u32()?, reader.u32()?);
    let (socket, window) = reader.socket()?;
    let last_ns = reader.u64()?;
    let (sent_bytes, received_bytes) = (reader.u64()?, reader.u64()?);
    let (latency_ns, duration_ns) = (reader.u64()?, reader.u64()?);
    let (repeats, failed) = (reader.u32()?, reader.u32()?);
    let (error, closed) = (reader.u32()?, reader.u32()?);
    // Both are counted at the end of a connection, so one count does for both.
    let established = if socket.action == SocketAction::Connect { closed } else { 0 };
    let traffic =
        Traffic { sent_bytes, received_bytes, latency_ns, duration_ns, established, failed, error, closed };
    Ok(Flow { socket, window, last_ns, repeats, traffic })
}

/// Path components, the last one first, each ended by a NUL.
fn path(components: &[u8]) -> String {
    let mut path = String::new();
    for component in components.split(|byte| *byte == 0).rev().filter(|component| !component.is_empty()) {
        path.push('/');
        path.push_str(&text(component));
    }
    path
}

/// Text that a NUL ends.
fn string(bytes: &[u8]) -> String {
    text(bytes.split(|byte| *byte == 0).next().unwrap_or_default())
}

/// Arguments, each ended by a NUL, as text.
pub(crate) fn arguments(bytes: &[u8]) -> Vec<String> {
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    if bytes.is_empty() { Vec::new() } else { bytes.split(|byte| *byte == 0).map(text).collect() }
}

/// Bytes as UTF-8: what is not stands as `\xNN`, and a literal `\x` as `\x5cx`, so no two sources collide.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        if chunk.valid().contains("\\x") {
            out.push_str(&chunk.valid().replace("\\x", "\\x5cx"));
        } else {
            out.push_str(chunk.valid());
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

#[cfg(test)]
mod layout;
#[cfg(test)]
mod tests;
