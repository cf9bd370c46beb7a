//! Flags of `tokens`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::security::Role;

/// Gives out tokens, lists them, and takes them back. A running server sees it within seconds.
#[derive(Debug, Args)]
pub(crate) struct TokensArgs {
    #[command(subcommand)]
    pub(crate) command: TokensCommand,
    /// The file of tokens, as in the server's `tokens_file`.
    #[arg(long, global = true, value_name = "FILE", default_value = "tokens.toml")]
    pub(crate) tokens_file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokensCommand {
    /// Make a token and print it, once: the file keeps its hash only.
    Add {
        /// Whose it is; decisions are signed with it.
        name: String,
        /// What they may.
        #[arg(long, value_enum)]
        role: Role,
        /// The node that a collector speaks for.
        #[arg(long, value_name = "NAME")]
        node: Option<String>,
        /// Let a collector speak for any node, as one token for a whole cluster must: then one node can speak for all.
        #[arg(long, conflicts_with = "node")]
        any_node: bool,
        /// How long it holds, such as 90d; without it, until it is removed.
        #[arg(long, value_name = "TIME")]
        expires: Option<humantime::Duration>,
    },
    /// Whose tokens there are.
    List,
    /// Take a token back; open streams of it end.
    Remove {
        /// Whose it is.
        name: String,
    },
}
