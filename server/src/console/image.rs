//! The page of an image: how far it is learned and how that came about, where it runs, what it declares against what it does,
//! what it is known for, and, if asked, what another version does differently.
//!
//! What needs all that is known is made of one export of it, for the first page only. Not here: changing a baseline
//! (`upkeep.rs`), and how declared and observed are compared (`compared.rs` of the server).

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, RawQuery},
    response::Response,
};
use plumbline_proto::v1::{
    BaselineState, DiffBaselinesRequest, ExportIntentRequest, GetIntentRequest, ImageDiff, ImageStatus,
    Intent, IntentDocument, ListBaselinesRequest, ListContainersRequest, ListContainersResponse, Policy,
};

use super::{
    Failure,
    curve::{Curve, curve},
    enforcement,
    failure::html,
    images::{NAME_BYTES, parameters},
    started, text,
    visitor::Visitor,
};
use crate::compared::{Declared, Oddity, Seen, oddities};

/// Behaviours of a page.
const BEHAVIOURS: u32 = 200;
/// Behaviours told of each side of a comparison.
const DIFFERENCES: u32 = 500;
/// Versions that are offered for comparison.
const VERSIONS: u32 = 50;
/// Containers told.
const CONTAINERS: u32 = 200;
/// Things told that are declared and unused, or the other way round.
const ODDITIES: usize = 200;

#[derive(Template)]
#[template(path = "image.html")]
struct Page<'a> {
    visitor: &'a Visitor,
    name: String,
    done: &'static str,
    /// Command lines that it declares.
    start: String,
    health_check: String,
    /// What its last container was started with.
    started: Vec<(&'static str, String)>,
    /// However long.
    image_name: String,
    image: ImageStatus,
    intent: Intent,
    policy: Option<Policy>,
    whole: Option<Whole>,
    runs: Option<Runs>,
    versions: Vec<ImageStatus>,
    diff: Option<ImageDiff>,
    next: String,
}

/// What follows from all that is known.
struct Whole {
    curve: Option<Curve>,
    odd: Vec<Oddity>,
    omitted: usize,
}

/// Where it runs.
struct Runs {
    containers: ListContainersResponse,
    /// Containers of each node.
    nodes: BTreeMap<String, usize>,
}

pub(super) async fn page(
    visitor: Visitor,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let [against, page_token, done] = parameters(query.as_deref(), ["against", "page", "done"])?;
    let is_first = page_token.is_empty();
    let request =
        GetIntentRequest { image: name.clone(), limit: BEHAVIOURS, page_token, ..Default::default() };
    let mut intent = visitor.intent().get(visitor.asks(request)).await?.into_inner();
    let image = intent.image.take().unwrap_or_default();
    let request =
        ListBaselinesRequest { image: image.repository.clone(), limit: VERSIONS, ..Default::default() };
    let mut versions = Vec::new();
    if !image.repository.is_empty() && image.repository.len() <= NAME_BYTES {
        versions = visitor.baselines().list(visitor.asks(request)).await?.into_inner().images;
        versions.retain(|version| version.digest != image.digest);
    }
    let mut diff = None;
    if !against.is_empty() {
        let request = DiffBaselinesRequest { a: name.clone(), b: against, limit: DIFFERENCES };
        diff = Some(visitor.baselines().diff(visitor.asks(request)).await?.into_inner());
    }
    let (mut whole, mut runs, mut policy) = (None, None, None);
    if is_first {
        policy = enforcement::of_image(&visitor, &image.digest).await?;
        whole = Some(self::whole(&visitor, &name).await?);
        runs = Some(self::runs(&visitor, &image).await?);
    }
    let done = match done.as_str() {
        "lock" => "Locked. Nothing is learned of it any more.",
        "unlock" => "Unlocked. It goes on learning.",
        "reset" => "Reset. It is learned anew.",
        _ => "",
    };
    let next = std::mem::take(&mut intent.next_page_token);
    let (start, health_check) = intent
        .declared
        .as_ref()
        .map_or_else(Default::default, |told| (told.start.join(" "), told.health_check.join(" ")));
    let facts = intent.declared.as_ref().and_then(|told| told.facts.as_ref());
    let started = facts.map_or_else(Vec::new, started::lines);
    let image_name = text::whole_image(&image.digest, &image.repository, &image.tag);
    html(&Page {
        visitor: &visitor,
        name,
        done,
        start,
        health_check,
        started,
        image_name,
        image,
        intent,
        policy,
        whole,
        runs,
        versions,
        diff,
        next,
    })
}

/// Whether its baseline is frozen; also of one that is archived, whose state says only that.
fn is_locked(image: &ImageStatus) -> bool {
    let mut dimensions = image.dimensions.iter();
    image.state() == BaselineState::Locked || dimensions.any(|one| one.state() == BaselineState::Locked)
}

