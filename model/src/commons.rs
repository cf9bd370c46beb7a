//! What the images of a fleet have in common: the levels of the hierarchy above an image's own lineage.
//!
//! First the images that are built on the same base layers, then all. A level counts families, not containers: what one
//! repository does, however often and in however many versions, is one observation (the counts that interpolated
//! Kneser-Ney passes upwards), and what only one does is common to nobody and left out. Repositories that hold one image,
//! by its digest, are one family, as are those that share an image with any of them: a name more makes nothing common. So
//! no image can make another's attack look ordinary by itself. Only dimensions that an image has settled in are counted.
//!
//! Lineages are spread over shards and a fleet's commons are made of all of them: whoever drives the models asks each for
//! its [`Bases`], then for its [`Share`] of what is [`Shared`], and gives all of them the same [`Commons`]. They are
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

/// Families that make something common.
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

/// A lineage, by its name.
fn lineage(name: &str) -> Hash {
    hash(&[name.as_bytes()])
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

/// What lineages are made of: which hold each image, and which each base.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bases {
    /// By the digest of the image.
    images: BTreeMap<Hash, BTreeSet<Hash>>,
    /// By base, with the base that it is built on.
    bases: BTreeMap<Hash, (BTreeSet<Hash>, Hash)>,
}

impl Bases {
    /// Those of other lineages as well.
    pub fn add(&mut self, other: Self) {
        for (image, lineages) in other.images {
            self.images.entry(image).or_default().extend(lineages);
        }
        for (base, (lineages, below)) in other.bases {
            self.bases.entry(base).or_insert_with(|| (BTreeSet::new(), below)).0.extend(lineages);
        }
    }

    /// Lineages that are one family, and bases that several families share, but none that is only ever there below
    /// another of them.
    pub fn shared(&self) -> Shared {
        let families = families(self.images.values());
        let bases: BTreeMap<Hash, (usize, Hash)> = self
            .bases
            .iter()
            .map(|(base, (lineages, below))| {
                let own: BTreeSet<Hash> =
                    lineages.iter().map(|lineage| family(&families, *lineage)).collect();
                (*base, (own.len(), *below))
            })
            .collect();
        let inner: BTreeSet<(Hash, usize)> = bases.values().map(|(own, below)| (*below, *own)).collect();
        let shared = bases.iter().filter(|(_, (own, _))| *own >= COMMON as usize);
        let shared = shared.filter(|(base, (own, _))| !inner.contains(&(**base, *own)));
        Shared { bases: shared.map(|(base, _)| *base).collect(), families }
    }
}

/// The family of each lineage that shares an image with another: the first lineage that can be come to by images that
/// two share. Whoever is not in it is a family of its own.
fn families<'l>(images: impl Iterator<Item = &'l BTreeSet<Hash>>) -> BTreeMap<Hash, Hash> {
    let mut above: BTreeMap<Hash, Hash> = BTreeMap::new();
    let top = |above: &BTreeMap<Hash, Hash>, lineage: Hash| {
        let up = |lineage: &Hash| above.get(lineage).copied();
        std::iter::successors(Some(lineage), up).last().unwrap_or(lineage)
    };
    for lineages in images {
        let tops: BTreeSet<Hash> = lineages.iter().map(|lineage| top(&above, *lineage)).collect();
        if let Some(first) = tops.first() {
            let others = tops.iter().chain(lineages).filter(|lineage| *lineage != first);
            above.extend(others.map(|lineage| (*lineage, *first)));
        }
    }
    let members: BTreeSet<Hash> = above.iter().flat_map(|(lineage, up)| [*lineage, *up]).collect();
    members.into_iter().map(|lineage| (lineage, top(&above, lineage))).collect()
}

fn family(families: &BTreeMap<Hash, Hash>, lineage: Hash) -> Hash {
    families.get(&lineage).copied().unwrap_or(lineage)
}

/// What lineages share: base layers, and images.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shared {
    bases: BTreeSet<Hash>,
    /// Of the lineages that are not alone in theirs.
    families: BTreeMap<Hash, Hash>,
}

impl Shared {
    /// How many bases several families share.
    pub fn bases(&self) -> usize {
        self.bases.len()
    }
}

