//! What pages of the console tell, part by part, each held against what the API says of the same server.
//!
//! Not here: who is let in (`console.rs`), forms (`console_forms.rs`).

use bytes::Bytes;
use plumbline_proto::v1::{
    Alert, Batch, ChangeBaselineRequest, EvidenceEvent, EvidenceKind, EvidenceRequest, GetBaselineRequest,
    ListAlertsRequest, ListNodesRequest, Loss, LossReason, ProcessFlag, evidence_response::Kind,
    node_service_client::NodeServiceClient,
};
use prost::Message;

use crate::{
    fixture::{MINUTES, batch},
    harness::{Collector, Server, hello, wait_for},
    web::get,
};

/// A minute in which somebody saves the till's data by hand; in the first one events of the till were lost.
fn lossy(node: &str, minute: u64) -> Bytes {
    let mut lossy = Batch::decode(batch(node, minute)).unwrap();
    if minute == 0 {
        lossy.losses.push(Loss { reason: LossReason::RingFull.into(), container: 1 + 2, events: 7 });
    }
    let (processes, execs) = (lossy.processes.as_mut().unwrap(), lossy.execs.as_mut().unwrap());
    let process = u32::try_from(processes.pid.len()).unwrap();
    processes.container.push(2);
    processes.pid.push(100 + process);
    processes.start_ticks.push(minute * 6000);
    processes.parent.push(0);
    processes.executable.push(u32::try_from(lossy.strings.len()).unwrap());
    processes.argument_count.push(0);
    processes.argument_bytes.push(0);
    processes.uid.push(0);
    processes.gid.push(0);
    processes.flags.push(u32::from(ProcessFlag::ExecSession as u16));
    execs.process.push(process);
    execs.time_ns.push(1);
    execs.count.push(1);
    lossy.strings.push("/usr/bin/save".into());
    lossy.encode_to_vec().into()
}

/// A minute with another version of the web shop, which asks another database.
fn next(node: &str, minute: u64) -> Bytes {
    let mut next = Batch::decode(batch(node, minute)).unwrap();
    for text in &mut next.strings {
        match &**text {
            b"sha256:shop/web" => *text = "sha256:next".into(),
            b"10.0.0.9" => *text = "198.51.100.7".into(),
            _ => {}
        }
    }
    next.encode_to_vec().into()
}

/// A minute in which the till declares a program that nobody runs and a port that nobody listens on.
fn declaring(node: &str, minute: u64) -> Bytes {
    let mut declaring = Batch::decode(batch(node, minute)).unwrap();
    let first = u32::try_from(declaring.strings.len()).unwrap();
    declaring.strings.extend(["/usr/bin/start".into(), "8443/tcp".into()]);
    let till = &mut declaring.images[2];
    (till.entrypoint, till.ports) = (vec![first], vec![first + 1]);
    declaring.encode_to_vec().into()
}

/// Tells a server all minutes of a node.
async fn told(server: &Server, node: &str, id: u8, minute: impl Fn(u64) -> Bytes) -> Collector {
    let mut hello = hello(id);
    node.clone_into(&mut hello.node);
    let (mut collector, _) = Collector::open(server).await.welcomed(hello).await;
    for number in 0..MINUTES {
        collector.send(number + 1, minute(number)).await;
    }
    assert!(collector.acknowledged(MINUTES).await.is_empty());
    collector
}

/// The alerts of the break-in, of both nodes.
async fn break_ins(server: &Server) -> Vec<Alert> {
    let list = server.alerts().await.list(ListAlertsRequest::default()).await.unwrap().into_inner();
    let of_x = |alert: &Alert| alert.findings.iter().any(|finding| finding.value == "/tmp/x");
    list.alerts.into_iter().filter(of_x).collect()
}

/// A part of a page, from its heading on.
pub(crate) fn part<'a>(page: &'a str, id: &str) -> &'a str {
    let after = page.split(&format!("<h2 id=\"{id}\">")).nth(1);
    after.unwrap_or_else(|| panic!("no {id} in {page}")).split("</section>").next().unwrap()
}

/// As a page writes a text.
fn escaped(text: &str) -> String {
    let marks = [("&", "&#38;"), ("<", "&#60;"), (">", "&#62;"), ("\"", "&#34;"), ("'", "&#39;")];
    marks.iter().fold(text.to_owned(), |text, (mark, written)| text.replace(mark, written))
}

/// The texts of the cells of a column, without markup.
pub(crate) fn column(table: &str, name: &str) -> Vec<String> {
    let begin = format!("<td data-label=\"{name}\">");
    let cells = table.split(&begin).skip(1);
    let text = |cell: &str| -> String {
        let cell = cell.split("</td>").next().unwrap();
        let pieces = cell.split('<').enumerate();
        pieces
            .map(|(number, piece)| if number == 0 { piece } else { piece.split_once('>').unwrap().1 })
            .collect()
    };
    cells.map(|cell| text(cell).trim().to_owned()).collect()
}

