//! `plumbline intent from`, the real program on files: what it prints is golden (`UPDATE=1` writes it anew), and what is
//! broken or means harm is refused with its place and in bounded time.
#![allow(clippy::unwrap_used, reason = "what can't be set up fails the test")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use ring::digest::{SHA256, digest};

/// Runs it where the files are, so that facts name them as they would in a repository.
fn plumbline(folder: &Path, line: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plumbline")).current_dir(folder).args(line).output().unwrap()
}

fn told(folder: &Path, line: &[&str]) -> String {
    let output = plumbline(folder, line);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
    text
}

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn is_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{name} is not what it was; if that is meant, run with UPDATE=1");
}

#[test]
fn every_kind_of_file_says_what_it_declares_and_where_and_never_a_value_of_the_environment() {
    for (kind, file) in [
        ("dockerfile", "Dockerfile"),
        ("compose", "compose.yaml"),
        ("k8s", "k8s.yaml"),
        ("image", "inspect.json"),
    ] {
        let text = told(&fixtures(), &["intent", "from", kind, file]);
        assert!(!text.contains("hunter2") && text.contains("DB_PASSWORD"), "{text}");
        is_golden(&format!("{kind}.yaml"), &text);
    }
}

#[test]
fn a_stage_can_be_named_and_an_argument_of_the_build_given() {
    let line = ["intent", "from", "dockerfile", "Dockerfile", "--target", "web", "--build-arg", "UID=5"];
    assert!(told(&fixtures(), &line).contains("value: 5:shop\n"));
    let base = told(&fixtures(), &["intent", "from", "dockerfile", "Dockerfile", "--target", "1"]);
    assert!(base.contains("- inherited\n") && !base.contains("command:"), "{base}");
    let none = plumbline(&fixtures(), &["intent", "from", "dockerfile", "Dockerfile", "--target", "x"]);
    assert_eq!(none.status.code(), Some(65));
}

#[test]
fn an_entrypoint_of_its_own_does_away_with_the_cmd_that_a_stage_took_over_but_not_with_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let base = "FROM scratch AS base\nCMD [\"a\"]\n";
    for (rest, command) in [
        ("FROM base\nENTRYPOINT [\"e\"]\n", "- e\n    from"),
        ("FROM base\nCMD [\"b\"]\nENTRYPOINT [\"e\"]\n", "- e\n    - b\n    from"),
        ("FROM base\n", "- a\n    from"),
        (
            "FROM base AS x\nENTRYPOINT [\"e\"]\nFROM x\nentrypoint [ ]\nCMD [\"c\", \"\"]\n",
            "- c\n    - \"\"\n    from",
        ),
        ("FROM base\nENTRYPOINT e $HOME\n", "- /bin/sh\n    - -c\n    - e $HOME\n    from"),
    ] {
        fs::write(folder.path().join("Dockerfile"), format!("{base}{rest}")).unwrap();
        let text = told(folder.path(), &["intent", "from", "dockerfile", "Dockerfile"]);
        assert!(text.contains(&format!("  command:\n    value:\n    {command}")), "{rest}\n{text}");
    }
}

