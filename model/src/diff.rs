//! What one image is known to do and another is not.
//!
//! A pattern and a value that it stands for are the same behaviour, whichever of the two has which. Not here: finding
//! the two images, and how a difference is printed.

use crate::{
    behaviour::Dimension,
    image::ImageState,
    pattern::{Parts, readable},
};

/// A behaviour in a baseline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownBehaviour {
    /// Its dimension.
    pub dimension: Dimension,
    /// Its context, as in findings.
    pub context: String,
    /// Its value, as in findings; where it is a pattern, `<any>` stands for any part.
    pub value: String,
    /// In how many container-windows it was seen.
    pub count: u64,
    /// When it was first seen, nanoseconds since the Unix epoch.
    pub first_seen_unix_ns: u64,
    /// When it was last seen, nanoseconds since the Unix epoch.
    pub last_seen_unix_ns: u64,
}

impl ImageState {
    /// Behaviours that this image is known for and `other` is not, by dimension, context and value.
    pub fn without(&self, other: &Self) -> Vec<KnownBehaviour> {
        self.chosen(|dimension, context, value, is_pattern| {
            let stands_for =
                |known: &str| Parts::of(dimension, known).is_some_and(|known| known.is_of(dimension, value));
            other.baseline.find(dimension, context, value).is_none()
                && !(is_pattern && other.baseline.values(dimension, context).any(stands_for))
        })
    }

    /// All behaviours of these dimensions that this image is known for, by dimension, context and value.
    pub fn known(&self, dimensions: &[Dimension]) -> Vec<KnownBehaviour> {
        let mut known = self.chosen(|dimension, _, _, _| dimensions.contains(&dimension));
        known.sort();
        known
    }

    fn chosen(&self, choose: impl Fn(Dimension, &str, &str, bool) -> bool) -> Vec<KnownBehaviour> {
        let mut chosen = Vec::new();
        for dimension in Dimension::ALL {
            for (context, value, is_pattern, cell) in self.baseline.behaviours(dimension) {
                if choose(dimension, context, value, is_pattern) {
                    chosen.push(KnownBehaviour {
                        dimension,
                        context: context.to_owned(),
                        value: readable(value).into_owned(),
                        count: cell.count,
                        first_seen_unix_ns: cell.first_seen_unix_ns,
                        last_seen_unix_ns: cell.last_seen_unix_ns,
                    });
                }
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{behaviour::Behaviour, params::Params};

    #[test]
    fn a_pattern_and_what_it_stands_for_are_the_same_whoever_has_which() {
        let image = |values: &[String]| {
            let mut image = ImageState::default();
            for value in values {
                let (dimension, context) = (Dimension::Arguments, "/bin/tar".into());
                let behaviour = Behaviour { dimension, context, value: value.into(), fixed: false };
                image.baseline.learn(&behaviour, 1, &Params::default());
            }
            image
        };
        let many = image(&(0..16).map(|n| format!("czf\u{1f}/tmp/{n}")).collect::<Vec<_>>());
        let one = image(&["czf\u{1f}/tmp/99".to_owned()]);
        let names = |known: Vec<KnownBehaviour>| known.into_iter().map(|b| b.value).collect::<Vec<_>>();
        assert!(many.without(&one).is_empty() && one.without(&many).is_empty());
        assert_eq!(names(many.without(&ImageState::default())), ["czf /tmp/<any>"]);
        // A text that only reads like a pattern is none.
        let posing = image(&["czf\u{1f}/tmp/<any>".to_owned()]);
        assert_eq!(names(posing.without(&one)), ["czf /tmp/<any>"]);
    }
}
