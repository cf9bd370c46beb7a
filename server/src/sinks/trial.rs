//! A test alert, and how it is sent to one sink, once.
//!
//! It is an operational alert that is over as soon as it begins, so that nobody is woken: its id begins with `test-`, which no
//! other does, and its title and sentence say that it is a test.

use plumbline_proto::v1::{Alert, Operational, Verdict};
use tokio::time::timeout;

use super::{
    change::Change,
    failure::{Failure, Refused},
    target::Target,
};
use crate::{
    clock::now_unix_ns,
    config::{ConfigError, Kind, SinkSettings},
};

const ID: &str = "test-";

/// Whether it is a test.
pub(super) fn is_test(alert: &Alert) -> bool {
    alert.id.starts_with(ID)
}

/// Sends a test alert to a sink: what is known of its arrival, or why it was not taken. Fails if the settings can't be used.
pub(crate) async fn test(settings: &SinkSettings) -> Result<Result<String, String>, ConfigError> {
    let mut target =
        Target::new(settings, None).map_err(|problem| ConfigError::value("sink", &settings.name, problem))?;
    Ok(match timeout(settings.timeout, target.test(&[change(&settings.name)])).await {
        Ok(Ok(refused)) => match refused.first() {
            None => Ok(arrived(&settings.kind).to_owned()),
            Some(Refused { why, .. }) => Err(why.clone()),
        },
        Ok(Err(
            Failure::Again { why, .. }
            | Failure::Denied { why }
            | Failure::Refused { why }
            | Failure::Gone { why },
        )) => Err(why),
        Err(_) => Err(format!(
            "no answer within {:?}; check the address, or set a longer timeout",
            settings.timeout
        )),
    })
}

fn change(sink: &str) -> Change {
    let now = now_unix_ns();
    let alert = Alert {
        id: format!("{ID}{now}"),
        revision: 1,
        verdict: Verdict::Operational.into(),
        story: format!(
            "This is a test of the sink {sink} by `plumbline-server sinks test`: nothing has happened."
        ),
        first_seen_unix_ns: now,
        last_seen_unix_ns: now,
        changed_unix_ns: now,
        events: 1,
        operational: Some(Operational { since_unix_ns: now, ended_unix_ns: now, ..Default::default() }),
        ..Default::default()
    };
    Change { alert, ..Default::default() }
}

/// What it means that nothing went wrong.
fn arrived(kind: &Kind) -> &'static str {
    match kind {
        Kind::File(_) => "it is the last line of the file",
        Kind::Syslog(_) => "it was sent, and syslog acknowledges nothing; look whether it is there",
        Kind::Nats(_) => "a stream of JetStream has acknowledged it",
        Kind::Otlp(_) => "the receiver answered that all is well",
        Kind::Elasticsearch(_) => "the document is stored",
        Kind::Alertmanager(_) => "it shows it as PlumblineTest for a minute",
        Kind::Webhook(_) | Kind::Falco(_) | Kind::SplunkHec(_) | Kind::Slack(_) => {
            "the receiver answered that all is well"
        }
    }
}
