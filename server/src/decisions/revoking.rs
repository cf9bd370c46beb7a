//! Taking a decision back.
//!
//! It stays on record, with who took it back, and with the id of the request that did: so a request that comes again is known
//! as long as its decision is.
//!
//! Not here: what follows from it (the model), which decisions are held (`record.rs`).

use std::sync::Arc;

use plumbline_model::{Decision, Revocation};
use plumbline_proto::v1;

use crate::{audit, clock::now_unix_ns, record::Record, security::Caller, status::ApiError, wire};

use super::{
    Decisions,
    making::{named, requested, signed},
};

impl Decisions {
    pub(super) async fn take_back(
        self,
        caller: Caller,
        request: v1::RevokeDecisionRequest,
    ) -> Result<v1::Decision, ApiError> {
        let mut record = self.record.lock().await;
        if let Some(known) = taken(&record, &request)? {
            return Ok(wire::decision(&known));
        }
        let decision = record.find(&request.id, request.etag)?;
        let v1::RevokeDecisionRequest { author, reason, request_id, .. } = request;
        let outcome = format!("revoked by {author}: {reason}");
        let entry = audit::entry(&caller, "IntentService/Revoke", decision.id.clone(), outcome);
        let revoked = Arc::new(revoked(&decision, author, reason, request_id));
        let answer = wire::decision(&revoked);
        self.keep(&mut record, vec![revoked], Vec::new(), entry).await?;
        Ok(answer)
    }
}

/// A decision as it is once it was taken back.
pub(super) fn revoked(decision: &Decision, author: String, reason: String, request_id: String) -> Decision {
    let revoked_unix_ns = now_unix_ns().max(decision.created_unix_ns.saturating_add(1));
    let revocation = Revocation { author, reason, revoked_unix_ns, request_id };
    Decision { revoked: Some(revocation), ..decision.clone() }
}

/// Whether the fields of a request fit.
pub(super) fn check(request: &v1::RevokeDecisionRequest) -> Result<(), ApiError> {
    named("id", &request.id)?;
    requested(&request.request_id)?;
    signed(&request.author, &request.reason)
}

/// What a request that was taken before has revoked.
fn taken(record: &Record, request: &v1::RevokeDecisionRequest) -> Result<Option<Arc<Decision>>, ApiError> {
    let Some((known, revocation)) = record.revoked_by(&request.author, &request.request_id) else {
        return Ok(None);
    };
    if known.id.starts_with(&request.id) && revocation.reason == request.reason {
        return Ok(Some(Arc::clone(known)));
    }
    let problem = format!("{:?} was used for another request; make up a new one", request.request_id);
    Err(ApiError::Field { field: "request_id", problem })
}
