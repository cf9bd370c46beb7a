//! What a server was told of an image and of its running containers, as declared facts: those that files give, too.
//!
//! What an image declares is from `server`; what the container that was started last was started with, after all overrides,
//! from `server: container NAME`, and stands for what the image says of the same. What is only the runtime's default is not
//! declared. What scripts start is from where the document says that was applied. Not here: asking the server (`export.rs`).

use plumbline_proto::v1::{
    DeclaredConfinement, DeclaredContainer, DeclaredFacts, DeclaredIntent, DeclaredProbe, ProbeKind,
};

use super::{
    document::{Act, Capability, Change, Check, Declared, Fact, Port, Volume, When},
    ports::port,
    report::AS_ROOT,
};

const SERVER: &str = "server";

/// What runtimes and kubelets mount into every container.
const OF_THE_RUNTIME: [&str; 7] = [
    "/dev/shm",
    "/dev/termination-log",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/run/secrets/kubernetes.io/serviceaccount",
    "/var/run/secrets/kubernetes.io/serviceaccount",
];

/// The facts, and what is to be said of them.
pub(super) fn declared(told: DeclaredIntent) -> (Declared, Vec<String>) {
    let mut facts = told.facts.clone().unwrap_or_default();
    let starts = std::mem::take(&mut facts.starts);
    // Without a runtime all that is known is what a document said of scripts.
    let is_told = facts != DeclaredFacts::default();
    let (mut declared, notes) = if is_told { of_facts(&told, facts) } else { (of_old(told), Vec::new()) };
    declared.starts = starts.into_iter().map(|start| Fact { value: start.words, from: start.from }).collect();
    (declared, notes)
}

/// Where no runtime was heard of since the server keeps its facts: what counts for verdicts.
fn of_old(told: DeclaredIntent) -> Declared {
    let mut declared = Declared { command: fact(told.start, SERVER), ..Declared::default() };
    if !told.health_check.is_empty() {
        declared.checks.push(exec(When::Healthcheck, told.health_check, 0, SERVER));
    }
    declared.ports = told.tcp_ports.iter().filter_map(|port| tcp(*port)).collect();
    declared
}

fn of_facts(told: &DeclaredIntent, facts: DeclaredFacts) -> (Declared, Vec<String>) {
    let mut notes = Vec::new();
    let mut declared = Declared {
        entrypoint: fact(facts.entrypoint, SERVER),
        cmd: fact(facts.command, SERVER),
        command: fact(told.start.clone(), SERVER),
        user: fact(facts.user, SERVER),
        ..Declared::default()
    };
    for written in facts.ports {
        match port(&written, SERVER) {
            Some(port) => declared.ports.push(port),
            None => notes.push(format!("the port {written} is not known")),
        }
    }
    let volume = |path| Volume { path, source: None, read_only: false, from: SERVER.to_owned() };
    declared.volumes = facts.volumes.into_iter().map(volume).collect();
    declared.environment =
        facts.environment.into_iter().map(|value| Fact { value, from: SERVER.to_owned() }).collect();
    declared.checks.extend(facts.health_check.and_then(|probe| check(probe, SERVER)));
    if let Some(container) = facts.container {
        of_container(&mut declared, container);
    }
    if declared.user.is_none() {
        notes.push(AS_ROOT.to_owned());
    }
    if facts.cut > 0 {
        notes.push(format!("{} entries were left out, as too much is declared", facts.cut));
    }
    (declared, notes)
}

/// Adds what a container was started with.
fn of_container(declared: &mut Declared, container: DeclaredContainer) {
    let name = if container.name.is_empty() { container.id } else { container.name };
    let pod = [container.namespace, container.pod, name].join("/");
    let from = format!("{SERVER}: container {}", pod.trim_start_matches('/'));
    if let Some(command) = fact(container.start_command, &from) {
        declared.command = Some(command);
    }
    declared.ports.extend(container.ports.iter().filter_map(|written| port(written, &from)));
    for mount in container.mounts {
        let destination = mount.destination.as_str();
        let is_default = mount.kind == "tmpfs" && matches!(destination, "/dev" | "/run");
        if is_default || OF_THE_RUNTIME.contains(&destination) {
            continue;
        }
        let declares = |volume: &Volume| volume.path == mount.destination;
        if mount.kind == "volume" && declared.volumes.iter().any(declares) {
            continue; // the runtime made it because the image declares it
        }
        declared.volumes.retain(|volume| !declares(volume));
        let source = Some(mount.source).filter(|source| !source.is_empty());
        let source = source.or_else(|| Some(mount.kind).filter(|kind| !kind.is_empty()));
        let read_only = !mount.writable;
        declared.volumes.push(Volume { path: mount.destination, source, read_only, from: from.clone() });
    }
    for check in container.probes.into_iter().filter_map(|probe| check(probe, &from)) {
        let same =
            |one: &Check| (one.when, &one.argv, &one.period) == (check.when, &check.argv, &check.period);
        if !declared.checks.iter().any(same) {
            // A runtime has one health check: that of the image, or one that overrides it.
            declared.checks.retain(|one| one.when != When::Healthcheck || check.when != When::Healthcheck);
            declared.checks.push(check);
        }
    }
    if let Some(confinement) = container.confinement {
        confined(declared, confinement, &from);
    }
}

