//! Containers by Kubernetes' Container Runtime Interface: containerd and CRI-O.
//!
//! What the interface itself does not carry (the image's config, capabilities, namespaces) is in the verbose
//! answer as JSON whose shape is the runtime's own: it is read as far as it is there, and a field that is
//! missing is a fact not told, never a guess. A pod's sandbox is a container too, with the pod's pause image.

use super::{
    PAUSE, RuntimeError,
    contain::GRACE_S,
    facts::{Bounds, Confinement, ContainerInfo, ImageInfo, Mount, Pod, health, is_digest, split_name},
    whole,
};
use futures_util::StreamExt;
use serde_json::Value;
use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tonic::transport::{Channel, Endpoint};

/// The generated client of `collector/proto/cri.proto`.
#[allow(missing_docs, dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
pub(super) mod v1 {
    include!("generated/runtime.v1.rs");
}

use v1::{image_service_client::ImageServiceClient, runtime_service_client::RuntimeServiceClient};

/// Images remembered.
const IMAGES: usize = 1024;
/// How often a container that was made but not started is asked for, and the pause between: then it is told without its start.
const STARTING: u32 = 20;
const STARTING_PAUSE: Duration = Duration::from_millis(50);
/// Largest answer.
const ANSWER_BYTES: usize = 16 << 20;

/// The runtime behind a socket, which may not be there yet.
#[derive(Clone)]
pub(super) struct Cri {
    channel: Option<Channel>,
    images: Arc<Mutex<HashMap<String, Arc<ImageInfo>>>>,
    socket: String,
}

impl Cri {
    pub(super) fn new(socket: &Path) -> Self {
        let socket = socket.display().to_string();
        let channel = Endpoint::from_shared(format!("unix://{socket}")).ok().map(|end| end.connect_lazy());
        Self { channel, images: Arc::default(), socket }
    }

    fn channel(&self) -> Result<Channel, RuntimeError> {
        self.channel.clone().ok_or_else(|| RuntimeError::NoSocket(self.socket.clone()))
    }

    fn runtime(&self) -> Result<RuntimeServiceClient<Channel>, RuntimeError> {
        Ok(RuntimeServiceClient::new(self.channel()?).max_decoding_message_size(ANSWER_BYTES))
    }

    fn error(&self, why: tonic::Status) -> RuntimeError {
        RuntimeError::Cri { socket: self.socket.clone(), why }
    }

    async fn told(&self) -> Result<v1::VersionResponse, RuntimeError> {
        let request = v1::VersionRequest::default();
        Ok(self.runtime()?.version(request).await.map_err(|why| self.error(why))?.into_inner())
    }

    pub(super) async fn version(&self) -> Result<String, RuntimeError> {
        let told = self.told().await?;
        Ok(format!("{} {}", told.runtime_name, told.runtime_version))
    }

    pub(super) async fn container(&self, id: &Arc<str>) -> Result<ContainerInfo, RuntimeError> {
        let request = v1::ContainerStatusRequest { container_id: id.to_string(), verbose: true };
        let mut asked = 0;
        let (answer, status) = loop {
            let mut answer = match self.runtime()?.container_status(request.clone()).await {
                Ok(answer) => answer.into_inner(),
                Err(why) if why.code() == tonic::Code::NotFound => return self.sandbox(id).await,
                Err(why) => return Err(self.error(why)),
            };
            let status = answer.status.take().ok_or(RuntimeError::Incomplete("the container's status"))?;
            asked += 1;
            // It is heard of by its control group, which is there a moment before it is started.
            if status.started_at != 0 || asked == STARTING {
                break (answer, status);
            }
            tokio::time::sleep(STARTING_PAUSE).await;
        };
        let id = whole(id, &status.id)?;
        let info = json(&answer.info);
        let sandbox = text(&info, "/sandboxID");
        let pod = if sandbox.is_empty() { None } else { self.pod(&sandbox).await.ok() };
        let metadata = status.metadata.unwrap_or_default();
        let name = status.image.map(|image| image.image).unwrap_or_default();
        let image = self.image(&status.image_ref, &name).await?;
        let mut bounds = Bounds::default();
        let runtime = self.told().await?.runtime_name;
        let mut mounts = spec_mounts(&info);
        if mounts.is_empty() {
            mounts = status.mounts.into_iter().map(declared_mount).collect();
        }
        Ok(ContainerInfo {
            id,
            runtime: bounds.text(runtime),
            name: bounds.text(metadata.name),
            pod: pod.map(|(metadata, labels)| pod_info(&mut bounds, metadata, labels)),
            labels: bounds.labels(status.labels),
            start_command: bounds.words(texts(&info, "/runtimeSpec/process/args")),
            restarts: metadata.attempt,
            declared_start_unix_ns: status.started_at.try_into().unwrap_or_default(),
            mounts: bounds.mounts(mounts),
            confinement: confinement(&mut bounds, &info),
            probes: Vec::new(),
            ports: bounds.set(pod_ports(&status.annotations, &image)),
            cut: bounds.cut,
            image,
        })
    }

