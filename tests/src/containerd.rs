//! A containerd of its own with Kubernetes' interface (CRI), asked for pods and containers as a kubelet asks.
//!
//! Everything it keeps is below one directory; pods are removed and the daemon ends when it is dropped. Pods share
//! the host's network, so no CNI configuration is needed. The client is the one generated for the collector:
//! `collector/proto/cri.proto` is Kubernetes' interface and not ours.

use crate::wait::until;
use anyhow::{Context, Result, bail, ensure};
use std::{
    cell::RefCell,
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tonic::transport::{Channel, Endpoint};
use tungstenite::{ClientRequestBuilder, Message, http::Uri};

/// The messages and clients of the interface.
#[allow(missing_docs, dead_code, clippy::all, clippy::pedantic)]
pub mod v1 {
    include!("../../collector/src/container/generated/runtime.v1.rs");
}

use v1::{runtime_service_client::RuntimeServiceClient, *};

const LIMIT: Duration = Duration::from_secs(60);
/// Containers that are started at once.
const AT_ONCE: usize = 4;

/// Whether containerd and its command line are installed.
pub fn available() -> bool {
    let runs = |program: &str| Command::new(program).arg("--version").output().is_ok();
    runs("containerd") && runs("ctr") && runs("runc")
}

/// The daemon.
pub struct Containerd {
    /// Its socket.
    pub socket: PathBuf,
    directory: PathBuf,
    daemon: Child,
    runtime: tokio::runtime::Runtime,
    pods: RefCell<Vec<String>>,
}

/// A pod that runs.
pub struct Pod {
    /// Id of its sandbox.
    pub id: String,
    config: PodSandboxConfig,
}

impl Containerd {
    /// Starts it below `directory` with these images of Docker's; `pause` is what sandboxes run.
    ///
    /// # Errors
    /// If it does not answer or takes the images.
    pub fn start(directory: &Path, images: &[&str], pause: &str) -> Result<Self> {
        let path = |name: &str| directory.join(name).display().to_string();
        let config = format!(
            r#"version = 2
root = "{}"
state = "{}"
[grpc]
address = "{}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
restrict_oom_score_adj = true
stream_server_port = "0"
[plugins."io.containerd.grpc.v1.cri".cni]
conf_dir = "{}"
"#,
            path("root"),
            path("state"),
            path("containerd.sock"),
            path("cni"),
        );
        fs::write(directory.join("config.toml"), config)?;
        let log = fs::File::create(directory.join("containerd.log"))?;
        let daemon = Command::new("containerd")
            .args(["--config", &path("config.toml")])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("can't run containerd; deploy/setup.sh runtimes installs it")?;
        let containerd = Self {
            socket: directory.join("containerd.sock"),
            directory: directory.into(),
            daemon,
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
            pods: RefCell::default(),
        };
        until("containerd to answer", LIMIT, || {
            let mut client = containerd.client()?;
            let version = containerd.runtime.block_on(client.version(VersionRequest::default()));
            Ok(version.ok())
        })
        .with_context(|| containerd.log())?;
        let archive = path("images.tar");
        let all = [&["save", "--output", &archive][..], images, &[pause]].concat();
        crate::docker::docker(&all)?;
        containerd.ctr(&["images", "import", &archive])?;
        fs::remove_file(&archive)?;
        Ok(containerd)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.join("containerd.log")).unwrap_or_default()
    }

    fn ctr(&self, arguments: &[&str]) -> Result<String> {
        let socket = self.socket.display().to_string();
        let output = Command::new("ctr")
            .args(["--address", &socket, "--namespace", "k8s.io"])
            .args(arguments)
            .stdin(Stdio::null())
            .output()?;
        if !output.status.success() {
            bail!("ctr {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Has an image known by the digest of its manifest too, as one that was pulled is; gives that name.
    ///
    /// # Errors
    /// If containerd does not know it or refuses.
    pub fn digest_of(&self, image: &str) -> Result<String> {
        let listed = self.ctr(&["images", "list", &format!("name=={image}")])?;
        let digest = listed.split_ascii_whitespace().find(|word| word.starts_with("sha256:"));
        let digest = digest.with_context(|| format!("no digest of {image} in {listed}"))?;
        let (repository, _) = image.rsplit_once(':').context("an image without a tag")?;
        let name = format!("{repository}@{digest}");
        self.ctr(&["images", "tag", image, &name])?;
        Ok(name)
    }

    fn client(&self) -> Result<RuntimeServiceClient<Channel>> {
        let _inside = self.runtime.enter();
        let endpoint = Endpoint::from_shared(format!("unix://{}", self.socket.display()))?;
        Ok(RuntimeServiceClient::new(endpoint.connect_lazy()))
    }

    /// Starts a pod in the namespace `shop`.
    ///
    /// # Errors
    /// If containerd refuses.
    pub fn pod(&self, name: &str, uid: &str, labels: &[(&str, &str)]) -> Result<Pod> {
        self.pod_with(name, uid, labels, |_| {})
    }

    /// As [`Containerd::pod`]; what `configure` does not set is the default.
    ///
    /// # Errors
    /// If containerd refuses.
    pub fn pod_with(
        &self,
        name: &str,
        uid: &str,
        labels: &[(&str, &str)],
        configure: impl FnOnce(&mut LinuxSandboxSecurityContext),
    ) -> Result<Pod> {
        let metadata =
            PodSandboxMetadata { name: name.into(), uid: uid.into(), namespace: "shop".into(), attempt: 0 };
        let mut security =
            LinuxSandboxSecurityContext { namespace_options: host_network(), ..Default::default() };
        configure(&mut security);
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let config = PodSandboxConfig {
            metadata: Some(metadata),
            labels: labels.collect::<HashMap<_, _>>(),
            linux: Some(LinuxPodSandboxConfig { security_context: Some(security), ..Default::default() }),
            ..Default::default()
        };
        let request = RunPodSandboxRequest { config: Some(config.clone()), ..Default::default() };
        let answer = self.runtime.block_on(self.client()?.run_pod_sandbox(request));
        let id = answer.with_context(|| self.log())?.into_inner().pod_sandbox_id;
        self.pods.borrow_mut().push(id.clone());
        Ok(Pod { id, config })
    }

    /// Starts a container in a pod and gives its id. What `configure` does not set is the default.
    ///
    /// # Errors
    /// If containerd refuses.
    pub fn container(
        &self,
        pod: &Pod,
        of: (&str, u32),
        image: &str,
        configure: impl FnOnce(&mut ContainerConfig, &mut LinuxContainerSecurityContext),
    ) -> Result<String> {
        let request = create(pod, of, image, configure);
        let id = self.runtime.block_on(start(self.client()?, request));
        id.with_context(|| self.log())
    }

    /// Runs many containers at once, number N with the command that `command` gives it, to the end of each: started is
    /// one before its program begins, and a pod that is removed then ends it without.
    ///
    /// # Errors
    /// If containerd refuses one, or one does not end.
    pub fn containers(
        &self,
        pod: &Pod,
        count: usize,
        image: &str,
        command: impl Fn(usize) -> Vec<String>,
    ) -> Result<()> {
        let client = self.client()?;
        let ids: Result<Vec<String>> = self.runtime.block_on(async {
            let (mut under_way, mut ids) = (tokio::task::JoinSet::new(), Vec::new());
            for number in 0..count {
                let name = format!("container-{number}");
                let request = create(pod, (&name, 0), image, |config, _| config.command = command(number));
                under_way.spawn(start(client.clone(), request));
                if under_way.len() >= AT_ONCE
                    && let Some(started) = under_way.join_next().await
                {
                    ids.push(started??);
                }
            }
            while let Some(started) = under_way.join_next().await {
                ids.push(started??);
            }
            Ok(ids)
        });
        for id in ids? {
            until("a container to end", LIMIT, || Ok((!self.runs(&id)?).then_some(())))?;
        }
        Ok(())
    }

    /// Stops and removes a pod with its containers.
    ///
    /// # Errors
    /// If containerd refuses.
    pub fn remove(&self, pod: Pod) -> Result<()> {
        self.pods.borrow_mut().retain(|id| *id != pod.id);
        self.remove_by_id(pod.id)
    }

    /// Asks again as a kubelet does: a shim that just lost a container may not answer.
    fn remove_by_id(&self, pod_sandbox_id: String) -> Result<()> {
        let mut last = None;
        let removed = until("a pod to be removed", LIMIT, || {
            let removed: Result<(), tonic::Status> = self.runtime.block_on(async {
                let mut client = self.client().map_err(|error| tonic::Status::internal(error.to_string()))?;
                let pod_sandbox_id = pod_sandbox_id.clone();
                let request = StopPodSandboxRequest { pod_sandbox_id: pod_sandbox_id.clone() };
                client.stop_pod_sandbox(request).await?;
                client.remove_pod_sandbox(RemovePodSandboxRequest { pod_sandbox_id }).await?;
                Ok(())
            });
            Ok(removed.map_err(|error| last = Some(error)).ok())
        });
        removed.with_context(|| format!("{last:?}"))
    }

    /// Whether a container runs.
    ///
    /// # Errors
    /// If containerd does not say.
    pub fn runs(&self, container: &str) -> Result<bool> {
        let request = ContainerStatusRequest { container_id: container.into(), verbose: false };
        let answer = self.runtime.block_on(self.client()?.container_status(request))?.into_inner();
        let status = answer.status.context("containerd tells no status")?;
        Ok(status.state() == ContainerState::ContainerRunning)
    }

    /// Runs a program in a container as a kubelet runs a probe, to its end.
    ///
    /// # Errors
    /// If containerd refuses or the program fails.
    pub fn exec(&self, container: &str, words: &[&str]) -> Result<()> {
        let cmd = words.iter().map(|word| (*word).to_owned()).collect();
        let request = ExecSyncRequest { container_id: container.into(), cmd, timeout: 30 };
        let answer = self.runtime.block_on(self.client()?.exec_sync(request))?.into_inner();
        ensure!(answer.exit_code == 0, "{words:?} ended with {}", answer.exit_code);
        Ok(())
    }

    /// Runs a program in a container as `kubectl exec` does, by containerd's streaming server, with a terminal or without, to
    /// its end.
    ///
    /// # Errors
    /// If containerd refuses, the stream breaks or the program fails.
    pub fn exec_streamed(&self, container: &str, words: &[&str], tty: bool) -> Result<()> {
        let cmd = words.iter().map(|word| (*word).to_owned()).collect();
        let request = ExecRequest {
            container_id: container.into(),
            cmd,
            tty,
            stdin: false,
            stdout: true,
            stderr: !tty, // there is none apart from a terminal
        };
        let url = self.runtime.block_on(self.client()?.exec(request))?.into_inner().url;
        let url = url.replacen("http", "ws", 1).parse::<Uri>()?;
        let request = ClientRequestBuilder::new(url).with_sub_protocol("v4.channel.k8s.io");
        let (mut stream, _) = tungstenite::connect(request)?;
        let mut succeeded = false;
        loop {
            match stream.read() {
                // The first byte is the channel; what comes of 3 says how it went. Of what a terminal said last, containerd may
                // lose the end.
                Ok(Message::Binary(bytes)) if bytes.starts_with(&[3]) => {
                    let status = String::from_utf8_lossy(&bytes);
                    succeeded = status.contains("Success");
                    ensure!(succeeded, "{words:?}: {status}");
                }
                Ok(_) => {}
                Err(tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed) => break,
                Err(error) => return Err(error.into()),
            }
        }
        ensure!(succeeded, "{words:?}: containerd did not say how it went");
        Ok(())
    }
}

fn create(
    pod: &Pod,
    (name, attempt): (&str, u32),
    image: &str,
    configure: impl FnOnce(&mut ContainerConfig, &mut LinuxContainerSecurityContext),
) -> CreateContainerRequest {
    let mut config = ContainerConfig {
        metadata: Some(ContainerMetadata { name: name.into(), attempt }),
        image: Some(ImageSpec { image: image.into(), ..Default::default() }),
        ..Default::default()
    };
    let mut security =
        LinuxContainerSecurityContext { namespace_options: host_network(), ..Default::default() };
    configure(&mut config, &mut security);
    config.linux = Some(LinuxContainerConfig { security_context: Some(security), ..Default::default() });
    CreateContainerRequest {
        pod_sandbox_id: pod.id.clone(),
        config: Some(config),
        sandbox_config: Some(pod.config.clone()),
    }
}

async fn start(
    mut client: RuntimeServiceClient<Channel>,
    request: CreateContainerRequest,
) -> Result<String, tonic::Status> {
    let container_id = client.create_container(request).await?.into_inner().container_id;
    let request = StartContainerRequest { container_id: container_id.clone() };
    client.start_container(request).await?;
    Ok(container_id)
}

fn host_network() -> Option<NamespaceOption> {
    Some(NamespaceOption { network: NamespaceMode::Node.into(), ..Default::default() })
}

impl Drop for Containerd {
    fn drop(&mut self) {
        for pod in self.pods.take() {
            if let Err(error) = self.remove_by_id(pod) {
                eprintln!("left behind a pod of containerd in {}: {error:#}", self.directory.display());
            }
        }
        let pid = rustix::process::Pid::from_child(&self.daemon);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.daemon.wait();
    }
}
