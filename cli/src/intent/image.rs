//! `intent from image`: what images declare, from files alone: the JSON of an image's config, what `docker inspect`
//! says, the folder of an OCI layout, or a tar of `docker save` or `skopeo copy`.
//!
//! Facts point into the config as JSON pointers do, at the step of its history that says them where one does. Blobs are
//! checked against their digests, and only these are followed, so a layout can't lead to other files. Of layers only
//! scripts are read that the image starts with, and lists of packages (`layers.rs`). Not here: asking a registry or a
//! runtime.

mod container;
mod history;
mod layers;
mod packages;

use std::{collections::BTreeMap, fs, path::Path};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, de::DeserializeOwned};

use self::{container::Blobs, history::History, layers::Layers};
use super::{
    compose::health,
    document::{Act, Check, Document, Fact, Metadata, Volume, When},
    ports::port,
    report::AS_ROOT,
    starts::{self, Found},
    yaml::{DocumentError, bytes},
};

/// Images that one file may hold.
const IMAGES: usize = 256;
/// An index may point to indices of platforms, and these to nothing but images.
const NESTING: u8 = 3;

/// The config of an image, or what a runtime tells of one.
#[derive(Deserialize)]
struct Image {
    config: Option<Config>,
    /// As `docker inspect` calls it.
    #[serde(rename = "Config")]
    inspected: Option<Config>,
    #[serde(rename = "Id")]
    id: Option<String>,
    #[serde(rename = "RepoTags", default)]
    tags: Option<Vec<String>>,
    history: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    user: Option<String>,
    exposed_ports: Option<BTreeMap<String, serde::de::IgnoredAny>>,
    env: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    volumes: Option<BTreeMap<String, serde::de::IgnoredAny>>,
    healthcheck: Option<Healthcheck>,
    on_build: Option<Vec<String>>,
    working_dir: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Healthcheck {
    test: Option<Vec<String>>,
    /// Nanoseconds.
    interval: Option<u64>,
}

/// `manifest.json` of `docker save`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Option<Vec<String>>,
}

