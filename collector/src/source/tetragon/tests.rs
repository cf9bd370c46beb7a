//! Tetragon's events as its documentation shows them, and anything else as a hostile file could hold.

use super::*;
use proptest::prelude::*;
use std::net::IpAddr;

const DOCKER: &str = "551e161c47d8ff0eb665438a7bcd5b4";
const WHOLE: &str = "551e161c47d8ff0eb665438a7bcd5b4e3ef5a297282b40a92b7c77d6bd168eb3";

fn in_pod(pid: u32, binary: &str, arguments: &str, more: &str) -> String {
    format!(
        r#"{{"exec_id":"bjoxOjE=","pid":{pid},"uid":33,"cwd":"/","binary":"{binary}","arguments":{arguments:?},
        "flags":"execve clone","start_time":"2026-01-02T03:04:05.25Z","auid":4294967295,
        "pod":{{"namespace":"shop","name":"web-0","uid":"u-1","container":{{"id":"containerd://{WHOLE}","name":"web",
          "image":{{"id":"docker.io/shop/web@sha256:8e86","name":"docker.io/shop/web:2"}},
          "start_time":"2026-01-02T03:00:00Z","pid":{pid}}},"pod_labels":{{"app":"web"}},"workload":"web"}},
        "docker":"{DOCKER}","parent_exec_id":"bjoxOjA=","tid":{pid}{more}}}"#
    )
}

fn told(json: &str) -> Told {
    match line(json.as_bytes()) {
        Sense::Event(told) => *told,
        other => panic!("{other:?} of {json}"),
    }
}

fn exec(process: &str, parent: &str) -> Told {
    told(&format!(
        r#"{{"process_exec":{{"process":{process},"parent":{parent}}},"node_name":"n","time":"2026-01-02T03:04:06Z"}}"#
    ))
}

