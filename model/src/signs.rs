//! Finds the facts that speak of drift or attack in one anomalous event.
//!
//! Asked only for events with something new in them, so a known behaviour never raises evidence. A fact rests
//! on the event and its [`Scene`], and on what its incident has seen before ([`Memory`]); names and
//! arguments are hostile text and are only ever compared or quoted. Not here: what command lines and peers say by
//! themselves (the rules of [`Indicators`]).

mod scene;
mod secrets;

use crate::{
    behaviour::{Dimension, EPHEMERAL, program, words},
    cadence::Period,
    event::{Action, Call, CallKind, ProcessFlags, UNKNOWN_ID},
    evidence::{EvidenceItem, Kind},
    peer::PeerClass,
    rhythm,
    shape::{code_of, cut, is_filter, script_of, tool_name, tool_of},
    tools::{Tool, file_name},
};
pub(crate) use scene::Scene;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// Domains below one another that carry data which make a tunnel.
const CARRIERS: usize = 3;
/// Such domains remembered in an incident.
const MAX_CARRIERS: usize = 32;
/// Shortest label that can carry data, in bytes.
const LABEL_BYTES: usize = 16;
/// Other replicas whose doing the same makes it a matter of the fleet.
const REPLICAS: usize = 3;
/// Distinct tools that only look around which make a sequence.
const RECON_TOOLS: usize = 3;
/// New ports and peers in an incident which make a search for services.
const NEW_PEERS: usize = 5;
/// New ports of one peer in an incident which make a search for what listens there.
const NEW_PORTS: usize = 5;
/// New public names in an incident which are more than one new peer.
const NEW_NAMES: usize = 2;
/// Ports of services that are addressed by number as a matter of course: DNS, also over TLS.
const NUMBERED: [u16; 2] = [53, 853];
/// Declared ports named in a fact.
const NAMED_PORTS: usize = 8;
/// Longest quotation in a fact, in bytes.
const QUOTE_BYTES: usize = 160;

/// What an incident remembers for the facts that need more than one event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Memory {
    recon: BTreeSet<String>,
    /// Domains that look as if they carried data.
    carriers: BTreeSet<String>,
    rates: rhythm::Memory,
}

/// Facts in an event, appended to `out`.
pub(crate) fn find(scene: &Scene<'_, '_>, memory: &mut Memory, out: &mut Vec<EvidenceItem>) {
    let name = program(scene.process);
    let mut add = |kind: Kind, fact: String| out.extend(kind.item(fact, scene.confidence, scene.weights));
    match scene.event.action {
        Action::Exec => {
            file(scene, &name, &mut add);
            tool(scene, &name, memory, &mut add);
        }
        Action::Connect { address, port, name: domain } | Action::Send { address, port, name: domain } => {
            connects(scene, &name, (address, port, domain), &mut add);
        }
        Action::Listen { address, port } => listens(scene, &name, address, port, &mut add),
        Action::Accept { .. } | Action::Receive { .. } => {}
        Action::Resolve { name: domain } => {
            if let Some(parent) = carrier(domain)
                && memory.carriers.len() < MAX_CARRIERS
                && memory.carriers.insert(domain.to_owned())
            {
                let below = memory.carriers.iter().filter(|known| carrier(known) == Some(parent)).count();
                if below == CARRIERS {
                    let domain = cut(domain, QUOTE_BYTES);
                    add(
                        Kind::DnsTunnel,
                        format!("{name} asks for names below {}, as {domain}", cut(parent, QUOTE_BYTES)),
                    );
                }
            }
        }
        Action::Credentials { before } => credentials(scene, &name, before, &mut add),
        Action::Call(call) => {
            system_call(&call, &name, &mut add);
            let reaches = matches!(
                call.kind,
                CallKind::Mount | CallKind::Module | CallKind::Bpf | CallKind::Setns | CallKind::Ptrace
            );
            if reaches && call.error == 0 && scene.container().is_some_and(|c| c.privileged) {
                add(Kind::HostInReach, format!("{name} may do so to the host"));
            }
        }
        Action::Failed(_) => {}
        Action::Unusual(unusual) => rhythm::find(&unusual, &mut memory.rates, &mut add),
    }
    if scene.process.flags.has(ProcessFlags::HOST_MOUNTS) {
        add(Kind::LeftContainer, format!("{name} sees the host's file systems"));
    }
    let declared = scene.process.flags.has(ProcessFlags::PROBE | ProcessFlags::HOOK);
    // When the container's first process starts is not the image's choice, but what it does then is.
    let unattended = scene.is_own() && (scene.process.parent.is_some() || scene.event.action != Action::Exec);
    if let Some((door, user)) = scene.login() {
        add(Kind::Login, format!("{door} let in user {user}, whose doing it is"));
    } else if unattended && !declared && !scene.named {
        add(Kind::Unattended, format!("{name} descends from the container's own processes"));
    }
    if scene.process.flags.has(ProcessFlags::EXEC_SESSION) && !declared {
        add(
            Kind::ExecSession,
            format!("{name} descends from a process the runtime put into the running container"),
        );
        if scene.process.flags.has(ProcessFlags::TERMINAL) {
            add(Kind::Terminal, format!("{name} has a controlling terminal"));
        }
        if let Some(user) = scene.another_user() {
            add(
                Kind::AnotherUser,
                format!("{name} runs as user {}, and {user} is declared", scene.process.uid),
            );
        }
    }
    if let Some((job, Period { windows, in_time })) = scene.job() {
        let (kind, was) = if in_time { (Kind::InTime, "due") } else { (Kind::OutOfTime, "not due") };
        add(kind, format!("{job} comes every {windows} windows, and came when it was {was}"));
    }
    if scene.replicas >= REPLICAS {
        add(Kind::FleetWide, format!("{} other containers of the image did so too", scene.replicas));
    }
    if scene.known_later {
        add(Kind::KnownLater, format!("{name} does so in a newer version of the image"));
    }
    let hits = scene.indicators.matches(scene.batch, scene.event);
    out.extend(hits.into_iter().filter_map(|hit| hit.item(scene.confidence, scene.weights)));
}