async fn kept(server: &Server, alert: &Alert) -> Vec<EvidenceEvent> {
    let request = EvidenceRequest { id: alert.id.clone() };
    let mut told = server.alerts().await.evidence(request).await.unwrap().into_inner();
    let mut events = Vec::new();
    while let Some(next) = told.message().await.unwrap() {
        if let Some(Kind::Event(event)) = next.kind {
            events.push(event);
        }
    }
    events
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_incidents_page_says_why_and_shows_all_there_is_to_check_it_by() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    told(&server, "a", 1, |minute| lossy("a", minute)).await;
    told(&server, "b", 2, |minute| lossy("b", minute)).await;
    let alerts = break_ins(&server).await;
    let [alert, other] = alerts.as_slice() else { panic!("{alerts:?}") };
    let page = get(&server, &format!("/console/alerts/{}", alert.id), &[]).text();

    let odds = page.split("class=\"facts odds\">").nth(1).unwrap().split("</dl>").next().unwrap();
    let p = alert.probabilities.unwrap();
    for (verdict, p) in [("normal", p.normal), ("drift", p.drift), ("attack", p.attack)] {
        let shown =
            odds.split(&format!("<dt>{verdict}</dt><dd>")).nth(1).unwrap().split(" %").next().unwrap();
        let shown: f64 = shown.trim_start_matches("&#62;").parse().unwrap();
        assert!((shown - 100.0 * p).abs() <= 0.1, "{verdict}: {shown} of {p}");
    }
    assert!(page.contains(&escaped(&alert.story)), "{}: {page}", alert.story);

    let rows: Vec<&str> = part(&page, "seen").split("<tr>").skip(2).collect();
    assert_eq!(rows.len(), alert.findings.len());
    let mut expected = Vec::new();
    for (row, finding) in rows.iter().zip(&alert.findings) {
        assert!(row.contains(&escaped(&finding.value)), "{}: {row}", finding.value);
        for known in &finding.expected {
            let count = format!("</code> in {} windows, last <time>20", known.count);
            assert!(row.contains(&escaped(&known.value)) && row.contains(&count), "{known:?}: {row}");
            expected.push(known.value.as_str());
        }
    }
    assert!(expected.contains(&"/usr/bin/save"), "{:?}", alert.findings);

    let losses = part(&page, "losses");
    assert!(losses.contains("events of this image were lost"), "{losses}");
    assert!(alert.caveats.iter().all(|caveat| losses.contains(&escaped(caveat))), "{losses}");
    assert_eq!(losses.matches("<li>").count(), alert.caveats.len());

    let timeline = part(&page, "timeline");
    let times: Vec<&str> =
        timeline.split("<time datetime=\"").skip(1).map(|time| time.split('"').next().unwrap()).collect();
    assert!(times.len() == alert.findings.len() && times.is_sorted(), "{times:?}");
    assert!(alert.findings.iter().all(|finding| timeline.contains(&escaped(&finding.value))), "{timeline}");

    let events = kept(&server, alert).await;
    let shown = part(&page, "events");
    assert!(shown.contains(&format!("{} are kept", events.len())), "{shown}");
    assert_eq!(column(shown, "What").len(), events.len());
    assert!(column(shown, "What").iter().any(|what| what == "connected to 203.0.113.7 port 5432"), "{shown}");

    let peers = part(&page, "peers");
    let times: u32 = events
        .iter()
        .filter(|event| event.kind() == EvidenceKind::Socket && event.address == "203.0.113.7")
        .map(|event| event.count)
        .sum();
    let of = column(peers, "Peer").iter().position(|peer| peer == "203.0.113.7 port 5432");
    let of = of.unwrap_or_else(|| panic!("{peers}"));
    assert_eq!(column(peers, "How")[of], "connected to");
    assert_eq!(column(peers, "Times")[of], times.to_string());
    assert_eq!(column(peers, "By")[of], "/tmp/x");

    let similar = part(&page, "similar");
    assert!(similar.contains(&format!("href=\"/console/alerts/{}\"", other.id)), "{similar}");
    let shared: usize = column(similar, "In common")[0].parse().unwrap();
    assert!((1..=alert.findings.len()).contains(&shared), "{similar}");
    assert!(!similar.contains(&alert.id), "it is like itself");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_images_page_shows_what_another_version_does_and_what_is_declared_and_unused_or_used_and_undeclared()
 {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    told(&server, "a", 1, |minute| declaring("a", minute)).await;
    told(&server, "b", 2, |minute| next("b", minute)).await;
    let images = server.images().await;
    let digest = |tail: &str| images.iter().find(|image| image.digest.ends_with(tail)).unwrap();
    let (old, new) = (digest("shop/web"), digest("next"));
    assert_eq!((old.repository.as_str(), new.repository.as_str()), ("shop/web", "shop/web"));

    let page = get(&server, "/console/images/sha256:shop%2Fweb", &[]).text();
    let versions = part(&page, "versions");
    assert_eq!(column(versions, "Learned from"), [format!("{} container-minutes", new.exposures)]);
    let link = versions.split("?against=").nth(1).unwrap().split('#').next().unwrap();
    assert!(!page.contains("<h2 id=\"diff\">"), "a comparison that nobody asked for");
    let page = get(&server, &format!("/console/images/sha256:shop%2Fweb?against={link}"), &[]).text();
    let (only_this, only_other) = part(&page, "diff").split_once("<h3>Only <bdi>").unwrap();
    assert!(only_this.contains("tcp/5432 private") && !only_this.contains("public"), "{only_this}");
    assert!(
        only_other.contains("tcp/5432 public 198.51.") && !only_other.contains("private"),
        "{only_other}"
    );

    let request = GetBaselineRequest { image: "sha256:shop/pay".to_owned(), ..Default::default() };
    let known = server.baselines().await.get(request).await.unwrap().into_inner().behaviours;
    let page = get(&server, "/console/images/sha256:shop%2Fpay", &[]).text();
    let odd = part(&page, "odd");
    let rows = column(odd, "How").into_iter().zip(column(odd, "What")).zip(column(odd, "By"));
    let rows: Vec<_> = rows.map(|((how, what), by)| (how, what, by)).collect();
    let unused = |what: &str, by: &str| ("unused".to_owned(), what.to_owned(), by.to_owned());
    assert!(rows.contains(&unused("port 8443/tcp", "the image")), "{rows:?}");
    assert!(rows.contains(&unused("program /usr/bin/start", "its entrypoint")), "{rows:?}");
    let undeclared = |(how, what, _): &(String, String, String)| {
        how == "undeclared" && what == "program /usr/bin/shop/pay"
    };
    assert!(rows.iter().any(undeclared), "{rows:?}");
    let behaviours = part(&page, "behaviours");
    let windows = column(behaviours, "Windows");
    assert_eq!(windows.len(), known.len());
    for one in &known {
        let row = behaviours
            .split("<tr>")
            .find(|row| row.contains(&format!("<code>{}</code>", escaped(&one.value))));
        let row = row.unwrap_or_else(|| panic!("no {}: {behaviours}", one.value));
        assert_eq!(column(row, "Windows"), [one.count.to_string()]);
        assert!(column(row, "Last seen")[0].starts_with("2023-11-14T"), "{row}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_fleets_page_tells_of_each_node_what_it_lacks_and_of_images_how_many_are_in_each_state() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let whole = told(&server, "whole", 1, |minute| batch("whole", minute)).await;
    let torn = told(&server, "torn", 2, |minute| lossy("torn", minute)).await;
    let request = ChangeBaselineRequest {
        image: "sha256:db".to_owned(),
        author: "alice".to_owned(),
        reason: "release freeze".to_owned(),
        ..Default::default()
    };
    server.baselines().await.lock(request).await.unwrap();
    let mut client = NodeServiceClient::new(server.channel().await);
    let nodes = client.list(ListNodesRequest {}).await.unwrap().into_inner().nodes;
    let page = get(&server, "/console/fleet", &[]).text();
    let table = part(&page, "nodes");
    assert_eq!(column(table, "Node"), ["torn", "whole"], "who needs a look is not first");
    for (row, name) in ["torn", "whole"].into_iter().enumerate() {
        let node = nodes.iter().find(|node| node.name == name).unwrap();
        let cell = |name: &str| column(table, name)[row].clone();
        assert_eq!(cell("Events"), node.events.to_string());
        assert_eq!(cell("Lost"), node.events_lost.to_string());
        assert_eq!(cell("Rejected"), "0");
        // What the fleet is told is of long ago.
        assert_eq!(cell("Behind"), format!("{} d", node.behind_ns / 86_400_000_000_000));
    }
    assert_eq!(column(table, "Lost"), ["7", "0"]);
    let images = page.split("<dt>Images</dt>").nth(1).unwrap().split("</div>").next().unwrap();
    for (state, count) in [("learning", 5), ("stable", 0), ("locked", 1), ("archived", 0)] {
        let link = format!("href=\"/console/images?state={state}\">{count} {state}</a>");
        assert!(images.contains(&link), "{link}: {images}");
        let listed = get(&server, &format!("/console/images?state={state}"), &[]).text();
        assert_eq!(listed.matches("href=\"/console/images/").count(), count, "{state}: {listed}");
    }
    drop((whole, torn));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn of_a_large_fleet_the_page_tells_two_hundred_nodes_who_need_a_look_first_and_how_many_more_there_are()
{
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let channel = server.channel().await;
    let mut connected = Vec::new();
    for number in 0..203 {
        let mut hello = hello(1);
        (hello.node, hello.session[0]) = (format!("node-{number:03}"), u8::try_from(number).unwrap());
        connected.push(Collector::over(channel.clone()).await.welcomed(hello).await.0);
    }
    drop(connected.pop());
    let page = wait_for("the node that left", || {
        let page = get(&server, "/console/fleet", &[]).text();
        page.contains("202 connected, 1 away").then_some(page)
    });
    let table = part(&page, "nodes");
    let nodes = column(table, "Node");
    assert_eq!((nodes.len(), nodes[0].as_str(), nodes[1].as_str()), (200, "node-202", "node-000"));
    assert!(table.contains("3 more need a look less"), "{table}");
}
