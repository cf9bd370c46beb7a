//! AlertService: what was found, as a list, one by one, or as it happens, and who follows it.
//!
//! Watches and subscriptions are tasks of their own, each with a bounded queue to its client; how one ended comes behind
//! what is queued. Not here: order and bounds of the log (`alert_log.rs`), which places are kept (`consumers.rs`).

mod count;
mod evidence;
mod explain;
mod follower;
mod page;
mod subscribe;
mod watch;

use std::{sync::Arc, time::Duration};

use plumbline_model::Params;
use plumbline_proto::v1::{
    Alert, AlertExplanation, CountAlertsRequest, CountAlertsResponse, CountBy, DeleteConsumerRequest,
    DeleteConsumerResponse, EvidenceRequest, EvidenceResponse, ExplainAlertRequest, GetAlertRequest,
    ListAlertsRequest, ListAlertsResponse, ListConsumersRequest, ListConsumersResponse, StartAt,
    SubscribeRequest, SubscribeResponse, SubscribeStart, TriageRequest, WatchRequest, WatchResponse,
    alert_service_server::AlertService, subscribe_request, subscribe_start::From,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    time::timeout,
};
use tokio_stream::{Stream, StreamExt, wrappers::ReceiverStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::{Request, Response, Status, Streaming};

use crate::{
    alert_filter::Filter,
    alert_log::AlertLog,
    blocking::blocking,
    clock::now_unix_ns,
    consumers::Consumers,
    metrics::Metrics,
    security::Caller,
    status::{ApiError, status},
    store::StoreError,
    triage::Triages,
};

use page::Place;
use subscribe::{DEFAULT_IN_FLIGHT, MAX_IN_FLIGHT, Subscription};

pub(crate) use follower::{Follower, Told};

/// Watches and subscriptions open at once.
const MAX_WATCHERS: usize = 256;
/// Changes read from the store at once, and answers that wait for a client to take them.
const CHUNK: usize = 64;
/// How long a client may leave a full queue untouched.
const STALL: Duration = Duration::from_secs(30);
/// How often at least a client is told how far the log was looked through.
const PROGRESS: Duration = Duration::from_secs(15);
/// How long a subscription waits for its first message.
const PATIENCE: Duration = Duration::from_secs(10);
/// Alerts listed at most, and if no number is given.
const MAX_LIST: u32 = 1000;
const DEFAULT_LIST: u32 = 100;

/// The service.
#[derive(Debug)]
pub(crate) struct Alerts {
    log: AlertLog,
    consumers: Consumers,
    triages: Triages,
    params: Params,
    metrics: Arc<Metrics>,
    places: Arc<Semaphore>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

type Answers<T> = std::pin::Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Alerts {
    pub(crate) fn new(
        log: AlertLog,
        consumers: Consumers,
        triages: Triages,
        params: Params,
        metrics: Arc<Metrics>,
        tasks: TaskTracker,
        shutdown: CancellationToken,
    ) -> Self {
        let places = Arc::new(Semaphore::new(MAX_WATCHERS));
        Self { log, consumers, triages, params, metrics, places, tasks, shutdown }
    }

    async fn find(&self, id: String) -> Result<Alert, ApiError> {
        if id.is_empty() {
            let problem = "empty; an alert's id or the beginning of it belongs here".to_owned();
            return Err(ApiError::Field { field: "id", problem });
        }
        let log = self.log.clone();
        Ok(blocking(move || log.find(&id)).await?)
    }

    fn place(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let full = ApiError::Full { what: "watches and subscriptions", max: MAX_WATCHERS };
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| full)
    }

    /// Lets a task answer until it ends, the server leaves or the client does.
    fn answers<T: Send + 'static>(
        &self,
        place: OwnedSemaphorePermit,
        taken: mpsc::Receiver<T>,
        task: impl Future<Output = Option<ApiError>> + Send + 'static,
    ) -> Answers<T> {
        let (end, ended) = oneshot::channel();
        let (metrics, shutdown) = (Arc::clone(&self.metrics), self.shutdown.clone());
        self.tasks.spawn(async move {
            metrics.watchers.inc();
            let reason = tokio::select! {
                reason = task => reason,
                () = shutdown.cancelled() => Some(ApiError::Leaving),
            };
            if let Some(reason) = reason {
                let _ = end.send(status(reason)); // the client may have gone
            }
            metrics.watchers.dec();
            drop(place);
        });
        // The reason comes behind what is queued, and needs no room in the queue.
        let last_word = tokio_stream::once(ended).then(|ended| ended);
        Box::pin(ReceiverStream::new(taken).map(Ok).chain(last_word.filter_map(Result::ok).map(Err)))
    }

    /// A cursor that a client gave, if it can be one of this log.
    fn known(&self, field: &'static str, cursor: u64) -> Result<u64, ApiError> {
        let last = self.log.last();
        if cursor > last { Err(ApiError::Ahead { field, cursor, last }) } else { Ok(cursor) }
    }

    /// Where a consumer begins that is new.
    fn begin(&self, from: Option<From>) -> Result<u64, ApiError> {
        match from {
            None => Ok(self.log.earliest()),
            Some(From::AfterCursor(cursor)) => self.known("start.after_cursor", cursor),
            Some(From::ChangedFromUnixNs(time)) => Ok(self.log.before(time)),
            Some(From::At(at)) => match StartAt::try_from(at) {
                Ok(StartAt::Latest) => Ok(self.log.last()),
                Ok(StartAt::Earliest | StartAt::Unspecified) => Ok(self.log.earliest()),
                Err(_) => {
                    let problem = format!("{at}; not one this server knows");
                    Err(ApiError::Field { field: "start.at", problem })
                }
            },
        }
    }

    /// The subscription that a start asks for.
    async fn begun<R: Stream<Item = Result<SubscribeRequest, Status>> + Unpin>(
        &self,
        caller: &Caller,
        start: SubscribeStart,
        requests: R,
        answers: mpsc::Sender<SubscribeResponse>,
    ) -> Result<Subscription<R>, ApiError> {
        let filter = Filter::new(start.filter)?;
        if start.max_in_flight > MAX_IN_FLIGHT {
            let problem =
                format!("{}; 1 to {MAX_IN_FLIGHT}, or 0 for {DEFAULT_IN_FLIGHT}", start.max_in_flight);
            return Err(ApiError::Field { field: "start.max_in_flight", problem });
        }
        let max_in_flight = match start.max_in_flight {
            0 => DEFAULT_IN_FLIGHT,
            given => given,
        } as usize;
        let begin = self.begin(start.from)?;
        let owner = caller.identity.as_ref().map_or("", |identity| &identity.name);
        let lease = self.consumers.open(&start.consumer, owner, begin, start.reset, now_unix_ns()).await?;
        let cursor = lease.cursor().min(self.log.last());
        let follower = Follower { log: self.log.clone(), filter, cursor };
        Ok(Subscription::new(follower, lease, requests, answers, max_in_flight))
    }
}

