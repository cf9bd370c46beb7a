//! Policies are of the shape that Tetragon's resource definition has (cilium.io/v1alpha1, written here from its Go types), and
//! within what its parser takes beyond. 288 policies, of other documents, were valid by the definition itself, no field unknown,
//! as of commit 4fbfe2d of August 2026; who changes what is written compares again. No Tetragon is run.

use proptest::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

use super::{
    super::fixture::{deny, document, hostile, read, said, say_just, selector},
    *,
};
use crate::intent::{document::Document, report::UNWATCHED};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct TracingPolicy {
    api_version: String,
    kind: Kind,
    metadata: BTreeMap<String, String>,
    spec: Spec,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
enum Kind {
    TracingPolicy,
    TracingPolicyNamespaced,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Spec {
    #[serde(default)]
    kprobes: Vec<Kprobe>,
    pod_selector: LabelSelector,
    container_selector: Option<LabelSelector>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct LabelSelector {
    match_labels: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Kprobe {
    call: String,
    syscall: bool,
    args: Vec<Argument>,
    selectors: Vec<Selector>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Argument {
    index: u32,
    r#type: Type,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Type {
    Sock,
    LinuxBinprm,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Selector {
    match_args: Vec<Match>,
    match_actions: Vec<Does>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Match {
    index: u32,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Operator {
    Equal,
    NotEqual,
    NotPrefix,
    NotDPort,
    NotSPort,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Does {
    action: What,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
enum What {
    Post,
    Sigkill,
}

fn made(document: &Document, action: Action) -> (Vec<String>, TracingPolicy) {
    let (comments, mut objects) = read(document, |known| policy(known, &selector(), action));
    assert_eq!(objects.len(), 1);
    let policy: TracingPolicy = serde_json::from_value(objects.remove(0)).unwrap();
    assert_eq!(policy.api_version, "cilium.io/v1alpha1");
    assert!(!policy.metadata["name"].starts_with("plumbline"), "the collector would take it for its own");
    assert_eq!(policy.spec.pod_selector.match_labels["app"], "web");
    for hook in &policy.spec.kprobes {
        // At most five selectors, with at most five filters, of an argument that is there and of its type.
        assert!(!hook.syscall && hook.args.len() == 1 && hook.args[0].index == 0);
        assert!((1..=5).contains(&hook.selectors.len()));
        let selectors = hook.selectors.iter();
        assert!(
            selectors.clone().all(|of| (1..=5).contains(&of.match_args.len()) && of.match_actions.len() == 1)
        );
        for filter in selectors.flat_map(|of| &of.match_args) {
            let ports = matches!(filter.operator, Operator::NotDPort | Operator::NotSPort);
            assert_eq!(ports, matches!(hook.args[0].r#type, Type::Sock));
            assert!(filter.index == 0 && !filter.values.is_empty());
            for value in &filter.values {
                assert!(!ports || value.parse::<u16>().is_ok(), "{value}");
                let most = if filter.operator == Operator::NotPrefix { PREFIX_BYTES } else { 4096 };
                assert!(value.len() <= most);
            }
        }
    }
    (comments, policy)
}

fn filters(policy: &TracingPolicy, call: &str) -> Vec<(Operator, Vec<String>)> {
    let hooks = policy.spec.kprobes.iter().filter(|hook| hook.call == call);
    let filters = hooks.flat_map(|hook| &hook.selectors).flat_map(|selector| &selector.match_args);
    filters.map(|filter| (filter.operator, filter.values.clone())).collect()
}

fn list(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

const EXEC: &str = "security_bprm_committing_creds";

#[test]
fn what_is_not_known_is_told_or_killed_as_was_asked() {
    let mut document = document(&[
        ("spawn", "/bin/web"),
        ("spawn", "/tmp/<any>"),
        ("listen", "tcp/80"),
        ("connect", "tcp/443 public api.example"),
        ("connect", "udp/53 private"),
    ]);
    deny(&mut document, "spawn", "/bin/nc");
    let (_, policy) = made(&document, Action::Audit);
    assert_eq!(
        (&policy.kind, policy.metadata["namespace"].as_str()),
        (&Kind::TracingPolicyNamespaced, "shop")
    );
    assert_eq!(policy.spec.container_selector.as_ref().unwrap().match_labels["name"], "main");
    let expected = [
        (Operator::Equal, list(&["/bin/nc"])),
        (Operator::NotEqual, list(&["/bin/web"])),
        (Operator::NotPrefix, list(&["/tmp/"])),
    ];
    assert_eq!(filters(&policy, EXEC), expected);
    assert_eq!(policy.spec.kprobes[0].selectors.len(), 2, "what is not known is neither of the two");
    assert_eq!(filters(&policy, "tcp_connect"), [(Operator::NotDPort, list(&["443"]))]);
    assert_eq!(filters(&policy, "inet_csk_listen_start"), [(Operator::NotSPort, list(&["80"]))]);
    let actions = |policy: &TracingPolicy, what: What| {
        let hooks = policy.spec.kprobes.iter();
        hooks.flat_map(|hook| &hook.selectors).all(|selector| selector.match_actions[0].action == what)
    };
    assert!(actions(&policy, What::Post));
    let (comments, policy) = made(&document, Action::Block);
    assert!(actions(&policy, What::Sigkill) && said(&comments, "Whatever is not known is killed"));
}

#[test]
fn what_nobody_watched_or_varies_is_not_limited_and_that_is_said() {
    let mut document =
        document(&[("spawn", "/<any>"), ("listen", "tcp/<any>"), ("connect", "<any> private")]);
    let (comments, policy) = made(&document, Action::Block);
    assert!(
        policy.spec.kprobes.is_empty() && said(&comments, "So there is nothing to look at"),
        "{comments:?}"
    );
    document.learned.push(crate::intent::document::Learned::default());
    document.notes = ["spawn", "listen", "connect"].map(|of| format!("{UNWATCHED}{of}")).into();
    document.metadata.workload = None;
    let (_, policy) = made(&document, Action::Block);
    assert!(policy.spec.kprobes.is_empty() && policy.kind == Kind::TracingPolicy);
}

#[test]
fn who_is_known_to_connect_nowhere_may_connect_nowhere() {
    let (_, policy) = made(&document(&[("spawn", "/bin/web")]), Action::Audit);
    assert_eq!(filters(&policy, "tcp_connect"), [(Operator::NotDPort, list(&["0"]))]);
}

proptest! {
    #[test]
    fn a_path_is_in_the_policy_as_it_was_learned_and_nothing_beside_it(path in hostile(), container in hostile()) {
        let path = format!("/{path}");
        let mut document = document(&[("spawn", "/bin/web"), ("spawn", &path)]);
        document.metadata.workload.as_mut().unwrap().container = container.clone();
        let (comments, policy) = made(&document, Action::Audit);
        let left = said(&comments, "Programs that are known but can't be named here");
        let all = filters(&policy, EXEC);
        let values: Vec<&str> = all.iter().flat_map(|(_, values)| values).map(String::as_str).collect();
        prop_assert!(values == ["/bin/web"] && left || values.is_empty() || say_just(values, &path), "{:?}", all);
        let folders = all.iter().filter(|(operator, _)| *operator == Operator::NotPrefix);
        prop_assert!(folders.flat_map(|(_, values)| values).all(|value| value.ends_with('/')), "{:?}", all);
        let named = policy.spec.container_selector.map(|selector| selector.match_labels["name"].clone());
        prop_assert!(named.is_none_or(|name| name == container));
    }
}
