//! What an event itself says of its container, for where no runtime can be asked.
//!
//! It is less than a runtime tells: no declared command, user, mounts or confinement, and the image by the digest
//! of its manifest or, without one, by its name; those are other identities than the digest of its config.

use super::facts::{Bounds, ContainerInfo, ImageInfo, Pod, is_digest, split_name};
use std::{collections::HashMap, sync::Arc};

/// Facts as a tool tells them; hostile text, empty where nothing is told.
#[derive(Debug, Default)]
pub(crate) struct Facts<'a> {
    pub(crate) id: &'a str,
    pub(crate) runtime: &'a str,
    pub(crate) name: &'a str,
    pub(crate) pod: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) pod_uid: &'a str,
    pub(crate) pod_labels: Option<&'a HashMap<String, String>>,
    /// With or without its tag.
    pub(crate) image: &'a str,
    /// Its tag, if that stands apart.
    pub(crate) tag: &'a str,
    /// `sha256:...`, also behind a name and an `@`.
    pub(crate) digest: &'a str,
}

impl Facts<'_> {
    /// The description they make; none without an image.
    pub(crate) fn info(&self) -> Option<Arc<ContainerInfo>> {
        let mut bounds = Bounds::default();
        let digest = self.digest.rsplit('@').next().filter(|digest| digest.starts_with("sha256:"));
        let name = if is_digest(self.image) { "" } else { self.image };
        let (repository, tag) = match self.tag {
            "" => split_name(name),
            tag => (name.to_owned(), tag.to_owned()),
        };
        let identity = match digest {
            Some(digest) => digest.to_owned(),
            None if name.is_empty() => return None,
            None => format!("name:{repository}:{tag}"),
        };
        let image = ImageInfo {
            digest: bounds.text(identity),
            repo_digests: match digest {
                Some(digest) if !repository.is_empty() => bounds.set([format!("{repository}@{digest}")]),
                _ => Vec::new(),
            },
            repository: bounds.text(repository),
            tag: bounds.text(tag),
            ..ImageInfo::default()
        };
        let pod = (!self.pod.is_empty()).then(|| Pod {
            namespace: bounds.text(self.namespace),
            name: bounds.text(self.pod),
            uid: bounds.text(self.pod_uid),
            labels: self.pod_labels.map(|labels| bounds.labels(labels.clone())).unwrap_or_default(),
        });
        Some(Arc::new(ContainerInfo {
            id: self.id.into(),
            runtime: bounds.text(self.runtime),
            name: bounds.text(self.name),
            pod,
            cut: bounds.cut,
            image: Arc::new(image),
            ..ContainerInfo::default()
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(image: &str, digest: &str) -> Option<(String, String, String)> {
        let info = Facts { id: "c", image, digest, ..Facts::default() }.info()?;
        let image = &info.image;
        Some((image.digest.clone(), image.repository.clone(), image.tag.clone()))
    }

    #[test]
    fn an_image_is_known_by_its_digest_or_by_its_name_marked_as_one() {
        let all = |a: &str, b: &str, c: &str| Some((a.to_owned(), b.to_owned(), c.to_owned()));
        assert_eq!(identity("shop/web:1", "r/web@sha256:ab"), all("sha256:ab", "shop/web", "1"));
        assert_eq!(identity("shop/web:1", ""), all("name:shop/web:1", "shop/web", "1"));
        assert_eq!(identity("sha256:cd", "sha256:ab"), all("sha256:ab", "", ""));
        assert_eq!(identity("", ""), None);
    }
}
