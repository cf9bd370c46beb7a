//! The services that every gRPC server has: health (grpc.health.v1) and reflection (grpc.reflection.v1).
//!
//! Health says the same as /readyz: of the whole server, whose name is empty, and of each service alike. Who watches it is
//! told that the server leaves, and then its stream ends, so that it does not hold up the end.
//!
//! Not here: what readiness is (`http.rs`).

use plumbline_proto::{
    DESCRIPTORS,
    v1::{
        alert_service_server, audit_service_server, baseline_service_server, enforcement_service_server,
        fleet_service_server, ingest_service_server, intent_service_server, node_service_server,
        token_service_server,
    },
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic_health::{
    ServingStatus,
    server::{HealthReporter, health_reporter},
};

use crate::http::Readiness;

/// Names that health is told of.
const SERVICES: [&str; 10] = [
    "",
    alert_service_server::SERVICE_NAME,
    baseline_service_server::SERVICE_NAME,
    intent_service_server::SERVICE_NAME,
    fleet_service_server::SERVICE_NAME,
    ingest_service_server::SERVICE_NAME,
    audit_service_server::SERVICE_NAME,
    node_service_server::SERVICE_NAME,
    enforcement_service_server::SERVICE_NAME,
    token_service_server::SERVICE_NAME,
];

/// Both services, and what keeps health true until `shutdown`.
pub(crate) fn services(
    readiness: watch::Receiver<Readiness>,
    shutdown: CancellationToken,
) -> Result<(Routes, impl Future<Output = ()>), tonic_reflection::server::Error> {
    let (reporter, health) = health_reporter();
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    Ok((Routes::new(health).add_service(reflection), follow(reporter, readiness, shutdown)))
}

async fn follow(
    mut reporter: HealthReporter,
    mut readiness: watch::Receiver<Readiness>,
    shutdown: CancellationToken,
) {
    let mut told = None; // a watch is told of each word, also of the same one again
    loop {
        let ready = matches!(*readiness.borrow_and_update(), Readiness::Yes { .. });
        if told.replace(ready) != Some(ready) {
            let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
            for service in SERVICES {
                reporter.set_service_status(service, status).await;
            }
        }
        tokio::select! {
            changed = readiness.changed() => if changed.is_err() { break },
            () = shutdown.cancelled() => break,
        }
    }
    for service in SERVICES {
        if told == Some(true) {
            reporter.set_service_status(service, ServingStatus::NotServing).await;
        }
        reporter.clear_service_status(service).await;
    }
}
