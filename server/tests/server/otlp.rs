//! The sink for OTLP against the logs service of OpenTelemetry's own crate: what is told, what answers do, and renewed certificates.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::{
    collector::logs::v1::{
        ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
        logs_service_server::{LogsService, LogsServiceServer},
    },
    common::v1::any_value::Value,
    logs::v1::LogRecord,
};
use tokio::{net::TcpListener, runtime::Runtime};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{
    Code, Request, Response, Status,
    transport::{Identity, Server as Tonic, ServerTlsConfig},
};
use tonic_types::{ErrorDetails, StatusExt};

use crate::{
    harness::{LIMIT, Server, wait_for},
    secure::Pki,
    sinks::{feed, held, start},
};

type Answer = Result<Option<ExportLogsPartialSuccess>, Status>;

/// Takes records that are whole, after the answers that it was given.
#[derive(Clone, Default)]
struct Logs {
    taken: Arc<Mutex<Vec<(Instant, LogRecord)>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
}

#[tonic::async_trait]
impl LogsService for Logs {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        if request.metadata().get("authorization").is_none_or(|token| token != "Bearer hush") {
            return Err(Status::unauthenticated("who is it?"));
        }
        let request = request.into_inner();
        for told in &request.resource_logs {
            let resource =
                told.resource.as_ref().map(|resource| of(&resource.attributes)).unwrap_or_default();
            let named = resource.get("service.name") == Some(&Value::StringValue("plumbline-server".into()));
            let records = told.scope_logs.iter().flat_map(|scope| &scope.log_records);
            if let Some(broken) = records.clone().find(|record| !is_whole(record)) {
                return Err(Status::invalid_argument(format!("{broken:?}")));
            }
            if !named || records.count() == 0 {
                return Err(Status::invalid_argument(format!("{told:?}")));
            }
        }
        let partial = self.answers.lock().unwrap().pop_front().unwrap_or(Ok(None))?;
        let scopes = request.resource_logs.into_iter().flat_map(|told| told.scope_logs);
        let records = scopes.flat_map(|scope| scope.log_records).map(|record| (Instant::now(), record));
        if partial.is_none() {
            self.taken.lock().unwrap().extend(records);
        }
        Ok(Response::new(ExportLogsServiceResponse { partial_success: partial }))
    }
}

/// What the specification and the conventions ask of a record.
fn is_whole(record: &LogRecord) -> bool {
    let known = of(&record.attributes);
    let text = |key: &str| matches!(known.get(key), Some(Value::StringValue(text)) if !text.is_empty());
    let number = |key: &str| matches!(known.get(key), None | Some(Value::IntValue(0..)));
    let operational = known.get("plumbline.alert.verdict") == Some(&Value::StringValue("operational".into()));
    let body = record.body.as_ref().and_then(|body| body.value.as_ref());
    known.len() == record.attributes.len() // keys are unique
        && known.keys().all(|key| key.bytes().all(|byte| byte.is_ascii_lowercase() || b"._0123456789".contains(&byte)))
        && matches!(body, Some(Value::StringValue(text)) if !text.is_empty())
        && (1..=24).contains(&record.severity_number)
        && !record.severity_text.is_empty()
        && record.time_unix_nano > 0
        && record.observed_time_unix_nano > 0
        && record.event_name == "plumbline.alert"
        && ["plumbline.alert.id", "plumbline.alert.verdict"].into_iter().all(text)
        && (operational || ["container.id", "container.image.name"].into_iter().all(text))
        && number("process.pid")
        && number("process.real_user.id")
}

fn of(attributes: &[opentelemetry_proto::tonic::common::v1::KeyValue]) -> BTreeMap<String, Value> {
    let known = attributes.iter().filter_map(|told| {
        Some((told.key.clone(), told.value.as_ref().and_then(|value| value.value.clone())?))
    });
    known.collect()
}

/// Id and revision by cursor.
fn named(logs: &Logs) -> BTreeMap<u64, String> {
    let taken = logs.taken.lock().unwrap();
    let named = taken.iter().map(|(_, record)| {
        let known = of(&record.attributes);
        let (Some(Value::StringValue(id)), Some(Value::IntValue(revision)), Some(Value::IntValue(cursor))) = (
            known.get("plumbline.alert.id"),
            known.get("plumbline.alert.revision"),
            known.get("plumbline.alert.cursor"),
        ) else {
            panic!("{known:?}")
        };
        (u64::try_from(*cursor).unwrap(), format!("{id}-{revision}"))
    });
    named.collect()
}

/// A receiver in a runtime of its own, so that with it all its connections are gone.
struct Receiver {
    runtime: Option<Runtime>,
    port: u16,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Elsewhere, since it waits until all of it is gone.
            std::thread::spawn(move || runtime.shutdown_timeout(LIMIT)).join().unwrap();
        }
    }
}

impl Receiver {
    /// At a port, or at any for 0.
    fn start(logs: &Logs, port: u16, pki: Option<&Pki>) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let logs = logs.clone();
        let tls = pki.map(|pki| {
            let read = |name: &str| fs::read(pki.path(name)).unwrap();
            ServerTlsConfig::new().identity(Identity::from_pem(read("server.pem"), read("server.key")))
        });
        let (told, bound) = std::sync::mpsc::sync_channel(1);
        runtime.spawn(async move {
            let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
            told.send(listener.local_addr().unwrap().port()).unwrap();
            let mut server = Tonic::builder();
            if let Some(tls) = tls {
                server = server.tls_config(tls).unwrap();
            }
            let serving = server.add_service(LogsServiceServer::new(logs));
            serving.serve_with_incoming(TcpListenerStream::new(listener)).await.unwrap();
        });
        let port = bound.recv().unwrap();
        Self { runtime: Some(runtime), port }
    }
}

