//! Scripts are found where they lie, told as old or new, and never sought outside the container's root.

use super::*;
use std::{fs, os::unix::fs::symlink, path::Path};

fn exec(executable: &str, script: &str, directory: Option<&str>, line: &str) -> Exec {
    Exec {
        executable: executable.into(),
        script: script.into(),
        directory: directory.map(String::from),
        arguments: line.split(' ').map(String::from).collect(),
        ..Exec::default()
    }
}

fn path(executable: &str, line: &str) -> Option<String> {
    Script::of(&exec(executable, "", Some("/w"), line)).map(|script| script.path)
}

#[test]
fn the_script_is_the_one_the_kernel_was_given_from_where_the_process_was() {
    let of =
        |script, directory| Script::of(&exec("/bin/dash", script, directory, "/bin/sh x")).map(|s| s.path);
    assert_eq!(of("/app/run", None), Some("/app/run".into()));
    assert_eq!(of("./run", Some("/app")), Some("/app/run".into()));
    assert_eq!(of("run", Some("/app")), Some("/app/run".into()));
    assert_eq!(of("./run", Some("")), Some("/run".into()), "the root");
    assert_eq!(of("../run", Some("/app/bin")), Some("/app/bin/../run".into()));
    assert_eq!(of("./run", None), None, "where it was could not be told");
    assert_eq!(of("/dev/fd/3", None), None, "a descriptor of that process, which is gone");
    assert_eq!(of("/proc/7/fd/3", None), None, "a descriptor of another process");
}

/// What a descriptor leads to is a file of the container's, or of none.
#[test]
fn a_script_by_its_descriptor_is_the_file_that_is_open_there() {
    let folder = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    let file = folder.path().join("run");
    fs::write(&file, "#!/bin/sh\n").unwrap();
    let open = fs::File::open(&file).unwrap();
    let memory = rustix::fs::memfd_create("x", rustix::fs::MemfdFlags::empty()).unwrap();
    let of = |descriptor: &dyn std::os::fd::AsRawFd, line: &str| {
        let mut exec = exec("/bin/dash", "", Some("/"), &format!("{line}/{}", descriptor.as_raw_fd()));
        exec.process.pid = std::process::id();
        Script::of(&exec).unwrap()
    };
    let (kept, lost) = (of(&open, "sh /dev/fd"), of(&memory, "sh /proc/self/fd"));
    assert_eq!(kept.path, file.to_str().unwrap());
    assert_eq!(kept.look_up(std::process::id(), u64::MAX), Some(Found::Old));
    assert!(lost.path.starts_with("/memfd:x"), "{lost:?}");
    assert_eq!(lost.look_up(std::process::id(), 1), Some(Found::Removed), "no file at all");
}

#[test]
fn an_interpreter_s_first_argument_is_a_script_unless_code_comes_first() {
    assert_eq!(path("/usr/bin/bash", "bash -x /tmp/a.sh b"), Some("/tmp/a.sh".into()));
    assert_eq!(path("/usr/bin/python3.11", "python3 -u a.py"), Some("/w/a.py".into()));
    assert_eq!(path("/bin/dash", "sh -eo pipefail ./a.sh"), Some("/w/a.sh".into()));
    assert_eq!(path("/bin/busybox", "sh /a.sh"), Some("/a.sh".into()));
    assert_eq!(path("/bin/busybox", "cat /a.sh"), None);
    assert_eq!(path("/usr/bin/perl", "perl -e print /etc/x"), None);
    assert_eq!(path("/bin/dash", "sh -lc /app/run"), None);
    assert_eq!(path("/usr/bin/python3", "python3 -m http.server"), None);
    assert_eq!(path("/usr/bin/node", "node --eval x /a.js"), None);
    assert_eq!(path("/usr/bin/cat", "cat /a.sh"), None);
    assert_eq!(path("/bin/bash", "bash"), None);
    assert_eq!(path("/bin/bash", ""), None);
}

#[test]
fn the_kernel_side_tells_where_each_interpreter_is_run() {
    let kernel = include_str!("../../bpf/process.h");
    for (name, _) in INTERPRETERS.into_iter().chain([("busybox", "")]) {
        let case = format!("case '{}' << 8 | '{}':", &name[..1], &name[1..2]);
        assert!(kernel.contains(&case), "{name}");
    }
}

#[test]
fn a_file_is_written_if_it_changed_since_the_start_whatever_its_times_are_set_to() {
    let folder = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    let file = folder.path().join("run");
    fs::write(&file, "#!/bin/sh\n").unwrap();
    let epoch = std::time::UNIX_EPOCH;
    fs::File::options().write(true).open(&file).unwrap().set_modified(epoch).unwrap();
    let look = |path: &Path, certain, started| {
        Script { path: path.to_str().unwrap().into(), certain }.look_up(std::process::id(), started)
    };
    let Some(Found::Written(id)) = look(&file, true, 1) else { panic!("not seen as written") };
    assert_eq!((id.size, id.modified_s), (10, 0));
    assert_eq!(look(&file, true, u64::MAX), Some(Found::Old));
    let missing = folder.path().join("missing");
    assert_eq!(look(&missing, true, 1), Some(Found::Removed));
    assert_eq!(look(&missing, false, 1), None, "it may be no file's name");
    assert_eq!(look(folder.path(), false, 1), None, "a directory");
    assert_eq!(look(Path::new("/proc/version"), true, 1), Some(Found::Elsewhere), "another file system");
    let link = folder.path().join("link");
    symlink("/proc/self/exe", &link).unwrap();
    assert_eq!(look(&link, true, 1), Some(Found::Elsewhere), "a link out of it");
    assert_eq!(Script { path: "/x".into(), certain: true }.look_up(u32::MAX >> 1, 1), None);
}
