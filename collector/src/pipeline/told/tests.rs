//! The pipeline as a tool drives it: windows by the tool's time, gaps, facts, and what counts as told.

use super::*;
use crate::{
    config::Settings,
    container::{Facts, Questions},
    process::{HostNamespaces, Rights},
    queue::Queue,
};
use plumbline_proto::v1::Batch;
use prost::Message;
use std::{sync::mpsc, time::Duration};

const SECOND: u64 = 1_000_000_000;
const T: u64 = 1_767_323_040 * SECOND;
const EXITS: [Aspect; 2] = [Aspect::Execs, Aspect::Exits];

struct World {
    pipeline: Pipeline,
    queue: Arc<Queue>,
}

impl World {
    fn new() -> Self {
        let settings = Settings {
            host_processes: false,
            node: "n".into(),
            window_ns: SECOND,
            flush_interval: Duration::ZERO,
            queue_bytes: 16 << 20,
        };
        let queue = Arc::new(Queue::new(settings.queue_bytes));
        let host = HostNamespaces { mount: 0, net: 0 };
        let (digests, _) = mpsc::sync_channel(1);
        let boot = crate::pipeline::clocks().1;
        let flows = Box::new(|_| Vec::new());
        let mut pipeline =
            Pipeline::new(settings, queue.clone(), Questions::default(), host, flows, digests, boot);
        pipeline.tell_by("test", Vec::new());
        Self { pipeline, queue }
    }

    fn tell(&mut self, container: &str, at: u64, process: ToldProcess, act: Act, tells: &[Aspect]) {
        let facts = Facts { id: container, image: "shop/web:1", ..Facts::default() }.info();
        let container = ToldContainer { id: container.into(), facts, started_unix_ns: None };
        let tells = Aspects::of(tells);
        self.pipeline.told(Told { time_unix_ns: T + at * SECOND, container, process, act, tells });
    }

    async fn batches(mut self) -> Vec<Batch> {
        self.pipeline.finish();
        self.queue.close();
        let (session, mut seq, mut all) = (self.queue.session(), 0, Vec::new());
        while let Some(frame) = self.queue.after(&session, seq).await {
            seq = frame.seq;
            all.push(Batch::decode(frame.batch).unwrap());
        }
        all
    }
}

fn process(pid: u32, executable: &str) -> ToldProcess {
    let rights = Rights { euid: 33, ..Rights::default() };
    let program = Program { executable: executable.into(), rights, ..Program::default() };
    ToldProcess {
        pid,
        start_unix_ns: Some(T + u64::from(pid) * SECOND / 10),
        program,
        ..ToldProcess::default()
    }
}

