//! The facts about a container and its image, and their bounds. Nothing here speaks to a runtime.

use crate::process::HOST;
use plumbline_proto::v1::ProbeKind;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// Entries kept of each list, and bytes of each text.
pub(super) const ENTRIES: usize = 64;
const LAYERS: usize = 256;
const TEXT_BYTES: usize = 1024;
/// Words kept of a command.
pub(super) const WORDS: usize = 256;

/// Host paths whose possession is power over the host: only of these a mount's source is told.
const OF_INTEREST: [&str; 19] = [
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/lib32",
    "/lib64",
    "/proc",
    "/root",
    "/run",
    "/sys",
    "/usr",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/docker",
    "/var/lib/kubelet",
    "/var/log",
    "/var/run",
    "/var",
];
/// What runtimes themselves keep for a container below those.
const OF_THE_RUNTIME: [&str; 10] = [
    "/var/lib/docker/volumes/",
    "/var/lib/docker/containers/",
    "/var/lib/containers/storage/",
    "/var/lib/containerd/io.containerd.grpc.v1.cri/",
    "/var/lib/kubelet/pods/",
    "/run/containerd/io.containerd.",
    "/run/containers/storage/",
    "/run/crio/",
    "/var/run/containers/storage/",
    "/var/lib/kubelet/containers/",
];

/// A container as its runtime describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContainerInfo {
    pub(crate) id: Arc<str>,
    pub(crate) runtime: String,
    pub(crate) name: String,
    pub(crate) pod: Option<Pod>,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) start_command: Vec<String>,
    pub(crate) restarts: u32,
    pub(crate) declared_start_unix_ns: u64,
    pub(crate) mounts: Vec<Mount>,
    pub(crate) confinement: Option<Confinement>,
    pub(crate) probes: Vec<Probe>,
    /// Beside those of the image.
    pub(crate) ports: Vec<String>,
    /// Entries left out or cut.
    pub(crate) cut: u32,
    pub(crate) image: Arc<ImageInfo>,
}

impl ContainerInfo {
    /// What stands for the processes of a node outside its containers: there is one such image for each node.
    pub(crate) fn host(node: &str) -> Self {
        let image = ImageInfo {
            digest: format!("host:{node}"),
            repository: format!("host/{node}"),
            ..ImageInfo::default()
        };
        Self {
            id: HOST.into(),
            runtime: HOST.into(),
            name: node.into(),
            image: Arc::new(image),
            ..Self::default()
        }
    }
}

/// An image as its runtime describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ImageInfo {
    /// Digest of the config.
    pub(crate) digest: String,
    pub(crate) repository: String,
    pub(crate) tag: String,
    pub(crate) repo_digests: Vec<String>,
    pub(crate) layers: Vec<String>,
    pub(crate) entrypoint: Vec<String>,
    pub(crate) command: Vec<String>,
    /// Names only.
    pub(crate) environment: Vec<String>,
    pub(crate) user: String,
    pub(crate) ports: Vec<String>,
    pub(crate) volumes: Vec<String>,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) working_directory: String,
    pub(crate) healthcheck: Option<Probe>,
    /// Entries left out or cut.
    pub(crate) cut: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pod {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) labels: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mount {
    pub(crate) destination: String,
    pub(crate) kind: String,
    pub(crate) writable: bool,
    /// Empty unless [`of_interest`].
    pub(crate) source: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Confinement {
    pub(crate) privileged: bool,
    pub(crate) read_only_root: bool,
    pub(crate) no_new_privileges: bool,
    pub(crate) host_pid: bool,
    pub(crate) host_network: bool,
    pub(crate) host_ipc: bool,
    pub(crate) added: Vec<String>,
    pub(crate) dropped: Vec<String>,
    pub(crate) effective: Option<Vec<String>>,
    pub(crate) seccomp: String,
    pub(crate) apparmor: String,
    pub(crate) user: String,
}

/// A health check, a kubelet's probe or a hook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Probe {
    pub(crate) kind: ProbeKind,
    pub(crate) command: Vec<String>,
    pub(crate) period_ns: u64,
}

