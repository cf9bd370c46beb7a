//! The part of Kubernetes' API that says what containers do, as manifests write it.
//!
//! Serde alone, not a crate with the whole API: none tells lines. Unknown fields are passed over, since the API grows. A
//! spec is read only of kinds that run containers, for other kinds may mean something else by the same names; for that, and
//! to be passed over unread, `kind` stands before `spec`, as everywhere it does.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_saphyr::Spanned;

/// Whether objects of a kind have containers where we look.
pub(super) fn runs_containers(kind: &str) -> bool {
    matches!(
        kind,
        "Pod"
            | "Deployment"
            | "StatefulSet"
            | "DaemonSet"
            | "ReplicaSet"
            | "ReplicationController"
            | "Job"
            | "CronJob"
    )
}

#[derive(Debug, Default)]
pub(super) struct Object {
    pub(super) kind: Option<Spanned<String>>,
    pub(super) metadata: Option<ObjectMeta>,
    pub(super) spec: Option<Spec>,
    /// Of a list.
    pub(super) items: Option<Vec<Object>>,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a Kubernetes object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut object = Object::default();
                while let Some(key) = map.next_key::<String>()? {
                    let kind = object.kind.as_ref().map(|kind| kind.value.as_str());
                    match key.as_str() {
                        "kind" => object.kind = Some(map.next_value()?),
                        "metadata" if kind.is_none_or(runs_containers) => {
                            object.metadata = map.next_value()?
                        }
                        "spec" if kind.is_none_or(runs_containers) => object.spec = map.next_value()?,
                        "items" if kind.is_none_or(|kind| kind.ends_with("List")) => {
                            object.items = map.next_value()?;
                        }
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(object)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ObjectMeta {
    pub(super) name: Option<String>,
    pub(super) generate_name: Option<String>,
    pub(super) namespace: Option<String>,
}

/// A spec of any of the kinds: of a pod it is the pod itself.
#[derive(Debug, Default)]
pub(super) struct Spec {
    pub(super) schedule: Option<Spanned<String>>,
    pub(super) job_template: Option<JobTemplate>,
    pub(super) template: Option<Template>,
    pub(super) pod: Option<PodSpec>,
}

// By hand, since what serde flattens loses its lines.
impl<'de> Deserialize<'de> for Spec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = AnySpec::deserialize(deserializer)?;
        let pod = PodSpec {
            containers: all.containers,
            init_containers: all.init_containers,
            volumes: all.volumes,
            security_context: all.security_context,
            host_network: all.host_network,
            host_pid: all.host_pid,
            host_ipc: all.host_ipc,
        };
        let pod = Some(pod).filter(|pod| pod.containers.is_some());
        Ok(Self { schedule: all.schedule, job_template: all.job_template, template: all.template, pod })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnySpec {
    schedule: Option<Spanned<String>>,
    job_template: Option<JobTemplate>,
    template: Option<Template>,
    containers: Option<Vec<Container>>,
    init_containers: Option<Vec<Container>>,
    volumes: Option<Vec<VolumeSource>>,
    security_context: Option<Security>,
    host_network: Option<Spanned<bool>>,
    #[serde(rename = "hostPID")]
    host_pid: Option<Spanned<bool>>,
    #[serde(rename = "hostIPC")]
    host_ipc: Option<Spanned<bool>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct JobTemplate {
    pub(super) spec: Option<JobSpec>,
}

#[derive(Debug, Deserialize)]
pub(super) struct JobSpec {
    pub(super) template: Option<Template>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Template {
    pub(super) spec: Option<PodSpec>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PodSpec {
    pub(super) containers: Option<Vec<Container>>,
    pub(super) init_containers: Option<Vec<Container>>,
    pub(super) volumes: Option<Vec<VolumeSource>>,
    pub(super) security_context: Option<Security>,
    pub(super) host_network: Option<Spanned<bool>>,
    #[serde(rename = "hostPID")]
    pub(super) host_pid: Option<Spanned<bool>>,
    #[serde(rename = "hostIPC")]
    pub(super) host_ipc: Option<Spanned<bool>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Container {
    pub(super) name: String,
    pub(super) image: Option<String>,
    pub(super) command: Option<Spanned<Vec<String>>>,
    pub(super) args: Option<Spanned<Vec<String>>>,
    pub(super) ports: Option<Vec<ContainerPort>>,
    pub(super) env: Option<Vec<EnvVar>>,
    pub(super) env_from: Option<IgnoredAny>,
    pub(super) volume_mounts: Option<Vec<VolumeMount>>,
    pub(super) liveness_probe: Option<Spanned<Handler>>,
    pub(super) readiness_probe: Option<Spanned<Handler>>,
    pub(super) startup_probe: Option<Spanned<Handler>>,
    pub(super) lifecycle: Option<Lifecycle>,
    pub(super) security_context: Option<Security>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContainerPort {
    pub(super) container_port: Spanned<u16>,
    pub(super) protocol: Option<String>,
    pub(super) name: Option<String>,
}

/// Its value is never read.
#[derive(Debug, Deserialize)]
pub(super) struct EnvVar {
    pub(super) name: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VolumeMount {
    pub(super) name: String,
    pub(super) mount_path: Spanned<String>,
    pub(super) read_only: Option<bool>,
}

#[derive(Debug)]
pub(super) struct VolumeSource {
    pub(super) name: String,
    pub(super) host_path: Option<HostPath>,
    /// What kind of volume it is, by the field that says so.
    pub(super) of: Option<String>,
}

impl<'de> Deserialize<'de> for VolumeSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Told {
            name: String,
            host_path: Option<HostPath>,
            #[serde(flatten)]
            others: BTreeMap<String, IgnoredAny>,
        }
        let told = Told::deserialize(deserializer)?;
        Ok(Self { name: told.name, host_path: told.host_path, of: told.others.into_keys().next() })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct HostPath {
    pub(super) path: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lifecycle {
    pub(super) post_start: Option<Spanned<Handler>>,
    pub(super) pre_stop: Option<Spanned<Handler>>,
}

/// A probe or a hook.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Handler {
    pub(super) exec: Option<Exec>,
    pub(super) http_get: Option<Action>,
    pub(super) tcp_socket: Option<Action>,
    pub(super) grpc: Option<Action>,
    pub(super) period_seconds: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Exec {
    pub(super) command: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Action {
    pub(super) port: Option<PortName>,
    pub(super) path: Option<String>,
}

/// A number or a name.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct PortName(pub(super) String);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Security {
    pub(super) run_as_user: Option<Spanned<u64>>,
    pub(super) run_as_group: Option<Spanned<u64>>,
    pub(super) privileged: Option<Spanned<bool>>,
    pub(super) read_only_root_filesystem: Option<Spanned<bool>>,
    pub(super) allow_privilege_escalation: Option<Spanned<bool>>,
    pub(super) capabilities: Option<Capabilities>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Capabilities {
    pub(super) add: Option<Vec<Spanned<String>>>,
    pub(super) drop: Option<Vec<Spanned<String>>>,
}
