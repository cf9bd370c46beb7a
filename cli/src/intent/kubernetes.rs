//! `intent from k8s`: what the containers of Kubernetes manifests declare, one document each.
//!
//! Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, and lists of them; objects of
//! other kinds are passed over and named on the standard error. Fields are the subset that says what a container does;
//! what is valid otherwise is for the API server to say. The shapes of the file are in `kubernetes/manifest.rs`.

mod manifest;

use serde_saphyr::Spanned;

use self::manifest::{Action, Container, Handler, Object, PodSpec, Security, VolumeSource};
use super::{
    document::{Act, Capability, Change, Check, Document, Fact, Metadata, Port, Volume, When, Workload},
    yaml::{DocumentError, Source},
};

/// Documents, and kinds that were passed over.
pub(super) fn read(source: &Source) -> Result<(Vec<Document>, Vec<String>), DocumentError> {
    let (mut documents, mut passed) = (Vec::new(), Vec::new());
    for object in source.documents::<Object>()? {
        add(source, object, &mut documents, &mut passed)?;
    }
    if documents.is_empty() && passed.is_empty() {
        return Err(source.other("it holds no Kubernetes object", "give a manifest with `kind:`"));
    }
    Ok((documents, passed))
}

fn add(
    source: &Source,
    object: Object,
    documents: &mut Vec<Document>,
    passed: &mut Vec<String>,
) -> Result<(), DocumentError> {
    for item in object.items.unwrap_or_default() {
        add(source, item, documents, passed)?;
    }
    let Some(kind) = object.kind else {
        return Err(source.other("an object has no `kind:`", "give a Kubernetes manifest"));
    };
    let Some(spec) = object.spec.filter(|_| manifest::runs_containers(&kind.value)) else {
        if !kind.value.ends_with("List") {
            passed.push(format!("{} at {}", kind.value, source.line(kind.defined.line())));
        }
        return Ok(());
    };
    let schedule = spec.schedule.map(|schedule| source.fact(schedule));
    let job = spec.job_template.and_then(|job| job.spec);
    let template = job.map_or(spec.template, |job| job.template);
    let Some(pod) = template.and_then(|template| template.spec).or(spec.pod) else {
        let at = kind.referenced;
        return Err(source.wrong(at, format!("the {} has no pod", kind.value), "add containers to its spec"));
    };
    let metadata = object.metadata.unwrap_or_default();
    let workload = Workload {
        kind: kind.value,
        namespace: metadata.namespace,
        name: metadata.name.or(metadata.generate_name).unwrap_or_default(),
        ..Workload::default()
    };
    for (containers, init) in [(&pod.init_containers, true), (&pod.containers, false)] {
        for container in containers.iter().flatten() {
            let workload = Workload { container: container.name.clone(), init, ..workload.clone() };
            documents.push(document(source, &pod, container, workload, schedule.clone()));
        }
    }
    Ok(())
}

fn document(
    source: &Source,
    pod: &PodSpec,
    container: &Container,
    workload: Workload,
    schedule: Option<Fact<String>>,
) -> Document {
    let mut document = Document::new(Metadata {
        name: format!("{}/{}/{}", workload.kind.to_lowercase(), workload.name, workload.container),
        image: container.image.clone(),
        digest: None,
        workload: Some(workload),
    });
    command(source, container, &mut document);
    let declared = &mut document.declared;
    declared.schedule = schedule;
    for port in container.ports.iter().flatten() {
        declared.ports.push(Port {
            port: port.container_port.value,
            end: None,
            protocol: port.protocol.as_deref().unwrap_or("TCP").to_lowercase(),
            name: port.name.clone(),
            from: source.line(port.container_port.defined.line()),
        });
    }
    for mount in container.volume_mounts.iter().flatten() {
        let of = pod.volumes.iter().flatten().find(|volume| volume.name == mount.name);
        declared.volumes.push(Volume {
            path: mount.mount_path.value.clone(),
            source: of.map(volume_source),
            read_only: mount.read_only.unwrap_or(false),
            from: source.line(mount.mount_path.defined.line()),
        });
    }
    for env in container.env.iter().flatten() {
        declared.environment.push(source.fact(env.name.clone()));
    }
    if container.env_from.is_some() {
        document.notes.push("names of variables that come by envFrom are in other objects".to_owned());
    }
    let hooks = container.lifecycle.as_ref();
    for (when, handler) in [
        (When::Liveness, container.liveness_probe.as_ref()),
        (When::Readiness, container.readiness_probe.as_ref()),
        (When::Startup, container.startup_probe.as_ref()),
        (When::PostStart, hooks.and_then(|hooks| hooks.post_start.as_ref())),
        (When::PreStop, hooks.and_then(|hooks| hooks.pre_stop.as_ref())),
    ] {
        declared.checks.extend(handler.map(|handler| check(source, when, handler)));
    }
    for (of, name) in [(&pod.host_network, "network"), (&pod.host_pid, "pid"), (&pod.host_ipc, "ipc")] {
        if let Some(of) = of.as_ref().filter(|of| of.value) {
            let from = source.line(of.defined.line());
            declared.host_namespaces.push(Fact { value: name.to_owned(), from });
        }
    }
    security(source, pod.security_context.as_ref(), container.security_context.as_ref(), &mut document);
    document.sorted()
}

