//! What `bpf/records.h` lays out is what is read here: each field is written with a value of its own to the place
//! that the compiler's BTF gives it, the record is read, and every value must come out where it belongs. A field
//! that moves, grows, is added or is read in another order fails here.
//!
//! The header is compiled once more, with all its types in one variable: of the programs' own object the compiler
//! leaves out types that only local variables have. BTF is read as the kernel's documentation describes it
//! (Documentation/bpf/btf.rst).

use super::*;
use object::{Object, ObjectSection};
use std::{
    collections::{BTreeMap, HashMap},
    io::Write,
    process::{Command, Stdio},
};

const SOURCE: &str = r#"
#include "kernel.h"
#include "records.h"
struct {
	struct record_fork fork; struct record_exec exec; struct record_exit exit; struct record_flow flow;
	struct record_call call; struct record_dns dns; struct record_cgroup cgroup; struct flow counted;
	enum record_kind kinds; enum flow_action actions; enum call calls; enum outcome outcomes; enum place_state states;
	enum hierarchy hierarchies;
	struct enforced enforced; struct listed listed;
} all;
"#;

/// Offset and size in bytes, by path.
type Fields = BTreeMap<String, (usize, usize)>;

/// Structures with their sizes and fields, and constants.
#[derive(Default)]
struct Layout {
    structs: HashMap<String, (usize, Fields)>,
    constants: HashMap<String, u64>,
}

/// A type, and what follows it: members (name, type, offset), constants (name, value), or an array's element type
/// and length.
struct Type {
    name: String,
    kind: u32,
    size_or_type: u32,
    rest: Vec<(String, u32, u32)>,
}

const INT: u32 = 1;
const ARRAY: u32 = 3;
const STRUCT: u32 = 4;
const ENUM: u32 = 6;

