//! How many alerts there are, in groups.

use std::cmp::Reverse;

use plumbline_proto::v1::{AlertCount, CountAlertsResponse, CountBy, TriageState, Verdict};

use crate::{
    alert_filter::Filter,
    alert_log::{AlertLog, Head},
    severity::Severity,
};

/// Groups told; there can be as many as alerts.
const MAX_GROUPS: usize = 1000;

/// Counts without reading an alert.
pub(super) fn count(log: &AlertLog, filter: &Filter, by: CountBy) -> CountAlertsResponse {
    let mut groups: Vec<AlertCount> = log
        .count_by(filter, |head| value(by, head))
        .into_iter()
        .map(|(value, alerts)| AlertCount { value, alerts })
        .collect();
    let total = groups.iter().map(|group| group.alerts).sum();
    if by == CountBy::Unspecified {
        return CountAlertsResponse { total, ..Default::default() };
    }
    groups.sort_by(|a, b| (Reverse(a.alerts), &a.value).cmp(&(Reverse(b.alerts), &b.value)));
    let omitted = groups.drain(groups.len().min(MAX_GROUPS)..).map(|group| group.alerts).sum();
    CountAlertsResponse { total, groups, omitted }
}

/// What an alert is counted under.
fn value(by: CountBy, head: &Head) -> String {
    match by {
        CountBy::Unspecified => String::new(),
        CountBy::Verdict => word(Verdict::try_from(head.verdict).unwrap_or_default()).to_owned(),
        CountBy::Repository if head.repository.is_empty() => head.digest.clone(),
        CountBy::Repository => head.repository.clone(),
        CountBy::Namespace => head.namespace.clone(),
        CountBy::Node => head.node.clone(),
        CountBy::Severity => Severity::told(head.severity).name().to_owned(),
        CountBy::State => state(TriageState::try_from(head.state).unwrap_or_default()).to_owned(),
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Normal => "normal",
        Verdict::Drift => "drift",
        Verdict::Attack => "attack",
        Verdict::Operational => "operational",
        Verdict::Unspecified => "",
    }
}

fn state(state: TriageState) -> &'static str {
    match state {
        TriageState::New => "new",
        TriageState::Acknowledged => "acknowledged",
        TriageState::Resolved => "resolved",
        TriageState::Unspecified => "",
    }
}
