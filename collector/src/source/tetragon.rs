//! Tetragon's events, from its exported JSON or its gRPC stream: the same messages (`collector/proto/tetragon.proto`).
//!
//! Programs and their ends are told by default; sockets by a tracing policy (`deploy/tetragon/`). A dimension is
//! told once an event of the kind came: of sockets, from our own policy, since another's may be filtered. What
//! Tetragon does not tell: argv[0], resolved paths, layers, terminals, standard input.

use super::{
    Sense,
    text::{container_id, quoted_words, signal},
};
use crate::{
    container::Facts,
    pipeline::told::{Act, Aspects, Told, ToldContainer, ToldProcess, UNKNOWN_ID},
    process::{Program, Rights},
    raw::{FileId, SocketAction},
};
use pbjson_types::Timestamp;
use plumbline_proto::v1::{Aspect, ProcessFlag};

/// The generated client of `collector/proto/tetragon.proto`, and its JSON form.
#[allow(missing_docs, dead_code, unreachable_pub, clippy::all, clippy::pedantic, clippy::unwrap_used)]
pub(super) mod v1 {
    include!("generated/tetragon.rs");
    include!("generated/tetragon.serde.rs");
}

use v1::get_events_response::Event;

/// Digits of a container's id in `Process.docker`.
const DOCKER_DIGITS: usize = 31;
/// Policies of ours, which leave nothing out.
const OWN_POLICIES: &str = "plumbline";

/// A line of the exported JSON.
pub(super) fn line(line: &[u8]) -> Sense {
    match serde_json::from_slice(line) {
        Ok(told) => event(told),
        Err(_) => Sense::Invalid("not_json"),
    }
}

/// An event.
pub(super) fn event(told: v1::GetEventsResponse) -> Sense {
    let at = unix_ns(told.time.as_ref());
    match told.event {
        Some(Event::ProcessExec(exec)) => {
            let Some(process) = exec.process else { return Sense::Invalid("no_process") };
            if has_flag(&process, "unknown") {
                return Sense::Skip("unknown_process");
            }
            let tells = told_by_exec(&process);
            sense(at, process, exec.parent, Act::Exec, tells)
        }
        Some(Event::ProcessExit(exit)) => {
            let Some(process) = exit.process else { return Sense::Invalid("no_process") };
            let act = Act::Exit { code: exit.status as u8, signal: signal(&exit.signal) };
            let at = unix_ns(exit.time.as_ref()).or(at);
            sense(at, process, exit.parent, act, Aspects::of(&[Aspect::Exits]))
        }
        Some(Event::ProcessKprobe(kprobe)) => {
            let Some((act, aspect)) = socket(&kprobe) else { return Sense::Skip("other_function") };
            let Some(process) = kprobe.process else { return Sense::Invalid("no_process") };
            let own = kprobe.policy_name.starts_with(OWN_POLICIES);
            sense(at, process, kprobe.parent, act, Aspects::default().with(&[aspect], own))
        }
        Some(Event::RateLimitInfo(info)) => {
            Sense::Lost { events: info.number_of_dropped_process_events.max(1), time_unix_ns: at }
        }
        // How many events a throttle holds back is not told.
        Some(Event::ProcessThrottle(_)) => Sense::Lost { events: 1, time_unix_ns: at },
        None => Sense::Skip("other_kind"),
    }
}

fn sense(
    time: Option<u64>,
    process: v1::Process,
    parent: Option<v1::Process>,
    act: Act,
    tells: Aspects,
) -> Sense {
    let Some(id) = container_of(&process) else { return Sense::Skip("host") };
    let Some(time_unix_ns) = time else { return Sense::Invalid("no_time") };
    let container = container(&id, &process);
    let inside = parent.filter(|parent| container_of(parent).as_ref() == Some(&id));
    let Some(mut process) = self::process(process, inside.is_none()) else {
        return Sense::Invalid("no_process");
    };
    process.parent = inside.and_then(|parent| self::process(parent, false)).map(Box::new);
    Sense::Event(Box::new(Told { time_unix_ns, container, process, act, tells }))
}

fn told_by_exec(process: &v1::Process) -> Aspects {
    let read = has_flag(process, "procFS");
    Aspects::default()
        .with(&[Aspect::Execs], !read)
        .with(&[Aspect::Sessions], process.in_init_tree.is_some())
        .with(&[Aspect::Capabilities], process.cap.is_some())
        .with(&[Aspect::Users], process.process_credentials.is_some())
        .with(&[Aspect::HostNamespaces], process.ns.is_some())
        .with(&[Aspect::Memory, Aspect::Deleted], process.binary_properties.is_some())
}

/// What the hooks of `deploy/tetragon/` tell of a socket.
fn socket(kprobe: &v1::ProcessKprobe) -> Option<(Act, Aspect)> {
    let of = |argument: &v1::KprobeArgument| {
        argument.arg.clone().map(|v1::kprobe_argument::Arg::SockArg(sock)| sock)
    };
    let argument = || kprobe.args.iter().find_map(of);
    let (action, aspect, address, port) = match kprobe.function_name.as_str() {
        "tcp_connect" => {
            let sock = argument()?;
            (SocketAction::Connect, Aspect::Connect, sock.daddr, sock.dport)
        }
        "inet_csk_listen_start" => {
            let sock = argument()?;
            (SocketAction::Listen, Aspect::Listen, sock.saddr, sock.sport)
        }
        "inet_csk_accept" => {
            let sock = kprobe.r#return.as_ref().and_then(of)?;
            (SocketAction::Accept, Aspect::Accept, sock.daddr, sock.sport)
        }
        _ => return None,
    };
    let address = address.parse::<std::net::IpAddr>().ok()?.to_canonical();
    Some((Act::Socket { action, address, port: u16::try_from(port).ok()? }, aspect))
}

