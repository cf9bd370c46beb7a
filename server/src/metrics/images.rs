//! Metrics of single images, for the newest of them only.
//!
//! Whoever runs containers chooses how images are called, so labels are bounded in number and length; images beyond that
//! are counted. An image that leaves the newest leaves the metrics.

use plumbline_proto::v1::{self, BaselineState};
use prometheus::{GaugeVec, IntGauge, IntGaugeVec, Opts, Registry};

use super::add;

/// Longest repository and tag in a label.
const LABEL_BYTES: usize = 128;
const LABELS: [&str; 2] = ["image", "digest"];

/// The metrics.
#[derive(Debug)]
pub(crate) struct ImageMetrics {
    learned: IntGaugeVec,
    new_per_day: GaugeVec,
    exposures: IntGaugeVec,
    omitted: IntGauge,
    full: IntGauge,
}

impl ImageMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let gauge = |name, help| add(registry, IntGaugeVec::new(Opts::new(name, help), &LABELS)?);
        Ok(Self {
            learned: gauge(
                "plumbline_server_image_learned",
                "1 if the image is learned, or locked; 0 while it is being learned. The newest images only.",
            )?,
            new_per_day: add(
                registry,
                GaugeVec::new(
                    Opts::new(
                        "plumbline_server_image_new_per_day",
                        "Upper 95 % bound of the new behaviours to expect in the next container-day, in the dimension where \
                         it is highest. The newest images only.",
                    ),
                    &LABELS,
                )?,
            )?,
            exposures: gauge(
                "plumbline_server_image_windows",
                "Container-windows learned from. The newest images only.",
            )?,
            omitted: add(
                registry,
                IntGauge::new(
                    "plumbline_server_image_metrics_omitted",
                    "Images that have no metrics of their own, because others ran later.",
                )?,
            )?,
            full: add(
                registry,
                IntGauge::new(
                    "plumbline_server_images_full",
                    "Images whose baseline could not keep a behaviour, because there was no room; those stay unknown.",
                )?,
            )?,
        })
    }

    /// Takes in how images stand; metrics are of those that ran last, at most `max`.
    pub(super) fn set(&self, images: &[v1::ImageStatus], max: usize) {
        let mut newest: Vec<&v1::ImageStatus> = images.iter().collect();
        newest.sort_by(|a, b| (b.last_seen_unix_ns, &b.digest).cmp(&(a.last_seen_unix_ns, &a.digest)));
        self.learned.reset();
        self.new_per_day.reset();
        self.exposures.reset();
        for image in newest.iter().take(max) {
            let labels = [&*name(image), &*image.digest];
            let learned = matches!(image.state(), BaselineState::Stable | BaselineState::Locked);
            self.learned.with_label_values(&labels).set(learned.into());
            let exposures = i64::try_from(image.exposures).unwrap_or(i64::MAX);
            self.exposures.with_label_values(&labels).set(exposures);
            let watched = image.dimensions.iter().filter(|d| d.state() != BaselineState::Unwatched);
            let bounds = watched.map(|dimension| dimension.expected_new_per_day);
            self.new_per_day.with_label_values(&labels).set(bounds.fold(0.0, f64::max));
        }
        self.omitted.set(i64::try_from(images.len().saturating_sub(max)).unwrap_or(i64::MAX));
        let full =
            |image: &&v1::ImageStatus| image.dimensions.iter().any(|dimension| dimension.overflowed > 0);
        self.full.set(i64::try_from(images.iter().filter(full).count()).unwrap_or(i64::MAX));
    }
}

/// Repository and tag, cut; for an untagged image nothing.
fn name(image: &v1::ImageStatus) -> String {
    let mut name = image.repository.clone();
    if !image.tag.is_empty() {
        name = format!("{name}:{}", image.tag);
    }
    let end = (0..=LABEL_BYTES.min(name.len())).rev().find(|end| name.is_char_boundary(*end));
    name.truncate(end.unwrap_or_default());
    name
}

#[cfg(test)]
mod tests {
    use prometheus::{Encoder, TextEncoder};

    use super::*;

    fn image(repository: &str, last_seen_unix_ns: u64) -> v1::ImageStatus {
        v1::ImageStatus {
            repository: repository.to_owned(),
            digest: format!("sha256:{last_seen_unix_ns}"),
            tag: "1".to_owned(),
            state: BaselineState::Stable.into(),
            last_seen_unix_ns,
            ..Default::default()
        }
    }

    fn text(registry: &Registry) -> String {
        let mut text = Vec::new();
        TextEncoder::new().encode(&registry.gather(), &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn only_the_newest_images_have_metrics_and_the_others_are_counted() {
        let registry = Registry::new();
        let metrics = ImageMetrics::new(&registry).unwrap();
        let images: Vec<_> = (0..10).map(|n| image("shop/web", n)).collect();
        metrics.set(&images, 3);
        let told = text(&registry);
        assert_eq!(told.matches("plumbline_server_image_learned{").count(), 3);
        assert!(told.contains("digest=\"sha256:9\",image=\"shop/web:1\"} 1"), "{told}");
        assert!(told.contains("plumbline_server_image_metrics_omitted 7"));
        metrics.set(&images[..1], 3);
        let told = text(&registry);
        assert!(told.matches("plumbline_server_image_learned{").count() == 1 && told.contains("omitted 0"));
    }

    #[test]
    fn an_image_whose_baseline_is_full_in_a_dimension_counts_as_full() {
        let registry = Registry::new();
        let metrics = ImageMetrics::new(&registry).unwrap();
        let mut images: Vec<_> = (0..3).map(|n| image("shop/web", n)).collect();
        images[1].dimensions =
            [0, 4, 2].map(|overflowed| v1::DimensionStatus { overflowed, ..Default::default() }).to_vec();
        metrics.set(&images, 0);
        assert!(text(&registry).contains("plumbline_server_images_full 1"));
    }

    #[test]
    fn a_name_that_was_made_to_harm_is_cut_and_escaped() {
        let registry = Registry::new();
        let metrics = ImageMetrics::new(&registry).unwrap();
        metrics.set(&[image(&format!("a\"}} 1\nevil{}", "é".repeat(500)), 1)], 3);
        let told = text(&registry);
        assert!(told.lines().all(|line| !line.starts_with("evil") && line.len() < 400), "{told}");
    }
}
