//! `plumbline-server`: takes batches from collectors, judges them, and tells of drift and attacks.
//!
//! The way of a batch: `ingest` reads and `wire` checks it, the `shards` owning its images apply it to their
//! models, `checkpoint` makes what changed durable through `store`, and only then is it acknowledged. `alerts`,
//! `baselines` and `fleet` answer readers, `decisions` takes what people say, `policies` has what may be started, `audit` keeps who changed what, `http` answers machines
//! and, by `api`, tells as JSON what gRPC does, `console` shows it to people, `backups` copies the store.
//! Who may do so is the matter of `security`. `replay` does the same without network, store and clock; `store_command` is
//! for the store of a stopped server, `sinks_command` tries a sink, `certs_command` and `tokens_command` make what `security` reads, `enforcement_command` the keys of `policies`.
//!
//! The crate is a program; as a library it gives [`Recording`], so that whoever evaluates the model reads what it
//! does. Exit codes are 1 for a store that is damaged or a sink that takes no test alert, and else those of sysexits.h: 64 wrong usage or configuration, 65 broken recording, 66 no such
//! recording or store, 69 address not available, 70 a failure of our own, 73 data folder not made, 74 input or output.

mod alert_filter;
mod alert_log;
mod alerts;
mod api;
mod audit;
mod backups;
mod baselines;
mod blocking;
mod certs_command;
mod checkpoint;
mod clock;
mod commons;
mod compared;
mod config;
mod console;
mod consumers;
mod decisions;
mod difference;
mod durability;
mod enforcement_command;
mod escape;
#[cfg(test)]
#[path = "../tests/server/fixture.rs"]
mod fixture;
mod fleet;
mod folder;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod hello;
mod http;
mod image_name;
mod ingest;
mod metrics;
mod nodes;
mod operational;
mod page;
mod policies;
mod record;
mod replay;
mod rules;
mod run;
mod security;
mod session;
mod severity;
mod shards;
mod sinks;
mod sinks_command;
mod standard;
mod status;
mod store;
mod store_command;
mod techniques;
mod tokens;
mod tokens_command;
mod traces;
mod triage;
mod upkeep;
mod wire;

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use anyhow::Context;
use clap::Parser;
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

use certs_command::CertsError;
use config::{Cli, Command, ConfigError, LogFormat, ReplayArgs, RunArgs, SinksArgs, StoreArgs};
use enforcement_command::EnforcementError;
use folder::FolderError;
use metrics::Spans;
use run::RunError;
use security::tokens_file::TokensError;
use sinks_command::SinksCommandError;
use store::StoreError;
use store_command::StoreCommandError;
use tokens_command::TokensCommandError;
use traces::{Traces, TracesError};

pub use replay::{Recording, ReplayError};
pub use wire::Checked;

/// Runs the program as its command line says.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print(); // there is nowhere else to say it
            return ExitCode::from(if error.use_stderr() { 64 } else { 0 });
        }
    };
    let done = match cli.command {
        Command::Run(args) => run(*args).map(|()| ExitCode::SUCCESS),
        Command::Replay(args) => replay(&args).map(|()| ExitCode::SUCCESS),
        Command::Store(args) => store(&args),
        Command::Sinks(args) => sinks(&args),
        Command::Certs(args) => {
            certs_command::run(&args, io::stdout().lock()).map(|()| ExitCode::SUCCESS).map_err(Into::into)
        }
        Command::Tokens(args) => tokens_command::run(&args, io::stdout().lock(), io::stderr().lock())
            .map(|()| ExitCode::SUCCESS)
            .map_err(Into::into),
        Command::Enforcement(args) => enforcement_command::run(&args, io::stdout().lock())
            .map(|()| ExitCode::SUCCESS)
            .map_err(Into::into),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {}", said(&error)); // there is nowhere else to say it
            ExitCode::from(exit_code(&error))
        }
    }
}

