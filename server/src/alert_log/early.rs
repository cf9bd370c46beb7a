//! Changes that are planned and can't be made durable, for who watches: alerts go on from memory while the disk takes nothing.
//!
//! A change keeps the cursor that it was planned with until it is durable, for a commit that failed is tried again and only
//! grows. So who was told of one up to a cursor knows by it what not to tell again. After a crash others may have these cursors:
//! they are told to nobody.

use std::sync::Arc;

use plumbline_proto::v1::AlertChange;
use tokio::sync::watch;

/// What is planned, oldest first; empty while all is made durable. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Early(watch::Sender<Vec<Arc<AlertChange>>>);

impl Early {
    /// Shows what a commit that waits for its disk holds. It only grows, so what was shown stays.
    pub(super) fn show(&self, planned: &[AlertChange]) {
        self.0.send_if_modified(|shown| {
            let new = planned.get(shown.len()..).unwrap_or_default();
            shown.extend(new.iter().cloned().map(Arc::new));
            !new.is_empty()
        });
    }

    /// It is durable.
    pub(super) fn clear(&self) {
        self.0.send_if_modified(|shown| {
            shown.clear();
            false // the log tells of it
        });
    }

    pub(super) fn watch(&self) -> watch::Receiver<Vec<Arc<AlertChange>>> {
        self.0.subscribe()
    }
}
