//! What a recording says of containers and their images, with the strings in place of their indices.

use plumbline_proto::v1::{Batch, Container, Image, Label};

/// A container as a batch states it. Lists keep the order of the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of events.proto, which says what they mean")]
pub struct Told {
    pub id: String,
    pub name: String,
    pub runtime: String,
    pub labels: Vec<(String, String)>,
    pub start_command: Vec<String>,
    pub restarts: u32,
    pub ports_beside: Vec<String>,
    pub declared_start: bool,
    pub cut: u32,
    pub pod: Option<ToldPod>,
    /// Destination, kind, writable, source.
    pub mounts: Vec<(String, String, bool, String)>,
    pub confinement: Option<ToldConfinement>,
    /// Command and nanoseconds between two runs.
    pub probes: Vec<(Vec<String>, u64)>,
    pub digest: String,
    pub repository: String,
    pub tag: String,
    pub layers: Vec<String>,
    pub entrypoint: Vec<String>,
    pub environment: Vec<String>,
    pub command: Vec<String>,
    pub repo_digests: Vec<String>,
    pub image_user: String,
    pub ports: Vec<String>,
    pub volumes: Vec<String>,
    pub image_labels: Vec<(String, String)>,
    pub working_directory: String,
    /// Of the image. Command and nanoseconds between two runs.
    pub healthcheck: Option<(Vec<String>, u64)>,
}

/// Its pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of events.proto, which says what they mean")]
pub struct ToldPod {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub labels: Vec<(String, String)>,
}

/// How it is confined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of events.proto, which says what they mean")]
pub struct ToldConfinement {
    pub privileged: bool,
    pub read_only_root: bool,
    pub no_new_privileges: bool,
    pub host_pid: bool,
    pub host_network: bool,
    pub host_ipc: bool,
    pub added: Vec<String>,
    pub dropped: Vec<String>,
    pub effective: Option<Vec<String>>,
    pub seccomp: String,
    pub apparmor: String,
    pub user: String,
}

/// Containers of a recording; one that several batches state is there as often.
pub fn containers(batches: &[Batch]) -> Vec<Told> {
    batches.iter().flat_map(|batch| batch.containers.iter().map(|row| told(&Texts(batch), row))).collect()
}

struct Texts<'b>(&'b Batch);

impl Texts<'_> {
    fn text(&self, index: u32) -> String {
        let bytes = self.0.strings.get(index as usize);
        bytes.map_or_else(String::new, |bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    fn texts(&self, indices: &[u32]) -> Vec<String> {
        indices.iter().map(|index| self.text(*index)).collect()
    }

    fn labels(&self, labels: &[Label]) -> Vec<(String, String)> {
        labels.iter().map(|label| (self.text(label.key), self.text(label.value))).collect()
    }
}

fn told(of: &Texts<'_>, row: &Container) -> Told {
    let none = Image::default();
    let image = of.0.images.get(row.image as usize).unwrap_or(&none);
    let pod = row.pod.as_ref().map(|pod| ToldPod {
        namespace: of.text(pod.namespace),
        name: of.text(pod.name),
        uid: of.text(pod.uid),
        labels: of.labels(&pod.labels),
    });
    let mounts = row.mounts.iter();
    let mounts =
        mounts.map(|m| (of.text(m.destination), of.text(m.kind), m.writable, of.text(m.source))).collect();
    let confinement = row.confinement.as_ref().map(|told| ToldConfinement {
        privileged: told.privileged,
        read_only_root: told.read_only_root,
        no_new_privileges: told.no_new_privileges,
        host_pid: told.host_pid,
        host_network: told.host_network,
        host_ipc: told.host_ipc,
        added: of.texts(&told.added_capabilities),
        dropped: of.texts(&told.dropped_capabilities),
        effective: told.effective_known.then(|| of.texts(&told.effective_capabilities)),
        seccomp: of.text(told.seccomp),
        apparmor: of.text(told.apparmor),
        user: of.text(told.user),
    });
    Told {
        id: of.text(row.id),
        name: of.text(row.name),
        runtime: of.text(row.runtime),
        labels: of.labels(&row.labels),
        start_command: of.texts(&row.start_command),
        restarts: row.restarts,
        ports_beside: of.texts(&row.ports),
        declared_start: row.declared_start_unix_ns > 0,
        cut: row.cut,
        pod,
        mounts,
        confinement,
        probes: row.probes.iter().map(|probe| (of.texts(&probe.command), probe.period_ns)).collect(),
        digest: of.text(image.digest),
        repository: of.text(image.repository),
        tag: of.text(image.tag),
        layers: of.texts(&image.layers),
        entrypoint: of.texts(&image.entrypoint),
        environment: of.texts(&image.environment),
        command: of.texts(&image.command),
        repo_digests: of.texts(&image.repo_digests),
        image_user: of.text(image.user),
        ports: of.texts(&image.ports),
        volumes: of.texts(&image.volumes),
        image_labels: of.labels(&image.labels),
        working_directory: of.text(image.working_directory),
        healthcheck: image.healthcheck.as_ref().map(|probe| (of.texts(&probe.command), probe.period_ns)),
    }
}