fn table(folder: &Path, scheme: &str, port: u16, more: &str) -> String {
    let token = folder.join("token");
    fs::write(&token, "hush\n").unwrap();
    format!(
        "[[sink]]\nname = \"otlp\"\nkind = \"otlp\"\nbegin = \"earliest\"\nbatch = 3\nretry_max = \"2s\"\n\
         url = \"{scheme}://localhost:{port}\"\ntoken_file = \"{}\"\n{more}\n",
        token.display()
    )
}

async fn all_there(server: &Server, logs: &Logs) {
    let held = held(server).await;
    wait_for("all records", || (named(logs).len() >= held.len()).then_some(()));
    assert_eq!(named(logs), held);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_is_a_record_and_a_receiver_that_asks_for_patience_or_is_killed_gets_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let logs = Logs::default();
    let patience = ErrorDetails::with_retry_info(Some(Duration::from_millis(1500)));
    logs.answers.lock().unwrap().extend([
        Err(Status::unavailable("away")),
        Err(Status::with_error_details(Code::ResourceExhausted, "slow down", patience)),
    ]);
    let receiver = Receiver::start(&logs, 0, None);
    let port = receiver.port;
    let begun = Instant::now();
    let server = start(folder.path(), &table(folder.path(), "http", port, ""));
    feed(&server, 1).await;
    all_there(&server, &logs).await;
    let first = logs.taken.lock().unwrap()[0].0;
    assert!(first.duration_since(begun) >= Duration::from_millis(1500), "it was asked for patience");
    let mut running = receiver;
    for round in 2..=4 {
        feed(&server, round).await;
        drop(running); // in the middle of what is sent
        running = Receiver::start(&logs, port, None);
    }
    drop(running);
    feed(&server, 5).await;
    wait_for("word of the failure", || server.get("/readyz").contains("sink otlp fails").then_some(()));
    let _receiver = Receiver::start(&logs, port, None);
    all_there(&server, &logs).await;
    assert!(!server.get("/readyz").contains("hush"));
    assert_eq!(server.metric("plumbline_server_sink_alerts_dead_total{sink=\"otlp\"}"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rejected_in_part_or_refused_is_in_the_dead_letter_and_never_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let logs = Logs::default();
    let partial = ExportLogsPartialSuccess { rejected_log_records: 1, error_message: "too\nold".to_owned() };
    logs.answers.lock().unwrap().push_back(Ok(Some(partial)));
    let receiver = Receiver::start(&logs, 0, None);
    let server = start(folder.path(), &table(folder.path(), "http", receiver.port, ""));
    feed(&server, 1).await;
    let held = held(&server).await;
    let text =
        wait_for("the dead letter", || fs::read_to_string(folder.path().join("data/sinks/otlp.dead")).ok());
    let lines = || -> BTreeSet<u64> {
        let text = fs::read_to_string(folder.path().join("data/sinks/otlp.dead")).unwrap();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        lines.map(|line| line["cursor"].as_u64().unwrap()).collect()
    };
    assert!(text.contains("were rejected: too\\nold"), "{text}");
    wait_for("all others", || (named(&logs).len() + lines().len() == held.len()).then_some(()));
    let taken: BTreeSet<u64> = named(&logs).into_keys().collect();
    assert!(taken.is_disjoint(&lines()) && (1..=3).contains(&lines().len()));
    let counted =
        |name: &str| server.metric(&format!("plumbline_server_sink_alerts_{name}_total{{sink=\"otlp\"}}"));
    let expected = (lines().len() as u64, taken.len() as u64);
    wait_for("both counts", || ((counted("dead"), counted("sent")) == expected).then_some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ca_and_a_token_that_were_renewed_are_taken_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    fs::create_dir(&old).unwrap();
    fs::create_dir(&new).unwrap();
    let (old, new) = (Pki::new(&old), Pki::new(&new));
    let (logs, ca) = (Logs::default(), folder.path().join("ca.pem"));
    fs::copy(old.path("ca.pem"), &ca).unwrap();
    let receiver = Receiver::start(&logs, 0, Some(&old));
    let port = receiver.port;
    let table = table(folder.path(), "https", port, &format!("ca_file = \"{}\"", ca.display()));
    let server = start(folder.path(), &table);
    feed(&server, 1).await;
    all_there(&server, &logs).await;
    drop(receiver);
    let _receiver = Receiver::start(&logs, port, Some(&new));
    fs::write(folder.path().join("token"), "outdated\n").unwrap();
    feed(&server, 2).await;
    wait_for("word of the CA", || server.get("/readyz").contains("check ca_file").then_some(()));
    fs::write(&ca, "half of").unwrap(); // is no good, and the old one stays
    fs::copy(new.path("ca.pem"), &ca).unwrap();
    wait_for("word of the token", || server.get("/readyz").contains("who is it?").then_some(()));
    fs::write(folder.path().join("token"), "hush\n").unwrap();
    all_there(&server, &logs).await;
}