#[test]
fn what_is_broken_or_means_harm_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let refs = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("a{level}: &a{level} [{refs}]\n");
    }
    let deep = format!("services: {}", "[".repeat(10_000));
    let long = format!("services: {{}} #{}", "x".repeat(17 << 20));
    for (kind, text, place) in [
        ("k8s", "kind: Pod\nspec:\n  containers:\n  - name: [a]\n", "x:4:11: "),
        (
            "k8s",
            "kind: Pod\nspec:\n  containers:\n  - name: a\n    ports: [{containerPort: 99999}]\n",
            "x:5:29: no number up to 65535; ",
        ),
        ("k8s", "kind: Pod\nspec: {}\n", "x:1:7: the Pod has no containers; "),
        ("k8s", "kind: Pod\nspec:\n\tcontainers: []\n", "x:3:"),
        ("k8s", "a: 1\n", "x:1:1: an object has no `kind:`; "),
        ("k8s", "kind: Pod\nkind: Pod\n", "x:2:1: duplicate mapping key `kind` is not allowed here; "),
        ("k8s", &bomb, "x:"),
        ("compose", "services:\n  web:\n    entrypoint: a 'b\n", "x:3:17: a quote in it does not end; "),
        ("compose", "services:\n  web:\n    ports: 80\n", "x:3:"),
        ("compose", "services:\n  web:\n    ports: [{target: 0}]\n", "x:3:22: target \"0\" "),
        ("compose", "services: {}\n", "x:1:1: it has no services"),
        ("compose", &deep, "x:1:"),
        ("compose", &long, "more than 16 MiB"),
        ("dockerfile", "FROM a\nENTRY b\n", "x:2:1: "),
        ("dockerfile", "RUN a\n", "x:"),
        // One that was tried as a list and as one image said of neither where it is wrong.
        ("image", "{\"config\": {\"User\": 5}}", "x:1:21: invalid type: integer `5`, expected a string; "),
        (
            "image",
            "[{\"Config\":\n{\"Cmd\": \"a\"}}]",
            "x:2:11: invalid type: string \"a\", expected a sequence; ",
        ),
        ("image", "[\n{,\n", "x:2:2: "),
        ("image", "{}", "it has no `config`"),
    ] {
        fs::write(folder.path().join("x"), text).unwrap();
        let output = plumbline(folder.path(), &["intent", "from", kind, "x"]);
        let error = String::from_utf8(output.stderr).unwrap();
        let said = &text[..text.len().min(80)];
        assert_eq!(output.status.code(), Some(65), "{said}: {error}");
        assert!(error.contains(place), "{said}: {error}");
        assert!(error.len() < 600 && error.lines().count() == 1, "{error}");
    }
    fs::write(folder.path().join("x"), b"a: 1\nkind: \xff").unwrap();
    let output = plumbline(folder.path(), &["intent", "from", "k8s", "x"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(65) && error.contains("x:2:7: it is no text; "), "{error}");
    assert_eq!(plumbline(folder.path(), &["intent", "from", "k8s", "none"]).status.code(), Some(65));
}

#[test]
fn letters_that_nobody_sees_never_reach_the_terminal_and_stay_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let text = "services: {web: {command: [\"a\\e[2J\", \"\\u202Eb\", \"\\U000E0041\"]}}\n";
    fs::write(folder.path().join("x"), text).unwrap();
    let told = told(folder.path(), &["intent", "from", "compose", "x"]);
    let shown = told.replace('\n', "");
    assert!(!shown.contains(|c: char| c.is_control() || c == '\u{202e}' || c == '\u{e0041}'), "{shown}");
    assert!(
        shown.contains("\\u001b[2J") && shown.contains("\\u202eb") && shown.contains("\\U000e0041"),
        "{shown}"
    );
}

