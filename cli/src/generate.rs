//! `completion` and `man`: what is installed beside the program, made of the command line itself, so that none of it can be
//! out of date.
//!
//! Completion knows commands, options, their values and files; it asks no server, so it knows no images or alerts. Not here:
//! where a shell or man(1) looks for them (cli/README.md).

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use clap::{Command, CommandFactory};
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

use crate::{
    args::{Cli, Shell},
    escape::escape,
    exit::CODES,
    server::CliError,
};

const NAME: &str = "plumbline";

pub(crate) fn completion(shell: Shell, out: &mut impl Write) -> Result<(), CliError> {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    // Not to the output itself: what can't be written there is a panic.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    Ok(out.write_all(&script)?)
}

/// Writes the page of the program, or with a folder all pages into it.
pub(crate) fn man(folder: Option<&Path>, out: &mut impl Write) -> Result<(), CliError> {
    // A page for each `help` would say nothing.
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let Some(folder) = folder else { return Ok(out.write_all(&page(&command)?)?) };
    let shown = escape(&folder.display().to_string());
    let pages = fs::create_dir_all(folder).and_then(|()| pages(&command, folder)).map_err(|error| {
        CliError::Document(format!("{shown} can't be written; {error}; give a folder that may be, by --dir"))
    })?;
    Ok(writeln!(out, "Wrote {pages} pages to {shown}.")?)
}

/// Writes the pages of a command and all below it. How many there are.
fn pages(command: &Command, folder: &Path) -> io::Result<usize> {
    fs::write(folder.join(Man::new(command.clone()).get_filename()), page(command)?)?;
    command.get_subcommands().try_fold(1, |count, below| Ok(count + pages(below, folder)?))
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let main = command.get_name() == NAME;
    // What stands behind the help has sections of its own here.
    let man = Man::new(command.clone().after_long_help(None::<&str>));
    let man = man.source(format!("{NAME} {}", env!("CARGO_PKG_VERSION"))).manual("Plumbline");
    let mut page = Vec::new();
    man.render(&mut page)?;
    if main {
        let mut more = Roff::new();
        more.control("SH", ["EXIT STATUS"]);
        for (code, what) in CODES {
            more.control("TP", []).text([bold(code.to_string())]).text([roman(what)]);
        }
        more.control("SH", ["FILES"]);
        more.control("TP", []).text([bold("~/.config/plumbline/config.toml")]);
        more.text([roman("The contexts, which plumbline-context(1) makes. It names files with keys and tokens, and holds none.")]);
        more.to_writer(&mut page)?;
    }
    Ok(page)
}