/// Whom a program connects to, by address, port and the name that was asked for.
fn connects(
    scene: &Scene<'_, '_>,
    name: &str,
    (address, port, domain): (&str, u16, &str),
    add: &mut impl FnMut(Kind, String),
) {
    let to = format!("{name} connects to {address}:{port}");
    let public = matches!(PeerClass::of(address), PeerClass::Public(_));
    let serves = public && scene.versions.any(scene.image, |image| image.serves(name));
    // A service does not call out by itself where a person told it to.
    if public && !scene.named && domain.is_empty() && !NUMBERED.contains(&port) && scene.knows_names() {
        // One fact, one row: that a server does it says all that the other row would.
        add(if serves { Kind::ServiceCallsOut } else { Kind::UnnamedPeer }, to.clone());
    }
    if public && relays(name, words(scene.process)) {
        add(Kind::Relay, to.clone());
    }
    new_peers(scene, name, add);
    if public && serves && !scene.named {
        let names = scene.new_public_names(name);
        if names.len() >= NEW_NAMES {
            let names: Vec<&str> = names.into_iter().take(NEW_NAMES).collect();
            add(Kind::ServiceCallsNames, format!("{name} connects to {}", names.join(" and ")));
        }
    }
    if public && scene.new_in(Dimension::Connect) && scene.has(Kind::FileSent) {
        add(Kind::SentToNewPeer, to.clone());
    }
    if scene.process.flags.has(ProcessFlags::NEW_PROGRAM) {
        add(Kind::EgressByNew, to.clone());
    }
    match PeerClass::of(address) {
        PeerClass::Metadata if !scene.knows_peer("metadata-service") => add(Kind::Metadata, to),
        PeerClass::Public(_) if !scene.knows_peer("public") => add(Kind::PublicEgress, to),
        _ => {}
    }
}

