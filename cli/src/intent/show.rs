//! `intent show`: what an image is meant to do, by declaration, by what was learned, and by what people decided.
//!
//! Answers come page by page and are printed as one. Not here: deciding (`decisions.rs`).

use std::io::Write;

use plumbline_proto::v1::{
    Decision, DecisionKind, DecisionScope, DeclaredIntent, GetIntentRequest, IntendedBehaviour, Intent,
};

use super::{
    document::{Change, When},
    running,
};
use crate::{
    args::{IntentShow, Output},
    escape::escape,
    print,
    server::{CliError, Server},
    show::{image, short, state, table, time},
};

/// Behaviours asked for at once, at most.
const BEHAVIOURS: u32 = 10_000;

pub(crate) async fn show(
    server: &Server,
    args: IntentShow,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let request = GetIntentRequest {
        image: args.image,
        dimensions: args.dimension,
        only_decided: args.decided,
        ..GetIntentRequest::default()
    };
    let all = fetch(server, request, args.limit).await?;
    if print::answer(out, output, &all)? {
        return Ok(());
    }
    Ok(write!(out, "{}", text(&all))?)
}

/// The intent of an image with so many behaviours, page by page.
async fn fetch(server: &Server, mut request: GetIntentRequest, limit: u32) -> Result<Intent, CliError> {
    let mut client = server.intent().await?;
    request.limit = limit.min(BEHAVIOURS);
    let mut all = Intent::default();
    loop {
        let page = client.get(request.clone()).await;
        let page = page.map_err(|status| server.failed("getting the intent", &status))?.into_inner();
        let mut behaviours = std::mem::take(&mut all.behaviours);
        all = page;
        behaviours.append(&mut all.behaviours);
        all.behaviours = behaviours;
        let left = u32::try_from(all.behaviours.len()).map_or(0, |shown| limit.saturating_sub(shown));
        if all.next_page_token.is_empty() || left == 0 {
            return Ok(all);
        }
        (request.page_token, request.limit) = (all.next_page_token.clone(), left.min(BEHAVIOURS));
    }
}

fn text(intent: &Intent) -> String {
    let of = intent.image.clone().unwrap_or_default();
    let name = image(&of.digest, &of.repository, &of.tag);
    let mut text = format!("{name} {}, {}\n", short(&of.digest), state(of.state()));
    text += &declared(intent.declared.clone().unwrap_or_default());
    if intent.behaviours.is_empty() {
        return text + "\nNothing was learned or decided.\n";
    }
    let mut table =
        table(&["DIMENSION", "CONTEXT", "VALUE", "WINDOWS", "FIRST SEEN", "LAST SEEN", "DECIDED"]);
    for behaviour in &intent.behaviours {
        let learned = behaviour.learned.unwrap_or_default();
        let count = behaviour.learned.map_or_else(|| "-".to_owned(), |learned| learned.count.to_string());
        table.add_row([
            escape(&behaviour.dimension),
            escape(&behaviour.context),
            escape(&behaviour.value),
            count,
            time(learned.first_seen_unix_ns),
            time(learned.last_seen_unix_ns),
            decided(behaviour),
        ]);
    }
    text += &format!("\n{}\n", table.trim_fmt());
    if !intent.next_page_token.is_empty() {
        text += "There is more; raise --limit, or choose with --dimension.\n";
    }
    text
}

