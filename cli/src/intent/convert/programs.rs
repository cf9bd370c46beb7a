//! Programs that may run and programs that must not, as paths: what most tools can say of them.
//!
//! Never narrower than what is known: where names vary, all that is below a folder may run, and of a program that is many
//! in one file all of it. What a tool can't name at all is left out. Comments say each of these. A denial is kept only if it
//! is of just this file and nobody may run it; all others are told in a comment.

use std::collections::BTreeSet;

use super::{
    super::document::Act,
    known::{ANY, Known, few},
};

/// Names of programs are cut here by a server, in bytes.
const CUT: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Programs {
    /// Whole paths.
    pub(super) paths: BTreeSet<String>,
    /// Folders, with a slash at the end, below which anything may run.
    pub(super) folders: BTreeSet<String>,
    /// Paths that must not run.
    pub(super) denied: BTreeSet<String>,
    /// Whether anything may run, for so much is known.
    pub(super) any: bool,
    pub(super) comments: Vec<String>,
}

/// A value of the dimension spawn.
enum Named<'a> {
    Path(&'a str),
    /// One of many programs in a file.
    Applet(&'a str),
    Below(&'a str),
    /// No path.
    Unnamed,
}

/// Programs of a document. `fits` says whether a tool can name a path, or a folder.
pub(super) fn programs(known: &Known<'_>, fits: impl Fn(&str) -> bool) -> Programs {
    let mut out = Programs::default();
    let (mut applets, mut left, mut unsaid) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let denials = known.denied("spawn");
    for value in known.values("spawn").into_iter().chain(others(known).filter(|path| !denials.contains(path)))
    {
        match named(value) {
            Named::Path(path) if fits(path) => _ = out.paths.insert(path.to_owned()),
            Named::Applet(path) if fits(path) => {
                applets.insert(path.to_owned());
                out.paths.insert(path.to_owned());
            }
            Named::Below("/") => out.any = true,
            Named::Below(folder) if fits(folder) => _ = out.folders.insert(folder.to_owned()),
            _ => _ = left.insert(value.to_owned()),
        }
    }
    for value in denials {
        match named(value) {
            Named::Path(path) if fits(path) && !out.paths.contains(path) => {
                _ = out.denied.insert(path.to_owned())
            }
            _ => _ = unsaid.insert(value.to_owned()),
        }
    }
    let folders = &out.folders;
    out.paths.retain(|path| !folders.iter().any(|folder| path.starts_with(folder.as_str())));
    let mut say = |list: &BTreeSet<String>, what: &str| {
        if !list.is_empty() {
            out.comments.push(format!("{what}: {}.", few(list)));
        }
    };
    say(&applets, "Programs that are many in one file can't be told apart, so all of each may run");
    say(folders, "Names of programs vary in these folders, so all that is below them may run");
    say(&left, "Programs that are known but can't be named here, so they count as unknown ones");
    say(&unsaid, "Denied, but not forbidden here, since only some may not run it or it can't be named");
    if out.any {
        out.comments.push("Names of programs vary everywhere, so programs are not limited.".to_owned());
    }
    out
}

/// Programs that are declared to be run, or known to do something, though nobody may have seen them start.
fn others<'a>(known: &'a Known<'_>) -> impl Iterator<Item = &'a str> {
    let declared = &known.document.declared;
    let checks = declared.checks.iter().filter(|check| check.act == Act::Exec).map(|check| &check.argv);
    let commands =
        checks.chain(declared.command.iter().chain(&declared.starts).map(|command| &command.value));
    // A link has another name than what runs; that it may run, too, does no harm.
    let commands = commands.filter_map(|argv| argv.first()).map(String::as_str);
    // Of these two the context is more than a program, or none.
    let acting = known.allowed.iter().filter(|of| !["accept", "rate"].contains(&of.dimension.as_str()));
    let acting = acting.map(|of| of.context.as_str());
    commands.chain(acting).filter(|path| path.starts_with('/') && !path.contains(ANY))
}

fn named(value: &str) -> Named<'_> {
    // U+FFFD stands for bytes that are no text, so the file has another name.
    if !value.starts_with('/') || value.ends_with('/') || value.contains('\u{fffd}') {
        return Named::Unnamed;
    }
    let folder = |end: usize| {
        let end = value.get(..end).and_then(|before| before.rfind('/')).unwrap_or_default();
        value.get(..=end).map_or(Named::Unnamed, Named::Below)
    };
    if let Some(at) = value.find(ANY) {
        return folder(at);
    }
    if let Some((path, _)) = value.strip_suffix(']').and_then(|value| value.rsplit_once('['))
        && is_multi_call(path)
    {
        return Named::Applet(path);
    }
    if value.len() >= CUT { folder(value.len()) } else { Named::Path(value) }
}

/// Whether a file is many programs, by its name, as a server takes it.
fn is_multi_call(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.starts_with("busybox") || name.starts_with("toybox") || matches!(name, "coreutils" | "uutils")
}

#[cfg(test)]
mod tests;