#[tonic::async_trait]
impl AlertService for Alerts {
    type WatchStream = Answers<WatchResponse>;
    type EvidenceStream = Answers<EvidenceResponse>;
    type SubscribeStream = Answers<SubscribeResponse>;

    async fn watch(
        &self,
        request: Request<WatchRequest>,
    ) -> Result<Response<Answers<WatchResponse>>, Status> {
        let WatchRequest { after_cursor, only_new, filter } = request.into_inner();
        if only_new && after_cursor != 0 {
            let problem = format!("{after_cursor} together with only_new; give one of them");
            return Err(status(ApiError::Field { field: "after_cursor", problem }));
        }
        let cursor = match after_cursor {
            0 if only_new => self.log.last(),
            0 => self.log.earliest(),
            cursor => self.known("after_cursor", cursor).map_err(status)?,
        };
        let filter = Filter::new(filter).map_err(status)?;
        let place = self.place().map_err(status)?;
        let follower = Follower { log: self.log.clone(), filter, cursor };
        let (told, taken) = mpsc::channel(CHUNK);
        let watching = async move { watch::watch(follower, &told, STALL).await };
        Ok(Response::new(self.answers(place, taken, watching)))
    }

    async fn subscribe(
        &self,
        request: Request<Streaming<SubscribeRequest>>,
    ) -> Result<Response<Answers<SubscribeResponse>>, Status> {
        let place = self.place().map_err(status)?;
        let caller = Caller::of(&request).map_err(status)?;
        let mut requests = request.into_inner();
        let first = timeout(PATIENCE, requests.message()).await;
        let first = first.map_err(|_| status(ApiError::StartLate(PATIENCE)))??;
        let Some(subscribe_request::Kind::Start(start)) = first.and_then(|first| first.kind) else {
            let problem = "missing; it is the first message of a subscription".to_owned();
            return Err(status(ApiError::Field { field: "start", problem }));
        };
        let (told, taken) = mpsc::channel(CHUNK);
        let subscription = self.begun(&caller, start, requests, told).await.map_err(status)?;
        Ok(Response::new(self.answers(place, taken, subscription.run())))
    }

