//! Policies, over the wire: what people may make of them, what collectors are sent, and that what broke one counts once.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use plumbline_proto::v1::{
    ArmRequest, Batch, DecideRequest, DecisionScope, EnforcementMode, EnforcementOutcome, EnforcementRule,
    EnforcementState, Enforcements, Hello, ListAuditRequest, ListPoliciesRequest, ListPoliciesResponse,
    NodeEnforcement, OperationalKind, Policy, PolicySet, RemovePolicyRequest, SetPolicyRequest,
    SignedPolicies, StatedBehaviour, WatchRequest, audit_service_client::AuditServiceClient,
    enforcement_service_client::EnforcementServiceClient, ingest_request::Kind, ingest_response,
};
use prost::Message;
use ring::signature::{ED25519, UnparsedPublicKey};
use rustls::pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt;

use crate::{
    fixture::batch,
    harness::{Collector, LIMIT, Server, Watch, hello},
    operational::next,
    secure::{Pki, done},
};

/// A key, and the configuration that names it.
pub(crate) struct Keyed {
    config: String,
    pub(crate) public: PathBuf,
}

/// Makes both in a folder.
pub(crate) fn keyed(folder: &Path) -> Keyed {
    valid_for(folder, "1h")
}

fn valid_for(folder: &Path, time: &str) -> Keyed {
    let (keys, config) = (folder.join("keys"), folder.join("enforcement.toml"));
    done(&["enforcement", "init-key", "--dir", keys.to_str().unwrap()]);
    let key = keys.join("enforcement.key");
    fs::write(&config, format!("[enforcement]\nkey_file = {key:?}\nvalid_for = \"{time}\"\n")).unwrap();
    Keyed { config: config.to_str().unwrap().to_owned(), public: keys.join("enforcement.pub") }
}

impl Keyed {
    pub(crate) fn flags(&self) -> [&str; 2] {
        ["--config", &self.config]
    }

    /// The set, if it was signed with the key.
    fn verified(&self, signed: &SignedPolicies) -> PolicySet {
        let der = SubjectPublicKeyInfoDer::from_pem_file(&self.public).unwrap();
        let key = UnparsedPublicKey::new(&ED25519, &der[der.len() - 32..]);
        let message = [b"plumbline policies 1\0".as_slice(), &signed.policies].concat();
        key.verify(&message, &signed.signature).expect("not signed with the key");
        PolicySet::decode(signed.policies.as_slice()).unwrap()
    }
}

pub(crate) type Client = EnforcementServiceClient<Channel>;

pub(crate) async fn client(server: &Server) -> Client {
    EnforcementServiceClient::new(server.channel().await)
}

async fn list(client: &mut Client) -> ListPoliciesResponse {
    client.list(ListPoliciesRequest {}).await.unwrap().into_inner()
}

/// What nodes enforce, once that is as it is meant to be.
async fn nodes_when(
    client: &mut Client,
    is_meant: impl Fn(&[NodeEnforcement]) -> bool,
) -> Vec<NodeEnforcement> {
    let asking = async {
        loop {
            let nodes = list(client).await.nodes;
            if is_meant(&nodes) {
                return nodes;
            }
        }
    };
    tokio::time::timeout(LIMIT, asking).await.expect("nodes are not as they are meant to be in time")
}

/// A policy of the shop's web that enforces.
pub(crate) fn of_web() -> SetPolicyRequest {
    SetPolicyRequest {
        image: "shop/web".into(),
        mode: EnforcementMode::Enforce.into(),
        immutable: true,
        author: "alice".into(),
        reason: "it only serves".into(),
        ..Default::default()
    }
}

/// A server with a key that knows the fleet.
pub(crate) async fn started(folder: &Path) -> (Server, Keyed) {
    let keyed = keyed(folder);
    let server = Server::start_with(&folder.join("data"), &keyed.flags());
    let (mut collector, _) = Collector::greet(&server, 9).await;
    collector.send(1, batch("elsewhere", 0)).await;
    collector.acknowledged(1).await;
    (server, keyed)
}

/// A collector that takes policies, and its session.
pub(crate) async fn enforcing(server: &Server, id: u8) -> (Collector, u64) {
    let hello = Hello { takes_policies: true, ..hello(id) };
    Collector::open(server).await.welcomed(hello).await
}

