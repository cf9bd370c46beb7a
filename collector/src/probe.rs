//! Loads the eBPF programs, attaches them and reads their ring from a thread of its own.
//!
//! The kernel never wakes the reader; it looks every [`LOOK`], which is cheaper than any wake-up, and every
//! [`LOOK_IN_STORM`] while much comes (the ring holds far more than comes in that time). Records travel in chunks over
//! a bounded channel; when the pipeline is slow the reader waits, the ring fills, and the kernel drops and counts.

use crate::{
    cgroup::Hierarchy,
    enforce::KernelTables,
    pipeline::clocks,
    raw::{self, FLOW_BYTES, Flow, Record, RecordError},
};
use aya::{
    Btf, Ebpf, EbpfLoader,
    maps::{Array, HashMap, MapData, PerCpuArray, RingBuf},
    programs::{BtfTracePoint, Program, TracePoint},
};
use rustix::thread::{MembarrierCommand, membarrier};
use std::{
    collections::BTreeMap,
    os::fd::{AsFd, AsRawFd},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::mpsc;

/// Pause between two looks into an empty ring: what it adds to the delay of an event.
const LOOK: Duration = Duration::from_millis(10);
/// The same after a look that found [`STORM`] records: each look takes a processor and its caches from the load.
const LOOK_IN_STORM: Duration = Duration::from_millis(40);
/// Records in a look, those of two thousand processes a second and more.
const STORM: usize = 64;
/// What came in a look may have taken one in so many parts of the ring; with more, as of long arguments, the next is soon.
const ROOM: usize = 16;
/// Records handed on at once.
const CHUNK: usize = 512;
/// Chunks on their way to the pipeline: half a second of a storm, then the ring takes over.
pub(crate) const CHUNKS: usize = 64;
/// Processors, if the system does not tell.
const MAX_PROCESSORS: u32 = 1024;
/// In the order of the kernel side's counters.
const HOOKS: [&str; 8] = ["fork", "exec", "exit", "call", "flow", "dns", "cgroup", "sum"];
/// Programs and their hooks.
pub(crate) const PROGRAMS: [(&str, &str); 4] = [
    ("on_fork", "sched_process_fork"),
    ("on_exec", "sched_process_exec"),
    ("on_exit", "sched_process_exit"),
    ("on_state", "inet_sock_set_state"),
];
/// Since 6.3. Without them datagrams are seen in calls that send and receive, but not in read and write.
pub(crate) const SOCKET_PROGRAMS: [(&str, &str); 2] =
    [("on_sent", "sock_send_length"), ("on_received", "sock_recv_length")];
/// Calls that are looked at when they return; one that this kernel lacks is not missed.
pub(crate) const CALLS: [&str; 35] = [
    "accept",
    "accept4",
    "bpf",
    "capset",
    "chmod",
    "connect",
    "execve",
    "execveat",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "finit_module",
    "fsopen",
    "init_module",
    "memfd_create",
    "mount",
    "move_mount",
    "open_tree",
    "ptrace",
    "recvfrom",
    "recvmmsg",
    "recvmsg",
    "sendmmsg",
    "sendmsg",
    "sendto",
    "setfsgid",
    "setfsuid",
    "setgid",
    "setns",
    "setregid",
    "setresgid",
    "setresuid",
    "setreuid",
    "setuid",
    "unshare",
];
/// Calls that the socket hooks make superfluous.
const SUPERSEDED: [&str; 2] = ["sendmsg", "sendto"];
pub(crate) const TRACING: &str = "/sys/kernel/tracing";

/// What the kernel side must be told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) ring_bytes: u32,
    pub(crate) hierarchy: Hierarchy,
    /// Unix time at boot.
    pub(crate) boot_unix_ns: u64,
    pub(crate) window_ns: u64,
    /// The mount namespace of the host if policies may come.
    pub(crate) enforces_outside: Option<u32>,
}