/// An OCI index, or the manifest of one image.
#[derive(Deserialize)]
struct Manifest {
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    platform: Option<Platform>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Platform {
    os: String,
}

/// A document for each image in it; with its packages, if they are asked for.
pub(super) fn read(file: &Path, with_packages: bool) -> Result<Vec<Document>, DocumentError> {
    let name = file.display().to_string();
    let documents = if fs::metadata(file).is_ok_and(|found| found.is_dir()) {
        packed(&name, &Blobs::Folder(file.to_owned()), with_packages)?
    } else if container::is_tar(file) {
        packed(&name, &Blobs::Tar(file.to_owned()), with_packages)?
    } else {
        plain(&name, &bytes(file)?, with_packages)?
    };
    if documents.is_empty() {
        return Err(other(&name, "it holds no image"));
    }
    Ok(documents)
}

/// A config, or what a runtime tells of some images.
fn plain(name: &str, json: &[u8], with_packages: bool) -> Result<Vec<Document>, DocumentError> {
    // Told by the first letter and not by trying: who tries both knows of neither where it is wrong.
    let is_list = json.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let images: Vec<Image> = if is_list { parsed(name, json)? } else { vec![parsed(name, json)?] };
    let only = images.len() == 1;
    let images = images.into_iter().enumerate().take(IMAGES);
    images
        .map(|(number, image)| {
            let at = if image.inspected.is_some() { "Config" } else { "config" };
            // Of several, each is pointed to by its number; a config alone is no list.
            let place = if only && at == "config" { format!("/{at}") } else { format!("/{number}/{at}") };
            let (tag, id) = (image.tags.iter().flatten().next().cloned(), image.id.clone());
            let (mut document, _) = document(name, &place, image, tag, id)?;
            starts::add(&mut document, &mut |_| Found::Unknown);
            if with_packages {
                document
                    .notes
                    .push("packages are not known: only a layout or a tar has the layers".to_owned());
            }
            Ok(document.sorted())
        })
        .collect()
}

/// Images in a folder or a tar.
fn packed(name: &str, blobs: &Blobs, with_packages: bool) -> Result<Vec<Document>, DocumentError> {
    if let Some(saved) = blobs.get("manifest.json")? {
        let saved: Vec<Saved> = parsed(name, &saved)?;
        let one = |saved: Saved| {
            let json = blobs
                .get(&saved.config)?
                .ok_or_else(|| other(name, format!("{} is missing", saved.config)))?;
            let tag = saved.repo_tags.into_iter().flatten().next();
            let (document, layers) =
                document(name, "/config", parsed(name, &json)?, tag, Some(sha256(&json)))?;
            let layers = Layers { names: saved.layers.unwrap_or_default(), ..layers };
            Ok(looked_into(document, blobs, &layers, with_packages))
        };
        return saved.into_iter().take(IMAGES).map(one).collect();
    }
    let index = blobs
        .get("index.json")?
        .ok_or_else(|| other(name, "neither manifest.json nor index.json is in it"))?;
    let mut images = Vec::new();
    follow(name, blobs, parsed(name, &index)?, None, NESTING, &mut images)?;
    let look = |(document, layers)| looked_into(document, blobs, &layers, with_packages);
    Ok(images.into_iter().map(look).collect())
}

fn follow(
    name: &str,
    blobs: &Blobs,
    manifest: Manifest,
    tag: Option<&String>,
    depth: u8,
    images: &mut Vec<(Document, Layers)>,
) -> Result<(), DocumentError> {
    if let Some(config) = manifest.config {
        let json = blob(name, blobs, &config.digest)?;
        let (document, layers) =
            document(name, "/config", parsed(name, &json)?, tag.cloned(), Some(config.digest))?;
        let names = manifest.layers.into_iter().flatten().filter_map(|layer| {
            Some(format!(
                "blobs/sha256/{}",
                layer.digest.strip_prefix("sha256:").filter(|hex| is_sha256(hex))?
            ))
        });
        let layers = Layers { names: names.collect(), are_digests: true, ..layers };
        images.push((document, layers));
    }
    if depth == 0 || images.len() >= IMAGES {
        return Err(other(name, "it holds too many images, or indices in indices"));
    }
    for next in manifest.manifests.into_iter().flatten() {
        // What BuildKit attests of an image stands among the platforms.
        if next.platform.is_some_and(|platform| platform.os == "unknown") {
            continue;
        }
        let of = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];
        let own = of.iter().find_map(|key| next.annotations.get(*key));
        let manifest = parsed(name, &blob(name, blobs, &next.digest)?)?;
        follow(name, blobs, manifest, own.or(tag), depth - 1, images)?;
    }
    Ok(())
}

fn blob(name: &str, blobs: &Blobs, digest: &str) -> Result<Vec<u8>, DocumentError> {
    let hex = digest.strip_prefix("sha256:").filter(|hex| is_sha256(hex));
    let hex = hex.ok_or_else(|| other(name, format!("{digest} is no SHA-256 digest")))?;
    let found = blobs.get(&format!("blobs/sha256/{hex}"))?;
    let found = found.ok_or_else(|| other(name, format!("the blob {digest} is missing")))?;
    if sha256(&found) != digest.to_lowercase() {
        return Err(other(name, format!("the blob {digest} has another digest")));
    }
    Ok(found)
}

