//! Recorded traffic of the ten lab images, made into that of a fleet.
//!
//! A fleet is so many copies of the lab: each has images of its own, by digest and repository, and runs each container in
//! several replicas, one to a node. Every node sends what was recorded, batch for batch, over and over: each lap begins
//! where the one before ended, so that windows follow each other. All of that is done before anything is timed.
//!
//! Not here: sending (`senders.rs`), and any judgement of what is in a batch.

use anyhow::{Context, Result};
use plumbline_proto::v1::{self, Batch, Frame};
use plumbline_tests::corpus::{Kind, Manifest, folder};
use prost::{Message, bytes::Bytes};
use std::{ops::Range, time::Duration};

/// Images that run beside one another in the recordings.
pub(crate) const IMAGES_OF_A_LAB: u64 = 11;
/// Nodes that run a copy of the lab. Each runs two or three containers of an image, so an image has about ten.
pub(crate) const REPLICAS: u64 = 4;
/// Collectors that send, at most; each of them for several nodes of the recordings under one name.
const SESSIONS: u64 = 32;
/// What a program of a break-in is called, before its number.
pub(crate) const BREAK_IN: &str = "/tmp/break-in-";

/// What is told of the lab.
#[derive(Debug)]
pub(crate) struct Traffic {
    /// Batches from all over the learning run, so that little is new afterwards.
    lesson: Vec<Batch>,
    /// Batches of ordinary work that follow each other; one is a round.
    work: Vec<Batch>,
    /// Windows that the work takes.
    lap_windows: u64,
    /// Rows of events in a batch of work, and events, repeats counted, on average.
    pub(crate) rows: f64,
    pub(crate) events: f64,
    /// Containers of the lab, a replica each.
    containers: f64,
}

/// Who sends and what of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fleet<'t> {
    pub(crate) traffic: &'t Traffic,
    pub(crate) labs: u64,
}

/// Which frames, of what.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// Batches of the lesson, one replica of each lab.
    Lesson(Range<u64>),
    /// Rounds of work, one replica of each lab.
    OneReplica(Range<u64>),
    /// Rounds of work.
    Work(Range<u64>),
}

/// How frames are spread over time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Rows of events.
    pub(crate) rows_per_s: f64,
    /// Time between two break-ins.
    pub(crate) break_in_every: Duration,
}

/// Frames, ready to be sent, by session.
#[derive(Debug, Default)]
pub(crate) struct Load {
    pub(crate) sessions: Vec<Vec<Due>>,
    pub(crate) frames: u64,
    pub(crate) rows: u64,
    /// When each break-in is due, by its number.
    pub(crate) break_ins: Vec<Duration>,
    /// When the last frame is due.
    pub(crate) lasts: Duration,
}

/// A frame, and when it is to be sent, after the first.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) frame: Frame,
    pub(crate) at: Duration,
}

impl Traffic {
    /// Reads the corpus. `lesson` and `work` are batches of each lab.
    pub(crate) fn read(lesson: usize, work: usize) -> Result<Self> {
        let folder = folder();
        let manifest = Manifest::read(&folder)?;
        let batches = |kind| -> Result<Vec<Batch>> {
            let recording = manifest.recordings.iter().find(|recording| recording.kind == kind);
            recording.with_context(|| format!("the corpus has no {kind:?} recording"))?.batches(&folder)
        };
        let all = batches(Kind::Learn)?;
        let step = all.len().div_ceil(lesson).max(1);
        let lesson = all.into_iter().step_by(step).collect();
        // In the first seconds the containers have yet to start.
        let all = batches(Kind::Normal)?;
        let (skip, work) = (all.len() / 8, work.min(all.len() / 2));
        let work: Vec<Batch> = all.into_iter().skip(skip).take(work).collect();
        let windows = work.iter().filter_map(|batch| batch.windows.as_ref()).flat_map(|rows| &rows.window);
        let first = windows.clone().min().context("a recording without windows")?;
        let lap_windows = windows.max().map_or(0, |last| last - first) + 1;
        let mean = |of: fn(&Batch) -> u64| work.iter().map(of).sum::<u64>() as f64 / work.len() as f64;
        let (rows, events) = (mean(rows), mean(events));
        let containers = mean(|batch| batch.containers.len() as u64);
        Ok(Self { lesson, work, lap_windows, rows, events, containers })
    }

