//! A stream of answers as server-sent events (WHATWG HTML, section 9.2), and how one goes on after it broke.
//!
//! An event is named by the field of the answer that is set (`change`, `progress`, `gap`) and holds its message; its id is
//! the cursor to go on after, which browsers and other clients send back as `Last-Event-ID` by themselves. That counts before
//! where the query says to begin. The last event, if the server ends the stream, is `end` with the status, and has no id.
//! An event that browsers make themselves is called `error`, so none of ours is.
//!
//! Not here: progress that keeps a connection alive (`alerts/watch.rs`).

use std::convert::Infallible;

use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response, Sse, sse::Event},
};
use prost_reflect::{DynamicMessage, ReflectMessage, Value};
use tokio_stream::StreamExt;
use tonic::{Status, Streaming};

use super::{call::json, failure};
use crate::status::{ApiError, status};

/// What a client that comes again sends.
const LAST_EVENT_ID: &str = "Last-Event-ID";
/// Fields that say where a stream begins, if the method has them.
const AFTER: &str = "after_cursor";
const ONLY_NEW: &str = "only_new";
/// Fields that say where to go on: of a change or a progress, and of a gap.
const CURSORS: [&str; 2] = ["cursor", "to"];

/// Takes in where a client has come, if it says so.
pub(super) fn resume(message: &mut DynamicMessage, headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(id) = headers.get(LAST_EVENT_ID) else { return Ok(()) };
    let cursor = id.to_str().ok().and_then(|id| id.parse().ok());
    let Some(cursor) = cursor.filter(|_| message.descriptor().get_field_by_name(AFTER).is_some()) else {
        let problem = format!("{id:?}; the id of an event of this stream belongs here");
        return Err(ApiError::Field { field: LAST_EVENT_ID, problem });
    };
    message.clear_field_by_name(ONLY_NEW);
    message.set_field_by_name(AFTER, Value::U64(cursor));
    Ok(())
}

/// Tells answers until the stream ends.
pub(super) fn answer(answers: Streaming<DynamicMessage>) -> Response {
    let events = answers.map(|answer| {
        let event = answer.and_then(|answer| event(&answer).map_err(status));
        Ok::<_, Infallible>(event.unwrap_or_else(|status| end(&status)))
    });
    Sse::new(events).into_response()
}

fn event(answer: &DynamicMessage) -> Result<Event, ApiError> {
    let one = answer.fields().find(|(field, _)| field.containing_oneof().is_some());
    let Some((field, Value::Message(told))) = one else {
        return Ok(Event::default().data(json(answer)?));
    };
    let event = Event::default().event(field.name());
    let cursor = CURSORS.iter().find_map(|name| told.get_field_by_name(name)?.as_u64());
    let event = match cursor {
        Some(cursor) => event.id(cursor.to_string()),
        None => event,
    };
    Ok(event.data(json(told)?))
}

fn end(status: &Status) -> Event {
    Event::default().event("end").data(failure::json(status).to_string())
}
