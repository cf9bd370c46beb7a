//! The command line of `plumbline intent`.
//!
//! Not here: answers to alerts, which are decided of in the same way (`args.rs`).

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Terms;

#[derive(Debug, Subcommand)]
pub(crate) enum Intent {
    /// What an image declares, is known to do, and what was decided of that.
    Show(IntentShow),
    /// Says that a behaviour is expected, without an alert: it raises nothing, and is learned unless --expires or a namespace
    /// bounds it.
    Approve(Stated),
    /// Says that a behaviour must not be, without an alert: it is never learned, and each time it is an alert.
    Deny(Stated),
    /// What files declare, as documents; needs no server.
    #[command(subcommand)]
    From(From),
}

/// Files that declare something; `-` is the standard input.
#[derive(Debug, Subcommand)]
pub(crate) enum From {
    /// Dockerfiles.
    Dockerfile {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The stage, by its name or counted from 0; without it, the last.
        #[arg(long, value_name = "STAGE")]
        target: Option<String>,
        /// What an ARG is given; may be given several times.
        #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
        build_arg: Vec<(String, String)>,
    },
    /// Compose files.
    Compose {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Kubernetes manifests.
    K8s {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Images: JSON of a config or of `docker inspect`, folders of OCI layouts, or tars of `docker save`.
    Image {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = pair.ok_or("it is NAME=VALUE, such as VERSION=1.2")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[derive(Debug, Args)]
pub(crate) struct IntentShow {
    /// Digest or the beginning of one, repository:tag, repository@digest, or repository.
    pub(crate) image: String,
    /// Only behaviours of this dimension, such as spawn or connect; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) dimension: Vec<String>,
    /// Only behaviours about which a decision holds.
    #[arg(long)]
    pub(crate) decided: bool,
    /// At most this many behaviours.
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) limit: u32,
}

/// A behaviour, as `intent show` and findings have it, and what is decided of it.
#[derive(Debug, Args)]
pub(crate) struct Stated {
    /// The image; for --scope image and --scope repository only.
    pub(crate) image: Option<String>,
    /// The dimension, such as spawn or connect.
    #[arg(long, value_name = "NAME")]
    pub(crate) dimension: String,
    /// In what it happens, such as the program.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) context: String,
    /// What happens. It stands for what reads the same, and nothing else.
    #[arg(long, value_name = "TEXT")]
    pub(crate) value: String,
    /// The Kubernetes namespace; for --scope namespace only.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub(crate) namespace: String,
    #[command(flatten)]
    pub(crate) terms: Terms,
}
