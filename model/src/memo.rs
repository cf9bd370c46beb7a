//! Events that were seen before, by a fingerprint: which cells they count in, without canonicalising them again.
//!
//! Only a short cut: with or without it the same is counted, so it is neither stored nor compared. A fingerprint
//! covers all that canonicalisation reads. Its two hashes have seeds of this run's own, so that a container can't
//! make an event that passes for another (that would take a chance hit of 128 bits). Forgotten as a whole when a cell's
//! number is freed. Bounded, in two generations: what is asked for moves into the young one, and when that is full it
//! takes the place of the old one. So clients without number, each with an address of its own, do not push out what comes
//! all the time.

use crate::{
    behaviour::family,
    event::{Action, Batch, Event, Process, ProcessFlags},
    tools::{file_name, is_multi_call},
};
use foldhash::quality::RandomState;
use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, Hasher},
};

/// Events of a generation: what a table of 512 places holds, so that an image takes 34 KiB for both at most.
const EVENTS: usize = 448;
/// Behaviours of an event, at most.
pub(crate) const CELLS: usize = 3;
/// Flags that canonicalisation looks at.
const FLAGS: u32 = ProcessFlags::NEW_PROGRAM
    | ProcessFlags::VOLUME
    | ProcessFlags::PRIMED
    | ProcessFlags::INIT_FAMILY
    | ProcessFlags::EXEC_SESSION
    | ProcessFlags::PROBE
    | ProcessFlags::HOOK;

/// Two independent hashes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(u64, u64);

/// Numbers of the cells that an event counts in; unused places hold `u32::MAX`.
pub(crate) type Cells = [u32; CELLS];

/// What an image's events count in.
#[derive(Default)]
pub(crate) struct Memo {
    seeds: (RandomState, RandomState),
    young: Known,
    old: Known,
}

/// By the one hash, the other and the cells.
type Known = HashMap<u64, (u64, Cells), foldhash::fast::RandomState>;

impl Memo {
    pub(crate) fn fingerprint(&self, batch: &Batch<'_>, event: &Event<'_>) -> Fingerprint {
        let mut both = Both(self.seeds.0.build_hasher(), self.seeds.1.build_hasher());
        Seen { batch, event }.hash(&mut both);
        Fingerprint(both.0.finish(), both.1.finish())
    }

    pub(crate) fn get(&mut self, print: Fingerprint) -> Option<Cells> {
        let of = |known: &Known| {
            known.get(&print.0).filter(|(check, _)| *check == print.1).map(|(_, cells)| *cells)
        };
        of(&self.young).or_else(|| {
            let cells = of(&self.old)?;
            self.put(print, cells);
            Some(cells)
        })
    }

    pub(crate) fn put(&mut self, print: Fingerprint, cells: Cells) {
        if self.young.len() >= EVENTS {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        self.young.insert(print.0, (print.1, cells));
    }

    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

/// Two hashers that are told the same, so that what to tell them is looked for once.
struct Both<H>(H, H);

impl<H: Hasher> Hasher for Both<H> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
        self.1.write(bytes);
    }

    fn write_u8(&mut self, number: u8) {
        self.0.write_u8(number);
        self.1.write_u8(number);
    }

    fn write_u16(&mut self, number: u16) {
        self.0.write_u16(number);
        self.1.write_u16(number);
    }

    fn write_u32(&mut self, number: u32) {
        self.0.write_u32(number);
        self.1.write_u32(number);
    }

    fn write_u64(&mut self, number: u64) {
        self.0.write_u64(number);
        self.1.write_u64(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.0.write_usize(number);
        self.1.write_usize(number);
    }

    fn finish(&self) -> u64 {
        self.0.finish() // each is asked by itself
    }
}

/// All that canonicalisation reads of an event.
struct Seen<'s, 'a> {
    batch: &'s Batch<'a>,
    event: &'s Event<'a>,
}

impl Hash for Seen<'_, '_> {
    fn hash<H: Hasher>(&self, to: &mut H) {
        let Some(process) = self.batch.processes.get(self.event.process) else { return };
        to.write_u32(process.flags.0 & FLAGS);
        to.write_u32(self.batch.source.untold.0);
        std::mem::discriminant(&self.event.action).hash(to);
        match self.event.action {
            Action::Exec => {
                process.executable.hash(to);
                process.arguments.hash(to);
                match process.parent.and_then(|parent| self.batch.processes.get(parent)) {
                    Some(parent) => program(parent, to),
                    None => family(process.flags).hash(to),
                }
                return;
            }
            Action::Listen { address, port }
            | Action::Accept { address, port }
            | Action::Receive { address, port } => {
                (address, port).hash(to);
            }
            Action::Connect { address, port, name } | Action::Send { address, port, name } => {
                (address, port, name).hash(to);
            }
            Action::Resolve { name } => name.hash(to),
            Action::Credentials { before } => {
                rights(process, to);
                if let Some(before) = self.batch.processes.get(before) {
                    rights(before, to);
                }
            }
            Action::Call(call) => call.hash(to),
            Action::Failed(_) | Action::Unusual(_) => {} // never asked for
        }
        program(process, to);
    }
}

fn program<H: Hasher>(process: &Process<'_>, to: &mut H) {
    process.executable.hash(to);
    if is_multi_call(file_name(process.executable)) {
        process.arguments.get(..2).unwrap_or(&process.arguments).hash(to);
    }
}

fn rights<H: Hasher>(process: &Process<'_>, to: &mut H) {
    (process.effective_uid, process.gid, process.capabilities).hash(to);
}

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memo of {}", self.young.len() + self.old.len())
    }
}

impl Clone for Memo {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Memo {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_hashes_of_an_event_are_those_that_each_hasher_makes_alone() {
        let memo = Memo::default();
        let process = |executable, arguments| Process { executable, arguments, ..Process::default() };
        let processes = vec![process("/bin/busybox", vec!["sh", "-c", "x"]), process("/x", vec![])];
        let batch = Batch { processes, ..Batch::default() };
        let (address, name) = ("10.0.0.1", "db");
        let actions = [
            Action::Exec,
            Action::Listen { address, port: 80 },
            Action::Connect { address, port: 443, name },
            Action::Resolve { name },
            Action::Credentials { before: 1 },
        ];
        for action in actions {
            let event = Event { process: 0, time_unix_ns: 1, count: 1, action };
            let seen = Seen { batch: &batch, event: &event };
            let alone = Fingerprint(memo.seeds.0.hash_one(&seen), memo.seeds.1.hash_one(&seen));
            assert_eq!(memo.fingerprint(&batch, &event), alone, "{action:?}");
        }
    }

    #[test]
    fn what_comes_again_and_again_stays_among_strangers_without_number() {
        let mut memo = Memo::default();
        let friend = Fingerprint(0, 7);
        memo.put(friend, [1; CELLS]);
        for stranger in 1..=10_000 {
            memo.put(Fingerprint(stranger, 7), [2; CELLS]);
            if stranger % 400 == 0 {
                assert_eq!(memo.get(friend), Some([1; CELLS]), "after {stranger}");
            }
            assert!(memo.young.len() + memo.old.len() <= 2 * EVENTS);
        }
        assert_eq!(memo.get(Fingerprint(5, 7)), None, "a stranger came once");
        assert_eq!(memo.get(Fingerprint(0, 8)), None, "the other hash is another's");
        memo.clear();
        assert_eq!(memo.get(friend), None);
    }
}
