//! Traces of the real program, taken by a receiver that speaks OTLP: what is told, and that nothing is where it is not asked for.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    trace::v1::Span,
};
use plumbline_proto::v1::{GetAlertRequest, ListDecisionsRequest};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use crate::{
    fixture::batch,
    harness::{Collector, LIMIT, Server, wait_for},
};

/// Takes what comes.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Vec<(String, Span)>>>);

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for told in request.into_inner().resource_spans {
            let service = format!("{:?}", told.resource);
            let spans = told.scope_spans.into_iter().flat_map(|scope| scope.spans);
            self.0.lock().unwrap().extend(spans.map(|span| (service.clone(), span)));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Receiver {
    /// One that listens, and where.
    async fn begin() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let receiver = Self::default();
        let serving = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(receiver.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(serving);
        (receiver, address)
    }

    fn names(&self) -> BTreeSet<String> {
        self.0.lock().unwrap().iter().map(|(_, span)| span.name.clone()).collect()
    }

    async fn has(&self, names: &[&str]) {
        let limit = tokio::time::Instant::now() + LIMIT;
        while !names.iter().all(|name| self.names().contains(*name)) {
            assert!(tokio::time::Instant::now() < limit, "only {:?}", self.names());
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_judging_and_commits_are_told_by_otlp_and_what_is_told_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (receiver, address) = Receiver::begin().await;
    let mut server = Server::start_with(&folder.path().join("data"), &["--otlp-endpoint", &address]);
    let (mut collector, _) = Collector::greet(&server, 1).await;
    collector.send(1, batch("a-node", 0)).await;
    collector.acknowledged(1).await;
    let mut client = server.intent().await;
    client.list(ListDecisionsRequest::default()).await.unwrap();
    let unknown = GetAlertRequest { id: "zzz".into() };
    server.alerts().await.get(unknown).await.unwrap_err();
    receiver.has(&["judge", "commit", "IntentService/List", "AlertService/Get"]).await;
    let told = receiver.0.lock().unwrap().clone();
    let of = |name: &str| told.iter().find(|(_, span)| span.name == name).unwrap();
    let (service, list) = of("IntentService/List");
    assert!(service.contains("plumbline-server"), "{service}");
    assert!(list.end_time_unix_nano >= list.start_time_unix_nano && list.start_time_unix_nano > 0);
    assert!(format!("{:?}", of("AlertService/Get").1.attributes).contains("rpc.grpc.status_code"));
    let all = format!("{told:?}");
    for word in ["a-node", "shop/web", "zzz", "127.0.0.1"] {
        assert!(!all.contains(word), "{word} is in a trace");
    }
    // It is counted once the receiver has answered.
    let sent = wait_for("spans that were sent", || {
        let sent = server.metric("plumbline_server_spans_sent_total");
        (sent >= 4).then_some(sent)
    });
    assert!(server.metric("plumbline_server_spans_total") >= sent);

    // What was made last is sent at the end.
    server.fleet().await.get_status(plumbline_proto::v1::GetStatusRequest {}).await.unwrap();
    drop((collector, client));
    server.terminate();
    assert!(server.wait().success());
    assert!(receiver.names().contains("FleetService/GetStatus"), "{:?}", receiver.names());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_away_holds_up_nothing_and_what_it_misses_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let endpoint = format!("http://{gone}");
    let mut server = Server::start_with(&folder.path().join("data"), &["--otlp-endpoint", &endpoint]);
    let (mut collector, _) = Collector::greet(&server, 1).await;
    collector.send(1, batch("a", 0)).await;
    collector.acknowledged(1).await;
    assert!(server.metric("plumbline_server_spans_total") > 0);
    assert_eq!(server.metric("plumbline_server_spans_sent_total"), 0);
    drop(collector);
    server.terminate();
    assert!(server.wait().success());
}
