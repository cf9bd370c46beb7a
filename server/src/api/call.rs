//! One method of gRPC, asked in this process with messages that are known by their descriptors only.
//!
//! The request goes through the guard as if it had come by gRPC: with the `authorization` headers as they were sent, and
//! with the peer of the connection. Nothing else of the HTTP request gets past here.

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    http::{HeaderMap, header::AUTHORIZATION, uri::PathAndQuery},
};
use bytes::Buf;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor, SerializeOptions};
use tonic::{
    Extensions, Status, Streaming,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::MetadataMap,
};

use super::TableError;
use crate::{
    security::Peer,
    status::{ApiError, status},
};

/// Where the services of a package are.
const PACKAGE: &str = "plumbline.v1";

/// One method, and who answers it.
#[derive(Clone, Debug)]
pub(super) struct Call {
    method: MethodDescriptor,
    path: PathAndQuery,
    services: Router,
}

impl Call {
    /// `method`: as SERVICE/METHOD.
    pub(super) fn new(
        pool: &DescriptorPool,
        method: &'static str,
        services: Router,
    ) -> Result<Self, TableError> {
        let missing = TableError::Method(method);
        let Some((service, name)) = method.split_once('/') else { return Err(missing) };
        let service = pool.get_service_by_name(&format!("{PACKAGE}.{service}"));
        let found = service.and_then(|service| service.methods().find(|method| method.name() == name));
        let path = PathAndQuery::try_from(format!("/{PACKAGE}.{method}"));
        match (found, path) {
            (Some(method), Ok(path)) if !method.is_client_streaming() => Ok(Self { method, path, services }),
            _ => Err(missing),
        }
    }

    /// What it is asked with.
    pub(super) fn input(&self) -> MessageDescriptor {
        self.method.input()
    }

    /// Whether it answers more than once.
    pub(super) fn streams(&self) -> bool {
        self.method.is_server_streaming()
    }

    /// The one answer.
    pub(super) async fn unary(
        &self,
        asked: tonic::Request<DynamicMessage>,
    ) -> Result<DynamicMessage, Status> {
        let mut client = self.client().await;
        let answer = client.unary(asked, self.path.clone(), Dynamic(self.method.output())).await;
        Ok(answer?.into_inner())
    }

    /// The answers.
    pub(super) async fn stream(
        &self,
        asked: tonic::Request<DynamicMessage>,
    ) -> Result<Streaming<DynamicMessage>, Status> {
        let mut client = self.client().await;
        let output = Dynamic(self.method.output());
        let answers = client.server_streaming(asked, self.path.clone(), output).await;
        Ok(answers?.into_inner())
    }

    async fn client(&self) -> Grpc<Router> {
        // The answer is our own, so its bounds are those of who made it.
        let mut client = Grpc::new(self.services.clone()).max_decoding_message_size(usize::MAX);
        let Ok(()) = client.ready().await;
        client
    }
}

/// A message, asked by who makes a request.
pub(super) fn asked(message: DynamicMessage, of: &Request) -> tonic::Request<DynamicMessage> {
    let mut headers = HeaderMap::new();
    for shown in of.headers().get_all(AUTHORIZATION) {
        headers.append(AUTHORIZATION, shown.clone());
    }
    let mut extensions = Extensions::new();
    if let Some(ConnectInfo(peer)) = of.extensions().get::<ConnectInfo<Peer>>() {
        extensions.insert(peer.clone());
    }
    tonic::Request::from_parts(MetadataMap::from_headers(headers), extensions, message)
}

/// The proto3 JSON form.
pub(super) fn json(message: &DynamicMessage) -> Result<String, ApiError> {
    let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false);
    let mut json = serde_json::Serializer::new(Vec::new());
    message
        .serialize_with_options(&mut json, &options)
        .map_err(|error| ApiError::Untold(error.to_string()))?;
    String::from_utf8(json.into_inner()).map_err(|error| ApiError::Untold(error.to_string()))
}

/// Messages of one descriptor.
#[derive(Clone, Debug)]
struct Dynamic(MessageDescriptor);

impl Codec for Dynamic {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        self.clone()
    }

    fn decoder(&mut self) -> Self {
        self.clone()
    }
}

impl Encoder for Dynamic {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, item: DynamicMessage, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(into).map_err(|error| status(ApiError::Untold(error.to_string())))
    }
}

impl Decoder for Dynamic {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let bytes = from.copy_to_bytes(from.remaining());
        let message = DynamicMessage::decode(self.0.clone(), bytes);
        message.map(Some).map_err(|error| status(ApiError::Untold(error.to_string())))
    }
}
