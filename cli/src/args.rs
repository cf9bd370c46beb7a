//! The command line of `plumbline`.

mod alerts;
mod containers;
mod context;
mod enforcement;
mod images;
mod intent;
mod tokens;

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::access::Access;
pub(crate) use alerts::{By, Count, Filter, Resolution, Triage};
pub(crate) use containers::Containers;
pub(crate) use context::{Context, Setting};
pub(crate) use enforcement::{Enforcement, PolicyArgs, Signed};
pub(crate) use images::{Diff, ImageList, ImageShow, ImageUpkeep, Images};
pub(crate) use intent::{
    Action, Apply, Convert, From, Intent, IntentDiff, IntentReport, IntentShow, Stated, Target,
};
pub(crate) use tokens::{NewToken, Tokens};

/// Asks a Plumbline server what it found and how far it has learned, and tells it what to think of it.
#[derive(Debug, Parser)]
#[command(name = "plumbline", version, after_long_help = crate::exit::help())]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The option that names a context. Behaviours have contexts, too, which `intent approve` and `deny` took before.
const SERVER_CONTEXT: &str = "server_context";

/// What can be said with every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The context to use, instead of the one that `context use` chose. Flags and the environment beat it. With --server and
    /// without this no context is used.
    #[arg(id = SERVER_CONTEXT, long = "context", global = true, env = "PLUMBLINE_CONTEXT", value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// The file with the contexts. Default: plumbline/config.toml in $XDG_CONFIG_HOME or else in ~/.config.
    #[arg(long, global = true, env = "PLUMBLINE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How to print.
    #[arg(short, long, global = true, value_enum, default_value = "table")]
    pub(crate) output: Output,
    #[command(flatten, next_help_heading = "TLS and authentication")]
    pub(crate) access: Access,
    /// What of that was typed.
    #[arg(skip)]
    pub(crate) typed: Access,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Table,
    /// For people with room: nothing is cut short, and some tables have more columns.
    Wide,
    /// The server's answer as proto3 JSON.
    Json,
    /// The same, each thing of a list on a line of its own.
    Jsonl,
    /// The same as YAML.
    Yaml,
    /// For a pull request; `images diff`, `intent diff` and `intent report` only.
    Markdown,
}

