//! Docker as a person uses it: through its command line, against the engine on the default socket.
//!
//! A [`Lab`] owns what it starts and removes it when dropped; what a killed run left is removed by the next.
//! Images are made of the static busybox of the machine, without any registry.

use crate::wait::until;
use anyhow::{Context, Result, bail};
use std::{
    fs,
    os::unix::fs::{MetadataExt, symlink},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

/// Label on all that a lab makes; its value says which process the lab belongs to.
const LABEL: &str = "plumbline-lab";
/// How long an engine may take to let go of a network whose containers are gone.
const LETTING_GO: Duration = Duration::from_secs(30);
/// Containers of which one command asks the engine to let go. Of the hundreds of a crowd it let go of some and never answered.
const REMOVED_AT_ONCE: usize = 8;

/// The label of a process's labs. Engines are shared across process namespaces, where numbers mean others.
fn label(pid: &str) -> Result<String> {
    Ok(format!("{LABEL}={}-{pid}", fs::metadata("/proc/self/ns/pid")?.ino()))
}

/// Names of the containers and networks that the labs of a process made and have not removed.
///
/// # Errors
/// If the engine does not answer.
pub fn left_behind(pid: u32) -> Result<Vec<String>> {
    let filter = format!("label={}", label(&pid.to_string())?);
    let containers = docker(&["ps", "--all", "--filter", &filter, "--format", "{{.Names}}"])?;
    let networks = docker(&["network", "ls", "--filter", &filter, "--format", "{{.Name}}"])?;
    Ok(containers.lines().chain(networks.lines()).map(str::to_owned).collect())
}

/// Removes what labs of processes that are gone have left.
fn sweep() -> Result<()> {
    let gone = |owner: &str| -> Result<bool> {
        let pid = owner.rsplit('-').next().unwrap_or_default();
        Ok(label(pid)? == format!("{LABEL}={owner}") && !Path::new("/proc").join(pid).exists())
    };
    let format = format!("{{{{.ID}}}} {{{{.Label \"{LABEL}\"}}}}");
    for (list, remove) in [
        (["ps", "--all"].as_slice(), ["rm", "--force", "--volumes"].as_slice()),
        (&["network", "ls"], &["network", "rm"]),
    ] {
        let filter = format!("label={LABEL}");
        let listed = docker(&[list, &["--filter", &filter, "--format", &format]].concat())?;
        for (id, owner) in listed.lines().filter_map(|line| line.split_once(' ')) {
            if gone(owner)? {
                // Another process may sweep as well.
                let _ = docker(&[remove, &[id]].concat());
            }
        }
    }
    Ok(())
}

/// Runs `docker` and gives what it printed.
///
/// # Errors
/// With what docker said.
pub fn docker(arguments: &[&str]) -> Result<String> {
    let output = Command::new("docker")
        .args(["--host", "unix:///var/run/docker.sock"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .context("can't run docker; install docker.io")?;
    if !output.status.success() {
        bail!("docker {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether an engine answers.
pub fn available() -> bool {
    docker(&["version"]).is_ok()
}

/// Containers, networks and images of one run; removed when dropped.
pub struct Lab {
    name: String,
    label: String,
    images: Vec<String>,
    networks: Vec<String>,
}

impl Lab {
    /// A lab with a network of its own. `name` keeps labs apart.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn new(name: &str) -> Result<Self> {
        Self::with_network(name, &[])
    }

    /// As [`Lab::new`], with options for its network, such as `--internal`.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn with_network(name: &str, options: &[&str]) -> Result<Self> {
        let name = format!("plumbline-{name}-{}", std::process::id());
        sweep()?;
        let label = label(&std::process::id().to_string())?;
        let mut lab = Self { name, label, images: Vec::new(), networks: Vec::new() };
        lab.create_network(lab.name.clone(), options)?;
        Ok(lab)
    }

    /// Makes another network and gives its full name.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn network(&mut self, name: &str, options: &[&str]) -> Result<String> {
        let name = self.container(name);
        self.create_network(name.clone(), options)?;
        Ok(name)
    }

    fn create_network(&mut self, name: String, options: &[&str]) -> Result<()> {
        docker(&[&["network", "create", "--label", &self.label], options, &[&name]].concat())?;
        self.networks.push(name);
        Ok(())
    }

    /// Makes an image: busybox with all its applets, `acts`, and these files, run by `entrypoint`. Files are
    /// executable, those under `www` but not under `cgi-bin` excepted.
    ///
    /// # Errors
    /// If busybox is missing or the engine refuses.
    pub fn image(&mut self, repository: &str, files: &[(&str, &str)], entrypoint: &[&str]) -> Result<String> {
        self.image_with(repository, files, &[], entrypoint)
    }

    /// As [`Lab::image`], with programs of this machine beside.
    ///
    /// # Errors
    /// If busybox is missing or the engine refuses.
    pub fn image_with(
        &mut self,
        repository: &str,
        files: &[(&str, &str)],
        programs: &[(&str, &Path)],
        entrypoint: &[&str],
    ) -> Result<String> {
        let root = tempfile::tempdir()?;
        for directory in ["bin", "tmp", "proc", "dev", "sys", "etc", "var/log"] {
            fs::create_dir_all(root.path().join(directory))?;
        }
        let busybox = root.path().join("bin/busybox");
        fs::copy("/bin/busybox", &busybox).context("no /bin/busybox; install busybox-static")?;
        let applets = Command::new(&busybox).arg("--list").output()?.stdout;
        for applet in String::from_utf8_lossy(&applets).lines().filter(|applet| *applet != "busybox") {
            symlink("busybox", root.path().join("bin").join(applet))?;
        }
        compile_acts(&root.path().join("bin/acts"))?;
        for (path, program) in programs {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
            fs::copy(program, path)?;
        }
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
            fs::write(&path, text)?;
            set_mode(&path, 0o755)?;
        }
        set_mode(&root.path().join("tmp"), 0o1777)?;
        let image = format!("{repository}:1");
        let tar = Command::new("tar")
            .args(["--owner=0", "--group=0", "-cC"])
            .arg(root.path())
            .arg(".")
            .stdout(Stdio::piped())
            .spawn()?;
        let entrypoint = format!("ENTRYPOINT {}", serde_json::to_string(entrypoint)?);
        let import = Command::new("docker")
            .args(["--host", "unix:///var/run/docker.sock", "import", "--change", &entrypoint, "-", &image])
            .stdin(tar.stdout.context("tar has no output")?)
            .output()?;
        if !import.status.success() {
            bail!("docker import: {}", String::from_utf8_lossy(&import.stderr).trim());
        }
        self.images.push(image.clone());
        Ok(image)
    }

    /// Makes an image of another, with instructions of a Dockerfile that change what it declares.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn declaring(&mut self, image: &str, instructions: &[&str]) -> Result<String> {
        let (repository, _) = image.rsplit_once(':').context("an image without a tag")?;
        let (made, name) = (format!("{repository}:declaring"), self.container("declaring"));
        docker(&["create", "--label", &self.label, "--name", &name, image])?;
        let changes: Vec<&str> = instructions.iter().flat_map(|change| ["--change", change]).collect();
        docker(&[&["commit"][..], &changes, &[&name, &made]].concat())?;
        self.images.push(made.clone());
        docker(&["rm", &name])?;
        Ok(made)
    }

    /// Starts a container and gives its full name. It is on the lab's network unless an option names another.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn run(&self, image: &str, name: &str, options: &[&str], command: &[&str]) -> Result<String> {
        let name = self.container(name);
        let own = ["--network", &self.name];
        let network: &[&str] = if options.contains(&"--network") { &[] } else { &own };
        let fixed = ["run", "--detach", "--label", &self.label, "--name", &name];
        let all = [&fixed[..], network, options, &[image], command].concat();
        docker(&all)?;
        Ok(name)
    }

    /// As [`Lab::run`], on two networks from its first process on: the second with these options of
    /// `docker network connect` and its name last.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn run_on_both(
        &self,
        image: &str,
        name: &str,
        options: &[&str],
        second: &[&str],
        command: &[&str],
    ) -> Result<String> {
        let name = self.container(name);
        let fixed = ["create", "--label", &self.label, "--name", &name, "--network", &self.name];
        docker(&[&fixed[..], options, &[image], command].concat())?;
        docker(&[&["network", "connect"], second, &[&name]].concat())?;
        docker(&["start", &name])?;
        Ok(name)
    }

    /// Runs a container to its end and removes it.
    ///
    /// # Errors
    /// If the engine refuses or the container fails.
    pub fn once(&self, image: &str, name: &str, program: &str) -> Result<()> {
        let name = self.container(name);
        docker(&["run", "--rm", "--label", &self.label, "--name", &name, "--entrypoint", program, image])?;
        Ok(())
    }

    /// Name of the lab and of its own network.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Full name of a container of this lab.
    pub fn container(&self, name: &str) -> String {
        format!("{}-{name}", self.name)
    }

    /// IPv4 address of a container.
    ///
    /// # Errors
    /// If there is no such container.
    pub fn address(&self, container: &str) -> Result<String> {
        docker(&[
            "inspect",
            "--format",
            "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
            container,
        ])
    }

    fn remove(&self) -> Result<()> {
        let mine = format!("name=^/{}-", self.name);
        let containers = docker(&["ps", "--all", "--quiet", "--filter", &mine])?;
        let containers: Vec<&str> = containers.lines().collect();
        for some in containers.chunks(REMOVED_AT_ONCE) {
            docker(&[&["rm", "--force", "--volumes"], some].concat())?;
        }
        for network in &self.networks {
            // A busy engine still holds on to what a container that is gone was connected by.
            until(&format!("network {network} to be let go"), LETTING_GO, || {
                match docker(&["network", "rm", network]) {
                    Err(error) if format!("{error:#}").contains("active endpoints") => Ok(None),
                    done => done.map(Some),
                }
            })?;
        }
        for image in &self.images {
            docker(&["rmi", "--force", image])?;
        }
        Ok(())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            eprintln!("left behind (docker ps --all --filter label={}): {error}", self.label);
        }
    }
}

/// Compiles the program that does what a collector should see.
fn compile_acts(target: &Path) -> Result<()> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/acts/acts.c");
    let output = Command::new("cc").args(["-static", "-O1", "-w", "-o"]).arg(target).arg(source).output()?;
    if !output.status.success() {
        bail!("cc: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

fn set_mode(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
}
