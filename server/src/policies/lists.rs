//! Which executables are in the list of a policy.
//!
//! What the image declares and is known to run is looked at when somebody sets the policy, and never again by itself: what the
//! baseline learns later may be what an attacker had time to teach it, and a list that grows with what happens stops nothing.
//! What people approve is added as soon as they do, and goes when they take it back, since that is their word. A list knows
//! files, not contexts: an approval of what one program starts lets all programs of the image start it, and one for a
//! namespace is left out, since a policy holds on every node.
//!
//! Only what is a path of one file can be in a list: patterns and longer paths are left out.

use std::collections::BTreeSet;

use plumbline_model::{Decision, DecisionKind, Dimension, ImageState, Scope, executable};

use crate::record::Record;

/// Longest path in a list, in bytes, as collectors take them.
pub(super) const PATH_BYTES: usize = 250;

/// What an image declares and is known to run.
pub(super) fn listed(state: &ImageState) -> BTreeSet<String> {
    let declared = [state.declared_start().next(), state.declared_health_check().next()];
    let mut all: BTreeSet<String> = declared.into_iter().flatten().filter_map(path).collect();
    for known in state.known(&[Dimension::Spawn, Dimension::Arguments, Dimension::Origin]) {
        all.extend(path(&known.context));
        if known.dimension == Dimension::Spawn {
            all.extend(path(&known.value));
        }
    }
    all
}

/// What people approved for an image, and nobody denied.
pub(super) fn approved(record: &Record, now_unix_ns: u64, digest: &str, repository: &str) -> Vec<String> {
    let mut holding = record.holding(now_unix_ns, digest, repository);
    holding.retain(|decision| !matches!(decision.scope, Scope::Namespace(_)));
    let is_denied = |decision: &Decision| {
        let behaviour = |one: &Decision| (one.dimension, one.context.clone(), one.value.clone());
        let denials = holding.iter().filter(|other| other.kind == DecisionKind::Deny);
        denials.into_iter().any(|denied| behaviour(denied) == behaviour(decision))
    };
    let approvals = holding.iter().filter(|decision| decision.kind == DecisionKind::Approve);
    let programs =
        approvals.filter(|decision| !is_denied(decision)).filter_map(|decision| match decision.dimension {
            Dimension::Spawn => path(&decision.value),
            Dimension::Origin => path(&decision.context),
            _ => None,
        });
    programs.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The path of a program, if it can be in a list.
fn path(program: &str) -> Option<String> {
    executable(program).filter(|path| is_path(path)).map(str::to_owned)
}

/// Whether it can be in a list.
pub(super) fn is_path(path: &str) -> bool {
    (2..=PATH_BYTES).contains(&path.len()) && path.starts_with('/') && !path.chars().any(char::is_control)
}