/// Where a program waits for others.
fn listens(scene: &Scene<'_, '_>, name: &str, address: &str, port: u16, add: &mut impl FnMut(Kind, String)) {
    let on = format!("{name} listens on {address}:{port}");
    if scene.process.flags.has(ProcessFlags::NEW_PROGRAM) {
        add(Kind::ListenerByNew, on.clone());
    }
    let serves = scene.versions.any(scene.image, |image| image.serves(name));
    if tool_of(name) == Tool::Relay {
        add(Kind::RelayListens, on.clone());
    }
    if tool_of(name) == Tool::Relay || (tool_of(name).runs_code() && !serves) {
        add(Kind::Relay, on);
    } else if scene.new_in(Dimension::Listen) {
        let declared = scene.declared_ports();
        if declared.contains(&port) {
            return; // that it is first seen late is no news of the image
        }
        let at_home = address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
        let meant = !at_home && port < EPHEMERAL && scene.is_own();
        // Of an image nobody knows, what is declared is all there is to go by; later, what it did says more.
        let contradicts = meant && scene.confidence < 0.5 && !declared.is_empty();
        if contradicts {
            let ports: Vec<String> = declared.iter().take(NAMED_PORTS).map(u16::to_string).collect();
            add(Kind::UndeclaredListener, format!("{on}, and what is declared is {}", ports.join(", ")));
        } else {
            add(Kind::NewListener, on);
        }
    }
}

/// Whether the incident looks for services, on many hosts or on one.
fn new_peers(scene: &Scene<'_, '_>, name: &str, add: &mut impl FnMut(Kind, String)) {
    let peers = scene.new_peers();
    if peers.len() >= NEW_PEERS {
        add(Kind::ManyPeers, format!("{name} and others connect to {} new peers", peers.len()));
    }
    // Addresses that no name was asked for are many peers in one word.
    let is_one = |peer: &str| peer == "loopback" || (peer.contains(' ') && !peer.contains('/'));
    let mut ports: BTreeMap<&str, usize> = BTreeMap::new();
    let of_one = peers.iter().filter(|(_, peer)| is_one(peer));
    of_one.for_each(|(_, peer)| *ports.entry(peer).or_default() += 1);
    if let Some((peer, ports)) = ports.into_iter().find(|(_, ports)| *ports >= NEW_PORTS) {
        add(
            Kind::PortsTried,
            format!("{name} and others connect to {ports} new ports of {}", cut(peer, QUOTE_BYTES)),
        );
    }
}

/// Where the executable, or the script it interprets, came from.
fn file(scene: &Scene<'_, '_>, name: &str, add: &mut impl FnMut(Kind, String)) {
    let flags = scene.process.flags;
    if flags.has(ProcessFlags::MEMFD) {
        add(Kind::InMemory, format!("{name} was started from memory"));
    } else if flags.has(ProcessFlags::DELETED) {
        add(Kind::Deleted, format!("{name} was deleted before it was started"));
    } else if flags.has(ProcessFlags::UPPER_LAYER) {
        add(Kind::WrittenAfterBuild, format!("{name} is not part of the image"));
        if tool_of(name).runs_code() {
            add(Kind::ShellWritten, format!("{name}, which runs code, was not built into the image"));
        }
    } else if flags.has(ProcessFlags::SCRIPT_WRITTEN) {
        add(Kind::WrittenAfterBuild, format!("{name} runs a script that is not part of the image"));
    } else if flags.has(ProcessFlags::VOLUME) {
        add(Kind::OnVolume, format!("{name} lies on a volume"));
    } else if flags.has(ProcessFlags::SCRIPT_ON_VOLUME) {
        add(Kind::OnVolume, format!("{name} runs a script that lies on a volume"));
    }
    // One that runs from memory or is deleted says enough by that.
    if flags.has(ProcessFlags::UPPER_LAYER | ProcessFlags::SCRIPT_WRITTEN)
        && !flags.has(ProcessFlags::MEMFD | ProcessFlags::DELETED)
        && (scene.new_in(Dimension::Spawn) || scene.new_in(Dimension::Origin))
        && let Some(server) = scene.server()
    {
        add(
            Kind::ServiceNewProgram,
            format!("{server} serves the network and below it {name} ran, which was written here"),
        );
    }
    // A script on a volume is often mounted there from the outside, to be run.
    if flags.has(ProcessFlags::NEW_PROGRAM | ProcessFlags::VOLUME)
        && scene.container().is_some_and(|container| container.read_only_root)
    {
        add(Kind::ReadOnlyRoot, format!("{name} could not have been written into the image"));
    }
    let path = scene.process.executable;
    if is_hidden(path) || in_scratch(path) {
        add(Kind::ScratchDirectory, format!("{name} was started"));
    } else if let Some(script) = script_of(tool_of(name), words(scene.process))
        && (is_hidden(script) || in_scratch(script))
    {
        add(Kind::ScratchDirectory, format!("{name} runs {}", cut(script, QUOTE_BYTES)));
    }
    let first = scene.process.arguments.first().copied().unwrap_or_default();
    let called = file_name(first);
    // Kernel threads have no file, and stand in brackets in lists of processes.
    let as_thread = first.starts_with('[') && first.ends_with(']') && first != "[" && !path.is_empty();
    if as_thread || flags.has(ProcessFlags::NEW_FILE) && !called.is_empty() && called != file_name(path) {
        add(Kind::Masquerade, format!("{name} calls itself {}", cut(first, QUOTE_BYTES)));
    }
}

