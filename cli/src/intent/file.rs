//! A file of any bytes, taken for each kind of file that `intent` reads, for `fuzz.rs`.

use std::{collections::BTreeMap, path::Path};

use super::{
    compose, dockerfile,
    document::{Document, Fact, Metadata},
    kubernetes, lint,
    starts::{self, Found},
    yaml::{self, Source},
};
use crate::escape::hidden;

/// Aliases make much of a small file, and what is much is not read again.
const AGAIN_BYTES: usize = 1 << 20;

/// Takes the bytes for documents, for a compose file, for manifests, for a Dockerfile and for a script.
pub fn file(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let source = Source::of("file", text);
    let read = [
        lint::checked(&source).map(|(documents, _)| documents),
        compose::read(&source),
        kubernetes::read(&source).map(|(documents, _)| documents),
        dockerfile::read(&source, None, &BTreeMap::new()).map(|(mut document, copies)| {
            starts::add(&mut document, &mut |word| copies.find(Path::new("/none"), word));
            vec![document.sorted()]
        }),
        Ok(vec![script(text)]),
    ];
    for documents in read {
        match documents {
            Ok(documents) => again(&documents),
            Err(error) => {
                let said = error.to_string();
                assert!(!said.contains(hidden), "an error that can't be looked at: {said:?}");
            }
        }
    }
}

/// An image that starts with the text as a script.
fn script(text: &str) -> Document {
    let mut document = Document::new(Metadata::default());
    let value = vec!["/script".to_owned(), "given".to_owned()];
    document.declared.command = Some(Fact { value, from: "file".to_owned() });
    starts::add(&mut document, &mut |_| Found::Text("script".to_owned(), format!("#!/bin/sh\n{text}")));
    document.sorted()
}

/// What is written of documents is what they say.
fn again(documents: &[Document]) {
    let text = match yaml::write(documents) {
        Ok(text) => text,
        Err(error) => panic!("{documents:?} can't be written: {error}"),
    };
    assert!(!text.replace('\n', "").contains(hidden), "{text:?}");
    if text.len() > AGAIN_BYTES {
        return;
    }
    match Source::of("file", text.clone()).documents::<Document>() {
        Ok(read) => assert_eq!(read, documents, "{text}"),
        Err(error) => panic!("{error}: {text}"),
    }
}
