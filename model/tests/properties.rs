//! What holds for any batches, however odd.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test's own indices")]

use plumbline_model::{
    Decision, DecisionKind, Dimension, EVIDENCE, Form, ImageState, ImageSummary, Indicators, Model, Params,
    Revocation, Scope,
    event::{
        Action, Batch, Call, CallKind, ClosedWindow, Container, Event, Image, Loss, Process, ProcessFlags,
    },
};
use proptest::prelude::*;
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

/// Of each image, as it was last whole and what has changed since.
type Stored = BTreeMap<(String, String), (Vec<u8>, Option<Vec<u8>>)>;

fn restored(whole: &[u8], delta: &Option<Vec<u8>>) -> ImageState {
    let whole: ImageState = postcard::from_bytes(whole).unwrap();
    whole.restored(delta.as_ref().map(|delta| postcard::from_bytes(delta).unwrap())).unwrap()
}

const NAMES: [&str; 8] = [
    "",
    "/bin/sh",
    "/bin/busybox",
    "/tmp/x",
    "/usr/bin/curl",
    "\u{202e}evil\n\u{1b}[2J",
    "/usr/sbin/web",
    "a[b",
];
const ADDRESSES: [&str; 5] = ["127.0.0.1", "10.0.0.1", "93.184.216.34", "169.254.169.254", "not an address"];

/// One event with all that is around it, as numbers that `batch` makes valid.
type Seed = (usize, usize, Vec<usize>, u32, u8, u16, u64, u32);

fn seed() -> impl Strategy<Value = Seed> {
    let arguments = proptest::collection::vec(0..NAMES.len(), 0..5);
    (0..4_usize, 0..NAMES.len(), arguments, 0..512_u32, 0..10_u8, any::<u16>(), 0..10_u64, 1..5_u32)
}

fn batch(seeds: &[Seed]) -> Batch<'static> {
    let image = |digest, repository| Image {
        digest,
        repository,
        entrypoint: vec![NAMES[6]],
        ports: vec!["7/tcp", "80", "65536/tcp", NAMES[5]],
        user: NAMES[5],
        health_check: vec![NAMES[1], NAMES[5]],
        ..Image::default()
    };
    let container = |id, image| Container { id, image, started_unix_ns: 1, ..Container::default() };
    let mut batch = Batch {
        node: "n",
        window_ns: 2,
        images: vec![image("d0", "r"), image("d1", "r"), image("d2", "")],
        containers: vec![
            Container { namespace: "n0", ..container("c0", 0) },
            container("c1", 1),
            container("c2", 2),
            Container { start_missed: true, ..container("c3", 0) },
        ],
        ..Batch::default()
    };
    for (position, (container, name, arguments, flags, kind, port, time, count)) in seeds.iter().enumerate() {
        let parent = batch.processes.iter().rposition(|process| process.container == *container);
        batch.processes.push(Process {
            container: *container,
            pid: position as u32 + 1,
            start_ticks: 1,
            parent: parent.filter(|_| flags % 3 > 0),
            executable: NAMES[*name],
            arguments: arguments.iter().map(|argument| NAMES[*argument]).collect(),
            flags: ProcessFlags(*flags),
            capabilities: u64::from(*port),
            effective_uid: u32::from(*port % 3),
            ..Process::default()
        });
        let (address, port) = (ADDRESSES[*port as usize % ADDRESSES.len()], *port);
        let action = match kind {
            0 => Action::Exec,
            1 => Action::Listen { address, port },
            2 => Action::Connect { address, port, name: NAMES[*name] },
            3 => Action::Accept { address, port },
            4 => Action::Send { address, port, name: "" },
            5 => Action::Receive { address, port },
            6 => Action::Resolve { name: NAMES[*name] },
            7 => Action::Credentials { before: usize::from(port) % 8 },
            kind => {
                let kind = if kind % 2 == 0 { CallKind::Mount } else { CallKind::MadeExecutable };
                let call = Call { kind, error: u32::from(port) % 3, subject: NAMES[*name], detail: address };
                Action::Call(call)
            }
        };
        batch.events.push(Event { process: position, time_unix_ns: *time, count: *count, action });
        batch.windows.push(ClosedWindow { container: *container, window: *time, lossy: flags % 5 == 0 });
        batch
            .losses
            .push(Loss { container: (flags % 2 == 0).then_some(*container), events: u64::from(*count) });
    }
    batch
}

