//! `plumbline`: the operator's tool. A gRPC client and nothing more.
//!
//! Exit codes: 0 done, 1 failed (or two things differ, where that was asked, or `lint` found something), 3 not found,
//! 4 not let in or not allowed, 64 wrong usage, 65 a file that is not what it should be, 69 server unavailable. Everything that came from
//! containers is escaped on its way out, in JSON without changing its value.

mod alerts;
mod args;
mod audit;
mod consumers;
mod containers;
mod credentials;
mod decisions;
mod diff;
mod escape;
mod evidence;
mod explain;
mod feedback;
mod fleet;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod images;
mod intent;
mod nodes;
mod server;
mod show;
mod triage;

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use clap::Parser;
use plumbline_proto::v1::{DecisionKind, RevokeDecisionRequest};
use serde::Serialize;

use args::{Alerts, Audit, Cli, Command, Decisions, Images, Intent, Nodes, Output};
use server::{CliError, Server};
use triage::Deed;

/// Runs the program as its command line says.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print(); // there is nowhere else to say it
            return ExitCode::from(if error.use_stderr() { 64 } else { 0 });
        }
    };
    match run(cli).await {
        Ok(exit) => ExitCode::from(exit),
        Err(error) => {
            let exit = error.exit();
            if exit != 0 {
                let _ = writeln!(io::stderr(), "error: {error}"); // there is nowhere else to say it
            }
            ExitCode::from(exit)
        }
    }
}

