//! The stored form of values, and sums that tell whether all of them are there.
//!
//! A value is its format, a CRC-32 of key and all else, and its body, packed if it is a baseline's. The checksum is verified
//! at each read; it covers the key, so that a value under another one's key is found too. sled checks what it writes by
//! itself; this finds what goes wrong above its log: a page that was recovered as it had been, a bit that turned in memory.
//!
//! [`Totals`] are written with each commit: how many values of each kind there are and the sum of their checksums. So a
//! value that is missing, or older than the rest, is known to be.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    FORMAT,
    kind::Kind,
    packed::{is_packed, pack, unpacked},
    upgrade::upgraded,
};

/// Format and checksum.
const HEAD: usize = 5;

/// A value in its stored form.
pub(super) fn seal(key: &[u8], body: &[u8]) -> Vec<u8> {
    let body = if is_packed(FORMAT, key) { Cow::Owned(pack(body)) } else { Cow::Borrowed(body) };
    let mut value = Vec::with_capacity(HEAD + body.len());
    value.push(FORMAT);
    value.extend_from_slice(&checksum(key, FORMAT, &body).to_le_bytes());
    value.extend_from_slice(&body);
    value
}

/// The body of a value in today's form, if the checksum is right.
pub(super) fn unseal<'a>(key: &[u8], value: &'a [u8]) -> Result<Cow<'a, [u8]>, String> {
    let (format, crc, body) = parts(value).ok_or_else(|| format!("only {} bytes", value.len()))?;
    if crc != checksum(key, format, body) {
        return Err("wrong checksum".to_owned());
    }
    match unpacked(format, key, body)? {
        Cow::Borrowed(body) => upgraded(format, key, body),
        Cow::Owned(body) => {
            let newer = match upgraded(format, key, &body)? {
                Cow::Borrowed(_) => None,
                Cow::Owned(newer) => Some(newer),
            };
            Ok(Cow::Owned(newer.unwrap_or(body)))
        }
    }
}

/// What a value's body means.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(format!("{} bytes too many", rest.len())),
        Err(error) => Err(format!("does not decode: {error}")),
    }
}

/// What a value says, in its stored form.
pub(super) fn encode<T: Serialize>(key: &[u8], value: &T) -> Vec<u8> {
    encode_in(Vec::new(), key, value)
}

/// The same in memory that is used again; what was there is gone.
#[allow(
    clippy::expect_used,
    reason = "postcard fails only for sequences of unknown length; ours know theirs"
)]
pub(super) fn encode_in<T: Serialize>(mut memory: Vec<u8>, key: &[u8], value: &T) -> Vec<u8> {
    memory.clear();
    memory.extend([FORMAT, 0, 0, 0, 0]);
    let mut sealed = postcard::to_extend(value, memory).expect("memory and known lengths suffice");
    if is_packed(FORMAT, key) {
        return seal(key, sealed.get(HEAD..).unwrap_or_default());
    }
    let crc = checksum(key, FORMAT, sealed.get(HEAD..).unwrap_or_default());
    if let Some(field) = sealed.get_mut(1..HEAD) {
        field.copy_from_slice(&crc.to_le_bytes());
    }
    sealed
}

fn parts(value: &[u8]) -> Option<(u8, u32, &[u8])> {
    let (&format, rest) = value.split_first()?;
    let (crc, body) = rest.split_first_chunk()?;
    Some((format, u32::from_le_bytes(*crc), body))
}

fn checksum(key: &[u8], format: u8, body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(&[format]);
    hasher.update(body);
    hasher.finalize()
}

/// What the store holds, as of a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Totals {
    /// Commits made since the store began.
    pub(crate) commit: u64,
    /// Highest cursor ever given to a change of an alert.
    pub(crate) last_cursor: u64,
    /// By the letter of the kind; none where there is nothing.
    pub(super) kinds: BTreeMap<u8, Total>,
}

/// What there is of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Total {
    /// Values.
    pub(crate) count: u64,
    /// Their checksums, added up; wraps.
    pub(crate) sum: u64,
}

impl Totals {
    /// What there is of a kind.
    pub(crate) fn of(&self, kind: Kind) -> Total {
        self.kinds.get(&kind.letter()).copied().unwrap_or_default()
    }

    /// Values of all kinds.
    pub(super) fn count(&self) -> u64 {
        self.kinds.values().map(|total| total.count).sum()
    }

    /// How many values of a kind are missing from what was found, and how many there should be. None can be missing and
    /// some be older than the rest.
    pub(super) fn gone(&self, found: &Self, kind: Kind) -> Option<(u64, u64)> {
        let (expected, found) = (self.of(kind), found.of(kind));
        (found != expected).then(|| (expected.count.saturating_sub(found.count), expected.count))
    }

    /// Those of the same commit with nothing counted in.
    pub(super) fn emptied(&self) -> Self {
        Self { kinds: BTreeMap::new(), ..*self }
    }

    /// Counts a value in. What is no value of a kind does not count.
    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) {
        self.change(key, value, u64::wrapping_add);
    }

    /// Takes a value out.
    pub(super) fn remove(&mut self, key: &[u8], value: &[u8]) {
        self.change(key, value, u64::wrapping_sub);
    }

    fn change(&mut self, key: &[u8], value: &[u8], with: fn(u64, u64) -> u64) {
        let Some(kind) = Kind::of(key) else { return };
        let crc = parts(value).map_or(0, |(_, crc, _)| crc);
        let total = self.of(kind);
        let total = Total { count: with(total.count, 1), sum: with(total.sum, u64::from(crc)) };
        if total == Total::default() {
            self.kinds.remove(&kind.letter());
        } else {
            self.kinds.insert(kind.letter(), total);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn one_changed_bit_of_key_or_value_is_found(
            key in prop::collection::vec(any::<u8>(), 1..40),
            body in prop::collection::vec(any::<u8>(), 0..200),
            place in any::<prop::sample::Index>(),
            bit in 0..8u32,
        ) {
            let mut value = seal(&key, &body);
            let unsealed = unseal(&key, &value);
            prop_assert_eq!(unsealed.as_deref(), Ok(body.as_slice()));
            let place = place.index(key.len() + value.len());
            let mut key = key;
            match place.checked_sub(key.len()) {
                Some(place) => value[place] ^= 1u8 << bit,
                None => key[place] ^= 1u8 << bit,
            }
            prop_assert!(unseal(&key, &value).is_err());
        }
    }

    #[test]
    fn totals_tell_an_older_value_from_the_newest_whatever_the_order() {
        let (old, new) = (seal(b"ia", b"1"), seal(b"ia", b"2"));
        let other = seal(b"ib", b"3");
        let mut totals = Totals::default();
        totals.add(b"ia", &old);
        totals.add(b"ib", &other);
        totals.remove(b"ia", &old);
        totals.add(b"ia", &new);
        let sum = |values: &[(&[u8], &Vec<u8>)]| {
            let mut found = Totals::default();
            values.iter().for_each(|(key, value)| found.add(key, value));
            found
        };
        assert_eq!(totals, sum(&[(b"ib", &other), (b"ia", &new)]));
        assert_ne!(totals, sum(&[(b"ib", &other), (b"ia", &old)]));
        assert_ne!(totals, sum(&[(b"ia", &new)]));
    }
}
