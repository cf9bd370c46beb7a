//! AlertService: what was found, as a list, one by one, or as it happens.
//!
//! A watcher reads the log from its cursor in chunks and waits for word of more: catching up and following
//! are one loop, so there is no gap and no repeat between them. One that does not take a change for
//! [`STALL`] is ended and can resume from its last cursor; nobody else waits for it.
//!
//! Not here: order and bounds of the log (`alert_log.rs`).

mod count;
mod page;

use std::{sync::Arc, time::Duration};

use plumbline_proto::v1::{
    Alert, AlertChange, CountAlertsRequest, CountAlertsResponse, CountBy, GetAlertRequest, ListAlertsRequest,
    ListAlertsResponse, WatchRequest, alert_service_server::AlertService,
};
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    task::spawn_blocking,
    time::timeout,
};
use tokio_stream::{Stream, StreamExt, wrappers::ReceiverStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::{Request, Response, Status};

use crate::{
    alert_filter::Filter,
    alert_log::AlertLog,
    metrics::Metrics,
    status::{ApiError, status},
    store::StoreError,
};

use page::Place;

/// Watches open at once.
const MAX_WATCHERS: usize = 256;
/// Changes read from the store at once, and changes that wait for a watcher to take them.
const CHUNK: usize = 64;
/// How long a watcher may leave a full queue untouched.
const STALL: Duration = Duration::from_secs(30);
/// Alerts listed at most, and if no number is given.
const MAX_LIST: u32 = 1000;
const DEFAULT_LIST: u32 = 100;

/// The service.
#[derive(Debug)]
pub(crate) struct Alerts {
    log: AlertLog,
    metrics: Arc<Metrics>,
    places: Arc<Semaphore>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl Alerts {
    pub(crate) fn new(
        log: AlertLog,
        metrics: Arc<Metrics>,
        tasks: TaskTracker,
        shutdown: CancellationToken,
    ) -> Self {
        Self { log, metrics, places: Arc::new(Semaphore::new(MAX_WATCHERS)), tasks, shutdown }
    }
}

type Changes = std::pin::Pin<Box<dyn Stream<Item = Result<AlertChange, Status>> + Send>>;

#[tonic::async_trait]
impl AlertService for Alerts {
    type WatchStream = Changes;

    async fn watch(&self, request: Request<WatchRequest>) -> Result<Response<Changes>, Status> {
        let WatchRequest { after_cursor, only_new } = *request.get_ref();
        let last = *self.log.watch().borrow();
        if only_new && after_cursor != 0 {
            let problem = format!("{after_cursor} together with only_new; give one of them");
            return Err(status(ApiError::Field { field: "after_cursor", problem }));
        }
        if after_cursor > last {
            return Err(status(ApiError::Ahead { cursor: after_cursor, last }));
        }
        let full = ApiError::Full { what: "watches", max: MAX_WATCHERS };
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| status(full))?;

        let (changes, taken) = mpsc::channel(CHUNK);
        let (end, ended) = oneshot::channel();
        let (log, metrics, shutdown) = (self.log.clone(), Arc::clone(&self.metrics), self.shutdown.clone());
        let from = if only_new { last } else { after_cursor };
        self.tasks.spawn(async move {
            metrics.watchers.inc();
            let reason = tokio::select! {
                reason = follow(&log, from, &changes, STALL) => reason,
                () = shutdown.cancelled() => Some(ApiError::Leaving),
            };
            if let Some(reason) = reason {
                let _ = end.send(status(reason)); // the watcher may have gone
            }
            metrics.watchers.dec();
            drop(place);
        });
        // The reason comes behind what is queued, and needs no room in the queue.
        let last_word = tokio_stream::once(ended).then(|ended| ended);
        let changes = ReceiverStream::new(taken).map(Ok).chain(last_word.filter_map(Result::ok).map(Err));
        Ok(Response::new(Box::pin(changes)))
    }

    async fn list(
        &self,
        request: Request<ListAlertsRequest>,
    ) -> Result<Response<ListAlertsResponse>, Status> {
        let request = request.into_inner();
        if request.limit > MAX_LIST {
            let problem = format!("{}; 1 to {MAX_LIST}, or 0 for {DEFAULT_LIST}", request.limit);
            return Err(status(ApiError::Field { field: "limit", problem }));
        }
        let limit = if request.limit == 0 { DEFAULT_LIST } else { request.limit } as usize;
        let filter = Filter::new(request.filter).map_err(status)?;
        let place = match request.page_token.as_str() {
            "" => Place::first(*self.log.watch().borrow()),
            token => Place::of_token(token, &filter).map_err(status)?,
        };
        let log = self.log.clone();
        let listed = blocking(move || {
            let listed = log.list(&filter, place.below, limit)?;
            let next = listed.below.map(|below| Place { below, ..place }.token(&filter));
            Ok::<_, StoreError>((listed.alerts, next.unwrap_or_default()))
        });
        let (alerts, next_page_token) = listed.await.map_err(status)?;
        Ok(Response::new(ListAlertsResponse { alerts, next_page_token, cursor: place.as_of }))
    }

    async fn count(
        &self,
        request: Request<CountAlertsRequest>,
    ) -> Result<Response<CountAlertsResponse>, Status> {
        let request = request.into_inner();
        let by = CountBy::try_from(request.group_by).map_err(|_| {
            let problem = format!("{}; not one this server knows", request.group_by);
            status(ApiError::Field { field: "group_by", problem })
        })?;
        let filter = Filter::new(request.filter).map_err(status)?;
        let log = self.log.clone();
        Ok(Response::new(blocking(move || count::count(&log, &filter, by)).await))
    }

    async fn get(&self, request: Request<GetAlertRequest>) -> Result<Response<Alert>, Status> {
        let id = request.into_inner().id;
        if id.is_empty() {
            let problem = "empty; an alert's id or the beginning of it belongs here".to_owned();
            return Err(status(ApiError::Field { field: "id", problem }));
        }
        let log = self.log.clone();
        Ok(Response::new(blocking(move || log.find(&id)).await.map_err(status)?))
    }
}

/// Hands on every change after a cursor until the watcher leaves (`None`) or has to.
async fn follow(
    log: &AlertLog,
    mut cursor: u64,
    changes: &mpsc::Sender<AlertChange>,
    stall: Duration,
) -> Option<ApiError> {
    let mut news = log.watch();
    loop {
        news.borrow_and_update();
        let read = log.clone();
        let chunk = match blocking(move || read.changes_after(cursor, CHUNK)).await {
            Ok(chunk) => chunk,
            Err(error) => return Some(error.into()),
        };
        let caught_up = chunk.is_empty();
        for change in chunk {
            cursor = change.cursor;
            match timeout(stall, changes.send(change)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => return Some(ApiError::Slow(stall)),
            }
        }
        if caught_up {
            tokio::select! {
                _ = news.changed() => {} // its sender is in the log, which is held here
                () = changes.closed() => return None,
            }
        }
    }
}

/// Reads the disk without holding up the runtime.
async fn blocking<T: Send + 'static>(read: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(read).await {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        alert_log::Limits,
        store::{Commit, Store},
    };

    #[tokio::test(start_paused = true)]
    async fn a_watcher_that_does_not_read_is_ended_and_one_that_left_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let (store, mut stored) = Store::open_when_free(folder.path());
        let log = AlertLog::new(store.clone(), &mut stored, Limits::default());
        let mut commit = Commit::default();
        log.plan(vec![Alert::default(), Alert::default()], 1, &mut commit);
        store.commit(&commit).unwrap();
        log.publish(&mut commit);

        let (changes, mut taken) = mpsc::channel(1);
        let ended = follow(&log, 0, &changes, STALL).await;
        assert!(matches!(ended, Some(ApiError::Slow(_))), "{ended:?}");
        assert_eq!(taken.recv().await.unwrap().cursor, 1);
        drop(taken);
        assert!(follow(&log, 2, &changes, STALL).await.is_none());
    }
}
