//! What was learned of an image and told elsewhere: nothing of it is lost, nothing is taken twice, and what must not come in
//! does not.
//!
//! Not here: documents (the server bounds them), and verdicts of an image that was taught (its tests with the real program).

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{
    behaviour::Behaviour,
    coverage::BaselineState,
    decision::{Decision, Scope},
    event::Container,
    image::Place,
    params::Params,
};

fn of_image() -> Image<'static> {
    Image { digest: "d", repository: "r", tag: "1", ..Image::default() }
}

/// A behaviour by numbers: dimension, context, value, and in which window.
type Seed = (usize, u8, u8, u64);

fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    // Enough values in few contexts, so that some become patterns.
    let seed = (0..Dimension::ALL.len(), 0..2_u8, 0..24_u8, 1..40_u64);
    proptest::collection::vec(seed, 0..120)
}

fn image() -> ImageState {
    let mut image = ImageState::new(&of_image());
    let container = Container { id: "c", started_unix_ns: 1, ..Container::default() };
    image.note_container(&container, &Params::default());
    image
}

/// An image that was seen doing so.
fn shown(mut seeds: Vec<Seed>) -> ImageState {
    let mut image = image();
    seeds.sort_by_key(|(.., window)| *window);
    for (dimension, context, value, window) in seeds {
        let dimension = Dimension::ALL[dimension];
        let (context, value) = (format!("/bin/{context}").into(), format!("-o\u{1f}/tmp/{value}").into());
        let behaviour = Behaviour { dimension, context, value, fixed: false };
        let place = Place { slot: 0, time_unix_ns: window * 60, window_ns: 60, window };
        match image.baseline.find(dimension, &behaviour.context, &behaviour.value) {
            Some(cell) => image.count(cell, place),
            None => image.learn(&behaviour, place, &Params::default()),
        }
        image.expose();
    }
    image
}

fn model() -> Model {
    Model::new(Params::default(), Arc::default())
}

/// Without rates, which are not taken.
fn known(image: &ImageState) -> Vec<LearnedBehaviour> {
    let mut known = image.learning().behaviours;
    known.retain(|behaviour| behaviour.known.dimension != Dimension::Rate);
    known
}

proptest! {
    #[test]
    fn an_image_that_was_taught_knows_what_the_other_learned_and_twice_is_no_more_than_once(seeds in seeds()) {
        let learned = shown(seeds);
        let (mut model, told) = (model(), learned.learning());
        let behaviours = known(&learned).len() as u64;
        prop_assert_eq!(model.teach(&of_image(), &told, true), Ok(Taught::Taken(behaviours)));
        prop_assert_eq!(model.images().count(), 0);
        prop_assert_eq!(model.teach(&of_image(), &told, false), Ok(Taught::Taken(behaviours)));
        let taught = model.image("r", "d").unwrap().clone();
        prop_assert_eq!(known(&taught), known(&learned));
        for dimension in Dimension::ALL.into_iter().filter(|dimension| *dimension != Dimension::Rate) {
            prop_assert_eq!(taught.exposures_of(dimension), learned.exposures_of(dimension));
            prop_assert_eq!(
                taught.state_of(dimension, &Params::default()),
                learned.state_of(dimension, &Params::default())
            );
        }
        prop_assert_eq!(taught.exposures_of(Dimension::Rate), 0);
        prop_assert_eq!(model.teach(&of_image(), &told, false), Ok(Taught::Unchanged));
        prop_assert_eq!(model.image("r", "d").unwrap(), &taught);
    }

    #[test]
    fn what_an_image_knows_of_itself_stays_and_what_it_was_told_is_added(own in seeds(), other in seeds()) {
        let (own, other) = (shown(own), shown(other));
        let mut model = model();
        model.load(own.clone());
        model.teach(&of_image(), &other.learning(), false).unwrap();
        let both = model.image("r", "d").unwrap();
        let missing = |image: &ImageState| {
            image.without(both).into_iter().filter(|known| known.dimension != Dimension::Rate).count()
        };
        prop_assert_eq!((missing(&own), missing(&other)), (0, 0));
        prop_assert_eq!(both.starts, own.starts.max(other.starts));
        prop_assert_eq!(model.teach(&of_image(), &other.learning(), false), Ok(Taught::Unchanged));
    }
}

fn spawn(value: &str, is_pattern: bool) -> LearnedBehaviour {
    let (dimension, context, value) = (Dimension::Spawn, "/bin/a".into(), value.into());
    let (count, first_seen_unix_ns, last_seen_unix_ns) = (3, 1, 2);
    let known = KnownBehaviour { dimension, context, value, count, first_seen_unix_ns, last_seen_unix_ns };
    LearnedBehaviour { known, marks: String::new(), is_pattern }
}

#[test]
fn what_is_denied_or_makes_no_sense_is_not_taken_and_a_text_is_a_pattern_only_if_it_says_so() {
    let denial = Decision {
        id: "1".into(),
        kind: DecisionKind::Deny,
        dimension: Dimension::Spawn,
        context: "/bin/a".into(),
        value: "/bin/nc".into(),
        scope: Scope::All,
        author: "ann".into(),
        reason: "no".into(),
        alert: String::new(),
        rows: Vec::new(),
        created_unix_ns: 1,
        expires_unix_ns: 0,
        revoked: None,
        document: String::new(),
    };
    let senseless = LearnedBehaviour { marks: "n3".into(), ..spawn("/bin/b", false) };
    let told = Learning {
        watched: [9; Dimension::ALL.len()],
        starts: 1,
        behaviours: vec![
            spawn("/bin/nc", false),
            senseless,
            spawn("/x/<any>", false),
            spawn("/y/<any>", true),
        ],
        ..Learning::default()
    };
    let mut model = model();
    model.decide(&[Arc::new(denial)]);
    assert_eq!(model.teach(&of_image(), &Learning::default(), false), Ok(Taught::Unchanged));
    assert_eq!(model.images().count(), 0, "nothing was learned of it");
    assert_eq!(model.teach(&of_image(), &told, false), Ok(Taught::Taken(2)));
    let knows = |value| model.image("r", "d").unwrap().baseline.find(Dimension::Spawn, "/bin/a", value);
    assert!(knows("/y/1").is_some() && knows("/x/1").is_none() && knows("/bin/nc").is_none());
}

#[test]
fn an_image_that_was_learned_here_is_left_alone_and_a_locked_one_refuses() {
    let mut model = model();
    let long = Learning { watched: [1_000_000; Dimension::ALL.len()], starts: 9, ..Learning::default() };
    model.teach(&of_image(), &long, false).unwrap();
    assert_eq!(model.summary(model.image("r", "d").unwrap()).state, BaselineState::Stable);
    let more = Learning { behaviours: vec![spawn("/bin/nc", false)], ..long };
    assert_eq!(model.teach(&of_image(), &more, false), Ok(Taught::Left));
    model.lock("r", "d", true);
    assert_eq!(model.teach(&of_image(), &more, false), Err(Unteachable));
}