/// A layout with one image, and the digest of its config.
fn layout(folder: &Path, config: &str) -> String {
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    let write = |text: &str| {
        let hex =
            digest(&SHA256, text.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect::<String>();
        fs::write(blobs.join(&hex), text).unwrap();
        format!("sha256:{hex}")
    };
    let config = write(config);
    let manifest = write(&format!("{{\"config\": {{\"digest\": \"{config}\"}}}}"));
    let index = write(&format!(
        "{{\"manifests\": [{{\"digest\": \"{manifest}\", \"platform\": {{\"os\": \"linux\"}}}}]}}"
    ));
    let name = "\"annotations\": {\"org.opencontainers.image.ref.name\": \"shop/web:2.0\"}";
    let top = format!("{{\"manifests\": [{{\"digest\": \"{index}\", {name}}}]}}");
    fs::write(folder.join("index.json"), top).unwrap();
    config
}

#[test]
fn an_oci_layout_and_a_tar_of_it_tell_the_same_image_by_the_digest_of_its_config() {
    let folder = tempfile::tempdir().unwrap();
    let oci = folder.path().join("oci");
    let history = "x".repeat(3000);
    let config = layout(&oci, &format!("{{\"config\": {{\"Cmd\": [\"a\"]}}, \"history\": [\"{history}\"]}}"));
    let text = told(folder.path(), &["intent", "from", "image", "oci"]);
    assert!(text.contains(&format!("image: shop/web:2.0\n  digest: {config}\n")), "{text}");
    let mut tar = tar::Builder::new(fs::File::create(folder.path().join("oci.tar")).unwrap());
    tar.append_dir_all("", &oci).unwrap();
    tar.finish().unwrap();
    let of_tar = told(folder.path(), &["intent", "from", "image", "oci.tar"]);
    assert_eq!(of_tar.replace("oci.tar", "oci"), text);
}

#[test]
fn a_blob_that_is_not_what_its_digest_says_and_an_index_that_leads_elsewhere_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config = layout(folder.path(), "{\"config\": {}}");
    let blob = folder.path().join("blobs").join(config.replace(':', "/"));
    fs::write(blob, "{\"config\": {\"User\": \"0\"}}").unwrap();
    let output = plumbline(folder.path(), &["intent", "from", "image", "."]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("has another digest"));
    fs::write(
        folder.path().join("index.json"),
        "{\"manifests\": [{\"digest\": \"sha256:../../../etc/passwd\"}]}",
    )
    .unwrap();
    let output = plumbline(folder.path(), &["intent", "from", "image", "."]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("no SHA-256 digest"));
}

#[test]
fn an_image_of_docker_save_is_found_by_the_manifest_of_the_tar() {
    let folder = tempfile::tempdir().unwrap();
    let mut tar = tar::Builder::new(fs::File::create(folder.path().join("x.tar")).unwrap());
    for (name, text) in [
        ("abc.json", "{\"config\": {\"Entrypoint\": [\"/e\"], \"User\": \"5\"}}"),
        ("manifest.json", "[{\"Config\": \"abc.json\", \"RepoTags\": [\"a/b:1\"], \"Layers\": []}]"),
    ] {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_cksum();
        tar.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    tar.finish().unwrap();
    let text = told(folder.path(), &["intent", "from", "image", "x.tar"]);
    assert!(
        text.contains("image: a/b:1\n") && text.contains("value: \"5\"\n    from: x.tar#/config/User\n"),
        "{text}"
    );
}

/// The commands that a document of the first of some says are started, each behind where it says so, and the notes.
fn starts(folder: &Path, line: &[&str]) -> (Vec<String>, String) {
    let documents: serde_json::Value =
        serde_json::from_str(&told(folder, &[line, &["-o", "json"]].concat())).unwrap();
    let told = |place: &str| documents.pointer(place).cloned().unwrap_or_default();
    let list = told("/0/declared/starts").as_array().cloned().unwrap_or_default();
    let one = |fact: &serde_json::Value| {
        let words: Vec<String> = serde_json::from_value(fact["value"].clone()).unwrap();
        format!("{}: {}", fact["from"].as_str().unwrap(), words.join(" "))
    };
    (list.iter().map(one).collect(), told("/0/notes").to_string())
}

#[test]
fn a_script_that_a_dockerfile_copies_says_what_the_image_starts_and_nothing_outside_the_folder_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let build = folder.path().join("build");
    fs::create_dir_all(build.join("deploy/bin")).unwrap();
    fs::write(folder.path().join("secret"), "#!/bin/sh\nsecret\n").unwrap();
    fs::write(build.join("deploy/bin/run.sh"), "#!/bin/sh\nmigrate --all\nexec \"$@\"\n").unwrap();
    std::os::unix::fs::symlink(folder.path().join("secret"), build.join("link.sh")).unwrap();
    let of = |text: &str| {
        fs::write(build.join("Dockerfile"), text).unwrap();
        starts(folder.path(), &["intent", "from", "dockerfile", "build/Dockerfile"])
    };
    let run = ["build/deploy/bin/run.sh:2: migrate --all", "build/deploy/bin/run.sh:3: serve -p 80"];
    for text in [
        "COPY deploy/bin/run.sh /usr/local/bin/\nENTRYPOINT [\"run.sh\"]",
        "WORKDIR /app\nCOPY deploy/bin/run.sh ./start\nENTRYPOINT [\"./start\"]",
        "ADD deploy /app\nENTRYPOINT [\"tini\", \"--\", \"/app/bin/run.sh\"]",
        "COPY . /src/\nENTRYPOINT [\"sh\", \"/src/deploy/bin/run.sh\"]",
        "ENV PATH=/opt/b:$PATH\nCOPY deploy/bin /opt/b/\nENTRYPOINT [\"run.sh\"]",
    ] {
        let (starts, _) = of(&format!("FROM base\n{text}\nCMD [\"serve\", \"-p\", \"80\"]\n"));
        assert!(run.iter().all(|line| starts.iter().any(|told| told == line)), "{text}: {starts:?}");
    }
    let (here, _) = of("FROM base\nCOPY <<E /run\n#!/bin/sh\nexec serve\nE\nENTRYPOINT [\"/run\"]\n");
    assert!(here[0].ends_with(": serve"), "{here:?}");
    for text in [
        "COPY --from=other deploy/bin/run.sh /run.sh\nENTRYPOINT [\"/run.sh\"]",
        "COPY link.sh /run.sh\nENTRYPOINT [\"/run.sh\"]",
        "COPY ../secret /run.sh\nENTRYPOINT [\"/run.sh\"]",
    ] {
        let (starts, notes) = of(&format!("FROM base\n{text}\n"));
        assert!(starts.is_empty() && notes.contains("/run.sh starts is not known"), "{text}: {starts:?}");
    }
}

