//! `containers`: which run, and how far each is watched.

use std::io::Write;

use plumbline_proto::v1::{Aspect, Coverage, ListContainersRequest, NodeState, WatchedContainer};

use crate::{
    args::{Containers, Output},
    escape::escape,
    print,
    server::{CliError, Server},
    show::{id, image, table, time},
};

pub(crate) async fn list(
    server: &Server,
    args: Containers,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let Containers::List { node, image, coverage, limit, page } = args;
    let request = ListContainersRequest {
        limit,
        page_token: page.map(|page| page.replacen('/', "\n", 1)).unwrap_or_default(),
        node: node.unwrap_or_default(),
        image: image.unwrap_or_default(),
        coverages: coverage.into_iter().map(|coverage| coverage.wire().into()).collect(),
    };
    let response = server.nodes().await?.list_containers(request).await;
    let response = response.map_err(|status| server.failed("listing the containers", &status))?.into_inner();
    if !print::list(out, output, &response, &response.containers)? {
        writeln!(out, "{}", rows(&response.containers, output.is_wide()))?;
    }
    if !response.next_page_token.is_empty() {
        let token = escape(&response.next_page_token.replacen('\n', "/", 1));
        print::more(out, output, &format!("There are more; go on with --page '{token}', or narrow down."))?;
    }
    if response.omitted > 0 {
        print::more(out, output, &format!("For {} more there was no room.", response.omitted))?;
    }
    Ok(())
}

fn rows(containers: &[WatchedContainer], wide: bool) -> String {
    if containers.is_empty() {
        return "No containers.".to_owned();
    }
    let mut table =
        table(&["CONTAINER", "ID", "IMAGE", "NODE", "SINCE", "LAST HEARD", "WATCHED", "LOST", "MISSING"]);
    for container in containers {
        let WatchedContainer { image_digest, image_repository, image_tag, started_unix_ns, .. } = container;
        table.add_row([
            if container.name.is_empty() { "-".to_owned() } else { escape(&container.name) },
            id(&container.id, wide),
            image(image_digest, image_repository, image_tag),
            escape(&container.node),
            time(if *started_unix_ns == 0 { container.first_heard_unix_ns } else { *started_unix_ns }),
            time(container.last_heard_unix_ns),
            match container.coverage() {
                Coverage::Full => "full",
                Coverage::Partial => "partial",
                Coverage::None => "NONE",
                Coverage::Unspecified => "?",
            }
            .to_owned(),
            container.events_lost.to_string(),
            missing(container),
        ]);
    }
    table.trim_fmt()
}

/// What is missing, for people.
fn missing(container: &WatchedContainer) -> String {
    let mut missing = Vec::new();
    if container.node_state() == NodeState::Silent {
        missing.push("its node is silent".to_owned());
    } else if container.coverage() == Coverage::None {
        missing.push("nothing but its description came".to_owned());
    }
    if container.start_missed {
        missing.push("its start".to_owned());
    }
    if container.windows_lossy > 0 {
        missing.push(format!("parts of {} of {} windows", container.windows_lossy, container.windows));
    }
    let name =
        |aspect: Aspect| aspect.as_str_name().trim_start_matches("ASPECT_").to_lowercase().replace('_', " ");
    missing.extend(container.untold().map(name));
    if missing.is_empty() { "-".to_owned() } else { missing.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_stands_beside_a_container_and_its_name_can_do_no_harm() {
        let container = WatchedContainer {
            id: "0123456789abcdef".into(),
            name: "web\n\x1b[2J".into(),
            image_repository: "shop/web".into(),
            image_tag: "1".into(),
            node: "n".into(),
            node_state: NodeState::Connected.into(),
            first_heard_unix_ns: 1_700_000_000_000_000_000,
            coverage: Coverage::Partial.into(),
            untold: vec![Aspect::Dns.into(), Aspect::RightsChanges.into()],
            start_missed: true,
            windows: 9,
            windows_lossy: 2,
            events_lost: 70,
            ..Default::default()
        };
        let shown = rows(std::slice::from_ref(&container), false);
        assert_eq!(
            shown.lines().nth(1).unwrap(),
            "web\\n\\u{1b}[2J  0123456789ab  shop/web:1  n     2023-11-14T22:13:20Z  -           partial  70    its start, \
             parts of 2 of 9 windows, dns, rights changes"
        );
        let silent = WatchedContainer {
            node_state: NodeState::Silent.into(),
            coverage: Coverage::None.into(),
            ..container
        };
        let shown = rows(&[silent], false);
        assert!(shown.contains("NONE") && shown.contains("its node is silent, its start"), "{shown}");
    }
}
