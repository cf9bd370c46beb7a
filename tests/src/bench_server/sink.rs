//! The null sink: what it costs just to receive. It takes the same streams as the server, decodes each batch and drops it,
//! and acknowledges each frame at once.
//!
//! It is a process of its own with a runtime like the server's, so that both are measured alike.

use anyhow::{Context, Result};
use plumbline_proto::v1::{
    Ack, Batch, IngestRequest, IngestResponse, Welcome, ingest_request, ingest_response,
    ingest_service_server::{IngestService, IngestServiceServer},
};
use plumbline_tests::programs::Program;
use prost::Message;
use std::{fs, path::Path};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Request, Response, Status, Streaming,
    transport::{Server, server::TcpIncoming},
};

/// As the server's.
const MAX_MESSAGE_BYTES: usize = 5 << 20;
/// Answers that wait for a sender to read them, as the server's.
const ANSWERS: usize = 16;

/// A null sink that runs; killed when dropped.
pub(crate) struct Sink {
    program: Program,
    pub(crate) url: String,
}

impl Sink {
    /// Starts this program as a null sink.
    pub(crate) fn start(directory: &Path) -> Result<Self> {
        let ready = directory.join("sink.ready");
        let path = ready.display().to_string();
        let arguments = ["null-sink", "--ready-file", &path];
        let mut program = Program::start("bench-server", &arguments, &directory.join("sink.log"))?;
        let url = format!("http://{}", program.ready(&ready)?.trim());
        Ok(Self { program, url })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.program.pid()
    }
}

/// Is the null sink, until killed. The ready file gets its address.
pub(crate) fn serve(ready_file: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let new = ready_file.with_extension("new");
        fs::write(&new, format!("{address}\n")).context("can't write the ready file")?;
        fs::rename(&new, ready_file)?;
        let service = IngestServiceServer::new(Null).max_decoding_message_size(MAX_MESSAGE_BYTES);
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        Ok(Server::builder().add_service(service).serve_with_incoming(incoming).await?)
    })
}

struct Null;

#[tonic::async_trait]
impl IngestService for Null {
    type StreamStream = ReceiverStream<Result<IngestResponse, Status>>;

    async fn stream(
        &self,
        request: Request<Streaming<IngestRequest>>,
    ) -> Result<Response<Self::StreamStream>, Status> {
        let (answers, answered) = mpsc::channel(ANSWERS);
        tokio::spawn(async move {
            if let Err(end) = receive(request.into_inner(), &answers).await {
                let _ = answers.send(Err(end)).await; // the sender may have gone
            }
        });
        Ok(Response::new(ReceiverStream::new(answered)))
    }
}

async fn receive(
    mut inbound: Streaming<IngestRequest>,
    answers: &mpsc::Sender<Result<IngestResponse, Status>>,
) -> Result<(), Status> {
    while let Some(request) = inbound.message().await? {
        let kind = match request.kind {
            Some(ingest_request::Kind::Frame(frame)) => {
                let batch =
                    Batch::decode(frame.batch).map_err(|error| Status::internal(error.to_string()))?;
                drop(std::hint::black_box(batch));
                ingest_response::Kind::Ack(Ack { seq: frame.seq })
            }
            _ => ingest_response::Kind::Welcome(Welcome { durable_seq: 0, server_version: "0".to_owned() }),
        };
        if answers.send(Ok(IngestResponse { kind: Some(kind) })).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}
