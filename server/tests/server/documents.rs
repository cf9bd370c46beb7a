//! Intent as a document, from one server to another: what the one learned the other knows, what a document decides holds, and
//! nothing that does not fit comes in.
//!
//! Not here: documents as files (the end-to-end tests of the command line).

use std::path::Path;

use bytes::Bytes;
use plumbline_proto::v1::{
    AppliedAction, ApplyIntentRequest, ApplyIntentResponse, BaselineState, Batch, ChangeBaselineRequest,
    DecideRequest, Decision, DecisionKind, DecisionScope, ExportIntentRequest, GetIntentRequest, ImageStatus,
    IntendedBehaviour, IntentDocument, Learned, LearnedBehaviour, LearnedOutcome, ListAlertsRequest,
    ListAuditRequest, ListDecisionsRequest, StatedBehaviour, audit_service_client::AuditServiceClient,
    intent_service_client::IntentServiceClient,
};
use prost::Message;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::{
    decisions::decide,
    fixture::{MINUTES, batch},
    harness::{Collector, LIMIT, Server, hello},
    secure::{Bearer, Pki},
    web::get,
};

/// So that twelve quiet minutes are enough for a baseline to be stable.
const SOON: [&str; 2] = ["--budget", "400"];
const WEB: &str = "sha256:shop/web";

async fn feed(server: &Server, session: u8, batches: impl IntoIterator<Item = Bytes>) {
    let (mut collector, durable) = Collector::greet(server, session).await;
    let mut seq = durable;
    for batch in batches {
        seq += 1;
        collector.send(seq, batch).await;
    }
    collector.acknowledged(seq).await;
}

/// A server that has learned the fleet.
async fn learned(data: &Path, flags: &[&str]) -> Server {
    let server = Server::start_with(data, flags);
    feed(&server, 1, (0..MINUTES).map(|minute| batch("a", minute))).await;
    server
}

/// The document of an image, of all its parts.
async fn export(server: &Server, image: &str) -> IntentDocument {
    let request = ExportIntentRequest { image: image.into() };
    let mut parts = server.intent().await.export(request).await.unwrap().into_inner();
    let mut document = IntentDocument::default();
    while let Some(part) = parts.message().await.unwrap() {
        document.merge(part.encode_to_vec().as_slice()).unwrap();
    }
    document
}

fn request(document: &IntentDocument) -> ApplyIntentRequest {
    ApplyIntentRequest {
        document: Some(document.clone()),
        name: "shop/web from staging".into(),
        author: "alice".into(),
        ..Default::default()
    }
}

fn with_learned(document: &IntentDocument) -> ApplyIntentRequest {
    ApplyIntentRequest { learned: true, ..request(document) }
}

async fn applied(server: &Server, request: ApplyIntentRequest) -> ApplyIntentResponse {
    server.intent().await.apply(request).await.unwrap().into_inner()
}

async fn refused(server: &Server, request: ApplyIntentRequest) -> Status {
    server.intent().await.apply(request).await.unwrap_err()
}

fn actions(response: &ApplyIntentResponse) -> Vec<AppliedAction> {
    response.decisions.iter().map(|applied| applied.action()).collect()
}

async fn web(server: &Server) -> Option<ImageStatus> {
    server.images().await.into_iter().find(|image| image.digest == WEB)
}

/// What the image is known for.
async fn behaviours(server: &Server) -> Vec<IntendedBehaviour> {
    let request = GetIntentRequest { image: WEB.into(), limit: 10_000, ..Default::default() };
    server.intent().await.get(request).await.unwrap().into_inner().behaviours
}

/// Alerts of the image.
async fn alerts(server: &Server) -> usize {
    let all = server.alerts().await.list(ListAlertsRequest::default()).await.unwrap().into_inner().alerts;
    all.iter().filter(|alert| alert.image_digest == WEB).count()
}

async fn on_record(server: &Server) -> Vec<Decision> {
    let request = ListDecisionsRequest { all: true, limit: 0 };
    server.intent().await.list(request).await.unwrap().into_inner().decisions
}

/// A minute in which the image starts another program.
fn foreign(minute: u64) -> Bytes {
    let mut foreign = Batch::decode(batch("b", minute)).unwrap();
    // The first is that of the entrypoint.
    let program = foreign.strings.iter_mut().filter(|text| **text == "/usr/bin/shop/web").nth(1).unwrap();
    *program = "/usr/bin/perl".into();
    foreign.encode_to_vec().into()
}

