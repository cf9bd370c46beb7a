//! The console as a browser without script gets it: who is let in, what pages tell, and what forms do.
//!
//! Not here: what a browser makes of the pages, what they tell part by part (`console_pages.rs`), and forms that change baselines,
//! decisions or several alerts (`console_forms.rs`).

use std::net::TcpStream;

use bytes::Bytes;
use plumbline_proto::v1::{
    Alert, AlertFilter, Batch, ListAlertsRequest, ListAuditRequest, ListDecisionsRequest, Resolution,
    TriageState, Verdict, alert_service_client::AlertServiceClient, audit_service_client::AuditServiceClient,
    intent_service_client::IntentServiceClient,
};
use prost::Message;

use crate::{
    decisions::{becomes, fed},
    fixture::{MINUTES, batch},
    harness::{Collector, LIMIT, Server, hello, wait_for},
    secure::{Bearer, Pki},
    web::{self, Answer, get, get_over_tls},
};

/// Sends a form.
pub(crate) fn post(server: &Server, path: &str, headers: &[&str], fields: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let length = format!("Content-Length: {}", body.len());
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let stream = TcpStream::connect(&server.http).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    web::send(stream, "POST", path, &[headers, &[kind, &length]].concat(), &body)
}

/// The value of the first field of a name on a page.
pub(crate) fn field(page: &str, name: &str) -> String {
    let after = page.split(&format!("name=\"{name}\" value=\"")).nth(1);
    after.unwrap_or_else(|| panic!("no {name} in {page}")).split('"').next().unwrap().to_owned()
}

/// What the feed says of how many there are: of all, and in each state.
fn counts(server: &Server, query: &str) -> [usize; 4] {
    let page = get(server, &format!("/console/alerts?{query}"), &[]).text();
    let counts = page.split("<nav id=\"counts\"").nth(1).unwrap().split("</nav>").next().unwrap();
    ["all", "new", "acknowledged", "resolved"].map(|word| {
        let count = counts.split(&format!(">{word} <b>")).nth(1).unwrap().split('<').next().unwrap();
        count.parse().unwrap()
    })
}

/// Logs in; the Cookie header.
pub(crate) fn log_in(server: &Server, token: &str) -> String {
    let form = field(&get(server, "/console/login", &[]).text(), "form");
    let answer = post(server, "/console/login", &[], &[("form", &form), ("token", token)]);
    assert_eq!((answer.code, answer.header("location")), (303, Some("/console/alerts")));
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.contains("; httponly") && cookie.contains("; samesite=strict"), "{cookie}");
    format!("Cookie: other=1; {}", cookie.split(';').next().unwrap())
}

/// A server that asks for tokens and was told all minutes.
pub(crate) async fn asking(pki: &Pki, data: &std::path::Path) -> Server {
    let collector = pki.token("node", "collector", &["--node", "node"]);
    let server = Server::start_with(data, &["--tokens-file", &pki.path("tokens.toml")]);
    let collector = Collector::over_as(server.channel().await, Bearer::new(&collector)).await;
    let (mut collector, _) = collector.welcomed(hello(1)).await;
    for minute in 0..MINUTES {
        collector.send(minute + 1, batch("node", minute)).await;
    }
    collector.acknowledged(MINUTES).await;
    server
}

