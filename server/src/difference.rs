//! The difference of two images as a message: what only one of them does, bounded and counted.
//!
//! Not here: what counts as the same (the model), which images are meant (`image_name.rs`).

use plumbline_model::{ImageState, KnownBehaviour};
use plumbline_proto::v1;

use crate::wire;

/// Behaviours of each image at most, and if no number is given.
pub(crate) const MAX: u32 = 10_000;
pub(crate) const DEFAULT: u32 = 1000;
/// Text of each image's behaviours at most, give or take the last: two of them fit into what gRPC clients take.
const MAX_BYTES: usize = 3 << 19;

/// What only `a` and what only `b` is known to do.
pub(crate) fn difference(
    (a, a_name): (&ImageState, v1::ImageName),
    (b, b_name): (&ImageState, v1::ImageName),
    limit: u32,
) -> v1::ImageDiff {
    let (only_a, omitted_a) = bounded(a.without(b), limit as usize);
    let (only_b, omitted_b) = bounded(b.without(a), limit as usize);
    v1::ImageDiff { a: Some(a_name), b: Some(b_name), only_a, only_b, omitted_a, omitted_b }
}

/// How an image is called.
pub(crate) fn name(image: v1::ImageStatus) -> v1::ImageName {
    v1::ImageName {
        digest: image.digest,
        repository: image.repository,
        tag: image.tag,
        state: image.state,
        exposures: image.exposures,
    }
}

fn bounded(known: Vec<KnownBehaviour>, limit: usize) -> (Vec<v1::KnownBehaviour>, u64) {
    let (all, mut bytes) = (known.len(), 0);
    let fits = |behaviour: &KnownBehaviour| {
        let room = bytes < MAX_BYTES;
        bytes += 64 + behaviour.context.len() + behaviour.value.len();
        room
    };
    let kept: Vec<_> = known.into_iter().take(limit).take_while(fits).map(wire::known).collect();
    let omitted = (all - kept.len()) as u64;
    (kept, omitted)
}

#[cfg(test)]
mod tests {
    use plumbline_model::Dimension;

    use super::*;

    #[test]
    fn what_is_left_out_is_counted() {
        let known = |value: &str| KnownBehaviour {
            dimension: Dimension::Spawn,
            context: "a".into(),
            value: value.into(),
            count: 1,
            first_seen_unix_ns: 1,
            last_seen_unix_ns: 1,
        };
        let all = || (0..5).map(|n| known(&n.to_string())).collect::<Vec<_>>();
        assert_eq!(bounded(all(), 5).1, 0);
        let (kept, omitted) = bounded(all(), 2);
        assert_eq!((kept.len(), omitted), (2, 3));
        let long = "x".repeat(MAX_BYTES);
        let (kept, omitted) = bounded(vec![known(&long), known("a"), known("b")], 9);
        assert_eq!((kept.len(), omitted), (1, 2));
    }
}
