//! Decisions: what people said of behaviours, and what follows from it.
//!
//! An approved behaviour is known: it is no finding and raises no evidence. A lasting approval teaches, so the image
//! learns the behaviour when it shows it next; one that expires excuses only as long as it holds and teaches nothing,
//! so that afterwards the behaviour is as unknown as it was before. A denied behaviour is forgotten, never learned and
//! raises an incident each time. A denial beats every approval, whatever their scopes.
//!
//! A namespace is where a container runs, and one image runs in several: what holds in one of them ([`Scope::Namespace`])
//! is asked for each event and touches nothing that the image's containers elsewhere share. Its approvals excuse and
//! never teach, its denials forget nothing, and no event that they may judge differently from one namespace to the next
//! is remembered as known.
//!
//! Behaviours are compared as findings show them: what reads the same is the same. Whether a decision holds is asked
//! at the time of the event, so a replay with the same decisions says the same. The order in which decisions come
//! makes no difference to what is known. Not here: who may decide, limits and storage (the server's), what rests on
//! which finding of an incident (`grounds`), and what follows for the weights of evidence (`feedback`).

use crate::{
    behaviour::{Behaviour, Dimension, canonicalise},
    clocks::Clocks,
    event::{Batch, Event, Source},
    evidence::{EvidenceItem, Kind},
    explain,
    feedback::Feedback,
    image::{ImageState, Place},
    incident::OpenIncident,
    model::{Applied, Model},
    params::{Params, Weights},
    pattern::readable,
    posterior::Verdict,
    shape::cut,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// Longest quotation of a reason, in bytes.
const QUOTE_BYTES: usize = 160;

/// What a person said of a behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DecisionKind {
    /// It is expected.
    Approve,
    /// It must not be.
    Deny,
}

/// Where a decision counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// In the image with this digest.
    Image(String),
    /// In all images of this repository; never empty.
    Repository(String),
    /// In all containers whose pod is in this Kubernetes namespace; never empty.
    Namespace(String),
    /// Everywhere.
    All,
}

/// One decision about one behaviour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Its identity.
    pub id: String,
    /// Approve or deny.
    pub kind: DecisionKind,
    /// The behaviour's dimension.
    pub dimension: Dimension,
    /// Its context, as in a finding.
    pub context: String,
    /// Its value, as in a finding.
    pub value: String,
    /// Where it counts.
    pub scope: Scope,
    /// Who decided.
    pub author: String,
    /// Why.
    pub reason: String,
    /// The alert that it answers.
    pub alert: String,
    /// Names of the rows of evidence that it is feedback on (see [`feedback_rows`](crate::feedback_rows)); may be empty.
    pub rows: Vec<String>,
    /// When it was made, nanoseconds since the Unix epoch.
    pub created_unix_ns: u64,
    /// From when on it no longer holds; 0: it lasts.
    pub expires_unix_ns: u64,
    /// Set once it was taken back.
    pub revoked: Option<Revocation>,
    /// Name of the document that brought it; empty if it was made otherwise.
    pub document: String,
}

/// A decision that was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Who took it back.
    pub author: String,
    /// Why; may be empty.
    pub reason: String,
    /// When, nanoseconds since the Unix epoch.
    pub revoked_unix_ns: u64,
    /// As the request had it; may be empty.
    pub request_id: String,
}

/// What was decided of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Approved or denied.
    pub kind: DecisionKind,
    /// Identity of the decision.
    pub id: String,
    /// Who decided.
    pub author: String,
}

impl Decision {
    /// Whether it counts for what happens then.
    pub fn holds(&self, time_unix_ns: u64) -> bool {
        self.revoked.is_none() && (self.lasts() || time_unix_ns < self.expires_unix_ns)
    }

    /// Whether it never expires.
    pub fn lasts(&self) -> bool {
        self.expires_unix_ns == 0
    }

    /// Whether it counts in some container of an image, or may.
    pub(crate) fn reaches(&self, image: &ImageState) -> bool {
        self.reaches_any(image.digest(), image.repository())
    }

    /// Whether it counts in some container of an image by its digest and repository, or may.
    pub fn reaches_any(&self, digest: &str, repository: &str) -> bool {
        match &self.scope {
            Scope::Image(own) => digest == own,
            Scope::Repository(own) => !own.is_empty() && repository == own,
            Scope::Namespace(_) | Scope::All => true,
        }
    }

    /// Whether it counts in a container of an image that runs in a namespace; an empty one is none.
    pub(crate) fn covers(&self, image: &ImageState, namespace: &str) -> bool {
        match &self.scope {
            Scope::Namespace(own) => !namespace.is_empty() && own == namespace,
            _ => self.reaches(image),
        }
    }

    /// Whether it counts in some containers of an image only.
    pub(crate) fn is_local(&self) -> bool {
        matches!(self.scope, Scope::Namespace(_))
    }

    /// Whether the image learns what it approves.
    fn teaches(&self) -> bool {
        self.kind == DecisionKind::Approve && self.lasts() && !self.is_local()
    }

