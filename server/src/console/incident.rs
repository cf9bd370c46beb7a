//! The page of an incident: first why, as a sentence and as what was expected against what was seen, then all there is to
//! check it by, and what can be done about it.
//!
//! Not here: the tree (`tree.rs`), what changes something (`decide.rs`, `changes.rs`).

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, RawQuery},
    response::Response,
};
use plumbline_proto::v1::{
    Alert, AlertExplanation, CallKind, EvidenceEvent, EvidenceKind, EvidenceRequest, ExplainAlertRequest,
    GetAlertRequest, ImageStatus, ListBaselinesRequest, SocketAction, evidence_response::Kind,
};
use tonic::Code;

use super::{
    Failure,
    decide::done,
    failure::html,
    images::NAME_BYTES,
    similar::{Similar, similar},
    text,
    tree::{Node, tree},
    visitor::Visitor,
};

/// Bytes that findings, processes and events may take on a page, before anything is escaped.
const ROOM: usize = 512 << 10;

#[derive(Template)]
#[template(path = "incident.html")]
struct Page<'a> {
    visitor: &'a Visitor,
    alert: &'a Alert,
    done: &'static str,
    /// Of the image, however long.
    image_name: String,
    explanation: Option<AlertExplanation>,
    bars: Vec<Bar>,
    image: Option<ImageStatus>,
    tree: Vec<Node>,
    /// Lists that are open at the tree's end.
    open: usize,
    peers: Vec<Peer>,
    moments: Vec<Moment>,
    events: Vec<Event>,
    omitted: u64,
    similar: Vec<Similar>,
    /// Some texts are not whole.
    texts_cut: bool,
}

/// What a part of the verdict adds to its log-odds, as a bar that begins in the middle of 200 units.
struct Bar {
    name: String,
    fact: String,
    technique: String,
    drift: f64,
    attack: f64,
    of_drift: Span,
    of_attack: Span,
}

/// Where a bar begins and how long it is.
struct Span {
    x: f64,
    width: f64,
}

/// Whom the incident's processes spoke with.
struct Peer {
    address: String,
    port: u32,
    name: String,
    how: &'static str,
    times: u64,
    sent_bytes: u64,
    received_bytes: u64,
    programs: String,
}

/// Something of the incident's course.
struct Moment {
    unix_ns: u64,
    what: String,
    of: String,
}

/// A row of what is kept.
struct Event {
    unix_ns: u64,
    count: u32,
    pid: u32,
    program: String,
    what: String,
}

pub(super) async fn page(
    visitor: Visitor,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let request = visitor.asks(GetAlertRequest { id });
    let mut alert = visitor.alerts().get(request).await?.into_inner();
    let done = match query.as_deref().and_then(|query| query.strip_prefix("done=")) {
        Some("triage") => "Taken down.",
        Some(decided) => done(decided),
        None => "",
    };
    let judged = alert.operational.is_none();
    let explanation = if judged { explain(&visitor, &alert).await? } else { None };
    let (events, omitted) = if judged { kept(&visitor, &alert).await? } else { (Vec::new(), 0) };
    let similar = if judged { similar(&visitor, &alert).await? } else { Vec::new() };
    let image = if judged { image(&visitor, &alert).await? } else { None };
    let (mut tree, open) = tree(&alert, &events);
    let (mut peers, mut events) = (peers(&events), events.iter().map(row).collect::<Vec<_>>());
    let mut room = text::Room::new(ROOM);
    for finding in &mut alert.findings {
        let expected = finding.expected.iter_mut().map(|known| &mut known.value);
        let own = [&mut finding.context, &mut finding.value, &mut finding.command_line];
        own.into_iter().chain(expected).for_each(|text| room.fit(text));
    }
    tree.iter_mut().for_each(|node| room.fit(&mut node.command_line));
    peers.iter_mut().for_each(|peer| room.fit(&mut peer.programs));
    events.iter_mut().for_each(|event| room.fit(&mut event.what));
    html(&Page {
        visitor: &visitor,
        alert: &alert,
        image_name: text::whole_image(&alert.image_digest, &alert.image_repository, &alert.image_tag),
        done,
        bars: explanation.as_ref().map_or_else(Vec::new, |told| bars(&alert, told)),
        explanation,
        image,
        tree,
        open,
        peers,
        moments: moments(&alert),
        events,
        omitted,
        similar,
        texts_cut: room.cut,
    })
}

