//! Canonicalisation: an event as a few categorical behaviours. Learning and scoring share this one function,
//! so they can't disagree about what is the same.
//!
//! A program is named by the path the kernel resolved, with the applet in brackets for multi-call binaries
//! (`/bin/busybox[wget]`), never by what it calls itself. Not here: whether a behaviour is known.

use crate::{
    event::{Action, Batch, Call, CallKind, Event, Process, ProcessFlags, Source, UNKNOWN_ID, Untold},
    peer::PeerClass,
    shape::{cut, shape, tool_of},
    tools::{file_name, is_multi_call},
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What kind of question a behaviour answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Dimension {
    /// Which program starts which (context: the parent's program).
    Spawn,
    /// With what shape of arguments a program runs.
    Arguments,
    /// Where a program's file came from and how its process came to be.
    Origin,
    /// On which port a program listens.
    Listen,
    /// To which port of what kind of peer a program connects.
    Connect,
    /// From what kind of peer a program takes connections on a port.
    Accept,
    /// What rights a program gains or gives up.
    Identity,
    /// Which telling system calls a program makes.
    Call,
    /// Which domains a program asks for.
    Resolve,
    /// How often a container does what it is known to do, where that is unusual (see `rhythm`).
    Rate,
}

impl Dimension {
    /// All of them, in the order of the design.
    pub const ALL: [Self; 10] = [
        Self::Spawn,
        Self::Arguments,
        Self::Origin,
        Self::Listen,
        Self::Connect,
        Self::Accept,
        Self::Identity,
        Self::Call,
        Self::Resolve,
        Self::Rate,
    ];

    /// The name that the API and the documentation use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spawn => "spawn",
            Self::Arguments => "arguments",
            Self::Origin => "origin",
            Self::Listen => "listen",
            Self::Connect => "connect",
            Self::Accept => "accept",
            Self::Identity => "identity",
            Self::Call => "call",
            Self::Resolve => "resolve",
            Self::Rate => "rate",
        }
    }

    /// Whether a source that is silent about `untold` shows all behaviours of this dimension.
    pub(crate) fn is_watched(self, untold: Untold) -> bool {
        !untold.has(match self {
            Self::Spawn | Self::Arguments => Untold::EXECS,
            Self::Origin => Untold::EXECS | Untold::LAYERS,
            Self::Listen => Untold::LISTEN,
            Self::Connect => Untold::CONNECT,
            Self::Accept => Untold::ACCEPT,
            Self::Identity => Untold::RIGHTS_CHANGES,
            Self::Call => Untold::CALLS,
            Self::Resolve => Untold::DNS,
            // Of what is told; there has to be something.
            Self::Rate => return !(untold.has(Untold::EXECS) && untold.has(Untold::CONNECT)),
        })
    }

    /// Whether a baseline is learning for as long as this is. An image that is mostly idle shows too little to know its
    /// rates: they are not waited for.
    pub(crate) fn is_waited_for(self) -> bool {
        self != Self::Rate
    }

    /// Size of the vocabulary that the base measure spreads over: how many values there could be.
    pub(crate) fn vocabulary(self) -> f64 {
        match self {
            Self::Spawn => 4096.0,
            Self::Arguments | Self::Connect | Self::Resolve => 1_048_576.0,
            Self::Origin => 16.0,
            Self::Listen => 65_536.0,
            Self::Accept => 8.0,
            Self::Identity => 256.0,
            Self::Call => 4096.0,
            // An alarm by chance takes more windows than this: see `rhythm`.
            Self::Rate => 131_072.0,
        }
    }

    /// How much its surprise counts: a new command line says less than a new program.
    pub(crate) fn weight(self) -> f64 {
        match self {
            Self::Spawn | Self::Origin | Self::Listen | Self::Identity => 1.0,
            Self::Connect => 0.9,
            Self::Call | Self::Resolve => 0.8,
            Self::Arguments => 0.6,
            Self::Accept | Self::Rate => 0.5,
        }
    }
}

/// One categorical behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour<'a> {
    /// The question.
    pub dimension: Dimension,
    /// What it is judged in, mostly a program.
    pub context: Cow<'a, str>,
    /// What was seen there.
    pub value: Cow<'a, str>,
    /// Never part of a pattern, however many there are: a file of the image.
    pub(crate) fixed: bool,
}

