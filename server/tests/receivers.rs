//! Sinks against programs that others wrote: rsyslog over TLS, Prometheus' Alertmanager and nats-server, as Debian has them.
//!
//! Where `deploy/setup.sh sinks` has not installed them they are listed as ignored. Each receiver is killed and started again.

#![allow(dead_code, unused_imports, reason = "the parts are shared with tests/server")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "all of it is a test")]

#[path = "server/fixture.rs"]
mod fixture;
#[path = "server/harness.rs"]
mod harness;
#[path = "receivers/nats.rs"]
mod nats;
#[path = "server/receiver.rs"]
mod receiver;
#[path = "server/secure.rs"]
mod secure;
#[path = "server/sinks.rs"]
mod sinks;

use std::{
    collections::BTreeSet,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use libtest_mimic::{Arguments, Failed, Trial};
use plumbline_proto::v1;

use harness::{Server, wait_for};
use secure::Pki;

fn main() -> std::process::ExitCode {
    let (rsyslog, alertmanager) = (found("rsyslogd"), found("prometheus-alertmanager"));
    let nats_server = found("nats-server");
    let to_nats = |name, test: fn(PathBuf) -> Test| {
        let program = nats_server.clone();
        trial(name, move || block_on(test(program.unwrap_or_default())))
            .with_ignored_flag(nats_server.is_none())
    };
    let trials = vec![
        to_nats("nats_has_each_change_once_though_both_sides_are_killed_while_they_are_sent", |program| {
            Box::pin(async move { nats::killed(&program).await })
        }),
        to_nats("what_is_missing_at_nats_is_said_with_the_way_out_and_a_renewed_token_is_taken", |program| {
            Box::pin(async move { nats::told(&program).await })
        }),
        to_nats("a_file_of_credentials_lets_the_sink_into_a_nats_server_of_an_operator", |program| {
            Box::pin(async move { nats::by_credentials(&program).await })
        }),
        trial("rsyslog_takes_cef_over_mutual_tls_and_misses_nothing_that_comes_while_it_is_away", {
            let rsyslog = rsyslog.clone();
            move || block_on(over_tls(&rsyslog.unwrap_or_default()))
        })
        .with_ignored_flag(rsyslog.is_none()),
        trial("alertmanager_shows_what_is_open_also_after_it_was_started_anew_and_not_what_is_resolved", {
            let alertmanager = alertmanager.clone();
            move || block_on(to_alertmanager(&alertmanager.unwrap_or_default()))
        })
        .with_ignored_flag(alertmanager.is_none()),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

type Test = std::pin::Pin<Box<dyn Future<Output = ()>>>;

fn trial(name: &str, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        test();
        Ok::<(), Failed>(())
    })
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(test);
}

/// Where a program is, also in the folders of the superuser.
fn found(name: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    path.split(':').map(|folder| Path::new(folder).join(name)).find(|path| path.exists())
}

/// A program; killed when dropped.
struct Program(Child);

impl Program {
    fn start(path: &Path, args: &[&str], log: &Path) -> Self {
        let log = fs::File::options().create(true).append(true).open(log).unwrap();
        let (out, err) = (Stdio::from(log.try_clone().unwrap()), Stdio::from(log));
        Self(Command::new(path).args(args).stdout(out).stderr(err).spawn().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn over_tls(rsyslog: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let (pki, port) = (Pki::new(folder.path()), free_port());
    pki.issue("collector", "sink");
    let (lines, config) = (folder.path().join("lines"), folder.path().join("rsyslog.conf"));
    let text = format!(
        "global(defaultNetstreamDriver=\"ossl\" defaultNetstreamDriverCAFile=\"{}\" \
         defaultNetstreamDriverCertFile=\"{}\" defaultNetstreamDriverKeyFile=\"{}\" maxMessageSize=\"64k\")\n\
         module(load=\"imtcp\" streamDriver.name=\"ossl\" streamDriver.mode=\"1\" \
         streamDriver.authMode=\"x509/certvalid\")\n\
         input(type=\"imtcp\" port=\"{port}\")\n\
         template(name=\"line\" type=\"string\" string=\"%app-name% %syslogfacility-text% %msgid% %msg%\\n\")\n\
         action(type=\"omfile\" file=\"{}\" template=\"line\")\n",
        pki.path("ca.pem"),
        pki.path("server.pem"),
        pki.path("server.key"),
        lines.display()
    );
    fs::write(&config, text).unwrap();
    let (pid, log) = (folder.path().join("pid"), folder.path().join("log"));
    let rsyslogd = || {
        let _ = fs::remove_file(&pid);
        let args = ["-n", "-f", config.to_str().unwrap(), "-i", pid.to_str().unwrap()];
        Program::start(rsyslog, &args, &log)
    };
    let received = || -> BTreeSet<String> {
        let text = fs::read_to_string(&lines).unwrap_or_default();
        let ids = text.lines().map(|line| {
            assert!(line.starts_with("plumbline local0 ") && line.contains("CEF:0|Plumbline|"), "{line}");
            line.split_once("externalId=").unwrap().1.split(' ').next().unwrap().to_owned()
        });
        ids.collect()
    };
    let table = format!(
        "[[sink]]\nname = \"log\"\nkind = \"syslog\"\nbegin = \"earliest\"\nretry_max = \"1s\"\nurl = \"tls://localhost:{port}\"\n\
         ca_file = \"{}\"\ncert_file = \"{}\"\nkey_file = \"{}\"\n",
        pki.path("ca.pem"),
        pki.path("collector-sink.pem"),
        pki.path("collector-sink.key")
    );
    let running = rsyslogd();
    wait_for("a test line", || sinks::test(folder.path(), &table, "log").0.then_some(()));
    wait_for("the test line itself", || {
        fs::read_to_string(&lines).is_ok_and(|text| text.contains("|Test of a sink|")).then_some(())
    });
    let unknown = table.lines().filter(|line| !line.contains("cert_file") && !line.contains("key_file"));
    let (taken, said) = sinks::test(folder.path(), &unknown.collect::<Vec<_>>().join("\n"), "log");
    assert!(!taken && said.contains("check cert_file and key_file"), "{said}");
    fs::write(&lines, "").unwrap();
    let server = sinks::start(folder.path(), &table);
    sinks::feed(&server, 1).await;
    all_there(&server, received).await;
    drop(running);
    sinks::feed(&server, 2).await;
    wait_for("word of the failure", || server.get("/readyz").contains("sink log fails").then_some(()));
    let _running = rsyslogd();
    all_there(&server, received).await;
}

async fn all_there(server: &Server, received: impl Fn() -> BTreeSet<String>) {
    let held: BTreeSet<_> = sinks::held(server).await.into_values().collect();
    wait_for("all alerts", || (received() == held).then_some(()));
}

async fn to_alertmanager(alertmanager: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let (config, log, port) = (folder.path().join("am.yml"), folder.path().join("log"), free_port());
    fs::write(&config, "route: {receiver: none}\nreceivers: [{name: none}]\n").unwrap();
    let listen = format!("--web.listen-address=127.0.0.1:{port}");
    let file = format!("--config.file={}", config.display());
    // A new folder each time: it comes back as one that knows nothing.
    let start = |name: &str| {
        let data = format!("--storage.path={}", folder.path().join(name).display());
        Program::start(alertmanager, &[&file, &data, &listen, "--cluster.listen-address="], &log)
    };
    let shown = || -> Option<BTreeSet<String>> {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
        write!(stream, "GET /api/v2/alerts HTTP/1.0\r\nHost: x\r\n\r\n").ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        let alerts: Vec<serde_json::Value> = serde_json::from_str(text.split_once("\r\n\r\n")?.1).ok()?;
        Some(alerts.iter().map(|alert| alert["labels"]["alertname"].as_str().unwrap().to_owned()).collect())
    };
    let open = |name: &str| shown().is_some_and(|names| names.contains(name)).then_some(());
    let table = format!(
        "[[sink]]\nname = \"am\"\nkind = \"alertmanager\"\nretry_max = \"1s\"\nurl = \"http://127.0.0.1:{port}\"\n"
    );
    let running = start("a");
    wait_for("a test alert", || sinks::test(folder.path(), &table, "am").0.then_some(()));
    wait_for("the test alert itself", || open("PlumblineTest"));
    let server = sinks::start(folder.path(), &table);
    sinks::feed(&server, 1).await;
    wait_for("an attack", || open("PlumblineAttack"));
    drop(running);
    sinks::feed(&server, 2).await;
    wait_for("word of the failure", || server.get("/readyz").contains("sink am fails").then_some(()));
    let _running = start("b");
    wait_for("the attack once more", || open("PlumblineAttack"));
    let mut client = server.alerts().await;
    let all = client.list(v1::ListAlertsRequest::default()).await.unwrap().into_inner().alerts;
    for alert in all {
        let request = v1::TriageRequest {
            alert_id: alert.id,
            author: "alice".into(),
            action: v1::TriageAction::Resolve.into(),
            resolution: v1::Resolution::FalsePositive.into(),
            ..Default::default()
        };
        client.triage(request).await.unwrap();
    }
    let is_test = |name: &String| name == "PlumblineTest";
    wait_for("the end of all", || shown().is_some_and(|names| names.iter().all(is_test)).then_some(()));
}
