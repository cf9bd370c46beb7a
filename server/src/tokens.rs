//! TokenService: gives tokens out and takes them back, in the file that `plumbline-server tokens` writes, too.
//!
//! The audit record has a change before the file has it: nobody comes in by a token of which it is not known who gave it out.
//! Where the file can't be written after that, the record is told so. What was changed holds when the call returns.
//!
//! Not here: the file (`security/tokens_file.rs`), who may call (`security/roles.rs`).

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use plumbline_proto::v1::{
    self, AddTokenRequest, AddTokenResponse, ListTokensRequest, ListTokensResponse, RemoveTokenRequest,
    token_service_server::TokenService,
};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};
use tonic::{Request, Response, Status};

use crate::{
    audit,
    blocking::blocking,
    checkpoint::Work,
    security::{
        Caller, Role, Token, Tokens,
        tokens_file::{self, New, TokensError},
    },
    status::{ApiError, status},
};

/// The service.
#[derive(Debug)]
pub(crate) struct TokenCalls {
    pub(crate) tokens: Option<Arc<Tokens>>,
    pub(crate) committer: mpsc::Sender<Work>,
}

/// Tells the audit record of changes, from a thread that may wait.
#[derive(Clone, Debug)]
struct Recorder {
    caller: Caller,
    method: &'static str,
    committer: mpsc::Sender<Work>,
    runtime: Handle,
}

impl Recorder {
    /// Returns when it is durable.
    fn tell(&self, name: &str, outcome: String) -> Result<(), TokensError> {
        let (done, durable) = oneshot::channel();
        let entry = audit::entry(&self.caller, self.method, name.to_owned(), outcome);
        let sent = self.committer.blocking_send(Work::Audit { entry, done });
        sent.map_err(|_| TokensError::Unrecorded)?;
        self.runtime.block_on(durable).map_err(|_| TokensError::Unrecorded)
    }

    /// Tells that what it was told has not come about.
    fn undone(&self, name: &str, error: &TokensError) {
        if let TokensError::Write { .. } = error {
            let _ = self.tell(name, format!("not done: {error}")); // whoever asked is told of the first failure
        }
    }
}

impl TokenCalls {
    fn tokens(&self) -> Result<Arc<Tokens>, ApiError> {
        self.tokens.clone().ok_or(ApiError::NoTokens)
    }

    fn recorder(&self, caller: Caller, method: &'static str) -> Recorder {
        Recorder { caller, method, committer: self.committer.clone(), runtime: Handle::current() }
    }

    async fn add(&self, caller: Caller, request: AddTokenRequest) -> Result<AddTokenResponse, ApiError> {
        let tokens = self.tokens()?;
        let role = match request.role() {
            v1::Role::Collector => Role::Collector,
            v1::Role::Viewer => Role::Viewer,
            v1::Role::Analyst => Role::Analyst,
            v1::Role::Admin => Role::Admin,
            v1::Role::Unspecified => {
                let problem = format!("{}; 1 (collector) to 4 (admin)", request.role);
                return Err(ApiError::Field { field: "role", problem });
            }
        };
        let new = New {
            name: request.name,
            role,
            node: Some(request.node).filter(|node| !node.is_empty()),
            any_node: request.any_node,
            lifetime: (request.lifetime_ns > 0).then(|| Duration::from_nanos(request.lifetime_ns)),
        };
        let recorder = self.recorder(caller, "TokenService/Add");
        blocking(move || {
            let name = new.name.clone();
            let added =
                tokens_file::add(tokens.path(), new, |token| recorder.tell(&token.name, given(token)));
            let (token, text) = added.inspect_err(|error| recorder.undone(&name, error))?;
            tokens.reload();
            Ok(AddTokenResponse { token: Some(message(&token)), text })
        })
        .await
    }

    async fn remove(&self, caller: Caller, name: String) -> Result<v1::Token, ApiError> {
        let tokens = self.tokens()?;
        let recorder = self.recorder(caller, "TokenService/Remove");
        blocking(move || {
            let taken =
                |token: &Token| recorder.tell(&token.name, format!("took back a token of {}", token.role));
            let removed = tokens_file::remove(tokens.path(), &name, taken);
            let token = removed.inspect_err(|error| recorder.undone(&name, error))?;
            tokens.reload();
            Ok(message(&token))
        })
        .await
    }
}

/// What the audit record says of a token.
fn given(token: &Token) -> String {
    let node = match (token.role, &token.node) {
        (Role::Collector, Some(node)) => format!(" for the node {node}"),
        (Role::Collector, None) => " for any node".to_owned(),
        _ => String::new(),
    };
    let until = token.expires.as_ref().map_or_else(String::new, |expires| format!(" until {expires}"));
    format!("gave out a token of {}{node}{until}", token.role)
}

fn message(token: &Token) -> v1::Token {
    let unix_ns = |time: &str| {
        let time = humantime::parse_rfc3339(time).ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        time.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
    };
    let role = match token.role {
        Role::Collector => v1::Role::Collector,
        Role::Viewer => v1::Role::Viewer,
        Role::Analyst => v1::Role::Analyst,
        Role::Admin => v1::Role::Admin,
    };
    v1::Token {
        name: token.name.clone(),
        role: role.into(),
        node: token.node.clone().unwrap_or_default(),
        created_unix_ns: unix_ns(&token.created),
        expires_unix_ns: token.expires.as_deref().map_or(0, unix_ns),
    }
}

#[tonic::async_trait]
impl TokenService for TokenCalls {
    async fn list(&self, _: Request<ListTokensRequest>) -> Result<Response<ListTokensResponse>, Status> {
        let tokens = self.tokens().map_err(status)?;
        let file = blocking(move || tokens_file::list(tokens.path(), false)).await.map_err(status)?;
        let tokens = file.token.iter().map(message).collect();
        Ok(Response::new(ListTokensResponse { tokens }))
    }

    async fn add(&self, request: Request<AddTokenRequest>) -> Result<Response<AddTokenResponse>, Status> {
        let caller = Caller::of(&request).map_err(status)?;
        Self::add(self, caller, request.into_inner()).await.map(Response::new).map_err(status)
    }

    async fn remove(&self, request: Request<RemoveTokenRequest>) -> Result<Response<v1::Token>, Status> {
        let caller = Caller::of(&request).map_err(status)?;
        Self::remove(self, caller, request.into_inner().name).await.map(Response::new).map_err(status)
    }
}