    /// Stops a container; one that has ended already is left as it is.
    pub(super) async fn stop(&self, id: &str) -> Result<(), RuntimeError> {
        let request = v1::StopContainerRequest { container_id: id.into(), timeout: GRACE_S.into() };
        self.runtime()?.stop_container(request).await.map_err(|why| self.error(why))?;
        Ok(())
    }

    /// The pod's own container, which holds its namespaces.
    async fn sandbox(&self, id: &Arc<str>) -> Result<ContainerInfo, RuntimeError> {
        let request = v1::PodSandboxStatusRequest { pod_sandbox_id: id.to_string(), verbose: true };
        let answer = self.runtime()?.pod_sandbox_status(request).await.map_err(|why| self.error(why))?;
        let answer = answer.into_inner();
        let status = answer.status.ok_or(RuntimeError::Incomplete("the pod's status"))?;
        let id = whole(id, &status.id)?;
        let info = json(&answer.info);
        let name = text(&info, "/image");
        if name.is_empty() {
            return Err(RuntimeError::Incomplete("the pod's image"));
        }
        let image = self.image(&name, &name).await?;
        let mut bounds = Bounds::default();
        let runtime = self.told().await?.runtime_name;
        let metadata = status.metadata.unwrap_or_default();
        Ok(ContainerInfo {
            id,
            runtime: bounds.text(runtime),
            restarts: metadata.attempt,
            pod: Some(pod_info(&mut bounds, metadata, status.labels)),
            start_command: bounds.words(texts(&info, "/runtimeSpec/process/args")),
            declared_start_unix_ns: status.created_at.try_into().unwrap_or_default(),
            mounts: bounds.mounts(spec_mounts(&info)),
            confinement: confinement(&mut bounds, &info),
            cut: bounds.cut,
            image,
            ..ContainerInfo::default()
        })
    }

    async fn pod(&self, id: &str) -> Result<(v1::PodSandboxMetadata, HashMap<String, String>), RuntimeError> {
        let request = v1::PodSandboxStatusRequest { pod_sandbox_id: id.into(), verbose: false };
        let answer = self.runtime()?.pod_sandbox_status(request).await.map_err(|why| self.error(why))?;
        let status = answer.into_inner().status.ok_or(RuntimeError::Incomplete("the pod's status"))?;
        Ok((status.metadata.unwrap_or_default(), status.labels))
    }

    async fn image(&self, reference: &str, name: &str) -> Result<Arc<ImageInfo>, RuntimeError> {
        let key = format!("{reference} {name}");
        let known = || self.images.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(image) = known().get(&key) {
            return Ok(image.clone());
        }
        let spec = v1::ImageSpec { image: reference.into(), ..v1::ImageSpec::default() };
        let request = v1::ImageStatusRequest { image: Some(spec), verbose: true };
        let mut client = ImageServiceClient::new(self.channel()?).max_decoding_message_size(ANSWER_BYTES);
        let answer = client.image_status(request).await.map_err(|why| self.error(why))?.into_inner();
        let image = answer.image.ok_or(RuntimeError::Incomplete("the container's image"))?;
        let image = Arc::new(image_info(name, image, &json(&answer.info)));
        let mut known = known();
        if known.len() >= IMAGES {
            known.clear();
        }
        known.insert(key, image.clone());
        Ok(image)
    }

    /// Ids of containers as they are made, where the runtime tells (containerd 1.7 and later, CRI-O 1.26 and
    /// later); for ever, whether or not the runtime is there. Where it does not, questions are enough.
    pub(super) fn created(&self) -> impl futures_util::Stream<Item = Arc<str>> + use<> {
        let cri = self.clone();
        futures_util::stream::repeat(())
            .then(move |()| {
                let cri = cri.clone();
                async move {
                    let there = Path::new(&cri.socket).exists();
                    let client = if there { cri.runtime().ok() } else { None };
                    let events = match client {
                        Some(mut client) => client.get_container_events(v1::GetEventsRequest {}).await.ok(),
                        None => None,
                    };
                    let events =
                        futures_util::stream::iter(events.map(tonic::Response::into_inner)).flatten();
                    let made = [
                        v1::ContainerEventType::ContainerCreatedEvent as i32,
                        v1::ContainerEventType::ContainerStartedEvent as i32,
                    ];
                    let ids = events.filter_map(move |event| async move {
                        let event = event.ok()?;
                        made.contains(&event.container_event_type).then(|| Arc::from(event.container_id))
                    });
                    let pause =
                        futures_util::stream::once(tokio::time::sleep(PAUSE)).filter_map(|()| async { None });
                    ids.chain(pause).boxed()
                }
            })
            .flatten()
    }
}

