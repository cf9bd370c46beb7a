//! The command line of `plumbline`.

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Asks a Plumbline server what it found and how far it has learned.
#[derive(Debug, Parser)]
#[command(name = "plumbline", version)]
pub(crate) struct Cli {
    /// Address of the server.
    #[arg(
        long,
        global = true,
        env = "PLUMBLINE_SERVER",
        default_value = "http://127.0.0.1:7443",
        value_name = "URL"
    )]
    pub(crate) server: String,
    /// How to print.
    #[arg(short, long, global = true, value_enum, default_value = "table")]
    pub(crate) output: Output,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Table,
    /// The server's answer as proto3 JSON.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The server, its collectors and its counts.
    Status,
    /// Images and how far they have been learned.
    #[command(subcommand)]
    Images(Images),
    /// What was found.
    #[command(subcommand)]
    Alerts(Alerts),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Images {
    /// All images, or one with its dimensions.
    List {
        /// Digest or repository.
        image: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Alerts {
    /// Alerts, newest change first.
    List(List),
    /// Every change of an alert as it happens, until interrupted.
    Watch(Watch),
    /// Everything about one alert.
    Show {
        /// Its id, or the beginning of it.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only alerts with this verdict.
    #[arg(long, value_enum)]
    pub(crate) verdict: Option<Verdict>,
    /// Only alerts of this image: digest or repository.
    #[arg(long, value_name = "IMAGE")]
    pub(crate) image: Option<String>,
    /// At most this many.
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// Only changes after this cursor; without it, from the first the server holds.
    #[arg(long, value_name = "CURSOR", default_value_t = 0)]
    pub(crate) after: u64,
    /// Only changes from now on.
    #[arg(long, conflicts_with = "after")]
    pub(crate) new: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Verdict {
    /// A configuration drift.
    Drift,
    /// An attack.
    Attack,
}
