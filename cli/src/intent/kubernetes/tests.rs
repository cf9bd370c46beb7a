//! What is told of manifests as people write them, and of those that leave something out.

use super::{
    super::starts::{self, Found},
    *,
};

/// What is read of a manifest, as `intent from k8s` makes it.
fn read(text: &str) -> (Vec<Document>, Vec<String>) {
    let (documents, passed) = super::read(&Source::of("k.yaml", text)).unwrap();
    let with_starts = documents.into_iter().map(|mut document| {
        starts::add(&mut document, &mut |_| Found::Program);
        document.sorted()
    });
    (with_starts.collect(), passed)
}

fn refused(text: &str) -> String {
    super::read(&Source::of("k.yaml", text)).unwrap_err().to_string()
}

/// The one container of a Pod, given what its pod and itself say.
fn pod(of_pod: &str, container: &str) -> Document {
    let text = format!("kind: Pod\nspec:\n  {of_pod}\n  containers:\n  - name: c\n    {container}\n");
    read(&text).0.remove(0)
}

fn started(document: &Document) -> Vec<String> {
    document.declared.starts.iter().map(|fact| fact.value.join(" ")).collect()
}

/// A Pod with `containers: []` was said to be no Kubernetes object, and one without a spec to run nothing.
#[test]
fn an_object_that_lacks_what_its_kind_has_is_refused_with_what_it_lacks_and_where() {
    for (text, error) in [
        ("kind: Pod\nspec:\n  containers: []\n", "k.yaml:3:15: the Pod has no containers; "),
        (
            "kind: List\nitems:\n- kind: Pod\n  spec: {containers: []}\n",
            "k.yaml:4:22: the Pod has no containers; ",
        ),
        ("kind: Pod\n", "k.yaml:1:7: the Pod has no spec; "),
        ("kind: Pod\nspec:\n", "k.yaml:1:7: the Pod has no spec; "),
        ("a: 1\n---\nkind: Job\nspec: {}\n", "k.yaml:1:1: an object has no `kind:`; "),
        ("kind: Secret\n---\nkind: Job\nspec: {}\n", "k.yaml:3:7: the Job has no pod in a template; "),
        ("kind: CronJob\nspec: {jobTemplate: {}}\n", "k.yaml:1:7: the CronJob has no pod in a template; "),
        ("kind: Secret\n---\n\nx:\n  a: 1\n", "k.yaml:4:1: an object has no `kind:`; "),
        ("kind: List\nitems:\n- kind: Secret\n- a: 1\n", "k.yaml:4:3: an object has no `kind:`; "),
        ("kind: List\nitems: []\n", "k.yaml:1:1: the list is empty; "),
        ("kind: Pod\nspec:\n  containers:\n  - image: a\n", "k.yaml:4:5: a container has no name; "),
        ("", "k.yaml: it holds no Kubernetes object; "),
    ] {
        assert!(refused(text).starts_with(error), "{text}: {}", refused(text));
    }
}

/// `$(FOO)` was taken for a shell's substitution, and a program FOO was told.
#[test]
fn a_reference_to_a_variable_starts_no_program_of_its_name() {
    let env =
        "env: [{name: FOO, value: /bin/foo}, {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]";
    let of = |command: &str| pod("", &format!("{env}\n    command: {command}"));
    let put_in = of("[/bin/sh, -c, 'exec $(FOO) --x']");
    assert_eq!(started(&put_in), ["/bin/foo --x"]);
    assert_eq!(put_in.declared.entrypoint.unwrap().value[2], "exec $(FOO) --x", "as it is written");
    let open = of("[/bin/sh, -c, '$(IP); exec app --host $(IP)']");
    assert_eq!(started(&open), ["app --host ${IP}"]);
    let note = "what $(IP) at k.yaml:7 stands for is not known: the manifest gives IP no value";
    assert_eq!(open.notes, ["the user is the image's", note, "what ${IP} at k.yaml:7 starts is not known"]);
    let escaped = of("[/bin/sh, -c, 'exec app $$(hostname) $(nproc)']");
    assert_eq!(started(&escaped), ["app $(hostname) $(nproc)", "hostname", "nproc"]);
    let args = pod("", "args: [--host, $(IP)]\n    envFrom: []");
    assert!(args.notes.contains(&note.replace(":7", ":6")), "{:?}", args.notes);
}

