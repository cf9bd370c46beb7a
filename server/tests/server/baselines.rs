//! What images are known for and what people do to that, over the wire: told page by page, durable when answered, done once.

use std::collections::BTreeSet;

use plumbline_proto::v1::{
    Baseline, BaselineState, ChangeBaselineRequest, DecideRequest, DiffBaselinesRequest, GetAlertRequest,
    GetBaselineRequest, ImageStatus, KnownBehaviour, ListBaselinesRequest, UpkeepKind,
};
use tonic::Code;
use tonic_types::StatusExt;

use crate::{
    decisions::fed,
    fixture::{MINUTES, REPOSITORIES, batch},
    harness::{Collector, Server},
};

fn change(image: &str) -> ChangeBaselineRequest {
    ChangeBaselineRequest { image: image.into(), author: "alice".into(), ..Default::default() }
}

fn get(image: &str) -> GetBaselineRequest {
    GetBaselineRequest { image: image.into(), ..Default::default() }
}

async fn known(server: &Server, image: &str) -> Baseline {
    server.baselines().await.get(get(image)).await.unwrap().into_inner()
}

async fn status(server: &Server, repository: &str) -> ImageStatus {
    let images = server.images().await;
    images.into_iter().find(|image| image.repository == repository).unwrap()
}

fn of(baseline: &Baseline, dimension: &str) -> Vec<KnownBehaviour> {
    baseline.behaviours.iter().filter(|known| known.dimension == dimension).cloned().collect()
}

#[tokio::test]
async fn a_lock_is_durable_when_it_is_answered_and_images_are_compared_by_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (server, _) = fed(&data).await;
    let mut client = server.baselines().await;
    let locked = client.lock(change("shop/cart")).await.unwrap().into_inner();
    assert_eq!((locked.state(), locked.revision), (BaselineState::Locked, 1));
    server.kill();
    let server = Server::start(&data);
    let mut client = server.baselines().await;
    assert_eq!(status(&server, "shop/cart").await, locked);
    assert_ne!(status(&server, "shop/web").await.state(), BaselineState::Locked);
    // That it is locked is no reason not to lock it.
    let again = ChangeBaselineRequest { reason: "for good".into(), ..change("shop/cart") };
    let again = client.lock(again).await.unwrap().into_inner();
    assert_eq!((again.state(), again.upkeep.unwrap().reason.as_str()), (BaselineState::Locked, "for good"));
    let unlocked = client.unlock(change("shop/cart")).await.unwrap().into_inner();
    assert!(unlocked.state() != BaselineState::Locked && unlocked.revision == 3, "{unlocked:?}");
    let gone = client.lock(change("shop/none")).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);

    let compare = |a: &str, b: &str| DiffBaselinesRequest { a: a.into(), b: b.into(), limit: 0 };
    let diff = client.diff(compare("shop/web", "sha256:db")).await.unwrap().into_inner();
    assert_eq!(diff.a.unwrap().repository, "shop/web");
    assert!(
        diff.only_a.iter().any(|known| known.value == "/usr/bin/shop/web" && known.count > 0),
        "{:?}",
        diff.only_a
    );
    assert!(diff.only_b.iter().any(|known| known.context == "/usr/bin/db"));
    let same = client.diff(compare("db", "db")).await.unwrap().into_inner();
    assert!(same.only_a.is_empty() && same.only_b.is_empty() && same.omitted_a == 0);
    let one = DiffBaselinesRequest { limit: 1, ..compare("shop/web", "db") };
    let one = client.diff(one).await.unwrap().into_inner();
    assert_eq!(one.only_a.len(), 1);
    assert!(one.omitted_a > 0);
    let both = client.diff(compare("sha256:cache", "db")).await.unwrap_err();
    assert!(both.code() == Code::InvalidArgument && both.message().contains("@"), "{both}");
}

