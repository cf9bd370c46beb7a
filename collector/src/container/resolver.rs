//! Answers which container an id is: whom to ask, in which order, how often and how long.
//!
//! All runtimes are asked at once, whatever the name of the control group says: a name is the host's to give,
//! and an id belongs to the runtime that knows it. The first such answer is the only one. (The containerd below
//! a Docker engine does not know the engine's containers by CRI: they are in another namespace.)
//! Each question is asked again with growing pauses until an answer or the time is up; at most
//! [`UNDER_WAY`] are asked at once, the others wait their turn. Runtimes' events let a container that lives for
//! an instant be known before it is gone.

use super::{Client, ContainerInfo, PAUSE, Runtime, RuntimeError, pods::Pods};
use futures_util::StreamExt;
use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinSet,
    time::Instant,
};

/// First pause between two questions; the last is [`PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// Questions asked at once.
const UNDER_WAY: usize = 8;
/// Questions nobody waits for (a runtime's event) that may wait for an answer.
const UNASKED: usize = 4096;

/// A question's answer: the container, or `None` after the time was up.
pub(crate) type Answer = (Arc<str>, Option<Arc<ContainerInfo>>);

/// The ids somebody waits for. A set: asking again what is asked already changes nothing, so it holds no more
/// than there are unknown containers, and no question is ever dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Questions(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    ids: Mutex<HashSet<Arc<str>>>,
    came: Notify,
}

impl Questions {
    /// Asks what the container with this id is.
    pub(crate) fn ask(&self, id: Arc<str>) {
        self.0.ids.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        self.0.came.notify_one();
    }

    async fn take(&self) -> HashSet<Arc<str>> {
        loop {
            let came = self.0.came.notified();
            let ids = std::mem::take(&mut *self.0.ids.lock().unwrap_or_else(PoisonError::into_inner));
            if !ids.is_empty() {
                return ids;
            }
            came.await;
        }
    }
}

/// Asks the runtimes.
pub(crate) struct Resolver {
    pub(crate) runtimes: Vec<Runtime>,
    /// What pods declare, if the API server is asked.
    pub(crate) pods: Option<Pods>,
    pub(crate) timeout: Duration,
    pub(crate) questions: Questions,
    pub(crate) answers: mpsc::Sender<Answer>,
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
        Self { id, next: now, pause: FIRST_PAUSE, until: now + timeout, asked }
    }
}

impl Resolver {
    /// Runs until the other side is gone.
    pub(crate) async fn run(self) {
        let runtimes: Arc<[Runtime]> = self.runtimes.into();
        let mut waiting: VecDeque<Question> = VecDeque::new();
        let mut under_way: JoinSet<(Question, Result<ContainerInfo, RuntimeError>)> = JoinSet::new();
        let mut events = futures_util::stream::select_all(runtimes.iter().map(Runtime::created));
        loop {
            let now = Instant::now();
            while under_way.len() < UNDER_WAY
                && let Some(due) = waiting.iter().position(|question| question.next <= now)
                && let Some(question) = waiting.remove(due)
            {
                let (runtimes, pods) = (runtimes.clone(), self.pods.clone());
                under_way.spawn(async move {
                    let answer = match (ask(&runtimes, &question.id).await, pods) {
                        (Ok(info), Some(pods)) => Ok(pods.complete(info).await),
                        (answer, _) => answer,
                    };
                    (question, answer)
                });
            }
            let due = waiting.iter().map(|question| question.next).min().unwrap_or(now + PAUSE);
            tokio::select! {
                () = self.answers.closed() => return,
                ids = self.questions.take() => {
                    waiting.extend(ids.into_iter().map(|id| Question::new(id, self.timeout, true)));
                }
                Some(id) = events.next() => if waiting.len() < UNASKED {
                    waiting.push_back(Question::new(id, PAUSE, false));
                },
                info = late(self.pods.as_ref()) => {
                    if self.answers.send((info.id.clone(), Some(Arc::new(info)))).await.is_err() {
                        return;
                    }
                }
                Some(Ok((mut question, answer))) = under_way.join_next() => match answer {
                    Ok(info) => {
                        let known = (question.id, Some(Arc::new(info)));
                        if self.answers.send(known).await.is_err() {
                            return;
                        }
                    }
                    Err(error) if Instant::now() >= question.until => if question.asked {
                        tracing::warn!(container = &*question.id, %error, "the container stays unknown");
                        if self.answers.send((question.id, None)).await.is_err() {
                            return;
                        }
                    },
                    Err(_) => {
                        question.pause = (2 * question.pause).min(PAUSE);
                        question.next = Instant::now() + question.pause;
                        waiting.push_back(question);
                    }
                },
                // With all places taken, what is due waits for one to be free.
                () = tokio::time::sleep_until(due), if under_way.len() < UNDER_WAY => {}
            }
        }
    }
}

async fn late(pods: Option<&Pods>) -> ContainerInfo {
    match pods {
        Some(pods) => pods.late().await,
        None => std::future::pending().await,
    }
}

/// Asks all runtimes that are there, at once: one that hangs does not keep another's answer back.
async fn ask(runtimes: &[Runtime], id: &Arc<str>) -> Result<ContainerInfo, RuntimeError> {
    let mut last = RuntimeError::NoSocket("of any runtime that was named".into());
    let questions = runtimes.iter().map(|runtime| runtime.container(id));
    let mut answers = questions.collect::<futures_util::stream::FuturesUnordered<_>>();
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(info) => return Ok(info),
            // An engine that is not there says less than one that does not know the id.
            Err(RuntimeError::NoSocket(_)) => {}
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Runtime {
    fn created(&self) -> futures_util::stream::BoxStream<'static, Arc<str>> {
        match &self.client {
            Client::Docker(engine) => engine.created().boxed(),
            Client::Cri(cri) => cri.created().boxed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Address, Kind},
        *,
    };

    #[tokio::test]
    async fn more_questions_than_any_channel_holds_are_all_answered() {
        let (answers, mut answered) = mpsc::channel(1);
        let questions = Questions::default();
        let nobody = Runtime::new(Address { kind: Kind::Docker, path: "/nonexistent/docker.sock".into() });
        let resolver = Resolver {
            runtimes: vec![nobody],
            pods: None,
            timeout: Duration::ZERO,
            questions: questions.clone(),
            answers,
        };
        let all: HashSet<Arc<str>> = (0..10_000).map(|number| number.to_string().into()).collect();
        all.iter().for_each(|id| questions.ask(id.clone()));
        tokio::spawn(resolver.run());
        let mut seen = HashSet::new();
        while seen.len() < all.len() {
            let (id, info) = answered.recv().await.unwrap();
            assert!(info.is_none() && seen.insert(id), "an id is answered once");
        }
        assert_eq!(seen, all);
    }
}