async fn explain(visitor: &Visitor, alert: &Alert) -> Result<Option<AlertExplanation>, Failure> {
    let request = ExplainAlertRequest { id: alert.id.clone() };
    match visitor.alerts().explain(visitor.asks(request)).await {
        Ok(told) => Ok(Some(told.into_inner())),
        Err(status) if status.code() == Code::FailedPrecondition => Ok(None),
        Err(status) => Err(status.into()),
    }
}

/// The events that are kept, and how many are not.
async fn kept(visitor: &Visitor, alert: &Alert) -> Result<(Vec<EvidenceEvent>, u64), Failure> {
    let request = EvidenceRequest { id: alert.id.clone() };
    let mut told = visitor.alerts().evidence(visitor.asks(request)).await?.into_inner();
    let (mut events, mut omitted) = (Vec::new(), 0);
    while let Some(next) = told.message().await? {
        match next.kind {
            Some(Kind::Event(event)) => events.push(event),
            Some(Kind::Omitted(more)) => omitted += more.events,
            None => {}
        }
    }
    Ok((events, omitted))
}

/// The image as it stands; none if it was forgotten, or its name is longer than services look for.
async fn image(visitor: &Visitor, alert: &Alert) -> Result<Option<ImageStatus>, Failure> {
    if alert.image_digest.len() > NAME_BYTES {
        return Ok(None);
    }
    let request = ListBaselinesRequest { image: alert.image_digest.clone(), ..Default::default() };
    let list = visitor.baselines().list(visitor.asks(request)).await?.into_inner();
    Ok(list.images.into_iter().find(|image| image.repository == alert.image_repository))
}

/// One bar for each part, in the order of the evidence.
fn bars(alert: &Alert, told: &AlertExplanation) -> Vec<Bar> {
    let [drift, attack] = [0, 1].map(|row| told.logits.get(row).cloned().unwrap_or_default());
    let mut parts = vec![
        ("before anything is known".to_owned(), String::new(), String::new(), drift.bias, attack.bias),
        (
            "surprise".to_owned(),
            format!("{:.1} nats", alert.surprise),
            String::new(),
            drift.surprise,
            attack.surprise,
        ),
    ];
    let shares = drift.evidence.iter().zip(&attack.evidence).zip(&alert.evidence);
    parts.extend(shares.map(|((drift, attack), item)| {
        (item.name.clone(), item.fact.clone(), item.technique.clone(), drift.share, attack.share)
    }));
    let longest = parts.iter().flat_map(|part| [part.3.abs(), part.4.abs()]).fold(1.0, f64::max);
    let span = |share: f64| {
        let width = (share.abs() / longest * 100.0).clamp(0.0, 100.0);
        Span { x: if share < 0.0 { 100.0 - width } else { 100.0 }, width }
    };
    parts
        .into_iter()
        .map(|(name, fact, technique, drift, attack)| Bar {
            of_drift: span(drift),
            of_attack: span(attack),
            name,
            fact,
            technique,
            drift,
            attack,
        })
        .collect()
}

fn peers(events: &[EvidenceEvent]) -> Vec<Peer> {
    let mut peers: BTreeMap<_, Peer> = BTreeMap::new();
    let sockets = [EvidenceKind::Socket, EvidenceKind::Traffic];
    for event in events.iter().filter(|event| sockets.contains(&event.kind())) {
        let program = event.process.as_ref().map_or("", |process| process.executable.as_str());
        let key = (event.address.clone(), event.port, event.name.clone(), event.socket);
        let peer = peers.entry(key).or_insert_with(|| Peer {
            address: event.address.clone(),
            port: event.port,
            name: event.name.clone(),
            how: socket(event.socket()),
            times: 0,
            sent_bytes: 0,
            received_bytes: 0,
            programs: String::new(),
        });
        // What connections came to is told besides them.
        if event.kind() == EvidenceKind::Socket {
            peer.times += u64::from(event.count);
        }
        peer.sent_bytes = peer.sent_bytes.saturating_add(event.sent_bytes);
        peer.received_bytes = peer.received_bytes.saturating_add(event.received_bytes);
        if !peer.programs.split(", ").any(|known| known == program) {
            let comma = if peer.programs.is_empty() { "" } else { ", " };
            peer.programs = format!("{}{comma}{program}", peer.programs);
        }
    }
    peers.into_values().collect()
}

