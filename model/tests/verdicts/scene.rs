//! Scenes in plain sentences, and how they are played in a [`World`]: `rows.txt` and `stories.txt` are made of them.
//!
//! What was before, one a line: nothing (the web server of `world.rs` has been learned), `new image`, `learned for N
//! windows`, `every window: SENTENCE` for more that its servers do, `declares PORTS` for what the image exposes, `declares user
//! NAME` for who it starts as, `next version` for an image that follows the learned one. Then what happens, one sentence a line, subject first:
//!
//!     web runs /bin/sh -c 'id' [socket]     web, operator, probe, hook: who starts it
//!     sh connects to 10.0.0.7:5432 db       else the latest process of that name
//!
//! In brackets stand facts about the process: `written` (after the build), `memory`, `deleted`, `volume`, `socket`,
//! `terminal`, `user` (not root), `host files`, `host network`, `found running`, `called NAME`; or `refused` after a call.
#![allow(clippy::panic, reason = "a scene that cannot be read fails the test")]

use crate::world::{BECOMES_ROOT, DROPS_ROOT, HERE, STABLE_WINDOWS, World};
use plumbline_model::{
    Decision, Incident, Params,
    event::{Action, Call, CallKind, ProcessFlags},
};
use std::sync::{Arc, LazyLock};

/// A scene: lines of text that live as long as the test.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scene {
    new: bool,
    windows: Option<u64>,
    habits: Vec<&'static str>,
    next_version: bool,
    ports: Vec<&'static str>,
    user: &'static str,
    ports_beside: Vec<&'static str>,
    sentences: Vec<&'static str>,
}

impl Scene {
    pub(crate) fn of(lines: impl IntoIterator<Item = &'static str>) -> Self {
        let mut scene = Self::default();
        for line in lines {
            match line.split_once(": ") {
                Some(("every window", habit)) => scene.habits.push(habit),
                _ if line == "new image" => scene.new = true,
                _ if line == "next version" => scene.next_version = true,
                _ if line.starts_with("declares user ") => {
                    scene.user = line.rsplit(' ').next().unwrap_or_default();
                }
                _ if line.starts_with("containers declare ") => {
                    scene.ports_beside = line.split(' ').skip(2).collect();
                }
                _ if line.starts_with("declares ") => scene.ports = line.split(' ').skip(1).collect(),
                _ => match line.strip_prefix("learned for ").and_then(|rest| rest.strip_suffix(" windows")) {
                    Some(windows) => scene.windows = windows.parse().ok(),
                    None => scene.sentences.push(line),
                },
            }
        }
        scene
    }

    /// All incidents of the scene as they are in the end, those too that nobody was told of.
    pub(crate) fn play(&self) -> Vec<Incident> {
        self.play_after(&[])
    }

    /// The same, once people have decided something.
    pub(crate) fn play_after(&self, decisions: &[Arc<Decision>]) -> Vec<Incident> {
        let mut world = self.before();
        world.decide(decisions);
        for sentence in &self.sentences {
            say(&mut world, sentence);
        }
        world.incidents()
    }

    /// The world before anything happens.
    fn before(&self) -> World {
        static LEARNED: LazyLock<World> = LazyLock::new(World::learned);
        let mut world = match self.windows {
            _ if self.new => World::new(),
            None if self.habits.is_empty() => LEARNED.clone(),
            windows => World::new().learn_for(windows.unwrap_or(STABLE_WINDOWS), |world, server| {
                self.habits.iter().for_each(|habit| say_of(world, habit, Some(server)));
            }),
        };
        world.ports = self.ports.clone().leak();
        world.user = self.user;
        world.ports_beside = self.ports_beside.clone().leak();
        if self.next_version {
            world.upgrade();
        }
        if self.new || self.next_version {
            world.serve(HERE);
        }
        world
    }
}

fn say(world: &mut World, sentence: &'static str) {
    say_of(world, sentence, None);
}

