//! What commands start, from argvs and scripts as images have them, and that hostile ones come to an end.

use super::{
    super::document::{Check, Metadata, When},
    *,
};

/// What an image starts in the end, of whose files these are known, and what is noted of it.
fn told(argv: &[&str], files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let mut document = Document::new(Metadata::default());
    let value = argv.iter().map(|&word| word.to_owned()).collect();
    document.declared.command = Some(Fact { value, from: "config".into() });
    add(&mut document, &mut |word| match files.iter().find(|(name, _)| *name == word) {
        Some((name, text)) => Found::of((*name).to_owned(), text.as_bytes()),
        None => Found::Program,
    });
    let starts = document.declared.starts;
    let starts = starts.into_iter().map(|fact| format!("{}: {}", fact.from, fact.value.join(" "))).collect();
    (starts, document.notes)
}

fn starts(argv: &[&str], files: &[(&str, &str)]) -> Vec<String> {
    let (starts, notes) = told(argv, files);
    assert_eq!(notes, Vec::<String>::new());
    starts
}

#[test]
fn wrappers_start_what_comes_behind_their_options_and_words() {
    for (argv, inner) in [
        ("tini -g -p SIGKILL -- nginx -g x", "nginx -g x"),
        ("gosu redis redis-server /etc/redis.conf", "redis-server /etc/redis.conf"),
        ("/usr/bin/env -u A B=c D=e java -jar a.jar", "java -jar a.jar"),
        ("timeout -k 5 30 curl x", "curl x"),
        ("setpriv --reuid=5 --clear-groups app", "app"),
        ("busybox httpd -f", "httpd -f"),
        ("find / -name x -exec chown a {} +", "chown a {}"),
    ] {
        let argv: Vec<&str> = argv.split(' ').collect();
        assert_eq!(starts(&argv, &[]), [format!("config: {inner}")]);
    }
    let both = ["config: gosu app sh -c exec nginx", "config: sh -c exec nginx", "config: nginx"];
    assert_eq!(starts(&["tini", "--", "gosu", "app", "sh", "-c", "exec nginx"], &[]), both);
    assert!(
        starts(&["nginx", "-g", "daemon off;"], &[]).is_empty(),
        "what a command is, is told as the command"
    );
}

#[test]
fn a_shells_text_starts_what_stands_in_it_and_what_it_is_given() {
    assert_eq!(starts(&["/bin/sh", "-c", "cd /a && exec node app.js"], &[]), ["config: node app.js"]);
    assert_eq!(starts(&["bash", "-euo", "pipefail", "-c", "exec app"], &[]), ["config: app"]);
    assert_eq!(starts(&["bash", "-ec", "\"$@\"", "zero", "a", "b"], &[]), ["config: a b"]);
    assert_eq!(starts(&["sh", "-c", "sh -c 'sh -c x'"], &[]).last().unwrap(), "config: x");
}

#[test]
fn an_entrypoint_script_starts_its_programs_and_the_cmd_that_it_passes_on() {
    let script = "#!/bin/sh\nset -e\nif [ \"${1#-}\" != \"$1\" ]; then\n\tset -- redis-server \"$@\"\nfi\n\
                  if [ \"$(id -u)\" = 0 ]; then\n\tfind . \\! -user redis -exec chown redis '{}' +\n\
                  \texec gosu redis \"$0\" \"$@\"\nfi\nhelp() { echo; }\nhelp\nexec \"$@\"\n";
    let entry = ["entry.sh", "redis-server", "--port", "1"];
    assert_eq!(
        starts(&entry, &[("entry.sh", script)]),
        [
            "entry.sh:4: redis-server redis-server --port 1",
            "entry.sh:6: id -u",
            "entry.sh:7: find . ! -user redis -exec chown redis {} +",
            "entry.sh:7: chown redis {}",
            "entry.sh:8: gosu redis entry.sh redis-server --port 1",
            "entry.sh:8: entry.sh redis-server --port 1",
            "entry.sh:12: redis-server --port 1",
        ]
    );
}

#[test]
fn scripts_that_a_script_reads_in_or_starts_are_followed_once() {
    let files = [
        ("/entry", "#!/bin/bash\n. /lib/a.sh\nsource /lib/a.sh\n/lib/b\nsh /lib/c one\n/entry"),
        ("/lib/a.sh", "of_a \"$1\"\n"),
        ("/lib/b", "#!/bin/dash\nof_b\n"),
        ("/lib/c", "of_c \"$@\""),
    ];
    let starts = starts(&["/entry"], &files);
    for line in ["/lib/a.sh:1: of_a \"$1\"", "/lib/b:2: of_b", "/lib/c:1: of_c one"] {
        assert_eq!(starts.iter().filter(|told| *told == line).count(), 1, "{line}: {starts:?}");
    }
}

#[test]
fn what_only_the_running_script_knows_is_noted_and_not_guessed() {
    let script = "#!/bin/sh\n$JAVA -jar a\neval \"$X\"\n. \"$F\"\nA=1 b \"$C\"\n";
    let (starts, notes) = told(&["/e"], &[("/e", script)]);
    assert_eq!(starts, ["/e:5: b \"$C\""]);
    assert_eq!(
        notes,
        [
            "what $JAVA at /e:2 starts is not known",
            "what is evaluated at /e:3 is not known",
            "what is read in at /e:4 is not known",
        ]
    );
    let (_, notes) = told(&["/e"], &[("/e", "#!/usr/bin/env python3\n")]);
    assert_eq!(notes, ["what /e starts is not told: it is a script of python3"]);
    let (_, notes) = told(&["/e"], &[("/e", "#!/bin/sh\nif then ((\n")]);
    assert_eq!(notes, ["what /e starts may be more than is told: the script is not all understood"]);
}

#[test]
fn a_file_that_is_not_at_hand_is_noted_of_the_command_and_of_checks() {
    let mut document = Document::new(Metadata::default());
    document.declared.checks.push(Check {
        when: When::Healthcheck,
        act: Act::Exec,
        argv: vec!["/check".into()],
        port: None,
        path: None,
        period: None,
        from: "config".into(),
    });
    add(&mut document, &mut |_| Found::Unknown);
    assert_eq!(document.notes, ["what /check starts is not known: its file is not at hand"]);
}

#[test]
fn however_scripts_call_each_other_there_is_an_end() {
    let text = "#!/bin/sh\nfor i in 1; do \"$0\" \"$@\" x; sh \"$0\" y \"$@\"; nohup \"$0\" z; done\n";
    let (starts, notes) = told(&["/e"], &[("/e", text)]);
    assert!(starts.len() <= STARTS && !notes.is_empty(), "{} {notes:?}", starts.len());
    let long = format!("#!/bin/sh\n{}", "a b\n".repeat(5000));
    assert_eq!(told(&["/e"], &[("/e", &long)]).0, ["/e:2: a b"]);
    let many: String = (0..5000).map(|number| format!("p{number}\n")).collect();
    let (starts, notes) = told(&["/e"], &[("/e", &format!("#!/bin/sh\n{many}"))]);
    assert_eq!((starts.len(), notes.len() > 1), (STARTS, true));
    // Each of these took a turn of its own on the stack, with a copy of the words.
    for word in ["exec ", "command ", "set -- ", "nohup ", "find -exec "] {
        for times in [100, 10_000] {
            let (starts, notes) = told(&["/e"], &[("/e", &format!("#!/bin/sh\n{}", word.repeat(times)))]);
            assert!(starts.len() <= STARTS && notes.len() == 1, "{word}: {} {notes:?}", starts.len());
        }
    }
}
