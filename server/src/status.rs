//! What callers are told when a call fails: every error of the API, and its one way to a gRPC status.
//!
//! Messages name the field or the bound and say what to do. Not here: refusals of single batches, which do
//! not end a call (`wire.rs`).

use std::time::Duration;

use tonic::{Code, Status};

use crate::{
    alert_log::FindError, image_name::NameError, record::RecordError, session::SessionsFull,
    shards::ShardGone, store::StoreError, wire::Refusal,
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
    HelloLate(Duration),
    #[error("another stream of the same session was opened; a session has one stream")]
    TakenOver,
    #[error(transparent)]
    SessionsFull(#[from] SessionsFull),
    #[error("all {max} {what} are taken; close some")]
    Full { what: &'static str, max: usize },
    #[error("the client did not read for {0:?}; go on after the last cursor it got")]
    Slow(Duration),
    #[error(
        "the client left all that may be in flight unacknowledged for {0:?}; subscribe again to be told it again"
    )]
    Unacknowledged(Duration),
    #[error("no start within {0:?}; it is the first message of a subscription")]
    StartLate(Duration),
    #[error("another stream of the same consumer was opened; a consumer has one stream")]
    Superseded,
    #[error("the consumer was deleted")]
    ConsumerDeleted,
    #[error("the alert has changed since and has revision {present} now; look at it again")]
    Changed { present: u32 },
    #[error("no consumer {name:?}")]
    NoConsumer { name: String },
    #[error("{field}: {cursor} is ahead of the log, which ends at {last}; was it made by another server?")]
    Ahead { field: &'static str, cursor: u64, last: u64 },
    #[error(transparent)]
    Find(#[from] FindError),
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Store(#[from] StoreError),
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
        ApiError::HelloLate(_) | ApiError::StartLate(_) => Code::DeadlineExceeded,
        ApiError::TakenOver | ApiError::Superseded | ApiError::Changed { .. } => Code::Aborted,
        ApiError::SessionsFull(_)
        | ApiError::Full { .. }
        | ApiError::Slow(_)
        | ApiError::Unacknowledged(_) => Code::ResourceExhausted,
        ApiError::NoConsumer { .. } | ApiError::ConsumerDeleted => Code::NotFound,
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
        ApiError::Leaving => Code::Unavailable,
    };
    Status::new(code, error.to_string())
}
