//! The server's clock.
//!
//! What people do and when the log of alerts changes is noted by it. The model has none: its time is that of events.

use std::time::{SystemTime, UNIX_EPOCH};

/// Nanoseconds since the Unix epoch.
pub(crate) fn now_unix_ns() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    u64::try_from(now).unwrap_or(u64::MAX)
}

/// Whole seconds since the Unix epoch.
pub(crate) fn now_unix_s() -> u64 {
    now_unix_ns() / 1_000_000_000
}