/// In how many families of one model each behaviour is known, at each level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Share {
    /// Of lineages that are a family of their own.
    counts: BTreeMap<Key, u32>,
    /// By families of several lineages: other models may hold the rest of them.
    families: BTreeSet<(Key, Hash)>,
    /// What the bound left no room for.
    pub overflowed: u64,
}

impl Share {
    fn count(&mut self, key: Key, lineages: u32) {
        if self.is_full() && !self.counts.contains_key(&key) {
            self.overflowed += 1;
            return;
        }
        *self.counts.entry(key).or_default() += lineages;
    }

    fn count_family(&mut self, key: Key, family: Hash) {
        if self.is_full() && !self.families.contains(&(key, family)) {
            self.overflowed += 1;
            return;
        }
        self.families.insert((key, family));
    }

    fn is_full(&self) -> bool {
        self.counts.len() + self.families.len() >= MAX_COUNTS
    }

    /// That of other lineages as well.
    pub fn add(&mut self, other: Self) {
        other.counts.into_iter().for_each(|(key, lineages)| self.count(key, lineages));
        other.families.into_iter().for_each(|(key, family)| self.count_family(key, family));
        self.overflowed += other.overflowed;
    }
}

/// What several families do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Commons {
    counts: BTreeMap<Key, u32>,
    /// Observations and distinct values of each context.
    contexts: BTreeMap<Hash, (u64, u64)>,
    bases: BTreeSet<Hash>,
}

impl Commons {
    /// Of what all shares together hold.
    pub fn new(shared: &Shared, share: Share) -> Self {
        let mut counts = share.counts;
        share.families.into_iter().for_each(|(key, _)| *counts.entry(key).or_default() += 1);
        counts.retain(|_, families| *families >= COMMON);
        let mut contexts: BTreeMap<Hash, (u64, u64)> = BTreeMap::new();
        for ((context, _), families) in &counts {
            let (total, types) = contexts.entry(*context).or_default();
            *total += u64::from(*families);
            *types += 1;
        }
        Self { counts, contexts, bases: shared.bases.clone() }
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
            count: self.counts.get(&(context, value)).map_or(0.0, |families| f64::from(*families)),
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
    /// What the lineages of this model are made of.
    pub fn bases(&self) -> Bases {
        let mut bases = Bases::default();
        for (name, versions) in &self.lineages {
            let lineage = lineage(name);
            for image in versions.values() {
                bases.images.entry(hash(&[image.digest().as_bytes()])).or_default().insert(lineage);
                let below = std::iter::once(0).chain(image.chain.iter().copied());
                for (base, below) in image.chain.iter().copied().zip(below) {
                    bases.bases.entry(base).or_insert_with(|| (BTreeSet::new(), below)).0.insert(lineage);
                }
            }
        }
        bases
    }

    /// What this model's lineages know, each behaviour once for each family.
    pub fn share(&self, shared: &Shared) -> Share {
        let mut share = Share::default();
        for (name, versions) in &self.lineages {
            let mut own = BTreeSet::new();
            versions.values().for_each(|image| known(image, &shared.bases, &self.params, &mut own));
            match shared.families.get(&lineage(name)) {
                Some(family) => own.into_iter().for_each(|key| share.count_family(key, *family)),
                None => own.into_iter().for_each(|key| share.count(key, 1)),
            }
        }
        share
    }

    /// What the lineages of this model have in common, for whoever has but one.
    pub fn own_commons(&self) -> Commons {
        let shared = self.bases().shared();
        let share = self.share(&shared);
        Commons::new(&shared, share)
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lineages_are_one_family_just_if_images_link_them(
            images in proptest::collection::vec(proptest::collection::btree_set(0..12_u64, 1..4), 0..12),
        ) {
            let mut sets: Vec<BTreeSet<u64>> = (0..12).map(|lineage| BTreeSet::from([lineage])).collect();
            for image in &images {
                let (linked, mut apart): (Vec<_>, Vec<_>) =
                    sets.into_iter().partition(|set| !set.is_disjoint(image));
                apart.push(linked.into_iter().flatten().collect());
                sets = apart;
            }
            let families = families(images.iter());
            for set in sets {
                let several = set.len() > 1;
                for lineage in &set {
                    let first = set.first().filter(|_| several);
                    prop_assert_eq!(families.get(lineage), first, "{:?} of {:?}", lineage, images);
                }
            }
        }
    }
}