    /// Batches of a lesson.
    pub(crate) fn lessons(&self) -> u64 {
        self.lesson.len() as u64
    }

    /// Rounds until everything has been told once.
    pub(crate) fn lap(&self) -> u64 {
        self.work.len() as u64
    }
}

impl Fleet<'_> {
    pub(crate) fn images(&self) -> u64 {
        self.labs * IMAGES_OF_A_LAB
    }

    pub(crate) fn containers(&self) -> u64 {
        (self.labs as f64 * REPLICAS as f64 * self.traffic.containers).round() as u64
    }

    pub(crate) fn sessions(&self) -> u64 {
        SESSIONS.min(self.labs * REPLICAS)
    }

    /// Rounds of all replicas that have at least so many rows.
    pub(crate) fn rounds(&self, rows: f64) -> u64 {
        (rows / (self.traffic.rows * (self.labs * REPLICAS) as f64)).ceil().max(1.0) as u64
    }

    /// The frames of a part; without a pace all are due at once.
    pub(crate) fn load(&self, part: Part, pace: Option<Pace>) -> Load {
        let (batches, rounds, replicas) = match part {
            Part::Lesson(rounds) => (&self.traffic.lesson, rounds, 1),
            Part::OneReplica(rounds) => (&self.traffic.work, rounds, 1),
            Part::Work(rounds) => (&self.traffic.work, rounds, REPLICAS),
        };
        let mut load = Load::default();
        load.sessions.resize_with(self.sessions() as usize, Vec::new);
        for round in rounds {
            let Some(batch) = batches.get((round % batches.len().max(1) as u64) as usize) else { break };
            let windows = round / batches.len() as u64 * self.traffic.lap_windows;
            for node in 0..self.labs * replicas {
                let session = node % self.sessions();
                let place = Place { lab: node / replicas, replica: node % replicas, session, windows };
                load.add(place.told(batch), session as usize, pace);
            }
        }
        load
    }
}

impl Load {
    fn add(&mut self, mut batch: Batch, session: usize, pace: Option<Pace>) {
        let rows = rows(&batch);
        let at = pace.map_or(Duration::ZERO, |pace| {
            let at = Duration::from_secs_f64(self.rows as f64 / pace.rows_per_s);
            let number = self.break_ins.len() as u32;
            if at >= pace.break_in_every * (number + 1) && break_in(&mut batch, number) {
                self.break_ins.push(at);
            }
            at
        });
        if let Some(frames) = self.sessions.get_mut(session) {
            let seq = frames.len() as u64 + 1;
            frames.push(Due { frame: Frame { seq, batch: batch.encode_to_vec().into() }, at });
            self.frames += 1;
            self.rows += rows;
            self.lasts = at;
        }
    }
}

/// Where and when a batch is told anew.
struct Place {
    lab: u64,
    replica: u64,
    session: u64,
    /// By which it comes later.
    windows: u64,
}

impl Place {
    fn told(&self, recorded: &Batch) -> Batch {
        let mut batch = recorded.clone();
        batch.node = format!("node-{}", self.session);
        batch.base_unix_ns += self.windows * batch.window_ns;
        batch.windows.iter_mut().flat_map(|rows| &mut rows.window).for_each(|window| *window += self.windows);
        let mut rename = |index: u32, cut: usize, end: String| {
            let old = recorded.strings.get(index as usize);
            let (Some(old), Some(new)) = (old, batch.strings.get_mut(index as usize)) else { return };
            if !old.is_empty() {
                let kept = old.get(..old.len().saturating_sub(cut)).unwrap_or_default();
                *new = Bytes::from([kept, end.as_bytes()].concat());
            }
        };
        for image in &recorded.images {
            rename(image.digest, 8, format!("{:08x}", self.lab));
            rename(image.repository, 0, format!("-{}", self.lab));
        }
        for container in &recorded.containers {
            rename(container.id, 16, format!("{:08x}{:08x}", self.lab, self.replica));
        }
        batch
    }
}