/// A layer with these files; a text that begins with `->` is a link.
fn layer(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        if let Some(to) = text.strip_prefix("-> ") {
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_size(0);
            tar.append_link(&mut header, path, to).unwrap();
        } else {
            header.set_size(text.len() as u64);
            tar.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
    }
    tar.into_inner().unwrap()
}

/// What `docker save` writes of an image, as `x.tar`.
fn save(folder: &Path, config: &str, layers: &[Vec<u8>]) {
    let mut tar = tar::Builder::new(fs::File::create(folder.join("x.tar")).unwrap());
    let mut add = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, bytes).unwrap();
    };
    layers.iter().enumerate().for_each(|(number, layer)| add(&format!("{number}.tar"), layer));
    let names: Vec<String> = (0..layers.len()).map(|number| format!("\"{number}.tar\"")).collect();
    add("c.json", config.as_bytes());
    add(
        "manifest.json",
        format!("[{{\"Config\": \"c.json\", \"Layers\": [{}]}}]", names.join(", ")).as_bytes(),
    );
    tar.finish().unwrap();
}

#[test]
fn a_script_in_the_layers_of_an_image_says_what_it_starts_as_a_container_would_see_it() {
    let folder = tempfile::tempdir().unwrap();
    let script = |program: &str| format!("#!/bin/sh\nexec {program} \"$@\"\n");
    let (old, new) = (script("old"), script("new"));
    let lowest = layer(&[("usr/bin/entry", &old), ("opt/app/run", &old), ("gone", &old)]);
    let middle = layer(&[("usr/bin/entry", &new), ("entry.sh", "-> usr/bin/entry"), (".wh.gone", "")]);
    let highest = layer(&[("opt/.wh.app", ""), ("etc/x", "")]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &middle).unwrap();
    let layers = [lowest, gzip.finish().unwrap(), zstd::encode_all(highest.as_slice(), 1).unwrap()];
    let of = |entrypoint: &str| {
        let config = format!("{{\"config\": {{\"Entrypoint\": [\"{entrypoint}\"], \"Cmd\": [\"-v\"]}}}}");
        save(folder.path(), &config, &layers);
        starts(folder.path(), &["intent", "from", "image", "x.tar"])
    };
    for entrypoint in ["entry", "/bin/entry", "/entry.sh"] {
        assert_eq!(of(entrypoint).0, ["/usr/bin/entry:2: new -v"], "{entrypoint}");
    }
    for entrypoint in ["/opt/app/run", "/gone", "/none"] {
        let (starts, notes) = of(entrypoint);
        assert!(starts.is_empty() && notes.contains("its file is not at hand"), "{entrypoint}: {starts:?}");
    }
}

