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

/// Which of the corpora: the one that `fit` reads half of, or the one that nothing is ever fitted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Set {
    /// tests/lab.
    First,
    /// tests/lab/unseen.
    Unseen,
}

impl Set {
    /// Where its images, scenarios and recordings are.
    pub(crate) fn folder(self) -> PathBuf {
        let lab = Path::new(env!("CARGO_MANIFEST_DIR")).join("lab");
        if self == Self::First { lab } else { lab.join("unseen") }
    }

    /// Its images under test. The first [`PEERS`] are what others call, and run beside every scenario.
    pub(crate) fn images(self) -> impl Iterator<Item = &'static Image> {
        IMAGES.iter().filter(move |image| image.set == self)
    }

    /// The image of the rest of the world.
    pub(crate) fn outside(self) -> &'static str {
        if self == Self::First { "outside" } else { "outside:unseen" }
    }
}

/// An image under test.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) set: Set,
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

/// All images under test.
const IMAGES: [Image; 14] = [
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
    unseen(
        "ledger",
        2,
        3306,
        &["mariadb-admin status", "mariadb-dump -r /dev/null office", "mariadb -e 'SHOW PROCESSLIST'"],
    ),
    unseen("mail", 2, 25, &["mailq", "exim4 -bpc", "tail -n 5 /var/log/exim4/mainlog"]),
    unseen("desk", 3, 9292, &["ps aux", "ls -l log", "ruby -v"]),
    unseen("claims", 2, 8080, &["java -version", "ls -l out"]),
];
/// How many of a set run beside every scenario.
pub(crate) const PEERS: usize = 4;

const fn image(
    name: &'static str,
    replicas: usize,
    port: u16,
    routine: &'static [&'static str],
    upgrade: bool,
) -> Image {
    Image { set: Set::First, name, replicas, port, routine, upgrade }
}

const fn unseen(name: &'static str, replicas: usize, port: u16, routine: &'static [&'static str]) -> Image {
    Image { set: Set::Unseen, ..image(name, replicas, port, routine, false) }
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
pub(crate) fn build(set: Set) -> Result<()> {
    let context = tempfile::tempdir()?;
    let images = context.path().join("images");
    run(Command::new("cp").arg("-a").args([&Set::First.folder().join("images"), &images]))?;
    let outside = || Some(images.join("outside/Dockerfile"));
    if digest("debian").is_err() {
        debian()?;
    }
    made("base", &images.join("base"), None)?;
    if set != Set::First {
        // Its world is that of the first set, and more.
        made(Set::First.outside(), context.path(), outside())?;
        run(Command::new("cp").arg("-a").arg(set.folder().join("images/.")).arg(&images))?;
    }
    for image in set.images() {
        let folder = images.join(image.name);
        made(image.name, &folder, None)?;
        if image.upgrade {
            made(&format!("{}:2", image.name), &folder.join("2"), None)?;
        }
    }
    made(set.outside(), context.path(), outside())
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
