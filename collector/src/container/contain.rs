//! Pausing and stopping a container through its runtime, where a person confirmed an attack there.
//!
//! The one thing that is ever changed through a runtime's socket. Only a container whose whole id and whose image are those that
//! were named, by the runtime that knows it. What is paused, or has ended, already is as if this had done it. Not here: whether
//! it may be done (`enforce/orders.rs`).

use super::{Client, ContainerInfo, Runtime, RuntimeError};
use futures_util::{StreamExt, stream::FuturesUnordered};
use std::sync::Arc;

/// How long a container has to end by itself. An attacker has as long.
pub(super) const GRACE_S: u8 = 3;

/// What is done to a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Pause,
    Stop,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Came {
    /// With what there is to say of it.
    Done(&'static str),
    /// It was not tried.
    Refused(String),
    Failed(RuntimeError),
}

/// Pauses or stops the container with this whole id and of this image.
pub(crate) async fn contain(runtimes: &[Runtime], id: &Arc<str>, digest: &str, act: Act) -> Came {
    let (runtime, info) = match who_knows(runtimes, id).await {
        Ok(known) => known,
        Err(error) => return Came::Failed(error),
    };
    if info.id != *id || info.image.digest != digest {
        return Came::Refused(format!("the runtime says that it is of image {}", info.image.digest));
    }
    let done = runtime.bounded(async {
        match (&runtime.client, act) {
            (Client::Docker(engine), _) => engine.contain(id, act).await.map(Ok),
            (Client::Cri(cri), Act::Stop) => cri.stop(id).await.map(|()| Ok("")),
            (Client::Cri(_), Act::Pause) => {
                Ok(Err("CRI, by which the runtime is spoken to, has no pause; set the policy to stop"))
            }
        }
    });
    match done.await {
        Ok(Ok(said)) => Came::Done(said),
        Ok(Err(why)) => Came::Refused(why.to_owned()),
        Err(error) => Came::Failed(error),
    }
}

/// What may be done through a runtime's socket, found out without doing it. A proxy before the socket may let questions through and
/// nothing else.
pub(crate) async fn may_contain(runtime: &Runtime) -> Result<&'static str, RuntimeError> {
    runtime
        .bounded(async {
            match &runtime.client {
                Client::Docker(engine) => engine.may_contain().await.map(|()| "can be paused and stopped"),
                Client::Cri(_) => Ok("can be stopped, and not paused, which CRI does not know"),
            }
        })
        .await
}

/// The runtime that knows a container. All are asked at once: one that hangs does not keep another from answering.
async fn who_knows<'r>(
    runtimes: &'r [Runtime],
    id: &Arc<str>,
) -> Result<(&'r Runtime, ContainerInfo), RuntimeError> {
    let asked = runtimes.iter().map(|runtime| async move { (runtime, runtime.container(id).await) });
    let mut answers = asked.collect::<FuturesUnordered<_>>();
    let mut last = RuntimeError::NoSocket("of any runtime that was named".into());
    while let Some((runtime, answer)) = answers.next().await {
        match answer {
            Ok(info) => return Ok((runtime, info)),
            Err(RuntimeError::NoSocket(_)) => {}
            Err(error) => last = error,
        }
    }
    Err(last)
}
