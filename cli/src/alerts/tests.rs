//! What people read: complete, in order, and safe for a terminal.

use plumbline_proto::v1::{
    AlertCount, Decided, Evidence, Expected, Finding, Operational, OperationalKind, Probabilities, Triage,
    TriageState, Verdict as WireVerdict,
};

use super::*;

fn alert() -> Alert {
    Alert {
        id: "0123456789abcdef".into(),
        revision: 2,
        verdict: WireVerdict::Attack.into(),
        probabilities: Some(Probabilities { normal: 0.001, drift: 0.049, attack: 0.95 }),
        story: "In web-1 a shell\nwas started".into(),
        image_digest: "sha256:feedfacefeedface".into(),
        image_repository: "shop/web".into(),
        image_tag: "1.0".into(),
        container_id: "c0ffeec0ffeec0ffee".into(),
        container_name: "web-1\x1b[2J".into(),
        node: "node-1".into(),
        namespace: "sh\nop".into(),
        first_seen_unix_ns: 1_700_000_000_000_000_000,
        last_seen_unix_ns: 1_700_000_060_000_000_000,
        events: 7,
        findings: vec![Finding {
            dimension: "spawn".into(),
            context: "/usr/bin/web".into(),
            value: "/bin/\u{202e}hs".into(),
            surprise_bits: 11.25,
            expected: vec![Expected { value: "/usr/bin/convert".into(), count: 40, last_seen_unix_ns: 0 }],
            first_seen_unix_ns: 1_700_000_000_000_000_000,
            count: 3,
            command_line: "sh -c \"id\nwhoami\"".into(),
            pid: 4711,
            uid: 33,
            implied: vec![],
            implied_omitted: 0,
            decided: Some(Decided {
                kind: DecisionKind::Deny.into(),
                id: "fedcba9876543210".into(),
                author: "al\x1b[mice".into(),
            }),
        }],
        evidence: vec![Evidence {
            name: "shell_started".into(),
            fact: "/bin/sh was started\r".into(),
            drift_weight: -0.5,
            attack_weight: 2.25,
            technique: "T1059".into(),
        }],
        caveats: vec!["3 events were lost\t".into()],
        findings_omitted: 2,
        surprise: 7.79,
        confidence: 0.875,
        changed_unix_ns: 1_700_000_061_000_000_000,
        triage: Some(Triage {
            state: TriageState::Acknowledged.into(),
            author: "b\rob".into(),
            changed_unix_ns: 1_700_000_061_000_000_000,
            ..Default::default()
        }),
        operational: None,
        clock_offset_ns: 0,
    }
}

