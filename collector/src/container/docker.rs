//! Containers by Docker's interface: the Docker engine, and Podman, which speaks it too.
//!
//! Where Podman differs: image ids come without `sha256:`, seccomp and AppArmor may be left out, and the
//! `create` event is its own stream's. Only reads, but for `contain`.

use super::{
    ANSWER, Act, PAUSE, RuntimeError,
    contain::GRACE_S,
    facts::{Bounds, Confinement, ContainerInfo, ImageInfo, Mount, health, is_digest, split_name},
    whole,
};
use bollard::{
    API_DEFAULT_VERSION, Docker,
    models::{ContainerInspectResponse, HealthConfig, HostConfig, ImageInspect, MountPoint},
    query_parameters::{EventsOptions, StopContainerOptions},
};
use futures_util::StreamExt;
use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// Images remembered.
const IMAGES: usize = 1024;

/// A name that no container can have: names begin with a letter or a digit.
const NOBODY: &str = "_";

/// The engine behind a socket, which may not be there yet.
#[derive(Clone)]
pub(super) struct Engine {
    docker: Arc<OnceLock<Docker>>,
    images: Arc<Mutex<HashMap<String, Arc<ImageInfo>>>>,
    socket: String,
    name: &'static str,
}

impl Engine {
    pub(super) fn new(socket: &Path, name: &'static str) -> Self {
        Self { docker: Arc::default(), images: Arc::default(), socket: socket.display().to_string(), name }
    }

    fn docker(&self) -> Result<&Docker, RuntimeError> {
        if let Some(docker) = self.docker.get() {
            return Ok(docker);
        }
        let docker = Docker::connect_with_unix(&self.socket, ANSWER.as_secs(), API_DEFAULT_VERSION);
        let docker = docker.map_err(|why| self.error(why))?;
        Ok(self.docker.get_or_init(|| docker))
    }

    fn error(&self, why: bollard::errors::Error) -> RuntimeError {
        RuntimeError::Engine { socket: self.socket.clone(), why }
    }

    pub(super) async fn version(&self) -> Result<String, RuntimeError> {
        let version = self.docker()?.version().await.map_err(|why| self.error(why))?;
        let version = version.version.ok_or(RuntimeError::Incomplete("its version"))?;
        Ok(format!("{} {version}", self.name))
    }

    pub(super) async fn container(&self, id: &Arc<str>) -> Result<ContainerInfo, RuntimeError> {
        let container = self.docker()?.inspect_container(id, None).await.map_err(|why| self.error(why))?;
        let id = whole(id, container.id.as_deref().unwrap_or_default())?;
        let digest = container.image.clone().ok_or(RuntimeError::Incomplete("the container's image"))?;
        let name = container.config.as_ref().and_then(|config| config.image.clone()).unwrap_or_default();
        let image = self.image(&digest, &name).await?;
        Ok(container_info(id, self.name, container, image))
    }

    /// Pauses or stops a container, unless that was done before; with what there is to say of it.
    pub(super) async fn contain(&self, id: &str, act: Act) -> Result<&'static str, RuntimeError> {
        let container = self.docker()?.inspect_container(id, None).await.map_err(|why| self.error(why))?;
        let state = container.state.unwrap_or_default();
        // A paused container runs, too.
        if state.running == Some(false) {
            return Ok("it had ended already");
        }
        let done = match act {
            Act::Pause if state.paused == Some(true) => return Ok("it was paused already"),
            Act::Pause => self.docker()?.pause_container(id).await,
            Act::Stop => {
                let grace = StopContainerOptions { t: Some(GRACE_S.into()), signal: None };
                self.docker()?.stop_container(id, Some(grace)).await
            }
        };
        done.map(|()| "").map_err(|why| self.error(why))
    }

    /// Asks for what `contain` asks for, of a container that there is not.
    pub(super) async fn may_contain(&self) -> Result<(), RuntimeError> {
        use bollard::errors::Error::DockerResponseServerError;
        match self.docker()?.pause_container(NOBODY).await {
            Err(DockerResponseServerError { status_code: 404, .. }) | Ok(()) => Ok(()),
            Err(why) => Err(self.error(why)),
        }
    }

    async fn image(&self, digest: &str, name: &str) -> Result<Arc<ImageInfo>, RuntimeError> {
        // A container started from another name of the same image is another version of another repository.
        let key = format!("{digest} {name}");
        let known = || self.images.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(image) = known().get(&key) {
            return Ok(image.clone());
        }
        let inspect = self.docker()?.inspect_image(digest).await.map_err(|why| self.error(why))?;
        let image = Arc::new(image_info(digest, name, inspect));
        let mut known = known();
        if known.len() >= IMAGES {
            known.clear();
        }
        known.insert(key, image.clone());
        Ok(image)
    }

    /// Ids of containers as they are made; for ever, whether or not the engine is there.
    pub(super) fn created(&self) -> impl futures_util::Stream<Item = Arc<str>> + use<> {
        let filters = HashMap::from([
            ("type".to_owned(), vec!["container".to_owned()]),
            ("event".to_owned(), vec!["create".to_owned(), "start".to_owned()]),
        ]);
        let options = EventsOptions { filters: Some(filters), ..EventsOptions::default() };
        let engine = self.clone();
        futures_util::stream::repeat(())
            .then(move |()| {
                let (engine, options) = (engine.clone(), options.clone());
                async move {
                    let there = Path::new(&engine.socket).exists();
                    let docker = if there { engine.docker().ok() } else { None };
                    let events = docker.map(|docker| docker.events(Some(options)));
                    let events = futures_util::stream::iter(events).flatten();
                    let ids = events.filter_map(|event| async { Some(Arc::from(event.ok()?.actor?.id?)) });
                    // When the stream ends the engine is away: do not knock without a pause.
                    let pause =
                        futures_util::stream::once(tokio::time::sleep(PAUSE)).filter_map(|()| async { None });
                    ids.chain(pause).boxed()
                }
            })
            .flatten()
    }
}

