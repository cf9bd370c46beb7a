//! Sources beside the kernel: recordings, and other tools that a user runs already.
//!
//! `replay` sends a recording's batches unchanged. The others are read by `follow` (a file, or standard input) or
//! `stream` (Tetragon's gRPC), translated by `tetragon` and `falco`, and enter the pipeline by its one door
//! (`pipeline/told.rs`). A source that can wait does so while the queue is full or containers are not known yet; a
//! line that says nothing of use is counted with its reason.

mod falco;
mod follow;
mod replay;
mod stream;
mod tetragon;
mod text;

pub(crate) use replay::replay;

use crate::{
    TICK,
    config::{MetricsAddress, WatchArgs},
    metrics::{self, Metrics},
    notify,
    pipeline::{self, Pipeline, told::Told},
    process::HostNamespaces,
    queue::Queue,
};
use anyhow::Context;
use follow::Position;
use plumbline_proto::v1::LossReason;
use sd_notify::NotifyState;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Arc, mpsc as sync_mpsc},
    time::Duration,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

/// Readings that wait to be taken, each of at most some 64 KiB of lines or one event.
const READINGS: usize = 16;
/// Room that the queue must have before more is read.
const ROOM_BYTES: usize = 2 << 20;
/// Longest that a server may take when it is only looked for.
const ANSWER: Duration = Duration::from_secs(5);
/// How long is waited for containers' descriptions when the input has ended, beyond `--resolve-timeout`.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where events come from, as `--source` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Kernel,
    Replay(PathBuf),
    Tetragon(Place),
    Falco(Place),
}

/// Where a tool's events are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    File(PathBuf),
    Stdin,
    /// A gRPC server.
    Address(String),
}

const WAY_OUT: &str = "say kernel, replay:FILE, tetragon:FILE, tetragon:unix:///PATH, tetragon:http://HOST:PORT, \
                       falco:FILE, or tetragon:- or falco:- for standard input";

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let way_out = || WAY_OUT.to_owned();
        if text == "kernel" {
            return Ok(Self::Kernel);
        }
        let (kind, place) = text.split_once(':').ok_or_else(way_out)?;
        let is_address = ["unix:///", "http://"].iter().any(|scheme| place.starts_with(scheme));
        match (kind, place) {
            (_, "") => Err(way_out()),
            ("replay", "-") => Err("a recording can't be read from standard input; name a file".into()),
            ("replay", path) => Ok(Self::Replay(path.into())),
            ("tetragon", "-") => Ok(Self::Tetragon(Place::Stdin)),
            ("tetragon", address) if is_address => {
                tonic::transport::Endpoint::from_shared(address.to_owned())
                    .map_err(|error| format!("{error}; {WAY_OUT}"))?;
                Ok(Self::Tetragon(Place::Address(address.into())))
            }
            ("tetragon", path) => Ok(Self::Tetragon(Place::File(path.into()))),
            ("falco", "-") => Ok(Self::Falco(Place::Stdin)),
            ("falco", path) => Ok(Self::Falco(Place::File(path.into()))),
            _ => Err(way_out()),
        }
    }
}

impl Source {
    /// What would be read: all of a recording, the beginning of a file, whether a server answers.
    ///
    /// # Errors
    /// If `run` could make nothing of it, with the way out.
    pub(crate) async fn check(&self) -> Result<String, String> {
        let (tool, place) = match self {
            Self::Kernel => return Ok("the kernel".into()),
            Self::Replay(path) => {
                let batches = replay::check(path).map_err(|error| error.to_string())?;
                return Ok(format!("{} holds {batches} batches", path.display()));
            }
            Self::Tetragon(place) => (Tool::Tetragon, place),
            Self::Falco(place) => (Tool::Falco, place),
        };
        match place {
            Place::Stdin => Ok("standard input".into()),
            Place::Address(address) => {
                let connected = tokio::time::timeout(ANSWER, stream::connect(address)).await;
                let why = match connected {
                    Ok(Ok(_)) => return Ok(format!("{address} takes connections")),
                    Ok(Err(status)) => status.message().to_owned(),
                    Err(_) => format!("no answer within {} s", ANSWER.as_secs()),
                };
                Err(format!("{address}: {why}; {}", stream::WAY_OUT))
            }
            Place::File(path) => {
                let lines = follow::beginning(path.clone()).map_err(|error| format!("{error:#}"))?;
                let Some(lines) = lines else {
                    return Ok(format!("there is no file {} yet; run waits for it", path.display()));
                };
                let lines: Vec<_> = lines.iter().filter(|line| !line.trim_ascii().is_empty()).collect();
                let mut skipped = Skipped::new();
                for line in &lines {
                    if let Sense::Skip(reason) | Sense::Invalid(reason) = tool.line(line) {
                        *skipped.entry(reason).or_default() += 1;
                    }
                }
                let (name, path, all) = (tool.name(), path.display(), lines.len());
                let used = all - skipped.values().sum::<u64>() as usize;
                let skipped = reasons(&skipped);
                match (used, all) {
                    (_, 0) => Ok(format!("{path} is empty yet")),
                    (0, _) => Err(format!(
                        "{path}: none of the first {all} lines is of use ({skipped}); is it what {name} writes? {WAY_OUT}"
                    )),
                    _ if used == all => Ok(format!("{path}: the first {all} lines are of use")),
                    _ => Ok(format!("{path}: {used} of the first {all} lines are of use ({skipped})")),
                }
            }
        }
    }
}