fn model(params: Params) -> Model {
    static RULES: LazyLock<Arc<Indicators>> = LazyLock::new(|| Arc::new(Indicators::own()));
    Model::new(params, Arc::clone(&RULES))
}

/// Parameters under which images are archived, and wake, in a few batches of [`later`].
fn drowsy() -> Params {
    Params { archive_after_ns: 30, ..Params::default() }
}

/// The `nth` batch, later than those before it, and the digest of an image that does not run then.
fn later(nth: usize, seeds: &[Seed]) -> (Batch<'static>, &'static str) {
    let mut batch = batch(seeds);
    let later = 20 * nth as u64;
    batch.events.iter_mut().for_each(|event| event.time_unix_ns += later);
    batch.windows.iter_mut().for_each(|closed| closed.window += later / batch.window_ns);
    (batch, ["d0", "d1", "d2"][nth / 3 % 3])
}

fn states(models: &[Model]) -> Vec<Vec<u8>> {
    let mut states: Vec<_> =
        models.iter().flat_map(Model::images).map(|image| postcard::to_stdvec(image).unwrap()).collect();
    states.sort();
    states
}

#[test]
fn states_of_different_images_are_not_merged_and_the_error_names_both() {
    let mut model = model(Params::default());
    model.apply(&batch(&[]), |_| true);
    let [one, other] = ["d0", "d1"].map(|digest| model.image("r", digest).unwrap());
    let error = one.merged(other, &Params::default()).unwrap_err().to_string();
    assert!(error.contains("r d0") && error.contains("r d1"), "{error}");
}

/// A decision from numbers: kind, dimension, context, value, scope, time, life, revoked.
type Said = (bool, usize, usize, usize, u8, u64, u64, bool);

fn said() -> impl Strategy<Value = Said> {
    (any::<bool>(), 0..9_usize, 0..NAMES.len(), 0..NAMES.len(), 0..5_u8, 0..10_u64, 0..10_u64, any::<bool>())
}

fn decisions(said: &[Said]) -> Vec<Arc<Decision>> {
    let decision = |(n, said): (usize, &Said)| {
        let (denies, dimension, context, value, scope, created, life, revoked) = *said;
        let revocation = Revocation {
            author: "b".into(),
            reason: "\u{1b}".into(),
            revoked_unix_ns: created + 3,
            request_id: String::new(),
        };
        Arc::new(Decision {
            id: n.to_string(),
            kind: if denies { DecisionKind::Deny } else { DecisionKind::Approve },
            dimension: Dimension::ALL[dimension],
            context: NAMES[context].into(),
            value: NAMES[value].into(),
            scope: match scope {
                0 => Scope::Image("d0".into()),
                1 => Scope::Repository("r".into()),
                2 => Scope::Repository(String::new()),
                3 => Scope::Namespace("n0".into()),
                _ => Scope::All,
            },
            author: "a\n".into(),
            reason: "\u{202e}".into(),
            alert: (n % 5).to_string(),
            rows: EVIDENCE.iter().skip(value).step_by(3).map(|row| row.name.to_owned()).collect(),
            created_unix_ns: created,
            expires_unix_ns: life,
            revoked: revoked.then_some(revocation),
            document: String::new(),
        })
    };
    said.iter().enumerate().map(decision).collect()
}

