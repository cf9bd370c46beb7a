//! What `server/fuzz` calls: bytes that others hand to the server, read as the server reads them. Not in the program.
//!
//! Whatever the bytes, they are taken or refused; nothing panics, and nothing is allocated that they do not hold. A document that
//! was taken changes nothing when it comes again, and judging goes on. Seeds are what
//! tests here make of the small fleet: `UPDATE=1 cargo test -p plumbline-server seeds_are` writes them anew.

use std::sync::{Arc, LazyLock};

use plumbline_model::{Delta, ImageState, Indicators, Model, Params, Taught};
use plumbline_proto::v1::ApplyIntentRequest;
use prost::Message;

use crate::{decisions, record::Record, store, wire};

/// When documents are applied: somewhat later than what the seeds tell of.
const NOW_UNIX_NS: u64 = 1_700_100_000_000_000_000;

/// A batch, as a collector sends it, shown to a model that learns of it and then sees it again.
pub fn batch(bytes: &[u8]) {
    static RULES: LazyLock<Arc<Indicators>> = LazyLock::new(|| Arc::new(Indicators::own()));
    let Ok(batch) = wire::check(bytes.to_vec().into()) else { return };
    let mut model = Model::new(Params::default(), Arc::clone(&RULES));
    for _ in 0..2 {
        judge(&mut model, &batch);
    }
}

fn judge(model: &mut Model, batch: &wire::Checked) {
    for incident in model.apply(&batch.view(), |_| true).incidents {
        let p = incident.probabilities;
        let sum = p.normal + p.drift + p.attack;
        drop(wire::alert(incident));
        assert!((sum - 1.0).abs() < 1e-9, "probabilities add up to {sum}");
    }
    for image in model.images() {
        drop(wire::image_status(image, model.summary(image)));
    }
}

/// A request to apply a document, to a server that knows nothing yet, and once more. Then a container of an image that the
/// seeds are about is broken into.
pub fn document(bytes: &[u8]) {
    static ATTACK: &[u8] = include_bytes!("../fuzz/seeds/batch/attack");
    let Ok(request) = ApplyIntentRequest::decode(bytes) else { return };
    let (mut record, mut model) = (Record::new(Vec::new()), Model::new(Params::default(), Arc::default()));
    if decisions::alone(&request, &mut record, &mut model, NOW_UNIX_NS).is_err() {
        return;
    }
    // What expires just then is refused the second time.
    if let Ok((changed, taught)) = decisions::alone(&request, &mut record, &mut model, NOW_UNIX_NS)
        && !request.dry_run
    {
        assert_eq!(changed, 0, "a document again decides again");
        assert!(!matches!(taught, Some(Taught::Taken(_))), "a document again teaches again: {taught:?}");
    }
    if let Ok(batch) = wire::check(ATTACK.into()) {
        judge(&mut model, &batch);
    }
}

