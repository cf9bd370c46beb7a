//! `intent from compose`: what the services of a Compose file declare, one document each.
//!
//! Variables get the default that the file gives them; others stay as written, for what is set elsewhere nobody knows here.
//! Ports of the host and names of networks are left out: what a container does is inside it. `extends`, `include`,
//! `env_file` and `build` point to other files, which are not read; notes say so.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, de::IgnoredAny};
use serde_saphyr::Spanned;

use super::{
    document::{Act, Capability, Change, Check, Document, Fact, Metadata, Volume, When},
    kubernetes::capability,
    ports::port,
    words::substituted,
    yaml::{DocumentError, Source},
};

#[derive(Deserialize)]
struct File {
    services: Option<BTreeMap<String, Service>>,
    include: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Service {
    image: Option<String>,
    build: Option<IgnoredAny>,
    extends: Option<IgnoredAny>,
    env_file: Option<IgnoredAny>,
    entrypoint: Option<Spanned<Words>>,
    command: Option<Spanned<Words>>,
    user: Option<Spanned<String>>,
    ports: Option<Vec<Spanned<PortEntry>>>,
    expose: Option<Vec<Spanned<String>>>,
    volumes: Option<Vec<Spanned<VolumeEntry>>>,
    tmpfs: Option<Spanned<Words>>,
    healthcheck: Option<Spanned<Health>>,
    cap_add: Option<Vec<Spanned<String>>>,
    cap_drop: Option<Vec<Spanned<String>>>,
    read_only: Option<Spanned<bool>>,
    privileged: Option<Spanned<bool>>,
    security_opt: Option<Vec<Spanned<String>>>,
    network_mode: Option<Spanned<String>>,
    pid: Option<Spanned<String>>,
    ipc: Option<Spanned<String>>,
    userns_mode: Option<Spanned<String>>,
    environment: Option<Environment>,
}

/// A text, which is parted into words without a shell, or words.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PortEntry {
    Short(String),
    Number(u16),
    Long { target: u16, protocol: Option<String>, name: Option<String> },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum VolumeEntry {
    Short(String),
    Long { r#type: Option<String>, source: Option<String>, target: String, read_only: Option<bool> },
}

/// Values are never read.
enum Environment {
    Map(Vec<Spanned<String>>),
    List(Vec<Spanned<String>>),
}

impl<'de> Deserialize<'de> for Environment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> serde::de::Visitor<'de> for Names {
            type Value = Environment;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("variables, as a mapping or as a list of NAME=value")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Environment, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = map.next_key::<Spanned<String>>()? {
                    map.next_value::<IgnoredAny>()?;
                    names.push(name);
                }
                Ok(Environment::Map(names))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Environment, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = seq.next_element()? {
                    names.push(name);
                }
                Ok(Environment::List(names))
            }
        }
        deserializer.deserialize_any(Names)
    }
}

#[derive(Deserialize)]
struct Health {
    test: Option<Words>,
    interval: Option<String>,
    disable: Option<bool>,
}

pub(super) fn read(source: &Source) -> Result<Vec<Document>, DocumentError> {
    let mut documents = Vec::new();
    for file in source.documents::<File>()? {
        for (name, service) in file.services.unwrap_or_default() {
            let mut document = document(source, name, service)?;
            if file.include.is_some() {
                document.notes.push("the file includes others, which are not read".to_owned());
            }
            documents.push(document.sorted());
        }
    }
    if documents.is_empty() {
        return Err(source.other("it has no services", "give a Compose file with `services:`"));
    }
    Ok(documents)
}

