//! Events and windows of a batch by the image they belong to, so that each image looks at its own only.
//!
//! A counting sort: in the order of the batch within an image, and in memory that is used again for the next batch.

use crate::event::Batch;

/// Positions in a batch.
#[derive(Clone, Debug, Default)]
pub(crate) struct ByImage {
    events: Sorted,
    windows: Sorted,
}

impl ByImage {
    /// Sorts a batch.
    pub(crate) fn sort(&mut self, batch: &Batch<'_>) {
        let images = batch.images.len();
        let image_of = |container: usize| batch.containers.get(container).map(|container| container.image);
        let events = batch
            .events
            .iter()
            .map(|event| batch.processes.get(event.process).and_then(|process| image_of(process.container)));
        self.events.sort(images, events);
        self.windows.sort(images, batch.windows.iter().map(|window| image_of(window.container)));
    }

    /// Positions of an image's events.
    pub(crate) fn events(&self, image: usize) -> &[usize] {
        self.events.of(image)
    }

    /// Positions of an image's windows.
    pub(crate) fn windows(&self, image: usize) -> &[usize] {
        self.windows.of(image)
    }
}

#[derive(Clone, Debug, Default)]
struct Sorted {
    order: Vec<usize>,
    /// Where each image's part of `order` ends.
    ends: Vec<usize>,
}

impl Sorted {
    /// Sorts positions by their image; those of none are left out.
    fn sort(&mut self, images: usize, of: impl Iterator<Item = Option<usize>> + Clone) {
        let of = of.map(|image| image.filter(|image| *image < images));
        self.ends.clear();
        self.ends.resize(images, 0);
        for image in of.clone().flatten() {
            if let Some(count) = self.ends.get_mut(image) {
                *count += 1;
            }
        }
        let mut begin = 0;
        for end in &mut self.ends {
            begin += std::mem::replace(end, begin);
        }
        self.order.clear();
        self.order.resize(begin, 0);
        for (position, image) in of.enumerate() {
            let next = image.and_then(|image| self.ends.get_mut(image));
            if let Some(next) = next {
                if let Some(place) = self.order.get_mut(*next) {
                    *place = position;
                }
                *next += 1; // of the last position it becomes the end
            }
        }
    }

    fn of(&self, image: usize) -> &[usize] {
        let end = |image: usize| self.ends.get(image).copied();
        let begin = image.checked_sub(1).and_then(end).unwrap_or(0);
        end(image).and_then(|end| self.order.get(begin..end)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_image_has_its_own_in_order_also_when_used_again(
            batches in proptest::collection::vec(
                (0_usize..5, proptest::collection::vec(proptest::option::of(0_usize..7), 0..40)), 1..4)
        ) {
            let mut sorted = Sorted::default();
            for (images, of) in batches {
                sorted.sort(images, of.iter().copied());
                for image in 0..images + 1 {
                    let own = of.iter().enumerate().filter(|(_, of)| image < images && **of == Some(image));
                    prop_assert_eq!(sorted.of(image), own.map(|(position, _)| position).collect::<Vec<_>>());
                }
            }
        }
    }
}
