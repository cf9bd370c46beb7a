//! `make bench-server`: what serving costs, beside a null sink that receives the same streams and drops them, on one machine
//! in one run.
//!
//! The real server is a process of its own and is sent recorded traffic over gRPC, by senders in this process; so is the
//! null sink, which is this program too. An event is a row of the event columns on the wire. Compared is processor time, for
//! senders and server share the cores. Nothing passes or fails here: an aim that is missed is a figure.

mod measure;
mod report;
mod senders;
mod sink;
mod soak;
mod traffic;
mod watcher;

use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand};
use measure::measure;
use plumbline_tests::interrupt;
use report::{Report, SPEED_IMAGES};
use std::{path::PathBuf, process::ExitCode, time::Duration};
use traffic::{Fleet, IMAGES_OF_A_LAB, Traffic};

/// Measures the server beside a null sink.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// A short look: less learned, fewer pairs, shorter paces.
    #[arg(long)]
    quick: bool,
    /// Sizes of the fleets, in images; each is rounded to whole copies of the recorded lab.
    #[arg(long, value_delimiter = ',', default_value = "10,100,1000,10000")]
    images: Vec<u64>,
    /// Pairs of runs, through the null sink and through the server.
    #[arg(long, default_value_t = 5)]
    pairs: usize,
    /// Rows in each run of a pair, at least; each node of the fleet sends a batch or more.
    #[arg(long, default_value_t = 1.5e6)]
    rows: f64,
    /// Rows a second while delays are measured; halved until the server keeps up.
    #[arg(long, default_value_t = 200_000.0)]
    rate: f64,
    /// How long that goes on with 1,000 images; a third with others.
    #[arg(long, default_value_t = 30.0)]
    seconds: f64,
    /// Instead of all that: works for so many minutes and checks that memory does not grow.
    #[arg(long, value_name = "MINUTES", conflicts_with_all = ["quick", "images"])]
    soak: Option<u64>,
    /// Where to write the figures.
    #[arg(long, default_value = "target/bench/server.json")]
    output: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Be the null sink.
    #[command(hide = true)]
    NullSink {
        /// Gets the address.
        #[arg(long)]
        ready_file: PathBuf,
    },
}

/// Batches of each lab that are learned from, and that are sent over and over afterwards.
const LEARNED: (usize, usize) = (24, 16);
const LEARNED_QUICKLY: (usize, usize) = (6, 3);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.command {
        Some(Command::NullSink { ready_file }) => sink::serve(ready_file),
        None => run(cli),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut cli: Cli) -> Result<()> {
    ensure!(
        cli.rate > 0.0 && cli.rows > 0.0 && cli.seconds > 0.0,
        "--rate, --rows and --seconds are above 0"
    );
    interrupt::watch()?;
    let mut learned = LEARNED;
    if cli.quick {
        learned = LEARNED_QUICKLY;
        cli.pairs = cli.pairs.min(3);
        cli.rows = cli.rows.min(500_000.0);
        cli.seconds = cli.seconds.min(6.0);
    }
    let traffic = Traffic::read(learned.0, learned.1)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let Some(minutes) = cli.soak {
        let fleet = Fleet { traffic: &traffic, labs: soak::LABS };
        return soak::soak(Duration::from_secs(60 * minutes), fleet, &runtime);
    }
    cli.images.sort_unstable();
    let mut report = Report {
        events_per_row: traffic.events / traffic.rows,
        cores: std::thread::available_parallelism()?.get(),
        ..Report::default()
    };
    let (largest, seconds) = (cli.images.last().copied(), cli.seconds);
    for images in cli.images.clone() {
        let labs = (images as f64 / IMAGES_OF_A_LAB as f64).round().max(1.0) as u64;
        cli.seconds = if images == SPEED_IMAGES { seconds } else { seconds / 3.0 };
        let fleet = Fleet { traffic: &traffic, labs };
        let figures = measure(&cli, fleet, &runtime, Some(images) == largest);
        report.fleets.push(figures.with_context(|| format!("with {images} images"))?);
    }
    report.write(&cli.output).with_context(|| format!("can't write {}", cli.output.display()))?;
    println!("{report}");
    Ok(())
}
