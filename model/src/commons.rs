//! What the images of a fleet have in common: the levels of the hierarchy above an image's own lineage.
//!
//! First the images that are built on the same base layers, then all. A level counts lineages, not containers: what one
//! repository does, however often and in however many versions, is one observation (the counts that interpolated
//! Kneser-Ney passes upwards), and what only one does is common to nobody and left out. So no repository can make
//! another's attack look ordinary by itself; but one image under two names counts as two. Only dimensions that an image has settled in are counted.
//!
//! Lineages are spread over shards and a fleet's commons are made of all of them: whoever drives the models asks each for
//! its [`Bases`], then for its [`Share`] of the bases that are shared, and gives all of them the same [`Commons`]. They are
//! an input like what people decide: the same batches under the same commons give the same verdicts.

use crate::{
    baseline::Level, behaviour::Dimension, coverage::BaselineState, event::Image, image::ImageState,
    model::Model, params::Params,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Lineages that make something common.
const COMMON: u32 = 2;
/// Layers of an image that can be shared, counted from its base.
const LAYERS: usize = 32;
/// Bases of an image that are levels of their own, those with the most layers first.
const BASES: usize = 2;
/// Counts that a share or the commons keep at most; 40 bytes each.
const MAX_COUNTS: usize = 1 << 20;

/// The first 8 bytes of a SHA-256 digest.
type Hash = u64;
/// A context at a level, and a value in it.
type Key = (Hash, Hash);

fn hash(parts: &[&[u8]]) -> Hash {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = hash.finalize().into();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Names of a base and of those it is built on: one for each layer of an image, as OCI's chain IDs.
pub(crate) fn chain(image: &Image<'_>) -> Box<[Hash]> {
    let below = image.layers.iter().take(LAYERS).scan(0, |below: &mut Hash, layer| {
        *below = hash(&[&below.to_be_bytes(), layer.as_bytes()]);
        Some(*below)
    });
    below.collect()
}

/// A context at a level: in a base (0: in the whole fleet), in its own context or in any.
fn context(base: Hash, dimension: Dimension, context: Option<&str>) -> Hash {
    let context = context.map_or([&[][..], &[0]], |context| [context.as_bytes(), &[1]]);
    hash(&[&base.to_be_bytes(), &[dimension as u8], context[0], context[1]])
}

/// In how many lineages each base is, and the base that it is built on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bases(BTreeMap<Hash, (u32, Hash)>);

impl Bases {
    /// Those of other lineages as well.
    pub fn add(&mut self, other: Self) {
        for (base, (lineages, below)) in other.0 {
            self.0.entry(base).or_insert((0, below)).0 += lineages;
        }
    }

    /// Bases that several lineages share, but none that is only ever there below another of them.
    pub fn shared(&self) -> BTreeSet<Hash> {
        let inner: BTreeSet<(Hash, u32)> =
            self.0.values().map(|(lineages, below)| (*below, *lineages)).collect();
        let shared = self.0.iter().filter(|(_, (lineages, _))| *lineages >= COMMON);
        shared
            .filter(|(base, (lineages, _))| !inner.contains(&(**base, *lineages)))
            .map(|(base, _)| *base)
            .collect()
    }
}

/// In how many lineages of one model each behaviour is known, at each level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Share {
    counts: BTreeMap<Key, u32>,
    /// What the bound left no room for.
    pub overflowed: u64,
}

impl Share {
    fn count(&mut self, key: Key, lineages: u32) {
        if self.counts.len() >= MAX_COUNTS && !self.counts.contains_key(&key) {
            self.overflowed += 1;
            return;
        }
        *self.counts.entry(key).or_default() += lineages;
    }

    /// That of other lineages as well.
    pub fn add(&mut self, other: Self) {
        other.counts.into_iter().for_each(|(key, lineages)| self.count(key, lineages));
        self.overflowed += other.overflowed;
    }
}

/// What several lineages do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Commons {
    counts: BTreeMap<Key, u32>,
    /// Observations and distinct values of each context.
    contexts: BTreeMap<Hash, (u64, u64)>,
    bases: BTreeSet<Hash>,
}

