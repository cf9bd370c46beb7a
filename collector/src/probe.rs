//! Loads the eBPF programs, attaches them and reads their ring from a thread of its own.
//!
//! The kernel never wakes the reader; it looks every [`LOOK`], which is cheaper than any wake-up (the ring
//! holds far more than comes in that time). Records travel in chunks over a bounded channel; when the pipeline
//! is slow the reader waits, the ring fills, and the kernel drops and counts.

use crate::raw::{self, Record};
use aya::{
    Btf, Ebpf, EbpfLoader,
    maps::{MapData, PerCpuArray, RingBuf},
    programs::{BtfTracePoint, TracePoint},
};
use std::{
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
const LOOK: Duration = Duration::from_millis(20);
/// Records handed on at once.
const CHUNK: usize = 512;
/// Chunks on their way to the pipeline: half a second of a storm, then the ring takes over.
pub(crate) const CHUNKS: usize = 64;
const TRACING: &str = "/sys/kernel/tracing";
/// In the order of the kernel side's counters.
const HOOKS: [&str; 6] = ["fork", "exec", "exit", "state", "accept", "cgroup"];
const BTF_PROGRAMS: [(&str, &str); 4] = [
    ("on_fork", "sched_process_fork"),
    ("on_exec", "sched_process_exec"),
    ("on_exit", "sched_process_exit"),
    ("on_state", "inet_sock_set_state"),
];
const SYSCALL_PROGRAMS: [(&str, &str); 2] =
    [("on_accept4_exit", "sys_exit_accept4"), ("on_accept_exit", "sys_exit_accept")];

/// The kernel can't be watched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProbeError {
    #[error("this kernel has no BTF ({0}); it needs 5.8 or later built with CONFIG_DEBUG_INFO_BTF")]
    Btf(aya::BtfError),
    #[error(
        "the eBPF programs can't be loaded ({0}); run as root or with CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE"
    )]
    Load(aya::EbpfError),
    #[error("the eBPF object has no {0}")]
    Missing(&'static str),
    #[error("the hook {hook} can't be attached: {why}")]
    Attach { hook: &'static str, why: aya::programs::ProgramError },
    #[error("a map can't be opened")]
    Map(#[from] aya::maps::MapError),
}

/// Counters of one hook, over all processors.
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

/// Programs in the kernel; they leave it when this is dropped.
pub(crate) struct Probe {
    counts: PerCpuArray<MapData, Counters>,
    ring: Option<RingBuf<MapData>>,
    invalid: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
    /// Accepts are not watched, and why.
    pub(crate) no_accept: Option<String>,
    _programs: Ebpf,
}

impl Probe {
    /// Loads and attaches everything.
    pub(crate) fn attach(ring_bytes: u32, cgroup_v1: bool) -> Result<Self, ProbeError> {
        let btf = Btf::from_sys_fs().map_err(ProbeError::Btf)?;
        let v1 = u32::from(cgroup_v1);
        let mut programs = EbpfLoader::new()
            .btf(Some(&btf))
            .override_global("cgroup_v1", &v1, true)
            .map_max_entries("ring", ring_bytes)
            .load(aya::include_bytes_aligned!(concat!(env!("OUT_DIR"), "/plumbline.bpf.o")))
            .map_err(ProbeError::Load)?;
        for (name, hook) in BTF_PROGRAMS {
            let program: &mut BtfTracePoint = program(&mut programs, name)?;
            let attached = program.load(hook, &btf).and_then(|()| program.attach());
            attached.map_err(|why| ProbeError::Attach { hook, why })?;
        }
        let no_accept = match trace_fs() {
            Ok(()) => {
                for (name, hook) in SYSCALL_PROGRAMS {
                    let program: &mut TracePoint = program(&mut programs, name)?;
                    let attached = program.load().and_then(|()| program.attach("syscalls", hook));
                    attached.map_err(|why| ProbeError::Attach { hook, why })?;
                }
                None
            }
            Err(why) => Some(why),
        };
        let counts = programs.take_map("counts").ok_or(ProbeError::Missing("map counts"))?;
        let ring = programs.take_map("ring").ok_or(ProbeError::Missing("map ring"))?;
        Ok(Self {
            counts: PerCpuArray::try_from(counts)?,
            ring: Some(RingBuf::try_from(ring)?),
            invalid: Arc::default(),
            stop: Arc::default(),
            reader: None,
            no_accept,
            _programs: programs,
        })
    }

    /// Starts to read. The channel closes after [`Probe::stop`], when all that came before has been read.
    pub(crate) fn read(&mut self) -> mpsc::Receiver<Vec<Record>> {
        let (sender, receiver) = mpsc::channel(CHUNKS);
        let (stop, invalid) = (self.stop.clone(), self.invalid.clone());
        if let Some(mut ring) = self.ring.take() {
            self.reader = Some(std::thread::spawn(move || {
                loop {
                    // Asked before the ring: what is submitted before the stop is still read.
                    let last = stop.load(Ordering::Acquire);
                    let mut chunk = Vec::new();
                    while let Some(item) = ring.next() {
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
                        std::thread::sleep(LOOK);
                    }
                }
            }));
        }
        receiver
    }

    /// Stops reading once the ring is empty.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    /// Records that could not be read so far.
    pub(crate) fn invalid(&self) -> u64 {
        self.invalid.load(Ordering::Relaxed)
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
        HOOKS.iter().enumerate().map(|(index, hook)| (*hook, sum(index))).collect()
    }
}

fn program<'e, P>(programs: &'e mut Ebpf, name: &'static str) -> Result<&'e mut P, ProbeError>
where
    &'e mut P: TryFrom<&'e mut aya::programs::Program>,
{
    programs.program_mut(name).and_then(|program| program.try_into().ok()).ok_or(ProbeError::Missing(name))
}

/// Makes sure that tracefs is mounted where syscall tracepoints are looked up; most systems do at boot.
pub(crate) fn trace_fs() -> Result<(), String> {
    if Path::new(TRACING).join("events").exists() || Path::new("/sys/kernel/debug/tracing/events").exists() {
        return Ok(());
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
