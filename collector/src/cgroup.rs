//! Control groups: which hierarchy containers are in, and which container a group belongs to.
//!
//! Runtimes name a container's group after its 64-digit id: bare with the cgroupfs driver, as
//! `<runtime>-<id>.scope` with the systemd driver. Only asked for the first process of a container or
//! session, whose group the runtime chose; its descendants belong to it by descent, whatever they rename.
//! Of nested containers (Docker in Docker) it is the innermost; a runtime's monitor and a pod's slice are none.

use std::path::Path;

/// Length of a container id.
const ID_DIGITS: usize = 64;

/// Whether containers are in the hierarchies of the v1 controllers (v1 or hybrid), not in the unified one.
pub(crate) fn is_v1(sys: &Path) -> bool {
    !sys.join("fs/cgroup/cgroup.controllers").exists()
}

/// Groups of a runtime's own monitor, which carry the id of the container they watch but are not in it.
const MONITORS: [&str; 2] = ["crio-conmon-", "libpod-conmon-"];

/// Container id in the name of a control group.
pub(crate) fn id_in_name(name: &str) -> Option<&str> {
    let name = name.strip_suffix(".scope").unwrap_or(name);
    if MONITORS.iter().any(|monitor| name.starts_with(monitor)) {
        return None;
    }
    let id = name.rsplit(['-', ':']).next()?;
    let is_id = id.len() == ID_DIGITS && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_id.then_some(id)
}

/// Container id in the names of a control group and those above it, the nearest to the leaf first.
pub(crate) fn id_in_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names.into_iter().find_map(id_in_name)
}

/// Container id in the text of /proc/PID/cgroup, whatever the hierarchies.
pub(crate) fn id_in_proc(text: &str) -> Option<&str> {
    text.lines().filter_map(|line| line.splitn(3, ':').nth(2)).find_map(|path| id_in_names(path.rsplit('/')))
}

/// Folder of a process's control group below /sys/fs/cgroup, by the text of /proc/PID/cgroup: in the hierarchy of the
/// v1 controllers that the kernel side looks at (`cgroup_node`), or in the unified one.
pub(crate) fn folder(text: &str, v1: bool) -> Option<String> {
    let of = |controller: &str| {
        text.lines().find_map(|line| {
            let mut fields = line.splitn(3, ':').skip(1);
            let (controllers, path) = (fields.next()?, fields.next()?);
            controllers
                .split(',')
                .any(|one| one == controller)
                .then(|| path.trim_start_matches('/').to_owned())
        })
    };
    let unified = || of("");
    if !v1 {
        return unified();
    }
    ["pids", "memory"].into_iter().find_map(|controller| Some(format!("{controller}/{}", of(controller)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn the_id_is_found_whatever_the_runtime_and_the_driver() {
        for path in [
            format!("12:pids:/docker/{ID}"),
            format!("0::/system.slice/docker-{ID}.scope"),
            format!("0::/system.slice/docker-{ID}.scope/init"),
            format!("3:cpu:/\n8:pids:/docker/{ID}\n0::/"),
            format!("5:pids:/kubepods/besteffort/pod2f0c2b2e-1111-2222-3333-444455556666/{ID}"),
            format!("0::/kubepods.slice/kubepods-pod2f0c.slice/cri-containerd-{ID}.scope"),
            format!("0::/kubepods.slice/kubepods-pod2f0c.slice:cri-containerd:{ID}"),
            format!("0::/kubepods.slice/kubepods-burstable.slice/crio-{ID}.scope"),
            format!("0::/machine.slice/libpod-{ID}.scope/container"),
            format!("0::/machine.slice/libpod-payload-{ID}"),
            format!("7:memory:/libpod_parent/libpod-{ID}"),
            format!("7:memory:/machine.slice/machine-libpod_pod_{ID}.slice/libpod-{ID}.scope/container"),
            format!(
                "0::/user.slice/user-1000.slice/user@1000.service/user.libpod_pod_{ID}.slice/libpod-{ID}.scope"
            ),
            format!("9:pids:/kubepods.slice/kubepods-podab.slice/crio-{ID}.scope"),
            format!("9:pids:/kubepods/burstable/podab/crio-{ID}"),
            format!("9:pids:/k8s.io/{ID}"),
            format!("9:pids:/docker/buildkit/{ID}"),
            format!("9:pids:/docker/{}/docker/{ID}", "f".repeat(64)),
            format!("0::/../../system.slice/docker-{ID}.scope"),
            format!("0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope"),
        ] {
            assert_eq!(id_in_proc(&path), Some(ID), "{path}");
        }
    }

    #[test]
    fn containers_are_in_the_unified_hierarchy_only_where_it_is_the_whole_of_it() {
        for (tree, v1) in [
            (&["cgroup.controllers", "system.slice/cgroup.controllers"][..], false),
            // Hybrid: the unified one has no controllers and stands beside the others.
            (&["pids/tasks", "memory/tasks", "unified/cgroup.controllers"], true),
            (&["pids/tasks", "memory/tasks", "systemd/tasks"], true),
        ] {
            let sys = tempfile::tempdir().unwrap();
            for file in tree {
                let path = sys.path().join("fs/cgroup").join(file);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, "").unwrap();
            }
            assert_eq!(is_v1(sys.path()), v1, "{tree:?}");
        }
    }

    #[test]
    fn the_folder_is_that_of_the_hierarchy_the_kernel_side_looks_at() {
        let text = format!("12:cpu,cpuacct:/a\n8:pids:/docker/{ID}\n3:memory:/b\n0::/c.scope\n");
        assert_eq!(folder(&text, true), Some(format!("pids/docker/{ID}")));
        assert_eq!(folder(&text, false), Some("c.scope".into()));
        assert_eq!(folder("3:memory:/b\n", true), Some("memory/b".into()));
        assert_eq!(folder("0::/", true), None);
        assert_eq!(folder("", false), None);
    }

    #[test]
    fn what_is_no_container_has_no_id() {
        for path in [
            "0::/",
            "0::/init.scope",
            "1:name=systemd:/user.slice/session-3.scope",
            "",
            "0",
            "8:pids:/docker/abc",
            "0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod2f0c2b2e.slice",
            "0::/buildkit/zbn0dkuq6sxe6kcjs0ljbqt4n",
        ] {
            assert_eq!(id_in_proc(path), None, "{path}");
        }
        for path in [
            format!("0::/machine.slice/libpod-conmon-{ID}.scope"),
            format!("0::/machine.slice/libpod-conmon-{ID}"),
            format!("0::/kubepods.slice/kubepods-podab.slice/crio-conmon-{ID}.scope"),
            format!("0::/user.slice/user-1000.slice/user@1000.service/user.libpod_pod_{ID}.slice"),
            format!("0::/machine.slice/machine-libpod_pod_{ID}.slice/supervisor"),
        ] {
            assert_eq!(id_in_proc(&path), None, "{path}");
        }
        assert_eq!(id_in_name(&ID.to_uppercase()), None);
        assert_eq!(id_in_name(&format!("{ID}0")), None);
    }
}
