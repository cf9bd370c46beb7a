//! What is wrong with a node's watching, for as long as it holds: silence, losses, a clock that is off.
//!
//! A condition holds for a while after the last sign of it, so that signs that come and go are one. Nothing is told here
//! (`operational.rs`).

use std::time::Duration;

use plumbline_proto::v1::{Coverage, NodeState, OperationalKind, WatchedContainer};

use crate::{operational::Condition, session::locked};

use super::{Node, clock::Estimate};

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

/// How far a clock is ahead, and since when it is off.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Skew {
    pub(super) measured: Option<Estimate>,
    off_since_unix_ns: Option<u64>,
}

impl Skew {
    /// Takes in what was measured. True if the clock is off by more than allowed now and was not before. It is no more once
    /// it is off by less than half of that, so that one at the edge does not come and go.
    pub(super) fn take(&mut self, measured: Estimate, allowed: Duration, now_unix_ns: u64) -> bool {
        self.measured = Some(measured);
        let off = Duration::from_nanos(measured.offset_ns.unsigned_abs());
        let was_off = self.is_off();
        self.off_since_unix_ns = match self.off_since_unix_ns {
            Some(since) => (off >= allowed / 2).then_some(since),
            None => (off > allowed).then_some(now_unix_ns),
        };
        self.is_off() && !was_off
    }

    pub(super) fn is_off(&self) -> bool {
        self.off_since_unix_ns.is_some()
    }
}

impl Node {
    /// How far its clock is ahead, if that was measured, and whether that is more than allowed.
    pub(super) fn clock(&self) -> Option<(i64, bool)> {
        let skew = locked(&self.state).skew;
        skew.measured.map(|measured| (measured.offset_ns, skew.is_off()))
    }

    /// Its containers, by id.
    pub(super) fn containers(&self, now_unix_ns: u64) -> Vec<WatchedContainer> {
        let state = locked(&self.state);
        state.containers.list(state.of(now_unix_ns, self.settings.silent_after), now_unix_ns).collect()
    }

    /// How far each is watched.
    pub(super) fn coverages(&self, now_unix_ns: u64) -> Vec<Coverage> {
        let state = locked(&self.state);
        state.containers.coverages(state.of(now_unix_ns, self.settings.silent_after), now_unix_ns).collect()
    }

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
        if let (Some(since), Some(measured)) = (state.skew.off_since_unix_ns, state.skew.measured) {
            let condition = Condition::new(OperationalKind::NodeClockOff, &self.name, since);
            conditions.push(Condition { clock_offset_ns: measured.offset_ns, ..condition });
        }
        conditions
    }
}
