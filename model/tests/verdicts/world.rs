//! A small world to drive the model in: containers of one image, their processes, and time.
//!
//! Builds the same batches a collector would, one event at a time.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test's own indices")]

use plumbline_model::{
    Applied, BaselineState, Decision, Incident, Indicators, Model, Params, Verdict,
    event::{Action, Batch, ClosedWindow, Container, Event, Image, Process, ProcessFlags, Source},
};
use std::sync::{Arc, LazyLock};

pub(crate) static OWN_RULES: LazyLock<Arc<Indicators>> = LazyLock::new(|| Arc::new(Indicators::own()));
const WINDOW_NS: u64 = 60_000_000_000;
const START_NS: u64 = 1_700_000_000_000_000_000;
pub(crate) const REPOSITORY: &str = "shop/web";
/// Windows after which four containers that do nothing new are learned.
pub(crate) const STABLE_WINDOWS: u64 = 1200;
const CONTAINERS: [&str; 4] = ["c0", "c1", "c2", "c3"];

/// The container in which scenes play.
pub(crate) const HERE: usize = 3;
/// What a process hands on to its children.
const FAMILY: u32 = ProcessFlags::INIT_FAMILY
    | ProcessFlags::EXEC_SESSION
    | ProcessFlags::PROBE
    | ProcessFlags::HOOK
    | ProcessFlags::TERMINAL;

/// A process of the world: its program, and who started it.
#[derive(Clone, Copy, Debug)]
struct Proc {
    pid: u32,
    parent: Option<usize>,
    executable: &'static str,
    arguments: &'static [&'static str],
    flags: u32,
    container: usize,
    uid: u32,
}

/// A process becomes root.
pub(crate) const BECOMES_ROOT: Action<'static> = Action::Credentials { before: 0 };
/// A process that was root becomes an ordinary user.
pub(crate) const DROPS_ROOT: Action<'static> = Action::Credentials { before: 1 };