/// The next set that comes, and holds for what is asked.
pub(crate) async fn set(
    collector: &mut Collector,
    keyed: &Keyed,
    is_meant: impl Fn(&PolicySet) -> bool,
) -> PolicySet {
    loop {
        if let ingest_response::Kind::Policies(signed) = collector.answer().await.unwrap() {
            let set = keyed.verified(&signed);
            if is_meant(&set) {
                return set;
            }
        }
    }
}

/// The minute of a node with programs that broke the policy of the first image, the shop's web.
pub(crate) fn broken(minute: u64, rows: &[(EnforcementOutcome, u32)]) -> Bytes {
    let mut batch = Batch::decode(batch("node", minute)).unwrap();
    batch.enforcements = Some(Enforcements {
        process: vec![0; rows.len()],
        time_ns: vec![5; rows.len()],
        count: rows.iter().map(|(_, count)| *count).collect(),
        rule: vec![EnforcementRule::Immutable.into(); rows.len()],
        outcome: rows.iter().map(|(outcome, _)| i32::from(*outcome)).collect(),
    });
    batch.encode_to_vec().into()
}

/// What the audit record says of policies, oldest first: who, and what came of it.
pub(crate) async fn recorded(server: &Server) -> Vec<(String, String)> {
    let mut audit = AuditServiceClient::new(server.channel().await);
    let request = ListAuditRequest { limit: 1000, after_cursor: 0 };
    let entries = audit.list(request).await.unwrap().into_inner().entries;
    entries.into_iter().map(|entry| (entry.name, entry.outcome)).collect()
}

fn etag(status: &Status) -> String {
    status.get_error_details().error_info().unwrap().metadata["etag"].clone()
}

fn wrong_field(status: Status) -> String {
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    status.get_error_details().bad_request().unwrap().field_violations[0].field.clone()
}

#[tokio::test]
async fn without_a_key_nothing_is_sent_and_each_call_says_how_to_turn_it_on() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let mut client = client(&server).await;
    for refused in [
        client.list(ListPoliciesRequest {}).await.unwrap_err(),
        client.set(of_web()).await.unwrap_err(),
        client.remove(RemovePolicyRequest::default()).await.unwrap_err(),
        client.arm(ArmRequest::default()).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), Code::FailedPrecondition);
        assert!(refused.message().contains("enforcement init-key"), "{refused}");
    }
    let (mut collector, _) = enforcing(&server, 1).await;
    collector.send(1, batch("node", 0)).await;
    assert!(matches!(collector.answer().await.unwrap(), ingest_response::Kind::Ack(_)));
}

#[tokio::test]
async fn a_policy_is_set_changed_by_its_etag_and_removed_and_who_did_it_is_on_record() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _) = started(folder.path()).await;
    let mut client = client(&server).await;
    let allow = SetPolicyRequest { allow_list: true, allowed: vec!["/bin/true".into()], ..of_web() };
    let made = client.set(allow).await.unwrap().into_inner();
    assert_eq!((made.image.as_str(), made.kills_per_minute, made.mode), ("shop/web", 10, 3));
    assert_eq!(made.allowed, ["/bin/true", "/usr/bin/shop/web"], "given, declared and known");
    let warn = |etag| SetPolicyRequest { mode: EnforcementMode::Warn.into(), etag, ..of_web() };
    let refused = client.set(warn(made.revision + 1)).await.unwrap_err();
    assert_eq!((refused.code(), etag(&refused)), (Code::Aborted, made.revision.to_string()));
    let changed = client.set(warn(made.revision)).await.unwrap().into_inner();
    assert!(changed.revision > made.revision && changed.allowed.is_empty());
    let stale = RemovePolicyRequest {
        image: "shop/web".into(),
        etag: made.revision,
        author: "bob".into(),
        ..Default::default()
    };
    assert_eq!(client.remove(stale.clone()).await.unwrap_err().code(), Code::Aborted);
    let remove = RemovePolicyRequest { etag: 0, ..stale };
    let removed = client.remove(remove.clone()).await.unwrap().into_inner();
    assert_eq!(removed.digest, "sha256:shop/web");
    assert_eq!(client.remove(remove).await.unwrap_err().code(), Code::NotFound);
    let again = client.set(warn(0)).await.unwrap().into_inner();
    assert!(again.revision > changed.revision, "no revision comes twice");
    let entries: Vec<String> = recorded(&server).await.into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(entries.len(), 4, "{entries:?}");
    assert_eq!(
        entries[0],
        "set the policy of shop/web to enforce by alice (immutable, 2 allowed, 10 kills a minute): it only serves"
    );
    assert_eq!(entries[2], "removed the policy of shop/web by bob");
}