/// Adds to a batch what nobody should mistake: a program that was not in the image starts, with a socket as standard input,
/// and connects to the outside. False if the batch has nowhere to put it.
fn break_in(batch: &mut Batch, number: u32) -> bool {
    let mut string = |text: String| {
        batch.strings.push(text.into());
        batch.strings.len() as u32 - 1
    };
    let (program, address) = (string(format!("{BREAK_IN}{number}")), string("203.0.113.7".to_owned()));
    let (Some(processes), Some(execs)) = (&mut batch.processes, &mut batch.execs) else { return false };
    let Some(&time_ns) = execs.time_ns.last() else { return false };
    // Nothing is claimed of the world outside the lab.
    let containers: Vec<u32> = (0..)
        .zip(&batch.containers)
        .filter(|(_, container)| {
            let image = batch.images.get(container.image as usize);
            let repository = image.and_then(|image| batch.strings.get(image.repository as usize));
            repository.is_some_and(|name| !name.starts_with(b"plumbline-lab/outside"))
        })
        .map(|(row, _)| row)
        .collect();
    let Some(&container) = containers.get(number as usize % containers.len().max(1)) else { return false };
    let row = processes.container.len() as u32;
    processes.container.push(container);
    processes.pid.push(1_000_000 + number);
    processes.start_ticks.push(u64::from(number) + 1);
    processes.parent.push(0);
    processes.executable.push(program);
    processes.argument_count.push(1);
    processes.arguments.push(program);
    processes.argument_bytes.push(0);
    processes.uid.push(0);
    processes.gid.push(0);
    let flags = [
        v1::ProcessFlag::UpperLayer,
        v1::ProcessFlag::Deleted,
        v1::ProcessFlag::ExecSession,
        v1::ProcessFlag::SocketStdio,
    ];
    processes.flags.push(flags.iter().fold(0, |bits, &flag| bits | flag as u32));
    fill(&mut processes.effective_uid, row);
    fill(&mut processes.effective_gid, row);
    fill(&mut processes.capabilities, row);
    fill(&mut processes.script, row);
    fill(&mut processes.inode, row);
    fill(&mut processes.device, row);
    fill(&mut processes.size, row);
    fill(&mut processes.modified_s, row);
    execs.process.push(row);
    execs.time_ns.push(time_ns);
    execs.count.push(1);
    let sockets = batch.sockets.get_or_insert_default();
    let before = sockets.process.len() as u32;
    sockets.process.push(row);
    sockets.time_ns.push(time_ns);
    sockets.count.push(1);
    sockets.action.push(v1::SocketAction::Connect.into());
    sockets.address.push(address);
    sockets.port.push(4444);
    fill(&mut sockets.name, before);
    true
}

/// Lengthens a column by one default, unless it was left out.
fn fill<T: Default>(column: &mut Vec<T>, rows: u32) {
    if column.len() == rows as usize {
        column.push(T::default());
    }
}

/// Of each kind of event, the column that says how often it was; of flows, which don't say, that of processes.
fn columns(batch: &Batch) -> [Option<&Vec<u32>>; 8] {
    [
        batch.execs.as_ref().map(|rows| &rows.count),
        batch.sockets.as_ref().map(|rows| &rows.count),
        batch.exits.as_ref().map(|rows| &rows.count),
        batch.credentials.as_ref().map(|rows| &rows.count),
        batch.calls.as_ref().map(|rows| &rows.count),
        batch.dns.as_ref().map(|rows| &rows.count),
        batch.forks.as_ref().map(|rows| &rows.count),
        batch.flows.as_ref().map(|rows| &rows.process),
    ]
}

/// Rows of events on the wire.
fn rows(batch: &Batch) -> u64 {
    columns(batch).into_iter().flatten().map(|column| column.len() as u64).sum()
}