/// Longest program name kept, in bytes.
const PROGRAM_BYTES: usize = 512;
/// Longest applet name kept, in bytes.
const APPLET_BYTES: usize = 64;

/// Name of the program a process runs.
pub fn program<'a>(process: &Process<'a>) -> Cow<'a, str> {
    let path =
        if process.executable.is_empty() { "(unknown)" } else { cut(process.executable, PROGRAM_BYTES) };
    if !is_multi_call(file_name(path)) {
        return Cow::Borrowed(path);
    }
    match applet(process) {
        Some(applet) => Cow::Owned(format!("{path}[{}]", cut(applet, APPLET_BYTES))),
        None => Cow::Borrowed(path),
    }
}

/// Words after the program's name, and after the applet's where that is a word of its own.
pub(crate) fn words<'b, 'a>(process: &'b Process<'a>) -> &'b [&'a str] {
    let own_word = is_multi_call(file_name(process.executable))
        && process.arguments.first().is_some_and(|first| is_multi_call(file_name(first)));
    process.arguments.get(if own_word { 2 } else { 1 }..).unwrap_or_default()
}

/// Shape of a program's command line.
pub(crate) fn line(process: &Process<'_>, program: &str) -> String {
    shape(tool_of(program), words(process))
}

fn applet<'a>(process: &Process<'a>) -> Option<&'a str> {
    let first = file_name(process.arguments.first()?).trim_start_matches('-');
    if is_multi_call(first) { process.arguments.get(1).map(|word| file_name(word)) } else { Some(first) }
}

/// The behaviours of an event, appended to `out`.
pub fn canonicalise<'a>(batch: &Batch<'a>, event: &Event<'a>, out: &mut Vec<Behaviour<'a>>) {
    let Some(process) = batch.processes.get(event.process) else { return };
    let program = program(process);
    let of_image = !process.flags.has(ProcessFlags::NEW_FILE | ProcessFlags::VOLUME);
    let mut push = |dimension, context, value| {
        let fixed = dimension == Dimension::Spawn && of_image;
        out.push(Behaviour { dimension, context, value, fixed });
    };
    match event.action {
        Action::Exec if process.flags.has(ProcessFlags::PRIMED) && has_begun_no_program(batch, process) => {}
        Action::Exec => {
            let parent = match process.parent.and_then(|parent| batch.processes.get(parent)) {
                Some(parent) => self::program(parent),
                None => Cow::Borrowed(family(process.flags)),
            };
            push(Dimension::Spawn, parent, program.clone());
            if !process.arguments.is_empty() && !has_title(process) {
                push(Dimension::Arguments, program.clone(), Cow::Owned(line(process, &program)));
            }
            // /proc does not tell the layer, nor do some sources: what is unknown is no behaviour. What is stated is.
            let unknown = process.flags.has(ProcessFlags::PRIMED) || batch.source.untold.has(Untold::LAYERS);
            if !unknown
                || (process.flags.has(ProcessFlags::NEW_PROGRAM) && !process.flags.has(ProcessFlags::PRIMED))
            {
                push(Dimension::Origin, program, Cow::Borrowed(origin(process.flags)));
            }
        }
        Action::Listen { port, .. } => push(Dimension::Listen, program, Cow::Owned(format!("tcp/{port}"))),
        Action::Connect { address, port, name } => {
            push(Dimension::Connect, program, Cow::Owned(format!("tcp/{port} {}", peer(address, name))));
        }
        Action::Accept { address, port } => {
            let context = Cow::Owned(format!("{program} tcp/{port}"));
            push(Dimension::Accept, context, Cow::Borrowed(PeerClass::of(address).name()));
        }
        Action::Send { address, port, name } => {
            push(Dimension::Connect, program, Cow::Owned(format!("udp/{port} {}", peer(address, name))));
        }
        Action::Receive { address, port } => {
            let port = if port < EPHEMERAL { port.to_string() } else { "ephemeral".into() };
            let context = Cow::Owned(format!("{program} udp/{port}"));
            push(Dimension::Accept, context, Cow::Borrowed(PeerClass::of(address).name()));
        }
        Action::Credentials { before } => {
            let Some(before) = batch.processes.get(before) else { return };
            if before.effective_uid != UNKNOWN_ID && process.effective_uid != UNKNOWN_ID {
                push(Dimension::Identity, program, Cow::Owned(identity(&batch.source, before, process)));
            }
        }
        Action::Resolve { name } => {
            push(Dimension::Resolve, program, domain(name));
        }
        Action::Call(call) => {
            if let Some(value) = self::call(&call) {
                push(Dimension::Call, program, value);
            }
        }
        Action::Failed(_) => {}
        Action::Unusual(unusual) => {
            push(Dimension::Rate, Cow::Borrowed("(container)"), Cow::Owned(unusual.magnitude()));
        }
    }
}

