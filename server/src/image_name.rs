//! Which image somebody means: a digest or the beginning of one, repository:tag, repository@digest, or a repository.
//!
//! A digest can have two baselines, when an image has two names, and a tag can have been moved: what fits several is
//! refused, and the message says how to tell them apart.

use plumbline_proto::v1::ImageStatus;

use crate::shards::Identity;

/// Least letters of a digest's beginning.
const PREFIX: usize = 4;

#[derive(Debug, thiserror::Error)]
pub(crate) enum NameError {
    #[error(
        "no image {name:?}; it is a digest (or at least {PREFIX} letters of it), repository:tag, or a repository"
    )]
    Missing { name: String },
    #[error("{count} images are {name:?}, such as {one}; say repository@digest")]
    Ambiguous { name: String, count: usize, one: String },
}

/// The one image that is meant.
pub(crate) fn resolve(images: &[ImageStatus], name: &str) -> Result<ImageStatus, NameError> {
    let exact = |image: &&ImageStatus| {
        let ImageStatus { digest, repository, tag, .. } = image;
        let named = *repository == name || format!("{repository}:{tag}") == name;
        digest == name || (named && !repository.is_empty())
    };
    let begins = |image: &&ImageStatus| match name.split_once('@') {
        Some((repository, digest)) => image.repository == repository && prefix(&image.digest, digest),
        None => prefix(&image.digest, name),
    };
    let mut matching: Vec<&ImageStatus> = images.iter().filter(exact).collect();
    if matching.is_empty() {
        matching = images.iter().filter(begins).collect();
    }
    match matching.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(NameError::Missing { name: name.to_owned() }),
        [first, ..] => Err(NameError::Ambiguous {
            name: name.to_owned(),
            count: matching.len(),
            one: format!("{}@{}", first.repository, first.digest),
        }),
    }
}

/// The baseline of an image.
pub(crate) fn identity(image: &ImageStatus) -> Identity {
    let lineage = if image.repository.is_empty() { &image.digest } else { &image.repository };
    Identity { lineage: lineage.clone(), digest: image.digest.clone() }
}

fn prefix(digest: &str, beginning: &str) -> bool {
    let bare = digest.split_once(':').map_or(digest, |(_, bare)| bare);
    let letters = beginning.split_once(':').map_or(beginning, |(_, bare)| bare);
    letters.len() >= PREFIX && (digest.starts_with(beginning) || bare.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_found_by_each_of_its_names_and_what_fits_several_is_refused() {
        let image = |digest: &str, repository: &str, tag: &str| ImageStatus {
            digest: format!("sha256:{digest}"),
            repository: repository.into(),
            tag: tag.into(),
            ..Default::default()
        };
        let images = [
            image("abcd1", "shop/web", "1"),
            image("abcd2", "shop/web", "2"),
            image("beef", "db", "1"),
            image("beef", "copy/db", "1"),
            image("cafe", "", ""),
        ];
        let found = |name| resolve(&images, name).map(|image| (image.repository, image.digest));
        let one = |repository: &str, digest: &str| (repository.to_owned(), format!("sha256:{digest}"));
        for name in ["sha256:abcd1", "abcd1", "shop/web:1", "shop/web@abcd1", "shop/web@sha256:abcd1"] {
            assert_eq!(found(name).unwrap(), one("shop/web", "abcd1"), "{name}");
        }
        assert_eq!(found("db").unwrap(), one("db", "beef"));
        assert_eq!(found("copy/db@beef").unwrap(), one("copy/db", "beef"));
        assert_eq!(found("cafe").unwrap(), one("", "cafe"));
        for name in ["abcd", "shop/web", "beef"] {
            assert!(matches!(found(name), Err(NameError::Ambiguous { count: 2, .. })), "{name}");
        }
        for name in ["", ":", "abc", "shop/web:3", "sha256:", "@", "shop/web@"] {
            assert!(matches!(found(name), Err(NameError::Missing { .. })), "{name}");
        }
    }
}