#[test]
fn a_layer_that_is_not_what_its_digest_says_gives_no_script() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = folder.path().join("blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    let put = |bytes: &[u8]| {
        let hex: String = digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        fs::write(blobs.join(&hex), bytes).unwrap();
        hex
    };
    let good = put(&layer(&[("e", "#!/bin/sh\ngood\n")]));
    let config = put(b"{\"config\": {\"Entrypoint\": [\"/e\"]}}");
    let manifest = put(format!(
        "{{\"config\": {{\"digest\": \"sha256:{config}\"}}, \"layers\": [{{\"digest\": \"sha256:{good}\"}}]}}"
    )
    .as_bytes());
    let index = format!("{{\"manifests\": [{{\"digest\": \"sha256:{manifest}\"}}]}}");
    fs::write(folder.path().join("index.json"), index).unwrap();
    let line = ["intent", "from", "image", "."];
    assert_eq!(starts(folder.path(), &line).0, ["/e:2: good"]);
    fs::write(blobs.join(&good), layer(&[("e", "#!/bin/sh\nevil\n")])).unwrap();
    let (starts, notes) = starts(folder.path(), &line);
    assert!(starts.is_empty() && notes.contains("its file is not at hand"), "{starts:?}");
}

#[test]
fn packages_are_told_with_their_programs_as_the_layers_leave_them_and_only_if_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let lowest = layer(&[
        ("var/lib/dpkg/info/curl.list", "/.\n/usr/bin\n/usr/bin/curl\n/usr/share/doc/curl/README\n"),
        ("var/lib/dpkg/info/libc6:amd64.list", "/lib/x86_64-linux-gnu/libc.so.6\n/sbin/ldconfig\n"),
        ("var/lib/dpkg/info/curl.md5sums", "0  usr/bin/not-this\n"),
        ("var/lib/dpkg/status.d/openssl.md5sums", "0123  usr/bin/openssl\n4567  etc/ssl/openssl.cnf\n"),
        ("lib/apk/db/installed", "P:gone\nF:bin\nR:gone\n"),
        ("var/lib/dpkg/info/python3-minimal.list", "/usr/bin/python3\n"),
        ("usr/bin/python3", "-> python3.13"),
        ("usr/bin/python3.13", "a program"),
    ]);
    let highest = layer(&[
        ("var/lib/dpkg/info/.wh.curl.list", ""),
        ("lib/apk/db/installed", "P:busybox\nF:bin\nR:busybox\nZ:x\n\nP:tz\nF:usr/share\nR:zone\n"),
        ("var/lib/rpm/rpmdb.sqlite", "anything"),
    ]);
    save(folder.path(), "{\"config\": {}}", &[lowest, highest]);
    let of = |line: &[&str]| -> serde_json::Value {
        let line = [&["intent", "from", "image", "x.tar", "-o", "json"], line].concat();
        serde_json::from_str::<serde_json::Value>(&told(folder.path(), &line)).unwrap()[0].clone()
    };
    let package = |name: &str, program: &str, from: &str| serde_json::json!({"name": name, "programs": [program], "from": from});
    let document = of(&["--packages"]);
    let mut linked =
        package("python3-minimal", "/usr/bin/python3", "/var/lib/dpkg/info/python3-minimal.list");
    linked["programs"] = serde_json::json!(["/usr/bin/python3", "/usr/bin/python3.13"]);
    let expected = [
        package("busybox", "/bin/busybox", "/lib/apk/db/installed"),
        package("libc6", "/sbin/ldconfig", "/var/lib/dpkg/info/libc6:amd64.list"),
        package("openssl", "/usr/bin/openssl", "/var/lib/dpkg/status.d/openssl.md5sums"),
        linked,
    ];
    assert_eq!(document["declared"]["packages"], serde_json::Value::from(expected.to_vec()));
    assert!(document["notes"].to_string().contains("packages of RPM are not told"), "{document}");
    assert!(of(&[])["declared"].get("packages").is_none());
}