proptest! {
    #[test]
    fn decisions_in_any_order_give_the_same_state_and_nothing_denied_is_known(
        batches in proptest::collection::vec(proptest::collection::vec(seed(), 0..20), 1..4),
        said in proptest::collection::vec(said(), 1..12),
        turn in 0..12_usize,
    ) {
        let decisions = decisions(&said);
        let mut turned = decisions.clone();
        turned.rotate_left(turn % decisions.len());
        turned.reverse();
        let params = || Params { budget_per_day: 1e6, ..Params::default() };
        let (mut one, mut other) = (model(params()), model(params()));
        let half = batches.len() / 2;
        for seeds in &batches[..half] {
            one.apply(&batch(seeds), |_| true);
            other.apply(&batch(seeds), |_| true);
        }
        one.decide(&decisions);
        other.decide(&turned);
        prop_assert_eq!(states(&[one.clone()]), states(&[other.clone()]));
        prop_assert_eq!(one.decide(&turned).incidents.len(), 0, "saying it again tells something");
        prop_assert_eq!(states(&[one.clone()]), states(&[other.clone()]));
        for seeds in &batches[half..] {
            let told = one.apply(&batch(seeds), |_| true);
            prop_assert_eq!(told, other.apply(&batch(seeds), |_| true));
        }
        let denies = decisions.iter().filter(|d| {
            d.kind == DecisionKind::Deny && d.revoked.is_none() && d.scope == Scope::All && d.expires_unix_ns == 0
        });
        for denial in denies {
            let mut nothing = model(params());
            nothing.apply(&batch(&[]), |_| true);
            for image in one.images() {
                let known = image.without(nothing.images().next().unwrap_or(image));
                let denied = (denial.dimension, &denial.context, &denial.value);
                let any = known.iter().any(|known| (known.dimension, &known.context, &known.value) == denied);
                prop_assert!(!any, "what is denied is known");
            }
        }
    }

    #[test]
    fn decisions_change_nothing_of_what_they_do_not_speak_of(batches in proptest::collection::vec(proptest::collection::vec(seed(), 0..20), 1..5)) {
        let (mut with, mut without) = (model(Params::default()), model(Params::default()));
        let elsewhere = (true, 0, 0, 0, 0, 0, 0, false);
        let mut decisions = decisions(&[elsewhere]);
        for decision in &mut decisions {
            let decision = Arc::make_mut(decision);
            decision.value = "/no/such/program".into();
            decision.rows.clear();
        }
        with.decide(&decisions);
        for seeds in &batches {
            let told = with.apply(&batch(seeds), |_| true);
            prop_assert_eq!(told, without.apply(&batch(seeds), |_| true));
        }
        prop_assert_eq!(states(&[with]), states(&[without]));
    }

    #[test]
    fn any_batches_give_verdicts_whose_probabilities_add_up(batches in proptest::collection::vec(proptest::collection::vec(seed(), 0..20), 1..6)) {
        let mut model = model(Params { budget_per_day: 1e6, max_values: 3, max_contexts: 3, max_incidents: 2, ..Params::default() });
        for seeds in &batches {
            for incident in model.apply(&batch(seeds), |_| true).incidents {
                let p = incident.probabilities;
                prop_assert!((p.normal + p.drift + p.attack - 1.0).abs() < 1e-9);
                prop_assert!(incident.revision > 0 && incident.events > 0 && !incident.story.is_empty());
            }
        }
        for image in model.images() {
            for dimension in model.summary(image).dimensions {
                prop_assert!(dimension.behaviours <= 9, "{} behaviours past the bound", dimension.behaviours);
            }
        }
    }

    #[test]
    fn which_shard_holds_a_lineage_makes_no_difference(batches in proptest::collection::vec(proptest::collection::vec(seed(), 0..20), 1..16)) {
        let mut whole = model(drowsy());
        let mut shards = [model(drowsy()), model(drowsy())];
        for (nth, seeds) in batches.iter().enumerate() {
            let (batch, absent) = later(nth, seeds);
            whole.apply(&batch, |image| image.digest != absent);
            let [even, odd] = &mut shards;
            even.apply(&batch, |image| image.digest != absent && image.lineage() == "r");
            odd.apply(&batch, |image| image.digest != absent && image.lineage() != "r");
        }
        prop_assert_eq!(states(&[whole]), states(&shards));
    }

    #[test]
    fn what_is_remembered_of_events_changes_nothing(batches in proptest::collection::vec(proptest::collection::vec(seed(), 0..20), 1..12)) {
        // A restored state remembers no event; both must learn and say the same.
        let (mut remembers, mut forgets) = (model(drowsy()), model(drowsy()));
        for (nth, seeds) in batches.iter().enumerate() {
            for half in seeds.chunks(seeds.len().div_ceil(2).max(1)) {
                let (batch, absent) = later(nth, half);
                let said = remembers.apply(&batch, |image| image.digest != absent);
                prop_assert_eq!(forgets.apply(&batch, |image| image.digest != absent), said);
                let stored: Vec<_> = forgets.images().map(|image| postcard::to_stdvec(image).unwrap()).collect();
                forgets = model(drowsy());
                stored.iter().for_each(|image| forgets.load(postcard::from_bytes(image).unwrap()));
            }
        }
        prop_assert_eq!(states(&[remembers]), states(&[forgets]));
    }

    #[test]
    fn what_was_stored_whole_and_what_has_changed_since_are_the_state(batches in proptest::collection::vec(proptest::collection::vec(seed(), 0..20), 1..16), restarts in any::<u16>()) {
        // The same few events most of the time, or all would be learned anew and nothing counted.
        let (mut model, mut stored) = (model(drowsy()), Stored::new());
        for (nth, seeds) in batches.iter().enumerate() {
            for half in [seeds, &batches[nth / 4]] {
                let (batch, absent) = later(nth, half);
                let changed = model.apply(&batch, |image| image.digest != absent).images;
                let changed: Vec<_> = if nth % 5 == 4 {
                    let denied = (false, 0, 0, 1, 0, 0, 0, false);
                    let denied = model.decide(&decisions(&[denied])).images;
                    changed.into_iter().chain(denied).collect()
                } else {
                    changed
                };
                // What people do to a baseline is stored as what events do.
                let mut of_people = |name: &(String, String)| match nth % 7 {
                    2 => model.lock(&name.0, &name.1, nth % 2 == 0),
                    3 => model.reset(&name.0, &name.1, &Dimension::ALL[nth % 3..]).is_some(),
                    5 => model.archive(&name.0, &name.1),
                    _ => true,
                };
                prop_assert!(changed.iter().all(&mut of_people));
                for name in changed {
                    let image = model.image_mut(&name.0, &name.1).unwrap();
                    let (whole, delta) = stored.entry(name).or_default();
                    image.store(|form| match form {
                        Form::Whole(image) => (*whole, *delta) = (postcard::to_stdvec(image).unwrap(), None),
                        Form::Changed(changed) => *delta = Some(postcard::to_stdvec(&changed).unwrap()),
                    });
                }
                for ((lineage, digest), (whole, delta)) in &stored {
                    prop_assert_eq!(Some(&restored(whole, delta)), model.image(lineage, digest));
                }
            }
            if restarts >> nth & 1 == 1 {
                model = self::model(drowsy());
                stored.values().for_each(|(whole, delta)| model.load(restored(whole, delta)));
            }
        }
    }

    #[test]
    fn states_learned_apart_are_one_in_whatever_order_they_are_merged(batches in proptest::collection::vec(proptest::collection::vec(seed(), 0..20), 3..6)) {
        let params = Params::default();
        let mut apart = [model(params.clone()), model(params.clone()), model(params.clone())];
        for (seeds, model) in batches.iter().zip((0..3).cycle()) {
            apart[model].apply(&batch(seeds), |_| true);
        }
        let bytes = |state: &ImageState| postcard::to_stdvec(state).unwrap();
        for digest in ["d0", "d1"] {
            let [Some(a), Some(b), Some(c)] = [0, 1, 2].map(|model| apart[model].image("r", digest)) else { continue };
            let merged = |a: &ImageState, b: &ImageState| a.merged(b, &params).unwrap();
            prop_assert_eq!(bytes(&merged(a, b)), bytes(&merged(b, a)));
            prop_assert_eq!(bytes(&merged(&merged(a, b), c)), bytes(&merged(a, &merged(b, c))));
            let whole = apart[0].summary(&merged(&merged(a, b), c));
            let parts = [a, b, c].map(|state| apart[0].summary(state));
            prop_assert_eq!(whole.exposures, parts.iter().map(|part| part.exposures).sum::<u64>());
            for (at, dimension) in whole.dimensions.iter().enumerate() {
                let seen = |part: &ImageSummary| part.dimensions[at].observations + part.dimensions[at].overflowed;
                prop_assert_eq!(dimension.observations + dimension.overflowed, parts.iter().map(seen).sum::<u64>());
            }
        }
    }
}
