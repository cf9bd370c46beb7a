//! BaselineService: what images are known for, and what people do to that.
//!
//! Baselines are told by the shards that own them, as they are now; nothing is kept here. A change is made by its shard too,
//! and goes on when the caller has gone.
//!
//! Not here: what a change must be and what is on record of it (`upkeep.rs`), which image is meant (`image_name.rs`), pages
//! (`page.rs`).

use std::sync::Arc;

use plumbline_model::KnownBehaviour;
use plumbline_proto::v1::{
    self, BaselineState, ChangeBaselineRequest, ImageStatus, UpkeepKind,
    baseline_service_server::BaselineService,
};
use prost::Message;
use tonic::{Request, Response, Status};

use crate::{
    audit,
    blocking::blocking,
    clock::now_unix_ns,
    difference::{DEFAULT, MAX, difference, name},
    image_name::{NameError, identity, resolve},
    metrics::Metrics,
    page::{self, Filter},
    security::Caller,
    shards::Shards,
    status::{ApiError, status},
    upkeep::{self, Change, UpkeepError},
    wire,
};

/// Images listed at most, and if no number is given.
const MAX_LIST: u32 = 1000;
const DEFAULT_LIST: u32 = 100;
/// Longest name of an image that is looked for, in bytes.
const NAME_BYTES: usize = 1024;

/// The service.
#[derive(Debug)]
pub(crate) struct Baselines {
    pub(crate) shards: Shards,
    pub(crate) metrics: Arc<Metrics>,
}

impl Baselines {
    async fn page(&self, request: v1::ListBaselinesRequest) -> Result<v1::ListBaselinesResponse, ApiError> {
        let limit = limit(request.limit, MAX_LIST, DEFAULT_LIST)?;
        is_short("image", &request.image)?;
        let unknown = |state: &&i32| BaselineState::try_from(**state).is_err() || **state == 0;
        if let Some(state) = request.states.iter().find(unknown) {
            let problem = format!("{state}; not a state this server knows");
            return Err(ApiError::Field { field: "states", problem });
        }
        let filter =
            Filter::of(&v1::ListBaselinesRequest { limit: 0, page_token: String::new(), ..request.clone() });
        let mut images = self.shards.images(&request.image).await?;
        images.retain(|image| request.states.is_empty() || request.states.contains(&image.state));
        let key =
            |image: &ImageStatus| (image.repository.clone(), image.first_seen_unix_ns, image.digest.clone());
        let (images, next_page_token) =
            page::page(images, &request.page_token, filter, limit, key, ImageStatus::encoded_len)?;
        Ok(v1::ListBaselinesResponse { images, next_page_token })
    }

    async fn baseline(&self, request: v1::GetBaselineRequest) -> Result<v1::Baseline, ApiError> {
        let limit = limit(request.limit, MAX, DEFAULT)?;
        let dimensions = upkeep::dimensions(&request.dimensions)?;
        let image = image(&self.shards, "image", &request.image).await?;
        let state = self.shards.state(identity(&image)).await?.ok_or_else(|| missing(&request.image))?;
        let named = v1::GetBaselineRequest {
            image: format!("{}@{}", image.repository, image.digest),
            dimensions: dimensions.iter().map(|dimension| dimension.name().to_owned()).collect(),
            ..Default::default()
        };
        let filter = Filter::of(&named);
        let paged = move || {
            let key = |known: &KnownBehaviour| (known.dimension, known.context.clone(), known.value.clone());
            let bytes = |known: &KnownBehaviour| 64 + known.context.len() + known.value.len();
            page::page(state.known(&dimensions), &request.page_token, filter, limit, key, bytes)
        };
        let (behaviours, next_page_token): (Vec<KnownBehaviour>, String) = blocking(paged).await?;
        let behaviours = behaviours.into_iter().map(wire::known).collect();
        Ok(v1::Baseline { image: Some(image), behaviours, next_page_token })
    }

    async fn difference(&self, request: v1::DiffBaselinesRequest) -> Result<v1::ImageDiff, ApiError> {
        let limit = limit(request.limit, MAX, DEFAULT)?;
        let (a, b) =
            (image(&self.shards, "a", &request.a).await?, image(&self.shards, "b", &request.b).await?);
        let state_a = self.shards.state(identity(&a)).await?.ok_or_else(|| missing(&request.a))?;
        let state_b = self.shards.state(identity(&b)).await?.ok_or_else(|| missing(&request.b))?;
        let compare = move || difference((&state_a, name(a)), (&state_b, name(b)), limit);
        Ok(blocking(compare).await)
    }

