//! On a hybrid host each hierarchy of control groups gives out ids of its own, so that two groups may have the same.

use super::{SESSION, is, seen};
use anyhow::{Context, Result, ensure};
use plumbline_tests::docker::{Lab, docker};
use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
};

const CONTAINERS: &str = "/sys/fs/cgroup/pids";
const UNIFIED: &str = "/sys/fs/cgroup/unified";
/// Others may make groups meanwhile.
const TRIES: u32 = 10;

/// Whether this host is one.
pub(super) fn two() -> bool {
    [CONTAINERS, UNIFIED].iter().all(|hierarchy| Path::new(hierarchy).join("cgroup.procs").exists())
}

/// A process of the host in no group of `pids` was known by the id of its unified group: met before a container whose
/// group has the same id, all that the container did was taken for the host's; met after it, the host's process was
/// told as the container's.
pub(super) fn same_ids() -> Result<()> {
    let seen = seen("hierarchies", |lab, image| {
        for first in ["host", "container"] {
            let (container, group) = pair(lab, image, first)?;
            in_group(&group, &format!("/bin/echo host {first}"))?;
            docker(&["exec", &container, "/bin/echo", "session", first])?;
            in_group(&group, &format!("/bin/echo host {first}"))?;
            fs::remove_dir(&group)?;
        }
        Ok(())
    })?;
    is(&seen, "/bin/echo session host", SESSION)?;
    is(&seen, "/bin/echo session container", SESSION)?;
    let of_host: Vec<_> =
        seen.iter().filter(|seen| seen.command_line.starts_with("/bin/echo host")).collect();
    ensure!(of_host.is_empty(), "{of_host:#?}");
    Ok(())
}

/// A container, and a unified group with the id that the container's has; one of the host's processes was in it before
/// the container was there, if it is to be first.
fn pair(lab: &mut Lab, image: &str, first: &str) -> Result<(String, PathBuf)> {
    for attempt in 0..TRIES {
        let name = format!("{first}-{attempt}");
        let group = Path::new(UNIFIED).join(format!("plumbline-{name}-{}", std::process::id()));
        let wanted = align()?;
        if first == "host" {
            made(&group, wanted)?;
            in_group(&group, "/bin/true")?;
        }
        let container = lab.run(image, &name, &[], &[])?;
        if first != "host" {
            made(&group, wanted)?;
        }
        let pid = docker(&["inspect", "--format", "{{.State.Pid}}", &container])?;
        let groups = fs::read_to_string(format!("/proc/{pid}/cgroup"))?;
        let path = groups.lines().find_map(|line| line.split_once(":pids:/")).context("no pids")?.1;
        let (own, other) = (id(&Path::new(CONTAINERS).join(path))?, id(&group)?);
        if own == other {
            return Ok((container, group));
        }
        eprintln!("{name}: {own} and {other} of {wanted}");
        fs::remove_dir(&group)?;
    }
    anyhow::bail!("no two groups of the same id in {TRIES} tries")
}

/// Uses up ids of both hierarchies until the next in `pids` is one that the unified will have after one other group, which
/// is the container's own there. Gives that id.
fn align() -> Result<u64> {
    let ((pids, pids_step), (unified, unified_step)) = (next(CONTAINERS)?, next(UNIFIED)?);
    let least = (pids + pids_step).max(unified + 2 * unified_step);
    let wanted = (least..least + pids_step * unified_step)
        .find(|id| (id - pids) % pids_step == 0 && (id - unified) % unified_step == 0)
        .context("the ids never meet")?;
    for (hierarchy, until) in [(CONTAINERS, wanted - pids_step), (UNIFIED, wanted - 2 * unified_step)] {
        while spent(hierarchy)? < until {}
    }
    Ok(wanted)
}

/// The id that the next group gets, and by how much that of the one after it is higher.
fn next(hierarchy: &str) -> Result<(u64, u64)> {
    let (one, two) = (spent(hierarchy)?, spent(hierarchy)?);
    Ok((2 * two - one, two - one))
}

/// Makes a group that is not needed, and gives its id.
fn spent(hierarchy: &str) -> Result<u64> {
    let folder = Path::new(hierarchy).join(format!("plumbline-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let id = id(&folder);
    fs::remove_dir(&folder)?;
    id
}

/// Makes a group whose id is the wanted one, if none has it yet.
fn made(group: &Path, wanted: u64) -> Result<()> {
    loop {
        fs::create_dir(group)?;
        if id(group)? >= wanted {
            return Ok(());
        }
        fs::remove_dir(group)?;
    }
}

fn id(group: &Path) -> Result<u64> {
    Ok(fs::metadata(group).with_context(|| group.display().to_string())?.ino())
}

/// Runs a program of the host in the unified group, and in no other.
fn in_group(group: &Path, line: &str) -> Result<()> {
    let script =
        format!("echo $$ >{CONTAINERS}/cgroup.procs; echo $$ >{}/cgroup.procs; exec {line}", group.display());
    let output = Command::new("sh").args(["-ec", &script]).output()?;
    ensure!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