impl Commons {
    /// Of what all shares together hold.
    pub fn new(bases: BTreeSet<Hash>, share: Share) -> Self {
        let counts: BTreeMap<Key, u32> =
            share.counts.into_iter().filter(|(_, lineages)| *lineages >= COMMON).collect();
        let mut contexts: BTreeMap<Hash, (u64, u64)> = BTreeMap::new();
        for ((context, _), lineages) in &counts {
            let (total, types) = contexts.entry(*context).or_default();
            *total += u64::from(*lineages);
            *types += 1;
        }
        Self { counts, contexts, bases }
    }

    /// Behaviours that are common, at all levels.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether nothing is common.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    fn level(&self, context: Hash, value: Hash) -> Level {
        let (total, types) = self.contexts.get(&context).copied().unwrap_or_default();
        Level {
            count: self.counts.get(&(context, value)).map_or(0.0, |lineages| f64::from(*lineages)),
            total: total as f64,
            types: types as f64,
        }
    }

    /// A behaviour as an image's bases and the fleet see it, the most specific level first.
    pub(crate) fn levels(&self, image: &ImageState, of: (Dimension, &str, &str)) -> Vec<Level> {
        if self.is_empty() {
            return Vec::new();
        }
        let (dimension, in_context, value) = of;
        let value = hash(&[value.as_bytes()]);
        let bases = image.chain.iter().rev().filter(|base| self.bases.contains(*base)).take(BASES);
        let own = bases.copied().chain([0]).map(|base| (base, Some(in_context)));
        own.chain([(0, None)])
            .map(|(base, in_context)| self.level(context(base, dimension, in_context), value))
            .collect()
    }
}

impl Model {
    /// In how many lineages of this model each base is.
    pub fn bases(&self) -> Bases {
        let mut bases = Bases::default();
        for versions in self.lineages.values() {
            let own = versions.values().flat_map(|image| {
                let below = std::iter::once(0).chain(image.chain.iter().copied());
                image.chain.iter().copied().zip(below)
            });
            let own: BTreeMap<Hash, Hash> = own.collect();
            bases.add(Bases(own.into_iter().map(|(base, below)| (base, (1, below))).collect()));
        }
        bases
    }

    /// What this model's lineages know, each behaviour once for each lineage.
    pub fn share(&self, bases: &BTreeSet<Hash>) -> Share {
        let mut share = Share::default();
        for versions in self.lineages.values() {
            let mut own = BTreeSet::new();
            versions.values().for_each(|image| known(image, bases, &self.params, &mut own));
            own.into_iter().for_each(|key| share.count(key, 1));
        }
        share
    }

    /// What the lineages of this model have in common, for whoever has but one.
    pub fn own_commons(&self) -> Commons {
        let bases = self.bases().shared();
        let share = self.share(&bases);
        Commons::new(bases, share)
    }

    /// Judges from now on with what the fleet has in common.
    pub fn set_commons(&mut self, commons: Arc<Commons>) {
        self.commons = commons;
    }
}

/// What an image knows, at each level that it is part of.
fn known(image: &ImageState, bases: &BTreeSet<Hash>, params: &Params, out: &mut BTreeSet<Key>) {
    let levels: Vec<Hash> = image.chain.iter().copied().filter(|base| bases.contains(base)).collect();
    for dimension in Dimension::ALL {
        if image.state_of(dimension, params) == BaselineState::Learning {
            continue;
        }
        for (in_context, value, pattern, _) in image.baseline.behaviours(dimension) {
            if pattern {
                continue;
            }
            let value = hash(&[value.as_bytes()]);
            for base in levels.iter().copied().chain([0]) {
                out.insert((context(base, dimension, Some(in_context)), value));
            }
            out.insert((context(0, dimension, None), value));
        }
    }
}
