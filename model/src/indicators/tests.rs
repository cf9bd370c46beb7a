//! Rules: which load, what they hit, what they leave alone.

mod own;

use super::*;
use crate::event::{Process, UNKNOWN_ID};
use crate::weights::FITTED;
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::LazyLock};

const SHELL: &str = "
title: A shell
tags: [attack.execution, attack.t1059.004]
logsource: {category: process_creation, product: linux}
detection:
    shell: {Image|endswith: /sh}
    condition: shell
level: high
";

fn own() -> &'static Indicators {
    static OWN: LazyLock<Indicators> = LazyLock::new(Indicators::own);
    &OWN
}

fn rules(yaml: &str) -> Indicators {
    let mut rules = Indicators::default();
    let added = rules.add("test.yml", yaml);
    assert_eq!(added.broken, []);
    rules
}

fn broken(yaml: &str) -> Vec<RuleError> {
    Indicators::default().add("test.yml", yaml).broken
}

fn hits(rules: &Indicators, process: Process<'_>, action: Action<'_>) -> Vec<Hit> {
    let parent = Process {
        executable: "/usr/sbin/web",
        arguments: vec!["web", "--port", "80"],
        uid: 33,
        ..Process::default()
    };
    let process = Process { parent: Some(0), ..process };
    let batch = Batch { processes: vec![parent, process], ..Batch::default() };
    rules.matches(&batch, &Event { process: 1, time_unix_ns: 1, count: 1, action })
}

fn run<'a>(executable: &'a str, line: &'a str) -> Process<'a> {
    Process { executable, arguments: line.split(' ').collect(), ..Process::default() }
}

#[test]
fn a_hit_names_rule_line_level_and_technique() {
    let item = hits(&rules(SHELL), run("/bin/sh", "sh -c id"), Action::Exec)
        .remove(0)
        .item(1.0, (&FITTED).into())
        .unwrap();
    assert_eq!(
        (item.name.as_str(), item.fact.as_str(), item.technique.as_str()),
        ("indicator_high", "A shell: sh -c id", "T1059.004")
    );
}

#[test]
fn a_miss_and_an_event_of_another_kind_are_silent() {
    let rules = rules(SHELL);
    assert_eq!(hits(&rules, run("/bin/ls", "ls /sh"), Action::Exec), []);
    assert_eq!(hits(&rules, run("/bin/sh", "sh"), Action::Listen { address: "0.0.0.0", port: 80 }), []);
    assert_eq!(
        hits(&rules, run("/bin/sh", "sh"), Action::Connect { address: "10.0.0.1", port: 80, name: "" }),
        []
    );
}

#[test]
fn an_applet_of_a_multi_call_binary_is_a_program_to_rules() {
    let rules = rules(SHELL);
    for line in ["sh -c id", "/bin/busybox sh -c id"] {
        assert_eq!(hits(&rules, run("/bin/busybox", line), Action::Exec).len(), 1, "{line}");
    }
    assert_eq!(hits(&rules, run("/bin/busybox", "ls"), Action::Exec), []);
}

/// A rule with this detection, as flow YAML.
fn rule(category: &str, detection: &str) -> String {
    format!(
        "title: T\nlogsource: {{category: {category}, product: linux}}\n\
         detection: {{s: {detection}, condition: s}}\nlevel: low\n"
    )
}

#[test]
fn fields_are_those_of_sigma_and_what_is_unknown_is_none() {
    let exec = |detection, process| {
        !hits(&rules(&rule("process_creation", detection)), process, Action::Exec).is_empty()
    };
    let root = run("/bin/id", "id -u");
    for detection in [
        "{Image: /bin/id}",
        "{CommandLine: id -u}",
        "{ParentImage|endswith: /web}",
        "{ParentCommandLine|contains: '--port'}",
        "{User: root}",
        "{CurrentDirectory: null}",
        "{CommandLine|re: '^id\\s'}",
    ] {
        assert!(exec(detection, root.clone()), "{detection}");
    }
    let unknown = Process { uid: UNKNOWN_ID, effective_uid: UNKNOWN_ID, ..root.clone() };
    assert!(exec("{User: null}", unknown.clone()) && !exec("{User|contains: ''}", unknown));
    assert!(exec("{User: '33'}", Process { uid: 33, ..root }));
    let connect = |detection, address| {
        let action = Action::Connect { address, port: 4444, name: "pool.example" };
        !hits(&rules(&rule("network_connection", detection)), run("/bin/x", "x"), action).is_empty()
    };
    for detection in [
        "{DestinationPort: 4444, Initiated: 'true'}",
        "{DestinationPort: '4444'}",
        "{DestinationIp|cidr: 10.0.0.0/8}",
        "{Image: /bin/x}",
        "{DestinationHostname|endswith: .example}",
    ] {
        assert!(connect(detection, "::ffff:10.0.0.1"), "{detection}");
    }
    assert!(!connect("{DestinationIp|cidr: 10.0.0.0/8}", "not an address"));
}