/// Longest domain name there can be, in bytes (RFC 1035, section 2.3.4).
const NAME_BYTES: usize = 255;

/// From here on Linux chooses ports by itself (ip_local_port_range).
pub(crate) const EPHEMERAL: u16 = 32_768;

/// Whether a process that was found running is a copy of its parent, or the runtime's own on its way into the container,
/// whose file lies nowhere in it.
fn has_begun_no_program(batch: &Batch<'_>, process: &Process<'_>) -> bool {
    let parent = process.parent.and_then(|parent| batch.processes.get(parent));
    let is_copy = parent.is_some_and(|parent| program(parent) == program(process));
    is_copy || (parent.is_none() && process.executable == "/")
}

/// Whether a process that was found running has put a title in the place of its arguments, as nginx and
/// PostgreSQL do ("nginx: worker process"), or Redis, which leaves blanks behind it.
fn has_title(process: &Process<'_>) -> bool {
    let (first, rest) = (process.arguments.first(), process.arguments.get(1..).unwrap_or_default());
    let blank = !rest.is_empty() && rest.iter().all(|word| word.trim().is_empty());
    process.flags.has(ProcessFlags::PRIMED) && (blank || first.is_some_and(|first| first.contains(": ")))
}

/// A domain; that of an address, which is asked for its name, as the class of the address.
fn domain(name: &str) -> Cow<'_, str> {
    match name.strip_suffix(".in-addr.arpa") {
        Some(reversed) => {
            let address: Vec<&str> = reversed.rsplit('.').collect();
            Cow::Owned(format!("(name of) {}", PeerClass::of(&address.join(".")).name()))
        }
        None if name.ends_with(".ip6.arpa") => Cow::Borrowed("(name of) IPv6"),
        None => Cow::Borrowed(cut(name, NAME_BYTES)),
    }
}

/// The most stable name of a peer: its class, with the name it was resolved from in place of the address. A name
/// alone would say too little: whoever controls the container chooses whom it asks.
fn peer(address: &str, name: &str) -> String {
    let class = PeerClass::of(address);
    if name.is_empty() || matches!(class, PeerClass::Loopback | PeerClass::Metadata | PeerClass::LinkLocal) {
        class.to_string()
    } else {
        format!("{} {}", class.name(), cut(name, NAME_BYTES))
    }
}

/// A change of rights: users by number, and the capabilities gained or given up as hexadecimal bits.
fn identity(source: &Source<'_>, before: &Process<'_>, now: &Process<'_>) -> String {
    let gained = now.capabilities_beyond(before, source);
    let lost = before.capabilities_beyond(now, source);
    let mut text = format!("user {} -> {}", before.effective_uid, now.effective_uid);
    if before.gid != now.gid && before.gid != UNKNOWN_ID && now.gid != UNKNOWN_ID {
        text.push_str(&format!(", group {} -> {}", before.gid, now.gid));
    }
    if gained != 0 {
        text.push_str(&format!(", capabilities +{gained:x}"));
    }
    if lost != 0 {
        text.push_str(&format!(", capabilities -{lost:x}"));
    }
    text
}

/// errno of a path that does not exist: programs look for others in many places.
const ENOENT: u32 = 2;
/// Longest subject kept of a call, in bytes.
const SUBJECT_BYTES: usize = 256;

