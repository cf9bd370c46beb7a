//! Virtual machines with other kernels than this machine's, which `tests/kernels/setup.sh` fetches. A guest sees this machine's
//! file system, keeps what it changes of it in memory, and has a Docker engine of its own, on control groups v2.
//!
//! By emulation, which needs no rights and is the same everywhere; slow, as a processor's minute is.

use anyhow::{Context, Result, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A kernel that a guest can run.
pub struct Kernel {
    /// Its version's first two numbers.
    pub name: String,
    home: PathBuf,
}

/// Whether this is a guest, where a test may do what it must not do to the machine of whoever runs it.
pub fn inside() -> bool {
    fs::read_to_string("/proc/cmdline").is_ok_and(|line| line.contains(" guest="))
}

/// Those that were fetched, if there is what runs them.
pub fn kernels() -> Vec<Kernel> {
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
    ///
    /// # Errors
    /// If the guest can't be started, ends before the command has, or the command fails.
    pub fn run(&self, command: &str) -> Result<String> {
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
