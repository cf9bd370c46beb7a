//! Gives up what is not needed once the kernel programs are attached, before any other thread begins.
//!
//! Kept, and why:
//! - `CAP_BPF`: before 5.19, kernels whose `unprivileged_bpf_disabled` is set let no one else read maps.
//! - `CAP_SYS_PTRACE`: /proc/PID/exe, /proc/PID/root and the namespaces of processes of other users.
//! - `CAP_DAC_READ_SEARCH`: executables below those roots that only their owner may read.
//! - `CAP_KILL`, only where policies may come: scripts of other users that break one. Programs are killed by the kernel side.
//!
//! Everything else leaves the effective, permitted, inheritable, ambient and bounding sets, and no program that
//! might be started could gain anything. Loading (`CAP_PERFMON` beside `CAP_BPF`) is over by then.

use rustix::{
    io::Errno,
    thread::{
        CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set,
        remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
    },
};

const KEPT: CapabilitySet =
    CapabilitySet::BPF.union(CapabilitySet::SYS_PTRACE).union(CapabilitySet::DAC_READ_SEARCH);

/// Drops all other capabilities of this thread and of those it will start.
///
/// # Errors
/// If the kernel refuses; then nothing is certain.
pub(crate) fn drop_unneeded(enforces: bool) -> Result<(), Errno> {
    let kept = if enforces { KEPT.union(CapabilitySet::KILL) } else { KEPT };
    let permitted = capabilities(None)?.permitted;
    // Only who may change sets at all can shrink the bounding set; without it the sets below are the bound.
    if permitted.contains(CapabilitySet::SETPCAP) {
        for capability in CapabilitySet::all().difference(kept) {
            match remove_capability_from_bounding_set(capability) {
                // Newer than the kernel.
                Ok(()) | Err(Errno::INVAL) => {}
                Err(error) => return Err(error),
            }
        }
    }
    match clear_ambient_capability_set() {
        Ok(()) | Err(Errno::INVAL) => {}
        Err(error) => return Err(error),
    }
    set_no_new_privs(true)?;
    let kept = permitted.intersection(kept);
    set_capabilities(
        None,
        CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() },
    )
}
