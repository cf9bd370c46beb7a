//! Falco's alerts as its documentation shows them, and anything else as a hostile file could hold.

use super::*;
use proptest::prelude::*;

const TIME: u64 = 1_767_323_046_000_000_000;

fn alert(rule: &str, fields: &str) -> String {
    format!(
        r#"{{"hostname":"n","output":"03:04:06: Debug","output_fields":{{"container.id":"0123456789ab","container.image.repository":"docker.io/shop/web",
        "container.image.tag":"2","container.image.digest":"sha256:8e86","container.name":"web","k8s.ns.name":"shop","k8s.pod.name":"web-0",
        "proc.pid":57,"proc.ppid":41,"proc.exepath":"/bin/busybox","user.uid":0,{fields}}},
        "priority":"Debug","rule":"{rule}","source":"syscall","tags":["plumbline"],"time":"2026-01-02T03:04:06.000000000Z"}}"#
    )
}

fn told(json: &str) -> Told {
    match line(json.as_bytes()) {
        Sense::Event(told) => *told,
        other => panic!("{other:?} of {json}"),
    }
}

#[test]
fn a_program_of_our_own_rule_is_told_with_what_the_rule_prints() {
    let fields = format!(
        r#""evt.type":"execve","evt.rawtime":{TIME},"evt.res":"SUCCESS","proc.vpid":7,"proc.pid.ts":1767323040000000000,
        "proc.apid[2]":40,"proc.apid[3]":null,"proc.exe":"sh","proc.args":"-c id","proc.tty":34816,"proc.stdin.type":"ipv4",
        "proc.stdout.type":"file","proc.is_exe_upper_layer":true,"proc.is_exe_from_memfd":false"#
    );
    let told = told(&alert("Plumbline program start", &fields));
    assert_eq!((told.act, told.time_unix_ns), (Act::Exec, TIME));
    assert_eq!((told.process.pid, &told.process.ancestors[..]), (57, &[41, 40][..]));
    let program = &told.process.program;
    assert_eq!(program.arguments, ["sh", "-c", "id"]);
    assert_eq!((program.rights.uid, program.rights.euid), (UNKNOWN_ID, 0));
    let flags = [ProcessFlag::UpperLayer, ProcessFlag::Terminal, ProcessFlag::SocketStdio];
    assert_eq!(program.flags, flags.into_iter().fold(0, |flags, flag| flags | flag as u32));
    let facts = told.container.facts.unwrap();
    assert_eq!(
        (facts.image.digest.as_str(), facts.image.repository.as_str()),
        ("sha256:8e86", "docker.io/shop/web")
    );
    for aspect in [Aspect::Execs, Aspect::Layers, Aspect::Memory, Aspect::Terminals, Aspect::SocketStdio] {
        assert!(told.tells.has(aspect), "{aspect:?}");
    }
    for aspect in [Aspect::ExactArguments, Aspect::Sessions, Aspect::Users, Aspect::Exits, Aspect::Deleted] {
        assert!(!told.tells.has(aspect), "{aspect:?}");
    }
}

#[test]
fn a_stock_rule_s_alert_is_an_event_and_shows_nothing_to_be_told() {
    let fields = r#""evt.type":"execve","evt.time":1767323046000000000,"proc.cmdline":"sh -lc echo hi","proc.name":"sh","proc.tty":34816"#;
    let told = told(&alert("Terminal shell in container", fields));
    assert_eq!(told.process.program.arguments, ["sh", "-lc", "echo", "hi"]);
    assert_eq!(told.tells, Aspects::default());
    let unset = alert("x", r#""evt.type":"execve""#).replace("/bin/busybox", "<NA>");
    assert!(matches!(line(unset.as_bytes()), Sense::Skip("no_executable")));
}

#[test]
fn sockets_ends_and_drops_are_told_by_the_fields_of_their_events() {
    let socket = |kind: &str, fields: &str| {
        told(&alert("Plumbline x", &format!(r#""evt.type":"{kind}","evt.rawtime":{TIME},{fields}"#))).act
    };
    let address = |text: &str| text.parse::<IpAddr>().unwrap();
    assert_eq!(
        socket("connect", r#""fd.l4proto":"tcp","fd.rip":"93.184.216.34","fd.rport":443"#),
        Act::Socket { action: SocketAction::Connect, address: address("93.184.216.34"), port: 443 }
    );
    assert_eq!(
        socket("listen", r#""fd.l4proto":"tcp","fd.sip":"0.0.0.0","fd.sport":"8080""#),
        Act::Socket { action: SocketAction::Listen, address: address("0.0.0.0"), port: 8080 }
    );
    assert_eq!(
        socket("accept4", r#""fd.l4proto":"tcp","fd.cip":"::ffff:10.0.0.9","fd.sport":80"#),
        Act::Socket { action: SocketAction::Accept, address: address("10.0.0.9"), port: 80 }
    );
    assert_eq!(
        socket("connect", r#""fd.l4proto":"udp","fd.rip":"10.0.0.1","fd.rport":53"#),
        Act::Socket { action: SocketAction::Send, address: address("10.0.0.1"), port: 53 }
    );
    assert_eq!(socket("procexit", r#""evt.arg.ret":3,"evt.arg.sig":0"#), Act::Exit { code: 3, signal: 0 });
    let drops = br#"{"hostname":"n","output":"Falco internal: syscall event drop. 5 system calls dropped in last second.","output_fields":{"ebpf_enabled":"1","n_drops":"5","n_evts":"90"},"priority":"Debug","rule":"Falco internal: syscall event drop","source":"internal","time":"2026-01-02T03:04:06.000000000Z"}"#;
    assert!(matches!(line(drops), Sense::Lost { events: 5, time_unix_ns: Some(TIME) }));
}

#[test]
fn a_line_that_lacks_what_is_needed_says_what() {
    let own = |fields: &str| line(alert("Plumbline x", fields).as_bytes());
    assert!(matches!(
        own(r#""evt.type":"connect","fd.l4proto":"tcp","fd.rip":null"#),
        Sense::Invalid("no_address")
    ));
    assert!(matches!(own(r#""x":1"#), Sense::Invalid("no_type")));
    assert!(matches!(line(b"{"), Sense::Invalid("not_json")));
    assert!(matches!(line(b"{}"), Sense::Skip("no_fields")));
    let stock = alert("Read sensitive file", r#""evt.type":"openat""#);
    assert!(matches!(line(stock.as_bytes()), Sense::Skip("other_call")));
    let host = alert("x", r#""evt.type":"execve""#).replace("0123456789ab", "host");
    assert!(matches!(line(host.as_bytes()), Sense::Skip("host")));
}

proptest! {
    #[test]
    fn any_bytes_and_any_change_of_an_alert_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0..900_usize, with in any::<char>()) {
        line(&bytes);
        let mut json = alert("Plumbline x", r#""evt.type":"execve","proc.args":"a b","proc.tty":-1,"proc.pid.ts":1e99"#);
        let at = json.floor_char_boundary(at);
        json.insert(at, with);
        line(json.as_bytes());
    }
}