/// Makes one field of a request wrong.
type Wrong = fn(&mut SetPolicyRequest);

#[tokio::test]
async fn what_does_not_fit_is_refused_by_its_field() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _) = started(folder.path()).await;
    let mut client = client(&server).await;
    let cases: [(&str, Wrong); 14] = [
        ("image", |r| r.image.clear()),
        ("mode", |r| r.mode = 0),
        ("mode", |r| r.mode = 4),
        ("immutable", |r| r.immutable = false),
        ("allowed", |r| r.allowed = vec!["/bin/sh".into()]),
        ("allowed", |r| (r.allow_list, r.allowed) = (true, vec!["sh".into()])),
        ("exempt", |r| r.exempt = vec!["/a\n".into()]),
        ("exempt", |r| r.exempt = vec![format!("/{}", "a".repeat(250))]),
        ("exempt", |r| r.exempt = vec!["/a".into(); 1025]),
        ("kills_per_minute", |r| r.kills_per_minute = 1001),
        ("promote_after_ns", |r| r.promote_after_ns = 1),
        ("author", |r| r.author = " ".into()),
        ("author", |r| r.author = "a".repeat(129)),
        ("reason", |r| r.reason = "a".repeat(1025)),
    ];
    for (field, change) in cases {
        let mut request = of_web();
        change(&mut request);
        assert_eq!(wrong_field(client.set(request).await.unwrap_err()), field);
    }
    let unknown = SetPolicyRequest { image: "shop/none".into(), ..of_web() };
    assert_eq!(client.set(unknown).await.unwrap_err().code(), Code::NotFound);
    // As many as fit, and the one that is declared.
    let allowed = (0..1024).map(|n| format!("/bin/{n}")).collect();
    let refused = client.set(SetPolicyRequest { allow_list: true, allowed, ..of_web() }).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!(refused.message().starts_with("1025 executables in a list; at most 1024"), "{refused}");
    assert!(list(&mut client).await.policies.is_empty());
}

#[tokio::test]
async fn a_collector_is_sent_signed_sets_as_they_change_and_says_what_it_enforces() {
    let folder = tempfile::tempdir().unwrap();
    let (server, keyed) = started(folder.path()).await;
    let mut client = client(&server).await;
    let (mut collector, _) = enforcing(&server, 1).await;
    let first = set(&mut collector, &keyed, |_| true).await;
    assert!(first.version > 0 && first.images.is_empty() && first.armed);
    let made = client.set(of_web()).await.unwrap().into_inner();
    let next_set = set(&mut collector, &keyed, |set| !set.images.is_empty()).await;
    assert!(next_set.version > first.version && next_set.expires_unix_ns > 0);
    let [image] = &next_set.images[..] else { panic!("{next_set:?}") };
    assert_eq!(
        (image.digest.as_str(), image.mode(), image.revision),
        ("sha256:shop/web", EnforcementMode::Enforce, made.revision)
    );
    let off =
        client.arm(ArmRequest { author: "alice".into(), ..Default::default() }).await.unwrap().into_inner();
    let disarmed = set(&mut collector, &keyed, |set| !set.armed).await;
    assert_eq!((off.armed, off.version), (false, disarmed.version));

    // Who comes later gets the newest one only.
    let (mut other, _) = enforcing(&server, 2).await;
    assert_eq!(set(&mut other, &keyed, |_| true).await.version, disarmed.version);
    drop(other);

    let state = EnforcementState {
        version: disarmed.version,
        inactive: "switched off on the node".into(),
        containers: 3,
        ..Default::default()
    };
    collector.say(Kind::Enforcement(state.clone())).await;
    let nodes = nodes_when(&mut client, |nodes| !nodes.is_empty()).await;
    assert_eq!((nodes[0].node.as_str(), nodes[0].state.clone().unwrap()), ("node", state));
    drop(collector);
    nodes_when(&mut client, <[_]>::is_empty).await;

    // Who does not take policies can't say either, and what is said has bounds.
    let (mut plain, _) = Collector::greet(&server, 3).await;
    plain.say(Kind::Enforcement(EnforcementState::default())).await;
    assert!(plain.end().await.message().starts_with("enforcement: "));
    let (mut wordy, _) = enforcing(&server, 4).await;
    wordy.say(Kind::Enforcement(EnforcementState { inactive: "x".repeat(1025), ..Default::default() })).await;
    assert!(wordy.end().await.message().starts_with("enforcement.inactive: "));
}