fn entry(kind: DecisionKind, value: &str, scope: DecisionScope) -> Decision {
    Decision {
        kind: kind.into(),
        dimension: "spawn".into(),
        context: "/usr/bin/shop/web".into(),
        value: value.into(),
        scope: scope.into(),
        scope_name: if scope == DecisionScope::Namespace { "shop".into() } else { String::new() },
        reason: "as designed".into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn what_one_server_learned_another_knows_from_the_first_event_and_what_it_never_saw_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("production");
    let staging = learned(&folder.path().join("staging"), &SOON).await;
    let document = export(&staging, "shop/web").await;
    assert!(document.learned.len() > 1 && document.as_of_unix_ns > 0);

    let production = Server::start_with(&data, &SOON);
    let dry = ApplyIntentRequest { dry_run: true, ..with_learned(&document) };
    let dry = applied(&production, dry).await;
    assert_eq!((dry.learned(), dry.behaviours), (LearnedOutcome::Taken, document.learned.len() as u64));
    assert!(web(&production).await.is_none(), "a dry run taught");
    let taught = applied(&production, with_learned(&document)).await;
    assert_eq!((taught.learned(), taught.behaviours), (dry.learned(), dry.behaviours));
    production.kill();

    let production = Server::start_with(&data, &SOON);
    let image = web(&production).await.unwrap();
    assert_eq!((image.state(), image.repository.as_str()), (BaselineState::Stable, "shop/web"));
    assert_eq!(image.upkeep.as_ref().unwrap().author, "alice");
    let told = behaviours(&production).await;
    assert_eq!(told, behaviours(&staging).await);
    assert!(told.iter().any(|known| known.learned.is_some_and(|learned| learned.count == MINUTES)));

    // Were only its confidence taken, what it does would be news; and a server that knows nothing tells of nothing.
    let sure = Server::start_with(&folder.path().join("sure"), &SOON);
    let empty = IntentDocument { learned: Vec::new(), ..document.clone() };
    applied(&sure, with_learned(&empty)).await;
    let fresh = Server::start_with(&folder.path().join("fresh"), &SOON);
    for server in [&production, &sure, &fresh] {
        feed(server, 2, [batch("b", 0)]).await;
    }
    let counts = (alerts(&production).await, alerts(&sure).await, alerts(&fresh).await);
    assert!(counts.0 == 0 && counts.1 > 0 && counts.2 == 0, "{counts:?}");
    for server in [&production, &fresh] {
        feed(server, 2, [foreign(1)]).await;
    }
    assert_eq!((alerts(&production).await, alerts(&fresh).await), (1, 0), "the foreign program");

    // It has been learned here by now, so that a document teaches it nothing more.
    let mut more = document.clone();
    more.learned[0].context.push_str("/else");
    let again = applied(&production, with_learned(&more)).await;
    assert_eq!((again.learned(), again.behaviours), (LearnedOutcome::Left, 0));
    assert_eq!(web(&production).await.unwrap().revision, image.revision);
}

#[tokio::test]
async fn what_was_learned_of_another_digest_is_an_elder_of_the_version_that_runs_and_a_locked_baseline_takes_nothing()
 {
    let folder = tempfile::tempdir().unwrap();
    let staging = learned(&folder.path().join("staging"), &SOON).await;
    let document = export(&staging, "shop/web").await;
    let production = Server::start_with(&folder.path().join("production"), &SOON);
    let image = "shop/web@sha256:built-for-staging".to_owned();
    let elder = ApplyIntentRequest { image, ..with_learned(&document) };
    assert_eq!(applied(&production, elder.clone()).await.learned(), LearnedOutcome::Taken);
    feed(&production, 2, [batch("b", 0)]).await;
    let versions = production.images().await.into_iter().filter(|image| image.repository == "shop/web");
    let versions: Vec<_> = versions.map(|image| (image.digest.clone(), image.state())).collect();
    assert_eq!(
        versions,
        [
            ("sha256:built-for-staging".to_owned(), BaselineState::Stable),
            (WEB.to_owned(), BaselineState::Learning)
        ]
    );

    let (image, author) = (WEB.to_owned(), "alice".to_owned());
    let lock = ChangeBaselineRequest { image, author, ..Default::default() };
    production.baselines().await.lock(lock).await.unwrap();
    let locked = ApplyIntentRequest { image: WEB.into(), ..with_learned(&document) };
    let locked = refused(&production, locked).await;
    assert_eq!(locked.code(), Code::FailedPrecondition, "{locked}");
}

#[tokio::test]
async fn a_document_that_is_applied_again_changes_nothing_and_what_left_it_is_taken_back_if_it_was_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = learned(&data, &[]).await;
    let by_hand = StatedBehaviour {
        dimension: "spawn".into(),
        context: "/usr/bin/shop/web".into(),
        value: "/bin/by-hand".into(),
    };
    let by_hand = DecideRequest {
        behaviour: Some(by_hand),
        image: "shop/web".into(),
        author: "bob".into(),
        reason: "known".into(),
        ..Default::default()
    };
    let by_hand = decide(&server, DecisionKind::Approve, by_hand).await.remove(0);

    let mut document = IntentDocument {
        image: Some(ImageStatus { repository: "shop/web".into(), ..Default::default() }),
        decisions: vec![
            Decision {
                expires_unix_ns: 4_000_000_000_123_456_789,
                ..entry(DecisionKind::Approve, "/bin/report", DecisionScope::Image)
            },
            entry(DecisionKind::Deny, "/bin/nc", DecisionScope::Repository),
            entry(DecisionKind::Deny, "/bin/nc", DecisionScope::Namespace),
            entry(DecisionKind::Deny, "/bin/nc", DecisionScope::All),
            entry(DecisionKind::Approve, "/bin/by-hand", DecisionScope::Image),
        ],
        ..Default::default()
    };
    use AppliedAction::{Decided, Revoked, Unchanged};
    let first = [Decided, Decided, Decided, Decided, Unchanged];
    let dry = applied(&server, ApplyIntentRequest { dry_run: true, ..request(&document) }).await;
    assert_eq!(actions(&dry), first);
    assert!(dry.decisions[..4].iter().all(|dry| dry.decision.as_ref().unwrap().id.is_empty()));
    assert_eq!(on_record(&server).await.len(), 1, "a dry run decided");
    let made = applied(&server, request(&document)).await;
    assert_eq!(actions(&made), first);
    let made: Vec<Decision> = made.decisions.into_iter().map(|applied| applied.decision.unwrap()).collect();
    assert_eq!(made[0].expires_unix_ns, 4_000_000_000_123_456_789, "to the nanosecond");
    assert_eq!(made[4], by_hand);
    server.kill();

    let server = Server::start(&data);
    let again = applied(&server, ApplyIntentRequest { revoke_missing: true, ..request(&document) }).await;
    assert_eq!(actions(&again), [Unchanged; 5]);
    assert_eq!(on_record(&server).await.len(), 5);
    // Exported and applied, it is the same again.
    let exported = export(&server, "shop/web").await;
    assert_eq!((&exported.etag, exported.decisions.len()), (&again.etag, 5));
    let same = applied(&server, ApplyIntentRequest { revoke_missing: true, ..request(&exported) }).await;
    assert_eq!(actions(&same), [Unchanged; 5]);

    // Of another image the same document leaves what is for this one; of another document nothing is taken back.
    let other = IntentDocument { decisions: document.decisions[2..4].to_vec(), ..Default::default() };
    let other = ApplyIntentRequest { image: "db".into(), revoke_missing: true, ..request(&other) };
    assert_eq!(actions(&applied(&server, other).await), [Unchanged; 2]);
    document.decisions.truncate(1);
    let reduced = ApplyIntentRequest { revoke_missing: true, ..request(&document) };
    let named = ApplyIntentRequest { name: "another".into(), ..reduced.clone() };
    assert_eq!(actions(&applied(&server, named).await), [Unchanged]);
    let kept = ApplyIntentRequest { revoke_missing: false, ..reduced.clone() };
    assert_eq!(actions(&applied(&server, kept).await), [Unchanged]);
    let outdated = ApplyIntentRequest { etag: exported.etag.clone(), ..reduced.clone() };
    let seen = applied(&server, outdated.clone()).await;
    assert_eq!(actions(&seen), [Unchanged, Revoked, Revoked, Revoked]);
    assert_ne!(seen.etag, exported.etag);
    let outdated = refused(&server, outdated).await;
    assert_eq!(outdated.code(), Code::Aborted, "{outdated}");
    assert_eq!(outdated.get_details_error_info().unwrap().metadata["etag"], seen.etag);
    let everywhere = vec![entry(DecisionKind::Deny, "/bin/nc", DecisionScope::All)];
    let of_no_image = IntentDocument { decisions: everywhere, ..Default::default() };
    let of_no_image = ApplyIntentRequest { etag: seen.etag.clone(), ..request(&of_no_image) };
    let of_no_image = refused(&server, of_no_image).await;
    assert_eq!(of_no_image.code(), Code::InvalidArgument, "{of_no_image}");
    assert!(of_no_image.message().contains("etag") && of_no_image.message().contains("about no image"));
    let held = on_record(&server).await.into_iter().filter(|decision| decision.revoked.is_none());
    let held: Vec<String> = held.map(|decision| decision.value).collect();
    assert_eq!(held, ["/bin/report", "/bin/by-hand"]);

    let mut audit = AuditServiceClient::new(server.channel().await);
    let entries = audit.list(ListAuditRequest::default()).await.unwrap().into_inner().entries;
    let entries: Vec<_> =
        entries.iter().map(|entry| (entry.method.as_str(), entry.outcome.as_str())).collect();
    let of = "applied the document shop/web from staging to shop/web@sha256:shop/web by alice:";
    let (made, revoked) =
        (format!("{of} 4 decisions made, 0 taken back"), format!("{of} 0 decisions made, 3 taken back"));
    assert_eq!(
        entries[1..],
        [("IntentService/Apply", made.as_str()), ("IntentService/Apply", revoked.as_str())]
    );
}

