//! `approve` and `deny` of `alerts` and `intent`, and `decisions`: what people say of what was found, or may be.

use std::io::Write;

use plumbline_proto::v1::{
    Alert, DecideRequest, DecideResponse, Decision, DecisionKind, DecisionScope, ListDecisionsRequest,
    RevokeDecisionRequest, StatedBehaviour,
};
use tonic::Code;

use crate::{
    args::{Answer, Output, Scope, Stated, Terms},
    escape::escape,
    print,
    server::{CliError, Server},
    show::{behaviour, id, short, table, text, time},
};

/// Letters of a reason and of a behaviour in a list; the whole is there with -o wide.
const REASON: usize = 48;
const BEHAVIOUR: usize = 72;

pub(crate) async fn decide(
    server: &Server,
    kind: DecisionKind,
    args: Answer,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let request = DecideRequest {
        alert_id: args.id,
        finding: args.finding.unwrap_or_default(),
        etag: args.revision,
        ..Default::default()
    };
    send(server, kind, request, args.terms, output, out).await
}

/// Decides of a behaviour without an alert.
pub(crate) async fn state(
    server: &Server,
    kind: DecisionKind,
    args: Stated,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let behaviour = StatedBehaviour { dimension: args.dimension, context: args.context, value: args.value };
    let request = DecideRequest {
        behaviour: Some(behaviour),
        image: args.image.unwrap_or_default(),
        namespace: args.namespace,
        ..Default::default()
    };
    send(server, kind, request, args.terms, output, out).await
}

async fn send(
    server: &Server,
    kind: DecisionKind,
    about: DecideRequest,
    terms: Terms,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let scope = match terms.scope {
        Scope::Image => DecisionScope::Image,
        Scope::Repository => DecisionScope::Repository,
        Scope::Namespace => DecisionScope::Namespace,
        Scope::All => DecisionScope::All,
    };
    let lifetime_ns =
        terms.expires.map_or(0, |lifetime| u64::try_from(lifetime.as_nanos()).unwrap_or(u64::MAX));
    let request = DecideRequest {
        scope: scope.into(),
        author: author(server, terms.author),
        reason: terms.reason.unwrap_or_default(),
        lifetime_ns,
        dry_run: terms.dry_run,
        request_id: terms.request_id,
        ..about
    };
    let mut client = server.intent().await?;
    let response = match kind {
        DecisionKind::Deny => client.deny(request).await,
        DecisionKind::Approve | DecisionKind::Unspecified => client.approve(request).await,
    };
    let response = response.map_err(|status| server.failed("deciding", &status))?.into_inner();
    if print::answer(out, output, &response)? {
        return Ok(());
    }
    Ok(write!(out, "{}", answer(kind, terms.dry_run, &response))?)
}

/// Who signs. A server that was shown who we are does so itself.
pub(crate) fn author(server: &Server, said: Option<String>) -> String {
    let user = || if server.knows_us() { None } else { std::env::var("USER").ok() };
    said.or_else(user).unwrap_or_default()
}

/// What was decided, or would be.
fn answer(kind: DecisionKind, dry_run: bool, response: &DecideResponse) -> String {
    let word = match (kind, dry_run) {
        (DecisionKind::Deny, false) => "Denied",
        (DecisionKind::Deny, true) => "Would deny",
        (_, false) => "Approved",
        (_, true) => "Would approve",
    };
    let first = response.decisions.first();
    let place = first.map(scope).unwrap_or_default();
    let until = match first.map_or(0, |decision| decision.expires_unix_ns) {
        0 => "for good".to_owned(),
        expires => format!("until {}", time(expires)),
    };
    let mut text = format!("{word} in {place}, {until}:\n");
    for decision in &response.decisions {
        let line = behaviour(&decision.dimension, &decision.context, &decision.value);
        let id = if decision.id.is_empty() { String::new() } else { format!("  [{}]", short(&decision.id)) };
        text.push_str(&format!("- {line}{id}\n"));
    }
    if response.omitted > 0 {
        text.push_str(&format!("but not {} more that the alert has not kept\n", response.omitted));
    }
    if let Some(rows) = first.map(|decision| &decision.rows).filter(|rows| !rows.is_empty()) {
        let says = if kind == DecisionKind::Deny { "was right" } else { "spoke for nothing" };
        text.push_str(&format!("Feedback, that this evidence {says}: {}\n", escape(&rows.join(", "))));
    }
    text
}

