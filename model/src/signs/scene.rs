//! One anomalous event and what is known around it: its process and where that came from, its image, its incident.
//!
//! Not here: what that says of drift and attack (`signs`).

use crate::{
    behaviour::{Dimension, line, program, words},
    cadence::Period,
    event::{Batch, Container, Event, Image, Process, ProcessFlags, UNKNOWN_ID, Untold},
    evidence::{EvidenceItem, Kind},
    feedback::InForce,
    image::{ImageState, declared_port},
    incident::Finding,
    indicators::Indicators,
    shape::{cut, is_filter, script_of, tool_of},
    versions::Versions,
};

use std::collections::BTreeSet;

/// Most of a declared user's name that is told.
const USER_BYTES: usize = 160;
/// Ancestors looked at.
const ANCESTORS: usize = 32;

/// One anomalous event and what is known around it.
pub(crate) struct Scene<'s, 'a> {
    pub(crate) batch: &'s Batch<'a>,
    pub(crate) event: &'s Event<'a>,
    pub(crate) process: &'s Process<'a>,
    pub(crate) image: &'s ImageState,
    pub(crate) versions: &'s Versions<'s>,
    pub(crate) indicators: &'s Indicators,
    /// Dimensions in which the event is new.
    pub(crate) novel: &'s [Dimension],
    /// Whether its incident is that of a person who named the peer shortly before.
    pub(crate) named: bool,
    /// What its incident found, this event's part included.
    pub(crate) findings: &'s [Finding],
    /// What its incident raised before.
    pub(crate) evidence: &'s [EvidenceItem],
    /// What a claim that rests on the baseline is worth, 0 to 1.
    pub(crate) confidence: f64,
    pub(crate) weights: InForce<'s>,
    /// Containers that did this before and were told.
    pub(crate) replicas: usize,
    /// Whether a younger version is known to do all of it.
    pub(crate) known_later: bool,
}

impl<'s, 'a> Scene<'s, 'a> {
    pub(super) fn ancestors(&self) -> impl Iterator<Item = &'s Process<'a>> {
        let batch = self.batch;
        let parent =
            move |process: &&'s Process<'a>| process.parent.and_then(|parent| batch.processes.get(parent));
        std::iter::successors(parent(&self.process), parent).take(ANCESTORS)
    }

    /// The nearest ancestor that is known to serve the network, unless it let a person in: what a person does, the service
    /// did not.
    pub(super) fn server(&self) -> Option<String> {
        let serves = |program: &String| self.versions.any(self.image, |image| image.serves(program));
        let server = self.ancestors().map(|process| program(process).into_owned()).find(serves)?;
        self.login().is_none().then_some(server)
    }

    /// The program that serves the network and let in the person whose process this is, and as which user. Told by what
    /// becomes of such a process: it is there for one connection, which is its standard input, begins as root, and goes
    /// on, still the same program, as the user it let in. A service that merely gives up its rights does so before it
    /// takes a connection.
    pub(super) fn login(&self) -> Option<(String, u32)> {
        let mut user: Option<(String, u32)> = None;
        for process in self.ancestors() {
            let name = program(process);
            let is_root = process.effective_uid == 0;
            match &user {
                Some((of, _)) if *of != *name => user = None,
                Some((of, uid)) if is_root && process.flags.has(ProcessFlags::SOCKET_STDIO) => {
                    let serves = self.versions.any(self.image, |image| image.serves(of));
                    return serves.then(|| (of.clone(), *uid));
                }
                _ => {}
            }
            let is_user = !is_root && process.effective_uid != UNKNOWN_ID;
            if user.is_none() && is_user && !process.flags.has(ProcessFlags::NEW_PROGRAM) {
                user = Some((name.into_owned(), process.effective_uid));
            }
        }
        None
    }

    /// Whether a script of the image, other than the one that serves, started the process: what that does changes only with
    /// the image.
    pub(super) fn is_of_image_script(&self) -> bool {
        self.ancestors().next().is_some_and(|parent| self.is_image_script(parent))
    }

    /// Whether a process is a script of the image, other than the one that serves. A word without a slash may be something
    /// else than a file (`python3 -m http.server`), and nothing of an image lies in these directories.
    pub(super) fn is_image_script(&self, process: &Process<'_>) -> bool {
        let foreign = ProcessFlags::NEW_PROGRAM | ProcessFlags::VOLUME | ProcessFlags::SCRIPT_ON_VOLUME;
        let elsewhere = ["/dev/", "/proc/", "/run/", "/tmp/", "/var/tmp/"];
        let name = program(process);
        let script = script_of(tool_of(&name), words(process)).filter(|_| !is_filter(&name));
        script.is_some_and(|path| path.contains('/') && !elsewhere.iter().any(|at| path.starts_with(at)))
            && !self.batch.source.untold.has(Untold::LAYERS)
            && !process.flags.has(foreign)
            && !self.versions.any(self.image, |image| image.serves(&name))
    }

