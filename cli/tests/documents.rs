//! `plumbline intent lint`, `diff`, `sign` and `report` on files, by the real program; no server is there.
#![allow(clippy::unwrap_used, reason = "what can't be set up fails the test")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

const DOCUMENT: &str = "# kept by the shop's team
apiVersion: plumbline.dev/v1
kind: Intent
metadata: {name: web, image: 'shop/web:1.0'}
declared:
  ports: [{port: 80, protocol: tcp, from: 'Dockerfile:3'}]
learned:
- behaviour: {dimension: listen, context: /usr/bin/shop, value: tcp/9090}
  windows: 3
approved:
- behaviour: {dimension: spawn, context: /usr/bin/shop, value: /bin/sh}
  reason: the report is a script
";

fn plumbline(folder: &Path, line: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plumbline")).current_dir(folder).args(line).output().unwrap()
}

fn code_and_text(folder: &Path, line: &[&str]) -> (Option<i32>, String) {
    let output = plumbline(folder, line);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[test]
fn lint_tells_each_fault_with_its_line_and_column_and_says_nothing_of_a_sound_document() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), DOCUMENT).unwrap();
    assert_eq!(code_and_text(folder.path(), &["intent", "lint", "a.yaml"]), (Some(0), String::new()));
    let more = "- behaviour: {dimension: spawn, context: /usr/bin/shop, value: /bin/sh}
  reason: again
- behaviour: {dimension: spawn, context: a, value: b}
  reason: ''
  expires: 2020-01-01T00:00:00Z
- behaviour: {dimension: spawn, context: a, value: c}
  reason: r
  scope: namespace
  expires: soon
denied:
- behaviour: {dimension: spawn, context: a, value: b}
  reason: r
";
    fs::write(folder.path().join("a.yaml"), format!("{DOCUMENT}{more}")).unwrap();
    let (code, text) = code_and_text(folder.path(), &["intent", "lint", "a.yaml"]);
    let expected = "a.yaml:13:3: it is approved at a.yaml:11:3 already
a.yaml:15:3: a reason has 1 to 1024 bytes
a.yaml:15:3: it has expired; take it out
a.yaml:18:3: a namespace belongs to the scope namespace, and that to a namespace
a.yaml:18:3: expires is a time such as 2026-01-31T00:00:00Z
a.yaml:23:3: it is denied, but approved at a.yaml:15:3
";
    assert_eq!((code, text.as_str()), (Some(1), expected));
    for (wrong, place) in
        [("kind: Intent\n", "a.yaml:1:"), ("apiVersion: plumbline.dev/v2\n", "a.yaml:1:13: ")]
    {
        fs::write(folder.path().join("a.yaml"), wrong).unwrap();
        let (code, text) = code_and_text(folder.path(), &["intent", "lint", "a.yaml"]);
        assert!(code == Some(65) && text.contains(place), "{code:?} {text}");
    }
    let unseen = DOCUMENT.replace("windows: 3", "windows: 0\n  firstSeen: soon");
    fs::write(folder.path().join("a.yaml"), unseen).unwrap();
    let (code, text) = code_and_text(folder.path(), &["intent", "lint", "a.yaml"]);
    let of_learned = text.lines().filter(|line| line.starts_with("a.yaml:8:3: ")).count();
    assert_eq!((code, of_learned), (Some(1), 2), "{text}");
    fs::write(folder.path().join("a.yaml"), DOCUMENT.replace("windows", "window")).unwrap();
    let (code, text) = code_and_text(folder.path(), &["intent", "lint", "a.yaml"]);
    assert!(code == Some(65) && text.contains("a.yaml:9:3: ") && text.contains("window"), "{code:?} {text}");
}

