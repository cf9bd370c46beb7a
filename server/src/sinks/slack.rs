//! Slack's incoming webhooks, and what is compatible with them: one message for each change.
//!
//! Texts of containers are escaped as Slack wants it, so that none mentions a channel or makes a link. Slack takes one message a
//! second and says when to come again, which is waited for; filter by severity so that few are sent.

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::{
    change::Change,
    failure::Failure,
    format::{cut, title},
    http::Client,
};
use crate::{
    escape::{escape, escape_json},
    severity::Severity,
    techniques,
};

/// Slack takes 3000 letters in a section and 150 in a header.
const TEXT_BYTES: usize = 2800;
const TITLE_BYTES: usize = 140;

#[derive(Debug)]
pub(super) struct Slack {
    client: Client,
}

impl Slack {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    pub(super) async fn send(&self, changes: &[Change]) -> Result<(), Failure> {
        for change in changes {
            let body = escape_json(&message(change).to_string());
            self.client.post("", HeaderMap::new(), "application/json", body).await?;
        }
        Ok(())
    }
}

fn message(change: &Change) -> Value {
    let alert = &change.alert;
    let plain = |text: &str| json!({"type": "plain_text", "text": text, "emoji": false});
    let title = escape(cut(&title(alert), TITLE_BYTES));
    let mut about = vec![format!("severity {}", Severity::of(alert).name())];
    for (name, value) in
        [("node", &alert.node), ("namespace", &alert.namespace), ("container", &alert.container_name)]
    {
        if !value.is_empty() {
            about.push(format!("{name} {value}"));
        }
    }
    about.extend(techniques::of(alert).into_iter().map(str::to_owned));
    about.push(format!("alert {} revision {}", alert.id, alert.revision));
    json!({
        "text": mrkdwn(&title),
        "blocks": [
            {"type": "header", "text": plain(&title)},
            {"type": "section", "text": plain(&escape(cut(&alert.story, TEXT_BYTES)))},
            {"type": "context", "elements": [plain(&escape(cut(&about.join(", "), TEXT_BYTES)))]},
        ],
    })
}

/// The text that notifications show; the only one in which Slack looks for mentions and links.
fn mrkdwn(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::Alert;

    use super::*;

    #[test]
    fn nobody_is_mentioned_by_a_name_of_an_image() {
        let alert =
            Alert { image_repository: "<!channel>".into(), story: "<!here>".into(), ..Default::default() };
        let told = message(&Change { cursor: 1, alert, ..Default::default() });
        assert!(told["text"].as_str().unwrap().contains("&lt;!channel&gt;"));
        assert!(told["blocks"].as_array().unwrap().iter().all(|block| !block.to_string().contains("mrkdwn")));
    }
}