/// The kernel can't be watched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProbeError {
    #[error("this kernel has no BTF ({0}); it needs 5.15 or later built with CONFIG_DEBUG_INFO_BTF")]
    Btf(aya::BtfError),
    #[error(
        "the eBPF programs can't be loaded ({0}); run as root or with CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE"
    )]
    Load(aya::EbpfError),
    #[error("the eBPF object has no {0}")]
    Missing(&'static str),
    #[error("the hook {hook} can't be attached: {why}")]
    Attach { hook: &'static str, why: aya::programs::ProgramError },
    #[error("system calls can't be watched: {0}")]
    TraceFs(String),
    #[error("a map can't be opened")]
    Map(#[from] aya::maps::MapError),
}

/// Counters of one hook, over all processors. Dropped is also what the kernel did not run a program for, because an
/// interrupt came while the same processor ran it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HookCount {
    pub(crate) seen: u64,
    pub(crate) submitted: u64,
    pub(crate) dropped: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Counters {
    seen: u64,
    submitted: u64,
    dropped: u64,
}

// SAFETY: three u64 without padding; any bits are valid.
unsafe impl aya::Pod for Counters {}

/// What came to nothing between the hooks and the pipeline, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lost {
    /// By the hooks. Not what found no room to be added up: its event was told, and nothing is learned of sums.
    pub(crate) dropped: u64,
    /// Of these, ends of processes.
    pub(crate) exits: u64,
    /// Records that could not be read.
    pub(crate) invalid: u64,
}

/// Programs in the kernel; they leave it when this is dropped.
pub(crate) struct Probe {
    counts: PerCpuArray<MapData, Counters>,
    ring: Option<RingBuf<MapData>>,
    ring_bytes: usize,
    /// What the kernel side counts; whoever empties it takes it.
    pub(crate) flows: Option<FlowMap>,
    /// What the kernel side enforces.
    pub(crate) tables: Option<KernelTables>,
    invalid: Arc<AtomicU64>,
    /// Time of the last look at the ring that found nothing more, nanoseconds since boot.
    drained: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
    /// Runs that the kernel left out, by hook.
    missed: [u64; HOOKS.len()],
    programs: Ebpf,
}

impl Probe {
    /// Loads and attaches everything. What takes long is done side by side: the kernel's types are read once by
    /// the loader for itself and once for the hooks, and the checks of the program on system calls take the
    /// kernel as long as those of all others.
    pub(crate) fn attach(options: Options) -> Result<Self, ProbeError> {
        trace_fs().map_err(ProbeError::TraceFs)?;
        let socket_hooks = SOCKET_PROGRAMS.iter().all(|(_, hook)| exists("sock", hook));
        let (btf, programs) = std::thread::scope(|scope| {
            let btf = scope.spawn(Btf::from_sys_fs);
            let programs = load(&options, socket_hooks);
            (btf.join(), programs)
        });
        let btf = btf.map_err(|_| ProbeError::Missing("types"))?.map_err(ProbeError::Btf)?;
        let mut programs = programs.map_err(ProbeError::Load)?;
        let mut left: BTreeMap<&str, &mut Program> = programs.programs_mut().collect();
        let calls: &mut TracePoint = program(&mut left, "on_call")?;
        std::thread::scope(|scope| {
            let loaded = scope.spawn(|| calls.load());
            for (name, hook) in PROGRAMS.iter().chain(SOCKET_PROGRAMS.iter().filter(|_| socket_hooks)) {
                let program: &mut BtfTracePoint = program(&mut left, name)?;
                let attached = program.load(hook, &btf).and_then(|()| program.attach());
                attached.map_err(|why| ProbeError::Attach { hook, why })?;
            }
            for hook in ["on_accept", "on_connect", "on_exec_call"] {
                let calls: &mut TracePoint = program(&mut left, hook)?;
                calls.load().map_err(|why| ProbeError::Attach { hook, why })?;
                attach(calls, hook, socket_hooks)?;
            }
            let loaded = loaded.join().map_err(|_| ProbeError::Missing("program on_call"))?;
            loaded.map_err(|why| ProbeError::Attach { hook: "system calls", why })
        })?;
        attach(calls, "on_call", socket_hooks)?;
        drop(btf);
        give_back();
        let mut map = |name| programs.take_map(name).ok_or(ProbeError::Missing(name));
        let tables = KernelTables {
            enforced: HashMap::try_from(map("enforced")?)?,
            listed: HashMap::try_from(map("listed")?)?,
            limits: Array::try_from(map("limits")?)?,
            kills: Array::try_from(map("kills")?)?,
            lease: Array::try_from(map("lease")?)?,
        };
        Ok(Self {
            counts: PerCpuArray::try_from(map("counts")?)?,
            ring: Some(RingBuf::try_from(map("ring")?)?),
            ring_bytes: options.ring_bytes as usize,
            flows: Some(FlowMap {
                flows: Array::try_from(map("flows")?)?,
                used: Array::try_from(map("flows_used")?)?,
            }),
            tables: options.enforces_outside.map(|_| tables),
            invalid: Arc::default(),
            drained: Arc::default(),
            stop: Arc::default(),
            reader: None,
            missed: [0; HOOKS.len()],
            programs,
        })
    }

    /// Starts to read. The channel closes after [`Probe::stop`], when all that came before has been read.
    pub(crate) fn read(&mut self) -> mpsc::Receiver<Vec<Record>> {
        let (sender, receiver) = mpsc::channel(CHUNKS);
        let (stop, invalid, drained) = (self.stop.clone(), self.invalid.clone(), self.drained.clone());
        let room = self.ring_bytes / ROOM;
        if let Some(mut ring) = self.ring.take() {
            self.reader = Some(std::thread::spawn(move || {
                let (mut records, mut bytes) = (0, 0);
                loop {
                    // Asked before the ring: what is submitted before the stop is still read.
                    let last = stop.load(Ordering::Acquire);
                    let looked_ns = clocks().0;
                    let mut chunk = Vec::new();
                    while let Some(item) = ring.next() {
                        (records, bytes) = (records + 1, bytes + item.len());
                        match raw::record(&item) {
                            Ok(record) => chunk.push(record),
                            Err(_) => {
                                invalid.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                        if chunk.len() >= CHUNK {
                            break;
                        }
                    }
                    if !chunk.is_empty() {
                        if sender.blocking_send(chunk).is_err() {
                            return;
                        }
                    } else if last {
                        return;
                    } else {
                        drained.store(looked_ns, Ordering::Release);
                        let in_storm = records >= STORM && bytes < room;
                        std::thread::sleep(if in_storm { LOOK_IN_STORM } else { LOOK });
                        (records, bytes) = (0, 0);
                    }
                }
            }));
        }
        receiver
    }

    /// Nanoseconds since boot: what was told before has been sent to the channel.
    pub(crate) fn drained_ns(&self) -> u64 {
        self.drained.load(Ordering::Acquire)
    }

    /// Stops reading once the ring is empty.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    /// Counters of each hook.
    pub(crate) fn counts(&self) -> Vec<(&'static str, HookCount)> {
        let sum = |index: usize| {
            let values = self.counts.get(&(index as u32), 0).ok();
            values.iter().flat_map(|values| values.iter()).fold(HookCount::default(), |sum, counters| {
                HookCount {
                    seen: sum.seen + counters.seen,
                    submitted: sum.submitted + counters.submitted,
                    dropped: sum.dropped + counters.dropped,
                }
            })
        };
        let counts = HOOKS.iter().enumerate().map(|(index, hook)| (*hook, sum(index)));
        let add = |((hook, mut count), missed): ((_, HookCount), &u64)| {
            count.seen += missed;
            count.dropped += missed;
            (hook, count)
        };
        counts.zip(&self.missed).map(add).collect()
    }

    /// What was lost so far.
    pub(crate) fn lost(&self) -> Lost {
        let counts = self.counts();
        let exits = counts.iter().filter(|(hook, _)| *hook == "exit");
        Lost {
            dropped: counts.iter().filter(|(hook, _)| *hook != "sum").map(|(_, count)| count.dropped).sum(),
            exits: exits.map(|(_, count)| count.dropped).sum(),
            invalid: self.invalid.load(Ordering::Relaxed),
        }
    }

    /// Asks the kernel which runs of programs it left out. Dear beside [`Probe::counts`]: a file for each program.
    pub(crate) fn count_missed(&mut self) {
        let mut now = [0; HOOKS.len()];
        for (name, program) in self.programs.programs() {
            let Ok(fd) = program.fd() else { continue };
            let told = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", fd.as_fd().as_raw_fd()));
            let of = match name {
                "on_state" | "on_sent" | "on_received" | "on_accept" => "flow",
                "on_connect" | "on_exec_call" => "call",
                name => name.trim_start_matches("on_"),
            };
            for (hook, count) in HOOKS.iter().zip(&mut now) {
                *count += if *hook == of { told.as_deref().map_or(0, missed) } else { 0 };
            }
        }
        // A file that could not be read takes nothing back.
        for (count, now) in self.missed.iter_mut().zip(now) {
            *count = now.max(*count);
        }
    }
}

/// Runs of a program that the kernel left out, by what it says of its descriptor (since 5.12).
fn missed(fdinfo: &str) -> u64 {
    let line = fdinfo.lines().find_map(|line| line.strip_prefix("recursion_misses:"));
    line.and_then(|number| number.trim().parse().ok()).unwrap_or_default()
}

/// The programs and their maps, made for this kernel and this configuration, not yet checked by the kernel.
fn load(options: &Options, socket_hooks: bool) -> Result<Ebpf, aya::EbpfError> {
    let processors = aya::util::nr_cpus().map_or(MAX_PROCESSORS, |count| count as u32);
    let mut loader = EbpfLoader::new();
    if options.enforces_outside.is_none() {
        // What nobody uses is to take no memory of the kernel's.
        for map in ["enforced", "listed"] {
            loader.map_max_entries(map, 1);
        }
    }
    loader
        .override_global("enforces", &u32::from(options.enforces_outside.is_some()), true)
        .override_global("host_mount_ns", &options.enforces_outside.unwrap_or_default(), true)
        .override_global("cgroup_hierarchy", &(options.hierarchy as u32), true)
        .override_global("boot_unix_ns", &options.boot_unix_ns, true)
        .override_global("window_ns", &options.window_ns, true)
        .override_global("socket_hooks", &u32::from(socket_hooks), true)
        .map_max_entries("ring", options.ring_bytes)
        .map_max_entries("exec_scratch", processors)
        .load(aya::include_bytes_aligned!(concat!(env!("OUT_DIR"), "/plumbline.bpf.o")))
}

fn exists(group: &str, event: &str) -> bool {
    Path::new(TRACING).join("events").join(group).join(event).exists()
}

/// Attaches a program to the returns of the system calls that are its.
fn attach(program: &mut TracePoint, name: &str, socket_hooks: bool) -> Result<(), ProbeError> {
    let watched = CALLS.into_iter().filter(|call| !(socket_hooks && SUPERSEDED.contains(call)));
    for hook in watched.filter(|call| program_of(call) == name) {
        let event = format!("sys_exit_{hook}");
        if exists("syscalls", &event) {
            program.attach("syscalls", &event).map_err(|why| ProbeError::Attach { hook, why })?;
        }
    }
    Ok(())
}

/// The calls that are made most have programs of their own, which need not find out what it is.
fn program_of(call: &str) -> &'static str {
    match call {
        "accept" | "accept4" => "on_accept",
        "connect" => "on_connect",
        "execve" | "execveat" => "on_exec_call",
        _ => "on_call",
    }
}

fn program<'e, P>(
    left: &mut BTreeMap<&str, &'e mut Program>,
    name: &'static str,
) -> Result<&'e mut P, ProbeError>
where
    &'e mut P: TryFrom<&'e mut Program>,
{
    left.remove(name).and_then(|program| program.try_into().ok()).ok_or(ProbeError::Missing(name))
}

/// Returns freed memory to the system: the kernel's types took 15 MiB, needed only for loading.
fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: may be called at any time from any thread; it takes the allocator's own locks.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// What is at a place of the flows: `enum place_state` of the kernel side.
pub(crate) const PLACE_FREE: u32 = 0;
pub(crate) const PLACE_READY: u32 = 2;
pub(crate) const PLACE_READING: u32 = 3;

/// The kernel side's counts of what sockets do.
pub(crate) struct FlowMap {
    flows: Array<MapData, [u8; FLOW_BYTES]>,
    used: Array<MapData, u32>,
}

impl FlowMap {
    /// Takes out what was counted in windows before this one. What the kernel side counts in them later, by a clock that
    /// stood, is there the next time. So is what can't be read or given back now.
    pub(crate) fn take(&mut self, before: u64) -> Vec<Result<Flow, RecordError>> {
        let due: Vec<u32> = (0..self.used.len()).filter(|place| self.close(*place, before)).collect();
        // Programs that found one of these before it was closed may still be adding to it: when this comes back none is. Where
        // the kernel does not wait for them (full dynticks) they have the microseconds until the place is read.
        if !due.is_empty() {
            let _ = membarrier(MembarrierCommand::Global);
        }
        let taken = due.into_iter().filter_map(|place| {
            let bytes = self.flows.get(&place, 0).ok()?;
            self.used.set(place, PLACE_FREE, 0).ok()?;
            Some(raw::flow(&bytes))
        });
        taken.collect()
    }

    /// Whether the flow at a place is of a window before this one; nothing more is counted there then.
    fn close(&mut self, place: u32, before: u64) -> bool {
        let Ok(PLACE_READY | PLACE_READING) = self.used.get(&place, 0) else { return false };
        let Ok(bytes) = self.flows.get(&place, 0) else { return false };
        let is_due = raw::flow(&bytes).map_or(true, |flow| flow.window < before);
        is_due && self.used.set(place, PLACE_READING, 0).is_ok()
    }
}

/// Makes sure that tracefs is mounted where syscall tracepoints are looked up; most systems do at boot.
pub(crate) fn trace_fs() -> Result<(), String> {
    match Path::new(TRACING).join("events").try_exists() {
        Ok(true) => return Ok(()),
        Ok(false) => {}
        Err(error) => return Err(format!("{TRACING} can't be read ({error}); run as root")),
    }
    let flags = rustix::mount::MountFlags::NOSUID
        | rustix::mount::MountFlags::NODEV
        | rustix::mount::MountFlags::NOEXEC;
    rustix::mount::mount("tracefs", TRACING, "tracefs", flags, None).map_err(|error| {
        format!("tracefs is not mounted and can't be ({error}); mount -t tracefs tracefs {TRACING}")
    })?;
    tracing::info!("mounted tracefs at {TRACING}");
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_an_interrupt_kept_from_being_seen_is_counted() {
        assert_eq!(super::missed("prog_id:\t7\nrun_cnt:\t9\nrecursion_misses:\t3\n"), 3);
        assert_eq!(super::missed("prog_id:\t7\nrun_cnt:\t9\n"), 0);
    }
}
