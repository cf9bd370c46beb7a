//! What a profile says. That AppArmor's parser takes it, and takes each path for just that path, is tested in
//! `cli/tests/policies.rs`.

use proptest::prelude::*;

use super::{
    super::fixture::{deny, document, hostile, said, say_just},
    *,
};
use crate::intent::{document::Document, report::UNWATCHED};

fn made(document: &Document, action: Action) -> (Vec<String>, Vec<String>) {
    let policy = policy(&Known::of(document), action);
    let Body::Text(text) = policy.body else { panic!("no text") };
    (policy.comments, text.lines().map(|line| line.trim().trim_end_matches(',').to_owned()).collect())
}

#[test]
fn what_is_known_may_run_and_what_is_denied_is_only_where_the_profile_does_not_just_complain() {
    let mut document = document(&[("spawn", "/bin/web"), ("spawn", "/usr/bin/["), ("spawn", "/tmp/<any>")]);
    deny(&mut document, "spawn", "/bin/nc");
    let (comments, lines) = made(&document, Action::Audit);
    assert_eq!(
        lines[0],
        "profile intent-deployment-web-f1223d3b flags=(attach_disconnected,mediate_deleted,complain) {"
    );
    for rule in
        ["\"/bin/web\" ix", "\"/usr/bin/\\[\" ix", "\"/tmp/**\" ix", "ptrace (read, readby, tracedby)"]
    {
        assert!(lines.contains(&rule.to_owned()), "{rule}: {lines:?}");
    }
    for rule in ["mount", "ptrace", "/** ix", "deny \"/bin/nc\" x"] {
        assert!(!lines.contains(&rule.to_owned()), "{rule}: {lines:?}");
    }
    assert!(said(&comments, "A hint") && said(&comments, "It only complains"), "{comments:?}");
    let (_, lines) = made(&document, Action::Block);
    assert!(lines.contains(&"deny \"/bin/nc\" x".to_owned()) && !lines[0].contains("complain"), "{lines:?}");
}

#[test]
fn who_mounts_or_traces_may_and_where_nobody_watched_all_may() {
    let mut seen = document(&[("call", "mount /data"), ("call", "attach to a process (refused)")]);
    seen.notes = vec![format!("{UNWATCHED}spawn")];
    let mut unwatched = document(&[("spawn", "/<any>")]);
    unwatched.notes = vec![format!("{UNWATCHED}call")];
    for document in [seen, unwatched] {
        let (_, lines) = made(&document, Action::Block);
        for rule in ["mount", "ptrace", "/** ix"] {
            assert!(lines.contains(&rule.to_owned()), "{rule}: {lines:?}");
        }
    }
}

proptest! {
    #[test]
    fn a_path_stays_within_its_quotes_and_comes_back_from_them(path in hostile()) {
        let path = format!("/{path}");
        let (comments, lines) = made(&document(&[("spawn", "/bin/web"), ("spawn", &path)]), Action::Audit);
        let mut values = Vec::new();
        for line in lines.iter().filter(|line| line.starts_with('"')) {
            let inside = line.strip_prefix('"').and_then(|line| line.strip_suffix("\" ix")).unwrap();
            let inside = inside.strip_suffix("**").filter(|folder| folder.ends_with('/')).unwrap_or(inside);
            let literal = inside.replace("\\134", "\\\u{1}").replace("\\042", "\\\u{2}");
            let (mut value, mut letters) = (String::new(), literal.chars());
            while let Some(c) = letters.next() {
                prop_assert!(!"\"*?[]{}".contains(c), "{}", line);
                value.push(if c == '\\' { letters.next().unwrap() } else { c });
            }
            let value = value.replace('\u{1}', "\\").replace('\u{2}', "\"");
            values.push(value);
        }
        let left = said(&comments, "Programs that are known but can't be named here");
        let any = lines.contains(&"/** ix".to_owned());
        let just = say_just(values.iter().map(String::as_str), &path);
        prop_assert!(any && values.is_empty() || values == ["/bin/web"] && left || just, "{:?}", lines);
    }
}
