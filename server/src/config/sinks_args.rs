//! Flags of `sinks`, whose settings are those of `run`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Config, ConfigError, RunArgs};

/// Flags of `sinks`, before or after what is to be done.
#[derive(Debug, Args)]
pub(crate) struct SinksArgs {
    #[command(subcommand)]
    pub(crate) command: SinksCommand,
    /// The server's configuration file, which names the sinks.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// What is done to sinks.
#[derive(Debug, Subcommand)]
pub(crate) enum SinksCommand {
    /// Send one test alert, marked as such, to a sink as it is set, once, and say what came of it; ends with 1 if it was not
    /// taken. Needs no server, and changes nothing of one that runs. Best as the server's user, who must be able to read
    /// the same files.
    Test {
        /// The sink's name.
        name: String,
    },
}

impl SinksArgs {
    /// The settings of `run` that the file comes to.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        RunArgs { config: self.config.clone(), ..RunArgs::default() }.config()
    }
}