/// The id as far as every event has it: `docker`, or else as many digits of the pod's container.
fn container_of(process: &v1::Process) -> Option<String> {
    let whole = process.pod.as_ref().and_then(|pod| pod.container.as_ref()).map(|of| bare(&of.id));
    let id = Some(process.docker.as_str()).filter(|id| !id.is_empty()).or(whole)?;
    container_id(id.get(..DOCKER_DIGITS).unwrap_or(id)).map(str::to_owned)
}

/// An id without its runtime: `containerd://ID`.
fn bare(id: &str) -> &str {
    id.split_once("://").map_or(id, |(_, id)| id)
}

fn container(id: &str, process: &v1::Process) -> ToldContainer {
    let pod = process.pod.clone().unwrap_or_default();
    let of = pod.container.clone().unwrap_or_default();
    let image = of.image.clone().unwrap_or_default();
    let facts = Facts {
        id: container_id(bare(&of.id)).unwrap_or(id),
        runtime: of.id.split_once("://").map_or("", |(runtime, _)| runtime),
        name: &of.name,
        pod: &pod.name,
        namespace: &pod.namespace,
        pod_uid: &pod.uid,
        pod_labels: Some(&pod.pod_labels),
        image: &image.name,
        tag: "",
        digest: &image.id,
    };
    ToldContainer { id: id.into(), facts: facts.info(), started_unix_ns: unix_ns(of.start_time.as_ref()) }
}

/// A process; none without an identity. `root` says that its parent is not known to be in the container.
fn process(told: v1::Process, root: bool) -> Option<ToldProcess> {
    let pid = told.pid.as_ref().map(|pid| pid.value).filter(|pid| *pid > 0)?;
    let start_unix_ns = unix_ns(told.start_time.as_ref())?;
    let in_container = told.pod.as_ref().and_then(|pod| pod.container.as_ref());
    let namespace_pid = in_container.and_then(|container| container.pid.as_ref()).map(|pid| pid.value);
    let in_init_tree = told.in_init_tree.as_ref().map(|told| told.value);
    let first = match namespace_pid {
        Some(pid) => pid == 1,
        None => root && in_init_tree == Some(true),
    };
    let file = told.binary_properties.as_ref().and_then(|properties| properties.file.as_ref());
    let unlinked = file.is_some_and(|file| {
        file.inode.as_ref().is_some_and(|inode| inode.links.as_ref().is_some_and(|links| links.value == 0))
    });
    let in_memory = unlinked
        && file.is_some_and(|file| {
            file.path.is_empty() || file.path.trim_start_matches('/').starts_with("memfd:")
        });
    let namespaces = told.ns.unwrap_or_default();
    let is_host = |namespace: Option<v1::Namespace>| namespace.is_some_and(|namespace| namespace.is_host);
    let probe = in_container.is_some_and(|container| container.maybe_exec_probe);
    let flags = [
        (in_memory, ProcessFlag::Memfd),
        (unlinked && !in_memory, ProcessFlag::Deleted),
        (has_flag(&told, "truncArgs"), ProcessFlag::ArgumentsTruncated),
        (has_flag(&told, "procFS"), ProcessFlag::Primed),
        (first || in_init_tree == Some(true), ProcessFlag::InitFamily),
        (!first && in_init_tree == Some(false), ProcessFlag::ExecSession),
        // It has just the words of a declared probe; that the runtime started it in_init_tree tells.
        (root && probe && in_init_tree == Some(false), ProcessFlag::Probe),
        (is_host(namespaces.mnt), ProcessFlag::HostMounts),
        (is_host(namespaces.net), ProcessFlag::HostNetwork),
    ];
    let arguments =
        std::iter::once(told.binary.clone()).chain(quoted_words(&told.arguments)).collect::<Vec<_>>();
    let program = Program {
        executable: told.binary.clone(),
        file: FileId {
            inode: file.and_then(|file| file.inode.as_ref()).map_or(0, |inode| inode.number),
            ..FileId::default()
        },
        argument_bytes: 0,
        arguments,
        rights: rights(&told),
        flags: flags.into_iter().filter(|(is, _)| *is).fold(0, |flags, (_, flag)| flags | flag as u32),
        ..Program::default()
    };
    Some(ToldProcess { pid, start_unix_ns: Some(start_unix_ns), first, program, ..ToldProcess::default() })
}

fn rights(told: &v1::Process) -> Rights {
    let own = told.process_credentials.unwrap_or_default();
    let id = |id: Option<pbjson_types::UInt32Value>| id.map_or(UNKNOWN_ID, |id| id.value);
    let effective = told.cap.iter().flat_map(|cap| &cap.effective);
    Rights {
        uid: id(own.uid),
        gid: id(own.gid),
        euid: id(own.euid.or(told.uid)),
        egid: id(own.egid),
        capabilities: effective.filter(|bit| (0..64).contains(*bit)).fold(0, |bits, bit| bits | 1 << bit),
    }
}

fn has_flag(process: &v1::Process, flag: &str) -> bool {
    process.flags.split(' ').any(|told| told == flag)
}

fn unix_ns(time: Option<&Timestamp>) -> Option<u64> {
    let time = time?;
    let seconds = u64::try_from(time.seconds).ok()?;
    seconds.checked_mul(1_000_000_000)?.checked_add(u64::try_from(time.nanos).ok()?)
}

#[cfg(test)]
mod tests;