impl Output {
    /// Whether a table may be as wide as it gets.
    pub(crate) fn is_wide(self) -> bool {
        self == Self::Wide
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The server, its collectors and its counts.
    Status,
    /// Images and how far they have been learned.
    #[command(subcommand)]
    Images(Images),
    /// What images are meant to do: declared, learned, approved and denied.
    #[command(subcommand)]
    Intent(Intent),
    /// What was found.
    #[command(subcommand)]
    Alerts(Alerts),
    /// What people decided of it.
    #[command(subcommand)]
    Decisions(Decisions),
    /// The nodes that collectors speak for.
    #[command(subcommand)]
    Nodes(Nodes),
    /// Containers that run, and how far each is watched.
    #[command(subcommand)]
    Containers(Containers),
    /// What may be started in containers, and what was stopped.
    #[command(subcommand)]
    Enforcement(Enforcement),
    /// Who may come in by a token; for admins.
    #[command(subcommand)]
    Tokens(Tokens),
    /// Who changed what; for admins.
    #[command(subcommand)]
    Audit(Audit),
    /// Servers by name, with who we are there.
    #[command(subcommand)]
    Context(Context),
    /// The completion of a shell, for it to read.
    Completion {
        /// Which shell.
        #[arg(value_enum)]
        shell: Shell,
    },
    /// The manual page of the program, for man(1) to read.
    Man {
        /// All pages, one for each command, as files in this folder instead.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Nodes {
    /// All nodes that were heard of, and whether they are watched.
    List,
    /// Forgets a node that was taken out of service.
    Forget {
        /// Its name.
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Alerts {
    /// Alerts, newest change first.
    List(List),
    /// How many alerts there are.
    Count(Count),
    /// Every alert that matches, newest change first, each a line of JSON; with -o yaml a document.
    Export {
        #[command(flatten)]
        filter: Filter,
        /// Into this file, which is then whole or as it was, instead of the standard output.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Every change of an alert as it happens, until interrupted.
    Watch(Watch),
    /// Everything about one alert.
    Show {
        /// Its id, or the beginning of it.
        id: String,
    },
    /// What the verdict of an alert is made of, number by number.
    Explain {
        /// Its id, or the beginning of it.
        id: String,
    },
    /// What an alert's processes did, findings or not, one event a line.
    Events {
        /// Its id, or the beginning of it.
        id: String,
    },
    /// Says that somebody has seen an alert.
    Ack(Triage),
    /// Says what came of an alert, and closes it. It approves nothing; see `approve`.
    Resolve {
        /// What came of it.
        #[arg(long = "as", value_enum, value_name = "WHAT")]
        resolution: Resolution,
        #[command(flatten)]
        triage: Triage,
    },
    /// Gives an alert to somebody.
    Assign {
        /// To whom; empty: to nobody.
        #[arg(long, value_name = "NAME")]
        to: String,
        #[command(flatten)]
        triage: Triage,
    },
    /// Opens an alert again that was seen or resolved.
    Reopen(Triage),
    /// Who subscribes to alerts by name, and how far each has come.
    Consumers,
    /// Forgets a subscriber, and where it was.
    Forget {
        /// Its name.
        consumer: String,
    },
    /// Says that what an alert found is expected: it raises nothing any more, and is learned unless --expires or a
    /// namespace bounds it.
    Approve(Answer),
    /// Says that what an alert found must not be: it is never learned, and each time it is an alert.
    Deny(Answer),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Decisions {
    /// Decisions that hold, newest first.
    List {
        /// Also those that were revoked or have expired.
        #[arg(long)]
        all: bool,
        /// At most this many.
        #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// What they have moved: rows of evidence that weigh other than as fitted, per image.
    Feedback {
        /// Digest or repository.
        image: Option<String>,
    },
    /// Takes a decision back; it stays on record. What a revoked approval taught is forgotten.
    Revoke {
        /// Its id, or the beginning of it.
        id: String,
        /// Why.
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        /// Who takes it back. By default who the certificate or token names, and without either $USER.
        #[arg(long, value_name = "NAME")]
        author: Option<String>,
        /// Only if the decision still has this revision.
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        revision: u32,
        /// A name for this call: made again with the same one, it changes nothing more.
        #[arg(long, value_name = "TEXT", default_value = "")]
        request_id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Changes, oldest first; with -o json an export.
    List {
        /// Only changes after this cursor; without it, from the first the server holds.
        #[arg(long, value_name = "CURSOR", default_value_t = 0)]
        after: u64,
        /// At most this many.
        #[arg(long, value_name = "COUNT", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
        limit: u64,
    },
}

/// How an alert is answered.
#[derive(Debug, Args)]
pub(crate) struct Answer {
    /// The alert's id, or the beginning of it.
    pub(crate) id: String,
    /// Only this finding, by its number in `alerts show`.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) finding: Option<u32>,
    /// Only if the alert still has this revision.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) revision: u32,
    #[command(flatten)]
    pub(crate) terms: Terms,
}

/// How something is decided.
#[derive(Debug, Args)]
pub(crate) struct Terms {
    /// Why.
    #[arg(long, value_name = "TEXT", required_unless_present = "dry_run")]
    pub(crate) reason: Option<String>,
    /// Who decides. By default who the certificate or token names, and without either $USER.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
    /// Where it counts.
    #[arg(long, value_enum, default_value = "image")]
    pub(crate) scope: Scope,
    /// How long it holds, such as 30d or "12h 30m"; without it, for good.
    #[arg(long, value_name = "DURATION", value_parser = lifetime)]
    pub(crate) expires: Option<Duration>,
    /// Decide nothing, but say what would be decided.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// A name for this call: made again with the same one, it decides nothing more.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) request_id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scope {
    /// The image, by its digest.
    Image,
    /// All images of its repository, later ones too.
    Repository,
    /// All containers in the Kubernetes namespace, of any image; teaches nothing, also without --expires.
    Namespace,
    /// All images.
    All,
}

fn lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; it is a number with a unit, such as 30d, 12h or 90m"))?;
    if lifetime.is_zero() || u64::try_from(lifetime.as_nanos()).is_err() {
        return Err("it is more than 0 and less than 500 years; leave it out for good".to_owned());
    }
    Ok(lifetime)
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// At most this many.
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
    /// Where to go on: the token at the end of the page before, with the same filter.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) page: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// Only changes after this cursor; without it, from the first the server holds.
    #[arg(long, value_name = "CURSOR", default_value_t = 0)]
    pub(crate) after: u64,
    /// Only changes from now on.
    #[arg(long, conflicts_with = "after")]
    pub(crate) new: bool,
    #[command(flatten)]
    pub(crate) filter: Filter,
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, error::ErrorKind};

    use super::*;

    fn parsed(line: &str) -> Result<Command, clap::Error> {
        Cli::try_parse_from(line.split(' ')).map(|cli| cli.command)
    }

    #[test]
    fn an_answer_needs_a_reason_and_its_duration_has_a_unit() {
        Cli::command().debug_assert();
        let Ok(Command::Alerts(Alerts::Approve(answer))) = parsed(
            "plumbline alerts approve 12ab --reason ok --author a --expires 30d --scope repository --finding 2",
        ) else {
            panic!("not taken");
        };
        assert_eq!(answer.terms.expires, Some(Duration::from_secs(30 * 86_400)));
        assert_eq!(
            (answer.terms.scope, answer.finding, answer.terms.dry_run),
            (Scope::Repository, Some(2), false)
        );
        let refused = |line: &str| parsed(line).map(|_| ()).unwrap_err();
        let missing = refused("plumbline alerts deny 12ab --author a");
        assert_eq!(missing.kind(), ErrorKind::MissingRequiredArgument);
        assert!(missing.to_string().contains("--reason"), "{missing}");
        for bad in ["soon", "30", "0s", "9999999999y"] {
            let error = refused(&format!("plumbline alerts approve 1 --reason r --author a --expires {bad}"));
            assert!(error.to_string().contains("--expires"), "{error}");
        }
        refused("plumbline alerts approve 1 --reason r --author a --finding 0");
        let Ok(Command::Alerts(Alerts::Deny(answer))) =
            parsed("plumbline alerts deny 12ab --reason no --author a --scope namespace")
        else {
            panic!("not taken");
        };
        assert_eq!(answer.terms.scope, Scope::Namespace);
        refused("plumbline alerts approve 1 --reason r --author a --scope cluster");
        parsed("plumbline alerts approve 1 --dry-run").unwrap();
        parsed("plumbline alerts ack 1 --author a --note seen --revision 3").unwrap();
        parsed("plumbline alerts resolve 1 --author a --as false-positive").unwrap();
        refused("plumbline alerts resolve 1 --author a");
        refused("plumbline alerts assign 1 --author a");
        parsed("plumbline alerts list --state new --state acknowledged --assignee a").unwrap();
        parsed("plumbline images diff shop/web:1 shop/web:2 --exit-code -o markdown").unwrap();
        parsed("plumbline images lock shop/web").unwrap();
        parsed("plumbline intent show shop/web --dimension spawn --decided").unwrap();
        parsed(
            "plumbline intent deny shop/web --dimension spawn --context /bin/sh --value /bin/nc --reason no",
        )
        .unwrap();
        parsed("plumbline intent approve --scope all --dimension call --value x --reason yes").unwrap();
        refused("plumbline intent deny shop/web --dimension spawn --reason no");
        parsed("plumbline images reset shop/web --dimension spawn --dimension call --reason r --revision 2")
            .unwrap();
        parsed("plumbline images list --state learning --state archived").unwrap();
        refused("plumbline images list --state unwatched");
        parsed("plumbline decisions revoke 1 --author a").unwrap();
        parsed("plumbline enforcement set shop/web --mode enforce --immutable --exempt /opt/a --promote-after 7d").unwrap();
        parsed("plumbline enforcement off --reason incident").unwrap();
        refused("plumbline enforcement set shop/web --immutable");
        refused("plumbline enforcement set shop/web --mode enforce");
        refused("plumbline enforcement set shop/web --mode warn --immutable --allow /bin/sh");
        refused("plumbline enforcement set shop/web --mode warn --allow-list --exempt /bin/sh");
        refused("plumbline enforcement set shop/web --mode warn --immutable --kills-per-minute 0");
    }
}