/// These were taken, and `report` then advised to take port 90-80 out.
#[test]
fn lint_tells_what_no_document_can_mean() {
    let folder = tempfile::tempdir().unwrap();
    for (sound, faulty, expected) in [
        ("'shop/web:1.0'}", "x, digest: notadigest}", "a.yaml:4:11: a digest is sha256:"),
        ("{port: 80,", "{port: 0,", "a.yaml:6:11: a port is 1 to 65535"),
        ("{port: 80,", "{port: 80, end: 79,", "a.yaml:6:11: a port is 1 to 65535, and its end"),
        (
            "  ports:",
            "  starts: [{value: [], from: x}]\n  ports:",
            "a.yaml:6:12: a command begins with a program",
        ),
        ("protocol: tcp", "protocol: foo", "a.yaml:6:11: the protocol of a port is one of tcp, udp, sctp"),
        ("dimension: spawn", "dimension: nosuch", "a.yaml:11:3: nosuch is no dimension; there are spawn, "),
        ("dimension: listen", "dimension: ''", "a.yaml:8:3: a behaviour has a dimension"),
        (
            "windows: 3",
            "windows: 3\n  firstSeen: 2026-02-01T00:00:00Z\n  lastSeen: 2026-01-01T00:00:00Z",
            "a.yaml:8:3: lastSeen is before firstSeen",
        ),
    ] {
        assert!(DOCUMENT.contains(sound), "{sound}");
        fs::write(folder.path().join("a.yaml"), DOCUMENT.replace(sound, faulty)).unwrap();
        let (code, text) = code_and_text(folder.path(), &["intent", "lint", "a.yaml"]);
        assert!(
            code == Some(1) && text.lines().count() == 1 && text.starts_with(expected),
            "{expected}: {text}"
        );
        // And so it is not applied; no server is asked.
        let apply = ["--server", "http://127.0.0.1:1", "intent", "apply", "a.yaml"];
        let (code, text) = code_and_text(folder.path(), &apply);
        assert!(code == Some(65) && text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn two_files_differ_by_what_they_mean_and_the_exit_code_says_so_where_that_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), DOCUMENT).unwrap();
    let same = DOCUMENT.replace("windows: 3", "windows: 4").replace("Dockerfile:3", "Dockerfile:9");
    fs::write(folder.path().join("b.yaml"), same.replace("a script", "a program")).unwrap();
    let line = ["intent", "diff", "a.yaml", "b.yaml", "--exit-code"];
    let (code, text) = code_and_text(folder.path(), &line);
    assert!(code == Some(0) && text.contains("They say the same."), "{code:?} {text}");
    let other =
        DOCUMENT.replace("port: 80", "port: 81").replace("value: /bin/sh", "value: \"/bin/``[x](http://y)\"");
    fs::write(folder.path().join("b.yaml"), other).unwrap();
    let (code, text) = code_and_text(folder.path(), &[&line[..], &["-o", "markdown"]].concat());
    assert_eq!(code, Some(1));
    let expected = "## Intent of ` a.yaml ` and ` b.yaml `

### Only ` a.yaml `

- approved: ` spawn /bin/sh in /usr/bin/shop `
- declared: ` port 80/tcp `

### Only ` b.yaml `

- approved: ``` spawn /bin/``[x](http://y) in /usr/bin/shop ```
- declared: ` port 81/tcp `
";
    assert_eq!(text, expected);
    assert_eq!(code_and_text(folder.path(), &line[..4]).0, Some(0));
    let json = plumbline(folder.path(), &[&line[..4], &["-o", "json"]].concat()).stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["onlyB"][1]["what"], "port 81/tcp");
}

#[test]
fn a_report_of_an_exported_document_names_what_is_unused_and_undeclared() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), DOCUMENT).unwrap();
    let (code, text) = code_and_text(folder.path(), &["intent", "report", "a.yaml", "-o", "markdown"]);
    assert_eq!(code, Some(0));
    assert!(text.contains("- undeclared: ` port 9090/tcp ` (` 3 windows `)"), "{text}");
    assert!(text.contains("- unused: ` port 80/tcp ` (` Dockerfile:3 `)"), "{text}");
}

/// The example keys of RFC 8410, section 10.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";

