//! `intent convert`: an intent as a policy that another tool enforces or watches.
//!
//! A policy begins with comments that say what of the intent it can't express; who applies it has to know. Only what was
//! learned, declared and approved is allowed, and of that nothing that is denied. Nothing is narrower than what is known, unless
//! a comment says so. A target has a file of its own, and is here once its output is checked against the tool's own types,
//! schema or parser in a test.

mod apparmor;
mod cilium;
mod falco;
#[cfg(test)]
mod fixture;
mod known;
mod kubearmor;
mod network;
mod peers;
mod programs;
mod tetragon;

use std::io::Write;

use self::known::Known;
use super::{document::Document, yaml, yaml::Source};
use crate::{
    args::{Action, Convert, Target},
    escape::escape,
    server::CliError,
};

/// A policy, and what it can't say.
struct Policy {
    comments: Vec<String>,
    body: Body,
}

enum Body {
    /// Kubernetes objects, each a document of its own.
    Objects(Vec<serde_json::Value>),
    /// Part of a file that goes on behind it.
    Text(String),
}

impl Policy {
    fn objects(comments: Vec<String>, objects: Vec<serde_json::Value>) -> Self {
        Self { comments, body: Body::Objects(objects) }
    }
}

pub(crate) fn convert(args: Convert, out: &mut impl Write) -> Result<(), CliError> {
    let Convert { file, to, selector, action } = args;
    fitting(to, &selector, action)?;
    let action = action.unwrap_or_default();
    let source = Source::read(&file)?;
    let documents: Vec<Document> = source.documents()?;
    if documents.is_empty() {
        return Err(source
            .other("it holds no document", "give a document of `intent from` or `export`")
            .into());
    }
    for (number, document) in documents.iter().enumerate() {
        let known = Known::of(document);
        let policy = match to {
            Target::Networkpolicy => network::policy(&known, &selector),
            Target::Cilium => cilium::policy(&known, &selector),
            Target::Tetragon => tetragon::policy(&known, &selector, action),
            Target::Kubearmor => kubearmor::policy(&known, &selector, action),
            Target::Falco => falco::policy(&known).map_err(|why| {
                source.other(
                    format!("{}: {why}", document.metadata.name),
                    "give metadata.image as Falco names it, such as shop/web:1",
                )
            })?,
            Target::Apparmor => apparmor::policy(&known, action),
        };
        write_policy(number, &policy, out)?;
    }
    Ok(())
}

fn write_policy(number: usize, policy: &Policy, out: &mut impl Write) -> Result<(), CliError> {
    if number > 0 {
        let parted = matches!(policy.body, Body::Objects(_));
        writeln!(out, "{}", if parted { "---" } else { "" })?;
    }
    for comment in &policy.comments {
        writeln!(out, "# {}", escape(comment))?;
    }
    match &policy.body {
        Body::Objects(objects) => write!(out, "{}", yaml::write(objects)?)?,
        Body::Text(text) => write!(out, "{text}")?,
    }
    Ok(())
}

/// Whether options and target go together.
fn fitting(to: Target, selector: &[(String, String)], action: Option<Action>) -> Result<(), CliError> {
    let wrong = |what: &str, why: &str, advice: &str| CliError::Call {
        what: format!("{what} has no effect on this target"),
        why: why.to_owned(),
        advice: advice.to_owned(),
        exit: 64,
    };
    let of_pods = !matches!(to, Target::Falco | Target::Apparmor);
    if !of_pods && !selector.is_empty() {
        return Err(wrong("--selector", "it is for an image or a profile, not for pods", "leave it out"));
    }
    if of_pods && selector.is_empty() {
        return Err(CliError::Call {
            what: "there is no --selector".to_owned(),
            why: "the policy would be for all pods".to_owned(),
            advice: "give a label of the pods that it is for, such as --selector app=web".to_owned(),
            exit: 64,
        });
    }
    match (to, action) {
        (Target::Networkpolicy | Target::Cilium, Some(_)) => {
            Err(wrong("--action", "such a policy always cuts off", "leave it out"))
        }
        (Target::Falco, Some(_)) => Err(wrong("--action", "Falco only tells", "leave it out")),
        _ => Ok(()),
    }
}
