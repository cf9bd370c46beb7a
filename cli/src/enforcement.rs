//! `enforcement`: what may be started in containers, what was stopped, and the switch over all of it.
//!
//! What is printed of programs was chosen by containers, and is escaped. Not here: what breaks a policy, which collectors find.

use std::io::Write;

use plumbline_proto::v1::{
    ArmRequest, BrokenPolicy, ConfirmedAction, EnforcementMode, EnforcementOutcome, EnforcementRule,
    ListPoliciesRequest, ListPoliciesResponse, NodeEnforcement, Policy, RemovePolicyRequest,
    SetPolicyRequest,
};
use tonic::Status;

use crate::{
    args::{Output, PolicyArgs, Signed},
    decisions::author,
    escape::escape,
    print,
    server::{CliError, Server},
    show::{short, table, time},
};

pub(crate) async fn list(server: &Server, output: Output, out: &mut impl Write) -> Result<(), CliError> {
    tell(&listed(server).await?, output, out)
}

pub(crate) async fn show(
    server: &Server,
    image: String,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let listed = listed(server).await?;
    let fits = |policy: &&Policy| is_named(policy, &image);
    let failed = |status: Status| Err(server.failed("getting the policy", &status));
    let policy = match listed.policies.iter().filter(fits).collect::<Vec<_>>().as_slice() {
        [policy] => *policy,
        [] => return failed(Status::not_found(format!("the image {image:?} has no policy"))),
        several => {
            let message = format!("{} policies are of {image:?}; say more of the digest", several.len());
            return failed(Status::invalid_argument(message));
        }
    };
    if print::answer(out, output, policy)? {
        return Ok(());
    }
    Ok(write!(out, "{}", whole(policy))?)
}

pub(crate) async fn set(
    server: &Server,
    args: PolicyArgs,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let request = SetPolicyRequest {
        image: args.image,
        mode: args.mode.wire().into(),
        immutable: args.immutable,
        allow_list: args.allow_list,
        allowed: args.allow,
        exempt: args.exempt,
        kills_per_minute: args.kills_per_minute,
        promote_after_ns: args
            .promote_after
            .map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
        etag: args.etag,
        author: author(server, args.signed.author),
        reason: args.signed.reason,
        on_confirmed_attack: args.on_confirmed_attack.wire().into(),
    };
    let response = server.enforcement().await?.set(request).await;
    let policy = response.map_err(|status| server.failed("setting the policy", &status))?.into_inner();
    if print::answer(out, output, &policy)? {
        return Ok(());
    }
    Ok(write!(out, "{}", whole(&policy))?)
}

pub(crate) async fn remove(
    server: &Server,
    (image, etag): (String, u64),
    signed: Signed,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let request =
        RemovePolicyRequest { image, etag, author: author(server, signed.author), reason: signed.reason };
    let response = server.enforcement().await?.remove(request).await;
    let removed = response.map_err(|status| server.failed("removing the policy", &status))?.into_inner();
    if print::answer(out, output, &removed)? {
        return Ok(());
    }
    Ok(writeln!(out, "{} has no policy any more.", escape(&removed.digest))?)
}

pub(crate) async fn arm(
    server: &Server,
    armed: bool,
    signed: Signed,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let request = ArmRequest { armed, author: author(server, signed.author), reason: signed.reason };
    let response = server.enforcement().await?.arm(request).await;
    let listed = response.map_err(|status| server.failed("switching the policies", &status))?.into_inner();
    tell(&listed, output, out)
}

async fn listed(server: &Server) -> Result<ListPoliciesResponse, CliError> {
    let response = server.enforcement().await?.list(ListPoliciesRequest {}).await;
    Ok(response.map_err(|status| server.failed("listing the policies", &status))?.into_inner())
}

fn tell(listed: &ListPoliciesResponse, output: Output, out: &mut impl Write) -> Result<(), CliError> {
    if print::list(out, output, listed, &listed.policies)? {
        return Ok(());
    }
    if !listed.armed {
        writeln!(out, "OFF: no policy stops anything, until `plumbline enforcement on`.\n")?;
    }
    writeln!(out, "{}", rows(&listed.policies))?;
    if !listed.nodes.is_empty() {
        writeln!(out, "\n{}", nodes(&listed.nodes, listed.version))?;
    }
    Ok(())
}

/// Whether people mean this policy: by its digest or the beginning of it, its image, or its repository.
fn is_named(policy: &Policy, name: &str) -> bool {
    let bare = policy.digest.split_once(':').map_or(policy.digest.as_str(), |(_, bare)| bare);
    let repository =
        policy.image.rsplit_once(':').map_or(policy.image.as_str(), |(repository, _)| repository);
    let begins = name.len() >= 4 && (policy.digest.starts_with(name) || bare.starts_with(name));
    !name.is_empty() && (begins || policy.digest == name || policy.image == name || repository == name)
}

fn rows(policies: &[Policy]) -> String {
    if policies.is_empty() {
        return "No image has a policy.".to_owned();
    }
    let mut table = table(&[
        "IMAGE", "DIGEST", "MODE", "RULES", "OBSERVED", "WARNED", "KILLED", "SPARED", "FAILED", "LAST",
        "REVISION",
    ]);
    for policy in policies {
        table.add_row([
            escape(if policy.image.is_empty() { "-" } else { &policy.image }),
            short(&policy.digest),
            mode(policy.mode()).to_owned(),
            rules(policy),
            policy.observed.to_string(),
            policy.warned.to_string(),
            policy.killed.to_string(),
            policy.spared.to_string(),
            policy.failed.to_string(),
            time(policy.last_unix_ns),
            policy.revision.to_string(),
        ]);
    }
    table.trim_fmt()
}

