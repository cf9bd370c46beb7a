//! `intent from`: what files declare, as documents on the standard output. No server is asked.

use std::{collections::BTreeMap, io::Write, path::Path};

use super::{
    compose, dockerfile,
    document::Document,
    image, kubernetes,
    starts::{self, Found},
    yaml,
    yaml::Source,
};
use crate::{
    args::{From, Output},
    escape::escape,
    print,
    server::CliError,
};

pub(crate) fn from(what: From, output: Output, out: &mut impl Write) -> Result<(), CliError> {
    let mut all: Vec<Document> = Vec::new();
    match what {
        From::Dockerfile { files, target, build_arg, build_context } => {
            let given: BTreeMap<String, String> = build_arg.into_iter().collect();
            for file in files {
                let (mut document, copies) =
                    dockerfile::read(&Source::read(&file)?, target.as_deref(), &given)?;
                let folder = build_context.as_deref().or(file.parent()).unwrap_or(Path::new(""));
                let folder = if folder == Path::new("") { Path::new(".") } else { folder };
                starts::add(&mut document, &mut |word| copies.find(folder, word));
                all.push(document.sorted());
            }
        }
        From::Compose { files } => {
            for file in files {
                all.extend(compose::read(&Source::read(&file)?)?.into_iter().map(without_image));
            }
        }
        From::K8s { files } => {
            for file in files {
                let (documents, passed) = kubernetes::read(&Source::read(&file)?)?;
                for object in passed {
                    eprintln!("note: {} runs no container and is passed over", escape(&object));
                }
                all.extend(documents.into_iter().map(without_image));
            }
        }
        From::Image { files, packages } => {
            for file in files {
                all.extend(image::read(&file, packages)?);
            }
        }
    }
    if matches!(output, Output::Json | Output::Jsonl) {
        return print::list(out, output, &all, &all).map(drop);
    }
    Ok(write!(out, "{}", yaml::write(&all)?)?)
}

/// With what its commands start as far as they say it themselves: the image, which has the scripts, is another file.
fn without_image(mut document: Document) -> Document {
    starts::add(&mut document, &mut |_| Found::Program);
    document.sorted()
}
