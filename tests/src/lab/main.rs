//! `make lab`: makes the corpus of recordings that the model is fitted on and judged by.
//!
//! `lab build` makes the images of tests/lab/images from Debian packages; `lab record` runs them under the collector,
//! with their clients, lets the scenarios of tests/lab/attacks and tests/lab/drifts happen, and writes tests/lab/corpus.
//! `--set unseen` does the same in tests/lab/unseen, of which nothing is ever fitted on.
//! Everything runs on internal networks; Ctrl-C leaves nothing behind.

mod entry;
mod images;
mod plan;
mod record;
mod scenario;
mod stage;

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};
use images::Set;
use plumbline_tests::interrupt;
use std::{path::PathBuf, process::ExitCode};

/// Makes the corpus of recordings.
#[derive(Debug, Parser)]
struct Cli {
    /// Whose images and scenarios.
    #[arg(long, global = true, default_value = "first")]
    set: Set,
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
    /// Where the corpus is. Default: that of the set.
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
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
    let runs = plan::runs(cli.set)?;
    match &cli.command {
        Command::Build => images::build(cli.set),
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
            let output = options.output.clone().unwrap_or_else(|| cli.set.folder().join("corpus"));
            record::record(cli.set, &runs, options.missing, &output)
        }
    }
}
