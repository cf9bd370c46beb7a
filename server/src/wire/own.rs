//! Events of a batch, as far as somebody asks for them.
//!
//! Each shard reads every batch that has an image of its own, but judges the events of its images only. What of the others
//! would cost, its strings above all, is left out before it is read. That something was left out must change no verdict, so
//! the time of it is kept: time passes for a shard as in a replay, which sees everything.

use plumbline_model::event::{Action, Event};

use super::shown::Shown;

/// Events that were taken so far.
pub(super) struct Own<'a, 's> {
    base_unix_ns: u64,
    /// Processes whose events are asked for.
    shown: &'s Shown,
    events: Vec<Event<'a>>,
    left_out_unix_ns: u64,
}

impl<'a, 's> Own<'a, 's> {
    pub(super) fn new(base_unix_ns: u64, shown: &'s Shown) -> Self {
        let events = Vec::with_capacity(shown.rows().len()); // about one of each
        Self { base_unix_ns, shown, events, left_out_unix_ns: 0 }
    }

    /// Takes rows of one kind, from columns of equal length. `counts` says whether a row is an event at all.
    pub(super) fn take(
        &mut self,
        process: &[u32],
        time_ns: &[u64],
        count: &[u32],
        counts: impl Fn(usize) -> bool,
        action: impl Fn(usize) -> Option<Action<'a>>,
    ) {
        for (row, ((&process, &time_ns), &count)) in process.iter().zip(time_ns).zip(count).enumerate() {
            if !counts(row) {
                continue;
            }
            let time_unix_ns = self.base_unix_ns.saturating_add(time_ns);
            let Some(process) = self.shown.place(process) else {
                self.left_out_unix_ns = self.left_out_unix_ns.max(time_unix_ns);
                continue;
            };
            if let Some(action) = action(row) {
                self.events.push(Event { process, time_unix_ns, count, action });
            }
        }
    }

    /// All of them by time, in the order they were taken where that is equal; and when the last was that was left out.
    pub(super) fn sorted(mut self) -> (Vec<Event<'a>>, u64) {
        self.events.sort_by_key(|event| event.time_unix_ns);
        (self.events, self.left_out_unix_ns)
    }
}
