//! `intent from k8s`: what the containers of Kubernetes manifests declare, one document each.
//!
//! Pod, PodTemplate, Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, lists of them, and
//! objects of other kinds that have a template of pods where these have it; the rest is passed over and named on the
//! standard error. Fields are the subset that says what a container does; what is valid otherwise is for the API server
//! to say. The shapes of the file are in `kubernetes/manifest.rs`.

mod expansion;
mod loose;
mod manifest;
mod security;

use std::collections::BTreeSet;

use serde_saphyr::{Location, Spanned};

use self::{
    expansion::Variables,
    manifest::{Action, Container, Handler, Object, PodSpec, VolumeSource},
};
use super::{
    document::{Act, Check, Document, Fact, Metadata, Port, Volume, When, Workload},
    yaml::{DocumentError, Source},
};

/// Documents, and objects that were passed over: the beginning of a sentence that says so.
pub(super) fn read(source: &Source) -> Result<(Vec<Document>, Vec<String>), DocumentError> {
    let (mut documents, mut passed) = (Vec::new(), Vec::new());
    let mut first = None;
    for object in source.documents::<Spanned<Object>>()? {
        first.get_or_insert(object.referenced);
        add(source, object, &mut documents, &mut passed)?;
    }
    match first {
        Some(at) if documents.is_empty() && passed.is_empty() => {
            Err(source.wrong(at, "the list is empty", "give a manifest with something in it"))
        }
        None => Err(source.other("it holds no Kubernetes object", "give a manifest with `kind:`")),
        Some(_) => Ok((documents, passed)),
    }
}