/// The course of the incident: what was found, and what people did.
fn moments(alert: &Alert) -> Vec<Moment> {
    let found = alert.findings.iter().map(|finding| Moment {
        unix_ns: finding.first_seen_unix_ns.saturating_add_signed(alert.clock_offset_ns.saturating_neg()),
        what: format!("{} {}", finding.dimension, finding.value),
        of: finding.command_line.clone(),
    });
    let done = alert.triage.iter().map(|triage| Moment {
        unix_ns: triage.changed_unix_ns,
        what: format!("{} by {}", text::state(alert), triage.author),
        of: triage.note.clone(),
    });
    let contained = alert.triage.iter().filter_map(|triage| triage.containment.as_ref()).map(|told| Moment {
        unix_ns: told.answered_unix_ns.max(told.asked_unix_ns),
        what: text::containment(alert),
        of: String::new(),
    });
    let mut all: Vec<_> = found.chain(done).chain(contained).collect();
    all.sort_by_key(|moment| moment.unix_ns);
    all
}

fn row(event: &EvidenceEvent) -> Event {
    let process = event.process.clone().unwrap_or_default();
    Event {
        unix_ns: event.time_unix_ns,
        count: event.count,
        pid: process.pid,
        program: process.executable,
        what: what(event),
    }
}

fn what(event: &EvidenceEvent) -> String {
    let peer = || {
        let name = if event.name.is_empty() { String::new() } else { format!(" ({})", event.name) };
        format!("{} {} port {}{name}", socket(event.socket()), event.address, event.port)
    };
    match event.kind() {
        EvidenceKind::Unspecified => "unknown".to_owned(),
        EvidenceKind::Exec => {
            let words =
                event.process.as_ref().map_or_else(String::new, |process| process.arguments.join(" "));
            format!("started: {words}")
        }
        EvidenceKind::Fork => "began a process".to_owned(),
        EvidenceKind::Exit if event.signal != 0 => format!("ended by signal {}", event.signal),
        EvidenceKind::Exit => format!("ended with {}", event.exit_code),
        EvidenceKind::Socket => peer(),
        EvidenceKind::Traffic => format!(
            "{}: {} established, {} failed, {} bytes sent, {} received",
            peer(),
            event.established,
            event.failed,
            event.sent_bytes,
            event.received_bytes
        ),
        EvidenceKind::Credentials => {
            let before = event.before.as_ref().map_or(u32::MAX, |before| before.effective_uid);
            format!("changed its rights, before: user {before}")
        }
        EvidenceKind::Call => {
            let call = CallKind::try_from(event.call).unwrap_or_default().as_str_name();
            let call = call.trim_start_matches("CALL_KIND_").to_lowercase();
            let failed = if event.error == 0 { String::new() } else { format!(", error {}", event.error) };
            format!("{call} {} {}{failed}", event.subject, event.detail)
        }
        EvidenceKind::File => {
            format!(
                "{}: {} bytes that were not in the image, SHA-256 {}",
                event.subject, event.value, event.detail
            )
        }
        EvidenceKind::Question => format!("asked for {}", event.name),
        EvidenceKind::Answer => {
            format!("was answered {}: code {} {}", event.name, event.rcode, event.addresses.join(" "))
        }
    }
}

fn socket(action: SocketAction) -> &'static str {
    match action {
        SocketAction::Unspecified => "unknown",
        SocketAction::Listen => "listened on",
        SocketAction::Connect => "connected to",
        SocketAction::Accept => "accepted",
        SocketAction::Send => "sent to",
        SocketAction::Receive => "received from",
    }
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::{Evidence, EvidenceShare, Logit};

    use super::*;

    #[test]
    fn bars_are_as_long_as_their_weights_and_negative_ones_go_the_other_way() {
        let logit = |bias, share| Logit {
            bias,
            evidence: vec![EvidenceShare { name: "shell".into(), share }],
            ..Default::default()
        };
        let told =
            AlertExplanation { logits: vec![logit(-5.0, 2.5), logit(-10.0, 10.0)], ..Default::default() };
        let alert = Alert {
            evidence: vec![Evidence { name: "shell".into(), ..Default::default() }],
            ..Default::default()
        };
        let bars = bars(&alert, &told);
        let spans: Vec<_> = bars
            .iter()
            .map(|bar| (bar.of_drift.x, bar.of_drift.width, bar.of_attack.x, bar.of_attack.width))
            .collect();
        assert_eq!(spans, [(50.0, 50.0, 0.0, 100.0), (100.0, 0.0, 100.0, 0.0), (100.0, 25.0, 100.0, 100.0)]);
    }
}
