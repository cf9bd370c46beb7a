//! What the kubelet makes of a command, and that a value is told only where it names a program.

use super::*;

/// A command as a container of a pod has it that was given as YAML, and variables without a value.
fn run(container: &str, argv: &[&str], is_probe: bool) -> (Vec<String>, String) {
    let container: Container = serde_saphyr::from_str(container).unwrap();
    let of = if is_probe { Variables::of_probes(&container) } else { Variables::of_command(&container) };
    let mut unknown = BTreeSet::new();
    let argv: Vec<String> = argv.iter().map(|&word| word.to_owned()).collect();
    (of.run(&argv, &mut unknown), unknown.into_iter().collect::<Vec<_>>().join(" "))
}

const ENV: &str =
    "{name: a, env: [{name: BIN, value: /opt}, {name: APP, value: $(BIN)/app}, {name: LATE, value: $(END)x},
    {name: END, value: end}, {name: PASSWORD, value: hunter2}, {name: IP, valueFrom: {fieldRef: {}}},
    {name: OF_IP, value: 'x$(IP)'}, {name: DOLLARS, value: $$(BIN)}, {name: NONE}]}";

/// A text after `sh -c`.
fn text(text: &str) -> (String, String) {
    let (argv, unknown) = run(ENV, &["/bin/sh", "-ec", text, "zero"], false);
    (argv[2].clone(), unknown)
}

#[test]
fn the_first_word_has_the_values_that_stand_before_it_and_no_others() {
    for (word, expected, unknown) in [
        ("$(APP)", "/opt/app", ""),
        ("$(LATE)-$(NONE)-", "$(END)x--", ""),
        ("$$(APP)-$(DOLLARS)", "$(APP)-$(BIN)", ""),
        ("$(IP)/$(OF_IP)/$(WHO)", "$(IP)/$(OF_IP)/$(WHO)", "IP OF_IP WHO"),
        ("$(no such) $(low) $ $( $(BIN", "$(no such) $(low) $ $( $(BIN", ""),
    ] {
        assert_eq!(run(ENV, &[word], false), (vec![expected.to_owned()], unknown.to_owned()), "{word}");
    }
}

/// `exec $(APP)` was taken for a shell's substitution, and started a program APP.
#[test]
fn a_shells_text_begins_with_what_a_variable_says_and_keeps_what_only_looks_like_one() {
    for (written, expected, unknown) in [
        ("exec $(APP) --x", "exec /opt/app --x", ""),
        ("cd /a && \"$(BIN)/b\" x", "cd /a && \"/opt/b\" x", ""),
        ("exec $(IP) $(WHO)", "exec ${IP} ${WHO}", "IP WHO"),
        ("kill $(pidof app) $(hostname)", "kill $(pidof app) $(hostname)", ""),
        ("$$(APP) $$x", "$(APP) $x", ""),
        ("app $(cat $(BIN))", "app $(cat $(BIN))", ""),
    ] {
        assert_eq!(text(written), (expected.to_owned(), unknown.to_owned()), "{written}");
    }
}

#[test]
fn a_value_that_names_no_program_is_never_told() {
    assert_eq!(text("exec app --password=$(PASSWORD)").0, "exec app --password=${PASSWORD}");
    assert_eq!(text("a=$(PASSWORD) exec app \"$(PASSWORD)\"").0, "a=${PASSWORD} exec app \"${PASSWORD}\"");
    let (argv, _) = run(ENV, &["app", "$(PASSWORD)", "$(BIN)", "$$x"], false);
    assert_eq!(argv, ["app", "$(PASSWORD)", "$(BIN)", "$$x"]);
    let container: Container = serde_saphyr::from_str(ENV).unwrap();
    assert!(!format!("{container:?}").contains("hunter2"));
}

#[test]
fn names_that_come_from_elsewhere_may_be_any_and_those_in_capitals_always_may() {
    let from = "{name: a, envFrom: [{configMapRef: {name: c}}]}";
    for (container, is_probe, expected, unknown) in [
        (from, false, "${host} ${HOST} $(pidof x)", "HOST host"),
        ("{name: a}", false, "$(host) ${HOST} $(pidof x)", "HOST"),
        (from, true, "$(host) ${HOST} $(pidof x)", "HOST"),
    ] {
        let (argv, told) = run(container, &["sh", "-c", "$(host) $(HOST) $(pidof x)"], is_probe);
        assert_eq!((argv[2].as_str(), told.as_str()), (expected, unknown), "{container}");
    }
}

/// The kubelet takes the variables of a probe as the manifest writes them.
#[test]
fn in_a_probe_values_are_as_they_are_written_and_those_from_elsewhere_empty() {
    let (argv, unknown) = run(ENV, &["$(APP)$(IP)"], true);
    assert_eq!((argv[0].as_str(), unknown.as_str()), ("$(BIN)/app", ""));
    assert_eq!(run(ENV, &["sh", "-c", "ping $(IP)"], true).0[2], "ping ");
}

#[test]
fn the_text_of_a_shell_is_found_behind_wrappers_and_options_and_nowhere_else() {
    for (argv, at) in [
        ("tini -- bash -euo pipefail -c TEXT x", Some(6)),
        ("sh -c -- TEXT", Some(3)),
        ("sh -e /run.sh -c TEXT", None),
        ("sh -e", None),
        ("app -c TEXT", None),
    ] {
        let argv: Vec<String> = argv.split(' ').map(str::to_owned).collect();
        assert_eq!(text_of_shell(&argv), at, "{argv:?}");
    }
}

#[test]
fn however_values_are_nested_a_command_grows_no_further_than_can_be_told() {
    let mut env = format!("{{name: V0, value: {}}}", "x".repeat(1000));
    for level in 1..40 {
        env += &format!(", {{name: V{level}, value: '$(V{0})$(V{0})'}}", level - 1);
    }
    let container = format!("{{name: a, env: [{env}]}}");
    let (argv, unknown) = run(&container, &["$(V39)"], false);
    assert_eq!((argv[0].as_str(), unknown.as_str()), ("$(V39)", "V39"));
    let (argv, _) = run(&container, &["$(V1)$(V1)$(V1)"], false);
    assert_eq!(argv, ["$(V1)$(V1)$(V1)"]);
    let open = "$(".repeat(1 << 20);
    assert_eq!(run(&container, &[&open], false).0, [open]);
}
