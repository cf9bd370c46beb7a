//! A disk of the simulation of `run/simulation.rs`: what waits for it takes as long as a seed says, and it can be full.
//!
//! The work itself is done, in place, by the thread that simulates: so nothing hangs on how fast a machine is, and all that a
//! slow disk lets happen meanwhile does happen. Half of the time passes before the work, half behind it, so that a crash can
//! come on either side of it. Of other threads nothing is simulated.

use std::{
    cell::RefCell,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    time::Duration,
};

/// The longest that a disk takes before or after its work.
const SLOWEST: Duration = Duration::from_millis(300);

thread_local! {
    static DISK: RefCell<Option<Disk>> = const { RefCell::new(None) };
}

#[derive(Debug)]
struct Disk {
    chance: Chance,
    full: bool,
}

/// Numbers that follow from a seed, one after the other.
#[derive(Debug)]
pub(crate) struct Chance {
    seed: u64,
    drawn: u64,
}

impl Chance {
    /// That of one part of a run.
    pub(crate) fn new(seed: u64, part: &str) -> Self {
        let seed = BuildHasherDefault::<DefaultHasher>::default().hash_one((seed, part));
        Self { seed, drawn: 0 }
    }

    /// From 0 up to, not including, `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.drawn += 1;
        BuildHasherDefault::<DefaultHasher>::default().hash_one((self.seed, self.drawn)) % bound
    }

    /// Up to `longest`, in whole milliseconds.
    pub(crate) fn time(&mut self, longest: Duration) -> Duration {
        Duration::from_millis(self.below(longest.as_millis() as u64 + 1))
    }
}

/// Simulates a disk for what this thread does from now on.
pub(crate) fn begin(seed: u64) {
    DISK.set(Some(Disk { chance: Chance::new(seed, "disk"), full: false }));
}

/// Simulates no longer.
pub(crate) fn end() {
    DISK.set(None);
}

/// Whether the disk takes nothing from now on.
pub(crate) fn set_full(full: bool) {
    DISK.with_borrow_mut(|disk| disk.as_mut().unwrap().full = full);
}

pub(crate) fn is_full() -> bool {
    DISK.with_borrow(|disk| disk.as_ref().is_some_and(|disk| disk.full))
}

/// How long work takes before it is done and after; `None` if nothing is simulated here.
pub(super) fn takes() -> Option<[Duration; 2]> {
    DISK.with_borrow_mut(|disk| {
        let chance = &mut disk.as_mut()?.chance;
        // Most disks are fast most of the time.
        let longest = if chance.below(4) == 0 { SLOWEST } else { SLOWEST / 30 };
        Some([chance.time(longest), chance.time(longest)])
    })
}
