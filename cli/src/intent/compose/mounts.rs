//! Ports of a service, and what is mounted in it: volumes, tmpfs, secrets and configs.

use super::{
    node::{Node, Value},
    service::Service,
    variables::parts,
};
use crate::intent::{
    document::{Port, Volume},
    ports::port,
    yaml::DocumentError,
};

pub(super) fn ports(service: &mut Service<'_>) -> Result<(), DocumentError> {
    for entry in service.items("ports")? {
        if let Value::Map(_) = entry.value {
            let Some(target) = entry.get("target") else {
                let advice = "write the port of the container behind `target:`";
                return Err(service.wrong(entry, "a port has no `target:`", advice));
            };
            let name = entry.get("name").map(|name| service.text(name, "name of a port")).transpose()?;
            let protocol = entry.get("protocol").map(|told| service.known(told, "protocol of a port"));
            let (Some(protocol), Some(number)) =
                (protocol.unwrap_or(Ok(Some("tcp".to_owned())))?, service.known(target, "target of a port")?)
            else {
                continue;
            };
            let from = service.from(entry);
            let told = port(&format!("{number}/{protocol}"), &from).ok_or_else(|| {
                let why = format!("target {number:?} with protocol {protocol:?} is no port");
                service.wrong(target, why, "write a number from 1 to 65535, and tcp, udp or sctp")
            })?;
            service.document.declared.ports.push(Port { name, ..told });
        } else {
            short_port(service, entry, "ports")?;
        }
    }
    for entry in service.items("expose")? {
        short_port(service, entry, "expose")?;
    }
    Ok(())
}

fn short_port<'a>(service: &mut Service<'a>, entry: &'a Node, of: &str) -> Result<(), DocumentError> {
    let (written, unknown) = service.text_and_unknown(entry, &format!("an entry of {of}"))?;
    let from = service.from(entry);
    // What is in front of the last colon is of the host.
    match port(parts(&written).last().copied().unwrap_or(&written), &from) {
        Some(port) => service.document.declared.ports.push(port),
        None if !unknown.is_empty() => service.note(format!("the port {written} at {from} is not known")),
        None => {
            let advice = "write it as 80, 8080:80 or 127.0.0.1:8000-8010:8000-8010/udp";
            return Err(service.wrong(entry, format!("{written:?} is no port of a container"), advice));
        }
    }
    Ok(())
}

pub(super) fn volumes(service: &mut Service<'_>) -> Result<(), DocumentError> {
    for entry in service.items("volumes")? {
        let from = service.from(entry);
        let volume = if let Value::Map(_) = entry.value {
            let Some(target) = entry.get("target") else {
                let advice = "write its path in the container behind `target:`";
                return Err(service.wrong(entry, "a volume has no `target:`", advice));
            };
            let of = entry.get("source").or(entry.get("type"));
            let read_only = entry.get("read_only").map(|told| service.flag(told, "read_only of a volume"));
            Volume {
                path: service.text(target, "target of a volume")?,
                source: of.map(|of| service.text(of, "source of a volume")).transpose()?,
                read_only: read_only.transpose()?.flatten().is_some_and(|told| told.value),
                from,
            }
        } else {
            let written = service.text(entry, "an entry of volumes")?;
            short_volume(&written, from).ok_or_else(|| {
                let advice = "write PATH, SOURCE:PATH or SOURCE:PATH:OPTIONS";
                service.wrong(entry, format!("{written:?} is no volume"), advice)
            })?
        };
        // What a service extends may have mounted another there.
        service.document.declared.volumes.retain(|one| one.path != volume.path);
        service.document.declared.volumes.push(volume);
    }
    for entry in service.one_or_items("tmpfs")? {
        let (written, from) = (service.text(entry, "tmpfs")?, service.from(entry));
        let all = parts(&written);
        let path = all.first().copied().unwrap_or_default().to_owned();
        let read_only = all.get(1).is_some_and(|options| is_read_only(options));
        let source = Some("tmpfs".to_owned());
        service.document.declared.volumes.push(Volume { path, source, read_only, from });
    }
    Ok(())
}

/// `PATH`, `SOURCE:PATH` or `SOURCE:PATH:OPTIONS`, where a letter alone in front of a colon is a drive of Windows.
fn short_volume(written: &str, from: String) -> Option<Volume> {
    let mut fields: Vec<String> = Vec::new();
    let mut drive: Option<&str> = None;
    for part in parts(written) {
        let mut letters = part.chars();
        let letter = letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none();
        match drive.take() {
            Some(drive) => fields.push(format!("{drive}:{part}")),
            None if letter => drive = Some(part),
            None => fields.push(part.to_owned()),
        }
    }
    fields.extend(drive.map(str::to_owned));
    if fields.iter().any(String::is_empty) {
        return None;
    }
    let mut fields = fields.into_iter();
    let (first, second, options, more) = (fields.next()?, fields.next(), fields.next(), fields.next());
    if more.is_some() {
        return None;
    }
    let read_only = options.is_some_and(|options| is_read_only(&options));
    let (source, path) = match second {
        Some(path) => (Some(first), path),
        None => (None, first),
    };
    Some(Volume { path, source, read_only, from })
}

/// The last of `ro` and `rw` holds.
fn is_read_only(options: &str) -> bool {
    options.split(',').rfind(|option| ["ro", "rw"].contains(option)) == Some("ro")
}

/// Files that Compose mounts, where it mounts them if nothing else is said.
pub(super) fn secrets_and_configs(service: &mut Service<'_>) -> Result<(), DocumentError> {
    for (field, kind, folder) in [("secrets", "secret", "/run/secrets/"), ("configs", "config", "/")] {
        for entry in service.items(field)? {
            let (name, target) = if let Value::Map(_) = entry.value {
                let Some(name) = entry.get("source") else {
                    let why = format!("a {kind} has no `source:`");
                    return Err(service.wrong(entry, why, "write its name behind `source:`"));
                };
                let target = entry.get("target").map(|told| service.text(told, "target")).transpose()?;
                (service.text(name, "source")?, target)
            } else {
                (service.text(entry, &format!("an entry of {field}"))?, None)
            };
            let target = target.unwrap_or_else(|| name.clone());
            let path = if target.starts_with('/') { target } else { format!("{folder}{target}") };
            let from = service.from(entry);
            let volume = Volume { path, source: Some(format!("{kind} {name}")), read_only: true, from };
            service.document.declared.volumes.push(volume);
        }
    }
    Ok(())
}