#[test]
fn kubernetes_puts_variables_into_probes_and_not_into_hooks() {
    let probe = "exec: {command: [sh, -c, 'exec $(FOO)']}";
    let of = |what: &str| pod("", &format!("env: [{{name: FOO, value: foo}}]\n    {what}"));
    assert_eq!(started(&of(&format!("livenessProbe: {{{probe}}}"))), ["foo"]);
    let hook = of(&format!("lifecycle: {{preStop: {{{probe}}}}}"));
    assert_eq!(hook.declared.checks[0].argv[2], "exec $(FOO)");
}

/// One without anything was told as a sleep.
#[test]
fn a_probe_or_a_hook_that_says_nothing_is_noted_and_sleep_is_told_where_it_is_said() {
    let empty = "livenessProbe: {}\n    startupProbe: {exec: {}, periodSeconds: 5}\n    \
                 lifecycle:\n      preStop: {}";
    let document = pod("", empty);
    assert!(document.declared.checks.is_empty());
    for note in ["livenessProbe at k.yaml:6", "startupProbe at k.yaml:7", "preStop at k.yaml:9"] {
        let note = format!("the {note} says nothing to do and is passed over");
        assert!(document.notes.contains(&note), "{note}: {:?}", document.notes);
    }
    let sleeps = pod("", "lifecycle: {preStop: {sleep: {seconds: 5}}}");
    assert_eq!(sleeps.declared.checks[0].act, Act::Sleep);
}

#[test]
fn a_document_is_named_by_the_names_there_are() {
    let of = |metadata: &str| {
        let text = format!("kind: Pod\n{metadata}\nspec: {{containers: [{{name: a}}]}}");
        read(&text).0.remove(0).metadata.name
    };
    assert_eq!(of(""), "pod/a");
    assert_eq!(of("metadata: {namespace: n}"), "pod/a");
    assert_eq!(of("metadata: {generateName: web-}"), "pod/web-/a");
}

#[test]
fn an_object_of_any_kind_is_read_where_it_has_a_template_of_pods_as_controllers_have() {
    let template = "template: {spec: {containers: [{name: a, image: i}]}}";
    for (text, name) in [
        (format!("kind: PodTemplate\nmetadata: {{name: x}}\n{template}"), "podtemplate/x/a"),
        (format!("kind: Rollout\nmetadata: {{name: x}}\nspec: {{strategy: 5, {template}}}"), "rollout/x/a"),
        (
            format!("kind: DeploymentConfig\nmetadata: {{name: x}}\nspec: {{{template}}}"),
            "deploymentconfig/x/a",
        ),
        (
            format!("kind: Service\nmetadata: {{name: x}}\nspec: {{{template}}}").replace("name: a, ", ""),
            "service/x",
        ),
    ] {
        let (documents, passed) = read(&text);
        assert_eq!((documents[0].metadata.name.as_str(), passed.len()), (name, 0), "{text}");
        let unnamed = documents[0].notes.iter().any(|note| note == "the container at k.yaml:3 has no name");
        assert_eq!(unnamed, name == "service/x", "{:?}", documents[0].notes);
    }
}

#[test]
fn what_is_not_read_is_passed_over_with_what_is_known_of_it() {
    let unknown = "Widget at k.yaml:1 is of a kind that is not known here; as far as is seen it";
    for spec in [
        "5",
        "x",
        "true",
        "1.5",
        "[{a: 1}]",
        "{template: x}",
        "{template: {spec: [1]}}",
        "{template: }",
        "{containers: 5, volumes: x, template: {spec: {volumes: []}}}",
        "{template: {spec: {containers: []}}}",
        "",
    ] {
        let (documents, passed) = read(&format!("kind: Widget\nmetadata: [x]\nspec: {spec}\n"));
        assert_eq!((documents.len(), passed.as_slice()), (0, [unknown.to_owned()].as_slice()), "{spec}");
    }
    assert_eq!(read("kind: Service\nspec: {template: x}\n").1, ["Service at k.yaml:1"]);
}