fn run(args: RunArgs) -> anyhow::Result<()> {
    let config = args.config()?;
    if args.print_config {
        io::stdout().write_all(config.to_toml().as_bytes())?;
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let spans = Spans::new()?;
    let traces = |endpoint| Traces::new(endpoint, spans.clone());
    let traces = runtime.block_on(async { config.otlp_endpoint.as_deref().map(traces).transpose() })?;
    log_to_stderr(config.log_format, traces.as_ref());
    let rules = rules::read(&config.rules)?;
    let served = runtime.block_on(run::run(config, rules, args.ready_file, spans));
    if let Some(traces) = traces {
        traces.end();
    }
    Ok(served?)
}

/// Begins the log, with traces beside it.
fn log_to_stderr(format: LogFormat, traces: Option<&Traces>) {
    // What goes wrong with NATS is told by the sink, once.
    let default = |_| EnvFilter::new("info,async_nats=off");
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(default);
    let log = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let log = match format {
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).boxed(),
        LogFormat::Json => log.json().flatten_event(true).boxed(),
    };
    let traces = traces.map(Traces::layer);
    tracing_subscriber::registry().with(log.with_filter(filter)).with(traces).init();
}

fn replay(args: &ReplayArgs) -> anyhow::Result<()> {
    let out = io::BufWriter::new(io::stdout().lock());
    let rules = rules::read(&args.rules)?;
    for broken in &rules.broken {
        let _ = writeln!(io::stderr(), "warning: skipped {}", escape::escape(broken)); // nowhere else to say it
    }
    Ok(replay::replay(&args.files, args.params()?, rules.indicators, args.output, out)?)
}

fn store(args: &StoreArgs) -> anyhow::Result<ExitCode> {
    let config = args.config()?;
    Ok(store_command::run(&args.command, &config, io::stdout().lock(), io::stderr().lock())?)
}

fn sinks(args: &SinksArgs) -> anyhow::Result<ExitCode> {
    let config = args.config()?;
    Ok(sinks_command::run(&args.command, &config, io::stdout().lock())?)
}

/// An error with its causes, each once: some name theirs themselves.
fn said(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        all if all.contains(&cause) => said,
        all => format!("{all}: {cause}"),
    })
}

fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<ConfigError>() || error.is::<TracesError>() {
        return 64;
    }
    match error.downcast_ref() {
        Some(SinksCommandError::Io(_)) => return 74,
        Some(_) => return 64,
        None => {}
    }
    match error.downcast_ref() {
        Some(RunError::Config(_) | RunError::Security(_) | RunError::Enforcement(_)) => return 64,
        Some(RunError::Folder(FolderError::Create { .. })) => return 73,
        Some(RunError::Folder(_) | RunError::Store(_) | RunError::ReadyFile { .. }) => return 74,
        Some(RunError::Bind { .. }) => return 69,
        Some(_) => return 70,
        None => {}
    }
    match error.downcast_ref() {
        Some(StoreCommandError::Store(StoreError::Missing { .. })) => return 66,
        Some(StoreCommandError::Store(StoreError::File { .. } | StoreError::Damaged { .. })) => return 65,
        Some(StoreCommandError::Folder(FolderError::Create { .. })) => return 73,
        Some(_) => return 74,
        None => {}
    }
    match error.downcast_ref() {
        Some(CertsError::Read { .. }) => return 66,
        Some(CertsError::Folder { .. } | CertsError::Exists { .. } | CertsError::Write { .. }) => return 73,
        Some(CertsError::Print(_)) => return 74,
        Some(_) => return 64,
        None => {}
    }
    match error.downcast_ref() {
        Some(EnforcementError::Print(_)) => return 74,
        Some(EnforcementError::Random) => return 70,
        Some(_) => return 73,
        None => {}
    }
    match error.downcast_ref() {
        Some(TokensCommandError::Tokens(error)) => match error {
            TokensError::Read { .. } | TokensError::Missing { .. } => return 66,
            TokensError::Busy { .. } | TokensError::Write { .. } => return 73,
            TokensError::Random(_) => return 70,
            _ => return 64,
        },
        Some(TokensCommandError::Print(_)) => return 74,
        None => {}
    }
    match error.downcast_ref() {
        Some(ReplayError::Open { .. }) => 66,
        Some(ReplayError::Broken { .. }) => 65,
        Some(ReplayError::Print(_)) => 74,
        None if error.is::<io::Error>() => 74,
        None => 70,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_an_error_names_itself_is_said_once_and_another_too() {
        let source = || io::Error::other("the disk is on fire");
        let error = anyhow::Error::from(RunError::ReadyFile { path: "/ready".into(), source: source() });
        assert_eq!(said(&error).matches("the disk is on fire").count(), 1, "{}", said(&error));
        let context = anyhow::Error::from(source()).context("nothing was saved");
        assert_eq!(said(&context), "nothing was saved: the disk is on fire");
    }
}
