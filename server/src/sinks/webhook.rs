//! A webhook signed as Standard Webhooks 1.0 says: https://www.standardwebhooks.com
//!
//! One request for each change; `webhook-id` is the alert's id with its revision, the same each time it is sent, so that the
//! receiver can tell repeats. Of several secrets, separated by spaces, each signs: so one is exchanged for another.

use std::path::PathBuf;

use axum::http::{HeaderMap, HeaderValue};
use base64::{Engine, prelude::BASE64_STANDARD};
use ring::hmac;

use super::{change::Change, failure::Failure, format::Format, http::Client, secret::Secret};
use crate::{clock::now_unix_s, config::WebhookSettings};

/// Shortest secret that the specification allows, in bytes.
const MIN_SECRET_BYTES: usize = 24;

#[derive(Debug)]
pub(super) struct Webhook {
    client: Client,
    secret_file: PathBuf,
    format: Format,
}

impl Webhook {
    pub(super) fn new(client: Client, settings: &WebhookSettings) -> Self {
        Self { client, secret_file: settings.secret_file.clone(), format: settings.format }
    }

    pub(super) async fn send(&self, changes: &[Change]) -> Result<(), Failure> {
        for change in changes {
            let secret = Secret::read(&self.secret_file).await?;
            let (id, time, body) = (id(change), now_unix_s(), self.format.text(change));
            let signature = signature(&secret, &format!("{id}.{time}.{body}")).ok_or_else(|| {
                Failure::again("secret_file: whsec_ and 24 bytes or more in base64 belong here")
            })?;
            let mut headers: HeaderMap = self.client.authorization("Bearer").await?;
            for (name, value) in [
                ("webhook-id", id),
                ("webhook-timestamp", time.to_string()),
                ("webhook-signature", signature),
            ] {
                let value = HeaderValue::from_str(&value).map_err(Failure::again)?;
                headers.insert(name, value);
            }
            self.client.post("", headers, self.format.content_type(), body).await?;
        }
        Ok(())
    }
}

/// What tells this change from all others, and is the same each time it is sent.
fn id(change: &Change) -> String {
    let alert = &change.alert;
    format!("{}-{}", alert.id, alert.revision)
}

/// One signature for each secret; `None` if one of them is none.
fn signature(secrets: &Secret, signed: &str) -> Option<String> {
    let signatures = secrets.expose().split_whitespace().map(|secret| {
        let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
        let key = (key.len() >= MIN_SECRET_BYTES).then(|| hmac::Key::new(hmac::HMAC_SHA256, &key))?;
        Some(format!("v1,{}", BASE64_STANDARD.encode(hmac::sign(&key, signed.as_bytes()))))
    });
    signatures.collect::<Option<Vec<_>>>().map(|all| all.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_signature_is_the_one_of_the_specification_and_a_secret_that_is_none_signs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let read = async |text: &str| {
            std::fs::write(&path, text).unwrap();
            signature(
                &Secret::read(&path).await.unwrap(),
                "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}",
            )
        };
        let known = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        assert_eq!(read(secret).await.as_deref(), Some(known));
        assert_eq!(read(&format!("{secret} {secret}\n")).await, Some(format!("{known} {known}")));
        for wrong in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ", "whsec_%%%"] {
            assert_eq!(read(wrong).await, None);
        }
    }
}