#[test]
fn a_program_in_a_pod_is_told_with_its_words_its_parent_and_its_image() {
    let more = r#","cap":{"effective":["CAP_CHOWN","CAP_KILL","CAP_OF_TOMORROW"]},"in_init_tree":true"#;
    let process = in_pod(57, "/usr/sbin/nginx", r#"-g "daemon off;""#, more);
    let told = exec(&process, &in_pod(1, "/bin/sh", "", ""));
    assert_eq!(told.act, Act::Exec);
    assert_eq!(told.time_unix_ns, 1_767_323_046_000_000_000);
    assert_eq!(told.process.start_unix_ns, Some(1_767_323_045_250_000_000));
    let program = &told.process.program;
    assert_eq!(program.arguments, ["/usr/sbin/nginx", "-g", "daemon off;"]);
    assert_eq!(
        (program.rights.uid, program.rights.euid),
        (UNKNOWN_ID, 33),
        "only the effective user is told"
    );
    assert_eq!(program.rights.capabilities, 1 << 5 | 1);
    assert_eq!(program.flags, ProcessFlag::InitFamily as u32);
    let parent = told.process.parent.unwrap();
    assert!(parent.pid == 1 && parent.first && parent.program.executable == "/bin/sh");
    let container = told.container;
    let facts = container.facts.unwrap();
    assert_eq!((&*container.id, &*facts.id, &*facts.runtime), (DOCKER, WHOLE, "containerd"));
    assert_eq!((facts.image.digest.as_str(), facts.image.tag.as_str()), ("sha256:8e86", "2"));
    assert_eq!(facts.pod.as_ref().unwrap().namespace, "shop");
    let untold = |aspect| !told.tells.has(aspect);
    assert!(!untold(Aspect::Execs) && !untold(Aspect::Sessions) && !untold(Aspect::Capabilities));
    assert!(untold(Aspect::Layers) && untold(Aspect::Users) && untold(Aspect::Exits));
}

#[test]
fn a_container_without_pod_has_no_image_of_its_own_and_a_host_process_is_passed_over() {
    let process = format!(
        r#"{{"exec_id":"x","pid":9,"uid":0,"binary":"/bin/ls","flags":"execve","start_time":"2026-01-02T03:04:05Z","docker":"{DOCKER}"}}"#
    );
    let told = exec(&process, "{}");
    assert!(told.container.facts.is_none() && told.process.parent.is_none());
    let host = process.replace(DOCKER, "");
    let host = format!(r#"{{"process_exec":{{"process":{host}}},"time":"2026-01-02T03:04:06Z"}}"#);
    assert!(matches!(line(host.as_bytes()), Sense::Skip("host")));
}

#[test]
fn memory_deletion_sessions_and_host_namespaces_are_told_where_they_are() {
    let file = |file: &str| {
        format!(
            r#","in_init_tree":false,"ns":{{"mnt":{{"inum":1,"is_host":true}}}},"binary_properties":{{"file":{file}}}"#
        )
    };
    let flags = |more: &str| exec(&in_pod(70, "/proc/self/fd/3", "", more), "{}").process.program.flags;
    let common = ProcessFlag::ExecSession as u32 | ProcessFlag::HostMounts as u32;
    let memory = file(r#"{"inode":{"number":"45021","links":0}}"#);
    assert_eq!(flags(&memory), common | ProcessFlag::Memfd as u32);
    let deleted = file(r#"{"inode":{"number":"45021","links":0},"path":"/tmp/x"}"#);
    assert_eq!(flags(&deleted), common | ProcessFlag::Deleted as u32);
}

#[test]
fn ends_sockets_and_losses_are_told() {
    let process = in_pod(57, "/bin/x", "", "");
    let end = told(&format!(
        r#"{{"process_exit":{{"process":{process},"signal":"SIGKILL","status":0,"time":"2026-01-02T03:04:09Z"}},"time":"2026-01-02T03:04:10Z"}}"#
    ));
    assert_eq!((end.act, end.time_unix_ns), (Act::Exit { code: 0, signal: 9 }, 1_767_323_049_000_000_000));
    let kprobe = |function: &str, policy: &str, argument: &str| {
        format!(
            r#"{{"process_kprobe":{{"process":{process},"function_name":"{function}","policy_name":"{policy}",{argument},"action":"KPROBE_ACTION_POST"}},"time":"2026-01-02T03:04:06Z"}}"#
        )
    };
    let sock = r#"{"sock_arg":{"family":"AF_INET","type":"SOCK_STREAM","protocol":"IPPROTO_TCP","saddr":"10.0.0.2","daddr":"93.184.216.34","sport":80,"dport":443,"cookie":"18446635137411482624","state":"TCP_SYN_SENT"}}"#;
    let args = format!(r#""args":[{sock}]"#);
    for (json, action, address, port) in [
        (kprobe("tcp_connect", "plumbline-sockets", &args), SocketAction::Connect, "93.184.216.34", 443),
        (kprobe("inet_csk_listen_start", "x", &args), SocketAction::Listen, "10.0.0.2", 80),
        (
            kprobe("inet_csk_accept", "x", &format!(r#""return":{sock}"#)),
            SocketAction::Accept,
            "93.184.216.34",
            80,
        ),
    ] {
        let told = told(&json);
        assert_eq!(told.act, Act::Socket { action, address: address.parse::<IpAddr>().unwrap(), port });
        let own = action == SocketAction::Connect;
        assert_eq!(told.tells.has(Aspect::Connect), own, "another's policy may leave some out");
        assert!(!told.tells.has(Aspect::Listen));
    }
    assert!(matches!(line(kprobe("sys_setuid", "x", &args).as_bytes()), Sense::Skip("other_function")));
    let lost =
        br#"{"rate_limit_info":{"number_of_dropped_process_events":"12"},"time":"2026-01-02T03:04:06Z"}"#;
    assert!(matches!(line(lost), Sense::Lost { events: 12, time_unix_ns: Some(_) }));
    let throttled =
        br#"{"process_throttle":{"type":"THROTTLE_START","cgroup":"c"},"time":"2026-01-02T03:04:06Z"}"#;
    assert!(matches!(line(throttled), Sense::Lost { events: 1, .. }));
    assert!(matches!(line(br#"{"process_loader":{}}"#), Sense::Skip("other_kind")));
    assert!(matches!(line(b"rubbish"), Sense::Invalid("not_json")));
}

proptest! {
    #[test]
    fn any_bytes_and_any_change_of_an_event_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0..900_usize, with in any::<char>()) {
        line(&bytes);
        let mut json = format!(r#"{{"process_exec":{{"process":{}}},"time":"2026-01-02T03:04:06Z"}}"#, in_pod(57, "/bin/x", "a b", ""));
        let at = json.floor_char_boundary(at);
        json.insert(at, with);
        line(json.as_bytes());
    }
}
