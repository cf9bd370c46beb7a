//! Podman as a person uses it, and its Docker-like socket. Containers are removed when dropped.

use crate::wait::until;
use anyhow::{Context, Result, bail, ensure};
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

const LIMIT: Duration = Duration::from_secs(60);

/// Runs `podman` and gives what it printed.
///
/// # Errors
/// With what podman said.
pub fn podman(arguments: &[&str]) -> Result<String> {
    let output = Command::new("podman")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .context("can't run podman; deploy/setup.sh runtimes installs it")?;
    if !output.status.success() {
        bail!("podman {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Podman's service on a socket of its own, with one image.
pub struct Engine {
    /// The socket.
    pub socket: PathBuf,
    service: Child,
    image: String,
    containers: std::cell::RefCell<Vec<String>>,
}

impl Engine {
    /// Takes the image from Docker, and starts the service.
    ///
    /// # Errors
    /// If either refuses.
    pub fn start(directory: &Path, image: &str) -> Result<Self> {
        let archive = directory.join("image.tar").display().to_string();
        crate::docker::docker(&["save", "--output", &archive, image])?;
        podman(&["load", "--input", &archive])?;
        let socket = directory.join("podman.sock");
        let service = Command::new("podman")
            .args(["system", "service", "--time=0", &format!("unix://{}", socket.display())])
            .stdin(Stdio::null())
            .spawn()?;
        let engine = Self { socket, service, image: image.into(), containers: Vec::new().into() };
        until("podman's socket", LIMIT, || Ok(engine.socket.exists().then_some(())))?;
        Ok(engine)
    }

    /// Starts a container, with more options; gives its name.
    ///
    /// # Errors
    /// If Podman refuses.
    pub fn run(&self, name: &str, more: &[&str]) -> Result<String> {
        let name = format!("plumbline-{name}-{}", std::process::id());
        self.containers.borrow_mut().push(name.clone());
        // crun refuses hybrid control groups, and limits may not be raised everywhere.
        let options = ["--runtime", "runc", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"];
        let named = ["--network", "host", "--name", &name, &self.image];
        let id = podman(&[&["run", "--detach"], options.as_slice(), more, &named].concat())?;
        ensure!(!id.is_empty(), "podman gave no id");
        Ok(name)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        for name in self.containers.borrow().iter() {
            let _ = podman(&["rm", "--force", "--time", "0", name]);
        }
        let _ = podman(&["rmi", "--force", &self.image]);
        let _ = self.service.kill();
        let _ = self.service.wait();
    }
}