#[test]
fn an_alert_is_shown_whole_and_nothing_in_it_reaches_the_terminal_raw() {
    let shown = page(&alert());
    assert_eq!(
        shown,
        "\
In web-1 a shell\\nwas started

Verdict    ATTACK  (attack 0.950, drift 0.049, normal 0.001)
Surprise   7.8 nats, the baseline is worth 0.88
Image      shop/web:1.0  sha256:feedfacefeedface
Container  web-1\\u{1b}[2J  c0ffeec0ffeec0ffee
Node       node-1, namespace sh\\nop
Seen       2023-11-14T22:13:20Z to 2023-11-14T22:14:20Z
Events     7, revision 2
State      acknowledged; by b\\rob, 2023-11-14T22:14:21Z
Id         0123456789abcdef

Why:
DRIFT  ATTACK  EVIDENCE       FACT                   ATT&CK
-0.5   +2.2    shell_started  /bin/sh was started\\r  T1059

What was new:
1. spawn /bin/\\u{202e}hs  in /usr/bin/web  (11.2 bits, 3 times, first 2023-11-14T22:13:20Z)
    denied by al\\u{1b}[mice, decision fedcba987654
    by pid 4711 as user 33: sh -c \"id\\nwhoami\"
    expected instead: /usr/bin/convert  (40 windows, last -)
and 2 more

Mind that:
- 3 events were lost\\t
"
    );
}

#[test]
fn times_of_a_node_whose_clock_is_off_are_shown_by_the_server_s_and_that_is_said() {
    let off = Alert { clock_offset_ns: 3_600_000_000_000, ..alert() };
    let shown = page(&off);
    let seen = "Seen       2023-11-14T21:13:20Z to 2023-11-14T21:14:20Z by the server's clock; the node's was 1h ahead\n";
    assert!(shown.contains(seen) && shown.contains("first 2023-11-14T21:13:20Z"), "{shown}");
    assert!(rows(&[off], false).contains("2023-11-14T21:14:20Z"));
}

#[test]
fn a_list_has_one_line_for_each_alert() {
    let shown = rows(&[alert(), alert()], false);
    assert_eq!(shown.lines().count(), 3, "{shown}");
    assert_eq!(
        shown.lines().nth(1).unwrap(),
        "2023-11-14T22:14:20Z  ATTACK   0.950  shop/web:1.0  web-1\\u{1b}[2J  In web-1 a shell\\nwas started  0123456789ab"
    );
    assert_eq!(rows(&[], false), "No alerts.");
    let wide = rows(&[Alert { story: "a".repeat(200), ..alert() }], true);
    let words: Vec<&str> = wide.lines().nth(1).unwrap().split("  ").map(str::trim).collect();
    assert!(words.contains(&"a".repeat(200).as_str()) && words.contains(&"0123456789abcdef"), "{wide}");
    assert!(words.contains(&"node-1") && words.contains(&"sh\\nop") && words.contains(&"7"), "{wide}");
    assert!(!wide.replace('\n', "").contains(char::is_control), "{wide}");
    let hostile = AlertChange { cursor: 1, alert: Some(alert()) };
    assert!(line(&hostile, true).chars().all(|c| !c.is_control()));
}

#[test]
fn what_approving_would_make_known_is_a_section_of_its_own() {
    let decision = Decision {
        dimension: "arguments".into(),
        context: "/bin/sh".into(),
        value: "-c \x1b[2J".into(),
        ..Default::default()
    };
    assert_eq!(
        addition(&[decision], 3),
        "\nApproving it would make known:\n- arguments -c \\u{1b}[2J  in /bin/sh\n\
         but not 3 more that the alert has not kept\n"
    );
    assert_eq!(addition(&[], 3), "", "everything is decided");
}

#[test]
fn counts_have_a_line_for_each_group_and_one_for_all() {
    let group = |value: &str, alerts| AlertCount { value: value.into(), alerts };
    let groups = vec![group("sh\nop", 12), group("", 1)];
    assert_eq!(
        counts(&CountAlertsResponse { total: 15, groups, omitted: 2 }),
        "      12  sh\\nop\n       1  (none)\n       2  in further groups\n      15  in all\n"
    );
}

#[test]
fn an_operational_alert_is_shown_in_plain_words_and_without_what_only_incidents_have() {
    let told = Operational {
        kind: OperationalKind::NodeLosesEvents.into(),
        since_unix_ns: 1_700_000_000_000_000_000,
        ended_unix_ns: 0,
        events_lost: 70,
        clock_offset_ns: 0,
        programs: 0,
    };
    let alert = Alert {
        id: "0123456789abcdef".into(),
        revision: 1,
        verdict: WireVerdict::Operational.into(),
        story: "The collector of node n\x1b[2J reported 70 events lost".into(),
        node: "n\x1b[2J".into(),
        first_seen_unix_ns: 1_700_000_000_000_000_000,
        last_seen_unix_ns: 1_700_000_060_000_000_000,
        events: 70,
        operational: Some(told),
        ..Default::default()
    };
    let shown = page(&alert);
    assert_eq!(
        shown,
        "\
The collector of node n\\u{1b}[2J reported 70 events lost

Operational, open since 2023-11-14T22:13:20Z
Node       n\\u{1b}[2J
Revision   1, 2023-11-14T22:14:20Z
State      new
Id         0123456789abcdef
"
    );
    let ended = Alert {
        operational: Some(Operational { ended_unix_ns: 1_700_000_060_000_000_000, ..told }),
        ..alert.clone()
    };
    assert!(page(&ended).contains("over since 2023-11-14T22:14:20Z"), "{}", page(&ended));
    let change = AlertChange { cursor: 1, alert: Some(alert) };
    assert_eq!(
        line(&change, false),
        "2023-11-14T22:14:20Z  operational  -  -  n\\u{1b}[2J  0123456789ab  The collector of node n\\u{1b}[2J reported 70 events lost"
    );
}
