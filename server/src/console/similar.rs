//! Incidents that were like one: what came of them says more about it than any number.
//!
//! Like is what shares a behaviour, by dimension and value, wherever it was; the more they share the more alike. The newest
//! [`READ`] alerts of the same image that changed are looked at, and as many of all images.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use plumbline_proto::v1::{Alert, AlertFilter, ListAlertsRequest, Verdict};

use super::{Failure, images::NAME_BYTES, visitor::Visitor};

/// Alerts looked at.
const READ: u32 = 500;
/// Incidents told.
const TOLD: usize = 8;

/// An incident, and what it shares with another.
#[derive(Debug)]
pub(super) struct Similar {
    pub(super) alert: Alert,
    /// Behaviours in common.
    pub(super) shared: usize,
}

pub(super) async fn similar(visitor: &Visitor, to: &Alert) -> Result<Vec<Similar>, Failure> {
    let verdicts = [Verdict::Normal, Verdict::Drift, Verdict::Attack].map(i32::from).to_vec();
    let mut among = BTreeMap::new();
    for image in ["", &to.image_repository] {
        let filter =
            AlertFilter { verdicts: verdicts.clone(), image: image.to_owned(), ..Default::default() };
        let request = ListAlertsRequest { limit: READ, filter: Some(filter), page_token: String::new() };
        let list = visitor.alerts().list(visitor.asks(request)).await?.into_inner();
        among.extend(list.alerts.into_iter().map(|alert| (alert.id.clone(), alert)));
        // These were all, or it has no name that services look for.
        if list.next_page_token.is_empty() || !(1..=NAME_BYTES).contains(&to.image_repository.len()) {
            break;
        }
    }
    Ok(most_alike(to, among.into_values()))
}

/// Most in common first; of what has as much the newest.
fn most_alike(to: &Alert, among: impl IntoIterator<Item = Alert>) -> Vec<Similar> {
    let own = behaviours(to);
    let others = among.into_iter().filter(|alert| alert.id != to.id);
    let mut all: Vec<_> = others
        .map(|alert| Similar { shared: own.intersection(&behaviours(&alert)).count(), alert })
        .filter(|one| one.shared > 0)
        .collect();
    all.sort_by_key(|one| Reverse((one.shared, one.alert.last_seen_unix_ns)));
    all.truncate(TOLD);
    all
}

fn behaviours(alert: &Alert) -> BTreeSet<(String, String)> {
    alert.findings.iter().map(|one| (one.dimension.clone(), one.value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::Finding;

    use super::*;

    #[test]
    fn who_shares_most_is_first_and_who_shares_nothing_is_not_told() {
        let alert = |id: &str, values: &[&str], last_seen_unix_ns| Alert {
            id: id.into(),
            last_seen_unix_ns,
            findings: values
                .iter()
                .map(|value| Finding {
                    dimension: "spawn".into(),
                    value: (*value).into(),
                    ..Default::default()
                })
                .collect(),
            ..Default::default()
        };
        let own = alert("own", &["a", "b"], 9);
        let among = vec![
            own.clone(),
            alert("old", &["a"], 1),
            alert("new", &["b", "c"], 2),
            alert("both", &["a", "b"], 0),
            alert("other", &["c"], 3),
        ];
        let told: Vec<_> = most_alike(&own, among).into_iter().map(|one| one.alert.id).collect();
        assert_eq!(told, ["both", "new", "old"]);
    }
}
