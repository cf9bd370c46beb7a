//! What a container is, from the Docker engine's socket and nothing else.
//!
//! [`Resolver`] answers questions by id: it asks again with growing pauses until the engine knows the container
//! or the time is up. It also listens to the engine's events, so that a container which lives for an instant is
//! known before it is gone. An engine that is away is asked again; it may come back.

use bollard::{
    API_DEFAULT_VERSION, Docker,
    models::{ContainerInspectResponse, ImageInspect},
    query_parameters::EventsOptions,
};
use futures_util::StreamExt;
use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::{sync::mpsc, time::Instant};

/// Longest an answer of the engine may take, in seconds.
const ANSWER_S: u64 = 10;
/// First and last pause between two questions.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// Labels kept of a container, and bytes of each value.
const LABELS: usize = 64;
const LABEL_BYTES: usize = 1024;
/// Images remembered.
const IMAGES: usize = 1024;

/// A container as its engine describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContainerInfo {
    pub(crate) id: Arc<str>,
    pub(crate) name: String,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) start_command: Vec<String>,
    pub(crate) image: Arc<ImageInfo>,
}

/// An image as its engine describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ImageInfo {
    /// Digest of the config.
    pub(crate) digest: String,
    pub(crate) repository: String,
    pub(crate) tag: String,
    pub(crate) layers: Vec<String>,
    pub(crate) entrypoint: Vec<String>,
    pub(crate) command: Vec<String>,
}

/// The engine does not answer as it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DockerError {
    #[error("the Docker engine at {socket} does not answer: {why}")]
    Engine { socket: String, why: bollard::errors::Error },
    #[error("the Docker engine does not say {0}")]
    Incomplete(&'static str),
}

/// A question's answer: the container, or `None` after the time was up.
pub(crate) type Answer = (Arc<str>, Option<Arc<ContainerInfo>>);

/// The engine behind a socket, which may not be there yet.
#[derive(Clone)]
pub(crate) struct Engine {
    docker: Arc<OnceLock<Docker>>,
    socket: String,
}

impl Engine {
    pub(crate) fn new(socket: &Path) -> Self {
        Self { docker: Arc::default(), socket: socket.display().to_string() }
    }

    fn docker(&self) -> Result<&Docker, DockerError> {
        if let Some(docker) = self.docker.get() {
            return Ok(docker);
        }
        let docker = Docker::connect_with_unix(&self.socket, ANSWER_S, API_DEFAULT_VERSION);
        let docker = docker.map_err(|why| self.error(why))?;
        Ok(self.docker.get_or_init(|| docker))
    }

    fn error(&self, why: bollard::errors::Error) -> DockerError {
        DockerError::Engine { socket: self.socket.clone(), why }
    }

    pub(crate) async fn version(&self) -> Result<String, DockerError> {
        let version = self.docker()?.version().await.map_err(|why| self.error(why))?;
        version.version.ok_or(DockerError::Incomplete("its version"))
    }

    async fn container(
        &self,
        id: &Arc<str>,
        images: &mut HashMap<String, Arc<ImageInfo>>,
    ) -> Result<ContainerInfo, DockerError> {
        let container = self.docker()?.inspect_container(id, None).await.map_err(|why| self.error(why))?;
        let digest = container.image.clone().ok_or(DockerError::Incomplete("the container's image"))?;
        let name = container.config.as_ref().and_then(|config| config.image.clone()).unwrap_or_default();
        // A container started from another name of the same image is another version of another repository.
        let key = format!("{digest} {name}");
        let image = match images.get(&key) {
            Some(image) => image.clone(),
            None => {
                let inspect = self.docker()?.inspect_image(&digest).await.map_err(|why| self.error(why))?;
                if images.len() >= IMAGES {
                    images.clear();
                }
                let image = Arc::new(image_info(digest, &name, inspect));
                images.insert(key, image.clone());
                image
            }
        };
        Ok(container_info(id.clone(), container, image))
    }
}

fn container_info(id: Arc<str>, container: ContainerInspectResponse, image: Arc<ImageInfo>) -> ContainerInfo {
    let labels = container.config.and_then(|config| config.labels).unwrap_or_default();
    let cut = |text: String| text.get(..text.floor_char_boundary(LABEL_BYTES)).unwrap_or_default().to_owned();
    let mut labels: Vec<(String, String)> =
        labels.into_iter().map(|(key, value)| (cut(key), cut(value))).collect();
    labels.retain(|(key, _)| !key.is_empty());
    labels.sort();
    labels.truncate(LABELS);
    ContainerInfo {
        id,
        name: container.name.unwrap_or_default().trim_start_matches('/').to_owned(),
        labels,
        start_command: container.path.into_iter().chain(container.args.unwrap_or_default()).collect(),
        image,
    }
}

