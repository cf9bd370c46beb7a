//! Containers and images of a batch: what their runtime declares, as rows. Events are not its business.

use super::{Builder, Described};
use crate::container::{self, Confinement, Probe};
use plumbline_proto::v1::{self, Container, Image, Label};

impl Builder {
    /// Index of a container; it is stated when it is first used.
    pub(crate) fn container(&mut self, described: &Described) -> u32 {
        let info = &described.info;
        let key = (info.id.clone(), described.started_unix_ns);
        if let Some(index) = self.containers.get(&key) {
            return *index;
        }
        let container = Container {
            id: self.string(&info.id),
            image: self.image(described),
            name: self.string(&info.name),
            started_unix_ns: described.started_unix_ns,
            start_missed: described.start_missed,
            labels: self.labels(&info.labels),
            start_command: self.all(&info.start_command),
            runtime: self.string(&info.runtime),
            pod: info.pod.as_ref().and_then(|pod| self.pod(pod)),
            restarts: info.restarts,
            declared_start_unix_ns: info.declared_start_unix_ns,
            mounts: info.mounts.iter().map(|mount| self.mount(mount)).collect(),
            confinement: info.confinement.as_ref().map(|told| self.confinement(told)),
            probes: info.probes.iter().map(|probe| self.probe(probe)).collect(),
            cut: info.cut,
            ports: self.all(&info.ports),
        };
        let index = self.batch.containers.len() as u32;
        self.batch.containers.push(container);
        self.containers.insert(key, index);
        index
    }

    fn image(&mut self, described: &Described) -> u32 {
        let image = described.info.image.clone();
        let key = format!("{} {}:{}", image.digest, image.repository, image.tag);
        if let Some(index) = self.images.get(&key) {
            return *index;
        }
        let row = Image {
            digest: self.string(&image.digest),
            repository: self.string(&image.repository),
            tag: self.string(&image.tag),
            layers: self.all(&image.layers),
            entrypoint: self.all(&image.entrypoint),
            command: self.all(&image.command),
            repo_digests: self.all(&image.repo_digests),
            environment: self.all(&image.environment),
            user: self.string(&image.user),
            ports: self.all(&image.ports),
            volumes: self.all(&image.volumes),
            labels: self.labels(&image.labels),
            working_directory: self.string(&image.working_directory),
            healthcheck: image.healthcheck.as_ref().map(|probe| self.probe(probe)),
            cut: image.cut,
        };
        let index = self.batch.images.len() as u32;
        self.batch.images.push(row);
        self.images.insert(key, index);
        index
    }

    fn labels(&mut self, labels: &[(String, String)]) -> Vec<Label> {
        let label =
            |(key, value): &(String, String)| Label { key: self.string(key), value: self.string(value) };
        labels.iter().map(label).collect()
    }

    /// A pod without a name is none.
    fn pod(&mut self, pod: &container::Pod) -> Option<v1::Pod> {
        (!pod.name.is_empty()).then(|| v1::Pod {
            namespace: self.string(&pod.namespace),
            name: self.string(&pod.name),
            uid: self.string(&pod.uid),
            labels: self.labels(&pod.labels),
        })
    }

    fn mount(&mut self, mount: &container::Mount) -> v1::Mount {
        v1::Mount {
            destination: self.string(&mount.destination),
            kind: self.string(&mount.kind),
            writable: mount.writable,
            source: self.string(&mount.source),
        }
    }

    fn confinement(&mut self, told: &Confinement) -> v1::Confinement {
        v1::Confinement {
            privileged: told.privileged,
            read_only_root: told.read_only_root,
            no_new_privileges: told.no_new_privileges,
            host_pid: told.host_pid,
            host_network: told.host_network,
            host_ipc: told.host_ipc,
            added_capabilities: self.all(&told.added),
            dropped_capabilities: self.all(&told.dropped),
            effective_capabilities: told.effective.iter().flat_map(|names| self.all(names)).collect(),
            effective_known: told.effective.is_some(),
            seccomp: self.string(&told.seccomp),
            apparmor: self.string(&told.apparmor),
            user: self.string(&told.user),
        }
    }

    fn probe(&mut self, probe: &Probe) -> v1::Probe {
        v1::Probe { kind: probe.kind as i32, command: self.all(&probe.command), period_ns: probe.period_ns }
    }
}
