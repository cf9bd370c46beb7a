//! What the model found, as messages.
//!
//! Field by field and without judgement: both sides mean the same by the same name.

use plumbline_model::{
    BaselineState, Decided, Decision, DecisionKind, DimensionSummary, EvidenceItem, Expected, Finding,
    ImageState, ImageSummary, Implied, Incident, KnownBehaviour, MovedRow, Scope, Verdict,
};
use plumbline_proto::v1;

use crate::record::revision;

/// An incident as people and programs read it.
pub(crate) fn alert(incident: Incident) -> v1::Alert {
    v1::Alert {
        id: incident.id,
        revision: incident.revision,
        verdict: verdict(incident.verdict).into(),
        probabilities: Some(v1::Probabilities {
            normal: incident.probabilities.normal,
            drift: incident.probabilities.drift,
            attack: incident.probabilities.attack,
        }),
        story: incident.story,
        image_digest: incident.image_digest,
        image_repository: incident.image_repository,
        image_tag: incident.image_tag,
        container_id: incident.container_id,
        container_name: incident.container_name,
        namespace: incident.namespace,
        node: incident.node,
        first_seen_unix_ns: incident.first_seen_unix_ns,
        last_seen_unix_ns: incident.last_seen_unix_ns,
        events: incident.events,
        findings: incident.findings.into_iter().map(finding).collect(),
        evidence: incident.evidence.into_iter().map(evidence).collect(),
        caveats: incident.caveats,
        findings_omitted: incident.findings_omitted,
        surprise: incident.surprise,
        confidence: incident.confidence,
        // The log says when, and people what they do about it.
        changed_unix_ns: 0,
        triage: None,
        operational: None,
        clock_offset_ns: 0,
    }
}

/// An image and how far it has been learned.
pub(crate) fn image_status(image: &ImageState, summary: ImageSummary) -> v1::ImageStatus {
    v1::ImageStatus {
        digest: image.digest().to_owned(),
        repository: image.repository().to_owned(),
        tag: image.tag().to_owned(),
        state: state(summary.state).into(),
        exposures: summary.exposures,
        exposures_lossy: summary.exposures_lossy,
        starts: summary.starts,
        dimensions: summary.dimensions.into_iter().map(dimension).collect(),
        first_seen_unix_ns: summary.first_seen_unix_ns,
        last_seen_unix_ns: summary.last_seen_unix_ns,
        windows_left: summary.windows_left,
        learned_in_ns: summary.learned_in_ns.unwrap_or(0),
        revision: 0,
        upkeep: None, // its shard knows
    }
}

/// An image and the rows that decisions have moved for it, in a namespace or everywhere else.
pub(crate) fn image_feedback(image: &ImageState, namespace: &str, rows: Vec<MovedRow>) -> v1::ImageFeedback {
    v1::ImageFeedback {
        digest: image.digest().to_owned(),
        repository: image.repository().to_owned(),
        tag: image.tag().to_owned(),
        rows: rows.into_iter().map(moved_row).collect(),
        namespace: namespace.to_owned(),
    }
}

fn moved_row(row: MovedRow) -> v1::MovedRow {
    v1::MovedRow {
        name: row.name.to_owned(),
        drift_weight: row.drift,
        attack_weight: row.attack,
        fitted_drift_weight: row.fitted_drift,
        fitted_attack_weight: row.fitted_attack,
        approved: row.said.approved,
        denied: row.said.denied,
    }
}

fn verdict(verdict: Verdict) -> v1::Verdict {
    match verdict {
        Verdict::Normal => v1::Verdict::Normal,
        Verdict::Drift => v1::Verdict::Drift,
        Verdict::Attack => v1::Verdict::Attack,
    }
}

fn state(state: BaselineState) -> v1::BaselineState {
    match state {
        BaselineState::Learning => v1::BaselineState::Learning,
        BaselineState::Stable => v1::BaselineState::Stable,
        BaselineState::Open => v1::BaselineState::Open,
        BaselineState::Unwatched => v1::BaselineState::Unwatched,
        BaselineState::Locked => v1::BaselineState::Locked,
        BaselineState::Archived => v1::BaselineState::Archived,
    }
}

fn finding(finding: Finding) -> v1::Finding {
    v1::Finding {
        dimension: finding.dimension.name().to_owned(),
        context: finding.context,
        value: finding.value,
        surprise_bits: finding.surprise_bits,
        expected: finding.expected.into_iter().map(expected).collect(),
        first_seen_unix_ns: finding.first_seen_unix_ns,
        count: finding.count,
        command_line: finding.command_line,
        pid: finding.pid,
        uid: finding.uid,
        implied: finding.implied.into_iter().map(implied).collect(),
        implied_omitted: finding.implied_omitted,
        decided: finding.decided.map(decided),
    }
}

