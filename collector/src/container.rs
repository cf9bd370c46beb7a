//! What a container is and what was declared for it, from the runtimes' sockets and nothing else.
//!
//! `docker` asks engines with Docker's interface (Docker, Podman), `cri` those with Kubernetes' (containerd,
//! CRI-O); both give the same [`ContainerInfo`]. `kubernetes` asks the API server what a runtime does not know, the
//! kubelet's probes and hooks; `pods` holds its answers. `resolver` decides whom to ask, how often and how long. `contain`
//! alone changes anything.
//! Declared text is its author's and may be hostile: everything is bounded here, and what is cut is counted.
//! Values of environment variables are never read out of an answer.

mod contain;
mod cri;
mod docker;
mod facts;
mod kubernetes;
#[cfg_attr(not(feature = "kubernetes"), allow(dead_code, reason = "nobody fills them"))]
mod pods;
mod resolver;
mod told;

pub(crate) use contain::{Act, Came, contain, may_contain};
#[cfg(test)]
pub(crate) use facts::ImageInfo;
pub(crate) use facts::{Confinement, ContainerInfo, Mount, Pod, Probe};
pub(crate) use kubernetes::{KubernetesArgs, KubernetesError};
pub(crate) use pods::{PodCounts, Pods};
pub(crate) use resolver::{Answer, Questions, Resolver};
pub(crate) use told::Facts;

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

/// Digits of an id that are enough to ask for it.
const ID_DIGITS_ASKED: usize = 12;
/// Longest an answer of a runtime may take.
const ANSWER: Duration = Duration::from_secs(10);
/// Pause before a runtime that was away is listened to again.
const PAUSE: Duration = Duration::from_secs(2);

/// Where runtimes listen unless they are told otherwise.
const WELL_KNOWN: [(Kind, &str); 4] = [
    (Kind::Docker, "/var/run/docker.sock"),
    (Kind::Cri, "/run/containerd/containerd.sock"),
    (Kind::Cri, "/run/crio/crio.sock"),
    (Kind::Podman, "/run/podman/podman.sock"),
];

/// How a runtime is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Docker,
    Podman,
    Cri,
}

/// A runtime's socket, as `--runtime` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) kind: Kind,
    pub(crate) path: PathBuf,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let way_out =
            || "say docker:PATH, podman:PATH or cri:PATH, with the absolute path of a socket".to_owned();
        let (kind, path) = text.split_once(':').ok_or_else(way_out)?;
        let kind = match kind {
            "docker" => Kind::Docker,
            "podman" => Kind::Podman,
            "cri" => Kind::Cri,
            _ => return Err(way_out()),
        };
        if !path.starts_with('/') {
            return Err(way_out());
        }
        Ok(Self { kind, path: path.into() })
    }
}

/// The runtimes to ask: those that were named, else the well-known ones with the Docker engine where
/// `docker_socket` says. A socket need not be there yet.
pub(crate) fn addresses(named: &[Address], docker_socket: &Path) -> Vec<Address> {
    if !named.is_empty() {
        return named.to_vec();
    }
    let path = |kind, path: &str| if kind == Kind::Docker { docker_socket.into() } else { path.into() };
    WELL_KNOWN.map(|(kind, known)| Address { kind, path: path(kind, known) }).into()
}

/// A runtime does not answer as it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RuntimeError {
    #[error("the engine at {socket} does not answer: {why}")]
    Engine { socket: String, why: bollard::errors::Error },
    #[error("the CRI runtime at {socket} does not answer: {why}")]
    Cri { socket: String, why: tonic::Status },
    #[error("the runtime at {socket} took longer than {} s", ANSWER.as_secs())]
    Slow { socket: String },
    #[error("there is no socket {0}")]
    NoSocket(String),
    #[error("the runtime does not say {0}")]
    Incomplete(&'static str),
}

/// A runtime behind a socket, which may not be there yet.
#[derive(Clone)]
pub(crate) struct Runtime {
    pub(crate) address: Address,
    client: Client,
}

#[derive(Clone)]
enum Client {
    Docker(docker::Engine),
    Cri(cri::Cri),
}

impl Runtime {
    pub(crate) fn new(address: Address) -> Self {
        let client = match address.kind {
            Kind::Docker => Client::Docker(docker::Engine::new(&address.path, "docker")),
            Kind::Podman => Client::Docker(docker::Engine::new(&address.path, "podman")),
            Kind::Cri => Client::Cri(cri::Cri::new(&address.path)),
        };
        Self { address, client }
    }

    /// Name and version of the runtime.
    pub(crate) async fn version(&self) -> Result<String, RuntimeError> {
        self.bounded(async {
            match &self.client {
                Client::Docker(engine) => engine.version().await,
                Client::Cri(cri) => cri.version().await,
            }
        })
        .await
    }

    /// The container with this id, as this runtime knows it.
    async fn container(&self, id: &Arc<str>) -> Result<ContainerInfo, RuntimeError> {
        self.bounded(async {
            match &self.client {
                Client::Docker(engine) => engine.container(id).await,
                Client::Cri(cri) => cri.container(id).await,
            }
        })
        .await
    }

    async fn bounded<T>(
        &self,
        answer: impl Future<Output = Result<T, RuntimeError>>,
    ) -> Result<T, RuntimeError> {
        let socket = || self.address.path.display().to_string();
        if !self.address.path.exists() {
            return Err(RuntimeError::NoSocket(socket()));
        }
        tokio::time::timeout(ANSWER, answer).await.map_err(|_| RuntimeError::Slow { socket: socket() })?
    }
}

/// The whole id of the container that was asked for, as the runtime tells it. Runtimes take the beginning of an id
/// too, and Docker also a name: only an id that is, or begins with, what was asked for is an answer.
fn whole(asked: &Arc<str>, told: &str) -> Result<Arc<str>, RuntimeError> {
    let beginning = (ID_DIGITS_ASKED..64).contains(&asked.len()) && told.starts_with(&**asked);
    if **asked == *told || beginning {
        return Ok(told.into());
    }
    Err(RuntimeError::Incomplete("that the container is the one it was asked for"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_an_id_is_answered_with_the_whole_and_a_name_is_not() {
        let id = "0123456789ab".repeat(5) + "cdef";
        for asked in [&id[..12], &id[..31], &id] {
            assert_eq!(*whole(&asked.into(), &id).unwrap(), *id);
        }
        for asked in ["0123", "1123456789ab", "web", ""] {
            assert!(whole(&asked.into(), &id).is_err(), "{asked}");
        }
    }

    #[test]
    fn a_runtime_is_named_by_kind_and_absolute_path() {
        let address = "cri:/run/crio/crio.sock".parse::<Address>().unwrap();
        assert_eq!((address.kind, address.path), (Kind::Cri, "/run/crio/crio.sock".into()));
        for wrong in ["", "/run/x.sock", "lxc:/run/x.sock", "docker:", "docker:x.sock"] {
            assert!(wrong.parse::<Address>().unwrap_err().contains("docker:PATH"), "{wrong}");
        }
    }
}
