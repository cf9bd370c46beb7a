//! EnforcementService: what people make of policies, and what became of them.
//!
//! Lists are made here, of what is known when somebody asks; the change itself is one word to the committer, so it goes on when
//! the caller has gone. Not here: what a change does (`policies.rs`), who may make it (`security/roles.rs`).

use std::{collections::BTreeSet, sync::Arc};

use plumbline_proto::v1::{
    self, ArmRequest, AuditEntry, ConfirmedAction, EnforcementMode, ImageStatus, ListPoliciesRequest,
    ListPoliciesResponse, Policy, RemovePolicyRequest, RemovePolicyResponse, SetPolicyRequest,
    enforcement_service_server::EnforcementService,
};
use tokio::sync::{Mutex, mpsc, oneshot};
use tonic::{Request, Response, Status};

use crate::{
    audit,
    baselines::image,
    checkpoint::Work,
    clock::now_unix_ns,
    image_name::{NameError, identity, resolve},
    metrics::Metrics,
    nodes::Nodes,
    record::Record,
    security::Caller,
    shards::Shards,
    status::{ApiError, status},
};

use super::{
    Change, Deed, Policies, PolicyError, PolicyRecord,
    lists::{PATH_BYTES, approved, is_path, listed},
    record::MAX_PATHS,
};

/// Longest author and reason, in bytes.
const AUTHOR_BYTES: usize = 128;
const REASON_BYTES: usize = 1024;
/// Processes of an image that may be killed on a node in a minute, and how many if nobody says.
const KILLS: std::ops::RangeInclusive<u32> = 1..=1000;
const DEFAULT_KILLS: u32 = 10;
/// Quiet time before a policy goes further by itself: an hour to a year.
const PROMOTE_NS: std::ops::RangeInclusive<u64> = 3_600_000_000_000..=365 * 86_400_000_000_000;

