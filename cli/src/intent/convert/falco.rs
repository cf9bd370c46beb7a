//! Falco rules: programs that an image is not known to run, and TCP ports that it is neither known to connect to nor to listen
//! on. Falco only tells.
//!
//! What is allowed are macros, so that it can be added to without touching a rule. Values are quoted as Falco's conditions have
//! it; what can't be quoted so is left out. No rule's name begins with `Plumbline `: by that the collector knows rules that
//! leave nothing out. Not here: addresses, names and UDP, which a condition can say only in part.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    Body, Policy,
    known::Known,
    programs::{Programs, programs},
};
use crate::{escape::hidden, intent::yaml, server::CliError};

/// Why there are no rules.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unruled {
    #[error("it names no image, and a rule is for one")]
    NoImage,
    #[error("its image has letters that a rule can't have")]
    Letters,
    #[error("its rules are no text: {0}")]
    Text(#[from] CliError),
}

pub(super) fn policy(known: &Known<'_>) -> Result<Policy, Unruled> {
    let mut comments = known.head();
    comments.extend(
        [
            "It says nothing of arguments, files, users, calls, UDP, addresses or names, and nothing of which program starts",
            "another or uses a port. What it is for is the first macro: make it fit if Falco names the image otherwise. What the",
            "runtime itself starts in a container, such as runc, may have to be added to the macro of programs.",
        ]
        .map(str::to_owned),
    );
    let id = format!("intent_{}", known.name().replace('-', "_"));
    let mut rules = vec![json!({ "macro": id, "condition": image(known)? })];
    let rule = |name: &str, condition: String, priority: &str, output: &str| {
        json!({
            "rule": format!("Intent of {}: {name}", known.name()),
            "desc": format!("What {} does was learned, declared or approved; this was not.", known.name()),
            "condition": format!("{condition} and {id}"),
            "output": format!("{output} parent=%proc.pname container=%container.name image=%container.image.repository"),
            "priority": priority,
            "tags": ["container", "plumbline"],
        })
    };
    let started = "evt.type in (execve, execveat) and evt.res = SUCCESS and container.id != host";
    let Programs { paths, folders, denied, any, comments: more } = programs(known, fits);
    comments.extend(more);
    if !denied.is_empty() {
        let condition = format!("{started} and proc.exepath in ({})", list(&denied));
        rules.push(rule("denied program", condition, "CRITICAL", "Denied program program=%proc.exepath"));
    }
    let mut parts: Vec<String> = Vec::new();
    if !paths.is_empty() {
        parts.push(format!("proc.exepath in ({})", list(&paths)));
    }
    parts.extend(folders.iter().map(|folder| format!("proc.exepath startswith {}", quoted(folder))));
    if !any && known.learned("spawn") && !parts.is_empty() {
        rules.push(json!({ "macro": format!("{id}_programs"), "condition": parts.join(" or ") }));
        let condition = format!("{started} and not {id}_programs");
        rules.push(rule("unknown program", condition, "WARNING", "Unknown program program=%proc.exepath"));
    } else if !any {
        comments.push("No programs were learned, so they are not limited.".to_owned());
    }
    let connected = known.learned("connect").then(|| known.connected_ports()).flatten();
    let listened = known.learned("listen").then(|| known.listened_ports()).flatten();
    for (kind, field, ports, what) in
        [("connect", "fd.rport", connected, "connected to"), ("listen", "fd.sport", listened, "listened on")]
    {
        let Some(mut ports) = ports else {
            comments
                .push(format!("Which TCP ports are {what} was not learned, or varies: it is not limited."));
            continue;
        };
        // A list can't be empty; nobody uses port 0.
        ports.insert(0);
        let ports = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        rules.push(json!({ "macro": format!("{id}_{kind}"), "condition": format!("{field} in ({ports})") }));
        let condition =
            format!("evt.type = {kind} and fd.l4proto = tcp and container.id != host and not {id}_{kind}");
        let output = format!("Unknown port ({kind}) port=%{field} connection=%fd.name program=%proc.exepath");
        rules.push(rule(&format!("unknown port ({kind})"), condition, "NOTICE", &output));
    }
    Ok(Policy { comments, body: Body::Text(yaml::write(&[Value::from(rules)])?) })
}

/// Which image a rule is for: its repository, also behind a registry, and its tag.
fn image(known: &Known<'_>) -> Result<String, Unruled> {
    let image = known.document.metadata.image.as_deref().filter(|image| !image.is_empty());
    let image = image.ok_or(Unruled::NoImage)?;
    if !fits(image) {
        return Err(Unruled::Letters);
    }
    let (image, _) = image.split_once('@').unwrap_or((image, ""));
    // A colon before a slash is a registry's port.
    let (repository, tag) =
        image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).unwrap_or((image, ""));
    let (whole, behind) = (quoted(repository), quoted(&format!("/{repository}")));
    let of =
        format!("(container.image.repository = {whole} or container.image.repository endswith {behind})");
    Ok(if tag.is_empty() { of } else { format!("{of} and container.image.tag = {}", quoted(tag)) })
}

fn list(paths: &BTreeSet<String>) -> String {
    paths.iter().map(|path| quoted(path)).collect::<Vec<_>>().join(", ")
}

/// Whether Falco can have a text in a condition. After a backslash, even one that is escaped itself, it takes no quote for the
/// end of the text; and of a single quote within double ones its versions think differently.
fn fits(text: &str) -> bool {
    !text.contains(|c| hidden(c) || c == '\\' || c == '\'')
}

/// A text that fits as a value of a condition.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}

#[cfg(test)]
mod tests;
