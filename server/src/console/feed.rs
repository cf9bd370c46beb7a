//! The feed: incidents, newest change first, by filters that are in the URL, and what changes of it while it is looked at.
//!
//! A page has about [`ROWS`] rows; where alerts have to be read to be found, [`MAX_READ`] are at most, and the next page
//! goes on there. The live view is a watch of the log from where the page was made: it tells rows as the page has them, and
//! which no longer belong there.

use std::convert::Infallible;

use askama::Template;
use axum::{
    extract::RawQuery,
    http::HeaderMap,
    response::{IntoResponse, Response, Sse, sse::Event},
};
use futures_util::StreamExt;
use plumbline_proto::v1::{
    Alert, AlertFilter, CountAlertsRequest, CountBy, ListAlertsRequest, WatchRequest, WatchResponse,
    watch_response::Kind,
};
use tokio::time::sleep_until;
use tonic::Status;

use super::{Failure, failure::html, filters::Filters, sessions::Session, text, visitor::Visitor};
use crate::status::{ApiError, status};

/// Rows of a page.
const ROWS: usize = 50;
/// Alerts that are read at a time where they have to be read to be found, and few are.
const READ: u32 = 250;
/// Alerts that are read for a page.
const MAX_READ: usize = 5000;

#[derive(Template)]
#[template(path = "feed.html")]
struct Page<'a> {
    visitor: &'a Visitor,
    filters: &'a Filters,
    counts: Vec<Count>,
    alerts: Vec<Alert>,
    /// Whether who looks may do something about them.
    choosable: bool,
    /// Query of the next page; empty if there is none.
    next: String,
    /// Query of the first page; `None` on that itself.
    newest: Option<String>,
    /// Query of the live view; empty on later pages.
    live: String,
}

/// How many are in a state, and the query that shows only those.
struct Count {
    word: &'static str,
    alerts: u64,
    query: String,
    here: bool,
}

/// A row by itself.
#[derive(Template)]
#[template(path = "row.html")]
struct Row<'a> {
    alert: &'a Alert,
    /// Whether who looks may do something about it.
    choosable: bool,
}

pub(super) async fn page(visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Failure> {
    let filters = Filters::parse(&query.unwrap_or_default())?;
    let asked = filters.asked()?;
    let counts = counts(&visitor, &filters, &asked).await?;
    let (mut alerts, mut token, mut read, mut cursor) = (Vec::new(), filters.page.clone(), 0, 0);
    let mut barren = false;
    loop {
        // No more than the page lacks, but where nothing was found.
        let lacks = u32::try_from(ROWS.saturating_sub(alerts.len())).unwrap_or(READ);
        let limit = if barren { READ } else { lacks };
        let request = ListAlertsRequest { limit, filter: Some(asked.clone()), page_token: token };
        let list = visitor.alerts().list(visitor.asks(request)).await?.into_inner();
        if read == 0 {
            cursor = list.cursor;
        }
        read += list.alerts.len();
        let found = alerts.len();
        alerts.extend(list.alerts.into_iter().filter(|alert| filters.finds(alert)));
        barren = alerts.len() == found;
        token = list.next_page_token;
        if token.is_empty() || alerts.len() >= ROWS || read >= MAX_READ {
            break;
        }
    }
    let query = filters.query();
    let with = |more: String| if query.is_empty() { more } else { format!("{query}&{more}") };
    let next = if token.is_empty() { token } else { with(format!("page={}", text::part(&token))) };
    let first = filters.page.is_empty();
    let live = if first { with(format!("after={cursor}")) } else { String::new() };
    let newest = if first { None } else { Some(query) };
    let choosable = visitor.may_change();
    html(&Page { visitor: &visitor, filters: &filters, counts, alerts, choosable, next, newest, live })
}

/// Whether a word is chosen.
fn has(chosen: &[String], word: &str) -> bool {
    chosen.iter().any(|one| one == word)
}

async fn counts(visitor: &Visitor, filters: &Filters, asked: &AlertFilter) -> Result<Vec<Count>, Failure> {
    let filter = AlertFilter { states: Vec::new(), ..asked.clone() };
    let request = CountAlertsRequest { filter: Some(filter), group_by: CountBy::State.into() };
    let told = visitor.alerts().count(visitor.asks(request)).await?.into_inner();
    let count = |word: &'static str| {
        let group = told.groups.iter().find(|group| group.value == word);
        let only = Filters { states: vec![word.to_owned()], ..filters.clone() };
        Count {
            word,
            alerts: group.map_or(0, |group| group.alerts),
            query: only.query(),
            here: filters.states == only.states,
        }
    };
    let all = Filters { states: Vec::new(), ..filters.clone() };
    let all = Count { word: "all", alerts: told.total, query: all.query(), here: filters.states.is_empty() };
    Ok([all].into_iter().chain(["new", "acknowledged", "resolved"].map(count)).collect())
}

pub(super) async fn live(
    visitor: Visitor,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let filters = Filters::parse(&query.unwrap_or_default())?;
    // An alert that leaves the view because somebody resolved it, or it was judged anew, must be told as well.
    let filter = AlertFilter {
        verdicts: Vec::new(),
        states: Vec::new(),
        severities: Vec::new(),
        technique: String::new(),
        ..filters.asked()?
    };
    let after_cursor = match headers.get("Last-Event-ID") {
        None => filters.after,
        Some(id) => id.to_str().ok().and_then(|id| id.parse().ok()).ok_or_else(|| {
            let problem = format!("{id:?}; the id of an event of this view belongs here");
            status(ApiError::Field { field: "Last-Event-ID", problem })
        })?,
    };
    let request = WatchRequest { after_cursor, only_new: false, filter: Some(filter) };
    let choosable = visitor.may_change();
    let told = visitor.alerts().watch(visitor.asks(request)).await?.into_inner();
    let events = told.filter_map(move |answer| std::future::ready(event(&filters, choosable, answer)));
    let events = events.map(Ok::<_, Infallible>).take_until(Box::pin(over(visitor.session)));
    Ok(Sse::new(events).into_response())
}

/// When a session is.
async fn over(session: Option<Session>) {
    match session {
        None => std::future::pending().await,
        Some(session) => tokio::select! {
            () = session.ended.cancelled() => {}
            () = sleep_until(session.ends) => {}
        },
    }
}

fn event(filters: &Filters, choosable: bool, answer: Result<WatchResponse, Status>) -> Option<Event> {
    let row = |alert: Option<Alert>| {
        let alert = alert.unwrap_or_default();
        if !filters.shows(&alert) {
            return Some(Event::default().event("gone").data(text::short(&alert.id)));
        }
        let row = Row { alert: &alert, choosable }.render().ok()?;
        Some(Event::default().event("row").data(row))
    };
    match answer.map(|answer| answer.kind) {
        Ok(Some(Kind::Change(change))) => Some(row(change.alert)?.id(change.cursor.to_string())),
        Ok(Some(Kind::Early(change))) => row(change.alert),
        Ok(Some(Kind::Progress(progress))) => {
            Some(Event::default().event("progress").data("-").id(progress.cursor.to_string()))
        }
        Ok(Some(Kind::Gap(gap))) => Some(Event::default().event("gap").data("-").id(gap.to.to_string())),
        Ok(None) => None,
        Err(status) => Some(Event::default().event("end").data(crate::escape::escape(status.message()))),
    }
}
