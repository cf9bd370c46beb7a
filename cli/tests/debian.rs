//! `plumbline intent from` on files that people wrote for their own ends: those that packages of Debian bring along
//! (`tests/debian/setup.sh`). Where they were not fetched each test is listed as ignored.
//!
//! Each file is read, or refused with its place; what is read is a sound document that declares what a plain look at the file
//! finds. Of a few that are stable since years the whole is known.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is missing fails the test")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Output},
};

use libtest_mimic::{Arguments, Trial};
use serde_json::Value;

fn main() -> ExitCode {
    let there = home().join("done").exists();
    let test = |name: &str, run: fn()| {
        let run = move || {
            run();
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(!there)
    };
    let trials = vec![
        test("every_dockerfile_of_debian_is_read_or_refused_with_its_place", dockerfiles),
        test("every_compose_file_of_debian_is_read_service_by_service", compose_files),
        test("every_manifest_of_debian_is_read_container_by_container", manifests),
        test("a_dockerfile_of_every_edge_declares_what_docker_would_make_of_it", edges),
        test("the_manifest_of_kube_dns_declares_its_three_containers", kube_dns),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/debian")
}

/// A file of a package; none where this release of Debian has no such package, which is said.
fn of_package(path: &str) -> Option<PathBuf> {
    let package = path.split('/').next().unwrap();
    if !home().join(package).exists() {
        println!("there is no package {package}");
        return None;
    }
    let path = home().join(path);
    assert!(path.exists(), "{} is not in its package any more", path.display());
    Some(path)
}

/// Files below a directory, in their order. No links: what they lead to may be the machine's.
fn below(directory: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(directory).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(fs::DirEntry::path);
    let mut files = Vec::new();
    for entry in entries {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files.extend(below(&entry.path()));
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    files
}

/// Files whose name a rule takes, and whose text is UTF-8.
fn named(is: impl Fn(&str) -> bool) -> Vec<(PathBuf, String)> {
    let files = below(&home()).into_iter().filter(|path| is(&path.file_name().unwrap().to_string_lossy()));
    files.filter_map(|path| Some((path.clone(), fs::read_to_string(path).ok()?))).collect()
}

fn plumbline(line: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plumbline")).args(line).output().unwrap()
}

/// The documents of a file; `None` where it is refused, which must name it and its place.
fn declared(kind: &str, path: &Path) -> Option<Vec<Value>> {
    let name = path.to_str().unwrap();
    let line = ["intent", "from", kind, name, "-o", "json"];
    let output = plumbline(&line);
    assert_eq!(plumbline(&line).stdout, output.stdout, "{name} is read differently the second time");
    if output.status.code() == Some(65) {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.starts_with(&format!("error: {name}:")), "{said}");
        return None;
    }
    assert!(output.status.success(), "{name}: {output:?}");
    // What is written is what lint takes.
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join("intent.yaml");
    fs::write(&document, plumbline(&["intent", "from", kind, name]).stdout).unwrap();
    let lint = plumbline(&["intent", "lint", document.to_str().unwrap()]);
    assert!(lint.status.success(), "{name}: {lint:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    Some(match told {
        Value::Array(all) => all,
        one => vec![one],
    })
}

fn numbers(document: &Value) -> BTreeSet<u64> {
    let ports = document["declared"]["ports"].as_array();
    ports.into_iter().flatten().filter_map(|port| port["port"].as_u64()).collect()
}

fn dockerfiles() {
    let is =
        |name: &str| (name.starts_with("Dockerfile") || name == "Containerfile") && !name.ends_with(".gz");
    let (mut read, mut refused) = (0, 0);
    for (path, text) in named(is) {
        let Some(documents) = declared("dockerfile", &path) else {
            refused += 1;
            continue;
        };
        read += 1;
        let [document] = &documents[..] else { panic!("{}: {documents:#?}", path.display()) };
        // What needs no knowledge of the format to be found.
        let own = text.lines().skip_while(|line| !line.starts_with("FROM "));
        let stage = own.fold(Vec::new(), |mut stage, line| {
            if line.starts_with("FROM ") {
                stage.clear();
            }
            stage.push(line);
            stage
        });
        let told = numbers(document);
        for line in stage.iter().filter_map(|line| line.strip_prefix("EXPOSE ")) {
            for port in line.split(' ').filter_map(|port| port.parse::<u64>().ok()) {
                assert!(told.contains(&port), "{} does not declare {port}: {told:?}", path.display());
            }
        }
        let user = stage.iter().rev().find_map(|line| line.strip_prefix("USER "));
        if let Some(user) = user.filter(|user| !user.contains(['$', '\\'])) {
            assert_eq!(document["declared"]["user"]["value"], user.trim(), "{}", path.display());
        }
    }
    println!("{read} Dockerfiles read, {refused} refused");
    // Fragments, templates, and those that are to be refused are among them.
    assert!(read >= 20 && refused < read / 2, "{read} read, {refused} refused");
}

fn compose_files() {
    let is = |name: &str| name.contains("compose") && (name.ends_with(".yml") || name.ends_with(".yaml"));
    let mut read = 0;
    for (path, text) in named(is) {
        let Some(documents) = declared("compose", &path) else {
            // That of before Compose's version 2, and tasks of Ansible.
            assert!(!text.lines().any(|line| line.starts_with("services:")), "{}", path.display());
            continue;
        };
        read += 1;
        let told: BTreeSet<&str> =
            documents.iter().map(|document| document["metadata"]["name"].as_str().unwrap()).collect();
        let services = services(&text);
        assert_eq!(told, services.iter().map(String::as_str).collect(), "{}", path.display());
    }
    println!("{read} Compose files read");
    assert!(read >= 5, "{read} read");
}

/// Names below `services:`, by their indentation.
fn services(text: &str) -> BTreeSet<String> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("services:")).skip(1).peekable();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_text = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    while lines.peek().is_some_and(|line| !is_text(line)) {
        lines.next();
    }
    let depth = lines.peek().map_or(0, |line| indent(line));
    let below = lines.take_while(|line| !is_text(line) || indent(line) > 0);
    let own = below.filter(|line| is_text(line) && indent(line) == depth);
    own.filter_map(|line| Some(line.split_once(':')?.0.trim().to_owned())).collect()
}