fn container_info(
    id: Arc<str>,
    runtime: &str,
    container: ContainerInspectResponse,
    image: Arc<ImageInfo>,
) -> ContainerInfo {
    let mut bounds = Bounds::default();
    let config = container.config.unwrap_or_default();
    let state = container.state.unwrap_or_default();
    let mounts = container.mounts.unwrap_or_default().into_iter().map(mount);
    let host = container.host_config.unwrap_or_default();
    // A tmpfs stands here only; what it was mounted with is "rw,size=..." or "ro,...".
    let tmpfs = host.tmpfs.clone().unwrap_or_default().into_iter().map(|(destination, options)| Mount {
        destination,
        kind: "tmpfs".into(),
        writable: !options.split(',').any(|option| option == "ro"),
        source: String::new(),
    });
    let mut seen: Vec<Mount> = mounts.collect();
    let tmpfs = tmpfs.filter(|tmpfs| seen.iter().all(|mount| mount.destination != tmpfs.destination));
    let tmpfs: Vec<Mount> = tmpfs.collect();
    seen.extend(tmpfs);
    let probe = config.healthcheck.and_then(|told| probe(&mut bounds, told));
    let started = state.started_at.map(|at| at.to_string()).unwrap_or_default();
    let ports = config.exposed_ports.unwrap_or_default().into_iter();
    let ports = bounds.set(ports.filter(|port| !image.ports.contains(port)));
    ContainerInfo {
        id,
        runtime: runtime.into(),
        name: bounds.text(container.name.unwrap_or_default().trim_start_matches('/')),
        pod: None,
        labels: bounds.labels(config.labels.unwrap_or_default()),
        start_command: bounds
            .words(container.path.into_iter().chain(container.args.unwrap_or_default()).collect()),
        restarts: container.restart_count.and_then(|count| count.try_into().ok()).unwrap_or_default(),
        declared_start_unix_ns: unix_ns(&started),
        mounts: bounds.mounts(seen),
        confinement: Some(confinement(
            &mut bounds,
            host,
            container.app_armor_profile,
            config.user.unwrap_or_default(),
        )),
        probes: probe.into_iter().collect(),
        ports,
        cut: bounds.cut,
        image,
    }
}

/// A time as engines write it; "0001-01-01T00:00:00Z" stands for none.
fn unix_ns(time: &str) -> u64 {
    let time = time.strip_suffix("+00:00").map_or(time.to_owned(), |time| format!("{time}Z"));
    let since = humantime::parse_rfc3339_weak(&time)
        .ok()
        .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    since.and_then(|since| since.as_nanos().try_into().ok()).unwrap_or_default()
}

fn mount(point: MountPoint) -> Mount {
    let source = point.source.unwrap_or_default();
    let kind = point.typ.map(|kind| kind.to_string()).unwrap_or_default();
    Mount {
        destination: point.destination.unwrap_or_default(),
        // A named volume's source is the engine's own business.
        source: if kind == "bind" { source } else { String::new() },
        kind,
        writable: point.rw.unwrap_or(true),
    }
}