fn is_sha256(hex: &str) -> bool {
    hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// With what its layers say: what it starts by scripts, and its packages.
fn looked_into(mut document: Document, blobs: &Blobs, layers: &Layers, with_packages: bool) -> Document {
    starts::add(&mut document, &mut |word| layers.find(blobs, word));
    if with_packages {
        packages::add(&mut document, blobs, layers);
    }
    document.sorted()
}

/// What a config says, and where in layers it looks for programs.
fn document(
    name: &str,
    place: &str,
    image: Image,
    tag: Option<String>,
    digest: Option<String>,
) -> Result<(Document, Layers), DocumentError> {
    let config = image.inspected.or(image.config).ok_or_else(|| other(name, "it has no `config`"))?;
    let title = tag.clone().or_else(|| digest.clone()).unwrap_or_else(|| name.to_owned());
    let mut document = Document::new(Metadata { name: title, image: tag, digest, workload: None });
    let history = History::of_config(image.history.as_ref());
    let step = |number: usize| format!("{name}#/history/{number}");
    let from_config = |field: &str| format!("{name}#{place}/{field}");
    let said = |instruction: &str, words: &[&str], field: &str| {
        history.of(instruction, words).map_or_else(|| from_config(field), step)
    };
    let added = |instruction: &str, word: &str, field: &str| {
        history.adding(instruction, word).map_or_else(|| from_config(field), step)
    };
    let declared = &mut document.declared;
    let words = |words: Option<Vec<String>>, instruction: &str, field: &str| {
        let value = words.filter(|words| !words.is_empty())?;
        let from = said(instruction, &value.iter().map(String::as_str).collect::<Vec<_>>(), field);
        Some(Fact { value, from })
    };
    declared.entrypoint = words(config.entrypoint, "ENTRYPOINT", "Entrypoint");
    declared.cmd = words(config.cmd, "CMD", "Cmd");
    let (entrypoint, cmd) = (&declared.entrypoint, &declared.cmd);
    let argv = entrypoint.iter().chain(cmd).flat_map(|words| words.value.clone()).collect::<Vec<_>>();
    declared.command =
        entrypoint.as_ref().or(cmd.as_ref()).map(|first| Fact { value: argv, from: first.from.clone() });
    match config.user.filter(|user| !user.is_empty()) {
        Some(value) => declared.user = Some(Fact { from: said("USER", &[&value], "User"), value }),
        None => document.notes.push(AS_ROOT.to_owned()),
    }
    for written in config.exposed_ports.into_iter().flatten().map(|(written, _)| written) {
        // Some builders write the protocol, and some only if it is not TCP.
        let step_of = |word: &str| history.adding("EXPOSE", word).map(step);
        let from = step_of(&written).or_else(|| step_of(written.strip_suffix("/tcp")?));
        match port(&written, &from.unwrap_or_else(|| from_config("ExposedPorts"))) {
            Some(port) => declared.ports.push(port),
            None => document.notes.push(format!("the port {written} is not known")),
        }
    }
    for (path, _) in config.volumes.into_iter().flatten() {
        let from = added("VOLUME", &path, "Volumes");
        declared.volumes.push(Volume { path, source: None, read_only: false, from });
    }
    let mut layers = Layers { directory: config.working_dir.unwrap_or_default(), ..Layers::default() };
    for variable in config.env.into_iter().flatten() {
        if let Some(path) = variable.strip_prefix("PATH=") {
            layers.path = Some(path.to_owned());
        }
        let value = variable.split('=').next().unwrap_or_default().to_owned();
        declared.environment.push(Fact { from: added("ENV", &value, "Env"), value });
    }
    if let Some(check) = config.healthcheck {
        let test = check.test.unwrap_or_default();
        let argv = health(&test);
        let act = if argv.is_empty() { Act::Disabled } else { Act::Exec };
        let period = check.interval.filter(|interval| *interval != 0);
        let period =
            period.map(|ns| humantime::format_duration(std::time::Duration::from_nanos(ns)).to_string());
        let words: Vec<&str> = test.iter().map(String::as_str).collect();
        let from = said("HEALTHCHECK", &words, "Healthcheck");
        declared.checks.push(Check {
            when: When::Healthcheck,
            act,
            argv,
            port: None,
            path: None,
            period,
            from,
        });
    }
    for value in config.on_build.into_iter().flatten() {
        declared.on_build.push(Fact { value, from: from_config("OnBuild") });
    }
    Ok((document, layers))
}

fn sha256(bytes: &[u8]) -> String {
    let hex = digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("sha256:{hex}")
}

fn parsed<T: DeserializeOwned>(name: &str, json: &[u8]) -> Result<T, DocumentError> {
    serde_json::from_slice(json).map_err(|error| DocumentError::Wrong {
        file: crate::escape::escape(name),
        line: error.line() as u64,
        column: error.column() as u64,
        why: crate::escape::escape(error.to_string().split(" at line ").next().unwrap_or_default()),
        advice: ADVICE,
    })
}

const ADVICE: &str =
    "give the JSON of an image's config or of `docker inspect`, an OCI layout, or a tar of `docker save`";

fn other(name: &str, why: impl std::fmt::Display) -> DocumentError {
    DocumentError::Other {
        file: crate::escape::escape(name),
        why: crate::escape::escape(&why.to_string()),
        advice: ADVICE,
    }
}
