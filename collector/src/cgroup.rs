//! Control groups: which hierarchy containers are in, and which container a group belongs to.
//!
//! Runtimes name a container's group after its 64-digit id: bare with the cgroupfs driver, as
//! `<runtime>-<id>.scope` with the systemd driver. Only asked for the first process of a container or
//! session, whose group the runtime chose; its descendants belong to it by descent, whatever they rename.
//! Of nested containers (Docker in Docker) it is the innermost; a runtime's monitor and a pod's slice are none.

/// Where the hierarchies are mounted.
pub(crate) const MOUNT: &str = "/sys/fs/cgroup";
/// Length of a container id.
const ID_DIGITS: usize = 64;

/// The hierarchy that containers are looked for in. One that is in none of its groups is looked for in the unified one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Hierarchy {
    Unified = 0,
    /// That of a controller of v1, which is there on hosts of v1 and hybrid ones.
    Pids = 1,
    Memory = 2,
}

/// Set in an id of the unified hierarchy where containers are looked for in another: each gives out ids from 1 on.
const UNIFIED_ID: u64 = 1 << 63;

/// A process's control group, as the kernel side finds it (`group_of`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// Below [`MOUNT`].
    pub(crate) folder: String,
    mark: u64,
}

impl Group {
    /// The kernel side's id of it, by the inode number of its folder.
    pub(crate) const fn id(&self, inode: u64) -> u64 {
        inode | self.mark
    }
}

impl Hierarchy {
    /// By the text of any /proc/PID/cgroup.
    pub(crate) fn of(text: &str) -> Self {
        let there = |one: &Self| path(text, one.controller()).is_some();
        [Self::Pids, Self::Memory].into_iter().find(there).unwrap_or(Self::Unified)
    }

    /// As /proc/PID/cgroup and the folders below [`MOUNT`] name it.
    const fn controller(self) -> &'static str {
        match self {
            Self::Unified => "",
            Self::Pids => "pids",
            Self::Memory => "memory",
        }
    }
}

/// Control group of a process by the text of its /proc/PID/cgroup; none of one in the root, where no container is.
pub(crate) fn group(text: &str) -> Option<Group> {
    let below_root = |controller| path(text, controller).filter(|path| !path.is_empty());
    let unified = below_root("").map(str::to_owned);
    match Hierarchy::of(text).controller() {
        "" => Some(Group { folder: unified?, mark: 0 }),
        controller => match below_root(controller) {
            Some(path) => Some(Group { folder: format!("{controller}/{path}"), mark: 0 }),
            None => Some(Group { folder: format!("unified/{}", unified?), mark: UNIFIED_ID }),
        },
    }
}

/// Path of the group in the hierarchy of a controller (the unified one: ""), without its first slash.
fn path<'a>(text: &'a str, controller: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        controllers.split(',').any(|one| one == controller).then(|| path.trim_start_matches('/'))
    })
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
    fn containers_are_looked_for_where_v1_has_its_controllers() {
        for (text, hierarchy) in [
            ("0::/system.slice\n", Hierarchy::Unified),
            ("", Hierarchy::Unified),
            ("1:name=systemd:/\n2:net_cls,net_prio:/\n0::/a", Hierarchy::Unified),
            ("9:name=systemd:/\n8:pids:/\n4:memory:/a\n0::/", Hierarchy::Pids),
            ("3:memory:/a\n2:cpu,pids:/", Hierarchy::Pids),
            ("3:memory,hugetlb:/a\n", Hierarchy::Memory),
        ] {
            assert_eq!(Hierarchy::of(text), hierarchy, "{text}");
        }
    }

    #[test]
    fn the_group_is_the_one_the_kernel_side_finds() {
        let of = |text: &str| group(text).map(|group| (group.folder.clone(), group.id(7)));
        let own = |folder: String| Some((folder, 7));
        let text = format!("12:cpu,cpuacct:/a\n8:pids:/docker/{ID}\n3:memory:/b\n0::/c.scope\n");
        assert_eq!(of(&text), own(format!("pids/docker/{ID}")));
        assert_eq!(of("3:memory:/b\n0::/c"), own("memory/b".into()));
        assert_eq!(of("0::/system.slice/a:b.scope"), own("system.slice/a:b.scope".into()));
        // In no group of the controller's: the unified hierarchy's ids are others'.
        let beside = of("8:pids:/\n3:memory:/b\n0::/c.scope");
        assert_eq!(beside, Some(("unified/c.scope".into(), 7 | UNIFIED_ID)));
        // The root is everyone's.
        for root in ["0::/", "8:pids:/\n0::/", "8:pids:/\n", "8:pids:/", "", "0", "8:pids"] {
            assert_eq!(of(root), None, "{root}");
        }
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
