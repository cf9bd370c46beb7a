//! What callers are told when a call fails: every error of the API, and its one way to a gRPC status.
//!
//! Messages name the field or the bound and say what to do; details say the same to programs, as google.rpc has it:
//! ErrorInfo always, and BadRequest, ResourceInfo or RetryInfo where they fit. Not here: refusals of single batches, which do
//! not end a call (`wire.rs`).

use std::{collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::{
    alert_log::FindError,
    image_name::NameError,
    policies::PolicyError,
    record::RecordError,
    security::{AccessError, tokens_file::TokensError},
    session::OpenError,
    shards::ShardGone,
    store::StoreError,
    upkeep::UpkeepError,
    wire::Refusal,
};

/// Whose reasons they are, see google.rpc.ErrorInfo.
const DOMAIN: &str = "plumbline";
/// When to try again: a server that starts again, a place that somebody has to free.
const RETRY: Duration = Duration::from_secs(1);
const RETRY_FULL: Duration = Duration::from_secs(30);
/// Letters of a text in a status.
const TEXT_CHARS: usize = 512;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("{field}: {problem}")]
    Field { field: &'static str, problem: String },
    #[error("{name}: {problem}")]
    Parameter { name: String, problem: String },
    #[error("nothing is served at this path; is it of another version?")]
    NoPath,
    #[error("only GET is served over HTTP; what changes something goes by gRPC")]
    ReadOnly,
    #[error("Host: nobody is asked who they are here, so that only localhost or an address is taken")]
    Host,
    #[error("the form is not one that this server made for you; load its page again, and send it from there")]
    Form,
    #[error("{0}; try again")]
    NotReady(&'static str),
    #[error("the answer can't be told: {0}; that is a mistake of the server")]
    Untold(String),
    #[error("{field}: {value}; this server is {known}: upgrade the server first")]
    Newer { field: &'static str, value: String, known: String },
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("no hello within {0:?}; it is the first message of a stream")]
    HelloLate(Duration),
    #[error("another stream of the same session was opened; a session has one stream")]
    TakenOver,
    #[error(transparent)]
    Session(#[from] OpenError),
    #[error("hello.node: {node:?} has {max} streams, as many as a node may; end some")]
    NodeFull { node: String, max: usize },
    #[error("nothing came for {0:?}; connect again when there is something")]
    Idle(std::time::Duration),
    #[error("start.consumer: {name:?} is somebody else's; take another name")]
    OtherConsumer { name: String },
    #[error("no node is named {name:?}; `plumbline nodes list` tells which there are")]
    NoNode { name: String },
    #[error("the node {name:?} is connected; stop its collector first")]
    NodeConnected { name: String },
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
    #[error("the intent has changed since and has the etag {present} now; look at it again")]
    IntentChanged { present: String },
    #[error(
        "the alert {id} is operational: it is no incident that was judged, so there is nothing to explain, approve or deny"
    )]
    Operational { id: String },
    #[error(
        "the consumer {name:?} is the place of a sink, which would begin anew; take the sink out of the settings, restart, and \
         forget it then"
    )]
    OfSink { name: String },
    #[error("no consumer {name:?}")]
    NoConsumer { name: String },
    #[error("{field}: {cursor} is ahead of the log, which ends at {last}; was it made by another server?")]
    Ahead { field: &'static str, cursor: u64, last: u64 },
    #[error(transparent)]
    Find(#[from] FindError),
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Upkeep(#[from] UpkeepError),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(
        "the server has no tokens_file; make one with `plumbline-server tokens add`, name it in the configuration, and restart"
    )]
    NoTokens,
    #[error(transparent)]
    Tokens(#[from] TokensError),
    #[error("the server is shutting down; connect again")]
    Leaving,
}

impl From<ShardGone> for ApiError {
    fn from(_: ShardGone) -> Self {
        Self::Leaving
    }
}

/// The status a call ends with, with details for programs.
pub(crate) fn status(error: impl Into<ApiError>) -> Status {
    let error = error.into();
    let (code, reason) = kind(&error);
    let mut details = details(&error);
    details.set_error_info(reason, DOMAIN, facts(&error));
    Status::with_error_details(code, cut(&error.to_string()), details)
}

/// The code, and the word for it that programs go by. Words are a contract, as names of metrics are.
fn kind(error: &ApiError) -> (Code, &'static str) {
    match error {
        ApiError::Field { .. } | ApiError::Parameter { .. } => (Code::InvalidArgument, "FIELD"),
        ApiError::Host => (Code::PermissionDenied, "HOST"),
        ApiError::Form => (Code::PermissionDenied, "FORM"),
        ApiError::NoPath => (Code::NotFound, "NO_PATH"),
        ApiError::ReadOnly => (Code::Unimplemented, "READ_ONLY"),
        ApiError::NotReady(_) => (Code::Unavailable, "NOT_READY"),
        ApiError::Untold(_) => (Code::Internal, "UNTOLD"),
        ApiError::Newer { .. } => (Code::FailedPrecondition, "SERVER_TOO_OLD"),
        ApiError::Refused(refusal) => (refusal.code, "BATCH"),
        ApiError::HelloLate(_) => (Code::DeadlineExceeded, "NO_HELLO"),
        ApiError::StartLate(_) => (Code::DeadlineExceeded, "NO_START"),
        ApiError::TakenOver | ApiError::Superseded => (Code::Aborted, "TAKEN_OVER"),
        ApiError::Changed { .. } => (Code::Aborted, "ALERT_CHANGED"),
        ApiError::IntentChanged { .. } => (Code::Aborted, "INTENT_CHANGED"),
        ApiError::Policy(PolicyError::Changed { .. }) => (Code::Aborted, "POLICY_CHANGED"),
        ApiError::Policy(PolicyError::Off) => (Code::FailedPrecondition, "ENFORCEMENT_OFF"),
        ApiError::Policy(PolicyError::Full { .. }) => (Code::ResourceExhausted, "POLICIES_FULL"),
        ApiError::Upkeep(UpkeepError::Changed { .. }) => (Code::Aborted, "BASELINE_CHANGED"),
        ApiError::Upkeep(UpkeepError::OtherRequest { .. }) => (Code::InvalidArgument, "FIELD"),
        ApiError::Upkeep(UpkeepError::Locked) => (Code::FailedPrecondition, "LOCKED"),
        ApiError::Session(OpenError::Full)
        | ApiError::NodeFull { .. }
        | ApiError::Full { .. }
        | ApiError::Record(RecordError::Full { .. }) => (Code::ResourceExhausted, "FULL"),
        ApiError::Session(OpenError::OtherNode { .. }) => (Code::PermissionDenied, "NODE"),
        ApiError::OtherConsumer { .. } => (Code::PermissionDenied, "NOT_YOURS"),
        ApiError::Operational { .. } => (Code::FailedPrecondition, "OPERATIONAL"),
        ApiError::NodeConnected { .. } => (Code::FailedPrecondition, "CONNECTED"),
        ApiError::OfSink { .. } => (Code::FailedPrecondition, "OF_SINK"),
        ApiError::NoNode { .. } => (Code::NotFound, "NOT_FOUND"),
        ApiError::Idle(_) => (Code::Cancelled, "IDLE"),
        ApiError::Access(AccessError::LockedOut) => (Code::ResourceExhausted, "LOCKED_OUT"),
        ApiError::Access(AccessError::Unknown) => (Code::Unimplemented, "UNKNOWN_METHOD"),
        ApiError::Access(
            AccessError::Role { .. } | AccessError::Node { .. } | AccessError::Author { .. },
        ) => (Code::PermissionDenied, "NOT_ALLOWED"),
        ApiError::Access(
            AccessError::Missing | AccessError::Token | AccessError::Certificate | AccessError::Ended,
        ) => (Code::Unauthenticated, "WHO_ASKS"),
        ApiError::NoTokens => (Code::FailedPrecondition, "NO_TOKENS_FILE"),
        ApiError::Tokens(error) => match error {
            TokensError::Field { .. } => (Code::InvalidArgument, "FIELD"),
            TokensError::Exists { .. } => (Code::AlreadyExists, "EXISTS"),
            TokensError::Missing { .. } => (Code::NotFound, "NOT_FOUND"),
            TokensError::Full => (Code::ResourceExhausted, "FULL"),
            TokensError::Busy { .. } => (Code::Aborted, "BUSY"),
            TokensError::Unrecorded => (Code::Unavailable, "LEAVING"),
            TokensError::Read { .. }
            | TokensError::File { .. }
            | TokensError::Write { .. }
            | TokensError::Random(_) => (Code::Internal, "TOKENS_FILE"),
        },
        ApiError::Slow(_) => (Code::ResourceExhausted, "SLOW_READER"),
        ApiError::Unacknowledged(_) => (Code::ResourceExhausted, "UNACKNOWLEDGED"),
        ApiError::Ahead { .. } => (Code::OutOfRange, "CURSOR_AHEAD"),
        ApiError::NoConsumer { .. }
        | ApiError::ConsumerDeleted
        | ApiError::Find(FindError::Missing { .. })
        | ApiError::Name(NameError::Missing { .. })
        | ApiError::Policy(PolicyError::Missing { .. })
        | ApiError::Upkeep(UpkeepError::Gone)
        | ApiError::Record(RecordError::Missing { .. }) => (Code::NotFound, "NOT_FOUND"),
        ApiError::Find(FindError::Ambiguous { .. })
        | ApiError::Name(NameError::Ambiguous { .. })
        | ApiError::Record(RecordError::Ambiguous { .. }) => (Code::InvalidArgument, "AMBIGUOUS"),
        ApiError::Record(RecordError::Revoked { .. }) => (Code::FailedPrecondition, "REVOKED"),
        ApiError::Record(RecordError::Changed { .. }) => (Code::Aborted, "DECISION_CHANGED"),
        ApiError::Find(FindError::Store(_)) | ApiError::Store(_) => (Code::Internal, "STORE"),
        ApiError::Leaving => (Code::Unavailable, "LEAVING"),
    }
}

/// Which field is wrong, what is not there, when to try again.
fn details(error: &ApiError) -> ErrorDetails {
    let resource = |kind: &str, name: &str| ErrorDetails::with_resource_info(kind, cut(name), "", "");
    match error {
        ApiError::Field { field, problem } => ErrorDetails::with_bad_request_violation(*field, cut(problem)),
        ApiError::Tokens(TokensError::Field { field, problem }) => {
            ErrorDetails::with_bad_request_violation(*field, cut(problem))
        }
        ApiError::Tokens(TokensError::Exists { name } | TokensError::Missing { name }) => {
            resource("plumbline.v1.Token", name)
        }
        ApiError::Parameter { name, problem } => {
            ErrorDetails::with_bad_request_violation(cut(name), cut(problem))
        }
        ApiError::Upkeep(UpkeepError::OtherRequest { .. }) => {
            ErrorDetails::with_bad_request_violation("request_id", cut(&error.to_string()))
        }
        ApiError::Newer { field, .. } | ApiError::Ahead { field, .. } => {
            ErrorDetails::with_bad_request_violation(*field, cut(&error.to_string()))
        }
        ApiError::Refused(refusal) => {
            ErrorDetails::with_bad_request_violation(refusal.field.clone(), cut(&refusal.message))
        }
        ApiError::Find(FindError::Missing { id } | FindError::Ambiguous { id, .. }) => {
            resource("plumbline.v1.Alert", id)
        }
        ApiError::Name(NameError::Missing { name } | NameError::Ambiguous { name, .. }) => {
            resource("plumbline.v1.ImageStatus", name)
        }
        ApiError::Record(
            RecordError::Missing { id }
            | RecordError::Ambiguous { id, .. }
            | RecordError::Revoked { id, .. }
            | RecordError::Changed { id, .. },
        ) => resource("plumbline.v1.Decision", id),
        ApiError::Policy(PolicyError::Missing { name }) => resource("plumbline.v1.Policy", name),
        ApiError::NoConsumer { name } | ApiError::OfSink { name } => resource("plumbline.v1.Consumer", name),
        ApiError::NoNode { name } | ApiError::NodeConnected { name } => resource("plumbline.v1.Node", name),
        ApiError::Session(OpenError::Full) | ApiError::NodeFull { .. } | ApiError::Full { .. } => {
            ErrorDetails::with_retry_info(Some(RETRY_FULL))
        }
        ApiError::Leaving | ApiError::NotReady(_) | ApiError::Slow(_) | ApiError::Unacknowledged(_) => {
            ErrorDetails::with_retry_info(Some(RETRY))
        }
        _ => ErrorDetails::new(),
    }
}

/// What a program needs to go on.
fn facts(error: &ApiError) -> HashMap<String, String> {
    match error {
        ApiError::Changed { present }
        | ApiError::Upkeep(UpkeepError::Changed { present })
        | ApiError::Record(RecordError::Changed { present, .. }) => {
            HashMap::from([("etag".to_owned(), present.to_string())])
        }
        ApiError::Policy(PolicyError::Changed { present }) => {
            HashMap::from([("etag".to_owned(), present.to_string())])
        }
        ApiError::IntentChanged { present } => HashMap::from([("etag".to_owned(), present.clone())]),
        ApiError::Ahead { last, .. } => HashMap::from([("last_cursor".to_owned(), last.to_string())]),
        _ => HashMap::new(),
    }
}

/// A status travels in headers, and some of its text is the caller's.
fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_the_field_the_resource_the_etag_and_when_to_try_again() {
        let told = |error: ApiError| {
            let status = status(error);
            let details = status.get_error_details();
            assert_eq!(details.error_info().unwrap().domain, DOMAIN);
            (details.error_info().unwrap().reason.clone(), details)
        };
        let (reason, details) = told(ApiError::Field { field: "filter.node", problem: "too long".into() });
        let violation = &details.bad_request().unwrap().field_violations[0];
        assert_eq!((reason.as_str(), violation.field.as_str()), ("FIELD", "filter.node"));
        let (reason, details) = told(FindError::Missing { id: "12ab".into() }.into());
        let resource = details.resource_info().unwrap();
        assert_eq!((reason.as_str(), resource.resource_name.as_str()), ("NOT_FOUND", "12ab"));
        let (_, details) = told(ApiError::Changed { present: 7 });
        assert_eq!(details.error_info().unwrap().metadata["etag"], "7");
        let (_, details) = told(ApiError::Leaving);
        assert_eq!(details.retry_info().unwrap().retry_delay, Some(RETRY));
    }

    #[test]
    fn a_long_text_of_the_caller_does_not_make_a_long_status() {
        let status = status(FindError::Missing { id: "é".repeat(100_000) });
        assert!(status.message().len() < 4096 && status.details().len() < 4096);
        assert!(status.message().ends_with('…'));
    }
}
