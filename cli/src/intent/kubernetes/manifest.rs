//! The part of Kubernetes' API that says what containers do, as manifests write it.
//!
//! Serde alone, not a crate with the whole API: none tells lines. Unknown fields are passed over, since the API grows. Of
//! kinds that are not known here only a template of pods is read, if one is where the controllers of Kubernetes have
//! theirs, for other fields may mean something else; for that `kind` stands before `spec`, as everywhere it does.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_saphyr::Spanned;

use super::loose::Loose;

/// Whether objects of a kind are known to have containers.
pub(super) fn runs_containers(kind: &str) -> bool {
    matches!(
        kind,
        "Pod"
            | "PodTemplate"
            | "Deployment"
            | "StatefulSet"
            | "DaemonSet"
            | "ReplicaSet"
            | "ReplicationController"
            | "Job"
            | "CronJob"
    )
}

/// Kinds of Kubernetes itself that have none.
const WITHOUT: [&str; 38] = [
    "APIService",
    "Binding",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "ControllerRevision",
    "CustomResourceDefinition",
    "EndpointSlice",
    "Endpoints",
    "Event",
    "FlowSchema",
    "HorizontalPodAutoscaler",
    "Ingress",
    "IngressClass",
    "Lease",
    "LimitRange",
    "MutatingWebhookConfiguration",
    "Namespace",
    "NetworkPolicy",
    "Node",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "RuntimeClass",
    "Secret",
    "Service",
    "ServiceAccount",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingWebhookConfiguration",
];

/// Whether objects of a kind are known to have no containers.
pub(super) fn runs_none(kind: &str) -> bool {
    WITHOUT.contains(&kind)
}

