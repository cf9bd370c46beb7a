//! What each format makes of an alert, compared with golden files, and of one that is hostile.
//!
//! `UPDATE=1` writes the golden files anew.

mod ecs;

use plumbline_proto::v1::{
    Alert, Evidence, Expected, Finding, Operational, OperationalKind, Probabilities, Resolution, Triage,
    TriageState, Verdict,
};
use serde_json::json;

use super::*;
use crate::{
    severity::Severity,
    sinks::change::{Peer, RunFile, RunProcess, Seen},
};

const FORMATS: [Format; 5] = [Format::Native, Format::Ocsf, Format::Ecs, Format::Falco, Format::Cef];

fn attack() -> Change {
    let finding = Finding {
        dimension: "spawn".into(),
        context: "/usr/sbin/nginx".into(),
        value: "/tmp/x".into(),
        surprise_bits: 12.5,
        expected: vec![Expected {
            value: "/usr/sbin/nginx".into(),
            count: 40,
            last_seen_unix_ns: 1_700_000_000_000_000_000,
        }],
        first_seen_unix_ns: 1_700_000_100_000_000_000,
        count: 2,
        command_line: "/tmp/x -a=b".into(),
        pid: 77,
        uid: 33,
        ..Default::default()
    };
    let evidence = |name: &str, technique: &str| Evidence {
        name: name.into(),
        fact: "a fact".into(),
        drift_weight: 0.5,
        attack_weight: 4.0,
        technique: technique.into(),
    };
    let alert = Alert {
        id: "0123456789abcdef".into(),
        revision: 2,
        verdict: Verdict::Attack.into(),
        probabilities: Some(Probabilities { normal: 0.01, drift: 0.02, attack: 0.97 }),
        story: "nginx started /tmp/x, which was written after the build | a=b".into(),
        image_digest: "sha256:abc".into(),
        image_repository: "shop/web".into(),
        image_tag: "1.2".into(),
        container_id: "c0ffee".into(),
        container_name: "web".into(),
        node: "node-1".into(),
        namespace: "shop".into(),
        first_seen_unix_ns: 1_700_000_100_000_000_000,
        last_seen_unix_ns: 1_700_000_160_000_000_000,
        changed_unix_ns: 1_700_000_161_123_456_789,
        events: 3,
        findings: vec![finding],
        evidence: vec![evidence("executable_written_after_build", "T1059.004"), evidence("memfd", "T1620")],
        confidence: 0.9,
        surprise: 8.0,
        ..Default::default()
    };
    let file = |path: &str, pid| RunFile {
        path: path.into(),
        sha256: "0123456789abcdef".repeat(4),
        bytes: 345,
        pid,
    };
    let peer = |pid, outgoing, address: &str, name: &str| Peer {
        pid,
        outgoing,
        transport: "tcp",
        address: address.parse().unwrap(),
        port: 443,
        name: name.into(),
    };
    let seen = Seen {
        files: vec![file("/tmp/x", Some(77)), file("/tmp/x.sh", None)],
        peers: vec![
            peer(77, true, "2001:db8::7", ""),
            peer(78, false, "192.0.2.9", ""),
            peer(77, true, "203.0.113.7", "c2.example"),
        ],
        processes: vec![RunProcess::new(77, "/tmp/x", 12, "/usr/sbin/nginx")],
    };
    Change { cursor: 5, alert, seen }
}

fn operational() -> Change {
    let alert = Alert {
        id: "op".into(),
        revision: 1,
        verdict: Verdict::Operational.into(),
        story: "The node is silent.".into(),
        node: "node-1".into(),
        first_seen_unix_ns: 1_700_000_100_000_000_000,
        last_seen_unix_ns: 1_700_000_100_000_000_000,
        events: 1,
        operational: Some(Operational {
            kind: OperationalKind::NodeSilent.into(),
            since_unix_ns: 1_700_000_100_000_000_000,
            ..Default::default()
        }),
        ..Default::default()
    };
    Change { cursor: 6, alert, ..Default::default() }
}

fn with(change: impl FnOnce(&mut Alert)) -> Change {
    let mut attack = attack();
    change(&mut attack.alert);
    attack
}

/// An alert whose texts a container has chosen.
fn hostile() -> Change {
    let text = "a|b=c\\d\"e\n\r<134>1 - - - - - - f\u{1b}[2J\u{202e}g\u{2028}\u{feff}h".repeat(300);
    let mut hostile = with(|alert| {
        let finding = alert.findings.first_mut().unwrap();
        (finding.value, finding.context) = (text.clone(), text.clone());
        finding.command_line = text.clone();
        for field in [&mut alert.story, &mut alert.container_name, &mut alert.image_repository] {
            field.clone_from(&text);
        }
        (alert.node, alert.namespace, alert.image_tag) = (text.clone(), text.clone(), text.clone());
    });
    hostile.seen.files.iter_mut().for_each(|file| file.path.clone_from(&text));
    hostile.seen.peers.iter_mut().for_each(|peer| peer.name.clone_from(&text));
    for process in &mut hostile.seen.processes {
        (process.executable, process.parent_executable) = (text.clone(), text.clone());
    }
    hostile
}

#[test]
fn each_format_tells_an_alert_as_its_golden_file_has_it() {
    for format in FORMATS {
        let told = match format {
            Format::Cef => format.text(&attack()) + "\n",
            _ => serde_json::to_string_pretty(&format.json(&attack())).unwrap() + "\n",
        };
        let told = told.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        golden(&format!("alert.{}", format.name()), &told);
    }
}