fn confined(declared: &mut Declared, told: DeclaredConfinement, from: &str) {
    let fact = |value| Fact { value, from: from.to_owned() };
    let image = declared.user.as_ref().map_or("root", |user| &user.value);
    if !told.user.is_empty() && is_other(image, &told.user) {
        declared.user = self::fact(told.user, from);
    }
    let set = |is_set: bool, value: bool| is_set.then(|| fact(value));
    declared.privileged = set(told.privileged, true);
    declared.read_only_root = set(told.read_only_root, true);
    declared.privilege_escalation = set(told.no_new_privileges, false);
    let shared = [("network", told.host_network), ("pid", told.host_pid), ("ipc", told.host_ipc)];
    for (name, _) in shared.into_iter().filter(|(_, is_shared)| *is_shared) {
        declared.host_namespaces.push(Fact { value: name.to_owned(), from: from.to_owned() });
    }
    let changes = [(Change::Add, told.added_capabilities), (Change::Drop, told.dropped_capabilities)];
    for (change, names) in changes {
        let capability = |name| Capability { name, change, from: from.to_owned() };
        declared.capabilities.extend(names.into_iter().map(capability));
    }
}

/// Whether a container runs as somebody else than its image says. A CRI runtime tells the number that it has found for the
/// image's user, by which a name can't be told from another.
fn is_other(image: &str, container: &str) -> bool {
    let who = |user: &str| match user.split(':').next().unwrap_or_default() {
        "root" => "0".to_owned(),
        user => user.to_owned(),
    };
    let (image, container) = (who(image), who(container));
    let is_number = |user: &str| user.parse::<u32>().is_ok();
    image != container && (is_number(&image) || !is_number(&container) || container == "0")
}

/// Something, unless there is nothing.
fn fact<T: Default + PartialEq>(value: T, from: &str) -> Option<Fact<T>> {
    (value != T::default()).then(|| Fact { value, from: from.to_owned() })
}

fn tcp(port: u32) -> Option<Port> {
    let port = u16::try_from(port).ok()?;
    Some(Port { port, end: None, protocol: "tcp".to_owned(), name: None, from: SERVER.to_owned() })
}

fn check(probe: DeclaredProbe, from: &str) -> Option<Check> {
    let when = match probe.kind() {
        ProbeKind::Healthcheck => When::Healthcheck,
        ProbeKind::Liveness => When::Liveness,
        ProbeKind::Readiness => When::Readiness,
        ProbeKind::Startup => When::Startup,
        ProbeKind::PostStart => When::PostStart,
        ProbeKind::PreStop => When::PreStop,
        ProbeKind::Unspecified => return None,
    };
    Some(exec(when, probe.command, probe.period_ns, from))
}

