//! `tokens`: gives tokens out and takes them back on the server's own machine.
//!
//! A token is shown once, on the standard output alone, so that it can go into a file by a pipe; what else there is to say
//! goes to the standard error.
//!
//! Not here: the file (`security/tokens_file.rs`), what a token lets one do (`security/tokens.rs`).

use std::io::Write;

use crate::{
    config::{TokensArgs, TokensCommand},
    security::{
        Role,
        tokens_file::{self, New, TokensError},
    },
};

#[derive(Debug, thiserror::Error)]
pub(crate) enum TokensCommandError {
    #[error(transparent)]
    Tokens(#[from] TokensError),
    #[error(transparent)]
    Print(#[from] std::io::Error),
}

/// Does it.
pub(crate) fn run(
    args: &TokensArgs,
    mut out: impl Write,
    mut notes: impl Write,
) -> Result<(), TokensCommandError> {
    let path = args.tokens_file.as_path();
    match &args.command {
        TokensCommand::List => {
            let file = tokens_file::list(path, false)?;
            writeln!(out, "{:<32} {:<10} {:<24} {:<21} EXPIRES", "NAME", "ROLE", "NODE", "CREATED")?;
            for token in &file.token {
                let node = match (token.role, &token.node) {
                    (Role::Collector, None) => "any",
                    (_, node) => node.as_deref().unwrap_or("-"),
                };
                let expires = token.expires.as_deref().unwrap_or("-");
                let (name, role, created) = (&token.name, token.role.name(), &token.created);
                writeln!(out, "{name:<32} {role:<10} {node:<24} {created:<21} {expires}")?;
            }
        }
        TokensCommand::Add { name, role, node, any_node, expires } => {
            let new = New {
                name: name.clone(),
                role: *role,
                node: node.clone(),
                any_node: *any_node,
                lifetime: expires.map(Into::into),
            };
            let (_, text) = tokens_file::add(path, new, |_| Ok(()))?;
            writeln!(out, "{text}")?;
            writeln!(notes, "This is the only time it is shown; keep it in a file with mode 0600.")?;
        }
        TokensCommand::Remove { name } => {
            tokens_file::remove(path, name, |_| Ok(()))?;
            writeln!(notes, "Removed; a running server ends its streams within seconds.")?;
        }
    }
    Ok(())
}