#[derive(Debug, Default)]
pub(super) struct Object {
    pub(super) kind: Option<Spanned<String>>,
    pub(super) metadata: Option<ObjectMeta>,
    pub(super) spec: Option<Spec>,
    /// Of a PodTemplate.
    pub(super) template: Option<Template>,
    /// Of a list.
    pub(super) items: Option<Vec<Spanned<Object>>>,
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
                    let known = kind.is_none_or(runs_containers);
                    match key.as_str() {
                        "kind" => object.kind = Some(map.next_value()?),
                        "metadata" if known => object.metadata = map.next_value()?,
                        "metadata" => object.metadata = map.next_value::<Loose<_>>()?.0,
                        "spec" if known => object.spec = map.next_value()?,
                        "spec" => object.spec = map.next_value::<Loose<OtherSpec>>()?.0.map(OtherSpec::known),
                        "template" if kind == Some("PodTemplate") => object.template = map.next_value()?,
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

/// The spec of a kind that is not known here: only what looks like that of a controller counts.
#[derive(Debug, Default, Deserialize)]
struct OtherSpec {
    #[serde(default)]
    template: Loose<OtherTemplate>,
}

#[derive(Debug, Default, Deserialize)]
struct OtherTemplate {
    #[serde(default)]
    spec: Loose<PodSpec>,
}

impl OtherSpec {
    fn known(self) -> Spec {
        Spec {
            template: self.template.0.map(|template| Template { spec: template.spec.0 }),
            ..Spec::default()
        }
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
            ephemeral_containers: all.ephemeral_containers,
            volumes: all.volumes,
            security_context: all.security_context,
            host_network: all.host_network,
            host_pid: all.host_pid,
            host_ipc: all.host_ipc,
            host_users: all.host_users,
            share_process_namespace: all.share_process_namespace,
            service_account_name: all.service_account_name,
            automount_service_account_token: all.automount_service_account_token,
            runtime_class_name: all.runtime_class_name,
        };
        Ok(Self {
            schedule: all.schedule,
            job_template: all.job_template,
            template: all.template,
            pod: Some(pod),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnySpec {
    schedule: Option<Spanned<String>>,
    job_template: Option<JobTemplate>,
    template: Option<Template>,
    containers: Option<Containers>,
    init_containers: Option<Containers>,
    ephemeral_containers: Option<Containers>,
    volumes: Option<Vec<VolumeSource>>,
    security_context: Option<Security>,
    host_network: Option<Spanned<bool>>,
    #[serde(rename = "hostPID")]
    host_pid: Option<Spanned<bool>>,
    #[serde(rename = "hostIPC")]
    host_ipc: Option<Spanned<bool>>,
    host_users: Option<Spanned<bool>>,
    share_process_namespace: Option<Spanned<bool>>,
    service_account_name: Option<Spanned<String>>,
    automount_service_account_token: Option<Spanned<bool>>,
    runtime_class_name: Option<Spanned<String>>,
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
    pub(super) containers: Option<Containers>,
    pub(super) init_containers: Option<Containers>,
    pub(super) ephemeral_containers: Option<Containers>,
    pub(super) volumes: Option<Vec<VolumeSource>>,
    pub(super) security_context: Option<Security>,
    pub(super) host_network: Option<Spanned<bool>>,
    #[serde(rename = "hostPID")]
    pub(super) host_pid: Option<Spanned<bool>>,
    #[serde(rename = "hostIPC")]
    pub(super) host_ipc: Option<Spanned<bool>>,
    pub(super) host_users: Option<Spanned<bool>>,
    pub(super) share_process_namespace: Option<Spanned<bool>>,
    pub(super) service_account_name: Option<Spanned<String>>,
    pub(super) automount_service_account_token: Option<Spanned<bool>>,
    pub(super) runtime_class_name: Option<Spanned<String>>,
}

impl PodSpec {
    /// Its containers, and whether they run before the others.
    pub(super) fn lists(&self) -> [(&[Spanned<Container>], bool); 3] {
        [(&self.init_containers, true), (&self.containers, false), (&self.ephemeral_containers, false)]
            .map(|(list, init)| (list.as_ref().map_or(&[][..], |list| list.value.as_slice()), init))
    }
}

pub(super) type Containers = Spanned<Vec<Spanned<Container>>>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Container {
    /// Only Knative lets it be left out.
    pub(super) name: Option<String>,
    pub(super) image: Option<String>,
    pub(super) command: Option<Spanned<Vec<String>>>,
    pub(super) args: Option<Spanned<Vec<String>>>,
    pub(super) ports: Option<Vec<ContainerPort>>,
    pub(super) env: Option<Vec<EnvVar>>,
    pub(super) env_from: Option<IgnoredAny>,
    pub(super) volume_mounts: Option<Vec<VolumeMount>>,
    pub(super) volume_devices: Option<Vec<VolumeDevice>>,
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
    pub(super) host_port: Option<Spanned<u16>>,
    pub(super) protocol: Option<String>,
    pub(super) name: Option<String>,
}

/// Its value is only for what the kubelet makes of a command (`expansion.rs`), and never told as such.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EnvVar {
    pub(super) name: Spanned<String>,
    pub(super) value: Option<String>,
    pub(super) value_from: Option<IgnoredAny>,
}

impl fmt::Debug for EnvVar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvVar").field("name", &self.name.value).finish_non_exhaustive()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VolumeMount {
    pub(super) name: String,
    pub(super) mount_path: Spanned<String>,
    pub(super) read_only: Option<bool>,
}

/// A volume that is there as a device, not as files.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VolumeDevice {
    pub(super) device_path: Spanned<String>,
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
    pub(super) sleep: Option<IgnoredAny>,
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
    pub(super) run_as_non_root: Option<Spanned<bool>>,
    pub(super) seccomp_profile: Option<Profile>,
    pub(super) app_armor_profile: Option<Profile>,
    pub(super) proc_mount: Option<Spanned<String>>,
    pub(super) se_linux_options: Option<Spanned<IgnoredAny>>,
    pub(super) windows_options: Option<Spanned<IgnoredAny>>,
    /// Of a pod.
    pub(super) sysctls: Option<Vec<Sysctl>>,
    /// Of a pod.
    pub(super) fs_group: Option<Spanned<u64>>,
    /// Of a pod.
    pub(super) supplemental_groups: Option<Vec<Spanned<u64>>>,
}

/// A parameter of the kernel.
#[derive(Debug, Deserialize)]
pub(super) struct Sysctl {
    pub(super) name: Spanned<String>,
}

/// What the kernel is to hold a container to.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Profile {
    #[serde(rename = "type")]
    pub(super) kind: Option<Spanned<String>>,
    pub(super) localhost_profile: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Capabilities {
    pub(super) add: Option<Vec<Spanned<String>>>,
    pub(super) drop: Option<Vec<Spanned<String>>>,
}
