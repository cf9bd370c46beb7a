//! `context`: servers by name, and which of them a call is for.
//!
//! What flags and the environment say beats the context. A server that they name is another than the context's, so the
//! context in use then says nothing at all, or its token would go there; one that was named beside the server does. Nothing
//! here asks a server, and nothing shows what is in a file with a key or token.

use std::{env, io::Write, path::PathBuf};

use serde::Serialize;

use crate::{
    access::Access,
    args::{Context, Global, Setting},
    config::Config,
    escape::escape,
    print,
    server::{CliError, Server},
    show::table,
};

/// A context as it is shown, with the names that the file has.
#[derive(Debug, Serialize)]
struct Row<'a> {
    name: &'a str,
    in_use: bool,
    #[serde(flatten)]
    access: Access,
}

/// The server that a call is for, and who we are there.
pub(crate) fn access(global: &Global) -> Result<Access, CliError> {
    let said = global.access.clone();
    if named(global).is_none() && said.server.is_some() {
        return Ok(said);
    }
    let config = Config::read(global.config.as_deref())?;
    match in_use(global, &config)? {
        Some(name) => Ok(said.or(config.named(name)?.clone())),
        None => Ok(said),
    }
}

/// Does what the command line says about contexts.
pub(crate) fn context(global: &Global, what: &Context, out: &mut impl Write) -> Result<(), CliError> {
    let file = global.config.as_deref();
    match what {
        Context::List => list(global, &Config::read(file)?, out),
        Context::Show { name } => show(global, &Config::read(file)?, name.as_deref(), out),
        Context::Use { name } => {
            let server = Config::change(file, false, |config| {
                let server = config.named(name)?.address().to_owned();
                config.current = Some(name.clone());
                Ok(server)
            })?;
            for beats in ["PLUMBLINE_CONTEXT", "PLUMBLINE_SERVER"] {
                if env::var_os(beats).is_some_and(|value| !value.is_empty()) {
                    eprintln!("note: {beats} is set and beats it");
                }
            }
            Ok(writeln!(out, "In use is {}, {}.", escape(name), escape(&server))?)
        }
        Context::Set { name, unset } => {
            let (new, told) = Config::change(file, true, |config| {
                let old = config.contexts.remove(name);
                let new = old.is_none();
                let told = changed(old.unwrap_or_default(), global.typed.clone(), unset)?;
                config.contexts.insert(name.clone(), told.clone());
                Ok((new, told))
            })?;
            let (word, server) = (if new { "Made" } else { "Changed" }, escape(told.address()));
            writeln!(
                out,
                "{word} {name}, {server}. Use it by `plumbline context use {name}` or --context {name}."
            )?;
            Ok(())
        }
        Context::Delete { name } => {
            let was_in_use = Config::change(file, false, |config| {
                config.named(name)?;
                config.contexts.remove(name);
                Ok(config.current.take_if(|current| current == name).is_some())
            })?;
            let more = if was_in_use { " It was in use; none is now." } else { "" };
            Ok(writeln!(out, "Deleted {}.{more}", escape(name))?)
        }
    }
}

/// The context that was named for this call.
fn named(global: &Global) -> Option<&str> {
    global.context.as_deref().filter(|name| !name.is_empty())
}

/// The context that a call takes, if any.
fn in_use<'a>(global: &'a Global, config: &'a Config) -> Result<Option<&'a str>, CliError> {
    if let Some(name) = named(global) {
        config.named(name)?;
        return Ok(Some(name));
    }
    let Some(current) = config.current.as_deref().filter(|_| global.access.server.is_none()) else {
        return Ok(None);
    };
    match config.contexts.contains_key(current) {
        true => Ok(Some(current)),
        false => Err(CliError::Document(format!(
            "the context in use, {}, is not in the file with contexts; somebody took it out there; choose by `plumbline \
             context list` and `plumbline context use NAME`",
            escape(current)
        ))),
    }
}