    /// The decision as evidence; only a denial is any.
    pub(crate) fn evidence(&self, weights: &Weights) -> Option<EvidenceItem> {
        let (value, reason) = (cut(&self.value, QUOTE_BYTES), cut(&self.reason, QUOTE_BYTES));
        let fact = format!("{} {value} was denied by {}: {reason}", self.dimension.name(), self.author);
        (self.kind == DecisionKind::Deny).then(|| Kind::Denied.item(fact, 1.0, weights.into())).flatten()
    }

    fn key(&self) -> (Dimension, &str, &str, &str) {
        (self.dimension, &self.context, &self.value, &self.id)
    }
}

/// A behaviour: dimension, context, value.
type Key<'b> = (Dimension, &'b str, &'b str);

/// All decisions, also those that no longer hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Decisions {
    /// By behaviour, then by id.
    sorted: Vec<Arc<Decision>>,
    pub(crate) clocks: Clocks,
}

impl Decisions {
    /// Adds a decision, or takes it in as it is now.
    fn put(&mut self, decision: Arc<Decision>) {
        match self.sorted.binary_search_by(|known| known.key().cmp(&decision.key())) {
            Ok(place) => {
                if let Some(known) = self.sorted.get_mut(place) {
                    *known = decision;
                }
            }
            Err(place) => self.sorted.insert(place, decision),
        }
    }

    /// Takes out a decision that the server has let go of.
    fn remove(&mut self, id: &str) {
        self.sorted.retain(|decision| decision.id != id);
    }

