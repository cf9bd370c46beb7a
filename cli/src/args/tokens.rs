//! The command line of `plumbline tokens`.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use plumbline_proto::v1::Role as WireRole;

#[derive(Debug, Subcommand)]
pub(crate) enum Tokens {
    /// Whose tokens there are.
    List,
    /// Gives a token out and prints it, once: the server keeps its hash only.
    Add(NewToken),
    /// Takes a token back; streams that came in by it end.
    Remove {
        /// Whose it is.
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct NewToken {
    /// Whose it is: letters, digits and any of . _ - @. What they decide is signed with it.
    pub(crate) name: String,
    /// What they may.
    #[arg(long, value_enum)]
    pub(crate) role: Role,
    /// The node that a collector speaks for.
    #[arg(long, value_name = "NAME")]
    pub(crate) node: Option<String>,
    /// Let a collector speak for any node, as one token for a whole cluster must: then one node can speak for all.
    #[arg(long, conflicts_with = "node")]
    pub(crate) any_node: bool,
    /// How long it holds, such as 90d; without it, until it is removed.
    #[arg(long, value_name = "DURATION", value_parser = super::lifetime)]
    pub(crate) expires: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Sends what containers do.
    Collector,
    /// Reads alerts, decisions and images.
    Viewer,
    /// Also decides, revokes, and changes baselines.
    Analyst,
    /// Also reads who changed what, has policies enforced, and gives out tokens.
    Admin,
}

impl Role {
    /// As the server is asked.
    pub(crate) fn wire(self) -> WireRole {
        match self {
            Self::Collector => WireRole::Collector,
            Self::Viewer => WireRole::Viewer,
            Self::Analyst => WireRole::Analyst,
            Self::Admin => WireRole::Admin,
        }
    }
}
