//! What a service may do: capabilities, flags, namespaces, and notes of that for which documents have no place.

use super::{
    node::{Node, Value},
    service::Service,
};
use crate::intent::{
    document::{Capability, Change, Fact},
    kubernetes::capability,
    yaml::DocumentError,
};

pub(super) fn rights(service: &mut Service<'_>) -> Result<(), DocumentError> {
    for (field, change) in [("cap_add", Change::Add), ("cap_drop", Change::Drop)] {
        for entry in service.items(field)? {
            let name = capability(&service.text(entry, &format!("an entry of {field}"))?);
            let from = service.from(entry);
            service.document.declared.capabilities.push(Capability { name, change, from });
        }
    }
    service.document.declared.read_only_root = service.is_set("read_only")?;
    service.document.declared.privileged = service.is_set("privileged")?;
    for entry in service.items("security_opt")? {
        security_option(service, entry)?;
    }
    namespaces(service)?;
    noted(service)
}

fn security_option<'a>(service: &mut Service<'a>, entry: &'a Node) -> Result<(), DocumentError> {
    let Some(option) = service.known(entry, "an entry of security_opt")? else { return Ok(()) };
    let from = service.from(entry);
    let (name, value) = option.split_once([':', '=']).unwrap_or((&option, "true"));
    if name != "no-new-privileges" {
        service.note(format!("the security option {option} is set at {from}"));
        return Ok(());
    }
    let value = match value.to_lowercase().as_str() {
        "true" | "t" | "1" => false,
        "false" | "f" | "0" => true,
        _ => {
            let why = format!("no-new-privileges is {value:?}, neither true nor false");
            return Err(service.wrong(entry, why, "write no-new-privileges:true or no-new-privileges:false"));
        }
    };
    service.document.declared.privilege_escalation = Some(Fact { value, from });
    Ok(())
}

/// Those of the host have a place; whose others are is noted.
fn namespaces(service: &mut Service<'_>) -> Result<(), DocumentError> {
    for (field, namespace, has_place) in [
        ("network_mode", "network", true),
        ("pid", "pid", true),
        ("ipc", "ipc", true),
        ("userns_mode", "user", true),
        ("uts", "uts", false),
        ("cgroup", "cgroup", false),
    ] {
        let Some(told) = service.field(field) else { continue };
        let Some(value) = service.known(told, field)? else { continue };
        let from = service.from(told);
        match value.split_once(':') {
            None if value == "host" && has_place => {
                let fact = Fact { value: namespace.to_owned(), from };
                service.document.declared.host_namespaces.push(fact);
            }
            Some((kind @ ("service" | "container"), name)) => {
                service.note(format!(
                    "it is in the {namespace} namespace of the {kind} {name}: {field} at {from}"
                ));
            }
            _ => service.note(format!("{field} is {value} at {from}")),
        }
    }
    Ok(())
}

/// One note for each fact that has no other place.
fn noted(service: &mut Service<'_>) -> Result<(), DocumentError> {
    for (field, what) in [
        ("devices", "is a device of the host that it may use"),
        ("device_cgroup_rules", "is a rule for the devices that it may use"),
        ("group_add", "is a group that it is in as well"),
        ("volumes_from", "has volumes that are mounted here too"),
        ("gpus", "is what it may use of the GPUs"),
        ("runtime", "is the runtime that it needs"),
        ("cgroup_parent", "is the control group that it is in"),
    ] {
        for entry in service.one_or_items(field)? {
            // The long form of devices and of GPUs.
            let told = entry.get("source").or(entry.get("driver")).unwrap_or(entry);
            let name = if let Value::Map(_) = told.value {
                format!("an entry of {field}")
            } else {
                service.text(told, &format!("an entry of {field}"))?
            };
            let from = service.from(entry);
            service.note(format!("{name} {what}: {field} at {from}"));
        }
    }
    if let Some(told) = service.field("sysctls") {
        for name in service.names(told, "sysctls")? {
            service.note(format!("the kernel parameter {} is set at {}", name.value, name.from));
        }
    }
    for (field, what) in [
        ("init", "an init of the engine starts the command"),
        ("use_api_socket", "it may use the engine itself, by its socket"),
    ] {
        if let Some(told) = service.is_set(field)?.filter(|told| told.value) {
            service.note(format!("{what}: {field} at {}", told.from));
        }
    }
    for (field, what) in [
        ("credential_spec", "it has credentials that are not told here"),
        ("provider", "a program of the host provides it, not a container"),
    ] {
        if let Some(told) = service.field(field) {
            let from = service.from(told);
            service.note(format!("{what}: {field} at {from}"));
        }
    }
    let reserved = ["deploy", "resources", "reservations", "devices"];
    let mut place = service.field("deploy");
    for name in reserved.iter().skip(1) {
        place = place.and_then(|node| node.get(name));
    }
    if let Some(devices) = place {
        let from = service.from(devices);
        service.note(format!("devices of the host are reserved for it: deploy at {from}"));
    }
    Ok(())
}
