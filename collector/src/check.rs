//! `check`: what works on this machine, what does not, what that means, and the way out of each.
//!
//! It runs with any rights and in any container, and never fails as a whole: what can't be looked at is an item.
//! Nothing is left behind; tracefs is mounted where it has to be, as watching does.

use crate::{
    cgroup::{Hierarchy, MOUNT},
    config::{CheckArgs, Output},
    container::{self, Runtime},
    enforce,
    probe::{self, CALLS, Options, PROGRAMS, Probe, SOCKET_PROGRAMS},
    procfs,
    source::Source,
    stream,
    tls::Tls,
};
use rustix::{fs::Access, thread::CapabilitySet};
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    time::Duration,
};

/// Size of the ring that is made to see whether one can be made.
const TRIAL: Options = Options {
    ring_bytes: 1 << 16,
    hierarchy: Hierarchy::Unified,
    boot_unix_ns: 0,
    window_ns: 1_000_000_000,
    enforces_outside: None,
};
/// Oldest kernel, as major and minor number.
const KERNEL: (u32, u32) = (5, 15);
/// The kernel's number for the host's pid namespace (`PROC_PID_INIT_INO`).
const HOST_PIDS: &str = "pid:[4026531836]";
/// Longest a server may take.
const ANSWER: Duration = Duration::from_secs(5);

/// One line.
struct Item {
    name: &'static str,
    /// Collecting is impossible without it.
    needed: bool,
    result: Result<String, String>,
}

fn needed(name: &'static str, result: Result<String, String>) -> Item {
    Item { name, needed: true, result }
}

fn wanted(name: &'static str, result: Result<String, String>) -> Item {
    Item { name, needed: false, result }
}

/// Checks and prints everything. True if collecting would work.
pub(crate) async fn check(args: CheckArgs) -> bool {
    let mut items = Vec::new();
    if args.source == Source::Kernel {
        items.extend(kernel(args.enforce.enforcement_key.is_some()));
        items.extend(place());
    } else {
        items.push(needed("source", args.source.check().await));
    }
    let systemd = std::env::var_os("NOTIFY_SOCKET").is_some();
    items.push(wanted("systemd", Ok(if systemd { "will be told" } else { "did not start this" }.into())));
    for runtime in container::addresses(&args.runtime, &args.docker_socket).into_iter().map(Runtime::new) {
        let path = runtime.address.path.display();
        if let Err(rustix::io::Errno::ACCESS) = rustix::fs::access(&runtime.address.path, Access::WRITE_OK) {
            let way_out = "run as root, or as a member of its group";
            items.push(wanted("runtime", Err(format!("{path}: permission denied; {way_out}"))));
            continue;
        }
        let version = runtime.version().await.map(|version| format!("{version} at {path}"));
        let way_out = "start it, or name its socket with --runtime; events of its containers wait for it";
        let is_there = version.is_ok();
        items.push(wanted("runtime", version.map_err(|error| format!("{error}; {way_out}"))));
        if is_there {
            let may = container::may_contain(&runtime).await.map(|may| format!("those of {path} {may}"));
            let way_out = "policies can neither pause nor stop them; let POST /containers/ID/pause and /stop through to it";
            items.push(wanted("containers", may.map_err(|error| format!("{error}; {way_out}"))));
        }
    }
    items.push(wanted("Kubernetes", args.kubernetes.check().await.map_err(|error| error.to_string())));
    items.extend(args.spool.dir().map(|dir| wanted("spool", spool(dir, args.spool.bounds().bytes))));
    if let Some(address) = args.metrics_address.0 {
        let free = TcpListener::bind(address).map(|_| format!("{address} is free"));
        let way_out = "there would be no metrics; name another --metrics-address, or say off";
        items.push(wanted("metrics", free.map_err(|error| format!("{address}: {error}; {way_out}"))));
    }
    if let Some(path) = &args.enforce.enforcement_key {
        let key = enforce::public_key(path).map(|_| format!("policies are taken with {}", path.display()));
        items.push(needed("enforcement", key.map_err(|error| error.to_string())));
    }
    // A file or a pair of flags that `run` would not begin with.
    match Tls::new(args.tls, &args.server) {
        Err(error) => items.push(needed("credentials", Err(error.to_string()))),
        Ok(tls) => {
            for server in &args.server {
                let answered = tokio::time::timeout(ANSWER, stream::greet(&tls, server)).await;
                items.push(wanted("server", server_answers(server.uri(), answered)));
            }
        }
    }
    match args.output {
        Output::Table => items.iter().for_each(print),
        Output::Json => {
            let json: Vec<_> = items.iter().map(json).collect();
            println!("{}", serde_json::Value::from(json));
        }
    }
    items.iter().all(|item| item.result.is_ok() || !item.needed)
}

