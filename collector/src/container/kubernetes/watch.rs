//! Lists and watches the pods of one node, and reads from them what is declared as commands.
//!
//! Of a pod only the few fields below are read; the rest is dropped while the answer is parsed. Listing again,
//! resuming and pausing are kube's. A command that is cut would be another command, so one that does not fit is left
//! out whole and counted. Not read: probes that are no commands (HTTP, TCP, gRPC), which reach the container by its
//! network; what `$(NAME)` in a probe stands for, as values of environment variables are never read: such a
//! probe is not recognised. Ephemeral containers can declare neither probes nor hooks.

use super::{
    super::{
        ANSWER,
        facts::{ENTRIES, Probe, WORDS},
        pods::{Commands, Declared, Pods},
    },
    KubernetesError,
};
use futures_util::StreamExt;
use kube::{
    Api, Client, Config, Resource,
    api::{ListParams, ObjectMeta},
    config::{KubeConfigOptions, Kubeconfig},
    runtime::{
        WatchStreamExt,
        watcher::{self, Event},
    },
};
use plumbline_proto::v1::ProbeKind;
use serde::Deserialize;
use std::{borrow::Cow, path::Path};

/// Bytes of all commands of one pod: 110 pods, Kubernetes' default for a node, fit into the store.
const POD_BYTES: usize = 32 << 10;
/// Kubernetes' default.
const PERIOD_S: i64 = 10;
/// Set by the kubelet on what stands for a static pod: the uid that the runtime knows it by, a hash without dashes.
/// Others could set it, too, but not to another pod's uid, and the pod's name must match as well.
const MIRROR: &str = "kubernetes.io/config.mirror";

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Pod {
    metadata: ObjectMeta,
    #[serde(default)]
    spec: Spec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    containers: Option<Vec<Container>>,
    /// Sidecars too, which have probes and hooks.
    init_containers: Option<Vec<Container>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Container {
    name: String,
    liveness_probe: Option<Handler>,
    readiness_probe: Option<Handler>,
    startup_probe: Option<Handler>,
    lifecycle: Option<Lifecycle>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Lifecycle {
    post_start: Option<Handler>,
    pre_stop: Option<Handler>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Handler {
    exec: Option<Exec>,
    period_seconds: Option<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Exec {
    command: Option<Vec<String>>,
}

impl Resource for Pod {
    type DynamicType = ();
    type Scope = kube::core::NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        "Pod".into()
    }

    fn group((): &()) -> Cow<'_, str> {
        "".into()
    }

    fn version((): &()) -> Cow<'_, str> {
        "v1".into()
    }

    fn plural((): &()) -> Cow<'_, str> {
        "pods".into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

impl Pod {
    fn uid(&mut self) -> String {
        let mirrored = self.metadata.annotations.as_mut().and_then(|all| all.remove(MIRROR));
        mirrored.filter(|hash| !hash.contains('-')).or(self.metadata.uid.take()).unwrap_or_default()
    }

    fn declared(mut self) -> Declared {
        let mut room = POD_BYTES;
        let containers = [self.spec.containers.take(), self.spec.init_containers.take()];
        let containers = containers.into_iter().flatten().flatten().take(ENTRIES);
        Declared {
            uid: self.uid(),
            namespace: self.metadata.namespace.unwrap_or_default(),
            name: self.metadata.name.unwrap_or_default(),
            containers: containers
                .map(|mut container| (std::mem::take(&mut container.name), container.commands(&mut room)))
                .filter(|(_, commands)| *commands != Commands::default())
                .collect(),
        }
    }
}

impl Container {
    fn commands(self, room: &mut usize) -> Commands {
        let Lifecycle { post_start, pre_stop } = self.lifecycle.unwrap_or_default();
        let mut commands = Commands::default();
        for (kind, handler) in [
            (ProbeKind::Liveness, self.liveness_probe),
            (ProbeKind::Readiness, self.readiness_probe),
            (ProbeKind::Startup, self.startup_probe),
            (ProbeKind::PostStart, post_start),
            (ProbeKind::PreStop, pre_stop),
        ] {
            let Some(Handler { exec: Some(exec), period_seconds }) = handler else { continue };
            let command = exec.command.unwrap_or_default();
            if command.is_empty() {
                continue;
            }
            let bytes = command.iter().map(|word| word.len() + size_of::<String>()).sum();
            match room.checked_sub(bytes).filter(|_| command.len() <= WORDS) {
                Some(left) => *room = left,
                None => {
                    commands.cut += 1;
                    continue;
                }
            }
            let is_hook = matches!(kind, ProbeKind::PostStart | ProbeKind::PreStop);
            let period_s = if is_hook { 0 } else { period_seconds.filter(|s| *s > 0).unwrap_or(PERIOD_S) };
            let period_ns = period_s.unsigned_abs().saturating_mul(1_000_000_000);
            commands.probes.push(Probe { kind, command, period_ns });
        }
        commands
    }
}

/// A client as a kubeconfig says, or as the pod's service account. Its token is read again as it is renewed.
pub(super) async fn client(kubeconfig: Option<&Path>) -> Result<Client, KubernetesError> {
    let wrong = |why: &dyn std::fmt::Display| KubernetesError::Config(why.to_string());
    let config = match kubeconfig {
        Some(path) => {
            let at = |why: &dyn std::fmt::Display| {
                KubernetesError::Config(format!("the kubeconfig {} can't be used: {why}", path.display()))
            };
            let read = Kubeconfig::read_from(path).map_err(|why| at(&why))?;
            Config::from_custom_kubeconfig(read, &KubeConfigOptions::default())
                .await
                .map_err(|why| at(&why))?
        }
        None => Config::incluster().map_err(|why| wrong(&why))?,
    };
    Client::try_from(config).map_err(|why| wrong(&why))
}

fn selector(node: &str) -> String {
    format!("spec.nodeName={node}")
}

/// How many pods of the node the API server lists.
pub(super) async fn count(client: Client, node: &str) -> Result<usize, KubernetesError> {
    let params = ListParams::default().fields(&selector(node));
    match tokio::time::timeout(ANSWER, Api::<Pod>::all(client).list(&params)).await {
        Ok(Ok(list)) => Ok(list.items.len()),
        Ok(Err(why)) => Err(KubernetesError::Server(way_out(&why))),
        Err(_) => Err(KubernetesError::Server(format!(
            "the API server took longer than {} s; look at its address and at network policies",
            ANSWER.as_secs()
        ))),
    }
}

fn way_out(why: &kube::Error) -> String {
    match code(why) {
        Some(401) => format!("the API server does not take the credentials: {why}; renew them"),
        Some(403) => format!(
            "the API server forbids to list and watch pods: {why}; apply deploy/kubernetes/rbac.yaml for the \
             collector's service account"
        ),
        _ => {
            format!("the API server does not answer: {why}; look at its address and at network policies")
        }
    }
}

fn code(why: &kube::Error) -> Option<u16> {
    if let kube::Error::Api(status) = why { Some(status.code) } else { None }
}

/// Keeps `pods` as the API server has them, for ever.
pub(super) async fn watch(client: Client, node: String, pods: Pods) {
    let config = watcher::Config::default().fields(&selector(&node)).page_size(50);
    let mut events = std::pin::pin!(watcher::watcher(Api::<Pod>::all(client), config).default_backoff());
    // What was said of it last: none while it works.
    let mut said: Option<Option<u16>> = None;
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => {
                let works = !matches!(event, Event::Init);
                take(&pods, event);
                if works && said.take().is_some() {
                    tracing::info!("the API server answers again");
                }
            }
            // What was watched is over: it is listed again. A stream that was cut is resumed.
            Err(watcher::Error::WatchError(status)) if status.code == 410 => {}
            Err(error) => {
                let away = matches!(
                    error,
                    watcher::Error::InitialListFailed(_) | watcher::Error::WatchStartFailed(_)
                );
                pods.fail(away);
                let (code, text) = match &error {
                    watcher::Error::InitialListFailed(why)
                    | watcher::Error::WatchStartFailed(why)
                    | watcher::Error::WatchFailed(why) => (code(why), way_out(why)),
                    other => (None, other.to_string()),
                };
                if said != Some(code) {
                    said = Some(code);
                    tracing::warn!(
                        node,
                        "{text}; the kubelet's probes and hooks may not be known until then"
                    );
                }
            }
        }
    }
}

fn take(pods: &Pods, event: Event<Pod>) {
    match event {
        Event::Init => pods.list(),
        Event::InitApply(pod) | Event::Apply(pod) => pods.apply(pod.declared()),
        Event::InitDone => pods.listed(),
        Event::Delete(mut pod) => pods.delete(&pod.uid()),
    }
}

#[cfg(test)]
mod tests;
