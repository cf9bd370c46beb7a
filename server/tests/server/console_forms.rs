//! Forms of the console that change baselines, decisions and several alerts at once: shown before, done once, by who may, and not
//! if somebody was faster.
//!
//! Not here: the forms of an incident (`console.rs`).

use plumbline_proto::v1::{
    Alert, DecideRequest, DecisionKind, GetAlertRequest, GetBaselineRequest, ListAlertsRequest,
    ListDecisionsRequest, Resolution, StatedBehaviour, TriageState, alert_service_client::AlertServiceClient,
    baseline_service_client::BaselineServiceClient, intent_service_client::IntentServiceClient,
};

use crate::{
    console::{asking, field, log_in, post},
    decisions::fed,
    harness::{LIMIT, Server, wait_for},
    secure::{Bearer, Pki},
    web::get,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_done_to_a_baseline_is_shown_before_and_not_done_if_somebody_was_faster() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let (analyst, viewer) = (pki.token("ana", "analyst", &[]), pki.token("vera", "viewer", &[]));
    let server = asking(&pki, &folder.path().join("data")).await;
    let (ana, vera) = (log_in(&server, &analyst), log_in(&server, &viewer));
    let path = "/console/images/shop%2Fpay";
    let to = format!("{path}/upkeep");
    let seen = get(&server, path, &[&vera]).text();
    assert!(seen.contains("Behaviours") && !seen.contains("/upkeep"), "a viewer is offered to change it");
    assert!(get(&server, path, &[&ana]).text().contains("/upkeep?action=lock"));
    assert_eq!(get(&server, &format!("{to}?action=forget"), &[&ana]).code, 400);

    let asked = |action: &str| get(&server, &format!("{to}?action={action}"), &[&ana]).text();
    let page = asked("lock");
    assert!(page.contains("nothing is learned") && page.contains("shop/pay"), "{page}");
    let send = |cookie: &str, page: &str, more: &[(&str, &str)]| {
        let of_page = ["form", "action", "etag", "request_id"].map(|name| (name, field(page, name)));
        let mut fields: Vec<(&str, &str)> =
            of_page.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        post(&server, &to, &[cookie], &[&fields, more].concat())
    };
    let theirs = field(&get(&server, &format!("{to}?action=lock"), &[&vera]).text(), "form");
    assert_eq!(send(&vera, &page, &[("form", &theirs)]).code, 403, "a viewer locked it");
    assert_eq!(send(&ana, &page, &[("form", &theirs)]).code, 403, "a form of somebody else was taken");
    let mut baselines = BaselineServiceClient::new(Bearer::new(&viewer).over(server.channel().await));
    let mut now = async || {
        let request = GetBaselineRequest { image: "shop/pay".to_owned(), ..Default::default() };
        let told = baselines.get(request).await.unwrap().into_inner();
        (told.image.unwrap(), told.behaviours)
    };
    assert_eq!(now().await.0.revision, 0, "something was done by what was refused");
    let done = send(&ana, &page, &[("reason", "release freeze")]);
    let location = Some(format!("{path}?done=lock").to_lowercase()); // as all heads are here
    assert_eq!((done.code, done.header("location")), (303, location.as_deref()));
    let upkeep = now().await.0.upkeep.unwrap();
    assert_eq!((upkeep.author.as_str(), upkeep.reason.as_str()), ("ana", "release freeze"));
    assert_eq!(send(&ana, &page, &[("reason", "release freeze")]).code, 303, "a form that was sent twice");
    assert_eq!(now().await.0.revision, 1, "it was locked twice");
    let slow = [("request_id", "another"), ("action", "reset")];
    assert_eq!(send(&ana, &page, &slow).code, 409, "who looked before it was locked forgot what it knows");
    assert!(get(&server, path, &[&ana]).text().contains("/upkeep?action=unlock"));
    assert_eq!(send(&ana, &asked("reset"), &[]).code, 400, "a locked baseline was reset");
    assert_eq!(send(&ana, &asked("unlock"), &[]).code, 303);
    let (before, known) = now().await;
    assert!(known.iter().any(|one| one.dimension == "spawn"));
    assert_eq!(send(&ana, &asked("reset"), &[("dimension", "spawn")]).code, 303);
    let (after, known) = now().await;
    assert!(!known.is_empty() && !known.iter().any(|one| one.dimension == "spawn"), "{known:?}");
    assert_eq!(after.revision, before.revision + 1);
    let page = get(&server, &format!("{path}?done=reset"), &[&ana]).text();
    assert!(page.contains("It is learned anew.") && page.contains("reset by ana"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_decision_is_taken_back_from_its_page_once_and_by_who_may() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let (analyst, viewer) = (pki.token("ana", "analyst", &[]), pki.token("vera", "viewer", &[]));
    let server = asking(&pki, &folder.path().join("data")).await;
    let (ana, vera) = (log_in(&server, &analyst), log_in(&server, &viewer));
    let mut intent = IntentServiceClient::new(Bearer::new(&analyst).over(server.channel().await));
    let behaviour =
        StatedBehaviour { dimension: "spawn".into(), context: "/bin/<b>".into(), value: "/bin/sh".into() };
    let request = DecideRequest {
        behaviour: Some(behaviour),
        image: "shop/pay".to_owned(),
        reason: "debugging".to_owned(),
        ..Default::default()
    };
    let decision = intent.approve(request).await.unwrap().into_inner().decisions.remove(0);
    let path = format!("/console/decisions/{}", decision.id);
    let link = format!("href=\"{path}\"");
    assert!(get(&server, "/console/images/shop%2Fpay", &[&ana]).text().contains(&link), "no way to it");
    let seen = get(&server, &path, &[&vera]).text();
    assert!(seen.contains("/bin/&#60;b&#62;") && !seen.contains("name=\"etag\""), "{seen}");
    let page = get(&server, &path, &[&ana]).text();
    let (form, etag, id) = (field(&page, "form"), field(&page, "etag"), field(&page, "request_id"));
    let send = |cookie: &str, form: &str, id: &str| {
        let fields = [("form", form), ("etag", &etag), ("request_id", id), ("reason", "done")];
        post(&server, &path, &[cookie], &fields)
    };
    let theirs = field(&seen, "form");
    assert_eq!(send(&vera, &theirs, &id).code, 403, "a viewer took it back");
    assert_eq!(send(&ana, &theirs, &id).code, 403, "a form of somebody else was taken");
    assert_eq!(get(&server, "/console/decisions/none", &[&ana]).code, 404);
    let holding = intent.list(ListDecisionsRequest::default()).await.unwrap().into_inner().decisions;
    assert_eq!(holding.len(), 1, "what was refused took it back");
    assert_eq!(send(&ana, &form, &id).code, 303);
    assert_eq!(send(&ana, &form, &id).code, 303, "a form that was sent twice");
    assert_eq!(send(&ana, &form, "another").code, 409, "it has changed since");
    let holding = intent.list(ListDecisionsRequest::default()).await.unwrap().into_inner().decisions;
    assert!(holding.is_empty(), "{holding:?}");
    let page = get(&server, &path, &[&ana]).text();
    assert!(page.contains("Taken back by ana") && page.contains("done") && !page.contains("name=\"etag\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn several_alerts_are_done_at_once_and_undone_but_for_those_that_changed_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let (analyst, viewer) = (pki.token("ana", "analyst", &[]), pki.token("vera", "viewer", &[]));
    let server = asking(&pki, &folder.path().join("data")).await;
    let (ana, vera) = (log_in(&server, &analyst), log_in(&server, &viewer));
    let mut client = AlertServiceClient::new(Bearer::new(&viewer).over(server.channel().await));
    let mut alerts = async || client.list(ListAlertsRequest::default()).await.unwrap().into_inner().alerts;
    let all = alerts().await;
    assert!(all.len() >= 3, "{all:?}");
    let chosen = |alert: &Alert| format!("{}.{}", alert.id, alert.revision);
    let feed = get(&server, "/console/alerts", &[&ana]).text();
    assert!(all.iter().all(|alert| feed.contains(&format!("value=\"{}\"", chosen(alert)))), "{feed}");
    let seen = get(&server, "/console/alerts", &[&vera]).text();
    assert!(!seen.contains("name=\"chosen\"") && !seen.contains("/console/together"), "a viewer may choose");
    let form = field(&feed, "form");
    let send = |cookie: &str, form: &str, action: &str, alerts: &[String]| {
        let mut fields = vec![("form", form), ("action", action), ("resolution", "false_positive")];
        fields.extend(alerts.iter().map(|alert| ("chosen", alert.as_str())));
        post(&server, "/console/together", &[cookie], &fields)
    };
    let both: Vec<String> = all.iter().take(2).map(chosen).collect();
    assert_eq!(send(&vera, &field(&seen, "form"), "acknowledge", &both).code, 403, "a viewer did it");
    assert_eq!(send(&ana, "", "acknowledge", &both).code, 403, "a form without its mark was taken");
    assert_eq!(send(&ana, &form, "acknowledge", &[]).code, 400, "nothing was chosen");
    assert_eq!(send(&ana, &form, "acknowledge", &["x".to_owned()]).code, 400);
    assert_eq!(send(&ana, &form, "acknowledge", &vec![both[0].clone(); 201]).code, 400, "too many");
    assert!(
        alerts().await.iter().all(|alert| alert.triage.is_none()),
        "something was done by what was refused"
    );
    let states = |alerts: &[Alert]| -> Vec<TriageState> {
        let of = |id: &str| alerts.iter().find(|alert| alert.id == id).unwrap();
        all.iter().map(|one| of(&one.id).triage.as_ref().map_or(TriageState::New, |it| it.state())).collect()
    };
    let done = send(&ana, &form, "acknowledge", &both).text();
    assert!(done.contains("2 acknowledged</h1>"), "{done}");
    assert_eq!(
        states(&alerts().await)[..3],
        [TriageState::Acknowledged, TriageState::Acknowledged, TriageState::New]
    );
    let some: Vec<String> = all.iter().take(3).map(chosen).collect();
    let resolved = send(&ana, &form, "resolve", &some).text();
    assert!(resolved.contains("1 resolved, 2 left as they are</h1>"), "{resolved}");
    assert!(resolved.contains("has changed since") && resolved.contains(&all[0].id), "{resolved}");
    let undo = field(&done, "chosen");
    assert!(undo.starts_with(&all[0].id), "{undo}");
    let undone = send(&ana, &form, "reopen", &[undo]).text();
    assert!(undone.contains("1 opened again</h1>") && !undone.contains("name=\"chosen\""), "{undone}");
    assert_eq!(
        states(&alerts().await)[..3],
        [TriageState::New, TriageState::Acknowledged, TriageState::Resolved]
    );
}

/// The alert once it was judged by a decision of that kind.
async fn judged(server: &Server, id: &str, kind: DecisionKind) -> Alert {
    let limit = tokio::time::Instant::now() + LIMIT;
    loop {
        let alert =
            server.alerts().await.get(GetAlertRequest { id: id.to_owned() }).await.unwrap().into_inner();
        let mut by = alert.findings.iter().filter_map(|finding| finding.decided.as_ref());
        if by.any(|decided| decided.kind() == kind) {
            return alert;
        }
        assert!(tokio::time::Instant::now() < limit, "not judged anew: {alert:?}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_decision_goes_as_far_and_lasts_as_long_as_it_was_chosen_and_two_of_them_resolve_the_incident() {
    const DAY_NS: u64 = 86_400_000_000_000;
    let folder = tempfile::tempdir().unwrap();
    let (server, alert) = fed(&folder.path().join("data")).await;
    let path = format!("/console/alerts/{}", alert.id);
    let none = Resolution::Unspecified;
    for (kind, scope, name, days, decision, resolution) in [
        ("approve", "image", "sha256:shop/pay", 0, DecisionKind::Approve, none),
        ("accept_drift", "namespace", "shop", 30, DecisionKind::Approve, Resolution::DriftAccepted),
        ("confirm_attack", "repository", "shop/pay", 90, DecisionKind::Deny, Resolution::AttackConfirmed),
        ("deny", "all", "", 7, DecisionKind::Deny, Resolution::AttackConfirmed),
    ] {
        let before = server.intent().await.list(ListDecisionsRequest::default()).await.unwrap().into_inner();
        // Decisions are judged one after the other; each judgement is a change.
        let done = wait_for("a form of the alert as it is", || {
            let page = get(&server, &path, &[]).text();
            let (mark, etag) = (field(&page, "form"), field(&page, "etag"));
            let days = days.to_string();
            let fields = [
                ("form", mark.as_str()),
                ("etag", etag.as_str()),
                ("kind", kind),
                ("finding", "1"),
                ("scope", scope),
                ("days", days.as_str()),
                ("author", "alice"),
                ("reason", "so be it"),
            ];
            let shown = post(&server, &format!("{path}/decide"), &[], &fields);
            if shown.code == 409 {
                return None;
            }
            let shown = shown.text();
            let resolves = matches!(kind, "accept_drift" | "confirm_attack");
            assert_eq!(shown.contains("The incident is resolved"), resolves, "{kind}: {shown}");
            let id = field(&shown, "request_id");
            let confirmed = [("confirmed", "yes"), ("request_id", id.as_str())];
            let send = || post(&server, &format!("{path}/decide"), &[], &[&fields[..], &confirmed].concat());
            let done = send();
            if done.code == 409 {
                return None;
            }
            assert_eq!(send().code, 303, "a form that was sent twice");
            Some(done)
        });
        assert_eq!(done.header("location"), Some(format!("{path}?done={kind}").as_str()));
        let page = get(&server, &format!("{path}?done={kind}"), &[]).text();
        assert!(page.contains("<p role=\"status\" class=\"done\">"), "{kind}: {page}");
        let now = server.intent().await.list(ListDecisionsRequest::default()).await.unwrap().into_inner();
        let made: Vec<_> = now.decisions.iter().filter(|one| !before.decisions.contains(one)).collect();
        assert!(!made.is_empty(), "{kind}: nothing was decided");
        for made in &made {
            assert_eq!((made.kind(), made.scope_name.as_str()), (decision, name), "{kind}");
            let lasts = made.expires_unix_ns.saturating_sub(made.created_unix_ns);
            assert_eq!(lasts, days * DAY_NS, "{kind}");
        }
        let alert = judged(&server, &alert.id, decision).await;
        let triage = alert.triage.clone().unwrap_or_default();
        assert_eq!(triage.resolution(), resolution, "{kind}: {alert:?}");
        if resolution != none {
            assert_eq!(triage.state(), TriageState::Resolved, "{kind}: {triage:?}");
            assert_eq!((triage.author.as_str(), triage.note.as_str()), ("alice", "so be it"));
        }
    }
}