/// The JSON of a verbose answer; null where there is none.
fn json(info: &HashMap<String, String>) -> Value {
    info.get("info").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn text(info: &Value, path: &str) -> String {
    info.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn texts(info: &Value, path: &str) -> Vec<String> {
    let texts = info.pointer(path).and_then(Value::as_array).into_iter().flatten();
    texts.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn keys(info: &Value, path: &str) -> Vec<String> {
    info.pointer(path).and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key.clone()).collect()
}

fn pod_info(bounds: &mut Bounds, metadata: v1::PodSandboxMetadata, labels: HashMap<String, String>) -> Pod {
    Pod {
        namespace: bounds.text(metadata.namespace),
        name: bounds.text(metadata.name),
        uid: bounds.text(metadata.uid),
        labels: bounds.labels(labels),
    }
}

fn declared_mount(mount: v1::Mount) -> Mount {
    Mount {
        destination: mount.container_path,
        kind: "bind".into(),
        writable: !mount.readonly,
        source: mount.host_path,
    }
}

/// Binds and tmpfs of the runtime's specification; its own proc, sysfs, devpts and the like say nothing.
fn spec_mounts(info: &Value) -> Vec<Mount> {
    let mounts = info.pointer("/runtimeSpec/mounts").and_then(Value::as_array).into_iter().flatten();
    let mounts = mounts.map(|mount| {
        let options = texts(mount, "/options");
        let is_bind = options.iter().any(|option| option == "bind" || option == "rbind");
        Mount {
            destination: text(mount, "/destination"),
            kind: if is_bind { "bind".into() } else { text(mount, "/type") },
            writable: !options.iter().any(|option| option == "ro"),
            source: if is_bind { text(mount, "/source") } else { String::new() },
        }
    });
    mounts.filter(|mount| mount.kind == "bind" || mount.kind == "tmpfs").collect()
}

/// From the runtime's OCI specification and the kubelet's configuration; none without the former.
fn confinement(bounds: &mut Bounds, info: &Value) -> Option<Confinement> {
    info.pointer("/runtimeSpec/process")?;
    let flag = |path: &str| info.pointer(path).and_then(Value::as_bool).unwrap_or_default();
    let namespaces = info.pointer("/runtimeSpec/linux/namespaces").and_then(Value::as_array);
    // A namespace that is not listed is the host's. One with a path is the pod's, which may be the host's.
    let context = "/config/linux/security_context";
    let is_host = |kind: &str, option: &str| {
        let listed = namespaces.is_none_or(|all| all.iter().any(|one| text(one, "/type") == kind));
        // 2 is NODE of NamespaceMode; containerd writes the number.
        let asked = info.pointer(&format!("{context}/namespace_options/{option}")).and_then(Value::as_u64);
        !listed || asked == Some(2)
    };
    let privileged = flag("/privileged") || flag(&format!("{context}/privileged"));
    let seccomp = match info.pointer("/runtimeSpec/linux/seccomp") {
        None | Some(Value::Null) => "unconfined",
        // 2 is Localhost of ProfileType.
        Some(_) => match info.pointer(&format!("{context}/seccomp/profile_type")).and_then(Value::as_u64) {
            Some(2) => "custom",
            _ => "default",
        },
    };
    let apparmor = text(info, "/runtimeSpec/process/apparmorProfile");
    let user = info.pointer("/runtimeSpec/process/user/uid").and_then(Value::as_u64);
    Some(Confinement {
        privileged,
        read_only_root: flag("/runtimeSpec/root/readonly"),
        no_new_privileges: flag("/runtimeSpec/process/noNewPrivileges"),
        host_pid: is_host("pid", "pid"),
        host_network: is_host("network", "network"),
        host_ipc: is_host("ipc", "ipc"),
        added: bounds.capabilities(texts(info, &format!("{context}/capabilities/add_capabilities"))),
        dropped: bounds.capabilities(texts(info, &format!("{context}/capabilities/drop_capabilities"))),
        effective: Some(bounds.capabilities(texts(info, "/runtimeSpec/process/capabilities/effective"))),
        seccomp: seccomp.into(),
        apparmor: if apparmor.is_empty() { "unconfined".into() } else { bounds.text(apparmor) },
        user: user.map(|uid| uid.to_string()).unwrap_or_default(),
    })
}

/// The ports that a container's pod declares, beside the image's: the kubelet hands `containers[].ports` of the pod's
/// specification on as JSON.
fn pod_ports(annotations: &HashMap<String, String>, image: &ImageInfo) -> Vec<String> {
    let told = annotations.get("io.kubernetes.container.ports");
    let ports: Value = told.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let port = |port: &Value| {
        let number = port.get("containerPort")?.as_u64()?;
        let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("TCP");
        Some(format!("{number}/{}", protocol.to_ascii_lowercase()))
    };
    let ports = ports.as_array().into_iter().flatten().filter_map(port);
    ports.filter(|port| !image.ports.contains(port)).collect()
}

/// `name` is what the container was started from; the image's own first tag where that is no name.
fn image_info(name: &str, image: v1::Image, info: &Value) -> ImageInfo {
    let mut bounds = Bounds::default();
    let tag = image.repo_tags.first().map_or("", String::as_str);
    let (repository, tag) = split_name(if is_digest(name) || name.is_empty() { tag } else { name });
    let config = "/imageSpec/config";
    let at = |name: &str| format!("{config}/{name}");
    let labels = info.pointer(&at("Labels")).and_then(Value::as_object).into_iter().flatten();
    let labels = labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
    let interval = info.pointer(&at("Healthcheck/Interval")).and_then(Value::as_i64).unwrap_or_default();
    let healthcheck = health(&mut bounds, texts(info, &at("Healthcheck/Test")), interval);
    let digest = if image.id.contains(':') { image.id } else { format!("sha256:{}", image.id) };
    ImageInfo {
        digest,
        repository: bounds.text(repository),
        tag: bounds.text(tag),
        repo_digests: bounds.set(image.repo_digests),
        layers: bounds.layers(texts(info, "/imageSpec/rootfs/diff_ids")),
        entrypoint: bounds.words(texts(info, &at("Entrypoint"))),
        command: bounds.words(texts(info, &at("Cmd"))),
        environment: bounds.names(texts(info, &at("Env"))),
        user: bounds.text(text(info, &at("User"))),
        ports: bounds.set(keys(info, &at("ExposedPorts"))),
        volumes: bounds.set(keys(info, &at("Volumes"))),
        labels: bounds.labels(labels),
        working_directory: bounds.text(text(info, &at("WorkingDir"))),
        healthcheck,
        cut: bounds.cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// As containerd tells it; no kernel that this was tried on has AppArmor.
    #[test]
    fn a_profile_of_apparmor_is_told_by_its_name_and_none_as_unconfined() {
        let told = |process: Value| {
            let info = json!({ "runtimeSpec": { "process": process } });
            confinement(&mut Bounds::default(), &info).unwrap().apparmor
        };
        assert_eq!(
            told(json!({ "apparmorProfile": "cri-containerd.apparmor.d" })),
            "cri-containerd.apparmor.d"
        );
        assert_eq!(told(json!({})), "unconfined");
        assert_eq!(confinement(&mut Bounds::default(), &json!({})), None, "it is not known");
    }

    /// Whoever may write annotations writes anything.
    #[test]
    fn ports_of_a_pod_are_what_the_kubelet_writes_and_anything_else_is_none() {
        let told = |text: &str| {
            let annotations = HashMap::from([("io.kubernetes.container.ports".to_owned(), text.to_owned())]);
            let image = ImageInfo { ports: vec!["80/tcp".into()], ..ImageInfo::default() };
            pod_ports(&annotations, &image)
        };
        let ports = r#"[{"name":"web","hostPort":1,"containerPort":80,"protocol":"TCP"},{"containerPort":53,"protocol":"UDP"}]"#;
        assert_eq!(told(ports), ["53/udp"]);
        for odd in ["", "null", "{}", "[1]", r#"[{"containerPort":"80"}]"#, r#"[{"containerPort":-1}]"#, "[["]
        {
            assert_eq!(told(odd), Vec::<String>::new(), "{odd}");
        }
        assert_eq!(pod_ports(&HashMap::new(), &ImageInfo::default()), Vec::<String>::new());
    }
}