fn image_info(digest: String, name: &str, inspect: ImageInspect) -> ImageInfo {
    let known = inspect.repo_tags.unwrap_or_default();
    let name =
        if is_digest(name) || name.is_empty() { known.first().map_or("", String::as_str) } else { name };
    let (repository, tag) = split_name(name);
    let config = inspect.config.unwrap_or_default();
    ImageInfo {
        digest,
        repository,
        tag,
        layers: inspect.root_fs.and_then(|fs| fs.layers).unwrap_or_default(),
        entrypoint: config.entrypoint.unwrap_or_default(),
        command: config.cmd.unwrap_or_default(),
    }
}

/// Whether a name is no name but an id, whole or short.
fn is_digest(name: &str) -> bool {
    name.starts_with("sha256:") || (name.len() >= 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// `registry:port/name:tag@digest` as repository and tag; a name without tag has the tag `latest`.
fn split_name(name: &str) -> (String, String) {
    let (name, digest) = name.split_once('@').map_or((name, None), |(name, digest)| (name, Some(digest)));
    match name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
        Some((repository, tag)) => (repository.into(), tag.into()),
        None if name.is_empty() || digest.is_some() => (name.into(), String::new()),
        None => (name.into(), "latest".into()),
    }
}

/// Answers which container an id is.
pub(crate) struct Resolver {
    pub(crate) engine: Engine,
    pub(crate) timeout: Duration,
    pub(crate) questions: mpsc::Receiver<Arc<str>>,
    pub(crate) answers: mpsc::Sender<Answer>,
}

impl Resolver {
    /// Runs until the other side is gone.
    pub(crate) async fn run(mut self) {
        let mut images = HashMap::new();
        let mut waiting: Vec<Question> = Vec::new();
        let mut events = std::pin::pin!(created(self.engine.clone()));
        loop {
            let due = waiting.iter().map(|question| question.next).min();
            let timer = tokio::time::sleep_until(due.unwrap_or_else(|| Instant::now() + PAUSES.1));
            tokio::select! {
                question = self.questions.recv() => match question {
                    Some(id) => waiting.push(Question::new(id, self.timeout, true)),
                    None => return,
                },
                Some(id) = events.next() => waiting.push(Question::new(id, PAUSES.1, false)),
                () = timer => {}
            }
            let now = Instant::now();
            let mut open = Vec::new();
            for mut question in waiting {
                if question.next > now {
                    open.push(question);
                    continue;
                }
                match self.engine.container(&question.id, &mut images).await {
                    Ok(info) => {
                        let answer = (question.id, Some(Arc::new(info)));
                        if self.answers.send(answer).await.is_err() {
                            return;
                        }
                    }
                    Err(error) if now >= question.until => {
                        if question.asked {
                            tracing::warn!(container = &*question.id, %error, "the container stays unknown");
                            if self.answers.send((question.id, None)).await.is_err() {
                                return;
                            }
                        }
                    }
                    Err(_) => {
                        question.pause = (2 * question.pause).min(PAUSES.1);
                        question.next = now + question.pause;
                        open.push(question);
                    }
                }
            }
            waiting = open;
        }
    }
}

struct Question {
    id: Arc<str>,
    next: Instant,
    pause: Duration,
    until: Instant,
    /// Somebody waits for the answer.
    asked: bool,
}

impl Question {
    fn new(id: Arc<str>, timeout: Duration, asked: bool) -> Self {
        let now = Instant::now();
        Self { id, next: now, pause: PAUSES.0, until: now + timeout, asked }
    }
}

/// Ids of containers as they are made; for ever, whether or not the engine is there.
fn created(engine: Engine) -> impl futures_util::Stream<Item = Arc<str>> {
    let filters = HashMap::from([
        ("type".to_owned(), vec!["container".to_owned()]),
        ("event".to_owned(), vec!["create".to_owned()]),
    ]);
    let options = EventsOptions { filters: Some(filters), ..EventsOptions::default() };
    futures_util::stream::repeat(())
        .then(move |()| {
            let (engine, options) = (engine.clone(), options.clone());
            async move {
                let events = engine.docker().map(|docker| docker.events(Some(options)));
                let events = futures_util::stream::iter(events.ok()).flatten();
                let ids = events.filter_map(|event| async { Some(Arc::from(event.ok()?.actor?.id?)) });
                // When the stream ends the engine is away: do not knock without a pause.
                let pause =
                    futures_util::stream::once(tokio::time::sleep(PAUSES.1)).filter_map(|()| async { None });
                ids.chain(pause).boxed()
            }
        })
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn an_image_started_by_id_is_named_by_its_first_tag() {
        let inspect = ImageInspect { repo_tags: Some(vec!["shop/web:3".into()]), ..ImageInspect::default() };
        let image = image_info("sha256:1".into(), "sha256:1", inspect);
        assert_eq!((image.repository.as_str(), image.tag.as_str()), ("shop/web", "3"));
        let nameless = image_info("sha256:1".into(), "0123456789ab", ImageInspect::default());
        assert_eq!(nameless.repository, "");
    }
}