fn document(source: &Source, name: String, service: Service) -> Result<Document, DocumentError> {
    let mut unknown = BTreeSet::new();
    let mut text = |text: &str| substituted(text, &mut unknown);
    let image = service.image.as_deref().map(&mut text);
    let mut document = Document::new(Metadata { name, image, ..Metadata::default() });
    let (declared, notes) = (&mut document.declared, &mut document.notes);
    let mut argv = |told: Option<Spanned<Words>>| {
        told.map(|told| Ok(Fact { value: split(source, &told, &mut text)?, from: line(source, &told) }))
            .transpose()
    };
    (declared.entrypoint, declared.cmd) = (argv(service.entrypoint)?, argv(service.command)?);
    match (&declared.entrypoint, &declared.cmd) {
        (Some(entrypoint), cmd) => {
            let cmd = cmd.iter().flat_map(|cmd| &cmd.value);
            let value = entrypoint.value.iter().chain(cmd).cloned().collect();
            let command = Fact { value, from: entrypoint.from.clone() };
            declared.command = Some(command).filter(|command: &Fact<Vec<String>>| !command.value.is_empty());
        }
        (None, Some(_)) => notes.push("the entrypoint is the image's".to_owned()),
        (None, None) => notes.push("entrypoint and cmd are the image's".to_owned()),
    }
    if let Some(user) = service.user {
        declared.user = Some(Fact { value: text(&user.value), from: line(source, &user) });
    } else {
        notes.push("the user is the image's".to_owned());
    }
    for entry in service.ports.into_iter().flatten() {
        let from = line(source, &entry);
        let (written, name) = match entry.value {
            PortEntry::Number(number) => (number.to_string(), None),
            PortEntry::Short(written) => (text(&written), None),
            PortEntry::Long { target, protocol, name } => {
                (format!("{target}/{}", protocol.as_deref().unwrap_or("tcp")), name)
            }
        };
        // What is in front of the last colon is of the host.
        match port(written.rsplit(':').next().unwrap_or(&written), &from) {
            Some(port) => declared.ports.push(super::document::Port { name, ..port }),
            None => notes.push(format!("the port {written} at {from} is not known")),
        }
    }
    for entry in service.expose.into_iter().flatten() {
        let from = line(source, &entry);
        match port(&text(&entry.value), &from) {
            Some(port) => declared.ports.push(port),
            None => notes.push(format!("the port {} at {from} is not known", entry.value)),
        }
    }
    for entry in service.volumes.into_iter().flatten() {
        let from = line(source, &entry);
        declared.volumes.push(match entry.value {
            VolumeEntry::Short(written) => short_volume(&text(&written), from),
            VolumeEntry::Long { r#type, source, target, read_only } => Volume {
                path: text(&target),
                source: source.map(|source| text(&source)).or(r#type),
                read_only: read_only.unwrap_or(false),
                from,
            },
        });
    }
    if let Some(told) = service.tmpfs {
        let from = line(source, &told);
        let paths = match told.value {
            Words::One(path) => vec![path],
            Words::Many(paths) => paths,
        };
        for path in paths {
            let path = text(path.split(':').next().unwrap_or(&path));
            declared.volumes.push(Volume {
                path,
                source: Some("tmpfs".into()),
                read_only: false,
                from: from.clone(),
            });
        }
    }
    if let Some(told) = service.healthcheck {
        let from = line(source, &told);
        let Health { test, interval: period, disable } = told.value;
        let argv = match test {
            _ if disable == Some(true) => Some(Vec::new()),
            Some(Words::One(shell)) => Some(health(&["CMD-SHELL".to_owned(), text(&shell)])),
            Some(Words::Many(words)) => {
                Some(health(&words.iter().map(|word| text(word)).collect::<Vec<_>>()))
            }
            None => None,
        };
        if let Some(argv) = argv {
            let act = if argv.is_empty() { Act::Disabled } else { Act::Exec };
            declared.checks.push(Check {
                when: When::Healthcheck,
                act,
                argv,
                port: None,
                path: None,
                period,
                from,
            });
        } else {
            notes.push(format!("the health check at {from} is the image's, at another pace"));
        }
    }
    for (change, names) in [(Change::Add, service.cap_add), (Change::Drop, service.cap_drop)] {
        for name in names.into_iter().flatten() {
            let from = line(source, &name);
            declared.capabilities.push(Capability { name: capability(&text(&name.value)), change, from });
        }
    }
    declared.read_only_root = service.read_only.map(|told| source.fact(told));
    declared.privileged = service.privileged.map(|told| source.fact(told));
    for option in service.security_opt.into_iter().flatten() {
        let (name, value) = option.value.split_once([':', '=']).unwrap_or((&option.value, "true"));
        if name == "no-new-privileges" {
            declared.privilege_escalation =
                Some(Fact { value: value != "true", from: line(source, &option) });
        }
    }
    for (name, told) in [
        ("network", service.network_mode),
        ("pid", service.pid),
        ("ipc", service.ipc),
        ("user", service.userns_mode),
    ] {
        if let Some(told) = told.filter(|told| told.value == "host") {
            declared.host_namespaces.push(Fact { value: name.to_owned(), from: line(source, &told) });
        }
    }
    match service.environment {
        None => {}
        Some(Environment::Map(names)) => {
            declared.environment.extend(names.into_iter().map(|name| source.fact(name)));
        }
        Some(Environment::List(list)) => {
            for entry in list {
                let name = entry.value.split('=').next().unwrap_or_default().to_owned();
                declared.environment.push(Fact { value: name, from: line(source, &entry) });
            }
        }
    }
    for (told, what) in [
        (&service.build, "it is built from a Dockerfile, which is not read; see `intent from dockerfile`"),
        (&service.extends, "it extends another service, whose facts are not added"),
        (&service.env_file, "names of variables in its env_file are not read"),
    ] {
        if told.is_some() {
            notes.push(what.to_owned());
        }
    }
    notes.extend(
        unknown.iter().map(|name| format!("{name} has no value in this file and stays as it is written")),
    );
    Ok(document)
}

fn line<T>(source: &Source, told: &Spanned<T>) -> String {
    source.line(told.defined.line())
}

fn split(
    source: &Source,
    told: &Spanned<Words>,
    text: &mut impl FnMut(&str) -> String,
) -> Result<Vec<String>, DocumentError> {
    match &told.value {
        Words::Many(words) => Ok(words.iter().map(|word| text(word)).collect()),
        Words::One(one) => shell_words::split(&text(one)).map_err(|_| {
            source.wrong(told.referenced, "a quote in it does not end", "close it, or write a list of words")
        }),
    }
}

/// What a test of a health check runs; nothing if it is NONE.
pub(super) fn health(words: &[String]) -> Vec<String> {
    match words.split_first() {
        Some((kind, argv)) if kind == "CMD" => argv.to_vec(),
        Some((kind, argv)) if kind == "CMD-SHELL" => {
            ["/bin/sh", "-c"].into_iter().map(str::to_owned).chain(argv.iter().cloned()).collect()
        }
        _ => Vec::new(),
    }
}

/// `PATH`, `SOURCE:PATH` or `SOURCE:PATH:OPTIONS`.
fn short_volume(written: &str, from: String) -> Volume {
    let parts: Vec<&str> = written.split(':').collect();
    let (path, source, options) = match parts.as_slice() {
        [path] => (*path, None, ""),
        [source, path] => (*path, Some(*source), ""),
        [source, path, options, ..] => (*path, Some(*source), *options),
        [] => ("", None, ""),
    };
    let read_only = options.split(',').any(|option| option == "ro");
    Volume { path: path.to_owned(), source: source.map(str::to_owned), read_only, from }
}
