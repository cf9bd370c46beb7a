//! What callers are told when a call fails: every error of the API, and its one way to a gRPC status.
//!
//! Messages name the field or the bound and say what to do. Not here: refusals of single batches, which do
//! not end a call (`wire.rs`).

use tonic::{Code, Status};

use crate::{
    alert_log::FindError, image_name::NameError, record::RecordError, security::AccessError,
    session::OpenError, shards::ShardGone, store::StoreError, wire::Refusal,
};

#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("{field}: {problem}")]
    Field { field: &'static str, problem: String },
    #[error("{field}: {value}; this server is {known}: upgrade the server first")]
    Newer { field: &'static str, value: String, known: String },
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("no hello within {0:?}; it is the first message of a stream")]
    HelloLate(std::time::Duration),
    #[error("another stream of the same session was opened; a session has one stream")]
    TakenOver,
    #[error(transparent)]
    Session(#[from] OpenError),
    #[error("hello.node: {node:?} has {max} streams, as many as a node may; end some")]
    NodeFull { node: String, max: usize },
    #[error("nothing came for {0:?}; connect again when there is something")]
    Idle(std::time::Duration),
    #[error("no node is named {name:?}; `plumbline nodes list` tells which there are")]
    NoNode { name: String },
    #[error("the node {name:?} is connected; stop its collector first")]
    NodeConnected { name: String },
    #[error("all {max} {what} are taken; close some")]
    Full { what: &'static str, max: usize },
    #[error("the watcher did not read for {0:?}; watch again after the last cursor it got")]
    Slow(std::time::Duration),
    #[error(
        "after_cursor: {cursor} is ahead of the log, which ends at {last}; was it made by another server?"
    )]
    Ahead { cursor: u64, last: u64 },
    #[error(transparent)]
    Find(#[from] FindError),
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("the server is shutting down; connect again")]
    Leaving,
}

impl From<ShardGone> for ApiError {
    fn from(_: ShardGone) -> Self {
        Self::Leaving
    }
}

/// The status a call ends with.
pub(crate) fn status(error: impl Into<ApiError>) -> Status {
    let error = error.into();
    let code = match &error {
        ApiError::Field { .. } | ApiError::Find(FindError::Ambiguous { .. }) => Code::InvalidArgument,
        ApiError::Newer { .. } => Code::FailedPrecondition,
        ApiError::Refused(refusal) => refusal.code,
        ApiError::HelloLate(_) => Code::DeadlineExceeded,
        ApiError::TakenOver => Code::Aborted,
        ApiError::Session(OpenError::OtherNode { .. }) => Code::PermissionDenied,
        ApiError::NodeConnected { .. } => Code::FailedPrecondition,
        ApiError::NoNode { .. } => Code::NotFound,
        ApiError::Idle(_) => Code::Cancelled,
        ApiError::Session(OpenError::Full)
        | ApiError::NodeFull { .. }
        | ApiError::Full { .. }
        | ApiError::Slow(_) => Code::ResourceExhausted,
        ApiError::Ahead { .. } => Code::OutOfRange,
        ApiError::Find(FindError::Missing { .. }) => Code::NotFound,
        ApiError::Find(FindError::Store(_)) | ApiError::Store(_) => Code::Internal,
        ApiError::Name(NameError::Missing { .. }) | ApiError::Record(RecordError::Missing { .. }) => {
            Code::NotFound
        }
        ApiError::Name(NameError::Ambiguous { .. }) | ApiError::Record(RecordError::Ambiguous { .. }) => {
            Code::InvalidArgument
        }
        ApiError::Record(RecordError::Revoked { .. }) => Code::FailedPrecondition,
        ApiError::Record(RecordError::Full { .. }) => Code::ResourceExhausted,
        ApiError::Access(AccessError::LockedOut) => Code::ResourceExhausted,
        ApiError::Access(AccessError::Unknown) => Code::Unimplemented,
        ApiError::Access(
            AccessError::Role { .. } | AccessError::Node { .. } | AccessError::Author { .. },
        ) => Code::PermissionDenied,
        ApiError::Access(
            AccessError::Missing | AccessError::Token | AccessError::Certificate | AccessError::Ended,
        ) => Code::Unauthenticated,
        ApiError::Leaving => Code::Unavailable,
    };
    Status::new(code, error.to_string())
}
