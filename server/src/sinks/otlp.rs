//! OTLP: a log record for each change, to the logs service of an OpenTelemetry collector by gRPC.
//!
//! The body is the sentence for people; the rest are attributes, named by OpenTelemetry's conventions where they have a name and
//! `plumbline.alert.` where not; of digests, which those have no name for, ECS has one. Id, revision and cursor are among them, by which repeats can be told: OTLP has no other means.
//!
//! An answer is read as the specification says: a refused record is not sent again, an overload without word of when to come back
//! is a refusal, too. Of several it is not said which were rejected, so all of them go to the dead letter, counted as such.
//! https://opentelemetry.io/docs/specs/otlp
//!
//! Not here: traces of the server itself (`traces.rs`).

use std::{error::Error as _, path::PathBuf, time::Duration};

use axum::http::Uri;
use opentelemetry_proto::tonic::{
    collector::logs::v1::{
        ExportLogsPartialSuccess, ExportLogsServiceRequest, logs_service_client::LogsServiceClient,
    },
    common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, any_value::Value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber},
    resource::v1::Resource,
};
use tonic::{Code, Request, Status, metadata::MetadataValue};
use tonic_types::StatusExt;

use super::{
    advice::explained,
    change::{Change, name},
    failure::{Failure, Refused},
    format::{changed_unix_ns, closed, cut, verdict},
    http::parse,
    pool::{Pool, Version},
    secret::Secret,
};
use crate::{config::SinkSettings, severity::Severity, techniques};

/// Records sent at once: receivers take 4 MiB, and the texts of one are less than 16 KiB together.
pub(super) const MAX_BATCH: usize = 200;
/// Of a text.
const TEXT_BYTES: usize = 2048;
/// Names of evidence, and techniques.
const MAX_NAMES: usize = 32;
/// Of what the other side says, in a message.
const SAID_BYTES: usize = 256;

#[derive(Debug)]
pub(super) struct Otlp {
    pool: Pool<tonic::body::Body>,
    origin: Uri,
    token_file: Option<PathBuf>,
    timeout: Duration,
}

impl Otlp {
    pub(super) fn new(settings: &SinkSettings) -> Result<Self, String> {
        let connection = &settings.connection;
        Ok(Self {
            pool: Pool::new(connection, Version::Http2)?,
            origin: parse(connection.url.as_deref().unwrap_or_default())?,
            token_file: connection.token_file.clone(),
            timeout: settings.timeout,
        })
    }

    pub(super) async fn send(&self, changes: &[Change]) -> Result<Vec<Refused>, Failure> {
        let mut request = Request::new(request(changes));
        request.set_timeout(self.timeout);
        if let Some(path) = &self.token_file {
            let token = Secret::read(path).await?;
            let value = MetadataValue::try_from(format!("Bearer {}", token.expose()));
            let mut value = value.map_err(|_| Failure::again("token_file: it holds what no header may"))?;
            value.set_sensitive(true);
            request.metadata_mut().insert("authorization", value);
        }
        let connections = self.pool.current().await;
        let mut client = LogsServiceClient::with_origin(connections, self.origin.clone());
        let answer = client.export(request).await.map_err(|status| failure(&status))?;
        Ok(refused(answer.into_inner().partial_success, changes.len()))
    }
}

fn failure(status: &Status) -> Failure {
    let said = format!("{:?} {}", status.code(), cut(status.message(), SAID_BYTES));
    let why = match (status.code(), status.source()) {
        (Code::Unauthenticated | Code::PermissionDenied, _) => format!("{said}; check token_file"),
        (Code::Unimplemented, _) => format!("{said}; check url: the address for OTLP by gRPC belongs there"),
        (code, Some(cause)) => format!("{code:?} {}", explained(cause)),
        _ => said,
    };
    let after = status.get_details_retry_info().and_then(|info| info.retry_delay);
    match status.code() {
        Code::InvalidArgument => Failure::Refused { why },
        Code::Unauthenticated | Code::PermissionDenied => Failure::Denied { why },
        Code::ResourceExhausted if after.is_none() => Failure::Refused { why },
        _ => Failure::Again { why, after },
    }
}

