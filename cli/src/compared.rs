//! Declared against observed: what is declared and was never used, and what is used and was not declared.
//!
//! Only what events can show is compared: TCP ports that are listened on, and programs that run. What nobody watched is named as
//! unknown, so that silence is no proof. A program is found by its file name where the declaration gives no path, and a script
//! where its interpreter has it as an argument. What a shell in a declaration starts is not looked into.
//!
//! The same lines are in `cli`, which compares documents, and in `server`, whose console compares what it knows: `cli` may use
//! nothing of ours but the wire, and a test compares the two.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use serde::Serialize;

/// What is declared, as far as events show whether it is used; each with where it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declared<'a> {
    /// Words of commands.
    pub(crate) commands: Vec<(&'a [String], &'a str)>,
    /// Words of commands that it may come to or not: no fault if they never ran.
    pub(crate) possible: Vec<&'a [String]>,
    /// TCP ports.
    pub(crate) ports: Vec<(RangeInclusive<u16>, &'a str)>,
}

/// A behaviour that was seen, and in how many windows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) dimension: &'a str,
    pub(crate) context: &'a str,
    pub(crate) value: &'a str,
    pub(crate) windows: u64,
}

/// What is odd about an intent.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Oddity {
    /// unused, undeclared or unknown.
    pub(crate) kind: &'static str,
    pub(crate) what: String,
    /// Where it is declared, or in how many windows it was seen.
    pub(crate) by: String,
    pub(crate) advice: &'static str,
}

/// By kind, then by what it is. `watched`: whether a dimension is.
pub(crate) fn oddities(
    declared: &Declared<'_>,
    seen: &[Seen<'_>],
    watched: impl Fn(&str) -> bool,
) -> Vec<Oddity> {
    let mut odd = Vec::new();
    ports(declared, seen, watched("listen"), &mut odd);
    programs(declared, seen, watched("spawn"), &mut odd);
    odd.sort_by(|a, b| (a.kind, &a.what).cmp(&(b.kind, &b.what)));
    odd
}

/// Windows in which each value of a dimension was seen.
fn values<'a>(seen: &[Seen<'a>], dimension: &str) -> BTreeMap<&'a str, u64> {
    let mut all: BTreeMap<&str, u64> = BTreeMap::new();
    for one in seen.iter().filter(|one| one.dimension == dimension) {
        let windows = all.entry(one.value).or_default();
        *windows = windows.saturating_add(one.windows);
    }
    all
}

fn ports(declared: &Declared<'_>, seen: &[Seen<'_>], watched: bool, odd: &mut Vec<Oddity>) {
    let listened: BTreeMap<u16, u64> = values(seen, "listen")
        .into_iter()
        .filter_map(|(value, windows)| Some((value.strip_prefix("tcp/")?.parse().ok()?, windows)))
        .collect();
    for (range, from) in &declared.ports {
        if listened.keys().any(|port| range.contains(port)) {
            continue;
        }
        let (first, last) = (range.start(), range.end());
        let end = if first == last { String::new() } else { format!("-{last}") };
        let (kind, advice) = if watched {
            ("unused", "take it out where it is declared")
        } else {
            ("unknown", "no source tells who listens; watch that first")
        };
        odd.push(Oddity { kind, what: format!("port {first}{end}/tcp"), by: (*from).to_owned(), advice });
    }
    for (port, windows) in listened {
        if !declared.ports.iter().any(|(range, _)| range.contains(&port)) {
            odd.push(Oddity {
                kind: "undeclared",
                what: format!("port {port}/tcp"),
                by: format!("{windows} windows"),
                advice: "declare it with EXPOSE or containerPort, or stop what listens",
            });
        }
    }
}

fn programs(declared: &Declared<'_>, seen: &[Seen<'_>], watched: bool, odd: &mut Vec<Oddity>) {
    let run = values(seen, "spawn");
    let mut meant = BTreeSet::new();
    for (words, from) in &declared.commands {
        let Some(program) = words.first() else { continue };
        let found: Vec<&str> = run.keys().copied().filter(|path| is(path, program)).collect();
        // A script runs as its interpreter, with itself as an argument.
        let by: Vec<&str> = seen
            .iter()
            .filter(|one| one.dimension == "arguments")
            .filter(|one| one.value.split(' ').any(|word| word.contains('/') && is(word, program)))
            .map(|one| one.context)
            .collect();
        if found.is_empty() && by.is_empty() {
            let (kind, advice) = match watched {
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
    for program in declared.possible.iter().filter_map(|words| words.first()) {
        meant.extend(run.keys().copied().filter(|path| is(path, program)));
    }
    // Without any declared command nothing can be beside it.
    if declared.commands.is_empty() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_meant_by_its_path_or_its_name_and_of_a_multi_call_binary_by_the_applet() {
        assert!(is("/usr/sbin/nginx", "nginx") && is("/bin/busybox[sh]", "/bin/sh"));
        assert!(!is("/tmp/nginx", "/usr/sbin/nginx") && !is("/bin/busybox[wget]", "/bin/busybox"));
    }

    #[test]
    fn a_range_of_ports_that_ends_before_it_begins_is_told_and_ends_nothing() {
        // It did: a map asked for such a range panics.
        let declared = Declared { ports: vec![(RangeInclusive::new(443, 80), "f:1")], ..Declared::default() };
        let seen = [Seen { dimension: "listen", context: "c", value: "tcp/100", windows: 1 }];
        let told: Vec<_> = oddities(&declared, &seen, |_| true).into_iter().map(|odd| odd.what).collect();
        assert_eq!(told, ["port 100/tcp", "port 443-80/tcp"]);
    }
}
