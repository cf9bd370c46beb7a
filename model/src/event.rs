//! What the model is told: plain data, borrowed from whoever holds the bytes.
//!
//! A [`Batch`] is one node's report. Indices have been checked by whoever built it (the server's `wire.rs`,
//! or a test): every index here is in range and a parent stands before its children. The model owns no copy
//! of these strings until it learns one.

use crate::rhythm::Unusual;

/// One node's report: tables, and events over them.
#[derive(Clone, Debug, Default)]
pub struct Batch<'a> {
    /// Node the report comes from.
    pub node: &'a str,
    /// Who told it, and what that source is silent about.
    pub source: Source<'a>,
    /// Length of the exposure window in nanoseconds; never 0.
    pub window_ns: u64,
    /// Images that containers refer to.
    pub images: Vec<Image<'a>>,
    /// Containers that processes and windows refer to.
    pub containers: Vec<Container<'a>>,
    /// Processes that events refer to; a parent stands before its children.
    pub processes: Vec<Process<'a>>,
    /// Events, oldest first.
    pub events: Vec<Event<'a>>,
    /// When the last event or window was that is left out, because its image is none of those that are looked at; 0 if none
    /// is.
    pub left_out_unix_ns: u64,
    /// Exposure windows that closed.
    pub windows: Vec<ClosedWindow>,
    /// What was lost.
    pub losses: Vec<Loss>,
}

/// A source of events. The default is one that tells everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Source<'a> {
    /// Its name; empty for the collector's own kernel side.
    pub name: &'a str,
    /// What it does not tell: bit `n` is aspect `n` of `Aspect` in events.proto.
    pub untold: Untold,
}

/// Aspects that a source does not tell; see `Aspect` in events.proto, whose numbers are the bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Untold(pub u32);

impl Untold {
    /// Every program that is started.
    pub const EXECS: u32 = 1 << 1;
    /// Arguments word by word.
    pub const EXACT_ARGUMENTS: u32 = 1 << 3;
    /// Capabilities.
    pub const CAPABILITIES: u32 = 1 << 5;
    /// Every change of rights.
    pub const RIGHTS_CHANGES: u32 = 1 << 6;
    /// Whether a file was in the image.
    pub const LAYERS: u32 = 1 << 7;
    /// Listening sockets.
    pub const LISTEN: u32 = 1 << 15;
    /// TCP connects.
    pub const CONNECT: u32 = 1 << 16;
    /// TCP accepts.
    pub const ACCEPT: u32 = 1 << 17;
    /// UDP peers.
    pub const DATAGRAMS: u32 = 1 << 18;
    /// What connections came to.
    pub const TRAFFIC: u32 = 1 << 19;
    /// DNS questions.
    pub const DNS: u32 = 1 << 20;
    /// Telling system calls.
    pub const CALLS: u32 = 1 << 21;

    /// Whether any of `bits` is not told.
    pub fn has(self, bits: u32) -> bool {
        self.0 & bits != 0
    }

    /// What is not told, in words for people.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        const NAMES: [&str; 22] = [
            "all program starts",
            "resolved paths",
            "exact arguments",
            "all users",
            "capabilities",
            "changes of rights",
            "whether a file was in the image",
            "programs in memory",
            "deleted programs",
            "terminals",
            "sockets as standard input",
            "runtime exec sessions",
            "host namespaces",
            "process ends",
            "listening",
            "connects",
            "accepts",
            "datagrams",
            "traffic",
            "DNS",
            "system calls",
            "file digests",
        ];
        NAMES.into_iter().enumerate().filter(move |(n, _)| self.has(2 << n)).map(|(_, name)| name)
    }
}

/// A container image as declared by its author.
#[derive(Clone, Debug, Default)]
pub struct Image<'a> {
    /// Digest of the image config: the identity.
    pub digest: &'a str,
    /// Registry and name without tag; empty for an untagged image.
    pub repository: &'a str,
    /// Tag; may be empty.
    pub tag: &'a str,
    /// Diff IDs of its layers, base first; empty if unknown.
    pub layers: Vec<&'a str>,
    /// Declared entrypoint; may be empty.
    pub entrypoint: Vec<&'a str>,
    /// Declared default command; may be empty.
    pub command: Vec<&'a str>,
    /// Declared ports as the image config writes them ("80/tcp"); may be empty.
    pub ports: Vec<&'a str>,
    /// Declared user ("name", "uid", "uid:gid"); empty for root. What it is worth: `image/declared.rs`.
    pub user: &'a str,
    /// Words of the declared health check as it is executed; empty if none is declared.
    pub health_check: Vec<&'a str>,
    /// Commands that its scripts start in turn, as somebody declared for it; may be empty (`starts.rs`).
    pub starts: Vec<Vec<&'a str>>,
}

