//! A secured server end to end: the real collector, the operator's real tool, and certificates that are renewed while
//! events come in.
#![allow(clippy::indexing_slicing, reason = "what is missing fails the test")]

use anyhow::{Context, Result, ensure};
use plumbline_tests::{
    harness::LIMIT,
    programs::{Program, binary, collector},
    wait::until,
};
use rustix::process::Signal;
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::SystemTime,
};

/// A server with a CA, certificates and tokens of its own.
struct Secured {
    directory: tempfile::TempDir,
    url: String,
    _server: Program,
}

fn done(program: &str, arguments: &[&str]) -> Result<Output> {
    let output = Command::new(binary(program)?).args(arguments).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} {arguments:?}: {said}");
    Ok(output)
}

impl Secured {
    fn start() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let at = |name: &str| directory.path().join(name).display().to_string();
        let (certs, tokens) = (at("certs"), at("certs/tokens.toml"));
        done("plumbline-server", &["certs", "init", "--dir", &certs])?;
        done("plumbline-server", &["certs", "issue", "--dir", &certs, "--collector", "lab"])?;
        done("plumbline-server", &["certs", "issue", "--dir", &certs, "--analyst", "alice"])?;
        done("plumbline-server", &["certs", "issue", "--dir", &certs, "--admin", "root"])?;
        let add = ["tokens", "add", "siem", "--role", "viewer", "--tokens-file", &tokens];
        fs::write(at("siem.token"), done("plumbline-server", &add)?.stdout)?;
        let (cert, key, ca) = (at("certs/server.pem"), at("certs/server.key"), at("certs/ca.pem"));
        let (data, ready) = (at("data"), at("server.ready"));
        let arguments = [
            ["run", "--min-starts=1"],
            ["--grpc-listen", "127.0.0.1:0"],
            ["--http-listen", "127.0.0.1:0"],
            ["--tls-cert", &cert],
            ["--tls-key", &key],
            ["--tls-client-ca", &ca],
            ["--tokens-file", &tokens],
            ["--budget", "20"],
            ["--data-dir", &data],
            ["--ready-file", &ready],
        ]
        .concat();
        let log = directory.path().join("server.log");
        let mut server = Program::start("plumbline-server", &arguments, &log)?;
        let text = server.ready(Path::new(&ready))?;
        let address = text.lines().find_map(|line| line.strip_prefix("grpc=")).context("no address")?;
        Ok(Self { url: format!("https://{address}"), directory, _server: server })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Flags of a client that has a certificate, by the name of its files.
    fn with_certificate(&self, name: &str) -> Vec<String> {
        let at = |name: String| self.at(&name).display().to_string();
        let mut flags = self.trusting();
        flags.extend(["--tls-cert".to_owned(), at(format!("certs/{name}.pem"))]);
        flags.extend(["--tls-key".to_owned(), at(format!("certs/{name}.key"))]);
        flags
    }

    fn with_token(&self) -> Vec<String> {
        let mut flags = self.trusting();
        flags.extend(["--token-file".to_owned(), self.at("siem.token").display().to_string()]);
        flags
    }

    fn trusting(&self) -> Vec<String> {
        let ca = self.at("certs/ca.pem").display().to_string();
        vec!["--server".to_owned(), self.url.clone(), "--tls-ca".to_owned(), ca]
    }

    fn plumbline(&self, flags: &[String], line: &[&str]) -> Result<Output> {
        let mut command = Command::new(binary("plumbline")?);
        Ok(command.env("USER", "somebody-else").args(flags).args(line).output()?)
    }

    fn json(&self, line: &[&str]) -> Result<serde_json::Value> {
        let output = self.plumbline(&self.with_token(), &[line, &["-o", "json"]].concat())?;
        ensure!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Sends the recording of the demo as a node.
    fn replay(&self, node: &str, flags: &[String]) -> Result<Program> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo.plumb");
        let source = format!("replay:{}", file.display());
        let spool = self.at(&format!("spool-{node}")).display().to_string();
        let mut arguments = vec!["run", "--node", node, "--source", &source, "--spool-dir", &spool];
        arguments.extend(["--metrics-address", "off", "--drain-timeout", "1s"]);
        arguments.extend(flags.iter().map(String::as_str));
        Program::start("plumbline-collector", &arguments, &self.at(&format!("{node}.log")))
    }
}

