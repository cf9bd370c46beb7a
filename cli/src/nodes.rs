//! `nodes`: which nodes are watched, and which are not any more.

use std::io::Write;

use plumbline_proto::v1::{ForgetNodeRequest, ListNodesRequest, Node, NodeState};

use crate::{
    args::Output,
    escape::escape,
    print,
    server::{CliError, Server},
    show::{table, time},
};

pub(crate) async fn list(server: &Server, output: Output, out: &mut impl Write) -> Result<(), CliError> {
    let response = server.nodes().await?.list(ListNodesRequest {}).await;
    let response = response.map_err(|status| server.failed("listing the nodes", &status))?.into_inner();
    if print::list(out, output, &response, &response.nodes)? {
        return Ok(());
    }
    Ok(writeln!(out, "{}", rows(&response.nodes))?)
}

pub(crate) async fn forget(
    server: &Server,
    name: String,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let response = server.nodes().await?.forget(ForgetNodeRequest { name }).await;
    let node = response.map_err(|status| server.failed("forgetting the node", &status))?.into_inner();
    if print::answer(out, output, &node)? {
        return Ok(());
    }
    Ok(writeln!(out, "Forgot {}, last heard of {}.", escape(&node.name), time(node.last_heard_unix_ns))?)
}

fn rows(nodes: &[Node]) -> String {
    if nodes.is_empty() {
        return "No node was ever heard of.".to_owned();
    }
    let mut table = table(&[
        "NODE",
        "STATE",
        "LAST HEARD",
        "COLLECTOR",
        "EVENTS",
        "LOST",
        "REJECTED",
        "BEHIND",
        "HELD BACK",
        "CLOCK",
    ]);
    for node in nodes {
        let state = match node.state() {
            NodeState::Connected => "connected",
            NodeState::Away => "away",
            NodeState::Silent => "SILENT",
            NodeState::Unspecified => "?",
        };
        table.add_row([
            escape(&node.name),
            state.to_owned(),
            time(node.last_heard_unix_ns),
            escape(&node.collector_version),
            node.events.to_string(),
            node.events_lost.to_string(),
            node.batches_rejected.to_string(),
            behind(node.behind_ns),
            behind(i64::try_from(node.held_back_ns).unwrap_or(i64::MAX)),
            clock(node),
        ]);
    }
    table.trim_fmt()
}

/// How far the clock is ahead; one that is off stands out.
fn clock(node: &Node) -> String {
    let Some(ahead_ns) = node.clock_offset_ns else { return "?".to_owned() };
    let word = if node.clock_off { "OFF " } else { "" };
    format!("{word}{:+.3}s", ahead_ns as f64 / 1e9)
}

/// In whole seconds; below one, nobody need look.
fn behind(nanoseconds: i64) -> String {
    match nanoseconds / 1_000_000_000 {
        0 => "-".to_owned(),
        seconds => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_node_stands_out_and_its_name_can_do_no_harm() {
        let node = Node {
            name: "a\u{1b}[2J".into(),
            state: NodeState::Silent.into(),
            behind_ns: -90_000_000_000,
            clock_offset_ns: Some(-7_200_000_000_000),
            clock_off: true,
            ..Node::default()
        };
        assert_eq!(
            rows(&[node]),
            "NODE        STATE   LAST HEARD  COLLECTOR  EVENTS  LOST  REJECTED  BEHIND  HELD BACK  CLOCK\n\
             a\\u{1b}[2J  SILENT  -                      0       0     0         -90s    -          OFF -7200.000s"
        );
    }
}
