//! What a request becomes: decisions about the behaviours of an alert, or about one that is stated.
//!
//! Behaviours of alerts are the server's own, so their sizes are bounded there; those that are stated are bounded here. The
//! ids of all decisions of a request that has an id end alike, and in that id's and its author's mark.
//!
//! Not here: taking them (`decisions.rs`), what follows from them (the model).

use plumbline_model::{Decision, DecisionKind, Dimension, Scope, feedback_rows};
use plumbline_proto::v1;
use sha2::{Digest, Sha256};

use crate::status::ApiError;

/// Longest author, reason, request id, namespace, and context or value that is stated, in bytes.
const AUTHOR_BYTES: usize = 128;
const REASON_BYTES: usize = 1024;
const ID_BYTES: usize = 64;
const NAMESPACE_BYTES: usize = 253;
pub(super) const BEHAVIOUR_BYTES: usize = 4096;
/// Bytes of an id that are the request's.
const MARK_BYTES: usize = 8;

/// A behaviour as findings show it: dimension, context, value.
pub(super) type Named = (Dimension, String, String);

/// What is decided of.
#[derive(Debug)]
pub(super) enum Target {
    Alert(Box<v1::Alert>),
    /// And the image, if the decision is for one or for its repository.
    Stated(Named, Option<Box<v1::ImageStatus>>),
}

/// What the behaviours of a target become, and how many an alert has not kept.
pub(super) fn decisions(
    kind: DecisionKind,
    request: &v1::DecideRequest,
    target: &Target,
    created_unix_ns: u64,
) -> Result<(Vec<Decision>, u32), ApiError> {
    let field = |field, problem: String| ApiError::Field { field, problem };
    let (digest, repository, namespace) = match target {
        Target::Alert(alert) => (&alert.image_digest, &alert.image_repository, &alert.namespace),
        Target::Stated(_, Some(image)) => (&image.digest, &image.repository, &request.namespace),
        Target::Stated(_, None) => (&request.image, &request.image, &request.namespace), // both are empty
    };
    let scope = match v1::DecisionScope::try_from(request.scope) {
        Ok(v1::DecisionScope::Unspecified | v1::DecisionScope::Image) => Scope::Image(digest.clone()),
        Ok(v1::DecisionScope::Repository) if repository.is_empty() => {
            return Err(field(
                "scope",
                "the image has no repository; decide for the image or for all".into(),
            ));
        }
        Ok(v1::DecisionScope::Repository) => Scope::Repository(repository.clone()),
        Ok(v1::DecisionScope::Namespace) if namespace.is_empty() => {
            return Err(field(
                "scope",
                "the container is in no namespace; decide for the image, its repository or for all".into(),
            ));
        }
        Ok(v1::DecisionScope::Namespace) => Scope::Namespace(namespace.clone()),
        Ok(v1::DecisionScope::All) => Scope::All,
        Err(_) => return Err(field("scope", format!("{}; not one this server knows", request.scope))),
    };
    let expires_unix_ns = match (request.lifetime_ns, request.expires_unix_ns) {
        (0, expires) if expires == 0 || expires > created_unix_ns => expires,
        (0, expires) => {
            return Err(field(
                "expires_unix_ns",
                format!("{expires}; that is over, and it would never hold"),
            ));
        }
        (lifetime, _) => created_unix_ns
            .checked_add(lifetime)
            .ok_or_else(|| field("lifetime_ns", format!("{lifetime}; that is beyond the year 2554")))?,
    };
    let (behaviours, omitted, rows, alert) = match target {
        Target::Alert(alert) => {
            let (behaviours, omitted) = behaviours(alert, request.finding)?;
            (behaviours, omitted, rows(kind, request.finding, alert), alert.id.clone())
        }
        Target::Stated(behaviour, _) => (vec![behaviour.clone()], 0, Vec::new(), String::new()),
    };
    let mark = mark(request).unwrap_or_default();
    let decision = |(dimension, context, value): Named| {
        let mut decision = Decision {
            id: String::new(),
            kind,
            dimension,
            context,
            value,
            scope: scope.clone(),
            author: request.author.clone(),
            reason: request.reason.clone(),
            alert: alert.clone(),
            rows: rows.clone(),
            created_unix_ns,
            expires_unix_ns,
            revoked: None,
            document: String::new(),
        };
        decision.id = id(&decision) + &mark;
        decision
    };
    Ok((behaviours.into_iter().map(decision).collect(), omitted))
}

