//! KubeArmor policies (security.kubearmor.com/v1): which programs may run, and which must not.
//!
//! With a policy that allows, all that it leaves out is told or blocked, as the posture of the namespace says (`audit`, unless
//! it was set). Files count there as well, so all of them are allowed. Denials are a policy of their own, with the action that
//! was asked for. KubeArmor writes paths into AppArmor's rules as they are: only plain ones are given to it.

use serde_json::{Value, json};

use super::{
    Policy,
    known::{Known, labels},
    programs::{Programs, programs},
};
use crate::args::Action;

/// Longest path that KubeArmor takes.
const PATH_BYTES: usize = 200;

pub(super) fn policy(known: &Known<'_>, selector: &[(String, String)], action: Action) -> Policy {
    let mut comments = known.head();
    comments.push(
        "It says nothing of arguments, files, users, calls, ports, peers or names, and nothing of which program starts another."
            .to_owned(),
    );
    let Programs { paths, folders, denied, any, comments: more } = programs(known, fits);
    comments.extend(more);
    let object = |suffix: &str, spec: Value| {
        json!({
            "apiVersion": "security.kubearmor.com/v1",
            "kind": "KubeArmorPolicy",
            "metadata": known.metadata(&format!("{}{suffix}", known.name())),
            "spec": spec,
        })
    };
    let path = |path: &String| json!({ "path": path });
    let mut objects = Vec::new();
    if !any && known.learned("spawn") && !(paths.is_empty() && folders.is_empty()) {
        comments.push(match action {
            Action::Audit => "What else runs is told, if the posture of the namespace is audit, as it is by default: see its".to_owned(),
            Action::Block => "What else runs is blocked only if the posture of the namespace is block: see its".to_owned(),
        });
        comments.push(
            "annotation kubearmor-file-posture. Programs of init and other containers of the pod count, too."
                .to_owned(),
        );
        let mut process = serde_json::Map::new();
        if !paths.is_empty() {
            process.insert("matchPaths".to_owned(), paths.iter().map(path).collect());
        }
        if !folders.is_empty() {
            let below = |folder: &String| json!({ "dir": folder, "recursive": true });
            process.insert("matchDirectories".to_owned(), folders.iter().map(below).collect());
        }
        objects.push(object(
            "",
            json!({
                "selector": labels(selector),
                "message": "a program that is not known",
                "process": process,
                "file": { "matchDirectories": [{ "dir": "/", "recursive": true }] },
                "action": "Allow",
            }),
        ));
    } else if !any {
        comments.push("No programs were learned, so they are not limited.".to_owned());
    }
    if !denied.is_empty() {
        objects.push(object(
            "-denied",
            json!({
                "selector": labels(selector),
                "message": "a program that is denied",
                "process": { "matchPaths": denied.iter().map(path).collect::<Vec<_>>() },
                "action": if action == Action::Block { "Block" } else { "Audit" },
            }),
        ));
    }
    Policy::objects(comments, objects)
}

/// Whether a path, or a folder with a slash at its end, is one that KubeArmor takes and nothing in it means more.
fn fits(path: &str) -> bool {
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-+@".contains(&b));
    plain && path.len() <= PATH_BYTES && path.len() > 1
}

#[cfg(test)]
mod tests;
