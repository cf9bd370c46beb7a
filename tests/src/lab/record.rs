//! Makes the recordings: collector on, containers, scenario, collector off; then checks what was seen and stores it.
//!
//! A recording that lost events, or in which a scenario's programs are missing, is made once more and then refused:
//! a label must not claim what did not happen.

use crate::{
    entry,
    images::{self, PEERS, Set},
    plan::{Run, What},
    scenario::{Entry, Scenario},
    stage::{Container, Stage},
};
use anyhow::{Result, bail, ensure};
use plumbline_tests::{
    corpus::{self, Label, Manifest, Recording, Verdict},
    interrupt::interrupted,
    programs::collector,
    recording::{self, executions},
};
use rustix::process::Signal;
use std::{
    fs,
    path::Path,
    time::{Duration, Instant, SystemTime},
};

const WINDOW: Duration = Duration::from_millis(250);
/// Visits a second and image.
const RATE: &str = "1";
/// After a scenario, for what it left running.
const SETTLE: Duration = Duration::from_millis(1250);
/// How long a container of version 2 is watched at ordinary work.
const UPGRADE: Duration = Duration::from_secs(20);
/// Between two changes to the containers of a long run.
const CHANGE: Duration = Duration::from_secs(6);
const LEVEL: i32 = 19;
/// Recordings of one stage; then clients that choose otherwise take over.
const SHIFT: usize = 25;
/// What a step says when it did not do what it should.
const FAILURES: [&str; 9] = [
    "not found",
    "No such file",
    "ermission denied",
    "Operation not permitted",
    "yntax error",
    "onnection refused",
    "could not connect",
    "ould not resolve",
    "timed out",
];

/// Makes recordings of a set, and its manifest.
///
/// # Errors
/// If one could not be made as it should be; the others are there.
pub(crate) fn record(set: Set, runs: &[Run], missing: bool, output: &Path) -> Result<()> {
    fs::create_dir_all(output)?;
    let mut manifest = Manifest::read(output).unwrap_or_default();
    manifest.window_ns = WINDOW.as_nanos() as u64;
    let digests = digests(set)?;
    // A recording of an image that is no longer the same is of no use beside the others.
    let there = manifest.recordings.len();
    let same = |image: &String| manifest.images.get(image) == digests.get(image);
    manifest.recordings.retain(|recording| recording.images.iter().all(same));
    if manifest.recordings.len() < there {
        println!("images have changed: {} recordings are dropped", there - manifest.recordings.len());
    }
    manifest.images = digests;
    let (mut scenes, mut failed) = (Scenes::default(), Vec::new());
    for run in runs {
        let file = format!("{}.plumb.zst", run.name);
        if missing && manifest.recordings.iter().any(|there| there.file == file) {
            continue;
        }
        let made = once(run, &mut scenes, output).or_else(|error| {
            ensure!(!interrupted(), "interrupted; everything was removed");
            println!("{}: again, because {error:#}", run.name);
            once(run, &mut scenes, output)
        });
        ensure!(!interrupted(), "interrupted; everything was removed");
        match made {
            Ok(recording) => {
                manifest.recordings.retain(|there| there.file != recording.file);
                manifest.recordings.push(recording);
                manifest.write(output)?;
            }
            Err(error) => {
                println!("{}: FAILED: {error:#}", run.name);
                failed.push(run.name.as_str());
            }
        }
    }
    ensure!(failed.is_empty(), "not recorded: {}", failed.join(", "));
    Ok(())
}

fn digests(set: Set) -> Result<std::collections::BTreeMap<String, String>> {
    let mut names = Vec::new();
    for image in set.images() {
        names.push(image.name.to_owned());
        names.extend(image.upgrade.then(|| format!("{}:2", image.name)));
    }
    names.into_iter().map(|name| Ok((name.clone(), images::digest(&name)?))).collect()
}

fn now_ns() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos() as u64)
}

/// Lets time pass, but not past an interrupt.
fn pass(time: Duration) -> Result<()> {
    let end = Instant::now() + time;
    while Instant::now() < end {
        ensure!(!interrupted(), "interrupted");
        std::thread::sleep(end.saturating_duration_since(Instant::now()).min(Duration::from_millis(100)));
    }
    Ok(())
}

/// The stage that short runs share, with what others lean on.
#[derive(Default)]
struct Scenes {
    stage: Option<(Stage, usize)>,
    shifts: usize,
}

