//! Whether and how the Kubernetes API server is asked what the pods of this node declare.
//!
//! A runtime does not know the kubelet's probes and hooks. Without a cluster nothing is made, not even a client.
//! Only reads: deploy/kubernetes/rbac.yaml is all that is needed. The cargo feature `kubernetes` leaves it out whole.

#[cfg(feature = "kubernetes")]
mod watch;

use super::pods::Pods;
use clap::Args;
use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// How the API server is found.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Choice {
    /// In a cluster as its service account, elsewhere off.
    Auto,
    Off,
    On,
    Kubeconfig(PathBuf),
}

impl FromStr for Choice {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "off" => Ok(Self::Off),
            "on" => Ok(Self::On),
            path if path.starts_with('/') => Ok(Self::Kubeconfig(path.into())),
            _ => Err("say auto, on, off or the absolute path of a kubeconfig"),
        }
    }
}

/// Which API server, and which node's pods.
#[derive(Clone, Debug, Args)]
pub(crate) struct KubernetesArgs {
    /// Ask the Kubernetes API server for the declared probes and hooks of this node's pods: "auto" in a cluster with a
    /// service account, "on" likewise or not at all, "off", or as the kubeconfig with this absolute path says.
    #[arg(long, value_name = "auto|on|off|PATH", default_value = "auto")]
    kubernetes: Choice,
    /// Name of this node in Kubernetes. Default: --node, else the host name in lower case.
    #[arg(long, value_name = "NAME", env = "NODE_NAME")]
    kubernetes_node: Option<String>,
}

/// The API server can't be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KubernetesError {
    #[error(
        "this is no pod with a service account (KUBERNETES_SERVICE_HOST and {TOKEN}); give it one, name a \
         kubeconfig with --kubernetes PATH, or say --kubernetes off"
    )]
    NoCluster,
    #[error("{0:?} is no name of a Kubernetes node; name it with --kubernetes-node, or say --kubernetes off")]
    Node(String),
    #[cfg(not(feature = "kubernetes"))]
    #[error("this collector was built without the cargo feature kubernetes; say --kubernetes off")]
    NotBuilt,
    #[cfg(feature = "kubernetes")]
    #[error("{0}; see --kubernetes")]
    Config(String),
    #[cfg(feature = "kubernetes")]
    #[error("{0}")]
    Server(String),
}

impl KubernetesArgs {
    /// The pods of this node, which are watched from now on; none if that is off. `named` is the collector's own
    /// name for the node.
    ///
    /// # Errors
    /// If it was asked for and can't be done.
    pub(crate) async fn pods(&self, named: Option<&str>) -> Result<Option<Pods>, KubernetesError> {
        if !self.is_on() {
            return Ok(None);
        }
        match self.start(named).await {
            Ok(pods) => Ok(Some(pods)),
            Err(error) if self.kubernetes == Choice::Auto => {
                tracing::warn!(%error, "the kubelet's probes and hooks are not known");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn is_on(&self) -> bool {
        match self.kubernetes {
            Choice::Auto => cfg!(feature = "kubernetes") && in_cluster(),
            Choice::Off => false,
            Choice::On | Choice::Kubeconfig(_) => true,
        }
    }

    fn node(&self, named: Option<&str>) -> Result<String, KubernetesError> {
        let host = || rustix::system::uname().nodename().to_string_lossy().to_lowercase();
        let node = self.kubernetes_node.clone().or(named.map(str::to_owned)).unwrap_or_else(host);
        // RFC 1123 names only: it becomes part of a query.
        let valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
        if (1..=253).contains(&node.len()) && node.bytes().all(valid) {
            return Ok(node);
        }
        Err(KubernetesError::Node(node))
    }

    #[cfg(feature = "kubernetes")]
    async fn start(&self, named: Option<&str>) -> Result<Pods, KubernetesError> {
        let (node, client) = (self.node(named)?, self.client().await?);
        let pods = Pods::default();
        tokio::spawn(watch::watch(client, node, pods.clone()));
        Ok(pods)
    }

    #[cfg(feature = "kubernetes")]
    async fn client(&self) -> Result<kube::Client, KubernetesError> {
        match &self.kubernetes {
            Choice::Kubeconfig(path) => watch::client(Some(path)).await,
            Choice::On if !in_cluster() => Err(KubernetesError::NoCluster),
            _ => watch::client(None).await,
        }
    }

    #[cfg(not(feature = "kubernetes"))]
    async fn start(&self, named: Option<&str>) -> Result<Pods, KubernetesError> {
        self.node(named)?;
        Err(if in_cluster() { KubernetesError::NotBuilt } else { KubernetesError::NoCluster })
    }

    /// What works of it, for `check`.
    pub(crate) async fn check(&self) -> Result<String, KubernetesError> {
        if !self.is_on() {
            let auto = self.kubernetes == Choice::Auto;
            return Ok(if auto { "not in a cluster".into() } else { "off".into() });
        }
        #[cfg(feature = "kubernetes")]
        {
            let (node, client) = (self.node(None)?, self.client().await?);
            let pods = watch::count(client, &node).await?;
            Ok(format!("the API server answers: {pods} pods of node {node}"))
        }
        #[cfg(not(feature = "kubernetes"))]
        self.start(None).await.map(|_| String::new())
    }
}

fn in_cluster() -> bool {
    std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() && Path::new(TOKEN).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(kubernetes: &str, node: &str) -> KubernetesArgs {
        KubernetesArgs { kubernetes: kubernetes.parse().unwrap(), kubernetes_node: Some(node.into()) }
    }

    #[tokio::test]
    async fn without_a_cluster_there_is_nothing_unless_it_was_insisted_on() {
        assert!(args("auto", "n").pods(None).await.unwrap().is_none());
        assert!(args("off", "n").pods(None).await.unwrap().is_none());
        let error = args("on", "n").pods(None).await.unwrap_err().to_string();
        assert!(error.contains("--kubernetes off"), "{error}");
        assert!("yes".parse::<Choice>().unwrap_err().contains("kubeconfig"));
    }

    #[test]
    fn a_node_s_name_can_t_widen_the_query() {
        assert_eq!(args("on", "node-1.example").node(None).unwrap(), "node-1.example");
        for wrong in ["", "a,metadata.name!=x", "A", "a b", "a=b"] {
            assert!(args("on", wrong).node(None).unwrap_err().to_string().contains("--kubernetes-node"));
        }
    }
}
