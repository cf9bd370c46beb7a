//! The same processes, described before, between and after, and what each of them is told as.

use super::*;
use crate::{
    container::ContainerInfo,
    pipeline::fixture::{ID, batches, described as plain, exec, pipeline, words},
    queue::Queue,
};
use std::collections::BTreeMap;

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

fn described() -> (Arc<str>, Option<Arc<ContainerInfo>>) {
    let probe = |kind, line: &str| Probe { kind, command: words(&[line]), period_ns: 0 };
    let info = ContainerInfo {
        probes: vec![probe(ProbeKind::Liveness, "alive"), probe(ProbeKind::PostStart, "warm")],
        ..plain()
    };
    (ID.into(), Some(Arc::new(info)))
}

/// What each process was told as, and how often it was.
async fn told(mut pipeline: Pipeline, queue: &Queue) -> BTreeMap<u32, (Vec<&'static str>, u32)> {
    pipeline.finish();
    let mut told = BTreeMap::new();
    for batch in batches(queue).await {
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
