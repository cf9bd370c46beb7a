//! What a container may do.

use super::{
    super::{
        document::{Capability, Change, Document, Fact},
        yaml::Source,
    },
    capability,
    manifest::{Container, PodSpec, Security},
};

/// What a container says of itself counts before what its pod says of all.
pub(super) fn add(source: &Source, pod: &PodSpec, container: &Container, document: &mut Document) {
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

/// What a container says of itself, or else its pod of all.
fn first<'s, T>(
    own: Option<&'s Security>,
    pod: Option<&'s Security>,
    of: fn(&'s Security) -> Option<&'s T>,
) -> Option<&'s T> {
    own.and_then(of).or_else(|| pod.and_then(of))
}