/// Lets happen what a sentence says; `server` is the process that is called web.
fn say_of(world: &mut World, sentence: &'static str, server: Option<usize>) {
    let (text, facts) = match sentence.strip_suffix(']').and_then(|rest| rest.rsplit_once(" [")) {
        Some((text, facts)) => (text, facts.split(", ").collect::<Vec<_>>()),
        None => (sentence, Vec::new()),
    };
    let words = words(text);
    let unreadable = || -> ! { panic!("what does this say: {sentence}") };
    let [who, verb, rest @ ..] = &*words else { unreadable() };
    if (*who, *verb, rest) == ("an", "hour", &["passes"]) {
        (0..Params::default().quiet_windows + 2).for_each(|_| world.close_windows(false));
        return;
    }
    let subject = if *who == "web" { server.or_else(|| world.latest("web")) } else { world.latest(who) };
    if let ("runs", [path, arguments @ ..]) = (*verb, rest) {
        let called = facts.iter().find_map(|fact| fact.strip_prefix("called "));
        let name = called.unwrap_or_else(|| path.rsplit('/').next().unwrap_or(path));
        let line: &'static [&'static str] = [&[name], arguments].concat().leak();
        let flags = facts.iter().fold(0, |flags, fact| flags | flag(fact).unwrap_or_else(|| unreadable()));
        let process = match (*who, subject) {
            ("operator", _) => world.session(HERE, path, line, flags),
            ("probe", _) => world.session(HERE, path, line, flags | ProcessFlags::PROBE),
            ("hook", _) => world.session(HERE, path, line, flags | ProcessFlags::HOOK),
            (_, Some(parent)) => world.spawn(parent, path, line, flags),
            (_, None) => unreadable(),
        };
        if facts.contains(&"user") {
            world.hand_over(process);
        }
        world.exec(process);
        return;
    }
    let Some(subject) = subject else { unreadable() };
    let refused = facts.contains(&"refused");
    let action = action(verb, rest, refused).unwrap_or_else(|| unreadable());
    world.act(subject, action);
}

fn flag(fact: &str) -> Option<u32> {
    Some(match fact {
        "written" => ProcessFlags::UPPER_LAYER,
        "written script" => ProcessFlags::SCRIPT_WRITTEN,
        "memory" => ProcessFlags::MEMFD,
        "deleted" => ProcessFlags::DELETED,
        "volume" => ProcessFlags::VOLUME,
        "socket" => ProcessFlags::SOCKET_STDIO,
        "terminal" => ProcessFlags::TERMINAL,
        "host files" => ProcessFlags::HOST_MOUNTS,
        "host network" => ProcessFlags::HOST_NETWORK,
        "found running" => ProcessFlags::PRIMED,
        "user" => 0,
        _ if fact.starts_with("called ") => 0,
        _ => return None,
    })
}

fn action(verb: &str, rest: &[&'static str], refused: bool) -> Option<Action<'static>> {
    let to = |peer: &'static str| {
        let (address, port) = peer.rsplit_once(':')?;
        Some((address, port.parse().ok()?))
    };
    Some(match (verb, rest) {
        ("connects", ["to", peer, name @ ..]) => {
            let (address, port) = to(peer)?;
            Action::Connect { address, port, name: name.first().copied().unwrap_or_default() }
        }
        ("sends", ["to", peer, name @ ..]) => {
            let (address, port) = to(peer)?;
            Action::Send { address, port, name: name.first().copied().unwrap_or_default() }
        }
        ("listens", ["on", local]) => {
            let (address, port) = to(local)?;
            Action::Listen { address, port }
        }
        ("accepts", ["from", address, "on", port]) => Action::Accept { address, port: port.parse().ok()? },
        ("asks", ["for", name]) => Action::Resolve { name },
        ("becomes", ["root"]) => BECOMES_ROOT,
        ("drops", ["root"]) => DROPS_ROOT,
        ("calls", [name, about @ ..]) => {
            let (kind, errno) = call(name)?;
            let error = if refused { errno } else { 0 };
            let word = |at: usize| about.get(at).copied().unwrap_or_default();
            Action::Call(Call { kind, error, subject: word(0), detail: word(1) })
        }
        _ => return None,
    })
}

/// A call by its name, and the errno with which it is refused.
fn call(name: &str) -> Option<(CallKind, u32)> {
    const EPERM: u32 = 1;
    const EACCES: u32 = 13;
    Some(match name {
        "execve" => (CallKind::ExecFailed, EACCES),
        "ptrace" => (CallKind::Ptrace, EPERM),
        "memfd_create" => (CallKind::Memfd, EPERM),
        "setns" => (CallKind::Setns, EPERM),
        "unshare" => (CallKind::Unshare, EPERM),
        "mount" => (CallKind::Mount, EPERM),
        "init_module" => (CallKind::Module, EPERM),
        "bpf" => (CallKind::Bpf, EPERM),
        "chmod" => (CallKind::MadeExecutable, EPERM),
        "connect" => (CallKind::UnixConnect, EACCES),
        _ => return None,
    })
}

/// Words as a shell would tell them apart, quotes without escapes.
fn words(text: &'static str) -> Vec<&'static str> {
    let (mut words, mut rest) = (Vec::new(), text.trim());
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '\'' | '"' => rest[1..].split_once(first).unwrap_or((&rest[1..], "")),
            _ => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(word);
        rest = after.trim_start();
    }
    words
}
