//! Baselines as they are stored, a lineage at a time.

use plumbline_model::ImageState;

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
            versions.extend(self.image(&key, &value).filter(|stored| stored.image.lineage() == name));
        }
        Ok(versions)
    }

    /// Shows all lineages, one after the other.
    pub(crate) fn each_lineage(&self, mut show: impl FnMut(Vec<StoredImage>)) -> Result<(), StoreError> {
        let mut versions: Vec<StoredImage> = Vec::new();
        for entry in self.db.get()?.scan_prefix(key(Kind::Image, &[])) {
            let (key, value) = entry.map_err(|source| self.sled(source))?;
            let Some(stored) = self.image(&key, &value) else { continue };
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

    fn image(&self, key: &[u8], value: &[u8]) -> Option<StoredImage> {
        match unseal(key, value).and_then(|body| decode(&body)) {
            Ok(image) => Some(StoredImage { image, bytes: value.len() as u64 }),
            Err(why) => {
                tracing::error!(why, "{} can't be read; it is learned anew", Kind::Image.name(key));
                self.metrics.store_corrupt(Kind::Image);
                None
            }
        }
    }
}