#[tokio::test]
async fn a_document_of_garbage_is_refused_by_the_field_and_nothing_of_it_comes_in() {
    let folder = tempfile::tempdir().unwrap();
    let server = learned(&folder.path().join("data"), &[]).await;
    let mut good = export(&server, "shop/web").await;
    good.decisions = vec![
        entry(DecisionKind::Deny, "/bin/nc", DecisionScope::All),
        entry(DecisionKind::Deny, "/bin/nc", DecisionScope::Image),
    ];
    let learned_of = |change: fn(&mut LearnedBehaviour)| {
        move |r: &mut ApplyIntentRequest| change(&mut r.document.as_mut().unwrap().learned[1])
    };
    let times_of = |change: fn(&mut Learned)| {
        move |r: &mut ApplyIntentRequest| {
            change(r.document.as_mut().unwrap().learned[1].learned.as_mut().unwrap());
        }
    };
    let image_of = |change: fn(&mut ImageStatus)| {
        move |r: &mut ApplyIntentRequest| change(r.document.as_mut().unwrap().image.as_mut().unwrap())
    };
    let decision_of = |change: fn(&mut Decision)| {
        move |r: &mut ApplyIntentRequest| change(&mut r.document.as_mut().unwrap().decisions[1])
    };
    type Change = Box<dyn Fn(&mut ApplyIntentRequest)>;
    let cases: Vec<(Change, &str)> = vec![
        (Box::new(|r| r.document = None), "document"),
        (Box::new(|r| r.name.clear()), "name"),
        (Box::new(|r| r.name = "a\u{1b}[2J".into()), "name"),
        (Box::new(|r| r.name = "x".repeat(129)), "name"),
        (Box::new(|r| r.author.clear()), "author"),
        (Box::new(|r| r.image = "no/such".into()), "image"),
        (Box::new(|r| r.image = "no/such@".into()), "image"),
        (Box::new(|r| r.image = "a\n@b".into()), "image"),
        (Box::new(image_of(|i| i.starts = u64::MAX)), "document.image.starts"),
        (Box::new(image_of(|i| i.first_seen_unix_ns = u64::MAX)), "document.image.first_seen_unix_ns"),
        (Box::new(image_of(|i| i.last_seen_unix_ns = u64::MAX)), "document.image.last_seen_unix_ns"),
        (
            Box::new(image_of(|i| i.dimensions[2].dimension = "x".into())),
            "document.image.dimensions[2].dimension",
        ),
        (
            Box::new(image_of(|i| i.dimensions[2].exposures = 1 << 41)),
            "document.image.dimensions[2].exposures",
        ),
        (Box::new(learned_of(|b| b.dimension = "spam".into())), "document.learned[1].dimension"),
        (Box::new(learned_of(|b| b.context = "x".repeat(16_385))), "document.learned[1].context"),
        (Box::new(learned_of(|b| b.value.clear())), "document.learned[1].value"),
        (Box::new(learned_of(|b| b.marks = "n0".into())), "document.learned[1].marks"),
        (Box::new(learned_of(|b| b.value = "a\u{1f}b".into())), "document.learned[1].marks"),
        (Box::new(learned_of(|b| b.learned = None)), "document.learned[1].learned"),
        (Box::new(times_of(|l| l.count = 0)), "document.learned[1].learned.count"),
        (Box::new(times_of(|l| l.count = u64::MAX)), "document.learned[1].learned.count"),
        (
            Box::new(times_of(|l| l.first_seen_unix_ns = u64::MAX)),
            "document.learned[1].learned.first_seen_unix_ns",
        ),
        (
            Box::new(times_of(|l| l.last_seen_unix_ns = u64::MAX)),
            "document.learned[1].learned.last_seen_unix_ns",
        ),
        (Box::new(decision_of(|d| d.kind = 0)), "document.decisions[1].kind"),
        (Box::new(decision_of(|d| d.dimension = "spam".into())), "document.decisions[1].dimension"),
        (Box::new(decision_of(|d| d.value.clear())), "document.decisions[1].value"),
        (Box::new(decision_of(|d| d.scope = 77)), "document.decisions[1].scope"),
        (
            Box::new(decision_of(|d| d.scope = DecisionScope::Namespace.into())),
            "document.decisions[1].scope_name",
        ),
        (Box::new(decision_of(|d| d.reason = " ".into())), "document.decisions[1].reason"),
        (Box::new(decision_of(|d| d.reason = "x".repeat(1025))), "document.decisions[1].reason"),
        (Box::new(decision_of(|d| d.expires_unix_ns = 1)), "document.decisions[1].expires_unix_ns"),
    ];
    let before = (web(&server).await, on_record(&server).await);
    for (change, field) in cases {
        let mut request = with_learned(&good);
        change(&mut request);
        let refused = refused(&server, request).await;
        assert_eq!(refused.code(), Code::InvalidArgument, "{field}: {refused}");
        assert_eq!(refused.get_details_bad_request().unwrap().field_violations[0].field, field, "{refused}");
    }
    let mut unknown = request(&good);
    unknown.document.as_mut().unwrap().image.as_mut().unwrap().digest = "sha256:gone".into();
    assert_eq!(refused(&server, unknown).await.code(), Code::NotFound);
    let mut huge = with_learned(&good);
    huge.document.as_mut().unwrap().learned[0].context = "x".repeat(17 << 20);
    let huge = refused(&server, huge).await;
    assert!([Code::OutOfRange, Code::ResourceExhausted].contains(&huge.code()), "{huge}");
    assert_eq!((web(&server).await, on_record(&server).await), before, "something refused came in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_analyst_applies_decisions_and_only_an_admin_what_was_learned() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let [analyst, admin] = ["analyst", "admin"].map(|role| Bearer::new(&pki.token(role, role, &[])));
    let feeder = Bearer::new(&pki.token("feeder", "collector", &["--any-node"]));
    let server = pki.start(&folder.path().join("data"));
    let channel = pki.channel(&server, None).await;
    let (mut collector, _) = Collector::over_as(channel.clone(), feeder).await.welcomed(hello(1)).await;
    collector.send(1, batch("node", 0)).await;
    collector.acknowledged(1).await;
    let told = tokio::time::timeout(LIMIT, async {
        let mut client = IntentServiceClient::new(analyst.over(channel.clone()));
        let request = ExportIntentRequest { image: "shop/web".into() };
        client.export(request).await.unwrap().into_inner().message().await.unwrap().unwrap()
    });
    let document = IntentDocument {
        decisions: vec![entry(DecisionKind::Deny, "/bin/nc", DecisionScope::Image)],
        ..told.await.unwrap()
    };
    let mut by_analyst = IntentServiceClient::new(analyst.over(channel.clone()));
    let request = ApplyIntentRequest { author: String::new(), ..request(&document) };
    let applied = by_analyst.apply(request.clone()).await.unwrap().into_inner();
    assert_eq!(applied.decisions[0].decision.as_ref().unwrap().author, "analyst");
    let refused =
        by_analyst.apply(ApplyIntentRequest { learned: true, ..request.clone() }).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
    let refused =
        by_analyst.apply(ApplyIntentRequest { declared: true, ..request.clone() }).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
    let forged = ApplyIntentRequest { author: "root".into(), ..request.clone() };
    assert_eq!(by_analyst.apply(forged).await.unwrap_err().code(), Code::PermissionDenied);
    let mut by_admin = IntentServiceClient::new(admin.over(channel));
    let taught = by_admin.apply(ApplyIntentRequest { learned: true, ..request }).await.unwrap().into_inner();
    assert_eq!(taught.learned(), LearnedOutcome::Unchanged, "it is what the server itself knows");
}

#[tokio::test]
async fn a_document_is_told_over_http_too_and_says_that_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let server = learned(&folder.path().join("data"), &[]).await;
    let mut answer = get(&server, "/api/v1/images/shop%2Fweb/intent/export", &[]);
    assert_eq!(answer.code, 200, "{:?}", answer.head);
    let document = answer.event().unwrap();
    assert_eq!(document.data["etag"], export(&server, "shop/web").await.etag);
    assert_eq!(document.data["image"]["digest"], WEB);
    assert!(document.data["learned"].as_array().unwrap().len() > 1);
    let end = answer.event().unwrap();
    assert_eq!((end.name.as_str(), &end.data["code"]), ("end", &0.into()));
}