    async fn triage(&self, request: Request<TriageRequest>) -> Result<Response<Alert>, Status> {
        let caller = Caller::of(&request).map_err(status)?;
        self.triages.take(caller, request.into_inner()).await.map(Response::new).map_err(status)
    }

    async fn list_consumers(
        &self,
        _: Request<ListConsumersRequest>,
    ) -> Result<Response<ListConsumersResponse>, Status> {
        Ok(Response::new(ListConsumersResponse { consumers: self.consumers.list(&self.log) }))
    }

    async fn delete_consumer(
        &self,
        request: Request<DeleteConsumerRequest>,
    ) -> Result<Response<DeleteConsumerResponse>, Status> {
        let (consumers, name) = (self.consumers.clone(), request.into_inner().name);
        // A task of its own: a caller that leaves must not leave it half forgotten.
        match self.tasks.spawn(async move { consumers.delete(&name).await }).await {
            Ok(deleted) => deleted.map(|()| Response::new(DeleteConsumerResponse {})).map_err(status),
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
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
            "" => None,
            token => Some(Place::of_token(token, &filter).map_err(status)?),
        };
        let log = self.log.clone();
        let listed = blocking(move || {
            let listed = log.list(&filter, place.map_or(u64::MAX, |place| place.below), limit)?;
            let as_of = place.map_or(listed.last, |place| place.as_of);
            let next = listed.below.map(|below| Place { as_of, below }.token(&filter));
            let (alerts, next_page_token) = (listed.alerts, next.unwrap_or_default());
            Ok::<_, StoreError>(ListAlertsResponse { alerts, next_page_token, cursor: as_of })
        });
        let listed = listed.await.map_err(status)?;
        self.metrics.alerts_listed.inc_by(listed.alerts.len() as u64);
        Ok(Response::new(listed))
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
        self.find(request.into_inner().id).await.map(Response::new).map_err(status)
    }

    async fn evidence(
        &self,
        request: Request<EvidenceRequest>,
    ) -> Result<Response<Answers<EvidenceResponse>>, Status> {
        let alert = self.find(request.into_inner().id).await.map_err(status)?;
        let log = self.log.clone();
        let chunks = blocking(move || log.evidence(&alert.id)).await.map_err(status)?;
        let told = evidence::told(chunks).map(Ok);
        Ok(Response::new(Box::pin(tokio_stream::iter(told))))
    }

    async fn explain(
        &self,
        request: Request<ExplainAlertRequest>,
    ) -> Result<Response<AlertExplanation>, Status> {
        let alert = self.find(request.into_inner().id).await.map_err(status)?;
        if alert.operational.is_some() {
            return Err(status(ApiError::Operational { id: alert.id }));
        }
        Ok(Response::new(explain::explain(alert, &self.params)))
    }
}