#[test]
fn a_broken_rule_is_named_with_file_line_and_reason_and_the_others_work() {
    let yaml = format!(
        "# a pack\n---\n{SHELL}---\ntitle: Odd\nlogsource: {{category: process_creation}}\n\
         detection: {{s: {{Image|re: '(?=x)'}}, condition: s}}\nlevel: low\n---\ntitle: 'No condition'\n\
         logsource: {{category: process_creation}}\ndetection: {{s: {{Image: x}}}}\nlevel: low\n---\n: [}}\n{SHELL}---\n{SHELL}"
    );
    let mut rules = Indicators::default();
    let added = rules.add("/etc/rules/a.yml", &yaml);
    assert_eq!((added.rules, rules.len()), (2, 2));
    let told: Vec<String> = added.broken.iter().map(ToString::to_string).collect();
    for (told, parts) in told.iter().zip([
        ["/etc/rules/a.yml: line 12, \"Odd\"", "look-around"],
        ["line 17, \"No condition\"", "condition"],
        ["line 22", "is no Sigma rule"],
    ]) {
        for part in parts {
            assert!(told.contains(part) && !told.contains('\n'), "{part:?} is not in: {told}");
        }
    }
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(
        hits(&rules, run("/bin/sh", "sh"), Action::Exec).len(),
        1,
        "one row for two rules of one level"
    );
}

#[test]
fn rules_for_others_are_skipped_and_counted() {
    let mut rules = Indicators::default();
    let others = [
        SHELL.replace("product: linux", "product: windows"),
        SHELL.replace("process_creation", "file_event"),
        SHELL.replace("product: linux", "product: linux, service: auditd"),
        SHELL.replace("level: high", "level: informational"),
        "title: Many\ncorrelation: {type: event_count, rules: [x], timespan: 1m, group-by: [User], condition: {gte: 9}}\nlevel: high\n".into(),
    ];
    let added = rules.add("test.yml", &others.join("---\n"));
    assert_eq!((added.rules, added.skipped, added.broken), (0, others.len(), vec![]));
    assert!(rules.is_empty());
}

#[test]
fn weight_comes_from_the_level_or_from_a_named_row() {
    let name = |yaml: &str| {
        let item = hits(&rules(yaml), run("/bin/sh", "sh"), Action::Exec)
            .remove(0)
            .item(1.0, (&FITTED).into())
            .unwrap();
        (item.name, item.technique)
    };
    let named = format!("{SHELL}evidence: miner_started\n");
    assert_eq!(name(&named), ("miner_started".into(), "T1059.004".into()));
    assert_eq!(
        name(&named.replace("attack.t1059.004", "attack.g0016")).1,
        "T1496",
        "the row's own technique"
    );
    assert_eq!(name(&SHELL.replace("high", "critical")).0, "indicator_critical");
    let wrong = broken(&format!("{SHELL}evidence: minor_started\n"));
    assert_eq!(wrong[0].problem, RuleProblem::NoSuchEvidence("minor_started".into()));
    for level in ["level: hihg", ""] {
        assert_eq!(broken(&SHELL.replace("level: high", level))[0].problem, RuleProblem::NoLevel);
    }
}

