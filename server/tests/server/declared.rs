//! What a document says that scripts start: taken for images that are known and that are not, told again, bounded.

use crate::harness::Server;
use plumbline_proto::v1::{
    ApplyIntentRequest, ApplyIntentResponse, DeclaredCommand, DeclaredFacts, DeclaredIntent,
    ExportIntentRequest, ImageStatus, IntentDocument, LearnedOutcome, ListAuditRequest,
    audit_service_client::AuditServiceClient,
};
use tonic::{Code, Status};

const DIGEST: &str = "sha256:00";

fn command(words: &[&str], from: &str) -> DeclaredCommand {
    DeclaredCommand { words: words.iter().map(|word| (*word).to_owned()).collect(), from: from.to_owned() }
}

fn request(starts: Vec<DeclaredCommand>) -> ApplyIntentRequest {
    let facts = Some(DeclaredFacts { starts, ..Default::default() });
    let image = ImageStatus { digest: DIGEST.into(), repository: "shop/new".into(), ..Default::default() };
    ApplyIntentRequest {
        document: Some(IntentDocument {
            image: Some(image),
            declared: Some(DeclaredIntent { facts, ..Default::default() }),
            ..Default::default()
        }),
        name: "shop/new of its repository".into(),
        author: "alice".into(),
        declared: true,
        ..Default::default()
    }
}

async fn apply(server: &Server, request: ApplyIntentRequest) -> Result<ApplyIntentResponse, Status> {
    server.intent().await.apply(request).await.map(tonic::Response::into_inner)
}

async fn told(server: &Server) -> Vec<DeclaredCommand> {
    let request = ExportIntentRequest { image: DIGEST.into() };
    let mut parts = server.intent().await.export(request).await.unwrap().into_inner();
    let part = parts.message().await.unwrap().unwrap();
    part.declared.unwrap().facts.map_or_else(Vec::new, |facts| facts.starts)
}

#[tokio::test]
async fn what_scripts_start_is_taken_before_the_image_is_seen_and_outlives_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let starts =
        vec![command(&["migrate", "--all"], "entry.sh:3"), command(&["chown", "$USER", "/d"], "entry.sh:4")];
    let tried =
        apply(&server, ApplyIntentRequest { dry_run: true, ..request(starts.clone()) }).await.unwrap();
    assert_eq!((tried.declared(), tried.starts), (LearnedOutcome::Taken, 2));
    assert!(server.images().await.is_empty(), "it was only tried");
    let taken = apply(&server, request(starts.clone())).await.unwrap();
    assert_eq!((taken.declared(), taken.starts), (LearnedOutcome::Taken, 2));
    // In another order it is the same.
    let again = apply(&server, request(starts.iter().rev().cloned().collect())).await.unwrap();
    assert_eq!(again.declared(), LearnedOutcome::Unchanged);
    assert_ne!(again.etag, "");
    let mut audit = AuditServiceClient::new(server.channel().await);
    let entries = audit.list(ListAuditRequest::default()).await.unwrap().into_inner().entries;
    let of_it = entries
        .iter()
        .filter(|entry| entry.outcome.starts_with("took what was declared of shop/new by alice"));
    assert_eq!(of_it.count(), 1, "{entries:?}");
    server.kill();
    let server = Server::start(folder.path());
    let mut expected = starts;
    expected.sort_by(|a, b| a.words.cmp(&b.words));
    assert_eq!(told(&server).await, expected);
    let none = apply(&server, request(Vec::new())).await.unwrap();
    assert_eq!((none.declared(), none.starts), (LearnedOutcome::Taken, 0));
    assert!(told(&server).await.is_empty(), "the document has none any more");
    let not_asked = ApplyIntentRequest { declared: false, ..request(expected) };
    assert_eq!(apply(&server, not_asked).await.unwrap().declared(), LearnedOutcome::Unspecified);
    assert!(told(&server).await.is_empty());
}

#[tokio::test]
async fn what_does_not_fit_is_named_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let long = "x".repeat(4097);
    let many: Vec<_> = (0..257).map(|number| command(&[&number.to_string()], "")).collect();
    let heavy: Vec<_> = (0..17).map(|number| command(&[&number.to_string(), &long[..4094]], "")).collect();
    for (starts, at) in [
        (vec![command(&["a"], ""), command(&[], "")], "starts[1].words"),
        (vec![command(&["", "b"], "")], "starts[0].words"),
        (vec![command(&[&long], "")], "starts[0].words"),
        (vec![command(&["a"], &long)], "starts[0].from"),
        (many, "starts"),
        (heavy, "starts"),
    ] {
        let error = apply(&server, request(starts)).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument, "{error}");
        assert!(error.message().contains(&format!("document.declared.facts.{at}: ")), "{error}");
    }
    let mut nameless = request(vec![command(&["a"], "")]);
    nameless.document.as_mut().unwrap().image = None;
    let error = apply(&server, nameless).await.unwrap_err();
    assert!(error.message().contains("names no image"), "{error}");
    // Under its digest alone it would be another image than the one that comes with its repository.
    let mut bare = request(vec![command(&["a"], "")]);
    bare.document.as_mut().unwrap().image.as_mut().unwrap().repository.clear();
    let error = apply(&server, bare).await.unwrap_err();
    assert!(error.message().contains("as in shop/web@sha256:"), "{error}");
    assert!(server.images().await.is_empty());
}