#[tokio::test]
async fn what_broke_a_policy_counts_once_though_its_frame_comes_again_after_a_crash() {
    use EnforcementOutcome::{Failed, Killed, Observed, Spared};
    let folder = tempfile::tempdir().unwrap();
    let (server, keyed) = started(folder.path()).await;
    let mut watch = Watch::begin(&server, WatchRequest::default()).await;
    client(&server).await.set(of_web()).await.unwrap();
    let (mut collector, _) = Collector::greet(&server, 1).await;
    collector.send(1, broken(0, &[(Killed, 2), (Observed, 5)])).await;
    collector.send(2, broken(1, &[(Killed, 1), (Spared, 4), (Failed, 1)])).await;
    collector.acknowledged(2).await;
    assert_eq!(server.metric("plumbline_server_enforced_programs_total{outcome=\"killed\"}"), 3);
    let told = next(&mut watch, OperationalKind::PolicyBroken).await;
    assert_eq!((told.image_digest.as_str(), told.node.as_str()), ("sha256:shop/web", ""));
    assert!(told.story.starts_with("The policy of shop/web was broken by "), "{}", told.story);
    // Both may have been opened at once, in any order.
    let mut watch = Watch::begin(&server, WatchRequest::default()).await;
    let spent = next(&mut watch, OperationalKind::PolicySpent).await;
    assert!(spent.story.contains("on node, where it only warns"), "{}", spent.story);
    server.kill();

    // A collector that heard of no acknowledgement sends both again, and then one more.
    let server = Server::start_with(&folder.path().join("data"), &keyed.flags());
    let (mut collector, durable) = Collector::greet(&server, 1).await;
    assert_eq!(durable, 2);
    collector.send(1, broken(0, &[(Killed, 2), (Observed, 5)])).await;
    collector.send(2, broken(1, &[(Killed, 1), (Spared, 4), (Failed, 1)])).await;
    collector.send(3, broken(2, &[(Spared, 1)])).await;
    collector.acknowledged(3).await;
    let mut client = client(&server).await;
    let listed = list(&mut client).await.policies;
    let [policy] = &listed[..] else { panic!("{listed:?}") };
    let counts = (policy.observed, policy.warned, policy.killed, policy.spared, policy.failed);
    assert_eq!(counts, (5, 0, 3, 5, 1));
    let by_outcome: HashMap<i32, &str> =
        policy.last.iter().map(|broken| (broken.outcome, broken.executable.as_str())).collect();
    assert_eq!(by_outcome.len(), 4, "{policy:?}");
    assert!(by_outcome.values().all(|executable| *executable == "/usr/bin/shop/web"));

    // Each outcome of the node is on record, with how many there were; that it came to its limit is told once.
    let said = |entries: &[(String, String)], word: &str| {
        entries.iter().filter(|(name, outcome)| name == "node" && outcome.contains(word)).count()
    };
    let entries = recorded(&server).await;
    assert_eq!(
        (said(&entries, "came to the limit"), said(&entries, "could not be killed")),
        (1, 1),
        "{entries:?}"
    );
    assert!(entries.iter().any(|(_, outcome)| outcome.starts_with("killed ")), "{entries:?}");

    // Set anew, all counts begin again, and nothing is spent any more.
    let again = client.set(of_web()).await.unwrap().into_inner();
    assert_eq!((again.killed, again.spared, again.last.len()), (0, 0, 0));
    let mut watch = Watch::begin(&server, WatchRequest::default()).await;
    loop {
        let alert = next(&mut watch, OperationalKind::PolicySpent).await;
        if alert.operational.unwrap().ended_unix_ns > 0 {
            break;
        }
    }
}

