//! `make lab`: makes the corpus of recordings that the model is fitted on and judged by.
//!
//! `lab build` makes the images of tests/lab/images from Debian packages; `lab record` runs them under the collector,
//! with their clients, lets the scenarios of tests/lab/attacks and tests/lab/drifts happen, and writes tests/lab/corpus.
//! Everything runs on internal networks; Ctrl-C leaves nothing behind.

mod entry;
mod images;
mod plan;
mod record;
mod scenario;
mod stage;

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};
use plumbline_tests::{corpus, interrupt};
use std::{path::PathBuf, process::ExitCode};

/// Makes the corpus of recordings.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build the images. What is there is kept, so that recordings made later are of the same images.
    Build,
    /// Record everything, or what `--only` names.
    Record(Options),
    /// Say what there is to record.
    List,
}

/// What to record, and where to.
#[derive(Debug, clap::Args)]
struct Options {
    /// Only recordings whose name begins with this, such as `learn`, `attack-` or `drift-nginx-reload`. Repeatable.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Leave out what the corpus has already.
    #[arg(long)]
    missing: bool,
    /// Where the corpus is.
    #[arg(long, value_name = "DIR", default_value_os_t = corpus::folder())]
    output: PathBuf,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lab: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<()> {
    let runs = plan::runs()?;
    match &cli.command {
        Command::Build => images::build(),
        Command::List => {
            runs.iter().for_each(|run| println!("{}", run.name));
            Ok(())
        }
        Command::Record(options) => {
            ensure!(rustix::process::getuid().is_root(), "recording needs root");
            interrupt::watch()?;
            let chosen = |name: &str| {
                options.only.is_empty() || options.only.iter().any(|only| name.starts_with(only.as_str()))
            };
            let runs: Vec<_> = runs.into_iter().filter(|run| chosen(&run.name)).collect();
            ensure!(!runs.is_empty(), "nothing has such a name; see lab list");
            record::record(&runs, options)
        }
    }
}