/// All of these were dropped without a word.
#[test]
fn what_a_document_has_no_place_for_is_noted_with_its_place() {
    let of_pod = "shareProcessNamespace: true\n  hostUsers: false\n  securityContext:\n    \
                  runAsNonRoot: true\n    fsGroup: 5\n    supplementalGroups: [6, 7]\n    \
                  seccompProfile: {type: Unconfined}\n    \
                  sysctls: [{name: net.core.somaxconn, value: '1'}]\n    windowsOptions: {hostProcess: true}";
    let container = "ports: [{containerPort: 80, hostPort: 8080}]\n    \
                     volumeDevices: [{name: d, devicePath: /dev/x}]\n    \
                     securityContext:\n      procMount: Unmasked\n      \
                     seccompProfile: {type: RuntimeDefault}\n      \
                     appArmorProfile: {type: Localhost, localhostProfile: p}\n      seLinuxOptions: {level: s0}";
    let document = pod(of_pod, container);
    let told = [
        ("appArmorProfile Localhost p", 19),
        ("fsGroup 5", 7),
        ("hostPort 8080", 14),
        ("hostUsers false", 4),
        ("procMount Unmasked", 17),
        ("runAsNonRoot true", 6),
        ("seLinuxOptions", 20),
        ("seccompProfile RuntimeDefault", 18),
        ("shareProcessNamespace true", 3),
        ("supplementalGroups 6", 8),
        ("supplementalGroups 7", 8),
        ("sysctl net.core.somaxconn", 10),
        ("volumeDevices /dev/x", 15),
        ("windowsOptions", 11),
    ];
    let told = told.map(|(what, line)| {
        format!("{what} is declared at k.yaml:{line}, which a document has no place for")
    });
    let notes: Vec<&String> = document.notes.iter().filter(|note| note.contains("no place for")).collect();
    assert_eq!(notes, told.iter().collect::<Vec<_>>());
    let of_host = pod("hostUsers: true", "image: i");
    assert_eq!(of_host.declared.host_namespaces, [Fact { value: "user".into(), from: "k.yaml:3".into() }]);
}

#[test]
fn who_a_pod_is_to_the_cluster_and_what_runs_it_is_noted() {
    let document = pod(
        "serviceAccountName: shop\n  automountServiceAccountToken: false\n  runtimeClassName: kata",
        "image: i",
    );
    for (what, line) in [
        ("serviceAccountName shop", 3),
        ("automountServiceAccountToken false", 4),
        ("runtimeClassName kata", 5),
    ] {
        let note = format!("{what} is declared at k.yaml:{line}, which a document has no place for");
        assert!(document.notes.contains(&note), "{note}: {:?}", document.notes);
    }
}

/// As the API server itself returns them.
#[test]
fn items_of_a_typed_list_are_of_its_kind() {
    let (documents, _) = read(
        "items: [{metadata: {name: x}, spec: {containers: [{name: a}]}}, {kind: Job, spec: {template: {spec: {containers: [{name: b}]}}}}]\nkind: PodList\n",
    );
    let names: Vec<&str> = documents.iter().map(|document| document.metadata.name.as_str()).collect();
    assert_eq!(names, ["pod/x/a", "job/b"]);
}

#[test]
fn ephemeral_containers_are_containers() {
    let (documents, _) =
        read("kind: Pod\nspec: {containers: [{name: a}], ephemeralContainers: [{name: b, image: i}]}\n");
    let names: Vec<&str> = documents.iter().map(|document| document.metadata.name.as_str()).collect();
    assert_eq!(names, ["pod/a", "pod/b"]);
}