fn windows(batches: &[Batch]) -> Vec<(u64, bool)> {
    let rows = batches.iter().filter_map(|batch| batch.windows.as_ref());
    let rows = rows.flat_map(|rows| rows.window.iter().zip(&rows.lossy));
    let mut all: Vec<_> = rows.map(|(window, lossy)| (window - T / SECOND, *lossy == 1)).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn an_old_file_gives_the_windows_it_had_however_late_it_is_read() {
    let mut world = World::new();
    let first = ToldProcess { first: true, ..process(1, "/app") };
    world.tell("c", 0, first, Act::Exec, &EXITS);
    world.tell("d", 3, process(9, "/other"), Act::Exec, &EXITS);
    world.pipeline.tick();
    world.tell("c", 4, process(1, "/app"), Act::Exit { code: 0, signal: 0 }, &EXITS);
    let batches = world.batches().await;
    assert_eq!(windows(&batches), [0, 1, 2, 3, 4].map(|window| (window, false)), "those of c, which ended");
    let container = &batches[0].containers[0];
    assert!(!container.start_missed && container.started_unix_ns == T);
    assert_eq!(batches[0].source.as_ref().unwrap().name, "test");
}

#[tokio::test]
async fn a_tool_that_tells_no_ends_gives_only_windows_that_a_later_event_proves() {
    let mut world = World::new();
    world.tell("c", 0, process(1, "/app"), Act::Exec, &[Aspect::Execs]);
    world.tell("d", 100, process(9, "/other"), Act::Exec, &[Aspect::Execs]);
    world.pipeline.tick();
    assert_eq!(windows(&world.batches().await), []);
}

#[tokio::test]
async fn where_runtimes_do_not_know_a_container_the_event_s_own_facts_describe_it() {
    let mut world = World::new();
    // A socket that is there, and does not know the container.
    world.pipeline.tell_by("test", vec!["/".into()]);
    world.tell("c", 0, process(1, "/app"), Act::Exec, &EXITS);
    assert!(world.pipeline.waits(), "the runtime is asked first");
    world.pipeline.answer(("c".into(), None));
    let batches = world.batches().await;
    let image = &batches[0].images[0];
    assert_eq!(batches[0].strings[image.digest as usize], "name:shop/web:1");
    assert!(batches.iter().all(|batch| batch.losses.is_empty()));
}

#[tokio::test]
async fn a_gap_teaches_nothing_and_is_counted() {
    let mut world = World::new();
    world.tell("c", 0, process(1, "/app"), Act::Exec, &EXITS);
    world.pipeline.source_lost(LossReason::SourceLost, 7, None);
    world.tell("c", 2, process(2, "/app"), Act::Exec, &EXITS);
    world.tell("c", 4, process(3, "/app"), Act::Exec, &EXITS);
    let batches = world.batches().await;
    assert_eq!(windows(&batches), [(0, true), (1, true), (2, true), (3, false)]);
    let lost = batches.iter().flat_map(|batch| &batch.losses).map(|loss| loss.events).sum::<u64>();
    assert_eq!(lost, 7);
}

#[tokio::test]
async fn what_was_seen_before_an_aspect_is_told_goes_out_without_it() {
    let mut world = World::new();
    world.tell("c", 0, process(1, "/app"), Act::Exec, &[Aspect::Execs]);
    world.tell("c", 2, process(2, "/app"), Act::Exec, &EXITS);
    let batches = world.batches().await;
    let untold: Vec<bool> = batches
        .iter()
        .map(|batch| batch.source.as_ref().unwrap().untold.contains(&(Aspect::Exits as i32)))
        .collect();
    assert_eq!(untold, [true, false]);
}

#[tokio::test]
async fn a_child_follows_its_parent_and_a_change_of_user_is_an_event() {
    let mut world = World::new();
    let init = || ToldProcess { first: true, ..process(1, "/app") };
    let mut root = init();
    root.program.flags = plumbline_proto::v1::ProcessFlag::InitFamily as u32;
    world.tell("c", 0, root, Act::Exec, &EXITS);
    let child = ToldProcess { parent: Some(Box::new(init())), ..process(5, "/bin/sh") };
    world.tell("c", 0, child, Act::Exec, &EXITS);
    // The same process runs another program, as root: its own identity is a new one to the tool.
    let mut after = ToldProcess {
        start_unix_ns: Some(T + SECOND),
        parent: Some(Box::new(process(5, "/bin/sh"))),
        ..process(5, "/bin/su")
    };
    after.program.rights.euid = 0;
    world.tell("c", 1, after, Act::Exec, &EXITS);
    let grandchild = ToldProcess { ancestors: vec![77, 5], ..process(6, "/bin/id") };
    world.tell("c", 1, grandchild, Act::Exec, &EXITS);
    let batches = world.batches().await;
    let credentials: usize =
        batches.iter().filter_map(|batch| batch.credentials.as_ref()).map(|rows| rows.process.len()).sum();
    assert_eq!(credentials, 1);
    let last =
        batches.iter().rev().find(|batch| batch.processes.as_ref().is_some_and(|rows| rows.pid.contains(&6)));
    let last = last.unwrap();
    let rows = last.processes.as_ref().unwrap();
    let name = |row: usize| String::from_utf8(last.strings[rows.executable[row] as usize].to_vec()).unwrap();
    let mut row = rows.pid.iter().position(|pid| *pid == 6).unwrap();
    let mut chain = vec![name(row)];
    while rows.parent[row] > 0 {
        row = rows.parent[row] as usize - 1;
        chain.push(name(row));
    }
    assert_eq!(chain, ["/bin/id", "/bin/su", "/app"]);
    assert!(rows.flags.iter().all(|flags| flags & 32 != 0), "the family is the first process's");
}

#[tokio::test]
async fn years_of_quiet_and_endless_containers_and_processes_stay_bounded() {
    let mut world = World::new();
    world.tell("c", 0, process(1, "/app"), Act::Exec, &EXITS);
    world.pipeline.telling.as_mut().unwrap().clock_unix_ns = 1;
    let old = Told {
        time_unix_ns: SECOND,
        container: ToldContainer { id: "c".into(), facts: None, started_unix_ns: None },
        process: process(2, "/app"),
        act: Act::Exec,
        tells: Aspects::default(),
    };
    world.pipeline.told(old);
    world.tell("c", 5, process(3, "/app"), Act::Exec, &EXITS);
    for number in 0..CONTAINERS as u32 + 10 {
        world.tell(&format!("c{number}"), 6, process(number + 10, "/app"), Act::Exec, &EXITS);
    }
    assert!(world.pipeline.live.len() <= CONTAINERS);
    for number in 0..PROCESSES as u32 + 10 {
        world.tell("c1", 7, process(number + 10_000, "/app"), Act::Exec, &EXITS);
    }
    assert!(world.pipeline.table.len() <= PROCESSES + 1);
    assert!(windows(&world.batches().await).len() < 3 * CONTAINERS);
}
