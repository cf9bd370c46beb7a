//! Detectors of the field, made again from their documentation with their own settings, on the same events.
//!
//! - StackRox: executables of an image, learned for one hour, then locked; a container's first minute is let pass.
//! - Kubescape: executables with their arguments, learned for 24 hours.
//! - Datadog: per kind of event (execution by parent, DNS name, bound port) known values; three minutes of warm-up,
//!   stable after a quarter of an hour without anything new, given up if that has not come within an hour.
//! - Falco, Sysdig: an executable that lies in the container's upper layer, or in memory.
//!
//! None of them tells drift from attack. An alert counts once for a container and what it says.

use plumbline_model::event::{Action, Batch, Event, Process, ProcessFlags};
use std::collections::{BTreeMap, BTreeSet};

/// An event with what the detectors look at.
#[derive(Clone, Copy, Debug)]
pub struct Fact<'b, 'a> {
    /// Digest of the image.
    pub digest: &'a str,
    /// Id of the container.
    pub container: &'a str,
    /// When that started.
    pub started_unix_ns: u64,
    /// Who did it.
    pub process: &'b Process<'a>,
    /// Who started that, if it is in the container.
    pub parent: Option<&'b Process<'a>>,
    /// What happened.
    pub event: &'b Event<'a>,
}

/// The facts of a batch. A process that was only found running was not started: no other detector would see it so. Nor
/// does any look at what came to nothing.
pub fn facts<'b, 'a>(batch: &'b Batch<'a>) -> impl Iterator<Item = Fact<'b, 'a>> {
    batch.events.iter().filter_map(|event| {
        let process = batch.processes.get(event.process)?;
        let found = event.action == Action::Exec && process.flags.has(ProcessFlags::PRIMED);
        if found || matches!(event.action, Action::Failed(_)) {
            return None;
        }
        let container = batch.containers.get(process.container)?;
        Some(Fact {
            digest: batch.images.get(container.image)?.digest,
            container: container.id,
            started_unix_ns: container.started_unix_ns,
            process,
            parent: process.parent.and_then(|parent| batch.processes.get(parent)),
            event,
        })
    })
}

/// A detector that says yes or no.
pub trait Detector {
    /// How tables call it.
    fn name(&self) -> &'static str;
    /// What it alerts of the event, if it does; learns from it, if it still learns.
    fn observe(&mut self, fact: &Fact<'_, '_>, window_ns: u64) -> Option<String>;
    /// A copy in the same state.
    fn copy(&self) -> Box<dyn Detector>;
}

/// All of them, knowing nothing.
pub fn all() -> Vec<Box<dyn Detector>> {
    vec![
        Box::new(AllowList {
            name: "stackrox",
            windows: 60,
            arguments: false,
            amnesty: true,
            images: BTreeMap::new(),
        }),
        Box::new(AllowList {
            name: "kubescape",
            windows: 1440,
            arguments: true,
            amnesty: false,
            images: BTreeMap::new(),
        }),
        Box::new(Datadog::default()),
        Box::new(UpperLayer),
    ]
}

#[derive(Clone)]
struct AllowList {
    name: &'static str,
    /// Learned for so many windows.
    windows: u64,
    arguments: bool,
    /// Whether the first window of a container is let pass.
    amnesty: bool,
    /// First event, and what is allowed.
    images: BTreeMap<String, (u64, BTreeSet<String>)>,
}

impl Detector for AllowList {
    fn name(&self) -> &'static str {
        self.name
    }

    fn observe(&mut self, fact: &Fact<'_, '_>, window_ns: u64) -> Option<String> {
        if fact.event.action != Action::Exec {
            return None;
        }
        let now = fact.event.time_unix_ns;
        let (first, allowed) =
            self.images.entry(fact.digest.to_owned()).or_insert_with(|| (now, BTreeSet::new()));
        let mut key = fact.process.executable.to_owned();
        if self.arguments {
            key = format!("{key} {}", fact.process.arguments.join(" "));
        }
        if now < first.saturating_add(self.windows * window_ns) {
            allowed.insert(key);
            return None;
        }
        let young = self.amnesty && now < fact.started_unix_ns.saturating_add(window_ns);
        (!young && !allowed.contains(&key)).then_some(key)
    }

    fn copy(&self) -> Box<dyn Detector> {
        Box::new(self.clone())
    }
}

#[derive(Clone, Default)]
struct Datadog {
    /// By image and kind of event.
    profiles: BTreeMap<(String, &'static str), Profile>,
}

#[derive(Clone, Default)]
struct Profile {
    first_unix_ns: u64,
    last_new_unix_ns: u64,
    stable: bool,
    given_up: bool,
    known: BTreeSet<String>,
}

impl Detector for Datadog {
    fn name(&self) -> &'static str {
        "datadog"
    }

    fn observe(&mut self, fact: &Fact<'_, '_>, window_ns: u64) -> Option<String> {
        let (kind, key) = match fact.event.action {
            Action::Exec => (
                "exec",
                format!("{} > {}", fact.parent.map_or("", |p| p.executable), fact.process.executable),
            ),
            Action::Resolve { name } => ("dns", name.to_owned()),
            Action::Listen { port, .. } => ("bind", port.to_string()),
            _ => return None,
        };
        let now = fact.event.time_unix_ns;
        let profile = self.profiles.entry((fact.digest.to_owned(), kind)).or_insert_with(|| Profile {
            first_unix_ns: now,
            last_new_unix_ns: now,
            ..Profile::default()
        });
        let age = now.saturating_sub(profile.first_unix_ns) / window_ns;
        profile.stable |= !profile.given_up && now.saturating_sub(profile.last_new_unix_ns) / window_ns >= 15;
        if profile.known.contains(&key) {
            return None;
        }
        if age >= 3 && profile.stable {
            return Some(key);
        }
        profile.given_up |= age >= 60 && !profile.stable;
        profile.last_new_unix_ns = now;
        profile.known.insert(key);
        None
    }

    fn copy(&self) -> Box<dyn Detector> {
        Box::new(self.clone())
    }
}

#[derive(Clone)]
struct UpperLayer;

impl Detector for UpperLayer {
    fn name(&self) -> &'static str {
        "falco_sysdig"
    }

    fn observe(&mut self, fact: &Fact<'_, '_>, _: u64) -> Option<String> {
        let new = fact.process.flags.has(ProcessFlags::UPPER_LAYER | ProcessFlags::MEMFD);
        (fact.event.action == Action::Exec && new).then(|| fact.process.executable.to_owned())
    }

    fn copy(&self) -> Box<dyn Detector> {
        Box::new(self.clone())
    }
}
