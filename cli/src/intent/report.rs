//! `intent report`: what is declared but was never used, and what is used but not declared, with what to do about it.
//!
//! What events can show is compared as the server's console does it (`compared.rs`), and packages by whether any of their
//! programs ran. Capabilities, volumes and UDP ports, which no event tells of, are named as such, so that silence is no proof.

use std::{collections::BTreeSet, io::Write};

use super::{
    diff::load,
    document::{Act, Change, Document, Package},
};
use crate::{
    args::{IntentReport, Output},
    compared::{self, Declared, Oddity, Seen},
    diff::code,
    escape::escape,
    print,
    server::{CliError, Server},
    show::table,
};

/// What a document's note begins with where a dimension was not watched.
pub(crate) const UNWATCHED: &str = "nobody watches the dimension ";
/// The note where nobody declares a user.
pub(super) const AS_ROOT: &str = "no user is declared, so it starts as root";

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
        document.notes.retain(|note| note.starts_with(UNWATCHED));
        document.notes.extend(one.notes);
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
    let told = &document.declared;
    let mut declared = Declared::default();
    declared.commands.extend(told.command.iter().map(|one| (one.value.as_slice(), one.from.as_str())));
    let checks = told.checks.iter().filter(|check| check.act == Act::Exec);
    declared.commands.extend(checks.map(|check| (check.argv.as_slice(), check.from.as_str())));
    declared.possible = told.starts.iter().map(|one| one.value.as_slice()).collect();
    let ports = told.ports.iter().filter(|port| port.protocol == "tcp");
    declared.ports.extend(ports.map(|port| (port.port..=port.end.unwrap_or(port.port), port.from.as_str())));
    let seen: Vec<Seen<'_>> = document
        .learned
        .iter()
        .map(|learned| Seen {
            dimension: &learned.behaviour.dimension,
            context: &learned.behaviour.context,
            value: &learned.behaviour.value,
            windows: learned.windows,
        })
        .collect();
    // Of what nobody has observed nothing is unused.
    let watched = |dimension: &str| {
        let is_note = |note: &String| note.strip_prefix(UNWATCHED) == Some(dimension);
        !document.learned.is_empty() && !document.notes.iter().any(is_note)
    };
    let mut odd = compared::oddities(&declared, &seen, watched);
    let mut unknown = |what: String, by: &str| {
        let advice = "no event tells whether it is used; try without it";
        odd.push(Oddity { kind: "unknown", what, by: by.to_owned(), advice });
    };
    for capability in told.capabilities.iter().filter(|one| one.change == Change::Add) {
        unknown(format!("capability {}", capability.name), &capability.from);
    }
    for port in told.ports.iter().filter(|port| port.protocol != "tcp") {
        unknown(format!("port {}/{}", port.port, port.protocol), &port.from);
    }
    for volume in &told.volumes {
        unknown(format!("volume {}", volume.path), &volume.from);
    }
    // Notes say it where nobody declares one: another document, such as a Dockerfile, may leave it to its base image.
    let root = told.user.as_ref().filter(|user| matches!(user.value.split(':').next(), Some("root" | "0")));
    if root.is_some() || document.notes.iter().any(|note| note == AS_ROOT) {
        let by = root.map_or_else(|| "no user".to_owned(), |user| user.from.clone());
        let advice = "no event tells whether it needs root; declare another user";
        odd.push(Oddity { kind: "unknown", what: "user root".to_owned(), by, advice });
    }
    odd.extend(idle(document, watched("spawn")));
    odd.sort_by(|a, b| (a.kind, &a.what).cmp(&(b.kind, &b.what)));
    odd
}

/// Packages of which no program ran.
fn idle(document: &Document, watched: bool) -> Vec<Oddity> {
    let learned = || document.learned.iter().map(|learned| &learned.behaviour);
    let mut ran: BTreeSet<&str> = learned().map(|behaviour| place(&behaviour.context)).collect();
    ran.extend(learned().filter(|one| one.dimension == "spawn").map(|one| place(&one.value)));
    // A script runs as its interpreter, with itself as an argument.
    let words = learned().filter(|one| one.dimension == "arguments").flat_map(|one| one.value.split(' '));
    ran.extend(words.filter(|word| word.starts_with('/')).map(place));
    let idle = document.declared.packages.iter();
    let idle = idle.filter(|package| !package.programs.iter().any(|program| ran.contains(place(program))));
    let (kind, advice) = match watched {
        true => ("unused", "none of its programs ran; leave it out, if nothing needs its libraries"),
        false => ("unknown", "no source tells what runs; watch that first"),
    };
    let odd = |package: &Package| Oddity {
        kind,
        what: format!("package {}", package.name),
        by: package.from.clone(),
        advice,
    };
    idle.map(odd).collect()
}

/// Where a program is. Lists of packages call /usr/bin what is /bin by a link, or the other way round.
fn place(program: &str) -> &str {
    let path = program.split_once('[').map_or(program, |(path, _)| path);
    match path.strip_prefix("/usr") {
        Some(merged) if merged.starts_with("/bin/") || merged.starts_with("/sbin/") => merged,
        _ => path,
    }
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
    fn a_package_of_which_no_program_ran_can_be_left_out() {
        let mut document = document();
        let package = |name: &str, programs: &[&str]| Package {
            name: name.into(),
            programs: programs.iter().map(|path| (*path).to_owned()).collect(),
            from: "/var/lib/dpkg/info".into(),
        };
        document.declared.packages = vec![
            package("netcat", &["/usr/bin/nc", "/usr/bin/nc.traditional"]),
            package("busybox", &["/bin/busybox"]),
            package("apt", &["/usr/bin/apt", "/usr/bin/apt-get"]),
        ];
        let packages = |document: &Document| -> Vec<_> {
            told(document).into_iter().filter(|(_, what)| what.starts_with("package ")).collect()
        };
        assert_eq!(packages(&document), [("unused", "package apt".to_owned())]);
        document.notes.push(format!("{UNWATCHED}spawn"));
        assert_eq!(packages(&document), [("unknown", "package apt".to_owned())]);
        document.notes.clear();
        document.learned.clear();
        let unused = told(&document).into_iter().filter(|(kind, _)| *kind == "unused").count();
        assert_eq!((unused, packages(&document).len()), (0, 3), "nobody has observed anything");
    }

    #[test]
    fn who_starts_as_root_is_asked_whether_that_has_to_be() {
        let mut document = document();
        let root = ("unknown", "user root".to_owned());
        assert!(!told(&document).contains(&root), "nobody knows who it is");
        document.notes.push(AS_ROOT.to_owned());
        assert!(told(&document).contains(&root));
        document.notes.clear();
        for (user, is_root) in [("0:7", true), ("root", true), ("app", false)] {
            document.declared.user = Some(Fact { value: user.into(), from: "f:1".into() });
            assert_eq!(told(&document).contains(&root), is_root, "{user}");
        }
    }

    #[test]
    fn what_nobody_watched_is_not_called_unused() {
        let mut document = document();
        document.notes.push(format!("{UNWATCHED}listen"));
        assert!(told(&document).contains(&("unknown", "port 443/tcp".to_owned())));
    }
}
