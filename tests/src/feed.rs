//! Batches, such as those of a recording, told to a server as a collector would.
//!
//! Not here: a real collector (`programs.rs`), and streams that lie or break.

use anyhow::Result;
use plumbline_proto::v1::{
    Batch, Frame, Hello, IngestRequest, ingest_request::Kind, ingest_service_client::IngestServiceClient,
};
use prost::Message;
use tonic::{codegen::tokio_stream, transport::Channel};

/// Sends them as a session of its own, and waits until all of them are durable.
///
/// # Errors
/// If the server does not take them.
pub fn feed(grpc: &str, session: u8, batches: Vec<Batch>) -> Result<()> {
    let hello = Hello {
        protocol_version: 1,
        collector_version: env!("CARGO_PKG_VERSION").to_owned(),
        session: vec![session; 16],
        node: "lab".to_owned(),
        answers_clock: false,
        takes_policies: false,
    };
    let frames = (1..)
        .zip(batches)
        .map(|(seq, batch)| Kind::Frame(Frame { seq, batch: batch.encode_to_vec().into() }));
    let requests: Vec<IngestRequest> = std::iter::once(Kind::Hello(hello))
        .chain(frames)
        .map(|kind| IngestRequest { kind: Some(kind) })
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let channel = Channel::from_shared(grpc.to_owned())?.connect().await?;
        let mut answers =
            IngestServiceClient::new(channel).stream(tokio_stream::iter(requests)).await?.into_inner();
        // The server ends the stream once it has acknowledged all.
        while answers.message().await?.is_some() {}
        Ok(())
    })
}