fn changed(old: Access, typed: Access, unset: &[Setting]) -> Result<Access, CliError> {
    let Access { server, tls_ca, tls_cert, tls_key, tls_server_name, token_file } = typed;
    let mut told = Access {
        server: server.or(old.server),
        tls_ca: tls_ca.or(old.tls_ca),
        tls_cert: tls_cert.or(old.tls_cert),
        tls_key: tls_key.or(old.tls_key),
        tls_server_name: tls_server_name.or(old.tls_server_name),
        token_file: token_file.or(old.token_file),
    };
    for setting in unset {
        match setting {
            Setting::Server => told.server = None,
            Setting::TlsCa => told.tls_ca = None,
            Setting::TlsCert => told.tls_cert = None,
            Setting::TlsKey => told.tls_key = None,
            Setting::TlsServerName => told.tls_server_name = None,
            Setting::TokenFile => told.token_file = None,
        }
    }
    for file in told.files_mut() {
        // One that can't be made absolute can't be read either, which is told below.
        *file = std::path::absolute(&file).unwrap_or_else(|_| file.clone());
    }
    // What can't be used is told now, not with the first call.
    Server::new(told.clone())?;
    Ok(told)
}

fn list(global: &Global, config: &Config, out: &mut impl Write) -> Result<(), CliError> {
    // The list is there to choose from, also when what was chosen is not there.
    let used = in_use(global, config).ok().flatten();
    let rows: Vec<Row> =
        config.contexts.iter().map(|(name, access)| row(name, access, used == Some(name))).collect();
    if print::list(out, global.output, &rows, &rows)? {
        return Ok(());
    }
    if rows.is_empty() {
        return Ok(writeln!(out, "No contexts; make one by `plumbline context set NAME --server URL`.")?);
    }
    let mut table = table(&["", "NAME", "SERVER", "WE ARE"]);
    for Row { name, in_use, access } in &rows {
        let who = match access {
            Access { token_file: Some(_), .. } => "by a token",
            Access { tls_cert: Some(_), .. } => "by a certificate",
            _ => "-",
        };
        let mark = if *in_use { "*" } else { "" };
        table.add_row([mark.to_owned(), escape(name), escape(access.address()), who.to_owned()]);
    }
    Ok(writeln!(out, "{}", table.trim_fmt())?)
}

fn show(global: &Global, config: &Config, name: Option<&str>, out: &mut impl Write) -> Result<(), CliError> {
    let (name, in_use) = match name {
        Some(name) => (name, in_use(global, config).is_ok_and(|used| used == Some(name))),
        None => (in_use(global, config)?.ok_or_else(|| none_in_use(global))?, true),
    };
    let row = row(name, config.named(name)?, in_use);
    if print::answer(out, global.output, &row)? {
        return Ok(());
    }
    let word = if in_use { ", in use" } else { "" };
    writeln!(out, "Context      {}{word}\nServer       {}", escape(name), escape(row.access.address()))?;
    let Access { tls_ca, tls_cert, tls_key, tls_server_name, token_file, .. } = row.access;
    let file = |file: Option<PathBuf>| file.map(|file| file.display().to_string());
    for (title, told) in [
        ("CA", file(tls_ca)),
        ("Certificate", file(tls_cert)),
        ("Key", file(tls_key)),
        ("Server name", tls_server_name),
        ("Token file", file(token_file)),
    ] {
        if let Some(told) = told {
            writeln!(out, "{title:<12} {}", escape(&told))?;
        }
    }
    Ok(())
}

fn none_in_use(global: &Global) -> CliError {
    let why = match global.access.server {
        Some(_) => "a server is named itself, by --server or PLUMBLINE_SERVER",
        None => "none was chosen",
    };
    CliError::Call {
        what: "no context is in use".to_owned(),
        why: why.to_owned(),
        advice: "name one, or choose by `plumbline context list` and `plumbline context use NAME`".to_owned(),
        exit: 64,
    }
}

/// A context with the address that it stands for, also where it says none.
fn row<'a>(name: &'a str, access: &Access, in_use: bool) -> Row<'a> {
    let server = Some(access.address().to_owned());
    Row { name, in_use, access: Access { server, ..access.clone() } }
}
