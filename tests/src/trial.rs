//! The model on the corpus: what it says of each recording, and which of that belongs to what really happened.

use crate::corpus::{Kind, Manifest, Recording, Split, Verdict as Truth};
use anyhow::{Context, Result};
use plumbline_model::{Incident, Indicators, Model, Params, Verdict, event::Batch};
use plumbline_server as server;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Cursor,
    path::Path,
    sync::{Arc, LazyLock},
};

/// Exposure windows in a week of one-minute windows.
const WINDOWS_PER_WEEK: f64 = 7.0 * 1440.0;

/// A model that knows nothing but the rules that come with it.
pub fn ignorant(params: &Params) -> Model {
    static RULES: LazyLock<Arc<Indicators>> = LazyLock::new(|| Arc::new(Indicators::own()));
    Model::new(params.clone(), RULES.clone())
}

/// The corpus in memory.
#[derive(Debug)]
pub struct Corpus {
    /// What is in it.
    pub manifest: Manifest,
    recordings: BTreeMap<String, Vec<server::Checked>>,
}

/// An incident and what it really was.
#[derive(Clone, Debug)]
pub struct Judged {
    /// As the model saw it last.
    pub incident: Incident,
    /// When the first alert came of it; `None` if nobody was told.
    pub told_unix_ns: Option<u64>,
    /// What it belongs to: a label's place in its recording; `None` for ordinary work.
    pub label: Option<usize>,
}

/// A recording as the model judged it.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Which.
    pub recording: Recording,
    /// Incidents in images under test, by the time of their first event.
    pub incidents: Vec<Judged>,
    /// Weeks that images under test were watched, a window standing for a minute; containers of one image that were
    /// watched at the same time count once.
    pub weeks: f64,
}

impl Corpus {
    /// Reads all recordings.
    ///
    /// # Errors
    /// If one is missing or broken.
    pub fn read(folder: &Path) -> Result<Self> {
        let manifest = Manifest::read(folder)?;
        let mut recordings = BTreeMap::new();
        for recording in &manifest.recordings {
            let path = folder.join(&recording.file);
            let bytes = recording.bytes(folder)?;
            let batches = server::Recording::new(&path, Cursor::new(bytes)).collect::<Result<Vec<_>, _>>();
            recordings.insert(recording.file.clone(), batches.context("a recording is broken")?);
        }
        Ok(Self { manifest, recordings })
    }

    /// Recordings of a kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Recording> {
        self.manifest.recordings.iter().filter(move |recording| recording.kind == kind)
    }

    /// The batches of a recording, as the model sees them.
    pub fn batches(&self, recording: &Recording) -> impl Iterator<Item = Batch<'_>> {
        self.recordings.get(&recording.file).into_iter().flatten().map(server::Checked::view)
    }

    /// Digests of the images under test.
    pub fn digests(&self) -> BTreeSet<&str> {
        self.manifest.images.values().map(String::as_str).collect()
    }

    /// A model that has learned what these recordings show.
    pub fn learned<'r>(&self, params: &Params, recordings: impl Iterator<Item = &'r Recording>) -> Model {
        self.learned_in_part(params, recordings, 1.0)
    }

    /// A model that has seen so much of these recordings, 0 to 1, from the beginning of each. They are moved in time, so
    /// that they follow one another and all others in the corpus come later.
    pub fn learned_in_part<'r>(
        &self,
        params: &Params,
        recordings: impl Iterator<Item = &'r Recording>,
        share: f64,
    ) -> Model {
        let recordings: Vec<&Recording> = recordings.collect();
        let mut model = ignorant(params);
        let mut end_ns = self.manifest.recordings.iter().map(|other| other.start_unix_ns).min().unwrap_or(0);
        let mut moved = Vec::new();
        for recording in recordings.into_iter().rev() {
            moved.push((recording, recording.end_unix_ns.saturating_sub(end_ns)));
            end_ns = end_ns.saturating_sub(recording.end_unix_ns - recording.start_unix_ns);
        }
        for (recording, by_ns) in moved.into_iter().rev() {
            let batches: Vec<_> = self.batches(recording).collect();
            let some = (batches.len() as f64 * share).round() as usize;
            for mut batch in batches.into_iter().take(some) {
                move_back(&mut batch, by_ns);
                model.apply(&batch, |_| true);
            }
        }
        let commons = model.own_commons();
        model.set_commons(commons.into());
        model
    }

    /// Judges a recording with a copy of a model. `keep` says which events take place.
    pub fn judge(&self, model: &Model, recording: &Recording, keep: impl Fn(usize) -> bool) -> Trial {
        let (mut model, digests) = (model.clone(), self.digests());
        let mut seen: BTreeMap<String, Judged> = BTreeMap::new();
        let (mut watched, mut number) = (BTreeSet::new(), 0_usize);
        for mut batch in self.batches(recording) {
            batch.events.retain(|_| {
                number += 1;
                keep(number)
            });
            watch(&batch, &digests, &mut watched);
            let told = model.apply(&batch, |_| true).incidents;
            let open = model.images().flat_map(|image| image.open_incidents()).cloned();
            for (incident, told) in open.map(|i| (i, false)).chain(told.into_iter().map(|i| (i, true))) {
                if !digests.contains(incident.image_digest.as_str()) {
                    continue;
                }
                let images = &self.manifest.images;
                let (container, digest) = (&incident.container_id, &incident.image_digest);
                let label = recording.label_of(images, container, digest, incident.last_seen_unix_ns);
                let judged = seen.entry(incident.id.clone()).or_insert_with(|| Judged {
                    incident: incident.clone(),
                    told_unix_ns: None,
                    label,
                });
                // It is what it was when people were told first, or in the end if they never were.
                if judged.told_unix_ns.is_none() {
                    judged.label = judged.label.or(label);
                }
                if told && judged.told_unix_ns.is_none() {
                    judged.told_unix_ns = Some(incident.last_seen_unix_ns);
                }
                if incident.events >= judged.incident.events {
                    judged.incident = incident;
                }
            }
        }
        let mut incidents: Vec<_> = seen.into_values().collect();
        incidents.sort_by(|a, b| {
            let key = |judged: &Judged| judged.incident.first_seen_unix_ns;
            key(a).cmp(&key(b)).then_with(|| a.incident.id.cmp(&b.incident.id))
        });
        // What was open already before the recording began is not of it.
        incidents.retain(|judged| judged.incident.last_seen_unix_ns >= recording.start_unix_ns);
        Trial { recording: recording.clone(), incidents, weeks: weeks(&watched) }
    }
}

