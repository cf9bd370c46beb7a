//! What the collector can be told on its command line, and the checked form of it.
//!
//! A wrong flag or value ends with 64 and names what, where and the way out (see `main.rs`). Every flag says
//! its effect, default and limits.

use crate::{
    container::{Address, KubernetesArgs, KubernetesError, Pods},
    enforce::EnforceArgs,
    source::Source,
    spool::Bounds,
    tls::TlsArgs,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Watches the containers of this node and sends what is new to a Plumbline server.
#[derive(Debug, Parser)]
#[command(name = "plumbline-collector", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, and it lives as long as the program")]
pub(crate) enum Command {
    /// Send to a server, until SIGTERM or SIGINT.
    Run {
        /// URL of the server, such as http://127.0.0.1:7443. Given again, or with commas: others to turn to when
        /// one does not answer, beginning with any of them.
        #[arg(long, value_name = "URL", required = true, value_delimiter = ',', value_parser = url)]
        server: Vec<tonic::transport::Endpoint>,
        /// How long to wait on exit for the server to acknowledge what it was sent.
        #[arg(long, value_name = "TIME", default_value = "5s", value_parser = humantime::parse_duration)]
        drain_timeout: Duration,
        #[command(flatten)]
        tls: TlsArgs,
        #[command(flatten)]
        spool: SpoolArgs,
        #[command(flatten)]
        enforce: EnforceArgs,
        #[command(flatten)]
        watch: WatchArgs,
    },
    /// Write to a file instead, for plumbline-server replay.
    Record {
        /// The file to write.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Overwrite the file if it exists.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        watch: WatchArgs,
    },
    /// Say what works on this machine, what does not, and the way out.
    Check(CheckArgs),
}

/// What to look at.
#[derive(Clone, Debug, Args)]
pub(crate) struct CheckArgs {
    /// How to print it.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Output,
    /// Socket of the Docker engine, unless --runtime names the runtimes.
    #[arg(long, value_name = "PATH", default_value = "/var/run/docker.sock")]
    pub(crate) docker_socket: PathBuf,
    /// A container runtime's socket: docker:PATH, podman:PATH or cri:PATH (containerd, CRI-O). Repeatable; naming
    /// one leaves out the well-known ones, which are /var/run/docker.sock (or --docker-socket),
    /// /run/containerd/containerd.sock, /run/crio/crio.sock and /run/podman/podman.sock. It may appear later.
    #[arg(long, value_name = "KIND:PATH")]
    pub(crate) runtime: Vec<Address>,
    /// URL of a server to begin a stream with. Repeatable.
    #[arg(long, value_name = "URL", value_delimiter = ',', value_parser = url)]
    pub(crate) server: Vec<tonic::transport::Endpoint>,
    /// Where events are to come from, as for run; with another than kernel, nothing of the kernel is looked at.
    #[arg(long, value_name = "SOURCE", default_value = "kernel")]
    pub(crate) source: Source,
    /// Loopback address that the metrics are to have, or "off".
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9464", value_parser = metrics_address)]
    pub(crate) metrics_address: MetricsAddress,
    #[command(flatten)]
    pub(crate) tls: TlsArgs,
    #[command(flatten)]
    pub(crate) enforce: EnforceArgs,
    #[command(flatten)]
    pub(crate) spool: SpoolArgs,
    #[command(flatten)]
    pub(crate) kubernetes: KubernetesArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    Table,
    Json,
}

/// Where batches wait on disk.
#[derive(Clone, Debug, Args)]
pub(crate) struct SpoolArgs {
    /// Directory for batches that no server has taken yet, so that a crash or restart does not lose them; "off":
    /// none. If it can't be used they wait in memory. One collector for each directory.
    #[arg(long, value_name = "DIR", default_value = "/var/lib/plumbline-collector/spool")]
    spool_dir: PathBuf,
    /// Most bytes in the spool; at least 8 MiB. When it is full, new batches wait in memory.
    #[arg(long, value_name = "BYTES", default_value = "1073741824", value_parser = clap::value_parser!(u64).range(8 << 20..))]
    spool_bytes: u64,
    /// How long a batch waits in the spool before it is lost and counted; at least 1m.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = spool_age)]
    spool_age: Duration,
}

impl SpoolArgs {
    /// The directory; none if it is off.
    pub(crate) fn dir(&self) -> Option<&Path> {
        Some(self.spool_dir.as_path()).filter(|dir| *dir != Path::new("off"))
    }

    /// Where is remembered how far a source was read.
    pub(crate) fn position(&self) -> Option<PathBuf> {
        self.beside(".position")
    }

    /// Where the policies are kept.
    pub(crate) fn policies(&self) -> Option<PathBuf> {
        self.beside(".policies")
    }

    /// Where is remembered what runtimes were asked to do.
    pub(crate) fn orders(&self) -> Option<PathBuf> {
        self.beside(".orders")
    }

    fn beside(&self, suffix: &str) -> Option<PathBuf> {
        let mut path = self.dir()?.as_os_str().to_owned();
        path.push(suffix);
        Some(path.into())
    }

    pub(crate) fn bounds(&self) -> Bounds {
        Bounds { bytes: self.spool_bytes, age: self.spool_age }
    }
}

/// How to watch.
#[derive(Clone, Debug, Args)]
pub(crate) struct WatchArgs {
    /// Where events come from. kernel: this node's, by eBPF, as root. replay:FILE: a recording, sent once.
    /// tetragon:FILE, tetragon:unix:///PATH, tetragon:http://HOST:PORT: Tetragon's exported JSON or gRPC server.
    /// falco:FILE: Falco's JSON output. "-" as FILE: standard input. Files are followed by name, from the beginning or
    /// from where the last run with the same --spool-dir was; only "kernel" needs root.
    #[arg(long, value_name = "SOURCE", default_value = "kernel")]
    pub(crate) source: Source,
    /// Name of this node; 1 to 253 bytes. Default: the host name.
    #[arg(long, value_name = "NAME", value_parser = node)]
    node: Option<String>,
    /// Length of the exposure window (the container-minute), 100ms to 1h.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = window)]
    exposure_window: Duration,
    /// Size of the kernel's ring buffer in bytes; a power of two from 64 KiB to 1 GiB.
    #[arg(long, value_name = "BYTES", default_value = "8388608", value_parser = ring)]
    pub(crate) ring_bytes: u32,
    /// Memory for batches that no server has taken yet, in bytes; at least 1 MiB. What is in the spool needs none.
    /// When it is full, new batches are lost and counted.
    #[arg(long, value_name = "BYTES", default_value = "16777216", value_parser = clap::value_parser!(u64).range(1 << 20..))]
    queue_bytes: u64,
    /// Shortest time between two batches. After a quiet time an event goes out at once; later ones share a batch.
    #[arg(long, value_name = "TIME", default_value = "10ms", value_parser = humantime::parse_duration)]
    flush_interval: Duration,
    /// Socket of the Docker engine, unless --runtime names the runtimes.
    #[arg(long, value_name = "PATH", default_value = "/var/run/docker.sock")]
    pub(crate) docker_socket: PathBuf,
    /// A container runtime's socket: docker:PATH, podman:PATH or cri:PATH (containerd, CRI-O). Repeatable; naming
    /// one leaves out the well-known ones, which are /var/run/docker.sock (or --docker-socket),
    /// /run/containerd/containerd.sock, /run/crio/crio.sock and /run/podman/podman.sock. It may appear later.
    #[arg(long, value_name = "KIND:PATH")]
    pub(crate) runtime: Vec<Address>,
    #[command(flatten)]
    kubernetes: KubernetesArgs,
    /// How long to ask the engine for a container it does not know, before its events are counted as lost.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = humantime::parse_duration)]
    pub(crate) resolve_timeout: Duration,
    /// Loopback address for Prometheus' /metrics and for /healthz, or "off".
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9464", value_parser = metrics_address)]
    pub(crate) metrics_address: MetricsAddress,
    /// Watch the processes outside containers, too, as one container of an image of its own, host/NODE. The host is
    /// not immutable: what is new there says less.
    #[arg(long)]
    pub(crate) host_processes: bool,
    /// Keep all privileges instead of giving up what is not needed once the kernel programs are attached.
    #[arg(long)]
    pub(crate) keep_privileges: bool,
    /// Make this file once everything is watched.
    #[arg(long, value_name = "PATH")]
    pub(crate) ready_file: Option<PathBuf>,
}

/// What the pipeline needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) node: String,
    pub(crate) window_ns: u64,
    pub(crate) flush_interval: Duration,
    pub(crate) queue_bytes: usize,
    pub(crate) host_processes: bool,
}

