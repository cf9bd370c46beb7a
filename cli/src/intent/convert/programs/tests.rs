//! What is known may run, whatever its name, and what is denied to all may not.

use super::{
    super::fixture::{command, deny, deny_for, document, file, hostile, said},
    *,
};
use proptest::prelude::*;

fn made(document: &super::super::super::document::Document) -> Programs {
    programs(&Known::of(document), |path| !path.contains(' '))
}

fn set(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|one| (*one).to_owned()).collect()
}

#[test]
fn names_that_vary_widen_to_their_folder_and_applets_to_their_file_and_both_are_said() {
    let mut document = document(&[
        ("spawn", "/bin/busybox[wget]"),
        ("spawn", "/usr/bin/["),
        ("spawn", "/opt/x[y]"),
        ("spawn", "/tmp/<any>/run"),
        ("spawn", "/tmp/fixed"),
        ("spawn", "/my programs/x"),
        ("spawn", "(unknown)"),
        ("spawn", "/bin/\u{fffd}"),
    ]);
    command(&mut document, &["/usr/bin/web", "-v"]);
    let programs = made(&document);
    assert_eq!(programs.paths, set(&["/bin/busybox", "/opt/x[y]", "/usr/bin/[", "/usr/bin/web"]));
    assert_eq!((programs.folders, programs.any), (set(&["/tmp/"]), false));
    for beginning in
        ["Programs that are many in one file", "Names of programs vary in", "Programs that are known but"]
    {
        assert!(said(&programs.comments, beginning), "{:?}", programs.comments);
    }
}

#[test]
fn a_name_that_a_server_cut_is_all_that_is_below_its_folder() {
    let long = format!("/opt/{}", "x".repeat(507));
    assert_eq!(long.len(), CUT);
    let programs = made(&document(&[("spawn", &long)]));
    assert_eq!((programs.paths, programs.folders), (set(&[]), set(&["/opt/"])));
}

#[test]
fn only_a_denial_of_one_file_that_nobody_may_run_is_kept_and_the_others_are_said() {
    let mut document = document(&[("spawn", "/bin/sh"), ("spawn", "/bin/nc")]);
    deny_for(&mut document, "/usr/bin/web", "spawn", "/bin/sh");
    for denied in ["/bin/nc", "/bin/busybox[nc]", "/tmp/<any>"] {
        deny(&mut document, "spawn", denied);
    }
    let programs = made(&document);
    assert_eq!((programs.paths, programs.denied), (set(&["/bin/sh"]), set(&["/bin/nc"])));
    let unsaid = "Denied, but not forbidden here, since only some may not run it or it can't be named: /bin/busybox[nc], /bin/sh, \
                  /tmp/<any>.";
    assert!(programs.comments.iter().any(|comment| comment == unsaid), "{:?}", programs.comments);
}

/// A program of which only later events are known, as after a collector came late, was taken for unknown.
#[test]
fn a_program_that_does_something_may_run_though_nobody_saw_it_start_unless_that_is_denied() {
    let mut document = document(&[("listen", "tcp/80"), ("listen", "tcp/81"), ("accept", "private")]);
    for (learned, context) in document.learned.iter_mut().zip(["/bin/web", "/bin/nc", "/bin/web tcp/80"]) {
        learned.behaviour.context = context.into();
    }
    deny(&mut document, "spawn", "/bin/nc");
    let programs = made(&document);
    assert_eq!((programs.paths, programs.denied), (set(&["/bin/web"]), set(&["/bin/nc"])));
}

proptest! {
    #[test]
    fn what_is_known_may_run_or_is_left_out_aloud(values in proptest::collection::vec(hostile(), 0..5)) {
        let values: Vec<String> = values.iter().map(|value| format!("/{value}")).collect();
        let learned: Vec<(&str, &str)> = values.iter().map(|value| ("spawn", value.as_str())).collect();
        let programs = made(&document(&learned));
        let left = said(&programs.comments, "Programs that are known but can't be named here");
        for value in &values {
            let is = programs.paths.contains(value) || programs.paths.contains(file(value)) || programs.any;
            prop_assert!(is || left || programs.folders.iter().any(|folder| value.starts_with(folder)), "{}", value);
        }
    }
}
