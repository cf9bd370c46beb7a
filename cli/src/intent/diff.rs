//! `intent diff`: what each of two intents says and the other does not; files, or images of the server.
//!
//! Compared is what is meant, not how it came to be known: origins, counts, times, authors and reasons make no
//! difference, an expiry does. Documents of files with several are matched by their names. In Markdown every text is a
//! code span (`diff.rs`).

use std::{collections::BTreeSet, io::Write, path::Path};

use serde::Serialize;

use super::{
    document::{Act, Behaviour, Change, Decided, Document, Reach},
    export::ask,
    yaml::Source,
};
use crate::{
    args::{IntentDiff, Output},
    diff::code,
    escape::escape,
    print,
    server::{CliError, Server},
    show::table,
};

/// Something that one of them says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Said {
    /// Name of the document, where there are several.
    #[serde(skip_serializing_if = "String::is_empty")]
    of: String,
    /// declared, learned, approved or denied.
    section: &'static str,
    what: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Difference {
    a: String,
    b: String,
    only_a: Vec<Said>,
    only_b: Vec<Said>,
}

/// Prints the difference; whether there is any.
pub(crate) async fn diff(
    server: &Server,
    args: IntentDiff,
    output: Output,
    out: &mut impl Write,
) -> Result<bool, CliError> {
    let (a, b) = (load(server, &args.a).await?, load(server, &args.b).await?);
    let named = a.len() > 1 || b.len() > 1;
    let (said_a, said_b) = (said(&a, named), said(&b, named));
    let difference = Difference {
        only_a: said_a.difference(&said_b).cloned().collect(),
        only_b: said_b.difference(&said_a).cloned().collect(),
        a: args.a,
        b: args.b,
    };
    if !print::answer(out, output, &difference)? {
        let text = if output == Output::Markdown { markdown(&difference) } else { rows(&difference) };
        write!(out, "{text}")?;
    }
    Ok(!difference.only_a.is_empty() || !difference.only_b.is_empty())
}

/// Documents of a file, if there is one of this name, or of an image.
pub(super) async fn load(server: &Server, name: &str) -> Result<Vec<Document>, CliError> {
    let path = Path::new(name);
    let written = path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json");
    if name == "-" || written || path.is_file() {
        return Ok(Source::read(path)?.documents()?);
    }
    Ok(vec![ask(server, name.to_owned()).await?])
}

fn said(documents: &[Document], named: bool) -> BTreeSet<Said> {
    let mut all = BTreeSet::new();
    for document in documents {
        let of = if named { document.metadata.name.clone() } else { String::new() };
        let mut say = |section, what| all.insert(Said { of: of.clone(), section, what });
        for what in declared(document) {
            say("declared", what);
        }
        for learned in &document.learned {
            say("learned", behaviour(&learned.behaviour));
        }
        for (section, list) in [("approved", &document.approved), ("denied", &document.denied)] {
            for entry in list {
                say(section, decided(entry));
            }
        }
    }
    all
}

/// The facts without their origins.
fn declared(document: &Document) -> Vec<String> {
    let of = &document.declared;
    let mut all = Vec::new();
    let argv = |argv: &[String]| shell_words::join(argv);
    for (name, words) in [("entrypoint", &of.entrypoint), ("cmd", &of.cmd), ("command", &of.command)] {
        all.extend(words.iter().map(|words| format!("{name} {}", argv(&words.value))));
    }
    all.extend(of.starts.iter().map(|starts| format!("starts {}", argv(&starts.value))));
    all.extend(of.user.iter().map(|user| format!("user {}", user.value)));
    for port in &of.ports {
        let end = port.end.map_or_else(String::new, |end| format!("-{end}"));
        all.push(format!("port {}{end}/{}", port.port, port.protocol));
    }
    for volume in &of.volumes {
        let source = volume.source.as_ref().map_or_else(String::new, |source| format!(" of {source}"));
        let how = if volume.read_only { ", read-only" } else { "" };
        all.push(format!("volume {}{source}{how}", volume.path));
    }
    for check in &of.checks {
        let what = match check.act {
            Act::Exec => argv(&check.argv),
            act => [Some(word(&act)), check.port.clone(), check.path.clone()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
        };
        let period = check.period.as_ref().map_or_else(String::new, |period| format!(" every {period}"));
        all.push(format!("{} {what}{period}", word(&check.when)));
    }
    all.extend(of.packages.iter().map(|package| format!("package {}", package.name)));
    for capability in &of.capabilities {
        let sign = if capability.change == Change::Add { '+' } else { '-' };
        all.push(format!("capability {sign}{}", capability.name));
    }
    for (name, told) in [
        ("read-only root", &of.read_only_root),
        ("privileged", &of.privileged),
        ("privilege escalation", &of.privilege_escalation),
    ] {
        all.extend(told.iter().map(|told| format!("{name} {}", told.value)));
    }
    for (name, list) in
        [("host namespace", &of.host_namespaces), ("variable", &of.environment), ("on build", &of.on_build)]
    {
        all.extend(list.iter().map(|fact| format!("{name} {}", fact.value)));
    }
    all.extend(of.schedule.iter().map(|schedule| format!("schedule {}", schedule.value)));
    all
}

/// A word as the document has it.
fn word(value: &impl Serialize) -> String {
    let told = serde_json::to_value(value).ok();
    told.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

pub(super) fn behaviour(of: &Behaviour) -> String {
    let context = if of.context.is_empty() { "(unknown)" } else { &of.context };
    format!("{} {} in {context}", of.dimension, of.value)
}

fn decided(entry: &Decided) -> String {
    let place = match entry.scope {
        Reach::Image => String::new(),
        Reach::Repository => ", in the repository".to_owned(),
        Reach::Namespace => format!(", in namespace {}", entry.namespace.as_deref().unwrap_or_default()),
        Reach::All => ", in all images".to_owned(),
    };
    let until = entry.expires.as_ref().map_or_else(String::new, |expires| format!(", until {expires}"));
    format!("{}{place}{until}", behaviour(&entry.behaviour))
}

fn rows(of: &Difference) -> String {
    let mut text = format!("- {}\n+ {}\n\n", escape(&of.a), escape(&of.b));
    if of.only_a.is_empty() && of.only_b.is_empty() {
        return text + "They say the same.\n";
    }
    let named = of.only_a.iter().chain(&of.only_b).any(|said| !said.of.is_empty());
    let mut table = table(if named { &["", "OF", "SECTION", "WHAT"][..] } else { &["", "SECTION", "WHAT"] });
    for (sign, only) in [("-", &of.only_a), ("+", &of.only_b)] {
        for said in only {
            let mut row = vec![sign.to_owned(), said.section.to_owned(), escape(&said.what)];
            if named {
                row.insert(1, escape(&said.of));
            }
            table.add_row(row);
        }
    }
    text.push_str(&format!("{}\n", table.trim_fmt()));
    text
}

fn markdown(of: &Difference) -> String {
    let mut text = format!("## Intent of {} and {}\n", code(&escape(&of.a)), code(&escape(&of.b)));
    for (name, only) in [(&of.a, &of.only_a), (&of.b, &of.only_b)] {
        text.push_str(&format!("\n### Only {}\n\n", code(&escape(name))));
        if only.is_empty() {
            text.push_str("Nothing.\n");
        }
        for said in only {
            let of =
                if said.of.is_empty() { String::new() } else { format!("{}, ", code(&escape(&said.of))) };
            text.push_str(&format!("- {of}{}: {}\n", said.section, code(&escape(&said.what))));
        }
    }
    text
}
