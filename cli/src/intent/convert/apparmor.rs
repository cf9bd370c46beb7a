//! An AppArmor profile: which programs may run, and whether anything may be mounted or traced. A hint, for it takes the place of
//! the runtime's own profile.
//!
//! Events tell nothing of files, users and most calls, so all of that is allowed. By default the profile only complains; then
//! there is no `deny` in it, since that holds even so. Paths are quoted and what AppArmor takes for a pattern is escaped; a path
//! with letters that nobody sees is left out.

use std::fmt::Write as _;

use super::{
    Body, Policy,
    known::{ANY, Known},
    programs::{Programs, programs},
};
use crate::{args::Action, escape::hidden};

pub(super) fn policy(known: &Known<'_>, action: Action) -> Policy {
    let mut comments = known.head();
    comments.extend(
        [
            "A hint: it stands in the place of the runtime's own profile, whose denials are not in it, so compare the two first.",
            "It says nothing of arguments, files, users, most calls, ports, peers or names, and nothing of which program starts",
            "another.",
        ]
        .map(str::to_owned),
    );
    let Programs { paths, folders, denied, any, comments: more } =
        programs(known, |path| !path.contains(hidden));
    comments.extend(more);
    let mut rules: Vec<String> =
        ["capability", "network", "signal", "unix", "dbus", "umount", "pivot_root"].map(str::to_owned).into();
    let calls = known.values("call");
    let unlimited = |what: &str| {
        let seen = |call: &&str| call.contains(what) || call.starts_with(ANY);
        !known.learned("call") || calls.iter().any(seen)
    };
    if unlimited("mount ") {
        rules.push("mount".to_owned());
    }
    // To look at a process is not told, to trace it is.
    rules.push(
        if unlimited(" to a process") { "ptrace" } else { "ptrace (read, readby, tracedby)" }.to_owned(),
    );
    if !known.learned("call") {
        comments.push("Nothing was learned of calls, so mounting and tracing are not limited.".to_owned());
    }
    rules.push("/{,**} rwlkm".to_owned());
    if known.learned("spawn") && !any && !(paths.is_empty() && folders.is_empty()) {
        rules.extend(paths.iter().map(|path| format!("{} ix", quoted(path, ""))));
        rules.extend(folders.iter().map(|folder| format!("{} ix", quoted(folder, "**"))));
    } else {
        if !any {
            comments.push("No programs were learned, so they are not limited.".to_owned());
        }
        rules.push("/** ix".to_owned());
    }
    let complain = match action {
        Action::Audit => {
            comments.push(
                "It only complains: see the kernel's log for ALLOWED. --action block makes it deny."
                    .to_owned(),
            );
            ",complain"
        }
        Action::Block => {
            rules.extend(denied.iter().map(|path| format!("deny {} x", quoted(path, ""))));
            ""
        }
    };
    let flags = format!("attach_disconnected,mediate_deleted{complain}");
    let mut text = format!("profile intent-{} flags=({flags}) {{\n", known.name());
    for rule in rules {
        // Writing to a String can't fail.
        let _ = writeln!(text, "  {rule},");
    }
    text.push_str("}\n");
    Policy { comments, body: Body::Text(text) }
}

/// A path as AppArmor takes it literally, and a pattern behind it. Its lexer takes a quote behind any backslash for part of the
/// path, so of these two there is none: they are told by their octal numbers.
fn quoted(path: &str, pattern: &str) -> String {
    let mut text = String::with_capacity(path.len() + 8);
    for c in path.chars() {
        match c {
            '\\' => text.push_str("\\134"),
            '"' => text.push_str("\\042"),
            '*' | '?' | '[' | ']' | '{' | '}' => text.extend(['\\', c]),
            c => text.push(c),
        }
    }
    format!("\"{text}{pattern}\"")
}

#[cfg(test)]
mod tests;