impl Scenes {
    fn stage(&mut self, set: Set) -> Result<&mut Stage> {
        if self.stage.as_ref().is_none_or(|(_, used)| *used >= SHIFT) {
            self.stage = None;
            self.shifts += 1;
            let mut stage = Stage::open(set, &format!("scenes {}", self.shifts), RATE)?;
            for image in set.images().take(PEERS) {
                stage.start(image.name, &[])?;
            }
            pass(Duration::from_secs(2))?;
            self.stage = Some((stage, 0));
        }
        match &mut self.stage {
            Some((stage, used)) => {
                *used += 1;
                Ok(stage)
            }
            None => bail!("no stage"),
        }
    }
}

/// What a run brought beside its recording.
#[derive(Default)]
struct Happened {
    labels: Vec<Label>,
    said: String,
}

fn once(run: &Run, scenes: &mut Scenes, output: &Path) -> Result<Recording> {
    let directory = tempfile::tempdir()?;
    let raw = directory.path().join("recording");
    let started = Instant::now();
    let (mut own, stage) = match &run.what {
        What::Work { seed, .. } => {
            scenes.stage = None;
            (Some(Stage::open(run.set, seed, RATE)?), None)
        }
        _ => (None, Some(scenes.stage(run.set)?)),
    };
    let Some(stage) = own.as_mut().or(stage) else { bail!("no stage") };
    let window = format!("{}ms", WINDOW.as_millis());
    let path = raw.display().to_string();
    let arguments = [
        "record",
        "-o",
        &path,
        "--exposure-window",
        &window,
        // Fewer, larger batches: what stands in each of them again makes recordings large.
        "--flush-interval",
        "1s",
        "--node",
        "lab",
        "--ring-bytes",
        "67108864",
    ];
    let mut recorder = collector(directory.path(), "recorder", &arguments)?;
    let happened = happen(run, stage);
    let end_ns = now_ns();
    let status = recorder.stop(Signal::TERM)?;
    let (mut happened, containers) = happened?;
    ensure!(status.success(), "the recorder ended with {status}: {}", recorder.log());
    for container in &containers {
        stage.discard(container)?;
    }
    for label in happened.labels.iter_mut().filter(|label| label.end_unix_ns == 0) {
        label.end_unix_ns = end_ns;
    }
    let bytes = fs::read(&raw)?;
    let recording = checked(run, happened, &bytes, output)?;
    println!(
        "{}: {:.0} s, {} windows, {} kB, {} lost",
        run.name,
        started.elapsed().as_secs_f64(),
        recording.windows,
        fs::metadata(output.join(&recording.file))?.len() / 1000,
        recording.lost
    );
    Ok(recording)
}

/// Lets a run happen; gives its labels, and the containers to remove when the collector is off.
fn happen(run: &Run, stage: &mut Stage) -> Result<(Happened, Vec<Container>)> {
    let mut happened = Happened::default();
    match &run.what {
        What::Work { seed, lasts, attacks } => {
            work(stage, run.set, (seed, *lasts), attacks, &mut happened)?;
            Ok((happened, Vec::new()))
        }
        What::Upgrade { image } => {
            let containers = vec![stage.start(image, &[])?, stage.start(image, &[])?];
            pass(UPGRADE)?;
            Ok((happened, containers))
        }
        What::One(scenario) => {
            let target = stage.start(&scenario.image, &scenario.options)?;
            pass(run.quiet())?;
            let done = one(stage, scenario, &target, &mut happened);
            let settled = done.and_then(|()| pass(SETTLE));
            if let Err(error) = settled {
                let _ = stage.discard(&target);
                return Err(error);
            }
            Ok((happened, vec![target]))
        }
    }
}

/// One scenario, with its label. The label's end stays open.
fn one(stage: &Stage, scenario: &Scenario, target: &Container, happened: &mut Happened) -> Result<()> {
    let start_unix_ns = now_ns();
    let said = entry::happen(stage, scenario, target)?;
    happened.labels.push(Label {
        id: scenario.id.clone(),
        verdict: scenario.verdict.unwrap_or(Verdict::Drift),
        family: scenario.family.clone(),
        tactic: scenario.tactic.clone(),
        technique: scenario.technique.clone(),
        entry: scenario.entry.name().to_owned(),
        image: scenario.image.clone(),
        container_id: target.id.clone(),
        victims: scenario.victims.clone(),
        start_unix_ns,
        end_unix_ns: 0,
        seen: scenario.seen.clone(),
    });
    let failure = FAILURES
        .iter()
        .filter(|failure| !scenario.fails.iter().any(|allowed| failure.contains(allowed.as_str())))
        .find(|failure| said.contains(**failure));
    if std::env::var_os("LAB_SAID").is_some() {
        println!("--- {} said:\n{said}\n---", scenario.id);
    }
    if let Some(failure) = failure {
        bail!("a step says '{failure}': {said}");
    }
    happened.said += &said;
    Ok(())
}

