//! `intent apply`: makes a server decide what documents approve and deny.
//!
//! All files are read, checked and, where a key is given, verified before the first word to the server. What holds there
//! already is left alone, so applying again changes nothing; and each request has an id made of what it says, so two
//! that apply at once decide once. It takes nothing back: a decision that left the document is named by `diff`, and
//! revoked by a person. What was revoked on the server and stands in the document is decided again. What is learned or
//! declared is not sent.

use std::io::Write;

use plumbline_proto::v1::{
    DecideRequest, Decision, DecisionKind, DecisionScope, GetIntentRequest, ImageStatus,
    ListDecisionsRequest, StatedBehaviour, intent_service_client::IntentServiceClient,
};
use ring::digest::{SHA256, digest};
use serde::Serialize;

use super::{
    diff::behaviour,
    document::{Decided, Document, Reach},
    export::unix_ns,
    lint::{checked, now},
    show::fetch,
    signature::verify,
    yaml::{DocumentError, Source},
};
use crate::{
    args::{Apply, Output},
    decisions::author,
    escape::escape,
    print_json,
    server::{CliError, Connection, Server},
    show::{short, table},
};

/// All that a server keeps.
const DECISIONS: u32 = 10_000;
/// Expiries this close are the same: the server counts from when it is asked.
const CLOSE_NS: u64 = 60_000_000_000;

/// What came, or would come, of an entry.
#[derive(Serialize)]
struct Outcome {
    action: &'static str,
    scope: String,
    behaviour: String,
    /// Id of the decision. Empty if there is none yet.
    decision: String,
}

/// The containers in which something counts, as the server names them.
struct Place {
    scope: DecisionScope,
    name: String,
}

pub(crate) async fn apply(
    server: &Server,
    args: Apply,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let mut documents = Vec::new();
    for file in &args.files {
        let source = Source::read(file)?;
        if let Some(key) = &args.verify_key {
            verify(file, &source, key)?;
        }
        documents.extend(sound(&source)?);
    }
    let mut client = server.intent().await?;
    let listed = client.list(ListDecisionsRequest { all: true, limit: DECISIONS }).await;
    let made =
        listed.map_err(|status| server.failed("listing the decisions", &status))?.into_inner().decisions;
    let author = author(server, args.author);
    let mut outcomes = Vec::new();
    for document in documents {
        let image = args.image.clone().or(document.metadata.digest).or(document.metadata.image);
        let mut entries = document.approved.iter().chain(&document.denied);
        let of_image = entries.any(|entry| matches!(entry.scope, Reach::Image | Reach::Repository));
        let known = if of_image { known(server, image.as_deref()).await? } else { ImageStatus::default() };
        for (kind, list) in
            [(DecisionKind::Approve, document.approved), (DecisionKind::Deny, document.denied)]
        {
            for entry in list {
                let place = place(&entry, &known);
                let request = request(&entry, &place, image.as_deref(), &author, args.dry_run);
                let outcome = decide(server, &mut client, kind, &entry, &place, request, &made).await?;
                outcomes.push(outcome);
            }
        }
    }
    if output == Output::Json {
        return print_json(out, &outcomes);
    }
    Ok(writeln!(out, "{}", rows(&outcomes))?)
}

/// Documents with which nothing is wrong.
fn sound(source: &Source) -> Result<Vec<Document>, DocumentError> {
    let (documents, faults) = checked(source)?;
    match faults.first() {
        Some(fault) => {
            let what = format!("{} ({} such)", fault.what, faults.len());
            Err(source.other(what, "see `plumbline intent lint`"))
        }
        None => Ok(documents),
    }
}

/// The image by which decisions are bounded.
async fn known(server: &Server, image: Option<&str>) -> Result<ImageStatus, CliError> {
    let Some(image) = image else {
        let why = "the document names no image; give one with --image, or write metadata.image";
        return Err(CliError::Document(why.to_owned()));
    };
    let request = GetIntentRequest { image: image.to_owned(), only_decided: true, ..Default::default() };
    Ok(fetch(server, request, 1).await?.image.unwrap_or_default())
}

fn place(entry: &Decided, known: &ImageStatus) -> Place {
    let (scope, name) = match entry.scope {
        Reach::Namespace => (DecisionScope::Namespace, entry.namespace.clone().unwrap_or_default()),
        Reach::All => (DecisionScope::All, String::new()),
        Reach::Image => (DecisionScope::Image, known.digest.clone()),
        Reach::Repository => (DecisionScope::Repository, known.repository.clone()),
    };
    Place { scope, name }
}

