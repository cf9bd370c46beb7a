//! Baselines as they are stored, a lineage at a time: each whole, and what has changed since under a key of its own.

use plumbline_model::{Delta, Form, ImageState};
use sled::IVec;

use super::{
    Kind, Store, StoreError,
    kind::key,
    sealed::{self, decode, unseal},
};

/// An image's state in stored form.
#[derive(Debug)]
pub(crate) struct EncodedImage {
    /// Lineage and digest: an image with two names has two baselines.
    key: ImageKey,
    /// As sled holds it, so that it is copied nowhere on the way there.
    pub(super) value: IVec,
    /// Not all of it, but what has changed since it was stored whole.
    is_delta: bool,
}

/// Where an image's state is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageKey(Vec<u8>);

/// A baseline, and how many bytes it takes in the store.
#[derive(Debug)]
pub(crate) struct StoredImage {
    pub(crate) image: ImageState,
    pub(crate) bytes: u64,
}

impl Store {
    /// All versions of a lineage. One that can't be read is said, counted and left out, so that it is learned anew.
    pub(crate) fn lineage(&self, name: &str) -> Result<Vec<StoredImage>, StoreError> {
        let mut versions = Vec::new();
        for entry in self.db.get()?.scan_prefix(key(Kind::Image, format!("{name}\0").as_bytes())) {
            let (key, value) = entry.map_err(|source| self.sled(source))?;
            versions.extend(self.image(&key, &value)?.filter(|stored| stored.image.lineage() == name));
        }
        Ok(versions)
    }

    /// Shows all lineages, one after the other.
    pub(crate) fn each_lineage(&self, mut show: impl FnMut(Vec<StoredImage>)) -> Result<(), StoreError> {
        let mut versions: Vec<StoredImage> = Vec::new();
        for entry in self.db.get()?.scan_prefix(key(Kind::Image, &[])) {
            let (key, value) = entry.map_err(|source| self.sled(source))?;
            let Some(stored) = self.image(&key, &value)? else { continue };
            if versions.first().is_some_and(|first| first.image.lineage() != stored.image.lineage()) {
                show(std::mem::take(&mut versions));
            }
            versions.push(stored);
        }
        if !versions.is_empty() {
            show(versions);
        }
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn images(&self) -> Vec<ImageState> {
        let mut images = Vec::new();
        self.each_lineage(|versions| images.extend(versions.into_iter().map(|stored| stored.image))).unwrap();
        images
    }

    fn image(&self, key: &[u8], value: &[u8]) -> Result<Option<StoredImage>, StoreError> {
        let delta_key = delta_of(key);
        let delta = self.db.get()?.get(&delta_key).map_err(|source| self.sled(source))?;
        let bytes = (value.len() + delta.as_ref().map_or(0, |delta| delta.len())) as u64;
        let whole = || unseal(key, value).and_then(|body| decode::<ImageState>(&body));
        let of = |delta: &[u8]| unseal(&delta_key, delta).and_then(|body| decode::<Delta>(&body));
        let restored = delta.map(|delta| {
            let image = whole()?.restored(Some(of(&delta)?));
            image.ok_or_else(|| "of another state of the baseline".to_owned())
        });
        let image = match restored {
            Some(Ok(image)) => Ok(image),
            Some(Err(why)) => {
                tracing::error!(
                    why,
                    "{} can't be read; what it tells is learned anew",
                    Kind::Delta.name(&delta_key)
                );
                self.metrics.store_corrupt(Kind::Delta);
                whole() // the next time it is stored whole again
            }
            None => whole().and_then(|image| image.restored(None).ok_or_else(String::new)),
        };
        match image {
            Ok(image) => Ok(Some(StoredImage { image, bytes })),
            Err(why) => {
                tracing::error!(why, "{} can't be read; it is learned anew", Kind::Image.name(key));
                self.metrics.store_corrupt(Kind::Image);
                Ok(None)
            }
        }
    }
}

impl EncodedImage {
    /// What has to be stored of an image now, after all that was before. It is made in `memory`, which is used again.
    pub(crate) fn new(image: &mut ImageState, memory: &mut Vec<u8>) -> Self {
        let key = ImageKey::new(image.lineage(), image.digest());
        let own = std::mem::take(memory);
        let (value, is_delta) = image.store(|form| match form {
            Form::Whole(image) => (sealed::encode_in(own, &key.0, image), false),
            Form::Changed(changed) => (sealed::encode_in(own, &key.of_delta(), &changed), true),
        });
        *memory = value;
        Self { key, value: IVec::from(memory.as_slice()), is_delta }
    }

    pub(super) fn key(&self) -> &ImageKey {
        &self.key
    }

    /// What a commit writes of it. What was stored of changes before goes with a whole.
    pub(super) fn writes(&self) -> impl Iterator<Item = (Vec<u8>, Option<IVec>)> {
        let whole = (!self.is_delta).then(|| (self.key.0.clone(), Some(self.value.clone())));
        let delta = self.is_delta.then(|| self.value.clone());
        whole.into_iter().chain([(self.key.of_delta(), delta)])
    }

    #[cfg(test)]
    pub(crate) fn whole(image: &ImageState) -> Self {
        let key = ImageKey::new(image.lineage(), image.digest());
        Self { value: sealed::encode(&key.0, image).into(), key, is_delta: false }
    }

    /// How many bytes an image takes, stored whole.
    pub(crate) fn bytes_of(image: &ImageState) -> u64 {
        sealed::encode(&ImageKey::new(image.lineage(), image.digest()).0, image).len() as u64
    }
}

impl ImageKey {
    pub(crate) fn new(lineage: &str, digest: &str) -> Self {
        Self(key(Kind::Image, format!("{lineage}\0{digest}").as_bytes()))
    }

    /// Key of what has changed of it.
    fn of_delta(&self) -> Vec<u8> {
        delta_of(&self.0)
    }

    /// Where it is stored what people did to the image.
    pub(super) fn upkeep(&self) -> Vec<u8> {
        key(Kind::Upkeep, self.0.get(1..).unwrap_or_default())
    }

    /// Where it is stored what runtimes told of it.
    pub(super) fn declared(&self) -> Vec<u8> {
        key(Kind::Declared, self.0.get(1..).unwrap_or_default())
    }

    /// Everything that is stored of it.
    pub(super) fn all(&self) -> [Vec<u8>; 4] {
        [self.0.clone(), self.of_delta(), self.upkeep(), self.declared()]
    }
}

/// Key of what has changed of an image, by the key of the image.
fn delta_of(image: &[u8]) -> Vec<u8> {
    key(Kind::Delta, image.get(1..).unwrap_or_default())
}
