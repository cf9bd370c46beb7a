//! Flags of `enforcement`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Makes the keys of the policies.
#[derive(Debug, Args)]
pub(crate) struct EnforcementArgs {
    #[command(subcommand)]
    pub(crate) command: EnforcementCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EnforcementCommand {
    /// Make the key that policies are signed with, enforcement.key, and the one for collectors, enforcement.pub.
    InitKey {
        /// Folder for both; made if it is missing. Nothing in it is overwritten.
        #[arg(long, value_name = "DIR", default_value = "certs")]
        dir: PathBuf,
    },
}
