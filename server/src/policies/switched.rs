//! What people did on a node so that it does not enforce, for the audit record: its switch, and containers with the label
//! that exempts them. The collector says so; here it is noticed that it says something else than before.
//!
//! A node is told of once a minute at most, with what holds then: a collector that somebody took over can't push out of
//! the record what stands in it. Not here: what people do at the server, which is recorded as it is done.

use std::{collections::BTreeMap, time::Duration};

use plumbline_proto::v1::{AuditEntry, EnforcementState, NodeEnforcement};

const PAUSE: Duration = Duration::from_secs(60);
/// Nodes remembered; beyond, those that say nothing now are forgotten.
const NODES: usize = 65_536;

/// Nodes, and what was last recorded of them.
#[derive(Debug, Default)]
pub(super) struct Switched(BTreeMap<String, Recorded>);

#[derive(Debug, Default)]
struct Recorded {
    inactive: String,
    broken_glass: u32,
    /// When, by the time that passed since the server's start.
    at: Option<Duration>,
}

impl Switched {
    /// Entries for what has changed by `now`, time since the server's start. Who says nothing is as it was.
    pub(super) fn entries(&mut self, nodes: &[NodeEnforcement], now: Duration) -> Vec<AuditEntry> {
        if self.0.len() > NODES {
            let says = |name: &String| nodes.binary_search_by_key(&name, |node| &node.node).is_ok();
            self.0.retain(|name, _| says(name));
        }
        let mut entries = Vec::new();
        for NodeEnforcement { node: name, state } in nodes {
            let Some(EnforcementState { inactive, broken_glass, .. }) = state else { continue };
            let recorded = self.0.entry(name.clone()).or_default();
            let is_same = recorded.inactive == *inactive && recorded.broken_glass == *broken_glass;
            if is_same || recorded.at.is_some_and(|at| now.saturating_sub(at) < PAUSE) {
                continue;
            }
            let mut said = Vec::new();
            if recorded.inactive != *inactive {
                said.push(match inactive.as_str() {
                    "" => "enforces its policies again".to_owned(),
                    why => format!("does not enforce its policies: {why}"),
                });
            }
            if recorded.broken_glass != *broken_glass {
                said.push(format!("exempts {broken_glass} containers by their break-glass label"));
            }
            *recorded = Recorded { inactive: inactive.clone(), broken_glass: *broken_glass, at: Some(now) };
            entries.push(AuditEntry {
                name: name.clone(),
                role: "collector".to_owned(),
                method: "IngestService/Stream".to_owned(),
                target: name.clone(),
                outcome: said.join(", and "),
                ..AuditEntry::default()
            });
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_an_entry_and_no_more_than_one_a_minute() {
        let mut switched = Switched::default();
        let mut told = |inactive: &str, broken_glass: u32, seconds: u64| {
            let state =
                EnforcementState { inactive: inactive.into(), broken_glass, ..EnforcementState::default() };
            let nodes = [NodeEnforcement { node: "n".into(), state: Some(state) }];
            let entries = switched.entries(&nodes, Duration::from_secs(seconds));
            entries.into_iter().map(|entry| (entry.name, entry.outcome)).collect::<Vec<_>>()
        };
        let by_n = |outcome: &str| vec![("n".to_owned(), outcome.to_owned())];
        assert!(told("", 0, 0).is_empty(), "that it enforces is no news");
        assert_eq!(told("switched off", 0, 1), by_n("does not enforce its policies: switched off"));
        assert!(told("", 0, 2).is_empty() && told("switched off", 0, 62).is_empty(), "as was recorded");
        assert_eq!(
            told("", 2, 63),
            by_n("enforces its policies again, and exempts 2 containers by their break-glass label")
        );
        assert_eq!(told("", 0, 123), by_n("exempts 0 containers by their break-glass label"));
    }
}
