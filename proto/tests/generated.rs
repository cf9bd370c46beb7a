//! The committed code, and the page for people, are what the .proto files say. `UPDATE=1 cargo test -p plumbline-proto` rewrites it.

#[path = "markdown/page.rs"]
mod page;

use std::{fs, path::Path};

use prost::Message;

/// Messages that are printed as JSON: what is read from the server, not what collectors send to it.
const JSON: [&str; 95] = [
    ".plumbline.v1.AddTokenResponse",
    ".plumbline.v1.Alert",
    ".plumbline.v1.AlertChange",
    ".plumbline.v1.AlertCount",
    ".plumbline.v1.AlertExplanation",
    ".plumbline.v1.AlertGap",
    ".plumbline.v1.AlertProgress",
    ".plumbline.v1.AppliedAction",
    ".plumbline.v1.AppliedDecision",
    ".plumbline.v1.ApplyIntentResponse",
    ".plumbline.v1.Aspect",
    ".plumbline.v1.AuditEntry",
    ".plumbline.v1.Baseline",
    ".plumbline.v1.BaselineState",
    ".plumbline.v1.BrokenPolicy",
    ".plumbline.v1.CallKind",
    ".plumbline.v1.Collector",
    ".plumbline.v1.ConfirmedAction",
    ".plumbline.v1.Consumer",
    ".plumbline.v1.Containment",
    ".plumbline.v1.CountAlertsResponse",
    ".plumbline.v1.Coverage",
    ".plumbline.v1.DecideResponse",
    ".plumbline.v1.Decided",
    ".plumbline.v1.Decision",
    ".plumbline.v1.DecisionKind",
    ".plumbline.v1.DecisionScope",
    ".plumbline.v1.DeclaredCommand",
    ".plumbline.v1.DeclaredConfinement",
    ".plumbline.v1.DeclaredContainer",
    ".plumbline.v1.DeclaredFacts",
    ".plumbline.v1.DeclaredIntent",
    ".plumbline.v1.DeclaredMount",
    ".plumbline.v1.DeclaredProbe",
    ".plumbline.v1.DimensionStatus",
    ".plumbline.v1.EnforcementMode",
    ".plumbline.v1.EnforcementOutcome",
    ".plumbline.v1.EnforcementRule",
    ".plumbline.v1.EnforcementState",
    ".plumbline.v1.Evidence",
    ".plumbline.v1.EvidenceEvent",
    ".plumbline.v1.EvidenceKind",
    ".plumbline.v1.EvidenceOmitted",
    ".plumbline.v1.EvidenceProcess",
    ".plumbline.v1.EvidenceResponse",
    ".plumbline.v1.EvidenceShare",
    ".plumbline.v1.Expected",
    ".plumbline.v1.FeedbackResponse",
    ".plumbline.v1.Finding",
    ".plumbline.v1.ImageDiff",
    ".plumbline.v1.ImageFeedback",
    ".plumbline.v1.ImageName",
    ".plumbline.v1.ImageStatus",
    ".plumbline.v1.Implied",
    ".plumbline.v1.IntendedBehaviour",
    ".plumbline.v1.Intent",
    ".plumbline.v1.KnownBehaviour",
    ".plumbline.v1.Learned",
    ".plumbline.v1.LearnedOutcome",
    ".plumbline.v1.ListAlertsResponse",
    ".plumbline.v1.ListAuditResponse",
    ".plumbline.v1.ListBaselinesResponse",
    ".plumbline.v1.ListConsumersResponse",
    ".plumbline.v1.ListContainersResponse",
    ".plumbline.v1.ListDecisionsResponse",
    ".plumbline.v1.ListNodesResponse",
    ".plumbline.v1.ListPoliciesResponse",
    ".plumbline.v1.ListTokensResponse",
    ".plumbline.v1.Logit",
    ".plumbline.v1.LogitWeights",
    ".plumbline.v1.MovedRow",
    ".plumbline.v1.Node",
    ".plumbline.v1.NodeEnforcement",
    ".plumbline.v1.NodeState",
    ".plumbline.v1.Operational",
    ".plumbline.v1.OperationalKind",
    ".plumbline.v1.OrderOutcome",
    ".plumbline.v1.OrderResult",
    ".plumbline.v1.Policy",
    ".plumbline.v1.Probabilities",
    ".plumbline.v1.ProbeKind",
    ".plumbline.v1.RemovePolicyResponse",
    ".plumbline.v1.Resolution",
    ".plumbline.v1.Revocation",
    ".plumbline.v1.Role",
    ".plumbline.v1.SocketAction",
    ".plumbline.v1.Status",
    ".plumbline.v1.Token",
    ".plumbline.v1.Triage",
    ".plumbline.v1.TriageState",
    ".plumbline.v1.Upkeep",
    ".plumbline.v1.UpkeepKind",
    ".plumbline.v1.Verdict",
    ".plumbline.v1.WatchResponse",
    ".plumbline.v1.WatchedContainer",
];

#[test]
fn the_committed_code_is_generated_from_the_proto_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = [
        "enforcement",
        "events",
        "ingest",
        "evidence",
        "alerts",
        "intent",
        "baselines",
        "fleet",
        "nodes",
        "audit",
        "tokens",
    ]
    .map(|name| format!("plumbline/v1/{name}.proto"));
    let descriptors = protox::compile(files, [root.join("proto")]).unwrap();
    let mut plain = descriptors.clone();
    plain.file.iter_mut().for_each(|file| file.source_code_info = None);
    let out = tempfile::tempdir().unwrap();
    pbjson_build::Builder::new()
        .register_descriptors(&descriptors.encode_to_vec())
        .unwrap()
        .preserve_proto_field_names()
        .emit_fields()
        .out_dir(out.path())
        .build(&JSON)
        .unwrap();
    let page = page::page(&descriptors);
    tonic_prost_build::configure()
        .bytes(".plumbline.v1.Batch.strings")
        .bytes(".plumbline.v1.Frame.batch")
        .out_dir(out.path())
        .compile_fds(descriptors)
        .unwrap();

    fs::write(out.path().join("plumbline.v1.bin"), plain.encode_to_vec()).unwrap();
    for file in ["plumbline.v1.rs", "plumbline.v1.serde.rs", "plumbline.v1.bin"] {
        let generated = fs::read(out.path().join(file)).unwrap();
        let committed = root.join("src/generated").join(file);
        same(&committed, &generated);
    }
    same(&root.join("API.md"), page.as_bytes());
}

fn same(path: &Path, generated: &[u8]) {
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, generated).unwrap();
    }
    let committed = fs::read(path).unwrap_or_default();
    assert!(generated == committed, "{} is stale: UPDATE=1 cargo test -p plumbline-proto", path.display());
}
