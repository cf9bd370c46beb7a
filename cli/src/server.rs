//! The way to the server, and what is said when it fails.
//!
//! Every error says what failed, why, and what to try, and has its exit code. Not here: any question asked.

use std::{error::Error, io, time::Duration};

use plumbline_proto::v1::{
    alert_service_client::AlertServiceClient, decision_service_client::DecisionServiceClient,
    fleet_service_client::FleetServiceClient,
};
use tonic::{
    Code, Status,
    transport::{Channel, Endpoint},
};

use crate::escape::escape;

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
    #[error("cannot print; {0}; try another place for the output")]
    Output(#[from] io::Error),
}

impl CliError {
    pub(crate) fn exit(&self) -> u8 {
        match self {
            Self::Call { exit, .. } => *exit,
            // Whoever read has seen enough, as with head(1).
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Output(_) => 1,
        }
    }
}

/// A server by its address.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    address: String,
    endpoint: Endpoint,
}

impl Server {
    pub(crate) fn new(address: &str) -> Result<Self, CliError> {
        let wrong = |why: &str| CliError::Call {
            what: format!("{} is no address of a server", escape(address)),
            why: why.to_owned(),
            advice: "try --server http://127.0.0.1:7443".to_owned(),
            exit: 64,
        };
        if address.starts_with("https://") {
            return Err(wrong("TLS is not supported yet"));
        }
        if !address.starts_with("http://") {
            return Err(wrong("it does not begin with http://"));
        }
        let endpoint =
            Endpoint::from_shared(address.to_owned()).map_err(|error| wrong(&error.to_string()))?;
        let endpoint = endpoint
            .connect_timeout(CONNECT)
            .http2_keep_alive_interval(KEEPALIVE)
            .keep_alive_timeout(KEEPALIVE);
        Ok(Self { address: address.to_owned(), endpoint })
    }

    /// For the one answer of a call.
    pub(crate) async fn fleet(&self) -> Result<FleetServiceClient<Channel>, CliError> {
        let channel = self.connect(self.endpoint.clone().timeout(ANSWER)).await?;
        Ok(FleetServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    /// For the one answer of a call.
    pub(crate) async fn alerts(&self) -> Result<AlertServiceClient<Channel>, CliError> {
        let channel = self.connect(self.endpoint.clone().timeout(ANSWER)).await?;
        Ok(AlertServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    /// For the one answer of a call.
    pub(crate) async fn decisions(&self) -> Result<DecisionServiceClient<Channel>, CliError> {
        let channel = self.connect(self.endpoint.clone().timeout(ANSWER)).await?;
        Ok(DecisionServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    /// For an answer without end.
    pub(crate) async fn watched_alerts(&self) -> Result<AlertServiceClient<Channel>, CliError> {
        let channel = self.connect(self.endpoint.clone()).await?;
        Ok(AlertServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    async fn connect(&self, endpoint: Endpoint) -> Result<Channel, CliError> {
        endpoint.connect().await.map_err(|error| CliError::Call {
            what: format!("no server at {}", self.address),
            why: root(&error),
            advice: "try --server or PLUMBLINE_SERVER with another address, or start plumbline-server"
                .to_owned(),
            exit: 69,
        })
    }

    /// What a failed call means.
    pub(crate) fn failed(&self, call: &str, status: &Status) -> CliError {
        let (exit, advice) = match status.code() {
            Code::NotFound => (
                3,
                "try `plumbline alerts list`, `images list`, `decisions list` or `alerts consumers` for what there is",
            ),
            Code::FailedPrecondition => (1, "try `plumbline decisions list --all` for how it stands"),
            Code::InvalidArgument => (64, "try again with a value that fits"),
            Code::Aborted => (1, "try `plumbline alerts show` for how it is now"),
            Code::OutOfRange => (64, "try without --after, or ask the server that made the cursor"),
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => {
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
        let what = format!("{call} failed at {}", self.address);
        CliError::Call { what, why, advice: advice.to_owned(), exit }
    }
}

/// The innermost cause; what is around it says less.
fn root(mut error: &(dyn Error + 'static)) -> String {
    while let Some(source) = error.source() {
        error = source;
    }
    escape(&error.to_string())
}
