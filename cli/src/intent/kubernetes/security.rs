//! What a container may do, and what is declared of it that a document has no place for: that is noted, each with its place,
//! so that nobody takes silence for "none".

use std::fmt::Display;

use serde_saphyr::Spanned;

use super::{
    super::{
        document::{Capability, Change, Document, Fact},
        yaml::Source,
    },
    capability,
    manifest::{Container, PodSpec, Profile, Security},
};

/// What a container says of itself counts before what its pod says of all.
pub(super) fn add(source: &Source, pod: &PodSpec, container: &Container, document: &mut Document) {
    without_place(source, pod, container, &mut document.notes);
    let (pod, own) = (pod.security_context.as_ref(), container.security_context.as_ref());
    let declared = &mut document.declared;
    let user = first(own, pod, |security| security.run_as_user.as_ref());
    let group = first(own, pod, |security| security.run_as_group.as_ref());
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

/// Notes what is declared and has no place in a document.
fn without_place(source: &Source, pod: &PodSpec, container: &Container, notes: &mut Vec<String>) {
    let (of_pod, own) = (pod.security_context.as_ref(), container.security_context.as_ref());
    let mut told: Vec<(String, u64)> = Vec::new();
    told.extend(said("shareProcessNamespace", pod.share_process_namespace.as_ref().filter(|is| is.value)));
    told.extend(said("serviceAccountName", pod.service_account_name.as_ref()));
    told.extend(said("automountServiceAccountToken", pod.automount_service_account_token.as_ref()));
    told.extend(said("runtimeClassName", pod.runtime_class_name.as_ref()));
    // That it is in the user namespace of the host has a place.
    told.extend(said("hostUsers", pod.host_users.as_ref().filter(|is| !is.value)));
    told.extend(said("runAsNonRoot", first(own, of_pod, |security| security.run_as_non_root.as_ref())));
    told.extend(profile("seccompProfile", first(own, of_pod, |security| security.seccomp_profile.as_ref())));
    told.extend(profile(
        "appArmorProfile",
        first(own, of_pod, |security| security.app_armor_profile.as_ref()),
    ));
    told.extend(said("procMount", own.and_then(|own| own.proc_mount.as_ref())));
    let se_linux = first(own, of_pod, |security| security.se_linux_options.as_ref());
    let windows = first(own, of_pod, |security| security.windows_options.as_ref());
    for (name, options) in [("seLinuxOptions", se_linux), ("windowsOptions", windows)] {
        told.extend(options.map(|options| (name.to_owned(), options.defined.line())));
    }
    let sysctls = of_pod.and_then(|pod| pod.sysctls.as_ref()).into_iter().flatten();
    told.extend(sysctls.filter_map(|sysctl| said("sysctl", Some(&sysctl.name))));
    told.extend(said("fsGroup", of_pod.and_then(|pod| pod.fs_group.as_ref())));
    let groups = of_pod.and_then(|pod| pod.supplemental_groups.as_ref());
    told.extend(groups.into_iter().flatten().filter_map(|group| said("supplementalGroups", Some(group))));
    let ports = container.ports.iter().flatten();
    told.extend(ports.filter_map(|port| said("hostPort", port.host_port.as_ref())));
    let devices = container.volume_devices.iter().flatten();
    told.extend(devices.filter_map(|device| said("volumeDevices", Some(&device.device_path))));
    notes.extend(told.into_iter().map(|(what, line)| {
        format!("{what} is declared at {}, which a document has no place for", source.line(line))
    }));
}

/// What a container says of itself, or else its pod of all.
fn first<'s, T>(
    own: Option<&'s Security>,
    pod: Option<&'s Security>,
    of: fn(&'s Security) -> Option<&'s T>,
) -> Option<&'s T> {
    own.and_then(of).or_else(|| pod.and_then(of))
}

fn said(name: &str, told: Option<&Spanned<impl Display>>) -> Option<(String, u64)> {
    told.map(|told| (format!("{name} {}", told.value), told.defined.line()))
}

fn profile(name: &str, told: Option<&Profile>) -> Option<(String, u64)> {
    let (mut what, line) = said(name, told?.kind.as_ref())?;
    if let Some(file) = &told?.localhost_profile {
        what = format!("{what} {file}");
    }
    Some((what, line))
}
