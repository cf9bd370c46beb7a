//! An image that ran nowhere for long sleeps: it is archived.
//!
//! What belongs to running containers is let go: they themselves, incidents that could still grow, events that were
//! seen before. What was learned of the image stays, with its rhythm, quarantine and lock: it serves the versions after
//! it as that of any elder, and is all there when a container comes back. Time is that of events, so it passes only
//! while something runs under the same model. Not here: whose time it is, and when somebody looks (`Model::apply`).

use super::{DECAY_WINDOWS, ImageState};
use crate::memo::Memo;

impl ImageState {
    /// Takes note that the image ran, and wakes it. `late_unix_ns` is the earliest that counts as now: what a slow
    /// clock or an old recording tells runs today all the same.
    pub(crate) fn note_running(&mut self, time_unix_ns: u64, late_unix_ns: u64, window_ns: u64) {
        if time_unix_ns == 0 {
            return; // a batch that tells nothing
        }
        self.ran_unix_ns = self.ran_unix_ns.max(time_unix_ns).max(late_unix_ns);
        if self.archived {
            self.archived = false;
            // While it slept nothing was seen of it, so nothing has become rare: it has one whole period to show itself.
            let period = time_unix_ns / DECAY_WINDOWS.saturating_mul(window_ns.max(1));
            self.decayed_to = self.decayed_to.max(period + 1);
        }
    }

    /// Archives the image if it last ran before a time. True if that changed anything.
    pub(crate) fn archive(&mut self, before_unix_ns: u64) -> bool {
        if self.archived || self.ran_unix_ns >= before_unix_ns {
            return false;
        }
        self.archived = true;
        self.containers = Vec::new();
        self.incidents = Vec::new().into();
        self.memo = Memo::default();
        true
    }
}