fn nodes(nodes: &[NodeEnforcement], version: u64) -> String {
    let mut table = table(&["NODE", "ENFORCES", "CONTAINERS", "BROKEN GLASS", "AT THE LIMIT"]);
    for node in nodes {
        let state = node.state.clone().unwrap_or_default();
        let enforces = match (state.inactive.as_str(), state.version == version) {
            ("", true) => "yes".to_owned(),
            ("", false) => "an older set".to_owned(),
            (why, _) => format!("NO: {}", escape(why)),
        };
        table.add_row([
            escape(&node.node),
            enforces,
            state.containers.to_string(),
            state.broken_glass.to_string(),
            state.spared.len().to_string(),
        ]);
    }
    table.trim_fmt()
}

fn whole(policy: &Policy) -> String {
    let mut text = format!("{}\n\n{}\n", rows(std::slice::from_ref(policy)), escape(&policy.digest));
    text += &format!(
        "Revision {} by {}, {} since {}",
        policy.revision,
        escape(&policy.author),
        mode(policy.mode()),
        time(policy.since_unix_ns)
    );
    if !policy.reason.is_empty() {
        text += &format!(": {}", escape(&policy.reason));
    }
    text += &format!("\nAt most {} kills a minute on a node", policy.kills_per_minute);
    if policy.promote_after_ns > 0 {
        let quiet = std::time::Duration::from_nanos(policy.promote_after_ns);
        text +=
            &format!("; goes further after {} in which nothing broke it", humantime::format_duration(quiet));
    }
    text += match policy.on_confirmed_attack() {
        ConfirmedAction::Pause => "\nPauses a container where somebody confirms an attack",
        ConfirmedAction::Stop => "\nStops a container where somebody confirms an attack",
        ConfirmedAction::None | ConfirmedAction::Unspecified => "",
    };
    text += "\n";
    for (name, paths) in [("Allowed", &policy.allowed), ("Exempt", &policy.exempt)] {
        if !paths.is_empty() {
            text += &format!("\n{name}:\n");
            paths.iter().for_each(|path| text += &format!("  {}\n", escape(path)));
        }
    }
    if !policy.last.is_empty() {
        text += &format!("\n{}\n", last(&policy.last));
    }
    text
}

fn last(last: &[BrokenPolicy]) -> String {
    let mut table = table(&["LAST", "EXECUTABLE", "BREAKS", "BECAME", "NODE", "CONTAINER"]);
    for broken in last {
        let rule = match broken.rule() {
            EnforcementRule::Immutable => "immutable",
            EnforcementRule::AllowList => "allow list",
            EnforcementRule::Script => "immutable, as script",
            EnforcementRule::Unspecified => "?",
        };
        let outcome = match broken.outcome() {
            EnforcementOutcome::Observed => "observed",
            EnforcementOutcome::Warned => "warned",
            EnforcementOutcome::Killed => "KILLED",
            EnforcementOutcome::Spared => "spared",
            EnforcementOutcome::Failed => "FAILED",
            EnforcementOutcome::Unspecified => "?",
        };
        table.add_row([
            time(broken.unix_ns),
            escape(&broken.executable),
            rule.to_owned(),
            outcome.to_owned(),
            escape(&broken.node),
            short(&broken.container_id),
        ]);
    }
    table.trim_fmt()
}

fn rules(policy: &Policy) -> String {
    let rules = [(policy.immutable, "immutable"), (policy.allow_list, "allow-list")];
    let rules: Vec<&str> = rules.into_iter().filter(|(holds, _)| *holds).map(|(_, rule)| rule).collect();
    rules.join(",")
}

fn mode(mode: EnforcementMode) -> &'static str {
    match mode {
        EnforcementMode::Observe => "observe",
        EnforcementMode::Warn => "warn",
        EnforcementMode::Enforce => "enforce",
        EnforcementMode::Unspecified => "?",
    }
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::EnforcementState;

    use super::*;

    fn policy() -> Policy {
        Policy {
            digest: "sha256:abcdef".into(),
            image: "shop/web:1".into(),
            mode: EnforcementMode::Enforce.into(),
            immutable: true,
            kills_per_minute: 10,
            killed: 3,
            author: "al\x1b[2Jice".into(),
            exempt: vec!["/opt/a\x1b[2J".into()],
            promote_after_ns: 604_800_000_000_000,
            on_confirmed_attack: ConfirmedAction::Pause.into(),
            last: vec![BrokenPolicy {
                executable: "/tmp/x\n".into(),
                outcome: EnforcementOutcome::Killed.into(),
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    #[test]
    fn a_policy_is_shown_with_what_broke_it_and_nothing_reaches_the_terminal_raw() {
        let shown = whole(&policy());
        assert!(!shown.contains('\u{1b}') && shown.contains("/tmp/x\\n"), "{shown}");
        assert!(shown.contains("goes further after 7days") && shown.contains("KILLED"), "{shown}");
        assert!(shown.contains("\nPauses a container where"), "{shown}");
        let state = EnforcementState { inactive: "expired\x1b".into(), ..Default::default() };
        let node = NodeEnforcement { node: "n".into(), state: Some(state) };
        let shown = nodes(&[node], 5);
        assert!(shown.contains("NO: expired\\u{1b}"), "{shown}");
    }

    #[test]
    fn a_policy_is_found_by_each_of_its_names() {
        for name in ["sha256:abcdef", "abcd", "shop/web:1", "shop/web"] {
            assert!(is_named(&policy(), name), "{name}");
        }
        for name in ["", "abc", "shop", "1", "shop/web:2"] {
            assert!(!is_named(&policy(), name), "{name}");
        }
    }
}
