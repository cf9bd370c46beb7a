//! Making a document hold: its decisions, what it says was learned, and what it says that scripts start.
//!
//! Everything is checked before anything is done. Decisions are made and taken back in one commit, with one entry in the audit
//! record; what was learned or is declared is taken before by the shard of the image, in a commit of its own, so a crash between the two is
//! mended by applying again. A decision holds already if one of the same kind, behaviour, place and end does, whoever made
//! it; so no request has to be remembered, and two that apply at once decide once.
//!
//! What leaves a document is known by the document's name, which its decisions bear: what people decided otherwise is never
//! taken back.
//!
//! Not here: bounds of the learned part (`learned.rs`) and the declared one (`declared.rs`), what a shard takes of it (the model).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use plumbline_model::{Decision, DecisionKind, Dimension, Scope, Taught};
#[cfg(any(test, fuzzing))]
use plumbline_model::{Model, event::Image};
use plumbline_proto::v1::{self, AppliedAction, ImageStatus, LearnedOutcome, UpkeepKind};

use crate::{
    audit,
    baselines::{image, missing},
    clock::now_unix_ns,
    image_name::{NameError, identity},
    record::Record,
    security::{Caller, Role},
    status::ApiError,
    upkeep::{Change, Declaring, Teaching},
    wire,
};

use super::{
    Decisions,
    declared::starts,
    export::etag,
    learned::{TEXT_BYTES, learning, wrong},
    making::{self, Target, named, signed},
    revoking::revoked,
};

/// Longest name of a document, of a namespace, and of an image that is not known yet, in bytes.
const NAME_BYTES: usize = 128;
const NAMESPACE_BYTES: usize = 253;
const IMAGE_BYTES: usize = 1024;

/// What makes two decisions the same: kind, behaviour, place and end.
type Key = (DecisionKind, Dimension, String, String, (u8, String), u64);

/// What comes of the decisions of a document.
#[derive(Debug, Default)]
struct Plan {
    decisions: Vec<(AppliedAction, Arc<Decision>)>,
}

impl Decisions {
    pub(super) async fn apply_document(
        self,
        caller: Caller,
        request: v1::ApplyIntentRequest,
    ) -> Result<v1::ApplyIntentResponse, ApiError> {
        let document = request.document.as_ref();
        let document = document.ok_or_else(|| wrong("document", "not set; it is needed".to_owned()))?;
        let learning = request.learned.then(|| learning(document, now_unix_ns())).transpose()?;
        let starts = request.declared.then(|| starts(document)).transpose()?;
        let mut record = self.record.lock().await;
        let image = self.applied_to(document, &request).await?;
        let now = now_unix_ns();
        let present = present(&record, image.as_ref(), now);
        if !request.etag.is_empty() && image.is_none() {
            let problem =
                "the document is about no image, whose intent it could be held against; leave it out";
            return Err(wrong("etag", problem.to_owned()));
        }
        if !request.etag.is_empty() && request.etag != present {
            return Err(ApiError::IntentChanged { present });
        }
        let plan = Plan::new(&record, &request, document, image.as_ref(), record.stamp(now))?;
        let (new, revoked) = (plan.count(AppliedAction::Decided), plan.count(AppliedAction::Revoked));
        let forgotten = record.room(new, now)?;
        let name = image.as_ref().map_or_else(|| "all images".to_owned(), name);
        let entry = |outcome| audit::entry(&caller, "IntentService/Apply", name.clone(), outcome);
        let change = |kind| {
            let author = v1::ChangeBaselineRequest {
                author: request.author.clone(),
                reason: format!("document {}", request.name),
                ..Default::default()
            };
            let (dimensions, audit) = (Vec::new(), entry(String::new()));
            Change { kind, dimensions, request: author, audit, unix_ns: now }
        };
        let (mut outcome, mut behaviours) = (LearnedOutcome::Unspecified, 0);
        if let (Some(learning), Some(image)) = (learning, &image) {
            let change = change(UpkeepKind::Taught);
            let (tag, dry_run) = (image.tag.clone(), request.dry_run);
            let taught =
                self.shards.teach(identity(image), Teaching { tag, learning, dry_run, change }).await?;
            (outcome, behaviours) = match taught {
                Taught::Taken(behaviours) => (LearnedOutcome::Taken, behaviours),
                Taught::Unchanged => (LearnedOutcome::Unchanged, 0),
                Taught::Left => (LearnedOutcome::Left, 0),
            };
        }
        let (mut declared, mut commands) = (LearnedOutcome::Unspecified, 0);
        if let (Some(starts), Some(image)) = (starts, &image) {
            commands = starts.len() as u64;
            let (tag, dry_run, change) = (image.tag.clone(), request.dry_run, change(UpkeepKind::Declared));
            let declaring = Declaring { tag, starts, dry_run, change };
            let is_news = self.shards.declare(identity(image), declaring).await?;
            declared = if is_news { LearnedOutcome::Taken } else { LearnedOutcome::Unchanged };
        }
        if !request.dry_run && new + revoked > 0 {
            let (document, author) = (&request.name, &request.author);
            let entry = entry(format!(
                "applied the document {document} to {name} by {author}: {new} decisions made, {revoked} taken back"
            ));
            self.keep(&mut record, plan.changed(), forgotten, entry).await?;
        }
        let etag = match &image {
            Some(known) => {
                let now_known = self.shards.images(&known.digest).await?;
                let now_known = now_known.into_iter().find(|now| now.repository == known.repository);
                self::present(&record, now_known.as_ref(), now)
            }
            None => String::new(),
        };
        let decisions = plan.told(request.dry_run);
        let (learned, declared) = (outcome.into(), declared.into());
        Ok(v1::ApplyIntentResponse { decisions, learned, behaviours, etag, declared, starts: commands })
    }