fn request(
    entry: &Decided,
    place: &Place,
    image: Option<&str>,
    author: &str,
    dry_run: bool,
) -> DecideRequest {
    let of = &entry.behaviour;
    let mut request = DecideRequest {
        author: author.to_owned(),
        reason: entry.reason.clone(),
        lifetime_ns: entry.expires.as_deref().and_then(unix_ns).map_or(0, |at| at.saturating_sub(now())),
        dry_run,
        behaviour: Some(StatedBehaviour {
            dimension: of.dimension.clone(),
            context: of.context.clone(),
            value: of.value.clone(),
        }),
        ..DecideRequest::default()
    };
    request.set_scope(place.scope);
    match place.scope {
        DecisionScope::Namespace => request.namespace.clone_from(&place.name),
        DecisionScope::All => {}
        _ => request.image = image.unwrap_or_default().to_owned(),
    }
    request
}

async fn decide(
    server: &Server,
    client: &mut IntentServiceClient<Connection>,
    kind: DecisionKind,
    entry: &Decided,
    place: &Place,
    mut request: DecideRequest,
    made: &[Decision],
) -> Result<Outcome, CliError> {
    let of = &entry.behaviour;
    let same: Vec<&Decision> = made
        .iter()
        .filter(|made| made.kind() == kind && made.scope() == place.scope && made.scope_name == place.name)
        .filter(|made| {
            (&made.dimension, &made.context, &made.value) == (&of.dimension, &of.context, &of.value)
        })
        .collect();
    let scope = match place.scope {
        DecisionScope::All => "all images".to_owned(),
        DecisionScope::Namespace => format!("namespace {}", place.name),
        DecisionScope::Repository => format!("repository {}", place.name),
        _ => format!("image {}", short(&place.name)),
    };
    let outcome = |action, decision: String| Outcome {
        action,
        scope: scope.clone(),
        behaviour: behaviour(of),
        decision,
    };
    let wanted = entry.expires.as_deref().and_then(unix_ns).unwrap_or(0);
    if let Some(holds) =
        same.iter().find(|made| holds(made) && made.expires_unix_ns.abs_diff(wanted) <= CLOSE_NS)
    {
        return Ok(outcome("unchanged", holds.id.clone()));
    }
    request.request_id = request_id(kind, entry, place, same.len());
    let dry_run = request.dry_run;
    let response = match kind {
        DecisionKind::Deny => client.deny(request).await,
        DecisionKind::Approve | DecisionKind::Unspecified => client.approve(request).await,
    };
    let response = response.map_err(|status| server.failed("deciding", &status))?.into_inner();
    let action = match (kind, dry_run) {
        (DecisionKind::Deny, true) => "would deny",
        (DecisionKind::Deny, false) => "denied",
        (_, true) => "would approve",
        (_, false) => "approved",
    };
    Ok(outcome(action, response.decisions.into_iter().next().unwrap_or_default().id))
}

/// Whether it holds; what lasts has no expiry.
fn holds(made: &Decision) -> bool {
    made.revoked.is_none() && (made.expires_unix_ns == 0 || made.expires_unix_ns > now())
}

/// The same for the same entry, until what it decided no longer holds.
fn request_id(kind: DecisionKind, entry: &Decided, place: &Place, before: usize) -> String {
    let said = (
        (kind.as_str_name(), &entry.behaviour, place.scope.as_str_name(), &place.name),
        (&entry.reason, &entry.expires, before),
    );
    let said = serde_json::to_vec(&said).unwrap_or_default();
    let hex =
        digest(&SHA256, &said).as_ref().iter().take(24).map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("apply-{hex}")
}

fn rows(outcomes: &[Outcome]) -> String {
    if outcomes.is_empty() {
        return "The documents approve and deny nothing.".to_owned();
    }
    let mut table = table(&["ACTION", "WHERE", "BEHAVIOUR", "DECISION"]);
    for outcome in outcomes {
        let decision = if outcome.decision.is_empty() { "-".to_owned() } else { short(&outcome.decision) };
        table.add_row([
            outcome.action.to_owned(),
            escape(&outcome.scope),
            escape(&outcome.behaviour),
            decision,
        ]);
    }
    table.trim_fmt()
}
