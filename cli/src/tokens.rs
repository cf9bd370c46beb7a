//! `tokens`: who may come in by a token.
//!
//! A token goes to the standard output alone, so that it can go into a file by a pipe. Not here: tokens on the server's own
//! machine (`plumbline-server tokens`), which the first one needs.

use std::io::Write;

use plumbline_proto::v1::{AddTokenRequest, ListTokensRequest, RemoveTokenRequest, Role, Token};

use crate::{
    args::{NewToken, Output},
    escape::escape,
    print,
    server::{CliError, Server},
    show::{table, time},
};

pub(crate) async fn list(server: &Server, output: Output, out: &mut impl Write) -> Result<(), CliError> {
    let response = server.tokens().await?.list(ListTokensRequest {}).await;
    let response = response.map_err(|status| server.failed("listing the tokens", &status))?.into_inner();
    if print::list(out, output, &response, &response.tokens)? {
        return Ok(());
    }
    Ok(writeln!(out, "{}", rows(&response.tokens))?)
}

pub(crate) async fn add(
    server: &Server,
    args: NewToken,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let lifetime = args.expires.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    let request = AddTokenRequest {
        name: args.name,
        role: args.role.wire().into(),
        node: args.node.unwrap_or_default(),
        any_node: args.any_node,
        lifetime_ns: lifetime,
    };
    let response = server.tokens().await?.add(request).await;
    let added = response.map_err(|status| server.failed("giving out the token", &status))?.into_inner();
    if print::answer(out, output, &added)? {
        return Ok(());
    }
    writeln!(out, "{}", escape(&added.text))?;
    out.flush()?;
    eprintln!("This is the only time it is shown; keep it in a file with mode 0600.");
    Ok(())
}

pub(crate) async fn remove(
    server: &Server,
    name: String,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let response = server.tokens().await?.remove(RemoveTokenRequest { name }).await;
    let token = response.map_err(|status| server.failed("taking the token back", &status))?.into_inner();
    if print::answer(out, output, &token)? {
        return Ok(());
    }
    Ok(writeln!(out, "{} has no token any more; its streams end.", escape(&token.name))?)
}

fn rows(tokens: &[Token]) -> String {
    if tokens.is_empty() {
        return "No tokens.".to_owned();
    }
    let mut table = table(&["NAME", "ROLE", "NODE", "CREATED", "EXPIRES"]);
    for token in tokens {
        let node = match (token.role(), token.node.as_str()) {
            (Role::Collector, "") => "any".to_owned(),
            (_, "") => "-".to_owned(),
            (_, node) => escape(node),
        };
        let role = match token.role() {
            Role::Collector => "collector",
            Role::Viewer => "viewer",
            Role::Analyst => "analyst",
            Role::Admin => "admin",
            Role::Unspecified => "-",
        };
        let expires = if token.expires_unix_ns == 0 { "-".to_owned() } else { time(token.expires_unix_ns) };
        table.add_row([escape(&token.name), role.to_owned(), node, time(token.created_unix_ns), expires]);
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_listed_one_a_line_with_the_node_they_are_for() {
        let token = |name: &str, role: Role, node: &str| Token {
            name: name.into(),
            role: role.into(),
            node: node.into(),
            created_unix_ns: 1_700_000_000_000_000_000,
            expires_unix_ns: 0,
        };
        let shown = rows(&[
            token("alice", Role::Admin, ""),
            token("fleet", Role::Collector, ""),
            token("n1", Role::Collector, "n\u{1b}1"),
        ]);
        let lines: Vec<_> = shown.lines().collect();
        assert!(lines.len() == 4 && !shown.contains('\u{1b}'), "{shown}");
        assert!(lines[1].contains("admin") && lines[1].trim_end().ends_with('-'), "{shown}");
        assert!(lines[2].contains("any") && lines[3].contains("n\\u{1b}1"), "{shown}");
    }
}
