//! Bodies that are packed in the store: LZ4, behind the length that they have unpacked (u32, little-endian).
//!
//! Why: a baseline and the incidents that are open say the same words over and over, so that a packed one takes a fraction,
//! a few times faster than it could be written. sled holds values in memory more than once, and puts what is larger than
//! 128 KiB into a file of its own.
//!
//! A length allocates nothing beyond [`MAX_BYTES`], and nothing beyond what can be in so many bytes. The same body is packed
//! into the same bytes. Not here: files that are exported, which hold bodies as they are (`file.rs`).

use std::borrow::Cow;

use lz4_flex::block;

use super::kind::Kind;

/// First form in which anything was packed.
const SINCE: u8 = 12;
/// Longest body, as in a file.
const MAX_BYTES: usize = 1 << 28;
/// What LZ4 makes of a byte, at most.
const RATIO: usize = 255;

/// Whether values under a key are packed, as of a form.
pub(super) fn is_packed(format: u8, key: &[u8]) -> bool {
    format >= SINCE && Kind::of(key) == Some(Kind::Image)
}

/// A body, packed.
pub(super) fn pack(body: &[u8]) -> Vec<u8> {
    block::compress_prepend_size(body)
}

/// What was packed, if it is of such a form.
pub(super) fn unpacked<'a>(format: u8, key: &[u8], body: &'a [u8]) -> Result<Cow<'a, [u8]>, String> {
    if !is_packed(format, key) {
        return Ok(Cow::Borrowed(body));
    }
    let wrong = |error| format!("does not unpack: {error}");
    let (bytes, packed) = block::uncompressed_size(body).map_err(wrong)?;
    if bytes > MAX_BYTES.min(packed.len().saturating_mul(RATIO)) {
        return Err(format!("{bytes} bytes can't be packed in {}", packed.len()));
    }
    block::decompress(packed, bytes).map(Cow::Owned).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &[u8] = b"ishop\0sha256:1";

    proptest! {
        #[test]
        fn what_was_packed_is_the_same_again_and_nonsense_is_refused_without_memory_for_it(
            body in prop::collection::vec(prop::sample::select(b"ab\0".as_slice()), 0..5_000),
            nonsense in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let packed = pack(&body);
            let again = unpacked(SINCE, KEY, &packed).unwrap();
            prop_assert_eq!(again.as_ref(), body.as_slice());
            if let Ok(body) = unpacked(SINCE, KEY, &nonsense) {
                prop_assert!(body.len() <= nonsense.len() * RATIO);
            }
        }
    }

    #[test]
    fn words_that_are_said_over_and_over_take_a_fraction() {
        let body = "/usr/lib/gcc/x86_64-linux-gnu/12/cc1 -quiet main.c ".repeat(200);
        assert!(pack(body.as_bytes()).len() * 20 < body.len());
    }

    #[test]
    fn older_forms_and_other_kinds_are_as_they_are() {
        for (format, key) in [(SINCE - 1, KEY), (SINCE, b"lshop\0sha256:1"), (SINCE, b"totals")] {
            assert_eq!(unpacked(format, key, b"\xff\xff\xff\xffx").unwrap().as_ref(), b"\xff\xff\xff\xffx");
        }
    }
}