/// Bounds what was declared, and counts what it cuts.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    pub(super) cut: u32,
}

impl Bounds {
    pub(super) fn text(&mut self, text: impl Into<String>) -> String {
        let mut text = text.into();
        if text.len() > TEXT_BYTES {
            self.cut += 1;
            text.truncate(text.floor_char_boundary(TEXT_BYTES));
        }
        text
    }

    fn list<T>(&mut self, mut list: Vec<T>, max: usize) -> Vec<T> {
        self.cut = self.cut.saturating_add(u32::try_from(list.len().saturating_sub(max)).unwrap_or(u32::MAX));
        list.truncate(max);
        list
    }

    /// Words of a command, in their order.
    pub(super) fn words(&mut self, words: Vec<String>) -> Vec<String> {
        let words = self.list(words, WORDS);
        // The wire's bound is for these: a command is a behaviour, and its script may be long.
        words.into_iter().map(|word| if word.len() > 32 << 10 { self.text(word) } else { word }).collect()
    }

    /// Diff IDs, in their order.
    pub(super) fn layers(&mut self, layers: Vec<String>) -> Vec<String> {
        let layers = self.list(layers, LAYERS);
        layers.into_iter().map(|layer| self.text(layer)).collect()
    }

    /// Entries of a set: sorted, without empty ones. Cut first: what is cut can sort differently.
    pub(super) fn set(&mut self, set: impl IntoIterator<Item = String>) -> Vec<String> {
        let set: BTreeSet<String> =
            set.into_iter().filter(|entry| !entry.is_empty()).map(|entry| self.text(entry)).collect();
        self.list(set.into_iter().collect(), ENTRIES)
    }

    /// Names of `NAME=value` entries; the values go nowhere.
    pub(super) fn names(&mut self, environment: Vec<String>) -> Vec<String> {
        self.set(environment.iter().filter_map(|entry| Some(entry.split('=').next()?.to_owned())))
    }

    pub(super) fn labels(&mut self, labels: HashMap<String, String>) -> Vec<(String, String)> {
        let labels = labels.into_iter().filter(|(key, _)| !key.is_empty());
        let labels: BTreeMap<String, String> =
            labels.map(|(key, value)| (self.text(key), self.text(value))).collect();
        self.list(labels.into_iter().collect(), ENTRIES)
    }

    /// Names of capabilities, without `CAP_`.
    pub(super) fn capabilities(&mut self, names: Vec<String>) -> Vec<String> {
        self.set(names.into_iter().map(|name| {
            let name = name.to_uppercase();
            name.strip_prefix("CAP_").unwrap_or(&name).to_owned()
        }))
    }

    pub(super) fn mounts(&mut self, mounts: Vec<Mount>) -> Vec<Mount> {
        let mounts = mounts.into_iter().filter(|mount| !mount.destination.is_empty());
        let mut mounts: Vec<Mount> = mounts
            .map(|mount| Mount {
                source: if of_interest(&mount.source) { self.text(mount.source) } else { String::new() },
                destination: self.text(mount.destination),
                kind: self.text(mount.kind),
                writable: mount.writable,
            })
            .collect();
        mounts.sort_by(|a, b| a.destination.cmp(&b.destination));
        self.list(mounts, ENTRIES)
    }
}

/// Whether the source of a mount is told: see `Mount.source` in events.proto.
fn of_interest(source: &str) -> bool {
    // Of /var, only itself.
    let below = |top: &str| {
        source
            .strip_prefix(top)
            .is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && top != "/var"))
    };
    source == "/"
        || (OF_INTEREST.iter().any(|top| below(top))
            && !OF_THE_RUNTIME.iter().any(|kept| source.starts_with(kept)))
}

