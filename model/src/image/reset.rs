//! Forgetting what was learned of an image, so that it is learned anew.
//!
//! A dimension that was reset is as one that was never watched: no behaviour, no exposure, nothing that waits for replicas,
//! and of rates no rhythm. Starts have to be seen again, as what comes with a start may be among what was forgotten. What was
//! not learned stays: what the image declares, when it was first seen (its place among its versions), containers, losses, a
//! lock, and incidents that are open. Decisions are not here: they are asked again when something happens again.

use super::ImageState;
use crate::{
    behaviour::Dimension,
    rhythm::{Pulse, Rhythm},
};

impl ImageState {
    /// Forgets what was learned in these dimensions; how many behaviours that was.
    pub(crate) fn reset(&mut self, dimensions: &[Dimension]) -> u64 {
        let mut freed = Vec::new();
        for dimension in dimensions {
            freed.extend(self.baseline.reset(*dimension));
            if let Some(unwatched) = self.unwatched.get_mut(*dimension as usize) {
                *unwatched = self.exposures;
            }
            if *dimension == Dimension::Rate {
                self.rhythm = Rhythm::default();
                self.containers.iter_mut().for_each(|seen| seen.pulse = Pulse::default());
            }
        }
        self.quarantine.reset(dimensions);
        self.starts = 0;
        self.release(&freed);
        freed.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        behaviour::Behaviour,
        event::{Container, Image},
        image::Place,
        params::Params,
    };

    /// A behaviour by numbers: dimension, context, value, and in which window.
    type Seed = (usize, u8, u8, u64);

    fn seeds() -> impl Strategy<Value = Vec<Seed>> {
        // Enough values in few contexts, so that some become patterns.
        let seed = (0..Dimension::ALL.len(), 0..2_u8, 0..24_u8, 1..40_u64);
        proptest::collection::vec(seed, 0..120)
    }

    fn image() -> ImageState {
        let mut image = ImageState::new(&Image { digest: "d", repository: "r", ..Image::default() });
        image.note_container(&Container { id: "c", started_unix_ns: 1, ..Container::default() }, &params());
        image
    }

    fn params() -> Params {
        Params { max_values: 32, ..Params::default() }
    }

    /// Shows an image behaviours, in the order of their windows, and its windows to it.
    fn shown(image: &mut ImageState, mut seeds: Vec<Seed>) {
        seeds.sort_by_key(|(.., window)| *window);
        for (dimension, context, value, window) in seeds {
            let dimension = Dimension::ALL[dimension];
            let (context, value) = (format!("/bin/{context}").into(), format!("-o\u{1f}/tmp/{value}").into());
            let behaviour = Behaviour { dimension, context, value, fixed: false };
            let place = Place { slot: 0, time_unix_ns: window * 60, window_ns: 60, window };
            match image.baseline.find(dimension, &behaviour.context, &behaviour.value) {
                Some(cell) => image.count(cell, place),
                None => image.learn(&behaviour, place, &params()),
            }
            image.expose();
        }
    }

    /// All that is known of a dimension, without the numbers of cells.
    fn known(image: &ImageState, dimension: Dimension) -> Vec<String> {
        let behaviours = image.baseline.behaviours(dimension);
        let mut known: Vec<String> = behaviours.map(|behaviour| format!("{behaviour:?}")).collect();
        let summary = image.summary(&params()).dimensions.swap_remove(dimension as usize);
        known.push(format!("{summary:?}"));
        known
    }

    proptest! {
        #[test]
        fn a_dimension_that_was_reset_is_as_one_that_was_never_learned_and_leaves_the_others_alone(
            before in seeds(),
            after in seeds(),
            chosen in proptest::sample::subsequence(Dimension::ALL.to_vec(), 0..=Dimension::ALL.len()),
        ) {
            let is_chosen = |seed: &Seed| chosen.contains(&Dimension::ALL[seed.0]);
            let mut reset = image();
            shown(&mut reset, before.clone());
            let others: Vec<_> = Dimension::ALL.into_iter().filter(|d| !chosen.contains(d)).collect();
            let was: Vec<_> = others.iter().map(|d| known(&reset, *d)).collect();
            let forgotten = reset.reset(&chosen);
            prop_assert_eq!(was, others.iter().map(|d| known(&reset, *d)).collect::<Vec<_>>());
            let behaviours = |image: &ImageState, of: &[Dimension]| -> u64 {
                of.iter().map(|d| image.baseline.table(*d).behaviours).sum()
            };
            prop_assert_eq!(behaviours(&reset, &chosen), 0);

            // The other one was watched meanwhile, but not in these dimensions.
            let mut never = image();
            never.unwatched_now = chosen.iter().fold(0, |bits, dimension| bits | 1 << *dimension as u8);
            let kept: Vec<Seed> = before.iter().copied().filter(|seed| !is_chosen(seed)).collect();
            shown(&mut never, kept);
            never.unwatched_now = 0;
            prop_assert_eq!(forgotten as usize, {
                let mut whole = image();
                shown(&mut whole, before);
                behaviours(&whole, &chosen) as usize
            });
            // Some in the window at which the first have ended.
            let after: Vec<Seed> = after.into_iter().map(|(d, c, v, window)| (d, c, v, window + 39)).collect();
            shown(&mut reset, after.clone());
            shown(&mut never, after);
            for dimension in &chosen {
                prop_assert_eq!(known(&reset, *dimension), known(&never, *dimension));
            }
        }
    }

    #[test]
    fn what_waits_for_replicas_is_forgotten_with_its_dimension_and_a_new_image_has_nothing_to_forget() {
        let spawn = Behaviour {
            dimension: Dimension::Spawn,
            context: "/bin/0".into(),
            value: "/bin/1".into(),
            fixed: false,
        };
        let mut image = image();
        image.quarantine.hold(&spawn, "a", 1, true);
        image.reset(&[Dimension::Call]);
        assert_eq!(image.quarantine.replicas(&spawn, "b"), 1);
        image.reset(&Dimension::ALL);
        assert_eq!(image.quarantine.replicas(&spawn, "b"), 0);
        assert_eq!((image.reset(&Dimension::ALL), image.starts), (0, 0));
    }
}
