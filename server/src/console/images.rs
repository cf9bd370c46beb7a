//! Images: which there are and how far each is learned, and how pages lead to one.
//!
//! A link names an image so that only this one fits, and no longer than services look for: names of containers' images may be
//! of any length. Not here: the page of an image (`image.rs`).

use askama::Template;
use axum::{extract::RawQuery, response::Response};
use plumbline_proto::v1::{BaselineState, ImageStatus, ListBaselinesRequest};

use super::{Failure, failure::html, text, visitor::Visitor};
use crate::status::ApiError;

/// Longest name that services look for, in bytes.
pub(super) const NAME_BYTES: usize = 1024;

#[derive(Template)]
#[template(path = "images.html")]
struct List<'a> {
    visitor: &'a Visitor,
    image: String,
    state: String,
    images: Vec<ImageStatus>,
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

/// The values of a query that may have these parameters and no other.
pub(super) fn parameters<const N: usize>(
    query: Option<&str>,
    names: [&str; N],
) -> Result<[String; N], Failure> {
    let mut values = [const { String::new() }; N];
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match names.iter().zip(&mut values).find(|(known, _)| **known == name) {
            Some((_, place)) => *place = value.trim().to_owned(),
            None => return Err(wrong(&name, "no parameter of this page")),
        }
    }
    Ok(values)
}

pub(super) fn wrong(name: &str, problem: &str) -> Failure {
    ApiError::Parameter { name: name.to_owned(), problem: problem.to_owned() }.into()
}

/// By `REPOSITORY@DIGEST`, which fits one image only, or by digest where there is no repository: for a link.
pub(super) fn link(image: &ImageStatus) -> String {
    link_of(&image.repository, &image.digest)
}

/// The same of an image that is named elsewhere.
pub(super) fn link_of(repository: &str, digest: &str) -> String {
    let name = match repository {
        "" => digest.to_owned(),
        repository => format!("{repository}@{digest}"),
    };
    match name.len() {
        ..=NAME_BYTES => text::part(&name),
        // The beginning of a digest is found, too.
        _ => text::part(digest.get(..digest.floor_char_boundary(NAME_BYTES)).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_an_image_and_never_longer_than_services_look_for() {
        assert_eq!(link_of("shop/web", "sha256:ab"), "shop%2Fweb%40sha256%3Aab");
        assert_eq!(link_of("", "sha256:ab"), "sha256%3Aab");
        assert_eq!(link_of(&"r".repeat(NAME_BYTES), "sha256:ab"), "sha256%3Aab");
        assert_eq!(link_of("r", &"é".repeat(NAME_BYTES)), "%C3%A9".repeat(NAME_BYTES / 2));
    }
}
