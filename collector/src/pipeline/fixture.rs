//! A pipeline without a kernel, one container, records of it, and the batches that come of them; for tests.

use super::Pipeline;
use crate::{
    config::Settings,
    container::{ContainerInfo, ImageInfo, Questions},
    process::HostNamespaces,
    queue::Queue,
    raw::{Exec, Identity, Kind, ProcessKey, Record},
};
use plumbline_proto::v1::Batch;
use prost::Message;
use std::{sync::Arc, time::Duration};

pub(super) const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
/// Number of its control group.
pub(super) const GROUP: u64 = 9;

pub(super) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// One that sends at each occasion.
pub(super) fn pipeline() -> (Pipeline, Arc<Queue>) {
    bounded(Duration::ZERO, 1 << 20)
}

pub(super) fn bounded(flush_interval: Duration, queue_bytes: usize) -> (Pipeline, Arc<Queue>) {
    let settings = Settings {
        host_processes: false,
        node: "n".into(),
        window_ns: 3_600_000_000_000,
        flush_interval,
        queue_bytes,
    };
    let queue = Arc::new(Queue::new(settings.queue_bytes));
    let (host, digests) = (HostNamespaces { mount: 1, net: 1 }, std::sync::mpsc::sync_channel(1).0);
    let (questions, flows) = (Questions::default(), Box::new(|_| Vec::new()));
    let mut pipeline = Pipeline::new(settings, queue.clone(), questions, host, flows, digests, 1);
    pipeline
        .record(Record { time_ns: 1, kind: Kind::Cgroup { cgroup: GROUP, names: words(&["docker", ID]) } });
    (pipeline, queue)
}

/// Process `pid`, started by `parent`, 2 being the runtime, runs `line`.
pub(super) fn exec(pid: u32, parent: u32, line: &str, terminal: bool) -> Record {
    let key = |pid| ProcessKey { pid, start_ticks: 0 };
    let exec = Exec {
        process: key(pid),
        parent: key(parent),
        identity: Identity { mount_ns: 3, net_ns: 3, ..Identity::default() },
        namespace_pid: pid - 9,
        cgroup: GROUP,
        executable: "/x".into(),
        arguments: line.split(' ').map(str::to_owned).collect(),
        terminal,
        ..Exec::default()
    };
    Record { time_ns: u64::from(pid), kind: Kind::Exec(Box::new(exec)) }
}

/// What a runtime says of the container.
pub(super) fn described() -> ContainerInfo {
    ContainerInfo {
        id: ID.into(),
        image: Arc::new(ImageInfo { digest: "sha256:0".into(), ..ImageInfo::default() }),
        ..ContainerInfo::default()
    }
}

/// The batches that wait in a queue; they are settled.
pub(super) async fn batches(queue: &Queue) -> Vec<Batch> {
    let (session, mut batches) = (queue.session(), Vec::new());
    for seq in 1..=queue.waiting().batches {
        let frame = queue.after(&session, seq - 1).await.unwrap();
        batches.push(Batch::decode(&*frame.batch).unwrap());
    }
    queue.settle(&session, batches.len() as u64);
    batches
}