#[test]
fn rules_and_files_are_bounded() {
    let large = format!("{SHELL}{}", "#".repeat(RULE_FILE_BYTES));
    assert_eq!(broken(&large)[0].problem, RuleProblem::TooLarge);
    let mut rules = Indicators::default();
    let many = vec![SHELL; 1001].join("---\n");
    assert_eq!((rules.add("a", &many).rules, rules.add("b", &many).rules), (1001, 999));
    assert_eq!(rules.add("c", SHELL).broken[0].problem, RuleProblem::TooMany);
    // References that multiply are refused by the YAML reader, not expanded.
    let bomb: String = (1..40).map(|n| format!("a{n}: &a{n} [*a{p}, *a{p}]\n", p = n - 1)).collect();
    assert_eq!(broken(&format!("a0: &a0 x\n{bomb}")).len(), 1);
}

#[test]
fn hits_stand_in_the_order_of_the_table_and_titles_in_the_order_of_the_rules() {
    let pack: String = (0..5)
        .map(|n| format!("{}---\n", SHELL.replace("A shell", &format!("Rule {n}"))))
        .chain([SHELL.replace("level: high", "level: low")])
        .collect();
    for _ in 0..20 {
        let hits = hits(&rules(&pack), run("/bin/sh", "sh"), Action::Exec);
        let facts: Vec<&str> = hits.iter().map(|hit| hit.fact.as_str()).collect();
        assert_eq!(facts, ["A shell: sh", "Rule 0; Rule 1; Rule 2 and 2 more: sh"]);
    }
}

#[test]
fn hostile_arguments_are_matched_in_time_and_quoted_short() {
    let own = own();
    // What makes backtracking engines hang, as long as the collector lets arguments be.
    let line =
        format!("sh -c chmod {} {}/tmp/ chmod +x", "-a ".repeat(10_000), "://|sh\u{202e}\0".repeat(3_000));
    let hits = hits(own, run("/bin/sh", &line), Action::Exec);
    assert!(hits.iter().any(|hit| hit.fact.starts_with("What was fetched is run at once")), "{hits:?}");
    assert!(hits.iter().all(|hit| hit.fact.len() <= TITLES * (TITLE_BYTES + 2) + 20 + QUOTE_BYTES));
}

/// Words of which command lines are made that rules look for in part.
const WORDS: [&str; 24] = [
    "/DEV/TCP/",
    "HTTP://a",
    "|",
    "SH",
    "socket",
    "connect",
    "exec",
    "-e",
    "/bin/sh",
    "mkfifo",
    "nc",
    "base64 -D",
    "-exec",
    "chmod",
    "4755",
    "+x",
    "/tmp/",
    "-perm",
    "-4000",
    "grep",
    "Password",
    "/etc/SHADOW",
    "touch -r",
    "\u{130}",
];

proptest! {
    #[test]
    fn any_text_of_a_process_is_matched_without_panic_and_alike(
        executable in any::<String>(),
        arguments in proptest::collection::vec(any::<String>(), 0..20),
        address in any::<String>(),
        port in any::<u16>(),
    ) {
        let own = own();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let process = Process { executable: &executable, arguments, ..Process::default() };
        for action in [Action::Exec, Action::Connect { address: &address, port, name: &executable }] {
            let first = hits(own, process.clone(), action);
            prop_assert_eq!(first, hits(own, process.clone(), action));
        }
    }

    #[test]
    fn the_engine_passes_over_no_rule_that_matches(words in proptest::collection::vec(0..WORDS.len(), 0..12)) {
        let line = words.iter().map(|word| WORDS[*word]).collect::<Vec<_>>().join(" ");
        let process = run("/usr/bin/find", &line);
        let seen = fields::process_creation(&Batch::default(), &process);
        let asked: Vec<&str> = own()
            .processes
            .rules
            .iter()
            .filter(|rule| rsigma_eval::evaluate_rule(&rule.compiled, &seen).is_some())
            .map(|rule| rule.compiled.title.as_str())
            .collect();
        let found: Vec<&str> = own().processes.matching(&seen).iter().map(|rule| rule.compiled.title.as_str()).collect();
        prop_assert_eq!(found, asked);
    }

    #[test]
    fn any_text_is_a_file_of_rules_or_named_as_broken(yaml in any::<String>(), at in 0..SHELL.len()) {
        let mut rules = Indicators::default();
        rules.add("any", &yaml);
        let (head, tail) = SHELL.split_at(at);
        let added = rules.add("any", &format!("{head}{yaml}{tail}"));
        prop_assert!(added.rules + added.skipped + added.broken.len() >= 1);
    }
}