/// A value of the store: the letter of its kind, how long its identity is, that, and its body. Of an image that can be read,
/// what follows its state is taken for what has changed of it.
pub fn value(bytes: &[u8]) {
    let [letter, len, rest @ ..] = bytes else { return };
    let Some((identity, body)) = rest.split_at_checked(usize::from(*len)) else { return };
    drop(store::fits(&[&[*letter], identity].concat(), body));
    if let Ok((image, rest)) = postcard::take_from_bytes::<ImageState>(body)
        && let Ok(delta) = postcard::from_bytes::<Delta>(rest)
    {
        drop(image.restored(Some(delta)));
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use plumbline_model::Form;
    use plumbline_proto::v1::{
        self, Decision, DecisionKind, DecisionScope, DimensionStatus, ImageStatus, IntentDocument, Learned,
        LearnedBehaviour,
    };
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;
    use crate::fixture;

    /// Names and bytes of all seeds.
    fn seeds() -> Vec<(&'static str, Vec<u8>)> {
        let quiet = fixture::batch("a", 0).to_vec();
        let attack = fixture::batch("a", fixture::MINUTES - 1).to_vec();
        let mut model = Model::new(Params::default(), Arc::default());
        let mut learn = |bytes: &[u8]| {
            drop(model.apply(&wire::check(bytes.to_vec().into()).unwrap().view(), |_| true));
            let image = model.image_mut("shop/pay", "sha256:shop/pay").unwrap();
            image.store(|form| match form {
                Form::Whole(image) => postcard::to_stdvec(image).unwrap(),
                Form::Changed(changed) => postcard::to_stdvec(&changed).unwrap(),
            })
        };
        let (whole, changed) = (learn(&quiet), learn(&fixture::batch("a", 1)));
        let image = model.image("shop/pay", "sha256:shop/pay").unwrap();
        let learned = IntentDocument {
            image: Some(wire::image_status(image, model.summary(image))),
            learned: image.learning().behaviours.into_iter().map(decisions::told).collect(),
            ..IntentDocument::default()
        };
        let decided = IntentDocument {
            image: learned.image.clone(),
            decisions: vec![
                decision(DecisionKind::Approve, DecisionScope::Repository, "/usr/bin/shop/pay", "/tmp/x"),
                decision(DecisionKind::Deny, DecisionScope::Namespace, "/tmp/x", "/tmp/y11"),
            ],
            ..IntentDocument::default()
        };
        let apply = |document: IntentDocument, learned| request(document, learned).encode_to_vec();
        let documents = [apply(learned, true), apply(decided, false)];
        let identity = b"shop/pay\0sha256:shop/pay";
        let value = |letter, body: &[u8]| [&[letter, identity.len() as u8], &identity[..], body].concat();
        vec![
            ("value/whole", value(b'i', &whole)),
            ("value/changed", value(b'l', &changed)),
            ("value/both", value(b'i', &[whole, changed].concat())),
            ("batch/quiet", quiet),
            ("batch/attack", attack),
        ]
        .into_iter()
        .chain(["document/learned", "document/decided"].into_iter().zip(documents))
        .collect()
    }

    #[test]
    fn seeds_are_read_to_their_end() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
        for (name, bytes) in seeds() {
            let path = folder.join(name);
            if std::env::var_os("UPDATE").is_some() {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, &bytes).unwrap();
            }
            let stored = fs::read(&path).unwrap();
            let read = match &*stored {
                _ if name.starts_with("batch") => wire::check(stored.clone().into()).is_ok(),
                _ if name.ends_with("both") => true, // its parts are read above
                _ if name.starts_with("document") => {
                    let request = ApplyIntentRequest::decode(&*stored).unwrap();
                    let (mut record, mut model) =
                        (Record::new(Vec::new()), Model::new(Params::default(), Arc::default()));
                    let done = decisions::alone(&request, &mut record, &mut model, NOW_UNIX_NS).unwrap();
                    done.0 == 2 || matches!(done.1, Some(Taught::Taken(1..)))
                }
                [letter, len, rest @ ..] => {
                    let (identity, body) = rest.split_at(usize::from(*len));
                    store::fits(&[&[*letter], identity].concat(), body).is_ok()
                }
                _ => false,
            };
            assert!(read, "{} is of another form: UPDATE=1 writes it anew", path.display());
            match name.split_once('/').unwrap().0 {
                "value" => value(&stored),
                "document" => document(&stored),
                _ => batch(&stored),
            }
        }
    }

    fn request(document: IntentDocument, learned: bool) -> ApplyIntentRequest {
        let (name, author) = ("pay".to_owned(), "alice".to_owned());
        ApplyIntentRequest { document: Some(document), name, author, learned, ..Default::default() }
    }

    fn decision(kind: DecisionKind, scope: DecisionScope, context: &str, value: &str) -> Decision {
        Decision {
            kind: kind.into(),
            dimension: "spawn".to_owned(),
            context: context.to_owned(),
            value: value.to_owned(),
            scope: scope.into(),
            scope_name: if scope == DecisionScope::Namespace { "shop".to_owned() } else { String::new() },
            reason: "as designed".to_owned(),
            ..Decision::default()
        }
    }

    /// Texts that mean something to a server, and any other.
    fn text() -> impl Strategy<Value = String> {
        let known = [
            "",
            "spawn",
            "connect",
            "listen",
            "shop/pay",
            "sha256:shop/pay",
            "/usr/bin/shop/pay",
            "/tmp/x",
            "/tmp/y11",
            "shop",
            "tcp/5432",
            "pay",
            "alice",
            "*",
            "\u{1f}",
            "a\u{1f}b",
            "-o\u{1f}/tmp/*",
        ];
        prop_oneof![4 => select(known.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
    }

    fn number() -> impl Strategy<Value = u64> {
        prop_oneof![
            select(vec![0, 1, 2, 40, 1 << 40, NOW_UNIX_NS, NOW_UNIX_NS + 1, NOW_UNIX_NS + 3, u64::MAX]),
            any::<u64>()
        ]
    }

    fn decided() -> impl Strategy<Value = Decision> {
        let places = (0..3_i32, 0..6_i32, text(), number());
        let texts = (select(vec!["spawn", "connect", "odd"]), text(), text(), text());
        (places, texts).prop_map(
            |((kind, scope, scope_name, expires_unix_ns), (dimension, context, value, reason))| Decision {
                kind,
                dimension: dimension.to_owned(),
                context,
                value,
                scope,
                scope_name,
                reason,
                expires_unix_ns,
                ..Decision::default()
            },
        )
    }

    fn learned() -> impl Strategy<Value = LearnedBehaviour> {
        let seen = (number(), number(), number());
        let texts = (select(vec!["spawn", "connect", "odd"]), text(), text(), text());
        (texts, seen, any::<bool>()).prop_map(
            |((dimension, context, value, marks), (count, first, last), pattern)| {
                let learned = Learned { count, first_seen_unix_ns: first, last_seen_unix_ns: last };
                let dimension = dimension.to_owned();
                LearnedBehaviour { dimension, context, value, learned: Some(learned), marks, pattern }
            },
        )
    }

    fn image() -> impl Strategy<Value = ImageStatus> {
        let watched = vec((select(vec!["spawn", "connect", "odd"]), number()), 0..3);
        (text(), text(), text(), number(), watched).prop_map(|(digest, repository, tag, starts, watched)| {
            let dimensions = watched.into_iter().map(|(dimension, exposures)| DimensionStatus {
                dimension: dimension.to_owned(),
                exposures,
                ..DimensionStatus::default()
            });
            ImageStatus {
                digest,
                repository,
                tag,
                starts,
                dimensions: dimensions.collect(),
                ..Default::default()
            }
        })
    }

    proptest! {
        #[test]
        fn a_document_of_any_content_is_refused_or_holds_and_again_changes_nothing(
            image in proptest::option::of(image()),
            (learned, decisions) in (vec(learned(), 0..4), vec(decided(), 0..6)),
            (takes, dry_run, revoke_missing) in any::<(bool, bool, bool)>(),
        ) {
            let content = v1::IntentDocument { image, learned, decisions, ..Default::default() };
            let request = ApplyIntentRequest { dry_run, revoke_missing, ..request(content, takes) };
            document(&request.encode_to_vec());
        }
    }
}