impl WatchArgs {
    /// What this node's pods declare, if the API server is asked.
    pub(crate) async fn pods(&self) -> Result<Option<Pods>, KubernetesError> {
        self.kubernetes.pods(self.node.as_deref()).await
    }

    pub(crate) fn settings(&self) -> Settings {
        let host = || rustix::system::uname().nodename().to_string_lossy().into_owned();
        Settings {
            node: self.node.clone().unwrap_or_else(host),
            window_ns: self.exposure_window.as_nanos() as u64,
            flush_interval: self.flush_interval,
            queue_bytes: self.queue_bytes as usize,
            host_processes: self.host_processes,
        }
    }
}

fn url(text: &str) -> Result<tonic::transport::Endpoint, String> {
    let endpoint = tonic::transport::Endpoint::from_shared(text.to_owned())
        .map_err(|error| format!("{error}; say https://HOST:PORT or http://HOST:PORT"))?;
    if !matches!(endpoint.uri().scheme_str(), Some("http" | "https")) || endpoint.uri().host().is_none() {
        return Err("say https://HOST:PORT or http://HOST:PORT".into());
    }
    let keep_alive = Duration::from_secs(20);
    Ok(endpoint
        .connect_timeout(Duration::from_secs(5))
        .http2_keep_alive_interval(keep_alive)
        .keep_alive_while_idle(true))
}

