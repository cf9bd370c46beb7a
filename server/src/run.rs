//! `run`: binds, opens, starts every task, and brings them to an end.
//!
//! Invariants: nothing is served before the store is open; every task is in one set, and one that ends early
//! ends the process with its reason. On SIGTERM or SIGINT only the streams hear of it: they stop reading and
//! wait for their last acknowledgement, then shards and committer run dry because nobody feeds them any more.
//! What the grace time does not suffice for was never acknowledged and is sent again.
//!
//! Not here: any work of the server itself.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use axum::middleware::from_fn_with_state;
use futures_util::Stream;
use plumbline_model::Indicators;
use plumbline_proto::v1::{
    alert_service_server::AlertServiceServer, audit_service_server::AuditServiceServer,
    baseline_service_server::BaselineServiceServer, enforcement_service_server::EnforcementServiceServer,
    fleet_service_server::FleetServiceServer, ingest_service_server::IngestServiceServer,
    intent_service_server::IntentServiceServer, node_service_server::NodeServiceServer,
    token_service_server::TokenServiceServer,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::{Mutex, Notify, mpsc, watch},
    task::JoinSet,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::{
    service::Routes,
    transport::{Server, server::Connected},
};

use crate::{
    alert_log::AlertLog,
    alerts::Alerts,
    api::Api,
    audit::Audit,
    backups,
    baselines::Baselines,
    blocking::blocking,
    checkpoint, commons,
    config::{Config, ConfigError, EnforcementSettings},
    console::Console,
    consumers::Consumers,
    decisions::{Decisions, MAX_DOCUMENT_BYTES},
    durability::Durability,
    fleet::Fleet,
    folder::{FolderError, FolderLock},
    http::{self, Readiness},
    ingest::{Ingest, MAX_MESSAGE_BYTES},
    metrics::{Metrics, Spans},
    nodes::{self, NodeCalls, Nodes},
    operational,
    policies::{self, Enforcement, KeyError, Policies, Signer},
    record::Record,
    rules::Rules,
    security::{self, Gate, Guard, Listener, Protocol, SecurityError},
    session::{MAX_SESSIONS, Sessions},
    shards::{Beside, Shards},
    sinks::{self, SinksHealth},
    standard,
    store::{Report, Store, StoreError},
    tokens::TokenCalls,
    triage::Triages,
};

/// After this much silence a peer is asked whether it lives, and then has the second time to say so.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(20));

#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Security(#[from] SecurityError),
    #[error(transparent)]
    Enforcement(#[from] KeyError),
    #[error("cannot listen on {address} ({setting}): {source}; free it or choose another")]
    Bind { setting: &'static str, address: SocketAddr, source: io::Error },
    #[error("cannot write the ready file {}: {source}; check --ready-file", .path.display())]
    ReadyFile { path: PathBuf, source: io::Error },
    #[error("cannot register the metrics: {0}")]
    Metrics(#[from] prometheus::Error),
    #[error("cannot listen for signals: {0}")]
    Signals(io::Error),
    #[error("serving {what} failed: {reason}")]
    Serve { what: &'static str, reason: String },
    #[error("a task ended early: {0}")]
    Task(String),
}

type Tasks = JoinSet<Result<&'static str, RunError>>;

/// Serves until a signal, or until a task fails.
pub(crate) async fn run(
    config: Config,
    rules: Rules,
    ready_file: Option<PathBuf>,
    spans: Spans,
) -> Result<(), RunError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(RunError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(RunError::Signals)?;
    let _lock = FolderLock::take(&config.data_dir)?;
    let metrics = Arc::new(Metrics::new()?);
    metrics.add(spans.made)?;
    metrics.add(spans.sent)?;
    metrics.set_rules(rules.indicators.len(), rules.skipped, rules.broken.len());
    for broken in &rules.broken {
        tracing::warn!("skipped a rule: {broken}");
    }
    let (rules, indicators) = (rules.indicators.len(), Arc::new(rules.indicators));
    let durability = Durability::new(Arc::clone(&metrics));
    let gate = Gate::new(&config.security, &metrics)?;
    let (ready, readiness) = watch::channel(Readiness::No("opening the store"));
    let (grpc, grpc_address) = bind("grpc_listen", config.grpc_listen).await?;
    let (http, http_address) = bind("http_listen", config.http_listen).await?;
    let (shutdown, http_stop) = (CancellationToken::new(), CancellationToken::new());

    let http = Listener::new(http, gate.tls.clone(), Protocol::Http, Arc::clone(&metrics));
    let serving = http::serve(
        http,
        Arc::clone(&metrics),
        readiness,
        durability.clone(),
        config.image_metrics(),
        gate.guard.asks(),
        http_stop.clone(),
    );
    let http = tokio::spawn(serving);
    let mut tasks = Tasks::new();
    let grpc = Listener::new(grpc, gate.tls.clone(), Protocol::Grpc, Arc::clone(&metrics));
    if gate.tls.is_none() && !grpc_address.ip().to_canonical().is_loopback() {
        tracing::warn!(grpc = %grpc_address, "all that is sent to this address is plain text, tokens too; set tls_cert");
    }
    let door = (grpc.into_stream(), Arc::clone(&gate.guard));
    let renewing = gate.renew(shutdown.clone());
    tasks.spawn(async move {
        renewing.await;
        Ok("renewal of certificates and tokens")
    });
    let streams = TaskTracker::new();
    let (standard, reporting) = standard::services(ready.subscribe(), shutdown.clone())
        .map_err(|error| RunError::Serve { what: "reflection", reason: error.to_string() })?;
    tasks.spawn(async move {
        reporting.await;
        Ok("health")
    });
    let (shards, (api, console), report, sinks) =
        start(&config, &indicators, &metrics, &durability, door, standard, &shutdown, &streams, &mut tasks)
            .await?;
    ready.send_replace(Readiness::Yes { shards, troubles: report.lines().into(), api, console, sinks });
    tracing::info!(grpc = %grpc_address, http = %http_address, data_dir = ?config.data_dir, rules, "ready");
    if let Some(path) = ready_file {
        write_ready_file(&path, grpc_address, http_address)
            .map_err(|source| RunError::ReadyFile { path, source })?;
    }

    let mut early = None;
    tokio::select! {
        _ = terminate.recv() => tracing::info!("SIGTERM: draining"),
        _ = interrupt.recv() => tracing::info!("SIGINT: draining"),
        ended = tasks.join_next() => early = Some(reason(ended)),
    }
    ready.send_replace(Readiness::No("shutting down"));
    shutdown.cancel();
    let failed = drain(tasks, &streams, config.shutdown_grace).await;
    http_stop.cancel();
    let _ = http.await; // nothing depends on it any more
    match (failed, early) {
        (Some(error), _) | (None, Some(error)) => Err(error),
        (None, None) => Ok(()),
    }
}

/// Opens the store and starts all tasks but HTTP and renewal; the way to the shards, API and console for HTTP, what was
/// wrong with the store, and how sinks are.
#[allow(clippy::too_many_arguments, reason = "all that tasks share is made once, before the first of them")]
async fn start<C>(
    config: &Config,
    indicators: &Arc<Indicators>,
    metrics: &Arc<Metrics>,
    durability: &Durability,
    (connections, guard): (impl Stream<Item = io::Result<C>> + Send + 'static, Arc<Guard>),
    standard: Routes,
    shutdown: &CancellationToken,
    streams: &TaskTracker,
    tasks: &mut Tasks,
) -> Result<(Shards, (Api, Console), Report, SinksHealth), RunError>
where
    C: Connected<ConnectInfo: Clone + Send + Sync> + AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (folder, backups) = (config.data_dir.clone(), config.backups());
    let opened = tokio::task::spawn_blocking({
        let (backups, metrics) = (backups.clone(), Arc::clone(metrics));
        move || Store::open(&folder, &backups, &metrics)
    });
    let opened = opened.await;
    let (store, mut stored, report) =
        opened.map_err(|panic| RunError::Task(format!("opening the store: {panic}")))??;
    store.set_reserve(config.disk_reserve_bytes);
    tracing::info!(images = stored.images, alerts = stored.heads.len(), "the store is open");

    let policies = {
        let signer = |settings: &EnforcementSettings| {
            Ok::<_, KeyError>((Signer::read(&settings.key_file)?, settings.valid_for))
        };
        let signer = config.enforcement.as_ref().map(signer).transpose()?;
        Policies::new(&mut stored, signer, Arc::clone(metrics), config.nodes.silent_after)
    };
    let log = AlertLog::new(store.clone(), &mut stored, config.alerts_kept());
    let audit = Audit::new(store.clone(), &mut stored, config.security.audit(), Arc::clone(metrics));
    stored.sessions.sort_by_key(|(_, record)| std::cmp::Reverse(record.last_used_unix_s));
    stored.sessions.truncate(MAX_SESSIONS);
    let sessions = Arc::new(Sessions::new(stored.sessions));
    let settings = config.shards(indicators)?;
    let beside = Beside { upkeep: stored.upkeep, declared: stored.declared };
    let reading = {
        let (settings, store, metrics) = (settings.clone(), store.clone(), Arc::clone(metrics));
        let (decisions, commons) = (stored.decisions.clone(), Arc::clone(&stored.commons));
        move || Shards::new(&settings, &store, &metrics, &decisions, &commons, beside)
    };
    let (shards, owners) = blocking(reading).await?;
    let (committer, works) = mpsc::channel(checkpoint::QUEUE);
    let backing_up =
        backups::run(store.clone(), backups, config.backup_interval, Arc::clone(metrics), shutdown.clone());
    tasks.spawn(async move {
        backing_up.await;
        Ok("backups")
    });
    let committing = checkpoint::run(
        works,
        store,
        log.clone(),
        audit.clone(),
        policies.clone(),
        Arc::clone(metrics),
        durability.clone(),
    );
    tasks.spawn(async move { committing.await.map(|()| "committer").map_err(RunError::from) });
    for shard in owners {
        let committer = committer.clone();
        tasks.spawn(async move {
            shard.run(committer).await;
            Ok("shard")
        });
    }

    let nodes = Nodes::new(stored.nodes, config.nodes, Arc::clone(metrics));
    let watching = nodes::run(nodes.clone(), committer.clone(), shutdown.clone());
    tasks.spawn(async move {
        watching.await;
        Ok("nodes")
    });
    let operating = operational::run(
        nodes.clone(),
        durability.clone(),
        policies.clone(),
        log.clone(),
        committer.clone(),
        Arc::clone(metrics),
        shutdown.clone(),
    );
    tasks.spawn(async move { operating.await.map(|()| "operational alerts").map_err(RunError::from) });
    let node_calls = NodeCalls { nodes: nodes.clone(), committer: committer.clone() };
    let triages = Triages::new(log.clone(), committer.clone(), Arc::clone(metrics), streams.clone());
    let ingest = Ingest::new(
        shards.clone(),
        Arc::clone(&sessions),
        (nodes.clone(), config.nodes.streams, policies.clone(), triages.clone()),
        committer.clone(),
        Arc::clone(metrics),
        streams.clone(),
        shutdown.clone(),
    );
    let gathering = commons::run(
        shards.clone(),
        committer.clone(),
        Arc::clone(metrics),
        config.commons_interval,
        stored.commons,
        shutdown.clone(),
    );
    tasks.spawn(async move {
        gathering.await;
        Ok("commons")
    });
    let of_sinks = config.sinks.iter().map(|sink| sinks::consumer(&sink.name));
    let consumers =
        Consumers::new(stored.consumers, committer.clone(), Arc::clone(metrics)).with_sinks(of_sinks);
    let shared = sinks::Shared {
        log: log.clone(),
        consumers: consumers.clone(),
        metrics: Arc::clone(metrics),
        shutdown: shutdown.clone(),
    };
    let (sinks, deliveries) = sinks::sinks(&config.sinks, &config.data_dir, &shared)?;
    for delivery in deliveries {
        tasks.spawn(async move {
            delivery.await;
            Ok("sink")
        });
    }
    let (record, decided) = (Arc::new(Mutex::new(Record::new(stored.decisions))), Arc::new(Notify::new()));
    let following = policies::run(
        policies.clone(),
        nodes.clone(),
        Arc::clone(&record),
        Arc::clone(&decided),
        committer.clone(),
        shutdown.clone(),
    );
    tasks.spawn(async move {
        following.await;
        Ok("policies")
    });
    let enforcement = Enforcement {
        policies,
        shards: shards.clone(),
        nodes: nodes.clone(),
        record: Arc::clone(&record),
        committer: committer.clone(),
        metrics: Arc::clone(metrics),
    };
    let tokens = TokenCalls { tokens: guard.tokens(), committer: committer.clone() };
    let decisions = Decisions::new(
        log.clone(),
        (record, decided),
        committer,
        shards.clone(),
        Arc::clone(metrics),
        streams.clone(),
    );
    let alerts = Alerts::new(
        log.clone(),
        consumers,
        triages,
        settings.params.clone(),
        Arc::clone(metrics),
        streams.clone(),
        shutdown.clone(),
    );
    let started_unix_ns = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let baselines = Baselines { shards: shards.clone(), metrics: Arc::clone(metrics) };
    let fleet = Fleet {
        shards: shards.clone(),
        sessions,
        log,
        metrics: Arc::clone(metrics),
        durability: durability.clone(),
        nodes,
        started_unix_ns: u64::try_from(started_unix_ns).unwrap_or(u64::MAX),
    };
    let routes = standard
        .add_service(IngestServiceServer::new(ingest).max_decoding_message_size(MAX_MESSAGE_BYTES))
        .add_service(AlertServiceServer::new(alerts))
        .add_service(IntentServiceServer::new(decisions).max_decoding_message_size(MAX_DOCUMENT_BYTES))
        .add_service(BaselineServiceServer::new(baselines))
        .add_service(EnforcementServiceServer::new(enforcement))
        .add_service(FleetServiceServer::new(fleet))
        .add_service(AuditServiceServer::new(audit))
        .add_service(TokenServiceServer::new(tokens))
        .add_service(NodeServiceServer::new(node_calls));
    let check = from_fn_with_state(Arc::clone(&guard), security::check);
    let services = routes.into_axum_router().layer(check);
    let api = Api::new(&services, guard.asks())
        .map_err(|error| RunError::Serve { what: "the API over HTTP", reason: error.to_string() })?;
    let console = Console::new(&services, &guard, config.security.tls().is_some())
        .map_err(|error| RunError::Serve { what: "the console", reason: error.to_string() })?;
    let serving = Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE.0))
        .http2_keepalive_timeout(Some(KEEPALIVE.1))
        .add_routes(services.into())
        .serve_with_incoming_shutdown(connections, shutdown.clone().cancelled_owned());
    tasks.spawn(async move {
        let served = serving.await;
        served.map(|()| "gRPC").map_err(|error| RunError::Serve { what: "gRPC", reason: error.to_string() })
    });
    Ok((shards, (api, console), report, sinks))
}

/// Waits for all tasks to end by themselves; the first failure among them.
async fn drain(mut tasks: Tasks, streams: &TaskTracker, grace: Duration) -> Option<RunError> {
    let begun = Instant::now();
    let mut failed = None;
    streams.close();
    let all = async {
        streams.wait().await;
        while let Some(ended) = tasks.join_next().await {
            if !matches!(ended, Ok(Ok(_))) {
                failed.get_or_insert_with(|| reason(Some(ended)));
            }
        }
    };
    let drained = timeout(grace, all).await.is_ok();
    if failed.is_some() {
        tracing::error!("stopped after a failure; what was not acknowledged will be sent again");
    } else if drained {
        tracing::info!(seconds = begun.elapsed().as_secs_f64(), "drained: all that was taken is durable");
    } else {
        let left = tasks.len() + streams.len();
        tracing::warn!(left, ?grace, "grace time over; what was not acknowledged will be sent again");
    }
    failed
}

fn reason(ended: Option<Result<Result<&'static str, RunError>, tokio::task::JoinError>>) -> RunError {
    match ended {
        Some(Ok(Err(error))) => error,
        Some(Ok(Ok(name))) => RunError::Task(format!("{name} had nothing left to do")),
        Some(Err(panic)) => RunError::Task(panic.to_string()),
        None => RunError::Task("there was none".to_owned()),
    }
}

async fn bind(setting: &'static str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), RunError> {
    let error = |source| RunError::Bind { setting, address, source };
    let listener = TcpListener::bind(address).await.map_err(error)?;
    let address = listener.local_addr().map_err(error)?;
    Ok((listener, address))
}

/// Whole or not at all, so that whoever waits for it never reads a part.
fn write_ready_file(path: &Path, grpc: SocketAddr, http: SocketAddr) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    fs::write(&new, format!("grpc={grpc}\nhttp={http}\n"))?;
    fs::rename(&new, path)
}

#[cfg(test)]
mod simulation;