#[test]
fn a_fact_of_an_image_is_from_the_step_of_its_history_that_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let config = r##"{"config": {"User": "app", "ExposedPorts": {"80/tcp": {}, "81/tcp": {}}, "Cmd": ["/serve", "-v"],
        "Env": ["SECRET=of-nobody"], "Healthcheck": {"Test": ["CMD-SHELL", "ok"]}},
        "history": [{"created_by": "/bin/sh -c #(nop)  USER root"}, {"created_by": "EXPOSE map[80/tcp:{}]", "empty_layer": true},
        {"created_by": "USER app"}, {"created_by": "ENV SECRET=of-nobody"}, {"created_by": "CMD [\"/other\"]"},
        {"created_by": "HEALTHCHECK &{[\"CMD-SHELL\" \"ok\"] \"0s\"}"}, {}]}"##;
    save(folder.path(), config, &[]);
    let text = told(folder.path(), &["intent", "from", "image", "x.tar", "-o", "json"]);
    let documents: serde_json::Value = serde_json::from_str(&text).unwrap();
    let from = |place: &str| {
        documents.pointer(&format!("/0/declared/{place}/from")).and_then(|from| from.as_str()).unwrap()
    };
    assert_eq!(from("user"), "x.tar#/history/2");
    assert_eq!((from("ports/0"), from("ports/1")), ("x.tar#/history/1", "x.tar#/config/ExposedPorts"));
    assert_eq!(from("environment/0"), "x.tar#/history/3");
    assert_eq!(from("cmd"), "x.tar#/config/Cmd", "the step says something else");
    assert_eq!(from("checks/0"), "x.tar#/history/5");
    assert!(!text.contains("of-nobody"), "the value of a variable was told");
}

/// Each kind that runs containers, in the place where it has its pod.
#[test]
fn every_controller_of_kubernetes_declares_its_containers() {
    let folder = tempfile::tempdir().unwrap();
    let pod = "containers: [{name: web, image: shop/web, ports: [{containerPort: 80}]}]";
    let template = format!("template: {{spec: {{{pod}}}}}");
    let kinds = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"];
    let mut objects: Vec<(&str, String)> = kinds.map(|kind| (kind, template.clone())).into();
    objects.push(("Pod", pod.to_owned()));
    objects.push(("CronJob", format!("schedule: '5 * * * *', jobTemplate: {{spec: {{{template}}}}}")));
    for (kind, spec) in objects {
        let object = format!("{{apiVersion: v1, kind: {kind}, metadata: {{name: x}}, spec: {{{spec}}}}}");
        for text in [object.clone(), format!("{{apiVersion: v1, kind: List, items: [{object}]}}")] {
            fs::write(folder.path().join("k.yaml"), text).unwrap();
            let told = told(folder.path(), &["intent", "from", "k8s", "k.yaml", "-o", "json"]);
            let documents: serde_json::Value = serde_json::from_str(&told).unwrap();
            let of = |place: &str| documents.pointer(place).cloned().unwrap_or_default();
            assert_eq!(of("/0/metadata/workload/kind"), kind, "{told}");
            assert_eq!(of("/0/declared/ports/0/port"), 80, "{kind}");
            assert_eq!(of("/0/declared/schedule/value").is_string(), kind == "CronJob", "{kind}");
        }
    }
}