fn refused(partial: Option<ExportLogsPartialSuccess>, sent: usize) -> Vec<Refused> {
    let Some(ExportLogsPartialSuccess { rejected_log_records: rejected @ 1.., error_message }) = partial
    else {
        return Vec::new();
    };
    let said = cut(&error_message, SAID_BYTES);
    let why = format!("{rejected} of {sent} that were sent together were rejected: {said}");
    (0..sent).map(|index| Refused { index, why: why.clone() }).collect()
}

fn request(changes: &[Change]) -> ExportLogsServiceRequest {
    let (name, version) = ("plumbline-server".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    let about = [("service.name", text(&name)), ("service.version", text(&version))];
    let resource = Resource { attributes: attributes(about), ..Default::default() };
    let scope_logs = ScopeLogs {
        scope: Some(InstrumentationScope { name, version, ..Default::default() }),
        log_records: changes.iter().map(record).collect(),
        ..Default::default()
    };
    let resource_logs =
        ResourceLogs { resource: Some(resource), scope_logs: vec![scope_logs], ..Default::default() };
    ExportLogsServiceRequest { resource_logs: vec![resource_logs] }
}

fn record(change: &Change) -> LogRecord {
    let alert = &change.alert;
    let (severity, time) = (Severity::of(alert), changed_unix_ns(alert));
    let number = match severity {
        Severity::Informational => SeverityNumber::Info,
        Severity::Low => SeverityNumber::Warn,
        Severity::Medium => SeverityNumber::Warn3,
        Severity::High => SeverityNumber::Error,
        Severity::Critical => SeverityNumber::Fatal,
    };
    let probable = alert.probabilities.unwrap_or_default();
    let finding = alert.findings.last();
    let (own, file) = (finding.and_then(|finding| change.executable(finding)), change.file());
    let ran = finding.and_then(|finding| change.process(finding));
    let path = own.map(|own| own.path.as_str()).or(ran.map(|ran| ran.executable.as_str()));
    let parent = ran.map(|ran| ran.parent_pid).filter(|pid| *pid > 0);
    let peer = finding.and_then(|finding| change.destination(finding));
    let tag = (!alert.image_tag.is_empty()).then_some(alert.image_tag.as_str());
    let node = if alert.namespace.is_empty() { "" } else { alert.node.as_str() };
    let uid = finding.filter(|finding| finding.uid != u32::MAX).map(|finding| finding.uid);
    let told = [
        ("plumbline.alert.id", text(&alert.id)),
        ("plumbline.alert.revision", Some(Value::IntValue(alert.revision.into()))),
        ("plumbline.alert.cursor", Some(Value::IntValue(change.cursor.cast_signed()))),
        ("plumbline.alert.verdict", text(verdict(alert))),
        ("plumbline.alert.closed", Some(Value::BoolValue(closed(alert)))),
        ("plumbline.alert.probability.drift", Some(Value::DoubleValue(probable.drift))),
        ("plumbline.alert.probability.attack", Some(Value::DoubleValue(probable.attack))),
        ("plumbline.alert.events", Some(Value::IntValue(alert.events.cast_signed()))),
        ("plumbline.alert.evidence", texts(alert.evidence.iter().map(|item| item.name.as_str()))),
        ("plumbline.alert.techniques", texts(techniques::of(alert))),
        ("container.id", text(&alert.container_id)),
        ("container.name", text(&alert.container_name)),
        ("container.image.id", text(&alert.image_digest)),
        ("container.image.name", text(&alert.image_repository)),
        ("container.image.tags", texts(tag)),
        ("k8s.namespace.name", text(&alert.namespace)),
        ("k8s.node.name", text(node)),
        ("host.name", text(&alert.node)),
        ("process.command_line", finding.and_then(|finding| text(&finding.command_line))),
        ("process.executable.path", path.and_then(text)),
        ("process.executable.name", path.and_then(|path| text(name(path)))),
        ("process.parent_pid", parent.map(|pid| Value::IntValue(pid.into()))),
        ("network.peer.address", peer.and_then(|peer| text(&peer.address.to_string()))),
        ("network.peer.port", peer.map(|peer| Value::IntValue(peer.port.into()))),
        ("network.transport", peer.and_then(|peer| text(peer.transport))),
        ("server.address", peer.and_then(|peer| text(&peer.name))),
        ("process.hash.sha256", own.and_then(|own| text(&own.sha256))),
        ("file.path", file.and_then(|file| text(&file.path))),
        ("file.size", file.map(|file| Value::IntValue(file.bytes.cast_signed()))),
        ("file.hash.sha256", file.and_then(|file| text(&file.sha256))),
        ("plumbline.alert.sha256", texts(change.seen.files.iter().map(|file| file.sha256.as_str()))),
        ("process.pid", finding.map(|finding| Value::IntValue(finding.pid.into()))),
        ("process.real_user.id", uid.map(|uid| Value::IntValue(uid.into()))),
    ];
    LogRecord {
        time_unix_nano: time,
        observed_time_unix_nano: time,
        severity_number: number.into(),
        severity_text: severity.name().to_owned(),
        body: Some(AnyValue { value: text(&alert.story) }),
        attributes: attributes(told),
        event_name: "plumbline.alert".to_owned(),
        ..Default::default()
    }
}

/// Those that have a value.
fn attributes<const N: usize>(told: [(&str, Option<Value>); N]) -> Vec<KeyValue> {
    let told = told.into_iter().filter(|(_, value)| value.is_some());
    told.map(|(key, value)| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value }),
        ..Default::default()
    })
    .collect()
}