/// What loading and attaching the programs needs, and whether they do.
fn kernel(enforces: bool) -> Vec<Item> {
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    let btf = Path::new("/sys/kernel/btf/vmlinux").exists();
    let outside = procfs::host_namespaces().map_or(0, |host| host.mount);
    let trial = Options { enforces_outside: enforces.then_some(outside), ..TRIAL };
    let attached = if btf {
        Probe::attach(trial).map(|_| "load and attach".to_owned()).map_err(|error| error.to_string())
    } else {
        Err("not tried without BTF".into())
    };
    let trace_fs = probe::trace_fs().map(|()| format!("at {}", probe::TRACING));
    let traced = trace_fs.is_ok();
    let mut items = vec![
        needed("kernel", version(&release)),
        needed(
            "BTF",
            btf.then(|| "present".into()).ok_or_else(|| {
                "no /sys/kernel/btf/vmlinux, so the kernel's structures can't be found; use a kernel built with CONFIG_DEBUG_INFO_BTF, or mount /sys into this container".into()
            }),
        ),
        needed("lockdown", lockdown(&fs::read_to_string("/sys/kernel/security/lockdown").unwrap_or_default())),
    ];
    items.extend(capabilities(enforces));
    items.push(needed("tracefs", trace_fs));
    if traced {
        items.extend(hooks());
    }
    items.push(needed("eBPF programs", attached));
    items
}

fn version(release: &str) -> Result<String, String> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map_while(|number| number.parse().ok());
    let is = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if is >= KERNEL {
        return Ok(release.to_owned());
    }
    Err(format!("{release}; the programs need {}.{} or later", KERNEL.0, KERNEL.1))
}

/// The mode in brackets is the one that holds.
fn lockdown(text: &str) -> Result<String, String> {
    if text.contains("[confidentiality]") {
        return Err(
            "the kernel is locked down for confidentiality, which forbids eBPF programs to read its memory; boot with lockdown=integrity or without"
                .into(),
        );
    }
    Ok(if text.contains("[integrity]") { "integrity, which allows this" } else { "none" }.into())
}

