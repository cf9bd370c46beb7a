//! Tracers of others, from Debian: the audit daemon and a bpftrace script.

use crate::{LOOK, Peer, Tracer};
use anyhow::{Context, Result, bail, ensure};
use plumbline_tests::{process::cpu_s, wait::until};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

pub(crate) const LIMIT: Duration = Duration::from_secs(30);

fn pid_of(name: &str) -> Option<u32> {
    let entries = fs::read_dir("/proc").ok()?.flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).find(|pid: &u32| {
        fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim() == name)
    })
}

fn command(program: &str, words: &[&str]) -> Result<String> {
    let output =
        Command::new(program).args(words).output().with_context(|| format!("can't run {program}"))?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).trim().to_owned();
    ensure!(output.status.success(), "{program} {}: {text}", words.join(" "));
    Ok(text)
}

/// Waits until a process uses no more processor time.
fn calm(cpu: impl Fn() -> Result<f64>) -> Result<()> {
    let (mut last, mut since) = (cpu()?, Instant::now());
    until("the tracer to be done", LIMIT, || {
        let now = cpu()?;
        if now > last {
            (last, since) = (now, Instant::now());
        }
        Ok((since.elapsed() > 25 * LOOK).then_some(()))
    })
}

/// System calls as the audit daemon writes them.
#[cfg(target_arch = "x86_64")]
const EXECVE: &str = " syscall=59 ";
#[cfg(target_arch = "x86_64")]
const CONNECT: &str = " syscall=42 ";
#[cfg(not(target_arch = "x86_64"))]
const EXECVE: &str = " syscall=221 ";
#[cfg(not(target_arch = "x86_64"))]
const CONNECT: &str = " syscall=203 ";

/// The audit daemon with rules for execve, connect and accept, its log in a directory of its own.
pub(crate) struct Auditd {
    directory: tempfile::TempDir,
    daemon: Option<Child>,
}

impl Auditd {
    pub(crate) fn new() -> Result<Self> {
        let status = command("auditctl", &["-s"])?;
        // The kernel goes on naming a daemon that died without a word, whose number may by now be another's.
        let pid = status.lines().find_map(|line| line.strip_prefix("pid ")).unwrap_or("0");
        let comm = fs::read_to_string(format!("/proc/{pid}/comm"));
        let runs = comm.is_ok_and(|comm| comm.trim() == "auditd");
        ensure!(!runs, "an audit daemon runs already; stop it first");
        let directory = tempfile::tempdir()?;
        let log = directory.path().join("audit.log");
        let config = format!(
            "log_file = {}\nlog_format = RAW\nflush = INCREMENTAL_ASYNC\nfreq = 50\nmax_log_file = 500\nmax_log_file_action = ROTATE\nnum_logs = 2\nq_depth = 2000\nspace_left = 75\nadmin_space_left = 50\nspace_left_action = IGNORE\nadmin_space_left_action = IGNORE\ndisk_full_action = IGNORE\ndisk_error_action = IGNORE\n",
            log.display()
        );
        fs::write(directory.path().join("auditd.conf"), config)?;
        let mut this = Self { directory, daemon: None };
        this.start().and_then(|()| this.stop()).context("the audit daemon does not run here")?;
        Ok(this)
    }

    /// What it writes to, and what it wrote to before that was full.
    fn logs(&self) -> Result<Vec<PathBuf>> {
        let files = fs::read_dir(self.directory.path())?.flatten().map(|file| file.path());
        Ok(files
            .filter(|file| file.file_stem().is_some_and(|name| name == "audit" || name == "audit.log"))
            .collect())
    }