/// What an approval of the whole alert would make known, and how much the alert has not kept.
pub(crate) async fn would_add(server: &Server, alert: &Alert) -> Result<(Vec<Decision>, u32), CliError> {
    let request = DecideRequest { alert_id: alert.id.clone(), dry_run: true, ..Default::default() };
    let response = match server.intent().await?.approve(request).await {
        // Who may only read has no use for it.
        Err(status) if status.code() == Code::PermissionDenied => return Ok((Vec::new(), 0)),
        response => response.map_err(|status| server.failed("asking what approving adds", &status))?,
    };
    let DecideResponse { mut decisions, omitted } = response.into_inner();
    decisions.retain(|decision| !is_decided(alert, decision));
    Ok((decisions, omitted))
}

/// Whether the behaviour belongs to a finding that somebody decided.
fn is_decided(alert: &Alert, decision: &Decision) -> bool {
    alert.findings.iter().filter(|finding| finding.decided.is_some()).any(|finding| {
        let itself = finding.dimension == decision.dimension
            && finding.context == decision.context
            && finding.value == decision.value;
        let implied = finding.value == decision.context
            && finding.implied.iter().any(|i| i.dimension == decision.dimension && i.value == decision.value);
        itself || implied
    })
}

pub(crate) async fn list(
    server: &Server,
    all: bool,
    limit: u32,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let response = server.intent().await?.list(ListDecisionsRequest { all, limit }).await;
    let response = response.map_err(|status| server.failed("listing the decisions", &status))?.into_inner();
    if !print::list(out, output, &response, &response.decisions)? {
        writeln!(out, "{}", rows(&response.decisions, output.is_wide()))?;
    }
    if response.more {
        print::more(out, output, "There are more; raise --limit.")?;
    }
    Ok(())
}

fn rows(decisions: &[Decision], wide: bool) -> String {
    if decisions.is_empty() {
        return "No decisions.".to_owned();
    }
    let mut table =
        table(&["TIME", "DECISION", "BEHAVIOUR", "SCOPE", "UNTIL", "AUTHOR", "REASON", "ALERT", "ID"]);
    for decision in decisions {
        let word = match decision.kind() {
            DecisionKind::Approve => "approved",
            DecisionKind::Deny => "DENIED",
            DecisionKind::Unspecified => "?",
        };
        let until = match (&decision.revoked, decision.expires_unix_ns) {
            (Some(revoked), _) => {
                format!("revoked {} by {}", time(revoked.revoked_unix_ns), escape(&revoked.author))
            }
            (None, 0) => "-".to_owned(),
            (None, expires) => time(expires),
        };
        let what = format!("{} {} in {}", decision.dimension, decision.value, decision.context);
        table.add_row([
            time(decision.created_unix_ns),
            word.to_owned(),
            text(&what, BEHAVIOUR, wide),
            scope(decision),
            until,
            escape(&decision.author),
            text(&decision.reason, REASON, wide),
            alert(decision, wide),
            id(&decision.id, wide),
        ]);
    }
    table.trim_fmt()
}

/// Where a decision counts.
fn scope(decision: &Decision) -> String {
    match decision.scope() {
        DecisionScope::All => "all images".to_owned(),
        DecisionScope::Repository => escape(&decision.scope_name),
        DecisionScope::Namespace => format!("namespace {}", escape(&decision.scope_name)),
        DecisionScope::Image | DecisionScope::Unspecified => format!("image {}", short(&decision.scope_name)),
    }
}

/// The alert that it answers, if it is one.
fn alert(decision: &Decision, wide: bool) -> String {
    if decision.alert_id.is_empty() { "-".to_owned() } else { id(&decision.alert_id, wide) }
}

