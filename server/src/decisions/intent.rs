//! The intent of an image: what it declares, what was learned of it, and the decisions that hold, behaviour by behaviour.
//!
//! Made when it is asked for, of the baseline as it is and of the record of decisions. What reads the same is one behaviour,
//! as decisions see it. A decision for a namespace or for all images is told of an image too, whether or not it ever did so.
//!
//! Not here: which of several decisions counts (the model), pages (`page.rs`).

use std::{collections::BTreeMap, sync::Arc};

use plumbline_model::{Decision, Dimension, ImageState};
use plumbline_proto::v1;
use prost::Message;

use crate::{
    baselines::{image, limit, missing},
    blocking::blocking,
    clock::now_unix_ns,
    difference::{DEFAULT, MAX},
    image_name::identity,
    page::{self, Filter},
    status::ApiError,
    upkeep, wire,
};

use super::{Decisions, making::Named};

/// Decisions told of one behaviour.
const DECISIONS: usize = 8;

impl Decisions {
    pub(super) async fn intent(&self, request: v1::GetIntentRequest) -> Result<v1::Intent, ApiError> {
        let limit = limit(request.limit, MAX, DEFAULT)?;
        let dimensions = upkeep::dimensions(&request.dimensions)?;
        let image = image(&self.shards, "image", &request.image).await?;
        let state = self.shards.state(identity(&image)).await?.ok_or_else(|| missing(&request.image))?;
        let declared = declared(&state, self.shards.declared(identity(&image)).await?);
        let holding = self.record.lock().await.holding(now_unix_ns(), &image.digest, &image.repository);
        let filter = Filter::of(&v1::GetIntentRequest {
            image: format!("{}@{}", image.repository, image.digest),
            dimensions: dimensions.iter().map(|dimension| dimension.name().to_owned()).collect(),
            only_decided: request.only_decided,
            ..Default::default()
        });
        let paged = move || {
            let mut all = behaviours(&state, &holding, &dimensions);
            all.retain(|(_, behaviour)| !request.only_decided || !behaviour.decisions.is_empty());
            let bytes = |(_, behaviour): &(Named, v1::IntendedBehaviour)| behaviour.encoded_len();
            page::page(all, &request.page_token, filter, limit, |(key, _)| key.clone(), bytes)
        };
        let (behaviours, next_page_token) = blocking(paged).await?;
        let behaviours = behaviours.into_iter().map(|(_, behaviour)| behaviour).collect();
        Ok(v1::Intent { image: Some(image), declared: Some(declared), behaviours, next_page_token })
    }
}

/// What counts of it, and all that was told.
pub(super) fn declared(state: &ImageState, facts: Option<v1::DeclaredFacts>) -> v1::DeclaredIntent {
    v1::DeclaredIntent {
        start: state.declared_start().map(str::to_owned).collect(),
        health_check: state.declared_health_check().map(str::to_owned).collect(),
        tcp_ports: state.declared_ports().iter().map(|port| u32::from(*port)).collect(),
        facts,
    }
}

/// All behaviours in their order.
fn behaviours(
    state: &ImageState,
    holding: &[Arc<Decision>],
    dimensions: &[Dimension],
) -> Vec<(Named, v1::IntendedBehaviour)> {
    let mut all: BTreeMap<Named, v1::IntendedBehaviour> = BTreeMap::new();
    for known in state.known(dimensions) {
        let behaviour = all.entry((known.dimension, known.context, known.value)).or_default();
        let learned = behaviour.learned.get_or_insert(v1::Learned {
            count: 0,
            first_seen_unix_ns: known.first_seen_unix_ns,
            last_seen_unix_ns: known.last_seen_unix_ns,
        });
        learned.count = learned.count.saturating_add(known.count);
        learned.first_seen_unix_ns = learned.first_seen_unix_ns.min(known.first_seen_unix_ns);
        learned.last_seen_unix_ns = learned.last_seen_unix_ns.max(known.last_seen_unix_ns);
    }
    for decision in holding.iter().filter(|decision| dimensions.contains(&decision.dimension)) {
        let key = (decision.dimension, decision.context.clone(), decision.value.clone());
        let behaviour = all.entry(key).or_default();
        if behaviour.decisions.len() < DECISIONS {
            behaviour.decisions.push(wire::decision(decision));
        } else {
            behaviour.decisions_omitted = behaviour.decisions_omitted.saturating_add(1);
        }
    }
    let told = |(key, mut behaviour): (Named, v1::IntendedBehaviour)| {
        key.0.name().clone_into(&mut behaviour.dimension);
        (behaviour.context, behaviour.value) = (key.1.clone(), key.2.clone());
        (key, behaviour)
    };
    all.into_iter().map(told).collect()
}