impl<'a> Image<'a> {
    /// Key of the lineage the image belongs to: its repository, or its digest if it has none. All versions
    /// of one repository are scored together, so whoever shards must shard by this key.
    pub fn lineage(&self) -> &'a str {
        if self.repository.is_empty() { self.digest } else { self.repository }
    }
}

/// A container.
#[derive(Clone, Debug, Default)]
pub struct Container<'a> {
    /// Full id.
    pub id: &'a str,
    /// Index into [`Batch::images`].
    pub image: usize,
    /// Name; may be empty.
    pub name: &'a str,
    /// Kubernetes namespace of its pod; empty outside a pod.
    pub namespace: &'a str,
    /// Start time, nanoseconds since the Unix epoch; 0 if unknown.
    pub started_unix_ns: u64,
    /// The collector started after the container did.
    pub start_missed: bool,
    /// Ports ("80/tcp") that were declared for it beside its image's; may be empty.
    pub ports: Vec<&'a str>,
    /// User its first process starts as ("name", "uid", "uid:gid"), which may be another than the image's; empty if the runtime
    /// does not tell, or leaves it to the image.
    pub user: &'a str,
    /// It has all rights of the host, or sees the host's processes; false also if the runtime does not tell.
    pub privileged: bool,
    /// The image's files can't be written to; false also if the runtime does not tell.
    pub read_only_root: bool,
}

/// A process as the program it runs.
#[derive(Clone, Debug, Default)]
pub struct Process<'a> {
    /// Index into [`Batch::containers`].
    pub container: usize,
    /// Process id on the node.
    pub pid: u32,
    /// Start in 10 ms ticks since the node's boot; with `pid` the identity of the process.
    pub start_ticks: u64,
    /// Index of the parent in [`Batch::processes`], always lower than the own; `None` outside the container.
    pub parent: Option<usize>,
    /// Resolved path of the executable; empty if unknown.
    pub executable: &'a str,
    /// Arguments from argv[0]; may be empty.
    pub arguments: Vec<&'a str>,
    /// Real user id; [`UNKNOWN_ID`] if unknown, as are the next two.
    pub uid: u32,
    /// Real group id.
    pub gid: u32,
    /// Effective user id.
    pub effective_uid: u32,
    /// Effective capabilities, one bit each; 0 also if unknown.
    pub capabilities: u64,
    /// What is known of how it came to be.
    pub flags: ProcessFlags,
}

/// The id that no user and no group has.
pub const UNKNOWN_ID: u32 = u32::MAX;

impl Process<'_> {
    /// Capabilities it has and `other` has not; none where the source does not tell them.
    pub(crate) fn capabilities_beyond(&self, other: &Self, source: &Source<'_>) -> u64 {
        if source.untold.has(Untold::CAPABILITIES) { 0 } else { self.capabilities & !other.capabilities }
    }
}

/// Facts about a process; see `ProcessFlag` in events.proto, whose bits these are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessFlags(pub u32);

impl ProcessFlags {
    /// Executable in the container's writable layer.
    pub const UPPER_LAYER: u32 = 1;
    /// Executable in memory only.
    pub const MEMFD: u32 = 2;
    /// Executable deleted before it started.
    pub const DELETED: u32 = 4;
    /// Arguments were cut.
    pub const ARGUMENTS_TRUNCATED: u32 = 8;
    /// Read from /proc, not seen starting.
    pub const PRIMED: u32 = 16;
    /// Descends from the container's first process.
    pub const INIT_FAMILY: u32 = 32;
    /// Descends from a process the runtime put into the running container.
    pub const EXEC_SESSION: u32 = 64;
    /// Has a controlling terminal.
    pub const TERMINAL: u32 = 128;
    /// Standard input or output is a socket.
    pub const SOCKET_STDIO: u32 = 256;
    /// Executable on something mounted into the container.
    pub const VOLUME: u32 = 512;
    /// In the host's network namespace.
    pub const HOST_NETWORK: u32 = 1024;
    /// In the host's mount namespace: it left the container.
    pub const HOST_MOUNTS: u32 = 2048;
    /// Descends from a declared probe.
    pub const PROBE: u32 = 4096;
    /// Descends from a declared hook.
    pub const HOOK: u32 = 8192;
    /// Interprets a script that was written after the container was started.
    pub const SCRIPT_WRITTEN: u32 = 16_384;
    /// Interprets a script on something mounted into the container.
    pub const SCRIPT_ON_VOLUME: u32 = 32_768;

