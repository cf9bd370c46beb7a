//! System calls that tell, refused or not: rights, namespaces, mounts, modules, and names that are relative to something.

use crate::acting::act;
use anyhow::{Context, Result, bail, ensure};
use plumbline_proto::v1::ProcessFlag;
use plumbline_tests::{guest, recording::executions};
use std::os::{
    linux::net::SocketAddrExt,
    unix::net::{SocketAddr, UnixListener},
};

pub(super) fn failed_execs() -> Result<()> {
    let copy = "cp /bin/acts /dev/shm/acts; cd /dev/shm; ./acts exit 0; acts exec ./acts; acts exec /no/such; acts execveat /dev/shm ./acts";
    let seen = act("failed", &[], &[&["sh", "-c", copy]])?;
    // /dev/shm is mounted noexec.
    seen.find("acts exec ./acts", "call exec_failed '/dev/shm/acts' '' error 13")?;
    seen.find("acts exec /no/such", "call exec_failed '/no/such' '' error 2")?;
    seen.find("acts execveat /dev/shm", "call exec_failed '/dev/shm/acts' '' error 13")?;
    Ok(())
}

pub(super) fn credentials() -> Result<()> {
    let seen = act("credentials", &[], &[&["acts", "setuid"]])?;
    seen.find("acts setuid", "credentials (0, 65534) to (65534, 65534)")?;
    Ok(())
}

