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

fn fact<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Fact<T>> {
    (value, text()).prop_map(|(value, from)| Fact { value, from })
}

fn behaviour() -> impl Strategy<Value = Behaviour> {
    (text(), text(), text()).prop_map(|(dimension, context, value)| Behaviour { dimension, context, value })
}

fn decided() -> impl Strategy<Value = Decided> {
    let scope = proptest::sample::select(vec![Reach::Image, Reach::Repository, Reach::Namespace, Reach::All]);
    let told = (option::of(text()), option::of(text()), option::of(text()));
    (behaviour(), scope, option::of(text()), text(), told).prop_map(
        |(behaviour, scope, namespace, reason, (expires, author, created))| Decided {
            behaviour,
            scope,
            namespace,
            reason,
            expires,
            author,
            created,
            ..Decided::default()
        },
    )
}

fn declared() -> impl Strategy<Value = Declared> {
    let port = (any::<u16>(), option::of(any::<u16>()), text(), option::of(text()), text())
        .prop_map(|(port, end, protocol, name, from)| Port { port, end, protocol, name, from });
    let check = (vec(text(), 0..3), option::of(text()), text()).prop_map(|(argv, path, from)| Check {
        when: When::PreStop,
        act: Act::Exec,
        argv,
        port: None,
        path,
        period: None,
        from,
    });
    (
        option::of(fact(vec(text(), 0..4))),
        option::of(fact(any::<bool>())),
        vec(port, 0..3),
        vec(check, 0..3),
        vec(fact(text()), 0..3),
    )
        .prop_map(|(command, privileged, ports, checks, environment)| Declared {
            command,
            privileged,
            ports,
            checks,
            environment,
            ..Declared::default()
        })
}

fn document() -> impl Strategy<Value = Document> {
    let learned =
        (behaviour(), any::<u64>(), option::of(text())).prop_map(|(behaviour, windows, first_seen)| {
            let (marks, pattern) = (first_seen.clone().unwrap_or_default(), windows % 2 == 0);
            Learned { behaviour, windows, first_seen, last_seen: None, marks, pattern }
        });
    let notes = vec(text(), 0..3);
    let exposure =
        (proptest::collection::btree_map(text(), any::<u64>(), 0..3), any::<u64>(), option::of(text()))
            .prop_map(|(windows, starts, last_seen)| Exposure {
                windows,
                starts,
                first_seen: None,
                last_seen,
            });
    let learned = (option::of(exposure), vec(learned, 0..3));
    (text(), option::of(text()), declared(), learned, vec(decided(), 0..3), notes).prop_map(
        |(name, image, declared, (exposure, learned), approved, notes)| Document {
            declared,
            exposure,
            learned,
            approved,
            notes,
            ..Document::new(Metadata { name, image, ..Metadata::default() })
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
        turned.declared.ports.reverse();
        turned.declared.environment.reverse();
        turned.notes.reverse();
        prop_assert_eq!(document.sorted(), turned.sorted());
    }
}