#[test]
fn only_a_document_that_the_key_signed_and_nobody_changed_since_gets_as_far_as_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("a.yaml", DOCUMENT);
    write("key.pem", KEY);
    write("public.pem", PUBLIC);
    let apply = [
        "--server",
        "http://127.0.0.1:1",
        "intent",
        "apply",
        "a.yaml",
        "--verify-key",
        "public.pem",
        "--dry-run",
    ];
    let (code, text) = code_and_text(folder.path(), &apply);
    assert!(code == Some(65) && text.contains("a.yaml.sig can't be read"), "{code:?} {text}");
    let signed = code_and_text(folder.path(), &["intent", "sign", "a.yaml", "--key", "key.pem"]);
    assert_eq!(signed, (Some(0), "a.yaml.sig\n".to_owned()));
    assert_eq!(fs::read(folder.path().join("a.yaml.sig")).unwrap().len(), 64);
    // There is no server, and only then is it missed.
    assert_eq!(code_and_text(folder.path(), &apply).0, Some(69));
    write("a.yaml", &DOCUMENT.replace("# kept", "# read"));
    let (code, text) = code_and_text(folder.path(), &apply);
    assert!(code == Some(65) && text.contains("was changed since"), "{code:?} {text}");
    write("public.pem", KEY);
    assert_eq!(code_and_text(folder.path(), &apply).0, Some(65));
}

#[test]
fn a_policy_is_made_for_the_pods_that_are_named_and_says_first_what_it_can_not() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), DOCUMENT).unwrap();
    let convert = ["intent", "convert", "a.yaml", "--to", "networkpolicy"];
    assert_eq!(code_and_text(folder.path(), &convert).0, Some(64), "a policy for all pods");
    let (code, text) = code_and_text(folder.path(), &[&convert[..], &["--selector", "app=web"]].concat());
    assert!(
        code == Some(0) && text.starts_with("# Made by plumbline of the intent web.\n"),
        "{code:?} {text}"
    );
    assert!(
        text.contains("\n    matchLabels:\n      app: web\n") && text.contains("- port: 9090\n"),
        "{text}"
    );
}

#[test]
fn what_has_no_effect_on_a_target_is_refused_rather_than_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), DOCUMENT).unwrap();
    let convert = |more: &[&str]| {
        code_and_text(folder.path(), &[&["intent", "convert", "a.yaml", "--to"], more].concat())
    };
    for wrong in [
        &["falco", "--selector", "app=web"][..],
        &["falco", "--action", "audit"],
        &["apparmor", "--selector", "app=web"],
        &["cilium", "--selector", "app=web", "--action", "block"],
        &["tetragon"],
        &["kubearmor"],
    ] {
        assert_eq!(convert(wrong).0, Some(64), "{wrong:?}");
    }
    for (right, text) in [
        (&["cilium", "--selector", "app=web"][..], "kind: CiliumNetworkPolicy\n"),
        (&["tetragon", "--selector", "app=web", "--action", "block"], "kind: TracingPolicy\n"),
        (&["kubearmor", "--selector", "app=web"], "- path: /usr/bin/shop\n"),
        (&["falco"][..], "intent_web_listen"),
        (
            &["apparmor", "--action", "block"],
            "profile intent-web flags=(attach_disconnected,mediate_deleted) {",
        ),
    ] {
        let (code, printed) = convert(right);
        assert!(code == Some(0) && printed.contains(text), "{right:?}: {printed}");
    }
    fs::write(folder.path().join("a.yaml"), DOCUMENT.replace(", image: 'shop/web:1.0'", "")).unwrap();
    let (code, text) = convert(&["falco"]);
    assert!(code == Some(65) && text.contains("web: it names no image"), "{text}");
}

#[test]
fn an_export_of_a_large_baseline_can_be_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let entry = |number: u32| {
        format!(
            "- behaviour: {{dimension: spawn, context: /usr/bin/shop, value: /bin/{number:0150}}}\n  windows: 3\n"
        )
    };
    let text: String = (0..50_000).map(entry).collect();
    let (head, _) = DOCUMENT.split_once("- behaviour").unwrap();
    fs::write(folder.path().join("a.yaml"), format!("{head}{text}")).unwrap();
    assert_eq!(code_and_text(folder.path(), &["intent", "lint", "a.yaml"]), (Some(0), String::new()));
}
