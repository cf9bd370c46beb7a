//! Docker as a person uses it: through its command line, against the engine on the default socket.
//!
//! A [`Lab`] owns what it starts and removes it when dropped. Images are made of the static busybox of the
//! machine, without any registry.

use anyhow::{Context, Result, bail};
use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Stdio},
};

/// Label on all that a lab makes.
const LABEL: &str = "plumbline-lab";

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

/// Containers, a network and images of one run; removed when dropped.
pub struct Lab {
    name: String,
    images: Vec<String>,
}

impl Lab {
    /// A lab with a network of its own. `name` keeps labs apart.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn new(name: &str) -> Result<Self> {
        let name = format!("plumbline-{name}-{}", std::process::id());
        let lab = Self { name, images: Vec::new() };
        docker(&["network", "create", "--label", LABEL, &lab.name])?;
        Ok(lab)
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
            fs::copy(program, root.path().join(path))?;
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

    /// Starts a container and gives its full name.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn run(&self, image: &str, name: &str, options: &[&str], command: &[&str]) -> Result<String> {
        let name = self.container(name);
        let fixed = ["run", "--detach", "--label", LABEL, "--network", &self.name, "--name", &name];
        let all: Vec<&str> = fixed.iter().chain(options).chain(&[image]).chain(command).copied().collect();
        docker(&all)?;
        Ok(name)
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
        if !containers.is_empty() {
            let all: Vec<&str> =
                ["rm", "--force", "--volumes"].into_iter().chain(containers.lines()).collect();
            docker(&all)?;
        }
        docker(&["network", "rm", &self.name])?;
        for image in &self.images {
            docker(&["rmi", "--force", image])?;
        }
        Ok(())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            eprintln!("left behind (docker ps --filter label={LABEL}): {error}");
        }
    }
}

/// Compiles the program that does what a collector should see.
fn compile_acts(target: &Path) -> Result<()> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/acts.c");
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
