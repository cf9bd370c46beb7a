//! What a batch tells of each of its containers as such, without a look at any event: who keeps watch needs no more.

use super::{Checked, at, one_based};

/// A container, and what came of it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) digest: &'a str,
    pub(crate) repository: &'a str,
    pub(crate) tag: &'a str,
    pub(crate) started_unix_ns: u64,
    pub(crate) start_missed: bool,
    /// Windows that closed, and those of them in which something may be lost.
    pub(crate) windows: u64,
    pub(crate) windows_lossy: u64,
    /// Whether a process of it stands in the batch.
    pub(crate) active: bool,
    pub(crate) lost: u64,
}

impl Checked {
    /// All containers of the batch.
    pub(crate) fn told(&self) -> Vec<Told<'_>> {
        let batch = &self.batch;
        let told = |container: &plumbline_proto::v1::Container| {
            let image = batch.images.get(container.image as usize);
            let of_image = |index: fn(&plumbline_proto::v1::Image) -> u32| {
                image.map_or("", |image| self.string(index(image)))
            };
            Told {
                id: self.string(container.id),
                name: self.string(container.name),
                namespace: container.pod.as_ref().map_or("", |pod| self.string(pod.namespace)),
                digest: of_image(|image| image.digest),
                repository: of_image(|image| image.repository),
                tag: of_image(|image| image.tag),
                started_unix_ns: container.started_unix_ns,
                start_missed: container.start_missed,
                ..Told::default()
            }
        };
        let mut all: Vec<Told<'_>> = batch.containers.iter().map(told).collect();
        let mut with = |container: usize, change: &dyn Fn(&mut Told<'_>)| {
            all.get_mut(container).into_iter().for_each(change);
        };
        if let Some(rows) = &batch.windows {
            for (row, &container) in rows.container.iter().enumerate() {
                let lossy = u64::from(at(&rows.lossy, row));
                with(container as usize, &|told| {
                    told.windows += 1;
                    told.windows_lossy += lossy;
                });
            }
        }
        for &container in batch.processes.iter().flat_map(|rows| &rows.container) {
            with(container as usize, &|told| told.active = true);
        }
        for loss in &batch.losses {
            if let Some(container) = one_based(loss.container) {
                with(container, &|told| told.lost = told.lost.saturating_add(loss.events));
            }
        }
        all
    }

    /// Name of its source, and the aspects that this does not tell, as bits.
    pub(crate) fn source(&self) -> (&str, u32) {
        let source = self.batch.source.as_ref().map_or_else(Default::default, super::source);
        (source.name, source.untold.0)
    }
}