    /// Makes a change; the image as it is then.
    async fn change(
        &self,
        kind: UpkeepKind,
        method: &str,
        request: Request<ChangeBaselineRequest>,
    ) -> Result<Response<ImageStatus>, Status> {
        let caller = Caller::of(&request).map_err(status)?;
        self.changed(kind, method, &caller, request.into_inner()).await.map(Response::new).map_err(status)
    }

    async fn changed(
        &self,
        kind: UpkeepKind,
        method: &str,
        caller: &Caller,
        mut request: ChangeBaselineRequest,
    ) -> Result<ImageStatus, ApiError> {
        request.author = caller.author(request.author).inspect_err(|error| self.metrics.refused(error))?;
        let dimensions = upkeep::check(kind, &request)?;
        let asked = request.image.clone();
        let image = image(&self.shards, "image", &asked).await?;
        let audit = audit::entry(caller, method, image.digest.clone(), String::new());
        let change = Change { kind, dimensions, request, audit, unix_ns: now_unix_ns() };
        match self.shards.change(identity(&image), change).await {
            Err(ApiError::Upkeep(UpkeepError::Gone)) => return Err(missing(&asked)),
            done => done?,
        }
        let now = self.shards.images(&image.digest).await?;
        now.into_iter().find(|now| now.repository == image.repository).ok_or_else(|| missing(&asked))
    }
}

#[tonic::async_trait]
impl BaselineService for Baselines {
    async fn list(
        &self,
        request: Request<v1::ListBaselinesRequest>,
    ) -> Result<Response<v1::ListBaselinesResponse>, Status> {
        self.page(request.into_inner()).await.map(Response::new).map_err(status)
    }

    async fn get(&self, request: Request<v1::GetBaselineRequest>) -> Result<Response<v1::Baseline>, Status> {
        self.baseline(request.into_inner()).await.map(Response::new).map_err(status)
    }

    async fn diff(
        &self,
        request: Request<v1::DiffBaselinesRequest>,
    ) -> Result<Response<v1::ImageDiff>, Status> {
        self.difference(request.into_inner()).await.map(Response::new).map_err(status)
    }

    async fn lock(&self, request: Request<ChangeBaselineRequest>) -> Result<Response<ImageStatus>, Status> {
        self.change(UpkeepKind::Locked, "BaselineService/Lock", request).await
    }

    async fn unlock(&self, request: Request<ChangeBaselineRequest>) -> Result<Response<ImageStatus>, Status> {
        self.change(UpkeepKind::Unlocked, "BaselineService/Unlock", request).await
    }

    async fn reset(&self, request: Request<ChangeBaselineRequest>) -> Result<Response<ImageStatus>, Status> {
        self.change(UpkeepKind::Reset, "BaselineService/Reset", request).await
    }

    async fn archive(
        &self,
        request: Request<ChangeBaselineRequest>,
    ) -> Result<Response<ImageStatus>, Status> {
        self.change(UpkeepKind::Archived, "BaselineService/Archive", request).await
    }
}

/// The image that is meant.
pub(crate) async fn image(
    shards: &Shards,
    field: &'static str,
    image: &str,
) -> Result<ImageStatus, ApiError> {
    if image.is_empty() {
        let problem = "empty; a digest, repository:tag or repository belongs here".to_owned();
        return Err(ApiError::Field { field, problem });
    }
    is_short(field, image)?;
    Ok(resolve(&shards.images("").await?, image)?)
}

pub(crate) fn missing(name: &str) -> ApiError {
    NameError::Missing { name: name.to_owned() }.into()
}

/// How many are asked for.
pub(crate) fn limit(asked: u32, max: u32, default: u32) -> Result<u32, ApiError> {
    match asked {
        0 => Ok(default),
        asked if asked <= max => Ok(asked),
        asked => {
            let problem = format!("{asked}; 1 to {max}, or 0 for {default}");
            Err(ApiError::Field { field: "limit", problem })
        }
    }
}

fn is_short(field: &'static str, name: &str) -> Result<(), ApiError> {
    if name.len() <= NAME_BYTES {
        return Ok(());
    }
    Err(ApiError::Field { field, problem: format!("{} bytes; at most {NAME_BYTES}", name.len()) })
}
