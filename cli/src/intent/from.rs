//! `intent from`: what files declare, as documents on the standard output. No server is asked.

use std::{collections::BTreeMap, io::Write};

use super::{compose, dockerfile, document::Document, image, kubernetes, yaml, yaml::Source};
use crate::{
    args::{From, Output},
    escape::escape,
    print,
    server::CliError,
};

pub(crate) fn from(what: From, output: Output, out: &mut impl Write) -> Result<(), CliError> {
    let mut all: Vec<Document> = Vec::new();
    match what {
        From::Dockerfile { files, target, build_arg } => {
            let given: BTreeMap<String, String> = build_arg.into_iter().collect();
            for file in files {
                all.push(dockerfile::read(&Source::read(&file)?, target.as_deref(), &given)?);
            }
        }
        From::Compose { files } => {
            for file in files {
                all.extend(compose::read(&Source::read(&file)?)?);
            }
        }
        From::K8s { files } => {
            for file in files {
                let (documents, passed) = kubernetes::read(&Source::read(&file)?)?;
                for object in passed {
                    eprintln!("note: {} runs no container and is passed over", escape(&object));
                }
                all.extend(documents);
            }
        }
        From::Image { files } => {
            for file in files {
                all.extend(image::read(&file)?);
            }
        }
    }
    if matches!(output, Output::Json | Output::Jsonl) {
        return print::list(out, output, &all, &all).map(drop);
    }
    Ok(write!(out, "{}", yaml::write(&all)?)?)
}