/// Where metrics are served; nowhere if it is off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MetricsAddress(pub(crate) Option<SocketAddr>);

fn metrics_address(text: &str) -> Result<MetricsAddress, String> {
    if text == "off" {
        return Ok(MetricsAddress(None));
    }
    let address: SocketAddr = text.parse().map_err(|_| "say 127.0.0.1:PORT, [::1]:PORT or off".to_owned())?;
    // They tell how busy a node is, and there is no authentication.
    if !address.ip().is_loopback() {
        return Err(format!(
            "{} is no loopback address; say 127.0.0.1:PORT and put a proxy before it",
            address.ip()
        ));
    }
    Ok(MetricsAddress(Some(address)))
}

fn node(text: &str) -> Result<String, String> {
    if (1..=253).contains(&text.len()) { Ok(text.into()) } else { Err("it must have 1 to 253 bytes".into()) }
}

fn window(text: &str) -> Result<Duration, String> {
    let length =
        humantime::parse_duration(text).map_err(|error| format!("{error}; say 60s, 500ms or the like"))?;
    let range = Duration::from_millis(100)..=Duration::from_secs(3600);
    if range.contains(&length) { Ok(length) } else { Err("it must be from 100ms to 1h".into()) }
}

fn spool_age(text: &str) -> Result<Duration, String> {
    let age =
        humantime::parse_duration(text).map_err(|error| format!("{error}; say 24h, 90m or the like"))?;
    if age >= Duration::from_secs(60) { Ok(age) } else { Err("it must be at least 1m".into()) }
}

fn ring(text: &str) -> Result<u32, String> {
    let bytes: u32 = text.parse().map_err(|_| "it must be a number of bytes".to_owned())?;
    let fits = bytes.is_power_of_two() && (1 << 16..=1 << 30).contains(&bytes);
    if fits { Ok(bytes) } else { Err("it must be a power of two from 65536 to 1073741824".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_out_of_range_are_refused_with_the_range() {
        assert!(window("50ms").unwrap_err().contains("100ms"));
        assert!(window("soon").is_err());
        assert!(spool_age("1s").unwrap_err().contains("1m"));
        assert!(ring("100000").unwrap_err().contains("power of two"));
        assert!(node("").is_err());
        assert!(metrics_address("0.0.0.0:9464").unwrap_err().contains("loopback"));
        assert!(metrics_address("off").is_ok_and(|address| address.0.is_none()));
        assert!(url("ftp://x").unwrap_err().contains("http://HOST:PORT"));
        assert!(url("http://127.0.0.1:7443").is_ok());
    }
}