/// The exit code, if nothing fails.
async fn run(cli: Cli) -> Result<u8, CliError> {
    let markdown = matches!(
        cli.command,
        Command::Images(Images::Diff(_)) | Command::Intent(Intent::Diff(_) | Intent::Report(_))
    );
    if cli.output == Output::Markdown && !markdown {
        return Err(CliError::Call {
            what: "-o markdown does not fit".to_owned(),
            why: "only `images diff`, `intent diff` and `intent report` print Markdown".to_owned(),
            advice: "try -o table or -o json".to_owned(),
            exit: 64,
        });
    }
    let mut exit = 0;
    let server = Server::new(&cli.server, cli.credentials)?;
    let mut out = BufWriter::new(io::stdout().lock());
    match cli.command {
        Command::Status => fleet::status(&server, cli.output, &mut out).await?,
        Command::Images(Images::List(args)) => images::list(&server, args, cli.output, &mut out).await?,
        Command::Images(Images::Show(args)) => images::show(&server, args, cli.output, &mut out).await?,
        Command::Images(Images::Diff(args)) => {
            let (asked, differ) = (args.exit_code, diff::diff(&server, args, cli.output, &mut out).await?);
            exit = u8::from(asked && differ);
        }
        Command::Images(Images::Lock(args)) => {
            images::change(&server, args, images::Deed::Lock, cli.output, &mut out).await?
        }
        Command::Images(Images::Unlock(args)) => {
            images::change(&server, args, images::Deed::Unlock, cli.output, &mut out).await?
        }
        Command::Images(Images::Reset { dimension, upkeep }) => {
            images::change(&server, upkeep, images::Deed::Reset(dimension), cli.output, &mut out).await?
        }
        Command::Images(Images::Archive(args)) => {
            images::change(&server, args, images::Deed::Archive, cli.output, &mut out).await?
        }
        Command::Alerts(Alerts::Approve(args)) => {
            decisions::decide(&server, DecisionKind::Approve, args, cli.output, &mut out).await?
        }
        Command::Alerts(Alerts::Deny(args)) => {
            decisions::decide(&server, DecisionKind::Deny, args, cli.output, &mut out).await?
        }
        Command::Intent(Intent::Show(args)) => intent::show(&server, args, cli.output, &mut out).await?,
        Command::Intent(Intent::From(what)) => intent::from(what, cli.output, &mut out)?,
        Command::Intent(Intent::Export { image }) => {
            intent::export(&server, image, cli.output, &mut out).await?
        }
        Command::Intent(Intent::Lint { files }) => {
            exit = u8::from(intent::lint(files, cli.output, &mut out)?)
        }
        Command::Intent(Intent::Diff(args)) => {
            let (asked, differ) = (args.exit_code, intent::diff(&server, args, cli.output, &mut out).await?);
            exit = u8::from(asked && differ);
        }
        Command::Intent(Intent::Apply(args)) => {
            intent::apply(&server, args, cli.output, &mut out).await?;
        }
        Command::Intent(Intent::Convert(args)) => intent::convert(args, &mut out)?,
        Command::Intent(Intent::Sign { files, key }) => intent::sign(&files, &key, &mut out)?,
        Command::Intent(Intent::Report(args)) => {
            intent::report(&server, args, cli.output, &mut out).await?;
        }
        Command::Intent(Intent::Approve(args)) => {
            decisions::state(&server, DecisionKind::Approve, args, cli.output, &mut out).await?
        }
        Command::Intent(Intent::Deny(args)) => {
            decisions::state(&server, DecisionKind::Deny, args, cli.output, &mut out).await?
        }
        Command::Decisions(Decisions::List { all, limit }) => {
            decisions::list(&server, all, limit, cli.output, &mut out).await?
        }
        Command::Decisions(Decisions::Feedback { image }) => {
            feedback::list(&server, image, cli.output, &mut out).await?
        }
        Command::Decisions(Decisions::Revoke { id, reason, author, revision, request_id }) => {
            let author = decisions::author(&server, author);
            let request = RevokeDecisionRequest { id, author, reason, etag: revision, request_id };
            decisions::revoke(&server, request, cli.output, &mut out).await?
        }
        Command::Containers(args) => containers::list(&server, args, cli.output, &mut out).await?,
        Command::Nodes(Nodes::List) => nodes::list(&server, cli.output, &mut out).await?,
        Command::Nodes(Nodes::Forget { name }) => nodes::forget(&server, name, cli.output, &mut out).await?,
        Command::Audit(Audit::List { after, limit }) => {
            audit::list(&server, after, limit, cli.output, &mut out).await?
        }
        Command::Alerts(Alerts::List(args)) => alerts::list(&server, args, cli.output, &mut out).await?,
        Command::Alerts(Alerts::Explain { id }) => {
            explain::explain(&server, id, cli.output, &mut out).await?
        }
        Command::Alerts(Alerts::Events { id }) => evidence::events(&server, id, cli.output, &mut out).await?,
        Command::Alerts(Alerts::Ack(args)) => {
            triage::triage(&server, args, Deed::Acknowledge, cli.output, &mut out).await?
        }
        Command::Alerts(Alerts::Resolve { resolution, triage: args }) => {
            triage::triage(&server, args, Deed::Resolve(resolution), cli.output, &mut out).await?
        }
        Command::Alerts(Alerts::Assign { to, triage: args }) => {
            triage::triage(&server, args, Deed::Assign(to), cli.output, &mut out).await?
        }
        Command::Alerts(Alerts::Reopen(args)) => {
            triage::triage(&server, args, Deed::Reopen, cli.output, &mut out).await?
        }
        Command::Alerts(Alerts::Consumers) => consumers::list(&server, cli.output, &mut out).await?,
        Command::Alerts(Alerts::Forget { consumer }) => {
            consumers::forget(&server, consumer, &mut out).await?
        }
        Command::Alerts(Alerts::Count(args)) => alerts::count(&server, args, cli.output, &mut out).await?,
        Command::Alerts(Alerts::Watch(args)) => alerts::watch(&server, args, cli.output, &mut out).await?,
        Command::Alerts(Alerts::Show { id }) => alerts::show(&server, id, cli.output, &mut out).await?,
    }
    out.flush()?;
    Ok(exit)
}

fn print_json(out: &mut impl Write, message: &impl Serialize) -> Result<(), CliError> {
    let json = serde_json::to_string_pretty(message).map_err(io::Error::from)?;
    Ok(writeln!(out, "{}", escape::escape_json(&json))?)
}
