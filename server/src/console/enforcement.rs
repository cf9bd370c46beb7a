//! Enforcement: which policy each image has and what broke it, what each node makes of it, and the switch over all of them.
//!
//! Setting a policy needs more than a form tells (`plumbline enforcement set`); switching all of them off must not wait for
//! who has the tool at hand. Not here: what a policy does (`policies.rs`), and who may switch (`security/roles.rs`).

use std::time::Duration;

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use plumbline_proto::v1::{
    ArmRequest, BrokenPolicy, ConfirmedAction, EnforcementMode, EnforcementOutcome, EnforcementRule,
    ListPoliciesRequest, ListPoliciesResponse, NodeEnforcement, Policy,
};
use tonic::Code;

use super::{
    Failure,
    decide::wrong,
    failure::html,
    images::NAME_BYTES,
    text,
    visitor::{Form, Visitor},
};

/// Policies told, and nodes.
const POLICIES: usize = 200;
const NODES: usize = 200;

#[derive(Template)]
#[template(path = "enforcement.html")]
struct Page<'a> {
    visitor: &'a Visitor,
    /// `None` if the server has no key that policies could be signed with.
    listed: Option<Listed>,
}

/// What there is, as far as it is told.
struct Listed {
    armed: bool,
    policies: Vec<Policy>,
    more: usize,
    nodes: Vec<NodeEnforcement>,
    more_nodes: usize,
    version: u64,
}

pub(super) async fn page(visitor: Visitor) -> Result<Response, Failure> {
    let listed = match visitor.enforcement().list(visitor.asks(ListPoliciesRequest {})).await {
        Ok(listed) => Some(told(listed.into_inner())),
        Err(status) if status.code() == Code::FailedPrecondition => None,
        Err(status) => return Err(status.into()),
    };
    html(&Page { visitor: &visitor, listed })
}

/// Turns the switch.
pub(super) async fn switch(form: Form) -> Result<Response, Failure> {
    let armed = match form.get("armed") {
        "yes" => true,
        "no" => false,
        other => return Err(wrong("armed", other, "yes or no")),
    };
    let request = ArmRequest {
        armed,
        author: form.get("author").trim().to_owned(),
        reason: form.get("reason").trim().to_owned(),
    };
    form.visitor.enforcement().arm(form.visitor.asks(request)).await?;
    Ok(Redirect::to("/console/enforcement").into_response())
}

/// The policy of an image, for its page; `None` also where nothing is enforced.
pub(super) async fn of_image(visitor: &Visitor, digest: &str) -> Result<Option<Policy>, Failure> {
    match visitor.enforcement().list(visitor.asks(ListPoliciesRequest {})).await {
        Ok(listed) => Ok(listed.into_inner().policies.into_iter().find(|policy| policy.digest == digest)),
        Err(status) if status.code() == Code::FailedPrecondition => Ok(None),
        Err(status) => Err(status.into()),
    }
}

/// What was broken last comes first, and nodes that do not enforce what they should.
fn told(listed: ListPoliciesResponse) -> Listed {
    let ListPoliciesResponse { mut policies, armed, mut nodes, version } = listed;
    policies.sort_by_key(|policy| std::cmp::Reverse(policy.last_unix_ns));
    nodes.sort_by_key(|node| inactive(node).is_empty());
    let (more, more_nodes) = (policies.len().saturating_sub(POLICIES), nodes.len().saturating_sub(NODES));
    policies.truncate(POLICIES);
    nodes.truncate(NODES);
    Listed { armed, policies, more, nodes, more_nodes, version }
}

fn image(policy: &Policy) -> &str {
    if policy.image.is_empty() { &policy.digest } else { &policy.image }
}

/// Whether its image has a page: a name that is too long for an address has none.
fn has_page(policy: &Policy) -> bool {
    policy.digest.len() <= NAME_BYTES
}

pub(super) fn mode(policy: &Policy) -> &'static str {
    match policy.mode() {
        EnforcementMode::Unspecified => "unknown",
        EnforcementMode::Observe => "observe",
        EnforcementMode::Warn => "warn",
        EnforcementMode::Enforce => "enforce",
    }
}

