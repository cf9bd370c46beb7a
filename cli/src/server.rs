//! The way to the server, and what is said when it fails.
//!
//! Every error says what failed, why, and what to try, and has its exit code. Not here: any question asked.

use std::{error::Error, io, time::Duration};

use plumbline_proto::v1::{
    alert_service_client::AlertServiceClient, audit_service_client::AuditServiceClient,
    baseline_service_client::BaselineServiceClient, enforcement_service_client::EnforcementServiceClient,
    fleet_service_client::FleetServiceClient, intent_service_client::IntentServiceClient,
    node_service_client::NodeServiceClient, token_service_client::TokenServiceClient,
};
use tonic::{
    Code, Status,
    service::interceptor::InterceptedService,
    transport::{Channel, Endpoint},
};

use crate::{
    access::{Access, Bearer, Unusable},
    escape::escape,
};

/// A server answers at once or not at all.
const CONNECT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(30);
/// A watched server that says nothing is asked whether it lives, and has this long to say so.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// Largest answer taken: the images of a large fleet.
const MAX_ANSWER_BYTES: usize = 64 << 20;

#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error("{what}; {why}; {advice}")]
    Call { what: String, why: String, advice: String, exit: u8 },
    #[error("{0}")]
    Document(String),
    #[error("cannot print; {0}; try another place for the output")]
    Output(#[from] io::Error),
}

impl CliError {
    pub(crate) fn exit(&self) -> u8 {
        match self {
            Self::Call { exit, .. } => *exit,
            Self::Document(_) => 65,
            // Whoever read has seen enough, as with head(1).
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Output(_) => 1,
        }
    }
}

/// A server by its address, and who we are there.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    access: Access,
    endpoint: Endpoint,
}

/// A connection on which we say who we are.
pub(crate) type Connection = InterceptedService<Channel, Bearer>;

impl Server {
    pub(crate) fn new(access: Access) -> Result<Self, CliError> {
        let address = access.address();
        let wrong = |why: &str| CliError::Call {
            what: format!("{} is no address of a server", escape(address)),
            why: why.to_owned(),
            advice: "try --server http://127.0.0.1:7443".to_owned(),
            exit: 64,
        };
        if !address.starts_with("http://") && !address.starts_with("https://") {
            return Err(wrong("it begins neither with http:// nor with https://"));
        }
        let endpoint =
            Endpoint::from_shared(address.to_owned()).map_err(|error| wrong(&error.to_string()))?;
        let endpoint = endpoint
            .connect_timeout(CONNECT)
            .http2_keep_alive_interval(KEEPALIVE)
            .keep_alive_timeout(KEEPALIVE);
        let server = Self { access, endpoint };
        server.with_credentials(server.endpoint.clone())?;
        Ok(server)
    }

    /// Whether the server hears who we are.
    pub(crate) fn knows_us(&self) -> bool {
        self.access.names_us()
    }

