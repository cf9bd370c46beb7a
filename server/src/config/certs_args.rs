//! Flags of `certs`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Makes certificates from a CA of its own.
#[derive(Debug, Args)]
pub(crate) struct CertsArgs {
    #[command(subcommand)]
    pub(crate) command: CertsCommand,
    /// Folder of the CA and of what it makes; made if it is missing. Nothing in it is overwritten.
    #[arg(long, global = true, value_name = "DIR", default_value = "certs")]
    pub(crate) dir: PathBuf,
    /// How many days certificates hold, 1 to 3650; the CA holds ten years.
    #[arg(long, global = true, value_name = "COUNT", default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) days: u16,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CertsCommand {
    /// Make a CA and a certificate for the server: ca.pem, ca.key, server.pem and server.key.
    Init {
        /// Name or address by which the server is reached; repeatable. localhost, 127.0.0.1 and ::1 are always among
        /// them.
        #[arg(long = "name", value_name = "NAME")]
        names: Vec<String>,
    },
    /// Make one more certificate, such as for a collector.
    Issue(For),
}

/// Who a certificate is for.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct For {
    /// A collector, by the name of its node.
    #[arg(long, value_name = "NODE")]
    pub(crate) collector: Option<String>,
    /// Somebody who reads.
    #[arg(long, value_name = "NAME")]
    pub(crate) viewer: Option<String>,
    /// Somebody who also decides.
    #[arg(long, value_name = "NAME")]
    pub(crate) analyst: Option<String>,
    /// Somebody who may all.
    #[arg(long, value_name = "NAME")]
    pub(crate) admin: Option<String>,
    /// The server anew, by the names it is reached by, with commas between; move the old server.pem and server.key away
    /// before.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) server: Option<Vec<String>>,
}
