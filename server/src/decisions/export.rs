//! The whole intent of an image, in parts that any client takes.
//!
//! It is of one moment: no decision is made between looking at the decisions and at the baseline. Parts are made as they are
//! read, so that who does not read holds what was known and no more.
//!
//! Not here: the intent page by page (`intent.rs`), taking one in (`apply.rs`).

use std::{sync::Arc, vec::IntoIter};

use plumbline_model::{Decision, LearnedBehaviour};
use plumbline_proto::v1;
use prost::Message;
use sha2::{Digest, Sha256};
use tonic::Status;

use crate::{
    baselines::{image, missing},
    clock::now_unix_ns,
    image_name::identity,
    status::ApiError,
    wire,
};

use super::{Decisions, intent::declared, learned::told};

/// Bytes after which a part ends; clients take 4 MiB by default.
const PART_BYTES: usize = 1 << 20;

/// What is still to be told.
#[derive(Debug)]
pub(crate) struct Parts {
    head: Option<Box<v1::IntentDocument>>,
    learned: IntoIter<LearnedBehaviour>,
    decisions: IntoIter<Arc<Decision>>,
}

impl Decisions {
    pub(super) async fn parts(&self, request: v1::ExportIntentRequest) -> Result<Parts, ApiError> {
        let asked = request.image;
        let image = image(&self.shards, "image", &asked).await?;
        let record = self.record.lock().await;
        let as_of_unix_ns = now_unix_ns();
        let holding = record.holding(as_of_unix_ns, &image.digest, &image.repository);
        let state = self.shards.state(identity(&image)).await?.ok_or_else(|| missing(&asked))?;
        drop(record);
        let declared = declared(&state, self.shards.declared(identity(&image)).await?);
        let head = v1::IntentDocument {
            etag: etag(&image, &holding),
            declared: Some(declared),
            image: Some(image),
            as_of_unix_ns,
            ..Default::default()
        };
        Ok(Parts {
            head: Some(head.into()),
            learned: state.learning().behaviours.into_iter(),
            decisions: holding.into_iter(),
        })
    }
}

/// Stands for what people did to the intent of an image: what they did to its baseline, and which decisions hold.
pub(super) fn etag(image: &v1::ImageStatus, holding: &[Arc<Decision>]) -> String {
    let mut hash = Sha256::new_with_prefix(image.revision.to_be_bytes());
    holding.iter().for_each(|decision| hash.update(decision.id.as_bytes()));
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl Iterator for Parts {
    type Item = Result<v1::IntentDocument, Status>;

    fn next(&mut self) -> Option<Self::Item> {
        let is_first = self.head.is_some();
        let mut part = self.head.take().map_or_else(v1::IntentDocument::default, |head| *head);
        let mut bytes = part.encoded_len();
        while bytes < PART_BYTES {
            if let Some(behaviour) = self.learned.next() {
                let behaviour = told(behaviour);
                bytes += behaviour.encoded_len();
                part.learned.push(behaviour);
            } else if let Some(decision) = self.decisions.next() {
                let decision = wire::decision(&decision);
                bytes += decision.encoded_len();
                part.decisions.push(decision);
            } else {
                break;
            }
        }
        (is_first || bytes > 0).then_some(Ok(part))
    }
}