fn code(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_collector_feeds_a_secured_server_an_analyst_answers_and_everybody_else_is_told_why_not() -> Result<()> {
    let server = Secured::start()?;
    let recorded =
        plumbline_tests::recording::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo.plumb"))?;
    let node = recorded[0].node.clone();
    let dir = server.at("certs").display().to_string();
    let own = format!("collector-{node}");
    if !server.at(&format!("certs/{own}.pem")).exists() {
        done("plumbline-server", &["certs", "issue", "--dir", &dir, "--collector", &node])?;
    }
    // A liar is not let in, and says why in its log.
    let liar = server.replay("other", &server.with_certificate(&own))?;
    until("the liar's refusal", LIMIT, || Ok(liar.log().contains("hello.node").then_some(())))?;
    drop(liar);
    let images = server.json(&["images", "list"])?;
    ensure!(images["images"].as_array().is_some_and(Vec::is_empty), "a liar was heard: {images}");

    let _honest = server.replay(&node, &server.with_certificate(&own))?;
    let alerts = until("alerts", LIMIT, || {
        let alerts = server.json(&["alerts", "list"])?;
        Ok(alerts["alerts"].as_array().filter(|alerts| alerts.len() >= 2).cloned())
    })?;
    let id = alerts[0]["id"].as_str().context("no id")?;

    // A viewer reads, and is told that this is all.
    let shown = server.plumbline(&server.with_token(), &["alerts", "show", id])?;
    ensure!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    let approve = ["alerts", "approve", id, "--reason", "ours", "--finding", "1"];
    let (exit, said) = code(&server.plumbline(&server.with_token(), &approve)?);
    ensure!(exit == Some(4) && said.contains("analyst"), "{exit:?} {said}");
    let (exit, said) = code(&server.plumbline(&server.trusting(), &["status"])?);
    ensure!(exit == Some(4) && said.contains("--token-file"), "{exit:?} {said}");
    let (exit, said) = code(&server.plumbline(&["--server".into(), server.url.clone()], &["status"])?);
    ensure!(exit == Some(69) && said.contains("--tls-ca"), "{exit:?} {said}");

    // Who decides signs with the name of the certificate, whatever $USER is.
    let analyst = server.with_certificate("analyst-alice");
    let approved = server.plumbline(&analyst, &approve)?;
    ensure!(approved.status.success(), "{}", String::from_utf8_lossy(&approved.stderr));
    let decisions = server.json(&["decisions", "list"])?;
    ensure!(decisions["decisions"][0]["author"] == "alice", "{decisions}");
    let forged = [&approve[..], &["--author", "bob"]].concat();
    let (exit, said) = code(&server.plumbline(&analyst, &forged)?);
    ensure!(exit == Some(4) && said.contains("author"), "{exit:?} {said}");

    // Who changed what is for admins.
    let (exit, said) = code(&server.plumbline(&analyst, &["audit", "list"])?);
    ensure!(exit == Some(4) && said.contains("admin"), "{exit:?} {said}");
    let admin = server.with_certificate("admin-root");
    let exported = server.plumbline(&admin, &["audit", "list", "-o", "json"])?;
    ensure!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let exported: serde_json::Value = serde_json::from_slice(&exported.stdout)?;
    let entries = exported["entries"].as_array().context("no entries")?;
    ensure!(entries.len() == 1 && entries[0]["name"] == "alice" && entries[0]["target"] == id, "{exported}");
    Ok(())
}

/// What `plumbline-collector check` says of a server with these flags, and whether it is well.
fn checked(flags: &[String]) -> Result<(bool, String)> {
    let output = Command::new(binary("plumbline-collector")?)
        .args(["check", "--source", "falco:-", "--metrics-address", "off", "--spool-dir", "off"])
        .args(["-o", "json"])
        .args(flags)
        .output()?;
    let items: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let of = |item: &&serde_json::Value| item["name"] == "server" || item["name"] == "credentials";
    let item = items.as_array().context("no items")?.iter().find(of).context("nothing of the server")?;
    Ok((item["ok"] == true, item["detail"].as_str().unwrap_or_default().to_owned()))
}

/// Before a collector runs: that its certificate, token and trust would do, or which of them would not.
#[test]
fn check_says_whether_a_secured_server_takes_a_collector_and_what_is_wrong() -> Result<()> {
    let server = Secured::start()?;
    let other = Secured::start()?;
    let good = server.with_certificate("collector-lab");
    let (well, said) = checked(&good)?;
    ensure!(well && said.contains(&server.url), "{said}");
    // Nothing of it stays.
    let nodes = server.json(&["nodes", "list"])?;
    ensure!(nodes["nodes"].as_array().is_some_and(Vec::is_empty), "a check became a node: {nodes}");

    let swapped = |flag: &str, value: String| -> Vec<String> {
        let mut flags = good.clone();
        if let Some(at) = flags.iter().position(|word| word == flag) {
            flags[at + 1] = value;
        }
        flags
    };
    let path = |of: &Secured, name: &str| of.at(name).display().to_string();
    let plain = server.url.replace("https", "http");
    let flags = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    for (flags, words) in [
        (swapped("--tls-ca", path(&other, "certs/ca.pem")), &["certificate", "--tls-ca"][..]),
        (swapped("--tls-ca", path(&other, "no-such.pem")), &["--tls-ca", "no-such.pem"]),
        (swapped("--tls-key", path(&server, "certs/ca.pem")), &["--tls-key", "private key"]),
        ([&good[..], &flags(&["--tls-server-name", "elsewhere"])].concat(), &["--tls-server-name"]),
        (server.with_certificate("analyst-alice"), &["collector", "--tls-cert"]),
        (server.with_token(), &["collector", "--token-file"]),
        (server.trusting(), &["--token-file"]),
        (flags(&["--server", &plain]), &["--server"]),
    ] {
        let (well, said) = checked(&flags)?;
        ensure!(!well && words.iter().all(|word| said.contains(word)), "{flags:?}: {said}");
    }
    Ok(())
}

/// A line of Falco's output: a program started in a container.
fn line(at: u64, pid: u64) -> String {
    format!(
        r#"{{"hostname":"n","priority":"Debug","rule":"Plumbline program start","source":"syscall","time":"2026-01-02T03:04:06Z","output_fields":{{"evt.rawtime":{at}000000000,"container.id":"551e161c47d8","container.name":"web","container.image.repository":"shop/web","container.image.tag":"1","container.image.digest":"sha256:8e86","proc.pid":{pid},"user.uid":33,"evt.type":"execve","evt.res":"SUCCESS","proc.vpid":{pid},"proc.ppid":7,"proc.tty":0,"proc.is_exe_upper_layer":false,"proc.is_exe_from_memfd":false,"proc.exepath":"/usr/sbin/nginx","proc.exe":"nginx","proc.args":"","proc.stdin.type":"file"}}}}"#
    )
}

#[test]
fn certificates_of_both_sides_are_renewed_under_load_and_no_window_is_lost_or_counted_twice() -> Result<()> {
    let server = Secured::start()?;
    let log = server.at("falco.json");
    let mut file = File::options().create(true).append(true).open(&log)?;
    let source = format!("falco:{}", log.display());
    let mut arguments = vec!["run".to_owned(), "--node".to_owned(), "lab".to_owned()];
    arguments.extend(["--source".to_owned(), source, "--exposure-window".to_owned(), "1s".to_owned()]);
    arguments.extend(["--runtime".to_owned(), "docker:/nonexistent.sock".to_owned()]);
    arguments.extend(server.with_certificate("collector-lab"));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut watcher = collector(server.directory.path(), "collector", &arguments)?;
    let began = SystemTime::now();
    let base = began.duration_since(SystemTime::UNIX_EPOCH)?.as_secs() - 7200;
    let dir = server.at("certs").display().to_string();
    let mut second = 0;
    let windows = |server: &Secured| -> Result<u64> {
        let images = server.json(&["images", "list"])?;
        let number = |value: &serde_json::Value| {
            value.as_str().and_then(|text| text.parse().ok()).or(value.as_u64()).unwrap_or(0)
        };
        let all = images["images"].as_array().cloned().unwrap_or_default();
        Ok(all.iter().map(|image| number(&image["exposures"]) + number(&image["exposures_lossy"])).sum())
    };
    let renew = |server: &Secured, name: &str, whom: [&str; 2]| -> Result<()> {
        for ending in ["pem", "key"] {
            fs::remove_file(server.at(&format!("certs/{name}.{ending}")))?;
        }
        done("plumbline-server", &["certs", "issue", "--dir", &dir, whom[0], whom[1]]).map(drop)
    };
    let (mut renewed_server, mut renewed_collector) = (false, false);
    // Until the server has taken its certificate and the collector has come again with its own.
    until("both renewals", LIMIT, || {
        second += 1;
        writeln!(file, "{}", line(base + second, 1000 + second))?;
        if second == 5 {
            renew(&server, "server", ["--server", "localhost"])?;
        }
        let said = fs::read_to_string(server.at("server.log"))?;
        if !renewed_server && said.contains("took the renewed certificates") {
            renewed_server = true;
            renew(&server, "collector-lab", ["--collector", "lab"])?;
        }
        renewed_collector |= watcher.log().contains("certificates or token were renewed");
        let settled = renewed_collector && watcher.log().matches("connected").count() >= 2;
        Ok(settled.then_some(()))
    })?;
    for _ in 0..5 {
        second += 1;
        writeln!(file, "{}", line(base + second, 1000 + second))?;
    }
    until("windows after the renewal", LIMIT, || Ok((windows(&server)? + 3 >= second).then_some(())))?;
    let status = watcher.stop(Signal::TERM)?;
    ensure!(status.success(), "{}", watcher.log());
    let log = watcher.log();
    let (_, reported) = log.rsplit_once("windows=").context("the collector does not say how many windows")?;
    let reported: u64 = reported.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default().parse()?;
    let counted = windows(&server)?;
    ensure!(counted == reported, "the server counts {counted} windows, the collector reported {reported}");
    Ok(())
}

#[test]
fn a_context_is_all_that_a_call_to_a_secured_server_needs() -> Result<()> {
    let server = Secured::start()?;
    let home = [("HOME", server.directory.path().display().to_string())];
    let plumbline = |line: &[&str], flags: &[String]| -> Result<Output> {
        Ok(Command::new(binary("plumbline")?)
            .env_clear()
            .envs(home.clone())
            .args(line)
            .args(flags)
            .output()?)
    };
    for (name, flags) in [
        ("alice", server.with_certificate("analyst-alice")),
        ("siem", server.with_token()),
        ("nobody", server.trusting()),
    ] {
        let made = plumbline(&["context", "set", name], &flags)?;
        ensure!(made.status.success(), "{name}: {}", code(&made).1);
    }
    for (context, exit) in [("alice", 0), ("siem", 0), ("nobody", 4)] {
        let output = plumbline(&["context", "use", context], &[])?;
        ensure!(output.status.success(), "{context}: {}", code(&output).1);
        let output = plumbline(&["status"], &[])?;
        ensure!(output.status.code() == Some(exit), "{context}: {:?}", code(&output));
    }
    // Who one is comes from the certificate that was named, not from the token of the context.
    let named = server.with_certificate("analyst-alice").split_off(2);
    let may = plumbline(&["--context", "siem", "images", "lock", "no/such"], &named)?;
    let may_not = plumbline(&["--context", "siem", "images", "lock", "no/such"], &[])?;
    ensure!((may.status.code(), may_not.status.code()) == (Some(3), Some(4)), "{may:?} {may_not:?}");
    Ok(())
}

#[test]
fn an_admin_gives_out_tokens_from_elsewhere_and_takes_them_back() -> Result<()> {
    let server = Secured::start()?;
    let admin = server.with_certificate("admin-root");
    let added =
        server.plumbline(&admin, &["tokens", "add", "night", "--role", "viewer", "--expires", "30d"])?;
    let (exit, said) = code(&added);
    ensure!(exit == Some(0) && said.contains("only time"), "{said}");
    ensure!(String::from_utf8(added.stdout.clone())?.lines().count() == 1, "the token alone is printed");
    fs::write(server.at("siem.token"), added.stdout)?;
    server.json(&["alerts", "list"])?; // by the new token
    let (exit, said) = code(&server.plumbline(&server.with_token(), &["tokens", "list"])?);
    ensure!(exit == Some(4) && said.contains("admin"), "{said}");
    let listed = server.plumbline(&admin, &["tokens", "list"])?;
    let listed = String::from_utf8(listed.stdout)?;
    ensure!(listed.lines().count() == 3 && listed.contains("night"), "{listed}");
    let (exit, said) = code(&server.plumbline(&admin, &["tokens", "add", "night", "--role", "viewer"])?);
    ensure!(exit == Some(1) && said.contains("another name"), "{said}");
    let (exit, said) = code(&server.plumbline(&admin, &["tokens", "add", "c", "--role", "collector"])?);
    ensure!(exit == Some(64) && said.contains("--any-node"), "{said}");
    let (exit, said) = code(&server.plumbline(&admin, &["tokens", "remove", "night"])?);
    ensure!(exit == Some(0), "{said}");
    let (exit, said) = code(&server.plumbline(&server.with_token(), &["alerts", "list"])?);
    ensure!(exit == Some(4), "a token that was taken back lets in: {said}");
    let (exit, said) = code(&server.plumbline(&admin, &["tokens", "remove", "night"])?);
    ensure!(exit == Some(3), "{said}");
    Ok(())
}