fn declared(told: DeclaredIntent) -> String {
    let (declared, _) = running::declared(told);
    let words = |words: &[String]| words.iter().map(|word| escape(word)).collect::<Vec<_>>().join(" ");
    let all = |texts: Vec<String>| texts.join(", ");
    let of = |when| declared.checks.iter().filter(move |check| when == (check.when == When::Healthcheck));
    let ports = declared.ports.iter().map(|port| match port.end {
        Some(end) => format!("{}-{end}/{}", port.port, escape(&port.protocol)),
        None => format!("{}/{}", port.port, escape(&port.protocol)),
    });
    let volumes = declared.volumes.iter().map(|volume| {
        let source =
            volume.source.as_ref().map_or_else(String::new, |source| format!(" ({})", escape(source)));
        let how = if volume.read_only { " read-only" } else { "" };
        escape(&volume.path) + &source + how
    });
    let capabilities = declared.capabilities.iter().map(|one| match one.change {
        Change::Add => format!("+{}", escape(&one.name)),
        Change::Drop => format!("-{}", escape(&one.name)),
    });
    let flags = [
        (declared.privileged.is_some(), "privileged".to_owned()),
        (declared.read_only_root.is_some(), "read-only root".to_owned()),
        (declared.privilege_escalation.is_some(), "no new privileges".to_owned()),
    ];
    let flags = flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name);
    let shared = declared.host_namespaces.iter().map(|one| format!("the host's {}", escape(&one.value)));
    let lines = [
        ("Starts with", declared.command.iter().map(|command| words(&command.value)).collect()),
        ("In turn", all(declared.starts.iter().map(|start| words(&start.value)).collect())),
        ("Starts as", declared.user.iter().map(|user| escape(&user.value)).collect()),
        ("Health check", all(of(true).map(|check| words(&check.argv)).collect())),
        ("Probes, hooks", all(of(false).map(|check| words(&check.argv)).collect())),
        ("Ports", all(ports.collect())),
        ("Volumes", all(volumes.collect())),
        ("Capabilities", all(capabilities.collect())),
        ("Confinement", all(flags.chain(shared).collect())),
    ];
    let told = lines.iter().filter(|(_, what): &&(&str, String)| !what.is_empty());
    told.map(|(name, what)| format!("{name:<13} {what}\n")).collect()
}

fn decided(behaviour: &IntendedBehaviour) -> String {
    let one = |decision: &Decision| {
        let word = if decision.kind() == DecisionKind::Deny { "DENIED" } else { "approved" };
        let place = match decision.scope() {
            DecisionScope::Image | DecisionScope::Unspecified => String::new(),
            DecisionScope::Repository => " in the repository".to_owned(),
            DecisionScope::Namespace => format!(" in namespace {}", escape(&decision.scope_name)),
            DecisionScope::All => " in all images".to_owned(),
        };
        let until = match decision.expires_unix_ns {
            0 => String::new(),
            expires => format!(" until {}", time(expires)),
        };
        format!("{word}{place}{until} by {} [{}]", escape(&decision.author), short(&decision.id))
    };
    let mut all: Vec<String> = behaviour.decisions.iter().map(one).collect();
    if behaviour.decisions_omitted > 0 {
        all.push(format!("and {} more", behaviour.decisions_omitted));
    }
    if all.is_empty() { "-".to_owned() } else { all.join("; ") }
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::{ImageStatus, Learned};

    use super::*;

    #[test]
    fn what_is_declared_learned_and_decided_stands_in_a_line_each_and_nothing_reaches_the_terminal_raw() {
        let decision = Decision {
            id: "0123456789abcdef".into(),
            kind: DecisionKind::Deny.into(),
            scope: DecisionScope::Namespace.into(),
            scope_name: "sh\nop".into(),
            author: "al\x1b[2Jice".into(),
            expires_unix_ns: 1_700_000_000_000_000_000,
            ..Default::default()
        };
        let behaviour = IntendedBehaviour {
            dimension: "spawn".into(),
            context: "/bin/a".into(),
            value: "b\nc".into(),
            decisions: vec![decision],
            decisions_omitted: 2,
            ..Default::default()
        };
        let known = IntendedBehaviour {
            learned: Some(Learned { count: 7, ..Default::default() }),
            ..IntendedBehaviour::default()
        };
        let intent = Intent {
            image: Some(ImageStatus { repository: "shop/web".into(), ..Default::default() }),
            declared: Some(DeclaredIntent {
                start: vec!["/bin/a".into(), "-x\r".into()],
                tcp_ports: vec![80, 443],
                ..Default::default()
            }),
            behaviours: vec![behaviour, known],
            next_page_token: String::new(),
        };
        let shown = text(&intent);
        assert!(shown.contains("Starts with   /bin/a -x\\r\nPorts         80/tcp, 443/tcp\n"), "{shown}");
        assert!(
            shown.contains(
                "DENIED in namespace sh\\nop until 2023-11-14T22:13:20Z by al\\u{1b}[2Jice [0123456789ab]; and 2 more"
            ),
            "{shown}"
        );
        assert!(shown.contains("b\\nc") && shown.trim_end().ends_with('-'), "{shown}");
        assert_eq!(text(&Intent::default()).lines().last(), Some("Nothing was learned or decided."));
    }
}