/// Each call that changes them, for itself: the real ids, the effective user, and what may be done.
pub(super) fn rights() -> Result<()> {
    let calls = ["setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "capset"];
    let acts = calls.map(|call| ["acts", "rights", call]);
    let seen = act("rights", &[], &acts.each_ref().map(|words| &words[..]))?;
    const CHOWN: u64 = 1;
    for (call, (uid, gid), euid, keeps) in [
        ("setuid", (65534, 0), 65534, false),
        ("setgid", (0, 65534), 0, true),
        ("setreuid", (65534, 0), 0, true),
        ("setregid", (0, 65534), 0, true),
        ("setresuid", (0, 0), 65534, false),
        // Only the effective group changes, of which the numbers below do not speak.
        ("setresgid", (0, 0), 0, true),
        ("setfsuid", (0, 0), 0, false),
        ("capset", (0, 0), 0, false),
    ] {
        let told =
            seen.find(&format!("acts rights {call}"), &format!("credentials (0, 0) to ({uid}, {gid})"))?;
        let [before_euid, before, now_euid, now] = told.numbers[..] else { bail!("{told:?}") };
        ensure!((before_euid, now_euid) == (0, euid), "{call}: {told:?}");
        ensure!(before & CHOWN != 0 && (now & CHOWN != 0) == keeps, "{call}: {told:?}");
    }
    Ok(())
}

/// What a thread takes from itself the others still have.
pub(super) fn thread_rights() -> Result<()> {
    let seen = act("thread-rights", &[], &[&["acts", "thread-rights"]])?;
    let thread = seen.find("acts thread-rights", "credentials (0, 0) to (0, 0)")?;
    let [before, _, now, _] = thread.numbers[..] else { bail!("{thread:?}") };
    ensure!((before, now) == (0, 65534), "{thread:?}");
    let process = seen.find("acts thread-rights", "credentials (0, 0) to (0, 65534)")?;
    let [before, could, now, can] = process.numbers[..] else { bail!("{process:?}") };
    ensure!((before, now) == (0, 0) && could == can && can != 0, "{process:?}");
    Ok(())
}

/// By a file's mode, not by a call. The user that the process belongs to stays who it is.
pub(super) fn set_user_id() -> Result<()> {
    let copy = "cp /bin/acts /tmp/su; chmod 4755 /tmp/su";
    let nobody = ["su", "-s", "/bin/sh", "nobody", "-c", "/tmp/su exit 0; true"];
    let users = "echo nobody:x:65534:65534::/:/bin/sh > /etc/passwd";
    let seen = act("set-user-id", &[], &[&["sh", "-c", copy], &["sh", "-c", users], &nobody])?;
    let gained = seen.find("/tmp/su exit 0", "credentials (65534, 65534) to (65534, 65534)")?;
    let [user_before, before, user, now] = gained.numbers[..] else { bail!("{gained:?}") };
    ensure!((user_before, before, user) == (65534, 0, 0) && now != 0, "{gained:?}");
    Ok(())
}

pub(super) fn file_capabilities() -> Result<()> {
    let copy = "cp /bin/acts /tmp/sniff; acts file-capability /tmp/sniff";
    let nobody = ["su", "-s", "/bin/sh", "nobody", "-c", "/tmp/sniff exit 0; true"];
    let users = "echo nobody:x:65534:65534::/:/bin/sh > /etc/passwd";
    let seen = act("file-capabilities", &[], &[&["sh", "-c", copy], &["sh", "-c", users], &nobody])?;
    let gained = seen.find("/tmp/sniff exit 0", "credentials (65534, 65534) to (65534, 65534)")?;
    const NET_RAW: u64 = 1 << 13;
    ensure!(gained.numbers == [65534, 0, 65534, NET_RAW], "{gained:?}");
    Ok(())
}

/// What is refused above, with the right to do it.
pub(super) fn allowed() -> Result<()> {
    let options = ["--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined"];
    let options = [&options[..], &["--security-opt", "apparmor=unconfined"]].concat();
    let seen = act(
        "allowed",
        &options,
        &[
            &["acts", "unshare"],
            &["acts", "mount", "/tmp"],
            &[
                "sh",
                "-c",
                "mkdir /tmp/d; cd /tmp; acts mount-by-parts tmpfs d; acts mount-by-parts /app /tmp",
            ],
        ],
    )?;
    seen.find("acts unshare", "call unshare '' 'mount' error 0")?;
    seen.find("acts mount", "call mount '/tmp' 'none' error 0")?;
    seen.find("acts mount-by-parts tmpfs", "call mount '/tmp/d' '' error 0")?;
    seen.find("acts mount-by-parts /app", "call mount '/tmp' '' error 0")?;
    Ok(())
}

/// Neither bytes nor a file that are no module are loaded, but somebody tried. One that is a module is loaded only where that
/// is nobody's kernel.
pub(super) fn modules() -> Result<()> {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let dummy = format!("/lib/modules/{}/kernel/drivers/net/dummy.ko", release.trim());
    let volume = format!("{dummy}:/dummy.ko:ro");
    let mut options = vec!["--cap-add", "SYS_MODULE", "--security-opt", "seccomp=unconfined"];
    let mut acts: Vec<&[&str]> = vec![&["acts", "module"], &["acts", "module", "/app/run"]];
    if guest::inside() {
        options.extend(["--volume", &volume]);
        acts.push(&["acts", "module", "/dummy.ko"]);
    }
    let seen = act("modules", &options, &acts)?;
    for (by, file) in [("acts module", ""), ("acts module /app/run", "/app/run")] {
        let begin = format!("call module '{file}' '' error ");
        let call = seen.happened.iter().find(|event| event.by == by && event.what.starts_with(&begin));
        let call = call.with_context(|| format!("no '{begin}' by '{by}' in {:#?}", seen.happened))?;
        ensure!(!call.what.ends_with(" 0"), "{call:?}");
    }
    if guest::inside() {
        seen.find("acts module /dummy.ko", "call module '/dummy.ko' '' error 0")?;
    }
    Ok(())
}

pub(super) fn calls() -> Result<()> {
    let seen = act(
        "calls",
        &["--cap-add", "SYS_PTRACE", "--security-opt", "seccomp=unconfined"],
        &[
            &["acts", "ptrace"],
            &["acts", "ptrace", "attach"],
            &["acts", "memfd"],
            &["acts", "unshare"],
            &["acts", "mount", "/tmp"],
            &["acts", "mount-by-parts", "tmpfs", "/tmp"],
            &["acts", "mount-by-parts", "/app", "/tmp"],
            &["acts", "bpf"],
            &["sh", "-c", "touch /tmp/a /tmp/b; cd /tmp; acts chmod ./a; acts fchmod b; chmod 600 a"],
            &[
                "sh",
                "-c",
                "mkdir /tmp/d; touch /tmp/d/c; acts fchmodat /tmp/d c; acts fchmodat /dev /tmp/d/c",
            ],
        ],
    )?;
    seen.find("acts ptrace", "call ptrace '' 'seize' error 0")?;
    seen.find("acts memfd", "call memfd 'acts-memory' '' error 0")?;
    ensure!(seen.flags("from-memory exit 0")? & ProcessFlag::Memfd as u32 != 0, "not from memory");
    seen.find("acts unshare", "call unshare '' 'mount' error 1")?;
    seen.find("acts mount", "call mount '/tmp' 'none' error 1")?;
    seen.find("acts mount-by-parts tmpfs", "call mount '' 'tmpfs' error 1")?;
    seen.find("acts mount-by-parts /app", "call mount '' '/app' error 1")?;
    // Without CAP_BPF a kernel that lets no one else refuses a socket filter, too. Its type is told either way.
    let bpf = seen.happened.iter().find(|event| event.by == "acts bpf" && event.what.starts_with("call bpf"));
    let bpf = bpf.with_context(|| format!("no BPF program: {:#?}", seen.happened))?;
    ensure!(bpf.numbers == [1], "not a socket filter: {bpf:?}");
    ensure!(
        seen.find("acts ptrace attach", "call ptrace '' 'attach' error 0")?.numbers[0] > 1,
        "attached to nobody"
    );
    seen.find("acts chmod", "call made_executable '/tmp/a' '' error 0")?;
    seen.find("acts fchmodat /tmp/d c", "call made_executable '/tmp/d/c' '' error 0")?;
    seen.find("acts fchmodat /dev /tmp/d/c", "call made_executable '/tmp/d/c' '' error 0")?;
    seen.find("acts fchmod", "call made_executable '/tmp/b' '' error 0")?;
    ensure!(
        seen.find("chmod 600 a", "call made_executable '/tmp/a' '' error 0").is_err(),
        "600 executes nothing"
    );
    Ok(())
}

pub(super) fn host_namespace() -> Result<()> {
    let options =
        ["--pid", "host", "--cap-add", "SYS_ADMIN", "--cap-add", "SYS_PTRACE", "--cap-add", "SYS_CHROOT"];
    let options =
        [&options[..], &["--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"]];
    // kthreadd is in the host's mount namespace, and can be looked at where init is shielded.
    let seen = act("host", &options.concat(), &[&["acts", "setns", "/proc/2/ns/mnt"]])?;
    seen.find("acts setns", "call setns '' 'any' error 0")?;
    let left = executions(&seen.batches)
        .into_iter()
        .any(|of| of.command_line.ends_with("true") && of.flags & ProcessFlag::HostMounts as u32 != 0);
    ensure!(left, "nothing is seen in the host's mount namespace: {:#?}", executions(&seen.batches));
    Ok(())
}

/// The kernel side does not look at the address of a call in which an IP socket began to connect: the next call of the same
/// thread must not pass for that one.
pub(super) fn runtime_socket() -> Result<()> {
    for (name, act_of) in [("runtime", "unix"), ("runtime-after", "unix-after-ip")] {
        let volume = ["--volume", "/var/run/docker.sock:/tmp/harmless"];
        let seen = act(name, &volume, &[&["acts", act_of, "/tmp/harmless"]])?;
        let unix = seen.happened.iter().find(|event| event.what.starts_with("call unix_connect"));
        let what = &unix.with_context(|| format!("{act_of} is not told: {:#?}", seen.happened))?.what;
        ensure!(what.contains("/docker.sock' "), "{what}");
    }
    // Abstract names are of a network namespace, and so reach from a container in the host's.
    let name = format!("plumbline/runtime-{}", std::process::id());
    let _listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
    let seen = act("runtime-abstract", &["--network", "host"], &[&["acts", "unix", &format!("@{name}")]])?;
    seen.find("acts unix", &format!("call unix_connect '@{name}' '' error 0")).map(drop)
}