/// What must not run, what a confirmed attack does, and when it goes further.
pub(super) fn rules(policy: &Policy) -> String {
    let mut rules = Vec::new();
    if policy.immutable {
        rules.push("nothing that is not of the image".to_owned());
    }
    if policy.allow_list {
        rules.push(format!("only {} executables", policy.allowed.len()));
    }
    match policy.on_confirmed_attack() {
        ConfirmedAction::Pause => rules.push("pauses where an attack is confirmed".to_owned()),
        ConfirmedAction::Stop => rules.push("stops where an attack is confirmed".to_owned()),
        ConfirmedAction::None | ConfirmedAction::Unspecified => {}
    }
    if policy.promote_after_ns > 0 {
        let quiet = humantime::format_duration(Duration::from_nanos(policy.promote_after_ns));
        rules.push(format!("goes further after {quiet} in which nothing breaks it"));
    }
    rules.join("; ")
}

/// How many programs broke it, by what became of them.
pub(super) fn broke(policy: &Policy) -> String {
    let counts = [
        (policy.killed, "killed"),
        (policy.failed, "NOT killed, since the kernel would not"),
        (policy.spared, "spared, beyond the limit"),
        (policy.warned, "warned of"),
        (policy.observed, "observed"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") }
}

fn rule(broken: &BrokenPolicy) -> &'static str {
    match broken.rule() {
        EnforcementRule::Unspecified => "unknown",
        EnforcementRule::Immutable => "not of the image",
        EnforcementRule::AllowList => "not in the list",
        EnforcementRule::Script => "script not of the image",
    }
}

fn outcome(broken: &BrokenPolicy) -> &'static str {
    match broken.outcome() {
        EnforcementOutcome::Unspecified => "unknown",
        EnforcementOutcome::Observed => "observed",
        EnforcementOutcome::Warned => "warned of",
        EnforcementOutcome::Killed => "killed",
        EnforcementOutcome::Spared => "spared",
        EnforcementOutcome::Failed => "NOT killed",
    }
}

/// Why a node does not enforce what it was sent last; empty if it does.
fn inactive(node: &NodeEnforcement) -> &str {
    node.state.as_ref().map_or("it has not said what it enforces", |state| &state.inactive)
}

/// What it holds, against what it was sent.
fn holds(node: &NodeEnforcement, version: u64) -> &'static str {
    match node.state.as_ref().map(|state| state.version) {
        None | Some(0) => "nothing",
        Some(held) if held == version => "all of it",
        Some(_) => "an earlier set",
    }
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::EnforcementState;

    use super::*;

    #[test]
    fn what_broke_last_and_nodes_that_do_not_enforce_come_first_and_long_lists_say_how_much_more_there_is() {
        let policy =
            |digest: &str, last_unix_ns| Policy { digest: digest.into(), last_unix_ns, ..Policy::default() };
        let node = |name: &str, inactive: &str| NodeEnforcement {
            node: name.into(),
            state: Some(EnforcementState { inactive: inactive.into(), ..EnforcementState::default() }),
        };
        let mut response = ListPoliciesResponse {
            policies: vec![policy("quiet", 0), policy("old", 1), policy("new", 2)],
            nodes: vec![
                node("a", ""),
                node("b", "no key"),
                NodeEnforcement { node: "c".into(), state: None },
            ],
            ..ListPoliciesResponse::default()
        };
        let listed = told(response.clone());
        let digests: Vec<&str> = listed.policies.iter().map(|policy| policy.digest.as_str()).collect();
        let nodes: Vec<&str> = listed.nodes.iter().map(|node| node.node.as_str()).collect();
        assert_eq!((digests, nodes), (vec!["new", "old", "quiet"], vec!["b", "c", "a"]));
        response.policies = (0..POLICIES + 3).map(|number| policy(&number.to_string(), 0)).collect();
        let listed = told(response);
        assert_eq!((listed.policies.len(), listed.more, listed.more_nodes), (POLICIES, 3, 0));
    }

    #[test]
    fn what_became_of_programs_is_said_worst_first_and_nothing_is_said_to_be_nothing() {
        let mut policy = Policy { killed: 2, observed: 1, failed: 3, ..Policy::default() };
        assert_eq!(broke(&policy), "2 killed, 3 NOT killed, since the kernel would not, 1 observed");
        policy = Policy::default();
        assert_eq!((broke(&policy).as_str(), rules(&policy).as_str()), ("nothing", ""));
    }
}