pub(crate) async fn revoke(
    server: &Server,
    request: RevokeDecisionRequest,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let response = server.intent().await?.revoke(request).await;
    let decision = response.map_err(|status| server.failed("revoking the decision", &status))?.into_inner();
    if print::answer(out, output, &decision)? {
        return Ok(());
    }
    Ok(writeln!(out, "{}", rows(&[decision], output.is_wide()))?)
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::{Decided, Finding, Implied, Revocation};

    use super::*;

    fn decision() -> Decision {
        Decision {
            id: "0123456789abcdef".into(),
            kind: DecisionKind::Deny.into(),
            dimension: "spawn".into(),
            context: "/usr/bin/web".into(),
            value: "/bin/\u{202e}hs\n".into(),
            scope: DecisionScope::Image.into(),
            scope_name: "sha256:feedfacefeedface".into(),
            author: "al\x1b[2Jice".into(),
            reason: "no\nshells".into(),
            alert_id: "fedcba9876543210".into(),
            rows: vec!["terminal".into(), "mi\nner".into()],
            created_unix_ns: 1_700_000_000_000_000_000,
            expires_unix_ns: 1_700_000_060_000_000_000,
            revoked: None,
            revision: 1,
            document: String::new(),
        }
    }

    #[test]
    fn decisions_are_listed_one_a_line_and_nothing_in_them_reaches_the_terminal_raw() {
        let revoked = Decision {
            revoked: Some(Revocation {
                author: "b\rob".into(),
                revoked_unix_ns: 1_700_000_000_000_000_000,
                ..Default::default()
            }),
            ..decision()
        };
        let shown = rows(&[decision(), revoked], false);
        assert_eq!(shown.lines().count(), 3, "{shown}");
        assert_eq!(
            shown.lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>().join(" "),
            "2023-11-14T22:13:20Z DENIED spawn /bin/\\u{202e}hs\\n in /usr/bin/web image feedfacefeed \
             2023-11-14T22:14:20Z al\\u{1b}[2Jice no\\nshells fedcba987654 0123456789ab"
        );
        assert!(shown.contains("revoked 2023-11-14T22:13:20Z by b\\rob"), "{shown}");
        assert_eq!(rows(&[], false), "No decisions.");
    }

    #[test]
    fn an_answer_says_where_how_long_what_and_what_it_could_not_decide() {
        let response = DecideResponse { decisions: vec![decision()], omitted: 2 };
        assert_eq!(
            answer(DecisionKind::Deny, false, &response),
            "Denied in image feedfacefeed, until 2023-11-14T22:14:20Z:\n\
             - spawn /bin/\\u{202e}hs\\n  in /usr/bin/web  [0123456789ab]\n\
             but not 2 more that the alert has not kept\n\
             Feedback, that this evidence was right: terminal, mi\\nner\n"
        );
        let dry = Decision { id: String::new(), expires_unix_ns: 0, rows: Vec::new(), ..decision() };
        let dry = answer(DecisionKind::Approve, true, &DecideResponse { decisions: vec![dry], omitted: 0 });
        assert!(dry.starts_with("Would approve in image feedfacefeed, for good:\n- spawn"), "{dry}");
        assert!(!dry.contains('[') && !dry.contains("Feedback"), "{dry}");
        let scope = DecisionScope::Namespace.into();
        let local = Decision { scope, scope_name: "sh\nop".into(), expires_unix_ns: 0, ..decision() };
        let local = answer(DecisionKind::Deny, false, &DecideResponse { decisions: vec![local], omitted: 0 });
        assert!(local.starts_with("Denied in namespace sh\\nop, for good:\n"), "{local}");
    }

    #[test]
    fn what_was_decided_with_its_finding_would_not_be_added_again() {
        let finding = Finding {
            dimension: "spawn".into(),
            context: "/bin/a".into(),
            value: "/bin/b".into(),
            implied: vec![Implied { dimension: "arguments".into(), value: "-x".into() }],
            decided: Some(Decided::default()),
            ..Default::default()
        };
        let alert = Alert { findings: vec![finding], ..Default::default() };
        let of = |dimension: &str, context: &str, value: &str| Decision {
            dimension: dimension.into(),
            context: context.into(),
            value: value.into(),
            ..Default::default()
        };
        assert!(is_decided(&alert, &of("spawn", "/bin/a", "/bin/b")));
        assert!(is_decided(&alert, &of("arguments", "/bin/b", "-x")));
        assert!(!is_decided(&alert, &of("arguments", "/bin/b", "-y")));
        assert!(!is_decided(&Alert::default(), &of("spawn", "/bin/a", "/bin/b")));
    }
}