fn confinement(bounds: &mut Bounds, host: HostConfig, apparmor: Option<String>, user: String) -> Confinement {
    let privileged = host.privileged.unwrap_or_default();
    let options = host.security_opt.unwrap_or_default();
    let option = |name: &str| {
        options
            .iter()
            .find_map(|option| option.strip_prefix(name)?.strip_prefix(['=', ':']).map(str::to_owned))
    };
    let seccomp = match option("seccomp") {
        Some(profile) if profile == "unconfined" => profile,
        // A profile from a file stands here as its text.
        Some(_) => "custom".into(),
        None if privileged => "unconfined".into(),
        None => "default".into(),
    };
    let flag = options.iter().any(|option| option == "no-new-privileges");
    let is_host = |mode: Option<String>| mode.as_deref() == Some("host");
    Confinement {
        privileged,
        read_only_root: host.readonly_rootfs.unwrap_or_default(),
        no_new_privileges: flag || option("no-new-privileges").is_some_and(|value| value == "true"),
        host_pid: is_host(host.pid_mode),
        host_network: is_host(host.network_mode),
        host_ipc: is_host(host.ipc_mode),
        added: bounds.capabilities(host.cap_add.unwrap_or_default()),
        dropped: bounds.capabilities(host.cap_drop.unwrap_or_default()),
        effective: None,
        seccomp,
        apparmor: bounds.text(option("apparmor").or(apparmor).unwrap_or_default()),
        user: bounds.text(user),
    }
}

fn probe(bounds: &mut Bounds, told: HealthConfig) -> Option<super::Probe> {
    health(bounds, told.test.unwrap_or_default(), told.interval.unwrap_or_default())
}

fn image_info(digest: &str, name: &str, inspect: ImageInspect) -> ImageInfo {
    let mut bounds = Bounds::default();
    let known = inspect.repo_tags.unwrap_or_default();
    let name =
        if is_digest(name) || name.is_empty() { known.first().map_or("", String::as_str) } else { name };
    let (repository, tag) = split_name(name);
    let config = inspect.config.unwrap_or_default();
    // Podman leaves the algorithm out.
    let digest = if digest.contains(':') { digest.to_owned() } else { format!("sha256:{digest}") };
    let healthcheck = config.healthcheck.and_then(|told| probe(&mut bounds, told));
    ImageInfo {
        digest,
        repository: bounds.text(repository),
        tag: bounds.text(tag),
        repo_digests: bounds.set(inspect.repo_digests.unwrap_or_default()),
        layers: bounds.layers(inspect.root_fs.and_then(|fs| fs.layers).unwrap_or_default()),
        entrypoint: bounds.words(config.entrypoint.unwrap_or_default()),
        command: bounds.words(config.cmd.unwrap_or_default()),
        environment: bounds.names(config.env.unwrap_or_default()),
        user: bounds.text(config.user.unwrap_or_default()),
        ports: bounds.set(config.exposed_ports.unwrap_or_default()),
        volumes: bounds.set(config.volumes.unwrap_or_default()),
        labels: bounds.labels(config.labels.unwrap_or_default()),
        working_directory: bounds.text(config.working_dir.unwrap_or_default()),
        healthcheck,
        cut: bounds.cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_started_by_id_is_named_by_its_first_tag() {
        let inspect = ImageInspect { repo_tags: Some(vec!["shop/web:3".into()]), ..ImageInspect::default() };
        let image = image_info("sha256:1", "sha256:1", inspect);
        assert_eq!((image.repository.as_str(), image.tag.as_str()), ("shop/web", "3"));
        let nameless = image_info("sha256:1", "0123456789ab", ImageInspect::default());
        assert_eq!(nameless.repository, "");
    }

    /// A proxy that lets only questions through answers 403, an engine that it knows no such container.
    #[tokio::test]
    async fn whether_containers_may_be_paused_is_found_out_without_pausing_any() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        for (answer, may) in [("404 Not Found", true), ("403 Forbidden", false)] {
            let folder = tempfile::tempdir().unwrap();
            let socket = folder.path().join("engine.sock");
            let listener = tokio::net::UnixListener::bind(&socket).unwrap();
            let answering = tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut asked = [0; 1024];
                let bytes = stream.read(&mut asked).await.unwrap();
                let body = "{\"message\":\"no\"}";
                let head = format!(
                    "HTTP/1.1 {answer}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
                    body.len()
                );
                stream.write_all(format!("{head}\r\n{body}").as_bytes()).await.unwrap();
                String::from_utf8_lossy(&asked[..bytes]).into_owned()
            });
            let said = Engine::new(&socket, "docker").may_contain().await;
            assert_eq!(said.is_ok(), may, "{said:?}");
            let asked = answering.await.unwrap();
            assert!(asked.starts_with("POST ") && asked.contains("/containers/_/pause "), "{asked}");
        }
    }

    #[test]
    fn a_container_that_never_started_has_no_start() {
        assert_eq!(unix_ns("0001-01-01T00:00:00Z"), 0);
        assert_eq!(unix_ns(""), 0);
        assert_eq!(unix_ns("1970-01-01T00:00:01.5Z"), 1_500_000_000);
        assert_eq!(unix_ns("1970-01-01T00:00:01+00:00"), 1_000_000_000);
    }
}