    /// Whether this image, or one before it, is known to connect to a peer of this class.
    pub(super) fn knows_peer(&self, class: &str) -> bool {
        self.versions.any(self.image, |image| image.knows_peer(class))
    }

    /// Whether a name that the container asked for would be known: a collector that came later may have missed it.
    pub(super) fn knows_names(&self) -> bool {
        !self.batch.source.untold.has(Untold::DNS) && self.container().is_some_and(|c| !c.start_missed)
    }

    pub(super) fn container(&self) -> Option<&'s Container<'a>> {
        self.batch.containers.get(self.process.container)
    }

    /// The TCP ports that its image or its container declares.
    pub(super) fn declared_ports(&self) -> BTreeSet<u16> {
        let beside = self.container().into_iter().flat_map(|container| &container.ports);
        let beside = beside.filter_map(|port| declared_port(port));
        self.image.declared.ports().iter().copied().chain(beside).collect()
    }

    /// Whether the container's start led to the process, and no session of an operator.
    pub(super) fn is_own(&self) -> bool {
        let flags = self.process.flags;
        flags.has(ProcessFlags::INIT_FAMILY) && !flags.has(ProcessFlags::EXEC_SESSION)
    }

    /// Its image as it was told of now.
    pub(super) fn told_image(&self) -> Option<&'s Image<'a>> {
        self.batch.images.get(self.container()?.image)
    }

    /// The user that its image declares, without a group and short enough to be quoted; none where that is root.
    pub(super) fn declared_user(&self) -> Option<&'s str> {
        let user = self.told_image()?.user.split(':').next()?;
        (!matches!(user, "" | "0" | "root")).then(|| cut(user, USER_BYTES))
    }

    /// The user that its container is started as, or its image declares, if the process runs as another one. What number a
    /// name has is in a file of the image, so a name is told from root only.
    pub(super) fn another_user(&self) -> Option<&'s str> {
        let set = self.container()?.user.split(':').next().unwrap_or_default();
        let user = if set.is_empty() { self.declared_user()? } else { cut(set, USER_BYTES) };
        let uid = self.process.uid;
        let is_another = match user.parse::<u32>() {
            Ok(0) => false,
            Ok(declared) => uid != declared && uid != UNKNOWN_ID,
            Err(_) => user != "root" && uid == 0,
        };
        is_another.then_some(user)
    }

    /// Whether its incident has raised a kind of evidence before.
    pub(super) fn has(&self, kind: Kind) -> bool {
        self.evidence.iter().any(|item| item.name == kind.row().name)
    }

    /// Ports, each with its peer, that the incident connected to and that are new, this event's included.
    pub(super) fn new_peers(&self) -> BTreeSet<(&'s str, &'s str)> {
        let connects = self.findings.iter().filter(|finding| finding.dimension == Dimension::Connect);
        connects.filter_map(|finding| finding.value.split_once(' ')).collect()
    }

    /// Names of public peers that a program connected to in the incident and that are new, this event's included.
    pub(super) fn new_public_names(&self, name: &str) -> BTreeSet<&'s str> {
        let connects = self
            .findings
            .iter()
            .filter(|finding| finding.dimension == Dimension::Connect && finding.context == name);
        let peers = connects.filter_map(|finding| finding.value.split_once(' '));
        peers
            .filter_map(|(_, peer)| peer.strip_prefix("public "))
            .filter(|name| !name.contains('/'))
            .collect()
    }

    /// The rare job that the process belongs to, and the period that it keeps. Not a container's first process: when
    /// that starts is not the image's choice.
    pub(super) fn job(&self) -> Option<(String, Period)> {
        let baseline = &self.image.baseline;
        let started = std::iter::once(self.process).chain(self.ancestors()).filter(|p| p.parent.is_some());
        started.into_iter().find_map(|process| {
            let program = program(process);
            let cell = baseline.find(Dimension::Arguments, &program, &line(process, &program))?;
            Some((program.clone().into_owned(), baseline.cell(cell)?.cadence.period()?))
        })
    }

    pub(super) fn new_in(&self, dimension: Dimension) -> bool {
        self.novel.contains(&dimension)
    }
}
