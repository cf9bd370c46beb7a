//! `intent apply`: makes a server decide what documents approve and deny, and take what they say was learned, or that scripts
//! start, if it is told to.
//!
//! All files are read, checked and, where a key is given, verified before the first word to the server. A document is one
//! request, and the server leaves alone what holds there already, so applying again changes nothing; what was revoked there
//! and stands in the document is decided again. Nothing is taken back unless it is asked for. Of what is declared
//! only that is sent; the rest a runtime tells.
//! With an etag nothing is done if somebody has changed the intent of the image since it was looked at.

use std::{collections::BTreeSet, io::Write};

use plumbline_proto::v1::{
    self, AppliedAction, AppliedDecision, ApplyIntentRequest, ApplyIntentResponse, Decision, DecisionKind,
    DecisionScope, DeclaredCommand, DeclaredFacts, DeclaredIntent, DimensionStatus, ImageStatus,
    IntentDocument, LearnedBehaviour, LearnedOutcome,
};
use serde::Serialize;
use tonic::{Code, Status};

use super::{
    diff::behaviour,
    document::{Behaviour, Decided, Document, Exposure, Learned, Metadata, Reach},
    export::unix_ns,
    lint::checked,
    signature::verify,
    yaml::{DocumentError, Source},
};
use crate::{
    args::{Apply, Output},
    decisions::author,
    escape::escape,
    print,
    server::{CliError, Server},
    show::{id, short, table},
};

/// What came, or would come, of an entry.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Outcome {
    action: &'static str,
    scope: String,
    behaviour: String,
    /// Id of the decision. Empty if there is none, or none yet.
    decision: String,
    /// That of the image's intent then, or as it is in a dry run. Empty if the document is about no image.
    etag: String,
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
    if args.revoke_missing {
        told_apart(&documents)?;
    }
    if args.declared {
        of_different_images(&documents, args.image.as_deref())?;
    }
    if args.etag.is_some() && documents.len() != 1 {
        let why = format!("--etag is that of one image's intent, and here are {} documents", documents.len());
        return Err(CliError::Document(format!("{why}; apply them one by one")));
    }
    let author = author(server, args.author.clone());
    let requests: Vec<ApplyIntentRequest> =
        documents.into_iter().map(|document| request(document, &args, &author)).collect::<Result<_, _>>()?;
    let mut client = server.intent().await?;
    let (mut outcomes, mut etags) = (Vec::new(), Vec::new());
    for request in requests {
        let name = request.name.clone();
        let applied = client.apply(request).await.map_err(|status| failed(server, &status))?.into_inner();
        if args.dry_run && !applied.etag.is_empty() {
            etags.push((name.clone(), applied.etag.clone()));
        }
        let decisions = applied.decisions.iter().map(|told| decision(told, args.dry_run));
        let declared = declared(&applied, &name, args.dry_run);
        let all = decisions.chain(declared).chain(taught(&applied, name, args.dry_run));
        outcomes.extend(all.map(|outcome| Outcome { etag: applied.etag.clone(), ..outcome }));
    }
    if print::list(out, output, &outcomes, &outcomes)? {
        return Ok(());
    }
    writeln!(out, "{}", rows(&outcomes, output.is_wide()))?;
    for (name, etag) in etags {
        let (name, etag) = (escape(&name), escape(&etag));
        writeln!(
            out,
            "With --etag {etag} the document {name} is applied only if nobody changes the intent before."
        )?;
    }
    Ok(())
}

/// What kept a document from being applied, and the way out.
fn failed(server: &Server, status: &Status) -> CliError {
    match server.failed("applying the document", status) {
        CliError::Call { what, why, exit, .. } if status.code() == Code::Aborted => {
            let advice = "try `plumbline intent apply --dry-run` for what would be changed now, and apply it with the etag it says";
            CliError::Call { what, why, advice: advice.to_owned(), exit }
        }
        other => other,
    }
}

/// Documents with which nothing is wrong.
fn sound(source: &Source) -> Result<Vec<Document>, DocumentError> {
    let (documents, faults) = checked(source)?;
    match faults.first() {
        Some(fault) => {
            let what = format!("{} ({} such)", fault.what, faults.len());
            Err(DocumentError::Other {
                file: escape(&fault.at),
                why: escape(&what),
                advice: "see `plumbline intent lint`",
            })
        }
        None => Ok(documents),
    }
}

/// What is missing in a document is known by its name.
fn told_apart(documents: &[Document]) -> Result<(), CliError> {
    let mut names = BTreeSet::new();
    match documents.iter().find(|document| !names.insert(&document.metadata.name)) {
        Some(twice) => Err(CliError::Document(format!(
            "two documents are named {}, so that each would take back what the other brings; give each a metadata.name of \
             its own",
            escape(&twice.metadata.name)
        ))),
        None => Ok(()),
    }
}