/// What the audit record says of decisions.
pub(super) fn outcome(kind: DecisionKind, request: &v1::DecideRequest, decisions: &[Decision]) -> String {
    let kind = if kind == DecisionKind::Deny { "denied" } else { "approved" };
    let scope = decisions.first().map_or_else(String::new, |decision| match &decision.scope {
        Scope::Image(digest) => format!("image {digest}"),
        Scope::Repository(repository) => format!("repository {repository}"),
        Scope::Namespace(namespace) => format!("namespace {namespace}"),
        Scope::All => "all images".to_owned(),
    });
    let ids: Vec<&str> = decisions.iter().map(|decision| decision.id.as_str()).collect();
    let (author, reason) = (&request.author, &request.reason);
    format!("{kind} in {scope} by {author}: {reason} (decisions {})", ids.join(", "))
}

/// The rows of evidence that a decision is feedback on. A denial says that the alert was right; an approval that it was
/// for nothing, if it is of the whole: which evidence rests on which finding is not told.
fn rows(kind: DecisionKind, finding: u32, alert: &v1::Alert) -> Vec<String> {
    let whole = finding == 0 || (alert.findings.len() == 1 && alert.findings_omitted == 0);
    if kind == DecisionKind::Approve && !whole {
        return Vec::new();
    }
    feedback_rows(alert.evidence.iter().map(|item| item.name.as_str()))
}

/// The behaviours of one finding (counted from 1) or of all, with what they imply, each once.
fn behaviours(alert: &v1::Alert, finding: u32) -> Result<(Vec<Named>, u32), ApiError> {
    let chosen: Vec<&v1::Finding> = match (finding as usize).checked_sub(1) {
        None => alert.findings.iter().collect(),
        Some(position) => alert.findings.get(position).into_iter().collect(),
    };
    if chosen.is_empty() {
        let problem = format!("{finding}; the alert has findings 1 to {}", alert.findings.len());
        return Err(ApiError::Field { field: "finding", problem });
    }
    let mut omitted = if finding == 0 { alert.findings_omitted } else { 0 };
    let mut behaviours: Vec<Named> = Vec::new();
    for finding in chosen {
        omitted = omitted.saturating_add(finding.implied_omitted);
        let own = (&finding.dimension, &finding.context, &finding.value);
        let implied = finding.implied.iter().map(|i| (&i.dimension, &finding.value, &i.value));
        for (dimension, context, value) in std::iter::once(own).chain(implied) {
            let Some(dimension) = Dimension::ALL.into_iter().find(|d| d.name() == dimension) else {
                omitted = omitted.saturating_add(1); // of a server that knew other dimensions
                continue;
            };
            let behaviour = (dimension, context.clone(), value.clone());
            if !behaviours.contains(&behaviour) {
                behaviours.push(behaviour);
            }
        }
    }
    Ok((behaviours, omitted))
}

/// Whether the fields of a request fit together.
pub(super) fn check(request: &v1::DecideRequest) -> Result<(), ApiError> {
    let field = |field, problem: String| Err(ApiError::Field { field, problem });
    requested(&request.request_id)?;
    if request.expires_unix_ns != 0 && request.lifetime_ns != 0 {
        return field("expires_unix_ns", "given, but so is lifetime_ns; one of them says it".to_owned());
    }
    if request.namespace.len() > NAMESPACE_BYTES {
        return field("namespace", format!("{} bytes; at most {NAMESPACE_BYTES}", request.namespace.len()));
    }
    if request.behaviour.is_none() {
        named("alert_id", &request.alert_id)?;
        for (name, text) in [("image", &request.image), ("namespace", &request.namespace)] {
            if !text.is_empty() {
                return field(
                    name,
                    "given, but it is the alert's; it is for a stated behaviour only".to_owned(),
                );
            }
        }
        return Ok(());
    }
    let of_alert = "given, but it is of an alert, and a behaviour is stated";
    for (name, given) in [
        ("alert_id", !request.alert_id.is_empty()),
        ("finding", request.finding != 0),
        ("etag", request.etag != 0),
    ] {
        if given {
            return field(name, of_alert.to_owned());
        }
    }
    if !needs_image(request) && !request.image.is_empty() {
        return field("image", "given, but the scope is another one".to_owned());
    }
    let is_local = request.scope() == v1::DecisionScope::Namespace;
    match (is_local, request.namespace.is_empty()) {
        (true, true) => named("namespace", ""),
        (false, false) => field("namespace", "given, but the scope is another one".to_owned()),
        _ => Ok(()),
    }
}

