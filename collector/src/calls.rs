//! What a system call says, in the words of the wire.
//!
//! Names come from the caller's memory after the call and can be anything. Not here: whose call it was.

use crate::{raw, window};
use plumbline_proto::v1::CallKind;

/// `enum call` of records.h.
const EXEC_FAILED: u32 = 1;
const CREDENTIALS: u32 = 2;
const PTRACE: u32 = 3;
const MEMFD: u32 = 4;
const SETNS: u32 = 5;
const UNSHARE: u32 = 6;
const MOUNT: u32 = 7;
const MODULE: u32 = 8;
const BPF: u32 = 9;
const CHMOD: u32 = 10;
const UNIX_CONNECT: u32 = 11;

/// ptrace(2)
const PTRACE_SEIZE: u64 = 0x4206;
/// Kinds of namespaces by their flag, clone(2).
const NAMESPACES: [(u64, &str); 8] = [
    (0x0002_0000, "mount"),
    (0x0200_0000, "cgroup"),
    (0x0400_0000, "uts"),
    (0x0800_0000, "ipc"),
    (0x1000_0000, "user"),
    (0x2000_0000, "pid"),
    (0x4000_0000, "net"),
    (0x0000_0080, "time"),
];

/// Whether the caller's rights or namespaces can be others now.
pub(crate) fn changes_identity(call: &raw::Call) -> bool {
    matches!(call.call, CREDENTIALS | SETNS | UNSHARE) && call.result >= 0
}

/// The event that the call is by itself, if it is one.
pub(crate) fn event(call: raw::Call) -> Option<window::Call> {
    let [first, second] = call.args;
    let file = |path: &str, name: &str| if name.is_empty() { path.to_owned() } else { join(path, name) };
    let (kind, subject, detail, value) = match call.call {
        EXEC_FAILED => (CallKind::ExecFailed, file(&call.path, &call.text), String::new(), 0),
        PTRACE => {
            let how = if first == PTRACE_SEIZE { "seize" } else { "attach" };
            (CallKind::Ptrace, String::new(), how.to_owned(), second)
        }
        MEMFD => (CallKind::Memfd, call.text, String::new(), 0),
        SETNS => {
            let kinds = namespaces(first);
            let kinds = if kinds.is_empty() { "any".to_owned() } else { kinds };
            (CallKind::Setns, String::new(), kinds, 0)
        }
        UNSHARE => {
            let kinds = namespaces(first);
            if kinds.is_empty() {
                return None; // it left no namespace
            }
            (CallKind::Unshare, String::new(), kinds, 0)
        }
        MOUNT => (CallKind::Mount, file(&call.path, &call.more), call.text, first),
        MODULE => (CallKind::Module, call.path, String::new(), 0),
        BPF => (CallKind::Bpf, String::new(), String::new(), first),
        CHMOD => (CallKind::MadeExecutable, file(&call.path, &call.text), String::new(), first & 0o7777),
        // An abstract one, as ss(8) writes it.
        UNIX_CONNECT if first != 0 => (CallKind::UnixConnect, format!("@{}", call.text), String::new(), 0),
        UNIX_CONNECT => (CallKind::UnixConnect, call.text, String::new(), 0),
        _ => return None,
    };
    let error = call.result.checked_neg().and_then(|error| u32::try_from(error).ok()).unwrap_or(0);
    Some(window::Call { kind, error, subject, detail, value })
}

fn namespaces(flags: u64) -> String {
    let kinds: Vec<&str> =
        NAMESPACES.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, kind)| *kind).collect();
    kinds.join(",")
}

/// A name that a process used in a directory, without `.` and `..`; links are not followed.
fn join(directory: &str, name: &str) -> String {
    let whole = if name.starts_with('/') { name.to_owned() } else { format!("{directory}/{name}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(call: u32, result: i32, args: [u64; 2], text: &str) -> raw::Call {
        raw::Call { call, result, args, path: "/srv/app".into(), text: text.into(), ..raw::Call::default() }
    }

    #[test]
    fn a_name_is_told_from_the_root_whatever_the_caller_s_directory() {
        for (name, whole) in
            [("/bin/x", "/bin/x"), ("x", "/srv/app/x"), ("./../x", "/srv/x"), ("../../../..", "/")]
        {
            assert_eq!(event(call(EXEC_FAILED, -13, [0; 2], name)).unwrap().subject, whole);
        }
    }

    #[test]
    fn what_failed_says_why_and_changes_nothing() {
        let failed = call(SETNS, -1, [0x2_0000, 0], "");
        assert!(!changes_identity(&failed));
        let event = event(failed).unwrap();
        assert_eq!((event.error, event.detail.as_str()), (1, "mount"));
    }

    #[test]
    fn leaving_no_namespace_is_no_event() {
        assert_eq!(event(call(UNSHARE, 0, [0x400, 0], "")), None);
        let event = event(call(UNSHARE, 0, [0x1002_0000, 0], "")).unwrap();
        assert_eq!(event.detail, "mount,user");
    }

    #[test]
    fn odd_results_and_kinds_do_no_harm() {
        assert_eq!(event(call(MEMFD, i32::MIN, [0; 2], "x")).unwrap().error, 0);
        assert_eq!(event(call(99, 0, [0; 2], "x")), None);
    }
}