/// A call as a value; `None` for what happens all the time. Names of files that change from one run to the next
/// are told by their directory.
fn call<'a>(call: &Call<'a>) -> Option<Cow<'a, str>> {
    let Call { kind, error, subject, detail } = *call;
    let failed = if error == 0 { "" } else { " (refused)" };
    Some(match kind {
        CallKind::ExecFailed if error == ENOENT => return None,
        CallKind::ExecFailed => Cow::Owned(format!("start {}, which fails", cut(subject, SUBJECT_BYTES))),
        CallKind::Ptrace => Cow::Owned(format!("{detail} to a process{failed}")),
        CallKind::Memfd => Cow::Borrowed("make a file in memory"),
        CallKind::Setns => Cow::Owned(format!("enter namespace {detail}{failed}")),
        CallKind::Unshare => Cow::Owned(format!("make new namespaces {detail}{failed}")),
        CallKind::Mount => Cow::Owned(format!("mount {}{failed}", cut(subject, SUBJECT_BYTES))),
        CallKind::Module => Cow::Owned(format!("load kernel module{failed}")),
        CallKind::Bpf => Cow::Owned(format!("load BPF program{failed}")),
        CallKind::MadeExecutable => {
            let directory = subject.rsplit_once('/').map_or("", |(directory, _)| directory);
            Cow::Owned(format!("make executable in {}/", cut(directory, SUBJECT_BYTES)))
        }
        CallKind::UnixConnect => Cow::Owned(format!("connect to {}", cut(subject, SUBJECT_BYTES))),
    })
}

/// Context of a process whose parent is outside the container. What a person types is not what a scheduler starts: however
/// often that comes, it says little of what to expect at a terminal.
pub(crate) fn family(flags: ProcessFlags) -> &'static str {
    if flags.has(ProcessFlags::PROBE) {
        "(probe)"
    } else if flags.has(ProcessFlags::HOOK) {
        "(hook)"
    } else if flags.has(ProcessFlags::EXEC_SESSION) && flags.has(ProcessFlags::TERMINAL) {
        "(terminal session)"
    } else if flags.has(ProcessFlags::EXEC_SESSION) {
        "(exec session)"
    } else if flags.has(ProcessFlags::INIT_FAMILY) {
        "(init)"
    } else {
        "(unknown)"
    }
}

