//! `intent from compose`: what the services of a Compose file declare, one document each.
//!
//! Variables get the default that the file gives them; others stay as written, for what is set elsewhere nobody knows here.
//! Ports of the host are left out: what a container does is inside it. `extends` is followed within the file
//! (`compose/extends.rs`); of other files it is not, nor are `include`, `env_file` and `build`: notes say so, as they do of
//! facts for which documents have no place. `!reset` takes away what it stands at.
//!
//! The file as a tree is in `compose/node.rs`, what its values are in `compose/service.rs`.

mod extends;
mod mounts;
mod node;
mod rights;
mod runs;
mod service;
mod variables;
mod words;

use self::{
    node::{File, Node, Value},
    service::Service,
};
use super::{
    document::Document,
    yaml::{DocumentError, Source},
};

const SERVICES: &str = "give a Compose file with `services:`";

pub(super) fn read(source: &Source) -> Result<Vec<Document>, DocumentError> {
    let mut documents = Vec::new();
    let mut none = source.other("it has no services", SERVICES);
    for File(file) in source.documents::<File>()? {
        if !matches!(file.value, Value::Map(_)) {
            return Err(source.wrong(
                file.at,
                format!("it is {}, not a Compose file", file.kind()),
                SERVICES,
            ));
        }
        let before = documents.len();
        services(source, &file, &mut documents)?;
        if documents.len() == before {
            none = no_services(source, &file);
        }
    }
    if documents.is_empty() { Err(none) } else { Ok(documents) }
}

fn services(source: &Source, file: &Node, documents: &mut Vec<Document>) -> Result<(), DocumentError> {
    let Some(services) = file.get("services") else { return Ok(()) };
    if !matches!(services.value, Value::Map(_)) {
        let why = format!("services is {}, not a mapping", services.kind());
        return Err(source.wrong(services.at, why, "write each service as `name:` with its fields below"));
    }
    let mut all: Vec<_> = services.entries().iter().filter(|(_, node)| !node.reset()).collect();
    all.sort_by(|(one, _), (other, _)| one.value.cmp(&other.value));
    for (name, node) in all {
        if name.value.is_empty() {
            return Err(source.wrong(
                name.defined,
                "a service has no name",
                "write one in front of the colon",
            ));
        }
        if !matches!(node.value, Value::Map(_)) {
            let why = format!("the service {} is {}, not a mapping", name.value, node.kind());
            let advice = "give it an `image:` or a `build:`, or take it out";
            return Err(source.wrong(name.defined, why, advice));
        }
        let node = &extends::whole(source, services, &name.value, node)?;
        let mut document = document(source, &name.value, node)?;
        if let Some(include) = file.get("include") {
            let from = source.line(include.at.line());
            document.notes.push(format!("the file includes others at {from}, which are not read"));
        }
        documents.push(document.sorted());
    }
    Ok(())
}

/// Where a file that has no services should have them.
fn no_services(source: &Source, file: &Node) -> DocumentError {
    let told = file.entries().iter().find(|(key, _)| key.value == "services");
    if let Some(include) = file.get("include") {
        let why = "it has no services of its own, only an include of other files";
        return source.wrong(include.at, why, "give the files that it includes");
    }
    match told {
        Some((key, _)) => source.wrong(key.defined, "it has no services", "write some below `services:`"),
        None => source.wrong(file.at, "it has no services: there is no `services:`", SERVICES),
    }
}

fn document(source: &Source, name: &str, node: &Node) -> Result<Document, DocumentError> {
    let mut service = Service::new(source, name, node);
    let image = service.field("image").map(|image| service.text(image, "image")).transpose()?;
    service.document.metadata.image = image;
    runs::command(&mut service)?;
    runs::user(&mut service)?;
    mounts::ports(&mut service)?;
    mounts::volumes(&mut service)?;
    mounts::secrets_and_configs(&mut service)?;
    runs::healthcheck(&mut service)?;
    runs::hooks(&mut service)?;
    rights::rights(&mut service)?;
    if let Some(told) = service.field("environment") {
        service.document.declared.environment = service.names(told, "environment")?;
    }
    elsewhere(&mut service)?;
    Ok(service.done())
}

/// What is in other places than this service.
fn elsewhere(service: &mut Service<'_>) -> Result<(), DocumentError> {
    if service.field("build").is_some() {
        service.note("it is built from a Dockerfile, which is not read; see `intent from dockerfile`");
    }
    if let Some(told) = service.field("extends") {
        let name = service.text(told.get("service").unwrap_or(told), "the service of extends")?;
        let file = told.get("file").map(|file| service.text(file, "the file of extends")).transpose()?;
        let of = file.map_or_else(String::new, |file| format!(" of {file}"));
        let from = service.from(told);
        service
            .note(format!("it extends the service {name}{of}, whose facts are not added: extends at {from}"));
    }
    if let Some(told) = service.field("env_file") {
        let from = service.from(told);
        service.note(format!("names of variables in its env_file at {from} are not read"));
    }
    Ok(())
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

#[cfg(test)]
mod tests;
