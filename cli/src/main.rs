//! `plumbline`: the operator's tool. A gRPC client and nothing more.
//!
//! Exit codes: 0 done, 1 failed, 3 not found, 64 wrong usage, 69 server unavailable. Everything that came from
//! containers is escaped on its way out, in JSON without changing its value.

mod alerts;
mod args;
mod escape;
mod fleet;
mod server;
mod show;

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use clap::Parser;
use serde::Serialize;

use args::{Alerts, Cli, Command, Images};
use server::{CliError, Server};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print(); // there is nowhere else to say it
            return ExitCode::from(if error.use_stderr() { 64 } else { 0 });
        }
    };
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let exit = error.exit();
            if exit != 0 {
                let _ = writeln!(io::stderr(), "error: {error}"); // there is nowhere else to say it
            }
            ExitCode::from(exit)
        }
    }
}

async fn run(cli: Cli) -> Result<(), CliError> {
    let server = Server::new(&cli.server)?;
    let mut out = BufWriter::new(io::stdout().lock());
    match cli.command {
        Command::Status => fleet::status(&server, cli.output, &mut out).await?,
        Command::Images(Images::List { image }) => {
            fleet::images(&server, image, cli.output, &mut out).await?
        }
        Command::Alerts(Alerts::List(args)) => alerts::list(&server, args, cli.output, &mut out).await?,
        Command::Alerts(Alerts::Watch(args)) => alerts::watch(&server, args, cli.output, &mut out).await?,
        Command::Alerts(Alerts::Show { id }) => alerts::show(&server, id, cli.output, &mut out).await?,
    }
    Ok(out.flush()?)
}

fn print_json(out: &mut impl Write, message: &impl Serialize) -> Result<(), CliError> {
    let json = serde_json::to_string_pretty(message).map_err(io::Error::from)?;
    Ok(writeln!(out, "{}", escape::escape_json(&json))?)
}