/// Whether a name is no name but an id, whole or short.
pub(super) fn is_digest(name: &str) -> bool {
    name.starts_with("sha256:") || (name.len() >= 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// `registry:port/name:tag@digest` as repository and tag; a name without tag has the tag `latest`.
pub(super) fn split_name(name: &str) -> (String, String) {
    let (name, digest) = name.split_once('@').map_or((name, None), |(name, digest)| (name, Some(digest)));
    match name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
        Some((repository, tag)) => (repository.into(), tag.into()),
        None if name.is_empty() || digest.is_some() => (name.into(), String::new()),
        None => (name.into(), "latest".into()),
    }
}

/// Nanoseconds of a declared interval; negative ones mean nothing.
pub(super) fn period(ns: i64) -> u64 {
    u64::try_from(ns).unwrap_or_default()
}

/// A health check as Docker's configuration writes it: `NONE`, `CMD` and words, or `CMD-SHELL` and a script.
pub(super) fn health(bounds: &mut Bounds, mut test: Vec<String>, interval: i64) -> Option<Probe> {
    let form = (!test.is_empty()).then(|| test.remove(0))?;
    let command = match form.as_str() {
        "CMD" => test,
        "CMD-SHELL" => ["/bin/sh".to_owned(), "-c".to_owned()].into_iter().chain(test).collect(),
        _ => return None,
    };
    (!command.is_empty()).then(|| Probe {
        kind: ProbeKind::Healthcheck,
        command: bounds.words(command),
        period_ns: period(interval),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_port_of_a_registry_is_no_tag() {
        for (name, repository, tag) in [
            ("nginx", "nginx", "latest"),
            ("nginx:1.25", "nginx", "1.25"),
            ("registry.example:5000/shop/web", "registry.example:5000/shop/web", "latest"),
            ("registry.example:5000/shop/web:2", "registry.example:5000/shop/web", "2"),
            ("shop/web:2@sha256:00", "shop/web", "2"),
            ("shop/web@sha256:00", "shop/web", ""),
            ("", "", ""),
        ] {
            assert_eq!(split_name(name), (repository.into(), tag.into()), "{name}");
        }
    }

    #[test]
    fn only_sources_that_mean_power_over_the_host_are_told() {
        for told in
            ["/", "/etc", "/etc/ssl", "/proc", "/var", "/var/run/docker.sock", "/run/crio.sock", "/dev/kvm"]
        {
            assert!(of_interest(told), "{told}");
        }
        for kept in [
            "",
            "/srv/customers",
            "/etcetera",
            "/var/spool/x",
            "/var/lib/docker/volumes/db/_data",
            "relative",
        ] {
            assert!(!of_interest(kept), "{kept}");
        }
    }

    #[test]
    fn a_health_check_is_stated_as_it_is_executed() {
        let health = |test: &[&str]| {
            let test = test.iter().map(|word| (*word).to_owned()).collect();
            health(&mut Bounds::default(), test, 5).map(|probe| (probe.command.join(" "), probe.period_ns))
        };
        assert_eq!(health(&["CMD", "/bin/ok", "a b"]), Some(("/bin/ok a b".into(), 5)));
        assert_eq!(health(&["CMD-SHELL", "ok || exit 1"]), Some(("/bin/sh -c ok || exit 1".into(), 5)));
        assert_eq!(health(&["NONE"]), None);
        assert_eq!(health(&["CMD"]), None);
        assert_eq!(health(&[]), None);
    }

    proptest! {
        #[test]
        fn whatever_is_declared_stays_bounded_sorted_and_without_values(
            entries in proptest::collection::vec(".{0,1100}", 0..90),
        ) {
            let mut bounds = Bounds::default();
            let set = bounds.set(entries.clone());
            prop_assert!(set.len() <= ENTRIES && set.is_sorted());
            prop_assert!(set.iter().all(|entry| entry.len() <= TEXT_BYTES && !entry.is_empty()));
            let names = bounds.names(entries.iter().map(|entry| format!("N{}=secret", entry.replace('=', ""))).collect());
            prop_assert!(names.is_sorted() && names.iter().all(|name| !name.contains('=')));
            let labels = bounds.labels(entries.iter().cloned().map(|entry| (entry.clone(), entry)).collect());
            prop_assert!(labels.len() <= ENTRIES && labels.is_sorted());
            prop_assert!(labels.iter().all(|(key, value)| key.len() <= TEXT_BYTES && value.len() <= TEXT_BYTES));
        }
    }
}