fn add(
    source: &Source,
    object: Spanned<Object>,
    documents: &mut Vec<Document>,
    passed: &mut Vec<String>,
) -> Result<(), DocumentError> {
    let (at, object) = (object.referenced, object.value);
    let is_list = object.items.is_some();
    // Items of a PodList are Pods, whether or not they say so.
    let of_list = object.kind.as_ref().and_then(|kind| {
        let of = kind.value.strip_suffix("List").filter(|of| !of.is_empty())?;
        Some(Spanned::new(of.to_owned(), kind.referenced, kind.defined))
    });
    for mut item in object.items.unwrap_or_default() {
        item.value.kind = item.value.kind.or_else(|| of_list.clone());
        add(source, item, documents, passed)?;
    }
    let Some(kind) = object.kind else {
        return Err(source.wrong(at, "an object has no `kind:`", "give a Kubernetes manifest"));
    };
    if is_list || kind.value.ends_with("List") {
        return Ok(());
    }
    let is_known = manifest::runs_containers(&kind.value);
    let lacks = |at: Location, what: &str| {
        Err(source.wrong(at, format!("the {} has no {what}", kind.value), "give it containers"))
    };
    let spec = object.spec.unwrap_or_default();
    let schedule = spec.schedule.map(|schedule| source.fact(schedule));
    let pod = match kind.value.as_str() {
        "Pod" => spec.pod,
        "PodTemplate" => object.template.and_then(|template| template.spec),
        "CronJob" => {
            let job = spec.job_template.and_then(|job| job.spec);
            job.and_then(|job| job.template).and_then(|template| template.spec)
        }
        _ => spec.template.and_then(|template| template.spec),
    };
    let pod = match pod {
        Some(pod) if pod.lists().iter().any(|(list, _)| !list.is_empty()) => pod,
        _ if !is_known => {
            let place = source.line(kind.defined.line());
            let kind = &kind.value;
            passed.push(if manifest::runs_none(kind) {
                format!("{kind} at {place}")
            } else {
                format!("{kind} at {place} is of a kind that is not known here; as far as is seen it")
            });
            return Ok(());
        }
        None if kind.value == "Pod" => return lacks(kind.referenced, "spec"),
        None => return lacks(kind.referenced, "pod in a template"),
        Some(pod) => {
            let empty = pod.containers.as_ref().map(|list| list.referenced);
            return lacks(empty.unwrap_or(kind.referenced), "containers");
        }
    };
    let metadata = object.metadata.unwrap_or_default();
    let workload = Workload {
        kind: kind.value.clone(),
        namespace: metadata.namespace,
        name: metadata.name.or(metadata.generate_name).unwrap_or_default(),
        ..Workload::default()
    };
    for (containers, init) in pod.lists() {
        for container in containers {
            let at = container.referenced;
            let name = container.value.name.clone().unwrap_or_default();
            if name.is_empty() && is_known {
                return Err(source.wrong(at, "a container has no name", "give it a `name:`"));
            }
            let workload = Workload { container: name, init, ..workload.clone() };
            let mut document = document(source, &pod, &container.value, workload, schedule.clone());
            if container.value.name.is_none() {
                document.notes.push(format!("the container at {} has no name", source.line(at.line())));
            }
            documents.push(document.sorted());
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
    let kind = workload.kind.to_lowercase();
    // An object without metadata has no name.
    let names = [kind.as_str(), &workload.name, &workload.container];
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    let mut document = Document::new(Metadata {
        name: names.join("/"),
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
    checks(source, container, &mut document);
    let declared = &mut document.declared;
    for (of, name) in [
        (&pod.host_network, "network"),
        (&pod.host_pid, "pid"),
        (&pod.host_ipc, "ipc"),
        (&pod.host_users, "user"),
    ] {
        if let Some(of) = of.as_ref().filter(|of| of.value) {
            let from = source.line(of.defined.line());
            declared.host_namespaces.push(Fact { value: name.to_owned(), from });
        }
    }
    security::add(source, pod, container, &mut document);
    document
}

/// `command` stands for the image's entrypoint, `args` for its cmd. Both are told as they are written, and what is run in
/// the end with what Kubernetes puts in (`expansion.rs`).
fn command(source: &Source, container: &Container, document: &mut Document) {
    let declared = &mut document.declared;
    declared.entrypoint = container.command.clone().map(|command| source.fact(command));
    declared.cmd = container.args.clone().map(|args| source.fact(args));
    let (entrypoint, cmd) = (&declared.entrypoint, &declared.cmd);
    let Some(from) = entrypoint.as_ref().or(cmd.as_ref()).map(|fact| fact.from.clone()) else {
        return document.notes.push("entrypoint and cmd are the image's".to_owned());
    };
    let written: Vec<String> = entrypoint.iter().chain(cmd).flat_map(|fact| &fact.value).cloned().collect();
    let mut unknown = BTreeSet::new();
    let value = Variables::of_command(container).run(&written, &mut unknown);
    document.notes.extend(unknown.iter().map(|name| open(name, &from)));
    if declared.entrypoint.is_some() {
        declared.command = Some(Fact { value, from });
    } else {
        document.notes.push("the entrypoint is the image's".to_owned());
    }
}

fn open(name: &str, from: &str) -> String {
    format!("what $({name}) at {from} stands for is not known: the manifest gives {name} no value")
}

/// Probes and hooks. References are put into the commands of probes only: Kubernetes leaves hooks as they are written.
fn checks(source: &Source, container: &Container, document: &mut Document) {
    let hooks = container.lifecycle.as_ref();
    let probes = Variables::of_probes(container);
    for (when, name, handler) in [
        (When::Liveness, "livenessProbe", container.liveness_probe.as_ref()),
        (When::Readiness, "readinessProbe", container.readiness_probe.as_ref()),
        (When::Startup, "startupProbe", container.startup_probe.as_ref()),
        (When::PostStart, "postStart", hooks.and_then(|hooks| hooks.post_start.as_ref())),
        (When::PreStop, "preStop", hooks.and_then(|hooks| hooks.pre_stop.as_ref())),
    ] {
        let Some(handler) = handler else { continue };
        let Some(mut check) = check(source, when, handler) else {
            let from = source.line(handler.defined.line());
            document.notes.push(format!("the {name} at {from} says nothing to do and is passed over"));
            continue;
        };
        if !matches!(when, When::PostStart | When::PreStop) {
            let mut unknown = BTreeSet::new();
            check.argv = probes.run(&check.argv, &mut unknown);
            document.notes.extend(unknown.iter().map(|name| open(name, &check.from)));
        }
        document.declared.checks.push(check);
    }
}

/// What a probe or a hook does, if it says so.
fn check(source: &Source, when: When, handler: &Spanned<Handler>) -> Option<Check> {
    let told = &handler.value;
    let asked = |action: &Option<Action>| {
        action.as_ref().map(|action| (action.port.as_ref().map(|port| port.0.clone()), action.path.clone()))
    };
    let command = told.exec.as_ref().and_then(|exec| exec.command.clone()).filter(|argv| !argv.is_empty());
    let (act, argv, (port, path)) = if let Some(command) = command {
        (Act::Exec, command, (None, None))
    } else if let Some(http) = asked(&told.http_get) {
        (Act::Http, Vec::new(), http)
    } else if let Some(tcp) = asked(&told.tcp_socket) {
        (Act::Tcp, Vec::new(), tcp)
    } else if let Some(grpc) = asked(&told.grpc) {
        (Act::Grpc, Vec::new(), grpc)
    } else {
        told.sleep.as_ref()?;
        (Act::Sleep, Vec::new(), (None, None))
    };
    let period = told.period_seconds.map(|seconds| format!("{seconds}s"));
    Some(Check { when, act, argv, port, path, period, from: source.line(handler.defined.line()) })
}

fn volume_source(volume: &VolumeSource) -> String {
    if let Some(host) = &volume.host_path {
        return host.path.clone();
    }
    volume.of.clone().map_or_else(|| volume.name.clone(), |kind| format!("{kind} {}", volume.name))
}

/// The name without what is in front of it in some places.
pub(super) fn capability(name: &str) -> String {
    let name = name.to_uppercase();
    name.strip_prefix("CAP_").unwrap_or(&name).to_owned()
}

#[cfg(test)]
mod tests;
