//! `intent report`: what is declared but was never used, and what is used but not declared, with what to do about it.
//!
//! Only what events can show is compared: TCP ports that are listened on, and programs that run. What nobody watched, and
//! capabilities, volumes and UDP ports, which no event tells of, are named as such, so that silence is no proof. A program
//! is found by its file name where the declaration gives no path, and a script where its interpreter has it as an argument.
//! What a shell in a declaration starts is not looked into.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

use serde::Serialize;

use super::{
    diff::load,
    document::{Act, Change, Document},
};
use crate::{
    args::{IntentReport, Output},
    diff::code,
    escape::escape,
    print,
    server::{CliError, Server},
    show::table,
};

/// What a document's note begins with where a dimension was not watched.
pub(crate) const UNWATCHED: &str = "nobody watches the dimension ";

/// What is odd about an intent.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Oddity {
    /// unused, undeclared or unknown.
    kind: &'static str,
    what: String,
    /// Where it is declared, or in how many windows it was seen.
    by: String,
    advice: &'static str,
}

pub(crate) async fn report(
    server: &Server,
    args: IntentReport,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let mut observed = load(server, &args.image).await?;
    let Some(mut document) = observed.drain(..).next() else {
        return Err(CliError::Document("the file holds no document; give one of `intent export`".to_owned()));
    };
    if let Some(declared) = &args.declared {
        let wanted = load(server, declared).await?;
        let one = match &args.name {
            Some(name) => wanted.into_iter().find(|document| document.metadata.name == *name),
            None if wanted.len() == 1 => wanted.into_iter().next(),
            None => None,
        };
        let one = one.ok_or_else(|| {
            CliError::Document(format!(
                "{} holds no such document, or several; choose with --name",
                escape(declared)
            ))
        })?;
        document.declared = one.declared;
    }
    let odd = oddities(&document);
    if print::list(out, output, &odd, &odd)? {
        return Ok(());
    }
    match output {
        Output::Markdown => write!(out, "{}", markdown(&args.image, &odd))?,
        _ => writeln!(out, "{}", rows(&odd))?,
    }
    Ok(())
}

fn oddities(document: &Document) -> Vec<Oddity> {
    let mut odd = Vec::new();
    ports(document, &mut odd);
    programs(document, &mut odd);
    let mut unknown = |what: String, by: &str| {
        let advice = "no event tells whether it is used; try without it";
        odd.push(Oddity { kind: "unknown", what, by: by.to_owned(), advice });
    };
    for capability in document.declared.capabilities.iter().filter(|one| one.change == Change::Add) {
        unknown(format!("capability {}", capability.name), &capability.from);
    }
    for port in document.declared.ports.iter().filter(|port| port.protocol != "tcp") {
        unknown(format!("port {}/{}", port.port, port.protocol), &port.from);
    }
    for volume in &document.declared.volumes {
        unknown(format!("volume {}", volume.path), &volume.from);
    }
    odd.sort_by(|a, b| (a.kind, &a.what).cmp(&(b.kind, &b.what)));
    odd
}

fn watched(document: &Document, dimension: &str) -> bool {
    !document.notes.iter().any(|note| note.strip_prefix(UNWATCHED) == Some(dimension))
}

/// Windows in which each value of a dimension was seen.
fn seen<'a>(document: &'a Document, dimension: &str) -> BTreeMap<&'a str, u64> {
    let mut all = BTreeMap::new();
    for learned in document.learned.iter().filter(|learned| learned.behaviour.dimension == dimension) {
        *all.entry(learned.behaviour.value.as_str()).or_default() += learned.windows;
    }
    all
}

fn ports(document: &Document, odd: &mut Vec<Oddity>) {
    let listened: BTreeMap<u16, u64> = seen(document, "listen")
        .into_iter()
        .filter_map(|(value, windows)| Some((value.strip_prefix("tcp/")?.parse().ok()?, windows)))
        .collect();
    let declared = || document.declared.ports.iter().filter(|port| port.protocol == "tcp");
    for port in declared() {
        let range = port.port..=port.end.unwrap_or(port.port);
        if listened.range(range).next().is_some() {
            continue;
        }
        let end = port.end.map_or_else(String::new, |end| format!("-{end}"));
        let (kind, advice) = if watched(document, "listen") {
            ("unused", "take it out where it is declared")
        } else {
            ("unknown", "no source tells who listens; watch that first")
        };
        odd.push(Oddity {
            kind,
            what: format!("port {}{end}/tcp", port.port),
            by: port.from.clone(),
            advice,
        });
    }
    for (port, windows) in listened {
        if !declared().any(|told| (told.port..=told.end.unwrap_or(told.port)).contains(&port)) {
            odd.push(Oddity {
                kind: "undeclared",
                what: format!("port {port}/tcp"),
                by: format!("{windows} windows"),
                advice: "declare it with EXPOSE or containerPort, or stop what listens",
            });
        }
    }
}

