//! A stream of answers as server-sent events (WHATWG HTML, section 9.2), and how one goes on after it broke.
//!
//! An event is named by the field of the answer that is set (`change`, `progress`, `gap`) and holds its message; its id is
//! the cursor to go on after, which browsers and other clients send back as `Last-Event-ID` by themselves. That counts before
//! where the query says to begin. The last event is `end` with the status, 0 if all was told, and has no id: where it is
//! missing the connection broke. An answer without such a field is an event `message` without an id. An event that browsers make themselves is called `error`, so none of ours is.
//!
//! Not here: progress that keeps a connection alive (`alerts/watch.rs`).

use std::convert::Infallible;

use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response, Sse, sse::Event},
};
use prost_reflect::{DynamicMessage, ReflectMessage, Value};
use tokio_stream::{Stream, StreamExt};
use tonic::Status;

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

/// Tells answers until the stream ends, and how it ended.
pub(super) fn answer(
    answers: impl Stream<Item = Result<DynamicMessage, Status>> + Send + 'static,
) -> Response {
    let mut failed = false;
    let all = answers.map(Some).chain(tokio_stream::once(None));
    let events = all.filter_map(move |answer| match answer {
        Some(answer) => {
            let event = answer.and_then(|answer| event(&answer).map_err(status));
            failed |= event.is_err();
            Some(event.unwrap_or_else(|status| end(&status)))
        }
        None => (!failed).then(|| end(&Status::ok(""))),
    });
    Sse::new(events.map(Ok::<_, Infallible>)).into_response()
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

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use plumbline_proto::{
        DESCRIPTORS,
        v1::{AlertGap, AlertProgress, GetAlertRequest, WatchResponse, watch_response::Kind},
    };
    use prost::Message;
    use prost_reflect::DescriptorPool;

    use super::*;

    fn dynamic(name: &str, message: &impl Message) -> DynamicMessage {
        let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
        let of = pool.get_message_by_name(&format!("plumbline.v1.{name}")).unwrap();
        DynamicMessage::decode(of, message.encode_to_vec().as_slice()).unwrap()
    }

    /// All events but the data of the last one, and that.
    async fn told(answers: Vec<Result<DynamicMessage, Status>>) -> (String, serde_json::Value) {
        let body = to_bytes(answer(tokio_stream::iter(answers)).into_body(), 4096).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        let (events, last) = text.rsplit_once("data: ").unwrap();
        (events.to_owned(), serde_json::from_str(last).unwrap())
    }

    #[tokio::test]
    async fn events_are_named_and_numbered_and_the_last_one_says_how_it_ended() {
        let watch = |kind| Ok(dynamic("WatchResponse", &WatchResponse { kind: Some(kind) }));
        let gap = watch(Kind::Gap(AlertGap { from: 3, to: 5 }));
        let progress = watch(Kind::Progress(AlertProgress { cursor: 0 }));
        let (events, last) = told(vec![gap, progress, Err(status(ApiError::Leaving))]).await;
        assert_eq!(
            events,
            "event: gap\nid: 5\ndata: {\"from\":\"3\",\"to\":\"5\"}\n\n\
             event: progress\nid: 0\ndata: {\"cursor\":\"0\"}\n\n\
             event: end\n"
        );
        assert_eq!((&last["code"], &last["details"][0]["reason"]), (&14.into(), &"LEAVING".into()));
        let plain = dynamic("GetAlertRequest", &GetAlertRequest { id: "a\r\nb".to_owned() });
        let (events, last) = told(vec![Ok(plain)]).await;
        assert_eq!(events, "data: {\"id\":\"a\\r\\nb\"}\n\nevent: end\n");
        assert_eq!(last["code"], 0);
    }
}