    /// All that count in some container of an image.
    pub(crate) fn reaching(&self, image: &ImageState) -> impl Iterator<Item = &Decision> {
        self.sorted.iter().map(|decision| &**decision).filter(|decision| decision.reaches(image))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// All about a behaviour.
    fn about(&self, (dimension, context, value): Key<'_>) -> &[Arc<Decision>] {
        if self.sorted.is_empty() {
            return &[];
        }
        let value = readable(value);
        let behaviour = (dimension, context, &*value);
        let of = |decision: &Decision| {
            let (dimension, context, value, _) = decision.key();
            (dimension, context, value).cmp(&behaviour)
        };
        let first = self.sorted.partition_point(|decision| of(decision).is_lt());
        let from = self.sorted.get(first..).unwrap_or_default();
        from.get(..from.partition_point(|decision| of(decision).is_eq())).unwrap_or_default()
    }

    /// What holds for a behaviour in a namespace: a denial if there is one, else an approval; rather one for all
    /// namespaces, then rather one that lasts.
    pub(crate) fn on(
        &self,
        image: &ImageState,
        namespace: &str,
        behaviour: Key<'_>,
        time_unix_ns: u64,
    ) -> Option<&Decision> {
        let counts =
            |decision: &&Arc<Decision>| decision.holds(time_unix_ns) && decision.covers(image, namespace);
        let rank = |decision: &&Arc<Decision>| {
            let approves = decision.kind == DecisionKind::Approve;
            (approves, decision.is_local(), !decision.lasts(), decision.created_unix_ns)
        };
        self.about(behaviour).iter().filter(counts).min_by_key(rank).map(|decision| &**decision)
    }

    /// Whether any of these is judged by the namespace in which it happens.
    pub(crate) fn differ(&self, behaviours: &[Behaviour<'_>]) -> bool {
        let local = |decision: &Arc<Decision>| decision.is_local() && decision.revoked.is_none();
        behaviours.iter().any(|behaviour| self.about(key(behaviour)).iter().any(local))
    }

    /// The denial of a behaviour in a namespace, if there is one.
    pub(crate) fn denial(
        &self,
        image: &ImageState,
        namespace: &str,
        behaviour: &Behaviour<'_>,
        time_unix_ns: u64,
    ) -> Option<&Decision> {
        let decision = self.on(image, namespace, key(behaviour), time_unix_ns);
        decision.filter(|decision| decision.kind == DecisionKind::Deny)
    }

    /// Whether any of these is denied in a namespace.
    pub(crate) fn deny_any(
        &self,
        image: &ImageState,
        namespace: &str,
        behaviours: &[Behaviour<'_>],
        time_unix_ns: u64,
    ) -> bool {
        behaviours.iter().any(|behaviour| self.denial(image, namespace, behaviour, time_unix_ns).is_some())
    }

    /// Whether an unknown behaviour is approved in a namespace; a lasting approval for all namespaces teaches it.
    pub(crate) fn pass(
        &self,
        image: &mut ImageState,
        namespace: &str,
        behaviour: &Behaviour<'_>,
        (place, time_unix_ns): (Place, u64),
        params: &Params,
    ) -> bool {
        let decision = self.on(image, namespace, key(behaviour), time_unix_ns);
        let Some(approval) = decision.filter(|decision| decision.kind == DecisionKind::Approve) else {
            return false;
        };
        if approval.teaches() {
            image.learn(behaviour, place, params);
        }
        true
    }

    /// Lets an incident that has grown by an event have what was decided of it. True if that changed anything.
    pub(crate) fn weigh_in(
        &self,
        open: &mut OpenIncident,
        image: &ImageState,
        behaviours: &[Behaviour<'_>],
        time_unix_ns: u64,
        weights: &Weights,
    ) -> bool {
        if self.sorted.is_empty() {
            return false;
        }
        for behaviour in behaviours {
            if let Some(denial) = self.denial(image, &open.incident.namespace, behaviour, time_unix_ns) {
                open.ground_unkept(behaviour, denial, weights);
            }
        }
        open.reconsider(image, self, weights)
    }

    /// Whether anything of an event was decided. What follows from a new program is news of its own then: who
    /// approved the program has seen other arguments.
    pub(crate) fn touch(&self, image: &ImageState, batch: &Batch<'_>, event: &Event<'_>) -> bool {
        if self.sorted.is_empty() {
            return false;
        }
        let process = batch.processes.get(event.process);
        let container = process.and_then(|process| batch.containers.get(process.container));
        let namespace = container.map_or("", |container| container.namespace);
        let mut behaviours = Vec::new();
        canonicalise(batch, event, &mut behaviours);
        let time_unix_ns = self.clocks.deciders_unix_ns(batch.node, event.time_unix_ns);
        behaviours.iter().any(|b| self.on(image, namespace, key(b), time_unix_ns).is_some())
    }
}

impl Model {
    /// Takes decisions in, new ones and known ones that were revoked: what they forbid is forgotten, so is what a
    /// revoked approval taught, and open incidents are judged anew. Saying it again changes nothing.
    pub fn decide(&mut self, news: &[Arc<Decision>]) -> Applied {
        for decision in news {
            self.decisions.put(Arc::clone(decision));
        }
        let lineages: Vec<String> = self.lineages.keys().cloned().collect();
        let mut applied = Applied::default();
        for lineage in lineages {
            let of_lineage = self.decide_in(&lineage, news);
            applied.images.extend(of_lineage.images);
            applied.incidents.extend(of_lineage.incidents);
        }
        applied
    }

    /// What [`Model::decide`] changes in a lineage that was not loaded then.
    pub fn decide_in(&mut self, lineage: &str, news: &[Arc<Decision>]) -> Applied {
        let mut applied = Applied::default();
        for image in self.lineages.get_mut(lineage).into_iter().flat_map(BTreeMap::values_mut) {
            let reaching: Vec<_> = news.iter().filter(|decision| decision.reaches(image)).collect();
            if reaching.is_empty() {
                continue;
            }
            image.feedback = Feedback::default();
            // What was remembered of events passed without a question.
            image.forget_events();
            let mut changed = false;
            for decision in reaching {
                changed |= unlearn(image, decision, &self.decisions);
            }
            let mut incidents = std::mem::take(&mut *image.incidents);
            for open in &mut incidents {
                if !open.reconsider(image, &self.decisions, &self.params.weights) {
                    continue;
                }
                changed = true;
                let verdict = open.judge(&self.params);
                if verdict != Verdict::Normal || open.told() {
                    if !open.told() {
                        open.incident.caveats =
                            explain::caveats(image, &self.params, &Source::default(), false, false);
                    }
                    open.note_held();
                    open.tell_anew();
                    open.incident.story = explain::story(&open.incident);
                    applied.incidents.push(open.incident.clone());
                }
            }
            image.incidents = incidents.into();
            if changed {
                applied.images.push((image.lineage().to_owned(), image.digest().to_owned()));
            }
        }
        applied
    }

    /// Lets go of decisions that no longer hold.
    pub fn let_go(&mut self, ids: &[String]) {
        ids.iter().for_each(|id| self.decisions.remove(id));
        let images = self.lineages.values_mut().flat_map(BTreeMap::values_mut);
        images.for_each(|image| image.feedback = Feedback::default());
    }
}

fn key<'b>(behaviour: &'b Behaviour<'_>) -> Key<'b> {
    (behaviour.dimension, &*behaviour.context, &*behaviour.value)
}

/// Takes out of the baseline what a denial forbids, and what an approval taught before it was revoked. True if there
/// was any. What is decided for a namespace leaves alone what all namespaces share.
fn unlearn(image: &mut ImageState, decision: &Decision, decisions: &Decisions) -> bool {
    if decision.is_local() {
        return false;
    }
    let Decision { dimension, context, value, .. } = decision;
    let alike: Vec<(String, u64)> = image
        .baseline
        .values(*dimension, context)
        .filter(|known| readable(known) == *value)
        .filter_map(|known| {
            let cell = image.baseline.cell(image.baseline.find(*dimension, context, known)?)?;
            Some((known.to_owned(), cell.first_seen_unix_ns))
        })
        .collect();
    let mut any = false;
    for (known, since) in alike {
        let gone = match (decision.kind, &decision.revoked) {
            (DecisionKind::Deny, None) => decision.lasts() || since < decision.expires_unix_ns,
            (DecisionKind::Approve, Some(revocation)) => {
                decision.lasts()
                    && (decision.created_unix_ns..revocation.revoked_unix_ns).contains(&since)
                    && decisions.on(image, "", (*dimension, context, &known), since).is_none()
            }
            _ => false,
        };
        if gone {
            image.forget(*dimension, context, &known);
            any = true;
        }
    }
    any
}