fn in_scratch(path: &str) -> bool {
    ["/tmp/", "/var/tmp/", "/dev/shm/", "/run/shm/"].iter().any(|scratch| path.starts_with(scratch))
}

/// Whether a file, or a directory it lies in, is one that lists of files leave out.
fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.') && part != "." && part != "..")
}

/// What the program is for, and who started it.
fn tool(scene: &Scene<'_, '_>, name: &str, memory: &mut Memory, add: &mut impl FnMut(Kind, String)) {
    let tool = tool_of(name);
    if tool.runs_code() && scene.process.flags.has(ProcessFlags::SOCKET_STDIO) {
        add(Kind::ShellOnSocket, format!("{name} reads from or writes to a socket"));
    }
    let code = scene.new_in(Dimension::Arguments) || scene.new_in(Dimension::Spawn);
    if code
        && let Some(code) = code_of(tool, words(scene.process))
        && !scene.process.flags.has(ProcessFlags::EXEC_SESSION)
        && let Some(server) = scene.server()
    {
        let code = cut(code, QUOTE_BYTES);
        let kind = if scene.is_of_image_script() { Kind::ScriptCode } else { Kind::ServiceCode };
        add(kind, format!("{server} serves the network and below it {name} was given: {code}"));
    }
    if scene.new_in(Dimension::Arguments) {
        let guesses = secrets::guesses(name, words(scene.process), scene.findings);
        if guesses >= secrets::GUESSES {
            add(Kind::Guesses, format!("{name} was given {guesses} passwords, one after the other"));
        }
    }
    // A known program with a new command line says less about the tool than about the line.
    if scene.new_in(Dimension::Spawn) {
        if let Some(server) = scene.server() {
            let by = format!("{server} serves the network and below it {name} was started");
            match tool {
                // Another of itself is a worker; what code that runs is asked above.
                _ if tool.runs_code() && (server == name || scene.is_image_script(scene.process)) => {}
                Tool::Interpreter if is_filter(name) => {}
                Tool::Shell | Tool::Interpreter => add(Kind::ServiceShell, by),
                Tool::Other => {}
                _ if scene.is_of_image_script() => {}
                Tool::Recon => add(Kind::ServiceRecon, by),
                _ => add(Kind::ServiceTool, by),
            }
        }
        let started = format!("{name} was started");
        match tool {
            Tool::Downloader => add(Kind::Download, started),
            Tool::Relay if relays(name, words(scene.process)) => add(Kind::Relay, started),
            Tool::Scanner => add(Kind::Scanner, started),
            Tool::Privilege => add(Kind::Privilege, started),
            // Whoever got in through a service installs tools by the same means as an operator.
            Tool::PackageManager if scene.server().is_none() => add(Kind::PackageManager, started),
            Tool::Miner => add(Kind::Miner, started),
            Tool::Recon if memory.recon.len() < RECON_TOOLS => {
                memory.recon.insert(tool_name(name).to_owned());
                if memory.recon.len() == RECON_TOOLS {
                    let tools: Vec<&str> = memory.recon.iter().map(String::as_str).collect();
                    add(Kind::Recon, tools.join(", "));
                }
            }
            _ => {}
        }
    }
}

/// Whether a program moves raw bytes over the network. Netcat that only asks whether somebody is there does not.
fn relays(name: &str, words: &[&str]) -> bool {
    let asks = ["nc", "ncat", "netcat", "nc.openbsd", "nc.traditional"].contains(&tool_name(name)) && {
        let bundles = || words.iter().filter(|word| word.starts_with('-') && !word.starts_with("--"));
        bundles().any(|bundle| bundle.contains('z'))
            && !bundles().any(|bundle| bundle.contains(['e', 'c', 'l']))
    };
    tool_of(name) == Tool::Relay && !asks
}