    /// Flags of an executable that was not in the image.
    pub(crate) const NEW_FILE: u32 = Self::UPPER_LAYER | Self::MEMFD | Self::DELETED;
    /// Flags of a program, executable or script, that was not in the image.
    pub(crate) const NEW_PROGRAM: u32 = Self::NEW_FILE | Self::SCRIPT_WRITTEN;

    /// Whether any of `bits` is set.
    pub fn has(self, bits: u32) -> bool {
        self.0 & bits != 0
    }
}

/// Something a process did.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// Index into [`Batch::processes`].
    pub process: usize,
    /// When, nanoseconds since the Unix epoch.
    pub time_unix_ns: u64,
    /// Occurrences it stands for; never 0.
    pub count: u32,
    /// What.
    pub action: Action<'a>,
}

/// What a process did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// Started its program.
    Exec,
    /// Began to listen on a local address.
    Listen {
        /// Local address in text form.
        address: &'a str,
        /// Local port.
        port: u16,
    },
    /// Began to connect to a peer.
    Connect {
        /// The peer's address in text form.
        address: &'a str,
        /// The peer's port.
        port: u16,
        /// Name that the container last resolved to the address; empty if it did not.
        name: &'a str,
    },
    /// Took a connection from a peer.
    Accept {
        /// The peer's address in text form.
        address: &'a str,
        /// Local port.
        port: u16,
    },
    /// Sent UDP datagrams to a peer.
    Send {
        /// The peer's address in text form.
        address: &'a str,
        /// The peer's port.
        port: u16,
        /// Name that the container last resolved to the address; empty if it did not.
        name: &'a str,
    },
    /// Asked for a domain.
    Resolve {
        /// The domain, in lower case without the last dot.
        name: &'a str,
    },
    /// Took UDP datagrams from a peer that it had not sent any.
    Receive {
        /// The peer's address in text form.
        address: &'a str,
        /// Local port.
        port: u16,
    },
    /// Has other rights than before.
    Credentials {
        /// Index into [`Batch::processes`]: the process with the rights it had.
        before: usize,
    },
    /// A system call that tells something by itself.
    Call(Call<'a>),
    /// Something it tried came to nothing. No behaviour: only how often is of interest.
    Failed(Attempt),
    /// Its container does something at a rate that the image never had. Nobody tells this: the model finds it when a
    /// window closes.
    Unusual(Unusual),
}

/// What can come to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// A TCP connect.
    Connect,
    /// A question for a domain.
    Resolve,
}

/// A system call that returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Call<'a> {
    /// Which.
    pub kind: CallKind,
    /// 0 if it succeeded, else its errno.
    pub error: u32,
    /// What it was about, such as a path; may be empty. See `CallKind` in events.proto.
    pub subject: &'a str,
    /// More about it; may be empty.
    pub detail: &'a str,
}

/// Kinds of system calls; see `CallKind` in events.proto.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// A program could not be started.
    ExecFailed,
    /// Another process was attached to.
    Ptrace,
    /// A file in memory was made.
    Memfd,
    /// A namespace was entered.
    Setns,
    /// Namespaces were left for new ones.
    Unshare,
    /// A file system was mounted.
    Mount,
    /// A kernel module was to be loaded.
    Module,
    /// A BPF program was to be loaded.
    Bpf,
    /// A file was made executable.
    MadeExecutable,
    /// A unix socket whose listener is outside the container was connected to.
    UnixConnect,
}

/// An exposure window that closed.
#[derive(Clone, Copy, Debug)]
pub struct ClosedWindow {
    /// Index into [`Batch::containers`].
    pub container: usize,
    /// Unix time divided by the window's length.
    pub window: u64,
    /// Something may have been lost in it: it teaches nothing.
    pub lossy: bool,
}

/// Events that were lost.
#[derive(Clone, Copy, Debug)]
pub struct Loss {
    /// Whose; `None` if that can't be told.
    pub container: Option<usize>,
    /// How many.
    pub events: u64,
}
