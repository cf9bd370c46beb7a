//! The images: which there are, what they lean on, and how they are built.
//!
//! No registry is asked. debootstrap makes the smallest Debian from the mirror that this machine's apt uses, and each
//! folder of tests/lab/images adds its packages and files to it; so all images share their lowest layers.

use anyhow::{Context, Result, ensure};
use plumbline_tests::docker::docker;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The release that the images are made of.
const RELEASE: &str = "bookworm";

/// An image under test.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) name: &'static str,
    /// Replicas to learn from.
    pub(crate) replicas: usize,
    /// Port that answers when it is ready; 0 if it has none.
    pub(crate) port: u16,
    /// What operators and their timers do by `docker exec` as a matter of course.
    pub(crate) routine: &'static [&'static str],
    /// Whether there is a version 2.
    pub(crate) upgrade: bool,
}

/// All images under test. Those before `php` are what others call, and run beside every scenario.
pub(crate) const IMAGES: [Image; 10] = [
    image("cache", 2, 6379, &["redis-cli info memory", "redis-cli dbsize"], false),
    image("db", 2, 5432, &["pg_dump -U postgres -f /dev/null app", "psql -Atc 'select version()'"], false),
    image("web", 3, 80, &["nginx -t", "nginx -s reload", "ls -l /var/log/nginx"], true),
    image("api", 3, 8000, &["ps aux", "python3 -V"], true),
    image("php", 2, 80, &["apache2ctl configtest", "apache2ctl graceful"], true),
    image("shop", 3, 3000, &["node --version"], true),
    image("batch", 2, 0, &["tail -n 3 /var/log/report.log"], true),
    image("ci", 2, 0, &["ls /work"], true),
    image("tools", 2, 0, &["tail -n 3 /var/log/patrol.log"], false),
    image("bastion", 2, 22, &["who"], false),
];
/// How many of them run beside every scenario.
pub(crate) const PEERS: usize = 4;

const fn image(
    name: &'static str,
    replicas: usize,
    port: u16,
    routine: &'static [&'static str],
    upgrade: bool,
) -> Image {
    Image { name, replicas, port, routine, upgrade }
}

/// The image of a name, which may end with its version (`api:2`).
///
/// # Errors
/// If there is none.
pub(crate) fn named(name: &str) -> Result<&'static Image> {
    let name = name.split(':').next().unwrap_or_default();
    IMAGES.iter().find(|image| image.name == name).with_context(|| format!("there is no image {name}"))
}

/// What Docker calls an image: version 1 unless the name says another.
pub(crate) fn reference(name: &str) -> String {
    if name.contains(':') { format!("plumbline-lab/{name}") } else { format!("plumbline-lab/{name}:1") }
}

/// Digest of an image's configuration.
///
/// # Errors
/// If it has not been built.
pub(crate) fn digest(name: &str) -> Result<String> {
    docker(&["image", "inspect", "--format", "{{.Id}}", &reference(name)])
        .with_context(|| format!("no image {name}; run lab build first"))
}

/// Builds what is missing.
///
/// # Errors
/// If a package can't be had or the engine refuses.
pub(crate) fn build() -> Result<()> {
    let context = tempfile::tempdir()?;
    let images = context.path().join("images");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("lab/images");
    run(Command::new("cp").arg("-a").args([&source, &images]))?;
    if digest("debian").is_err() {
        debian()?;
    }
    made("base", &images.join("base"), None)?;
    for image in &IMAGES {
        let folder = images.join(image.name);
        made(image.name, &folder, None)?;
        if image.upgrade {
            made(&format!("{}:2", image.name), &folder.join("2"), None)?;
        }
    }
    made("outside", context.path(), Some(images.join("outside/Dockerfile")))
}

/// The smallest Debian, as an image.
fn debian() -> Result<()> {
    println!("debian ...");
    let directory = tempfile::tempdir()?;
    let root = directory.path().join("root");
    let mut bootstrap = Command::new("debootstrap");
    bootstrap.args(["--variant=minbase", RELEASE]).arg(&root).args(mirror()?);
    run(bootstrap.stdout(Stdio::null()))?;
    for packed in fs::read_dir(root.join("var/cache/apt/archives"))? {
        let path = packed?.path();
        if path.is_file() {
            fs::remove_file(path)?;
        }
    }
    let tar = directory.path().join("root.tar");
    run(Command::new("tar").arg("-cf").arg(&tar).arg("-C").arg(&root).arg("."))?;
    docker(&["import", &tar.display().to_string(), &reference("debian")])?;
    Ok(())
}

/// The mirror that apt uses here for the release; none if it has none, then debootstrap's own.
fn mirror() -> Result<Option<String>> {
    let arguments = ["indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"];
    let listed = Command::new("apt-get").args(arguments).output()?.stdout;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let prefix = format!("{RELEASE} ");
    Ok(listed.lines().find_map(|line| line.strip_prefix(&prefix)).map(str::to_owned))
}

fn made(name: &str, context: &Path, dockerfile: Option<PathBuf>) -> Result<()> {
    if digest(name).is_ok() {
        return Ok(());
    }
    println!("{name} ...");
    // With the host's network: packages come from where the host gets them.
    let mut build = Command::new("docker");
    build.env("DOCKER_BUILDKIT", "0").args(["--host", "unix:///var/run/docker.sock", "build", "--quiet"]);
    build.args(["--network", "host", "--tag", &reference(name)]);
    if let Some(dockerfile) = dockerfile {
        build.arg("--file").arg(dockerfile);
    }
    run(build.arg(context).stdout(Stdio::null()))
}

fn run(command: &mut Command) -> Result<()> {
    let status =
        command.status().with_context(|| format!("can't run {command:?}; see deploy/setup.sh lab"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