async fn whole(visitor: &Visitor, name: &str) -> Result<Whole, Failure> {
    let request = ExportIntentRequest { image: name.to_owned() };
    let mut parts = visitor.intent().export(visitor.asks(request)).await?.into_inner();
    let mut document = IntentDocument::default();
    while let Some(part) = parts.message().await? {
        document.learned.extend(part.learned);
        document.image = document.image.or(part.image);
        document.declared = document.declared.or(part.declared);
    }
    Ok(compared(&document))
}

/// How all that is known came about, and what of it is odd.
fn compared(document: &IntentDocument) -> Whole {
    let image = document.image.clone().unwrap_or_default();
    let told = document.declared.clone().unwrap_or_default();
    let commands = [(told.start.as_slice(), "its entrypoint"), (&told.health_check, "its health check")];
    let ports = told.tcp_ports.iter().filter_map(|port| u16::try_from(*port).ok());
    let declared = Declared {
        commands: commands.into_iter().filter(|(words, _)| !words.is_empty()).collect(),
        possible: Vec::new(),
        ports: ports.map(|port| (port..=port, "the image")).collect(),
    };
    let windows = document.learned.iter().map(|one| one.learned.unwrap_or_default());
    let seen: Vec<Seen<'_>> = document
        .learned
        .iter()
        .zip(windows.clone())
        .map(|(one, learned)| Seen {
            dimension: &one.dimension,
            context: &one.context,
            value: &one.value,
            windows: learned.count,
        })
        .collect();
    let is_watched = |dimension: &str| {
        let mut of = image.dimensions.iter().filter(|one| one.dimension == dimension);
        !of.any(|one| one.state() == BaselineState::Unwatched)
    };
    let mut odd = oddities(&declared, &seen, is_watched);
    let omitted = odd.len().saturating_sub(ODDITIES);
    odd.truncate(ODDITIES);
    let first_seen = windows.map(|learned| learned.first_seen_unix_ns).collect();
    Whole { curve: curve(first_seen, image.first_seen_unix_ns, image.last_seen_unix_ns), odd, omitted }
}

async fn runs(visitor: &Visitor, image: &ImageStatus) -> Result<Runs, Failure> {
    let request =
        ListContainersRequest { image: image.digest.clone(), limit: CONTAINERS, ..Default::default() };
    let mut containers = visitor.nodes().list_containers(visitor.asks(request)).await?.into_inner();
    // An image can have two names, and then has two baselines.
    containers.containers.retain(|one| one.image_repository == image.repository);
    let mut nodes = BTreeMap::new();
    for container in &containers.containers {
        *nodes.entry(container.node.clone()).or_default() += 1;
    }
    Ok(Runs { containers, nodes })
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::{DeclaredIntent, DimensionStatus, Learned, LearnedBehaviour};

    use super::*;

    #[test]
    fn what_an_image_declares_is_compared_with_what_it_does_and_with_what_is_watched() {
        let learned = |dimension: &str, value: &str, first_seen_unix_ns| LearnedBehaviour {
            dimension: dimension.into(),
            value: value.into(),
            learned: Some(Learned { count: 2, first_seen_unix_ns, ..Default::default() }),
            ..Default::default()
        };
        let mut document = IntentDocument {
            image: Some(ImageStatus { first_seen_unix_ns: 1, last_seen_unix_ns: 9, ..Default::default() }),
            declared: Some(DeclaredIntent {
                start: vec!["web".into()],
                tcp_ports: vec![80, 443],
                ..Default::default()
            }),
            learned: vec![
                learned("spawn", "/usr/bin/web", 1),
                learned("spawn", "/bin/nc", 8),
                learned("listen", "tcp/80", 2),
            ],
            ..Default::default()
        };
        let told = |document: &IntentDocument| -> Vec<(&str, String, String)> {
            compared(document).odd.into_iter().map(|odd| (odd.kind, odd.what, odd.by)).collect()
        };
        let undeclared = ("undeclared", "program /bin/nc".to_owned(), "2 windows".to_owned());
        let unused = ("unused", "port 443/tcp".to_owned(), "the image".to_owned());
        assert_eq!(told(&document), [undeclared.clone(), unused]);
        assert_eq!(compared(&document).curve.unwrap().newest_unix_ns, 8);
        let unwatched = DimensionStatus {
            dimension: "listen".into(),
            state: BaselineState::Unwatched.into(),
            ..Default::default()
        };
        document.image.as_mut().unwrap().dimensions = vec![unwatched];
        let unknown = ("unknown", "port 443/tcp".to_owned(), "the image".to_owned());
        assert_eq!(told(&document), [undeclared, unknown], "what nobody watched is not called unused");
        let many = (0..1000).map(|number| learned("listen", &format!("tcp/{}", 1000 + number), 1));
        document.learned.extend(many);
        let all = compared(&document);
        assert_eq!((all.odd.len(), all.omitted), (ODDITIES, 802));
    }
}
