//! `sinks`: what a person asks of a sink without a server.
//!
//! A test goes the way of an alert, with the sink's own address, secrets and certificates, but once: it is not tried again,
//! filters do not hold for it, and neither a place nor a dead letter is touched. What is wrong with it is an answer, told on the
//! standard output with exit code 1.
//!
//! Not here: the test alert and its way (`sinks/trial.rs`).

use std::{
    io::{self, Write},
    process::ExitCode,
};

use crate::{
    config::{Config, ConfigError, SinksCommand},
    escape::escape,
    sinks,
};

#[derive(Debug, thiserror::Error)]
pub(crate) enum SinksCommandError {
    #[error("there is no sink {name:?}; {there}")]
    Missing { name: String, there: String },
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Does it; 1 if the sink did not take it.
pub(crate) fn run(
    command: &SinksCommand,
    config: &Config,
    mut out: impl Write,
) -> Result<ExitCode, SinksCommandError> {
    let SinksCommand::Test { name } = command;
    let Some(settings) = config.sinks.iter().find(|sink| sink.name == *name) else {
        let names: Vec<_> = config.sinks.iter().map(|sink| sink.name.as_str()).collect();
        let there = match names.join(", ") {
            none if none.is_empty() => "the settings name none, see --config".to_owned(),
            names => format!("the settings name {names}"),
        };
        return Err(SinksCommandError::Missing { name: name.clone(), there });
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (verdict, code) = match runtime.block_on(sinks::test(settings))? {
        Ok(said) => (format!("took the test alert: {said}"), ExitCode::SUCCESS),
        Err(why) => (format!("did not take the test alert: {}", escape(&why)), ExitCode::from(1)),
    };
    writeln!(out, "sink {name} {verdict}")?;
    Ok(code)
}
