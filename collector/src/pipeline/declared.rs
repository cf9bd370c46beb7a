//! Tells declared probes and hooks from sessions: just the declared words, started by the runtime, no terminal.
//!
//! Lineage says that it was the runtime, and only the program that the runtime itself started counts: what a session
//! becomes later is still a session. A container may be described after its first probe or hook has run; what was
//! started until then is remembered weakly and looked at before its reports go out. What has gone out stays as it was
//! said.

use super::Pipeline;
use crate::{
    container::Probe,
    process::{Node, Program, Root},
    raw,
};
use plumbline_proto::v1::{ProbeKind, ProcessFlag};
use std::sync::{Arc, Weak};

/// Sessions of one container that wait for its description. Further ones stay sessions.
const UNRECOGNISED: usize = 1024;

impl Pipeline {
    /// Marks what was declared, or remembers it until that can be said.
    pub(super) fn recognise(&mut self, node: &Node) {
        if node.parent.is_some()
            || !Arc::ptr_eq(&node.program, &node.root.program)
            || !is_candidate(&node.program)
        {
            return;
        }
        if let Some(info) = self.known.get(&node.container) {
            recognise(&node.root, &info.probes);
        } else if let Some(live) = self.live.get_mut(&node.container) {
            if live.unrecognised.len() >= UNRECOGNISED {
                live.unrecognised.retain(|root| root.strong_count() > 0);
            }
            if live.unrecognised.len() < UNRECOGNISED {
                live.unrecognised.push(Arc::downgrade(&node.root));
            }
        }
    }
}

/// Marks those that were declared, and forgets them all.
pub(super) fn recognise_all(roots: &mut Vec<Weak<Root>>, declared: &[Probe]) {
    for root in std::mem::take(roots).iter().filter_map(Weak::upgrade) {
        recognise(&root, declared);
    }
}

fn recognise(root: &Root, declared: &[Probe]) {
    let flag = |probe: &Probe| match probe.kind {
        ProbeKind::PostStart | ProbeKind::PreStop => ProcessFlag::Hook,
        _ => ProcessFlag::Probe,
    };
    if let Some(flag) = declared.iter().find(|probe| runs(&root.program, &probe.command)).map(flag) {
        root.declare(flag);
    }
}

fn is_candidate(program: &Program) -> bool {
    let cut = ProcessFlag::ArgumentsTruncated as u32;
    program.flags & (ProcessFlag::ExecSession as u32 | ProcessFlag::Terminal as u32 | cut)
        == ProcessFlag::ExecSession as u32
}

/// Whether a program was started with just these words. For a script the kernel puts its interpreter, which may have
/// one argument, before it, and the path it was found at in place of its name.
fn runs(program: &Program, words: &[String]) -> bool {
    let Some((name, rest)) = words.split_first() else { return false };
    // Words of a process are escaped where they are read.
    let same = |word: &String, argument: &String| *argument == raw::text(word.as_bytes());
    let all = |rest: &[String], arguments: &[String]| {
        rest.len() == arguments.len()
            && rest.iter().zip(arguments).all(|(word, argument)| same(word, argument))
    };
    if program.script.is_empty() {
        return all(words, &program.arguments);
    }
    let found = program.script.rsplit('/').next().unwrap_or_default();
    let is_script = same(name, &program.script) || found == raw::text(name.as_bytes());
    is_script
        && (1..=2).any(|interpreter| {
            let arguments = program.arguments.get(interpreter..).and_then(<[String]>::split_first);
            arguments.is_some_and(|(script, arguments)| *script == program.script && all(rest, arguments))
        })
}

#[cfg(test)]
mod tests;