fn exec(when: When, argv: Vec<String>, period_ns: u64, from: &str) -> Check {
    let period = (period_ns > 0).then(|| std::time::Duration::from_nanos(period_ns));
    let period = period.map(|period| humantime::format_duration(period).to_string());
    Check { when, act: Act::Exec, argv, port: None, path: None, period, from: from.to_owned() }
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::DeclaredMount;

    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn facts() -> DeclaredFacts {
        DeclaredFacts {
            entrypoint: words(&["/entry"]),
            command: words(&["serve"]),
            user: "app".into(),
            environment: words(&["HOME"]),
            ports: words(&["53/udp", "80/tcp", "what"]),
            volumes: words(&["/data", "/spare"]),
            health_check: Some(DeclaredProbe {
                kind: ProbeKind::Healthcheck.into(),
                command: words(&["/ok"]),
                period_ns: 30_000_000_000,
            }),
            ..DeclaredFacts::default()
        }
    }

    fn told(facts: DeclaredFacts) -> (Declared, Vec<String>) {
        let facts = Some(facts);
        declared(DeclaredIntent { start: words(&["/entry", "serve"]), facts, ..DeclaredIntent::default() })
    }

    #[test]
    fn an_image_declares_what_its_config_says() {
        let (declared, notes) = told(facts());
        let ports: Vec<_> = declared.ports.iter().map(|port| (port.port, port.protocol.as_str())).collect();
        assert_eq!(ports, [(53, "udp"), (80, "tcp")]);
        assert_eq!(declared.command.unwrap().value, ["/entry", "serve"]);
        assert_eq!(declared.user.unwrap(), Fact { value: "app".into(), from: "server".into() });
        assert_eq!(declared.checks[0].period.as_deref(), Some("30s"));
        assert_eq!(notes, ["the port what is not known"]);
    }

    #[test]
    fn what_a_container_was_started_with_stands_for_what_its_image_says_of_the_same() {
        let mount = |destination: &str, kind: &str, source: &str, writable| DeclaredMount {
            destination: destination.into(),
            kind: kind.into(),
            source: source.into(),
            writable,
        };
        let probe = |kind: ProbeKind, command: &str| DeclaredProbe {
            kind: kind.into(),
            command: words(&[command]),
            period_ns: 0,
        };
        let container = DeclaredContainer {
            id: "c0ffee".into(),
            name: "web".into(),
            namespace: "shop".into(),
            pod: "web-1".into(),
            start_command: words(&["/entry", "serve", "--debug"]),
            mounts: vec![
                mount("/data", "volume", "", true),
                mount("/spare", "tmpfs", "", true),
                mount("/dev", "tmpfs", "", true),
                mount("/etc/hosts", "bind", "", true),
                mount("/host", "bind", "/etc", false),
            ],
            probes: vec![probe(ProbeKind::Healthcheck, "/better"), probe(ProbeKind::PreStop, "/drain")],
            ports: words(&["9000/tcp"]),
            confinement: Some(DeclaredConfinement {
                privileged: true,
                no_new_privileges: true,
                host_pid: true,
                added_capabilities: words(&["NET_ADMIN"]),
                dropped_capabilities: words(&["ALL"]),
                user: "0".into(),
                ..DeclaredConfinement::default()
            }),
            ..DeclaredContainer::default()
        };
        let (declared, _) = told(DeclaredFacts { container: Some(container), ..facts() });
        let from = "server: container shop/web-1/web";
        let fact = |value: &str| Some(Fact { value: value.to_owned(), from: from.to_owned() });
        assert_eq!(declared.command.unwrap().value.last().map(String::as_str), Some("--debug"));
        assert_eq!(declared.entrypoint.unwrap().value, ["/entry"], "the image's stays the image's");
        assert_eq!(declared.user, fact("0"));
        assert_eq!(declared.ports.last(), port("9000/tcp", from).as_ref());
        let volumes: Vec<_> = declared
            .volumes
            .iter()
            .map(|one| (one.path.as_str(), one.source.as_deref().unwrap_or_default(), one.read_only))
            .collect();
        assert_eq!(volumes, [("/data", "", false), ("/spare", "tmpfs", false), ("/host", "/etc", true)]);
        let checks: Vec<_> = declared.checks.iter().map(|one| (one.when, one.argv[0].as_str())).collect();
        assert_eq!(checks, [(When::Healthcheck, "/better"), (When::PreStop, "/drain")]);
        assert_eq!(declared.privileged, Some(Fact { value: true, from: from.to_owned() }));
        assert_eq!(declared.privilege_escalation, Some(Fact { value: false, from: from.to_owned() }));
        assert_eq!(declared.read_only_root, None, "a default is not declared");
        assert_eq!(declared.host_namespaces[0].value, "pid");
        assert_eq!(declared.capabilities.len(), 2);
    }

    #[test]
    fn a_user_is_another_one_only_where_that_can_be_told() {
        for (image, container, other) in [
            ("root", "0", false),
            ("0", "0:0", false),
            ("12:34", "12", false),
            ("app", "1000", false),
            ("app", "0", true),
            ("root", "1000", true),
            ("12", "13", true),
            ("app", "worker", true),
        ] {
            assert_eq!(is_other(image, container), other, "{image} and {container}");
        }
    }

    #[test]
    fn where_no_runtime_told_anything_what_counts_is_declared_and_nobody_is_called_root() {
        let told =
            DeclaredIntent { start: words(&["/entry"]), tcp_ports: vec![80, 70_000], ..Default::default() };
        let (declared, notes) = declared(told);
        assert_eq!((declared.ports.len(), declared.user, notes.len()), (1, None, 0));
        assert_eq!(declared.command.unwrap().value, ["/entry"]);
    }
}
