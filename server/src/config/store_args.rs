//! Flags of `store`, whose settings are those of `run`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Config, ConfigError, Given, RunArgs};

/// Flags of `store`, before or after what is to be done; the settings are those of `run`.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    #[command(subcommand)]
    pub(crate) command: StoreCommand,
    /// Data folder of the server.
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Folder of backups; `backups` in the data folder by default.
    #[arg(long, global = true, value_name = "DIR")]
    backup_dir: Option<PathBuf>,
    /// The server's configuration file; flags beat it.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// What is done to a store.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Read all there is and say what is damaged; ends with 1 if anything is. Repairs nothing: the server does when it
    /// starts.
    Check,
    /// Write all there is to a file.
    Export {
        /// The file; replaced if it exists.
        file: PathBuf,
    },
    /// Make the store of an exported file or a backup.
    Import {
        /// The file; read through before anything is changed.
        file: PathBuf,
        /// Also where there is a store, which is set aside in the data folder.
        #[arg(long)]
        force: bool,
    },
    /// Write the store anew, without space that is no longer used.
    Compact,
    /// Write a backup into the folder of backups. A running server does so by itself every `backup_interval`, and then this
    /// command is refused.
    Backup,
}

impl StoreArgs {
    /// The settings of `run` that these flags and their file come to.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        let (data_dir, backup_dir) = (self.data_dir.clone(), self.backup_dir.clone());
        let given = Given { data_dir, backup_dir, ..Given::default() };
        RunArgs { given, config: self.config.clone(), ..RunArgs::default() }.config()
    }
}
