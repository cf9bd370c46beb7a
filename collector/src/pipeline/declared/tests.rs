//! The same processes, described before, between and after, and what each of them is told as.

use super::*;
use crate::{
    config::Settings,
    container::{ContainerInfo, ImageInfo, Questions},
    process::HostNamespaces,
    queue::Queue,
    raw::{Exec, Identity, Kind, ProcessKey, Record},
};
use plumbline_proto::v1::Batch;
use prost::Message;
use std::{collections::BTreeMap, time::Duration};

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn runs(script: &str, arguments: &[&str], declared: &[&str]) -> bool {
    let program = Program { script: script.into(), arguments: words(arguments), ..Program::default() };
    super::runs(&program, &words(declared))
}

#[test]
fn only_exactly_the_declared_words_are_declared() {
    assert!(runs("", &["sh", "-c", "true"], &["sh", "-c", "true"]));
    for other in [&["sh", "-c", "true", ""][..], &["sh", "-c"], &["/bin/sh", "-c", "true"], &[]] {
        assert!(!runs("", other, &["sh", "-c", "true"]), "{other:?}");
    }
    assert!(!runs("", &[], &[]));
    assert!(runs("", &["printf", r"\x5cx41"], &["printf", r"\x41"]), "words are escaped where they are read");
}

#[test]
fn a_script_is_told_behind_its_interpreter() {
    assert!(runs("/p.sh", &["/bin/sh", "/p.sh", "a"], &["/p.sh", "a"]));
    assert!(runs("/bin/p.sh", &["/bin/sh", "-e", "/bin/p.sh"], &["p.sh"]));
    assert!(!runs("/q.sh", &["/bin/sh", "/p.sh", "/q.sh"], &["/p.sh"]), "another script's interpreter line");
    assert!(!runs("/p.sh", &["/bin/sh", "/p.sh", "b"], &["/p.sh", "a"]));
    assert!(!runs("/bin/p.sh", &["/bin/sh", "/bin/p.sh"], &["/usr/bin/p.sh"]));
    assert!(!runs("/a/p.sh", &["/bin/sh", "/a/p.sh"], &["b/p.sh"]));
}

const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn pipeline() -> (Pipeline, Arc<Queue>) {
    let settings = Settings {
        host_processes: false,
        node: "n".into(),
        window_ns: 3_600_000_000_000,
        flush_interval: Duration::ZERO,
        queue_bytes: 1 << 20,
    };
    let queue = Arc::new(Queue::new(settings.queue_bytes));
    let (host, digests) = (HostNamespaces { mount: 1, net: 1 }, std::sync::mpsc::sync_channel(1).0);
    let (questions, flows) = (Questions::default(), Box::new(|_| Vec::new()));
    let mut pipeline = Pipeline::new(settings, queue.clone(), questions, host, flows, digests, 1);
    pipeline.record(Record { time_ns: 1, kind: Kind::Cgroup { cgroup: 9, names: words(&["docker", ID]) } });
    (pipeline, queue)
}

/// Process `pid`, started by `parent`, 2 being the runtime, runs `line`.
fn exec(pid: u32, parent: u32, line: &str, terminal: bool) -> Record {
    let key = |pid| ProcessKey { pid, start_ticks: 0 };
    let exec = Exec {
        process: key(pid),
        parent: key(parent),
        identity: Identity { mount_ns: 3, net_ns: 3, ..Identity::default() },
        namespace_pid: pid - 9,
        cgroup: 9,
        executable: "/x".into(),
        arguments: line.split(' ').map(str::to_owned).collect(),
        terminal,
        ..Exec::default()
    };
    Record { time_ns: u64::from(pid), kind: Kind::Exec(Box::new(exec)) }
}

fn described() -> (Arc<str>, Option<Arc<ContainerInfo>>) {
    let probe = |kind, line: &str| Probe { kind, command: words(&[line]), period_ns: 0 };
    let info = ContainerInfo {
        id: ID.into(),
        image: Arc::new(ImageInfo { digest: "sha256:0".into(), ..ImageInfo::default() }),
        probes: vec![probe(ProbeKind::Liveness, "alive"), probe(ProbeKind::PostStart, "warm")],
        ..ContainerInfo::default()
    };
    (ID.into(), Some(Arc::new(info)))
}

/// What each process was told as, and how often it was.
async fn told(mut pipeline: Pipeline, queue: &Queue) -> BTreeMap<u32, (Vec<&'static str>, u32)> {
    pipeline.finish();
    queue.close();
    let (session, mut seq, mut told) = (queue.session(), 0, BTreeMap::new());
    while let Some(frame) = queue.after(&session, seq).await {
        seq = frame.seq;
        queue.settle(&session, seq);
        let batch = Batch::decode(&*frame.batch).unwrap();
        let (processes, execs) = (batch.processes.unwrap_or_default(), batch.execs.unwrap_or_default());
        for (row, count) in execs.process.iter().zip(execs.count) {
            let flags = processes.flags[*row as usize];
            let is = |flag: ProcessFlag| (flags & flag as u32 != 0).then(|| flag.as_str_name());
            let flags = [ProcessFlag::ExecSession, ProcessFlag::Probe, ProcessFlag::Hook];
            let names = flags.into_iter().filter_map(is).map(|name| &name["PROCESS_FLAG_".len()..]);
            told.entry(processes.pid[*row as usize]).or_insert((names.collect(), 0)).1 += count;
        }
    }
    told
}

#[tokio::test]
async fn what_is_declared_is_told_so_whenever_its_container_is_described() {
    for describe_at in 0..8 {
        let (mut pipeline, queue) = pipeline();
        let records = [
            exec(10, 2, "web", false),
            exec(20, 2, "warm", false),
            exec(21, 20, "curl", false),
            exec(30, 2, "alive", false),
            exec(40, 2, "alive", true),
            exec(50, 2, "sh", false),
            exec(50, 2, "alive", false),
        ];
        for (at, record) in records.into_iter().enumerate() {
            if at == describe_at {
                pipeline.answer(described());
            }
            pipeline.record(record);
        }
        if describe_at == 7 {
            pipeline.answer(described());
        }
        let (session, hook) = ("EXEC_SESSION", vec!["EXEC_SESSION", "HOOK"]);
        let expected = [
            (10, (vec![], 1)),
            (20, (hook.clone(), 1)),
            (21, (hook, 1)),
            (30, (vec![session, "PROBE"], 1)),
            (40, (vec![session], 1)),
            (50, (vec![session], 2)),
        ];
        let told = told(pipeline, &queue).await;
        assert_eq!(told, BTreeMap::from(expected), "described before record {describe_at}");
    }
}

#[tokio::test]
async fn repeats_counted_before_the_description_are_told_as_declared_too() {
    let (mut pipeline, queue) = pipeline();
    pipeline.record(exec(10, 2, "web", false));
    (0..3).for_each(|nth| pipeline.record(exec(30 + nth, 2, "alive", false)));
    pipeline.answer(described());
    let told = told(pipeline, &queue).await;
    assert_eq!(told[&30], (vec!["EXEC_SESSION", "PROBE"], 3));
}