    /// The image that a document is applied to, if it is about one. One that is not known has names only.
    async fn applied_to(
        &self,
        document: &v1::IntentDocument,
        request: &v1::ApplyIntentRequest,
    ) -> Result<Option<ImageStatus>, ApiError> {
        let told = document.image.clone().unwrap_or_default();
        let (repository, digest, tag) = (&*told.repository, &*told.digest, &*told.tag);
        let names = match (&*request.image, digest, repository) {
            ("", "", "") => Vec::new(),
            ("", "", _) if tag.is_empty() => vec![repository.to_owned()],
            ("", "", _) => vec![format!("{repository}:{tag}")],
            ("", _, "") => vec![digest.to_owned()],
            ("", ..) => vec![format!("{repository}@{digest}"), digest.to_owned()],
            (asked, ..) => vec![asked.to_owned()],
        };
        for name in &names {
            match image(&self.shards, "image", name).await {
                Ok(image) => return Ok(Some(image)),
                Err(ApiError::Name(NameError::Missing { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        let field = if request.image.is_empty() { "document.image" } else { "image" };
        if request.learned || request.declared {
            let (repository, digest) = match request.image.split_once('@') {
                Some(named) => named,
                None if request.image.is_empty() => (repository, digest),
                None => ("", ""),
            };
            return unknown(field, repository, digest, tag).map(Some);
        }
        let is_of_image = document.decisions.iter().any(|decision| {
            !matches!(decision.scope(), v1::DecisionScope::Namespace | v1::DecisionScope::All)
        });
        match names.first() {
            Some(name) if is_of_image || !request.image.is_empty() => Err(missing(name)),
            None if is_of_image => {
                Err(wrong(field, "names no image, but some decisions are for one".to_owned()))
            }
            _ => Ok(None),
        }
    }
}

impl Plan {
    fn new(
        record: &Record,
        request: &v1::ApplyIntentRequest,
        document: &v1::IntentDocument,
        image: Option<&ImageStatus>,
        created_unix_ns: u64,
    ) -> Result<Self, ApiError> {
        let held = record.newest(false, created_unix_ns, usize::MAX).0;
        let mut holding: BTreeMap<Key, Arc<Decision>> =
            held.iter().rev().map(|d| (key(d), Arc::clone(d))).collect();
        let (mut plan, mut said) = (Self::default(), BTreeSet::new());
        for (position, entry) in document.decisions.iter().enumerate() {
            let made = made(request, entry, image, created_unix_ns.saturating_add(position as u64))
                .map_err(|error| placed(error, position))?;
            let key = key(&made);
            said.insert(key.clone());
            if let Some(holds) = holding.get(&key) {
                plan.decisions.push((AppliedAction::Unchanged, Arc::clone(holds)));
                continue;
            }
            let made = Arc::new(made);
            holding.insert(key, Arc::clone(&made));
            plan.decisions.push((AppliedAction::Decided, made));
        }
        let left = held.iter().filter(|decision| {
            decision.document == request.name && concerns(decision, image) && !said.contains(&key(decision))
        });
        for decision in left.filter(|_| request.revoke_missing) {
            let reason = format!("it has left the document {}", request.name);
            let revoked = revoked(decision, request.author.clone(), reason, String::new());
            plan.decisions.push((AppliedAction::Revoked, Arc::new(revoked)));
        }
        Ok(plan)
    }

    fn count(&self, action: AppliedAction) -> usize {
        self.decisions.iter().filter(|(own, _)| *own == action).count()
    }

    /// Decisions that are new or taken back.
    fn changed(&self) -> Vec<Arc<Decision>> {
        let changed = self.decisions.iter().filter(|(action, _)| *action != AppliedAction::Unchanged);
        // What stands in a document twice is made once, and held the second time.
        changed.map(|(_, decision)| Arc::clone(decision)).collect()
    }

    fn told(&self, dry_run: bool) -> Vec<v1::AppliedDecision> {
        let mut made = BTreeSet::new();
        let told = self.decisions.iter().map(|(action, decision)| {
            let mut told = wire::decision(decision);
            if *action == AppliedAction::Decided {
                made.insert(told.id.clone());
            }
            if dry_run && made.contains(&told.id) {
                told.id.clear();
                told.revision = 0;
            }
            v1::AppliedDecision { action: (*action).into(), decision: Some(told) }
        });
        told.collect()
    }
}

/// Whether the fields of a request fit that are not of its document.
pub(super) fn check(caller: &Caller, request: &v1::ApplyIntentRequest) -> Result<(), ApiError> {
    signed(&request.author, "")?;
    named("name", request.name.trim())?;
    if request.name.len() > NAME_BYTES || request.name.chars().any(char::is_control) {
        let problem =
            format!("{} bytes; at most {NAME_BYTES}, without control characters", request.name.len());
        return Err(ApiError::Field { field: "name", problem });
    }
    if request.learned || request.declared {
        caller.may(Role::Admin)?;
    }
    Ok(())
}

/// The decision that an entry asks for.
fn made(
    request: &v1::ApplyIntentRequest,
    entry: &v1::Decision,
    image: Option<&ImageStatus>,
    created_unix_ns: u64,
) -> Result<Decision, ApiError> {
    let field = |field, problem: String| Err(ApiError::Field { field, problem });
    let kind = match entry.kind() {
        v1::DecisionKind::Approve => DecisionKind::Approve,
        v1::DecisionKind::Deny => DecisionKind::Deny,
        v1::DecisionKind::Unspecified => {
            return field("kind", format!("{}; approve or deny belongs here", entry.kind));
        }
    };
    let (dimension, context, value) = (entry.dimension.clone(), entry.context.clone(), entry.value.clone());
    let behaviour = making::stated(&v1::StatedBehaviour { dimension, context, value }, TEXT_BYTES)?;
    named("reason", entry.reason.trim())?;
    signed(&request.author, &entry.reason)?;
    let is_local = entry.scope() == v1::DecisionScope::Namespace;
    if is_local && (entry.scope_name.is_empty() || entry.scope_name.len() > NAMESPACE_BYTES) {
        let problem =
            format!("{} bytes; the name of a namespace has 1 to {NAMESPACE_BYTES}", entry.scope_name.len());
        return field("scope_name", problem);
    }
    let asked = v1::DecideRequest {
        scope: entry.scope,
        author: request.author.clone(),
        reason: entry.reason.clone(),
        expires_unix_ns: entry.expires_unix_ns,
        namespace: if is_local { entry.scope_name.clone() } else { String::new() },
        ..Default::default()
    };
    let target = Target::Stated(behaviour, image.cloned().map(Box::new));
    let (decisions, _) = making::decisions(kind, &asked, &target, created_unix_ns)?;
    let decision = decisions.into_iter().next().ok_or_else(|| missing(&request.image))?; // there is one
    Ok(Decision { document: request.name.clone(), ..decision })
}

/// An error of an entry, with its place.
fn placed(error: ApiError, position: usize) -> ApiError {
    match error {
        ApiError::Field { field, problem } => {
            let field = field.strip_prefix("behaviour.").unwrap_or(field);
            wrong(format!("document.decisions[{position}].{field}"), problem)
        }
        other => other,
    }
}

/// An image that is to begin with what a document says.
fn unknown(field: &str, repository: &str, digest: &str, tag: &str) -> Result<ImageStatus, ApiError> {
    let all = [repository, digest, tag];
    let is_text = all.iter().all(|text| text.len() <= IMAGE_BYTES && !text.chars().any(char::is_control));
    if digest.is_empty() || repository.is_empty() || !is_text {
        let problem = format!(
            "names no image that is known, nor one that could begin with what the document says: that takes its \
             repository and its digest, as in shop/web@sha256:..., at most {IMAGE_BYTES} bytes each and without control characters"
        );
        return Err(wrong(field, problem));
    }
    let [repository, digest, tag] = all.map(str::to_owned);
    Ok(ImageStatus { repository, digest, tag, ..Default::default() })
}

fn name(image: &ImageStatus) -> String {
    match (image.repository.as_str(), image.digest.as_str()) {
        ("", digest) => digest.to_owned(),
        (repository, digest) => format!("{repository}@{digest}"),
    }
}

/// The etag of an image's intent as it is; empty if it is about none.
fn present(record: &Record, image: Option<&ImageStatus>, now_unix_ns: u64) -> String {
    let Some(image) = image else { return String::new() };
    etag(image, &record.holding(now_unix_ns, &image.digest, &image.repository))
}

/// Whether a document that is applied to an image speaks of a decision.
fn concerns(decision: &Decision, image: Option<&ImageStatus>) -> bool {
    match &decision.scope {
        Scope::Image(digest) => image.is_some_and(|image| image.digest == *digest),
        Scope::Repository(repository) => image.is_some_and(|image| image.repository == *repository),
        Scope::Namespace(_) | Scope::All => true,
    }
}

fn key(decision: &Decision) -> Key {
    let place = match &decision.scope {
        Scope::Image(digest) => (0, digest.clone()),
        Scope::Repository(repository) => (1, repository.clone()),
        Scope::Namespace(namespace) => (2, namespace.clone()),
        Scope::All => (3, String::new()),
    };
    let Decision { kind, dimension, context, value, expires_unix_ns, .. } = decision;
    (*kind, *dimension, context.clone(), value.clone(), place, *expires_unix_ns)
}

/// What a request comes to on a record and with a model of its own, without the rest of a server, for `fuzz.rs`: how many
/// decisions were made or taken back, and what became of what was learned.
#[cfg(any(test, fuzzing))]
pub(crate) fn alone(
    request: &v1::ApplyIntentRequest,
    record: &mut Record,
    model: &mut Model,
    now_unix_ns: u64,
) -> Result<(usize, Option<Taught>), ApiError> {
    check(&Caller { identity: None, address: None }, request)?;
    let document = request.document.as_ref();
    let document = document.ok_or_else(|| wrong("document", "not set; it is needed".to_owned()))?;
    let learning = request.learned.then(|| learning(document, now_unix_ns)).transpose()?;
    request.declared.then(|| starts(document)).transpose()?;
    let told = document.image.clone().unwrap_or_default();
    let image = match &learning {
        Some(_) => Some(unknown("document.image", &told.repository, &told.digest, &told.tag)?),
        None => Some(told).filter(|told| !told.digest.is_empty() || !told.repository.is_empty()),
    };
    let plan = Plan::new(record, request, document, image.as_ref(), record.stamp(now_unix_ns))?;
    let changed = plan.changed();
    record.room(changed.len(), now_unix_ns)?;
    let taught = learning.zip(image).map(|(learning, image)| {
        let (digest, repository, tag) = (&*image.digest, &*image.repository, &*image.tag);
        let image = Image { digest, repository, tag, ..Default::default() };
        model.teach(&image, &learning, request.dry_run)
    });
    let taught = taught.transpose().map_err(|_| crate::upkeep::UpkeepError::Locked)?;
    drop(plan.told(request.dry_run));
    if !request.dry_run {
        record.put(changed.clone(), &[]);
        model.decide(&changed);
    }
    Ok((changed.len(), taught))
}