fn implied(implied: Implied) -> v1::Implied {
    v1::Implied { dimension: implied.dimension.name().to_owned(), value: implied.value }
}

fn decided(decided: Decided) -> v1::Decided {
    v1::Decided { kind: decision_kind(decided.kind).into(), id: decided.id, author: decided.author }
}

fn decision_kind(kind: DecisionKind) -> v1::DecisionKind {
    match kind {
        DecisionKind::Approve => v1::DecisionKind::Approve,
        DecisionKind::Deny => v1::DecisionKind::Deny,
    }
}

/// A decision as people and programs read it.
pub(crate) fn decision(decision: &Decision) -> v1::Decision {
    let (scope, scope_name) = match &decision.scope {
        Scope::Image(digest) => (v1::DecisionScope::Image, digest.as_str()),
        Scope::Repository(repository) => (v1::DecisionScope::Repository, repository.as_str()),
        Scope::Namespace(namespace) => (v1::DecisionScope::Namespace, namespace.as_str()),
        Scope::All => (v1::DecisionScope::All, ""),
    };
    v1::Decision {
        id: decision.id.clone(),
        kind: decision_kind(decision.kind).into(),
        dimension: decision.dimension.name().to_owned(),
        context: decision.context.clone(),
        value: decision.value.clone(),
        scope: scope.into(),
        scope_name: scope_name.to_owned(),
        author: decision.author.clone(),
        reason: decision.reason.clone(),
        alert_id: decision.alert.clone(),
        rows: decision.rows.clone(),
        created_unix_ns: decision.created_unix_ns,
        expires_unix_ns: decision.expires_unix_ns,
        revoked: decision.revoked.as_ref().map(|revocation| v1::Revocation {
            author: revocation.author.clone(),
            reason: revocation.reason.clone(),
            revoked_unix_ns: revocation.revoked_unix_ns,
            request_id: revocation.request_id.clone(),
        }),
        revision: revision(decision),
        document: decision.document.clone(),
    }
}

/// A behaviour in a baseline.
pub(crate) fn known(known: KnownBehaviour) -> v1::KnownBehaviour {
    v1::KnownBehaviour {
        dimension: known.dimension.name().to_owned(),
        context: known.context,
        value: known.value,
        count: known.count,
        first_seen_unix_ns: known.first_seen_unix_ns,
        last_seen_unix_ns: known.last_seen_unix_ns,
    }
}

fn expected(expected: Expected) -> v1::Expected {
    v1::Expected {
        value: expected.value,
        count: expected.count,
        last_seen_unix_ns: expected.last_seen_unix_ns,
    }
}

fn evidence(item: EvidenceItem) -> v1::Evidence {
    v1::Evidence {
        name: item.name,
        fact: item.fact,
        drift_weight: item.drift_weight,
        attack_weight: item.attack_weight,
        technique: item.technique,
    }
}

fn dimension(summary: DimensionSummary) -> v1::DimensionStatus {
    v1::DimensionStatus {
        dimension: summary.dimension.name().to_owned(),
        state: state(summary.state).into(),
        behaviours: summary.behaviours,
        observations: summary.observations,
        expected_new_per_day: summary.expected_new_per_day,
        overflowed: summary.overflowed,
        exposures: summary.exposures,
    }
}

#[cfg(test)]
mod tests {
    use plumbline_model::{Dimension, Said};

    use super::*;

    #[test]
    fn feedback_is_told_field_by_field() {
        let row = MovedRow {
            name: "terminal",
            drift: 0.5,
            attack: 1.5,
            fitted_drift: 0.6,
            fitted_attack: 1.8,
            said: Said { approved: 3, denied: 2 },
        };
        let told = v1::MovedRow {
            name: "terminal".to_owned(),
            drift_weight: 0.5,
            attack_weight: 1.5,
            fitted_drift_weight: 0.6,
            fitted_attack_weight: 1.8,
            approved: 3,
            denied: 2,
        };
        assert_eq!(moved_row(row), told);
        let made = Decision {
            id: "1".into(),
            kind: DecisionKind::Deny,
            dimension: Dimension::Spawn,
            context: "a".into(),
            value: "b".into(),
            scope: Scope::All,
            author: "alice".into(),
            reason: "no".into(),
            alert: "2".into(),
            rows: vec!["scanner_started".into(), "miner_started".into()],
            created_unix_ns: 1,
            expires_unix_ns: 0,
            revoked: None,
            document: String::new(),
        };
        let told = decision(&made);
        assert_eq!((told.rows, told.alert_id.as_str()), (made.rows, "2"));
    }
}
