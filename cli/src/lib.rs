//! `plumbline`: the operator's tool. A gRPC client and nothing more.
//!
//! Exit codes are in `exit.rs`. Everything that came from containers is escaped on its way out, in JSON without changing its
//! value.

mod access;
mod alerts;
mod args;
mod audit;
mod compared;
mod config;
mod consumers;
mod containers;
mod context;
mod decisions;
mod diff;
mod enforcement;
mod escape;
mod evidence;
mod exit;
mod explain;
mod export;
mod feedback;
mod fleet;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod generate;
mod images;
mod intent;
mod nodes;
mod print;
mod progress;
mod server;
mod show;
mod tokens;
mod triage;

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use clap::{CommandFactory, FromArgMatches};
use plumbline_proto::v1::{DecisionKind, RevokeDecisionRequest};

use args::{Alerts, Audit, Cli, Command, Decisions, Enforcement, Images, Intent, Nodes, Output, Tokens};
use server::{CliError, Server};
use triage::Deed;

/// Runs the program as its command line says.
#[tokio::main(flavor = "current_thread")]
pub async fn main() -> ExitCode {
    let parsed = Cli::command().try_get_matches().and_then(|matches| {
        let mut cli = Cli::from_arg_matches(&matches)?;
        cli.global.typed = cli.global.access.typed(&matches);
        Ok(cli)
    });
    let cli = match parsed {
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
    let Cli { global, command } = cli;
    let output = global.output;
    let markdown = matches!(
        command,
        Command::Images(Images::Diff(_)) | Command::Intent(Intent::Diff(_) | Intent::Report(_))
    );
    if output == Output::Markdown && !markdown {
        return Err(CliError::Call {
            what: "-o markdown does not fit".to_owned(),
            why: "only `images diff`, `intent diff` and `intent report` print Markdown".to_owned(),
            advice: "try -o table or -o json".to_owned(),
            exit: 64,
        });
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let mut exit = 0;
    let server = || Server::new(context::access(&global)?);
    match command {
        Command::Context(what) => context::context(&global, &what, &mut out)?,
        Command::Completion { shell } => generate::completion(shell, &mut out)?,
        Command::Man { dir } => generate::man(dir.as_deref(), &mut out)?,
        Command::Intent(Intent::From(what)) => intent::from(what, output, &mut out)?,
        Command::Intent(Intent::Lint { files }) => exit = u8::from(intent::lint(files, output, &mut out)?),
        Command::Intent(Intent::Convert(args)) => intent::convert(args, &mut out)?,
        Command::Intent(Intent::Sign { files, key }) => intent::sign(&files, &key, &mut out)?,
        Command::Status => fleet::status(&server()?, output, &mut out).await?,
        Command::Images(Images::List(args)) => images::list(&server()?, args, output, &mut out).await?,
        Command::Images(Images::Show(args)) => images::show(&server()?, args, output, &mut out).await?,
        Command::Images(Images::Diff(args)) => {
            let (asked, differ) = (args.exit_code, diff::diff(&server()?, args, output, &mut out).await?);
            exit = u8::from(asked && differ);
        }
        Command::Images(Images::Lock(args)) => {
            images::change(&server()?, args, images::Deed::Lock, output, &mut out).await?
        }
        Command::Images(Images::Unlock(args)) => {
            images::change(&server()?, args, images::Deed::Unlock, output, &mut out).await?
        }
        Command::Images(Images::Reset { dimension, upkeep }) => {
            images::change(&server()?, upkeep, images::Deed::Reset(dimension), output, &mut out).await?
        }
        Command::Images(Images::Archive(args)) => {
            images::change(&server()?, args, images::Deed::Archive, output, &mut out).await?
        }
        Command::Alerts(Alerts::Approve(args)) => {
            decisions::decide(&server()?, DecisionKind::Approve, args, output, &mut out).await?
        }
        Command::Alerts(Alerts::Deny(args)) => {
            decisions::decide(&server()?, DecisionKind::Deny, args, output, &mut out).await?
        }
        Command::Intent(Intent::Show(args)) => intent::show(&server()?, args, output, &mut out).await?,
        Command::Intent(Intent::Export { image }) => {
            intent::export(&server()?, image, output, &mut out).await?
        }
        Command::Intent(Intent::Diff(args)) => {
            let (asked, differ) = (args.exit_code, intent::diff(&server()?, args, output, &mut out).await?);
            exit = u8::from(asked && differ);
        }
        Command::Intent(Intent::Apply(args)) => {
            intent::apply(&server()?, args, output, &mut out).await?;
        }
        Command::Intent(Intent::Report(args)) => {
            intent::report(&server()?, args, output, &mut out).await?;
        }
        Command::Intent(Intent::Approve(args)) => {
            decisions::state(&server()?, DecisionKind::Approve, args, output, &mut out).await?
        }
        Command::Intent(Intent::Deny(args)) => {
            decisions::state(&server()?, DecisionKind::Deny, args, output, &mut out).await?
        }
        Command::Decisions(Decisions::List { all, limit }) => {
            decisions::list(&server()?, all, limit, output, &mut out).await?
        }
        Command::Decisions(Decisions::Feedback { image }) => {
            feedback::list(&server()?, image, output, &mut out).await?
        }
        Command::Decisions(Decisions::Revoke { id, reason, author, revision, request_id }) => {
            let server = server()?;
            let author = decisions::author(&server, author);
            let request = RevokeDecisionRequest { id, author, reason, etag: revision, request_id };
            decisions::revoke(&server, request, output, &mut out).await?
        }
        Command::Containers(args) => containers::list(&server()?, args, output, &mut out).await?,
        Command::Nodes(Nodes::List) => nodes::list(&server()?, output, &mut out).await?,
        Command::Nodes(Nodes::Forget { name }) => nodes::forget(&server()?, name, output, &mut out).await?,
        Command::Enforcement(Enforcement::List) => enforcement::list(&server()?, output, &mut out).await?,
        Command::Enforcement(Enforcement::Show { image }) => {
            enforcement::show(&server()?, image, output, &mut out).await?
        }
        Command::Enforcement(Enforcement::Set(args)) => {
            enforcement::set(&server()?, args, output, &mut out).await?
        }
        Command::Enforcement(Enforcement::Remove { image, etag, signed }) => {
            enforcement::remove(&server()?, (image, etag), signed, output, &mut out).await?
        }
        Command::Enforcement(Enforcement::Off(signed)) => {
            enforcement::arm(&server()?, false, signed, output, &mut out).await?
        }
        Command::Enforcement(Enforcement::On(signed)) => {
            enforcement::arm(&server()?, true, signed, output, &mut out).await?
        }
        Command::Audit(Audit::List { after, limit }) => {
            audit::list(&server()?, after, limit, output, &mut out).await?
        }
        Command::Alerts(Alerts::List(args)) => alerts::list(&server()?, args, output, &mut out).await?,
        Command::Alerts(Alerts::Explain { id }) => explain::explain(&server()?, id, output, &mut out).await?,
        Command::Alerts(Alerts::Events { id }) => evidence::events(&server()?, id, output, &mut out).await?,
        Command::Alerts(Alerts::Ack(args)) => {
            triage::triage(&server()?, args, Deed::Acknowledge, output, &mut out).await?
        }
        Command::Alerts(Alerts::Resolve { resolution, triage: args }) => {
            triage::triage(&server()?, args, Deed::Resolve(resolution), output, &mut out).await?
        }
        Command::Alerts(Alerts::Assign { to, triage: args }) => {
            triage::triage(&server()?, args, Deed::Assign(to), output, &mut out).await?
        }
        Command::Alerts(Alerts::Reopen(args)) => {
            triage::triage(&server()?, args, Deed::Reopen, output, &mut out).await?
        }
        Command::Alerts(Alerts::Consumers) => consumers::list(&server()?, output, &mut out).await?,
        Command::Alerts(Alerts::Forget { consumer }) => {
            consumers::forget(&server()?, consumer, &mut out).await?
        }
        Command::Alerts(Alerts::Count(args)) => alerts::count(&server()?, args, output, &mut out).await?,
        Command::Alerts(Alerts::Export { filter, to }) => {
            export::export(&server()?, filter.wire(), to, output, &mut out).await?
        }
        Command::Tokens(Tokens::List) => tokens::list(&server()?, output, &mut out).await?,
        Command::Tokens(Tokens::Add(args)) => tokens::add(&server()?, args, output, &mut out).await?,
        Command::Tokens(Tokens::Remove { name }) => {
            tokens::remove(&server()?, name, output, &mut out).await?
        }
        Command::Alerts(Alerts::Watch(args)) => alerts::watch(&server()?, args, output, &mut out).await?,
        Command::Alerts(Alerts::Show { id }) => alerts::show(&server()?, id, output, &mut out).await?,
    }
    out.flush()?;
    Ok(exit)
}