impl Layout {
    fn compiled() -> Self {
        let object = tempfile::NamedTempFile::new().unwrap();
        let mut clang = Command::new("clang")
            .args(["-g", "-O2", "-target", "bpf", "-D__TARGET_ARCH_x86", "-c", "-x", "c", "-", "-I"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/bpf"))
            .arg("-o")
            .arg(object.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        clang.stdin.take().unwrap().write_all(SOURCE.as_bytes()).unwrap();
        assert!(clang.wait().unwrap().success());
        let bytes = std::fs::read(object.path()).unwrap();
        let file = object::File::parse(&*bytes).unwrap();
        Self::of(&types(file.section_by_name(".BTF").unwrap().data().unwrap()))
    }

    fn of(types: &[Type]) -> Self {
        let mut layout = Self::default();
        for of in types {
            match of.kind {
                STRUCT => {
                    let mut fields = Fields::new();
                    flatten(types, of, "", 0, &mut fields);
                    layout.structs.insert(of.name.clone(), (of.size_or_type as usize, fields));
                }
                ENUM => {
                    let constants = of.rest.iter().map(|(name, value, _)| (name.clone(), (*value).into()));
                    layout.constants.extend(constants);
                }
                _ => {}
            }
        }
        layout
    }

    /// A record with these values, one for each field but those called `unused`.
    fn filled(&self, name: &str, values: &[(&str, u64)]) -> Vec<u8> {
        let (size, fields) = &self.structs[name];
        let named: Vec<&str> = values.iter().map(|(field, _)| *field).collect();
        for field in fields.keys().filter(|field| !field.ends_with("unused")) {
            assert!(named.contains(&field.as_str()), "{name}.{field} is new: read it, and name it here");
        }
        let mut bytes = vec![0; *size];
        for (field, value) in values {
            let (offset, size) = fields.get(*field).unwrap_or_else(|| panic!("{name} has no field {field}"));
            let width = (*size).min(8);
            assert!(width == 8 || *value >> (8 * width) == 0, "{name}.{field} has {size} bytes");
            bytes[*offset..offset + width].copy_from_slice(&value.to_le_bytes()[..width]);
        }
        bytes
    }

    fn record(&self, name: &str, kind: &str, values: &[(&str, u64)], tail: &[u8]) -> Record {
        let head = [("header.kind", self.constants[kind]), ("header.length", 7), ("header.time_ns", BIG + 1)];
        let mut bytes = self.filled(name, &[&head, values].concat());
        bytes.extend(tail);
        let record = record(&bytes).unwrap();
        assert_eq!(record.time_ns, BIG + 1);
        record
    }
}

/// Types by their numbers; 0 is `void`.
fn types(btf: &[u8]) -> Vec<Type> {
    let word = |at: usize| u32::from_le_bytes(btf[at..at + 4].try_into().unwrap());
    let (head, types, types_len, strings) = (word(4), word(8), word(12), word(16));
    let text = |offset: u32| {
        let text = btf[(head + strings + offset) as usize..].split(|byte| *byte == 0).next().unwrap();
        String::from_utf8(text.to_vec()).unwrap()
    };
    let mut all = vec![Type { name: String::new(), kind: 0, size_or_type: 0, rest: Vec::new() }];
    let (mut at, end) = ((head + types) as usize, (head + types + types_len) as usize);
    while at < end {
        let (name, info, size_or_type) = (text(word(at)), word(at + 4), word(at + 8));
        let (kind, count) = (info >> 24 & 0x1f, (info & 0xffff) as usize);
        at += 12;
        let (entries, width) = match kind {
            INT | 14 | 17 => (1, 4),
            ARRAY => (1, 12),
            STRUCT | 5 | 15 | 19 => (count, 12),
            ENUM | 13 => (count, 8),
            _ => (0, 0),
        };
        let entries = (0..entries).map(|entry| {
            let at = at + entry * width;
            match kind {
                STRUCT => (text(word(at)), word(at + 4), word(at + 8)),
                ENUM => (text(word(at)), word(at + 4), 0),
                ARRAY => (String::new(), word(at), word(at + 8)),
                _ => (String::new(), 0, 0),
            }
        });
        let rest: Vec<_> = entries.collect();
        at += rest.len() * width;
        all.push(Type { name, kind, size_or_type, rest });
    }
    all
}

/// Fields of a structure, those of structures in it by their path; an array is one field.
fn flatten(types: &[Type], of: &Type, path: &str, base: usize, out: &mut Fields) {
    for (name, number, bits) in &of.rest {
        let (path, offset) = (format!("{path}{name}"), base + *bits as usize / 8);
        let of = resolved(types, *number);
        if of.kind == STRUCT {
            flatten(types, of, &format!("{path}."), offset, out);
        } else {
            out.insert(path, (offset, size(types, *number)));
        }
    }
}

/// Without typedefs and the like.
fn resolved(types: &[Type], number: u32) -> &Type {
    let of = &types[number as usize];
    if (8..=11).contains(&of.kind) { resolved(types, of.size_or_type) } else { of }
}

fn size(types: &[Type], number: u32) -> usize {
    let of = resolved(types, number);
    match of.kind {
        2 => 8,
        ARRAY => of.rest[0].2 as usize * size(types, of.rest[0].1),
        _ => of.size_or_type as usize,
    }
}

/// More than 32 bits.
const BIG: u64 = 1 << 40;

fn key(pid: u32, ticks: u64) -> ProcessKey {
    ProcessKey { pid, start_ticks: ticks }
}

const IDENTITY: [(&str, u64); 8] = [
    ("identity.uid", 31),
    ("identity.gid", 32),
    ("identity.euid", 33),
    ("identity.egid", 34),
    ("identity.capabilities", BIG + 35),
    ("identity.mount_ns", 36),
    ("identity.net_ns", 37),
    ("identity.user_ns", 38),
];

fn identity() -> Identity {
    Identity {
        uid: 31,
        gid: 32,
        euid: 33,
        egid: 34,
        capabilities: BIG + 35,
        mount_ns: 36,
        net_ns: 37,
        user_ns: 38,
    }
}

const PROCESS: [(&str, u64); 3] =
    [("process.pid", 11), ("process.program", 0), ("process.start_ns", 12 * TICK_NS)];
const PARENT: [(&str, u64); 3] =
    [("parent.pid", 13), ("parent.program", 0), ("parent.start_ns", 14 * TICK_NS)];

#[test]
fn records_of_processes_are_read_as_they_are_laid_out() {
    let layout = Layout::compiled();
    let child = [("child.pid", 11), ("child.program", 0), ("child.start_ns", 12 * TICK_NS)];
    let fork = layout.record(
        "record_fork",
        "RECORD_FORK",
        &[&child[..], &PARENT, &[("mount_ns", 15)]].concat(),
        b"",
    );
    assert_eq!(fork.kind, Kind::Fork { child: key(11, 12), parent: key(13, 14), mount_ns: 15 });
    let own = [
        ("cgroup", BIG + 15),
        ("inode", BIG + 16),
        ("size", BIG + 17),
        ("modified_s", -18_i64 as u64),
        ("device", 19),
        ("namespace_pid", 20),
        ("flags", u64::from(UPPER_LAYER | SOCKET_STDIO)),
        ("path_bytes", 3),
        ("script_bytes", 2),
        ("args_bytes", 4),
        ("args_total_bytes", 21),
        ("directory_bytes", 4),
    ];
    let exec = layout.record(
        "record_exec",
        "RECORD_EXEC",
        &[&own[..], &PROCESS, &PARENT, &IDENTITY].concat(),
        b"sh\0x\0d\0c\0a\0b\0",
    );
    let expected = Exec {
        process: key(11, 12),
        parent: key(13, 14),
        cgroup: BIG + 15,
        identity: identity(),
        namespace_pid: 20,
        executable: "/sh".into(),
        file: FileId { inode: BIG + 16, device: 19, size: BIG + 17, modified_s: -18 },
        script: "x".into(),
        directory: Some("/c/d".into()),
        arguments: vec!["a".into(), "b".into()],
        argument_bytes: 21,
        upper_layer: true,
        socket_stdio: true,
        arguments_truncated: true,
        ..Exec::default()
    };
    assert_eq!(exec.kind, Kind::Exec(Box::new(expected)));
    let used =
        [("run_ns", 40), ("user_ns", 3), ("system_ns", 1), ("max_rss_pages", BIG + 24), ("code", 25 << 8)];
    let exit = layout.record("record_exit", "RECORD_EXIT", &[&PROCESS[..], &used].concat(), b"");
    let expected =
        Exit { code: 25, signal: 0, user_ns: 30, system_ns: 10, max_rss_bytes: (BIG + 24) * PAGE_BYTES };
    assert_eq!(exit.kind, Kind::Exit { process: key(11, 12), exit: expected });
}

#[test]
fn what_is_enforced_is_written_as_it_is_laid_out() {
    use crate::enforce::{RawEnforced, RawListed};
    use plumbline_proto::v1::EnforcementOutcome as Outcome;
    use std::mem::offset_of;

    let layout = Layout::compiled();
    let own = |fields: &[(&str, usize, usize)]| -> Fields {
        fields.iter().map(|(name, offset, size)| ((*name).to_owned(), (*offset, *size))).collect()
    };
    let enforced = own(&[
        ("policy", offset_of!(RawEnforced, policy), 4),
        ("rules", offset_of!(RawEnforced, rules), 4),
        ("outcome", offset_of!(RawEnforced, outcome), 4),
        ("unused", offset_of!(RawEnforced, unused), 4),
        ("started_s", offset_of!(RawEnforced, started_s), 8),
    ]);
    assert_eq!(layout.structs["enforced"], (size_of::<RawEnforced>(), enforced));
    let (size, fields) = &layout.structs["listed"];
    assert_eq!((*size, fields["policy"].0), (size_of::<RawListed>(), offset_of!(RawListed, policy)));
    assert_eq!(fields["path"].0, offset_of!(RawListed, path));
    for outcome in [Outcome::Observed, Outcome::Warned, Outcome::Killed, Outcome::Spared, Outcome::Failed] {
        let name = outcome.as_str_name().trim_start_matches("ENFORCEMENT_");
        assert_eq!(layout.constants[name], outcome as u64, "{name}");
    }
}

#[test]
fn a_broken_policy_is_told_with_what_became_of_it() {
    assert_eq!(broken(0), None);
    assert_eq!(broken(UPPER_LAYER | OTHER_MOUNT), None);
    assert_eq!(
        broken(BREAKS_IMMUTABLE | 512 | 3 << OUTCOME_SHIFT),
        Some(Broken { immutable: true, outcome: 3 })
    );
    assert_eq!(broken(512 | 1 << OUTCOME_SHIFT), Some(Broken { immutable: false, outcome: 1 }));
}

#[test]
fn records_of_sockets_are_read_as_they_are_laid_out() {
    let layout = Layout::compiled();
    let actions = [
        ("FLOW_CONNECT", SocketAction::Connect),
        ("FLOW_LISTEN", SocketAction::Listen),
        ("FLOW_ACCEPT", SocketAction::Accept),
        ("FLOW_SEND", SocketAction::Send),
        ("FLOW_RECEIVE", SocketAction::Receive),
    ];
    for (constant, action) in actions {
        let expected = Socket {
            process: key(11, 12),
            program: 5,
            action,
            address: IpAddr::from([10, 0, 0, 9]),
            port: 15,
            net_ns: 14,
        };
        let socket = [
            ("key.process.pid", 11),
            ("key.process.program", 5),
            ("key.process.start_ns", 12 * TICK_NS),
            ("key.address", u64::from(u32::from_le_bytes([10, 0, 0, 9]))),
            ("key.window", BIG + 13),
            ("key.net_ns", 14),
            ("key.port", 15),
            ("key.family", super::reader::AF_INET.into()),
            ("key.action", layout.constants[constant]),
        ];
        let fields = [&socket[..], &[("cgroup", BIG + 16)]].concat();
        let record = layout.record("record_flow", "RECORD_FLOW", &fields, b"");
        assert_eq!(record.kind, Kind::Socket { cgroup: BIG + 16, socket: expected });
        let counts = [
            ("counts.last_ns", BIG + 1),
            ("counts.sent_bytes", BIG + 2),
            ("counts.received_bytes", BIG + 3),
            ("counts.latency_ns", BIG + 4),
            ("counts.duration_ns", BIG + 5),
            ("counts.repeats", 6),
            ("counts.failed", 8),
            ("counts.error", 9),
            ("counts.closed", 10),
            ("place", 7),
        ];
        let fields = [&socket[..], &counts].concat();
        let value = flow(&layout.filled("flow", &fields).try_into().unwrap());
        let traffic = Traffic {
            sent_bytes: BIG + 2,
            received_bytes: BIG + 3,
            latency_ns: BIG + 4,
            duration_ns: BIG + 5,
            established: if expected.action == SocketAction::Connect { 10 } else { 0 },
            failed: 8,
            error: 9,
            closed: 10,
        };
        let expected = Flow { socket: expected, window: BIG + 13, last_ns: BIG + 1, repeats: 6, traffic };
        assert_eq!(value, Ok(expected));
    }
}

#[test]
fn both_sides_name_the_states_of_a_place_and_the_hierarchies_alike() {
    use crate::{
        cgroup::Hierarchy,
        probe::{PLACE_FREE, PLACE_READING, PLACE_READY},
    };
    let layout = Layout::compiled();
    for (name, number) in [
        ("PLACE_FREE", PLACE_FREE),
        ("PLACE_READY", PLACE_READY),
        ("PLACE_READING", PLACE_READING),
        ("HIERARCHY_UNIFIED", Hierarchy::Unified as u32),
        ("HIERARCHY_PIDS", Hierarchy::Pids as u32),
        ("HIERARCHY_MEMORY", Hierarchy::Memory as u32),
    ] {
        assert_eq!(layout.constants[name], u64::from(number), "{name}");
    }
}

#[test]
fn records_of_calls_names_and_groups_are_read_as_they_are_laid_out() {
    let layout = Layout::compiled();
    let own = [
        ("cgroup", BIG + 15),
        // Both of them: the first of an array.
        ("args", BIG + 16),
        ("call", 17),
        ("result", u64::from(-13_i32 as u32)),
        ("path_bytes", 2),
        ("text_bytes", 3),
        ("more_bytes", 2),
        ("thread", 1),
    ];
    let call =
        layout.record("record_call", "RECORD_CALL", &[&own[..], &PROCESS, &IDENTITY].concat(), b"p\0tt\0m\0");
    let expected = Call {
        process: key(11, 12),
        cgroup: BIG + 15,
        identity: identity(),
        thread: true,
        call: 17,
        result: -13,
        args: [BIG + 16, 0],
        path: "/p".into(),
        text: "tt".into(),
        more: "m".into(),
    };
    assert_eq!(call.kind, Kind::Call(Box::new(expected)));
    let own = [("cgroup", BIG + 15), ("connection", BIG + 16), ("received", 1), ("bytes", 3), ("length", 5)];
    let dns = layout.record("record_dns", "RECORD_DNS", &[&own[..], &PROCESS].concat(), b"abc");
    let expected = Kind::Dns {
        process: key(11, 12),
        cgroup: BIG + 15,
        received: true,
        connection: BIG + 16,
        length: 5,
        bytes: b"abc".into(),
    };
    assert_eq!(dns.kind, expected);
    let leaf = u64::from_le_bytes(*b"leaf\0\0\0\0");
    let group =
        layout.record("record_cgroup", "RECORD_CGROUP", &[("cgroup", BIG + 15), ("names", leaf)], b"");
    assert_eq!(group.kind, Kind::Cgroup { cgroup: BIG + 15, names: vec!["leaf".into()] });
    assert_eq!(layout.structs["record_cgroup"].1["names"].1, CGROUP_LEVELS * CGROUP_NAME_BYTES);
}
