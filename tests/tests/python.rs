//! What Python brings, against the real server: the example of a client (tests/python/siem.py) with stubs of its own, which is
//! killed again and again and prints every change of every alert; and the published schema of OCSF, asked of what a sink told
//! (tests/python/ocsf.py). Where `tests/python/setup.sh` could not make them ready they are listed as ignored.
#![allow(clippy::indexing_slicing, reason = "what is missing fails the test")]

use anyhow::{Context, Result, ensure};
use libtest_mimic::Arguments;
use plumbline_tests::{
    feed::feed,
    harness::{LIMIT, test},
    programs::{Server, binary},
    recording::read,
    wait::until,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
};

fn main() -> ExitCode {
    let client = test("a_client_in_python_is_told_every_change_though_it_and_the_server_are_killed", killed);
    let schema = test("what_a_sink_tells_as_ocsf_fits_the_published_schema", fits);
    let trials = vec![
        client.with_ignored_flag(!root().join("target/python/stubs").exists()),
        schema.with_ignored_flag(!has("ocsf_json_schema") || !has("jsonschema")),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Whether a package is installed.
fn has(package: &str) -> bool {
    let versions = fs::read_dir(root().join("target/python/lib")).into_iter().flatten().flatten();
    versions.into_iter().any(|version| version.path().join("site-packages").join(package).exists())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A run of the client; killed when dropped.
struct Siem {
    child: Child,
    printed: PathBuf,
}

impl Siem {
    fn start(server: &Server, folder: &Path, run: u32) -> Result<Self> {
        let printed = folder.join(format!("printed.{run}"));
        let child = Command::new(root().join("target/python/bin/python"))
            .arg(root().join("tests/python/siem.py"))
            .args([server.grpc.trim_start_matches("http://"), "--consumer", "siem"])
            .stdin(Stdio::null())
            .stdout(File::create(&printed)?)
            .spawn()?;
        Ok(Self { child, printed })
    }

    /// What it has printed: the cursor and the alert's id of each whole line.
    fn changes(&self) -> Result<Vec<(u64, String)>> {
        let text = fs::read_to_string(&self.printed)?;
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        whole
            .map(|line| {
                let change: Value = serde_json::from_str(line)?;
                let text = |value: &Value| value.as_str().map(str::to_owned).context("no text");
                let cursor = text(&change["cursor"])?.parse()?;
                ensure!(change["alert"]["findings"][0]["dimension"].is_string(), "half an alert: {line}");
                Ok((cursor, text(&change["alert"]["id"])?))
            })
            .collect()
    }

    fn printed(&mut self, cursor: u64) -> Result<()> {
        until(&format!("change {cursor}"), LIMIT, || {
            ensure!(self.child.try_wait()?.is_none(), "the client ended");
            Ok(self.changes()?.iter().any(|(printed, _)| *printed >= cursor).then_some(()))
        })
    }

    fn kill(mut self) -> Result<Vec<(u64, String)>> {
        self.child.kill()?;
        self.child.wait()?;
        self.changes()
    }
}

impl Drop for Siem {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the API says over HTTP.
fn told(server: &Server, path: &str) -> Result<Value> {
    let mut stream = TcpStream::connect(server.http.trim_start_matches("http://"))?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").context("no head")?;
    ensure!(head.starts_with("HTTP/1.0 200"), "{text}");
    Ok(serde_json::from_str(body)?)
}

/// Waits until the consumer has acknowledged all there is; up to where that is.
fn acknowledged(server: &Server) -> Result<u64> {
    until("the last acknowledgement", LIMIT, || {
        let consumers = told(server, "/api/v1/consumers")?;
        let consumer = &consumers["consumers"][0];
        let cursor = consumer["cursor"].as_str().unwrap_or_default().parse()?;
        Ok((consumer["behind"] == "0").then_some(cursor))
    })
}

/// One more change, of an alert.
fn acknowledge(server: &Server, alert: &str) -> Result<()> {
    let line = ["--server", &server.grpc, "alerts", "ack", alert, "--author", "alice"];
    let output = Command::new(binary("plumbline")?).args(line).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn killed() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path(), &["--budget", "20"])?;
    feed(&server.grpc, 1, read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo.plumb"))?)?;

    let mut first = Siem::start(&server, directory.path(), 1)?;
    first.printed(1)?;
    let mut printed = first.kill()?;
    let second = Siem::start(&server, directory.path(), 2)?;
    let end = acknowledged(&server)?;
    printed.extend(second.kill()?);
    printed.sort();
    printed.dedup();
    let cursors: Vec<u64> = printed.iter().map(|(cursor, _)| *cursor).collect();
    ensure!(cursors == (1..=end).collect::<Vec<_>>(), "up to {end}: {printed:?}");
    let listed = told(&server, "/api/v1/alerts")?;
    let listed: Vec<&Value> = listed["alerts"].as_array().context("no list")?.iter().collect();
    ensure!(listed.len() >= 2, "{listed:?}");
    for alert in &listed {
        ensure!(printed.iter().any(|(_, id)| alert["id"] == *id), "not printed: {alert}");
    }

    let alert = printed.first().context("nothing printed")?.1.clone();
    acknowledge(&server, &alert)?;
    let mut third = Siem::start(&server, directory.path(), 3)?;
    third.printed(end + 1)?;
    ensure!(third.changes()? == [(end + 1, alert.clone())], "it does not go on where it was");
    acknowledged(&server)?;
    let server = server.kill()?.start()?;
    acknowledge(&server, &alert)?;
    third.printed(end + 2)?;
    ensure!(third.changes()?.last() == Some(&(end + 2, alert)), "it does not go on after the server");
    kill_process(Pid::from_child(&third.child), Signal::TERM)?;
    let status = until("its end", LIMIT, || Ok(third.child.try_wait()?))?;
    ensure!(status.success(), "it ended with {status}");
    Ok(())
}

/// What the script says of files of events.
fn asked(files: &[&Path]) -> Result<(bool, String)> {
    let mut command = Command::new(root().join("target/python/bin/python"));
    let output = command.arg(root().join("tests/python/ocsf.py")).args(files).output()?;
    let said = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8(said)?))
}

fn fits() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let (told_to, config) = (directory.path().join("ocsf.jsonl"), directory.path().join("server.toml"));
    let sink = format!(
        "[[sink]]\nname = \"ocsf\"\nkind = \"file\"\nformat = \"ocsf\"\nbegin = \"earliest\"\npath = \"{}\"\n",
        told_to.display()
    );
    fs::write(&config, sink)?;
    let config = config.to_str().context("no text")?;
    let server = Server::start(directory.path(), &["--budget", "20", "--config", config])?;
    feed(&server.grpc, 1, read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo.plumb"))?)?;
    let listed = told(&server, "/api/v1/alerts")?;
    for alert in listed["alerts"].as_array().context("no list")? {
        acknowledge(&server, alert["id"].as_str().context("no id")?)?;
    }
    let lines = until("all changes", LIMIT, || {
        let all = acknowledged(&server)?;
        let text = fs::read_to_string(&told_to).unwrap_or_default();
        Ok((text.lines().count() as u64 == all).then_some(text))
    })?;
    ensure!(lines.lines().count() > 2, "{lines}");
    let golden = root().join("server/tests/golden/changes.ocsf.jsonl");
    let (fits, said) = asked(&[&told_to, &golden])?;
    let events = lines.lines().count() + fs::read_to_string(&golden)?.lines().count();
    ensure!(fits && said == format!("{events} events fit\n"), "{said}");

    let broken = directory.path().join("broken.json");
    let mut event: Value = serde_json::from_str(lines.lines().next().context("no line")?)?;
    event["evidences"][0]["process"]["pid"] = "77".into();
    fs::write(&broken, event.to_string())?;
    let (fits, said) = asked(&[&broken])?;
    ensure!(!fits && said.contains("$.evidences[0].process.pid"), "{said}");
    Ok(())
}
