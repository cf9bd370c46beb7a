//! The real programs as children: started, waited for until they say they are ready, stopped or killed.
//!
//! They are taken from the directory this executable was built into, so `cargo build` must have run.

use crate::wait::until;
use anyhow::{Context, Result, bail};
use plumbline_proto::v1::{
    Alert, AlertFilter, ImageStatus, ListAlertsRequest, ListBaselinesRequest,
    alert_service_client::AlertServiceClient, baseline_service_client::BaselineServiceClient,
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};
use tonic::transport::Channel;

/// How long a program may take to be ready or to end.
const LIMIT: Duration = Duration::from_secs(30);

/// Path of a program of this workspace.
///
/// # Errors
/// If it has not been built.
pub fn binary(name: &str) -> Result<PathBuf> {
    let mut directory = std::env::current_exe()?;
    directory.pop();
    if directory.ends_with("deps") {
        directory.pop();
    }
    let path = directory.join(name);
    if !path.exists() {
        bail!("{} is missing; run cargo build --workspace first", path.display());
    }
    Ok(path)
}

/// A program that runs; killed when dropped.
pub struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts a program with its output in `log`.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn start(name: &str, arguments: &[&str], log: &Path) -> Result<Self> {
        let file = File::options().create(true).append(true).open(log)?;
        let child = Command::new(binary(name)?)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("can't start {name}"))?;
        Ok(Self { name: name.into(), child, log: log.into() })
    }

    /// Waits for the file that the program makes when it is ready, and gives its text.
    ///
    /// # Errors
    /// If the program ends before, or takes too long; with its last words.
    pub fn ready(&mut self, file: &Path) -> Result<String> {
        until(&format!("{} to be ready", self.name), LIMIT, || {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status}: {}", self.name, self.log());
            }
            Ok(fs::read_to_string(file).ok().filter(|text| text.ends_with('\n')))
        })
    }

    /// Sends a signal and waits for the end.
    ///
    /// # Errors
    /// If it does not end in time.
    pub fn stop(&mut self, signal: Signal) -> Result<ExitStatus> {
        let pid = Pid::from_child(&self.child);
        if self.child.try_wait()?.is_none() {
            kill_process(pid, signal)?;
        }
        until(&format!("{} to end", self.name), LIMIT, || Ok(self.child.try_wait()?))
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.stop(Signal::TERM).or_else(|_| self.stop(Signal::KILL));
    }
}

/// A server with its data in a directory that outlives its restarts.
pub struct Server {
    program: Program,
    directory: PathBuf,
    options: Vec<String>,
    /// URL of its gRPC API.
    pub grpc: String,
    /// URL of its HTTP endpoints.
    pub http: String,
    runtime: tokio::runtime::Runtime,
}

impl Server {
    /// Starts a server on ports of its own choice.
    ///
    /// # Errors
    /// If it does not become ready.
    pub fn start(directory: &Path, options: &[&str]) -> Result<Self> {
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        Self::start_on(directory, options, "127.0.0.1:0", "127.0.0.1:0")
    }

    fn start_on(directory: &Path, options: Vec<String>, grpc: &str, http: &str) -> Result<Self> {
        let (data, ready) = (directory.join("data"), directory.join("server.ready"));
        let _ = fs::remove_file(&ready);
        let fixed = ["run", "--grpc-listen", grpc, "--http-listen", http];
        let mut arguments: Vec<&str> = fixed.to_vec();
        let (data, ready_file) = (data.display().to_string(), ready.display().to_string());
        arguments.extend(["--data-dir", &data, "--ready-file", &ready_file]);
        arguments.extend(options.iter().map(String::as_str));
        let mut program = Program::start("plumbline-server", &arguments, &directory.join("server.log"))?;
        let text = program.ready(&ready)?;
        let url = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key));
            line.map(|address| format!("http://{address}")).with_context(|| format!("no {key} in {text}"))
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self {
            grpc: url("grpc=")?,
            http: url("http=")?,
            program,
            directory: directory.into(),
            options,
            runtime,
        })
    }

    /// Kills the server as a crash would.
    ///
    /// # Errors
    /// If it does not end.
    pub fn kill(self) -> Result<StoppedServer> {
        let Self { mut program, directory, options, grpc, http, .. } = self;
        program.stop(Signal::KILL)?;
        Ok(StoppedServer { directory, options, grpc, http })
    }

    fn channel(&self) -> Result<Channel> {
        let _guard = self.runtime.enter();
        Ok(Channel::from_shared(self.grpc.clone())?.connect_lazy())
    }

    /// Images of a repository or digest; all if it is empty.
    ///
    /// # Errors
    /// If the server does not answer.
    pub fn images(&self, image: &str) -> Result<Vec<ImageStatus>> {
        let mut client = BaselineServiceClient::new(self.channel()?);
        let request = ListBaselinesRequest { image: image.into(), limit: 1000, ..Default::default() };
        Ok(self.runtime.block_on(client.list(request))?.into_inner().images)
    }

    /// Alerts of a repository or digest; all if it is empty.
    ///
    /// # Errors
    /// If the server does not answer.
    pub fn alerts(&self, image: &str) -> Result<Vec<Alert>> {
        let mut client = AlertServiceClient::new(self.channel()?);
        let filter = AlertFilter { image: image.into(), ..AlertFilter::default() };
        let request = ListAlertsRequest { filter: Some(filter), limit: 1000, ..ListAlertsRequest::default() };
        Ok(self.runtime.block_on(client.list(request))?.into_inner().alerts)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.program.pid()
    }

    /// Ends the server in order.
    ///
    /// # Errors
    /// If it does not end in time.
    pub fn stop(mut self) -> Result<ExitStatus> {
        self.program.stop(Signal::TERM)
    }
}

/// A server that is down; its ports and its data are kept for it.
pub struct StoppedServer {
    directory: PathBuf,
    options: Vec<String>,
    grpc: String,
    http: String,
}

impl StoppedServer {
    /// Starts the server again on the same ports and data.
    ///
    /// # Errors
    /// If it does not come back.
    pub fn start(self) -> Result<Server> {
        let host = |url: &str| url.trim_start_matches("http://").to_owned();
        Server::start_on(&self.directory, self.options, &host(&self.grpc), &host(&self.http))
    }
}

/// Starts `plumbline-collector` and waits until it watches. Its spool, if it sends, is `spool` in the directory.
///
/// # Errors
/// If it does not become ready.
pub fn collector(directory: &Path, name: &str, arguments: &[&str]) -> Result<Program> {
    let ready = directory.join(format!("{name}.ready"));
    // One of an earlier run would say so too soon.
    let _ = fs::remove_file(&ready);
    let ready_file = ready.display().to_string();
    let mut all = arguments.to_vec();
    all.extend(["--ready-file", &ready_file]);
    let spool = directory.join("spool").display().to_string();
    if arguments.first() == Some(&"run") {
        all.extend(["--spool-dir", &spool]);
    }
    if !arguments.contains(&"--metrics-address") {
        // Two of them at once would want the same port.
        all.extend(["--metrics-address", "off"]);
    }
    let mut program = Program::start("plumbline-collector", &all, &directory.join(format!("{name}.log")))?;
    program.ready(&ready)?;
    Ok(program)
}

/// A value of `/metrics` at HOST:PORT, summed over the lines that begin with `begin`.
///
/// # Errors
/// If nobody answers there.
pub fn scrape(address: &str, begin: &str) -> Result<f64> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET /metrics HTTP/1.0\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let values = text.lines().filter(|line| line.starts_with(begin));
    Ok(values.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum())
}
