//! The form of the document: its published schema, and that nothing is lost between it and its text.

use proptest::{collection::vec, option, prelude::*};

use super::{super::yaml, *};

#[test]
fn the_schema_that_is_published_is_that_of_the_types() {
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(Document)).unwrap() + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/intent.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &schema).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(published, schema, "the types have changed; run with UPDATE=1");
}

/// Texts that YAML could take for something else, and any other.
fn text() -> impl Strategy<Value = String> {
    let odd = [
        "",
        " ",
        "~",
        "null",
        "true",
        "no",
        "0x1f",
        "1e3",
        ".5",
        "- a",
        "a: b",
        "#",
        "'",
        "\"",
        "---",
        "...",
        "<<",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "%",
        "@",
        "\n",
        "a\n\nb\n",
        "\r\n",
        "\t",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{7f}",
        "\u{1b}[2J",
        "\u{202e}",
        "\u{e0041}",
        "2026-01-01",
        "1_000",
        "0o17",
        "=",
    ];
    prop_oneof![proptest::sample::select(odd.to_vec()).prop_map(str::to_owned), any::<String>()]
}

fn maybe() -> impl Strategy<Value = Option<String>> {
    option::of(text())
}

fn fact<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Fact<T>> {
    (value, text()).prop_map(|(value, from)| Fact { value, from })
}

fn words() -> impl Strategy<Value = Vec<String>> {
    vec(text(), 0..4)
}

fn command() -> impl Strategy<Value = Option<Fact<Vec<String>>>> {
    option::of(fact(words()))
}

fn flag() -> impl Strategy<Value = Option<Fact<bool>>> {
    option::of(fact(any::<bool>()))
}

fn behaviour() -> impl Strategy<Value = Behaviour> {
    (text(), text(), text()).prop_map(|(dimension, context, value)| Behaviour { dimension, context, value })
}

// Each of these names every field, so that one that is added is generated, too.

fn decided() -> impl Strategy<Value = Decided> {
    let scope = proptest::sample::select(vec![Reach::Image, Reach::Repository, Reach::Namespace, Reach::All]);
    let told = (maybe(), maybe(), maybe(), maybe(), maybe(), maybe());
    (behaviour(), scope, maybe(), text(), told).prop_map(
        |(behaviour, scope, namespace, reason, (expires, author, created, decision, alert, document))| {
            Decided {
                behaviour,
                scope,
                namespace,
                reason,
                expires,
                author,
                created,
                decision,
                alert,
                document,
            }
        },
    )
}

fn check() -> impl Strategy<Value = Check> {
    let when =
        [When::Healthcheck, When::Liveness, When::Readiness, When::Startup, When::PostStart, When::PreStop];
    let act = [Act::Exec, Act::Http, Act::Tcp, Act::Grpc, Act::Sleep, Act::Disabled];
    let (when, act) = (proptest::sample::select(when.to_vec()), proptest::sample::select(act.to_vec()));
    (when, act, words(), maybe(), maybe(), maybe(), text()).prop_map(
        |(when, act, argv, port, path, period, from)| Check { when, act, argv, port, path, period, from },
    )
}

fn declared() -> impl Strategy<Value = Declared> {
    let port = (any::<u16>(), option::of(any::<u16>()), text(), maybe(), text())
        .prop_map(|(port, end, protocol, name, from)| Port { port, end, protocol, name, from });
    let volume = (text(), maybe(), any::<bool>(), text())
        .prop_map(|(path, source, read_only, from)| Volume { path, source, read_only, from });
    let change = proptest::sample::select(vec![Change::Add, Change::Drop]);
    let capability =
        (text(), change, text()).prop_map(|(name, change, from)| Capability { name, change, from });
    let package =
        (text(), words(), text()).prop_map(|(name, programs, from)| Package { name, programs, from });
    let facts = || vec(fact(text()), 0..3);
    let runs = (command(), command(), command(), vec(fact(words()), 0..3), option::of(fact(text())));
    let holds = (vec(port, 0..3), vec(volume, 0..3), vec(check(), 0..3), vec(capability, 0..3));
    let flags = (flag(), flag(), flag());
    let rest = (facts(), option::of(fact(text())), facts(), facts(), vec(package, 0..3));
    (runs, holds, flags, rest).prop_map(|(runs, holds, flags, rest)| {
        let (entrypoint, cmd, command, starts, user) = runs;
        let (ports, volumes, checks, capabilities) = holds;
        let (read_only_root, privileged, privilege_escalation) = flags;
        let (host_namespaces, schedule, environment, on_build, packages) = rest;
        Declared {
            entrypoint,
            cmd,
            command,
            starts,
            user,
            ports,
            volumes,
            checks,
            capabilities,
            read_only_root,
            privileged,
            privilege_escalation,
            host_namespaces,
            schedule,
            environment,
            on_build,
            packages,
        }
    })
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let workload = (text(), maybe(), text(), text(), any::<bool>()).prop_map(
        |(kind, namespace, name, container, init)| Workload { kind, namespace, name, container, init },
    );
    (text(), maybe(), maybe(), option::of(workload)).prop_map(|(name, image, digest, workload)| Metadata {
        name,
        image,
        digest,
        workload,
    })
}

fn document() -> impl Strategy<Value = Document> {
    let learned = (behaviour(), any::<u64>(), maybe(), maybe(), text(), any::<bool>()).prop_map(
        |(behaviour, windows, first_seen, last_seen, marks, pattern)| Learned {
            behaviour,
            windows,
            first_seen,
            last_seen,
            marks,
            pattern,
        },
    );
    let windows = proptest::collection::btree_map(text(), any::<u64>(), 0..3);
    let exposure =
        (windows, any::<u64>(), maybe(), maybe()).prop_map(|(windows, starts, first_seen, last_seen)| {
            Exposure { windows, starts, first_seen, last_seen }
        });
    let seen = (option::of(exposure), vec(learned, 0..3));
    let decisions = (vec(decided(), 0..3), vec(decided(), 0..3));
    (metadata(), declared(), seen, decisions, vec(text(), 0..3)).prop_map(
        |(metadata, declared, (exposure, learned), (approved, denied), notes)| Document {
            api_version: ApiVersion::V1,
            kind: Kind::Intent,
            metadata,
            declared,
            exposure,
            learned,
            approved,
            denied,
            notes,
        },
    )
}

proptest! {
    #[test]
    fn nothing_is_lost_between_documents_and_their_text(documents in vec(document(), 1..3)) {
        let text = yaml::write(&documents).unwrap();
        let shown = text.replace('\n', "");
        prop_assert!(!shown.contains(crate::escape::hidden), "{}", text);
        let read: Vec<Document> = yaml::Source::of("x", text.clone()).documents().unwrap();
        prop_assert_eq!(read, documents, "{}", text);
    }

    #[test]
    fn a_document_has_one_order_whatever_it_came_in(document in document()) {
        let mut turned = document.clone();
        turned.learned.reverse();
        turned.approved.reverse();
        turned.denied.reverse();
        turned.declared.ports.reverse();
        turned.declared.volumes.reverse();
        turned.declared.checks.reverse();
        turned.declared.capabilities.reverse();
        turned.declared.host_namespaces.reverse();
        turned.declared.environment.reverse();
        turned.declared.packages.reverse();
        turned.notes.reverse();
        prop_assert_eq!(document.sorted(), turned.sorted());
    }
}