#[tokio::test]
async fn images_and_what_they_are_known_for_are_told_page_by_page_with_nothing_missing_or_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _) = fed(&folder.path().join("data")).await;
    let mut client = server.baselines().await;
    client.lock(change("db")).await.unwrap();

    let all = server.images().await;
    assert_eq!(all.len(), REPOSITORIES.len());
    let mut request = ListBaselinesRequest { limit: 4, ..Default::default() };
    let first = client.list(request.clone()).await.unwrap().into_inner();
    request.page_token = first.next_page_token;
    let second = client.list(request.clone()).await.unwrap().into_inner();
    assert_eq!([first.images, second.images].concat(), all);
    assert_eq!(second.next_page_token, "");
    let of_state = ListBaselinesRequest { states: vec![BaselineState::Locked.into()], ..request };
    let refused = client.list(of_state.clone()).await.unwrap_err();
    assert!(
        refused.code() == Code::InvalidArgument && refused.message().contains("another list"),
        "{refused}"
    );
    let of_state = ListBaselinesRequest { page_token: String::new(), ..of_state };
    let locked = client.list(of_state).await.unwrap().into_inner().images;
    assert_eq!(locked.iter().map(|image| image.repository.as_str()).collect::<Vec<_>>(), ["db"]);

    let whole = known(&server, "shop/web").await;
    assert!(whole.behaviours.len() > 2 && whole.next_page_token.is_empty(), "{whole:?}");
    let image = whole.image.as_ref().unwrap();
    assert_eq!(image, &status(&server, "shop/web").await);
    for dimension in &image.dimensions {
        let told = of(&whole, &dimension.dimension);
        assert_eq!(told.len() as u64, dimension.behaviours);
        assert_eq!(told.iter().map(|known| known.count).sum::<u64>(), dimension.observations);
    }
    let (mut request, mut told) = (GetBaselineRequest { limit: 2, ..get("shop/web") }, Vec::new());
    loop {
        let page = client.get(request.clone()).await.unwrap().into_inner();
        assert!(page.behaviours.len() <= 2);
        told.extend(page.behaviours);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(told, whole.behaviours);
    let spawn = GetBaselineRequest { dimensions: vec!["spawn".into()], ..get("shop/web") };
    assert_eq!(client.get(spawn).await.unwrap().into_inner().behaviours, of(&whole, "spawn"));

    for (request, field) in [
        (get(""), "image"),
        (GetBaselineRequest { dimensions: vec!["spam".into()], ..get("db") }, "dimensions"),
        (GetBaselineRequest { limit: 10_001, ..get("db") }, "limit"),
        (GetBaselineRequest { page_token: "zz".into(), ..get("db") }, "page_token"),
        (GetBaselineRequest { image: "x".repeat(1025), ..Default::default() }, "image"),
    ] {
        let refused = client.get(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        assert_eq!(refused.get_details_bad_request().unwrap().field_violations[0].field, field);
    }
}

#[tokio::test]
async fn a_change_is_made_once_and_only_to_the_revision_that_was_seen_also_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (server, _) = fed(&data).await;
    let mut client = server.baselines().await;
    let lock =
        ChangeBaselineRequest { request_id: "r1".into(), reason: "as released".into(), ..change("db") };
    let locked = client.lock(lock.clone()).await.unwrap().into_inner();
    assert_eq!(client.lock(lock.clone()).await.unwrap().into_inner(), locked);
    server.kill();
    let server = Server::start(&data);
    let mut client = server.baselines().await;
    assert_eq!(client.lock(lock.clone()).await.unwrap().into_inner(), locked, "also after a crash");

    let refused = client.unlock(lock.clone()).await.unwrap_err();
    assert!(
        refused.code() == Code::InvalidArgument && refused.message().starts_with("request_id: "),
        "{refused}"
    );
    let other = ChangeBaselineRequest { reason: "another".into(), ..lock.clone() };
    assert_eq!(client.lock(other).await.unwrap_err().code(), Code::InvalidArgument);
    let unlock = ChangeBaselineRequest { etag: locked.revision, ..change("db") };
    let unlocked = client.unlock(unlock.clone()).await.unwrap().into_inner();
    assert_eq!(unlocked.revision, 2);
    let outdated = client.archive(unlock).await.unwrap_err();
    assert_eq!(outdated.code(), Code::Aborted);
    let info = outdated.get_error_details().error_info().unwrap().clone();
    assert_eq!((info.reason.as_str(), info.metadata["etag"].as_str()), ("BASELINE_CHANGED", "2"));
    // The request that came first is known again, though the image is as the second left it.
    assert_eq!(client.lock(lock).await.unwrap().into_inner(), unlocked);

    // Many at once: each is taken, none is lost.
    let mut all = tokio::task::JoinSet::new();
    for number in 0..8 {
        let mut client = client.clone();
        let request = change("db");
        all.spawn(async move {
            let done =
                if number % 2 == 0 { client.lock(request).await } else { client.unlock(request).await };
            done.unwrap()
        });
    }
    all.join_all().await;
    assert_eq!(status(&server, "db").await.revision, 10);
    for (request, field) in [
        (ChangeBaselineRequest { author: String::new(), ..change("db") }, "author"),
        (change(""), "image"),
        (ChangeBaselineRequest { dimensions: vec!["spawn".into()], ..change("db") }, "dimensions"),
    ] {
        let refused = client.lock(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        assert_eq!(refused.get_details_bad_request().unwrap().field_violations[0].field, field);
    }
}

#[tokio::test]
async fn what_was_reset_is_learned_anew_and_what_people_decided_counts_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (server, alert) = fed(&data).await;
    assert_eq!(alert.image_repository, "shop/pay");
    let deny = DecideRequest {
        alert_id: alert.id.clone(),
        author: "bob".into(),
        reason: "never".into(),
        ..Default::default()
    };
    server.intent().await.deny(deny).await.unwrap();
    let mut client = server.baselines().await;
    let before = known(&server, "shop/pay").await;
    let was = before.image.clone().unwrap();
    let one = ChangeBaselineRequest { dimensions: vec!["connect".into()], ..change("shop/pay") };
    let part = client.reset(one).await.unwrap().into_inner();
    let upkeep = part.upkeep.clone().unwrap();
    assert_eq!((upkeep.kind(), upkeep.dimensions), (UpkeepKind::Reset, vec!["connect".to_owned()]));
    assert_eq!(upkeep.forgotten, of(&before, "connect").len() as u64);
    let after = known(&server, "shop/pay").await;
    assert!(of(&after, "connect").is_empty() && !of(&before, "connect").is_empty());
    assert_eq!(of(&after, "spawn"), of(&before, "spawn"));
    for (now, was) in part.dimensions.iter().zip(&was.dimensions) {
        let windows = if now.dimension == "connect" { 0 } else { was.exposures };
        assert_eq!(now.exposures, windows, "{}", now.dimension);
    }

    let all = client.reset(change("shop/pay")).await.unwrap().into_inner();
    assert_eq!((all.starts, all.first_seen_unix_ns), (0, was.first_seen_unix_ns));
    server.kill();
    let server = Server::start(&data);
    assert_eq!(status(&server, "shop/pay").await, all);
    assert!(known(&server, "shop/pay").await.behaviours.is_empty());
    assert!(!known(&server, "shop/web").await.behaviours.is_empty(), "another image was reset");
    let same =
        server.alerts().await.get(GetAlertRequest { id: alert.id.clone() }).await.unwrap().into_inner();
    assert_eq!(same.findings.len(), alert.findings.len());

    // Other containers do all of it once more: what is normal is learned, what is denied is not.
    let (mut collector, _) = Collector::greet(&server, 2).await;
    collector.send(1, batch("b", MINUTES)).await;
    collector.acknowledged(1).await;
    let anew = known(&server, "shop/pay").await;
    let values: BTreeSet<_> = anew.behaviours.iter().map(|known| known.value.as_str()).collect();
    assert!(values.contains("/usr/bin/shop/pay") && !values.contains("/tmp/x"), "{values:?}");
    assert!(anew.behaviours.iter().all(|known| known.count == 1));

    let mut client = server.baselines().await;
    client.lock(change("shop/pay")).await.unwrap();
    let locked = client.reset(change("shop/pay")).await.unwrap_err();
    assert_eq!(locked.code(), Code::FailedPrecondition, "{locked}");
    assert_eq!(known(&server, "shop/pay").await.behaviours, anew.behaviours);
}

#[tokio::test]
async fn an_image_is_archived_when_somebody_says_so_and_wakes_with_its_next_event() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (server, _) = fed(&data).await;
    let before = known(&server, "shop/web").await;
    let archived = server.baselines().await.archive(change("shop/web")).await.unwrap().into_inner();
    assert_eq!(archived.state(), BaselineState::Archived);
    server.kill();
    let server = Server::start(&data);
    assert_eq!(status(&server, "shop/web").await, archived);
    assert_eq!(known(&server, "shop/web").await.behaviours, before.behaviours, "what it knows stays");
    let others = server.images().await.into_iter().filter(|image| image.state() == BaselineState::Archived);
    assert_eq!(others.count(), 1);

    let (mut collector, _) = Collector::greet(&server, 2).await;
    collector.send(1, batch("b", MINUTES)).await;
    collector.acknowledged(1).await;
    let awake = status(&server, "shop/web").await;
    assert_eq!(awake.state(), before.image.unwrap().state());
    assert_eq!(awake.revision, 1, "that it woke is nothing that people did");
}