fn text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| Value::StringValue(cut(text, TEXT_BYTES).to_owned()))
}

fn texts<'a>(all: impl IntoIterator<Item = &'a str>) -> Option<Value> {
    let values = all.into_iter().take(MAX_NAMES).map(|one| AnyValue { value: text(one) });
    let values: Vec<_> = values.collect();
    (!values.is_empty()).then_some(Value::ArrayValue(ArrayValue { values }))
}

#[cfg(test)]
mod tests {
    use tonic_types::ErrorDetails;

    use super::*;
    use crate::sinks::change::{RunFile, Seen};

    #[test]
    fn an_answer_is_read_as_the_specification_of_otlp_says() {
        let told = |code, delay: Option<u64>| {
            let details = ErrorDetails::with_retry_info(delay.map(Duration::from_secs));
            failure(&match delay {
                Some(_) => Status::with_error_details(code, "no", details),
                None => Status::new(code, "no"),
            })
        };
        let after = |failure| match failure {
            Failure::Again { after, .. } => after,
            other => panic!("{other:?}"),
        };
        assert_eq!(after(told(Code::ResourceExhausted, Some(7))), Some(Duration::from_secs(7)));
        assert_eq!(after(told(Code::Unavailable, Some(7))), Some(Duration::from_secs(7)));
        for code in [Code::Unavailable, Code::DeadlineExceeded, Code::Unimplemented] {
            assert_eq!(after(told(code, None)), None);
        }
        for code in [Code::Unauthenticated, Code::PermissionDenied] {
            assert!(matches!(told(code, None), Failure::Denied { .. }), "{code:?}");
        }
        for code in [Code::InvalidArgument, Code::ResourceExhausted] {
            assert!(matches!(told(code, None), Failure::Refused { .. }), "{code:?}");
        }
        let partial = |rejected_log_records| {
            let said = ExportLogsPartialSuccess { rejected_log_records, error_message: "no".to_owned() };
            refused(Some(said), 3).len()
        };
        assert_eq!((partial(0), partial(1), partial(3), refused(None, 3).len()), (0, 3, 3, 0));
    }

    #[test]
    fn a_record_of_the_longest_texts_is_a_part_of_what_a_receiver_takes() {
        use plumbline_proto::v1::{Alert, Evidence, Finding};
        use prost::Message;
        let long = "x".repeat(1 << 16);
        let alert = Alert {
            story: long.clone(),
            container_name: long.clone(),
            node: long.clone(),
            namespace: "n".to_owned(),
            evidence: vec![
                Evidence {
                    name: "x".repeat(64),
                    technique: "T1059.004".into(),
                    ..Default::default()
                };
                500
            ],
            findings: vec![Finding { command_line: long.clone(), ..Default::default() }],
            ..Default::default()
        };
        let file = RunFile { path: long, sha256: "ab".repeat(32), ..Default::default() };
        let seen = Seen { files: vec![file; 16], ..Default::default() };
        let bytes = request(&vec![Change { cursor: 1, alert, seen }; MAX_BATCH]).encoded_len();
        assert!(bytes < 4 << 20, "{bytes}");
    }
}
