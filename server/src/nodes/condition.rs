//! What is wrong with a node's watching, for as long as it holds: silence, losses.
//!
//! A condition holds for a while after the last sign of it, so that signs that come and go are one. Nothing is told here
//! (`operational.rs`).

use std::time::Duration;

use plumbline_proto::v1::{NodeState, OperationalKind};

use crate::{operational::Condition, session::locked};

use super::Node;

/// Events that are being lost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Losing(Option<Span>);

#[derive(Clone, Copy, Debug)]
struct Span {
    since_unix_ns: u64,
    last_unix_ns: u64,
    events: u64,
}

impl Losing {
    /// Takes in that events were reported lost.
    pub(super) fn take(&mut self, events: u64, now_unix_ns: u64) {
        if events > 0 {
            let Self(span) = self;
            let span =
                span.get_or_insert(Span { since_unix_ns: now_unix_ns, last_unix_ns: now_unix_ns, events: 0 });
            span.last_unix_ns = now_unix_ns;
            span.events = span.events.saturating_add(events);
        }
    }

    /// Since when and how many, unless that is over: none was for `settle`.
    fn holds(&mut self, now_unix_ns: u64, settle: Duration) -> Option<(u64, u64)> {
        let quiet = |span: &Span| Duration::from_nanos(now_unix_ns.saturating_sub(span.last_unix_ns));
        self.0 = self.0.filter(|span| quiet(span) < settle);
        self.0.map(|span| (span.since_unix_ns, span.events))
    }
}

impl Node {
    /// What is wrong with it.
    pub(super) fn conditions(&self, now_unix_ns: u64) -> Vec<Condition> {
        let settle = self.settings.silent_after;
        let mut state = locked(&self.state);
        let mut conditions = Vec::new();
        if state.of(now_unix_ns, settle) == NodeState::Silent {
            let since = state.record.last_heard_unix_ns;
            conditions.push(Condition::new(OperationalKind::NodeSilent, &self.name, since));
        }
        if let Some((since, events_lost)) = state.losing.holds(now_unix_ns, settle) {
            let condition = Condition::new(OperationalKind::NodeLosesEvents, &self.name, since);
            conditions.push(Condition { events_lost, ..condition });
        }
        conditions
    }
}