fn programs(document: &Document, odd: &mut Vec<Oddity>) {
    let declared = &document.declared;
    let mut commands: Vec<(&[String], &str)> = Vec::new();
    commands.extend(declared.command.iter().map(|command| (command.value.as_slice(), command.from.as_str())));
    let checks = declared.checks.iter().filter(|check| check.act == Act::Exec);
    commands.extend(checks.map(|check| (check.argv.as_slice(), check.from.as_str())));
    let run = seen(document, "spawn");
    let mut meant = BTreeSet::new();
    for (argv, from) in &commands {
        let Some(program) = argv.first() else { continue };
        let found: Vec<&str> = run.keys().copied().filter(|path| is(path, program)).collect();
        // A script runs as its interpreter, with itself as an argument.
        let scripts = document.learned.iter().map(|learned| &learned.behaviour);
        let scripts = scripts.filter(|of| of.dimension == "arguments");
        let by: Vec<&str> = scripts
            .filter(|of| of.value.split(' ').any(|word| word.contains('/') && is(word, program)))
            .map(|of| of.context.as_str())
            .collect();
        if found.is_empty() && by.is_empty() {
            let (kind, advice) = match watched(document, "spawn") {
                true => (
                    "unused",
                    "take it out, or look why it never ran; what a link points to has another name",
                ),
                false => ("unknown", "no source tells what runs; watch that first"),
            };
            odd.push(Oddity { kind, what: format!("program {program}"), by: (*from).to_owned(), advice });
        }
        meant.extend(found.into_iter().chain(by));
    }
    // Without any declared command nothing can be beside it.
    if commands.is_empty() {
        return;
    }
    for (path, windows) in run.into_iter().filter(|(path, _)| !meant.contains(path)) {
        odd.push(Oddity {
            kind: "undeclared",
            what: format!("program {path}"),
            by: format!("{windows} windows"),
            advice: "approve or deny it by `intent apply`; a script of the entrypoint may start it",
        });
    }
}

/// Whether a program that ran is one that is declared; of a multi-call binary by its applet.
fn is(ran: &str, declared: &str) -> bool {
    let applet = ran.strip_suffix(']').and_then(|path| path.rsplit_once('[')).map(|(_, applet)| applet);
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    if let Some(applet) = applet {
        return applet == name(declared);
    }
    if declared.starts_with('/') { ran == declared } else { name(ran) == name(declared) }
}

fn rows(odd: &[Oddity]) -> String {
    if odd.is_empty() {
        return "All that is declared was used, and nothing else.".to_owned();
    }
    let mut table = table(&["KIND", "WHAT", "BY", "ADVICE"]);
    for Oddity { kind, what, by, advice } in odd {
        table.add_row([(*kind).to_owned(), escape(what), escape(by), (*advice).to_owned()]);
    }
    table.trim_fmt()
}

fn markdown(image: &str, odd: &[Oddity]) -> String {
    let mut text = format!("## Declared and observed of {}\n\n", code(&escape(image)));
    if odd.is_empty() {
        text.push_str("All that is declared was used, and nothing else.\n");
    }
    for Oddity { kind, what, by, advice } in odd {
        text.push_str(&format!("- {kind}: {} ({}); {advice}\n", code(&escape(what)), code(&escape(by))));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{
        super::document::{Behaviour, Fact, Learned, Metadata, Port},
        *,
    };

    fn document() -> Document {
        let mut document = Document::new(Metadata::default());
        let learned = |dimension: &str, value: &str| Learned {
            behaviour: Behaviour { dimension: dimension.into(), context: "c".into(), value: value.into() },
            windows: 3,
            ..Learned::default()
        };
        document.learned = vec![
            learned("listen", "tcp/80"),
            learned("listen", "tcp/4444"),
            learned("spawn", "/usr/sbin/nginx"),
            learned("spawn", "/bin/busybox[wget]"),
            learned("spawn", "/bin/nc"),
        ];
        let port = |port| Port { port, end: None, protocol: "tcp".into(), name: None, from: "f:1".into() };
        document.declared.ports = vec![port(80), port(443)];
        document.declared.command = Some(Fact { value: vec!["nginx".into()], from: "f:2".into() });
        document
    }

    fn told(document: &Document) -> Vec<(&'static str, String)> {
        oddities(document).into_iter().map(|odd| (odd.kind, odd.what)).collect()
    }

    #[test]
    fn what_is_declared_and_unused_and_what_is_used_and_undeclared_is_told_and_nothing_else() {
        let mut document = document();
        let expected = [
            ("undeclared", "port 4444/tcp"),
            ("undeclared", "program /bin/busybox[wget]"),
            ("undeclared", "program /bin/nc"),
            ("unused", "port 443/tcp"),
        ];
        assert_eq!(told(&document), expected.map(|(kind, what)| (kind, what.to_owned())));
        document.declared.command = Some(Fact { value: vec!["/opt/nginx".into()], from: "f:2".into() });
        assert!(told(&document).contains(&("unused", "program /opt/nginx".to_owned())));
    }

    #[test]
    fn a_script_counts_as_run_where_its_interpreter_has_it_as_an_argument() {
        let mut document = document();
        document.declared.command = Some(Fact { value: vec!["/app/run".into()], from: "f:2".into() });
        assert!(told(&document).contains(&("unused", "program /app/run".to_owned())));
        document.learned.push(Learned {
            behaviour: Behaviour {
                dimension: "arguments".into(),
                context: "/bin/nc".into(),
                value: "-e /app/run".into(),
            },
            ..Learned::default()
        });
        let told = told(&document);
        assert!(
            !told.iter().any(|(_, what)| what.ends_with("/app/run") || what.ends_with("/bin/nc")),
            "{told:?}"
        );
    }

    #[test]
    fn what_nobody_watched_is_not_called_unused() {
        let mut document = document();
        document.notes.push(format!("{UNWATCHED}listen"));
        assert!(told(&document).contains(&("unknown", "port 443/tcp".to_owned())));
    }

    #[test]
    fn a_program_is_meant_by_its_path_or_its_name_and_of_a_multi_call_binary_by_the_applet() {
        assert!(is("/usr/sbin/nginx", "nginx") && is("/bin/busybox[sh]", "/bin/sh"));
        assert!(!is("/tmp/nginx", "/usr/sbin/nginx") && !is("/bin/busybox[wget]", "/bin/busybox"));
    }
}
