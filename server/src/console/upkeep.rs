//! Locking, unlocking and resetting a baseline: first what it would mean, then done.
//!
//! A change goes the way of one by gRPC. It bears the revision that was looked at and an id that was drawn for the form: a
//! baseline that others changed meanwhile is looked at again, and a form that is sent twice changes once.

use askama::Template;
use axum::{
    extract::{Path, RawQuery},
    response::{IntoResponse, Redirect, Response},
};
use plumbline_proto::v1::{ChangeBaselineRequest, GetBaselineRequest, ImageStatus};

use super::{
    Failure,
    decide::{number, wrong},
    failure::html,
    hex,
    images::{self, parameters},
    random, text,
    visitor::{Form, Visitor},
};
use crate::{
    status::{ApiError, status},
    upkeep::UpkeepError,
};

#[derive(Template)]
#[template(path = "upkeep.html")]
struct Page<'a> {
    visitor: &'a Visitor,
    name: &'a str,
    image: ImageStatus,
    action: Action,
    request_id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Lock,
    Unlock,
    Reset,
}

impl Action {
    fn of(word: &str) -> Option<Self> {
        [Self::Lock, Self::Unlock, Self::Reset].into_iter().find(|action| action.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Reset => "reset",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Lock => "Lock",
            Self::Unlock => "Unlock",
            Self::Reset => "Reset",
        }
    }
}

/// What the change would be.
pub(super) async fn page(
    visitor: Visitor,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let [word] = parameters(query.as_deref(), ["action"])?;
    let action = Action::of(&word);
    let action =
        action.ok_or_else(|| images::wrong("action", &format!("{word:?}; lock, unlock or reset")))?;
    let image = image(&visitor, &name).await?;
    let drawn = random().map_err(|error| status(ApiError::Untold(error.to_string())))?;
    let request_id = hex(&drawn).split_off(32);
    html(&Page { visitor: &visitor, name: &name, image, action, request_id })
}

/// Makes it.
pub(super) async fn change(Path(name): Path<String>, form: Form) -> Result<Response, Failure> {
    let word = form.get("action");
    let action = Action::of(word).ok_or_else(|| wrong("action", word, "lock, unlock or reset"))?;
    let (visitor, etag, id) = (&form.visitor, number(&form, "etag")?, form.get("request_id"));
    if etag == 0 {
        // To services 0 is any revision, to who looked at a baseline it is that nobody had changed it.
        let image = image(visitor, &name).await?;
        let own = image.upkeep.is_some_and(|upkeep| upkeep.request_ids.iter().any(|taken| taken == id));
        if image.revision != 0 && !own {
            return Err(ApiError::from(UpkeepError::Changed { present: image.revision }).into());
        }
    }
    let dimension = form.get("dimension");
    let request = ChangeBaselineRequest {
        image: name.clone(),
        etag,
        request_id: id.to_owned(),
        author: form.get("author").trim().to_owned(),
        reason: form.get("reason").trim().to_owned(),
        dimensions: match (action, dimension) {
            (Action::Reset, "") | (Action::Lock | Action::Unlock, _) => Vec::new(),
            (Action::Reset, dimension) => vec![dimension.to_owned()],
        },
    };
    let (mut baselines, request) = (visitor.baselines(), visitor.asks(request));
    match action {
        Action::Lock => baselines.lock(request).await?,
        Action::Unlock => baselines.unlock(request).await?,
        Action::Reset => baselines.reset(request).await?,
    };
    let to = format!("/console/images/{}?done={}", text::part(&name), action.word());
    Ok(Redirect::to(&to).into_response())
}

async fn image(visitor: &Visitor, name: &str) -> Result<ImageStatus, Failure> {
    let request = GetBaselineRequest { image: name.to_owned(), limit: 1, ..Default::default() };
    Ok(visitor.baselines().get(visitor.asks(request)).await?.into_inner().image.unwrap_or_default())
}
