//! Policies are what Kubernetes takes them for: they are read into the API's own types and come back whole, so no field is
//! misspelt, misplaced or of another type. What the API server checks beyond types is not checked here.

use k8s_openapi::api::networking::v1::NetworkPolicy;

use super::{
    super::fixture::{deny, read, said, selector},
    *,
};
use crate::intent::{
    document::{Document, Port as Declared},
    report::UNWATCHED,
};

fn document(learned: &[(&str, &str)]) -> Document {
    let mut document = super::super::fixture::document(learned);
    let declared = |port, end, protocol: &str| Declared {
        port,
        end,
        protocol: protocol.into(),
        name: None,
        from: String::new(),
    };
    document.declared.ports = vec![declared(80, None, "tcp"), declared(5000, Some(5010), "udp")];
    document
}

fn made(document: &Document) -> (Vec<String>, Value) {
    let (comments, mut objects) = read(document, |known| policy(known, &selector()));
    let object = objects.remove(0);
    let read: NetworkPolicy = serde_json::from_value(object.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), object, "the API does not know all of it");
    (comments, object)
}

#[test]
fn what_is_known_is_allowed_and_what_is_denied_or_stays_in_the_pod_is_not() {
    let mut document = document(&[
        ("listen", "tcp/9090"),
        ("listen", "tcp/4444"),
        ("connect", "tcp/5432 private db"),
        ("connect", "tcp/5433 private"),
        ("connect", "udp/53 private"),
        ("connect", "tcp/443 public api.example"),
        ("connect", "tcp/443 public 93.184.0.0/16"),
        ("connect", "tcp/<any> metadata-service"),
        ("connect", "tcp/8080 loopback"),
        ("connect", "tcp/6666 public evil.example"),
    ]);
    deny(&mut document, "listen", "tcp/4444");
    deny(&mut document, "connect", "tcp/6666 public evil.example");
    let (comments, object) = made(&document);
    assert_eq!(object["metadata"], json!({ "name": "deployment-web-f1223d3b", "namespace": "shop" }));
    let spec = &object["spec"];
    assert_eq!(spec["podSelector"], json!({ "matchLabels": { "app": "web" } }));
    let ingress = json!([{ "ports": [
        { "protocol": "TCP", "port": 80 },
        { "protocol": "UDP", "port": 5000, "endPort": 5010 },
        { "protocol": "TCP", "port": 9090 },
    ] }]);
    assert_eq!(spec["ingress"], ingress);
    let egress = spec["egress"].to_string();
    let at = |place: usize| &spec["egress"][place]["ports"];
    assert_eq!(spec["egress"].as_array().map(Vec::len), Some(4), "{egress}");
    assert_eq!(at(0), &json!([{ "protocol": "TCP" }]), "metadata service");
    let private = [(53, "UDP"), (5432, "TCP"), (5433, "TCP")];
    let private = private.map(|(port, protocol)| json!({ "protocol": protocol, "port": port }));
    assert_eq!(at(1), &json!(private));
    assert_eq!(spec["egress"][3]["to"], json!([{ "ipBlock": { "cidr": "93.184.0.0/16" } }]));
    assert!(!egress.contains("6666") && !egress.contains("8080"), "{egress}");
    assert!(said(&comments, "Names of peers"), "{comments:?}");
}

#[test]
fn where_nothing_was_learned_connections_out_are_left_alone_and_that_is_said() {
    let (comments, object) = made(&document(&[]));
    assert_eq!(object["spec"]["policyTypes"], json!(["Ingress"]));
    assert_eq!(object["spec"].get("egress"), None);
    assert!(said(&comments, "Nothing was learned"), "{comments:?}");
}

#[test]
fn what_nobody_watched_is_not_cut_off() {
    let mut document = document(&[("spawn", "/bin/a")]);
    document.declared.ports.clear();
    document.notes = ["listen", "connect"].map(|dimension| format!("{UNWATCHED}{dimension}")).into();
    let (_, object) = made(&document);
    assert_eq!(object["spec"]["policyTypes"], json!(["Ingress"]));
    assert_eq!(object["spec"]["ingress"], json!([{}]));
}

#[test]
fn a_pod_on_whose_ports_nobody_listens_is_connected_by_nobody() {
    let mut document = document(&[("connect", "tcp/443 unknown")]);
    document.declared.ports.clear();
    let (_, object) = made(&document);
    assert_eq!(object["spec"]["ingress"], json!([]));
    assert_eq!(object["spec"]["egress"], json!([{ "ports": [{ "protocol": "TCP", "port": 443 }] }]));
}

/// Ports of peers vary as a whole, protocol and number: such a behaviour was passed over once, and so cut off.
#[test]
fn a_peer_whose_ports_vary_may_be_connected_on_any() {
    let (_, object) = made(&document(&[("connect", "<any> private db")]));
    assert_eq!(object["spec"]["egress"][0]["ports"], json!([{ "protocol": "TCP" }, { "protocol": "UDP" }]));
}