fn origin(flags: ProcessFlags) -> &'static str {
    let declared = flags.has(ProcessFlags::PROBE | ProcessFlags::HOOK);
    let session = flags.has(ProcessFlags::EXEC_SESSION) && !declared;
    if flags.has(ProcessFlags::MEMFD) {
        if session { "memory, exec session" } else { "memory" }
    } else if flags.has(ProcessFlags::DELETED) {
        if session { "deleted file, exec session" } else { "deleted file" }
    } else if flags.has(ProcessFlags::UPPER_LAYER | ProcessFlags::SCRIPT_WRITTEN) {
        if session { "upper layer, exec session" } else { "upper layer" }
    } else if session {
        "image, exec session"
    } else {
        "image"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_probe_or_hook_is_no_exec_session() {
        let session = ProcessFlags::EXEC_SESSION;
        for (declared, context) in [(ProcessFlags::PROBE, "(probe)"), (ProcessFlags::HOOK, "(hook)")] {
            let flags = ProcessFlags(session | declared);
            assert_eq!((family(flags), origin(flags)), (context, "image"));
        }
        let flags = ProcessFlags(session);
        assert_eq!((family(flags), origin(flags)), ("(exec session)", "image, exec session"));
        let flags = ProcessFlags(session | ProcessFlags::TERMINAL);
        assert_eq!((family(flags), origin(flags)), ("(terminal session)", "image, exec session"));
    }

    fn behaviours(process: Process<'static>, action: Action<'static>) -> Vec<(Dimension, String, String)> {
        let shell = Process { executable: "/bin/sh", arguments: vec!["sh"], ..Process::default() };
        let batch = Batch { processes: vec![shell, process], ..Batch::default() };
        let mut out = Vec::new();
        canonicalise(&batch, &Event { process: 1, time_unix_ns: 1, count: 1, action }, &mut out);
        out.into_iter().map(|b| (b.dimension, b.context.into_owned(), b.value.into_owned())).collect()
    }

    #[test]
    fn a_program_is_named_by_its_resolved_path_not_by_what_it_calls_itself() {
        let process =
            Process { executable: "/tmp/x", arguments: vec!["nginx"], parent: Some(0), ..Process::default() };
        let spawn = (Dimension::Spawn, "/bin/sh".into(), "/tmp/x".into());
        assert!(behaviours(process, Action::Exec).contains(&spawn));
    }

    #[test]
    fn applets_of_a_multi_call_binary_are_different_programs_however_they_are_called() {
        for arguments in [vec!["wget", "-q"], vec!["/bin/busybox", "wget", "-q"], vec!["/usr/bin/wget", "-q"]]
        {
            let process =
                Process { executable: "/bin/busybox", arguments, parent: Some(0), ..Process::default() };
            let all = behaviours(process, Action::Exec);
            assert!(
                all.contains(&(Dimension::Spawn, "/bin/sh".into(), "/bin/busybox[wget]".into())),
                "{all:?}"
            );
            assert!(
                all.contains(&(Dimension::Arguments, "/bin/busybox[wget]".into(), "\u{2}-q".into())),
                "{all:?}"
            );
        }
    }

    #[test]
    fn a_primed_process_says_nothing_of_its_origin() {
        let process =
            Process { executable: "/bin/x", flags: ProcessFlags(ProcessFlags::PRIMED), ..Process::default() };
        assert!(
            behaviours(process, Action::Exec).iter().all(|(dimension, ..)| *dimension != Dimension::Origin)
        );
    }

    #[test]
    fn what_a_source_does_not_tell_of_a_file_is_no_origin_and_what_it_states_is_one() {
        let origins = |flags| {
            let process = Process { executable: "/x", flags: ProcessFlags(flags), ..Process::default() };
            let source = crate::event::Source { name: "tetragon", untold: Untold(Untold::LAYERS) };
            let batch = Batch { source, processes: vec![process], ..Batch::default() };
            let mut out = Vec::new();
            let event = Event { process: 0, time_unix_ns: 1, count: 1, action: Action::Exec };
            canonicalise(&batch, &event, &mut out);
            out.into_iter().filter(|b| b.dimension == Dimension::Origin).map(|b| b.value).collect::<Vec<_>>()
        };
        assert!(origins(0).is_empty(), "a file of unknown layer was taken for one of the image");
        assert_eq!(origins(ProcessFlags::MEMFD), ["memory"]);
    }

    #[test]
    fn users_groups_and_capabilities_that_are_not_told_make_no_behaviour() {
        let identities = |before: Process<'static>, now: Process<'static>| {
            let source = Source { name: "falco", untold: Untold(Untold::CAPABILITIES) };
            let batch = Batch { source, processes: vec![before, now], ..Batch::default() };
            let action = Action::Credentials { before: 0 };
            let mut out = Vec::new();
            canonicalise(&batch, &Event { process: 1, time_unix_ns: 1, count: 1, action }, &mut out);
            out.into_iter().map(|b| b.value.into_owned()).collect::<Vec<_>>()
        };
        let user = |effective_uid, gid, capabilities| Process {
            effective_uid,
            gid,
            capabilities,
            ..Process::default()
        };
        assert_eq!(identities(user(33, 33, 0), user(0, UNKNOWN_ID, 7)), ["user 33 -> 0"]);
        assert!(identities(user(UNKNOWN_ID, 1, 0), user(0, 1, 0)).is_empty());
    }

    #[test]
    fn the_port_and_the_kind_of_peer_are_the_egress_identity() {
        let process = Process { executable: "/bin/x", ..Process::default() };
        let connect = Action::Connect { address: "93.184.216.34", port: 443, name: "" };
        assert_eq!(
            behaviours(process, connect),
            [(Dimension::Connect, "/bin/x".into(), "tcp/443 public 93.184.0.0/16".into())]
        );
    }

    #[test]
    fn peers_go_by_name_and_class_and_what_linux_chooses_by_none() {
        let value = |action| {
            let process = Process { executable: "/bin/x", ..Process::default() };
            let (_, context, value) = behaviours(process, action).remove(0);
            (context, value)
        };
        let connect = |address, name| value(Action::Connect { address, port: 443, name }).1;
        assert_eq!(connect("93.184.216.34", "api.example"), "tcp/443 public api.example");
        assert_eq!(connect("10.0.0.7", "db"), "tcp/443 private db");
        assert_eq!(connect("169.254.169.254", "harmless.example"), "tcp/443 metadata-service");
        let ask = |name| value(Action::Resolve { name }).1;
        assert_eq!(ask("4.1.213.10.in-addr.arpa"), ask("9.9.9.10.in-addr.arpa"));
        assert_ne!(ask("4.1.213.10.in-addr.arpa"), ask("8.8.8.8.in-addr.arpa"));
        let receive = |port| value(Action::Receive { address: "127.0.0.1", port }).0;
        assert_eq!(receive(40_000), receive(50_000));
        assert_ne!(receive(53), receive(40_000));
    }
}
