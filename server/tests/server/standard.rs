//! What generic clients ask any gRPC server: how it is, what it offers, and what an error means.

use plumbline_proto::v1::{GetAlertRequest, ListAlertsRequest};
use tokio_stream::StreamExt;
use tonic::Code;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};
use tonic_types::StatusExt;

use crate::harness::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)] // so that clients let go while it waits for the end
async fn health_is_told_of_each_service_and_who_watches_it_hears_that_the_server_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(&folder.path().join("data"));
    let mut client = HealthClient::new(server.channel().await);
    let of = |service: &str| HealthCheckRequest { service: service.to_owned() };
    for service in ["", "plumbline.v1.AlertService", "plumbline.v1.IngestService"] {
        // Health follows the readiness that the file tells of. Once, this asked in between.
        let mut watch = client.watch(of(service)).await.unwrap().into_inner();
        while watch.message().await.unwrap().unwrap().status() != ServingStatus::Serving {}
        let answer = client.check(of(service)).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    assert_eq!(client.check(of("nobody")).await.unwrap_err().code(), Code::NotFound);
    let mut watch = client.watch(of("plumbline.v1.AlertService")).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    server.terminate();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    assert!(watch.message().await.unwrap().is_none(), "a watch of health holds up the end");
    drop((watch, client));
    assert!(server.wait().success());
}

#[tokio::test]
async fn reflection_tells_every_service_and_its_messages() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let mut client = ServerReflectionClient::new(server.channel().await);
    let ask = |what| ServerReflectionRequest { host: String::new(), message_request: Some(what) };
    let questions = [
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol("plumbline.v1.AlertService".into())),
    ];
    let answers = client.server_reflection_info(tokio_stream::iter(questions)).await.unwrap().into_inner();
    let answers: Vec<_> =
        answers.map(|answer| answer.unwrap().message_response.unwrap()).collect::<Vec<_>>().await;
    let [MessageResponse::ListServicesResponse(services), MessageResponse::FileDescriptorResponse(file)] =
        &answers[..]
    else {
        panic!("{answers:?}");
    };
    let mut names: Vec<_> = services.service.iter().map(|service| service.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection",
            "plumbline.v1.AlertService",
            "plumbline.v1.AuditService",
            "plumbline.v1.BaselineService",
            "plumbline.v1.EnforcementService",
            "plumbline.v1.FleetService",
            "plumbline.v1.IngestService",
            "plumbline.v1.IntentService",
            "plumbline.v1.NodeService",
            "plumbline.v1.TokenService",
        ]
    );
    let bytes = &file.file_descriptor_proto[0];
    assert!(bytes.windows(13).any(|part| part == b"TriageRequest"));
}

#[tokio::test]
async fn errors_have_details_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let mut client = server.alerts().await;
    let refused = client.list(ListAlertsRequest { limit: 1001, ..Default::default() }).await.unwrap_err();
    let details = refused.get_error_details();
    assert_eq!(details.bad_request().unwrap().field_violations[0].field, "limit");
    let missing = client.get(GetAlertRequest { id: "x".repeat(1 << 20) }).await.unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);
    let info = missing.get_error_details().error_info().unwrap().clone();
    assert_eq!((info.reason.as_str(), info.domain.as_str()), ("NOT_FOUND", "plumbline"));
}