/// Containers of one image under a model.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) model: Model,
    pub(crate) digest: &'static str,
    pub(crate) repository: &'static str,
    /// What the image is built on.
    pub(crate) layers: &'static [&'static str],
    /// What it declares, from now on.
    pub(crate) ports: &'static [&'static str],
    pub(crate) user: &'static str,
    /// What its containers declare beside.
    pub(crate) ports_beside: &'static [&'static str],
    pub(crate) health_check: &'static [&'static str],
    pub(crate) entrypoint: &'static [&'static str],
    /// Commands that its scripts start, as a document says.
    pub(crate) starts: &'static [&'static [&'static str]],
    pub(crate) told: Vec<Incident>,
    pub(crate) source: Source<'static>,
    /// Whether its containers have the rights of the host, and whether their images can't be written to.
    pub(crate) privileged: bool,
    pub(crate) read_only_root: bool,
    /// User that the containers are started as.
    pub(crate) started_as: &'static str,
    /// Namespaces of the containers, from now on.
    pub(crate) namespaces: [&'static str; CONTAINERS.len()],
    /// A container whose start was not seen.
    pub(crate) late: Option<usize>,
    /// Whether something is lost in the windows to come.
    pub(crate) lossy: bool,
    processes: Vec<Proc>,
    pub(crate) now_ns: u64,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_rules(&OWN_RULES)
    }

    /// One whose model has these rules.
    pub(crate) fn with_rules(rules: &Arc<Indicators>) -> Self {
        let model = Model::new(Params::default(), Arc::clone(rules));
        Self {
            model,
            digest: "sha256:v1",
            repository: REPOSITORY,
            layers: &[],
            ports: &[],
            user: "",
            ports_beside: &[],
            health_check: &[],
            entrypoint: &[],
            starts: &[],
            told: Vec::new(),
            source: Source::default(),
            privileged: false,
            read_only_root: false,
            started_as: "",
            namespaces: [""; CONTAINERS.len()],
            late: None,
            lossy: false,
            processes: Vec::new(),
            now_ns: START_NS,
        }
    }

    /// A web server that has been watched in four containers until its baseline is stable.
    pub(crate) fn learned() -> Self {
        Self::learned_from(Source::default())
    }

    /// The same, as a source tells it.
    pub(crate) fn learned_from(source: Source<'static>) -> Self {
        Self { source, ..Self::new() }.learn()
    }

    /// Watches a web server in four containers until its baseline is stable.
    pub(crate) fn learn(self) -> Self {
        let world = self.learn_for(STABLE_WINDOWS, |_, _| {});
        assert_eq!(world.state(), BaselineState::Stable, "{:?}", world.told);
        world
    }

    /// The same for so many windows, in each of which every server also has habits.
    pub(crate) fn learn_for(self, windows: u64, habits: impl Fn(&mut Self, usize)) -> Self {
        let mut world = self;
        let servers: Vec<usize> = (0..CONTAINERS.len()).map(|c| world.serve(c)).collect();
        let lasting = world.processes.len();
        for _ in 0..windows {
            for server in &servers {
                world.act(*server, Action::Accept { address: "10.0.0.9", port: 80 });
                world.act(*server, Action::Connect { address: "10.0.0.7", port: 5432, name: "" });
                let health = world.spawn(*server, "/usr/bin/health", &["health", "--port", "80"], 0);
                world.exec(health);
                habits(&mut world, *server);
                world.processes.truncate(lasting);
            }
            world.close_windows(false);
        }
        assert!(world.told.is_empty(), "ordinary work was alerted: {:?}", world.told);
        world
    }

    /// Another image in the same model.
    pub(crate) fn of(self, repository: &'static str, layers: &'static [&'static str]) -> Self {
        let digest = if repository == REPOSITORY { "sha256:v1" } else { repository };
        Self { digest, repository, layers, ..self }
    }

    /// The same image, that declares these ports from now on.
    pub(crate) fn declaring(self, ports: &'static [&'static str]) -> Self {
        Self { ports, ..self }
    }

    /// The same containers in these namespaces.
    pub(crate) fn within(self, namespaces: [&'static str; CONTAINERS.len()]) -> Self {
        Self { namespaces, ..self }
    }

    /// The same image in its next version.
    pub(crate) fn upgrade(&mut self) {
        self.digest = "sha256:v2";
    }

    /// Starts the server of a container.
    pub(crate) fn serve(&mut self, container: usize) -> usize {
        let server = self.first(container, "/usr/sbin/web", &["web", "--port", "80"]);
        self.exec(server);
        self.act(server, Action::Listen { address: "0.0.0.0", port: 80 });
        server
    }

    /// The first process of a container, that does nothing yet.
    pub(crate) fn first(
        &mut self,
        container: usize,
        executable: &'static str,
        arguments: &'static [&'static str],
    ) -> usize {
        let pid = 1000 + container as u32 * 100_000;
        let flags = ProcessFlags::INIT_FAMILY;
        self.processes.push(Proc { pid, parent: None, executable, arguments, flags, container, uid: 0 });
        self.processes.len() - 1
    }

    /// A child of a process; `flags` come on top of its family's.
    pub(crate) fn spawn(
        &mut self,
        parent: usize,
        executable: &'static str,
        arguments: &'static [&'static str],
        flags: u32,
    ) -> usize {
        let of = self.processes[parent];
        let family = of.flags & FAMILY;
        let pid = of.pid + 1 + self.processes.len() as u32;
        self.processes.push(Proc {
            pid,
            parent: Some(parent),
            executable,
            arguments,
            flags: flags | family,
            ..of
        });
        self.processes.len() - 1
    }

    /// A process that the runtime puts into a running container.
    pub(crate) fn session(
        &mut self,
        container: usize,
        executable: &'static str,
        arguments: &'static [&'static str],
        flags: u32,
    ) -> usize {
        let pid = 90_000 + self.processes.len() as u32;
        let flags = flags | ProcessFlags::EXEC_SESSION;
        self.processes.push(Proc { pid, parent: None, executable, arguments, flags, container, uid: 0 });
        self.processes.len() - 1
    }

    /// Makes a process an ordinary user's, and what it starts from now on.
    pub(crate) fn hand_over(&mut self, process: usize) {
        self.processes[process].uid = 1000;
    }

    pub(crate) fn exec(&mut self, process: usize) -> Applied {
        self.act(process, Action::Exec)
    }

    pub(crate) fn act(&mut self, process: usize, action: Action<'static>) -> Applied {
        let mut batch = self.batch();
        let process = self.row(&mut batch, process);
        let action = match action {
            // The process was an ordinary user before and is root now; or the other way round.
            Action::Credentials { .. } => {
                let user = Process { uid: 33, effective_uid: 33, ..batch.processes[process].clone() };
                batch.processes.push(user);
                if action == DROPS_ROOT {
                    batch.processes.swap(process, process + 1);
                }
                Action::Credentials { before: process + 1 }
            }
            action => action,
        };
        self.now_ns += 1_000_000;
        batch.events.push(Event { process, time_unix_ns: self.now_ns, count: 1, action });
        self.apply(batch)
    }

    /// Windows of a process's container, in one batch: what the process does in each, and how often. None is idle.
    pub(crate) fn windows(&mut self, process: usize, windows: &[Vec<(Action<'static>, u32)>]) -> Applied {
        let mut batch = self.batch();
        let container = self.processes[process].container;
        let process = self.row(&mut batch, process);
        for doings in windows {
            let window = self.now_ns / WINDOW_NS;
            for (action, count) in doings {
                let time_unix_ns = window * WINDOW_NS + 1_000_000_000;
                batch.events.push(Event { process, time_unix_ns, count: *count, action: *action });
            }
            batch.windows.push(ClosedWindow { container, window, lossy: self.lossy });
            self.now_ns = (window + 1) * WINDOW_NS;
        }
        self.apply(batch)
    }

    /// States a process and its ancestors in a batch; gives its row.
    fn row(&self, batch: &mut Batch<'static>, process: usize) -> usize {
        // The process and its ancestors, oldest first.
        let mut chain: Vec<usize> =
            std::iter::successors(Some(process), |index| self.processes[*index].parent).collect();
        chain.reverse();
        for (row, index) in chain.iter().enumerate() {
            let proc = &self.processes[*index];
            batch.processes.push(Process {
                container: proc.container,
                pid: proc.pid,
                start_ticks: u64::from(proc.pid),
                parent: row.checked_sub(1),
                executable: proc.executable,
                arguments: proc.arguments.to_vec(),
                flags: ProcessFlags(proc.flags),
                uid: proc.uid,
                effective_uid: proc.uid,
                ..Process::default()
            });
        }
        chain.len() - 1
    }

    /// Puts what the model holds through its stored form.
    pub(crate) fn restore(&mut self) {
        let images: Vec<_> = self.model.images().map(|image| postcard::to_stdvec(image).unwrap()).collect();
        self.model = Model::new(Params::default(), Arc::clone(&OWN_RULES));
        images.iter().for_each(|image| self.model.load(postcard::from_bytes(image).unwrap()));
    }

    /// Ends the window for every container.
    pub(crate) fn close_windows(&mut self, lossy: bool) {
        let mut batch = self.batch();
        let window = self.now_ns / WINDOW_NS;
        batch.windows =
            (0..CONTAINERS.len()).map(|container| ClosedWindow { container, window, lossy }).collect();
        self.now_ns = (window + 1) * WINDOW_NS;
        self.apply(batch);
    }

    pub(crate) fn apply(&mut self, batch: Batch<'_>) -> Applied {
        let applied = self.model.apply(&batch, |_| true);
        self.told.extend(applied.incidents.iter().cloned());
        applied
    }

    pub(crate) fn batch(&self) -> Batch<'static> {
        let image = Image {
            digest: self.digest,
            repository: self.repository,
            layers: self.layers.to_vec(),
            ports: self.ports.to_vec(),
            user: self.user,
            health_check: self.health_check.to_vec(),
            entrypoint: self.entrypoint.to_vec(),
            starts: self.starts.iter().map(|start| start.to_vec()).collect(),
            tag: "1",
            ..Image::default()
        };
        let containers = CONTAINERS.map(|id| Container {
            id,
            name: id,
            started_unix_ns: START_NS,
            privileged: self.privileged,
            read_only_root: self.read_only_root,
            user: self.started_as,
            ports: self.ports_beside.to_vec(),
            ..Container::default()
        });
        let mut containers = containers.to_vec();
        for (container, namespace) in containers.iter_mut().zip(self.namespaces) {
            container.namespace = namespace;
        }
        if let Some(late) = self.late {
            containers[late].start_missed = true;
        }
        Batch {
            node: "node",
            source: self.source,
            window_ns: WINDOW_NS,
            images: vec![image],
            containers,
            ..Batch::default()
        }
    }

    /// Takes decisions in.
    pub(crate) fn decide(&mut self, decisions: &[Arc<Decision>]) -> Applied {
        let applied = self.model.decide(decisions);
        self.told.extend(applied.incidents.iter().cloned());
        applied
    }

    pub(crate) fn state(&self) -> BaselineState {
        self.model.summary(self.model.image(REPOSITORY, self.digest).unwrap()).state
    }

    /// The last verdict of each incident told, in the order they began.
    pub(crate) fn verdicts(&self) -> Vec<(Verdict, Incident)> {
        let mut last: Vec<(Verdict, Incident)> = Vec::new();
        for incident in &self.told {
            match last.iter_mut().find(|(_, known)| known.id == incident.id) {
                Some(known) => *known = (incident.verdict, incident.clone()),
                None => last.push((incident.verdict, incident.clone())),
            }
        }
        last
    }

    /// The latest process of a program, by its file name or applet.
    pub(crate) fn latest(&self, name: &str) -> Option<usize> {
        self.processes.iter().rposition(|process| {
            let words = [Some(process.executable), process.arguments.first().copied()];
            words.into_iter().flatten().any(|word| word.rsplit('/').next() == Some(name))
        })
    }

    /// All incidents as they are now, those too that nobody was told of, in the order they began.
    pub(crate) fn incidents(&self) -> Vec<Incident> {
        let mut all: Vec<Incident> = self.verdicts().into_iter().map(|(_, incident)| incident).collect();
        let open = self.model.images().flat_map(|image| image.open_incidents());
        let untold: Vec<_> = open.filter(|open| !all.iter().any(|told| told.id == open.id)).collect();
        all.extend(untold.into_iter().cloned());
        all.sort_by(|a, b| (a.first_seen_unix_ns, &a.id).cmp(&(b.first_seen_unix_ns, &b.id)));
        all
    }

    /// Names of the evidence in all incidents.
    pub(crate) fn evidence(&self) -> Vec<String> {
        self.verdicts()
            .into_iter()
            .flat_map(|(_, incident)| incident.evidence)
            .map(|item| item.name)
            .collect()
    }
}
