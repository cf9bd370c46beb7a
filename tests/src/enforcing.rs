//! A stage on which policies are enforced: a server with a key, a collector with the other half of it, containers of one
//! image and a neighbour. Shared by the tests and the benchmark of enforcement.

use crate::{
    docker::Lab,
    harness::{IDLE, LIMIT},
    programs::{Program, Server, binary, collector},
    wait::until,
};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::{
    path::Path,
    process::{Command, Output},
};

/// A server with a key, a collector that has the other half of it, an image with a container, and a neighbour of another
/// image.
pub struct Stage {
    directory: tempfile::TempDir,
    /// None while it is down.
    pub server: Option<Server>,
    /// None while it is down.
    pub collector: Option<Program>,
    /// Where the containers are.
    pub lab: Lab,
    /// The image that policies are of.
    pub image: String,
    /// Its repository.
    pub repository: String,
    /// A container of it.
    pub container: String,
    /// A container of another image with the same files.
    pub neighbour: String,
    /// The one runtime that the collector asks, as `--runtime` names it; without it, the well-known ones.
    pub runtime: Option<String>,
}

impl Stage {
    /// Starts all of it; `programs` are compiled into the images, by path and source. `name` keeps stages apart.
    ///
    /// # Errors
    /// If something does not start.
    pub fn new(name: &str, programs: &[(&str, &Path)]) -> Result<Self> {
        Self::with_settings(name, programs, "")
    }

    /// The same, with more lines of the server's table `enforcement`.
    ///
    /// # Errors
    /// If something does not start.
    pub fn with_settings(name: &str, programs: &[(&str, &Path)], settings: &str) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let keys = directory.path().join("keys");
        let made = Command::new(binary("plumbline-server")?)
            .args(["enforcement", "init-key", "--dir"])
            .arg(&keys)
            .output()?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let config = directory.path().join("server.toml");
        std::fs::write(
            &config,
            format!("[enforcement]\nkey_file = {:?}\n{settings}", keys.join("enforcement.key")),
        )?;
        let config = config.display().to_string();
        let server = Server::start(directory.path(), &["--config", &config])?;
        let mut lab = Lab::new(name)?;
        let repository = format!("plumbline-{name}-{}/idle", std::process::id());
        let files = [("app/run", IDLE), ("app/check", "#!/bin/sh\nexit 0\n")];
        let image = lab.image_with(&repository, &files, programs, &["/app/run"])?;
        let other = format!("plumbline-{name}-{}/other", std::process::id());
        let other = lab.image_with(&other, &files, programs, &["/app/run"])?;
        let container = lab.run(&image, "one", &["--tmpfs", "/ram:exec"], &[])?;
        let neighbour = lab.run(&other, "neighbour", &[], &[])?;
        let (server, collector) = (Some(server), None);
        let mut stage = Self {
            directory,
            server,
            collector,
            lab,
            image,
            repository,
            container,
            neighbour,
            runtime: None,
        };
        stage.collect()?;
        let known = |images: Vec<_>| (!images.is_empty()).then_some(());
        until("the image to be known", LIMIT, || Ok(known(stage.server()?.images(&stage.repository)?)))?;
        Ok(stage)
    }

    /// The server.
    ///
    /// # Errors
    /// If it is down.
    pub fn server(&self) -> Result<&Server> {
        self.server.as_ref().context("the server is down")
    }

    /// Starts the collector.
    ///
    /// # Errors
    /// If it does not watch.
    pub fn collect(&mut self) -> Result<()> {
        let key = self.directory.path().join("keys/enforcement.pub").display().to_string();
        let off = self.off_file();
        let url = self.server.as_ref().map_or("http://127.0.0.1:1".to_owned(), |server| server.grpc.clone());
        let mut arguments =
            vec!["run", "--server", &url, "--enforcement-key", &key, "--enforcement-off-file", &off];
        arguments.extend(self.runtime.iter().flat_map(|runtime| ["--runtime", runtime.as_str()]));
        self.collector = Some(collector(self.directory.path(), "collector", &arguments)?);
        Ok(())
    }

    /// The file that switches enforcement off on the node.
    pub fn off_file(&self) -> String {
        self.directory.path().join("off").display().to_string()
    }

    /// Runs `plumbline enforcement` and gives what it printed as JSON.
    ///
    /// # Errors
    /// If it fails; with what it said.
    pub fn enforcement(&self, line: &[&str]) -> Result<Value> {
        let line = [&["enforcement"], line, &["-o", "json"]].concat();
        Ok(serde_json::from_str(&self.plumbline(&line)?)?)
    }

    /// Runs `plumbline` and gives what it printed.
    ///
    /// # Errors
    /// If it fails; with what it said.
    pub fn plumbline(&self, line: &[&str]) -> Result<String> {
        let output = Command::new(binary("plumbline")?)
            .args(["--server", &self.server()?.grpc])
            .args(line)
            .output()?;
        ensure!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Sets the policy of the image, and waits until the node has it in force.
    ///
    /// # Errors
    /// If it is refused, or does not come into force.
    pub fn set(&self, options: &[&str]) -> Result<()> {
        self.enforcement(&[&["set", &self.repository], options, &["--author", "alice"]].concat())?;
        self.in_force()
    }

    /// Waits until the node holds the set that the server has.
    ///
    /// # Errors
    /// If it does not come to that.
    pub fn in_force(&self) -> Result<()> {
        until("the node to hold the policies", LIMIT, || {
            let list = self.enforcement(&["list"])?;
            let version = list.pointer("/nodes/0/state/version");
            let inactive = list.pointer("/nodes/0/state/inactive").and_then(Value::as_str);
            Ok((version.is_some() && version == list.get("version") && inactive == Some("")).then_some(()))
        })
    }

    /// The policy, once it says this.
    ///
    /// # Errors
    /// If it never does.
    pub fn policy(&self, what: &str, says: impl Fn(&Value) -> bool) -> Result<Value> {
        until(what, LIMIT, || {
            let list = self.enforcement(&["list"])?;
            Ok(list.pointer("/policies/0").cloned().filter(&says))
        })
    }
}

/// Runs a command in a container.
///
/// # Errors
/// If Docker can't be run.
pub fn exec(container: &str, words: &[&str]) -> Result<Output> {
    Ok(Command::new("docker")
        .args(["--host", "unix:///var/run/docker.sock", "exec", container])
        .args(words)
        .output()?)
}

/// Runs a command in a container that must end with this code.
///
/// # Errors
/// If it ends otherwise.
pub fn ends_with(container: &str, words: &[&str], code: Option<i32>) -> Result<()> {
    let output = exec(container, words)?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == code, "{words:?} ended with {:?}: {said}", output.status.code());
    Ok(())
}

/// A number in JSON, where long ones are text; 0 if there is none.
pub fn number(policy: &Value, field: &str) -> u64 {
    let value = policy.get(field).unwrap_or(&Value::Null);
    value.as_str().and_then(|text| text.parse().ok()).or_else(|| value.as_u64()).unwrap_or_default()
}