/// How many lines were not used, and why.
fn reasons(skipped: &Skipped) -> String {
    let reasons: Vec<String> = skipped.iter().map(|(reason, lines)| format!("{reason}: {lines}")).collect();
    reasons.join(", ")
}

/// Something read.
enum Reading {
    /// Lines, and where the next one begins.
    Lines { lines: Vec<Vec<u8>>, position: Option<Position> },
    /// An event of the stream.
    Event(Box<tetragon::v1::GetEventsResponse>),
    /// Something is missing before what comes next, for this reason.
    Lost(LossReason),
}

/// What a line or an event comes to.
#[derive(Debug)]
enum Sense {
    Event(Box<Told>),
    /// The tool itself lost events, at this time.
    Lost {
        events: u64,
        time_unix_ns: Option<u64>,
    },
    /// Nothing that is of use here, for this reason: one of a few words of ours.
    Skip(&'static str),
    /// It should be of use but can't be understood.
    Invalid(&'static str),
}

/// Lines and events that were not used, by reason.
type Skipped = BTreeMap<&'static str, u64>;

enum Tool {
    Tetragon,
    Falco,
}

impl Tool {
    fn line(&self, line: &[u8]) -> Sense {
        match self {
            Self::Tetragon => tetragon::line(line),
            Self::Falco => falco::line(line),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Tetragon => "tetragon",
            Self::Falco => "falco",
        }
    }
}

/// Collects from a tool until a signal comes or its input ends, and closes the queue.
pub(crate) async fn collect(
    source: &Source,
    watch: &WatchArgs,
    position: Option<PathBuf>,
    queue: &Arc<Queue>,
    metrics: &Arc<Metrics>,
) -> anyhow::Result<()> {
    let (tool, place) = match source {
        Source::Tetragon(place) => (Tool::Tetragon, place),
        Source::Falco(place) => (Tool::Falco, place),
        Source::Kernel | Source::Replay(_) => anyhow::bail!("not a tool"),
    };
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let pods = watch.pods().await?;
    let (questions, mut answers) = crate::resolver(watch, &pods);
    let host = HostNamespaces { mount: 0, net: 0 };
    let (digests, _) = sync_mpsc::sync_channel(1);
    let boot = pipeline::clocks().1;
    let flows = Box::new(|_| Vec::new());
    let mut pipeline = Pipeline::new(watch.settings(), queue.clone(), questions, host, flows, digests, boot);
    let sockets = crate::container::addresses(&watch.runtime, &watch.docker_socket);
    pipeline.tell_by(tool.name(), sockets.into_iter().map(|address| address.path).collect());
    if let MetricsAddress(Some(address)) = watch.metrics_address {
        tokio::spawn(metrics::serve(address, metrics.clone()));
    }
    let (feed, mut readings) = mpsc::channel(READINGS);
    let saved = position.as_deref().and_then(Position::load);
    match place.clone() {
        Place::File(path) => follow::start(path, saved, feed)?,
        Place::Stdin => follow::stdin(feed),
        Place::Address(address) => drop(tokio::spawn(stream::run(address, feed))),
    }
    if let Some(path) = &watch.ready_file {
        std::fs::write(path, "ready\n")
            .with_context(|| format!("can't write --ready-file {}", path.display()))?;
    }
    tracing::info!(source = tool.name(), "ready");
    notify(NotifyState::Ready);
    // Tetragon drops for a listener that is slow, unseen; a file waits.
    let patient = !matches!(place, Place::Address(_));
    let room = ROOM_BYTES.min(queue.half_bytes());
    let mut skipped = Skipped::new();
    let mut reached = None;
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let ended = loop {
        let next = async {
            if patient {
                queue.room(room).await;
            }
            readings.recv().await
        };
        tokio::select! {
            reading = next, if !(patient && pipeline.holds_much()) => match reading {
                Some(reading) => {
                    take(&mut pipeline, &tool, reading, &mut skipped, &mut reached);
                    pipeline.flush_if_due();
                }
                None => break true,
            },
            Some(answer) = answers.recv() => pipeline.answer(answer),
            _ = tick.tick() => pipeline.tick(),
            _ = second.tick() => {
                let told = skipped.iter().map(|(reason, lines)| (*reason, *lines)).collect();
                metrics.put(metrics::Numbers { skipped: told, ..pipeline.numbers() });
                save(position.as_deref(), &mut reached);
            }
            _ = term.recv() => break false,
            _ = int.recv() => break false,
        }
    };
    notify(NotifyState::Stopping);
    let patience = if ended { watch.resolve_timeout + PATIENCE } else { PATIENCE };
    let wait = tokio::time::sleep(patience);
    tokio::pin!(wait);
    while pipeline.waits() {
        tokio::select! {
            Some(answer) = answers.recv() => pipeline.answer(answer),
            _ = term.recv() => break,
            _ = int.recv() => break,
            () = &mut wait => break,
        }
    }
    pipeline.finish();
    save(position.as_deref(), &mut reached);
    queue.close();
    let totals = pipeline.totals();
    tracing::info!(
        records = totals.records,
        events = totals.events,
        batches = totals.batches,
        losses = pipeline.losses(),
        windows = totals.windows,
        skipped = reasons(&skipped),
        "stopped"
    );
    Ok(())
}

fn take(
    pipeline: &mut Pipeline,
    tool: &Tool,
    reading: Reading,
    skipped: &mut Skipped,
    reached: &mut Option<Position>,
) {
    let mut make = |sense: Sense| match sense {
        Sense::Event(told) => pipeline.told(*told),
        Sense::Lost { events, time_unix_ns } => {
            pipeline.source_lost(LossReason::SourceLost, events, time_unix_ns)
        }
        Sense::Skip(reason) => *skipped.entry(reason).or_default() += 1,
        Sense::Invalid(reason) => {
            *skipped.entry(reason).or_default() += 1;
            pipeline.source_lost(LossReason::SourceInvalid, 1, None);
        }
    };
    match reading {
        Reading::Lines { lines, position } => {
            lines.iter().filter(|line| !line.trim_ascii().is_empty()).for_each(|line| make(tool.line(line)));
            *reached = position.or(reached.take());
        }
        Reading::Event(event) => make(tetragon::event(*event)),
        Reading::Lost(reason) => pipeline.source_lost(reason, 1, None),
    }
}

/// Remembers how far the file was read. A crash repeats about the last second.
fn save(path: Option<&Path>, reached: &mut Option<Position>) {
    if let Some((path, position)) = path.zip(reached.take())
        && let Err(error) = position.save(path)
    {
        tracing::warn!(file = %path.display(), %error, "can't remember how far the source was read");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_by_kind_and_place_and_a_wrong_one_says_the_way_out() {
        let parse = |text: &str| text.parse::<Source>();
        assert_eq!(parse("kernel"), Ok(Source::Kernel));
        assert_eq!(parse("replay:a.plumb"), Ok(Source::Replay("a.plumb".into())));
        let socket = "unix:///var/run/tetragon/tetragon.sock";
        assert_eq!(parse(&format!("tetragon:{socket}")), Ok(Source::Tetragon(Place::Address(socket.into()))));
        assert_eq!(parse("tetragon:/t.log"), Ok(Source::Tetragon(Place::File("/t.log".into()))));
        assert_eq!(parse("falco:-"), Ok(Source::Falco(Place::Stdin)));
        for wrong in ["", "ebpf", "falco:", "sysdig:/x", "kernel:x"] {
            assert!(parse(wrong).unwrap_err().contains("replay:FILE"), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_source_that_says_nothing_of_use_is_found_before_it_is_collected_from() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = directory.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path.display().to_string()
        };
        let falco = concat!(
            r#"{"time":"2026-11-29T10:00:00.0Z","rule":"r","output_fields":{"evt.type":"execve","container.id":"#,
            r#""0123456789ab","proc.pid":7,"proc.name":"id","proc.exepath":"/bin/id","proc.cmdline":"id"}}"#,
            "\nno line of Falco's\n"
        );
        let falco = file("falco.json", falco.as_bytes());
        let garbage = file("garbage", b"not\njson\n");
        let empty = file("empty", b"");
        let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/demo.plumb");
        let cut = file("cut.plumb", &std::fs::read(demo).unwrap()[..1000]);
        let none = directory.path().join("none").display().to_string();
        let folder = directory.path().display().to_string();
        for (source, well, word) in [
            (format!("falco:{falco}"), true, "1 of the first 2 lines are of use (not_json: 1)"),
            (format!("falco:{empty}"), true, "empty"),
            (format!("falco:{garbage}"), false, "what falco writes"),
            (format!("tetragon:{falco}"), false, "other_kind: 1"),
            (format!("tetragon:{none}"), true, "waits for it"),
            (format!("tetragon:{folder}"), false, "no regular file"),
            (format!("replay:{demo}"), true, "batches"),
            (format!("replay:{cut}"), false, "cut off"),
            (format!("replay:{none}"), false, "can't open"),
            ("tetragon:http://127.0.0.1:1".into(), false, "refused"),
        ] {
            let said = source.parse::<Source>().unwrap().check().await;
            assert_eq!(said.is_ok(), well, "{source}: {said:?}");
            let said = said.unwrap_or_else(|error| error);
            assert!(said.contains(word), "{source}: {said}");
        }
    }
}