    /// For the one answer of a call.
    pub(crate) async fn fleet(&self) -> Result<FleetServiceClient<Connection>, CliError> {
        let channel = self.connect(self.endpoint.clone().timeout(ANSWER)).await?;
        Ok(FleetServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    /// For the one answer of a call.
    pub(crate) async fn baselines(&self) -> Result<BaselineServiceClient<Connection>, CliError> {
        let channel = self.connect(self.endpoint.clone().timeout(ANSWER)).await?;
        Ok(BaselineServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    /// For the one answer of a call.
    pub(crate) async fn alerts(&self) -> Result<AlertServiceClient<Connection>, CliError> {
        let channel = self.connect(self.endpoint.clone().timeout(ANSWER)).await?;
        Ok(AlertServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    /// For the one answer of a call.
    pub(crate) async fn intent(&self) -> Result<IntentServiceClient<Connection>, CliError> {
        let channel = self.connect(self.endpoint.clone().timeout(ANSWER)).await?;
        Ok(IntentServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    /// For the one answer of a call.
    pub(crate) async fn nodes(&self) -> Result<NodeServiceClient<Connection>, CliError> {
        let channel = self.connect(self.endpoint.clone().timeout(ANSWER)).await?;
        Ok(NodeServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    /// For the one answer of a call.
    pub(crate) async fn audit(&self) -> Result<AuditServiceClient<Connection>, CliError> {
        let channel = self.connect(self.endpoint.clone().timeout(ANSWER)).await?;
        Ok(AuditServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    /// For the one answer of a call.
    pub(crate) async fn enforcement(&self) -> Result<EnforcementServiceClient<Connection>, CliError> {
        let channel = self.connect(self.endpoint.clone().timeout(ANSWER)).await?;
        Ok(EnforcementServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    /// For the one answer of a call.
    pub(crate) async fn tokens(&self) -> Result<TokenServiceClient<Connection>, CliError> {
        let channel = self.connect(self.endpoint.clone().timeout(ANSWER)).await?;
        Ok(TokenServiceClient::new(channel))
    }

    /// For an answer without end.
    pub(crate) async fn watched_alerts(&self) -> Result<AlertServiceClient<Connection>, CliError> {
        let channel = self.connect(self.endpoint.clone()).await?;
        Ok(AlertServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    async fn connect(&self, endpoint: Endpoint) -> Result<Connection, CliError> {
        let (endpoint, bearer) = self.with_credentials(endpoint)?;
        let channel = endpoint.connect().await.map_err(|error| CliError::Call {
            what: format!("no server at {}", self.access.address()),
            why: root(&error),
            advice: "try --server or PLUMBLINE_SERVER with another address (https:// if it has a certificate, with \
                     --tls-ca for one of your own CA), see `plumbline context list`, or start plumbline-server"
                .to_owned(),
            exit: 69,
        })?;
        Ok(InterceptedService::new(channel, bearer))
    }

    fn with_credentials(&self, endpoint: Endpoint) -> Result<(Endpoint, Bearer), CliError> {
        self.access.apply(endpoint).map_err(|Unusable { why, advice }| CliError::Call {
            what: format!("cannot ask {}", self.access.address()),
            why: escape(&why),
            advice: advice.to_owned(),
            exit: 64,
        })
    }

    /// What a failed call means.
    pub(crate) fn failed(&self, call: &str, status: &Status) -> CliError {
        let (exit, advice) = match status.code() {
            Code::NotFound => (
                3,
                "try `plumbline alerts list`, `images list`, `decisions list`, `nodes list`, `enforcement list`, `alerts consumers` or `tokens list` for what there is",
            ),
            Code::Unauthenticated => (4, "try --token-file, or --tls-cert and --tls-key"),
            Code::PermissionDenied => (4, "try with the token or certificate of somebody who may"),
            Code::FailedPrecondition => {
                (1, "try `plumbline decisions list --all` or `images show` for how it stands")
            }
            Code::AlreadyExists => (1, "try another name, or remove that one first"),
            Code::InvalidArgument => (64, "try again with a value that fits"),
            Code::Aborted => {
                (1, "try `plumbline alerts show`, `images show` or `enforcement show` for how it is now")
            }
            Code::OutOfRange => (64, "try without --after, or ask the server that made the cursor"),
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => {
                (69, "try again, or look at the server's log")
            }
            // Not the server's word but what became of the connection, such as when the server is killed.
            Code::Unknown | Code::Internal if status.source().is_some() => {
                (69, "try again, or look at the server's log")
            }
            Code::ResourceExhausted => (69, "try again later or ask for less"),
            Code::Unimplemented => (1, "try a plumbline and a plumbline-server of the same version"),
            _ => (1, "try again, or look at the server's log"),
        };
        let why = match status.source() {
            Some(source) => root(source),
            None => escape(status.message()),
        };
        let why = if why.is_empty() { format!("{:?}", status.code()) } else { why };
        let what = format!("{call} failed at {}", self.access.address());
        CliError::Call { what, why, advice: advice.to_owned(), exit }
    }
}

/// The innermost cause; what is around it says less.
pub(crate) fn root(mut error: &(dyn Error + 'static)) -> String {
    while let Some(source) = error.source() {
        error = source;
    }
    escape(&error.to_string())
}