/// What scripts start stands in one document of each image, or the last would hold.
fn of_different_images(documents: &[Document], given: Option<&str>) -> Result<(), CliError> {
    let mut images = BTreeSet::new();
    let twice = documents.iter().find_map(|document| {
        let Metadata { digest, image, .. } = &document.metadata;
        let image = given.or(digest.as_deref()).or(image.as_deref())?;
        (!images.insert(image)).then_some(image)
    });
    match twice {
        Some(image) => Err(CliError::Document(format!(
            "two documents are of the image {}, of which one can say what its scripts start; apply --declared with that one",
            escape(image)
        ))),
        None => Ok(()),
    }
}

fn request(document: Document, args: &Apply, author: &str) -> Result<ApplyIntentRequest, CliError> {
    let Document { metadata, exposure, declared, learned, approved, denied, .. } = document;
    let (approved, denied) = (approved.into_iter(), denied.into_iter());
    let decisions: Vec<Decision> = approved
        .map(|entry| wire(DecisionKind::Approve, entry))
        .chain(denied.map(|entry| wire(DecisionKind::Deny, entry)))
        .collect();
    let is_of_image =
        |decision: &Decision| matches!(decision.scope(), DecisionScope::Image | DecisionScope::Repository);
    let is_named = args.image.is_some() || metadata.digest.is_some() || metadata.image.is_some();
    if !is_named && (args.learned || args.declared || decisions.iter().any(is_of_image)) {
        let why = "the document names no image; give one with --image, or write metadata.image";
        return Err(CliError::Document(why.to_owned()));
    }
    // Without a digest an image is what the server takes its name for.
    let named = if metadata.digest.is_none() { metadata.image.clone() } else { None };
    let image = args.image.clone().or(named).unwrap_or_default();
    let learned = if args.learned { learned.into_iter().map(behaviour_of).collect() } else { Vec::new() };
    let starts = if args.declared { declared.starts } else { Vec::new() };
    let starts = starts.into_iter().map(|start| DeclaredCommand { words: start.value, from: start.from });
    let facts = DeclaredFacts { starts: starts.collect(), ..DeclaredFacts::default() };
    let name = metadata.name.clone();
    let document = IntentDocument {
        image: Some(status(metadata, exposure.unwrap_or_default())),
        declared: Some(DeclaredIntent { facts: Some(facts), ..DeclaredIntent::default() }),
        learned,
        decisions,
        ..IntentDocument::default()
    };
    Ok(ApplyIntentRequest {
        document: Some(document),
        image,
        name,
        author: author.to_owned(),
        dry_run: args.dry_run,
        revoke_missing: args.revoke_missing,
        learned: args.learned,
        declared: args.declared,
        etag: args.etag.clone().unwrap_or_default(),
    })
}

/// The image as a server names it, and how much was seen of it.
fn status(metadata: Metadata, exposure: Exposure) -> ImageStatus {
    let named = metadata.image.unwrap_or_default();
    let slash = named.rfind('/').map_or(0, |slash| slash + 1);
    // A colon before the last slash is that of a registry's port.
    let colon = named.rfind(':').filter(|colon| *colon > slash);
    let (repository, tag) = match colon.and_then(|colon| named.split_at_checked(colon)) {
        Some((repository, tag)) => (repository, tag.trim_start_matches(':')),
        None => (named.as_str(), ""),
    };
    let dimensions = exposure.windows.into_iter();
    let dimensions = dimensions.map(|(dimension, exposures)| DimensionStatus {
        dimension,
        exposures,
        ..DimensionStatus::default()
    });
    ImageStatus {
        digest: metadata.digest.unwrap_or_default(),
        repository: repository.to_owned(),
        tag: tag.to_owned(),
        starts: exposure.starts,
        dimensions: dimensions.collect(),
        first_seen_unix_ns: time(exposure.first_seen),
        last_seen_unix_ns: time(exposure.last_seen),
        ..ImageStatus::default()
    }
}

fn behaviour_of(learned: Learned) -> LearnedBehaviour {
    let Behaviour { dimension, context, value } = learned.behaviour;
    LearnedBehaviour {
        dimension,
        context,
        value,
        learned: Some(v1::Learned {
            count: learned.windows,
            first_seen_unix_ns: time(learned.first_seen),
            last_seen_unix_ns: time(learned.last_seen),
        }),
        marks: learned.marks,
        pattern: learned.pattern,
    }
}

fn wire(kind: DecisionKind, entry: Decided) -> Decision {
    let Behaviour { dimension, context, value } = entry.behaviour;
    let scope = match entry.scope {
        Reach::Image => DecisionScope::Image,
        Reach::Repository => DecisionScope::Repository,
        Reach::Namespace => DecisionScope::Namespace,
        Reach::All => DecisionScope::All,
    };
    Decision {
        kind: kind.into(),
        dimension,
        context,
        value,
        scope: scope.into(),
        scope_name: entry.namespace.unwrap_or_default(),
        reason: entry.reason,
        expires_unix_ns: time(entry.expires),
        ..Decision::default()
    }
}