/// The domain below which a name's first label looks like encoded data: long, all of hexadecimal digits or of the
/// alphabet of Base32 or Base64 with digits among letters.
fn carrier(domain: &str) -> Option<&str> {
    let (label, parent) = domain.split_once('.')?;
    let encoded = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'='));
    let digits = label.bytes().filter(u8::is_ascii_digit).count();
    (label.len() >= LABEL_BYTES && encoded && digits >= label.len() / 8 && parent.contains('.'))
        .then_some(parent)
}

/// Errno of what a mount option or a missing permission refuses.
const EACCES: u32 = 13;
const EPERM: u32 = 1;
/// Sockets through which containers are made, by their last name.
const RUNTIME_SOCKETS: [&str; 6] =
    ["docker.sock", "containerd.sock", "crio.sock", "podman.sock", "dockershim.sock", "buildkitd.sock"];

/// Also the abstract ones that containerd's shims had (CVE-2020-15257).
fn is_runtimes(socket: &str) -> bool {
    RUNTIME_SOCKETS.contains(&file_name(socket)) || socket.starts_with("@/containerd-shim/")
}

/// What a process asked of the kernel.
fn system_call(call: &Call<'_>, name: &str, add: &mut impl FnMut(Kind, String)) {
    let subject = cut(call.subject, QUOTE_BYTES);
    let refused = if call.error == 0 { "" } else { ", which was refused" };
    match call.kind {
        CallKind::ExecFailed if matches!(call.error, EACCES | EPERM) && in_scratch(subject) => {
            add(Kind::ExecRefused, format!("{name} was not allowed to start {subject}"));
        }
        CallKind::ExecFailed => {}
        CallKind::Ptrace => add(Kind::Injection, format!("{name} attached to a process{refused}")),
        CallKind::Memfd => add(Kind::MemoryFile, format!("{name} made the file '{subject}' in memory")),
        CallKind::Setns => {
            add(Kind::Namespace, format!("{name} entered a namespace ({}){refused}", call.detail));
        }
        CallKind::Unshare => {
            add(Kind::Namespace, format!("{name} made new namespaces ({}){refused}", call.detail));
        }
        CallKind::Mount => {
            let source = if call.detail.is_empty() { "a file system" } else { cut(call.detail, QUOTE_BYTES) };
            let on = if subject.is_empty() { String::new() } else { format!(" on {subject}") };
            add(Kind::Mount, format!("{name} mounted {source}{on}{refused}"));
        }
        CallKind::Module => {
            add(Kind::KernelCode, format!("{name} loaded a kernel module {subject}{refused}"))
        }
        CallKind::Bpf => add(Kind::BpfProgram, format!("{name} loaded a BPF program{refused}")),
        CallKind::MadeExecutable if in_scratch(subject) => {
            add(Kind::MadeExecutable, format!("{name} made {subject} executable"));
        }
        CallKind::MadeExecutable => {}
        CallKind::UnixConnect if is_runtimes(subject) => {
            add(Kind::RuntimeSocket, format!("{name} connected to {subject}"));
        }
        CallKind::UnixConnect => {}
    }
}

/// Root, or capabilities, out of nothing.
fn credentials(scene: &Scene<'_, '_>, name: &str, before: usize, add: &mut impl FnMut(Kind, String)) {
    let Some(before) = scene.batch.processes.get(before) else { return };
    let now = scene.process;
    let gained = now.capabilities_beyond(before, &scene.batch.source);
    let user = if before.uid == UNKNOWN_ID { before.effective_uid } else { before.uid };
    if (before.effective_uid != 0 && now.effective_uid == 0) || (user != 0 && gained != 0) {
        let users = format!("user {} became {}", before.effective_uid, now.effective_uid);
        add(Kind::RootGained, format!("{name}: {users}, capabilities gained {gained:#x}"));
    }
    let became_root = before.effective_uid != 0 && now.effective_uid == 0;
    if let Some(declared) = scene.declared_user().filter(|_| became_root && scene.is_own()) {
        add(
            Kind::DeclaredUserLeft,
            format!("{name} became root in an image that declares the user {declared}"),
        );
    }
}
