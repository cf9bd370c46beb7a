//! Baselines as they are stored, a lineage at a time: each whole, and what has changed since under a key of its own.

use plumbline_model::{Delta, ImageState};

use super::{
    Kind, Store, StoreError,
    kind::key,
    sealed::{decode, unseal},
};

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

/// Key of what has changed of an image, by the key of the image.
pub(super) fn delta_of(image: &[u8]) -> Vec<u8> {
    key(Kind::Delta, image.get(1..).unwrap_or_default())
}