/// The alert of the break-in.
async fn alert(server: &Server, token: &str) -> Alert {
    let mut client = AlertServiceClient::new(Bearer::new(token).over(server.channel().await));
    let alerts = client.list(ListAlertsRequest::default()).await.unwrap().into_inner().alerts;
    let shell = |alert: &Alert| alert.findings.iter().any(|finding| finding.value == "/tmp/x");
    alerts.into_iter().find(shell).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_page_is_for_who_has_logged_in_until_they_log_out_or_their_token_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let (alice, bob) = (pki.token("alice", "viewer", &[]), pki.token("bob", "viewer", &[]));
    let collector = pki.token("other", "collector", &["--node", "other"]);
    let server = asking(&pki, &folder.path().join("data")).await;
    for path in ["/console/alerts?state=new", "/console/images", "/console/fleet", "/console/alerts/live"] {
        let answer = get(&server, path, &[]);
        let to = answer.header("location").unwrap();
        assert!(answer.code == 303 && to.starts_with("/console/login?next=%2fconsole%2f"), "{path}: {to}");
    }
    assert_eq!(get(&server, "/console/alerts", &["Cookie: plumbline_session=00"]).code, 303);
    let form = field(&get(&server, "/console/login?next=/console/fleet", &[]).text(), "form");
    let wrong = post(&server, "/console/login", &[], &[("form", &form), ("token", "plumbline_wrong")]);
    assert_eq!((wrong.code, wrong.header("set-cookie")), (403, None));
    assert!(wrong.text().contains("This token does not hold."));
    assert_eq!(server.metric("plumbline_server_access_refused_total{reason=\"token\"}"), 1);
    let refused = post(&server, "/console/login", &[], &[("form", &form), ("token", &collector)]);
    assert_eq!(refused.code, 403);
    let refused = refused.text();
    assert!(refused.contains("a collector may not do this"), "{refused}");
    assert!(!refused.contains(&collector));
    let fields = [("form", form.as_str()), ("token", &alice), ("next", "/console/fleet")];
    assert_eq!(post(&server, "/console/login", &[], &fields).header("location"), Some("/console/fleet"));

    let (alice, bob) = (log_in(&server, &alice), log_in(&server, &bob));
    let page = get(&server, "/console/fleet", &[&alice]).text();
    assert!(page.contains("alice (viewer)"), "{page}");
    let out = field(&page, "form");
    assert_eq!(post(&server, "/console/logout", &[&bob], &[("form", &out)]).code, 403, "a form of another");
    let gone = post(&server, "/console/logout", &[&alice], &[("form", &out)]);
    assert!(gone.code == 303 && gone.header("set-cookie").unwrap().contains("max-age=0"));
    assert_eq!(get(&server, "/console/fleet", &[&alice]).code, 303, "the cookie still holds");
    let mut live = get(&server, "/console/alerts/live", &[&bob]);
    live.lines_of("row");
    pki.remove_token("bob");
    wait_for("the end of the session", || {
        (get(&server, "/console/fleet", &[&bob]).code == 303).then_some(())
    });
    live.lines_of("end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_approval_is_shown_before_it_is_given_and_is_on_record_as_the_callers() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let (analyst, viewer) = (pki.token("ana", "analyst", &[]), pki.token("vera", "viewer", &[]));
    let admin = pki.token("root", "admin", &[]);
    let server = asking(&pki, &folder.path().join("data")).await;
    let alert = alert(&server, &viewer).await;
    let path = format!("/console/alerts/{}", alert.id);
    let (ana, vera) = (log_in(&server, &analyst), log_in(&server, &viewer));

    let seen = get(&server, &path, &[&vera]).text();
    assert!(seen.contains("/tmp/x") && !seen.contains("/decide"), "a viewer is offered a decision");
    let page = get(&server, &path, &[&ana]).text();
    let mine = field(&page, "form");
    let fields = [
        ("form", mine.as_str()),
        ("etag", &field(&page, "etag")),
        ("kind", "approve"),
        ("finding", "0"),
        ("scope", "repository"),
        ("days", "7"),
        ("reason", "the till <b>moved</b>"),
    ];
    let to = format!("{path}/decide");
    let send = |cookie: &str, headers: &[&str], form: &str, more: &[(&str, &str)]| {
        let fields = fields.map(|(name, value)| (name, if name == "form" { form } else { value }));
        post(&server, &to, &[headers, &[cookie]].concat(), &[&fields, more].concat())
    };
    let confirmed = [("confirmed", "yes")];
    let theirs = field(&seen, "form");
    assert_eq!(send(&vera, &[], &theirs, &confirmed).code, 403, "a viewer decided");
    assert_eq!(send(&ana, &[], "", &confirmed).code, 403, "a form without its mark was taken");
    assert_eq!(send(&ana, &[], &theirs, &confirmed).code, 403, "a form of somebody else was taken");
    assert_eq!(send("Cookie: a=b", &[], &mine, &confirmed).code, 401, "a form was taken of nobody");
    let elsewhere = ["Origin: https://evil.example", "Host: localhost:7480"];
    assert_eq!(send(&ana, &elsewhere, &mine, &confirmed).code, 403, "another site's form was taken");

    let channel = server.channel().await;
    let mut intent = IntentServiceClient::new(Bearer::new(&viewer).over(channel.clone()));
    let listed = intent.list(ListDecisionsRequest::default()).await.unwrap().into_inner().decisions;
    assert!(listed.is_empty(), "{listed:?}");
    let own = ["Origin: http://localhost:7480", "Host: localhost:7480"];
    let shown = send(&ana, &own, &mine, &[]);
    assert_eq!(shown.code, 200);
    let shown = shown.text();
    assert!(shown.contains("/tmp/x") && shown.contains("the till &#60;b&#62;moved"), "{shown}");
    let listed = intent.list(ListDecisionsRequest::default()).await.unwrap().into_inner().decisions;
    assert!(listed.is_empty(), "what was only shown was decided");
    let id = field(&shown, "request_id");
    let confirm = [("confirmed", "yes"), ("request_id", id.as_str())];
    let done = send(&ana, &own, &mine, &confirm);
    assert_eq!((done.code, done.header("location")), (303, Some(format!("{path}?done=approve").as_str())));
    let made = intent.list(ListDecisionsRequest::default()).await.unwrap().into_inner().decisions;
    assert!(
        made.iter().all(|one| one.author == "ana" && one.scope_name == "shop/pay" && one.expires_unix_ns > 0)
    );
    assert!(made.iter().any(|one| one.value == "/tmp/x"), "{made:?}");
    send(&ana, &own, &mine, &confirm);
    let again = intent.list(ListDecisionsRequest::default()).await.unwrap().into_inner().decisions;
    assert_eq!(again.len(), made.len(), "a form that was sent twice decided twice");
    let mut audit = AuditServiceClient::new(Bearer::new(&admin).over(channel));
    let entries = audit.list(ListAuditRequest::default()).await.unwrap().into_inner().entries;
    assert!(
        entries.iter().any(|entry| entry.name == "ana" && entry.method.contains("Approve")),
        "{entries:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_done_about_an_alert_on_its_page_is_told_to_who_looks_at_the_feed() {
    let folder = tempfile::tempdir().unwrap();
    let (server, alert) = fed(&folder.path().join("data")).await;
    let feed = get(&server, "/console/alerts?state=new", &[]).text();
    let live = feed.split("data-live=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
    let mut live = get(&server, &live, &[]);
    assert_eq!(live.header("content-type"), Some("text/event-stream"));
    let path = format!("/console/alerts/{}", alert.id);
    let page = get(&server, &path, &[]).text();
    let (form, etag) = (field(&page, "form"), field(&page, "etag"));
    let mut fields = vec![("form", form.as_str()), ("etag", &etag), ("author", "alice"), ("note", "mine")];
    fields.extend([("action", "acknowledge"), ("assignee", "ignored")]);
    assert_eq!(post(&server, &format!("{path}/triage"), &[], &fields).code, 303);
    assert!(live.lines_of("gone").starts_with(&alert.id[..12]), "it is no longer new");
    let stale = post(&server, &format!("{path}/triage"), &[], &fields);
    assert_eq!(stale.code, 409, "the alert has changed since");

    let etag = field(&get(&server, &path, &[]).text(), "etag");
    let resolve = [
        ("form", form.as_str()),
        ("etag", &etag),
        ("author", "alice"),
        ("action", "resolve"),
        ("resolution", "attack_confirmed"),
    ];
    let mut all = get(&server, "/console/alerts/live", &["Last-Event-ID: 0"]);
    assert_eq!(post(&server, &format!("{path}/triage"), &[], &resolve).code, 303);
    let resolved =
        becomes(&server, &alert.id, Verdict::try_from(alert.verdict).unwrap()).await.triage.unwrap();
    assert_eq!(
        (resolved.state(), resolved.resolution()),
        (TriageState::Resolved, Resolution::AttackConfirmed)
    );
    let row = loop {
        let row = all.lines_of("row");
        if row.contains("resolved") {
            break row;
        }
    };
    assert!(row.contains(&path) && row.starts_with("<tr id="), "{row}");
    let [all, new, acknowledged, of_resolved] = counts(&server, "");
    assert_eq!((new, acknowledged, of_resolved), (all - 1, 0, 1));
    let page = get(&server, &format!("{path}?done=triage"), &[]).text();
    assert!(page.contains("attack confirmed") && page.contains("Taken down."), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_feed_shows_what_its_url_says_and_pages_and_images_tell_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let (server, alert) = fed(&folder.path().join("data")).await;
    let link = format!("href=\"/console/alerts/{}\"", alert.id);
    let shown = |query: &str| {
        let answer = get(&server, &format!("/console/alerts?{query}"), &[]);
        assert_eq!(answer.code, 200, "{query}");
        answer.text().contains(&link)
    };
    let technique = alert.evidence.iter().find(|item| !item.technique.is_empty()).unwrap().technique.clone();
    let times = ["from=2001-01-01T00:00", "before=2100-01-01T00:00"];
    for query in ["", "image=shop%2Fpay", "namespace=shop", "node=a", "state=new", "text=%2FTMP%2Fx"]
        .iter()
        .chain(&times)
    {
        assert!(shown(query), "{query}");
    }
    assert!(shown(&format!("technique={technique}&verdict=attack&verdict=drift")));
    let verdict = if alert.verdict() == Verdict::Attack { "attack" } else { "drift" };
    let of = ["attack", "drift", "normal", "operational"].map(|verdict| shown(&format!("verdict={verdict}")));
    assert_eq!(of, ["attack", "drift", "normal", "operational"].map(|other| other == verdict));
    let same =
        |other: &&Alert| (other.verdict, &other.image_repository) == (alert.verdict, &alert.image_repository);
    let all = server.alerts().await.list(ListAlertsRequest::default()).await.unwrap().into_inner().alerts;
    let same = all.iter().filter(same).count();
    let query = format!("node=a&verdict={verdict}&image=shop%2Fpay&state=resolved");
    assert_eq!(counts(&server, &query), [same, same, 0, 0]);
    let severities = ["critical", "high", "medium", "low", "informational"];
    let of = severities.iter().filter(|severity| shown(&format!("severity={severity}"))).count();
    assert_eq!(of, 1, "it has one severity");
    assert!(shown("severity=critical&severity=high&severity=medium&severity=low"));
    let elsewhere = [
        "image=db",
        "namespace=bank",
        "node=b",
        "state=resolved",
        "text=nothing-like-it",
        "technique=T9",
        "verdict=normal",
    ];
    for query in elsewhere.iter().chain(&["from=2100-01-01T00:00", "before=2001-01-01T00:00"]) {
        assert!(!shown(query), "{query}");
    }
    assert_eq!(get(&server, "/console/alerts?stat=new", &[]).code, 400);
    assert_eq!(get(&server, "/console/alerts/zzz", &[]).code, 404);
    assert_eq!(get(&server, "/console/nothing", &[]).code, 404);
    assert_eq!(get(&server, "/", &[]).header("location"), Some("/console/alerts"));

    let page = get(&server, &format!("/console/alerts/{}", alert.id), &[]).text();
    let story = alert.story.split(' ').next().unwrap();
    for part in [story, "Expected and seen", "203.0.113.7", "new here", "<rect class=\"attack\"", &technique]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert_eq!(page.matches("<ul>").count(), page.matches("</ul>").count());
    assert_eq!(page.matches("<li>").count() + page.matches("<li ").count(), page.matches("</li>").count());
    let images = get(&server, "/console/images", &[]).text();
    assert_eq!(images.matches("/console/images/").count(), crate::fixture::REPOSITORIES.len());
    let image =
        images.split("href=\"/console/images/").find(|link| link.starts_with("shop%2Fpay%40")).unwrap();
    let image = get(&server, &format!("/console/images/{}", image.split('"').next().unwrap()), &[]).text();
    assert!(image.contains("/usr/bin/shop/pay") && image.contains("Coverage"), "{image}");
    assert!(
        image.contains("All that is declared was used") && image.contains("<polyline points=\"0,"),
        "{image}"
    );
    assert!(
        image.contains("containers, by node:") && image.contains("?node=a\"><bdi>a</bdi></a>"),
        "{image}"
    );
    let twice = images.split("href=\"/console/images/").find(|link| link.starts_with("mail%40")).unwrap();
    assert_eq!(get(&server, &format!("/console/images/{}", twice.split('"').next().unwrap()), &[]).code, 200);
    let fleet = get(&server, "/console/fleet", &[]).text();
    assert!(fleet.contains("connected") && fleet.contains(">node</a>"), "{fleet}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_a_container_calls_itself_is_shown_and_never_run() {
    const NAME: &str = "/tmp/<script>alert(1)</script>\"'\u{202e}\x1b[2J\n";
    let hostile = |minute| -> Bytes {
        let mut hostile = Batch::decode(batch("node", minute)).unwrap();
        for text in hostile.strings.iter_mut().filter(|text| **text == "/tmp/x") {
            *text = Bytes::from_static(NAME.as_bytes());
        }
        hostile.encode_to_vec().into()
    };
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let (mut collector, _) = Collector::greet(&server, 1).await;
    for minute in 0..MINUTES {
        collector.send(minute + 1, hostile(minute)).await;
    }
    assert!(collector.acknowledged(MINUTES).await.is_empty());
    let filter = Some(AlertFilter { image: "shop/pay".to_owned(), ..Default::default() });
    let request = ListAlertsRequest { filter, ..Default::default() };
    let alerts = server.alerts().await.list(request).await.unwrap().into_inner().alerts;
    let alert =
        alerts.iter().find(|alert| alert.findings.iter().any(|one| one.value.contains("script"))).unwrap();
    let form = format!("form={}", "%22%3E%3Cscript%3E");
    for path in [
        format!("/console/alerts/{}", alert.id),
        "/console/alerts".to_owned(),
        "/console/alerts?text=%22%3E%3Cscript%3E".to_owned(),
        "/console/alerts?node=%22%3E%3Cscript%3E%E2%80%AE".to_owned(),
        "/console/alerts/%3Cscript%3E".to_owned(),
        "/console/images/%3Cscript%3E".to_owned(),
        "/console/images?image=%22%3E%3Cscript%3E".to_owned(),
        format!("/console/login?next=%22%3E%3Cscript%3E&{form}"),
    ] {
        let answer = get(&server, &path, &[]);
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{path}: {policy}");
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let text = answer.text();
        assert!(!text.contains("<script>") && !text.contains(" style="), "{path}: {text}");
        assert!(!text.contains(['\u{202e}', '\x1b']), "{path}: {text}");
    }
    let page = get(&server, &format!("/console/alerts/{}", alert.id), &[]).text();
    assert!(page.contains("/tmp/&#60;script&#62;alert(1)"), "{page}");
    assert!(page.contains("\\u{202e}\\u{1b}[2J\\n"), "{page}");
    let foreign = get(&server, "/console/alerts", &["Host: evil.example"]);
    assert_eq!(foreign.code, 403, "a page of another name may lead it here");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn who_shows_a_certificate_need_not_log_in_and_over_tls_a_cookie_is_for_tls_only() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    pki.issue("analyst", "ana");
    pki.issue("collector", "node");
    pki.token("bob", "viewer", &[]);
    let token = pki.token("carl", "viewer", &[]);
    let server = pki.start(&folder.path().join("data"));
    let page = get_over_tls(&pki, &server, "/console/images", &[], Some("analyst-ana"));
    assert_eq!(page.code, 200);
    let page = page.text();
    assert!(page.contains("ana (analyst)") && !page.contains("Log out"), "{page}");
    assert_eq!(get_over_tls(&pki, &server, "/console/images", &[], Some("collector-node")).code, 403);
    assert_eq!(get_over_tls(&pki, &server, "/console/images", &[], None).code, 303);
    let form = field(&get_over_tls(&pki, &server, "/console/login", &[], None).text(), "form");
    let body = format!("form={form}&token={token}");
    let length = format!("Content-Length: {}", body.len());
    let stream = pki.tls_as(&server.http, b"http/1.1", None);
    let answer = web::send(stream, "POST", "/console/login", &[&length], &body);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.ends_with("; secure"), "{cookie}");
    let cookie = format!("Cookie: {}", cookie.split(';').next().unwrap());
    assert_eq!(get_over_tls(&pki, &server, "/console/images", &[&cookie], None).code, 200);

    // A certificate goes along with what another site sends as a cookie would.
    let page = get_over_tls(&pki, &server, "/console/alerts", &[], Some("analyst-ana")).text();
    let acknowledge = |form: &str| {
        let body = format!("form={form}&action=acknowledge");
        let length = format!("Content-Length: {}", body.len());
        let kind = "Content-Type: application/x-www-form-urlencoded";
        let stream = pki.tls_as(&server.http, b"http/1.1", Some("analyst-ana"));
        web::send(stream, "POST", "/console/together", &[kind, &length], &body)
    };
    assert_eq!(acknowledge("").code, 403, "a form without its mark was taken of a certificate");
    let taken = acknowledge(&field(&page, "form"));
    assert_eq!(taken.code, 400);
    let told = taken.text();
    assert!(told.contains("choose incidents"), "its own form is not taken of a certificate: {told}");
}
