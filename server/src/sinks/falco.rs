//! Falco's form over HTTP: for falcosidekick and whatever it sends on to.
//!
//! One request for each change, to the address as it is. Not here: the form (`format/falco.rs`).

use super::{change::Change, failure::Failure, format::Format, http::Client};

#[derive(Debug)]
pub(super) struct Falco {
    client: Client,
}

impl Falco {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    pub(super) async fn send(&self, changes: &[Change]) -> Result<(), Failure> {
        for change in changes {
            let headers = self.client.authorization("Bearer").await?;
            let format = Format::Falco;
            self.client.post("", headers, format.content_type(), format.text(change)).await?;
        }
        Ok(())
    }
}
