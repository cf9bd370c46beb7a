//! The kernel side's tables of what is enforced: `bpf/enforce.h` reads them, and counts kills.
//!
//! Layouts are those of `bpf/records.h`; `raw::layout` fails if a field is elsewhere. A table that is full, or that the
//! kernel will not change, is an error: the caller then enforces less, never more.

use aya::maps::{Array, HashMap, MapData, MapError};
use plumbline_proto::v1::EnforcementOutcome;

/// What is enforced in a control group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Enforced {
    /// Number of the policy.
    pub(crate) policy: u32,
    pub(crate) immutable: bool,
    pub(crate) allow_list: bool,
    /// Of what breaks it: observed, warned or killed.
    pub(crate) outcome: EnforcementOutcome,
    /// When its container was started, Unix time.
    pub(crate) started_s: i64,
}

/// An executable's path as the kernel side has it: components, the last one first, each ended by a NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listed([u8; LISTED_BYTES]);

const LISTED_BYTES: usize = 252;
/// One byte for each slash; two are left.
const PATH_BYTES: usize = 250;

impl Listed {
    /// It may be started where a list is enforced.
    pub(crate) const ALLOWED: u32 = 1;
    /// It need not be of the image.
    pub(crate) const EXEMPT: u32 = 2;

    /// `None` if the path is not absolute or longer than 250 bytes.
    pub(crate) fn of(path: &str) -> Option<Self> {
        if !path.starts_with('/') || path.len() > PATH_BYTES || path.contains('\0') {
            return None;
        }
        let mut bytes = [0; LISTED_BYTES];
        let components = path.rsplit('/').filter(|component| !component.is_empty());
        let text = components.flat_map(|component| component.bytes().chain([0]));
        bytes.iter_mut().zip(text).for_each(|(to, from)| *to = from);
        Some(Self(bytes))
    }
}

/// A table of the kernel side does not take what it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TableError {
    #[error("the kernel's table {0} can't be changed: {1}; less is enforced")]
    Refused(&'static str, MapError),
    #[cfg(test)]
    #[error("the table is full")]
    Full,
}

/// Bits of [`Tables::kills`].
pub(super) const KILLS: u64 = LEFT_OUT - 1;
pub(super) const LEFT_OUT: u64 = 0x8000;

/// What the kernel side goes by.
pub(crate) trait Tables: Send {
    /// Enforces in a control group, or no more.
    fn enforce(&mut self, group: u64, enforced: Option<Enforced>) -> Result<(), TableError>;
    /// Sets what a policy says of a path; 0 takes it out.
    fn list(&mut self, policy: u32, path: &Listed, bits: u32) -> Result<(), TableError>;
    /// Sets how many kills a policy has in a minute.
    fn limit(&mut self, policy: u32, kills: u32) -> Result<(), TableError>;
    /// The last minute since boot in which a policy killed, and in the lower 16 bits how often ([`KILLS`]) and whether a
    /// kill was left out ([`LEFT_OUT`]), after which there are no more. All bits if that can't be read.
    fn kills(&self, policy: u32) -> u64;
    /// Begins to count a policy's kills anew.
    fn reset(&mut self, policy: u32) -> Result<(), TableError>;
    /// Stands behind all of it until then, nanoseconds since boot; the kernel side kills nothing after that.
    fn vouch(&mut self, until_ns: u64) -> Result<(), TableError>;
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct RawEnforced {
    pub(crate) policy: u32,
    pub(crate) rules: u32,
    pub(crate) outcome: u32,
    pub(crate) unused: u32,
    pub(crate) started_s: i64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct RawListed {
    pub(crate) policy: u32,
    pub(crate) path: [u8; LISTED_BYTES],
}

// SAFETY: integers without padding; any bits are valid.
unsafe impl aya::Pod for RawEnforced {}
// SAFETY: integers without padding; any bits are valid.
unsafe impl aya::Pod for RawListed {}

const RULE_IMMUTABLE: u32 = 1;
const RULE_LIST: u32 = 2;

/// Those of the programs that are loaded.
pub(crate) struct KernelTables {
    pub(crate) enforced: HashMap<MapData, u64, RawEnforced>,
    pub(crate) listed: HashMap<MapData, RawListed, u32>,
    pub(crate) limits: Array<MapData, u32>,
    pub(crate) kills: Array<MapData, u64>,
    pub(crate) lease: Array<MapData, u64>,
}

impl Tables for KernelTables {
    fn enforce(&mut self, group: u64, enforced: Option<Enforced>) -> Result<(), TableError> {
        let refused = |error| TableError::Refused("enforced", error);
        let Some(Enforced { policy, immutable, allow_list, outcome, started_s }) = enforced else {
            return removed(self.enforced.remove(&group)).map_err(refused);
        };
        let rules = if immutable { RULE_IMMUTABLE } else { 0 } | if allow_list { RULE_LIST } else { 0 };
        let raw = RawEnforced { policy, rules, outcome: outcome as u32, unused: 0, started_s };
        self.enforced.insert(group, raw, 0).map_err(refused)
    }

    fn list(&mut self, policy: u32, path: &Listed, bits: u32) -> Result<(), TableError> {
        let key = RawListed { policy, path: path.0 };
        let done =
            if bits == 0 { removed(self.listed.remove(&key)) } else { self.listed.insert(key, bits, 0) };
        done.map_err(|error| TableError::Refused("listed", error))
    }

    fn limit(&mut self, policy: u32, kills: u32) -> Result<(), TableError> {
        self.limits.set(policy, kills, 0).map_err(|error| TableError::Refused("limits", error))
    }

    fn kills(&self, policy: u32) -> u64 {
        self.kills.get(&policy, 0).unwrap_or(u64::MAX)
    }

    fn reset(&mut self, policy: u32) -> Result<(), TableError> {
        self.kills.set(policy, 0, 0).map_err(|error| TableError::Refused("kills", error))
    }

    fn vouch(&mut self, until_ns: u64) -> Result<(), TableError> {
        self.lease.set(0, until_ns, 0).map_err(|error| TableError::Refused("lease", error))
    }
}

/// What was not there is gone.
fn removed(done: Result<(), MapError>) -> Result<(), MapError> {
    match done {
        Err(MapError::SyscallError(error)) if error.io_error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
        Err(MapError::KeyNotFound) => Ok(()),
        done => done,
    }
}