/// `command` stands for the image's entrypoint, `args` for its cmd.
fn command(source: &Source, container: &Container, document: &mut Document) {
    let declared = &mut document.declared;
    declared.entrypoint = container.command.clone().map(|command| source.fact(command));
    declared.cmd = container.args.clone().map(|args| source.fact(args));
    match (&declared.entrypoint, &declared.cmd) {
        (Some(entrypoint), args) => {
            let args = args.iter().flat_map(|args| &args.value);
            let value = entrypoint.value.iter().chain(args).cloned().collect();
            declared.command = Some(Fact { value, from: entrypoint.from.clone() });
        }
        (None, Some(_)) => document.notes.push("the entrypoint is the image's".to_owned()),
        (None, None) => document.notes.push("entrypoint and cmd are the image's".to_owned()),
    }
}

fn check(source: &Source, when: When, handler: &Spanned<Handler>) -> Check {
    let told = &handler.value;
    let asked = |action: &Option<Action>| {
        action.as_ref().map(|action| (action.port.as_ref().map(|port| port.0.clone()), action.path.clone()))
    };
    let (act, argv, (port, path)) = if let Some(exec) = &told.exec {
        (Act::Exec, exec.command.clone().unwrap_or_default(), (None, None))
    } else if let Some(http) = asked(&told.http_get) {
        (Act::Http, Vec::new(), http)
    } else if let Some(tcp) = asked(&told.tcp_socket) {
        (Act::Tcp, Vec::new(), tcp)
    } else if let Some(grpc) = asked(&told.grpc) {
        (Act::Grpc, Vec::new(), grpc)
    } else {
        (Act::Sleep, Vec::new(), (None, None))
    };
    let period = told.period_seconds.map(|seconds| format!("{seconds}s"));
    Check { when, act, argv, port, path, period, from: source.line(handler.defined.line()) }
}

fn volume_source(volume: &VolumeSource) -> String {
    if let Some(host) = &volume.host_path {
        return host.path.clone();
    }
    volume.of.clone().map_or_else(|| volume.name.clone(), |kind| format!("{kind} {}", volume.name))
}

/// What a container says of itself counts before what its pod says of all.
fn security(source: &Source, pod: Option<&Security>, own: Option<&Security>, document: &mut Document) {
    let declared = &mut document.declared;
    let first = |of: fn(&Security) -> Option<Spanned<u64>>| own.and_then(of).or_else(|| pod.and_then(of));
    let user = first(|security| security.run_as_user.clone());
    let group = first(|security| security.run_as_group.clone());
    match (user, group) {
        (Some(user), group) => {
            let group = group.map_or_else(String::new, |group| format!(":{}", group.value));
            let from = source.line(user.defined.line());
            declared.user = Some(Fact { value: format!("{}{group}", user.value), from });
        }
        (None, Some(_)) => document.notes.push("a group is set, but the user is the image's".to_owned()),
        (None, None) => document.notes.push("the user is the image's".to_owned()),
    }
    let Some(own) = own else { return };
    declared.read_only_root = own.read_only_root_filesystem.clone().map(|told| source.fact(told));
    declared.privileged = own.privileged.clone().map(|told| source.fact(told));
    declared.privilege_escalation = own.allow_privilege_escalation.clone().map(|told| source.fact(told));
    let Some(capabilities) = &own.capabilities else { return };
    for (change, names) in [(Change::Add, &capabilities.add), (Change::Drop, &capabilities.drop)] {
        for name in names.iter().flatten() {
            declared.capabilities.push(Capability {
                name: capability(&name.value),
                change,
                from: source.line(name.defined.line()),
            });
        }
    }
}

/// The name without what is in front of it in some places.
pub(super) fn capability(name: &str) -> String {
    let name = name.to_uppercase();
    name.strip_prefix("CAP_").unwrap_or(&name).to_owned()
}
