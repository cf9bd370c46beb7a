//! Policies are of the shape that KubeArmor's resource definition has (security.kubearmor.com/v1, written here from it, patterns
//! and lengths with it). 336 policies, of other documents, were valid by the definition itself, no field unknown, as of commit
//! 510cee3 of July 2026; who changes what is written compares again. No KubeArmor is run.

use proptest::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

use super::{
    super::fixture::{deny, document, hostile, read, said, say_just, selector},
    *,
};
use crate::intent::document::Document;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct KubeArmorPolicy {
    api_version: String,
    kind: String,
    metadata: BTreeMap<String, String>,
    spec: Spec,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    selector: LabelSelector,
    #[allow(dead_code, reason = "any text")]
    message: String,
    process: Matches,
    file: Option<Matches>,
    action: What,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct LabelSelector {
    match_labels: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Matches {
    #[serde(default)]
    match_paths: Vec<MatchPath>,
    #[serde(default)]
    match_directories: Vec<MatchDirectory>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchPath {
    path: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchDirectory {
    dir: String,
    recursive: bool,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
enum What {
    Allow,
    Audit,
    Block,
}

fn made(document: &Document, action: Action) -> (Vec<String>, Vec<KubeArmorPolicy>) {
    let (comments, objects) = read(document, |known| policy(known, &selector(), action));
    let policies: Vec<KubeArmorPolicy> =
        objects.into_iter().map(|object| serde_json::from_value(object).unwrap()).collect();
    for policy in &policies {
        assert_eq!(
            (policy.api_version.as_str(), policy.kind.as_str()),
            ("security.kubearmor.com/v1", "KubeArmorPolicy")
        );
        assert_eq!(policy.spec.selector.match_labels["app"], "web");
        let of = [Some(&policy.spec.process), policy.spec.file.as_ref()];
        for matches in of.into_iter().flatten() {
            for MatchPath { path } in &matches.match_paths {
                // ^\/+.*[^\/]$, and at most 200.
                assert!(
                    path.starts_with('/')
                        && !path.ends_with('/')
                        && path.len() <= 200
                        && !path.contains('\n')
                );
            }
            for MatchDirectory { dir, recursive } in &matches.match_directories {
                // ^\/$|^\/.*\/$
                assert!(dir.starts_with('/') && dir.ends_with('/') && *recursive && !dir.contains('\n'));
            }
        }
    }
    (comments, policies)
}

fn paths(policy: &KubeArmorPolicy) -> Vec<&str> {
    policy.spec.process.match_paths.iter().map(|of| of.path.as_str()).collect()
}

#[test]
fn what_is_known_is_allowed_with_all_files_and_what_is_denied_is_a_policy_of_its_own() {
    let mut document = document(&[("spawn", "/bin/web"), ("spawn", "/tmp/<any>"), ("spawn", "/bin/a b")]);
    deny(&mut document, "spawn", "/bin/nc");
    for (action, what) in [(Action::Audit, What::Audit), (Action::Block, What::Block)] {
        let (comments, policies) = made(&document, action);
        let [allow, denied] = &policies[..] else { panic!("{policies:?}") };
        assert_eq!(
            (allow.metadata["name"].as_str(), allow.metadata["namespace"].as_str()),
            ("deployment-web-f1223d3b", "shop")
        );
        assert_eq!((paths(allow), &allow.spec.action), (vec!["/bin/web"], &What::Allow));
        assert_eq!(allow.spec.process.match_directories[0].dir, "/tmp/");
        assert_eq!(
            allow.spec.file.as_ref().unwrap().match_directories[0].dir,
            "/",
            "files would be told, too"
        );
        assert_eq!(denied.metadata["name"], "deployment-web-f1223d3b-denied");
        assert_eq!((paths(denied), &denied.spec.action), (vec!["/bin/nc"], &what));
        let left =
            "Programs that are known but can't be named here, so they count as unknown ones: /bin/a b.";
        assert!(comments.iter().any(|comment| comment == left), "{comments:?}");
    }
}

#[test]
fn where_nothing_was_learned_there_is_no_policy_that_allows_and_so_none_that_forbids_the_rest() {
    let mut document = document(&[]);
    deny(&mut document, "spawn", "/bin/nc");
    let (comments, policies) = made(&document, Action::Block);
    assert_eq!(policies.iter().map(|policy| &policy.spec.action).collect::<Vec<_>>(), [&What::Block]);
    assert!(said(&comments, "No programs were learned"), "{comments:?}");
}

proptest! {
    #[test]
    fn a_path_comes_back_as_it_is_or_is_left_out_aloud(path in hostile()) {
        let path = format!("/{path}");
        let (comments, policies) = made(&document(&[("spawn", "/bin/web"), ("spawn", &path)]), Action::Audit);
        for policy in &policies {
            let left = said(&comments, "Programs that are known but can't be named here");
            let folders = policy.spec.process.match_directories.iter().map(|of| of.dir.as_str());
            let values: Vec<&str> = paths(policy).into_iter().chain(folders).collect();
            prop_assert!(values == ["/bin/web"] && left || say_just(values, &path), "{:?}", policy);
        }
    }
}
