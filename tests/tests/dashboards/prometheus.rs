//! A real Prometheus, with the configuration of `dashboards/` but for addresses and intervals.

use super::root;
use anyhow::{Context, Result, ensure};
use plumbline_tests::{harness::LIMIT, wait::until};
use serde_json::Value;
use std::{
    fs::{self, File},
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A Prometheus; killed when dropped.
pub(super) struct Prometheus {
    child: Child,
    address: String,
    log: PathBuf,
}

/// An address on loopback that nobody has.
pub(super) fn free() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// Asks HOST:PORT and gives the body of what is answered.
pub(super) fn get(address: &str, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").context("no answer")?;
    Ok(body.to_owned())
}

impl Prometheus {
    /// Starts it, and waits until it answers.
    pub(super) fn start(directory: &Path, server: &str, collector: &str) -> Result<Self> {
        let mut config = fs::read_to_string(root().join("dashboards/prometheus.yml"))?;
        let rules = root().join("dashboards/rules/*.yml").display().to_string();
        for (from, to) in [
            ("127.0.0.1:7480", server),
            ("127.0.0.1:9464", collector),
            ("rules/*.yml", &rules),
            ("scrape_interval: 15s", "scrape_interval: 1s"),
            ("evaluation_interval: 15s", "evaluation_interval: 1s"),
        ] {
            ensure!(config.matches(from).count() == 1, "prometheus.yml should have {from} once");
            config = config.replace(from, to);
        }
        let file = directory.join("prometheus.yml");
        fs::write(&file, config)?;
        let (address, log) = (free()?, directory.join("prometheus.log"));
        let out = File::create(&log)?;
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", directory.join("tsdb").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()?;
        let mut prometheus = Self { child, address, log };
        until("Prometheus to be ready", LIMIT, || {
            let ended = prometheus.child.try_wait()?;
            ensure!(ended.is_none(), "Prometheus ended: {}", fs::read_to_string(&prometheus.log)?);
            Ok(get(&prometheus.address, "/-/ready").ok().filter(|text| text.contains("Ready")))
        })?;
        Ok(prometheus)
    }

    /// Asks its API.
    pub(super) fn ask(&self, path: &str) -> Result<Value> {
        let answer: Value = serde_json::from_str(&get(&self.address, path)?)?;
        ensure!(answer["status"] == "success", "{path}: {answer}");
        Ok(answer["data"].clone())
    }

    /// How many series an expression gives now.
    pub(super) fn series(&self, expression: &str) -> Result<usize> {
        let query: String = form_urlencoded::byte_serialize(expression.as_bytes()).collect();
        let data =
            self.ask(&format!("/api/v1/query?query={query}")).with_context(|| expression.to_owned())?;
        Ok(data["result"].as_array().map_or(0, Vec::len))
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