/// Events that they stand for; a flow is one.
fn events(batch: &Batch) -> u64 {
    let flows = batch.flows.as_ref().map_or(0, |rows| rows.process.len() as u64);
    let counted = columns(batch).into_iter().take(7).flatten().flatten();
    counted.map(|&count| u64::from(count)).sum::<u64>() + flows
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumbline_server::Recording;
    use std::{collections::BTreeSet, io::Cursor, path::Path};

    fn decoded(load: &Load) -> Vec<Batch> {
        let frames = load.sessions.iter().flatten();
        frames.map(|due| Batch::decode(due.frame.batch.clone()).unwrap()).collect()
    }

    #[test]
    fn a_fleet_is_accepted_by_the_server_break_ins_too() {
        let traffic = Traffic::read(2, 3).unwrap();
        let fleet = Fleet { traffic: &traffic, labs: 2 };
        let pace = Pace { rows_per_s: 10_000.0, break_in_every: Duration::from_millis(100) };
        let load = fleet.load(Part::Work(0..4), Some(pace));
        assert_eq!(load.frames, 4 * 2 * REPLICAS);
        assert!(!load.break_ins.is_empty());
        let mut bytes = Vec::new();
        let all = [load, fleet.load(Part::Lesson(0..2), None)];
        all.iter().flat_map(decoded).for_each(|batch| bytes.extend(batch.encode_length_delimited_to_vec()));
        let read = Recording::new(Path::new("fleet"), Cursor::new(bytes)).collect::<Result<Vec<_>, _>>();
        let frames: u64 = all.iter().map(|load| load.frames).sum();
        assert_eq!(read.unwrap().len() as u64, frames);
    }

    #[test]
    fn labs_share_no_image_replicas_no_container_and_laps_no_window() {
        let traffic = Traffic::read(1, 3).unwrap();
        let fleet = Fleet { traffic: &traffic, labs: 3 };
        let of = |rounds| decoded(&fleet.load(Part::Work(rounds), None));
        let text = |batch: &Batch, index: u32| batch.strings[index as usize].clone();
        let (one, lap) = (of(0..1), of(3..4));
        let images = one.iter().flat_map(|batch| batch.images.iter().map(|image| text(batch, image.digest)));
        let images: BTreeSet<Bytes> = images.collect();
        assert_eq!(images.len(), 3 * traffic.work[0].images.len());
        let ids = one.iter().flat_map(|batch| batch.containers.iter().map(|c| text(batch, c.id)));
        let ids: BTreeSet<Bytes> = ids.collect();
        assert_eq!(ids.len(), 3 * REPLICAS as usize * traffic.work[0].containers.len());
        let windows =
            |batches: &[Batch]| batches.iter().flat_map(|b| b.windows.clone().unwrap().window).collect();
        let (before, after): (Vec<u64>, Vec<u64>) = (windows(&of(0..3)), windows(&lap));
        assert!(before.iter().max() < after.iter().max() && before.iter().min() < after.iter().min());
        assert!(one.iter().zip(&lap).all(|(one, lap)| one.base_unix_ns < lap.base_unix_ns));
    }

    #[test]
    fn frames_are_due_as_their_rows_come_and_numbered_within_their_session() {
        let traffic = Traffic::read(1, 3).unwrap();
        let fleet = Fleet { traffic: &traffic, labs: 10 };
        let pace = Pace { rows_per_s: 1000.0, break_in_every: Duration::MAX / u32::MAX };
        let load = fleet.load(Part::Work(0..3), Some(pace));
        let last = load.sessions.iter().flatten().map(|due| due.at).max().unwrap();
        assert_eq!(last, load.lasts);
        assert!(last.as_secs_f64() < load.rows as f64 / 1000.0);
        for session in &load.sessions {
            assert!(session.iter().zip(1..).all(|(due, seq)| due.frame.seq == seq));
            assert!(session.is_sorted_by_key(|due| due.at));
        }
    }
}