fn manifests() {
    let is = |name: &str| [".yaml", ".yml", ".yaml.k8s"].iter().any(|end| name.ends_with(end));
    let kinds = ["Deployment", "Pod", "DaemonSet", "StatefulSet", "CronJob", "Job", "ReplicationController"];
    let mut read = 0;
    for (path, text) in named(is) {
        if !kinds.iter().any(|kind| text.lines().any(|line| line == format!("kind: {kind}"))) {
            continue;
        }
        let documents = declared("k8s", &path).unwrap_or_default();
        read += documents.len();
        for document in documents {
            let image = document["metadata"]["image"].as_str().unwrap();
            assert!(text.contains(image), "{} has no {image}", path.display());
        }
    }
    println!("{read} containers read");
    assert!(read > 0, "none was read");
}

/// A file that the makers of buildah test their own parser with; what it means is in it since Docker's first years.
fn edges() {
    let parser = "golang-github-openshift-imagebuilder-dev/usr/share/gocode/src/github.com/openshift/imagebuilder/dockerfile/parser";
    let Some(path) = of_package(&format!("{parser}/testfiles/lk4d4-the-edge-case-generator/Dockerfile"))
    else {
        return;
    };
    let document = declared("dockerfile", &path).unwrap().remove(0);
    let told = &document["declared"];
    assert_eq!(told["cmd"]["value"], serde_json::json!(["/bin/sh", "-c", "echo 'test' | wc -"]));
    assert_eq!(told["user"]["value"], "docker:root");
    assert_eq!(numbers(&document), BTreeSet::from([3000, 5000, 6000, 9000]));
    let volumes = told["volumes"].as_array().unwrap();
    let paths: Vec<&str> = volumes.iter().map(|volume| volume["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["/test", "/test2", "/test3"]);
    assert_eq!(told["environment"].as_array().unwrap().len(), 1);
    assert_eq!(told["onBuild"].as_array().unwrap().len(), 3);
}

fn kube_dns() {
    let package =
        "golang-k8s-sigs-structured-merge-diff-dev/usr/share/gocode/src/sigs.k8s.io/structured-merge-diff";
    let Some(path) = of_package(&format!("{package}/internal/testdata/k8s-deployment.yaml")) else { return };
    let documents = declared("k8s", &path).unwrap();
    let of = |document: &Value| document["metadata"]["workload"]["container"].as_str().unwrap().to_owned();
    let told: Vec<_> = documents.iter().map(|document| (of(document), numbers(document))).collect();
    let expected = [("kubedns", &[10053, 10055][..]), ("dnsmasq", &[53]), ("sidecar", &[10054])];
    assert_eq!(told, expected.map(|(name, ports)| (name.to_owned(), ports.iter().copied().collect())));
    let checks = documents[0]["declared"]["checks"].as_array().unwrap();
    let checks: Vec<_> =
        checks.iter().map(|check| (&check["when"], &check["port"], &check["path"])).collect();
    assert_eq!(checks.len(), 2, "{checks:?}");
    assert!(
        checks.iter().any(|check| check.0 == "liveness" && check.2 == "/healthcheck/kubedns"),
        "{checks:?}"
    );
}
