//! Compose files that are odd and valid, and such as are not.

use super::*;
use crate::intent::document::{Act, Fact, When};

fn all(text: &str) -> Vec<Document> {
    read(&Source::of("x", text)).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// The document of a service with these fields, of which the first is in line 3.
fn of(fields: &str) -> Document {
    let text = format!("services:\n  web:\n{}", indented(fields));
    all(&text).remove(0)
}

fn refused(text: &str) -> String {
    match read(&Source::of("x", text)) {
        Ok(documents) => panic!("{text}\n{documents:?}"),
        Err(error) => error.to_string(),
    }
}

fn indented(fields: &str) -> String {
    fields.lines().map(|line| format!("    {line}\n")).collect()
}

fn fact<T>(value: T, line: u64) -> Option<Fact<T>> {
    Some(Fact { value, from: format!("x:{line}") })
}

fn ports(document: &Document) -> Vec<String> {
    let one = |port: &crate::intent::document::Port| match port.end {
        Some(end) => format!("{}-{end}/{}", port.port, port.protocol),
        None => format!("{}/{}", port.port, port.protocol),
    };
    document.declared.ports.iter().map(one).collect()
}

/// As `path<source` with `:ro`, each behind its line.
fn volumes(document: &Document) -> Vec<String> {
    let one = |volume: &crate::intent::document::Volume| {
        let read_only = if volume.read_only { ":ro" } else { "" };
        format!("{} {}<{}{read_only}", volume.from, volume.path, volume.source.as_deref().unwrap_or("-"))
    };
    document.declared.volumes.iter().map(one).collect()
}

fn noted(document: &Document, note: &str) -> bool {
    document.notes.iter().any(|told| told == note)
}

/// `read_only: ${RO:-true}` was an "invalid boolean", since it was typed before the default was put in.
#[test]
fn flags_and_numbers_are_what_they_are_once_the_defaults_are_put_in() {
    let document = of("read_only: ${RO:-true}\nprivileged: \"${P:-no}\"\ninit: ${I:-yes}\n\
        healthcheck: {test: [CMD, a], disable: \"${OFF:-false}\", interval: \"${EVERY:-5}s\"}\n\
        ports: [{target: \"${PORT:-81}\", protocol: \"${PROTO:-udp}\"}, \"${A:-1}:${B:-82}\"]\n\
        volumes: [{type: volume, target: /v, read_only: \"${RO:-on}\"}]");
    let declared = &document.declared;
    assert_eq!((&declared.read_only_root, &declared.privileged), (&fact(true, 3), &fact(false, 4)));
    assert_eq!(declared.checks[0].period.as_deref(), Some("5s"));
    assert_eq!(declared.checks[0].act, Act::Exec);
    assert_eq!(ports(&document), ["81/udp", "82/tcp"]);
    assert_eq!(volumes(&document), ["x:8 /v<volume:ro"]);
    assert!(noted(&document, "an init of the engine starts the command: init at x:5"), "{document:?}");
    let off = of("healthcheck: {test: a, disable: \"${OFF:-true}\"}");
    assert_eq!(off.declared.checks[0].act, Act::Disabled);
}

#[test]
fn a_flag_or_a_number_that_nobody_knows_is_noted_and_not_guessed() {
    let document = of("read_only: ${RO}\nports: [{target: $PORT}]\nhealthcheck: {test: a, interval: $EVERY}");
    let declared = &document.declared;
    assert!(declared.read_only_root.is_none() && declared.ports.is_empty());
    assert_eq!(declared.checks[0].period, None);
    for note in [
        "read_only at x:3 is not known: RO has no value in this file",
        "target of a port at x:4 is not known: PORT has no value in this file",
        "interval of healthcheck at x:5 is not known: EVERY has no value in this file",
    ] {
        assert!(noted(&document, note), "{note}: {:?}", document.notes);
    }
}

/// A port as a text was "data did not match any variant of untagged enum PortEntry".
#[test]
fn ports_are_read_in_every_form_that_compose_knows() {
    let document =
        of("ports:\n  - {target: \"81\"}\n  - {target: 82, published: \"8080-8090\", host_ip: \"::1\"}\n\
          \x20 - \"[::1]:83:83\"\n  - \"127.0.0.1:5000-5001:5000-5001/udp\"\n  - \"6060-6061\"\n  - 84\n\
          \x20 - \"${HOST}:8080:85\"\n  - \"[::1]::86\"\nexpose: [87, \"88-89/UDP\"]");
    let mut expected =
        ["81/tcp", "82/tcp", "83/tcp", "84/tcp", "85/tcp", "86/tcp", "87/tcp"].map(str::to_owned).to_vec();
    expected.extend(["88-89/udp", "5000-5001/udp", "6060-6061/tcp"].map(str::to_owned));
    assert_eq!(ports(&document), expected);
    let open = of("ports: [\"80:${PORT}\", \"${A:?is due}:80\"]");
    assert_eq!(ports(&open), ["80/tcp"]);
    assert!(noted(&open, "the port 80:${PORT} at x:3 is not known"), "{:?}", open.notes);
}

/// Compose's tags for several files were "data did not match any variant of untagged enum Words".
#[test]
fn what_is_reset_is_not_there_and_what_is_an_override_is_itself() {
    let document =
        of("entrypoint: !override [a, b]\ncommand: !reset []\nports: !reset [80]\nuser: !reset null\n\
        read_only: !reset false\nenvironment: {A: !reset null, B:, C: 1}\nvolumes: !override\n  - /v");
    let declared = &document.declared;
    assert_eq!(declared.entrypoint, fact(vec!["a".to_owned(), "b".to_owned()], 3));
    assert_eq!(declared.command, declared.entrypoint);
    assert!(declared.cmd.is_none() && declared.ports.is_empty() && declared.read_only_root.is_none());
    assert_eq!(volumes(&document), ["x:10 /v<-"]);
    let names: Vec<&str> = declared.environment.iter().map(|name| name.value.as_str()).collect();
    assert_eq!(names, ["B", "C"]);
    assert!(noted(&document, "the user is the image's"));
    assert_eq!(all("services: {a: !reset null, b: {image: b}}").len(), 1);
}

/// `C:\x:/y:ro` was the path `\x` with the source `C`, and no longer read-only.
#[test]
fn a_volume_may_be_on_a_drive_of_windows() {
    let document = of(
        "volumes:\n  - C:\\x:/y:ro\n  - D:/a b:/z\n  - \\\\.\\pipe\\a:\\\\.\\pipe\\b\n  - C:\\w:D:\\v:rw\n\
          \x20 - ./a:/b:ro,z\n  - a:/c:nocopy\n  - \"${DIR:?is due: now}:/d:ro\"\n  - /e\n  - /f:/f:ro,rw",
    );
    let expected = [
        "x:8 /b<./a:ro",
        "x:10 /d<${DIR:?is due: now}:ro",
        "x:11 /e<-",
        "x:12 /f</f",
        "x:4 /y<C:\\x:ro",
        "x:5 /z<D:/a b",
        "x:7 D:\\v<C:\\w",
        "x:6 \\\\.\\pipe\\b<\\\\.\\pipe\\a",
        "x:9 nocopy<a:/c",
    ];
    let mut told = volumes(&document);
    told.sort();
    let mut expected: Vec<String> = expected.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(told, expected, "a name of one letter is a drive for Compose as well");
}

#[test]
fn a_namespace_of_the_host_is_a_fact_and_one_of_others_is_noted() {
    let document =
        of("network_mode: service:db\npid: container:x\nipc: shareable\nuserns_mode: host\nuts: host");
    assert_eq!(document.declared.host_namespaces, [fact("user".to_owned(), 6).unwrap()]);
    for note in [
        "it is in the network namespace of the service db: network_mode at x:3",
        "it is in the pid namespace of the container x: pid at x:4",
        "ipc is shareable at x:5",
        "uts is host at x:7",
    ] {
        assert!(noted(&document, note), "{note}: {:?}", document.notes);
    }
    let document = of("network_mode: ${NET:-host}\npid: host\nipc: host\nuserns_mode: keep-id");
    assert_eq!(document.declared.host_namespaces.len(), 3);
    assert!(noted(&document, "userns_mode is keep-id at x:6"), "{:?}", document.notes);
}

#[test]
fn hooks_are_checks_and_what_they_may_do_of_their_own_is_noted() {
    let document = of("post_start:\n  - {command: ./up --now, user: root, privileged: true}\n\
        pre_stop:\n  - command: [\"./down\", \"${HOW:-soft}\"]\n    environment: [\"TOKEN=hunter2\"]");
    let told: Vec<_> =
        document.declared.checks.iter().map(|check| (check.when, check.argv.join(" "))).collect();
    assert_eq!(told, [(When::PostStart, "./up --now".to_owned()), (When::PreStop, "./down soft".to_owned())]);
    assert_eq!(document.declared.checks[1].from, "x:6");
    for note in [
        "the post_start hook at x:4 runs as the user root",
        "the post_start hook at x:4 runs privileged",
        "the pre_stop hook at x:6 has variables of its own: TOKEN",
    ] {
        assert!(noted(&document, note), "{note}: {:?}", document.notes);
    }
    assert!(!format!("{document:?}").contains("hunter2"));
}

#[test]
fn secrets_configs_and_tmpfs_are_volumes() {
    let document = of("secrets: [key, {source: cert, target: /etc/cert}, {source: a, target: b}]\n\
        configs:\n  - http\n  - {source: app, target: /app.conf}\n\
        tmpfs:\n  - /run:size=64m,mode=755\n  - /tmp:ro");
    let mut expected = [
        "x:3 /etc/cert<secret cert:ro",
        "x:3 /run/secrets/b<secret a:ro",
        "x:3 /run/secrets/key<secret key:ro",
        "x:5 /http<config http:ro",
        "x:6 /app.conf<config app:ro",
        "x:8 /run<tmpfs",
        "x:9 /tmp<tmpfs:ro",
    ];
    let mut told = volumes(&document);
    told.sort();
    expected.sort_unstable();
    assert_eq!(told, expected);
}

#[test]
fn a_fact_without_a_place_in_documents_is_noted_with_its_own() {
    let document = of("devices: [\"/dev/ttyUSB0:/dev/tty:rwm\", {source: /dev/kvm, target: /dev/kvm}]\n\
        device_cgroup_rules: [\"c 1:3 mr\"]\ngroup_add: [audio, 44]\n\
        security_opt: [\"seccomp:unconfined\", apparmor=x, no-new-privileges]\nvolumes_from: [\"db:ro\"]\n\
        sysctls: {net.core.somaxconn: 1024}\nruntime: runsc\nuse_api_socket: true\n\
        extends: {file: base.yaml, service: base}\nenv_file: a.env\n\
        deploy: {resources: {reservations: {devices: [{driver: nvidia}]}}}\ngpus: all");
    for note in [
        "/dev/ttyUSB0:/dev/tty:rwm is a device of the host that it may use: devices at x:3",
        "/dev/kvm is a device of the host that it may use: devices at x:3",
        "c 1:3 mr is a rule for the devices that it may use: device_cgroup_rules at x:4",
        "audio is a group that it is in as well: group_add at x:5",
        "44 is a group that it is in as well: group_add at x:5",
        "the security option seccomp:unconfined is set at x:6",
        "the security option apparmor=x is set at x:6",
        "db:ro has volumes that are mounted here too: volumes_from at x:7",
        "the kernel parameter net.core.somaxconn is set at x:8",
        "runsc is the runtime that it needs: runtime at x:9",
        "it may use the engine itself, by its socket: use_api_socket at x:10",
        "it extends the service base of base.yaml, whose facts are not added: extends at x:11",
        "the user is that of the service it extends, or the image's",
        "names of variables in its env_file at x:12 are not read",
        "devices of the host are reserved for it: deploy at x:13",
        "all is what it may use of the GPUs: gpus at x:14",
    ] {
        assert!(noted(&document, note), "{note}: {:#?}", document.notes);
    }
    assert_eq!(document.declared.privilege_escalation, fact(false, 6));
    let document = &all("include: [a.yaml]\nservices: {a: {extends: b, image: a}}")[0];
    assert!(noted(document, "the file includes others at x:1, which are not read"), "{:?}", document.notes);
    assert!(document.notes.iter().any(|note| note.starts_with("it extends the service b, ")));
}

#[test]
fn a_health_check_is_a_text_for_a_shell_or_a_list_that_says_which_it_is() {
    let argv = |fields: &str| {
        of(fields).declared.checks.into_iter().next().map(|check| (check.act, check.argv.join(" ")))
    };
    for (test, told) in [
        ("test: curl $$URL", Some((Act::Exec, "/bin/sh -c curl $URL"))),
        ("test: [CMD-SHELL, 'a || b']", Some((Act::Exec, "/bin/sh -c a || b"))),
        ("test:\n    - CMD\n    - a\n    - 80", Some((Act::Exec, "a 80"))),
        ("test: [NONE]", Some((Act::Disabled, ""))),
        ("test: []", None),
        ("interval: 1m30.5s", None),
    ] {
        let told = told.map(|(act, argv)| (act, argv.to_owned()));
        assert_eq!(argv(&format!("healthcheck:\n  {test}")), told, "{test}");
    }
}

#[test]
fn anchors_merge_keys_extensions_and_the_spelling_of_numbers_are_as_in_the_file() {
    let text = "\
name: shop
x-env: &env
  A: 1e9
  B: hunter2
x-base: &base
  user: 010:0x1F
  cap_drop: &drop [ALL]
  environment: {<<: *env, C: [never, read]}
x-more: &more {read_only: yes}
services:
  one: {<<: [*base, *more], image: 1.10, x-own: {a: 1}, labels: {l: 1e9}}
  two:
    <<: *base
    user: ${UID:-${GID:-5}}
    cap_drop: *drop
    entrypoint: \"/bin/a 'b c' \\\"d\\\"\"
    command: >
      serve
      --port 80
    environment:
      - A=b=c
      - \"D\"
volumes: {data: {}}
";
    let documents = all(text);
    let [one, two] = &documents[..] else { panic!("{documents:?}") };
    assert_eq!(one.metadata.image.as_deref(), Some("1.10"));
    assert_eq!(one.declared.user, fact("010:0x1F".to_owned(), 6));
    assert_eq!(one.declared.read_only_root, fact(true, 9));
    assert_eq!(one.declared.capabilities[0].from, "x:7");
    let names = |document: &Document| {
        document
            .declared
            .environment
            .iter()
            .map(|name| format!("{} {}", name.value, name.from))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(one), ["A x:3", "B x:4", "C x:8"]);
    assert_eq!(names(two), ["A x:21", "D x:22"]);
    assert_eq!(two.declared.user, fact("5".to_owned(), 14));
    assert_eq!(two.declared.command.as_ref().unwrap().value, ["/bin/a", "b c", "d", "serve", "--port", "80"]);
    for (written, user) in [("010", "010"), ("1_000", "1_000"), ("0x1F", "0x1F"), ("1.50", "1.50")] {
        for (text, line) in [
            (format!("services: {{a: {{user: {written}}}}}"), 1),
            (format!("\u{feff}# ü\r\nservices:\r\n  a:\r\n    user: {written} # é\r\n"), 4),
        ] {
            assert_eq!(all(&text)[0].declared.user, fact(user.to_owned(), line), "{text:?}");
        }
    }
}

#[test]
fn an_empty_command_is_none_and_a_missing_one_is_the_images() {
    let document = of("entrypoint: []\ncommand: [a]");
    assert_eq!(document.declared.command.unwrap().value, ["a"]);
    let document = of("entrypoint: a && b");
    assert_eq!(document.declared.command.unwrap().value, ["a"]);
    let note = "Compose passes over what is in entrypoint from the & on at x:3";
    assert!(document.notes.iter().any(|told| told == note), "{:?}", document.notes);
    let document = of("entrypoint:\ncommand: ''");
    assert!(document.declared.entrypoint.is_none() && document.declared.command.is_none());
    assert!(document.notes.iter().any(|note| note == "the entrypoint is the image's"));
}

#[test]
fn what_does_not_fit_is_told_in_words_with_its_place_and_a_way_out() {
    for (fields, error) in [
        ("read_only: maybe", "x:3:16: read_only is \"maybe\", neither true nor false; write true"),
        ("privileged: [true]", "x:3:17: privileged is a list, not a text; "),
        ("ports: 80", "x:3:12: ports is a text, not a list; "),
        ("ports: [{published: 80}]", "x:3:13: a port has no `target:`; "),
        ("ports: [{target: 99999}]", "x:3:22: target \"99999\" with protocol \"tcp\" is no port; "),
        ("ports: [80/http]", "x:3:13: \"80/http\" is no port of a container; "),
        ("ports: [[80]]", "x:3:13: an entry of ports is a list, not a text; "),
        ("ports: [null]", "x:3:13: an entry of ports is empty, not a text; "),
        ("command: {a: b}", "x:3:14: command is a mapping, not a text or a list of words; "),
        ("command: [a, [b]]", "x:3:18: a word of command is a list, not a text; "),
        ("volumes: ['ab::b']", "x:3:15: \"ab::b\" is no volume; "),
        ("volumes: [/a:/b:ro:x]", "x:3:15: \"/a:/b:ro:x\" is no volume; "),
        ("volumes: [{type: bind}]", "x:3:15: a volume has no `target:`; "),
        ("healthcheck: curl", "x:3:18: healthcheck is a text, not a mapping; "),
        ("healthcheck: {test: [curl, x]}", "x:3:25: test of healthcheck begins with \"curl\"; "),
        ("healthcheck: {interval: 30}", "x:3:29: \"30\" is no duration; "),
        ("post_start: [{user: a}]", "x:3:18: a hook of post_start has no `command:`; "),
        ("secrets: [{target: a}]", "x:3:15: a secret has no `source:`; "),
        ("environment: [{A: hunter2}]", "x:3:19: an entry of environment is a mapping, not NAME=value; "),
        ("environment: {~: hunter2}", "x:3:19: an entry of environment has no name; "),
        ("environment: hunter2", "x:3:18: environment is a text, not a mapping or a list; "),
        ("security_opt: [no-new-privileges:maybe]", "x:3:20: no-new-privileges is \"maybe\", "),
    ] {
        let told = refused(&format!("services:\n  web:\n{}", indented(fields)));
        assert!(told.starts_with(error), "{fields}\n{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn a_file_without_services_and_a_service_without_fields_are_told_with_their_place() {
    for (text, error) in [
        ("", "x: it has no services; "),
        ("name: a\n", "x:1:1: it has no services: there is no `services:`; "),
        ("name: a\nservices:\n", "x:2:1: it has no services; "),
        ("services: {}\n", "x:1:1: it has no services; "),
        ("services: {a: !reset null}\n", "x:1:1: it has no services; "),
        ("include: [a.yaml]\n", "x:1:10: it has no services of its own, only an include of other files; "),
        ("services: [a]\n", "x:1:11: services is a list, not a mapping; "),
        ("- a\n", "x:1:1: it is a list, not a Compose file; "),
        ("services:\n  web:\n  db: {image: a}\n", "x:2:3: the service web is empty, not a mapping; "),
        ("services:\n  ~: {image: a}\n", "x:2:3: a service has no name; "),
        ("services:\n  web: nginx\n", "x:2:3: the service web is a text, not a mapping; "),
    ] {
        let told = refused(text);
        assert!(told.starts_with(error), "{text:?}: {told}");
    }
}

#[test]
fn a_service_has_what_it_extends_in_the_same_file() {
    let file = "services:
  base:
    image: b
    user: '1'
    command: [x, z]
    environment: {A: 1, B: 2}
    ports: ['80']
    volumes: ['one:/d', 'two:/e']
    cap_add: [NET_ADMIN]
    healthcheck: {test: [CMD, t, u], interval: 5s}
  web:
    extends: {service: base}
    command: [y]
    environment: [C=3]
    ports: ['81']
    volumes: ['other:/d:ro']
    healthcheck: {interval: 9s}
    cap_add: !reset []
  next: {extends: '${WHICH:-web}', image: n, user: }
";
    let documents = all(file);
    let of = |name: &str| documents.iter().find(|document| document.metadata.name == name).unwrap();
    for (name, image) in [("web", "b"), ("next", "n")] {
        let Document { metadata, declared, notes, .. } = of(name);
        assert_eq!(metadata.image.as_deref(), Some(image));
        assert_eq!(declared.user, fact("1".to_owned(), 4));
        assert_eq!(declared.cmd, fact(vec!["y".to_owned()], 13));
        let names: Vec<_> =
            declared.environment.iter().map(|name| (name.value.as_str(), name.from.as_str())).collect();
        assert_eq!(names, [("A", "x:6"), ("B", "x:6"), ("C", "x:14")]);
        assert_eq!(ports(of(name)), ["80/tcp", "81/tcp"]);
        assert_eq!(volumes(of(name)), ["x:16 /d<other:ro", "x:8 /e<two"]);
        let check = &declared.checks[0];
        assert_eq!((check.argv.join(" ").as_str(), check.period.as_deref()), ("t u", Some("9s")));
        assert!(declared.capabilities.is_empty());
        assert!(!notes.iter().any(|note| note.contains("extends")), "{notes:?}");
    }
    let beyond = all("services: {a: {extends: b}, b: {extends: {file: f, service: c}, image: i}}");
    assert_eq!(beyond[0].metadata.image.as_deref(), Some("i"));
    assert!(noted(&beyond[0], "it extends the service c of f, whose facts are not added: extends at x:1"));
}

#[test]
fn services_that_extend_each_other_for_ever_are_refused_with_the_place() {
    let told = refused("services:\n  a: {extends: b}\n  b:\n    extends: a\n");
    assert!(told.starts_with("x:4:14: the service a extends itself in the end; "), "{told}");
    let chain: String = (0..20).map(|at| format!("  s{at}: {{extends: s{}}}\n", at + 1)).collect();
    let told = refused(&format!("services:\n{chain}  s20: {{image: i}}\n"));
    assert!(told.contains("the service s0 extends more than 16 others in turn; "), "{told}");
}