#[tokio::test]
async fn a_restart_keeps_policies_and_the_switch_and_the_version_only_rises_also_from_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    let (server, keyed) = started(folder.path()).await;
    let data = folder.path().join("data");
    let mut calls = client(&server).await;
    let made: Policy = calls.set(of_web()).await.unwrap().into_inner();
    calls.arm(ArmRequest { author: "alice".into(), ..Default::default() }).await.unwrap();
    let before = list(&mut calls).await;
    server.kill();
    let export = folder.path().join("export");
    done(&["store", "export", export.to_str().unwrap(), "--data-dir", data.to_str().unwrap()]);

    let server = Server::start_with(&data, &keyed.flags());
    let (mut collector, _) = enforcing(&server, 1).await;
    let after = set(&mut collector, &keyed, |_| true).await;
    assert!(after.version > before.version && !after.armed);
    assert_eq!(after.images[0].revision, made.revision);
    let mut calls = client(&server).await;
    for _ in 0..3 {
        calls.set(of_web()).await.unwrap();
    }
    let newest = list(&mut calls).await.version;
    server.kill();

    done(&["store", "import", export.to_str().unwrap(), "--data-dir", data.to_str().unwrap(), "--force"]);
    let server = Server::start_with(&data, &keyed.flags());
    let (mut collector, _) = enforcing(&server, 1).await;
    let restored = set(&mut collector, &keyed, |_| true).await;
    assert!(restored.version > newest, "a collector would not take it: {} after {newest}", restored.version);
    assert_eq!(restored.images.len(), 1);
}

#[tokio::test]
async fn a_set_is_sent_again_long_before_it_expires() {
    let folder = tempfile::tempdir().unwrap();
    let keyed = valid_for(folder.path(), "10s");
    let server = Server::start_with(&folder.path().join("data"), &keyed.flags());
    let (mut collector, _) = enforcing(&server, 1).await;
    let first = set(&mut collector, &keyed, |_| true).await;
    let renewed = set(&mut collector, &keyed, |set| set.version > first.version).await;
    assert!(renewed.expires_unix_ns > first.expires_unix_ns);
    assert!(renewed.expires_unix_ns - first.expires_unix_ns < 10_000_000_000, "before the first expires");
}

#[tokio::test]
async fn what_people_approve_comes_into_the_list_and_goes_with_the_approval_and_what_is_learned_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (server, keyed) = started(folder.path()).await;
    let mut calls = client(&server).await;
    calls.set(SetPolicyRequest { allow_list: true, ..of_web() }).await.unwrap();
    let (mut collector, _) = enforcing(&server, 1).await;
    let lists = |set: &PolicySet| {
        let image = set.images.first().cloned().unwrap_or_default();
        (image.allowed, image.exempt)
    };
    let (before, _) = lists(&set(&mut collector, &keyed, |set| !set.images.is_empty()).await);
    assert_eq!(before, ["/usr/bin/shop/web"]);

    // What another container of the image does now is learned, and the list stays.
    let mut learned = Batch::decode(batch("elsewhere", 1)).unwrap();
    for text in &mut learned.strings {
        if *text == "/usr/bin/shop/web" {
            *text = "/usr/bin/learned".into();
        }
    }
    let (mut teacher, _) = Collector::greet(&server, 8).await;
    teacher.send(1, learned.encode_to_vec().into()).await;
    teacher.acknowledged(1).await;

    let approve = DecideRequest {
        behaviour: Some(StatedBehaviour {
            dimension: "spawn".into(),
            context: "/usr/bin/shop/web".into(),
            value: "/opt/report".into(),
        }),
        image: "shop/web".into(),
        scope: DecisionScope::Image.into(),
        author: "alice".into(),
        reason: "it reports".into(),
        ..Default::default()
    };
    let approved = server.intent().await.approve(approve).await.unwrap().into_inner().decisions.remove(0);
    let (allowed, exempt) = lists(&set(&mut collector, &keyed, |set| lists(set).1.len() == 1).await);
    assert_eq!(allowed, ["/opt/report", "/usr/bin/shop/web"]);
    assert_eq!(exempt, ["/opt/report"]);
    let revoke = plumbline_proto::v1::RevokeDecisionRequest {
        id: approved.id,
        author: "alice".into(),
        ..Default::default()
    };
    server.intent().await.revoke(revoke).await.unwrap();
    let (allowed, _) = lists(&set(&mut collector, &keyed, |set| lists(set).1.is_empty()).await);
    assert_eq!(allowed, ["/usr/bin/shop/web"]);
}

#[tokio::test]
async fn who_changes_policies_signs_with_the_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let keyed = keyed(folder.path());
    let server = pki.start_with(&folder.path().join("data"), &keyed.flags());
    let admin = pki.issue("admin", "root");
    let mut client = EnforcementServiceClient::new(pki.channel(&server, Some(&admin)).await);
    let arm = |author: &str| ArmRequest { armed: false, author: author.into(), ..Default::default() };
    assert_eq!(client.arm(arm("alice")).await.unwrap_err().code(), Code::PermissionDenied);
    assert!(!client.arm(arm("")).await.unwrap().into_inner().armed);
}
