//! Virtual machines with other kernels than this machine's, which `tests/kernels/setup.sh` fetches. A guest sees this machine's
//! file system, keeps what it changes of it in memory, and has a Docker engine of its own, on control groups v2.
//!
//! There tests run again. By emulation, which needs no rights and is the same everywhere; slow, as a processor's minute is.

use anyhow::{Context, Result, bail, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use libtest_mimic::{Failed, Trial};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What of a test executable is tried again in guests.
pub struct Again {
    /// What all of it shows, as the end of a test's name.
    pub shows: &'static str,
    /// What is tried on each kernel that was fetched. With the variable KERNEL_TESTS it is all that can hold there
    /// (`make test-kernels`).
    pub tried: &'static [&'static str],
    /// What can't hold there.
    pub not_there: &'static [&'static str],
}

impl Again {
    /// These trials and one for each kernel; in a guest, those of them that it is told to try, by the variable TRIED.
    pub fn with(&'static self, trials: Vec<Trial>) -> Vec<Trial> {
        let Ok(tried) = env::var("TRIED") else {
            let mut guests: Vec<_> = kernels().into_iter().map(|kernel| self.trial(kernel)).collect();
            if guests.is_empty() {
                let name = format!("on_linux_of_others_{}", self.shows);
                guests.push(Trial::test(name, || Ok(())).with_ignored_flag(true));
            }
            return trials.into_iter().chain(guests).collect();
        };
        let left_out = |name: &str| match tried.as_str() {
            "all" => self.not_there.contains(&name),
            some => !some.split(' ').any(|tried| tried == name),
        };
        trials.into_iter().filter(|trial| !left_out(trial.name())).collect()
    }

    fn trial(&'static self, kernel: Kernel) -> Trial {
        let name = format!("on_linux_{}_{}", kernel.name.replace('.', "_"), self.shows);
        Trial::test(name, move || self.run(&kernel).map_err(|error| Failed::from(format!("{error:#}"))))
    }

    fn run(&self, kernel: &Kernel) -> Result<()> {
        let tried =
            if env::var_os("KERNEL_TESTS").is_some() { "all".to_owned() } else { self.tried.join(" ") };
        let (here, this) = (env!("CARGO_MANIFEST_DIR"), env::current_exe()?);
        let said =
            kernel.run(&format!("cd '{here}' && TRIED='{tried}' '{}' --color never", this.display()))?;
        let passed = said.lines().find_map(|line| line.trim().strip_prefix("test result: ok. "));
        let passed: usize = passed.and_then(|line| line.split(' ').next()).context("no result")?.parse()?;
        ensure!(passed >= self.tried.len(), "some were not run: {said}");
        Ok(())
    }
}

/// A kernel that a guest can run.
struct Kernel {
    /// Its version's first two numbers.
    name: String,
    home: PathBuf,
}

/// Whether this is a guest, where a test may do what it must not do to the machine of whoever runs it.
pub fn inside() -> bool {
    fs::read_to_string("/proc/cmdline").is_ok_and(|line| line.contains(" guest="))
}

/// Those that were fetched, if there is what runs them.
fn kernels() -> Vec<Kernel> {
    let runs = Command::new("qemu-system-x86_64").arg("--version").stdout(Stdio::null()).status().is_ok();
    let all = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/kernels"));
    let all = all.into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let all = all.filter(|home| runs && home.join("boot.gz").is_file());
    let named = all.filter_map(|home| Some(Kernel { name: home.file_name()?.to_str()?.to_owned(), home }));
    let mut all: Vec<_> = named.collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}

impl Kernel {
    /// Boots a guest, runs a command in its shell and gives what it printed.
    fn run(&self, command: &str) -> Result<String> {
        let home = self.home.canonicalize()?;
        let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("kernels/guest.sh");
        let word = |name: &str, value: &str| format!(" {name}={}", STANDARD.encode(value));
        let line = [
            "console=ttyS0 quiet panic=-1 softlockup_panic=1".to_owned(),
            word("guest", &guest.display().to_string()),
            word("kernel", &home.display().to_string()),
            word("command", command),
        ];
        let output = Command::new("qemu-system-x86_64")
            // One processor: of several, emulated, one can hang in code that the kernel changes on another.
            .args(["-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", "3G"])
            .args(["-nodefaults", "-nographic", "-no-reboot", "-serial", "stdio"])
            .arg("-kernel")
            .arg(home.join("vmlinuz"))
            .arg("-initrd")
            .arg(home.join("boot.gz"))
            .args(["-append", &line.concat()])
            .args(["-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"])
            .args(["-device", "virtio-9p-pci,fsdev=root,mount_tag=root"])
            .stdin(Stdio::null())
            .output()
            .context("qemu-system-x86_64 can't be started")?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !said.contains("guest: ended with 0") {
            bail!("on Linux {}: {said}\n{}", self.name, String::from_utf8_lossy(&output.stderr));
        }
        Ok(said)
    }
}
