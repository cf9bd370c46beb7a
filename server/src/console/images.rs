//! Images: how far each is learned, and what one is known to do, beside what it declares and what another version does.
//!
//! Baselines are looked at here, not changed.

use askama::Template;
use axum::{
    extract::{Path, RawQuery},
    response::Response,
};
use plumbline_proto::v1::{
    BaselineState, DiffBaselinesRequest, GetIntentRequest, ImageDiff, ImageStatus, Intent,
    ListBaselinesRequest,
};

use super::{Failure, failure::html, text, visitor::Visitor};
use crate::status::ApiError;

/// Behaviours of a page.
const BEHAVIOURS: u32 = 500;
/// Behaviours told of each side of a comparison.
const DIFFERENCES: u32 = 500;
/// Versions that are offered for comparison.
const VERSIONS: u32 = 50;

#[derive(Template)]
#[template(path = "images.html")]
struct List<'a> {
    visitor: &'a Visitor,
    image: String,
    state: String,
    images: Vec<ImageStatus>,
    next: String,
}

#[derive(Template)]
#[template(path = "image.html")]
struct Page<'a> {
    visitor: &'a Visitor,
    name: String,
    image: ImageStatus,
    intent: Intent,
    versions: Vec<ImageStatus>,
    diff: Option<ImageDiff>,
    next: String,
}

pub(super) async fn list(visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Failure> {
    let [image, state, page_token] = parameters(query.as_deref(), ["image", "state", "page"])?;
    let states = match state.as_str() {
        "" => Vec::new(),
        word => match BaselineState::from_str_name(&format!("BASELINE_STATE_{}", word.to_uppercase())) {
            Some(state) => vec![state.into()],
            None => return Err(wrong("state", &format!("{word:?}; no state of a baseline"))),
        },
    };
    let request = ListBaselinesRequest { image: image.clone(), states, limit: 0, page_token };
    let told = visitor.baselines().list(visitor.asks(request)).await?.into_inner();
    html(&List { visitor: &visitor, image, state, images: told.images, next: told.next_page_token })
}

pub(super) async fn page(
    visitor: Visitor,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let [against, page_token] = parameters(query.as_deref(), ["against", "page"])?;
    let request =
        GetIntentRequest { image: name.clone(), limit: BEHAVIOURS, page_token, ..Default::default() };
    let mut intent = visitor.intent().get(visitor.asks(request)).await?.into_inner();
    let image = intent.image.take().unwrap_or_default();
    let request =
        ListBaselinesRequest { image: image.repository.clone(), limit: VERSIONS, ..Default::default() };
    let mut versions = Vec::new();
    if !image.repository.is_empty() {
        versions = visitor.baselines().list(visitor.asks(request)).await?.into_inner().images;
        versions.retain(|version| version.digest != image.digest);
    }
    let mut diff = None;
    if !against.is_empty() {
        let request = DiffBaselinesRequest { a: name.clone(), b: against, limit: DIFFERENCES };
        diff = Some(visitor.baselines().diff(visitor.asks(request)).await?.into_inner());
    }
    let next = std::mem::take(&mut intent.next_page_token);
    html(&Page { visitor: &visitor, name, image, intent, versions, diff, next })
}

/// The values of a query that may have these parameters and no other.
fn parameters<const N: usize>(query: Option<&str>, names: [&str; N]) -> Result<[String; N], Failure> {
    let mut values = [const { String::new() }; N];
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match names.iter().zip(&mut values).find(|(known, _)| **known == name) {
            Some((_, place)) => *place = value.trim().to_owned(),
            None => return Err(wrong(&name, "no parameter of this page")),
        }
    }
    Ok(values)
}

fn wrong(name: &str, problem: &str) -> Failure {
    ApiError::Parameter { name: name.to_owned(), problem: problem.to_owned() }.into()
}

/// By `REPOSITORY@DIGEST`, which fits one image only, or by digest where there is no repository: for a link.
fn link(image: &ImageStatus) -> String {
    link_of(&image.repository, &image.digest)
}

/// The same of an image that is named elsewhere.
pub(super) fn link_of(repository: &str, digest: &str) -> String {
    match repository {
        "" => text::part(digest),
        repository => text::part(&format!("{repository}@{digest}")),
    }
}
