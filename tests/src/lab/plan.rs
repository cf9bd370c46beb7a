//! What is recorded: the long runs, and one short run for each scenario.

use crate::{
    images::Set,
    scenario::{self, Entry, Scenario},
};
use anyhow::{Context, Result};
use plumbline_tests::corpus::{Kind, Split};
use std::time::Duration;

/// One recording to make.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) set: Set,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) split: Split,
    pub(crate) what: What,
}

/// What happens in it.
#[derive(Debug)]
pub(crate) enum What {
    /// Ordinary work of all images: choices from this seed, for so long, with these attacks on the way.
    Work { seed: &'static str, lasts: Duration, attacks: Vec<Scenario> },
    /// A container of version 2 at ordinary work.
    Upgrade { image: String },
    /// One scenario in a fresh container.
    One(Box<Scenario>),
}

/// Attacks that come while an image is learned.
const POISON: [&str; 6] = [
    "web-shell-reverse-bash",
    "drop-beacon-curl",
    "recon-by-injection",
    "cron-job-dropped",
    "creds-from-environment",
    "miner-dropped",
];

/// Everything of a set, in the order in which it is recorded.
///
/// # Errors
/// If the scenarios are not what they should be.
pub(crate) fn runs(set: Set) -> Result<Vec<Run>> {
    let scenarios = scenario::all(set)?;
    let held = scenario::held()?;
    let split = |report: bool| if report || set == Set::Unseen { Split::Report } else { Split::Fit };
    let seconds = Duration::from_secs;
    let work = |name: &str, kind, seed, lasts, attacks| Run {
        set,
        name: name.into(),
        kind,
        split: split(false),
        what: What::Work { seed, lasts, attacks },
    };
    let mut runs = vec![work("learn", Kind::Learn, "1", seconds(13 * 60), Vec::new())];
    for scenario in &scenarios {
        let image = scenario.image.split(':').next().unwrap_or_default();
        let report = held.families.contains(&scenario.family) || held.images.iter().any(|held| held == image);
        let kind = match scenario.verdict {
            _ if scenario.image.contains(':') => Kind::Upgrade,
            Some(plumbline_tests::corpus::Verdict::Attack) => Kind::Attack,
            _ => Kind::Drift,
        };
        let prefix = match kind {
            Kind::Upgrade => "upgrade",
            Kind::Attack => "attack",
            _ => "drift",
        };
        runs.push(Run {
            set,
            name: format!("{prefix}-{}", scenario.id),
            kind,
            split: split(report),
            what: What::One(Box::new(scenario.clone())),
        });
    }
    if set == Set::Unseen {
        runs.push(work("normal", Kind::Normal, "2", seconds(200), Vec::new()));
        return Ok(runs);
    }
    for image in set.images().filter(|image| image.upgrade) {
        let split = split(held.images.iter().any(|held| held == image.name));
        let what = What::Upgrade { image: format!("{}:2", image.name) };
        runs.push(Run { set, name: format!("upgrade-{}", image.name), kind: Kind::Upgrade, split, what });
    }
    let find = |id: &&str| {
        let found = scenarios.iter().find(|scenario| scenario.id == **id);
        found.cloned().with_context(|| format!("no scenario {id}"))
    };
    let poison = POISON.iter().map(find).collect::<Result<Vec<_>>>()?;
    runs.push(work("normal-1", Kind::Normal, "2", seconds(100), Vec::new()));
    runs.push(Run { split: Split::Report, ..work("normal-2", Kind::Normal, "3", seconds(100), Vec::new()) });
    runs.push(Run { split: Split::Report, ..work("poisoned", Kind::Poisoned, "4", seconds(210), poison) });
    Ok(runs)
}

impl Run {
    /// The images that it is about.
    pub(crate) fn images(&self) -> Vec<String> {
        match &self.what {
            What::Work { .. } => self.set.images().map(|image| image.name.to_owned()).collect(),
            What::Upgrade { image } => vec![image.clone()],
            What::One(scenario) => vec![scenario.image.clone()],
        }
    }

    /// How long a fresh container is left alone before its scenario begins.
    pub(crate) fn quiet(&self) -> Duration {
        match &self.what {
            // Cron has to have run what it always runs.
            What::One(scenario) if scenario.entry == Entry::Cron => Duration::from_millis(4000),
            _ => Duration::from_millis(2000),
        }
    }
}