fn golden(name: &str, told: &str) {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, told).unwrap();
    }
    assert_eq!(told, std::fs::read_to_string(&path).unwrap_or_default(), "{path}; UPDATE=1 writes it anew");
}

#[test]
fn a_hostile_alert_is_one_line_of_visible_text_in_each_format() {
    for format in FORMATS {
        let told = format.text(&hostile());
        assert_eq!(told, crate::escape::escape(&told), "{format:?}");
        if format == Format::Cef {
            assert!(told.starts_with("CEF:0|Plumbline|Plumbline|"));
            let header = told.replace("\\\\", "").replace("\\|", "");
            let extension = header.splitn(8, '|').nth(7).unwrap();
            assert!(extension.starts_with("rt=1700000161123 start="), "{extension}");
            let keys = extension.replace("\\=", "").matches('=').count();
            assert_eq!(keys, 22 + 10, "a container has made up keys");
        } else {
            let value: Value = serde_json::from_str(&told).unwrap();
            assert_eq!(value, format.json(&hostile()), "escaping keeps the value");
        }
    }
}

/// All that differs in what OCSF tells, but for hostile texts.
fn kinds_of_changes() -> Vec<Change> {
    let resolved = |resolution: Resolution| {
        with(|alert| {
            alert.triage = Some(Triage {
                state: TriageState::Resolved.into(),
                resolution: resolution.into(),
                author: "alice".into(),
                note: "seen".into(),
                ..Default::default()
            });
        })
    };
    vec![
        attack(),
        operational(),
        resolved(Resolution::AttackConfirmed),
        resolved(Resolution::DriftAccepted),
        with(|alert| alert.verdict = Verdict::Drift.into()),
        with(|alert| alert.findings.iter_mut().for_each(|finding| finding.expected.clear())),
        Change { seen: Seen::default(), ..with(|alert| alert.confidence = 0.5) },
        with(|alert| alert.verdict = Verdict::Normal.into()),
    ]
}

/// Read by a test of the whole (`tests/tests/python.rs`), which asks the published schema.
#[test]
fn ocsf_tells_each_kind_of_change_as_its_golden_file_has_it() {
    let lines = kinds_of_changes().iter().map(|change| Format::Ocsf.text(change) + "\n").collect::<String>();
    let told = lines.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    golden("changes.ocsf.jsonl", &told);
}

#[test]
fn what_is_told_as_ocsf_fits_the_schema_of_the_subset_and_the_schema_refuses_what_does_not() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schema/ocsf.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let (mut compiler, mut schemas) = (boon::Compiler::new(), boon::Schemas::new());
    compiler.add_resource("ocsf.json", schema).unwrap();
    let schema = compiler.compile("ocsf.json", &mut schemas).unwrap();
    let told = kinds_of_changes().into_iter().chain([hostile()]);
    for change in told {
        let value = Format::Ocsf.json(&change);
        if let Err(error) = schemas.validate(&value, schema) {
            panic!("{error:#}\n{value:#}");
        }
    }
    let good = Format::Ocsf.json(&attack());
    for (pointer, wrong) in [
        ("/class_uid", json!(2003)),
        ("/severity_id", json!("high")),
        ("/finding_info/analytic/type_id", json!(77)),
        ("/anomaly_analyses/0/anomalies/0/observations", json!([])),
        ("/evidences/0/process/pid", json!("77")),
        ("/evidences/0/process/file/hashes/0/algorithm_id", json!("SHA-256")),
        ("/evidences/1/file/type_id", json!(50)),
        ("/evidences/2/dst_endpoint/port", json!("443")),
        ("/evidences/3/connection_info", json!({"protocol_name": "tcp"})),
        ("/observables/0/type_id", json!(500)),
        ("/confidence_id", json!(4)),
        ("/metadata", json!({"version": "1.8.0"})),
    ] {
        let mut value = good.clone();
        *value.pointer_mut(pointer).unwrap() = wrong;
        assert!(schemas.validate(&value, schema).is_err(), "{pointer}");
    }
}

#[test]
fn falcosidekick_gets_what_it_needs_and_nothing_that_it_cuts() {
    for change in [attack(), operational(), hostile()] {
        let told = Format::Falco.json(&change);
        let fields = told["output_fields"].as_object().unwrap();
        assert!(!fields.is_empty() && told["rule"].as_str().unwrap().starts_with("Plumbline "));
        assert!(told["time"].as_str().unwrap().starts_with("2023-11-14T22:1"));
        let words = ["Informational", "Notice", "Warning", "Error", "Critical"];
        assert!(words.contains(&told["priority"].as_str().unwrap()));
        assert!(fields.values().filter_map(Value::as_str).all(|text| text.len() <= 512));
        assert!(fields.get("k8s.ns.name").is_none_or(Value::is_string));
    }
}

#[test]
fn severity_rises_with_the_verdict_and_how_sure_it_is() {
    let of = |change: Change| Severity::of(&change.alert);
    let unsure = |alert: &mut Alert| {
        alert.probabilities = Some(Probabilities { normal: 0.4, drift: 0.0, attack: 0.6 });
    };
    assert_eq!(of(with(|alert| alert.verdict = Verdict::Normal.into())), Severity::Informational);
    let drift = with(|alert| {
        unsure(alert);
        alert.verdict = Verdict::Drift.into();
    });
    assert_eq!(of(drift), Severity::Low);
    assert_eq!(of(with(|alert| alert.verdict = Verdict::Drift.into())), Severity::Medium);
    assert_eq!(of(with(unsure)), Severity::High);
    assert_eq!(of(attack()), Severity::Critical);
    assert_eq!(of(operational()), Severity::Medium);
}
