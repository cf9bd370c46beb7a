//! A part of an image that knows whether anybody had it in hand to change it since the image was stored whole.
//!
//! Whoever only reads goes by `Deref` and leaves no trace. Stored and compared as what it holds. It also counts how often it
//! was stored since it was last in anybody's hand: what has come to rest is worth storing whole once more.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ops::{Deref, DerefMut};

/// Times that a part is stored untouched before it has come to rest.
const REST: u8 = 4;

/// The part.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tracked<T> {
    part: T,
    touched: bool,
    /// Times that it was stored since.
    rested: u8,
}

impl<T> Tracked<T> {
    /// A part that was stored as it is.
    pub(super) fn stored(part: T) -> Self {
        Self { part, touched: false, rested: 0 }
    }

    pub(super) fn is_touched(&self) -> bool {
        self.touched
    }

    /// Takes note that it is stored. True if it was touched since the image was stored whole, but not of late.
    pub(super) fn comes_to_rest(&mut self) -> bool {
        self.rested = self.rested.saturating_add(1);
        self.touched && self.rested > REST
    }
}

impl<T> From<T> for Tracked<T> {
    fn from(part: T) -> Self {
        Self { part, touched: true, rested: 0 }
    }
}

impl<T> Deref for Tracked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.part
    }
}

impl<T> DerefMut for Tracked<T> {
    fn deref_mut(&mut self) -> &mut T {
        (self.touched, self.rested) = (true, 0);
        &mut self.part
    }
}

impl<T: PartialEq> PartialEq for Tracked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.part == other.part
    }
}

impl<T: Serialize> Serialize for Tracked<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.part.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Tracked<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::from)
    }
}