/// 0 for no time; what is no time was found before, or is refused by the server.
fn time(moment: Option<String>) -> u64 {
    moment.as_deref().and_then(unix_ns).unwrap_or(0)
}

fn decision(applied: &AppliedDecision, dry_run: bool) -> Outcome {
    let decision = applied.decision.clone().unwrap_or_default();
    let is_denial = decision.kind() == DecisionKind::Deny;
    let action = match (applied.action(), is_denial, dry_run) {
        (AppliedAction::Decided, true, true) => "would deny",
        (AppliedAction::Decided, true, false) => "denied",
        (AppliedAction::Decided, false, true) => "would approve",
        (AppliedAction::Decided, false, false) => "approved",
        (AppliedAction::Revoked, _, true) => "would revoke",
        (AppliedAction::Revoked, _, false) => "revoked",
        (AppliedAction::Unchanged | AppliedAction::Unspecified, ..) => "unchanged",
    };
    let scope = match decision.scope() {
        DecisionScope::All => "all images".to_owned(),
        DecisionScope::Namespace => format!("namespace {}", decision.scope_name),
        DecisionScope::Repository => format!("repository {}", decision.scope_name),
        DecisionScope::Image | DecisionScope::Unspecified => format!("image {}", short(&decision.scope_name)),
    };
    let Decision { dimension, context, value, id, .. } = decision;
    let behaviour = behaviour(&Behaviour { dimension, context, value });
    Outcome { action, scope, behaviour, decision: id, ..Outcome::default() }
}

/// What came of the declared part, if it was asked for.
fn declared(applied: &ApplyIntentResponse, name: &str, dry_run: bool) -> Option<Outcome> {
    let action = match (applied.declared(), dry_run) {
        (LearnedOutcome::Taken, true) => "would declare",
        (LearnedOutcome::Taken, false) => "declared",
        (LearnedOutcome::Unchanged, _) => "unchanged",
        (LearnedOutcome::Unspecified | LearnedOutcome::Left, _) => return None,
    };
    let behaviour = match applied.starts {
        0 => "no command, so what scripts start is not declared any more".to_owned(),
        count => format!("{count} commands that scripts start"),
    };
    Some(Outcome { action, scope: format!("document {name}"), behaviour, ..Outcome::default() })
}

/// What came of the learned part, if it was asked for.
fn taught(applied: &ApplyIntentResponse, name: String, dry_run: bool) -> Option<Outcome> {
    let (action, behaviour) = match (applied.learned(), dry_run) {
        (LearnedOutcome::Unspecified, _) => return None,
        (LearnedOutcome::Taken, true) => ("would teach", format!("{} behaviours", applied.behaviours)),
        (LearnedOutcome::Taken, false) => ("taught", format!("{} behaviours", applied.behaviours)),
        (LearnedOutcome::Unchanged, _) => ("unchanged", "all that was learned is known".to_owned()),
        (LearnedOutcome::Left, _) => ("left", "the server has learned the image itself".to_owned()),
    };
    Some(Outcome { action, scope: format!("document {name}"), behaviour, ..Outcome::default() })
}

fn rows(outcomes: &[Outcome], wide: bool) -> String {
    if outcomes.is_empty() {
        return "The documents approve and deny nothing.".to_owned();
    }
    let mut table = table(&["ACTION", "WHERE", "BEHAVIOUR", "DECISION"]);
    for outcome in outcomes {
        let decision = if outcome.decision.is_empty() { "-".to_owned() } else { id(&outcome.decision, wide) };
        table.add_row([
            outcome.action.to_owned(),
            escape(&outcome.scope),
            escape(&outcome.behaviour),
            decision,
        ]);
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_named_as_a_server_names_it() {
        for (name, repository, tag) in [
            ("shop/web:1.2", "shop/web", "1.2"),
            ("registry:5000/shop/web", "registry:5000/shop/web", ""),
            ("registry:5000/shop/web:1", "registry:5000/shop/web", "1"),
            ("web", "web", ""),
        ] {
            let metadata = Metadata { image: Some(name.to_owned()), ..Metadata::default() };
            let status = status(metadata, Exposure::default());
            assert_eq!((status.repository.as_str(), status.tag.as_str()), (repository, tag), "{name}");
        }
    }

    #[test]
    fn documents_of_one_name_would_take_back_what_the_other_brings() {
        let named = |name: &str| Document::new(Metadata { name: name.to_owned(), ..Metadata::default() });
        told_apart(&[named("a"), named("b")]).unwrap();
        assert!(told_apart(&[named("a"), named("a")]).is_err());
    }
}