    fn off(&mut self) {
        let _ = command("auditctl", &["-D"]);
        let _ = command("auditctl", &["-e", "0"]);
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

impl Tracer for Auditd {
    fn start(&mut self) -> Result<()> {
        for log in self.logs()? {
            fs::remove_file(log)?;
        }
        let daemon = Command::new("auditd")
            .args(["-n", "-s", "enable", "-c"])
            .arg(self.directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("can't run auditd; install auditd")?;
        let pid = daemon.id();
        self.daemon = Some(daemon);
        until("auditd to take over", LIMIT, || {
            let status = command("auditctl", &["-s"])?;
            Ok(status.contains(&format!("pid {pid}")).then_some(()))
        })?;
        command("auditctl", &["-b", "65536"])?;
        for call in ["execve", "connect", "accept,accept4"] {
            command("auditctl", &["-a", "always,exit", "-F", "arch=b64", "-S", call, "-k", "bench"])?;
        }
        Ok(())
    }

    fn cpu_s(&self) -> Result<f64> {
        let daemon = self.daemon.as_ref().context("auditd is off")?.id();
        // The kernel's own thread hands the records over.
        let kernel = pid_of("kauditd").map_or(Ok(0.0), cpu_s)?;
        Ok(cpu_s(daemon)? + kernel)
    }

    fn pid(&self) -> Result<u32> {
        Ok(self.daemon.as_ref().context("auditd is off")?.id())
    }

    fn settle(&mut self) -> Result<()> {
        calm(|| self.cpu_s())
    }

    fn stop(&mut self) -> Result<()> {
        self.off();
        Ok(())
    }
}

impl Peer for Auditd {
    fn counted(&self) -> Result<[u64; 2]> {
        let mut counted = [0, 0];
        for log in self.logs()? {
            for line in BufReader::new(fs::File::open(log)?).lines() {
                let line = line?;
                if !line.starts_with("type=SYSCALL ") {
                    continue;
                }
                let of = |words: [&str; 2]| words.iter().all(|word| line.contains(word));
                counted[0] += u64::from(of([EXECVE, " exe=\"/bin/nothing\""]));
                counted[1] += u64::from(of([CONNECT, " exe=\"/bin/load\""]));
            }
        }
        Ok(counted)
    }
}

impl Drop for Auditd {
    fn drop(&mut self) {
        self.off();
    }
}

/// A bpftrace script that prints to a file.
pub(crate) struct Bpftrace {
    directory: tempfile::TempDir,
    /// Of the script, that stay attached.
    probes: usize,
    tracer: Option<Child>,
}

const PROBES: usize = 3;
/// Prints execs, exits and connections.
const SCRIPT: &str = r#"
BEGIN { printf("ready\n"); }
tracepoint:sched:sched_process_exec { printf("exec %d %s %s\n", pid, comm, str(args->filename)); }
tracepoint:sched:sched_process_exit { printf("exit %d %s\n", pid, comm); }
tracepoint:sock:inet_sock_set_state {
  printf("tcp %d %s %d %d %s %d %s %d\n", pid, comm, args->oldstate, args->newstate, ntop(args->saddr), args->sport, ntop(args->daddr), args->dport);
}
"#;

impl Bpftrace {
    /// Of execs, exits and connections.
    pub(crate) fn printing() -> Result<Self> {
        Self::new(SCRIPT, PROBES)
    }

    pub(crate) fn new(script: &str, probes: usize) -> Result<Self> {
        command("bpftrace", &["--version"]).context("install bpftrace")?;
        let directory = tempfile::tempdir()?;
        fs::write(directory.path().join("script.bt"), script)?;
        let mut this = Self { directory, probes, tracer: None };
        this.start().and_then(|()| this.stop()).context("bpftrace does not run here")?;
        Ok(this)
    }

    fn output(&self) -> PathBuf {
        self.directory.path().join("output")
    }

    fn off(&mut self) {
        if let Some(mut tracer) = self.tracer.take() {
            // Asked to, it writes what is still in its buffer.
            let _ = kill_process(Pid::from_child(&tracer), Signal::INT);
            let ended = until("bpftrace to end", LIMIT, || Ok(tracer.try_wait()?));
            if ended.is_err() {
                let _ = tracer.kill();
                let _ = tracer.wait();
            }
        }
    }
}

impl Tracer for Bpftrace {
    fn start(&mut self) -> Result<()> {
        let output = self.output();
        let _ = fs::remove_file(&output);
        let errors = fs::File::create(self.directory.path().join("errors"))?;
        let tracer = Command::new("bpftrace")
            .args(["-q", "-o"])
            .arg(&output)
            .arg(self.directory.path().join("script.bt"))
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()?;
        self.tracer = Some(tracer);
        // What it prints waits in a buffer, so its programs in the kernel tell.
        let probes = self.probes;
        until("bpftrace to be ready", LIMIT, || {
            let tracer = self.tracer.as_mut().context("off")?;
            if let Some(status) = tracer.try_wait()? {
                let errors = fs::read_to_string(self.directory.path().join("errors"))?;
                bail!("it ended with {status}: {}", errors.trim());
            }
            let held = fs::read_dir(format!("/proc/{}/fdinfo", tracer.id()))?.flatten();
            let programs = held
                .filter(|held| fs::read_to_string(held.path()).is_ok_and(|text| text.contains("prog_tag:")));
            Ok((programs.count() >= probes).then_some(()))
        })
    }

    fn cpu_s(&self) -> Result<f64> {
        cpu_s(self.pid()?)
    }

    fn pid(&self) -> Result<u32> {
        Ok(self.tracer.as_ref().context("bpftrace is off")?.id())
    }

    fn settle(&mut self) -> Result<()> {
        calm(|| self.cpu_s())
    }

    fn stop(&mut self) -> Result<()> {
        self.off();
        Ok(())
    }
}

impl Peer for Bpftrace {
    fn counted(&self) -> Result<[u64; 2]> {
        let mut counted = [0, 0];
        for line in BufReader::new(fs::File::open(self.output())?).lines() {
            let line = line?;
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["exec", .., "/bin/nothing"] => counted[0] += 1,
                // From SYN_SENT to ESTABLISHED.
                ["tcp", _, "load", "2", "1", ..] => counted[1] += 1,
                _ => {}
            }
        }
        Ok(counted)
    }
}

impl Drop for Bpftrace {
    fn drop(&mut self) {
        self.off();
    }
}