/// CAP_SYS_ADMIN stands for the first two, in the kernel too.
fn capabilities(enforces: bool) -> Vec<Item> {
    let effective = rustix::thread::capabilities(None).map_or(CapabilitySet::empty(), |sets| sets.effective);
    let load = CapabilitySet::BPF | CapabilitySet::PERFMON;
    let may_load = effective.contains(load) || effective.contains(CapabilitySet::SYS_ADMIN);
    let loading = if may_load {
        Ok("to load and attach".into())
    } else {
        Err("CAP_BPF and CAP_PERFMON are missing, so nothing can be loaded; run as root, or give both (in a container: --privileged or --cap-add)".into())
    };
    let look = "to look at processes";
    let kill = (CapabilitySet::KILL, "CAP_KILL", "to kill scripts", "scripts of other users break policies");
    let wants = [
        (CapabilitySet::SYS_PTRACE, "CAP_SYS_PTRACE", look, "processes that run already are unknown"),
        (CapabilitySet::DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH", look, "private executables have no digest"),
    ];
    let wants = wants.into_iter().chain(enforces.then_some(kill));
    let others = wants.map(|(capability, name, purpose, without)| {
        let result = if effective.contains(capability) {
            Ok(format!("{name}, {purpose}"))
        } else {
            Err(format!("no {name}: {without}; run as root or give it"))
        };
        wanted("privileges", result)
    });
    [needed("privileges", loading)].into_iter().chain(others).collect()
}

fn hooks() -> Vec<Item> {
    let events = Path::new(probe::TRACING).join("events");
    let has = |group: &str, name: &str| events.join(group).join(name).exists();
    let lacking = |groups: &[&str], hooks: &[(&str, &str)]| -> Vec<String> {
        let hooks = hooks.iter().map(|(_, hook)| *hook);
        hooks.filter(|hook| !groups.iter().any(|group| has(group, hook))).map(str::to_owned).collect()
    };
    let told = |lacking: Vec<String>, there: &str, without: &str| {
        if lacking.is_empty() {
            Ok(there.into())
        } else {
            Err(format!("no {}: {without}", lacking.join(", ")))
        }
    };
    let calls: Vec<String> = CALLS
        .iter()
        .filter(|call| !has("syscalls", &format!("sys_exit_{call}")))
        .map(|call| (*call).to_owned())
        .collect();
    // A kernel without any was built without CONFIG_FTRACE_SYSCALLS; single ones are newer than it.
    let none = calls.len() == CALLS.len();
    let calls = if none {
        Err("this kernel has no tracepoints for system calls (CONFIG_FTRACE_SYSCALLS): connections by name, rights and telling calls are not seen".into())
    } else if calls.is_empty() {
        Ok(format!("all {} that are looked at", CALLS.len()))
    } else {
        Ok(format!("all but {}, which this kernel does not have", calls.join(", ")))
    };
    vec![
        needed(
            "hooks",
            told(
                lacking(&["sched", "sock"], &PROGRAMS),
                "processes and connections",
                "processes and connections can't be watched; use a kernel with CONFIG_TRACEPOINTS and CONFIG_INET",
            ),
        ),
        wanted(
            "datagrams",
            told(
                lacking(&["sock"], &SOCKET_PROGRAMS),
                "in every call",
                "datagrams in read and write are not seen, so DNS of Go programs is not, nor is DNS over TCP; use 6.3 or later",
            ),
        ),
        wanted("system calls", calls),
    ]
}

/// Where this process is: it must see the host's processes and control groups.
fn place() -> Vec<Item> {
    let pids = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let host = if pids != Path::new(HOST_PIDS) {
        Err("not the host's, so the kernel's numbers mean other processes here; run on the host, or with --pid=host (Kubernetes: hostPID: true)".into())
    } else if procfs::host_namespaces().is_none() {
        Err("the host's, but /proc/1/ns can't be read, so the host can't be told from containers; run as root, with the host's /proc".into())
    } else {
        Ok("the host's".into())
    };
    let cgroups = if fs::read_dir(MOUNT).map_or(0, Iterator::count) == 0 {
        Err(format!(
            "{MOUNT} is empty, so a policy is not enforced on containers that run already; mount it (in a container: --volume {MOUNT}:{MOUNT}:ro)"
        ))
    } else {
        Ok(match procfs::hierarchy() {
            Hierarchy::Unified => "v2",
            Hierarchy::Pids | Hierarchy::Memory => "v1 controllers",
        }
        .into())
    };
    vec![needed("pid namespace", host), wanted("control groups", cgroups)]
}

/// Whether the directory, or the nearest that is there, takes files, and has room.
fn spool(dir: &Path, bytes: u64) -> Result<String, String> {
    let there: Option<PathBuf> = dir.ancestors().find(|path| path.exists()).map(Path::to_path_buf);
    let there = there.unwrap_or_else(|| "/".into());
    let way_out = "batches would wait in memory, and a crash lose them";
    let access = rustix::fs::access(&there, Access::WRITE_OK | Access::EXEC_OK);
    access.map_err(|error| format!("{}: {error}; {way_out}; name another --spool-dir", there.display()))?;
    if !there.is_dir() {
        return Err(format!("{} is no directory; {way_out}; name another --spool-dir", there.display()));
    }
    let room = rustix::fs::statvfs(&there).map_or(0, |of| of.f_bavail.saturating_mul(of.f_frsize));
    let (free, wanted) = (room >> 20, bytes >> 20);
    if room < bytes {
        return Err(format!(
            "{} has {free} MiB free of {wanted}; when it is full, {way_out}; make room, or lower --spool-bytes",
            there.display()
        ));
    }
    Ok(format!("{} takes {wanted} MiB, {free} MiB are free", dir.display()))
}

/// `answered` is what came of beginning a stream with it, if anything within `ANSWER`.
fn server_answers(
    uri: &tonic::transport::Uri,
    answered: Result<Result<(), tonic::Status>, tokio::time::error::Elapsed>,
) -> Result<String, String> {
    match answered {
        // The server looks at the node's name when there is something to take from it.
        Ok(Ok(())) => {
            Ok(format!("{uri} takes collectors with these credentials, for the node that they are for"))
        }
        Ok(Err(status)) => Err(format!("{uri}: {}; {}", status.message(), stream::way_out(&status, uri))),
        Err(_) => Err(format!("{uri}: no answer within {} s; check --server", ANSWER.as_secs())),
    }
}

fn print(item: &Item) {
    match &item.result {
        Ok(fact) => println!("ok       {:<15} {fact}", item.name),
        Err(way_out) => {
            println!("{}  {:<15} {way_out}", if item.needed { "MISSING" } else { "without" }, item.name)
        }
    }
}

fn json(item: &Item) -> serde_json::Value {
    let (ok, text) = match &item.result {
        Ok(text) => (true, text),
        Err(text) => (false, text),
    };
    serde_json::json!({ "name": item.name, "ok": ok, "needed": item.needed, "detail": text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_told_apart_by_number_and_not_by_text() {
        for good in ["5.15.0", "6.18.44-fc-v657", "10.0"] {
            assert!(version(good).is_ok(), "{good}");
        }
        for old in ["5.4.0-200-generic", "4.19", ""] {
            assert!(version(old).unwrap_err().contains("5.15"), "{old}");
        }
    }

    #[test]
    fn only_confidentiality_forbids_reading_the_kernel() {
        assert!(lockdown("none integrity [confidentiality]\n").unwrap_err().contains("lockdown=integrity"));
        for allowed in ["[none] integrity confidentiality\n", "none [integrity] confidentiality\n", ""] {
            assert!(lockdown(allowed).is_ok(), "{allowed}");
        }
    }

    #[test]
    fn a_spool_that_has_no_room_or_no_directory_says_so() {
        let dir = tempfile::tempdir().unwrap();
        assert!(spool(&dir.path().join("not/yet/there"), 1 << 20).is_ok());
        assert!(spool(dir.path(), u64::MAX).unwrap_err().contains("--spool-bytes"));
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(spool(&file.join("below"), 1).unwrap_err().contains("--spool-dir"));
    }
}
