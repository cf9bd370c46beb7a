//! Policies are what Cilium's own resource definition takes: they are read into the types that were generated of it and come
//! back whole. Of what Cilium checks beyond, and of an agent, nothing is run here.

use k8s_crds_cilium::CiliumNetworkPolicy;
use proptest::prelude::*;

use super::{
    super::fixture::{behaviour, deny, document, hostile, read, said, selector},
    *,
};
use crate::intent::{
    document::{Document, Port as Declared},
    report::UNWATCHED,
};

fn made(document: &Document) -> (Vec<String>, Value) {
    let (comments, mut objects) = read(document, |known| policy(known, &selector()));
    let object = objects.remove(0);
    assert!(objects.is_empty());
    let read: CiliumNetworkPolicy = serde_json::from_value(object.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), object, "the definition does not know all of it");
    // A rule has one kind of peers, and at most so many ports in an entry.
    for rule in ["ingress", "egress", "egressDeny", "ingressDeny"] {
        for rule in object["spec"][rule].as_array().into_iter().flatten() {
            let peers = rule.as_object().unwrap().keys().filter(|key| *key != "toPorts").count();
            assert!(peers <= 1, "{rule}");
            for entry in rule["toPorts"].as_array().into_iter().flatten() {
                assert!((1..=PORTS).contains(&entry["ports"].as_array().unwrap().len()), "{rule}");
            }
        }
    }
    (comments, object)
}

fn tcp(port: &str) -> Value {
    json!([{ "ports": [{ "port": port, "protocol": "TCP" }] }])
}

#[test]
fn public_peers_go_by_name_and_private_ones_by_class_and_what_is_denied_by_nobody_is_said() {
    let mut document = document(&[
        ("listen", "tcp/9090"),
        ("connect", "tcp/5432 private db"),
        ("connect", "tcp/443 public api.example"),
        ("connect", "tcp/443 public <any>.cdn.example"),
        ("connect", "tcp/8443 public 93.184.0.0/16"),
        ("connect", "<any> metadata-service"),
        ("connect", "tcp/8080 loopback"),
        ("connect", "tcp/6666 public evil.example"),
    ]);
    document.declared.ports = vec![Declared {
        port: 5000,
        end: Some(5010),
        protocol: "udp".into(),
        name: None,
        from: String::new(),
    }];
    deny(&mut document, "connect", "tcp/6666 public evil.example");
    let (comments, object) = made(&document);
    assert_eq!(object["metadata"], json!({ "name": "deployment-web-f1223d3b", "namespace": "shop" }));
    let spec = &object["spec"];
    assert_eq!(spec["endpointSelector"], json!({ "matchLabels": { "app": "web" } }));
    let ports = json!([{ "ports": [
        { "port": "5000", "endPort": 5010, "protocol": "UDP" },
        { "port": "9090", "protocol": "TCP" },
    ] }]);
    assert_eq!(spec["ingress"], json!([{ "fromEntities": ["all"], "toPorts": ports }]));
    let egress = spec["egress"].as_array().unwrap();
    let with = |field: &str| egress.iter().filter(|rule| rule.get(field).is_some()).collect::<Vec<_>>();
    assert_eq!(with("toEntities"), [&json!({ "toEntities": ["cluster"], "toPorts": tcp("5432") })]);
    let names = [json!([{ "matchPattern": "*.cdn.example" }]), json!([{ "matchName": "api.example" }])];
    for name in &names {
        assert!(with("toFQDNs").iter().any(|rule| rule["toFQDNs"] == *name && rule["toPorts"] == tcp("443")));
    }
    assert_eq!(with("toEndpoints").len(), 1, "names need DNS");
    let any = json!([{ "ports": [{ "port": "0", "protocol": "TCP" }, { "port": "0", "protocol": "UDP" }] }]);
    assert!(with("toCIDR").contains(&&json!({ "toCIDR": METADATA, "toPorts": any })), "{egress:?}");
    assert!(with("toCIDR").iter().any(|rule| rule["toCIDR"] == json!(["93.184.0.0/16"])), "{egress:?}");
    assert!(!object.to_string().contains("6666") && !object.to_string().contains("8080"), "{object}");
    assert!(said(&comments, "Denied, but not forbidden here"), "{comments:?}");
    assert!(said(&comments, "Peers that can't be told from others"), "{comments:?}");
}

#[test]
fn a_denial_is_one_only_where_it_cuts_off_nothing_that_is_allowed() {
    let mut document = document(&[("listen", "tcp/80"), ("connect", "tcp/443 public")]);
    for denied in ["tcp/80", "tcp/4444"] {
        deny(&mut document, "listen", denied);
    }
    document.learned.push(crate::intent::document::Learned {
        behaviour: crate::intent::document::Behaviour {
            context: "d".into(),
            ..behaviour("listen", "tcp/80")
        },
        ..Default::default()
    });
    for denied in ["tcp/25 public", "tcp/443 private"] {
        deny(&mut document, "connect", denied);
    }
    let (_, object) = made(&document);
    let spec = &object["spec"];
    assert_eq!(spec["ingressDeny"], json!([{ "fromEntities": ["all"], "toPorts": tcp("4444") }]));
    assert_eq!(spec["egressDeny"].as_array().map(Vec::len), Some(1), "{spec}");
    assert_eq!(spec["egressDeny"][0]["toPorts"], tcp("25"));
}

#[test]
fn what_nobody_watched_is_not_cut_off_and_who_does_nothing_may_do_nothing() {
    let mut document = document(&[("spawn", "/bin/a")]);
    let (_, object) = made(&document);
    assert_eq!((&object["spec"]["ingress"], &object["spec"]["egress"]), (&json!([{}]), &json!([{}])));
    document.notes = ["listen", "connect"].map(|dimension| format!("{UNWATCHED}{dimension}")).into();
    deny(&mut document, "connect", "tcp/25 public");
    let (_, object) = made(&document);
    assert_eq!(object["spec"]["ingress"], json!([{ "fromEntities": ["all"] }]));
    assert_eq!(object["spec"]["egress"], json!([{ "toEntities": ["all"] }]));
    assert_eq!(object["spec"]["egressDeny"][0]["toPorts"], tcp("25"));
}

#[test]
fn more_ports_than_an_entry_takes_are_several_entries() {
    let values: Vec<String> = (1..=90).map(|port| format!("tcp/{port} private")).collect();
    let learned: Vec<(&str, &str)> = values.iter().map(|value| ("connect", value.as_str())).collect();
    let (_, object) = made(&document(&learned));
    assert_eq!(object["spec"]["egress"][0]["toPorts"].as_array().map(Vec::len), Some(3));
}

proptest! {
    #[test]
    fn a_name_is_one_that_cilium_takes_and_no_wider_than_the_one_that_was_learned(name in hostile()) {
        let (_, object) = made(&document(&[("connect", &format!("tcp/443 public {name}"))]));
        for rule in object["spec"]["egress"].as_array().unwrap() {
            let Some(told) = rule["toFQDNs"].as_array() else { continue };
            let told = told[0]["matchName"].as_str().or(told[0]["matchPattern"].as_str()).unwrap();
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_*.".contains(&b);
            prop_assert!(told.bytes().all(plain) && told.replace('*', ANY) == name, "{}", told);
        }
    }
}
