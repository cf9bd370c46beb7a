//! The command line of `plumbline context`.
//!
//! What a context holds is said by the options that are there for all commands (`access.rs`). Not here: the file
//! (`config.rs`), and which context a call takes (`context.rs`).

use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum Context {
    /// All contexts, and which of them is in use.
    List,
    /// Makes a context the one that calls use from now on.
    Use {
        /// Its name.
        name: String,
    },
    /// One context in full.
    Show {
        /// Its name; without it, the one in use.
        name: Option<String>,
    },
    /// Makes a context of --server, the --tls options and --token-file, or changes those that are given of one.
    ///
    /// What the environment says is not taken in. Names of files are kept, never what is in them.
    Set {
        /// Its name: letters, digits and ._@- in it.
        #[arg(value_parser = name)]
        name: String,
        /// What the context is to say no more; may be given several times.
        #[arg(long, value_enum, value_name = "OPTION")]
        unset: Vec<Setting>,
    },
    /// Deletes a context. The files that it names stay.
    Delete {
        /// Its name.
        name: String,
    },
}

/// What a context can do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Setting {
    Server,
    TlsCa,
    TlsCert,
    TlsKey,
    TlsServerName,
    TokenFile,
}

/// A name that needs no quotes anywhere.
fn name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._@-".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins && text.len() <= 64 && text.chars().all(fits) {
        return Ok(text.to_owned());
    }
    Err("a name begins with a letter or digit and has up to 64 letters, digits and ._@-, such as prod"
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_context_needs_no_quotes() {
        for good in ["prod", "eu-1.prod@alice", "7"] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        for bad in ["", "-x", ".", "a b", "a/b", "ü", "a\n", &"a".repeat(65)] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }
}