/// The service.
#[derive(Debug)]
pub(crate) struct Enforcement {
    pub(crate) policies: Policies,
    pub(crate) shards: Shards,
    pub(crate) nodes: Nodes,
    pub(crate) record: Arc<Mutex<Record>>,
    pub(crate) committer: mpsc::Sender<Work>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Enforcement {
    fn is_on(&self) -> Result<(), ApiError> {
        if self.policies.signer.is_none() { Err(PolicyError::Off.into()) } else { Ok(()) }
    }

    fn author(&self, caller: &Caller, said: String, reason: &str) -> Result<String, ApiError> {
        let author = caller.author(said).inspect_err(|error| self.metrics.refused(error))?;
        let field = |field, problem: String| Err(ApiError::Field { field, problem });
        if author.trim().is_empty() {
            return field("author", "empty; it is needed".to_owned());
        }
        if author.len() > AUTHOR_BYTES || author.chars().any(char::is_control) {
            let problem =
                format!("{} bytes; at most {AUTHOR_BYTES}, without control characters", author.len());
            return field("author", problem);
        }
        if reason.len() > REASON_BYTES {
            return field("reason", format!("{} bytes; at most {REASON_BYTES}", reason.len()));
        }
        Ok(author)
    }

    fn listed(&self) -> ListPoliciesResponse {
        let (policies, switch, version) = self.policies.list();
        ListPoliciesResponse { policies, armed: switch.armed, nodes: self.nodes.enforcing(), version }
    }

    async fn set(&self, caller: &Caller, request: SetPolicyRequest) -> Result<Policy, ApiError> {
        self.is_on()?;
        let author = self.author(caller, request.author.clone(), &request.reason)?;
        let (mode, kills_per_minute) = check(&request)?;
        let image = image(&self.shards, "image", &request.image).await?;
        let mut paths = BTreeSet::new();
        if request.allow_list {
            paths.extend(request.allowed.iter().cloned());
            // An image can go by several names, and a policy is of the image.
            for named in self.shards.images(&image.digest).await? {
                if let Some(state) = self.shards.state(identity(&named)).await? {
                    paths.extend(listed(&state));
                }
            }
        }
        let exempt: BTreeSet<String> = request.exempt.iter().cloned().collect();
        let approved = {
            let record = self.record.lock().await;
            approved(&record, now_unix_ns(), &image.digest, &image.repository)
        };
        let mut outcome = format!("set the policy of {} to {mode} by {author}", name(&image));
        let rules = [
            (request.immutable, "immutable".to_owned()),
            (request.allow_list, format!("{} allowed", paths.len())),
        ];
        let rules: Vec<String> =
            rules.into_iter().filter(|(holds, _)| *holds).map(|(_, rule)| rule).collect();
        outcome += &format!(" ({}, {kills_per_minute} kills a minute", rules.join(", "));
        outcome += match request.on_confirmed_attack() {
            ConfirmedAction::Pause => "; pauses where an attack is confirmed)",
            ConfirmedAction::Stop => "; stops where an attack is confirmed)",
            ConfirmedAction::None | ConfirmedAction::Unspecified => ")",
        };
        let audit = entry(caller, "Set", &image.digest, outcome, &request.reason);
        let digest = image.digest.clone();
        let policy = PolicyRecord {
            repository: image.repository,
            tag: image.tag,
            mode: request.mode,
            immutable: request.immutable,
            allow_list: request.allow_list,
            listed: paths.into_iter().collect(),
            exempt: exempt.into_iter().collect(),
            approved,
            kills_per_minute,
            promote_after_ns: request.promote_after_ns,
            on_confirmed_attack: request.on_confirmed_attack,
            author,
            reason: request.reason,
            ..PolicyRecord::default()
        };
        let etag = request.etag;
        self.make(Deed::Set { digest: digest.clone(), policy: policy.into(), etag, audit }).await?;
        let (policies, ..) = self.policies.list();
        let set = policies.into_iter().find(|policy| policy.digest == digest);
        set.ok_or_else(|| PolicyError::Missing { name: request.image }.into()) // somebody removed it meanwhile
    }

    async fn remove(
        &self,
        caller: &Caller,
        request: RemovePolicyRequest,
    ) -> Result<RemovePolicyResponse, ApiError> {
        self.is_on()?;
        let author = self.author(caller, request.author, &request.reason)?;
        // Also of an image that is not known any more.
        let of = |(digest, repository, tag): (String, String, String)| ImageStatus {
            digest,
            repository,
            tag,
            ..ImageStatus::default()
        };
        let images: Vec<ImageStatus> = self.policies.names().into_iter().map(of).collect();
        let image = match resolve(&images, &request.image) {
            Ok(image) => image,
            Err(NameError::Missing { name }) => return Err(PolicyError::Missing { name }.into()),
            Err(error) => return Err(error.into()),
        };
        let outcome = format!("removed the policy of {} by {author}", name(&image));
        let audit = entry(caller, "Remove", &image.digest, outcome, &request.reason);
        let digest = image.digest;
        self.make(Deed::Remove { digest: digest.clone(), etag: request.etag, audit }).await?;
        Ok(RemovePolicyResponse { digest })
    }

    async fn arm(&self, caller: &Caller, request: ArmRequest) -> Result<ListPoliciesResponse, ApiError> {
        self.is_on()?;
        let author = self.author(caller, request.author, &request.reason)?;
        let word = if request.armed { "armed" } else { "disarmed" };
        let audit = entry(caller, "Arm", "", format!("{word} all policies by {author}"), &request.reason);
        self.make(Deed::Arm { armed: request.armed, audit }).await?;
        Ok(self.listed())
    }

    /// Has a change made; returns when it is durable.
    async fn make(&self, deed: Deed) -> Result<(), ApiError> {
        let (done, durable) = oneshot::channel();
        let work = Work::Policy(Change { deed, done }.into());
        self.committer.send(work).await.map_err(|_| ApiError::Leaving)?;
        Ok(durable.await.map_err(|_| ApiError::Leaving)??)
    }
}

/// Whether the fields of a request fit; the mode for people, and the limit.
fn check(request: &SetPolicyRequest) -> Result<(&'static str, u32), ApiError> {
    let field = |field, problem: String| Err(ApiError::Field { field, problem });
    let mode = match EnforcementMode::try_from(request.mode) {
        Ok(EnforcementMode::Observe) => "observe",
        Ok(EnforcementMode::Warn) => "warn",
        Ok(EnforcementMode::Enforce) => "enforce",
        Ok(EnforcementMode::Unspecified) | Err(_) => {
            return field("mode", format!("{}; 1 (observe), 2 (warn) or 3 (enforce)", request.mode));
        }
    };
    if !request.immutable && !request.allow_list {
        return field(
            "immutable",
            "false, and so is allow_list; at least one of them makes a policy".to_owned(),
        );
    }
    let lists = [
        ("allowed", &request.allowed, request.allow_list, "allow_list"),
        ("exempt", &request.exempt, request.immutable, "immutable"),
    ];
    for (name, paths, is_used, rule) in lists {
        if !paths.is_empty() && !is_used {
            return field(name, format!("given, but it is for {rule} only, which is false"));
        }
        if paths.len() > MAX_PATHS {
            return field(name, format!("{} paths; at most {MAX_PATHS}", paths.len()));
        }
        if let Some(wrong) = paths.iter().find(|path| !is_path(path)) {
            let shown: String = wrong.chars().take(64).collect();
            let problem = format!(
                "{shown:?}; an absolute path of at most {PATH_BYTES} bytes without control characters belongs here"
            );
            return field(name, problem);
        }
    }
    let kills = if request.kills_per_minute == 0 { DEFAULT_KILLS } else { request.kills_per_minute };
    if !KILLS.contains(&kills) {
        return field("kills_per_minute", format!("{kills}; 1 to 1000, or 0 for {DEFAULT_KILLS}"));
    }
    if request.promote_after_ns != 0 && !PROMOTE_NS.contains(&request.promote_after_ns) {
        let problem =
            format!("{}; an hour to a year in nanoseconds, or 0 for never", request.promote_after_ns);
        return field("promote_after_ns", problem);
    }
    if ConfirmedAction::try_from(request.on_confirmed_attack).is_err() {
        let problem = format!("{}; 1 (none), 2 (pause) or 3 (stop)", request.on_confirmed_attack);
        return field("on_confirmed_attack", problem);
    }
    Ok((mode, kills))
}

fn entry(caller: &Caller, method: &str, digest: &str, mut outcome: String, reason: &str) -> AuditEntry {
    if !reason.is_empty() {
        outcome += &format!(": {reason}");
    }
    audit::entry(caller, &format!("EnforcementService/{method}"), digest.to_owned(), outcome)
}

fn name(image: &ImageStatus) -> String {
    let ImageStatus { digest, repository, tag, .. } = image;
    match (repository.as_str(), tag.as_str()) {
        ("", _) => digest.clone(),
        (_, "") => repository.clone(),
        _ => format!("{repository}:{tag}"),
    }
}

#[tonic::async_trait]
impl EnforcementService for Enforcement {
    async fn list(&self, _: Request<ListPoliciesRequest>) -> Result<Response<ListPoliciesResponse>, Status> {
        self.is_on().map_err(status)?;
        Ok(Response::new(self.listed()))
    }

    async fn set(&self, request: Request<SetPolicyRequest>) -> Result<Response<v1::Policy>, Status> {
        let caller = Caller::of(&request).map_err(status)?;
        Self::set(self, &caller, request.into_inner()).await.map(Response::new).map_err(status)
    }

    async fn remove(
        &self,
        request: Request<RemovePolicyRequest>,
    ) -> Result<Response<RemovePolicyResponse>, Status> {
        let caller = Caller::of(&request).map_err(status)?;
        Self::remove(self, &caller, request.into_inner()).await.map(Response::new).map_err(status)
    }

    async fn arm(&self, request: Request<ArmRequest>) -> Result<Response<ListPoliciesResponse>, Status> {
        let caller = Caller::of(&request).map_err(status)?;
        Self::arm(self, &caller, request.into_inner()).await.map(Response::new).map_err(status)
    }
}
