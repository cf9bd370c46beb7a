//! Elasticsearch and OpenSearch: a batch of ECS documents by the bulk API, into a data stream.
//!
//! Documents are created under the alert's id with its revision, so one that comes again is answered by 409, which is success:
//! nothing is there twice. The answer has a status for each document; those that may be taken another time fail the batch.

use serde::Deserialize;
use serde_json::json;

use super::{
    change::Change,
    failure::{Failure, Refused},
    format::{Format, cut},
    http::Client,
};
use crate::config::ElasticSettings;

/// Of a reason.
const WHY_BYTES: usize = 512;

#[derive(Debug)]
pub(super) struct Elastic {
    client: Client,
    path: String,
}

#[derive(Deserialize)]
struct Answer {
    errors: bool,
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    create: Created,
}

#[derive(Deserialize)]
struct Created {
    status: u16,
    #[serde(default)]
    error: serde_json::Value,
}

impl Elastic {
    pub(super) fn new(client: Client, settings: &ElasticSettings) -> Self {
        Self { client, path: format!("/{}/_bulk", settings.data_stream) }
    }

    pub(super) async fn send(&self, changes: &[Change]) -> Result<Vec<Refused>, Failure> {
        let headers = self.client.authorization("ApiKey").await?;
        let lines = changes.iter().map(|change| {
            let alert = &change.alert;
            let create = json!({"create": {"_id": format!("{}-{}", alert.id, alert.revision)}});
            format!("{create}\n{}\n", Format::Ecs.text(change))
        });
        let answer = self.client.post(&self.path, headers, "application/x-ndjson", lines.collect()).await?;
        let answer: Answer = serde_json::from_slice(&answer)
            .map_err(|error| Failure::again(format!("no answer of a bulk request: {error}")))?;
        judge(&answer, changes.len())
    }
}

fn judge(answer: &Answer, sent: usize) -> Result<Vec<Refused>, Failure> {
    if answer.items.len() != sent {
        return Err(Failure::again(format!(
            "{} documents were answered, {sent} were sent",
            answer.items.len()
        )));
    }
    let mut refused = Vec::new();
    if !answer.errors {
        return Ok(refused);
    }
    for (index, Item { create: Created { status, error } }) in answer.items.iter().enumerate() {
        let why = || format!("{status} {}", cut(&error.to_string(), WHY_BYTES));
        match status {
            200..=299 | 409 => {}
            400 | 413 | 422 => refused.push(Refused { index, why: why() }),
            _ => return Err(Failure::again(why())),
        }
    }
    Ok(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_already_is_taken_what_does_not_fit_is_refused_and_all_else_is_sent_again() {
        let judged = |statuses: &[u16], sent| {
            let items =
                statuses.iter().map(|&status| Item { create: Created { status, error: json!("why") } });
            judge(&Answer { errors: true, items: items.collect() }, sent)
        };
        let refused = judged(&[201, 409, 400], 3).unwrap();
        assert_eq!(
            refused.iter().map(|one| (one.index, one.why.as_str())).collect::<Vec<_>>(),
            [(2, "400 \"why\"")]
        );
        assert!(judged(&[201, 429, 400], 3).is_err());
        assert!(judged(&[201], 2).is_err());
    }
}
