//! What the last container of an image was started with, in words: who it is, what it holds, what confines it.
//!
//! Not here: what it runs and listens to, which counts for verdicts and is told as that (`image.rs`).

use plumbline_proto::v1::{DeclaredContainer, DeclaredFacts, DeclaredMount};

/// A name and what is to be said, of all that is told. Texts are as containers chose them.
pub(super) fn lines(facts: &DeclaredFacts) -> Vec<(&'static str, String)> {
    let none = DeclaredContainer::default();
    let container = facts.container.as_ref().unwrap_or(&none);
    let confinement = container.confinement.clone().unwrap_or_default();
    let of = [&confinement.user, &facts.user];
    let user = of.into_iter().find(|user| !user.is_empty()).map_or("root", String::as_str);
    let added = confinement.added_capabilities.iter().map(|name| format!("+{name}"));
    let dropped = confinement.dropped_capabilities.iter().map(|name| format!("-{name}"));
    let flags = [
        (confinement.privileged, "privileged"),
        (confinement.host_pid, "the host's pid namespace"),
        (confinement.host_network, "the host's network"),
        (confinement.host_ipc, "the host's ipc namespace"),
        (confinement.read_only_root, "read-only root"),
        (confinement.no_new_privileges, "no new privileges"),
    ];
    let flags = flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name.to_owned());
    let rights: Vec<String> = flags.chain(added).chain(dropped).collect();
    let name = if container.name.is_empty() { &container.id } else { &container.name };
    let path = [&container.namespace, &container.pod, name];
    let path: Vec<&str> = path.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    let cut = if facts.cut > 0 { format!("{} entries were left out", facts.cut) } else { String::new() };
    let lines = [
        ("Last container", path.join("/")),
        ("Started with", container.start_command.join(" ")),
        ("Ports beside", container.ports.join(", ")),
        ("As user", user.to_owned()),
        ("Rights", rights.join(", ")),
        ("Mounts", container.mounts.iter().map(mount).collect::<Vec<_>>().join(", ")),
        ("Not told", cut),
    ];
    lines.into_iter().filter(|(_, what)| !what.is_empty()).collect()
}

fn mount(mount: &DeclaredMount) -> String {
    let from = [&mount.source, &mount.kind].into_iter().find(|text| !text.is_empty());
    let from = from.map_or_else(String::new, |from| format!(" ({from})"));
    format!("{}{from}{}", mount.destination, if mount.writable { "" } else { " read-only" })
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::DeclaredConfinement;

    use super::*;

    #[test]
    fn who_it_is_what_it_holds_and_what_confines_it_is_said_and_what_is_not_there_is_not() {
        let facts = DeclaredFacts {
            container: Some(DeclaredContainer {
                id: "c0ffee".into(),
                namespace: "shop".into(),
                pod: "web-1".into(),
                ports: vec!["9000/tcp".into()],
                mounts: vec![DeclaredMount {
                    destination: "/host".into(),
                    source: "/etc".into(),
                    ..DeclaredMount::default()
                }],
                confinement: Some(DeclaredConfinement {
                    privileged: true,
                    added_capabilities: vec!["NET_ADMIN".into()],
                    dropped_capabilities: vec!["CHOWN".into()],
                    ..DeclaredConfinement::default()
                }),
                ..DeclaredContainer::default()
            }),
            ..DeclaredFacts::default()
        };
        let expected = [
            ("Last container", "shop/web-1/c0ffee"),
            ("Ports beside", "9000/tcp"),
            ("As user", "root"),
            ("Rights", "privileged, +NET_ADMIN, -CHOWN"),
            ("Mounts", "/host (/etc) read-only"),
        ];
        assert_eq!(lines(&facts), expected.map(|(name, what)| (name, what.to_owned())));
    }
}
