//! Kernel bytes to events: the one place that reads what the eBPF programs wrote.
//!
//! Layouts are those of `bpf/records.h`, whose sizes it asserts. Every length is checked and nothing here can
//! panic: a record that is too short or of an unknown kind is an error that the caller counts. Text from the
//! kernel is bytes that a container chose; it becomes UTF-8 by an escape that keeps different bytes different.

/// A process as the kernel tells it apart: pids are used again, start times are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ProcessKey {
    pub(crate) pid: u32,
    /// Start in ticks of 10 ms since boot, as /proc tells it too.
    pub(crate) start_ticks: u64,
}

/// Length of a clock tick.
pub(crate) const TICK_NS: u64 = 10_000_000;

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
        mount_ns: u32,
    },
    Exec(Box<Exec>),
    Exit {
        process: ProcessKey,
    },
    Socket {
        process: ProcessKey,
        cgroup: u64,
        action: SocketAction,
        address: std::net::IpAddr,
        port: u16,
    },
    /// Names of a control group and of those above it, the leaf first.
    Cgroup {
        cgroup: u64,
        names: Vec<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exec {
    pub(crate) process: ProcessKey,
    pub(crate) parent: ProcessKey,
    pub(crate) cgroup: u64,
    pub(crate) mount_ns: u32,
    /// Pid in the innermost namespace.
    pub(crate) namespace_pid: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) executable: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) argument_bytes: u32,
    pub(crate) upper_layer: bool,
    pub(crate) memfd: bool,
    pub(crate) deleted: bool,
    pub(crate) terminal: bool,
    pub(crate) socket_stdio: bool,
    pub(crate) arguments_truncated: bool,
    /// The arguments could not be read in the kernel.
    pub(crate) arguments_unread: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SocketAction {
    Listen,
    Connect,
    Accept,
}

/// A record that is not what `records.h` says.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RecordError {
    #[error("a kernel record ends too early")]
    Short,
    #[error("a kernel record has the unknown kind {0}")]
    Kind(u32),
    #[error("a kernel record has the unknown address family {0}")]
    Family(u32),
}

const UPPER_LAYER: u32 = 1;
const UNLINKED: u32 = 2;
const TMPFS: u32 = 4;
const PATH_CUT: u32 = 8;
const ARGS_UNREAD: u32 = 16;
const TERMINAL: u32 = 32;
const SOCKET_STDIO: u32 = 64;
const CGROUP_LEVELS: usize = 8;
const CGROUP_NAME_BYTES: usize = 128;
const AF_INET: u32 = 2;
const AF_INET6: u32 = 10;