/// Lets a batch have come earlier by so many whole windows as fit into a time.
fn move_back(batch: &mut Batch<'_>, by_ns: u64) {
    let windows = by_ns / batch.window_ns;
    let earlier = |time_ns: u64| time_ns.saturating_sub(windows * batch.window_ns);
    batch.containers.iter_mut().for_each(|c| c.started_unix_ns = earlier(c.started_unix_ns));
    batch.events.iter_mut().for_each(|event| event.time_unix_ns = earlier(event.time_unix_ns));
    batch.windows.iter_mut().for_each(|closed| closed.window = closed.window.saturating_sub(windows));
}

/// Adds the windows of a batch in which images under test were watched: digest and number of the window.
pub fn watch<'d>(batch: &Batch<'_>, digests: &BTreeSet<&'d str>, watched: &mut BTreeSet<(&'d str, u64)>) {
    for window in &batch.windows {
        let image = batch.containers.get(window.container).and_then(|c| batch.images.get(c.image));
        if let Some(digest) = image.and_then(|image| digests.get(image.digest)) {
            watched.insert((digest, window.window));
        }
    }
}

/// Weeks of such windows.
pub fn weeks(watched: &BTreeSet<(&str, u64)>) -> f64 {
    watched.len() as f64 / WINDOWS_PER_WEEK
}

impl Trial {
    /// The gravest verdict that people were told within a label, and when they were first told anything of it.
    pub fn told(&self, label: usize) -> (Verdict, Option<u64>) {
        let of_label = self.incidents.iter().filter(|judged| judged.label == Some(label));
        of_label.fold((Verdict::Normal, None), |(verdict, first), judged| match judged.told_unix_ns {
            None => (verdict, first),
            Some(told) => {
                let first = first.map_or(told, |first: u64| first.min(told));
                (verdict.max(judged.incident.verdict), Some(first))
            }
        })
    }

    /// Alerts that belong to nothing that happened.
    pub fn false_alerts(&self) -> impl Iterator<Item = &Judged> {
        self.incidents.iter().filter(|judged| judged.label.is_none() && judged.told_unix_ns.is_some())
    }

    /// What an incident of the recording really was.
    pub fn truth(&self, judged: &Judged) -> Verdict {
        match judged.label.and_then(|label| self.recording.labels.get(label)).map(|label| label.verdict) {
            None => Verdict::Normal,
            Some(Truth::Drift) => Verdict::Drift,
            Some(Truth::Attack) => Verdict::Attack,
        }
    }

    /// The incidents that calibration is about: those of ordinary work, and of each label the most suspicious. What
    /// else is new in a container while something happens to it may be either.
    pub fn decided(&self) -> impl Iterator<Item = &Judged> {
        let normal = |judged: &&Judged| judged.incident.probabilities.normal;
        let gravest = move |label: usize| {
            let own = self.incidents.iter().filter(move |judged| judged.label == Some(label));
            own.min_by(|a, b| normal(a).total_cmp(&normal(b)))
        };
        let ordinary = self.incidents.iter().filter(|judged| judged.label.is_none());
        ordinary.chain((0..self.recording.labels.len()).filter_map(gravest))
    }

    /// Whether it may be fitted on.
    pub fn may_fit(&self) -> bool {
        self.recording.split == Split::Fit
    }
}