/// Whether a request with a stated behaviour is about an image.
pub(super) fn needs_image(request: &v1::DecideRequest) -> bool {
    !matches!(request.scope(), v1::DecisionScope::Namespace | v1::DecisionScope::All)
}

/// A behaviour that is stated, of at most so many bytes a text.
pub(super) fn stated(stated: &v1::StatedBehaviour, bytes: usize) -> Result<Named, ApiError> {
    let field = |field, problem: String| Err(ApiError::Field { field, problem });
    let v1::StatedBehaviour { dimension, context, value } = stated;
    let Some(dimension) = Dimension::ALL.into_iter().find(|known| known.name() == dimension) else {
        let known = Dimension::ALL.map(Dimension::name).join(", ");
        return field("behaviour.dimension", format!("not one of {known}"));
    };
    named("behaviour.value", value)?;
    for (name, text) in [("behaviour.context", context), ("behaviour.value", value)] {
        if text.len() > bytes {
            return field(name, format!("{} bytes; at most {bytes}", text.len()));
        }
    }
    Ok((dimension, context.clone(), value.clone()))
}

/// How ids of the decisions of a request with an id end.
pub(super) fn mark(request: &v1::DecideRequest) -> Option<String> {
    if request.request_id.is_empty() {
        return None;
    }
    let mut hash = Sha256::new();
    hash.update((request.author.len() as u64).to_be_bytes());
    let hash = hash.chain_update(&request.author).chain_update(&request.request_id).finalize();
    Some(hash.iter().take(MARK_BYTES).map(|byte| format!("{byte:02x}")).collect())
}

/// Whether a decision that has the mark of a request is of just this request.
pub(super) fn is_of(decision: &Decision, kind: DecisionKind, request: &v1::DecideRequest) -> bool {
    let same_target = match &request.behaviour {
        None => !decision.alert.is_empty() && decision.alert.starts_with(&request.alert_id),
        Some(stated) => {
            let own = (decision.dimension.name(), &decision.context, &decision.value);
            decision.alert.is_empty() && own == (&*stated.dimension, &stated.context, &stated.value)
        }
    };
    let scope = match decision.scope {
        Scope::Image(_) => v1::DecisionScope::Image,
        Scope::Repository(_) => v1::DecisionScope::Repository,
        Scope::Namespace(_) => v1::DecisionScope::Namespace,
        Scope::All => v1::DecisionScope::All,
    };
    let asked = match request.scope() {
        v1::DecisionScope::Unspecified => v1::DecisionScope::Image,
        other => other,
    };
    let same_end = [0, decision.expires_unix_ns].contains(&request.expires_unix_ns);
    same_target && decision.kind == kind && decision.reason == request.reason && scope == asked && same_end
}

/// Made from the whole decision, so that no two have the same.
fn id(decision: &Decision) -> String {
    let mut hash = Sha256::new();
    let kind = [decision.kind as u8, decision.dimension as u8];
    hash.update(kind);
    hash.update(decision.created_unix_ns.to_be_bytes());
    for part in [&decision.context, &decision.value, &decision.alert] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn named(field: &'static str, text: &str) -> Result<(), ApiError> {
    if text.is_empty() {
        return Err(ApiError::Field { field, problem: "empty; it is needed".to_owned() });
    }
    Ok(())
}

/// Whether it can be the id of a request.
pub(super) fn requested(id: &str) -> Result<(), ApiError> {
    if id.len() > ID_BYTES || id.chars().any(char::is_control) {
        let problem = format!("{} bytes; at most {ID_BYTES}, without control characters", id.len());
        return Err(ApiError::Field { field: "request_id", problem });
    }
    Ok(())
}

pub(super) fn signed(author: &str, reason: &str) -> Result<(), ApiError> {
    named("author", author.trim())?;
    if author.len() > AUTHOR_BYTES || author.chars().any(char::is_control) {
        let problem = format!("{} bytes; at most {AUTHOR_BYTES}, without control characters", author.len());
        return Err(ApiError::Field { field: "author", problem });
    }
    if reason.len() > REASON_BYTES {
        let problem = format!("{} bytes; at most {REASON_BYTES}", reason.len());
        return Err(ApiError::Field { field: "reason", problem });
    }
    Ok(())
}