/// What is left of a record.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], RecordError> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(RecordError::Short)?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], RecordError> {
        let (head, rest) = self.0.split_first_chunk().ok_or(RecordError::Short)?;
        self.0 = rest;
        Ok(*head)
    }

    fn u32(&mut self) -> Result<u32, RecordError> {
        Ok(u32::from_ne_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, RecordError> {
        Ok(u64::from_ne_bytes(self.array()?))
    }

    fn key(&mut self) -> Result<ProcessKey, RecordError> {
        let (pid, _) = (self.u32()?, self.u32()?);
        Ok(ProcessKey { pid, start_ticks: self.u64()? / TICK_NS })
    }
}

/// Reads one record.
pub(crate) fn record(bytes: &[u8]) -> Result<Record, RecordError> {
    let mut reader = Reader(bytes);
    let (kind, _length, time_ns) = (reader.u32()?, reader.u32()?, reader.u64()?);
    let kind = match kind {
        1 => {
            let (child, parent) = (reader.key()?, reader.key()?);
            Kind::Fork { child, parent, mount_ns: reader.u32()? }
        }
        2 => Kind::Exec(Box::new(exec(&mut reader)?)),
        3 => Kind::Exit { process: reader.key()? },
        4 => socket(&mut reader, SocketAction::Connect)?,
        5 => socket(&mut reader, SocketAction::Listen)?,
        6 => socket(&mut reader, SocketAction::Accept)?,
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
    let (mount_ns, namespace_pid) = (reader.u32()?, reader.u32()?);
    let (uid, gid, flags) = (reader.u32()?, reader.u32()?, reader.u32()?);
    let (path_bytes, args_bytes, argument_bytes) = (reader.u32()?, reader.u32()?, reader.u32()?);
    let path = reader.bytes(path_bytes as usize)?;
    let args = reader.bytes(args_bytes as usize)?;
    let has = |flag: u32| flags & flag != 0;
    let memfd = has(UNLINKED) && has(TMPFS) && path.starts_with(b"memfd:");
    let mut executable = String::new();
    if has(PATH_CUT) {
        executable.push('…');
    }
    for component in path.split(|byte| *byte == 0).rev().filter(|component| !component.is_empty()) {
        // A file that hangs in no directory, such as a memfd, has a name but no path.
        if !memfd {
            executable.push('/');
        }
        executable.push_str(&text(component));
    }
    Ok(Exec {
        process,
        parent,
        cgroup,
        mount_ns,
        namespace_pid,
        uid,
        gid,
        executable,
        arguments: arguments(args),
        argument_bytes,
        upper_layer: has(UPPER_LAYER),
        memfd,
        deleted: has(UNLINKED) && !memfd,
        terminal: has(TERMINAL),
        socket_stdio: has(SOCKET_STDIO),
        arguments_truncated: argument_bytes > args_bytes && !has(ARGS_UNREAD),
        arguments_unread: has(ARGS_UNREAD),
    })
}

fn socket(reader: &mut Reader<'_>, action: SocketAction) -> Result<Kind, RecordError> {
    let (process, cgroup) = (reader.key()?, reader.u64()?);
    let (port, family) = (reader.u32()?, reader.u32()?);
    let address: [u8; 16] = reader.array()?;
    let address = match (family, address) {
        (AF_INET, [a, b, c, d, ..]) => std::net::IpAddr::from([a, b, c, d]),
        (AF_INET6, address) => std::net::IpAddr::from(address).to_canonical(),
        (other, _) => return Err(RecordError::Family(other)),
    };
    Ok(Kind::Socket { process, cgroup, action, address, port: port as u16 })
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
        out.push_str(&chunk.valid().replace("\\x", "\\x5cx"));
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exec_record(path: &[u8], args: &[u8], total: u32, flags: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        for word in [2_u32, 0] {
            bytes.extend(word.to_ne_bytes());
        }
        bytes.extend(77_u64.to_ne_bytes());
        for (pid, start) in [(10_u32, 25_000_000_u64), (1, 0)] {
            bytes.extend(pid.to_ne_bytes());
            bytes.extend(0_u32.to_ne_bytes());
            bytes.extend(start.to_ne_bytes());
        }
        bytes.extend(5_u64.to_ne_bytes());
        for word in [9, 1, 1000, 100, flags, path.len() as u32, args.len() as u32, total] {
            bytes.extend(word.to_ne_bytes());
        }
        bytes.extend(path);
        bytes.extend(args);
        bytes
    }

    fn read_exec(bytes: &[u8]) -> Exec {
        match record(bytes).unwrap().kind {
            Kind::Exec(exec) => *exec,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_exec_record_has_its_path_in_order_and_its_arguments_apart() {
        let exec = read_exec(&exec_record(b"sh\0bin\0", b"sh\0-c\0\0a b\0", 11, UPPER_LAYER | TERMINAL));
        assert_eq!(exec.executable, "/bin/sh");
        assert_eq!(exec.arguments, ["sh", "-c", "", "a b"]);
        assert_eq!(exec.process, ProcessKey { pid: 10, start_ticks: 2 });
        assert!(exec.upper_layer && exec.terminal && !exec.memfd && !exec.arguments_truncated);
    }

    #[test]
    fn memory_and_deleted_files_are_told_apart() {
        let memory = read_exec(&exec_record(b"memfd:x\0", b"", 0, UNLINKED | TMPFS));
        assert!(memory.memfd && !memory.deleted);
        assert_eq!(memory.executable, "memfd:x");
        let deleted = read_exec(&exec_record(b"x\0tmp\0", b"", 0, UNLINKED | TMPFS));
        assert!(deleted.deleted && !deleted.memfd);
    }

    #[test]
    fn cut_arguments_say_so() {
        assert!(read_exec(&exec_record(b"x\0", b"x\0yyy", 900, 0)).arguments_truncated);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2048), kind in 0..9_u32) {
            let mut bytes = bytes;
            for (place, byte) in bytes.iter_mut().zip(kind.to_ne_bytes()) {
                *place = byte;
            }
            let _ = record(&bytes);
        }

        #[test]
        fn a_record_cut_anywhere_is_refused(cut in 0..100_usize) {
            let whole = exec_record(b"sh\0bin\0", b"sh\0", 3, 0);
            prop_assume!(cut < whole.len());
            prop_assert_eq!(record(&whole[..cut]), Err(RecordError::Short));
        }

        #[test]
        fn different_bytes_stay_different_text(a in proptest::collection::vec(any::<u8>(), 0..12), b in proptest::collection::vec(any::<u8>(), 0..12)) {
            prop_assert_eq!(a == b, text(&a) == text(&b));
        }

        #[test]
        fn a_literal_escape_is_not_mistaken_for_one(byte in 128..=255_u8) {
            let literal = format!("\\x{byte:02x}");
            prop_assert_ne!(text(literal.as_bytes()), text(&[byte]));
        }
    }
}