/// All images at ordinary work, with restarts, scaling, operators' routine, and attacks on the way.
fn work(
    stage: &mut Stage,
    set: Set,
    (seed, lasts): (&str, Duration),
    attacks: &[Scenario],
    happened: &mut Happened,
) -> Result<()> {
    let mut containers = Vec::new();
    for replica in 0..3 {
        for image in set.images().filter(|image| replica < image.replicas) {
            containers.push(stage.start(image.name, &[])?);
            pass(Duration::ZERO)?;
        }
    }
    let mut choice = Choice(seed.bytes().fold(7, |sum, byte| sum * 31 + u64::from(byte)));
    let (start, mut attacks_left) = (Instant::now(), attacks.iter());
    let mut next_attack = lasts / 6;
    while start.elapsed() < lasts {
        pass(CHANGE)?;
        if start.elapsed() >= next_attack
            && let Some(scenario) = attacks_left.next()
        {
            next_attack += lasts.mul_f64(0.7) / attacks.len() as u32;
            let image = images::named(&scenario.image)?.name;
            let targets: Vec<&Container> =
                containers.iter().filter(|container| container.image.name == image).collect();
            if let Some(target) = targets.get(choice.below(targets.len())) {
                let target = stage.refreshed(target)?;
                one(stage, scenario, &target, happened)?;
                pass(SETTLE)?;
                // What cron was given goes on to the end.
                if let Some(label) = happened.labels.last_mut().filter(|_| scenario.entry != Entry::Cron) {
                    label.end_unix_ns = now_ns();
                }
            }
        }
        let at = choice.below(containers.len());
        let Some(container) = containers.get(at).cloned() else { continue };
        let replicas = containers.iter().filter(|other| other.image.name == container.image.name).count();
        match choice.below(8) {
            0 | 1 => stage.restart(&container)?,
            2 if replicas < 4 => containers.push(stage.start(container.image.name, &[])?),
            3 if replicas > 2 => {
                stage.remove(&containers.swap_remove(at))?;
            }
            routine => {
                let entry = if routine == 4 { Entry::Terminal } else { Entry::Exec };
                let commands = container.image.routine;
                if let Some(command) = commands.get(choice.below(commands.len())) {
                    entry::routine(&container, entry, command)?;
                }
            }
        }
    }
    let ids: Vec<&str> = happened.labels.iter().map(|label| label.id.as_str()).collect();
    ensure!(ids.len() == attacks.len(), "only {ids:?} happened");
    Ok(())
}

/// Choices that are the same for the same seed (Knuth's multiplier).
struct Choice(u64);

impl Choice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// Checks what was recorded, and stores it.
fn checked(run: &Run, happened: Happened, bytes: &[u8], output: &Path) -> Result<Recording> {
    let batches = recording::decode(bytes)?;
    let seen = executions(&batches);
    for label in &happened.labels {
        let missing =
            corpus::unseen(&seen, &label.container_id, label.start_unix_ns, label.end_unix_ns, &label.seen);
        ensure!(
            missing.is_empty(),
            "{} was not seen to run {missing:?}; it said: {}",
            label.id,
            happened.said
        );
    }
    let lost: u64 = batches.iter().flat_map(|batch| &batch.losses).map(|loss| loss.events).sum();
    let windows: u64 =
        batches.iter().filter_map(|batch| batch.windows.as_ref()).map(|w| w.window.len() as u64).sum();
    ensure!(lost * 1000 <= windows, "{lost} events were lost");
    let packed = pack(bytes)?;
    let file = format!("{}.plumb.zst", run.name);
    fs::write(output.join(&file), &packed)?;
    let window_ns = WINDOW.as_nanos() as u64;
    let numbers =
        || batches.iter().filter_map(|batch| batch.windows.as_ref()).flat_map(|windows| &windows.window);
    Ok(Recording {
        file,
        sha256: corpus::sha256(&packed),
        kind: run.kind,
        split: run.split,
        images: run.images(),
        start_unix_ns: numbers().min().map_or(0, |first| first * window_ns),
        end_unix_ns: numbers().max().map_or(0, |last| (last + 1) * window_ns),
        windows,
        lost,
        labels: happened.labels,
    })
}

/// By zstd with a window over the whole recording: batches repeat what earlier ones said.
fn pack(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = zstd::Encoder::new(Vec::new(), LEVEL)?;
    encoder.long_distance_matching(true)?;
    encoder.window_log(27)?;
    encoder.set_pledged_src_size(Some(bytes.len() as u64))?;
    encoder.include_checksum(true)?;
    std::io::Write::write_all(&mut encoder, bytes)?;
    Ok(encoder.finish()?)
}
